using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using CallCenter.Calls;
using CallCenter.Telephony.Wire;

namespace CallCenter.Telephony.Providers;

/// <summary>3CX: what its CRM template reports of a call when it is over.</summary>
/// <remarks>
/// The template is ours and stands in docs/providers/3cx.md. 3CX reports a call once, when it has ended, and gives it no id: the
/// outside number and the second it began tell it from others, so that the report of each telephone of a group is of one
/// call. Nothing is repeated when it fails. Live states need the Enterprise licence's own interfaces.
/// Calls are placed through the Call Control API of version 20, which rings the extension's telephones first; a template knows no legs, so
/// nothing can be hung up.
/// https://github.com/3cx/call-control-examples, https://www.3cx.com/docs/server-side-crm-template-xml-description/
/// </remarks>
sealed class ThreeCx : IWebhookProvider, ICanCall, IHandsOutTokens
{
    const string Header = "x-api-key";
    const double SecondsMax = 7 * 24 * 3600;

    public ProviderInfo Info { get; } = new("3cx", "3CX",
        new("key", Secret: true, Required: true, Generated: true), new("queues"), new("people"), new("lines"), new("country"), Control.Switch, new(CloudAddress.Setting), new("client_id"), SettingInfo.Credential("client_secret"), Control.NumberForm, new("dial_prefix", Rare: true))
    {
        Proof = "a key in a header",
        Tells = Tells.Queues | Tells.Operators | Tells.Recordings,
    };

    public IReadOnlyList<string> ContentTypes { get; } = ["application/json"];

    public string ProofHeader(Settings settings) => Header;

    public bool IsAuthentic(Arrival arrival, Settings settings) => Signature.ByAnySecret(settings, "key", key => Signature.IsToken(arrival.Header(Header), key));

    // ---- Control ----

    public IReadOnlyList<string> ControlNeeds { get; } = [CloudAddress.Setting, "client_id", "client_secret"];

    public DialString Telephone(string name, Settings settings) => DialString.Extension(settings.AddressOf(name) ?? name);

    public CloudRequest AskForToken(Settings settings) => CloudRequest.Post(new Uri(Api(settings), "/connect/token"),
        [new("client_id", Needed(settings, "client_id")), new("client_secret", Needed(settings, "client_secret")), new("grant_type", "client_credentials")]);

    public Order Place(Dialling wish, Settings settings) => new WebOrder(
        new CloudRequest(HttpMethod.Post, new Uri(Api(settings), $"/callcontrol/{wish.Telephone}/makecall"))
        {
            WantsToken = true,
            ContentType = "application/json",
            Body = JsonSerializer.Serialize(new { destination = Control.Dialled(wish.Number, settings) }),
        },
        (status, body) => CloudDoor.FateOf(status, body));

    static Uri Api(Settings settings) => CloudAddress.Of(settings, Needed(settings, CloudAddress.Setting));

    static string Needed(Settings settings, string key) => settings[key] is { Length: > 0 } value ? value : throw new Refusal(RefusalKind.Conflict, "control.setting", key);

    // ---- Events ----

    /// <summary>3CX looks for JSON in the answer.</summary>
    public WebhookReply ReplyTo(Arrival arrival, Settings settings) => new(200, "application/json", "{}");

    public Translation Translate(Arrival arrival, Settings settings)
    {
        var told = JsonPart.Of(arrival);
        var type = told.Word("CallType");
        if (type is not ("inbound" or "outbound" or "missed" or "notanswered")) return Translation.Unreadable($"CallType '{Arrival.Clean(type, 40)}' is unknown");
        var start = told.Instant("CallStartTimeUTC") ?? throw new UnreadableException("CallStartTimeUTC is missing");
        var answered = type is "inbound" or "outbound" ? told.Instant("CallEstablishedTimeUTC") : null;
        var end = told.Instant("CallEndTimeUTC") ?? (answered ?? start).AddSeconds(Duration(told));
        var isIn = type is "inbound" or "missed";
        var outside = settings.Number(told.Text("Number"));
        var call = new CallKey(arrival.Connection, KeyOf(isIn, outside, start));
        var person = PersonIn(told, settings);
        var line = told.Text("DID") is { } did ? settings.Number(did) : null;

        var events = new List<CallEvent>
        {
            new CallStarted(call, start, isIn ? Direction.Inbound : Direction.Outbound, isIn ? outside : line, isIn ? line : outside, line?.E164, isIn ? null : person, isIn ? told.Text("Name") : null),
        };
        if (isIn && told.Text("QueueExtension") is { } queue) events.Add(new QueueJoined(call, start, settings.Queue(queue) ?? queue));
        var (leg, whom, role) = isIn ? (told.Text("Agent"), person ?? "", LegRole.Operator) : ("customer", outside.E164 ?? outside.Raw, LegRole.Outside);
        if (answered is { } at) events.Add(new AttemptAnswered(call, at, leg ?? "", whom, role));
        if (leg is not null) events.Add(new AttemptEnded(call, end, leg, answered is null ? AttemptResult.NotAnswered : AttemptResult.Answered, whom, role));
        if (told.Address("RecordingUrl") is { } recording) events.Add(new RecordingMade(call, end, recording));
        // That one telephone of a group missed it says nothing if another picked up.
        events.Add(new CallEnded(call, end, answered is null ? EndCause.NoAnswer : EndCause.Normal, told.Text("CallType")) { Presumed = type == "missed" });
        return Translation.Understood(events);
    }

    /// <summary>Whoever was rung, it is one call of that number that began in that second.</summary>
    static string KeyOf(bool isIn, PhoneNumber outside, DateTimeOffset start) => Convert.ToHexStringLower(SHA256.HashData(
        Encoding.UTF8.GetBytes($"{isIn}:{outside.E164 ?? outside.Raw}:{start.ToUnixTimeSeconds()}")).AsSpan(0, 12));

    static string? PersonIn(JsonPart told, Settings settings)
    {
        if (told.Text("Agent") is not { } extension) return null;
        if (settings.Person(extension) is var named && named != extension) return named;
        var name = $"{told.Text("AgentFirstName")} {told.Text("AgentLastName")}".Trim();
        return name.Length > 0 ? name : extension;
    }

    /// <summary>Hours, minutes and seconds.</summary>
    static double Duration(JsonPart told) =>
        TimeSpan.TryParseExact(told.Text("Duration"), @"hh\:mm\:ss", System.Globalization.CultureInfo.InvariantCulture, out var length) ? Math.Clamp(length.TotalSeconds, 0, SecondsMax) : 0;
}
