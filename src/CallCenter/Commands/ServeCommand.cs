using System.CommandLine;
using CallCenter.Simulation;
using CallCenter.Storage;
using CallCenter.Telephony;
using CallCenter.Web;

namespace CallCenter.Commands;

/// <summary><c>callcenter serve</c>: the server. Also what runs when nothing is asked for.</summary>
static class ServeCommand
{
    public static Command Make()
    {
        var database = Commands.Database();
        var urls = new Option<string[]>("--urls") { Description = $"Addresses to listen on. Default: {ServerOptions.DefaultUrl}", AllowMultipleArgumentsPerToken = true };
        var webhookUrls = new Option<string[]>("--webhook-urls") { Description = "Further addresses that answer webhooks only, so that the screens need not be public", AllowMultipleArgumentsPerToken = true };
        var publicUrl = Commands.Url("--public-url", "The address phone systems reach this server by, e.g. https://calls.example.com; also CALLCENTER_PUBLIC_URL");
        var proxies = new Option<string[]>("--trusted-proxy") { Description = "Address of a reverse proxy whose X-Forwarded headers are believed", AllowMultipleArgumentsPerToken = true };
        var allowUnsafe = new Option<bool>("--allow-data-loss") { Description = "Accept a database that may lose commits in a power cut" };
        var demo = new Option<bool>("--demo") { Description = "Try it: a throw-away database with months of invented history and live traffic" };

        var command = new Command("serve", "Runs the server") { database, urls, webhookUrls, publicUrl, proxies, allowUnsafe, demo };
        command.Validators.Add(result =>
        {
            if (result.GetValue(demo) && result.GetResult(database) is not null)
                result.AddError("--demo keeps its own throw-away database; leave --database away, or leave --demo away");
        });
        command.SetAction((parsed, stop) => Commands.Guard(() => Run(new ServerOptions(
            Commands.DatabaseOf(parsed.GetValue(database)),
            parsed.GetValue(urls) is { Length: > 0 } given ? given : [Environment.GetEnvironmentVariable("CALLCENTER_URLS") ?? ServerOptions.DefaultUrl],
            parsed.GetValue(webhookUrls) ?? [],
            parsed.GetValue(publicUrl) ?? (Environment.GetEnvironmentVariable("CALLCENTER_PUBLIC_URL") is { Length: > 0 } address ? new Uri(address) : null),
            parsed.GetValue(proxies) ?? [],
            parsed.GetValue(allowUnsafe),
            parsed.GetValue(demo)), stop)));
        return command;
    }

    static async Task<int> Run(ServerOptions options, CancellationToken stop)
    {
        using var demo = options.Demo ? new DemoPlace() : null;
        if (demo is not null) options = options with { Database = demo.Database };
        await using var db = await Db.Open(options.Database, options.AllowUnsafe, stop: stop);
        await using var app = Server.Build(options, db);
        await app.Services.GetRequiredService<Switchboard>().Load(stop);
        await app.StartAsync(stop);
        foreach (var url in app.Urls) Console.WriteLine($"callcenter listens on {url}");
        await app.WaitForShutdownAsync(stop);
        return 0;
    }
}
