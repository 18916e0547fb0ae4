using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using CallCenter.Audit;
using CallCenter.Teams;
using CallCenter.Web;
using static CallCenter.Tests.Recovery.TestCalls;

namespace CallCenter.Tests.Customers;

public sealed class CustomerApiTests
{
    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task An_erp_puts_its_customers_by_its_own_ids_looks_them_up_and_follows_their_changes(On database)
    {
        await using var house = await WebHouse.Open(database);
        var ana = (await house.Get<Users>().Add(new NewPerson("ana@example.com", "Ana", [Role.Operator]), null, Authority.Console)).Id;
        await house.Hear(Missed("before", 0, "0034 912 34 56 78"));
        using var client = await house.ClientWithKey(ApiScope.CustomersRead, ApiScope.CustomersWrite, ApiScope.CallsRead);

        var wish = new
        {
            name = "Talleres Ruiz SL",
            tax_id = "B12345678",
            owner = "ANA@example.com",
            credit_stop = true,
            branches = new[] { new { name = "Central", address = "Calle Mayor 1" } },
            numbers = new object[] { new { number = "912 345 678", label = "taller", branch = "central" }, new { number = "+34 612 345 678", contact = "Paco" } },
            vehicles = new[] { new { plate = "1234-KLM", make = "Volkswagen", model = "Golf", year = 2019 } },
        };
        var (created, first) = await Put(client, "/api/customers/external/dms/C-77", wish);
        Assert.Equal((HttpStatusCode.Created, "Ana", true), (created, first.GetProperty("owner_name").GetString(), first.GetProperty("credit_stop").GetBoolean()));
        var id = first.GetProperty("id").GetInt64();
        Assert.Equal(["+34912345678 Central ", "+34612345678  Paco"], first.GetProperty("numbers").EnumerateArray().Select(number => $"{Text(number, "number")} {Text(number, "branch")} {Text(number, "contact")}"));
        Assert.Equal(id, Assert.Single((await Json(client, $"/api/calls?customer_id={id}")).GetProperty("calls").EnumerateArray()).GetProperty("customer_id").GetInt64());

        // The same again is the same; what is not said stays, what is empty goes, lists grow unless they shall replace.
        var (again, same) = await Put(client, "/api/customers/external/dms/C-77", wish);
        Assert.Equal((HttpStatusCode.OK, first.GetRawText()), (again, same.GetRawText()));
        var (_, changed) = await Put(client, "/api/customers/external/dms/C-77", new { segment = "A", owner = "", numbers = new[] { new { number = "912345679" } }, external_ids = new[] { new { system = "erp", id = "9" } } });
        Assert.Equal(("A", "B12345678", JsonValueKind.Null, 3, 2), (Text(changed, "segment"), Text(changed, "tax_id"), changed.GetProperty("owner").ValueKind, changed.GetProperty("numbers").GetArrayLength(), changed.GetProperty("external_ids").GetArrayLength()));
        var (_, replaced) = await Put(client, $"/api/customers/{id}?lists=replace", new { numbers = new[] { new { number = "912345678" } }, vehicles = Array.Empty<object>() });
        Assert.Equal((1, 0, "taller", 1), (replaced.GetProperty("numbers").GetArrayLength(), replaced.GetProperty("vehicles").GetArrayLength(), Text(replaced.GetProperty("numbers")[0], "label"), replaced.GetProperty("contacts").GetArrayLength()));

        foreach (var found in (string[])["number=0034912345678", "search=ruiz%20tall", "tax_id=es-b12345678", "search=ruiz&number=912345678"])
            Assert.Equal(id, Assert.Single((await Json(client, $"/api/customers?{found}")).GetProperty("customers").EnumerateArray()).GetProperty("id").GetInt64());
        Assert.Empty((await Json(client, "/api/customers?number=912345678&plate=1234klm")).GetProperty("customers").EnumerateArray());
        Assert.Equal(id, (await Json(client, "/api/customers/external/erp/9")).GetProperty("id").GetInt64());

        // Page by page by their changes; later what changed meanwhile.
        for (var i = 0; i < 4; i++) await client.PostAsJsonAsync("/api/customers", new { name = $"Otro {i}", kind = "person" });
        var (seen, cursor) = (new List<string>(), "");
        for (var page = await Json(client, "/api/customers?limit=2"); page.GetProperty("next").GetString() is { } next; page = await Json(client, $"/api/customers?limit=2&cursor={cursor}"))
        {
            cursor = next;
            seen.AddRange(page.GetProperty("customers").EnumerateArray().Select(customer => Text(customer, "name")));
        }

        Assert.Equal(["Talleres Ruiz SL", "Otro 0", "Otro 1", "Otro 2", "Otro 3"], seen);
        var (_, archived) = await Put(client, "/api/customers/external/dms/C-77", new { archived = true });
        Assert.NotEqual(JsonValueKind.Null, archived.GetProperty("archived_at").ValueKind);
        Assert.Equal(["Talleres Ruiz SL"], (await Json(client, $"/api/customers?cursor={cursor}")).GetProperty("customers").EnumerateArray().Select(customer => Text(customer, "name")));

        await Refused(client, "/api/customers/external/dms/new", new { tax_id = "B1" }, HttpStatusCode.BadRequest, "customer.name");
        await Refused(client, $"/api/customers/{id}", new { numbers = new[] { new { number = "anonymous" } } }, HttpStatusCode.BadRequest, "customer.number");
        await Refused(client, $"/api/customers/{id}", new { owner = "nadie" }, HttpStatusCode.BadRequest, "customer.no-such-person");
        await Refused(client, $"/api/customers/{id}?lists=all", new { }, HttpStatusCode.BadRequest, "api.bad-value");
        await Refused(client, "/api/customers/external/dms/C-78", new { name = "X", external_ids = new[] { new { system = "erp", id = "9" } } }, HttpStatusCode.Conflict, "customer.id-taken");
        await Refused(client, "/api/customers/987654", new { }, HttpStatusCode.NotFound, "customer.unknown");
        foreach (var (address, status) in new[] { ("/api/customers/external/dms/none", HttpStatusCode.NotFound), ("/api/customers?colour=red", HttpStatusCode.BadRequest), ("/api/customers?cursor=x", HttpStatusCode.BadRequest) })
            Assert.Equal(status, (await client.GetAsync(address)).StatusCode);
        var trail = await house.Get<AuditLog>().List(new AuditFilter(Subject: $"customer:{id}"));
        Assert.All(trail, line => Assert.StartsWith("key:", line.Actor.Id, StringComparison.Ordinal));
        Assert.Equal(["customer.archived", "customer.changed", "customer.changed", "customer.added"], trail.Select(line => line.Action));

        using var onlyReads = await house.ClientWithKey(ApiScope.CustomersRead);
        Assert.Equal(HttpStatusCode.Forbidden, (await onlyReads.PutAsJsonAsync($"/api/customers/{id}", new { name = "X" })).StatusCode);
    }

    static async Task<(HttpStatusCode Status, JsonElement Body)> Put(HttpClient client, string address, object body)
    {
        using var answer = await client.PutAsJsonAsync(address, body);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        return (answer.StatusCode, JsonDocument.Parse(text).RootElement);
    }

    static async Task Refused(HttpClient client, string address, object body, HttpStatusCode status, string code)
    {
        using var answer = await client.PutAsJsonAsync(address, body);
        Assert.Equal((status, code), (answer.StatusCode, Text(JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement, "code")));
    }

    static async Task<JsonElement> Json(HttpClient client, string address) => JsonDocument.Parse(await client.GetStringAsync(address)).RootElement;

    static string Text(JsonElement of, string name) => of.GetProperty(name).GetString() ?? "";
}
