using System.Text.RegularExpressions;
using CallCenter.Commands;
using CallCenter.Teams;
using CallCenter.Telephony;
using CallCenter.Tests.Telephony;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace CallCenter.Browser;

public sealed class TeamTests(Chromium chromium)
{
    [Theory]
    [InlineData(1280, 720, ColorScheme.Light)]
    [InlineData(390, 844, ColorScheme.Dark)]
    public async Task A_team_is_made_with_its_hours_and_people_and_lines(int width, int height, ColorScheme scheme)
    {
        await using var place = await Place.Open(chromium);
        await using var room = await PhoneRoom.Connect(place);
        var page = await place.NewSignedInPage(width, height, scheme);
        await Go(page, "/configuracion/equipos");
        await Expect(page.GetByText("Todavía no hay equipos")).ToBeVisibleAsync();
        await Looks.AreSound(page);
        await page.GetByRole(AriaRole.Link, new() { Name = "Añadir equipo" }).ClickAsync();
        await page.GetByLabel("Nombre", new() { Exact = true }).FillAsync("Mostrador");
        await page.GetByLabel("Domingo").FillAsync("nunca");
        await page.GetByRole(AriaRole.Button, new() { Name = "Guardar" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("«nunca» no es un tramo del día");
        await page.GetByLabel("Domingo").FillAsync("");
        await page.GetByLabel("Lunes").FillAsync("9-14, 16-19:30");
        await page.GetByLabel("Día", new() { Exact = true }).FillAsync("2026-12-25");
        await page.GetByLabel("Nombre del festivo").FillAsync("Navidad");
        await page.GetByRole(AriaRole.Button, new() { Name = "Añadir festivo" }).ClickAsync();
        await page.GetByLabel("Festivos nacionales de").SelectOptionAsync("España");
        await page.GetByRole(AriaRole.Button, new() { Name = "Añadir los nacionales" }).ClickAsync();
        await Expect(page.GetByText("Día de la Constitución Española")).ToBeVisibleAsync();
        await Looks.AreSound(page);
        await page.GetByRole(AriaRole.Button, new() { Name = "Guardar" }).ClickAsync();

        await Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToContainTextAsync("Mostrador");
        await Expect(page.GetByLabel("Lunes")).ToHaveValueAsync("09:00-14:00, 16:00-19:30");
        await Expect(page.GetByText("Navidad")).ToBeVisibleAsync();
        await page.GetByLabel("Persona").SelectOptionAsync("Ana Gómez");
        await page.GetByLabel("Desde (vacío: desde ahora)").First.FillAsync("2026-01-05");
        await page.GetByRole(AriaRole.Button, new() { Name = "Añadir al equipo" }).ClickAsync();
        await Expect(page.GetByText(new Regex("desde 5 ene 2026"))).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Quitar a Ana Gómez del equipo" }).ClickAsync();
        await page.GetByLabel("Hasta (vacío: hasta ahora)").FillAsync("2026-02-01");
        await Looks.AreSound(page);
        await page.GetByRole(AriaRole.Button, new() { Name = "Quitar del equipo", Exact = true }).ClickAsync();
        await Expect(page.GetByText("Todavía no hay nadie en el equipo.")).ToBeVisibleAsync();
        await page.GetByText("Miembros de antes").ClickAsync();
        await Expect(page.GetByText(new Regex("desde 5 ene 2026.* hasta 1 feb 2026"))).ToBeVisibleAsync();
        await page.GetByLabel("Nombre en la centralita").FillAsync("ventas");
        await page.GetByRole(AriaRole.Button, new() { Name = "Dar al equipo" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Quitar ventas del equipo" })).ToBeVisibleAsync();
        await Looks.AreSound(page);

        await Go(page, "/configuracion/equipos");
        await Expect(page.GetByRole(AriaRole.Row)).ToHaveCountAsync(2);
        await Looks.AreSound(page);
    }

    [Theory]
    [InlineData(1280, 720, ColorScheme.Light)]
    [InlineData(390, 844, ColorScheme.Dark)]
    public async Task How_a_teams_calls_are_routed_is_set_and_switched_on_for_a_line(int width, int height, ColorScheme scheme)
    {
        await using var place = await Place.Open(chromium);
        await using var stage = await Backstage.Open(place.Database, mayCreate: false, default);
        var twilio = await stage.Switchboard.Add("twilio", "Twilio", new Dictionary<string, string> { ["auth_token"] = "secreto-0123456789" }, ConnectionState.Active);
        var book = stage.Get<TeamBook>();
        var team = await book.Add("Mostrador", TeamType.Sales, Authority.Console);
        await book.Add("Taller", TeamType.AfterSales, Authority.Console);
        await book.AddMember(team.Id, stage.Get<Personnel>().Find(Place.Email)!.Id, null, Authority.Console);
        var page = await place.NewSignedInPage(width, height, scheme);
        await Go(page, $"/configuracion/equipos/{team.Id}");
        await Expect(page.GetByText("lo preguntan Plivo, Telnyx, Twilio, Vonage.")).ToBeVisibleAsync();
        await book.GiveLine(team.Id, twilio.Id, LineKind.Line, "+34910000001", null, false, Authority.Console);

        var isOn = page.GetByLabel("Repartir aquí las llamadas de +34910000001");
        await Expect(isOn).Not.ToBeCheckedAsync();
        await isOn.CheckAsync();
        await page.GetByLabel("A quién suena").SelectOptionAsync("Por orden");
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Subir a Ana Gómez" })).ToBeDisabledAsync();
        await page.GetByLabel("Si no, pasa a").SelectOptionAsync("Taller");
        await page.GetByLabel("Saludo").FillAsync("Buenos días");
        await page.GetByLabel("Música (dirección de un MP3)").FillAsync("ftp://example.com/a.mp3");
        await Looks.AreSound(page);
        await page.GetByRole(AriaRole.Button, new() { Name = "Aplicar el reparto" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("La música es una dirección completa");
        await page.GetByLabel("Música (dirección de un MP3)").FillAsync("https://example.com/a.mp3");
        await page.GetByRole(AriaRole.Button, new() { Name = "Aplicar el reparto" }).ClickAsync();
        await Expect(page.GetByText("Reparto aplicado")).ToBeVisibleAsync();

        await page.ReloadAsync();
        await Place.IsLive(page);
        await Expect(isOn).ToBeCheckedAsync();
        await Expect(page.GetByLabel("Saludo")).ToHaveValueAsync("Buenos días");
        await Expect(page.GetByLabel("Si no, pasa a")).ToHaveValueAsync(stage.Get<Personnel>().Now.Teams.Values.Single(other => other.Name == "Taller").Id);
        await Go(page, "/configuracion/auditoria");
        await Expect(page.GetByText("Empieza a repartir aquí una línea").First).ToBeVisibleAsync();
    }

    [Theory]
    [InlineData(1280, 720, ColorScheme.Light)]
    [InlineData(390, 844, ColorScheme.Dark)]
    public async Task What_would_change_in_a_queue_is_shown_before_it_is_done(int width, int height, ColorScheme scheme)
    {
        await using var place = await Place.Open(chromium);
        await using var pbx = new FakePbx();
        pbx.Members[("ventas", "PJSIP/102")] = pbx.Members[("ventas", "PJSIP/900")] = (false, "");
        await using var stage = await Backstage.Open(place.Database, mayCreate: false, default);
        var book = stage.Get<TeamBook>();
        var line = await stage.Switchboard.Add("asterisk", "Central", pbx.Settings((Control.Setting, Control.On)), ConnectionState.Active);
        var team = await book.Add("Mostrador", TeamType.Sales, Authority.Console);
        var ana = stage.Get<Personnel>().Find(Place.Email)!;
        var luis = await stage.Get<Users>().Add(new NewPerson("luis@example.com", "Luis Roca", [Role.Operator]), null, Authority.Console);
        await book.AddMember(team.Id, ana.Id, null, Authority.Console);
        await book.GiveExtension(ana.Id, line.Id, "101", null, Authority.Console);
        await book.GiveExtension(luis.Id, line.Id, "102", null, Authority.Console);
        await book.GiveLine(team.Id, line.Id, LineKind.Queue, "ventas", null, false, Authority.Console);
        var page = await place.NewSignedInPage(width, height, scheme);
        await Go(page, $"/configuracion/equipos/{team.Id}");

        var queues = page.GetByRole(AriaRole.Region, new() { Name = "Quién está en las colas" });
        await queues.GetByRole(AriaRole.Button, new() { Name = "Ver qué cambiaría" }).ClickAsync();
        await Expect(queues.GetByText("Entra Ana Gómez (PJSIP/101)")).ToBeVisibleAsync(new() { Timeout = 20_000 });
        await Expect(queues.GetByText("Sale Luis Roca (PJSIP/102)")).ToBeVisibleAsync();
        await Expect(queues.GetByText("PJSIP/900 no es de nadie de aquí: se queda")).ToBeVisibleAsync();
        await Looks.AreSound(page);
        Assert.Empty(pbx.Orders);
        await queues.GetByRole(AriaRole.Button, new() { Name = "Llevar la cola al día" }).ClickAsync();
        await Expect(queues.GetByText("La cola y el equipo coinciden")).ToBeVisibleAsync(new() { Timeout = 20_000 });
        Assert.Equal(["PJSIP/101", "PJSIP/900"], pbx.Members.Keys.Select(member => member.Interface).Order());
        await Expect(queues.GetByText("Entra Ana Gómez")).ToHaveCountAsync(0);
        await Looks.AreSound(page);

        await queues.GetByRole(AriaRole.Button, new() { Name = "Dejarla como está: ventas" }).ClickAsync();
        await Expect(queues.GetByRole(AriaRole.Button, new() { Name = "Ver qué cambiaría" })).ToBeVisibleAsync();
        await Go(page, "/configuracion/auditoria");
        foreach (var done in (string[])["Empieza a llevar una cola al día con el equipo", "Mete a alguien en una cola de la centralita", "Deja una cola de la centralita como está"])
            await Expect(page.GetByText(done).First).ToBeVisibleAsync();
    }

    [Theory]
    [InlineData(1280, 720, ColorScheme.Light)]
    [InlineData(390, 844, ColorScheme.Dark)]
    public async Task What_the_phone_system_sends_is_listed_and_given_where_it_belongs(int width, int height, ColorScheme scheme)
    {
        await using var place = await Place.Open(chromium);
        await using var room = await PhoneRoom.Connect(place);
        var page = await place.NewSignedInPage(width, height, scheme);
        await Go(page, "/configuracion/lineas");
        await Expect(page.GetByText("Todavía no se ha visto ninguna línea")).ToBeVisibleAsync();
        await Call(room, "c1", "201");
        await Call(room, "c2", "202");
        await page.ReloadAsync();
        await Place.IsLive(page);
        var queue = page.GetByRole(AriaRole.Row).Filter(new() { HasText = "ventas" });
        await Expect(queue).ToContainTextAsync("Sin asignar");
        await Expect(queue.Locator("td.number")).ToHaveTextAsync("2");
        await Looks.AreSound(page);

        var agent = page.Locator("tr").Filter(new() { Has = page.Locator("strong", new() { HasText = "201" }) });
        await agent.GetByRole(AriaRole.Button).ClickAsync();
        await agent.GetByLabel("Persona").SelectOptionAsync("Ana Gómez");
        await agent.GetByText("También para las llamadas de antes").ClickAsync();
        await Looks.AreSound(page);
        await agent.GetByRole(AriaRole.Button, new() { Name = "Guardar" }).ClickAsync();
        await Expect(agent).ToContainTextAsync("Ana Gómez");
        await page.GetByLabel("Solo sin asignar").CheckAsync();
        await Expect(agent).ToHaveCountAsync(0);
        await Expect(queue).ToHaveCountAsync(1);
    }

    [Fact]
    public async Task Calls_are_chosen_by_team()
    {
        await using var place = await Place.Open(chromium);
        await using var room = await PhoneRoom.Connect(place);
        var page = await place.NewSignedInPage();
        await Call(room, "c1", "201", "ventas");
        await Call(room, "c2", "202", "taller");
        await Expect(page.Locator("tr[data-row]")).ToHaveCountAsync(2);
        await Expect(page.GetByLabel("Equipo", new() { Exact = true })).ToHaveCountAsync(0); // nothing to choose among
        await AddTeam(place, room, "Mostrador", "ventas");

        await page.GetByLabel("Equipo", new() { Exact = true }).SelectOptionAsync("Mostrador");
        await Expect(page.Locator("tr[data-row]")).ToHaveCountAsync(1);
        await Expect(page.Locator("tr[data-row]")).ToContainTextAsync("ventas");
        await Expect(page).ToHaveURLAsync(new Regex("equipo="));
        await Expect(page.Locator(".chip")).ToContainTextAsync("Mostrador");
        await page.GetByLabel("Equipo", new() { Exact = true }).SelectOptionAsync("sin equipo");
        await Expect(page.Locator("tr[data-row]")).ToContainTextAsync("taller");
        await Expect(page).ToHaveURLAsync(new Regex("equipo=ninguno"));
        await page.GotoAsync("/llamadas?equipo=gone"); // kept in a bookmark: it can be seen, and taken back
        await Place.IsLive(page);
        await Expect(page.GetByLabel("Equipo", new() { Exact = true })).ToHaveValueAsync("gone");
        await Looks.AreSound(page);
    }

    [Fact]
    public async Task A_missed_call_says_until_when_its_team_wants_to_return_it()
    {
        await using var place = await Place.Open(chromium);
        await using var room = await PhoneRoom.Connect(place);
        await AddTeam(place, room, "Mostrador", "ventas", new TeamTargets(CallBackMinutes: 45));
        var page = await place.NewSignedInPage();
        await room.Ring("c1", "+34600111222");
        await room.GiveUp("c1");
        await room.Remember([room.Past("c0", DateTimeOffset.UtcNow.AddDays(-2), "+34600111333", answered: false)]);
        await Expect(page.Locator("tr[data-row]")).ToHaveCountAsync(2);
        await page.Locator("tr[data-row] a").First.ClickAsync();
        await Expect(page.Locator(".sheet .missed")).ToContainTextAsync("Hay que devolverla antes de:");
        await Looks.AreSound(page);
        await page.GotoAsync("/llamadas");
        await page.Locator("tr[data-row]").Last.GetByRole(AriaRole.Link).First.ClickAsync();
        await Expect(page.Locator(".sheet .missed")).ToContainTextAsync("Había que devolverla antes de:");
        await Looks.AreSound(page);
    }

    static async Task AddTeam(Place place, PhoneRoom room, string name, string queue, TeamTargets? targets = null)
    {
        await using var stage = await Backstage.Open(place.Database, mayCreate: false, default);
        var team = await stage.Get<TeamBook>().Add(name, TeamType.CallCenter, Authority.Console, targets: targets);
        await stage.Get<TeamBook>().GiveLine(team.Id, room.Connection, LineKind.Queue, queue, DateTimeOffset.MinValue, fillsPast: false, Authority.Console);
    }

    static async Task Call(PhoneRoom room, string id, string agent, string queue = "ventas")
    {
        await room.Ring(id, "+34600111222", agent, queue);
        await room.Answer(id, agent);
        await room.HangUp(id);
    }

    static async Task Go(IPage page, string address)
    {
        await page.GotoAsync(address);
        await Place.IsLive(page);
    }
}
