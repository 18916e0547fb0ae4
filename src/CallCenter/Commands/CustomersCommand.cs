using System.CommandLine;
using System.Text;
using System.Text.Json;
using CallCenter.Audit;
using CallCenter.Calls;
using CallCenter.Customers.Import;
using CallCenter.Customers.Pages;
using CallCenter.Importing;

namespace CallCenter.Commands;

/// <summary><c>callcenter customers import</c>: brings customers in from a file, each of them whole or not at all.</summary>
static class CustomersCommand
{
    public static Command Make() => new("customers", "Brings customers in") { MakeImport() };

    static Command MakeImport()
    {
        var path = new Argument<string>("file") { Description = "A CSV or XLSX file whose first line names the columns" };
        var map = new Option<string[]>("--map")
        {
            Description = $"What a column is, COLUMN=FIELD, where its name does not tell; may be given several times. Ids of another system are externalid:SYSTEM, numbers with a label phone:LABEL. Fields: {Fields}",
            DefaultValueFactory = _ => [],
        };
        var dryRun = new Option<bool>("--dry-run") { Description = "Say what would change, and change nothing" };
        var skip = new Option<bool>("--skip-bad-lines") { Description = "Import the rest when some lines cannot be taken; otherwise nothing is imported then" };
        var report = new Option<string?>("--report") { Description = "Write the lines that were not taken, and why, to this CSV file; once mended it can be imported" };
        var discard = new Option<bool>("--discard") { Description = "First end another import that is not over; customers that it has written stay" };
        var (database, json) = (Commands.Database(), Commands.AsJson());
        var command = new Command("import", "Brings customers with their numbers, contacts and vehicles in from CSV or XLSX; the same file again changes nothing") { path, map, dryRun, skip, report, discard, database, json };
        command.SetAction((parsed, stop) => Commands.Guard(parsed, async () =>
        {
            var (to, error, file) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error, parsed.GetValue(path)!);
            await using var stage = await Backstage.Open(parsed.GetValue(database), mayCreate: false, stop);
            var (imports, loading) = (stage.Get<CustomerImports>(), stage.Get<CustomerLoading>());
            await using var bytes = File.OpenRead(file);
            var (isDryRun, skips) = (parsed.GetValue(dryRun), parsed.GetValue(skip));
            var import = await ImportCommands.Resume(imports, bytes, parsed.GetValue(discard), isDryRun, _ => true, stop) ?? await imports.Take(bytes, Path.GetFileName(file), Actor.Console, null, stop);
            import = await ImportCommands.Carry(imports, loading, import, guess => Mapped(guess, parsed.GetValue(map)!), isDryRun, skips, error, stop);
            var refused = await imports.Faults(import.Id, stop).ToListAsync(stop);
            if (parsed.GetValue(report) is { } place) await WriteReport(place, import, refused, stop);
            var isDone = import.State == ImportState.Applied;
            if (parsed.GetValue(json)) to.WriteLine(JsonSerializer.Serialize(Shown(import, isDone, refused), CallJson.Indented));
            else Print(to, import, refused);
            return ImportCommands.Answer(import, skips, error);
        }));
        return command;
    }

    static string Fields => string.Join(", ", Enum.GetNames<CustomerField>().Select(name => name.ToLowerInvariant()));

    /// <summary>As guessed, unless it is said otherwise.</summary>
    /// <exception cref="Refusal">A column or field does not exist.</exception>
    static CustomerMapping Mapped(CustomerMapping guess, string[] given)
    {
        var columns = guess.Columns.ToList();
        foreach (var (said, equals) in given.Select(said => (said, said.LastIndexOf('='))))
        {
            var title = equals > 0 ? said[..equals].Trim() : said;
            var at = ImportCommands.ColumnOf([.. columns.Select(column => column.Title)], title);
            if (at < 0) throw new Refusal(RefusalKind.Invalid, "customer-import.no-column", title, string.Join(", ", columns.Select((column, i) => column.Title.Length > 0 ? column.Title : $"{i + 1}")));
            var (field, with) = CustomerMapping.ParseField(said[(equals + 1)..]) ?? throw new Refusal(RefusalKind.Invalid, "customer-import.no-field", said[(equals + 1)..], Fields);
            columns[at] = columns[at] with { Field = field, With = with };
        }

        return guess with { Columns = columns };
    }

    static object Shown(CustomerImport import, bool isDone, List<LineFault> refused) => new
    {
        import.Id,
        isDone,
        import.FileName,
        import.Kind,
        Columns = import.Mapping!.Columns.Select(column => new { column.Title, column.Field, With = column.With.Length > 0 ? column.With : null }),
        import.Counts.Added,
        import.Counts.Changed,
        import.Counts.Same,
        import.Counts.Refused,
        RefusedLines = ImportCommands.Shown(refused),
    };

    static void Print(TextWriter to, CustomerImport import, List<LineFault> refused)
    {
        Table.Print(to, ["column", "is"], import.Mapping!.Columns.Select((column, i) => new[]
        {
            column.Title.Length > 0 ? column.Title : $"{i + 1}", $"{column.Field}".ToLowerInvariant() + (column.With.Length > 0 ? $":{column.With}" : ""),
        }));
        ImportCommands.Print(to, refused, import.Counts.Refused);
        to.WriteLine(ImportCommands.Told(import));
    }

    static async Task WriteReport(string path, CustomerImport import, List<LineFault> refused, CancellationToken stop)
    {
        await using var file = new StreamWriter(path, append: false, new UTF8Encoding(encoderShouldEmitUTF8Identifier: true));
        await file.WriteAsync(CustomerReport.Head(import, "line", "why").AsMemory(), stop);
        foreach (var fault in refused) await file.WriteAsync(CustomerReport.LineOf(fault, Sentences.Of(fault.Why)).AsMemory(), stop);
    }
}
