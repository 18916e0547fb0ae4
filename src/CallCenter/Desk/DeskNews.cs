using CallCenter.Storage;

namespace CallCenter.Desk;

/// <summary>Tells screens, here and on other nodes, that somebody hid a call or wrote something about one.</summary>
sealed class DeskNews
{
    /// <summary>The name under which other nodes are told.</summary>
    public const string Told = "desk";

    /// <summary>Heard after a change, with the call that it is about; null when that is not known, or it is about all. Whoever hears must not take long.</summary>
    public event Action<long?>? Changed;

    /// <summary>Tells everybody once the transaction stands.</summary>
    public Task Tell(Tx tx, long? call = null)
    {
        tx.Announce(() => Changed?.Invoke(call));
        return tx.Notify(Told);
    }

    /// <summary>Another node told.</summary>
    public Task Hear(CancellationToken stop)
    {
        Changed?.Invoke(null);
        return Task.CompletedTask;
    }
}
