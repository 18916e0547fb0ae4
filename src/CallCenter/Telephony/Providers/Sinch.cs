using System.Security.Cryptography;
using System.Text;
using CallCenter.Calls;

namespace CallCenter.Telephony.Providers;

/// <summary>Sinch Voice: the callbacks of a call that came in, was answered and is over.</summary>
/// <remarks>
/// Who answers is only named when the call is over. The callback of a call that comes in asks what to do with it, and without an
/// answer in its own language the call is dropped: so the program that answers passes its callbacks on to us.
/// https://developers.sinch.com/docs/voice/api-reference/authentication/callback-signed-request/
/// </remarks>
sealed class Sinch : IWebhookProvider
{
    const string Scheme = "application ", TimeHeader = "x-timestamp", Callee = "callee";
    const double SecondsMax = 7 * 24 * 3600;

    public ProviderInfo Info { get; } = new("sinch", "Sinch Voice",
        new("application_secret", Secret: true, Required: true), new("country"), new("lines"), new("people"))
    {
        Proof = "HMAC-SHA256 of body, time and path",
        Tells = Tells.Progress | Tells.Operators,
    };

    public IReadOnlyList<string> ContentTypes { get; } = ["application/json"];

    public string ProofHeader(Settings settings) => "Authorization";

    public bool IsAuthentic(Arrival arrival, Settings settings)
    {
        try
        {
            if (arrival.Header("Authorization") is not { } given || !given.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) || given.IndexOf(':') is not (> 0 and var colon)
                || WrittenTime.Of(arrival.Header(TimeHeader), TimeHeader, TimeZoneInfo.Utc, arrival.ReceivedAt) is not { } at || (at - arrival.ReceivedAt).Duration() > Signature.Tolerance
                || !Uri.TryCreate(arrival.Url, UriKind.Absolute, out var url)) return false;
            var signed = Encoding.UTF8.GetBytes($"{arrival.Method}\n{HashOf(arrival.Body.Span)}\n{arrival.Header("Content-Type")}\n{TimeHeader}:{arrival.Header(TimeHeader)}\n{url.AbsolutePath}");
            return Signature.ByAnySecret(settings, "application_secret", secret => Signature.IsHmacSha256(given[(colon + 1)..], KeyOf(secret), signed));
        }
        catch (UnreadableException)
        {
            return false;
        }
    }

#pragma warning disable CA5351 // the scheme is Sinch's
    static string HashOf(ReadOnlySpan<byte> body) => body.IsEmpty ? "" : Convert.ToBase64String(MD5.HashData(body));
#pragma warning restore CA5351

    /// <summary>Written in base64; what is none proves nothing.</summary>
    static byte[] KeyOf(string secret)
    {
        var key = new byte[secret.Length];
        return Convert.TryFromBase64String(secret, key, out var written) ? key[..written] : [];
    }

    public WebhookReply ReplyTo(Arrival arrival, Settings settings) => new(200, "application/json", "{}");

    public Translation Translate(Arrival arrival, Settings settings)
    {
        var told = JsonPart.Of(arrival);
        var happened = told.Word("event");
        var call = new CallKey(arrival.Connection, told.Needed("callid"));
        var at = told.Instant("timestamp") ?? arrival.ReceivedAt;
        return happened switch
        {
            "ice" => new LegNews(call, call.Id, at, LegNews.InFull(told.Text("cli")) ?? "", LegNews.InFull(told["to"].Text("endpoint")), settings).CameIn() with { Leg = null },
            "ace" => new AttemptAnswered(call, at, Callee, "", LegRole.Operator) { Coarse = true, ToldAs = "answer~" },
            "dice" => Over(told, call, at, settings),
            "pie" or "notify" => Translation.Ignored($"{happened} says nothing of who talks to whom") with { About = call.Id },
            _ => Translation.Unreadable($"event '{Arrival.Clean(happened, 40)}' is unknown"),
        };
    }

    static Translation Over(JsonPart told, CallKey call, DateTimeOffset at, Settings settings)
    {
        var (result, reason) = (told.Word("result"), told.Word("reason"));
        var (from, to) = (LegNews.InFull(told.Text("from")), LegNews.InFull(told["to"].Text("endpoint")));
        var leg = new LegNews(call, Callee, at, from, to, settings);
        // Of a call that came in this says less than its own callback; of one we placed it is all there is.
        var events = new List<CallEvent> { (from is not null && settings.IsLine(settings.Number(from)) ? leg.WentOut() : leg.WentOut() with { Direction = Direction.Unknown, From = null, To = null, Line = null }) with { Leg = null } };
        var isTelephone = to is not null && !settings.IsLine(settings.Number(to));
        if (result == "answered" && isTelephone && told.Number("duration") is >= 0 and <= SecondsMax and var talk) events.Add(leg.Answers() with { At = at.AddSeconds(-talk) });
        var (attempt, cause) = (result, reason) switch
        {
            ("answered", _) => (AttemptResult.Answered, EndCause.Normal),
            ("busy", _) => (AttemptResult.Busy, EndCause.Busy),
            (_, "cancel" or "callerhangup") => (AttemptResult.Cancelled, EndCause.Cancelled),
            ("noanswer", _) => (AttemptResult.NotAnswered, EndCause.NoAnswer),
            (_, "blocked") => (AttemptResult.Declined, EndCause.NoAnswer),
            ("failed", _) => (AttemptResult.Failed, EndCause.Failed),
            _ => (AttemptResult.NotAnswered, EndCause.Unknown),
        };
        if (isTelephone) events.Add(leg.Stops(attempt));
        events.Add(new CallEnded(call, at, cause, $"{told.Text("result")} {told.Text("reason")}".Trim()));
        return Translation.Understood(events);
    }
}
