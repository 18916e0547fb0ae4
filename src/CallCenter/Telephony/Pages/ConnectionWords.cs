using CallCenter.Calls;
using CallCenter.Live;
using CallCenter.Web;
using Microsoft.Extensions.Localization;

namespace CallCenter.Telephony.Pages;

/// <summary>
/// The sentences of the integration screens, as <see cref="CallCenter.Web.Words"/>: the key is the Spanish text, or a code
/// for what has a name in the program (settings, fields, verdicts, troubles, refusals).
/// </summary>
public sealed class ConnectionWords;

/// <summary>Names of things of the program, in the reader's language.</summary>
static class ConnectionNames
{
    const int CalmAttemptsMax = 3;

    public static string Setting(this IStringLocalizer<ConnectionWords> say, string provider, string key) =>
        ProviderWords.Find(provider, $"setting.{key}") ?? Of(say, $"setting.{key}") ?? key;

    /// <summary>Null when the name says it all.</summary>
    public static string? SettingHelp(this IStringLocalizer<ConnectionWords> say, string provider, string key) =>
        ProviderWords.Find(provider, $"setting.{key}.help") ?? Of(say, $"setting.{key}.help");

    /// <summary>What it is, in half a sentence, for who chooses.</summary>
    public static string? About(this IStringLocalizer<ConnectionWords> _, string provider) => ProviderWords.Find(provider, "about");

    /// <summary>What to do at the other end, for who connects it.</summary>
    public static string? HowTo(this IStringLocalizer<ConnectionWords> _, string provider) => ProviderWords.Find(provider, "how");

    public static string Choice(this IStringLocalizer<ConnectionWords> say, string provider, string key, string value) =>
        ProviderWords.Find(provider, $"choice.{key}.{value}") ?? Of(say, $"choice.{key}.{value}") ?? value;

    public static string Name<T>(this IStringLocalizer<ConnectionWords> say, T value) where T : struct, Enum => say[$"{typeof(T).Name}.{value}"];

    /// <summary>A sentence with a number in it; one of something has a sentence of its own where grammar wants it.</summary>
    public static string Counted(this IStringLocalizer<ConnectionWords> say, string sentence, long count, params object[] more)
    {
        object[] filling = [Show.Count(count), .. more];
        return count == 1 && say[sentence + "|1", filling] is { ResourceNotFound: false } one ? one.Value : say[sentence, filling].Value;
    }

    /// <summary>The provider's own name, or ours where it is no maker's.</summary>
    public static string NameOf(this IStringLocalizer<ConnectionWords> _, ProviderInfo info) => ProviderWords.Find(info.Id, "name") ?? info.Name;

    /// <summary>What can be connected, by name; the way for everything else comes last.</summary>
    public static IEnumerable<IProvider> Offered(this IStringLocalizer<ConnectionWords> say) =>
        Catalogue.All.Values.OrderBy(provider => provider is IMappedProvider).ThenBy(provider => say.NameOf(provider.Info), StringComparer.CurrentCulture);

    /// <summary>What a call has come to, in a word.</summary>
    public static string StateOf(this IStringLocalizer<ConnectionWords> say, Call call) => call.Outcome is { } outcome ? say.Name(outcome) : say.Name(call.State);

    /// <summary>How a direct line stands, in a word: after a few attempts it is not coming back at once.</summary>
    public static string StateOf(this IStringLocalizer<ConnectionWords> say, LineStatus link) => IsOffline(link) ? say["Sin conexión"] : say.Name(link.State);

    public static bool IsOffline(LineStatus link) => link is { State: LineState.Reconnecting, Attempt: > CalmAttemptsMax };

    /// <summary>Why an arrival was refused before it was read, and what puts it right.</summary>
    public static (string Why, string Fix) Rejected(this IStringLocalizer<ConnectionWords> say, string? reason, Connection? connection)
    {
        var provider = connection is null ? null : Catalogue.All.GetValueOrDefault(connection.Provider) as IWebhookProvider;
        object named = reason switch
        {
            RejectedArrivals.NoSignature => provider?.ProofHeader(connection!.Settings) ?? "",
            RejectedArrivals.ContentType => string.Join(", ", provider?.ContentTypes ?? []),
            RejectedArrivals.TooLarge => WebhookEndpoint.BodyMax / 1024,
            _ => "",
        };
        return (say[$"rejected.{reason}", named], say[$"rejected.{reason}.fix", named]);
    }

    /// <summary>Why a phone system's API cannot be asked, and what puts it right.</summary>
    public static string Fault(this IStringLocalizer<ConnectionWords> say, CloudFault fault, string? said, string? provider) => say[$"CloudFault.{fault}",
        fault == CloudFault.Setting && said is { Length: > 0 } && provider is not null ? say.Setting(provider, said) : said is { Length: > 0 } ? Reasons.Say(said) : "–"];

    /// <summary>A refusal's sentence; what nobody translated is said in English rather than not at all.</summary>
    public static string Refusal(this IStringLocalizer<ConnectionWords> say, Refusal refusal) =>
        say[refusal.Code, [.. refusal.Arguments.Select(named => named is string word ? Of(say, $"setting.{word}") ?? Reasons.Say(word) : named)]]
            is { ResourceNotFound: false } found ? found.Value : Sentences.Of(refusal);

    public static string? Of(IStringLocalizer say, string key) => say[key] is { ResourceNotFound: false } found ? found.Value : null;
}
