using System.Globalization;
using CallCenter.Parts.Import;
using CallCenter.Web;
using Microsoft.Extensions.Localization;

namespace CallCenter.Parts.Pages;

/// <summary>The lines that an import did not take, and why, as CSV in the reader's language.</summary>
static class PartReport
{
    public static string AddressOf(long import) => string.Create(CultureInfo.InvariantCulture, $"{PartsAddress.ImportPath}/{import}/rechazadas.csv");

    public static void MapPartReport(this IEndpointRouteBuilder routes) =>
        routes.MapGet(PartsAddress.ImportPath + "/{id:long}/rechazadas.csv", Write).RequireAuthorization(Policy.ManageParts).ExcludeFromDescription();

    static async Task Write(long id, HttpContext http, PartImports imports, IStringLocalizer<Words> words)
    {
        var stop = http.RequestAborted;
        http.Response.ContentType = "text/csv; charset=utf-8";
        http.Response.Headers.ContentDisposition = string.Create(CultureInfo.InvariantCulture, $"attachment; filename=\"import-{id}.csv\"");
        http.Response.Headers.CacheControl = "no-store";
        await http.Response.WriteAsync("\uFEFF" + Csv.Line([words["Línea"], words["Motivo"], words["Contenido"]]), stop);
        await foreach (var fault in imports.Faults(id, stop))
            await http.Response.WriteAsync(Csv.Line([fault.Line.ToString(CultureInfo.InvariantCulture), words[fault.Why.Code, [.. fault.Why.Arguments]], .. fault.Content.Split('\t')]), stop);
    }
}
