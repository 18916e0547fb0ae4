using CallCenter.Audit;
using CallCenter.Calls;
using CallCenter.Customers;
using CsCheck;
using static CallCenter.Tests.Recovery.TestCalls;

namespace CallCenter.Tests.Customers;

public sealed class CustomerBookTests(CallerHouses houses) : IClassFixture<CallerHouses>
{
    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task A_customer_is_read_as_it_was_kept_and_only_what_changed_is_written(On database)
    {
        var book = houses[database].Customers;
        var wanted = CustomerDetail.New(new Customer(0, CustomerKind.Company, "Recambios Núñez, S.L.", "B-30001", "info@nunez.example", "A", "ana", true, "T2", "línea\r\ndos")) with
        {
            Branches = [new(-1, "Central", "Calle Mayor 1")],
            Contacts = [new(-2, "Eva", "compras", "eva@nunez.example", -1)],
            Numbers = [new(0, "+34913000001", "12", "oficina", -1, -2, Noon, Noon.AddDays(30))],
            Vehicles = [new(0, "1234 klm", "wvwzzz1jz3w386752", "Volkswagen", "Golf", 2019, "diésel")],
            Ids = [new("dms", "C-77")],
        };
        var added = await book.Add(wanted, Actor.Console);
        var read = (await book.Find(added.Customer.Id))!;
        Assert.Equal(wanted.Customer with { Id = added.Customer.Id, Note = "línea\ndos" }, read.Customer with { ChangedAt = default });
        Assert.Equal([new Vehicle(read.Vehicles[0].Id, "1234 KLM", "WVWZZZ1JZ3W386752", "Volkswagen", "Golf", 2019, "diésel")], read.Vehicles);
        Assert.Equal([wanted.Numbers[0] with { Id = read.Numbers[0].Id, Branch = read.Branches[0].Id, Contact = read.Contacts[0].Id }], read.Numbers);
        Assert.Equal((new ExternalId("dms", "C-77"), read.Branches[0].Id), (Assert.Single(read.Ids), read.Contacts[0].Branch));

        var changed = await book.Change(added.Customer.Id, found => found with { Customer = found.Customer with { Segment = "B" }, Vehicles = [], Contacts = [.. found.Contacts, new(0, "Iván")] }, Actor.Console);
        Assert.Equal(("B", 0, 2, read.Numbers[0]), (changed.Customer.Segment, changed.Vehicles.Count, changed.Contacts.Count, changed.Numbers[0]));
        var trail = await houses[database].Audit.List(new AuditFilter(Subject: $"customer:{added.Customer.Id}"));
        Assert.Equal(["customer.changed", "customer.added"], trail.Select(entry => entry.Action));
        Assert.Equal(["segment", "contact", "vehicle"], trail[0].Detail.GetProperty("changes").EnumerateArray().Select(change => change.GetProperty("what").GetString()));
        await book.Change(added.Customer.Id, found => found, Actor.Console);
        Assert.Equal(2, (await houses[database].Audit.List(new AuditFilter(Subject: $"customer:{added.Customer.Id}"))).Count);

        // An id of another system is one customer's, a name and a tax id may be several's.
        Assert.Equal("customer.id-taken", (await Assert.ThrowsAsync<Refusal>(() => book.Add(CustomerDetail.New(wanted.Customer) with { Ids = wanted.Ids }, Actor.Console))).Code);
        foreach (var (code, odd) in new[]
        {
            ("customer.name", wanted with { Customer = wanted.Customer with { Name = " \n " } }),
            ("customer.too-long", wanted with { Customer = wanted.Customer with { Segment = new string('x', Customer.TextMax + 1) } }),
            ("customer.period", wanted with { Numbers = [wanted.Numbers[0] with { Until = Noon }] }),
            ("customer.vehicle", wanted with { Vehicles = [new(0, " ")] }),
            ("customer.too-many", wanted with { Numbers = [.. Enumerable.Range(0, CustomerDetail.NumbersMax + 1).Select(i => new CustomerNumber(0, $"+3491300{i:0000}"))] }),
        })
            Assert.Equal(code, (await Assert.ThrowsAsync<Refusal>(() => book.Add(odd, Actor.Console))).Code);
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task A_number_is_theirs_from_one_day_to_another_and_calls_are_judged_by_when_they_were(On database)
    {
        var house = houses[database];
        await house.Hear([.. Missed("old", -7200, "913100001"), .. Missed("new", 7200, "913100001")]);
        var before = await house.Customers.Add(CustomerDetail.New(new Customer(0, CustomerKind.Person, "Antes")) with { Numbers = [new(0, "+34913100001", Until: Noon)] }, Actor.Console);
        var after = await house.Customers.Add(CustomerDetail.New(new Customer(0, CustomerKind.Person, "Después")) with { Numbers = [new(0, "+34913100001", Since: Noon)] }, Actor.Console);
        async Task<long?> Whose(string id) => Assert.Single(await house.Log.Find(CallScope.Machine, [new CallKey("test", id)])).CustomerId;
        Assert.Equal((before.Customer.Id, after.Customer.Id), (await Whose("old"), await Whose("new")));
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task Two_customers_become_one_with_all_that_both_had(On database)
    {
        var house = houses[database];
        var (stays, goes) = (await Add(house, "Garaje Sol", "913200001"), await Add(house, "GARAJE SOL SL", "913200002"));
        await house.Customers.Change(goes.Customer.Id, found => found.With(new ExternalId("erp", "9")).With(new Vehicle(0, "9999 XYZ")).With(stays.Numbers[0] with { Id = 0 }) with
        {
            Customer = found.Customer with { TaxId = "B32", CreditStop = true },
        }, Actor.Console);
        await house.Hear([.. Enumerable.Range(0, CallLog.RelinkMax + 1).SelectMany(i => Missed($"sol-{i}", 500_000 + i * 60, "913200002"))]);

        var merged = await house.Customers.Merge(goes.Customer.Id, stays.Customer.Id, Actor.Console);
        Assert.Equal((stays.Customer.Id, "Garaje Sol", "B32", true), (merged.Customer.Id, merged.Customer.Name, merged.Customer.TaxId, merged.Customer.CreditStop));
        Assert.Equal(["+34913200001", "+34913200002"], merged.Numbers.Select(number => number.Number));
        Assert.Equal(("9999 XYZ", "9"), (merged.Vehicles[0].Plate, merged.Ids[0].Id));
        Assert.Equal(CallLog.RelinkMax + 1, (await house.Log.Count(CallScope.Machine, new CallFilter(CustomerId: stays.Customer.Id))).Number);
        Assert.Equal(0, (await house.Log.Count(CallScope.Machine, new CallFilter(CustomerId: goes.Customer.Id))).Number);

        // Whoever still knows the one that is gone is led to the other.
        Assert.Equal(merged.Customer.Id, (await house.Customers.Find(goes.Customer.Id))!.Customer.Id);
        Assert.Equal([stays.Customer.Id], await Found(house, "garaje sol"));
        Assert.Equal("customer.same", (await Assert.ThrowsAsync<Refusal>(() => house.Customers.Merge(goes.Customer.Id, stays.Customer.Id, Actor.Console))).Code);
        var again = await Add(house, "Garaje del Sol", "913200003");
        await house.Customers.Merge(stays.Customer.Id, again.Customer.Id, Actor.Console);
        Assert.Equal(again.Customer.Id, (await house.Customers.Find(goes.Customer.Id))!.Customer.Id);
        Assert.Equal(again.Customer.Id, (await house.Customers.Find(stays.Customer.Id))!.Customer.Id);
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task A_customer_is_found_by_whatever_somebody_has_at_hand(On database)
    {
        var house = houses[database];
        var wanted = CustomerDetail.New(new Customer(0, CustomerKind.Company, "Talleres Peñalba e Hijos", "ESB13300001", "taller@penalba.example")) with
        {
            Contacts = [new(0, "Íñigo Arrizabalaga")],
            Numbers = [new(0, "+34913300001"), new(0, "+5491133000001")],
            Vehicles = [new(0, "1330-KLM", "WVWZZZ1JZ3W330001")],
            Ids = [new("dms", "CLI/0330-A")],
        };
        var id = (await house.Customers.Add(wanted, Actor.Console)).Customer.Id;
        foreach (var text in (string[])
        [
            "peñalba", "PENALBA", "hijos talle", "peñalba, e", "iñigo", "arriza", "913300001", "+34 913 30 00 01", "0034 91330", "913 300", "91-330-00-01", "1330klm", "1330 KLM", "1330",
            "wvwzzz1jz3w33", "B13300001", "es-b13300001", "b133", "CLI/0330-A", "cli 0330", "taller@penalba.example", "+54 9 11 3300-0001", "+54 11 3300-0001",
        ])
            Assert.True((await Found(house, text)).Contains(id), text);
        foreach (var text in (string[])["peñalbas", "sin hijos", "13300002", "", " ,. ", "331-KLM", "%", "pe_alba"]) Assert.False((await Found(house, text)).Contains(id), text);

        // What begins alike is first, and who is in the archive is found only there.
        var second = (await house.Customers.Add(new Customer(0, CustomerKind.Person, "Hijos de Peñalba"), null, Actor.Console)).Customer.Id;
        Assert.Equal([second, id], await Found(house, "hijos"));
        await house.Customers.Archive(second, Actor.Console);
        Assert.Equal([id], await Found(house, "hijos"));
        Assert.Equal([second], (await house.CustomerList.List(new CustomerFilter("hijos", IsArchived: true), CustomerOrder.Name, 10)).Customers.Select(item => item.Customer.Id));
        await house.Customers.Restore(second, Actor.Console);
        Assert.Equal(2, (await Found(house, "hijos")).Count);
    }

    [Fact]
    public async Task Any_spelling_of_a_number_finds_its_customer()
    {
        var house = houses[On.Sqlite];
        var kept = (await Add(house, "Muchas formas", "913400001")).Customer.Id;
        await Gen.Select(Gen.OneOf("", "+34", "0034", "34", "(+34)", "+34 "), Gen.Int[0, 3].Array[8], Gen.OneOf(" ", "-", ".", "/", "  ")).SampleAsync(async (country, breaks, between) =>
        {
            var written = country + (country.Length > 0 ? " " : "") + string.Concat("913400001".Select((digit, i) => i > 0 && breaks[i - 1] == 0 ? $"{between}{digit}" : $"{digit}"));
            return (await Found(house, written)).SequenceEqual([kept]);
        }, iter: 200, threads: 1);
    }

    [Fact]
    public async Task What_a_server_left_undone_the_next_one_does()
    {
        await using var house = await House.Open();
        await house.Hear(Missed("before", 0, "913500001"));
        // As if it had stopped between the commit and the calls.
        await house.Db.Write(tx => house.Customers.Add(tx, CustomerDetail.New(new Customer(0, CustomerKind.Person, "Tarde")).With(new CustomerNumber(0, "+34913500001")), Actor.Console));
        Assert.Null(Assert.Single(await house.Calls()).CustomerId);
        await house.Errands.Run();
        Assert.NotNull(Assert.Single(await house.Calls()).CustomerId);
    }

    static Task<CustomerDetail> Add(House house, string name, string number) =>
        house.Customers.Add(new Customer(0, CustomerKind.Company, name), PhoneNumber.Parse(number, "ES"), Actor.Console);

    static async Task<List<long>> Found(House house, string text) =>
        [.. (await house.CustomerList.List(new CustomerFilter(text), CustomerOrder.Name, 50)).Customers.Select(item => item.Customer.Id)];
}
