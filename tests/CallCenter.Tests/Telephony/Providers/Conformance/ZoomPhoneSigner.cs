using System.Security.Cryptography;
using System.Text;
using CallCenter.Telephony;

namespace CallCenter.Tests.Telephony.Providers.Conformance;

sealed class ZoomPhoneSigner : Signer
{
    public override string Provider => "zoom-phone";

    public override string Key => "secret_token";

    public override TimeSpan? Window => TimeSpan.FromMinutes(5);

    public override Arrival Sign(Arrival arrival, int number)
    {
        var time = $"{arrival.ReceivedAt.ToUnixTimeSeconds()}";
        return With(arrival, ("x-zm-request-timestamp", time),
            ("x-zm-signature", "v0=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret(number)), (byte[])[.. Encoding.UTF8.GetBytes($"v0:{time}:"), .. arrival.Body.Span]))));
    }

    // Captured, from the tests of ZoomNet.
    const string Token = "4fv1RkqGQUq5sWbEz6hA5A";
    internal const string Challenge = """{"payload":{"plainToken":"xys8n8PGS7mAU0m5-YJjRA"},"event_ts":1720705455858,"event":"endpoint.url_validation"}""";

    static Arrival Given(string body, int late = 0) => Post(body, DateTimeOffset.FromUnixTimeSeconds(1720705455 + late), "https://cc.example.com/zoom", ("x-zm-request-timestamp", "1720705455"),
        ("x-zm-signature", "v0=93a1a675965ceb9c5a50c5dfb31f20e50f763be37a54ef74cd2d16a1a8e5c0d6"));

    public override IEnumerable<Vector> Vectors =>
    [
        new("captured", Given(Challenge), Token, true),
        new("another body", Given(Challenge + " "), Token, false),
        new("301 seconds later", Given(Challenge, 301), Token, false),
        new("another token", Given(Challenge), Token + "A", false),
    ];
}
