using System.Diagnostics;
using System.Runtime.InteropServices;
using CallCenter.Tests;

namespace CallCenter.Bench;

/// <summary>
/// Durable webhook intake, signature checked, translated, folded and committed before the answer, against an address of
/// the same server that only reads the body and answers 204.
/// </summary>
static partial class IntakeBench
{
    const int Connections = 256;
    const int RequestsMax = 60_000;
    const int AloneMax = 400;

    public static async Task Measure(Run run, bool onPostgres)
    {
        using var folder = new TempFolder();
        foreach (var dialect in Dialect.All)
        {
            var database = onPostgres ? await TestPostgres.NewDatabase() : Path.Combine(folder.Path, $"{dialect.Provider}.db");
            await using var server = await HostedServer.Start(database);
            await Measure(run, server, dialect, onPostgres, folder.Path);
        }
    }

    static async Task Measure(Run run, HostedServer server, Dialect dialect, bool onPostgres, string folder)
    {
        var webhook = server.Address.Webhooks[dialect.Provider];
        var books = 0;
        RequestBook NewBook(int count) => RequestBook.Of(dialect, webhook, books++, count);
        using var load = new Load(server.Address.Port, Connections);
        var nothing = NewBook(1000).At(HostedServer.Nothing);

        // Long, because a server that has just started still compiles its own hot path.
        load.Play(nothing, run.Seconds(4));
        load.Play(NewBook(run.Count(RequestsMax) * 4), run.Seconds(15));
        var (httpOnly, intake) = (new List<double>(), new List<double>());
        var (failed, commits, deliveries, allocated, serverCpu, paused, ownCpu) = (0, 0L, 0L, 0L, 0.0, 0.0, 0.0);
        for (var turn = 0; turn < 3; turn++)
        {
            httpOnly.Add(load.Play(nothing, run.Seconds(2)).PerSecond);
            var book = NewBook(run.Count(RequestsMax) * 3);
            var before = await server.Count();
            var result = load.Play(book, run.Seconds(5));
            var after = await server.Count();
            intake.Add(result.PerSecond);
            failed += result.Failed;
            commits += after.Commits - before.Commits;
            deliveries += after.Deliveries - before.Deliveries;
            allocated += after.AllocatedBytes - before.AllocatedBytes;
            serverCpu += after.CpuSeconds - before.CpuSeconds;
            paused += after.PauseSeconds - before.PauseSeconds;
            ownCpu = result.CpuMicroseconds;
        }

        var name = dialect.Provider;
        var (most, reached) = (httpOnly.Order().ElementAt(1), intake.Order().ElementAt(1));
        run.Add($"{name}: HTTP alone", most, "req/s");
        run.Add($"{name}: durable intake", reached, "req/s");
        run.Add($"{name}: intake / HTTP alone", reached / most, "ratio", least: onPostgres ? 0.15 : 0.30, aim: onPostgres ? 0.25 : 0.50);
        run.Add($"{name}: not answered 204", failed, "requests", most: 1);
        run.Add($"{name}: commits per event", (double)commits / deliveries, "");
        run.Add($"{name}: allocated per event", (double)allocated / deliveries, "bytes");
        run.Add($"{name}: server's CPU per event", serverCpu * 1e6 / deliveries, "µs");
        run.Add($"{name}: paused by the collector per event", paused * 1e6 / deliveries, "µs");
        run.Add($"{name}: load generator's CPU per request", ownCpu, "µs");

        var paced = load.Play(NewBook(run.Count((int)(reached * 5))), run.Seconds(8), reached / 2);
        run.Add($"{name}: p50 at half of that rate", paced.Percentile(0.50), "ms");
        run.Add($"{name}: p99 at half of that rate", paced.Percentile(0.99), "ms", most: 50);

        using var single = new Load(server.Address.Port, 1);
        var alone = single.Play(NewBook(run.Count(AloneMax)), TimeSpan.FromMinutes(1)).Percentile(0.50);
        run.Add($"{name}: one request alone, p50", alone, "ms");
        var sync = FdatasyncMilliseconds(folder, run.Count(AloneMax));
        run.Add($"{name}: one fdatasync, p50", sync, "ms");
        run.Add($"{name}: request alone / fdatasync", alone / sync, "ratio");
    }

    /// <summary>What the disk takes to keep one page that is appended to a file.</summary>
    static double FdatasyncMilliseconds(string folder, int count)
    {
        using var file = File.OpenHandle(Path.Combine(folder, "fdatasync"), FileMode.Create, FileAccess.Write);
        var page = new byte[4096];
        var took = new List<double>();
        for (var i = 0; i < count; i++)
        {
            var start = Stopwatch.GetTimestamp();
            RandomAccess.Write(file, page, i * page.Length);
            if (Fdatasync(file) != 0) throw new IOException("fdatasync failed.");
            took.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        return took.Order().ElementAt(count / 2);
    }

    [DllImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    private static extern int Fdatasync(SafeHandle file);
}
