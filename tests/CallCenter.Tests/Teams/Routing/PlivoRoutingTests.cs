using System.Globalization;
using System.Xml.Linq;
using CallCenter.Calls;

namespace CallCenter.Tests.Teams.Routing;

public class PlivoRoutingTests
{
    const string Caller = "34600111222", Call = "3e82ae9d-2c78-4d85-b1a4-000000000001";

    /// <summary>What Plivo's XML allows, of what we use: https://www.plivo.com/docs/voice/xml.</summary>
    static readonly Markup Grammar = new()
    {
        ["Response"] = new(["Speak", "Dial", "Play", "Wait", "Redirect", "Record", "Hangup"]),
        ["Speak"] = new([], "language"),
        ["Play"] = new([]),
        ["Wait"] = new([], "length"),
        ["Redirect"] = new([], "method"),
        ["Record"] = new([], "action", "method", "maxLength", "playBeep"),
        ["Hangup"] = new([]),
        ["Dial"] = new(["Number", "User"], "timeout", "action", "method", "callbackUrl", "callbackMethod"),
        ["Number"] = new([]),
        ["User"] = new([]),
    };

    static readonly string[] Telephones = ["ana", "+34600000002", "marta"];

    static (string, string)[] Of(string status, string happened) =>
        [("ALegUUID", Call), ("CallUUID", Call), ("CallStatus", status), ("Direction", "inbound"), ("Event", happened), ("From", Caller), ("To", "34910000001")];

    static async Task<XElement> Asks(PhoneShop shop, string address, string status, string happened, params (string, string)[] more) => Grammar.Read(await shop.System.Post(address, [.. Of(status, happened), .. more]));

    static async Task Tells(PhoneShop shop, XElement dial, string leg, string to, string what, params (string, string)[] more) => Assert.Equal("<Response/>", await shop.System.Post((string)dial.Attribute("callbackUrl")!,
        [.. Of("in-progress", "Dial"), ("DialAction", what), ("DialALegUUID", Call), ("DialBLegUUID", leg), ("DialBLegFrom", Caller), ("DialBLegTo", to), .. more]));

    static async Task Ends(PhoneShop shop, string source) => await shop.System.Post(shop.System.Address, [.. Of("completed", "Hangup"), ("HangupCause", "NORMAL_CLEARING"), ("HangupCauseName", "Normal Hangup"), ("HangupSource", source),
        ("EndTime", DateTimeOffset.UtcNow.AddSeconds(1).ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture))]);

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task A_caller_whom_the_first_does_not_answer_gets_the_second(On database)
    {
        await using var shop = await PhoneShop.Open(database, "plivo", Telephones);
        await shop.Come("Ana", "Luis");

        var first = await Asks(shop, shop.System.Address, "ringing", "StartApp");
        Assert.Equal(["Speak", "Dial"], first.Elements().Select(verb => verb.Name.LocalName));
        Assert.Equal(("es-ES", "Repuestos Díaz & Hijos, buenos días"), ((string?)first.Element("Speak")!.Attribute("language"), first.Element("Speak")!.Value));
        var dial = first.Element("Dial")!;
        Assert.Equal(("15", "sip:ana@phone.plivo.com"), ((string?)dial.Attribute("timeout"), Assert.Single(dial.Elements()).Value));
        Assert.Equal((CallState.Queued, "Mostrador", shop.Counter), (await shop.OnlyCall()) is var queued ? (queued.State, queued.Queue, queued.Team) : default);
        await Tells(shop, dial, "b1", "sip:ana@phone.plivo.com", "hangup", ("DialBLegHangupCause", "NO_ANSWER"));

        var second = await Asks(shop, (string)dial.Attribute("action")!, "in-progress", "Redirect", ("DialStatus", "no-answer"), ("DialBLegUUID", ""), ("DialALegUUID", Call));
        Assert.Equal("34600000002", Assert.Single(second.Elements("Dial")).Element("Number")!.Value);
        await Tells(shop, second.Element("Dial")!, "b2", "34600000002", "answer");
        Assert.Equal((CallState.Answered, "+34600000002"), (await shop.OnlyCall()) is var talking ? (talking.State, talking.Operator) : default);
        await Tells(shop, second.Element("Dial")!, "b2", "34600000002", "hangup", ("DialBLegHangupCause", "NORMAL_CLEARING"));
        Assert.Empty((await Asks(shop, (string)second.Element("Dial")!.Attribute("action")!, "in-progress", "Redirect", ("DialStatus", "completed"), ("DialBLegUUID", "b2"), ("DialALegUUID", Call))).Elements());
        await Ends(shop, "Callee");

        var call = await shop.OnlyCall();
        Assert.Equal((Direction.Inbound, CallOutcome.Completed, "+34600000002", "Mostrador Answered", "ana NotAnswered, +34600000002 Answered"), (call.Direction, call.Outcome, call.Operator, PhoneShop.Queues(call), PhoneShop.Attempts(call)));
        Assert.Equal((PhoneShop.Line, "+" + Caller), (call.Line, call.CustomerNumber));
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task While_all_talk_the_caller_waits_and_another_team_takes_over_for_all_at_once(On database)
    {
        await using var shop = await PhoneShop.Open(database, "plivo", Telephones);
        await shop.Rule(rule => rule with { OverflowTeam = shop.Workshop, OverflowSeconds = 1, Music = "https://cdn.example.com/espera.mp3?a=1&b=2" });
        await shop.Come("Ana", "Marta");
        await shop.House.Hear(new CallStarted(new(shop.System.Connection, "other"), DateTimeOffset.UtcNow, Direction.Outbound, null, null, Operator: "ana"));

        var waiting = await Asks(shop, shop.System.Address, "ringing", "StartApp");
        Assert.Equal(["Speak", "Play", "Redirect"], waiting.Elements().Select(verb => verb.Name.LocalName));
        shop.House.Clock.Ahead += TimeSpan.FromSeconds(1.1);
        var over = await Asks(shop, waiting.Element("Redirect")!.Value, "in-progress", "Redirect");
        Assert.Equal("sip:marta@phone.plivo.com", Assert.Single(over.Elements("Dial")).Element("User")!.Value);
        await Tells(shop, over.Element("Dial")!, "b3", "sip:marta@phone.plivo.com", "answer");
        await Tells(shop, over.Element("Dial")!, "b3", "sip:marta@phone.plivo.com", "hangup", ("DialBLegHangupCause", "NORMAL_CLEARING"));
        await Ends(shop, "Callee");
        var call = (await shop.House.Log.List(CallScope.Machine, new CallFilter(Alive: false), 10)).Calls.Single();
        Assert.Equal(("Mostrador TimedOut, Taller Answered", "marta", CallOutcome.Completed), (PhoneShop.Queues(call), call.Operator, call.Outcome));
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task Out_of_hours_the_caller_hears_so_and_leaves_a_message(On database)
    {
        await using var shop = await PhoneShop.Open(database, "plivo", Telephones);
        await shop.Rule(rule => rule with { ClosedText = "Cerrado", Voicemail = true });
        await shop.Close();

        var closed = await Asks(shop, shop.System.Address, "ringing", "StartApp");
        Assert.Equal(["Speak", "Record"], closed.Elements().Select(verb => verb.Name.LocalName));
        Assert.Empty((await Asks(shop, (string)closed.Element("Record")!.Attribute("action")!, "in-progress", "Record", ("RecordUrl", "https://media.plivo.com/r1.mp3"), ("RecordingID", "r1"), ("RecordingDuration", "7"))).Elements());
        await Ends(shop, "Caller");

        var call = await shop.OnlyCall();
        Assert.Equal((true, MissedReason.OutOfHours, true, "https://media.plivo.com/r1.mp3"), (call.Missed, call.MissedReason, call.Voicemail, call.Recording));
    }

    [Fact]
    public async Task All_ring_at_once_and_a_caller_who_is_gone_rings_nobody()
    {
        await using var shop = await PhoneShop.Open(On.Sqlite, "plivo", Telephones);
        await shop.Rule(rule => rule with { Order = CallCenter.Teams.RoutingOrder.Everybody });
        await shop.Come("Ana", "Luis");

        var dial = (await Asks(shop, shop.System.Address, "ringing", "StartApp")).Element("Dial")!;
        Assert.Equal(["34600000002", "sip:ana@phone.plivo.com"], dial.Elements().Select(one => one.Value).Order(StringComparer.Ordinal));
        Assert.Empty((await Asks(shop, (string)dial.Attribute("action")!, "completed", "Redirect", ("DialStatus", "cancel"))).Elements());
        Assert.Empty((await Asks(shop, (string)dial.Attribute("action")!, "in-progress", "Redirect", ("DialStatus", "cancel"))).Elements());
    }
}
