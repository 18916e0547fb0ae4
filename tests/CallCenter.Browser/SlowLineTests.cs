using System.Diagnostics;
using System.Text.RegularExpressions;
using System.Threading.Channels;
using CallCenter.Audit;
using CallCenter.Calls;
using CallCenter.Commands;
using CallCenter.Quotes;
using CallCenter.Teams;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace CallCenter.Browser;

/// <summary>A browser far away acknowledges late what was drawn; no screen may take for drawn what it has only read.</summary>
public sealed class SlowLineTests(Chromium chromium)
{
    const string Number = "+34612345678";

    static readonly TimeSpan Lag = TimeSpan.FromMilliseconds(300);

    [Fact]
    public async Task What_opens_over_a_slow_line_opens_whole_with_the_cursor_in_it()
    {
        await using var place = await Place.Open(chromium);
        await using var room = await PhoneRoom.Connect(place);
        await using var stage = await Backstage.Open(place.Database, mayCreate: false, default);
        var me = stage.Get<Personnel>().Now.People.Values.Single(person => person.Name == "Ana Gómez");
        await room.Remember([room.Past("m", DateTimeOffset.UtcNow.AddHours(-1), Number, answered: false, "201"), room.Past("a", DateTimeOffset.UtcNow.AddMinutes(-20), "+34612345679", answered: true, "201")]);
        var call = (await stage.Get<CallLog>().List(CallScope.Machine, new())).Calls[0];
        var draft = await stage.Get<QuoteDesk>().Draft(new SaleHead(), me.Id, Actor.Console);
        var page = await place.NewSignedInPage();
        await Delay(page);

        foreach (var (address, drawn, focused) in ((string, string, string)[])
                 [
                     ("/por-devolver?caso=1", ".sheet .steps-list", ".sheet h2"), ($"/llamadas?llamada={call.Id}", ".sheet .party", ".sheet h2"), ($"/presupuestos/{draft.Id}", "[data-line]", "[data-plate]"),
                 ])
        {
            await page.GotoAsync(address);
            await Place.IsLive(page);
            await Expect(page.Locator(drawn).First).ToBeVisibleAsync();
            await Expect(page.Locator(focused).First).ToBeFocusedAsync();
        }

        await page.Keyboard.TypeAsync("1234bcd");
        await Expect(page.Locator("[data-plate]")).ToHaveValueAsync("1234bcd");

        // Who writes as soon as a page lives keeps the cursor and all his letters, however fast he is.
        await page.GotoAsync("/clientes");
        await Place.IsLive(page);
        await page.GetByRole(AriaRole.Searchbox).FocusAsync();
        await page.WaitForTimeoutAsync((float)(3 * Lag).TotalMilliseconds);
        await Expect(page.GetByRole(AriaRole.Searchbox)).ToBeFocusedAsync();
        await page.Keyboard.TypeAsync("tall", new() { Delay = 60 });
        await page.Keyboard.TypeAsync("eres", new() { Delay = 350 });
        await page.WaitForTimeoutAsync((float)(3 * Lag).TotalMilliseconds); // what comes late must not take letters away
        await Expect(page.GetByRole(AriaRole.Searchbox)).ToHaveValueAsync("talleres");

        // Two choices in a row: the second is made before the address has the first.
        await page.GotoAsync("/llamadas");
        await Place.IsLive(page);
        await page.GetByRole(AriaRole.Button, new() { Name = "7 días" }).ClickAsync();
        await page.GetByRole(AriaRole.Combobox, new() { Name = "Recuperación" }).SelectOptionAsync(new SelectOptionValue { Label = "Sin número" });
        await Expect(page).ToHaveURLAsync(new Regex(@"\?periodo=7-dias&recuperacion=sin-numero$"));
        await page.GoBackAsync();
        await Expect(page.Locator(".chip")).ToHaveCountAsync(1);
    }

    /// <summary>The second choice reaches the server while it reads for the first.</summary>
    [Theory]
    [InlineData("/llamadas", "7 días", "Línea", "periodo=7-dias&linea=")]
    [InlineData("/panel", "7 días", "Línea", "periodo=7-dias&linea=")]
    [InlineData("/informes", "Mes", "Línea", "periodo=mes&linea=")]
    public async Task Of_two_filters_chosen_in_one_breath_none_is_lost(string address, string period, string label, string asked)
    {
        await using var place = await Place.Open(chromium);
        await using var room = await PhoneRoom.Connect(place);
        await room.Remember([room.Past("m", DateTimeOffset.UtcNow.AddHours(-1), Number, answered: false, "201")]);
        var page = await place.NewSignedInPage();
        await page.GotoAsync(address);
        await Place.IsLive(page);
        await Expect(page.Locator($"select[aria-label='{label}'] option")).ToHaveCountAsync(2);
        await page.EvaluateAsync(
            """
            ([period, label]) => {
              [...document.querySelectorAll('button')].find(button => button.textContent.trim() === period).click();
              const select = document.querySelector(`select[aria-label='${label}']`);
              select.selectedIndex = 1;
              select.dispatchEvent(new Event('change', { bubbles: true }));
            }
            """, new[] { period, label });
        await Expect(page).ToHaveURLAsync(new Regex(Regex.Escape(asked)));
    }

    [Fact]
    public async Task Of_two_things_changed_in_one_breath_in_a_schedule_none_is_lost()
    {
        await using var place = await Place.Open(chromium);
        await using var room = await PhoneRoom.Connect(place);
        var page = await place.NewSignedInPage();
        await page.GotoAsync("/informes/programados");
        await Place.IsLive(page);
        await page.GetByRole(AriaRole.Button, new() { Name = "Programar un informe" }).ClickAsync();
        await Expect(page.GetByLabel("Nombre")).ToBeVisibleAsync();
        await page.EvaluateAsync(
            """
            () => {
              const change = (element, value) => { element.value = value; element.dispatchEvent(new Event('change', { bubbles: true })); };
              change([...document.querySelectorAll('select')].find(select => [...select.options].some(option => option.value === 'Weekly')), 'Weekly');
              change(document.querySelector('form input[required]'), 'Los lunes');
            }
            """);
        await Expect(page.GetByRole(AriaRole.Combobox, new() { Name = "Día de la semana", Exact = true })).ToBeVisibleAsync();
        await page.WaitForTimeoutAsync((float)Lag.TotalMilliseconds); // what comes late must not take it away
        await Expect(page.GetByRole(AriaRole.Combobox, new() { Name = "Día de la semana", Exact = true })).ToBeVisibleAsync();
        await Expect(page.GetByLabel("Nombre")).ToHaveValueAsync("Los lunes");
    }

    /// <summary>What the browser says reaches the server late, and in its order.</summary>
    static Task Delay(IPage page) => page.RouteWebSocketAsync("**/_blazor**", socket =>
    {
        var server = socket.ConnectToServer();
        var waiting = Channel.CreateUnbounded<(long Since, IWebSocketFrame Frame)>();
        socket.OnMessage(frame => waiting.Writer.TryWrite((Stopwatch.GetTimestamp(), frame)));
        _ = Task.Run(async () =>
        {
            await foreach (var (since, frame) in waiting.Reader.ReadAllAsync())
            {
                if (Lag - Stopwatch.GetElapsedTime(since) is { Ticks: > 0 } rest) await Task.Delay(rest);
                if (frame.Binary is { } bytes) server.Send(bytes);
                else server.Send(frame.Text!);
            }
        });
    });
}
