using CallCenter.Telephony;

namespace CallCenter.Tests.Telephony.Providers.Conformance;

sealed class AmazonConnectSigner : Signer
{
    public override string Provider => "amazon-connect";

    public override string Key => "key";

    public override bool CoversBody => false;

    public override Arrival Sign(Arrival arrival, int number) => With(arrival, ("x-api-key", Secret(number)));
}
