namespace CallCenter.Reports.Scheduled;

/// <summary>How often a report goes out; each is about the time since the one before.</summary>
enum Rhythm
{
    /// <summary>Each day, about the day before.</summary>
    Daily,

    /// <summary>Monday to Friday; on Mondays about the weekend too.</summary>
    Workdays,

    /// <summary>On one day of the week, about the seven days before.</summary>
    Weekly,

    /// <summary>On one day of the month, about the month before.</summary>
    Monthly,
}

/// <summary>On which days, at which time of whoever reads.</summary>
/// <param name="Day">Of the week from 1 for Monday, or of the month; without meaning otherwise.</param>
sealed record Recurrence(Rhythm Every, int Day, TimeOnly At)
{
    /// <summary>Each month has so many.</summary>
    public const int DayOfMonthMax = 28;

    /// <exception cref="Refusal">There is no such day.</exception>
    public Recurrence Check() => Every switch
    {
        Rhythm.Weekly when Day is < 1 or > 7 => throw new Refusal(RefusalKind.Invalid, "schedule.weekday"),
        Rhythm.Monthly when Day is < 1 or > DayOfMonthMax => throw new Refusal(RefusalKind.Invalid, "schedule.day", DayOfMonthMax),
        _ => this,
    };

    /// <summary>The first time after an instant, by the clocks of a zone: when they change, it stays at its hour.</summary>
    public DateTimeOffset Next(DateTimeOffset after, TimeZoneInfo zone)
    {
        for (var day = LocalDay.Of(after, zone); ; day = day.AddDays(1))
            if (IsOn(day) && LocalDay.At(day, At, zone) is var turn && turn > after) return turn;
    }

    /// <summary>What the one of a day is about.</summary>
    public (DateOnly First, DateOnly Last) About(DateOnly day) => Every switch
    {
        Rhythm.Daily => (day.AddDays(-1), day.AddDays(-1)),
        Rhythm.Workdays => (day.DayOfWeek == DayOfWeek.Monday ? day.AddDays(-3) : day.AddDays(-1), day.AddDays(-1)),
        Rhythm.Weekly => (day.AddDays(-7), day.AddDays(-1)),
        Rhythm.Monthly => (new DateOnly(day.Year, day.Month, 1).AddMonths(-1), new DateOnly(day.Year, day.Month, 1).AddDays(-1)),
        _ => throw new InvalidOperationException($"No days for {Every}."),
    };

    bool IsOn(DateOnly day) => Every switch
    {
        Rhythm.Daily => true,
        Rhythm.Workdays => day.DayOfWeek is not (DayOfWeek.Saturday or DayOfWeek.Sunday),
        Rhythm.Weekly => ((int)day.DayOfWeek + 6) % 7 + 1 == Day,
        Rhythm.Monthly => day.Day == Day,
        _ => throw new InvalidOperationException($"No days for {Every}."),
    };
}
