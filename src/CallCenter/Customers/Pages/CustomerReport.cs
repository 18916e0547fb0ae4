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

    static async Task Write(long id, HttpContext http, CustomerImports imports, IStringLocalizer<Words> words)
    {
        var stop = http.RequestAborted;
        http.Response.ContentType = "text/csv; charset=utf-8";
        http.Response.Headers.ContentDisposition = string.Create(CultureInfo.InvariantCulture, $"attachment; filename=\"clientes-{id}-rechazadas.csv\"");
        http.Response.Headers.CacheControl = "no-store";
        var columns = (await imports.Find(id, stop))?.Mapping?.Columns.Select(column => column.Title) ?? [];
        await http.Response.WriteAsync("\uFEFF" + LineFault.Head(words["Línea"], words["Motivo"], columns), stop);
        await foreach (var fault in imports.Faults(id, stop)) await http.Response.WriteAsync(fault.ToCsv(words[fault.Why.Code, [.. fault.Why.Arguments]]), stop);
    }
}
