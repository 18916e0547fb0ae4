using System.Globalization;
using Microsoft.AspNetCore.Components;

namespace CallCenter.Web;

/// <summary>What somebody puts into the fields of a screen, and what they offer and show.</summary>
static class Fields
{
    const string DayFormat = "yyyy-MM-dd";
    const int FirstYear = 1970, LastYear = 2999;

    /// <summary>Names of time zones to choose from (IANA).</summary>
    public static readonly IReadOnlyList<string> Zones =
        [.. TimeZoneInfo.GetSystemTimeZones().Select(zone => zone.Id).Where(id => id.Contains('/', StringComparison.Ordinal) || id == "UTC").Order(StringComparer.Ordinal)];

    /// <summary>Null where nothing is written.</summary>
    public static string? Text(this ChangeEventArgs changed) => changed.Value?.ToString()?.Trim() is { Length: > 0 } text ? text : null;

    public static DateOnly? Day(this ChangeEventArgs changed) => ReadDay(changed.Text());

    /// <summary>A day as a field of days and an address write it; null for anything else, and for a year in which nothing can have happened.</summary>
    public static DateOnly? ReadDay(string? written) =>
        DateOnly.TryParseExact(written, DayFormat, CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) && day.Year is >= FirstYear and <= LastYear ? day : null;

    public static string? Written(DateOnly? day) => day?.ToString(DayFormat, CultureInfo.InvariantCulture);
}
