using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using CallCenter.Calls;

namespace CallCenter.Telephony.Providers;

/// <summary>Any other phone system that sends JSON: an administrator says where things stand and what its words mean.</summary>
/// <remarks>
/// <para>Where things stand, <c>map.*</c> = a <see cref="JsonPath"/>:
/// <c>call_id</c> and <c>event</c> (both needed); <c>time</c>, <c>direction</c>, <c>from</c>, <c>to</c>, <c>line</c> (our
/// number), <c>caller_name</c>, <c>operator</c>, <c>queue</c>, <c>leg</c> (id of one ringing; the operator when there is none),
/// <c>reason</c> (of an end), <c>target</c> and <c>kind</c> (of a transfer), <c>recording</c>, <c>event_id</c> (the same when
/// it is sent again); for systems that tell a call only when it is over <c>started_at</c>, <c>answered_at</c>,
/// <c>ended_at</c>, <c>talk_seconds</c>; and <c>items</c>, the list of events where one body holds several.</para>
/// <para>What its words mean, <c>value.event.THEIRS=OURS</c>: started, queued, queue_left, ringing, answered, attempt_ended,
/// on_hold, resumed, transferred, voicemail, recording, completed, cancelled, no_answer, busy, failed, ended, ignore;
/// <c>value.event.*</c> for all others. <c>value.direction.THEIRS</c>: inbound, outbound, internal.
/// <c>value.reason.THEIRS</c>: completed, cancelled, no_answer, busy, failed for the end of a call; answered, abandoned,
/// timed_out, refused, callback_requested for leaving a queue; not_answered, declined, busy, cancelled, answered_elsewhere, failed
/// for a telephone. <c>value.kind.THEIRS</c>: blind, attended. Words that are ours already need no entry.</para>
/// <para>Times: <c>time.format</c> (see <see cref="WrittenTime"/>) and <c>time_zone</c>. Without a time the receipt counts.</para>
/// <para>Proof of origin, <c>auth</c>: <c>hmac</c> (SHA-256 of the body in the header <c>auth.header</c>, hex or base64),
/// <c>bearer</c> (<c>Authorization</c>, or the bare token in <c>auth.header</c>), <c>standard</c> (Standard Webhooks).</para>
/// <para>That a system says "completed" does not say that anybody spoke: an answer is told by answered, answered_at or
/// talk_seconds. Whoever answers an outbound call is taken to be the customer.</para>
/// </remarks>
sealed class JsonWebhook : IMappedProvider
{
    const int EventsMax = 1000;
    const int IdMax = 200;
    const string DefaultHeader = "X-Signature", BearerHeader = "Authorization";

    static readonly string[] AllFields =
    [
        "call_id", "event", "time", "direction", "from", "to", "line", "caller_name", "operator", "queue", "leg", "reason", "target", "kind",
        "recording", "event_id", "started_at", "answered_at", "ended_at", "talk_seconds", "items",
    ];

    /// <summary>Settings of connections in general, which may be given to any provider.</summary>
    static readonly string[] General = ["country", "time_zone", "lines", "trunks", "extensions", "people", "queues"];

    static readonly Dictionary<string, string[]> Ours = new()
    {
        ["event"] =
        [
            "started", "queued", "queue_left", "ringing", "answered", "attempt_ended", "on_hold", "resumed", "transferred", "voicemail", "recording",
            "completed", "cancelled", "no_answer", "busy", "failed", "ended", "ignore",
        ],
        ["direction"] = ["inbound", "outbound", "internal"],
        ["reason"] =
        [
            "completed", "cancelled", "no_answer", "busy", "failed", "answered", "abandoned", "timed_out", "refused", "callback_requested",
            "not_answered", "declined", "answered_elsewhere",
        ],
        ["kind"] = ["blind", "attended"],
    };

    static readonly Dictionary<string, string> Usual = new(StringComparer.OrdinalIgnoreCase)
    {
        ["in"] = "inbound",
        ["incoming"] = "inbound",
        ["entrante"] = "inbound",
        ["out"] = "outbound",
        ["outgoing"] = "outbound",
        ["saliente"] = "outbound",
        ["interna"] = "internal",
        ["warm"] = "attended",
        ["consult"] = "attended",
        ["cold"] = "blind",
    };

    static readonly ConditionalWeakTable<Settings, Mapping> Mappings = [];

    public ProviderInfo Info { get; } = new("webhook", "Webhook JSON",
    [
        new("secret", Secret: true, Required: true, Generated: true), new("auth", Default: "hmac") { Choices = ["hmac", "bearer", "standard"] }, new("auth.header", Default: DefaultHeader),
        new("country"), new("time_zone"), new("lines"), .. AllFields.Select(field => new SettingInfo($"map.{field}")), new("time.format", Default: "auto"),
    ])
    {
        Proof = "as chosen: HMAC-SHA256 of the body, a token, or Standard Webhooks",
        Tells = Tells.Progress | Tells.Ringing | Tells.Queues | Tells.Operators | Tells.Holds | Tells.Transfers | Tells.Voicemail | Tells.Recordings,
    };

    public IReadOnlyList<string> Fields => AllFields;

    public IReadOnlyDictionary<string, string[]> Words => Ours;

    public bool IsMapping(string key) => key is "time.format" or "time_zone"
        || key.StartsWith("map.", StringComparison.Ordinal) || key.StartsWith("value.", StringComparison.Ordinal);

    public IReadOnlyList<string> ContentTypes { get; } = ["application/json", "application/cloudevents+json", "application/cloudevents-batch+json", "text/json"];

    public bool IsAuthentic(Arrival arrival, Settings settings)
    {
        var header = ProofHeader(settings) ?? "";
        Func<string, bool>? proves = settings["auth"] switch
        {
            "" or "hmac" => secret => Signature.IsHmacSha256(arrival.Header(header), secret, arrival.Body.Span),
            "bearer" => secret => header.Equals(BearerHeader, StringComparison.OrdinalIgnoreCase)
                ? Signature.IsBearer(arrival.Header(header), secret)
                : Signature.IsToken(arrival.Header(header), secret),
            "standard" => secret => Signature.IsStandardWebhook(arrival, secret),
            _ => null,
        };
        return proves is not null && Signature.ByAnySecret(settings, "secret", proves);
    }

    public string? ProofHeader(Settings settings) => settings["auth"] == "standard" ? Signature.StandardHeader
        : settings["auth.header"] is { Length: > 0 } header ? header
        : settings["auth"] == "bearer" ? BearerHeader : DefaultHeader;

    public Translation Translate(Arrival arrival, Settings settings)
    {
        var mapping = Mappings.GetValue(settings, Mapping.Of);
        if (mapping.Problem is { } problem) return Translation.Unreadable(problem);
        var body = arrival.Read<JsonElement>();
        return Translation.Together(EventsIn(body, mapping).Select(happened => Understand(happened, body, arrival, mapping, settings)));
    }

    public IReadOnlyList<string> Problems(Settings settings)
    {
        var problems = SettingProblems.Of(Info, settings).ToList();
        if (settings["auth"] is not ("" or "hmac" or "bearer" or "standard")) problems.Add($"auth '{settings["auth"]}' is none; write hmac, bearer or standard");
        if (settings["auth.header"].Any(letter => !char.IsAsciiLetterOrDigit(letter) && letter is not ('-' or '_'))) problems.Add($"auth.header '{settings["auth.header"]}' is no name of a header");
        if (WrittenTime.ProblemOf(settings["time.format"]) is { } format) problems.Add(format);
        foreach (var needed in (string[])["call_id", "event"])
            if (settings[$"map.{needed}"].Length == 0) problems.Add($"map.{needed} is missing; it says where in a message the {needed} stands, as in data.call.id");
        foreach (var (key, value) in settings.Values.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            if (ProblemOf(key, value) is { } problem) problems.Add(problem);
        return problems;
    }

    string? ProblemOf(string key, string value)
    {
        if (key.StartsWith("map.", StringComparison.Ordinal))
        {
            if (!AllFields.Contains(key[4..])) return $"{key} is no field; fields are {string.Join(", ", AllFields)}";
            try
            {
                if (value.Length > 0) JsonPath.Parse(value);
                return null;
            }
            catch (FormatException e)
            {
                return $"{key}: {e.Message}";
            }
        }

        if (key.StartsWith("value.", StringComparison.Ordinal))
        {
            if (Ours.Keys.FirstOrDefault(table => key.StartsWith($"value.{table}.", StringComparison.Ordinal)) is not { } found)
                return $"{key} is no table of words; tables are {string.Join(", ", Ours.Keys.Select(table => $"value.{table}.THEIRS"))}";
            return Ours[found].Contains(value) ? null : $"{key}: '{value}' is none of ours; write {string.Join(", ", Ours[found])}";
        }

        return General.Contains(key) || Info.Settings.Any(setting => setting.Key == key || setting.Secret && setting.Key + "_previous" == key) ? null : $"{key} is no setting";
    }

    static List<JsonElement> EventsIn(JsonElement body, Mapping mapping)
    {
        var found = mapping.Path("items") is { } items ? items.In(body) : body;
        if (found.ValueKind == JsonValueKind.Undefined) throw new UnreadableException($"map.items: nothing at '{mapping.Path("items")!.Text}'");
        if (found.ValueKind != JsonValueKind.Array) return [found];
        if (found.GetArrayLength() > EventsMax) throw new UnreadableException($"more than {EventsMax} events in one body");
        return [.. found.EnumerateArray()];
    }

    static Translation Understand(JsonElement happened, JsonElement body, Arrival arrival, Mapping mapping, Settings settings)
    {
        var message = new Message(happened, body, arrival, mapping, settings);
        try
        {
            return message.Translate();
        }
        catch (UnreadableException e)
        {
            return Translation.Unreadable(e.Message) with { About = message.Call.Id };
        }
    }

    /// <summary>The settings, read once.</summary>
    sealed class Mapping
    {
        readonly Dictionary<string, JsonPath> paths = [];
        readonly Dictionary<string, string> words = new(StringComparer.OrdinalIgnoreCase);

        /// <summary>Why nothing can be read with these settings.</summary>
        public string? Problem { get; private init; }

        public WrittenTime Time { get; private init; } = new("auto", TimeZoneInfo.Utc);

        public static Mapping Of(Settings settings)
        {
            var zone = TimeZoneInfo.Utc;
            var problem = settings["time_zone"] is { Length: > 0 } id && !TimeZoneInfo.TryFindSystemTimeZoneById(id, out zone!) ? $"time_zone '{id}' is unknown"
                : WrittenTime.ProblemOf(settings["time.format"])
                ?? (settings["map.call_id"].Length == 0 ? "map.call_id is not set" : settings["map.event"].Length == 0 ? "map.event is not set" : null);
            var paths = new Dictionary<string, JsonPath>();
            foreach (var field in AllFields)
            {
                try
                {
                    if (settings[$"map.{field}"] is { Length: > 0 } path) paths[field] = JsonPath.Parse(path);
                }
                catch (FormatException e)
                {
                    problem ??= $"map.{field}: {e.Message}";
                }
            }

            return new Mapping(settings, paths) { Problem = problem, Time = new WrittenTime(settings["time.format"], zone ?? TimeZoneInfo.Utc) };
        }

        Mapping(Settings settings, Dictionary<string, JsonPath> paths)
        {
            this.paths = paths;
            foreach (var (key, value) in settings.Values)
                if (key.StartsWith("value.", StringComparison.Ordinal)) words[key["value.".Length..]] = value;
        }

        public JsonPath? Path(string field) => paths.GetValueOrDefault(field);

        /// <summary>Our word for theirs, or null.</summary>
        public string? Word(string table, string theirs) =>
            words.TryGetValue($"{table}.{theirs}", out var ours) ? ours
            : Ours[table].FirstOrDefault(word => word.Equals(theirs, StringComparison.OrdinalIgnoreCase))
            ?? (Usual.TryGetValue(theirs, out var usual) && Ours[table].Contains(usual) ? usual : words.GetValueOrDefault($"{table}.*"));
    }

    /// <summary>One event of a body.</summary>
    sealed class Message(JsonElement happened, JsonElement body, Arrival arrival, Mapping mapping, Settings settings)
    {
        readonly List<CallEvent> events = [];
        DateTimeOffset at;
        bool isByReceipt;
        string theirs = "", what = "", leg = "";
        string? eventId, person, reason, reasonWord;
        Direction direction;

        /// <summary>The call it is about, known as soon as it can be.</summary>
        public CallKey Call { get; private set; }

        public Translation Translate()
        {
            Read();
            if (what == "ignore") return Translation.Ignored($"event '{theirs}'") with { About = Call.Id };
            Start();
            switch (what)
            {
                case "started": break;
                case "queued": Add(new QueueJoined(Call, at, Needed("queue"))); break;
                case "queue_left": Add(new QueueLeft(Call, at, Needed("queue"), Exit())); break;
                case "ringing": Add(new AttemptStarted(Call, at, leg, person ?? "", Role: null)); break;
                case "answered": Add(new AttemptAnswered(Call, at, leg, person ?? "")); break;
                case "attempt_ended": Add(new AttemptEnded(Call, at, leg, Result(), person)); break;
                case "on_hold": Add(new HoldStarted(Call, at, leg)); break;
                case "resumed": Add(new HoldEnded(Call, at, leg)); break;
                case "transferred": Add(new Transferred(Call, at, Word("kind") == "attended" ? TransferKind.Attended : TransferKind.Blind, person, Text("target"))); break;
                case "voicemail": Add(new VoicemailLeft(Call, at), once: true); break;
                case "recording": Needed("recording"); break;
                default: End(); break;
            }

            if (Text("recording") is { } recording) Add(new RecordingMade(Call, at, recording), once: true, recording);
            return Translation.Understood(events);
        }

        void Read()
        {
            if (happened.ValueKind != JsonValueKind.Object) throw new UnreadableException("an event that is no object");
            var id = Needed("call_id");
            if (id.Length > IdMax) throw new UnreadableException($"map.call_id: longer than {IdMax} letters");
            Call = new CallKey(arrival.Connection, id);

            theirs = Needed("event");
            what = mapping.Word("event", theirs)
                ?? throw new UnreadableException($"event '{theirs}' is not mapped: map it (value.event.{theirs}=...) or set it to ignore");
            if (what == "ignore") return;

            var written = Text("time");
            isByReceipt = written is null;
            at = written is null ? arrival.ReceivedAt : mapping.Time.Read(written, arrival.ReceivedAt);
            direction = DirectionTold();
            person = Text("operator");
            leg = Text("leg") ?? person ?? "?";
            eventId = Text("event_id");
            reason = Text("reason");
            reasonWord = reason is null ? null : mapping.Word("reason", reason);
        }

        /// <summary>What is said, fit to be kept; null when nothing is.</summary>
        string? Text(string field) => Said(field) is { Length: > 0 } text && Arrival.Clean(text, field == "recording" ? 500 : IdMax + 1) is { Length: > 0 } clean ? clean : null;

        string? Said(string field) => mapping.Path(field)?.TextIn(happened, body, arrival);

        string Needed(string field) => Text(field)
            ?? throw new UnreadableException(mapping.Path(field) is { } path ? $"map.{field}: nothing at '{path.Text}'" : $"'{what}' needs map.{field}");

        string? Word(string table) => Text(table) is { } said
            ? mapping.Word(table, said) ?? throw new UnreadableException($"{table} '{said}' is not mapped: map it (value.{table}.{said}=...)")
            : null;

        /// <summary>Some instants are only there when it came to them; nought is how databases write never.</summary>
        DateTimeOffset? Instant(string field) => Text(field) is { } written && !WrittenTime.IsNever(written) ? mapping.Time.Read(written, arrival.ReceivedAt) : null;

        /// <summary>Told, or seen from which side our own number is on.</summary>
        Direction DirectionTold() => Word("direction") switch
        {
            "inbound" => Direction.Inbound,
            "outbound" => Direction.Outbound,
            "internal" => Direction.Internal,
            _ => IsLine("from") ? Direction.Outbound : IsLine("to") ? Direction.Inbound : Direction.Unknown,
        };

        bool IsLine(string field) => Text(field) is { } raw && settings.IsLine(settings.Number(raw));

        /// <summary>A number that is there and empty is withheld; one that is not there is not told.</summary>
        PhoneNumber? Number(string field) => Said(field) is not { } said ? null
            : direction == Direction.Internal && said.Length > 0 ? PhoneNumber.Internal(Arrival.Clean(said)) : settings.Number(Arrival.Clean(said));

        /// <summary>
        /// Every message may say who talks to whom. The first, "started", says it best; in later ones "to" may have become the
        /// extension. What is told again is the same fact, whenever that is.
        /// </summary>
        void Start()
        {
            var isCoarse = what != "started";
            var (from, to) = (Number("from"), Number("to"));
            if (isCoarse && from?.Kind == NumberKind.Withheld && from.Raw.Length == 0) from = null;
            if (to?.Kind == NumberKind.Withheld) to = null;
            var line = Text("line") is { } ours ? settings.Number(ours).E164 ?? ours
                : direction == Direction.Inbound && (!isCoarse || IsLine("to")) ? to?.E164 ?? to?.Raw
                : direction == Direction.Outbound && IsLine("from") ? from?.E164 ?? from?.Raw : null;
            var placedBy = direction == Direction.Inbound ? null : person;
            var name = Text("caller_name");
            events.Add(new CallStarted(Call, Instant("started_at") ?? at, direction, from, to, line, placedBy, name)
            {
                Coarse = isCoarse,
                ToldAs = $"start:{isCoarse}:{direction}:{from?.Raw}:{to?.Raw}:{line}:{placedBy}:{name}",
            });
        }

        void End()
        {
            var end = Instant("ended_at") ?? at;
            var talk = Text("talk_seconds") is { } seconds && double.TryParse(seconds, CultureInfo.InvariantCulture, out var length) && length is > 0 and < 604_800 ? length : (double?)null;
            var answered = Instant("answered_at") ?? (talk is { } lasted ? end.AddMilliseconds(-Math.Round(lasted * 1000)) : null);
            if (Instant("started_at") is { } started && Text("queue") is { } queue) Add(new QueueJoined(Call, started, queue) { Coarse = true }, once: true, queue);
            if (answered is { } when) Add(new AttemptAnswered(Call, when, "", person ?? "") { Coarse = true }, once: true);
            Add(new CallEnded(Call, end, Cause(), reason ?? theirs), once: true, $"{what}:{reason}");
        }

        EndCause Cause() => (what == "ended" ? reasonWord : what) switch
        {
            "completed" => EndCause.Normal,
            "cancelled" => EndCause.Cancelled,
            "no_answer" => EndCause.NoAnswer,
            "busy" => EndCause.Busy,
            "failed" => EndCause.Failed,
            _ => EndCause.Unknown,
        };

        QueueExit Exit() => reasonWord switch
        {
            "answered" => QueueExit.Answered,
            "abandoned" or "cancelled" => QueueExit.Abandoned,
            "timed_out" or "no_answer" => QueueExit.TimedOut,
            "refused" or "busy" or "failed" => QueueExit.Refused,
            "callback_requested" => QueueExit.CallbackRequested,
            _ => QueueExit.Unknown,
        };

        AttemptResult Result() => reasonWord switch
        {
            "declined" => AttemptResult.Declined,
            "busy" => AttemptResult.Busy,
            "cancelled" or "abandoned" => AttemptResult.Cancelled,
            "answered_elsewhere" => AttemptResult.AnsweredElsewhere,
            "failed" => AttemptResult.Failed,
            "answered" or "completed" => AttemptResult.Answered,
            _ => AttemptResult.NotAnswered,
        };

        /// <summary>
        /// The identity of a fact: the sender's own id of the event if it has one; the content where the time is the sender's;
        /// and where the time is only that of the receipt, what can happen once in a call by its name and the rest by the
        /// bytes, which are the same when a delivery is repeated.
        /// </summary>
        void Add(CallEvent fact, bool once = false, string detail = "")
        {
            var name = $"{fact.Rank}{(fact.Coarse ? "~" : "")}";
            events.Add(fact with
            {
                ToldAs = eventId is not null ? $"{eventId}:{name}"
                    : !isByReceipt ? null
                    : once ? $"{name}:{detail}"
                    : $"{name}:{Convert.ToHexStringLower(SHA256.HashData(JsonMarshal.GetRawUtf8Value(happened)).AsSpan(0, 12))}",
            });
        }
    }
}
