using System.Reflection;
using System.Xml.Linq;
using CallCenter.Alerts;
using CallCenter.Audit;
using CallCenter.Customers;
using CallCenter.Customers.Import;
using CallCenter.Importing;
using CallCenter.Parts;
using CallCenter.Quotes;
using CallCenter.Quotes.Import;
using CallCenter.Reports.Scheduled;
using CallCenter.SigningIn;
using CallCenter.Teams;
using CallCenter.Telephony;
using CallCenter.Wallboard;
using CallCenter.Web;
using Microsoft.AspNetCore.Components;
using Microsoft.Playwright;

namespace CallCenter.Browser;

/// <summary>Every page there is, in both languages, with names on it that strangers chose to do harm.</summary>
public sealed class WalkTests(Chromium chromium)
{
    const string Evil = "=cmd|'/C calc'!A0<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">\u202Egpj.exe\u202C السلام 🚚";

    static readonly string[] AwayFromHere = ["/configuracion-inicial", "/idioma", "/salir", "/entrar/codigo"];

    [Theory]
    [InlineData("es", 1280, 720, ColorScheme.Light)]
    [InlineData("en", 390, 844, ColorScheme.Dark)]
    public async Task No_page_is_harmed_by_a_name_or_speaks_the_other_language(string language, int width, int height, ColorScheme scheme)
    {
        await using var place = await Place.Open(chromium);
        await using var room = await PhoneRoom.Connect(place);
        var known = await Fill(place, room, language);
        var page = await place.NewSignedInPage(width, height, scheme, language);
        var faults = new List<string>();
        page.Dialog += (_, dialog) => faults.Add($"a dialog: {dialog.Message}");
        page.PageError += (_, error) => faults.Add($"{page.Url}: {error}");
        page.Console += (_, told) =>
        {
            if (told.Type == "error" && !told.Text.Contains("404")) faults.Add($"{page.Url}: {told.Text}");
        };

        foreach (var address in Addresses().Where(address => !AwayFromHere.Contains(address)).SelectMany(address => known(address)))
        {
            await page.GotoAsync(address);
            if (await page.Locator("nav").CountAsync() > 0) await Place.IsLive(page); // the pages of the door are not live
            await page.WaitForTimeoutAsync(300); // what is read after the page stands
            await Looks.AreSound(page);
            var text = await page.InnerTextAsync("body");
            Assert.DoesNotContain('\u202E', text);
            Assert.DoesNotContain('\0', text);
            Assert.NotEqual("owned", await page.TitleAsync());
            var said = await page.EvaluateAsync<string[]>("""
                () => {
                  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), said = [];
                  while (walker.nextNode()) if (!walker.currentNode.parentElement.closest('script, style, [lang]:not(html)')) said.push(walker.currentNode.data.trim());
                  for (const one of document.querySelectorAll('[aria-label], [title], [placeholder]')) for (const name of ['aria-label', 'title', 'placeholder']) if (one.hasAttribute(name)) said.push(one.getAttribute(name));
                  return said;
                }
                """);
            Assert.True(!said.Intersect(OnlyIn(language == "es" ? "en" : "es")).Any(), $"{address} says {string.Join(" | ", said.Intersect(OnlyIn(language == "es" ? "en" : "es")))}");
        }

        Assert.Empty(faults);
    }

    /// <summary>Fills every kind of name with what a stranger might choose; returns which addresses a page is looked at by.</summary>
    static async Task<Func<string, IEnumerable<string>>> Fill(Place place, PhoneRoom room, string language)
    {
        await using var stage = await Commands.Backstage.Open(place.Database, mayCreate: false, default);
        var (users, book) = (stage.Get<Users>(), stage.Get<TeamBook>());
        var (me, name) = (stage.Get<Personnel>().Now.People.Values.Single(), Evil[..Person.NameMax]);
        await users.Change(me.Id, person => person with { Name = name, Language = language }, Authority.Console);
        var eva = await users.Add(new NewPerson("eva@example.com", name, [Role.Operator], [Ability.ViewAllCalls], Phones: Evil), null, Authority.Console);
        var team = await book.Add(name, TeamType.Sales, Authority.Console);
        await book.Change(team.Id, one => one with { Manager = eva.Id }, Authority.Console);
        await book.AddMember(team.Id, eva.Id, DateTimeOffset.MinValue, Authority.Console);
        await book.GiveLine(team.Id, room.Connection, LineKind.Queue, Evil, null, true, Authority.Console);
        await book.GiveExtension(eva.Id, room.Connection, Evil, DateTimeOffset.MinValue, Authority.Console);
        await stage.Switchboard.Add("webhook", name, new Dictionary<string, string>(), ConnectionState.Draft);
        await stage.Get<ApiKeys>().Add(name, [ApiScope.CallsRead], Actor.Console, [team.Id]);
        var (webhook, _) = await stage.Get<Webhooks>().Add(name, "https://erp.invalid/hook", [CallersWaiting.Name], Actor.Console);
        await stage.Get<Deliveries>().Test(webhook.Id, Actor.Console);
        var waiting = new Dictionary<string, object?> { ["waiting"] = 4, ["seconds"] = 75 };
        await stage.Db.Write(tx => stage.Get<AlertBoard>().Raise(tx, new Alert(CallersWaiting.Name, $"team:{team.Id}", team.Id, DateTimeOffset.UtcNow, waiting)));
        await room.Ring("live", "+34612345678", Evil, Evil, Evil + "\0");
        await room.Remember([room.Past("past", DateTimeOffset.UtcNow.AddHours(-1), "+34612345679", answered: true, Evil, Evil, Evil + "\0"),
            room.Past("missed", DateTimeOffset.UtcNow.AddHours(-2), "+34612345677", answered: false, Evil, Evil, Evil + "\0")]);
        var link = await stage.Get<AccountLinks>().Invite(eva.Id, Authority.Console);
        var (quote, order, offer, part) = await Sell(stage, me.Id);
        await Import(stage);
        await ImportSales(stage);
        var customer = quote.Head.Customer;
        var schedules = stage.Get<ReportSchedules>();
        var schedule = await schedules.Save(
            new(0, name, "by-line", new(team.Id, Evil, Evil, true), new(Rhythm.Weekly, 3, new(8, 0)), ReportFormat.Csv, [me.Id], true, "", default), Authority.Of(me, stage.Get<Personnel>().RightsOf(me.Id)));
        await schedules.SendNow(schedule.Id, Authority.Of(me, stage.Get<Personnel>().RightsOf(me.Id)));
        var (_, screen) = await stage.Get<KioskLinks>().Make(name, [team.Id], 1, Authority.Of(me, stage.Get<Personnel>().RightsOf(me.Id)));
        var calls = (await stage.Get<CallCenter.Calls.CallLog>().List(CallCenter.Calls.CallScope.Machine, new())).Calls;
        var connections = stage.Switchboard.All.Select(connection => connection.Id).ToList();

        return address => address switch
        {
            "/llamadas/{Id:long}" => calls.Select(call => $"/llamadas/{call.Id}"),
            "/por-devolver" => [address, "/por-devolver?caso=1"],
            "/configuracion/usuarios/{Id}" or "/configuracion/usuarios/{Id}/ver-como" => [address.Replace("{Id}", eva.Id), address.Replace("{Id}", "nuevo")],
            "/configuracion/equipos/{Id}" => [$"/configuracion/equipos/{team.Id}", "/configuracion/equipos/nuevo"],
            "/integraciones/{Id}" or "/integraciones/{Id}/conectar" => connections.Select(id => address.Replace("{Id}", id)),
            "/enlace/{Token}" => [link.Address.AbsolutePath],
            "/mi-panel" => [address, $"/mi-panel?ver=historial&llamada={calls[0].Id}", $"/mi-panel?presupuesto={quote.Id}", "/mi-panel?ver=por-devolver"],
            "/clientes/{Id:long}" => [$"/clientes/{customer}"],
            "/presupuestos/{Id:long}" or "/presupuestos/{Id:long}/imprimir" => [address.Replace("{Id:long}", $"{quote.Id}"), address.Replace("{Id:long}", $"{quote.Id + 1}")],
            "/pedidos/{Id:long}" => [$"/pedidos/{order}"],
            "/pantalla" => ["/pantalla?colas=si", "/pantalla?colas=si&tema=blanco"],
            "/pantalla/{Token}" => [$"/pantalla/{screen}?colas=si", "/pantalla/no-such-link"],
            "/oferta/{Token}" => [offer.AbsolutePath, "/oferta/no-such-link"],
            "/repuestos/{Id}" => [$"/repuestos/{part}", "/repuestos/nuevo"],
            _ when !address.Contains('{') => [address],
            _ => throw new InvalidOperationException($"Nobody says what {address} is looked at with."),
        };
    }

    /// <summary>A customer, a part, a quote that was ordered in part and one that is still written, and the link of the first.</summary>
    static async Task<(Quote Quote, long Order, Uri Offer, long Part)> Sell(Commands.Backstage stage, string me)
    {
        var (by, text, word) = (Actor.Console, Evil[..Customer.TextMax], Evil[..40]);
        var detail = CustomerDetail.New(new Customer(0, CustomerKind.Company, Evil, Segment: text, PriceTier: word, Owner: me, CreditStop: true, Note: Evil, TaxId: text))
            .With(CustomerNumber.Of(PhoneNumber.Parse("+34612345678", "ES"), text)).With(new Vehicle(0, text, Make: text, Model: text, Note: Evil)).With(new ExternalId(text, text));
        var customer = await stage.Get<CustomerBook>().Add(detail with { Contacts = [new(0, Evil, text)], Branches = [new(0, Evil, Evil)] }, by);
        await stage.Get<CustomerBook>().Add(new Customer(0, CustomerKind.Person, Evil), PhoneNumber.Parse("+34612345679", "ES"), by);
        await stage.Get<CustomerBook>().Add(new Customer(0, CustomerKind.Person, "Bruno Olmo"), PhoneNumber.Parse("+34612345679", "ES"), by);
        var part = await stage.Get<PartCatalogue>().Put(
            new Part { Brand = word, Reference = word, Description = Evil, CrossReferences = [new(word, word)], Prices = new Dictionary<string, Money> { [""] = new(12_50), [word] = new(10_00) }, Stock = new(3, DateTimeOffset.UtcNow) }, by);

        var desk = stage.Get<QuoteDesk>();
        async Task<Quote> Write()
        {
            var draft = await desk.Draft(new SaleHead(customer.Customer.Id, Contact: Evil, Branch: Evil, Plate: text, Vin: text, RequestedBy: Evil, RequestNumber: Evil, Note: Evil), me, by);
            QuoteLine line = new() { Part = part.Id, Brand = text, Reference = text, Description = Evil, Quantity = 3, UnitPrice = new(10_00), TaxPercent = 21, Availability = Evil };
            return await desk.Save(draft.Id, draft.Content, draft.Content with { Lines = [line] }, by);
        }

        var quote = await Write();
        await Write();
        await desk.Present(quote.Id, null, by);
        var offer = await stage.Get<Offers>().Make(quote.Id, by);
        var order = await stage.Get<OrderDesk>().Place(quote.Id, new Dictionary<string, decimal> { [quote.Lines[0].Id] = 1 }, me, by);
        return (quote, order.Id, offer.Address, part.Id);
    }

    /// <summary>A list of customers that waits for somebody to say yes: one changes, one is new, one is refused.</summary>
    static async Task Import(Commands.Backstage stage)
    {
        var imports = stage.Get<CustomerImports>();
        var text = Evil.Replace("\"", "\"\"");
        using var file = new MemoryStream(System.Text.Encoding.UTF8.GetBytes($"Código;Nombre;Teléfono;Nota;\"{text}\"\n1;Bruno Olmo;;\"{text}\";\n;Bruno Olmo;+34612345679;\"{text}\";\n2;\"{text}\";\"{text}\";;\n"));
        var taken = await imports.Take(file, Evil, Actor.User("x", Evil));
        await imports.Start(taken.Id, taken.Mapping!);
        while ((await imports.Find(taken.Id))!.State != ImportState.Ready)
        {
            await stage.Get<CustomerLoading>().Run(taken.Id, default);
            await Task.Delay(100);
        }
    }

    /// <summary>A list of quotes that waits likewise: one is new, one is refused.</summary>
    static async Task ImportSales(Commands.Backstage stage)
    {
        var imports = stage.Get<SaleImports>();
        var text = Evil.Replace("\"", "\"\"");
        using var file = new MemoryStream(System.Text.Encoding.UTF8.GetBytes($"Presupuesto;Razón social;Nota;Descripción;Precio;Estado;\"{text}\"\n\"{text}\";\"{text}\";\"{text}\";\"{text}\";5;;\n2;;;;5;\"{text}\";\n"));
        var taken = await imports.Take(file, Evil, ofOrders: false, ',', Actor.User("x", Evil));
        await imports.Start(taken.Id, taken.Mapping!);
        while ((await imports.Find(taken.Id))!.State != ImportState.Ready)
        {
            await stage.Get<SaleLoading>().Run(taken.Id, default);
            await Task.Delay(100);
        }
    }

    static IEnumerable<string> Addresses() =>
        typeof(Words).Assembly.GetTypes().SelectMany(type => type.GetCustomAttributes<RouteAttribute>()).Select(route => route.Template).Order(StringComparer.Ordinal);

    /// <summary>Whole sentences that this language says and the other never does. A name of somebody's own choosing is in neither.</summary>
    static HashSet<string> OnlyIn(string language)
    {
        var (spanish, english) = (Sentences(".resx"), Sentences(".en.resx"));
        return [.. (language == "es" ? spanish.Except(english) : english.Except(spanish)).Where(sentence => sentence.Length > 3 && !sentence.Contains('{') && sentence != PhoneRoom.Name)];
    }

    static HashSet<string> Sentences(string ending)
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "CallCenter.slnx"))) folder = folder.Parent!;
        var source = Path.Combine(folder.FullName, "src/CallCenter");
        return [.. new[] { "Web/Words", "Telephony/Pages/ConnectionWords" }
            .SelectMany(file => XDocument.Load(Path.Combine(source, file + ending)).Descendants("data")).Select(data => data.Element("value")!.Value.Trim())];
    }
}
