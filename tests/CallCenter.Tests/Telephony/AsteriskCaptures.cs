using System.Text.Json;
using CallCenter.Calls;

namespace CallCenter.Tests.Telephony;

/// <summary>The complaints of product.md D.1 and D.4, on recorded sessions of Asterisk.</summary>
public sealed class AsteriskCaptures
{
    [Fact]
    public void D01_a_call_that_a_colleague_answered_is_not_missed()
    {
        Assert.All(new Capture("queue_no_answer_next_agent").Calls(), call =>
        {
            Assert.False(call.Missed);
            Assert.Contains(call.Attempts, attempt => attempt.Result is AttemptResult.NotAnswered or AttemptResult.Busy);
        });
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
        RecordedSessions.AssertTrue(capture, calls);
    }
}
