using System.Text;
using System.Text.Json;
using CallCenter.Calls;
using CallCenter.Telephony;

namespace CallCenter.Tests.Telephony;

/// <summary>The complaints of product.md D.1 and D.4, on recorded sessions of FreeSWITCH.</summary>
public sealed class FreeSwitchCaptures
{
    [Theory, InlineData("click_to_call"), InlineData("transfer_attended")]
    public void Events_in_JSON_make_the_same_calls_as_plain_ones(string scenario)
    {
        var capture = Session(scenario);
        var items = Recording.Find(Path.Combine(Capture.Folder(Capture.FreeSwitch), scenario, "esl.json.jsonl.gz")).Single().Stream().ToList();
        Assert.Contains(items, item => item.Message.Span.IndexOf("text/event-json"u8) >= 0);
        RecordedSessions.AssertTrue(capture, Capture.Fold(capture.Translate(items).Events));
    }

    [Fact]
    public void D01_a_call_that_a_colleague_answered_is_not_missed()
    {
        Assert.All(Session("queue_no_answer_next_agent").Calls(), call =>
        {
            Assert.False(call.Missed);
            Assert.Contains(call.Attempts, attempt => attempt.Result is AttemptResult.NotAnswered or AttemptResult.Busy);
        });
        Assert.All(Session("queue_ring_all").Calls(), call => Assert.All(call.Attempts.Where(attempt => attempt.AnsweredAt is null), attempt => Assert.True(attempt.Result is AttemptResult.AnsweredElsewhere or AttemptResult.Busy)));
    }

    [Fact]
    public void D04_unanswered_outbound_calls_are_not_missed_calls()
    {
        var unanswered = Session("outbound_mix").Calls().Where(call => call.AnsweredAt is null).ToList();
        Assert.Equal(7, unanswered.Count);
        Assert.All(unanswered, call => Assert.False(call.Missed));
        Assert.DoesNotContain(Session("click_to_call").Calls(), call => call.Missed);
    }

    [Fact]
    public void D05_a_queue_or_menu_that_answers_is_no_answer()
    {
        foreach (var scenario in (string[])["queue_abandoned", "queue_timeout", "menu_to_queue"])
        {
            var unserved = Session(scenario).Calls().Where(call => call.Operator is null).ToList();
            Assert.NotEmpty(unserved);
            Assert.All(unserved, call => Assert.True(call.Missed && call.AnsweredAt is null && call.TalkSeconds == 0));
        }
    }

    [Fact]
    public void D08_a_call_that_overflowed_to_another_queue_was_not_abandoned()
    {
        Assert.All(Session("queue_overflow").Calls(), call =>
        {
            Assert.Equal(CallOutcome.Completed, call.Outcome);
            Assert.Equal([QueueExit.TimedOut, QueueExit.Answered], call.Queues.Select(visit => visit.Reason!.Value));
        });
    }

    [Fact]
    public void D09_who_hung_up_is_told_apart_from_nobody_answered()
    {
        Assert.All(Session("queue_abandoned").Calls(), call => Assert.Equal(CallOutcome.Cancelled, call.Outcome));
        Assert.Equal([CallOutcome.NoAnswer, CallOutcome.NoAnswer, CallOutcome.Completed], Session("queue_timeout").Calls().Select(call => call.Outcome!.Value));
    }

    [Fact]
    public void D10_the_state_of_a_call_never_goes_back()
    {
        var events = Session("queue_answered").Events();
        var key = events[0].Call;
        var states = events.Where(happened => happened.Call == key).Select((_, i) => Call.Of(key, events.Where(happened => happened.Call == key).Take(i + 1))!.State).ToList();
        Assert.Equal([CallState.Queued, CallState.Ringing, CallState.Answered, CallState.Ended], states.Distinct());
        Assert.Equal(states.Order(), states);
    }

    [Fact]
    public void D24_a_hidden_number_is_nobodys_and_its_calls_are_there()
    {
        var calls = Session("anonymous").Calls();
        Assert.Equal(8, calls.Count);
        Assert.Equal(6, calls.Count(call => call.From!.Kind == NumberKind.Withheld));
        Assert.All(calls.Where(call => call.From!.Kind == NumberKind.Withheld), call => Assert.Null(call.CustomerNumber));
    }

    [Fact]
    public void D26_a_call_whose_end_was_never_told_does_not_last_for_ever()
    {
        var capture = Session("link_drop");
        var calls = capture.Calls();
        Assert.All(calls, call => Assert.Equal(CallState.Ended, call.State));
        var unheard = Assert.Single(calls, call => call.Stale);
        Assert.Equal(capture.Gap!.Value.From, unheard.EndedAt!.Value.ToUnixTimeMilliseconds() / 1000.0, 0.25);
    }

    [Fact]
    public void D28_a_call_ends_with_the_callers_side_however_many_legs_hang_up()
    {
        var attended = Session("transfer_attended");
        foreach (var call in attended.Calls().Where(call => call.Transfers.Count > 0))
            Assert.Single(attended.Events(), happened => happened is CallEnded && happened.Call.Id == call.ProviderCallId);
    }

    /// <summary>Started, or started anew, in the middle of calls: those that last appear, coarse, and end as they should.</summary>
    [Fact]
    public void D29_calls_that_began_before_we_listened_appear_and_end()
    {
        var capture = Session("link_drop");
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
    [Theory, InlineData("queue_answered"), InlineData("morning"), InlineData("burst"), InlineData("pbx_restart")]
    public void D30_a_snapshot_after_our_own_restart_adds_no_call(string scenario)
    {
        var capture = Session(scenario);
        var items = capture.Items.ToList();
        var asked = items.FindLastIndex(item => item.Message.Span.IndexOf("\"rows\":["u8) >= 0);
        Assert.True(asked > 0);
        var events = capture.Translate(items.Take(asked)).Events.Concat(capture.Translate(items.Skip(asked)).Events);

        var calls = Capture.Fold(events);
        Assert.Equal(capture.Calls().Select(call => call.ProviderCallId), calls.Select(call => call.ProviderCallId));
        Assert.All(calls, call => Assert.Equal(CallState.Ended, call.State));
        RecordedSessions.AssertTrue(capture, calls);
    }

    public static TheoryData<string> Short => [.. Capture.ScenariosOf(Capture.FreeSwitch).Where(scenario => scenario != "morning")];

    /// <summary>The link may be lost at any moment: no call stays open, none is counted twice, none is invented.</summary>
    [Theory, MemberData(nameof(Short))]
    public async Task D26_a_link_lost_at_any_moment_leaves_no_call_open_and_invents_none(string scenario)
    {
        await using var pbx = new FakeFreeSwitch();
        var events = FakeFreeSwitch.EventsOf(scenario);
        var capture = Session(scenario);
        var truth = capture.Calls().Select(call => call.ProviderCallId).ToHashSet();
        foreach (var length in (int[])[15, events.Count / 6])
            for (var cut = 5; cut < events.Count; cut += 29)
            {
                var heard = capture.Translate(WithGap(pbx, events, cut, Math.Min(cut + length, events.Count)));
                Assert.True(!heard.State.Lasting.Any(), $"{length} from {cut}: {string.Join(", ", heard.State.Lasting)} last");
                Assert.All(Capture.Fold(heard.Events), call => Assert.True(call.State == CallState.Ended && truth.Contains(call.ProviderCallId),
                    $"{length} from {cut}: {call.ProviderCallId} {call.State} {call.Direction} {call.FromRaw} {call.ToRaw}"));
            }
    }

    static IEnumerable<StreamItem> WithGap(FakeFreeSwitch pbx, List<(double At, string Raw)> events, int cut, int back)
    {
        pbx.Reset();
        foreach (var (_, raw) in events.Take(back)) pbx.Retell(raw);
        var end = events[^1].At;
        return
        [
            Mark(events[0].At, 1, StreamMark.Connected), .. events.Take(cut).Select(happened => Message(happened, 1)), Mark(events[cut].At, 1, StreamMark.Lost),
            Mark(events[back - 1].At, 2, StreamMark.Connected), .. pbx.Snapshot().Select(answer => Message((events[back - 1].At, answer), 2)),
            .. events.Skip(back).Select(happened => Message(happened, 2)),
            Message((end + 5, FakeFreeSwitch.NoChannels), 2), Message((end + 10, FakeFreeSwitch.NoChannels), 2),
        ];
    }

    static Capture Session(string scenario) => new(scenario, Capture.FreeSwitch);

    static StreamItem Mark(double at, int link, StreamMark mark) => new(DateTimeOffset.UnixEpoch.AddSeconds(at), link, mark, default);

    static StreamItem Message((double At, string Raw) message, int link) => new(DateTimeOffset.UnixEpoch.AddSeconds(message.At), link, StreamMark.Message, Encoding.UTF8.GetBytes(message.Raw));
}
