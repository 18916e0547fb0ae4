using CallCenter.Storage;
using CallCenter.Telephony;

namespace CallCenter.Alerts;

/// <summary>A phone system that does not send to us any more, or of which nobody can see whether it does.</summary>
sealed class SubscriptionFailing(Subscriptions subscriptions, Switchboard switchboard) : IAlertSource
{
    public const string Name = "connection.subscription", Minutes = "minutes";

    public static readonly AlertKind Kind = new(Name, [new(Minutes, Default: 20, Min: 1, Max: 1440)], []);

    public IReadOnlyList<AlertKind> Kinds => [Kind];

    public async Task<IReadOnlyList<Alert>> Look(Tx tx, DateTimeOffset now, IReadOnlyDictionary<string, AlertRule> rules)
    {
        var since = now.AddMinutes(-rules[Name][Minutes]);
        var failing = new List<Alert>();
        foreach (var standing in await subscriptions.Failing(tx))
            if (switchboard.Find(standing.Connection) is { State: ConnectionState.Active } connection && (standing.FailingSince <= since || standing.IsDead(now)))
                failing.Add(new Alert(Name, $"connection:{connection.Id}", null, now,
                    new Dictionary<string, object?> { ["connection"] = connection.Name, ["fault"] = standing.Fault?.ToString(), ["said"] = standing.Said, ["failing_since"] = standing.FailingSince, ["ends_at"] = standing.EndsAt }));
        return failing;
    }
}
