using System.Text;
using CallCenter.Calls;
using CallCenter.Telephony;
using CallCenter.Telephony.Providers;

namespace CallCenter.Tests.Telephony.Providers;

public class SimulatedPhoneSystemTests
{
    static readonly SimulatedPhoneSystem Provider = new();
    static readonly Settings Settings = new(new Dictionary<string, string> { ["secret"] = "new", ["secret_previous"] = "old" });

    [Theory, InlineData("new", true), InlineData("old", true), InlineData("other", false), InlineData("", false)]
    public void A_signature_holds_with_the_secret_and_with_the_one_before(string secret, bool isAuthentic)
    {
        var body = Encoding.UTF8.GetBytes("""{"type":"heartbeat"}""");
        Assert.Equal(isAuthentic, Provider.IsAuthentic(Arrived(body, SimulatedPhoneSystem.Sign(secret, body)), Settings));
        Assert.False(Provider.IsAuthentic(Arrived(body, null), Settings));
        Assert.False(Provider.IsAuthentic(Arrived(Encoding.UTF8.GetBytes("{}"), SimulatedPhoneSystem.Sign(secret, body)), Settings));
    }

    [Theory]
    [InlineData("""{"type":"heartbeat"}""", Verdict.Ignored)]
    [InlineData("""{"type":"call.rated","call":"c-1","at":"2026-05-04T10:00:00Z"}""", Verdict.Unreadable)]
    [InlineData("""{"type":"call.ended","call":"c-1","at":"2026-05-04T10:00:00Z","result":"exploded"}""", Verdict.Unreadable)]
    [InlineData("""{"type":"call.ended","call":"c-1","at":"2026-05-04T10:00:00Z","result":"3"}""", Verdict.Unreadable)]
    [InlineData("""{"type":"queue.joined","call":"c-1","at":"2026-05-04T10:00:00Z"}""", Verdict.Unreadable)]
    [InlineData("""{"type":"call.ended","at":"2026-05-04T10:00:00Z","result":"normal"}""", Verdict.Unreadable)]
    [InlineData("""{"type":"call.ended","call":"c-1","result":"normal"}""", Verdict.Unreadable)]
    [InlineData("""{"call":"c-1","at":"2026-05-04T10:00:00Z"}""", Verdict.Unreadable)]
    [InlineData("""{"type":"call.ended","call":"c-1","at":"2026-05-04T12:00:00.1239+02:00","result":"no_answer"}""", Verdict.Understood)]
    public void What_is_not_understood_is_told_with_its_reason(string body, Verdict expected)
    {
        var read = Read(Encoding.UTF8.GetBytes(body));
        Assert.Equal(expected, read.Verdict);
        if (expected != Verdict.Understood) Assert.NotEmpty(read.Reason!);
        else Assert.Equal(new CallEnded(new CallKey("demo", "c-1"), new DateTimeOffset(2026, 5, 4, 10, 0, 0, 123, TimeSpan.Zero), EndCause.NoAnswer, "no_answer"), Assert.Single(read.Events));
    }

    [Fact]
    public void Ten_thousand_damaged_bodies_are_no_accident() => Fuzz.Check(Provider, Settings,
    [
        .. new CallCenter.Simulation.Traffic(new(), 3, "t").Day(new DateOnly(2026, 5, 4)).Take(60).SelectMany(call => call.Messages)
            .Select(told => Arrived(SimulatedPhoneSystem.Write(told).ToArray(), null)),
    ]);

    static Translation Read(byte[] body)
    {
        try
        {
            return Provider.Translate(Arrived(body, null), Settings);
        }
        catch (UnreadableException e)
        {
            return Translation.Unreadable(e.Message);
        }
    }

    static Arrival Arrived(byte[] body, string? signature) => new("demo", DateTimeOffset.UnixEpoch, "POST", "",
        signature is null ? Arrival.NoHeaders : new Dictionary<string, string> { [SimulatedPhoneSystem.SignatureHeader] = signature }, body);
}
