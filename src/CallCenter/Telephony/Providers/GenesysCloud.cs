using CallCenter.Calls;

namespace CallCenter.Telephony.Providers;

/// <summary>Genesys Cloud CX: whole conversations, sent by EventBridge whenever something of them changes.</summary>
/// <remarks>
/// A conversation lists everybody who ever took part, with when they came, picked up and left; so each message tells all there
/// is to tell, again. Menus and queues are participants that "connect" too: only <c>purpose</c> tells who is a person. Who was
/// put on hold is only told while he is, so its end is the first message that says nothing of it. Queues and people are known
/// by their ids; the settings <c>queues</c> and <c>people</c> name them.
/// https://developer.genesys.cloud/notificationsalerts/notifications/available-topics, https://help.mypurecloud.com/articles/about-the-amazon-eventbridge-integration/
/// </remarks>
sealed class GenesysCloud : IWebhookProvider
{
    const string DefaultHeader = "x-api-key";

    public ProviderInfo Info { get; } = new("genesys-cloud", "Genesys Cloud",
        new("key", Secret: true, Required: true, Generated: true), new("auth.header", Default: DefaultHeader, Rare: true), new("queues"), new("people"), new("country"))
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
