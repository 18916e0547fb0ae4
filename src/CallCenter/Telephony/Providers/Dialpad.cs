using System.Text.Json;
using CallCenter.Calls;
using CallCenter.Telephony.Wire;

namespace CallCenter.Telephony.Providers;

/// <summary>Dialpad call events: each body is a signed token that holds one leg as it stands.</summary>
/// <remarks>
/// A call that comes in through an office, department or call centre has a leg of its own there (the entry point), and each
/// person who rings has another; all end with <c>hangup</c>, the entry leg when somebody takes the call and the others when it
/// stops ringing. So every end is presumed, and the call is over when none of its legs is left. The token says nothing of
/// when it was made; what is sent again changes nothing.
/// The log lists the same legs as they ended, each under the time it began and only when it is over.
/// https://developers.dialpad.com/docs/call-events, https://developers.dialpad.com/docs/webhooks,
/// https://developers.dialpad.com/reference/calllist, https://developers.dialpad.com/reference/callcall
/// </remarks>
sealed class Dialpad : IWebhookProvider, ICanHangUp, IHasCallLog
{
    const string ApiHost = "dialpad.com";

    public ProviderInfo Info { get; } = new("dialpad", "Dialpad",
        new("secret", Secret: true, Required: true, Generated: true), new("country"), new("people"),
        SettingInfo.Credential("api_key"), Control.Switch, new(CloudAddress.Setting, Default: ApiHost, Rare: true))
    {
        Proof = "the body is a JWT HS256",
        Tells = Tells.Progress | Tells.Ringing | Tells.Queues | Tells.Operators | Tells.Holds | Tells.Transfers | Tells.Parking | Tells.Voicemail | Tells.Recordings,
    };

    public IReadOnlyList<string> ContentTypes { get; } = ["application/jwt", "application/json", "text/plain", "text/html", "application/octet-stream"];

    public bool IsAuthentic(Arrival arrival, Settings settings) =>
        Signature.ByAnySecret(settings, "secret", secret => Signature.ReadJwt(arrival.Text.Trim(), secret) is not null);

    public Translation Translate(Arrival arrival, Settings settings)
    {
        var text = arrival.Text.Trim();
        var told = text.StartsWith('{') ? JsonPart.Of(arrival) : JsonPart.Of(Signature.ClaimsOf(text) ?? throw new UnreadableException("the body is no token"), "the token");
        return new News(told, arrival, settings).Translate();
    }

    // ---- Control ----

    public DialString Telephone(string name, Settings settings) => Control.PersonId(name, settings);

    /// <remarks>Five calls a minute.</remarks>
    public Order Place(Dialling wish, Settings settings) => Tell(HttpMethod.Post, "", $$"""{"user_id":{{wish.Telephone}},"phone_number":{{JsonSerializer.Serialize(Control.International(wish.Number, settings))}}}""", settings);

    /// <remarks>Each leg is a call of its own there: who calls out has the one that names the call, who is called the one that rang him.</remarks>
    public Order HangUp(DialString leg, Settings settings) => Tell(HttpMethod.Put, $"/{Uri.EscapeDataString(leg.Text)}/actions/hangup", "", settings);

    static WebOrder Tell(HttpMethod method, string path, string body, Settings settings) => new(
        new CloudRequest(method, CloudAddress.With(CloudAddress.Of(settings, ApiHost), $"/api/v2/call{path}")) { ContentType = body.Length > 0 ? "application/json" : "", Body = body }.WithBearer(settings["api_key"]),
        (status, answer) => CloudDoor.FateOf(status, answer, told => told.Text("call_id")));

    // ---- Call log ----

    /// <remarks>It answers twenty questions a second, and tells of a call of four hours when that is over.</remarks>
    public CallLogInfo CallLog { get; } = new(TimeSpan.FromMilliseconds(500), TimeSpan.FromDays(7), "api_key") { Overlap = TimeSpan.FromHours(4) };

    /// <remarks>What began at the very moment is not in it, neither at one end nor at the other.</remarks>
    public IReadOnlyList<CloudRequest> Ask(LogWindow window, Settings settings) =>
    [
        CloudRequest.Get(CloudAddress.With(CloudAddress.Of(settings, ApiHost), "/api/v2/call",
            ("started_after", $"{window.From.ToUnixTimeMilliseconds() - 1}"), ("started_before", $"{window.Until.ToUnixTimeMilliseconds()}"))).WithBearer(settings["api_key"]),
    ];

    public LogPage Read(CloudRequest asked, CloudAnswer answer, Settings settings)
    {
        var page = JsonPart.Of(answer);
        if (!page.IsObject) throw new UnreadableException("items is missing"); // where there are no calls it leaves the list out
        var query = Form.OfQuery(asked.Address.Query);
        return new LogPage([.. page["items"].Items.Select(leg => new LogRecord(leg.Raw))], page.Address("cursor") is { } cursor
            ? [asked with { Address = CloudAddress.With(new Uri(asked.Address, "/"), asked.Address.AbsolutePath, ("started_after", query["started_after"]), ("started_before", query["started_before"]), ("cursor", cursor)) }]
            : []);
    }

    public Translation TranslateRecord(Arrival record, Settings settings) => new News(JsonPart.Of(record), record, settings).AsLogged().GivingWay();

    sealed class News(JsonPart told, Arrival arrival, Settings settings)
    {
        readonly string leg = told.Needed("call_id"), state = told.Word("state");
        readonly CallKey call = new(arrival.Connection, told.Text("entry_point_call_id") ?? told.Needed("call_id"));
        readonly DateTimeOffset at = told.Instant("event_timestamp") ?? (arrival.IsLogged ? told.Instant("date_ended") : null) ?? arrival.ReceivedAt;
        readonly DateTimeOffset? connected = told.Instant("date_connected");
        readonly bool isOutbound = told.Word("direction") == "outbound";
        readonly bool isPerson = told["target"].Word("type") is "user" or "room" or "";

        string Name => told["target"] is var target && target.Text("id") is { } id && settings.Person(id) is var named && named != id ? named : target.Text("name") ?? target.Text("email") ?? target.Text("id") ?? "";

        DateTimeOffset Ended => told.Instant("date_ended") ?? at;

        public Translation Translate()
        {
            List<CallEvent>? events = state switch
            {
                "calling" => [Started(), Rings()],
                "preanswer" or "ringing" => [Started(), .. isPerson ? [Rings()] : Array.Empty<CallEvent>()],
                "queued" => [Started(), .. Queued()],
                "connected" => [Started(), .. isPerson ? [Answers(), new HoldEnded(call, at, leg)] : Array.Empty<CallEvent>()],
                "hold" => isPerson ? [new HoldStarted(call, at, leg)] : [],
                "parked" => [new Parked(call, at, null, isPerson ? Name : null)],
                "missed" or "hangup" or "blocked" => [Started(), .. Queued(), .. Over()],
                "voicemail" or "voicemail_uploaded" => [Started(), new VoicemailLeft(call, at) { ToldAs = "voicemail" }, .. Recordings()],
                "recording" or "admin_recording" or "postcall" => [.. Recordings()],
                "merged" or "monitor" or "barge" or "takeover" or "eavesdrop" or "transcription" or "call_transcription" or "dispositions" or "csat" or "pcsat" or "admin" or "ai_playbook"
                    or "recap_summary" or "recap_action_items" or "recap_purposes" or "recap_outcome" => [],
                _ => null,
            };
            if (events is null) return Translation.Unreadable(state.Length == 0 ? "state is missing" : $"state '{Arrival.Clean(state, 40)}' is unknown");
            if (MadeElsewhere() is { } link) events.Add(link);
            return events.Count > 0 ? Translation.Understood(events) : Translation.Ignored($"{state} says nothing of who talks to whom") with { About = call.Id };
        }

        /// <summary>A leg as the log has it.</summary>
        public Translation AsLogged()
        {
            List<CallEvent> events = [Started(), .. isOutbound || isPerson ? [Rings()] : Array.Empty<CallEvent>(), .. Queued(), .. Over()];
            if (IsVoicemail) events.Add(new VoicemailLeft(call, Ended));
            if (MadeElsewhere() is { } link) events.Add(link);
            return Translation.Understood(events);
        }

        /// <summary>A conference or a transfer that made a call of its own.</summary>
        CallLinked? MadeElsewhere() => told.Text("master_call_id") is { } master && master != call.Id && master != leg ? new(call, at, master) { ToldAs = $"master:{master}" } : null;

        bool IsVoicemail => told.Address("voicemail_link") is not null || told.Address("voicemail_share_link") is not null
            || told["recording_details"].Items.Any(recording => recording.Word("recording_type") == "voicemail");

        /// <summary>A person's leg of a call that came in elsewhere knows less of its beginning than the leg there.</summary>
        CallStarted Started()
        {
            var (outside, ours) = (settings.Number(told.Text("external_number")), told.Text("internal_number") is { } number ? settings.Number(number) : null);
            var isEntry = call.Id == leg;
            var caller = told["contact"].Text("name");
            return new CallStarted(call, told.Instant("date_started") ?? at, isOutbound ? Direction.Outbound : Direction.Inbound, isOutbound ? ours : outside, isOutbound ? outside : ours,
                ours?.E164 ?? ours?.Raw, isOutbound && isPerson ? Name : null, caller == told.Text("external_number") ? null : caller)
            {
                Leg = isEntry && !isPerson ? leg : null,
                Coarse = !isEntry,
            };
        }

        IEnumerable<CallEvent> Queued() => !isPerson && told["target"].Text("name") is { } queue && (told.Instant("date_queued") ?? (state == "queued" ? at : null)) is { } since
            ? [new QueueJoined(call, since, queue)]
            : [];

        string Whom => isOutbound ? settings.Number(told.Text("external_number")) is var number ? number.E164 ?? number.Raw : "" : Name;

        LegRole Role => isOutbound ? LegRole.Outside : LegRole.Operator;

        AttemptStarted Rings() => new(call, told.Instant("date_rang") ?? told.Instant("date_started") ?? at, leg, Whom, Role);

        AttemptAnswered Answers() => new(call, connected ?? at, leg, Whom, Role);

        IEnumerable<CallEvent> Over()
        {
            var isPassedOn = told.IsTrue("is_transferred");
            if (isPerson)
            {
                if (connected is not null) yield return Answers();
                yield return new AttemptEnded(call, Ended, leg, connected is null ? AttemptResult.NotAnswered : isPassedOn ? AttemptResult.TransferredOut : AttemptResult.Answered, Whom, Role);
                if (connected is not null && isPassedOn) yield return new Transferred(call, Ended, TransferKind.Blind, Name, null);
            }

            var cause = connected is not null && isPerson ? EndCause.Normal
                : state is "missed" or "blocked" ? EndCause.NoAnswer
                : !isPerson && !isPassedOn ? EndCause.Cancelled // whoever waits there and is not passed on has hung up
                : EndCause.Unknown;
            yield return new CallEnded(call, Ended, cause, state) { Presumed = true, Leg = isPerson ? null : leg };
            foreach (var recording in Recordings()) yield return recording;
        }

        IEnumerable<CallEvent> Recordings()
        {
            foreach (var recording in told["recording_details"].Items)
                if (recording.Address("url") is { } address) yield return new RecordingMade(call, recording.Instant("start_time") ?? Ended, address);
            if (told.Address("voicemail_link") is { } voicemail) yield return new RecordingMade(call, Ended, voicemail);
        }
    }
}
