using System.Globalization;
using CallCenter.Calls;
using CallCenter.Teams;
using CallCenter.Tests.Calls;
using CsCheck;

namespace CallCenter.Tests.Teams;

public sealed class WorkingTimeTests
{
    const string Office = "mo-fr 09:00-14:00,16:00-19:00; sa 10:00-13:00";

    [Theory]
    // A Monday in winter: while open, over the siesta, at its edge, into the next day.
    [InlineData("Europe/Madrid", Office, "2026-01-12T10:00+01:00", 30, "2026-01-12T10:30+01:00")]
    [InlineData("Europe/Madrid", Office, "2026-01-12T13:50+01:00", 30, "2026-01-12T16:20+01:00")]
    [InlineData("Europe/Madrid", Office, "2026-01-12T13:30+01:00", 30, "2026-01-12T14:00+01:00")]
    [InlineData("Europe/Madrid", Office, "2026-01-12T15:00+01:00", 0, "2026-01-12T16:00+01:00")]
    [InlineData("Europe/Madrid", Office, "2026-01-12T18:45+01:00", 30, "2026-01-13T09:15+01:00")]
    // Missed at night, on Saturday evening, before a holiday (6 January): due after the next opening. A day of 24 working
    // hours is one on Friday, three on Saturday, eight on Monday, eight on Wednesday, and four on Thursday.
    [InlineData("Europe/Madrid", Office, "2026-01-13T03:00+01:00", 15, "2026-01-13T09:15+01:00")]
    [InlineData("Europe/Madrid", Office, "2026-01-17T20:00+01:00", 15, "2026-01-19T09:15+01:00")]
    [InlineData("Europe/Madrid", Office, "2026-01-05T19:30+01:00", 15, "2026-01-07T09:15+01:00")]
    [InlineData("Europe/Madrid", Office, "2026-01-02T18:00+01:00", 60 * 24, "2026-01-08T13:00+01:00")]
    // Another zone, another clock: the same instant is morning in Buenos Aires.
    [InlineData("America/Argentina/Buenos_Aires", Office, "2026-01-12T13:50+01:00", 30, "2026-01-12T10:20-03:00")]
    [InlineData("America/Argentina/Buenos_Aires", Office, "2026-01-12T21:59-03:00", 1, "2026-01-13T09:01-03:00")]
    // Day and night; on the days the clocks change an hour is missing, or there twice.
    [InlineData("Europe/Madrid", "mo-su 00:00-00:00", "2026-03-29T00:30+01:00", 60 * 2, "2026-03-29T03:30+02:00")]
    [InlineData("Europe/Madrid", "mo-su 00:00-00:00", "2026-10-25T00:30+02:00", 60 * 3, "2026-10-25T02:30+01:00")]
    [InlineData("Europe/Madrid", "mo-su 00:00-00:00", "2026-10-24T23:00+02:00", 60 * 26, "2026-10-26T00:00+01:00")]
    // A night shift that ends, and one that begins, in the hour that is missing or there twice.
    [InlineData("Europe/Madrid", "mo-su 00:00-02:30", "2026-03-29T00:00+01:00", 120, "2026-03-29T02:00+01:00")]
    [InlineData("Europe/Madrid", "mo-su 00:00-02:30", "2026-03-29T00:00+01:00", 121, "2026-03-30T00:01+02:00")]
    [InlineData("Europe/Madrid", "mo-su 02:30-04:00", "2026-03-29T00:00+01:00", 30, "2026-03-29T03:30+02:00")]
    [InlineData("Europe/Madrid", "mo-su 00:00-02:30", "2026-10-25T00:00+02:00", 180, "2026-10-25T02:30+01:00")]
    public void A_deadline_is_counted_in_the_time_the_team_answers(string zone, string hours, string at, int minutes, string due)
    {
        var week = Week(zone, hours, [new Holiday(new DateOnly(2026, 1, 6), "Reyes")]);
        Assert.Equal(Instant(due), week.After(Instant(at), TimeSpan.FromMinutes(minutes)));
    }

    [Fact]
    public void A_team_that_never_opens_has_no_deadline()
    {
        Assert.Null(Week("Europe/Madrid", "", []).After(Instant("2026-01-12T10:00+01:00"), TimeSpan.FromMinutes(1)));
        Assert.Equal(TimeSpan.Zero, Week("Europe/Madrid", "", []).Between(Instant("2026-01-12T10:00+01:00"), Instant("2026-06-12T10:00+02:00")));
    }

    /// <summary>Counted minute by minute with <see cref="OpeningHours.IsOpen"/>, which looks at the clock on the wall.</summary>
    [Fact]
    public void Working_time_is_the_minutes_in_which_the_team_is_open()
    {
        var zones = new[] { "Europe/Madrid", "America/Argentina/Buenos_Aires", "America/Santiago", "America/Asuncion", "Asia/Kolkata", "Pacific/Chatham", "UTC" };
        var days = new[] { new DateTimeOffset(2026, 3, 28, 0, 0, 0, TimeSpan.Zero), new(2026, 10, 24, 0, 0, 0, TimeSpan.Zero), new(2026, 4, 4, 0, 0, 0, TimeSpan.Zero), new(2026, 9, 5, 0, 0, 0, TimeSpan.Zero), new(2024, 3, 23, 0, 0, 0, TimeSpan.Zero), new(2026, 6, 1, 0, 0, 0, TimeSpan.Zero) };
        var quarter = Gen.Int[0, 95];
        Gen.Select(Gen.Int[0, zones.Length - 1], Gen.Int[0, days.Length - 1], Gen.Int[0, 3 * 1440], Gen.Int[0, 2 * 1440], Gen.Select(quarter, quarter, quarter, quarter)).Sample((zoneAt, dayAt, begin, length, edges) =>
        {
            var (zone, day) = (zones[zoneAt], days[dayAt]);
            var sorted = new[] { edges.Item1, edges.Item2, edges.Item3, edges.Item4 }.Distinct().Order().Select(edge => TimeOnly.MinValue.AddMinutes(edge * 15)).ToList();
            List<Shift> shifts = [];
            for (var i = 0; i + 1 < sorted.Count; i += 2) shifts.Add(new(sorted[i], sorted[i + 1]));
            var hours = new OpeningHours(zone, Enum.GetValues<DayOfWeek>().ToDictionary(one => one, one => (IReadOnlyList<Shift>)(one == DayOfWeek.Monday ? [] : shifts)), []);
            var (from, until) = (day.AddMinutes(begin), day.AddMinutes(begin + length));
            var counted = TimeSpan.FromMinutes(Enumerable.Range(0, length).Count(minute => hours.IsOpen(from.AddMinutes(minute))));
            Assert.Equal(counted, hours.Between(from, until));
            if (counted > TimeSpan.Zero) Assert.Equal(counted, hours.Between(from, hours.After(from, counted)!.Value));
        }, iter: 300);
    }

    [Fact]
    public async Task A_missed_call_is_due_when_its_team_says_so()
    {
        await using var house = await House.Open();
        var team = await house.Teams.Add("Mostrador", TeamType.CallCenter, Authority.Console, Week("Europe/Madrid", Office, []), new TeamTargets(CallBackMinutes: 20));
        var missed = Call.Of(new CallKey("test", "m"), CallLogTests.Missed("m", Instant("2026-01-12T20:00+01:00")))! with { Team = team.Id };
        Assert.Equal(Instant("2026-01-13T09:20+01:00"), house.Personnel.DueOf(missed));
        Assert.Null(house.Personnel.DueOf(missed with { Team = null }));
        await house.Teams.Change(team.Id, one => one with { Targets = TeamTargets.None }, Authority.Console);
        Assert.Null(house.Personnel.DueOf(missed));
    }

    /// <summary><c>mo-fr 09:00-14:00,16:00-19:00; sa 10:00-13:00</c></summary>
    static OpeningHours Week(string zone, string text, IReadOnlyList<Holiday> holidays)
    {
        string[] names = ["su", "mo", "tu", "we", "th", "fr", "sa"];
        var week = new Dictionary<DayOfWeek, IReadOnlyList<Shift>>();
        foreach (var part in text.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var (days, shifts) = (part.Split(' ')[0].Split('-'), part.Split(' ')[1].Split(',').Select(shift => new Shift(Time(shift[..5]), Time(shift[6..]))).ToList());
            for (var day = Array.IndexOf(names, days[0]); ; day = (day + 1) % 7)
            {
                week[(DayOfWeek)day] = shifts;
                if (names[day] == days[^1]) break;
            }
        }

        return new OpeningHours(zone, week, holidays);

        static TimeOnly Time(string text) => TimeOnly.ParseExact(text, "HH:mm", CultureInfo.InvariantCulture);
    }

    static DateTimeOffset Instant(string text) => DateTimeOffset.ParseExact(text, "yyyy-MM-ddTHH:mmzzz", CultureInfo.InvariantCulture);
}
