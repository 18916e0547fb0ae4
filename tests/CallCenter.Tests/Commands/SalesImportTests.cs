using System.Text.Json;
using CallCenter.Storage;

namespace CallCenter.Tests.Commands;

public sealed class SalesImportTests
{
    [Fact]
    public async Task Quotes_and_orders_are_tried_out_imported_repeated_and_what_is_wrong_with_them_is_told()
    {
        using var folder = new Cli.TempFolder();
        await using (await Db.Open(folder.Database)) { }
        Task<(int Code, string Output, string Error)> Import(params string[] words) => Cli.Run(["import", .. words, "--database", folder.Database]);
        var quotes = folder.Write("presupuestos.csv", "Clave;Fecha;Referencia;Precio\nQ-1;2026-02-10;A;1,50\nQ-1;;B;2\nQ-2;2026-02-11;A;1,50\n");
        Assert.Contains("no column is the number of the document", (await Import("quotes", quotes)).Error);
        Assert.Contains("no column 'Nombre'; it has: Clave, Fecha", (await Import("quotes", quotes, "--map", "Nombre=number")).Error);
        Assert.Contains("there is no field 'colour'; known are: none, number", (await Import("quotes", quotes, "--map", "Clave=colour")).Error);

        string[] meant = ["quotes", quotes, "--map", "Clave=number", "--system", "SAP"];
        Assert.Contains("2 new, 0 changed, 0 as they were; 0 lines refused; nothing was done", (await Import([.. meant, "--dry-run"])).Output);
        var (code, output, _) = await Import([.. meant, "--json"]);
        var told = JsonDocument.Parse(output).RootElement;
        Assert.Equal((0, true, 2, "SAP"), (code, told.GetProperty("is_done").GetBoolean(), told.GetProperty("added").GetInt32(), told.GetProperty("system").GetString()));
        Assert.Contains("0 new, 0 changed, 2 as they were", (await Import("quotes", quotes)).Output); // the columns and their program are known now

        var orders = folder.Write("pedidos.csv", "Pedido;Presupuesto;Referencia;Precio\n1;Q-1;A;1,50\n2;Q-9;A;1\n");
        var report = Path.Combine(folder.Path, "report.csv");
        (code, output, var error) = await Import("orders", orders, "--system", "SAP", "--report", report);
        Assert.Equal((1, true, true), (code, output.Contains("line 3: "), error.Contains("1 lines cannot be taken, so nothing was imported")));
        Assert.StartsWith("line,why,Pedido,Presupuesto,Referencia,Precio\r\n3,", File.ReadAllText(report).TrimStart('\uFEFF'));
        Assert.Contains("1 new, 0 changed, 0 as they were; 1 lines refused\n", (await Import("orders", orders, "--system", "SAP", "--skip-bad-lines")).Output.ReplaceLineEndings("\n"));
        Assert.Equal(1, (await Import("orders", Path.Combine(folder.Path, "nada.csv"))).Code);
    }
}
