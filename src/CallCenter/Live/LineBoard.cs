using System.Collections.Concurrent;

namespace CallCenter.Live;

/// <summary>How a direct connection to a phone system stands.</summary>
public enum LineState
{
    /// <summary>Being made for the first time.</summary>
    Connecting,

    /// <summary>Up, and what goes on was asked.</summary>
    Online,

    /// <summary>Down; tried again and again.</summary>
    Reconnecting,

    /// <summary>The phone system does not accept the name or password. Tried again rarely.</summary>
    Refused,

    /// <summary>Another node of ours keeps this line.</summary>
    HeldByOtherNode,
}

/// <summary>What a screen says of one direct connection.</summary>
/// <param name="Since">When it came into this state.</param>
/// <param name="Why">Why it is down, in the words of what failed; null while all is well.</param>
/// <param name="Attempt">How often it has been tried since it was up.</param>
/// <param name="NextTry">When it is tried again.</param>
/// <param name="Server">What the phone system says it is.</param>
/// <param name="Warning">It is up, but refuses something we need: its own words.</param>
/// <param name="IsSettled">A snapshot has settled what happened while nobody listened.</param>
/// <param name="LastMessageAt">When anything was last heard.</param>
/// <param name="Waiting">Messages heard and not yet on disk.</param>
/// <param name="IsLosing">More waits than may: what comes now is lost until a snapshot settles it.</param>
/// <param name="Messages">Heard since the server started; <paramref name="Ignored"/> of them said nothing of a call.</param>
/// <param name="Gaps">Stretches since the server started in which messages were or may have been lost.</param>
public sealed record LineStatus(
    string Connection,
    LineState State,
    DateTimeOffset Since,
    string? Why = null,
    int Attempt = 0,
    DateTimeOffset? NextTry = null,
    string Server = "",
    string? Warning = null,
    bool IsSettled = false,
    DateTimeOffset? LastMessageAt = null,
    double MessagesPerSecond = 0,
    int Waiting = 0,
    long WaitingBytes = 0,
    bool IsLosing = false,
    long Messages = 0,
    long Ignored = 0,
    long Unreadable = 0,
    int Gaps = 0);

/// <summary>Where direct connections say how they are, and screens look. In memory: after a restart it is told anew.</summary>
public sealed class LineBoard
{
    readonly ConcurrentDictionary<string, LineStatus> lines = [];

    /// <summary>Heard after every change, with the connection's id. Whoever hears must not take long.</summary>
    public event Action<string>? Changed;

    public IReadOnlyCollection<LineStatus> All => [.. lines.Values];

    /// <summary>Null for connections that are not direct, or switched off.</summary>
    public LineStatus? Find(string connection) => lines.GetValueOrDefault(connection);

    internal void Say(LineStatus status)
    {
        if (lines.TryGetValue(status.Connection, out var before) && before == status) return;
        lines[status.Connection] = status;
        Changed?.Invoke(status.Connection);
    }

    internal void Remove(string connection)
    {
        if (lines.TryRemove(connection, out _)) Changed?.Invoke(connection);
    }
}
