using CallCenter.Storage;

namespace CallCenter.Presence;

/// <summary>Notices who is gone.</summary>
sealed class PresenceClock(PresenceBook book, TimeProvider clock, ILogger<PresenceClock> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(PersonPresence.SayEvery, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
                try
                {
                    await book.LetGo(stoppingToken);
                }
                catch (Exception e) when (Db.IsOutage(e))
                {
                    logger.LogWarning("Who is gone could not be written down: {Reason}", e.Message);
                }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The server stops.
        }
    }
}
