using System.Buffers;

namespace CallCenter.Tests.Telephony.Wire;

/// <summary>Two memory segments, as a pipe hands them out.</summary>
static class Segments
{
    public static ReadOnlySequence<byte> Of(byte[] first, byte[] second)
    {
        if (first.Length == 0) return new(second);
        var front = new Segment(first, 0);
        var back = new Segment(second, first.Length);
        front.Follow(back);
        return new(front, 0, back, second.Length);
    }

    sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(byte[] bytes, long index) => (Memory, RunningIndex) = (bytes, index);

        public void Follow(Segment next) => Next = next;
    }
}
