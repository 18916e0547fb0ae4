namespace CallCenter.Figures;

/// <summary>Half hours and days of UTC, counted from 1970: what totals are kept by.</summary>
static class Slots
{
    public const long Ms = 30 * 60 * 1000;
    public const int PerDay = 48;
    public const int PerWeek = 7 * PerDay;

    /// <summary>From Monday to the first day of 1970, a Thursday.</summary>
    const int FirstDay = 3;

    public static long Of(long ms) => Math.DivRem(ms, Ms, out var rest) is var slot && rest < 0 ? slot - 1 : slot;

    /// <summary>The first that does not begin before an instant.</summary>
    public static long From(DateTimeOffset at) => Of(at.ToUnixTimeMilliseconds() + Ms - 1);

    public static DateTimeOffset StartOf(long slot) => DateTimeOffset.FromUnixTimeMilliseconds(slot * Ms);

    public static long DayOf(long slot) => Math.DivRem(slot, PerDay, out var rest) is var day && rest < 0 ? day - 1 : day;

    /// <summary>The half hour of the week, from Monday's first on.</summary>
    public static int OfWeek(long slot) => (int)(((slot + FirstDay * PerDay) % PerWeek + PerWeek) % PerWeek);

    /// <summary>Days since 1970 as a date.</summary>
    public static DateOnly Date(long day) => DateOnly.FromDayNumber((int)day + Epoch);

    public static long Day(DateOnly date) => date.DayNumber - Epoch;

    static readonly int Epoch = new DateOnly(1970, 1, 1).DayNumber;
}

/// <summary>A stretch of time in which a zone's clocks do not change.</summary>
/// <param name="Offset">Half hours that local time is ahead of UTC.</param>
readonly record struct Regime(long From, long Until, int Offset);

/// <summary>How the half hours of UTC lie in a zone, through a period.</summary>
sealed class ZoneSlots
{
    readonly List<Regime> regimes = [];

    ZoneSlots()
    {
    }

    public IReadOnlyList<Regime> Regimes => regimes;

    /// <summary>Null where the zone's clocks stand at other minutes than those of UTC half hours do.</summary>
    public static ZoneSlots? Of(TimeZoneInfo zone, long from, long until)
    {
        var found = new ZoneSlots();
        for (var slot = from; slot < until;)
        {
            if (OffsetOf(zone, slot) is not { } offset) return null;
            // Clocks change on few days; only in those is looked for the half hour.
            var next = Math.Min(slot + Slots.PerDay, until);
            if (OffsetOf(zone, next) != offset)
                for (next = slot + 1; OffsetOf(zone, next) == offset;) next++;
            if (found.regimes.Count > 0 && found.regimes[^1] is var last && last.Offset == offset) found.regimes[^1] = last with { Until = next };
            else found.regimes.Add(new(slot, next, offset));
            slot = next;
        }

        return found;
    }

    /// <summary>Days since 1970 of the local date that a half hour lies in.</summary>
    public long LocalDay(long slot) => Slots.DayOf(slot + OffsetAt(slot));

    /// <summary>Half hours whose local date is another than that of UTC: some in each night.</summary>
    public List<long> OfOtherDays(long from, long until)
    {
        var found = new List<long>();
        foreach (var regime in regimes)
            for (var day = Slots.DayOf(Math.Max(regime.From, from)); day * Slots.PerDay < Math.Min(regime.Until, until); day++)
            {
                var (first, last) = regime.Offset > 0 ? (Slots.PerDay - regime.Offset, Slots.PerDay) : (0, -regime.Offset);
                for (var slot = day * Slots.PerDay + first; slot < day * Slots.PerDay + last; slot++)
                    if (slot >= from && slot < until && slot >= regime.From && slot < regime.Until) found.Add(slot);
            }

        return found;
    }

    /// <summary>The half hour of the local week.</summary>
    public int OfWeek(long slot) => Slots.OfWeek(slot + OffsetAt(slot));

    int OffsetAt(long slot)
    {
        foreach (var regime in regimes)
            if (slot < regime.Until) return regime.Offset;
        return regimes[^1].Offset;
    }

    static int? OffsetOf(TimeZoneInfo zone, long slot)
    {
        var minutes = zone.GetUtcOffset(Slots.StartOf(slot)).TotalMinutes;
        return minutes % 30 == 0 ? (int)(minutes / 30) : null;
    }
}
