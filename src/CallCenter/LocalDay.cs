namespace CallCenter;

/// <summary>Days as people count them: from midnight to midnight in their zone, 23 or 25 hours when the clocks change.</summary>
static class LocalDay
{
    public static DateOnly Of(DateTimeOffset at, TimeZoneInfo zone) => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(at, zone).DateTime);

    /// <summary>The first instant of a day. Until the first instant of the next one it lasts.</summary>
    public static DateTimeOffset StartOf(DateOnly day, TimeZoneInfo zone)
    {
        var midnight = day.ToDateTime(TimeOnly.MinValue);
        // Some zones skip midnight itself; the day then begins where the clocks land.
        while (zone.IsInvalidTime(midnight)) midnight = midnight.AddMinutes(1);
        // Or have it twice; the day begins with the first.
        var offset = zone.IsAmbiguousTime(midnight) ? zone.GetAmbiguousTimeOffsets(midnight).Max() : zone.GetUtcOffset(midnight);
        return new DateTimeOffset(midnight, offset).ToUniversalTime();
    }
}
