using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using CallCenter.Audit;
using CallCenter.Calls;
using CallCenter.Importing;
using CallCenter.Parts.Import;

namespace CallCenter.Commands;

/// <summary><c>callcenter import parts</c>: brings a price list into the parts catalogue, all of it in one instant or nothing.</summary>
static class PartsImportCommand
{
    public static Command Make()
    {
        var path = new Argument<string>("file") { Description = "A CSV or XLSX file whose first line names the columns" };
        var map = new Option<string[]>("--map")
        {
            Description = "What a column is, COLUMN=FIELD, where its name does not tell; may be given several times. Fields: brand, reference, description, crosses, price, price:TIER, stock, tax, active, none",
            DefaultValueFactory = _ => [],
        };
        var brand = new Option<string?>("--brand") { Description = "The brand of all of them, where no column says it" };
        var mark = new Option<string?>("--decimal-mark") { Description = "'.' or ',': what 1.234 is. Default: as the other figures in the file" };
        mark.AcceptOnlyFromAmong(".", ",");
        var dryRun = new Option<bool>("--dry-run") { Description = "Say what would change, and change nothing" };
        var skip = new Option<bool>("--skip-bad-lines") { Description = "Import the rest when some lines cannot be taken; otherwise nothing is imported then" };
        var report = new Option<string?>("--report") { Description = "Write the lines that were not taken, and why, to this CSV file" };
        var discard = new Option<bool>("--discard") { Description = "First take back another import that is not over" };
        var (database, json) = (Commands.Database(), Commands.AsJson());
        var command = new Command("parts", "Brings parts, prices and stock in from CSV or XLSX; the same file again changes nothing") { path, map, brand, mark, dryRun, skip, report, discard, database, json };
        command.SetAction((parsed, stop) => Commands.Guard(parsed, async () =>
        {
            var (to, error, file) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error, parsed.GetValue(path)!);
            await using var stage = await Backstage.Open(parsed.GetValue(database), mayCreate: false, stop);
            var (imports, loading) = (stage.Get<PartImports>(), stage.Get<PartLoading>());
            var open = await imports.Open(stop);
            if (open is not null && parsed.GetValue(discard))
            {
                await imports.Discard(open.Id, stop);
                await ImportCommands.Wait(loading, open.Id, error, stop);
                open = null;
            }

            await using var bytes = File.OpenRead(file);
            // The same file once more goes on where it was stopped.
            if (open is not null && open.Hash != await ImportCommands.HashOf(bytes, stop)) open = null;
            var import = open ?? await imports.Take(bytes, Path.GetFileName(file), '.', Actor.Console, null, stop);
            try
            {
                if (import.State == PartImportState.Mapping)
                    import = await imports.Start(import.Id, Mapped(import.Mapping!, parsed.GetValue(map)!, parsed.GetValue(brand), parsed.GetValue(mark)), stop);
            }
            catch (Refusal)
            {
                await imports.Discard(import.Id, CancellationToken.None);
                await loading.Run(import.Id, CancellationToken.None);
                throw;
            }

            try
            {
                import = await ImportCommands.Wait(loading, import.Id, error, stop);
            }
            catch (OperationCanceledException)
            {
                error.WriteLine("callcenter: stopped; the same command goes on from there, and --discard takes back what was prepared");
                throw;
            }

            if (import.Fault is { } fault) throw fault;
            var mayGoOn = import.Counts.Refused == 0 || parsed.GetValue(skip);
            var isDone = import.State == PartImportState.Ready && mayGoOn && !parsed.GetValue(dryRun);
            if (isDone) await imports.Apply(import.Id, Actor.Console, stop);
            else if (import.State == PartImportState.Ready)
            {
                await imports.Discard(import.Id, stop);
                await ImportCommands.Wait(loading, import.Id, error, stop);
            }

            var refused = await imports.Faults(import.Id, stop).ToListAsync(stop);
            if (parsed.GetValue(report) is { } place) await WriteReport(place, refused, stop);
            if (parsed.GetValue(json)) to.WriteLine(JsonSerializer.Serialize(Shown(import, isDone, refused), CallJson.Indented));
            else Print(to, import, isDone, refused);
            if (mayGoOn) return 0;
            return ImportCommands.NothingImported(error, import.Counts.Refused);
        }));
        return command;
    }

    /// <summary>As guessed, unless it is said otherwise.</summary>
    /// <exception cref="Refusal">A column or field does not exist.</exception>
    static PartMapping Mapped(PartMapping guess, string[] given, string? brand, string? mark)
    {
        var columns = guess.Columns.ToList();
        foreach (var (said, equals) in given.Select(said => (said, said.LastIndexOf('='))))
        {
            var title = equals > 0 ? said[..equals].Trim() : said;
            var at = columns.FindIndex(column => column.Title.Equals(title, StringComparison.CurrentCultureIgnoreCase));
            if (at < 0) throw new Refusal(RefusalKind.Invalid, "part-import.no-column", title, string.Join(", ", columns.Select(column => column.Title)));
            var (field, tier) = PartMapping.ParseField(said[(equals + 1)..]) ?? throw new Refusal(RefusalKind.Invalid, "part-import.no-field", said[(equals + 1)..]);
            columns[at] = columns[at] with { Field = field, Tier = tier };
        }

        return guess with { Columns = columns, Brand = brand ?? guess.Brand, DecimalMark = mark?[0] ?? guess.DecimalMark };
    }

    static object Shown(PartImport import, bool isDone, List<LineFault> refused) => new
    {
        import.Id,
        isDone,
        import.FileName,
        import.Kind,
        Columns = import.Mapping!.Columns.Select(column => new { column.Title, column.Field, Tier = column.Tier.Length > 0 ? column.Tier : null }),
        import.Counts.Added,
        import.Counts.Changed,
        import.Counts.Same,
        import.Counts.Repeated,
        import.Counts.Refused,
        RefusedLines = ImportCommands.Shown(refused),
    };

    static void Print(TextWriter to, PartImport import, bool isDone, List<LineFault> refused)
    {
        Table.Print(to, ["column", "is"], import.Mapping!.Columns.Select(column => new[] { column.Title, $"{column.Field}".ToLowerInvariant() + (column.Tier.Length > 0 ? $":{column.Tier}" : "") }));
        ImportCommands.Print(to, refused, import.Counts.Refused);
        to.WriteLine($"{import.Counts.Added} new, {import.Counts.Changed} changed, {import.Counts.Same} as they were, {import.Counts.Repeated} repeated, {import.Counts.Refused} refused{(isDone ? "" : "; nothing was done")}");
    }

    static async Task WriteReport(string path, List<LineFault> refused, CancellationToken stop)
    {
        await using var file = new StreamWriter(path, append: false, new System.Text.UTF8Encoding(encoderShouldEmitUTF8Identifier: true));
        await file.WriteAsync(Csv.Line(["line", "why", "content"]).AsMemory(), stop);
        foreach (var fault in refused) await file.WriteAsync(Csv.Line([fault.Line.ToString(CultureInfo.InvariantCulture), Sentences.Of(fault.Why), fault.Content.Replace('\t', ' ')]).AsMemory(), stop);
    }
}
