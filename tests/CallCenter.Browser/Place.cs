using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using CallCenter.Audit;
using CallCenter.Storage;
using CallCenter.Teams;
using Microsoft.Playwright;

namespace CallCenter.Browser;

/// <summary>A call center of its own: the real server as a process of its own on loopback, with an empty SQLite file.</summary>
sealed partial class Place : IAsyncDisposable
{
    public const string Email = "ana@example.com";
    public const string Password = "un caballo correcto";

    readonly string folder = Path.Combine(Path.GetTempPath(), $"callcenter-browser-{Guid.NewGuid():n}");
    readonly Chromium chromium;
    readonly List<IBrowserContext> contexts = [];
    readonly StringBuilder console = new();
    Process? server;
    bool isDemo;

    Place(Chromium chromium, int port) => (this.chromium, Address) = (chromium, $"http://127.0.0.1:{port}");

    public string Address { get; }

    public string Database => Path.Combine(folder, "calls.db");

    /// <summary>What the server printed.</summary>
    public string Console
    {
        get
        {
            lock (console) return console.ToString();
        }
    }

    /// <summary>As printed for the person at the console.</summary>
    public string SetUpCode => CodeText().Match(Console).Value;

    public static async Task<Place> Open(Chromium chromium, bool withAdministrator = true)
    {
        var place = new Place(chromium, FreePort());
        Directory.CreateDirectory(place.folder);
        if (withAdministrator)
        {
            await using var db = await Db.Open(place.Database);
            var users = new Users(db, new Personnel(db, TimeProvider.System), new AuditLog(db, TimeProvider.System), TimeProvider.System);
            await users.Add(new NewPerson(Email, "Ana Gómez", [Role.Administrator]), Password, Authority.Console);
        }

        await place.Start();
        return place;
    }

    /// <summary>The demonstration, as who wants to see the program starts it.</summary>
    public static async Task<Place> OpenDemo(Chromium chromium)
    {
        var place = new Place(chromium, FreePort()) { isDemo = true };
        Directory.CreateDirectory(place.folder);
        await place.Start();
        return place;
    }

    /// <summary>A browser of its own, with nothing remembered.</summary>
    public async Task<IPage> NewPage(int width = 1280, int height = 720, ColorScheme scheme = ColorScheme.Light, string locale = "es-ES")
    {
        var context = await chromium.Browser.NewContextAsync(new()
        {
            BaseURL = Address,
            ViewportSize = new() { Width = width, Height = height },
            ColorScheme = scheme,
            Locale = locale,
            TimezoneId = "Europe/Madrid",
            ReducedMotion = ReducedMotion.Reduce,
        });
        contexts.Add(context);
        context.SetDefaultTimeout(15_000);
        return await context.NewPageAsync();
    }

    public async Task<IPage> NewSignedInPage(int width = 1280, int height = 720, ColorScheme scheme = ColorScheme.Light, string locale = "es-ES")
    {
        var page = await NewPage(width, height, scheme, locale);
        await SignIn(page);
        return page;
    }

    public static async Task SignIn(IPage page, string email = Email, string password = Password)
    {
        await page.GotoAsync("/entrar");
        await page.FillAsync("input[type=email]", email);
        await page.FillAsync("input[type=password]", password);
        await page.ClickAsync("button[type=submit]");
        await page.WaitForURLAsync("**/llamadas**");
        await IsLive(page);
    }

    public static Task IsLive(IPage page) => page.WaitForSelectorAsync("html[data-link=up]", new() { State = WaitForSelectorState.Attached });

    public async Task Start()
    {
        var start = new ProcessStartInfo("dotnet")
        {
            WorkingDirectory = folder, // where it starts from must not matter
            ArgumentList = { Path.Combine(AppContext.BaseDirectory, "callcenter.dll"), "serve", "--urls", Address },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["TMPDIR"] = folder }, // a demonstration that is killed leaves nothing behind
        };
        foreach (var argument in isDemo ? (string[])["--demo"] : ["--database", Database]) start.ArgumentList.Add(argument);
        server = Process.Start(start)!;
        server.OutputDataReceived += (_, line) => Keep(line.Data);
        server.ErrorDataReceived += (_, line) => Keep(line.Data);
        server.BeginOutputReadLine();
        server.BeginErrorReadLine();

        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        for (var tries = 0; ; tries++)
        {
            try
            {
                if ((await client.GetAsync(Address + "/healthz")).IsSuccessStatusCode) return;
            }
            catch (HttpRequestException) when (tries < 200 && !server.HasExited)
            {
                await Task.Delay(100);
            }
        }
    }

    public async Task Kill()
    {
        if (server is null) return;
        if (!server.HasExited) server.Kill();
        await server.WaitForExitAsync();
        server.Dispose();
        server = null;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var context in contexts) await context.DisposeAsync();
        await Kill();
        Directory.Delete(folder, recursive: true);
    }

    void Keep(string? line)
    {
        lock (console) console.AppendLine(line);
    }

    static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    [GeneratedRegex("[A-Z2-9]{4}-[A-Z2-9]{4}-[A-Z2-9]{4}")]
    private static partial Regex CodeText();
}
