using System.Text.Json;
using CallCenter.Storage;

namespace CallCenter.Quotes;

/// <summary>What a company decides about its quotes.</summary>
/// <param name="ValidDays">A new quote holds for so many days.</param>
/// <param name="TaxPercent">Of a new line.</param>
/// <param name="Zone">IANA name of where the company is: there a day ends and a year begins.</param>
public sealed record QuoteSettings(int ValidDays = 15, decimal TaxPercent = 21, string Zone = "Europe/Madrid")
{
    /// <summary>The name under which they stand in the server's settings.</summary>
    public const string Name = "quotes";

    public static readonly QuoteSettings Default = new();

    internal TimeZoneInfo TimeZone => TimeZoneInfo.TryFindSystemTimeZoneById(Zone, out var zone) ? zone : TimeZoneInfo.Utc;

    internal DateOnly Today(DateTimeOffset now) => LocalDay.Of(now, TimeZone);

    internal static async Task<QuoteSettings> Read(Tx tx) =>
        await tx.Maybe<string>("select value from settings where name = @Name", new { Name }) is { } text ? JsonSerializer.Deserialize<QuoteSettings>(text)! : Default;
}
