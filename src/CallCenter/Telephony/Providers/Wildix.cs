using CallCenter.Calls;

namespace CallCenter.Telephony.Providers;

/// <summary>Wildix PBX webhooks: a call as it stands, when it begins, changes and ends.</summary>
/// <remarks>
/// Who is called changes while the call is passed on; that the end still says <c>CONNECTING</c> means that nobody ever
/// answered. The signature is over the bytes as sent.
/// https://github.com/Wildix/wildix-webhook-example
/// </remarks>
sealed class Wildix : IWebhookProvider
{
    const string Header = "x-signature";

    public ProviderInfo Info { get; } = new("wildix", "Wildix",
        new("secret", Secret: true, Required: true), new("country"), new("people"))
    {
        Proof = "HMAC-SHA256 of the body",
        Tells = Tells.Progress | Tells.Ringing | Tells.Queues | Tells.Operators | Tells.Holds,
    };

    public IReadOnlyList<string> ContentTypes { get; } = ["application/json"];

    public string ProofHeader(Settings settings) => Header;

    public bool IsAuthentic(Arrival arrival, Settings settings) =>
        Signature.ByAnySecret(settings, "secret", secret => Signature.IsHmacSha256(arrival.Header(Header), secret, arrival.Body.Span));

    public WebhookReply ReplyTo(Arrival arrival, Settings settings) => WebhookReply.Ok;

    public Translation Translate(Arrival arrival, Settings settings)
    {
        var body = JsonPart.Of(arrival);
        var type = body.Word("type");
        if (!type.StartsWith("call:", StringComparison.Ordinal)) return type.Length == 0 ? Translation.Unreadable("type is missing") : Translation.Ignored($"{type} is not about calls");
        var call = new CallKey(arrival.Connection, body.Needed("id"));
        return new News(type, body["data"], call, body.Instant("time") ?? arrival.ReceivedAt, settings).Translate();
    }

    sealed class News(string type, JsonPart told, CallKey call, DateTimeOffset at, Settings settings)
    {
        readonly JsonPart caller = told["caller"], callee = told["callee"];

        static bool IsOurs(JsonPart side) => side.Word("type") == "local";

        bool IsOut => IsOurs(caller) && (callee.IsObject ? !IsOurs(callee) : told.Text("destination") is { Length: > 6 });

        string NameOf(JsonPart side) => side.Text("userExtension") is { } extension && settings.Person(extension) is var named && named != extension ? named
            : side.Text("name") ?? side.Text("userExtension") ?? side.Text("phone") ?? "";

        string Leg => callee.Text("phone") ?? callee.Text("userExtension") ?? "callee";

        string Whom => IsOut ? Outside.E164 ?? Outside.Raw : NameOf(callee);

        PhoneNumber Outside => settings.Number(callee.Text("phone") ?? told.Text("destination"));

        LegRole Role => IsOut ? LegRole.Outside : LegRole.Operator;

        public Translation Translate()
        {
            List<CallEvent> events = [Started()];
            if (!IsOut && (told.Text("queueName") ?? told.Text("queueId")) is { } queue) events.Add(new QueueJoined(call, at, queue) { ToldAs = $"queue:{queue}" });
            var status = told.Word("status");
            switch (type)
            {
                case "call:start" or "call:update":
                    if (status == "connecting" && callee.IsObject) events.Add(new AttemptStarted(call, at, Leg, Whom, Role) { ToldAs = $"ring:{Leg}" });
                    else if (status == "talking")
                    {
                        events.Add(new AttemptAnswered(call, at, Leg, Whom, Role));
                        events.Add(new HoldEnded(call, at, Leg));
                    }
                    else if (status == "held") events.Add(new HoldStarted(call, at, Leg));
                    else if (status != "connecting") return new Translation(Verdict.Unreadable, $"status '{Arrival.Clean(status, 40)}' is unknown", events);
                    break;
                case "call:end":
                    var (result, cause) = EndOf(status);
                    if (callee.IsObject) events.Add(new AttemptEnded(call, at, Leg, result));
                    events.Add(new CallEnded(call, at, cause, $"{told.Text("endCause")} {told.Text("endCauseStr")}".Trim()));
                    break;
                default:
                    return Translation.Unreadable($"type '{Arrival.Clean(type, 40)}' is unknown");
            }

            return Translation.Understood(events);
        }

        CallStarted Started()
        {
            var direction = !IsOurs(caller) ? Direction.Inbound : IsOut ? Direction.Outbound : Direction.Internal;
            var dialled = told.Text("destination");
            var from = direction == Direction.Inbound ? settings.Number(caller.Text("phone")) : PhoneNumber.Internal(caller.Text("userExtension") ?? caller.Text("phone") ?? "");
            PhoneNumber? to = direction switch
            {
                Direction.Outbound => Outside,
                Direction.Internal => (callee.Text("userExtension") ?? callee.Text("phone") ?? dialled) is { } inside ? PhoneNumber.Internal(inside) : null,
                _ => dialled is null ? null : settings.Number(dialled),
            };
            return new CallStarted(call, at, direction, from, to, direction == Direction.Inbound ? to?.E164 : null,
                direction == Direction.Inbound ? null : NameOf(caller), direction == Direction.Inbound ? caller.Text("name") : null)
            { Coarse = type != "call:start" };
        }

        /// <summary>Causes are those of Q.850.</summary>
        (AttemptResult Result, EndCause Cause) EndOf(string status)
        {
            if (status is not "connecting") return (AttemptResult.Answered, EndCause.Normal);
            var byCaller = told.Word("endBy") == "caller";
            return told.Text("endCause") switch
            {
                "17" => (AttemptResult.Busy, EndCause.Busy),
                "18" or "19" => (AttemptResult.NotAnswered, EndCause.NoAnswer),
                "16" or "127" or "21" or "31" when byCaller => (AttemptResult.Cancelled, EndCause.Cancelled),
                "21" => (AttemptResult.Declined, EndCause.NoAnswer),
                "16" or "31" or "127" or null => (AttemptResult.NotAnswered, EndCause.Unknown),
                _ => (AttemptResult.Failed, EndCause.Failed),
            };
        }
    }
}
