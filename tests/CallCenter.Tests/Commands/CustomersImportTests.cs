using System.Text.Json;
using CallCenter.Audit;
using CallCenter.Customers.Import;
using CallCenter.Storage;

namespace CallCenter.Tests.Commands;

public sealed class CustomersImportTests
{
    [Fact]
    public async Task A_list_is_tried_out_imported_repeated_and_what_is_wrong_with_it_is_told()
    {
        using var folder = new Cli.TempFolder();
        await using (await Db.Open(folder.Database)) { }
        Task<(int Code, string Output, string Error)> Import(params string[] words) => Cli.Run(["customers", "import", .. words, "--database", folder.Database]);
        var list = folder.Write("clientes.csv", "Quién;Clave;Línea directa\nTalleres Ruiz;77;913000001\nGarajes Sol;78;913000002\n");

        Assert.Contains("no column is the name", (await Import(list)).Error);
        Assert.Contains("no column 'Nombre'; it has: 1, 2, 3", (await Import(list, "--map", "Nombre=name")).Error);
        Assert.Contains("there is no field 'colour'", (await Import(list, "--map", "1=colour")).Error);

        var named = folder.Write("con-nombres.csv", "Nombre;Clave;Directo\nTalleres Ruiz;77;913000001\nGarajes Sol;78;913000002\n");
        string[] meant = ["--map", "Clave=externalId:SAP", "--map", "Directo=phone:directo"];
        var (code, output, _) = await Import([named, .. meant, "--dry-run"]);
        Assert.Equal((0, true), (code, output.Contains("2 new, 0 changed, 0 as they were; 0 lines refused; nothing was done")));
        (code, output, _) = await Import([named, .. meant, "--json"]);
        var told = JsonDocument.Parse(output).RootElement;
        Assert.Equal((0, true, 2), (code, told.GetProperty("is_done").GetBoolean(), told.GetProperty("added").GetInt32()));
        Assert.Contains("0 new, 0 changed, 2 as they were", (await Import(named)).Output); // the columns are known now

        var wrong = folder.Write("mal.csv", "Nombre;Teléfono\nUno;12\nDos;913000003\n");
        var report = Path.Combine(folder.Path, "report.csv");
        string error;
        (code, output, error) = await Import(wrong, "--report", report);
        Assert.Equal((1, true, true), (code, output.Contains("line 2: '12' is"), error.Contains("1 lines cannot be taken, so nothing was imported")));
        Assert.StartsWith("line,why,Nombre,Teléfono\r\n2,", File.ReadAllText(report).TrimStart('\uFEFF'));
        Assert.Contains("1 new, 0 changed, 0 as they were; 1 lines refused\n", (await Import(wrong, "--skip-bad-lines")).Output.ReplaceLineEndings("\n"));
        Assert.Equal((1, ""), ((await Import(Path.Combine(folder.Path, "nada.csv"))).Code, (await Import(Path.Combine(folder.Path, "nada.csv"))).Output));
    }

    [Fact]
    public async Task An_import_that_was_stopped_goes_on_with_the_same_file_and_is_in_the_way_of_another_until_it_is_ended()
    {
        using var folder = new Cli.TempFolder();
        var (first, second) = (Path.Combine(folder.Path, "a.csv"), Path.Combine(folder.Path, "b.csv"));
        File.WriteAllText(first, "Nombre;Teléfono\nUno;913000001\n");
        File.WriteAllText(second, "Nombre;Teléfono\nDos;913000002\n");
        await using (var db = await Db.Open(folder.Database))
        {
            var imports = new CustomerImports(db, null!, new AuditLog(db, TimeProvider.System), TimeProvider.System);
            await using var file = File.OpenRead(first);
            var taken = await imports.Take(file, "a.csv", Actor.Console);
            await imports.Start(taken.Id, taken.Mapping!);
        }

        Task<(int Code, string Output, string Error)> Import(params string[] words) => Cli.Run(["customers", "import", .. words, "--database", folder.Database]);
        Assert.Contains("the import of 'a.csv'", (await Import(second)).Error);
        Assert.Contains("the import of 'a.csv'", (await Import(first, "--dry-run")).Error);
        Assert.Contains("1 new", (await Import(first)).Output);
        Assert.Contains("1 new", (await Import(second)).Output);
    }
}
