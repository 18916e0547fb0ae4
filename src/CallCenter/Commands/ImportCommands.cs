using System.Security.Cryptography;
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
