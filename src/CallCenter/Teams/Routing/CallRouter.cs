using System.Collections.Concurrent;
using CallCenter.Calls;
using CallCenter.Presence;
using CallCenter.Storage;
using CallCenter.Telephony;
using CallCenter.Telephony.Routing;

namespace CallCenter.Teams.Routing;

/// <summary>
/// Decides what becomes of calls on the lines that a team answers by its own rule: looks who is there and who talks, and plans the
/// next step. It changes nothing and may be asked on any node.
/// </summary>
sealed class CallRouter(Personnel personnel, PresenceBook presence, CallLog log, TimeProvider clock, ILogger<CallRouter> logger) : ICallRouter
{
    /// <summary>The phone system waits for some seconds only; then the caller hears music and it asks again.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    const int LiveMax = 2000;
    const int RungMax = 1000;

    readonly ConcurrentDictionary<string, (CallKey Call, DateTimeOffset Until)> rung = [];

    public async Task<RoutingDecision?> Decide(Connection connection, IRoutesCalls provider, RoutingQuestion question)
    {
        var (roster, now) = (personnel.Now, clock.GetUtcNow());
        var progress = question.Thread.Length > 0 ? RoutingProgress.Parse(question.Thread)
            : question.Line is { } line && roster.RoutedTeamOf(connection.Id, line, now) is { } its ? RoutingProgress.Begin(its, now) : null;
        if (progress is null) return null;

        using var patience = new CancellationTokenSource(Patience);
        PlannedStep planned;
        try
        {
            planned = RoutingPlan.Next(progress, await Look(roster, progress.Team, connection, provider, question.Call, now, patience.Token), now, provider.TelephonesMax);
        }
        catch (Exception e) when (Db.IsOutage(e) || e is OperationCanceledException)
        {
            logger.LogWarning("Nobody could say who is there for a call; its caller waits: {Reason}", e.Message);
            planned = new(RoutingPlan.Later(progress), [], []);
        }

        Remember(question.Call, planned, now);
        return new(provider.Say(planned.Step, question, connection.Settings), [.. EventsOf(question.Call, progress.Step, planned, now)]);
    }

    async Task<Func<string, TeamSight?>> Look(Roster roster, string team, Connection connection, IRoutesCalls provider, CallKey asking, DateTimeOffset now, CancellationToken stop)
    {
        var teams = InReach(roster, team);
        var members = roster.Memberships.Where(membership => teams.Contains(membership.Team) && membership.When.Contains(now)).Select(membership => membership.User).ToHashSet();
        var there = (await presence.There(stop)).Where(one => one.State == PresenceState.Available && members.Contains(one.User)).ToDictionary(one => one.User, one => one.Since);
        var busy = await Busy(roster, asking, now, stop);
        var telephones = there.Keys.Select(person => (Person: person, Telephone: TelephoneOf(roster, connection, provider, person, now)))
            .Where(one => one.Telephone is not null).ToDictionary(one => one.Person, one => one.Telephone!.Value);
        var idle = new Dictionary<string, DateTimeOffset>();
        var isAsked = teams.Any(id => RuleOf(roster, id).Order != RoutingOrder.InOrder);
        foreach (var (person, (name, _)) in telephones) idle[person] = !isAsked ? there[person] : await LastTalk(connection.Id, name, stop) is { } ended && ended > there[person] ? ended : there[person];

        var seen = new Dictionary<string, TeamSight?>();
        return id => seen.TryGetValue(id, out var known) ? known : seen[id] = Of(id);

        TeamSight? Of(string id)
        {
            if (roster.Teams.GetValueOrDefault(id) is not { ArchivedAt: null } team) return null;
            var rule = RuleOf(roster, id);
            var places = rule.People.Select((person, i) => (person, i)).DistinctBy(place => place.person).ToDictionary(place => place.person, place => place.i);
            var ofTeam = roster.Memberships.Where(membership => membership.Team == id && membership.When.Contains(now) && telephones.ContainsKey(membership.User))
                .OrderBy(membership => places.GetValueOrDefault(membership.User, int.MaxValue)).ThenBy(membership => membership.When.Since).Select(membership => membership.User).Distinct();
            return new(id, team.Name, rule, team.Hours.IsOpen(now), [.. ofTeam.Select(person => new Candidate(person, telephones[person].Telephone, !busy.Contains(person), idle[person]))]);
        }
    }

    static RoutingRule RuleOf(Roster roster, string team) => roster.Teams.GetValueOrDefault(team)?.Routing ?? RoutingRule.Default;

    /// <summary>A team, that which takes over from it, and so on.</summary>
    static HashSet<string> InReach(Roster roster, string team)
    {
        var reached = new HashSet<string>();
        for (string? next = team; next is not null && reached.Add(next);) next = RuleOf(roster, next).OverflowTeam;
        return reached;
    }

    /// <summary>The first of somebody's names on the phone system that can be rung.</summary>
    static (string Name, DialString Telephone)? TelephoneOf(Roster roster, Connection connection, IRoutesCalls provider, string person, DateTimeOffset now)
    {
        foreach (var extension in roster.Extensions.Where(extension => extension.User == person && extension.Connection == connection.Id && extension.When.Contains(now)).OrderBy(extension => extension.Name, StringComparer.Ordinal))
            try
            {
                return (extension.Name, provider.Telephone(extension.Name, connection.Settings));
            }
            catch (Refusal)
            {
                // The name of an agent, which cannot be rung; he may have a telephone besides.
            }

        return null;
    }

    /// <summary>Who talks, dials, or has a telephone that rings for another call.</summary>
    async Task<HashSet<string>> Busy(Roster roster, CallKey asking, DateTimeOffset now, CancellationToken stop)
    {
        var busy = rung.Where(one => one.Value.Call != asking && one.Value.Until > now).Select(one => one.Key).ToHashSet();
        var (seen, after) = (0, (CallCursor?)null);
        do
        {
            var page = await log.List(CallScope.Machine, new CallFilter(Alive: true), CallLog.PageMax, after, stop: stop);
            foreach (var call in page.Calls.Where(call => (call.Connection, call.ProviderCallId) != (asking.Connection, asking.Id)))
            {
                void Add(string name)
                {
                    if (roster.UserOf(call.Connection, name, now) is { } person) busy.Add(person);
                }

                if (call is { Direction: Direction.Outbound or Direction.Internal, Operator: { } placed }) Add(placed);
                foreach (var attempt in call.Attempts.Where(attempt => attempt.EndedAt is null)) Add(attempt.Operator);
            }

            (seen, after) = (seen + page.Calls.Count, page.Next);
        }
        while (after is not null && seen < LiveMax);
        return busy;
    }

    async Task<DateTimeOffset?> LastTalk(string connection, string name, CancellationToken stop) =>
        (await log.List(CallScope.Machine, new CallFilter(Operator: name, Connection: connection, Alive: false), 1, stop: stop)).Calls is [{ } last] ? last.EndedAt : null;

    /// <summary>Until the phone system tells that a telephone rings, nobody else's call shall ring it.</summary>
    void Remember(CallKey call, PlannedStep planned, DateTimeOffset now)
    {
        foreach (var (person, mine) in rung)
            if (mine.Call == call || mine.Until <= now) rung.TryRemove(KeyValuePair.Create(person, mine));
        if (planned.Step is not RingStep ring || rung.Count >= RungMax) return;
        foreach (var person in planned.Rung) rung[person] = (call, now.AddSeconds(ring.Seconds));
    }

    /// <summary>Named by the step, so that a question that is asked again brings nothing new.</summary>
    static IEnumerable<CallEvent> EventsOf(CallKey call, int step, PlannedStep planned, DateTimeOffset now)
    {
        for (var i = 0; i < planned.Queues.Count; i++)
            yield return planned.Queues[i] is { Left: { } why } left
                ? new QueueLeft(call, now, left.Team, why) { Order = i, ToldAs = $"routing:{step}:{i}" }
                : new QueueJoined(call, now, planned.Queues[i].Team) { Order = i, ToldAs = $"routing:{step}:{i}" };
        if (planned.IsClosed) yield return new CallEnded(call, now, EndCause.Closed, "closed") { Order = 1, ToldAs = "routing:closed" };
    }
}
