using System.Globalization;
using CallCenter.Calls;
using CallCenter.Storage;

namespace CallCenter.Teams;

/// <summary>
/// After a change of what is whose: judges the calls again that it may concern, in the background. Since when stands in the
/// settings, written with the change itself, so that a restart does not lose it.
/// </summary>
sealed class Rejudging(Db db, CallLog log, Personnel personnel, ServerSettings settings, TimeProvider clock, ILogger<Rejudging> logger) : BackgroundService
{
    static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(5);

    readonly SemaphoreSlim wake = new(1);

    /// <summary>Since when, of what the setting says; 0 is from the beginning.</summary>
    public static long InstantOf(string asked) => long.Parse(asked.Split(' ')[0], CultureInfo.InvariantCulture);

    /// <summary>Does what there is to do.</summary>
    /// <returns>How many calls changed; null when another node is at it.</returns>
    public async Task<long?> Run(CancellationToken stop = default)
    {
        await using var held = await db.Hold("rejudge", stop);
        if (held is null) return null;

        var changed = 0L;
        while (await settings.Find(Personnel.RejudgeSince, stop) is { Length: > 0 } asked)
        {
            var ms = InstantOf(asked);
            changed += (await log.Rejudge(ms == 0 ? null : DateTimeOffset.FromUnixTimeMilliseconds(ms), null, stop)).Changed;
            // Unless somebody asked for more meanwhile.
            await db.Write(tx => tx.Run("delete from settings where name = @name and value = @asked", new { name = Personnel.RejudgeSince, asked }), stop);
        }

        return changed;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        personnel.Changed += Wake;
        try
        {
            while (true)
            {
                await wake.WaitAsync(stoppingToken);
                try
                {
                    var changed = await Run(stoppingToken);
                    if (changed is null)
                    {
                        await Task.Delay(RetryAfter, clock, stoppingToken);
                        Wake();
                    }

                    if (changed > 0) logger.LogInformation("{Count} calls belong to others after a change of teams, lines or extensions", changed);
                }
                catch (Exception e) when (e is not OperationCanceledException)
                {
                    logger.LogWarning("Calls could not be judged again, trying once more: {Reason}", e.Message);
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
            personnel.Changed -= Wake;
        }
    }

    void Wake()
    {
        lock (wake)
            if (wake.CurrentCount == 0) wake.Release();
    }
}
