using System.Text.Json.Serialization;

namespace CallCenter.Parts;

/// <summary>Another reference for the same part: the car maker's own, or another brand's.</summary>
/// <param name="Brand">Null where nobody said whose it is.</param>
public sealed record CrossReference(string? Brand, string Reference);

/// <summary>How much there is, and when that was told, because it may have changed since.</summary>
/// <param name="Quantity">Pieces, litres or metres; never negative, at most three decimals.</param>
public sealed record Stock(decimal Quantity, DateTimeOffset ToldAt);

/// <summary>A part that can be sold: a brand's reference with its description, prices and stock.</summary>
public sealed record Part
{
    public const int BrandMax = 60;
    public const int ReferenceMax = 60;
    public const int DescriptionMax = 500;
    public const int CrossReferencesMax = 200;
    public const int TierMax = 40;
    public const int TiersMax = 20;

    /// <summary>Its name among <see cref="Prices"/> of the price that everybody pays who has no tier.</summary>
    public const string BaseTier = "";

    const decimal StockMax = 1_000_000_000;

    /// <summary>Zero until it is kept.</summary>
    public long Id { get; init; }

    public required string Brand { get; init; }

    /// <summary>As its brand writes it.</summary>
    public required string Reference { get; init; }

    public string Description { get; init; } = "";

    public IReadOnlyList<CrossReference> CrossReferences { get; init; } = [];

    /// <summary>What one costs without tax, for each price tier by its name; capitals do not tell tiers apart.</summary>
    public IReadOnlyDictionary<string, Money> Prices { get; init; } = NoPrices;

    /// <summary>Null where nobody told it.</summary>
    public Stock? Stock { get; init; }

    /// <summary>Null for the usual rate.</summary>
    public decimal? TaxPercent { get; init; }

    /// <summary>Parts that are not sold any more stay, because quotes speak of them; no search by words finds them.</summary>
    public bool IsActive { get; init; } = true;

    /// <summary>The reference's letters and digits.</summary>
    [JsonIgnore]
    public string MatchKey => PartKey.Of(Reference);

    internal static IReadOnlyDictionary<string, Money> NoPrices { get; } = new SortedList<string, Money>(StringComparer.OrdinalIgnoreCase);

    /// <summary>The tier's price, or the base price where the tier has none of its own; null when there is neither.</summary>
    public Money? PriceFor(string? tier) =>
        Prices.TryGetValue(tier ?? BaseTier, out var own) ? own : Prices.TryGetValue(BaseTier, out var everybodys) ? everybodys : null;

    /// <summary>With these prices instead of those that it has of the same tiers.</summary>
    public Part WithPrices(IEnumerable<KeyValuePair<string, Money>> told)
    {
        var prices = new SortedList<string, Money>(StringComparer.OrdinalIgnoreCase);
        foreach (var (tier, price) in Prices) prices[tier] = price;
        foreach (var (tier, price) in told) prices[tier] = price;
        return this with { Prices = prices };
    }

    /// <summary>The same without what only looks different: spaces around, zeros behind the comma, a cross-reference said twice.</summary>
    /// <exception cref="Refusal">Something is missing, too long or makes no sense; the code says what.</exception>
    public Part Checked()
    {
        var part = this with
        {
            Brand = Text(Brand, BrandMax, "part.brand"),
            Reference = Text(Reference, ReferenceMax, "part.reference"),
            Description = Description.Trim(),
            CrossReferences = CrossReferences.Count == 0 ? [] : [.. CrossReferences.Select(Checked).Distinct()],
            Prices = Prices is SortedList<string, Money> && Prices.Keys.All(tier => tier.Length == tier.AsSpan().Trim().Length) ? Prices : (this with { Prices = NoPrices }).WithPrices(Prices.Select(price => KeyValuePair.Create(price.Key.Trim(), price.Value))).Prices,
            Stock = Stock is { } stock ? stock with { Quantity = Plain(stock.Quantity) } : null,
            TaxPercent = TaxPercent is { } tax ? Plain(tax) : null,
        };
        if (part.Description.Length > DescriptionMax) throw new Refusal(RefusalKind.Invalid, "part.description", DescriptionMax);
        if (part.CrossReferences.Count > CrossReferencesMax) throw new Refusal(RefusalKind.Invalid, "part.crosses", CrossReferencesMax);
        if (part.Prices.Count > TiersMax) throw new Refusal(RefusalKind.Invalid, "part.tiers", TiersMax, TierMax);
        foreach (var (tier, price) in part.Prices)
        {
            if (tier.Length > TierMax) throw new Refusal(RefusalKind.Invalid, "part.tiers", TiersMax, TierMax);
            if (price < Money.Zero || price > Money.Max) throw new Refusal(RefusalKind.Invalid, "part.price");
        }

        if (part.Stock?.Quantity is < 0) throw new Refusal(RefusalKind.Invalid, "part.stock-negative", part.Stock.Quantity);
        if (part.Stock?.Quantity is > StockMax || part.Stock?.Quantity.Scale > 3) throw new Refusal(RefusalKind.Invalid, "part.stock", StockMax);
        return part.TaxPercent is < 0 or > 100 || part.TaxPercent?.Scale > 2 ? throw new Refusal(RefusalKind.Invalid, "part.tax") : part;
    }

    static CrossReference Checked(CrossReference cross) =>
        new(string.IsNullOrWhiteSpace(cross.Brand) ? null : Text(cross.Brand, BrandMax, "part.brand"), Text(cross.Reference, ReferenceMax, "part.reference"));

    static string Text(string? text, int max, string code) =>
        text?.Trim() is { } trimmed && trimmed.Length <= max && trimmed.Any(char.IsLetterOrDigit) ? trimmed : throw new Refusal(RefusalKind.Invalid, code, max);

    /// <summary>4 and 4.00 are one number, and are written alike.</summary>
    static decimal Plain(decimal number) => number / 1.0000000000000000000000000000m;
}
