using System.Security.Cryptography;
using System.Text;
using CallCenter.Telephony;

namespace CallCenter.Tests.Telephony.Providers.Conformance;

sealed class YeastarSigner : Signer
{
    public override string Provider => "yeastar";

    public override string Key => "secret";

    public override Arrival Sign(Arrival arrival, int number) =>
        With(arrival, ("X-Signature", Convert.ToBase64String(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret(number)), arrival.Body.Span))));

    const string Body = """{"type":30012,"sn":"3631A2124001","msg":"{\"call_id\":\"1651057476.362\",\"status\":\"ANSWERED\"}"}""";

    static Arrival Given(string body) => Post(body, default, "https://cc.example.com/x", ("X-Signature", "U2/YqW+fpldwFKtj/2I4g7cSvBZsXY9Pc+PpXZ3WNXw="));

    public override IEnumerable<Vector> Vectors =>
    [
        new("computed for the protocol reference", Given(Body), "0123456789abcdef0123456789abcdef", true),
        new("another body", Given(Body.Replace("362", "363")), "0123456789abcdef0123456789abcdef", false),
    ];
}
