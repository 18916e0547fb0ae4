using System.Globalization;
using System.Text.Json.Serialization;

namespace CallCenter.Calls;

/// <summary>Which call: the connection that spoke of it and the phone system's own id.</summary>
public readonly record struct CallKey(string Connection, string Id)
{
    public override string ToString() => $"{Connection}/{Id}";
}

/// <summary>
/// A fact about a call, immutable. A call is the fold of the set of its events, so an event must be equal to itself
/// whenever the phone system tells it again.
/// </summary>
/// <param name="Call">The call it is about.</param>
/// <param name="At">When it happened, UTC, to the millisecond.</param>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "is")]
[JsonDerivedType(typeof(CallStarted), "started")]
[JsonDerivedType(typeof(CallLinked), "linked")]
[JsonDerivedType(typeof(QueueJoined), "queue_joined")]
[JsonDerivedType(typeof(QueueLeft), "queue_left")]
[JsonDerivedType(typeof(AttemptStarted), "attempt_started")]
[JsonDerivedType(typeof(AttemptAnswered), "attempt_answered")]
[JsonDerivedType(typeof(AttemptEnded), "attempt_ended")]
[JsonDerivedType(typeof(HoldStarted), "hold_started")]
[JsonDerivedType(typeof(HoldEnded), "hold_ended")]
[JsonDerivedType(typeof(Parked), "parked")]
[JsonDerivedType(typeof(Retrieved), "retrieved")]
[JsonDerivedType(typeof(Transferred), "transferred")]
[JsonDerivedType(typeof(VoicemailLeft), "voicemail")]
[JsonDerivedType(typeof(RecordingMade), "recording")]
[JsonDerivedType(typeof(CallEnded), "ended")]
[JsonDerivedType(typeof(CallLost), "lost")]
public abstract record CallEvent(
    [property: JsonIgnore] CallKey Call,
    [property: JsonIgnore] DateTimeOffset At)
{
    /// <summary>The phone system's own order among events of the same millisecond; 0 when it has none.</summary>
    [JsonIgnore]
    public int Order { get; init; }

    /// <summary>
    /// Only known to the second or estimated (queue_log, a snapshot). Gives way to an exact telling of the same fact.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Coarse { get; init; }

    /// <summary>
    /// The same when the phone system tells the same fact again, whenever that is. Null says that the content is the
    /// identity, which is right wherever a repetition carries the original instant.
    /// </summary>
    [JsonIgnore]
    public string? ToldAs { get; init; }

    /// <summary>Among events of one instant, causes come before effects.</summary>
    [JsonIgnore]
    public abstract int Rank { get; }

    /// <summary>What the event says besides when, for telling two events apart.</summary>
    [JsonIgnore]
    protected abstract string Content { get; }

    [JsonIgnore]
    public string Identity => ToldAs ?? string.Create(CultureInfo.InvariantCulture, $"{Rank}:{At.ToUnixTimeMilliseconds()}:{Content}");

    /// <summary>By time, then the phone system's order, then cause before effect; total, so that a set has one order.</summary>
    public static int Compare(CallEvent a, CallEvent b)
    {
        var order = a.At.CompareTo(b.At);
        if (order == 0) order = a.Order.CompareTo(b.Order);
        if (order == 0) order = a.Rank.CompareTo(b.Rank);
        return order != 0 ? order : string.CompareOrdinal(a.Content, b.Content);
    }
}

public enum Direction
{
    Unknown,
    Inbound,
    Outbound,
    Internal,
}

/// <summary>Whose telephone an attempt rings.</summary>
public enum LegRole
{
    /// <summary>One of the company's people is being called.</summary>
    Operator,

    /// <summary>A telephone outside: the customer of an outbound call, a mobile that calls are forwarded to.</summary>
    Outside,

    /// <summary>The telephone of who places the call, rung first by click-to-call. Its answer is not the call's.</summary>
    Caller,
}

public enum AttemptResult
{
    /// <summary>Still ringing.</summary>
    Rang,
    Answered,
    NotAnswered,
    Declined,
    Busy,

    /// <summary>Who called gave up while it rang.</summary>
    Cancelled,

    /// <summary>A colleague was faster.</summary>
    AnsweredElsewhere,

    /// <summary>The telephone sent the call on to another number.</summary>
    Forwarded,

    /// <summary>It could not be rung: not registered, unknown number, network trouble.</summary>
    Failed,

    /// <summary>Answered, and passed on to somebody else.</summary>
    TransferredOut,
}

/// <summary>How the phone system says the caller's side ended. Whether that was a missed call is the fold's to say.</summary>
public enum EndCause
{
    /// <summary>It does not say; the fold judges by what happened before.</summary>
    Unknown,
    Normal,

    /// <summary>Who called hung up before anybody answered.</summary>
    Cancelled,
    NoAnswer,
    Busy,
    Failed,

    /// <summary>Nobody was to answer: outside of opening hours.</summary>
    Closed,
}

public enum QueueExit
{
    Unknown,
    Answered,
    Abandoned,
    TimedOut,

    /// <summary>Nobody logged in, or the queue was full.</summary>
    Refused,

    /// <summary>The caller asked to be called back instead of waiting.</summary>
    CallbackRequested,
}

public enum TransferKind
{
    Blind,
    Attended,
    BlindCode,
    AttendedCode,
    Park,
    Forward,
    Pickup,
}

/// <summary>
/// The call came to be. Later tellings may add what the first did not know; nothing is taken back. What a coarse telling
/// says fills only what no exact one knows.
/// </summary>
/// <param name="Operator">Who places an outbound or internal call.</param>
/// <param name="Line">The company's own number that was dialled, or that the call goes out with.</param>
public sealed record CallStarted(CallKey Call, DateTimeOffset At, Direction Direction, PhoneNumber? From, PhoneNumber? To,
    string? Line = null, string? Operator = null, string? CallerName = null) : CallEvent(Call, At)
{
    /// <summary>
    /// The leg that began with it, for phone systems that speak of legs: see <see cref="CallEnded.Leg"/>. Of several the call
    /// hangs on the first that an exact telling names, else on the first.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public string? Leg { get; init; }

    public override int Rank => 0;
    protected override string Content => $"{Direction}:{From?.Raw}:{To?.Raw}:{Line}:{Operator}{(Leg is null ? "" : $":{Leg}")}";
}

/// <summary>
/// What the phone system told under another key is this same call. It may say so late, of calls that are over: then they
/// become one, with the events of both.
/// </summary>
/// <param name="With">The other key, of the same connection.</param>
public sealed record CallLinked(CallKey Call, DateTimeOffset At, string With) : CallEvent(Call, At)
{
    public override int Rank => 5;
    protected override string Content => With;

    [JsonIgnore]
    public CallKey Other => Call with { Id = With };
}

public sealed record QueueJoined(CallKey Call, DateTimeOffset At, string Queue) : CallEvent(Call, At)
{
    public override int Rank => 30;
    protected override string Content => Queue;
}

public sealed record QueueLeft(CallKey Call, DateTimeOffset At, string Queue, QueueExit Reason) : CallEvent(Call, At)
{
    public override int Rank => 25; // an overflow leaves one queue and joins the next in one millisecond
    protected override string Content => $"{Queue}:{Reason}";
}

/// <summary>A telephone starts to ring.</summary>
/// <param name="Leg">
/// The phone system's id of this ringing, unique in the call. One that rings again after it ended is a new attempt, for
/// phone systems that name only the telephone.
/// </param>
/// <param name="Operator">
/// Whose telephone: an extension or an agent's name; for outside telephones the number dialled. Empty when nobody says.
/// </param>
/// <param name="Role">Null when the teller does not know; the call's direction then decides.</param>
/// <param name="Contact">
/// For an offer that a distributor makes to a person: the telephone that will ring because of it. The offer and the
/// ringing of that telephone are one attempt.
/// </param>
public sealed record AttemptStarted(
    CallKey Call, DateTimeOffset At, string Leg, string Operator, LegRole? Role = LegRole.Operator, string? Contact = null)
    : CallEvent(Call, At)
{
    public override int Rank => 40;
    protected override string Content => $"{Leg}:{Operator}:{Role}";
}

/// <summary>A person picks up. A queue, a menu or a mailbox that "answers" is not told as this.</summary>
/// <param name="Leg">Empty says only that somebody did; together with <see cref="CallEvent.Coarse"/> it gives way to any exact answer.</param>
public sealed record AttemptAnswered(CallKey Call, DateTimeOffset At, string Leg, string? Operator = null, LegRole? Role = null)
    : CallEvent(Call, At)
{
    /// <summary>Counts only if the leg was told to ring: for tellers who do not say whose leg it is, the caller's or a telephone's.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool IfRung { get; init; }

    /// <summary>By what the leg is commanded, for phone systems that have another id for that.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public string? Handle { get; init; }

    public override int Rank => 50;
    protected override string Content => $"{Leg}:{Operator}{(IfRung ? ":?" : "")}";
}

/// <summary>A telephone stops ringing, or the person on it is no longer in the call.</summary>
/// <param name="Operator">Whose telephone, for one that refused at once and so was never told to ring.</param>
public sealed record AttemptEnded(CallKey Call, DateTimeOffset At, string Leg, AttemptResult Result, string? Operator = null, LegRole? Role = null)
    : CallEvent(Call, At)
{
    public override int Rank => 70;
    protected override string Content => $"{Leg}:{Result}";
}

/// <param name="Leg">The leg that put the other side on hold.</param>
public sealed record HoldStarted(CallKey Call, DateTimeOffset At, string Leg) : CallEvent(Call, At)
{
    public override int Rank => 60;
    protected override string Content => Leg;
}

public sealed record HoldEnded(CallKey Call, DateTimeOffset At, string Leg) : CallEvent(Call, At)
{
    public override int Rank => 55;
    protected override string Content => Leg;
}

/// <param name="Slot">The parking place, if the phone system names it.</param>
/// <param name="By">Who parked the caller.</param>
public sealed record Parked(CallKey Call, DateTimeOffset At, string? Slot, string? By = null) : CallEvent(Call, At)
{
    public override int Rank => 66;
    protected override string Content => $"{Slot}";
}

/// <summary>Somebody took the parked caller back.</summary>
public sealed record Retrieved(CallKey Call, DateTimeOffset At, string? Slot) : CallEvent(Call, At)
{
    public override int Rank => 48;
    protected override string Content => $"{Slot}";
}

/// <param name="From">Who passed the call on.</param>
/// <param name="To">Where to: extension, queue number or outside number, as dialled.</param>
public sealed record Transferred(CallKey Call, DateTimeOffset At, TransferKind Kind, string? From, string? To) : CallEvent(Call, At)
{
    public override int Rank => 65;
    protected override string Content => $"{Kind}:{From}:{To}";
}

/// <summary>The caller left a message. Still missed: nobody spoke to him.</summary>
public sealed record VoicemailLeft(CallKey Call, DateTimeOffset At) : CallEvent(Call, At)
{
    public override int Rank => 75;
    protected override string Content => "";
}

/// <param name="Reference">Where the recording lies: an address or the phone system's id. The sound itself is never kept.</param>
public sealed record RecordingMade(CallKey Call, DateTimeOffset At, string Reference) : CallEvent(Call, At)
{
    public override int Rank => 76;
    protected override string Content => Reference;
}

/// <summary>The caller's side ended, or no leg of the call is left.</summary>
/// <param name="RawCause">The phone system's own word or number for it.</param>
public sealed record CallEnded(CallKey Call, DateTimeOffset At, EndCause Cause, string? RawCause = null) : CallEvent(Call, At)
{
    /// <summary>Only this leg is over. The call is if it hangs on it; of a telephone's leg its attempt tells.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public string? Leg { get; init; }

    /// <summary>
    /// Who tells sees only a part of the call. It is over if nothing of it lasts: no telephone that rang, no leg that a
    /// <see cref="CallStarted"/> named; and if nothing comes after it.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Presumed { get; init; }

    public override int Rank => 90;
    protected override string Content => $"{Cause}:{RawCause}{(Leg is null ? "" : $":{Leg}")}{(Presumed ? ":?" : "")}";
}

/// <summary>Nobody heard how it ended: closed by rule. Any real end, however late, takes its place.</summary>
/// <param name="Why">silent, not_in_snapshot, pbx_restarted.</param>
public sealed record CallLost(CallKey Call, DateTimeOffset At, string Why) : CallEvent(Call, At)
{
    public override int Rank => 95;
    protected override string Content => Why;
}
