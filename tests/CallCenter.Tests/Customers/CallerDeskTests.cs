using CallCenter.Audit;
using CallCenter.Calls;
using CallCenter.Customers;
using static CallCenter.Tests.Recovery.TestCalls;

namespace CallCenter.Tests.Customers;

/// <summary>A house for each database, with customers that each test adds for itself.</summary>
public sealed class CallerHouses : IAsyncLifetime
{
    readonly Dictionary<On, House> houses = [];

    internal House this[On database] => houses[database];

    public async ValueTask InitializeAsync()
    {
        foreach (var database in Enum.GetValues<On>()) houses[database] = await House.Open(database);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var house in houses.Values) await house.DisposeAsync();
    }
}

/// <summary>Who is on the other side of a call: what people complain about elsewhere (product.md D.3), and what a person says about it.</summary>
public sealed class CallerDeskTests(CallerHouses houses) : IClassFixture<CallerHouses>
{
    static readonly Actor Ana = Actor.User("ana", "Ana");

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task d18_any_number_of_a_contact_or_a_branch_is_recognised(On database)
    {
        var workshop = CustomerDetail.New(new Customer(0, CustomerKind.Company, "Talleres Ruiz SL")) with
        {
            Branches = [new CustomerBranch(-1, "Polígono Norte")],
            Contacts = [new CustomerContact(-2, "Paco Ruiz", "jefe de taller", Branch: -1)],
            Numbers = [Number("910180001"), Number("610180002") with { Contact = -2, Label = "móvil" }, Number("910180003") with { Branch = -1 }],
        };
        var added = await houses[database].Customers.Add(workshop, Actor.Console);
        foreach (var number in (string[])["910180001", "610180002", "910180003"])
            Assert.Equal(added.Customer.Id, (await Call(database, number)).CustomerId);
        var caller = await Look(database, await Call(database, "610180002"));
        Assert.Equal((CallerStanding.Known, "Paco Ruiz", "móvil"), (caller.Standing, caller.Candidates[0].Contact, caller.Candidates[0].Number!.Label));
        Assert.Equal(added.Branches[0].Id, added.Contacts[0].Branch);
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task d19_a_number_of_several_is_nobodys_until_somebody_says_whose_and_is_remembered_by_line_and_person(On database)
    {
        var (house, number) = (houses[database], "910190001");
        var (first, second) = (await Add(database, "Aseguradora", number), await Add(database, "Bufete", number));
        var call = await Call(database, number);
        var caller = await Look(database, call);
        Assert.Equal((CallerStanding.Several, null), (caller.Standing, call.CustomerId));
        Assert.Equal([first, second], caller.Candidates.Select(one => one.Customer.Id).Order());
        Assert.DoesNotContain(caller.Candidates, one => one.IsRemembered);

        var chosen = await house.CallerDesk.Choose(CallScope.Machine, call.Id, second, "ana", Ana);
        Assert.Equal(second, chosen.CustomerId);
        var next = await Look(database, await Call(database, number));
        Assert.Equal((CallerStanding.Several, second, true), (next.Standing, next.Candidates[0].Customer.Id, next.Candidates[0].IsRemembered));
        Assert.Equal(call.StartedAt, next.Candidates[0].LastCallAt);

        // Another one said otherwise on another line; each finds first what he said himself, and on a new line what was said last.
        await house.CallerDesk.Choose(CallScope.Machine, (await Call(database, number, "910000002")).Id, first, "luis", Actor.User("luis", "Luis"));
        async Task<long> First(string line, string person) => (await Look(database, await Call(database, number, line), person)).Candidates[0].Customer.Id;
        Assert.Equal((second, first), (await First("910000000", "luis"), await First("910000002", "ana")));

        // What a person said about the call stays, whatever is told of it afterwards.
        await house.Customers.Archive(second, Actor.Console);
        Assert.Equal(second, (await house.Log.Find(CallScope.Machine, call.Id))!.CustomerId);
        Assert.Equal(first, (await Call(database, number)).CustomerId);
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task d20_numbers_written_down_in_any_form_are_matched(On database)
    {
        foreach (var (i, written) in ((string[])["(+34) 912.00-00.20", "912 000 021 ext. 7", "tel:912000022", "00 34 912 00 00 23"]).Index())
            Assert.Equal(await Add(database, $"Escrito {i}", written), (await Call(database, $"91200002{i}")).CustomerId);
        Assert.Equal("customer.number", (await Assert.ThrowsAsync<Refusal>(() => Add(database, "Nadie", "llamar por la tarde"))).Code);
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task d21_a_national_and_an_international_form_are_the_same_number_and_the_same_last_digits_are_not(On database)
    {
        var home = await Add(database, "De aquí", "912100001");
        var abroad = await Add(database, "De Francia", "+33 9 12 10 00 01");
        Assert.Equal(home, (await Call(database, "+34912100001")).CustomerId);
        Assert.Equal(home, (await Call(database, "912100001")).CustomerId);
        Assert.Equal(abroad, (await Call(database, "0033912100001")).CustomerId);
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task d22_the_forms_in_which_carriers_deliver_one_line_are_one_number(On database)
    {
        var customer = await Add(database, "Cuatro formas", "912200001");
        foreach (var told in (string[])["912200001", "34912200001", "+34912200001", "0034912200001", "sip:+34912200001@carrier.example"])
            Assert.Equal(customer, (await Call(database, told)).CustomerId);
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task d23_the_plus_is_kept_and_its_loss_on_the_way_does_no_harm(On database)
    {
        var customer = await Add(database, "Con más", "+44 20 7946 0023");
        Assert.Equal("+442079460023", Assert.Single((await houses[database].Customers.Find(customer))!.Numbers).Number);
        Assert.Equal(customer, (await Call(database, "442079460023")).CustomerId);
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task d24_a_hidden_number_is_in_the_history_and_never_anybodys(On database)
    {
        var (house, customer) = (houses[database], await Add(database, "Alguien", "912400001"));
        foreach (var hidden in (string[])["anonymous", "", "0", "Restricted"])
        {
            var call = await Call(database, hidden);
            Assert.Equal((CallerStanding.Withheld, null), ((await Look(database, call)).Standing, call.CustomerId));
            Assert.Contains(await house.Calls(), known => known.Id == call.Id);
            Assert.Equal("customer.withheld", (await Assert.ThrowsAsync<Refusal>(() => house.CallerDesk.Choose(CallScope.Machine, call.Id, customer, "ana", Ana))).Code);
            Assert.Equal("customer.withheld", (await Assert.ThrowsAsync<Refusal>(() => house.CallerDesk.CreateFor(CallScope.Machine, call.Id, new Customer(0, CustomerKind.Person, "X"), null, true, "ana", Ana))).Code);
        }
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task An_unknown_number_becomes_a_customers_with_its_earlier_calls_and_a_call_can_be_given_to_another(On database)
    {
        var (house, number) = (houses[database], "613000001");
        await house.Hear([.. Enumerable.Range(0, CallLog.RelinkMax + 3).SelectMany(i => Missed($"earlier-{i}", -100_000 + i * 60, number))]);
        var earlier = (await house.Calls(new CallFilter(Customer: number))).Select(one => one.Id).Order().ToList();
        var call = await Call(database, number);
        var caller = await Look(database, call);
        Assert.Equal((CallerStanding.Unknown, earlier.Count), (caller.Standing, caller.EarlierCalls.Number));

        // What somebody said is nobody's stays so.
        await house.CallerDesk.Forget(CallScope.Machine, earlier[0], "ana", Ana);
        var created = await house.CallerDesk.CreateFor(CallScope.Machine, call.Id, new Customer(0, CustomerKind.Person, "  Marta\nGil "), "móvil", withEarlierCalls: true, "ana", Ana);
        var marta = (await house.Customers.Find(created.CustomerId!.Value))!;
        Assert.Equal(("Marta Gil", "móvil", "+34613000001"), (marta.Customer.Name, marta.Numbers[0].Label, marta.Numbers[0].Number));
        Assert.Equal(earlier.Skip(1).Append(call.Id), (await house.Calls(new CallFilter(CustomerId: marta.Customer.Id))).Select(one => one.Id).Order());
        Assert.Equal(created.CustomerId, (await Call(database, number)).CustomerId);

        // Attached to another one without its earlier calls; from then on two have the number.
        var other = await Add(database, "Su hermano", "613000002");
        var attached = await house.CallerDesk.Attach(CallScope.Machine, earlier[0], other, null, withEarlierCalls: false, "ana", Ana);
        Assert.Equal(other, attached.CustomerId);
        Assert.Null((await Call(database, number)).CustomerId);
        Assert.Equal("customer.unknown", (await Assert.ThrowsAsync<Refusal>(() => house.CallerDesk.Choose(CallScope.Machine, call.Id, 987654, "ana", Ana))).Code);
        Assert.Equal("call.customer", Assert.Single(await house.Audit.List(new AuditFilter(Subject: $"call:{earlier[0]}"))).Action);
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task Nobody_says_whose_a_call_is_that_is_not_his_to_see(On database)
    {
        var (house, call) = (houses[database], await Call(database, "614000001"));
        var others = CallScope.Own("ana");
        Assert.Null(await house.CallerDesk.Look(others, call.Id, "ana"));
        Assert.Equal("call.unknown", (await Assert.ThrowsAsync<Refusal>(() => house.CallerDesk.Choose(others, call.Id, 1, "ana", Ana))).Code);
        Assert.Equal("call.unknown", (await Assert.ThrowsAsync<Refusal>(() => house.CallerDesk.CreateFor(others, call.Id, new Customer(0, CustomerKind.Person, "Nadie"), null, true, "ana", Ana))).Code);
        Assert.Equal("call.unknown", (await Assert.ThrowsAsync<Refusal>(() => house.CallerDesk.Forget(others, call.Id, "ana", Ana))).Code);
        Assert.Empty((await house.CustomerList.List(new CustomerFilter("Nadie"), CustomerOrder.Name, 10)).Customers);
    }

    static int calls;

    /// <summary>A minute after the one before, as heard by now.</summary>
    async Task<Call> Call(On database, string number, string line = "910000000")
    {
        var id = Interlocked.Increment(ref calls);
        await houses[database].Hear(GotThrough($"call-{id}", id * 60, number, line));
        return Assert.Single(await houses[database].Log.Find(CallScope.Machine, [new CallKey("test", $"call-{id}")]));
    }

    async Task<Caller> Look(On database, Call call, string person = "ana") => (await houses[database].CallerDesk.Look(CallScope.Machine, call.Id, person))!;

    async Task<long> Add(On database, string name, string number) =>
        (await houses[database].Customers.Add(new Customer(0, CustomerKind.Company, name), PhoneNumber.Parse(number, "ES"), Actor.Console)).Customer.Id;

    static CustomerNumber Number(string written) => CustomerNumber.Of(PhoneNumber.Parse(written, "ES"));
}
