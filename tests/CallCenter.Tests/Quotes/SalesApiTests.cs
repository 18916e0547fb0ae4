using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using CallCenter.Audit;
using CallCenter.Customers;
using CallCenter.Teams;
using CallCenter.Web;
using static CallCenter.Tests.Recovery.TestCalls;

namespace CallCenter.Tests.Quotes;

public sealed class SalesApiTests
{
    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task An_erp_puts_in_its_quotes_and_orders_by_its_own_ids_as_often_as_it_likes_and_follows_their_changes(On database)
    {
        await using var house = await WebHouse.Open(database);
        var ana = (await house.Get<Users>().Add(new NewPerson("ana@example.com", "Ana", [Role.Operator]), null, Authority.Console)).Id;
        var ruiz = await house.Get<CustomerBook>().Put(new ExternalId("erp", "C-7"), found => found with { Customer = found.Customer with { Name = "Talleres Ruiz" } }, Actor.Console);
        await house.Get<CustomerBook>().Change(ruiz.Put.Customer.Id, found => found.With(CustomerNumber.Of(PhoneNumber.Parse("612345678", "ES"), "")), Actor.Console);
        await house.Hear(Missed("before", 0, "612345678"));
        using var client = await house.ClientWithKey(ApiScope.SalesRead, ApiScope.SalesWrite, ApiScope.CasesRead);

        object Line(string reference, decimal quantity, decimal price) => new { brand = "Filtros Sol", reference, quantity, unit_price = price, tax_percent = 21 };
        var wish = new { customer_external_id = new { system = "erp", id = "C-7" }, author = "ana@example.com", plate = "1234 KLM", lines = new[] { Line("FS-101", 4, 8.50m), Line("FS-102", 1, 3.33m) } };
        var (created, quote) = await Put(client, "/api/quotes/external/erp/Q-1", wish);
        Assert.Equal((HttpStatusCode.Created, "sent", "Talleres Ruiz", ana, 37.33m, 7.84m, 45.17m),
            (created, Text(quote, "status"), Text(quote, "customer_name"), Text(quote, "author"), Amount(quote, "net"), Amount(quote, "tax"), Amount(quote, "total")));
        Assert.StartsWith("P-", Text(quote, "number"), StringComparison.Ordinal);
        Assert.Equal("quoted", Text(Assert.Single((await Json(client, "/api/cases?state=closed")).GetProperty("cases").EnumerateArray()), "end_reason"));

        // The same again is the same to the version; what is not said stays.
        var (again, same) = await Put(client, "/api/quotes/external/erp/Q-1", wish);
        Assert.Equal((HttpStatusCode.OK, quote.GetRawText()), (again, same.GetRawText()));
        var (_, rejected) = await Put(client, "/api/quotes/external/erp/Q-1", new { status = "rejected", reason = "price" });
        Assert.Equal(("rejected", "price", 2, "1234 KLM"), (Text(rejected, "status"), Text(rejected, "reason"), rejected.GetProperty("lines").GetArrayLength(), Text(rejected, "plate")));
        var (_, sent) = await Put(client, "/api/quotes/external/erp/Q-1", new { status = "sent" });
        Assert.Equal(JsonValueKind.Null, sent.GetProperty("closed_at").ValueKind);

        // An order takes from the lines of its quote; cancelled there, they can be ordered again.
        var ordering = new { quote_external_id = "Q-1", lines = new[] { Line("fs-101", 3, 8.50m), Line("mano de obra", 1, 20m) } };
        var (_, order) = await Put(client, "/api/orders/external/erp/O-1", ordering);
        Assert.Equal((quote.GetProperty("id").GetInt64(), "placed", 45.50m, "Talleres Ruiz"), (order.GetProperty("quote").GetInt64(), Text(order, "status"), Amount(order, "net"), Text(order, "customer_name")));
        Assert.Equal(order.GetRawText(), (await Put(client, "/api/orders/external/erp/O-1", ordering)).Answer.GetRawText());
        var taken = await Json(client, $"/api/quotes/{quote.GetProperty("id")}");
        Assert.Equal(("accepted", 3m, 0m), (Text(taken, "status"), Amount(taken.GetProperty("lines")[0], "ordered"), Amount(taken.GetProperty("lines")[1], "ordered")));
        Assert.Equal("quote.ordered", await Refused(client, "/api/quotes/external/erp/Q-1", new { lines = new[] { Line("FS-102", 1, 3.33m) } }, HttpStatusCode.Conflict));
        Assert.Equal("order.lines-of-quote", await Refused(client, "/api/orders/external/erp/O-1", new { lines = new[] { Line("FS-101", 1, 8.50m) } }, HttpStatusCode.Conflict));
        Assert.Equal("cancelled", Text((await Put(client, "/api/orders/external/erp/O-1", new { status = "cancelled" })).Answer, "status"));
        Assert.Equal(0, Amount((await Json(client, $"/api/quotes/{quote.GetProperty("id")}")).GetProperty("lines")[0], "ordered"));

        // One without a quote may change its lines, and one of last year serves nobody who called today.
        await house.Hear(Missed("after", 60, "612345678"));
        var old = new { customer = ruiz.Put.Customer.Id, created_at = Noon.AddYears(-1), status = "delivered", lines = new[] { Line("FS-101", 1, 8.50m) } };
        Assert.StartsWith("PD-2025-", Text((await Put(client, "/api/orders/external/erp/O-2", old)).Answer, "number"), StringComparison.Ordinal);
        Assert.Single((await Json(client, "/api/cases")).GetProperty("cases").EnumerateArray());
        Assert.Equal(2, (await Put(client, "/api/orders/external/erp/O-2", new { lines = new[] { Line("FS-101", 2, 8m), Line("FS-103", 1, 1m) } })).Answer.GetProperty("lines").GetArrayLength());
        Assert.Equal(17m, Amount(Assert.Single((await Json(client, "/api/orders?external_system=erp&external_id=O-2")).GetProperty("orders").EnumerateArray()), "net"));

        // Page by page by their changes; later what changed meanwhile.
        for (var i = 2; i < 6; i++) await Put(client, $"/api/quotes/external/erp/Q-{i}", wish);
        var (seen, cursor) = (new List<string>(), "");
        for (var page = await Json(client, "/api/quotes?limit=2"); Text(page, "next") is { Length: > 0 } next; page = await Json(client, $"/api/quotes?limit=2&cursor={cursor}"))
        {
            cursor = next;
            seen.AddRange(page.GetProperty("quotes").EnumerateArray().Select(one => Text(one.GetProperty("external_id"), "id")));
        }

        Assert.Equal(["Q-1", "Q-2", "Q-3", "Q-4", "Q-5"], seen);
        await Put(client, "/api/quotes/external/erp/Q-3", new { status = "discarded" });
        Assert.Equal("Q-3", Text(Assert.Single((await Json(client, $"/api/quotes?cursor={cursor}")).GetProperty("quotes").EnumerateArray()).GetProperty("external_id"), "id"));
        Assert.Equal(3, (await Json(client, "/api/quotes?status=sent")).GetProperty("quotes").GetArrayLength());
    }

    [Fact]
    public async Task What_cannot_be_is_refused_with_what_to_do_and_nothing_of_it_is_kept()
    {
        await using var house = await WebHouse.Open();
        using var client = await house.ClientWithKey(ApiScope.SalesRead, ApiScope.SalesWrite);
        object Lines(object line) => new { lines = new[] { line } };
        foreach (var (body, code, status) in ((object, string, HttpStatusCode)[])
                 [
                     (new { }, "quote.empty", HttpStatusCode.BadRequest), (Lines(new { reference = "A" }), "quote.no-price", HttpStatusCode.BadRequest),
                     (Lines(new { reference = "A", unit_price = 1.005 }), "quote.price", HttpStatusCode.BadRequest), (Lines(new { reference = "A", unit_price = -1 }), "quote.price", HttpStatusCode.BadRequest),
                     (Lines(new { reference = "A", unit_price = 1, quantity = -2 }), "quote.quantity", HttpStatusCode.BadRequest), (Lines(new { reference = "A", unit_price = 1, tax_percent = 101 }), "quote.percent", HttpStatusCode.BadRequest),
                     (new { customer = 77 }, "customer.unknown", HttpStatusCode.NotFound), (new { customer_external_id = new { system = "erp", id = "none" } }, "customer.unknown", HttpStatusCode.NotFound),
                     (new { author = "nobody@example.com" }, "customer.no-such-person", HttpStatusCode.BadRequest),
                 ])
            Assert.Equal(code, await Refused(client, "/api/quotes/external/erp/Q-1", body, status));
        Assert.Equal("quote.unknown", await Refused(client, "/api/orders/external/erp/O-1", new { quote_external_id = "none", lines = new[] { new { reference = "A", unit_price = 1 } } }, HttpStatusCode.NotFound));
        Assert.Equal("order.empty", await Refused(client, "/api/orders/external/erp/O-1", new { }, HttpStatusCode.BadRequest));
        Assert.Empty((await Json(client, "/api/quotes")).GetProperty("quotes").EnumerateArray());
        Assert.Empty((await Json(client, "/api/orders")).GetProperty("orders").EnumerateArray());
        Assert.Equal(HttpStatusCode.BadRequest, (await client.GetAsync("/api/quotes?status=maybe")).StatusCode);
        using var onlyReads = await house.ClientWithKey(ApiScope.SalesRead);
        Assert.Equal(HttpStatusCode.Forbidden, (await onlyReads.PutAsJsonAsync("/api/quotes/external/erp/Q-1", new { })).StatusCode);
    }

    static async Task<(HttpStatusCode Status, JsonElement Answer)> Put(HttpClient client, string address, object body)
    {
        using var answer = await client.PutAsJsonAsync(address, body);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        return (answer.StatusCode, JsonDocument.Parse(text).RootElement);
    }

    static async Task<string> Refused(HttpClient client, string address, object body, HttpStatusCode status)
    {
        using var answer = await client.PutAsJsonAsync(address, body);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == status, $"{answer.StatusCode}: {text}");
        return Text(JsonDocument.Parse(text).RootElement, "code");
    }

    static async Task<JsonElement> Json(HttpClient client, string address) => JsonDocument.Parse(await client.GetStringAsync(address)).RootElement;

    static string Text(JsonElement of, string name) => of.TryGetProperty(name, out var value) ? value.ToString() : "";

    static decimal Amount(JsonElement of, string name) => of.GetProperty(name).GetDecimal();
}
