using CallCenter.Calls;
using CallCenter.Telephony.Wire;

namespace CallCenter.Telephony;

/// <summary>One thing an administrator fills in to connect a phone system.</summary>
/// <param name="Key">As in <c>callcenter connection add --set key=value</c>.</param>
/// <param name="Secret">Protected where it rests, masked on screen, rotated with an overlap (<c>key</c> and <c>key_previous</c> both hold).</param>
/// <param name="Generated">We make it up, the administrator copies it to the phone system.</param>
/// <param name="Rare">Most leave it alone; the form keeps it out of the way.</param>
sealed record SettingInfo(string Key, bool Secret = false, bool Required = false, bool Generated = false, string Default = "", bool Rare = false)
{
    /// <summary>
    /// Proves us to the phone system, where a secret else proves the phone system to us: its API takes only the one that holds
    /// now, so there is no overlap.
    /// </summary>
    public bool ProvesUs { get; init; }

    /// <summary>A credential for the phone system's API.</summary>
    public static SettingInfo Credential(string key) => new(key, Secret: true) { ProvesUs = true };

    /// <summary>The only values there are; empty where anything may stand.</summary>
    public IReadOnlyList<string> Choices { get; init; } = [];
}

/// <summary>A kind of phone system.</summary>
/// <param name="Id">As in <c>--provider</c>; lower case.</param>
/// <param name="Name">The name its makers use.</param>
sealed record ProviderInfo(string Id, string Name, params SettingInfo[] Settings)
{
    /// <summary>How what arrives proves where it comes from, in a few words.</summary>
    public required string Proof { get; init; }

    /// <summary>When everything is switched on there that can be.</summary>
    public required Tells Tells { get; init; }
}

/// <summary>What a phone system can say of a call besides who called whom and how it ended.</summary>
[Flags]
enum Tells
{
    Nothing = 0,

    /// <summary>While it goes on, not only when it is over.</summary>
    Progress = 1,

    /// <summary>Which queue, and since when; so how long the caller waited in it.</summary>
    Queues = 2,

    /// <summary>Whose telephones rang and who answered.</summary>
    Operators = 4,
    Holds = 8,
    Transfers = 16,
    Parking = 32,
    Voicemail = 64,
    Recordings = 128,

    /// <summary>When a telephone begins to ring, not only that it did.</summary>
    Ringing = 256,
}

/// <summary>Knows one kind of phone system. All are found by their type; there is no list to add to.</summary>
interface IProvider
{
    ProviderInfo Info { get; }

    /// <summary>What is wrong with these settings, in sentences for who fills them in; empty when they can work.</summary>
    IReadOnlyList<string> Problems(Settings settings) => SettingProblems.Of(Info, settings);
}

/// <summary>What can be wrong with the settings of any phone system.</summary>
static class SettingProblems
{
    public static IReadOnlyList<string> Of(ProviderInfo info, Settings settings)
    {
        var problems = new List<string>();
        foreach (var setting in info.Settings)
            if (setting.Required && settings[setting.Key].Length == 0) problems.Add($"{setting.Key} is missing");
        if (settings["country"] is { Length: > 0 } country && !PhoneNumber.IsCountry(country))
            problems.Add($"country '{country}' is unknown; write two letters, such as ES");
        if (settings["time_zone"] is { Length: > 0 } zone && !TimeZoneInfo.TryFindSystemTimeZoneById(zone, out _))
            problems.Add($"time_zone '{zone}' is unknown; write one such as Europe/Madrid");
        DialString.Check(info, settings, problems);
        return problems;
    }
}

/// <summary>A phone system that sends requests. Pure: opens nothing, waits for nothing, keeps nothing.</summary>
interface IWebhookProvider : IProvider
{
    /// <summary>Media types it sends, e.g. <c>application/json</c>; others are answered 415.</summary>
    IReadOnlyList<string> ContentTypes { get; }

    /// <summary>
    /// The answer to a question that only makes sure that somebody lives at this address, before anything is proved. It is
    /// given to whoever asks, so it must tell him nothing that he did not send; null for everything else.
    /// </summary>
    WebhookReply? Greet(Arrival arrival, Settings settings) => null;

    /// <summary>Times are compared with <see cref="Arrival.ReceivedAt"/>.</summary>
    bool IsAuthentic(Arrival arrival, Settings settings);

    /// <summary>The header that carries the proof of origin, so that a person can be told that it is missing; null when there is none.</summary>
    string? ProofHeader(Settings settings) => null;

    /// <summary>May throw <see cref="UnreadableException"/>; nothing else, whatever the bytes.</summary>
    Translation Translate(Arrival arrival, Settings settings);

    /// <summary>The answer it waits for; null is 204 without a body. May throw as <see cref="Translate"/>.</summary>
    WebhookReply? ReplyTo(Arrival arrival, Settings settings) => null;
}

/// <summary>A phone system that nobody has described: an administrator says where things stand and what its words mean.</summary>
interface IMappedProvider : IWebhookProvider
{
    /// <summary>What can be pointed at; <c>map.{field}</c> holds where it stands.</summary>
    IReadOnlyList<string> Fields { get; }

    /// <summary>By field, the words that ours can be; <c>value.{field}.{theirs}</c> holds which of them theirs means.</summary>
    IReadOnlyDictionary<string, string[]> Words { get; }

    /// <summary>The setting belongs to the mapping, not to how the two systems reach each other.</summary>
    bool IsMapping(string key);
}

/// <param name="ContentType">Empty when there is no body.</param>
sealed record WebhookReply(int Status, string ContentType, string Body)
{
    /// <summary>200 and nothing more, for those who take no other 2xx for an answer.</summary>
    public static readonly WebhookReply Ok = new(200, "", "");

    public IReadOnlyDictionary<string, string> Headers { get; init; } = Arrival.NoHeaders;
}

/// <summary>
/// A phone system that we connect to and listen to. Messages speak of channels and bridges, so translating needs what
/// was heard before: an explicit state that only the translator reads and writes.
/// </summary>
interface IStreamProvider : IProvider
{
    /// <summary>A state that has heard nothing.</summary>
    object Begin(string connection, Settings settings);

    /// <summary>
    /// Could say something of a call. What cannot is counted by who reads the link and not even queued, so this decides
    /// by a look at the first bytes.
    /// </summary>
    bool Matters(ReadOnlySpan<byte> message);

    /// <summary>
    /// The calls that last, once a snapshot has settled what happened while nobody listened; null before that. No other
    /// call of this connection lasts, whatever the log says.
    /// </summary>
    IReadOnlyCollection<CallKey>? Lasting(object state);

    /// <summary>The line protocol it speaks. The link opens the socket, not the provider.</summary>
    Task<ILink> Connect(Settings settings, LineLimits limits, TimeProvider clock, CancellationToken stop);

    /// <summary>What one item means after all before it. Pure but for <paramref name="state"/>; never throws on odd content.</summary>
    Translation Translate(object state, StreamItem item);
}

enum StreamMark
{
    /// <summary>A message arrived; see <see cref="StreamItem.Message"/>.</summary>
    Message,

    /// <summary>The link is up (again); a snapshot follows.</summary>
    Connected,

    /// <summary>The link went down; until the next snapshot nothing is known.</summary>
    Lost,
}

/// <param name="Link">Counts the links of one connection, so that what a lost link left half-said is not mixed with the next.</param>
/// <param name="Message">The bytes of one framed message, or empty for a mark.</param>
readonly record struct StreamItem(DateTimeOffset At, int Link, StreamMark Mark, ReadOnlyMemory<byte> Message);
