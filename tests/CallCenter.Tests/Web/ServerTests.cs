using System.Net;
using CallCenter.Calls;

namespace CallCenter.Tests.Web;

public class ServerTests
{
    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task A_server_that_runs_says_so(On database)
    {
        await using var house = await WebHouse.Open(database);
        var answer = await house.Client.GetAsync("/healthz");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains("ok", await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Two_servers_share_one_database()
    {
        await using var house = await WebHouse.Open(On.Postgres);
        await using var other = await house.OpenBeside();
        Assert.NotEqual(house.Address, other.Address);
        await house.Hear(Calls.CallLogTests.Answered("c-1", DateTimeOffset.UnixEpoch.AddYears(50)));
        Assert.Single((await other.Log.List(CallScope.Machine, new())).Calls);
    }
}
