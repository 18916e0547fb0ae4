using System.Globalization;
using System.Text;
using System.Text.Json;
using CallCenter.Calls;
using CallCenter.Telephony.Wire;

namespace CallCenter.Telephony.Providers;

/// <summary>Genesys Cloud CX: whole conversations, sent by EventBridge whenever something of them changes.</summary>
/// <remarks>
/// A conversation lists everybody who ever took part, with when they came, picked up and left; so each message tells all there
/// is to tell, again. Menus and queues are participants that "connect" too: only <c>purpose</c> tells who is a person. Who was
/// put on hold is only told while he is, so its end is the first message that says nothing of it. Queues and people are known
/// by their ids; the settings <c>queues</c> and <c>people</c> name them.
/// The log tells of the same participants in other words: what each did, one thing after the other, of which holds are left
/// out because messages do not know when they end. It finds every conversation that went on in a stretch.
/// https://developer.genesys.cloud/notificationsalerts/notifications/available-topics, https://help.mypurecloud.com/articles/about-the-amazon-eventbridge-integration/,
/// https://developer.genesys.cloud/analyticsdatamanagement/analytics/detail/conversation-query, https://developer.genesys.cloud/authorization/platform-auth/use-client-credentials
/// </remarks>
sealed class GenesysCloud : IWebhookProvider, IHasCallLog, IHandsOutTokens
{
    /// <summary>The most it tells at once, and so many conversations a question goes through.</summary>
    const int PageSize = 100, FoundMax = 10_000;

    const string DefaultHeader = "x-api-key";

    public ProviderInfo Info { get; } = new("genesys-cloud", "Genesys Cloud",
        new("key", Secret: true, Required: true, Generated: true), new("auth.header", Default: DefaultHeader, Rare: true), new("queues"), new("people"), new("country"),
        new(CloudAddress.Setting), new("client_id"), SettingInfo.Credential("client_secret"))
    {
        Proof = "a key in a header",
        Tells = Tells.Progress | Tells.Ringing | Tells.Queues | Tells.Operators | Tells.Holds | Tells.Transfers | Tells.Voicemail,
    };

    public IReadOnlyList<string> ContentTypes { get; } = ["application/json"];

    public string ProofHeader(Settings settings) => settings["auth.header"] is { Length: > 0 } header ? header : DefaultHeader;

    public bool IsAuthentic(Arrival arrival, Settings settings) =>
        Signature.ByAnySecret(settings, "key", key => Signature.IsToken(arrival.Header(ProofHeader(settings)), key));

    public WebhookReply ReplyTo(Arrival arrival, Settings settings) => WebhookReply.Ok;

    public Translation Translate(Arrival arrival, Settings settings)
    {
        var body = JsonPart.Of(arrival);
        var sent = body.Instant("time") ?? arrival.ReceivedAt;
        if (body["detail"].IsObject) body = body["detail"];
        var topic = body.Text("topicName") ?? "";
        if (!topic.Contains(".conversations", StringComparison.Ordinal)) return topic.Length == 0 ? Translation.Unreadable("topicName is missing") : Translation.Ignored($"{topic} is not about calls");
        var conversation = body["eventBody"];
        return new News(conversation, new CallKey(arrival.Connection, conversation.Needed("id")), sent, settings).Translate();
    }

    // ---- Call log ----

    public CallLogInfo CallLog { get; } = new(TimeSpan.FromSeconds(1), TimeSpan.FromDays(1), CloudAddress.Setting, "client_id", "client_secret");

    public CloudRequest AskForToken(Settings settings) => CloudRequest.Post(CloudAddress.With(CloudAddress.Beside(CloudAddress.Of(settings, ""), "login."), "/oauth/token"),
        [new("grant_type", "client_credentials")]).WithBasic(settings["client_id"], settings["client_secret"]);

    public IReadOnlyList<CloudRequest> Ask(LogWindow window, Settings settings) => [AskFor(window, page: 1, settings)];

    static CloudRequest AskFor(LogWindow window, int page, Settings settings) => new(HttpMethod.Post, CloudAddress.With(CloudAddress.Of(settings, ""), "/api/v2/analytics/conversations/details/query"))
    {
        WantsToken = true,
        Note = window.Note,
        ContentType = "application/json",
        Body = JsonSerializer.Serialize(new { interval = $"{Written(window.From)}/{Written(window.Until)}", order = "asc", orderBy = "conversationStart", paging = new { pageSize = PageSize, pageNumber = page } }),
    };

    public LogPage Read(CloudRequest asked, CloudAnswer answer, Settings settings)
    {
        var page = JsonPart.Of(answer);
        if (!page.IsObject) throw new UnreadableException("conversations is missing"); // where there are none it leaves the list out
        if (page.Number("totalHits") > FoundMax) return LogPage.TooMany;
        var number = (int)JsonPart.Of(Encoding.UTF8.GetBytes(asked.Body), "the question")["paging"].Number("pageNumber")!.Value;
        return new LogPage([.. page["conversations"].Items.Select(one => new LogRecord(one.Raw, one["conversationEnd"].IsThere ? null : one.Instant("conversationStart")))],
            page.Number("totalHits") > number * PageSize ? [AskFor(LogWindow.Of(asked), number + 1, settings)] : []);
    }

    public Translation TranslateRecord(Arrival record, Settings settings)
    {
        var told = JsonPart.Of(record);
        var call = new CallKey(record.Connection, told.Needed("conversationId"));
        var everybody = told["participants"].Items.SelectMany(one => one["sessions"].Items.Where(session => session.Word("mediaType") == "voice").Select((session, number) => AsMessage(one, session, number))).ToList();
        if (everybody.Count == 0) return Translation.Ignored("no call of people") with { About = call.Id };
        var conversation = JsonPart.Of(JsonSerializer.SerializeToUtf8Bytes(new { participants = everybody }), "the conversation");
        return new News(conversation, call, told.Instant("conversationEnd") ?? record.ReceivedAt, settings).Translate().GivingWay();
    }

    /// <summary>A participant as the last message would have had him.</summary>
    static Dictionary<string, object?> AsMessage(JsonPart one, JsonPart session, int number)
    {
        var did = session["segments"].Items.Where(segment => segment.Word("segmentType") is not "wrapup").OrderBy(segment => segment.Instant("segmentStart")).ToList();
        var talked = did.Find(segment => segment.Word("segmentType") is "interact" or "hold" or "parked" or "voicemail");
        var last = did.LastOrDefault();
        return new()
        {
            ["id"] = number == 0 ? one.Needed("participantId") : $"{one.Needed("participantId")}:{number}",
            ["purpose"] = one.Text("purpose"),
            ["name"] = one.Text("participantName"),
            ["direction"] = session.Text("direction"),
            ["ani"] = session.Text("ani"),
            ["dnis"] = session.Text("dnis"),
            ["startTime"] = did.FirstOrDefault().Text("segmentStart"),
            ["connectedTime"] = talked.Text("segmentStart"),
            ["endTime"] = last.Text("segmentEnd"),
            ["disconnectType"] = last.Text("disconnectType") is { } how ? Dotted(how) : null,
            ["errorInfo"] = new { code = last.Text("errorCode") },
            ["user"] = new { id = one.Text("userId") },
            ["queue"] = new { id = did.Find(segment => segment["queueId"].IsThere).Text("queueId") },
        };
    }

    /// <summary>One vocabulary written in two ways: <c>noAnswerTransfer</c> here, <c>transfer.noanswer</c> there.</summary>
    static string Dotted(string how) => how switch
    {
        "transportFailure" => "transport.failure",
        "dndEndpoint" => "endpoint.dnd",
        _ when how.EndsWith("Transfer", StringComparison.Ordinal) => $"transfer.{how[..^"Transfer".Length].ToLowerInvariant()}",
        _ => how,
    };

    static string Written(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    // ---- News ----

    sealed class News(JsonPart conversation, CallKey call, DateTimeOffset sent, Settings settings)
    {
        readonly List<JsonPart> everybody = [.. conversation["participants"].Items];
        readonly List<CallEvent> events = [];

        static bool IsCustomer(JsonPart one) => one.Word("purpose") is "customer" or "external";

        static bool IsPerson(JsonPart one) => one.Word("purpose") is "agent" or "user";

        static bool IsPassedOn(JsonPart one) => one.Word("disconnectType").StartsWith("transfer", StringComparison.Ordinal);

        string NameOf(JsonPart one) => one["user"].Text("id") is { } id ? settings.Person(id) : one.Text("name") ?? "";

        PhoneNumber? Number(JsonPart one, string name) => one.Text(name) is { } address ? settings.Number(address.StartsWith("tel:", StringComparison.Ordinal) ? address[4..] : address) : null;

        bool IsInternal => !everybody.Exists(IsCustomer);

        public Translation Translate()
        {
            foreach (var one in everybody)
                switch (one.Word("purpose"))
                {
                    case "customer" or "external": Customer(one); break;
                    case "acd": Queue(one); break;
                    case "agent" or "user": Person(one); break;
                    case "voicemail" when one.Instant("connectedTime") is { } at: events.Add(new VoicemailLeft(call, at) { ToldAs = "voicemail" }); break;
                }

            if (IsInternal && everybody.Exists(IsPerson)) Internal();
            return events.Count > 0 ? Translation.Understood(events) : Translation.Ignored("it says nothing of who talks to whom") with { About = call.Id };
        }

        static bool IsOut(JsonPart one) => one.Word("direction") == "outbound";

        void Customer(JsonPart one)
        {
            var start = one.Instant("startTime") ?? one.Instant("connectedTime") ?? sent;
            var id = one.Needed("id");
            if (IsOut(one))
            {
                var (ours, theirs) = (Number(one, "ani"), Number(one, "address") ?? Number(one, "dnis"));
                events.Add(new CallStarted(call, start, Direction.Outbound, ours, theirs, ours?.E164, everybody.Find(IsPerson) is { IsObject: true } dialler ? NameOf(dialler) : null));
                events.Add(new AttemptStarted(call, start, id, theirs?.E164 ?? theirs?.Raw ?? "", LegRole.Outside));
                if (one.Instant("connectedTime") is { } answered) events.Add(new AttemptAnswered(call, answered, id));
            }
            else
            {
                var line = Number(one, "dnis");
                events.Add(new CallStarted(call, start, Direction.Inbound, Number(one, "ani") ?? Number(one, "address") ?? settings.Number(""), line, line?.E164, CallerName: one.Text("name")));
            }

            if (one.Instant("endTime") is not { } end) return;
            var (result, cause) = EndOf(one);
            if (IsOut(one)) events.Add(new AttemptEnded(call, end, id, result));
            events.Add(new CallEnded(call, end, cause, one.Text("disconnectType")));
        }

        static (AttemptResult Result, EndCause Cause) EndOf(JsonPart one)
        {
            var error = $"{one["errorInfo"].Text("code")} {one["errorInfo"].Text("message")}";
            return one.Word("disconnectType") switch
            {
                "uncallable" or "error" or "transport.failure" => (AttemptResult.Failed, EndCause.Failed),
                "timeout" => (AttemptResult.NotAnswered, EndCause.NoAnswer),
                "client" when IsOut(one) => (AttemptResult.Cancelled, EndCause.Cancelled),
                "endpoint" when error.Contains("busy", StringComparison.OrdinalIgnoreCase) => (AttemptResult.Busy, EndCause.Busy),
                "endpoint" when IsOut(one) => (AttemptResult.NotAnswered, EndCause.NoAnswer),
                "endpoint" or "client" => (AttemptResult.Cancelled, EndCause.Cancelled),
                _ => (AttemptResult.NotAnswered, EndCause.Unknown),
            };
        }

        void Queue(JsonPart one)
        {
            if ((one["queue"].Text("id") ?? one["conversationRoutingData"]["queue"].Text("id")) is not { } id || (one.Instant("connectedTime") ?? one.Instant("startTime")) is not { } joined) return;
            var queue = settings.Queue(id) ?? id;
            events.Add(new QueueJoined(call, joined, queue));
            if (one.Instant("endTime") is not { } end) return;
            // Left together with the caller, or for the person who picked up at that moment.
            var exit = everybody.Exists(other => IsCustomer(other) && other.Instant("endTime") == end) ? QueueExit.Abandoned
                : everybody.Exists(other => IsPerson(other) && other.Instant("connectedTime") is { } at && (at - end).Duration() < TimeSpan.FromSeconds(1)) ? QueueExit.Answered
                : QueueExit.Unknown;
            events.Add(new QueueLeft(call, end, queue, exit));
        }

        void Person(JsonPart one)
        {
            var (id, start, connected, end) = (one.Needed("id"), one.Instant("startTime"), one.Instant("connectedTime"), one.Instant("endTime"));
            if (start is null) return;
            // Who dials is no telephone that rings.
            if (!IsOut(one) && !(IsInternal && everybody.Find(IsPerson).Text("id") == id))
            {
                events.Add(new AttemptStarted(call, start.Value, id, NameOf(one)));
                if (connected is { } answered) events.Add(new AttemptAnswered(call, answered, id, NameOf(one), LegRole.Operator));
                if (end is { } stopped) events.Add(new AttemptEnded(call, stopped, id, ResultOf(one, connected is not null)));
            }

            if (connected is not null && end is { } left && IsPassedOn(one))
                events.Add(new Transferred(call, left, one.Word("disconnectType").Contains("consult", StringComparison.Ordinal) ? TransferKind.Attended : TransferKind.Blind, NameOf(one), null));
            if (one.Instant("startHoldTime") is { } held) events.Add(new HoldStarted(call, held, id));
            else if (connected is not null && end is null && !one.IsTrue("held")) events.Add(new HoldEnded(call, sent, id));
        }

        static AttemptResult ResultOf(JsonPart one, bool isAnswered) => isAnswered
            ? IsPassedOn(one) ? AttemptResult.TransferredOut : AttemptResult.Answered
            : one.Word("disconnectType") switch
            {
                "transfer.noanswer" or "timeout" or "transfer.notavailable" => AttemptResult.NotAnswered,
                "client" or "transfer.dnd" or "endpoint.dnd" => AttemptResult.Declined,
                "error" or "transport.failure" => AttemptResult.Failed,
                _ => AttemptResult.Cancelled,
            };

        /// <summary>Two colleagues, the first of whom dialled.</summary>
        void Internal()
        {
            var (first, second) = (everybody.Find(IsPerson), everybody.FindAll(IsPerson).Skip(1).FirstOrDefault());
            events.Add(new CallStarted(call, first.Instant("startTime") ?? sent, Direction.Internal, PhoneNumber.Internal(NameOf(first)),
                second.IsObject ? PhoneNumber.Internal(NameOf(second)) : null, Operator: NameOf(first)));
            var ends = everybody.Where(IsPerson).Select(one => one.Instant("endTime")).ToList();
            if (ends.TrueForAll(end => end is not null)) events.Add(new CallEnded(call, ends.Max()!.Value, EndCause.Unknown, first.Text("disconnectType")));
        }
    }
}
