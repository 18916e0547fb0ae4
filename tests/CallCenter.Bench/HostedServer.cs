using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using CallCenter.Audit;
using CallCenter.Storage;
using CallCenter.Telephony;
using CallCenter.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace CallCenter.Bench;

/// <summary>What a hosted server tells whoever started it, as one line on standard output.</summary>
/// <param name="Webhooks">By provider, the path of its connection and the secret.</param>
/// <param name="Key">An API key that may read calls.</param>
sealed record HostedAddress(int Port, IReadOnlyDictionary<string, HostedWebhook> Webhooks, string Key);

sealed record HostedWebhook(string Path, string Secret);

/// <summary>What a hosted server has used and done since its start.</summary>
/// <param name="HeapBytes">What was alive, or not collected yet, after the last collection.</param>
sealed record HostedCounters(long Commits, long Deliveries, long AllocatedBytes, double CpuSeconds, double PauseSeconds, long HeapBytes, long WorkingSet, long WorkingSetPeak);

/// <summary>
/// The whole server as <c>serve</c> runs it, in a process of its own, so that its memory and its collector are its own.
/// Beside its own addresses it has one that reads a body and answers 204, the measure of what HTTP alone costs here.
/// </summary>
sealed class HostedServer : IAsyncDisposable
{
    public const string Nothing = "/bench/nothing";
    const string Counters = "/bench/counters";

    readonly Process process;
    readonly HttpClient client;

    HostedServer(Process process, HostedAddress address) =>
        (this.process, Address, client) = (process, address, new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri($"http://127.0.0.1:{address.Port}") });

    public HostedAddress Address { get; }

    public static async Task<HostedServer> Start(string database)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet") start.ArgumentList.Add(typeof(HostedServer).Assembly.Location);
        start.ArgumentList.Add("host");
        start.ArgumentList.Add(database);
        var process = Process.Start(start)!;
        while (await process.StandardOutput.ReadLineAsync() is { } line)
            if (line.StartsWith('{')) return new HostedServer(process, JsonSerializer.Deserialize<HostedAddress>(line)!);
        throw new InvalidOperationException("The server did not start.");
    }

    public async Task<HostedCounters> Count() => JsonSerializer.Deserialize<HostedCounters>(await client.GetStringAsync(Counters))!;

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        if (!process.HasExited) process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
    }

    // ---- In the other process ----

    public static Command Command()
    {
        var database = new Argument<string>("database");
        var command = new Command("host", "The server under measurement; started by the benches") { database };
        command.Hidden = true;
        command.SetAction((parsed, stop) => Host(parsed.GetValue(database)!, stop));
        return command;
    }

    static async Task<int> Host(string database, CancellationToken stop)
    {
        var options = new ServerOptions(database, ["http://127.0.0.1:0"], []);
        await using var db = await Db.Open(database, stop: stop);
        await using var app = Server.Build(options, db);
        app.MapPost(Nothing, (RequestDelegate)ReadOnly).ShortCircuit();
        app.MapGet(Counters, () => CountersOf(app.Services.GetRequiredService<Intake>())).ShortCircuit();
        var switchboard = app.Services.GetRequiredService<Switchboard>();
        await switchboard.Load(stop);
        var webhooks = new Dictionary<string, HostedWebhook>();
        foreach (var dialect in Dialect.All)
        {
            var added = await switchboard.Add(dialect.Provider, dialect.Provider, dialect.Settings, ConnectionState.Active, stop);
            webhooks[dialect.Provider] = new HostedWebhook($"/webhooks/{added.Id}", added.Settings["secret"]);
        }

        var (_, key) = await app.Services.GetRequiredService<ApiKeys>().Add("bench", [ApiScope.CallsRead], Actor.Console, stop: stop);
        await app.StartAsync(stop);
        Console.WriteLine(JsonSerializer.Serialize(new HostedAddress(new Uri(app.Urls.First()).Port, webhooks, key)));
        await app.WaitForShutdownAsync(stop);
        return 0;
    }

    static async Task ReadOnly(HttpContext http)
    {
        while (true)
        {
            var read = await http.Request.BodyReader.ReadAsync(http.RequestAborted);
            http.Request.BodyReader.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted) break;
        }

        http.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    static IResult CountersOf(Intake intake)
    {
        var (commits, deliveries) = intake.Done;
        using var process = Process.GetCurrentProcess();
        return Results.Json(new HostedCounters(commits, deliveries, GC.GetTotalAllocatedBytes(), Environment.CpuUsage.TotalTime.TotalSeconds, GC.GetTotalPauseDuration().TotalSeconds,
            GC.GetGCMemoryInfo().HeapSizeBytes, process.WorkingSet64, process.PeakWorkingSet64), JsonSerializerOptions.Default);
    }
}
