using System.CommandLine;
using System.Text.Json;
using CallCenter.Audit;
using CallCenter.Calls;
using CallCenter.Importing;
using CallCenter.Quotes.Import;

namespace CallCenter.Commands;

/// <summary><c>callcenter import quotes</c> and <c>callcenter import orders</c>: bring in what another program keeps, each document whole or not at all.</summary>
static class SalesImportCommand
{
    public static Command Make(bool ofOrders)
    {
        var (what, fields) = (ofOrders ? "orders" : "quotes", string.Join(", ", SaleMapping.FieldsOf(ofOrders).Select(field => $"{field}".ToLowerInvariant())));
        var path = new Argument<string>("file") { Description = "A CSV or XLSX file whose first line names the columns; lines with the same number belong together" };
        var map = new Option<string[]>("--map")
        {
            Description = $"What a column is, COLUMN=FIELD, where its name does not tell; may be given several times. Ids of customers in another program than that of the {what} are customer:PROGRAM. Fields: {fields}",
            DefaultValueFactory = _ => [],
        };
        var system = new Option<string?>("--system") { Description = $"The program that keeps these {what}; the same as when they are put in by the API. Default: as last time with these columns, else {SaleMapping.UsualSystem}" };
        var mark = new Option<string?>("--decimal-mark") { Description = "'.' or ',': what 1.234 is. Default: as the other figures in the file" };
        mark.AcceptOnlyFromAmong(".", ",");
        var dryRun = new Option<bool>("--dry-run") { Description = "Say what would change, and change nothing" };
        var skip = new Option<bool>("--skip-bad-lines") { Description = $"Import the rest when some {what} cannot be taken; otherwise nothing is imported then" };
        var report = new Option<string?>("--report") { Description = "Write the lines that were not taken, and why, to this CSV file; once mended it can be imported" };
        var discard = new Option<bool>("--discard") { Description = "First end another import that is not over; what it has written stays" };
        var (database, json) = (Commands.Database(), Commands.AsJson());
        var command = new Command(what, $"Brings {what} of another program in from CSV or XLSX; the same file again changes nothing") { path, map, system, mark, dryRun, skip, report, discard, database, json };
        command.SetAction((parsed, stop) => Commands.Guard(parsed, async () =>
        {
            var (to, error, file) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error, parsed.GetValue(path)!);
            await using var stage = await Backstage.Open(parsed.GetValue(database), mayCreate: false, stop);
            var (imports, loading) = (stage.Get<SaleImports>(), stage.Get<SaleLoading>());
            await using var bytes = File.OpenRead(file);
            var (isDryRun, skips) = (parsed.GetValue(dryRun), parsed.GetValue(skip));
            var import = await ImportCommands.Resume(imports, bytes, parsed.GetValue(discard), isDryRun, open => open.OfOrders == ofOrders, stop)
                ?? await imports.Take(bytes, Path.GetFileName(file), ofOrders, '.', Actor.Console, null, stop);
            import = await ImportCommands.Carry(imports, loading, import, guess => guess with
            {
                Columns = ImportCommands.Mapped(guess.Columns, parsed.GetValue(map)!, SaleMapping.ParseField, fields),
                System = parsed.GetValue(system) ?? guess.System,
                DecimalMark = parsed.GetValue(mark)?[0] ?? guess.DecimalMark,
            }, isDryRun, skips, error, stop);
            var refused = await imports.Faults(import.Id, stop).ToListAsync(stop);
            if (parsed.GetValue(report) is { } place) await ImportCommands.WriteReport(place, import.Mapping!.Columns, refused, stop);
            var isDone = import.State == ImportState.Applied;
            if (parsed.GetValue(json)) to.WriteLine(JsonSerializer.Serialize(Shown(import, isDone, refused), CallJson.Indented));
            else ImportCommands.Print(to, import, import.Mapping!.Columns, refused);
            return ImportCommands.Answer(import, skips, error);
        }));
        return command;
    }

    static object Shown(SaleImport import, bool isDone, List<LineFault> refused) => new
    {
        import.Id,
        isDone,
        import.FileName,
        import.Kind,
        import.Mapping!.System,
        Columns = ImportCommands.Shown(import.Mapping!.Columns),
        import.Counts.Added,
        import.Counts.Changed,
        import.Counts.Same,
        import.Counts.Refused,
        RefusedLines = ImportCommands.Shown(refused),
    };
}
