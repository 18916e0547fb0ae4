using CallCenter.Calls;
using CallCenter.Teams;
using CallCenter.Telephony;
using CallCenter.Tests.Calls;

namespace CallCenter.Tests.Teams;

public sealed class LineSurveyTests
{
    static readonly DateTimeOffset Noon = new(2026, 5, 4, 12, 0, 0, TimeSpan.Zero);

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task Names_that_calls_had_are_counted_and_have_their_owner_of_now(On database)
    {
        await using var house = await House.Open(database);
        var connection = await Connect(house);
        for (var i = 0; i < 3; i++) await Hear(house, connection, CallLogTests.Answered($"a-{i}", Noon.AddMinutes(i)));
        var ana = await house.Users.Add(new NewPerson("ana@example.com", "Ana", [Role.Operator]), null, Authority.Console);
        var team = await house.Teams.Add("Norte", TeamType.CallCenter, Authority.Console);
        await house.Teams.GiveExtension(ana.Id, connection, "101", null, Authority.Console);
        await house.Teams.GiveLine(team.Id, connection, LineKind.Queue, "nobody-calls", null, false, Authority.Console);

        var survey = await Read(house);
        Assert.Equal((3, Noon), (survey.Calls, survey.Since));
        var extension = survey.Names.Single(name => name.Name == "101");
        Assert.Equal((NameKind.Extension, 3, Noon.AddMinutes(2), ana.Id), (extension.Kind, extension.Calls, extension.Last, extension.Owner));
        var queue = survey.Names.Single(name => name.Name == "nobody-calls");
        Assert.Equal((NameKind.Queue, 0, null, team.Id), (queue.Kind, queue.Calls, queue.Last, queue.Owner));
        Assert.Contains(survey.Names, name => name is { Owner: null, Calls: 3 });

        await house.Teams.TakeExtension(connection, "101", null, Authority.Console);
        Assert.Null((await Read(house)).Names.Single(name => name.Name == "101").Owner);
    }

    [Fact]
    public async Task A_busy_phone_system_does_not_hide_a_quiet_one_and_the_look_has_an_end()
    {
        await using var house = await House.Open();
        var (busy, quiet) = (await Connect(house), await Connect(house));
        await Hear(house, quiet, CallLogTests.Answered("old", Noon.AddYears(-1)));
        await Hear(house, busy, [.. Enumerable.Range(0, LineSurvey.CallsMax + 50).SelectMany(i => CallLogTests.Missed($"m-{i}", Noon.AddSeconds(i)))]);

        var survey = await Read(house);
        Assert.Equal(LineSurvey.CallsMax + 1, survey.Calls);
        Assert.Contains(survey.Names, name => name.Connection == quiet);
    }

    static async Task<string> Connect(House house) =>
        (await house.Switchboard.Add("asterisk", "Central", new Dictionary<string, string> { ["host"] = "127.0.0.1", ["username"] = "u", ["secret"] = "s" }, ConnectionState.Paused)).Id;

    static Task Hear(House house, string connection, IEnumerable<CallEvent> told) => house.Hear([.. told.Select(one => one with { Call = new CallKey(connection, one.Call.Id) })]);

    static Task<Survey> Read(House house) => new LineSurvey(house.Log, house.Switchboard, house.Personnel, TimeProvider.System).Read(CancellationToken.None);
}
