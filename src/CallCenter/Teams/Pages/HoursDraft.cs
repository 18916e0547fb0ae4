namespace CallCenter.Teams.Pages;

/// <summary>Opening hours while somebody writes them.</summary>
public sealed class HoursDraft
{
    internal HoursDraft(OpeningHours hours)
    {
        Zone = hours.Zone;
        Days = [.. Week.Select(day => new DayDraft(day, WrittenHours.Write(hours.Week.GetValueOrDefault(day, []))))];
        Holidays = [.. hours.Holidays.OrderBy(holiday => holiday.Day)];
    }

    /// <summary>From Monday on.</summary>
    static IEnumerable<DayOfWeek> Week => Enum.GetValues<DayOfWeek>().OrderBy(day => ((int)day + 6) % 7);

    public string Zone { get; set; }

    public IReadOnlyList<DayDraft> Days { get; }

    public List<Holiday> Holidays { get; }

    /// <summary>Adds the public holidays of a country; a day that is one already keeps its name.</summary>
    /// <returns>False when a team cannot have so many; then none is added.</returns>
    internal bool AddNational(string country, int year)
    {
        var added = NationalHolidays.Of(country, year).ExceptBy(Holidays.Select(holiday => holiday.Day), holiday => holiday.Day).ToList();
        if (Holidays.Count + added.Count > OpeningHours.HolidaysMax) return false;
        Holidays.AddRange(added);
        return true;
    }

    /// <exception cref="Refusal">A day is not written as hours are.</exception>
    internal OpeningHours Read() => new(Zone.Trim(), Days.ToDictionary(day => day.Day, day => WrittenHours.Read(day.Text)), [.. Holidays.OrderBy(holiday => holiday.Day)]);

    public sealed class DayDraft(DayOfWeek day, string text)
    {
        public DayOfWeek Day => day;

        public string Text { get; set; } = text;
    }
}
