using System.Globalization;
using System.Text.RegularExpressions;

namespace CallCenter.Telephony;

/// <summary>How a phone system writes instants.</summary>
/// <param name="format"><c>auto</c>, <c>iso</c>, <c>unix</c>, <c>unix_ms</c> or a .NET pattern such as <c>dd/MM/yyyy HH:mm:ss</c>.</param>
/// <param name="zone">Of times without an offset.</param>
sealed partial class WrittenTime(string format, TimeZoneInfo zone)
{
    const int LengthMax = 64;
    const double SecondsUntilMilliseconds = 1e11, MillisecondsUntilMicroseconds = 1e14;

    /// <summary>How far a phone system's clock may be ahead of ours.</summary>
    static readonly TimeSpan Ahead = TimeSpan.FromMinutes(2);

    static readonly DateTimeOffset Earliest = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero), Latest = new(2100, 1, 1, 0, 0, 0, TimeSpan.Zero);

    static readonly string[] Words = ["auto", "iso", "unix", "unix_ms"];

    /// <summary>Zero in one of the ways in which "never" is written.</summary>
    public static bool IsNever(string text) => text.Length == 0 || text.All(letter => letter is '0' or '-' or ':' or ' ' or 'T' or 'Z' or '.' or '/');

    /// <summary>What is wrong with a format, or null.</summary>
    public static string? ProblemOf(string format)
    {
        if (format.Length == 0 || Words.Contains(format)) return null;
        var example = new DateTime(2026, 11, 23, 21, 45, 59, DateTimeKind.Unspecified);
        try
        {
            var written = example.ToString(format, CultureInfo.InvariantCulture);
            if (HasOffset(format) || DateTime.TryParseExact(written, format, CultureInfo.InvariantCulture, DateTimeStyles.None, out var read) && read.Date == example.Date && read.Hour == example.Hour)
                return null;
        }
        catch (FormatException)
        {
            // said below
        }

        return $"time.format '{format}' is none; write auto, iso, unix, unix_ms or a pattern such as dd/MM/yyyy HH:mm:ss";
    }

    /// <param name="received">Settles which of two readings is meant in the hour that is repeated when summer time ends.</param>
    /// <exception cref="UnreadableException">It is no time, or none of this century.</exception>
    public DateTimeOffset Read(string text, DateTimeOffset received) => TryRead(text, received)
        ?? throw new UnreadableException($"time '{Arrival.Clean(text, 40)}' does not fit time.format {(format.Length == 0 ? "auto" : format)}");

    /// <summary>An instant in any of the usual ways; null for nothing and for nought, which is how databases write never.</summary>
    /// <param name="zone">Of times without an offset.</param>
    /// <exception cref="UnreadableException">It is no time.</exception>
    public static DateTimeOffset? Of(string? text, string name, TimeZoneInfo zone, DateTimeOffset received) => text is null || IsNever(text) ? null
        : (zone == TimeZoneInfo.Utc ? Usual : new WrittenTime("auto", zone)).TryRead(text, received) ?? throw new UnreadableException($"{name} '{Arrival.Clean(text, 40)}' is no time");

    static readonly WrittenTime Usual = new("auto", TimeZoneInfo.Utc);

    DateTimeOffset? TryRead(string text, DateTimeOffset received)
    {
        text = text.Trim();
        var at = text.Length > LengthMax ? null : format switch
        {
            "unix" => Number(text) is { } seconds ? Unix(seconds * 1000) : null,
            "unix_ms" => Number(text) is { } ms ? Unix(ms) : null,
            "" or "auto" => Number(text) is { } number ? Unix(number < SecondsUntilMilliseconds ? number * 1000 : number < MillisecondsUntilMicroseconds ? number : number / 1000) : Iso(text, received),
            "iso" => Iso(text, received),
            _ => Pattern(text, received),
        };
        return at is { } instant && instant >= Earliest && instant < Latest
            ? DateTimeOffset.FromUnixTimeMilliseconds(instant.ToUnixTimeMilliseconds())
            : null;
    }

    static double? Number(string text) => double.TryParse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;

    static DateTimeOffset? Unix(double ms) => ms is > 0 and < 1e14 ? DateTimeOffset.FromUnixTimeMilliseconds((long)Math.Round(ms)) : null;

    /// <summary>
    /// Year first, or with the month's name as mail writes it. Whether 02/03 is in February or in March nobody can guess.
    /// </summary>
    DateTimeOffset? Iso(string text, DateTimeOffset received)
    {
        text = Fraction().Replace(text, "$1");
        if (!YearFirst().IsMatch(text) && !text.Any(char.IsAsciiLetter)) return null;
        if (Offset().IsMatch(text)) return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var exact) ? exact : null;
        return DateTime.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.NoCurrentDateDefault, out var local) ? Local(local, received) : null;
    }

    DateTimeOffset? Pattern(string text, DateTimeOffset received)
    {
        if (HasOffset(format)) return DateTimeOffset.TryParseExact(text, format, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var exact) ? exact : null;
        return DateTime.TryParseExact(text, format, CultureInfo.InvariantCulture, DateTimeStyles.NoCurrentDateDefault, out var local) ? Local(local, received) : null;
    }

    /// <summary>
    /// A local time happens twice when clocks are put back: then the later one that is not after its receipt. One that never
    /// happens, because clocks were put forward, is read as if they had not been.
    /// </summary>
    DateTimeOffset? Local(DateTime written, DateTimeOffset received)
    {
        if (written < Earliest.DateTime || written >= Latest.DateTime) return null;
        written = DateTime.SpecifyKind(written, DateTimeKind.Unspecified);
        if (zone.IsInvalidTime(written)) return new DateTimeOffset(written, zone.GetUtcOffset(written.AddHours(-3)));
        if (!zone.IsAmbiguousTime(written)) return new DateTimeOffset(written, zone.GetUtcOffset(written));

        var readings = zone.GetAmbiguousTimeOffsets(written).Select(offset => new DateTimeOffset(written, offset)).Order().ToList();
        return readings.LastOrDefault(reading => reading <= received + Ahead, readings[0]);
    }

    static bool HasOffset(string pattern) => pattern.Contains('z', StringComparison.Ordinal) || pattern.Contains('K', StringComparison.Ordinal);

    [GeneratedRegex(@"^\d{4}([-/. ]?\d{1,2})")]
    private static partial Regex YearFirst();

    [GeneratedRegex(@":\d{2}.*(Z|UTC|GMT|[+-]\d{2}(:?\d{2})?)$", RegexOptions.IgnoreCase)]
    private static partial Regex Offset();

    /// <summary>More digits than .NET reads.</summary>
    [GeneratedRegex(@"(\.\d{7})\d+")]
    private static partial Regex Fraction();
}
