using System.Text.Json;
using System.Threading.Channels;
using CallCenter.Calls;
using CallCenter.Storage;

namespace CallCenter.Telephony;

/// <summary>What one request or one turn of a direct connection brought, read already.</summary>
readonly record struct Delivery(IReadOnlyList<(Arrival Arrival, Translation Translation)> Items);

/// <summary>The intake cannot take more now, or the storage refuses; the sender shall try again.</summary>
sealed class IntakeUnavailableException(string why, Exception? inner = null) : Exception(why, inner);

/// <summary>
/// Takes what arrives, commits many deliveries in one transaction and answers each only after its commit. Bounded: when
/// the queue is full or the storage refuses, the sender is told so and nothing is half-written.
/// </summary>
sealed class Intake(Db db, CallLog log, Switchboard switchboard, ILogger<Intake> logger) : BackgroundService
{
    public const int WaitingMax = 8192;
    const int BatchMax = 512;

    /// <summary>
    /// Senders that wait for their answers are answered together and send again together: the first of them alone would make a transaction for a few,
    /// and have the many wait for it. After a batch of so many the next one gathers for a moment.
    /// </summary>
    const int Many = 64;
    static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(1);

    static readonly Insertion Arrivals = new("arrivals", ["connection", "received_at", "method", "url", "headers", "body", "verdict", "reason", "call_key"]);

    readonly Channel<Waiting> queue = Channel.CreateBounded<Waiting>(new BoundedChannelOptions(WaitingMax) { SingleReader = true });
    long commits, committed;

    /// <summary>Transactions committed and deliveries in them, since the start.</summary>
    public (long Commits, long Deliveries) Done => (Interlocked.Read(ref commits), Interlocked.Read(ref committed));

    public int Queued => queue.Reader.Count;

    /// <summary>Heard after each commit, with what it kept. Listeners are quick: the next batch waits for them.</summary>
    public event Action<IReadOnlyList<(Arrival Arrival, Translation Translation)>>? Kept;

    /// <summary>Completes when the delivery is on disk.</summary>
    /// <exception cref="IntakeUnavailableException">It is not; nothing of it was kept.</exception>
    public Task Accept(Delivery delivery)
    {
        var waiting = new Waiting([.. delivery.Items.Select(Prepare)]);
        return queue.Writer.TryWrite(waiting) ? waiting.Done.Task : Task.FromException(new IntakeUnavailableException("the queue is full"));
    }

    /// <summary>All that can be done before it is its turn: many bring something, and one writes.</summary>
    Prepared Prepare((Arrival Arrival, Translation Translation) item)
    {
        try
        {
            return Prepared.Of(item.Arrival, item.Translation);
        }
        catch (Exception e)
        {
            logger.LogError(e, "An arrival could not be written down as events; it is kept as unreadable");
            return Prepared.Of(item.Arrival, Unreadable(e));
        }
    }

    static Translation Unreadable(Exception reason) => Translation.Unreadable($"internal: {reason.GetType().Name}");

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var batch = new List<Waiting>(BatchMax);
        var before = 0;
        try
        {
            while (await queue.Reader.WaitToReadAsync(stoppingToken))
            {
                if (before >= Many && queue.Reader.Count < before / 2) await Task.Delay(Gathering, stoppingToken);
                while (batch.Count < BatchMax && queue.Reader.TryRead(out var waiting)) batch.Add(waiting);
                before = batch.Count;
                await KeepBatch(batch);
                batch.Clear();
            }
        }
        finally
        {
            queue.Writer.TryComplete();
            while (queue.Reader.TryRead(out var waiting)) waiting.Done.TrySetException(new IntakeUnavailableException("the server is stopping"));
        }
    }

    async Task KeepBatch(List<Waiting> batch)
    {
        try
        {
            await Keep(batch);
            foreach (var waiting in batch) waiting.Done.TrySetResult();
        }
        catch (Exception e) when (Db.IsOutage(e))
        {
            logger.LogWarning("Storage refuses, {Count} deliveries are sent back: {Reason}", batch.Count, e.Message);
            foreach (var waiting in batch) waiting.Done.TrySetException(new IntakeUnavailableException("the storage refuses", e));
        }
        catch (Exception e) when (batch.Count > 1)
        {
            logger.LogError(e, "A batch of {Count} could not be kept; trying one by one", batch.Count);
            foreach (var waiting in batch) await KeepBatch([waiting]); // one bad arrival must not sink the rest
        }
        catch (Exception e) when (batch[0].Items is { Count: > 1 } items)
        {
            // A turn of a direct connection holds thousands of messages; the one that cannot be kept is found by halves.
            logger.LogError(e, "A delivery of {Count} could not be kept; trying in halves", items.Count);
            var halves = items.Chunk((items.Count + 1) / 2).Select(half => new Waiting(half)).ToList();
            foreach (var half in halves) await KeepBatch([half]);
            try
            {
                foreach (var half in halves) await half.Done.Task;
                batch[0].Done.TrySetResult();
            }
            catch (IntakeUnavailableException unavailable)
            {
                batch[0].Done.TrySetException(unavailable);
            }
        }
        catch (Exception e)
        {
            await KeepAsUnreadable(batch[0], e);
        }
    }

    async Task KeepAsUnreadable(Waiting waiting, Exception reason)
    {
        logger.LogError(reason, "An arrival could not be kept as a call; it is kept as unreadable");
        try
        {
            await Keep([new Waiting([.. waiting.Items.Select(item => Prepared.Of(item.Arrival, Unreadable(reason)))])]);
            waiting.Done.TrySetResult();
        }
        catch (Exception e)
        {
            waiting.Done.TrySetException(new IntakeUnavailableException("the storage refuses", e));
        }
    }

    async Task Keep(List<Waiting> batch)
    {
        List<Prepared> items = [.. batch.SelectMany(waiting => waiting.Items)];
        await db.Write(async tx =>
        {
            await tx.Insert(Arrivals, items.ConvertAll(item => item.Row));
            await log.Append(tx, [.. items.SelectMany(item => item.Events)], switchboard.ProviderOf);
            await ArrivalCount.Add(tx, items.Where(item => !item.Arrival.IsLogged).Select(item => (item.Arrival.Connection, item.Arrival.ReceivedAt, item.Translation.Verdict)));
            tx.Announce(() => Kept?.Invoke(items.ConvertAll(item => (item.Arrival, item.Translation))));
        });
        Interlocked.Increment(ref commits);
        Interlocked.Add(ref committed, batch.Count);
    }

    /// <summary>An arrival as it will be written, with the facts that it brings.</summary>
    readonly record struct Prepared(Arrival Arrival, Translation Translation, object?[] Row, ToldEvent[] Events)
    {
        public static Prepared Of(Arrival arrival, Translation translation) => new(
            arrival, translation,
            [
                arrival.Connection, arrival.ReceivedAt.ToUnixTimeMilliseconds(), arrival.Method, arrival.Url,
                arrival.Headers.Count == 0 ? "{}" : JsonSerializer.Serialize(arrival.Headers), arrival.Body,
                Enum.GetName(translation.Verdict), translation.Reason, translation.About,
            ],
            [.. translation.Events.Select(ToldEvent.Of)]);
    }

    sealed class Waiting(IReadOnlyList<Prepared> items)
    {
        public IReadOnlyList<Prepared> Items => items;

        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
