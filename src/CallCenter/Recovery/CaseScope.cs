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

    /// <summary>For a case <c>k</c> joined with its newest missed call <c>c</c>.</summary>
    public string Condition(DynamicParameters values)
    {
        if (Calls.IsEverything) return "1 = 1";
        var parts = new List<string>();
        if (!Calls.Teams.IsEmpty)
        {
            values.Add("scope_teams", Calls.Teams.ToArray());
            parts.Add("c.team_id in @scope_teams");
        }

        if (Claimable.Count > 0)
        {
            values.Add("scope_claimable", Claimable);
            parts.Add("k.owner is null and c.team_id in @scope_claimable");
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
}
