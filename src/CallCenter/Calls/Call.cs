using System.Text.Json.Serialization;

namespace CallCenter.Calls;

/// <summary>Where a call stands. The words are those of the source page and of product.md C.2.</summary>
public enum CallState
{
    Queued,
    Ringing,
    Answered,
    OnHold,
    Ended,
}

/// <summary>How a call ended. Mutually exclusive; they sum to all calls that ended.</summary>
public enum CallOutcome
{
    Completed,

    /// <summary>Who called hung up before anybody answered.</summary>
    Cancelled,
    NoAnswer,
    Busy,
    Failed,
}

/// <summary>Why an inbound call was missed (product.md C.2).</summary>
public enum MissedReason
{
    OutOfHours,
    NoAgentLoggedIn,
    AllBusy,
    NotAnswered,
    QueueTimeout,
    ShortAbandon,
    AbandonedWaiting,
    AbandonedInIvr,
    FailedTechnical,
    CallbackRequested,
}

/// <summary>How a missed call stands; each is in exactly one of these.</summary>
public enum RecoveryStanding
{
    /// <summary>Nobody called back, and the caller did not get through either.</summary>
    Open,
    Recovered,

    /// <summary>The caller got through by himself, and nobody called back.</summary>
    SelfRecovered,

    /// <summary>There is no number that could be called back.</summary>
    NoNumber,
}

/// <param name="LeftAt">Null while the caller waits in it.</param>
public sealed record QueueVisit(string Queue, DateTimeOffset JoinedAt, DateTimeOffset? LeftAt, QueueExit? Reason);

/// <summary>One telephone that rang for this call.</summary>
/// <param name="Operator">Extension or agent; for a telephone outside the number dialled.</param>
/// <param name="RangAt">Null when it answered without ringing: picked up for a colleague, or taken back from parking.</param>
public sealed record Attempt(
    string Operator, DateTimeOffset? RangAt, DateTimeOffset? AnsweredAt, DateTimeOffset? EndedAt, AttemptResult Result,
    LegRole Role, [property: JsonIgnore] string Leg)
{
    /// <summary>By what the leg is commanded, where that is not its id.</summary>
    [JsonIgnore]
    public string? Handle { get; init; }
}

public sealed record Transfer(TransferKind Kind, string? From, string? To, DateTimeOffset At);

/// <param name="To">Null while it lasts.</param>
public sealed record Hold(DateTimeOffset From, DateTimeOffset? To);

/// <summary>
/// One call as a person would count it, however many legs, rings and repeated messages the phone system made of it: the
/// fold of the set of its events. Instants are UTC, durations in seconds with fractions.
/// </summary>
public record Call
{
    public long Id { get; init; }

    /// <summary>Id of the connection that told us of it.</summary>
    public required string Connection { get; init; }

    public string Provider { get; init; } = "";

    public required string ProviderCallId { get; init; }

    public Direction Direction { get; init; }

    [JsonIgnore]
    public PhoneNumber? From { get; init; }

    [JsonIgnore]
    public PhoneNumber? To { get; init; }

    [JsonPropertyName("from")]
    public string? FromRaw => From?.Raw;

    [JsonPropertyName("to")]
    public string? ToRaw => To?.Raw;

    /// <summary>The outside party as the network names it; what a stranger typed, so never trusted.</summary>
    public string? CallerName { get; init; }

    /// <summary>The number on the other side, E.164; null for internal calls, withheld and impossible numbers.</summary>
    public string? CustomerNumber => CustomerSide?.E164;

    [JsonIgnore]
    public PhoneNumber? CustomerSide => Direction switch
    {
        Direction.Inbound => From,
        Direction.Outbound => To,
        _ => null,
    };

    /// <summary>The customer whose number that is, as decided when the call came or as a person said; null while nobody is known to be.</summary>
    public long? CustomerId { get; init; }

    /// <summary>The company's own number that was dialled or that the call went out with.</summary>
    public string? Line { get; init; }

    /// <summary>The queue it was answered in, else the last one it waited in.</summary>
    public string? Queue { get; init; }

    public IReadOnlyList<QueueVisit> Queues { get; init; } = [];

    /// <summary>The first person who answered; for outbound calls who placed it.</summary>
    public string? Operator { get; init; }

    public IReadOnlyList<Attempt> Attempts { get; init; } = [];

    /// <summary>Id of the team it counts for; null when none claims it. Decided by line and queue, else by whom it rang, as of its start.</summary>
    public string? Team { get; init; }

    /// <summary>Ids of our people whom it concerns: who answered it, was rung by it or placed it.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> People { get; init; } = [];

    public CallState State { get; init; }

    /// <summary>Null while the call lasts.</summary>
    public CallOutcome? Outcome { get; init; }

    /// <summary>Inbound, ended, and no person answered on any leg. Decided here and nowhere else.</summary>
    public bool Missed => Direction == Direction.Inbound && State == CallState.Ended && AnsweredAt is null;

    public MissedReason? MissedReason { get; init; }

    public DateTimeOffset StartedAt { get; init; }

    public DateTimeOffset? QueuedAt { get; init; }

    public DateTimeOffset? RingingAt { get; init; }

    /// <summary>A person answered; for outbound calls the other side did.</summary>
    public DateTimeOffset? AnsweredAt { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>From joining the first queue (else from the start) to the answer, or to the end (product.md C.1).</summary>
    public double? WaitSeconds => Seconds(QueuedAt is { } queued && (AnsweredAt is null || queued <= AnsweredAt) ? queued : StartedAt, AnsweredAt ?? EndedAt);

    /// <summary>From the first ring to the answer, or to the end.</summary>
    public double? RingSeconds => RingingAt is { } rang ? Seconds(rang, AnsweredAt ?? EndedAt) : null;

    /// <summary>From the first answer to the end of the caller's side, transfers and holds included.</summary>
    public double? TalkSeconds => AnsweredAt is { } answered ? Seconds(answered, EndedAt) : EndedAt is null ? null : 0;

    public double? HoldSeconds => EndedAt is null ? null : Math.Round(Holds.Sum(hold => Seconds(hold.From, hold.To ?? EndedAt) ?? 0), 3);

    public IReadOnlyList<Transfer> Transfers { get; init; } = [];

    public IReadOnlyList<Hold> Holds { get; init; } = [];

    public bool Voicemail { get; init; }

    public string? Recording { get; init; }

    /// <summary>The phone system's own word for how it ended.</summary>
    public string? HangupCause { get; init; }

    /// <summary>The other side's telephone was dialled. A click-to-call that only rang the operator's own never got there.</summary>
    [JsonIgnore]
    public bool Dialled => Direction == Direction.Outbound
        && (Attempts.Count == 0 || AnsweredAt is not null || Attempts.Any(attempt => attempt.Role != LegRole.Caller));

    [JsonIgnore]
    public RecoveryMark Mark { get; init; } = RecoveryMark.None;

    /// <summary>Null for calls that were not missed.</summary>
    [JsonIgnore]
    public RecoveryStanding? Standing => RecoveredBy is not null ? RecoveryStanding.Recovered
        : SelfRecoveredBy is not null ? RecoveryStanding.SelfRecovered
        : !Missed ? null
        : CustomerSide?.MatchKey is null ? RecoveryStanding.NoNumber : RecoveryStanding.Open;

    /// <summary>The operator's later call that made this missed call good.</summary>
    public long? RecoveredBy => Mark.RecoveredBy;

    public DateTimeOffset? RecoveredAt => Mark.RecoveredAt;

    /// <summary>Whole seconds from the end of the missed call to the start of the follow-up (product.md C.4).</summary>
    public double? RecoverySeconds => SecondsTo(Mark.RecoveredAt);

    /// <summary>The first follow-up that was answered.</summary>
    public long? ReachedBy => Mark.ReachedBy;

    public double? ContactSeconds => SecondsTo(Mark.ReachedAt);

    /// <summary>The caller's own later call that was answered before anybody called back.</summary>
    public long? SelfRecoveredBy => Mark.SelfRecoveredBy;

    /// <summary>Nobody heard how it ended: closed by rule.</summary>
    public bool Stale { get; init; }

    /// <summary>
    /// Turned out to be part of another call, by its <see cref="Id"/>, which knows all that was told of this one. Lists do not
    /// show it any more; who follows the log hears of it once.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? MergedInto { get; init; }

    /// <summary>Grows with every change of any call, in the order of commits: the cursor of the stream.</summary>
    public long Version { get; init; }

    /// <summary>The call that these events make, in any order and told any number of times; null when nothing says that it began.</summary>
    public static Call? Of(CallKey key, IEnumerable<CallEvent> events) => new CallFold(key, events).Result();

    double? SecondsTo(DateTimeOffset? followUp) => followUp is { } at && EndedAt is { } end ? Math.Floor((at - end).TotalSeconds) : null;

    static double? Seconds(DateTimeOffset from, DateTimeOffset? to) =>
        to is { } end ? Math.Max(0, Math.Round((end - from).TotalSeconds, 3)) : null;
}
