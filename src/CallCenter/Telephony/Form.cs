using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;

namespace CallCenter.Telephony;

/// <summary>
/// Fields of an <c>application/x-www-form-urlencoded</c> body or a query, in the order in which they came. Names are told
/// apart by case, as signatures over them do. Odd bytes make odd values, never an exception.
/// </summary>
/// <param name="loose">Names compare without case and underscores: one vocabulary written in two ways.</param>
sealed class Form(IReadOnlyList<(string Name, string Value)> fields, bool loose = false)
{
    const int FieldsMax = 1000;
    const int AddressMax = 2000;

    public static readonly Form Empty = new([]);

    /// <summary>The first value of that name; empty when there is none, as many senders write nothing for nothing.</summary>
    public string this[string name]
    {
        get
        {
            foreach (var field in fields)
                if (Is(field.Name, name)) return field.Value;
            return "";
        }
    }

    public bool Has(string name) => this[name].Length > 0;

    /// <summary>The value fit to be kept; null when there is none.</summary>
    public string? Text(string name) => Arrival.Clean(this[name]) is { Length: > 0 } text ? text : null;

    /// <summary>As <see cref="Text"/>, with room for all that signs an address.</summary>
    public string? Address(string name) => Arrival.Clean(this[name], AddressMax) is { Length: > 0 } text ? text : null;

    public double? Number(string name) => double.TryParse(this[name], NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : null;

    /// <exception cref="UnreadableException">Something is there, and it is no time.</exception>
    public DateTimeOffset? Instant(string name) => WrittenTime.Of(Text(name), name, TimeZoneInfo.Utc, default);

    /// <summary>A time without an offset is one of the zone.</summary>
    /// <exception cref="UnreadableException">Something is there, and it is no time.</exception>
    public DateTimeOffset? Instant(string name, TimeZoneInfo zone, DateTimeOffset received) => WrittenTime.Of(Text(name), name, zone, received);

    /// <summary>It was sent, if only with nothing in it.</summary>
    public bool Names(string name) => fields.Any(field => Is(field.Name, name));

    public static bool IsForm(Arrival arrival) =>
        arrival.Header("Content-Type")?.TrimStart().StartsWith("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase) == true;

    /// <summary>These fields, and others before them.</summary>
    public Form With(params ReadOnlySpan<(string Name, string Value)> more) => new([.. more, .. fields], loose);

    /// <summary>A name or a value as it stands in such a body.</summary>
    public static string Encoded(string text) => Uri.EscapeDataString(text).Replace("%20", "+", StringComparison.Ordinal);

    public static Form Of(ReadOnlySpan<byte> body) => Parse(Encoding.UTF8.GetString(body));

    public static Form OfQuery(string url) => url.IndexOf('?') is >= 0 and var mark ? Parse(url[(mark + 1)..]) : Empty;

    /// <summary>All fields in the order of their names and values, as signatures over them are made.</summary>
    public string Sorted(string between, string after) => string.Join(after, fields.OrderBy(field => field.Name, StringComparer.Ordinal).ThenBy(field => field.Value, StringComparer.Ordinal)
        .Select(field => field.Name + between + field.Value));

    /// <summary>Every name followed by its value, names in ordinal order, values of one name once each: what Twilio signs.</summary>
    public string Signed()
    {
        var text = new StringBuilder();
        foreach (var (name, value) in fields.Distinct().OrderBy(field => field.Name, StringComparer.Ordinal).ThenBy(field => field.Value, StringComparer.Ordinal))
            text.Append(name).Append(value);
        return text.ToString();
    }

    /// <summary>The texts, numbers and truths of one JSON object.</summary>
    /// <exception cref="UnreadableException">A text that no screen could show.</exception>
    public static Form Of(JsonElement json)
    {
        var fields = new List<(string, string)>();
        try
        {
            foreach (var field in json.EnumerateObject())
                if (field.Value.ValueKind is JsonValueKind.String) fields.Add((field.Name, field.Value.GetString()!));
                else if (field.Value.ValueKind is not JsonValueKind.Null) fields.Add((field.Name, field.Value.GetRawText()));
        }
        catch (InvalidOperationException)
        {
            throw new UnreadableException("a text that is not Unicode"); // half of a surrogate pair, written as an escape
        }

        return new(fields, loose: true);
    }

    bool Is(string told, string name)
    {
        if (!loose) return told == name;
        var at = 0;
        foreach (var letter in told)
        {
            if (letter == '_') continue;
            while (at < name.Length && name[at] == '_') at++;
            if (at == name.Length || char.ToLowerInvariant(letter) != char.ToLowerInvariant(name[at++])) return false;
        }

        return name.AsSpan(at).IndexOfAnyExcept('_') < 0;
    }

    static Form Parse(string text)
    {
        var fields = new List<(string, string)>();
        foreach (var part in text.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            if (fields.Count == FieldsMax) break; // nobody sends so many; a signature over more of them will not hold
            var mark = part.IndexOf('=');
            fields.Add(mark < 0 ? (WebUtility.UrlDecode(part), "") : (WebUtility.UrlDecode(part[..mark]), WebUtility.UrlDecode(part[(mark + 1)..])));
        }

        return new(fields);
    }
}
