using CallCenter.Calls;
using CallCenter.Presence;
using CallCenter.Teams;

namespace CallCenter.Figures;

/// <summary>A half hour: the calls that came, how many people they take, and how many were there.</summary>
/// <param name="Time">Of the day; two of a day when the clocks are put back, then told apart by <paramref name="Start"/>.</param>
/// <param name="Start">Of a single day; null where it stands for the same half hour of many days.</param>
/// <param name="Offered">Calls in an average one; null when there was none yet.</param>
/// <param name="Handling">Seconds that a call takes; null when no call of the period was answered.</param>
/// <param name="Needed">Null where it cannot be told.</param>
/// <param name="Present">People who took calls, on average; null where nobody's presence is known.</param>
/// <param name="Missed">Calls that were missed in it.</param>
/// <param name="IsOpen">One of the teams has it among its opening hours.</param>
public sealed record StaffedHalfHour(TimeOnly Time, DateTimeOffset? Start, double? Offered, double? Handling, Staffing? Needed, double? Present, long Missed, bool IsOpen)
{
    /// <summary>Fewer were there than it takes, when somebody should have been.</summary>
    public bool IsShort => IsOpen && Needed is { People: > 0 } needed && Present is { } present && Math.Round(present, MidpointRounding.AwayFromZero) < needed.People;
}

/// <summary>How many people half hours need, against who was there (product.md B 14, C.8).</summary>
sealed class StaffingDesk(FigureDesk desk, PresenceHistory presence, Personnel personnel, TimeProvider clock)
{
    /// <summary>With fewer answered in a half hour, what a call takes is that of the whole period.</summary>
    public const int AnsweredMin = 10;

    /// <summary>Longer ago than this nobody asks who was there, and reading it would take long.</summary>
    public const int PresenceDaysMax = 92;

    /// <param name="target">With as many per cent more calls as <paramref name="more"/> says: what if?</param>
    public async Task<IReadOnlyList<StaffedHalfHour>> Read(CallScope scope, FigureFilter filter, StaffingTarget target, double more = 0, CancellationToken stop = default)
    {
        var (rules, period) = (FigureRules.Default, filter.Period);
        var mean = (await desk.Summary(scope, filter, rules, stop)).Value.MeanHandling;
        Dictionary<(TimeOnly, DateTimeOffset?), double>? present = period.Days <= PresenceDaysMax ? await Present(scope, filter, stop) : null;
        var isOpen = Opening(scope, filter);
        StaffedHalfHour Of(TimeOnly time, DateTimeOffset? start, Counts counts, double? handling, int occurred)
        {
            var (offered, seconds) = (occurred == 0 ? null : (double?)counts.Offered / occurred * (1 + more / 100), counts.Answered >= AnsweredMin ? handling : mean);
            return new(
                time, start, offered, seconds, offered is null or 0 ? Staffing.Needed(new Demand(0, 1, HalfHour), target) : seconds is > 0 ? Staffing.Needed(new Demand(offered.Value, seconds.Value, HalfHour), target) : null,
                present is null || occurred == 0 ? null : present.GetValueOrDefault((time, start)) / occurred, counts.Missed, isOpen(time, start));
        }

        if (period.Days == 1)
            return [.. (await desk.HoursOfDay(scope, filter, rules, stop)).Value.Select(slot => Of(TimeOnly.FromDateTime(slot.Start.DateTime), slot.Start, slot.Counts, slot.MeanHandling, slot.Start <= clock.GetUtcNow() ? 1 : 0))];
        return
        [
            .. (await desk.Hours(scope, filter, rules, stop)).Value.GroupBy(half => half.Time).OrderBy(group => group.Key).Select(group =>
            {
                var counts = group.Aggregate(Counts.None, (sum, half) => sum + half.Counts);
                return Of(group.Key, null, counts, Rate.Of(group.Sum(half => half.MeanHandling * half.Counts.Answered ?? 0), counts.Answered), group.Sum(half => half.Occurred));
            }),
        ];
    }

    /// <summary>What the team wants to reach, where one is asked for and has set itself something.</summary>
    public StaffingTarget TargetOf(FigureFilter filter) =>
        filter.Teams is [var id] && personnel.Now.Teams.GetValueOrDefault(id)?.Targets is { ServiceLevelPercent: { } percent } targets
            ? StaffingTarget.Default with { Share = percent / 100.0, Seconds = targets.ServiceLevelSeconds ?? StaffingTarget.Default.Seconds } : StaffingTarget.Default;

    static readonly TimeSpan HalfHour = TimeSpan.FromMinutes(30);

    /// <summary>People times half hours; null where nobody of them was ever seen.</summary>
    async Task<Dictionary<(TimeOnly, DateTimeOffset?), double>?> Present(CallScope scope, FigureFilter filter, CancellationToken stop)
    {
        var period = filter.Period;
        var spells = await presence.Available(People(scope, filter), period.From, period.Until, stop);
        if (spells.Count == 0) return null;
        var sums = new Dictionary<(TimeOnly, DateTimeOffset?), double>();
        foreach (var spell in spells)
            for (var at = spell.From; at < spell.Until;)
            {
                var slot = Slots.StartOf(Slots.Of(at.ToUnixTimeMilliseconds()));
                var end = slot + HalfHour < spell.Until ? slot + HalfHour : spell.Until;
                var local = TimeZoneInfo.ConvertTime(slot, period.Zone);
                var time = new TimeOnly(local.Hour, local.Minute / 30 * 30);
                (TimeOnly, DateTimeOffset?) place = (time, period.Days == 1 ? local : null);
                sums[place] = sums.GetValueOrDefault(place) + (end - at) / HalfHour;
                at = end;
            }

        return sums;
    }

    /// <summary>Whether one of the teams is open: at that time of the day, or on one of the last days of the period. Where there are no teams one always is.</summary>
    Func<TimeOnly, DateTimeOffset?, bool> Opening(CallScope scope, FigureFilter filter)
    {
        var asked = filter.Teams ?? (scope.IsEverything ? null : scope.Teams);
        List<OpeningHours> hours = [.. personnel.Now.Teams.Values.Where(team => team.ArchivedAt is null && (asked is null || asked.Contains(team.Id))).Select(team => team.Hours)];
        var (last, days) = (filter.Period.Last, Math.Min(filter.Period.Days, 7));
        return (time, start) => hours.Count == 0
            || (start is { } at ? hours.Exists(one => one.IsOpen(at)) : Enumerable.Range(0, days).Any(i => hours.Exists(one => one.IsOpen(LocalDay.At(last.AddDays(-i), time, filter.Period.Zone)))));
    }

    /// <summary>Who takes the calls that are asked for: the members of those teams, or all operators.</summary>
    IReadOnlyCollection<string> People(CallScope scope, FigureFilter filter)
    {
        var (roster, now) = (personnel.Now, clock.GetUtcNow());
        IReadOnlyList<string>? teams = filter.Teams ?? (scope.IsEverything ? null : scope.Teams);
        if (teams is null) return [.. roster.People.Values.Where(person => person.MaySignIn && person.Roles.Contains(Role.Operator)).Select(person => person.Id)];
        return [.. roster.Memberships.Where(member => teams.Contains(member.Team) && member.When.Contains(now)).Select(member => member.User).Distinct()];
    }
}
