using System.Buffers;

namespace CallCenter.Telephony.Wire;

/// <summary>
/// Cuts the bytes of one event socket link into messages: header lines, an empty line, and as many bytes of body as
/// <c>Content-Length</c> says. Holds no bytes itself: what is not yet whole stays in the caller's buffer.
/// </summary>
/// <remarks>
/// A message that is too long is handed out once, cut, and the rest of it is passed over by its own count. Headers that make
/// no sense are handed out as they are; as nobody can tell what belongs to them, all is passed over up to the next headers.
/// Both are then kept as unreadable, and no byte of them is taken for a message.
/// </remarks>
sealed class EslFraming : IFraming
{
    public const int HeadMax = 8 * 1024;

    public const int MessageMax = 256 * 1024;

    /// <summary>The list of all channels has a kilobyte for each.</summary>
    public const int AnswerMax = 4 * 1024 * 1024;

    /// <summary>Nothing is this long; the number is damaged.</summary>
    const int BodyMax = 64 * 1024 * 1024;

    /// <summary>How much of the buffer's front is known to hold no end of the headers.</summary>
    long searched;

    /// <summary>Length of the message whose headers have been read and how much of it is handed out; 0 when they have not.</summary>
    long length, take;

    /// <summary>Bytes still to come of a message that was too long.</summary>
    long left;

    bool isLost;

    public bool TryRead(ref ReadOnlySequence<byte> buffer, out ReadOnlySequence<byte> message)
    {
        message = default;
        if (!PassOver(ref buffer)) return false;
        if (length == 0 && !TryReadHead(ref buffer, out message)) return !message.IsEmpty;
        if (buffer.Length < take) return false;

        message = buffer.Slice(0, take);
        buffer = buffer.Slice(take);
        left = length - take;
        length = 0;
        return true;
    }

    /// <summary>False when all there is was passed over.</summary>
    bool PassOver(ref ReadOnlySequence<byte> buffer)
    {
        if (left > 0)
        {
            var pass = Math.Min(left, buffer.Length);
            buffer = buffer.Slice(pass);
            left -= pass;
        }

        if (isLost && !FindHeaders(ref buffer)) return false;
        if (length == 0 && searched == 0)
        {
            var reader = new SequenceReader<byte>(buffer);
            buffer = buffer.Slice(reader.AdvancePast((byte)'\n'));
        }

        return !buffer.IsEmpty;
    }

    /// <summary>Learns how long the message is. False when the headers are not whole, or, with a message, when they are none.</summary>
    bool TryReadHead(ref ReadOnlySequence<byte> buffer, out ReadOnlySequence<byte> damaged)
    {
        damaged = default;
        var end = EndOfHead(buffer);
        if (end < 0 && buffer.Length <= HeadMax) return false;

        searched = 0;
        if (end is > 0 and <= HeadMax && TryReadLength(buffer.Slice(0, end))) return true;
        damaged = buffer.Slice(0, Math.Min(end < 0 ? buffer.Length : end, HeadMax));
        buffer = buffer.Slice(damaged.Length - 1); // the next headers begin after a line's end
        isLost = true;
        return false;
    }

    bool TryReadLength(in ReadOnlySequence<byte> head)
    {
        var headers = new EslMessage(head.IsSingleSegment ? head.FirstSpan : head.ToArray());
        if (headers.LengthOfBody is not (<= BodyMax and { } body)) return false;
        length = head.Length + body;
        take = Math.Min(length, headers.Kind == EslKind.Answer ? AnswerMax : MessageMax);
        return true;
    }

    /// <summary>Length up to and with the empty line, or -1.</summary>
    long EndOfHead(in ReadOnlySequence<byte> buffer)
    {
        var from = Math.Max(0, searched - 1);
        var reader = new SequenceReader<byte>(buffer.Slice(from));
        if (reader.TryReadTo(out ReadOnlySequence<byte> _, "\n\n"u8)) return from + reader.Consumed;
        searched = buffer.Length;
        return -1;
    }

    /// <summary>Headers begin with one of two names. As values are encoded, these stand at the start of a line almost nowhere else.</summary>
    bool FindHeaders(ref ReadOnlySequence<byte> buffer)
    {
        var longest = "Content-Length: "u8.Length;
        Span<byte> name = stackalloc byte[longest];
        var reader = new SequenceReader<byte>(buffer);
        while (reader.TryReadTo(out ReadOnlySequence<byte> _, (byte)'\n'))
        {
            if (reader.Remaining < longest)
            {
                reader.Rewind(1);
                break;
            }

            reader.TryCopyTo(name);
            if (!name.StartsWith("Content-Length: "u8) && !name.StartsWith("Content-Type: "u8)) continue;
            buffer = buffer.Slice(reader.Position);
            isLost = false;
            return true;
        }

        buffer = reader.TryPeek(out var next) && next == '\n' ? buffer.Slice(reader.Position) : buffer.Slice(buffer.End);
        return false;
    }
}
