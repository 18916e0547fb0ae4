namespace CallCenter.Telephony;

public enum ConnectionState
{
    /// <summary>Being set up: what arrives is shown in the wizard and already counts.</summary>
    Draft,
    Active,

    /// <summary>Switched off by an administrator: nothing is accepted.</summary>
    Paused,
}

/// <summary>A phone system of this company, configured.</summary>
/// <param name="Id">Names it in addresses (<c>/webhooks/{id}</c>); holds a part that nobody can guess.</param>
/// <param name="Provider">Id of its <see cref="IProvider"/>.</param>
public sealed record Connection(string Id, string Name, string Provider, ConnectionState State, Settings Settings, DateTimeOffset CreatedAt, DateTimeOffset ChangedAt);
