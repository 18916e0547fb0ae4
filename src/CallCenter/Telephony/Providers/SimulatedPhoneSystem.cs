using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using CallCenter.Calls;

namespace CallCenter.Telephony.Providers;

/// <summary>
/// A phone system that does not exist, for trials: one signed JSON POST for each thing that happens to a call. What
/// <c>callcenter simulate</c> and <c>serve --demo</c> send.
/// </summary>
/// <remarks>Its messages carry their own instant, so late and repeated ones say the same as in time. See docs/demo.md.</remarks>
sealed class SimulatedPhoneSystem : IWebhookProvider
{
    /// <summary>Carries <c>sha256=</c> and the HMAC-SHA256 of the body in hexadecimal.</summary>
    public const string SignatureHeader = "X-Simulator-Signature";

    public const string Id = "simulator";

    const int WordMax = 100;

    static readonly JsonSerializerOptions Writing = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public ProviderInfo Info { get; } = new(Id, "Simulator",
        new SettingInfo("secret", Secret: true, Required: true, Generated: true), new SettingInfo("country", Default: "ES"))
    {
        Proof = "HMAC-SHA256 of the body",
        Tells = Tells.Progress | Tells.Ringing | Tells.Queues | Tells.Operators | Tells.Holds | Tells.Transfers | Tells.Parking | Tells.Voicemail,
    };

    public IReadOnlyList<string> ContentTypes { get; } = ["application/json"];

    public bool IsAuthentic(Arrival arrival, Settings settings) =>
        Signature.ByAnySecret(settings, "secret", secret => Signature.IsHmacSha256(arrival.Header(SignatureHeader), secret, arrival.Body.Span));

    public string? ProofHeader(Settings settings) => SignatureHeader;

    public Translation Translate(Arrival arrival, Settings settings)
    {
        var told = arrival.Read<Message>().Cleaned();
        if (told.Type == "heartbeat") return Translation.Ignored("a sign of life, about no call");

        if (told.Call is not { Length: > 0 } id) throw new UnreadableException("no call");
        if (told.At is not { Year: >= 2000 and < 2100 } given) throw new UnreadableException("no instant");
        var (call, at) = (new CallKey(arrival.Connection, id), ToMilliseconds(given));
        CallEvent? happened = told.Type switch
        {
            "call.started" => Started(told, call, at, settings),
            "queue.joined" => new QueueJoined(call, at, Require(told.Queue, "queue")),
            "queue.left" => new QueueLeft(call, at, Require(told.Queue, "queue"), Word<QueueExit>(told.Result)),
            "leg.ringing" => new AttemptStarted(call, at, Require(told.Leg, "leg"), Require(told.Who, "who"), Role(told)),
            "leg.answered" => new AttemptAnswered(call, at, Require(told.Leg, "leg"), told.Who, Role(told)),
            "leg.ended" => new AttemptEnded(call, at, Require(told.Leg, "leg"), Word<AttemptResult>(told.Result)),
            "leg.held" => new HoldStarted(call, at, Require(told.Leg, "leg")),
            "leg.resumed" => new HoldEnded(call, at, Require(told.Leg, "leg")),
            "call.parked" => new Parked(call, at, told.Who),
            "call.retrieved" => new Retrieved(call, at, told.Who),
            "call.transferred" => new Transferred(call, at, Word<TransferKind>(told.Result), told.From, told.To),
            "call.voicemail" => new VoicemailLeft(call, at),
            "call.ended" => new CallEnded(call, at, Word<EndCause>(told.Result), told.Result),
            _ => null,
        };
        return happened is null ? Translation.Unreadable($"type '{told.Type}'") with { About = id } : happened with { Order = told.Seq };
    }

    /// <summary>The word this phone system writes for one of ours.</summary>
    public static string Spell<T>(T word) where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(word.ToString());

    public static ReadOnlyMemory<byte> Write(Message told) => JsonSerializer.SerializeToUtf8Bytes(told, Writing);

    public static string Sign(string secret, ReadOnlyMemory<byte> body) =>
        "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), body.Span));

    static CallStarted Started(Message told, CallKey call, DateTimeOffset at, Settings settings)
    {
        var direction = Word<Direction>(told.Result);
        PhoneNumber Inside(string? number) => PhoneNumber.Internal(Require(number, "number"));
        return new CallStarted(call, at, direction,
            direction is Direction.Outbound or Direction.Internal ? Inside(told.From) : settings.Number(told.From),
            direction is Direction.Internal ? Inside(told.To) : settings.Number(told.To),
            told.Line, direction is Direction.Inbound ? null : told.Who, told.Name);
    }

    static LegRole Role(Message told) => told.Role is null ? LegRole.Operator : Word<LegRole>(told.Role);

    static DateTimeOffset ToMilliseconds(DateTimeOffset at) => DateTimeOffset.FromUnixTimeMilliseconds(at.ToUnixTimeMilliseconds());

    static string Require(string? value, string what) => value is { Length: > 0 } ? value : throw new UnreadableException($"no {what}");

    static T Word<T>(string? word) where T : struct, Enum
    {
        foreach (var known in Enum.GetValues<T>())
            if (Spell(known) == word) return known;
        throw new UnreadableException($"'{word}' is no {typeof(T).Name.ToLower(CultureInfo.InvariantCulture)}");
    }

    /// <summary>One thing that happened to a call.</summary>
    /// <param name="At">When, with offset.</param>
    /// <param name="Seq">Counts the messages of the call in the order in which they happened.</param>
    /// <param name="Who">An extension; for a telephone outside the number dialled, for parking the place.</param>
    /// <param name="Result">How: the direction of a call that starts, the kind of a transfer, why a leg, a queue or a call was left.</param>
    public sealed record Message(
        string Type, string? Call = null, DateTimeOffset? At = null, int Seq = 0, string? From = null, string? To = null, string? Line = null,
        string? Name = null, string? Queue = null, string? Leg = null, string? Who = null, string? Role = null, string? Result = null)
    {
        public Message Cleaned()
        {
            static string? Clean(string? text) => text is null ? null : Arrival.Clean(text, WordMax);
            return this with
            {
                Type = Arrival.Clean(Type, WordMax),
                Call = Clean(Call),
                From = Clean(From),
                To = Clean(To),
                Line = Clean(Line),
                Name = Clean(Name),
                Queue = Clean(Queue),
                Leg = Clean(Leg),
                Who = Clean(Who),
                Role = Clean(Role),
                Result = Clean(Result),
            };
        }
    }
}
