using System.Globalization;
using CallCenter.Audit;
using CallCenter.Storage;

namespace CallCenter.Telephony;

/// <summary>
/// Deletes raw arrivals that are older than the company wants to keep them (personal data). Calls and their events stay.
/// </summary>
sealed class ArrivalRetention(Db db, ServerSettings settings, AuditLog audit, TimeProvider clock, ILogger<ArrivalRetention> logger) : BackgroundService
{
    public const string Setting = "arrivals.retention_days";
    public const int DaysDefault = 90;
    public const int DaysMax = 3650;

    /// <summary>Keeps everything for ever.</summary>
    public const int Never = 0;

    // So few that what phone systems send meanwhile waits a moment, not a second.
    const int ChunkMax = 200;
    static readonly TimeSpan Every = TimeSpan.FromHours(1);

    public Task<int> Days(CancellationToken stop = default) => settings.Number(Setting, DaysDefault, stop);

    /// <exception cref="Refusal">More days than can be kept.</exception>
    public async Task SetDays(int days, Actor by, CancellationToken stop = default)
    {
        if (days is < Never or > DaysMax) throw new Refusal(RefusalKind.Invalid, "arrivals.retention-days", DaysMax);
        var before = await Days(stop);
        await db.Write(async tx =>
        {
            await settings.Set(tx, Setting, days.ToString(CultureInfo.InvariantCulture));
            await audit.Note(tx, by, "settings.arrivals-kept", "", new { before, after = days });
        }, stop);
    }

    /// <summary>Deletes what is too old now, a chunk at a time; the writer is free at least as long as it was held.</summary>
    /// <returns>How many were deleted.</returns>
    public async Task<long> Run(CancellationToken stop = default)
    {
        var days = await Days(stop);
        if (days == Never) return 0;
        var before = clock.GetUtcNow().AddDays(-days).ToUnixTimeMilliseconds();

        var deleted = 0L;
        for (var connection = await NextConnection("", stop); connection is not null; connection = await NextConnection(connection, stop))
            for (var last = ChunkMax; last == ChunkMax; deleted += last)
            {
                var began = clock.GetTimestamp();
                last = await DeleteChunk(connection, before, stop);
                await Task.Delay(clock.GetElapsedTime(began) + TimeSpan.FromMilliseconds(1), stop);
            }

        return deleted;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, clock);
        do
        {
            try
            {
                await using var held = await db.Hold("arrival-retention", stoppingToken);
                if (held is null) continue; // another node does it
                if (await Run(stoppingToken) is > 0 and var deleted)
                    logger.LogInformation("{Count} arrivals older than {Days} days were deleted", deleted, await Days(stoppingToken));
            }
            catch (Exception e) when (Db.IsOutage(e))
            {
                logger.LogWarning("Old arrivals could not be deleted, trying again later: {Reason}", e.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    // Also of connections that were removed. Asks the index for one name after the other instead of reading every row.
    Task<string?> NextConnection(string after, CancellationToken stop) => db.Read(tx => tx.Maybe<string>(
        "select connection from arrivals where connection > @after order by connection limit 1", new { after }), stop);

    Task<int> DeleteChunk(string connection, long before, CancellationToken stop) => db.Write(tx => tx.Run(
        $"""
        delete from arrivals where id in
            (select id from arrivals where connection = @connection and received_at < @before order by received_at limit {ChunkMax})
        """, new { connection, before }), stop);
}
