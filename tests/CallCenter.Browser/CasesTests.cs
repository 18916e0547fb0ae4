using System.Text.RegularExpressions;
using CallCenter.Commands;
using CallCenter.Teams;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace CallCenter.Browser;

public sealed class CasesTests(Chromium chromium)
{
    const string Eva = "eva@example.com", Luis = "luis@example.com", Boss = "jefa@example.com";
    const string Customer = "+34612345678", Shown = "612 34 56 78";

    [Fact]
    public async Task A_missed_call_appears_for_the_right_people_is_reserved_while_called_back_and_leaves_all_lists_with_who_and_how_fast()
    {
        await using var place = await Place.Open(chromium);
        await using var room = await PhoneRoom.Connect(place);
        await Staff(place, room);
        var (hers, his, managers) = (await Page(place, Eva), await Page(place, Luis), await Page(place, Boss));
        await Expect(hers.GetByText("No hay llamadas por devolver. Buen trabajo.")).ToBeVisibleAsync();

        await room.Ring("c-1", Customer, name: "Talleres Ruiz");
        await room.GiveUp("c-1");
        foreach (var page in (IPage[])[hers, managers])
        {
            // Within a second, and somewhat more because this machine draws three browsers.
            await Expect(Rows(page)).ToContainTextAsync(Shown, new() { Timeout = 3000 });
            await Expect(Rows(page)).ToContainTextAsync("Talleres Ruiz");
            await Expect(Rows(page)).ToContainTextAsync("Eva");
            await Expect(page.Locator(".nav .badge")).ToHaveTextAsync("1");
        }

        await Expect(Rows(his)).ToHaveCountAsync(0); // it rang at Eva's

        await Rows(hers).GetByRole(AriaRole.Link, new() { Name = $"Llamar a {Shown}" }).ClickAsync();
        await Expect(Rows(managers)).ToContainTextAsync("la tiene Eva");
        await Expect(Rows(managers).GetByRole(AriaRole.Link, new() { Name = $"Llamar a {Shown}" })).ToHaveCountAsync(0);
        await room.Tell(
            new("call.started", "o-1", Seq: 1, From: "201", To: Customer, Line: "+34910000000", Who: "201", Result: "outbound"),
            new("leg.ringing", "o-1", Seq: 2, Leg: "o-1", Who: Customer, Role: "outside"));
        await Expect(Rows(managers)).ToContainTextAsync("Eva llamando…");

        await room.Tell(new CallCenter.Telephony.Providers.SimulatedPhoneSystem.Message("leg.answered", "o-1", Seq: 3, Leg: "o-1"));
        foreach (var page in (IPage[])[hers, managers]) await Expect(Rows(page)).ToContainTextAsync(new Regex(@"recuperada por Eva en \d+ s"));
        foreach (var page in (IPage[])[hers, managers])
        {
            await Expect(Rows(page)).ToHaveCountAsync(0, new() { Timeout = 10_000 });
            await Expect(page.Locator(".nav .badge")).ToHaveCountAsync(0);
        }

        await managers.GetByRole(AriaRole.Link, new() { NameRegex = new Regex("Recuperadas hoy") }).ClickAsync();
        await Expect(Rows(managers)).ToContainTextAsync("recuperada por Eva");
    }

    [Theory]
    [InlineData(1280, 720, ColorScheme.Light)]
    [InlineData(390, 844, ColorScheme.Dark)]
    public async Task A_case_is_taken_put_off_closed_with_a_reason_and_brought_back(int width, int height, ColorScheme scheme)
    {
        await using var place = await Place.Open(chromium);
        await using var room = await PhoneRoom.Connect(place);
        await Staff(place, room);
        var now = DateTimeOffset.UtcNow;
        await room.Remember([
            room.Past("a", now.AddMinutes(-30), Customer, answered: false, "205", name: "Talleres Ruiz"), room.Past("b", now.AddMinutes(-20), Customer, answered: false, "205"),
            room.Past("c", now.AddDays(-40), "+34600000001", answered: false, "205"), room.Past("d", now.AddMinutes(-10), "anonymous", answered: false, "205")]);
        var page = await Page(place, Eva, width, height, scheme);
        await Expect(Rows(page)).ToHaveCountAsync(2); // that of forty days ago, too
        await Looks.AreSound(page);

        await Rows(page).Filter(new() { HasText = Shown }).GetByRole(AriaRole.Link).First.ClickAsync();
        var sheet = page.Locator(".sheet");
        await Expect(sheet).ToContainTextAsync("Llamadas perdidas (2)");
        await Expect(sheet).ToContainTextAsync("Valor en juego");
        await Looks.AreSound(page);
        await sheet.GetByRole(AriaRole.Button, new() { Name = "Tomar" }).ClickAsync();
        await Expect(sheet).ToContainTextAsync("tomada o asignada");
        await sheet.GetByLabel("Aplazar").SelectOptionAsync(new SelectOptionValue { Label = "2 horas" });
        await Expect(sheet).ToContainTextAsync("Aplaza");
        await sheet.GetByLabel("Nota (opcional)").FillAsync("llamar a la tarde");
        await sheet.GetByRole(AriaRole.Button, new() { Name = "Ya resuelto" }).ClickAsync();
        await Expect(sheet.Locator("header")).ToContainTextAsync("cerrada por Eva: Resuelto");
        await Expect(sheet).ToContainTextAsync("llamar a la tarde");
        await sheet.GetByRole(AriaRole.Button, new() { Name = "Reabrir" }).ClickAsync();
        await Expect(sheet.Locator("header")).ToContainTextAsync("Por devolver");
        await page.Keyboard.PressAsync("Escape");

        await page.GotoAsync("/por-devolver?solo=no-recuperadas&motivo=colgo-en-espera&ver=mias");
        await Expect(Rows(page)).ToHaveCountAsync(1);
        await page.ReloadAsync();
        await Expect(Rows(page)).ToHaveCountAsync(1);
    }

    static ILocator Rows(IPage page) => page.Locator("tr[data-row]");

    static async Task<IPage> Page(Place place, string email, int width = 1280, int height = 720, ColorScheme scheme = ColorScheme.Light)
    {
        var page = await place.NewPage(width, height, scheme);
        await Place.SignIn(page, email);
        await page.GotoAsync("/por-devolver");
        await Place.IsLive(page);
        return page;
    }

    static async Task Staff(Place place, PhoneRoom room)
    {
        await using var stage = await Backstage.Open(place.Database, mayCreate: false, default);
        var (users, book) = (stage.Get<Users>(), stage.Get<TeamBook>());
        async Task<string> Add(string email, string name, Role role) => (await users.Add(new NewPerson(email, name, [role]), Place.Password, Authority.Console)).Id;
        var (eva, luis, boss) = (await Add(Eva, "Eva", Role.Operator), await Add(Luis, "Luis", Role.Operator), await Add(Boss, "Jefa", Role.Manager));
        var team = (await book.Add("Mostrador", TeamType.CallCenter, Authority.Console)).Id;
        await book.Change(team, known => known with { Manager = boss }, Authority.Console);
        await book.GiveLine(team, room.Connection, LineKind.Queue, "ventas", DateTimeOffset.MinValue, fillsPast: false, Authority.Console);
        foreach (var (person, extension) in ((string, string)[])[(eva, "201"), (luis, "202")])
        {
            await book.AddMember(team, person, DateTimeOffset.MinValue, Authority.Console);
            await book.GiveExtension(person, room.Connection, extension, DateTimeOffset.MinValue, Authority.Console);
        }
    }
}
