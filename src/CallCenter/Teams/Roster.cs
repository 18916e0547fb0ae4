using System.Collections.Concurrent;
using System.Collections.Frozen;
using CallCenter.Calls;

namespace CallCenter.Teams;

/// <summary>
/// Everybody, every team, and what is whose, as of one change of them. Immutable and in memory, because every call and every
/// reading asks; the largest phone room is some thousand rows.
/// </summary>
sealed class Roster
{
    public static readonly Roster Empty = new(-1, [], [], [], [], []);

    readonly FrozenDictionary<(string Connection, string Name), Extension[]> extensions;
    readonly FrozenDictionary<(string Connection, LineKind Kind, string Name), TeamLine[]> lines;
    readonly FrozenDictionary<string, Membership[]> membershipsOf;

    /// <summary>What was last found of each person's rights: so it is until a membership of his begins or ends, which the clock does by itself. Every part of every open screen asks, for each call that changes.</summary>
    readonly ConcurrentDictionary<string, (Rights Rights, DateTimeOffset From, DateTimeOffset Until)> said = [];

    public Roster(long version, IEnumerable<Person> people, IEnumerable<Team> teams, IReadOnlyList<Membership> memberships, IReadOnlyList<TeamLine> lines, IReadOnlyList<Extension> extensions)
    {
        Version = version;
        People = people.ToFrozenDictionary(person => person.Id);
        Teams = teams.ToFrozenDictionary(team => team.Id);
        (Memberships, Lines, Extensions) = (memberships, lines, extensions);
        this.extensions = extensions.GroupBy(extension => (extension.Connection, extension.Name)).ToFrozenDictionary(group => group.Key, group => group.ToArray());
        this.lines = lines.GroupBy(line => (line.Connection, line.Kind, line.Name))
            .ToFrozenDictionary(group => group.Key, group => group.OrderBy(line => line.When.Since).ToArray());
        // The longest membership speaks for somebody in several teams.
        membershipsOf = memberships.GroupBy(membership => membership.User).ToFrozenDictionary(
            group => group.Key, group => group.OrderBy(membership => membership.When.Since).ThenBy(membership => membership.Team, StringComparer.Ordinal).ToArray());
    }

    /// <summary>Grows with every change; -1 before anything was read.</summary>
    public long Version { get; }

    public IReadOnlyDictionary<string, Person> People { get; }

    public IReadOnlyDictionary<string, Team> Teams { get; }

    public IReadOnlyList<Membership> Memberships { get; }

    public IReadOnlyList<TeamLine> Lines { get; }

    public IReadOnlyList<Extension> Extensions { get; }

    /// <summary>Ids of all who have or had an extension of that name, on whichever phone system.</summary>
    public IReadOnlyList<string> HoldersOf(string name) => [.. Extensions.Where(extension => extension.Name == name).Select(extension => extension.User).Distinct()];

    /// <summary>Whose telephone or agent's name it was at a moment; null for nobody's.</summary>
    public string? UserOf(string connection, string extension, DateTimeOffset at)
    {
        if (extensions.TryGetValue((connection, extension), out var held))
            foreach (var holding in held)
                if (holding.When.Contains(at)) return holding.User;
        return null;
    }

    /// <summary>The team by whose rule a line's calls are routed; null where the phone system decides by itself.</summary>
    public string? RoutedTeamOf(string connection, string line, DateTimeOffset at) =>
        lines.TryGetValue((connection, LineKind.Line, line), out var given) ? Array.Find(given, period => period.When.Contains(at) && period.IsRouted)?.Team : null;

    /// <summary>The teams somebody belonged to at a moment, the longest first.</summary>
    public IEnumerable<string> TeamsOf(string user, DateTimeOffset at) =>
        membershipsOf.TryGetValue(user, out var memberships) ? memberships.Where(membership => membership.When.Contains(at)).Select(membership => membership.Team) : [];

    /// <summary>The teams that somebody leads or belongs to at a moment and that are not in the archive.</summary>
    public IEnumerable<string> OwnTeams(string user, DateTimeOffset now) => Teams.Values.Where(team => team.Manager == user).Select(team => team.Id)
        .Concat(TeamsOf(user, now)).Where(team => Teams.TryGetValue(team, out var known) && known.ArchivedAt is null).Distinct();

    /// <summary>What somebody may do at a moment.</summary>
    public Rights RightsOf(string user, DateTimeOffset now)
    {
        if (said.TryGetValue(user, out var known) && known.From <= now && now < known.Until) return known.Rights;
        if (!People.TryGetValue(user, out var person) || !person.MaySignIn) return Rights.None;
        List<DateTimeOffset> turns = [DateTimeOffset.MinValue, DateTimeOffset.MaxValue];
        if (membershipsOf.TryGetValue(user, out var memberships)) turns.AddRange(memberships.SelectMany(membership => (DateTimeOffset?[])[membership.When.Since, membership.When.Until]).OfType<DateTimeOffset>());
        var rights = Rights.Of(user, person.Roles, person.Abilities, OwnTeams(user, now));
        said[user] = (rights, turns.Where(turn => turn <= now).Max(), turns.Where(turn => turn > now).Min());
        return rights;
    }

    /// <summary>
    /// Whose a call is (product.md A.9, Q5 and Q6), from the call and dated facts alone, so that it is the same whenever it is
    /// asked again. A call from outside counts for the team of its queue, else of its line, else of whom it rang; a call that
    /// one of us placed counts for the team of who placed it, else of the line it went out with.
    /// </summary>
    public Belonging Judge(Call call)
    {
        var concerned = Concerned(call);
        if (concerned.Count == 0 && lines.Count == 0) return Belonging.Nobody;
        var isOurs = call.Direction is Direction.Outbound or Direction.Internal;
        var team = isOurs ? TeamOfPeople() ?? TeamOfLines() : TeamOfLines() ?? TeamOfPeople();
        return new Belonging(team ?? TeamThatFillsPast(call), [.. concerned.Distinct().Order(StringComparer.Ordinal)]);

        string? TeamOfPeople() => concerned.SelectMany(user => TeamsOf(user, call.StartedAt)).FirstOrDefault();
        string? TeamOfLines() => LinesOf(call).Select(line => TeamAt(line, call.StartedAt)).FirstOrDefault(found => found is not null);
    }

    /// <summary>Our people in the call, in the order of <see cref="ExtensionsOf"/>.</summary>
    List<string> Concerned(Call call) => extensions.Count == 0 ? [] : [.. ExtensionsOf(call).Select(named => UserOf(call.Connection, named.Name, named.At)).OfType<string>()];

    /// <summary>By what names our people are in a call, and since when: who answered or placed it first, then those it rang, the last first.</summary>
    public static IEnumerable<(string Name, DateTimeOffset At)> ExtensionsOf(Call call)
    {
        if (call.Direction == Direction.Internal && call.From is { } from) yield return (from.Raw, call.StartedAt);
        if (call.Operator is { } answering) yield return (answering, call.Direction == Direction.Inbound ? call.AnsweredAt ?? call.StartedAt : call.StartedAt);
        foreach (var attempt in call.Attempts.OrderByDescending(attempt => attempt.RangAt ?? attempt.AnsweredAt))
            if (call.Direction != Direction.Outbound || attempt.Role != LegRole.Outside) // there it is the customer's
                yield return (attempt.Operator, attempt.RangAt ?? attempt.AnsweredAt ?? attempt.EndedAt ?? call.StartedAt);
    }

    /// <summary>The queue it was answered in or waited in last, the queues before, then the line.</summary>
    public static IEnumerable<(string Connection, LineKind Kind, string Name)> LinesOf(Call call)
    {
        if (call.Queue is { } queue) yield return (call.Connection, LineKind.Queue, queue);
        for (var i = call.Queues.Count - 1; i >= 0; i--) yield return (call.Connection, LineKind.Queue, call.Queues[i].Queue);
        if (call.Line is { } line) yield return (call.Connection, LineKind.Line, line);
    }

    string? TeamAt((string, LineKind, string) line, DateTimeOffset at)
    {
        if (lines.TryGetValue(line, out var given))
            foreach (var period in given)
                if (period.When.Contains(at)) return period.Team;
        return null;
    }

    /// <summary>A line that was given to a team later, with its past.</summary>
    string? TeamThatFillsPast(Call call)
    {
        foreach (var line in LinesOf(call))
            if (lines.TryGetValue(line, out var given) && Array.Find(given, period => period.FillsPast && call.StartedAt < period.When.Since) is { } later)
                return later.Team;
        return null;
    }
}
