using System.Collections.Frozen;
using System.Text;
using System.Text.Json;
using CallCenter.Calls;

namespace CallCenter.Telephony;

/// <summary>What a phone system sent, as it arrived: one webhook request or one message of a direct connection.</summary>
/// <param name="Connection">Id of the connection it came through.</param>
/// <param name="ReceivedAt">UTC. The only clock for phone systems whose messages carry no time.</param>
/// <param name="Url">For webhooks the public address as the phone system was given it, query included; else empty.</param>
/// <param name="Headers">Names compare without case.</param>
public sealed record Arrival(
    string Connection,
    DateTimeOffset ReceivedAt,
    string Method,
    string Url,
    IReadOnlyDictionary<string, string> Headers,
    ReadOnlyMemory<byte> Body)
{
    public static readonly IReadOnlyDictionary<string, string> NoHeaders =
        FrozenDictionary<string, string>.Empty;

    /// <summary>In place of the method: nobody sent it, we asked for it in the phone system's own log.</summary>
    public const string Logged = "LOG";

    public bool IsLogged => Method == Logged;

    static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        MaxDepth = 32,
        NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowReadingFromString,
    };

    public string? Header(string name) => Headers.GetValueOrDefault(name);

    public string Text => Encoding.UTF8.GetString(Body.Span);

    /// <summary>A word that a stranger may have typed, fit for any database and screen: without control characters, not endless.</summary>
    public static string Clean(string text, int max = 200)
    {
        text = text.Trim();
        if (text.Length > max) text = char.IsHighSurrogate(text[max - 1]) ? text[..(max - 1)] : text[..max];
        return text.Any(char.IsControl) ? string.Concat(text.Where(letter => !char.IsControl(letter))) : text;
    }

    /// <summary>The body as JSON. Throws <see cref="UnreadableException"/> with a reason a person understands.</summary>
    public T Read<T>()
    {
        try
        {
            return JsonSerializer.Deserialize<T>(Body.Span, Json) ?? throw new UnreadableException("the body is null");
        }
        catch (JsonException e)
        {
            throw new UnreadableException($"not the JSON expected at {e.Path ?? "$"}, line {e.LineNumber + 1}");
        }
    }
}

/// <summary>Thrown inside a translation; becomes the verdict <see cref="Verdict.Unreadable"/> with this reason.</summary>
sealed class UnreadableException(string reason) : Exception(reason);

public enum Verdict
{
    Understood,
    Ignored,
    Unreadable,

    /// <summary>Refused before it was read: the proof of its origin was wrong. Only the fact is kept, not the body.</summary>
    Rejected,
}

/// <summary>What we make of an arrival: call events, or why not.</summary>
sealed record Translation(Verdict Verdict, string? Reason, IReadOnlyList<CallEvent> Events)
{
    /// <summary>The call it speaks of, when it is known although nothing of it became an event.</summary>
    public string? About { get; init; } = Events.Count > 0 ? Events[0].Call.Id : null;

    /// <summary>What it says besides of those who take calls of queues.</summary>
    public IReadOnlyList<MemberWord> Members { get; init; } = [];

    /// <summary>Who is in the queues, where that is another than before.</summary>
    public QueueRoll? Roll { get; init; }

    public static Translation Understood(params IReadOnlyList<CallEvent> events) => new(Verdict.Understood, null, events);

    public static Translation Ignored(string because) => new(Verdict.Ignored, because, []);

    public static Translation Unreadable(string because) => new(Verdict.Unreadable, because, []);

    /// <summary>
    /// One verdict for an arrival that says several things. What was understood counts even if the rest cannot be read; the
    /// rest is translated again with the whole, which changes nothing that is known.
    /// </summary>
    public static Translation Together(IEnumerable<Translation> parts)
    {
        var all = parts.ToList();
        var events = all.SelectMany(part => part.Events).ToList();
        var about = all.Find(part => part.About is not null)?.About;
        if (all.Find(part => part.Verdict == Verdict.Unreadable) is { } unreadable)
            return new(Verdict.Unreadable, all.Count == 1 ? unreadable.Reason : $"{all.Count(part => part.Verdict == Verdict.Unreadable)} of {all.Count}: {unreadable.Reason}", events) { About = about };
        return events.Count > 0 ? Understood(events) : Ignored(all.Count > 0 ? all[0].Reason ?? "" : "it is empty") with { About = about };
    }

    public static implicit operator Translation(CallEvent only) => Understood(only);
}

/// <summary>The settings of a connection: words a person typed, by key. Secrets among them are protected where they rest.</summary>
public sealed class Settings(IReadOnlyDictionary<string, string> values)
{
    public static readonly Settings Empty = new(new Dictionary<string, string>());

    public string this[string key] => values.GetValueOrDefault(key) ?? "";

    public IReadOnlyDictionary<string, string> Values => values;

    /// <summary>Home country for national numbers, ISO 3166-1 alpha-2; Spain when not set.</summary>
    public string Country => this["country"] is { Length: 2 } country ? country.ToUpperInvariant() : "ES";

    /// <summary>Zone of times that the phone system writes without offset; UTC when not set.</summary>
    public TimeZoneInfo TimeZone => zone ??= this["time_zone"] is { Length: > 0 } id ? TimeZoneInfo.FindSystemTimeZoneById(id) : TimeZoneInfo.Utc;

    TimeZoneInfo? zone;

    public IReadOnlySet<string> Trunks => trunks ??= SetOf("trunks");

    IReadOnlySet<string>? trunks;

    /// <summary>The company's own numbers.</summary>
    public IReadOnlySet<string> Lines => lines ??= SetOf("lines");

    IReadOnlySet<string>? lines;

    /// <summary>One of the company's own numbers, however it is written.</summary>
    public bool IsLine(PhoneNumber? number) => number is not null
        && (Lines.Contains(number.Raw) || number.E164 is not null && (lineNumbers ??= Lines.Select(line => Number(line).E164).OfType<string>().ToFrozenSet()).Contains(number.E164));

    IReadOnlySet<string>? lineNumbers;

    /// <summary>A number from outside; reads withheld marks and national forms.</summary>
    public PhoneNumber Number(string? raw) => PhoneNumber.Parse(raw, Country);

    /// <summary>What people call somebody whom the phone system knows by an id: <c>people=456=Ana Ruiz, 457=Luis Sanz</c>.</summary>
    public string Person(string id) => (people ??= NamesOf("people")).GetValueOrDefault(id, id);

    IReadOnlyDictionary<string, string>? people;

    /// <summary>
    /// Whose telephone an address is: one listed in <c>people</c>, or a <c>sip:</c> or <c>client:</c> address, which is one
    /// of the company's unless it is a number at a carrier's. Null for strangers.
    /// </summary>
    public string? PersonAt(string? address)
    {
        if (string.IsNullOrEmpty(address)) return null;
        var known = people ??= NamesOf("people");
        if (known.TryGetValue(address, out var listed)) return listed;
        var scheme = SchemeOf(address);
        var user = scheme == 0 ? address : Arrival.Clean(address[scheme..].Split('@', ';', '?')[0]);
        if (scheme > 0 && !user.StartsWith('+')) return known.GetValueOrDefault(user, user);
        if (known.Count == 0 || Number(user).E164 is not { } number) return null;
        return known.GetValueOrDefault(number) ?? known.GetValueOrDefault(number[1..]);
    }

    /// <summary>The number or address of somebody who is listed in <c>people</c>; null for strangers.</summary>
    public string? AddressOf(string person) => (people ??= NamesOf("people")).FirstOrDefault(listed => listed.Value == person).Key;

    /// <summary>The id of somebody in another list of names, such as <c>devices=802636634016=Ana Ruiz</c>; null for strangers.</summary>
    public string? IdOf(string list, string person) => NamesOf(list).FirstOrDefault(listed => listed.Value == person).Key;

    static int SchemeOf(string address)
    {
        foreach (var scheme in (ReadOnlySpan<string>)["client:", "sip:", "sips:"])
            if (address.StartsWith(scheme, StringComparison.OrdinalIgnoreCase)) return scheme.Length;
        return 0;
    }

    /// <summary>A list of ids has this one in it.</summary>
    public bool IsListed(string key, string id) => SetOf(key).Contains(id);

    /// <summary>The name of a queue (<c>queues=6400=Ventas, 6401</c>; without a name it is its id); null for what is not listed.</summary>
    public string? Queue(string id) => (queues ??= NamesOf("queues")).GetValueOrDefault(id);

    IReadOnlyDictionary<string, string>? queues;

    IReadOnlySet<string> SetOf(string key) =>
        this[key].Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    FrozenDictionary<string, string> NamesOf(string key) => SetOf(key)
        .Select(entry => entry.Split('=', 2, StringSplitOptions.TrimEntries)).DistinctBy(entry => entry[0])
        .ToFrozenDictionary(entry => entry[0], entry => entry[^1]);
}
