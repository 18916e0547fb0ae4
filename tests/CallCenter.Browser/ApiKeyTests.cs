using System.Net;
using System.Net.Http.Headers;
using CallCenter.Commands;
using CallCenter.Teams;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace CallCenter.Browser;

public sealed class ApiKeyTests(Chromium chromium)
{
    [Fact]
    public async Task A_key_is_made_shown_once_seen_in_use_and_revoked_after_a_question()
    {
        await using var place = await Place.Open(chromium);
        var page = await place.NewSignedInPage();
        await page.GetByRole(AriaRole.Link, new() { Name = "Claves de API" }).ClickAsync();
        await Expect(page.GetByText("Todavía no hay ninguna clave")).ToBeVisibleAsync();
        await Looks.AreSound(page);

        await page.GetByRole(AriaRole.Button, new() { Name = "Nueva clave" }).ClickAsync();
        await page.GetByRole(AriaRole.Textbox, new() { Name = "Nombre" }).FillAsync("ERP del taller");
        await Expect(page.GetByRole(AriaRole.Checkbox, new() { Name = "calls:read" })).ToBeCheckedAsync();
        await Looks.AreSound(page);
        await page.GetByRole(AriaRole.Button, new() { Name = "Crear la clave" }).ClickAsync();
        var key = await page.GetByRole(AriaRole.Textbox, new() { Name = "Clave «ERP del taller»" }).InputValueAsync();
        var row = page.Locator("tbody tr").First;
        await Expect(row).ToContainTextAsync("nunca");

        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri(place.Address) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/api/calls")).StatusCode);
        await Expect(row).Not.ToContainTextAsync("nunca");

        await page.GetByRole(AriaRole.Button, new() { Name = "Ya la he copiado" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Textbox, new() { Name = "Clave «ERP del taller»" })).ToHaveCountAsync(0);
        Assert.DoesNotContain(key, await page.ContentAsync().WaitAsync(TimeSpan.FromSeconds(30)));

        await page.GetByRole(AriaRole.Button, new() { Name = "Revocar la clave «ERP del taller»" }).ClickAsync();
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/api/calls")).StatusCode);
        await Looks.AreSound(page);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sí, revocarla" }).ClickAsync();
        await Expect(row).ToContainTextAsync("Revocada");
        Assert.Equal(HttpStatusCode.Unauthorized, (await http.GetAsync("/api/calls")).StatusCode);

        await page.SetViewportSizeAsync(390, 844);
        await Looks.AreSound(page);
    }

    [Fact]
    public async Task A_key_can_be_limited_to_the_calls_of_a_team()
    {
        await using var place = await Place.Open(chromium);
        await using var stage = await Backstage.Open(place.Database, mayCreate: false, default);
        await stage.Get<TeamBook>().Add("Mostrador", TeamType.CallCenter, Authority.Console);
        var page = await place.NewSignedInPage();
        await page.GotoAsync("/configuracion/claves");
        await Place.IsLive(page);
        await page.GetByRole(AriaRole.Button, new() { Name = "Nueva clave" }).ClickAsync();
        await page.GetByRole(AriaRole.Textbox, new() { Name = "Nombre" }).FillAsync("Panel del mostrador");
        await page.GetByRole(AriaRole.Checkbox, new() { Name = "Mostrador" }).CheckAsync();
        await Looks.AreSound(page);
        await page.GetByRole(AriaRole.Button, new() { Name = "Crear la clave" }).ClickAsync();
        await Expect(page.Locator("tbody tr").First).ToContainTextAsync("Solo Mostrador");
    }
}
