using System.ComponentModel;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using CallCenter.Telephony;
using CallCenter.Web;
using Microsoft.AspNetCore.Mvc;

namespace CallCenter.Calls;

/// <summary>Calls for programs: list, one with its timeline, exports, and the stream of changes.</summary>
static class CallApi
{
    const int LimitDefault = 50;

    public static void MapCallApi(this IEndpointRouteBuilder app)
    {
        var calls = app.MapGroup("/api/calls").WithTags("Calls").RequireAuthorization(ApiScope.CallsRead)
            .ProducesProblem(StatusCodes.Status401Unauthorized).ProducesProblem(StatusCodes.Status403Forbidden);
        calls.MapGet("", List).WithName("listCalls").WithSummary("Lists calls, newest first unless asked otherwise")
            .WithDescription("A page at a time: give the answer's `next` as `cursor` until it is null. Calls that begin meanwhile do not move the pages.")
            .Produces<CallListAnswer>().ProducesProblem(StatusCodes.Status400BadRequest);
        calls.MapGet("{id}", One).WithName("getCall").WithSummary("One call with its timeline")
            .WithDescription("With the scope `arrivals:read` also what the phone system sent about it.")
            .Produces<CallDetail>().ProducesProblem(StatusCodes.Status404NotFound);
        CallExportApi.Map(calls);
        CallStreamApi.Map(calls);
    }

    static async Task<IResult> List([AsParameters] CallConditions query, [AsParameters] CallPageQuery page, HttpContext http, CallLog log, IPhoneSystems phones, ApiCallers callers)
    {
        MustKnow(http.Request.Query, CallPageQuery.AllNames);
        var cursor = page.Cursor is { Length: > 0 } text ? CallCursor.Parse(text) : (CallCursor?)null;
        var found = await log.List(callers.SightOf(http.User).Calls, query.ToFilter(phones), CallConditions.LimitOf(page.Limit, LimitDefault, CallLog.PageMax), cursor, query.ToOrder(), http.RequestAborted);
        return Results.Json(new CallListAnswer(found.Calls, found.Next?.ToString()), CallJson.Options);
    }

    static async Task<IResult> One([Description("The call's `id`")] string id, HttpContext http, CallLog log, ArrivalLog arrivals, ApiCallers callers, Looks looks)
    {
        var (stop, scope) = (http.RequestAborted, callers.SightOf(http.User).Calls);
        var call = long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && await log.Find(scope, number, stop) is { } found
            ? found
            : throw new Refusal(RefusalKind.NotFound, "call.unknown", id);
        // A program that keeps a copy would fill the log with every call; that it has a key is written there already.
        if (ApiAccess.KeyOf(http.User) is null) await looks.Note(call, scope, callers.ActorOf(http.User), stop);
        var timeline = (await log.EventsOf(scope, call, stop)).Select(Fact).ToList();
        var sent = callers.May(http.User, ApiScope.ArrivalsRead)
            ? (await arrivals.ForCall(new CallKey(call.Connection, call.ProviderCallId), stop)).ConvertAll(CallArrival.Of)
            : null;
        return Results.Json(new CallDetail(call, timeline, sent), CallJson.Options);
    }

    /// <summary>A condition that is not known would silently find too much.</summary>
    /// <exception cref="Refusal">One of the conditions does not exist.</exception>
    public static void MustKnow(IQueryCollection query, IReadOnlyCollection<string> names)
    {
        foreach (var name in query.Keys)
            if (!names.Contains(name)) throw new Refusal(RefusalKind.Invalid, "api.unknown-parameter", name, string.Join(", ", names));
    }

    /// <summary>What happened, flat: <c>at</c>, <c>is</c>, and what belongs to it.</summary>
    static JsonObject Fact(CallEvent happened)
    {
        var told = JsonSerializer.SerializeToNode(happened, CallJson.Options)!.AsObject();
        var fact = new JsonObject { ["at"] = JsonSerializer.SerializeToNode(happened.At, CallJson.Options) };
        foreach (var (name, value) in told.ToList())
        {
            told.Remove(name);
            fact[name] = value;
        }

        return fact;
    }
}

/// <summary>Which calls a program asks for, and in which order. All conditions hold together.</summary>
sealed class CallConditions
{
    public static readonly string[] Names =
        ["from", "until", "direction", "outcome", "state", "missed", "recovery", "alive", "operator", "queue", "line", "customer", "customer_id", "connection", "team", "reason", "wait_max", "order"];

    [FromQuery(Name = "from"), Description("Started at or after: ISO 8601 with offset, `2026-05-04T00:00:00Z` or `2026-05-04T00:00:00%2B02:00`")]
    public string? From { get; init; }

    [FromQuery(Name = "until"), Description("Started before: ISO 8601 with offset")]
    public string? Until { get; init; }

    [FromQuery(Name = "direction"), Description("`inbound`, `outbound` or `internal`")]
    public string? Direction { get; init; }

    [FromQuery(Name = "outcome"), Description("`completed`, `cancelled` (who called hung up), `no_answer`, `busy` or `failed`")]
    public string? Outcome { get; init; }

    [FromQuery(Name = "state"), Description("`queued`, `ringing`, `answered`, `on_hold` or `ended`")]
    public string? State { get; init; }

    [FromQuery(Name = "missed"), Description("`true`: inbound calls that ended unanswered; `false`: all others")]
    public string? Missed { get; init; }

    [FromQuery(Name = "recovery"), Description("Missed calls by how they stand: `open` (nobody called back), `recovered`, `self_recovered` (the caller got through by himself) or `no_number` (withheld). Every missed call is in one of these")]
    public string? Recovery { get; init; }

    [FromQuery(Name = "alive"), Description("`true`: calls in progress; `false`: calls that ended")]
    public string? Alive { get; init; }

    [FromQuery(Name = "operator"), Description("Extension or agent who answered; for outbound calls who placed it")]
    public string? Operator { get; init; }

    [FromQuery(Name = "queue")]
    public string? Queue { get; init; }

    [FromQuery(Name = "line"), Description("The company's own number, as the phone system names it")]
    public string? Line { get; init; }

    [FromQuery(Name = "customer"), Description("A number in any usual spelling; finds all spellings of it")]
    public string? Customer { get; init; }

    [FromQuery(Name = "customer_id"), Description("Id of the customer whose calls they are, whichever number it called with")]
    public string? CustomerId { get; init; }

    [FromQuery(Name = "connection"), Description("Id of the phone system's connection")]
    public string? Connection { get; init; }

    [FromQuery(Name = "team"), Description("Id of the team that the call counts for; `none` for calls that no team claims")]
    public string? Team { get; init; }

    [FromQuery(Name = "reason"), Description("Missed calls by why nobody answered: `abandoned_waiting`, `not_answered`, `out_of_hours`, ...")]
    public string? Reason { get; init; }

    [FromQuery(Name = "wait_max"), Description("Waited no longer than so many whole seconds, until the answer or the end")]
    public string? WaitMax { get; init; }

    [FromQuery(Name = "order"), Description("By start: `newest_first`, also when not given, or `oldest_first`")]
    public string? Order { get; init; }

    /// <exception cref="Refusal">One of the conditions cannot be read; the sentence says how it is written.</exception>
    public CallFilter ToFilter(IPhoneSystems phones) => new(
        Instant("from", From), Instant("until", Until), OneOf<Direction>("direction", Direction), OneOf<CallOutcome>("outcome", Outcome),
        OneOf<CallState>("state", State), YesNo("missed", Missed), YesNo("alive", Alive), Text(Operator), Text(Queue), Text(Line), Text(Customer),
        phones.HomeCountry(Text(Connection)), Text(Connection), OneOf<RecoveryStanding>("recovery", Recovery), Text(Team), Whole("customer_id", CustomerId), OneOf<MissedReason>("reason", Reason), Whole("wait_max", WaitMax) is { } most ? (int)Math.Min(most, int.MaxValue) : null);

    /// <summary>A filter as it is written in an address of the API.</summary>
    public static QueryString Query(CallFilter filter, CallOrder order)
    {
        string? Written<T>(T? value) where T : struct, Enum => value is { } known ? Spelled(known) : null;
        string? At(DateTimeOffset? at) => at?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        (string Name, string? Value)[] parts =
        [
            ("from", At(filter.From)), ("until", At(filter.Until)), ("direction", Written(filter.Direction)), ("outcome", Written(filter.Outcome)), ("state", Written(filter.State)),
            ("missed", filter.Missed?.ToString().ToLowerInvariant()), ("recovery", Written(filter.Recovery)), ("alive", filter.Alive?.ToString().ToLowerInvariant()),
            ("operator", filter.Operator), ("queue", filter.Queue), ("line", filter.Line), ("customer", filter.Customer), ("customer_id", filter.CustomerId?.ToString(CultureInfo.InvariantCulture)), ("connection", filter.Connection), ("team", filter.Team),
            ("reason", Written(filter.Reason)), ("wait_max", filter.WaitMax?.ToString(CultureInfo.InvariantCulture)),
            ("order", order == CallOrder.NewestFirst ? null : Spelled(order)),
        ];
        return QueryString.Create(parts.Where(part => part.Value is not null).Select(part => KeyValuePair.Create(part.Name, part.Value)));
    }

    /// <exception cref="Refusal">There is no such order.</exception>
    public CallOrder ToOrder() => OneOf<CallOrder>("order", Order) ?? CallOrder.NewestFirst;

    internal static string? Text(string? given) => string.IsNullOrWhiteSpace(given) ? null : given.Trim();

    internal static long? Whole(string name, string? given) => Text(given) is not { } text ? null
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
        : throw new Refusal(RefusalKind.Invalid, "api.bad-value", name, text, "a whole number");

    /// <exception cref="Refusal">It is no number of lines, or too large.</exception>
    internal static int LimitOf(string? given, int usual, int most) => Text(given) is not { } text ? usual
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit >= 1 && limit <= most ? limit
        : throw new Refusal(RefusalKind.Invalid, "api.bad-limit", text, most);

    internal static bool? YesNo(string name, string? given) => Text(given) switch
    {
        null => null,
        "true" => true,
        "false" => false,
        var other => throw new Refusal(RefusalKind.Invalid, "api.bad-value", name, other, "true, false"),
    };

    internal static T? OneOf<T>(string name, string? given) where T : struct, Enum
    {
        if (Text(given) is not { } text) return null;
        foreach (var value in Enum.GetValues<T>())
            if (Spelled(value) == text) return value;
        throw new Refusal(RefusalKind.Invalid, "api.bad-value", name, text, string.Join(", ", Enum.GetValues<T>().Select(Spelled)));
    }

    static string Spelled<T>(T value) where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    internal static DateTimeOffset? Instant(string name, string? given)
    {
        if (Text(given) is not { } text) return null;
        // A plus sign that was not escaped arrives as a space.
        if (text.Length > 6 && text[^6] == ' ') text = $"{text[..^6]}+{text[^5..]}";
        return DateTimeOffset.TryParseExact(text, InstantForms, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)
            ? at
            : throw new Refusal(RefusalKind.Invalid, "api.bad-instant", name, text);
    }

    // A time without an offset is nobody's time: it is not guessed.
    static readonly string[] InstantForms =
    [
        "yyyy-MM-dd'T'HH:mm'Z'", "yyyy-MM-dd'T'HH:mm:ss'Z'", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'",
        "yyyy-MM-dd'T'HH:mmzzz", "yyyy-MM-dd'T'HH:mm:sszzz", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFzzz",
    ];
}

/// <summary>Which page of them.</summary>
sealed class CallPageQuery
{
    public static readonly string[] AllNames = [.. CallConditions.Names, "limit", "cursor"];

    [FromQuery(Name = "limit"), Description("Calls a page, 1 to 500; 50 when not given")]
    public string? Limit { get; init; }

    [FromQuery(Name = "cursor"), Description("`next` of the page before")]
    public string? Cursor { get; init; }
}

/// <param name="Next">Where the next page begins, for `cursor`; null on the last page.</param>
public sealed record CallListAnswer(IReadOnlyList<Call> Calls, string? Next);

/// <summary>A call with the facts that it is made of.</summary>
public sealed record CallDetail : Call
{
    [System.Diagnostics.CodeAnalysis.SetsRequiredMembers]
    internal CallDetail(Call call, IReadOnlyList<JsonObject> timeline, IReadOnlyList<CallArrival>? arrivals) : base(call) =>
        (Timeline, Arrivals) = (timeline, arrivals);

    /// <summary>What happened, in order: `at`, `is` (started, queue_joined, attempt_started, attempt_answered, ended, ...) and what belongs to it.</summary>
    [JsonPropertyOrder(1)]
    public IReadOnlyList<JsonObject> Timeline { get; }

    /// <summary>What the phone system sent about this call; null without the scope `arrivals:read`.</summary>
    [JsonPropertyOrder(1)]
    public IReadOnlyList<CallArrival>? Arrivals { get; }
}

/// <summary>One thing that the phone system sent, and what was made of it.</summary>
/// <param name="Reason">Why it was ignored or could not be read.</param>
/// <param name="Body">As it came, read as UTF-8.</param>
public sealed record CallArrival(long Id, DateTimeOffset ReceivedAt, Verdict Verdict, string? Reason, string Body)
{
    internal static CallArrival Of(KeptArrival kept) => new(kept.Id, kept.Arrival.ReceivedAt, kept.Verdict, kept.Reason, kept.Arrival.Text);
}
