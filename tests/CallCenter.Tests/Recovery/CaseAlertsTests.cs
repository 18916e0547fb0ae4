using CallCenter.Alerts;
using CallCenter.Recovery;
using CallCenter.Teams;
using static CallCenter.Tests.Recovery.TestCalls;

namespace CallCenter.Tests.Recovery;

public sealed class CaseAlertsTests
{
    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task A_teams_overdue_cases_and_what_they_may_cost_are_told_for_the_team_alone_and_no_more_once_returned(On database)
    {
        await using var house = await House.Open(database);
        var team = (await house.Teams.Add("Mostrador", TeamType.CallCenter, Authority.Console, targets: new TeamTargets(CallBackMinutes: 10))).Id;
        await house.Teams.GiveLine(team, "test", CallCenter.Teams.LineKind.Line, "910000000", DateTimeOffset.MinValue, false, Authority.Console);
        await house.Settle(RecoverySettings.Default with { OrderPercent = 100, OrderCents = 30_000 });
        await house.Hear([.. Missed("a", 0, "612345601"), .. Missed("b", 60, "612345602"), .. Missed("c", 0, "612345603", line: "910000009")]);

        async Task<IReadOnlyList<Alert>> Look(DateTimeOffset now, int amount = 500) => await house.Db.Read(tx => new CaseAlerts(house.Personnel, new CallCenter.Quotes.CustomerWorth()).Look(tx, now, new Dictionary<string, AlertRule>
        {
            [CaseAlerts.Overdue] = AlertRule.Default(CaseAlerts.OverdueKind),
            [CaseAlerts.Value] = AlertRule.Default(CaseAlerts.ValueKind) with { Settings = new Dictionary<string, int> { [CaseAlerts.Amount] = amount } },
        }));

        // Due ten minutes after the miss, told of after fifteen more.
        Assert.DoesNotContain(await Look(Noon.AddMinutes(25)), alert => alert.Kind == CaseAlerts.Overdue);
        var late = Assert.Single(await Look(Noon.AddMinutes(25.5)), alert => alert.Kind == CaseAlerts.Overdue);
        Assert.Equal(($"team:{team}", team, 1L, 15L), (late.Subject, late.Team, (long)late.Detail["cases"]!, (long)late.Detail["minutes"]!));
        Assert.Equal(2L, Assert.Single(await Look(Noon.AddMinutes(27)), alert => alert.Kind == CaseAlerts.Overdue).Detail["cases"]);

        var value = Assert.Single(await Look(Noon.AddMinutes(2)), alert => alert.Kind == CaseAlerts.Value); // twice 300, and once for nobody's
        Assert.Equal((team, 2L, 599L), (value.Team, (long)value.Detail["cases"]!, (long)value.Detail["amount"]!));
        Assert.Equal(2, (await Look(Noon.AddMinutes(2), 200)).Count);

        await house.Hear([.. CalledBack("o", 1500, "612345601", answered: true), .. CalledBack("p", 1500, "612345602", answered: true)]);
        Assert.All(await Look(Noon.AddDays(1), 1), alert => Assert.Null(alert.Team));
    }
}
