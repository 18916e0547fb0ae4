using CallCenter.Storage;
using CallCenter.Teams;
using CallCenter.Telephony;

namespace CallCenter.Alerts;

/// <summary>A phone system from which at this hour of such a day something always comes, and nothing does, while somebody waits for calls.</summary>
/// <remarks>
/// Days are compared with days of their sort: workdays with workdays, a Saturday with Saturdays. A team must have answered all
/// the while, so a quiet night is no silence, nor are the first minutes after it.
/// </remarks>
sealed class ConnectionSilent(Switchboard switchboard, ArrivalLog arrivals, Personnel personnel) : IAlertSource
{
    public const string Name = "connection.silent", Minutes = "minutes", Days = "days";

    /// <summary>So far back days are compared.</summary>
    const int DaysBack = 28;

    public static readonly AlertKind Kind = new(Name, [new(Minutes, Default: 30, Min: 5, Max: 240), new(Days, Default: 3, Min: 1, Max: 20)], ["minutes"]);

    public IReadOnlyList<AlertKind> Kinds => [Kind];

    public async Task<IReadOnlyList<Alert>> Look(Tx tx, DateTimeOffset now, IReadOnlyDictionary<string, AlertRule> rules)
    {
        var rule = rules[Name];
        var since = now.AddMinutes(-rule[Minutes]);
        var teams = personnel.Now.Teams.Values.Where(team => team.ArchivedAt is null).Select(team => team.Hours).DefaultIfEmpty(OpeningHours.Always);
        if (teams.FirstOrDefault(hours => hours.Between(since, now) >= now - since) is not { } open) return [];

        var (silent, zone) = (new List<Alert>(), TimeZoneInfo.FindSystemTimeZoneById(open.Zone));
        foreach (var connection in switchboard.All.Where(connection => connection.State == ConnectionState.Active))
            if (await arrivals.LastAt(tx, connection.Id) is { } last && last <= since && await IsUnusual(tx, connection.Id, since, now, zone, rule[Days]))
                silent.Add(new Alert(Name, $"connection:{connection.Id}", null, now,
                    new Dictionary<string, object?> { ["connection"] = connection.Name, ["minutes"] = rule[Minutes], ["last_at"] = last },
                    $"{last.ToUnixTimeMilliseconds()} {LocalDay.Of(now, zone):yyyy-MM-dd}")); // once for each silence and day
        return silent;
    }

    /// <summary>In each hour that it has been silent in, something came on enough days of the same sort.</summary>
    async Task<bool> IsUnusual(Tx tx, string connection, DateTimeOffset since, DateTimeOffset now, TimeZoneInfo zone, int days)
    {
        for (var at = since; at < now; at = at.AddHours(1))
            if (await arrivals.HoursWithArrivals(tx, connection, SameHourBefore(at, zone)) < days) return false;
        return await arrivals.HoursWithArrivals(tx, connection, SameHourBefore(now, zone)) >= days;
    }

    /// <summary>The same hour, as the clock on the wall says it, of the days before that are of the same sort.</summary>
    static List<DateTimeOffset> SameHourBefore(DateTimeOffset at, TimeZoneInfo zone)
    {
        var local = TimeZoneInfo.ConvertTime(at, zone).DateTime;
        return [.. Enumerable.Range(1, DaysBack).Select(back => local.AddDays(-back)).Where(before => SortOf(before.DayOfWeek) == SortOf(local.DayOfWeek))
            .Select(before => new DateTimeOffset(before, zone.GetUtcOffset(before)))];
    }

    static DayOfWeek SortOf(DayOfWeek day) => day is DayOfWeek.Saturday or DayOfWeek.Sunday ? day : DayOfWeek.Monday;
}
