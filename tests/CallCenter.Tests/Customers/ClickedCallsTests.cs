using CallCenter.Audit;
using CallCenter.Calls;
using CallCenter.Customers;
using CallCenter.Teams;
using static CallCenter.Tests.Recovery.TestCalls;

namespace CallCenter.Tests.Customers;

public sealed class ClickedCallsTests
{
    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task A_call_is_known_to_come_of_a_click_by_who_clicked_the_number_and_the_time(On database)
    {
        var clock = new StandingClock(Noon);
        await using var house = await House.Open(database, clock);
        var (eva, luis) = (await Operator(house, "eva", "101"), await Operator(house, "luis", "102"));
        var (one, other) = (await Customer(house, "Talleres Ruiz"), await Customer(house, "Ruiz e Hijos")); // with the same switchboard
        var clicked = new ClickedCalls(house.Db, clock);

        await clicked.Note(eva, "+34913000001", new(other, Quote: 7));
        await house.Hear(
        [
            .. CalledBack("hers", 30, "913000001", answered: true, extension: "101"),
            .. CalledBack("his", 40, "913000001", answered: true, extension: "102"),
            .. CalledBack("later", 300, "913000001", answered: true, extension: "101"),
            .. CalledBack("elsewhere", 35, "913000002", answered: true, extension: "101"),
            .. GotThrough("in", 50, "913000001", extension: "101"),
        ]);
        var calls = (await house.Calls()).ToDictionary(call => call.ProviderCallId);
        Assert.Equal((other, null, null, null), (calls["hers"].CustomerId, calls["his"].CustomerId, calls["later"].CustomerId, calls["in"].CustomerId));
        Assert.Equal(new ClickedAt(other, Quote: 7), await clicked.Of(calls["hers"]));
        Assert.Null(await clicked.Of(calls["his"]));
        Assert.Equal([calls["hers"].Id], (await clicked.From(CallScope.Machine, new(Quote: 7))).Select(call => call.Id));
        Assert.Empty(await clicked.From(CallScope.Own(luis), new(Quote: 7)));

        // A number that is one customer's is his, wherever it was clicked; and what was clicked nowhere in particular is not kept.
        await house.Customers.Change(one, found => found with { Numbers = [] }, Actor.Console);
        await clicked.Note(eva, "+34913000001", default);
        await clicked.Note(eva, "+34913000001", new(one));
        await house.Hear([.. CalledBack("again", 20, "913000001", answered: true, extension: "101")]);
        Assert.Equal(other, (await house.Calls()).Single(call => call.ProviderCallId == "again").CustomerId);
        Assert.Equal(1, await house.Db.Read(tx => tx.One<long>("select count(*) from clicked_calls")));
    }

    static async Task<string> Operator(House house, string name, string extension)
    {
        var person = await house.Users.Add(new NewPerson($"{name}@example.com", name, [Role.Operator]), null, Authority.Console);
        await house.Teams.GiveExtension(person.Id, "test", extension, DateTimeOffset.MinValue, Authority.Console);
        return person.Id;
    }

    static async Task<long> Customer(House house, string name) =>
        (await house.Customers.Add(new Customer(0, CustomerKind.Company, name), PhoneNumber.Parse("913000001", "ES"), Actor.Console)).Customer.Id;
}
