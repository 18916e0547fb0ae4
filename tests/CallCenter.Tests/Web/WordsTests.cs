using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace CallCenter.Tests.Web;

/// <summary>Screens speak Spanish and English, the same sentences in both.</summary>
public partial class WordsTests
{
    static readonly string Source = FindSource();

    static readonly IReadOnlyDictionary<string, string> Spanish = Read("Words.resx"), English = Read("Words.en.resx");

    [Fact]
    public void Both_languages_have_the_same_keys_and_no_empty_sentence()
    {
        Assert.Empty(Spanish.Keys.Except(English.Keys));
        Assert.Empty(English.Keys.Except(Spanish.Keys));
        Assert.DoesNotContain(Spanish.Concat(English), pair => string.IsNullOrWhiteSpace(pair.Value));
    }

    [Fact]
    public void A_sentence_has_the_same_gaps_in_both_languages()
    {
        foreach (var (key, sentence) in Spanish) Assert.True(Gaps(sentence).SetEquals(Gaps(English[key])), key);
    }

    [Fact]
    public void Every_sentence_a_screen_asks_for_exists()
    {
        var missing = Screens("*.razor").Concat(Screens("*.cs"))
            .SelectMany(file => Asked().Matches(File.ReadAllText(file)).Select(found => $"{Path.GetFileName(file)}: {Regex.Unescape(found.Groups[1].Value)}"))
            .Where(line => !Spanish.ContainsKey(line[(line.IndexOf(": ", StringComparison.Ordinal) + 2)..]));
        Assert.Empty(missing);
    }

    [Fact]
    public void A_page_contains_no_sentence_of_its_own()
    {
        var found = Screens("*.razor").SelectMany(file => LiteralsOf(File.ReadAllText(file)).Select(text => $"{Path.GetFileName(file)}: {text}"));
        Assert.Empty(found);
    }

    [Theory]
    [InlineData("<p>Sin llamadas todavía</p>", "Sin llamadas todavía")]
    [InlineData("<input placeholder=\"Buscar por número\" />", "Buscar por número")]
    [InlineData("<p>@Words[\"Sin llamadas\"]</p> @code { string a = \"no es pantalla\"; }", null)]
    [InlineData("@if (calls.Count > 0 && x) { <b>@x</b> }", null)]
    public void The_search_for_sentences_finds_them(string page, string? sentence) =>
        Assert.Equal(sentence, LiteralsOf(page).FirstOrDefault());

    /// <summary>Text between tags and in attributes that people read, outside of C#: two letters or more that are not a name of ours.</summary>
    static IEnumerable<string> LiteralsOf(string page)
    {
        page = Comment().Replace(page, "");
        var code = page.IndexOf("@code", StringComparison.Ordinal);
        if (code >= 0) page = page[..code];
        foreach (Match found in ReadAttribute().Matches(page))
            if (IsSentence(found.Groups[1].Value)) yield return found.Groups[1].Value;
        foreach (Match found in TextBetweenTags().Matches(page))
        {
            var text = found.Groups[1].Value.Trim();
            if (IsSentence(text)) yield return text;
        }
    }

    // Names of languages and of the product are the same everywhere.
    static bool IsSentence(string text) =>
        text is not ("Español" or "English" or "WiseParts" or "Call Center" or "API" or "CSV" or "XXXX-XXXX-XXXX" or "dd/MM/yyyy HH:mm:ss" or "Europe/Madrid")
        && !text.Contains('@') && !text.Contains("Say[") && !text.Contains("Show.") && !text.Contains("{") && !text.Contains("}") && !text.Contains("=>") && !text.Contains(';') && TwoLetters().IsMatch(text)
        && !text.EndsWith("WiseParts Call Center", StringComparison.Ordinal);

    static HashSet<string> Gaps(string sentence) => [.. Gap().Matches(sentence).Select(found => found.Value)];

    static IEnumerable<string> Screens(string pattern) => Directory.EnumerateFiles(Source, pattern, SearchOption.AllDirectories)
        .Where(file => !Regex.IsMatch(file, @"[/\\](bin|obj)[/\\]"));

    static Dictionary<string, string> Read(string file) => XDocument.Load(Path.Combine(Source, "Web", file)).Root!.Elements("data")
        .ToDictionary(entry => entry.Attribute("name")!.Value, entry => entry.Element("value")!.Value);

    static string FindSource()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "CallCenter.slnx"))) folder = folder.Parent;
        return Path.Combine(folder!.FullName, "src", "CallCenter");
    }

    [GeneratedRegex("""(?<!\.)\b[Ww]ords\["((?:[^"\\]|\\.)+)["]""")]
    private static partial Regex Asked();

    [GeneratedRegex(@"@\*.*?\*@|<!--.*?-->", RegexOptions.Singleline)]
    private static partial Regex Comment();

    [GeneratedRegex("""\b(?:title|placeholder|aria-label|alt|Title|Text|Label)="([^"]+)["]""")]
    private static partial Regex ReadAttribute();

    [GeneratedRegex(@">([^<>]+)</")]
    private static partial Regex TextBetweenTags();

    [GeneratedRegex(@"\p{L}{2}")]
    private static partial Regex TwoLetters();

    [GeneratedRegex(@"\{\d")]
    private static partial Regex Gap();
}
