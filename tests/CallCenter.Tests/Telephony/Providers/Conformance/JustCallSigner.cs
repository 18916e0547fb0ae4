using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using CallCenter.Telephony;

namespace CallCenter.Tests.Telephony.Providers.Conformance;

sealed class JustCallSigner : Signer
{
    public override string Provider => "justcall";

    public override string Key => "api_secret";

    public override bool CoversBody => false;

    public override TimeSpan? Window => TimeSpan.FromMinutes(10);

    public override Arrival Sign(Arrival arrival, int number)
    {
        var body = JsonSerializer.Deserialize<JsonElement>(arrival.Body.Span);
        var (url, time) = (body.GetProperty("webhook_url").GetString()!, arrival.ReceivedAt.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture));
        var signed = $"{Secret(number)}|{Uri.EscapeDataString(url)}|{body.GetProperty("type").GetString()}|{time}";
        return With(arrival with { Url = url }, ("x-justcall-signature-version", "v1"), ("x-justcall-request-timestamp", time),
            ("x-justcall-signature", Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret(number)), Encoding.UTF8.GetBytes(signed)))));
    }

    const string Url = "https://webhook.site/3bcea770-370a-4b09-8b66-426f687e08a4";
    const string ApiSecret = "ea39089c40790e9dc7a080ec95e849b8fa0fa5fb";

    static Arrival Given(string type = "call.completed", string url = Url, string ours = Url, int late = 0) => Post(
        $$"""{"webhook_url":"{{url}}","type":"{{type}}"}""", new DateTimeOffset(2024, 3, 21, 17, 8, 22, TimeSpan.Zero).AddSeconds(late), ours,
        ("x-justcall-request-timestamp", "2024-03-21 17:08:22"), ("x-justcall-signature", "56761bae5b27a784a3ddd2af828bc5def7176bc0a8650199b04c737bd39bbecf"));

    public override IEnumerable<Vector> Vectors =>
    [
        new("published", Given(), ApiSecret, true),
        new("another type", Given("call.missed"), ApiSecret, false),
        new("for another address", Given(ours: "https://cc.example.com/x"), ApiSecret, false),
        new("601 seconds later", Given(late: 601), ApiSecret, false),
        new("another secret", Given(), ApiSecret + "a", false),
    ];
}
