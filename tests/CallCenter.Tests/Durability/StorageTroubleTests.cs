using System.Net;
using CallCenter.Telephony;
using CallCenter.Web;

namespace CallCenter.Tests.Durability;

/// <summary>
/// The storage refuses for a while, under load: senders are told to come again, nothing that was acknowledged is lost,
/// nothing is half-written, <c>/readyz</c> says so, and it goes on by itself when the storage is well again.
/// </summary>
public sealed class StorageTroubleTests
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Theory, InlineData(DiskFault.Full), InlineData(DiskFault.ReadOnly), InlineData(DiskFault.SyncFails)]
    public async Task A_disk_that_refuses(DiskFault fault)
    {
        var folder = Path.Combine(Path.GetTempPath(), $"callcenter-test-{Guid.NewGuid():n}");
        using var disk = new FragileDisk(folder);
        await using var house = await WebHouse.Open(with: options => options with { Database = Path.Combine(folder, "calls.db") });
        await Endures(house, () => disk.Fault = fault, () => disk.Fault = DiskFault.None);
    }

    [Fact]
    public async Task A_disk_that_is_really_full()
    {
        using var disk = Make();
        if (disk is null) return;
        await using var house = await OnDisk(disk);
        var filler = Path.Combine(disk.Folder, "filler");
        await Endures(house, () => Fill(filler), () => File.Delete(filler));
    }

    /// <remarks>
    /// Not the index that SQLite shares between processes: it is mapped memory, and a kernel that refuses a mapped page ends
    /// the process. That is a kill as any other (<see cref="KillTests"/>).
    /// </remarks>
    [Fact]
    public async Task A_folder_that_really_becomes_read_only()
    {
        using var disk = Make();
        if (disk is null) return;
        await using var house = await OnDisk(disk);
        var file = house.Db.File;
        string[] all = [Path.GetDirectoryName(file)!, file, file + "-wal"];
        await Endures(house, () => Shell.Run("chattr", ["+i", .. all]), () => Shell.Run("chattr", ["-i", .. all]));
    }

    [Fact]
    public async Task Another_program_that_locks_the_file()
    {
        await using var house = await WebHouse.Open();
        using var other = ServerProcess.Run(Path.Combine(AppContext.BaseDirectory, "CallCenter.Tests.dll"), Accomplice.Word, Accomplice.HoldsLock, house.Db.File);
        try
        {
            await Endures(house,
                () =>
                {
                    other.StandardInput.WriteLine();
                    Assert.Equal(Accomplice.HoldsLock, other.StandardOutput.ReadLine());
                },
                () => other.StandardInput.Close());
        }
        finally
        {
            other.Kill();
        }
    }

    [Theory, InlineData("fast"), InlineData("immediate")]
    public async Task A_PostgreSQL_that_is_stopped_and_started(string mode)
    {
        using var postgres = TestPostgres.New();
        var database = await postgres.NewOwnDatabase();
        await using var house = await WebHouse.Open(with: options => options with { Database = database });
        await Endures(house, () => postgres.Stop(mode), postgres.Start);
    }

    static async Task Endures(WebHouse house, Action begin, Action end)
    {
        var connection = await house.Switchboard.Add("simulator", "Carga", new Dictionary<string, string>(), ConnectionState.Active);
        using var load = new WebhookLoad(house.Address, new Target($"/webhooks/{connection.Id}", connection.Settings["secret"]), "s");
        using var stop = new CancellationTokenSource();
        var running = load.Run(stop.Token);
        await Until("the load to begin", () => Task.FromResult(load.Count > 100));
        Assert.Equal(HttpStatusCode.OK, await Ask(house, "/readyz"));
        Assert.Equal(0, load.Refused);

        begin();
        var before = load.Refused;
        await Until("senders to be refused", () => Task.FromResult(load.Refused > before + 20));
        await Until("/readyz to say so", async () => await Ask(house, "/readyz") == HttpStatusCode.ServiceUnavailable);
        Assert.Equal(HttpStatusCode.OK, await Ask(house, "/healthz"));

        end();
        var after = load.Count;
        await Until("senders to be served again", () => Task.FromResult(load.Count > after + 100));
        await Until("/readyz to say so", async () => await Ask(house, "/readyz") == HttpStatusCode.OK);
        await stop.CancelAsync();
        await running;

        Assert.Empty(load.Surprises);
        Assert.Equal(0, load.Broken);
        await Reckoning.AssertWhole(house.Get<ServerOptions>().Database, load.Acknowledged);
    }

    static async Task<HttpStatusCode> Ask(WebHouse house, string path)
    {
        using var answer = await house.Client.GetAsync(path);
        return answer.StatusCode;
    }

    static async Task Until(string what, Func<Task<bool>> isIt)
    {
        var since = TimeProvider.System.GetTimestamp();
        while (!await isIt())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(since) < Patience, $"waited in vain for {what}");
            await Task.Delay(20);
        }
    }

    static DiskImage? Make()
    {
        var disk = DiskImage.TryMake(megabytes: 64, out var whyNot);
        Assert.Equal(disk is null, whyNot.Length > 0);
        if (disk is null) Rounds.Say($"No disk of its own here ({whyNot}), so none was really full or read-only; refusals of every kind are tried on every machine.");
        return disk;
    }

    static Task<WebHouse> OnDisk(DiskImage disk) =>
        WebHouse.Open(with: options => options with { Database = Path.Combine(disk.Folder, "data", "calls.db") });

    static void Fill(string filler)
    {
        using var file = new FileStream(filler, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        foreach (var size in (int[])[1 << 20, 4096, 512])
            try
            {
                while (true) file.Write(new byte[size]);
            }
            catch (IOException)
            {
                // No room for so much.
            }
    }
}
