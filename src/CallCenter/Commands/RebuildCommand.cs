using System.CommandLine;
using System.Text.Json;
using CallCenter.Calls;
using CallCenter.Figures;
using CallCenter.Recovery;

namespace CallCenter.Commands;

/// <summary><c>callcenter rebuild</c>: makes all calls anew of their events, after an upgrade changed a rule. Can be stopped and begun again.</summary>
static class RebuildCommand
{
    public static Command Make()
    {
        var database = Commands.Database();
        var json = Commands.AsJson();
        var command = new Command("rebuild", "Makes all calls anew of their events and saves what comes out different; a server may be running meanwhile") { database, json };
        command.SetAction((parsed, stop) => Commands.Guard(parsed, async () =>
        {
            await using var stage = await Backstage.Open(parsed.GetValue(database), mayCreate: false, stop);
            var progress = new ProgressLine(parsed.InvocationConfiguration.Error);
            var (calls, changed) = await stage.Get<CallLog>().Rebuild(progress, stop);
            await stage.Get<RuleChanges>().RunAgain(stop);
            await stage.Get<Counting>().Run(stop);
            await stage.Get<TotalsAudit>().Mend(progress, stop);
            progress.End();
            var to = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(json)) to.WriteLine(JsonSerializer.Serialize(new { calls, changed }, CallJson.Indented));
            else to.WriteLine($"{calls} calls, {changed} changed");
            return 0;
        }));
        return command;
    }
}
