using CallCenter.Calls;
using CallCenter.Storage;

namespace CallCenter.Alerts;

/// <summary>Too many callers wait too long for the same team, or for nobody's.</summary>
sealed class CallersWaiting(CallLog log, ITeamNames teams) : IAlertSource
{
    public const string Name = "callers.waiting", Callers = "callers", Seconds = "seconds";

    public static readonly AlertKind Kind = new(Name, [new(Callers, Default: 3, Min: 1, Max: 1000), new(Seconds, Default: 60, Min: 5, Max: 3600)], ["waiting", "seconds"]);

    public IReadOnlyList<AlertKind> Kinds => [Kind];

    public async Task<IReadOnlyList<Alert>> Look(Tx tx, DateTimeOffset now, IReadOnlyDictionary<string, AlertRule> rules)
    {
        var rule = rules[Name];
        var waiting = await log.WaitingSince(tx, now.AddSeconds(-rule[Seconds]));
        return [.. waiting.Where(queue => queue.Callers >= rule[Callers]).Select(queue => new Alert(
            Name, queue.Team is null ? "" : $"team:{queue.Team}", queue.Team, now, new Dictionary<string, object?>
            {
                ["team"] = queue.Team is null ? null : teams.NameOf(queue.Team),
                ["waiting"] = queue.Callers,
                ["seconds"] = (long)(now - queue.First).TotalSeconds,
            }))];
    }
}
