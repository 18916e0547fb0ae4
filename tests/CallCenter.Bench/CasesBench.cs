using System.Diagnostics;
using CallCenter.Audit;
using CallCenter.Calls;
using CallCenter.Customers;
using CallCenter.Tests;

namespace CallCenter.Bench;

/// <summary>A number that has called ten thousand times: its next call must not be slower for it, whether its missed calls were all returned or none was, or it is a customer's.</summary>
static class CasesBench
{
    const int Past = 10_000;
    const int AtOnce = 200;
    const int Measured = 1000;

    /// <summary>The database plans anew after it has looked at its tables, once for each connection; that is no call's own.</summary>
    const int Warming = 60;

    static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static async Task Measure(Run run)
    {
        foreach (var database in Enum.GetValues<On>())
            foreach (var (name, answered, back, isKnown) in ((string, Func<int, bool>, Func<int, bool>, bool)[])
                [("mixed", i => i % 3 == 0, i => i % 3 == 1, false), ("never returned", _ => false, _ => false, false), ("a customer's", i => i % 3 == 0, i => i % 3 == 1, true), ("a customer's, never returned", _ => false, _ => false, true)])
            {
                await using var house = await House.Open(database);
                if (isKnown) await house.Customers.Add(new Customer(0, CustomerKind.Company, "Bench"), PhoneNumber.Parse("612345678", "ES"), Actor.Console);
                var past = run.Count(Past);
                for (var i = 0; i < past; i += AtOnce)
                    await house.Hear([.. Enumerable.Range(i, AtOnce).SelectMany(n => Call(n, "612345678", back(n), answered(n) || back(n)))]);

                // As the server of the database does by itself within a minute or five: the plans that it makes of an empty table are others, and
                // tidying up after ten thousand calls that came at once is not what the next one costs.
                if (house.Db.IsPostgres)
                    foreach (var tidy in (string[])["vacuum (analyze)", "checkpoint"])
                    {
                        await using var command = house.Db.Postgres.CreateCommand(tidy);
                        await command.ExecuteNonQueryAsync(run.Stop);
                    }

                // Turn about, so that what else the machine does meets both alike.
                var (known, fresh) = (new List<double>(), new List<double>());
                for (var i = 0; i < Warming + run.Count(Measured); i++)
                {
                    known.Add(await Took(house, Call(past + i, "612345678", back(i), answered(i) || back(i))));
                    fresh.Add(await Took(house, Call(1_000_000 + i, $"6{20_000_000 + i}", back(i), answered(i) || back(i))));
                }

                known.RemoveRange(0, Warming);
                fresh.RemoveRange(0, Warming);

                static double P99(List<double> took) => took.Order().ElementAt(took.Count * 99 / 100);
                run.Add($"{database}, {name}: p99 of the next call of a number with {past} calls", P99(known), "ms", most: 5);
                run.Add($"{database}, {name}: p99 of a new number's call", P99(fresh), "ms");
                run.Add($"{database}, {name}: median of the next call of such a number", known.Order().ElementAt(known.Count / 2), "ms");
                run.Add($"{database}, {name}: median, known / new number", known.Order().ElementAt(known.Count / 2) / fresh.Order().ElementAt(fresh.Count / 2), "ratio");
            }
    }

    /// <summary>A call's whole story in one transaction, with its commit.</summary>
    static async Task<double> Took(House house, List<CallEvent> told)
    {
        var began = Stopwatch.GetTimestamp();
        await house.Hear(told);
        return Stopwatch.GetElapsedTime(began).TotalMilliseconds;
    }

    static List<CallEvent> Call(int n, string number, bool outbound, bool answered)
    {
        var (key, at) = (new CallKey("bench", $"c-{n}"), Start.AddMinutes(n));
        var customer = PhoneNumber.Parse(number, "ES");
        List<CallEvent> told =
        [
            outbound ? new CallStarted(key, at, Direction.Outbound, null, customer, "910000000", Operator: "101") : new CallStarted(key, at, Direction.Inbound, customer, null, "910000000"),
            new AttemptStarted(key, at.AddSeconds(1), "leg", outbound ? number : "101", outbound ? LegRole.Outside : LegRole.Operator),
        ];
        if (answered) told.Add(new AttemptAnswered(key, at.AddSeconds(5), "leg"));
        told.Add(new CallEnded(key, at.AddSeconds(30), answered ? EndCause.Normal : EndCause.Cancelled));
        return told;
    }
}
