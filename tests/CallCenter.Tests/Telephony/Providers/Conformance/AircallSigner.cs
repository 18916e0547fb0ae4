using System.Text;
using System.Text.Json.Nodes;
using CallCenter.Telephony;

namespace CallCenter.Tests.Telephony.Providers.Conformance;

sealed class AircallSigner : Signer
{
    public override string Provider => "aircall";

    public override string Key => "token";

    public override bool CoversBody => false;

    public override Arrival Sign(Arrival arrival, int number)
    {
        var body = JsonNode.Parse(arrival.Body.Span)!.AsObject();
        body["token"] = Secret(number);
        return With(arrival) with { Body = Encoding.UTF8.GetBytes(body.ToJsonString()) };
    }

    public override IEnumerable<Vector> Vectors =>
    [
        new("the token", Post("""{"event":"call.created","token":"b3c1f0e2a7d94c1e8f60a1b2c3d4e5f6"}""", default, "https://cc.example.com/x"), "b3c1f0e2a7d94c1e8f60a1b2c3d4e5f6", true),
        new("another", Post("""{"event":"call.created","token":"b3c1f0e2a7d94c1e8f60a1b2c3d4e5f7"}""", default, "https://cc.example.com/x"), "b3c1f0e2a7d94c1e8f60a1b2c3d4e5f6", false),
        new("none", Post("""{"event":"call.created"}""", default, "https://cc.example.com/x"), "b3c1f0e2a7d94c1e8f60a1b2c3d4e5f6", false),
        new("no JSON", Post("token=b3c1f0e2a7d94c1e8f60a1b2c3d4e5f6", default, "https://cc.example.com/x"), "b3c1f0e2a7d94c1e8f60a1b2c3d4e5f6", false),
    ];
}
