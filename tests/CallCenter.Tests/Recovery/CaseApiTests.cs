using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using CallCenter.Audit;
using CallCenter.Teams;
using CallCenter.Tests.Calls;
using CallCenter.Web;
using static CallCenter.Tests.Recovery.TestCalls;

namespace CallCenter.Tests.Recovery;

public sealed class CaseApiTests
{
    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task A_program_lists_reads_claims_tries_and_closes_in_somebodys_name(On database)
    {
        await using var house = await WebHouse.Open(database);
        var users = house.Get<Users>();
        var (ana, luis) = ((await users.Add(new NewPerson("ana@example.com", "Ana", [Role.Operator]), null, Authority.Console)).Id, (await users.Add(new NewPerson("luis@example.com", "Luis", [Role.Operator]), null, Authority.Console)).Id);
        await house.Hear([.. Missed("a", 0, "0034 612345601"), .. Missed("b", 60, "612 345 601"), .. Missed("c", 120, "612345602", line: "910000009")]);
        using var client = await house.ClientWithKey(ApiScope.CasesRead, ApiScope.CasesWrite);

        var listed = await Json(client, "/api/cases?order=misses");
        Assert.Equal(2, listed.GetProperty("total").GetInt64());
        var first = listed.GetProperty("cases")[0];
        Assert.Equal(("+34612345601", 2, 0, "open", true), (first.GetProperty("number").GetString(), first.GetProperty("misses").GetInt32(), first.GetProperty("attempts").GetInt32(),
            first.GetProperty("is_open").GetBoolean() ? "open" : "closed", first.GetProperty("value_cents").GetInt64() >= 0));
        var id = first.GetProperty("id").GetInt64();
        Assert.Equal(1, (await Json(client, "/api/cases?line=910000009&limit=1")).GetProperty("total").GetInt64());
        Assert.Equal(1, (await Json(client, "/api/cases?customer=0034612345602")).GetProperty("total").GetInt64());
        Assert.Equal(2, (await Json(client, "/api/cases?overdue=true")).GetProperty("total").GetInt64()); // of May 2026
        Assert.Equal(2, (await Json(client, $"/api/cases/{id}")).GetProperty("misses").GetArrayLength());

        await Refused(client, $"/api/cases/{id}/claim", new { }, HttpStatusCode.BadRequest, "case.whose");
        await Refused(client, $"/api/cases/{id}/claim", new { person = "nadie@example.com" }, HttpStatusCode.BadRequest, "case.no-such-person");
        await Refused(client, "/api/cases/999/claim", new { person = ana }, HttpStatusCode.NotFound, "case.unknown");
        Assert.Equal("Ana", (await Post(client, $"/api/cases/{id}/claim", new { person = "ANA@example.com" })).GetProperty("owner_name").GetString());
        Assert.Contains("Ana", await Refused(client, $"/api/cases/{id}/claim", new { person = luis }, HttpStatusCode.Conflict, "case.claimed-by-other"));
        Assert.Equal(1, (await Post(client, $"/api/cases/{id}/attempts", new { result = "no_answer", note = "comunica", person = ana })).GetProperty("attempts").GetInt32());
        await Refused(client, $"/api/cases/{id}/postpone", new { until = "2020-01-01T00:00:00Z" }, HttpStatusCode.BadRequest, "case.postpone");
        await Refused(client, $"/api/cases/{id}/close", new { reason = "reached" }, HttpStatusCode.BadRequest, "case.reason");
        Assert.Equal("not_needed", (await Post(client, $"/api/cases/{id}/close", new { reason = "not_needed", person = luis })).GetProperty("end_reason").GetString());
        Assert.True((await Post(client, $"/api/cases/{id}/reopen", new { })).GetProperty("is_open").GetBoolean());
        Assert.Equal(JsonValueKind.Null, (await Post(client, $"/api/cases/{id}/assign", new { })).GetProperty("owner").ValueKind);

        await Refused(client, "/api/cases?colour=red", null, HttpStatusCode.BadRequest, "api.unknown-parameter");
        await Refused(client, "/api/cases?limit=0", null, HttpStatusCode.BadRequest, "recovery.number");
        var trail = await house.Get<AuditLog>().List(new AuditFilter(Subject: $"case:{id}"));
        Assert.Equal(["case.assigned", "case.reopened", "case.closed", "case.tried", "case.claimed"], trail.Where(line => line.Actor.Id.StartsWith("key:", StringComparison.Ordinal)).Select(line => line.Action));

        using var onlyReads = await house.ClientWithKey(ApiScope.CasesRead);
        Assert.Equal(HttpStatusCode.Forbidden, (await onlyReads.PostAsJsonAsync($"/api/cases/{id}/claim", new { person = ana })).StatusCode);
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task The_stream_tells_every_change_once_and_who_was_away_misses_nothing(On database)
    {
        await using var house = await WebHouse.Open(database);
        using var client = await house.ClientWithKey(ApiScope.CasesRead);
        using var stream = await CallStreamApiTests.SseReader.Open(client, 0, "/api/cases/stream");
        await house.Hear(Missed("a", 0, "612345601"));
        var opened = await Next(stream);
        Assert.Equal(("case", true, 1), (opened.Name, opened.Json.GetProperty("is_open").GetBoolean(), opened.Json.GetProperty("misses").GetInt32()));
        await house.Hear(CalledBack("o", 100, "612345601", answered: true));
        var closed = await Next(stream);
        Assert.Equal(("case", "reached", 1), (closed.Name, closed.Json.GetProperty("end_reason").GetString(), closed.Json.GetProperty("attempts").GetInt32()));
        Assert.True(closed.Id > opened.Id);

        // The missed call turns out to have been answered: nothing is left of its case.
        await house.Hear(new CallCenter.Calls.AttemptAnswered(new CallCenter.Calls.CallKey("test", "a"), Noon.AddSeconds(5), "leg"));
        Assert.Equal("gone", (await Next(stream)).Name);

        await house.Hear(Missed("b", 200, "612345602"));
        using var again = await CallStreamApiTests.SseReader.Open(client, opened.Id, "/api/cases/stream");
        Assert.Equal("+34612345602", (await Next(again)).Json.GetProperty("number").GetString());
    }

    static async Task<(long Id, string Name, JsonElement Json)> Next(CallStreamApiTests.SseReader stream)
    {
        var (id, name, data) = (await stream.Read(TimeSpan.FromSeconds(20)))!.Value;
        return (id, name, JsonDocument.Parse(data).RootElement);
    }

    static async Task<JsonElement> Json(HttpClient client, string address) => (await client.GetFromJsonAsync<JsonElement>(address))!;

    static async Task<JsonElement> Post(HttpClient client, string address, object body)
    {
        using var answer = await client.PostAsJsonAsync(address, body);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, $"{address}: {text}");
        return JsonDocument.Parse(text).RootElement;
    }

    static async Task<string> Refused(HttpClient client, string address, object? body, HttpStatusCode status, string code)
    {
        using var answer = body is null ? await client.GetAsync(address) : await client.PostAsJsonAsync(address, body);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == status, $"{address}: {(int)answer.StatusCode} {text}");
        Assert.Equal(code, JsonDocument.Parse(text).RootElement.GetProperty("code").GetString());
        return text;
    }
}
