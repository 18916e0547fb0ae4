using CallCenter.Customers;

namespace CallCenter.Quotes;

public enum QuoteStatus
{
    /// <summary>Being written; it has no number yet, or was taken back to be changed.</summary>
    Draft,

    /// <summary>The customer was told, by whatever way.</summary>
    Sent,
    Accepted,
    Rejected,

    /// <summary>Its last day went by without an answer.</summary>
    Expired,

    /// <summary>All of it stands in orders.</summary>
    Ordered,

    /// <summary>A draft that came to nothing.</summary>
    Discarded,
}

/// <summary>Why quotes die (product.md B 19).</summary>
public enum RejectReason
{
    Price,
    NoStock,
    LeadTime,
    BoughtElsewhere,
    JustAsking,
}

/// <summary>What of a quote people write: everything but what became of it.</summary>
public sealed record QuoteContent(SaleHead Head, DateOnly ValidUntil, IReadOnlyList<QuoteLine> Lines);

/// <summary>
/// Parts offered to a customer at a price until a day. A draft from the first moment; numbered once the customer is told;
/// credited to at most one call.
/// </summary>
public sealed record Quote
{
    public const int LinesMax = 300;

    /// <summary>Without tax.</summary>
    public static readonly Money NetMax = new(1_000_000_000_00);

    /// <summary>In which a customer may still answer or order.</summary>
    public static readonly QuoteStatus[] Open = [QuoteStatus.Sent, QuoteStatus.Accepted];

    public long Id { get; init; }

    /// <summary>Such as P-2026-000123; null until the customer was told for the first time.</summary>
    public string? Number { get; init; }

    public QuoteStatus Status { get; init; }

    public RejectReason? Reason { get; init; }

    public required SaleHead Head { get; init; }

    /// <summary>A person chose the customer; the call changes it no more.</summary>
    public bool IsCustomerChosen { get; init; }

    /// <summary>The last day on which it holds, where the company is.</summary>
    public DateOnly ValidUntil { get; init; }

    public IReadOnlyList<QuoteLine> Lines { get; init; } = [];

    /// <summary>Id of who began it and is credited with it; null when a program did.</summary>
    public string? Author { get; init; }

    /// <summary>Id of the author's team when it was begun.</summary>
    public string? Team { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When the customer was told for the first time.</summary>
    public DateTimeOffset? NumberedAt { get; init; }

    /// <summary>When it was answered, ordered, given up or expired.</summary>
    public DateTimeOffset? ClosedAt { get; init; }

    public DateTimeOffset ChangedAt { get; init; }

    /// <summary>Id of the <see cref="Audit.Actor"/> who changed it last.</summary>
    public string ChangedBy { get; init; } = "";

    /// <summary>The call whose one draft it is.</summary>
    public long? DraftOf { get; init; }

    public CallCredit? Credit { get; init; }

    /// <summary>What another system calls it.</summary>
    public ExternalId? External { get; init; }

    /// <summary>Grows with every change of any quote or order.</summary>
    public long Version { get; init; }

    public QuoteContent Content => new(Head, ValidUntil, Lines);

    public Totals Totals => Totals.Of(Lines.Where(line => !line.IsRejected));

    /// <summary>It can be ordered, also late.</summary>
    public bool IsToBeHad => Status is QuoteStatus.Sent or QuoteStatus.Accepted or QuoteStatus.Expired;

    public bool IsPartlyOrdered => Status != QuoteStatus.Ordered && Lines.Any(line => line.Ordered > 0);

    /// <exception cref="Refusal">It is no draft, or something in it cannot be.</exception>
    public Quote Edit(QuoteContent content)
    {
        if (Status != QuoteStatus.Draft) throw new Refusal(RefusalKind.Conflict, "quote.no-draft", Name);
        return With(content) with { IsCustomerChosen = IsCustomerChosen || content.Head.Customer != Head.Customer };
    }

    internal Quote With(QuoteContent content)
    {
        content = content with { Lines = [.. content.Lines.Where(line => !line.IsEmpty)] };
        content.Head.Check();
        if (content.Lines.Count > LinesMax) throw new Refusal(RefusalKind.Invalid, "quote.too-many-lines", LinesMax);
        foreach (var line in content.Lines) line.Check();
        if (content.Lines.Sum(line => line.Net.Amount) > NetMax.Amount) throw new Refusal(RefusalKind.Invalid, "quote.too-much", NetMax);
        if (content.Lines.Select(line => line.Id).Distinct().Count() < content.Lines.Count) throw new Refusal(RefusalKind.Invalid, "quote.line", content.Lines[0].Id);
        return this with { Head = content.Head, ValidUntil = content.ValidUntil, Lines = content.Lines };
    }

    /// <summary>The call turned out to be with somebody else; who was chosen by a person stays.</summary>
    internal Quote Follow(long? customer) => Status == QuoteStatus.Draft && !IsCustomerChosen ? this with { Head = Head with { Customer = customer } } : this;

    /// <summary>The customer is told: from now on it is changed no more.</summary>
    /// <exception cref="Refusal">Nothing is offered, a price is missing, or its last day is over.</exception>
    internal Quote Present(DateTimeOffset now, DateOnly today)
    {
        if (Status == QuoteStatus.Sent) return this; // asking twice is fine
        if (Status != QuoteStatus.Draft) throw new Refusal(RefusalKind.Conflict, "quote.no-draft", Name);
        MustBeWhole();
        if (ValidUntil < today) throw new Refusal(RefusalKind.Invalid, "quote.over", ValidUntil);
        return this with { Status = QuoteStatus.Sent, NumberedAt = NumberedAt ?? now, DraftOf = null, ClosedAt = null, Reason = null };
    }

    void MustBeWhole()
    {
        if (Lines.Count == 0) throw new Refusal(RefusalKind.Invalid, "quote.empty");
        if (Lines.FirstOrDefault(line => line.UnitPrice is null) is { } unpriced) throw new Refusal(RefusalKind.Invalid, "quote.no-price", NameOf(unpriced));
    }

    /// <summary>To be changed; it keeps its number.</summary>
    public Quote Reopen()
    {
        if (Status == QuoteStatus.Draft) return this;
        if (Lines.Any(line => line.Ordered > 0)) throw new Refusal(RefusalKind.Conflict, "quote.ordered", Name);
        return this with { Status = QuoteStatus.Draft, ClosedAt = null, Reason = null };
    }

    /// <summary>The customer says yes, also after he had said no or too late.</summary>
    public Quote Accept(DateTimeOffset now) => Status switch
    {
        QuoteStatus.Accepted => this,
        QuoteStatus.Sent or QuoteStatus.Rejected or QuoteStatus.Expired => this with { Status = QuoteStatus.Accepted, ClosedAt = now, Reason = null },
        QuoteStatus.Draft or QuoteStatus.Ordered or QuoteStatus.Discarded => throw NotNow(),
        _ => throw new InvalidOperationException($"No rule for {Status}."),
    };

    public Quote Reject(RejectReason reason, DateTimeOffset now) => Status switch
    {
        QuoteStatus.Rejected => this with { Reason = reason },
        _ when Lines.Any(line => line.Ordered > 0) => throw new Refusal(RefusalKind.Conflict, "quote.ordered", Name),
        QuoteStatus.Sent or QuoteStatus.Accepted or QuoteStatus.Expired => this with { Status = QuoteStatus.Rejected, Reason = reason, ClosedAt = now },
        QuoteStatus.Draft or QuoteStatus.Ordered or QuoteStatus.Discarded => throw NotNow(),
        _ => throw new InvalidOperationException($"No rule for {Status}."),
    };

    /// <summary>What was never told to anybody can be thrown away.</summary>
    public Quote Discard(DateTimeOffset now) => (Status, Number) switch
    {
        (QuoteStatus.Discarded, _) => this,
        (QuoteStatus.Draft, null) => this with { Status = QuoteStatus.Discarded, DraftOf = null, ClosedAt = now },
        _ => throw new Refusal(RefusalKind.Conflict, "quote.numbered", Name),
    };

    /// <param name="today">Where the company is.</param>
    internal Quote Expire(DateOnly today, DateTimeOffset now) =>
        Status == QuoteStatus.Sent && ValidUntil < today ? this with { Status = QuoteStatus.Expired, ClosedAt = now } : this;

    /// <summary>As another system says that it stands, whatever it was before; its last day ends it here as well.</summary>
    /// <exception cref="Refusal">The customer is told of nothing, or of what has no price.</exception>
    internal Quote Stand(QuoteStatus status, RejectReason? reason, DateOnly today, DateTimeOffset now)
    {
        if (status == QuoteStatus.Sent && ValidUntil < today) status = QuoteStatus.Expired;
        if (status is not (QuoteStatus.Draft or QuoteStatus.Discarded)) MustBeWhole();
        var isClosed = status is not (QuoteStatus.Draft or QuoteStatus.Sent);
        return this with { Status = status, Reason = status == QuoteStatus.Rejected ? reason : null, ClosedAt = !isClosed ? null : status == Status && ClosedAt is not null ? ClosedAt : now };
    }

    /// <summary>So much of these lines is ordered now, or not any more.</summary>
    /// <exception cref="Refusal">It is not to be had any more, or there is not so much left.</exception>
    internal Quote Order(IReadOnlyDictionary<string, decimal> quantities, DateTimeOffset now)
    {
        if (!IsToBeHad) throw NotNow();
        if (quantities.Count == 0) throw new Refusal(RefusalKind.Invalid, "order.empty");
        foreach (var (id, quantity) in quantities)
        {
            var line = Lines.FirstOrDefault(line => line.Id == id) ?? throw new Refusal(RefusalKind.Invalid, "quote.line", id);
            if (quantity <= 0 || quantity > line.Remaining || decimal.Round(quantity, SaleLine.QuantityPlaces) != quantity) throw new Refusal(RefusalKind.Conflict, "order.too-much", NameOf(line), line.Remaining);
        }

        return Settled(this with { Lines = [.. Lines.Select(line => quantities.TryGetValue(line.Id, out var quantity) ? line with { Ordered = line.Ordered + quantity } : line)] }, now);
    }

    /// <summary>An order was cancelled: what stood in it can be ordered again.</summary>
    internal Quote TakeBack(IReadOnlyDictionary<string, decimal> quantities, DateTimeOffset now) =>
        Settled(this with { Lines = [.. Lines.Select(line => quantities.TryGetValue(line.Id, out var quantity) ? line with { Ordered = Math.Max(0, line.Ordered - quantity) } : line)] }, now);

    static Quote Settled(Quote quote, DateTimeOffset now) => quote with { Status = quote.Lines.All(line => line.Remaining == 0) ? QuoteStatus.Ordered : QuoteStatus.Accepted, ClosedAt = now };

    /// <summary>What people call it.</summary>
    internal string Name => Number ?? $"#{Id}";

    internal static string NameOf(SaleLine line) => line.Reference.Length > 0 ? line.Reference : line.Description;

    Refusal NotNow() => new(RefusalKind.Conflict, "quote.not-now", Name, Status);
}
