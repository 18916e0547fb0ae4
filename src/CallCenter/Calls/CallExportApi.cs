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
    static readonly (string Name, Func<NamedCall, object?> Of)[] Columns =
    [
        ("id", one => one.Call.Id), ("connection", one => one.Call.Connection), ("provider", one => one.Call.Provider), ("provider_call_id", one => one.Call.ProviderCallId),
        ("direction", one => one.Call.Direction), ("from", one => one.Call.FromRaw), ("to", one => one.Call.ToRaw), ("customer_number", one => one.Call.CustomerNumber), ("customer_id", one => one.Call.CustomerId), ("customer", one => one.Customer),
        ("caller_name", one => one.Call.CallerName), ("line", one => one.Call.Line), ("queue", one => one.Call.Queue), ("operator", one => one.Call.Operator),
        ("team", one => one.Call.Team), ("state", one => one.Call.State), ("outcome", one => one.Call.Outcome), ("missed", one => one.Call.Missed), ("missed_reason", one => one.Call.MissedReason),
        ("started_at", one => one.Call.StartedAt), ("queued_at", one => one.Call.QueuedAt), ("ringing_at", one => one.Call.RingingAt),
        ("answered_at", one => one.Call.AnsweredAt), ("ended_at", one => one.Call.EndedAt), ("wait_seconds", one => one.Call.WaitSeconds),
        ("ring_seconds", one => one.Call.RingSeconds), ("talk_seconds", one => one.Call.TalkSeconds), ("hold_seconds", one => one.Call.HoldSeconds),
        ("attempts", one => one.Call.Attempts.Count), ("transfers", one => one.Call.Transfers.Count), ("voicemail", one => one.Call.Voicemail),
        ("recovered_by", one => one.Call.RecoveredBy), ("recovered_at", one => one.Call.RecoveredAt), ("recovery_seconds", one => one.Call.RecoverySeconds),
        ("self_recovered_by", one => one.Call.SelfRecoveredBy), ("stale", one => one.Call.Stale),
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

    static Task Csv([AsParameters] CallConditions query, HttpContext http, CallLog log, IPhoneSystems phones, ICustomerNames customers, ApiCallers callers, AuditLog audit, TimeProvider clock) =>
        Lines(query, http, log, phones, customers, callers, audit, clock, "csv", "text/csv; charset=utf-8",
            "\uFEFF" + CallCenter.Csv.Line(Columns.Select(column => column.Name)), one => CallCenter.Csv.Line(Columns.Select(column => Cell(column.Of(one)))));

    static Task JsonLines([AsParameters] CallConditions query, HttpContext http, CallLog log, IPhoneSystems phones, ICustomerNames customers, ApiCallers callers, AuditLog audit, TimeProvider clock) =>
        Lines(query, http, log, phones, customers, callers, audit, clock, "jsonl", "application/jsonl; charset=utf-8", "", one => JsonSerializer.Serialize(one.Call, CallJson.Options) + "\n");

    static async Task Lines(CallConditions query, HttpContext http, CallLog log, IPhoneSystems phones, ICustomerNames customers, ApiCallers callers, AuditLog audit, TimeProvider clock, string kind, string type, string head, Func<NamedCall, string> line)
    {
        var pages = Named(await Begin(query, http, log, phones, callers, audit, clock, kind, type), customers, http.RequestAborted);
        await http.Response.WriteAsync(head, http.RequestAborted);
        await foreach (var page in pages)
        {
            var lines = new StringBuilder();
            foreach (var one in page) lines.Append(line(one));
            await http.Response.WriteAsync(lines.ToString(), http.RequestAborted);
        }
    }

    static async Task Workbook([AsParameters] CallConditions query, HttpContext http, CallLog log, IPhoneSystems phones, ITeamNames teams, ICustomerNames customers, ApiCallers callers, AuditLog audit, TimeProvider clock, IStringLocalizer<Words> words)
    {
        var pages = await Begin(query, http, log, phones, callers, audit, clock, "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet");
        var zone = Viewer.Of(http.User)?.Zone ?? TimeZoneInfo.Utc;
        await new CallWorkbook(words, zone, phones, teams, customers).Write(http.Response.BodyWriter.AsStream(), OneByOne(Named(pages, customers, http.RequestAborted)), query.ToFilter(phones), clock.GetUtcNow(), http.RequestAborted);
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

    /// <summary>The names of a page's customers are read at once.</summary>
    static async IAsyncEnumerable<IReadOnlyList<NamedCall>> Named(IAsyncEnumerable<IReadOnlyList<Call>> pages, ICustomerNames customers, [EnumeratorCancellation] CancellationToken stop)
    {
        await foreach (var page in pages.WithCancellation(stop))
        {
            var names = await customers.Of(page, stop);
            yield return [.. page.Select(call => new NamedCall(call, call.CustomerId is { } id ? names.GetValueOrDefault(id) : null))];
        }
    }

    static async IAsyncEnumerable<NamedCall> OneByOne(IAsyncEnumerable<IReadOnlyList<NamedCall>> pages, [EnumeratorCancellation] CancellationToken stop = default)
    {
        await foreach (var page in pages.WithCancellation(stop))
            foreach (var one in page) yield return one;
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
