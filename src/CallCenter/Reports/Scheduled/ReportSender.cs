using CallCenter.Mail;
using CallCenter.Storage;

namespace CallCenter.Reports.Scheduled;

/// <summary>
/// Sends the reports whose turn it is, from one node at a time. That a letter is due is written down before it is sent and that it was
/// sent afterwards: killed in between it is sent again, so each arrives at least once.
/// </summary>
sealed class ReportSender(Db db, ReportSchedules schedules, ReportLetters letters, Postman postman, TimeProvider clock, ILogger<ReportSender> logger) : BackgroundService
{
    public const int TriesMax = 4;
    const int AtOnce = 50;
    const int FaultMax = 300;

    static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(20);

    readonly SemaphoreSlim wake = new(0, 1), turn = new(1, 1);

    /// <summary>Sends what is due now.</summary>
    /// <returns>How many letters were tried.</returns>
    public async Task<int> Run(CancellationToken stop = default)
    {
        var tried = 0;
        await turn.WaitAsync(stop);
        try
        {
            while (await schedules.TakeTurns(AtOnce, stop) > 0)
            {
            }

            while (await schedules.Waiting(AtOnce, stop) is { Count: > 0 } waiting)
                foreach (var (send, schedule) in waiting)
                {
                    await schedules.Keep(await Try(send, schedule, stop), stop);
                    tried++;
                }
        }
        finally
        {
            turn.Release();
        }

        return tried;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        schedules.Changed += Wake;
        try
        {
            while (true)
            {
                try
                {
                    await using var held = await db.Hold("report-sender", stoppingToken);
                    if (held is not null) await Run(stoppingToken);
                }
                catch (Exception e) when (e is not OperationCanceledException)
                {
                    logger.LogWarning("Reports could not be sent, trying again: {Reason}", e.Message);
                }

                await wake.WaitAsync(LookEvery, stoppingToken);
            }
        }
        catch (OperationCanceledException)
        {
            // The server stops.
        }
        finally
        {
            schedules.Changed -= Wake;
        }
    }

    async Task<ReportSend> Try(ReportSend send, ReportSchedule schedule, CancellationToken stop)
    {
        send = send with { Tries = send.Tries + 1 };
        try
        {
            await postman.Deliver(await letters.Write(schedule, send, schedules.ZoneOf(send.Reader), stop), stop);
            return send with { NextTry = null, SentAt = clock.GetUtcNow(), Fault = null };
        }
        catch (Refusal refusal) // which is the same the next time
        {
            return send with { NextTry = null, Fault = ReportSend.FaultOf(refusal) };
        }
        catch (Exception e) when (e is not OperationCanceledException || !stop.IsCancellationRequested)
        {
            if (Db.IsOutage(e)) throw;
            logger.LogWarning("A report could not be sent (try {Tried} of {Tries}): {Why}", send.Tries, TriesMax, e.Message);
            return send with { NextTry = send.Tries < TriesMax ? clock.GetUtcNow() + TimeSpan.FromMinutes(Math.Pow(5, send.Tries)) : null, Fault = VisibleText.Line(e.Message, FaultMax) };
        }
    }

    void Wake()
    {
        lock (wake)
            if (wake.CurrentCount == 0) wake.Release();
    }
}
