using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace CallCenter.Telephony.Wire;

/// <summary>
/// One block of the Asterisk Manager Interface: lines of <c>Key: Value</c>, closed by an empty line. A view of the bytes
/// it was cut from; nothing is copied until a value is asked for.
/// </summary>
/// <remarks>
/// A value may hold colons, so a line is split at its first one. Keys may repeat (<c>Output</c>, <c>Variable</c>); asking
/// for one value gives the first. Asterisk writes what it does not know as <c>&lt;unknown&gt;</c>, as nothing, or leaves the key out.
/// </remarks>
readonly ref struct AmiMessage(ReadOnlySpan<byte> block)
{
    readonly ReadOnlySpan<byte> block = block;

    public static ReadOnlySpan<byte> Ending => "\r\n\r\n"u8;

    /// <summary>Has its closing empty line; what was cut off in the middle or at the size limit has not.</summary>
    public bool IsWhole => block.EndsWith(Ending);

    /// <summary>By its ends alone: whole, and begun as messages begin.</summary>
    public bool LooksSound => IsGreeting || IsWhole && (block.StartsWith("Event: "u8) || block.StartsWith("Response: "u8));

    /// <summary>The line a manager server greets with, before any block.</summary>
    public bool IsGreeting => block.StartsWith("Asterisk Call Manager/"u8);

    /// <summary>Name of the event, or empty for an answer to an action and for anything else.</summary>
    public ReadOnlySpan<byte> Event => NameOfEvent(block);

    /// <summary>Name of the event by a look at the first line alone.</summary>
    public static ReadOnlySpan<byte> NameOfEvent(ReadOnlySpan<byte> block)
    {
        if (!block.StartsWith("Event: "u8)) return default;
        var name = block["Event: ".Length..];
        var end = name.IndexOf((byte)'\r');
        return end < 0 ? default : name[..end];
    }

    /// <summary>The first value of the key as it stands in the message; empty when it is missing.</summary>
    public ReadOnlySpan<byte> Bytes(ReadOnlySpan<byte> key)
    {
        foreach (var (name, value) in this)
            if (name.SequenceEqual(key)) return value;
        return default;
    }

    /// <summary>The first value of the key, or null when Asterisk does not know it.</summary>
    public string? Text(ReadOnlySpan<byte> key)
    {
        var value = Bytes(key);
        return value.IsEmpty || value.SequenceEqual("<unknown>"u8) ? null : Encoding.UTF8.GetString(value);
    }

    public int? Number(ReadOnlySpan<byte> key) =>
        int.TryParse(Bytes(key), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;

    public bool Has(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) => Bytes(key).SequenceEqual(value);

    /// <summary>Every pair in order, repeated keys included.</summary>
    public IReadOnlyList<(string Key, string Value)> All
    {
        get
        {
            var all = new List<(string, string)>();
            foreach (var (key, value) in this) all.Add((Encoding.UTF8.GetString(key), Encoding.UTF8.GetString(value)));
            return all;
        }
    }

    /// <summary>Why this is not a message, or null. A wrong line says that bytes were lost or that this is not a manager port.</summary>
    public string? Damage()
    {
        if (block.IsEmpty) return "empty";
        if (!IsWhole) return "cut off before its closing empty line";
        if (!Utf8.IsValid(block) && block.Contains((byte)0)) return "not text";

        var first = true;
        foreach (var (key, _) in this)
        {
            if (first && !key.SequenceEqual("Event"u8) && !key.SequenceEqual("Response"u8)) return "begins with neither Event nor Response";
            first = false;
        }

        return first ? "has no line of the form Key: Value" : null;
    }

    public Pairs GetEnumerator() => new(block);

    public ref struct Pairs(ReadOnlySpan<byte> block)
    {
        ReadOnlySpan<byte> rest = block;

        public AmiPair Current { get; private set; }

        public bool MoveNext()
        {
            while (!rest.IsEmpty)
            {
                var end = rest.IndexOf((byte)'\n');
                var line = end < 0 ? rest : rest[..end];
                rest = end < 0 ? default : rest[(end + 1)..];
                if (line.EndsWith("\r"u8)) line = line[..^1];

                var colon = line.IndexOf((byte)':');
                if (colon <= 0) continue;
                var value = line[(colon + 1)..];
                if (value.StartsWith(" "u8)) value = value[1..];
                Current = new AmiPair(line[..colon], value);
                return true;
            }

            return false;
        }
    }
}

readonly ref struct AmiPair(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
{
    readonly ReadOnlySpan<byte> key = key, value = value;

    public void Deconstruct(out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> content)
    {
        name = key;
        content = value;
    }
}
