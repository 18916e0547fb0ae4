using System.Security.Cryptography;
using System.Text;
using CallCenter.Telephony;

namespace CallCenter.Tests.Telephony.Providers.Conformance;

sealed class ZadarmaSigner : Signer
{
    public override string Provider => "zadarma";

    public override string Key => "api_secret";

    public override bool CoversBody => false;

    public override Arrival Sign(Arrival arrival, int number)
    {
        var fields = Form.Of(arrival.Body.Span);
        var signed = fields["event"] switch
        {
            "NOTIFY_ANSWER" => fields["caller_id"] + fields["destination"] + fields["call_start"],
            "NOTIFY_OUT_START" or "NOTIFY_OUT_END" => fields["internal"] + fields["destination"] + fields["call_start"],
            "NOTIFY_RECORD" => fields["pbx_call_id"] + fields["call_id_with_rec"],
            _ => fields["caller_id"] + fields["called_did"] + fields["call_start"],
        };
        return With(arrival, ("Signature", Convert.ToBase64String(Encoding.ASCII.GetBytes(Convert.ToHexStringLower(HMACSHA1.HashData(Encoding.UTF8.GetBytes(Secret(number)), Encoding.UTF8.GetBytes(signed)))))));
    }

    static Arrival Given(string signature, string did = "528112345678") =>
        Post($"event=NOTIFY_START&call_start=2026-03-02+09%3A04%3A05&pbx_call_id=in_1&caller_id=5215512345678&called_did={did}", default, "https://cc.example.com/x", ("Signature", signature));

    const string Right = "ZWExNDg1Zjg5ZTY4NjU5MWNlNmI4MDk3ODc2MmQ1M2I1NGQzMzE0Nw==";

    public override IEnumerable<Vector> Vectors =>
    [
        new("computed for the protocol reference", Given(Right), "zadarma-test-secret", true),
        new("of the bytes and not of their spelling", Given("6hSF+J5oZZHOa4CXh2LVO1TTMUc="), "zadarma-test-secret", false),
        new("another line", Given(Right, "528112345679"), "zadarma-test-secret", false),
        new("another secret", Given(Right), "zadarma-test-secreT", false),
    ];
}
