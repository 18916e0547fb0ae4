using CallCenter.Storage;

namespace CallCenter.Calls;

/// <summary>What calls somebody asks for. All conditions hold together; null asks for nothing.</summary>
/// <param name="From">Started at or after, UTC.</param>
/// <param name="Until">Started before, UTC.</param>
/// <param name="Customer">A number in any spelling that somebody at home in <paramref name="Country"/> would write.</param>
/// <param name="Alive">True: only calls in progress; false: only those that ended.</param>
/// <param name="Team">Id of the team it counts for, or <see cref="NoTeam"/>.</param>
/// <param name="CustomerId">Whose it is, as <see cref="Call.CustomerId"/>.</param>
/// <param name="Reason">Missed for this reason.</param>
/// <param name="WaitMax">Waited no longer than so many seconds, as <see cref="Call.WaitSeconds"/>.</param>
public sealed record CallFilter(
    DateTimeOffset? From = null,
    DateTimeOffset? Until = null,
    Direction? Direction = null,
    CallOutcome? Outcome = null,
    CallState? State = null,
    bool? Missed = null,
    bool? Alive = null,
    string? Operator = null,
    string? Queue = null,
    string? Line = null,
    string? Customer = null,
    string Country = "ES",
    string? Connection = null,
    RecoveryStanding? Recovery = null,
    string? Team = null,
    long? CustomerId = null,
    MissedReason? Reason = null,
    int? WaitMax = null)
{
    /// <summary>As <see cref="Team"/>: calls that no team claims.</summary>
    public const string NoTeam = "none";

    /// <summary>Some call in progress may meet it.</summary>
    public bool CanBeAlive => Alive != false && State != CallState.Ended && Missed != true && Outcome is null && Recovery is null && Reason is null;

    /// <summary>Some call that ended may meet it.</summary>
    public bool CanHaveEnded => Alive != true && State is null or CallState.Ended;

    /// <summary>The number as calls are found by it; one that nobody can have finds none.</summary>
    internal string? CustomerKey => Customer is { Length: > 0 } customer ? PhoneNumber.Parse(customer, Country).MatchKey ?? "-" : null;

    /// <summary>The same answer as the database gives.</summary>
    public bool Matches(Call call) =>
        (call.EndedAt is null ? CanBeAlive : CanHaveEnded)
        && !(call.StartedAt < From) && !(call.StartedAt >= Until)
        && (Direction is null || Direction == call.Direction)
        && (Outcome is null || Outcome == call.Outcome)
        && (State is null || State == call.State)
        && (Missed is null || Missed == call.Missed)
        && (Operator is null || Operator == call.Operator)
        && (Queue is null || Queue == call.Queue)
        && (Line is null || Line == call.Line)
        && (CustomerKey is not { } key || key == call.CustomerSide?.MatchKey)
        && (CustomerId is null || CustomerId == call.CustomerId)
        && (Connection is null || Connection == call.Connection)
        && (Team is null || Team == (call.Team ?? NoTeam))
        && (Recovery is null || Recovery == call.Standing)
        && (Reason is null || Reason == call.MissedReason)
        && (WaitMax is null || call.WaitSeconds <= WaitMax);
}

public enum CallOrder
{
    NewestFirst,
    OldestFirst,
}

/// <summary>A place in the list: what comes after this call.</summary>
public readonly record struct CallCursor(DateTimeOffset StartedAt, long Id)
{
    public static CallCursor Of(Call call) => new(call.StartedAt, call.Id);

    public override string ToString() => $"{StartedAt.ToUnixTimeMilliseconds()}-{Id}";

    /// <exception cref="Refusal">The text is not a cursor that we gave out.</exception>
    public static CallCursor Parse(string text) => TryParse(text, out var cursor) ? cursor : throw new Refusal(RefusalKind.Invalid, "calls.bad-cursor");

    public static bool TryParse(string text, out CallCursor cursor)
    {
        cursor = default;
        var dash = text.Length > 1 ? text.IndexOf('-', 1) : -1;
        if (dash < 0 || !long.TryParse(text.AsSpan(0, dash), out var at) || Math.Abs(at) >= 253_402_300_800_000 || !long.TryParse(text.AsSpan(dash + 1), out var id)) return false;
        cursor = new(DateTimeOffset.FromUnixTimeMilliseconds(at), id);
        return true;
    }
}

/// <param name="Next">Where the next page begins; null on the last.</param>
public sealed record CallPage(IReadOnlyList<Call> Calls, CallCursor? Next);

/// <param name="IsExact">False: there are more than so many; counting further would cost too much.</param>
public readonly record struct CallCount(int Number, bool IsExact)
{
    public static CallCount operator +(CallCount a, CallCount b) => new(a.Number + b.Number, a.IsExact && b.IsExact);
}

/// <summary>What there is to choose from, of each at most <see cref="CallLog.ChoicesMax"/>.</summary>
public sealed record CallChoices(IReadOnlyList<string> Lines, IReadOnlyList<string> Queues, IReadOnlyList<string> Operators)
{
    public static readonly CallChoices None = new([], [], []);
}

/// <param name="Until">Changes up to this version were looked at.</param>
/// <param name="IsMore">There may be more after it.</param>
public sealed record ChangePage(IReadOnlyList<Call> Calls, long Until, bool IsMore);

/// <summary>Reading the log. Whoever reads calls says which may be seen.</summary>
sealed partial class CallLog
{
    public const int PageMax = 500;

    /// <summary>Counting stops here; screens show "más de 10 000".</summary>
    public const int CountMax = 10_000;

    /// <summary>Rows looked at to count what meets several conditions.</summary>
    public const int ExaminedMax = 20_000;

    public const int ChoicesMax = 500;

    /// <summary>Who sees only some calls chooses among the names of so many of the newest.</summary>
    public const int RecentMax = 5_000;

    /// <summary>Calls in progress and history come from an index each, so that neither is searched for the other.</summary>
    public Task<CallPage> List(CallScope scope, CallFilter filter, int limit = 50, CallCursor? after = null, CallOrder order = CallOrder.NewestFirst, CancellationToken stop = default) =>
        db.Read(async tx =>
        {
            limit = Math.Clamp(limit, 1, PageMax);
            var calls = new List<Call>();
            foreach (var search in CallSearch.PartsOf(scope, filter, order, after, tx.IsPostgres))
                calls.AddRange(await tx.ListPrepared(search.Page(limit + 1), search.Values, row => CallRow.Read(row).ToCall()));

            var sorted = order == CallOrder.NewestFirst
                ? calls.OrderByDescending(call => call.StartedAt).ThenByDescending(call => call.Id)
                : calls.OrderBy(call => call.StartedAt).ThenBy(call => call.Id);
            var page = sorted.Take(limit + 1).ToList();
            if (page.Count <= limit) return new CallPage(page, null);
            page.RemoveAt(limit);
            return new CallPage(page, CallCursor.Of(page[^1]));
        }, stop);

    /// <summary>How many, as far as that is cheap to know.</summary>
    public Task<CallCount> Count(CallScope scope, CallFilter filter, CancellationToken stop = default) => Count(scope, filter, null, CallOrder.NewestFirst, stop);

    /// <summary>How many come before a place in the list, as far as that is cheap to know.</summary>
    public Task<CallCount> CountBefore(CallScope scope, CallCursor place, CallFilter filter, CallOrder order = CallOrder.NewestFirst, CancellationToken stop = default) =>
        Count(scope, filter, place, order == CallOrder.NewestFirst ? CallOrder.OldestFirst : CallOrder.NewestFirst, stop);

    Task<CallCount> Count(CallScope scope, CallFilter filter, CallCursor? after, CallOrder order, CancellationToken stop) => db.Read(async tx =>
    {
        var count = new CallCount(0, true);
        foreach (var search in CallSearch.PartsOf(scope, filter, order, after, tx.IsPostgres))
        {
            var (examined, found) = await tx.One<(long Examined, long Found)>(search.Count(), search.Values);
            count += new CallCount((int)found, examined <= search.CountedMax);
        }

        return count.Number > CountMax ? new CallCount(CountMax, false) : count;
    }, stop);

    /// <summary>Lines, queues and operators of calls that ended; where all may be seen, each name is found by one step in its index.</summary>
    public Task<CallChoices> Choices(CallScope scope, CancellationToken stop = default) => db.Read(async tx =>
    {
        async Task<IReadOnlyList<string>> Of(string column)
        {
            if (scope.IsEverything) return await tx.List<string>(CallSearch.Choices(column));
            var found = new SortedSet<string>(StringComparer.Ordinal);
            foreach (var search in CallSearch.PartsOf(scope, new CallFilter(Alive: false), CallOrder.NewestFirst, null, tx.IsPostgres))
                found.UnionWith(await tx.List<string>(search.RecentChoices(column), search.Values));
            return [.. found.Take(ChoicesMax)];
        }

        return new CallChoices(await Of("line"), await Of("queue"), await Of("operator"));
    }, stop);

    /// <summary>The missed calls that a call made good: as the follow-up, or as the caller's own next one.</summary>
    public Task<List<Call>> MadeGoodBy(CallScope scope, long id, CancellationToken stop = default) => db.Read(async tx => (await tx.List<CallRow>(
        $"""
        select {CallRow.Columns} from calls where recovered_by = @id or self_recovered_by = @id and recovered_by is null
        order by started_at desc limit {PageMax}
        """, new { id })).ConvertAll(row => row.ToCall()).FindAll(scope.Allows), stop);

    /// <summary>Those of the calls that the log knows, in any order.</summary>
    public Task<List<Call>> Find(CallScope scope, IReadOnlyList<CallKey> keys, CancellationToken stop = default) => db.Read(async tx =>
    {
        var found = new Dictionary<long, Call>();
        await tx.QueryMany(
            $"""
            select {CallRow.Columns} from calls where version > 0
            and id = (select coalesce(merged_into, id) from calls where connection = @connection and call_key = @call_key)
            """, KeyParameters, [.. keys.Select(key => new object?[] { key.Connection, key.Id })],
            (_, row) =>
            {
                var call = CallRow.Read(row).ToCall();
                found[call.Id] = call;
            });
        return found.Values.Where(scope.Allows).ToList();
    }, stop);

    /// <summary>The call, or the one that it turned out to be part of. Null also when it is not in the scope: nobody learns that it exists.</summary>
    public Task<Call?> Find(CallScope scope, long id, CancellationToken stop = default) => db.Read(async tx => (await tx.Maybe<CallRow>(
        $"select {CallRow.Columns} from calls where id = (select coalesce(merged_into, id) from calls where id = @id) and version > 0", new { id }))?.ToCall() is { } call
        && scope.Allows(call) ? call : null, stop);

    /// <summary>What changed after a version, in the order of changes, each call as it is now.</summary>
    /// <param name="limit">So many changes are looked at, whether or not the scope allows them.</param>
    public Task<ChangePage> ChangedAfter(CallScope scope, long version, int limit = PageMax, CancellationToken stop = default) => db.Read(async tx =>
    {
        limit = Math.Clamp(limit, 1, PageMax);
        var rows = await tx.List<CallRow>($"select {CallRow.Columns} from calls where version > @version order by version limit {limit}", new { version });
        var changed = rows.ConvertAll(row => row.ToCall()).Concat(await GoneAfter(tx, version, limit)).OrderBy(call => call.Version).Take(limit).ToList();
        return new ChangePage(changed.FindAll(scope.Allows), changed.Count == 0 ? version : changed[^1].Version, changed.Count == limit);
    }, stop);

    /// <summary>When the latest change we know of happened, in whichever call: how current all is that is shown. Null before the first.</summary>
    /// <remarks>It does not go back while history is filled in behind: it is looked for among the calls that began last, too.</remarks>
    public Task<DateTimeOffset?> NewestEventAt(CancellationToken stop = default) => db.Read(NewestEventAt, stop);

    public static async Task<DateTimeOffset?> NewestEventAt(Tx tx)
    {
        const int LookedAt = 20;
        string[] orders = ["version > 0 order by version desc", "ended_at is null and version > 0 order by started_at desc, id desc", "ended_at is not null and version > 0 order by started_at desc, id desc"];
        var newest = string.Join(" union all ", orders.Select((order, i) => $"select last_event_at from (select last_event_at from calls where {order} limit {LookedAt}) part{i}"));
        return await tx.Maybe<long?>($"select max(last_event_at) from ({newest}) newest") is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null;
    }

    public Task<long> NewestVersion(CancellationToken stop = default) =>
        db.Read(tx => tx.One<long>("select coalesce(max(version), 0) from calls"), stop);

    /// <summary>The facts a call is made of, in their order.</summary>
    /// <exception cref="Refusal">The call is not in the scope.</exception>
    public Task<IReadOnlyList<CallEvent>> EventsOf(CallScope scope, Call call, CancellationToken stop = default) => db.Read<IReadOnlyList<CallEvent>>(async tx =>
    {
        if (!scope.Allows(call)) throw new Refusal(RefusalKind.NotFound, "call.unknown", call.Id);
        var key = new CallKey(call.Connection, call.ProviderCallId);
        var events = (await tx.List<EventRow>("select at, ordinal, body from call_events where call_id = @Id", new { call.Id }))
            .ConvertAll(row => row.ToEvent(key));
        events.Sort(CallEvent.Compare);
        return events;
    }, stop);

    /// <summary>The facts of those of these calls that are known and in the scope.</summary>
    public async Task<Dictionary<CallKey, List<CallEvent>>> EventsOf(CallScope scope, IReadOnlyList<CallKey> keys, CancellationToken stop = default) =>
        (await StoredOf(scope, keys, stop)).ToDictionary(call => call.Key, call => call.Value.ConvertAll(stored => stored.Event));

    /// <summary>As <see cref="EventsOf(CallScope, IReadOnlyList{CallKey}, CancellationToken)"/>, with what tells whether a fact is among them.</summary>
    public Task<Dictionary<CallKey, List<StoredEvent>>> StoredOf(CallScope scope, IReadOnlyList<CallKey> keys, CancellationToken stop = default) => db.Read(async tx =>
    {
        var known = new Dictionary<CallKey, List<StoredEvent>>();
        await tx.QueryMany(
            """
            select e.identity, e.at, e.ordinal, e.body, c.team_id, c.people
            from calls k join calls c on c.id = coalesce(k.merged_into, k.id) join call_events e on e.call_id = c.id
            where k.connection = @connection and k.call_key = @call_key
            """, KeyParameters, [.. keys.Select(key => new object?[] { key.Connection, key.Id })],
            (i, row) =>
            {
                if (!scope.Allows(row.IsNull(4) ? null : row.Text(4), CallPeople.Parse(row.IsNull(5) ? null : row.Text(5)))) return;
                if (!known.TryGetValue(keys[i], out var events)) known[keys[i]] = events = [];
                events.Add(StoredEvent.Read(keys[i], row));
            });
        return known;
    }, stop);

    /// <summary>Connections, those that were removed too, of which calls are in progress.</summary>
    public Task<List<string>> ConnectionsInUse(CancellationToken stop = default) =>
        db.Read(tx => tx.List<string>("select distinct connection from calls where ended_at is null and version > 0"), stop);

    /// <summary>Of each team, and of none, how many callers joined a queue before an instant and still wait, and since when the first. No calls, so nobody's scope.</summary>
    public async Task<List<(string? Team, int Callers, DateTimeOffset First)>> WaitingSince(Tx tx, DateTimeOffset before) =>
        (await tx.List<(string? Team, long Callers, long First)>(
            """
            select team_id, count(*), min(queued_at) from calls
            where ended_at is null and version > 0 and direction = 'Inbound' and answered_at is null and queued_at <= @before group by team_id
            """, new { before = before.ToUnixTimeMilliseconds() }))
            .ConvertAll(row => (row.Team, (int)row.Callers, DateTimeOffset.FromUnixTimeMilliseconds(row.First)));

    /// <summary>Calls in progress of which nothing was heard since an instant, with the instant of the last news.</summary>
    public Task<List<(CallKey Key, DateTimeOffset LastEvent)>> SilentSince(DateTimeOffset since, string? connection, int limit, CancellationToken stop = default) =>
        db.Read(async tx => (await tx.List<(string Connection, string Key, long LastEvent)>(
            $"""
            select connection, call_key, last_event_at from calls where ended_at is null and last_event_at < @since and version > 0
            {(connection is null ? "" : "and connection = @connection")} limit {limit}
            """, new { since = since.ToUnixTimeMilliseconds(), connection }))
            .ConvertAll(row => (new CallKey(row.Connection, row.Key), DateTimeOffset.FromUnixTimeMilliseconds(row.LastEvent))), stop);
}
