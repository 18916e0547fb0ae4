using CallCenter.Calls;
using CallCenter.Teams;

namespace CallCenter.Tests.Teams;

public sealed class RightsTests
{
    static readonly CallScope Own = CallScope.Own("u");

    /// <summary>product.md A.9, Q7, row by row.</summary>
    public static TheoryData<string, Role[], Ability[], string[], CallScope> Rows => new()
    {
        { "nothing", [], [], [], CallScope.None },
        { "belonging to a team gives nothing", [], [], ["t1"], CallScope.None },
        { "operator", [Role.Operator], [], ["t1"], Own },
        { "operator with the ability: all operators", [Role.Operator], [Ability.ViewAllCalls], ["t1"], CallScope.All("u") },
        { "the ability alone", [], [Ability.ViewAllCalls], [], CallScope.All("u") },
        { "all teams without all calls is still own calls", [Role.Operator], [Ability.ViewAllTeams], ["t1"], Own },
        { "manager of a team", [Role.Manager], [], ["t1"], CallScope.Of("u", ["t1"]) },
        { "manager of two teams", [Role.Manager, Role.Operator], [], ["t2", "t1"], CallScope.Of("u", ["t1", "t2"]) },
        { "manager given the ability he has already", [Role.Manager], [Ability.ViewAllCalls], ["t1"], CallScope.Of("u", ["t1"]) },
        { "manager of all teams", [Role.Manager], [Ability.ViewAllTeams], ["t1"], CallScope.All("u") },
        { "manager without a team: all operators", [Role.Manager], [], [], CallScope.All("u") },
        { "administrator", [Role.Administrator], [], [], CallScope.All("u") },
        { "administrator who leads a team", [Role.Administrator, Role.Manager], [], ["t1"], CallScope.All("u") },
        { "only users", [], [Ability.ManageUsers], [], CallScope.None },
    };

    [Theory, MemberData(nameof(Rows))]
    public void Roles_abilities_and_teams_say_which_calls_are_seen(string what, Role[] roles, Ability[] abilities, string[] teams, CallScope expected)
    {
        var rights = Rights.Of("u", roles, abilities, teams);
        Assert.True(expected.Equals(rights.Calls), what);
    }

    [Fact]
    public void Administrators_may_do_everything_and_managers_see_compare_and_export()
    {
        Assert.All(Enum.GetValues<Ability>(), ability => Assert.True(Rights.Of("u", [Role.Administrator], [], []).Has(ability)));
        Assert.Equal([Ability.ViewAllCalls, Ability.Export, Ability.ManageCustomers, Ability.ManageCatalogue], Rights.Of("u", [Role.Manager], [], []).Abilities);
        Assert.True(Rights.Of("u", [Role.Manager], [], []).ComparesOperators);
        Assert.False(Rights.Of("u", [Role.Operator], [], []).ComparesOperators);
        Assert.False(Rights.None.UsesCallCenter);
    }

    [Fact]
    public void Every_ability_has_its_name()
    {
        foreach (var ability in Enum.GetValues<Ability>())
        {
            Assert.True(Abilities.TryParse(ability.Slug(), out var parsed));
            Assert.Equal(ability, parsed);
        }

        Assert.Equal("ver-todas-las-llamadas", Ability.ViewAllCalls.Slug());
        Assert.False(Abilities.TryParse("todo", out _));
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task Who_leads_or_belongs_to_a_team_today_has_it_as_an_own_team(On database)
    {
        var clock = new MovableClock();
        await using var house = await House.Open(database, clock);
        var eva = (await house.Users.Add(new NewPerson("eva@example.com", "Eva", [Role.Manager]), null, Authority.Console)).Id;
        var north = (await house.Teams.Add("Norte", TeamType.CallCenter, Authority.Console)).Id;
        var south = (await house.Teams.Add("Sur", TeamType.Sales, Authority.Console)).Id;
        Assert.Equal(CallScope.All(eva), house.Personnel.RightsOf(eva).Calls);

        await house.Teams.Change(north, team => team with { Manager = eva }, Authority.Console);
        await house.Teams.AddMember(south, eva, clock.GetUtcNow().AddHours(1), Authority.Console);
        Assert.Equal([north], house.Personnel.RightsOf(eva).Teams);
        clock.Ahead = TimeSpan.FromHours(1) + TimeSpan.FromSeconds(1);
        Assert.Equal(2, house.Personnel.RightsOf(eva).Teams.Count);

        await house.Teams.Archive(north, Authority.Console);
        Assert.Equal([south], house.Personnel.RightsOf(eva).Teams);
        await house.Users.Block(eva, Authority.Console);
        Assert.Equal(Rights.None, house.Personnel.RightsOf(eva));
        await house.Users.Unblock(eva, Authority.Console);
        Assert.Equal([south], house.Personnel.RightsOf(eva).Teams);

        // Nothing is changed from here on but the time.
        await house.Teams.RemoveMember(south, eva, clock.GetUtcNow().AddHours(1), Authority.Console);
        Assert.Equal([south], house.Personnel.RightsOf(eva).Teams);
        Assert.Same(house.Personnel.RightsOf(eva), house.Personnel.RightsOf(eva));
        clock.Ahead = TimeSpan.FromHours(2) + TimeSpan.FromSeconds(2);
        Assert.Empty(house.Personnel.RightsOf(eva).Teams);
    }
}
