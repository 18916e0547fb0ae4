using System.Collections.Concurrent;
using System.Threading.Channels;
using CallCenter.Storage;

namespace CallCenter.Telephony;

/// <summary>
/// Sees to it that the log of each connection that has one is asked: soon after the server was away or took nothing, every
/// hour, and when somebody wants it. On one node, and one question at a time for each connection.
/// </summary>
/// <remarks>
/// How far a log was compared is kept, so a time without us is asked for however long it was, and so is what was in progress
/// when it was asked last. The first mark is when a connection could be asked first: what was before, somebody has to want.
/// </remarks>
sealed class CallLogWatch(CallLogReader reader, LogFetches fetches, Switchboard switchboard, Db db, TimeProvider clock, ILogger<CallLogWatch> logger) : BackgroundService
{
    static readonly TimeSpan Every = TimeSpan.FromHours(1);

    /// <summary>Calls that go on for longer are not waited for.</summary>
    static readonly TimeSpan LongestCall = TimeSpan.FromDays(1);

    static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5), StorageRest = TimeSpan.FromSeconds(30);

    const int AtOnceMax = 4;

    readonly Channel<bool> wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    readonly ConcurrentDictionary<string, Task> running = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        fetches.Changed += Wake;
        try
        {
            while (!stoppingToken.IsCancellationRequested)
            {
                try
                {
                    await using var held = await db.Hold("call-logs", stoppingToken);
                    if (held is not null) await Watch(held, stoppingToken);
                }
                catch (Exception e) when (Db.IsOutage(e))
                {
                    logger.LogWarning("Call logs cannot be looked after, trying again: {Reason}", e.Message);
                }

                await Task.Delay(LookEvery, clock, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Asked to.
        }
        finally
        {
            fetches.Changed -= Wake;
            await Task.WhenAll(running.Values);
        }
    }

    async Task Watch(Db.Held held, CancellationToken stop)
    {
        await fetches.PutAllBack(stop);
        await fetches.Hurry(null, stop);
        while (await held.IsStillHeld(stop))
        {
            var now = clock.GetUtcNow();
            await Plan(now, stop);
            await BeginWhatIsDue(now, stop);
            using var waiting = CancellationTokenSource.CreateLinkedTokenSource(stop);
            waiting.CancelAfter(LookEvery);
            try
            {
                await wake.Reader.ReadAsync(waiting.Token);
            }
            catch (OperationCanceledException) when (!stop.IsCancellationRequested)
            {
                // Time to look.
            }
        }
    }

    /// <summary>Puts what the clock wants in line.</summary>
    internal async Task Plan(DateTimeOffset now, CancellationToken stop)
    {
        var askable = switchboard.All.Where(connection => connection.State == ConnectionState.Active
            && Catalogue.All.GetValueOrDefault(connection.Provider) is IHasCallLog provider && provider.CallLog.CanBeAsked(connection.Settings));
        var marks = (await db.Read(tx => tx.List<Mark>("select connection, covered_until, next_at, settings_of from log_marks"), stop)).ToDictionary(mark => mark.connection);
        foreach (var connection in askable)
        {
            var mark = marks.GetValueOrDefault(connection.Id);
            // Settings that somebody changed may be the remedy.
            if (mark is not null && mark.next_at > now.ToUnixTimeMilliseconds() && mark.settings_of == connection.ChangedAt.ToUnixTimeMilliseconds()) continue;
            var last = await fetches.Last(connection.Id, stop);
            await db.Write(async tx =>
            {
                if (mark is not null)
                {
                    var window = new LogWindow(From(DateTimeOffset.FromUnixTimeMilliseconds(mark.covered_until) - ((IHasCallLog)Catalogue.Find(connection.Provider)).CallLog.Overlap, last?.Findings.UnfinishedSince, now), now);
                    var reason = await Gaps.IsUnfilled(tx, connection.Id, window.From) ? FetchReason.Gap : FetchReason.Routine;
                    await LogFetches.Plan(tx, connection.Id, window, reason, now);
                }

                await tx.Run(
                    """
                    insert into log_marks (connection, covered_until, next_at, settings_of) values (@connection, @now, @next, @settings)
                    on conflict (connection) do update set next_at = excluded.next_at, settings_of = excluded.settings_of
                    """,
                    new { connection = connection.Id, now = now.ToUnixTimeMilliseconds(), next = (now + Every).ToUnixTimeMilliseconds(), settings = connection.ChangedAt.ToUnixTimeMilliseconds() });
            }, stop);
        }
    }

    static DateTimeOffset From(DateTimeOffset from, DateTimeOffset? unfinished, DateTimeOffset now)
    {
        if (unfinished < from) from = unfinished > from - LongestCall ? unfinished.Value : from - LongestCall;
        return from > now - LogFetches.LongestWish ? from : now - LogFetches.LongestWish;
    }

    async Task BeginWhatIsDue(DateTimeOffset now, CancellationToken stop)
    {
        foreach (var fetch in await fetches.Due(now, stop))
        {
            if (running.Count >= AtOnceMax) return;
            if (running.ContainsKey(fetch.Connection)) continue;
            await fetches.Begin(fetch);
            running[fetch.Connection] = Task.Run(async () =>
            {
                try
                {
                    await Run(fetch with { Tries = fetch.Tries + 1 }, stop);
                }
                finally
                {
                    running.TryRemove(fetch.Connection, out _);
                    Wake(fetch.Connection);
                }
            }, CancellationToken.None);
        }
    }

    /// <summary>Does one that was begun.</summary>
    internal async Task Run(LogFetch fetch, CancellationToken stop)
    {
        try
        {
            if (switchboard.Find(fetch.Connection) is not { } connection || Catalogue.All.GetValueOrDefault(connection.Provider) is not IHasCallLog) throw new CloudFaultException(CloudFault.Setting, "connection");
            var found = await reader.Read(connection, fetch.Window, dryRun: false, so => fetches.Progress(fetch, so), stop);
            await fetches.End(fetch, found);
            if (fetch.Reason != FetchReason.Person) await Cover(fetch);
            if (found.Added + found.Mended > 0) logger.LogInformation("The call log of {Connection} added {Added} calls and completed {Mended}", fetch.Connection, found.Added, found.Mended);
        }
        catch (CloudFaultException e)
        {
            var againAt = LogFetch.TriedAgainAt(fetch.Tries, e, clock.GetUtcNow());
            await Keep(() => fetches.Fail(fetch, e.Fault, e.Said, againAt));
            if (againAt is null) logger.LogWarning("The call log of {Connection} cannot be asked: {Fault}", fetch.Connection, e.Fault);
        }
        catch (Exception e) when (e is IntakeUnavailableException || Db.IsOutage(e) || e is OperationCanceledException)
        {
            await Keep(() => fetches.PutBack(fetch, clock.GetUtcNow() + StorageRest));
        }
        catch (Exception e)
        {
            // A fault of ours: nobody gains by trying it again and again.
            logger.LogError(e, "The call log of {Connection} could not be read", fetch.Connection);
            await Keep(() => fetches.Fail(fetch, CloudFault.Unreadable, $"internal: {e.GetType().Name}", null));
        }
    }

    async Task Keep(Func<Task> what)
    {
        try
        {
            await what();
        }
        catch (Exception e) when (Db.IsOutage(e))
        {
            logger.LogWarning("What came of a call log could not be kept; it is asked for again: {Reason}", e.Message);
        }
    }

    Task Cover(LogFetch fetch) => db.Write(tx => tx.Run(
        "update log_marks set covered_until = case when covered_until > @until then covered_until else @until end where connection = @connection",
        new { connection = fetch.Connection, until = fetch.Window.Until.ToUnixTimeMilliseconds() }));

    void Wake(string connection) => wake.Writer.TryWrite(true);

#pragma warning disable IDE1006 // columns keep their names
    sealed class Mark
    {
        public string connection { get; init; } = "";
        public long covered_until { get; init; }
        public long next_at { get; init; }
        public long settings_of { get; init; }
    }
}
