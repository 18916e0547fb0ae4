using CallCenter.Audit;
using CallCenter.Calls;
using CallCenter.Customers;
using CallCenter.Desk;
using CallCenter.Recovery;
using CallCenter.Teams;
using static CallCenter.Tests.Recovery.TestCalls;

namespace CallCenter.Tests.Recovery;

/// <summary>Whose missed calls are one case: a customer's, from whichever of his numbers; a number's while it is nobody's.</summary>
public sealed class CasePartyTests
{
    const string First = "612345601", Second = "612345602", Third = "612345603";

    static readonly CaseScope Everything = CaseScope.Of(CallScope.Machine);
    static readonly Actor Ana = Actor.User("ana", "Ana");

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task Two_numbers_of_a_customer_make_one_case_on_a_line_and_the_newest_is_dialled(On database)
    {
        await using var house = await House.Open(database);
        var customer = await Customer(house, First, Second);
        await house.Hear(Missed("a", 0, First));
        await house.Hear([.. Missed("b", 60, Second), .. Missed("c", 120, Third), .. Missed("d", 180, First, line: "910000009")]);

        Assert.Equal([("+34612345602", 2), ("+34612345601", 1), ("+34612345603", 1)], (await Open(house)).OrderByDescending(one => one.Misses).ThenBy(one => one.Number).Select(one => (one.Number, (int)one.Misses)));
        var one = (await Open(house)).Single(one => one.Misses == 2);
        Assert.Equal(CaseParty.KeyOf(customer), one.Key.Customer);
        foreach (var number in (string[])[First, Second])
            Assert.Contains(one.Id, (await house.CaseList.List(Everything, new CaseFilter(CustomerKey: $"+34{number}"), CaseOrder.Newest, 10)).Cases.Select(item => item.Case.Id));

        // Who calls is known by any of his numbers.
        await house.Hear(Missed("e", 240, First, line: "910000008").Take(2).ToList());
        Assert.True((await house.CaseList.Find(Everything, one.Id))!.IsCallingNow);
        Assert.Equal(one.FirstMissedAt, (await house.Db.Read(async tx => await CallerGlance.Read(tx, (await house.Calls()).Single(call => call.ProviderCallId == "e"), Noon))).OpenSince);
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task A_call_with_another_of_his_numbers_settles_the_case_and_counts_as_a_try(On database)
    {
        await using var house = await House.Open(database);
        var operatorOf101 = (await house.Users.Add(new NewPerson("luis@example.com", "Luis", [Role.Operator]), null, Authority.Console)).Id;
        await house.Teams.GiveExtension(operatorOf101, "test", "101", DateTimeOffset.MinValue, Authority.Console);
        await Customer(house, First, Second);
        await house.Hear(Missed("a", 0, First, extension: "199"));
        await house.Hear(CalledBack("in vain", 60, Second, answered: false));
        Assert.Equal((1, true), (Assert.Single(await Open(house)).Attempts, Assert.Single(await Open(house)).IsOpen));

        var reached = CalledBack("reached", 120, Second, answered: true);
        await house.Hear(reached.Take(2).ToList());
        Assert.Equal(operatorOf101, Assert.Single(await Open(house)).ReservedBy);
        await house.Hear(reached);

        var closed = Assert.Single(await house.AllCases());
        Assert.Equal((CaseEnd.Reached, 2, null), (closed.EndReason!.Value, closed.Attempts, closed.ReservedBy));
        Assert.Equal(["in vain", "reached"], (await house.CaseList.Find(Everything, closed.Id))!.FollowUps.Select(call => call.ProviderCallId));
        Assert.All(await house.Calls(new CallFilter(Missed: true)), call => Assert.Null(call.RecoveredBy)); // how the call stands is a matter of its number
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task A_call_with_a_number_that_several_have_settles_the_case_of_him_who_called_from_it(On database)
    {
        await using var house = await House.Open(database);
        var customer = await Customer(house, First, Second);
        await Customer(house, Second); // so calls with it are nobody's until somebody says whose
        await house.Hear([.. Missed("a", 0, First), .. Missed("b", 60, Second)]);
        Assert.Equal(2, (await Open(house)).Count);
        await house.CallerDesk.Choose(CallScope.Machine, await Call(house, "b"), customer, "ana", Ana);
        Assert.Equal(2, Assert.Single(await Open(house)).Misses);

        await house.Hear(CalledBack("o", 120, Second, answered: true));

        Assert.Empty(await Open(house));
        // It was the other one who called from there after all: then nobody has called this one.
        await house.CallerDesk.Forget(CallScope.Machine, await Call(house, "b"), "ana", Ana);
        Assert.Equal("+34612345601", Assert.Single(await Open(house)).Number);
        Assert.Equal("+34612345602", Assert.Single(await house.AllCases(), one => one is { IsOpen: false, Misses: > 0 }).Number);
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task A_number_that_becomes_a_customers_brings_its_case_along_and_the_older_stays_with_all_that_people_did(On database)
    {
        await using var house = await House.Open(database, new StandingClock(Noon.AddMinutes(30)));
        var luis = (await house.Users.Add(new NewPerson("luis@example.com", "Luis", [Role.Operator]), null, Authority.Console)).Id;
        var customer = await Customer(house, First);
        foreach (var (i, start) in ((int[])[0, 60, 120]).Index()) await house.Hear(Missed($"unknown {i}", start, Second));
        var older = Assert.Single(await Open(house)).Id;
        await house.CaseDesk.Claim(Everything, older, luis, Actor.Console);
        await house.CaseDesk.Attempt(Everything, older, AttemptOutcome.NoAnswer, luis, Actor.Console, "desde el móvil");
        await house.Hear([.. Missed("his", 180, First), .. CalledBack("o", 200, First, answered: false)]);
        var younger = (await Open(house)).Single(one => one.Id != older).Id;
        await house.CaseDesk.Attempt(Everything, younger, AttemptOutcome.NoAnswer, luis, Actor.Console, "comunica");

        await house.CallerDesk.Attach(CallScope.Machine, await Call(house, "unknown 1"), customer, null, withEarlierCalls: true, "ana", Ana);

        var one = Assert.Single(await Open(house));
        Assert.Equal((older, 4, luis, OwnerRule.ByHand, "+34612345601"), (one.Id, one.Misses, one.Owner, one.OwnerRule, one.Number));
        Assert.Equal(2, one.Attempts);
        Assert.Equal(["comunica", "desde el móvil"], (await house.CaseList.Find(Everything, older))!.Results.Select(result => result.Note).Order());
        Assert.Null(await house.CaseList.Find(Everything, younger));
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task A_case_whose_only_call_is_given_to_a_customer_becomes_his_and_stays_put_off(On database)
    {
        await using var house = await House.Open(database, new StandingClock(Noon.AddMinutes(30)));
        await house.Hear(Missed("a", 0, First));
        var id = Assert.Single(await Open(house)).Id;
        await house.CaseDesk.Postpone(Everything, id, Noon.AddHours(5), Actor.Console);
        var customer = await house.CallerDesk.CreateFor(CallScope.Machine, await Call(house, "a"), new Customer(0, CustomerKind.Company, "Talleres"), null, withEarlierCalls: false, "ana", Ana);

        var one = Assert.Single(await house.AllCases());
        Assert.Equal((id, CaseParty.KeyOf(customer.CustomerId!.Value), Noon.AddHours(5)), (one.Id, one.Key.Customer, one.DueAt));
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task A_call_that_is_said_to_be_nobodys_leaves_the_customers_case(On database)
    {
        await using var house = await House.Open(database);
        var customer = await Customer(house, First);
        await house.Hear([.. Missed("a", 0, First), .. Missed("b", 60, First)]);
        var id = Assert.Single(await Open(house)).Id;

        await house.CallerDesk.Forget(CallScope.Machine, await Call(house, "b"), "ana", Ana);

        Assert.Equal([(CaseParty.KeyOf(customer), id, 1), ("+34612345601", id, 1)], (await Open(house)).Select(one => (one.Key.Customer, one.Key.Customer[0] == 'c' ? one.Id : id, (int)one.Misses)));
        await house.CallerDesk.Choose(CallScope.Machine, await Call(house, "b"), customer, "ana", Ana);
        Assert.Equal((id, 2), (Assert.Single(await Open(house)).Id, Assert.Single(await Open(house)).Misses));
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task Customers_that_turn_out_to_be_one_have_one_case(On database)
    {
        await using var house = await House.Open(database);
        var (first, second) = (await Customer(house, First), await Customer(house, Second));
        await house.Hear([.. Missed("a", 0, First), .. Missed("b", 60, Second)]);
        var older = (await Open(house)).Min(one => one.Id);

        await house.Customers.Merge(first, second, Actor.Console);
        await house.Errands.Run();

        var one = Assert.Single(await Open(house));
        Assert.Equal((older, CaseParty.KeyOf(second), 2), (one.Id, one.Key.Customer, one.Misses));
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task What_a_person_closed_keeps_its_calls_until_it_is_opened_again(On database)
    {
        await using var house = await House.Open(database);
        var customer = await Customer(house);
        await house.Hear([.. Missed("a", 0, First), .. Missed("b", 60, First)]);
        var id = Assert.Single(await Open(house)).Id;
        await house.CaseDesk.Close(Everything, id, CaseEnd.Solved, null, Actor.Console);

        await house.CallerDesk.Choose(CallScope.Machine, await Call(house, "b"), customer, "ana", Ana);
        var closed = Assert.Single(await house.AllCases());
        Assert.Equal((2, CaseEnd.Solved, CaseParty.KeyOf(customer)), (closed.Misses, closed.EndReason!.Value, closed.Key.Customer));

        // The other call was never his.
        await house.CaseDesk.Reopen(Everything, id, Actor.Console);
        Assert.Equal([(CaseParty.KeyOf(customer), 1), ("+34612345601", 1)], (await Open(house)).OrderBy(one => one.Id).Select(one => (one.Key.Customer, (int)one.Misses)));
        Assert.Equal(id, (await Open(house)).Min(one => one.Id));
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task What_was_opened_again_stays_open_when_it_becomes_a_customers(On database)
    {
        await using var house = await House.Open(database);
        var customer = await Customer(house, Second);
        await house.Hear([.. Missed("a", 0, First), .. CalledBack("o", 60, First, answered: true)]);
        var id = Assert.Single(await house.AllCases()).Id;
        await house.CaseDesk.Reopen(Everything, id, Actor.Console);

        await house.CallerDesk.Choose(CallScope.Machine, await Call(house, "a"), customer, "ana", Ana);

        Assert.Equal((id, CaseParty.KeyOf(customer)), (Assert.Single(await Open(house)).Id, Assert.Single(await Open(house)).Key.Customer));
        await house.RuleChanges.RunAgain(default);
        Assert.Equal(id, Assert.Single(await Open(house)).Id);
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task Cases_from_before_they_were_customers_become_theirs_in_the_background(On database)
    {
        await using var house = await House.Open(database);
        var luis = (await house.Users.Add(new NewPerson("luis@example.com", "Luis", [Role.Operator]), null, Authority.Console)).Id;
        await house.RuleChanges.Run();
        await house.Hear([.. Missed("a", 0, First), .. Missed("b", 60, Second), .. Missed("c", 120, Third), .. CalledBack("o", 200, First, answered: true), .. Missed("d", 300, First)]);
        var older = (await Open(house)).Single(one => one.Number.EndsWith(Second, StringComparison.Ordinal)).Id;
        await house.CaseDesk.Claim(Everything, older, luis, Actor.Console);
        // As the migration finds them.
        await house.Db.Write(tx => tx.Run($"update calls set customer_id = 7 where customer_key in ('+34{First}', '+34{Second}')"));
        await house.Db.Write(tx => tx.Run("insert into settings (name, value) values ('recovery.judge-again', 'parties')"));

        await house.RuleChanges.Run();

        var cases = (await house.AllCases()).Where(one => one.Misses > 0).OrderBy(one => one.FirstMissedAt).Select(one => (one.Key.Customer, (int)one.Misses, one.EndReason, one.Owner == luis));
        Assert.Equal([("c:7", 2, CaseEnd.Reached, true), ("+34612345603", 1, null, false), ("c:7", 1, null, false)], cases);
        await new CaseAudit(house.Db).Verify(finding => Assert.Fail(finding.ToString()), null, default);
    }

    static async Task<List<RecoveryCase>> Open(House house) => (await house.AllCases()).FindAll(one => one.IsOpen);

    static async Task<long> Call(House house, string told) => (await house.Calls()).Single(call => call.ProviderCallId == told).Id;

    static async Task<long> Customer(House house, params string[] numbers) =>
        (await house.Customers.Add(numbers.Aggregate(CustomerDetail.New(new Customer(0, CustomerKind.Company, "Talleres")), (found, number) => found.With(CustomerNumber.Of(PhoneNumber.Parse(number, "ES"), null))), Actor.Console)).Customer.Id;
}
