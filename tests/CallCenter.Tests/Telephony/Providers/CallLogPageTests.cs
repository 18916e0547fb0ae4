using CallCenter.Telephony;
using CallCenter.Telephony.Providers;
using CallCenter.Telephony.Wire;

namespace CallCenter.Tests.Telephony.Providers;

/// <summary>Pages of call logs that are not as one would wish.</summary>
public class CallLogPageTests
{
    static readonly LogWindow Window = new(new(2026, 3, 2, 15, 0, 0, TimeSpan.Zero), new(2026, 3, 2, 17, 0, 0, TimeSpan.Zero));

    [Fact]
    public void Where_Vonage_counts_pages_and_not_legs_shorter_stretches_are_asked_for()
    {
        var (vonage, settings) = (new Vonage(), Settings.Empty);
        var first = vonage.Ask(Window, settings)[0];
        var leg = """{"uuid":"u","conversation_uuid":"CON-1","status":"completed"}""";
        var page = vonage.Read(first, new CloudAnswer(200, $$$"""{"count":250,"page_size":100,"record_index":0,"_embedded":{"calls":[{{{string.Join(',', Enumerable.Repeat(leg, 100))}}}]}}"""), settings);
        var second = Assert.Single(page.More);
        Assert.Contains("record_index=100&", second.Address.Query, StringComparison.Ordinal);
        Assert.True(vonage.Read(second, new CloudAnswer(200, """{"count":250,"page_size":100,"record_index":100,"_embedded":{"calls":[]}}"""), settings).IsTooMuch);
        // And where it counts only what is on the page, the end is where a page is empty.
        var end = vonage.Read(second, new CloudAnswer(200, """{"count":0,"page_size":0,"record_index":100,"_embedded":{"calls":[]}}"""), settings);
        Assert.True(!end.IsTooMuch && end.More.Count == 0);
    }

    [Fact]
    public void As_many_calls_as_Bandwidth_tells_at_most_may_be_more()
    {
        var (bandwidth, settings) = (new Bandwidth(), new Settings(new Dictionary<string, string> { ["account_id"] = "9900000" }));
        var last = bandwidth.Ask(Window, settings)[0] with { Note = "9999" };
        Assert.True(bandwidth.Read(last, new CloudAnswer(200, """[{"callId":"c-1","state":"disconnected"}]"""), settings).IsTooMuch);
        Assert.False(bandwidth.Read(last, new CloudAnswer(200, "[]"), settings).IsTooMuch);
    }

    [Fact]
    public void What_Zadarma_will_not_answer_is_said_in_its_words()
    {
        var (zadarma, settings) = (new Zadarma(), new Settings(new Dictionary<string, string> { ["api_key"] = "k", ["api_secret"] = "s", ["time_zone"] = "Europe/Madrid" }));
        var refused = Assert.Throws<UnreadableException>(() => zadarma.Read(zadarma.Ask(Window, settings)[0], new CloudAnswer(200, """{"status":"error","message":"Wrong Signature"}"""), settings));
        Assert.Equal("Wrong Signature", refused.Message);
    }
}
