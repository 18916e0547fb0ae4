using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using CallCenter.Alerts;
using CallCenter.Calls;
using CallCenter.Calls.Pages;
using CallCenter.Live;
using CallCenter.Teams;
using CallCenter.Telephony;
using CallCenter.Telephony.Pages;
using CallCenter.Telephony.Wire;

namespace CallCenter.Tests.Web;

/// <summary>Screens speak Spanish and English, the same sentences in both, and never a code of the program.</summary>
public partial class WordsTests
{
    /// <summary>Answers to English sentences; English has one only where the sentence names something by its code.</summary>
    const string ReasonFile = "Telephony/Pages/Reasons.resx";

    const string ConnectionFile = "Telephony/Pages/ConnectionWords.resx";

    static readonly string Source = FindSource();

    static readonly IReadOnlyDictionary<string, string> Spanish = Read("Web/Words.resx"), ConnectionSpanish = Read(ConnectionFile);

    public static TheoryData<string> Files => [.. Sources("*.resx").Select(file => Path.GetRelativePath(Source, file).Replace('\\', '/')).Where(file => !file.EndsWith(".en.resx", StringComparison.Ordinal))];

    [Theory, MemberData(nameof(Files))]
    public void Both_languages_have_the_same_keys_and_no_empty_sentence(string file)
    {
        var (spanish, english) = (Read(file), Read(EnglishOf(file)));
        Assert.Empty(english.Keys.Except(spanish.Keys));
        if (file != ReasonFile) Assert.Empty(spanish.Keys.Except(english.Keys));
        Assert.DoesNotContain(spanish.Concat(english), pair => string.IsNullOrWhiteSpace(pair.Value));
        // The compiler of resources keeps one of two that differ in capitals only.
        Assert.Empty(spanish.Keys.GroupBy(key => key, StringComparer.OrdinalIgnoreCase).Where(group => group.Count() > 1).Select(group => group.Key));
    }

    [Theory, MemberData(nameof(Files))]
    public void A_sentence_has_the_same_gaps_in_both_languages(string file)
    {
        var english = Read(EnglishOf(file));
        foreach (var (key, sentence) in Read(file))
            if (file != ReasonFile) Assert.True(Gaps(sentence).SetEquals(Gaps(english[key])), key);
            else Assert.True(Gaps(sentence).Concat(Gaps(english.GetValueOrDefault(key, ""))).All(Gaps(key).Contains), key);
    }

    [Fact]
    public void Every_sentence_a_screen_asks_for_exists()
    {
        var missing = Sources("*.razor").Concat(Sources("*.cs"))
            .SelectMany(file => Asked().Matches(File.ReadAllText(file)).Select(found => (File: Path.GetFileName(file), Who: found.Groups[1].Value, Sentence: Regex.Unescape(found.Groups[2].Value))))
            .Where(asked => !(asked.Who is "Say" or "Sentence" ? ConnectionSpanish : Spanish).ContainsKey(asked.Sentence));
        Assert.Empty(missing);
    }

    [Fact]
    public void Everything_of_a_connection_that_has_a_name_in_the_program_has_one_for_people()
    {
        Assert.Empty(CodesOfConnections().Except(ConnectionSpanish.Keys));
    }

    [Fact]
    public void Everything_of_a_call_that_has_a_name_in_the_program_has_one_for_people()
    {
        var codes = Names<CallState>().Concat(Names<CallOutcome>()).Concat(Names<RecoveryStanding>()).Concat(Names<Direction>()).Concat(Names<MissedReason>())
            .Concat(Names<CallPeriod>()).Concat(Names<CallStatus>()).Concat(Names<StretchKind>()).Concat(Names<LegRole>()).Concat(Names<AttemptResult>())
            .Concat(Names<QueueExit>()).Concat(Names<RoutingOrder>()).Concat(Names<TransferKind>()).Concat(Names<EndCause>());
        Assert.Empty(codes.Except(Spanish.Keys));
        foreach (var part in Sources("*Parts.cs").SelectMany(file => CallPartName().Matches(File.ReadAllText(file))).Select(found => found.Groups[1].Value))
            Assert.Contains($"CallPart.{part}", Spanish.Keys);
    }

    [Fact]
    public void Every_country_whose_holidays_are_known_has_a_name() => Assert.Empty(NationalHolidays.Countries.Keys.Select(code => $"Country.{code}").Except(Spanish.Keys));

    [Fact]
    public void Everything_of_an_alert_that_has_a_name_in_the_program_has_one_for_people()
    {
        var kinds = typeof(AlertKind).Assembly.GetTypes().SelectMany(type => type.GetFields(BindingFlags.Static | BindingFlags.Public)).Where(field => field.FieldType == typeof(AlertKind))
            .Select(field => (AlertKind)field.GetValue(null)!).ToList();
        Assert.NotEmpty(kinds);
        var codes = kinds.SelectMany(kind => kind.Numbers.Select(number => $"AlertNumber.{kind.Name}.{number.Name}").Concat([$"Alert.{kind.Name}", $"AlertKind.{kind.Name}", $"AlertKind.{kind.Name}.help"]));
        Assert.Empty(codes.Concat(Names<DeliveryFault>()).Except(Spanish.Keys));
        foreach (var kind in kinds) Assert.True(Gaps(Spanish[$"Alert.{kind.Name}"]).All(gap => int.Parse(gap, CultureInfo.InvariantCulture) <= kind.Says.Count), kind.Name);
    }

    [Fact]
    public void Every_action_of_the_audit_log_has_words()
    {
        var actions = Sources("*.cs").Concat(Sources("*.razor")).Where(file => !file.Contains("Providers")).SelectMany(file => NotedAction().Matches(File.ReadAllText(file))).Select(found => found.Groups[1].Value).Distinct().ToList();
        Assert.True(actions.Count > 25, $"only {actions.Count} actions were found");
        Assert.Empty(actions.Select(action => $"Audit.{action}").Except(Spanish.Keys));
        Assert.Empty(actions.Select(action => action[..action.IndexOf('.', StringComparison.Ordinal)]).Distinct().Except(CallCenter.Audit.Pages.AuditQuery.Kinds));
    }

    [Fact]
    public void A_provider_says_what_it_is_how_it_is_connected_and_what_its_settings_are()
    {
        foreach (var provider in Catalogue.All.Values)
        {
            Assert.Empty(new[] { "about", "how" }.Where(key => ProviderWords.Find(provider.Info.Id, key) is null).Select(key => $"{provider.Info.Id}: {key}"));
            var codes = provider.Info.Settings.Where(setting => (provider as IMappedProvider)?.IsMapping(setting.Key) != true)
                .SelectMany(setting => setting.Choices.Select(choice => $"choice.{setting.Key}.{choice}").Prepend($"setting.{setting.Key}"));
            Assert.Empty(codes.Where(code => ProviderWords.Find(provider.Info.Id, code) is null && !ConnectionSpanish.ContainsKey(code)).Select(code => $"{provider.Info.Id}: {code}"));
        }
    }

    [Fact]
    public void Every_refusal_has_a_sentence_for_the_command_line_and_those_of_connections_for_the_screens()
    {
        var codes = Sources("*.cs").SelectMany(file => RefusalCode().Matches(File.ReadAllText(file)).Select(found => (Code: found.Groups[1].Value, IsOfConnections: IsShownByConnections(file)))).ToList();
        Assert.NotEmpty(codes);
        var sentences = File.ReadAllText(Path.Combine(Source, "Sentences.cs"));
        Assert.Empty(codes.Where(found => !sentences.Contains($"\"{found.Code}\" =>")).Select(found => found.Code).Distinct());
        // What is told to call is told so from calls and cases.
        var ofControl = codes.Where(found => found.Code.StartsWith("control.", StringComparison.Ordinal)).ToList();
        Assert.Empty(ofControl.Where(found => !Spanish.ContainsKey(found.Code)).Select(found => found.Code).Distinct());
        Assert.Empty(codes.Except(ofControl).Where(found => found.IsOfConnections && !ConnectionSpanish.ContainsKey(found.Code)).Select(found => found.Code).Distinct());
    }

    [Fact]
    public void Every_reason_a_translator_gives_is_said_in_Spanish_too()
    {
        CultureInfo.CurrentUICulture = CultureInfo.GetCultureInfo("es");
        var reasons = Sources("*.cs").Where(file => file.Contains("Telephony") && !file.Contains("Pages")).SelectMany(file => ReasonsIn(File.ReadAllText(file))).Distinct().ToList();
        Assert.True(reasons.Count > 50, $"only {reasons.Count} reasons were found");
        Assert.DoesNotContain(reasons, reason => Reasons.Find(reason) is null);
    }

    [Theory]
    [InlineData("map.call_id: nothing at 'data.id'", "es", "Id. de la llamada: no hay nada en «data.id»")]
    [InlineData("map.call_id: nothing at 'data.id'", "en", "Call id: nothing at 'data.id'")]
    [InlineData("host is missing", "es", "falta Dirección de la centralita")]
    [InlineData("2 of 3: event 'DIALED' is not mapped: map it (value.event.DIALED=...) or set it to ignore", "es", "2 de 3: el evento «DIALED» no tiene correspondencia: dele una en Correspondencias, o márquelo como «No interesa»")]
    [InlineData("host is missing; country 'XX' is unknown; write two letters, such as ES", "es", "falta Dirección de la centralita; el país «XX» no se conoce; escriba dos letras, como ES")]
    [InlineData("something nobody translated", "es", "something nobody translated")]
    public void A_reason_names_things_as_the_screens_do(string reason, string language, string said)
    {
        CultureInfo.CurrentUICulture = CultureInfo.GetCultureInfo(language);
        Assert.Equal(said, Reasons.Say(reason));
    }

    [Fact]
    public void A_page_contains_no_sentence_of_its_own()
    {
        var found = Sources("*.razor").SelectMany(file => LiteralsOf(File.ReadAllText(file)).Select(text => $"{Path.GetFileName(file)}: {text}"));
        Assert.Empty(found);
    }

    [Theory]
    [InlineData("<p>Sin llamadas todavía</p>", "Sin llamadas todavía")]
    [InlineData("<input placeholder=\"Buscar por número\" />", "Buscar por número")]
    [InlineData("<p>@Words[\"Sin llamadas\"]</p> @code { string a = \"no es pantalla\"; }", null)]
    [InlineData("@if (calls.Count > 0 && x) { <b>@x</b> }", null)]
    public void The_search_for_sentences_finds_them(string page, string? sentence) =>
        Assert.Equal(sentence, LiteralsOf(page).FirstOrDefault());

    [Theory]
    [InlineData("Ignored(\"told before\")", "told before")]
    [InlineData("UnreadableException($\"{name} '{Clean(value, \"x\")}' is no time\")", "x1 'x1' is no time")]
    [InlineData("UnreadableException(a.Length == 0 ? $\"{a} is missing\" : \"it is odd\")", "x1 is missing, it is odd")]
    public void The_search_for_reasons_finds_them(string code, string reasons) => Assert.Equal(reasons, string.Join(", ", ReasonsIn(code)));

    /// <summary>What the screens of connections look up by a name that is put together.</summary>
    static IEnumerable<string> CodesOfConnections()
    {
        foreach (var telling in Names<Telling>()) yield return telling;
        foreach (var mapped in Catalogue.All.Values.OfType<IMappedProvider>())
        {
            foreach (var field in mapped.Fields) yield return $"field.{field}";
            foreach (var (table, words) in mapped.Words)
            {
                yield return $"words.{table}";
                yield return $"words.{table}.help";
                foreach (var word in words) yield return $"word.{table}.{word}";
            }
        }

        foreach (var code in Names<Dot>().Concat(Names<Verdict>()).Concat(Names<Direction>()).Concat(Names<CallState>()).Concat(Names<CallOutcome>())
            .Concat(Names<LineState>()).Concat(Names<GapReason>()).Concat(Names<LinkTrouble>()).Concat(Names<WizardStep>())
            .Concat(Names<FetchReason>()).Concat(Names<FetchState>()).Concat(Names<CloudFault>())) yield return code;
        foreach (var verdict in Names<Verdict>()) yield return $"{verdict}.many";
        foreach (var trouble in Enum.GetNames<Trouble>()) yield return $"trouble.{trouble}";
        foreach (var format in (string[])["auto", "iso", "unix", "unix_ms", "pattern"]) yield return $"time.{format}";
        foreach (var why in (string[])[RejectedArrivals.WrongSignature, RejectedArrivals.NoSignature, RejectedArrivals.ContentType, RejectedArrivals.TooLarge])
        {
            yield return $"rejected.{why}";
            yield return $"rejected.{why}.fix";
        }
    }

    static IEnumerable<string> Names<T>() where T : struct, Enum => Enum.GetNames<T>().Select(name => $"{typeof(T).Name}.{name}");

    // What an import or a recording refuses is said on the command line only, and what the API refuses there.
    static bool IsShownByConnections(string file) => file.Contains("Telephony") && Path.GetFileName(file) is not ("Backfill.cs" or "Recording.cs" or "PlacingApi.cs")
        || Path.GetFileName(file) == "ServerSettings.cs";

    /// <summary>The sentences given as reasons in a piece of code, with <c>x1</c> where something is put in.</summary>
    static IEnumerable<string> ReasonsIn(string code)
    {
        foreach (Match call in ReasonGiven().Matches(code))
        {
            var depth = 1;
            for (var at = call.Index + call.Length; depth > 0 && at < code.Length; at++)
                if (code[at] == '(') depth++;
                else if (code[at] == ')') depth--;
                else if (code[at] == '"' && Literal(code, ref at) is { Length: > 0 } reason) yield return reason;
        }
    }

    /// <summary>Reads a string from its opening quote on; <paramref name="at"/> ends at the closing one.</summary>
    static string Literal(string code, ref int at)
    {
        var isInterpolated = at > 0 && code[at - 1] == '$';
        var text = new StringBuilder();
        for (at++; code[at] != '"'; at++)
        {
            if (code[at] == '\\') text.Append(code[++at]);
            else if (!isInterpolated || code[at] != '{') text.Append(code[at]);
            else
            {
                text.Append("x1");
                for (var depth = 1; depth > 0;)
                {
                    at++;
                    if (code[at] == '{') depth++;
                    else if (code[at] == '}') depth--;
                    else if (code[at] == '"') Literal(code, ref at);
                }
            }
        }

        return text.ToString();
    }

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

    static HashSet<string> Gaps(string sentence) => [.. Gap().Matches(sentence).Select(found => found.Groups[1].Value)];

    static IEnumerable<string> Sources(string pattern) => Directory.EnumerateFiles(Source, pattern, SearchOption.AllDirectories)
        .Where(file => !Regex.IsMatch(file, @"[/\\](bin|obj)[/\\]"));

    static string EnglishOf(string file) => Path.ChangeExtension(file, ".en.resx");

    static Dictionary<string, string> Read(string file) => XDocument.Load(Path.Combine(Source, file)).Root!.Elements("data")
        .ToDictionary(entry => entry.Attribute("name")!.Value, entry => entry.Element("value")!.Value);

    static string FindSource()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "CallCenter.slnx"))) folder = folder.Parent;
        return Path.Combine(folder!.FullName, "src", "CallCenter");
    }

    [GeneratedRegex("""(?<!\.)\b([Ww]ords|Say|Sentence)(?:\[|\.Counted\()"((?:[^"\\]|\\.)+)["]""")]
    private static partial Regex Asked();

    [GeneratedRegex("""\b(?:Ignored|Unreadable|UnreadableException|FormatException|LinkDownException|problems\.Add)\(""")]
    private static partial Regex ReasonGiven();

    [GeneratedRegex("""new CallPart\("([^"]+)["]""")]
    private static partial Regex CallPartName();

    [GeneratedRegex("""new Refusal\(\s*RefusalKind\.\w+,\s*"([^"]+)["]""")]
    private static partial Regex RefusalCode();

    [GeneratedRegex(@"@\*.*?\*@|<!--.*?-->", RegexOptions.Singleline)]
    private static partial Regex Comment();

    [GeneratedRegex("""\b(?:title|placeholder|aria-label|alt|Title|Text|Label)="([^"]+)["]""")]
    private static partial Regex ReadAttribute();

    [GeneratedRegex(@">([^<>]+)</")]
    private static partial Regex TextBetweenTags();

    [GeneratedRegex(@"\p{L}{2}")]
    private static partial Regex TwoLetters();

    [GeneratedRegex(@"\{(?:[a-z]+:)?(\d)")]
    private static partial Regex Gap();

    /// <summary>In a call that writes a line: the first word of ours in quotes.</summary>
    [GeneratedRegex(@"(?:\.Note|\.NoteOnce|ChangeSignIn)\([^;]*?(?<!RefusalKind\.\w+, )""((?:user|team|calls?|customer|connection|key|settings|audit|alert|webhook|part)\.[a-z-]+)""")]
    private static partial Regex NotedAction();
}
