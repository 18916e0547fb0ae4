using CallCenter.Telephony.Routing;
using CallCenter.Telephony.Wire;

namespace CallCenter.Telephony.Providers;

/// <summary>SignalWire's compatibility API: what Twilio sends, with ids and a signing key of its own.</summary>
/// <remarks>
/// There is no TaskRouter. The key is the project's signing key and not its API token. What bodies that are no forms are signed
/// with is not established, so they are proved as Twilio's are: by the hash in the address.
/// The log is that of the project's own space, in rows as Twilio's.
/// https://developer.signalwire.com/compatibility-api/, https://developer.signalwire.com/compatibility-api/client-sdks/methods/calls/list
/// </remarks>
sealed class SignalWire : IWebhookProvider, ICanHangUp, IHasCallLog
{
    const string Header = "X-SignalWire-Signature";
    const int ProjectMax = 64;

    /// <summary>In our address, of a call that is placed from here: the number to dial when the operator picks up.</summary>
    const string Wanted = "dial";

    readonly Twilio same = new();

    public ProviderInfo Info { get; } = new("signalwire", "SignalWire",
        new("signing_key", Secret: true, Required: true), new("country"), new("lines"), new("people"),
        new(CloudAddress.Setting), new("project_id"), SettingInfo.Credential("api_token"),
        Control.Switch, new("dial_caller_id"), new("dial_telephone"))
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

    public WebhookReply? ReplyTo(Arrival arrival, Settings settings) => DialFor(arrival, settings) ?? same.ReplyTo(arrival, settings);

    public Translation Translate(Arrival arrival, Settings settings) => same.Translate(arrival, settings);

    // ---- Control ----

    public DialString Telephone(string name, Settings settings) => Control.Telephone(name, settings);

    /// <remarks>
    /// The operator's leg is the call. Whether it takes instructions with it as Twilio does is not established, so who picked up asks at
    /// our address, in which the number stands: it is proved with the rest of what SignalWire sends.
    /// </remarks>
    public Order Place(Dialling wish, Settings settings)
    {
        var news = (wish.News ?? throw new Refusal(RefusalKind.Conflict, "control.no-address")).AbsoluteUri;
        return Tell("Calls.json",
        [
            new("To", wish.Telephone.Text), new("From", Control.CallerId(settings)), new("Timeout", $"{Control.RingSeconds}"),
            new("Url", $"{news}?{Wanted}={Uri.EscapeDataString(Control.International(wish.Number, settings))}"), new("Method", "POST"), new("StatusCallback", news), .. Twilio.EveryChange,
        ], settings);
    }

    public Order HangUp(DialString leg, Settings settings) => Tell($"Calls/{Uri.EscapeDataString(leg.Text)}.json", [new("Status", "completed")], settings);

    static WebOrder Tell(string resource, List<KeyValuePair<string, string>> fields, Settings settings) => new(
        CloudRequest.Post(CloudAddress.With(CloudAddress.Of(settings, ""), $"/api/laml/2010-04-01/Accounts/{Project(settings)}/{resource}"), fields).WithBasic(Project(settings), settings["api_token"]),
        (status, body) => CloudDoor.FateOf(status, body, told => told.Text("sid")));

    /// <summary>The operator whom we had rung picked up; null for any other call.</summary>
    static WebhookReply? DialFor(Arrival arrival, Settings settings)
    {
        var fields = Form.IsForm(arrival) ? Form.Of(arrival.Body.Span) : Form.Empty;
        if (Form.OfQuery(arrival.Url).Text(Wanted) is not { } number || fields["Direction"] != "outbound-api" || fields["CallStatus"] != "in-progress" || fields.Has("ParentCallSid") || !Control.IsOn(settings)) return null;
        try
        {
            return new(200, "text/xml", Twilio.Dial(Control.CallerId(settings), DialString.Number(number).Text, RoutingQuestion.Plain(arrival.Url)));
        }
        catch (Refusal)
        {
            return null; // a setting was changed meanwhile; his telephone is hung up
        }
    }

    // ---- Call log ----

    public CallLogInfo CallLog { get; } = new(TimeSpan.FromSeconds(1), TimeSpan.FromDays(7), CloudAddress.Setting, "project_id", "api_token");

    /// <remarks>Of a time it reads the day only, so both ends are asked for by days.</remarks>
    public IReadOnlyList<CloudRequest> Ask(LogWindow window, Settings settings) =>
    [
        InOurName(CloudAddress.With(CloudAddress.Of(settings, ""), $"/api/laml/2010-04-01/Accounts/{Project(settings)}/Calls.json",
            ("StartTime>", Twilio.Day(window.From)), ("StartTime<", Twilio.Day(window.Until.AddDays(1)))), settings),
    ];

    public LogPage Read(CloudRequest asked, CloudAnswer answer, Settings settings) => Twilio.PageOf(asked, answer, next => InOurName(next, settings));

    public Translation TranslateRecord(Arrival record, Settings settings) => same.TranslateRecord(record, settings);

    static string Project(Settings settings) => CloudAddress.Part(settings, "project_id", ProjectMax);

    static CloudRequest InOurName(Uri address, Settings settings) => CloudRequest.Get(address).WithBasic(Project(settings), settings["api_token"]);
}
