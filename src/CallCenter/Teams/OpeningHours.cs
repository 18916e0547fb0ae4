namespace CallCenter.Teams;

/// <summary>A stretch of a day in which somebody answers. Until 00:00 is until midnight.</summary>
public readonly record struct Shift(TimeOnly From, TimeOnly Until)
{
    public bool Contains(TimeOnly time) => time >= From && (time < Until || Until == TimeOnly.MinValue);
}

public sealed record Holiday(DateOnly Day, string Name);

/// <summary>When a team answers: the week's shifts in the clock of a zone, and the days it does not.</summary>
/// <param name="Zone">IANA name.</param>
/// <param name="Week">A day without shifts is closed.</param>
public sealed record OpeningHours(string Zone, IReadOnlyDictionary<DayOfWeek, IReadOnlyList<Shift>> Week, IReadOnlyList<Holiday> Holidays)
{
    public const int ShiftsMax = 6;
    public const int HolidaysMax = 200;

    /// <summary>Day and night: what holds while nobody has said otherwise.</summary>
    public static readonly OpeningHours Always = new("Europe/Madrid",
        Enum.GetValues<DayOfWeek>().ToDictionary(day => day, _ => (IReadOnlyList<Shift>)[new Shift(TimeOnly.MinValue, TimeOnly.MinValue)]), []);

    public bool IsOpen(DateTimeOffset at)
    {
        var local = TimeZoneInfo.ConvertTime(at, TimeZoneInfo.FindSystemTimeZoneById(Zone)).DateTime;
        var day = DateOnly.FromDateTime(local);
        return Holidays.All(holiday => holiday.Day != day)
            && Week.TryGetValue(local.DayOfWeek, out var shifts) && shifts.Any(shift => shift.Contains(TimeOnly.FromDateTime(local)));
    }

    internal void Check()
    {
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(Zone, out _)) throw new Refusal(RefusalKind.Invalid, "connection.unknown-zone", Zone);
        foreach (var shifts in Week.Values)
        {
            if (shifts.Count > ShiftsMax) throw new Refusal(RefusalKind.Invalid, "team.too-many-shifts", ShiftsMax);
            var ordered = shifts.OrderBy(shift => shift.From).ToList();
            for (var i = 0; i < ordered.Count; i++)
                if (ordered[i].Until != TimeOnly.MinValue && ordered[i].Until <= ordered[i].From
                    || i > 0 && (ordered[i - 1].Until == TimeOnly.MinValue || ordered[i - 1].Until > ordered[i].From))
                    throw new Refusal(RefusalKind.Invalid, "team.shift", $"{ordered[i].From:HH\\:mm}", $"{ordered[i].Until:HH\\:mm}");
        }

        if (Holidays.Count > HolidaysMax) throw new Refusal(RefusalKind.Invalid, "team.too-many-holidays", HolidaysMax);
        if (Holidays.Any(holiday => holiday.Name.Length > Team.NameMax)) throw new Refusal(RefusalKind.Invalid, "team.holiday-name", Team.NameMax);
    }
}
