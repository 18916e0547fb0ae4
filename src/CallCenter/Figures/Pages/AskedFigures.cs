using CallCenter.Calls;
using CallCenter.Calls.Pages;
using CallCenter.Web;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;

namespace CallCenter.Figures.Pages;

/// <summary>Of which calls a screen shows figures, as it stands in the screen's address. What cannot be read asks for nothing.</summary>
public abstract record AskedFigures
{
    protected const int TextMax = 200;

    static readonly Spelling<CallPeriod> Periods = new("hoy", "ayer", "7-dias", "mes");

    /// <summary><see cref="UsualPeriod"/> when neither it nor days are given.</summary>
    public CallPeriod? Period { get; init; }

    /// <summary>First and last day of a period of one's own, in the viewer's zone; both belong to it. One alone is that day.</summary>
    public DateOnly? FirstDay { get; init; }

    public DateOnly? LastDay { get; init; }

    /// <summary>Id of a team, or <see cref="CallFilter.NoTeam"/>.</summary>
    public string? Team { get; init; }

    public string? Line { get; init; }

    public string? Operator { get; init; }

    /// <summary>Only missed calls that nobody has made good.</summary>
    public bool OnlyNotRecovered { get; init; }

    public bool HasOwnPeriod => FirstDay is not null || LastDay is not null;

    /// <summary>The period that is meant when no days are given.</summary>
    public CallPeriod? NamedPeriod => HasOwnPeriod ? null : Period ?? UsualPeriod;

    public bool IsFiltered => Team is not null || Line is not null || Operator is not null || OnlyNotRecovered;

    public AskedFigures WithoutFilters => this with { Team = null, Line = null, Operator = null, OnlyNotRecovered = false };

    protected abstract CallPeriod UsualPeriod { get; }

    protected static Dictionary<string, StringValues> Query(string address) => QueryHelpers.ParseQuery(new Uri(new Uri("http://localhost"), address).Query);

    protected static string? Text(Dictionary<string, StringValues> query, string name) =>
        query.TryGetValue(name, out var found) && found.ToString().Trim() is { Length: > 0 and <= TextMax } text ? text : null;

    protected static T Read<T>(T into, Dictionary<string, StringValues> query) where T : AskedFigures => (T)(into with
    {
        Period = Periods.Read(Text(query, "periodo")),
        FirstDay = Fields.ReadDay(Text(query, "desde")),
        LastDay = Fields.ReadDay(Text(query, "hasta")),
        Team = Text(query, "equipo") is "ninguno" ? CallFilter.NoTeam : Text(query, "equipo"),
        Line = Text(query, "linea"),
        Operator = Text(query, "operador"),
        OnlyNotRecovered = Text(query, "solo") is "no-recuperadas",
    });

    protected string Written(string path, IEnumerable<(string Name, string? Value)> more) =>
        QueryHelpers.AddQueryString(path, Parts().Concat(more).Where(part => part.Value is not null).Select(part => KeyValuePair.Create(part.Name, part.Value)));

    IEnumerable<(string Name, string? Value)> Parts() =>
    [
        ("periodo", Period is { } period ? Periods.Of(period) : null),
        ("desde", Fields.Written(FirstDay)),
        ("hasta", Fields.Written(LastDay)),
        ("equipo", Team == CallFilter.NoTeam ? "ninguno" : Team),
        ("linea", Line),
        ("operador", Operator),
        ("solo", OnlyNotRecovered ? "no-recuperadas" : null),
    ];

    /// <summary>Days of a zone; of too long a period the newest.</summary>
    internal FigurePeriod Days(TimeZoneInfo zone, DateTimeOffset now)
    {
        var today = LocalDay.Of(now, zone);
        var (one, other) = NamedPeriod switch
        {
            CallPeriod.Today => (today, today),
            CallPeriod.Yesterday => (today.AddDays(-1), today.AddDays(-1)),
            CallPeriod.SevenDays => (today.AddDays(-6), today),
            CallPeriod.Month => (new DateOnly(today.Year, today.Month, 1), today),
            null => (FirstDay ?? LastDay!.Value, LastDay ?? FirstDay!.Value),
            _ => throw new InvalidOperationException($"No days for {Period}."),
        };
        var (first, last) = one <= other ? (one, other) : (other, one);
        return new(zone, last.DayNumber - first.DayNumber < FigurePeriod.DaysMax ? first : last.AddDays(1 - FigurePeriod.DaysMax), last);
    }

    /// <param name="scope">Who sees only own calls has nobody to choose among.</param>
    internal FigureFilter Filter(TimeZoneInfo zone, DateTimeOffset now, CallScope scope) => new(
        Days(zone, now), Team is { } team && !scope.IsOwnOnly ? [team] : null, Line, Operator: scope.IsOwnOnly ? null : Operator, Recovery: OnlyNotRecovered ? RecoveryStanding.Open : null);
}
