using System.Collections;
using System.Globalization;
using System.Resources;
using System.Text.RegularExpressions;

namespace CallCenter.Telephony.Pages;

/// <summary>
/// Reasons of verdicts in the reader's language. They are kept in English, as translators write them; <c>Reasons.resx</c>
/// has for each English sentence, with <c>{0}</c> where something stands that came in, the Spanish one. English has an
/// entry where the sentence names something by its code in the program. What has no entry is shown as it is.
/// </summary>
/// <remarks>
/// In an answer <c>{field:0}</c>, <c>{word:0}</c> and <c>{name:0}</c> are what the screens call that field, event or setting,
/// and <c>{reason:0}</c> is a reason itself.
/// </remarks>
static partial class Reasons
{
    static readonly ResourceManager Names = new(typeof(ConnectionWords));
    static readonly Lazy<IReadOnlyList<(Regex English, string Answer)>> InSpanish = new(() => Read(CultureInfo.InvariantCulture));
    static readonly Lazy<IReadOnlyList<(Regex English, string Answer)>> InEnglish = new(() => Read(CultureInfo.GetCultureInfo("en")));

    public static string Say(string? reason)
    {
        if (string.IsNullOrEmpty(reason)) return "";
        var parts = reason.Split("; ");
        return SayAll(parts) ?? string.Join("; ", parts.Select(part => Find(part) ?? part));
    }

    /// <summary>Several reasons in one, each of which may hold a semicolon; null when one of them has no answer.</summary>
    static string? SayAll(ReadOnlySpan<string> parts)
    {
        for (var taken = 1; taken <= parts.Length; taken++)
            if (Find(string.Join("; ", parts[..taken])) is { } first)
                if (taken == parts.Length) return first;
                else if (SayAll(parts[taken..]) is { } others) return $"{first}; {others}";
        return null;
    }

    /// <summary>The answer in the reader's language; null when there is none for this sentence as a whole.</summary>
    internal static string? Find(string reason)
    {
        foreach (var (english, answer) in (CultureInfo.CurrentUICulture.TwoLetterISOLanguageName == "es" ? InSpanish : InEnglish).Value)
            if (english.Match(reason) is { Success: true } found)
                return Gap().Replace(answer, gap => Fill(gap.Groups[1].Value, found.Groups[int.Parse(gap.Groups[2].ValueSpan, CultureInfo.InvariantCulture) + 1].Value));
        return null;
    }

    static string Fill(string kind, string said) => kind switch
    {
        "field" => Names.GetString($"field.{said}") ?? said,
        "word" => Names.GetString($"word.event.{said}") ?? said,
        "name" => Names.GetString($"setting.{said}") ?? said,
        "reason" => Say(said),
        _ => said,
    };

    static List<(Regex, string)> Read(CultureInfo culture)
    {
        var all = new ResourceManager(typeof(Reasons)).GetResourceSet(culture, createIfNotExists: true, tryParents: false)!;
        return [.. all.Cast<DictionaryEntry>()
            .Select(entry => (English: (string)entry.Key, Answer: (string)entry.Value!))
            .OrderByDescending(entry => entry.English.Length) // the more exact one first
            .Select(entry => (PatternOf(entry.English), entry.Answer))];
    }

    static Regex PatternOf(string english) => new(
        "^" + string.Concat(Regex.Split(english, @"(\{\d\})").Select(part => part is ['{', _, '}'] ? "(.*?)" : Regex.Escape(part))) + "$",
        RegexOptions.CultureInvariant | RegexOptions.Singleline | RegexOptions.NonBacktracking);

    [GeneratedRegex(@"\{(?:(field|word|name|reason):)?(\d)\}")]
    private static partial Regex Gap();
}
