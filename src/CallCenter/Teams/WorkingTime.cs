namespace CallCenter.Teams;

/// <summary>
/// Time that counts only while a team answers, on the clock of its zone: a shift is as long as the clock on the wall says,
/// 23 or 25 hours for the whole of a day on which the clocks change.
/// </summary>
static class WorkingTime
{
    /// <summary>A team that does not open within so many days never does.</summary>
    const int DaysMax = 400;

    /// <summary>When so much working time has passed; null when the team does not open that long.</summary>
    public static DateTimeOffset? After(this OpeningHours hours, DateTimeOffset at, TimeSpan working)
    {
        foreach (var (from, until) in hours.Open(at))
        {
            if (until - from >= working) return from + working;
            working -= until - from;
        }

        return null;
    }

    /// <summary>How long the team answered from one instant to another.</summary>
    public static TimeSpan Between(this OpeningHours hours, DateTimeOffset from, DateTimeOffset until) =>
        hours.Open(from).TakeWhile(open => open.From < until).Aggregate(TimeSpan.Zero, (sum, open) => sum + ((open.Until < until ? open.Until : until) - open.From));

    /// <summary>The stretches in which the team answers, in their order, from an instant on.</summary>
    static IEnumerable<(DateTimeOffset From, DateTimeOffset Until)> Open(this OpeningHours hours, DateTimeOffset since)
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById(hours.Zone);
        var closed = hours.Holidays.Select(holiday => holiday.Day).ToHashSet();
        var first = LocalDay.Of(since, zone);
        for (var day = first; day < first.AddDays(DaysMax); day = day.AddDays(1))
            if (!closed.Contains(day) && hours.Week.TryGetValue(day.DayOfWeek, out var shifts))
                foreach (var (from, until) in OfDay(day, shifts, zone))
                    if (until > since) yield return (from > since ? from : since, until);
    }

    static List<(DateTimeOffset From, DateTimeOffset Until)> OfDay(DateOnly day, IReadOnlyList<Shift> shifts, TimeZoneInfo zone)
    {
        var open = new List<(DateTimeOffset, DateTimeOffset)>();
        foreach (var (begins, ends, offset) in Parts(day, zone))
            foreach (var shift in shifts.OrderBy(shift => shift.From))
            {
                var from = new DateTimeOffset(day.ToDateTime(shift.From), offset);
                var until = new DateTimeOffset(shift.Until == TimeOnly.MinValue ? day.AddDays(1).ToDateTime(shift.Until) : day.ToDateTime(shift.Until), offset);
                if (from < begins) from = begins;
                if (until > ends) until = ends;
                if (from < until) open.Add((from, until));
            }

        return open;
    }

    /// <summary>A day is one part, or two where the clocks change in it.</summary>
    static IEnumerable<(DateTimeOffset From, DateTimeOffset Until, TimeSpan Offset)> Parts(DateOnly day, TimeZoneInfo zone)
    {
        var (begins, ends) = (LocalDay.StartOf(day, zone), LocalDay.StartOf(day.AddDays(1), zone));
        var (before, after) = (zone.GetUtcOffset(begins), zone.GetUtcOffset(ends.AddTicks(-1)));
        if (before == after)
        {
            yield return (begins, ends, before);
            yield break;
        }

        var (early, late) = (begins, ends.AddTicks(-1));
        while (late - early > TimeSpan.FromTicks(1))
        {
            var middle = early + (late - early) / 2;
            if (zone.GetUtcOffset(middle) == before) early = middle;
            else late = middle;
        }

        yield return (begins, late, before);
        yield return (late, ends, after);
    }
}
