using System.Globalization;
using CallCenter.Reports.Scheduled;
using CsCheck;

namespace CallCenter.Tests.Reports;

public sealed class RecurrenceTests
{
    static readonly string[] Zones = ["Europe/Madrid", "America/Sao_Paulo", "America/Argentina/Buenos_Aires", "Asia/Kolkata", "Atlantic/Canary"];
    static readonly TimeZoneInfo Madrid = TimeZoneInfo.FindSystemTimeZoneById("Europe/Madrid");

    [Theory]
    [InlineData("2026-03-28T07:00Z", "2026-03-29T06:00Z")] // the clocks go forward in the night between
    [InlineData("2026-10-24T06:00Z", "2026-10-25T07:00Z")] // and back
    [InlineData("2026-05-04T05:59Z", "2026-05-04T06:00Z")]
    public void d48_a_daily_report_stays_at_its_hour_when_the_clocks_change(string after, string next) =>
        Assert.Equal(At(next), new Recurrence(Rhythm.Daily, 1, new(8, 0)).Next(At(after), Madrid));

    [Fact]
    public void Each_rhythm_has_its_days_and_is_about_the_time_since_the_one_before()
    {
        var friday = At("2026-05-01T12:00Z");
        foreach (var (when, next, about) in ((Recurrence, string, string)[])
        [
            (new(Rhythm.Daily, 1, new(8, 0)), "2026-05-02T06:00Z", "2026-05-01 2026-05-01"),
            (new(Rhythm.Workdays, 1, new(8, 0)), "2026-05-04T06:00Z", "2026-05-01 2026-05-03"),
            (new(Rhythm.Weekly, 7, new(8, 0)), "2026-05-03T06:00Z", "2026-04-26 2026-05-02"),
            (new(Rhythm.Monthly, 1, new(8, 0)), "2026-06-01T06:00Z", "2026-05-01 2026-05-31"),
            (new(Rhythm.Monthly, 15, new(8, 0)), "2026-05-15T06:00Z", "2026-04-01 2026-04-30"),
        ])
        {
            Assert.Equal(At(next), when.Next(friday, Madrid));
            var (first, last) = when.About(LocalDay.Of(At(next), Madrid));
            Assert.Equal(about, $"{first:yyyy-MM-dd} {last:yyyy-MM-dd}");
        }

        Assert.Equal("schedule.day", Assert.Throws<Refusal>(() => new Recurrence(Rhythm.Monthly, 31, default).Check()).Code);
    }

    /// <summary>No turn is skipped, none comes twice, and what they are about fits together without a hole.</summary>
    [Fact]
    public void Turns_follow_each_other_in_every_zone() => Gen.Select(
        Gen.Int[0, Zones.Length - 1], Gen.Int[0, 2], Gen.Int[1, 7], Gen.Int[0, 1439], Gen.Int[0, 1000])
        .Sample((place, rhythm, day, minute, start) =>
        {
            var (zone, when) = (TimeZoneInfo.FindSystemTimeZoneById(Zones[place]), new Recurrence((Rhythm)rhythm, day, TimeOnly.FromTimeSpan(TimeSpan.FromMinutes(minute))));
            var (at, covered) = (when.Next(new DateTimeOffset(2018, 1, 1, 0, 0, 0, TimeSpan.Zero).AddHours(start), zone), (DateOnly?)null);
            for (var i = 0; i < 60; i++)
            {
                var (first, last) = when.About(LocalDay.Of(at, zone));
                Assert.True(covered is null || first == covered.Value.AddDays(1), $"{covered} and then {first}");
                var local = TimeZoneInfo.ConvertTime(at, zone);
                Assert.True(TimeOnly.FromDateTime(local.DateTime) == when.At || zone.IsInvalidTime(DateOnly.FromDateTime(local.DateTime).ToDateTime(when.At)));
                (covered, at) = (last, when.Next(at, zone));
            }
        }, iter: 200);

    static DateTimeOffset At(string written) => DateTimeOffset.Parse(written, CultureInfo.InvariantCulture);
}
