using CallCenter.Calls;
using CallCenter.Dashboard;
using CallCenter.Figures;
using CallCenter.Quotes;
using CallCenter.Teams;
using static CallCenter.Tests.Recovery.TestCalls;

namespace CallCenter.Tests.Dashboard;

public sealed class DashboardReadingsTests
{
    static readonly FigureFilter TheDay = new(new(TimeZoneInfo.Utc, new(2026, 5, 4), new(2026, 5, 4)));

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task Who_asks_the_same_of_the_same_calls_at_once_gets_one_reading_and_nobody_anothers(On database)
    {
        var clock = new StandingClock(Noon.AddHours(1));
        await using var house = await House.Open(database, clock);
        var eva = (await house.Users.Add(new NewPerson("eva@example.com", "Eva", [Role.Operator]), null, Authority.Console)).Id;
        await house.Teams.GiveExtension(eva, "test", "101", DateTimeOffset.MinValue, Authority.Console);
        await house.Personnel.Load();
        await house.Hear([.. GotThrough("a", 0, "612345678"), .. Missed("b", 60, "612345679", extension: "102")]);

        var readings = new DashboardReadings(house.Figures, new QuoteCounter(house.Db), house.CaseList, house.Personnel, clock);
        Task<DashboardView> Read(CallScope scope, FigureFilter? filter = null) => readings.Read(scope, filter ?? TheDay, compares: false, byCount: false, default);
        var (boss, other) = (Rights.Of("x", [Role.Administrator], [], []).Calls, Rights.Of("y", [Role.Administrator], [], []).Calls);
        var all = await Task.WhenAll(Read(boss), Read(other), Read(boss, TheDay with { Teams = null }));
        Assert.Same(all[0], all[1]);
        Assert.Same(all[0], all[2]);
        Assert.Equal(2, all[0].Now.Value.Counts.Offered);

        Assert.Equal(1, (await Read(CallScope.Own(eva))).Now.Value.Counts.Offered);
        Assert.Equal(1, (await Read(boss, TheDay with { Recovery = RecoveryStanding.Open })).Now.Value.Counts.Offered);
        Assert.Equal(0, (await Read(boss, TheDay with { Teams = ["north"] })).Now.Value.Counts.Offered);

        // What happened after it began is in the next, which is due before anybody who heard of it reads.
        await house.Hear(Missed("c", 120, "612345670"));
        clock.Now += DashboardReadings.SharedFor;
        Assert.Same(all[0], await Read(other));
        clock.Now += TimeSpan.FromMilliseconds(1);
        Assert.Equal(3, (await Read(other)).Now.Value.Counts.Offered);

        // One that fails is nobody's the next time, and who goes takes it from nobody.
        await Assert.ThrowsAsync<Refusal>(() => Read(boss, TheDay with { Period = TheDay.Period with { Last = new(2036, 5, 4) } }));
        using var gone = new CancellationTokenSource();
        await gone.CancelAsync();
        clock.Now += TimeSpan.FromSeconds(1);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => readings.Read(boss, TheDay, false, false, gone.Token));
        Assert.Equal(3, (await Read(boss)).Now.Value.Counts.Offered);
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task Questions_asked_at_once_are_answered_as_each_is_alone_and_see_one_moment(On database)
    {
        await using var house = await House.Open(database, new StandingClock(Noon.AddHours(1)));
        await house.Hear([.. GotThrough("a", 0, "612345678"), .. Missed("b", 60, "612345679", extension: "102")]);
        await house.Totals.Count();
        await house.Hear(Missed("c", 120, "612345670")); // waits to be counted
        var (all, rules, open) = (CallScope.All("x"), FigureRules.Default, TheDay with { Recovery = RecoveryStanding.Open });

        var together = await house.Figures.AtOnce(async at =>
        {
            var first = await at.Summary(all, TheDay, rules);
            await house.Hear(Missed("d", 180, "612345671"));
            return (Summary: first, Open: await at.Summary(all, open, rules), States: await at.States(all, TheDay, rules));
        });
        Assert.Equal(3, together.Summary.Value.Counts.Offered);
        Assert.Equal(2, together.Open.Value.Counts.Offered);
        Assert.Equal(3, together.States.Value.Sum(state => state.Calls));
        Assert.Equal(together.Summary.LastEventAt, together.States.LastEventAt);

        Assert.Equal(4, (await house.Figures.Summary(all, TheDay, rules)).Value.Counts.Offered);
    }
}
