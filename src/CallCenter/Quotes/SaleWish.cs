using System.ComponentModel;
using CallCenter.Customers;

namespace CallCenter.Quotes;

/// <summary>A line as another system says it.</summary>
/// <param name="Part">Id in the catalogue.</param>
/// <param name="UnitPrice">Without tax, up to two decimals.</param>
public sealed record WishedLine(
    string Brand = "", string Reference = "", string Description = "", decimal Quantity = 1, decimal? UnitPrice = null, decimal DiscountPercent = 0, decimal TaxPercent = 0,
    string Availability = "", long? Part = null)
{
    /// <exception cref="Refusal">The price is none.</exception>
    internal T Over<T>(T line) where T : SaleLine => line with
    {
        Part = Part,
        Brand = Brand.Trim(),
        Reference = Reference.Trim(),
        Description = Description.Trim(),
        Quantity = Quantity,
        UnitPrice = UnitPrice is { } price ? PriceOf(price) : null,
        DiscountPercent = DiscountPercent,
        TaxPercent = TaxPercent,
        Availability = Availability.Trim(),
    };

    static Money PriceOf(decimal price) => price >= 0 && price <= SaleLine.PriceMax.Amount && price * 100 % 1 == 0 ? new((long)(price * 100)) : throw new Refusal(RefusalKind.Invalid, "quote.price", SaleLine.PriceMax);
}

/// <summary>What another system says of a quote or of an order. What is not said stays as it is; lines that are given are all lines.</summary>
public abstract record SaleWish
{
    [Description("The customer's `id` here")]
    public long? Customer { get; init; }

    [Description("Or what another system calls the customer")]
    public ExternalId? CustomerExternalId { get; init; }

    public string? Contact { get; init; }

    public string? Branch { get; init; }

    public string? Plate { get; init; }

    public string? Vin { get; init; }

    public string? RequestedBy { get; init; }

    [Description("The customer's own reference")]
    public string? RequestNumber { get; init; }

    public SaleChannel? Channel { get; init; }

    public string? Note { get; init; }

    [Description("Id or email of the person who is credited with it; of a new one only")]
    public string? Author { get; init; }

    [Description("Of a new one only; now when it is not said")]
    public DateTimeOffset? CreatedAt { get; init; }

    public IReadOnlyList<WishedLine>? Lines { get; init; }

    internal SaleHead Over(SaleHead head, long? customer) => new(
        customer ?? head.Customer, Contact ?? head.Contact, Branch ?? head.Branch, Plate ?? head.Plate, Vin ?? head.Vin, RequestedBy ?? head.RequestedBy, RequestNumber ?? head.RequestNumber,
        Channel ?? head.Channel, Note ?? head.Note);
}

public sealed record QuoteWish : SaleWish
{
    [Description("`sent` for a new one when it is not said")]
    public QuoteStatus? Status { get; init; }

    [Description("Why it was rejected")]
    public RejectReason? Reason { get; init; }

    [Description("The last day on which it holds")]
    public DateOnly? ValidUntil { get; init; }
}

public sealed record OrderWish : SaleWish
{
    [Description("`placed` for a new one when it is not said")]
    public OrderStatus? Status { get; init; }

    [Description("`id` of the quote that it takes from; of a new one only")]
    public long? Quote { get; init; }

    [Description("Or what the same system calls that quote")]
    public string? QuoteExternalId { get; init; }
}
