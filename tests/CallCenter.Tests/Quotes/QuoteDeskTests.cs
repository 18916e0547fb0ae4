using CallCenter.Audit;
using CallCenter.Calls;
using CallCenter.Customers;
using CallCenter.Quotes;
using CallCenter.Recovery;
using CallCenter.Teams;
using static CallCenter.Tests.Recovery.TestCalls;

namespace CallCenter.Tests.Quotes;

public sealed class QuoteDeskTests
{
    static readonly QuoteLine Filter = new() { Brand = "Filtros Sol", Reference = "FS-101", Description = "Filtro de aceite", Quantity = 4, UnitPrice = new Money(8_50), TaxPercent = 21 };
    static readonly QuoteLine Disc = new() { Brand = "Freno Norte", Reference = "FN 22", Quantity = 2, UnitPrice = new Money(41_20), DiscountPercent = 10, TaxPercent = 21 };

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task A_call_has_one_draft_however_many_screens_on_however_many_nodes_ask_at_once_and_it_follows_the_call(On database)
    {
        await using var house = await House.Open(database);
        await using var beside = await House.Beside(house);
        var (ana, luis) = (await Operator(house, "Ana", "101"), await Operator(house, "Luis", "102"));
        await beside.Personnel.Load();
        var told = GotThrough("a", 0, "612345678");
        var call = (await house.Hear(told.SkipLast(1).ToList()))[0];

        var drafts = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() => (i % 2 == 0 ? house : beside).QuoteDesk.DraftFor(CallScope.Own(ana), call.Id, ana, Actor.User(ana, "Ana")))));
        var draft = Assert.Single(drafts.DistinctBy(draft => draft.Id));
        Assert.Equal((null, call.Id, CallLink.Explicit, null, ana), (draft.Head.Customer, draft.Credit!.Call, draft.Credit.Link, draft.Number, draft.Author));
        Assert.Equal("call.unknown", (await Assert.ThrowsAsync<Refusal>(() => house.QuoteDesk.DraftFor(CallScope.Own(luis), call.Id, luis, Actor.Console))).Code);

        // Who it is becomes known while it is written, and the call goes on to Luis: it is his draft then, and still her sale.
        var ruiz = await Customer(house, "Talleres Ruiz", "612345678");
        Assert.Equal(ruiz, (await Found(house, draft)).Head.Customer);
        await house.Hear([new AttemptStarted(new CallKey("test", "a"), Noon.AddSeconds(10), "other", "102"), new AttemptAnswered(new CallKey("test", "a"), Noon.AddSeconds(11), "other")]);
        var his = await house.QuoteDesk.DraftFor(CallScope.Own(luis), call.Id, luis, Actor.User(luis, "Luis"));
        Assert.Equal((draft.Id, ana), (his.Id, his.Author));

        // Somebody says with whom the call really is; once a person chose the customer in the draft, that stays.
        var sol = await Customer(house, "Taller Sol", "612345679");
        await house.Db.Write(tx => house.Log.FixCustomer(tx, CallScope.Machine, call.Id, sol));
        var seen = await Found(house, draft);
        Assert.Equal(sol, seen.Head.Customer);
        await house.QuoteDesk.Save(draft.Id, seen.Content, seen.Content with { Head = seen.Head with { Customer = ruiz } }, Actor.User(luis, "Luis"));
        await house.Db.Write(tx => house.Log.FixCustomer(tx, CallScope.Machine, call.Id, null));
        Assert.Equal(ruiz, (await Found(house, draft)).Head.Customer);

        // Told to the customer it is the call's draft no more; another one may be begun.
        await Write(house, draft.Id, Filter);
        await house.QuoteDesk.Present(draft.Id, null, Actor.Console);
        Assert.NotEqual(draft.Id, (await house.QuoteDesk.DraftFor(CallScope.Machine, call.Id, ana, Actor.Console)).Id);
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task Two_people_in_one_draft_lose_nothing_and_who_contradicts_the_other_is_told(On database)
    {
        await using var house = await House.Open(database);
        var (ana, luis) = (Actor.User(await Operator(house, "Ana", "101"), "Ana"), Actor.User(await Operator(house, "Luis", "102"), "Luis"));
        var draft = await house.QuoteDesk.Draft(new SaleHead(), null, ana);
        var (id, seen) = (draft.Id, (await house.QuoteDesk.Save(draft.Id, draft.Content, draft.Content with { Lines = [Filter] }, ana)).Content);

        await house.QuoteDesk.Save(id, seen, seen with { Head = seen.Head with { Plate = "1234 KLM" }, Lines = [Filter with { Quantity = 5 }] }, ana);
        var both = await house.QuoteDesk.Save(id, seen, seen with { Head = seen.Head with { Note = "urge" }, Lines = [Filter with { UnitPrice = new Money(8_00) }, Disc] }, luis);
        Assert.Equal(("1234 KLM", "urge"), (both.Head.Plate, both.Head.Note));
        Assert.Equal([(5m, 8_00L), (2m, 41_20L)], both.Lines.Select(line => (line.Quantity, line.UnitPrice!.Value.Cents)));

        var refused = await Assert.ThrowsAsync<Refusal>(() => house.QuoteDesk.Save(id, seen, seen with { Head = seen.Head with { Plate = "9999 ZZZ" } }, ana));
        Assert.Equal(("quote.changed-by-other", RefusalKind.Conflict, "Luis"), (refused.Code, refused.Kind, refused.Arguments[0]));
        Assert.Equal("1234 KLM", (await Found(house, both)).Head.Plate);
        // Having seen what the other wrote, the own is kept.
        Assert.Equal("9999 ZZZ", (await house.QuoteDesk.Save(id, both.Content, both.Content with { Head = both.Head with { Plate = "9999 ZZZ" } }, ana)).Head.Plate);
        Assert.Equal(["quote.written", "quote.written", "quote.begun"], (await house.Audit.List(new AuditFilter(Subject: $"quote:{id}"))).Select(line => line.Action));
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task Numbers_have_no_gap_and_no_double_whoever_asks_at_once_and_whatever_is_refused(On database)
    {
        var clock = new StandingClock(new DateTimeOffset(2026, 12, 31, 22, 30, 0, TimeSpan.Zero));
        await using var house = await House.Open(database, clock);
        await using var beside = await House.Beside(house);
        var ids = new List<long>();
        for (var i = 0; i < 24; i++)
        {
            var draft = await house.QuoteDesk.Draft(new SaleHead(), null, Actor.Console);
            ids.Add(draft.Id);
            // Every fourth has no price yet, so that it is refused.
            await Write(house, draft.Id, Filter with { Id = Guid.NewGuid().ToString("n"), UnitPrice = i % 4 == 3 ? null : new Money(1_00) });
        }

        var results = await Task.WhenAll(ids.Select((id, i) => Task.Run(async () =>
        {
            var asked = i % 2 == 0 ? house : beside;
            try
            {
                // Some become an order at once, and one of those asks for more than there is: then nothing of it stands.
                if (i % 3 == 1) await asked.OrderDesk.Place(id, null, null, Actor.Console);
                else if (i == 6) await asked.OrderDesk.Place(id, new Dictionary<string, decimal> { [Filter.Id] = 1 }, null, Actor.Console);
                else await asked.QuoteDesk.Present(id, null, Actor.Console);
                return true;
            }
            catch (Refusal)
            {
                return false;
            }
        })));

        var numbers = await house.Db.Read(tx => tx.List<string>("select number from quotes where number is not null order by number"));
        Assert.Equal(17, results.Count(done => done));
        Assert.Equal(Enumerable.Range(1, 17).Select(i => $"P-2026-{i:000000}"), numbers);
        Assert.Equal(Enumerable.Range(1, 6).Select(i => $"PD-2026-{i:000000}"), await house.Db.Read(tx => tx.List<string>("select number from orders order by number")));

        // It is next year where the company is, an hour before it is in Greenwich.
        clock.Now = new DateTimeOffset(2026, 12, 31, 23, 30, 0, TimeSpan.Zero);
        var next = await house.QuoteDesk.Draft(new SaleHead(), null, Actor.Console);
        await Write(house, next.Id, Disc);
        Assert.Equal("P-2027-000001", (await house.QuoteDesk.Present(next.Id, null, Actor.Console)).Number);
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task A_quote_is_ordered_in_parts_says_what_is_left_and_gets_back_what_is_cancelled(On database)
    {
        await using var house = await House.Open(database);
        var draft = await house.QuoteDesk.Draft(new SaleHead(), null, Actor.Console);
        await Write(house, draft.Id, Filter, Disc);
        await house.QuoteDesk.Present(draft.Id, null, Actor.Console);

        var first = await house.OrderDesk.Place(draft.Id, new Dictionary<string, decimal> { [Filter.Id] = 1.5m }, null, Actor.Console);
        Assert.Equal((12_75, draft.Id), ((int)first.Totals.Net.Cents, first.Quote));
        var quote = await Found(house, draft);
        Assert.Equal((QuoteStatus.Accepted, true), (quote.Status, quote.IsPartlyOrdered));
        Assert.Equal([2.5m, 2m], quote.Lines.Select(line => line.Remaining));
        Assert.Equal("order.too-much", (await Assert.ThrowsAsync<Refusal>(() => house.OrderDesk.Place(draft.Id, new Dictionary<string, decimal> { [Filter.Id] = 3 }, null, Actor.Console))).Code);
        Assert.Equal("quote.ordered", (await Assert.ThrowsAsync<Refusal>(() => house.QuoteDesk.Reopen(draft.Id, Actor.Console))).Code);

        // Of two who order what is left at the same time one gets it.
        var rest = await Task.WhenAll(Enumerable.Range(0, 2).Select(async _ => await Record.ExceptionAsync(() => house.OrderDesk.Place(draft.Id, null, null, Actor.Console))));
        Assert.Single(rest, e => e is Refusal { Code: "quote.not-now" });
        Assert.Equal(QuoteStatus.Ordered, (await Found(house, draft)).Status);

        await house.OrderDesk.Move(first.Id, OrderStatus.Cancelled, Actor.Console);
        quote = await Found(house, draft);
        Assert.Equal((QuoteStatus.Accepted, 1.5m), (quote.Status, quote.Lines[0].Remaining));
        Assert.Equal("order.closed", (await Assert.ThrowsAsync<Refusal>(() => house.OrderDesk.Move(first.Id, OrderStatus.Shipped, Actor.Console))).Code);
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task A_quote_holds_until_its_last_day_ends_where_the_company_is_and_an_empty_draft_for_a_day(On database)
    {
        var clock = new StandingClock(Noon);
        await using var house = await House.Open(database, clock);
        var (quote, empty) = (await house.QuoteDesk.Draft(new SaleHead(), null, Actor.Console), await house.QuoteDesk.Draft(new SaleHead(), null, Actor.Console));
        await Write(house, quote.Id, Filter);
        Assert.Equal(new DateOnly(2026, 5, 19), (await house.QuoteDesk.Present(quote.Id, null, Actor.Console)).ValidUntil);

        clock.Now = new DateTimeOffset(2026, 5, 19, 21, 59, 0, TimeSpan.Zero);
        Assert.Equal(0, await house.QuoteDesk.Expire(10, default));
        Assert.Equal((QuoteStatus.Sent, QuoteStatus.Discarded), ((await Found(house, quote)).Status, (await Found(house, empty)).Status));
        clock.Now = new DateTimeOffset(2026, 5, 19, 22, 0, 0, TimeSpan.Zero); // midnight in Madrid
        Assert.Equal(1, await house.QuoteDesk.Expire(10, default));
        Assert.Equal(QuoteStatus.Expired, (await Found(house, quote)).Status);

        // Too late is still an order; taking it back asks for a new last day.
        await house.QuoteDesk.Reopen(quote.Id, Actor.Console);
        Assert.Equal("quote.over", (await Assert.ThrowsAsync<Refusal>(() => house.QuoteDesk.Present(quote.Id, null, Actor.Console))).Code);
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task What_nobody_linked_is_inferred_from_the_same_customer_by_who_talked_to_him_until_a_quarter_of_an_hour_later(On database)
    {
        var clock = new StandingClock(Noon);
        await using var house = await House.Open(database, clock);
        var (ana, luis) = (await Operator(house, "Ana", "101"), await Operator(house, "Luis", "102"));
        var ruiz = await Customer(house, "Talleres Ruiz", "612345678");
        async Task<Quote> Made(string person, double seconds, long? customer = null)
        {
            clock.Now = Noon.AddSeconds(seconds);
            return await house.QuoteDesk.Draft(new SaleHead(customer ?? ruiz), person, Actor.User(person, person));
        }

        // The call rings at both, Ana answers after half a second and talks for half a minute.
        var told = GotThrough("a", 0, "612345678");
        told.Insert(1, new AttemptStarted(new CallKey("test", "a"), Noon.AddMilliseconds(100), "other", "102"));
        var call = (await house.Hear(told))[0].Id;
        var late = 30 + (int)SalesLedger.Afterwards.TotalSeconds;
        foreach (var (person, seconds, expected) in ((string, double, bool)[])[(ana, 5, true), (ana, late, true), (ana, late + 1, false), (ana, 0.2, false), (luis, 5, false)])
            Assert.Equal(expected ? (call, CallLink.Inferred) : default((long, CallLink)?), (await Made(person, seconds)).Credit is { } credit ? (credit.Call!.Value, credit.Link) : null);

        // A call that becomes known afterwards counts as if it had been known before, and a later one goes before an earlier one.
        var before = await Made(ana, 2000);
        Assert.Null(before.Credit);
        var second = (await house.Hear(GotThrough("b", 1900, "612345678")))[0].Id;
        Assert.Equal(second, (await Found(house, before)).Credit!.Call);
        var third = (await house.Hear(GotThrough("c", 1950, "612345678")))[0].Id;
        Assert.Equal(third, (await Found(house, before)).Credit!.Call);

        // Whoever says otherwise is written down, and nothing is inferred any more.
        var refused = await house.QuoteDesk.Credit(CallScope.Machine, before.Id, null, luis, Actor.User(luis, "Luis"));
        Assert.Equal((null, CallLink.Refused, luis), (refused.Credit!.Call, refused.Credit.Link, refused.Credit.By));
        await house.Hear(GotThrough("d", 1960, "612345678"));
        Assert.Equal(CallLink.Refused, (await Found(house, before)).Credit!.Link);
        var manual = await house.QuoteDesk.Credit(CallScope.Machine, before.Id, call, luis, Actor.User(luis, "Luis"));
        Assert.Equal((call, CallLink.Manual), (manual.Credit!.Call, manual.Credit.Link));
        Assert.Equal(2, (await house.Audit.List(new AuditFilter(Subject: $"quote:{before.Id}"))).Count(line => line.Action == "quote.credited"));

        // Its orders go with it, and what was one call with another goes to the whole.
        await Write(house, before.Id, Filter);
        var order = await house.OrderDesk.Place(before.Id, null, ana, Actor.Console);
        Assert.Equal(call, order.Credit!.Call);
        await house.Hear([new CallLinked(new CallKey("test", "a"), Noon, "b"), .. told]);
        var whole = (await house.Log.Find(CallScope.Machine, call))!.Id;
        await house.Customers.Merge(ruiz, await Customer(house, "Ruiz e Hijos", "612345670"), Actor.Console);
        Assert.NotEqual(ruiz, (await Found(house, before)).Head.Customer);
        Assert.Equal((whole, whole), ((await Found(house, before)).Credit!.Call, (await house.Db.Read(tx => QuoteBook.GetOrder(tx, order.Id))).Credit!.Call));
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task Figures_count_told_quotes_once_their_brands_each_and_what_became_orders_by_now_for_whom_it_is(On database)
    {
        await using var house = await House.Open(database);
        var (ana, luis) = (await Operator(house, "Ana", "101"), await Operator(house, "Luis", "102"));
        async Task<long> Told(string author, params QuoteLine[] lines)
        {
            var draft = await house.QuoteDesk.Draft(new SaleHead(), author, Actor.Console);
            await Write(house, draft.Id, [.. lines.Select(line => line with { Id = Guid.CreateVersion7().ToString("n") })]);
            await house.QuoteDesk.Present(draft.Id, null, Actor.Console);
            return draft.Id;
        }

        var both = await Told(ana, Filter, Disc);
        await Told(luis, Filter, Filter with { Brand = "", Reference = "mano" });
        await house.QuoteDesk.Draft(new SaleHead(), ana, Actor.Console); // nobody was told
        await house.OrderDesk.Place(both, null, null, Actor.Console);

        var now = house.Clock.GetUtcNow();
        var question = new QuoteQuestion(now.AddDays(-1), now.AddDays(1));
        var counter = new QuoteCounter(house.Db);
        var all = await counter.Count(CallScope.Machine, question);
        Assert.Equal((2L, 176_16L, 1L, 108_16L), (all.Quotes, all.Value.Cents, all.Ordered, all.OrderedValue.Cents));
        Assert.Equal([("Freno Norte", 1L, 74_16L), ("Filtros Sol", 2L, 68_00L)], all.Brands.Select(brand => (brand.Brand, brand.Quotes, brand.Value.Cents)));
        Assert.Equal((1L, 34_00L), (all.WithoutBrand!.Quotes, all.WithoutBrand.Value.Cents));
        Assert.Equal(all.Value.Cents, all.Brands.Sum(brand => brand.Value.Cents) + all.WithoutBrand.Value.Cents);
        Assert.Equal("Filtros Sol", (await counter.Count(CallScope.Machine, question with { ByCount = true })).Brands[0].Brand);

        Assert.Equal((1L, 0L), await counter.Count(CallScope.Own(luis), question) is var his ? (his.Quotes, his.Ordered) : default);
        Assert.Equal(0, (await counter.Count(CallScope.None, question)).Quotes);
        Assert.Equal(1, (await counter.Count(CallScope.Machine, question with { Authors = [ana] })).Quotes);
        Assert.Equal((0L, null), await counter.Count(CallScope.Machine, question with { Until = now.AddDays(-1) }) is var none ? (none.Quotes, none.Conversion) : default);
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task Who_is_quoted_to_or_orders_need_not_be_called_back_and_who_has_open_quotes_is_worth_more(On database)
    {
        var clock = new StandingClock(Noon.AddMinutes(30));
        await using var house = await House.Open(database, clock);
        var everything = CaseScope.Of(CallScope.Machine);
        var ana = await Operator(house, "Ana", "101");
        var (ruiz, sol) = (await Customer(house, "Talleres Ruiz", "612345678"), await Customer(house, "Taller Sol", "612345679"));
        async Task<List<(string Number, long Quotes, long Cents)>> Open() =>
            [.. (await house.CaseList.List(everything, new CaseFilter(), CaseOrder.Priority, 50)).Cases.Select(item => (item.Case.Number, item.Value.QuotesCents, item.Value.Cents))];
        async Task<RecoveryCase> Newest(string number) => (await house.AllCases()).Where(one => one.Number == number).MaxBy(one => one.Id)!;

        // He called in vain twice and on two lines; somebody who has nothing to do with him called later.
        await house.Hear([.. Missed("r-1", 0, "612345678"), .. Missed("r-2", 60, "612345678", line: "910000001"), .. Missed("s-1", 120, "612345679"), .. Missed("x-1", 180, "612345670")]);
        var draft = await house.QuoteDesk.Draft(new SaleHead(ruiz), ana, Actor.Console);
        await Write(house, draft.Id, Filter, Disc);
        Assert.Equal(4, (await Open()).Count);
        await house.QuoteDesk.Present(draft.Id, ana, Actor.User(ana, "Ana"));
        Assert.Equal(["+34612345670", "+34612345679"], (await Open()).Select(one => one.Number));
        var served = await Newest("+34612345678");
        Assert.Equal((CaseEnd.Quoted, true, ana, clock.Now), (served.EndReason!.Value, served.ByHand, served.ClosedBy, served.ClosedAt));
        Assert.Single(await house.Audit.List(new AuditFilter(Subject: $"case:{served.Id}")), line => line.Action == "case.closed");

        // He calls again and is worth more than he who called later: his quote is open, but for what he ordered of it.
        await house.Hear(Missed("r-3", 150, "612345678"));
        Assert.Equal([("+34612345678", 108_16L), ("+34612345670", 0), ("+34612345679", 0)], (await Open()).Select(one => (one.Number, one.Quotes)));
        var lines = (await Found(house, draft)).Lines;
        var part = await house.OrderDesk.Place(draft.Id, new Dictionary<string, decimal> { [lines[0].Id] = 4 }, ana, Actor.User(ana, "Ana"));
        Assert.Equal(CaseEnd.Ordered, (await Newest("+34612345678")).EndReason);
        await house.Hear(Missed("r-4", 170, "612345678"));
        Assert.Equal(("+34612345678", 74_16L), (await Open())[0] is var first ? (first.Number, first.Quotes) : default);
        Assert.Equal((await Open()).Sum(one => one.Cents), (await house.CaseList.Count(everything, Noon)).ValueCents, tolerance: 3); // each is rounded by itself
        await house.OrderDesk.Move(part.Id, OrderStatus.Cancelled, Actor.Console);
        Assert.Equal(108_16L, (await Open())[0].Quotes);
        await house.QuoteDesk.Reject(draft.Id, RejectReason.Price, Actor.Console);
        Assert.All(await Open(), one => Assert.Equal(0, one.Quotes));

        // What he usually orders for, and how often his kind orders, count for him alone; what was cancelled does not.
        await house.Customers.Change(ruiz, found => found with { Customer = found.Customer with { Segment = "A" } }, Actor.Console);
        await house.Settle(RecoverySettings.Default with { SegmentPercents = "A = 50; B=10" });
        var sums = new List<(int, long, bool)>();
        foreach (var price in (int[])[0, 300, 100])
        {
            if (price > 0) await house.OrderDesk.Place(new SaleHead(ruiz), [new OrderLine { Reference = "FS-101", UnitPrice = new Money(price * 100) }], ana, Actor.Console);
            if (price > 0) await house.Hear(Missed($"r-{price}", 170 + price, "612345678"));
            var cases = (await house.CaseList.List(everything, new CaseFilter(), CaseOrder.Priority, 50)).Cases;
            sums.Add(cases.Single(item => item.Case.Number == "+34612345678").Value is var worth ? (worth.OrderPercent, worth.OrderCents, worth.IsHis) : default);
            Assert.All(cases.Where(item => item.Case.Number != "+34612345678"), item => Assert.Equal((15, 12_000L, false), (item.Value.OrderPercent, item.Value.OrderCents, item.Value.IsHis)));
            Assert.Equal(cases.Sum(item => item.Value.Cents), (await house.CaseList.Count(everything, Noon)).ValueCents, tolerance: 3);
        }

        Assert.Equal([(50, 12_000L, true), (50, 30_000L, true), (50, 20_000L, true)], sums);

        // An order out of nothing serves too, and so does what began with a missed call of somebody nobody knows.
        await house.OrderDesk.Place(new SaleHead(sol), [new OrderLine { Reference = "FS-101", Quantity = 1, UnitPrice = new Money(8_50) }], ana, Actor.Console);
        var call = (await house.Log.List(CallScope.Machine, new CallFilter())).Calls.Single(known => known.ProviderCallId == "x-1");
        var his = await house.QuoteDesk.DraftFor(CallScope.Machine, call.Id, ana, Actor.Console);
        await Write(house, his.Id, Filter with { Id = Guid.CreateVersion7().ToString("n") });
        await house.QuoteDesk.Present(his.Id, ana, Actor.Console);
        Assert.Equal(["+34612345678"], (await Open()).Select(one => one.Number));

        // It can be taken back.
        await house.CaseDesk.Reopen(everything, (await Newest("+34612345670")).Id, Actor.Console);
        Assert.Equal(2, (await Open()).Count);
    }

    static Task<Quote> Found(House house, Quote quote) => house.Db.Read(tx => QuoteBook.Get(tx, quote.Id));

    static async Task Write(House house, long id, params QuoteLine[] lines)
    {
        var seen = (await house.Db.Read(tx => QuoteBook.Get(tx, id))).Content;
        await house.QuoteDesk.Save(id, seen, seen with { Lines = lines }, Actor.Console);
    }

    static async Task<long> Customer(House house, string name, string number) =>
        (await house.Customers.Add(new Customer(0, CustomerKind.Company, name), PhoneNumber.Parse(number, "ES"), Actor.Console)).Customer.Id;

    static async Task<string> Operator(House house, string name, string extension)
    {
        var person = (await house.Users.Add(new NewPerson($"{name.ToLowerInvariant()}@example.com", name, [Role.Operator]), null, Authority.Console)).Id;
        await house.Teams.GiveExtension(person, "test", extension, DateTimeOffset.MinValue, Authority.Console);
        return person;
    }
}
