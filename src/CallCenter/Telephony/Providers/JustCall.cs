using System.Globalization;
using System.Text;
using CallCenter.Calls;
using CallCenter.Telephony.Wire;

namespace CallCenter.Telephony.Providers;

/// <summary>JustCall webhooks: a call as it stands, when it begins, changes and ends.</summary>
/// <remarks>
/// A signature covers the address, the type and the time, and not the body: so it holds for ten minutes, and only for the
/// address it names. Events have no time of their own while the call lasts; of one that is over the start and the durations
/// are known. Outbound calls are not told to be answered: the talk in the summary says so.
/// The log lists the same calls when they are over. In whose zone it reads the times it is asked for is not established, so more
/// is asked for than is wanted.
/// https://developer.justcall.io/docs/webhook-events, https://developer.justcall.io/docs/dynamic-webhook-signatures,
/// https://developer.justcall.io/reference/call_list_v21
/// </remarks>
sealed class JustCall : IWebhookProvider, IHasCallLog
{
    const string ApiHost = "api.justcall.io";

    /// <summary>The most it tells at once.</summary>
    const int PageSize = 100;

    const string Header = "x-justcall-signature", TimeHeader = "x-justcall-request-timestamp", Customer = "customer";
    const double SecondsMax = 7 * 24 * 3600;
    static readonly TimeSpan Window = TimeSpan.FromMinutes(10);

    public ProviderInfo Info { get; } = new("justcall", "JustCall",
        new("api_secret", Secret: true, Required: true), new("country"), new("people"),
        new("api_key"), new(CloudAddress.Setting, Default: ApiHost, Rare: true))
    {
        Proof = "HMAC-SHA256 of address, type and time",
        Tells = Tells.Progress | Tells.Ringing | Tells.Queues | Tells.Operators | Tells.Voicemail | Tells.Recordings,
    };

    public IReadOnlyList<string> ContentTypes { get; } = ["application/json"];

    public string ProofHeader(Settings settings) => Header;

    public bool IsAuthentic(Arrival arrival, Settings settings)
    {
        try
        {
            var body = JsonPart.Of(arrival);
            var (url, type, time) = (body.Address("webhook_url"), body.Text("type"), arrival.Header(TimeHeader));
            if (url is null || url != arrival.Url || WrittenTime.Of(time, TimeHeader, TimeZoneInfo.Utc, arrival.ReceivedAt) is not { } at || (at - arrival.ReceivedAt).Duration() > Window) return false;
            return Signature.ByAnySecret(settings, "api_secret", secret =>
                Signature.IsHmacSha256(arrival.Header(Header), secret, Encoding.UTF8.GetBytes($"{secret}|{Encoded(url)}|{type}|{time}")));
        }
        catch (UnreadableException)
        {
            return false;
        }
    }

    /// <summary>As JavaScript's encodeURIComponent, which leaves a few more signs alone.</summary>
    static string Encoded(string url) => Uri.EscapeDataString(url).Replace("%21", "!", StringComparison.Ordinal).Replace("%2A", "*", StringComparison.Ordinal)
        .Replace("%27", "'", StringComparison.Ordinal).Replace("%28", "(", StringComparison.Ordinal).Replace("%29", ")", StringComparison.Ordinal);

    public WebhookReply ReplyTo(Arrival arrival, Settings settings) => WebhookReply.Ok;

    public Translation Translate(Arrival arrival, Settings settings)
    {
        var body = JsonPart.Of(arrival);
        var type = body.Needed("type");
        if (!type.StartsWith("call.", StringComparison.Ordinal)) return Translation.Ignored($"{type} is not about calls");
        return new News(type, body["data"], new CallKey(arrival.Connection, body["data"].Needed("call_sid")), arrival.ReceivedAt, settings).Translate();
    }

    // ---- Call log ----

    public CallLogInfo CallLog { get; } = new(TimeSpan.FromSeconds(2), TimeSpan.FromDays(7), "api_key", "api_secret") { Overlap = TimeSpan.FromHours(4) };

    public IReadOnlyList<CloudRequest> Ask(LogWindow window, Settings settings) => [AskFor(Written(window.InAnyZone().From), Written(window.InAnyZone().Until), page: 0, window, settings)];

    static CloudRequest AskFor(string from, string until, int page, LogWindow window, Settings settings) =>
        CloudRequest.Get(CloudAddress.With(CloudAddress.Of(settings, ApiHost), "/v2.1/calls", ("from_datetime", from), ("to_datetime", until), ("per_page", $"{PageSize}"), ("page", $"{page}")))
            .With("Authorization", $"{settings["api_key"]}:{settings["api_secret"]}") with
        { Note = window.Note };

    public LogPage Read(CloudRequest asked, CloudAnswer answer, Settings settings)
    {
        var page = JsonPart.Of(answer);
        if (!page["data"].IsThere) throw new UnreadableException("data is missing");
        var (query, window, calls) = (Form.OfQuery(asked.Address.Query), LogWindow.Of(asked), page["data"].Items.ToList());
        var number = int.Parse(query["page"], CultureInfo.InvariantCulture);
        return new LogPage([.. calls.Where(call => window.Holds(Began(call, window.Until))).Select(call => new LogRecord(call.Raw, call["call_info"].Text("type") is null ? Began(call, window.Until) : null))],
            calls.Count < PageSize ? [] : [AskFor(query["from_datetime"], query["to_datetime"], number + 1, window, settings)]);
    }

    /// <remarks>Where it does not say how long a call lasted, that is known to have been no time.</remarks>
    public Translation TranslateRecord(Arrival record, Settings settings)
    {
        var call = JsonPart.Of(record);
        var began = Began(call, record.ReceivedAt) ?? throw new UnreadableException("call_time is missing");
        return new News("call.completed", call, new CallKey(record.Connection, call.Needed("call_sid")), began, settings).Translate().GivingWay();
    }

    static string Written(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    static DateTimeOffset? Began(JsonPart call, DateTimeOffset received) =>
        call.Text("call_date") is { } date && call.Text("call_time") is { } time ? WrittenTime.Of($"{date} {time}", "call_time", TimeZoneInfo.Utc, received) : null;

    sealed class News(string type, JsonPart told, CallKey call, DateTimeOffset received, Settings settings)
    {
        readonly JsonPart info = told["call_info"], lengths = told["call_duration"];
        readonly List<CallEvent> events = [];

        bool IsOut => info.Word("direction") == "outgoing";

        DateTimeOffset? Began => Began(told, received);

        string? Agent => told.Text("agent_id") is { } id && settings.Person(id) is var named && named != id ? named : told.Text("agent_name") ?? told.Text("agent_email") ?? told.Text("agent_id");

        PhoneNumber Outside => settings.Number(LegNews.InFull(told.Text("contact_number")));

        string Whom => Outside.E164 ?? Outside.Raw;

        double? Seconds(string name) => lengths.Number(name) is >= 0 and <= SecondsMax and var seconds ? seconds : null;

        public Translation Translate()
        {
            Start(isCoarse: type is not ("call.incoming" or "call.initiated"));
            switch (type)
            {
                case "call.enters_queue":
                    if ((told["queue"].Text("queue_name") ?? told["queue"].Text("queue_id")) is { } queue) Add(new QueueJoined(call, received, queue), $"queue:{queue}");
                    break;
                case "call.incoming":
                    if (told.Text("agent_id") is { } rung) Add(new AttemptStarted(call, received, rung, Agent ?? ""), $"ring:{rung}");
                    break;
                case "call.initiated":
                    Add(new AttemptStarted(call, Began ?? received, Customer, Whom, LegRole.Outside), "ring:customer");
                    break;
                case "call.answered":
                    if (told.Text("agent_id") is { } picked) Add(new AttemptAnswered(call, received, picked, Agent, LegRole.Operator), $"answer:{picked}");
                    break;
                case "call.missed" or "call.voicemail" or "call.completed" or "call.updated":
                    Summary();
                    break;
                case "call.exits_queue":
                    break;
                default:
                    return type is "call.ai_voice_agent" ? Translation.Ignored($"{type} says nothing of who talks to whom") with { About = call.Id }
                        : Translation.Unreadable($"type '{Arrival.Clean(type, 40)}' is unknown");
            }

            return Translation.Understood(events);
        }

        void Add(CallEvent fact, string told) => events.Add(fact with { ToldAs = told });

        void Start(bool isCoarse)
        {
            var ours = told.Text("justcall_number") is { } number ? settings.Number(LegNews.InFull(number)) : null;
            events.Add(new CallStarted(call, Began ?? received, IsOut ? Direction.Outbound : Direction.Inbound, IsOut ? ours : Outside, IsOut ? Outside : ours, ours?.E164,
                IsOut ? Agent : null, IsOut ? null : told.Text("contact_name"))
            { Coarse = isCoarse, ToldAs = Began is null ? $"start:{isCoarse}" : null });
        }

        void Summary()
        {
            var kind = info.Word("type");
            var end = Began is { } start && Seconds("total_duration") is { } length ? start.AddSeconds(length) : (DateTimeOffset?)null;
            if (type == "call.updated" && end is null) return; // a note, long afterwards
            var at = end ?? received;
            if (kind == "answered" && Seconds("conversation_time") is > 0 and var talk)
                events.Add(new AttemptAnswered(call, at.AddSeconds(-talk), IsOut ? Customer : "", IsOut ? Whom : Agent, IsOut ? LegRole.Outside : LegRole.Operator) { Coarse = true });
            var reason = info.Word("missed_call_reason");
            var cause = (type, kind) switch
            {
                (_, "answered") => EndCause.Normal,
                (_, "abandoned before ringing") => EndCause.Cancelled,
                _ => reason.Contains("working hours", StringComparison.Ordinal) ? EndCause.Closed : EndCause.NoAnswer,
            };
            if (type == "call.voicemail" || kind == "voicemail") Add(new VoicemailLeft(call, at), "voicemail");
            if (info.Address("recording") is { } recording) events.Add(new RecordingMade(call, at, recording));
            if (IsOut) Add(new AttemptEnded(call, at, Customer, cause == EndCause.Cancelled ? AttemptResult.Cancelled : AttemptResult.NotAnswered), "over:customer");
            events.Add(new CallEnded(call, at, cause, info.Text("missed_call_reason") ?? info.Text("type")) { ToldAs = end is null ? $"end:{cause}" : null });
        }
    }
}
