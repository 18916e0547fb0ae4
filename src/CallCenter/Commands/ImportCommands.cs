using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using CallCenter.Audit;
using CallCenter.Importing;

namespace CallCenter.Commands;

/// <summary>What the commands that bring files in have in common.</summary>
static class ImportCommands
{
    const int ShownMax = 20;

    /// <summary>Works at it, and tells how far it is at most once a second. Another process may be at it already.</summary>
    public static async Task<TImport> Wait<TImport>(ImportWorker<TImport> worker, long id, TextWriter error, CancellationToken stop) where TImport : class, IImport
    {
        while (true)
        {
            var running = worker.Run(id, stop);
            while (await Task.WhenAny(running, Task.Delay(TimeSpan.FromSeconds(1), stop)) != running && !stop.IsCancellationRequested)
                if (await worker.Find(id, stop) is { IsRunning: true, Of: > 0 } now)
                    error.WriteLine($"{now.At.ToLowerInvariant()}: {100 * now.Done / now.Of} %");
            var import = await running;
            if (!import.IsRunning) return import;
            await Task.Delay(TimeSpan.FromSeconds(1), stop);
        }
    }

    /// <summary>The open import of this very file, or null to take it in: the same file once more goes on where it was stopped, to try it out is to begin anew.</summary>
    /// <param name="discards">Another that is open ends.</param>
    /// <param name="isAlike">Whether the open one is of this command.</param>
    public static async Task<TImport?> Resume<TImport, TMapping>(
        PlannedImports<TImport, TMapping> imports, FileStream file, bool discards, bool isDryRun, Func<TImport, bool> isAlike, CancellationToken stop)
        where TImport : PlannedImport<TImport, TMapping>
        where TMapping : class
    {
        var open = await imports.Open(stop);
        if (open is not null && discards)
        {
            await imports.Cancel(open.Id, Actor.Console, stop);
            return null;
        }

        return open is null || isDryRun || !isAlike(open) || open.Hash != await HashOf(file, stop) ? null : open;
    }

    /// <summary>From what its columns are to its end: compared, and written when all of it can be taken or what cannot shall be left out.</summary>
    /// <param name="map">What the columns are, given what they seem to be.</param>
    /// <exception cref="Refusal">The columns cannot be so, or the file cannot be read.</exception>
    public static async Task<TImport> Carry<TImport, TMapping>(
        PlannedImports<TImport, TMapping> imports, ImportWorker<TImport> worker, TImport import, Func<TMapping, TMapping> map, bool isDryRun, bool skips, TextWriter error, CancellationToken stop)
        where TImport : PlannedImport<TImport, TMapping>
        where TMapping : class
    {
        try
        {
            if (import.State == ImportState.Mapping) import = await imports.Start(import.Id, map(import.Mapping!), stop);
        }
        catch (Refusal)
        {
            await imports.Cancel(import.Id, Actor.Console, CancellationToken.None);
            throw;
        }

        try
        {
            import = await Wait(worker, import.Id, error, stop);
            if (import.State == ImportState.Ready)
            {
                if ((import.Counts.Refused == 0 || skips) && !isDryRun)
                {
                    await imports.Apply(import.Id, Actor.Console, stop);
                    import = await Wait(worker, import.Id, error, stop);
                }
                else await imports.Cancel(import.Id, Actor.Console, stop);
            }
        }
        catch (OperationCanceledException)
        {
            error.WriteLine("callcenter: stopped; the same command goes on from there, and --discard ends it");
            throw;
        }

        return import.Fault is { } fault ? throw fault : import;
    }

    /// <summary>What became of it, as a sentence.</summary>
    static string Told<TImport, TMapping>(PlannedImport<TImport, TMapping> import) where TImport : PlannedImport<TImport, TMapping> where TMapping : class =>
        $"{import.Counts.Added} new, {import.Counts.Changed} changed, {import.Counts.Same} as they were; {import.Counts.Refused} lines refused"
        + import.State switch { ImportState.Applied => "", ImportState.Stopped => $"; stopped after {import.Done} of {import.Of}", _ => "; nothing was done" };

    /// <summary>The command's answer.</summary>
    public static int Answer<TImport, TMapping>(PlannedImport<TImport, TMapping> import, bool skips, TextWriter error) where TImport : PlannedImport<TImport, TMapping> where TMapping : class =>
        import.State == ImportState.Stopped ? 1 : import.State == ImportState.Applied || import.Counts.Refused == 0 || skips ? 0 : NothingImported(error, import.Counts.Refused);

    /// <summary>What the columns are: as guessed, unless it is said otherwise.</summary>
    /// <param name="given">COLUMN=FIELD; a column by its title or its number.</param>
    /// <param name="fields">Their names, to tell who names another.</param>
    /// <exception cref="Refusal">A column or field does not exist.</exception>
    public static IReadOnlyList<ImportColumn<TField>> Mapped<TField>(
        IReadOnlyList<ImportColumn<TField>> guess, string[] given, Func<string, (TField Field, string With)?> parse, string fields) where TField : struct, Enum
    {
        var columns = guess.ToList();
        foreach (var (said, equals) in given.Select(said => (said, said.LastIndexOf('='))))
        {
            var title = equals > 0 ? said[..equals].Trim() : said;
            var at = columns.FindIndex(column => column.Title.Equals(title, StringComparison.CurrentCultureIgnoreCase));
            if (at < 0 && int.TryParse(title, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1 && number <= columns.Count) at = number - 1;
            if (at < 0) throw new Refusal(RefusalKind.Invalid, "import.no-column", title, string.Join(", ", columns.Select(NameOf)));
            var (field, with) = parse(said[(equals + 1)..]) ?? throw new Refusal(RefusalKind.Invalid, "import.no-field", said[(equals + 1)..], fields);
            columns[at] = columns[at] with { Field = field, With = with };
        }

        return columns;
    }

    /// <summary>What the columns were taken for, what was refused, and what became of the rest.</summary>
    public static void Print<TImport, TMapping, TField>(TextWriter to, PlannedImport<TImport, TMapping> import, IReadOnlyList<ImportColumn<TField>> columns, List<LineFault> refused)
        where TImport : PlannedImport<TImport, TMapping> where TMapping : class where TField : struct, Enum
    {
        Table.Print(to, ["column", "is"], columns.Select((column, i) => new[] { NameOf(column, i), $"{column.Field}".ToLowerInvariant() + (column.With.Length > 0 ? $":{column.With}" : "") }));
        Print(to, refused, import.Counts.Refused);
        to.WriteLine(Told(import));
    }

    /// <summary>For a program.</summary>
    public static IEnumerable<object> Shown<TField>(IReadOnlyList<ImportColumn<TField>> columns) where TField : struct, Enum =>
        columns.Select(column => new { column.Title, column.Field, With = column.With.Length > 0 ? column.With : null });

    /// <summary>The refused lines as a file that can be mended and imported.</summary>
    public static async Task WriteReport<TField>(string path, IReadOnlyList<ImportColumn<TField>> columns, List<LineFault> refused, CancellationToken stop) where TField : struct, Enum
    {
        await using var file = new StreamWriter(path, append: false, new UTF8Encoding(encoderShouldEmitUTF8Identifier: true));
        await file.WriteAsync(LineFault.Head("line", "why", columns.Select(column => column.Title)).AsMemory(), stop);
        foreach (var fault in refused) await file.WriteAsync(fault.ToCsv(Sentences.Of(fault.Why)).AsMemory(), stop);
    }

    /// <summary>Its number where the file does not name it.</summary>
    static string NameOf<TField>(ImportColumn<TField> column, int place) where TField : struct, Enum => column.Title.Length > 0 ? column.Title : $"{place + 1}";

    /// <summary>What tells this file from others; it is read from its beginning afterwards.</summary>
    public static async Task<string> HashOf(FileStream file, CancellationToken stop)
    {
        var hash = Convert.ToHexString(await SHA256.HashDataAsync(file, stop));
        file.Position = 0;
        return hash;
    }

    public static object Shown(List<LineFault> refused) => refused.Select(fault => new { fault.Line, fault.Why.Code, Why = Sentences.Of(fault.Why) });

    /// <param name="count">Of all of them, also those that are not kept.</param>
    public static void Print(TextWriter to, List<LineFault> refused, long count)
    {
        foreach (var fault in refused.Take(ShownMax)) to.WriteLine($"line {fault.Line}: {Sentences.Of(fault.Why)}");
        if (count > ShownMax) to.WriteLine($"... and {count - Math.Min(ShownMax, refused.Count)} lines more that cannot be taken; --report FILE writes them down");
    }

    /// <summary>What went wrong, as the command's answer.</summary>
    public static int NothingImported(TextWriter error, long refused)
    {
        error.WriteLine($"callcenter: {refused} lines cannot be taken, so nothing was imported; mend them, or leave them out with --skip-bad-lines");
        return 1;
    }
}
