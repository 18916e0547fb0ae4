using CallCenter.Calls;
using CallCenter.Presence;
using CallCenter.Storage;
using CallCenter.Teams;
using CallCenter.Wallboard;

namespace CallCenter.Tests.Wallboard;

/// <summary>Two teams with a queue each; what is told of one is none of the other's business.</summary>
sealed record BoardRoom(Team A, Team B, string Boss, string Eva, string Luis)
{
    /// <summary>Boss leads the first team, Eva (201) belongs to it, and Luis (202) to the second.</summary>
    public static async Task<BoardRoom> Of(Users users, TeamBook book)
    {
        async Task<string> Person(string name, Role role) => (await users.Add(new NewPerson($"{name}@example.com", name, [role]), null, Authority.Console)).Id;
        async Task<Team> TeamOf(string name, TeamTargets? targets = null)
        {
            var team = await book.Add(name, TeamType.CallCenter, Authority.Console, targets: targets);
            await book.GiveLine(team.Id, "test", LineKind.Queue, $"q-{name}", DateTimeOffset.MinValue, fillsPast: false, Authority.Console);
            return team;
        }

        var (boss, eva, luis) = (await Person("boss", Role.Manager), await Person("eva", Role.Operator), await Person("luis", Role.Operator));
        var (a, b) = (await TeamOf("A", new TeamTargets(ServiceLevelPercent: 90, ServiceLevelSeconds: 15)), await TeamOf("B"));
        await book.Change(a.Id, team => team with { Manager = boss }, Authority.Console);
        foreach (var (team, person, extension) in ((Team, string, string)[])[(a, eva, "201"), (b, luis, "202")])
        {
            await book.AddMember(team.Id, person, DateTimeOffset.MinValue, Authority.Console);
            await book.GiveExtension(person, "test", extension, DateTimeOffset.MinValue, Authority.Console);
        }

        return new(a, b, boss, eva, luis);
    }

    /// <summary>An inbound call of its own number that rings at a telephone of a queue.</summary>
    public static IReadOnlyCollection<CallEvent> Call(int number, DateTimeOffset at, string queue, string telephone, double? answeredAfter = null, double? endedAfter = null)
    {
        var key = new CallKey("test", $"call-{number}");
        List<CallEvent> told =
        [
            new CallStarted(key, at, Direction.Inbound, PhoneNumber.Parse($"+346123456{number:00}", "ES"), null, "+34910000000", CallerName: "Talleres Secretos"),
            new QueueJoined(key, at, queue),
            new AttemptStarted(key, at.AddSeconds(1), "a", telephone),
        ];
        if (answeredAfter is { } wait) told.Add(new AttemptAnswered(key, at.AddSeconds(wait), "a"));
        if (endedAfter is { } length) told.Add(new CallEnded(key, at.AddSeconds(length), answeredAfter is null ? EndCause.Cancelled : EndCause.Normal));
        return told;
    }

    public static BoardDesk Desk(House house) => new(
        house.Db, house.Log, house.Figures, house.CaseList, new PresenceBook(house.Db, house.Clock), house.Personnel, new ServerSettings(house.Db), house.Audit, house.Clock);
}
