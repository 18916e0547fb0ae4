using System.Globalization;
using System.Security;
using System.Text.Json;
using CallCenter.Calls;
using CallCenter.Telephony.Routing;
using CallCenter.Telephony.Wire;

namespace CallCenter.Telephony.Providers;

/// <summary>Twilio Programmable Voice and TaskRouter: status callbacks, requests for TwiML, TaskRouter events, Event Streams.</summary>
/// <remarks>
/// A call is its first leg; <c>&lt;Dial&gt;</c> makes child legs with a <c>ParentCallSid</c>. That the first leg is in
/// progress says only that our TwiML picked up; a person's answer is a child's, or that of who was called from the API.
/// Statuses of a leg come in any order and only some of them if nobody asked for more (by default just the last), so what
/// was not told is estimated from durations and gives way when it is. The end of a call comes with the number's
/// <c>StatusCallback</c>: without it answered calls end by the rule for silent ones.
/// A <c>waitUrl</c>, <c>&lt;Enqueue action&gt;</c> or <c>&lt;Queue url&gt;</c> knows the queue by its SID only and the
/// agent not at all; the address may carry their names: <c>?queue=Ventas&amp;operator=ana</c>.
/// The log has a row for each leg, which says what its last callback would have said. Legs that TaskRouter or we had called
/// from the API ring a person for a call that is told elsewhere, so by themselves they are none; who took a call out of a queue
/// only the events of the workspace know.
/// https://www.twilio.com/docs/voice/api/call-resource#statuscallback, https://www.twilio.com/docs/taskrouter/api/event/reference,
/// https://www.twilio.com/docs/events/event-types/taskrouter, https://www.twilio.com/docs/voice/api/call-resource#read-multiple-call-resources,
/// https://www.twilio.com/docs/taskrouter/api/event#read-multiple-event-resources
/// </remarks>
sealed class Twilio : IWebhookProvider, ICanHangUp, IHasCallLog, IRoutesCalls
{
    const string TaskRouterPrefix = "com.twilio.taskrouter.";
    const string VoicePrefix = "com.twilio.voice.status-callback.";
    const string Telephones = $"client:{Control.ExtensionMark}", ApiHost = "api.twilio.com", TaskRouterHost = "taskrouter.twilio.com";
    const int SidMax = 64;
    const int SecondsMax = 7 * 24 * 3600;

    public ProviderInfo Info { get; } = new("twilio", "Twilio",
        new("auth_token", Secret: true, Required: true), new("country"), new("time_zone"), new("lines"),
        new("account_sid"), new("workspace_sid"), Control.Switch, new("dial_caller_id"), new("dial_telephone", Default: Telephones, Rare: true), new(CloudAddress.Setting, Default: ApiHost, Rare: true))
    {
        Proof = "HMAC-SHA1 of address and fields",
        Tells = Tells.Progress | Tells.Ringing | Tells.Queues | Tells.Operators | Tells.Holds | Tells.Transfers | Tells.Voicemail | Tells.Recordings,
    };

    public IReadOnlyList<string> ContentTypes { get; } =
        ["application/x-www-form-urlencoded", "application/json", "application/cloudevents+json", "application/cloudevents-batch+json"];

    public bool IsAuthentic(Arrival arrival, Settings settings) =>
        Signature.ByAnySecret(settings, "auth_token", token => Signature.IsTwilio(arrival, token));

    public string? ProofHeader(Settings settings) => Signature.TwilioHeader;

    public Translation Translate(Arrival arrival, Settings settings) => IsJson(arrival)
        ? Translation.Together(CloudEvents(arrival).Select(told => Understand(told.Fields, arrival, settings, told.Type)))
        : Understand(FieldsOf(arrival), arrival, settings);

    public WebhookReply? ReplyTo(Arrival arrival, Settings settings)
    {
        if (IsJson(arrival)) return null;
        var fields = FieldsOf(arrival);
        if (fields.Has("EventType") || fields.Has("WorkspaceSid")) return new(204, "application/json", "");
        return ExpectsTwiml(fields) ? new(200, "text/xml", "<Response/>") : null;
    }

    // ---- Control ----

    /// <summary>Somebody listed by name is rung at his number or address; a number is rung as it is; anything else is the name of a client.</summary>
    public DialString Telephone(string name, Settings settings) => Control.Telephone(name, settings, Telephones);

    /// <remarks>
    /// The operator's leg is the call; what dials the customer is in the request, so that nothing of ours has to be asked.
    /// https://www.twilio.com/docs/voice/api/call-resource#create-a-call-resource
    /// </remarks>
    public Order Place(Dialling wish, Settings settings)
    {
        var shown = Control.CallerId(settings);
        var number = Control.International(wish.Number, settings);
        List<KeyValuePair<string, string>> fields =
        [
            new("To", wish.Telephone.Text), new("From", shown), new("Timeout", $"{Control.RingSeconds}"),
            new("Twiml", Dial(shown, number, wish.News?.AbsoluteUri)),
        ];
        if (wish.News is { } address) fields.AddRange([new("StatusCallback", address.AbsoluteUri), .. EveryChange]);
        return Ask("Calls.json", fields, settings);
    }

    /// <summary>Dials for who picked up.</summary>
    /// <param name="address">Where news of it may be sent.</param>
    internal static string Dial(string shown, string number, string? address)
    {
        var news = address is null ? "" : $" statusCallback=\"{SecurityElement.Escape(address)}\" statusCallbackEvent=\"initiated ringing answered completed\"";
        return $"<Response><Dial callerId=\"{SecurityElement.Escape(shown)}\"><Number{news}>{SecurityElement.Escape(number)}</Number></Dial></Response>";
    }

    internal static IEnumerable<KeyValuePair<string, string>> EveryChange => ((string[])["initiated", "ringing", "answered", "completed"]).Select(happened => KeyValuePair.Create("StatusCallbackEvent", happened));

    public Order HangUp(DialString leg, Settings settings) => Ask($"Calls/{Uri.EscapeDataString(leg.Text)}.json", [new("Status", "completed")], settings);

    static WebOrder Ask(string resource, List<KeyValuePair<string, string>> fields, Settings settings) =>
        new(CloudRequest.Post(new Uri(CloudAddress.Of(settings, ApiHost), $"/2010-04-01/Accounts/{Account(settings)}/{resource}"), fields).WithBasic(Account(settings), settings["auth_token"]), (status, body) => CloudDoor.FateOf(status, body, told => told.Text("sid")));

    static string Account(Settings settings) => CloudAddress.Part(settings, "account_sid", SidMax);

    // ---- Routing ----

    public int TelephonesMax => 10;

    /// <summary>
    /// The number's own address is asked while the call rings; what was told brings its thread back. Nobody is left to be told for
    /// when the caller is gone, or when he has talked.
    /// </summary>
    public RoutingQuestion? QuestionIn(Arrival arrival, Settings settings)
    {
        if (IsJson(arrival)) return null;
        var fields = FieldsOf(arrival);
        if (!ExpectsTwiml(fields) || fields.Has("ParentCallSid") || fields["CallStatus"] is not ("ringing" or "in-progress") || fields["DialCallStatus"] is "completed" or "answered") return null;
        var thread = RoutingQuestion.ThreadIn(arrival.Url);
        if (thread.Length == 0 && (fields["CallStatus"] != "ringing" || fields["Direction"] != "inbound")) return null;
        var call = new CallKey(arrival.Connection, Sid(fields["CallSid"], "CallSid"));
        return new(call, Line(settings.Number(Arrival.Clean(fields["To"]))), thread, RoutingQuestion.Plain(arrival.Url));
    }

    /// <remarks>https://www.twilio.com/docs/voice/twiml</remarks>
    public RoutingAnswer Say(RoutingStep step, RoutingQuestion question, Settings settings)
    {
        var first = step.First is { } spoken ? $"<Say language=\"{spoken.Language}\">{SecurityElement.Escape(spoken.Text)}</Say>" : "";
        return new(new WebhookReply(200, "text/xml", $"<Response>{first}{step switch
        {
            RingStep ring => $"<Dial timeout=\"{ring.Seconds}\" answerOnBridge=\"true\" action=\"{AddressOf(ring.Thread)}\" method=\"POST\">{string.Concat(ring.Telephones.Select(Rung))}</Dial>",
            WaitStep wait => $"{(wait.Music is { } music ? $"<Play>{SecurityElement.Escape(music.AbsoluteUri)}</Play>" : $"<Pause length=\"{wait.Seconds}\"/>")}<Redirect method=\"POST\">{AddressOf(wait.Thread)}</Redirect>",
            MessageStep message => $"<Record action=\"{SecurityElement.Escape(question.Address)}\" method=\"POST\" maxLength=\"{message.SecondsMax}\" playBeep=\"true\"/>",
            HangUpStep => "<Hangup/>",
            _ => throw new InvalidOperationException($"No words for {step.GetType().Name}."),
        }}</Response>"));

        string AddressOf(string thread) => SecurityElement.Escape(question.AddressFor(thread));

        string Rung(DialString telephone)
        {
            var (noun, whom) = telephone.Text.StartsWith("client:", StringComparison.Ordinal) ? ("Client", telephone.Text["client:".Length..])
                : telephone.Text.StartsWith("sip", StringComparison.Ordinal) ? ("Sip", telephone.Text) : ("Number", telephone.Text);
            return $"<{noun} statusCallback=\"{SecurityElement.Escape(question.Address)}\" statusCallbackEvent=\"initiated ringing answered completed\">{SecurityElement.Escape(whom)}</{noun}>";
        }
    }

    // ---- Call log ----

    public CallLogInfo CallLog { get; } = new(TimeSpan.FromSeconds(1), TimeSpan.FromDays(7), "account_sid", "auth_token") { Also = ["workspace_sid"] };

    /// <remarks>Days are as fine as the filter is sure to be, so the end is asked for a day later than needed.</remarks>
    public IReadOnlyList<CloudRequest> Ask(LogWindow window, Settings settings)
    {
        var calls = CloudAddress.With(CloudAddress.Of(settings, ApiHost), $"/2010-04-01/Accounts/{Account(settings)}/Calls.json",
            ("StartTime>", Written(window.From)), ("StartTime<", Day(window.Until.AddDays(1))), ("PageSize", "1000"));
        if (settings["workspace_sid"].Length == 0) return [InOurName(calls, settings)];
        var events = CloudAddress.With(CloudAddress.Of(settings, settings[CloudAddress.Setting].Length > 0 ? ApiHost : TaskRouterHost),
            $"/v1/Workspaces/{CloudAddress.Part(settings, "workspace_sid", SidMax)}/Events", ("StartDate", Written(window.From)), ("EndDate", Written(window.Until)), ("PageSize", "1000"));
        return [InOurName(calls, settings), InOurName(events, settings)];
    }

    public LogPage Read(CloudRequest asked, CloudAnswer answer, Settings settings) => PageOf(asked, answer, next => InOurName(next, settings));

    /// <param name="ask">For the page at an address.</param>
    internal static LogPage PageOf(CloudRequest asked, CloudAnswer answer, Func<Uri, CloudRequest> ask)
    {
        var page = JsonPart.Of(answer);
        var isOfTasks = page["events"].IsThere;
        if (!isOfTasks && !page["calls"].IsThere) throw new UnreadableException("calls is missing");
        var next = isOfTasks ? page["meta"].Address("next_page_url") : page.Address("next_page_uri");
        return new LogPage(
            [.. isOfTasks ? page["events"].Items.Select(row => new LogRecord(row.Raw)) : page["calls"].Items.Select(row => new LogRecord(row.Raw, IsOver(row) ? null : Began(row)))],
            next is null ? [] : [ask(CloudAddress.Next(asked.Address, next))]);
    }

    public Translation TranslateRecord(Arrival record, Settings settings)
    {
        var row = JsonPart.Of(record);
        if (row["event_type"].IsThere)
            return new TaskNews(row["event_data"].Fields.With(("Sid", row.Needed("sid")), ("TimestampMs", row.Text("event_date_ms") ?? row.Needed("event_date"))), row.Needed("event_type"), record, settings).Translate();
        if (row.Word("direction").StartsWith("trunking", StringComparison.Ordinal)) return Translation.Ignored("a call of a trunk, of which nothing else is told");
        var (began, end) = (Began(row), Ended(row));
        var fields = new Form(
        [
            ("CallSid", row.Text("sid") ?? ""), ("ParentCallSid", row.Text("parent_call_sid") ?? ""), ("From", row.Text("from") ?? ""), ("To", row.Text("to") ?? ""),
            ("CallStatus", row.Word("status")), ("Direction", row.Word("direction")), ("CallDuration", row.Text("duration") ?? ""), ("AnsweredBy", row.Text("answered_by") ?? ""),
            ("CallerName", row.Text("caller_name") ?? ""), ("Timestamp", $"{end.ToUnixTimeMilliseconds()}"),
        ]);
        return new VoiceNews(fields, record, settings, began).Translate();
    }

    static CloudRequest InOurName(Uri address, Settings settings) => CloudRequest.Get(address).WithBasic(Account(settings), settings["auth_token"]);

    static string Written(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    internal static string Day(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    static bool IsOver(JsonPart row) => row.Word("status") is not ("queued" or "ringing" or "in-progress");

    static DateTimeOffset Began(JsonPart row) => (row.Instant("date_created"), row.Instant("start_time")) switch
    {
        ({ } created, { } started) => created < started ? created : started,
        var (created, started) => created ?? started ?? throw new UnreadableException("start_time is missing"),
    };

    static DateTimeOffset Ended(JsonPart row) => row.Instant("end_time") ?? row.Instant("start_time") ?? Began(row);

    static bool IsJson(Arrival arrival) => arrival.Method != "GET" && !Form.IsForm(arrival)
        && arrival.Body.Span.TrimStart(" \t\r\n"u8) is [(byte)'{' or (byte)'[', ..];

    static Form FieldsOf(Arrival arrival) => arrival.Method == "GET" ? Form.OfQuery(arrival.Url) : Form.Of(arrival.Body.Span);

    /// <summary>Requests that are not news but ask what to do next; an empty document means: nothing of ours.</summary>
    static bool ExpectsTwiml(Form fields) => fields.Has("CallSid") && (fields.Has("CallStatus") || fields.Has("QueueSid"))
        && !IsCallback(fields) && !fields.Has("RecordingStatus") && !fields.Has("StatusCallbackEvent");

    static bool IsCallback(Form fields) => fields.Has("CallbackSource") || fields.Has("SequenceNumber") || fields.Has("Timestamp");

    static Translation Understand(Form fields, Arrival arrival, Settings settings, string? type = null)
    {
        try
        {
            if ((type ?? fields["EventType"]) is { Length: > 0 } eventType) return new TaskNews(fields, eventType, arrival, settings).Translate();
            if (fields.Has("TaskSid")) return Translation.Ignored("a question whom to give a task to");
            return new VoiceNews(fields, arrival, settings).Translate();
        }
        catch (UnreadableException e)
        {
            return Translation.Unreadable(e.Message);
        }
    }

    /// <summary>
    /// Event Streams: CloudEvents whose data says what the form says, in snake case. The envelope's type counts: Twilio's own
    /// example of an accepted reservation carries the payload of its creation.
    /// </summary>
    static IEnumerable<(Form Fields, string? Type)> CloudEvents(Arrival arrival)
    {
        var body = arrival.Read<JsonElement>();
        var found = new List<(Form, string?)>();
        try
        {
            foreach (var one in body.ValueKind == JsonValueKind.Array ? body.EnumerateArray().ToList() : [body])
            {
                if (one.ValueKind != JsonValueKind.Object || !one.TryGetProperty("type", out var type) || type.ValueKind != JsonValueKind.String
                    || !one.TryGetProperty("data", out var data) || data.ValueKind != JsonValueKind.Object)
                    throw new UnreadableException("not a CloudEvent: type or data is missing");
                var name = type.GetString()!;
                foreach (var inner in (string[])["payload", "statusCallback", "request"])
                    if (data.TryGetProperty(inner, out var payload) && payload.ValueKind == JsonValueKind.Object) data = payload;
                found.Add((Form.Of(data), name.StartsWith(TaskRouterPrefix, StringComparison.Ordinal) ? name[TaskRouterPrefix.Length..]
                    : name.StartsWith(VoicePrefix, StringComparison.Ordinal) ? null : name));
            }
        }
        catch (InvalidOperationException)
        {
            throw new UnreadableException("a text that is not Unicode"); // half of a surrogate pair, written as an escape
        }

        return found;
    }

    static string Sid(string value, string name) => value.Length is > 0 and <= SidMax && value.All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '-')
        ? value
        : throw new UnreadableException(value.Length == 0 ? $"{name} is missing" : $"{name} is not an id of Twilio's");

    static string? Line(PhoneNumber? number) => number?.E164 ?? (number?.Kind is NumberKind.Withheld ? null : number?.Raw);

    static TimeSpan Seconds(string value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? TimeSpan.FromSeconds(Math.Min(seconds, SecondsMax)) : TimeSpan.Zero;

    static DateTimeOffset Instant(string value, string name)
    {
        if (long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            var ms = number < 100_000_000_000 ? number * 1000 : number;
            if (ms is > 946_684_800_000 and < 4_102_444_800_000) return DateTimeOffset.FromUnixTimeMilliseconds(ms);
        }
        else if (DateTimeOffset.TryParseExact(value, ["ddd, dd MMM yyyy HH:mm:ss zzz", "ddd, d MMM yyyy HH:mm:ss zzz"], CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal, out var at)
            || DateTimeOffset.TryParse(value, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out at))
        {
            if (at.Year is >= 2000 and < 2100) return DateTimeOffset.FromUnixTimeMilliseconds(at.ToUnixTimeMilliseconds());
        }

        throw new UnreadableException($"{name} '{Arrival.Clean(value, 40)}' is no time");
    }

    /// <summary>A callback about a leg, or a request for TwiML.</summary>
    sealed class VoiceNews
    {
        readonly Form fields, hints;
        readonly Settings settings;
        readonly CallKey call;
        readonly string leg;
        readonly bool isChild, isCallback;
        readonly DateTimeOffset at;
        readonly DateTimeOffset? began;
        readonly string? fromPerson, toPerson;
        readonly List<CallEvent> events = [];

        /// <param name="began">Of a row of the log, which tells of a whole leg.</param>
        public VoiceNews(Form fields, Arrival arrival, Settings settings, DateTimeOffset? began = null)
        {
            this.fields = fields;
            this.began = began;
            this.settings = settings;
            hints = began is null ? Form.OfQuery(arrival.Url) : Form.Empty;
            leg = Sid(fields["CallSid"], "CallSid");
            isChild = fields.Has("ParentCallSid");
            call = new CallKey(arrival.Connection, isChild ? Sid(fields["ParentCallSid"], "ParentCallSid") : leg);
            isCallback = IsCallback(fields);
            at = fields.Has("Timestamp") ? Instant(fields["Timestamp"], "Timestamp") : arrival.ReceivedAt;
            fromPerson = settings.PersonAt(fields["From"]);
            toPerson = settings.PersonAt(fields["To"]);
        }

        string Status => fields["CallStatus"].ToLowerInvariant();

        bool IsOutbound => fields["Direction"].StartsWith("outbound", StringComparison.OrdinalIgnoreCase);

        bool IsMachine => fields["AnsweredBy"].StartsWith("machine", StringComparison.OrdinalIgnoreCase) || fields["AnsweredBy"].Equals("fax", StringComparison.OrdinalIgnoreCase);

        string Cause => fields["SipResponseCode"] is { Length: > 0 } code and not "200" ? $"{Status} {Arrival.Clean(code, 8)}" : Status;

        public Translation Translate()
        {
            if (fields.Has("StatusCallbackEvent") && fields.Has("ConferenceSid")) return Conference();
            if (fields.Has("RecordingStatus")) return Recording();
            if (Status.Length == 0 && fields.Has("AnsweredBy")) return Translation.Ignored("who answered, of a call that is told elsewhere");
            if (Status.Length == 0 && !fields.Has("QueueSid")) return Translation.Unreadable("CallStatus is missing");

            if (began is not null && IsOutbound && !isChild && toPerson is not null) return new CallEnded(call, at, EndCause.Unknown) { Coarse = true, ToldAs = $"log:end:{leg}" };
            if (Status.Length > 0) Start();
            if (fields.Has("DialCallStatus")) Dialled();
            else if (fields.Has("QueueResult")) LeftQueue();
            else if (fields.Has("DequeingCallSid")) TakenFromQueue();
            else if (fields.Has("QueueSid")) Waiting();
            else if (!isCallback && fields.Has("RecordingUrl")) Add(new VoicemailLeft(call, at), $"voicemail:{leg}");

            if (fields.Has("RecordingUrl")) AddRecording();
            return ApplyStatus() ?? Translation.Understood(events);
        }

        /// <summary>A leg's status; null when it is one we know.</summary>
        Translation? ApplyStatus()
        {
            switch (Status)
            {
                case "": // <Queue url> may leave it out
                case "queued":
                    break;
                case "initiated":
                    if (isChild) Ring();
                    else if (IsOutbound) Add(new AttemptStarted(call, at, leg, Person, Role) { Coarse = true }, $"ring~:{leg}");
                    break;
                case "ringing":
                    if (isChild || IsOutbound) Ring();
                    break;
                case "in-progress" or "answered":
                    if (!isChild && !IsOutbound) break;
                    if (IsMachine) Ring();
                    else Add(new AttemptAnswered(call, at, leg, Person, Role) { Coarse = !isCallback }, isCallback ? $"answer:{leg}" : $"answer~:{leg}");
                    break;
                case "completed" or "busy" or "no-answer" or "canceled" or "failed":
                    End();
                    break;
                default:
                    return new Translation(Verdict.Unreadable, $"CallStatus '{Arrival.Clean(Status, 40)}'", events);
            }

            return null;
        }

        /// <summary>One event of a kind for each leg, however often and with whatever receipt times it is told.</summary>
        void Add(CallEvent happened, string told) => events.Add(began is null ? happened with { ToldAs = told } : happened with { ToldAs = $"log:{told}", Coarse = true });

        PhoneNumber? Party(string name, string? person) =>
            person is not null ? PhoneNumber.Internal(person) : fields.Names(name) ? settings.Number(Arrival.Clean(fields[name])) : null;

        string Person => toPerson ?? Line(Party("To", null)) ?? "";

        LegRole Role => toPerson is null ? LegRole.Outside : LegRole.Operator;

        /// <summary>
        /// Who talks to whom. Twilio's direction is as its servers see it: a person's own telephone comes in, whatever he
        /// wants. A child leg only guesses, and so does a first leg that cannot know yet whom it will be connected to.
        /// </summary>
        void Start()
        {
            var (from, to) = (Party("From", fromPerson), Party("To", toPerson));
            var isDialled = to is { Kind: not (NumberKind.Unknown or NumberKind.Withheld) };
            var started = (isChild, IsOutbound, fromPerson, toPerson) switch
            {
                (true, _, not null, not null) => new CallStarted(call, at, Direction.Internal, from, to, Operator: fromPerson) { Coarse = true },
                (true, _, null, not null) => new CallStarted(call, at, Direction.Inbound, from, null) { Coarse = true },
                (true, _, not null, null) => new CallStarted(call, at, Direction.Outbound, from, to, Operator: fromPerson) { Coarse = true },
                (true, _, null, null) => settings.IsLine(from)
                    ? new CallStarted(call, at, Direction.Outbound, null, to, Line(from)) { Coarse = true }
                    : new CallStarted(call, at, Direction.Unknown, null, null) { Coarse = true },
                (false, true, _, not null) => new CallStarted(call, at, Direction.Internal, from, null, Line(from), toPerson) { Coarse = true },
                (false, true, _, null) => new CallStarted(call, at, Direction.Outbound, from, to, Line(from)),
                (false, false, not null, not null) => new CallStarted(call, at, Direction.Internal, from, to, Operator: fromPerson),
                (false, false, not null, null) => new CallStarted(call, at, Direction.Outbound, from, isDialled ? to : null, Operator: fromPerson) { Coarse = !isDialled },
                (false, false, null, _) => new CallStarted(call, at, Direction.Inbound, from, to, Line(to)) { Coarse = !fields.Has("Direction") },
            };
            if (fields.Has("CallerName")) started = started with { CallerName = Arrival.Clean(fields["CallerName"]) };
            if (began is not null || !isChild) started = started with { At = began ?? at - Seconds(fields["CallDuration"]) };
            Add(started, $"start:{leg}");
        }

        void Ring() => Add(new AttemptStarted(call, at, leg, Person, Role), $"ring:{leg}");

        void End()
        {
            if (isChild || IsOutbound)
            {
                var answered = at - Seconds(fields["CallDuration"]);
                Add(new AttemptStarted(call, began ?? answered, leg, Person, Role) { Coarse = true }, $"ring~:{leg}");
                // "completed" comes only after somebody, or something, picked up.
                var isAnswered = Status == "completed" && !IsMachine;
                if (isAnswered) Add(new AttemptAnswered(call, answered, leg, Person, Role) { Coarse = true }, $"answer~:{leg}");
                Add(new AttemptEnded(call, at, leg, isAnswered ? AttemptResult.Answered : ResultOf(Status, fields["SipResponseCode"])), $"over:{leg}");
            }

            if (!isChild) Add(new CallEnded(call, at, CauseOfEnd(), Cause) { Coarse = !isCallback }, isCallback ? $"end:{leg}" : $"end~:{leg}");
        }

        EndCause CauseOfEnd() => (Status, fields["SipResponseCode"]) switch
        {
            ("completed", _) => IsMachine && IsOutbound ? EndCause.NoAnswer : EndCause.Normal,
            (_, "603") => EndCause.NoAnswer, // declined by a person: he was there and was not busy
            ("busy", _) => EndCause.Busy,
            ("no-answer", _) => EndCause.NoAnswer,
            ("canceled", _) => EndCause.Cancelled,
            _ => EndCause.Failed,
        };

        static AttemptResult ResultOf(string status, string sipCode) => (status, sipCode) switch
        {
            (_, "603") => AttemptResult.Declined,
            ("busy", _) => AttemptResult.Busy,
            ("canceled", _) => AttemptResult.Cancelled,
            ("failed", _) => AttemptResult.Failed,
            _ => AttemptResult.NotAnswered,
        };

        /// <summary><c>&lt;Dial action&gt;</c>: how the last child leg went, asked for when it is over.</summary>
        void Dialled()
        {
            if (!fields.Has("DialCallSid")) return; // a conference or a queue was dialled
            var child = Sid(fields["DialCallSid"], "DialCallSid");
            var began = at - Seconds(fields["DialCallDuration"]);
            var status = fields["DialCallStatus"].ToLowerInvariant();
            var isAnswered = status is "completed" or "answered" && fields["DialBridged"] != "false";
            var person = Hint("operator") ?? "";
            Add(new AttemptStarted(call, began, child, person, Role: null) { Coarse = true }, $"ring~~:{child}");
            if (isAnswered) Add(new AttemptAnswered(call, began, child, person) { Coarse = true }, $"answer~~:{child}");
            Add(new AttemptEnded(call, at, child, isAnswered ? AttemptResult.Answered : ResultOf(status, "")) { Coarse = true }, $"over~:{child}");
        }

        string? Hint(string name) => hints.Has(name) ? Arrival.Clean(hints[name]) : null;

        string? Queue => Hint("queue") ?? (fields.Has("QueueSid") ? Sid(fields["QueueSid"], "QueueSid") : null);

        /// <summary><c>waitUrl</c>, asked for again whenever the music is over.</summary>
        void Waiting() => events.Add(new QueueJoined(call, at - Seconds(fields["QueueTime"]), Queue!) { Coarse = true });

        /// <summary><c>&lt;Queue url&gt;</c>: what the caller hears just before he is connected.</summary>
        void TakenFromQueue()
        {
            var taker = Sid(fields["DequeingCallSid"], "DequeingCallSid");
            if (Queue is { } queue)
            {
                events.Add(new QueueJoined(call, at - Seconds(fields["QueueTime"]), queue) { Coarse = true });
                Add(new QueueLeft(call, at, queue, QueueExit.Answered), $"left:{queue}:{taker}");
            }

            Add(new AttemptAnswered(call, at, taker, Hint("operator") ?? "", LegRole.Operator), $"answer:{taker}");
        }

        /// <summary><c>&lt;Enqueue action&gt;</c>: asked for at once, but after a talk only when that is over.</summary>
        void LeftQueue()
        {
            var result = fields["QueueResult"].ToLowerInvariant();
            var isAnswered = result is "bridged" or "bridging-in-process" or "redirected-from-bridged";
            if (Queue is { } queue)
            {
                var reason = result switch
                {
                    "hangup" => QueueExit.Abandoned,
                    "queue-full" or "error" or "system-error" => QueueExit.Refused,
                    _ => isAnswered ? QueueExit.Answered : QueueExit.Unknown,
                };
                if (!isAnswered) events.Add(new QueueJoined(call, at - Seconds(fields["QueueTime"]), queue) { Coarse = true });
                Add(new QueueLeft(call, at, queue, reason) { Coarse = isAnswered, Order = 1 }, $"left:{queue}:{result}:{fields["QueueTime"]}");
            }

            if (isAnswered) Add(new AttemptAnswered(call, at, "", Hint("operator") ?? "", LegRole.Operator) { Coarse = true }, "answer~:somebody");
        }

        Translation Conference() => fields["StatusCallbackEvent"].ToLowerInvariant() switch
        {
            "participant-hold" => new HoldStarted(call, at, Sid(fields["ConferenceSid"], "ConferenceSid")),
            "participant-unhold" => new HoldEnded(call, at, Sid(fields["ConferenceSid"], "ConferenceSid")),
            var other => Translation.Ignored($"conference: {Arrival.Clean(other, 40)}"),
        };

        Translation Recording()
        {
            if (fields["RecordingStatus"] != "completed" || !fields.Has("RecordingUrl")) return Translation.Ignored($"recording: {Arrival.Clean(fields["RecordingStatus"], 40)}");
            AddRecording();
            if (fields["RecordingSource"] == "RecordVerb") Add(new VoicemailLeft(call, at), $"voicemail:{leg}");
            return Translation.Understood(events);
        }

        void AddRecording()
        {
            var url = Arrival.Clean(fields["RecordingUrl"], 500);
            Add(new RecordingMade(call, at, url), $"recording:{(fields.Has("RecordingSid") ? fields["RecordingSid"] : url)}");
        }
    }

    /// <summary>An event of TaskRouter, joined to its call by the attributes that <c>&lt;Enqueue&gt;</c> gives a task.</summary>
    sealed class TaskNews(Form fields, string type, Arrival arrival, Settings settings)
    {
        readonly DateTimeOffset at = fields.Has("TimestampMs") ? Instant(fields["TimestampMs"], "TimestampMs")
            : fields.Has("Timestamp") ? Instant(fields["Timestamp"], "Timestamp") : arrival.ReceivedAt;

        public Translation Translate()
        {
            if (!IsOfCalls()) return Translation.Ignored($"{Arrival.Clean(type, 60)} is not about calls");
            var attributes = Attributes("TaskAttributes");
            var sid = Text(attributes, "call_sid") ?? Text(Inner(attributes, "conference", "participants"), "customer");
            if (sid is null) return Translation.Ignored("a task without a call");

            var call = new CallKey(arrival.Connection, Sid(sid, "call_sid"));
            var happened = Happened(call);
            if (happened is null) return Translation.Unreadable($"EventType '{Arrival.Clean(type, 60)}'");
            if (happened.Count == 0) return Translation.Ignored($"{type} says nothing that others do not");
            return Translation.Understood([StartOf(call, attributes), .. happened.Select(one => fields.Has("Sid") ? one with { ToldAs = one.ToldAs ?? $"{fields["Sid"]}:{one.Rank}" } : one)]);
        }

        bool IsOfCalls() => type.Split('.')[0] is "task" or "task-queue" or "workflow" or "reservation";

        string? Queue => fields.Has("TaskQueueName") ? Arrival.Clean(fields["TaskQueueName"]) : fields.Has("TaskQueueSid") ? Arrival.Clean(fields["TaskQueueSid"]) : null;

        string Reservation => Sid(fields["ReservationSid"], "ReservationSid");

        /// <summary>What it says of the call; null when we do not know its type.</summary>
        List<CallEvent>? Happened(CallKey call) => type switch
        {
            "task.created" or "task-queue.entered" or "task-queue.moved" => Queue is { } queue ? [new QueueJoined(call, at, queue)] : [],
            "task-queue.timeout" or "workflow.timeout" => Queue is { } queue ? [new QueueLeft(call, at, queue, QueueExit.TimedOut)] : [],
            "task.canceled" => Canceled(call),
            "reservation.created" => [Offer(call)],
            "reservation.accepted" =>
            [
                Offer(call), new AttemptAnswered(call, at, Reservation),
                .. Queue is { } queue ? [new QueueLeft(call, at, queue, QueueExit.Answered)] : Array.Empty<CallEvent>(),
            ],
            "reservation.rejected" => Ended(call, AttemptResult.Declined),
            "reservation.timeout" => Ended(call, AttemptResult.NotAnswered),
            "reservation.canceled" => Ended(call, AttemptResult.Cancelled),
            "reservation.rescinded" => Ended(call, AttemptResult.AnsweredElsewhere),
            "reservation.failed" => Ended(call, AttemptResult.Failed),
            "reservation.wrapup" or "reservation.completed" => Ended(call, AttemptResult.Answered),
            "task.transfer-completed" =>
            [
                new Transferred(call, at, fields["TransferMode"].Equals("WARM", StringComparison.OrdinalIgnoreCase) ? TransferKind.Attended : TransferKind.Blind,
                    fields.Has("WorkerName") ? Arrival.Clean(fields["WorkerName"]) : null, fields.Has("TransferTo") ? Arrival.Clean(fields["TransferTo"]) : null),
            ],
            "task.updated" or "task.completed" or "task.deleted" or "task.system-deleted" or "task.wrapup" or "task.transfer-initiated"
                or "task.transfer-attempt-failed" or "task.transfer-failed" or "task.transfer-canceled" or "task-queue.created" or "task-queue.deleted"
                or "task-queue.expression.updated" or "workflow.entered" or "workflow.target-matched" or "workflow.skipped" => [],
            _ => null,
        };

        CallEvent Offer(CallKey call)
        {
            var contact = Text(Attributes("WorkerAttributes"), "contact_uri") ?? "";
            var person = settings.PersonAt(contact) ?? (settings.Number(contact) is { IsCallable: true } number ? Line(number) : null);
            var name = Arrival.Clean(fields[fields.Has("WorkerName") ? "WorkerName" : "WorkerSid"]);
            return new AttemptStarted(call, at, Reservation, name, LegRole.Operator, person ?? name) { ToldAs = $"offer:{Reservation}" };
        }

        /// <summary>A reservation ends once; wrap-up after the talk and its completion are told apart only by time.</summary>
        List<CallEvent> Ended(CallKey call, AttemptResult result) => [new AttemptEnded(call, at, Reservation, result) { ToldAs = $"over:{Reservation}" }];

        List<CallEvent> Canceled(CallKey call)
        {
            var reason = Arrival.Clean(fields["TaskCanceledReason"]).ToLowerInvariant();
            var isHangup = reason.Contains("hangup", StringComparison.Ordinal) || reason.Contains("hung up", StringComparison.Ordinal);
            var exit = isHangup ? QueueExit.Abandoned
                : reason.Contains("time", StringComparison.Ordinal) || reason.Contains("ttl", StringComparison.Ordinal) ? QueueExit.TimedOut : QueueExit.Unknown;
            var happened = new List<CallEvent>();
            if (Queue is { } queue) happened.Add(new QueueLeft(call, at, queue, exit));
            if (isHangup) happened.Add(new CallEnded(call, at, EndCause.Cancelled, reason) { Coarse = true });
            return happened;
        }

        /// <summary>The task knows both parties, though not since when; the call's own legs know better.</summary>
        CallStarted StartOf(CallKey call, JsonElement attributes)
        {
            PhoneNumber? Party(string name) => Text(attributes, name) is { } address
                ? settings.PersonAt(address) is { } person ? PhoneNumber.Internal(person) : settings.Number(Arrival.Clean(address))
                : null;
            var (from, to) = (Party("from"), Party("to"));
            var direction = Text(attributes, "direction")?.ToLowerInvariant() switch
            {
                "inbound" => Direction.Inbound,
                "outbound" or "outbound-api" or "outbound-dial" => Direction.Outbound,
                _ => Direction.Unknown,
            };
            return new CallStarted(call, at, direction, from, to, direction == Direction.Inbound ? Line(to) : Line(from))
            {
                Coarse = true,
                ToldAs = $"start~:{fields["TaskSid"]}",
            };
        }

        JsonElement Attributes(string name)
        {
            if (!fields.Has(name)) return default;
            try
            {
                return JsonSerializer.Deserialize<JsonElement>(fields[name]);
            }
            catch (JsonException)
            {
                throw new UnreadableException($"{name} is not JSON");
            }
        }

        static JsonElement Inner(JsonElement json, params ReadOnlySpan<string> path)
        {
            foreach (var name in path)
                if (json.ValueKind != JsonValueKind.Object || !json.TryGetProperty(name, out json)) return default;
            return json;
        }

        static string? Text(JsonElement json, string name)
        {
            try
            {
                return Inner(json, name) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;
            }
            catch (InvalidOperationException)
            {
                throw new UnreadableException($"{name} is not Unicode"); // half of a surrogate pair, written as an escape
            }
        }
    }
}
