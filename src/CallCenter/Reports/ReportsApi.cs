using System.ComponentModel;
using CallCenter.Audit;
using CallCenter.Calls;
using CallCenter.Figures;
using CallCenter.Web;
using Microsoft.Extensions.Localization;

namespace CallCenter.Reports;

/// <summary>Reports for programs, and as files for people: the same rows as on the screen.</summary>
static class ReportsApi
{
    public static void MapReportsApi(this IEndpointRouteBuilder app)
    {
        var reports = app.MapGroup("/api/reports").WithTags("Reports").RequireAuthorization(ApiScope.CallsRead)
            .ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status401Unauthorized).ProducesProblem(StatusCodes.Status403Forbidden).ProducesProblem(StatusCodes.Status404NotFound);
        reports.MapGet("{name}", Answer).WithName("report").WithSummary("Figures of a period, apart by team, operator, line, queue, customer, brand, day, weekday or half hour")
            .WithDescription($"`name` is one of {string.Join(", ", Report.All.Select(report => $"`{report.Name}`"))}. Takes the conditions of /api/figures. `total` is of all calls, not of rows, so its medians are right. Money is without tax; a key without `sales:read` is told none of quotes.")
            .Produces<ReportAnswer>();
        var files = reports.MapGroup("").RequireAuthorization(ApiCallers.Export);
        files.MapGet("{name}/export.csv", Csv).WithName("exportReportAsCsv").WithSummary("A report as CSV")
            .WithDescription("UTF-8 with a byte order mark. Lines that begin with # say of what it is and what the columns mean; the columns follow.").Produces<string>(contentType: "text/csv");
        files.MapGet("{name}/export.xlsx", Workbook).WithName("exportReportAsSpreadsheet").WithSummary("A report as a spreadsheet").Produces<byte[]>(contentType: ReportFile.WorkbookType);
    }

    static async Task<IResult> Answer([Description("Which report")] string name, HttpContext http, [AsParameters] FigureConditions query, ReportDesk desk, ApiCallers callers, TimeProvider clock) =>
        Results.Json(ReportAnswer.Of(await Read(name, http, query, desk, callers, clock)), CallJson.Options);

    static async Task Csv(string name, HttpContext http, [AsParameters] FigureConditions query, ReportDesk desk, ApiCallers callers, AuditLog audit, IPhoneSystems phones, ITeamNames teams, IStringLocalizer<Words> words, TimeProvider clock)
    {
        var table = await Begin(name, http, query, desk, callers, audit, clock, "csv", "text/csv; charset=utf-8");
        await new ReportFile(words, phones, teams).WriteCsv(http.Response.Body, table, http.RequestAborted);
    }

    static async Task Workbook(string name, HttpContext http, [AsParameters] FigureConditions query, ReportDesk desk, ApiCallers callers, AuditLog audit, IPhoneSystems phones, ITeamNames teams, IStringLocalizer<Words> words, TimeProvider clock)
    {
        var table = await Begin(name, http, query, desk, callers, audit, clock, "xlsx", ReportFile.WorkbookType);
        await new ReportFile(words, phones, teams).WriteWorkbook(http.Response.BodyWriter.AsStream(), table, http.RequestAborted);
    }

    /// <summary>Reads it before the first byte is sent, so that trouble is still a status.</summary>
    static async Task<ReportTable> Begin(string name, HttpContext http, FigureConditions query, ReportDesk desk, ApiCallers callers, AuditLog audit, TimeProvider clock, string kind, string type)
    {
        var table = await Read(name, http, query, desk, callers, clock);
        await audit.Note(callers.ActorOf(http.User), "report.exported", "", new { report = name, kind, conditions = http.Request.QueryString.Value }, http.RequestAborted);
        http.Response.ContentType = type;
        http.Response.Headers.ContentDisposition = $"attachment; filename=\"{ReportFile.NameOf(table, kind)}\"";
        http.Response.Headers.CacheControl = "no-store";
        return table;
    }

    static Task<ReportTable> Read(string name, HttpContext http, FigureConditions query, ReportDesk desk, ApiCallers callers, TimeProvider clock)
    {
        CallApi.MustKnow(http.Request.Query, FigureConditions.Names);
        var report = Report.Find(name) ?? throw new Refusal(RefusalKind.NotFound, "report.unknown", name, string.Join(", ", Report.All.Select(one => one.Name)));
        var filter = query.ToFilter(Viewer.Of(http.User)?.Zone ?? TimeZoneInfo.Utc, clock.GetUtcNow());
        return desk.Read(report, callers.SightOf(http.User).Calls, filter, query.ToRules(), callers.May(http.User, ApiScope.SalesRead), http.RequestAborted);
    }
}
