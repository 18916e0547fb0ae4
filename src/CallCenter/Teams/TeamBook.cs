using CallCenter.Audit;
using CallCenter.Calls;
using CallCenter.Storage;

namespace CallCenter.Teams;

/// <summary>
/// Keeps teams, who belongs to them, which lines and queues are theirs, and whose extensions are. What is whose has dates:
/// without one a change holds from now on, and what is past stays as it was. A date in the past is a wish to judge the calls
/// since then again, which <see cref="Rejudging"/> does.
/// </summary>
sealed class TeamBook(Personnel personnel, CallLog log, AuditLog audit, Db db, TimeProvider clock)
{
    const int NameMax = 200;

    /// <exception cref="Refusal">The name will not do or is another team's.</exception>
    public async Task<Team> Add(string name, TeamType type, Authority by, OpeningHours? hours = null, TeamTargets? targets = null)
    {
        var team = New(name, type, hours, targets);
        await personnel.Change(Adding(team, by));
        return personnel.Now.Teams[team.Id];
    }

    /// <summary>A team that nobody has yet.</summary>
    /// <exception cref="Refusal">Something of it will not do.</exception>
    internal Team New(string name, TeamType type, OpeningHours? hours = null, TeamTargets? targets = null) =>
        Checked(new Team(Guid.CreateVersion7().ToString("n"), name, type, null, hours ?? OpeningHours.Always, targets ?? TeamTargets.None, clock.GetUtcNow(), null));

    /// <summary>The addition as a step of a larger change.</summary>
    internal Step Adding(Team team, Authority by) => Allowed(by, async (tx, roster) =>
    {
        MustBeFree(roster, team);
        await tx.Run("insert into teams (id, name, type, manager_id, hours, targets, created_at, routing) values (@Id, @Name, @type, @manager, @hours, @targets, @created, @routing)", TeamRow.Values(team));
        await audit.Note(tx, by.Actor, "team.added", $"team:{team.Id}", Told(team));
        return null;
    });

    /// <summary>Changes name, type, manager, hours, targets or routing.</summary>
    /// <exception cref="Refusal">It will not do, or is not his to change.</exception>
    public async Task<Team> Change(string id, Func<Team, Team> decide, Authority by)
    {
        await personnel.Change(Changing(id, decide, by));
        return personnel.Now.Teams[id];
    }

    /// <summary>The same as a step of a larger change.</summary>
    internal Step Changing(string id, Func<Team, Team> decide, Authority by) => Allowed(by, async (tx, roster) =>
    {
        var before = FindTeam(roster, id);
        var after = Checked(decide(before) with { Id = before.Id, CreatedAt = before.CreatedAt, ArchivedAt = before.ArchivedAt });
        MustBeFree(roster, after);
        if (after.Routing?.OverflowTeam is { } other && (other == id || FindTeam(roster, other) is null)) throw new Refusal(RefusalKind.Invalid, "team.routing-overflow");
        if (after.Manager != before.Manager && after.Manager is { } manager) MustBeAbleToLead(roster, manager, by);
        await tx.Run("update teams set name = @Name, type = @type, manager_id = @manager, hours = @hours, targets = @targets, routing = @routing where id = @Id", TeamRow.Values(after));
        await audit.Note(tx, by.Actor, "team.changed", $"team:{id}", new { before = Told(before), after = Told(after) });
        return null;
    });

    /// <summary>The team is no more: nobody belongs to it, and its lines and queues are free. Its past calls stay its.</summary>
    public Task Archive(string id, Authority by) => Write(by, async (tx, roster) =>
    {
        var team = FindTeam(roster, id);
        if (team.ArchivedAt is not null) return null;
        var now = clock.GetUtcNow();
        var values = new { id, at = now.ToUnixTimeMilliseconds() };
        await tx.Run("update teams set archived_at = @at where id = @id", values);
        await tx.Run("update team_members set until = @at where team_id = @id and (until is null or until > @at)", values);
        await tx.Run("update team_lines set until = @at where team_id = @id and (until is null or until > @at)", values);
        await audit.Note(tx, by.Actor, "team.archived", $"team:{id}", new { team.Name });
        return now;
    });

    /// <summary>The team is there again; members, lines and queues have to be given again.</summary>
    public Task Restore(string id, Authority by) => Write(by, async (tx, roster) =>
    {
        var team = roster.Teams.GetValueOrDefault(id) ?? throw new Refusal(RefusalKind.NotFound, "team.unknown", id);
        if (team.ArchivedAt is null) return null;
        MustBeFree(roster, team with { ArchivedAt = null });
        await tx.Run("update teams set archived_at = null where id = @id", new { id });
        await audit.Note(tx, by.Actor, "team.restored", $"team:{id}", new { team.Name });
        return null;
    });

    /// <summary>Somebody belongs to a team from a moment on, now if none is said. A membership that lasts then is only widened.</summary>
    public Task AddMember(string team, string user, DateTimeOffset? since, Authority by) => personnel.Change(AddingMember(team, user, since, by));

    /// <summary>The same as a step of a larger change.</summary>
    internal Step AddingMember(string team, string user, DateTimeOffset? since, Authority by) => Allowed(by, async (tx, roster) =>
    {
        FindTeam(roster, team);
        MustBeHere(roster, user);
        NotHimself(by, user);
        var from = since ?? clock.GetUtcNow();
        var known = roster.Memberships.Where(membership => membership.Team == team && membership.User == user).ToList();
        if (known.Exists(membership => membership.When.Contains(from) && membership.When.Until is null)) return null;

        // Whatever was after that moment is in it now.
        var begins = known.Where(membership => membership.When.Contains(from)).Select(membership => membership.When.Since ?? DateTimeOffset.MinValue).DefaultIfEmpty(from).Min();
        foreach (var membership in known.Where(membership => membership.When.Until is null || membership.When.Until > from))
            await tx.Run("delete from team_members where team_id = @team and user_id = @user and since = @since", new { team, user, since = Ms(membership.When.Since) });
        await tx.Run("insert into team_members (team_id, user_id, since) values (@team, @user, @since)", new { team, user, since = Ms(begins) });
        await audit.Note(tx, by.Actor, "team.member-added", $"team:{team}", new { user, since = from });
        return from;
    });

    /// <summary>Somebody belongs to a team no more from a moment on, now if none is said. Ended before it began, it never was.</summary>
    public Task RemoveMember(string team, string user, DateTimeOffset? until, Authority by) => Write(by, async (tx, roster) =>
    {
        var at = until ?? clock.GetUtcNow();
        var affected = roster.Memberships.Where(membership => membership.Team == team && membership.User == user && (membership.When.Until is null || membership.When.Until > at)).ToList();
        if (affected.Count == 0) throw new Refusal(RefusalKind.NotFound, "team.no-member", user);
        foreach (var membership in affected)
        {
            var values = new { team, user, since = Ms(membership.When.Since), at = Ms(at) };
            await tx.Run((membership.When.Since ?? DateTimeOffset.MinValue) >= at
                ? "delete from team_members where team_id = @team and user_id = @user and since = @since"
                : "update team_members set until = @at where team_id = @team and user_id = @user and since = @since", values);
        }

        await audit.Note(tx, by.Actor, "team.member-removed", $"team:{team}", new { user, until = at });
        return at;
    });

    /// <summary>A line or queue is a team's from a moment on, now if none is said; whose it was until then is so no more.</summary>
    /// <param name="fillsPast">Earlier calls that no team claims become the team's too.</param>
    public Task GiveLine(string team, string connection, LineKind kind, string name, DateTimeOffset? since, bool fillsPast, Authority by) => personnel.Change(GivingLine(team, connection, kind, name, since, fillsPast, by));

    /// <summary>The same as a step of a larger change.</summary>
    internal Step GivingLine(string team, string connection, LineKind kind, string name, DateTimeOffset? since, bool fillsPast, Authority by) => Allowed(by, async (tx, roster) =>
    {
        FindTeam(roster, team);
        name = CheckedName(name);
        var from = since ?? clock.GetUtcNow();
        var known = roster.Lines.Where(line => line.Connection == connection && line.Kind == kind && line.Name == name).ToList();
        var current = known.Find(line => line.When.Contains(from));
        if (current is not null && current.Team == team && current.When.Until is null && current.FillsPast == fillsPast) return null;
        if (known.Find(line => line.When.Since > from && line.Team != team) is { } later)
            throw new Refusal(RefusalKind.Conflict, "team.line-given-later", name, FindTeam(roster, later.Team, orArchived: true).Name, $"{later.When.Since:yyyy-MM-dd HH:mm}");

        // Whoever gets a line anew says anew that we route its calls.
        var values = new { connection, kind = $"{kind}", name, at = Ms(from), team, fills = fillsPast ? 1 : 0, routed = current is { IsRouted: true } && current.Team == team ? 1 : 0 };
        await tx.Run("delete from team_lines where connection = @connection and kind = @kind and name = @name and since >= @at", values);
        await tx.Run("update team_lines set until = @at where connection = @connection and kind = @kind and name = @name and (until is null or until > @at)", values);
        await tx.Run("insert into team_lines (connection, kind, name, since, team_id, fills_past, routed) values (@connection, @kind, @name, @at, @team, @fills, @routed)", values);
        await audit.Note(tx, by.Actor, "team.line-given", $"team:{team}", new { connection, kind, name, since = from, fillsPast, before = current?.Team });
        return fillsPast || current?.FillsPast == true ? DateTimeOffset.MinValue : from;
    });

    /// <summary>Whether what becomes of a line's calls is decided by the rule of the team whose it is now, or who is in a queue by who is of the team. No call is another's because of it.</summary>
    public Task RouteLine(string connection, LineKind kind, string name, bool isRouted, Authority by) => Write(by, async (tx, roster) =>
    {
        var now = clock.GetUtcNow();
        var line = roster.Lines.FirstOrDefault(line => line.Connection == connection && line.Kind == kind && line.Name == name && line.When.Contains(now)) ?? throw new Refusal(RefusalKind.NotFound, "team.no-line", name);
        if (line.IsRouted == isRouted) return null;
        await tx.Run("update team_lines set routed = @routed where connection = @connection and kind = @kind and name = @name and since = @since",
            new { routed = isRouted ? 1 : 0, connection, kind = $"{kind}", name, since = Ms(line.When.Since) });
        await audit.Note(tx, by.Actor, (kind, isRouted) switch
        {
            (LineKind.Queue, true) => "team.queue-kept",
            (LineKind.Queue, false) => "team.queue-let-be",
            (_, true) => "team.line-routed",
            _ => "team.line-not-routed",
        }, $"team:{line.Team}", new { connection, name });
        return null;
    });

    /// <summary>A line or queue is nobody's from a moment on, now if none is said.</summary>
    public Task TakeLine(string connection, LineKind kind, string name, DateTimeOffset? until, Authority by) => Write(by, async (tx, roster) =>
    {
        var at = until ?? clock.GetUtcNow();
        var affected = roster.Lines.Where(line => line.Connection == connection && line.Kind == kind && line.Name == name && (line.When.Until is null || line.When.Until > at)).ToList();
        if (affected.Count == 0) throw new Refusal(RefusalKind.NotFound, "team.no-line", name);
        var values = new { connection, kind = $"{kind}", name, at = Ms(at) };
        await tx.Run("delete from team_lines where connection = @connection and kind = @kind and name = @name and since >= @at", values);
        await tx.Run("update team_lines set until = @at where connection = @connection and kind = @kind and name = @name and (until is null or until > @at)", values);
        await audit.Note(tx, by.Actor, "team.line-taken", $"team:{affected[0].Team}", new { connection, kind, name, until = at });
        return affected.Exists(line => line.FillsPast && (line.When.Since ?? DateTimeOffset.MinValue) >= at) ? DateTimeOffset.MinValue : at;
    });

    /// <summary>An extension or agent's name is somebody's from a moment on, now if none is said; whose it was until then is so no more.</summary>
    public Task GiveExtension(string user, string connection, string name, DateTimeOffset? since, Authority by) => personnel.Change(GivingExtension(user, connection, name, since, by));

    /// <summary>The same as a step of a larger change.</summary>
    internal Step GivingExtension(string user, string connection, string name, DateTimeOffset? since, Authority by) => Allowed(by, async (tx, roster) =>
    {
        MustBeHere(roster, user);
        name = CheckedName(name);
        var from = since ?? clock.GetUtcNow();
        var known = roster.Extensions.Where(extension => extension.Connection == connection && extension.Name == name).ToList();
        var current = known.Find(extension => extension.When.Contains(from));
        if (current is not null && current.User == user && current.When.Until is null) return null;
        MustNotBeGivenLater(roster, known, user, from);

        var values = new { connection, name, at = Ms(from), user };
        await tx.Run("delete from extensions where connection = @connection and name = @name and since >= @at", values);
        await tx.Run("update extensions set until = @at where connection = @connection and name = @name and (until is null or until > @at)", values);
        await tx.Run("insert into extensions (connection, name, since, user_id) values (@connection, @name, @at, @user)", values);
        await audit.Note(tx, by.Actor, "user.extension-given", $"user:{user}", new { connection, name, since = from, before = current?.User });
        return from;
    });

    /// <summary>An extension is nobody's from a moment on, now if none is said.</summary>
    public Task TakeExtension(string connection, string name, DateTimeOffset? until, Authority by) => Write(by, async (tx, roster) =>
    {
        var at = until ?? clock.GetUtcNow();
        var affected = roster.Extensions.Where(extension => extension.Connection == connection && extension.Name == name && (extension.When.Until is null || extension.When.Until > at)).ToList();
        if (affected.Count == 0) throw new Refusal(RefusalKind.NotFound, "user.no-extension", name);
        var values = new { connection, name, at = Ms(at) };
        await tx.Run("delete from extensions where connection = @connection and name = @name and since >= @at", values);
        await tx.Run("update extensions set until = @at where connection = @connection and name = @name and (until is null or until > @at)", values);
        await audit.Note(tx, by.Actor, "user.extension-taken", $"user:{affected[0].User}", new { connection, name, until = at });
        return at;
    });

    /// <summary>Somebody who sees a call says that it counts for another team, or for none. It stays so whatever the rules say.</summary>
    public Task<Call> CorrectTeam(long call, string? team, Authority by, CancellationToken stop = default) => Correct(call, team, by, stop,
        tx => log.FixTeam(tx, by.Rights.Calls, call, team));

    /// <summary>Takes a correction back.</summary>
    public Task<Call> UndoCorrection(long call, Authority by, CancellationToken stop = default) => Correct(call, null, by, stop, tx => log.FreeTeam(tx, by.Rights.Calls, call));

    async Task<Call> Correct(long call, string? team, Authority by, CancellationToken stop, Func<Tx, Task<(Call Before, Call After)>> correct)
    {
        if (!by.Rights.Has(Ability.ViewAllCalls)) throw new Refusal(RefusalKind.Forbidden, "call.team-not-yours");
        if (team is not null) FindTeam(personnel.Now, team);
        return await db.Write(async tx =>
        {
            var (before, after) = await correct(tx);
            await audit.Note(tx, by.Actor, "call.team-corrected", $"call:{call}", new { before = before.Team, after = after.Team });
            return after;
        }, stop);
    }

    Task Write(Authority by, Step work) => personnel.Change(Allowed(by, work));

    static Step Allowed(Authority by, Step work) => by.Rights.Has(Ability.ManageUsers) ? work : throw new Refusal(RefusalKind.Forbidden, "user.may-not");

    /// <exception cref="Refusal">He has left, or it is who asks.</exception>
    internal static void MustBeAbleToLead(Roster roster, string user, Authority by)
    {
        MustBeHere(roster, user);
        NotHimself(by, user);
    }

    static void MustBeHere(Roster roster, string user)
    {
        if (FindPerson(roster, user).ArchivedAt is not null) throw new Refusal(RefusalKind.Conflict, "user.archived", roster.People[user].Name);
    }

    /// <param name="known">All periods of the extension.</param>
    internal static void MustNotBeGivenLater(Roster roster, List<Extension> known, string user, DateTimeOffset from)
    {
        if (known.Find(extension => extension.When.Since > from && extension.User != user) is { } later)
            throw new Refusal(RefusalKind.Conflict, "user.extension-given-later", later.Name, FindPerson(roster, later.User).Name, $"{later.When.Since:yyyy-MM-dd HH:mm}");
    }

    /// <summary>Whoever does not see all teams cannot make himself see more of them.</summary>
    internal static void NotHimself(Authority by, string user)
    {
        if (by.Rights.User == user && !by.Rights.Has(Ability.ViewAllTeams)) throw new Refusal(RefusalKind.Forbidden, "user.not-own-rights");
    }

    static Team FindTeam(Roster roster, string id, bool orArchived = false) =>
        roster.Teams.GetValueOrDefault(id) is { } team && (orArchived || team.ArchivedAt is null) ? team : throw new Refusal(RefusalKind.NotFound, "team.unknown", id);

    static Person FindPerson(Roster roster, string id) => roster.People.GetValueOrDefault(id) ?? throw new Refusal(RefusalKind.NotFound, "user.unknown", id);

    static void MustBeFree(Roster roster, Team team)
    {
        if (roster.Teams.Values.Any(other => other.Id != team.Id && other.ArchivedAt is null && string.Equals(other.Name, team.Name, StringComparison.OrdinalIgnoreCase)))
            throw new Refusal(RefusalKind.Conflict, "team.name-taken", team.Name);
    }

    static Team Checked(Team team)
    {
        team = team with { Name = team.Name.Trim() };
        if (team.Name.Length is 0 or > Team.NameMax || team.Name.Contains('\0')) throw new Refusal(RefusalKind.Invalid, "team.name", Team.NameMax);
        team.Hours.Check();
        team.Targets.Check();
        return team with { Routing = team.Routing?.Checked() };
    }

    static string CheckedName(string name) => name.Trim() is { Length: > 0 and <= NameMax } given && !given.Contains('\0') ? given : throw new Refusal(RefusalKind.Invalid, "team.line-name", NameMax);

    static object Told(Team team) => new { team.Name, team.Type, team.Manager, team.Hours, team.Targets, team.Routing };

    /// <summary>0 is from the beginning.</summary>
    static long Ms(DateTimeOffset? at) => at is { } value ? Math.Max(0, value.ToUnixTimeMilliseconds()) : 0;
}
