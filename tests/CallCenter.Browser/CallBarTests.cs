using System.Text.RegularExpressions;
using CallCenter.Audit;
using CallCenter.Commands;
using CallCenter.Customers;
using CallCenter.Teams;
using CallCenter.Telephony.Providers;
using CallCenter.Tests.Telephony;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace CallCenter.Browser;

public sealed class CallBarTests(Chromium chromium)
{
    const string Eva = "eva@example.com", Luis = "luis@example.com";
    const string Customer = "+34612345678";

    [Fact]
    public async Task D33_D36_D38_D39_A_call_stands_on_the_bar_of_whom_it_rings_from_the_ring_to_what_came_of_it()
    {
        await using var place = await Place.Open(chromium);
        await using var room = await PhoneRoom.Connect(place);
        await Staff(place, room);
        var (hers, his) = (await Page(place, Eva), await Page(place, Luis));
        var second = await hers.Context.NewPageAsync();
        await second.GotoAsync("/por-devolver");
        await Place.IsLive(second);

        await room.Ring("c-1", Customer);
        foreach (var page in (IPage[])[hers, second])
        {
            await Expect(Bar(page)).ToContainTextAsync("Sonando", new() { Timeout = 3000 });
            await Expect(Bar(page)).ToContainTextAsync("Talleres Ruiz");
            await Expect(Bar(page)).ToContainTextAsync("Crédito bloqueado");
        }

        await Expect(hers.Locator(".callbar [role=alert]")).ToHaveTextAsync("Llamada entrante: Talleres Ruiz");
        await Expect(Bar(his)).ToBeHiddenAsync();
        await Expect(his.Locator(".pill-newest")).ToBeVisibleAsync(); // that the phone system is alive is to be seen between one's own calls too
        await Expect(hers).ToHaveURLAsync(new Regex("/llamadas$")); // nothing opens by itself
        await Looks.AreSound(hers);

        await room.Answer("c-1");
        await Expect(Bar(hers)).ToContainTextAsync("En conversación");
        await hers.Keyboard.PressAsync("Alt+n");
        await Expect(Bar(hers).Locator("[data-note]")).ToBeFocusedAsync();
        await hers.Keyboard.TypeAsync("Pide pastillas");
        await Expect(Bar(hers)).ToContainTextAsync("Guardado");
        await hers.ReloadAsync(); // in the middle of a call (d36)
        await Place.IsLive(hers);
        await Expect(Bar(hers).Locator("[data-note]")).ToHaveValueAsync("Pide pastillas");

        await room.HangUp("c-1");
        await Bar(hers).GetByRole(AriaRole.Button, new() { Name = "Consulta" }).ClickAsync();
        await Expect(Bar(hers).GetByRole(AriaRole.Button, new() { Name = "Consulta" })).ToHaveAttributeAsync("aria-pressed", "true");
        await Expect(Bar(hers)).ToBeHiddenAsync(new() { Timeout = 25_000 });

        await hers.GotoAsync("/llamadas");
        await Place.IsLive(hers);
        await hers.Locator("tr[data-row] th a").First.ClickAsync();
        await hers.GetByRole(AriaRole.Link, new() { Name = "Notas" }).ClickAsync();
        await Expect(hers.Locator(".drawer [data-note]")).ToHaveValueAsync("Pide pastillas");
        await Expect(hers.Locator(".drawer").GetByRole(AriaRole.Button, new() { Name = "Consulta" })).ToHaveAttributeAsync("aria-pressed", "true");
    }

    [Fact]
    public async Task D34_D37_Calls_that_come_together_are_two_and_a_counter_and_what_is_hidden_here_is_hidden_there()
    {
        await using var place = await Place.Open(chromium);
        await using var room = await PhoneRoom.Connect(place);
        await Staff(place, room);
        var page = await Page(place, Eva);
        var second = await Page(place, Eva); // another browser, as on another desk

        for (var i = 0; i < 6; i++) await room.Ring($"c-{i}", $"+3461200000{i}");
        foreach (var one in (IPage[])[page, second])
        {
            await Expect(Bar(one).Locator("article")).ToHaveCountAsync(2);
            await Expect(Bar(one)).ToContainTextAsync("+4 llamadas");
        }

        await Bar(page).GetByRole(AriaRole.Button, new() { Name = "Ocultar la llamada" }).First.DblClickAsync();
        foreach (var one in (IPage[])[page, second])
        {
            await Expect(Bar(one)).ToContainTextAsync("+3 llamadas");
            await Expect(one.Locator(".callbar-hidden")).ToHaveTextAsync("1 llamada oculta");
        }

        await second.Locator(".callbar-hidden").ClickAsync();
        await Expect(Bar(page)).ToContainTextAsync("+4 llamadas");

        // Luis picks up what rang at Eva's: she reads who took it, and then it is gone.
        await room.Tell(new("leg.ringing", "c-0", Seq: 4, Leg: "c-0-2", Who: "202"), new("leg.answered", "c-0", Seq: 5, Leg: "c-0-2", Who: "202"));
        await Expect(Bar(page)).ToContainTextAsync("+3 llamadas");
        await Bar(page).GetByRole(AriaRole.Button, new() { NameRegex = new Regex("llamadas$") }).ClickAsync();
        await Looks.AreSound(page);
    }

    [Fact]
    public async Task Of_thirty_calls_at_once_each_of_five_operators_has_two_and_a_counter_and_is_told_of_each_once()
    {
        const int calls = 30;
        await using var place = await Place.Open(chromium);
        await using var room = await PhoneRoom.Connect(place);
        (string Email, string Name, string Extension)[] five = [.. Enumerable.Range(1, 5).Select(i => ($"op{i}@example.com", $"Persona {i}", $"20{i}"))];
        await Staff(place, room, five);
        var pages = new List<IPage>();
        foreach (var one in five)
        {
            var page = await place.NewPage();
            await page.AddInitScriptAsync("localStorage.setItem('ring-sound', 'yes')");
            await Place.SignIn(page, one.Email);
            pages.Add(page);
        }

        await Task.WhenAll(Enumerable.Range(0, calls).Select(i => room.Tell(
        [
            new("call.started", $"c-{i}", Seq: 1, From: $"+346120000{i:00}", To: "+34910000000", Line: "+34910000000", Result: "inbound"), new("queue.joined", $"c-{i}", Seq: 2, Queue: "ventas"),
            .. five.Select((one, leg) => new SimulatedPhoneSystem.Message("leg.ringing", $"c-{i}", Seq: 3 + leg, Leg: $"c-{i}-{leg}", Who: one.Extension)),
        ])));
        foreach (var page in pages)
        {
            await Expect(Bar(page)).ToContainTextAsync($"+{calls - 2} llamadas");
            await Expect(Bar(page).Locator("article")).ToHaveCountAsync(2);
            await LineWatching.Eventually(async () => (await Told(page)).Length >= calls);
            Assert.Equal(calls, (await Told(page)).Distinct().Count());
            Assert.Equal(calls, (await Told(page)).Length);
            var (first, second) = (await Bar(page).Locator("article").Nth(0).BoundingBoxAsync(), await Bar(page).Locator("article").Nth(1).BoundingBoxAsync());
            Assert.True(first!.X + first.Width <= second!.X || first.Y + first.Height <= second.Y, "one lies on the other");
        }

        await Looks.AreSound(pages[0]);
        await Task.WhenAll(Enumerable.Range(0, calls).Select(i => room.GiveUp($"c-{i}")));
        foreach (var page in pages) await Expect(Bar(page)).ToBeHiddenAsync(new() { Timeout = 40_000 });

        static async Task<string[]> Told(IPage page) => (await page.EvaluateAsync<string>("document.documentElement.dataset.told ?? ''")).Split(' ', StringSplitOptions.RemoveEmptyEntries);
    }

    [Fact]
    public async Task D35_D40_Two_telephones_of_one_person_are_one_call_and_a_server_that_was_away_is_said_and_made_good()
    {
        await using var place = await Place.Open(chromium);
        await using var room = await PhoneRoom.Connect(place);
        await Staff(place, room);
        var page = await Page(place, Eva);

        // Both ring, one is picked up, the other falls silent: she talks, and nothing goes on ringing.
        await room.Ring("c-1", Customer);
        await room.Tell(new SimulatedPhoneSystem.Message("leg.ringing", "c-1", Seq: 4, Leg: "c-1-2", Who: "201"));
        await Expect(Bar(page).Locator("article")).ToHaveCountAsync(1);
        await room.Tell(new("leg.answered", "c-1", Seq: 5, Leg: "c-1-2", Who: "201"), new("leg.ended", "c-1", Seq: 6, Leg: "c-1-1", Result: "answered_elsewhere"));
        await Expect(Bar(page)).ToContainTextAsync("En conversación");
        await Expect(Bar(page).Locator("article")).ToHaveCountAsync(1);

        // The server is away: it is said within seconds, and what stands there is dated. It comes back with the call as it is then.
        await place.Kill();
        await Expect(page.Locator(".pill-words :is(.when-reconnecting, .when-down):visible")).ToHaveCountAsync(1, new() { Timeout = 5000 });
        await place.Start();
        await Expect(page.Locator(".pill-words .when-up")).ToBeVisibleAsync(new() { Timeout = 40_000 });
        await Expect(Bar(page)).ToContainTextAsync("En conversación");
        await room.Tell(new("leg.ended", "c-1", Seq: 7, Leg: "c-1-2", Result: "answered"), new("call.ended", "c-1", Seq: 8, Result: "normal"));
        await Expect(Bar(page).GetByRole(AriaRole.Button, new() { Name = "Consulta" })).ToBeVisibleAsync();
        await Expect(Bar(page)).ToBeHiddenAsync(new() { Timeout = 25_000 });
    }

    static Task Staff(Place place, PhoneRoom room) => Staff(place, room, [(Eva, "Eva Ruiz", "201"), (Luis, "Luis Soto", "202")]);

    static async Task Staff(Place place, PhoneRoom room, IReadOnlyList<(string Email, string Name, string Extension)> people)
    {
        await using var stage = await Backstage.Open(place.Database, mayCreate: false, default);
        var (users, book) = (stage.Get<Users>(), stage.Get<TeamBook>());
        foreach (var (email, name, extension) in people)
        {
            var user = await users.Add(new NewPerson(email, name, [Role.Operator]), Place.Password, Authority.Console);
            await book.GiveExtension(user.Id, room.Connection, extension, DateTimeOffset.MinValue, Authority.Console);
        }

        await stage.Get<CustomerBook>().Add(new Customer(0, CustomerKind.Company, "Talleres Ruiz", Segment: "A", CreditStop: true), PhoneNumber.Parse(Customer, "ES"), Actor.Console);
    }

    static async Task<IPage> Page(Place place, string email)
    {
        var page = await place.NewPage();
        await Place.SignIn(page, email);
        return page;
    }

    static ILocator Bar(IPage page) => page.Locator("[data-callbar]");
}
