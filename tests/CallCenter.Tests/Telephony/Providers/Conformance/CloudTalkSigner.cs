using CallCenter.Telephony;

namespace CallCenter.Tests.Telephony.Providers.Conformance;

sealed class CloudTalkSigner : Signer
{
    public override string Provider => "cloudtalk";

    public override string Key => "secret";

    public override bool CoversBody => false;

    public override Arrival Sign(Arrival arrival, int number) => With(arrival, ("X-Webhook-Secret", Secret(number)));
}
