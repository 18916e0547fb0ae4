using CallCenter.Calls;

namespace CallCenter.Tests.Calls;

public class StretchTests
{
    static readonly DateTimeOffset Noon = new(2026, 5, 4, 12, 0, 0, TimeSpan.Zero);
    static readonly CallKey Key = new("test", "c");

    [Fact]
    public void A_call_is_a_menu_a_queue_ringing_talk_and_hold_in_their_order_and_without_holes()
    {
        var call = Call.Of(Key,
        [
            new CallStarted(Key, Noon, Direction.Inbound, PhoneNumber.Parse("612345678", "ES"), null),
            new QueueJoined(Key, At(4), "ventas"),
            new AttemptStarted(Key, At(10), "a", "201"), new AttemptEnded(Key, At(20), "a", AttemptResult.NotAnswered),
            new AttemptStarted(Key, At(25), "b", "202"), new AttemptAnswered(Key, At(30), "b"),
            new HoldStarted(Key, At(40), "b"), new HoldEnded(Key, At(55), "b"),
            new CallEnded(Key, At(60), EndCause.Normal),
        ])!;
        Assert.Equal(
            [(StretchKind.Before, 4), (StretchKind.Queue, 6), (StretchKind.Ring, 10), (StretchKind.Queue, 5), (StretchKind.Ring, 5), (StretchKind.Talk, 10), (StretchKind.Hold, 15), (StretchKind.Talk, 5)],
            Stretch.Of(call, At(999)).Select(stretch => (stretch.Kind, (int)stretch.Seconds)));
    }

    [Fact]
    public void A_call_in_progress_lasts_until_now_and_one_without_length_has_no_line()
    {
        var ringing = Call.Of(Key, [new CallStarted(Key, Noon, Direction.Inbound, null, null), new AttemptStarted(Key, At(2), "a", "201")])!;
        Assert.Equal([2d, 28d], Stretch.Of(ringing, At(30)).Select(stretch => stretch.Seconds));
        Assert.Empty(Stretch.Of(ringing, Noon));
        Assert.Empty(Stretch.Of(ringing, Noon.AddSeconds(-5))); // their clock is ahead of ours
    }

    [Theory, MemberData(nameof(Samples))]
    public void Every_call_is_covered_from_its_start_to_its_end(IReadOnlyList<CallEvent> events)
    {
        var call = Call.Of(events[0].Call, events)!;
        var stretches = Stretch.Of(call, call.EndedAt!.Value);
        Assert.Equal((call.StartedAt, call.EndedAt.Value), (stretches[0].From, stretches[^1].To));
        Assert.All(stretches.Zip(stretches.Skip(1)), pair => Assert.Equal(pair.First.To, pair.Second.From));
        Assert.Equal(call.TalkSeconds!.Value, stretches.Where(stretch => stretch.Kind is StretchKind.Talk or StretchKind.Hold).Sum(stretch => stretch.Seconds), 0.01);
    }

    public static TheoryData<IReadOnlyList<CallEvent>> Samples() => [CallLogTests.Answered("a", Noon), CallLogTests.Missed("m", Noon), Hostile.Call("h", Noon, "x")];

    static DateTimeOffset At(int seconds) => Noon.AddSeconds(seconds);
}
