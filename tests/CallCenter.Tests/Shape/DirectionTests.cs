using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;

namespace CallCenter.Tests.Shape;

/// <summary>The directions of ARCHITECTURE.md: who may know whom. Read from the sources, so that a comment or a using shows too.</summary>
public partial class DirectionTests
{
    static readonly string Root = FindRoot();

    static readonly string[] Slices = ["Calls", "Recovery", "Customers", "Quotes", "Parts", "Teams", "Dashboard", "Reports", "Alerts", "Desk", "Presence", "Wallboard"];

    [Fact]
    public void Calls_knows_no_phone_system_and_no_other_slice() =>
        AssertKnows("Calls", allowed: ["Calls", "Audit", "Storage", "Live", "Web"], except: file => IsScreenOrApi(file));

    [Fact]
    public void Telephony_produces_events_and_knows_no_slice_but_calls() =>
        AssertKnows("Telephony", allowed: ["Calls", "Telephony", "Audit", "Storage", "Live"], except: file => IsScreenOrApi(file));

    [Fact]
    public void Alerts_follow_calls_and_phone_systems() =>
        AssertKnows("Alerts", allowed: ["Alerts", "Calls", "Telephony", "Teams", "Mail", "Audit", "Live", "Storage"], except: file => IsScreenOrApi(file));

    [Fact]
    public void Routing_asks_who_is_there_and_speaks_to_phone_systems_in_no_words_of_theirs() =>
        AssertKnows("Teams/Routing", allowed: ["Teams", "Telephony", "Presence", "Calls", "Audit", "Storage"]);

    [Fact]
    public void Parts_know_no_other_slice() =>
        AssertKnows("Parts", allowed: ["Parts", "Importing", "Audit", "Live", "Storage"], except: file => IsScreenOrApi(file));

    [Fact]
    public void Recovery_asks_who_looks_after_a_customer_and_knows_no_more_of_customers() =>
        AssertKnows("Recovery", allowed: ["Recovery", "Calls", "Teams", "Alerts", "Audit", "Live", "Storage"], except: file => IsScreenOrApi(file));

    [Fact]
    public void Customers_know_calls_people_and_what_recovery_asks_them() =>
        AssertKnows("Customers", allowed: ["Customers", "Importing", "Calls", "Recovery", "Teams", "Audit", "Live", "Storage"], except: file => IsScreenOrApi(file));

    [Fact]
    public void The_wallboard_reads_what_others_keep() =>
        AssertKnows("Wallboard", allowed: ["Wallboard", "Calls", "Figures", "Recovery", "Presence", "Teams", "Audit", "Storage"], except: file => IsScreenOrApi(file));

    [Fact]
    public void Storage_and_live_are_beneath_everything()
    {
        AssertKnows("Storage", allowed: ["Storage"]);
        AssertKnows("Importing", allowed: ["Importing", "Audit", "Storage"]);
        AssertKnows("Live", allowed: ["Live", "Calls", "Storage"], except: file => IsScreenOrApi(file));
    }

    [Fact]
    public void A_provider_is_pure_it_opens_nothing_and_keeps_nothing()
    {
        foreach (var file in Sources("Telephony/Providers"))
        {
            var text = File.ReadAllText(file);
            foreach (var forbidden in (string[])["CallCenter.Storage", "HttpClient", "TcpClient", "Socket", "DateTimeOffset.UtcNow", "DateTime.Now", "Task.Delay", "File."])
                Assert.False(Mentions(text, forbidden), $"{Path.GetFileName(file)} uses {forbidden}; a provider only translates");
        }
    }

    [Fact]
    public void Nobody_asks_for_a_provider_by_name_outside_its_own_file()
    {
        var ids = CallCenter.Telephony.Catalogue.All.Keys;
        foreach (var file in Sources("").Where(file => !file.Contains("Providers") && !file.Contains("Simulation")))
            foreach (var id in ids)
                Assert.False(Regex.IsMatch(File.ReadAllText(file), $"(case|==|is) \"{Regex.Escape(id)}\""), $"{Path.GetFileName(file)} decides by the provider's name '{id}'");
    }

    /// <summary>Whoever answers a person or a program reads with their scope; these read for the server itself.</summary>
    [Fact]
    public void Only_the_servers_own_work_sees_all_calls_without_being_asked_who_looks()
    {
        string[] own =
        [
            "Calls/CallScope.cs", "Live/ISight.cs", "Live/OtherNodes.cs", "Telephony/Backfill.cs", "Telephony/CallLogReader.cs", "Commands/ReplayCommand.cs",
            "Telephony/ProviderDoctor.cs", // tells what is never said, no calls
            "Teams/Routing/CallRouter.cs", // who talks, to decide whose telephone rings; shows no calls
            "Teams/LineSurvey.cs", // tells names of lines and how often they were seen, no calls
            "Live/LivePill.razor", // shows when the newest call was heard of, no calls
            "Calls/CallStreamApi.cs", // has to see a call to say that it is gone; sends what its caller may see
        ];
        string[] rights = ["Calls/CallScope.cs", "Teams/Rights.cs", "Web/ApiKeys.cs"];
        foreach (var file in Sources(""))
        {
            var (name, text) = (Path.GetRelativePath(Path.Combine(Root, "src/CallCenter"), file), File.ReadAllText(file));
            Assert.False(!own.Contains(name) && (Mentions(text, "CallScope.Machine") || Mentions(text, "ISight.Machine")), $"{name} looks at all calls; take the scope of whoever asks");
            Assert.False(!rights.Contains(name) && Mentions(text, "CallScope.All("), $"{name} makes up a scope; rights and keys do that");
        }
    }

    [Fact]
    public void Time_comes_from_the_clock_we_are_given()
    {
        foreach (var file in Sources("").Where(file => !file.Contains("Commands")))
            Assert.False(Mentions(File.ReadAllText(file), "DateTimeOffset.UtcNow") || Mentions(File.ReadAllText(file), "DateTime.UtcNow") || Mentions(File.ReadAllText(file), "DateTimeOffset.Now"),
                $"{Path.GetFileName(file)} looks at the machine's clock; ask TimeProvider");
    }

    /// <summary>What binds requests is made when the program is compiled, from what a type itself declares: what it inherits would be left out and nobody told.</summary>
    [Fact]
    public void What_an_address_is_asked_with_inherits_nothing()
    {
        var asked = typeof(CallCenter.Telephony.Catalogue).Assembly.GetTypes()
            .SelectMany(type => type.GetMethods(BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            .SelectMany(method => method.GetParameters()).Where(parameter => parameter.IsDefined(typeof(AsParametersAttribute))).Select(parameter => parameter.ParameterType).Distinct().ToList();

        Assert.True(asked.Count > 5, "nothing was found");
        Assert.All(asked, type => Assert.True(type.BaseType == typeof(object) || type.BaseType == typeof(ValueType), $"{type.Name} inherits"));
    }

    static void AssertKnows(string folder, string[] allowed, Func<string, bool>? except = null)
    {
        foreach (var file in Sources(folder).Where(file => except?.Invoke(file) != true))
            foreach (Match found in Namespace().Matches(File.ReadAllText(file)))
            {
                var known = found.Groups[1].Value;
                var isPart = Directory.Exists(Path.Combine(Root, "src/CallCenter", known)) || Slices.Contains(known);
                Assert.True(!isPart || allowed.Contains(known), $"{Path.GetRelativePath(Root, file)} knows {known}");
            }
    }

    static bool IsScreenOrApi(string file) => file.Contains("/Pages/", StringComparison.Ordinal) || file.EndsWith("Api.cs", StringComparison.Ordinal) || file.EndsWith(".razor", StringComparison.Ordinal)
        || file.EndsWith(".razor.cs", StringComparison.Ordinal) || Path.GetFileName(file) == "LiveComponent.cs";

    static bool Mentions(string text, string word) => Regex.IsMatch(text, $@"(?<![\w.]){Regex.Escape(word)}");

    static IEnumerable<string> Sources(string folder) =>
        Directory.EnumerateFiles(Path.Combine(Root, "src/CallCenter", folder), "*.*", SearchOption.AllDirectories)
            .Where(file => file.EndsWith(".cs", StringComparison.Ordinal) || file.EndsWith(".razor", StringComparison.Ordinal))
            .Where(IsOurs);

    static bool IsOurs(string file) => !Regex.IsMatch(file, @"[/\\](bin|obj)[/\\]");

    static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "CallCenter.slnx"))) folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("The repository is not above the tests.");
    }

    [GeneratedRegex(@"CallCenter\.([A-Z]\w+)")]
    private static partial Regex Namespace();
}
