using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using CallCenter.Telephony;
using CallCenter.Tests.Telephony;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace CallCenter.Browser;

public sealed class IntegrationTests(Chromium chromium) : IDisposable
{
    const string Call =
        """
        {"event": "call.created", "time": "2026-05-04T09:30:00Z", "call": {"id": "c-1", "direction": "inbound", "from": "+34600111222", "to": "+34910000000"}}
        {"event": "queue.entered", "time": "2026-05-04T09:30:01Z", "call": {"id": "c-1"}, "queue": "ventas"}
        {"event": "agent.ringing", "time": "2026-05-04T09:30:03Z", "call": {"id": "c-1"}, "queue": "ventas", "agent": "201"}
        {"event": "agent.answered", "time": "2026-05-04T09:30:09Z", "call": {"id": "c-1"}, "agent": "201"}
        {"event": "call.ended", "time": "2026-05-04T09:31:35Z", "call": {"id": "c-1"}, "agent": "201", "reason": "completed"}
        """;

    readonly HttpClient http = new(new SocketsHttpHandler { UseProxy = false });

    public void Dispose() => http.Dispose();

    [Fact]
    public async Task E8_4_an_administrator_connects_a_phone_system_that_nobody_described_and_a_wrong_secret_names_the_fix()
    {
        await using var place = await Place.Open(chromium);
        var page = await place.NewSignedInPage();

        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Conecte su centralita" })).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Conectar una centralita" }).ClickAsync();
        await page.GetByRole(AriaRole.Radio, new() { Name = "Otro sistema" }).CheckAsync();
        await page.GetByRole(AriaRole.Textbox, new() { Name = "Nombre" }).FillAsync("Centralita de Getafe");
        await page.GetByRole(AriaRole.Button, new() { Name = "Continuar" }).ClickAsync();

        var address = await page.GetByLabel("Dirección (URL) para la centralita").InputValueAsync();
        var secret = await page.GetByLabel("Cópielo ahora: no se volverá a mostrar").InputValueAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Guardar y continuar" }).ClickAsync();

        await page.GetByLabel("Mensajes de ejemplo").FillAsync(Call);
        var preview = page.Locator(".preview-call");
        await Expect(preview).ToContainTextAsync("Entrante");
        await Expect(preview).ToContainTextAsync("Completada");
        await Expect(preview).ToContainTextAsync("01:26");
        await page.GetByRole(AriaRole.Button, new() { Name = "Guardar y continuar" }).ClickAsync();

        await Expect(page.GetByText("Escuchando…")).ToBeVisibleAsync();
        Assert.Equal(HttpStatusCode.Unauthorized, await Post(address, First(Call), "another secret"));
        await Expect(page.Locator(".troubles")).ToContainTextAsync("El secreto que usa la centralita no es el de esta integración. Cópielo de nuevo");
        Assert.Equal(HttpStatusCode.Unauthorized, await Post(address, First(Call), secret: null));
        await Expect(page.Locator(".troubles")).ToContainTextAsync("Falta la cabecera X-Signature");

        foreach (var message in Call.Split('\n')) Assert.Equal(HttpStatusCode.NoContent, await Post(address, message, secret));
        await Expect(page.Locator("[data-verdict=Understood]")).ToHaveCountAsync(5);
        await Expect(page.Locator("[data-verdict=Understood]").First).ToContainTextAsync("Completada");
        await Expect(page.GetByText("Recibido: 5. Llamadas: 1.")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Continuar", Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Activar" }).ClickAsync();

        await Expect(page.Locator(".health .dot-mark").First).ToHaveTextAsync("Activa, con avisos"); // two were rejected
        await Go(page, "/llamadas");
        await Expect(page.GetByText("600 11 12 22").First).ToBeVisibleAsync();
        await Go(page, "/integraciones");
        await Expect(page.Locator(".connection:not(.waiting)")).ToContainTextAsync("Centralita de Getafe");
        await Expect(page.Locator(".connection:not(.waiting)")).ToContainTextAsync(new Regex("hace \\d+ (s|min)"));
    }

    [Fact]
    public async Task A_secret_is_shown_once_and_rotated_without_a_message_being_refused()
    {
        await using var place = await Place.Open(chromium);
        var page = await place.NewSignedInPage();
        var (address, old) = await Connect(page);
        var id = address[(address.LastIndexOf('/') + 1)..];

        await Go(page, $"/integraciones/{id}?ver=ajustes");
        await Expect(page.Locator(".masked")).ToContainTextAsync("••••" + old[^4..]);
        Assert.DoesNotContain(old, await page.ContentAsync().WaitAsync(Patience));

        await page.GetByRole(AriaRole.Button, new() { Name = "Cambiar el secreto" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Generar el nuevo" }).ClickAsync();
        var changed = await page.GetByLabel("Cópielo ahora: no se volverá a mostrar").InputValueAsync();
        Assert.NotEqual(old, changed);
        Assert.Equal(HttpStatusCode.NoContent, await Post(address, First(Call), old));
        Assert.Equal(HttpStatusCode.NoContent, await Post(address, First(Call), changed));

        await page.GetByRole(AriaRole.Button, new() { Name = "Retirar el anterior" }).ClickAsync();
        await Expect(page.Locator(".previous")).ToHaveCountAsync(0);
        Assert.Equal(HttpStatusCode.Unauthorized, await Post(address, First(Call), old));
        Assert.Equal(HttpStatusCode.NoContent, await Post(address, First(Call), changed));
        await page.ReloadAsync();
        await Expect(page.Locator(".masked")).ToContainTextAsync("••••" + changed[^4..]);
        Assert.DoesNotContain(changed, await page.ContentAsync().WaitAsync(Patience));
    }

    [Fact]
    public async Task What_was_not_understood_is_kept_with_the_reason_and_translated_again_once_it_is_mapped()
    {
        await using var place = await Place.Open(chromium);
        var page = await place.NewSignedInPage();
        var (address, secret) = await Connect(page);
        var id = address[(address.LastIndexOf('/') + 1)..];
        Assert.Equal(HttpStatusCode.NoContent, await Post(address, Call.Split('\n')[0].Replace("call.created", "LLAMADA"), secret));

        await Go(page, $"/integraciones/{id}?ver=recepciones&solo=Unreadable");
        await Expect(page.Locator("[data-verdict=Unreadable]")).ToContainTextAsync("el evento «LLAMADA» no tiene correspondencia");
        await page.Locator("[data-verdict=Unreadable] button.arrival").ClickAsync();
        await Expect(page.Locator(".arrival-detail pre")).ToContainTextAsync("\"event\": \"LLAMADA\"");

        await Go(page, $"/integraciones/{id}?ver=correspondencias");
        await page.GetByRole(AriaRole.Button, new() { Name = "Usar lo recibido" }).ClickAsync();
        await Expect(page.Locator(".mapping-preview .problems")).ToContainTextAsync("LLAMADA");
        await page.GetByLabel("LLAMADA", new() { Exact = true }).SelectOptionAsync("started");
        await Expect(page.Locator(".preview-call")).ToContainTextAsync("Entrante");
        await page.GetByRole(AriaRole.Button, new() { Name = "Guardar", Exact = true }).ClickAsync();
        await Expect(page.GetByText("Guardado", new() { Exact = true })).ToBeVisibleAsync();

        await page.GetByRole(AriaRole.Button, new() { Name = "Traducir de nuevo" }).ClickAsync();
        await Expect(page.GetByText("Entendidas: 1. Ignoradas: 0. Siguen sin entenderse: 0.")).ToBeVisibleAsync();
        await Go(page, $"/integraciones/{id}");
        await Expect(page.Locator("[data-verdict=Understood]")).ToHaveCountAsync(1);
    }

    [Fact]
    public async Task A_direct_connection_says_how_its_line_stands_refused_live_lost_and_back()
    {
        await using var pbx = new FakePbx { Password = "the right one" };
        await using var place = await Place.Open(chromium);
        var page = await place.NewSignedInPage();
        await Go(page, "/integraciones/nueva?proveedor=asterisk");
        await page.GetByRole(AriaRole.Button, new() { Name = "Continuar" }).ClickAsync();

        await page.GetByRole(AriaRole.Textbox, new() { Name = "Dirección de la centralita" }).FillAsync("127.0.0.1");
        await page.GetByRole(AriaRole.Textbox, new() { Name = "Puerto" }).FillAsync($"{pbx.Port}");
        await page.GetByRole(AriaRole.Textbox, new() { Name = "Usuario de AMI" }).FillAsync(FakePbx.User);
        await page.GetByLabel("Contraseña de AMI").FillAsync("a wrong one");
        await page.GetByRole(AriaRole.Button, new() { Name = "Probar conexión" }).ClickAsync();
        await Expect(page.GetByText("La centralita no acepta el usuario o la contraseña")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Guardar y continuar" }).ClickAsync();
        var line = page.Locator(".link-mark");
        await Expect(line).ToContainTextAsync("Contraseña rechazada");
        await Expect(page.Locator(".troubles")).ToContainTextAsync("Corríjalos en Ajustes");

        // Mended over there: nobody has to wait five minutes.
        pbx.Password = "a wrong one";
        await page.GetByRole(AriaRole.Button, new() { Name = "Reintentar ahora" }).ClickAsync();
        await Expect(line).ToContainTextAsync("En directo");
        await Expect(line).ToContainTextAsync("Asterisk 22.10.1");
        await pbx.Play(FakePbx.BlocksOf("direct_inbound"), speed: 100);
        await Expect(page.Locator("[data-verdict=Understood]").First).ToContainTextAsync("Entrante");
        await page.GetByRole(AriaRole.Link, new() { Name = "Continuar", Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Activar" }).ClickAsync();
        await Expect(page.Locator(".health .dot-mark").First).ToHaveTextAsync("Activa");

        pbx.Close();
        await pbx.Drop(half: "Event: Newch");
        await Expect(line).ToContainTextAsync(new Regex("Reconectando…|Sin conexión"));
        await Expect(line).ToContainTextAsync("Sin conexión", new() { Timeout = 60_000 });
        await Expect(page.Locator(".health .dot-mark").First).ToHaveTextAsync("Error");
        await page.GetByRole(AriaRole.Link, new() { Name = "Huecos" }).ClickAsync();
        await Expect(page.Locator("tbody tr")).ToContainTextAsync("dura todavía");

        pbx.Open();
        await page.GetByRole(AriaRole.Button, new() { Name = "Reintentar ahora" }).ClickAsync();
        await Expect(line).ToContainTextAsync("En directo");
        await Expect(page.Locator("tbody tr")).Not.ToContainTextAsync("dura todavía");
    }

    [Fact]
    public async Task A_phone_system_that_could_tell_more_is_said_to_and_what_to_do_about_it()
    {
        await using var place = await Place.Open(chromium);
        var page = await place.NewSignedInPage();
        var (address, secret) = await Connect(page);
        var hour = DateTimeOffset.UtcNow.AddHours(-2);
        foreach (var i in Enumerable.Range(0, ProviderDoctor.CallsMin))
            foreach (var message in Call.Split('\n')) await Post(address, message.Replace("2026-05-04T09", $"{hour:yyyy-MM-dd'T'HH}", StringComparison.Ordinal).Replace("c-1", $"c-{i}", StringComparison.Ordinal), secret);

        await Visit(page, $"/integraciones/{address[(address.LastIndexOf('/') + 1)..]}", "[data-lacking=Holds]");
        await Expect(page.GetByRole(AriaRole.Region, new() { Name = "Podría contar más" }).GetByText("En las últimas 50 llamadas, la centralita no dice que se retenga una llamada.")).ToBeVisibleAsync();
        await Expect(page.Locator("[data-lacking=Holds]")).ToContainTextAsync("En Correspondencias, dé a la palabra que lo dice el significado on_hold");
        await Expect(page.Locator("[data-lacking=Ended]")).ToHaveCountAsync(0);

        await page.GetByRole(AriaRole.Button, new() { Name = "Menú de Ana Gómez" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "English" }).ClickAsync();
        await Expect(page.Locator("html")).ToHaveAttributeAsync("lang", "en");
        await Expect(page.Locator("[data-lacking=Holds]")).ToContainTextAsync("In the last 50 calls the phone system does not say that a call is held. In Mapping, give the word that says it the meaning on_hold");
    }

    [Fact]
    public async Task A_screen_in_English_stays_English_when_something_comes_in()
    {
        await using var place = await Place.Open(chromium);
        var page = await place.NewSignedInPage();
        var (address, secret) = await Connect(page);
        await page.GetByRole(AriaRole.Button, new() { Name = "Menú de Ana Gómez" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "English" }).ClickAsync();
        // The page loads itself anew; going elsewhere meanwhile leaves the browser between two addresses for ever.
        await Expect(page.Locator("html")).ToHaveAttributeAsync("lang", "en");
        await Go(page, $"/integraciones/{address[(address.LastIndexOf('/') + 1)..]}");
        await Expect(page.GetByText("Nothing has arrived yet.")).ToBeVisibleAsync();

        Assert.Equal(HttpStatusCode.NoContent, await Post(address, """{"event": "odd", "call": {"id": "c-9"}}""", secret));
        await Expect(page.Locator("[data-verdict=Unreadable]")).ToContainTextAsync("the event 'odd' is not mapped: say in Mapping what it means");
        await Expect(page.Locator("[data-verdict=Unreadable]")).ToContainTextAsync("Not understood");
        await Expect(page.Locator(".troubles")).ToContainTextAsync("One message was not understood");
        await Expect(page.Locator(".figures")).ToContainTextAsync("Messages per hour");
    }

    [Theory]
    [InlineData(1280, 720, ColorScheme.Light)]
    [InlineData(390, 844, ColorScheme.Dark)]
    public async Task Every_screen_of_integrations_has_no_barrier_no_raw_code_and_fits(int width, int height, ColorScheme scheme)
    {
        await using var pbx = new FakePbx();
        await using var place = await Place.Open(chromium);
        var page = await place.NewSignedInPage(width, height, scheme);
        await Looks.AreSound(page);
        await Visit(page, "/integraciones", ".offer");
        await Visit(page, "/integraciones/nueva?proveedor=twilio", ".choice-card");

        var (address, secret) = await Connect(page);
        var id = address[(address.LastIndexOf('/') + 1)..];
        foreach (var message in Call.Split('\n').Append("""{"event": "odd", "call": {"id": "c-9"}}""")) await Post(address, message, secret);
        await Post(address, First(Call), "another secret");
        await Visit(page, $"/integraciones/{id}", "[data-verdict=Rejected]");
        foreach (var arrival in await page.Locator("button.arrival").AllAsync()) await arrival.ClickAsync();
        await Looks.AreSound(page);
        await Visit(page, $"/integraciones/{id}?ver=ajustes", ".masked");
        await page.GetByRole(AriaRole.Button, new() { Name = "Cambiar el secreto" }).ClickAsync();
        await Looks.AreSound(page);
        await Visit(page, $"/integraciones/{id}?ver=correspondencias", ".mapping");
        await page.GetByRole(AriaRole.Button, new() { Name = "Usar lo recibido" }).ClickAsync();
        await Expect(page.Locator(".preview-call")).ToHaveCountAsync(1);
        await Looks.AreSound(page);
        foreach (var step in (int[])[2, 3, 4, 5]) await Visit(page, $"/integraciones/{id}/conectar?paso={step}", ".steps");
        await Visit(page, "/integraciones/ajustes", ".keeping");

        await Go(page, "/integraciones/nueva?proveedor=asterisk");
        await page.GetByRole(AriaRole.Button, new() { Name = "Continuar" }).ClickAsync();
        await page.GetByText("Más opciones").ClickAsync();
        await Looks.AreSound(page);
        await page.GetByRole(AriaRole.Textbox, new() { Name = "Dirección de la centralita" }).FillAsync("127.0.0.1");
        await page.GetByRole(AriaRole.Textbox, new() { Name = "Puerto" }).FillAsync($"{pbx.Port}");
        await page.GetByRole(AriaRole.Textbox, new() { Name = "Usuario de AMI" }).FillAsync(FakePbx.User);
        await page.GetByLabel("Contraseña de AMI").FillAsync("a wrong one");
        await page.GetByRole(AriaRole.Button, new() { Name = "Guardar y continuar" }).ClickAsync();
        await Expect(page.Locator(".link-mark")).ToContainTextAsync("Contraseña rechazada");
        await Looks.AreSound(page);
        await Visit(page, "/integraciones", ".link-mark");
    }

    [Fact]
    public async Task How_long_messages_are_kept_and_silent_calls_are_waited_for_is_set_on_screen()
    {
        await using var place = await Place.Open(chromium);
        var page = await place.NewSignedInPage();
        await Go(page, "/integraciones/ajustes");
        var days = page.GetByRole(AriaRole.Spinbutton);
        await Expect(days).ToHaveValueAsync("90");
        await days.FillAsync("5000");
        await Save(0);
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("de 1 a 3650");
        await days.FillAsync("30");
        await Save(0);
        await Expect(page.GetByText("Guardado", new() { Exact = true })).ToBeVisibleAsync();

        var silent = page.GetByLabel("Dar por perdida una llamada sin noticias tras");
        await Expect(silent).ToHaveValueAsync("4h");
        await silent.FillAsync("mañana");
        await Save(1);
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("«mañana» no es un tiempo");
        await Looks.AreSound(page);
        await silent.FillAsync("90m");
        await Save(1);
        await Expect(page.GetByText("Guardado", new() { Exact = true })).ToHaveCountAsync(2);
        await page.ReloadAsync();
        await Expect(page.GetByRole(AriaRole.Spinbutton)).ToHaveValueAsync("30");
        await Expect(silent).ToHaveValueAsync("90m");

        Task Save(int form) => page.GetByRole(AriaRole.Button, new() { Name = "Guardar" }).Nth(form).ClickAsync();
    }

    /// <summary>Through the wizard, with the mapping that the example proposes; ends on the page of the connection.</summary>
    static async Task<(string Address, string Secret)> Connect(IPage page)
    {
        await Go(page, "/integraciones/nueva?proveedor=webhook");
        await page.GetByRole(AriaRole.Button, new() { Name = "Continuar" }).ClickAsync();
        var address = await page.GetByLabel("Dirección (URL) para la centralita").InputValueAsync();
        var secret = await page.GetByLabel("Cópielo ahora: no se volverá a mostrar").InputValueAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Guardar y continuar" }).ClickAsync();
        await page.GetByLabel("Mensajes de ejemplo").FillAsync(Call);
        await Expect(page.Locator(".preview-call")).ToHaveCountAsync(1);
        await page.GetByRole(AriaRole.Button, new() { Name = "Guardar y continuar" }).ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Continuar sin llamada de prueba" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Activar" }).ClickAsync();
        await Expect(page.Locator(".health .dot-mark").First).ToHaveTextAsync("Activa");
        return (address, secret);
    }

    // A page that went away answers this question never.
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    static async Task Visit(IPage page, string address, string until)
    {
        await Go(page, address);
        await Expect(page.Locator(until).First).ToBeVisibleAsync();
        await Looks.AreSound(page);
    }

    static async Task Go(IPage page, string address)
    {
        await page.GotoAsync(address);
        await Place.IsLive(page);
    }

    static string First(string messages) => messages.Split('\n')[0];

    async Task<HttpStatusCode> Post(string address, string body, string? secret)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = new StringContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        if (secret is not null) request.Headers.Add("X-Signature", Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(body))));
        using var answer = await http.SendAsync(request);
        return answer.StatusCode;
    }
}
