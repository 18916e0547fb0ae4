using System.Globalization;

namespace CallCenter.Tests;

public class LocalDayTests
{
    [Theory]
    [InlineData("Europe/Madrid", "2026-05-04", "2026-05-03T22:00Z", 24)]
    [InlineData("Europe/Madrid", "2026-03-29", "2026-03-28T23:00Z", 23)]
    [InlineData("Europe/Madrid", "2026-10-25", "2026-10-24T22:00Z", 25)]
    [InlineData("Europe/Madrid", "2027-03-28", "2027-03-27T23:00Z", 23)]
    [InlineData("Europe/Madrid", "2027-10-31", "2027-10-30T22:00Z", 25)]
    [InlineData("Atlantic/Canary", "2026-05-04", "2026-05-03T23:00Z", 24)]
    [InlineData("America/Santiago", "2025-09-07", "2025-09-07T04:00Z", 23)] // midnight itself is skipped
    [InlineData("America/Havana", "2025-11-02", "2025-11-02T04:00Z", 25)]
    public void d47_A_day_lasts_from_its_first_local_instant_to_the_next_days(string zone, string day, string begins, int hours)
    {
        var (date, where) = (DateOnly.Parse(day, CultureInfo.InvariantCulture), TimeZoneInfo.FindSystemTimeZoneById(zone));
        Assert.Equal(DateTimeOffset.Parse(begins, CultureInfo.InvariantCulture), LocalDay.StartOf(date, where));
        Assert.Equal(TimeSpan.FromHours(hours), LocalDay.StartOf(date.AddDays(1), where) - LocalDay.StartOf(date, where));
        Assert.Equal(date, LocalDay.Of(LocalDay.StartOf(date, where), where));
        Assert.Equal(date, LocalDay.Of(LocalDay.StartOf(date.AddDays(1), where).AddMilliseconds(-1), where));
    }
}
