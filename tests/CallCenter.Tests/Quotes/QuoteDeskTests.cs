using CallCenter.Audit;
using CallCenter.Calls;
using CallCenter.Customers;
using CallCenter.Quotes;
using CallCenter.Teams;
using static CallCenter.Tests.Recovery.TestCalls;

namespace CallCenter.Tests.Quotes;

public sealed class QuoteDeskTests
{
    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task A_call_has_one_draft_however_many_screens_on_however_many_nodes_ask_at_once(On database)
    {
        await using var house = await House.Open(database);
        await using var beside = await House.Beside(house);
        var customer = await house.Customers.Add(new Customer(0, CustomerKind.Company, "Talleres Ruiz"), PhoneNumber.Parse("612345678", "ES"), Actor.Console);
        var call = (await house.Hear(GotThrough("a", 0, "612345678")))[0];

        var drafts = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() => (i % 2 == 0 ? house : beside).QuoteDesk.DraftFor(CallScope.Machine, call.Id, null, Actor.Console))));

        var draft = Assert.Single(drafts.DistinctBy(draft => draft.Id));
        Assert.Equal((customer.Id, call.Id, CallLink.Explicit, null), (draft.Head.Customer, draft.Credit!.Call, draft.Credit.Link, draft.Number));
        Assert.Equal("call.unknown", (await Assert.ThrowsAsync<Refusal>(() => house.QuoteDesk.DraftFor(CallScope.Own("somebody"), call.Id, "somebody", Actor.Console))).Code);
    }

    static async Task<string> Operator(House house, string name, string extension)
    {
        var person = (await house.Users.Add(new NewPerson($"{name.ToLowerInvariant()}@example.com", name, [Role.Operator]), null, Authority.Console)).Id;
        await house.Teams.GiveExtension(person, "test", extension, DateTimeOffset.MinValue, Authority.Console);
        return person;
    }
}
