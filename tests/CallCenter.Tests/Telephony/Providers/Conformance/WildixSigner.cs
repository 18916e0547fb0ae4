using System.Security.Cryptography;
using System.Text;
using CallCenter.Telephony;

namespace CallCenter.Tests.Telephony.Providers.Conformance;

sealed class WildixSigner : Signer
{
    public override string Provider => "wildix";

    public override string Key => "secret";

    public override Arrival Sign(Arrival arrival, int number) =>
        With(arrival, ("x-signature", Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret(number)), arrival.Body.Span))));

    const string Body = """{"id":"acme_1693389850.110","pbx":"221100001bab","time":1693389850810,"company":"acme","type":"call:start","integrationId":"8qkmnq","data":{"status":"CONNECTING"}}""";

    static Arrival Given(string body) => Post(body, default, "https://cc.example.com/x", ("x-signature", "f789ade2b46b67d243a9ea87b59add760dd544d4ec040aeb0129a26a83035f50"));

    public override IEnumerable<Vector> Vectors =>
    [
        new("computed for the protocol reference", Given(Body), "3xocj9iiwBxDD0f0Qi85EJaTgCQ7LY", true),
        new("another body", Given(Body.Replace("CONNECTING", "TALKING")), "3xocj9iiwBxDD0f0Qi85EJaTgCQ7LY", false),
    ];
}
