using CallCenter.Telephony;

namespace CallCenter.Tests.Telephony.Providers.Conformance;

sealed class RingCentralSigner : Signer
{
    public override string Provider => "ringcentral";

    public override string Key => "validation_token";

    public override bool CoversBody => false;

    public override Arrival Sign(Arrival arrival, int number) => With(arrival, ("Validation-Token", Secret(number)));

    public override IEnumerable<Vector> Vectors =>
    [
        new("the token", Post("{}", default, "https://cc.example.com/x", ("validation-token", "hello-world")), "hello-world", true),
        new("another", Post("{}", default, "https://cc.example.com/x", ("validation-token", "hello-worlD")), "hello-world", false),
        new("none", Post("{}", default, "https://cc.example.com/x"), "hello-world", false),
    ];
}
