namespace CallCenter.Presence;

public enum PresenceState
{
    Offline,
    Available,
    Paused,
}

/// <summary>Why somebody takes no calls for a while.</summary>
public enum PauseReason
{
    Break,
    Lunch,
    Paperwork,
    Training,
    Other,
}

/// <summary>How somebody stands. Whether he talks is the calls' business.</summary>
/// <param name="Since">When this began; for <see cref="PresenceState.Offline"/> when he was last there.</param>
/// <param name="SeenAt">When one of his screens said so last.</param>
public sealed record PersonPresence(string User, PresenceState State, PauseReason? Reason, DateTimeOffset Since, DateTimeOffset SeenAt)
{
    /// <summary>A screen says every <see cref="SayEvery"/> that it is there; after this silence nobody is.</summary>
    public static readonly TimeSpan GoneAfter = TimeSpan.FromSeconds(75);

    public static readonly TimeSpan SayEvery = TimeSpan.FromSeconds(25);

    public static PersonPresence Unknown(string user) => new(user, PresenceState.Offline, null, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch);

    /// <summary>As one of his screens says that it is open: who comes is available, who paused stays paused.</summary>
    public PersonPresence Seen(DateTimeOffset now)
    {
        var before = At(now);
        return before.State == PresenceState.Offline ? new(User, PresenceState.Available, null, now, now) : before with { SeenAt = now };
    }

    public PersonPresence Pause(PauseReason reason, DateTimeOffset now) =>
        State == PresenceState.Paused && Reason == reason ? Seen(now) : new(User, PresenceState.Paused, reason, now, now);

    public PersonPresence Resume(DateTimeOffset now) => State == PresenceState.Available ? Seen(now) : new(User, PresenceState.Available, null, now, now);

    /// <summary>How it stands at a moment: nobody is there of whom nothing was heard for long.</summary>
    public PersonPresence At(DateTimeOffset now) =>
        State != PresenceState.Offline && now - SeenAt > GoneAfter ? this with { State = PresenceState.Offline, Reason = null, Since = SeenAt } : this;
}
