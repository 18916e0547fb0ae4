using CallCenter.Audit;
using CallCenter.Calls;
using CallCenter.Storage;
using CallCenter.Telephony;

namespace CallCenter.Tests.Telephony;

public sealed class StaleCallsTests
{
    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task D26_A_call_whose_final_event_never_came_is_closed_after_four_hours_at_its_last_news(On database)
    {
        var clock = new MovableClock();
        await using var house = await House.Open(database, clock);
        var at = Now(clock);
        await house.Hear(Talking("a", at));

        clock.Ahead = TimeSpan.FromMinutes(239);
        Assert.Equal(0, await house.CloseSilentCalls());
        clock.Ahead = TimeSpan.FromMinutes(241);
        Assert.Equal(1, await house.CloseSilentCalls());
        Assert.Equal(0, await house.CloseSilentCalls());

        var call = Assert.Single(await house.Calls());
        Assert.True(call is { Stale: true, State: CallState.Ended, Outcome: CallOutcome.Completed, TalkSeconds: 0 }, $"{call}");
        Assert.Equal(at.AddSeconds(8), call.EndedAt);
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task How_long_is_waited_is_what_somebody_set_and_stands_in_the_audit_log(On database)
    {
        var clock = new MovableClock();
        await using var house = await House.Open(database, clock);
        await house.Hear(Talking("a", Now(clock)));
        Assert.Equal("4h", await house.StaleCalls.AfterText());
        foreach (var nonsense in new[] { "", "4", "later", "0m", "-4h", "5s" })
            Assert.Equal("calls.stale-after", (await Assert.ThrowsAsync<Refusal>(() => house.StaleCalls.SetAfter(nonsense, Actor.Console))).Code);

        await house.StaleCalls.SetAfter("0", Actor.Console);
        clock.Ahead = TimeSpan.FromDays(2);
        Assert.Equal(0, await house.CloseSilentCalls());
        await house.StaleCalls.SetAfter(" 90m ", Actor.Console);
        Assert.Equal(1, await house.CloseSilentCalls());
        Assert.Equal(2, await house.Db.Read(tx => tx.One<long>("select count(*) from audit where action = 'settings.stale-after'")));
    }

    [Fact]
    public async Task A_late_final_event_mends_a_call_that_was_given_up()
    {
        var clock = new MovableClock();
        await using var house = await House.Open(clock: clock);
        var at = Now(clock);
        await house.Hear(Talking("a", at));
        clock.Ahead = TimeSpan.FromHours(5);
        await house.CloseSilentCalls();

        await house.Hear(new CallEnded(new CallKey("test", "a"), at.AddSeconds(68), EndCause.Normal));

        var call = Assert.Single(await house.Calls());
        Assert.True(call is { Stale: false, TalkSeconds: 60 }, $"{call}");
    }

    [Fact]
    public async Task A_call_that_speaks_again_was_not_lost_and_may_be_given_up_again()
    {
        var clock = new MovableClock();
        await using var house = await House.Open(clock: clock);
        var at = Now(clock);
        await house.Hear(Talking("a", at));
        clock.Ahead = TimeSpan.FromHours(5);
        await house.CloseSilentCalls();

        await house.Hear(new HoldStarted(new CallKey("test", "a"), clock.GetUtcNow(), "leg-1"));
        Assert.True(Assert.Single(await house.Calls()) is { Stale: false, State: CallState.OnHold });

        clock.Ahead = TimeSpan.FromHours(10);
        Assert.Equal(1, await house.CloseSilentCalls());
        Assert.True(Assert.Single(await house.Calls()) is { Stale: true, State: CallState.Ended });
    }

    [Fact]
    public async Task How_long_is_set_for_the_server_and_for_each_connection()
    {
        var clock = new MovableClock();
        await using var house = await House.Open(clock: clock);
        var quick = await house.Switchboard.Add("twilio", "quick", new Dictionary<string, string> { ["account_sid"] = "AC1", ["auth_token"] = "t", ["stale_after"] = "30m" }, ConnectionState.Active);
        var never = await house.Switchboard.Add("twilio", "never", new Dictionary<string, string> { ["account_sid"] = "AC1", ["auth_token"] = "t", ["stale_after"] = "0" }, ConnectionState.Active);
        await new ServerSettings(house.Db).Set(StaleCalls.Setting, "1h");
        foreach (var connection in (string[])[quick.Id, never.Id, "of old"]) await house.Hear(Talking("a", Now(clock), connection));

        clock.Ahead = TimeSpan.FromMinutes(31);
        await house.CloseSilentCalls();
        Assert.Equal([quick.Id], (await house.Calls(new CallFilter(Alive: false))).Select(call => call.Connection));
        clock.Ahead = TimeSpan.FromDays(30);
        await house.CloseSilentCalls();
        Assert.Equal([never.Id], (await house.Calls(new CallFilter(Alive: true))).Select(call => call.Connection));

        await Assert.ThrowsAsync<Refusal>(() => house.Switchboard.Change(quick.Id, settings: new Dictionary<string, string> { ["stale_after"] = "soon" }));
    }

    static DateTimeOffset Now(MovableClock clock) => DateTimeOffset.FromUnixTimeMilliseconds(clock.GetUtcNow().ToUnixTimeMilliseconds());

    static List<CallEvent> Talking(string id, DateTimeOffset at, string connection = "test") =>
    [
        new CallStarted(new CallKey(connection, id), at, Direction.Inbound, PhoneNumber.Parse("+34 612 345 678", "ES"), null),
        new AttemptStarted(new CallKey(connection, id), at.AddSeconds(2), "leg-1", "101"),
        new AttemptAnswered(new CallKey(connection, id), at.AddSeconds(8), "leg-1"),
    ];
}
