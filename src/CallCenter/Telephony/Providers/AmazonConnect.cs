using CallCenter.Calls;

namespace CallCenter.Telephony.Providers;

/// <summary>Amazon Connect: contact events that EventBridge delivers, and contact records.</summary>
/// <remarks>
/// A contact is a stretch of a call: each transfer makes a new one, and all name the first. It ends when no stretch is left.
/// Events know agents and queues by their ARN only, whose last part is their id here; the settings <c>people</c> and
/// <c>queues</c> name them. Callers' numbers and holds are only in the contact record; where a hold was, not even there, so it
/// is shown at the end. The names of fields are written in either case.
/// https://docs.aws.amazon.com/connect/latest/adminguide/contact-events.html, https://docs.aws.amazon.com/connect/latest/adminguide/ctr-data-model.html
/// </remarks>
sealed class AmazonConnect : IWebhookProvider
{
    const string DefaultHeader = "x-api-key";
    const double SecondsMax = 7 * 24 * 3600;

    public ProviderInfo Info { get; } = new("amazon-connect", "Amazon Connect",
        new("key", Secret: true, Required: true, Generated: true), new("auth.header", Default: DefaultHeader, Rare: true), new("queues"), new("people"), new("country"))
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
        var stretch = new Stretch(told, arrival, settings);
        return body["detail"].IsObject ? stretch.Event(body.Instant("time")) : stretch.Record();
    }

    sealed class Stretch(JsonPart told, Arrival arrival, Settings settings)
    {
        readonly string contact = told.Needed("contactId");
        readonly CallKey call = new(arrival.Connection, told.Text("initialContactId") ?? told.Needed("contactId"));
        readonly List<CallEvent> events = [];

        string Method => told.Word("initiationMethod");

        Direction Direction => Method switch
        {
            "inbound" or "webrtc_api" => Direction.Inbound,
            "outbound" or "external_outbound" or "api" or "callback" => Direction.Outbound,
            _ => Direction.Unknown, // as that of the stretch before
        };

        DateTimeOffset? Began => told.Instant("initiationTimestamp");

        /// <summary>The last part of an ARN.</summary>
        static string IdOf(string arn) => arn[(arn.LastIndexOf('/') + 1)..];

        string? Agent => told["agentInfo"].Text("agentArn") is { } arn ? settings.Person(IdOf(arn)) : null;

        public Translation Event(DateTimeOffset? sent)
        {
            var at = sent ?? arrival.ReceivedAt;
            var type = told.Word("eventType");
            Start(isCoarse: false);
            if (told["queueInfo"].Text("queueArn") is { } queueArn && told["queueInfo"].Instant("enqueueTimestamp") is { } queued) Queue(queueArn, queued);
            switch (type)
            {
                case "initiated":
                    if (Method is "transfer" or "queue_transfer" && told.Text("previousContactId") is not null)
                        events.Add(new Transferred(call, Began ?? at, TransferKind.Blind, null, null) { ToldAs = $"transfer:{contact}" });
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
