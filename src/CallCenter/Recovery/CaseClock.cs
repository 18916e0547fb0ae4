using CallCenter.Storage;

namespace CallCenter.Recovery;

/// <summary>Tells of cases whose time has come and that nobody tried, once for each, and frees those that somebody left lying; on one node.</summary>
sealed class CaseClock(Db db, CaseDesk desk, TimeProvider clock, ILogger<CaseClock> logger) : BackgroundService
{
    const int AtOnce = 200;

    static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);

    /// <returns>How many became late; null when another node is at it.</returns>
    public async Task<int?> Run(CancellationToken stop = default)
    {
        await using var held = await db.Hold("case-clock", stop);
        if (held is null) return null;
        while (await desk.LetGo(AtOnce, stop) is { Count: AtOnce }) stop.ThrowIfCancellationRequested();
        var told = 0;
        while (await desk.Escalate(AtOnce, stop) is { Count: > 0 } late)
        {
            told += late.Count;
            if (late.Count < AtOnce) break;
        }

        return told;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(LookEvery, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
                try
                {
                    await Run(stoppingToken);
                }
                catch (Exception e) when (e is not OperationCanceledException)
                {
                    logger.LogWarning("Cases that are due could not be told of, trying again: {Reason}", e.Message);
                }
        }
        catch (OperationCanceledException)
        {
            // The server stops.
        }
    }
}
