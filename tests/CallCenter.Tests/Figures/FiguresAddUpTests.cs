using CallCenter.Calls;
using CallCenter.Figures;
using CallCenter.Recovery;
using CallCenter.Reports;
using CallCenter.Teams;
using CsCheck;

namespace CallCenter.Tests.Figures;

/// <summary>Whatever happened to calls, late and in whatever order: every figure is what one counts by hand on the calls themselves.</summary>
public sealed class FiguresAddUpTests
{
    /// <summary>The clocks change, at midnight in São Paulo; a day of UTC ends in the middle of everybody's.</summary>
    static readonly (string Zone, DateOnly Day)[] Times =
    [
        ("Europe/Madrid", new(2026, 3, 29)), ("Europe/Madrid", new(2026, 10, 25)), ("America/Sao_Paulo", new(2018, 11, 4)), ("America/Sao_Paulo", new(2018, 2, 17)),
        ("America/Argentina/Buenos_Aires", new(2026, 5, 4)), ("Asia/Kolkata", new(2026, 5, 4)), ("Asia/Kathmandu", new(2026, 5, 4)), ("America/Los_Angeles", new(2026, 11, 1)),
    ];

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public Task Days_hours_states_operators_teams_lines_and_queues_add_up_to_the_rows(On database) =>
        Gen.Select(Gen.Int[0, Times.Length - 1], Gen.Int[0, 1_000_000]).SampleAsync(async (time, seed) =>
        {
            var (zone, day) = (TimeZoneInfo.FindSystemTimeZoneById(Times[time].Zone), Times[time].Day);
            await using var house = await House.Open(database, new StandingClock(LocalDay.StartOf(day.AddDays(40), zone)));
            var past = await Past.Of(house, LocalDay.StartOf(day, zone), new Random(seed));
            Assert.Equal([], await Verified(house));

            var calls = await house.Calls();
            for (var i = 0; i < 9; i++)
            {
                var (scope, filter) = (past.AnyScope(), past.AnyFilter(zone, day));
                await Compare(house, calls, scope, filter, isExplained: i % 4 == 0, $"seed {seed}, {Times[time]}, {Told(scope)}, {filter}, teams {string.Join(' ', filter.Teams ?? [])}");
                if (i == 5) while (await house.Totals.Count(7) > 0) ;
            }

            Assert.Equal([], await Verified(house));
        }, iter: database == On.Sqlite ? 10 : 2, threads: 1);

    static async Task Compare(House house, IReadOnlyList<Call> calls, CallScope scope, FigureFilter filter, bool isExplained, string told)
    {
        var (desk, rules) = (house.Figures, new FigureRules(ServiceSeconds: 7, ShortSeconds: 4));
        // By hand, from what a call says of itself.
        var period = filter.Period;
        bool IsAsked(Call call) => (filter.Teams is null || filter.Teams.Contains(call.Team ?? "none")) && (filter.Line ?? call.Line) == call.Line && (filter.Queue ?? call.Queue) == call.Queue
            && (filter.Connection ?? call.Connection) == call.Connection && (filter.Direction ?? call.Direction) == call.Direction && (filter.Recovery is null || filter.Recovery == call.Standing);
        DateTime Local(Call call) => TimeZoneInfo.ConvertTime(call.StartedAt, period.Zone).DateTime;
        var around = calls.Where(call => call.EndedAt is not null && scope.Allows(call) && IsAsked(call) && DateOnly.FromDateTime(Local(call)) >= period.First
            && (period.Cut is { } cut ? call.StartedAt < LocalDay.At(period.Last, cut, period.Zone) : DateOnly.FromDateTime(Local(call)) <= period.Last)).ToList();
        var rows = around.Where(call => (filter.Operator ?? call.Operator) == call.Operator).ToList();
        var (inbound, missed) = (rows.Where(call => call.Direction == Direction.Inbound).ToList(), rows.Where(call => call.Missed).ToList());

        var answer = await desk.Summary(scope, filter, rules);
        var summary = answer.Value;
        foreach (var one in isExplained ? Explanation.All(answer) : [])
        {
            Assert.True(one.Bottom is null || one.Value is null || Math.Abs(one.Value.Value - one.Top.Amount / one.Bottom.Amount) < 1e-9, $"{one}: {told}");
            foreach (var term in one.LeftOut.Append(one.Top).Append(one.Bottom ?? one.Top).Where(term => term.Rows.Count > 0))
            {
                var listed = 0;
                foreach (var asked in term.Rows) listed += (await house.Log.Count(scope, asked)).Number;
                Assert.True(term.Amount == listed, $"{one.Figure}: {term.Part} are {term.Amount}, the list has {listed}: {told}");
            }
        }

        Same(rows, summary.Counts, told);
        Assert.True(Median(inbound.Where(call => !call.Missed).Select(call => Math.Ceiling(call.WaitSeconds!.Value))) == summary.Waits.Median, $"median wait: {told}");
        Assert.True(Median(missed.Where(call => call.RecoverySeconds is not null).Select(call => call.RecoverySeconds!.Value)) == summary.RecoveredAfter.Median, $"median recovery: {told}");
        Assert.True(missed.Count(call => call.RecoverySeconds <= 300) == summary.RecoveredAfter.Within(300), $"within five minutes: {told}");
        Assert.True(missed.Count(call => call.ReachedBy is not null) == summary.Reached, $"reached: {told}");
        Assert.True(missed.GroupBy(call => call.MissedReason!.Value).ToDictionary(group => group.Key, group => (long)group.Count()).OrderBy(pair => pair.Key).SequenceEqual(summary.Reasons.OrderBy(pair => pair.Key)), $"reasons: {told}");
        var gaveUp = missed.Where(call => call.Outcome == CallOutcome.Cancelled && call.MissedReason != MissedReason.CallbackRequested).ToList();
        Assert.True(
            (inbound.Count(call => !call.Missed && call.WaitSeconds <= 7), gaveUp.Count, gaveUp.Count(call => call.WaitSeconds <= 7), gaveUp.Count(call => call.EndedAt - (call.QueuedAt ?? call.RingingAt ?? call.StartedAt) < TimeSpan.FromSeconds(4)))
            == (summary.Level.AnsweredWithin, summary.Level.GivenUp, summary.Level.GivenUpWithin, summary.Level.Short), $"service level: {told}");
        Near(inbound.Where(call => !call.Missed).Select(call => call.WaitSeconds!.Value), summary.MeanWait, told);
        Near(inbound.Where(call => !call.Missed).Select(call => call.TalkSeconds!.Value), summary.MeanHandling, told);
        var cases = (await house.AllCases()).Where(one => one.Misses > 0 && missed.Exists(call => call.Id == one.LastCall)).ToList();
        Assert.True((cases.Count, cases.Count(one => !one.IsOpen)) == (summary.Cases, summary.ClosedCases), $"cases: {told}");

        var days = (await desk.Days(scope, filter, rules)).Value;
        Assert.Equal(period.Days, days.Count);
        foreach (var one in days) Same([.. rows.Where(call => DateOnly.FromDateTime(Local(call)) == one.Day)], one.Counts, $"{one.Day}: {told}");

        var hours = (await desk.Hours(scope, filter, rules)).Value;
        foreach (var one in hours)
            Same([.. rows.Where(call => Local(call).DayOfWeek == one.Weekday && Local(call).TimeOfDay >= one.Time.ToTimeSpan() && Local(call).TimeOfDay < one.Time.ToTimeSpan() + TimeSpan.FromMinutes(30))], one.Counts, $"{one.Weekday} {one.Time}: {told}");
        Assert.Equal((period.Until - period.From).TotalHours * 2, hours.Sum(one => one.Occurred), 1.0);

        var ofDay = (await desk.HoursOfDay(scope, filter, rules)).Value;
        foreach (var one in ofDay)
            Same([.. rows.Where(call => DateOnly.FromDateTime(Local(call)) == period.First && call.StartedAt >= one.Start && call.StartedAt < one.Start.AddMinutes(30))], one.Counts, $"{one.Start}: {told}");

        var states = (await desk.States(scope, filter, rules)).Value;
        Assert.True(rows.GroupBy(call => (call.Direction, call.Outcome!.Value, call.Standing)).Select(group => (group.Key, group.LongCount())).ToHashSet()
            .SetEquals(states.Select(state => ((state.Direction, state.Outcome, state.Standing), state.Calls))), $"states: {told}");

        foreach (var (groups, of) in new (IReadOnlyList<GroupFigures>, Func<Call, (string?, string)>)[]
        {
            ((await desk.Teams(scope, filter, rules)).Value, call => (call.Team, "")),
            ((await desk.Lines(scope, filter, rules)).Value, call => call.Line is null ? (null, "") : (call.Line, call.Connection)),
            ((await desk.Queues(scope, filter, rules)).Value, call => call.Queue is null ? (null, "") : (call.Queue, call.Connection)),
        })
        {
            Assert.Equal(rows.Select(of).Distinct().Count(), groups.Count);
            foreach (var one in groups) Same([.. rows.Where(call => of(call) == (one.Name, one.Connection))], one.Counts, $"{one.Name}: {told}");
        }

        await CompareOperators(house, scope, filter, rules, around, rows, told);
        await CompareReports(house, scope, filter, rules, rows, summary.Counts, Local, told);
    }

    static async Task CompareReports(House house, CallScope scope, FigureFilter filter, FigureRules rules, List<Call> rows, Counts counts, Func<Call, DateTime> local, string told)
    {
        foreach (var report in Report.All.Where(report => report is not ByBrand))
        {
            var table = await house.Reports.Read(report, scope, filter, rules);
            Assert.True(counts == table.Total.Calls!.Counts, $"total of {report.Name}: {told}");
            foreach (var column in report.Columns.Where(column => column is { Kind: CellKind.Count, Group: not ColumnGroup.Sales }))
            {
                // Who let it ring is told of each operator, whoever answered.
                if (column.Name == "InVain" && (filter.Operator is not null || report is ByOperator)) continue;
                var (sum, total) = (table.Rows.Sum(row => (long?)column.Of(row) ?? 0), (long)column.Of(table.Total)!);
                Assert.True(sum == total, $"{report.Name}: {column.Name} are {sum} in the rows and {total} in all: {told}");
            }

            foreach (var row in table.Rows.Where(row => !row.IsOthers))
            {
                Func<Call, bool>? which = (row.Key, report) switch
                {
                    (DateOnly day, _) => call => DateOnly.FromDateTime(local(call)) == day,
                    (DayOfWeek day, _) => call => local(call).DayOfWeek == day,
                    (TimeOnly time, _) => call => local(call).TimeOfDay >= time.ToTimeSpan() && local(call).TimeOfDay < time.ToTimeSpan() + TimeSpan.FromMinutes(30),
                    (null, ByTeam) => call => call.Team is null,
                    (null, ByLine) => call => call.Line is null,
                    (null, ByQueue) => call => call.Queue is null,
                    (null, ByOperator) => call => call.Operator is null,
                    (null, ByCustomer) => call => call.CustomerId is null,
                    _ => null,
                };
                if (which is not null) Same([.. rows.Where(which)], row.Calls?.Counts ?? Counts.None, $"{report.Name} {row.Key}: {told}");
            }
        }
    }

    static async Task CompareOperators(House house, CallScope scope, FigureFilter filter, FigureRules rules, List<Call> around, List<Call> rows, string told)
    {
        var ranking = (await house.Figures.Operators(scope, filter, rules)).Value;
        var all = ranking.Operators.Append(ranking.Unassigned).Append(ranking.Others ?? ranking.Unassigned with { Counts = Counts.None }).ToList();
        Assert.True(rows.Count == all.Sum(one => one.Counts.Calls), $"ranking: {told}");
        Same([.. rows.Where(call => call.Operator is null)], ranking.Unassigned.Counts, $"unassigned: {told}");
        var everyone = await house.Calls();
        foreach (var one in ranking.Operators)
        {
            var own = rows.Where(call => (call.Operator, call.Connection) == (one.Operator, one.Connection)).ToList();
            Same(own, one.Counts, $"{one.Operator}: {told}");
            var recovered = everyone.Where(call => own.Exists(by => by.Id == call.RecoveredBy)).ToList();
            Assert.True(recovered.Count == one.Recoveries, $"recoveries of {one.Operator}: {told}");
            Near(recovered.Select(call => call.RecoverySeconds!.Value), one.MeanRecovery, told);
            var inVain = around.Where(call => call.Connection == one.Connection && call.Direction != Direction.Outbound).SelectMany(call => call.Attempts)
                .Count(attempt => attempt.Operator == one.Operator && attempt.Role == LegRole.Operator && attempt.AnsweredAt is null && attempt.Result is AttemptResult.NotAnswered or AttemptResult.Declined or AttemptResult.Cancelled);
            // Two names at once are read from the calls of the one.
            if (filter.Operator is null || filter is { Line: null, Queue: null } && (scope.IsEverything || scope.Person is null)) Assert.True(inVain == one.InVain, $"{one.Operator} let it ring {inVain} times, not {one.InVain}: {told}");
        }
    }

    static void Same(IReadOnlyCollection<Call> rows, Counts counts, string told)
    {
        long Of(Func<Call, bool> which) => rows.Count(which);
        var expected = new Counts(
            rows.Count, Of(call => call.Direction == Direction.Inbound), Of(call => call.Direction == Direction.Inbound && call.AnsweredAt is not null), Of(call => call.Standing == RecoveryStanding.Open),
            Of(call => call.Standing == RecoveryStanding.Recovered), Of(call => call.Standing == RecoveryStanding.SelfRecovered), Of(call => call.Standing == RecoveryStanding.NoNumber),
            Of(call => call.Direction == Direction.Outbound), Of(call => call.Direction == Direction.Outbound && call.AnsweredAt is not null), Of(call => call.Direction == Direction.Internal), Of(call => call.Direction == Direction.Unknown));
        Assert.True(expected == counts, $"{expected} by hand, {counts} told: {told}");
        Assert.True(counts.Offered == counts.Answered + counts.Missed, told);
    }

    static double? Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted.Count == 0 ? null : (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }

    static void Near(IEnumerable<double> values, double? mean, string told)
    {
        var list = values.ToList();
        Assert.True(list.Count == 0 ? mean is null : Math.Abs(list.Average() - mean!.Value) < 0.001, $"mean of {list.Count}: {told}");
    }

    static async Task<List<string>> Verified(House house)
    {
        var wrong = new List<string>();
        await new TotalsAudit(house.Db, house.Totals).Verify(finding => wrong.Add($"{finding.What} {finding.Detail}"), null, default);
        return wrong;
    }

    static string Told(CallScope scope) => scope.IsEverything ? "all" : $"{scope.Person} and {string.Join(' ', scope.Teams)}";
}

/// <summary>A few days of calls of a small company, told late and in disorder, while people correct, move and close things.</summary>
sealed class Past
{
    static readonly string[] Numbers = ["612345601", "612345602", "612345603", "anonymous"];

    readonly Random chance;
    readonly List<string> people = [], teams = [];

    Past(Random chance) => this.chance = chance;

    public static async Task<Past> Of(House house, DateTimeOffset around, Random chance)
    {
        var past = new Past(chance);
        for (var i = 0; i < 5; i++)
        {
            past.people.Add((await house.Users.Add(new NewPerson($"u{i}@example.com", $"Persona {i}", [Role.Operator]), null, Authority.Console)).Id);
            foreach (var connection in (string[])["test", "other"]) await house.Teams.GiveExtension(past.people[i], connection, $"{100 + i}", DateTimeOffset.MinValue, Authority.Console);
        }

        for (var i = 0; i < 3; i++)
        {
            past.teams.Add((await house.Teams.Add($"Equipo {i}", TeamType.CallCenter, Authority.Console)).Id);
            await house.Teams.GiveLine(past.teams[i], "test", LineKind.Queue, $"q-{i}", DateTimeOffset.MinValue, fillsPast: false, Authority.Console);
            await house.Teams.AddMember(past.teams[i], past.people[i], DateTimeOffset.MinValue, Authority.Console);
        }

        var told = Enumerable.Range(0, 55).Select(i => past.Call($"c{i}", around.AddSeconds(chance.Next(-2 * 86_400, 2 * 86_400)))).ToList();
        var keys = told.ConvertAll(call => call[0].Call);
        for (var i = 0; i < 6; i++)
            if ((keys[chance.Next(keys.Count)], keys[chance.Next(keys.Count)]) is var (one, other) && one.Connection == other.Connection)
                told[i].Add(new CallLinked(one, around, other.Id));
        var moved = -48;
        var events = told.SelectMany(call => call).ToArray();
        if (chance.Next(3) == 0) chance.Shuffle(events); // else most calls are told in one piece
        foreach (var some in events.Chunk(chance.Next(3, 40)))
        {
            await house.Hear(some);
            switch (chance.Next(8))
            {
                case 0: await house.Totals.Count(chance.Next(1, 60)); break;
                case 1 when await past.AnyCall(house) is { } call: await house.Teams.CorrectTeam(call.Id, chance.Next(3) == 0 ? null : past.teams[chance.Next(3)], Authority.Console); break;
                case 2 when await past.AnyCall(house) is { } call: await house.Teams.UndoCorrection(call.Id, Authority.Console); break;
                case 3:
                    await house.Teams.GiveExtension(past.people[chance.Next(5)], "test", $"{100 + chance.Next(5)}", around.AddHours(moved += 5), Authority.Console);
                    await house.Rejudging.Run();
                    break;
                case 4 when (await house.AllCases()).Where(one => one is { Misses: > 0, IsOpen: true }).ToList() is { Count: > 0 } open:
                    await house.CaseDesk.Close(CaseScope.Of(CallScope.All(null)), open[chance.Next(open.Count)].Id, CaseEnd.Solved, past.people[0], Authority.Console.Actor);
                    break;
                case 5 when chance.Next(3) == 0: await house.Log.Rebuild(null, default); break;
                case 6: await house.Totals.AddUpSpan(around.AddDays(40)); break; // what is told later is of the past that is added up
            }
        }

        return past;
    }

    public CallScope AnyScope() => chance.Next(5) switch
    {
        0 => CallScope.Own(Any(people)),
        1 => CallScope.Of(Any(people), [Any(teams)]),
        2 => CallScope.Of(chance.Next(2) == 0 ? null : Any(people), [teams[0], teams[2]]),
        _ => CallScope.All(people[0]),
    };

    public FigureFilter AnyFilter(TimeZoneInfo zone, DateOnly day)
    {
        T? Sometimes<T>(Func<T> value) => chance.Next(4) == 0 ? value() : default;
        // Some are so long that they hold whole spans.
        var (first, days) = chance.Next(3) == 0 ? (day.AddDays(chance.Next(-34, -15)), chance.Next(33, 50)) : (day.AddDays(chance.Next(-2, 2)), chance.Next(0, 4));
        return new(
            new(zone, first, first.AddDays(days), chance.Next(3) == 0 ? new TimeOnly(chance.Next(24), chance.Next(60)) : null),
            Sometimes(() => (string[])(chance.Next(2) == 0 ? [Any(teams)] : [teams[1], "none"])), Sometimes(() => "910000001"), Sometimes(() => $"q-{chance.Next(4)}"), Sometimes(() => $"{100 + chance.Next(5)}"),
            Sometimes(() => "test"), chance.Next(4) == 0 ? (Direction)chance.Next(1, 4) : null, chance.Next(5) == 0 ? (RecoveryStanding)chance.Next(4) : null);
    }

    async Task<Call?> AnyCall(House house) => await house.Calls() is { Count: > 0 } calls ? calls[chance.Next(calls.Count)] : null;

    string Any(List<string> of) => of[chance.Next(of.Count)];

    List<CallEvent> Call(string id, DateTimeOffset at)
    {
        var key = new CallKey(chance.Next(5) == 0 ? "other" : "test", id);
        var (ours, theirs) = (PhoneNumber.Parse("910000001", "ES"), PhoneNumber.Parse(Numbers[chance.Next(Numbers.Length)], "ES"));
        var (line, extension, second, length) = (chance.Next(4) == 0 ? null : $"91000000{chance.Next(1, 3)}", $"{100 + chance.Next(6)}", $"{100 + chance.Next(6)}", chance.Next(3, 90));
        var (isOurs, isAnswered, cause) = (chance.Next(4) == 0, chance.Next(2) == 0, (EndCause)chance.Next(7));
        var told = new List<CallEvent> { isOurs ? new CallStarted(key, at, Direction.Outbound, ours, theirs, line, Operator: extension) : new CallStarted(key, at, chance.Next(9) == 0 ? Direction.Internal : Direction.Inbound, theirs, ours, line) };
        if (!isOurs && chance.Next(3) > 0) told.Add(new QueueJoined(key, at.AddSeconds(1), $"q-{chance.Next(4)}"));
        if (chance.Next(5) > 0) told.Add(new AttemptStarted(key, at.AddSeconds(2), "a", isOurs ? theirs.Raw : extension, isOurs ? LegRole.Outside : LegRole.Operator));
        if (!isOurs && chance.Next(2) == 0) told.Add(new AttemptStarted(key, at.AddSeconds(2), "b", second));
        if (chance.Next(2) == 0) told.Add(new AttemptEnded(key, at.AddSeconds(3), "b", AttemptResult.NotAnswered, second));
        if (!isOurs && !isAnswered && chance.Next(4) == 0) told.Add(new QueueLeft(key, at.AddSeconds(length - 1), "q-0", (QueueExit)chance.Next(6)));
        if (isAnswered) told.Add(new AttemptAnswered(key, at.AddMilliseconds(chance.Next(2000, 20_000)), "a"));
        if (isAnswered && chance.Next(3) == 0) told.AddRange([new HoldStarted(key, at.AddSeconds(25), "a"), new HoldEnded(key, at.AddSeconds(31), "a")]);
        if (chance.Next(12) > 0) told.Add(new CallEnded(key, at.AddSeconds(length), isAnswered ? EndCause.Normal : cause));
        return told;
    }
}
