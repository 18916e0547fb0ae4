using System.Globalization;
using System.Text.RegularExpressions;
using CallCenter.Audit;
using CallCenter.Commands;
using CallCenter.Customers;
using CallCenter.Teams;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace CallCenter.Browser;

public sealed class ReportsTests(Chromium chromium)
{
    const string Eva = "eva@example.com", Boss = "jefa@example.com";

    [Fact]
    public async Task A_manager_reads_a_report_sorts_it_takes_all_of_it_away_and_prints_it_and_an_operator_sees_her_own()
    {
        await using var place = await Place.Open(chromium);
        await using var room = await PhoneRoom.Connect(place);
        await using (var stage = await Backstage.Open(place.Database, mayCreate: false, default))
        {
            var (users, book) = (stage.Get<Users>(), stage.Get<TeamBook>());
            var eva = await users.Add(new NewPerson(Eva, "Eva", [Role.Operator]), Place.Password, Authority.Console);
            await users.Add(new NewPerson(Boss, "Jefa", [Role.Manager]), Place.Password, Authority.Console);
            await book.GiveExtension(eva.Id, room.Connection, "201", DateTimeOffset.MinValue, Authority.Console);
            foreach (var number in (string[])["+34612345600", "+34612345601"]) await stage.Get<CustomerBook>().Add(new Customer(0, CustomerKind.Company, "Talleres Gemelos"), PhoneNumber.Parse(number, "ES"), Actor.Console);
        }

        // Where those at the screens are: for an hour or two it is another day there than in UTC.
        var madrid = TimeZoneInfo.FindSystemTimeZoneById("Europe/Madrid");
        var noon = LocalDay.At(LocalDay.Of(DateTimeOffset.UtcNow, madrid).AddDays(-1), new(12, 0), madrid);
        await room.Remember(
        [
            .. Enumerable.Range(0, 3).Select(i => room.Past($"a{i}", noon.AddMinutes(i), $"+3461234560{i}", answered: true, "201")),
            .. Enumerable.Range(0, 5).Select(i => room.Past($"b{i}", noon.AddMinutes(45 + i), "+34612345610", answered: true, "202")),
            .. Enumerable.Range(0, 2).Select(i => room.Past($"m{i}", noon.AddMinutes(50 + i), $"+3461234562{i}", answered: false, "202")),
        ]);

        var page = await place.NewPage(1280, 720, ColorScheme.Light);
        await Place.SignIn(page, Boss);
        await page.GetByRole(AriaRole.Link, new() { Name = "Informes" }).ClickAsync();
        await Place.IsLive(page);
        await page.GetByRole(AriaRole.Button, new() { Name = "Operador", Exact = true }).ClickAsync();
        await Expect(page).ToHaveURLAsync(new Regex("informe=operador"));
        await Expect(Rows(page)).ToHaveTextAsync([new Regex("^\\s*202"), new Regex("^\\s*Eva"), new Regex("^\\s*Sin operador")]);
        await Expect(Total(page)).ToHaveTextAsync("10");
        await Looks.AreSound(page);

        // Sorted by what is clicked, the most first and then the least.
        await page.GetByRole(AriaRole.Link, new() { Name = "Perdidas", Exact = true }).ClickAsync();
        await Expect(Rows(page).First).ToContainTextAsync("Sin operador");
        await page.GetByRole(AriaRole.Link, new() { Name = "Perdidas", Exact = true }).ClickAsync();
        await Expect(Rows(page).Last).ToContainTextAsync("Sin operador");
        await page.GetByLabel("Columnas").SelectOptionAsync("Recovery");
        await Expect(page.GetByRole(AriaRole.Columnheader, new() { Name = "Recuperaciones hechas", Exact = true })).ToBeVisibleAsync();

        // Two customers of one name are two rows.
        await page.GetByRole(AriaRole.Button, new() { Name = "Cliente", Exact = true }).ClickAsync();
        await Expect(Rows(page).Filter(new() { HasText = "Talleres Gemelos" })).ToHaveCountAsync(2);
        await page.GetByRole(AriaRole.Button, new() { Name = "Operador", Exact = true }).ClickAsync();

        // A row leads to as many calls as it counts.
        await page.GetByRole(AriaRole.Link, new() { Name = "Eva" }).ClickAsync();
        await Expect(page.Locator(".call-list tbody:not(.live) tr[data-row]")).ToHaveCountAsync(3);
        await page.GoBackAsync();

        // The file has what the screen has, and adds up to its total.
        var download = await page.RunAndWaitForDownloadAsync(() => page.GetByRole(AriaRole.Link, new() { Name = "Texto (CSV)" }).ClickAsync());
        var lines = (await File.ReadAllLinesAsync(await download.PathAsync())).SkipWhile(line => line.TrimStart('\uFEFF').StartsWith("# ", StringComparison.Ordinal)).Select(line => line.Split(',')).ToList();
        Assert.Equal("Operador", lines[0][0]);
        Assert.Equal("10", lines[^1][1]);
        Assert.Equal(10, lines.Skip(1).SkipLast(1).Sum(line => int.Parse(line[1], CultureInfo.InvariantCulture)));
        await page.RunAndWaitForDownloadAsync(() => page.GetByRole(AriaRole.Link, new() { Name = "Hoja de cálculo" }).ClickAsync());

        // On paper there is the report and what its columns mean, and nothing to press.
        await page.EmulateMediaAsync(new() { Media = Media.Print });
        await Expect(page.GetByRole(AriaRole.Navigation, new() { Name = "Principal" })).ToBeHiddenAsync();
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Imprimir" })).ToBeHiddenAsync();
        await Expect(page.Locator(".report-terms")).ToContainTextAsync("Perdidas, de cualquier día, que recuperaron");
        await page.EmulateMediaAsync(new() { Media = Media.Screen });

        // What is looked at can go out by mail, and it is seen what became of it.
        await page.GetByRole(AriaRole.Link, new() { Name = "Programar" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Combobox, new() { Name = "Informe", Exact = true })).ToHaveValueAsync("by-operator");
        await page.GetByLabel("Nombre").FillAsync("Operadores, los lunes");
        await page.GetByRole(AriaRole.Combobox, new() { Name = "Cuándo", Exact = true }).SelectOptionAsync("Weekly");
        await page.GetByLabel("Hora de cada lector").FillAsync("07:30");
        await Looks.AreSound(page);
        await page.GetByRole(AriaRole.Button, new() { Name = "Guardar" }).ClickAsync();
        var sent = page.GetByRole(AriaRole.Region, new() { Name = "Operadores, los lunes", Exact = true });
        await Expect(sent).ToContainTextAsync("Lunes a las 07:30");
        await sent.GetByRole(AriaRole.Button, new() { Name = "Enviar ahora" }).ClickAsync();
        await Expect(sent).ToContainTextAsync("no salió: El servidor no tiene correo configurado.");
        await Looks.AreSound(page);
        await sent.GetByRole(AriaRole.Button, new() { Name = "Quitar" }).ClickAsync();
        await sent.GetByRole(AriaRole.Button, new() { Name = "Sí, quitarlo" }).ClickAsync();
        await Expect(page.GetByText("Todavía no sale ningún informe por correo")).ToBeVisibleAsync();

        var hers = await place.NewPage(390, 844, ColorScheme.Dark);
        await Place.SignIn(hers, Eva);
        await hers.GotoAsync("/informes?informe=operador&operador=202");
        await Place.IsLive(hers);
        await Expect(Total(hers)).ToHaveTextAsync("3"); // hers, whatever the address asks for
        await Expect(Rows(hers)).Not.ToContainTextAsync(["202"]);
        await Expect(hers.GetByRole(AriaRole.Link, new() { Name = "Texto (CSV)" })).ToHaveCountAsync(0);
        await Looks.AreSound(hers);
    }

    static ILocator Rows(IPage page) => page.Locator(".report tbody tr");

    static ILocator Total(IPage page) => page.Locator(".report tfoot .number").First;
}
