using System.Diagnostics;
using CallCenter.Storage;
using CallCenter.Telephony;

namespace CallCenter.Web;

/// <summary>
/// Whether a load balancer should send us anything: <c>GET /readyz</c>. A database counts as ready when a small
/// transaction really reached the disk. Anybody may ask, so connections are told without their ids, and many questions
/// are answered by one write.
/// </summary>
sealed class Readiness(Db db, Switchboard switchboard, TimeProvider clock)
{
    static readonly TimeSpan PatienceMax = TimeSpan.FromSeconds(2);
    static readonly TimeSpan AnswerHoldsFor = TimeSpan.FromSeconds(1);

    readonly Lock asking = new();
    Task<Probe>? probe;
    DateTimeOffset probedAt;

    public async Task<IResult> Answer()
    {
        var database = await Current();
        return Results.Json(new
        {
            status = database.IsWritable ? "ready" : "not_ready",
            database = new { writable = database.IsWritable, milliseconds = Math.Round(database.Took.TotalMilliseconds, 1) },
            connections = switchboard.All.Select(connection => new { provider = connection.Provider, state = connection.State.ToString().ToLowerInvariant() }),
        }, statusCode: database.IsWritable ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
    }

    Task<Probe> Current()
    {
        lock (asking)
        {
            var now = clock.GetUtcNow();
            if (probe is null || probe.IsCompleted && now - probedAt > AnswerHoldsFor) (probe, probedAt) = (Write(), now);
            return probe;
        }
    }

    async Task<Probe> Write()
    {
        var since = Stopwatch.GetTimestamp();
        try
        {
            using var patience = new CancellationTokenSource(PatienceMax, clock);
            await db.Write(tx => tx.Run("update counters set next = next + 1 where name = 'probe'"), patience.Token).WaitAsync(PatienceMax, clock);
            return new(true, Stopwatch.GetElapsedTime(since));
        }
        catch (Exception)
        {
            return new(false, Stopwatch.GetElapsedTime(since)); // whatever it is, nothing can be kept now
        }
    }

    readonly record struct Probe(bool IsWritable, TimeSpan Took);
}
