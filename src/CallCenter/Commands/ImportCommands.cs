using System.Globalization;
using System.Security.Cryptography;
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
    public static string Told<TImport, TMapping>(PlannedImport<TImport, TMapping> import) where TImport : PlannedImport<TImport, TMapping> where TMapping : class =>
        $"{import.Counts.Added} new, {import.Counts.Changed} changed, {import.Counts.Same} as they were; {import.Counts.Refused} lines refused"
        + import.State switch { ImportState.Applied => "", ImportState.Stopped => $"; stopped after {import.Done} of {import.Of}", _ => "; nothing was done" };

    /// <summary>The command's answer.</summary>
    public static int Answer<TImport, TMapping>(PlannedImport<TImport, TMapping> import, bool skips, TextWriter error) where TImport : PlannedImport<TImport, TMapping> where TMapping : class =>
        import.State == ImportState.Stopped ? 1 : import.State == ImportState.Applied || import.Counts.Refused == 0 || skips ? 0 : NothingImported(error, import.Counts.Refused);

    /// <summary>Which column is meant: by its title, or by its number.</summary>
    /// <returns>Its place, or -1.</returns>
    public static int ColumnOf(IReadOnlyList<string> titles, string said)
    {
        var at = titles.ToList().FindIndex(title => title.Equals(said, StringComparison.CurrentCultureIgnoreCase));
        return at < 0 && int.TryParse(said, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1 && number <= titles.Count ? number - 1 : at;
    }

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
