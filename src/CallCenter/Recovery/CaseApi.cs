using System.ComponentModel;
using System.Globalization;
using CallCenter.Calls;
using CallCenter.Teams;
using CallCenter.Web;
using Microsoft.AspNetCore.Mvc;

namespace CallCenter.Recovery;

/// <summary>Missed calls to be returned, for programs: list, one, the steps that people take, and the stream of changes.</summary>
static class CaseApi
{
    const int LimitDefault = 50;
    const int BodyMax = 16 * 1024;

    public static void MapCaseApi(this IEndpointRouteBuilder app)
    {
        var read = app.MapGroup("/api/cases").WithTags("Cases").RequireAuthorization(ApiScope.CasesRead)
            .ProducesProblem(StatusCodes.Status401Unauthorized).ProducesProblem(StatusCodes.Status403Forbidden);
        read.MapGet("", List).WithName("listCases").WithSummary("Lists missed calls to be returned, the most pressing first unless asked otherwise")
            .WithDescription("One case for a customer, or a number that is no customer's, and line, however often it called; open ones have no horizon in time.")
            .Produces<CaseListAnswer>().ProducesProblem(StatusCodes.Status400BadRequest);
        read.MapGet("{id}", One).WithName("getCase").WithSummary("One case with its missed calls, follow-ups and results")
            .Produces<CaseDetailAnswer>().ProducesProblem(StatusCodes.Status404NotFound);
        CaseStreamApi.Map(read);

        var write = app.MapGroup("/api/cases/{id}").WithTags("Cases").RequireAuthorization(ApiScope.CasesWrite).WithMetadata(new RequestSizeLimitAttribute(BodyMax))
            .ProducesProblem(StatusCodes.Status401Unauthorized).ProducesProblem(StatusCodes.Status403Forbidden).ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status409Conflict);
        void Step<T>(string name, string summary, Func<CaseStep, T, Task<RecoveryCase>> take) => write.MapPost(name, async (string id, [FromBody] T body, HttpContext http, CaseDesk desk, CaseList list, ApiCallers callers, Personnel personnel) =>
        {
            var step = new CaseStep(NumberOf(id), http, desk, callers, personnel);
            var changed = await take(step, body);
            return await list.Find(step.Scope, changed.Id, http.RequestAborted) is { } found
                ? Results.Json(new CaseAnswer(found.Item, personnel), CallJson.Options)
                : Results.Json(new CaseGone(changed.Id, "it is not yours to see any more"), CallJson.Options);
        }).WithName($"{char.ToLowerInvariant(name[0])}{name[1..]}Case").WithSummary(summary).Produces<CaseAnswer>();

        Step<CasePerson>("claim", "Takes it, unless somebody else has", (step, body) => step.Desk.Claim(step.Scope, step.Id, step.Person(body.Person), step.By, step.Stop));
        Step<CasePerson>("assign", "Gives it to somebody, or without a person back to the team", (step, body) => step.Desk.Assign(step.Scope, step.Id, step.Given(body.Person), step.By, step.Stop));
        Step<CaseResult>("attempts", "Says what came of a try; everything but no_answer closes the case",
            (step, body) => step.Desk.Attempt(step.Scope, step.Id, body.Result, step.Person(body.Person), step.By, body.Note, step.Stop));
        Step<CasePostponement>("postpone", "Puts it off", (step, body) => step.Desk.Postpone(step.Scope, step.Id, body.Until, step.By, step.Stop));
        Step<CaseClosing>("close", "Closes it for a reason: solved, not_needed, wrong_number, unreachable or unwanted",
            (step, body) => step.Desk.Close(step.Scope, step.Id, body.Reason, step.PersonOrNobody(body.Person), step.By, body.Note, step.Stop));
        Step<CasePerson>("reopen", "Opens it again: only later calls can settle it", (step, _) => step.Desk.Reopen(step.Scope, step.Id, step.By, step.Stop));
    }

    static async Task<IResult> List([AsParameters] CaseQuery query, HttpContext http, CaseList list, ApiCallers callers, Personnel personnel, IPhoneSystems phones)
    {
        CallApi.MustKnow(http.Request.Query, CaseQuery.Names);
        var (limit, offset) = (Number("limit", query.Limit, 1, CaseList.PageMax) ?? LimitDefault, Number("offset", query.Offset, 0, 1_000_000) ?? 0);
        var (cases, total) = await list.List(callers.CasesOf(http.User), query.ToFilter(phones), query.ToOrder(), limit, offset, http.RequestAborted);
        return Results.Json(new CaseListAnswer([.. cases.Select(item => new CaseAnswer(item, personnel))], total), CallJson.Options);
    }

    static async Task<IResult> One([Description("The case's `id`")] string id, HttpContext http, CaseList list, ApiCallers callers, Personnel personnel) =>
        await list.Find(callers.CasesOf(http.User), NumberOf(id), http.RequestAborted) is { } found
            ? Results.Json(new CaseDetailAnswer(new CaseAnswer(found.Item, personnel), found.Misses, found.FollowUps, found.Results, found.IsCallingNow), CallJson.Options)
            : throw new Refusal(RefusalKind.NotFound, "case.unknown", id);

    static long NumberOf(string id) => long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw new Refusal(RefusalKind.NotFound, "case.unknown", id);

    static int? Number(string name, string? text, int least, int most) => string.IsNullOrEmpty(text) ? null
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most ? number
        : throw new Refusal(RefusalKind.Invalid, "recovery.number", name, least, most);
}

/// <summary>Which cases a program asks for. All conditions hold together.</summary>
sealed class CaseQuery
{
    public static readonly string[] Names =
        ["state", "overdue", "claimable", "owner", "team", "line", "reason", "from", "until", "not_recovered", "customer", "order", "limit", "offset"];

    [FromQuery(Name = "state"), Description("`open`, also when not given, `closed` or `all`")]
    public string? State { get; init; }

    [FromQuery(Name = "overdue"), Description("`true`: open and past its time")]
    public string? Overdue { get; init; }

    [FromQuery(Name = "claimable"), Description("`true`: nobody has it")]
    public string? Claimable { get; init; }

    [FromQuery(Name = "owner"), Description("A person's id")]
    public string? Owner { get; init; }

    [FromQuery(Name = "team"), Description("A team's id; `none` for calls that no team claims")]
    public string? Team { get; init; }

    [FromQuery(Name = "line")]
    public string? Line { get; init; }

    [FromQuery(Name = "reason"), Description("Why its newest call was missed, as in `missed_reason` of calls")]
    public string? Reason { get; init; }

    [FromQuery(Name = "from"), Description("The customer called last at or after: ISO 8601 with offset")]
    public string? From { get; init; }

    [FromQuery(Name = "until"), Description("The customer called last before")]
    public string? Until { get; init; }

    [FromQuery(Name = "not_recovered"), Description("`true`: nobody has called back at all, not even in vain")]
    public string? NotRecovered { get; init; }

    [FromQuery(Name = "customer"), Description("A number in any usual spelling, from which one of its calls came")]
    public string? Customer { get; init; }

    [FromQuery(Name = "order"), Description("`priority`, also when not given, `due`, `newest`, `oldest` or `misses`")]
    public string? Order { get; init; }

    [FromQuery(Name = "limit"), Description("1 to 200; 50 when not given")]
    public string? Limit { get; init; }

    [FromQuery(Name = "offset"), Description("Cases to pass over")]
    public string? Offset { get; init; }

    /// <exception cref="Refusal">One of the conditions cannot be read.</exception>
    public CaseFilter ToFilter(IPhoneSystems phones) => new(
        CallConditions.Text(State) switch
        {
            null or "open" => true,
            "closed" => false,
            "all" => null,
            var other => throw new Refusal(RefusalKind.Invalid, "api.bad-value", "state", other, "open, closed, all"),
        },
        CallConditions.YesNo("overdue", Overdue) == true, CallConditions.Text(Owner), CallConditions.YesNo("claimable", Claimable) == true, CallConditions.Text(Team), CallConditions.Text(Line),
        CallConditions.OneOf<MissedReason>("reason", Reason), CallConditions.Instant("from", From), CallConditions.Instant("until", Until), CallConditions.YesNo("not_recovered", NotRecovered) == true,
        CallConditions.Text(Customer) is { } customer ? PhoneNumber.Parse(customer, phones.HomeCountry(null)).MatchKey ?? "-" : null);

    public CaseOrder ToOrder() => CallConditions.OneOf<CaseOrder>("order", Order) ?? CaseOrder.Priority;
}

/// <summary>Whose step it is, and what it may touch.</summary>
sealed class CaseStep(long id, HttpContext http, CaseDesk desk, ApiCallers callers, Personnel personnel)
{
    public long Id => id;

    public CaseDesk Desk => desk;

    public CaseScope Scope { get; } = callers.CasesOf(http.User);

    public Audit.Actor By => callers.ActorOf(http.User);

    public CancellationToken Stop => http.RequestAborted;

    /// <summary>A person acts for himself; a program says for whom.</summary>
    public string Person(string? named) => callers.RightsOf(http.User)?.User ?? Named(named ?? throw new Refusal(RefusalKind.Invalid, "case.whose"));

    public string? PersonOrNobody(string? named) => callers.RightsOf(http.User)?.User ?? (named is null ? null : Named(named));

    /// <summary>To give a case to another one must see everybody's calls; giving it back, or taking it, needs no more than seeing it.</summary>
    public string? Given(string? named)
    {
        var person = named is null ? null : Named(named);
        return callers.RightsOf(http.User) is { } rights && person is not null && person != rights.User && !rights.Has(Ability.ViewAllCalls)
            ? throw new Refusal(RefusalKind.Forbidden, "case.not-yours-to-give")
            : person;
    }

    /// <summary>By id or email.</summary>
    string Named(string text) => personnel.Find(text)?.Id ?? throw new Refusal(RefusalKind.Invalid, "case.no-such-person", text);
}

/// <param name="Person">Id or email; a program must say it where the step is somebody's.</param>
public sealed record CasePerson(string? Person = null);

public sealed record CaseResult(AttemptOutcome Result, string? Note = null, string? Person = null);

public sealed record CasePostponement(DateTimeOffset Until);

public sealed record CaseClosing(CaseEnd Reason, string? Note = null, string? Person = null);

public sealed record CaseGone(long Id, string Detail);

public sealed record CaseListAnswer(IReadOnlyList<CaseAnswer> Cases, long Total);

public sealed record CaseDetailAnswer(CaseAnswer Case, IReadOnlyList<Call> Misses, IReadOnlyList<Call> FollowUps, IReadOnlyList<CaseAttempt> Results, bool IsCallingNow);

/// <summary>A case as programs read it.</summary>
public sealed record CaseAnswer : RecoveryCase
{
    [System.Diagnostics.CodeAnalysis.SetsRequiredMembers]
    internal CaseAnswer(CaseItem item, Personnel personnel) : base(item.Case)
    {
        string? Name(string? person) => person is null ? null : personnel.Now.People.GetValueOrDefault(person)?.Name;
        (Team, Reason, IsOverdue, ValueCents) = (item.Last.Team, item.Last.MissedReason, IsOpen && item.Value.IsOverdue, item.Value.Cents);
        (OwnerName, ClosedByName, ReservedByName) = (Name(Owner), Name(ClosedBy), Name(ReservedBy));
    }

    /// <summary>Of its newest missed call.</summary>
    public string? Team { get; }

    /// <summary>Why that one was missed.</summary>
    public MissedReason? Reason { get; }

    public string? OwnerName { get; }

    public string? ClosedByName { get; }

    public string? ReservedByName { get; }

    public bool IsOverdue { get; }

    /// <summary>Expected loss if nobody calls back, as of now.</summary>
    public long ValueCents { get; }
}
