using CallCenter.Audit;
using CallCenter.Calls;
using CallCenter.Customers;
using CallCenter.Recovery;
using CsCheck;
using static CallCenter.Tests.Recovery.TestCalls;

namespace CallCenter.Tests.Recovery;

public class CaseBookTests
{
    static readonly string[] Numbers = ["anonymous", "0034 612345678", "612345678", "+351912345678", "612345679"];

    static readonly Gen<List<CallEvent>> AnyCall =
        Gen.Select(Gen.Int[1, 1_000_000], Gen.Int[0, 30], Gen.Int[1, 15], Gen.Bool, Gen.Bool, Gen.Int[0, 8], Gen.Bool, (id, start, length, outbound, answered, number, second) =>
            Told($"c-{id}", start * 10, length, outbound, answered, Numbers[(number + 1) / 2], second ? "910000002" : "910000001"));

    /// <summary>What somebody says meanwhile: whose a call is (0: nobody's), by its place among those that are known; or which customer another turns out to be.</summary>
    static readonly Gen<(bool IsMerging, int Call, long From, long To)> AnyWord = Gen.Select(Gen.Int[0, 9], Gen.Int[0, 99], Gen.Long[1, 3], Gen.Long[0, 3], (kind, call, from, to) => (kind == 0 && to > 0, call, from, to));

    /// <summary>Two calls, by their places, that the phone system told under two keys and that are one.</summary>
    static readonly Gen<(int, int)> AnyLink = Gen.Select(Gen.Int[0, 99], Gen.Int[0, 99]);

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public Task Calls_that_become_known_in_any_order_and_are_given_to_customers_at_any_time_make_the_cases_that_they_ask_for(On database) =>
        Gen.Select(AnyCall.List[1, 20], AnyLink.List[0, 2], AnyWord.List[0, 14], Gen.Int[0, 1_000_000], Gen.Int[1, 9], Gen.Bool).SampleAsync(async (calls, links, words, seed, batch, closeOnCall) =>
        {
            await using var house = await House.Open(database);
            await using var beside = await House.Beside(house); // who does not have at hand what the other one saved
            var settings = RecoverySettings.Default with { CloseOnCall = closeOnCall };
            await house.Settle(settings);
            await house.Customers.Add(new Customer(0, CustomerKind.Company, "Talleres"), PhoneNumber.Parse("612345679", "ES"), Actor.Console);
            var chance = new Random(seed);
            calls = [.. calls.DistinctBy(call => call[0].Call)];
            var told = calls.SelectMany(call => call.Concat(call.Take(1)))
                .Concat(links.Select(link => (End: calls[link.Item1 % calls.Count][^1], With: calls[link.Item2 % calls.Count][0].Call)).Where(link => link.End.Call != link.With)
                    .Select(link => new CallLinked(link.End.Call, link.End.At, link.With.Id)))
                .ToArray();
            chance.Shuffle(told);
            var steps = told.Chunk(batch).Select(some => (Func<House, Task>)(node => node.Hear(some))).Concat(words.Select(word => (Func<House, Task>)(node => Say(node, word)))).ToArray();
            chance.Shuffle(steps);
            foreach (var step in steps) await step(chance.Next(3) == 0 ? beside : house);

            var expected = Expected(await house.Calls(), settings);
            Assert.Equal(expected, await Made(house));

            // And all of it judged again comes to the same.
            await house.RuleChanges.RunAgain(default);
            Assert.Equal(expected, await Made(house));
            await new CaseAudit(house.Db).Verify(finding => Assert.Fail(finding.ToString()), null, default);
        }, iter: database == On.Sqlite ? 80 : 12, threads: 1);

    static Task Say(House house, (bool IsMerging, int Call, long From, long To) word) => house.Db.Write(async tx =>
    {
        if (word.IsMerging)
        {
            await house.Log.Hand(tx, word.From, word.To);
            return;
        }

        var known = await tx.List<long>("select id from calls where version > 0 and customer_key is not null order by call_key");
        if (known.Count > 0) await house.Log.FixCustomer(tx, CallScope.Machine, known[word.Call % known.Count], word.To == 0 ? null : word.To);
    });

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

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task A_try_that_turns_out_to_be_part_of_a_call_with_somebody_else_counts_no_more_whichever_was_there_first(On database)
    {
        foreach (var isOtherFirst in (bool[])[true, false])
        {
            await using var house = await House.Open(database);
            var (tried, other) = (CalledBack("o", 100, "612345678", answered: false), Missed("p", 50, "612345679"));
            await house.Hear(Missed("a", 0, "612345678"));
            foreach (var call in isOtherFirst ? (List<CallEvent>[])[other, tried] : [tried, other]) await house.Hear(call);
            Assert.Equal(1, (await house.AllCases()).Single(one => one.Number == "+34612345678").Attempts);

            await house.Hear(new CallLinked(tried[0].Call, Noon.AddSeconds(120), "p"));

            Assert.DoesNotContain(await house.Calls(), call => call.Dialled && call.CustomerNumber == "+34612345678");
            Assert.Equal(0, (await house.AllCases()).Single(one => one.Number == "+34612345678").Attempts);
        }
    }

    /// <summary>From the calls alone, written without a look at how cases are kept.</summary>
    static List<string> Expected(IReadOnlyList<Call> calls, RecoverySettings settings)
    {
        static string? Number(Call call) => call.CustomerSide?.MatchKey;
        var missed = calls.Where(RecoveryRules.IsRecoverable).ToList();
        bool IsWith(Call call, Call miss) => Number(call) is { } number && (miss.CustomerId is not { } customer ? number == Number(miss)
            : call.CustomerId == customer || missed.Exists(other => other.CustomerId == customer && Number(other) == number));
        var misses = missed.Select(miss =>
        {
            var later = calls.Where(call => call.StartedAt > miss.EndedAt && IsWith(call, miss))
                .OrderBy(call => call.StartedAt).ThenBy(call => call.ProviderCallId, StringComparer.Ordinal).ToList();
            var settling = later.FirstOrDefault(call => call.Direction == Direction.Inbound && call.AnsweredAt is not null || call.Dialled && (settings.CloseOnCall || call.AnsweredAt is not null));
            return (Miss: miss, Settling: settling, Tries: later.Where(call => call.Dialled && (settling is null || call.StartedAt <= settling.StartedAt)).Select(call => call.Id).ToList());
        });
        return [.. misses.GroupBy(one => (Party: one.Miss.CustomerId is { } customer ? $"c:{customer}" : Number(one.Miss), one.Miss.Line, Closed: one.Settling?.StartedAt)).Select(group =>
        {
            var end = group.First().Settling;
            var reason = end is null ? "" : end.Direction == Direction.Inbound ? "SelfRecovered" : end.AnsweredAt is null ? "CalledBack" : "Reached";
            return $"{group.Key.Party} {group.Key.Line} {Written(group.Key.Closed)} {end?.Id} {reason} tries {group.SelectMany(one => one.Tries).Distinct().Count()}: "
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
