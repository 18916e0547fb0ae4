using CallCenter.Audit;
using CallCenter.Commands;
using CallCenter.Storage;
using CallCenter.Teams;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace CallCenter.Browser;

public sealed class PeopleTests(Chromium chromium)
{
    const string Eva = "eva@example.com";

    [Fact]
    public async Task An_administrator_adds_an_operator_and_sees_in_sentences_what_follows()
    {
        await using var place = await Place.Open(chromium);
        var page = await place.NewSignedInPage();
        await page.GetByRole(AriaRole.Link, new() { Name = "Usuarios" }).ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Añadir persona", Exact = true }).ClickAsync();
        await page.GetByLabel("Nombre").FillAsync("Eva <script>alert(1)</script>");
        await page.GetByLabel("Correo electrónico").FillAsync(Eva);
        await Expect(page.GetByText("Ve solo sus llamadas")).ToBeVisibleAsync();
        await page.GetByText("Ver las llamadas de todos los operadores").ClickAsync();
        await Expect(page.GetByText("Ve las llamadas de todos los operadores y equipos")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Guardar" }).ClickAsync();

        await Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToContainTextAsync("Eva <script>");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Acceso" })).ToBeVisibleAsync();
        await Looks.AreSound(page);
        await page.GotoAsync("/configuracion/usuarios");
        await Place.IsLive(page);
        await Expect(page.GetByRole(AriaRole.Row)).ToHaveCountAsync(3);
        await Looks.AreSound(page);
    }

    [Fact]
    public async Task A_person_and_a_team_are_made_with_the_keyboard_alone()
    {
        await using var place = await Place.Open(chromium);
        var page = await place.NewPage();
        await page.GotoAsync("/entrar");
        await page.Keyboard.TypeAsync(Place.Email); // the first field has the focus
        await page.Keyboard.PressAsync("Tab");
        await page.Keyboard.TypeAsync(Place.Password);
        await page.Keyboard.PressAsync("Enter");
        await Place.IsLive(page);
        await Follow("Usuarios");
        await Follow("Añadir persona");
        await Reach("Nombre");
        await page.Keyboard.TypeAsync("Luz Ríos");
        await Reach("Correo electrónico");
        await page.Keyboard.TypeAsync("luz@example.com");
        await Reach("Gerente de call center");
        await page.Keyboard.PressAsync("Space");
        await Expect(page.GetByText("Ve los nombres y las cifras de otros operadores.")).ToBeVisibleAsync();
        await Reach("Guardar");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToContainTextAsync("Luz Ríos");

        await Follow("Equipos");
        await Follow("Añadir equipo");
        await Reach("Nombre");
        await page.Keyboard.TypeAsync("Mostrador");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToContainTextAsync("Mostrador");

        // Who follows a link goes on when the page has come: its heading has the focus then.
        async Task Follow(string link)
        {
            await Reach(link);
            await page.Keyboard.PressAsync("Enter");
            await Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1, Name = link })).ToBeFocusedAsync();
        }

        // Tab by tab, as who has no mouse; every stop can be seen, but the heading of a page that has just come, which is read out.
        async Task Reach(string name)
        {
            for (var stops = 0; stops < 80; stops++)
            {
                await page.Keyboard.PressAsync("Tab");
                var (here, isSeen) = await Focus();
                Assert.True(isSeen, $"the focus on '{here}' cannot be seen");
                if (here.StartsWith(name, StringComparison.Ordinal)) return;
            }

            Assert.Fail($"'{name}' is not reached by Tab");
        }

        async Task<(string Name, bool IsSeen)> Focus()
        {
            var told = await page.EvaluateAsync<string[]>("""
                () => {
                  const on = document.activeElement;
                  const name = on.getAttribute('aria-label') ?? on.labels?.[0]?.innerText ?? on.innerText ?? '';
                  const framed = [on, on.closest('label')].filter(Boolean).some(one => getComputedStyle(one).outlineStyle !== 'none' || getComputedStyle(one).boxShadow !== 'none');
                  return [name.trim(), String(on.matches('body, h1') || framed)];
                }
                """);
            return (told[0], told[1] == "true");
        }
    }

    [Theory]
    [InlineData(1280, 720, ColorScheme.Light)]
    [InlineData(390, 844, ColorScheme.Dark)]
    public async Task A_list_of_people_shows_what_would_change_before_it_does(int width, int height, ColorScheme scheme)
    {
        await using var place = await Place.Open(chromium);
        await using var room = await PhoneRoom.Connect(place);
        var page = await place.NewSignedInPage(width, height, scheme);
        await page.GotoAsync("/configuracion/usuarios");
        await Place.IsLive(page);
        await page.GetByRole(AriaRole.Link, new() { Name = "Importar", Exact = true }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToContainTextAsync("Importar usuarios y equipos");
        await Looks.AreSound(page);

        await Choose("email;nombre;roles;extensiones\neva@example.com;Eva <script>alert(1)</script>;operador;201\nluz@example.com;Luz;jefa;202\n");
        await Expect(page.GetByText("Nuevas: 1 · Cambian: 0 · Iguales: 0 · Con errores: 1")).ToBeVisibleAsync();
        await Expect(page.GetByText("«jefa» no se conoce. Escriba uno de: operador, gerente, administrador.")).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Importar", Exact = true })).ToBeDisabledAsync();
        await Looks.AreSound(page);

        await Choose("email;nombre;roles;extensiones\neva@example.com;Eva Ruiz;operador;201\nluz@example.com;Luz;gerente;202\n");
        await page.GetByRole(AriaRole.Button, new() { Name = "Importar", Exact = true }).ClickAsync();
        await Expect(page.GetByText("Importado. Nuevas: 2. Cambiadas: 0.")).ToBeVisibleAsync();

        await page.GotoAsync("/configuracion/usuarios");
        await Place.IsLive(page);
        await page.GetByRole(AriaRole.Link, new() { Name = "Eva Ruiz" }).ClickAsync();
        await Expect(page.GetByText("Todavía no tiene contraseña")).ToBeVisibleAsync();
        await Expect(page.Locator(".held")).ToContainTextAsync("201");
        await page.GetByRole(AriaRole.Button, new() { Name = "Invitar" }).ClickAsync();
        await Expect(page.GetByLabel("Enlace para entregar")).ToHaveValueAsync(new System.Text.RegularExpressions.Regex("/enlace/[0-9a-f]{64}$"));
        await Looks.AreSound(page);
        var link = new Uri(await page.GetByLabel("Enlace para entregar").InputValueAsync());

        // The invited person comes in with it.
        var guest = await place.NewPage();
        await guest.GotoAsync(link.AbsolutePath);
        await guest.GetByLabel("Contraseña nueva").FillAsync(Place.Password);
        await guest.GetByRole(AriaRole.Button, new() { Name = "Guardar la contraseña" }).ClickAsync();
        await Place.SignIn(guest, Eva);
        await Expect(guest.GetByRole(AriaRole.Link, new() { Name = "Llamadas" })).ToBeVisibleAsync();

        Task Choose(string text) => page.GetByLabel("Archivo", new() { Exact = true }).SetInputFilesAsync(new FilePayload { Name = "personas.csv", MimeType = "text/csv", Buffer = System.Text.Encoding.UTF8.GetBytes(text) });
    }

    [Fact]
    public async Task A_role_taken_in_one_browser_takes_effect_in_the_other_within_five_seconds()
    {
        await using var place = await Place.Open(chromium);
        await AddEva(place);
        var administrator = await place.NewSignedInPage();
        var page = await place.NewPage();
        await Place.SignIn(page, Eva);
        await Expect(page.GetByRole(AriaRole.Link, new() { Name = "Usuarios" })).ToHaveCountAsync(0);

        await administrator.GotoAsync("/configuracion/usuarios");
        await Place.IsLive(administrator);
        await administrator.GetByRole(AriaRole.Link, new() { Name = "Eva" }).ClickAsync();
        await administrator.GetByText("Atiende y hace llamadas, y ve las suyas.").ClickAsync();
        await administrator.GetByRole(AriaRole.Button, new() { Name = "Guardar" }).ClickAsync();

        await Expect(page.GetByText("No tiene permiso para ver esta página")).ToBeVisibleAsync(new() { Timeout = 5_000 });
        await Expect(page.GetByRole(AriaRole.Link, new() { Name = "Llamadas" })).ToHaveCountAsync(0);
    }

    [Theory]
    [InlineData(1280, 720, ColorScheme.Light)]
    [InlineData(390, 844, ColorScheme.Dark)]
    public async Task What_to_do_first_ticks_by_itself_and_is_gone_when_it_is_done(int width, int height, ColorScheme scheme)
    {
        await using var place = await Place.Open(chromium);
        var page = await place.NewSignedInPage(width, height, scheme);
        var steps = page.Locator(".first-steps li");
        var done = page.Locator(".first-steps li[data-done=yes]");
        await Expect(steps).ToHaveCountAsync(5);
        await Expect(done).ToHaveCountAsync(1);
        await Looks.AreSound(page);

        await using var room = await PhoneRoom.Connect(place);
        await Expect(done).ToHaveCountAsync(3);
        await AddEva(place);
        await Expect(done).ToHaveCountAsync(4);
        await using var stage = await Backstage.Open(place.Database, mayCreate: false, default);
        var team = await stage.Get<TeamBook>().Add("Mostrador", TeamType.CallCenter, Authority.Console);
        await stage.Get<TeamBook>().GiveLine(team.Id, room.Connection, LineKind.Queue, "ventas", null, fillsPast: false, Authority.Console);
        await Expect(steps).ToHaveCountAsync(0);
    }

    [Theory]
    [InlineData(1280, 720, ColorScheme.Light)]
    [InlineData(390, 844, ColorScheme.Dark)]
    public async Task The_audit_log_says_who_did_what_and_is_filtered(int width, int height, ColorScheme scheme)
    {
        await using var place = await Place.Open(chromium);
        await AddEva(place);
        var page = await place.NewSignedInPage(width, height, scheme);
        await page.GotoAsync("/configuracion/auditoria");
        await Place.IsLive(page);
        var line = page.GetByRole(AriaRole.Row).Filter(new() { HasText = "Añade a Eva" });
        await Expect(line).ToContainTextAsync("línea de órdenes");
        await line.GetByText("Ver", new() { Exact = true }).ClickAsync();
        await Looks.AreSound(page);
        await page.GetByLabel("Qué", new() { Exact = true }).SelectOptionAsync("Equipos");
        await Expect(page.GetByText("Nada con estos filtros")).ToBeVisibleAsync();
        await Expect(page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("que=team"));
        await Looks.AreSound(page);
    }

    [Fact]
    public async Task An_operator_sees_only_own_calls_live_while_those_of_others_pass_and_a_manager_those_of_the_team()
    {
        await using var place = await Place.Open(chromium);
        await using var room = await PhoneRoom.Connect(place);
        await AddEva(place);
        await using var stage = await Backstage.Open(place.Database, mayCreate: false, default);
        var book = stage.Get<TeamBook>();
        var eva = stage.Get<Personnel>().Now.People.Values.Single(person => person.Email == Eva);
        var boss = await stage.Get<Users>().Add(new NewPerson("jefa@example.com", "Jefa", [Role.Manager]), Place.Password, Authority.Console);
        var team = await book.Add("Mostrador", TeamType.CallCenter, Authority.Console);
        await book.Change(team.Id, known => known with { Manager = boss.Id }, Authority.Console);
        await book.GiveLine(team.Id, room.Connection, LineKind.Queue, "ventas", DateTimeOffset.MinValue, fillsPast: false, Authority.Console);
        await book.GiveExtension(eva.Id, room.Connection, "201", DateTimeOffset.MinValue, Authority.Console);

        var (hers, managers) = (await place.NewPage(), await place.NewPage());
        await Place.SignIn(hers, Eva);
        await Place.SignIn(managers, "jefa@example.com");
        await room.Ring("other-1", "+34600000001", "305");
        await room.Ring("other-2", "+34600000002", "306", "taller");
        await room.Ring("hers", "+34600000003", "201");

        var rows = hers.Locator("tr[data-row]");
        await Expect(rows).ToHaveCountAsync(1);
        await Expect(rows).ToContainTextAsync("600 00 00 03");
        await Expect(managers.Locator("tr[data-row]")).ToHaveCountAsync(2);
        foreach (var id in (string[])["other-1", "other-2"]) await room.GiveUp(id);
        await room.Answer("hers");
        await Expect(rows).ToContainTextAsync("Contestada");
        await Expect(rows).ToHaveCountAsync(1);
        await Expect(managers.Locator("tbody:not(.live) tr[data-row]")).ToContainTextAsync("600 00 00 01");
        Assert.DoesNotContain("600 00 00 02", await managers.InnerTextAsync("main"));
    }

    static async Task AddEva(Place place)
    {
        await using var db = await Db.Open(place.Database);
        var personnel = new Personnel(db, TimeProvider.System);
        var users = new Users(db, personnel, new AuditLog(db, TimeProvider.System), TimeProvider.System);
        await users.Add(new NewPerson(Eva, "Eva", [Role.Operator]), Place.Password, Authority.Console);
    }
}
