using CallCenter.Calls;
using CallCenter.Figures;
using CallCenter.Presence;
using CallCenter.Teams;

namespace CallCenter.Wallboard;

/// <summary>What is on the wall at a moment: numbers only, nobody's name and nobody's telephone number.</summary>
/// <param name="Teams">Whose it is; empty for all calls or one's own.</param>
/// <param name="IsOwn">Only of the one person who looks.</param>
/// <param name="WaitingSince">Since when the caller waits who waits longest.</param>
/// <param name="HalfHour">Of the calls that came in the half hour that runs.</param>
/// <param name="Open">Callers who were missed and that nobody has called back.</param>
/// <param name="OldestMiss">When the first of them was missed.</param>
/// <param name="Overdue">Those of them that should have been called back already.</param>
/// <param name="Today">Missed calls of today.</param>
/// <param name="Settled">Those of them that are older than an hour: the others are still to be returned.</param>
/// <param name="Targets">What the numbers are judged by.</param>
public sealed record BoardFigures(
    DateTimeOffset ReadAt, IReadOnlyList<string> Teams, bool IsOwn, int Waiting, DateTimeOffset? WaitingSince, ServiceLevel HalfHour, Staffed Operators,
    long Open, DateTimeOffset? OldestMiss, long Overdue, Counts Today, Counts Settled, IReadOnlyList<QueueWaiting> Queues, WallboardSettings Targets)
{
    /// <summary>How good a number is by the targets; null where there is nothing to judge.</summary>
    public Level? LevelOf(Measure measure) => measure switch
    {
        Measure.Waiting => Limit.Worse(
            Limit.Little(Waiting, Targets.Waiting, Targets.WaitingCritical), Limit.Little(WaitingSince is { } since ? (ReadAt - since).TotalSeconds : 0, Targets.WaitSeconds, Targets.WaitCriticalSeconds)),
        Measure.Service => Much(HalfHour.Value, Targets.ServicePercent),
        Measure.Operators => Limit.Much(Operators.Free, Targets.Free, Targets.FreeCritical),
        Measure.Misses => Limit.Little(Overdue, Targets.Overdue, Targets.OverdueCritical),
        Measure.Recovered => Much(1 - (Settled.GapRate ?? 0), Targets.RecoveredPercent), // who misses nobody owes nobody
        _ => throw new InvalidOperationException($"No rule for {measure}."),
    };

    Level? Much(double? share, int percent) => share is { } known ? Limit.Much(known * 100, percent, percent - Targets.CriticalPoints) : null;
}

/// <param name="Callers">How many wait in it.</param>
public sealed record QueueWaiting(string Queue, int Callers);

/// <summary>How many operators can take a call, talk, or pause. Who has no screen open and does not talk is not there.</summary>
public readonly record struct Staffed(int Free, int Talking, int Paused)
{
    /// <param name="who">The operators it is about.</param>
    /// <param name="talking">Who is in a call.</param>
    internal static Staffed Of(IReadOnlySet<string> who, IReadOnlySet<string> talking, IEnumerable<PersonPresence> there)
    {
        var silent = there.Where(one => who.Contains(one.User) && !talking.Contains(one.User)).ToLookup(one => one.State);
        return new(silent[PresenceState.Available].Count(), talking.Count(who.Contains), silent[PresenceState.Paused].Count());
    }

    /// <summary>Who of our people is in one of these calls, the other side of which he has on the line or is dialling.</summary>
    internal static IReadOnlySet<string> TalkingIn(IEnumerable<Call> calls, Roster roster)
    {
        var found = new HashSet<string>();
        foreach (var call in calls)
        {
            void Add(string name, DateTimeOffset at)
            {
                if (roster.UserOf(call.Connection, name, at) is { } user) found.Add(user);
            }

            if (call is { Direction: Direction.Outbound, Operator: { } placed }) Add(placed, call.StartedAt);
            foreach (var attempt in call.Attempts)
                if (attempt is { AnsweredAt: { } answered, EndedAt: null } && (call.Direction != Direction.Outbound || attempt.Role != LegRole.Outside)) Add(attempt.Operator, answered);
        }

        return found;
    }
}
