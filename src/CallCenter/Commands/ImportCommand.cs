using System.CommandLine;
using System.IO.Compression;
using System.Text.Json;
using CallCenter.Calls;
using CallCenter.Telephony;

namespace CallCenter.Commands;

/// <summary>
/// <c>callcenter import</c>: fills in calls that nobody heard from the phone system's own records. Importing the same files
/// again changes nothing.
/// </summary>
static class ImportCommand
{
    public static Command Make()
    {
        var paths = new Argument<string[]>("path") { Description = "Files of the phone system (queue_log, CDR as CSV; also .gz), or folders with such files", Arity = ArgumentArity.OneOrMore };
        var connection = new Option<string>("--connection") { Description = "Id or name of the connection whose calls they are", Required = true };
        var dryRun = new Option<bool>("--dry-run") { Description = "Say what would change, and change nothing" };
        var skip = new Option<bool>("--skip-bad-lines") { Description = "Import the rest when some lines cannot be read; otherwise nothing is imported then" };
        var database = Commands.Database();
        var json = Commands.AsJson();

        var command = new Command("import", "Fills in calls from the phone system's own records") { paths, connection, dryRun, skip, database, json };
        command.Add(PartsImportCommand.Make());
        command.Add(SalesImportCommand.Make(ofOrders: false));
        command.Add(SalesImportCommand.Make(ofOrders: true));
        command.SetAction((parsed, stop) => Commands.Guard(parsed, async () =>
        {
            var (to, error) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
            await using var stage = await Backstage.Open(parsed.GetValue(database), mayCreate: false, stop);
            var found = stage.ConnectionNamed(parsed.GetValue(connection)!);
            if (Catalogue.Find(found.Provider) is not IRecordKeeper keeper) throw new Refusal(RefusalKind.Invalid, "import.no-records", found.Provider);

            var records = keeper.ReadRecords(found.Id, found.Settings);
            var intake = stage.Get<Intake>();
            var backfill = new Backfill(intake, stage.Get<CallLog>(), stage.Get<Gaps>(), stage.Db, TimeProvider.System);
            foreach (var file in FilesIn(parsed.GetValue(paths)!)) ReadFile(backfill, records, file, stop);

            var before = backfill.Report(parsed.GetValue(dryRun));
            var mayGoOn = before.BadLines == 0 || parsed.GetValue(skip);
            var objection = mayGoOn ? records.Objection : null;
            if (mayGoOn && objection is null)
            {
                await intake.StartAsync(CancellationToken.None);
                try
                {
                    var progress = new Progress(error, stop);
                    await backfill.Fill(found, records, before.DryRun, progress.Tell, stop);
                }
                catch (OperationCanceledException)
                {
                    error.WriteLine($"callcenter: stopped after {backfill.Report(before.DryRun).Calls} calls; those are kept, and the same import done again does the rest");
                    throw;
                }
                finally
                {
                    await intake.StopAsync(CancellationToken.None);
                }
            }

            var report = backfill.Report(before.DryRun);
            if (parsed.GetValue(json)) to.WriteLine(JsonSerializer.Serialize(report, CallJson.Indented));
            else Print(to, report);
            if (mayGoOn && objection is null) return 0;
            error.WriteLine(objection is null
                ? $"callcenter: {report.BadLines} lines cannot be read, so nothing was imported; mend the files, or leave those lines out with --skip-bad-lines"
                : $"callcenter: nothing was imported: {objection}");
            return 1;
        }));
        return command;
    }

    static List<string> FilesIn(string[] paths)
    {
        var files = new List<string>();
        foreach (var path in paths)
        {
            if (File.Exists(path)) files.Add(path);
            else if (Directory.Exists(path))
                files.AddRange(Directory.EnumerateFiles(path).Where(file => IsRecord(Path.GetFileName(file))).Order(StringComparer.Ordinal));
            else throw new Refusal(RefusalKind.NotFound, "import.no-file", path);
        }

        return files.Count > 0 ? files : throw new Refusal(RefusalKind.NotFound, "import.no-file", string.Join(", ", paths));
    }

    static bool IsRecord(string name) => name.StartsWith("queue_log", StringComparison.Ordinal)
        || name.EndsWith(".csv", StringComparison.OrdinalIgnoreCase) || name.EndsWith(".csv.gz", StringComparison.OrdinalIgnoreCase);

    static void ReadFile(Backfill backfill, IRecords records, string file, CancellationToken stop)
    {
        try
        {
            using var bytes = File.OpenRead(file);
            using var text = new StreamReader(file.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? new GZipStream(bytes, CompressionMode.Decompress) : bytes);
            backfill.Read(records, file, text, stop);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw new Refusal(RefusalKind.Invalid, "import.unreadable", file, e.Message);
        }
    }

    static void Print(TextWriter to, BackfillReport report)
    {
        foreach (var file in report.Files) to.WriteLine($"{file.File}: {file.Kind}, {file.Lines} lines");
        foreach (var line in report.Bad) to.WriteLine($"{line.File}:{line.Line}: {line.Why}");
        if (report.BadLines > report.Bad.Count) to.WriteLine($"... and {report.BadLines - report.Bad.Count} lines more that cannot be read");
        to.WriteLine($"{report.Calls} calls: {report.Added} {(report.DryRun ? "would be added" : "added")}, {report.Mended} {(report.DryRun ? "would be mended" : "mended")}, "
            + $"{report.Unchanged} known as they are, {report.NotHeard} passed over (we listened, and they were no calls), {report.Unfinished} not ended yet");
        if (report.GapsFilled > 0) to.WriteLine($"{report.GapsFilled} gaps filled");
        foreach (var (doubt, count) in report.Doubts) to.WriteLine($"not told by the records, for {count} calls: {doubt}");
    }

    /// <summary>On standard error, at most once a second.</summary>
    sealed class Progress(TextWriter error, CancellationToken stop)
    {
        long told = TimeProvider.System.GetTimestamp();

        public void Tell(int done, int of)
        {
            if (stop.IsCancellationRequested || TimeProvider.System.GetElapsedTime(told).TotalSeconds < 1) return;
            told = TimeProvider.System.GetTimestamp();
            error.WriteLine($"{done} of {of} calls");
        }
    }
}
