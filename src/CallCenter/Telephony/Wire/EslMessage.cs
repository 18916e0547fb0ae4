using System.Globalization;
using System.Text;
using System.Text.Json;

namespace CallCenter.Telephony.Wire;

/// <summary>What sort of message the event socket sends.</summary>
enum EslKind
{
    /// <summary>Its <c>Content-Type</c> is none of those we know.</summary>
    Unknown,
    Event,

    /// <summary>The answer to <c>api</c>; answers come in the order of the questions and name none.</summary>
    Answer,

    /// <summary>The answer to any other command.</summary>
    Reply,
    PasswordWanted,
    Farewell,

    /// <summary>The access list does not admit us.</summary>
    Rejection,
}

/// <summary>
/// One message of FreeSWITCH's event socket: header lines of <c>Name: value</c>, an empty line, a body. The body of an event
/// is once more header lines, with their values URL-encoded, and perhaps a body. A view of the bytes it was cut from;
/// nothing is copied until a value is asked for.
/// </summary>
/// <remarks>Events as JSON are first written as plain ones (<see cref="AsPlain"/>), so that one way of reading serves both.</remarks>
readonly ref struct EslMessage
{
    readonly ReadOnlySpan<byte> head, body;

    public EslMessage(ReadOnlySpan<byte> bytes)
    {
        var end = bytes.IndexOf("\n\n"u8);
        head = end < 0 ? bytes : bytes[..(end + 1)];
        body = end < 0 ? default : bytes[(end + 2)..];
        Kind = KindOf(Value(head, "Content-Type"u8));
    }

    public EslKind Kind { get; }

    /// <summary>As the headers say; 0 when they say nothing, null when they are no headers.</summary>
    public int? LengthOfBody
    {
        get
        {
            if (!head.StartsWith("Content-"u8)) return null;
            var text = Value(head, "Content-Length"u8);
            return text.IsEmpty ? 0 : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var length) ? length : null;
        }
    }

    public ReadOnlySpan<byte> Body => body;

    public string? ReplyText => TextOf(Value(head, "Reply-Text"u8));

    public bool IsJson => Value(head, "Content-Type"u8).SequenceEqual("text/event-json"u8);

    /// <summary>Name of the event, by a look at the first lines of a plain one alone; empty when this is none.</summary>
    public ReadOnlySpan<byte> Event
    {
        get
        {
            var first = body;
            // Custom events name their subclass before that they are custom.
            if (first.StartsWith("Event-Subclass: "u8)) first = first[(first.IndexOf((byte)'\n') + 1)..];
            return Kind == EslKind.Event && first.StartsWith("Event-Name: "u8) ? Value(first, "Event-Name"u8) : default;
        }
    }

    /// <summary>Why this is not a message, or null.</summary>
    public string? Damage()
    {
        if (head.IsEmpty) return "empty";
        if (LengthOfBody is not { } length) return "its headers are none of the event socket's";
        if (length != body.Length) return $"cut off: {body.Length} of {length} bytes";
        if (Kind == EslKind.Event && !IsJson && Event.IsEmpty) return "an event without a name";
        return Kind == EslKind.Unknown ? "an unknown Content-Type" : null;
    }

    // ---- Of an event ----

    /// <summary>The value as it was sent, encoded; empty when it is missing.</summary>
    public ReadOnlySpan<byte> Bytes(ReadOnlySpan<byte> name) => Value(body, name);

    public bool Has(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) => Value(body, name).SequenceEqual(value);

    /// <summary>The value, or null when it is missing or empty. Fit for any database: without control characters.</summary>
    public string? Text(ReadOnlySpan<byte> name, int max = 200) => TextOf(Value(body, name)) is { } text && Arrival.Clean(text, max) is { Length: > 0 } clean ? clean : null;

    public long? Number(ReadOnlySpan<byte> name) =>
        long.TryParse(Value(body, name), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>When the event was made, by the phone system's own clock.</summary>
    public DateTimeOffset? Stamp => Number("Event-Date-Timestamp"u8) is > 946_684_800_000_000 and < 4_102_444_800_000_000 and var micros
        ? DateTimeOffset.UnixEpoch.AddTicks(micros * TimeSpan.TicksPerMicrosecond)
        : null;

    /// <summary>The body of an event, such as the result of a job.</summary>
    public ReadOnlySpan<byte> Content => body.IndexOf("\n\n"u8) is >= 0 and var end ? body[(end + 2)..] : default;

    static ReadOnlySpan<byte> Value(ReadOnlySpan<byte> lines, ReadOnlySpan<byte> name)
    {
        // Values are encoded, so a name at the start of a line is a name. Names may end like others ("Caller-Unique-ID").
        for (var from = 0; lines[from..].IndexOf(name) is >= 0 and var found;)
        {
            var at = from + found;
            var after = lines[(at + name.Length)..];
            if ((at == 0 || lines[at - 1] == '\n') && after.StartsWith(": "u8))
            {
                var value = after[2..];
                var end = value.IndexOf((byte)'\n');
                return end < 0 ? value : value[..end];
            }

            from = at + name.Length;
        }

        return default;
    }

    static EslKind KindOf(ReadOnlySpan<byte> type) =>
        type.SequenceEqual("text/event-plain"u8) || type.SequenceEqual("text/event-json"u8) ? EslKind.Event
        : type.SequenceEqual("api/response"u8) ? EslKind.Answer
        : type.SequenceEqual("command/reply"u8) ? EslKind.Reply
        : type.SequenceEqual("auth/request"u8) ? EslKind.PasswordWanted
        : type.SequenceEqual("text/disconnect-notice"u8) ? EslKind.Farewell
        : type.SequenceEqual("text/rude-rejection"u8) ? EslKind.Rejection
        : EslKind.Unknown;

    static string? TextOf(ReadOnlySpan<byte> value)
    {
        if (value.IsEmpty) return null;
        if (!value.Contains((byte)'%')) return Encoding.UTF8.GetString(value);
        var decoded = value.Length <= 512 ? stackalloc byte[value.Length] : new byte[value.Length];
        var length = 0;
        for (var i = 0; i < value.Length; i++)
            if (value[i] == '%' && i + 2 < value.Length && byte.TryParse(value.Slice(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var letter))
            {
                decoded[length++] = letter;
                i += 2;
            }
            else
            {
                decoded[length++] = value[i];
            }

        return Encoding.UTF8.GetString(decoded[..length]);
    }

    // ---- JSON ----

    /// <summary>An event in JSON as the plain message that says the same; null when it is no JSON object.</summary>
    public byte[]? AsPlain()
    {
        var lines = new StringBuilder(body.Length + 64);
        var content = "";
        try
        {
            var json = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = 8 });
            if (!json.Read() || json.TokenType != JsonTokenType.StartObject) return null;
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                var name = json.GetString()!;
                json.Read();
                var value = ValueOf(ref json);
                if (name == "_body") content = value;
                else AddLine(lines, name, value);
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null; // not JSON, or a text with half a character
        }

        var plain = Encoding.UTF8.GetBytes(lines.Append('\n').Append(content).ToString());
        return [.. Encoding.ASCII.GetBytes($"Content-Length: {plain.Length}\nContent-Type: text/event-plain\n\n"), .. plain];
    }

    /// <summary>Several values of one name become one, as the plain form writes them. What is no text is none.</summary>
    static string ValueOf(ref Utf8JsonReader json)
    {
        if (json.TokenType == JsonTokenType.String) return json.GetString()!;
        if (json.TokenType != JsonTokenType.StartArray)
        {
            json.Skip();
            return "";
        }

        var values = new List<string>();
        while (json.Read() && json.TokenType != JsonTokenType.EndArray) values.Add(ValueOf(ref json));
        return "ARRAY::" + string.Join("|:", values);
    }

    static void AddLine(StringBuilder lines, string name, string value)
    {
        lines.Append(name.Replace("\n", "", StringComparison.Ordinal)).Append(": ");
        foreach (var letter in value)
            if (letter is '%' or < ' ') lines.Append(CultureInfo.InvariantCulture, $"%{(int)letter:X2}");
            else lines.Append(letter);
        lines.Append('\n');
    }
}
