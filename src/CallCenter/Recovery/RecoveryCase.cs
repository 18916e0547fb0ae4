using System.Text.Json.Serialization;

namespace CallCenter.Recovery;

/// <summary>Why nobody has to call back any more.</summary>
public enum CaseEnd
{
    /// <summary>One of us called and the customer answered.</summary>
    Reached,

    /// <summary>One of us called, and the settings ask for no more than that.</summary>
    CalledBack,

    /// <summary>The customer called again and somebody answered.</summary>
    SelfRecovered,

    /// <summary>Its calls turned out not to have been missed, or to be another case's.</summary>
    NotMissed,

    /// <summary>He was told meanwhile what he asked for: a quote went to him.</summary>
    Quoted,

    /// <summary>He ordered meanwhile.</summary>
    Ordered,

    // The rest a person says.
    Solved,
    NotNeeded,
    WrongNumber,
    Unreachable,
    Unwanted,
}

/// <summary>How a case came to whoever has to return the call (product.md A.9, Q5).</summary>
public enum OwnerRule
{
    /// <summary>Nobody can be named: no team claims the calls.</summary>
    Nobody,

    /// <summary>The last operator whose telephone rang for it.</summary>
    LastRung,

    /// <summary>Who looks after the customer.</summary>
    Account,

    /// <summary>Whoever of the team takes it.</summary>
    Team,

    /// <summary>The team has nobody, so it is its manager's.</summary>
    Manager,

    /// <summary>Taken, or given by somebody.</summary>
    ByHand,
}

/// <summary>What came of trying to reach a customer, as the operator says.</summary>
public enum AttemptOutcome
{
    Reached,
    NoAnswer,
    WrongNumber,
    AlreadySolved,
    AskedForQuote,
    MessageSent,
}

/// <summary>Whose missed calls a case is about, and the line of a phone system that they called.</summary>
/// <param name="Customer">As <see cref="CaseParty"/> names customers and numbers.</param>
/// <param name="Line">Empty when the phone system does not say.</param>
public readonly record struct CaseKey(string Customer, string Connection, string Line);

/// <summary>
/// Missed calls of one customer, or of one number that is no customer's, on one line that somebody has to return, until
/// somebody does. Which calls it is about, and which later call settled it, follows from the calls alone, in whatever order
/// they became known; whose it is and until when is decided here too, unless a person decides.
/// </summary>
public record RecoveryCase
{
    /// <summary>How long a page that was opened, or a wish to dial, keeps others off.</summary>
    public static readonly TimeSpan ReservedFor = TimeSpan.FromMinutes(3);

    /// <summary>A call that nobody tells the end of keeps others off no longer than this.</summary>
    static readonly TimeSpan CallMax = TimeSpan.FromHours(2);

    public long Id { get; init; }

    [JsonIgnore]
    public CaseKey Key { get; init; }

    public string Connection => Key.Connection;

    public string? Line => Key.Line.Length > 0 ? Key.Line : null;

    /// <summary>E.164, to be dialled.</summary>
    public required string Number { get; init; }

    /// <summary>As the network named the caller; what a stranger typed, so never trusted.</summary>
    public string? CallerName { get; init; }

    public bool IsOpen => ClosedAt is null;

    public CaseEnd? EndReason { get; init; }

    /// <summary>When the settling call began, or a person closed it.</summary>
    public DateTimeOffset? ClosedAt { get; init; }

    /// <summary>The call that settled it.</summary>
    public long? ClosedCall { get; init; }

    /// <summary>Who placed or took that call, or closed it by hand; null when it is none of ours.</summary>
    public string? ClosedBy { get; init; }

    /// <summary>Somebody closed it, by saying so or by selling: calls that become known later leave it closed.</summary>
    public bool ByHand { get; init; }

    /// <summary>Since then only later calls can settle it.</summary>
    public DateTimeOffset? ReopenedAt { get; init; }

    public DateTimeOffset FirstMissedAt { get; init; }

    public DateTimeOffset LastMissedAt { get; init; }

    public long LastCall { get; init; }

    public long Misses { get; init; }

    /// <summary>Calls to the customer since the first miss, answered or not.</summary>
    public long Attempts { get; init; }

    public DateTimeOffset? LastAttemptAt { get; init; }

    /// <summary>Null when anybody of the team may take it.</summary>
    public string? Owner { get; init; }

    public OwnerRule OwnerRule { get; init; }

    public DateTimeOffset DueAt { get; init; }

    public DateTimeOffset? PostponedUntil { get; init; }

    /// <summary>It was due and nobody had tried, so the manager was told.</summary>
    public DateTimeOffset? EscalatedAt { get; init; }

    public string? ReservedBy { get; init; }

    public DateTimeOffset? ReservedUntil { get; init; }

    /// <summary>Who has it reserved is calling, in this call.</summary>
    public long? ReservedCall { get; init; }

    /// <summary>Grows with every change of any case.</summary>
    public long Version { get; init; }

    public bool IsReserved(DateTimeOffset now) => ReservedBy is not null && ReservedUntil > now;

    public RecoveryCase Claim(string person, DateTimeOffset now)
    {
        MustBeOpen();
        if (Owner == person) return this; // asking twice is fine
        if (OwnerRule == OwnerRule.ByHand && Owner is { } other) throw new Refusal(RefusalKind.Conflict, "case.claimed-by-other", other);
        MustBeFreeFor(person, now);
        return this with { Owner = person, OwnerRule = OwnerRule.ByHand };
    }

    /// <param name="person">Null gives it back to the team.</param>
    public RecoveryCase Assign(string? person)
    {
        MustBeOpen();
        return this with { Owner = person, OwnerRule = person is null ? OwnerRule.Team : OwnerRule.ByHand, EscalatedAt = null };
    }

    /// <summary>Opened or about to be dialled: others see who has it in hand.</summary>
    public RecoveryCase Reserve(string person, DateTimeOffset now)
    {
        MustBeOpen();
        MustBeFreeFor(person, now);
        return this with { ReservedBy = person, ReservedUntil = Later(ReservedUntil, now + ReservedFor) };
    }

    /// <summary>While a call to the customer goes on, who placed it has the case, whoever had it before.</summary>
    internal RecoveryCase Calling(string person, long call, DateTimeOffset since) => this with { ReservedBy = person, ReservedCall = call, ReservedUntil = since + CallMax };

    internal RecoveryCase Released() => this with { ReservedBy = null, ReservedUntil = null, ReservedCall = null };

    /// <summary>Looked at and put away. What goes on in a call ends with the call.</summary>
    public RecoveryCase Release(string person) => ReservedBy == person && ReservedCall is null ? Released() : this;

    public RecoveryCase Postpone(DateTimeOffset until, DateTimeOffset now, TimeSpan longest)
    {
        MustBeOpen();
        if (until <= now || until > now + longest) throw new Refusal(RefusalKind.Invalid, "case.postpone", (int)longest.TotalDays);
        return this with { PostponedUntil = until, DueAt = until, EscalatedAt = null };
    }

    public RecoveryCase Close(CaseEnd reason, string? person, DateTimeOffset now)
    {
        if (!ByPeople.Contains(reason)) throw new Refusal(RefusalKind.Invalid, "case.reason", string.Join(", ", ByPeople));
        return End(reason, person, now);
    }

    /// <summary>Something that is no call made calling back needless.</summary>
    internal RecoveryCase End(CaseEnd reason, string? person, DateTimeOffset now)
    {
        if (ByHand && EndReason == reason) return this;
        MustBeOpen();
        return Released() with { EndReason = reason, ClosedAt = now, ClosedBy = person, ByHand = true, ClosedCall = null };
    }

    public RecoveryCase Reopen(DateTimeOffset now) => IsOpen ? this
        : this with { EndReason = null, ClosedAt = null, ClosedBy = null, ClosedCall = null, ByHand = false, ReopenedAt = now, PostponedUntil = null, EscalatedAt = null };

    /// <summary>The other one turns out to be the same case: what people did with it holds here. It is put off as the one was that the customer called for last.</summary>
    internal RecoveryCase With(RecoveryCase other)
    {
        var given = OwnerRule != OwnerRule.ByHand && other.OwnerRule == OwnerRule.ByHand ? other : this;
        var newer = other.LastMissedAt > LastMissedAt ? other : this;
        var held = ReservedBy is null ? other : this;
        return this with
        {
            Owner = given.Owner,
            OwnerRule = given.OwnerRule,
            PostponedUntil = newer.PostponedUntil,
            EscalatedAt = EscalatedAt ?? other.EscalatedAt,
            ReopenedAt = ReopenedAt is { } again && !(other.ReopenedAt > again) ? again : other.ReopenedAt,
            ReservedBy = held.ReservedBy,
            ReservedUntil = held.ReservedUntil,
            ReservedCall = held.ReservedCall,
        };
    }

    /// <summary>Due and nobody tried: told to whoever leads the team, once.</summary>
    internal RecoveryCase Escalate(DateTimeOffset now) => this with { EscalatedAt = now };

    /// <summary>The ends that a person can choose.</summary>
    public static readonly CaseEnd[] ByPeople = [CaseEnd.Solved, CaseEnd.NotNeeded, CaseEnd.WrongNumber, CaseEnd.Unreachable, CaseEnd.Unwanted];

    /// <exception cref="Refusal">It is closed.</exception>
    internal void MustBeOpen()
    {
        if (!IsOpen) throw new Refusal(RefusalKind.Conflict, "case.closed", Id);
    }

    void MustBeFreeFor(string person, DateTimeOffset now)
    {
        if (IsReserved(now) && ReservedBy != person) throw new Refusal(RefusalKind.Conflict, "case.reserved-by-other", ReservedBy!);
    }

    static DateTimeOffset Later(DateTimeOffset? a, DateTimeOffset b) => a > b ? a.Value : b;
}
