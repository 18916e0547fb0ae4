using CallCenter.Telephony;

namespace CallCenter.Tests.Telephony.Providers.Conformance;

sealed class GenesysCloudSigner : Signer
{
    public override string Provider => "genesys-cloud";

    public override string Key => "key";

    public override bool CoversBody => false;

    public override Arrival Sign(Arrival arrival, int number) => With(arrival, ("x-api-key", Secret(number)));
}
