using System.Text;
using System.Text.Json;
using CallCenter.Calls;
using CallCenter.Recovery;
using CallCenter.Teams;
using CallCenter.Telephony;
using CallCenter.Telephony.Providers;
using CallCenter.Web;
using static CallCenter.Tests.Recovery.TestCalls;

namespace CallCenter.Tests.Recovery;

/// <summary>What people complain about in other products (product.md D.2): missed calls that nobody can follow up.</summary>
public sealed class WorklistTests
{
    static readonly CaseScope Everything = CaseScope.Of(CallScope.Machine);

    public static TheoryData<On, string> Everywhere => RecordedMisses.Everywhere;

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task d13_the_worklist_has_no_horizon_nights_weekends_and_last_year_are_on_it(On database)
    {
        await using var house = await House.Open(database, new StandingClock(Noon));
        var week = Enum.GetValues<DayOfWeek>().ToDictionary(day => day, day => (IReadOnlyList<Shift>)(day is DayOfWeek.Saturday or DayOfWeek.Sunday ? [] : [new Shift(new(9, 0), new(18, 0))]));
        var team = (await house.Teams.Add("Mostrador", TeamType.CallCenter, Authority.Console, new OpeningHours("Europe/Madrid", week, [new Holiday(new(2025, 12, 25), "Navidad")]))).Id;
        await house.Teams.GiveLine(team, "test", LineKind.Line, "910000000", DateTimeOffset.MinValue, false, Authority.Console);
        (string Number, DateTimeOffset At)[] missed =
        [
            ("612345601", Noon.AddDays(-400)),
            ("612345602", new(2025, 12, 25, 11, 0, 0, TimeSpan.Zero)), // a holiday
            ("612345603", new(2026, 5, 2, 20, 0, 0, TimeSpan.Zero)), // Saturday
            ("612345604", new(2026, 5, 3, 9, 0, 0, TimeSpan.Zero)), // Sunday
            ("612345605", new(2026, 5, 4, 1, 30, 0, TimeSpan.Zero)), // this night
            ("612345606", Noon.AddMinutes(-5)),
        ];
        foreach (var (number, at) in missed)
        {
            var told = Told(number, at, 10, outbound: false, answered: false, number);
            await house.Hear([.. told.Take(2), number.EndsWith('5') ? new CallEnded(told[0].Call, at.AddSeconds(10), EndCause.Closed) : told[^1]]);
        }

        foreach (var order in Enum.GetValues<CaseOrder>())
        {
            var (cases, total) = await house.CaseList.List(Everything, new CaseFilter(), order, CaseList.PageMax);
            Assert.Equal(missed.Select(one => $"+34{one.Number}"), cases.Select(item => item.Case.Number).Order());
            Assert.Equal(missed.Length, total);
        }

        Assert.Equal(missed.Length, (await house.CaseList.Count(Everything, Noon)).Open);
        Assert.Equal(missed.Length, (await house.CaseList.List(Everything, new CaseFilter(Team: team), CaseOrder.Oldest, 50)).Total);
        var oldest = Assert.Single((await house.CaseList.List(Everything, new CaseFilter(Until: Noon.AddDays(-399)), CaseOrder.Oldest, 50)).Cases);
        Assert.Equal(missed[0].At.AddSeconds(10), oldest.Case.LastMissedAt);

        // It is on it until somebody calls, however late.
        await house.Hear(CalledBack("after all", 60, missed[0].Number, answered: true));
        Assert.Equal(missed.Skip(1).Select(one => $"+34{one.Number}"), (await house.CaseList.List(Everything, new CaseFilter(), CaseOrder.Oldest, 50)).Cases.Select(item => item.Case.Number).Order());
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task d14_it_is_sorted_by_time_both_ways_by_due_and_by_insistence_and_its_pages_are_the_whole(On database)
    {
        await using var house = await House.Open(database, new StandingClock(Noon.AddHours(2)));
        var chance = new Random(14);
        for (var i = 0; i < 90; i++) // some insist, and some called in one instant
            await house.Hear(Missed($"c-{i}", chance.Next(30) * 120, $"6123456{chance.Next(40):00}", extension: $"{101 + chance.Next(3)}"));
        foreach (var one in (await house.AllCases()).Where(one => one.Id % 4 == 0)) await house.CaseDesk.Postpone(Everything, one.Id, Noon.AddHours(3 + one.Id % 5), Audit.Actor.Console);
        var all = await house.AllCases();
        Assert.True(all.DistinctBy(one => one.LastMissedAt).Count() < all.Count && all.DistinctBy(one => one.Misses).Count() > 3);

        var sorted = new Dictionary<CaseOrder, List<RecoveryCase>>();
        foreach (var order in Enum.GetValues<CaseOrder>())
        {
            var (whole, total) = await house.CaseList.List(Everything, new CaseFilter(), order, CaseList.PageMax);
            Assert.Equal((all.Count, all.Count), (whole.Count, total));
            var pages = new List<long>();
            for (var offset = 0; offset < total; offset += 7)
            {
                var page = await house.CaseList.List(Everything, new CaseFilter(), order, 7, offset);
                Assert.Equal((total, Math.Min(7, total - offset)), (page.Total, page.Cases.Count));
                pages.AddRange(page.Cases.Select(item => item.Case.Id));
            }

            Assert.Equal(whole.Select(item => item.Case.Id), pages);
            Assert.Equal(all.Select(one => one.Id).Order(), pages.Order());
            sorted[order] = [.. whole.Select(item => item.Case)];
        }

        static IEnumerable<T> By<T>(List<RecoveryCase> cases, Func<RecoveryCase, T> what) => cases.Select(what);
        Assert.Equal(all.Select(one => one.LastMissedAt).Order(), By(sorted[CaseOrder.Oldest], one => one.LastMissedAt));
        Assert.Equal(Enumerable.Reverse(sorted[CaseOrder.Oldest]).Select(one => one.Id), By(sorted[CaseOrder.Newest], one => one.Id));
        Assert.Equal(all.Select(one => one.DueAt).Order(), By(sorted[CaseOrder.Due], one => one.DueAt));
        Assert.Equal(all.Select(one => one.Misses).OrderDescending(), By(sorted[CaseOrder.Misses], one => one.Misses));
        Assert.NotEqual(By(sorted[CaseOrder.Due], one => one.Id), By(sorted[CaseOrder.Oldest], one => one.Id));
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task d15_who_asked_in_the_queue_to_be_called_back_is_on_the_same_list_with_that_reason(On database)
    {
        await using var house = await WebHouse.Open(database);
        await house.Hear(Missed("gave up", 0, "612345601"));
        var asked = new CallKey("test", "asked");
        await house.Hear([.. Missed("asked", 60, "612345602").Take(1), new QueueJoined(asked, Noon.AddSeconds(62), "ventas"), new QueueLeft(asked, Noon.AddSeconds(90), "ventas", QueueExit.CallbackRequested),
            new CallEnded(asked, Noon.AddSeconds(91), EndCause.Cancelled)]);
        // As a phone system tells it that speaks our own words.
        string[] news =
        [
            """{"id":"9","event":"started","way":"in","from":"612345603","to":"910112233"}""", """{"id":"9","event":"queued","queue":"ventas"}""",
            """{"id":"9","event":"queue_left","queue":"ventas","why":"callback_requested"}""", """{"id":"9","event":"ended"}""",
        ];
        var mapping = new Settings(new Dictionary<string, string>
        {
            ["country"] = "ES",
            ["map.call_id"] = "id",
            ["map.event"] = "event",
            ["map.from"] = "from",
            ["map.to"] = "to",
            ["map.direction"] = "way",
            ["map.queue"] = "queue",
            ["map.reason"] = "why",
        });
        foreach (var (body, i) in news.Select((body, i) => (body, i)))
            await house.Hear([.. new JsonWebhook().Translate(new Arrival("test", Noon.AddSeconds(120 + i), "POST", "https://cc.example.com/webhooks/c", Arrival.NoHeaders, Encoding.UTF8.GetBytes(body)), mapping).Events]);
        using var client = await house.ClientWithKey(ApiScope.CallsRead, ApiScope.CasesRead);

        async Task<Dictionary<string, string>> Listed(string conditions = "") => (await Get(client, "/api/cases" + conditions)).GetProperty("cases").EnumerateArray()
            .ToDictionary(one => one.GetProperty("number").GetString()!, one => one.GetProperty("reason").GetString()!);
        var all = await Listed();
        Assert.Equal(["+34612345601", "+34612345602", "+34612345603"], all.Keys.Order());
        Assert.Equal(["abandoned_waiting", "callback_requested", "callback_requested"], all.OrderBy(one => one.Key).Select(one => one.Value));
        Assert.Equal(["+34612345602", "+34612345603"], (await Listed("?reason=callback_requested")).Keys.Order());
        Assert.Equal(["+34612345601"], (await Listed("?reason=abandoned_waiting")).Keys);

        // A call to whom asked does what was asked.
        await house.Hear(CalledBack("o", 600, "612345602", answered: true));
        Assert.Equal(["+34612345603"], (await Listed("?reason=callback_requested")).Keys);
        Assert.Equal(["+34612345602"], (await Listed("?reason=callback_requested&state=closed")).Keys);
    }

    [Theory, MemberData(nameof(Everywhere))]
    public async Task d16_each_missed_call_says_who_it_was_in_one_case_and_those_without_a_number_are_counted_apart(On database, string system)
    {
        await using var house = await House.Open(database);
        await house.HearAll(system);
        var missed = await house.Calls(new CallFilter(Missed: true));
        var (known, hidden) = (missed.Where(call => call.CustomerNumber is not null).ToList(), missed.Where(call => call.CustomerNumber is null).ToList());
        Assert.NotEmpty(known);
        Assert.NotEmpty(hidden);

        var inCases = await house.InCases();
        Assert.Equal(known.Select(call => call.Id).Order(), inCases.Select(one => one.Call)); // a call in two cases would be there twice
        var (listed, total) = await house.CaseList.List(Everything, new CaseFilter(IsOpen: null), CaseOrder.Newest, CaseList.PageMax);
        var cases = listed.ToDictionary(item => item.Case.Id, item => item.Case);
        Assert.Equal(total, cases.Count);
        var byId = known.ToDictionary(call => call.Id);
        Assert.All(inCases, one =>
        {
            Assert.Equal(byId[one.Call].CustomerSide!.MatchKey, PhoneNumber.MatchKeyOf(cases[one.Case].Number));
            Assert.Equal((byId[one.Call].Line, byId[one.Call].Connection), (cases[one.Case].Line, cases[one.Case].Connection));
        });
        Assert.All(cases.Values, one => Assert.Equal(byId[one.LastCall].CustomerNumber, one.Number));
        Assert.Equal(known.Count, cases.Values.Sum(one => one.Misses));

        Assert.Equal(hidden.Select(call => call.Id).Order(), (await house.Calls(new CallFilter(Recovery: RecoveryStanding.NoNumber))).Select(call => call.Id).Order());
        Assert.Equal(hidden.Count, (await house.Log.Count(CallScope.Machine, new CallFilter(Recovery: RecoveryStanding.NoNumber))).Number);
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task d17_a_missed_call_can_be_called_back_whatever_spelling_its_number_came_in(On database)
    {
        await using var house = await WebHouse.Open(database);
        string[] spellings = ["612345678", "+34612345678", "0034 612 34 56 78", "612-34-56-78", "tel:+34-612-345-678", "+34 (612) 345678"];
        foreach (var (number, i) in spellings.Select((number, i) => (number, i))) await house.Hear(Missed($"c-{i}", i * 60, number));
        await house.Hear(Missed("abroad", 900, "00351 912 345 678"));
        await house.Hear(Missed("hidden", 960, "anonymous"));
        using var client = await house.ClientWithKey(ApiScope.CallsRead, ApiScope.CasesRead);

        var cases = (await Get(client, "/api/cases?order=oldest")).GetProperty("cases");
        Assert.Equal([("+34612345678", 6), ("+351912345678", 1)], cases.EnumerateArray().Select(one => (one.GetProperty("number").GetString()!, one.GetProperty("misses").GetInt32())));
        var id = cases[0].GetProperty("id").GetInt64();
        var detail = await Get(client, $"/api/cases/{id}");
        Assert.Equal("+34612345678", detail.GetProperty("case").GetProperty("number").GetString());
        Assert.Equal(spellings.Reverse(), detail.GetProperty("misses").EnumerateArray().Select(call => call.GetProperty("from").GetString()));
        Assert.All(detail.GetProperty("misses").EnumerateArray(), call => Assert.Equal("+34612345678", call.GetProperty("customer_number").GetString()));
        foreach (var number in spellings)
        {
            var found = (await Get(client, $"/api/cases?customer={Uri.EscapeDataString(number)}")).GetProperty("cases");
            Assert.Equal(id, Assert.Single(found.EnumerateArray()).GetProperty("id").GetInt64());
        }

        // The log gives the number to dial too, and the call that dials it, in yet another spelling, settles all of them.
        var log = (await Get(client, "/api/calls?missed=true")).GetProperty("calls").EnumerateArray().Select(call => call.GetProperty("customer_number").GetString());
        Assert.Equal([null, "+351912345678", .. Enumerable.Repeat("+34612345678", 6)], log);
        await house.Hear(CalledBack("o", 1200, "(+34) 612345678", answered: true));
        Assert.Equal(["+351912345678"], (await Get(client, "/api/cases")).GetProperty("cases").EnumerateArray().Select(one => one.GetProperty("number").GetString()));
        Assert.Equal(6, (await Get(client, "/api/calls?recovery=recovered")).GetProperty("calls").GetArrayLength());
    }

    static async Task<JsonElement> Get(HttpClient client, string address) => JsonDocument.Parse(await client.GetStringAsync(address)).RootElement;
}
