using System.Globalization;
using System.Text.Json;
using CallCenter.Calls;
using CallCenter.Telephony.Wire;

namespace CallCenter.Telephony.Providers;

/// <summary>CloudTalk: what its workflows send, in the form that docs/providers/cloudtalk.md gives them.</summary>
/// <remarks>
/// The administrator writes the messages, so their fields are ours and any may be empty. A call has a number and, once it was
/// answered, a second id; a message with both joins them. Numbers come without a plus.
/// The log knows a call by its number only. In whose zone it reads the times it is asked for is not established, so more is
/// asked for than is wanted.
/// https://help.cloudtalk.io/en/articles/workflow-automation, https://developers.cloudtalk.io/reference/calls-index,
/// https://developers.cloudtalk.io/reference/calls-create
/// </remarks>
sealed class CloudTalk : IWebhookProvider, ICanCall, IHasCallLog
{
    const string ApiHost = "my.cloudtalk.io";

    /// <summary>The most it tells at once.</summary>
    const int PageSize = 1000;

    const string Header = "X-Webhook-Secret", Customer = "customer";

    public ProviderInfo Info { get; } = new("cloudtalk", "CloudTalk",
        new("secret", Secret: true, Required: true, Generated: true), new("country"), new("people"),
        new("api_id"), SettingInfo.Credential("api_secret"), Control.Switch, new(CloudAddress.Setting, Default: ApiHost, Rare: true))
    {
        Proof = "a secret in a header",
        Tells = Tells.Progress | Tells.Ringing | Tells.Queues | Tells.Operators | Tells.Voicemail | Tells.Recordings,
    };

    public IReadOnlyList<string> ContentTypes { get; } = ["application/json"];

    public string ProofHeader(Settings settings) => Header;

    public bool IsAuthentic(Arrival arrival, Settings settings) => Signature.ByAnySecret(settings, "secret", secret => Signature.IsToken(arrival.Header(Header), secret));

    public WebhookReply ReplyTo(Arrival arrival, Settings settings) => WebhookReply.Ok;

    public Translation Translate(Arrival arrival, Settings settings)
    {
        var told = JsonPart.Of(arrival);
        var id = told.Text("call_uuid") is { } text ? $"uuid:{text}" : null;
        var call = new CallKey(arrival.Connection, told.Text("call_id") ?? id ?? throw new UnreadableException("call_id is missing"));
        var news = new News(told, call, arrival.ReceivedAt, settings).Translate();
        return news.Events.Count > 0 && id is not null && id != call.Id
            ? news with { Events = [.. news.Events, new CallLinked(call, arrival.ReceivedAt, id) { ToldAs = $"also:{id}" }] }
            : news;
    }

    // ---- Control ----

    public DialString Telephone(string name, Settings settings) => Control.PersonId(name, settings);

    public Order Place(Dialling wish, Settings settings) => new WebOrder(
        new CloudRequest(HttpMethod.Post, CloudAddress.With(CloudAddress.Of(settings, ApiHost), "/api/calls/create.json"))
        {
            ContentType = "application/json",
            Body = $$"""{"agent_id":{{wish.Telephone}},"callee_number":{{JsonSerializer.Serialize(Control.International(wish.Number, settings))}}}""",
        }.WithBasic(settings["api_id"], settings["api_secret"]),
        FateOf);

    /// <summary>It says 403 of an agent who is not at his telephone.</summary>
    static OrderAnswer FateOf(int status, string body) => status == 403 ? new(OrderFate.Failed, CloudDoor.SaidIn(body)) : CloudDoor.FateOf(status, body);

    // ---- Call log ----

    /// <remarks>It answers sixty questions a minute.</remarks>
    public CallLogInfo CallLog { get; } = new(TimeSpan.FromSeconds(2), TimeSpan.FromDays(7), "api_id", "api_secret") { Overlap = TimeSpan.FromHours(4) };

    public IReadOnlyList<CloudRequest> Ask(LogWindow window, Settings settings) => [AskFor(Written(window.InAnyZone().From), Written(window.InAnyZone().Until), page: 1, window, settings)];

    static CloudRequest AskFor(string from, string until, int page, LogWindow window, Settings settings) =>
        CloudRequest.Get(CloudAddress.With(CloudAddress.Of(settings, ApiHost), "/api/calls/index.json", ("date_from", from), ("date_to", until), ("limit", $"{PageSize}"), ("page", $"{page}")))
            .WithBasic(settings["api_id"], settings["api_secret"]) with
        { Note = window.Note };

    public LogPage Read(CloudRequest asked, CloudAnswer answer, Settings settings)
    {
        var page = JsonPart.Of(answer)["responseData"];
        if (!page["data"].IsThere) throw new UnreadableException("data is missing");
        var (query, window) = (Form.OfQuery(asked.Address.Query), LogWindow.Of(asked));
        var number = int.Parse(query["page"], CultureInfo.InvariantCulture);
        var calls = page["data"].Items.Where(call => window.Holds(call["Cdr"].Instant("started_at"))).Select(call => new LogRecord(call.Raw, call["Cdr"]["ended_at"].IsThere ? null : call["Cdr"].Instant("started_at")));
        return new LogPage([.. calls], page.Number("pageCount") > number ? [AskFor(query["date_from"], query["date_to"], number + 1, window, settings)] : []);
    }

    public Translation TranslateRecord(Arrival record, Settings settings)
    {
        var entry = JsonPart.Of(record);
        var told = entry["Cdr"];
        var call = new CallKey(record.Connection, told.Needed("id"));
        var (began, isOut, isVoicemail) = (told.Instant("started_at") ?? throw new UnreadableException("started_at is missing"), told.Word("type") == "outgoing", told.IsTrue("is_voicemail"));
        var (outside, ours) = (settings.Number(LegNews.InFull(told.Text("public_external"))), told.Text("public_internal") is { } number ? settings.Number(LegNews.InFull(number)) : null);
        var agent = PersonIn(told, entry["Agent"], settings);
        // Who was answered by a menu, a queue or a mailbox alone has talked with nobody.
        var (end, answered) = (told.Instant("ended_at") ?? began, isVoicemail || told.Number("talking_time") is 0 ? null : told.Instant("answered_at"));
        List<CallEvent> events = [new CallStarted(call, began, isOut ? Direction.Outbound : Direction.Inbound, isOut ? ours : outside, isOut ? outside : ours, ours?.E164, isOut ? agent : null)];
        if (isOut)
        {
            var whom = outside.E164 ?? outside.Raw;
            events.Add(new AttemptStarted(call, began, Customer, whom, LegRole.Outside));
            if (answered is { } at) events.Add(new AttemptAnswered(call, at, Customer, whom, LegRole.Outside));
            events.Add(new AttemptEnded(call, end, Customer, AttemptResult.NotAnswered));
        }
        else if (answered is { } picked) events.Add(new AttemptAnswered(call, picked, "", agent ?? "", LegRole.Operator));

        if (isVoicemail) events.Add(new VoicemailLeft(call, end));
        if (told.Address("recording_link") is { } recording) events.Add(new RecordingMade(call, end, recording));
        events.Add(new CallEnded(call, end, answered is null ? EndCause.NoAnswer : EndCause.Normal));
        return Translation.Understood(events).GivingWay();
    }

    static string? PersonIn(JsonPart told, JsonPart agent, Settings settings) =>
        told.Text("user_id") is { } id && settings.Person(id) is var named && named != id ? named : agent.Text("fullname") ?? agent.Text("email") ?? told.Text("user_id");

    static string Written(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    sealed class News(JsonPart told, CallKey call, DateTimeOffset received, Settings settings)
    {
        readonly List<CallEvent> events = [];

        bool IsOut => told.Word("direction") is "outgoing" or "outbound";

        string? Agent => told.Text("agent_id") is { } id && settings.Person(id) is var named && named != id ? named : told.Text("agent_name") ?? told.Text("agent_email") ?? told.Text("agent_id");

        PhoneNumber Outside => settings.Number(LegNews.InFull(told.Text("external_number")));

        string Whom => Outside.E164 ?? Outside.Raw;

        public Translation Translate()
        {
            var happened = told.Word("event");
            Start(isCoarse: happened != "call.started");
            if (!IsOut && told.Text("queue") is { } queue) Add(new QueueJoined(call, told.Instant("started_at") ?? received, queue), $"queue:{queue}");
            switch (happened)
            {
                case "call.started":
                    if (IsOut) Add(new AttemptStarted(call, told.Instant("started_at") ?? received, Customer, Whom, LegRole.Outside), "ring:customer");
                    break;
                case "call.ringing":
                    if (!IsOut && told.Text("agent_id") is { } rung) Add(new AttemptStarted(call, received, rung, Agent ?? ""), $"ring:{rung}");
                    break;
                case "call.answered":
                    Answer(told.Instant("answered_at") ?? received, isCoarse: false);
                    break;
                case "call.ended":
                    if (told.Instant("answered_at") is { } answered) Answer(answered, isCoarse: true);
                    End(told.Instant("ended_at") ?? received);
                    break;
                case "call.modified" or "recording.uploaded":
                    break;
                default:
                    return Translation.Unreadable($"event '{Arrival.Clean(happened, 40)}' is unknown");
            }

            if (told.Address("recording_url") is { } recording) Add(new RecordingMade(call, told.Instant("ended_at") ?? received, recording), $"recording:{recording}");
            return Translation.Understood(events);
        }

        /// <summary>Where a time is that of the receipt, one fact is one, however late it is told again.</summary>
        void Add(CallEvent fact, string told) => events.Add(fact with { ToldAs = told });

        void Start(bool isCoarse)
        {
            var ours = told.Text("internal_number") is { } number ? settings.Number(LegNews.InFull(number)) : null;
            Add(new CallStarted(call, told.Instant("started_at") ?? received, IsOut ? Direction.Outbound : Direction.Inbound, IsOut ? ours : Outside, IsOut ? Outside : ours, ours?.E164, IsOut ? Agent : null)
            {
                Coarse = isCoarse,
            }, isCoarse ? $"start~:{told.Text("started_at")}:{(IsOut ? Agent : "")}" : "start");
        }

        void Answer(DateTimeOffset at, bool isCoarse)
        {
            if (!IsOut && Agent is null) return;
            var leg = IsOut ? Customer : told.Text("agent_id") ?? Agent!;
            Add(new AttemptAnswered(call, at, isCoarse && !IsOut ? "" : leg, IsOut ? Whom : Agent, IsOut ? LegRole.Outside : LegRole.Operator) { Coarse = isCoarse }, $"answer:{isCoarse}:{(isCoarse ? Agent : leg)}");
        }

        void End(DateTimeOffset at)
        {
            var isVoicemail = told.IsTrue("is_voicemail");
            var cause = told.Word("status") == "answered" && !isVoicemail ? EndCause.Normal : told.IsTrue("out_of_office") ? EndCause.Closed : EndCause.NoAnswer;
            if (isVoicemail) Add(new VoicemailLeft(call, at), "voicemail");
            if (IsOut) Add(new AttemptEnded(call, at, Customer, AttemptResult.NotAnswered), "over:customer");
            Add(new CallEnded(call, at, cause, told.Text("status")), $"end:{cause}");
        }
    }
}
