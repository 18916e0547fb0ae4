using CallCenter.Calls;
using CallCenter.Recovery;
using CsCheck;

namespace CallCenter.Tests.Recovery;

public class RecoveryRulesTests
{
    static readonly DateTimeOffset Noon = new(2026, 5, 4, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void The_first_follow_up_recovers_and_the_first_answered_one_reaches()
    {
        var missed = Inbound(1, 0, 10);
        var mark = RecoveryRules.Default.Judge(missed, [missed, Outbound(3, 300, answered: true), Outbound(2, 100, answered: false)]);
        Assert.Equal((2L, 3L, null), (mark.RecoveredBy, mark.ReachedBy, mark.SelfRecoveredBy));
        Assert.Equal(Noon.AddSeconds(100), mark.RecoveredAt);
    }

    [Fact]
    public void When_contact_is_required_an_unanswered_follow_up_does_not_recover()
    {
        var missed = Inbound(1, 0, 10);
        var rules = RecoveryRules.Default with { RequireContact = true };
        Assert.Null(rules.Judge(missed, [Outbound(2, 100, answered: false)]).RecoveredBy);
        Assert.Equal(3, rules.Judge(missed, [Outbound(2, 100, answered: false), Outbound(3, 300, answered: true)]).RecoveredBy);
    }

    [Fact]
    public void The_caller_who_gets_through_by_himself_is_not_recovered_but_self_recovered()
    {
        var mark = RecoveryRules.Default.Judge(Inbound(1, 0, 10), [Inbound(2, 60, 20, answered: true), Outbound(3, 300, answered: true)]);
        Assert.Equal((3L, 2L), (mark.RecoveredBy, mark.SelfRecoveredBy));
        Assert.Null(RecoveryRules.Default.Judge(Inbound(1, 0, 10), [Inbound(2, 600, 20, answered: true), Outbound(3, 300, answered: true)]).SelfRecoveredBy);
    }

    [Fact]
    public void D04_an_unanswered_outbound_call_is_never_a_missed_call() =>
        Assert.Equal(RecoveryMark.None, RecoveryRules.Default.Judge(Outbound(1, 0, answered: false), [Outbound(2, 100, answered: true)]));

    [Fact]
    public void A_follow_up_counts_only_after_the_miss_ended_and_within_the_cap()
    {
        var missed = Inbound(1, 0, 30);
        Assert.Null(RecoveryRules.Default.Judge(missed, [Outbound(2, 20, answered: true)]).RecoveredBy);
        Assert.Null(RecoveryRules.Default.Judge(missed, [Outbound(2, 30, answered: true)]).RecoveredBy);
        Assert.Null(RecoveryRules.Default.Judge(missed, [Outbound(2, 31 * 86_400, answered: true)]).RecoveredBy);
    }

    [Fact]
    public void A_click_to_call_that_only_rang_the_operator_is_no_follow_up()
    {
        var rang = new Attempt("101", Noon, null, null, AttemptResult.NotAnswered, LegRole.Caller, "leg");
        Assert.Null(RecoveryRules.Default.Judge(Inbound(1, 0, 10), [Outbound(2, 100, answered: false) with { Attempts = [rang] }]).RecoveredBy);
    }

    static readonly Gen<Call> AnyCall = Gen.Select(Gen.Int[1, 1_000_000], Gen.Int[0, 40], Gen.Int[0, 20], Gen.Bool, Gen.Bool, Gen.Int[0, 9],
        (id, start, length, outbound, answered, withheld) => (outbound
            ? Outbound(id, start * 10, answered)
            : withheld == 0 ? Inbound(id, start * 10, length, answered) with { From = PhoneNumber.Parse("anonymous", "ES") } : Inbound(id, start * 10, length, answered)));

    [Fact]
    public void Any_history_of_a_number_is_judged_as_a_naive_reading_does_in_any_order() =>
        AnyCall.List[0, 25].Select(calls => calls.DistinctBy(call => call.Id).ToList()).Sample(calls =>
        {
            foreach (var missed in calls)
            {
                var mark = RecoveryRules.Default.Judge(missed, calls);
                Assert.Equal(mark, RecoveryRules.Default.Judge(missed, Enumerable.Reverse(calls).Concat(calls)));
                Assert.Equal(Naive(missed, calls), mark);
                if (mark.RecoveredAt is { } at) Assert.True((at - missed.EndedAt!.Value).TotalSeconds >= 0);
            }
        });

    /// <summary>The definitions of C.4 read aloud, without the code under test.</summary>
    static RecoveryMark Naive(Call missed, List<Call> calls)
    {
        if (missed.Direction != Direction.Inbound || missed.AnsweredAt is not null || missed.From!.E164 is null) return RecoveryMark.None;
        var after = calls.OrderBy(call => call.StartedAt).ThenBy(call => call.ProviderCallId, StringComparer.Ordinal)
            .SkipWhile(call => call.StartedAt <= missed.EndedAt).ToList();
        var dialled = after.Find(call => call.Direction == Direction.Outbound);
        var reached = after.Find(call => call.Direction == Direction.Outbound && call.AnsweredAt is not null);
        var again = after.TakeWhile(call => call != dialled).FirstOrDefault(call => call.Direction == Direction.Inbound && call.AnsweredAt is not null);
        return new RecoveryMark(dialled?.Id, dialled?.StartedAt, reached?.Id, reached?.StartedAt, again?.Id, again?.StartedAt);
    }

    static Call Inbound(long id, int start, int length, bool answered = false) => new()
    {
        Id = id,
        Connection = "test",
        ProviderCallId = $"{id:d9}",
        Direction = Direction.Inbound,
        From = PhoneNumber.Parse(id % 2 == 0 ? "612345678" : "0034612345678", "ES"),
        State = CallState.Ended,
        StartedAt = Noon.AddSeconds(start),
        AnsweredAt = answered ? Noon.AddSeconds(start) : null,
        EndedAt = Noon.AddSeconds(start + length),
    };

    static Call Outbound(long id, int start, bool answered) => Inbound(id, start, 15, answered) with
    {
        Direction = Direction.Outbound,
        From = null,
        To = PhoneNumber.Parse("+34612345678", "ES"),
    };
}
