using System.Text.Json;
using CallCenter.Calls;
using CallCenter.Telephony.Wire;

namespace CallCenter.Telephony.Providers;

/// <summary>Amazon Connect: contact events that EventBridge delivers, and contact records.</summary>
/// <remarks>
/// A contact is a stretch of a call: each transfer makes a new one, and all name the first. It ends when no stretch is left.
/// Events know agents and queues by their ARN only, whose last part is their id here; the settings <c>people</c> and
/// <c>queues</c> name them. Callers' numbers and holds are only in the contact record; where a hold was, not even there, so it
/// is shown at the end. The names of fields are written in either case.
/// What is searched for lists contacts without numbers, so each is asked for; agents and queues have their ids there, and times are seconds.
/// https://docs.aws.amazon.com/connect/latest/adminguide/contact-events.html, https://docs.aws.amazon.com/connect/latest/adminguide/ctr-data-model.html,
/// https://docs.aws.amazon.com/connect/latest/APIReference/API_SearchContacts.html, https://docs.aws.amazon.com/connect/latest/APIReference/API_DescribeContact.html
/// </remarks>
sealed class AmazonConnect : IWebhookProvider, IHasCallLog, ISignsRequests
{
    const string Search = "/search-contacts", Service = "connect";
    const int PageSize = 100, TokenMax = 4096;

    const string DefaultHeader = "x-api-key";
    const double SecondsMax = 7 * 24 * 3600;

    public ProviderInfo Info { get; } = new("amazon-connect", "Amazon Connect",
        new("key", Secret: true, Required: true, Generated: true), new("auth.header", Default: DefaultHeader, Rare: true), new("queues"), new("people"), new("country"),
        new("region"), new("instance_id"), new("access_key_id"), SettingInfo.Credential("secret_access_key"), new(CloudAddress.Setting, Rare: true))
    {
        Proof = "a key in a header",
        Tells = Tells.Progress | Tells.Queues | Tells.Operators | Tells.Holds | Tells.Transfers | Tells.Recordings,
    };

    public IReadOnlyList<string> ContentTypes { get; } = ["application/json"];

    public string ProofHeader(Settings settings) => settings["auth.header"] is { Length: > 0 } header ? header : DefaultHeader;

    public bool IsAuthentic(Arrival arrival, Settings settings) =>
        Signature.ByAnySecret(settings, "key", key => Signature.IsToken(arrival.Header(ProofHeader(settings)), key));

    public WebhookReply ReplyTo(Arrival arrival, Settings settings) => WebhookReply.Ok;

    public Translation Translate(Arrival arrival, Settings settings)
    {
        var body = JsonPart.Of(arrival, loose: true);
        if (body["detail"].IsObject && body["detail"].Text("contactId") is null) return Translation.Ignored($"{body.Text("detail-type") ?? "an event without a contact"} is not about calls");
        var told = body["detail"].IsObject ? body["detail"] : body;
        if (told.Word("channel") is not ("voice" or "")) return Translation.Ignored($"{told.Word("channel")} is not about calls");
        var stretch = new Stretch(told, told.Needed("contactId"), arrival, settings);
        return body["detail"].IsObject ? stretch.Event(body.Instant("time")) : stretch.Record();
    }

    // ---- Call log ----

    /// <remarks>Half a search a second is allowed. A question for each contact: a stretch is short enough for them to have an end.</remarks>
    public CallLogInfo CallLog { get; } = new(TimeSpan.FromSeconds(2), TimeSpan.FromHours(6), "region", "instance_id", "access_key_id", "secret_access_key");

    public CloudRequest Sign(CloudRequest request, Settings settings, DateTimeOffset now) =>
        request.Signed(CloudAddress.Part(settings, "access_key_id"), settings["secret_access_key"], CloudAddress.Part(settings, "region"), Service, now);

    /// <remarks>By when they ended, so that none is missing that went on for long.</remarks>
    public IReadOnlyList<CloudRequest> Ask(LogWindow window, Settings settings) =>
        [SearchFor(new Uri(CloudAddress.Of(settings, $"{Service}.{CloudAddress.Part(settings, "region")}.amazonaws.com"), Search), window, null, settings)];

    static CloudRequest SearchFor(Uri address, LogWindow window, string? token, Settings settings)
    {
        var wish = new Dictionary<string, object>
        {
            ["InstanceId"] = CloudAddress.Part(settings, "instance_id"),
            ["TimeRange"] = new { Type = "DISCONNECT_TIMESTAMP", StartTime = window.From.ToUnixTimeSeconds(), EndTime = window.Until.AddMilliseconds(999).ToUnixTimeSeconds() },
            ["SearchCriteria"] = new { Channels = new[] { "VOICE" } },
            ["MaxResults"] = PageSize,
        };
        if (token is not null) wish["NextToken"] = token;
        return new(HttpMethod.Post, address) { ContentType = "application/json", Body = JsonSerializer.Serialize(wish), Note = window.Note };
    }

    public LogPage Read(CloudRequest asked, CloudAnswer answer, Settings settings)
    {
        var page = JsonPart.Of(answer);
        if (asked.Address.AbsolutePath != Search) return new LogPage([new LogRecord(page["Contact"].IsThere ? page["Contact"].Raw : throw new UnreadableException("Contact is missing"))]);
        if (!page["Contacts"].IsList) throw new UnreadableException("Contacts is missing");
        var (api, instance) = (new Uri(asked.Address, "/"), CloudAddress.Part(settings, "instance_id"));
        var found = page["Contacts"].Items.ToLookup(contact => Time(contact, "DisconnectTimestamp") is not null);
        var contacts = found[true].Select(contact => CloudRequest.Get(CloudAddress.With(api, $"/contacts/{instance}/{Uri.EscapeDataString(contact.Needed("Id"))}")));
        var goOn = found[false].Select(contact => new LogRecord(contact.Raw, Time(contact, "InitiationTimestamp")));
        return new LogPage([.. goOn], page["NextToken"].Text(TokenMax) is { } token ? [.. contacts, SearchFor(asked.Address, LogWindow.Of(asked), token, settings)] : [.. contacts]);
    }

    public Translation TranslateRecord(Arrival record, Settings settings)
    {
        var told = JsonPart.Of(record, loose: true);
        return told.Word("channel") is "voice" or "" ? new Stretch(told, told.Needed("id"), record, settings).Described().GivingWay() : Translation.Ignored($"{told.Word("channel")} is not about calls");
    }

    /// <summary>Seconds as a number, maybe with an exponent; in events a text.</summary>
    static DateTimeOffset? Time(JsonPart told, string name) => told.Number(name) is > 0 and < 4e9 and var seconds ? DateTimeOffset.FromUnixTimeMilliseconds((long)Math.Round(seconds * 1000)) : told.Instant(name);

    // ---- News ----

    /// <param name="contact">Its id.</param>
    sealed class Stretch(JsonPart told, string contact, Arrival arrival, Settings settings)
    {
        readonly CallKey call = new(arrival.Connection, told.Text("initialContactId") ?? contact);
        readonly List<CallEvent> events = [];

        string Method => told.Word("initiationMethod");

        Direction Direction => Method switch
        {
            "inbound" or "webrtc_api" => Direction.Inbound,
            "outbound" or "external_outbound" or "api" or "callback" => Direction.Outbound,
            _ => Direction.Unknown, // as that of the stretch before
        };

        DateTimeOffset? Began => Time(told, "initiationTimestamp");

        /// <summary>The last part of an ARN.</summary>
        static string IdOf(string arn) => arn[(arn.LastIndexOf('/') + 1)..];

        string? Agent => (told["agentInfo"].Text("agentArn") ?? told["agentInfo"].Text("id")) is { } arn ? settings.Person(IdOf(arn)) : null;

        public Translation Event(DateTimeOffset? sent)
        {
            var at = sent ?? arrival.ReceivedAt;
            var type = told.Word("eventType");
            Start(isCoarse: false);
            if (told["queueInfo"].Text("queueArn") is { } queueArn && told["queueInfo"].Instant("enqueueTimestamp") is { } queued) Queue(queueArn, queued);
            switch (type)
            {
                case "initiated":
                    PassedOn(at);
                    break;
                case "queued" or "connected_to_system":
                    break;
                case "connected_to_agent":
                    Answer(told["agentInfo"].Instant("connectedToAgentTimestamp") ?? at);
                    break;
                case "disconnected":
                    if (told["agentInfo"].Instant("connectedToAgentTimestamp") is { } answered) Answer(answered);
                    End(told.Instant("disconnectTimestamp") ?? at, told["agentInfo"].IsObject);
                    break;
                case "completed" or "contact_data_updated" or "paused" or "resumed" or "amd_disabled":
                    return Translation.Ignored($"{type} says nothing of who talks to whom") with { About = call.Id };
                default:
                    return Translation.Unreadable(type.Length == 0 ? "eventType is missing" : $"event '{type}' is unknown");
            }

            return Translation.Understood(events);
        }

        /// <summary>What is written down when a contact is over, some time later.</summary>
        public Translation Record()
        {
            var end = told.Instant("disconnectTimestamp") ?? throw new UnreadableException("disconnectTimestamp is missing");
            var (customer, ours) = (told["customerEndpoint"].Text("address"), told["systemEndpoint"].Text("address"));
            Start(isCoarse: true, customer, ours);
            if (told["queue"].Text("arn") is { } queueArn && told["queue"].Instant("enqueueTimestamp") is { } queued) Queue(queueArn, queued);
            var agent = told["agent"].Text("arn") is { } arn && settings.Person(IdOf(arn)) is var named && named != IdOf(arn) ? named : told["agent"].Text("username");
            if (told["agent"].Instant("connectedToAgentTimestamp") is { } answered)
            {
                Answer(answered, agent, isCoarse: true);
                Hold(Math.Max(answered.ToUnixTimeMilliseconds(), end.ToUnixTimeMilliseconds()) - answered.ToUnixTimeMilliseconds(), end);
            }

            if ((told["recording"].Address("location") ?? told["recordings"].Items.Select(one => one.Address("location")).FirstOrDefault(found => found is not null)) is { } recording)
                events.Add(new RecordingMade(call, end, recording));
            if (told.Instant("transferCompletedTimestamp") is { } passed)
                events.Add(new Transferred(call, passed, TransferKind.Blind, agent, told["transferredToEndpoint"].Text("address")) { ToldAs = $"passed:{contact}" });
            End(end, told["agent"].IsObject);
            return Translation.Understood(events);
        }

        /// <summary>What is known of it when it is asked for: what the events said, and the numbers.</summary>
        public Translation Described()
        {
            var end = Time(told, "disconnectTimestamp") ?? throw new UnreadableException("DisconnectTimestamp is missing");
            Start(isCoarse: false);
            PassedOn(Began ?? end);
            if (told["queueInfo"].Text("id") is { } queue && Time(told["queueInfo"], "enqueueTimestamp") is { } queued) Queue(queue, queued);
            if (Time(told["agentInfo"], "connectedToAgentTimestamp") is { } answered) Answer(answered);
            if (told["recordings"].Items.Select(one => one.Address("location")).FirstOrDefault(found => found is not null) is { } recording) events.Add(new RecordingMade(call, end, recording));
            End(end, told["agentInfo"].IsObject);
            return Translation.Understood(events);
        }

        void PassedOn(DateTimeOffset at)
        {
            if (Method is "transfer" or "queue_transfer" && told.Text("previousContactId") is not null)
                events.Add(new Transferred(call, Began ?? at, TransferKind.Blind, null, null) { ToldAs = $"transfer:{contact}" });
        }

        void Start(bool isCoarse, string? customer = null, string? ours = null)
        {
            customer ??= told["customerEndpoint"].Text("address");
            ours ??= told["systemEndpoint"].Text("address");
            PhoneNumber? outside = customer is null ? null : settings.Number(customer), line = ours is null ? null : settings.Number(ours);
            var isOut = Direction == Direction.Outbound;
            events.Add(new CallStarted(call, Began ?? arrival.ReceivedAt, Direction, isOut ? line : outside, isOut ? outside : line, line?.E164, isOut && !isCoarse ? Agent : null)
            {
                Leg = contact,
                Coarse = isCoarse || Direction == Direction.Unknown,
            });
        }

        void Queue(string arn, DateTimeOffset at) => events.Add(new QueueJoined(call, at, settings.Queue(IdOf(arn)) ?? IdOf(arn)));

        /// <summary>An outbound contact is connected to its agent when the other side picks up.</summary>
        void Answer(DateTimeOffset at, string? agent = null, bool isCoarse = false) => events.Add(Direction == Direction.Outbound
            ? new AttemptAnswered(call, at, contact, told["customerEndpoint"].Text("address") ?? "", LegRole.Outside) { Coarse = isCoarse }
            : new AttemptAnswered(call, at, contact, agent ?? Agent, LegRole.Operator) { Coarse = isCoarse });

        void Hold(long talkMs, DateTimeOffset end)
        {
            if (told["agent"].Number("customerHoldDuration") is not (> 0 and <= SecondsMax and var seconds)) return;
            events.Add(new HoldStarted(call, end.AddMilliseconds(-Math.Min(talkMs, Math.Round(seconds * 1000))), contact) { ToldAs = $"hold:{contact}" });
            events.Add(new HoldEnded(call, end, contact) { ToldAs = $"resumed:{contact}" });
        }

        void End(DateTimeOffset at, bool hasAgent)
        {
            events.Add(new AttemptEnded(call, at, contact, AttemptResult.Answered));
            var reason = told.Word("disconnectReason");
            var cause = reason is "telecom_problem" or "barged" ? EndCause.Failed
                : hasAgent ? EndCause.Normal
                : Direction == Direction.Outbound || reason == "contact_flow_disconnect" ? EndCause.NoAnswer
                : EndCause.Cancelled;
            events.Add(new CallEnded(call, at, cause, reason.Length > 0 ? reason : null) { Leg = contact, Presumed = true });
        }
    }
}
