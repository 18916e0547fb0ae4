using System.Globalization;
using CallCenter.Figures;

namespace CallCenter.Tests.Figures;

/// <summary>product.md C.6 and C.7.</summary>
public sealed class FigurePeriodTests
{
    static readonly TimeZoneInfo Madrid = TimeZoneInfo.FindSystemTimeZoneById("Europe/Madrid");
    static readonly TimeZoneInfo Canary = TimeZoneInfo.FindSystemTimeZoneById("Atlantic/Canary");

    static DateTimeOffset Utc(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

    static FigurePeriod Days(string first, string last) => new(Madrid, DateOnly.Parse(first, CultureInfo.InvariantCulture), DateOnly.Parse(last, CultureInfo.InvariantCulture));

    [Theory]
    [InlineData("2026-03-29", "2026-03-28T23:00Z", "2026-03-29T22:00Z", 23)]
    [InlineData("2026-10-25", "2026-10-24T22:00Z", "2026-10-25T23:00Z", 25)]
    [InlineData("2027-03-28", "2027-03-27T23:00Z", "2027-03-28T22:00Z", 23)]
    [InlineData("2027-10-31", "2027-10-30T22:00Z", "2027-10-31T23:00Z", 25)]
    public void d47_a_day_is_all_of_its_local_hours_when_the_clocks_change_too(string day, string from, string until, int hours)
    {
        var period = Days(day, day);
        Assert.Equal((Utc(from), Utc(until)), (period.From, period.Until));
        Assert.Equal(hours, (period.Until - period.From).TotalHours);
        Assert.Equal(period.From.AddHours(1), (period with { Zone = Canary }).From);
    }

    [Theory]
    [InlineData("2026-05-06", "2026-05-06", "2026-05-05", "2026-05-05", "2025-05-07")] // Wednesday
    [InlineData("2026-05-04", "2026-05-06", "2026-05-01", "2026-05-03", "2025-05-05")]
    [InlineData("2026-05-04", "2026-05-10", "2026-04-27", "2026-05-03", "2025-05-05")]
    [InlineData("2026-05-01", "2026-05-30", "2026-03-27", "2026-04-25", "2025-05-02")] // thirty days: five weeks back, so that none is in both
    [InlineData("2021-01-04", "2021-01-10", "2020-12-28", "2021-01-03", "2019-12-30")] // after a year of 53 weeks
    [InlineData("2020-12-28", "2021-01-03", "2020-12-21", "2020-12-27", "2019-12-23")] // the 53rd itself
    public void A_period_is_compared_with_equal_weekdays_before_it_and_a_year_before(string first, string last, string before, string beforeLast, string yearBefore)
    {
        var (period, now) = (Days(first, last), Utc("2026-12-01T12:00Z"));
        Assert.Equal(Days(before, beforeLast), period.Previous(now));
        var year = period.YearBefore(now);
        Assert.Equal(DateOnly.Parse(yearBefore, CultureInfo.InvariantCulture), year.First);
        Assert.Equal((period.Days, period.First.DayOfWeek), (year.Days, year.First.DayOfWeek));
    }

    [Fact]
    public void What_is_running_is_compared_with_as_much_of_the_time_before_to_the_local_minute()
    {
        var now = Utc("2026-03-31T12:37:40Z"); // Tuesday, 14:37 in Madrid, two days after the clocks changed
        var week = Days("2026-03-30", "2026-04-05");
        Assert.Equal(Days("2026-03-23", "2026-03-24") with { Cut = new TimeOnly(14, 37) }, week.Previous(now));
        Assert.Equal(Utc("2026-03-24T13:37Z"), week.Previous(now).Until);
        Assert.Equal(Days("2025-03-31", "2025-04-01") with { Cut = new TimeOnly(14, 37) }, week.YearBefore(now));
        Assert.Equal(Days("2026-03-30", "2026-03-30") with { Cut = new TimeOnly(14, 37) }, Days("2026-03-31", "2026-03-31").Previous(now));
    }

    [Fact]
    public void A_change_from_nothing_is_new_and_of_few_calls_says_little()
    {
        Assert.Equal(new Change(0.25, false, false), Change.Of(50, 40, 50, 40));
        Assert.Equal(new Change(-0.5, false, true), Change.Of(4, 8, 4, 8));
        Assert.Equal(new Change(null, true, true), Change.Of(12, 0, 12, 0));
        Assert.Equal(new Change(null, false, true), Change.Of(0, 0, 0, 0));
        Assert.Equal(new Change(null, false, true), Change.Of(null, 0.8, 0, 100));
    }
}
