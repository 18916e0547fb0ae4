using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Text.Json;
using System.Xml.Linq;
using CallCenter.Calls;
using CallCenter.Telephony;
using CallCenter.Web;

namespace CallCenter.Tests.Calls;

public class CallApiTests
{
    static readonly DateTimeOffset Noon = new(2026, 5, 4, 12, 0, 0, TimeSpan.Zero);

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task Pages_neither_overlap_nor_leave_out_while_calls_arrive(On database)
    {
        await using var house = await WebHouse.Open(database);
        using var client = await house.ClientWithKey();
        for (var i = 0; i < 60; i++) await house.Hear(CallLogTests.Answered($"c-{i}", Noon.AddMinutes(i)));

        var seen = new List<string>();
        string? next = null;
        for (var page = 0; page == 0 || next is not null; page++)
        {
            var answer = await Get(client, "/api/calls?limit=7" + (next is null ? "" : $"&cursor={next}"));
            seen.AddRange(answer.GetProperty("calls").EnumerateArray().Select(call => call.GetProperty("provider_call_id").GetString()!));
            next = answer.GetProperty("next").GetString();
            await house.Hear(CallLogTests.Answered($"new-{page}", Noon.AddDays(1).AddMinutes(page)));
        }

        Assert.Equal(Enumerable.Range(0, 60).Reverse().Select(i => $"c-{i}"), seen);
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task d51_a_call_is_one_row_however_many_telephones_it_rang_and_its_steps_are_told_with_it(On database)
    {
        await using var house = await WebHouse.Open(database);
        using var client = await house.ClientWithKey();
        var key = new CallKey("test", "c-1");
        await house.Hear(
        [
            new CallStarted(key, Noon, Direction.Inbound, PhoneNumber.Parse("612345678", "ES"), PhoneNumber.Parse("910000000", "ES"), "910000000"), new QueueJoined(key, Noon.AddSeconds(1), "ventas"),
            .. ((string[])["101", "102", "103"]).Select(extension => new AttemptStarted(key, Noon.AddSeconds(2), $"leg-{extension}", extension)),
            new AttemptAnswered(key, Noon.AddSeconds(6), "leg-102"), new AttemptEnded(key, Noon.AddSeconds(6), "leg-101", AttemptResult.AnsweredElsewhere, "101"),
            new AttemptEnded(key, Noon.AddSeconds(6), "leg-103", AttemptResult.AnsweredElsewhere, "103"), new Transferred(key, Noon.AddSeconds(40), TransferKind.Blind, "102", "104"),
            new AttemptStarted(key, Noon.AddSeconds(40), "leg-104", "104"), new AttemptAnswered(key, Noon.AddSeconds(43), "leg-104"), new CallEnded(key, Noon.AddSeconds(90), EndCause.Normal),
        ]);

        var row = Assert.Single((await Get(client, "/api/calls")).GetProperty("calls").EnumerateArray());
        Assert.Equal((4, 1), (row.GetProperty("attempts").GetArrayLength(), row.GetProperty("transfers").GetArrayLength()));
        Assert.Single((await client.GetStringAsync("/api/calls/export.csv")).Trim().Split('\n').Skip(1));
        Assert.Equal(1, (await Get(client, "/api/figures/summary?from=2026-05-04&to=2026-05-04")).GetProperty("value").GetProperty("counts").GetProperty("offered").GetInt32());
        var call = await house.Log.Find(CallScope.Machine, row.GetProperty("id").GetInt64());
        Assert.Equal(12, (await house.Log.EventsOf(CallScope.Machine, call!)).Count); // what the drawer tells
    }

    [Theory]
    [InlineData("direction=inbound", "answered,missed,live,hidden")]
    [InlineData("direction=outbound", "")]
    [InlineData("outcome=completed", "answered")]
    [InlineData("outcome=cancelled", "missed,hidden")]
    [InlineData("state=ringing", "live")]
    [InlineData("missed=true", "missed,hidden")]
    [InlineData("missed=false", "answered,live")]
    [InlineData("recovery=open", "missed")]
    [InlineData("recovery=recovered", "")]
    [InlineData("recovery=no_number", "hidden")]
    [InlineData("alive=true", "live")]
    [InlineData("alive=false", "answered,missed,hidden")]
    [InlineData("operator=101", "answered")]
    [InlineData("queue=ventas", "answered,missed,live")]
    [InlineData("queue=compras", "")]
    [InlineData("line=910000000", "answered,missed,live")]
    [InlineData("customer=612345678", "answered,missed,live")]
    [InlineData("customer=0034+612-345-678", "answered,missed,live")]
    [InlineData("customer=612345679", "")]
    [InlineData("connection=test", "answered,missed,live")]
    [InlineData("connection=other", "")]
    [InlineData("from=2026-05-04T13:00:00Z", "missed,live,hidden")]
    [InlineData("from=2026-05-04T15:00:00%2B02:00&until=2026-05-04T14:00Z", "missed")]
    [InlineData("from=2026-05-04T15:00:00+02:00", "missed,live,hidden")]
    [InlineData("until=2026-05-04T13:00:00.000Z&missed=true", "")]
    public async Task Every_condition_finds_its_calls(string conditions, string expected)
    {
        await using var house = await WebHouse.Open();
        using var client = await house.ClientWithKey();
        await house.Hear(CallLogTests.Answered("answered", Noon));
        await house.Hear(CallLogTests.Missed("missed", Noon.AddHours(1)));
        await house.Hear(CallLogTests.Answered("live", Noon.AddHours(2)).Take(3).ToList());
        var hidden = new CallKey("hidden", "hidden");
        await house.Hear(new CallStarted(hidden, Noon.AddHours(3), Direction.Inbound, PhoneNumber.Parse("anonymous", "ES"), null), new CallEnded(hidden, Noon.AddHours(3).AddSeconds(9), EndCause.Cancelled));

        var found = (await Get(client, "/api/calls?" + conditions)).GetProperty("calls").EnumerateArray().Select(call => call.GetProperty("provider_call_id").GetString());
        Assert.Equal(expected.Split(',', StringSplitOptions.RemoveEmptyEntries).Order(), found.Order());
    }

    [Fact]
    public async Task The_oldest_can_come_first_in_the_list_and_in_exports()
    {
        await using var house = await WebHouse.Open();
        using var client = await house.ClientWithKey();
        for (var i = 0; i < 5; i++) await house.Hear(CallLogTests.Answered($"c-{i}", Noon.AddMinutes(i)));

        var first = await Get(client, "/api/calls?order=oldest_first&limit=3");
        var second = await Get(client, $"/api/calls?order=oldest_first&limit=3&cursor={first.GetProperty("next").GetString()}");
        Assert.Equal(["c-0", "c-1", "c-2", "c-3", "c-4"], first.GetProperty("calls").EnumerateArray().Concat(second.GetProperty("calls").EnumerateArray()).Select(call => call.GetProperty("provider_call_id").GetString()));
        var lines = (await client.GetStringAsync("/api/calls/export.jsonl?order=oldest_first")).TrimEnd().Split('\n');
        Assert.Contains("\"c-0\"", lines[0]);
        Assert.Contains("\"c-4\"", lines[4]);
    }

    [Theory]
    [InlineData("/api/calls?from=yesterday", 400, "api.bad-instant", "ISO 8601")]
    [InlineData("/api/calls?from=2026-05-04T12:00:00", 400, "api.bad-instant", "offset")]
    [InlineData("/api/calls?direction=sideways", 400, "api.bad-value", "inbound")]
    [InlineData("/api/calls?outcome=3", 400, "api.bad-value", "no_answer")]
    [InlineData("/api/calls?missed=1", 400, "api.bad-value", "true, false")]
    [InlineData("/api/calls?recovery=maybe", 400, "api.bad-value", "self_recovered")]
    [InlineData("/api/calls?order=random", 400, "api.bad-value", "oldest_first")]
    [InlineData("/api/calls?limit=501", 400, "api.bad-limit", "1 to 500")]
    [InlineData("/api/calls?limit=0", 400, "api.bad-limit", "1 to 500")]
    [InlineData("/api/calls?cursor=%27%20or%201=1", 400, "calls.bad-cursor", "next")]
    [InlineData("/api/calls?cursor=99999999999999999-1", 400, "calls.bad-cursor", "next")]
    [InlineData("/api/calls?oprator=101", 400, "api.unknown-parameter", "operator")]
    [InlineData("/api/calls/export.csv?limit=3", 400, "api.unknown-parameter", "from")]
    [InlineData("/api/calls/stream?last_event_id=abc", 400, "api.bad-event-id", "last event")]
    [InlineData("/api/calls/999", 404, "call.unknown", "999")]
    [InlineData("/api/calls/one", 404, "call.unknown", "one")]
    [InlineData("/api/bells", 404, "api.unknown-address", "/api/docs")]
    public async Task What_cannot_be_answered_says_what_to_do(string address, int status, string code, string hint)
    {
        await using var house = await WebHouse.Open();
        using var client = await house.ClientWithKey();
        using var answer = await client.GetAsync(address);
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
        var problem = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
        Assert.Equal(code, problem.GetProperty("code").GetString());
        Assert.Equal(status, problem.GetProperty("status").GetInt32());
        Assert.Contains(hint, problem.GetProperty("detail").GetString());
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task A_call_comes_with_its_timeline_and_arrivals_only_for_who_may_see_them(On database)
    {
        await using var house = await WebHouse.Open(database);
        var told = CallLogTests.Answered("c-1", Noon);
        var arrival = new Arrival("test", Noon, "POST", "", Arrival.NoHeaders, "{\"hola\":1}"u8.ToArray());
        await house.Get<Intake>().Accept(new Delivery([(arrival, Translation.Understood(told))]));
        var id = (await house.Log.List(CallScope.Machine, new CallFilter())).Calls.Single().Id;

        using var client = await house.ClientWithKey();
        var call = await Get(client, $"/api/calls/{id}");
        Assert.Equal("completed", call.GetProperty("outcome").GetString());
        Assert.Equal(60, call.GetProperty("talk_seconds").GetDouble());
        Assert.Equal(
            ["started", "queue_joined", "attempt_started", "queue_left", "attempt_answered", "attempt_ended", "ended"],
            call.GetProperty("timeline").EnumerateArray().Select(fact => fact.GetProperty("is").GetString()));
        Assert.Equal("2026-05-04T12:00:02.000Z", call.GetProperty("timeline")[2].GetProperty("at").GetString());
        Assert.Equal("101", call.GetProperty("timeline")[2].GetProperty("operator").GetString());
        Assert.Equal(JsonValueKind.Null, call.GetProperty("arrivals").ValueKind);

        using var allowed = await house.ClientWithKey(ApiScope.CallsRead, ApiScope.ArrivalsRead);
        var sent = Assert.Single((await Get(allowed, $"/api/calls/{id}")).GetProperty("arrivals").EnumerateArray());
        Assert.Equal("understood", sent.GetProperty("verdict").GetString());
        Assert.Equal("{\"hola\":1}", sent.GetProperty("body").GetString());
    }

    [Fact]
    public async Task A_call_is_spelled_in_the_list_the_detail_and_the_export_as_in_a_replay()
    {
        await using var house = await WebHouse.Open();
        using var client = await house.ClientWithKey();
        await house.Hear(CallLogTests.Answered("c-1", Noon));
        var stored = (await house.Log.List(CallScope.Machine, new CallFilter())).Calls.Single();
        var expected = JsonSerializer.Serialize(stored, CallJson.Options);

        Assert.Equal(expected, (await Get(client, "/api/calls")).GetProperty("calls")[0].GetRawText());
        Assert.Equal(expected, (await client.GetStringAsync("/api/calls/export.jsonl")).TrimEnd());
        Assert.StartsWith(expected[..^1], await client.GetStringAsync($"/api/calls/{stored.Id}"));
    }

    [Fact]
    public async Task An_export_holds_all_rows_and_no_formula_of_a_stranger()
    {
        await using var house = await WebHouse.Open();
        using var client = await house.ClientWithKey();
        await house.Hear([.. Enumerable.Range(0, 1203).SelectMany(i => CallLogTests.Answered($"c-{i}", Noon.AddSeconds(i)))]);
        const string Evil = "=HYPERLINK(\"http://127.0.0.1\",\"x\")";
        await house.Hear(Hostile.Call("evil", Noon.AddDays(1), Evil));
        await house.Hear(Hostile.Call("worse", Noon.AddDays(2)));

        using var answer = await client.GetAsync("/api/calls/export.csv");
        Assert.Equal("text/csv", answer.Content.Headers.ContentType!.MediaType);
        Assert.Equal("attachment", answer.Content.Headers.ContentDisposition!.DispositionType);
        var text = await answer.Content.ReadAsStringAsync();
        var lines = text.TrimStart('\uFEFF').TrimEnd().Split("\r\n");
        Assert.Equal(1206, lines.Length);
        Assert.StartsWith("id,connection,provider,", lines[0]);
        Assert.Equal(1206, lines.Distinct().Count());
        Assert.Contains("\"'=HYPERLINK(\"\"http://127.0.0.1\"\",\"\"x\"\")\"", lines[2]);
        Assert.Contains(",+34612345678,", lines[2]);
        Assert.Contains($",\"'{Hostile.Shown.Replace("\"", "\"\"")}\",", lines[1]);
        Assert.DoesNotContain('\0', text);

        Assert.Equal(3, (await client.GetStringAsync("/api/calls/export.csv?missed=true")).TrimEnd().Split("\r\n").Length);
    }

    [Fact]
    public async Task A_spreadsheet_holds_all_rows_as_numbers_times_and_harmless_text()
    {
        await using var house = await WebHouse.Open();
        using var client = await house.ClientWithKey();
        client.DefaultRequestHeaders.AcceptLanguage.ParseAdd("es");
        await house.Hear([.. Enumerable.Range(0, 702).SelectMany(i => CallLogTests.Answered($"c-{i}", Noon.AddSeconds(i)))]);
        await house.Hear(Hostile.Call("evil", Noon.AddDays(1)));

        using var answer = await client.GetAsync("/api/calls/export.xlsx?line=910000000&from=2026-05-01T00:00Z");
        Assert.Equal("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", answer.Content.Headers.ContentType!.MediaType);
        using var zip = new ZipArchive(await answer.Content.ReadAsStreamAsync());
        XNamespace x = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
        XDocument Part(string name) => XDocument.Load(zip.GetEntry(name)!.Open());
        Assert.Equal(["Llamadas", "Sobre este archivo"], Part("xl/workbook.xml").Descendants(x + "sheet").Select(sheet => sheet.Attribute("name")!.Value));
        foreach (var part in (string[])["[Content_Types].xml", "_rels/.rels", "xl/_rels/workbook.xml.rels", "xl/styles.xml"]) Assert.NotNull(Part(part).Root);

        var rows = Part("xl/worksheets/sheet1.xml").Descendants(x + "row").ToList();
        Assert.Equal(704, rows.Count);
        Assert.StartsWith("InicioEstadoSentidoClienteNúmeroNombre", rows[0].Value);
        Assert.Empty(Part("xl/worksheets/sheet1.xml").Descendants(x + "f"));
        var (evil, plain) = (rows[1].Elements().ToList(), rows[2].Elements().ToList());
        Assert.Equal(Hostile.Shown[..32_767], evil[5].Value.Replace("_x005F_", "_"));
        Assert.Equal("inlineStr", evil[5].Attribute("t")!.Value);
        Assert.Equal(new DateTime(2026, 5, 4, 12, 11, 41), DateTime.FromOADate(double.Parse(plain[0].Value, CultureInfo.InvariantCulture)), TimeSpan.FromMilliseconds(1));
        Assert.Equal(60, double.Parse(plain[11].Value, CultureInfo.InvariantCulture) * 86400, 0.01);

        var about = Part("xl/worksheets/sheet2.xml").Descendants(x + "row").Select(row => string.Join('|', row.Elements().Select(cell => cell.Value))).ToList();
        Assert.Contains("Llamadas|703", about);
        Assert.Contains("Zona horaria|UTC", about);
        Assert.Contains("Línea|910 00 00 00", about);
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task Readiness_writes_and_says_when_it_cannot(On database)
    {
        await using var house = await WebHouse.Open(database);
        await house.Switchboard.Add("asterisk", "Central", new Dictionary<string, string> { ["host"] = "127.0.0.1", ["username"] = "u", ["secret"] = "s" }, ConnectionState.Paused);
        long Probes() => house.Db.Read(tx => tx.One<long>("select next from counters where name = 'probe'")).Result;
        var before = Probes();

        using var ready = await house.Client.GetAsync("/readyz");
        Assert.Equal(HttpStatusCode.OK, ready.StatusCode);
        var said = await ready.Content.ReadAsStringAsync();
        Assert.Contains("paused", said);
        Assert.DoesNotContain(house.Switchboard.All.Single().Id, said);
        Assert.Equal(before + 1, Probes());

        var hold = new TaskCompletionSource();
        var blocking = house.Db.Write(async tx =>
        {
            await tx.Run("update counters set next = next where name = 'probe'");
            await hold.Task;
        });
        await Answers(HttpStatusCode.ServiceUnavailable);
        using (var alive = await house.Client.GetAsync("/healthz")) Assert.Equal(HttpStatusCode.OK, alive.StatusCode);
        hold.SetResult();
        await blocking;
        await Answers(HttpStatusCode.OK);

        // One answer holds for a second; whoever asks later hears how it is now.
        async Task Answers(HttpStatusCode wanted)
        {
            var since = TimeProvider.System.GetTimestamp();
            while (true)
            {
                var isLate = TimeProvider.System.GetElapsedTime(since) > TimeSpan.FromMilliseconds(1100);
                using var answer = await house.Client.GetAsync("/readyz");
                if (answer.StatusCode == wanted) return;
                Assert.False(isLate, $"it still answers {answer.StatusCode}");
                await Task.Delay(50);
            }
        }
    }

    [Fact]
    public async Task The_api_describes_itself_with_nothing_from_elsewhere()
    {
        await using var house = await WebHouse.Open();
        var document = JsonDocument.Parse(await house.Client.GetStringAsync("/openapi/v1.json")).RootElement;
        Assert.Equal(
            [
                "/api/calls", "/api/calls/export.csv", "/api/calls/export.jsonl", "/api/calls/export.xlsx", "/api/calls/place", "/api/calls/stream", "/api/calls/{id}", "/api/calls/{id}/hangup",
                "/api/cases", "/api/cases/stream", "/api/cases/{id}", "/api/cases/{id}/assign", "/api/cases/{id}/attempts", "/api/cases/{id}/claim", "/api/cases/{id}/close",
                "/api/cases/{id}/postpone", "/api/cases/{id}/reopen", "/api/customers", "/api/customers/external/{system}/{id}", "/api/customers/{id}",
                "/api/figures/days", "/api/figures/hours", "/api/figures/lines", "/api/figures/missed", "/api/figures/operators", "/api/figures/queues", "/api/figures/states",
                "/api/figures/summary", "/api/figures/teams", "/api/orders", "/api/orders/external/{system}/{id}", "/api/orders/{id}", "/api/parts", "/api/parts/updates", "/api/parts/{id}",
                "/api/quotes", "/api/quotes/external/{system}/{id}", "/api/quotes/{id}", "/api/reports/{name}", "/api/reports/{name}/export.csv", "/api/reports/{name}/export.xlsx",
            ],
            document.GetProperty("paths").EnumerateObject().Select(path => path.Name).Order(StringComparer.Ordinal));
        var call = document.GetProperty("components").GetProperty("schemas").GetProperty("Call").GetProperty("properties");
        Assert.Equal("date-time", call.GetProperty("started_at").GetProperty("format").GetString());
        Assert.NotEmpty(call.GetProperty("wait_seconds").GetProperty("description").GetString()!);

        using var page = await house.Client.GetAsync("/api/docs/");
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        Assert.DoesNotContain("https://", await page.Content.ReadAsStringAsync());
        Assert.Contains("'nonce-", page.Headers.GetValues("Content-Security-Policy").Single());
        using var script = await house.Client.GetAsync("/api/docs/scalar.js");
        Assert.Equal(HttpStatusCode.OK, script.StatusCode);
    }

    static async Task<JsonElement> Get(HttpClient client, string address)
    {
        using var answer = await client.GetAsync(address);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == HttpStatusCode.OK, text);
        return JsonDocument.Parse(text).RootElement;
    }
}
