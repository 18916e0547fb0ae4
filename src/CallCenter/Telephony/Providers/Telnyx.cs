using System.Text;
using CallCenter.Calls;

namespace CallCenter.Telephony.Providers;

/// <summary>Telnyx Voice API (Call Control): one signed POST for each event of a leg.</summary>
/// <remarks>
/// A call is a session of legs. Only <c>call.initiated</c> says which way a leg goes, so an answer or an end is told of the leg
/// and the call knows whose it is: that the caller's own leg is answered says that an application picked up. Telnyx does not
/// keep order and repeats; what it repeats carries the same instant. Recordings can be fetched for ten minutes only.
/// https://developers.telnyx.com/docs/voice/programmable-voice/receiving-webhooks
/// </remarks>
sealed class Telnyx : IWebhookProvider
{
    public ProviderInfo Info { get; } = new("telnyx", "Telnyx",
        new("public_key", Required: true), new("country"), new("lines"), new("people"))
    {
        Proof = "Ed25519 of time and body",
        Tells = Tells.Progress | Tells.Ringing | Tells.Queues | Tells.Operators | Tells.Holds | Tells.Transfers | Tells.Recordings,
    };

    public IReadOnlyList<string> ContentTypes { get; } = ["application/json"];

    public bool IsAuthentic(Arrival arrival, Settings settings) =>
        Signature.IsNear(arrival, arrival.Header("telnyx-timestamp"))
        && Signature.ByAnySecret(settings, "public_key", key => Signature.IsEd25519(
            arrival.Header("telnyx-signature-ed25519"), key, [.. Encoding.ASCII.GetBytes(arrival.Header("telnyx-timestamp")! + "|"), .. arrival.Body.Span]));

    public WebhookReply ReplyTo(Arrival arrival, Settings settings) => WebhookReply.Ok;

    public Translation Translate(Arrival arrival, Settings settings)
    {
        var body = JsonPart.Of(arrival);
        var told = body["data"].IsObject ? body["data"] : body; // the first version of the API has no envelope
        var type = told.Word("event_type").Replace('_', '.');
        if (type.Length == 0) return Translation.Unreadable("event_type is missing");
        if (!type.StartsWith("call.", StringComparison.Ordinal)) return Translation.Ignored($"{type} is not about calls");

        var payload = told["payload"];
        var call = new CallKey(arrival.Connection, payload.Needed("call_session_id"));
        var at = told.Instant("occurred_at") ?? told.Instant("created_at") ?? throw new UnreadableException("occurred_at is missing");
        var events = Happened(type, payload, call, at, settings).ToList();
        return events.Count > 0 ? Translation.Understood(events)
            : SaysNothing(type) ? Translation.Ignored($"{type} says nothing of who talks to whom") with { About = call.Id }
            : Translation.Unreadable($"event '{type}' is unknown");
    }

    static IEnumerable<CallEvent> Happened(string type, JsonPart payload, CallKey call, DateTimeOffset at, Settings settings)
    {
        string LegId() => payload.Needed("call_leg_id");
        switch (type)
        {
            case "call.initiated":
                var leg = new LegNews(call, LegId(), at, payload.Text("from"), payload.Text("to"), settings);
                return payload.Word("direction") == "outgoing" ? [leg.WentOut(), leg.Rings()] : [leg.CameIn() with { CallerName = payload.Text("caller_id_name") }];
            case "call.answered" or "call.bridged":
                return [new AttemptAnswered(call, at, LegId(), null) { IfRung = true }];
            case "call.enqueued":
                return [new QueueJoined(call, at, payload.Needed("queue"))];
            case "call.dequeued":
                var queue = payload.Needed("queue");
                return
                [
                    new QueueJoined(call, at.AddSeconds(-Math.Clamp(payload.Number("wait_time_secs") ?? 0, 0, 86_400)), queue) { Coarse = true },
                    new QueueLeft(call, at, queue, ExitOf(payload.Word("reason"))),
                ];
            case "call.hold":
                return [new HoldStarted(call, at, LegId())];
            case "call.unhold":
                return [new HoldEnded(call, at, LegId())];
            case "call.refer.completed":
                return [new Transferred(call, at, TransferKind.Blind, settings.PersonAt(payload.Text("to")), null)];
            case "call.recording.saved":
                var address = payload["recording_urls"].Address("mp3") ?? payload["recording_urls"].Address("wav") ?? payload["public_recording_urls"].Address("mp3");
                return address is null ? [] : [new RecordingMade(call, at, address)];
            case "call.hangup":
                var (result, cause) = EndOf(payload.Word("hangup_cause"), payload.Word("hangup_source"));
                var sip = payload.Text("sip_hangup_cause") is { } code and not ("unspecified" or "200") ? $" {code}" : "";
                return [new AttemptEnded(call, at, LegId(), result), new CallEnded(call, at, cause, payload.Word("hangup_cause") + sip) { Leg = LegId() }];
            default:
                return [];
        }
    }

    /// <summary>
    /// <c>normal_clearing</c> ends a talk as well as the patience of a caller; it says more only together with who hung up.
    /// </summary>
    static (AttemptResult Result, EndCause Cause) EndOf(string cause, string source) => cause switch
    {
        "normal_clearing" => source == "caller" ? (AttemptResult.Cancelled, EndCause.Cancelled) : (AttemptResult.NotAnswered, EndCause.Unknown),
        "originator_cancel" => (AttemptResult.Cancelled, EndCause.Cancelled),
        "timeout" or "no_answer" => (AttemptResult.NotAnswered, EndCause.NoAnswer),
        "time_limit" => (AttemptResult.NotAnswered, EndCause.Normal),
        "user_busy" => (AttemptResult.Busy, EndCause.Busy),
        "call_rejected" => (AttemptResult.Declined, EndCause.NoAnswer), // by a person: he was there and was not busy
        _ => (AttemptResult.Failed, EndCause.Failed),
    };

    static QueueExit ExitOf(string reason) => reason switch
    {
        "bridged" or "bridging-in-process" => QueueExit.Answered,
        "hangup" => QueueExit.Abandoned,
        "timeout" => QueueExit.TimedOut,
        _ => QueueExit.Unknown,
    };

    static bool SaysNothing(string type) => type is "call.cost" or "call.recording.saved" or "call.recording.error" or "call.recording.transcription.saved" or "call.siprec.started"
            or "call.siprec.stopped" or "call.siprec.failed" or "call.refer.started" or "call.refer.failed" or "call.dtmf.received"
        || type.StartsWith("call.machine.", StringComparison.Ordinal) || type.StartsWith("call.playback.", StringComparison.Ordinal) || type.StartsWith("call.speak.", StringComparison.Ordinal)
        || type.StartsWith("call.gather.", StringComparison.Ordinal) || type.StartsWith("call.ai.", StringComparison.Ordinal) || type.StartsWith("call.fork.", StringComparison.Ordinal)
        || type.StartsWith("call.streaming", StringComparison.Ordinal) || type.StartsWith("call.transcription", StringComparison.Ordinal);
}
