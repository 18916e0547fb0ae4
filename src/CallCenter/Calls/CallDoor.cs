namespace CallCenter.Calls;

/// <summary>
/// One way to the calls that a scope allows, through one index. Different doors lead to different calls, so that pages can be
/// merged and counts added up.
/// </summary>
/// <param name="From">The table, or the join that begins with the people of calls.</param>
/// <param name="Time">The column with the call's start that this way is ordered by, and after it <paramref name="Id"/>.</param>
/// <param name="Lead">What the index begins with; null leaves that to the filter.</param>
/// <param name="Rest">What else must hold; null for nothing.</param>
sealed record CallDoor(string From, string Time, string Id, string? Lead, string? Rest, IReadOnlyDictionary<string, object> Values)
{
    static readonly CallDoor Open = new("calls", "started_at", "id", null, null, new Dictionary<string, object>());

    /// <param name="team">Only calls of this team, or of <see cref="CallFilter.NoTeam"/>; where all may be seen it is for the filter to ask.</param>
    /// <param name="isNarrow">Another index leads to so few calls (one number's, those in progress) that the scope is only looked up in them.</param>
    /// <param name="plus">The sign that keeps a column's index from being taken; see <see cref="CallSearch"/>.</param>
    public static IEnumerable<CallDoor> Of(CallScope scope, string? team, bool isNarrow, string plus)
    {
        if (scope.IsEverything)
        {
            yield return Open;
            yield break;
        }

        string[] teams = team is null ? [.. scope.Teams] : scope.Teams.Contains(team) ? [team] : [];
        // All calls of a team are seen already; the own ones besides are those of other teams and of none.
        var person = team is null || teams.Length == 0 ? scope.Person : null;
        if (isNarrow)
        {
            if (teams.Length > 0 || person is not null) yield return InFew(teams, person, team, plus);
            yield break;
        }

        foreach (var own in teams) yield return Open with { Lead = "team_id = @door", Values = new Dictionary<string, object> { ["door"] = own } };
        if (person is not null) yield return OwnHistory(person, teams, team, plus);
    }

    /// <summary>The whole scope as one condition.</summary>
    static CallDoor InFew(string[] teams, string? person, string? team, string plus)
    {
        var values = new Dictionary<string, object>();
        var ways = teams.Select((own, i) => Equal($"{plus}team_id", $"door{i}", own, values)).ToList();
        if (person is not null)
        {
            values.Add("me", CallPeople.Pattern(person));
            ways.Add(team is null ? "people like @me" : $"people like @me and {OfTeam(team, plus, values)}");
        }

        return Open with { Rest = $"({string.Join(" or ", ways)})", Values = values };
    }

    static CallDoor OwnHistory(string person, string[] teams, string? team, string plus)
    {
        var values = new Dictionary<string, object> { ["me"] = person };
        var others = teams.Select((own, i) =>
        {
            values.Add($"door{i}", own);
            return $"coalesce(team_id, '') <> @door{i}";
        });
        var rest = team is null ? string.Join(" and ", others) : OfTeam(team, plus, values);
        return new("call_people join calls on calls.id = call_people.call_id", "at", "call_id", "user_id = @me", rest.Length == 0 ? null : rest, values);
    }

    static string OfTeam(string team, string plus, Dictionary<string, object> values) =>
        team == CallFilter.NoTeam ? $"{plus}team_id is null" : Equal($"{plus}team_id", "team", team, values);

    static string Equal(string column, string name, object value, Dictionary<string, object> values)
    {
        values.Add(name, value);
        return $"{column} = @{name}";
    }
}
