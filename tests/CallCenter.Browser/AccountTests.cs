using System.Text.RegularExpressions;
using CallCenter.Tests.SigningIn;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace CallCenter.Browser;

public sealed class AccountTests(Chromium chromium)
{
    [Fact]
    public async Task An_authenticator_is_set_up_and_from_then_on_its_code_is_asked_for_after_the_password()
    {
        await using var place = await Place.Open(chromium);
        var page = await place.NewSignedInPage();
        await page.GetByRole(AriaRole.Button, new() { Name = "Menú de Ana Gómez" }).ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Mi cuenta" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("Mi cuenta");
        await Looks.AreSound(page);

        await page.GetByRole(AriaRole.Button, new() { Name = "Configurar" }).ClickAsync();
        var key = await page.Locator(".key-text").InnerTextAsync();
        await Expect(page.GetByRole(AriaRole.Img, new() { Name = "Código QR" })).ToBeVisibleAsync();
        await Looks.AreSound(page);
        await page.GetByLabel("Código que muestra").FillAsync(Totp.Code(key, -1));
        await page.GetByRole(AriaRole.Button, new() { Name = "Activar" }).ClickAsync();
        await Expect(page.Locator(".recovery-codes li")).ToHaveCountAsync(10);
        var recovery = await page.Locator(".recovery-codes li").First.InnerTextAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Ya los he guardado" }).ClickAsync();
        await Expect(page.GetByText("Códigos de recuperación sin usar: 10")).ToBeVisibleAsync();

        var other = await place.NewPage();
        await GivePassword(other);
        await Expect(other.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("Código de verificación");
        await Looks.AreSound(other);
        await other.GetByLabel("Código").FillAsync("000000");
        await other.GetByRole(AriaRole.Button, new() { Name = "Entrar", Exact = true }).ClickAsync();
        await Expect(other.GetByRole(AriaRole.Alert)).ToContainTextAsync("no es correcto");
        await other.GetByLabel("Código").FillAsync(Totp.Code(key));
        await other.GetByRole(AriaRole.Button, new() { Name = "Entrar", Exact = true }).ClickAsync();
        await Expect(other).ToHaveURLAsync(new Regex("/llamadas"));

        var third = await place.NewPage();
        await GivePassword(third);
        await third.GetByLabel("Código").FillAsync(recovery);
        await third.GetByRole(AriaRole.Button, new() { Name = "Entrar", Exact = true }).ClickAsync();
        await Expect(third).ToHaveURLAsync(new Regex("/llamadas"));
    }

    [Fact]
    public async Task Five_wrong_passwords_lock_the_account_even_for_the_right_one()
    {
        await using var place = await Place.Open(chromium);
        var page = await place.NewPage();
        for (var i = 0; i < 5; i++)
        {
            await GivePassword(page, "no es esta frase");
            await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("se bloquea unos minutos");
        }

        await GivePassword(page);
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("se bloquea unos minutos");
        await page.GotoAsync("/llamadas");
        await Expect(page).ToHaveURLAsync(new Regex("/entrar"));
    }

    [Fact]
    public async Task A_changed_password_ends_the_other_sessions_and_keeps_this_one()
    {
        await using var place = await Place.Open(chromium);
        var page = await place.NewSignedInPage();
        var other = await place.NewSignedInPage();
        await page.GotoAsync("/mi-cuenta");
        await Place.IsLive(page);
        await Expect(page.Locator(".own-things li")).ToHaveCountAsync(2);

        await page.GetByLabel("Contraseña actual").FillAsync(Place.Password);
        await page.GetByLabel("Contraseña nueva").FillAsync("contraseña1234");
        await page.GetByRole(AriaRole.Button, new() { Name = "Cambiar la contraseña" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("las que se prueban primero");
        await page.GetByLabel("Contraseña actual").FillAsync(Place.Password);
        await page.GetByLabel("Contraseña nueva").FillAsync("otra frase bien larga");
        await page.GetByRole(AriaRole.Button, new() { Name = "Cambiar la contraseña" }).ClickAsync();
        await Expect(page.GetByText("La contraseña está cambiada.")).ToBeVisibleAsync();
        await Expect(other).ToHaveURLAsync(new Regex("/entrar"), new() { Timeout = 5000 });

        await page.ReloadAsync();
        await Place.IsLive(page);
        await page.GetByRole(AriaRole.Button, new() { Name = "Cerrar sesión en todas partes" }).ClickAsync();
        await Expect(page).ToHaveURLAsync(new Regex("/entrar"));
    }

    internal static async Task GivePassword(IPage page, string password = Place.Password)
    {
        await page.GotoAsync("/entrar");
        await page.GetByLabel("Correo electrónico").FillAsync(Place.Email);
        await page.GetByLabel("Contraseña").FillAsync(password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Entrar", Exact = true }).ClickAsync();
    }
}
