using CallCenter.Storage;

namespace CallCenter.Quotes;

/// <summary>Quotes end with their last day, where the company is; on one node.</summary>
sealed class QuoteClock(Db db, QuoteDesk desk, TimeProvider clock, ILogger<QuoteClock> logger) : BackgroundService
{
    const int AtOnce = 100;

    static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(30);

    public async Task Run(CancellationToken stop = default)
    {
        await using var held = await db.Hold("quote-clock", stop);
        if (held is null) return;
        while (await desk.Expire(AtOnce, stop) == AtOnce) stop.ThrowIfCancellationRequested();
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
                    logger.LogWarning("Quotes whose last day is over could not be ended, trying again: {Reason}", e.Message);
                }
        }
        catch (OperationCanceledException)
        {
            // The server stops.
        }
    }
}
