namespace CallCenter.Quotes;

/// <summary>By which way the customer asked.</summary>
public enum SaleChannel
{
    Phone,
    Counter,
    Email,
    WhatsApp,
    Web,
    Other,
}

/// <summary>How one knows which call led to a quote or an order (product.md C.5), the strongest first.</summary>
public enum CallLink
{
    /// <summary>It was begun from the call.</summary>
    Explicit,

    /// <summary>Somebody said so.</summary>
    Manual,

    /// <summary>The same customer, by who talked to him, while they talked or shortly after.</summary>
    Inferred,

    /// <summary>Somebody said that no call did: nothing is inferred any more.</summary>
    Refused,
}

/// <summary>The one call that a quote or an order is credited to, and who said so when; nobody when it was inferred.</summary>
public sealed record CallCredit(long? Call, CallLink Link, DateTimeOffset At, string? By);

/// <summary>For whom and for which car: what stands above the lines of a quote and of an order.</summary>
/// <param name="Customer">Null while nobody is known.</param>
/// <param name="Contact">Who of the customer, as it shall stand on paper.</param>
/// <param name="RequestedBy">Who asked, in his own words: also the name of somebody who is no customer yet.</param>
/// <param name="RequestNumber">The customer's own reference.</param>
/// <param name="Note">For the house only.</param>
public sealed record SaleHead(
    long? Customer = null, string Contact = "", string Branch = "", string Plate = "", string Vin = "", string RequestedBy = "", string RequestNumber = "",
    SaleChannel Channel = SaleChannel.Phone, string Note = "")
{
    public const int TextMax = 200;
    public const int NoteMax = 4000;

    /// <exception cref="Refusal">A text is too long.</exception>
    internal void Check()
    {
        foreach (var text in (string[])[Contact, Branch, Plate, Vin, RequestedBy, RequestNumber])
            if (text.Length > TextMax) throw new Refusal(RefusalKind.Invalid, "quote.text", TextMax);
        if (Note.Length > NoteMax) throw new Refusal(RefusalKind.Invalid, "quote.text", NoteMax);
    }
}
