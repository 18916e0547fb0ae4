using System.Globalization;
using System.Xml.Linq;
using CallCenter.Calls;

namespace CallCenter.Tests.Teams.Routing;

public class TwilioRoutingTests
{
    const string Caller = "+34600111222", Sid = "CAa1";

    /// <summary>What TwiML allows, of what we use: https://www.twilio.com/docs/voice/twiml.</summary>
    static readonly Markup Grammar = new()
    {
        ["Response"] = new(["Say", "Dial", "Play", "Pause", "Redirect", "Record", "Hangup"]),
        ["Say"] = new([], "language"),
        ["Play"] = new([]),
        ["Pause"] = new([], "length"),
        ["Redirect"] = new([], "method"),
        ["Record"] = new([], "action", "method", "maxLength", "playBeep"),
        ["Hangup"] = new([]),
        ["Dial"] = new(["Number", "Client", "Sip"], "timeout", "answerOnBridge", "action", "method"),
        ["Number"] = new([], "statusCallback", "statusCallbackEvent"),
        ["Client"] = new([], "statusCallback", "statusCallbackEvent"),
        ["Sip"] = new([], "statusCallback", "statusCallbackEvent"),
    };

    static readonly string[] Telephones = ["ana", "luis", "marta"];

    static async Task<XElement> Asks(PhoneShop shop, string address, string status, params (string, string)[] more) => Grammar.Read(await shop.System.Post(address,
        [("CallSid", Sid), ("CallStatus", status), ("Direction", "inbound"), ("From", Caller), ("To", PhoneShop.Line), .. more]));

    static Task Tells(PhoneShop shop, string address, string child, string status, string to, int seconds, params (string, string)[] more) => shop.System.Post(address,
        [("CallSid", child), ("ParentCallSid", Sid), ("CallStatus", status), ("Direction", "outbound-dial"), ("From", Caller), ("To", to), .. Told(shop, seconds), .. more]);

    static Task Ends(PhoneShop shop, int seconds) => shop.System.Post(shop.System.Address, [("CallSid", Sid), ("CallStatus", "completed"), ("Direction", "inbound"), ("From", Caller), ("To", PhoneShop.Line), ("CallDuration", "0"), .. Told(shop, seconds)]);

    static (string, string)[] Told(PhoneShop shop, int seconds) => [("CallbackSource", "call-progress-events"), ("Timestamp", shop.Opened.AddSeconds(seconds).ToString("ddd, dd MMM yyyy HH:mm:ss '+0000'", CultureInfo.InvariantCulture))];

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task A_caller_whom_the_first_does_not_answer_gets_the_second(On database)
    {
        await using var shop = await PhoneShop.Open(database, "twilio", Telephones);
        await shop.Come("Luis", "Ana", "Marta");

        var first = await Asks(shop, shop.System.Address, "ringing");
        Assert.Equal(["Say", "Dial"], first.Elements().Select(verb => verb.Name.LocalName));
        Assert.Equal(("es-ES", "Repuestos Díaz & Hijos, buenos días"), ((string?)first.Element("Say")!.Attribute("language"), first.Element("Say")!.Value));
        var dial = first.Element("Dial")!;
        Assert.Equal(("15", "true", "ana"), ((string?)dial.Attribute("timeout"), (string?)dial.Attribute("answerOnBridge"), Assert.Single(dial.Elements("Client")).Value));
        var queued = await shop.OnlyCall();
        Assert.Equal((CallState.Queued, "Mostrador", shop.Counter), (queued.State, queued.Queue, queued.Team));

        var news = (string)dial.Element("Client")!.Attribute("statusCallback")!;
        Assert.Equal("initiated ringing answered completed", (string?)dial.Element("Client")!.Attribute("statusCallbackEvent"));
        await Tells(shop, news, "CAb1", "ringing", "client:ana", 1);
        Assert.Equal((CallState.Ringing, "ana"), ((await shop.OnlyCall()).State, (await shop.OnlyCall()).Attempts[0].Operator));
        await Tells(shop, news, "CAb1", "no-answer", "client:ana", 16);

        var second = await Asks(shop, (string)dial.Attribute("action")!, "in-progress", ("DialCallStatus", "no-answer"), ("DialCallSid", "CAb1"));
        Assert.Equal(["Dial"], second.Elements().Select(verb => verb.Name.LocalName));
        Assert.Equal("luis", second.Descendants("Client").Single().Value);
        await Tells(shop, news, "CAb2", "ringing", "client:luis", 17);
        await Tells(shop, news, "CAb2", "in-progress", "client:luis", 20);
        Assert.Equal((CallState.Answered, "luis"), ((await shop.OnlyCall()).State, (await shop.OnlyCall()).Operator));
        await Tells(shop, news, "CAb2", "completed", "client:luis", 80, ("CallDuration", "60"));
        Assert.Empty((await Asks(shop, (string)second.Element("Dial")!.Attribute("action")!, "in-progress", ("DialCallStatus", "completed"), ("DialCallSid", "CAb2"), ("DialCallDuration", "60"))).Elements());
        await Ends(shop, 80);

        var call = await shop.OnlyCall();
        Assert.Equal((Direction.Inbound, CallOutcome.Completed, "luis", "ana NotAnswered, luis Answered", "Mostrador Answered"), (call.Direction, call.Outcome, call.Operator, PhoneShop.Attempts(call), PhoneShop.Queues(call)));
        Assert.Equal((PhoneShop.Line, Caller, 60), (call.Line, call.CustomerNumber, call.TalkSeconds));
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task While_all_talk_the_caller_waits_with_music_and_another_team_takes_over(On database)
    {
        await using var shop = await PhoneShop.Open(database, "twilio", Telephones);
        await shop.Rule(rule => rule with { Music = "https://cdn.example.com/espera.mp3?a=1&b=2", OverflowTeam = shop.Workshop, OverflowSeconds = 1 });
        await shop.Come("Ana", "Marta");
        await shop.House.Hear(new CallStarted(new(shop.System.Connection, "other"), shop.Opened, Direction.Inbound, null, null), new AttemptStarted(new(shop.System.Connection, "other"), shop.Opened, "l", "ana"), new AttemptAnswered(new(shop.System.Connection, "other"), shop.Opened, "l"));

        var waiting = await Asks(shop, shop.System.Address, "ringing");
        Assert.Equal(["Say", "Play", "Redirect"], waiting.Elements().Select(verb => verb.Name.LocalName));
        Assert.Equal("https://cdn.example.com/espera.mp3?a=1&b=2", waiting.Element("Play")!.Value);
        shop.House.Clock.Ahead += TimeSpan.FromSeconds(1.1);

        var over = await Asks(shop, waiting.Element("Redirect")!.Value, "in-progress");
        Assert.Equal("marta", over.Descendants("Client").Single().Value);
        await Tells(shop, shop.System.Address, "CAb3", "in-progress", "client:marta", 9);
        await shop.Come("Luis");
        await Tells(shop, shop.System.Address, "CAb3", "completed", "client:marta", 19);
        await Ends(shop, 19);
        var call = (await shop.House.Log.List(CallScope.Machine, new CallFilter(Alive: false), 10)).Calls.Single();
        Assert.Equal(("Mostrador TimedOut, Taller Answered", "marta", CallOutcome.Completed), (PhoneShop.Queues(call), call.Operator, call.Outcome));
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task Out_of_hours_the_caller_hears_so_and_leaves_a_message(On database)
    {
        await using var shop = await PhoneShop.Open(database, "twilio", Telephones);
        await shop.Rule(rule => rule with { ClosedText = "Estamos cerrados <hasta mañana>", Voicemail = true });
        await shop.Close();
        await shop.Come("Ana");

        var closed = await Asks(shop, shop.System.Address, "ringing");
        Assert.Equal(["Say", "Record"], closed.Elements().Select(verb => verb.Name.LocalName));
        Assert.Equal("Estamos cerrados <hasta mañana>", closed.Element("Say")!.Value);
        var record = closed.Element("Record")!;
        Assert.Empty((await Asks(shop, (string)record.Attribute("action")!, "in-progress", ("RecordingUrl", "https://api.twilio.com/RE1"), ("RecordingSid", "RE1"), ("RecordingDuration", "7"))).Elements());
        await Ends(shop, 20);

        var call = await shop.OnlyCall();
        Assert.Equal((true, MissedReason.OutOfHours, true, "https://api.twilio.com/RE1", 0), (call.Missed, call.MissedReason, call.Voicemail, call.Recording, call.Queues.Count));
        Assert.InRange(call.EndedAt!.Value, shop.Opened.AddSeconds(19), shop.Opened.AddSeconds(21));
    }

    [Fact]
    public async Task Nobody_there_is_told_at_once_and_a_caller_who_gave_up_is_rung_for_no_more()
    {
        await using var shop = await PhoneShop.Open(On.Sqlite, "twilio", Telephones);
        await shop.Rule(rule => rule with { NobodyText = "Ahora no podemos atenderle" });
        await shop.Come("Ana");
        await shop.Pause("Ana");

        var nobody = await Asks(shop, shop.System.Address, "ringing");
        Assert.Equal(["Say", "Hangup"], nobody.Elements().Select(verb => verb.Name.LocalName));
        await Ends(shop, 5);
        Assert.Equal(MissedReason.NoAgentLoggedIn, (await shop.OnlyCall()).MissedReason);

        await shop.Come("Ana");
        var dial = Grammar.Read(await shop.System.Post(shop.System.Address, ("CallSid", "CAz"), ("CallStatus", "ringing"), ("Direction", "inbound"), ("From", Caller), ("To", PhoneShop.Line))).Element("Dial")!;
        // Nobody else's caller rings her while she is being rung.
        var second = Grammar.Read(await shop.System.Post(shop.System.Address, ("CallSid", "CAy"), ("CallStatus", "ringing"), ("Direction", "inbound"), ("From", Caller), ("To", PhoneShop.Line)));
        Assert.NotNull(second.Element("Pause"));
        var gone = Grammar.Read(await shop.System.Post((string)dial.Attribute("action")!, ("CallSid", "CAz"), ("CallStatus", "completed"), ("Direction", "inbound"), ("From", Caller), ("To", PhoneShop.Line), ("DialCallStatus", "canceled")));
        Assert.Empty(gone.Elements());
    }

    [Fact]
    public async Task A_line_that_nobody_switched_on_is_left_to_the_phone_system()
    {
        await using var shop = await PhoneShop.Open(On.Sqlite, "twilio", Telephones);
        await shop.Come("Ana");
        await shop.House.Get<CallCenter.Teams.Routing.RoutingSwitch>().Turn(shop.System.Connection, PhoneShop.Line, false, CallCenter.Teams.Authority.Console);

        Assert.Empty((await Asks(shop, shop.System.Address, "ringing")).Elements());
        Assert.Empty((await shop.OnlyCall()).Queues);
        // Whoever forges a thread does not get past the proof, and what is no thread is no question.
        Assert.Empty((await Asks(shop, shop.System.Address + "?route=x", "in-progress")).Elements());
    }
}
