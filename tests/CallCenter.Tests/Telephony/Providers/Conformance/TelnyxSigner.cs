using System.Text;
using CallCenter.Telephony;
using NSec.Cryptography;

namespace CallCenter.Tests.Telephony.Providers.Conformance;

sealed class TelnyxSigner : Signer
{
    static readonly SignatureAlgorithm Algorithm = SignatureAlgorithm.Ed25519;

    public override string Provider => "telnyx";

    public override string Key => "public_key";

    public override TimeSpan? Window => TimeSpan.FromMinutes(5);

    static Key KeyOf(int number) => NSec.Cryptography.Key.Import(Algorithm, [.. Enumerable.Range(number, 32).Select(i => (byte)i)], KeyBlobFormat.RawPrivateKey);

    public override string Secret(int number) => Convert.ToBase64String(KeyOf(number).PublicKey.Export(KeyBlobFormat.RawPublicKey));

    public override Arrival Sign(Arrival arrival, int number)
    {
        var time = $"{arrival.ReceivedAt.ToUnixTimeSeconds()}";
        return With(arrival, ("telnyx-timestamp", time),
            ("telnyx-signature-ed25519", Convert.ToBase64String(Algorithm.Sign(KeyOf(number), [.. Encoding.ASCII.GetBytes(time + "|"), .. arrival.Body.Span]))));
    }

    const string Body = """{"data":{"record_type":"event","event_type":"call.hangup","id":"0ccc7b54-4df3-4bca-a65a-3da1ecc777f0","occurred_at":"2026-03-02T15:04:05.521992Z"}}""";

    static Arrival Given(string body, int late = 0) => Post(body, DateTimeOffset.FromUnixTimeSeconds(1772463846 + late), "https://cc.example.com/telnyx", ("telnyx-timestamp", "1772463846"),
        ("telnyx-signature-ed25519", "aFqqSG8TvBtPSy82FetCcd+8tCNruKUCt/dkygxxpG1gnS1c4u8FoFHd/7g2zG74pmyV4FTb1McOPKlvMdjTAA=="));

    const string PublicKey = "A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=";

    public override IEnumerable<Vector> Vectors =>
    [
        new("seed 00 to 1f", Given(Body), PublicKey, true),
        new("301 seconds later", Given(Body, 301), PublicKey, false),
        new("another body", Given(Body.Replace("hangup", "hangun")), PublicKey, false),
        new("no key at all", Given(Body), "AAAA", false),
    ];
}
