using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using CallCenter.Calls;
using CallCenter.Figures;
using CallCenter.Recovery;
using CallCenter.Storage;
using CallCenter.Telephony;

namespace CallCenter.Commands;

/// <summary><c>callcenter verify</c>: computes again all that can be computed and compares; exit code 1 when something is wrong.</summary>
static class VerifyCommand
{
    const int FindingsMax = 100;

    public static Command Make()
    {
        var database = Commands.Database();
        var json = Commands.AsJson();
        var command = new Command("verify", "Makes every call anew of its events and compares; a server may be running meanwhile") { database, json };
        command.SetAction((parsed, stop) => Commands.Guard(parsed, async () =>
        {
            await using var stage = await Backstage.Open(parsed.GetValue(database), mayCreate: false, stop);
            var findings = new List<Finding>();
            var count = 0L;
            void Found(Finding finding)
            {
                if (++count <= FindingsMax) findings.Add(finding);
            }

            var since = Stopwatch.StartNew();
            var progress = new ProgressLine(parsed.InvocationConfiguration.Error);
            await VerifyFile(stage.Db, Found, progress, stop);
            var (calls, events) = await stage.Get<CallAudit>().Verify(Found, progress, stop);
            var cases = await stage.Get<CaseAudit>().Verify(Found, progress, stop);
            var totals = await stage.Get<TotalsAudit>().Verify(Found, progress, stop);
            var arrivals = await stage.Get<ArrivalAudit>().Verify(Found, progress, stop);
            progress.End();

            var to = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(json))
            {
                to.WriteLine(JsonSerializer.Serialize(new { Ok = count == 0, calls, events, cases, totals, arrivals, Wrong = count, findings, Seconds = Math.Round(since.Elapsed.TotalSeconds, 1) }, CallJson.Indented));
            }
            else
            {
                foreach (var finding in findings) to.WriteLine($"{finding.Code}: {finding.What}: {finding.Detail}");
                if (count > findings.Count) to.WriteLine($"... and {count - findings.Count} more");
                to.WriteLine($"{calls} calls, {events} events, {cases} cases, {totals} totals, {arrivals} arrivals: {(count == 0 ? "all is well" : $"{count} wrong")}");
            }

            return count == 0 ? 0 : 1;
        }));
        return command;
    }

    /// <summary>SQLite can say of its own file whether it is whole, indexes included. PostgreSQL looks after itself.</summary>
    static async Task VerifyFile(Db db, Action<Finding> found, IProgress<AuditProgress> progress, CancellationToken stop)
    {
        if (db.IsPostgres) return;
        progress.Report(new("file", 0, 1));
        foreach (var trouble in await db.Read(tx => tx.List<string>("pragma integrity_check(20)"), stop))
            if (trouble != "ok") found(new("file-damaged", Path.GetFileName(db.File), trouble));
        progress.Report(new("file", 1, 1));
    }
}

/// <summary>One line on standard error that says how far something is; quiet where nobody watches a terminal.</summary>
sealed class ProgressLine(TextWriter to) : IProgress<AuditProgress>
{
    static readonly long Every = Stopwatch.Frequency / 4;
    readonly bool isTerminal = !Console.IsErrorRedirected;
    long shown;

    public void Report(AuditProgress value)
    {
        if (!isTerminal || Stopwatch.GetTimestamp() - shown < Every) return;
        shown = Stopwatch.GetTimestamp();
        to.Write($"\r{value.Part}: {value.Done} of {value.Total}\u001b[K");
    }

    public void End()
    {
        if (isTerminal) to.Write("\r\u001b[K");
    }
}
