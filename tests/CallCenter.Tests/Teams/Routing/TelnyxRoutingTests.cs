using System.Text.Json;
using CallCenter.Calls;
using CallCenter.Teams.Routing;
using CallCenter.Tests.Telephony;

namespace CallCenter.Tests.Teams.Routing;

public class TelnyxRoutingTests
{
    const string Caller = "+34600111222", Leg = "v3:leg-a", Session = "428c31b6-abf3-3bc1-b7f4-000000000001";

    /// <summary>What the commands take, of what we use: https://developers.telnyx.com/api-reference/call-commands.</summary>
    static readonly Dictionary<string, (string[] Needed, string[] Allowed)> Grammar = new()
    {
        ["answer"] = ([], []),
        ["speak"] = (["payload", "voice"], ["language"]),
        ["transfer"] = (["to"], ["timeout_secs", "target_leg_client_state"]),
        ["playback_start"] = (["audio_url"], []),
        ["gather"] = ([], ["timeout_millis"]),
        ["record_start"] = (["format", "channels"], ["play_beep", "max_length", "timeout_secs"]),
        ["hangup"] = ([], []),
    };

    static readonly string[] Telephones = ["ana", "+34600000002", "marta"];

    sealed class Shop(PhoneShop shop, FakeCloud cloud) : IAsyncDisposable
    {
        int told, heard;

        public PhoneShop Phone => shop;

        public FakeCloud Cloud => cloud;

        public static async Task<Shop> Open(On database)
        {
            var cloud = new FakeCloud(_ => """{"data":{"result":"ok"}}""");
            return new(await PhoneShop.Open(database, "telnyx", Telephones, ("api_key", "KEY0123456789"), ("api_host", cloud.Host)), cloud);
        }

        public async Task Tells(string type, double seconds, string leg, string? state = null, string more = "")
        {
            var ccid = type == "call.recording.saved" ? "" : $"\"call_control_id\":\"{leg}\",";
            var given = state is null ? "" : $",\"client_state\":\"{state}\"";
            await shop.System.PostJson(shop.System.Address,
                $$$"""{"data":{"record_type":"event","event_type":"{{{type}}}","id":"e{{{++told}}}","occurred_at":"{{{shop.Opened.AddSeconds(seconds):yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'}}}","payload":{{{{ccid}}}"call_leg_id":"{{{leg[3..]}}}","call_session_id":"{{{Session}}}"{{{given}}}{{{more}}}}},"meta":{"attempt":1}}""");
        }

        public Task CallsIn() => Tells("call.initiated", 0, Leg, null, $$""","from":"{{Caller}}","to":"{{PhoneShop.Line}}","direction":"incoming","state":"parked" """);

        public Task Rings(string leg, string to, double seconds, string state) => Tells("call.initiated", seconds, leg, state, $$""","from":"{{PhoneShop.Line}}","to":"{{to}}","direction":"outgoing","state":"bridging" """);

        /// <summary>The next command that the API was sent, once it was.</summary>
        public async Task<(string Name, JsonElement Body)> Command()
        {
            for (var tries = 0; cloud.Heard.Count <= heard && tries < 200; tries++) await Task.Delay(25);
            Assert.True(cloud.Heard.Count > heard, "no command came");
            var asked = cloud.Heard.ElementAt(heard++);
            Assert.Equal(("POST", "Bearer KEY0123456789"), (asked.Method, asked.Authorization));
            Assert.StartsWith($"/v2/calls/{Uri.EscapeDataString(Leg)}/actions/", asked.Path);
            var (name, body) = (asked.Path.Split('/')[^1], JsonSerializer.Deserialize<JsonElement>(asked.Body));
            var names = body.EnumerateObject().Select(property => property.Name).ToList();
            Assert.Empty(Grammar[name].Needed.Except(names));
            Assert.Empty(names.Except([.. Grammar[name].Needed, .. Grammar[name].Allowed, "client_state", "command_id"]));
            return (name, body);
        }

        public async Task<JsonElement> Command(string expected)
        {
            var (name, body) = await Command();
            Assert.Equal(expected, name);
            return body;
        }

        public async Task NothingMore()
        {
            await Task.Delay(300);
            Assert.Equal(heard, cloud.Heard.Count);
        }

        public async ValueTask DisposeAsync()
        {
            await shop.DisposeAsync();
            await cloud.DisposeAsync();
        }
    }

    static string StateOf(JsonElement command, string name = "client_state") => command.GetProperty(name).GetString()!;

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task A_caller_whom_the_first_does_not_answer_gets_the_second(On database)
    {
        await using var shop = await Shop.Open(database);
        await shop.Phone.Come("Ana", "Luis");

        await shop.CallsIn();
        var answer = await shop.Command("answer");
        Assert.Equal((CallState.Queued, "Mostrador", shop.Phone.Counter), (await shop.Phone.OnlyCall()) is var queued ? (queued.State, queued.Queue, queued.Team) : default);
        await shop.Tells("call.answered", 0.5, Leg, StateOf(answer));
        var speak = await shop.Command("speak");
        Assert.Equal(("Repuestos Díaz & Hijos, buenos días", "es-ES"), (speak.GetProperty("payload").GetString(), speak.GetProperty("language").GetString()));
        await shop.Tells("call.speak.ended", 3, Leg, StateOf(speak), ""","status":"completed" """);
        var first = await shop.Command("transfer");
        Assert.Equal(("sip:ana@sip.telnyx.com", 15), (first.GetProperty("to").GetString(), first.GetProperty("timeout_secs").GetInt32()));

        await shop.Rings("v3:leg-b", "sip:ana@sip.telnyx.com", 4, StateOf(first, "target_leg_client_state"));
        Assert.Equal((CallState.Ringing, "ana"), (await shop.Phone.OnlyCall()) is var ringing ? (ringing.State, ringing.Attempts[0].Operator) : default);
        await shop.Tells("call.hangup", 19, "v3:leg-b", StateOf(first, "target_leg_client_state"), ""","hangup_cause":"timeout","hangup_source":"unknown","sip_hangup_cause":"487" """);
        var second = await shop.Command("transfer");
        Assert.Equal("+34600000002", second.GetProperty("to").GetString());
        var state = StateOf(second, "target_leg_client_state");
        await shop.Rings("v3:leg-c", "+34600000002", 20, state);
        await shop.Tells("call.answered", 23, "v3:leg-c", state);
        foreach (var (leg, its) in new[] { (Leg, StateOf(second)), ("v3:leg-c", state) }) await shop.Tells("call.bridged", 23.1, leg, its);
        await shop.Tells("call.hangup", 83, "v3:leg-c", state, ""","hangup_cause":"normal_clearing","hangup_source":"callee" """);
        await shop.Tells("call.hangup", 83, Leg, StateOf(second), ""","hangup_cause":"normal_clearing","hangup_source":"unknown" """);
        await shop.NothingMore();

        var call = await shop.Phone.OnlyCall();
        Assert.Equal((Direction.Inbound, CallOutcome.Completed, "+34600000002", "Mostrador Answered", "ana NotAnswered, +34600000002 Answered"), (call.Direction, call.Outcome, call.Operator, PhoneShop.Queues(call), PhoneShop.Attempts(call)));
        Assert.Equal((PhoneShop.Line, Caller, 60), (call.Line, call.CustomerNumber, call.TalkSeconds));
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task While_all_talk_the_caller_waits_and_another_team_takes_over(On database)
    {
        await using var shop = await Shop.Open(database);
        await shop.Phone.Rule(rule => rule with { OverflowTeam = shop.Phone.Workshop, OverflowSeconds = 1, Greeting = "", Music = "https://cdn.example.com/espera.mp3" });
        await shop.Phone.Come("Ana", "Marta");
        await shop.Phone.House.Hear(new CallStarted(new(shop.Phone.System.Connection, "other"), shop.Phone.Opened, Direction.Outbound, null, null, Operator: "ana"));

        await shop.CallsIn();
        await shop.Tells("call.answered", 0.5, Leg, StateOf(await shop.Command("answer")));
        var music = await shop.Command("playback_start");
        Assert.Equal("https://cdn.example.com/espera.mp3", music.GetProperty("audio_url").GetString());
        shop.Phone.House.Clock.Ahead += TimeSpan.FromSeconds(1.1);
        await shop.Tells("call.playback.ended", 2, Leg, StateOf(music), ""","status":"completed" """);
        var over = await shop.Command("transfer");
        Assert.Equal("sip:marta@sip.telnyx.com", over.GetProperty("to").GetString());
        var state = StateOf(over, "target_leg_client_state");
        await shop.Rings("v3:leg-d", "sip:marta@sip.telnyx.com", 3, state);
        await shop.Tells("call.answered", 5, "v3:leg-d", state);
        await shop.Tells("call.hangup", 15, "v3:leg-d", state, ""","hangup_cause":"normal_clearing","hangup_source":"caller" """);
        await shop.Tells("call.hangup", 15, Leg, StateOf(over), ""","hangup_cause":"normal_clearing","hangup_source":"caller" """);
        await shop.NothingMore();
        var call = (await shop.Phone.House.Log.List(CallScope.Machine, new CallFilter(Alive: false), 10)).Calls.Single();
        Assert.Equal(("Mostrador TimedOut, Taller Answered", "marta", CallOutcome.Completed), (PhoneShop.Queues(call), call.Operator, call.Outcome));
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task Out_of_hours_the_caller_hears_so_and_leaves_a_message(On database)
    {
        await using var shop = await Shop.Open(database);
        await shop.Phone.Rule(rule => rule with { ClosedText = "Cerrado", Voicemail = true });
        await shop.Phone.Close();

        await shop.CallsIn();
        await shop.Tells("call.answered", 0.5, Leg, StateOf(await shop.Command("answer")));
        var speak = await shop.Command("speak");
        Assert.Equal("Cerrado", speak.GetProperty("payload").GetString());
        await shop.Tells("call.speak.ended", 2, Leg, StateOf(speak), ""","status":"completed" """);
        var record = await shop.Command("record_start");
        await shop.Tells("call.recording.saved", 12, Leg, StateOf(record), ""","recording_urls":{"mp3":"https://s3.example.com/r1.mp3"},"channels":"single" """);
        await shop.Command("hangup");
        await shop.Tells("call.hangup", 13, Leg, null, ""","hangup_cause":"normal_clearing","hangup_source":"unknown" """);
        await shop.NothingMore();

        var call = await shop.Phone.OnlyCall();
        Assert.Equal((true, MissedReason.OutOfHours, true, "https://s3.example.com/r1.mp3"), (call.Missed, call.MissedReason, call.Voicemail, call.Recording));
    }

    [Fact]
    public async Task What_is_refused_is_not_the_end_and_an_event_told_twice_is_one_command()
    {
        await using var shop = await Shop.Open(On.Sqlite);
        await shop.Phone.Rule(rule => rule with { Greeting = "" });
        await shop.Phone.Come("Ana");
        await shop.CallsIn();
        var answer = await shop.Command("answer");
        shop.Cloud.Says = asked => new Answered(asked.Path.EndsWith("/transfer", StringComparison.Ordinal) ? 422 : 200, "{}");
        await shop.Tells("call.answered", 0.5, Leg, StateOf(answer));
        var refused = await shop.Command("transfer");
        var pause = await shop.Command("gather");
        await shop.Tells("call.answered", 0.5, Leg, StateOf(answer));
        Assert.Equal(refused.GetProperty("command_id").GetString(), (await shop.Command("transfer")).GetProperty("command_id").GetString());
        await shop.Command("gather");
        // After the pause it goes on, and not when the caller hung up in it.
        await shop.Tells("call.gather.ended", 4, Leg, StateOf(pause), ""","status":"call_hangup" """);
        await shop.NothingMore();
        await shop.Tells("call.gather.ended", 4, Leg, StateOf(pause), ""","status":"timeout" """);
        Assert.Equal(RoutingPlan.PauseSeconds * 1000, (await shop.Command("gather")).GetProperty("timeout_millis").GetInt32());
    }

    [Fact]
    public async Task A_call_that_cannot_be_routed_is_kept_all_the_same()
    {
        await using var shop = await PhoneShop.Open(On.Sqlite, "telnyx", Telephones, ("api_key", "KEY0123456789"), ("api_host", "no host/at all"));
        await shop.Come("Ana");
        await using var cloud = new FakeCloud(_ => "{}");

        await new Shop(shop, cloud).CallsIn();

        Assert.Equal((CallState.Queued, PhoneShop.Line), (await shop.OnlyCall()) is var kept ? (kept.State, kept.Line) : default);
    }
}
