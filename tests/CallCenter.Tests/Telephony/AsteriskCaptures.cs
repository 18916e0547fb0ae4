using System.Text.Json;
using CallCenter.Calls;
using CallCenter.Telephony;

namespace CallCenter.Tests.Telephony;

/// <summary>Every recorded session comes out as what really happened, and the complaints of product.md D.1 and D.4 with it.</summary>
public sealed class AsteriskCaptures
{
    public static TheoryData<string> Scenarios => [.. Capture.Scenarios];

    [Theory, MemberData(nameof(Scenarios))]
    public void A_recorded_session_comes_out_as_what_really_happened(string scenario) => AssertTrue(new Capture(scenario));

    /// <summary>Five minutes to the first call: without a list of trunks they tell by the context that their calls enter.</summary>
    [Theory, MemberData(nameof(Scenarios))]
    public void Trunks_need_not_be_named(string scenario) =>
        AssertTrue(new Capture(scenario) { Settings = new Settings(new Dictionary<string, string> { ["country"] = "AR" }) });

    [Theory, MemberData(nameof(Scenarios))]
    public void Events_make_the_same_calls_in_any_order_and_told_any_number_of_times(string scenario)
    {
        var events = new Capture(scenario).Events();
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
    [Theory, MemberData(nameof(Scenarios))]
    public void Messages_told_twice_change_nothing(string scenario)
    {
        var capture = new Capture(scenario);
        var twice = capture.Translate(capture.Items.SelectMany(item => item.Mark == StreamMark.Message ? [item, item] : new[] { item }));
        Assert.Equal(Written(capture.Calls()), Written(Capture.Fold(twice.Events)));
    }

    /// <summary>Nothing in a real session is beyond us, and nothing is kept of it once it is over.</summary>
    [Theory, MemberData(nameof(Scenarios))]
    public void A_recorded_session_holds_nothing_unreadable_and_leaves_no_call_open(string scenario)
    {
        var capture = new Capture(scenario);
        var heard = capture.Translate(capture.Items);
        Assert.DoesNotContain(heard.Translations, translation => translation.Verdict == Verdict.Unreadable);
        Assert.Empty(heard.State.Lasting);
        Assert.All(heard.Translations, translation => Assert.True(translation.Verdict != Verdict.Understood || translation.Events.Count > 0));
    }

    /// <summary>By whom a missed call was made good, as people say; truth's <c>recovered_by</c> is the follow-up that was answered.</summary>
    [Theory, InlineData("morning", 5), InlineData("recovered", 4), InlineData("same_number_twice", 1)]
    public async Task Missed_calls_are_made_good_by_whom_people_say(string scenario, int count)
    {
        var capture = new Capture(scenario);
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

    [Fact]
    public void D01_a_call_that_a_colleague_answered_is_not_missed()
    {
        Assert.All(new Capture("queue_no_answer_next_agent").Calls(), call =>
        {
            Assert.False(call.Missed);
            Assert.Contains(call.Attempts, attempt => attempt.Result is AttemptResult.NotAnswered or AttemptResult.Busy);
        });
    }

    [Theory, MemberData(nameof(Scenarios))]
    public void D02_a_queue_member_who_did_not_pick_up_makes_no_call_of_his_own(string scenario)
    {
        var capture = new Capture(scenario);
        Assert.Equal(capture.KnowableCalls.Count(), capture.Calls().Count);
    }

    [Fact]
    public void D03_an_answered_call_of_a_queue_is_there_once()
    {
        var calls = new Capture("load_200").Calls();
        Assert.Equal(200, calls.Count);
        Assert.Equal(193, calls.Count(call => call.Outcome == CallOutcome.Completed));
        Assert.Equal(7, calls.Count(call => call.Missed));
    }

    [Fact]
    public void D04_unanswered_outbound_calls_are_not_missed_calls()
    {
        var unanswered = new Capture("outbound_mix").Calls().Where(call => call.AnsweredAt is null).ToList();
        Assert.Equal(6, unanswered.Count);
        Assert.All(unanswered, call => Assert.False(call.Missed));
        Assert.DoesNotContain(new Capture("click_to_call").Calls(), call => call.Missed);
    }

    [Fact]
    public void D05_a_queue_or_menu_that_answers_is_no_answer()
    {
        foreach (var scenario in (string[])["queue_abandoned", "queue_timeout", "menu_to_queue"])
        {
            var unserved = new Capture(scenario).Calls().Where(call => call.Operator is null).ToList();
            Assert.NotEmpty(unserved);
            Assert.All(unserved, call => Assert.True(call.Missed && call.AnsweredAt is null && call.TalkSeconds == 0));
        }
    }

    [Fact]
    public void D07_however_often_a_ring_all_queue_rings_it_is_one_call()
    {
        var call = new Capture("morning").Calls().Single(call => call.Attempts.Count == 31);
        Assert.Equal(CallOutcome.NoAnswer, call.Outcome);
        Assert.Equal(MissedReason.QueueTimeout, call.MissedReason);
        Assert.Equal(4, new Capture("queue_ring_all").Calls().Count);
    }

    [Fact]
    public void D08_a_call_that_overflowed_to_another_queue_was_not_abandoned()
    {
        Assert.All(new Capture("queue_overflow").Calls(), call =>
        {
            Assert.Equal(CallOutcome.Completed, call.Outcome);
            Assert.Equal([QueueExit.TimedOut, QueueExit.Answered], call.Queues.Select(visit => visit.Reason!.Value));
        });
    }

    [Fact]
    public void D09_who_hung_up_is_told_apart_from_nobody_answered()
    {
        Assert.All(new Capture("queue_abandoned").Calls(), call => Assert.Equal(CallOutcome.Cancelled, call.Outcome));
        Assert.Equal([CallOutcome.NoAnswer, CallOutcome.Completed, CallOutcome.NoAnswer], new Capture("queue_timeout").Calls().Select(call => call.Outcome!.Value));
    }

    /// <summary>Whatever the last messages of a session were, the first part of it already told a consistent story.</summary>
    [Fact]
    public void D10_the_state_of_a_call_never_goes_back()
    {
        var events = new Capture("queue_answered").Events();
        var key = events[0].Call;
        var states = events.Where(happened => happened.Call == key).Select((_, i) => Call.Of(key, events.Where(happened => happened.Call == key).Take(i + 1))!.State).ToList();
        Assert.Equal([CallState.Queued, CallState.Ringing, CallState.Answered, CallState.Ended], states.Distinct());
        Assert.Equal(states.Order(), states);
    }

    [Fact]
    public void D24_a_hidden_number_is_nobodys_and_its_calls_are_there()
    {
        var calls = new Capture("anonymous").Calls();
        Assert.Equal(8, calls.Count);
        Assert.Equal(6, calls.Count(call => call.From!.Kind == NumberKind.Withheld));
        Assert.All(calls.Where(call => call.From!.Kind == NumberKind.Withheld), call => Assert.Null(call.CustomerNumber));
    }

    [Theory, MemberData(nameof(Scenarios))]
    public void D25_a_hang_up_told_first_ends_the_call_all_the_same(string scenario)
    {
        var events = new Capture(scenario).Events();
        Assert.Equal(Written(Capture.Fold(events)), Written(Capture.Fold(events.Reverse())));
    }

    [Fact]
    public void D26_a_call_whose_end_was_never_told_does_not_last_for_ever()
    {
        var capture = new Capture("link_drop");
        var calls = capture.Calls();
        Assert.All(calls, call => Assert.Equal(CallState.Ended, call.State));
        var unheard = Assert.Single(calls, call => call.Stale);
        Assert.Equal(capture.Gap!.Value.From, unheard.EndedAt!.Value.ToUnixTimeMilliseconds() / 1000.0, 0.25);
    }

    [Fact]
    public void D28_a_call_ends_with_the_callers_side_however_many_legs_hang_up()
    {
        var attended = new Capture("transfer_attended");
        foreach (var call in attended.Calls().Where(call => call.Transfers.Count > 0))
            Assert.Single(attended.Events(), happened => happened is CallEnded && happened.Call.Id == call.ProviderCallId);
    }

    /// <summary>Started, or started anew, in the middle of calls: those that last appear, coarse, and end as they should.</summary>
    [Fact]
    public void D29_calls_that_began_before_we_listened_appear_and_end()
    {
        var capture = new Capture("link_drop");
        var calls = Capture.Fold(capture.Translate(capture.Items.Where(item => item.Link == 2)).Events);
        var truth = capture.KnowableCalls.Where(call => call.Text("id") is "c001" or "c003" or "c005").ToDictionary(call => call.GetProperty("pbx").Text("linkedid")!);

        Assert.Equal(3, calls.Count);
        foreach (var call in calls)
        {
            var expected = truth[call.ProviderCallId];
            Assert.Equal(CallState.Ended, call.State);
            Assert.Equal(Direction.Inbound, call.Direction);
            Assert.Equal(expected.Text("caller"), call.FromRaw);
            Assert.Equal(expected.Text("callee"), call.ToRaw);
            Assert.Equal(expected.Text("queue"), call.Queue);
            Assert.Equal(expected.Text("agent"), call.Operator);
            Assert.Equal(expected.Text("outcome"), JsonNamingPolicy.SnakeCaseLower.ConvertName(call.Outcome.ToString()!));
            Assert.True((call.StartedAt - expected.Instant("started_at")!.Value).Duration() < TimeSpan.FromSeconds(1.5));
            if (expected.Instant("answered_at") is { } answered) Assert.True((call.AnsweredAt!.Value - answered).Duration() < TimeSpan.FromSeconds(1.5));
        }
    }

    /// <summary>A server that starts anew in mid-call hears the snapshot with an empty memory; together with what it had kept there is one call.</summary>
    [Theory, InlineData("queue_answered"), InlineData("morning"), InlineData("load_200"), InlineData("burst"), InlineData("pbx_restart")]
    public void D30_a_snapshot_after_our_own_restart_adds_no_call(string scenario)
    {
        var capture = new Capture(scenario);
        var items = capture.Items.ToList();
        var asked = items.FindIndex(item => item.Message.Span.IndexOf("Message: Queue status will follow"u8) >= 0);
        var events = capture.Translate(items.Take(asked)).Events.Concat(capture.Translate(items.Skip(asked)).Events);

        var calls = Capture.Fold(events);
        Assert.Equal(capture.Calls().Select(call => call.ProviderCallId), calls.Select(call => call.ProviderCallId));
        Assert.All(calls, call => Assert.Equal(CallState.Ended, call.State));
        AssertTrue(capture, calls);
    }

    static void AssertTrue(Capture capture, IReadOnlyList<Call>? calls = null)
    {
        var differences = new CaptureComparison(capture).Of(calls ?? capture.Calls());
        Assert.True(differences.Count == 0, string.Join(Environment.NewLine, differences));
    }

    static string Written(IEnumerable<Call> calls) => JsonSerializer.Serialize(calls, CallJson.Indented);
}
