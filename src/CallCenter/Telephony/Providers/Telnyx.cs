using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using CallCenter.Calls;
using CallCenter.Telephony.Routing;
using CallCenter.Telephony.Wire;

namespace CallCenter.Telephony.Providers;

/// <summary>Telnyx Voice API (Call Control): one signed POST for each event of a leg.</summary>
/// <remarks>
/// A call is a session of legs. Only <c>call.initiated</c> says which way a leg goes, so an answer or an end is told of the leg
/// and the call knows whose it is: that the caller's own leg is answered says that an application picked up. Telnyx does not
/// keep order and repeats; what it repeats carries the same instant. Recordings can be fetched for ten minutes only.
/// The log lists the events themselves, of a day: each entry holds the one that was sent.
/// https://developers.telnyx.com/docs/voice/programmable-voice/receiving-webhooks,
/// https://developers.telnyx.com/api-reference/debugging/list-call-events
/// </remarks>
sealed class Telnyx : IRoutesCalls, ICanHangUp, IHasCallLog
{
    const string ApiHost = "api.telnyx.com", Telephones = $"sip:{Control.ExtensionMark}@sip.telnyx.com";
    const int LegMax = 200, StateMax = 16 * 1024, PageSize = 250;

    /// <summary>An event lies no deeper in an entry of the log.</summary>
    const int DepthMax = 4;

    public ProviderInfo Info { get; } = new("telnyx", "Telnyx",
        new("public_key", Required: true), new("country"), new("lines"), new("people"),
        SettingInfo.Credential("api_key"), Control.Switch, new("connection_id"), new("dial_caller_id"), new("dial_telephone", Default: Telephones, Rare: true), new(CloudAddress.Setting, Default: ApiHost, Rare: true))
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
        return Understand(type, payload, call, told.Instant("occurred_at") ?? told.Instant("created_at") ?? throw new UnreadableException("occurred_at is missing"), settings);
    }

    static Translation Understand(string type, JsonPart payload, CallKey call, DateTimeOffset at, Settings settings)
    {
        var events = Happened(type, payload, call, at, settings).ToList();
        return events.Count > 0 ? Translation.Understood(events)
            : SaysNothing(type) ? Translation.Ignored($"{type} says nothing of who talks to whom") with { About = call.Id }
            : Translation.Unreadable($"event '{type}' is unknown");
    }

    // ---- Call log ----

    /// <remarks>It reaches a day back. An event stands in it when it happened, whether or not it could be delivered.</remarks>
    public CallLogInfo CallLog { get; } = new(TimeSpan.FromSeconds(1), TimeSpan.FromDays(1), "api_key");

    /// <remarks>Of a time it takes one end only.</remarks>
    public IReadOnlyList<CloudRequest> Ask(LogWindow window, Settings settings) => [AskFor(CloudAddress.Of(settings, ApiHost), Instant(window.From), page: 1, window, settings)];

    static CloudRequest AskFor(Uri api, string since, int page, LogWindow window, Settings settings) => CloudRequest.Get(CloudAddress.With(api, "/v2/call_events",
            ("filter[type]", "webhook"), ("filter[product]", "call_control"), ("filter[occurred_at][gte]", since), ("page[number]", $"{page}"), ("page[size]", $"{PageSize}")))
        .WithBearer(settings["api_key"]) with
    { Note = window.Note };

    static string Instant(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    public LogPage Read(CloudRequest asked, CloudAnswer answer, Settings settings)
    {
        var page = JsonPart.Of(answer);
        if (!page["data"].IsThere) throw new UnreadableException("data is missing");
        var (query, window, entries) = (Form.OfQuery(asked.Address.Query), LogWindow.Of(asked), page["data"].Items.ToList());
        // Said once, and not of each of them.
        if (entries.Count > 0 && entries.TrueForAll(entry => SentIn(entry) is null)) throw new UnreadableException("its entries do not hold the events");
        var number = int.Parse(query["page[number]"], CultureInfo.InvariantCulture);
        return new LogPage([.. entries.Where(entry => window.Holds(entry.Instant("event_timestamp"))).Select(entry => new LogRecord(entry.Raw))],
            entries.Count > 0 && number < page["meta"].Number("total_pages") ? [AskFor(new Uri(asked.Address, "/"), query["filter[occurred_at][gte]"], number + 1, window, settings)] : []);
    }

    /// <remarks>What was sent and what is logged of it are one fact, told twice.</remarks>
    public Translation TranslateRecord(Arrival record, Settings settings)
    {
        var entry = JsonPart.Of(record);
        if (SentIn(entry) is not { } sent) return Translation.Unreadable("the entry does not hold the event");
        var type = (sent.Text("event_type") is null ? entry : sent).Word(sent.Text("event_type") is null ? "name" : "event_type").Replace('_', '.');
        if (!type.StartsWith("call.", StringComparison.Ordinal)) return Translation.Ignored($"{type} is not about calls");
        var at = sent.Instant("occurred_at") ?? sent.Instant("created_at") ?? entry.Instant("event_timestamp") ?? throw new UnreadableException("event_timestamp is missing");
        return Understand(type, sent["payload"].IsObject ? sent["payload"] : sent, new CallKey(record.Connection, entry.Needed("call_session_id")), at, settings);
    }

    /// <summary>
    /// The event that an entry is of. Telnyx says that its <c>metadata</c> holds it and not where in there, so it is known by what it is: it has a
    /// payload, or is one.
    /// </summary>
    static JsonPart? SentIn(JsonPart entry) => Find(entry["metadata"], 0, part => part["payload"].IsObject && part["event_type"].IsThere) ?? Find(entry["metadata"], 0, part => part["call_leg_id"].IsThere);

    static JsonPart? Find(JsonPart part, int depth, Func<JsonPart, bool> isIt)
    {
        if (!part.IsObject || isIt(part)) return part.IsObject ? part : null;
        if (depth < DepthMax)
            foreach (var (_, inner) in part.Objects)
                if (Find(inner, depth + 1, isIt) is { } found) return found;
        return null;
    }

    // ---- Control ----

    /// <summary>Stands for the leg of a call that is placed from here until Telnyx says how it is commanded.</summary>
    const string Placed = "placed";

    public IReadOnlyList<string> ControlNeeds { get; } = ["connection_id"];

    /// <remarks>
    /// The operator's leg rings first, and Telnyx brings back what is to be done when it is picked up.
    /// https://developers.telnyx.com/api-reference/call-commands/dial
    /// </remarks>
    public Order Place(Dialling wish, Settings settings)
    {
        var body = new Dictionary<string, object>
        {
            ["connection_id"] = CloudAddress.Part(settings, "connection_id"),
            ["to"] = wish.Telephone.Text,
            ["from"] = Control.CallerId(settings),
            ["timeout_secs"] = Control.RingSeconds,
            ["client_state"] = Written(new(Placed, [["dial", Control.International(wish.Number, settings)]])),
        };
        if (wish.News is { } news) body["webhook_url"] = news.AbsoluteUri;
        return new WebOrder(
            new CloudRequest(HttpMethod.Post, new Uri(CloudAddress.Of(settings, ApiHost), "/v2/calls")) { Body = JsonSerializer.Serialize(body), ContentType = "application/json" }.WithBearer(settings["api_key"]),
            (status, answer) => CloudDoor.FateOf(status, answer, told => told["data"].Text("call_session_id")));
    }

    /// <summary>A call is a session, and only legs are hung up.</summary>
    public bool IsCallTheFirstLeg => false;

    /// <remarks>
    /// Legs are commanded by another id than events tell them apart by; whoever picked up has both.
    /// https://developers.telnyx.com/api-reference/call-commands/hangup-call
    /// </remarks>
    public Order HangUp(DialString leg, Settings settings) => new WebOrder(
        new CloudRequest(HttpMethod.Post, new Uri(CloudAddress.Of(settings, ApiHost), $"/v2/calls/{Uri.EscapeDataString(leg.Text)}/actions/hangup")) { Body = "{}", ContentType = "application/json" }.WithBearer(settings["api_key"]),
        (status, answer) => CloudDoor.FateOf(status, answer));

    /// <summary>He picked up: the number is dialled for him. When nobody is reached his own leg ends, which would else stay in silence.</summary>
    static RoutingAnswer DialFor(string leg, string number, Settings settings) =>
        Tell(new(leg, [["transfer", DialString.Number(number).Text, $"{Control.RingSeconds}", Control.CallerId(settings)], ["release"]]), settings);

    // ---- Routing ----

    /// <summary>Of telephones a call is transferred to only one can be rung.</summary>
    public int TelephonesMax => 1;

    public IReadOnlyList<string> RoutingNeeds { get; } = ["api_key"];

    /// <summary>What is left to be told for a caller: commands, the last of which says what to ask then. Telnyx brings it back with the events of what it was told.</summary>
    /// <param name="Leg">The caller's.</param>
    /// <param name="Then">Each a command and what belongs to it.</param>
    sealed record State(string Leg, string[][] Then);

    /// <summary>
    /// Asked when a call comes in and is parked, when a telephone it was transferred to was not picked up, and when a wait is over.
    /// The end of the caller's own leg asks nothing, nor does that of a talk.
    /// </summary>
    public RoutingQuestion? QuestionIn(Arrival arrival, Settings settings)
    {
        var (type, payload) = Told(arrival);
        if (payload.Text("call_session_id") is not { } session) return null;
        var (call, address) = (new CallKey(arrival.Connection, session), RoutingQuestion.Plain(arrival.Url));
        if (type == "call.initiated")
            return payload.Word("direction") == "incoming" && LegIn(payload) is { } arrived ? new(call, settings.Number(payload.Text("to")).E164, "", address, arrived) : null;
        if (StateIn(payload) is not { Then: [["ask", var thread]] } state) return null;
        var isOver = type switch
        {
            "call.hangup" => IsUnreached(payload, state),
            "call.playback.ended" or "call.gather.ended" => payload.Word("status") != "call_hangup",
            _ => false,
        };
        return isOver ? new(call, null, thread, address, state.Leg) : null;
    }

    /// <summary>A telephone that a leg was transferred to is given up, and nobody hung up.</summary>
    static bool IsUnreached(JsonPart payload, State state) => LegIn(payload) != state.Leg && payload.Word("hangup_cause") is not ("normal_clearing" or "originator_cancel" or "time_limit");

    public RoutingAnswer? Continue(Arrival arrival, Settings settings)
    {
        var (type, payload) = Told(arrival);
        if (StateIn(payload) is not { Then: [[not "ask", ..], ..] } state) return null;
        if (state is { Leg: Placed, Then: [["dial", var number]] })
            return type == "call.answered" && LegIn(payload) is { } own && Control.IsOn(settings) ? DialFor(own, number, settings) : null;
        if (state.Then is [["release"]]) return type == "call.hangup" && IsUnreached(payload, state) ? Tell(state, settings) : null;
        var isDone = type switch
        {
            "call.answered" => LegIn(payload) == state.Leg,
            "call.speak.ended" => payload.Word("status") != "call_hangup",
            "call.recording.saved" => true,
            _ => false,
        };
        return isDone ? Tell(state, settings) : null;
    }

    /// <summary>Whoever is listed by name is rung at his number or address, a number as it is; anything else is a SIP connection's user.</summary>
    public DialString Telephone(string name, Settings settings) => Control.Telephone(name, settings, Telephones);

    /// <remarks>https://developers.telnyx.com/api-reference/call-commands/transfer-call and its neighbours.</remarks>
    public RoutingAnswer Say(RoutingStep step, RoutingQuestion question, Settings settings)
    {
        var then = new List<string[]>();
        if (question.Thread.Length == 0 && step is not HangUpStep { First: null }) then.Add(["answer"]);
        if (step.First is { } spoken) then.Add(["speak", spoken.Text, spoken.Language]);
        string[][] last = step switch
        {
            RingStep ring => [["transfer", ring.Telephones[0].Text, $"{ring.Seconds}"], ["ask", ring.Thread]],
            WaitStep { Music: { } music } wait => [["playback_start", music.AbsoluteUri], ["ask", wait.Thread]],
            WaitStep wait => [["gather", $"{wait.Seconds * 1000}"], ["ask", wait.Thread]],
            MessageStep message => [["record_start", $"{message.SecondsMax}"], ["hangup"]],
            HangUpStep => [["hangup"]],
            _ => throw new InvalidOperationException($"No words for {step.GetType().Name}."),
        };
        return Tell(new(question.Leg, [.. then, .. last]), settings);
    }

    /// <summary>The next command; where it would not do that, the one after it, so that nobody is left in silence.</summary>
    static RoutingAnswer Tell(State state, Settings settings)
    {
        var orders = new List<WebOrder>();
        for (var i = 0; i < state.Then.Length; i++) orders.Add(OrderOf(state.Leg, state.Then[i], new(state.Leg, state.Then[(i + 1)..]), settings));
        return new(WebhookReply.Ok, orders);
    }

    /// <summary>One command; a silence stands for what is to be asked later when all else was refused.</summary>
    static WebOrder OrderOf(string leg, string[] command, State rest, Settings settings)
    {
        var (name, body) = command switch
        {
            ["ask", _] => ("gather", new Dictionary<string, object> { ["timeout_millis"] = 3000, ["client_state"] = Written(new(leg, [command])) }),
            ["speak", var text, var language] => ("speak", new() { ["payload"] = text, ["voice"] = "female", ["language"] = language }),
            ["transfer", var to, var seconds, ..] => ("transfer", new() { ["to"] = to, ["timeout_secs"] = Whole(seconds), ["target_leg_client_state"] = Written(rest), ["client_state"] = Written(new(leg, [])) }),
            ["playback_start", var address] => ("playback_start", new() { ["audio_url"] = address }),
            ["gather", var ms] => ("gather", new() { ["timeout_millis"] = Whole(ms) }),
            ["record_start", var max] => ("record_start", new() { ["format"] = "mp3", ["channels"] = "single", ["play_beep"] = true, ["max_length"] = Whole(max), ["timeout_secs"] = 5 }),
            ["answer" or "hangup"] => (command[0], new()),
            ["release"] => ("hangup", new()),
            _ => throw new InvalidOperationException($"No words for {command[0]}."),
        };
        if (command is ["transfer", _, _, var shown]) body["from"] = shown;
        body.TryAdd("client_state", Written(rest));
        // A command that an event which is told twice brings about a second time is ignored.
        body["command_id"] = Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(new { leg, command, rest.Then })).AsSpan(0, 16));
        var at = new Uri(CloudAddress.Of(settings, ApiHost), $"/v2/calls/{Uri.EscapeDataString(leg)}/actions/{name}");
        return new WebOrder(new CloudRequest(HttpMethod.Post, at) { Body = JsonSerializer.Serialize(body), ContentType = "application/json" }.WithBearer(settings["api_key"]), Answered);
    }

    static int Whole(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;

    static OrderAnswer Answered(int status, string body) => status switch
    {
        >= 200 and < 300 => new(OrderFate.Taken),
        401 or 403 => new(OrderFate.NotPermitted, CloudDoor.SaidIn(body)),
        >= 500 => new(OrderFate.LinkDown, CloudDoor.SaidIn(body)),
        _ => new(OrderFate.Refused, $"HTTP {status}"),
    };

    static string Written(State state) => Convert.ToBase64String(JsonSerializer.SerializeToUtf8Bytes(state));

    /// <summary>Null when there is none, or it is another program's.</summary>
    static State? StateIn(JsonPart payload)
    {
        if (payload["client_state"].Text(StateMax) is not { } text) return null;
        try
        {
            return JsonSerializer.Deserialize<State>(Convert.FromBase64String(text)) is { Leg: { } leg, Then: { } then } state && IsLeg(leg) && then.All(command => command is { Length: > 0 } && command.All(word => word is not null)) ? state : null;
        }
        catch (Exception e) when (e is FormatException or JsonException)
        {
            return null;
        }
    }

    static string? LegIn(JsonPart payload) => payload.Text("call_control_id") is { } leg && IsLeg(leg) ? leg : null;

    static bool IsLeg(string leg) => leg.Length is > 0 and <= LegMax && leg.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is ':' or '-' or '_' or '.');

    static (string Type, JsonPart Payload) Told(Arrival arrival)
    {
        var body = JsonPart.Of(arrival);
        var told = body["data"].IsObject ? body["data"] : body;
        return (told.Word("event_type").Replace('_', '.'), told["payload"]);
    }

    // ---- News ----

    static IEnumerable<CallEvent> Happened(string type, JsonPart payload, CallKey call, DateTimeOffset at, Settings settings)
    {
        string LegId() => payload.Needed("call_leg_id");
        switch (type)
        {
            case "call.initiated":
                var leg = new LegNews(call, LegId(), at, payload.Text("from"), payload.Text("to"), settings);
                return payload.Word("direction") == "outgoing" ? [leg.WentOut(), leg.Rings()] : [leg.CameIn() with { CallerName = payload.Text("caller_id_name") }];
            case "call.answered" or "call.bridged":
                return [new AttemptAnswered(call, at, LegId(), null) { IfRung = true, Handle = LegIn(payload) }];
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
                if (address is null) return [];
                // After a message there is only one thing left to do.
                return StateIn(payload) is { Then: [["hangup"]] } ? [new RecordingMade(call, at, address), new VoicemailLeft(call, at)] : [new RecordingMade(call, at, address)];
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
