using System.Globalization;

namespace CallCenter.Teams;

/// <summary>The shifts of a day as people write them: <c>09:00-14:00, 16:00-19:30</c>, <c>24 h</c>, or nothing when it is closed.</summary>
static class WrittenHours
{
    public const int LengthMax = 100;
    const string AllDay = "24 h";

    static readonly string[] Times = ["H:mm", "%H"];

    public static string Write(IReadOnlyList<Shift> shifts) =>
        shifts is [{ From: var from, Until: var until }] && from == TimeOnly.MinValue && until == TimeOnly.MinValue
            ? AllDay
            : string.Join(", ", shifts.Select(shift => string.Create(CultureInfo.InvariantCulture, $"{shift.From:HH\\:mm}-{shift.Until:HH\\:mm}")));

    /// <summary>Midnight at the end of a day may be written 24:00.</summary>
    /// <exception cref="Refusal">It is not written so.</exception>
    public static IReadOnlyList<Shift> Read(string text)
    {
        if (text.Replace(" ", "", StringComparison.Ordinal).ToLowerInvariant() is "24h" or "24") return [new Shift(TimeOnly.MinValue, TimeOnly.MinValue)];
        return [.. text.Split([',', ';', '\n'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(ReadShift)];
    }

    static Shift ReadShift(string text)
    {
        Refusal Unreadable() => new(RefusalKind.Invalid, "team.hours-text", text.Length > LengthMax ? text[..LengthMax] : text);
        if (text.Split(['-', '–'], StringSplitOptions.TrimEntries) is not [var from, var until]) throw Unreadable();
        var end = until is "24:00" or "24" ? "0:00" : until;
        return TimeOnly.TryParseExact(from, Times, CultureInfo.InvariantCulture, DateTimeStyles.None, out var begins)
            && TimeOnly.TryParseExact(end, Times, CultureInfo.InvariantCulture, DateTimeStyles.None, out var ends) ? new Shift(begins, ends) : throw Unreadable();
    }
}
