using CallCenter.Audit;
using CallCenter.Calls;
using CallCenter.Figures;
using CallCenter.Presence;
using CallCenter.Recovery;
using CallCenter.Storage;
using CallCenter.Teams;

namespace CallCenter.Wallboard;

/// <summary>Reads what is on the wall. Every number is of calls that the scope allows.</summary>
sealed class BoardDesk(Db db, CallLog log, FigureDesk figures, CaseList cases, PresenceBook presence, Personnel personnel, ServerSettings settings, AuditLog audit, TimeProvider clock)
{
    /// <summary>More calls at once than a company has; further ones are not counted.</summary>
    public const int LiveMax = 5000;

    public const int QueuesMax = 12;

    /// <param name="team">Only this team's; whose calls are not seen gives none.</param>
    public async Task<BoardFigures> Read(BoardScope scope, string? team = null, string? line = null, CancellationToken stop = default)
    {
        if (scope.IsOwn) team = null;
        var (now, roster) = (clock.GetUtcNow(), personnel.Now);
        var teams = TeamsOf(scope.Calls, team);
        var targets = (await Targets(stop)).For([.. (teams ?? []).Select(id => roster.Teams.GetValueOrDefault(id)?.Targets).OfType<TeamTargets>()]);
        var live = await Live(scope.Calls, team, line, stop);
        var today = LocalDay.Of(now, scope.Zone);
        var day = await figures.Today(scope.Calls, new FigureFilter(new FigurePeriod(scope.Zone, today, today), team is null ? null : [team], line), new FigureRules(targets.ServiceSeconds), stop);
        var open = await cases.Stand(scope.Cases, new CaseFilter(Team: team, Line: line), stop);
        var operators = Staffed.Of(OperatorsOf(scope, teams, roster, now), Staffed.TalkingIn(live, roster), await presence.There(stop));

        var waiting = live.Where(IsWaiting).ToList();
        return new(
            now, [.. (teams ?? []).Select(personnel.NameOf).Order(StringComparer.CurrentCulture)], scope.IsOwn, waiting.Count, waiting.Count > 0 ? waiting.Min(WaitsSince) : null,
            WithAnswered(day.HalfHour.Level, live, Slots.StartOf(Slots.Of(now.ToUnixTimeMilliseconds()))), operators, open.Open, open.OldestMiss, open.Overdue, day.Day.Counts, day.Settled.Counts,
            QueuesOf(waiting, teams, roster, now), targets);
    }

    public Task<WallboardSettings> Targets(CancellationToken stop = default) => db.Read(WallboardSettings.Read, stop);

    /// <exception cref="Refusal">One of the numbers makes no sense.</exception>
    public Task Settle(WallboardSettings wanted, Actor by, CancellationToken stop = default) => db.Write(async tx =>
    {
        var (before, after) = (await WallboardSettings.Read(tx), wanted.Checked());
        if (before == after) return;
        await settings.Set(tx, WallboardSettings.Name, after.ToText());
        await audit.Note(tx, by, "settings.wallboard-targets", "", new { before, after });
    }, stop);

    /// <summary>The teams whose calls are looked at; null for all calls, or only one's own.</summary>
    static IReadOnlyList<string>? TeamsOf(CallScope scope, string? team) =>
        team is not null ? scope.IsEverything || scope.Teams.Contains(team) ? [team] : []
        : scope.IsEverything || scope.Teams.IsEmpty ? null : scope.Teams;

    async Task<List<Call>> Live(CallScope scope, string? team, string? line, CancellationToken stop)
    {
        var (calls, after) = (new List<Call>(), (CallCursor?)null);
        do
        {
            var page = await log.List(scope, new CallFilter(Alive: true, Team: team, Line: line), CallLog.PageMax, after, stop: stop);
            calls.AddRange(page.Calls);
            after = page.Next;
        }
        while (after is not null && calls.Count < LiveMax);
        return calls;
    }

    /// <summary>In a queue or at a telephone that rings; who still hears the greeting waits for nobody.</summary>
    static bool IsWaiting(Call call) => call is { Direction: Direction.Inbound, AnsweredAt: null } && (call.QueuedAt ?? call.RingingAt) is not null;

    static DateTimeOffset WaitsSince(Call call) => call.QueuedAt ?? call.StartedAt;

    /// <summary>A call that was answered is decided, also while it lasts; figures count it when it has ended, which is late for who looks at this half hour.</summary>
    static ServiceLevel WithAnswered(ServiceLevel level, IEnumerable<Call> live, DateTimeOffset since)
    {
        var answered = live.Where(call => call is { Direction: Direction.Inbound, AnsweredAt: not null } && call.StartedAt >= since).ToList();
        return level with { Answered = level.Answered + answered.Count, AnsweredWithin = level.AnsweredWithin + answered.Count(call => call.WaitSeconds <= level.Rules.ServiceSeconds) };
    }

    /// <summary>Who takes calls: operators, and whoever has a telephone.</summary>
    static HashSet<string> OperatorsOf(BoardScope scope, IReadOnlyList<string>? teams, Roster roster, DateTimeOffset now)
    {
        if (scope.IsOwn) return scope.Calls.Person is { } person ? [person] : [];
        var withTelephone = roster.Extensions.Where(extension => extension.When.Contains(now)).Select(extension => extension.User).ToHashSet();
        return [.. roster.People.Values.Where(person => person.MaySignIn && (person.Roles.Contains(Role.Operator) || withTelephone.Contains(person.Id)))
            .Select(person => person.Id).Where(id => teams is null || roster.TeamsOf(id, now).Any(teams.Contains) || teams is [CallFilter.NoTeam] && !roster.OwnTeams(id, now).Any())];
    }

    /// <summary>Those that belong to the teams, also when nobody waits, and those in which somebody does; the fullest first.</summary>
    static List<QueueWaiting> QueuesOf(List<Call> waiting, IReadOnlyList<string>? teams, Roster roster, DateTimeOffset now)
    {
        var callers = waiting.Where(call => call.Queue is not null).CountBy(call => call.Queue!).ToDictionary();
        var known = roster.Lines.Where(line => line.Kind == LineKind.Queue && line.When.Contains(now) && (teams is null || teams.Contains(line.Team))).Select(line => line.Name);
        return [.. known.Union(callers.Keys).Select(queue => new QueueWaiting(queue, callers.GetValueOrDefault(queue)))
            .OrderByDescending(one => one.Callers).ThenBy(one => one.Queue, StringComparer.CurrentCulture).Take(QueuesMax)];
    }
}
