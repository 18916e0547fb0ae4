using System.Diagnostics;
using System.Globalization;
using CallCenter.Storage;
using CallCenter.Tests;

namespace CallCenter.Bench;

/// <summary>The program itself: how soon it answers after a start, and what it holds while nothing happens.</summary>
static class IdleBench
{
    const int Starts = 5;

    static readonly TimeSpan PatienceMax = TimeSpan.FromSeconds(30);

    public static async Task Measure(Run run)
    {
        using var folder = new TempFolder();
        var database = Path.Combine(folder.Path, "calls.db");
        await (await Db.Open(database, stop: run.Stop)).DisposeAsync();

        var took = new List<double>();
        var held = 0.0;
        for (var i = 0; i < Starts; i++)
        {
            var address = $"http://127.0.0.1:{TestPostgres.FreePort().ToString(CultureInfo.InvariantCulture)}";
            var start = Stopwatch.GetTimestamp();
            using var server = Process.Start(new ProcessStartInfo("dotnet")
            {
                WorkingDirectory = folder.Path,
                ArgumentList = { Path.Combine(AppContext.BaseDirectory, "callcenter.dll"), "serve", "--database", database, "--urls", address },
                RedirectStandardOutput = true,
            })!;
            server.OutputDataReceived += (_, _) => { };
            server.BeginOutputReadLine();
            try
            {
                await Answered(new Uri(address + "/readyz"), start, run.Stop);
                took.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
                if (i < Starts - 1) continue;
                await Task.Delay(run.Seconds(20), run.Stop);
                server.Refresh();
                held = server.WorkingSet64 / 1e6;
            }
            finally
            {
                server.Kill();
                await server.WaitForExitAsync(CancellationToken.None);
            }
        }

        run.Add("start to first answered request, p50", took.Order().ElementAt(Starts / 2), "s", most: 2);
        run.Add("start to first answered request, slowest", took.Max(), "s");
        run.Add("working set of an idle server", held, "MB", most: 150);
    }

    static async Task Answered(Uri address, long since, CancellationToken stop)
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        while (true)
        {
            try
            {
                if ((await client.GetAsync(address, stop)).IsSuccessStatusCode) return;
            }
            catch (HttpRequestException) when (Stopwatch.GetElapsedTime(since) < PatienceMax)
            {
                await Task.Delay(5, stop);
            }
        }
    }
}
