using System.Text;
using CallCenter.Telephony;

namespace CallCenter.Tests.Telephony.Providers.Conformance;

sealed class BandwidthSigner : Signer
{
    public override string Provider => "bandwidth";

    public override string Key => "password";

    public override bool CoversBody => false;

    public override IReadOnlyDictionary<string, string> Settings { get; } = new Dictionary<string, string> { ["username"] = "cc" };

    public override Arrival Sign(Arrival arrival, int number) => With(arrival, ("Authorization", "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"cc:{Secret(number)}"))));

    public override IEnumerable<Vector> Vectors =>
    [
        new("computed for the protocol reference", Post("{}", default, "https://cc.example.com/x", ("Authorization", "Basic Y2M6czNjcmV0YQ==")), "s3creta", true),
        new("another password", Post("{}", default, "https://cc.example.com/x", ("Authorization", "Basic Y2M6czNjcmV0YQ==")), "s3cretb", false),
        new("another scheme", Post("{}", default, "https://cc.example.com/x", ("Authorization", "Bearer Y2M6czNjcmV0YQ==")), "s3creta", false),
    ];
}
