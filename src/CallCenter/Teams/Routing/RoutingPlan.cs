using CallCenter.Calls;
using CallCenter.Telephony;
using CallCenter.Telephony.Routing;

namespace CallCenter.Teams.Routing;

/// <summary>Somebody of a team who is there.</summary>
/// <param name="Telephone">What rings for him on that phone system.</param>
/// <param name="IsFree">Neither talks nor is rung by another call.</param>
/// <param name="IdleSince">When his last call ended, or when he came.</param>
sealed record Candidate(string Person, DialString Telephone, bool IsFree, DateTimeOffset IdleSince);

/// <summary>A team as a caller finds it now.</summary>
/// <param name="There">Who is available, in the team's order.</param>
sealed record TeamSight(string Id, string Name, RoutingRule Rule, bool IsOpen, IReadOnlyList<Candidate> There);

/// <summary>What happens to the caller's place in queues with a step.</summary>
/// <param name="Team">Whose queue, by name.</param>
/// <param name="Left">Why he left it; null when he joins it.</param>
sealed record QueueNews(string Team, QueueExit? Left = null);

/// <param name="Rung">Whose telephones ring, by id.</param>
/// <param name="IsClosed">Nobody was to answer at that hour.</param>
sealed record PlannedStep(RoutingStep Step, IReadOnlyList<QueueNews> Queues, IReadOnlyList<string> Rung, bool IsClosed = false);

/// <summary>
/// The next step of a call, from the rules of teams, who is there, the time, and what was tried. A plain function: the same
/// question has the same answer on every node.
/// </summary>
/// <remarks>
/// After everybody who is free was rung once there is a pause, in which the caller waits: telephones that refuse at once would
/// else be rung without end. A team of which nobody is there is not waited for.
/// </remarks>
static class RoutingPlan
{
    /// <summary>Where there is no music.</summary>
    public const int PauseSeconds = 8;

    public const int MessageSecondsMax = 180;

    const int RingMin = 5;

    /// <param name="look">Null for a team that is no more.</param>
    /// <param name="telephonesMax">As many as can ring at once.</param>
    public static PlannedStep Next(RoutingProgress progress, Func<string, TeamSight?> look, DateTimeOffset now, int telephonesMax)
    {
        var queues = new List<QueueNews>();
        var isNew = progress.Step == 0;
        var greeting = isNew && look(progress.Team) is { } first ? SpokenOf(first.Rule.Greeting, first.Rule) : null;
        while (true)
        {
            if (look(progress.Team) is not { } team) return new(new HangUpStep(null), queues, []);
            if (!team.IsOpen && isNew && progress.Teams.Count == 1) return new(End(team.Rule, team.Rule.ClosedText), [], [], IsClosed: true);
            if (isNew && queues.Count == 0) queues.Add(new(team.Name));

            var waited = now - progress.Since;
            var isWanted = team.IsOpen && team.There.Count > 0;
            if (OverflowOf(team, progress, look) is { } other && (!isWanted || waited >= TimeSpan.FromSeconds(team.Rule.OverflowSeconds)))
            {
                queues.AddRange([new(team.Name, isWanted ? QueueExit.TimedOut : QueueExit.Refused), new(other.Name)]);
                progress = progress.To(other.Id, now);
                continue;
            }

            if (!isWanted || waited >= TimeSpan.FromSeconds(team.Rule.WaitSeconds))
                return new(End(team.Rule, team.Rule.NobodyText), [.. queues, new(team.Name, isWanted ? QueueExit.TimedOut : QueueExit.Refused)], []);

            var next = Ordered(team).Where(one => one.IsFree && !progress.Tried.Contains(one.Person)).Take(team.Rule.Order == RoutingOrder.Everybody ? telephonesMax : 1).ToList();
            if (next.Count == 0)
            {
                var music = Uri.TryCreate(team.Rule.Music, UriKind.Absolute, out var sound) ? sound : null;
                return new(new WaitStep(greeting, music, PauseSeconds, progress.AfterWaiting().ToString()), queues, []);
            }

            var rung = next.ConvertAll(one => one.Person);
            return new(new RingStep(greeting, next.ConvertAll(one => one.Telephone), SecondsFor(team, progress, look, waited), progress.AfterTrying(rung).ToString()), queues, rung);
        }
    }

    /// <summary>When nobody can be asked who is there: the caller waits a little, and is asked for again.</summary>
    public static RoutingStep Later(RoutingProgress progress) => new WaitStep(null, null, PauseSeconds, progress.ToString());

    static IEnumerable<Candidate> Ordered(TeamSight team) => team.Rule.Order switch
    {
        RoutingOrder.Everybody or RoutingOrder.LongestIdle => team.There.OrderBy(one => one.IdleSince),
        RoutingOrder.InOrder => team.There,
        _ => throw new InvalidOperationException($"No rule for {team.Rule.Order}."),
    };

    /// <summary>The team that takes over, if it can: it answers now, somebody is there, and it has not had the call before.</summary>
    static TeamSight? OverflowOf(TeamSight team, RoutingProgress progress, Func<string, TeamSight?> look) =>
        team.Rule.OverflowTeam is { } id && !progress.Teams.Contains(id) && look(id) is { IsOpen: true, There.Count: > 0 } other ? other : null;

    /// <summary>A telephone does not ring beyond the moment at which something else is to happen.</summary>
    static int SecondsFor(TeamSight team, RoutingProgress progress, Func<string, TeamSight?> look, TimeSpan waited)
    {
        var until = OverflowOf(team, progress, look) is null ? team.Rule.WaitSeconds : Math.Min(team.Rule.OverflowSeconds, team.Rule.WaitSeconds);
        return Math.Clamp((int)Math.Ceiling(until - waited.TotalSeconds), RingMin, team.Rule.RingSeconds);
    }

    static RoutingStep End(RoutingRule rule, string text) => rule.Voicemail ? new MessageStep(SpokenOf(text, rule), MessageSecondsMax) : new HangUpStep(SpokenOf(text, rule));

    static Spoken? SpokenOf(string text, RoutingRule rule) => text.Length > 0 ? new(text, rule.Language) : null;
}
