using System.Text.Json;

namespace CallCenter.Tests.Commands;

public class ProviderTests
{
    [Fact]
    public async Task The_list_says_what_each_phone_system_can_tell()
    {
        var (code, output, _) = await Cli.Run("provider", "list", "--json");
        Assert.Equal(0, code);
        var known = JsonSerializer.Deserialize<JsonElement>(output).EnumerateArray().ToDictionary(provider => provider.GetProperty("id").GetString()!);

        var asterisk = known["asterisk"].GetProperty("capabilities");
        Assert.Contains("parking", asterisk.GetProperty("events").EnumerateArray().Select(told => told.GetString()));
        Assert.True(asterisk.GetProperty("queue_times").GetBoolean() && asterisk.GetProperty("agents").GetBoolean() && asterisk.GetProperty("back_fill").GetBoolean());
        Assert.False(asterisk.GetProperty("recordings").GetBoolean());
        Assert.Equal(["3cx", "aircall", "asterisk", "bandwidth", "cloudtalk", "dialpad", "freeswitch", "plivo", "ringcentral", "signalwire", "telnyx", "twilio", "vonage", "yeastar", "zadarma"], known.Where(provider => provider.Value.GetProperty("capabilities").GetProperty("control").GetBoolean()).Select(provider => provider.Key).Order());
        Assert.Equal(["asterisk", "bandwidth", "dialpad", "freeswitch", "plivo", "ringcentral", "signalwire", "telnyx", "twilio", "vonage", "yeastar"], known.Where(provider => provider.Value.GetProperty("capabilities").GetProperty("hang_up").GetBoolean()).Select(provider => provider.Key).Order());
        Assert.Equal(["plivo", "telnyx", "twilio", "vonage"], known.Where(provider => provider.Value.GetProperty("capabilities").GetProperty("routing").GetBoolean()).Select(provider => provider.Key).Order());
        Assert.Equal("HMAC-SHA1 of address and fields", known["twilio"].GetProperty("capabilities").GetProperty("authentication").GetString());

        var (_, table, _) = await Cli.Run("provider", "list");
        Assert.Contains("queues, operators, holds", table);
    }
}
