using System.Globalization;
using CallCenter.Live;
using CallCenter.Storage;
using CallCenter.Teams;
using CallCenter.Telephony;
using CallCenter.Tests.Telephony;
using CallCenter.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;

namespace CallCenter.Bench;

/// <summary>From Asterisk's word that a telephone rings to the bar drawn in that operator's Chromium; five operators are signed in.</summary>
static class BarBench
{
    const int Operators = 5;
    const string Password = "un caballo correcto";

    static readonly TimeSpan Between = TimeSpan.FromMilliseconds(250);

    /// <summary>Notes when a call was first drawn as ringing, after the frame in which it was.</summary>
    const string Watch =
        """
        window.drawn = {};
        const look = () => document.querySelectorAll('.callbar-item.phase-ringing').forEach(item => {
            const id = item.dataset.call;
            if (!(id in window.drawn)) { window.drawn[id] = 0; requestAnimationFrame(() => { window.drawn[id] = Date.now(); }); }
        });
        new MutationObserver(look).observe(document.body, { childList: true, subtree: true, attributes: true });
        """;

    public static async Task Measure(Run run)
    {
        using var folder = new TempFolder();
        await using var pbx = new FakePbx();
        await using var db = await Db.Open(Path.Combine(folder.Path, "calls.db"), stop: run.Stop);
        await using var app = Server.Build(new ServerOptions(db.File, ["http://127.0.0.1:0"], []), db);
        var connection = await app.Services.GetRequiredService<Switchboard>().Add("asterisk", "bench", pbx.Settings(), ConnectionState.Active, run.Stop);
        await Staff(app, connection.Id);
        await app.StartAsync(run.Stop);
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        var board = app.Services.GetRequiredService<LineBoard>();
        while (board.Find(connection.Id)?.IsSettled != true) await Task.Delay(20, run.Stop);

        using var playwright = await Playwright.CreateAsync();
        await using var chromium = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = Environment.GetEnvironmentVariable("CHROMIUM") ?? "/usr/bin/chromium", Args = ["--no-sandbox", "--disable-gpu"] });
        var pages = new List<IPage>();
        for (var i = 0; i < Operators; i++) pages.Add(await SignIn(chromium, address, i));

        await Ring(run, pbx, pages, first: 0, calls: 2 * Operators); // compiled by now
        foreach (var page in pages) await page.EvaluateAsync("window.drawn = {}");
        var (waits, foreign) = await Ring(run, pbx, pages, first: 1000, calls: run.Quick ? 40 : 200);
        double[] sorted = [.. waits.Order()];
        run.Add("DialBegin to bar drawn, p50", sorted[sorted.Length / 2], "ms", most: 250);
        run.Add("DialBegin to bar drawn, p95", sorted[(int)(sorted.Length * 0.95)], "ms", most: 500);
        run.Add("never drawn, or drawn where it did not ring", foreign, "calls", most: 1);
        await app.StopAsync(CancellationToken.None);
    }

    /// <summary>One call after the other, each at the next operator; hung up after a moment.</summary>
    static async Task<(List<double> Waits, int Wrong)> Ring(Run run, FakePbx pbx, List<IPage> pages, int first, int calls)
    {
        var sent = new List<double>[Operators];
        for (var i = 0; i < Operators; i++) sent[i] = [];
        for (var i = 0; i < calls; i++)
        {
            var (call, extension) = (first + i, 101 + i % Operators);
            await pbx.Flood(Begin(call));
            sent[i % Operators].Add(Now());
            await pbx.Flood(Dial(call, extension));
            await Task.Delay(Between, run.Stop);
            if (i > 0) await pbx.Flood(End(call - 1, 101 + (i - 1) % Operators));
        }

        await pbx.Flood(End(first + calls - 1, 101 + (calls - 1) % Operators));
        await Task.Delay(TimeSpan.FromSeconds(8), run.Stop); // the notices of missed calls are gone too
        var (waits, wrong) = (new List<double>(), 0);
        foreach (var (page, i) in pages.Select((page, i) => (page, i)))
        {
            // Ids grow in the order in which calls begin.
            var drawn = (await page.EvaluateAsync<Dictionary<string, double>>("window.drawn")).OrderBy(pair => long.Parse(pair.Key, CultureInfo.InvariantCulture)).Select(pair => pair.Value).ToList();
            wrong += Math.Abs(drawn.Count - sent[i].Count);
            waits.AddRange(drawn.Zip(sent[i], (at, since) => at - since));
        }

        return (waits, wrong);
    }

    static async Task Staff(WebApplication app, string connection)
    {
        var (users, book) = (app.Services.GetRequiredService<Users>(), app.Services.GetRequiredService<TeamBook>());
        for (var i = 0; i < Operators; i++)
        {
            var user = await users.Add(new NewPerson($"operator{i}@example.com", $"Operator {i}", [Role.Operator]), Password, Authority.Console);
            await book.GiveExtension(user.Id, connection, $"{101 + i}", DateTimeOffset.MinValue, Authority.Console);
        }
    }

    static async Task<IPage> SignIn(IBrowser chromium, string address, int i)
    {
        var page = await (await chromium.NewContextAsync(new() { BaseURL = address, Locale = "es-ES" })).NewPageAsync();
        await page.GotoAsync("/entrar");
        await page.FillAsync("input[type=email]", $"operator{i}@example.com");
        await page.FillAsync("input[type=password]", Password);
        await page.ClickAsync("button[type=submit]");
        await page.WaitForSelectorAsync("html[data-link=up]", new() { State = WaitForSelectorState.Attached });
        await page.EvaluateAsync(Watch);
        return page;
    }

    static double Now() => (TimeProvider.System.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalMilliseconds;

    static string Trunk(int call) => $"Channel: PJSIP/troncal-sip-{call:x8}\r\nChannelState: 4\r\nChannelStateDesc: Ring\r\nCallerIDNum: 54114390{call:0000}\r\nCallerIDName: <unknown>\r\nConnectedLineNum: <unknown>\r\nConnectedLineName: <unknown>\r\nLanguage: es\r\nAccountCode: \r\nContext: desde-troncal\r\nExten: 541143210001\r\nPriority: 1\r\nUniqueid: 1795447974.{call}1\r\nLinkedid: 1795447974.{call}1\r\n";

    static string Phone(int call, int extension, string prefix) => $"{prefix}Channel: PJSIP/{extension}-{call:x8}\r\n{prefix}ChannelState: 0\r\n{prefix}ChannelStateDesc: Down\r\n{prefix}CallerIDNum: {extension}\r\n{prefix}CallerIDName: <unknown>\r\n{prefix}ConnectedLineNum: <unknown>\r\n{prefix}ConnectedLineName: <unknown>\r\n{prefix}Language: es\r\n{prefix}AccountCode: \r\n{prefix}Context: desde-interno\r\n{prefix}Exten: s\r\n{prefix}Priority: 1\r\n{prefix}Uniqueid: 1795447974.{call}2\r\n{prefix}Linkedid: 1795447974.{call}1\r\n";

    static string Begin(int call) => $"Event: Newchannel\r\nPrivilege: call,all\r\n{Trunk(call)}\r\n";

    static string Dial(int call, int extension) =>
        $"Event: Newchannel\r\nPrivilege: call,all\r\n{Phone(call, extension, "")}\r\nEvent: DialBegin\r\nPrivilege: call,all\r\n{Trunk(call)}{Phone(call, extension, "Dest")}DialString: PJSIP/{extension}\r\n\r\n"
        + $"Event: Newstate\r\nPrivilege: call,all\r\n{Phone(call, extension, "").Replace("ChannelState: 0", "ChannelState: 5", StringComparison.Ordinal).Replace("Down", "Ringing", StringComparison.Ordinal)}\r\n";

    static string End(int call, int extension) =>
        $"Event: DialEnd\r\nPrivilege: call,all\r\n{Trunk(call)}{Phone(call, extension, "Dest")}DialStatus: CANCEL\r\n\r\nEvent: Hangup\r\nPrivilege: call,all\r\n{Phone(call, extension, "")}Cause: 26\r\nCause-txt: Answered elsewhere\r\n\r\nEvent: Hangup\r\nPrivilege: call,all\r\n{Trunk(call)}Cause: 0\r\nCause-txt: Unknown\r\n\r\n";
}
