using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using CallCenter.Audit;
using CallCenter.Web;

namespace CallCenter.Tests.Parts;

public sealed class PartApiTests
{
    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task A_program_puts_finds_and_updates_parts(On database)
    {
        await using var house = await WebHouse.Open(database);
        using var client = await house.ClientWithKey(ApiScope.PartsRead, ApiScope.PartsWrite);

        var put = await Put(client, new
        {
            brand = "MANN-FILTER",
            reference = "W 712/75",
            description = "Filtro de aceite",
            cross_references = new[] { new { brand = "VAG", reference = "03C 115 561 H" } },
            price = 12.5m,
            tier_prices = new Dictionary<string, decimal> { ["Taller"] = 9.99m },
            stock = 4,
        });
        var id = put.GetProperty("id").GetInt64();
        Assert.Equal((12.5m, 9.99m, 4m, JsonValueKind.Null), (put.GetProperty("price").GetDecimal(), put.GetProperty("tier_prices").GetProperty("Taller").GetDecimal(), put.GetProperty("stock").GetDecimal(), put.GetProperty("tax_percent").ValueKind));
        Assert.Equal(id, (await Put(client, new { brand = "mann filter", reference = "W71275", tax_percent = 21 })).GetProperty("id").GetInt64());
        await Put(client, new { brand = "MAHLE", reference = "OC 593" });

        var found = (await Json(client, "/api/parts?text=03c115561h&limit=5")).GetProperty("parts")[0];
        Assert.Equal(("W 712/75", "cross_reference", "VAG", 21m), (found.GetProperty("reference").GetString(), found.GetProperty("match").GetString(), found.GetProperty("through").GetProperty("brand").GetString(), found.GetProperty("tax_percent").GetDecimal()));
        Assert.Equal("Filtro de aceite", (await Json(client, $"/api/parts/{id}")).GetProperty("description").GetString());
        Assert.Equal(2, (await Json(client, "/api/parts")).GetProperty("parts").GetArrayLength());

        using var answer = await client.PostAsJsonAsync("/api/parts/updates", new
        {
            lines = new object[]
            {
                new { brand = "MANN-FILTER", reference = "w-712/75", stock = 3, price = 12.5 }, new { brand = "MAHLE", reference = "OC593" }, new { brand = "MAHLE", reference = "OC594", stock = 1 },
                new { brand = "MAHLE", reference = "OC593", stock = -1 }, new { brand = "MAHLE", reference = "OC593", price = 0.001 },
            },
        });
        var updated = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
        Assert.Equal((1, 1), (updated.GetProperty("changed").GetInt32(), updated.GetProperty("same").GetInt32()));
        Assert.Equal(["2 part.unknown", "3 part.stock-negative", "4 part.price"], updated.GetProperty("refused").EnumerateArray().Select(line => $"{line.GetProperty("index")} {line.GetProperty("code").GetString()}"));
        Assert.Equal(3, (await Json(client, $"/api/parts/{id}")).GetProperty("stock").GetInt32());
        Assert.Equal(["part.many-changed", "part.added", "part.changed", "part.added"], (await house.Get<AuditLog>().List(new AuditFilter(Action: "part."))).Select(line => line.Action));

        await Refused(await client.PutAsJsonAsync("/api/parts", new { brand = "", reference = "1" }), HttpStatusCode.BadRequest, "part.brand");
        await Refused(await client.PutAsJsonAsync("/api/parts", new { brand = "A", reference = "1", tier_prices = new Dictionary<string, decimal> { [new string('t', 50)] = 1 } }), HttpStatusCode.BadRequest, "part.tiers");
        await Refused(await client.PostAsJsonAsync("/api/parts/updates", new { lines = Enumerable.Repeat(new { brand = "A", reference = "1" }, 1001) }), HttpStatusCode.BadRequest, "part.too-many");
        await Refused(await client.GetAsync("/api/parts/999"), HttpStatusCode.NotFound, "part.unknown");
        await Refused(await client.GetAsync("/api/parts?colour=red"), HttpStatusCode.BadRequest, "api.unknown-parameter");
        using var onlyReads = await house.ClientWithKey(ApiScope.PartsRead);
        Assert.Equal(HttpStatusCode.Forbidden, (await onlyReads.PutAsJsonAsync("/api/parts", new { brand = "A", reference = "1" })).StatusCode);
    }

    static async Task<JsonElement> Put(HttpClient client, object part)
    {
        using var answer = await client.PutAsJsonAsync("/api/parts", part);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        return JsonDocument.Parse(text).RootElement;
    }

    static async Task Refused(HttpResponseMessage answer, HttpStatusCode status, string code)
    {
        using (answer)
            Assert.Equal((status, code), (answer.StatusCode, JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("code").GetString()));
    }

    static async Task<JsonElement> Json(HttpClient client, string address) => JsonDocument.Parse(await client.GetStringAsync(address)).RootElement;
}
