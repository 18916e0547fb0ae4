using CallCenter.Storage;
using Npgsql;

namespace CallCenter.Tests.Durability;

/// <summary>
/// The power cut again, with nothing of ours between: the built server on a disk of its own, whose image is copied while
/// all that write to it are frozen in the middle of what they do.
/// </summary>
public sealed class DiskImageTests
{
    readonly Random random = new();

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task The_image_of_a_disk_without_power_holds_all_that_was_acknowledged(On database)
    {
        using var disk = Make();
        if (disk is null) return;
        await using var busy = await BusyDisk.Start(disk, database);
        var (rounds, found) = (Rounds.Of(3), 0);
        for (var round = 0; round < rounds; round++)
        {
            await Task.Delay(random.Next(100, 600));
            using var left = busy.CutPower();
            await Reckoning.AssertWhole(left.Database, left.Acknowledged);
            found += left.Acknowledged.Count;
        }

        Rounds.Say($"{rounds} power cuts of a disk with {database}: none of {found} acknowledged lost");
    }

    /// <summary>The harness sees what it looks for: commits that are not on the disk when they are acknowledged are caught.</summary>
    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task A_database_that_syncs_seldom_is_caught_by_the_image_of_its_disk(On database)
    {
        using var disk = Make();
        if (disk is null) return;
        await using var busy = await BusyDisk.Start(disk, database, Accomplice.SyncsSeldom);
        for (var round = 0; round < 10; round++)
        {
            await Task.Delay(random.Next(100, 600));
            using var left = busy.CutPower();
            await using var db = await Db.Open(left.Database, allowUnsafe: true);
            if ((await Reckoning.Of(db, left.Acknowledged)).Lost.Count > 0) return;
        }

        Assert.Fail("commits without a sync lost nothing: this harness proves nothing");
    }

    static DiskImage? Make()
    {
        var disk = DiskImage.TryMake(megabytes: 256, out var whyNot);
        Assert.Equal(disk is null, whyNot.Length > 0);
        if (disk is null) Rounds.Say($"No disk image here ({whyNot}), so no power cut of a whole disk; that of SQLite's files is tried on every machine.");
        return disk;
    }

    /// <summary>A server that keeps everything on a disk of its own, under load.</summary>
    sealed class BusyDisk(DiskImage disk, TestPostgres? postgres, string database, ServerProcess server, WebhookLoad load) : IAsyncDisposable
    {
        readonly CancellationTokenSource stop = new();
        Task running = Task.CompletedTask;

        public static async Task<BusyDisk> Start(DiskImage disk, On database, string? fault = null)
        {
            var postgres = database == On.Postgres ? TestPostgres.In(Path.Combine(disk.Folder, "pg")) : null;
            try
            {
                var place = postgres is null ? Path.Combine(disk.Folder, "calls.db") : await postgres.NewOwnDatabase();
                var target = await Target.AddTo(place);
                if (fault is not null && postgres is not null) await postgres.LetSyncSeldom(place);
                var server = await ServerProcess.Start(place, fault);
                var load = new WebhookLoad(server.Address, target, "d");
                var busy = new BusyDisk(disk, postgres, place, server, load);
                busy.running = load.Run(busy.stop.Token);
                return busy;
            }
            catch
            {
                postgres?.Dispose();
                throw;
            }
        }

        public Remains CutPower()
        {
            using (DiskImage.Freeze([server.Id, .. postgres?.Processes() ?? []]))
                return new Remains([.. load.Acknowledged], disk.CutPower(), database);
        }

        public async ValueTask DisposeAsync()
        {
            await server.DisposeAsync();
            await stop.CancelAsync();
            await running;
            load.Dispose();
            stop.Dispose();
            postgres?.Dispose();
            Assert.Empty(load.Surprises);
        }
    }

    /// <summary>What a power cut left.</summary>
    sealed class Remains : IDisposable
    {
        readonly DiskImage disk;
        readonly TestPostgres? postgres;

        public Remains(ICollection<string> acknowledged, DiskImage disk, string database)
        {
            (Acknowledged, this.disk) = (acknowledged, disk);
            if (Db.IsPostgresText(database)) postgres = TestPostgres.In(Path.Combine(disk.Folder, "pg"));
            Database = postgres is null
                ? Path.Combine(disk.Folder, Path.GetFileName(database))
                : new NpgsqlConnectionStringBuilder(database) { Port = postgres.Port }.ConnectionString;
        }

        public ICollection<string> Acknowledged { get; }

        public string Database { get; }

        public void Dispose()
        {
            postgres?.Dispose();
            disk.Dispose();
        }
    }
}
