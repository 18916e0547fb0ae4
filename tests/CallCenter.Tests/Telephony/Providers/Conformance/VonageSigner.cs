using System.Security.Cryptography;
using System.Text;
using CallCenter.Telephony;

namespace CallCenter.Tests.Telephony.Providers.Conformance;

sealed class VonageSigner : Signer
{
    public override string Provider => "vonage";

    public override string Key => "signature_secret";

    public override TimeSpan? Window => TimeSpan.FromMinutes(5);

    public override Arrival Sign(Arrival arrival, int number) => With(arrival, ("Authorization", $"Bearer {Token.Of(
        $$"""{"iat":{{arrival.ReceivedAt.ToUnixTimeSeconds()}},"jti":"j","iss":"Vonage","payload_hash":"{{Convert.ToHexStringLower(SHA256.HashData(arrival.Body.Span))}}","api_key":"a1b2c3d"}""",
        Secret(number))}"));

    const string Secret1 = "vonage-signature-secret-0123456789abcdef";

    const string Body = """{"from":"5215512345678","to":"528112345678","uuid":"63f61863-4a51-4f6b-86e1-46edebcf9356","conversation_uuid":"CON-f972836a-550f-45fa-956c-12a2ab5b7d22","status":"ringing","direction":"inbound","timestamp":"2026-03-02T15:04:05.123Z"}""";

    const string Jwt = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpYXQiOjE3NzI0NjM4NDUsImp0aSI6ImM1YmE4ZjI0LTFhMTQtNGMxMC1iZmRmLTNmYmU4Y2U1MTFiNSIsImlzcyI6IlZvbmFnZSIsInBheWxvYWRfaGFzaCI6ImNhMGM1OTlhNDA0OWIwZGNmYzdiZmZlNTlhYWI0YTNkYTkwYWFmMjcwMTAxZTcyODYzOWZkOTU3M2M3MjVkNzgiLCJhcGlfa2V5IjoiYTFiMmMzZCIsImFwcGxpY2F0aW9uX2lkIjoiYWFhYWFhYWEtYmJiYi1jY2NjLWRkZGQtMDEyMzQ1Njc4OWFiIn0.8o_Hr0_kUG0h_f2ggI464o-mC-bG5QPm-f_roE5u3PA";

    static Arrival Given(string body, string jwt = Jwt, int late = 0) => Post(body, DateTimeOffset.FromUnixTimeSeconds(1772463845 + late), "https://cc.example.com/vonage", ("Authorization", $"Bearer {jwt}"));

    public override IEnumerable<Vector> Vectors =>
    [
        new("computed for the protocol reference", Given(Body), Secret1, true),
        new("another body", Given(Body + " "), Secret1, false),
        new("another secret", Given(Body), "asdf", false),
        new("301 seconds later", Given(Body, late: 301), Secret1, false),
        new("no hash of the body", Given(Body, Token.Of("""{"iat":1772463845}""", Secret1)), Secret1, false),
        new("no algorithm", Given(Body, Token.Of($$"""{"iat":1772463845,"payload_hash":"{{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Body)))}}"}""", Secret1, "none")), Secret1, false),
        new("a query is proved by the token alone", Given("", Token.Of("""{"iat":1772463845}""", Secret1)) with { Method = "GET" }, Secret1, true),
    ];
}
