using System.CommandLine;
using System.Text;
using System.Text.Json;
using CallCenter.Audit;
using CallCenter.Calls;
using CallCenter.Importing;
using CallCenter.Quotes.Import;
using CallCenter.Quotes.Pages;

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
            import = await ImportCommands.Carry(imports, loading, import, guess =>
            {
                var mapping = Mapped(guess, parsed.GetValue(map)!, fields);
                return mapping with { System = parsed.GetValue(system) ?? mapping.System, DecimalMark = parsed.GetValue(mark)?[0] ?? mapping.DecimalMark };
            }, isDryRun, skips, error, stop);
            var refused = await imports.Faults(import.Id, stop).ToListAsync(stop);
            if (parsed.GetValue(report) is { } place) await WriteReport(place, import, refused, stop);
            var isDone = import.State == ImportState.Applied;
            if (parsed.GetValue(json)) to.WriteLine(JsonSerializer.Serialize(Shown(import, isDone, refused), CallJson.Indented));
            else Print(to, import, refused);
            return ImportCommands.Answer(import, skips, error);
        }));
        return command;
    }

    /// <summary>As guessed, unless it is said otherwise.</summary>
    /// <exception cref="Refusal">A column or field does not exist.</exception>
    static SaleMapping Mapped(SaleMapping guess, string[] given, string fields)
    {
        var columns = guess.Columns.ToList();
        foreach (var (said, equals) in given.Select(said => (said, said.LastIndexOf('='))))
        {
            var title = equals > 0 ? said[..equals].Trim() : said;
            var at = ImportCommands.ColumnOf([.. columns.Select(column => column.Title)], title);
            if (at < 0) throw new Refusal(RefusalKind.Invalid, "sale-import.no-column", title, string.Join(", ", columns.Select((column, i) => column.Title.Length > 0 ? column.Title : $"{i + 1}")));
            var (field, with) = SaleMapping.ParseField(said[(equals + 1)..]) ?? throw new Refusal(RefusalKind.Invalid, "sale-import.no-field", said[(equals + 1)..], fields);
            columns[at] = columns[at] with { Field = field, With = with };
        }

        return guess with { Columns = columns };
    }

    static object Shown(SaleImport import, bool isDone, List<LineFault> refused) => new
    {
        import.Id,
        isDone,
        import.FileName,
        import.Kind,
        import.Mapping!.System,
        Columns = import.Mapping.Columns.Select(column => new { column.Title, column.Field, With = column.With.Length > 0 ? column.With : null }),
        import.Counts.Added,
        import.Counts.Changed,
        import.Counts.Same,
        import.Counts.Refused,
        RefusedLines = ImportCommands.Shown(refused),
    };

    static void Print(TextWriter to, SaleImport import, List<LineFault> refused)
    {
        Table.Print(to, ["column", "is"], import.Mapping!.Columns.Select((column, i) => new[]
        {
            column.Title.Length > 0 ? column.Title : $"{i + 1}", $"{column.Field}".ToLowerInvariant() + (column.With.Length > 0 ? $":{column.With}" : ""),
        }));
        ImportCommands.Print(to, refused, import.Counts.Refused);
        to.WriteLine(ImportCommands.Told(import));
    }

    static async Task WriteReport(string path, SaleImport import, List<LineFault> refused, CancellationToken stop)
    {
        await using var file = new StreamWriter(path, append: false, new UTF8Encoding(encoderShouldEmitUTF8Identifier: true));
        await file.WriteAsync(SaleReport.Head(import, "line", "why").AsMemory(), stop);
        foreach (var fault in refused) await file.WriteAsync(SaleReport.LineOf(fault, Sentences.Of(fault.Why)).AsMemory(), stop);
    }
}
