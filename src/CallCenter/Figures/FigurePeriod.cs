namespace CallCenter.Figures;

/// <summary>Whole days as people of a zone count them, the last one up to a time of day where it is cut.</summary>
/// <param name="Cut">Only what began before this local time of the last day counts; null for all of it.</param>
public sealed record FigurePeriod(TimeZoneInfo Zone, DateOnly First, DateOnly Last, TimeOnly? Cut = null)
{
    /// <summary>So many days are asked for at once.</summary>
    public const int DaysMax = 1100;

    public int Days => Last.DayNumber - First.DayNumber + 1;

    public DateTimeOffset From => LocalDay.StartOf(First, Zone);

    /// <summary>The first instant after it.</summary>
    public DateTimeOffset Until => Cut is { } cut ? LocalDay.At(Last, cut, Zone) : LocalDay.StartOf(Last.AddDays(1), Zone);

    /// <summary>It has not ended yet.</summary>
    public bool IsRunning(DateTimeOffset now) => From <= now && now < Until;

    /// <summary>
    /// What it is compared with (product.md C.7): the same length immediately before; from a week on moved back by whole weeks, so
    /// that Mondays meet Mondays. Of a period that is running the same part, to the minute.
    /// </summary>
    public FigurePeriod Previous(DateTimeOffset now) => Before(now, Days < 7 ? Days : (Days + 6) / 7 * 7);

    /// <summary>A year earlier by ISO weeks, so that weekdays meet: 52 weeks, or 53 after a year that had so many.</summary>
    public FigurePeriod YearBefore(DateTimeOffset now)
    {
        var (year, week) = (System.Globalization.ISOWeek.GetYear(First.ToDateTime(TimeOnly.MinValue)), System.Globalization.ISOWeek.GetWeekOfYear(First.ToDateTime(TimeOnly.MinValue)));
        // The 53rd week has none a year before, so it meets the last one that there is.
        var before = System.Globalization.ISOWeek.ToDateTime(year - 1, Math.Min(week, System.Globalization.ISOWeek.GetWeeksInYear(year - 1)), First.DayOfWeek);
        return Before(now, First.DayNumber - DateOnly.FromDateTime(before).DayNumber);
    }

    FigurePeriod Before(DateTimeOffset now, int days)
    {
        var running = IsRunning(now);
        var local = TimeZoneInfo.ConvertTime(now, Zone);
        var last = running ? DateOnly.FromDateTime(local.DateTime) : Last;
        return new(Zone, First.AddDays(-days), last.AddDays(-days), running ? new TimeOnly(local.Hour, local.Minute) : Cut);
    }
}

/// <summary>How a figure moved from one period to another.</summary>
/// <param name="Ratio">0.25 for a quarter more; null where there was nothing to compare with.</param>
/// <param name="IsNew">There was nothing before, and now there is.</param>
/// <param name="IsFew">So few calls on either side that the change says little.</param>
public readonly record struct Change(double? Ratio, bool IsNew, bool IsFew)
{
    /// <summary>Fewer than this say little.</summary>
    public const int FewBelow = 10;

    /// <param name="calls">How many calls the figures are about, now and before.</param>
    public static Change Of(double? now, double? before, long calls, long callsBefore) => new(
        now is { } is_ && before is { } was and not 0 ? (is_ - was) / was : null,
        before is null or 0 && now is > 0, calls < FewBelow || callsBefore < FewBelow);
}
