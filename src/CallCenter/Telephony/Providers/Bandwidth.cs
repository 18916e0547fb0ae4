using CallCenter.Calls;

namespace CallCenter.Telephony.Providers;

/// <summary>Bandwidth Voice: callbacks about a call and the telephones it is transferred to.</summary>
/// <remarks>
/// A telephone that <c>&lt;Transfer&gt;</c> rings is a leg of its own that names its parent. That a caller hung up ends a talk as
/// well as his patience, so it counts together with whether anybody had answered. Nothing is signed; a name and a password
/// go with each callback.
/// https://dev.bandwidth.com/docs/voice/webhooks/
/// </remarks>
sealed class Bandwidth : IWebhookProvider
{
    public ProviderInfo Info { get; } = new("bandwidth", "Bandwidth",
        new("password", Secret: true, Required: true, Generated: true), new("username", Default: "callcenter"), new("country"), new("lines"), new("people"))
    {
        Proof = "name and password",
        Tells = Tells.Progress | Tells.Operators | Tells.Recordings,
    };

    public IReadOnlyList<string> ContentTypes { get; } = ["application/json"];

    public string ProofHeader(Settings settings) => "Authorization";

    public bool IsAuthentic(Arrival arrival, Settings settings) => Signature.ByAnySecret(settings, "password", password =>
        Signature.IsBasic(arrival.Header("Authorization"), settings["username"] is { Length: > 0 } name ? name : "callcenter", password));

    /// <summary>Where it asks what to do next: nothing of ours.</summary>
    public WebhookReply ReplyTo(Arrival arrival, Settings settings) => new(200, "application/xml", "<Response/>");

    public Translation Translate(Arrival arrival, Settings settings)
    {
        var body = JsonPart.Of(arrival);
        var several = body.Items.ToList();
        return several.Count > 0 ? Translation.Together(several.Select(one => Understand(one, arrival, settings))) : Understand(body, arrival, settings);
    }

    static Translation Understand(JsonPart told, Arrival arrival, Settings settings)
    {
        var type = told.Word("eventType");
        var leg = told.Needed("callId");
        var call = new CallKey(arrival.Connection, told.Text("parentCallId") ?? leg);
        var isChild = call.Id != leg;
        var at = told.Instant("eventTime") ?? arrival.ReceivedAt;
        LegNews Leg(DateTimeOffset when) => new(call, leg, when, told.Text("from") ?? "", isChild ? told.Text("transferTo") ?? told.Text("to") : told.Text("to"), settings);
        var isOut = told.Word("direction") == "outbound";
        var start = Leg(told.Instant("startTime") ?? told.Instant("enqueuedTime") ?? at);
        CallEvent[] began = isChild ? [] : [isOut ? start.WentOut() : start.CameIn()];
        switch (type)
        {
            case "initiate":
                return Translation.Understood(began);
            case "answer" when isOut:
                return Translation.Understood([.. began, Leg(at).Answers()]);
            case "transferanswer":
                return Leg(told.Instant("answerTime") ?? at).Answers();
            case "transferdisconnect":
                return Leg(told.Instant("endTime") ?? at).Stops(EndOf(told.Word("cause")).Result);
            case "disconnect":
                var (result, cause) = EndOf(told.Word("cause"));
                var over = Leg(told.Instant("endTime") ?? at);
                var raw = told.Text("cause") ?? "";
                if (isChild) return over.Stops(result);
                if (!isOut) return Translation.Understood([.. began, over.Ends(cause, raw)]);
                var answered = told.Instant("answerTime") is { } picked ? [Leg(picked).Answers() with { Coarse = true }] : Array.Empty<CallEvent>();
                return Translation.Understood([.. began, .. answered, over.Stops(result), over.Ends(cause, raw)]);
            case "recordingavailable":
                return told.Address("mediaUrl") is { } recording
                    ? new RecordingMade(call, told.Instant("endTime") ?? at, recording) { ToldAs = $"recording:{told.Text("recordingId")}" }
                    : Translation.Ignored("a recording without a name") with { About = call.Id };
            case "answer" or "redirect" or "transfercomplete" or "bridgecomplete" or "bridgetargetcomplete" or "gather" or "dtmf" or "machinedetectioncomplete" or "recordcomplete"
                or "transcriptionavailable" or "conferencecreated" or "conferencememberjoin" or "conferencememberexit" or "conferencecompleted":
                return Translation.Ignored($"{type} says nothing of who talks to whom") with { About = call.Id };
            default:
                return Translation.Unreadable(type.Length == 0 ? "eventType is missing" : $"event '{type}' is unknown");
        }
    }

    static (AttemptResult Result, EndCause Cause) EndOf(string cause) => cause switch
    {
        "hangup" or "cancel" => (AttemptResult.Cancelled, EndCause.Cancelled),
        "timeout" => (AttemptResult.NotAnswered, EndCause.NoAnswer),
        "busy" => (AttemptResult.Busy, EndCause.Busy),
        "rejected" => (AttemptResult.Declined, EndCause.NoAnswer),
        _ => (AttemptResult.Failed, EndCause.Failed),
    };
}
