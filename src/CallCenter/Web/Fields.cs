using System.Globalization;
using Microsoft.AspNetCore.Components;

namespace CallCenter.Web;

/// <summary>What somebody puts into the fields of a screen, and what they offer and show.</summary>
static class Fields
{
    const string DayFormat = "yyyy-MM-dd", MinuteFormat = "yyyy-MM-dd'T'HH:mm";
    const int FirstYear = 1970, LastYear = 2999;

    /// <summary>Names of time zones to choose from (IANA).</summary>
    public static readonly IReadOnlyList<string> Zones =
        [.. TimeZoneInfo.GetSystemTimeZones().Select(zone => zone.Id).Where(id => id.Contains('/', StringComparison.Ordinal) || id == "UTC").Order(StringComparer.Ordinal)];

    /// <summary>
    /// Puts the cursor there, if it has been drawn; false if not, and then the next drawing is the time. What one has just read is not what was drawn last:
    /// a screen hears of a drawing only when a browser far away has acknowledged it.
    /// </summary>
    public static bool TryFocus(this ElementReference element, bool preventScroll = false)
    {
        if (element.Id is null) return false;
        _ = element.FocusAsync(preventScroll).AsTask();
        return true;
    }

    /// <summary>Null where nothing is written.</summary>
    public static string? Text(this ChangeEventArgs changed) => changed.Value?.ToString()?.Trim() is { Length: > 0 } text ? text : null;

    public static DateOnly? Day(this ChangeEventArgs changed) => ReadDay(changed.Text());

    /// <summary>A day as a field of days and an address write it; null for anything else, and for a year in which nothing can have happened.</summary>
    public static DateOnly? ReadDay(string? written) =>
        DateOnly.TryParseExact(written, DayFormat, CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) && day.Year is >= FirstYear and <= LastYear ? day : null;

    /// <summary>A moment as a field of days and hours writes it, in the viewer's zone.</summary>
    public static string Local(DateTimeOffset at, Viewer? viewer) => TimeZoneInfo.ConvertTime(at, ZoneOf(viewer)).ToString(MinuteFormat, CultureInfo.InvariantCulture);

    /// <summary>The moment that such a field holds; null for anything else. Of an hour that comes twice the first one.</summary>
    public static DateTimeOffset? Instant(string? written, Viewer? viewer)
    {
        if (!DateTime.TryParseExact(written, [MinuteFormat, MinuteFormat + ":ss"], CultureInfo.InvariantCulture, DateTimeStyles.None, out var local) || local.Year is < FirstYear or > LastYear) return null;
        var zone = ZoneOf(viewer);
        return new DateTimeOffset(local, zone.IsAmbiguousTime(local) ? zone.GetAmbiguousTimeOffsets(local).Max() : zone.GetUtcOffset(local)).ToUniversalTime();
    }

    static TimeZoneInfo ZoneOf(Viewer? viewer) => viewer?.Zone ?? TimeZoneInfo.Utc;

    public static string? Written(DateOnly? day) => day?.ToString(DayFormat, CultureInfo.InvariantCulture);
}
