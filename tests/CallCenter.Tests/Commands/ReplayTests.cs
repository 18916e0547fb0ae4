using System.Text.Json;
using CallCenter.Tests.Telephony;

namespace CallCenter.Tests.Commands;

public class ReplayTests
{
    static readonly string[] Asterisk = ["--provider", "asterisk", "--set", "country=AR", "--set", "trunks=troncal-sip,gw-celular", "--json"];

    public static TheoryData<string> Scenarios => [.. Capture.Scenarios];

    [Theory, MemberData(nameof(Scenarios))]
    public async Task Shuffled_and_repeated_events_print_the_same_bytes(string scenario)
    {
        var plain = await Replay(scenario);
        Assert.NotEmpty(JsonDocument.Parse(plain).RootElement.EnumerateArray());
        Assert.Equal(plain, await Replay(scenario, "--shuffle", "1"));
        Assert.Equal(plain, await Replay(scenario, "--shuffle", "20260504", "--repeat", "3"));
    }

    [Fact]
    public async Task Calls_are_printed_by_start_and_carry_every_promised_field()
    {
        var calls = JsonDocument.Parse(await Replay("recovered")).RootElement;
        var started = calls.EnumerateArray().Select(call => call.GetProperty("started_at").GetString()).ToList();
        Assert.Equal(started.Order(StringComparer.Ordinal), started);
        Assert.Equal(Enumerable.Range(1, started.Count), calls.EnumerateArray().Select(call => call.GetProperty("id").GetInt32()));
        Assert.All(calls.EnumerateArray(), call => Assert.Equal("replay", call.GetProperty("connection").GetString()));

        string[] promised =
        [
            "id", "connection", "provider", "provider_call_id", "direction", "from", "to", "customer_number", "line", "queue", "queues", "operator", "attempts",
            "state", "outcome", "missed", "missed_reason", "started_at", "queued_at", "ringing_at", "answered_at", "ended_at", "wait_seconds", "ring_seconds",
            "talk_seconds", "hold_seconds", "transfers", "holds", "recovered_by", "recovered_at", "recovery_seconds", "self_recovered_by", "stale",
        ];
        Assert.Empty(promised.Except(calls[0].EnumerateObject().Select(field => field.Name)));

        // Who recovers is named by the number it has in this list.
        var missed = calls.EnumerateArray().First(call => call.GetProperty("recovered_by").ValueKind == JsonValueKind.Number);
        var follower = calls[missed.GetProperty("recovered_by").GetInt32() - 1];
        Assert.Equal("outbound", follower.GetProperty("direction").GetString());
        Assert.Equal(missed.GetProperty("recovered_at").GetString(), follower.GetProperty("started_at").GetString());
    }

    [Fact]
    public async Task A_replay_into_a_database_stays_there_and_twice_is_once()
    {
        using var folder = new Cli.TempFolder();
        var first = await Replay("queue_answered", "--database", folder.Database);
        var second = await Replay("queue_answered", "--database", folder.Database, "--shuffle", "3");
        static IEnumerable<string?> Ids(string json) => JsonDocument.Parse(json).RootElement.EnumerateArray().Select(call => call.GetProperty("provider_call_id").GetString());
        Assert.Equal(Ids(first), Ids(second));
    }

    [Theory]
    [InlineData("a recording that is not there", "nowhere", "asterisk")]
    [InlineData("a provider that nobody knows", "asterisk/queue_answered", "abacus")]
    public async Task What_cannot_be_replayed_is_said_in_a_line(string what, string path, string provider)
    {
        var (code, output, error) = await Cli.Run("replay", Path.Combine(Capture.Folder("."), path), "--provider", provider, "--json");
        Assert.True(code == 1, what);
        Assert.Empty(output);
        Assert.StartsWith("callcenter: ", error);
        Assert.DoesNotContain("   at ", error);
    }

    static async Task<string> Replay(string scenario, params string[] more)
    {
        var (code, output, error) = await Cli.Run(["replay", Path.Combine(Capture.Folder("asterisk"), scenario), .. Asterisk, .. more]);
        Assert.True(code == 0, error);
        return output;
    }
}
