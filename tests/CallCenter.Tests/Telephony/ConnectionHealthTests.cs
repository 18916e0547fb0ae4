using System.Text;
using CallCenter.Live;
using CallCenter.Telephony;
using Microsoft.Extensions.Logging.Abstractions;

namespace CallCenter.Tests.Telephony;

public class ConnectionHealthTests
{
    static readonly DateTimeOffset Now = new(2026, 5, 4, 12, 15, 0, TimeSpan.Zero);
    static readonly string Known = Catalogue.All.Keys.First();

    [Fact]
    public void A_connection_that_hears_is_active_and_says_how_much()
    {
        // A quarter of this hour has passed, so three quarters of the one before are still in sight.
        var health = Of(Figures(lastMinute: -1, now: 10, before: 40));

        Assert.Equal((Dot.Active, 40), (health.Dot, health.EventsPerHour));
        Assert.Empty(health.Troubles);
        Assert.Equal(Now.AddMinutes(-1), health.LastAt);
    }

    [Fact]
    public void Rejections_after_the_last_accepted_arrival_are_an_error_and_before_it_only_worth_a_look()
    {
        Assert.Equal((Dot.Error, Trouble.Rejecting), Only(Of(Figures(lastMinute: null, rejectedMinute: -1))));
        Assert.Equal((Dot.Error, Trouble.Rejecting), Only(Of(Figures(lastMinute: -5, rejectedMinute: -1))));
        Assert.Equal((Dot.Attention, Trouble.RejectedSome), Only(Of(Figures(lastMinute: -1, rejectedMinute: -5))));
        Assert.Equal((Dot.Attention, Trouble.RejectedSome), Only(Of(Figures(lastMinute: null, rejectedMinute: -90))));
    }

    [Fact]
    public void What_is_not_understood_wants_to_be_looked_at() =>
        Assert.Equal((Dot.Attention, Trouble.Unreadable), Only(Of(Figures(lastMinute: -1) with { Unreadable = 3 })));

    [Fact]
    public void A_direct_line_says_how_it_stands()
    {
        var quiet = Figures(lastMinute: -30);
        var up = new LineStatus("c", LineState.Online, Now, LastMessageAt: Now.AddSeconds(-1));

        Assert.Equal(Dot.Active, Of(quiet, up).Dot);
        Assert.Equal(Now.AddSeconds(-1), Of(quiet, up).LastAt);
        Assert.Equal((Dot.Error, Trouble.LinkDown), Only(Of(quiet, up with { State = LineState.Reconnecting })));
        Assert.Equal((Dot.Error, Trouble.LinkRefused), Only(Of(quiet, up with { State = LineState.Refused })));
        Assert.Equal((Dot.Attention, Trouble.LinkWarning), Only(Of(quiet, up with { Warning = "QueueStatus: permission denied" })));
        Assert.Equal((Dot.Attention, Trouble.LinkLosing), Only(Of(quiet, up with { IsLosing = true })));
    }

    [Fact]
    public void Drafts_and_paused_connections_say_so_whatever_else_there_is()
    {
        var rejecting = Figures(lastMinute: null, rejectedMinute: -1);
        Assert.Equal(Dot.Draft, Of(rejecting, state: ConnectionState.Draft).Dot);
        Assert.Equal(Dot.Paused, Of(rejecting, state: ConnectionState.Paused).Dot);
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task Screens_are_told_at_most_four_times_a_second_of_whom_something_came_in_for(On database)
    {
        await using var house = await House.Open(database);
        var rejected = new RejectedArrivals(house.Db, NullLogger<RejectedArrivals>.Instance);
        var arrivals = new ArrivalLog(house.Db, house.Log, house.Switchboard, TimeProvider.System);
        using var health = new ConnectionHealth(house.Switchboard, arrivals, house.Intake, rejected, new LineBoard(), house.Fetches, house.Subscriptions, house.Db, TimeProvider.System);
        var told = new List<IReadOnlySet<string>>();
        health.Changed += ids =>
        {
            lock (told) told.Add(ids);
        };
        await health.StartAsync(CancellationToken.None);

        for (var i = 0; i < 50; i++)
        {
            await house.Intake.Accept(new Delivery([Arrived(i % 2 == 0 ? "a" : "b")]));
            await Task.Delay(20);
        }

        rejected.Note("c", DateTimeOffset.UtcNow, "signature");
        await Task.Delay(600);
        await health.StopAsync(CancellationToken.None);
        lock (told)
        {
            Assert.Equal(["a", "b", "c"], told.SelectMany(ids => ids).Distinct().Order());
            Assert.InRange(told.Count, 2, 12);
        }
    }

    static (Arrival, Translation) Arrived(string connection) => (
        new Arrival(connection, DateTimeOffset.UtcNow, "POST", "", Arrival.NoHeaders, Encoding.UTF8.GetBytes("{}")), Translation.Ignored("nothing"));

    static (Dot, Trouble) Only(Health health) => (health.Dot, Assert.Single(health.Troubles));

    static Health Of(ArrivalFigures figures, LineStatus? link = null, ConnectionState state = ConnectionState.Active) =>
        Health.Of(new Connection("c", "C", Known, state, Settings.Empty, Now, Now), figures, link, Now);

    static ArrivalFigures Figures(int? lastMinute, int? rejectedMinute = null, long now = 1, long before = 0)
    {
        var hour = new DateTimeOffset(2026, 5, 4, 12, 0, 0, TimeSpan.Zero);
        return new(
            [new(hour.AddHours(-1), before, 0, 0, 0), new(hour, now, 0, 0, rejectedMinute is null ? 0 : 1)],
            lastMinute is { } last ? Now.AddMinutes(last) : null, rejectedMinute is { } refused ? Now.AddMinutes(refused) : null, 0);
    }
}
