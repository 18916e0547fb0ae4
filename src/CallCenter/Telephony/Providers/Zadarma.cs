using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using CallCenter.Calls;
using CallCenter.Telephony.Wire;

namespace CallCenter.Telephony.Providers;

/// <summary>Zadarma cloud PBX: one signed form for each event of a call.</summary>
/// <remarks>
/// No event carries its own time (all name the start of the call, in the zone of the account), so the receipt counts and each
/// fact is known by its event and extension. Answered says little: a menu or a greeting makes it so; only <c>NOTIFY_ANSWER</c>
/// with an extension is a person. A signature covers three fields only, and is base64 of the hash written in hexadecimal.
/// The address is tried with <c>?zd_echo=…</c> when it is saved, and the value must come back.
/// What is asked of Zadarma is signed with the same secret: the path, the fields in the order of their names, and the MD5 of those.
/// Its statistics have a row for each part of a call (a menu, an extension), with its start and how long it took in whole seconds.
/// https://zadarma.com/en/support/api/#api_webhooks, https://zadarma.com/en/support/api/#api_callback,
/// https://zadarma.com/en/support/api/#api_statistics_pbx
/// </remarks>
sealed class Zadarma : IWebhookProvider, ICanCall, IHasCallLog
{
    const string Header = "Signature", Customer = "customer";
    const string ApiHost = "api.zadarma.com", Callback = "/v1/request/callback/", Statistics = "/v1/statistics/pbx/";
    const int EchoMax = 200, ExtensionMax = 4;

    /// <summary>Shorter numbers are those of menus.</summary>
    const int ExtensionMin = 3;

    /// <summary>It gives no more rows at once.</summary>
    const int PageSize = 1000;

    public ProviderInfo Info { get; } = new("zadarma", "Zadarma",
        new("api_secret", Secret: true, Required: true), new("country"), new("people"), SettingInfo.Credential("api_key"), new("time_zone"), Control.Switch, new(CloudAddress.Setting, Default: ApiHost, Rare: true))
    {
        Proof = "HMAC-SHA1 of three fields",
        Tells = Tells.Progress | Tells.Ringing | Tells.Operators | Tells.Recordings,
    };

    public IReadOnlyList<string> ContentTypes { get; } = ["application/x-www-form-urlencoded"];

    public string ProofHeader(Settings settings) => Header;

    public WebhookReply? Greet(Arrival arrival, Settings settings) =>
        Form.OfQuery(arrival.Url)["zd_echo"] is { Length: > 0 and <= EchoMax } echo && echo.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.' or '=')
            ? new(200, "text/plain", echo)
            : null;

    public bool IsAuthentic(Arrival arrival, Settings settings)
    {
        if (arrival.Header(Header) is not { } given) return false;
        var fields = Form.Of(arrival.Body.Span);
        var signed = fields["event"] switch
        {
            "NOTIFY_ANSWER" => fields["caller_id"] + fields["destination"] + fields["call_start"],
            "NOTIFY_OUT_START" or "NOTIFY_OUT_END" => fields["internal"] + fields["destination"] + fields["call_start"],
            "NOTIFY_RECORD" => fields["pbx_call_id"] + fields["call_id_with_rec"],
            _ => fields["caller_id"] + fields["called_did"] + fields["call_start"],
        };
        return signed.Length > 0 && Signature.ByAnySecret(settings, "api_secret", secret => Signature.IsToken(given.Trim(), SignatureOf(signed, secret)));
    }

#pragma warning disable CA5350 // the scheme is Zadarma's
    internal static string SignatureOf(string signed, string secret) =>
        Convert.ToBase64String(Encoding.ASCII.GetBytes(Convert.ToHexStringLower(HMACSHA1.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(signed)))));
#pragma warning restore CA5350

    // ---- Control ----

    public IReadOnlyList<string> ControlNeeds { get; } = ["api_key"];

    /// <summary>An extension; of who is listed by name his.</summary>
    public DialString Telephone(string name, Settings settings) => DialString.Extension(settings.AddressOf(name) ?? name);

    public Order Place(Dialling wish, Settings settings) => new WebOrder(
        Signed(Callback, settings, ("format", "json"), ("from", wish.Telephone.Text), ("to", Control.Digits(wish.Number, settings))),
        FateOf);

    /// <summary>Some of what it will not do it answers with a 200.</summary>
    static OrderAnswer FateOf(int status, string body) =>
        CloudDoor.FateOf(status, body) is var answer && answer.Fate == OrderFate.Taken && IsError(body) ? new(OrderFate.Refused, CloudDoor.SaidIn(body)) : answer;

    static bool IsError(string body)
    {
        try
        {
            return JsonPart.Of(Encoding.UTF8.GetBytes(body), "the answer").Word("status") == "error";
        }
        catch (UnreadableException)
        {
            return false;
        }
    }

    /// <param name="fields">In the order of their names.</param>
    static CloudRequest Signed(string path, Settings settings, params (string Name, string Value)[] fields)
    {
        if (settings["api_key"].Length == 0) throw new Refusal(RefusalKind.Conflict, "control.setting", "api_key");
        var query = string.Join('&', fields.Select(field => $"{field.Name}={Form.Encoded(field.Value)}"));
        var address = new Uri(CloudAddress.Of(settings, ApiHost), $"{path}?{query}");
        return CloudRequest.Get(address).With("Authorization", $"{settings["api_key"]}:{SignatureOf(path + query + Md5(query), settings["api_secret"])}");
    }

#pragma warning disable CA5351 // the scheme is Zadarma's
    static string Md5(string text) => Convert.ToHexStringLower(MD5.HashData(Encoding.UTF8.GetBytes(text)));
#pragma warning restore CA5351

    // ---- Call log ----

    /// <remarks>Three questions a minute. A row is written when its part of the call is over, under the time it began.</remarks>
    public CallLogInfo CallLog { get; } = new(TimeSpan.FromSeconds(21), TimeSpan.FromDays(14), "api_key", "time_zone") { Overlap = TimeSpan.FromHours(4) };

    public IReadOnlyList<CloudRequest> Ask(LogWindow window, Settings settings) => [AskFor(window, skip: 0, settings)];

    /// <remarks>In whose zone it reads the times is not established; at most a month is told at once.</remarks>
    static CloudRequest AskFor(LogWindow window, int skip, Settings settings) => Signed(Statistics, settings,
        ("end", Written(window.InAnyZone().Until)), ("format", "json"), ("limit", $"{PageSize}"), ("skip", $"{skip}"), ("start", Written(window.InAnyZone().From)), ("version", "2")) with
    { Note = window.Note };

    /// <remarks>The end is where a page is empty: how many rows there are nobody says.</remarks>
    public LogPage Read(CloudRequest asked, CloudAnswer answer, Settings settings)
    {
        var page = JsonPart.Of(answer);
        if (!page["stats"].IsList) throw page.Text("message") is { } said ? new UnreadableException(said) : new UnreadableException("stats is missing");
        var (window, rows) = (LogWindow.Of(asked), page["stats"].Items.ToList());
        var skip = int.Parse(Form.OfQuery(asked.Address.Query)["skip"], CultureInfo.InvariantCulture) + rows.Count;
        // A part that began in the stretch and ended after it stands in the next one.
        var parts = rows.Where(row => window.Holds(Began(row, settings)) || window.Holds(Ended(row, settings)));
        return new LogPage([.. parts.Select(row => new LogRecord(row.Raw))], rows.Count > 0 ? [AskFor(window, skip, settings)] : []);
    }

    /// <summary>A row is told as the messages that it could have come with.</summary>
    public Translation TranslateRecord(Arrival record, Settings settings)
    {
        var row = JsonPart.Of(record);
        var id = row.Needed("pbx_call_id");
        var (began, ended) = (Began(row, settings) ?? throw new UnreadableException("callstart is missing"), Ended(row, settings)!.Value);
        var (call, sip, callerId, destination, part) = (new CallKey(record.Connection, id), row.Text("sip") ?? "", InBrackets(row.Text("clid")), row.Text("destination") ?? "", row.Text("call_id") ?? "");
        var isOut = id.StartsWith("out_", StringComparison.Ordinal);
        // Of a call that came in the caller stands in the place of the extension, unless the extension is who passed it on.
        var (extension, caller) = isOut ? (sip, callerId)
            : (IsExtension(destination) && destination.Length >= ExtensionMin ? destination : "", new[] { sip, callerId }.FirstOrDefault(who => who.Length > 0 && !IsExtension(who)) ?? "");
        var fields = new Form([("internal", extension), ("caller_id", caller), ("destination", destination), ("disposition", row.Word("disposition")), ("call_id_with_rec", part)]);

        List<string> first = [isOut ? "NOTIFY_OUT_START" : "NOTIFY_START"], last = [isOut ? "NOTIFY_OUT_END" : "NOTIFY_END"];
        if (row.Word("disposition") == "answered") first.Add("NOTIFY_ANSWER");
        else if (!isOut) first.Add("NOTIFY_INTERNAL");
        if (row.IsTrue("is_recorded")) last.Add("NOTIFY_RECORD");
        IEnumerable<CallEvent> Told(List<string> messages, DateTimeOffset at) => messages.SelectMany(message => new News(message, fields, call, at, settings).Translate().GivingWay().Events);
        // Each part has a start and an end of its own.
        return Translation.Understood([.. Told(first, began).Concat(Told(last, ended)).Select(happened => happened with { ToldAs = $"{happened.ToldAs}:{part}:{began.ToUnixTimeMilliseconds()}" })]);
    }

    static DateTimeOffset? Began(JsonPart row, Settings settings) => row.Instant("callstart", settings.TimeZone, default);

    static DateTimeOffset? Ended(JsonPart row, Settings settings) => Began(row, settings)?.AddSeconds(row.Number("seconds") is > 0 and < 1e6 and var seconds ? seconds : 0);

    static string Written(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    /// <summary>Of <c>Ana &lt;100&gt;</c> what stands in the brackets.</summary>
    static string InBrackets(string? text) => text?.Split('<', '>') is [_, { Length: > 0 } inside, ..] ? inside : text ?? "";

    static bool IsExtension(string text) => text.Length <= ExtensionMax && text.All(char.IsAsciiDigit) && text != "0";

    // ---- News ----

    public WebhookReply ReplyTo(Arrival arrival, Settings settings) => WebhookReply.Ok;

    public Translation Translate(Arrival arrival, Settings settings)
    {
        var fields = Form.Of(arrival.Body.Span);
        var happened = fields.Text("event") ?? throw new UnreadableException("event is missing");
        var call = new CallKey(arrival.Connection, fields.Text("pbx_call_id") ?? throw new UnreadableException("pbx_call_id is missing"));
        return new News(happened, fields, call, arrival.ReceivedAt, settings).Translate();
    }

    sealed class News(string happened, Form fields, CallKey call, DateTimeOffset at, Settings settings)
    {
        readonly List<CallEvent> events = [];

        bool IsOut => call.Id.StartsWith("out_", StringComparison.Ordinal) || happened.StartsWith("NOTIFY_OUT_", StringComparison.Ordinal)
            || !call.Id.StartsWith("in_", StringComparison.Ordinal) && happened == "NOTIFY_ANSWER" && fields["destination"] != fields["internal"];

        /// <summary>Null when nobody's: some write nought.</summary>
        string? Extension => fields.Text("internal") is { } extension and not "0" ? extension : null;

        string? Person => Extension is { } extension ? settings.Person(extension) : null;

        public Translation Translate()
        {
            switch (happened)
            {
                case "NOTIFY_START" or "NOTIFY_OUT_START":
                    Start(isCoarse: false);
                    if (IsOut) Add(new AttemptStarted(call, at, Customer, Whom, FarRole), "ring:customer");
                    break;
                case "NOTIFY_INTERNAL":
                    Start(isCoarse: true);
                    if (Extension is { } rung) Add(new AttemptStarted(call, at, rung, Person!), $"ring:{rung}");
                    break;
                case "NOTIFY_ANSWER":
                    Start(isCoarse: true);
                    if (IsOut) Add(new AttemptAnswered(call, at, Customer, Whom, FarRole), "answer:customer");
                    else if (Extension is { } picked) Add(new AttemptAnswered(call, at, picked, Person, LegRole.Operator), $"answer:{picked}");
                    break;
                case "NOTIFY_END" or "NOTIFY_OUT_END":
                    Start(isCoarse: true);
                    var (result, cause) = EndOf(fields["disposition"].ToLowerInvariant());
                    if (IsOut) Add(new AttemptEnded(call, at, Customer, result), "over:customer");
                    Add(new CallEnded(call, at, cause, $"{fields.Text("disposition")} {fields.Text("status_code")}".Trim()), "end");
                    break;
                case "NOTIFY_RECORD":
                    if (fields.Address("call_id_with_rec") is not { } recording) return Translation.Ignored("a recording without a name") with { About = call.Id };
                    Add(new RecordingMade(call, at, recording), $"recording:{recording}");
                    break;
                case "NOTIFY_IVR":
                    return Translation.Ignored("a choice in a menu") with { About = call.Id };
                default:
                    return Translation.Unreadable($"event '{Arrival.Clean(happened, 60)}' is unknown");
            }

            return Translation.Understood(events);
        }

        void Add(CallEvent fact, string told) => events.Add(fact with { ToldAs = told });

        PhoneNumber Number(string name) => fields.Text(name) is { } text && IsExtension(text) ? PhoneNumber.Internal(text) : settings.Number(LegNews.InFull(fields.Text(name)));

        void Start(bool isCoarse)
        {
            var told = isCoarse ? $"start~:{happened}" : "start";
            if (!IsOut)
            {
                var (caller, did) = (Number("caller_id"), fields.Has("called_did") ? Number("called_did") : null);
                var direction = caller.Kind == NumberKind.Internal ? Direction.Internal : Direction.Inbound;
                Add(new CallStarted(call, at, direction, caller, did, did?.E164, direction == Direction.Internal ? settings.Person(caller.Raw) : null) { Coarse = isCoarse }, told);
                return;
            }

            var to = Number("destination");
            var ours = fields.Has("caller_id") && !IsExtension(fields["caller_id"]) ? Number("caller_id") : null;
            var isInside = to.Kind == NumberKind.Internal;
            var from = isInside && Extension is { } extension ? PhoneNumber.Internal(extension) : ours;
            Add(new CallStarted(call, at, isInside ? Direction.Internal : Direction.Outbound, from, to, isInside ? null : ours?.E164, Person) { Coarse = isCoarse }, told);
        }

        string Whom => Number("destination") is var number && number.Kind == NumberKind.Internal ? settings.Person(number.Raw) : number.E164 ?? number.Raw;

        LegRole FarRole => Number("destination").Kind == NumberKind.Internal ? LegRole.Operator : LegRole.Outside;

        static (AttemptResult Result, EndCause Cause) EndOf(string disposition) => disposition switch
        {
            "answered" => (AttemptResult.NotAnswered, EndCause.Normal),
            "busy" => (AttemptResult.Busy, EndCause.Busy),
            "cancel" => (AttemptResult.Cancelled, EndCause.Cancelled),
            "no answer" => (AttemptResult.NotAnswered, EndCause.NoAnswer),
            _ => (AttemptResult.Failed, EndCause.Failed),
        };
    }
}
