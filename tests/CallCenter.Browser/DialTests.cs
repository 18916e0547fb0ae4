using CallCenter.Audit;
using CallCenter.Calls;
using CallCenter.Commands;
using CallCenter.Customers;
using CallCenter.Quotes;
using CallCenter.Teams;
using static Microsoft.Playwright.Assertions;

namespace CallCenter.Browser;

/// <summary>Wherever the number of somebody outside is shown, it can be called with a click.</summary>
public sealed class DialTests(Chromium chromium)
{
    /// <summary>Where to put pictures of each page, to be looked at.</summary>
    const string PicturesVariable = "CALLCENTER_PICTURES";

    const string Ruiz = "+34913000001", RuizMobile = "+34600111222", Stranger = "+34600111333", Shared = "+34913000005";

    [Theory]
    [InlineData(1280, 720)]
    [InlineData(390, 844)]
    public async Task Every_number_that_is_shown_can_be_called_and_what_is_nobodys_cannot(int width, int height)
    {
        await using var place = await Place.Open(chromium);
        await using var room = await PhoneRoom.Connect(place);
        var known = await Fill(place, room);
        var page = await place.NewSignedInPage(width, height);
        foreach (var (address, atLeast) in known)
        {
            await page.GotoAsync(address);
            await Place.IsLive(page);
            await Expect(page.Locator("main [data-dial]:visible").Nth(atLeast - 1)).ToBeVisibleAsync();
            await page.WaitForTimeoutAsync(300); // what is read after the page stands
            await Looks.AreSound(page);
            if (Environment.GetEnvironmentVariable(PicturesVariable) is { Length: > 0 } folder) await page.ScreenshotAsync(new() { Path = Path.Combine(folder, $"dial-{address.Trim('/').Replace('/', '-').Replace('?', '-')}-{width}.png") });
            Assert.Equal("", string.Join('\n', (await page.EvaluateAsync<string[]>(Undialled, new[] { Ruiz, RuizMobile, Stranger, Shared })).Select(text => $"{address}: {text}")));
        }

        // Where the phone system cannot be told, the computer dials.
        await page.GotoAsync("/llamadas");
        await Place.IsLive(page);
        await Expect(page.Locator("tr[data-row]").Filter(new() { HasText = "600 11 13 33" }).Locator("[data-dial]").First).ToHaveAttributeAsync("href", $"tel:{Stranger}");
        foreach (var nobody in (string[])["Número oculto", "205 → 206"])
            await Expect(page.Locator("tr[data-row]").Filter(new() { HasText = nobody }).Locator("[data-dial]")).ToHaveCountAsync(0);
        await page.Locator("tr[data-row]").Filter(new() { HasText = "Número oculto" }).Locator("th a").First.ClickAsync();
        await Expect(page.Locator(".drawer h2")).ToHaveTextAsync("Número oculto");
        await Expect(page.Locator(".drawer [data-dial]")).ToHaveCountAsync(0);
    }

    /// <summary>Texts that hold one of the numbers, at home or abroad, in something that cannot be used to call it.</summary>
    const string Undialled = """
        numbers => {
          const found = [], walker = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT);
          while (walker.nextNode()) {
            const text = walker.currentNode.data, digits = text.replace(/\D/g, ''), element = walker.currentNode.parentElement;
            if (!element.checkVisibility() || element.closest('[data-dial], option, button, .wizard')) continue;
            for (const number of numbers)
              if (digits.includes(number.slice(3)) && !element.closest('tr, li, .party, .callbar-item, .case-row, dl > div')?.querySelector(`[data-dial="${number}"]`) && !element.closest('section')?.querySelector(`[data-dial="${number}"]`) && !element.closest('article.sheet')?.querySelector(`[data-dial="${number}"]`))
                found.push(text.trim());
          }
          return found;
        }
        """;

    /// <returns>Pages on which numbers are seen, and on how many at least one can click there.</returns>
    static async Task<List<(string Address, int AtLeast)>> Fill(Place place, PhoneRoom room)
    {
        await using var stage = await Backstage.Open(place.Database, mayCreate: false, default);
        var me = stage.Get<Personnel>().Now.People.Values.Single().Id;
        // Whose telephone rang: the list of one's own calls is looked at too.
        await stage.Get<TeamBook>().GiveExtension(me, room.Connection, "201", DateTimeOffset.MinValue, Authority.Console);
        var book = stage.Get<CustomerBook>();
        async Task<long> Customer(string name, params string[] numbers) => (await book.Add(
            numbers.Aggregate(CustomerDetail.New(new Customer(0, CustomerKind.Company, name)), (detail, number) => detail.With(CustomerNumber.Of(PhoneNumber.Parse(number, "ES"), ""))), Actor.Console)).Customer.Id;
        var ruiz = await Customer("Talleres Ruiz", Ruiz, RuizMobile);
        await Customer("Garajes Sol", Shared);
        await Customer("Garajes Luna", Shared);

        var now = DateTimeOffset.UtcNow;
        var inside = new CallKey(room.Connection, "inside");
        await room.Remember(
        [
            room.Past("known", now.AddHours(-1), Ruiz, answered: true),
            room.Past("missed", now.AddMinutes(-50), RuizMobile, answered: false),
            room.Past("stranger", now.AddMinutes(-40), Stranger, answered: true),
            room.Past("lost", now.AddMinutes(-30), Stranger, answered: false),
            room.Past("shared", now.AddMinutes(-20), Shared, answered: true),
            room.Past("hidden", now.AddMinutes(-10), "anonymous", answered: false),
            [
                new CallStarted(inside, now.AddMinutes(-5), Direction.Internal, PhoneNumber.Parse("205", "ES"), PhoneNumber.Parse("206", "ES")), new AttemptStarted(inside, now.AddMinutes(-5), "1", "206"),
                new CallEnded(inside, now.AddMinutes(-4), EndCause.Normal),
            ],
        ]);
        var desk = stage.Get<QuoteDesk>();
        var draft = await desk.Draft(new SaleHead(ruiz), me, Actor.Console);
        draft = await desk.Save(draft.Id, draft.Content, draft.Content with { Lines = [new QuoteLine { Reference = "FS-101", UnitPrice = new(10_00) }] }, Actor.Console);
        await desk.Present(draft.Id, null, Actor.Console);
        var order = await stage.Get<OrderDesk>().Place(draft.Id, null, me, Actor.Console);
        var calls = (await stage.Get<CallLog>().List(CallScope.Machine, new())).Calls.Where(call => call.CustomerNumber is not null).ToList();
        return
        [
            ("/llamadas", 5), .. calls.Select(call => ($"/llamadas/{call.Id}", 1)), ("/clientes", 3), ($"/clientes/{ruiz}", 2), ("/por-devolver", 1), ("/por-devolver?caso=1", 1),
            ($"/presupuestos/{draft.Id}", 1), ($"/pedidos/{order.Id}", 1), ("/mi-panel?ver=historial", 5), ("/panel?periodo=7-dias", 1), ("/configuracion/numeros", 1), ("/configuracion/numeros?ver=compartidos", 1),
        ];
    }
}
