using System.Text;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace CallCenter.Browser;

public sealed class CustomersImportTests(Chromium chromium)
{
    /// <summary>Where to put pictures of each step, to be looked at.</summary>
    const string PicturesVariable = "CALLCENTER_PICTURES";

    [Theory]
    [InlineData(1280, 720, ColorScheme.Light)]
    [InlineData(390, 844, ColorScheme.Dark)]
    public async Task A_list_of_customers_is_uploaded_its_columns_told_and_what_it_changes_seen_before_it_does(int width, int height, ColorScheme scheme)
    {
        await using var place = await Place.Open(chromium);
        var page = await place.NewSignedInPage(width, height, scheme);
        await page.GotoAsync("/clientes");
        await Place.IsLive(page);
        await page.GetByRole(AriaRole.Link, new() { Name = "Importar", Exact = true }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToContainTextAsync("Importar clientes");
        await Look(page, "1-choose");

        await Choose(page, "Clave;Nombre;NIF;Teléfono;Matrícula;Modelo;Comercial;Año de alta\n"
            + "77;Talleres Ruiz e Hijos;B30001;913 000 001;1234 KLM;Golf;ana@example.com;2011\n77;;;600 000 001;5678 BCD;León;;\n78;Garajes Sol;B30002;913 000 002;;;;2019\n79;Sin dueño;;913 000 003;;;nadie@example.com;\n80;<b>Mal número</b>;;12;;;;\n");
        await Expect(page.GetByLabel("Qué es «Nombre»")).ToHaveValueAsync("Name");
        await Expect(page.GetByLabel("Qué es «Clave»")).ToHaveValueAsync("None");
        await page.GetByLabel("Qué es «Clave»").SelectOptionAsync("ExternalId");
        await page.GetByLabel("Programa de «Clave»").FillAsync("Navision");
        await page.GetByLabel("Programa de «Clave»").PressAsync("Tab");
        await Look(page, "2-columns");

        await page.GetByRole(AriaRole.Button, new() { Name = "Ver qué cambiaría" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Clientes nuevos" })).ToBeVisibleAsync();
        await Expect(page.Locator(".figures")).ToHaveTextAsync("Nuevos2Cambian0Iguales0Líneas rechazadas2", new() { UseInnerText = false });
        await Expect(page.GetByText("Aquí no hay nadie que se llame «nadie@example.com».")).ToBeVisibleAsync();
        await Expect(page.GetByText("«12» no es un número de teléfono que pueda ser de alguien.")).ToBeVisibleAsync();
        await Look(page, "3-plan");
        var report = await page.RunAndWaitForDownloadAsync(() => page.GetByRole(AriaRole.Link, new() { Name = "Descargar el informe" }).ClickAsync());
        Assert.StartsWith("\uFEFFLínea,Motivo,Clave,Nombre,NIF", await File.ReadAllTextAsync(await report.PathAsync()));

        await page.GetByRole(AriaRole.Button, new() { Name = "Importar las demás" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Status).Filter(new() { HasText = "Importado. Nuevos: 2. Cambiados: 0. Iguales: 0. Líneas rechazadas: 2." })).ToBeVisibleAsync();
        await Look(page, "4-done");

        // The same again changes nothing, and what is different is told.
        await Choose(page, "Clave;Nombre;NIF;Teléfono;Matrícula;Modelo;Comercial;Año de alta\n77;Talleres Ruiz SL;B30001;913 000 001;1234 KLM;Golf;;\n78;Garajes Sol;B30002;913 000 002;;;;2019\n");
        await Expect(page.GetByLabel("Programa de «Clave»")).ToHaveValueAsync("Navision");
        await page.GetByRole(AriaRole.Button, new() { Name = "Ver qué cambiaría" }).ClickAsync();
        await Expect(page.GetByText("nombre: Talleres Ruiz e Hijos → Talleres Ruiz SL")).ToBeVisibleAsync();
        await Look(page, "5-changes");
        await page.GetByRole(AriaRole.Button, new() { Name = "Descartar" }).ClickAsync();

        await page.GotoAsync("/clientes?busca=ruiz");
        await Place.IsLive(page);
        await Expect(page.GetByRole(AriaRole.Link, new() { Name = "Talleres Ruiz e Hijos" })).ToBeVisibleAsync();

        async Task Look(IPage shown, string step)
        {
            await Looks.AreSound(shown);
            if (Environment.GetEnvironmentVariable(PicturesVariable) is { Length: > 0 } folder) await shown.ScreenshotAsync(new() { Path = Path.Combine(folder, $"{step}-{width}-{scheme}.png"), FullPage = true });
        }
    }

    static Task Choose(IPage page, string text) =>
        page.GetByLabel("Archivo CSV o Excel", new() { Exact = true }).SetInputFilesAsync(new FilePayload { Name = "clientes.csv", MimeType = "text/csv", Buffer = Encoding.UTF8.GetBytes(text) });
}
