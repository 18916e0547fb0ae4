using CallCenter.Calls;
using CallCenter.Live;
using CallCenter.Recovery;
using CsCheck;
using static CallCenter.Tests.Recovery.TestCalls;

namespace CallCenter.Tests.Recovery;

public class RecoveryLedgerTests
{
    static readonly Gen<List<CallEvent>> AnyCall =
        Gen.Select(Gen.Int[1, 1_000_000], Gen.Int[0, 30], Gen.Int[1, 15], Gen.Bool, Gen.Bool, Gen.Int[0, 11], (id, start, length, outbound, answered, number) =>
            Told($"c-{id}", start * 10, length, outbound, answered, number switch { 0 => "anonymous", < 5 => "0034 612345678", < 10 => "612345678", _ => "+351912345678" }));

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public Task Calls_that_become_known_in_any_order_are_judged_as_if_all_had_been_known(On database) =>
        Gen.Select(AnyCall.List[1, 14], Gen.Int[0, 1_000_000], Gen.Int[1, 9]).SampleAsync(async (calls, seed, batch) =>
        {
            await using var house = await House.Open(database);
            var told = calls.DistinctBy(call => call[0].Call).SelectMany(call => call.Concat(call.Take(1))).ToArray();
            new Random(seed).Shuffle(told);
            foreach (var some in told.Chunk(batch)) await house.Hear(some);

            var all = await house.Calls();
            foreach (var call in all)
            {
                var ofNumber = all.Where(other => other.CustomerSide?.MatchKey == call.CustomerSide?.MatchKey);
                Assert.Equal(RecoveryRules.Default.Judge(call, ofNumber), call.Mark);
            }
        }, iter: database == On.Sqlite ? 60 : 10, threads: 1);

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task A_follow_up_links_every_open_miss_of_the_number_and_the_screens_hear_of_it(On database)
    {
        await using var house = await House.Open(database);
        using var watch = house.Feed.Follow(ISight.Machine);
        await house.Hear(Told("a", 0, 10, outbound: false, answered: false, "612345678"));
        await house.Hear(Told("b", 60, 10, outbound: false, answered: false, "+34 612 345 678"));
        await house.Hear(Told("o", 300, 30, outbound: true, answered: false, "0034612345678"));

        var misses = await house.Calls(new CallFilter(Missed: true));
        Assert.Equal([230d, 290d], misses.Select(call => call.RecoverySeconds!.Value));
        Assert.All(misses, call => Assert.Null(call.ReachedBy));
        var heard = new List<Call>();
        while (watch.Changes.TryRead(out var changed)) heard.AddRange(changed);
        Assert.Equal(2, heard.Count(call => call.RecoveredBy is not null));
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task Of_calls_that_begin_in_the_same_instant_the_phone_systems_id_decides_not_the_order_of_arrival(On database)
    {
        await using var house = await House.Open(database);
        await house.Hear(Told("miss", 0, 10, outbound: false, answered: false, "612345678"));
        await house.Hear(Told("b-out", 300, 30, outbound: true, answered: true, "612345678"));
        await house.Hear(Told("B-out", 300, 30, outbound: true, answered: true, "612345678"));
        await house.Hear(Told("a-in", 300, 30, outbound: false, answered: true, "612345678"));

        var miss = Assert.Single(await house.Calls(new CallFilter(Missed: true)));
        var all = await house.Calls();
        Assert.Equal(RecoveryRules.Default.Judge(miss, all), miss.Mark);
        Assert.Equal(all.Single(call => call.ProviderCallId == "B-out").Id, miss.RecoveredBy);
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task A_missed_call_that_turns_out_to_be_ours_loses_its_verdict(On database)
    {
        await using var house = await House.Open(database);
        await house.Hear(Told("a", 0, 10, outbound: false, answered: false, "612345678"));
        await house.Hear(Told("o", 300, 30, outbound: true, answered: true, "612345678"));
        Assert.NotNull(Assert.Single(await house.Calls(new CallFilter(Missed: true))).RecoveredBy);

        var (line, customer) = (PhoneNumber.Parse("910000000", "ES"), PhoneNumber.Parse("612345678", "ES"));
        await house.Hear(new CallStarted(new CallKey("test", "a"), Noon.AddMilliseconds(-1), Direction.Outbound, line, customer, Operator: "101"));

        Assert.All(await house.Calls(), call => Assert.Equal(RecoveryMark.None, call.Mark));
    }

    [Fact]
    public async Task A_late_event_that_changes_the_follow_up_takes_the_verdict_back()
    {
        await using var house = await House.Open();
        await house.Hear(Told("a", 0, 10, outbound: false, answered: false, "612345678"));
        await house.Hear(Told("o", 300, 30, outbound: true, answered: false, "612345678"));
        await house.Hear(new CallStarted(new CallKey("test", "o"), Noon.AddSeconds(5), Direction.Unknown, null, null));

        Assert.Null(Assert.Single(await house.Calls(new CallFilter(Missed: true))).RecoveredBy);
    }
}
