using CallCenter.Storage;

namespace CallCenter.Figures;

/// <summary>Adds up, in the background and by one node, the calls that the totals do not know yet; after an upgrade those of all the past.</summary>
sealed class Counting(Db db, Totals totals, TimeProvider clock, ILogger<Counting> logger) : BackgroundService
{
    /// <summary>What ends within this time is added up together.</summary>
    static readonly TimeSpan Gathering = TimeSpan.FromSeconds(1);

    /// <summary>Another node may have noted something and gone.</summary>
    static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(30);

    static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(5);

    readonly SemaphoreSlim wake = new(1);

    /// <summary>Does what there is to do, but for a few calls that ended meanwhile.</summary>
    /// <returns>How many calls were counted; null when another node is at it.</returns>
    public async Task<long?> Run(CancellationToken stop = default)
    {
        await using var held = await db.Hold("counting", stop);
        if (held is null) return null;
        var counted = 0L;
        do
        {
            // What has come since then waits for more to come with it.
            var some = Totals.CountMax;
            while (some > Totals.CountMax / 2) counted += some = await totals.Count(stop: stop);
        }
        while (await totals.AddUpSpan(clock.GetUtcNow(), stop));
        return counted;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        totals.Noted += Wake;
        try
        {
            while (true)
            {
                await wake.WaitAsync(LookEvery, stoppingToken);
                try
                {
                    await Task.Delay(Gathering, clock, stoppingToken);
                    await Run(stoppingToken);
                }
                catch (Exception e) when (e is not OperationCanceledException)
                {
                    logger.LogWarning("Calls could not be added up, trying once more: {Reason}", e.Message);
                    await Task.Delay(RetryAfter, clock, stoppingToken);
                    Wake();
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The server stops.
        }
        finally
        {
            totals.Noted -= Wake;
        }
    }

    void Wake()
    {
        lock (wake)
            if (wake.CurrentCount == 0) wake.Release();
    }
}
