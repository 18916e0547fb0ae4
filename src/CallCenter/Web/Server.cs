using CallCenter.Alerts;
using CallCenter.Audit;
using CallCenter.Audit.Pages;
using CallCenter.Calls;
using CallCenter.Customers;
using CallCenter.Customers.Pages;
using CallCenter.Dashboard;
using CallCenter.Desk;
using CallCenter.Figures;
using CallCenter.Live;
using CallCenter.Mail;
using CallCenter.Parts;
using CallCenter.Parts.Pages;
using CallCenter.Presence;
using CallCenter.Quotes;
using CallCenter.Quotes.Pages;
using CallCenter.Recovery;
using CallCenter.Reports;
using CallCenter.SigningIn;
using CallCenter.Simulation;
using CallCenter.Storage;
using CallCenter.Teams;
using CallCenter.Telephony;
using CallCenter.Wallboard;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.HttpOverrides;

namespace CallCenter.Web;

/// <summary>How the server was asked to run; see <c>callcenter serve --help</c>.</summary>
/// <param name="Database">A file, or a PostgreSQL connection string.</param>
/// <param name="WebhookUrls">Listeners that answer webhooks only, so that screens need not be public.</param>
/// <param name="Proxies">Addresses of reverse proxies whose forwarded headers are believed.</param>
/// <param name="Company">The company's own sign-in, beside ours.</param>
/// <param name="AllowPrivateWebhooks">Outgoing webhooks may lead into the house's own network, and need no TLS.</param>
sealed record ServerOptions(
    string Database,
    IReadOnlyList<string> Urls,
    IReadOnlyList<string> WebhookUrls,
    Uri? PublicUrl = null,
    IReadOnlyList<string>? Proxies = null,
    bool AllowUnsafe = false,
    bool Demo = false,
    MailOptions? Mail = null,
    CompanyOptions? Company = null,
    bool AllowPrivateWebhooks = false)
{
    public const string DefaultUrl = "http://localhost:5260";

    /// <summary>Where a page of ours is found from outside. Never from the address of a request: whoever asks could name a host of his own there.</summary>
    public Uri Absolute(string path) => new(new Uri((PublicUrl?.ToString() ?? Urls.FirstOrDefault() ?? DefaultUrl).TrimEnd('/') + "/"), path);
}

/// <summary>Puts the parts together. Nothing here decides anything about calls.</summary>
static class Server
{
    /// <summary>The database is open already: whoever opens it tells a person what is wrong with it.</summary>
    /// <param name="clock">The machine's when none is given.</param>
    public static WebApplication Build(ServerOptions options, Db db, TimeProvider? clock = null)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions
        {
            ApplicationName = typeof(Server).Assembly.GetName().Name,
            ContentRootPath = AppContext.BaseDirectory,
        });
        builder.WebHost.UseKestrelHttpsConfiguration(); // which the slim host, small without QUIC and IIS, leaves out
        builder.WebHost.UseStaticWebAssets(); // also when it runs as built, not published
        WebApplication? app = null;
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning).AddFilter("Microsoft.Hosting", LogLevel.Warning)
            // A wrong key is no news; and that the keys lie in the database is our choice, see docs/operating.md.
            .AddFilter(typeof(ApiAccess).FullName, LogLevel.Warning)
            .AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error)
            // Why it does not start is told in a sentence by who starts it, and what that stops is no fault of its own.
            .AddFilter("Microsoft.Extensions.Hosting.Internal.Host", level => level >= LogLevel.Warning && app?.Lifetime.ApplicationStarted.IsCancellationRequested == true)
            .AddSimpleConsole(console => console.SingleLine = true);
        // Kestrel's defaults are too generous for addresses that strangers know.
        builder.WebHost.UseUrls([.. options.Urls, .. options.WebhookUrls]).ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = 30 * 1024 * 1024;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(5);
            kestrel.Limits.MaxConcurrentConnections = 5000;
        });

        Add(builder.Services, options, db, clock ?? TimeProvider.System);
        builder.Services.AddScreens(options.Company);
        app = builder.Build();
        Use(app, options);
        return app;
    }

    /// <summary>The same parts without a web, for commands that work on a database; what they have to say goes to standard error.</summary>
    public static ServiceProvider Parts(ServerOptions options, Db db)
    {
        var services = new ServiceCollection();
        services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Warning).AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error)
            .AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace).AddSimpleConsole(console => console.SingleLine = true));
        Add(services, options, db, TimeProvider.System);
        return services.BuildServiceProvider();
    }

    static void Add(IServiceCollection services, ServerOptions options, Db db, TimeProvider clock)
    {
        services.AddSingleton(options).AddSingleton(db).AddSingleton(clock).AddSingleton(new PublicAddress(options.PublicUrl));
        services.AddSingleton<ServerSettings>().AddSingleton<LiveFeed>().AddSingleton<Pulse>().AddSingleton<LineBoard>();
        services.AddSingleton<OtherNodes>().AddHostedService(provider => provider.GetRequiredService<OtherNodes>());
        services.AddAudit().AddCalls().AddCustomers().AddRecovery().AddFigures().AddParts().AddQuotes().AddPresence().AddDesk().AddDashboard().AddWallboard().AddReports();
        services.AddTelephony().AddTeams().AddSigningIn().AddMail(options.Mail).AddAlerts(options.AllowPrivateWebhooks).AddLocalization();
        if (options.Demo) services.AddDemo();

        services.AddApi();
        services.AddDataProtection().SetApplicationName("callcenter");
        services.AddOptions<KeyManagementOptions>().Configure(keys => keys.XmlRepository = new ProtectionKeys(db));
        services.Configure<ForwardedHeadersOptions>(forwarded =>
        {
            forwarded.ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto | ForwardedHeaders.XForwardedHost;
            forwarded.KnownIPNetworks.Clear();
            forwarded.KnownProxies.Clear();
            foreach (var proxy in options.Proxies ?? []) forwarded.KnownProxies.Add(System.Net.IPAddress.Parse(proxy));
        });
    }

    static void Use(WebApplication app, ServerOptions options)
    {
        var others = app.Services.GetRequiredService<OtherNodes>();
        others.On(Switchboard.Told, app.Services.GetRequiredService<Switchboard>().Load);
        others.On(Personnel.Told, app.Services.GetRequiredService<Personnel>().Load);
        others.On(ApiKeys.Told, app.Services.GetRequiredService<ApiKeys>().Load);
        others.On(CaseBoard.Told, _ =>
        {
            app.Services.GetRequiredService<CaseBoard>().Tell();
            return Task.CompletedTask;
        });
        // A file has one node, whose screens have heard of each other.
        if (app.Services.GetRequiredService<Db>().IsPostgres)
        {
            others.On(PresenceBook.Told, app.Services.GetRequiredService<PresenceBook>().Hear);
            others.On(DeskNews.Told, app.Services.GetRequiredService<DeskNews>().Hear);
        }

        others.On(QuoteBoard.Told, _ =>
        {
            app.Services.GetRequiredService<QuoteBoard>().Tell();
            return Task.CompletedTask;
        });
        others.On(CustomerBoard.Told, _ =>
        {
            app.Services.GetRequiredService<CustomerBoard>().Tell();
            return Task.CompletedTask;
        });
        others.On(AlertNews.Told, app.Services.GetRequiredService<AlertNews>().Hear);
        if (options.Proxies is { Count: > 0 }) app.UseForwardedHeaders();
        app.UseWebhookListeners(options.WebhookUrls);
        app.UseRouting();
        // Machines' addresses go the short way, past everything that concerns people.
        app.MapGet("/healthz", () => Results.Ok(new { status = "ok" })).ShortCircuit();
        app.MapMethods("/webhooks/{connection}", ["POST", "GET"], (HttpContext http, WebhookEndpoint endpoint) => endpoint.Handle(http)).ShortCircuit();
        app.UseScreens();
        app.MapPasskeys();
        app.MapCompanySignIn();
        app.MapAuditExport();
        app.MapCustomerExport();
        app.MapCustomerReport();
        app.MapPartReport();
        app.MapSaleReports();
        app.MapWallboard();
        app.UseApi();
    }
}
