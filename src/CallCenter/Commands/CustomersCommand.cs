using System.CommandLine;
using System.Text.Json;
using CallCenter.Audit;
using CallCenter.Calls;
using CallCenter.Customers.Import;
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
            import = await ImportCommands.Carry(imports, loading, import, guess => guess with { Columns = ImportCommands.Mapped(guess.Columns, parsed.GetValue(map)!, CustomerMapping.ParseField, Fields) }, isDryRun, skips, error, stop);
            var refused = await imports.Faults(import.Id, stop).ToListAsync(stop);
            if (parsed.GetValue(report) is { } place) await ImportCommands.WriteReport(place, import.Mapping!.Columns, refused, stop);
            var isDone = import.State == ImportState.Applied;
            if (parsed.GetValue(json)) to.WriteLine(JsonSerializer.Serialize(Shown(import, isDone, refused), CallJson.Indented));
            else ImportCommands.Print(to, import, import.Mapping!.Columns, refused);
            return ImportCommands.Answer(import, skips, error);
        }));
        return command;
    }

    static string Fields => string.Join(", ", Enum.GetNames<CustomerField>().Select(name => name.ToLowerInvariant()));

    static object Shown(CustomerImport import, bool isDone, List<LineFault> refused) => new
    {
        import.Id,
        isDone,
        import.FileName,
        import.Kind,
        Columns = ImportCommands.Shown(import.Mapping!.Columns),
        import.Counts.Added,
        import.Counts.Changed,
        import.Counts.Same,
        import.Counts.Refused,
        RefusedLines = ImportCommands.Shown(refused),
    };
}
