using System.Collections;
using System.Globalization;
using System.Resources;
using System.Text.RegularExpressions;

namespace CallCenter.Telephony.Pages;

/// <summary>
/// Reasons of verdicts in the reader's language. They are kept in English, as translators write them; <c>Reasons.resx</c>
/// has for each English sentence, with <c>{0}</c> where something stands that came in, the Spanish one. What has no entry
/// is shown as it is.
/// </summary>
static class Reasons
{
    static readonly Lazy<IReadOnlyList<(Regex English, string Spanish)>> Sentences = new(Read);

    public static string Say(string? reason)
    {
        if (string.IsNullOrEmpty(reason) || CultureInfo.CurrentUICulture.TwoLetterISOLanguageName != "es") return reason ?? "";
        return Spanish(reason) ?? string.Join("; ", reason.Split("; ").Select(part => Spanish(part) ?? part));
    }

    internal static string? Spanish(string reason)
    {
        foreach (var (english, spanish) in Sentences.Value)
            if (english.Match(reason) is { Success: true } found)
                return string.Format(CultureInfo.InvariantCulture, spanish, [.. found.Groups.Values.Skip(1).Select(group => (object)group.Value)]);
        return null;
    }

    static List<(Regex, string)> Read()
    {
        var all = new ResourceManager(typeof(Reasons)).GetResourceSet(CultureInfo.InvariantCulture, createIfNotExists: true, tryParents: true)!;
        return [.. all.Cast<DictionaryEntry>()
            .Select(entry => (English: (string)entry.Key, Spanish: (string)entry.Value!))
            .OrderByDescending(entry => entry.English.Length) // the more exact one first
            .Select(entry => (PatternOf(entry.English), entry.Spanish))];
    }

    static Regex PatternOf(string english) => new(
        "^" + string.Concat(Regex.Split(english, @"(\{\d\})").Select(part => part is ['{', _, '}'] ? "(.*?)" : Regex.Escape(part))) + "$",
        RegexOptions.CultureInvariant | RegexOptions.Singleline, TimeSpan.FromMilliseconds(100));
}
