namespace CallCenter.Tests.Telephony;

/// <summary>Every recorded session comes out as what really happened.</summary>
public sealed class AsteriskCaptures
{
    public static TheoryData<string> Scenarios => [.. Capture.Scenarios];

    [Theory, MemberData(nameof(Scenarios))]
    public void A_recorded_session_comes_out_as_what_really_happened(string scenario)
    {
        var capture = new Capture(scenario);
        var differences = new CaptureComparison(capture).Of(capture.Calls());
        Assert.True(differences.Count == 0, string.Join(Environment.NewLine, differences));
    }
}
