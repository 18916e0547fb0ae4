using System.Globalization;
using CallCenter.Customers.Import;
using CallCenter.Importing;
using CallCenter.Web;
using Microsoft.Extensions.Localization;

namespace CallCenter.Customers.Pages;

/// <summary>The lines that an import did not take, and why, in the reader's language and with the file's own columns: mended, it can be imported itself.</summary>
static class CustomerReport
{
    public static string AddressOf(long import) => string.Create(CultureInfo.InvariantCulture, $"{CustomersAddress.ImportPath}/{import}/rechazadas.csv");

    public static void MapCustomerReport(this IEndpointRouteBuilder routes) =>
        routes.MapGet(CustomersAddress.ImportPath + "/{id:long}/rechazadas.csv", Write).RequireAuthorization(Policy.Customers).ExcludeFromDescription();

    /// <summary>The line that names the columns of a report.</summary>
    internal static string Head(CustomerImport? import, string line, string why) => Csv.Line([line, why, .. import?.Mapping?.Columns.Select(column => column.Title) ?? []]);

    internal static string LineOf(LineFault fault, string why) => Csv.Line([fault.Line.ToString(CultureInfo.InvariantCulture), why, .. fault.Content.Split('\t')]);

    static async Task Write(long id, HttpContext http, CustomerImports imports, IStringLocalizer<Words> words)
    {
        var stop = http.RequestAborted;
        http.Response.ContentType = "text/csv; charset=utf-8";
        http.Response.Headers.ContentDisposition = string.Create(CultureInfo.InvariantCulture, $"attachment; filename=\"clientes-{id}-rechazadas.csv\"");
        http.Response.Headers.CacheControl = "no-store";
        await http.Response.WriteAsync("\uFEFF" + Head(await imports.Find(id, stop), words["Línea"], words["Motivo"]), stop);
        await foreach (var fault in imports.Faults(id, stop)) await http.Response.WriteAsync(LineOf(fault, words[fault.Why.Code, [.. fault.Why.Arguments]]), stop);
    }
}
