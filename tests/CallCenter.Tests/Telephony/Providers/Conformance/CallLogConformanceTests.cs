using System.Globalization;
using System.Resources;
using System.Text;
using CallCenter.Calls;
using CallCenter.Telephony;
using CallCenter.Telephony.Pages;
using CallCenter.Telephony.Wire;
using CsCheck;

namespace CallCenter.Tests.Telephony.Providers.Conformance;

/// <summary>What holds for every phone system that says it has a call log. Whoever adds one finds here what it lacks.</summary>
public class CallLogConformanceTests
{
    /// <summary>Whole seconds, and whoever picked up before we were told so.</summary>
    static readonly TimeSpan Near = TimeSpan.FromSeconds(2);

    public static TheoryData<string> Everybody => [.. Ids];

    public static TheoryData<string, string> Samples
    {
        get
        {
            var all = new TheoryData<string, string>();
            foreach (var id in Ids)
                foreach (var name in LogSample.Names(id)) all.Add(id, name);
            return all;
        }
    }

    static IEnumerable<string> Ids => Catalogue.All.Values.OfType<IHasCallLog>().Select(provider => provider.Info.Id).Order(StringComparer.Ordinal);

    static IHasCallLog Find(string id) => (IHasCallLog)Catalogue.Find(id);

    [Theory, MemberData(nameof(Everybody))]
    public void A_call_log_has_settings_with_names_and_a_chapter_of_the_page_that_says_where_they_come_from(string id)
    {
        var (log, info) = (Find(id).CallLog, Find(id).Info);
        Assert.NotEmpty(log.Needs);
        Assert.True(log.StretchMax > TimeSpan.Zero && log.StretchMax <= LogFetches.LongestWish);
        var page = File.ReadAllText(Path.Combine(Capture.Folder(".."), "docs", "providers", $"{id}.md"));
        var chapter = page.Split("\n## ").FirstOrDefault(part => part.Contains("Back-fill", StringComparison.Ordinal));
        Assert.True(chapter is not null, $"docs/providers/{id}.md has no chapter Back-fill");
        Assert.Contains($"({id}.md#", File.ReadAllText(Path.Combine(Capture.Folder(".."), "docs", "providers", "README.md")).Split("\n## ").Single(part => part.StartsWith("Back-fill", StringComparison.Ordinal)));
        foreach (var key in log.Needs)
        {
            Assert.Contains(info.Settings, setting => setting.Key == key);
            Assert.True(chapter.Contains($"`{key}`", StringComparison.Ordinal), $"docs/providers/{id}.md, Back-fill, does not say what {key} is");
            foreach (var culture in (string[])["", "en"])
                Assert.False(string.IsNullOrEmpty(Word(Find(id).GetType(), $"setting.{key}", culture) ?? Word(typeof(ConnectionWords), $"setting.{key}", culture)), $"setting.{key} has no name ({culture})");
        }
    }

    static string? Word(Type type, string key, string culture) => new ResourceManager(type).GetResourceSet(CultureInfo.GetCultureInfo(culture), createIfNotExists: true, tryParents: false)?.GetString(key);

    [Theory, MemberData(nameof(Everybody))]
    public void A_call_log_has_samples_of_calls_that_were_answered_missed_placed_and_go_on(string id)
    {
        var samples = LogSample.Names(id).Select(name => new LogSample(id, name)).ToList();
        var calls = samples.SelectMany(sample => Sample.Fold(sample.Translate().SelectMany(told => told.Events))).ToList();

        Assert.Contains(calls, call => call is { Direction: Direction.Inbound, AnsweredAt: not null, EndedAt: not null });
        Assert.Contains(calls, call => call.Missed);
        Assert.Contains(calls, call => call.Direction == Direction.Outbound);
        Assert.Contains(samples, sample => sample.Pages.Count > 1);
    }

    [Theory, MemberData(nameof(Samples))]
    public void What_the_log_says_becomes_the_calls_that_were_as_far_as_it_knows_them(string provider, string name)
    {
        var sample = new LogSample(provider, name);
        var told = sample.Translate();
        Assert.All(told, translation => Assert.True(translation.Verdict != Verdict.Unreadable, translation.Reason));
        var events = told.SelectMany(translation => translation.Events).ToArray();
        Sample.Compare(Sample.Fold(events), sample.Calls);

        var calls = Sample.Json(Sample.Fold(events));
        Gen.Shuffle(events.Concat(events).ToArray()).Sample(shuffled => Sample.Json(Sample.Fold(shuffled)) == calls, iter: 50);
    }

    [Theory, MemberData(nameof(Samples))]
    public void On_top_of_what_was_heard_the_log_changes_nothing_in_whatever_order_they_come(string provider, string name)
    {
        var sample = new LogSample(provider, name);
        var live = sample.Live.Translate().SelectMany(told => told.Events).ToArray();
        var logged = sample.Translate().SelectMany(told => told.Events).ToArray();
        var calls = Sample.Json(Sample.Fold(live));

        Assert.Equal(calls, Sample.Json(Sample.Fold(live.Concat(logged))));
        Gen.Shuffle(live.Concat(logged).Concat(logged).ToArray()).Sample(shuffled => Sample.Json(Sample.Fold(shuffled)) == calls, iter: 100);
    }

    [Theory, MemberData(nameof(Samples))]
    public void Whatever_was_not_heard_the_log_makes_good_how_the_call_went(string provider, string name)
    {
        var sample = new LogSample(provider, name);
        var deliveries = sample.Live.Translate();
        var logged = sample.Translate().SelectMany(told => told.Events).ToArray();
        var ids = Sample.Fold(logged).Select(call => call.ProviderCallId).ToHashSet();
        var whole = Sample.Fold(deliveries.SelectMany(told => told.Events)).Where(call => ids.Contains(call.ProviderCallId)).ToDictionary(call => call.ProviderCallId);

        Gen.Bool.Array[deliveries.Count].Sample(heard =>
        {
            var calls = Sample.Fold(deliveries.Where((_, i) => heard[i]).SelectMany(told => told.Events).Concat(logged)).Where(call => ids.Contains(call.ProviderCallId)).ToList();
            Assert.Equal(ids.Count, calls.Count);
            foreach (var call in calls)
            {
                var truth = whole[call.ProviderCallId];
                Assert.Equal((truth.Direction, truth.Outcome, truth.Missed, truth.CustomerNumber), (call.Direction, call.Outcome, call.Missed, call.CustomerNumber));
                Assert.True(call.EndedAt is { } end && (end - truth.EndedAt!.Value).Duration() <= Near, $"ended at {call.EndedAt:O}, not {truth.EndedAt:O}");
            }
        }, iter: 200);
    }

    [Theory, MemberData(nameof(Everybody))]
    public void A_page_of_anything_is_refused_with_a_reason_and_a_record_of_anything_gets_a_verdict(string id)
    {
        var sample = new LogSample(id, LogSample.Names(id).First());
        var settings = sample.Live.Settings;
        var asked = sample.Provider.Ask(sample.Window, settings)[0];
        var bodies = sample.Pages.Select(page => page.Answer.Body).ToArray();
        Gen.Select(Gen.Int[0, bodies.Length - 1].Select(i => bodies[i]), Gen.Int[0, 1 << 20], Gen.Byte, (body, at, value) =>
        {
            var bytes = Encoding.UTF8.GetBytes(body);
            bytes[at % bytes.Length] = value;
            return Encoding.UTF8.GetString(bytes);
        }).Sample(Reads, iter: 2000);
        foreach (var body in (string[])["", "null", "[]", "{}", "0", "\"\\ud800\"", "{\"calls\":5,\"records\":{},\"meta\":[]}"]) Reads(body);

        void Reads(string body)
        {
            try
            {
                foreach (var record in sample.Provider.Read(asked, new CloudAnswer(200, body), settings).Records)
                    sample.Provider.TranslateRecord(new Arrival("c", sample.Window.Until, Arrival.Logged, "", Arrival.NoHeaders, record.Body), settings);
            }
            catch (UnreadableException)
            {
                // Said with its reason.
            }
        }
    }

    [Theory, MemberData(nameof(Everybody))]
    public void No_credential_stands_in_an_address_or_goes_to_another_host(string id)
    {
        var sample = new LogSample(id, LogSample.Names(id).First());
        var settings = sample.Live.Settings;
        var secrets = Find(id).Info.Settings.Where(setting => setting.Secret).Select(setting => settings[setting.Key]).Where(secret => secret.Length > 0).ToList();
        foreach (var asked in sample.Provider.Ask(sample.Window, settings))
        {
            Assert.Equal("https", asked.Address.Scheme);
            Assert.DoesNotContain(secrets, secret => asked.Address.ToString().Contains(secret, StringComparison.Ordinal) || $"{asked}".Contains(secret, StringComparison.Ordinal));
        }

        var first = sample.Provider.Ask(sample.Window, settings)[0];
        foreach (var (_, _, answer) in sample.Pages)
        {
            try
            {
                string Elsewhere(string text) => text.Replace(first.Address.Host, "evil.example.com", StringComparison.Ordinal);
                foreach (var more in sample.Provider.Read(first, answer with { Body = Elsewhere(answer.Body), Next = answer.Next is { } next ? Elsewhere(next) : null }, settings).More)
                    Assert.Equal(first.Address.Authority, more.Address.Authority);
            }
            catch (UnreadableException)
            {
                // It says that the next page lies elsewhere.
            }
        }
    }
}
