using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace CallCenter.Browser;

public sealed class CallsTests(Chromium chromium)
{
    const string Customer = "+34 612 345 678";

    [Fact]
    public async Task A_call_appears_runs_is_answered_and_ends_without_a_reload()
    {
        await using var place = await Place.Open(chromium);
        await using var room = await PhoneRoom.Connect(place);
        var page = await place.NewSignedInPage();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Todavía no hay llamadas" })).ToBeVisibleAsync();
        await page.EvaluateAsync("window.sameDocument = true");

        await room.Ring("c-1", Customer, name: "Talleres Ruiz");
        var row = page.Locator(".live tr[data-row]");
        await Expect(row).ToContainTextAsync("Sonando");
        await Expect(row).ToContainTextAsync("612 34 56 78");
        await Expect(row).ToContainTextAsync("Talleres Ruiz");
        await Expect(row).ToContainTextAsync("ventas");
        await Runs(row.Locator("td[data-col=wait] time-run"));

        await row.GetByRole(AriaRole.Link).First.ClickAsync();
        var sheet = page.Locator(".sheet");
        await Expect(sheet.Locator("header")).ToContainTextAsync("Sonando");
        await Runs(sheet.Locator("header time-run"));
        var width = await Width(sheet.Locator(".bar .stretch-ring"));

        await room.Answer("c-1");
        await Expect(row).ToContainTextAsync("Contestada");
        await Expect(row).ToContainTextAsync("201");
        await Expect(sheet.Locator("header")).ToContainTextAsync("Contestada");
        await Expect(sheet.Locator(".bar .stretch-talk")).ToHaveCountAsync(1);
        await Expect(sheet.Locator(".attempts")).ToContainTextAsync("Contestó");
        for (var tries = 0; await Width(sheet.Locator(".bar .stretch-ring")) >= width; tries++) // what is past shrinks while the call goes on
        {
            Assert.True(tries < 100);
            await Task.Delay(100);
        }

        await room.HangUp("c-1");
        await Expect(page.Locator(".live tr[data-row]")).ToHaveCountAsync(0);
        await Expect(page.Locator("tbody:not(.live) tr[data-row]")).ToContainTextAsync("Completada");
        await Expect(page.Locator(".range").First).ToHaveTextAsync("1–1 de 1");
        await Expect(sheet.Locator("header")).ToContainTextAsync("Completada");

        await room.Ring("c-2", "+34 600 000 001");
        await room.GiveUp("c-2");
        await Expect(page.Locator("tbody:not(.live) tr[data-row]").First).ToContainTextAsync("Cancelada");
        Assert.True(await page.EvaluateAsync<bool>("window.sameDocument === true"));
    }

    [Fact]
    public async Task What_is_asked_stands_in_the_address_and_survives_a_reload_and_going_back()
    {
        await using var place = await Place.Open(chromium);
        await using var room = await PhoneRoom.Connect(place);
        var now = DateTimeOffset.UtcNow;
        await room.Remember([
            room.Past("a", now.AddMinutes(-30), Customer, answered: true),
            room.Past("m", now.AddMinutes(-20), Customer, answered: false, queue: "compras"),
            room.Past("old", now.AddDays(-40), "+34 600 000 001", answered: true, operatorName: "202"),
            room.Past("hidden", now.AddMinutes(-10), "anonymous", answered: false)]);
        var page = await place.NewSignedInPage();
        var rows = page.Locator("tr[data-row]");
        await Expect(rows).ToHaveCountAsync(4);
        await Expect(rows.First).ToContainTextAsync("Número oculto");

        await Choice(page, "Cola").SelectOptionAsync("compras");
        await Expect(page).ToHaveURLAsync(new Regex(@"/llamadas\?cola=compras$"));
        await Expect(rows).ToHaveCountAsync(1);
        await Choice(page, "Estado").SelectOptionAsync(new SelectOptionValue { Label = "Perdida" });
        await Expect(page).ToHaveURLAsync(new Regex(@"estado=perdida&cola=compras"));
        await Expect(page.Locator(".chip")).ToHaveCountAsync(2);

        await page.ReloadAsync();
        await Place.IsLive(page);
        await Expect(rows).ToHaveCountAsync(1);
        await Expect(Choice(page, "Cola")).ToHaveValueAsync("compras");
        await Expect(Choice(page, "Estado")).ToHaveValueAsync("Missed");

        await page.GoBackAsync();
        await Expect(page).ToHaveURLAsync(new Regex(@"/llamadas\?cola=compras$"));
        await Expect(page.Locator(".chip")).ToHaveCountAsync(1);
        await Expect(Choice(page, "Estado")).ToHaveValueAsync("");

        await page.GetByRole(AriaRole.Link, new() { Name = "Quitar el filtro Cola: compras" }).ClickAsync();
        await Expect(page).ToHaveURLAsync(new Regex("/llamadas$"));
        await Expect(rows).ToHaveCountAsync(4);

        await page.GetByLabel("Número de teléfono").FillAsync("0034 612-345-678");
        await page.Keyboard.PressAsync("Enter");
        await Expect(rows).ToHaveCountAsync(2);
        await page.GetByRole(AriaRole.Button, new() { Name = "7 días" }).ClickAsync();
        await Choice(page, "Recuperación").SelectOptionAsync(new SelectOptionValue { Label = "Sin número" });
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Ninguna llamada cumple estos filtros" })).ToBeVisibleAsync();
        await Expect(page).ToHaveURLAsync(new Regex(@"periodo=7-dias&recuperacion=sin-numero&numero="));
        await page.GetByRole(AriaRole.Link, new() { Name = "Limpiar", Exact = true }).ClickAsync();
        await Expect(rows).ToHaveCountAsync(4);

        await page.GetByRole(AriaRole.Button, new() { Name = "Fechas…" }).ClickAsync();
        await page.GetByLabel("Hasta").FillAsync($"{now.AddDays(-30):yyyy-MM-dd}");
        await Expect(rows).ToHaveCountAsync(1);
        await Expect(rows).ToContainTextAsync("202");
        await page.GetByRole(AriaRole.Link, new() { Name = "Inicio" }).ClickAsync();
        await Expect(page).ToHaveURLAsync(new Regex("orden=antiguas"));
    }

    [Fact]
    public async Task A_call_opens_beside_the_list_and_on_a_page_of_its_own_with_all_that_is_known_of_it()
    {
        await using var place = await Place.Open(chromium);
        await using var room = await PhoneRoom.Connect(place);
        await room.Ring("m", Customer);
        await room.GiveUp("m");
        await room.Ring("c", "612 345 678");
        await room.Tell(new Telephony.Providers.SimulatedPhoneSystem.Message("call.sang", "c", Seq: 9, Name: "password"));
        await room.Answer("c");
        await room.HangUp("c");
        var page = await place.NewSignedInPage(width: 1600, height: 900);
        var rows = page.Locator("tbody:not(.live) tr[data-row]");
        await Expect(rows).ToHaveCountAsync(2);

        await rows.Nth(1).Locator("td.col-start").ClickAsync();
        var sheet = page.Locator(".drawer .sheet");
        await Expect(page).ToHaveURLAsync(new Regex(@"\?llamada=\d+$"));
        await Expect(sheet.GetByRole(AriaRole.Heading, new() { Level = 2 })).ToHaveTextAsync("612 34 56 78");
        await Expect(sheet.GetByRole(AriaRole.Heading, new() { Level = 2 })).ToBeFocusedAsync();
        await Expect(sheet).ToContainTextAsync("Perdida: Colgó en menos de 5 segundos.");
        await Expect(sheet).ToContainTextAsync("Recuperada por el cliente");
        await sheet.GetByRole(AriaRole.Link, new() { NameRegex = new("llamada de las") }).ClickAsync();
        await Expect(sheet).ToContainTextAsync("la perdida de las");
        await Expect(sheet.Locator(".bar")).ToHaveAttributeAsync("aria-label", new Regex(@"Sonando \d\d:\d\d, Conversación \d\d:\d\d"));

        await sheet.GetByRole(AriaRole.Link, new() { NameRegex = new("Eventos") }).ClickAsync();
        await Expect(page).ToHaveURLAsync(new Regex("ver=eventos$"));
        await Expect(sheet.Locator(".facts-list li")).ToHaveTextAsync([
            new Regex("Empieza la llamada"), new Regex("Entra en la cola ventas"), new Regex("Suena en 201"), new Regex("Contesta 201"), new Regex("Termina en 201: Contestó"), new Regex("Termina la llamada")]);

        await sheet.GetByRole(AriaRole.Link, new() { Name = "Recepciones" }).ClickAsync();
        await Expect(sheet.Locator(".arrival-list > li")).ToHaveCountAsync(7);
        await Expect(sheet.Locator(".arrival-list > li[data-verdict=Unreadable]")).ToContainTextAsync("call.sang");
        await sheet.Locator(".arrival").First.ClickAsync();
        await Expect(sheet.Locator("pre")).ToContainTextAsync("\"type\": \"call.started\"");

        await sheet.GetByRole(AriaRole.Link, new() { Name = "Abrir en su propia página" }).ClickAsync();
        await Expect(page).ToHaveURLAsync(new Regex(@"/llamadas/\d+$"));
        await Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToContainTextAsync("Llamada n.º");
        await Expect(page.Locator(".time-bar")).ToBeVisibleAsync();
        await page.GotoAsync("/llamadas/999");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Esta llamada no existe" })).ToBeVisibleAsync();
    }

    [Fact]
    public async Task The_list_is_used_by_keyboard_alone()
    {
        await using var place = await Place.Open(chromium);
        await using var room = await PhoneRoom.Connect(place);
        var now = DateTimeOffset.UtcNow;
        await room.Remember(Enumerable.Range(0, 5).Select(i => room.Past($"c-{i}", now.AddMinutes(-10 - i), $"+34 600 000 00{i}", answered: i % 2 == 0)));
        var page = await place.NewSignedInPage(width: 1600, height: 900);
        var rows = page.Locator("tr[data-row]");
        await Expect(rows).ToHaveCountAsync(5);

        await rows.First.GetByRole(AriaRole.Link).First.FocusAsync();
        await page.Keyboard.PressAsync("ArrowDown");
        await page.Keyboard.PressAsync("ArrowDown");
        await Expect(rows.Nth(2).GetByRole(AriaRole.Link).First).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("ArrowUp");
        await page.Keyboard.PressAsync("Space");
        await page.Keyboard.PressAsync("ArrowDown");
        await page.Keyboard.PressAsync("Space");
        await Expect(page.Locator(".picked")).ToHaveTextAsync("2 elegidas");
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Copiar filas" })).ToHaveAttributeAsync("data-text", new Regex(@"\+34600000001\t.*\n.*\+34600000002\t", RegexOptions.Singleline));

        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator(".sheet h2")).ToHaveTextAsync("600 00 00 02");
        await Expect(page.Locator(".sheet h2")).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Escape");
        await Expect(page.Locator(".drawer")).ToHaveCountAsync(0);
        await Expect(rows.Nth(2).GetByRole(AriaRole.Link).First).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("End");
        await Expect(rows.Nth(4).GetByRole(AriaRole.Link).First).ToBeFocusedAsync();
    }

    [Fact]
    public async Task Pages_go_forth_and_back_with_honest_counts_and_columns_are_remembered()
    {
        await using var place = await Place.Open(chromium);
        await using var room = await PhoneRoom.Connect(place);
        var now = DateTimeOffset.UtcNow;
        await room.Remember(Enumerable.Range(0, 120).Select(i => room.Past($"c-{i}", now.AddMinutes(-10 - i), Customer, answered: true)));
        var page = await place.NewSignedInPage();
        var (range, next, previous) = (page.Locator(".range").First, page.GetByRole(AriaRole.Link, new() { Name = "Página siguiente" }).First, page.GetByRole(AriaRole.Link, new() { Name = "Página anterior" }).First);
        await Expect(range).ToHaveTextAsync("1–50 de 120");
        await next.ClickAsync();
        await Expect(range).ToHaveTextAsync("51–100 de 120");
        await next.ClickAsync();
        await Expect(range).ToHaveTextAsync("101–120 de 120");
        await Expect(next).ToHaveAttributeAsync("aria-disabled", "true");
        await previous.ClickAsync();
        await Expect(range).ToHaveTextAsync("51–100 de 120");
        await previous.ClickAsync();
        await Expect(range).ToHaveTextAsync("1–50 de 120");
        await Expect(previous).ToHaveAttributeAsync("aria-disabled", "true");

        var line = page.Locator("thead [data-col=line]");
        await Expect(line).ToBeVisibleAsync();
        await page.Locator("summary", new() { HasText = "Columnas" }).ClickAsync();
        await page.GetByLabel("Línea", new() { Exact = true }).And(page.GetByRole(AriaRole.Checkbox)).UncheckAsync();
        await page.GetByLabel("Intentos").CheckAsync();
        await Expect(line).ToBeHiddenAsync();
        await page.ReloadAsync();
        await Place.IsLive(page);
        await Expect(page.Locator("thead [data-col=attempts]")).ToBeVisibleAsync();
        await Expect(line).ToBeHiddenAsync();

        await Expect(page.Locator("tr[data-row]")).ToHaveCountAsync(50);
        await page.EvaluateAsync("window.scrollTo(0, 900)");
        await Expect(page.Locator("thead th").Nth(1)).ToBeVisibleAsync();
        var head = (await page.Locator("thead th").Nth(1).BoundingBoxAsync())!;
        Assert.InRange(head.Y, 50, 60); // it stays beneath the top bar
    }

    [Fact]
    public async Task All_that_is_listed_can_be_taken_away_and_nothing_in_it_runs()
    {
        await using var place = await Place.Open(chromium);
        await using var room = await PhoneRoom.Connect(place);
        var now = DateTimeOffset.UtcNow;
        const string Begin = "=cmd|' /C calc'!A0\0<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">\u202Egpj.exe\u202C \u0627\u0644\u0633\u0644\u0627\u0645 \U0001F69A ";
        await room.Remember([
            .. Enumerable.Range(0, 70).Select(i => room.Past($"c-{i}", now.AddMinutes(-20 - i), Customer, answered: true)),
            room.Past("evil", now.AddMinutes(-5), Customer, answered: true, name: Begin + new string('ñ', 10_000), queue: "<b>cola</b>\u202E", operatorName: "=1+1")]);
        var page = await place.NewSignedInPage();
        await Expect(page.Locator(".range").First).ToHaveTextAsync("1–50 de 71");
        var row = page.Locator("tr[data-row]").First;
        await Expect(row).ToContainTextAsync("=cmd|' /C calc'!A0␀<script>");
        Assert.InRange((await row.BoundingBoxAsync())!.Height, 20, 60);
        await Looks.Fit(page);
        await row.GetByRole(AriaRole.Link).First.ClickAsync();
        await Expect(page.Locator(".sheet .name")).ToContainTextAsync("<script>document.title='owned'</script>");
        await Expect(page.Locator(".sheet .name script")).ToHaveCountAsync(0);
        await Looks.Fit(page);
        foreach (var tab in (string[])["Eventos", "Recepciones"])
        {
            await page.GetByRole(AriaRole.Link, new() { NameRegex = new(tab) }).ClickAsync();
            await Expect(page.Locator(".sheet [aria-current=page]")).ToContainTextAsync(tab);
            await Looks.Fit(page);
        }

        await Expect(page).ToHaveTitleAsync("Llamadas – WiseParts Call Center");

        foreach (var (link, begin) in ((string, byte[])[])[("CSV", [0xEF, 0xBB, 0xBF]), ("XLSX", "PK"u8.ToArray())])
        {
            await page.Locator("summary", new() { HasText = "Exportar" }).ClickAsync();
            var download = await page.RunAndWaitForDownloadAsync(() => page.GetByRole(AriaRole.Link, new() { NameRegex = new(link) }).ClickAsync());
            Assert.EndsWith(link.ToLowerInvariant(), download.SuggestedFilename);
            var bytes = await File.ReadAllBytesAsync((await download.PathAsync())!);
            Assert.True(bytes.AsSpan().StartsWith(begin));
            if (link == "CSV") Assert.Equal(72, System.Text.Encoding.UTF8.GetString(bytes).TrimEnd().Split("\r\n").Length);
            await page.Keyboard.PressAsync("Escape");
        }
    }

    [Theory, InlineData(1280, ColorScheme.Light), InlineData(1920, ColorScheme.Dark), InlineData(390, ColorScheme.Light), InlineData(390, ColorScheme.Dark)]
    public async Task Everybody_can_use_it_at_any_width(int width, ColorScheme scheme)
    {
        await using var place = await Place.Open(chromium);
        await using var room = await PhoneRoom.Connect(place);
        var now = DateTimeOffset.UtcNow;
        await room.Remember([
            .. Enumerable.Range(0, 60).Select(i => room.Past($"c-{i}", now.AddMinutes(-20 - i * 90), i % 9 == 0 ? "anonymous" : $"+34 600 000 0{i + 10}", answered: i % 3 != 0, name: i % 2 == 0 ? "Electricidad del automóvil Monteclaro" : null)),
            room.Past("busy", now.AddMinutes(-3), Customer, answered: false)]);
        await room.Ring("live", Customer);
        var page = await place.NewSignedInPage(width, 844, scheme);
        await Expect(page.Locator(".live tr[data-row]")).ToContainTextAsync("Sonando");
        await Looks.AreSound(page);

        await page.GotoAsync("/llamadas?periodo=7-dias&estado=perdida&recuperacion=sin-recuperar");
        await Place.IsLive(page);
        await Expect(page.Locator(".chip")).ToHaveCountAsync(3);
        if (width < 800) await page.GetByRole(AriaRole.Button, new() { Name = "Filtros" }).ClickAsync();
        await Expect(Choice(page, "Operador")).ToBeVisibleAsync();
        await Looks.AreSound(page);

        await page.Locator("tr[data-row] a").First.ClickAsync();
        await Expect(page.Locator(".sheet .missed")).ToBeVisibleAsync();
        await Looks.AreSound(page);
        var drawer = (await page.Locator(".drawer").BoundingBoxAsync())!;
        if (width < 800) Assert.Equal(width, drawer.Width, 20f);
        foreach (var tab in (string[])["Eventos", "Recepciones"])
        {
            await page.GetByRole(AriaRole.Link, new() { NameRegex = new(tab) }).ClickAsync();
            await Expect(page.Locator(".sheet [aria-current=page]")).ToContainTextAsync(tab);
            await Looks.AreSound(page);
        }

        await page.GetByRole(AriaRole.Link, new() { Name = "Cerrar el detalle" }).ClickAsync();
        await Expect(page.Locator(".drawer")).ToHaveCountAsync(0);
        await page.GotoAsync("/llamadas/1");
        await Expect(page.Locator(".one-call .time-bar")).ToBeVisibleAsync();
        await Looks.AreSound(page);
    }

    /// <summary>Columns have the same names.</summary>
    static ILocator Choice(IPage page, string name) => page.GetByRole(AriaRole.Combobox, new() { Name = name, Exact = true });

    /// <summary>It counts on by itself.</summary>
    static async Task Runs(ILocator timer)
    {
        var first = await timer.TextContentAsync();
        await Expect(timer).Not.ToHaveTextAsync(first!);
        await Expect(timer).ToHaveTextAsync(new Regex(@"^\d\d:\d\d$"));
    }

    static async Task<float> Width(ILocator part) => (await part.BoundingBoxAsync())!.Width;
}
