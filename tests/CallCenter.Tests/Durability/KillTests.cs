using CallCenter.Storage;
using CallCenter.Tests.Commands;

namespace CallCenter.Tests.Durability;

/// <summary>The server is killed in the middle of its work, again and again, and loses nothing that it acknowledged.</summary>
public sealed class KillTests
{
    readonly Random random = new();

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task A_server_killed_under_load_has_all_that_it_acknowledged_and_answers_again(On database)
    {
        using var folder = new Cli.TempFolder();
        var place = database == On.Postgres ? await TestPostgres.NewDatabase() : folder.Database;
        var target = await Target.AddTo(place);
        var acknowledged = new HashSet<string>();
        var (started, cut, rounds) = (new List<TimeSpan>(), 0, Rounds.Of(6));
        for (var round = 0; round < rounds; round++)
        {
            await using var server = await ServerProcess.Start(place);
            started.Add(server.AnsweredAfter);
            await Reckoning.AssertWhole(place, acknowledged);
            cut += await LoadAndKill(server, target, $"r{round}", acknowledged);
        }

        await using var last = await ServerProcess.Start(place);
        await Reckoning.AssertWhole(place, acknowledged);
        Assert.True(cut > 0, "no request was ever under way when the server was killed, so this proved nothing");
        Rounds.Say($"{rounds} kills on {database}: {acknowledged.Count} acknowledged, {cut} under way when killed, none lost; "
            + $"answers after {started.Order().ElementAt(started.Count / 2).TotalSeconds:f2} s (median), {started.Max().TotalSeconds:f2} s (longest)");
    }

    /// <summary>The harness sees what it looks for: a server that answers before it commits is caught.</summary>
    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task A_server_that_answers_before_the_commit_is_caught(On database)
    {
        using var folder = new Cli.TempFolder();
        var place = database == On.Postgres ? await TestPostgres.NewDatabase() : folder.Database;
        var target = await Target.AddTo(place);
        var acknowledged = new HashSet<string>();
        for (var round = 0; round < 10; round++)
        {
            await using (var server = await ServerProcess.Start(place, Accomplice.AnswersEarly))
                await LoadAndKill(server, target, $"r{round}", acknowledged);
            await using var db = await Db.Open(place);
            if ((await Reckoning.Of(db, acknowledged)).Lost.Count > 0) return;
        }

        Assert.Fail($"{acknowledged.Count} were acknowledged before they were kept, and no loss was seen");
    }

    /// <summary>Adds what was acknowledged; returns how many requests were under way at the end.</summary>
    async Task<int> LoadAndKill(ServerProcess server, Target target, string name, HashSet<string> acknowledged)
    {
        using var load = new WebhookLoad(server.Address, target, name);
        using var stop = new CancellationTokenSource();
        var running = load.Run(stop.Token);
        while (load.Count < 50) await Task.Delay(5); // warm
        await Task.Delay(random.Next(20, 400));
        await server.Kill();
        await stop.CancelAsync();
        await running;
        Assert.Empty(load.Surprises);
        acknowledged.UnionWith(load.Acknowledged);
        return load.Broken;
    }
}
