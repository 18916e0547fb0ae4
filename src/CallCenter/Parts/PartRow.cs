using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace CallCenter.Parts;

/// <summary>
/// A part as a row of <c>parts</c>: what it is, and what an import makes of it. An import prepares its changes in many small
/// transactions, and none of them is seen before the one that raises the counter of applied imports; then all are.
/// </summary>
/// <param name="Content">What it is unless an applied import says otherwise; null when it came with that import.</param>
/// <param name="Next">What <paramref name="Import"/> says.</param>
sealed record PartRow(long Id, string MatchKey, string BrandKey, string? Content, string? Next, long? Import)
{
    public const string Columns = "id, match_key as MatchKey, brand_key as BrandKey, content, next, import";

    /// <summary>As SQL, of a row that can be seen; <c>@applied</c> is the newest import that is.</summary>
    public const string SeenInSql = "case when import <= @applied then next else content end";

    public const string IsSeenInSql = "(content is not null or import <= @applied)";

    static readonly JsonWriterOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>What anybody sees of it; null for nothing yet.</summary>
    public string? Seen(long applied) => Import <= applied ? Next : Content;

    /// <summary>With an import that is prepared and not applied.</summary>
    public bool IsStaged(long applied) => Import > applied;

    /// <summary>One text for one part: alike are those that are written alike.</summary>
    public static string Write(Part part)
    {
        var bytes = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(bytes, Json))
        {
            json.WriteStartObject();
            json.WriteString("brand", part.Brand);
            json.WriteString("reference", part.Reference);
            if (part.Description.Length > 0) json.WriteString("description", part.Description);
            if (part.CrossReferences.Count > 0)
            {
                json.WriteStartArray("crosses");
                foreach (var cross in part.CrossReferences)
                {
                    json.WriteStartArray();
                    json.WriteStringValue(cross.Reference);
                    if (cross.Brand is not null) json.WriteStringValue(cross.Brand);
                    json.WriteEndArray();
                }

                json.WriteEndArray();
            }

            if (part.Prices.Count > 0)
            {
                json.WriteStartObject("prices");
                foreach (var (tier, price) in part.Prices) json.WriteNumber(tier, price.Cents);
                json.WriteEndObject();
            }

            if (part.Stock is { } stock)
            {
                json.WriteNumber("stock", stock.Quantity);
                json.WriteNumber("stock_at", stock.ToldAt.ToUnixTimeMilliseconds());
            }

            if (part.TaxPercent is { } tax) json.WriteNumber("tax", tax);
            if (!part.IsActive) json.WriteBoolean("active", false);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }

    public static Part Read(long id, string content)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(content.Length));
        try
        {
            return Read(id, new Utf8JsonReader(buffer.AsSpan(0, Encoding.UTF8.GetBytes(content, buffer))));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    static Part Read(long id, Utf8JsonReader json)
    {
        string brand = "", reference = "", description = "";
        var crosses = new List<CrossReference>();
        var prices = new SortedList<string, Money>(StringComparer.OrdinalIgnoreCase);
        decimal? quantity = null, tax = null;
        var (toldAt, isActive) = (0L, true);
        json.Read();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var name = json.GetString();
            json.Read();
            switch (name)
            {
                case "brand": brand = json.GetString()!; break;
                case "reference": reference = json.GetString()!; break;
                case "description": description = json.GetString()!; break;
                case "crosses":
                    while (json.Read() && json.TokenType == JsonTokenType.StartArray)
                    {
                        json.Read();
                        var other = json.GetString()!;
                        json.Read();
                        var whose = json.TokenType == JsonTokenType.String ? json.GetString() : null;
                        if (whose is not null) json.Read();
                        crosses.Add(new(whose, other));
                    }

                    break;
                case "prices":
                    while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
                    {
                        var tier = json.GetString()!;
                        json.Read();
                        prices[tier] = new(json.GetInt64());
                    }

                    break;
                case "stock": quantity = json.GetDecimal(); break;
                case "stock_at": toldAt = json.GetInt64(); break;
                case "tax": tax = json.GetDecimal(); break;
                case "active": isActive = json.GetBoolean(); break;
                default: throw new InvalidOperationException($"No rule for '{name}' of a part.");
            }
        }

        return new Part
        {
            Id = id,
            Brand = brand,
            Reference = reference,
            Description = description,
            CrossReferences = crosses,
            Prices = prices,
            Stock = quantity is { } known ? new(known, DateTimeOffset.FromUnixTimeMilliseconds(toldAt)) : null,
            TaxPercent = tax,
            IsActive = isActive,
        };
    }
}
