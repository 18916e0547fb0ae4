using System.CommandLine;
using CallCenter.Commands;

var root = new RootCommand("WiseParts Call Center: follows every call of the phone system in real time.");
foreach (var command in Commands.All()) root.Add(command);
return await root.Parse(args.Length == 0 ? ["serve"] : args).InvokeAsync();
