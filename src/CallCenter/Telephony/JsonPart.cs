using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using CallCenter.Telephony.Wire;

namespace CallCenter.Telephony;

/// <summary>
/// A part of a JSON body, read without trust: what is missing, null, empty or of another kind than was asked for is simply
/// not there. Texts come out cleaned; numbers and truths are taken from texts too, as many senders write them.
/// </summary>
readonly struct JsonPart
{
    const int TextMax = 200;

    /// <summary>Addresses of recordings, with all that signs them.</summary>
    const int AddressMax = 2000;

    static readonly JsonDocumentOptions Options = new() { MaxDepth = 32 };

    readonly JsonElement json;
    readonly bool loose;

    JsonPart(JsonElement json, bool loose) => (this.json, this.loose) = (json, loose);

    /// <param name="loose">Names compare without case, for senders who spell them in several ways.</param>
    public static JsonPart Of(Arrival arrival, bool loose = false) => new(arrival.Read<JsonElement>(), loose);

    /// <summary>JSON that stands in a text of other JSON, or in a token.</summary>
    /// <exception cref="UnreadableException">It is none.</exception>
    public static JsonPart Of(ReadOnlyMemory<byte> text, string what)
    {
        try
        {
            return new(JsonDocument.Parse(text, Options).RootElement, loose: false);
        }
        catch (JsonException)
        {
            throw new UnreadableException($"{what} is not JSON");
        }
    }

    /// <summary>What an API answered.</summary>
    /// <exception cref="UnreadableException">It is no JSON.</exception>
    public static JsonPart Of(CloudAnswer answer) => Of(Encoding.UTF8.GetBytes(answer.Body), "the answer");

    public bool IsThere => json.ValueKind is not (JsonValueKind.Undefined or JsonValueKind.Null);

    public bool IsObject => json.ValueKind == JsonValueKind.Object;

    public bool IsList => json.ValueKind == JsonValueKind.Array;

    public JsonPart this[string name] => new(Find(name), loose);

    /// <summary>Of a list; what is no list has none.</summary>
    public IEnumerable<JsonPart> Items
    {
        get
        {
            if (json.ValueKind != JsonValueKind.Array) yield break;
            foreach (var item in json.EnumerateArray()) yield return new(item, loose);
        }
    }

    /// <summary>Its texts, numbers and truths, for what is told as a form elsewhere.</summary>
    public Form Fields => IsObject ? Form.Of(json) : Form.Empty;

    /// <summary>As it was written.</summary>
    public ReadOnlyMemory<byte> Raw => IsThere ? Encoding.UTF8.GetBytes(json.GetRawText()) : default;

    /// <summary>The parts of an object that are objects themselves, for senders who number them.</summary>
    public IEnumerable<(string Name, JsonPart Part)> Objects
    {
        get
        {
            if (json.ValueKind != JsonValueKind.Object) yield break;
            foreach (var property in json.EnumerateObject())
                if (property.Value.ValueKind == JsonValueKind.Object) yield return (NameOf(property), new(property.Value, loose));
        }
    }

    /// <summary>What is written, at most 200 letters of it.</summary>
    public string? Text(string name) => this[name].Text();

    public string? Text(int max = TextMax)
    {
        var text = json.ValueKind switch
        {
            JsonValueKind.String => String(json),
            JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => json.GetRawText(),
            _ => "",
        };
        return Arrival.Clean(text, max) is { Length: > 0 } clean ? clean : null;
    }

    public string? Address(string name) => this[name].Text(AddressMax);

    /// <summary>In small letters, to be compared.</summary>
    public string Word(string name) => Text(name)?.ToLowerInvariant() ?? "";

    /// <exception cref="UnreadableException">It is not there.</exception>
    public string Needed(string name) => Text(name) ?? throw new UnreadableException($"{name} is missing");

    public double? Number(string name) => Text(name) is { } text && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : null;

    public bool IsTrue(string name) => Word(name) is "true" or "1" or "yes";

    /// <exception cref="UnreadableException">Something is there, and it is no time.</exception>
    public DateTimeOffset? Instant(string name) => this[name].Usual() ?? WrittenTime.Of(Text(name), name, TimeZoneInfo.Utc, default);

    /// <summary>As most write it, <c>2026-03-02T15:04:05.123Z</c>, without a text being made of it.</summary>
    DateTimeOffset? Usual() => json.ValueKind == JsonValueKind.String && JsonMarshal.GetRawUtf8Value(json) is [.., (byte)'Z', (byte)'"'] raw
        && !raw.Contains((byte)'\\') && json.TryGetDateTimeOffset(out var at) && at.Year is >= 2000 and < 2100
            ? DateTimeOffset.FromUnixTimeMilliseconds(at.ToUnixTimeMilliseconds())
            : null;

    /// <summary>A time without an offset is one of the zone.</summary>
    /// <exception cref="UnreadableException">Something is there, and it is no time.</exception>
    public DateTimeOffset? Instant(string name, TimeZoneInfo zone, DateTimeOffset received) => WrittenTime.Of(Text(name), name, zone, received);

    JsonElement Find(string name)
    {
        if (json.ValueKind != JsonValueKind.Object) return default;
        try
        {
            if (json.TryGetProperty(name, out var exact)) return exact;
        }
        catch (InvalidOperationException)
        {
            throw NotUnicode();
        }

        if (loose)
            foreach (var property in json.EnumerateObject())
                if (NameOf(property).Equals(name, StringComparison.OrdinalIgnoreCase)) return property.Value;
        return default;
    }

    static string NameOf(JsonProperty property)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException)
        {
            throw NotUnicode();
        }
    }

    static string String(JsonElement json)
    {
        try
        {
            return json.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw NotUnicode();
        }
    }

    static UnreadableException NotUnicode() => new("a text that is not Unicode"); // half of a surrogate pair, written as an escape
}
