using Dapper;

namespace CallCenter.Calls;

/// <summary>
/// A filter as SQL over those calls in progress, or those that ended, that one door of a scope leads to. One condition, the
/// door's or the one that fewest calls are likely to meet, chooses the index; the rest is looked up in the rows that it gives.
/// </summary>
/// <remarks>
/// SQLite keeps no statistics here, so it would as soon walk two million inbound calls as three of one customer. A plus
/// sign before a column keeps it from taking that column's index (sqlite.org/optoverview, "Disqualifying WHERE clause
/// terms"). PostgreSQL knows better by itself.
/// </remarks>
sealed class CallSearch
{
    readonly List<string> index = [], rest = [];
    readonly CallOrder order;
    readonly CallDoor door;

    CallSearch(CallFilter filter, bool alive, CallDoor door, CallOrder order, CallCursor? after, string plus)
    {
        (this.order, this.door) = (order, door);
        index.Add(alive ? "ended_at is null" : "ended_at is not null");
        if (alive) rest.Add($"{plus}version > 0"); // else it is only reserved

        if (door.Lead is not null) index.Add(door.Lead);
        if (door.Rest is not null) rest.Add(door.Rest);
        foreach (var (name, value) in door.Values) Values.Add(name, value);

        // The first leads; calls in progress are few and have one index.
        foreach (var condition in Conditions(filter))
            if (!alive && index.Count == 1) index.Add(condition(""));
            else rest.Add(condition(plus));
        if (filter.State is { } state && alive) Add(rest, "state = @state", "state", $"{state}");
        if (filter.Missed == false && !alive) rest.Add($"{plus}missed = 0");
        if (filter.Reason is { } reason && !alive) Add(rest, "missed_reason = @missed_reason", "missed_reason", $"{reason}");
        Add(rest, $"{Waited} <= @wait_max", "wait_max", filter.WaitMax * 1000L);

        Add(index, $"{door.Time} >= @from", "from", filter.From?.ToUnixTimeMilliseconds());
        Add(index, $"{door.Time} < @until", "until", filter.Until?.ToUnixTimeMilliseconds());
        if (after is not { } place) return;
        index.Add($"({door.Time}, {door.Id}) {(order == CallOrder.NewestFirst ? "<" : ">")} (@after, @id)");
        Values.Add("after", place.StartedAt.ToUnixTimeMilliseconds());
        Values.Add("id", place.Id);
    }

    /// <summary>As <see cref="Call.WaitSeconds"/>, in milliseconds; null while it goes on.</summary>
    const string Waited = "coalesce(answered_at, ended_at) - case when queued_at is not null and (answered_at is null or queued_at <= answered_at) then queued_at else started_at end";

    public DynamicParameters Values { get; } = new();

    /// <summary>Rows that <see cref="Count"/> looks at before it gives up.</summary>
    public int CountedMax => rest.Count > 0 ? CallLog.ExaminedMax : CallLog.CountMax;

    string Sorted => order == CallOrder.NewestFirst ? $"order by {door.Time} desc, {door.Id} desc" : $"order by {door.Time}, {door.Id}";

    public static IEnumerable<CallSearch> PartsOf(CallScope scope, CallFilter filter, CallOrder order, CallCursor? after, bool isPostgres)
    {
        var plus = isPostgres ? "" : "+";
        var asked = scope.IsEverything ? filter : filter with { Team = null }; // else the doors see to it
        foreach (var alive in (bool[])[true, false])
            if (alive ? filter.CanBeAlive : filter.CanHaveEnded)
                foreach (var door in CallDoor.Of(scope, filter.Team, isNarrow: alive || filter.CustomerKey is not null || filter.CustomerId is not null, plus)) yield return new(asked, alive, door, order, after, plus);
    }

    public string Page(int limit) => $"select {CallRow.Columns} from {door.From} where {string.Join(" and ", index.Concat(rest))} {Sorted} limit {limit}";

    /// <summary>Of all of them, whatever a row is made of, in no order.</summary>
    public string All(string columns, int limit) => $"select {columns} from {door.From} where {string.Join(" and ", index.Concat(rest))} limit {limit}";

    /// <summary>How many rows were looked at, and how many of them meet all conditions.</summary>
    public string Count() => rest.Count == 0
        ? $"select count(*), count(*) from (select 1 from {door.From} where {string.Join(" and ", index)} limit {CountedMax + 1}) as examined"
        : $"""
        select count(*), count(case when {string.Join(" and ", rest)} then 1 end) from
            (select version, state, missed, customer_key, customer_id, operator, queue, line, outcome, connection, direction, recovered_by, self_recovered_by, team_id, people, missed_reason, started_at,
                queued_at, answered_at, ended_at
            from {door.From} where {string.Join(" and ", index)} {Sorted} limit {CountedMax + 1}) as examined
        """;

    /// <summary>The different values of a column among the newest calls behind this door.</summary>
    public string RecentChoices(string column) =>
        $"select distinct {column} from (select {column} from {door.From} where {string.Join(" and ", index.Concat(rest))} {Sorted} limit {CallLog.RecentMax}) as recent where {column} is not null limit {CallLog.ChoicesMax}";

    /// <summary>The different values of an indexed column, from one to the next without a look at what lies between.</summary>
    public static string Choices(string column) =>
        $"""
        with recursive choices (value) as (
            select min({column}) from calls where ended_at is not null
            union all
            select (select min({column}) from calls where ended_at is not null and {column} > choices.value) from choices where choices.value is not null
        )
        select value from choices where value is not null limit {CallLog.ChoicesMax}
        """;

    /// <summary>Those with an index, the rarest first; each is given the sign that keeps its index from being taken, or none.</summary>
    IEnumerable<Func<string, string>> Conditions(CallFilter filter)
    {
        Func<string, string> Equal(string column, object value)
        {
            Values.Add(column, value);
            return plus => $"{plus}{column} = @{column}";
        }

        if (filter.CustomerKey is { } number) yield return Equal("customer_key", number);
        if (filter.CustomerId is { } customer) yield return Equal("customer_id", customer);
        if (filter.Recovery is { } standing) yield return plus => Standing(standing, plus);
        if (filter.Operator is { } name) yield return Equal("operator", name);
        if (filter.Missed == true) yield return plus => $"{plus}missed = 1";
        if (filter.Outcome is { } bad and not CallOutcome.Completed) yield return Equal("outcome", $"{bad}");
        if (filter.Queue is { } queue) yield return Equal("queue", queue);
        if (filter.Line is { } line) yield return Equal("line", line);
        if (filter.Team is { } team) yield return team == CallFilter.NoTeam ? plus => $"{plus}team_id is null" : Equal("team_id", team);
        if (filter.Connection is { } connection) yield return Equal("connection", connection);
        if (filter.Outcome is CallOutcome.Completed and var good) yield return Equal("outcome", $"{good}");
        if (filter.Direction is { } direction) yield return Equal("direction", $"{direction}");
    }

    /// <summary>In the words of the partial indexes, so that both databases see that they fit, and no plainer index seems to.</summary>
    static string Standing(RecoveryStanding standing, string plus) => standing switch
    {
        RecoveryStanding.Open => $"{plus}missed = 1 and {plus}recovered_by is null and {plus}self_recovered_by is null and {plus}customer_key is not null",
        RecoveryStanding.Recovered => $"{plus}recovered_by is not null",
        RecoveryStanding.SelfRecovered => $"{plus}self_recovered_by is not null and {plus}recovered_by is null",
        RecoveryStanding.NoNumber => $"{plus}missed = 1 and coalesce(customer_key, '') = ''",
        _ => throw new InvalidOperationException($"No condition for {standing}."),
    };

    void Add(List<string> conditions, string condition, string name, object? value)
    {
        if (value is null) return;
        conditions.Add(condition);
        Values.Add(name, value);
    }
}
