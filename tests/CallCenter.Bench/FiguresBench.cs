using System.Diagnostics;
using System.Globalization;
using CallCenter.Calls;
using CallCenter.Figures;
using CallCenter.Reports;
using CallCenter.Storage;
using CallCenter.Tests;

namespace CallCenter.Bench;

/// <summary>Every question of a dashboard over two years of calls: the last 30 days of a team, all of it, a year, and what one person sees.</summary>
static class FiguresBench
{
    const int Days = 730;
    const int Times = 40;

    static readonly DateOnly Newest = new(2026, 6, 1);
    static readonly TimeZoneInfo Madrid = TimeZoneInfo.FindSystemTimeZoneById("Europe/Madrid");

    public static async Task Measure(Run run, On database)
    {
        await using var house = await House.Open(database, new StandingClock(LocalDay.StartOf(Newest.AddDays(1), Madrid)));
        var start = Stopwatch.GetTimestamp();
        await new YearsOfCalls(house).Fill(run.Calls, Newest, Days, Madrid, run.Stop);
        run.Add("calls", run.Calls, "");
        while (await house.Totals.AddUpSpan(house.Clock.GetUtcNow(), run.Stop)) ;
        run.Add("written and added up in", Stopwatch.GetElapsedTime(start).TotalSeconds, "s");
        var (slots, days) = await house.Db.Read(async tx => (await tx.One<long>("select count(*) from totals_by_slot"), await tx.One<long>("select count(*) from totals_by_day")));
        run.Add("totals of half hours", slots, "rows");
        run.Add("totals of days", days, "rows");
        if (database == On.Postgres) await house.Db.Write(tx => tx.Run("analyze calls, call_people, totals_by_slot, totals_by_day, totals_by_span, total_keys"));

        var all = CallScope.All("p0");
        FigurePeriod Period(int length) => new(Madrid, Newest.AddDays(1 - length), Newest);
        var teams = Enumerable.Range(0, YearsOfCalls.Teams).Select(i => (IReadOnlyList<string>)[YearsOfCalls.Team(i)]).ToList();
        foreach (var (name, question) in Questions)
            await P95(run, $"{name}, 30 days of a team", i => question(house.Figures, all, new(Period(30), Teams: teams[i % teams.Count])), most: 30);
        await P95(run, "whole dashboard, 30 days of a team", i => Dashboard(house.Figures, all, new(Period(30), Teams: teams[i % teams.Count])), most: 150);
        await P95(run, "whole dashboard, 30 days", _ => Dashboard(house.Figures, all, new(Period(30))), most: 150);
        await P95(run, "whole dashboard, 30 days, only not recovered", _ => Dashboard(house.Figures, all, new(Period(30), Recovery: RecoveryStanding.Open)), most: 150);
        await P95(run, "whole dashboard, 30 days of a manager", i => Dashboard(house.Figures, CallScope.Of($"p{i}", teams[i % teams.Count]), new(Period(30))), most: 150);
        await P95(run, "whole dashboard, 30 days of an operator's own calls", i => Dashboard(house.Figures, CallScope.Own($"p{i}"), new(Period(30))), most: 150);
        await P95(run, "whole dashboard, 30 days of a queue", i => Dashboard(house.Figures, all, new(Period(30), Queue: $"q{i}")), most: 150);
        await P95(run, "whole dashboard, a year", _ => Dashboard(house.Figures, all, new(Period(365))), most: 300);
        var (slowest, which) = (0.0, "");
        foreach (var (name, question) in Questions)
        {
            var took = await P95Of(_ => question(house.Figures, all, new(Period(365))), run, name, 10);
            if (took > slowest) (slowest, which) = (took, name);
        }

        run.Add($"slowest question about a year ({which}), p95", slowest, "ms", most: 1000);
        foreach (var report in Report.All)
        {
            await P95(run, $"report {report.Name}, 30 days of a team", i => house.Reports.Read(report, all, new(Period(30), Teams: teams[i % teams.Count]), FigureRules.Default), most: 1000, times: 10);
            if (report is not ByCustomer || run.Calls <= CustomerFigures.CallsMax)
                await P95(run, $"report {report.Name}, a year", _ => house.Reports.Read(report, all, new(Period(365)), FigureRules.Default), most: 1000, times: 5);
        }

        await P95(run, "operator and queue at once, 30 days", i => house.Figures.Summary(all, new(Period(30), Operator: $"o{i}", Queue: $"q{i % 40}"), FigureRules.Default), most: 1000, times: 10);
    }

    static readonly (string Name, Func<FigureDesk, CallScope, FigureFilter, Task> Ask)[] Questions =
    [
        ("summary", (desk, scope, filter) => desk.Summary(scope, filter, FigureRules.Default)), ("days", (desk, scope, filter) => desk.Days(scope, filter, FigureRules.Default)),
        ("hours", (desk, scope, filter) => desk.Hours(scope, filter, FigureRules.Default)), ("states", (desk, scope, filter) => desk.States(scope, filter, FigureRules.Default)),
        ("operators", (desk, scope, filter) => desk.Operators(scope, filter, FigureRules.Default)), ("teams", (desk, scope, filter) => desk.Teams(scope, filter, FigureRules.Default)),
        ("lines", (desk, scope, filter) => desk.Lines(scope, filter, FigureRules.Default)), ("queues", (desk, scope, filter) => desk.Queues(scope, filter, FigureRules.Default)),
        ("missed", (desk, scope, filter) => desk.Missed(scope, filter, 10)),
    ];

    /// <summary>The first row with what it is compared with, both series, states, ranking and the missed calls.</summary>
    static async Task Dashboard(FigureDesk desk, CallScope scope, FigureFilter filter)
    {
        var before = filter.Previous(LocalDay.StartOf(Newest, filter.Period.Zone).AddHours(15.2));
        await desk.Summary(scope, filter, FigureRules.Default);
        await desk.Summary(scope, before, FigureRules.Default);
        await desk.Days(scope, filter, FigureRules.Default);
        await desk.Days(scope, before, FigureRules.Default);
        await desk.Hours(scope, filter, FigureRules.Default);
        await desk.States(scope, filter, FigureRules.Default);
        await desk.Operators(scope, filter, FigureRules.Default);
        await desk.Missed(scope, filter, 10);
    }

    static async Task P95(Run run, string name, Func<int, Task> ask, double most, int times = Times) => run.Add($"{name}, p95", await P95Of(ask, run, name, times), "ms", most: most);

    static async Task<double> P95Of(Func<int, Task> ask, Run run, string name, int times)
    {
        var took = new List<double>();
        for (var i = 0; i < times; i++)
        {
            var asked = Stopwatch.GetTimestamp();
            await ask(i);
            took.Add(Stopwatch.GetElapsedTime(asked).TotalMilliseconds);
            run.Stop.ThrowIfCancellationRequested();
        }

        var sorted = took.Order().ToList();
        run.Told.WriteLine(string.Create(CultureInfo.InvariantCulture, $"    {name}: median {sorted[times / 2]:0.0} ms, first {took[0]:0.0} ms"));
        return sorted[(int)(times * 0.95)];
    }
}

/// <summary>Two years of a large parts seller: 300 operators in 12 teams, 40 queues, 24 lines. Rows and totals go straight into their tables, indexes afterwards.</summary>
sealed class YearsOfCalls(House house)
{
    public const int Teams = 12;
    const int Operators = 300;
    const int Queues = 40;
    const int Customers = 50_000;
    const int RowsAtOnce = 5000;

    static readonly Insertion Calls = new("calls", [.. CallRow.Parameters, .. CallRow.MarkParameters.Skip(2)]);
    static readonly Insertion People = new("call_people", ["user_id", "at", "call_id"]);

    readonly Random chance = new(5260);
    long next = 1;

    static PhoneNumber Mobile(int digits) => new($"6{digits}", $"+346{digits}", null, NumberKind.Mobile);

    public static string Team(int i) => $"team-{i}";

    public async Task Fill(int count, DateOnly newest, int days, TimeZoneInfo zone, CancellationToken stop)
    {
        var indexes = await house.Db.Read(tx => tx.List<(string Name, string Sql)>(tx.IsPostgres
            ? "select indexname, indexdef from pg_indexes where tablename = 'calls' and indexname not in (select conname from pg_constraint)"
            : "select name, sql from sqlite_master where type = 'index' and tbl_name = 'calls' and sql is not null"));
        foreach (var (name, _) in indexes) await house.Db.Write(tx => tx.Run($"drop index {name}"), stop);
        var left = count;
        for (var i = 0; i < days; i++)
        {
            // As many on the last day as on any other, whatever the division leaves over.
            var ofDay = left / (days - i);
            left -= ofDay;
            await Write([.. Day(LocalDay.StartOf(newest.AddDays(i + 1 - days), zone), ofDay)], stop);
        }

        foreach (var (_, sql) in indexes) await house.Db.Write(tx => tx.Run(sql), stop);
        await house.Db.Write(tx => tx.Run("update counters set next = @next where name in ('calls', 'version')", new { next }), stop);
    }

    async Task Write(List<Call> calls, CancellationToken stop)
    {
        var made = calls.Where(call => call.RecoveredBy is not null).ToLookup(call => call.RecoveredBy!.Value);
        var changes = new TotalChanges();
        foreach (var call in calls) changes.Add(CountedCall.Of(call, made[call.Id].Count(), (long)made[call.Id].Sum(miss => miss.RecoverySeconds!.Value)), 1);
        List<TotalPlace> sums = [.. Totals.Grains.SelectMany(grain => changes.In(grain.Table).Select(row => new TotalPlace(grain.Table, row.Key.Key, row.Key.At, row.Value)))];
        await house.Db.Write(async tx =>
        {
            foreach (var some in calls.Chunk(RowsAtOnce))
                await tx.Insert(Calls, [.. some.Select(call => (object?[])[.. CallRow.Values(call, call.EndedAt!.Value), .. CallRow.MarkValues(call).Skip(2)])]);
            await tx.Insert(People, [.. calls.SelectMany(call => call.People.Select(person => new object?[] { person, call.StartedAt.ToUnixTimeMilliseconds(), call.Id }))]);
            foreach (var some in sums.Chunk(RowsAtOnce)) await house.Totals.Put(tx, some);
        }, stop);
    }

    IEnumerable<Call> Day(DateTimeOffset midnight, int count)
    {
        var misses = new List<Call>();
        for (var i = 0; i < count; i++)
        {
            // From eight to eight, most before noon and after four.
            var hour = 8 + 12.0 * i / count;
            var at = midnight.AddHours(hour + 0.4 * Math.Sin(hour * Math.PI / 4));
            var call = AnyCall(at);
            if (call.Missed && call.CustomerNumber is not null && chance.Next(10) < 7) misses.Add(call);
            else yield return call;
            if (!call.Dialled || call.CustomerNumber is null) continue;
            // Whoever calls out returns the misses that wait.
            foreach (var miss in misses)
                yield return miss with { Mark = new RecoveryMark(call.Id, call.StartedAt, call.AnsweredAt is null ? null : call.Id, call.AnsweredAt is null ? null : call.StartedAt, null, null) };
            misses.Clear();
        }

        foreach (var miss in misses) yield return miss;
    }

    Call AnyCall(DateTimeOffset at)
    {
        var (id, who, kind) = (next++, chance.Next(Operators), chance.Next(100));
        var (team, name) = (who % Teams, $"o{who}");
        var (isOurs, isAnswered) = (kind < 25, chance.Next(100) < 85);
        var customer = chance.Next(50) == 0 ? PhoneNumber.Parse("anonymous", "ES") : Mobile(chance.Next(20_000_000, 30_000_000));
        var wait = chance.NextDouble() * chance.NextDouble() * 60;
        var talk = 20 + chance.NextDouble() * 400;
        var answered = at.AddSeconds(wait);
        var others = isOurs || isAnswered && chance.Next(4) > 0 ? [] : Enumerable.Range(0, 3).Select(_ => chance.Next(Operators / Teams) * Teams + team).Where(other => other != who).Distinct().ToList();
        return new Call
        {
            Id = id,
            Connection = "pbx",
            Provider = "bench",
            ProviderCallId = $"k{id}",
            Direction = isOurs ? Direction.Outbound : kind < 30 ? Direction.Internal : Direction.Inbound,
            From = isOurs ? null : customer,
            To = isOurs ? customer : null,
            Line = $"+34910000{100 + team * 2 + id % 2}",
            Queue = isOurs ? null : $"q{team + Teams * chance.Next((Queues - team + Teams - 1) / Teams)}",
            Operator = isOurs || isAnswered ? name : null,
            Attempts =
            [
                .. others.Select(other => new Attempt($"o{other}", at, null, answered, AttemptResult.NotAnswered, LegRole.Operator, $"l{other}")),
                .. isOurs || isAnswered ? [new Attempt(isOurs ? customer.Raw : name, at, isAnswered ? answered : null, answered.AddSeconds(talk), isAnswered ? AttemptResult.Answered : AttemptResult.NotAnswered, isOurs ? LegRole.Outside : LegRole.Operator, "l")] : (Attempt[])[],
            ],
            Team = Team(team),
            CustomerId = chance.Next(5) == 0 ? null : 1 + chance.Next(Customers),
            People = [.. (isOurs || isAnswered ? others.Append(who) : others).Select(person => $"p{person}").Order(StringComparer.Ordinal)],
            State = CallState.Ended,
            Outcome = isAnswered ? CallOutcome.Completed : chance.Next(3) > 0 ? CallOutcome.Cancelled : CallOutcome.NoAnswer,
            MissedReason = isAnswered || isOurs || kind < 30 ? null : MissedReason.AbandonedWaiting,
            StartedAt = DateTimeOffset.FromUnixTimeMilliseconds(at.ToUnixTimeMilliseconds()),
            RingingAt = at,
            AnsweredAt = isAnswered ? answered : null,
            EndedAt = isAnswered ? answered.AddSeconds(talk) : answered,
            Version = id,
        };
    }
}
