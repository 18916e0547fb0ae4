using System.Globalization;
using System.IO.Compression;
using System.Text.Json;
using System.Xml.Linq;
using CallCenter.Audit;
using CallCenter.Calls;
using CallCenter.Customers;
using CallCenter.Figures;
using CallCenter.Quotes;
using CallCenter.Reports;
using CallCenter.Teams;
using CallCenter.Tests.Commands;
using CallCenter.Tests.SigningIn;
using CallCenter.Web;
using static CallCenter.Tests.Recovery.TestCalls;

namespace CallCenter.Tests.Reports;

/// <summary>Calls and quotes beside each other, told apart; as a table, as files, by API and on the command line the same.</summary>
public sealed class ReportTests
{
    static readonly TimeZoneInfo Madrid = TimeZoneInfo.FindSystemTimeZoneById("Europe/Madrid");
    static readonly FigureFilter TheDay = new(new(Madrid, new(2026, 5, 4), new(2026, 5, 4)));
    static readonly QuoteLine Filter = new() { Brand = "Filtros Sol", Reference = "FS-101", Quantity = 4, UnitPrice = new Money(5_00), TaxPercent = 21 };

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task Calls_and_quotes_stand_beside_each_other_by_team_person_line_queue_customer_brand_and_time(On database)
    {
        await using var house = await House.Open(database, new StandingClock(Noon.AddMinutes(10)));
        var ana = (await house.Users.Add(new NewPerson("ana@example.com", "Ana", [Role.Operator]), null, Authority.Console)).Id;
        await house.Teams.GiveExtension(ana, "test", "101", DateTimeOffset.MinValue, Authority.Console);
        await house.Teams.AddMember((await house.Teams.Add("Mostrador", TeamType.Sales, Authority.Console)).Id, ana, DateTimeOffset.MinValue, Authority.Console);
        await house.Personnel.Load();
        await house.Customers.Add(new Customer(0, CustomerKind.Company, "Talleres Ruiz"), PhoneNumber.Parse("612345678", "ES"), Actor.Console);
        await house.Hear([.. GotThrough("a", 0, "612345678"), .. Missed("b", 60, "612345679"), .. Missed("c", 90, "612345678", line: "910000001", extension: "102")]);
        var call = (await house.Calls()).Single(one => one.ProviderCallId == "a").Id;

        // One from the call, of which the filters are ordered; one out of nothing, by nobody.
        var (first, second) = ((await house.QuoteDesk.DraftFor(CallScope.Machine, call, ana, Actor.Console)).Id, (await house.QuoteDesk.Draft(new SaleHead(), null, Actor.Console)).Id);
        await Tell(first, Filter, Filter with { Brand = "", Reference = "mano", Quantity = 2 });
        await house.OrderDesk.Place(first, new Dictionary<string, decimal> { [(await house.Db.Read(tx => QuoteBook.Get(tx, first))).Lines[0].Id] = 4 }, ana, Actor.Console);
        await Tell(second, Filter with { Quantity = 1 });

        // Offered, missed; quotes, their value, of how many something was ordered, and that.
        foreach (var (report, row, expected) in ((string, string?, string)[])
        [
            ("by-team", "Mostrador", "2 1; 1 30.00 1 20.00"), ("by-team", null, "1 1; 1 5.00 0 0.00"),
            ("by-operator", "Ana", "1 0; 1 30.00 1 20.00"), ("by-operator", null, "2 2; 1 5.00 0 0.00"), ("by-operator", "102", "0 0; none"),
            ("by-line", "910000000", "2 1; 1 30.00 1 20.00"), ("by-line", "910000001", "1 1; none"), ("by-line", null, "0 0; 1 5.00 0 0.00"),
            ("by-queue", null, "3 2; 2 35.00 1 20.00"),
            ("by-customer", "Talleres Ruiz", "2 1; 1 30.00 1 20.00"), ("by-customer", null, "1 1; 1 5.00 0 0.00"),
            ("by-brand", "Filtros Sol", "none; 2 25.00 1 20.00"), ("by-brand", null, "none; 1 10.00 0 0.00"),
            ("by-day", "2026-05-04", "3 2; 2 35.00 1 20.00"), ("by-weekday", "Monday", "3 2; 2 35.00 1 20.00"), ("by-hour", "14:00", "3 2; 2 35.00 1 20.00"),
        ])
        {
            var table = await house.Reports.Read(Report.Find(report)!, CallScope.Machine, TheDay, FigureRules.Default);
            Assert.Equal("2 35.00 1 20.00", Sales(table.Total));
            Assert.Equal(expected, Said(table.Rows.Single(one => Key(one) == row)));
        }

        // A filter is of quotes too as far as they can answer it; who may not know what is sold is told nothing of it.
        Assert.Equal("2 1; 1 30.00 1 20.00", Said((await house.Reports.Read(Report.All[0], CallScope.Machine, TheDay with { Line = "910000000" }, FigureRules.Default)).Total));
        Assert.Equal("2 2; none", Said((await house.Reports.Read(Report.All[0], CallScope.Machine, TheDay with { Recovery = RecoveryStanding.Open }, FigureRules.Default)).Total));
        Assert.Equal("3 2; none", Said((await house.Reports.Read(Report.All[0], CallScope.Machine, TheDay, FigureRules.Default, withSales: false)).Total));

        // Who sees only own calls learns nothing of how colleagues do.
        var luis = (await house.Users.Add(new NewPerson("luis@example.com", "Luis", [Role.Operator]), null, Authority.Console)).Id;
        await house.Teams.GiveExtension(luis, "test", "102", DateTimeOffset.MinValue, Authority.Console);
        await house.Rejudging.Run();
        var his = (await house.Reports.Read(Report.Find("by-operator")!, CallScope.Own(luis), TheDay, FigureRules.Default)).Rows;
        Assert.DoesNotContain(his, row => row.Key is "Ana" or "101");
        Assert.Equal(1, his.Sum(row => row.Calls?.Counts.Calls));

        async Task Tell(long id, params QuoteLine[] lines)
        {
            var seen = (await house.Db.Read(tx => QuoteBook.Get(tx, id))).Content;
            await house.QuoteDesk.Save(id, seen, seen with { Lines = [.. lines.Select(line => line with { Id = Guid.CreateVersion7().ToString("n") })] }, Actor.Console);
            await house.QuoteDesk.Present(id, null, Actor.Console);
        }

        static string? Key(ReportRow row) => row.Key switch
        {
            DateOnly day => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            TimeOnly time => time.ToString("HH:mm", CultureInfo.InvariantCulture),
            var key => key?.ToString(),
        };

        static string Said(ReportRow row) => $"{(row.Calls is { } calls ? $"{calls.Counts.Offered} {calls.Counts.Missed}" : "none")}; {Sales(row)}";

        static string Sales(ReportRow row) => row.Sales is { Quotes: > 0 } sales ? $"{sales.Quotes} {sales.Value} {sales.Ordered} {sales.OrderedValue}" : "none";
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task The_files_the_api_and_the_command_give_the_same_rows_with_what_they_mean_and_leave_a_trace(On database)
    {
        await using var house = await WebHouse.Open(database);
        await house.Hear([.. GotThrough("a", 0, "612345678"), .. Missed("b", 60, "612345679"), .. Missed("c", 90, "612345678", line: "910000001")]);
        using var client = await house.ClientWithKey(ApiScope.CallsRead);
        const string Asked = "?from=2026-05-01&to=2026-05-31&zone=Europe/Madrid";

        var read = JsonDocument.Parse(await client.GetStringAsync($"/api/reports/by-line{Asked}")).RootElement;
        var rows = read.GetProperty("rows").EnumerateArray().ToDictionary(row => row.GetProperty("name").GetString()!, row => row.GetProperty("values"));
        Assert.Equal((2, 1, 0.5), (rows["910000000"].GetProperty("offered").GetInt32(), rows["910000000"].GetProperty("missed").GetInt32(), rows["910000000"].GetProperty("answer_rate").GetDouble()));
        Assert.Equal((3, 2), (read.GetProperty("total").GetProperty("offered").GetInt32(), read.GetProperty("total").GetProperty("open").GetInt32()));
        Assert.Equal(JsonValueKind.Null, read.GetProperty("total").GetProperty("quotes").ValueKind); // the key may not read sales

        client.DefaultRequestHeaders.AcceptLanguage.ParseAdd("es");
        var csv = (await client.GetStringAsync($"/api/reports/by-line/export.csv{Asked}")).TrimStart('\uFEFF').Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        var (head, lines) = (csv.TakeWhile(line => line.StartsWith("# ", StringComparison.Ordinal)).ToList(), csv.SkipWhile(line => line.StartsWith("# ", StringComparison.Ordinal)).Select(line => line.Split(',')).ToList());
        Assert.Contains("# Zona horaria,Europe/Madrid", head);
        Assert.Contains("# Atendidas %,Atendidas ÷ recibidas.", head);
        Assert.Equal(["Línea", "Recibidas", "Atendidas", "Atendidas %"], lines[0].Take(4));
        Assert.Equal(["Total", "3", "1", "0.3333"], lines[^1].Take(4));
        Assert.Equal(3, lines.Skip(1).SkipLast(1).Sum(line => int.Parse(line[1], CultureInfo.InvariantCulture)));
        Assert.All(lines, line => Assert.Equal(lines[0].Length, line.Length));

        using var book = new ZipArchive(await client.GetStreamAsync($"/api/reports/by-line/export.xlsx{Asked}"));
        await using var sheets = await book.GetEntry("xl/worksheets/sheet2.xml")!.OpenAsync();
        Assert.Contains("Atendidas ÷ recibidas.", await new StreamReader(sheets).ReadToEndAsync(), StringComparison.Ordinal);
        Assert.Equal(2, (await house.Get<AuditLog>().List(new AuditFilter(Action: "report.exported"))).Count);

        using (var unknown = await client.GetAsync("/api/reports/by-mood"))
            Assert.Contains("by-team", await unknown.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        var (code, output, _) = await Cli.Run("report", "by-line", "--from", "2026-05-01", "--to", "2026-05-31", "--zone", "Europe/Madrid", "--json", "--database", house.Get<ServerOptions>().Database);
        Assert.Equal(0, code);
        var told = JsonDocument.Parse(output).RootElement;
        Assert.Equal(read.GetProperty("rows")[0].GetProperty("values").GetProperty("offered").GetRawText(), told.GetProperty("rows")[0].GetProperty("values").GetProperty("offered").GetRawText());
        (code, output, _) = await Cli.Run("report", "by-hour", "--from", "2026-05-01", "--to", "2026-05-31", "--zone", "Europe/Madrid", "--database", house.Get<ServerOptions>().Database);
        Assert.Equal(0, code);
        Assert.Contains("14:00", output, StringComparison.Ordinal);
        Assert.Contains("total", output, StringComparison.Ordinal);
    }

    [Theory, InlineData("Europe/Madrid", "14:00"), InlineData("America/Argentina/Buenos_Aires", "09:00"), InlineData("Asia/Kolkata", "17:30")]
    public async Task d46_the_list_and_the_summary_by_hour_speak_of_the_same_hour_that_of_who_looks(string zone, string hour)
    {
        await using var house = await WebHouse.Open();
        await house.Hear([.. GotThrough("a", 0, "612345678"), .. GotThrough("b", 60, "612345678")]);
        await house.Get<Users>().Add(new NewPerson("jefa@example.com", "Jefa", [Role.Manager], TimeZone: zone), "correct horse battery", Authority.Console);
        using var visitor = new Visitor(house);
        await visitor.SignIn("jefa@example.com", "correct horse battery");

        var rows = JsonDocument.Parse(await visitor.Client.GetStringAsync("/api/reports/by-hour?from=2026-05-04&to=2026-05-04")).RootElement.GetProperty("rows");
        Assert.Equal((hour, 2), (Assert.Single(rows.EnumerateArray()).GetProperty("name").GetString(), rows[0].GetProperty("values").GetProperty("offered").GetInt32()));
        using var book = new ZipArchive(await visitor.Client.GetStreamAsync("/api/calls/export.xlsx"));
        await using var sheet = await book.GetEntry("xl/worksheets/sheet1.xml")!.OpenAsync();
        var starts = XDocument.Load(sheet).Descendants().Where(cell => cell.Name.LocalName == "row").Skip(1)
            .Select(row => DateTime.FromOADate(double.Parse(row.Elements().First().Value, CultureInfo.InvariantCulture)).AddSeconds(0.5).ToString("HH:mm", CultureInfo.InvariantCulture)).Order();
        Assert.Equal([hour, $"{hour[..4]}1"], starts);
    }
}
