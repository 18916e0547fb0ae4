using System.Diagnostics;
using CallCenter.Calls;
using CallCenter.Live;
using CallCenter.Storage;
using CallCenter.Telephony;
using CallCenter.Tests.Calls;
using Microsoft.Extensions.DependencyInjection;

namespace CallCenter.Tests.Live;

public class OtherNodesTests
{
    static readonly DateTimeOffset Noon = new(2026, 5, 4, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Two_nodes_that_both_take_calls_tell_each_watcher_all_of_them_in_order()
    {
        await using var house = await WebHouse.Open(On.Postgres);
        await using var other = await house.OpenBeside();
        using var watchHere = house.Feed.Follow(ISight.Machine);
        using var watchThere = other.Feed.Follow(ISight.Machine);

        const int Calls = 60;
        await Task.WhenAll(
            Task.WhenAll(Enumerable.Range(0, Calls).Select(i => house.Hear(CallLogTests.Answered($"here-{i}", Noon.AddMinutes(i))))),
            Task.WhenAll(Enumerable.Range(0, Calls).Select(i => other.Hear(CallLogTests.Answered($"there-{i}", Noon.AddMinutes(i))))));

        foreach (var watch in (LiveFeed.Watch[])[watchHere, watchThere])
        {
            var heard = await HearUntil(watch, changes => changes.Select(call => call.ProviderCallId).Distinct().Count() == 2 * Calls);
            Assert.Equal(heard.Select(call => call.Version).Order(), heard.Select(call => call.Version));
            Assert.Equal(heard.Count, heard.Select(call => call.Version).Distinct().Count());
        }
    }

    [Fact]
    public async Task Another_node_is_heard_again_after_the_link_to_the_database_broke()
    {
        await using var house = await WebHouse.Open(On.Postgres);
        await using var other = await house.OpenBeside();
        using var watch = other.Feed.Follow(ISight.Machine);
        await house.Hear(CallLogTests.Answered("before", Noon));
        await HearUntil(watch, changes => changes.Exists(call => call.ProviderCallId == "before"));

        await house.Db.Read(tx => tx.List<bool>(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and (query ilike 'listen%' or query = 'select 1')"));
        await house.Hear(CallLogTests.Answered("meanwhile", Noon.AddMinutes(1)));
        await HearUntil(watch, changes => changes.Exists(call => call.ProviderCallId == "meanwhile"));
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task What_another_process_adds_to_the_database_of_a_running_server_is_noticed(On database)
    {
        await using var house = await WebHouse.Open(database);
        using var watch = house.Feed.Follow(ISight.Machine);
        await using var process = await Process(house);

        await process.Db.Write(tx => process.Log.Append(tx, CallLogTests.Answered("told elsewhere", Noon), _ => "test"));
        await HearUntil(watch, changes => changes.Exists(call => call.ProviderCallId == "told elsewhere"));
        await house.Hear(CallLogTests.Answered("told here", Noon));
        await HearUntil(watch, changes => changes.Exists(call => call.ProviderCallId == "told here"));

        var added = await process.Board.Add("asterisk", "Central", new Dictionary<string, string> { ["host"] = "127.0.0.1", ["username"] = "u", ["secret"] = "s3cret-s3cret" }, ConnectionState.Paused);
        await Until(() => house.Switchboard.Find(added.Id) is not null);
        Assert.Equal("s3cret-s3cret", house.Switchboard.Find(added.Id)!.Settings["secret"]);
        await process.Board.Remove(added.Id);
        await Until(() => house.Switchboard.Find(added.Id) is null);
    }

    /// <summary>The parts of a command that works on the same database.</summary>
    static async Task<Stage> Process(WebHouse house)
    {
        var options = house.Get<CallCenter.Web.ServerOptions>();
        var db = await Db.Open(options.Database);
        return new Stage(db, CallCenter.Web.Server.Parts(options, db));
    }

    sealed record Stage(Db Db, ServiceProvider Parts) : IAsyncDisposable
    {
        public CallLog Log => Parts.GetRequiredService<CallLog>();

        public Switchboard Board => Parts.GetRequiredService<Switchboard>();

        public async ValueTask DisposeAsync()
        {
            await Parts.DisposeAsync();
            await Db.DisposeAsync();
        }
    }

    static async Task<List<Call>> HearUntil(LiveFeed.Watch watch, Func<List<Call>, bool> isEnough)
    {
        var heard = new List<Call>();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!isEnough(heard)) heard.AddRange(await watch.Changes.ReadAsync(patience.Token));
        return heard;
    }

    static async Task Until(Func<bool> isSo)
    {
        for (var since = Stopwatch.StartNew(); !isSo(); await Task.Delay(20))
            Assert.True(since.Elapsed < TimeSpan.FromSeconds(5), "It was not noticed within five seconds.");
    }
}
