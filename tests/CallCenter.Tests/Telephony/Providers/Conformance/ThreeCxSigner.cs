using CallCenter.Telephony;

namespace CallCenter.Tests.Telephony.Providers.Conformance;

sealed class ThreeCxSigner : Signer
{
    public override string Provider => "3cx";

    public override string Key => "key";

    public override bool CoversBody => false;

    public override Arrival Sign(Arrival arrival, int number) => With(arrival, ("x-api-key", Secret(number)));
}
