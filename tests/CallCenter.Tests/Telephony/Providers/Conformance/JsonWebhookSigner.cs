using System.Security.Cryptography;
using System.Text;
using CallCenter.Telephony;

namespace CallCenter.Tests.Telephony.Providers.Conformance;

sealed class JsonWebhookSigner : Signer
{
    public override string Provider => "webhook";

    public override string Key => "secret";

    public override Arrival Sign(Arrival arrival, int number) =>
        With(arrival, ("X-Signature", "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret(number)), arrival.Body.Span))));
}
