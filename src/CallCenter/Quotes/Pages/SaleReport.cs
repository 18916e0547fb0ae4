using System.Globalization;
using CallCenter.Importing;
using CallCenter.Quotes.Import;
using CallCenter.Web;
using Microsoft.Extensions.Localization;

namespace CallCenter.Quotes.Pages;

/// <summary>The lines that an import did not take, and why, in the reader's language and with the file's own columns: mended, it can be imported itself.</summary>
static class SaleReport
{
    const string Pattern = "/importar/{id:long}/rechazadas.csv";

    public static string AddressOf(SaleImport import) => string.Create(CultureInfo.InvariantCulture, $"{(import.OfOrders ? QuoteWords.OrdersPath : QuoteWords.Path)}/importar/{import.Id}/rechazadas.csv");

    public static void MapSaleReports(this IEndpointRouteBuilder routes)
    {
        foreach (var path in (string[])[QuoteWords.Path, QuoteWords.OrdersPath]) routes.MapGet(path + Pattern, Write).RequireAuthorization(Policy.Customers).ExcludeFromDescription();
    }

    static async Task Write(long id, HttpContext http, SaleImports imports, IStringLocalizer<Words> words)
    {
        var stop = http.RequestAborted;
        var import = await imports.Find(id, stop);
        http.Response.ContentType = "text/csv; charset=utf-8";
        http.Response.Headers.ContentDisposition = string.Create(CultureInfo.InvariantCulture, $"attachment; filename=\"{(import?.OfOrders == true ? "pedidos" : "presupuestos")}-{id}-rechazadas.csv\"");
        http.Response.Headers.CacheControl = "no-store";
        await http.Response.WriteAsync("\uFEFF" + LineFault.Head(words["Línea"], words["Motivo"], import?.Mapping?.Columns.Select(column => column.Title) ?? []), stop);
        await foreach (var fault in imports.Faults(id, stop)) await http.Response.WriteAsync(fault.ToCsv(words[fault.Why.Code, [.. fault.Why.Arguments]]), stop);
    }
}
