using System.Net.Http.Headers;
using CallCenter.Audit;
using CallCenter.Calls;
using CallCenter.Live;
using CallCenter.Storage;
using CallCenter.Telephony;
using CallCenter.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace CallCenter.Tests;

/// <summary>The whole server as <c>serve</c> runs it, on a free port of loopback and a real database of its own.</summary>
sealed class WebHouse : IAsyncDisposable
{
    readonly WebApplication app;
    readonly ServerOptions options;
    readonly bool isOwner;

    WebHouse(WebApplication app, ServerOptions options, bool isOwner, MovableClock clock)
    {
        Clock = clock;
        this.app = app;
        this.options = options;
        this.isOwner = isOwner;
        Address = new Uri(app.Urls.First());
        Client = NewClient();
    }

    public Uri Address { get; }

    /// <summary>What the server takes for the time; it can be put forward.</summary>
    public MovableClock Clock { get; }

    /// <summary>Follows no redirects and keeps no cookies, so that a test sees what was answered.</summary>
    public HttpClient Client { get; }

    public Db Db => Get<Db>();

    public CallLog Log => Get<CallLog>();

    public LiveFeed Feed => Get<LiveFeed>();

    public Switchboard Switchboard => Get<Switchboard>();

    public static Task<WebHouse> Open(On database = On.Sqlite, Func<ServerOptions, ServerOptions>? with = null, string synchronous = "FULL") =>
        Open(database, with, null, synchronous);

    /// <summary>Another server on the same database; close it first.</summary>
    public Task<WebHouse> OpenBeside() => Open(On.Sqlite, null, options, "FULL");

    public T Get<T>() where T : notnull => app.Services.GetRequiredService<T>();

    public HttpClient NewClient(bool cookies = false) =>
        new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = cookies, UseProxy = false }) { BaseAddress = Address };

    /// <summary>As a program that shows an API key; by default one that may read calls.</summary>
    public async Task<HttpClient> ClientWithKey(params string[] scopes)
    {
        var (_, secret) = await Get<ApiKeys>().Add("test", scopes.Length == 0 ? [ApiScope.CallsRead] : scopes, Actor.Console);
        var client = NewClient();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", secret);
        return client;
    }

    /// <summary>Events as if a phone system had told them, in one transaction.</summary>
    public Task<IReadOnlyList<Call>> Hear(params IReadOnlyCollection<CallEvent> events) =>
        Db.Write(tx => Log.Append(tx, events, _ => "test"));

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await app.StopAsync();
        var file = Db.File;
        var db = Db;
        await app.DisposeAsync();
        await db.DisposeAsync();
        if (isOwner && file.Length > 0) Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
    }

    static async Task<WebHouse> Open(On database, Func<ServerOptions, ServerOptions>? with, ServerOptions? beside, string synchronous)
    {
        var options = beside;
        if (options is null)
        {
            var place = database == On.Postgres ? await TestPostgres.NewDatabase() : await TestFile.NewDatabase();
            options = new ServerOptions(place, ["http://127.0.0.1:0"], []);
            options = with?.Invoke(options) ?? options;
            if (database == On.Sqlite && options.Database != place) Directory.Delete(Path.GetDirectoryName(place)!, recursive: true);
        }

        var db = await Db.Open(options.Database, options.AllowUnsafe, synchronous);
        var clock = new MovableClock();
        var app = Server.Build(options, db, clock);
        await app.Services.GetRequiredService<Switchboard>().Load();
        await app.StartAsync();
        return new WebHouse(app, options, isOwner: beside is null, clock);
    }
}
