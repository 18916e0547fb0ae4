using System.Buffers;
using CallCenter.Calls;
using CallCenter.Live;
using CallCenter.Storage;
using CallCenter.Telephony.Wire;

namespace CallCenter.Telephony;

/// <summary>What every line needs of the house.</summary>
sealed record LineParts(Db Db, Intake Intake, CallLog Log, Gaps Gaps, LineBoard Board, LineLimits Limits, TimeProvider Clock, ILogger Logger, Action<string, MemberWord> Members, Action<string, QueueRoll> Rolls);

/// <summary>
/// One direct connection, kept up: linked while this node holds it, linked again when it breaks, translated in the order
/// of arrival, committed in large turns.
/// </summary>
/// <remarks>
/// Two tasks. One reads the socket, cuts messages and queues them; it waits for nothing, because phone systems cut off
/// clients that read slowly. The other translates and commits, and insists while the storage refuses. What the first hears
/// meanwhile waits in the queue; when that is full there is a gap, which a snapshot closes.
/// </remarks>
sealed class Line(Connection connection, IStreamProvider provider, LineParts parts)
{
    static readonly IReadOnlyDictionary<string, string> NoHeaders = Arrival.NoHeaders;

    readonly LineLimits limits = parts.Limits;
    readonly TimeProvider clock = parts.Clock;
    readonly bool keepsIgnored = connection.Settings["keep_ignored"] is "true" or "1" or "yes";
    readonly Lock telling = new();
    readonly SemaphoreSlim wantsSnapshot = new(0, 1);

    LineStatus status = new(connection.Id, LineState.Connecting, parts.Clock.GetUtcNow());
    LineQueue? queue; // of the present hold
    ILink? link; // while it is up
    long messages, ignored, unreadable, lastMessageAt;
    int gaps;
    volatile bool isSettled;

    public Connection Connection => connection;

    /// <summary>Runs until told to stop; what was heard by then is committed before this ends, if the storage lets it.</summary>
    public async Task Run(CancellationToken stop)
    {
        Tell(now => now);
        try
        {
            while (!stop.IsCancellationRequested)
            {
                var held = await TakeHold(stop);
                await RunHeld(held, stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Asked to.
        }
        finally
        {
            parts.Board.Remove(connection.Id);
        }
    }

    /// <summary>The calls that last, told by the translation after all that was heard before; null when that is not known now.</summary>
    public Task<IReadOnlyCollection<CallKey>?> Lasting() => queue?.Ask() ?? Task.FromResult<IReadOnlyCollection<CallKey>?>(null);

    /// <summary>Tells the phone system to do something, over the link that is up.</summary>
    public async Task<OrderAnswer> Do(Order order, CancellationToken stop)
    {
        if (link is not { } up) return new OrderAnswer(status.State == LineState.HeldByOtherNode ? OrderFate.OtherNode : OrderFate.LinkDown);
        try
        {
            return await up.Do(order, stop);
        }
        catch (Exception e) when (e is LinkDownException or IOException or ObjectDisposedException)
        {
            return new OrderAnswer(OrderFate.LinkDown);
        }
    }

    /// <summary>Asks the phone system what goes on, soon.</summary>
    public void Look() => WantSnapshot();

    // ---- Which node keeps the line ----

    async Task<Db.Held> TakeHold(CancellationToken stop)
    {
        while (true)
        {
            try
            {
                if (await parts.Db.Hold($"line:{connection.Id}", stop) is { } held) return held;
                Tell(now => now with { State = LineState.HeldByOtherNode, Why = null, NextTry = null });
            }
            catch (Exception e) when (Db.IsOutage(e))
            {
                Tell(now => now with { State = LineState.Reconnecting, Why = "the database cannot be reached" });
            }

            await Task.Delay(limits.HoldEvery, clock, stop);
        }
    }

    async Task RunHeld(Db.Held held, CancellationToken stop)
    {
        using var turn = CancellationTokenSource.CreateLinkedTokenSource(stop);
        using var giveUp = new CancellationTokenSource();
        var heard = queue = new LineQueue(limits);
        isSettled = false;
        var translating = Task.Run(() => Translate(heard, giveUp.Token), CancellationToken.None);
        var guarding = Guard(held, turn);
        var figures = TellFigures(heard, turn.Token);

        await KeepLinked(heard, turn.Token);

        heard.Lost(clock.GetUtcNow(), GapReason.NotListening);
        heard.Complete();
        giveUp.CancelAfter(limits.DrainWithin);
        try
        {
            await translating;
        }
        catch (OperationCanceledException)
        {
            parts.Logger.LogWarning("Line {Connection} stops with {Count} messages not committed: the storage refuses", connection.Id, heard.Count);
        }

        await turn.CancelAsync();
        await figures.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        held = await guarding;
        await held.DisposeAsync();
    }

    /// <summary>
    /// The lock lives in a database connection. When that breaks, the line goes on while it takes the lock again, for with
    /// the database away no other node can; only when another was faster this one lets go.
    /// </summary>
    async Task<Db.Held> Guard(Db.Held held, CancellationTokenSource turn)
    {
        try
        {
            while (true)
            {
                await Task.Delay(limits.HoldEvery, clock, turn.Token);
                if (await held.IsStillHeld(turn.Token)) continue;
                try
                {
                    if (await parts.Db.Hold($"line:{connection.Id}", turn.Token) is not { } again) break;
                    await held.DisposeAsync();
                    held = again;
                }
                catch (Exception e) when (Db.IsOutage(e))
                {
                    // Tried again in a moment.
                }
            }

            parts.Logger.LogWarning("Line {Connection} was taken over by another node", connection.Id);
            await turn.CancelAsync();
        }
        catch (OperationCanceledException)
        {
            // The line ends for its own reasons.
        }

        return held;
    }

    // ---- Linking ----

    async Task KeepLinked(LineQueue queue, CancellationToken stop)
    {
        for (var attempt = 0; !stop.IsCancellationRequested;)
        {
            if (attempt == 0) Tell(now => now with { State = LineState.Connecting, Why = null, Attempt = 0, NextTry = null });
            var since = clock.GetTimestamp();
            try
            {
                await LinkOnce(queue, stop);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (LinkDownException e)
            {
                if (clock.GetElapsedTime(since) >= limits.Steady && e.Trouble is LinkTrouble.Closed or LinkTrouble.Silent) attempt = 0;
                await WaitAfter(e.Trouble, e.Message, attempt++, stop);
            }
            catch (Exception e)
            {
                parts.Logger.LogError(e, "Line {Connection} failed in a way nobody thought of", connection.Id);
                await WaitAfter(LinkTrouble.Unreachable, "internal: " + e.GetType().Name, attempt++, stop);
            }
        }
    }

    async Task LinkOnce(LineQueue queue, CancellationToken stop)
    {
        await using var made = link = await provider.Connect(connection.Settings, limits, clock, stop);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stop);
        isSettled = false;
        queue.Connected(clock.GetUtcNow());
        Tell(now => now with { State = LineState.Online, Why = null, Attempt = 0, NextTry = null, Server = made.Server });
        parts.Logger.LogInformation("Line {Connection} is up", connection.Id);

        var settling = KeepSettled(made, over.Token);
        try
        {
            await made.Listen((in ReadOnlySequence<byte> message) => Hear(queue, message), over.Token);
        }
        finally
        {
            link = null;
            if (queue.Lost(clock.GetUtcNow(), stop.IsCancellationRequested ? GapReason.NotListening : GapReason.Link)) Interlocked.Increment(ref gaps);
            await over.CancelAsync();
            await settling.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    async Task WaitAfter(LinkTrouble trouble, string why, int attempt, CancellationToken stop)
    {
        var isRefused = trouble is LinkTrouble.Refused;
        var longest = Math.Min(limits.RetryFirst.TotalMilliseconds * Math.Pow(2, Math.Min(attempt, 20)), limits.RetryMax.TotalMilliseconds);
        // Lines that broke together must not come back together.
        var wait = isRefused ? limits.RetryRefused : TimeSpan.FromMilliseconds(longest * (0.5 + Random.Shared.NextDouble() / 2));
        Tell(now => now with
        {
            State = isRefused ? LineState.Refused : LineState.Reconnecting,
            Why = why,
            Attempt = attempt + 1,
            NextTry = clock.GetUtcNow() + wait,
        });
        if (attempt == 0) parts.Logger.LogWarning("Line {Connection} is down: {Why}", connection.Id, why);
        await Task.Delay(wait, clock, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Asks what goes on: at once, again when it was not answered, after a gap, and now and then all the same.</summary>
    async Task KeepSettled(ILink link, CancellationToken stop)
    {
        while (true)
        {
            await link.AskSnapshot(stop);
            var isAsked = await wantsSnapshot.WaitAsync(limits.SnapshotWithin, stop);
            if (!isAsked && isSettled) await wantsSnapshot.WaitAsync(limits.SnapshotEvery, stop);
            // A phone system that overflows us must not be asked for ever more.
            await Task.Delay(limits.RetryFirst, clock, stop);
        }
    }

    /// <summary>On the thread that reads the socket: looks, copies, queues.</summary>
    void Hear(LineQueue queue, in ReadOnlySequence<byte> message)
    {
        var at = clock.GetUtcNow();
        Interlocked.Increment(ref messages);
        Volatile.Write(ref lastMessageAt, at.ToUnixTimeMilliseconds());
        if (message.IsSingleSegment && !keepsIgnored && !provider.Matters(message.FirstSpan))
        {
            Interlocked.Increment(ref ignored);
            return;
        }

        var copy = message.ToArray();
        if (!message.IsSingleSegment && !keepsIgnored && !provider.Matters(copy)) Interlocked.Increment(ref ignored);
        else if (!queue.TryAdd(at, copy)) Interlocked.Increment(ref gaps);
    }

    // ---- Translating ----

    async Task Translate(LineQueue queue, CancellationToken giveUp)
    {
        var state = provider.Begin(connection.Id, connection.Settings);
        var turn = new List<(Arrival, Translation)>();
        var deafSince = await Insist(() => parts.Gaps.DeafSince(connection.Id, giveUp), giveUp);
        await Insist(() => parts.Gaps.BeginFirst(connection.Id), giveUp);
        if (deafSince is { } silence) Read(state, new StreamItem(silence, 0, StreamMark.Lost, default), turn);

        while (await queue.Reader.WaitToReadAsync(giveUp))
        {
            var count = 0;
            var size = 0L;
            Waiting? mark = null;
            var settles = false;
            while (count < limits.BatchMax && mark is null && !settles && queue.Reader.TryRead(out var waiting))
            {
                if (waiting.Question is { } question)
                {
                    question.TrySetResult(provider.Lasting(state));
                    continue;
                }

                Read(state, waiting.Item, turn);
                if (waiting.Item.Mark != StreamMark.Message)
                {
                    mark = waiting;
                    continue;
                }

                count++;
                size += waiting.Size;
                settles = !isSettled && provider.Lasting(state) is not null;
            }

            await Commit(turn, giveUp);
            queue.Done(count, size);
            if (mark is { } told) deafSince = await Heed(told, deafSince, giveUp);
            if (settles) await Settle(state, deafSince, giveUp);
            if (settles) deafSince = null;
            if (queue.TryResume(clock.GetUtcNow())) WantSnapshot();
        }

        while (queue.Reader.TryRead(out var left)) left.Question?.TrySetResult(null);
    }

    void Read(object state, StreamItem item, List<(Arrival, Translation)> turn)
    {
        Translation translation;
        try
        {
            translation = provider.Translate(state, item);
        }
        catch (Exception e)
        {
            // A translator must not throw; one that does must not stop the calls.
            parts.Logger.LogError(e, "A message of line {Connection} could not be translated", connection.Id);
            translation = Translation.Unreadable($"internal: {e.GetType().Name}");
        }

        foreach (var member in translation.Members) parts.Members(connection.Id, member);
        if (translation.Roll is { } roll) parts.Rolls(connection.Id, roll);
        if (translation.Verdict == Verdict.Unreadable) Interlocked.Increment(ref unreadable);
        if (translation.Verdict == Verdict.Ignored && !keepsIgnored)
        {
            if (item.Mark == StreamMark.Message) Interlocked.Increment(ref ignored);
            return;
        }

        turn.Add((new Arrival(connection.Id, item.At, "", "", NoHeaders, item.Message), translation));
    }

    /// <summary>Nothing is taken from the queue until this is on disk, so nothing is lost or overtaken by an outage.</summary>
    async Task Commit(List<(Arrival, Translation)> turn, CancellationToken giveUp)
    {
        if (turn.Count == 0) return;
        var delivery = new Delivery([.. turn]);
        await Insist(async () =>
        {
            await parts.Intake.Accept(delivery);
            return true;
        }, giveUp);
        turn.Clear();
    }

    /// <summary>The beginning of a gap, or its end as far as listening goes; the snapshot that follows closes it.</summary>
    async Task<DateTimeOffset?> Heed(Waiting mark, DateTimeOffset? deafSince, CancellationToken giveUp)
    {
        isSettled = false;
        Tell(now => now with { IsSettled = false });
        if (mark.Item.Mark == StreamMark.Lost)
        {
            await Insist(() => parts.Gaps.Begin(connection.Id, mark.Item.At, mark.Reason), giveUp);
            deafSince ??= mark.Item.At;
        }
        else if (deafSince is { } since)
        {
            await Insist(() => parts.Gaps.Begin(connection.Id, since, GapReason.NotListening), giveUp);
        }

        if (mark.Lost > 0) await Insist(() => parts.Gaps.Count(connection.Id, mark.Lost), giveUp);
        return deafSince;
    }

    /// <summary>
    /// The snapshot has been read: the gap is over, and calls of this line that the log holds for lasting although the phone
    /// system knows nothing of them (those of before our own start, above all) ended unheard.
    /// </summary>
    async Task Settle(object state, DateTimeOffset? deafSince, CancellationToken giveUp)
    {
        var lasting = provider.Lasting(state)!.ToHashSet();
        var lost = (await Insist(() => parts.Log.SilentSince(DateTimeOffset.MaxValue, connection.Id, int.MaxValue, giveUp), giveUp))
            .Where(call => !lasting.Contains(call.Key))
            .Select(call => (CallEvent)new CallLost(call.Key, deafSince > call.LastEvent ? deafSince.Value : call.LastEvent, "not_in_snapshot"))
            .ToList();
        var now = clock.GetUtcNow();
        foreach (var some in lost.Chunk(limits.BatchMax))
            await Commit([(new Arrival(connection.Id, now, "", "", NoHeaders, default), Translation.Understood(some))], giveUp);
        await Insist(() => parts.Gaps.End(connection.Id, now), giveUp);
        isSettled = true;
        Tell(status => status with { IsSettled = true });
    }

    Task Insist(Func<Task> work, CancellationToken giveUp) => Insist(async () =>
    {
        await work();
        return true;
    }, giveUp);

    async Task<T> Insist<T>(Func<Task<T>> work, CancellationToken giveUp)
    {
        for (var wait = limits.CommitRetryFirst; ; wait = wait * 2 > limits.CommitRetryMax ? limits.CommitRetryMax : wait * 2)
        {
            try
            {
                return await work();
            }
            catch (Exception e) when (e is IntakeUnavailableException || Db.IsOutage(e))
            {
                await Task.Delay(wait, clock, giveUp);
            }
        }
    }

    // ---- Telling ----

    void WantSnapshot()
    {
        try
        {
            wantsSnapshot.Release();
        }
        catch (SemaphoreFullException)
        {
            // Asked for already.
        }
    }

    async Task TellFigures(LineQueue queue, CancellationToken stop)
    {
        var (before, at) = (Interlocked.Read(ref messages), clock.GetTimestamp());
        while (true)
        {
            await Task.Delay(limits.TellEvery, clock, stop);
            if (queue.TryResume(clock.GetUtcNow())) WantSnapshot();
            var (heard, passed) = (Interlocked.Read(ref messages), clock.GetElapsedTime(at).TotalSeconds);
            Tell(now => now with { MessagesPerSecond = passed > 0 ? Math.Round((heard - before) / passed, 1) : 0 });
            (before, at) = (heard, clock.GetTimestamp());
        }
    }

    void Tell(Func<LineStatus, LineStatus> change)
    {
        lock (telling)
        {
            var after = change(status) with
            {
                LastMessageAt = Volatile.Read(ref lastMessageAt) is > 0 and var at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null,
                Waiting = queue?.Count ?? 0,
                WaitingBytes = queue?.Bytes ?? 0,
                IsLosing = queue?.IsOverflowing ?? false,
                Messages = Interlocked.Read(ref messages),
                Ignored = Interlocked.Read(ref ignored),
                Unreadable = Interlocked.Read(ref unreadable),
                Gaps = gaps,
            };
            if (link is { } up) after = after with { Server = up.Server, Warning = up.Warning };
            if (after.State != LineState.Online) after = after with { IsSettled = false, Warning = null, MessagesPerSecond = 0 };
            if (after.State != status.State) after = after with { Since = clock.GetUtcNow() };
            status = after;
            parts.Board.Say(after);
        }
    }
}
