using System.Buffers;

namespace CallCenter.Telephony.Wire;

/// <summary>Hears one framed message. Called by whoever reads the socket, so it may only copy and queue.</summary>
delegate void Ear(in ReadOnlySequence<byte> message);

/// <summary>A session with a phone system that let us in.</summary>
interface ILink : IAsyncDisposable
{
    /// <summary>What the phone system says it is; empty until it said so.</summary>
    string Server { get; }

    /// <summary>What it refuses to tell us and we need, or null.</summary>
    string? Warning { get; }

    /// <summary>Reads until the link ends, and watches that it is alive.</summary>
    /// <exception cref="LinkDownException">It ended; there is no other way for this to end but the token.</exception>
    Task Listen(Ear heard, CancellationToken stop);

    /// <summary>Asks what goes on now. The answers are ordinary messages.</summary>
    Task AskSnapshot(CancellationToken stop);

    /// <summary>Tells it to do something, and waits for what it says to that, but not for ever.</summary>
    /// <exception cref="LinkDownException">The link ended meanwhile.</exception>
    Task<OrderAnswer> Do(Order order, CancellationToken stop);
}

enum LinkTrouble
{
    /// <summary>No answer at that address, or not what we expect there.</summary>
    Unreachable,

    /// <summary>The certificate does not prove who answers.</summary>
    Untrusted,

    /// <summary>It does not accept the name or the password.</summary>
    Refused,

    /// <summary>It hung up.</summary>
    Closed,

    /// <summary>It stopped answering without hanging up.</summary>
    Silent,
}

/// <summary>The link cannot be made or is gone. The reason is for people and holds no secret.</summary>
sealed class LinkDownException(LinkTrouble trouble, string reason, Exception? inner = null) : Exception(reason, inner)
{
    public LinkTrouble Trouble => trouble;
}

/// <summary>Waits, sizes and rates of direct connections; one place, so that tests can make them short.</summary>
sealed record LineLimits
{
    public static readonly LineLimits Default = new();

    public TimeSpan ConnectWithin { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>From the open socket to being let in. Asterisk itself waits a second before it refuses.</summary>
    public TimeSpan LoginWithin { get; init; } = TimeSpan.FromSeconds(10);

    public TimeSpan PingEvery { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Nothing heard this long after a ping: the link is dead.</summary>
    public TimeSpan AnswerWithin { get; init; } = TimeSpan.FromSeconds(10);

    public TimeSpan RetryFirst { get; init; } = TimeSpan.FromSeconds(1);

    public TimeSpan RetryMax { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>A wrong password does not become right, and many phone systems ban who tries often.</summary>
    public TimeSpan RetryRefused { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>A link that held this long was good: the next retry is the first again.</summary>
    public TimeSpan Steady { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often another node's hold on a line is tried, and our own is checked.</summary>
    public TimeSpan HoldEvery { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>A snapshot not answered by then is asked for again.</summary>
    public TimeSpan SnapshotWithin { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Asked for also when nothing seems wrong: an event that the phone system never sent shows only so.</summary>
    public TimeSpan SnapshotEvery { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>How long a phone system may take to say that it does what it was told.</summary>
    public TimeSpan OrderWithin { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long is waited to hear that it failed after all: a telephone that is not there is told at once.</summary>
    public TimeSpan FailsWithin { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Orders on their way at the same time.</summary>
    public int OrdersMax { get; init; } = 8;

    /// <summary>How often figures of a line are told to screens.</summary>
    public TimeSpan TellEvery { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a line that is stopped may take to commit what it has heard.</summary>
    public TimeSpan DrainWithin { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Between attempts to commit while the storage refuses: the first, and the longest.</summary>
    public TimeSpan CommitRetryFirst { get; init; } = TimeSpan.FromMilliseconds(50);

    public TimeSpan CommitRetryMax { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Messages waiting to be translated; beyond it there is a gap.</summary>
    public int WaitingMax { get; init; } = 50_000;

    public long WaitingBytesMax { get; init; } = 64 * 1024 * 1024;

    /// <summary>Messages translated and committed in one turn. Large, because a commit costs the same for one and for thousands.</summary>
    public int BatchMax { get; init; } = 4_000;
}
