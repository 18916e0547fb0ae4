using System.Security.Cryptography;
using System.Text;
using CallCenter.Telephony;

namespace CallCenter.Tests.Telephony.Providers.Conformance;

sealed class SignalWireSigner : Signer
{
    public override string Provider => "signalwire";

    public override string Key => "signing_key";

    public override Arrival Sign(Arrival arrival, int number)
    {
        arrival = With(arrival);
        var signed = arrival.Url + Form.Of(arrival.Body.Span).Signed();
        return With(arrival, ("X-SignalWire-Signature", Convert.ToBase64String(HMACSHA1.HashData(Encoding.UTF8.GetBytes(Secret(number)), Encoding.UTF8.GetBytes(signed)))));
    }

    // The form's construction is Twilio's, and so is its published vector.
    static Arrival Given(string header) => Post("CallSid=CA1234567890ABCDE&From=%2B14158675309&Digits=1234&To=%2B18005551212&Caller=%2B14158675309", default, "https://mycompany.com/myapp.php?foo=1&bar=2",
        ("Content-Type", "application/x-www-form-urlencoded"), (header, "RSOYDt4T1cUTdK1PDd93/VVr8B8="));

    public override IEnumerable<Vector> Vectors =>
    [
        new("its own header", Given("X-SignalWire-Signature"), "12345", true),
        new("the older one", Given("X-Twilio-Signature"), "12345", true),
        new("another key", Given("X-SignalWire-Signature"), "12346", false),
    ];
}
