using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using CallCenter.Mail;
using CallCenter.SigningIn;
using CallCenter.Simulation;
using CallCenter.Storage;
using CallCenter.Telephony;
using CallCenter.Web;
using Microsoft.AspNetCore.Connections;

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
            foreach (var url in Listeners(result.GetValue(urls)).Concat(result.GetValue(webhookUrls) ?? []).Where(url => !IsListener(url)))
                result.AddError($"'{url}' is no address to listen on; write http://, then localhost, an IP address of this machine or *, and a port");
            foreach (var proxy in (result.GetValue(proxies) ?? []).Where(proxy => !IPAddress.TryParse(proxy, out _)))
                result.AddError($"--trusted-proxy needs an IP address; '{proxy}' is none");
            if (Commands.FromEnvironment("CALLCENTER_PUBLIC_URL") is { } address && !Commands.IsWebAddress(address, out _))
                result.AddError($"CALLCENTER_PUBLIC_URL must be a whole address that begins with http:// or https://; '{address}' is none");
        });
        command.SetAction((parsed, stop) => Commands.Guard(parsed, () => Run(new ServerOptions(
            Commands.DatabaseOf(parsed.GetValue(database)),
            Listeners(parsed.GetValue(urls)),
            parsed.GetValue(webhookUrls) ?? [],
            parsed.GetValue(publicUrl) ?? (Commands.FromEnvironment("CALLCENTER_PUBLIC_URL") is { } address ? new Uri(address) : null),
            parsed.GetValue(proxies) ?? [],
            parsed.GetValue(allowUnsafe),
            parsed.GetValue(demo),
            MailOptions.Read(Environment.GetEnvironmentVariable("CALLCENTER_SMTP"), Environment.GetEnvironmentVariable("CALLCENTER_MAIL_FROM")),
            CompanyOptions.Read(name => Environment.GetEnvironmentVariable($"CALLCENTER_OIDC_{name}")),
            Environment.GetEnvironmentVariable("CALLCENTER_ALLOW_PRIVATE_WEBHOOKS") == "1"), stop)));
        return command;
    }

    static string[] Listeners(string[]? given) =>
        given is { Length: > 0 } ? given : [Commands.FromEnvironment("CALLCENTER_URLS") ?? ServerOptions.DefaultUrl];

    /// <summary>The web server takes any other name for "everywhere", which is not what somebody means who mistypes an address.</summary>
    static bool IsListener(string url)
    {
        try
        {
            var address = BindingAddress.Parse(url);
            return address is { Scheme: "http" or "https", Host: "localhost" or "*" or "+" } || address.IsUnixPipe || IPAddress.TryParse(address.Host, out _);
        }
        catch (FormatException)
        {
            return false;
        }
    }

    /// <summary>Most of the memory that a start takes is not needed any more a moment later: given back to the system.</summary>
    static async Task SettleDown(CancellationToken stop)
    {
        try
        {
            await Task.Delay(TimeSpan.FromSeconds(10), stop);
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        }
        catch (OperationCanceledException)
        {
            // The server stops.
        }
    }

    static async Task<int> Run(ServerOptions options, CancellationToken stop)
    {
        using var demo = options.Demo ? new DemoPlace() : null;
        if (demo is not null) options = options with { Database = demo.Database };
        await using var db = await Db.Open(options.Database, options.AllowUnsafe, stop: stop);
        await using var app = Server.Build(options, db);
        await app.Services.GetRequiredService<Switchboard>().Load(stop);
        try
        {
            await app.StartAsync(stop);
        }
        catch (Exception e) when (e is IOException { InnerException: AddressInUseException } or SocketException)
        {
            throw new Refusal(RefusalKind.Unavailable, "serve.cannot-listen", e.Message);
        }

        foreach (var url in app.Urls) Console.WriteLine($"callcenter listens on {url}");
        _ = SettleDown(app.Lifetime.ApplicationStopping);
        await app.WaitForShutdownAsync(stop);
        return 0;
    }
}
