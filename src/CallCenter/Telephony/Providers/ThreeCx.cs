using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Xml;
using CallCenter.Calls;
using CallCenter.Telephony.Wire;

namespace CallCenter.Telephony.Providers;

/// <summary>3CX: what its CRM template reports of a call when it is over.</summary>
/// <remarks>
/// The template is ours and stands in docs/providers/3cx.md. 3CX reports a call once, when it has ended, and gives it no id: the
/// outside number and the second it began tell it from others, so that the report of each telephone of a group is of one
/// call. Nothing is repeated when it fails. Live states need the Enterprise licence's own interfaces.
/// Calls are placed through the Call Control API of version 20, which rings the extension's telephones first; a template knows no legs, so
/// nothing can be hung up: while a call lasts nobody here knows of it.
/// The call log of version 20 has a row for each stage of a call, of a menu, a queue and a telephone, and an id that the template does not tell.
/// https://github.com/3cx/call-control-examples, https://www.3cx.com/docs/server-side-crm-template-xml-description/,
/// https://github.com/3cx/xapi-tutorial
/// </remarks>
sealed class ThreeCx : IWebhookProvider, ICanCall, IHandsOutTokens, IHasCallLog
{
    const string Header = "x-api-key";
    const double SecondsMax = 7 * 24 * 3600;

    const int PageSize = 500, RowsMax = 20_000;

    /// <summary>How far apart the stages of a call may begin.</summary>
    static readonly TimeSpan Around = TimeSpan.FromHours(2);

    public ProviderInfo Info { get; } = new("3cx", "3CX",
        new("key", Secret: true, Required: true, Generated: true), new("queues"), new("people"), new("lines"), new("country"), Control.Switch, new(CloudAddress.Setting), new("client_id"), SettingInfo.Credential("client_secret"), Control.NumberForm, new("dial_prefix", Rare: true))
    {
        Proof = "a key in a header",
        Tells = Tells.Queues | Tells.Operators | Tells.Recordings,
    };

    public IReadOnlyList<string> ContentTypes { get; } = ["application/json"];

    public string ProofHeader(Settings settings) => Header;

    public bool IsAuthentic(Arrival arrival, Settings settings) => Signature.ByAnySecret(settings, "key", key => Signature.IsToken(arrival.Header(Header), key));

    // ---- Control ----

    public IReadOnlyList<string> ControlNeeds { get; } = [CloudAddress.Setting, "client_id", "client_secret"];

    public DialString Telephone(string name, Settings settings) => DialString.Extension(settings.AddressOf(name) ?? name);

    public CloudRequest AskForToken(Settings settings) => CloudRequest.Post(new Uri(Api(settings), "/connect/token"),
        [new("client_id", Needed(settings, "client_id")), new("client_secret", Needed(settings, "client_secret")), new("grant_type", "client_credentials")]);

    public Order Place(Dialling wish, Settings settings) => new WebOrder(
        new CloudRequest(HttpMethod.Post, new Uri(Api(settings), $"/callcontrol/{wish.Telephone}/makecall"))
        {
            WantsToken = true,
            ContentType = "application/json",
            Body = JsonSerializer.Serialize(new { destination = Control.Dialled(wish.Number, settings) }),
        },
        (status, body) => CloudDoor.FateOf(status, body));

    static Uri Api(Settings settings) => CloudAddress.Of(settings, Needed(settings, CloudAddress.Setting));

    static string Needed(Settings settings, string key) => settings[key] is { Length: > 0 } value ? value : throw new Refusal(RefusalKind.Conflict, "control.setting", key);

    // ---- Call log ----

    /// <remarks>A call of four hours is told of when that is over, under the time it began. Clocks are cut to seconds, not always the same way.</remarks>
    public CallLogInfo CallLog { get; } = new(TimeSpan.FromSeconds(1), TimeSpan.FromHours(6), CloudAddress.Setting, "client_id", "client_secret") { Overlap = TimeSpan.FromHours(4), SameWithin = TimeSpan.FromSeconds(3) };

    /// <remarks>Whether it finds rows or whole calls is not established, so more is asked for than is wanted: a call whose first stage is cut off would be another.</remarks>
    public IReadOnlyList<CloudRequest> Ask(LogWindow window, Settings settings) => [AskFor(Api(settings), window, skip: 0, "[]")];

    /// <param name="rows">Those of the pages before: stages of a call may stand on several.</param>
    static CloudRequest AskFor(Uri api, LogWindow window, int skip, string rows) => CloudRequest.Get(CloudAddress.With(api,
        $"/xapi/v1/ReportCallLogData/Pbx.GetCallLogData(periodFrom={Instant(window.From - Around)},periodTo={Instant(window.Until + Around)},sourceType=0,sourceFilter='',destinationType=0,destinationFilter='',"
        + "callsType=0,callTimeFilterType=0,callTimeFilterFrom='0:00:0',callTimeFilterTo='0:00:0',hidePcalls=true)", ("$top", $"{PageSize}"), ("$skip", $"{skip}"))) with
    { WantsToken = true, Note = $"{window.Note}\n{rows}" };

    static string Instant(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    /// <remarks>The newest come first, so one that is written meanwhile shows another twice. That there are no more is known by an empty page.</remarks>
    public LogPage Read(CloudRequest asked, CloudAnswer answer, Settings settings)
    {
        var page = JsonPart.Of(answer);
        if (!page["value"].IsThere) throw new UnreadableException("value is missing");
        var cut = asked.Note.IndexOf('\n');
        var window = LogWindow.Of(asked with { Note = asked.Note[..cut] });
        var (before, more) = (JsonPart.Of(Encoding.UTF8.GetBytes(asked.Note[(cut + 1)..]), "the note").Items.ToList(), page["value"].Items.ToList());
        if (before.Count + more.Count > RowsMax) return LogPage.TooMany;
        if (more.Count > 0) return new LogPage([], AskFor(new Uri(asked.Address, "/"), window, before.Count + more.Count, Written(before.Concat(more))));
        return new LogPage([.. before.DistinctBy(row => Encoding.UTF8.GetString(row.Raw.Span)).GroupBy(IdOf).Where(call => window.Holds(call.Min(Start)))
            .Select(call => new LogRecord(Encoding.UTF8.GetBytes(Written(call.OrderBy(Start))), GoesOn(call) ? call.Min(Start) : null))]);
    }

    static string Written(IEnumerable<JsonPart> rows) => $"[{string.Join(',', rows.Select(row => Encoding.UTF8.GetString(row.Raw.Span)))}]";

    static string IdOf(JsonPart row) => row.Text("MainCallHistoryId") ?? row.Text("CallHistoryId") ?? row.Text("CdrId") ?? Encoding.UTF8.GetString(row.Raw.Span);

    static DateTimeOffset Start(JsonPart row) => row.Instant("StartTime") ?? throw new UnreadableException("StartTime is missing");

    /// <summary>A queue handed it to somebody of whom there is no row yet.</summary>
    static bool GoesOn(IEnumerable<JsonPart> call) => call.MaxBy(Start).Text("Reason")?.Contains("replaced by", StringComparison.OrdinalIgnoreCase) == true && !call.Any(row => IsTelephone(row) && row.IsTrue("Answered"));

    static bool IsTelephone(JsonPart row) => row.Word("CallType") == "extension" || IsOutside(row) && row.Text("DestinationCallerId") is not null;

    static DateTimeOffset Answer(JsonPart row) => Start(row).AddSeconds(Length(row, "RingingDuration"));

    static DateTimeOffset End(JsonPart row) => Answer(row).AddSeconds(Length(row, "TalkingDuration"));

    public Translation TranslateRecord(Arrival record, Settings settings)
    {
        var rows = JsonPart.Of(record).Items.ToList();
        if (rows.Count == 0) return Translation.Unreadable("it has no rows");
        var isIn = rows.Exists(row => row.Word("Direction") == "inbound");
        if (!isIn && !rows.Exists(row => row.Word("Direction") == "outbound")) return Translation.Ignored("3CX reports no internal calls either");
        var (start, end) = (rows.Min(Start), rows.Max(End));
        var outside = settings.Number(rows.Select(row => row.Text(isIn ? "SourceCallerId" : "DestinationCallerId")).FirstOrDefault(number => number is not null));
        var call = new CallKey(record.Connection, KeyOf(isIn, outside, start));
        var placedBy = isIn ? null : rows.Select(row => Person(row, "Source", settings)).FirstOrDefault(person => person is not null);
        var events = new List<CallEvent>
        {
            new CallStarted(call, start, isIn ? Direction.Inbound : Direction.Outbound, isIn ? outside : null, isIn ? null : outside, Operator: placedBy, CallerName: isIn ? rows[0].Text("SourceDisplayName") : null),
        };
        events.AddRange(rows.Where(row => isIn && row.Word("CallType") == "queue" && row.Text("DestinationDn") is not null)
            .Select(row => new QueueJoined(call, Start(row), settings.Queue(row.Text("DestinationDn")!) ?? row.Text("DestinationDn")!)));
        foreach (var leg in rows.Where(IsTelephone).GroupBy(row => isIn ? row.Text(IsOutside(row) ? "DestinationCallerId" : "DestinationDn") ?? "" : "customer"))
        {
            var role = !isIn || leg.All(IsOutside) ? LegRole.Outside : LegRole.Operator;
            var whom = !isIn ? outside.E164 ?? outside.Raw : role == LegRole.Outside ? leg.Key : Person(leg.First(), "Destination", settings) ?? "";
            var answered = leg.FirstOrDefault(row => row.IsTrue("Answered"));
            if (answered.IsThere) events.Add(new AttemptAnswered(call, Answer(answered), leg.Key, whom, role));
            events.Add(new AttemptEnded(call, leg.Max(End), leg.Key, answered.IsThere ? AttemptResult.Answered : AttemptResult.NotAnswered, whom, role));
            if (answered.Address("RecordingUrl") is { } recording) events.Add(new RecordingMade(call, leg.Max(End), recording));
        }

        events.Add(new CallEnded(call, end, events.Exists(happened => happened is AttemptAnswered) ? EndCause.Normal : EndCause.NoAnswer, rows.MaxBy(Start).Text("Status")));
        return Translation.Understood(events).GivingWay();
    }

    static bool IsOutside(JsonPart row) => row.Word("CallType") == "external";

    /// <summary>An extension under the name that an administrator gave it, else that of 3CX.</summary>
    static string? Person(JsonPart row, string side, Settings settings) => row.Text($"{side}Dn") is not { } extension ? null
        : settings.Person(extension) is var named && named != extension ? named : row.Text($"{side}DisplayName") ?? extension;

    /// <summary>Seconds, of a length as ISO 8601 has it: <c>PT1M12.577027S</c>.</summary>
    static double Length(JsonPart row, string name)
    {
        try
        {
            return row.Text(name) is { } text ? Math.Clamp(XmlConvert.ToTimeSpan(text).TotalSeconds, 0, SecondsMax) : 0;
        }
        catch (Exception e) when (e is FormatException or OverflowException)
        {
            throw new UnreadableException($"{name} is no length of time");
        }
    }

    // ---- Events ----

    /// <summary>3CX looks for JSON in the answer.</summary>
    public WebhookReply ReplyTo(Arrival arrival, Settings settings) => new(200, "application/json", "{}");

    public Translation Translate(Arrival arrival, Settings settings)
    {
        var told = JsonPart.Of(arrival);
        var type = told.Word("CallType");
        if (type is not ("inbound" or "outbound" or "missed" or "notanswered")) return Translation.Unreadable($"CallType '{Arrival.Clean(type, 40)}' is unknown");
        var start = told.Instant("CallStartTimeUTC") ?? throw new UnreadableException("CallStartTimeUTC is missing");
        var answered = type is "inbound" or "outbound" ? told.Instant("CallEstablishedTimeUTC") : null;
        var end = told.Instant("CallEndTimeUTC") ?? (answered ?? start).AddSeconds(Duration(told));
        var isIn = type is "inbound" or "missed";
        var outside = settings.Number(told.Text("Number"));
        var call = new CallKey(arrival.Connection, KeyOf(isIn, outside, start));
        var person = PersonIn(told, settings);
        var line = told.Text("DID") is { } did ? settings.Number(did) : null;

        var events = new List<CallEvent>
        {
            new CallStarted(call, start, isIn ? Direction.Inbound : Direction.Outbound, isIn ? outside : line, isIn ? line : outside, line?.E164, isIn ? null : person, isIn ? told.Text("Name") : null),
        };
        if (isIn && told.Text("QueueExtension") is { } queue) events.Add(new QueueJoined(call, start, settings.Queue(queue) ?? queue));
        var (leg, whom, role) = isIn ? (told.Text("Agent"), person ?? "", LegRole.Operator) : ("customer", outside.E164 ?? outside.Raw, LegRole.Outside);
        if (answered is { } at) events.Add(new AttemptAnswered(call, at, leg ?? "", whom, role));
        if (leg is not null) events.Add(new AttemptEnded(call, end, leg, answered is null ? AttemptResult.NotAnswered : AttemptResult.Answered, whom, role));
        if (told.Address("RecordingUrl") is { } recording) events.Add(new RecordingMade(call, end, recording));
        // That one telephone of a group missed it says nothing if another picked up.
        events.Add(new CallEnded(call, end, answered is null ? EndCause.NoAnswer : EndCause.Normal, told.Text("CallType")) { Presumed = type == "missed" });
        return Translation.Understood(events);
    }

    /// <summary>Whoever was rung, it is one call of that number that began in that second.</summary>
    static string KeyOf(bool isIn, PhoneNumber outside, DateTimeOffset start) => Convert.ToHexStringLower(SHA256.HashData(
        Encoding.UTF8.GetBytes($"{isIn}:{outside.E164 ?? outside.Raw}:{start.ToUnixTimeSeconds()}")).AsSpan(0, 12));

    static string? PersonIn(JsonPart told, Settings settings)
    {
        if (told.Text("Agent") is not { } extension) return null;
        if (settings.Person(extension) is var named && named != extension) return named;
        var name = $"{told.Text("AgentFirstName")} {told.Text("AgentLastName")}".Trim();
        return name.Length > 0 ? name : extension;
    }

    /// <summary>Hours, minutes and seconds.</summary>
    static double Duration(JsonPart told) =>
        TimeSpan.TryParseExact(told.Text("Duration"), @"hh\:mm\:ss", CultureInfo.InvariantCulture, out var length) ? Math.Clamp(length.TotalSeconds, 0, SecondsMax) : 0;
}
