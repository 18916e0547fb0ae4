using CallCenter.Calls;
using CallCenter.Recovery;
using CsCheck;
using static CallCenter.Tests.Recovery.TestCalls;

namespace CallCenter.Tests.Recovery;

public class CaseBookTests
{
    static readonly Gen<List<CallEvent>> AnyCall =
        Gen.Select(Gen.Int[1, 1_000_000], Gen.Int[0, 30], Gen.Int[1, 15], Gen.Bool, Gen.Bool, Gen.Int[0, 11], Gen.Bool, (id, start, length, outbound, answered, number, second) =>
            Told($"c-{id}", start * 10, length, outbound, answered, number switch { 0 => "anonymous", < 5 => "0034 612345678", < 10 => "612345678", _ => "+351912345678" },
                second ? "910000002" : "910000001"));

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public Task Calls_that_become_known_in_any_order_make_the_cases_that_the_calls_of_the_number_ask_for(On database) =>
        Gen.Select(AnyCall.List[1, 16], Gen.Int[0, 1_000_000], Gen.Int[1, 9], Gen.Bool).SampleAsync(async (calls, seed, batch, closeOnCall) =>
        {
            await using var house = await House.Open(database);
            var settings = RecoverySettings.Default with { CloseOnCall = closeOnCall };
            await house.Settle(settings);
            var told = calls.DistinctBy(call => call[0].Call).SelectMany(call => call.Concat(call.Take(1))).ToArray();
            new Random(seed).Shuffle(told);
            foreach (var some in told.Chunk(batch)) await house.Hear(some);

            Assert.Equal(Expected(await house.Calls(), settings), await Made(house));
        }, iter: database == On.Sqlite ? 80 : 12, threads: 1);

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task A_missed_call_that_turns_out_to_be_answered_leaves_no_case_behind(On database)
    {
        await using var house = await House.Open(database);
        await house.Hear(Missed("a", 0, "612345678"));
        Assert.Single(await Made(house));

        await house.Hear(new AttemptAnswered(new CallKey("test", "a"), Noon.AddSeconds(5), "leg"));

        Assert.Empty(await Made(house));
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task A_call_that_becomes_known_late_and_lies_between_two_missed_ones_settles_the_earlier_only(On database)
    {
        await using var house = await House.Open(database);
        await house.Hear(Missed("a", 0, "612345678"));
        await house.Hear(Missed("b", 600, "612345678"));
        await house.Hear(CalledBack("o", 300, "612345678", answered: true));

        var cases = await house.AllCases();
        var (open, closed) = (Assert.Single(cases, one => one.IsOpen), Assert.Single(cases, one => !one.IsOpen));
        Assert.Equal((1, 0), (open.Misses, open.Attempts));
        Assert.Equal((1, 1, CaseEnd.Reached), (closed.Misses, closed.Attempts, closed.EndReason!.Value));
        Assert.Equal(Noon.AddSeconds(300), closed.ClosedAt);
    }

    /// <summary>From the calls alone, written without a look at how cases are kept.</summary>
    static List<string> Expected(IReadOnlyList<Call> calls, RecoverySettings settings)
    {
        var misses = calls.Where(RecoveryRules.IsRecoverable).Select(miss =>
        {
            var later = calls.Where(call => call.CustomerSide?.MatchKey == miss.CustomerSide!.MatchKey && call.StartedAt > miss.EndedAt)
                .OrderBy(call => call.StartedAt).ThenBy(call => call.ProviderCallId, StringComparer.Ordinal).ToList();
            var settling = later.FirstOrDefault(call => call.Direction == Direction.Inbound && call.AnsweredAt is not null || call.Dialled && (settings.CloseOnCall || call.AnsweredAt is not null));
            return (Miss: miss, Settling: settling, Tries: later.Where(call => call.Dialled && (settling is null || call.StartedAt <= settling.StartedAt)).Select(call => call.Id).ToList());
        });
        return [.. misses.GroupBy(one => (one.Miss.CustomerSide!.MatchKey, one.Miss.Line, Closed: one.Settling?.StartedAt)).Select(group =>
        {
            var end = group.First().Settling;
            var reason = end is null ? "" : end.Direction == Direction.Inbound ? "SelfRecovered" : end.AnsweredAt is null ? "CalledBack" : "Reached";
            return $"{group.Key.MatchKey} {group.Key.Line} {Written(group.Key.Closed)} {end?.Id} {reason} tries {group.SelectMany(one => one.Tries).Distinct().Count()}: "
                + string.Join(' ', group.Select(one => one.Miss.Id).Order());
        }).Order(StringComparer.Ordinal)];
    }

    static async Task<List<string>> Made(House house)
    {
        var made = new List<string>();
        foreach (var one in (await house.AllCases()).Where(one => one.Misses > 0))
        {
            var calls = await house.Db.Read(tx => tx.List<long>("select call_id from case_calls where case_id = @Id order by call_id", new { one.Id }));
            Assert.Equal(one.Misses, calls.Count);
            made.Add($"{one.Key.Customer} {one.Line} {Written(one.ClosedAt)} {one.ClosedCall} {one.EndReason} tries {one.Attempts}: {string.Join(' ', calls)}");
        }

        made.Sort(StringComparer.Ordinal);
        return made;
    }

    static string Written(DateTimeOffset? at) => at?.ToString("HH:mm:ss", System.Globalization.CultureInfo.InvariantCulture) ?? "open";
}
