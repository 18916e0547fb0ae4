using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Headers;

namespace CallCenter.Bench;

/// <summary>From the moment at which a webhook is sent to the notice of its call in the hands of who follows the stream.</summary>
static class NoticeBench
{
    const double EventsPerSecond = 500;
    const int Connections = 32;
    const string IdMark = "\"provider_call_id\":\"";

    public static async Task Measure(Run run)
    {
        using var folder = new TempFolder();
        await using var server = await HostedServer.Start(Path.Combine(folder.Path, "calls.db"));
        var webhook = server.Address.Webhooks[Dialect.Simulator.Provider];
        using var load = new Load(server.Address.Port, Connections);
        var time = run.Seconds(20);
        load.Play(RequestBook.Of(Dialect.Simulator, webhook, 0, run.Count(40_000)), run.Seconds(10));

        var sent = new ConcurrentDictionary<string, ConcurrentQueue<long>>();
        var latencies = new List<double>();
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri($"http://127.0.0.1:{server.Address.Port}") };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", server.Address.Key);
        using var stream = new StreamReader(await client.GetStreamAsync("/api/calls/stream", run.Stop));
        await stream.ReadLineAsync(run.Stop); // the stream has begun
        using var over = CancellationTokenSource.CreateLinkedTokenSource(run.Stop);
        var listening = Task.Run(async () =>
        {
            while (await stream.ReadLineAsync(over.Token) is { } line)
            {
                var now = Stopwatch.GetTimestamp();
                if (line.IndexOf(IdMark, StringComparison.Ordinal) is var at && at < 0) continue;
                var call = line[(at + IdMark.Length)..line.IndexOf('"', at + IdMark.Length)];
                // One notice tells all that was committed together.
                if (sent.TryGetValue(call, out var waiting))
                    while (waiting.TryDequeue(out var since)) latencies.Add((now - since) * 1000.0 / Stopwatch.Frequency);
            }
        });

        var book = RequestBook.Of(Dialect.Simulator, webhook, 1, (int)(EventsPerSecond * time.TotalSeconds));
        var result = load.Play(book, time, EventsPerSecond, request => sent.GetOrAdd(request.Call, _ => new()).Enqueue(Stopwatch.GetTimestamp()));
        await Task.Delay(TimeSpan.FromSeconds(1), run.Stop);
        await over.CancelAsync();
        await ((Task)listening).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        double[] sorted = [.. latencies.Order()];
        run.Add("events sent", result.PerSecond, "events/s");
        run.Add("sent to heard in the stream, p50", sorted[sorted.Length / 2], "ms");
        run.Add("sent to heard in the stream, p99", sorted[(int)(sorted.Length * 0.99)], "ms", most: 100);
        run.Add("never heard", sent.Values.Sum(waiting => waiting.Count) + result.Failed, "events", most: 1);
    }
}
