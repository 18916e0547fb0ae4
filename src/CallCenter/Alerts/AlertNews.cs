using CallCenter.Storage;

namespace CallCenter.Alerts;

/// <summary>Tells screens, couriers and other nodes that alerts, rules, webhooks or deliveries changed.</summary>
sealed class AlertNews
{
    /// <summary>The name under which other nodes are told.</summary>
    public const string Told = "alerts";

    /// <summary>Heard after a change, here or on another node. Whoever hears must not take long.</summary>
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
