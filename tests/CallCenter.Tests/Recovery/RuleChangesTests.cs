using CallCenter.Audit;
using CallCenter.Calls;
using CallCenter.Customers;
using CallCenter.Recovery;
using CsCheck;
using static CallCenter.Tests.Recovery.TestCalls;

namespace CallCenter.Tests.Recovery;

public class RuleChangesTests
{
    static readonly Gen<List<CallEvent>> AnyCall =
        Gen.Select(Gen.Int[1, 1_000_000], Gen.Int[0, 60], Gen.Int[1, 15], Gen.Bool, Gen.Bool, Gen.Int[1, 3], (id, start, length, outbound, answered, number) =>
            Told($"c-{id}", start * 10, length, outbound, answered, $"61234567{number}"));

    static readonly Gen<RecoverySettings> AnySettings = Gen.Select(Gen.Bool, Gen.Bool, Gen.Bool, Gen.Int[3, 12], (contact, close, returnShort, seconds) =>
        new RecoverySettings(RequireContact: contact, CloseOnCall: close, ReturnShort: returnShort, ShortSeconds: seconds));

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public Task A_change_of_the_rules_does_what_the_dry_run_said_and_leaves_what_these_rules_would_have_made(On database) =>
        Gen.Select(AnyCall.List[4, 24], AnySettings, AnySettings).SampleAsync(async (calls, first, then) =>
        {
            var told = calls.DistinctBy(call => call[0].Call).SelectMany(call => call).ToList();
            await using var house = await House.Open(database);
            await using var fresh = await House.Open(database);
            foreach (var one in (House[])[house, fresh]) // who calls from two of the numbers
                await one.Customers.Add(CustomerDetail.New(new Customer(0, CustomerKind.Company, "Talleres")).With(CustomerNumber.Of(PhoneNumber.Parse("612345671", "ES"), null)).With(CustomerNumber.Of(PhoneNumber.Parse("612345672", "ES"), null)), Actor.Console);
            await house.Settle(first);
            await fresh.Settle(then);
            await house.Hear(told);
            await fresh.Hear(told);

            var said = await house.RuleChanges.Preview(then, null, default);
            Assert.Equal((await house.AllCases()).Count(one => one.IsOpen), said.OpenCases.Before);
            await house.RuleChanges.Apply(then, Actor.Console, default);
            Assert.True(await house.RuleChanges.Run());

            Assert.False(await house.RuleChanges.IsPending(default));
            Assert.Equal(await Made(fresh), await Made(house));
            var misses = (await house.Calls(new CallFilter(Missed: true))).ToList();
            Assert.Equal((await fresh.Calls(new CallFilter(Missed: true))).Select(call => call.Mark.RecoveredAt), misses.Select(call => call.Mark.RecoveredAt));
            Assert.Equal(misses.Count(call => call.RecoveredBy is not null), said.Recovered.After);
            Assert.Equal((await house.AllCases()).Count(one => one.IsOpen), said.OpenCases.After);
            Assert.Equal((await house.AllCases()).Sum(one => one.Misses), said.ToReturn.After);
        }, iter: database == On.Sqlite ? 40 : 8, threads: 1);

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task A_case_that_takes_the_place_of_a_younger_one_becomes_one_with_it(On database)
    {
        await using var house = await House.Open(database);
        await house.Settle(new RecoverySettings(CloseOnCall: true));
        await house.Hear([.. Missed("a", 0, "612345601")]);
        await house.Hear([.. CalledBack("o", 100, "612345601", answered: false)]);
        await house.Hear([.. Missed("b", 200, "612345601")]);
        await house.Hear([.. CalledBack("p", 300, "612345601", answered: true)]);
        Assert.Equal(2, (await Made(house)).Count);

        await house.RuleChanges.Apply(new RecoverySettings(CloseOnCall: false), Actor.Console, default);
        await house.RuleChanges.Run();

        var one = Assert.Single(await house.AllCases(), one => one.Misses > 0);
        Assert.Equal((2, 2, CaseEnd.Reached, Noon.AddSeconds(300)), (one.Misses, one.Attempts, one.EndReason!.Value, one.ClosedAt));
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task Calls_that_were_missed_before_there_were_cases_get_theirs(On database)
    {
        await using var house = await House.Open(database);
        await house.Hear([.. Missed("a", 0, "612345601"), .. Missed("b", 60, "612345601"), .. Missed("c", 60, "612345602"), .. CalledBack("o", 200, "612345602", answered: true)]);
        var expected = await Made(house);
        await house.Db.Write(async tx =>
        {
            await tx.Run("delete from cases");
            await tx.Run("delete from case_calls");
        });

        Assert.True(await house.RuleChanges.IsPending(default)); // the migration asked for it
        await house.RuleChanges.Run();

        Assert.Equal(2, expected.Count);
        Assert.Equal(expected, await Made(house));
    }

    [Fact]
    public async Task A_rule_that_makes_no_sense_is_refused_and_nothing_changes()
    {
        await using var house = await House.Open();
        foreach (var wrong in (RecoverySettings[])[new(CapDays: 0), new(CallBackMinutes: 0), new(AgainMinutes: [30, 0]), new(OrderPercent: 101), new(Currency: "euro"), new(ShortSeconds: 61)])
            Assert.StartsWith("recovery.", (await Assert.ThrowsAsync<Refusal>(() => house.RuleChanges.Apply(wrong, Actor.Console, default))).Code);
        Assert.Equal(RecoverySettings.Default, await house.RuleChanges.Now(default));
    }

    static async Task<List<string>> Made(House house)
    {
        var calls = (await house.Calls()).ToDictionary(call => call.Id);
        return [.. (await house.AllCases()).Where(one => one.Misses > 0)
            .Select(one => $"{one.Number} {one.ClosedAt:T} {(one.ClosedCall is { } id ? calls[id].ProviderCallId : "")} {one.EndReason} {one.Misses} {one.Attempts} {one.FirstMissedAt:T} {one.LastMissedAt:T} {one.DueAt:T}").Order(StringComparer.Ordinal)];
    }
}
