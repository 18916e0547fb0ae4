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

    readonly CancellationTokenSource stop = new();
    readonly SemaphoreSlim loading = new(1, 1);
    int wanted;

    /// <summary>Something was read; until then the skeleton stands.</summary>
    protected bool IsLoaded { get; private set; }

    /// <summary>Why the last reading failed; what was read before stays on the screen. It is tried again by itself.</summary>
    protected Exception? Failure { get; private set; }

    /// <summary>Ends with the component.</summary>
    protected CancellationToken Stopping => stop.Token;

    [Inject]
    private protected LiveFeed Feed { get; set; } = default!;

    [Inject]
    private protected TimeProvider Time { get; set; } = default!;

    [Inject]
    ILoggerFactory Loggers { get; set; } = default!;

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

    protected override Task OnParametersSetAsync() => Guarded(Refresh);

    protected override void OnAfterRender(bool firstRender)
    {
        if (firstRender) _ = Guarded(Follow);
    }

    public void Dispose()
    {
        if (stop.IsCancellationRequested) return;
        stop.Cancel();
        Leave();
        GC.SuppressFinalize(this);
    }

    /// <summary>The component is gone; let go of what it held.</summary>
    protected virtual void Leave()
    {
    }

    async Task Follow()
    {
        using var watch = Feed.Follow();
        // A change between the first reading and now was told to nobody.
        await InvokeAsync(Refresh);
        while (true)
        {
            var retry = Failure is not null;
            var heard = watch.Changes.WaitToReadAsync(stop.Token).AsTask();
            if (retry) await Task.WhenAny(heard, Task.Delay(RetryAfter, Time, stop.Token));
            else await heard;
            var concerns = watch.TakeLost() || retry;
            while (watch.Changes.TryRead(out var changed)) concerns |= changed.Any(Concerns);
            if (concerns) await InvokeAsync(Refresh);
            await Task.Delay(Pause, Time, stop.Token);
        }
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
