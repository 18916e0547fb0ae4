using System.Text.Json;
using CallCenter.Parts.Import;
using CallCenter.Storage;

namespace CallCenter.Tests.Commands;

public sealed class PartsImportTests
{
    [Fact]
    public async Task A_price_list_is_tried_out_imported_repeated_and_what_is_wrong_with_it_is_told()
    {
        using var folder = new Cli.TempFolder();
        await using (await Db.Open(folder.Database)) { }
        Task<(int Code, string Output, string Error)> Import(params string[] words) => Cli.Run(["import", "parts", .. words, "--database", folder.Database]);
        var list = folder.Write("bosch.csv", "Ref;Texto;Neto\n0 986 1;Pastillas;12,5\n0 986 2;Disco;7\n");

        var (code, _, error) = await Import(list);
        Assert.Equal((1, true), (code, error.Contains("say which with --map COLUMN=brand")));
        string[] meant = ["--brand", "BOSCH", "--map", "Neto=price:Taller"];
        var (tried, output, _) = await Import([list, .. meant, "--dry-run"]);
        Assert.Equal((0, true), (tried, output.Contains("2 new, 0 changed, 0 as they were, 0 repeated, 0 refused; nothing was done")));
        Assert.Contains("\"added\": 2", (await Import([list, .. meant, "--json"])).Output);
        Assert.Contains("0 new, 0 changed, 2 as they were", (await Import(list)).Output); // the columns are known now

        var wrong = folder.Write("wrong.csv", "Ref;Texto;Neto\n0 986 1;Pastillas;doce\n0 986 3;Kit;3\n");
        var report = Path.Combine(folder.Path, "report.csv");
        (code, output, error) = await Import(wrong, "--report", report);
        Assert.Equal((1, true, true), (code, output.Contains("line 2: 'doce' is no price"), error.Contains("1 lines cannot be taken, so nothing was imported")));
        Assert.Contains("2,'doce' is no price with up to two decimals (Neto),0 986 1 Pastillas doce", File.ReadAllText(report).Replace("\"", ""));
        (code, output, _) = await Import(wrong, "--skip-bad-lines", "--json");
        var told = JsonDocument.Parse(output).RootElement;
        Assert.Equal((0, 1, 1, "part-import.price"), (code, told.GetProperty("added").GetInt32(), told.GetProperty("refused").GetInt32(), told.GetProperty("refused_lines")[0].GetProperty("code").GetString()));

        Assert.Contains("no column 'Precio'; it has: Ref, Texto, Neto", (await Import(list, "--map", "Precio=price")).Error);
        Assert.Contains("no field 'colour'", (await Import(list, "--map", "Neto=colour")).Error);
        Assert.Contains("save it again as .xlsx", (await Import(folder.Write("zip.xlsx", "PK\u0003\u0004 broken"))).Error);
        Assert.Equal((1, ""), ((await Import(Path.Combine(folder.Path, "nothing.csv"))).Code, (await Import(Path.Combine(folder.Path, "nothing.csv"))).Output));
    }

    [Fact]
    public async Task An_import_that_was_stopped_goes_on_with_the_same_file_and_is_in_the_way_of_another_until_it_is_taken_back()
    {
        using var folder = new Cli.TempFolder();
        var (first, second) = (Path.Combine(folder.Path, "a.csv"), Path.Combine(folder.Path, "b.csv"));
        File.WriteAllText(first, "Marca;Referencia\nA;1\nA;2\n");
        File.WriteAllText(second, "Marca;Referencia\nB;1\n");
        await using (var db = await Db.Open(folder.Database))
        {
            var imports = new PartImports(db, new CallCenter.Audit.AuditLog(db, TimeProvider.System), TimeProvider.System);
            await using var file = File.OpenRead(first);
            var taken = await imports.Take(file, "a.csv", ',', CallCenter.Audit.Actor.Console);
            await imports.Start(taken.Id, taken.Mapping!);
        }

        var (code, _, error) = await Cli.Run("import", "parts", second, "--database", folder.Database);
        Assert.Equal((1, true), (code, error.Contains("'a.csv'")));
        Assert.Contains("2 new", (await Cli.Run("import", "parts", first, "--dry-run", "--database", folder.Database)).Output);
        Assert.Contains("1 new", (await Cli.Run("import", "parts", second, "--discard", "--database", folder.Database)).Output);
    }
}
