using System.Globalization;
using System.Text.RegularExpressions;
using CallCenter.Audit;
using CallCenter.Calls;
using CallCenter.Commands;
using CallCenter.Customers;
using CallCenter.Parts;
using CallCenter.Quotes;
using CallCenter.Teams;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace CallCenter.Browser;

public sealed class QuotesTests(Chromium chromium)
{
    const string Number = "+34612345678";

    [Fact]
    public async Task A_quote_is_written_by_keyboard_alone_while_it_rings_survives_a_killed_browser_and_server_and_becomes_an_order()
    {
        await using var place = await Place.Open(chromium);
        await using var room = await PhoneRoom.Connect(place);
        await using var stage = await Stock(place);
        await room.Ring("c-1", Number);
        var id = await Draft(stage);
        var page = await Page(place, id);

        // Whom one knows tells the part at once: the first key is the first sign of its reference.
        await Expect(page.Locator(".quote-customer")).ToContainTextAsync("Talleres Ruiz");
        await Expect(Reference(page, 1)).ToBeFocusedAsync();
        await page.Keyboard.TypeAsync("fs-101");
        await Expect(page.Locator("[data-line] [role=option]")).ToContainTextAsync("12 en stock");
        await page.Keyboard.PressAsync("Tab"); // takes the one that it is exactly
        await page.Keyboard.TypeAsync("4");
        await Expect(Line(page, 1)).ToContainTextAsync("30,00"); // at the customer's own price
        await Expect(page.Locator("[data-saved=yes]")).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("Enter");
        await Expect(Reference(page, 2)).ToBeFocusedAsync();
        // Faster than anybody finds: what is typed is exactly one part's reference all the same.
        await page.Keyboard.TypeAsync("FN 22");
        await page.Keyboard.PressAsync("Tab");
        await page.Keyboard.TypeAsync("2");
        await page.Keyboard.PressAsync("Tab");
        await Expect(Line(page, 2).GetByLabel("Precio")).ToHaveValueAsync("41,20");
        await page.Keyboard.PressAsync("Tab");
        await page.Keyboard.TypeAsync("10");
        await page.Keyboard.PressAsync("Enter");
        // By words, several to choose from.
        await page.Keyboard.TypeAsync("aceite");
        await Expect(page.Locator("[data-line] [role=option]")).ToHaveCountAsync(2);
        await Looks.AreSound(page);
        await page.Keyboard.PressAsync("ArrowDown");
        await page.Keyboard.PressAsync("ArrowDown");
        await page.Keyboard.PressAsync("Enter");
        await Expect(Reference(page, 4)).ToBeFocusedAsync();
        await page.Keyboard.TypeAsync("Mano de obra");
        await page.Keyboard.PressAsync("Tab");
        await page.Keyboard.PressAsync("Tab");
        await page.Keyboard.TypeAsync("25,5x");
        await Expect(Line(page, 4).GetByLabel("Precio")).ToHaveAttributeAsync("aria-invalid", "true");
        await page.Keyboard.PressAsync("Backspace");
        await Expect(page.Locator("[data-saved=yes]")).ToBeVisibleAsync();
        // The browser is gone in the middle of a word, the server right after it has kept it.
        await page.Keyboard.TypeAsync("9");
        await page.Context.CloseAsync();
        var kept = await Kept(stage, id, quote => quote.Lines[3].UnitPrice == new Money(25_59));
        await place.Kill();
        await place.Start();
        page = await Page(place, id);
        await Expect(page.Locator("[data-line]")).ToHaveCountAsync(5);
        await Expect(Line(page, 4).GetByLabel("Precio")).ToHaveValueAsync("25,59");
        await Expect(page.Locator(".total dd")).ToHaveTextAsync($"{kept.Totals.Total.Amount.ToString("N2", CultureInfo.GetCultureInfo("es-ES"))}\u00a0EUR");

        // Somebody else writes in it too: both see both, and who contradicts is told.
        var other = await Page(place, id);
        await other.GetByLabel("Matrícula").FillAsync("1234 klm");
        await other.Keyboard.PressAsync("Tab");
        await Expect(page.GetByLabel("Matrícula")).ToHaveValueAsync("1234 KLM");

        await page.GetByRole(AriaRole.Button, new() { Name = "Guardar como presupuesto" }).ClickAsync();
        await Expect(page.Locator("h2")).ToHaveTextAsync(new Regex(@"P-\d{4}-000001"));
        await Expect(other.Locator("h2")).ToHaveTextAsync(new Regex(@"P-\d{4}-000001"));
        await Looks.AreSound(page);
        await page.GetByRole(AriaRole.Button, new() { Name = "Pedir una parte…" }).ClickAsync();
        await page.GetByLabel("Cantidad que se pide de FS-101").FillAsync("1");
        await page.GetByRole(AriaRole.Button, new() { Name = "Pedir estas cantidades" }).ClickAsync();
        await Expect(page.Locator(".quote-head")).ToContainTextAsync("Pedido en parte");
        await Expect(page.Locator("article.quote")).ToContainTextAsync("quedan 3");
        await page.GetByRole(AriaRole.Button, new() { Name = "Pedir lo que queda" }).ClickAsync();
        await Expect(page.Locator("article.quote")).ToContainTextAsync("PD-");
        await Expect(page.Locator("article.quote > header .state")).ToHaveTextAsync("Pedido");
    }

    static ILocator Line(IPage page, int number) => page.Locator($"[data-line]:nth-child({number})");

    static ILocator Reference(IPage page, int number) => Line(page, number).Locator("[data-reference]");

    static async Task<IPage> Page(Place place, long id)
    {
        var page = await place.NewSignedInPage();
        await page.GotoAsync($"/presupuestos/{id}");
        await Place.IsLive(page);
        return page;
    }

    static async Task<long> Draft(Backstage stage)
    {
        var (calls, person) = (stage.Get<CallLog>(), stage.Get<Personnel>().Now.People.Values.Single());
        var call = (await calls.List(CallScope.Machine, new CallFilter(), 1)).Calls[0];
        return (await stage.Get<QuoteDesk>().DraftFor(CallScope.Machine, call.Id, person.Id, Actor.User(person.Id, person.Name))).Id;
    }

    /// <summary>The quote once it is so in the database.</summary>
    static async Task<Quote> Kept(Backstage stage, long id, Func<Quote, bool> isSo)
    {
        for (var tries = 0; ; tries++)
        {
            if ((await stage.Get<QuoteList>().Find(id))!.Sale is var quote && isSo(quote)) return quote;
            Assert.True(tries < 150, "it was not kept");
            await Task.Delay(100);
        }
    }

    /// <summary>A customer with a price of its own, and some parts.</summary>
    internal static async Task<Backstage> Stock(Place place)
    {
        var stage = await Backstage.Open(place.Database, mayCreate: false, default);
        await stage.Get<CustomerBook>().Add(new Customer(0, CustomerKind.Company, "Talleres Ruiz", PriceTier: "taller"), PhoneNumber.Parse(Number, "ES"), Actor.Console);
        var parts = stage.Get<PartCatalogue>();
        async Task Put(string brand, string reference, string text, long cents, decimal? stock = null, long? own = null) => await parts.Put(new Part
        {
            Brand = brand,
            Reference = reference,
            Description = text,
            Stock = stock is { } quantity ? new Stock(quantity, DateTimeOffset.UtcNow.AddMinutes(-20)) : null,
            Prices = new Dictionary<string, Money> { [""] = new(cents), ["taller"] = new(own ?? cents) },
        }, Actor.Console);
        await Put("Filtros Sol", "FS-101", "Filtro de aceite motor 1.6", 8_50, 12, 7_50);
        await Put("Norte", "AB-5", "Filtro de aceite motor 2.0", 9_90, 0);
        await Put("Freno Norte", "FN-22", "Disco de freno delantero", 41_20);
        return stage;
    }
}
