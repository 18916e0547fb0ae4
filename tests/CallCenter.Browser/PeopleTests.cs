using CallCenter.Audit;
using CallCenter.Storage;
using CallCenter.Teams;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace CallCenter.Browser;

public sealed class PeopleTests(Chromium chromium)
{
    const string Eva = "eva@example.com";

    [Fact]
    public async Task An_administrator_adds_an_operator_and_sees_in_sentences_what_follows()
    {
        await using var place = await Place.Open(chromium);
        var page = await place.NewSignedInPage();
        await page.GetByRole(AriaRole.Link, new() { Name = "Usuarios" }).ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Añadir persona" }).ClickAsync();
        await page.GetByLabel("Nombre").FillAsync("Eva <script>alert(1)</script>");
        await page.GetByLabel("Correo electrónico").FillAsync(Eva);
        await Expect(page.GetByText("Ve solo sus llamadas")).ToBeVisibleAsync();
        await page.GetByText("Ver las llamadas de todos los operadores").ClickAsync();
        await Expect(page.GetByText("Ve las llamadas de todos los operadores y equipos")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Guardar" }).ClickAsync();

        await Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToContainTextAsync("Eva <script>");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Acceso" })).ToBeVisibleAsync();
        await AccountTests.IsAccessible(page);
        await page.GotoAsync("/configuracion/usuarios");
        await Place.IsLive(page);
        await Expect(page.GetByRole(AriaRole.Row)).ToHaveCountAsync(3);
        await AccountTests.IsAccessible(page);
    }

    [Fact]
    public async Task A_role_taken_in_one_browser_takes_effect_in_the_other_within_five_seconds()
    {
        await using var place = await Place.Open(chromium);
        await AddEva(place);
        var administrator = await place.NewSignedInPage();
        var page = await place.NewPage();
        await Place.SignIn(page, Eva);
        await Expect(page.GetByRole(AriaRole.Link, new() { Name = "Usuarios" })).ToHaveCountAsync(0);

        await administrator.GotoAsync("/configuracion/usuarios");
        await Place.IsLive(administrator);
        await administrator.GetByRole(AriaRole.Link, new() { Name = "Eva" }).ClickAsync();
        await administrator.GetByText("Atiende y hace llamadas, y ve las suyas.").ClickAsync();
        await administrator.GetByRole(AriaRole.Button, new() { Name = "Guardar" }).ClickAsync();

        await Expect(page.GetByText("No tiene permiso para ver esta página")).ToBeVisibleAsync(new() { Timeout = 5_000 });
        await Expect(page.GetByRole(AriaRole.Link, new() { Name = "Llamadas" })).ToHaveCountAsync(0);
    }

    static async Task AddEva(Place place)
    {
        await using var db = await Db.Open(place.Database);
        var personnel = new Personnel(db, TimeProvider.System);
        var users = new Users(db, personnel, new AuditLog(db, TimeProvider.System), TimeProvider.System);
        await users.Add(new NewPerson(Eva, "Eva", [Role.Operator]), Place.Password, Authority.Console);
    }
}
