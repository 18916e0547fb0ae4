using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using CallCenter.Calls;
using CallCenter.Telephony.Wire;

namespace CallCenter.Telephony.Providers;

/// <summary>Yeastar P-Series: the members of a call whose state changed, and the record of a call that is over.</summary>
/// <remarks>
/// What changed carries no time, so its receipt counts. A member is an extension or the trunk's side, and the same word means
/// different things of who calls and who is called: <c>ANSWER</c> is the called side talking, <c>ANSWERED</c> the caller's side
/// having been picked up, by a queue as well. The path a member came by names the queue; the setting <c>queues</c> gives it a
/// name. The record's times are the phone system's own, without a zone. What is to be told must be ticked in its settings.
/// Its API answers 200 to whatever it is asked, and wants its token in the query, so no address that it is asked at is told to anybody.
/// https://help.yeastar.com/en/p-series-appliance-edition/developer-guide/
/// </remarks>
sealed class Yeastar : IWebhookProvider, ICanHangUp, IHandsOutTokens
{
    const string Header = "X-Signature";

    /// <summary>A clock that differs from ours by more is in another zone than the settings say.</summary>
    static readonly TimeSpan Believable = TimeSpan.FromMinutes(10);

    public ProviderInfo Info { get; } = new("yeastar", "Yeastar P-Series",
        new("secret", Secret: true, Required: true), new("country"), new("time_zone"), new("queues"), new("people"),
        Control.Switch, new(CloudAddress.Setting), new("client_id"), SettingInfo.Credential("client_secret"), Control.NumberForm, new("dial_prefix", Rare: true))
    {
        Proof = "HMAC-SHA256 of the body",
        Tells = Tells.Progress | Tells.Ringing | Tells.Queues | Tells.Operators | Tells.Holds | Tells.Transfers | Tells.Voicemail | Tells.Recordings,
    };

    public IReadOnlyList<string> ContentTypes { get; } = ["application/json"];

    public string ProofHeader(Settings settings) => Header;

    public bool IsAuthentic(Arrival arrival, Settings settings) =>
        Signature.ByAnySecret(settings, "secret", secret => Signature.IsHmacSha256(arrival.Header(Header), secret, arrival.Body.Span));

    // ---- Control ----

    public IReadOnlyList<string> ControlNeeds { get; } = [CloudAddress.Setting, "client_id", "client_secret"];

    /// <summary>A call has an id that is no channel's, and only channels are hung up.</summary>
    public bool IsCallTheFirstLeg => false;

    public TimeSpan TokenLasts => TimeSpan.FromMinutes(30);

    public DialString Telephone(string name, Settings settings) => DialString.Extension(settings.AddressOf(name) ?? name);

    public CloudRequest AskForToken(Settings settings) => Asking("get_token", new { username = Needed(settings, "client_id"), password = Needed(settings, "client_secret") }, settings);

    public string? WhyNoToken(JsonPart answer) => Fault(answer);

    public Order Place(Dialling wish, Settings settings) => Tell("dial", new { caller = wish.Telephone.Text, callee = Control.Dialled(wish.Number, settings) }, settings);

    public Order HangUp(DialString leg, Settings settings) => Tell("hangup", new { channel_id = leg.Text }, settings);

    static WebOrder Tell(string deed, object body, Settings settings) => new(Asking($"call/{deed}", body, settings) with { WantsToken = true, TokenField = "access_token" }, FateOf);

    static CloudRequest Asking(string what, object body, Settings settings) =>
        new CloudRequest(HttpMethod.Post, CloudAddress.With(CloudAddress.Of(settings, Needed(settings, CloudAddress.Setting)), $"/openapi/v1.0/{what}")) { ContentType = "application/json", Body = JsonSerializer.Serialize(body) }
            .With("User-Agent", "OpenAPI");

    /// <summary>A token that holds no more is known by its words only.</summary>
    static OrderAnswer FateOf(int status, string body)
    {
        var answer = CloudDoor.FateOf(status, body, told => told.Text("call_id"));
        if (answer.Fate != OrderFate.Taken) return answer;
        try
        {
            return Fault(JsonPart.Of(Encoding.UTF8.GetBytes(body), "the answer")) is not { } said ? answer
                : new(said.Contains("token", StringComparison.OrdinalIgnoreCase) ? OrderFate.NotPermitted : OrderFate.Refused, said);
        }
        catch (UnreadableException)
        {
            return answer;
        }
    }

    static string? Fault(JsonPart answer) => answer.Text("errcode") is { } code and not "0" ? answer.Text("errmsg") ?? code : null;

    static string Needed(Settings settings, string key) => settings[key] is { Length: > 0 } value ? value : throw new Refusal(RefusalKind.Conflict, "control.setting", key);

    // ---- Events ----

    public WebhookReply ReplyTo(Arrival arrival, Settings settings) => WebhookReply.Ok;

    public Translation Translate(Arrival arrival, Settings settings)
    {
        var body = JsonPart.Of(arrival);
        var type = body.Needed("type");
        if (type is "30005" or "30006" or "30007" or "30008" or "30009" or "30010" or "30020" or "30025" or "30026" or "30028" or "30029") return Translation.Ignored($"{type} is not about calls");
        if (type is not ("30011" or "30012" or "30013" or "30014" or "30015" or "30016")) return Translation.Unreadable($"type '{Arrival.Clean(type, 20)}' is unknown");
        // A text that holds JSON; relays unpack it.
        var told = body["msg"].IsObject ? body["msg"] : JsonPart.Of(Encoding.UTF8.GetBytes(body["msg"].Text(max: WebhookEndpoint.BodyMax) ?? ""), "msg");
        var call = new CallKey(arrival.Connection, told.Needed("call_id"));
        var events = (type switch
        {
            "30011" or "30016" => told["members"].Items.SelectMany(member => Changed(member, call, arrival.ReceivedAt, settings)),
            "30013" or "30014" => [new Transferred(call, arrival.ReceivedAt, type == "30013" ? TransferKind.Blind : TransferKind.Forward, null, null) { ToldAs = $"moved:{Hash(arrival)}" }],
            "30015" => [new CallEnded(call, arrival.ReceivedAt, EndCause.Failed, told.Text("reason")) { ToldAs = "failed" }],
            _ => Record(told, call, arrival, settings),
        }).ToList();
        return events.Count > 0 ? Translation.Understood(events) : Translation.Ignored($"{type} says nothing of who talks to whom") with { About = call.Id };
    }

    /// <summary>What tells one report of a kind from the next: its bytes, which a repetition shares.</summary>
    static string Hash(Arrival arrival) => Convert.ToHexStringLower(SHA256.HashData(arrival.Body.Span).AsSpan(0, 12));

    static IEnumerable<CallEvent> Changed(JsonPart member, CallKey call, DateTimeOffset at, Settings settings)
    {
        foreach (var side in (string[])["extension", "inbound", "outbound"])
            if (member[side] is { IsObject: true } told)
                foreach (var happened in side == "extension" ? Extension(told, call, at, settings) : Trunk(told, side == "inbound", call, at, settings))
                    yield return happened;
    }

    static IEnumerable<CallEvent> Extension(JsonPart told, CallKey call, DateTimeOffset at, Settings settings)
    {
        var (number, leg) = (told.Needed("number"), told.Text("channel_id") ?? told.Needed("number"));
        var person = settings.Person(number);
        foreach (var joined in Queue(told, call, at, settings)) yield return joined;
        switch (told.Word("member_status"))
        {
            case "alert": // he dialled, and hears it ring
                yield return new CallStarted(call, at, Direction.Internal, PhoneNumber.Internal(number), null, Operator: person) { Coarse = true, ToldAs = $"dials:{number}" };
                break;
            case "ring":
                yield return new AttemptStarted(call, at, leg, person) { ToldAs = $"ring:{leg}" };
                break;
            case "answer":
                yield return new AttemptAnswered(call, at, leg, person, LegRole.Operator);
                yield return new HoldEnded(call, at, leg);
                break;
            case "answered":
                yield return new HoldEnded(call, at, leg);
                break;
            case "hold":
                yield return new HoldStarted(call, at, leg);
                break;
            case "bye":
                yield return new AttemptEnded(call, at, leg, AttemptResult.NotAnswered) { ToldAs = $"bye:{leg}" };
                yield return new CallEnded(call, at, EndCause.Unknown) { Presumed = true, ToldAs = $"end:{leg}" };
                break;
        }
    }

    static IEnumerable<CallEvent> Trunk(JsonPart told, bool isInbound, CallKey call, DateTimeOffset at, Settings settings)
    {
        var leg = told.Text("channel_id") ?? "trunk";
        var (from, to) = (told.Text("from"), told.Text("to"));
        if (isInbound)
        {
            var line = settings.Number(to);
            yield return new CallStarted(call, at, Direction.Inbound, settings.Number(from), line, line.E164) { Leg = leg, ToldAs = "start" };
            foreach (var joined in Queue(told, call, at, settings)) yield return joined;
        }
        else
        {
            var outside = settings.Number(to);
            yield return new CallStarted(call, at, Direction.Outbound, from is null ? null : PhoneNumber.Internal(from), outside, Operator: from is null ? null : settings.Person(from)) { Leg = leg, ToldAs = "start" };
            var name = outside.E164 ?? outside.Raw;
            if (told.Word("member_status") is "ring" or "alert") yield return new AttemptStarted(call, at, leg, name, LegRole.Outside) { ToldAs = $"ring:{leg}" };
            if (told.Word("member_status") is "answer") yield return new AttemptAnswered(call, at, leg, name, LegRole.Outside) { ToldAs = $"answer:{leg}" };
            if (told.Word("member_status") is "bye") yield return new AttemptEnded(call, at, leg, AttemptResult.NotAnswered) { ToldAs = $"bye:{leg}" };
        }

        if (told.Word("member_status") == "bye") yield return new CallEnded(call, at, EndCause.Unknown) { Leg = leg, ToldAs = $"end:{leg}" };
    }

    static IEnumerable<CallEvent> Queue(JsonPart told, CallKey call, DateTimeOffset at, Settings settings)
    {
        if (told.Text("call_path") is { } path) yield return new QueueJoined(call, at, settings.Queue(path) ?? path) { ToldAs = $"queue:{path}" };
    }

    /// <summary>Where a call passed a queue there may be a record for it and one for who answered; the one with an answer counts.</summary>
    static IEnumerable<CallEvent> Record(JsonPart told, CallKey call, Arrival arrival, Settings settings)
    {
        var received = arrival.ReceivedAt;
        var start = told.Instant("time_start", settings.TimeZone, received);
        var end = start?.AddSeconds(Math.Clamp(told.Number("call_duration") ?? 0, 0, 86_400));
        if (end is not { } written || (written - received).Duration() > Believable) (start, end) = (null, received);

        var direction = told.Word("type") switch { "inbound" => Direction.Inbound, "outbound" => Direction.Outbound, "internal" => Direction.Internal, _ => Direction.Unknown };
        var (from, to, did) = (told.Text("call_from"), told.Text("call_to"), told.Text("did_number"));
        yield return new CallStarted(call, start ?? end.Value, direction,
            direction == Direction.Inbound ? settings.Number(from) : from is null ? null : PhoneNumber.Internal(from),
            direction == Direction.Outbound ? settings.Number(to) : direction == Direction.Internal && to is not null ? PhoneNumber.Internal(to) : did is null ? null : settings.Number(did),
            did is null ? null : settings.Number(did).E164, direction == Direction.Inbound || from is null ? null : settings.Person(from))
        { Coarse = true };
        var status = told.Word("status");
        var talk = Math.Clamp(told.Number("talk_duration") ?? 0, 0, 86_400);
        if (status.StartsWith("answer", StringComparison.Ordinal) && talk > 0 && to is not null && settings.Queue(to) is null)
            yield return new AttemptAnswered(call, end.Value.AddSeconds(-talk), "", direction == Direction.Outbound ? null : settings.Person(to),
                direction == Direction.Outbound ? LegRole.Outside : LegRole.Operator)
            { Coarse = true };
        if (status == "voicemail") yield return new VoicemailLeft(call, end.Value) { ToldAs = "voicemail" };
        if (told.Address("recording") is { } recording) yield return new RecordingMade(call, end.Value, recording) { ToldAs = $"recording:{recording}" };
        var cause = status switch
        {
            "no answer" or "voicemail" => EndCause.NoAnswer,
            "busy" => EndCause.Busy,
            "failed" => EndCause.Failed,
            _ => EndCause.Normal,
        };
        yield return new CallEnded(call, end.Value, cause, told.Text("status")) { ToldAs = $"record:{told.Text("uid")}:{status}" };
    }
}
