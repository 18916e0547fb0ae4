using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace CallCenter.Browser;

public sealed partial class SigningInTests(Chromium chromium)
{
    [Fact]
    public async Task The_first_visit_creates_the_administrator_with_the_code_from_the_console_and_only_once()
    {
        await using var place = await Place.Open(chromium, withAdministrator: false);
        var page = await place.NewPage();
        await page.GotoAsync("/llamadas");
        await Expect(page).ToHaveURLAsync(SetUp());

        await Fill(page, "AAAA-BBBB-CCCC");
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("El código no es correcto");
        await Expect(page.GetByLabel("Nombre")).ToHaveValueAsync("Ana Gómez");

        await Fill(page, place.SetUpCode.ToLowerInvariant());
        await page.WaitForURLAsync("**/llamadas");
        await Place.IsLive(page);
        await Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("Llamadas");

        var stranger = await place.NewPage();
        await stranger.GotoAsync("/configuracion-inicial");
        await Expect(stranger).ToHaveURLAsync(new Regex("/entrar$"));
    }

    [Fact]
    public async Task A_page_asked_for_without_a_session_comes_after_signing_in()
    {
        await using var place = await Place.Open(chromium);
        var page = await place.NewPage();
        await page.GotoAsync("/llamadas?missed=true");
        await Expect(page).ToHaveURLAsync(new Regex("/entrar\\?volver="));

        await page.GetByLabel("Correo electrónico").FillAsync(Place.Email);
        await page.GetByLabel("Contraseña").FillAsync("no es esta frase");
        await page.GetByRole(AriaRole.Button, new() { Name = "Entrar", Exact = true }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("no son correctos");

        await page.GetByLabel("Contraseña").FillAsync(Place.Password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Entrar", Exact = true }).ClickAsync();
        await Expect(page).ToHaveURLAsync(new Regex("/llamadas\\?missed=true$"));
    }

    [Fact]
    public async Task After_five_wrong_passwords_the_right_one_does_not_open_either()
    {
        await using var place = await Place.Open(chromium);
        var page = await place.NewPage();
        await page.GotoAsync("/entrar");
        for (var i = 0; i < CallCenter.Teams.Users.FailuresMax; i++) await Try("no es esta frase");
        await Try(Place.Password);
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("Tras varios intentos fallidos la cuenta se bloquea unos minutos.");
        await page.GotoAsync("/llamadas");
        await Expect(page).ToHaveURLAsync(new Regex("/entrar"));

        async Task Try(string password)
        {
            await page.GetByLabel("Correo electrónico").FillAsync(Place.Email);
            await page.GetByLabel("Contraseña").FillAsync(password);
            await page.RunAndWaitForResponseAsync(() => page.Keyboard.PressAsync("Enter"), answer => answer.Request.Method == "POST");
            await Expect(page.GetByRole(AriaRole.Alert)).ToBeVisibleAsync();
        }
    }

    [Fact]
    public async Task Signing_out_ends_every_open_screen_of_that_session_within_five_seconds()
    {
        await using var place = await Place.Open(chromium);
        var page = await place.NewSignedInPage();
        var other = await page.Context.NewPageAsync();
        await other.GotoAsync("/llamadas");
        await Place.IsLive(other);
        await page.BringToFrontAsync();
        await Place.IsLive(page);

        await page.GetByRole(AriaRole.Button, new() { Name = "Menú de Ana Gómez" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Salir" }).ClickAsync();
        await Expect(page).ToHaveURLAsync(new Regex("/entrar$"));
        await Expect(other).ToHaveURLAsync(new Regex("/entrar"), new() { Timeout = 5000 });
    }

    [Fact]
    public async Task The_language_is_the_persons_and_changes_without_losing_the_place()
    {
        await using var place = await Place.Open(chromium);
        var stranger = await place.NewPage(locale: "en-GB");
        await stranger.GotoAsync("/entrar");
        await Expect(stranger.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("Sign in");

        var page = await place.NewSignedInPage(locale: "en-GB");
        await page.GotoAsync("/llamadas?missed=true");
        await Place.IsLive(page);
        await Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("Llamadas");
        await page.GetByRole(AriaRole.Button, new() { Name = "Menú de Ana Gómez" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "English" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("Calls");
        await Expect(page).ToHaveURLAsync(new Regex("missed=true$"));
    }

    static async Task Fill(IPage page, string code)
    {
        await page.GetByLabel("Código de configuración").FillAsync(code);
        await page.GetByLabel("Nombre").FillAsync("Ana Gómez");
        await page.GetByLabel("Correo electrónico").FillAsync(Place.Email);
        await page.GetByLabel("Contraseña").FillAsync(Place.Password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Crear y entrar" }).ClickAsync();
    }

    [GeneratedRegex("/configuracion-inicial$")]
    private static partial Regex SetUp();
}
