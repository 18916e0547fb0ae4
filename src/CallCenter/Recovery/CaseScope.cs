using CallCenter.Calls;
using CallCenter.Teams;
using Dapper;

namespace CallCenter.Recovery;

/// <summary>
/// Which cases somebody sees: those of calls that he sees, those that are his, and those that anybody of his teams may take
/// (product.md A.9, Q5). Every reading and every action takes one.
/// </summary>
/// <param name="Claimable">Teams whose cases that nobody has may be taken.</param>
sealed record CaseScope(CallScope Calls, IReadOnlyList<string> Claimable)
{
    public static CaseScope Of(Rights rights) => new(rights.Calls, rights.UsesCallCenter ? rights.Teams : []);

    /// <summary>Of a program: its key says which calls it sees.</summary>
    public static CaseScope Of(CallScope calls) => new(calls, []);

    /// <summary>The same as <see cref="Condition"/> says to the database.</summary>
    public bool Sees(OpenCase one) =>
        Calls.IsEverything || one.Team is { } team && (Calls.Teams.Contains(team) || one.Owner is null && Claimable.Contains(team))
        || Calls.Person is { } person && (one.Owner == person || one.ReservedBy == person || one.People.Contains(person));

    /// <summary>For a case <c>k</c> joined with its newest missed call <c>c</c>.</summary>
    public string Condition(DynamicParameters values)
    {
        if (Calls.IsEverything) return "1 = 1";
        var parts = new List<string>();
        if (!Calls.Teams.IsEmpty)
        {
            parts.Add($"c.team_id in ({Names("scope_team", Calls.Teams, values)})");
        }

        if (Claimable.Count > 0)
        {
            parts.Add($"k.owner is null and c.team_id in ({Names("scope_claimable", Claimable, values)})");
        }

        if (Calls.Person is { } person)
        {
            values.Add("scope_person", person);
            values.Add("scope_pattern", CallPeople.Pattern(person));
            parts.Add("k.owner = @scope_person or k.reserved_by = @scope_person");
            parts.Add("exists (select 1 from case_calls m join calls mc on mc.id = m.call_id where m.case_id = k.id and mc.people like @scope_pattern)");
        }

        return parts.Count == 0 ? "1 = 0" : $"({string.Join(" or ", parts)})";
    }

    static string Names(string prefix, IReadOnlyList<string> teams, DynamicParameters values)
    {
        for (var i = 0; i < teams.Count; i++) values.Add($"{prefix}{i}", teams[i]);
        return string.Join(", ", Enumerable.Range(0, teams.Count).Select(i => $"@{prefix}{i}"));
    }
}

/// <summary>An open case, as far as that decides who sees it and how it stands.</summary>
/// <param name="Team">Of its newest missed call.</param>
/// <param name="People">Whom its missed calls concern.</param>
sealed record OpenCase(string? Owner, string? ReservedBy, string? Team, DateTimeOffset FirstMissedAt, DateTimeOffset? DueAt, IReadOnlySet<string> People);
