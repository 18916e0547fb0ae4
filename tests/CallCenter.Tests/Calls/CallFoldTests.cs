using CallCenter.Calls;

namespace CallCenter.Tests.Calls;

public class CallFoldTests
{
    static readonly CallKey Key = new("c", "1");
    static readonly DateTimeOffset Noon = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);

    static DateTimeOffset At(double seconds) => Noon.AddSeconds(seconds);

    static PhoneNumber Number(string raw) => PhoneNumber.Parse(raw, "ES");

    static CallStarted Inbound(double at) => new(Key, At(at), Direction.Inbound, Number("+34600111222"), Number("+34910000000"));

    static CallStarted Outbound(double at) => new(Key, At(at), Direction.Outbound, Number("+34910000000"), Number("+34600111222"));

    /// <summary>The call, which must be the same backwards.</summary>
    static Call? Fold(params CallEvent[] events)
    {
        var call = Call.Of(Key, events);
        Assert.Equal(System.Text.Json.JsonSerializer.Serialize(call, CallJson.Options), System.Text.Json.JsonSerializer.Serialize(Call.Of(Key, events.Reverse().Concat(events)), CallJson.Options));
        return call;
    }

    [Fact]
    public void A_recording_alone_is_no_call()
    {
        Assert.Null(Fold(new RecordingMade(Key, At(0), "https://example.com/r1")));
        Assert.Equal("https://example.com/r1", Fold(new RecordingMade(Key, At(0), "https://example.com/r1"), Inbound(-5))?.Recording);
    }

    [Fact]
    public void A_coarse_telling_of_the_parties_fills_only_what_no_exact_one_knows()
    {
        var call = Fold(
            new CallStarted(Key, At(0), Direction.Outbound, Number("+34699999999"), Number("+34611111111"), Line: "+34910000000") { Coarse = true },
            new CallStarted(Key, At(5), Direction.Inbound, Number("+34600111222"), null))!;

        Assert.Equal((Direction.Inbound, "+34600111222", "+34611111111", "+34910000000"), (call.Direction, call.FromRaw, call.ToRaw, call.Line));
    }

    [Theory, InlineData(19, 19), InlineData(19, 18), InlineData(18, 19)]
    public void An_offer_and_the_telephone_that_rings_because_of_it_are_one_attempt(double offered, double rang)
    {
        var call = Fold(
            Inbound(0),
            new AttemptStarted(Key, At(offered), "offer-1", "Lucía", LegRole.Operator, Contact: "lucia"),
            new AttemptStarted(Key, At(rang), "leg-1", "lucia"),
            new AttemptAnswered(Key, At(26), "leg-1", "lucia"),
            new AttemptAnswered(Key, At(26.1), "offer-1"),
            new AttemptEnded(Key, At(90), "leg-1", AttemptResult.Answered),
            new AttemptEnded(Key, At(95), "offer-1", AttemptResult.Answered),
            new CallEnded(Key, At(90), EndCause.Normal))!;

        var attempt = Assert.Single(call.Attempts);
        Assert.Equal(("Lucía", At(26), At(90), AttemptResult.Answered), (attempt.Operator, attempt.AnsweredAt, attempt.EndedAt, attempt.Result));
        Assert.Equal("Lucía", call.Operator);
    }

    [Fact]
    public void An_offer_told_after_the_answer_still_names_the_person() => Assert.Equal("Lucía", Fold(
        Inbound(0),
        new AttemptAnswered(Key, At(26), "leg-1", "lucia"),
        new AttemptStarted(Key, At(26.1), "offer-1", "Lucía", LegRole.Operator, Contact: "lucia"),
        new AttemptAnswered(Key, At(26.1), "offer-1"))!.Operator);

    [Fact]
    public void A_second_offer_to_the_same_person_is_a_second_attempt()
    {
        var call = Fold(
            Inbound(0),
            new AttemptStarted(Key, At(10), "offer-1", "Lucía", LegRole.Operator, Contact: "lucia"),
            new AttemptStarted(Key, At(10), "leg-1", "lucia"),
            new AttemptEnded(Key, At(30), "leg-1", AttemptResult.NotAnswered),
            new AttemptEnded(Key, At(30.3), "offer-1", AttemptResult.NotAnswered),
            new AttemptStarted(Key, At(30), "leg-2", "lucia"), // whole seconds: as if before the first one's end
            new AttemptStarted(Key, At(30.35), "offer-2", "Lucía", LegRole.Operator, Contact: "lucia"),
            new AttemptAnswered(Key, At(35), "leg-2", "lucia"))!;

        Assert.Equal([AttemptResult.NotAnswered, AttemptResult.Answered], call.Attempts.Select(attempt => attempt.Result));
        Assert.Equal("Lucía", call.Operator);
    }

    [Fact]
    public void A_telephone_that_rings_again_is_a_new_attempt()
    {
        var call = Fold(
            Inbound(0),
            new AttemptStarted(Key, At(1), "101", "101"), new AttemptEnded(Key, At(16), "101", AttemptResult.NotAnswered),
            new AttemptStarted(Key, At(20), "101", "101"), new AttemptAnswered(Key, At(25), "101"),
            new CallEnded(Key, At(60), EndCause.Unknown))!;

        Assert.Equal([AttemptResult.NotAnswered, AttemptResult.Answered], call.Attempts.Select(attempt => attempt.Result));
        Assert.Equal(CallOutcome.Completed, call.Outcome);
    }

    [Fact]
    public void Telephones_silenced_by_the_answer_were_answered_elsewhere()
    {
        var call = Fold(
            Inbound(0),
            new AttemptStarted(Key, At(1), "a", "101"), new AttemptStarted(Key, At(1), "b", "102"),
            new AttemptAnswered(Key, At(5), "a"), new AttemptEnded(Key, At(5), "b", AttemptResult.Cancelled),
            new CallEnded(Key, At(60), EndCause.Normal))!;

        Assert.Equal([AttemptResult.Answered, AttemptResult.AnsweredElsewhere], call.Attempts.Select(attempt => attempt.Result));
    }

    [Fact]
    public void Who_moves_to_another_queue_has_left_the_first()
    {
        var call = Fold(Inbound(0), new QueueJoined(Key, At(1), "Ventas"), new QueueJoined(Key, At(31), "Soporte"), new CallEnded(Key, At(40), EndCause.Normal))!;

        Assert.Equal([("Ventas", At(31)), ("Soporte", At(40))], call.Queues.Select(visit => (visit.Queue, visit.LeftAt!.Value)));
    }

    [Fact]
    public void An_answer_by_somebody_gives_way_to_the_exact_one_and_counts_without_it()
    {
        var somebody = new AttemptAnswered(Key, At(60), "", "") { Coarse = true };
        var exact = Fold(Inbound(0), somebody, new AttemptAnswered(Key, At(5), "a", "101"), new CallEnded(Key, At(60), EndCause.Normal))!;
        Assert.Equal("101", Assert.Single(exact.Attempts).Operator);

        var alone = Fold(Inbound(0), somebody, new CallEnded(Key, At(60), EndCause.Normal))!;
        Assert.Equal((CallOutcome.Completed, null), (alone.Outcome, alone.Operator));
    }

    [Fact]
    public void The_customer_who_answers_an_outbound_call_is_not_its_operator()
    {
        var call = Fold(Outbound(0), new AttemptAnswered(Key, At(9), "a", "+34600111222", LegRole.Outside), new CallEnded(Key, At(60), EndCause.Normal))!;

        Assert.Equal((CallOutcome.Completed, null), (call.Outcome, call.Operator));
    }

    [Fact]
    public void A_teller_who_does_not_know_the_direction_leaves_it_to_the_call()
    {
        var ring = new AttemptStarted(Key, At(1), "a", "ana", Role: null);
        var answer = new AttemptAnswered(Key, At(9), "a", "ana");

        Assert.Equal("ana", Fold(Inbound(0), ring, answer)!.Operator);
        var outbound = Fold(Outbound(0), ring, answer)!;
        Assert.Equal((At(9), "+34600111222"), (outbound.AnsweredAt, Assert.Single(outbound.Attempts).Operator));
    }

    [Fact]
    public void An_operator_who_picked_up_first_does_not_make_a_busy_customer_less_busy() => Assert.Equal(CallOutcome.Busy, Fold(
        Outbound(0),
        new AttemptStarted(Key, At(0), "a", "ana", LegRole.Caller), new AttemptAnswered(Key, At(3), "a"),
        new AttemptStarted(Key, At(4), "b", "+34600111222", LegRole.Outside), new AttemptEnded(Key, At(6), "b", AttemptResult.Busy),
        new CallEnded(Key, At(7), EndCause.Normal))!.Outcome);

    [Fact]
    public void News_of_the_answer_that_comes_after_the_end_is_no_answer_after_the_end()
    {
        var call = Fold(Inbound(0), new CallEnded(Key, At(60), EndCause.Normal), new AttemptAnswered(Key, At(61), "a", "101"))!;

        Assert.Equal((CallOutcome.Completed, At(60), CallState.Ended), (call.Outcome, call.AnsweredAt, call.State));
    }

    [Fact]
    public void A_call_that_hangs_on_a_leg_ends_with_it_and_not_with_a_telephone()
    {
        CallEvent[] events =
        [
            Inbound(0) with { Leg = "in" }, new CallStarted(Key, At(3), Direction.Outbound, Number("+34910000000"), Number("+34655555555")) { Leg = "out", Coarse = true },
            new AttemptStarted(Key, At(3), "out", "ana"), new AttemptEnded(Key, At(20), "out", AttemptResult.NotAnswered), new CallEnded(Key, At(20), EndCause.NoAnswer) { Leg = "out" },
        ];
        Assert.Equal((CallState.Ringing, Direction.Inbound), (Fold(events)!.State, Fold(events)!.Direction));

        var over = Fold([.. events, new CallEnded(Key, At(31), EndCause.Cancelled, "gave up") { Leg = "in" }])!;
        Assert.Equal((At(31), CallOutcome.Cancelled, "gave up"), (over.EndedAt, over.Outcome, over.HangupCause));

        Assert.Equal(At(20), Fold(events[1..])!.EndedAt); // without the caller's leg it hangs on the only one there is
    }

    [Fact]
    public void An_answer_of_a_leg_that_nobody_told_to_ring_may_be_the_phone_systems_own()
    {
        var picked = new AttemptAnswered(Key, At(1), "in") { IfRung = true };
        Assert.Null(Fold(Inbound(0), picked)!.AnsweredAt);

        var call = Fold(Inbound(0), picked, new AttemptAnswered(Key, At(9), "out") { IfRung = true }, new AttemptStarted(Key, At(4), "out", "ana"))!;
        Assert.Equal((At(9), "ana"), (call.AnsweredAt, call.Operator));
    }

    [Fact]
    public void A_presumed_end_holds_only_where_nothing_lasts_and_nothing_follows()
    {
        CallEvent Gone(double at, EndCause cause = EndCause.NoAnswer) => new CallEnded(Key, At(at), cause, $"{at}") { Presumed = true };
        AttemptStarted Rings(double at, string who) => new(Key, At(at), who, who);
        AttemptEnded Stops(double at, string who) => new(Key, At(at), who, AttemptResult.NotAnswered);

        var ringing = Fold(Inbound(0), Rings(1, "ana"), Rings(1, "luis"), Stops(20, "ana"), Gone(20))!;
        Assert.Equal((CallState.Ringing, null), (ringing.State, ringing.EndedAt));

        var missed = Fold(Inbound(0), Rings(1, "ana"), Rings(1, "luis"), Stops(20, "ana"), Gone(20), Stops(21, "luis"), Gone(21))!;
        Assert.Equal((At(21), CallOutcome.NoAnswer, "21"), (missed.EndedAt, missed.Outcome, missed.HangupCause));

        var next = Fold(Inbound(0), Rings(1, "ana"), Stops(20, "ana"), Gone(20), Rings(22, "luis"))!;
        Assert.Equal(CallState.Ringing, next.State);
        var talked = Fold(Inbound(0), Rings(1, "ana"), Stops(20, "ana"), Gone(20), Rings(22, "luis"), new AttemptAnswered(Key, At(25), "luis"), Gone(60, EndCause.Normal), new AttemptEnded(Key, At(60), "luis", AttemptResult.Answered))!;
        Assert.Equal((CallOutcome.Completed, At(60)), (talked.Outcome, talked.EndedAt));
        Assert.True(Fold(Inbound(0), Rings(1, "ana"), Gone(20), new CallLost(Key, At(20), "silent"))!.Stale);
    }

    [Fact]
    public void A_presumed_end_of_a_leg_waits_for_the_other_legs()
    {
        CallEvent Over(double at, string leg) => new CallEnded(Key, At(at), EndCause.Unknown) { Presumed = true, Leg = leg };
        CallEvent[] moved = [Inbound(0) with { Leg = "a" }, new QueueJoined(Key, At(2), "Ventas"), Inbound(30) with { Leg = "b" }, Over(31, "a")];

        Assert.Equal(CallState.Queued, Fold(moved)!.State);
        Assert.Equal(At(50), Fold([.. moved, Over(50, "b")])!.EndedAt);
        Assert.Equal(At(31), Fold(moved[0], moved[1], moved[3])!.EndedAt);
    }
}
