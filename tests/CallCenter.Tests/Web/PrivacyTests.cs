using System.Net;
using System.Text.Json;
using CallCenter.Calls;
using CallCenter.Teams;
using CallCenter.Tests.Calls;
using CallCenter.Tests.SigningIn;

namespace CallCenter.Tests.Web;

/// <summary>What users of other products complain of (product.md D.6): each cannot happen here. 43 is in <see cref="AccessTests"/>.</summary>
public sealed class PrivacyTests
{
    const string Password = "un caballo correcto", OfEva = "+34600000001", OfLeo = "+34600000002";

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task d41_d44_An_operator_reads_neither_the_recordings_nor_the_numbers_of_others(On database)
    {
        await using var room = await Room.Open(database);
        foreach (var address in (string[])["/api/calls", "/api/calls?operator=102", $"/api/calls?customer={Uri.EscapeDataString(OfLeo)}"])
        {
            var body = await room.Eva.Page(address);
            Assert.DoesNotContain("rec-leo", body);
            Assert.DoesNotContain(OfLeo, body);
        }

        Assert.Contains("rec-eva", await room.Eva.Page($"/api/calls/{room.CallOfEva}"));
        Assert.Equal(HttpStatusCode.NotFound, (await room.Eva.Get($"/api/calls/{room.CallOfLeo}")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await room.Eva.Get("/api/calls/export.csv")).StatusCode);
        var names = await room.House.Log.Choices(CallScope.Own(room.EvaId));
        Assert.Equal(["101"], names.Operators);
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task d42_d45_A_manager_gets_exactly_the_own_people_and_opens_their_history(On database)
    {
        await using var room = await Room.Open(database);
        var listed = JsonDocument.Parse(await room.Boss.Page("/api/calls")).RootElement.GetProperty("calls").EnumerateArray().Select(call => call.GetProperty("id").GetInt64());
        Assert.Equal([room.CallOfEva], listed);
        var detail = JsonDocument.Parse(await room.Boss.Page($"/api/calls/{room.CallOfEva}")).RootElement;
        Assert.NotEmpty(detail.GetProperty("timeline").EnumerateArray());
        await room.Boss.Page($"/llamadas/{room.CallOfEva}");
        Assert.Equal(HttpStatusCode.NotFound, (await room.Boss.Get($"/api/calls/{room.CallOfLeo}")).StatusCode);

        // Who belongs to whom is set up by the company's own administrator; calls of before are judged again beside.
        await room.House.Get<TeamBook>().AddMember(room.Team, room.LeoId, DateTimeOffset.MinValue, Authority.Console);
        for (var tries = 0; (await room.Boss.Get($"/api/calls/{room.CallOfLeo}")).StatusCode != HttpStatusCode.OK; tries++)
        {
            Assert.True(tries < 100);
            await Task.Delay(100);
        }
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task A_stream_says_when_a_call_leaves_ones_sight_and_ends_with_the_right_to_it(On database)
    {
        await using var room = await Room.Open(database);
        using var stream = await CallStreamApiTests.SseReader.Open(room.Boss.Client, null);
        await room.House.Hear(Room.Begins("alive", "101", "+34600000003"));
        var told = await stream.Read(TimeSpan.FromSeconds(10));
        Assert.Equal("call", told?.Event);
        var id = JsonDocument.Parse(told!.Value.Data).RootElement.GetProperty("id").GetInt64();

        await room.House.Get<TeamBook>().CorrectTeam(id, null, Authority.Console);
        var gone = await stream.Read(TimeSpan.FromSeconds(10));
        Assert.Equal(("gone", $"{{\"id\":{id}}}"), (gone?.Event, gone?.Data));

        await room.House.Get<Users>().Block(room.BossId, Authority.Console);
        while (await stream.Read(TimeSpan.FromSeconds(5)) is { } last) Assert.Equal("reset", last.Event);
        Assert.True(stream.HasEnded);
    }

    /// <summary>Eva in a team with its manager, Leo in none, and a recorded call of each.</summary>
    sealed class Room : IAsyncDisposable
    {
        public required WebHouse House { get; init; }

        public required Visitor Eva { get; init; }

        public required Visitor Boss { get; init; }

        public required string EvaId { get; init; }

        public required string LeoId { get; init; }

        public required string BossId { get; init; }

        public required string Team { get; init; }

        public long CallOfEva { get; private set; }

        public long CallOfLeo { get; private set; }

        public static async Task<Room> Open(On database)
        {
            var house = await WebHouse.Open(database);
            var (users, book) = (house.Get<Users>(), house.Get<TeamBook>());
            async Task<string> Add(string name, Role role) => (await users.Add(new NewPerson($"{name}@example.com", name, [role]), Password, Authority.Console)).Id;
            var (eva, leo, boss) = (await Add("eva", Role.Operator), await Add("leo", Role.Operator), await Add("jefa", Role.Manager));
            await book.GiveExtension(eva, "test", "101", DateTimeOffset.MinValue, Authority.Console);
            await book.GiveExtension(leo, "test", "102", DateTimeOffset.MinValue, Authority.Console);
            var team = await book.Add("Mostrador", TeamType.CallCenter, Authority.Console);
            await book.Change(team.Id, known => known with { Manager = boss }, Authority.Console);
            await book.AddMember(team.Id, eva, DateTimeOffset.MinValue, Authority.Console);
            await house.Hear([.. Begins("eva", "101", OfEva), .. Ends("eva")]);
            await house.Hear([.. Begins("leo", "102", OfLeo), .. Ends("leo")]);

            var room = new Room { House = house, Eva = new(house), Boss = new(house), EvaId = eva, LeoId = leo, BossId = boss, Team = team.Id };
            await room.Eva.SignIn("eva@example.com", Password);
            await room.Boss.SignIn("jefa@example.com", Password);
            foreach (var call in (await house.Log.List(CallScope.Machine, new CallFilter())).Calls)
                if (call.ProviderCallId == "eva") room.CallOfEva = call.Id;
                else room.CallOfLeo = call.Id;
            return room;
        }

        static DateTimeOffset At(double seconds) => new DateTimeOffset(2026, 3, 2, 12, 0, 0, TimeSpan.Zero).AddSeconds(seconds);

        public static List<CallEvent> Begins(string id, string extension, string customer) =>
        [
            new CallStarted(new("test", id), At(0), Direction.Inbound, PhoneNumber.Parse(customer, "ES"), PhoneNumber.Parse("+34910000000", "ES"), "+34910000000"),
            new AttemptStarted(new("test", id), At(2), "leg", extension),
            new AttemptAnswered(new("test", id), At(5), "leg"),
        ];

        static List<CallEvent> Ends(string id) => [new RecordingMade(new("test", id), At(60), $"rec-{id}"), new CallEnded(new("test", id), At(60), EndCause.Normal)];

        public async ValueTask DisposeAsync()
        {
            Eva.Dispose();
            Boss.Dispose();
            await House.DisposeAsync();
        }
    }
}
