using System.Text.RegularExpressions;
using CallCenter.Commands;
using CallCenter.Teams;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace CallCenter.Browser;

public sealed class DashboardTests(Chromium chromium)
{
    const string Eva = "eva@example.com", Boss = "jefa@example.com";

    [Fact]
    public async Task A_manager_sees_the_figures_of_a_day_what_they_are_made_of_and_the_same_calls_behind_them_and_an_operator_only_her_own()
    {
        await using var place = await Place.Open(chromium);
        await using var room = await PhoneRoom.Connect(place);
        await Staff(place, room);
        // Yesterday at noon, so that the day has passed wherever this runs.
        // Where those at the screens are: for an hour or two it is another day there than in UTC.
        var madrid = TimeZoneInfo.FindSystemTimeZoneById("Europe/Madrid");
        var noon = LocalDay.At(LocalDay.Of(DateTimeOffset.UtcNow, madrid).AddDays(-1), new(12, 0), madrid);
        await room.Remember(
        [
            .. Enumerable.Range(0, 3).Select(i => room.Past($"a{i}", noon.AddMinutes(i), $"+3461234560{i}", answered: true, "201")),
            room.Past("b", noon.AddMinutes(45), "+34612345610", answered: true, "202"),
            .. Enumerable.Range(0, 2).Select(i => room.Past($"m{i}", noon.AddMinutes(50 + i), $"+3461234562{i}", answered: false, "202")),
        ]);

        var page = await Page(place, Boss, "/panel?periodo=ayer");
        await Expect(Tile(page, "Offered")).ToHaveTextAsync("6");
        await Expect(Tile(page, "AnswerRate")).ToHaveTextAsync(new Regex("66,7"));
        await Expect(Tile(page, "Open")).ToHaveTextAsync("2");
        await Expect(Widget(page, "users")).ToContainTextAsync("Eva (201)");
        await Expect(Widget(page, "users").Locator("tbody tr").First.Locator("td").First).ToHaveTextAsync("3");
        await Expect(Widget(page, "states").Locator(".total .number")).ToHaveTextAsync("6");
        await Expect(Widget(page, "missed").Locator("li")).ToHaveCountAsync(2);
        foreach (var widget in (string[])["days", "hours"])
        {
            await Widget(page, widget).GetByText("Ver como tabla").ClickAsync();
            await Expect(Widget(page, widget).Locator("tfoot .number").First).ToHaveTextAsync("6");
        }

        await Looks.AreSound(page);

        // The explanation of a figure leads to as many calls as it counts.
        await page.GetByRole(AriaRole.Link, new() { Name = "Explicar: Perdidas" }).ClickAsync();
        await Expect(page).ToHaveURLAsync(new Regex("explicar=perdidas"));
        await Expect(page.Locator(".explanation")).ToContainTextAsync("Europe/Madrid");
        await Looks.AreSound(page);
        await page.Locator("[data-part=Missed]").ClickAsync();
        await Expect(page.Locator(".call-list tbody:not(.live) tr[data-row]")).ToHaveCountAsync(2);
        await page.GoBackAsync();
        await Expect(page.Locator(".explanation")).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("Escape");
        await Expect(page.Locator(".explanation")).ToHaveCountAsync(0);

        // A filter is an address.
        await page.GetByLabel("Operador").SelectOptionAsync("201");
        await Expect(page).ToHaveURLAsync(new Regex("operador=201"));
        await Expect(Tile(page, "Offered")).ToHaveTextAsync("3");
        await page.GetByRole(AriaRole.Link, new() { Name = "Limpiar" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Solo no recuperadas" }).ClickAsync();
        await Expect(Tile(page, "Offered")).ToHaveTextAsync("2");

        // How many people the half hours needed, and what if.
        await page.GetByRole(AriaRole.Link, new() { Name = "Limpiar" }).ClickAsync();
        await Expect(Tile(page, "Offered")).ToHaveTextAsync("6");
        await page.GetByRole(AriaRole.Link, new() { Name = "Personas" }).ClickAsync();
        await Expect(page).ToHaveURLAsync(new Regex("horas=personas"));
        await Expect(Widget(page, "hours")).ToContainTextAsync("Personas que hacen falta por media hora.");
        await Widget(page, "hours").GetByText("Ver como tabla").ClickAsync();
        var needed = Widget(page, "hours").Locator("tbody tr").First.Locator("td").Nth(2);
        await Expect(needed).ToHaveTextAsync("1");
        await page.GetByLabel("% más de llamadas").FillAsync("500");
        await page.Keyboard.PressAsync("Tab");
        await Expect(needed).Not.ToHaveTextAsync("1");
        await Looks.AreSound(page);

        // Each arranges it for himself, and it stays so.
        await page.GetByRole(AriaRole.Button, new() { Name = "Ordenar el panel" }).ClickAsync();
        await page.GetByRole(AriaRole.Group, new() { Name = "Llamadas por hora" }).GetByRole(AriaRole.Button, new() { Name = "Mover antes" }).ClickAsync();
        await page.GetByRole(AriaRole.Group, new() { Name = "Presupuestos por marca" }).GetByRole(AriaRole.Button, new() { Name = "Ocultar" }).ClickAsync();
        await Expect(page.Locator("[data-place]").First).ToHaveAttributeAsync("data-place", "hours");
        await Looks.AreSound(page);
        await page.ReloadAsync();
        await Place.IsLive(page);
        await Expect(page.Locator("[data-place]").First).ToHaveAttributeAsync("data-place", "hours");
        await Expect(Widget(page, "brands")).ToHaveCountAsync(0);
        await page.GetByRole(AriaRole.Button, new() { Name = "Ordenar el panel" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Como viene de serie" }).ClickAsync();
        await Expect(Widget(page, "brands")).ToBeVisibleAsync();

        // Without anybody's doing a call that ends is in the figures.
        await page.GotoAsync("/panel");
        await Place.IsLive(page);
        await Expect(Tile(page, "Offered")).ToHaveTextAsync("0");
        await room.Ring("live", "+34612345699");
        await room.GiveUp("live");
        await Expect(Tile(page, "Missed")).ToHaveTextAsync("1", new() { Timeout = 10_000 });

        var hers = await Page(place, Eva, "/panel?periodo=ayer&operador=202", 390, 844, ColorScheme.Dark);
        await Expect(Tile(hers, "Offered")).ToHaveTextAsync("3"); // hers, whatever the address asks for
        await Expect(Widget(hers, "users")).Not.ToContainTextAsync("(202)");
        await hers.GetByRole(AriaRole.Button, new() { Name = "Filtros" }).ClickAsync();
        await Expect(hers.GetByLabel("Operador")).ToHaveCountAsync(0);
        await Looks.AreSound(hers);
    }

    static ILocator Tile(IPage page, string figure) => page.Locator($"[data-figure={figure}] .tile-value");

    static ILocator Widget(IPage page, string name) => page.Locator($"[data-widget={name}]");

    static async Task<IPage> Page(Place place, string email, string address, int width = 1280, int height = 720, ColorScheme scheme = ColorScheme.Light)
    {
        var page = await place.NewPage(width, height, scheme);
        await Place.SignIn(page, email);
        await page.GotoAsync(address);
        await Place.IsLive(page);
        return page;
    }

    static async Task Staff(Place place, PhoneRoom room)
    {
        await using var stage = await Backstage.Open(place.Database, mayCreate: false, default);
        var (users, book) = (stage.Get<Users>(), stage.Get<TeamBook>());
        var eva = await users.Add(new NewPerson(Eva, "Eva", [Role.Operator]), Place.Password, Authority.Console);
        await users.Add(new NewPerson(Boss, "Jefa", [Role.Manager]), Place.Password, Authority.Console);
        await book.GiveExtension(eva.Id, room.Connection, "201", DateTimeOffset.MinValue, Authority.Console);
    }
}
