using System.Text.Json;
using CallCenter.Calls;

namespace CallCenter.Tests.Teams.Routing;

public class VonageRoutingTests
{
    const string Conversation = "CON-f972836a-550f-45fa-956c-12a2ab5b7d22", Caller = "34600111222";

    /// <summary>What an NCCO allows, of what we use: https://developer.vonage.com/en/voice/voice-api/ncco-reference.</summary>
    static readonly Dictionary<string, (string[] Needed, string[] Allowed)> Grammar = new()
    {
        ["talk"] = (["text"], ["language"]),
        ["stream"] = (["streamUrl"], []),
        ["connect"] = (["endpoint"], ["from", "timeout", "eventType", "eventUrl", "eventMethod"]),
        ["record"] = ([], ["beepStart", "endOnSilence", "timeOut", "eventUrl", "eventMethod"]),
        ["notify"] = (["payload", "eventUrl"], ["eventMethod"]),
    };

    static readonly Dictionary<string, string> Endpoints = new() { ["phone"] = "number", ["sip"] = "uri", ["app"] = "user" };

    static readonly string[] Telephones = ["ana", "+34600000002", "sip:marta@taller.example.com"];

    static List<JsonElement> Read(string ncco)
    {
        var actions = JsonSerializer.Deserialize<JsonElement>(ncco).EnumerateArray().ToList();
        foreach (var action in actions)
        {
            var (needed, allowed) = Grammar[action.GetProperty("action").GetString()!];
            var names = action.EnumerateObject().Select(property => property.Name).ToList();
            Assert.Empty(needed.Except(names));
            Assert.Empty(names.Except([.. needed, .. allowed, "action"]));
            foreach (var name in names.Where(name => name.EndsWith("Url", StringComparison.Ordinal))) Assert.StartsWith("https://", Assert.Single(action.GetProperty(name).EnumerateArray()).GetString());
            if (action.TryGetProperty("endpoint", out var endpoints))
                Assert.Equal(["type", Endpoints[Assert.Single(endpoints.EnumerateArray()).GetProperty("type").GetString()!]], endpoints[0].EnumerateObject().Select(property => property.Name));
        }

        return actions;
    }

    static string UrlOf(JsonElement action) => action.GetProperty("eventUrl")[0].GetString()!;

    static async Task<List<JsonElement>> Calls(PhoneShop shop)
    {
        foreach (var status in (string[])["started", "ringing"]) await Tells(shop, shop.System.Address, "leg-a", "inbound", Caller, "34910000001", status, 0);
        return Read(await shop.System.Send("GET", $"{shop.System.Address}?from={Caller}&to=34910000001&uuid=leg-a&conversation_uuid={Conversation}&region_url=https%3A%2F%2Fapi-eu-4.vonage.com", "", ""));
    }

    static Task<string> Tells(PhoneShop shop, string address, string leg, string direction, string from, string to, string status, double seconds, string more = "") => shop.System.PostJson(address,
        $$"""{"from":"{{from}}","to":"{{to}}","uuid":"{{leg}}","conversation_uuid":"{{Conversation}}","status":"{{status}}","direction":"{{direction}}","timestamp":"{{shop.Opened.AddSeconds(seconds):yyyy-MM-dd'T'HH:mm:ss.fff'Z'}}"{{more}}}""");

    static Task Ends(PhoneShop shop, double seconds) => Tells(shop, shop.System.Address, "leg-a", "inbound", Caller, "34910000001", "completed", seconds, ""","duration":"80","disconnected_by":"user" """);

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task A_caller_whom_the_first_does_not_answer_gets_the_second(On database)
    {
        await using var shop = await PhoneShop.Open(database, "vonage", Telephones);
        await shop.Come("Ana", "Luis");

        var first = await Calls(shop);
        Assert.Equal(["talk", "connect"], first.Select(action => action.GetProperty("action").GetString()));
        Assert.Equal(("Repuestos Díaz & Hijos, buenos días", "es-ES"), (first[0].GetProperty("text").GetString(), first[0].GetProperty("language").GetString()));
        Assert.Equal("""{"type":"app","user":"ana"}""", first[1].GetProperty("endpoint")[0].GetRawText());
        Assert.Equal((15, "synchronous", "34910000001"), (first[1].GetProperty("timeout").GetInt32(), first[1].GetProperty("eventType").GetString(), first[1].GetProperty("from").GetString()));
        Assert.Equal((CallState.Queued, "Mostrador", shop.Counter), (await shop.OnlyCall()) is var queued ? (queued.State, queued.Queue, queued.Team) : default);

        foreach (var status in (string[])["started", "ringing"]) Assert.Equal("", await Tells(shop, UrlOf(first[1]), "leg-b", "outbound", "34910000001", "ana", status, 1));
        Assert.Equal((CallState.Ringing, "ana"), (await shop.OnlyCall()) is var ringing ? (ringing.State, ringing.Attempts[0].Operator) : default);
        var second = Read(await Tells(shop, UrlOf(first[1]), "leg-b", "outbound", "34910000001", "ana", "timeout", 16));
        Assert.Equal("""{"type":"phone","number":"34600000002"}""", Assert.Single(second).GetProperty("endpoint")[0].GetRawText());

        foreach (var (status, at) in new[] { ("started", 17.0), ("ringing", 17.5), ("answered", 20), ("completed", 80) })
            Assert.Equal("", await Tells(shop, UrlOf(second[0]), "leg-c", "outbound", "34910000001", "34600000002", status, at));
        await Ends(shop, 80.2);

        var call = await shop.OnlyCall();
        Assert.Equal((Direction.Inbound, CallOutcome.Completed, "+34600000002", "Mostrador Answered", "ana NotAnswered, +34600000002 Answered"), (call.Direction, call.Outcome, call.Operator, PhoneShop.Queues(call), PhoneShop.Attempts(call)));
        Assert.Equal((PhoneShop.Line, "+" + Caller, 60.2), (call.Line, call.CustomerNumber, call.TalkSeconds));
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task While_all_talk_the_caller_waits_and_another_team_takes_over(On database)
    {
        await using var shop = await PhoneShop.Open(database, "vonage", Telephones);
        await shop.Rule(rule => rule with { OverflowTeam = shop.Workshop, OverflowSeconds = 1, Greeting = "" });
        await shop.Come("Ana", "Marta");
        await shop.House.Hear(new CallStarted(new("elsewhere", "o"), shop.Opened, Direction.Outbound, null, null, Operator: "ana"), new CallStarted(new(shop.System.Connection, "other"), shop.Opened, Direction.Outbound, null, null, Operator: "ana"));

        var waiting = await Calls(shop);
        Assert.Equal(["talk", "notify"], waiting.Select(action => action.GetProperty("action").GetString()));
        Assert.Contains("<break time=\"8s\"/>", waiting[0].GetProperty("text").GetString());
        shop.House.Clock.Ahead += TimeSpan.FromSeconds(1.1);
        var over = Read(await shop.System.PostJson(UrlOf(waiting[1]), $$"""{"payload":{{waiting[1].GetProperty("payload").GetRawText()}},"timestamp":"2026-03-02T15:04:05.123Z"}"""));
        Assert.Equal("""{"type":"sip","uri":"sip:marta@taller.example.com"}""", Assert.Single(over).GetProperty("endpoint")[0].GetRawText());
        Assert.Equal("34910000001", over[0].GetProperty("from").GetString());

        await Tells(shop, UrlOf(over[0]), "leg-d", "outbound", "34910000001", "sip:marta@taller.example.com", "answered", 5);
        await Tells(shop, UrlOf(over[0]), "leg-d", "outbound", "34910000001", "sip:marta@taller.example.com", "completed", 15);
        await Ends(shop, 15);
        var call = (await shop.House.Log.List(CallScope.Machine, new CallFilter(Alive: false), 10)).Calls.Single();
        Assert.Equal(("Mostrador TimedOut, Taller Answered", "marta", CallOutcome.Completed), (PhoneShop.Queues(call), call.Operator, call.Outcome));
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task Out_of_hours_the_caller_hears_so_and_leaves_a_message(On database)
    {
        await using var shop = await PhoneShop.Open(database, "vonage", Telephones);
        await shop.Rule(rule => rule with { ClosedText = "Cerrado", Voicemail = true });
        await shop.Close();

        var closed = await Calls(shop);
        Assert.Equal(["talk", "record"], closed.Select(action => action.GetProperty("action").GetString()));
        await shop.System.PostJson(UrlOf(closed[1]), $$"""{"recording_url":"https://api.nexmo.com/v1/files/r1","recording_uuid":"r1","conversation_uuid":"{{Conversation}}","start_time":"{{shop.Opened.AddSeconds(3):o}}","end_time":"{{shop.Opened.AddSeconds(12):o}}","size":1}""");
        await Ends(shop, 12);

        var call = await shop.OnlyCall();
        Assert.Equal((true, MissedReason.OutOfHours, true, "https://api.nexmo.com/v1/files/r1"), (call.Missed, call.MissedReason, call.Voicemail, call.Recording));
    }

    [Fact]
    public async Task Where_nobody_switched_it_on_or_the_caller_is_gone_there_is_nothing_to_do()
    {
        await using var shop = await PhoneShop.Open(On.Sqlite, "vonage", Telephones);
        await shop.Come("Ana");
        var first = await Calls(shop);
        Assert.Equal("", await Tells(shop, UrlOf(first[1]), "leg-b", "outbound", "34910000001", "ana", "cancelled", 5));
        await shop.House.Get<CallCenter.Teams.Routing.RoutingSwitch>().Turn(shop.System.Connection, PhoneShop.Line, false, CallCenter.Teams.Authority.Console);
        Assert.Empty(await Calls(shop));
    }
}
