using CallCenter.Calls;
using CallCenter.Teams;

namespace CallCenter.Desk;

/// <summary>What a call is to one person now.</summary>
public enum BarPhase
{
    Ringing,

    /// <summary>One of us calls out, and the other side has not answered.</summary>
    Dialling,
    Talking,

    /// <summary>It rang here too, and a colleague answered.</summary>
    TakenByOther,

    /// <summary>It rang here and ended without anybody.</summary>
    Missed,

    /// <summary>Over for this person: a moment to say what came of it.</summary>
    WrapUp,
}

/// <summary>A call as it stands on one person's bar (product.md E.1). A function of the call, the person and the time alone.</summary>
/// <param name="Since">When this phase began.</param>
/// <param name="Until">When it leaves the bar by itself; null while the phase lasts.</param>
/// <param name="Colleague">Extension or agent who answered instead.</param>
public sealed record BarItem(Call Call, BarPhase Phase, DateTimeOffset Since, DateTimeOffset? Until = null, string? Colleague = null)
{
    public static readonly TimeSpan WrapUpTime = TimeSpan.FromSeconds(20);

    /// <summary>So long one reads that a colleague took it, or that it was missed.</summary>
    public static readonly TimeSpan NoticeTime = TimeSpan.FromSeconds(5);

    public bool IsRinging => Phase == BarPhase.Ringing;

    /// <summary>Null when the call is nothing to this person now.</summary>
    internal static BarItem? Of(Call call, string person, Roster roster, DateTimeOffset now)
    {
        var item = Stands(call, person, roster);
        return item?.Until <= now ? null : item;
    }

    static BarItem? Stands(Call call, string person, Roster roster)
    {
        if (call.MergedInto is not null || !call.People.Contains(person)) return null;
        bool IsMine(string name, DateTimeOffset at) => roster.UserOf(call.Connection, name, at) == person;

        // Whoever placed the call has it, whatever telephones ring; on an internal call the others are rung.
        if (call.Direction == Direction.Outbound || call is { Direction: Direction.Internal, From: { } from } && IsMine(from.Raw, call.StartedAt))
            return call.EndedAt is { } over ? new(call, BarPhase.WrapUp, over, over + WrapUpTime)
                : call.AnsweredAt is { } reached ? new(call, BarPhase.Talking, reached)
                : new(call, BarPhase.Dialling, call.StartedAt);

        var mine = call.Attempts.Where(attempt => attempt.Role == LegRole.Operator && IsMine(attempt.Operator, attempt.RangAt ?? attempt.AnsweredAt ?? call.StartedAt)).ToList();
        if (mine.Count == 0) return null;
        var talks = mine.Where(attempt => attempt.AnsweredAt is not null).ToList();
        if (call.EndedAt is null && talks.Find(attempt => attempt.EndedAt is null) is { } talking) return new(call, BarPhase.Talking, talking.AnsweredAt!.Value);
        var taken = call.Attempts.Where(attempt => attempt.AnsweredAt is not null).MinBy(attempt => attempt.AnsweredAt);
        // Not every phone system says that a telephone fell silent when a colleague answered; one that rings later is being transferred to.
        if (call.EndedAt is null && mine.Find(attempt => attempt is { AnsweredAt: null, EndedAt: null, Result: AttemptResult.Rang } && !(attempt.RangAt <= taken?.AnsweredAt)) is { } ringing)
            return new(call, BarPhase.Ringing, ringing.RangAt ?? call.StartedAt);
        if (talks.Count > 0)
        {
            var end = talks.Max(attempt => attempt.EndedAt ?? call.EndedAt)!.Value;
            return new(call, BarPhase.WrapUp, end, end + WrapUpTime);
        }

        if (taken is not null) return new(call, BarPhase.TakenByOther, taken.AnsweredAt!.Value, taken.AnsweredAt + NoticeTime, taken.Operator);
        return call is { EndedAt: { } missed, Missed: true } ? new(call, BarPhase.Missed, missed, missed + NoticeTime) : null;
    }
}
