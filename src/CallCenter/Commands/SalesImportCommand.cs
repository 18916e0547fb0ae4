using System.CommandLine;
using System.Globalization;
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
            var open = await imports.Open(stop);
            if (open is not null && parsed.GetValue(discard))
            {
                await imports.Cancel(open.Id, Actor.Console, stop);
                open = null;
            }

            await using var bytes = File.OpenRead(file);
            // The same file once more goes on where it was stopped; to try it out is to begin anew.
            if (open is not null && (parsed.GetValue(dryRun) || open.OfOrders != ofOrders || open.Hash != await ImportCommands.HashOf(bytes, stop))) open = null;
            var import = open ?? await imports.Take(bytes, Path.GetFileName(file), ofOrders, '.', Actor.Console, null, stop);
            try
            {
                if (import.State == SaleImportState.Mapping)
                {
                    var mapping = Mapped(import.Mapping!, parsed.GetValue(map)!, fields);
                    import = await imports.Start(import.Id, mapping with { System = parsed.GetValue(system) ?? mapping.System, DecimalMark = parsed.GetValue(mark)?[0] ?? mapping.DecimalMark }, stop);
                }
            }
            catch (Refusal)
            {
                await imports.Cancel(import.Id, Actor.Console, CancellationToken.None);
                throw;
            }

            try
            {
                import = await ImportCommands.Wait(loading, import.Id, error, stop);
                if (import.State == SaleImportState.Ready)
                {
                    if ((import.Counts.Refused == 0 || parsed.GetValue(skip)) && !parsed.GetValue(dryRun))
                    {
                        await imports.Apply(import.Id, Actor.Console, stop);
                        import = await ImportCommands.Wait(loading, import.Id, error, stop);
                    }
                    else await imports.Cancel(import.Id, Actor.Console, stop);
                }
            }
            catch (OperationCanceledException)
            {
                error.WriteLine("callcenter: stopped; the same command goes on from there, and --discard ends it");
                throw;
            }

            if (import.Fault is { } fault) throw fault;
            var refused = await imports.Faults(import.Id, stop).ToListAsync(stop);
            if (parsed.GetValue(report) is { } place) await WriteReport(place, import, refused, stop);
            var isDone = import.State == SaleImportState.Applied;
            if (parsed.GetValue(json)) to.WriteLine(JsonSerializer.Serialize(Shown(import, isDone, refused), CallJson.Indented));
            else Print(to, import, isDone, refused);
            if (isDone || import.Counts.Refused == 0 || parsed.GetValue(skip)) return import.State == SaleImportState.Stopped ? 1 : 0;
            return ImportCommands.NothingImported(error, import.Counts.Refused);
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
            var at = columns.FindIndex(column => column.Title.Equals(title, StringComparison.CurrentCultureIgnoreCase));
            if (at < 0 && int.TryParse(title, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1 && number <= columns.Count) at = number - 1;
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

    static void Print(TextWriter to, SaleImport import, bool isDone, List<LineFault> refused)
    {
        Table.Print(to, ["column", "is"], import.Mapping!.Columns.Select((column, i) => new[]
        {
            column.Title.Length > 0 ? column.Title : $"{i + 1}", $"{column.Field}".ToLowerInvariant() + (column.With.Length > 0 ? $":{column.With}" : ""),
        }));
        ImportCommands.Print(to, refused, import.Counts.Refused);
        to.WriteLine($"{import.Counts.Added} new, {import.Counts.Changed} changed, {import.Counts.Same} as they were; {import.Counts.Refused} lines refused{(isDone ? "" : import.State == SaleImportState.Stopped ? $"; stopped after {import.Done} of {import.Of}" : "; nothing was done")}");
    }

    static async Task WriteReport(string path, SaleImport import, List<LineFault> refused, CancellationToken stop)
    {
        await using var file = new StreamWriter(path, append: false, new UTF8Encoding(encoderShouldEmitUTF8Identifier: true));
        await file.WriteAsync(SaleReport.Head(import, "line", "why").AsMemory(), stop);
        foreach (var fault in refused) await file.WriteAsync(SaleReport.LineOf(fault, Sentences.Of(fault.Why)).AsMemory(), stop);
    }
}
