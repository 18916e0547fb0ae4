using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using CallCenter.Audit;
using CallCenter.Calls;
using CallCenter.Customers.Pages;
using CallCenter.Teams;
using CallCenter.Web;
using Microsoft.Extensions.Localization;

namespace CallCenter.Customers;

/// <summary>All customers of a filter as a file, in the columns that an import reads, page by page, so that its size costs no memory.</summary>
static class CustomerExportApi
{
    /// <summary>Of each customer; there are cells for so many, the rest is in the API.</summary>
    const int NumbersMax = 5;
    const int VehiclesMax = 3;

    public static string Path(string kind) => $"{CustomersAddress.Path}/exportar.{kind}";

    public static void MapCustomerExport(this WebApplication app)
    {
        foreach (var kind in (string[])["csv", "xlsx"])
            app.MapGet(Path(kind), (HttpContext http, CustomerList list, Personnel personnel, IPhoneSystems phones, AuditLog audit, TimeProvider clock, IStringLocalizer<Words> words) =>
                Export(kind, http, list, personnel, phones, audit, clock, words)).RequireAuthorization(Policy.CustomerExport).ExcludeFromDescription();
    }

    static async Task Export(string kind, HttpContext http, CustomerList list, Personnel personnel, IPhoneSystems phones, AuditLog audit, TimeProvider clock, IStringLocalizer<Words> words)
    {
        var (filter, stop) = (CustomersAddress.Read(http.Request.QueryString.Value ?? "").Filter(phones.HomeCountry()), http.RequestAborted);
        var viewer = Viewer.Of(http.User)!;
        await audit.Note(Actor.User(viewer.Id, viewer.Name), "customers.exported", "", new { kind, conditions = http.Request.QueryString.Value }, stop);
        http.Response.ContentType = kind == "csv" ? "text/csv; charset=utf-8" : "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
        http.Response.Headers.ContentDisposition = $"attachment; filename=\"clientes-{clock.GetUtcNow().UtcDateTime:yyyyMMdd-HHmm}.{kind}\"";
        http.Response.Headers.CacheControl = "no-store";
        var columns = Columns(words, personnel).ToList();
        if (kind == "csv")
        {
            await http.Response.WriteAsync("\uFEFF" + Csv.Line(columns.Select(column => column.Title)), stop);
            await foreach (var page in Pages(list, filter, stop))
            {
                var lines = new StringBuilder();
                foreach (var detail in page) lines.Append(Csv.Line(columns.Select(column => column.Of(detail))));
                await http.Response.WriteAsync(lines.ToString(), stop);
            }

            return;
        }

        await using var book = await Xlsx.Begin(http.Response.BodyWriter.AsStream(), stop);
        await book.Sheet(words["Clientes"], [.. columns.Select(column => (column.Title, column.Width))]);
        await foreach (var page in Pages(list, filter, stop))
            foreach (var detail in page) await book.Row(columns.Select(column => (object?)column.Of(detail)));
        await book.Finish();
    }

    static async IAsyncEnumerable<IReadOnlyList<CustomerDetail>> Pages(CustomerList list, CustomerFilter filter, [EnumeratorCancellation] CancellationToken stop)
    {
        for (var after = 0L; ;)
        {
            var page = await list.After(filter, after, CustomerList.PageMax, stop);
            if (page.Count == 0) yield break;
            yield return page;
            after = page[^1].Customer.Id;
        }
    }

    static IEnumerable<(string Title, int Width, Func<CustomerDetail, string?> Of)> Columns(IStringLocalizer<Words> words, Personnel personnel)
    {
        yield return (words["Cliente n.º"], 11, one => one.Customer.Id.ToString(CultureInfo.InvariantCulture));
        yield return (words["Nombre"], 36, one => one.Customer.Name);
        yield return (words["Qué es"], 11, one => words.Name(one.Customer.Kind));
        yield return (words["NIF"], 14, one => one.Customer.TaxId);
        yield return (words["Correo electrónico"], 28, one => one.Customer.Email);
        yield return (words["Segmento"], 14, one => one.Customer.Segment);
        yield return (words["Tarifa"], 10, one => one.Customer.PriceTier);
        yield return (words["Lo lleva"], 22, one => personnel.OwnerOf(one.Customer));
        yield return (words["Crédito parado"], 10, one => one.Customer.CreditStop ? words["sí"] : words["no"]);
        for (var i = 0; i < NumbersMax; i++)
        {
            var place = i;
            yield return (words["Teléfono {0}", i + 1], 16, one => place < one.Numbers.Count ? one.Numbers[place].Number : null);
        }

        for (var i = 0; i < VehiclesMax; i++)
        {
            var place = i;
            yield return (words["Matrícula {0}", i + 1], 12, one => place < one.Vehicles.Count ? one.Vehicles[place].Plate ?? one.Vehicles[place].Vin : null);
        }

        yield return (words["En otros programas"], 24, one => string.Join("; ", one.Ids.Select(id => $"{id.System}: {id.Id}")));
        yield return (words["Nota"], 40, one => one.Customer.Note);
    }
}
