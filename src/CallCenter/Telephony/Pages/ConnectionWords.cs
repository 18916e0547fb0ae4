using CallCenter.Calls;
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
    public static string Setting(this IStringLocalizer<ConnectionWords> say, string provider, string key) =>
        ProviderWords.Find(provider, $"setting.{key}") ?? Of(say, $"setting.{provider}.{key}") ?? Of(say, $"setting.{key}") ?? key;

    /// <summary>Null when the name says it all.</summary>
    public static string? SettingHelp(this IStringLocalizer<ConnectionWords> say, string provider, string key) =>
        ProviderWords.Find(provider, $"setting.{key}.help") ?? Of(say, $"setting.{provider}.{key}.help") ?? Of(say, $"setting.{key}.help");

    /// <summary>What it is, in half a sentence, for who chooses.</summary>
    public static string? About(this IStringLocalizer<ConnectionWords> say, string provider) => ProviderWords.Find(provider, "about") ?? Of(say, $"provider.{provider}");

    /// <summary>What to do at the other end, for who connects it.</summary>
    public static string? HowTo(this IStringLocalizer<ConnectionWords> say, string provider) => ProviderWords.Find(provider, "how") ?? Of(say, $"provider.{provider}.how");

    public static string Choice(this IStringLocalizer<ConnectionWords> say, string key, string value) => Of(say, $"choice.{key}.{value}") ?? value;

    public static string Name<T>(this IStringLocalizer<ConnectionWords> say, T value) where T : struct, Enum => say[$"{typeof(T).Name}.{value}"];

    /// <summary>What a call has come to, in a word.</summary>
    public static string StateOf(this IStringLocalizer<ConnectionWords> say, Call call) => call.Outcome is { } outcome ? say.Name(outcome) : say.Name(call.State);

    /// <summary>A refusal's sentence; what nobody translated is said in English rather than not at all.</summary>
    public static string Refusal(this IStringLocalizer<ConnectionWords> say, Refusal refusal) =>
        say[refusal.Code, [.. refusal.Arguments]] is { ResourceNotFound: false } found ? found.Value : Sentences.Of(refusal);

    public static string? Of(IStringLocalizer say, string key) => say[key] is { ResourceNotFound: false } found ? found.Value : null;
}
