namespace CallCenter.Telephony.Providers;

/// <summary>SignalWire's compatibility API: what Twilio sends, with ids and a signing key of its own.</summary>
/// <remarks>
/// There is no TaskRouter. The key is the project's signing key and not its API token. What bodies that are no forms are signed
/// with is not established, so they are proved as Twilio's are: by the hash in the address.
/// https://developer.signalwire.com/compatibility-api/
/// </remarks>
sealed class SignalWire : IWebhookProvider
{
    const string Header = "X-SignalWire-Signature";

    readonly Twilio same = new();

    public ProviderInfo Info { get; } = new("signalwire", "SignalWire",
        new("signing_key", Secret: true, Required: true), new("country"), new("lines"), new("people"))
    {
        Proof = "HMAC-SHA1 of address and fields",
        Tells = Tells.Progress | Tells.Ringing | Tells.Queues | Tells.Operators | Tells.Holds | Tells.Voicemail | Tells.Recordings,
    };

    public IReadOnlyList<string> ContentTypes { get; } = ["application/x-www-form-urlencoded", "application/json"];

    public string ProofHeader(Settings settings) => Header;

    public bool IsAuthentic(Arrival arrival, Settings settings)
    {
        if (arrival.Header(Header) is not { } given && (given = arrival.Header(Signature.TwilioHeader)) is null) return false;
        var signed = arrival with { Headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase) { [Signature.TwilioHeader] = given, ["Content-Type"] = arrival.Header("Content-Type") ?? "" } };
        return Signature.ByAnySecret(settings, "signing_key", key => Signature.IsTwilio(signed, key));
    }

    public WebhookReply? ReplyTo(Arrival arrival, Settings settings) => same.ReplyTo(arrival, settings);

    public Translation Translate(Arrival arrival, Settings settings) => same.Translate(arrival, settings);
}
