using System.Text.Json;
using CallCenter.Storage;

namespace CallCenter.Quotes;

/// <summary>What a company decides about its quotes.</summary>
/// <param name="ValidDays">A new quote holds for so many days.</param>
/// <param name="TaxPercent">Of a new line.</param>
/// <param name="Zone">IANA name of where the company is: there a day ends and a year begins.</param>
/// <param name="Seller">Name, address and tax number of the company, as they stand above a quote; a line each.</param>
/// <param name="Conditions">What stands below it.</param>
public sealed record QuoteSettings(int ValidDays = 15, decimal TaxPercent = 21, string Zone = "Europe/Madrid", string Seller = "", string Conditions = "")
{
    /// <summary>The name under which they stand in the server's settings.</summary>
    public const string Name = "quotes";

    public const int TextMax = 1000;

    const int DaysMax = 365;

    public static readonly QuoteSettings Default = new();

    internal TimeZoneInfo TimeZone => TimeZoneInfo.TryFindSystemTimeZoneById(Zone, out var zone) ? zone : TimeZoneInfo.Utc;

    /// <summary>What the company is called, where it said so.</summary>
    internal string? SellerName => Seller.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();

    internal DateOnly Today(DateTimeOffset now) => LocalDay.Of(now, TimeZone);

    /// <exception cref="Refusal">One of them makes no sense.</exception>
    public QuoteSettings Checked()
    {
        if (ValidDays is < 0 or > DaysMax) throw new Refusal(RefusalKind.Invalid, "quote.valid-days", DaysMax);
        if (TaxPercent is < 0 or > 100 || decimal.Round(TaxPercent, SaleLine.PercentPlaces) != TaxPercent) throw new Refusal(RefusalKind.Invalid, "quote.percent", SaleLine.PercentPlaces);
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(Zone, out _)) throw new Refusal(RefusalKind.Invalid, "quote.zone", Zone);
        if (Seller.Length > TextMax || Conditions.Length > TextMax) throw new Refusal(RefusalKind.Invalid, "quote.text", TextMax);
        return this with { Seller = Seller.Trim().ReplaceLineEndings("\n"), Conditions = Conditions.Trim().ReplaceLineEndings("\n") };
    }

    internal static async Task<QuoteSettings> Read(Tx tx) =>
        await tx.Maybe<string>("select value from settings where name = @Name", new { Name }) is { } text ? JsonSerializer.Deserialize<QuoteSettings>(text)! : Default;

    internal string ToText() => JsonSerializer.Serialize(this);
}
