using CallCenter.Calls;
using CallCenter.Figures;
using CallCenter.Recovery;
using CallCenter.Teams;
using static CallCenter.Tests.Recovery.TestCalls;

namespace CallCenter.Tests.Figures;

public sealed class TotalsAuditTests
{
    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task What_is_wrong_with_totals_is_found_and_a_rebuild_mends_it(On database)
    {
        await using var house = await House.Open(database);
        await house.Hear([.. Missed("a", 0, "612345601"), .. CalledBack("o", 100, "612345601", answered: true), .. GotThrough("in", 4000, "612345603")]);
        Assert.Equal([], await Verified(house));
        while (await house.Totals.Count() > 0) ;
        Assert.Equal([], await Verified(house));

        while (await house.Totals.AddUpSpan(Later)) ;
        Assert.NotEqual(0, await house.Db.Read(tx => tx.One<long>("select count(*) from totals_by_span")));
        foreach (var damage in (string[])
        [
            "update totals_by_slot set talk_ms = talk_ms + 1 where key_id = 1",
            "update totals_by_day set spreads = '|1|||||' where key_id = 2",
            "delete from totals_by_day where key_id = 3",
            "update totals_by_slot set slot = slot + 1 where key_id = 4",
            "update totals_by_span set talk_ms = talk_ms + 1 where key_id = 1",
            "delete from totals_by_span where key_id = 2",
            "update calls set outcome = 'NoAnswer' where missed = 1",
        ])
        {
            await house.Db.Write(tx => tx.Run(damage));
            Assert.All(await Verified(house), finding => Assert.Equal("totals-differ", finding.Code));
            Assert.NotEmpty(await Verified(house));

            await house.Log.Rebuild(null, default);
            await new TotalsAudit(house.Db, house.Totals).Mend(null, default);
            Assert.Equal([], await Verified(house));
            while (await house.Totals.AddUpSpan(Later)) ;
            Assert.Equal([], await Verified(house));
        }
    }

    /// <summary>A span is added up when it lies back, each of them once, and what is counted in it later goes into it.</summary>
    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task Days_that_lie_back_are_added_up_once_and_stay_true(On database)
    {
        await using var house = await House.Open(database);
        Task<List<(long Span, long Calls)>> Spans() => house.Db.Read(tx => tx.List<(long, long)>("select span, cast(sum(calls) as bigint) from totals_by_span join total_keys on id = key_id where cut = 'All' group by span order by span"));
        await house.Hear([.. GotThrough("old", -40 * 86_400, "612345601"), .. GotThrough("a", 0, "612345602")]);
        while (await house.Totals.Count() > 0) ;
        var span = TotalSpans.Of(Slots.DayOf(Slots.Of((await house.Calls()).Max(call => call.StartedAt).ToUnixTimeMilliseconds())));

        while (await house.Totals.AddUpSpan(Slots.StartOf((span + 1) * TotalSpans.Days * Slots.PerDay))) ;
        Assert.Equal(1, Assert.Single(await Spans()).Calls);
        Assert.True((await Spans())[0].Span < span, "the newest one may still get calls of the day before");
        while (await house.Totals.AddUpSpan(Later)) ;
        Assert.Equal([1L, 1], (await Spans()).Select(one => one.Calls));
        Assert.False(await house.Totals.AddUpSpan(Later));

        await house.Hear([.. GotThrough("late", 3600, "612345603"), .. Missed("new-key", 7200, "612345604")]);
        while (await house.Totals.Count() > 0) ;
        Assert.Equal((span, 3L), (await Spans())[^1]);
        Assert.False(await house.Totals.AddUpSpan(Later));
        Assert.Equal([], await Verified(house));
    }

    /// <summary>What is prepared outside the transaction that writes may be old by then.</summary>
    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task Calls_that_change_before_they_are_counted_are_counted_as_they_became(On database)
    {
        await using var house = await House.Open(database);
        await house.Hear([.. Missed("a", 0, "612345601"), .. Missed("b", 0, "612345602")]);
        var old = await house.Db.Read(tx => house.Totals.Prepare(tx, 10));
        await house.Hear(CalledBack("o", 100, "612345601", answered: true));
        Assert.Equal(1, await house.Db.Write(tx => house.Totals.Enter(tx, old)));
        Assert.Equal([], await Verified(house));
        while (await house.Totals.Count() > 0) ;
        Assert.Equal([], await Verified(house));

        await house.Hear(Missed("c", 200, "612345603"));
        old = await house.Db.Read(tx => house.Totals.Prepare(tx, 10));
        await house.Db.Write(tx => tx.Run("update totals_by_day set talk_ms = talk_ms + 1"));
        await new TotalsAudit(house.Db, house.Totals).Mend(null, default);
        Assert.Null(await house.Db.Write(tx => house.Totals.Enter(tx, old)));
        Assert.Equal([], await Verified(house));
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task Calls_can_be_counted_while_others_change(On database)
    {
        await using var house = await House.Open(database);
        const int Rounds = 60, AtOnce = 10;
        var hearing = Task.Run(async () =>
        {
            for (var round = 0; round < Rounds; round++)
            {
                await house.Hear([.. Enumerable.Range(0, AtOnce).SelectMany(n => Missed($"m{round}-{n}", round * 100 + n, $"6123456{n:00}"))]);
                await house.Hear([.. Enumerable.Range(0, AtOnce).SelectMany(n => CalledBack($"o{round}-{n}", round * 100 + 50 + n, $"6123456{n:00}", answered: n % 2 == 0))]);
            }
        });
        while (!hearing.IsCompleted) await house.Totals.Count();
        await hearing;

        while (await house.Totals.Count() > 0) ;
        Assert.Equal([], await Verified(house));
        var told = await house.Figures.Summary(CallScope.All(null), new(new(TimeZoneInfo.Utc, new(2026, 5, 4), new(2026, 5, 5))), FigureRules.Default);
        Assert.Equal((Rounds * AtOnce * 2, Rounds * AtOnce), (told.Value.Counts.Calls, told.Value.Counts.Recovered));
    }

    static readonly DateTimeOffset Later = new(2026, 7, 1, 0, 0, 0, TimeSpan.Zero);

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task What_cases_come_to_and_whose_calls_are_moves_the_figures_of_calls_that_were_counted_long_ago(On database)
    {
        await using var house = await House.Open(database);
        var (team, period) = ((await house.Teams.Add("Ventas", TeamType.CallCenter, Authority.Console)).Id, new FigurePeriod(TimeZoneInfo.Utc, new(2026, 5, 4), new(2026, 5, 4)));
        async Task<(long, long, long, long, long)> Told(string? of = null)
        {
            var told = (await house.Figures.Summary(CallScope.All(null), new(period, of is null ? null : [of]), FigureRules.Default)).Value;
            return (told.Counts.Missed, told.Counts.Open, told.Counts.Recovered, told.Cases, told.ClosedCases);
        }

        await house.Hear([.. Missed("a", 0, "612345601"), .. Missed("b", 60, "612345601")]);
        while (await house.Totals.Count() > 0) ;
        Assert.Equal((2, 2, 0, 1, 0), await Told());

        var case_ = Assert.Single(await house.AllCases());
        await house.CaseDesk.Close(CaseScope.Of(CallScope.All(null)), case_.Id, CaseEnd.Solved, null, Authority.Console.Actor);
        Assert.Equal((2, 2, 0, 1, 1), await Told());
        await house.Teams.CorrectTeam(case_.LastCall, team, Authority.Console);
        Assert.Equal((1, 1, 0, 1, 1), await Told(team));
        Assert.Equal((1, 1, 0, 0, 0), await Told(CallFilter.NoTeam));
        await house.Hear(CalledBack("o", 200, "612345601", answered: false));
        Assert.Equal((2, 0, 2, 1, 1), await Told());
        Assert.Equal([], await Verified(house));
    }

    /// <summary>An upgrade from before there were totals leaves all calls to be counted.</summary>
    [Fact]
    public async Task While_the_past_is_counted_the_answer_says_how_much_of_it_is_missing()
    {
        await using var house = await House.Open();
        var filter = new FigureFilter(new(TimeZoneInfo.Utc, new(2026, 5, 4), new(2026, 5, 5)));
        var more = FigureReading.WaitingMax / 2 + 60; // calls told in pairs
        for (var i = 0; i < more; i += 60) await house.Hear([.. Enumerable.Range(i, 60).SelectMany(n => GotThrough($"i{n}", n, "612345601").Concat(CalledBack($"o{n}", n, "612345602", answered: true)))]);

        var told = await house.Figures.Summary(CallScope.All(null), filter, FigureRules.Default);
        Assert.Equal(more / 60 * 120, told.Value.Counts.Calls + told.Uncounted);
        Assert.True(told.Uncounted > 0);
        while (await house.Totals.Count() > 0) ;
        told = await house.Figures.Summary(CallScope.All(null), filter, FigureRules.Default);
        Assert.Equal((more / 60 * 120, 0), (told.Value.Counts.Calls, told.Uncounted));
    }

    static async Task<List<Finding>> Verified(House house)
    {
        var wrong = new List<Finding>();
        await new TotalsAudit(house.Db, house.Totals).Verify(wrong.Add, null, default);
        return wrong;
    }
}
