using System.Threading.Channels;
using CallCenter.Calls;
using CallCenter.Telephony.Wire;

namespace CallCenter.Telephony;

/// <summary>What waits between the socket and the translation: a message, a mark, or a question to the translation itself.</summary>
readonly record struct Waiting(StreamItem Item, GapReason Reason = default, long Lost = 0, TaskCompletionSource<IReadOnlyCollection<CallKey>?>? Question = null)
{
    const int Overhead = 96;

    public int Size => Item.Message.Length + Overhead;
}

/// <summary>
/// The bounded queue behind a socket. Whoever reads the socket never waits: when it is full, what comes is counted and
/// dropped until half of it has been worked off, and both ends of that gap are told in their place of the queue.
/// </summary>
sealed class LineQueue(LineLimits limits)
{
    readonly Channel<Waiting> channel = Channel.CreateUnbounded<Waiting>(new UnboundedChannelOptions { SingleReader = true });
    readonly Lock gate = new();
    int count;
    long bytes, lost;
    int link;
    bool isConnected, isOverflowing;

    /// <summary>Messages heard and not yet on disk.</summary>
    public int Count => Volatile.Read(ref count);

    public long Bytes => Interlocked.Read(ref bytes);

    /// <summary>Full: what comes is lost, until half of it is worked off.</summary>
    public bool IsOverflowing => Volatile.Read(ref isOverflowing);

    public ChannelReader<Waiting> Reader => channel.Reader;

    /// <summary>False when it was the first that found no place: a gap begins.</summary>
    public bool TryAdd(DateTimeOffset at, ReadOnlyMemory<byte> message)
    {
        lock (gate)
        {
            if (isOverflowing)
            {
                lost++;
                return true;
            }

            var waiting = new Waiting(new StreamItem(at, link, StreamMark.Message, message));
            if (count >= limits.WaitingMax || bytes + waiting.Size > limits.WaitingBytesMax)
            {
                isOverflowing = true;
                lost = 1;
                channel.Writer.TryWrite(new Waiting(new StreamItem(at, link, StreamMark.Lost, default), GapReason.Overflow));
                return false;
            }

            Volatile.Write(ref count, count + 1);
            Interlocked.Add(ref bytes, waiting.Size);
            channel.Writer.TryWrite(waiting);
            return true;
        }
    }

    public void Connected(DateTimeOffset at)
    {
        lock (gate)
        {
            isConnected = true;
            isOverflowing = false;
            channel.Writer.TryWrite(new Waiting(new StreamItem(at, ++link, StreamMark.Connected, default)));
        }
    }

    /// <summary>The link is gone. False when that is known, or part of a gap already.</summary>
    public bool Lost(DateTimeOffset at, GapReason reason)
    {
        lock (gate)
        {
            if (!isConnected) return false;
            var isNew = !isOverflowing;
            isConnected = false;
            channel.Writer.TryWrite(new Waiting(new StreamItem(at, link, StreamMark.Lost, default), reason, isOverflowing ? lost : 0));
            isOverflowing = false;
            return isNew;
        }
    }

    /// <summary>True when a gap is over because half of the queue is free again: a snapshot must be asked for.</summary>
    public bool TryResume(DateTimeOffset at)
    {
        lock (gate)
        {
            if (!isOverflowing || count > limits.WaitingMax / 2 || bytes > limits.WaitingBytesMax / 2) return false;
            isOverflowing = false;
            channel.Writer.TryWrite(new Waiting(new StreamItem(at, ++link, StreamMark.Connected, default), Lost: lost));
            return true;
        }
    }

    public Task<IReadOnlyCollection<CallKey>?> Ask()
    {
        var question = new TaskCompletionSource<IReadOnlyCollection<CallKey>?>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!channel.Writer.TryWrite(new Waiting(default, Question: question))) question.SetResult(null);
        return question.Task;
    }

    /// <summary>They are on disk, or need not be.</summary>
    public void Done(int messages, long size)
    {
        lock (gate)
        {
            Volatile.Write(ref count, count - messages);
            Interlocked.Add(ref bytes, -size);
        }
    }

    public void Complete() => channel.Writer.TryComplete();
}
