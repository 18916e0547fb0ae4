using System.Text.Json;
using CallCenter.Calls;
using CallCenter.Telephony;

namespace CallCenter.Tests.Telephony;

/// <summary>Every recorded session of every phone system that we listen to comes out as what really happened.</summary>
public sealed class RecordedSessions
{
    public static TheoryData<string, string> All => [.. new[] { Capture.Asterisk, Capture.FreeSwitch }.SelectMany(system => Capture.ScenariosOf(system).Select(scenario => (system, scenario)))];

    [Theory, MemberData(nameof(All))]
    public void A_recorded_session_comes_out_as_what_really_happened(string system, string scenario) => AssertTrue(new Capture(scenario, system));

    /// <summary>Five minutes to the first call: without a list of trunks they tell by what else there is to see.</summary>
    [Theory, MemberData(nameof(All))]
    public void Trunks_need_not_be_named(string system, string scenario) =>
        AssertTrue(new Capture(scenario, system) { Settings = new Settings(new Dictionary<string, string> { ["country"] = "AR" }) });

    [Theory, MemberData(nameof(All))]
    public void Events_make_the_same_calls_in_any_order_and_told_any_number_of_times(string system, string scenario)
    {
        var events = new Capture(scenario, system).Events();
        var expected = Written(Capture.Fold(events));
        foreach (var seed in (ReadOnlySpan<int>)[1, 2, 3, 4])
        {
            var random = new Random(seed);
            var told = events.Concat(events.Where(_ => random.Next(2) == 0)).Concat(events.Where(_ => random.Next(5) == 0)).ToArray();
            random.Shuffle(told);
            Assert.Equal(expected, Written(Capture.Fold(told)));
        }
    }

    /// <summary>A phone system that repeats itself: every message twice in a row.</summary>
    [Theory, MemberData(nameof(All))]
    public void Messages_told_twice_change_nothing(string system, string scenario)
    {
        var capture = new Capture(scenario, system);
        var twice = capture.Translate(capture.Items.SelectMany(item => item.Mark == StreamMark.Message ? [item, item] : new[] { item }));
        Assert.Equal(Written(capture.Calls()), Written(Capture.Fold(twice.Events)));
    }

    /// <summary>Nothing in a real session is beyond us, and nothing is kept of it once it is over.</summary>
    [Theory, MemberData(nameof(All))]
    public void A_recorded_session_holds_nothing_unreadable_and_leaves_no_call_open(string system, string scenario)
    {
        var capture = new Capture(scenario, system);
        var heard = capture.Translate(capture.Items);
        Assert.DoesNotContain(heard.Translations, translation => translation.Verdict == Verdict.Unreadable);
        Assert.Empty(heard.State.Lasting);
        Assert.All(heard.Translations, translation => Assert.True(translation.Verdict != Verdict.Understood || translation.Events.Count > 0));
    }

    /// <summary>By whom a missed call was made good, as people say; truth's <c>recovered_by</c> is the follow-up that was answered.</summary>
    [Theory, InlineData(Capture.Asterisk, "morning", 5), InlineData(Capture.Asterisk, "recovered", 4), InlineData(Capture.Asterisk, "same_number_twice", 1),
        InlineData(Capture.FreeSwitch, "morning", 3), InlineData(Capture.FreeSwitch, "recovered", 4), InlineData(Capture.FreeSwitch, "same_number_twice", 1)]
    public async Task Missed_calls_are_made_good_by_whom_people_say(string system, string scenario, int count)
    {
        var capture = new Capture(scenario, system);
        await using var house = await House.Open();
        await house.Hear([.. capture.Events()]);
        var calls = (await house.Calls()).ToDictionary(call => call.ProviderCallId);
        var truth = capture.KnowableCalls.ToDictionary(call => call.Text("id")!);
        string? KeyOf(long? id) => calls.Values.FirstOrDefault(call => call.Id == id)?.ProviderCallId;
        string? KeyIn(string? id) => id is null ? null : truth[id].GetProperty("pbx").Text("linkedid");

        var judged = 0;
        foreach (var (id, told) in truth)
        {
            var call = calls[KeyIn(id)!];
            var tried = (told.TryGetProperty("callback_attempts", out var attempts) && attempts.ValueKind == JsonValueKind.Array
                    ? attempts.EnumerateArray().Select(attempt => attempt.GetString()!) : []).Append(told.Text("recovered_by")).OfType<string>()
                .Where(other => truth[other].Instant("started_at") > told.Instant("ended_at")) // one that was made before the miss follows up another
                .MinBy(other => truth[other].GetProperty("started_at").GetDouble());
            Assert.Equal((id, KeyIn(tried)), (id, KeyOf(call.Mark.RecoveredBy)));
            Assert.Equal((id, KeyIn(told.Text("recovered_by"))), (id, KeyOf(call.Mark.ReachedBy)));
            Assert.Equal((id, KeyIn(told.Text("customer_called_again"))), (id, KeyOf(call.Mark.SelfRecoveredBy)));
            if (call.Mark != RecoveryMark.None) judged++;
        }

        Assert.Equal(count, judged);
    }

    [Theory, MemberData(nameof(All))]
    public void D02_a_queue_member_who_did_not_pick_up_makes_no_call_of_his_own(string system, string scenario)
    {
        var capture = new Capture(scenario, system);
        Assert.Equal(capture.KnowableCalls.Count(), capture.Calls().Count);
    }

    [Theory, MemberData(nameof(All))]
    public void D25_a_hang_up_told_first_ends_the_call_all_the_same(string system, string scenario)
    {
        var events = new Capture(scenario, system).Events();
        Assert.Equal(Written(Capture.Fold(events)), Written(Capture.Fold(events.Reverse())));
    }

    internal static void AssertTrue(Capture capture, IReadOnlyList<Call>? calls = null)
    {
        var differences = new CaptureComparison(capture).Of(calls ?? capture.Calls());
        Assert.True(differences.Count == 0, string.Join(Environment.NewLine, differences));
    }

    static string Written(IEnumerable<Call> calls) => JsonSerializer.Serialize(calls, CallJson.Indented);
}
