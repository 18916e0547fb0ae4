using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using CallCenter.Calls;
using CallCenter.Telephony.Wire;

namespace CallCenter.Telephony.Providers;

/// <summary>Yeastar P-Series: the members of a call whose state changed, and the record of a call that is over.</summary>
/// <remarks>
/// What changed carries no time, so its receipt counts. A member is an extension or the trunk's side, and the same word means
/// different things of who calls and who is called: <c>ANSWER</c> is the called side talking, <c>ANSWERED</c> the caller's side
/// having been picked up, by a queue as well. The path a member came by names the queue; the setting <c>queues</c> gives it a
/// name. The record's times are the phone system's own, without a zone. What is to be told must be ticked in its settings.
/// Its API answers 200 to whatever it is asked, and wants its token in the query, so no address that it is asked at is told to anybody.
/// The log has a row for each stage of a call, menu, queue and telephone, with the id that messages give it, and only when it is over.
/// https://help.yeastar.com/en/p-series-appliance-edition/developer-guide/,
/// https://help.yeastar.com/en/p-series-appliance-edition/developer-guide/search-specific-cdr.html
/// </remarks>
sealed class Yeastar : IWebhookProvider, ICanHangUp, IHandsOutTokens, IHasCallLog
{
    const string Header = "X-Signature";

    const int PageSize = 500;

    /// <summary>What it answers where there is nothing, and to a token that holds no more.</summary>
    const string NothingFound = "60001", Token = "token";

    const double SecondsMax = 86_400;

    /// <summary>A clock that differs from ours by more is in another zone than the settings say.</summary>
    static readonly TimeSpan Believable = TimeSpan.FromMinutes(10);

    public ProviderInfo Info { get; } = new("yeastar", "Yeastar P-Series",
        new("secret", Secret: true, Required: true), new("country"), new("time_zone"), new("queues"), new("people"),
        Control.Switch, new(CloudAddress.Setting), new("client_id"), SettingInfo.Credential("client_secret"), Control.NumberForm, new("dial_prefix", Rare: true))
    {
        Proof = "HMAC-SHA256 of the body",
        Tells = Tells.Progress | Tells.Ringing | Tells.Queues | Tells.Operators | Tells.Holds | Tells.Transfers | Tells.Voicemail | Tells.Recordings,
    };

    public IReadOnlyList<string> ContentTypes { get; } = ["application/json"];

    public string ProofHeader(Settings settings) => Header;

    public bool IsAuthentic(Arrival arrival, Settings settings) =>
        Signature.ByAnySecret(settings, "secret", secret => Signature.IsHmacSha256(arrival.Header(Header), secret, arrival.Body.Span));

    // ---- Control ----

    public IReadOnlyList<string> ControlNeeds { get; } = [CloudAddress.Setting, "client_id", "client_secret"];

    /// <summary>A call has an id that is no channel's, and only channels are hung up.</summary>
    public bool IsCallTheFirstLeg => false;

    public TimeSpan TokenLasts => TimeSpan.FromMinutes(30);

    public DialString Telephone(string name, Settings settings) => DialString.Extension(settings.AddressOf(name) ?? name);

    public CloudRequest AskForToken(Settings settings) => Asking("get_token", new { username = Needed(settings, "client_id"), password = Needed(settings, "client_secret") }, settings);

    public string? WhyNoToken(JsonPart answer) => Fault(answer);

    /// <summary>A token that holds no more is known by its words only.</summary>
    public bool IsTokenRefused(CloudAnswer answer) => answer.Status == 401 || answer.Body.Length < ShortMax && IsOfToken(Said(answer.Body));

    const int ShortMax = 1000;

    static bool IsOfToken(string? said) => said?.Contains(Token, StringComparison.OrdinalIgnoreCase) == true;

    public Order Place(Dialling wish, Settings settings) => Tell("dial", new { caller = wish.Telephone.Text, callee = Control.Dialled(wish.Number, settings) }, settings);

    public Order HangUp(DialString leg, Settings settings) => Tell("hangup", new { channel_id = leg.Text }, settings);

    static WebOrder Tell(string deed, object body, Settings settings) => new(Asking($"call/{deed}", body, settings) with { WantsToken = true, TokenField = "access_token" }, FateOf);

    static CloudRequest Asking(string what, object body, Settings settings) =>
        new CloudRequest(HttpMethod.Post, CloudAddress.With(CloudAddress.Of(settings, Needed(settings, CloudAddress.Setting)), $"/openapi/v1.0/{what}")) { ContentType = "application/json", Body = JsonSerializer.Serialize(body) }
            .With("User-Agent", "OpenAPI");

    static OrderAnswer FateOf(int status, string body)
    {
        var answer = CloudDoor.FateOf(status, body, told => told.Text("call_id"));
        return answer.Fate != OrderFate.Taken || Said(body) is not { } said ? answer : new(IsOfToken(said) ? OrderFate.NotPermitted : OrderFate.Refused, said);
    }

    /// <summary>Why it would not, in an answer that looks good.</summary>
    static string? Said(string body)
    {
        try
        {
            return Fault(JsonPart.Of(Encoding.UTF8.GetBytes(body), "the answer"));
        }
        catch (UnreadableException)
        {
            return null;
        }
    }

    static string? Fault(JsonPart answer) => answer.Text("errcode") is { } code and not "0" ? answer.Text("errmsg") ?? code : null;

    static string Needed(Settings settings, string key) => settings[key] is { Length: > 0 } value ? value : throw new Refusal(RefusalKind.Conflict, "control.setting", key);

    // ---- Call log ----

    /// <remarks>A call of four hours is told of when that is over, under the time it began.</remarks>
    public CallLogInfo CallLog { get; } = new(TimeSpan.FromSeconds(1), TimeSpan.FromDays(1), CloudAddress.Setting, "client_id", "client_secret") { Overlap = TimeSpan.FromHours(4) };

    public IReadOnlyList<CloudRequest> Ask(LogWindow window, Settings settings) =>
        [AskFor(CloudAddress.Of(settings, Needed(settings, CloudAddress.Setting)), window, page: 1, seen: 0)];

    /// <remarks>Seconds since 1970 are nobody's local time; as a text it would have to be written as the phone system shows times.</remarks>
    static CloudRequest AskFor(Uri api, LogWindow window, int page, int seen) => CloudRequest.Get(CloudAddress.With(api, "/openapi/v1.0/cdr/search",
        ("page", $"{page}"), ("page_size", $"{PageSize}"), ("start_time", $"{window.From.ToUnixTimeSeconds()}"), ("end_time", $"{window.Until.ToUnixTimeSeconds()}"))).With("User-Agent", "OpenAPI") with
    { WantsToken = true, TokenField = "access_token", Note = $"{window.Note} {seen}" };

    /// <remarks>It may give fewer rows at once than it was asked for, so what counts is how many there were.</remarks>
    public LogPage Read(CloudRequest asked, CloudAnswer answer, Settings settings)
    {
        var page = JsonPart.Of(answer);
        if (Fault(page) is { } said && page.Text("errcode") != NothingFound) throw new UnreadableException(said);
        if (!page.IsObject) throw new UnreadableException("data is missing");
        var (rows, cut) = (page["data"].Items.ToList(), asked.Note.LastIndexOf(' '));
        var (window, seen) = (LogWindow.Of(asked with { Note = asked.Note[..cut] }), int.Parse(asked.Note[(cut + 1)..], CultureInfo.InvariantCulture) + rows.Count);
        var number = int.Parse(Form.OfQuery(asked.Address.Query)["page"], CultureInfo.InvariantCulture);
        return new LogPage([.. rows.Where(row => window.Holds(row.Instant("timestamp"))).Select(row => new LogRecord(row.Raw))],
            rows.Count > 0 && seen < (page.Number("total_number") ?? double.MaxValue) ? [AskFor(new Uri(asked.Address, "/"), window, number + 1, seen)] : []);
    }

    /// <remarks>
    /// A menu and a queue are "answered" as well: only a row that says how long it rang is of somebody's telephone, or of a queue. Whose channel it
    /// was the log does not say, so who was rung in vain is left out.
    /// </remarks>
    public Translation TranslateRecord(Arrival record, Settings settings)
    {
        var row = JsonPart.Of(record);
        var start = row.Instant("timestamp") ?? throw new UnreadableException("timestamp is missing");
        var (rang, talk) = (Seconds(row, "ring_duration"), Seconds(row, "talk_duration"));
        var (from, to, direction) = (Party(row, "call_from"), Party(row, "call_to"), DirectionOf(row.Word("call_type")));
        var queue = direction == Direction.Inbound && to is not null ? settings.Queue(to) ?? (row.Word("call_to").StartsWith("queue ", StringComparison.Ordinal) ? to : null) : null;
        var told = new Record(new CallKey(record.Connection, row.Needed("call_id")), start, start.AddSeconds(row["duration"].IsThere ? Seconds(row, "duration") : rang + talk), direction, from, to, row.Text("did_number"), row.Text("disposition"))
        {
            Talk = talk,
            IsPersons = queue is null && (direction != Direction.Inbound || row["ring_duration"].IsThere),
            Recording = row.Address("record_file"),
            Id = row.Text("new_id") ?? row.Text("id") ?? $"{start.ToUnixTimeSeconds()}:{to}",
        };
        // That it was answered is no cause of its end.
        var events = told.Facts(settings).Select(happened => happened is CallEnded { Cause: EndCause.Normal } ended ? ended with { RawCause = null } : happened).ToList();
        if (queue is not null) events.Add(new QueueJoined(told.Call, start, queue));
        return Translation.Understood(events).GivingWay();
    }

    /// <summary>The number alone, where a name stands before it.</summary>
    static string? Party(JsonPart row, string name) => row.Text($"{name}_number") ?? row.Text(name) switch
    {
        { } text when text.EndsWith('>') && text.LastIndexOf('<') is >= 0 and var at => text[(at + 1)..^1].Trim() is { Length: > 0 } number ? number : null,
        var text => text,
    };

    static double Seconds(JsonPart told, string name) => Math.Clamp(told.Number(name) ?? 0, 0, SecondsMax);

    static Direction DirectionOf(string type) => type switch { "inbound" => Direction.Inbound, "outbound" => Direction.Outbound, "internal" => Direction.Internal, _ => Direction.Unknown };

    // ---- Events ----

    public WebhookReply ReplyTo(Arrival arrival, Settings settings) => WebhookReply.Ok;

    public Translation Translate(Arrival arrival, Settings settings)
    {
        var body = JsonPart.Of(arrival);
        var type = body.Needed("type");
        if (type is "30005" or "30006" or "30007" or "30008" or "30009" or "30010" or "30020" or "30025" or "30026" or "30028" or "30029") return Translation.Ignored($"{type} is not about calls");
        if (type is not ("30011" or "30012" or "30013" or "30014" or "30015" or "30016")) return Translation.Unreadable($"type '{Arrival.Clean(type, 20)}' is unknown");
        // A text that holds JSON; relays unpack it.
        var told = body["msg"].IsObject ? body["msg"] : JsonPart.Of(Encoding.UTF8.GetBytes(body["msg"].Text(max: WebhookEndpoint.BodyMax) ?? ""), "msg");
        var call = new CallKey(arrival.Connection, told.Needed("call_id"));
        var events = (type switch
        {
            "30011" or "30016" => told["members"].Items.SelectMany(member => Changed(member, call, arrival.ReceivedAt, settings)),
            "30013" or "30014" => [new Transferred(call, arrival.ReceivedAt, type == "30013" ? TransferKind.Blind : TransferKind.Forward, null, null) { ToldAs = $"moved:{Hash(arrival)}" }],
            "30015" => [new CallEnded(call, arrival.ReceivedAt, EndCause.Failed, told.Text("reason")) { ToldAs = "failed" }],
            _ => Over(told, call, arrival, settings).Facts(settings),
        }).ToList();
        return events.Count > 0 ? Translation.Understood(events) : Translation.Ignored($"{type} says nothing of who talks to whom") with { About = call.Id };
    }

    /// <summary>What tells one report of a kind from the next: its bytes, which a repetition shares.</summary>
    static string Hash(Arrival arrival) => Convert.ToHexStringLower(SHA256.HashData(arrival.Body.Span).AsSpan(0, 12));

    static IEnumerable<CallEvent> Changed(JsonPart member, CallKey call, DateTimeOffset at, Settings settings)
    {
        foreach (var side in (string[])["extension", "inbound", "outbound"])
            if (member[side] is { IsObject: true } told)
                foreach (var happened in side == "extension" ? Extension(told, call, at, settings) : Trunk(told, side == "inbound", call, at, settings))
                    yield return happened;
    }

    static IEnumerable<CallEvent> Extension(JsonPart told, CallKey call, DateTimeOffset at, Settings settings)
    {
        var (number, leg) = (told.Needed("number"), told.Text("channel_id") ?? told.Needed("number"));
        var person = settings.Person(number);
        foreach (var joined in Queue(told, call, at, settings)) yield return joined;
        switch (told.Word("member_status"))
        {
            case "alert": // he dialled, and hears it ring
                yield return new CallStarted(call, at, Direction.Internal, PhoneNumber.Internal(number), null, Operator: person) { Coarse = true, ToldAs = $"dials:{number}" };
                break;
            case "ring":
                yield return new AttemptStarted(call, at, leg, person) { ToldAs = $"ring:{leg}" };
                break;
            case "answer":
                yield return new AttemptAnswered(call, at, leg, person, LegRole.Operator);
                yield return new HoldEnded(call, at, leg);
                break;
            case "answered":
                yield return new HoldEnded(call, at, leg);
                break;
            case "hold":
                yield return new HoldStarted(call, at, leg);
                break;
            case "bye":
                yield return new AttemptEnded(call, at, leg, AttemptResult.NotAnswered) { ToldAs = $"bye:{leg}" };
                yield return new CallEnded(call, at, EndCause.Unknown) { Presumed = true, ToldAs = $"end:{leg}" };
                break;
        }
    }

    static IEnumerable<CallEvent> Trunk(JsonPart told, bool isInbound, CallKey call, DateTimeOffset at, Settings settings)
    {
        var leg = told.Text("channel_id") ?? "trunk";
        var (from, to) = (told.Text("from"), told.Text("to"));
        if (isInbound)
        {
            var line = settings.Number(to);
            yield return new CallStarted(call, at, Direction.Inbound, settings.Number(from), line, line.E164) { Leg = leg, ToldAs = "start" };
            foreach (var joined in Queue(told, call, at, settings)) yield return joined;
        }
        else
        {
            var outside = settings.Number(to);
            yield return new CallStarted(call, at, Direction.Outbound, from is null ? null : PhoneNumber.Internal(from), outside, Operator: from is null ? null : settings.Person(from)) { Leg = leg, ToldAs = "start" };
            var name = outside.E164 ?? outside.Raw;
            if (told.Word("member_status") is "ring" or "alert") yield return new AttemptStarted(call, at, leg, name, LegRole.Outside) { ToldAs = $"ring:{leg}" };
            if (told.Word("member_status") is "answer") yield return new AttemptAnswered(call, at, leg, name, LegRole.Outside) { ToldAs = $"answer:{leg}" };
            if (told.Word("member_status") is "bye") yield return new AttemptEnded(call, at, leg, AttemptResult.NotAnswered) { ToldAs = $"bye:{leg}" };
        }

        if (told.Word("member_status") == "bye") yield return new CallEnded(call, at, EndCause.Unknown) { Leg = leg, ToldAs = $"end:{leg}" };
    }

    static IEnumerable<CallEvent> Queue(JsonPart told, CallKey call, DateTimeOffset at, Settings settings)
    {
        if (told.Text("call_path") is { } path) yield return new QueueJoined(call, at, settings.Queue(path) ?? path) { ToldAs = $"queue:{path}" };
    }

    static Record Over(JsonPart told, CallKey call, Arrival arrival, Settings settings)
    {
        var received = arrival.ReceivedAt;
        var start = told.Instant("time_start", settings.TimeZone, received);
        var end = start?.AddSeconds(Seconds(told, "call_duration"));
        if (end is not { } written || (written - received).Duration() > Believable) (start, end) = (null, received);
        var to = told.Text("call_to");
        return new(call, start ?? end.Value, end.Value, DirectionOf(told.Word("type")), told.Text("call_from"), to, told.Text("did_number"), told.Text("status"))
        {
            Talk = Seconds(told, "talk_duration"),
            IsPersons = to is not null && settings.Queue(to) is null,
            Recording = told.Address("recording"),
            Id = told.Text("uid"),
        };
    }

    /// <summary>What is written down of a call that is over. Where it passed a queue there may be one of that and one of who answered; the one with an answer counts.</summary>
    sealed record Record(CallKey Call, DateTimeOffset Start, DateTimeOffset End, Direction Direction, string? From, string? To, string? Did, string? Status)
    {
        /// <summary>Seconds.</summary>
        public double Talk { get; init; }

        /// <summary>Whom it was for was a person, and neither a queue nor a menu.</summary>
        public bool IsPersons { get; init; }

        public string? Recording { get; init; }

        public string? Id { get; init; }

        public IEnumerable<CallEvent> Facts(Settings settings)
        {
            yield return new CallStarted(Call, Start, Direction,
                Direction == Direction.Inbound ? settings.Number(From) : From is null ? null : PhoneNumber.Internal(From),
                Direction == Direction.Outbound ? settings.Number(To) : Direction == Direction.Internal && To is not null ? PhoneNumber.Internal(To) : Did is null ? null : settings.Number(Did),
                Did is null ? null : settings.Number(Did).E164, Direction == Direction.Inbound || From is null ? null : settings.Person(From))
            { Coarse = true };
            var status = Status?.ToLowerInvariant() ?? "";
            if (status.StartsWith("answer", StringComparison.Ordinal) && Talk > 0 && To is not null && IsPersons)
                yield return new AttemptAnswered(Call, End.AddSeconds(-Talk), "", Direction == Direction.Outbound ? null : settings.Person(To),
                    Direction == Direction.Outbound ? LegRole.Outside : LegRole.Operator)
                { Coarse = true };
            if (status == "voicemail") yield return new VoicemailLeft(Call, End) { ToldAs = "voicemail" };
            if (Recording is not null) yield return new RecordingMade(Call, End, Recording) { ToldAs = $"recording:{Recording}" };
            var cause = status switch
            {
                "no answer" or "voicemail" => EndCause.NoAnswer,
                "busy" => EndCause.Busy,
                "failed" => EndCause.Failed,
                _ => EndCause.Normal,
            };
            yield return new CallEnded(Call, End, cause, Status) { ToldAs = $"record:{Id}:{status}" };
        }
    }
}
