using CallCenter.Calls;
using CallCenter.Storage;
using Microsoft.AspNetCore.Components;

namespace CallCenter.Live;

/// <summary>
/// A part of a screen that is true by itself: it reads when it appears, again when calls change (at most four times a
/// second), and again after trouble. Nothing it shows depends on having heard every notice.
/// </summary>
/// <remarks>It does not read while the page is only being drawn in advance; the skeleton stands until it is live.</remarks>
public abstract class LiveComponent : ComponentBase, IDisposable
{
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);
    static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(2);

    /// <summary>When calls changed that are not seen here: one of them may have been, and belongs to others now.</summary>
    static readonly TimeSpan OthersAfter = TimeSpan.FromSeconds(4);
    readonly Spoken spoken = Spoken.Here;
    readonly CancellationTokenSource stop = new();
    readonly SemaphoreSlim loading = new(1, 1);
    int wanted, isTold;

    /// <summary>Something was read; until then the skeleton stands.</summary>
    protected bool IsLoaded { get; private set; }

    /// <summary>Why the last reading failed; what was read before stays on the screen. It is tried again by itself.</summary>
    protected Exception? Failure { get; private set; }

    /// <summary>Ends with the component.</summary>
    protected CancellationToken Stopping => stop.Token;

    [Inject]
    private protected LiveFeed Feed { get; set; } = default!;

    /// <summary>Whose eyes look; what is read is read with its <see cref="ISight.Calls"/> as of now.</summary>
    [Inject]
    private protected ISight Eyes { get; set; } = default!;

    [Inject]
    private protected TimeProvider Time { get; set; } = default!;

    [Inject]
    ILoggerFactory Loggers { get; set; } = default!;

    /// <summary>Of which calls is heard: of those that are seen.</summary>
    private protected virtual ISight Ears => Eyes;

    /// <summary>Which calls may be shown now.</summary>
    protected CallScope Scope => Eyes.Calls;

    /// <summary>Reads what is shown.</summary>
    protected abstract Task Load();

    /// <summary>Whether a change of this call can change what is shown.</summary>
    protected virtual bool Concerns(Call changed) => true;

    /// <summary>Reads again, now. Several wishes while one reading lasts make one more reading.</summary>
    protected async Task Refresh()
    {
        if (!RendererInfo.IsInteractive || stop.IsCancellationRequested) return;
        Interlocked.Increment(ref wanted);
        await loading.WaitAsync(stop.Token);
        try
        {
            if (Interlocked.Exchange(ref wanted, 0) == 0) return;
            await Load();
            (IsLoaded, Failure) = (true, null);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            if (!Db.IsOutage(e)) Loggers.CreateLogger(GetType()).LogError(e, "A part of a screen could not be read");
            Failure = e;
        }
        finally
        {
            loading.Release();
        }

        StateHasChanged();
    }

    /// <summary>For news of other things than calls, from any thread.</summary>
    protected void ReadAgain() => _ = InvokeAsync(async () =>
    {
        spoken.Speak();
        await Guarded(Refresh);
    });

    /// <summary>The same for news that may come many at once: those of so long a time make one reading.</summary>
    protected void ReadSoon(TimeSpan together)
    {
        if (Interlocked.Exchange(ref isTold, 1) == 1) return;
        _ = Task.Delay(together, Time).ContinueWith(_ =>
        {
            Interlocked.Exchange(ref isTold, 0);
            ReadAgain();
        }, TaskScheduler.Default);
    }

    protected override Task OnParametersSetAsync() => Guarded(Refresh);

    protected override void OnAfterRender(bool firstRender)
    {
        if (!firstRender) return;
        Eyes.Changed += SeeAnew;
        _ = Guarded(Follow);
    }

    public void Dispose()
    {
        if (stop.IsCancellationRequested) return;
        Eyes.Changed -= SeeAnew;
        stop.Cancel();
        Leave();
        GC.SuppressFinalize(this);
    }

    /// <summary>The component is gone; let go of what it held.</summary>
    protected virtual void Leave()
    {
    }

    void SeeAnew() => ReadAgain();

    async Task Follow()
    {
        using var watch = Feed.Follow(Ears);
        // A change between the first reading and now was told to nobody.
        await InvokeAsync(Refresh);
        Task<bool>? heard = null;
        DateTimeOffset? due = null;
        while (true)
        {
            heard ??= watch.Changes.WaitToReadAsync(stop.Token).AsTask();
            if (Failure is not null) due = Earlier(due, RetryAfter);
            if (due is { } at) await Task.WhenAny(heard, Task.Delay(at > Time.GetUtcNow() ? at - Time.GetUtcNow() : TimeSpan.Zero, Time, stop.Token));
            else await heard;
            stop.Token.ThrowIfCancellationRequested();
            if (heard.IsCompleted) heard = null;

            var concerns = watch.TakeLost() || due <= Time.GetUtcNow();
            while (watch.Changes.TryRead(out var changed)) concerns |= changed.Any(Concerns);
            if (watch.TakeOthers()) due = Earlier(due, OthersAfter);
            if (concerns)
            {
                due = null;
                await InvokeAsync(Refresh);
            }

            await Task.Delay(Pause, Time, stop.Token);
        }
    }

    DateTimeOffset Earlier(DateTimeOffset? due, TimeSpan wait)
    {
        var then = Time.GetUtcNow() + wait;
        return due < then ? due.Value : then;
    }

    static async Task Guarded(Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (OperationCanceledException)
        {
            // The component is gone.
        }
        catch (ObjectDisposedException)
        {
            // So is its circuit.
        }
    }
}
