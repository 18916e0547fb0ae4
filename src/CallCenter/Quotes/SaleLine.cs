namespace CallCenter.Quotes;

/// <summary>What a quote offers or an order asks for, of one part. All figures are exact decimals.</summary>
public record SaleLine
{
    public const int TextMax = 300;
    public const int QuantityPlaces = 3;
    public const int PercentPlaces = 2;

    public static readonly decimal QuantityMax = 100_000;

    /// <summary>Of one piece; times the largest quantity it is still an amount that is kept.</summary>
    public static readonly Money PriceMax = new(1_000_000_00);

    /// <summary>Made where the line is begun, so that two people who add lines at the same time add two.</summary>
    public string Id { get; init; } = Guid.CreateVersion7().ToString("n");

    /// <summary>In the catalogue; null for free text.</summary>
    public long? Part { get; init; }

    public string Brand { get; init; } = "";

    public string Reference { get; init; } = "";

    public string Description { get; init; } = "";

    /// <summary>Above nought, up to three decimals.</summary>
    public decimal Quantity { get; init; } = 1;

    /// <summary>Without tax; null while nobody has named one.</summary>
    public Money? UnitPrice { get; init; }

    /// <summary>0 to 100, up to two decimals.</summary>
    public decimal DiscountPercent { get; init; }

    /// <summary>0 to 100, up to two decimals.</summary>
    public decimal TaxPercent { get; init; }

    /// <summary>When it can be had, as it was said: on the shelf, tomorrow, in four days.</summary>
    public string Availability { get; init; } = "";

    /// <summary>Quantity × price × (1 − discount), rounded half away from zero, here and nowhere else.</summary>
    public Money Net => NetOf(Quantity);

    /// <summary>Nobody has written anything in it.</summary>
    public bool IsEmpty => Part is null && Brand.Length + Reference.Length + Description.Length == 0 && UnitPrice is null;

    protected Money NetOf(decimal quantity) => Money.Round(quantity * (UnitPrice ?? Money.Zero).Amount * (1 - DiscountPercent / 100));

    /// <exception cref="Refusal">One of its figures cannot be, or a text is too long.</exception>
    internal void Check()
    {
        if (Quantity <= 0 || Quantity > QuantityMax || !IsWithin(Quantity, QuantityPlaces)) throw new Refusal(RefusalKind.Invalid, "quote.quantity", QuantityMax, QuantityPlaces);
        if (UnitPrice is { } price && (price < Money.Zero || price > PriceMax)) throw new Refusal(RefusalKind.Invalid, "quote.price", PriceMax);
        foreach (var percent in (decimal[])[DiscountPercent, TaxPercent])
            if (percent is < 0 or > 100 || !IsWithin(percent, PercentPlaces)) throw new Refusal(RefusalKind.Invalid, "quote.percent", PercentPlaces);
        foreach (var text in (string[])[Brand, Reference, Description, Availability])
            if (text.Length > TextMax) throw new Refusal(RefusalKind.Invalid, "quote.text", TextMax);
        if (!Guid.TryParseExact(Id, "n", out _)) throw new Refusal(RefusalKind.Invalid, "quote.line", Id);
    }

    static bool IsWithin(decimal number, int places) => decimal.Round(number, places) == number;
}

public enum LineStatus
{
    Open,

    /// <summary>The customer wants the quote, and with it this.</summary>
    Accepted,

    /// <summary>The customer does not want it; it counts in no sum.</summary>
    Rejected,

    /// <summary>All of it.</summary>
    Ordered,
}

/// <summary>A line of a quote.</summary>
public sealed record QuoteLine : SaleLine
{
    public bool IsRejected { get; init; }

    /// <summary>How much of it stands in orders.</summary>
    public decimal Ordered { get; init; }

    /// <summary>What could still be ordered.</summary>
    public decimal Remaining => IsRejected ? 0 : Math.Max(0, Quantity - Ordered);

    /// <summary>What that would cost.</summary>
    public Money RemainingNet => NetOf(Remaining);

    public LineStatus StatusIn(QuoteStatus quote) => IsRejected || quote == QuoteStatus.Rejected ? LineStatus.Rejected
        : Ordered >= Quantity ? LineStatus.Ordered
        : quote is QuoteStatus.Accepted ? LineStatus.Accepted : LineStatus.Open;
}

/// <summary>A line of an order.</summary>
public sealed record OrderLine : SaleLine
{
    public OrderLine()
    {
    }

    internal OrderLine(QuoteLine from, decimal quantity) : base(from) =>
        (Id, From, Quantity) = (Guid.CreateVersion7().ToString("n"), from.Id, quantity);

    /// <summary>The line of the quote that it takes from; null when it is in no quote.</summary>
    public string? From { get; init; }
}

/// <summary>The tax of all that is taxed alike.</summary>
public sealed record TaxSum(decimal Percent, Money Net, Money Tax);

/// <summary>What lines come to. Each net is rounded once; the tax of each rate is rounded once, on the sum of its nets.</summary>
/// <param name="Taxes">By rate, the highest first.</param>
public sealed record Totals(Money Net, IReadOnlyList<TaxSum> Taxes, Money Tax, Money Total)
{
    public static Totals Of(IEnumerable<SaleLine> lines)
    {
        var taxes = lines.GroupBy(line => line.TaxPercent).OrderByDescending(group => group.Key).Select(group =>
        {
            var net = Sum(group.Select(line => line.Net));
            return new TaxSum(group.Key, net, Money.Round(net.Amount * group.Key / 100));
        }).ToList();
        var (sum, tax) = (Sum(taxes.Select(one => one.Net)), Sum(taxes.Select(one => one.Tax)));
        return new Totals(sum, taxes, tax, sum + tax);
    }

    static Money Sum(IEnumerable<Money> amounts) => amounts.Aggregate(Money.Zero, (sum, amount) => sum + amount);
}
