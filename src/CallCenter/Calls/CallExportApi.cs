using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using CallCenter.Audit;
using CallCenter.Web;
using Microsoft.Extensions.Localization;

namespace CallCenter.Calls;

/// <summary>All calls of a filter as a file, read and sent page by page, so that its size costs no memory.</summary>
static class CallExportApi
{
    static readonly (string Name, Func<Call, object?> Of)[] Columns =
    [
        ("id", call => call.Id), ("connection", call => call.Connection), ("provider", call => call.Provider), ("provider_call_id", call => call.ProviderCallId),
        ("direction", call => call.Direction), ("from", call => call.FromRaw), ("to", call => call.ToRaw), ("customer_number", call => call.CustomerNumber),
        ("caller_name", call => call.CallerName), ("line", call => call.Line), ("queue", call => call.Queue), ("operator", call => call.Operator),
        ("team", call => call.Team), ("state", call => call.State), ("outcome", call => call.Outcome), ("missed", call => call.Missed), ("missed_reason", call => call.MissedReason),
        ("started_at", call => call.StartedAt), ("queued_at", call => call.QueuedAt), ("ringing_at", call => call.RingingAt),
        ("answered_at", call => call.AnsweredAt), ("ended_at", call => call.EndedAt), ("wait_seconds", call => call.WaitSeconds),
        ("ring_seconds", call => call.RingSeconds), ("talk_seconds", call => call.TalkSeconds), ("hold_seconds", call => call.HoldSeconds),
        ("attempts", call => call.Attempts.Count), ("transfers", call => call.Transfers.Count), ("voicemail", call => call.Voicemail),
        ("recovered_by", call => call.RecoveredBy), ("recovered_at", call => call.RecoveredAt), ("recovery_seconds", call => call.RecoverySeconds),
        ("self_recovered_by", call => call.SelfRecoveredBy), ("stale", call => call.Stale),
    ];

    public static void Map(RouteGroupBuilder calls)
    {
        calls = calls.MapGroup("").RequireAuthorization(ApiCallers.Export);
        calls.MapGet("export.csv", Csv).WithName("exportCallsAsCsv").WithSummary("All calls of a filter as CSV")
            .WithDescription("UTF-8 with a byte order mark, commas, a header line (RFC 4180). A cell that a spreadsheet would run as a formula begins with an apostrophe.")
            .Produces<string>(contentType: "text/csv").ProducesProblem(StatusCodes.Status400BadRequest);
        calls.MapGet("export.xlsx", Workbook).WithName("exportCallsAsSpreadsheet").WithSummary("All calls of a filter as a spreadsheet for people")
            .WithDescription("In the language and time zone of who is signed in, else in that of `Accept-Language` and UTC; a last sheet says what was asked. More rows than a sheet holds go on in the next one.")
            .Produces<byte[]>(contentType: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet").ProducesProblem(StatusCodes.Status400BadRequest);
        calls.MapGet("export.jsonl", JsonLines).WithName("exportCallsAsJsonLines").WithSummary("All calls of a filter, one JSON object a line")
            .Produces<string>(contentType: "application/jsonl").ProducesProblem(StatusCodes.Status400BadRequest);
    }

    static Task Csv([AsParameters] CallConditions query, HttpContext http, CallLog log, IPhoneSystems phones, ApiCallers callers, AuditLog audit, TimeProvider clock) =>
        Lines(query, http, log, phones, callers, audit, clock, "csv", "text/csv; charset=utf-8",
            "\uFEFF" + CallCenter.Csv.Line(Columns.Select(column => column.Name)), call => CallCenter.Csv.Line(Columns.Select(column => Cell(column.Of(call)))));

    static Task JsonLines([AsParameters] CallConditions query, HttpContext http, CallLog log, IPhoneSystems phones, ApiCallers callers, AuditLog audit, TimeProvider clock) =>
        Lines(query, http, log, phones, callers, audit, clock, "jsonl", "application/jsonl; charset=utf-8", "", call => JsonSerializer.Serialize(call, CallJson.Options) + "\n");

    static async Task Lines(CallConditions query, HttpContext http, CallLog log, IPhoneSystems phones, ApiCallers callers, AuditLog audit, TimeProvider clock, string kind, string type, string head, Func<Call, string> line)
    {
        var pages = await Begin(query, http, log, phones, callers, audit, clock, kind, type);
        await http.Response.WriteAsync(head, http.RequestAborted);
        await foreach (var page in pages)
        {
            var lines = new StringBuilder();
            foreach (var call in page) lines.Append(line(call));
            await http.Response.WriteAsync(lines.ToString(), http.RequestAborted);
        }
    }

    static async Task Workbook([AsParameters] CallConditions query, HttpContext http, CallLog log, IPhoneSystems phones, ITeamNames teams, ApiCallers callers, AuditLog audit, TimeProvider clock, IStringLocalizer<Words> words)
    {
        var pages = await Begin(query, http, log, phones, callers, audit, clock, "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet");
        var zone = Viewer.Of(http.User)?.Zone ?? TimeZoneInfo.Utc;
        await new CallWorkbook(words, zone, phones, teams).Write(http.Response.BodyWriter.AsStream(), OneByOne(pages), query.ToFilter(phones), clock.GetUtcNow(), http.RequestAborted);
    }

    /// <summary>Reads the first page before the first byte is sent, so that trouble is still a status.</summary>
    static async Task<IAsyncEnumerable<IReadOnlyList<Call>>> Begin(
        CallConditions query, HttpContext http, CallLog log, IPhoneSystems phones, ApiCallers callers, AuditLog audit, TimeProvider clock, string kind, string type)
    {
        CallApi.MustKnow(http.Request.Query, CallConditions.Names);
        var (filter, order, stop) = (query.ToFilter(phones), query.ToOrder(), http.RequestAborted);
        var sight = callers.SightOf(http.User);
        var first = await log.List(sight.Calls, filter, CallLog.PageMax, null, order, stop);
        // Before the first byte: who breaks the download off has some of them all the same.
        await audit.Note(callers.ActorOf(http.User), "calls.exported", "", new { kind, conditions = http.Request.QueryString.Value }, stop);
        http.Response.ContentType = type;
        http.Response.Headers.ContentDisposition = $"attachment; filename=\"calls-{clock.GetUtcNow().UtcDateTime:yyyyMMdd-HHmm}.{kind}\"";
        http.Response.Headers.CacheControl = "no-store";
        return Pages(first, next => log.List(sight.Calls, filter, CallLog.PageMax, next, order, stop));
    }

    static async IAsyncEnumerable<IReadOnlyList<Call>> Pages(CallPage page, Func<CallCursor, Task<CallPage>> read)
    {
        yield return page.Calls;
        while (page.Next is { } next)
        {
            page = await read(next);
            yield return page.Calls;
        }
    }

    static async IAsyncEnumerable<Call> OneByOne(IAsyncEnumerable<IReadOnlyList<Call>> pages, [EnumeratorCancellation] CancellationToken stop = default)
    {
        await foreach (var page in pages.WithCancellation(stop))
            foreach (var call in page) yield return call;
    }

    static string? Cell(object? value) => value switch
    {
        null => null,
        bool yes => yes ? "true" : "false",
        DateTimeOffset at => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture),
        Enum word => JsonNamingPolicy.SnakeCaseLower.ConvertName(word.ToString()),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString(),
    };
}
