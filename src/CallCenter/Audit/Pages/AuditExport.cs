using CallCenter.Web;

namespace CallCenter.Audit.Pages;

/// <summary>The audit log as CSV, with the filters of the screen. That it was taken away is a line in it too.</summary>
static class AuditExport
{
    public static void MapAuditExport(this IEndpointRouteBuilder routes) => routes.MapGet(AuditQuery.ExportPath, Write).RequireAuthorization(Policy.Audit).ExcludeFromDescription();

    static async Task Write(HttpContext http, AuditLog log, AuditWords words, TimeProvider clock)
    {
        var (stop, viewer) = (http.RequestAborted, Viewer.Of(http.User)!);
        var query = AuditQuery.Read($"{http.Request.Path}{http.Request.QueryString}");
        await log.Note(Actor.User(viewer.Id, viewer.Name), "audit.exported", "", new { conditions = http.Request.QueryString.Value }, stop);
        http.Response.ContentType = "text/csv; charset=utf-8";
        http.Response.Headers.ContentDisposition = $"attachment; filename=\"audit-{clock.GetUtcNow().UtcDateTime:yyyyMMdd-HHmm}.csv\"";
        http.Response.Headers.CacheControl = "no-store";
        await http.Response.WriteAsync("\uFEFF" + Csv.Line(["id", "at", "actor", "actor_name", "action", "said", "subject", "detail"]), stop);
        await foreach (var entry in log.All(query.Filter(viewer.Zone), stop))
            await http.Response.WriteAsync(Csv.Line(
                [$"{entry.Id}", $"{entry.At.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss.fff'Z'}", entry.Actor.Id, entry.Actor.Name, entry.Action, words.Action(entry), entry.Subject, entry.Detail.GetRawText()]), stop);
    }
}
