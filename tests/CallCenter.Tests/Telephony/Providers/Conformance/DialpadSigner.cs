using System.Text;
using CallCenter.Telephony;

namespace CallCenter.Tests.Telephony.Providers.Conformance;

sealed class DialpadSigner : Signer
{
    public override string Provider => "dialpad";

    public override string Key => "secret";

    public override Arrival Sign(Arrival arrival, int number) => With(arrival, ("Content-Type", "application/jwt")) with { Body = Encoding.UTF8.GetBytes(Token.Of(arrival.Text, Secret(number))) };

    const string Jwt = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJjYWxsX2lkIjo2NDIxOTc3NDU3MTgwNjcyLCJzdGF0ZSI6Imhhbmd1cCIsImRpcmVjdGlvbiI6ImluYm91bmQiLCJldmVudF90aW1lc3RhbXAiOjE3NzI0NjM4NDUxMjN9.boZCuft2E09yEFz5_DVYvbPpa-jj5F5y1Au2NLZoH38";

    public override IEnumerable<Vector> Vectors =>
    [
        new("computed for the protocol reference", Post(Jwt, default, "https://cc.example.com/x"), "dialpad-webhook-secret", true),
        new("another secret", Post(Jwt, default, "https://cc.example.com/x"), "dialpad-webhook-secreT", false),
        new("another algorithm", Post(Token.Of("{}", "dialpad-webhook-secret", "HS512"), default, "https://cc.example.com/x"), "dialpad-webhook-secret", false),
        new("not signed", Post("{}", default, "https://cc.example.com/x"), "dialpad-webhook-secret", false),
    ];
}
