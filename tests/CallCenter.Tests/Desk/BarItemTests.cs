using CallCenter.Calls;
using CallCenter.Desk;
using CallCenter.Teams;
using static CallCenter.Tests.Recovery.TestCalls;

namespace CallCenter.Tests.Desk;

public class BarItemTests
{
    static readonly CallKey Key = new("test", "c");
    static readonly Roster Us = new(1, [], [], [], [], [Held("eva", "201"), Held("luis", "202")]);

    static readonly CallEvent[] RingsBoth =
    [
        new CallStarted(Key, Noon, Direction.Inbound, PhoneNumber.Parse("612345678", "ES"), PhoneNumber.Parse("910000000", "ES"), "910000000"),
        new AttemptStarted(Key, Noon.AddSeconds(1), "a", "201"), new AttemptStarted(Key, Noon.AddSeconds(1), "b", "202"),
    ];

    [Fact]
    public void A_call_rings_for_whom_it_rings_and_for_nobody_else()
    {
        Assert.Equal(BarPhase.Ringing, Phase("eva", 2, RingsBoth));
        Assert.Equal(BarPhase.Ringing, Phase("luis", 2, RingsBoth));
        Assert.Null(Phase("ana", 2, RingsBoth));
    }

    [Fact]
    public void Who_answers_talks_and_the_others_read_for_a_moment_who_took_it()
    {
        CallEvent[] told = [.. RingsBoth, new AttemptAnswered(Key, Noon.AddSeconds(5), "b")];
        Assert.Equal(BarPhase.Talking, Phase("luis", 6, told));
        Assert.Equal((BarPhase.TakenByOther, "202"), Item("eva", 6, told) is { } item ? (item.Phase, item.Colleague) : default);
        Assert.Null(Phase("eva", 11, told));
    }

    [Fact]
    public void D35_Two_telephones_of_one_person_are_one_call_and_end_with_it()
    {
        CallEvent[] told =
        [
            .. RingsBoth, new AttemptStarted(Key, Noon.AddSeconds(2), "c", "201"), new AttemptAnswered(Key, Noon.AddSeconds(5), "c"),
            new AttemptEnded(Key, Noon.AddSeconds(5), "a", AttemptResult.AnsweredElsewhere),
        ];
        Assert.Equal(BarPhase.Talking, Phase("eva", 6, told));
        Assert.Equal(BarPhase.WrapUp, Phase("eva", 61, [.. told, new CallEnded(Key, Noon.AddSeconds(60), EndCause.Normal)]));
        Assert.Null(Phase("eva", 81, [.. told, new CallEnded(Key, Noon.AddSeconds(60), EndCause.Normal)]));
    }

    [Fact]
    public void Who_transfers_wraps_up_while_the_other_is_rung_and_talks()
    {
        CallEvent[] told =
        [
            .. RingsBoth, new AttemptAnswered(Key, Noon.AddSeconds(5), "a"), new AttemptEnded(Key, Noon.AddSeconds(30), "a", AttemptResult.TransferredOut),
            new AttemptStarted(Key, Noon.AddSeconds(30), "d", "202"),
        ];
        Assert.Equal(BarPhase.WrapUp, Phase("eva", 31, told));
        Assert.Equal(BarPhase.Ringing, Phase("luis", 31, told));
        Assert.Equal(BarPhase.Talking, Phase("luis", 36, [.. told, new AttemptAnswered(Key, Noon.AddSeconds(35), "d")]));
    }

    [Fact]
    public void A_call_that_nobody_took_is_said_to_be_missed_where_it_rang()
    {
        CallEvent[] told = [.. RingsBoth, new CallEnded(Key, Noon.AddSeconds(20), EndCause.Cancelled)];
        Assert.Equal(BarPhase.Missed, Phase("eva", 21, told));
        Assert.Null(Phase("eva", 26, told));
    }

    [Fact]
    public void Who_calls_out_dials_talks_and_wraps_up()
    {
        var told = CalledBack("c", 0, "612345678", answered: true, extension: "201");
        Assert.Equal(BarPhase.Dialling, Phase("eva", 0, [.. told.Take(2)]));
        Assert.Equal(BarPhase.Talking, Phase("eva", 1, [.. told.Take(3)]));
        Assert.Equal(BarPhase.WrapUp, Phase("eva", 31, [.. told]));
    }

    static Extension Held(string user, string name) => new("test", name, user, new Period(DateTimeOffset.MinValue, null));

    static BarPhase? Phase(string person, int second, CallEvent[] told) => Item(person, second, told)?.Phase;

    static BarItem? Item(string person, int second, CallEvent[] told)
    {
        var call = Call.Of(Key, told)!;
        return BarItem.Of(call with { People = Us.Judge(call).People }, person, Us, Noon.AddSeconds(second));
    }
}
