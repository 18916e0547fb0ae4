using CallCenter.Alerts;
using CallCenter.Calls;
using CallCenter.Storage;

namespace CallCenter.Recovery;

/// <summary>Too many missed calls are overdue, or too much is at stake in those that nobody returned: told for each team, and for those of none.</summary>
sealed class CaseAlerts(ITeamNames teams, ICustomerWorth worth) : IAlertSource
{
    public const string Overdue = "cases.overdue", Value = "cases.value", Cases = "cases", Minutes = "minutes", Amount = "amount";

    public static readonly AlertKind OverdueKind = new(Overdue, [new(Cases, Default: 1, Min: 1, Max: 1000), new(Minutes, Default: 15, Min: 1, Max: 10_080)], ["cases", "longer_than"]);

    public static readonly AlertKind ValueKind = new(Value, [new(Amount, Default: 500, Min: 1, Max: 1_000_000)], ["cases", "amount", "currency"]);

    public IReadOnlyList<AlertKind> Kinds => [OverdueKind, ValueKind];

    public async Task<IReadOnlyList<Alert>> Look(Tx tx, DateTimeOffset now, IReadOnlyDictionary<string, AlertRule> rules)
    {
        var (overdue, value) = (rules[Overdue], rules[Value]);
        var settings = await RecoverySettings.Read(tx);
        var late = now.AddMinutes(-overdue[Minutes]).ToUnixTimeMilliseconds();
        var open = await tx.List<(string? Team, long Open, long Late, long? First, double Cents)>(
            $"""
            select c.team_id, count(*), cast(sum(case when k.due_at < @late then 1 else 0 end) as bigint), cast(min(k.due_at) as bigint), cast(sum({CaseValue.CentsInSql(worth, settings)}) as double precision)
            from cases k join calls c on c.id = k.last_call where k.misses > 0 and k.closed_at is null group by c.team_id
            """, CaseList.Values(settings, now, ("late", late)));
        var alerts = new List<Alert>();
        foreach (var team in open)
        {
            Alert Of(string kind, params (string Name, object? Value)[] detail) => new(kind, team.Team is null ? "" : $"team:{team.Team}", team.Team, now,
                detail.Prepend(("team", team.Team is null ? null : teams.NameOf(team.Team))).ToDictionary(pair => pair.Item1, pair => pair.Item2));
            if (overdue.IsActive && team.Late >= overdue[Cases])
                alerts.Add(Of(Overdue, ("cases", team.Late), ("longer_than", overdue[Minutes]), ("minutes", (long)(now - DateTimeOffset.FromUnixTimeMilliseconds(team.First!.Value)).TotalMinutes)));
            if (value.IsActive && team.Cents >= value[Amount] * 100.0)
                alerts.Add(Of(Value, ("cases", team.Open), ("amount", (long)Math.Round(team.Cents / 100)), ("currency", settings.Currency)));
        }

        return alerts;
    }
}
