namespace CallCenter.Alerts;

/// <summary>An address of another program that is told of alerts.</summary>
/// <param name="Kinds">Of which kinds; empty for all.</param>
/// <param name="GoneAt">When it answered that it is no more, and was switched off because of it.</param>
public sealed record OutgoingWebhook(string Id, string Name, Uri Url, IReadOnlyList<string> Kinds, bool IsActive, DateTimeOffset? GoneAt, DateTimeOffset CreatedAt)
{
    public bool Wants(string kind) => Kinds.Count == 0 || Kinds.Contains(kind);
}

/// <summary>Why something did not arrive.</summary>
public enum DeliveryFault
{
    /// <summary>It was answered, and not with a 2xx.</summary>
    Status,
    Timeout,
    UnknownHost,
    Tls,
    Unreachable,

    /// <summary>The name leads to an address inside the house.</summary>
    InsideAddress,

    /// <summary>It answered that it is no more.</summary>
    Gone,

    /// <summary>Its webhook was switched off before it arrived.</summary>
    SwitchedOff,

    /// <summary>Too much waited for the same address already.</summary>
    TooManyWaiting,

    /// <summary>The secret cannot be read: the database holds other keys than those it was protected with.</summary>
    Unsigned,
}

/// <summary>Something that is, was or could not be sent.</summary>
/// <param name="Id">The same in every try: the receiver's means against repetitions.</param>
/// <param name="Kind">The type it carries.</param>
/// <param name="NextAt">When it is tried next; null once it arrived or was given up.</param>
public sealed record KeptDelivery(
    string Id, string Webhook, string Kind, int Attempts, DateTimeOffset CreatedAt, DateTimeOffset? NextAt, DateTimeOffset? DeliveredAt, DateTimeOffset? DeadAt, int? LastStatus, DeliveryFault? LastFault);
