using System.Text;
using CallCenter.Audit;
using CallCenter.Customers;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace CallCenter.Browser;

public sealed class SalesImportTests(Chromium chromium)
{
    /// <summary>Where to put pictures of each step, to be looked at.</summary>
    const string PicturesVariable = "CALLCENTER_PICTURES";

    [Theory]
    [InlineData(1280, 720, ColorScheme.Light)]
    [InlineData(390, 844, ColorScheme.Dark)]
    public async Task A_list_of_orders_is_uploaded_its_columns_told_and_what_it_changes_seen_before_it_does(int width, int height, ColorScheme scheme)
    {
        await using var place = await Place.Open(chromium);
        await using (var stage = await Commands.Backstage.Open(place.Database, mayCreate: false, default))
            await stage.Get<CustomerBook>().Add(CustomerDetail.New(new Customer(0, CustomerKind.Company, "Talleres Ruiz e Hijos", "B30001")) with { Ids = [new("Navision", "C-7")] }, Actor.Console);
        var page = await place.NewSignedInPage(width, height, scheme);
        await page.GotoAsync("/pedidos");
        await Place.IsLive(page);
        await page.GetByRole(AriaRole.Link, new() { Name = "Importar", Exact = true }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToContainTextAsync("Importar pedidos");
        await Look(page, "1-choose");

        const string List = "Clave;Fecha;Situación;Cliente;Matrícula;Marca;Referencia;Cant;Precio;IVA\n";
        await Choose(page, List + "P-77;10/02/2026;Pendiente;C-7;1234 KLM;Filtros Sol;FS-101;4;8,50;21\nP-77;;;;;Filtros Sol;FS-103;1,5;3,33;21\nP-78;11/02/2026;Facturado;C-7;;;FS-102;1;1.234,50;21\nP-79;;;C-99;;;FS-102;1;5;21\nP-80;;Volando;;;;<b>;1;5;21\n");
        await Expect(page.GetByLabel("Qué es «Referencia»")).ToHaveValueAsync("Reference");
        await Expect(page.GetByLabel("Qué es «Clave»")).ToHaveValueAsync("None");
        await page.GetByLabel("Qué es «Clave»").SelectOptionAsync("Number");
        await page.GetByLabel("Programa que lleva estos pedidos").FillAsync("Navision");
        await Look(page, "2-columns");

        await page.GetByRole(AriaRole.Button, new() { Name = "Ver qué cambiaría" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Pedidos nuevos" })).ToBeVisibleAsync();
        await Expect(page.Locator(".figures")).ToHaveTextAsync("Nuevos2Cambian0Iguales0Líneas rechazadas2", new() { UseInnerText = false });
        await Expect(page.GetByText("«Volando» (Situación) no se conoce")).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Row).Filter(new() { HasText = "P-77" })).ToContainTextAsync("Talleres Ruiz e Hijos");
        await Look(page, "3-plan");
        var report = await page.RunAndWaitForDownloadAsync(() => page.GetByRole(AriaRole.Link, new() { Name = "Descargar el informe" }).ClickAsync());
        Assert.StartsWith("\uFEFFLínea,Motivo,Clave,Fecha", await File.ReadAllTextAsync(await report.PathAsync()));

        // It is in the way of a list of quotes, and says so.
        await page.GotoAsync("/presupuestos/importar");
        await Expect(page.GetByText("Este archivo es de pedidos.")).ToBeVisibleAsync();
        await page.GotoAsync("/pedidos/importar");
        await page.GetByRole(AriaRole.Button, new() { Name = "Importar las demás" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Status).Filter(new() { HasText = "Importado. Nuevos: 2. Cambiados: 0. Iguales: 0. Líneas rechazadas: 2." })).ToBeVisibleAsync();
        await Look(page, "4-done");

        // What is different is told; the same again changes nothing.
        await Choose(page, List + "P-77;10/02/2026;Entregado;C-7;1234 KLM;Filtros Sol;FS-101;4;8,50;21\nP-77;;;;;Filtros Sol;FS-103;1,5;3,33;21\nP-78;11/02/2026;Facturado;C-7;;;FS-102;1;1.234,50;21\n");
        await Expect(page.GetByLabel("Programa que lleva estos pedidos")).ToHaveValueAsync("Navision");
        await page.GetByRole(AriaRole.Button, new() { Name = "Ver qué cambiaría" }).ClickAsync();
        await Expect(page.GetByText("Recibido → Entregado")).ToBeVisibleAsync();
        await Look(page, "5-changes");
        await page.GetByRole(AriaRole.Link, new() { Name = "P-77", Exact = true }).ClickAsync();
        await Expect(page.GetByText("FS-103")).ToBeVisibleAsync();

        async Task Look(IPage shown, string step)
        {
            await Looks.AreSound(shown);
            if (Environment.GetEnvironmentVariable(PicturesVariable) is { Length: > 0 } folder) await shown.ScreenshotAsync(new() { Path = Path.Combine(folder, $"sales-{step}-{width}-{scheme}.png"), FullPage = true });
        }
    }

    static Task Choose(IPage page, string text) =>
        page.GetByLabel("Archivo CSV o Excel", new() { Exact = true }).SetInputFilesAsync(new FilePayload { Name = "pedidos.csv", MimeType = "text/csv", Buffer = Encoding.UTF8.GetBytes(text) });
}
