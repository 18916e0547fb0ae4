using System.Globalization;
using System.Resources;
using CallCenter.Calls;
using CallCenter.Telephony;

namespace CallCenter.Tests.Telephony.Providers.Conformance;

/// <summary>What holds for every phone system that sends requests. Whoever adds one finds here what it lacks.</summary>
public class ConformanceTests
{
    static readonly IReadOnlyDictionary<Type, Tells> Kinds = new Dictionary<Type, Tells>
    {
        [typeof(QueueJoined)] = Tells.Queues,
        [typeof(HoldStarted)] = Tells.Holds,
        [typeof(Transferred)] = Tells.Transfers,
        [typeof(Parked)] = Tells.Parking,
        [typeof(VoicemailLeft)] = Tells.Voicemail,
        [typeof(RecordingMade)] = Tells.Recordings,
    };

    static IEnumerable<IWebhookProvider> Webhooks => Catalogue.All.Values.OfType<IWebhookProvider>().OrderBy(provider => provider.Info.Id, StringComparer.Ordinal);

    public static TheoryData<string> Everybody => [.. Catalogue.All.Keys.Order(StringComparer.Ordinal)];

    public static TheoryData<string> Senders => [.. Webhooks.Select(provider => provider.Info.Id)];

    public static TheoryData<string, string> Samples
    {
        get
        {
            var all = new TheoryData<string, string>();
            foreach (var provider in Webhooks)
                foreach (var name in NamesOf(provider.Info.Id)) all.Add(provider.Info.Id, name);
            return all;
        }
    }

    static IWebhookProvider Find(string id) => (IWebhookProvider)Catalogue.Find(id);

    static IEnumerable<string> NamesOf(string provider) => Directory.Exists(Capture.Folder(provider)) ? Sample.Names(provider) : [];

    [Theory, MemberData(nameof(Everybody))]
    public void A_provider_has_a_page_and_words_of_its_own(string id)
    {
        Assert.True(File.Exists(Path.Combine(Capture.Folder(".."), "docs", "providers", $"{id}.md")), $"docs/providers/{id}.md is missing");
        var provider = Catalogue.Find(id);
        foreach (var culture in (string[])["es", "en"])
        {
            var words = new ResourceManager(provider.GetType()).GetResourceSet(CultureInfo.GetCultureInfo(culture == "es" ? "" : culture), createIfNotExists: true, tryParents: false);
            Assert.False(string.IsNullOrWhiteSpace(words?.GetString("about")), $"{provider.GetType().Name}.resx ({culture}) lacks about");
            Assert.False(string.IsNullOrWhiteSpace(words?.GetString("how")), $"{provider.GetType().Name}.resx ({culture}) lacks how");
        }

        Assert.False(string.IsNullOrWhiteSpace(provider.Info.Proof));
        Assert.NotEqual(Tells.Nothing, provider.Info.Tells);
    }

    [Theory, MemberData(nameof(Senders))]
    public void A_provider_has_samples_of_calls_that_were_answered_missed_and_placed(string id)
    {
        var calls = NamesOf(id).SelectMany(name => new Sample(id, name).Fold()).ToList();

        Assert.Contains(calls, call => call is { Direction: Direction.Inbound, AnsweredAt: not null, EndedAt: not null });
        Assert.Contains(calls, call => call.Missed);
        Assert.Contains(calls, call => call.Direction == Direction.Outbound);
        Assert.Contains(calls, call => call is { Direction: Direction.Inbound, CustomerNumber: null });
        Assert.Contains(NamesOf(id).SelectMany(name => new Sample(id, name).Translate()), told => told.Verdict == Verdict.Unreadable);
    }

    [Theory, MemberData(nameof(Samples))]
    public void What_was_sent_becomes_the_calls_that_were_in_any_order_and_told_any_number_of_times(string provider, string name) => new Sample(provider, name).Check();

    [Theory, MemberData(nameof(Samples))]
    public void A_delivery_that_is_sent_again_later_changes_nothing(string provider, string name)
    {
        var sample = new Sample(provider, name);
        var again = sample.Arrivals.Select(arrival => arrival with { ReceivedAt = arrival.ReceivedAt.AddSeconds(7) });

        Assert.Equal(Sample.Json(sample.Fold()), Sample.Json(Sample.Fold(sample.Translate().Concat(sample.Translate(again)).SelectMany(told => told.Events))));
    }

    [Theory, MemberData(nameof(Senders))]
    public void A_provider_tells_what_it_says_it_tells(string id)
    {
        var told = Tells.Nothing;
        foreach (var name in NamesOf(id))
        {
            var events = new Sample(id, name).Translate().Select(translation => translation.Events).ToList();
            foreach (var happened in events.SelectMany(part => part)) told |= Kinds.GetValueOrDefault(happened.GetType());
            if (events.SelectMany(part => part).Any(happened => happened is AttemptStarted { Coarse: false })) told |= Tells.Ringing;
            var calls = Sample.Fold(events.SelectMany(part => part));
            if (calls.SelectMany(call => call.Attempts).Any(attempt => attempt.Role == LegRole.Operator && attempt.Operator.Length > 0)) told |= Tells.Operators;
            if (Enumerable.Range(1, events.Count).Any(count => Sample.Fold(events.Take(count).SelectMany(part => part)).Any(call => call.EndedAt is null))) told |= Tells.Progress;
        }

        Assert.Equal(Find(id).Info.Tells, told);
    }

    [Theory, MemberData(nameof(Senders))]
    public void Whatever_the_bytes_nothing_but_a_verdict_comes_out(string id) => Fuzz.Check(
        Find(id), new Sample(id, NamesOf(id).First()).Settings, [.. NamesOf(id).SelectMany(name => new Sample(id, name).Arrivals)]);

    [Theory, MemberData(nameof(Senders))]
    public void Who_knows_the_secret_is_believed_and_nobody_else(string id)
    {
        var (provider, signer) = (Find(id), Signer.Of(id));
        Settings Holding(params (string Key, int Number)[] secrets) => new(signer.Settings.Concat(secrets.Select(one => KeyValuePair.Create(one.Key, signer.Secret(one.Number)))).ToDictionary());
        var (ours, anothers, exchanged) = (Holding((signer.Key, 1)), Holding((signer.Key, 2)), Holding((signer.Key, 2), (signer.Key + "_previous", 1)));
        foreach (var arrival in NamesOf(id).SelectMany(name => new Sample(id, name).Arrivals).DistinctBy(arrival => arrival.Text))
        {
            var signed = signer.Sign(arrival, 1);
            Assert.True(provider.IsAuthentic(signed, ours), $"signed: {signed.Text}");
            Assert.False(provider.IsAuthentic(arrival, ours), $"not signed: {arrival.Text}");
            Assert.False(provider.IsAuthentic(signed, anothers), "signed for another connection");
            Assert.True(provider.IsAuthentic(signed, exchanged), "signed with the secret before");
            Assert.True(provider.IsAuthentic(signer.Sign(arrival, 2), exchanged), "signed with the new secret");
            Assert.False(provider.IsAuthentic(signed, Settings.Empty), "no secret set");
            Assert.False(provider.IsAuthentic(signed, Holding()), "no secret set");
            if (signer.Window is { } window)
                foreach (var way in (double[])[1, -1])
                {
                    Assert.True(provider.IsAuthentic(signed with { ReceivedAt = arrival.ReceivedAt + way * (window - TimeSpan.FromSeconds(2)) }, ours), "just in time");
                    Assert.False(provider.IsAuthentic(signed with { ReceivedAt = arrival.ReceivedAt + way * (window + TimeSpan.FromSeconds(2)) }, ours), "a replay");
                }
        }
    }

    [Theory, MemberData(nameof(Senders))]
    public void One_changed_byte_spoils_what_is_signed(string id)
    {
        var (provider, signer) = (Find(id), Signer.Of(id));
        if (!signer.CoversBody) return;
        var settings = new Settings(signer.Settings.Append(KeyValuePair.Create(signer.Key, signer.Secret(1))).ToDictionary());
        var signed = signer.Sign(new Sample(id, NamesOf(id).First()).Arrivals[0], 1);
        for (var i = 0; i < signed.Body.Length; i++)
        {
            var body = signed.Body.ToArray();
            body[i] ^= 1;
            // Of forms the fields are signed, in which the same letter has two spellings and what runs together may be cut anywhere.
            if (Form.IsForm(signed) && (Form.Of(body).Signed() == Form.Of(signed.Body.Span).Signed() || body[i] is (byte)'&' or (byte)'=' or (byte)'%' || signed.Body.Span[i] is (byte)'&' or (byte)'=' or (byte)'%')) continue;
            Assert.False(provider.IsAuthentic(signed with { Body = body }, settings), $"byte {i} of {signed.Text}");
        }
    }

    [Theory, MemberData(nameof(Senders))]
    public void The_published_signatures_hold(string id)
    {
        foreach (var vector in Signer.Of(id).Vectors)
            Assert.True(vector.IsAuthentic == Find(id).IsAuthentic(vector.Arrival, new Settings(Signer.Of(id).Settings.Append(KeyValuePair.Create(Signer.Of(id).Key, vector.Secret)).ToDictionary())), vector.What);
    }
}
