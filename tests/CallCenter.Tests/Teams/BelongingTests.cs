using CallCenter.Calls;
using CallCenter.Recovery;
using CallCenter.Teams;
using CallCenter.Tests.Calls;

namespace CallCenter.Tests.Teams;

/// <summary>Whose a call is: decided once, from the call and dated facts, and the same whenever it is asked again.</summary>
public sealed class BelongingTests
{
    static readonly DateTimeOffset Noon = new(2026, 5, 4, 12, 0, 0, TimeSpan.Zero);

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task A_call_counts_for_the_team_of_its_queue_else_of_its_line_else_of_whom_it_rang_else_for_none(On database)
    {
        await using var house = await House.Open(database);
        var (north, south, east) = (await Team(house, "Norte"), await Team(house, "Sur"), await Team(house, "Este"));
        var ana = await Person(house, "Ana", "101");
        await house.Teams.AddMember(east, ana, DateTimeOffset.MinValue, Authority.Console);

        Assert.Equal(east, (await Hear(house, "people", Noon)).Team);
        await house.Teams.GiveLine(south, "test", LineKind.Line, "910000000", Noon.AddHours(1), fillsPast: false, Authority.Console);
        Assert.Equal(south, (await Hear(house, "line", Noon.AddHours(1))).Team);
        await house.Teams.GiveLine(north, "test", LineKind.Queue, "ventas", Noon.AddHours(2), fillsPast: false, Authority.Console);
        Assert.Equal(north, (await Hear(house, "queue", Noon.AddHours(2))).Team);
        Assert.Null((await Hear(house, "unknown telephone", Noon, "999")).Team);

        await house.Rejudging.Run();
        Assert.Equal(east, (await Find(house, "people")).Team); // what is past stays as it was
        await AllIsWell(house);
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task A_call_that_one_of_us_placed_counts_for_the_team_of_who_placed_it(On database)
    {
        await using var house = await House.Open(database);
        var (north, south) = (await Team(house, "Norte"), await Team(house, "Sur"));
        var ana = await Person(house, "Ana", "101");
        await house.Teams.AddMember(north, ana, DateTimeOffset.MinValue, Authority.Console);
        await house.Teams.GiveLine(south, "test", LineKind.Line, "910000000", DateTimeOffset.MinValue, fillsPast: false, Authority.Console);

        var key = new CallKey("test", "out");
        await house.Hear(
            new CallStarted(key, Noon, Direction.Outbound, PhoneNumber.Parse("101", "ES"), PhoneNumber.Parse("612345678", "ES"), "910000000", "101"),
            new AttemptStarted(key, Noon.AddSeconds(1), "leg", "612345678", LegRole.Outside), new CallEnded(key, Noon.AddSeconds(9), EndCause.NoAnswer));
        Assert.Equal((north, ana), ((await Find(house, "out")).Team, Assert.Single((await Find(house, "out")).People)));

        var other = new CallKey("test", "out by nobody known");
        await house.Hear(new CallStarted(other, Noon, Direction.Outbound, null, PhoneNumber.Parse("612345678", "ES"), "910000000", "199"), new CallEnded(other, Noon.AddSeconds(9), EndCause.NoAnswer));
        Assert.Equal(south, (await Find(house, "out by nobody known")).Team);
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task Everybody_it_rang_is_concerned_and_an_extension_is_whose_it_was_at_that_moment(On database)
    {
        await using var house = await House.Open(database);
        var (ana, eva) = (await Person(house, "Ana", "101"), await Person(house, "Eva", "102"));
        var key = new CallKey("test", "both");
        List<CallEvent> both =
        [
            new CallStarted(key, Noon, Direction.Inbound, PhoneNumber.Parse("612345678", "ES"), null),
            new AttemptStarted(key, Noon.AddSeconds(1), "a", "101"), new AttemptStarted(key, Noon.AddSeconds(1), "b", "102"), new AttemptStarted(key, Noon.AddSeconds(1), "c", "103"),
            new AttemptAnswered(key, Noon.AddSeconds(4), "b"), new CallEnded(key, Noon.AddSeconds(60), EndCause.Normal),
        ];
        await house.Hear(both.Take(4).ToList());
        Assert.Equal(new[] { ana, eva }.Order(StringComparer.Ordinal), (await Find(house, "both")).People);
        await house.Hear(both);
        Assert.Equal(new[] { ana, eva }.Order(StringComparer.Ordinal), (await Find(house, "both")).People);

        await house.Teams.GiveExtension(eva, "test", "101", Noon.AddDays(1), Authority.Console);
        Assert.Equal([ana], (await Hear(house, "before", Noon.AddHours(1))).People);
        Assert.Equal([eva], (await Hear(house, "after", Noon.AddDays(1))).People);
        Assert.Empty((await Hear(house, "elsewhere", Noon, connection: "another")).People);
        await AllIsWell(house);
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task A_call_counts_for_the_team_somebody_was_in_when_it_happened(On database)
    {
        await using var house = await House.Open(database);
        var (north, south) = (await Team(house, "Norte"), await Team(house, "Sur"));
        var ana = await Person(house, "Ana", "101");
        await house.Teams.AddMember(north, ana, DateTimeOffset.MinValue, Authority.Console);
        await house.Teams.RemoveMember(north, ana, Noon.AddHours(1), Authority.Console);
        await house.Teams.AddMember(south, ana, Noon.AddHours(1), Authority.Console);

        Assert.Equal(south, (await Hear(house, "then", Noon.AddHours(1))).Team);
        Assert.Equal(north, (await Hear(house, "late news", Noon.AddMinutes(59))).Team);
        await AllIsWell(house);
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task A_date_in_the_past_judges_again_since_then_and_filling_the_past_takes_only_what_nobody_claims(On database)
    {
        await using var house = await House.Open(database);
        var (north, south) = (await Team(house, "Norte"), await Team(house, "Sur"));
        var ana = await Person(house, "Ana", "101");
        await Hear(house, "nobody's", Noon.AddDays(-2), "999");
        await Hear(house, "Ana's", Noon.AddDays(-1));
        await Hear(house, "today's", Noon);

        await house.Teams.AddMember(north, ana, Noon.AddDays(-1), Authority.Console);
        Assert.Equal(2, await house.Rejudging.Run());
        Assert.Equal([null, north, north], await Teams(house, "nobody's", "Ana's", "today's"));

        await house.Teams.GiveLine(south, "test", LineKind.Queue, "ventas", Noon, fillsPast: true, Authority.Console);
        Assert.Equal(2, await house.Rejudging.Run());
        Assert.Equal([south, north, south], await Teams(house, "nobody's", "Ana's", "today's"));
        Assert.Equal(0, await house.Rejudging.Run());
        await AllIsWell(house);
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task A_correction_by_hand_stays_through_late_news_rules_and_rebuild_until_it_is_taken_back(On database)
    {
        await using var house = await House.Open(database);
        var (north, south) = (await Team(house, "Norte"), await Team(house, "Sur"));
        await house.Teams.GiveLine(north, "test", LineKind.Queue, "ventas", DateTimeOffset.MinValue, fillsPast: false, Authority.Console);
        var call = await Hear(house, "call", Noon);

        await house.Teams.CorrectTeam(call.Id, south, Authority.Console);
        await house.Hear(new RecordingMade(new CallKey("test", "call"), Noon.AddMinutes(9), "https://example.com/r"));
        await house.Teams.GiveLine(north, "test", LineKind.Line, "910000000", DateTimeOffset.MinValue, fillsPast: true, Authority.Console);
        await house.Rejudging.Run();
        await house.Log.Rebuild(null, CancellationToken.None);
        Assert.Equal(south, (await Find(house, "call")).Team);
        await AllIsWell(house);

        await house.Teams.UndoCorrection(call.Id, Authority.Console);
        Assert.Equal(north, (await Find(house, "call")).Team);
        Assert.Equal(2, (await house.Audit.List(new(Action: "call.team-corrected", Subject: $"call:{call.Id}"))).Count);
    }

    [Fact]
    public async Task Whoever_saves_a_call_knows_of_a_change_that_another_node_made_just_before()
    {
        await using var house = await House.Open(On.Postgres);
        await using var other = await House.Beside(house);
        var north = await Team(house, "Norte");
        await house.Teams.GiveLine(north, "test", LineKind.Queue, "ventas", DateTimeOffset.MinValue, fillsPast: false, Authority.Console);

        await other.Hear(CallLogTests.Answered("call", Noon)); // it was told nothing yet
        Assert.Equal(north, (await Find(house, "call")).Team);
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task What_is_damaged_is_found_by_verify_and_mended_by_rebuild(On database)
    {
        await using var house = await House.Open(database);
        var north = await Team(house, "Norte");
        await Person(house, "Ana", "101");
        await house.Teams.GiveLine(north, "test", LineKind.Queue, "ventas", DateTimeOffset.MinValue, fillsPast: false, Authority.Console);
        for (var i = 0; i < 4; i++) await Hear(house, $"call-{i}", Noon.AddMinutes(i));
        await AllIsWell(house);

        await house.Db.Write(async tx =>
        {
            await tx.Run("update calls set team_id = 'other' where call_key = 'call-0'");
            await tx.Run("update calls set people = null where call_key = 'call-1'");
            await tx.Run("delete from call_people where call_id = (select id from calls where call_key = 'call-2')");
            await tx.Run("insert into call_people (user_id, at, call_id) values ('somebody', 7, 3)");
        });
        Assert.Equal(["call-differs", "call-differs", "people-differ", "people-differ", "people-differ"], (await Verify(house)).Select(found => found.Code).Order());
        await house.Log.Rebuild(null, CancellationToken.None);
        await AllIsWell(house);
    }

    static async Task<string> Team(House house, string name) => (await house.Teams.Add(name, TeamType.CallCenter, Authority.Console)).Id;

    static async Task<string> Person(House house, string name, string extension)
    {
        var person = await house.Users.Add(new NewPerson($"{name}@example.com", name, [Role.Operator]), null, Authority.Console);
        await house.Teams.GiveExtension(person.Id, "test", extension, DateTimeOffset.MinValue, Authority.Console);
        return person.Id;
    }

    static async Task<Call> Hear(House house, string id, DateTimeOffset at, string extension = "101", string connection = "test")
    {
        await house.Hear([.. CallLogTests.Answered(id, at).Select(told => told with { Call = new CallKey(connection, id) })
            .Select(told => told is AttemptStarted ring ? ring with { Operator = extension } : told)]);
        return await Find(house, id);
    }

    static async Task<Call> Find(House house, string id) => (await house.Calls()).Single(call => call.ProviderCallId == id);

    static async Task<IEnumerable<string?>> Teams(House house, params string[] ids)
    {
        var calls = await house.Calls();
        return ids.Select(id => calls.Single(call => call.ProviderCallId == id).Team);
    }

    static async Task<List<Finding>> Verify(House house)
    {
        var found = new List<Finding>();
        await new CallAudit(house.Db, [new RecoveryLedger()], house.Personnel).Verify(found.Add, null, CancellationToken.None);
        return found;
    }

    static async Task AllIsWell(House house) => Assert.Empty(await Verify(house));
}
