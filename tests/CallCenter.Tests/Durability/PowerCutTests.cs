using CallCenter.Storage;
using CallCenter.Telephony;
using CallCenter.Tests.Commands;

namespace CallCenter.Tests.Durability;

/// <summary>
/// The power goes at any write: copies of the database's files with everything dropped that was not synced hold all that
/// was acknowledged by then.
/// </summary>
public sealed class PowerCutTests
{
    /// <summary>Of one database; each is held in memory until the load is over.</summary>
    const int CutsMax = 12;

    readonly Random random = new();

    [Theory, InlineData(Unsynced.Lost), InlineData(Unsynced.Torn)]
    public async Task A_power_cut_at_any_write_loses_nothing_that_was_acknowledged(Unsynced rest)
    {
        var (rounds, operations, found) = (Rounds.Of(12), 0L, 0);
        for (var done = 0; done < rounds; done += CutsMax)
        {
            var (cuts, among) = await LoadAndCut("FULL", rest, Math.Min(CutsMax, rounds - done));
            foreach (var cut in cuts)
            {
                using var folder = new Cli.TempFolder();
                cut.Restore(folder);
                await Reckoning.AssertWhole(folder.Database, cut.Acknowledged);
                found += cut.Acknowledged.Count;
            }

            operations += among;
        }

        Rounds.Say($"{rounds} power cuts among {operations} writes and syncs of SQLite, unsynced writes {rest}: none of {found} acknowledged lost");
    }

    /// <summary>The harness sees what it looks for: a database that does not sync at each commit is caught.</summary>
    [Fact]
    public async Task A_database_that_syncs_seldom_is_caught()
    {
        var (cuts, _) = await LoadAndCut("NORMAL", Unsynced.Lost, 4);
        var lost = 0;
        foreach (var cut in cuts)
        {
            using var folder = new Cli.TempFolder();
            cut.Restore(folder);
            await using var db = await Db.Open(folder.Database);
            lost += (await Reckoning.Of(db, cut.Acknowledged)).Lost.Count;
        }

        Assert.True(lost > 0, "synchronous=NORMAL lost nothing: this harness proves nothing");
    }

    async Task<(List<Cut> Cuts, long Operations)> LoadAndCut(string synchronous, Unsynced rest, int count)
    {
        var folder = Path.Combine(Path.GetTempPath(), $"callcenter-test-{Guid.NewGuid():n}");
        using var disk = new FragileDisk(folder);
        await using var house = await WebHouse.Open(with: options => options with { Database = Path.Combine(folder, "calls.db"), AllowUnsafe = true }, synchronous: synchronous);
        var connection = await house.Switchboard.Add("simulator", "Carga", new Dictionary<string, string>(), ConnectionState.Active);
        using var load = new WebhookLoad(house.Address, new Target($"/webhooks/{connection.Id}", connection.Settings["secret"]), "p");
        using var stop = new CancellationTokenSource();
        var running = load.Run(stop.Token);

        var cuts = new List<Cut>();
        while (cuts.Count < count)
        {
            var cut = new TaskCompletionSource<Cut>(TaskCreationOptions.RunContinuationsAsynchronously);
            // The acknowledged first: what is acknowledged while the files are copied may be in them or not.
            disk.After(random.Next(1, 3000), () => cut.SetResult(new Cut([.. load.Acknowledged], disk.CutPower(rest, random))));
            cuts.Add(await cut.Task.WaitAsync(TimeSpan.FromSeconds(60)));
        }

        await stop.CancelAsync();
        await running;
        Assert.Empty(load.Surprises);
        Assert.Contains(cuts, cut => cut.Acknowledged.Count > 0);
        return (cuts, disk.Operations);
    }

    sealed record Cut(ICollection<string> Acknowledged, Dictionary<string, byte[]> Files)
    {
        public void Restore(Cli.TempFolder folder)
        {
            foreach (var (name, bytes) in Files) File.WriteAllBytes(Path.Combine(folder.Path, name), bytes);
        }
    }
}
