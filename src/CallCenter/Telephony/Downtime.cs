using System.Collections.Concurrent;
using System.Globalization;
using CallCenter.Storage;

namespace CallCenter.Telephony;

/// <summary>
/// Notices when nothing was taken from phone systems that send requests: the server was not running, or the storage refused.
/// Each of their connections gets a gap, as a direct line has when it was down.
/// </summary>
/// <remarks>Servers say twice a minute that one of them is there; several nodes say it together, and one that is gone leaves no gap.</remarks>
sealed class Downtime(ServerSettings settings, Gaps gaps, LogFetches fetches, Switchboard switchboard, TimeProvider clock, ILogger<Downtime> logger) : BackgroundService
{
    const string Setting = "server.alive_at";

    static readonly TimeSpan Every = TimeSpan.FromSeconds(30);

    /// <summary>A phone system that finds nobody tries again for about as long.</summary>
    static readonly TimeSpan Unnoticed = TimeSpan.FromSeconds(75);

    readonly ConcurrentDictionary<string, DateTimeOffset> refusedSince = [];

    /// <summary>Something of a connection was sent back because it could not be kept.</summary>
    public void Refused(string connection) => refusedSince.TryAdd(connection, clock.GetUtcNow());

    /// <summary>Says that a server is there, and writes down what was missed while none was, or while nothing could be kept.</summary>
    internal async Task Look(CancellationToken stop)
    {
        var now = clock.GetUtcNow();
        var refused = refusedSince.ToArray();
        if (await settings.Find(Setting, stop) is { } said && long.TryParse(said, CultureInfo.InvariantCulture, out var ms) && DateTimeOffset.FromUnixTimeMilliseconds(ms) is var seen && now - seen > Unnoticed)
            foreach (var connection in Senders(switchboard).Where(connection => connection.CreatedAt < seen && !Array.Exists(refused, one => one.Key == connection.Id)))
                await gaps.Add(connection.Id, seen, now, GapReason.NotListening);
        await settings.Set(Setting, now.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture), stop);
        foreach (var (connection, since) in refused)
        {
            await gaps.Add(connection, since, now, GapReason.Overflow);
            refusedSince.TryRemove(connection, out _);
            await fetches.Hurry(connection, stop);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, clock);
        do
        {
            try
            {
                await Look(stoppingToken);
            }
            catch (Exception e) when (Db.IsOutage(e))
            {
                logger.LogWarning("It could not be written down that the server is there: {Reason}", e.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    static IEnumerable<Connection> Senders(Switchboard switchboard) => switchboard.All
        .Where(connection => connection.State == ConnectionState.Active && Catalogue.All.GetValueOrDefault(connection.Provider) is IWebhookProvider);
}
