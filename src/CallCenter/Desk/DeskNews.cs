using CallCenter.Storage;

namespace CallCenter.Desk;

/// <summary>Tells screens, here and on other nodes, that somebody hid a call or wrote something about one.</summary>
sealed class DeskNews
{
    /// <summary>The name under which other nodes are told.</summary>
    public const string Told = "desk";

    /// <summary>Heard after a change. Whoever hears must not take long.</summary>
    public event Action? Changed;

    /// <summary>Tells everybody once the transaction stands.</summary>
    public Task Tell(Tx tx)
    {
        tx.Announce(() => Changed?.Invoke());
        return tx.Notify(Told);
    }

    /// <summary>Another node told.</summary>
    public Task Hear(CancellationToken stop)
    {
        Changed?.Invoke();
        return Task.CompletedTask;
    }
}
