using System.Text.Json.Nodes;
using CallCenter.Storage;

namespace CallCenter.Calls;

/// <summary>Something in the database that is not as it must be.</summary>
/// <param name="Code">A stable name for scripts, such as <c>call-differs</c>.</param>
/// <param name="What">What it is about: a call's id, a connection and hour.</param>
sealed record Finding(string Code, string What, string Detail);

/// <summary>How far an audit or a rebuild has come.</summary>
readonly record struct AuditProgress(string Part, long Done, long Total);

/// <summary>
/// Makes every call anew of its events and compares it with what is stored. Reads in batches, each a consistent picture,
/// so a server may work on the same database meanwhile.
/// </summary>
sealed class CallAudit(Db db, IEnumerable<ICallFollower> followers, IBelongingRules belonging)
{
    const int BatchMax = 500;

    public async Task<(long Calls, long Events)> Verify(Action<Finding> found, IProgress<AuditProgress>? progress, CancellationToken stop)
    {
        var total = await db.Read(tx => tx.One<long>("select count(*) from calls"), stop);
        var (calls, events, after) = (0L, 0L, 0L);
        while (await db.Read(tx => Verify(tx, after, found), stop) is { Calls: > 0 } batch)
        {
            (calls, events, after) = (calls + batch.Calls, events + batch.Events, batch.Last);
            progress?.Report(new("calls", calls, total));
        }

        for (var place = CallPerson.First; ;)
        {
            var (last, strays) = await db.Read(tx => CallPeople.Strays(tx, place), stop);
            foreach (var stray in strays) found(new("people-differ", $"call {stray.Call}", $"it is listed as one of {stray.Person}'s; 'callcenter rebuild' mends it"));
            if (last is null) break;
            place = last;
        }

        await db.Read(async tx =>
        {
            // The index forbids it; a damaged one would not.
            foreach (var version in await tx.List<long>("select version from calls group by version having count(*) > 1 limit 20"))
                found(new("version-twice", $"version {version}", "several calls have it, so a stream would leave out one"));
            var (newest, next) = (await tx.One<long>("select coalesce(max(version), 0) from calls"), await tx.One<long>("select next from counters where name = 'version'"));
            if (newest >= next) found(new("version-ahead", $"version {newest}", $"the next change would be given {next}"));
            foreach (var id in await tx.List<long>("select distinct call_id from call_events where call_id > @after limit 20", new { after }))
                found(WithoutCall(id));
            return true;
        }, stop);
        return (calls, events);
    }

    async Task<(int Calls, int Events, long Last)> Verify(Tx tx, long after, Action<Finding> found)
    {
        var batch = await StoredCall.Read(tx, after, BatchMax);
        if (batch.Count == 0) return (0, 0, after);

        var last = batch[^1].Id;
        var whose = await belonging.Read(tx);
        foreach (var stored in batch)
        {
            var folded = stored.Fold(whose);
            if (stored.Row.merged_into is { } into)
            {
                if (stored.Events.Count > 0) found(new("events-of-merged", $"call {stored.Id}", $"it is part of call {into}, but has events of its own"));
                if (!await tx.One<bool>("select exists (select 1 from calls where id = @into and merged_into is null)", new { into })) found(new("merged-into-nothing", $"call {stored.Id}", $"there is no call {into} that it could be part of"));
            }
            else if (stored.Events.Count == 0) found(new("call-without-events", $"call {stored.Id}", "nothing says that it was"));
            else if (folded is null && !stored.IsReserved) found(new("call-differs", $"call {stored.Id}", "its events make no call"));
            else if (folded is not null && stored.DifferencesFrom(folded) is { Count: > 0 } different)
                found(new("call-differs", $"call {stored.Id}", $"{string.Join(", ", different)}: not what its events make; 'callcenter rebuild' mends it"));
        }

        foreach (var id in await tx.List<long>(
            "select distinct call_id from call_events e where call_id > @after and call_id <= @last and not exists (select 1 from calls c where c.id = e.call_id)", new { after, last }))
            found(WithoutCall(id));

        var calls = batch.Where(stored => !stored.IsReserved).ToDictionary(stored => stored.Id, stored => stored.Row.ToCall());
        foreach (var id in await CallPeople.Missing(tx, calls.Values))
            found(new("people-differ", $"call {id}", "somebody whom it concerns does not find it; 'callcenter rebuild' mends it"));
        foreach (var follower in followers)
            foreach (var judged in await follower.Follow(tx, [.. calls.Values.Select(call => new CallChange(null, call))]))
                if (!calls.TryGetValue(judged.Id, out var call) || call.Mark != judged.Mark)
                    found(new("recovery-differs", $"call {judged.Id}", "not what the calls of its number make; 'callcenter rebuild' mends it"));
        return (batch.Count, batch.Sum(stored => stored.Events.Count), last);
    }

    static Finding WithoutCall(long id) => new("events-without-call", $"call {id}", "there are events of it, but no row");
}

/// <summary>A call as its row says, with its events.</summary>
sealed record StoredCall(CallRow Row, object?[] Values, List<CallEvent> Events)
{
    // The counters of changes do not come from the events.
    static readonly string[] NotOfTheFold = ["id", "connection", "call_key", "provider", "version"];

    public long Id => Row.id;

    /// <summary>Only its id is kept: nothing says yet that the call began.</summary>
    public bool IsReserved => Row.version < 0;

    public CallKey Key => new(Row.connection, Row.call_key);

    public DateTimeOffset LastEvent => Events.Max(happened => happened.At);

    public static async Task<List<StoredCall>> Read(Tx tx, long after, int limit)
    {
        var ids = await tx.List<long>($"select id from calls where id > @after order by id limit {limit}", new { after });
        if (ids.Count == 0) return [];

        var rows = (await tx.List<CallRow>($"select {CallRow.Columns} from calls where id > @after and id <= @last", new { after, last = ids[^1] })).ToDictionary(row => row.id);
        var values = new Dictionary<long, object?[]>();
        await tx.QueryMany($"select {string.Join(", ", CallRow.Parameters)} from calls where id > @after and id <= @last", ["after", "last"], [[after, ids[^1]]],
            (_, row) => values[row.Long(0)] = [.. Enumerable.Range(0, row.Columns).Select(row.Value)]);
        var events = ids.ToDictionary(id => id, _ => new List<CallEvent>());
        await tx.QueryMany("select call_id, at, ordinal, body from call_events where call_id > @after and call_id <= @last", ["after", "last"], [[after, ids[^1]]], (_, row) =>
        {
            if (rows.TryGetValue(row.Long(0), out var call))
                events[call.id].Add(EventRow.ToEvent(new CallKey(call.connection, call.call_key), row.Long(1), (int)row.Long(2), row.Text(3)));
        });
        return [.. ids.Where(rows.ContainsKey).Select(id => new StoredCall(rows[id], values[id], events[id]))];
    }

    public Call? Fold(Func<Call, Belonging> whose) => Events.Count > 0 && Call.Of(Key, Events) is { } call
        ? Row.Belonging.Apply(call, whose(call)) with { Id = Id, Provider = Row.provider, Version = Row.version }
        : null;

    /// <summary>The columns that say something else than the fold.</summary>
    public IReadOnlyList<string> DifferencesFrom(Call folded)
    {
        if (IsReserved) return ["version"];
        var made = CallRow.Values(folded, LastEvent);
        return [.. CallRow.Parameters.Where((name, i) => !NotOfTheFold.Contains(name) && !IsSame(name, Values[i], made[i]))];
    }

    static bool IsSame(string name, object? stored, object? made) => name == "detail"
        ? JsonNode.DeepEquals(JsonNode.Parse((string)stored!), JsonNode.Parse((string)made!))
        : Convert.ToString(stored, System.Globalization.CultureInfo.InvariantCulture) == Convert.ToString(made, System.Globalization.CultureInfo.InvariantCulture);
}
