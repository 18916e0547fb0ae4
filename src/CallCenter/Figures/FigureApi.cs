using System.ComponentModel;
using System.Globalization;
using CallCenter.Calls;
using CallCenter.Web;
using Microsoft.AspNetCore.Mvc;

namespace CallCenter.Figures;

/// <summary>Figures for programs: the same as on the screens and of <c>callcenter report</c>, over the calls that the caller may see.</summary>
static class FigureApi
{
    public static void MapFigureApi(this IEndpointRouteBuilder app)
    {
        var figures = app.MapGroup("/api/figures").WithTags("Figures").RequireAuthorization(ApiScope.CallsRead)
            .ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status401Unauthorized).ProducesProblem(StatusCodes.Status403Forbidden);
        void Map<T>(ReportName name, string summary, string description = "")
        {
            var word = name.ToString().ToLowerInvariant();
            figures.MapGet(word, (HttpContext http, [AsParameters] FigureConditions query, FigureReports reports, ApiCallers callers, TimeProvider clock) => Answer(name, http, query, reports, callers, clock))
                .WithName($"{word}Figures").WithSummary(summary).WithDescription($"Calls that began in the period and have ended. {description}".TrimEnd()).Produces<FigureReport<T>>();
        }

        Map<SummaryReport>(ReportName.Summary, "Key figures, each with what it is made of", "A rate is null where there is nothing to divide by. `rows` are addresses whose calls together are the amount.");
        Map<IReadOnlyList<DayFigures>>(ReportName.Days, "Every local day of the period", "`hours` is 23 or 25 when the clocks change.");
        Map<HoursReport>(ReportName.Hours, "Every half hour of the week", "`occurred` says how often there was one: divide by it. Of a single day also its own half hours, with the offset that tells a doubled hour's two apart.");
        Map<IReadOnlyList<StateFigures>>(ReportName.States, "Calls by how they ended and, missed ones, how they stand");
        Map<Ranking>(ReportName.Operators, "Who answered and placed how many", "`unassigned` are calls of nobody. Who sees only his own calls is told only of himself; `others` are colleagues' calls among his.");
        Map<IReadOnlyList<GroupFigures>>(ReportName.Teams, "Calls by team");
        Map<IReadOnlyList<GroupFigures>>(ReportName.Lines, "Calls by line");
        Map<IReadOnlyList<GroupFigures>>(ReportName.Queues, "Calls by queue");
        Map<IReadOnlyList<Call>>(ReportName.Missed, "The newest missed calls, each with how it stands", $"Up to {CallLog.PageMax}; /api/calls?missed=true lists them all.");
    }

    static async Task<IResult> Answer(ReportName name, HttpContext http, FigureConditions query, FigureReports reports, ApiCallers callers, TimeProvider clock)
    {
        CallApi.MustKnow(http.Request.Query, FigureConditions.Names);
        var filter = query.ToFilter(Viewer.Of(http.User)?.Zone ?? TimeZoneInfo.Utc, clock.GetUtcNow());
        return Results.Json(await reports.Of(name, callers.SightOf(http.User).Calls, filter, query.ToRules(), query.ToComparison(), http.RequestAborted), CallJson.Options);
    }
}

/// <summary>Which figures a program asks for. All conditions hold together.</summary>
sealed class FigureConditions
{
    public static readonly string[] Names =
        ["from", "to", "zone", "team", "line", "queue", "operator", "connection", "direction", "recovery", "service_seconds", "service_level", "short_seconds", "compare"];

    /// <summary>So many teams are asked for at once.</summary>
    const int TeamsMax = 200;

    /// <summary>Asked for when nobody says which days.</summary>
    public const int DaysUsually = 30;

    [FromQuery(Name = "from"), Description("First day, such as `2026-05-04`; 30 days to the last when not given")]
    public string? From { get; init; }

    [FromQuery(Name = "to"), Description("Last day, which belongs to the period; today when not given")]
    public string? To { get; init; }

    [FromQuery(Name = "zone"), Description("IANA name of the zone whose days these are, such as `Europe/Madrid`; that of who is signed in, and UTC for keys, when not given")]
    public string? Zone { get; init; }

    [FromQuery(Name = "team"), Description("Id of a team that calls count for, `none` for those of no team; may be given several times")]
    public string[]? Team { get; init; }

    [FromQuery(Name = "line"), Description("The company's own number, as the phone system names it")]
    public string? Line { get; init; }

    [FromQuery(Name = "queue")]
    public string? Queue { get; init; }

    [FromQuery(Name = "operator"), Description("Extension or agent who answered or placed them")]
    public string? Operator { get; init; }

    [FromQuery(Name = "connection"), Description("Id of the phone system's connection")]
    public string? Connection { get; init; }

    [FromQuery(Name = "direction"), Description("`inbound`, `outbound` or `internal`")]
    public string? Direction { get; init; }

    [FromQuery(Name = "recovery"), Description("Only missed calls that stand so: `open`, `recovered`, `self_recovered` or `no_number`")]
    public string? Recovery { get; init; }

    [FromQuery(Name = "service_seconds"), Description("Threshold of the service level, 1 to 3600; 20 when not given")]
    public string? ServiceSeconds { get; init; }

    [FromQuery(Name = "service_level"), Description("What it divides by: `strict`, `without_short` (also when not given), `without_given_up` or `answered_only`")]
    public string? ServiceLevel { get; init; }

    [FromQuery(Name = "short_seconds"), Description("Who gives up earlier called a short time only, 0 to 60; 5 when not given")]
    public string? ShortSeconds { get; init; }

    [FromQuery(Name = "compare"), Description("`previous`: with as long a time before; `year_before`: with the same weeks of the year before")]
    public string? Compare { get; init; }

    /// <exception cref="Refusal">One of the conditions cannot be read.</exception>
    public FigureFilter ToFilter(TimeZoneInfo usually, DateTimeOffset now)
    {
        var zone = CallConditions.Text(Zone) is { } named ? Known(named) : usually;
        var last = Day("to", To) ?? LocalDay.Of(now, zone);
        if (Team?.Length > TeamsMax) throw new Refusal(RefusalKind.Invalid, "figures.teams", TeamsMax);
        return new FigureFilter(
            new(zone, Day("from", From) ?? last.AddDays(1 - DaysUsually), last), Team is { Length: > 0 } ? [.. Team.Distinct()] : null, CallConditions.Text(Line), CallConditions.Text(Queue),
            CallConditions.Text(Operator), CallConditions.Text(Connection), CallConditions.OneOf<Direction>("direction", Direction), CallConditions.OneOf<RecoveryStanding>("recovery", Recovery)).Check();
    }

    /// <exception cref="Refusal">One of the numbers makes no sense.</exception>
    public FigureRules ToRules() => new FigureRules(
        Number("service_seconds", ServiceSeconds, FigureRules.Default.ServiceSeconds), CallConditions.OneOf<ServiceLevelFormula>("service_level", ServiceLevel) ?? FigureRules.Default.Formula,
        Number("short_seconds", ShortSeconds, FigureRules.Default.ShortSeconds)).Check();

    /// <exception cref="Refusal">There is no such comparison.</exception>
    public Comparison? ToComparison() => CallConditions.OneOf<Comparison>("compare", Compare);

    public static TimeZoneInfo Known(string zone) => TimeZoneInfo.TryFindSystemTimeZoneById(zone, out var known) ? known : throw new Refusal(RefusalKind.Invalid, "figures.zone", zone);

    static DateOnly? Day(string name, string? given) => CallConditions.Text(given) is not { } text ? null : Fields.ReadDay(text) ?? throw new Refusal(RefusalKind.Invalid, "figures.day", name, text);

    static int Number(string name, string? given, int otherwise) => CallConditions.Text(given) is not { } text ? otherwise
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw new Refusal(RefusalKind.Invalid, "figures.number", name, text);
}
