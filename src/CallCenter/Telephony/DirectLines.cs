using System.Collections.Concurrent;
using CallCenter.Calls;
using CallCenter.Live;
using CallCenter.Storage;
using CallCenter.Telephony.Wire;

namespace CallCenter.Telephony;

/// <summary>
/// Keeps a <see cref="Line"/> for every connection that we call and listen to, and follows the <see cref="Switchboard"/>:
/// added, changed, paused and removed connections are so within a moment.
/// </summary>
sealed class DirectLines(
    Db db, Intake intake, CallLog log, Switchboard switchboard, Gaps gaps, LineBoard board, LineLimits limits, TimeProvider clock, ILogger<DirectLines> logger)
    : BackgroundService
{
    readonly ConcurrentDictionary<string, Running> running = [];
    readonly ConcurrentDictionary<string, byte> hurried = [];
    readonly SemaphoreSlim changed = new(0, 1);

    /// <summary>The phone system of a connection, by its id, said something of one who takes calls of its queues. Whoever hears must not take long.</summary>
    public event Action<string, MemberWord>? MemberSaid;

    /// <summary>The same of who is in its queues.</summary>
    public event Action<string, QueueRoll>? RollSaid;

    /// <summary>
    /// The calls of a line that last, by the word of the phone system; null when it is not up and settled here, so that
    /// nothing can be said of its calls.
    /// </summary>
    public async Task<IReadOnlyCollection<CallKey>?> Lasting(string connection) =>
        running.TryGetValue(connection, out var line) && board.Find(connection) is { State: LineState.Online, IsSettled: true }
            ? await line.Line.Lasting()
            : null;

    /// <summary>Tells the phone system of a line to do something.</summary>
    public Task<OrderAnswer> Do(string connection, Order order, CancellationToken stop) =>
        running.TryGetValue(connection, out var line) ? line.Line.Do(order, stop) : Task.FromResult(new OrderAnswer(OrderFate.LinkDown));

    /// <summary>Asks the phone system of a line what goes on, also when it has just been asked.</summary>
    public void Look(string connection)
    {
        if (running.TryGetValue(connection, out var line)) line.Line.Look();
    }

    /// <summary>Puts a line up anew at once, for a person who has mended something and does not want to wait for the next attempt.</summary>
    public void TryNow(string connection)
    {
        hurried[connection] = 0;
        Hear();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        switchboard.Changed += Hear;
        try
        {
            while (true)
            {
                await Follow(stoppingToken);
                await changed.WaitAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Asked to.
        }
        finally
        {
            switchboard.Changed -= Hear;
            await Task.WhenAll(running.Keys.Select(Stop));
        }
    }

    void Hear()
    {
        try
        {
            changed.Release();
        }
        catch (SemaphoreFullException)
        {
            // Will be looked at already.
        }
    }

    async Task Follow(CancellationToken stop)
    {
        var wanted = switchboard.All
            .Where(connection => connection.State != ConnectionState.Paused
                && Catalogue.All.GetValueOrDefault(connection.Provider) is IStreamProvider provider
                && provider.Problems(connection.Settings).Count == 0) // a draft may still lack the address
            .ToDictionary(connection => connection.Id);
        await Task.WhenAll(running.Where(line => hurried.TryRemove(line.Key, out _) || !wanted.TryGetValue(line.Key, out var connection) || !IsSame(line.Value.Line.Connection, connection))
            .Select(line => Stop(line.Key)));

        foreach (var connection in wanted.Values.Where(connection => !running.ContainsKey(connection.Id)))
        {
            var line = new Line(connection, (IStreamProvider)Catalogue.Find(connection.Provider), new(db, intake, log, gaps, board, limits, clock, logger, (id, word) => MemberSaid?.Invoke(id, word), (id, roll) => RollSaid?.Invoke(id, roll)));
            var over = CancellationTokenSource.CreateLinkedTokenSource(stop);
            running[connection.Id] = new Running(line, over, Task.Run(() => Run(line, over.Token), CancellationToken.None));
        }
    }

    async Task Run(Line line, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await line.Run(stop);
            }
            catch (Exception e)
            {
                // A fault of ours in one line must end neither the server nor the line.
                logger.LogError(e, "Line {Connection} fell over and is put up again", line.Connection.Id);
                await Task.Delay(limits.RetryMax, clock, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    async Task Stop(string id)
    {
        if (!running.TryRemove(id, out var line)) return;
        await line.Over.CancelAsync();
        await line.Task;
        line.Over.Dispose();
    }

    /// <summary>A new name, or draft becoming active, is no reason to hang up.</summary>
    static bool IsSame(Connection a, Connection b) => a.Provider == b.Provider && a.Settings.Values.Count == b.Settings.Values.Count
        && a.Settings.Values.All(pair => b.Settings.Values.TryGetValue(pair.Key, out var value) && value == pair.Value);

    readonly record struct Running(Line Line, CancellationTokenSource Over, Task Task);
}
