using System.Diagnostics;
using CallCenter.Audit;
using CallCenter.Calls;
using CallCenter.Customers;
using CallCenter.Tests;

namespace CallCenter.Bench;

/// <summary>Whose number it is, among fifty thousand customers with two numbers each: as the transaction of a call asks, and who there is to choose from.</summary>
static class LookUpBench
{
    const int Customers = 50_000;
    const int AtOnce = 1000;
    const int Asked = 4000;
    const int Warming = 200;

    static readonly DateTimeOffset At = new(2026, 5, 4, 10, 0, 0, TimeSpan.Zero);

    public static async Task Measure(Run run)
    {
        foreach (var database in Enum.GetValues<On>())
        {
            await using var house = await House.Open(database);
            var customers = run.Count(Customers);
            for (var i = 0; i < customers; i += AtOnce)
                await house.Db.Write(tx => house.Customers.Put(tx, [.. Enumerable.Range(i, AtOnce).Select(n => ((CustomerDetail?)null, Made(n)))], Actor.Console), run.Stop);
            if (house.Db.IsPostgres) await house.Db.Write(tx => tx.RunMany("analyze", [], [[]]), run.Stop);

            var (chance, ofCall, ofPerson) = (new Random(20_26), new List<double>(), new List<double>());
            for (var i = 0; i < Warming + run.Count(Asked); i++)
            {
                // One in ten is nobody's.
                var n = chance.Next(customers * 10 / 9);
                ofCall.Add(await Took(() => house.Db.Read(tx => new Detection().Find(tx, [CallOf(n)]), run.Stop)));
                ofPerson.Add(await Took(() => house.Db.Read(tx => Detection.Candidates(tx, PhoneNumber.MatchKeyOf(NumberOf(n)), At), run.Stop)));
            }

            foreach (var (name, took) in new[] { ("as a call asks", ofCall), ("to choose from", ofPerson) })
            {
                var sorted = took.Skip(Warming).Order().ToList();
                run.Add($"{database}: {name}, p50", sorted[sorted.Count / 2], "ms");
                run.Add($"{database}: {name}, p99", sorted[sorted.Count * 99 / 100], "ms", most: 2);
            }
        }
    }

    static CustomerDetail Made(int n) => CustomerDetail.New(new Customer(0, CustomerKind.Company, $"Bench {n}"))
        .With(new CustomerNumber(0, NumberOf(n))).With(new CustomerNumber(0, $"+349{10_000_000 + n}"));

    static string NumberOf(int n) => $"+346{20_000_000 + n}";

    static Call CallOf(int n) => new()
    {
        Connection = "bench",
        Provider = "bench",
        ProviderCallId = $"c-{n}",
        Direction = Direction.Inbound,
        From = PhoneNumber.Parse(NumberOf(n), "ES"),
        StartedAt = At,
    };

    static async Task<double> Took(Func<Task> ask)
    {
        var began = Stopwatch.GetTimestamp();
        await ask();
        return Stopwatch.GetElapsedTime(began).TotalMilliseconds;
    }
}
