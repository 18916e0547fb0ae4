using System.Security.Cryptography;
using System.Text;
using CallCenter.Telephony;

namespace CallCenter.Tests.Telephony.Providers.Conformance;

sealed class TwilioSigner : Signer
{
    public override string Provider => "twilio";

    public override string Key => "auth_token";

    public override Arrival Sign(Arrival arrival, int number)
    {
        arrival = With(arrival);
        var isForm = Form.IsForm(arrival) || arrival.Method == "GET";
        if (!isForm) arrival = arrival with { Url = arrival.Url + "?bodySHA256=" + Convert.ToHexStringLower(SHA256.HashData(arrival.Body.Span)) };
        var signed = arrival.Url + (isForm ? Form.Of(arrival.Body.Span).Signed() : "");
        return With(arrival, ("X-Twilio-Signature", Convert.ToBase64String(HMACSHA1.HashData(Encoding.UTF8.GetBytes(Secret(number)), Encoding.UTF8.GetBytes(signed)))));
    }

    // The published vector of twilio-csharp's own tests; more of them in SignatureTests.
    public override IEnumerable<Vector> Vectors =>
    [
        new("published", Post("CallSid=CA1234567890ABCDE&From=%2B14158675309&Digits=1234&To=%2B18005551212&Caller=%2B14158675309", default, "https://mycompany.com/myapp.php?foo=1&bar=2",
            ("Content-Type", "application/x-www-form-urlencoded"), ("X-Twilio-Signature", "RSOYDt4T1cUTdK1PDd93/VVr8B8=")), "12345", true),
    ];
}
