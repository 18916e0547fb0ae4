using CallCenter.Alerts;
using CallCenter.Commands;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace CallCenter.Browser;

public sealed class AlertTests(Chromium chromium)
{
    [Fact]
    public async Task An_alert_stands_above_the_page_until_somebody_takes_note_of_it()
    {
        await using var place = await Place.Open(chromium);
        await using var stage = await Backstage.Open(place.Database, mayCreate: false, default);
        var page = await place.NewSignedInPage();
        var other = await place.NewSignedInPage(390, 844);
        var board = stage.Get<AlertBoard>();
        await stage.Db.Write(tx => board.Raise(tx, new Alert(CallersWaiting.Name, "", null, TimeProvider.System.GetUtcNow(), new Dictionary<string, object?> { ["waiting"] = 4, ["seconds"] = 75 })));

        foreach (var one in (IPage[])[page, other])
        {
            await Expect(one.GetByRole(AriaRole.Status, new() { Name = "Avisos" })).ToContainTextAsync("En cola: 4 llamadas, la primera desde hace 75 s");
            await Looks.AreSound(one);
        }

        await page.GetByRole(AriaRole.Button, new() { Name = "Entendido: En cola" }).ClickAsync();
        foreach (var one in (IPage[])[page, other]) await Expect(one.GetByText("En cola: 4 llamadas")).ToHaveCountAsync(0);
        await page.GotoAsync("/configuracion/avisos");
        await Expect(page.GetByRole(AriaRole.Row, new() { Name = "En cola: 4 llamadas" })).ToContainTextAsync("Ana Gómez");
    }

    [Fact]
    public async Task Rules_are_set_and_a_webhook_is_made_its_secret_seen_once_tried_and_switched_off()
    {
        await using var place = await Place.Open(chromium);
        var page = await place.NewSignedInPage();
        await page.GetByRole(AriaRole.Link, new() { Name = "Avisos" }).ClickAsync();
        var rule = page.GetByRole(AriaRole.Form, new() { Name = "Clientes en cola" });
        await rule.GetByLabel("Clientes en cola, al menos").FillAsync("0");
        await rule.GetByRole(AriaRole.Button, new() { Name = "Guardar" }).ClickAsync();
        await Expect(rule.GetByRole(AriaRole.Alert)).ToContainTextAsync("de 1 a 1");
        await rule.GetByLabel("Clientes en cola, al menos").FillAsync("5");
        await rule.GetByLabel("Avisar por correo a").FillAsync("eva@example.com, leo@example.com");
        await rule.GetByRole(AriaRole.Button, new() { Name = "Guardar" }).ClickAsync();
        await Expect(rule.GetByRole(AriaRole.Status)).ToContainTextAsync("Guardado");

        await page.GetByRole(AriaRole.Button, new() { Name = "Nuevo webhook" }).ClickAsync();
        await page.GetByLabel("Nombre").FillAsync("ERP");
        await page.GetByLabel("Dirección", new() { Exact = false }).FillAsync("https://127.0.0.1/x");
        await Looks.AreSound(page);
        var form = page.GetByRole(AriaRole.Heading, new() { Name = "Nuevo webhook" }).Locator("xpath=..");
        await form.GetByRole(AriaRole.Button, new() { Name = "Guardar" }).ClickAsync();
        await Expect(form.GetByRole(AriaRole.Alert)).ToContainTextAsync("dentro de la red propia");
        await page.GetByLabel("Dirección", new() { Exact = false }).FillAsync("https://erp.invalid/hook");
        await form.GetByRole(AriaRole.Button, new() { Name = "Guardar" }).ClickAsync();
        var secret = await page.GetByRole(AriaRole.Textbox, new() { Name = "Secreto de «ERP»" }).InputValueAsync();
        Assert.StartsWith("whsec_", secret);
        await Looks.AreSound(page);
        await page.GetByRole(AriaRole.Button, new() { Name = "Ya lo he copiado" }).ClickAsync();

        await page.GetByRole(AriaRole.Button, new() { Name = "Enviar una prueba a «ERP»" }).ClickAsync();
        var row = page.GetByRole(AriaRole.Row, new() { Name = "ERP" });
        await Expect(row).ToContainTextAsync("Intento 1", new() { Timeout = 30_000 });
        await page.GetByRole(AriaRole.Button, new() { Name = "Desactivar «ERP»" }).ClickAsync();
        await Expect(row).ToContainTextAsync("No llegó");
        await row.GetByRole(AriaRole.Button, new() { Name = "Enviar otra vez" }).ClickAsync();
        await Expect(page.GetByText("El webhook está desactivado")).ToBeVisibleAsync();
        Assert.DoesNotContain(secret, await page.ContentAsync());
        await page.SetViewportSizeAsync(390, 844);
        await Looks.AreSound(page);
    }
}
