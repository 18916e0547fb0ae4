using System.Net;
using System.Text.Json;
using CallCenter.Calls;
using CallCenter.Telephony;

namespace CallCenter.Tests.Telephony;

/// <summary>Calls that were placed from here, when the phone system asks what to do as the operator picks up.</summary>
public sealed class PlacedCallTests
{
    const string Leg = "3e82ae9d-2c78-4d85-b1a4-000000000071", Nothing = "<Response/>";

    static readonly (string, string)[] Controlled = [("lines", "+34910000001"), (Control.Setting, Control.On)];

    static (string, string)[] Plivo(string status, string direction = "outbound", params (string, string)[] more) =>
        [("CallUUID", Leg), ("CallStatus", status), ("Direction", direction), ("From", "34910000001"), ("To", "sip:ana@phone.plivo.com"), .. more];

    static (string, string)[] SignalWire(string status, string direction = "outbound-api", params (string, string)[] more) =>
        [("CallSid", Leg), ("CallStatus", status), ("Direction", direction), ("From", "+34910000001"), ("To", "sip:ana@example.sip.signalwire.com"), .. more];

    [Fact]
    public async Task Plivo_is_told_to_dial_for_who_picked_up_and_for_nobody_else()
    {
        await using var house = await PhoneSystem.Reachable(On.Sqlite);
        var plivo = await PhoneSystem.Connect(house, "plivo", Controlled);
        var address = $"{plivo.Address}?dial=34600111222";

        Assert.Equal($"<Response><Dial callerId=\"34910000001\" callbackUrl=\"{address}\" callbackMethod=\"POST\"><Number>34600111222</Number></Dial></Response>", await plivo.Post(address, Plivo("in-progress", more: ("Event", "StartApp"))));
        Assert.Equal(Nothing, await plivo.Post(address, Plivo("ringing", more: ("Event", "Ring"))));
        Assert.Equal(Nothing, await plivo.Post(address, Plivo("in-progress", more: [("DialAction", "answer"), ("DialBLegUUID", "b"), ("DialBLegTo", "34600111222")])));
        Assert.Equal(Nothing, await plivo.Post(address, Plivo("completed", more: [("Event", "Hangup"), ("HangupCause", "NORMAL_CLEARING")])));
        // A caller is none of those whom we had rung, whatever stands in the address, and nobody dials what is no number.
        Assert.Equal(Nothing, await plivo.Post(address, [.. Plivo("in-progress", "inbound", ("Event", "StartApp"))]));
        Assert.Equal(Nothing, await plivo.Post($"{plivo.Address}?dial=%3CSpeak%3E", Plivo("in-progress", more: ("Event", "StartApp"))));
        Assert.Equal(Nothing, await plivo.Post(plivo.Address, [.. Plivo("in-progress", more: [("Event", "StartApp"), ("dial", "34600111222")])]));
        var call = Assert.Single((await house.Log.List(CallScope.Machine, new CallFilter(), CallLog.PageMax)).Calls);
        Assert.Equal("+34600111222", call.CustomerNumber);

        await house.Switchboard.Change(plivo.Connection, settings: new Dictionary<string, string> { [Control.Setting] = Control.Off });
        Assert.Equal(Nothing, await plivo.Post(address, Plivo("in-progress", more: ("Event", "StartApp"))));
    }

    [Fact]
    public async Task SignalWire_is_told_to_dial_for_who_picked_up_and_for_nobody_else()
    {
        await using var house = await PhoneSystem.Reachable(On.Sqlite);
        var signalWire = await PhoneSystem.Connect(house, "signalwire", Controlled);
        var address = $"{signalWire.Address}?dial=%2B34600111222";

        Assert.Equal(
            $"<Response><Dial callerId=\"+34910000001\"><Number statusCallback=\"{signalWire.Address}\" statusCallbackEvent=\"initiated ringing answered completed\">+34600111222</Number></Dial></Response>",
            await signalWire.Post(address, SignalWire("in-progress")));
        Assert.Equal(Nothing, await signalWire.Post(address, SignalWire("in-progress", "inbound")));
        Assert.Equal(Nothing, await signalWire.Post(address, SignalWire("ringing")));
        Assert.Equal(Nothing, await signalWire.Post($"{signalWire.Address}?dial=%3CSay%3E", SignalWire("in-progress")));
        Assert.Equal(Nothing, await signalWire.Post(signalWire.Address, SignalWire("in-progress", more: ("dial", "34600111222"))));

        await house.Switchboard.Change(signalWire.Connection, settings: new Dictionary<string, string> { [Control.Setting] = Control.Off });
        Assert.Equal(Nothing, await signalWire.Post(address, SignalWire("in-progress")));
    }

    [Fact]
    public async Task Bandwidth_is_told_to_dial_for_who_picked_up_and_for_nobody_else()
    {
        await using var house = await PhoneSystem.Reachable(On.Sqlite);
        var bandwidth = await PhoneSystem.Connect(house, "bandwidth", Controlled);
        var (user, password) = (house.Switchboard.Find(bandwidth.Connection)!.Settings["username"], house.Switchboard.Find(bandwidth.Connection)!.Settings["password"]);
        static string Tells(string type, string more = "", string direction = "outbound", string tag = "dial:+34600111222") =>
            $$"""{"eventType":"{{type}}","eventTime":"2026-03-02T15:04:09.000Z","callId":"c-1","from":"+34910000001","to":"sip:ana@example.com","direction":"{{direction}}","startTime":"2026-03-02T15:04:05.000Z","tag":"{{tag}}"{{more}}}""";

        Assert.Equal(
            $"<Response><Transfer transferCallerId=\"+34910000001\" callTimeout=\"30\"><PhoneNumber transferAnswerUrl=\"{bandwidth.Address}\" transferDisconnectUrl=\"{bandwidth.Address}\" username=\"{user}\" password=\"{password}\" tag=\"dial:+34600111222\">+34600111222</PhoneNumber></Transfer></Response>",
            await bandwidth.PostJson(bandwidth.Address, Tells("answer")));
        Assert.Equal(Nothing, await bandwidth.PostJson(bandwidth.Address, Tells("transferAnswer", ",\"parentCallId\":\"c-1\"")));
        Assert.Equal(Nothing, await bandwidth.PostJson(bandwidth.Address, Tells("answer", ",\"parentCallId\":\"c-0\"")));
        Assert.Equal(Nothing, await bandwidth.PostJson(bandwidth.Address, Tells("answer", direction: "inbound")));
        Assert.Equal(Nothing, await bandwidth.PostJson(bandwidth.Address, Tells("answer", tag: "dial:<Hangup/>")));
        await house.Switchboard.Change(bandwidth.Connection, settings: new Dictionary<string, string> { [Control.Setting] = Control.Off });
        Assert.Equal(Nothing, await bandwidth.PostJson(bandwidth.Address, Tells("answer")));
    }

    [Theory, InlineData("plivo"), InlineData("signalwire")]
    public async Task A_number_that_a_stranger_writes_into_the_address_is_dialled_for_nobody(string provider)
    {
        await using var house = await PhoneSystem.Reachable(On.Sqlite);
        var system = await PhoneSystem.Connect(house, provider, Controlled);
        var fields = provider == "plivo" ? Plivo("in-progress", more: ("Event", "StartApp")) : SignalWire("in-progress");
        using var body = new FormUrlEncodedContent(fields.Select(field => KeyValuePair.Create(field.Item1, field.Item2)));

        using var answer = await house.Client.PostAsync($"/webhooks/{system.Connection}?dial=34900123456", body);

        Assert.Equal((HttpStatusCode.Unauthorized, ""), (answer.StatusCode, await answer.Content.ReadAsStringAsync()));
    }

    [Fact]
    public async Task Telnyx_is_told_to_dial_for_who_picked_up_and_to_let_him_go_when_nobody_is_reached()
    {
        await using var cloud = new FakeCloud(_ => """{"data":{"result":"ok"}}""");
        await using var house = await PhoneSystem.Reachable(On.Sqlite);
        var telnyx = await PhoneSystem.Connect(house, "telnyx", [.. Controlled, ("api_key", "KEY0123456789"), ("connection_id", "1"), ("api_host", cloud.Host)]);
        const string Own = "v3:leg-a", Other = "v3:leg-b";
        var told = 0;
        Task Tells(string type, string leg, string? state, string more = "") => telnyx.PostJson(telnyx.Address,
            $$$"""{"data":{"record_type":"event","event_type":"{{{type}}}","id":"e{{{++told}}}","occurred_at":"{{{DateTimeOffset.UtcNow:yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'}}}","payload":{"call_control_id":"{{{leg}}}","call_leg_id":"{{{leg[3..]}}}","call_session_id":"s-1","client_state":"{{{state}}}"{{{more}}}""" + "}}}");
        async Task<Dictionary<string, JsonElement>> Command(int number, string name)
        {
            for (var tries = 0; cloud.Heard.Count < number && tries < 200; tries++) await Task.Delay(25);
            Assert.Equal(number, cloud.Heard.Count);
            Assert.Equal(("POST", $"/v2/calls/{Uri.EscapeDataString(Own)}/actions/{name}", "Bearer KEY0123456789"), (cloud.Heard.Last().Method, cloud.Heard.Last().Path, cloud.Heard.Last().Authorization));
            return JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(cloud.Heard.Last().Body)!;
        }

        var placed = Convert.ToBase64String("""{"Leg":"placed","Then":[["dial","+34600111222"]]}"""u8);
        await Tells("call.initiated", Own, placed, ""","from":"+34910000001","to":"sip:ana@sip.telnyx.com","direction":"outgoing","state":"bridging" """);
        await Tells("call.answered", Own, placed);
        var transfer = await Command(1, "transfer");
        Assert.Equal(("+34600111222", "+34910000001", 30), (transfer["to"].GetString(), transfer["from"].GetString(), transfer["timeout_secs"].GetInt32()));

        var rest = transfer["target_leg_client_state"].GetString();
        await Tells("call.initiated", Other, rest, ""","from":"+34910000001","to":"+34600111222","direction":"outgoing","state":"bridging" """);
        await Tells("call.recording.saved", Other, rest);
        await Tells("call.hangup", Other, rest, ""","hangup_cause":"user_busy","hangup_source":"callee" """);
        await Command(2, "hangup");
        await Tells("call.hangup", Own, transfer["client_state"].GetString(), ""","hangup_cause":"normal_clearing","hangup_source":"caller" """);

        var call = Assert.Single((await house.Log.List(CallScope.Machine, new CallFilter(), CallLog.PageMax)).Calls);
        Assert.Equal((Direction.Outbound, "ana", "+34600111222"), (call.Direction, call.Operator, call.CustomerNumber));
        await Tells("call.answered", Own, Convert.ToBase64String("""{"Leg":"placed","Then":[["dial","sip:elsewhere"]]}"""u8));
        await house.Switchboard.Change(telnyx.Connection, settings: new Dictionary<string, string> { [Control.Setting] = Control.Off });
        await Tells("call.answered", Own, placed);
        await Task.Delay(200);
        Assert.Equal(2, cloud.Heard.Count);
    }
}
