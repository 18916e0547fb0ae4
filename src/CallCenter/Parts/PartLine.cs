using System.Text.Json;
using System.Text.Json.Serialization;

namespace CallCenter.Parts;

/// <summary>What a line of a file, or a program, says of a part. What it does not say stays as it is; null is not said.</summary>
sealed class PartLine
{
    static readonly JsonSerializerOptions Json = new() { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public string Brand { get; set; } = "";

    public string Reference { get; set; } = "";

    public string? Description { get; set; }

    /// <summary>All of them: they take the place of those that were known.</summary>
    public List<CrossReference>? Crosses { get; set; }

    /// <summary>In cents, by tier; other tiers keep theirs.</summary>
    public SortedList<string, long>? Prices { get; set; }

    public decimal? Stock { get; set; }

    public decimal? Tax { get; set; }

    public bool? Active { get; set; }

    [JsonIgnore]
    public (string Match, string Brand) Key => (PartKey.Of(Reference), PartKey.Of(Brand));

    public string ToText() => JsonSerializer.Serialize(this, Json);

    public static PartLine OfText(string text) => JsonSerializer.Deserialize<PartLine>(text, Json)!;

    /// <summary>The part as it says. Its brand and reference stay spelled as they were.</summary>
    /// <param name="before">Null for a part that is new.</param>
    /// <exception cref="Refusal">It makes no sense; the code says why.</exception>
    public Part On(Part? before, DateTimeOffset toldAt)
    {
        var part = before ?? new Part { Brand = Brand, Reference = Reference };
        part = part with
        {
            Description = Description ?? part.Description,
            CrossReferences = Crosses ?? part.CrossReferences,
            Stock = Stock is { } quantity ? new(quantity, toldAt) : part.Stock,
            TaxPercent = Tax ?? part.TaxPercent,
            IsActive = Active ?? part.IsActive,
        };
        return (Prices is null ? part : part.WithPrices(Prices.Select(price => KeyValuePair.Create(price.Key, new Money(price.Value))))).Checked();
    }
}
