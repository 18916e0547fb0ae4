using System.Text.RegularExpressions;
using CallCenter.Commands;
using CallCenter.Teams;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace CallCenter.Browser;

public sealed class WallboardTests(Chromium chromium)
{
    [Fact]
    public async Task The_screen_shows_who_waits_within_two_seconds_and_greyed_and_dated_numbers_while_the_server_is_away()
    {
        await using var place = await Place.Open(chromium);
        await using var room = await PhoneRoom.Connect(place);
        var page = await place.NewSignedInPage();
        await page.GotoAsync("/panel");
        await Place.IsLive(page);
        var screen = await page.Context.RunAndWaitForPageAsync(() => page.GetByRole(AriaRole.Link, new() { Name = "Pantalla", Exact = true }).ClickAsync());
        await Expect(Board(screen)).ToHaveAttributeAsync("data-state", "live");
        await Expect(Value(screen, "Waiting")).ToHaveTextAsync("0");
        await Looks.AreSound(screen);

        // The first call that a server hears finds it cold; the second is what people see.
        await room.Ring("one", "+34612345678");
        await Expect(Value(screen, "Waiting")).ToHaveTextAsync("1");
        await room.Ring("two", "+34612345679");
        await Expect(Value(screen, "Waiting")).ToHaveTextAsync("2", new() { Timeout = 2000 });
        await Expect(screen.Locator("[data-measure=Waiting] time-run")).ToHaveTextAsync(new Regex("^00:[0-5]"));
        await room.GiveUp("one");
        await Expect(Value(screen, "Waiting")).ToHaveTextAsync("1");
        await Expect(Value(screen, "Misses")).ToHaveTextAsync("1");
        await Looks.AreSound(screen);

        await place.Kill();
        await Expect(Board(screen)).ToHaveAttributeAsync("data-state", "stale", new() { Timeout = 5000 });
        await Expect(screen.GetByRole(AriaRole.Status)).ToContainTextAsync("Sin conexión");
        await Expect(screen.Locator(".wb-until")).ToHaveTextAsync(new Regex(@"datos hasta \d\d:\d\d:\d\d"));
        await Expect(Value(screen, "Waiting")).ToHaveTextAsync("1"); // not zero
        await Expect(screen.Locator("time-run, time-ago")).ToHaveCountAsync(0); // and no wait that goes on
        await Looks.AreSound(screen);

        await place.Start();
        await Expect(Board(screen)).ToHaveAttributeAsync("data-state", "live", new() { Timeout = 20_000 });
        await room.Ring("three", "+34612345670");
        await Expect(Value(screen, "Waiting")).ToHaveTextAsync("2");

        // Black and white, with and without queues, is an address.
        await screen.GotoAsync("/pantalla?tema=blanco&colas=si");
        await Expect(screen.Locator(".wb-queues li")).ToHaveTextAsync(["ventas 2"]);
        await Looks.AreSound(screen);
        await screen.GotoAsync("/pantalla?linea=%2B34910000000");
        await Expect(screen.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToContainTextAsync("910 00 00 00");
        await screen.SetViewportSizeAsync(390, 844);
        await Looks.AreSound(screen);
    }

    [Fact]
    public async Task A_link_shows_its_team_in_a_browser_without_a_session_until_it_is_revoked()
    {
        await using var place = await Place.Open(chromium);
        await using var room = await PhoneRoom.Connect(place);
        await using (var stage = await Backstage.Open(place.Database, mayCreate: false, default))
            foreach (var name in (string[])["ventas", "taller"])
            {
                var team = await stage.Get<TeamBook>().Add(name, TeamType.Sales, Authority.Console);
                await stage.Get<TeamBook>().GiveLine(team.Id, room.Connection, LineKind.Queue, name, null, true, Authority.Console);
            }

        var page = await place.NewSignedInPage();
        await page.GetByRole(AriaRole.Link, new() { Name = "Pantallas" }).ClickAsync();
        await Looks.AreSound(page);
        await page.GetByRole(AriaRole.Button, new() { Name = "Nuevo enlace" }).ClickAsync();
        await page.GetByLabel("Nombre").FillAsync("Sala de ventas");
        await page.GetByLabel("ventas", new() { Exact = true }).CheckAsync();
        await page.GetByLabel("Caduca").SelectOptionAsync("30");
        await page.GetByLabel("Mostrar también cuántos esperan en cada cola").CheckAsync();
        await Looks.AreSound(page);
        await page.GetByRole(AriaRole.Button, new() { Name = "Crear el enlace" }).ClickAsync();
        var address = await page.GetByRole(AriaRole.Textbox, new() { Name = "Enlace «Sala de ventas»" }).InputValueAsync();
        Assert.StartsWith($"{place.Address}/pantalla/", address);
        await Looks.AreSound(page);

        var screen = await place.NewPage(1920, 1080);
        await screen.GotoAsync(address);
        await Expect(Board(screen)).ToHaveAttributeAsync("data-state", "live");
        await Expect(screen.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToContainTextAsync("ventas");
        await room.Ring("hers", "+34612345678", queue: "ventas", name: "Talleres Secretos");
        await room.Ring("other", "+34612345679", queue: "taller");
        await Expect(Value(screen, "Waiting")).ToHaveTextAsync("1");
        await Expect(screen.Locator(".wb-queues li")).ToHaveTextAsync(["ventas 1"]);
        Assert.DoesNotContain("Secretos", await screen.InnerTextAsync("body"), StringComparison.Ordinal);
        await Looks.AreSound(screen);
        await Expect(page.GetByRole(AriaRole.Row, new() { Name = "Sala de ventas" })).ToContainTextAsync("hace"); // somebody looks

        // The link opens the screen and nothing else.
        await screen.EvaluateAsync("fetch('/pantalla/directo', { redirect: 'manual' }).then(answer => { document.title = answer.type })");
        await Expect(screen).ToHaveTitleAsync("opaqueredirect");

        await page.GetByRole(AriaRole.Button, new() { Name = "Anular el enlace «Sala de ventas»" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Sí, anularlo" }).ClickAsync();
        await Expect(screen.GetByRole(AriaRole.Heading, new() { Name = "Este enlace ya no sirve" })).ToBeVisibleAsync(new() { Timeout = 6000 });
        await Expect(screen.Locator(".wb-tile")).ToHaveCountAsync(0);
        await Looks.AreSound(screen);
        await Expect(page.GetByRole(AriaRole.Row, new() { Name = "Sala de ventas" })).ToContainTextAsync("Anulado");

        // What the screen warns of is the administrator's to say.
        await page.GetByLabel("Clientes en cola: atención").FillAsync("9");
        await page.GetByRole(AriaRole.Button, new() { Name = "Guardar" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("de 9 a 1");
        await page.GetByLabel("Clientes en cola: crítico").FillAsync("12");
        await page.GetByRole(AriaRole.Button, new() { Name = "Guardar" }).ClickAsync();
        await Expect(page.GetByText("Guardado")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Nothing_stands_on_the_same_spot_of_a_screen_for_years_unless_motion_disturbs()
    {
        await using var place = await Place.Open(chromium);
        var page = await place.NewSignedInPage();
        await page.EmulateMediaAsync(new() { ReducedMotion = ReducedMotion.NoPreference });
        await page.Clock.InstallAsync();
        await page.GotoAsync("/pantalla");
        await Expect(Board(page)).ToHaveAttributeAsync("data-state", "live");
        await page.Clock.FastForwardAsync(61_000);
        await Expect(page.Locator("[data-sheet]")).ToHaveAttributeAsync("style", new Regex(@"translate\([1-9]"));
        await page.EmulateMediaAsync(new() { ReducedMotion = ReducedMotion.Reduce });
        await page.Clock.FastForwardAsync(61_000);
        await Expect(page.Locator("[data-sheet]")).ToHaveAttributeAsync("style", new Regex(@"translate\(0px, 0px\)"));
    }

    static ILocator Board(IPage page) => page.Locator("[data-board]");

    static ILocator Value(IPage page, string measure) => page.Locator($"[data-measure={measure}] .wb-value");
}
