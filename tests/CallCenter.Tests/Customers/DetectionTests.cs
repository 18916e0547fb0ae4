using CallCenter.Audit;
using CallCenter.Calls;
using CallCenter.Customers;
using CallCenter.Recovery;
using static CallCenter.Tests.Recovery.TestCalls;

namespace CallCenter.Tests.Customers;

public class DetectionTests
{
    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task A_call_is_the_customers_who_has_its_number_and_nobodys_when_several_do(On database)
    {
        await using var house = await House.Open(database);
        await house.Hear(Missed("before", 0, "0034 612 345 678"));
        var workshop = await Add(house, "Talleres Ruiz", "612345678");

        await house.Hear(Missed("known", 60, "+34612345678"));
        await house.Hear(Missed("unknown", 120, "699000111"));
        await house.Hear(Missed("withheld", 180, "anonymous"));
        Assert.Equal([workshop, workshop, null, null], (await house.Calls()).OrderBy(call => call.StartedAt).Select(call => call.CustomerId));

        await Add(house, "Recambios Sur", "612345678");
        await house.Hear(Missed("shared", 240, "612345678"));
        Assert.Equal([workshop, workshop, null, null, null], (await house.Calls()).OrderBy(call => call.StartedAt).Select(call => call.CustomerId));
        var mine = (await house.Calls()).Single(call => call.ProviderCallId == "shared");
        await house.Db.Write(tx => house.Log.FixCustomer(tx, CallScope.Machine, mine.Id, workshop));
        await house.Hear(Missed("shared", 240, "699000222"));
        Assert.Equal(workshop, (await house.Calls()).Single(call => call.Id == mine.Id).CustomerId);

        var found = new List<Finding>();
        await new CallAudit(house.Db, [new RecoveryLedger()], house.Personnel).Verify(found.Add, null, CancellationToken.None);
        Assert.Empty(found);
    }

    static async Task<long> Add(House house, string name, string number) =>
        (await house.Customers.Add(new Customer(0, CustomerKind.Company, name), PhoneNumber.Parse(number, "ES"), Actor.Console)).Customer.Id;
}
