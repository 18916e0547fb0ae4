using System.CommandLine;
using CallCenter.Bench;

var names = new Argument<string[]>("benches") { Description = "Only these; all when none is named", DefaultValueFactory = _ => [] };
var quick = new Option<bool>("--quick") { Description = "A tenth of the time and of the rows: whether it runs, not how fast" };
var calls = new Option<int>("--calls") { Description = "Calls in the history that 'figures' asks about", DefaultValueFactory = _ => 1_000_000 };
var json = new Option<bool>("--json") { Description = "Print JSON, and nothing else, on standard output" };
names.Validators.Add(result =>
{
    foreach (var token in result.Tokens)
        if (!Benches.All.ContainsKey(token.Value)) result.AddError($"'{token.Value}' is no bench; there are {string.Join(", ", Benches.All.Keys)}");
});

var root = new RootCommand($"The figures of the call center, as values and as ratios within one run. Benches: {string.Join(", ", Benches.All.Keys)}.") { names, quick, calls, json };
root.SetAction((parsed, stop) => Benches.Run(parsed.GetValue(names)!, parsed.GetValue(quick), parsed.GetValue(calls), parsed.GetValue(json), stop));
root.Add(HostedServer.Command());
return await root.Parse(args).InvokeAsync();
