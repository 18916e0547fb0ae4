using CallCenter.Calls;
using CallCenter.Telephony.Providers;

namespace CallCenter.Simulation;

/// <summary>Plays scripted calls on the clock: each message is brought when it would have arrived.</summary>
/// <param name="bring">Takes a message to the server; may fail without stopping the rest.</param>
sealed class LiveTraffic(IEnumerable<ScriptedCall> calls, Disorder disorder, Func<SimulatedPhoneSystem.Message, CancellationToken, Task> bring, TimeProvider clock)
{
    /// <summary>Messages on the way at one time; beyond that the traffic waits for the server.</summary>
    const int UnderwayMax = 128;

    static readonly TimeSpan Heartbeat = TimeSpan.FromMinutes(1);

    readonly PriorityQueue<SimulatedPhoneSystem.Message, (DateTimeOffset At, long Number)> due = new();
    readonly Dictionary<string, DateTimeOffset> inProgress = [];
    readonly SemaphoreSlim underway = new(UnderwayMax, UnderwayMax);
    long number;

    /// <summary>Calls that began.</summary>
    public int Calls { get; private set; }

    /// <summary>Plays until it is stopped or <paramref name="until"/>; then hangs up whatever is still in progress when asked to.</summary>
    public async Task Play(DateTimeOffset until, bool hangsUp, CancellationToken stop)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stop);
        using var script = calls.GetEnumerator();
        Exception? fault = null;
        var next = script.MoveNext() ? script.Current : null;
        due.Enqueue(new("heartbeat"), (clock.GetUtcNow() + Heartbeat, number++));
        try
        {
            while (fault is null)
            {
                var now = clock.GetUtcNow();
                if (now >= until) break;
                // A call's messages are laid out when it begins; nothing of it is due earlier.
                for (; next is not null && next.StartsAt <= now; next = script.MoveNext() ? script.Current : null) Begin(next);

                if (due.TryPeek(out var told, out var when) && when.At <= now)
                {
                    due.Dequeue();
                    if (told.Type == "heartbeat") due.Enqueue(told, (now + Heartbeat, number++));
                    await underway.WaitAsync(over.Token);
                    _ = Send(told with { At = told.At ?? now });
                    continue;
                }

                var wake = new[] { until, next?.StartsAt ?? until, due.Count > 0 ? when.At : until }.Min();
                await Task.Delay(TimeSpan.FromMilliseconds(Math.Clamp(Math.Ceiling((wake - now).TotalMilliseconds), 1, 1000)), clock, over.Token);
            }
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested)
        {
        }

        // Those on the way arrive, or are given up, before the last word.
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(hangsUp ? 10 : 1), clock);
        await Settle(patience.Token);
        if (fault is not null) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(fault);
        if (hangsUp) await HangUp(patience.Token);

        async Task Send(SimulatedPhoneSystem.Message told)
        {
            try
            {
                await bring(told, over.Token);
            }
            catch (OperationCanceledException)
            {
            }
            catch (Exception e)
            {
                fault ??= e;
                await over.CancelAsync();
            }
            finally
            {
                underway.Release();
            }
        }
    }

    void Begin(ScriptedCall call)
    {
        Calls++;
        inProgress[call.Id] = call.EndsAt;
        foreach (var (at, told) in disorder.Deliver(call)) due.Enqueue(told, (at, number++));
        if (inProgress.Count > 1000)
            foreach (var (id, _) in inProgress.Where(known => known.Value < call.StartsAt - TimeSpan.FromMinutes(1)).ToList()) inProgress.Remove(id);
    }

    async Task Settle(CancellationToken stop)
    {
        try
        {
            for (var i = 0; i < UnderwayMax; i++) await underway.WaitAsync(stop);
            underway.Release(UnderwayMax);
        }
        catch (OperationCanceledException)
        {
        }
    }

    /// <summary>The trial is over: late news is brought now, and calls that would go on end here, so that none stays open.</summary>
    async Task HangUp(CancellationToken stop)
    {
        var now = clock.GetUtcNow();
        var late = new List<SimulatedPhoneSystem.Message>();
        while (due.TryDequeue(out var told, out _))
            if (told.At <= now) late.Add(told);
        var ends = inProgress.Where(call => call.Value > now)
            .Select(call => new SimulatedPhoneSystem.Message("call.ended", call.Key, now, int.MaxValue, Result: SimulatedPhoneSystem.Spell(EndCause.Normal)));
        await Parallel.ForEachAsync(late.Concat(ends), new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = stop },
            async (told, token) => await bring(told, token));
    }
}
