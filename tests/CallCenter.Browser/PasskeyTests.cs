using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace CallCenter.Browser;

/// <summary>Passkeys with Chromium's virtual authenticator: a device inside that always says yes.</summary>
public sealed class PasskeyTests(Chromium chromium)
{
    [Fact]
    public async Task A_passkey_added_to_the_account_signs_in_without_a_password_until_it_is_taken_away()
    {
        await using var place = await Place.Open(chromium);
        // Browsers give passkeys to names, not to IP addresses.
        var address = place.Address.Replace("127.0.0.1", "localhost");
        var page = await place.NewPage();
        var device = await page.Context.NewCDPSessionAsync(page);
        await device.SendAsync("WebAuthn.enable");
        await device.SendAsync("WebAuthn.addVirtualAuthenticator", new()
        {
            ["options"] = new Dictionary<string, object>
            {
                ["protocol"] = "ctap2",
                ["transport"] = "internal",
                ["hasResidentKey"] = true,
                ["hasUserVerification"] = true,
                ["isUserVerified"] = true,
                ["automaticPresenceSimulation"] = true,
            },
        });

        await page.GotoAsync(address + "/entrar");
        await page.GetByLabel("Correo electrónico").FillAsync(Place.Email);
        await page.GetByLabel("Contraseña").FillAsync(Place.Password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Entrar", Exact = true }).ClickAsync();
        await Expect(page).ToHaveURLAsync(new Regex("/llamadas"));
        await page.GotoAsync(address + "/mi-cuenta");
        await Place.IsLive(page);
        await page.GetByLabel("Nombre de la llave").FillAsync("Portátil de Ana");
        await page.GetByRole(AriaRole.Button, new() { Name = "Añadir una llave de acceso" }).ClickAsync();
        await Expect(page.GetByText("Portátil de Ana")).ToBeVisibleAsync();
        await Place.IsLive(page);
        await Looks.AreSound(page);

        await page.Context.ClearCookiesAsync();
        await page.GotoAsync(address + "/entrar?volver=%2Fmi-cuenta");
        await Looks.AreSound(page);
        await page.GetByRole(AriaRole.Button, new() { Name = "Entrar con una llave de acceso" }).ClickAsync();
        await Expect(page).ToHaveURLAsync(new Regex("/mi-cuenta$"));
        await Place.IsLive(page);
        await Expect(page.GetByText("usada el")).ToBeVisibleAsync();

        await page.GetByRole(AriaRole.Button, new() { Name = "Quitar la llave Portátil de Ana" }).ClickAsync();
        await Expect(page.GetByText("La llave de acceso está quitada.")).ToBeVisibleAsync();
        await page.Context.ClearCookiesAsync();
        await page.GotoAsync(address + "/entrar");
        await page.GetByRole(AriaRole.Button, new() { Name = "Entrar con una llave de acceso" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("No se reconoce esa llave de acceso");
    }
}
