using System.Globalization;
using System.Text.Json;
using CallCenter.Calls;
using CallCenter.Telephony.Wire;

namespace CallCenter.Telephony.Providers;

/// <summary>RingCentral telephony session notifications: the parties of a session, each with its state when that changes.</summary>
/// <remarks>
/// The caller from outside is the party that placed the call and has no extension. Queues and menus are parties with an
/// extension as people are, and nothing in a notification tells them apart: the settings <c>queues</c> and <c>menus</c> name
/// them, else their picking up would pass for an answer. A party that is moved to another session leaves its key behind with
/// <c>peerId</c>. Nothing is signed; a token chosen with the subscription stands in a header of each delivery. The address is
/// tried when the subscription is made: a <c>Validation-Token</c> must come back. Times of one instant are ordered by
/// <c>sequence</c>. Anything but a quick 200 blacklists the subscription.
/// The log has one record for a session with its legs. It does not name parties as notifications do, nor when a telephone began
/// to ring, so of its legs only the first that was accepted is told, and gives way to any answer that was heard.
/// RingOut would call in the name of whose token it is, so calls are placed from the operator's own device.
/// https://developers.ringcentral.com/guide/notifications/webhooks/receiving, https://developers.ringcentral.com/guide/voice/call-routing/manual/telephony-session,
/// https://developers.ringcentral.com/api-reference/Call-Log/readCompanyCallLog, https://developers.ringcentral.com/guide/authentication/jwt-flow,
/// https://developers.ringcentral.com/api-reference/Call-Control/createCallOutCallSession
/// </remarks>
sealed class RingCentral : IWebhookProvider, ICanHangUp, IHasCallLog, IHandsOutTokens, IHasSubscription
{
    const string Header = "Validation-Token", ApiHost = "platform.ringcentral.com";
    const int TokenMax = 200;

    /// <summary>Whose is which device, by its id.</summary>
    const string Devices = "devices";

    public ProviderInfo Info { get; } = new("ringcentral", "RingCentral",
        new("validation_token", Secret: true, Required: true, Generated: true), new("queues"), new("menus"), new("people"), new("country"),
        new("client_id"), SettingInfo.Credential("client_secret"), SettingInfo.Credential("jwt"), Control.Switch, new(Devices), new(CloudAddress.Setting, Default: ApiHost, Rare: true))
    {
        Proof = "a token in a header",
        Tells = Tells.Progress | Tells.Ringing | Tells.Queues | Tells.Operators | Tells.Holds | Tells.Transfers | Tells.Parking | Tells.Voicemail | Tells.Recordings,
    };

    public IReadOnlyList<string> ContentTypes { get; } = ["application/json"];

    public string ProofHeader(Settings settings) => Header;

    public WebhookReply? Greet(Arrival arrival, Settings settings) =>
        arrival.Body.IsEmpty && arrival.Header(Header) is { Length: > 0 and <= TokenMax } token && token.All(letter => letter is > ' ' and < '\x7f')
            ? Received with { Headers = new Dictionary<string, string> { [Header] = token } }
            : null;

    public bool IsAuthentic(Arrival arrival, Settings settings) =>
        Signature.ByAnySecret(settings, "validation_token", token => Signature.IsToken(arrival.Header(Header), token));

    public WebhookReply ReplyTo(Arrival arrival, Settings settings) => Received;

    static readonly WebhookReply Received = new(200, "application/json", "");

    public Translation Translate(Arrival arrival, Settings settings)
    {
        var notice = JsonPart.Of(arrival);
        if (notice["pn_apns"].IsObject) notice = notice["pn_apns"];
        if (notice.Text("event")?.Contains("/telephony/sessions", StringComparison.Ordinal) != true)
            return notice.Text("event") is { } other ? Translation.Ignored($"{other} is not about calls") : Translation.Unreadable("event is missing");

        var body = notice["body"];
        var call = new CallKey(arrival.Connection, body.Needed("telephonySessionId"));
        var at = body.Instant("eventTime") ?? throw new UnreadableException("eventTime is missing");
        var order = body.Number("sequence") is >= 0 and < int.MaxValue and var number ? (int)number : 0;
        var parts = body["parties"].Items.Select(party => new Party(party, call, at, settings).Translate()).ToList();
        var told = parts.Count == 0 ? Translation.Unreadable("parties is missing") : Translation.Together(parts);
        return told with { About = call.Id, Events = [.. told.Events.Select(happened => happened with { Order = order })] };
    }

    // ---- Control ----

    public IReadOnlyList<string> ControlNeeds { get; } = [Devices];

    /// <summary>His device, by its id.</summary>
    public DialString Telephone(string name, Settings settings) => (settings.IdOf(Devices, name) ?? name) is var device && device.All(char.IsAsciiDigit)
        ? DialString.Extension(device)
        : throw new Refusal(RefusalKind.Conflict, "control.setting", Devices);

    public Order Place(Dialling wish, Settings settings) => Tell(HttpMethod.Post, "call-out",
        JsonSerializer.Serialize(new { from = new { deviceId = wish.Telephone.Text }, to = new { phoneNumber = Control.International(wish.Number, settings) } }), settings);

    /// <remarks>Who picked up is a party of the session, and only he leaves it; who called out ends the whole session.</remarks>
    public Order HangUp(DialString leg, Settings settings) => Tell(HttpMethod.Delete,
        "sessions/" + string.Join("/parties/", leg.Text.Split('/', 2).Select(part => Uri.EscapeDataString(DialString.Leg(part).Text))), "", settings);

    static WebOrder Tell(HttpMethod method, string path, string body, Settings settings) => new(
        new CloudRequest(method, CloudAddress.With(CloudAddress.Of(settings, ApiHost), $"/restapi/v1.0/account/~/telephony/{path}")) { WantsToken = true, ContentType = body.Length > 0 ? "application/json" : "", Body = body },
        (status, answer) => CloudDoor.FateOf(status, answer, told => told["session"].Text("id")));

    // ---- Call log ----

    /// <remarks>Its usage plan is "heavy": ten questions a minute.</remarks>
    public CallLogInfo CallLog { get; } = new(TimeSpan.FromSeconds(6), TimeSpan.FromDays(1), "client_id", "client_secret", "jwt");

    public CloudRequest AskForToken(Settings settings) => CloudRequest.Post(CloudAddress.With(CloudAddress.Of(settings, ApiHost), "/restapi/oauth/token"),
        [new("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), new("assertion", settings["jwt"])]).WithBasic(settings["client_id"], settings["client_secret"]);

    public IReadOnlyList<CloudRequest> Ask(LogWindow window, Settings settings) => [AskFor(window, page: 1, settings)];

    static CloudRequest AskFor(LogWindow window, int page, Settings settings) => CloudRequest.Get(CloudAddress.With(CloudAddress.Of(settings, ApiHost), "/restapi/v1.0/account/~/call-log",
        ("view", "Detailed"), ("type", "Voice"), ("dateFrom", Written(window.From)), ("dateTo", Written(window.Until)), ("perPage", "250"), ("page", $"{page}"))) with
    { WantsToken = true };

    public LogPage Read(CloudRequest asked, CloudAnswer answer, Settings settings)
    {
        var page = JsonPart.Of(answer);
        if (!page["records"].IsThere) throw new UnreadableException("records is missing");
        var query = Form.OfQuery(asked.Address.Query);
        var records = page["records"].Items.Select(call => new LogRecord(call.Raw, call.Word("result") == "in progress" ? call.Instant("startTime") : null));
        if (!page["navigation"]["nextPage"].IsThere || !int.TryParse(query["page"], CultureInfo.InvariantCulture, out var number)) return new LogPage([.. records]);
        var next = CloudAddress.With(new Uri(asked.Address, "/"), asked.Address.AbsolutePath,
            ("view", query["view"]), ("type", query["type"]), ("dateFrom", query["dateFrom"]), ("dateTo", query["dateTo"]), ("perPage", query["perPage"]), ("page", $"{number + 1}"));
        return new LogPage([.. records], asked with { Address = next });
    }

    public Translation TranslateRecord(Arrival record, Settings settings) => new Session(JsonPart.Of(record), record, settings).Translate();

    // ---- Subscription ----

    const string Filter = "/restapi/v1.0/account/~/telephony/sessions", Subscribing = "/restapi/v1.0/subscription";
    const int SubscribedSeconds = 7 * 24 * 3600;

    public IReadOnlyList<string> SubscriptionNeeds => CallLog.Needs;

    public CloudRequest Look(SubscriptionWish wish, Settings settings) => CloudRequest.Get(new Uri(CloudAddress.Of(settings, ApiHost), Subscribing)) with { WantsToken = true };

    public SubscriptionStep Next(SubscriptionWish wish, CloudRequest asked, CloudAnswer answer, Settings settings)
    {
        var api = CloudAddress.Of(settings, ApiHost);
        if (asked.Method == HttpMethod.Delete) return Subscribe();
        var told = JsonPart.Of(answer);
        if (asked.Method == HttpMethod.Post) return new FoundSubscription(told.Word("status") == "active", told.Instant("expirationTime"), WasDead: asked.Note == "dead");

        if (!told["records"].IsThere) throw new UnreadableException("records is missing");
        var ours = told["records"].Items.Where(one => one["deliveryMode"].Address("address") == wish.News.AbsoluteUri
            && one["eventFilters"].Items.Any(filter => filter.Text()?.Contains("/telephony/sessions", StringComparison.Ordinal) == true)).ToList();
        var active = ours.Where(one => one.Word("status") == "active").OrderBy(one => one.Instant("expirationTime")).ToList();
        if (active is [.., var best])
            return best.Instant("expirationTime") is { } end && end < wish.RenewBefore
                ? new CloudRequest(HttpMethod.Post, new Uri(api, $"{Subscribing}/{Uri.EscapeDataString(best.Needed("id"))}/renew")) { WantsToken = true, ContentType = "application/json", Body = "{}" }
                : new FoundSubscription(true, best.Instant("expirationTime"));
        // One that it has blacklisted never works again.
        return ours is [var dead, ..]
            ? new CloudRequest(HttpMethod.Delete, new Uri(api, $"{Subscribing}/{Uri.EscapeDataString(dead.Needed("id"))}")) { WantsToken = true }
            : Subscribe();

        CloudRequest Subscribe() => new(HttpMethod.Post, new Uri(api, Subscribing))
        {
            WantsToken = true,
            Note = "dead",
            ContentType = "application/json",
            Body = JsonSerializer.Serialize(new
            {
                eventFilters = new[] { Filter },
                expiresIn = SubscribedSeconds,
                deliveryMode = new { transportType = "WebHook", address = wish.News.AbsoluteUri, validationToken = settings["validation_token"] },
            }),
        };
    }

    static string Written(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    static string? NameIn(JsonPart side, string? id, Settings settings) => id is not null && settings.Person(id) is var named && named != id ? named : side.Text("name") ?? id ?? side.Text("extensionNumber");

    /// <summary>A session as the log has it.</summary>
    sealed class Session(JsonPart told, Arrival record, Settings settings)
    {
        readonly CallKey call = new(record.Connection, told.Needed("telephonySessionId"));
        readonly DateTimeOffset began = told.Instant("startTime") ?? throw new UnreadableException("startTime is missing");
        readonly string result = told.Word("result");
        readonly List<CallEvent> events = [];

        DateTimeOffset Ended => began + (told.Number("durationMs") is >= 0 and < 1e9 and var ms ? TimeSpan.FromMilliseconds(ms) : TimeSpan.FromSeconds(told.Number("duration") is >= 0 and < 1e6 and var seconds ? seconds : 0));

        public Translation Translate()
        {
            if (told.Word("type") is not ("voice" or "")) return Translation.Ignored("no call of people");
            var (from, to) = (told["from"], told["to"]);
            var isInside = IsExtension(from) && IsExtension(to);
            var isOutbound = told.Word("direction") == "outbound";
            var (caller, callee) = (isInside || isOutbound ? Number(from, isInside) : settings.Number(from.Text("phoneNumber")), Number(to, isInside));
            var direction = isInside ? Direction.Internal : isOutbound ? Direction.Outbound : Direction.Inbound;
            var line = isInside ? null : isOutbound ? caller?.E164 : callee?.E164;
            Add(new CallStarted(call, began, direction, caller, callee, line, isOutbound || isInside ? NameIn(from, from.Text("extensionId") ?? told["extension"].Text("id"), settings) : null), "start");
            var legs = told["legs"].Items.ToList();
            foreach (var leg in legs)
                if (leg["extension"].Text("id") is { } id && settings.Queue(id) is { } queue)
                    Add(new QueueJoined(call, leg.Instant("startTime") ?? began, queue), $"queue:{queue}");
            if (result == "voicemail" || told["message"].IsThere) Add(new VoicemailLeft(call, Ended), "voicemail");
            Answer(isOutbound, callee, legs);
            foreach (var recording in legs.Append(told))
                if (recording["recording"].Text("id") is { } reference) Add(new RecordingMade(call, Ended, reference), $"recording:{reference}");
            Add(new CallEnded(call, Ended, CauseOf(), told.Text("reason") ?? told.Text("result")), "end");
            return Translation.Understood(events);
        }

        void Add(CallEvent fact, string name) => events.Add(fact with { Coarse = true, ToldAs = $"log:{name}" });

        static bool IsExtension(JsonPart side) => side.Text("extensionNumber") is not null && side.Text("phoneNumber") is null;

        PhoneNumber? Number(JsonPart side, bool isInside) => isInside ? PhoneNumber.Internal(side.Text("extensionNumber")!)
            : side.Text("phoneNumber") is { } number ? settings.Number(number) : side.Text("extensionNumber") is { } extension ? PhoneNumber.Internal(extension) : null;

        static bool IsTaken(string result) => result is "accepted" or "call connected" or "connected" or "answered";

        /// <summary>Who took it first: a person's leg, not a queue's or a menu's.</summary>
        void Answer(bool isOutbound, PhoneNumber? callee, List<JsonPart> legs)
        {
            if (!IsTaken(result)) return;
            if (isOutbound)
            {
                Add(new AttemptAnswered(call, began, "", callee?.E164 ?? callee?.Raw ?? "", LegRole.Outside), "answer");
                return;
            }

            foreach (var leg in legs.Where(leg => IsTaken(leg.Word("result"))).OrderBy(leg => leg.Instant("startTime") ?? began))
                if (leg["extension"].Text("id") is { } id && settings.Queue(id) is null && !settings.IsListed("menus", id))
                {
                    Add(new AttemptAnswered(call, leg.Instant("startTime") ?? began, "", NameIn(leg[leg.Word("direction") == "outbound" ? "from" : "to"], id, settings), LegRole.Operator), "answer");
                    return;
                }
        }

        EndCause CauseOf() => result switch
        {
            _ when IsTaken(result) => EndCause.Normal,
            "hang up" or "abandoned" or "cancelled" or "stopped" => EndCause.Cancelled,
            "missed" or "no answer" or "voicemail" or "rejected" or "declined" or "reply" or "answered not accepted" => EndCause.NoAnswer,
            "busy" => EndCause.Busy,
            "received" or "" => EndCause.Unknown,
            _ => EndCause.Failed,
        };
    }

    sealed class Party(JsonPart told, CallKey call, DateTimeOffset at, Settings settings)
    {
        readonly string id = told.Needed("id"), code = told["status"].Word("code"), reason = told["status"].Text("reason") ?? "";
        readonly string? extension = told.Text("extensionId");
        readonly List<CallEvent> events = [];

        string Other => told["status"]["peerId"].Text("telephonySessionId") ?? "";

        bool IsMenu => extension is not null && settings.IsListed("menus", extension);

        string? Queue => extension is null ? null : settings.Queue(extension);

        string NameOf(JsonPart side, string? id) => NameIn(side, id, settings) ?? "";

        string Me => NameOf(told["to"], extension ?? told["to"].Text("extensionId"));

        bool IsPassedOn => reason is "BlindTransfer" or "AttendedTransfer" or "RccTransfer" or "DtmfTransfer" or "CallFlip" || code == "gone";

        public Translation Translate()
        {
            if (Other.Length > 0 && Other != call.Id) events.Add(new CallLinked(call, at, Other) { ToldAs = $"peer:{Other}" });
            if (told["status"]["recordings"].IsThere || told["recordings"].IsThere) AddRecordings();
            var isKnown = told.Word("direction") switch
            {
                "outbound" => Places(),
                "inbound" when IsMenu => code.Length > 0,
                "inbound" when Queue is { } queue => Waits(queue),
                "inbound" => IsCalled(),
                _ => false,
            };
            return !isKnown ? new Translation(Verdict.Unreadable, $"code '{Arrival.Clean(code, 40)}' is unknown", events)
                : events.Count > 0 ? Translation.Understood(events)
                : Translation.Ignored("a menu says nothing of who talks to whom");
        }

        void AddRecordings()
        {
            foreach (var recording in told["recordings"].Items)
                if (recording.Text("id") is { } reference) events.Add(new RecordingMade(call, at, reference) { ToldAs = $"recording:{reference}" });
        }

        /// <summary>Who placed the call: somebody outside, or one of the company's people.</summary>
        bool Places()
        {
            Start();
            switch (code)
            {
                case "setup" or "proceeding" or "answered" or "voicemail" or "vmscreening" or "voicemailscreening" or "faxreceive":
                    if (code == "answered" && extension is not null) events.Add(new HoldEnded(call, at, id));
                    return true;
                case "hold":
                    if (extension is not null) events.Add(new HoldStarted(call, at, id));
                    return true;
                case "parked":
                    Park();
                    return true;
                case "disconnected" or "gone" when IsPassedOn:
                    // Whom he passed on goes on without him.
                    events.Add(new Transferred(call, at, Kind, extension is null ? null : NameOf(told["from"], extension), null));
                    events.Add(new CallEnded(call, at, EndCause.Unknown, reason) { Leg = id, Presumed = true });
                    return true;
                case "disconnected":
                    events.Add(new CallEnded(call, at, CauseOf(), reason) { Leg = id });
                    return true;
                default:
                    return false;
            }
        }

        void Start()
        {
            var (from, to) = (told["from"], told["to"]);
            // What was dialled may have become the extension it led to.
            PhoneNumber? Outside(JsonPart side) => side.Text("phoneNumber") is { } number ? settings.Number(number) : null;
            var isInside = extension is not null && (to.Text("extensionId") is not null || to.Text("phoneNumber") is { Length: <= 6 });
            var started = extension is null
                ? new CallStarted(call, at, Direction.Inbound, settings.Number(from.Text("phoneNumber")), Outside(to), Outside(to)?.E164, CallerName: from.Text("name"))
                : isInside
                    ? new CallStarted(call, at, Direction.Internal, PhoneNumber.Internal(from.Text("extensionNumber") ?? from.Text("phoneNumber") ?? extension),
                        PhoneNumber.Internal(to.Text("phoneNumber") ?? to.Text("extensionNumber") ?? to.Text("extensionId") ?? ""), Operator: NameOf(from, extension))
                    : new CallStarted(call, at, Direction.Outbound, Outside(from), Outside(to), Outside(from)?.E164, NameOf(from, extension));
            events.Add(started with { Leg = id, ToldAs = $"start:{id}" });
        }

        bool Waits(string queue)
        {
            switch (code)
            {
                case "setup" or "proceeding" or "answered" or "hold":
                    events.Add(new QueueJoined(call, at, queue) { ToldAs = $"queue:{id}" });
                    return true;
                case "voicemail":
                    events.Add(new VoicemailLeft(call, at));
                    return true;
                case "disconnected" or "gone":
                    events.Add(new QueueLeft(call, at, queue, reason switch { "AgentAnswered" => QueueExit.Answered, "NoAnswer" or "Timeout" => QueueExit.TimedOut, _ => QueueExit.Unknown }));
                    return true;
                default:
                    return false;
            }
        }

        string Whom => extension is not null ? Me : told["to"].Text("phoneNumber") is { } number ? settings.Number(number) is var outside ? outside.E164 ?? outside.Raw : number : "";

        LegRole Role => extension is null ? LegRole.Outside : LegRole.Operator;

        /// <summary>A telephone that the call goes to.</summary>
        bool IsCalled()
        {
            switch (code)
            {
                case "setup" or "proceeding":
                    events.Add(new AttemptStarted(call, at, id, Whom, Role) { ToldAs = $"ring:{id}" });
                    return true;
                case "answered":
                    events.Add(new AttemptAnswered(call, at, id, Whom, Role) { Handle = $"{call.Id}/{id}" });
                    events.Add(new HoldEnded(call, at, id)); // taken from hold is told in the same word
                    return true;
                case "hold":
                    events.Add(new HoldStarted(call, at, id));
                    return true;
                case "parked":
                    Park();
                    return true;
                case "voicemail" or "vmscreening" or "voicemailscreening":
                    events.Add(new VoicemailLeft(call, at) { ToldAs = "voicemail" });
                    events.Add(new AttemptEnded(call, at, id, AttemptResult.NotAnswered));
                    return true;
                case "faxreceive":
                    events.Add(new AttemptEnded(call, at, id, AttemptResult.NotAnswered));
                    return true;
                case "disconnected" or "gone":
                    if (IsPassedOn && extension is not null) events.Add(new Transferred(call, at, Kind, Me, null));
                    events.Add(new AttemptEnded(call, at, id, ResultOf(), Whom, Role));
                    events.Add(new CallEnded(call, at, CauseOf(), reason) { Presumed = true });
                    return true;
                default:
                    return false;
            }
        }

        void Park() => events.Add(new Parked(call, at, told["status"]["parkData"].Text("id") ?? told["park"].Text("id"), extension is null ? null : Me));

        TransferKind Kind => reason == "AttendedTransfer" ? TransferKind.Attended : TransferKind.Blind;

        AttemptResult ResultOf() => IsPassedOn ? AttemptResult.TransferredOut : reason switch
        {
            "AgentAnswered" or "Pickup" or "TakeOver" => AttemptResult.AnsweredElsewhere,
            "NoAnswer" or "Timeout" or "Voicemail" => AttemptResult.NotAnswered,
            "TargetBusy" => AttemptResult.Busy,
            "Rejected" or "CallReplied" => AttemptResult.Declined,
            "InternalError" or "InvalidNumber" or "InternationalDisabled" or "DestinationBlocked" or "NotEnoughFunds" or "NoSuchUser" => AttemptResult.Failed,
            _ => told.IsTrue("missedCall") ? AttemptResult.NotAnswered : AttemptResult.Cancelled,
        };

        EndCause CauseOf() => reason switch
        {
            "NoAnswer" or "Timeout" or "Voicemail" or "Rejected" => EndCause.NoAnswer,
            "Cancelled" => EndCause.Cancelled,
            "TargetBusy" => EndCause.Busy,
            "InternalError" or "InvalidNumber" or "InternationalDisabled" or "DestinationBlocked" or "NotEnoughFunds" or "NoSuchUser" => EndCause.Failed,
            _ => EndCause.Unknown,
        };
    }
}
