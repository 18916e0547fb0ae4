using System.Text;
using CallCenter.Audit;
using CallCenter.Calls;
using CallCenter.Storage;
using CallCenter.Telephony;
using Microsoft.Extensions.Logging.Abstractions;

namespace CallCenter.Tests.Telephony;

public class ArrivalLogTests
{
    const string Here = "pbx-1";
    const string There = "pbx-2";
    static readonly DateTimeOffset Noon = new(2026, 5, 4, 12, 0, 0, TimeSpan.Zero);

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task What_was_said_about_a_call_is_read_in_the_order_of_arrival(On database)
    {
        await using var house = await House.Open(database);
        await Arrive(house, Heard("c-1", 0), Heard("c-2", 1), Heard("c-1", 2), Heard("c-1", 3, There));

        var said = await LogOf(house).ForCall(new CallKey(Here, "c-1"));

        Assert.Equal(["c-1 at 0", "c-1 at 2"], said.Select(kept => kept.Arrival.Text));
        Assert.All(said, kept => Assert.Equal(Verdict.Understood, kept.Verdict));
        Assert.Equal("application/json", said[0].Arrival.Header("content-TYPE"));
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task Pages_of_arrivals_are_newest_first_and_neither_overlap_nor_miss_any(On database)
    {
        await using var house = await House.Open(database);
        // Several at the same instant, so that a page ends among them.
        await Arrive(house, [.. Enumerable.Range(0, 25).Select(i => Heard($"c-{i}", i / 4)), Heard("other", 3, There)]);
        var log = LogOf(house);

        var seen = new List<KeptArrival>();
        for (List<KeptArrival> page = await log.Recent(Here, limit: 7); page.Count > 0; page = await log.Recent(Here, null, page[^1].Cursor, 7))
            seen.AddRange(page);

        Assert.Equal(Enumerable.Range(0, 25).Reverse().Select(i => $"c-{i}"), seen.Select(kept => kept.CallId));
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task Each_verdict_is_found_by_itself_and_pages(On database)
    {
        await using var house = await House.Open(database);
        await Arrive(house, [.. Enumerable.Range(0, 12).Select(i => Of((Verdict)(i % 4), i))]);
        var log = LogOf(house);

        foreach (var verdict in Enum.GetValues<Verdict>())
        {
            var first = await log.Recent(Here, verdict, null, 2);
            var rest = await log.Recent(Here, verdict, first[^1].Cursor, 2);
            Assert.Equal(3, first.Concat(rest).Select(kept => kept.Id).Distinct().Count());
            Assert.All(first.Concat(rest), kept => Assert.Equal(verdict, kept.Verdict));
            Assert.Equal(first.Concat(rest).OrderByDescending(kept => kept.Id), first.Concat(rest));
        }
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task Figures_count_the_last_day_by_hour_and_say_when_something_last_came(On database)
    {
        var clock = new Clock(Noon.AddMinutes(30));
        await using var house = await House.Open(database, clock);
        await Arrive(house, Of(Verdict.Understood, 0), Of(Verdict.Ignored, 60), Of(Verdict.Unreadable, 120), Of(Verdict.Rejected, 180));
        await Arrive(house, Of(Verdict.Understood, -3600), Of(Verdict.Understood, -3600), Of(Verdict.Understood, -24 * 3600));

        var figures = await LogOf(house, clock).Figures(Here);

        Assert.Equal(24, figures.Hours.Count);
        Assert.Equal(new ArrivalHour(Noon, 1, 1, 1, 1), figures.Hours[^1]);
        Assert.Equal(3, figures.Hours[^1].Accepted);
        Assert.Equal(2, figures.Hours[^2].Understood);
        Assert.Equal(3, figures.Count(Verdict.Understood)); // the one of a day ago is no longer in sight
        Assert.Equal((Noon.AddSeconds(120), Noon.AddSeconds(180)), (figures.LastAt, figures.RejectedAt));
        Assert.Equal(1, figures.Unreadable);

        Assert.Equal(0, (await LogOf(house, clock).Figures(There)).Count(Verdict.Understood));
        Assert.Null((await LogOf(house, clock).Figures(There)).LastAt);
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task What_was_unreadable_becomes_calls_when_it_is_translated_again(On database)
    {
        var clock = new Clock(Noon.AddMinutes(30));
        await using var house = await House.Open(database, clock);
        var log = LogOf(house, clock);
        await Arrive(house, [.. Enumerable.Range(0, 250).Select(i => Of(Verdict.Unreadable, i)), Of(Verdict.Unreadable, 5, There)]);
        Assert.Empty(await house.Calls());

        var told = new List<Retranslation>();
        var done = await log.Retranslate(Here, NowKnown, new Told(told), CancellationToken.None);

        Assert.Equal(new Retranslation(250, 250, 150, 50), done);
        Assert.Equal(50, done.StillUnreadable);
        Assert.Equal((0, 250), (told[0].Done, told[^1].Done));
        Assert.True(told.Count > 3);
        Assert.Equal(150, (await house.Calls()).Count);
        Assert.Equal("still odd", (await log.Recent(Here, Verdict.Unreadable))[0].Reason);
        Assert.Equal(Verdict.Understood, Assert.Single(await log.ForCall(new CallKey(Here, "c-7"))).Verdict);
        var figures = await log.Figures(Here);
        Assert.Equal((150, 50, 50, 50), (figures.Count(Verdict.Understood), figures.Count(Verdict.Ignored), figures.Count(Verdict.Unreadable), figures.Unreadable));
        Assert.Equal(1, (await log.Figures(There)).Unreadable);

        var version = (await house.Calls()).Max(call => call.Version);
        Assert.Equal(new Retranslation(50, 50, 0, 0), await log.Retranslate(Here, NowKnown, null, CancellationToken.None));
        Assert.Equal(version, (await house.Calls()).Max(call => call.Version));
        Assert.Equal(figures.Hours, (await log.Figures(Here)).Hours);
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task A_second_reading_that_is_stopped_goes_on_where_it_stopped(On database)
    {
        await using var house = await House.Open(database);
        var log = LogOf(house);
        await Arrive(house, [.. Enumerable.Range(0, 250).Select(i => Of(Verdict.Unreadable, i))]);
        using var stop = new CancellationTokenSource();
        var told = new Told([], so =>
        {
            if (so.Done > 0) stop.Cancel();
        });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => log.Retranslate(Here, NowKnown, told, stop.Token));
        var soFar = (await house.Calls()).Count;
        Assert.InRange(soFar, 1, 149);

        await log.Retranslate(Here, NowKnown, null, CancellationToken.None);
        Assert.Equal(150, (await house.Calls()).Count);
    }

    [Fact]
    public async Task One_arrival_that_cannot_be_kept_does_not_sink_the_others()
    {
        await using var house = await House.Open(On.Postgres);
        var log = LogOf(house);
        await Arrive(house, [.. Enumerable.Range(0, 20).Select(i => Of(Verdict.Unreadable, i))]);

        // PostgreSQL takes no NUL in a text.
        var done = await log.Retranslate(Here, arrival => Heard(arrival.Text == "7" ? "c-\0" : $"c-{arrival.Text}", 0).Item2, null, CancellationToken.None);

        Assert.Equal(new Retranslation(20, 20, 19, 0), done);
        Assert.StartsWith("internal: ", Assert.Single(await log.Recent(Here, Verdict.Unreadable)).Reason, StringComparison.Ordinal);
        Assert.Equal(19, (await house.Calls()).Count);
    }

    [Fact]
    public async Task Two_second_readings_at_once_count_nothing_twice()
    {
        await using var house = await House.Open(On.Postgres);
        var log = LogOf(house);
        await Arrive(house, [.. Enumerable.Range(0, 250).Select(i => Of(Verdict.Unreadable, i))]);

        await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Task.Run(() => log.Retranslate(Here, NowKnown, null, CancellationToken.None))));

        Assert.Equal(150, (await house.Calls()).Count);
        var counted = await house.Db.Read(tx => tx.List<(string Verdict, long Arrived)>("select verdict, arrived from arrival_counts order by verdict"));
        Assert.Equal([("Ignored", 50), ("Understood", 150), ("Unreadable", 50)], counted);
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task Old_arrivals_are_deleted_and_their_calls_stay(On database)
    {
        var clock = new Clock(Noon.AddDays(100));
        await using var house = await House.Open(database, clock);
        // More than one chunk, of a connection that exists no more, too.
        await Arrive(house, [.. Enumerable.Range(0, 450).Select(i => Heard($"old-{i}", i)), Heard("gone", 0, There)]);
        await Arrive(house, Heard("new", 11 * 24 * 3600));
        var retention = new ArrivalRetention(house.Db, new ServerSettings(house.Db), new AuditLog(house.Db, clock), clock, NullLogger<ArrivalRetention>.Instance);

        await retention.SetDays(ArrivalRetention.Never, Actor.Console);
        Assert.Equal(0, await retention.Run());
        await retention.SetDays(ArrivalRetention.DaysDefault, Actor.Console);
        Assert.Equal(451, await retention.Run());
        Assert.Equal(0, await retention.Run());

        Assert.Equal("new", Assert.Single(await LogOf(house).Recent(Here)).CallId);
        Assert.Equal(452, (await house.Log.Count(CallScope.Machine, new CallFilter())).Number);
        Assert.Equal(452, await house.Db.Read(tx => tx.One<int>("select count(*) from call_events")));
    }

    [Fact]
    public async Task Arrivals_are_kept_ninety_days_unless_somebody_says_otherwise()
    {
        await using var house = await House.Open();
        var retention = new ArrivalRetention(house.Db, new ServerSettings(house.Db), new AuditLog(house.Db, TimeProvider.System), TimeProvider.System, NullLogger<ArrivalRetention>.Instance);

        Assert.Equal(90, await retention.Days());
        await retention.SetDays(30, Actor.Console);
        Assert.Equal(30, await retention.Days());
        var refusal = await Assert.ThrowsAsync<Refusal>(() => retention.SetDays(-1, Actor.Console));
        Assert.Equal("arrivals.retention-days", refusal.Code);
        Assert.Equal(30, await retention.Days());
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task A_flood_of_refused_arrivals_keeps_a_row_a_second_and_counts_them_all(On database)
    {
        var clock = new Clock(Noon);
        await using var house = await House.Open(database, clock);
        var rejected = new RejectedArrivals(house.Db, NullLogger<RejectedArrivals>.Instance);
        var heard = 0;
        rejected.Kept += _ => Interlocked.Increment(ref heard);

        for (var i = 0; i < 500; i++) rejected.Note(Here, Noon, "signature");

        Assert.Equal(500, rejected.Count(Here));
        for (var waited = 0; Volatile.Read(ref heard) < 2 && waited < 100; waited++) await Task.Delay(100);
        Assert.Equal(500, (await LogOf(house, clock).Figures(Here)).Count(Verdict.Rejected));
        Assert.Equal("signature", Assert.Single(await LogOf(house, clock).Recent(Here, Verdict.Rejected)).Reason);
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task Another_reason_within_the_same_second_is_told_too(On database)
    {
        var clock = new Clock(Noon);
        await using var house = await House.Open(database, clock);
        var rejected = new RejectedArrivals(house.Db, NullLogger<RejectedArrivals>.Instance);
        string[] reasons = ["signature", "no-signature"];
        for (var i = 0; i < 20; i++) rejected.Note(Here, Noon, reasons[i % 2]);

        for (var waited = 0; (await LogOf(house, clock).Figures(Here)).Count(Verdict.Rejected) < 20 && waited < 100; waited++) await Task.Delay(100);
        Assert.Equal(20, (await LogOf(house, clock).Figures(Here)).Count(Verdict.Rejected));
        Assert.Equal(reasons.Order(), (await LogOf(house, clock).Recent(Here, Verdict.Rejected)).Select(arrival => arrival.Reason).Order());
    }

    [Fact]
    public async Task Every_question_about_arrivals_is_answered_from_an_index()
    {
        await using var house = await House.Open();
        foreach (var sql in (string[])
        [
            "select id from arrivals where connection = @c and call_key = @k order by id limit 9",
            "select id from arrivals where connection = @c and received_at <= @a and (received_at < @a or id < @i) order by received_at desc, id desc limit 9",
            "select id from arrivals where connection = @c and verdict in ('Unreadable', 'Rejected') and verdict = @v and id < @i order by id desc limit 9",
            "select connection from arrivals where connection > @c order by connection limit 1",
            "select id from arrivals where connection = @c and received_at < @a order by received_at limit 9",
            "select last_at from arrival_counts where connection = @c and verdict <> 'Rejected' and arrived > 0 order by hour desc limit 1",
        ])
        {
            var plan = await house.Db.Read(tx => tx.List<(long, long, long, string Detail)>($"explain query plan {sql}", new { c = "", k = "", a = 0, i = 0, v = "" }));
            Assert.Contains("SEARCH", plan[0].Detail, StringComparison.Ordinal);
            Assert.DoesNotContain(plan, step => step.Detail.Contains("TEMP B-TREE", StringComparison.Ordinal));
        }
    }

    static ArrivalLog LogOf(House house, TimeProvider? clock = null) => new(house.Db, house.Log, house.Switchboard, clock ?? TimeProvider.System);

    static Task Arrive(House house, params (Arrival, Translation)[] items) => house.Intake.Accept(new Delivery(items));

    static (Arrival, Translation) Heard(string call, int second, string connection = Here) => (
        Raw($"{call} at {second}", second, connection),
        new CallStarted(new CallKey(connection, call), Noon.AddSeconds(second), Direction.Inbound, PhoneNumber.Parse("+34612345678", "ES"), null));

    static (Arrival, Translation) Of(Verdict verdict, int second, string connection = Here) => (
        Raw($"{second}", second, connection),
        verdict == Verdict.Understood ? Heard($"c-{second}", second, connection).Item2 : new Translation(verdict, "odd", []));

    static Arrival Raw(string body, int second, string connection) => new(connection, Noon.AddSeconds(second), "POST", "http://localhost/x",
        new Dictionary<string, string> { ["Content-Type"] = "application/json" }, Encoding.UTF8.GetBytes(body));

    /// <summary>Of five, three become calls, one is ignored and one stays odd.</summary>
    static Translation NowKnown(Arrival arrival) => (int.Parse(arrival.Text, System.Globalization.CultureInfo.InvariantCulture) % 5) switch
    {
        0 => throw new UnreadableException("still odd"),
        1 => Translation.Ignored("of no use"),
        _ => Heard($"c-{arrival.Text}", (int)(arrival.ReceivedAt - Noon).TotalSeconds, arrival.Connection).Item2,
    };

    sealed class Told(List<Retranslation> all, Action<Retranslation>? then = null) : IProgress<Retranslation>
    {
        public void Report(Retranslation value)
        {
            all.Add(value);
            then?.Invoke(value);
        }
    }

    sealed class Clock(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
