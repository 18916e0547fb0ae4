using System.Globalization;
using System.Security;
using System.Text;
using System.Text.Json;
using CallCenter.Calls;
using CallCenter.Telephony.Routing;
using CallCenter.Telephony.Wire;

namespace CallCenter.Telephony.Providers;

/// <summary>Plivo Voice: callbacks about a call and about the telephones that <c>&lt;Dial&gt;</c> rings, as forms or in the query.</summary>
/// <remarks>
/// The call is its first leg (A); B legs are told by <c>&lt;Dial callbackUrl&gt;</c>, and without it only by what
/// <c>&lt;Dial action&gt;</c> says when it is over, which does not name a telephone that nobody picked up. Most callbacks carry no
/// time, so their receipt counts and a repetition is known by its leg. <c>CallStatus=completed</c> says only that the first leg
/// ended. Times of the end are written without a zone. Nothing dates a signature; what is sent again changes nothing.
/// The log has a row for each leg that is over, which says as little of when a telephone began to ring. In whose zone it reads
/// the times it is asked for is not established, so more is asked for than is wanted.
/// https://www.plivo.com/docs/voice/api/call#callbacks, https://www.plivo.com/docs/voice/concepts/signature-validation,
/// https://www.plivo.com/docs/voice/api/call#retrieve-all-calls
/// </remarks>
sealed class Plivo : IRoutesCalls, ICanHangUp, IHasCallLog
{
    const string ApiHost = "api.plivo.com";

    /// <summary>The most it tells at once.</summary>
    const int PageSize = 20;

    const string Header = "X-Plivo-Signature-V3", MainAccountHeader = "X-Plivo-Signature-Ma-V3";
    const int SignaturesMax = 8;

    /// <summary>In our address, where a recording is the message of a caller.</summary>
    const string Message = "message";

    /// <summary>In our address, of a call that is placed from here: the number to dial when the operator picks up.</summary>
    const string Wanted = "dial";

    const string Telephones = $"sip:{Control.ExtensionMark}@phone.plivo.com";

    public ProviderInfo Info { get; } = new("plivo", "Plivo",
        new("auth_token", Secret: true, Required: true), new("country"), new("time_zone"), new("lines"), new("people"), new("auth_id"),
        Control.Switch, new("dial_caller_id"), new("dial_telephone", Default: Telephones, Rare: true), new(CloudAddress.Setting, Default: ApiHost, Rare: true))
    {
        Proof = "HMAC-SHA256 of address, fields and a nonce",
        Tells = Tells.Progress | Tells.Ringing | Tells.Operators | Tells.Recordings,
    };

    public IReadOnlyList<string> ContentTypes { get; } = ["application/x-www-form-urlencoded"];

    public string ProofHeader(Settings settings) => Header;

    public bool IsAuthentic(Arrival arrival, Settings settings)
    {
        if (arrival.Header(Header + "-Nonce") is not { Length: > 0 } nonce) return false;
        var given = $"{arrival.Header(Header)},{arrival.Header(MainAccountHeader)}".Split(',', SignaturesMax, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return Signature.ByAnySecret(settings, "auth_token", token => Spellings(arrival).Any(signed =>
            given.Any(signature => Signature.IsHmacSha256(signature, token, Encoding.UTF8.GetBytes($"{signed}.{nonce}")))));
    }

    /// <summary>What is signed; Plivo's libraries do not agree on whether the port belongs to the address.</summary>
    static IEnumerable<string> Spellings(Arrival arrival)
    {
        var url = arrival.Url.Split('#')[0];
        var query = Form.OfQuery(url).Sorted(between: "=", after: "&");
        var body = arrival.Method == "GET" ? "" : Form.Of(arrival.Body.Span).Sorted(between: "", after: "");
        var path = url.Split('?')[0];
        var rest = query.Length + body.Length == 0 ? "" : $"?{query}{(query.Length > 0 && body.Length > 0 ? "." : "")}{body}";
        foreach (var spelling in Signature.WithAndWithoutPort(path)) yield return spelling + rest;
    }

    /// <summary>Where it asks what to do next: nothing of ours, unless for a call that is placed from here. Everywhere else the body is not looked at.</summary>
    public WebhookReply ReplyTo(Arrival arrival, Settings settings) => new(200, "text/xml", DialFor(arrival, settings) is { } dial ? $"<Response>{dial}</Response>" : "<Response/>");

    public Translation Translate(Arrival arrival, Settings settings)
    {
        var fields = FieldsOf(arrival);
        if (fields.Has("MPCName") || fields.Has("MPCUUID")) return Translation.Ignored("an event of a conference");
        return new News(fields, arrival, settings).Translate();
    }

    static Form FieldsOf(Arrival arrival) => arrival.Method == "GET" ? Form.OfQuery(arrival.Url) : Form.Of(arrival.Body.Span);

    // ---- Control ----

    /// <remarks>
    /// The operator's leg is the call. Plivo takes no instructions with it, so who picked up asks at our address, in which the number
    /// stands: it is proved with the rest of what Plivo sends.
    /// https://www.plivo.com/docs/voice/api/call#make-a-call
    /// </remarks>
    public Order Place(Dialling wish, Settings settings)
    {
        var address = AddressFor((wish.News ?? throw new Refusal(RefusalKind.Conflict, "control.no-address")).AbsoluteUri, Control.Digits(wish.Number, settings));
        return Tell(HttpMethod.Post, "", JsonSerializer.Serialize(new
        {
            from = Control.CallerId(settings)[1..],
            to = wish.Telephone.Text.TrimStart('+'),
            answer_url = address,
            answer_method = "POST",
            ring_url = address,
            hangup_url = address,
            ring_timeout = Control.RingSeconds,
        }), settings);
    }

    /// <remarks>Each leg is a call of its own there; that of who calls out names the call.</remarks>
    public Order HangUp(DialString leg, Settings settings) => Tell(HttpMethod.Delete, $"{Uri.EscapeDataString(leg.Text)}/", "", settings);

    static WebOrder Tell(HttpMethod method, string path, string body, Settings settings) => new(
        new CloudRequest(method, CloudAddress.With(CloudAddress.Of(settings, ApiHost), $"/v1/Account/{CloudAddress.Part(settings, "auth_id")}/Call/{path}")) { ContentType = body.Length > 0 ? "application/json" : "", Body = body }
            .WithBasic(settings["auth_id"], settings["auth_token"]),
        (status, answer) => CloudDoor.FateOf(status, answer));

    static string AddressFor(string address, string number) => $"{address}?{Wanted}={Uri.EscapeDataString(number)}";

    /// <summary>Whom the operator wants whom we had rung; null for any other call.</summary>
    static string? WantedIn(Arrival arrival, Form fields) => fields["Direction"] == "outbound" ? Form.OfQuery(arrival.Url).Text(Wanted) : null;

    /// <summary>He picked up; null for anything else that is told of his call.</summary>
    static string? DialFor(Arrival arrival, Settings settings)
    {
        var fields = FieldsOf(arrival);
        if (WantedIn(arrival, fields) is not { } number || fields["CallStatus"] != "in-progress" || fields.Has("DialAction") || fields.Has("DialStatus") || fields.Has("HangupCause") || !Control.IsOn(settings)) return null;
        try
        {
            var news = SecurityElement.Escape(AddressFor(RoutingQuestion.Plain(arrival.Url), number));
            return $"<Dial callerId=\"{Control.CallerId(settings)[1..]}\" callbackUrl=\"{news}\" callbackMethod=\"POST\"><Number>{DialString.Number(number)}</Number></Dial>";
        }
        catch (Refusal)
        {
            return null; // a setting was changed meanwhile; his telephone is hung up
        }
    }

    // ---- Routing ----

    public int TelephonesMax => 10;

    /// <summary>
    /// The Answer URL is asked while the call rings; what was told brings its thread back when nobody picked up or a wait is over.
    /// Nobody is left to be told for when the caller is gone, or when he has talked.
    /// </summary>
    public RoutingQuestion? QuestionIn(Arrival arrival, Settings settings)
    {
        var (fields, thread) = (FieldsOf(arrival), RoutingQuestion.ThreadIn(arrival.Url));
        if (fields.Text("CallUUID") is not { } call || fields["Direction"] != "inbound" || fields["CallStatus"] is not ("ringing" or "in-progress") || fields.Has("HangupCause") || fields.Has("DialAction")
            || fields.Has("RecordUrl") || fields["DialStatus"] is "completed" or "cancel" || thread.Length == 0 && (fields["Event"] != "StartApp" || fields["CallStatus"] != "ringing")) return null;
        return new(new(arrival.Connection, call), settings.Number(LegNews.InFull(fields.Text("To"))).E164, thread, RoutingQuestion.Plain(arrival.Url));
    }

    /// <summary>Whoever is listed by name is rung at his number or address, a number as it is; anything else is an endpoint of Plivo's.</summary>
    public DialString Telephone(string name, Settings settings) => Control.Telephone(name, settings, Telephones);

    /// <remarks>https://www.plivo.com/docs/voice/xml</remarks>
    public RoutingAnswer Say(RoutingStep step, RoutingQuestion question, Settings settings)
    {
        var first = step.First is { } spoken ? $"<Speak language=\"{spoken.Language}\">{SecurityElement.Escape(spoken.Text)}</Speak>" : "";
        return new(new WebhookReply(200, "text/xml", $"<Response>{first}{step switch
        {
            RingStep ring => $"<Dial timeout=\"{ring.Seconds}\" action=\"{AddressOf(ring.Thread)}\" method=\"POST\" callbackUrl=\"{SecurityElement.Escape(question.Address)}\" callbackMethod=\"POST\">{string.Concat(ring.Telephones.Select(Rung))}</Dial>",
            WaitStep wait => $"{(wait.Music is { } music ? $"<Play>{SecurityElement.Escape(music.AbsoluteUri)}</Play>" : $"<Wait length=\"{wait.Seconds}\"/>")}<Redirect method=\"POST\">{AddressOf(wait.Thread)}</Redirect>",
            MessageStep message => $"<Record action=\"{SecurityElement.Escape(question.Address)}?{Message}=1\" method=\"POST\" maxLength=\"{message.SecondsMax}\" playBeep=\"true\"/>",
            HangUpStep => "<Hangup/>",
            _ => throw new InvalidOperationException($"No words for {step.GetType().Name}."),
        }}</Response>"));

        string AddressOf(string thread) => SecurityElement.Escape(question.AddressFor(thread));

        static string Rung(DialString telephone) => telephone.Text.StartsWith("sip", StringComparison.Ordinal)
            ? $"<User>{SecurityElement.Escape(telephone.Text)}</User>" : $"<Number>{SecurityElement.Escape(telephone.Text.TrimStart('+'))}</Number>";
    }

    // ---- Call log ----

    public CallLogInfo CallLog { get; } = new(TimeSpan.FromSeconds(1), TimeSpan.FromDays(1), "auth_id", "auth_token");

    /// <remarks>It finds calls by when they ended.</remarks>
    public IReadOnlyList<CloudRequest> Ask(LogWindow window, Settings settings) => [AskFor(Written(window.InAnyZone().From), Written(window.InAnyZone().Until), offset: 0, window, settings)];

    static CloudRequest AskFor(string after, string before, int offset, LogWindow window, Settings settings) => CloudRequest.Get(CloudAddress.With(CloudAddress.Of(settings, ApiHost),
            $"/v1/Account/{CloudAddress.Part(settings, "auth_id")}/Call/", ("end_time__gt", after), ("end_time__lt", before), ("limit", $"{PageSize}"), ("offset", $"{offset}")))
        .WithBasic(settings["auth_id"], settings["auth_token"]) with
    { Note = window.Note };

    public LogPage Read(CloudRequest asked, CloudAnswer answer, Settings settings)
    {
        var page = JsonPart.Of(answer);
        if (!page["objects"].IsThere) throw new UnreadableException("objects is missing");
        var (query, window) = (Form.OfQuery(asked.Address.Query), LogWindow.Of(asked));
        var offset = int.Parse(query["offset"], CultureInfo.InvariantCulture);
        // A leg that began in the stretch and ended after it stands in the next one.
        var legs = page["objects"].Items.Where(leg => window.Holds(Time(leg, "initiation_time", settings)) || window.Holds(Time(leg, "end_time", settings)));
        return new LogPage([.. legs.Select(leg => new LogRecord(leg.Raw, leg["end_time"].IsThere ? null : Time(leg, "initiation_time", settings)))],
            page["meta"]["next"].IsThere ? [AskFor(query["end_time__gt"], query["end_time__lt"], offset + PageSize, window, settings)] : []);
    }

    public Translation TranslateRecord(Arrival record, Settings settings)
    {
        var told = JsonPart.Of(record);
        var began = Time(told, "initiation_time", settings) ?? throw new UnreadableException("initiation_time is missing");
        var (answered, end, cause, id) = (Time(told, "answer_time", settings), Time(told, "end_time", settings) ?? began, told.Word("hangup_cause_name"), told.Needed("call_uuid"));
        var isOut = told.Word("call_direction") == "outbound";
        var status = answered is not null ? "completed" : StatusOf(cause) ?? (isOut ? cause.Length > 0 ? "failed" : "no-answer" : "completed");
        if (told.Text("parent_call_uuid") is { } first)
        {
            LegNews Leg(DateTimeOffset at) => new(new(record.Connection, first), id, at, LegNews.InFull(told.Text("from_number")), LegNews.InFull(told.Text("to_number")), settings);
            return Translation.Understood([.. answered is { } at ? [Leg(at).Answers()] : Array.Empty<CallEvent>(), Leg(end).Stops(answered is null ? ResultOf(status) : AttemptResult.Answered)]).GivingWay();
        }

        var fields = new Form(
        [
            ("CallUUID", id), ("From", told.Text("from_number") ?? ""), ("To", told.Text("to_number") ?? ""), ("Direction", told.Word("call_direction")), ("CallStatus", status == "rejected" ? "no-answer" : status), ("Event", "Hangup"),
            ("HangupCause", status == "rejected" ? status : told.Text("hangup_cause_name") ?? ""), ("HangupCauseName", told.Text("hangup_cause_name") ?? ""), ("HangupSource", told.Text("hangup_source") ?? ""),
            ("StartTime", $"{began.ToUnixTimeMilliseconds()}"), ("AnswerTime", $"{answered?.ToUnixTimeMilliseconds()}"), ("EndTime", $"{end.ToUnixTimeMilliseconds()}"),
        ]);
        return new News(fields, record with { Url = "", ReceivedAt = end }, settings).Translate().GivingWay();
    }

    /// <summary>What the callback would have said of a leg that nobody picked up; null when its cause does not tell.</summary>
    static string? StatusOf(string cause) => cause.Contains("busy", StringComparison.Ordinal) ? "busy"
        : cause.Contains("cancel", StringComparison.Ordinal) ? "cancel"
        : cause.Contains("reject", StringComparison.Ordinal) ? "rejected"
        : cause.Contains("no answer", StringComparison.Ordinal) || cause.Contains("timeout", StringComparison.Ordinal) ? "no-answer" : null;

    static string Written(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    static DateTimeOffset? Time(JsonPart told, string name, Settings settings) => told.Instant(name, settings.TimeZone, default);

    static AttemptResult ResultOf(string status) => status switch
    {
        "busy" or "user-busy" => AttemptResult.Busy,
        "cancel" or "originator-cancel" => AttemptResult.Cancelled,
        "failed" => AttemptResult.Failed,
        "call-rejected" or "rejected" => AttemptResult.Declined,
        _ => AttemptResult.NotAnswered,
    };

    // ---- News ----

    sealed class News(Form fields, Arrival arrival, Settings settings)
    {
        readonly CallKey call = new(arrival.Connection, fields.Text("DialALegUUID") ?? fields.Text("CallUUID") ?? throw new UnreadableException("CallUUID is missing"));
        readonly DateTimeOffset at = arrival.ReceivedAt;
        readonly bool isOutbound = fields["Direction"].Equals("outbound", StringComparison.OrdinalIgnoreCase);
        readonly List<CallEvent> events = [];

        /// <summary>Of a call that is placed from here; its first leg rings the operator.</summary>
        readonly string? wanted = WantedIn(arrival, fields);

        LegNews FirstLeg => new(call, call.Id, at, LegNews.InFull(fields.Text("From")), LegNews.InFull(fields.Text("To")), settings, wanted is null ? null : Operator);

        string? Operator => settings.PersonAt(LegNews.InFull(fields.Text("To"))) ?? LegNews.InFull(fields.Text("To"));

        LegNews SecondLeg => new(call, fields.Text("DialBLegUUID") ?? throw new UnreadableException("DialBLegUUID is missing"), at,
            LegNews.InFull(fields.Text("DialBLegFrom")), LegNews.InFull(fields.Text("DialBLegTo")), settings);

        string Status => fields["CallStatus"].ToLowerInvariant();

        bool IsMachine => fields["Machine"].Equals("true", StringComparison.OrdinalIgnoreCase);

        public Translation Translate()
        {
            if (Status.Length == 0 && !fields.Has("RecordUrl") && !fields.Has("DialAction")) return Translation.Unreadable("CallStatus is missing");
            if (fields.Has("From") || fields.Has("To")) Start();
            if (fields.Address("RecordUrl") is { } recording) Add(new RecordingMade(call, at, recording), $"recording:{fields["RecordingID"]}:{recording}");
            if (fields.Has("RecordUrl") && Form.OfQuery(arrival.Url).Has(Message)) Add(new VoicemailLeft(call, at), "message");
            if (fields.Has("DialAction")) SecondLegSays(fields["DialAction"].ToLowerInvariant());
            else if (fields.Has("DialStatus")) Dialled(fields.Text("DialStatus")?.ToLowerInvariant() ?? "");
            else if (!IsKnown(Status)) return new Translation(Verdict.Unreadable, $"CallStatus '{Arrival.Clean(Status, 40)}' is unknown", events);
            // That a recording is of a call that is over does not say since when.
            else if (fields.Has("HangupCause") || Status is not ("ringing" or "in-progress" or "") && !fields.Has("RecordUrl")) End();
            else if (isOutbound) Progress();
            return events.Count > 0 ? Translation.Understood(events) : Translation.Ignored("it says nothing of who talks to whom") with { About = call.Id };
        }

        static bool IsKnown(string status) => status is "" or "ringing" or "in-progress" or "completed" or "busy" or "failed" or "timeout" or "no-answer" or "cancel";

        /// <summary>Times are those of the receipt, so one fact is one, however late it is told again.</summary>
        void Add(CallEvent happened, string told) => events.Add(happened with { ToldAs = told });

        void Start()
        {
            var started = isOutbound ? FirstLeg.WentOut() : FirstLeg.CameIn();
            var begins = fields["Event"] is "StartApp" or "Ring" && Status == "ringing";
            if (wanted is not null)
            {
                var line = settings.Number(LegNews.InFull(fields.Text("From")));
                Add(new CallStarted(call, at, Direction.Outbound, line, settings.Number(LegNews.InFull(wanted)), line.E164, Operator), "placed");
                return;
            }

            var began = (fields.Has("StartTime") ? fields.Instant("StartTime", settings.TimeZone, at) : fields.Instant("SessionStart", TimeZoneInfo.Utc, at)) ?? at;
            Add(started with { At = began, Leg = null, Coarse = !begins, CallerName = isOutbound ? null : CallerName }, begins ? "start" : $"start~:{fields.Has("StartTime")}");
        }

        /// <summary>Plivo writes the number where it knows no name.</summary>
        string? CallerName => fields.Text("CallerName") is { } name && !name.All(letter => char.IsAsciiDigit(letter) || letter == '+') ? name : null;

        void Progress()
        {
            if (Status == "ringing") Add(FirstLeg.Rings(), "ring");
            else if (fields["Event"] == "StartApp" && !IsMachine) Add(FirstLeg.Answers(), "answer");
        }

        void SecondLegSays(string what)
        {
            var id = fields["DialBLegUUID"];
            switch (what)
            {
                case "ring" or "ringing": Add(SecondLeg.Rings(), $"ring:{id}"); break;
                case "answer" or "connected": Add(SecondLeg.Answers(), $"answer:{id}"); break;
                case "hangup": Add(SecondLeg.Stops(ResultOf(fields["DialBLegHangupCause"].ToLowerInvariant().Replace('_', '-'))), $"over:{id}"); break;
            }
        }

        /// <summary>How the last second leg went, asked for when it is over; who did not pick up is not named.</summary>
        void Dialled(string status)
        {
            var isAnswered = status == "completed";
            if (!isAnswered && !fields.Has("DialBLegUUID") && RoutingQuestion.ThreadIn(arrival.Url).Length > 0) return; // whom we had rung, the callbacks we asked for tell by name
            var leg = fields.Text("DialBLegUUID") ?? $"dial:{status}";
            var began = at.AddSeconds(-Math.Clamp(fields.Number("DialBLegDuration") ?? 0, 0, 86_400));
            if (isAnswered) Add(new AttemptAnswered(call, began, leg, "", LegRole.Operator) { Coarse = true }, $"answer~:{leg}");
            Add(new AttemptEnded(call, at, leg, isAnswered ? AttemptResult.Answered : ResultOf(status), "", LegRole.Operator) { Coarse = true }, $"over~:{leg}");
        }

        void End()
        {
            var end = fields.Instant("EndTime", settings.TimeZone, at) ?? at;
            var isDeclined = fields["HangupCause"].Contains("reject", StringComparison.OrdinalIgnoreCase);
            var source = fields["HangupSource"].ToLowerInvariant();
            var cause = Status switch
            {
                _ when isOutbound && (IsMachine || isDeclined) => EndCause.NoAnswer,
                "busy" => EndCause.Busy,
                "no-answer" or "timeout" => EndCause.NoAnswer,
                "cancel" => EndCause.Cancelled,
                "failed" => EndCause.Failed,
                _ when isOutbound => EndCause.Normal,
                _ when source == "caller" => EndCause.Cancelled,
                _ when source is "plivo" or "error" or "carrier" => EndCause.Failed,
                _ => EndCause.Unknown, // our own instructions were at their end: what they dialled tells
            };
            if (isOutbound)
            {
                var leg = FirstLeg;
                if (Status == "completed" && !IsMachine && fields.Instant("AnswerTime", settings.TimeZone, at) is { } answered)
                    Add(leg.Answers() with { At = answered, Coarse = true }, "answer~");
                Add(leg.Stops(isDeclined ? AttemptResult.Declined : ResultOf(Status)) with { At = end }, "over");
            }

            Add(new CallEnded(call, end, cause, fields.Text("HangupCauseName") ?? fields.Text("HangupCause") ?? Status), "end");
        }
    }
}
