using CallCenter.Calls;
using Microsoft.AspNetCore.WebUtilities;

namespace CallCenter.Wallboard.Pages;

/// <summary>What a screen on a wall shows and how, as it stands in the address. What cannot be read asks for nothing.</summary>
public sealed record WallboardAddress
{
    public const string Path = "/pantalla";
    public const string LinksPath = "/configuracion/pantallas";

    const string StreamName = "directo";
    const int TextMax = 200;

    /// <summary>Id of a team, or <see cref="CallFilter.NoTeam"/>.</summary>
    public string? Team { get; init; }

    public string? Line { get; init; }

    /// <summary>Dark on white; otherwise light on black.</summary>
    public bool IsWhite { get; init; }

    /// <summary>Also how many wait in each queue.</summary>
    public bool ShowsQueues { get; init; }

    public static WallboardAddress Read(string address)
    {
        var query = QueryHelpers.ParseQuery(new Uri(new Uri("http://localhost"), address).Query);
        string? Text(string name) => query.TryGetValue(name, out var found) && found.ToString().Trim() is { Length: > 0 and <= TextMax } text ? text : null;
        return new WallboardAddress
        {
            Team = Text("equipo") is "ninguno" ? CallFilter.NoTeam : Text("equipo"),
            Line = Text("linea"),
            IsWhite = Text("tema") is "blanco",
            ShowsQueues = Text("colas") is "si",
        };
    }

    /// <summary>Of the page that a secret leads to, or of the one for who is signed in.</summary>
    public string Of(string? token) => At(token is null ? Path : $"{Path}/{token}");

    /// <summary>Where that page hears of the numbers.</summary>
    public string Stream(string? token) => At(StreamOf(token));

    public static string StreamOf(string? token) => token is null ? $"{Path}/{StreamName}" : $"{Path}/{token}/{StreamName}";

    /// <summary>Numbers are asked for with nothing but a secret. The page around them holds none, and has to come back however many screens a restart makes ask for it.</summary>
    internal static bool IsLookedAtBySecret(PathString path) =>
        path.StartsWithSegments(Path, out var rest) && rest.Value is { } asked && asked != $"/{StreamName}" && asked.EndsWith($"/{StreamName}", StringComparison.Ordinal);

    public override string ToString() => Of(null);

    string At(string path) => QueryHelpers.AddQueryString(path, new (string Name, string? Value)[]
    {
        ("equipo", Team == CallFilter.NoTeam ? "ninguno" : Team), ("linea", Line), ("tema", IsWhite ? "blanco" : null), ("colas", ShowsQueues ? "si" : null),
    }.Where(part => part.Value is not null).Select(part => KeyValuePair.Create(part.Name, part.Value)));
}
