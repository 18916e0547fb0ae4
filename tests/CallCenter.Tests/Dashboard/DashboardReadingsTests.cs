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
}
