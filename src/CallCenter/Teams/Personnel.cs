using System.Collections.Immutable;
using System.Text.Json;
using CallCenter.Calls;
using CallCenter.Storage;

namespace CallCenter.Teams;

/// <summary>
/// A change of people, teams or what is whose, in a transaction. It is given the roster as it stands there, and tells since when
/// calls belong to others because of it: null when none does, <see cref="DateTimeOffset.MinValue"/> when all may.
/// </summary>
delegate Task<DateTimeOffset?> Step(Tx tx, Roster roster);

/// <summary>
/// Keeps the <see cref="Roster"/> in memory and the newest: after a change here at once, after one on another node or by the
/// command line within a second. Whoever changes people, teams or what is whose does it in <see cref="Change"/>.
/// </summary>
sealed class Personnel(Db db, TimeProvider clock) : IBelongingRules, ITeamNames, ICallBackDue, IHostedService
{
    /// <summary>The name under which other nodes are told that people changed.</summary>
    public const string Told = "people";

    /// <summary>The setting that says since when calls are to be judged again; see <see cref="Rejudging"/>.</summary>
    public const string RejudgeSince = "people.rejudge-since";

    readonly Lock replacing = new();
    volatile Roster now = Roster.Empty;

    public Roster Now => now;

    /// <summary>Heard after every change, here or on another node.</summary>
    public event Action? Changed;

    /// <summary>What somebody may do now. Asked anew for every reading and every action.</summary>
    public Rights RightsOf(string? user) => user is null ? Rights.None : now.RightsOf(user, clock.GetUtcNow());

    /// <summary>By id or email; null when nobody is called so.</summary>
    public Person? Find(string named) =>
        now.People.GetValueOrDefault(named) ?? now.People.Values.FirstOrDefault(person => person.Email.Equals(named, StringComparison.OrdinalIgnoreCase));

    /// <summary>The same, or by a name that only one has; null when nobody or several are called so.</summary>
    public Person? FindOnly(string named) =>
        Find(named) ?? (now.People.Values.Where(person => person.Name.Equals(named, StringComparison.CurrentCultureIgnoreCase)).ToList() is [var only] ? only : null);

    /// <inheritdoc />
    public string NameOf(string team) => now.Teams.GetValueOrDefault(team)?.Name ?? team;

    /// <summary>What the person is called whose extension it is now; null when it is nobody's.</summary>
    public string? HolderOf(string connection, string extension) => now.UserOf(connection, extension, clock.GetUtcNow()) is { } user ? now.People.GetValueOrDefault(user)?.Name : null;

    /// <summary>In the working time of the team that the call counts for, if that has set itself a time.</summary>
    public DateTimeOffset? DueOf(Call missed) =>
        missed is { Team: { } id, EndedAt: { } ended } && now.Teams.GetValueOrDefault(id) is { Targets.CallBackMinutes: { } minutes } team ? team.Hours.After(ended, TimeSpan.FromMinutes(minutes)) : null;

    public async Task Load(CancellationToken stop = default)
    {
        var read = await db.Read(Read, stop);
        lock (replacing)
            if (read.Version > now.Version) now = read;
        Changed?.Invoke();
    }

    /// <summary>Does the step in a transaction of its own; afterwards everybody knows.</summary>
    public async Task Change(Step work, CancellationToken stop = default)
    {
        await db.Write(async tx =>
        {
            // The counter that every save of calls takes as well: whoever saves next sees this change, whoever saved before is judged again.
            await CallLog.TakeTurn(tx);
            var before = await Read(tx);
            if (await work(tx, before) is { } since) await JudgeAgain(tx, since, before.Version);
            await tx.Run("update counters set next = next + 1 where name = 'people'");
            await tx.Notify(Told);
        }, stop);
        await Load(stop);
    }

    /// <summary>The rules of this very transaction; what is in memory if nobody changed anything since.</summary>
    async Task<Func<Call, Belonging>> IBelongingRules.Read(Tx tx)
    {
        var known = now;
        if (await tx.Number("select next from counters where name = 'people'", []) != known.Version) known = await Read(tx);
        return known.Judge;
    }

    /// <summary>The earliest instant that is asked for; the version tells two wishes for the same instant apart.</summary>
    static async Task JudgeAgain(Tx tx, DateTimeOffset since, long version)
    {
        var ms = Math.Max(0, since.ToUnixTimeMilliseconds());
        if (await tx.Maybe<string>("select value from settings where name = @name", new { name = RejudgeSince }) is { } asked) ms = Math.Min(ms, Rejudging.InstantOf(asked));
        await tx.Run("insert into settings (name, value) values (@name, @value) on conflict (name) do update set value = excluded.value",
            new { name = RejudgeSince, value = $"{ms} {version}" });
    }

    internal static async Task<Roster> Read(Tx tx) => new(
        await tx.One<long>("select next from counters where name = 'people'"),
        (await tx.List<PersonRow>($"select {PersonRow.Columns} from users")).ConvertAll(row => row.ToPerson()),
        (await tx.List<TeamRow>($"select {TeamRow.Columns} from teams")).ConvertAll(row => row.ToTeam()),
        (await tx.List<(string Team, string User, long Since, long? Until)>("select team_id, user_id, since, until from team_members"))
            .ConvertAll(row => new Membership(row.Team, row.User, PeriodOf(row.Since, row.Until))),
        (await tx.List<(string Connection, string Kind, string Name, string Team, long Since, long? Until, long FillsPast, long Routed)>(
            "select connection, kind, name, team_id, since, until, cast(fills_past as bigint), cast(routed as bigint) from team_lines"))
            .ConvertAll(row => new TeamLine(row.Connection, Enum.Parse<LineKind>(row.Kind), row.Name, row.Team, PeriodOf(row.Since, row.Until), row.FillsPast != 0) { IsRouted = row.Routed != 0 }),
        (await tx.List<(string Connection, string Name, string User, long Since, long? Until)>("select connection, name, user_id, since, until from extensions"))
            .ConvertAll(row => new Extension(row.Connection, row.Name, row.User, PeriodOf(row.Since, row.Until))));

    static Period PeriodOf(long since, long? until) =>
        new(since == 0 ? null : DateTimeOffset.FromUnixTimeMilliseconds(since), until is { } ms ? DateTimeOffset.FromUnixTimeMilliseconds(ms) : null);

    Task IHostedService.StartAsync(CancellationToken cancellationToken) => Load(cancellationToken);

    Task IHostedService.StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

#pragma warning disable IDE1006 // columns keep their names
/// <summary>A row of <c>users</c> without what signs in.</summary>
sealed class PersonRow
{
    public string id { get; init; } = "";
    public string email { get; init; } = "";
    public string name { get; init; } = "";
    public string roles { get; init; } = "";
    public string abilities { get; init; } = "";
    public string language { get; init; } = "";
    public string time_zone { get; init; } = "";
    public string phones { get; init; } = "";
    public long created_at { get; init; }
    public long? blocked_at { get; init; }
    public long? archived_at { get; init; }
    public long? seen_at { get; init; }

    public const string Columns = "id, email, name, roles, abilities, language, time_zone, phones, created_at, blocked_at, archived_at, seen_at";

    public Person ToPerson() => new(id, email, name, Words<Role>(roles), Words<Ability>(abilities), language, time_zone, phones, At(created_at)!.Value, At(blocked_at), At(archived_at), At(seen_at));

    public static object Values(Person person) => new
    {
        person.Id,
        person.Email,
        person.Name,
        roles = string.Join(' ', person.Roles),
        abilities = string.Join(' ', person.Abilities),
        person.Language,
        person.TimeZone,
        person.Phones,
        created = person.CreatedAt.ToUnixTimeMilliseconds(),
        blocked = person.BlockedAt?.ToUnixTimeMilliseconds(),
        archived = person.ArchivedAt?.ToUnixTimeMilliseconds(),
    };

    static ImmutableSortedSet<T> Words<T>(string text) where T : struct, Enum => [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Enum.Parse<T>)];

    internal static DateTimeOffset? At(long? ms) => ms is { } value ? DateTimeOffset.FromUnixTimeMilliseconds(value) : null;
}

/// <summary>A row of <c>teams</c>; hours, targets and routing as JSON.</summary>
sealed class TeamRow
{
    public string id { get; init; } = "";
    public string name { get; init; } = "";
    public string type { get; init; } = "";
    public string? manager_id { get; init; }
    public string hours { get; init; } = "";
    public string targets { get; init; } = "";
    public long created_at { get; init; }
    public long? archived_at { get; init; }
    public string? routing { get; init; }

    public const string Columns = "id, name, type, manager_id, hours, targets, created_at, archived_at, routing";

    public Team ToTeam() => new(id, name, Enum.Parse<TeamType>(type), manager_id, JsonSerializer.Deserialize<OpeningHours>(hours)!, JsonSerializer.Deserialize<TeamTargets>(targets)!,
        PersonRow.At(created_at)!.Value, PersonRow.At(archived_at))
    { Routing = routing is null ? null : JsonSerializer.Deserialize<RoutingRule>(routing) };

    public static object Values(Team team) => new
    {
        team.Id,
        team.Name,
        type = $"{team.Type}",
        manager = team.Manager,
        hours = JsonSerializer.Serialize(team.Hours),
        targets = JsonSerializer.Serialize(team.Targets),
        created = team.CreatedAt.ToUnixTimeMilliseconds(),
        routing = team.Routing is null ? null : JsonSerializer.Serialize(team.Routing),
        archived = team.ArchivedAt?.ToUnixTimeMilliseconds(),
    };
}
#pragma warning restore IDE1006
