using System.Text;
using CallCenter.Alerts;
using CallCenter.Audit;
using CallCenter.Calls;
using CallCenter.Mail;
using CallCenter.Teams;
using CallCenter.Telephony;
using CallCenter.Telephony.Providers;
using CallCenter.Tests.Mail;
using Microsoft.Extensions.Logging.Abstractions;

namespace CallCenter.Tests.Alerts;

public sealed class AlertTests
{
    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task An_alert_is_raised_once_for_each_time_and_told_after_the_commit(On database)
    {
        await using var house = await House.Open(database);
        using var room = AlertRoom.Of(house);
        var told = new List<Alert>();
        room.Board.Raised += told.Add;

        Assert.True(await room.Raise(AlertRoom.Smoke("a", "monday")));
        Assert.False(await room.Raise(AlertRoom.Smoke("a", "monday")));
        Assert.True(await room.Raise(AlertRoom.Smoke("a", "tuesday")));
        Assert.True(await room.Raise(AlertRoom.Smoke("b", "monday")));
        await Assert.ThrowsAsync<TimeoutException>(() => house.Db.Write(async tx =>
        {
            await room.Board.Raise(tx, AlertRoom.Smoke("c"));
            throw new TimeoutException("what belongs to it fails");
        }));

        Assert.Equal(["a", "a", "b"], told.Select(alert => alert.Subject));
        Assert.Equal(3, (await room.Board.Recent(10)).Count);
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task What_lasts_is_one_alert_until_it_has_not_been_seen_for_two_minutes(On database)
    {
        var clock = new MovableClock();
        await using var house = await House.Open(database, clock);
        using var room = AlertRoom.Of(house, clock);
        room.Now.Add(AlertRoom.Smoke("a"));

        Assert.Equal(1, await room.Watch.Run());
        Assert.Equal(0, await room.Watch.Run());
        room.Now.Clear();
        await room.Watch.Run();
        clock.Ahead += TimeSpan.FromMinutes(1);
        room.Now.Add(AlertRoom.Smoke("a")); // comes and goes
        Assert.Equal(0, await room.Watch.Run());
        Assert.Null(Assert.Single(await room.Board.Recent(10)).EndedAt);

        room.Now.Clear();
        await room.Watch.Run();
        clock.Ahead += TimeSpan.FromMinutes(3);
        await room.Watch.Run();
        Assert.NotNull(Assert.Single(await room.Board.Recent(10)).EndedAt);
        room.Now.Add(AlertRoom.Smoke("a"));
        Assert.Equal(1, await room.Watch.Run());
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task A_rule_is_changed_in_the_audit_log_and_one_that_is_switched_off_raises_nothing(On database)
    {
        await using var house = await House.Open(database);
        using var room = AlertRoom.Of(house);
        var rule = (await room.Rules.All())[AlertRoom.Kind];
        Assert.True(rule is { IsActive: true } && rule["limit"] == 5);
        foreach (var wrong in (AlertRule[])[rule with { Settings = new Dictionary<string, int> { ["limit"] = 11 } }, rule with { Recipients = ["nobody"] }, rule with { Recipients = ["Ana <ana@example.com>"] }])
            await Assert.ThrowsAsync<Refusal>(() => room.Rules.Change(wrong, Actor.Console));

        await room.Rules.Change(rule with { Settings = new Dictionary<string, int> { ["limit"] = 7 }, Recipients = ["ana@example.com"], IsActive = false }, Actor.Console);

        var changed = (await room.Rules.All())[AlertRoom.Kind];
        Assert.True(changed is { IsActive: false, Recipients: ["ana@example.com"] } && changed["limit"] == 7);
        Assert.Equal(1, await house.Db.Read(tx => tx.One<long>("select count(*) from audit where action = 'alert.rule-changed'")));
        Assert.False(await room.Raise(AlertRoom.Smoke()));
        room.Now.Add(AlertRoom.Smoke());
        Assert.Equal(0, await room.Watch.Run());
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task Who_sees_all_calls_of_the_team_sees_its_alerts_and_takes_note_for_everybody(On database)
    {
        await using var house = await House.Open(database);
        using var room = AlertRoom.Of(house);
        await room.Raise(AlertRoom.Smoke("mine", team: "mine"));
        await room.Raise(AlertRoom.Smoke("other", team: "other"));
        await room.Raise(AlertRoom.Smoke("all"));
        await house.Db.Write(tx => tx.Run("update alerts set at = @now", new { now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() }));

        async Task<List<string>> Seen(CallScope scope) => [.. (await room.Board.Unseen(scope)).Select(alert => alert.Subject).Order(StringComparer.Ordinal)];
        Assert.Equal(["all", "mine", "other"], await Seen(CallScope.All("x")));
        Assert.Equal(["mine"], await Seen(CallScope.Of("x", ["mine"])));
        Assert.Empty(await Seen(CallScope.Own("x")));
        Assert.Empty(await Seen(CallScope.None));

        var ids = (await room.Board.Recent(10)).ToDictionary(alert => alert.Subject, alert => alert.Id);
        var boss = new Authority(Actor.User("x", "Jefa"), Rights.Of("x", [Role.Manager], [], ["mine"]));
        foreach (var hidden in (long[])[ids["other"], ids["all"], 999])
            Assert.Equal("alert.unknown", (await Assert.ThrowsAsync<Refusal>(() => room.Board.Acknowledge(hidden, boss))).Code);
        await room.Board.Acknowledge(ids["mine"], boss);
        await room.Board.Acknowledge(ids["mine"], Authority.Console);

        Assert.Equal(["all", "other"], await Seen(CallScope.All("x")));
        Assert.Equal("Jefa", (await room.Board.Recent(10)).Single(alert => alert.Id == ids["mine"]).AcknowledgedBy);
        Assert.Equal(1, await house.Db.Read(tx => tx.One<long>("select count(*) from audit where action = 'alert.acknowledged' and actor = 'user:x'")));
    }

    [Fact]
    public async Task A_mail_goes_to_each_recipient_once_in_his_language_and_zone()
    {
        await using var house = await House.Open();
        await using var smtp = new FakeSmtp();
        using var postman = new Postman(new MailOptions(smtp.Address, "calls@example.com"), TimeProvider.System, NullLogger<Postman>.Instance);
        await postman.StartAsync(CancellationToken.None);
        using var room = AlertRoom.Of(house, postman: postman);
        await house.Users.Add(new NewPerson("eva@example.com", "Eva", [Role.Manager], Language: "en", TimeZone: "America/New_York"), null, Authority.Console);
        await house.Db.Write(tx => room.Board.Raise(tx, new Alert(CallersWaiting.Name, "", null, DateTimeOffset.UnixEpoch, new Dictionary<string, object?>())));
        var rule = (await room.Rules.All())[CallersWaiting.Name];
        await room.Rules.Change(rule with { Recipients = ["Eva@example.com", "guardia@example.com"] }, Actor.Console);
        await room.Watch.Run(); // what was raised before anybody was to be written to stays unwritten

        await house.Db.Write(tx => room.Board.Raise(tx, new Alert(CallersWaiting.Name, "team:x", "x", new DateTimeOffset(2026, 5, 4, 12, 0, 0, TimeSpan.Zero),
            new Dictionary<string, object?> { ["waiting"] = 4, ["seconds"] = 75 })));
        await room.Watch.Run();
        await room.Watch.Run();

        var (first, second) = (await smtp.Next(), await smtp.Next());
        Assert.Equal(["Eva@example.com", "guardia@example.com"], new[] { first, second }.Select(letter => letter.To.ToString().Trim('"').TrimStart('<').TrimEnd('>')));
        Assert.Contains("4 callers", first.Subject);
        Assert.Contains("08:00", first.TextBody);
        Assert.Contains("4 llamadas", second.Subject);
        Assert.Contains("14:00", second.TextBody);
        Assert.Contains("https://calls.example.com", second.TextBody);
        Assert.True(smtp.IsEmpty);
        await postman.StopAsync(CancellationToken.None);
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task Three_callers_who_wait_for_a_minute_are_an_alert_of_their_team(On database)
    {
        var clock = new MovableClock();
        await using var house = await House.Open(database, clock);
        using var room = AlertRoom.Of(house, clock);
        var team = await house.Teams.Add("Mostrador", TeamType.CallCenter, Authority.Console);
        await house.Teams.GiveLine(team.Id, "test", LineKind.Queue, "ventas", DateTimeOffset.MinValue, false, Authority.Console);
        var at = DateTimeOffset.FromUnixTimeMilliseconds(clock.GetUtcNow().ToUnixTimeMilliseconds());
        foreach (var (id, queue) in ((string, string)[])[("a", "ventas"), ("b", "ventas"), ("c", "ventas"), ("d", "otra"), ("e", "ventas")]) await house.Hear(Waits(id, queue, at));
        await house.Hear(new AttemptStarted(new("test", "e"), at, "leg", "101"), new AttemptAnswered(new("test", "e"), at, "leg"));

        Assert.Equal(0, await room.Watch.Run());
        clock.Ahead = TimeSpan.FromSeconds(61);
        Assert.Equal(1, await room.Watch.Run());
        var alert = Assert.Single(await room.Board.Recent(10));
        Assert.Equal((CallersWaiting.Name, $"team:{team.Id}", team.Id, 3), (alert.Kind, alert.Subject, alert.Team, alert.Detail.GetProperty("waiting").GetInt32()));
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task A_connection_from_which_nothing_comes_at_an_hour_at_which_it_always_did_is_an_alert_while_a_team_answers(On database)
    {
        // A Monday at eleven in Madrid.
        var clock = new FixedClock(new DateTimeOffset(2026, 5, 4, 9, 0, 0, TimeSpan.Zero));
        await using var house = await House.Open(database, clock);
        using var room = AlertRoom.Of(house, clock);
        var team = await house.Teams.Add("Mostrador", TeamType.CallCenter, Authority.Console);
        Shift[] day = [new(new(9, 0), new(14, 0)), new(new(16, 0), new(19, 0))];
        var week = Enum.GetValues<DayOfWeek>().ToDictionary(one => one, one => (IReadOnlyList<Shift>)(one == DayOfWeek.Sunday ? [] : day));
        await house.Teams.Change(team.Id, known => known with { Hours = new OpeningHours("Europe/Madrid", week, []) }, Authority.Console);
        var connection = await house.Switchboard.Add(SimulatedPhoneSystem.Id, "Central", new Dictionary<string, string>(), ConnectionState.Active);

        async Task<bool> IsSilent(DateTimeOffset now)
        {
            clock.Now = now;
            return (await house.Db.Read(tx => new ConnectionSilent(house.Switchboard, new ArrivalLog(house.Db, house.Log, house.Switchboard, clock), house.Personnel)
                .Look(tx, now, new Dictionary<string, AlertRule> { [ConnectionSilent.Name] = AlertRule.Default(ConnectionSilent.Kind) }))).Count > 0;
        }

        var monday = new DateTimeOffset(2026, 5, 4, 7, 0, 0, TimeSpan.Zero); // nine in Madrid
        Assert.False(await IsSilent(monday.AddHours(2)), "of one that never spoke nothing is known");
        for (var back = 1; back <= 6; back++)
            for (var hour = 0; hour < 10; hour++)
                if (monday.AddDays(-back).DayOfWeek is not DayOfWeek.Sunday and not DayOfWeek.Saturday && hour is < 5 or 7 or 8 or 9) await Arrive(house, connection.Id, monday.AddDays(-back).AddHours(hour).AddMinutes(10));

        Assert.False(await IsSilent(monday.AddMinutes(20)), "it has been open for twenty minutes");
        Assert.True(await IsSilent(monday.AddMinutes(31)));
        Assert.False(await IsSilent(monday.AddHours(6)), "nobody answers at lunch");
        Assert.False(await IsSilent(monday.AddDays(5).AddHours(2)), "on Saturdays nothing comes anyway");
        await Arrive(house, connection.Id, monday.AddHours(1));
        Assert.False(await IsSilent(monday.AddHours(1).AddMinutes(29)));
        Assert.True(await IsSilent(monday.AddHours(1).AddMinutes(31)));
        await house.Switchboard.Change(connection.Id, state: ConnectionState.Paused);
        Assert.False(await IsSilent(monday.AddHours(1).AddMinutes(31)));
    }

    static Task Arrive(House house, string connection, DateTimeOffset at) => house.Intake.Accept(new Delivery(
        [(new Arrival(connection, at, "POST", "", Arrival.NoHeaders, Encoding.UTF8.GetBytes("{}")), Translation.Ignored("nothing"))]));

    static CallEvent[] Waits(string id, string queue, DateTimeOffset at) =>
        [new CallStarted(new("test", id), at, Direction.Inbound, PhoneNumber.Parse("+34612345678", "ES"), null), new QueueJoined(new("test", id), at, queue)];

    sealed class FixedClock(DateTimeOffset now) : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = now;

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
