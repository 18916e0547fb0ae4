using CallCenter.Teams;
using CallCenter.Teams.Routing;
using CallCenter.Tests.Telephony;

namespace CallCenter.Tests.Teams.Routing;

public class RoutingSwitchTests
{
    const string Line = "+34910000001";

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task Routing_is_switched_on_only_where_the_phone_system_can_be_told(On database)
    {
        await using var house = await PhoneSystem.Reachable(database);
        var (book, lines, by) = (house.Get<TeamBook>(), house.Get<RoutingSwitch>(), Authority.Console);
        var (counter, workshop) = (await book.Add("Mostrador", TeamType.Sales, by), await book.Add("Taller", TeamType.Sales, by));
        var (twilio, telnyx, aircall) = (await PhoneSystem.Connect(house, "twilio"), await PhoneSystem.Connect(house, "telnyx"), await PhoneSystem.Connect(house, "aircall"));
        foreach (var system in new[] { twilio, telnyx, aircall }) await book.GiveLine(counter.Id, system.Connection, LineKind.Line, Line, null, false, by);

        Assert.Equal("team.routing-needs", await Refused(() => lines.Turn(telnyx.Connection, Line, true, by)));
        Assert.Equal("team.routing-cannot", await Refused(() => lines.Turn(aircall.Connection, Line, true, by)));
        Assert.Equal("connection.unknown", await Refused(() => lines.Turn("nobody", Line, true, by)));
        Assert.Equal("team.no-line", await Refused(() => lines.Turn(twilio.Connection, "+34910000009", true, by)));
        Assert.Equal("user.may-not", await Refused(() => lines.Turn(twilio.Connection, Line, true, new Authority(by.Actor, Rights.None))));
        await lines.Turn(twilio.Connection, Line, true, by);
        Assert.True(RoutedTo(counter.Id));

        // Given to it again with its past it stays on; given to another team it is off until that says so.
        await book.GiveLine(counter.Id, twilio.Connection, LineKind.Line, Line, DateTimeOffset.UtcNow, true, by);
        Assert.True(RoutedTo(counter.Id));
        await book.GiveLine(workshop.Id, twilio.Connection, LineKind.Line, Line, null, false, by);
        Assert.False(RoutedTo(counter.Id) || RoutedTo(workshop.Id));

        bool RoutedTo(string team) => house.Get<Personnel>().Now.RoutedTeamOf(twilio.Connection, Line, DateTimeOffset.UtcNow) == team;
    }

    [Theory]
    [InlineData("team.routing-ring-seconds", 4, 60, 300, "es-ES", "", "")]
    [InlineData("team.routing-ring-seconds", 121, 60, 300, "es-ES", "", "")]
    [InlineData("team.routing-seconds", 20, -1, 300, "es-ES", "", "")]
    [InlineData("team.routing-seconds", 20, 60, 3601, "es-ES", "", "")]
    [InlineData("team.routing-language", 20, 60, 300, "eu-ES\" voice=\"x", "", "")]
    [InlineData("team.routing-music", 20, 60, 300, "es-ES", "file:///etc/passwd", "")]
    [InlineData("team.routing-text", 20, 60, 300, "es-ES", "", "a\0b")]
    public void A_rule_that_makes_no_sense_is_refused(string code, int ring, int overflow, int wait, string language, string music, string greeting) =>
        Assert.Equal(code, Assert.Throws<Refusal>(() => new RoutingRule { RingSeconds = ring, OverflowSeconds = overflow, WaitSeconds = wait, Language = language, Music = music, Greeting = greeting }.Checked()).Code);

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task A_team_overflows_to_another_that_exists_and_the_rule_is_kept_as_it_was_set(On database)
    {
        await using var house = await House.Open(database);
        var by = Authority.Console;
        var (counter, workshop) = (await house.Teams.Add("Mostrador", TeamType.Sales, by), await house.Teams.Add("Taller", TeamType.Sales, by));
        Assert.Equal("team.routing-overflow", await Refused(() => house.Teams.Change(counter.Id, team => team with { Routing = new RoutingRule { OverflowTeam = counter.Id } }, by)));
        Assert.Equal("team.unknown", await Refused(() => house.Teams.Change(counter.Id, team => team with { Routing = new RoutingRule { OverflowTeam = "nobody" } }, by)));

        var rule = new RoutingRule { Order = RoutingOrder.LongestIdle, People = ["x"], OverflowTeam = workshop.Id, Greeting = " Hola ", Voicemail = true };
        await house.Teams.Change(counter.Id, team => team with { Routing = rule }, by);
        await house.Personnel.Load();
        Assert.Equal(rule with { Greeting = "Hola" }, house.Personnel.Now.Teams[counter.Id].Routing);
        Assert.Null(house.Personnel.Now.Teams[workshop.Id].Routing);
        Assert.Contains("routing", Assert.Single(await house.Db.Read(tx => tx.List<string>("select detail from audit where action = 'team.changed'"))), StringComparison.OrdinalIgnoreCase);
    }

    static async Task<string> Refused(Func<Task> wish) => (await Assert.ThrowsAsync<Refusal>(wish)).Code;
}
