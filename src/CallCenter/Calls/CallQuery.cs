namespace CallCenter.Calls;

/// <summary>What calls somebody asks for. All conditions hold together; null asks for nothing.</summary>
/// <param name="From">Started at or after, UTC.</param>
/// <param name="Until">Started before, UTC.</param>
/// <param name="Customer">A number in any spelling that somebody at home in <paramref name="Country"/> would write.</param>
/// <param name="Alive">True: only calls in progress; false: only those that ended.</param>
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
    string? Connection = null);

/// <summary>A place in the list: what comes after this call, newest first.</summary>
public readonly record struct CallCursor(DateTimeOffset StartedAt, long Id)
{
    public override string ToString() => $"{StartedAt.ToUnixTimeMilliseconds()}-{Id}";

    /// <exception cref="Refusal">The text is not a cursor that we gave out.</exception>
    public static CallCursor Parse(string text)
    {
        var dash = text.IndexOf('-', 1);
        return dash > 0 && long.TryParse(text.AsSpan(0, dash), out var at) && Math.Abs(at) < 253_402_300_800_000 && long.TryParse(text.AsSpan(dash + 1), out var id)
            ? new(DateTimeOffset.FromUnixTimeMilliseconds(at), id)
            : throw new Refusal(RefusalKind.Invalid, "calls.bad-cursor");
    }
}

/// <param name="Next">Where the next page begins; null on the last.</param>
public sealed record CallPage(IReadOnlyList<Call> Calls, CallCursor? Next);

/// <summary>Reading the log.</summary>
sealed partial class CallLog
{
    public const int PageMax = 500;

    /// <summary>Counting stops here; screens show "más de 10 000".</summary>
    public const int CountMax = 10_000;

    /// <summary>Newest first. Calls in progress and history come from an index each, so that neither is searched for the other.</summary>
    public Task<CallPage> List(CallFilter filter, int limit = 50, CallCursor? after = null, CancellationToken stop = default) =>
        db.Read(async tx =>
        {
            limit = Math.Clamp(limit, 1, PageMax);
            var calls = new List<Call>();
            foreach (var alive in (bool[])[true, false])
            {
                if (filter.Alive is { } wanted && wanted != alive || alive && filter.Missed == true || alive && filter.Outcome is not null) continue;
                var (where, values) = Where(filter, alive, after);
                var rows = await tx.List<CallRow>(
                    $"select {CallRow.Columns} from calls where {where} order by started_at desc, id desc limit {limit + 1}", values);
                calls.AddRange(rows.Select(row => row.ToCall()));
            }

            var page = calls.OrderByDescending(call => call.StartedAt).ThenByDescending(call => call.Id).Take(limit + 1).ToList();
            if (page.Count <= limit) return new CallPage(page, null);
            page.RemoveAt(limit);
            return new CallPage(page, new CallCursor(page[^1].StartedAt, page[^1].Id));
        }, stop);

    /// <summary>How many, counted up to <see cref="CountMax"/>.</summary>
    public Task<int> Count(CallFilter filter, CancellationToken stop = default) => db.Read(async tx =>
    {
        var count = 0;
        foreach (var alive in (bool[])[true, false])
        {
            if (filter.Alive is { } wanted && wanted != alive || alive && filter.Missed == true || alive && filter.Outcome is not null) continue;
            var (where, values) = Where(filter, alive, null);
            count += await tx.One<int>($"select count(*) from (select 1 from calls where {where} limit {CountMax}) as counted", values);
        }

        return Math.Min(count, CountMax);
    }, stop);

    /// <summary>Those of the calls that the log knows, in any order.</summary>
    public Task<List<Call>> Find(IReadOnlyList<CallKey> keys, CancellationToken stop = default) => db.Read(async tx =>
    {
        var rows = new List<CallRow>();
        foreach (var some in keys.GroupBy(key => key.Connection))
            rows.AddRange(await tx.List<CallRow>(
                $"select {CallRow.Columns} from calls where connection = @connection and call_key in @ids and version > 0",
                new { connection = some.Key, ids = some.Select(key => key.Id).ToArray() }));
        return rows.ConvertAll(row => row.ToCall());
    }, stop);

    public Task<Call?> Find(long id, CancellationToken stop = default) => db.Read(async tx =>
        (await tx.Maybe<CallRow>($"select {CallRow.Columns} from calls where id = @id and version > 0", new { id }))?.ToCall(), stop);

    /// <summary>What changed after a version, in the order of changes, each call as it is now.</summary>
    public Task<IReadOnlyList<Call>> ChangedAfter(long version, int limit = PageMax, CancellationToken stop = default) =>
        db.Read<IReadOnlyList<Call>>(async tx => (await tx.List<CallRow>(
            $"select {CallRow.Columns} from calls where version > @version order by version limit {Math.Clamp(limit, 1, PageMax)}", new { version }))
            .ConvertAll(row => row.ToCall()), stop);

    /// <summary>When the latest change we know of happened; null before the first.</summary>
    public Task<DateTimeOffset?> NewestEventAt(CancellationToken stop = default) => db.Read(async tx =>
        await tx.Maybe<long?>("select last_event_at from calls where version > 0 order by version desc limit 1") is { } at
            ? DateTimeOffset.FromUnixTimeMilliseconds(at) : (DateTimeOffset?)null, stop);

    public Task<long> NewestVersion(CancellationToken stop = default) =>
        db.Read(tx => tx.One<long>("select coalesce(max(version), 0) from calls"), stop);

    /// <summary>The facts a call is made of, in their order.</summary>
    public Task<IReadOnlyList<CallEvent>> EventsOf(Call call, CancellationToken stop = default) => db.Read<IReadOnlyList<CallEvent>>(async tx =>
    {
        var key = new CallKey(call.Connection, call.ProviderCallId);
        var events = (await tx.List<EventRow>("select at, ordinal, body from call_events where call_id = @Id", new { call.Id }))
            .ConvertAll(row => row.ToEvent(key));
        events.Sort(CallEvent.Compare);
        return events;
    }, stop);

    /// <summary>The facts of those of these calls that are known.</summary>
    public Task<Dictionary<CallKey, List<CallEvent>>> EventsOf(IReadOnlyList<CallKey> keys, CancellationToken stop = default) => db.Read(async tx =>
    {
        var known = new Dictionary<CallKey, List<CallEvent>>();
        await tx.QueryMany(
            """
            select e.at, e.ordinal, e.body from calls c join call_events e on e.call_id = c.id
            where c.connection = @connection and c.call_key = @call_key
            """, KeyParameters, [.. keys.Select(key => new object?[] { key.Connection, key.Id })],
            (i, row) =>
            {
                if (!known.TryGetValue(keys[i], out var events)) known[keys[i]] = events = [];
                events.Add(EventRow.ToEvent(keys[i], row.Long(0), (int)row.Long(1), row.Text(2)));
            });
        return known;
    }, stop);

    /// <summary>Connections, those that were removed too, of which calls are in progress.</summary>
    public Task<List<string>> ConnectionsInUse(CancellationToken stop = default) =>
        db.Read(tx => tx.List<string>("select distinct connection from calls where ended_at is null and version > 0"), stop);

    /// <summary>Calls in progress of which nothing was heard since an instant, with the instant of the last news.</summary>
    public Task<List<(CallKey Key, DateTimeOffset LastEvent)>> SilentSince(DateTimeOffset since, string? connection, int limit, CancellationToken stop = default) =>
        db.Read(async tx => (await tx.List<(string Connection, string Key, long LastEvent)>(
            $"""
            select connection, call_key, last_event_at from calls where ended_at is null and last_event_at < @since and version > 0
            {(connection is null ? "" : "and connection = @connection")} limit {limit}
            """, new { since = since.ToUnixTimeMilliseconds(), connection }))
            .ConvertAll(row => (new CallKey(row.Connection, row.Key), DateTimeOffset.FromUnixTimeMilliseconds(row.LastEvent))), stop);

    static (string Where, Dapper.DynamicParameters Values) Where(CallFilter filter, bool alive, CallCursor? after)
    {
        var values = new Dapper.DynamicParameters();
        var where = new List<string> { alive ? "ended_at is null and version > 0" : "ended_at is not null" };

        void Add(string condition, string name, object? value)
        {
            if (value is null) return;
            where.Add(condition);
            values.Add(name, value);
        }

        Add("started_at >= @from", "from", filter.From?.ToUnixTimeMilliseconds());
        Add("started_at < @until", "until", filter.Until?.ToUnixTimeMilliseconds());
        Add("direction = @direction", "direction", filter.Direction?.ToString());
        Add("outcome = @outcome", "outcome", filter.Outcome?.ToString());
        Add("state = @state", "state", filter.State?.ToString());
        if (filter.Missed == true) where.Add("missed = 1");
        if (filter.Missed == false && !alive) where.Add("missed = 0");
        Add("operator = @operator", "operator", filter.Operator);
        Add("queue = @queue", "queue", filter.Queue);
        Add("line = @line", "line", filter.Line);
        Add("connection = @connection", "connection", filter.Connection);
        if (filter.Customer is { Length: > 0 } customer)
            Add("customer_key = @customer", "customer", PhoneNumber.Parse(customer, filter.Country).MatchKey ?? "-");
        if (after is { } cursor)
        {
            where.Add("(started_at < @after or (started_at = @after and id < @id))");
            values.Add("after", cursor.StartedAt.ToUnixTimeMilliseconds());
            values.Add("id", cursor.Id);
        }

        return (string.Join(" and ", where), values);
    }
}
