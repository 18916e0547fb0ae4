using System.Buffers;

namespace CallCenter.Telephony.Wire;

/// <summary>
/// Cuts the bytes of one manager link into messages. Holds no bytes itself: what is not yet whole stays in the caller's
/// buffer until the rest has come.
/// </summary>
/// <remarks>
/// A message longer than <see cref="MessageMax"/> is handed out once, cut at that length and without its closing empty
/// line, so that it is kept as unreadable; what follows of it is passed over up to the next empty line.
/// </remarks>
sealed class AmiFraming : IFraming
{
    public const int MessageMax = 64 * 1024;

    bool greeted, skipping;

    /// <summary>How much of the buffer's front is known to hold no end of a message.</summary>
    long searched;

    public bool TryRead(ref ReadOnlySequence<byte> buffer, out ReadOnlySequence<byte> message)
    {
        while (true)
        {
            message = default;
            if (!greeted && !TryPassGreeting(ref buffer, out message)) return false;
            if (!message.IsEmpty) return true;

            var end = EndOf(buffer);
            if (end < 0)
            {
                if (skipping) Discard(ref buffer);
                else if (buffer.Length > MessageMax) return CutOff(ref buffer, out message);
                return false;
            }

            if (!skipping && end > MessageMax) return CutOff(ref buffer, out message);

            message = buffer.Slice(0, end);
            buffer = buffer.Slice(end);
            searched = 0;
            if (!skipping && message.Length > AmiMessage.Ending.Length) return true;
            skipping = false; // the tail of something too long, or an empty line between messages
        }
    }

    /// <summary>The greeting is a single line. Anything else that comes first is read as a message.</summary>
    bool TryPassGreeting(ref ReadOnlySequence<byte> buffer, out ReadOnlySequence<byte> greeting)
    {
        greeting = default;
        var start = "Asterisk Call Manager/"u8;
        Span<byte> first = stackalloc byte[start.Length];
        var known = buffer.Slice(0, Math.Min(buffer.Length, first.Length));
        known.CopyTo(first);
        if (!start.StartsWith(first[..(int)known.Length]))
        {
            greeted = true;
            return true;
        }

        var reader = new SequenceReader<byte>(buffer);
        if (!reader.TryReadTo(out ReadOnlySequence<byte> _, "\r\n"u8)) return buffer.Length > MessageMax && (greeted = true);

        greeted = true;
        greeting = buffer.Slice(0, reader.Consumed);
        buffer = buffer.Slice(reader.Consumed);
        return true;
    }

    /// <summary>Length up to and with the first closing empty line, or -1.</summary>
    long EndOf(in ReadOnlySequence<byte> buffer)
    {
        var ending = AmiMessage.Ending;
        var from = Math.Max(0, searched - (ending.Length - 1));
        if (buffer.IsSingleSegment)
        {
            var at = buffer.FirstSpan[(int)from..].IndexOf(ending);
            if (at >= 0) return from + at + ending.Length;
        }
        else
        {
            var reader = new SequenceReader<byte>(buffer.Slice(from));
            if (reader.TryReadTo(out ReadOnlySequence<byte> _, ending)) return from + reader.Consumed;
        }

        searched = buffer.Length;
        return -1;
    }

    bool CutOff(ref ReadOnlySequence<byte> buffer, out ReadOnlySequence<byte> message)
    {
        message = buffer.Slice(0, MessageMax);
        buffer = buffer.Slice(MessageMax - (AmiMessage.Ending.Length - 1)); // the cut may lie within the empty line
        searched = 0;
        skipping = true;
        return true;
    }

    /// <summary>Keeps only what could be the front of an empty line.</summary>
    void Discard(ref ReadOnlySequence<byte> buffer)
    {
        var keep = Math.Min(buffer.Length, AmiMessage.Ending.Length - 1);
        buffer = buffer.Slice(buffer.Length - keep);
        searched = 0;
    }
}
