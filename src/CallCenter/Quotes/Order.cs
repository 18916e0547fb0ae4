using CallCenter.Customers;

namespace CallCenter.Quotes;

public enum OrderStatus
{
    /// <summary>Taken, and nothing has left the house.</summary>
    Placed,

    /// <summary>Something has to come in first.</summary>
    BackOrdered,
    Shipped,
    Delivered,
    Cancelled,
}

/// <summary>What a customer asked to be sent: all of a quote, a part of one, or what was never in any.</summary>
public sealed record Order
{
    public static readonly OrderStatus[] InProgress = [OrderStatus.Placed, OrderStatus.BackOrdered, OrderStatus.Shipped];

    public long Id { get; init; }

    /// <summary>Such as PD-2026-000123.</summary>
    public string Number { get; init; } = "";

    public OrderStatus Status { get; init; }

    /// <summary>Id of the quote that it takes from.</summary>
    public long? Quote { get; init; }

    public required SaleHead Head { get; init; }

    public IReadOnlyList<OrderLine> Lines { get; init; } = [];

    /// <summary>Id of who took it; null when a program did.</summary>
    public string? Author { get; init; }

    /// <summary>Id of the author's team then.</summary>
    public string? Team { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it was delivered or cancelled.</summary>
    public DateTimeOffset? ClosedAt { get; init; }

    public DateTimeOffset ChangedAt { get; init; }

    /// <summary>Id of the <see cref="Audit.Actor"/> who changed it last.</summary>
    public string ChangedBy { get; init; } = "";

    /// <summary>That of its quote, when it has one.</summary>
    public CallCredit? Credit { get; init; }

    /// <summary>What another system calls it.</summary>
    public ExternalId? External { get; init; }

    /// <summary>Grows with every change of any quote or order.</summary>
    public long Version { get; init; }

    public Totals Totals => Totals.Of(Lines);

    /// <exception cref="Refusal">Nothing is ordered, or something in it cannot be.</exception>
    internal Order Checked()
    {
        Head.Check();
        if (Lines.Count == 0) throw new Refusal(RefusalKind.Invalid, "order.empty");
        if (Lines.Count > Quotes.Quote.LinesMax) throw new Refusal(RefusalKind.Invalid, "quote.too-many-lines", Quotes.Quote.LinesMax);
        foreach (var line in Lines) line.Check();
        if (Lines.FirstOrDefault(line => line.UnitPrice is null) is { } unpriced) throw new Refusal(RefusalKind.Invalid, "quote.no-price", Quotes.Quote.NameOf(unpriced));
        if (Lines.Sum(line => line.Net.Amount) > Quotes.Quote.NetMax.Amount) throw new Refusal(RefusalKind.Invalid, "quote.too-much", Quotes.Quote.NetMax);
        return this;
    }

    /// <summary>As another system says that it stands, whatever it was before.</summary>
    internal Order Stand(OrderStatus status, DateTimeOffset now) =>
        this with { Status = status, ClosedAt = InProgress.Contains(status) ? null : status == Status && ClosedAt is not null ? ClosedAt : now };

    /// <summary>Any step but out of the two ends.</summary>
    public Order Move(OrderStatus to, DateTimeOffset now) => Status == to ? this
        : Status is OrderStatus.Delivered or OrderStatus.Cancelled ? throw new Refusal(RefusalKind.Conflict, "order.closed", Number)
        : this with { Status = to, ClosedAt = to is OrderStatus.Delivered or OrderStatus.Cancelled ? now : null };
}
