using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using CallCenter.Calls;
using CallCenter.Telephony.Routing;
using CallCenter.Telephony.Wire;

namespace CallCenter.Telephony.Providers;

/// <summary>Vonage Voice API: status events of legs, as JSON or in the query, each with a signed token.</summary>
/// <remarks>
/// A conversation joins legs and is the call; a leg that is moved to another conversation takes the call with it. That the
/// inbound leg was answered says that an NCCO began. Vonage knows no queues: the setting <c>queues</c> may name one for a
/// number (<c>528112345678=Soporte</c>), where callers wait from the beginning. Numbers come without a plus. The token proves
/// the body by its hash; a query is proved by nothing but the token being ours, so events should be sent by POST.
/// The log lists legs with their numbers in objects, when they began and how long was talked; who hung up it does not say.
/// https://developer.vonage.com/en/voice/voice-api/webhook-reference, https://developer.vonage.com/en/getting-started/concepts/webhooks,
/// https://developer.vonage.com/en/api/voice#getCalls
/// </remarks>
sealed class Vonage : IRoutesCalls, ICanHangUp, IMakesTokens, IHasCallLog
{
    const string Header = "Authorization", ApiHost = "api.nexmo.com", Calls = "/v1/calls";

    /// <summary>It gives no more at once.</summary>
    const int PageSize = 100;

    /// <summary>In our address, where a recording is the message of a caller.</summary>
    const string Message = "message";

    public ProviderInfo Info { get; } = new("vonage", "Vonage",
        new("signature_secret", Secret: true, Required: true), new("country"), new("lines"), new("people"), new("queues"),
        Control.Switch, new("application_id"), SettingInfo.Credential("private_key"), new("dial_caller_id"), new(CloudAddress.Setting, Default: ApiHost, Rare: true))
    {
        Proof = "JWT HS256 with the hash of the body",
        Tells = Tells.Progress | Tells.Ringing | Tells.Queues | Tells.Operators | Tells.Transfers | Tells.Recordings,
    };

    public IReadOnlyList<string> ContentTypes { get; } = ["application/json", "application/x-www-form-urlencoded"];

    public string ProofHeader(Settings settings) => Header;

    public bool IsAuthentic(Arrival arrival, Settings settings) => Signature.ByAnySecret(settings, "signature_secret", secret =>
    {
        if (Signature.ReadJwt(Signature.BearerOf(arrival.Header(Header)), secret) is not { } token) return false;
        try
        {
            var claims = JsonPart.Of(token, "the token");
            return Signature.IsNear(arrival, claims.Text("iat"))
                && (arrival.Body.IsEmpty || claims.Text("payload_hash") is { } hash && Signature.IsSha256(hash, arrival.Body.Span));
        }
        catch (UnreadableException)
        {
            return false;
        }
    });

    /// <summary>Who is asked what to do with a call must answer with an NCCO; an empty one leaves nothing to do.</summary>
    public WebhookReply? ReplyTo(Arrival arrival, Settings settings) => IsQuestion(FieldsOf(arrival)) ? new(200, "application/json", "[]") : null;

    public Translation Translate(Arrival arrival, Settings settings)
    {
        var fields = FieldsOf(arrival);
        if (fields.Has("conversation_uuid_from")) return Moved(fields, arrival);
        if (fields.Has("payload") && CallOfNotice(arrival) is { } noticed) return Translation.Ignored("it asks what to do next") with { About = noticed };
        var call = new CallKey(arrival.Connection, fields.Text("conversation_uuid") ?? throw new UnreadableException("conversation_uuid is missing"));
        if (fields.Address("recording_url") is { } recording)
        {
            var made = new RecordingMade(call, fields.Instant("end_time") ?? arrival.ReceivedAt, recording) { ToldAs = $"recording:{fields["recording_uuid"]}:{recording}" };
            return Form.OfQuery(arrival.Url).Has(Message) ? Translation.Understood(made, new VoicemailLeft(call, made.At) { ToldAs = $"message:{fields["recording_uuid"]}" }) : made;
        }

        if (IsQuestion(fields)) return Asked(fields, call, arrival, settings);

        var status = fields["status"].ToLowerInvariant();
        if (status.Length == 0) return Translation.Ignored("an NCCO says nothing of who talks to whom") with { About = call.Id };
        if (status is "human" or "machine" or "disconnected" or "input" or "transfer") return Translation.Ignored($"{status} says nothing of who talks to whom") with { About = call.Id };

        var id = fields.Text("uuid") ?? throw new UnreadableException("uuid is missing");
        var at = fields.Instant("timestamp") ?? throw new UnreadableException("timestamp is missing");
        var leg = new LegNews(call, id, at, AddressIn(fields, "from"), AddressIn(fields, "to"), settings);
        var cause = $"{status} {fields.Text("detail")}".TrimEnd();
        return fields["direction"].ToLowerInvariant() switch
        {
            "inbound" => Inbound(leg, status, cause, fields, call, at, settings),
            "outbound" => Outbound(leg, status, cause, fields, at),
            var other => Translation.Unreadable($"direction '{Arrival.Clean(other, 40)}' is unknown"),
        };
    }

    // ---- Control ----

    public IReadOnlyList<string> ControlNeeds { get; } = ["application_id", "private_key"];

    /// <summary>A call is a conversation there, and only its legs can be hung up.</summary>
    public bool IsCallTheFirstLeg => false;

    /// <remarks>What connects the operator with the number is in the request, so that nothing of ours has to be asked. https://developer.vonage.com/en/api/voice#createCall</remarks>
    public Order Place(Dialling wish, Settings settings)
    {
        var shown = new { type = "phone", number = Control.CallerId(settings)[1..] };
        var connect = new { action = "connect", from = shown.number, endpoint = new[] { new { type = "phone", number = Control.Digits(wish.Number, settings) } } };
        var body = new Dictionary<string, object> { ["to"] = new[] { Endpoint(wish.Telephone) }, ["from"] = shown, ["ringing_timer"] = Control.RingSeconds, ["ncco"] = new[] { connect } };
        if (wish.News is { } news) body["event_url"] = new[] { news.AbsoluteUri };
        return Tell(HttpMethod.Post, "", body, settings);
    }

    public Order HangUp(DialString leg, Settings settings) => Tell(HttpMethod.Put, $"/{Uri.EscapeDataString(leg.Text)}", new Dictionary<string, object> { ["action"] = "hangup" }, settings);

    static WebOrder Tell(HttpMethod method, string path, Dictionary<string, object> body, Settings settings) => new(
        new CloudRequest(method, CloudAddress.With(CloudAddress.Of(settings, ApiHost), Calls + path)) { WantsToken = true, ContentType = "application/json", Body = JsonSerializer.Serialize(body) },
        (status, answer) => CloudDoor.FateOf(status, answer, told => told.Text("conversation_uuid")));

    /// <remarks>https://developer.vonage.com/en/getting-started/concepts/authentication</remarks>
    public string MakeToken(Settings settings, DateTimeOffset now)
    {
        var claims = new { application_id = CloudAddress.Part(settings, "application_id"), iat = now.ToUnixTimeSeconds(), jti = Guid.NewGuid() };
        var signed = $"{Base64Url.EncodeToString("""{"alg":"RS256","typ":"JWT"}"""u8)}.{Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(claims))}";
        try
        {
            using var key = RSA.Create();
            key.ImportFromPem(settings["private_key"]);
            return $"{signed}.{Base64Url.EncodeToString(key.SignData(Encoding.UTF8.GetBytes(signed), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))}";
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException)
        {
            throw new Refusal(RefusalKind.Conflict, "control.setting", "private_key"); // nothing of what it says goes further: it may quote the key
        }
    }

    // ---- Call log ----

    /// <remarks>Under which time a leg stands in it before it is over is not established, so more of it is read again than is needed.</remarks>
    public CallLogInfo CallLog { get; } = new(TimeSpan.FromSeconds(1), TimeSpan.FromHours(6), "application_id", "private_key") { Overlap = TimeSpan.FromHours(4) };

    /// <remarks>After and before are meant without the instants themselves.</remarks>
    public IReadOnlyList<CloudRequest> Ask(LogWindow window, Settings settings) =>
        [AskFor(CloudAddress.Of(settings, ApiHost), InUtc(window.From.AddSeconds(-1)), InUtc(window.Until.AddSeconds(1)), from: 0, window)];

    static CloudRequest AskFor(Uri api, string after, string before, int from, LogWindow window) => CloudRequest.Get(CloudAddress.With(api, Calls,
        ("date_start", after), ("date_end", before), ("page_size", $"{PageSize}"), ("record_index", $"{from}"), ("order", "asc"))) with
    { WantsToken = true, Note = window.Note };

    /// <remarks>
    /// Its page says that an index counts legs and shows one that counts pages. Read as legs; where that leads past the end before all
    /// were told, shorter stretches are asked for, which need no second page.
    /// </remarks>
    public LogPage Read(CloudRequest asked, CloudAnswer answer, Settings settings)
    {
        var page = JsonPart.Of(answer);
        if (!page["_embedded"]["calls"].IsThere) throw new UnreadableException("_embedded.calls is missing");
        var (query, window, legs) = (Form.OfQuery(asked.Address.Query), LogWindow.Of(asked), page["_embedded"]["calls"].Items.ToList());
        var told = int.Parse(query["record_index"], CultureInfo.InvariantCulture) + legs.Count;
        var isMore = told < page.Number("count");
        if (isMore && legs.Count == 0) return LogPage.TooMany;
        return new LogPage([.. legs.Select(leg => new LogRecord(leg.Raw, GoesOn(leg) ? leg.Instant("start_time") ?? window.From : null))],
            isMore || legs.Count >= PageSize ? [AskFor(new Uri(asked.Address, "/"), query["date_start"], query["date_end"], told, window)] : []);
    }

    public Translation TranslateRecord(Arrival record, Settings settings)
    {
        var told = JsonPart.Of(record);
        var (id, call, status) = (told.Needed("uuid"), new CallKey(record.Connection, told.Needed("conversation_uuid")), told.Word("status"));
        if (status is "answered" or "human" or "machine") status = "completed"; // what was known of it last, and it is over
        if ((told.Instant("start_time") ?? told.Instant("end_time")) is not { } began) return Translation.Ignored("it does not say when") with { About = call.Id };
        if (!IsEnd(status)) return Translation.Unreadable($"status '{Arrival.Clean(status, 40)}' is unknown");
        var (end, (result, cause)) = (told.Instant("end_time") ?? began, status == "completed" ? (AttemptResult.Answered, EndCause.Normal) : EndOf(status));
        LegNews Leg(DateTimeOffset at) => new(call, id, at, AddressIn(told["from"]), AddressIn(told["to"]), settings);
        return Logged(told.Word("direction") switch
        {
            "inbound" => [Leg(began).CameIn(), .. Waits(AddressIn(told["to"]), call, began, settings), Leg(end).Ends(status == "completed" ? EndCause.Unknown : cause, status)],
            "outbound" => [Leg(began).WentOut(), .. status == "completed" ? [Leg(Answered(told, began, end)).Answers()] : Array.Empty<CallEvent>(), Leg(end).Stops(result), Leg(end).Ends(cause, status)],
            var other => throw new UnreadableException($"direction '{Arrival.Clean(other, 40)}' is unknown"),
        });
    }

    /// <summary>Each end is of its leg, as events have it, so that a telephone that was given up ends no call.</summary>
    static Translation Logged(CallEvent[] events) => Translation.Understood([.. events.Select(happened => happened with { Coarse = true, ToldAs = $"log:{happened.Identity}" })]);

    /// <summary>Whether a leg starts when it is dialled or when somebody picks up is not established; how long was talked is.</summary>
    static DateTimeOffset Answered(JsonPart leg, DateTimeOffset began, DateTimeOffset end) =>
        leg.Number("duration") is > 0 and < 1e6 and var seconds && end.AddSeconds(-seconds) is var picked && picked - began > TimeSpan.FromSeconds(1) ? picked : began;

    static bool GoesOn(JsonPart leg) => !leg["end_time"].IsThere && leg.Word("status") is "started" or "ringing" or "answered" or "human" or "machine";

    static string InUtc(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    /// <summary>An object with what a telephone is named by; a leg that we dialled may have them in a list.</summary>
    static string? AddressIn(JsonPart side)
    {
        if (side.Items.Any()) side = side.Items.First();
        if (!side.IsThere) return null;
        return LegNews.InFull(side.Text("number") ?? side.Text("uri") ?? side.Text("user") ?? side.Text()) ?? "";
    }

    // ---- Routing ----

    /// <summary>Of the telephones in one connect only one can be rung.</summary>
    public int TelephonesMax => 1;

    /// <summary>
    /// Asked when a call comes in, when a telephone that was to be connected was not picked up (its events come to an address of
    /// their own and may be answered with what to do instead), and by the notice at the end of a wait.
    /// </summary>
    public RoutingQuestion? QuestionIn(Arrival arrival, Settings settings)
    {
        var (fields, thread, address) = (FieldsOf(arrival), RoutingQuestion.ThreadIn(arrival.Url), RoutingQuestion.Plain(arrival.Url));
        if (thread.Length == 0)
            return IsQuestion(fields) ? new(new(arrival.Connection, fields.Text("conversation_uuid")!), settings.Number(LegNews.InFull(fields.Text("to"))).E164, "", address) : null;
        if (CallOfNotice(arrival) is { } noticed) return new(new(arrival.Connection, noticed), JsonPart.Of(arrival)["payload"].Text("line"), thread, address);
        return fields["direction"] == "outbound" && fields["status"] is "timeout" or "failed" or "rejected" or "unanswered" or "busy" && fields.Text("conversation_uuid") is { } call
            ? new(new(arrival.Connection, call), settings.Number(LegNews.InFull(fields.Text("from"))).E164, thread, address) : null;
    }

    /// <summary>Whoever is listed by name is rung at his number or address; anything else that is no number is the name of a user of an app.</summary>
    public DialString Telephone(string name, Settings settings) => settings.AddressOf(name) is { } address ? DialString.Address(address)
        : name.StartsWith('+') ? DialString.Number(name)
        : name.StartsWith("sip:", StringComparison.Ordinal) ? DialString.Address(name) : DialString.Extension(name);

    /// <remarks>https://developer.vonage.com/en/voice/voice-api/ncco-reference</remarks>
    public RoutingAnswer Say(RoutingStep step, RoutingQuestion question, Settings settings)
    {
        var actions = new List<object>();
        if (step.First is { } spoken) actions.Add(new { action = "talk", text = spoken.Text, language = spoken.Language });
        switch (step)
        {
            case RingStep ring:
                var connect = new Dictionary<string, object>
                {
                    ["action"] = "connect",
                    ["timeout"] = ring.Seconds,
                    ["eventType"] = "synchronous",
                    ["eventUrl"] = new[] { question.AddressFor(ring.Thread) },
                    ["eventMethod"] = "POST",
                    ["endpoint"] = ring.Telephones.Select(Endpoint).ToArray(),
                };
                if (question.Line is { } line) connect["from"] = line.TrimStart('+'); // it shows one of its own numbers or none
                actions.Add(connect);
                break;
            case WaitStep wait:
                actions.Add(wait.Music is { } music
                    ? new { action = "stream", streamUrl = new[] { music.AbsoluteUri } }
                    : new { action = "talk", text = $"<speak><break time=\"{wait.Seconds}s\"/></speak>" });
                actions.Add(new { action = "notify", payload = new { call = question.Call.Id, line = question.Line ?? "" }, eventUrl = new[] { question.AddressFor(wait.Thread) }, eventMethod = "POST" });
                break;
            case MessageStep message:
                actions.Add(new { action = "record", beepStart = true, endOnSilence = 5, timeOut = message.SecondsMax, eventUrl = new[] { $"{question.Address}?{Message}=1" }, eventMethod = "POST" });
                break;
            case HangUpStep:
                break; // at the end of what was said
            default:
                throw new InvalidOperationException($"No words for {step.GetType().Name}.");
        }

        return new(new WebhookReply(200, "application/json", JsonSerializer.Serialize(actions, Written)));
    }

    static readonly JsonSerializerOptions Written = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    static object Endpoint(DialString telephone) => telephone.Text.StartsWith("sip:", StringComparison.Ordinal) ? new { type = "sip", uri = telephone.Text }
        : telephone.Text.TrimStart('+').All(char.IsAsciiDigit) ? new { type = "phone", number = telephone.Text.TrimStart('+') }
        : new { type = "app", user = telephone.Text };

    /// <summary>The notice at the end of a wait brings back which call it was; null for anything else.</summary>
    static string? CallOfNotice(Arrival arrival) => RoutingQuestion.ThreadIn(arrival.Url).Length > 0 && arrival.Method == "POST" && !Form.IsForm(arrival) ? JsonPart.Of(arrival)["payload"].Text("call") : null;

    // ---- News ----

    static Translation Inbound(LegNews leg, string status, string cause, Form fields, CallKey call, DateTimeOffset at, Settings settings)
    {
        switch (status)
        {
            case "started" or "ringing" or "answered":
                return Translation.Understood([leg.CameIn(), .. Waits(fields.Text("to"), call, at, settings)]);
            case "completed":
                // A caller who was talking hung up too; the call knows whether anybody had answered.
                return leg.Ends(fields["disconnected_by"] == "user" ? EndCause.Cancelled : EndCause.Unknown, cause);
            case var _ when IsEnd(status):
                return leg.Ends(EndOf(status).Cause, cause);
            default:
                return Translation.Unreadable($"status '{Arrival.Clean(status, 40)}' is unknown");
        }
    }

    static Translation Outbound(LegNews leg, string status, string cause, Form fields, DateTimeOffset at)
    {
        switch (status)
        {
            case "started":
                return leg.WentOut();
            case "ringing":
                return Translation.Understood(leg.WentOut(), leg.Rings());
            case "answered":
                return Translation.Understood(leg.WentOut(), leg.Answers());
            case "completed":
                // It comes only after somebody picked up.
                var answered = leg.Answers() with { At = fields.Instant("start_time") ?? at, Coarse = true };
                return Translation.Understood(leg.WentOut(), answered, leg.Stops(AttemptResult.Answered), leg.Ends(EndCause.Normal, cause));
            case var _ when IsEnd(status):
                var (result, why) = EndOf(status);
                return Translation.Understood(leg.WentOut(), leg.Stops(result), leg.Ends(why, cause));
            default:
                return Translation.Unreadable($"status '{Arrival.Clean(status, 40)}' is unknown");
        }
    }

    static bool IsEnd(string status) => status is "completed" or "busy" or "cancelled" or "unanswered" or "timeout" or "rejected" or "failed";

    static (AttemptResult Result, EndCause Cause) EndOf(string status) => status switch
    {
        "busy" => (AttemptResult.Busy, EndCause.Busy),
        "cancelled" => (AttemptResult.Cancelled, EndCause.Cancelled),
        "unanswered" or "timeout" => (AttemptResult.NotAnswered, EndCause.NoAnswer),
        "rejected" => (AttemptResult.Declined, EndCause.NoAnswer),
        _ => (AttemptResult.Failed, EndCause.Failed),
    };

    static Translation Moved(Form fields, Arrival arrival)
    {
        var from = new CallKey(arrival.Connection, fields.Text("conversation_uuid_from")!);
        var to = fields.Text("conversation_uuid_to") ?? throw new UnreadableException("conversation_uuid_to is missing");
        var at = fields.Instant("timestamp") ?? arrival.ReceivedAt;
        var told = $"moved:{fields["uuid"]}:{to}";
        return Translation.Understood(
            new CallLinked(from, at, to) { ToldAs = $"{told}:link" }, new Transferred(from, at, TransferKind.Blind, null, null) { ToldAs = told });
    }

    /// <summary>It has no time of its own, and is asked of calls in both directions.</summary>
    static Translation Asked(Form fields, CallKey call, Arrival arrival, Settings settings)
    {
        var id = fields.Text("uuid")!;
        var leg = new LegNews(call, id, arrival.ReceivedAt, AddressIn(fields, fields.Has("from") ? "from" : "from_user"), AddressIn(fields, "to"), settings);
        var started = leg.CameIn();
        var isIn = started.Direction != Direction.Inbound || settings.IsLine(started.To);
        return started with { Coarse = true, Leg = null, Direction = isIn ? started.Direction : Direction.Unknown, ToldAs = $"asked:{id}" };
    }

    static bool IsQuestion(Form fields) => fields.Has("uuid") && fields.Has("conversation_uuid") && fields.Has("to")
        && !fields.Has("status") && !fields.Has("reason") && !fields.Has("timestamp") && !fields.Has("dtmf") && !fields.Has("speech");

    /// <summary>In the queue of the number that was called, if it has one.</summary>
    static IEnumerable<CallEvent> Waits(string? to, CallKey call, DateTimeOffset at, Settings settings)
    {
        var digits = to?.TrimStart('+') ?? "";
        if (digits.Length > 0 && (settings.Queue(digits) ?? settings.Queue("+" + digits) ?? (settings.Number("+" + digits).E164 is { } number ? settings.Queue(number) : null)) is { } queue)
            yield return new QueueJoined(call, at, queue) { ToldAs = $"queue:{queue}" };
    }

    /// <summary>A number that is there and empty is withheld.</summary>
    static string? AddressIn(Form fields, string name) => !fields.Names(name) ? null
        : LegNews.InFull(fields.Text(name)) ?? "";

    static Form FieldsOf(Arrival arrival) => arrival.Method == "GET" ? Form.OfQuery(arrival.Url)
        : Form.IsForm(arrival) ? Form.Of(arrival.Body.Span)
        : arrival.Read<JsonElement>() is { ValueKind: JsonValueKind.Object } body ? Form.Of(body)
        : throw new UnreadableException("not an object");
}
