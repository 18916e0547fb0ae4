using CallCenter.Audit;
using CallCenter.Calls;
using CallCenter.Presence;
using CallCenter.Teams;
using CallCenter.Wallboard;

namespace CallCenter.Tests.Wallboard;

public class BoardDeskTests
{
    static readonly DateTimeOffset Now = new(2026, 5, 4, 10, 10, 0, TimeSpan.Zero);
    static readonly TimeZoneInfo Madrid = TimeZoneInfo.FindSystemTimeZoneById("Europe/Madrid");

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task A_screen_of_one_team_counts_no_call_no_case_and_nobody_of_another(On database)
    {
        var clock = new StandingClock(Now);
        await using var house = await House.Open(database, clock);
        var (room, desk, presence) = (await BoardRoom.Of(house.Users, house.Teams), BoardRoom.Desk(house), new PresenceBook(house.Db, clock));
        BoardScope Of(params string[] teams) => BoardScope.Of(CallScope.Of(null, teams), Madrid);

        // Nothing yet: a dash, not a hundred per cent.
        var empty = await desk.Read(Of(room.A.Id));
        Assert.Equal((0, null, null, 0L, null), (empty.Waiting, empty.WaitingSince, empty.HalfHour.Value, empty.Open, empty.OldestMiss));
        Assert.Equal((null, Level.Good, Level.Warning), (empty.LevelOf(Measure.Service), empty.LevelOf(Measure.Recovered), empty.LevelOf(Measure.Operators)));

        await house.Hear(BoardRoom.Call(1, Now.AddSeconds(-90), "q-A", "201")); // waits
        await house.Hear(BoardRoom.Call(2, Now.AddSeconds(-30), "q-B", "202"));
        await house.Hear(BoardRoom.Call(3, Now.AddSeconds(-200), "q-B", "202"));
        await house.Hear(BoardRoom.Call(4, Now.AddMinutes(-8), "q-A", "201", answeredAfter: 9)); // talks
        await house.Hear(BoardRoom.Call(5, Now.AddMinutes(-9), "q-A", "201", answeredAfter: 18, endedAfter: 60)); // too late for the team's own target
        await house.Hear(BoardRoom.Call(6, Now.AddMinutes(-9), "q-B", "202", answeredAfter: 4, endedAfter: 60));
        await house.Hear(BoardRoom.Call(7, Now.AddMinutes(-11), "q-A", "201", answeredAfter: 4, endedAfter: 60)); // the half hour before
        await house.Hear(BoardRoom.Call(8, Now.AddHours(-3), "q-A", "201", endedAfter: 40)); // missed
        await house.Hear(BoardRoom.Call(9, Now.AddHours(-4), "q-B", "202", endedAfter: 40));
        await house.Hear(BoardRoom.Call(10, Now.AddHours(-5), "q-B", "202", endedAfter: 40));
        await presence.See(room.Eva);
        await presence.See(room.Luis);
        await presence.See(room.Boss); // leads, and takes no calls

        var a = await desk.Read(Of(room.A.Id));
        Assert.Equal((1, Now.AddSeconds(-90)), (a.Waiting, a.WaitingSince));
        Assert.Equal((2, 1), (a.HalfHour.Base(a.HalfHour.Rules.Formula), a.HalfHour.AnsweredWithin)); // what is still talked of was answered in time
        Assert.Equal(new Staffed(Free: 0, Talking: 1, Paused: 0), a.Operators);
        Assert.Equal((1, Now.AddHours(-3).AddSeconds(40), 1), (a.Open, a.OldestMiss, a.Overdue));
        Assert.Equal((1, 0), (a.Today.Recoverable, a.Today.Recovered));
        Assert.Equal([new QueueWaiting("q-A", 1)], a.Queues);
        Assert.Equal(("A", 90, 15), (Assert.Single(a.Teams), a.Targets.ServicePercent, a.Targets.ServiceSeconds));
        Assert.Equal([Level.Warning, Level.Critical, Level.Warning, Level.Warning, Level.Critical], Enum.GetValues<Measure>().Select(a.LevelOf).OfType<Level>());

        var b = await desk.Read(Of(room.B.Id));
        Assert.Equal((2, Now.AddSeconds(-200), new Staffed(1, 0, 0), 2, Now.AddHours(-5).AddSeconds(40)), (b.Waiting, b.WaitingSince, b.Operators, b.Open, b.OldestMiss));
        Assert.Equal([new QueueWaiting("q-B", 2)], b.Queues);

        // Together they are the sum, and the address narrows a scope but widens none.
        var both = await desk.Read(Of(room.A.Id, room.B.Id));
        Assert.Equal((3, 3L, new Staffed(1, 1, 0), 2), (both.Waiting, both.Open, both.Operators, both.Queues.Count));
        Assert.Equal((1, 1), await desk.Read(Of(room.A.Id, room.B.Id), room.A.Id) is var narrowed ? (narrowed.Waiting, narrowed.Queues.Count) : default);
        var other = await desk.Read(Of(room.A.Id), room.B.Id);
        Assert.Equal((0, 0L, default(Staffed), 0L, 0, 0), (other.Waiting, other.Open, other.Operators, other.Today.Calls, other.Queues.Count, other.Teams.Count));
        Assert.Equal((3, 0), ((await desk.Read(Of(room.A.Id, room.B.Id), line: "+34910000000")).Waiting, (await desk.Read(Of(room.A.Id, room.B.Id), line: "other")).Waiting));

        // Who sees only his own calls has them on the screen, and himself.
        var own = await desk.Read(BoardScope.Of(house.Personnel.RightsOf(room.Eva), Madrid), room.B.Id);
        Assert.Equal((true, 1, new Staffed(0, 1, 0)), (own.IsOwn, own.Waiting, own.Operators));
        Assert.Equal(3, (await desk.Read(BoardScope.Of(Rights.Of("x", [Role.Administrator], [], []), Madrid))).Waiting);
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task The_targets_are_kept_and_the_change_is_written_down(On database)
    {
        await using var house = await House.Open(database);
        var desk = BoardRoom.Desk(house);
        Assert.Equal(WallboardSettings.Default, await desk.Targets());
        var wanted = WallboardSettings.Default with { Waiting = 5, WaitingCritical = 9 };
        await desk.Settle(wanted, Actor.Console);
        await desk.Settle(wanted, Actor.Console);
        Assert.Equal(wanted, await desk.Targets());
        Assert.Single(await house.Audit.List(new AuditFilter(Action: "settings.wallboard-targets")));
        await Assert.ThrowsAsync<Refusal>(() => desk.Settle(wanted with { WaitingCritical = 1 }, Actor.Console));
    }
}
