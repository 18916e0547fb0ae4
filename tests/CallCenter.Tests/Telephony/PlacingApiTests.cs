using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using CallCenter.Audit;
using CallCenter.Calls;
using CallCenter.Live;
using CallCenter.Teams;
using CallCenter.Telephony;
using CallCenter.Tests.SigningIn;
using CallCenter.Web;
using static CallCenter.Tests.Telephony.LineWatching;

namespace CallCenter.Tests.Telephony;

/// <summary>Whose telephone may be rung, and for whom.</summary>
public sealed class PlacingApiTests
{
    const string Password = "un caballo correcto";

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task People_call_from_their_own_telephone_and_programs_from_somebodys(On database)
    {
        await using var pbx = new FakePbx();
        await using var house = await WebHouse.Open(database);
        var line = await house.Switchboard.Add("asterisk", "central", pbx.Settings((Control.Setting, Control.On), ("country", "ES")), ConnectionState.Active);
        await Eventually(() => Task.FromResult(house.Get<LineBoard>().Find(line.Id) is { State: LineState.Online, IsSettled: true }));
        var (users, book) = (house.Get<Users>(), house.Get<TeamBook>());
        var (ana, luis, team) = (await Person(users, book, "ana", line.Id, "101"), await Person(users, book, "luis", line.Id, "102"), (await book.Add("Ventas", TeamType.CallCenter, Authority.Console)).Id);
        await book.AddMember(team, luis, DateTimeOffset.MinValue, Authority.Console);
        using var visitor = new Visitor(house);
        await visitor.SignIn("ana@example.com", Password);

        // A person.
        var (status, answer) = await Place(visitor.Client, new { connection = line.Id, to = "600111222" });
        Assert.Equal((HttpStatusCode.Accepted, "101", ana), (status, answer.GetProperty("extension").GetString(), answer.GetProperty("person").GetString()));
        Assert.Equal((HttpStatusCode.Conflict, "control.too-soon"), await Problem(visitor.Client, new { connection = line.Id, to = "600111222" }));
        Assert.Equal((HttpStatusCode.Forbidden, "control.foreign-extension"), await Problem(visitor.Client, new { connection = line.Id, to = "600111222", extension = "102" }));
        Assert.Equal((HttpStatusCode.Forbidden, "control.foreign-extension"), await Problem(visitor.Client, new { connection = line.Id, to = "600111222", person = "luis@example.com" }));
        Assert.Equal((HttpStatusCode.BadRequest, "control.number"), await Problem(visitor.Client, new { connection = line.Id, to = "600\r\nX: y" }));
        Assert.Equal((HttpStatusCode.NotFound, "connection.unknown"), await Problem(visitor.Client, new { connection = "asterisk-0", to = "600111222" }));
        Assert.Equal(HttpStatusCode.NotFound, (await Problem(visitor.Client, new { connection = (string?)null, to = "600111222" })).Status);

        // Programs.
        using var key = await house.ClientWithKey(ApiScope.CallsPlace);
        Assert.Equal((HttpStatusCode.BadRequest, "control.whose"), await Problem(key, new { connection = line.Id, to = "600111222" }));
        Assert.Equal((HttpStatusCode.Forbidden, "control.foreign-extension"), await Problem(key, new { connection = line.Id, to = "600111222", extension = "troncal-sip" }));
        Assert.Equal((HttpStatusCode.Forbidden, "control.foreign-extension"), await Problem(key, new { connection = line.Id, to = "600111222", extension = "101", person = luis }));
        Assert.Equal((HttpStatusCode.BadRequest, "case.no-such-person"), await Problem(key, new { connection = line.Id, to = "600111222", person = "nadie" }));
        Assert.Equal(HttpStatusCode.Accepted, (await Place(key, new { connection = line.Id, to = "+34600111222", person = "luis@example.com" })).Status);
        var (_, secret) = await house.Get<ApiKeys>().Add("ventas", [ApiScope.CallsPlace], Actor.Console, [team]);
        using var ofTeam = house.NewClient();
        ofTeam.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", secret);
        Assert.Equal((HttpStatusCode.Forbidden, "control.foreign-extension"), await Problem(ofTeam, new { connection = line.Id, to = "600111222", extension = "101" }));
        Assert.Equal((HttpStatusCode.Conflict, "control.too-soon"), await Problem(ofTeam, new { connection = line.Id, to = "600111222", extension = "102" }));
        using var reader = await house.ClientWithKey(ApiScope.CallsRead);
        Assert.Equal((HttpStatusCode.Forbidden, "api.no-scope"), await Problem(reader, new { connection = line.Id, to = "600111222", extension = "101" }));

        // For anything but JSON there is nothing here.
        using var form = await visitor.Client.PostAsync("/api/calls/place", new StringContent("connection=x&to=1", Encoding.UTF8, "application/x-www-form-urlencoded"));
        Assert.Equal(HttpStatusCode.NotFound, form.StatusCode);

        Assert.Equal([("PJSIP/101", "600111222"), ("PJSIP/102", "600111222")], pbx.Orders.Select(order => (order["Channel"], order["Exten"])));
        var noted = await house.Get<AuditLog>().List(new AuditFilter(Action: "call.placed"));
        Assert.Equal([("+34600111222", luis, true), ("600111222", ana, false)],
            noted.Select(entry => (entry.Detail.GetProperty("number").GetString()!, entry.Detail.GetProperty("person").GetString()!, entry.Actor.Id.StartsWith("key:", StringComparison.Ordinal))));
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task Who_is_on_a_call_hangs_up_for_himself_and_nobody_else_does(On database)
    {
        await using var pbx = new FakePbx();
        await using var house = await WebHouse.Open(database);
        var line = await house.Switchboard.Add("asterisk", "central", pbx.Settings((Control.Setting, Control.On), ("country", "ES")), ConnectionState.Active);
        await Eventually(() => Task.FromResult(house.Get<LineBoard>().Find(line.Id) is { State: LineState.Online, IsSettled: true }));
        var (users, book) = (house.Get<Users>(), house.Get<TeamBook>());
        await Person(users, book, "ana", line.Id, "101");
        await Person(users, book, "luis", line.Id, "102");
        using var ana = new Visitor(house);
        using var luis = new Visitor(house);
        await ana.SignIn("ana@example.com", Password);
        await luis.SignIn("luis@example.com", Password);
        async Task<(HttpStatusCode, string?)> HangUp(HttpClient client, long call)
        {
            using var answer = await client.PostAsync($"/api/calls/{call}/hangup", null);
            return (answer.StatusCode, answer.IsSuccessStatusCode ? null : JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("code").GetString());
        }

        // It rings at both; only who answered is on it.
        var (now, key, customer) = (DateTimeOffset.UtcNow, new CallKey(line.Id, "1700000000.1"), PhoneNumber.Parse("600111222", "ES"));
        var inbound = (await house.Hear([new CallStarted(key, now, Direction.Inbound, customer, null, "ventas"), new AttemptStarted(key, now, "1700000000.2", "101"), new AttemptStarted(key, now, "1700000000.3", "102")]))[0].Id;
        Assert.Equal((HttpStatusCode.Conflict, "control.not-on-it"), await HangUp(ana.Client, inbound));
        await house.Hear([new AttemptAnswered(key, now.AddSeconds(1), "1700000000.3"), new AttemptEnded(key, now.AddSeconds(1), "1700000000.2", AttemptResult.Cancelled)]);
        Assert.Equal((HttpStatusCode.Conflict, "control.not-on-it"), await HangUp(ana.Client, inbound));
        Assert.Equal((HttpStatusCode.Accepted, null), await HangUp(luis.Client, inbound));

        var dialled = new CallKey(line.Id, "1700000000.9");
        var outbound = (await house.Hear([new CallStarted(dialled, now, Direction.Outbound, null, customer, "ventas", Operator: "101"), new AttemptStarted(dialled, now, "1700000000.10", "600111222", LegRole.Outside)]))[0].Id;
        Assert.Equal((HttpStatusCode.NotFound, "call.unknown"), await HangUp(luis.Client, outbound)); // not his to see
        Assert.Equal((HttpStatusCode.Accepted, null), await HangUp(ana.Client, outbound));
        using var blind = await house.ClientWithKey(ApiScope.CallsPlace);
        Assert.Equal((HttpStatusCode.NotFound, "call.unknown"), await HangUp(blind, outbound));
        using var program = await house.ClientWithKey(ApiScope.CallsPlace, ApiScope.CallsRead);
        Assert.Equal((HttpStatusCode.Accepted, null), await HangUp(program, inbound));

        Assert.Equal([("Hangup", "1700000000.3"), ("Hangup", "1700000000.9"), ("Hangup", "1700000000.3")], pbx.Orders.Select(order => (order["Action"], order["Channel"])));
        await house.Hear([new CallEnded(key, now.AddSeconds(5), EndCause.Normal)]);
        Assert.Equal((HttpStatusCode.Conflict, "control.not-on-it"), await HangUp(luis.Client, inbound));
        Assert.Equal(3, (await house.Get<AuditLog>().List(new AuditFilter(Action: "call.hung-up"))).Count);
    }

    static async Task<string> Person(Users users, TeamBook book, string name, string connection, string extension)
    {
        var person = await users.Add(new NewPerson($"{name}@example.com", name, [Role.Operator]), null, Authority.Console);
        await users.ChangePassword(person.Id, Password, Authority.Console);
        await book.GiveExtension(person.Id, connection, extension, DateTimeOffset.MinValue, Authority.Console);
        return person.Id;
    }

    static async Task<(HttpStatusCode Status, JsonElement Answer)> Place(HttpClient client, object body)
    {
        using var answer = await client.PostAsync("/api/calls/place", new StringContent(JsonSerializer.Serialize(body), Encoding.UTF8, "application/json"));
        return (answer.StatusCode, JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement);
    }

    static async Task<(HttpStatusCode Status, string? Code)> Problem(HttpClient client, object body)
    {
        var (status, answer) = await Place(client, body);
        return (status, answer.GetProperty("code").GetString());
    }
}
