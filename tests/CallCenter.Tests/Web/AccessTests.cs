using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using CallCenter.Audit;
using CallCenter.Calls;
using CallCenter.Reports;
using CallCenter.Teams;
using CallCenter.Tests.Calls;
using CallCenter.Tests.SigningIn;
using CallCenter.Web;
using Microsoft.AspNetCore.Routing;

namespace CallCenter.Tests.Web;

/// <summary>Who may open what, for every address there is; and which calls come back to whom.</summary>
public sealed class AccessTests
{
    const string Password = "un caballo correcto";

    /// <summary>Everybody who may knock.</summary>
    enum Who
    {
        Stranger,
        Nobody, // is signed in and was given nothing
        Operator,
        OperatorWithAbility,
        Manager,
        ManagerOfTwo,
        UsersOnly,
        IntegrationsOnly,
        CatalogueOnly,
        Administrator,
        KeyOfCalls,
        KeyOfArrivals,
        KeyOfTeam,
        KeyOfCases,
        KeyOfPlacing,
        KeyOfCustomers,
        KeyOfParts,
        KeyOfSales,
    }

    static readonly Who[] Everybody = Enum.GetValues<Who>();
    static readonly Who[] People = [Who.Nobody, Who.Operator, Who.OperatorWithAbility, Who.Manager, Who.ManagerOfTwo, Who.UsersOnly, Who.IntegrationsOnly, Who.CatalogueOnly, Who.Administrator];
    static readonly Who[] CallCenter = [Who.Operator, Who.OperatorWithAbility, Who.Manager, Who.ManagerOfTwo, Who.Administrator];
    static readonly Who[] Keys = [Who.KeyOfCalls, Who.KeyOfTeam];
    static readonly Who[] Catalogue = [Who.Manager, Who.ManagerOfTwo, Who.CatalogueOnly, Who.Administrator];
    static readonly Who[] Integrations = [Who.IntegrationsOnly, Who.Administrator];
    static readonly Who[] Managers = [Who.Manager, Who.ManagerOfTwo, Who.Administrator];
    static readonly Who[] Exporters = [Who.Manager, Who.ManagerOfTwo, Who.Administrator, .. Keys];

    /// <summary>An address, one example of it, and who may open it. An address that is not here fails the test.</summary>
    static readonly (string Pattern, string Example, Who[] Allowed)[] Rows =
    [
        ("/", "/", People),
        ("/entrar", "/entrar", Everybody),
        ("/salir", "/salir", Everybody),
        ("/idioma", "/idioma", People),
        ("/no-existe", "/no-existe", Everybody),
        ("/configuracion-inicial", "/configuracion-inicial", Everybody), // leads to the sign-in once somebody exists
        ("/entrar/codigo", "/entrar/codigo", Everybody), // leads to the sign-in while nobody is half way in
        ("/entrar/olvido", "/entrar/olvido", Everybody),
        ("/enlace/{Token}", "/enlace/x", Everybody), // the link itself is the proof
        ("POST /entrar/llave", "/entrar/llave", Everybody),
        ("/mi-cuenta", "/mi-cuenta", People),
        ("POST /mi-cuenta/llaves", "/mi-cuenta/llaves", People),
        ("POST /mi-cuenta/llaves/opciones", "/mi-cuenta/llaves/opciones", People),
        ("/entrar/empresa", "/entrar/empresa", Everybody), // there is none here
        ("/llamadas", "/llamadas", CallCenter),
        ("/llamadas/{Id:long}", "/llamadas/1", CallCenter), // the call itself is read with the scope
        ("/por-devolver", "/por-devolver", CallCenter),
        ("/mi-panel", "/mi-panel", CallCenter),
        ("/panel", "/panel", CallCenter),
        ("/informes", "/informes", CallCenter),
        ("/informes/programados", "/informes/programados", Managers),
        ("/pantalla", "/pantalla", CallCenter),
        ("/pantalla/directo", "/pantalla/directo", CallCenter),
        ("/pantalla/{Token}", "/pantalla/x", Everybody), // the link itself is the proof, and what it hears asks for it
        ("/pantalla/{token}/directo", "/pantalla/x/directo", Everybody),
        ("/configuracion/pantallas", "/configuracion/pantallas", Managers),
        ("/configuracion/resultados", "/configuracion/resultados", [Who.Administrator]),
        ("/presupuestos", "/presupuestos", CallCenter),
        ("/pedidos", "/pedidos", CallCenter),
        ("/pedidos/{Id:long}", "/pedidos/1", CallCenter),
        ("/presupuestos/{Id:long}/imprimir", "/presupuestos/1/imprimir", CallCenter),
        ("/oferta/{Token}", "/oferta/x", Everybody), // the link itself is the proof
        ("/configuracion/presupuestos", "/configuracion/presupuestos", [Who.Administrator]),
        ("/presupuestos/{Id:long}", "/presupuestos/1", CallCenter),
        ("/presupuestos/importar", "/presupuestos/importar", Managers),
        ("/presupuestos/importar/{id:long}/rechazadas.csv", "/presupuestos/importar/1/rechazadas.csv", Managers),
        ("/pedidos/importar", "/pedidos/importar", Managers),
        ("/pedidos/importar/{id:long}/rechazadas.csv", "/pedidos/importar/1/rechazadas.csv", Managers),
        ("/clientes", "/clientes", CallCenter),
        ("/clientes/{Id:long}", "/clientes/1", CallCenter),
        ("/clientes/importar", "/clientes/importar", Managers),
        ("/clientes/importar/{id:long}/rechazadas.csv", "/clientes/importar/1/rechazadas.csv", Managers),
        ("/clientes/exportar.csv", "/clientes/exportar.csv", Managers),
        ("/clientes/exportar.xlsx", "/clientes/exportar.xlsx", Managers),
        ("/repuestos", "/repuestos", [.. CallCenter, Who.CatalogueOnly]),
        ("/repuestos/{Id}", "/repuestos/nuevo", Catalogue),
        ("/repuestos/importar", "/repuestos/importar", Catalogue),
        ("/repuestos/importar/{id:long}/rechazadas.csv", "/repuestos/importar/1/rechazadas.csv", Catalogue),
        ("/configuracion/numeros", "/configuracion/numeros", Managers),
        ("/configuracion/usuarios", "/configuracion/usuarios", [Who.UsersOnly, Who.Administrator]),
        ("/configuracion/usuarios/importar", "/configuracion/usuarios/importar", [Who.UsersOnly, Who.Administrator]),
        ("/configuracion/usuarios/{Id}", "/configuracion/usuarios/nuevo", [Who.UsersOnly, Who.Administrator]),
        ("/configuracion/usuarios/{Id}/ver-como", "/configuracion/usuarios/x/ver-como", [Who.Administrator]),
        ("/configuracion/equipos", "/configuracion/equipos", [Who.UsersOnly, Who.Administrator]),
        ("/configuracion/equipos/{Id}", "/configuracion/equipos/nuevo", [Who.UsersOnly, Who.Administrator]),
        ("/configuracion/lineas", "/configuracion/lineas", [Who.UsersOnly, Who.Administrator]),
        ("/configuracion/avisos", "/configuracion/avisos", [Who.Administrator]),
        ("/configuracion/reglas", "/configuracion/reglas", [Who.Administrator]),
        ("/configuracion/auditoria", "/configuracion/auditoria", [Who.Administrator]),
        ("/configuracion/auditoria/exportar.csv", "/configuracion/auditoria/exportar.csv", [Who.Administrator]),
        ("/configuracion/claves", "/configuracion/claves", [Who.Administrator]),
        ("/integraciones", "/integraciones", Integrations),
        ("/integraciones/nueva", "/integraciones/nueva", Integrations),
        ("/integraciones/ajustes", "/integraciones/ajustes", Integrations),
        ("/integraciones/{Id}", "/integraciones/x", Integrations),
        ("/integraciones/{Id}/conectar", "/integraciones/x/conectar", Integrations),
        ("/healthz", "/healthz", Everybody),
        ("/readyz", "/readyz", Everybody),
        ("/webhooks/{connection}", "/webhooks/x", Everybody), // proves its origin by itself
        ("/openapi/{documentName}.json", "/openapi/v1.json", Everybody), // says what there is, not what is in it
        ("/api/docs/{documentName?}", "/api/docs/", Everybody),
        ("/api/calls", "/api/calls", [.. CallCenter, .. Keys]),
        ("/api/calls/{id}", "/api/calls/{own}", [.. CallCenter, .. Keys]),
        ("/api/calls/export.csv", "/api/calls/export.csv", Exporters),
        ("/api/calls/export.jsonl", "/api/calls/export.jsonl", Exporters),
        ("/api/calls/export.xlsx", "/api/calls/export.xlsx", Exporters),
        ("POST /api/calls/{id}/hangup", "/api/calls/0/hangup", [.. CallCenter, Who.KeyOfPlacing]), // whose telephone, is asked afterwards
        ("POST /api/calls/place", "/api/calls/place", [.. CallCenter, Who.KeyOfPlacing]), // whose telephone, is asked afterwards
        ("/api/calls/stream", "/api/calls/stream", [.. CallCenter, .. Keys]),
        ("/api/cases", "/api/cases", [.. CallCenter, Who.KeyOfCases]),
        ("/api/cases/{id}", "/api/cases/0", [.. CallCenter, Who.KeyOfCases]), // the case itself is read with the scope
        ("/api/cases/stream", "/api/cases/stream", [.. CallCenter, Who.KeyOfCases]),
        .. ((string[])["claim", "assign", "attempts", "postpone", "close", "reopen"]).Select(step => ($"POST /api/cases/{{id}}/{step}", $"/api/cases/0/{step}", (Who[])[.. CallCenter, Who.KeyOfCases])),
        .. ((string[])["summary", "days", "hours", "states", "operators", "teams", "lines", "queues", "missed"]).Select(name => ($"/api/figures/{name}", $"/api/figures/{name}?from=2026-05-01&to=2026-05-31", (Who[])[.. CallCenter, .. Keys])),
        ("/api/reports/{name}", "/api/reports/by-team", [.. CallCenter, .. Keys]),
        ("/api/reports/{name}/export.csv", "/api/reports/by-team/export.csv", Exporters),
        ("/api/reports/{name}/export.xlsx", "/api/reports/by-team/export.xlsx", Exporters),
        ("/api/customers", "/api/customers", [.. CallCenter, Who.KeyOfCustomers]),
        ("/api/customers/{id}", "/api/customers/0", [.. CallCenter, Who.KeyOfCustomers]),
        ("/api/customers/external/{system}/{id}", "/api/customers/external/dms/0", [.. CallCenter, Who.KeyOfCustomers]),
        ("POST /api/customers", "/api/customers", [.. CallCenter, Who.KeyOfCustomers]),
        ("PUT /api/customers/{id}", "/api/customers/0", [.. CallCenter, Who.KeyOfCustomers]),
        ("PUT /api/customers/external/{system}/{id}", "/api/customers/external/dms/0", [.. CallCenter, Who.KeyOfCustomers]),
        ("/api/quotes", "/api/quotes", [.. CallCenter, Who.KeyOfSales]),
        ("/api/quotes/{id}", "/api/quotes/0", [.. CallCenter, Who.KeyOfSales]),
        ("PUT /api/quotes/external/{system}/{id}", "/api/quotes/external/erp/0", [.. CallCenter, Who.KeyOfSales]),
        ("/api/orders", "/api/orders", [.. CallCenter, Who.KeyOfSales]),
        ("/api/orders/{id}", "/api/orders/0", [.. CallCenter, Who.KeyOfSales]),
        ("PUT /api/orders/external/{system}/{id}", "/api/orders/external/erp/0", [.. CallCenter, Who.KeyOfSales]),
        ("/api/parts", "/api/parts", [.. CallCenter, Who.CatalogueOnly, Who.KeyOfParts]),
        ("/api/parts/{id}", "/api/parts/1", [.. CallCenter, Who.CatalogueOnly, Who.KeyOfParts]),
        ("PUT /api/parts", "/api/parts", [.. Catalogue, Who.KeyOfParts]),
        ("POST /api/parts/updates", "/api/parts/updates", [.. Catalogue, Who.KeyOfParts]),
        ("/api/{**rest}", "/api/bells", Everybody), // for everybody there is nothing
    ];

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task d43_every_address_opens_for_whom_it_is_and_every_reading_gives_exactly_the_permitted_calls(On database)
    {
        await using var house = await WebHouse.Open(database);
        var company = await Company.Of(house.Get<Users>(), house.Get<TeamBook>(), events => house.Hear(events));
        using var clients = await Clients.Of(house, company);

        var known = Rows.Select(row => row.Pattern).ToHashSet();
        var addresses = house.Get<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>().Select(NameOf)
            .Where(pattern => !pattern.Contains("/_", StringComparison.Ordinal) && !IsFile(pattern)).Distinct().ToList();
        Assert.True(addresses.TrueForAll(known.Contains), $"nobody says who may open {string.Join(", ", addresses.Where(pattern => !known.Contains(pattern)))}");

        var all = (await house.Log.List(CallScope.Machine, new CallFilter(), CallLog.PageMax)).Calls;
        foreach (var who in Everybody)
        {
            var (client, scope) = clients[who];
            var own = all.FirstOrDefault(scope.Allows)?.Id ?? all[0].Id;
            foreach (var (pattern, example, allowed) in Rows)
            {
                using var request = new HttpRequestMessage(pattern.StartsWith('/') ? HttpMethod.Get : HttpMethod.Parse(pattern.AsSpan(0, pattern.IndexOf(' '))), example.Replace("{own}", $"{own}", StringComparison.Ordinal));
                if (request.Method != HttpMethod.Get && example.StartsWith("/api/", StringComparison.Ordinal)) request.Content = new StringContent("{}", System.Text.Encoding.UTF8, "application/json");
                using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
                Assert.True((int)answer.StatusCode < 500, $"{who} at {pattern}: {(int)answer.StatusCode}");
                var isOpen = answer.StatusCode is not (HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden) && !IsSentToSignIn(answer, example);
                Assert.True(isOpen == allowed.Contains(who), $"{who} at {pattern}: {(int)answer.StatusCode}");
            }

            if (Rows.Single(row => row.Pattern == "/api/calls").Allowed.Contains(who)) await ReadsExactly(client, who, all, scope);
        }
    }

    static async Task ReadsExactly(HttpClient client, Who who, IReadOnlyList<Call> all, CallScope scope)
    {
        var permitted = all.Where(scope.Allows).Select(call => call.Id).Order().ToList();
        var listed = new List<long>();
        for (string? next = ""; next is not null;)
        {
            var page = await Json(client, $"/api/calls?limit=7{(next.Length > 0 ? $"&cursor={next}" : "")}");
            listed.AddRange(page.GetProperty("calls").EnumerateArray().Select(call => call.GetProperty("id").GetInt64()));
            next = page.GetProperty("next").GetString();
        }

        Assert.True(permitted.SequenceEqual(listed.Order()), $"{who}: the list");
        var summary = await Json(client, "/api/figures/summary?from=2026-05-01&to=2026-05-31");
        Assert.True(all.Count(call => scope.Allows(call) && call.EndedAt is not null) == summary.GetProperty("value").GetProperty("counts").GetProperty("calls").GetInt32(), $"{who}: the figures");
        foreach (var report in Report.All.Where(report => report is not ByBrand))
        {
            var read = await Json(client, $"/api/reports/{report.Name}?from=2026-05-01&to=2026-05-31");
            long Calls(JsonElement values) => new[] { "offered", "outbound", "internal", "unknown_way" }.Sum(column => values.GetProperty(column).ValueKind == JsonValueKind.Null ? 0 : values.GetProperty(column).GetInt64());
            Assert.True(all.Count(call => scope.Allows(call) && call.EndedAt is not null) == read.GetProperty("rows").EnumerateArray().Sum(row => Calls(row.GetProperty("values"))), $"{who}: {report.Name}");
        }

        if (Exporters.Contains(who))
        {
            var lines = (await client.GetStringAsync("/api/calls/export.jsonl")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
            Assert.True(permitted.SequenceEqual(lines.Select(line => JsonDocument.Parse(line).RootElement.GetProperty("id").GetInt64()).Order()), $"{who}: the export");
        }

        using (var stream = await CallStreamApiTests.SseReader.Open(client, 0))
        {
            var streamed = new List<long>();
            while (streamed.Count < permitted.Count && await stream.Read(TimeSpan.FromSeconds(20)) is { Event: "call" } heard)
                streamed.Add(JsonDocument.Parse(heard.Data).RootElement.GetProperty("id").GetInt64());
            Assert.True(permitted.SequenceEqual(streamed.Order()), $"{who}: the stream");
        }

        // Somebody else's call answers as one that does not exist.
        async Task<string> Problem(long id)
        {
            using var answer = await client.GetAsync($"/api/calls/{id}");
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
            return (await answer.Content.ReadAsStringAsync()).Replace($"{id}", "ID", StringComparison.Ordinal);
        }

        foreach (var other in all.Where(call => !scope.Allows(call)).Take(3)) Assert.Equal(await Problem(987_654_321), await Problem(other.Id));
    }

    /// <summary>An address that cannot be looked at is named with what can be done to it.</summary>
    static string NameOf(RouteEndpoint endpoint)
    {
        var methods = endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? [];
        var address = "/" + endpoint.RoutePattern.RawText!.Trim('/');
        return methods.Count == 0 || methods.Contains("GET") ? address : $"{methods[0]} {address}";
    }

    /// <summary>Styles, scripts and pictures of the program itself say nothing of anybody.</summary>
    static bool IsFile(string pattern) => pattern == "/{**path:file}" || Path.GetExtension(pattern) is ".js" or ".css" or ".svg" or ".gz";

    static bool IsSentToSignIn(HttpResponseMessage answer, string asked) =>
        answer.StatusCode == HttpStatusCode.Redirect && asked is not ("/configuracion-inicial" or "/entrar/codigo") && answer.Headers.Location!.OriginalString.Contains("/entrar", StringComparison.Ordinal);

    static async Task<JsonElement> Json(HttpClient client, string address) => JsonDocument.Parse(await client.GetStringAsync(address)).RootElement;

    /// <summary>A client for each of them, signed in or with a key, and the calls that it may see.</summary>
    sealed class Clients : IDisposable
    {
        readonly Dictionary<Who, (HttpClient Client, CallScope Scope)> all = [];

        public (HttpClient Client, CallScope Scope) this[Who who] => all[who];

        public static async Task<Clients> Of(WebHouse house, Company company)
        {
            var (clients, users, book) = (new Clients(), house.Get<Users>(), house.Get<TeamBook>());
            var (first, third) = (company.Teams[0], company.Teams[2]);
            async Task Person(Who who, string id, Role[] roles, Ability[] abilities, Func<string, CallScope> scope)
            {
                var person = await users.Change(id, known => known with { Roles = [.. roles], Abilities = [.. abilities] }, Authority.Console);
                await users.ChangePassword(id, Password, Authority.Console);
                var visitor = new Visitor(house);
                await visitor.SignIn(person.Email, Password);
                clients.all[who] = (visitor.Client, scope(id));
            }

            async Task<string> Another(string name) => (await users.Add(new NewPerson($"{name}@example.com", name, []), null, Authority.Console)).Id;

            clients.all[Who.Stranger] = (house.NewClient(), CallScope.None);
            await Person(Who.Nobody, company.People[5], [], [], _ => CallScope.None);
            await Person(Who.Operator, company.People[0], [Role.Operator], [], CallScope.Own);
            await Person(Who.OperatorWithAbility, company.People[2], [Role.Operator], [Ability.ViewAllCalls], CallScope.All);
            await Person(Who.Manager, company.People[3], [Role.Manager], [], id => CallScope.Of(id, [third]));
            var two = await Another("dos");
            await book.Change(first, team => team with { Manager = two }, Authority.Console);
            await book.Change(third, team => team with { Manager = two }, Authority.Console);
            await Person(Who.ManagerOfTwo, two, [Role.Manager], [], id => CallScope.Of(id, [first, third]));
            await Person(Who.UsersOnly, await Another("personal"), [], [Ability.ManageUsers], _ => CallScope.None);
            await Person(Who.IntegrationsOnly, await Another("central"), [], [Ability.ManageIntegrations], _ => CallScope.None);
            await Person(Who.CatalogueOnly, await Another("repuestos"), [], [Ability.ManageCatalogue], _ => CallScope.None);
            await Person(Who.Administrator, await Another("admin"), [Role.Administrator], [], CallScope.All);

            async Task Key(Who who, string[] scopes, string[]? teams, CallScope sees)
            {
                var (_, secret) = await house.Get<ApiKeys>().Add($"{who}", scopes, Actor.Console, teams);
                var client = house.NewClient();
                client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", secret);
                clients.all[who] = (client, sees);
            }

            await Key(Who.KeyOfCalls, [ApiScope.CallsRead], null, CallScope.All(null));
            await Key(Who.KeyOfArrivals, [ApiScope.ArrivalsRead], null, CallScope.None);
            await Key(Who.KeyOfTeam, [ApiScope.CallsRead], [third], CallScope.Of(null, [third]));
            await Key(Who.KeyOfCases, [ApiScope.CasesRead, ApiScope.CasesWrite], null, CallScope.None);
            await Key(Who.KeyOfPlacing, [ApiScope.CallsPlace], null, CallScope.None);
            await Key(Who.KeyOfCustomers, [ApiScope.CustomersRead, ApiScope.CustomersWrite], null, CallScope.None);
            await Key(Who.KeyOfParts, [ApiScope.PartsRead, ApiScope.PartsWrite], null, CallScope.None);
            await Key(Who.KeyOfSales, [ApiScope.SalesRead, ApiScope.SalesWrite], null, CallScope.None);
            return clients;
        }

        public void Dispose()
        {
            foreach (var (client, _) in all.Values) client.Dispose();
        }
    }
}
