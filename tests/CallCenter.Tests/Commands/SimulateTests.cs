using System.Text.Json;
using CallCenter.Calls;
using CallCenter.Telephony;
using CallCenter.Telephony.Providers;

namespace CallCenter.Tests.Commands;

public class SimulateTests
{
    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task Calls_are_played_against_a_running_server_and_none_stays_open(On database)
    {
        await using var house = await WebHouse.Open(database);
        var connection = await house.Switchboard.Add(SimulatedPhoneSystem.Id, "Prueba", new Dictionary<string, string>(), ConnectionState.Active);
        var (code, output, _) = await Simulate(house, connection, connection.Settings["secret"], "--rate", "300", "--duration", "6s", "--seed", "7", "--json");
        Assert.Equal(0, code);

        var report = JsonDocument.Parse(output).RootElement;
        var calls = await house.Log.List(CallScope.Machine, new CallFilter(), CallLog.PageMax);
        Assert.Equal(report.GetProperty("calls").GetInt32(), calls.Calls.Count);
        Assert.InRange(calls.Calls.Count, 10, 60);
        Assert.Equal(0, report.GetProperty("failed").GetInt32());
        Assert.All(calls.Calls, call => Assert.Equal(CallState.Ended, call.State));
        Assert.All(calls.Calls, call => Assert.Equal(connection.Id, call.Connection));
        Assert.Contains(calls.Calls, call => call.Direction == Direction.Inbound);
        Assert.Equal(report.GetProperty("messages").GetInt64(), await house.Db.Read(tx => tx.One<long>("select count(*) from arrivals")));
    }

    [Fact]
    public async Task A_wrong_secret_and_a_wrong_address_are_told_in_one_sentence()
    {
        await using var house = await WebHouse.Open();
        var connection = await house.Switchboard.Add(SimulatedPhoneSystem.Id, "Prueba", new Dictionary<string, string>(), ConnectionState.Active);
        var (code, output, error) = await Simulate(house, connection, "not it", "--duration", "30s");
        Assert.Equal((1, ""), (code, output));
        Assert.Contains("the server answers 401: check the address and the secret", error);

        (code, _, error) = await Simulate(house, connection with { Id = "simulator-nobody" }, "any", "--duration", "30s");
        Assert.Equal(1, code);
        Assert.Contains("the server answers 404", error);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_told_so()
    {
        var (code, _, error) = await Cli.Run("simulate", "--url", "http://127.0.0.1:9/webhooks/x", "--secret", "s", "--duration", "1m");
        Assert.Equal(1, code);
        Assert.Contains("no server can be reached at http://127.0.0.1:9", error);
    }

    [Theory]
    [InlineData("--url", "not an address")]
    [InlineData("--url", "/webhooks/simulator-1")]
    [InlineData("--rate", "0")]
    [InlineData("--rate", "-3")]
    [InlineData("--duration", "soon")]
    [InlineData("--duration", "-5m")]
    public async Task Wrong_usage_is_told_before_anything_is_sent(string option, string value)
    {
        string[] url = option == "--url" ? [] : ["--url", "http://127.0.0.1:9/webhooks/x"];
        var (code, output, error) = await Cli.Run([.. (string[])["simulate", "--secret", "s", option, value], .. url]);
        Assert.Equal((2, ""), (code, output));
        Assert.NotEmpty(error);
    }

    static Task<(int Code, string Output, string Error)> Simulate(WebHouse house, Connection connection, string secret, params string[] more) =>
        Cli.Run([.. (string[])["simulate", "--url", $"{new Uri(house.Address, $"/webhooks/{connection.Id}")}", "--secret", secret], .. more]);
}
