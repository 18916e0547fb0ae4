using System.Text.RegularExpressions;
using CallCenter.Audit;
using CallCenter.Calls;
using CallCenter.Commands;
using CallCenter.Customers;
using CallCenter.Parts;
using CallCenter.Teams;
using CallCenter.Telephony;
using CallCenter.Tests.Telephony;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace CallCenter.Browser;

/// <summary>An operator's day without a mouse, at a phone system on a real socket.</summary>
public sealed class ShiftTests(Chromium chromium)
{
    const string Eva = "eva@example.com", Customer = "+34913000001", Missed = "+34600111222", Queue = "ventas";

    /// <summary>More stops than any page has between two things that belong together.</summary>
    const int TabsMax = 60;

    [Fact]
    public async Task A_whole_shift_is_worked_with_keys_only()
    {
        await using var pbx = new FakePbx();
        pbx.Members[(Queue, "PJSIP/101")] = (false, "");
        await using var place = await Place.Open(chromium);
        await Fill(place, pbx);
        var page = await place.NewPage();
        // Whoever clicks anywhere has a mouse.
        await page.AddInitScriptAsync("addEventListener('pointerdown', () => { document.title = 'MOUSE'; }, true)");
        var keys = page.Keyboard;

        // In, with the cursor where one begins to type.
        await page.GotoAsync("/entrar");
        await Expect(page.Locator("input[type=email]")).ToBeFocusedAsync();
        await keys.TypeAsync(Eva);
        await TabTo(page, page.Locator("input[type=password]"));
        await keys.TypeAsync(Place.Password);
        await keys.PressAsync("Enter");
        await page.WaitForURLAsync(new Regex("/(llamadas|mi-panel)"));
        await Place.IsLive(page);

        // A page begins at its heading; what leads past its navigation is before that.
        await Expect(page.Locator("h1")).ToBeFocusedAsync();
        await TabTo(page, page.Locator("a.skip"), "Shift+Tab");

        // A break, and available again; the telephone follows.
        await Choose(page, "Pausa: descanso");
        await Expect(page.Locator("button.presence")).ToContainTextAsync("Pausa");
        await LineWatching.Eventually(() => Task.FromResult(pbx.Members[(Queue, "PJSIP/101")] == (true, "Break")));
        await Choose(page, "Disponible");
        await Expect(page.Locator("button.presence")).ToContainTextAsync("Disponible");
        await LineWatching.Eventually(() => Task.FromResult(!pbx.Members[(Queue, "PJSIP/101")].IsPaused));

        // A call: one key, and the first part is typed.
        await pbx.Flood(Begin(Customer) + Dial());
        var bar = page.Locator("[data-callbar]");
        await Expect(bar).ToContainTextAsync("Talleres Ruiz");
        await keys.PressAsync("Alt+p");
        await page.WaitForURLAsync(new Regex("presupuesto="));
        var references = page.Locator("[data-reference]");
        await Expect(references.First).ToBeFocusedAsync();
        await IsSeen(page);
        await pbx.Flood(Answer());
        await Expect(bar).ToContainTextAsync("En conversación");
        await Expect(references.First).ToBeFocusedAsync(); // nothing takes it away

        await keys.TypeAsync("fs-101");
        await Expect(page.Locator("[role=option]:visible").First).ToBeVisibleAsync();
        await keys.PressAsync("ArrowDown");
        await keys.PressAsync("Enter");
        await Expect(references.Nth(1)).ToBeFocusedAsync();
        await IsSeen(page);
        await keys.TypeAsync("mano de obra");
        await keys.PressAsync("Tab");
        await Expect(Line(page, 1).GetByLabel("Cantidad", new() { Exact = true })).ToBeFocusedAsync();
        await keys.TypeAsync("2");
        await keys.PressAsync("Tab");
        await keys.TypeAsync("30,50");
        await IsSeen(page);
        await keys.PressAsync("Enter");
        await Expect(references.Nth(2)).ToBeFocusedAsync();
        await Expect(page.Locator(".quote-foot")).ToContainTextAsync("69,50"); // 8,50 and 2 × 30,50

        // The note while one talks, what came of it afterwards.
        await keys.PressAsync("Alt+n");
        await Expect(bar.Locator("[data-note]")).ToBeFocusedAsync();
        await IsSeen(page);
        await keys.TypeAsync("Quiere dos horas de taller");
        await Expect(bar).ToContainTextAsync("Guardado");
        await pbx.Flood(End());
        var result = bar.GetByRole(AriaRole.Button, new() { Name = "Consulta", Exact = true });
        await Expect(result).ToBeVisibleAsync();
        await TabTo(page, result);
        await keys.PressAsync("Enter");
        await Expect(result).ToHaveAttributeAsync("aria-pressed", "true");

        // What is to be returned: from the list to the case, and what came of that.
        await keys.PressAsync("Alt+r");
        await page.WaitForURLAsync(new Regex("/por-devolver"));
        await Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToBeFocusedAsync();
        var row = page.Locator("tr[data-row] th a").First;
        await Expect(row).ToBeVisibleAsync();
        await TabTo(page, row);
        await keys.PressAsync("Enter");
        await Expect(page.Locator(".drawer h2")).ToBeFocusedAsync();
        var (give, take) = (page.Locator(".drawer").GetByRole(AriaRole.Button, new() { Name = "Devolver al equipo", Exact = true }), page.Locator(".drawer").GetByRole(AriaRole.Button, new() { Name = "Tomar", Exact = true }));
        await TabTo(page, give); // it rang at her, so it is hers
        await keys.PressAsync("Enter");
        await Expect(take).ToBeFocusedAsync();
        await keys.PressAsync("Enter");
        await Expect(give).ToBeFocusedAsync();
        await TabTo(page, page.Locator(".drawer").GetByLabel("Nota (opcional)", new() { Exact = true }));
        await keys.TypeAsync("Le llamo al móvil");
        var reached = page.Locator(".drawer .case-result .case-do button").First;
        await TabTo(page, reached);
        await keys.PressAsync("Enter");
        await Expect(page.Locator(".drawer")).ToContainTextAsync("Le llamo al móvil");
        await Expect(page.Locator(".drawer h2")).ToBeFocusedAsync();
        await keys.PressAsync("Escape");
        await Expect(page.Locator(".drawer h2")).ToBeHiddenAsync();
        await IsSeen(page);

        // A pause at the end, and out.
        await Choose(page, "Pausa: comida");
        await Expect(page.Locator("button.presence")).ToContainTextAsync("Pausa");
        await TabTo(page, page.Locator("button.user"));
        await keys.PressAsync("Enter");
        await TabTo(page, page.Locator("#user-menu").GetByRole(AriaRole.Button, new() { Name = "Salir", Exact = true }));
        await keys.PressAsync("Enter");
        await page.WaitForURLAsync(new Regex("/entrar"));
        Assert.NotEqual("MOUSE", await page.TitleAsync());

        await using var stage = await Backstage.Open(place.Database, mayCreate: false, default);
        Assert.Equal((true, "Lunch"), pbx.Members[(Queue, "PJSIP/101")]);
        Assert.Equal(1, await stage.Db.Read(tx => tx.One<long>("select count(*) from call_notes where text = 'Quiere dos horas de taller'")));
        Assert.Equal(2, await stage.Db.Read(tx => tx.One<long>("select count(*) from quote_lines")));
        Assert.Equal(1, await stage.Db.Read(tx => tx.One<long>("select count(*) from case_attempts")));
    }

    static ILocator Line(IPage page, int number) => page.Locator("[data-line]").Nth(number);

    /// <summary>How somebody stands, chosen in the menu of the top bar.</summary>
    static async Task Choose(IPage page, string state)
    {
        await page.WaitForTimeoutAsync(100);
        await TabTo(page, page.Locator("button.presence"), await page.EvaluateAsync<bool>("() => !!document.activeElement.closest('main, [data-callbar], #user-menu, #presence-menu')") ? "Shift+Tab" : "Tab");
        await page.Keyboard.PressAsync("Enter");
        await TabTo(page, page.Locator("#presence-menu").GetByRole(AriaRole.Button, new() { Name = state, Exact = true }));
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("#presence-menu")).ToBeHiddenAsync();
        await IsSeen(page);
    }

    /// <summary>On to something, stop by stop; at each of them one sees where one is.</summary>
    static async Task TabTo(IPage page, ILocator to, string key = "Tab")
    {
        await Expect(to).ToBeVisibleAsync();
        var passed = new List<string>();
        for (var i = 0; i < TabsMax; i++)
        {
            if (await to.EvaluateAsync<bool>("element => element === document.activeElement")) return;
            await page.Keyboard.PressAsync(key);
            // Behind the last stop of a page come the browser's own, and then its first.
            if (!await page.EvaluateAsync<bool>("document.activeElement === document.body")) passed.Add(await IsSeen(page));
        }

        Assert.Fail($"{to} is not reached by keys; passed: {string.Join(" > ", passed)}");
    }

    /// <summary>What has the focus stands on the screen and is marked; what it is.</summary>
    static async Task<string> IsSeen(IPage page)
    {
        var (what, isSeen) = await page.EvaluateAsync<System.Text.Json.JsonElement>("""
            async () => {
              const marked = element => { const style = getComputedStyle(element); return (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1) || style.boxShadow !== 'none'; };
              const look = () => {
                const now = document.activeElement, name = now === null ? 'nothing' : `${now.tagName.toLowerCase()} ${now.type ?? ''} ${(now.getAttribute('aria-label') ?? now.textContent ?? '').trim().slice(0, 40)}`;
                if (!now || now === document.body || now === document.documentElement) return [name, false];
                const box = now.getBoundingClientRect(), inside = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
                const around = [now, now.closest('label'), now.closest('.suggest'), now.closest('tr')?.firstElementChild].filter(Boolean);
                return [name, inside && now.checkVisibility() && around.some(marked)];
              };
              for (let tries = 0; tries < 10; tries++) {
                const found = look();
                if (found[1]) return found;
                await new Promise(done => setTimeout(done, 50));
              }
              return look();
            }
            """) is var found ? (found[0].GetString()!, found[1].GetBoolean()) : default;
        Assert.True(isSeen, $"nobody sees where the focus is: {what}, at {page.Url}");
        return what;
    }

    static async Task Fill(Place place, FakePbx pbx)
    {
        await using var stage = await Backstage.Open(place.Database, mayCreate: false, default);
        var line = await stage.Switchboard.Add("asterisk", "Centralita", pbx.Settings(("country", "ES"), (Control.Setting, Control.On)), ConnectionState.Active);
        var eva = await stage.Get<Users>().Add(new NewPerson(Eva, "Eva Ruiz", [Role.Operator]), Place.Password, Authority.Console);
        var (book, team) = (stage.Get<TeamBook>(), await stage.Get<TeamBook>().Add("Ventas", TeamType.Sales, Authority.Console));
        await book.AddMember(team.Id, eva.Id, DateTimeOffset.MinValue, Authority.Console);
        await book.GiveExtension(eva.Id, line.Id, "101", DateTimeOffset.MinValue, Authority.Console);
        await book.GiveLine(team.Id, line.Id, LineKind.Queue, Queue, null, true, Authority.Console);
        await stage.Get<CustomerBook>().Add(new Customer(0, CustomerKind.Company, "Talleres Ruiz"), PhoneNumber.Parse(Customer, "ES"), Actor.Console);
        await stage.Get<PartCatalogue>().Put(new Part { Brand = "Filtros Sol", Reference = "FS-101", Description = "Filtro de aceite", Prices = new Dictionary<string, Money> { [""] = new(8_50) } }, Actor.Console);
        var (missed, at) = (new CallKey(line.Id, "missed"), DateTimeOffset.UtcNow.AddMinutes(-10));
        await stage.Db.Write(tx => stage.Get<CallLog>().Append(tx,
        [
            new CallStarted(missed, at, Direction.Inbound, PhoneNumber.Parse(Missed, "ES"), PhoneNumber.Parse("+34910000000", "ES"), "+34910000000"), new QueueJoined(missed, at.AddSeconds(2), Queue),
            new AttemptStarted(missed, at.AddSeconds(3), "1", "101"), new CallEnded(missed, at.AddSeconds(60), EndCause.Cancelled),
        ], _ => "asterisk"));
        await LineWatching.Eventually(() => Task.FromResult(pbx.Logins > 0), within: 20);
    }

    // ---- What the phone system says of one call, in the order in which it does ----

    const string Trunk = "Channel: PJSIP/troncal-sip-00000001\r\nChannelState: 4\r\nChannelStateDesc: Ring\r\nCallerIDNum: 913000001\r\nCallerIDName: <unknown>\r\nContext: desde-troncal\r\nExten: 910000000\r\nPriority: 1\r\nUniqueid: 1795447974.11\r\nLinkedid: 1795447974.11\r\n";

    static string Phone(string prefix) => $"{prefix}Channel: PJSIP/101-00000001\r\n{prefix}ChannelState: 0\r\n{prefix}ChannelStateDesc: Down\r\n{prefix}CallerIDNum: 101\r\n{prefix}CallerIDName: <unknown>\r\n{prefix}Context: desde-interno\r\n{prefix}Exten: s\r\n{prefix}Uniqueid: 1795447974.12\r\n{prefix}Linkedid: 1795447974.11\r\n";

    static string Begin(string from) => $"Event: Newchannel\r\n{Trunk.Replace("913000001", from[3..], StringComparison.Ordinal)}\r\n";

    static string Dial() => $"Event: Newchannel\r\n{Phone("")}\r\nEvent: DialBegin\r\n{Trunk}{Phone("Dest")}DialString: PJSIP/101\r\n\r\n"
        + $"Event: Newstate\r\n{Phone("").Replace("ChannelState: 0", "ChannelState: 5", StringComparison.Ordinal)}\r\n";

    static string Answer() => $"Event: Newstate\r\n{Phone("").Replace("ChannelState: 0", "ChannelState: 6", StringComparison.Ordinal)}\r\nEvent: DialEnd\r\n{Trunk}{Phone("Dest")}DialStatus: ANSWER\r\n\r\n";

    static string End() => $"Event: Hangup\r\n{Phone("")}Cause: 16\r\nCause-txt: Normal Clearing\r\n\r\nEvent: Hangup\r\n{Trunk}Cause: 16\r\nCause-txt: Normal Clearing\r\n\r\n";
}
