using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using CallCenter.Live;
using CallCenter.Storage;

namespace CallCenter.Calls;

/// <summary>Acts on calls that changed, in the transaction that changes them. Slices that build on calls implement it.</summary>
interface ICallFollower
{
    /// <summary>Returns the calls whose <see cref="Call.Mark"/> is to be written, with the new one.</summary>
    /// <param name="changed">Among them those that are no calls of their own any more: <see cref="Call.MergedInto"/>.</param>
    Task<IReadOnlyList<Call>> Follow(Tx tx, IReadOnlyList<Call> changed);
}

/// <summary>Keeps the events of calls and the calls they make, and tells the <see cref="LiveFeed"/> what changed.</summary>
sealed partial class CallLog(Db db, LiveFeed feed, IEnumerable<ICallFollower> followers, IBelongingRules belonging)
{
    const int LookUpsMax = 10;

    static readonly string[] KeyParameters = ["connection", "call_key"];
    static readonly string[] EventParameters = ["call_id", "identity", "at", "ordinal", "body"];

    /// <summary>Of two tellings with one identity, as the fold does.</summary>
    const string KeepTheEarlier =
        """
        on conflict (call_id, identity) do update set at = excluded.at, ordinal = excluded.ordinal, body = excluded.body
        where excluded.at < call_events.at or (excluded.at = call_events.at and excluded.ordinal < call_events.ordinal)
        """;

    /// <summary>
    /// Adds facts and folds the calls they are about again, in the caller's transaction. Facts already known change nothing.
    /// Returns the calls that changed; they are announced after the commit.
    /// </summary>
    /// <param name="providerOf">The provider's id of a connection, kept with the call.</param>
    public async Task<IReadOnlyList<Call>> Append(Tx tx, IReadOnlyCollection<CallEvent> events, Func<string, string> providerOf)
    {
        if (events.Count == 0) return [];
        // Sorted, so that two nodes lock the calls they share in the same order.
        var byKey = events.GroupBy(happened => happened.Call).ToDictionary(group => group.Key, group => group.ToList());
        var links = events.OfType<CallLinked>().ToList();
        foreach (var link in links) byKey.TryAdd(link.Other, []);
        var keys = byKey.Keys.OrderBy(key => key.Connection, StringComparer.Ordinal).ThenBy(key => key.Id, StringComparer.Ordinal).ToList();
        var rows = await FindForChange(tx, keys, providerOf);
        var told = keys.Select((key, i) => new Told(key, rows[i], byKey[key])).ToList();
        var gone = new List<Call>();
        if (links.Count > 0 || told.Exists(one => one.Key != one.Row.Key)) (told, gone) = await Join(tx, told);

        await tx.RunMany(
            $"""
            insert into call_events (call_id, identity, at, ordinal, body) values (@call_id, @identity, @at, @ordinal, @body)
            {KeepTheEarlier}
            """,
            EventParameters,
            [.. told.SelectMany(one => one.Events.Select(happened => RowOf(one.Row.Id, happened)))]);

        var known = await EventsOf(tx, told);
        var changed = new List<Folded>();
        for (var i = 0; i < told.Count; i++)
            if (Call.Of(told[i].Row.Key, known[i]) is { } call)
                changed.Add(new(call with { Id = told[i].Row.Id, Provider = told[i].Row.Provider }, known[i].Max(happened => happened.At), told[i].Row.Belonging));
            else if (told[i].Row.IsNew) // keeps its id for when the rest is told
                await Reserve(tx, [(told[i].Row.Id, told[i].Row.Key, told[i].Row.Provider)]);

        return await Save(tx, changed, gone);
    }

    /// <summary>A call made anew of its events, not yet saved.</summary>
    readonly record struct Folded(Call Call, DateTimeOffset LastEvent, PriorBelonging? Before);

    static async Task<Row[]> FindForChange(Tx tx, IReadOnlyList<CallKey> keys, Func<string, string> providerOf)
    {
        var found = new Row[keys.Count];
        await LookUp(tx, keys, found);

        var missing = Enumerable.Range(0, keys.Count).Where(i => found[i].Id == 0).ToList();
        if (missing.Count == 0) return found;
        var ids = await NextIds(tx, missing.Count);
        for (var i = 0; i < missing.Count; i++) found[missing[i]] = new(ids[i], keys[missing[i]], providerOf(keys[missing[i]].Connection), IsListed: false, Belonging: null);
        if (!tx.IsPostgres) return found;

        // Another node may be creating the same call: whoever inserts first decides the id. Or joining it to another: then its
        // key passes to another row while we wait for this one, and we look again.
        await Reserve(tx, missing.ConvertAll(i => (found[i].Id, found[i].Key, found[i].Provider)));
        for (var times = 0; times < LookUpsMax; times++)
        {
            Array.Clear(found);
            await LookUp(tx, keys, found);
            if (Array.TrueForAll(found, row => row.Id != 0)) return found;
        }

        throw new TimeoutException("these calls are being joined by other nodes");
    }

    /// <summary>Rows that no list shows, because their version is negative, until something says that the call began.</summary>
    static Task Reserve(Tx tx, List<(long Id, CallKey Key, string Provider)> calls) => tx.RunMany(
        """
        insert into calls (id, connection, call_key, provider, direction, state, missed, started_at, last_event_at, stale, voicemail, dialled, version, detail)
        values (@id, @connection, @call_key, @provider, 'Unknown', 'Queued', 0, 0, 0, 0, 0, 0, -@id, '{}')
        on conflict (connection, call_key) do nothing
        """,
        ["id", "connection", "call_key", "provider"],
        calls.ConvertAll(call => new object?[] { call.Id, call.Key.Connection, call.Key.Id, call.Provider }));

    static async Task LookUp(Tx tx, IReadOnlyList<CallKey> keys, Row[] found)
    {
        var merged = new List<(int Index, long Into)>();
        await tx.QueryMany(
            $"select id, provider, version, merged_into, {PriorBelonging.Columns} from calls where connection = @connection and call_key = @call_key" + (tx.IsPostgres ? " for update" : ""),
            KeyParameters,
            [.. keys.Select(key => new object?[] { key.Connection, key.Id })],
            (i, row) =>
            {
                if (!row.IsNull(3)) merged.Add((i, row.Long(3)));
                else found[i] = new(row.Long(0), keys[i], row.Text(1), row.Long(2) > 0, PriorBelonging.Read(row, 4));
            });
        await FollowMerged(tx, found, merged);
    }

    /// <summary>All events of each call. Those of a new call on SQLite are in hand; nobody else can have added any.</summary>
    static async Task<List<CallEvent>[]> EventsOf(Tx tx, List<Told> told)
    {
        var events = new List<CallEvent>[told.Count];
        var toRead = new List<int>();
        for (var i = 0; i < told.Count; i++)
        {
            events[i] = told[i].Row.IsNew ? told[i].Events : [];
            if (!told[i].Row.IsNew) toRead.Add(i);
        }

        await tx.QueryMany(
            "select identity, at, ordinal, body from call_events where call_id = @id", ["id"],
            [.. toRead.Select(i => new object?[] { told[i].Row.Id })],
            (i, row) => events[toRead[i]].Add(
                EventRow.ToEvent(told[toRead[i]].Row.Key, row.Long(1), (int)row.Long(2), row.Text(3))));
        return events;
    }

    /// <param name="gone">Calls that became part of one that changed.</param>
    async Task<IReadOnlyList<Call>> Save(Tx tx, List<Folded> changed, List<Call> gone)
    {
        if (changed.Count == 0) return [];
        // The counter's row is locked until the commit, so versions become visible in their order on every node, and who
        // comes after us sees all that we wrote.
        var first = await NextVersions(tx, gone.Count + changed.Count);
        gone = [.. gone.Select((call, i) => call with { Version = first + i })];
        await tx.RunMany("update calls set merged_version = @version where id = @id", ["id", "version"], gone.ConvertAll(call => new object?[] { call.Id, call.Version }));
        var version = first + gone.Count;
        var last = version + changed.Count - 1;
        // After the lock: whoever changes what is whose takes it too, so these are the newest rules.
        var whose = await belonging.Read(tx);
        var saved = changed.Select((item, i) => Belong(item, whose) with { Version = version + i }).ToDictionary(call => call.Id);
        await tx.RunMany(CallRow.Upsert, CallRow.Parameters, [.. changed.Select(item => CallRow.Values(saved[item.Call.Id], item.LastEvent))]);
        await CallPeople.Keep(tx, changed.Select(item => (item.Before, saved[item.Call.Id])));

        foreach (var follower in followers)
        {
            var marked = await follower.Follow(tx, [.. gone, .. saved.Values]);
            if (marked.Count == 0) continue;
            version = await NextVersions(tx, marked.Count);
            last = version + marked.Count - 1;
            foreach (var (call, i) in marked.Select((call, i) => (call, i))) saved[call.Id] = call with { Version = version + i };
            await tx.RunMany(CallRow.UpdateMark, CallRow.MarkParameters, [.. marked.Select(call => CallRow.MarkValues(saved[call.Id]))]);
        }

        IReadOnlyList<Call> told = [.. gone, .. saved.Values.OrderBy(call => call.Version)];
        await Tell(tx, told, first, last);
        return told;
    }

    static Call Belong(Folded item, Func<Call, Belonging> whose) => (item.Before ?? default).Apply(item.Call, whose(item.Call));

    async Task Tell(Tx tx, IReadOnlyList<Call> told, long first, long last)
    {
        tx.Announce(() => feed.Tell(told, first, last));
        if (tx.IsPostgres) await tx.Run("select pg_notify('calls', @version)", new { version = last.ToString(CultureInfo.InvariantCulture) });
    }

    /// <summary>The first of so many consecutive numbers.</summary>
    static async Task<long> NextVersions(Tx tx, int count) =>
        await tx.One<long>("update counters set next = next + @count where name = 'version' returning next", new { count }) - count;

    /// <summary>Ids for new calls. A sequence on PostgreSQL, so that nodes do not wait for each other's commits to begin.</summary>
    static Task<List<long>> NextIds(Tx tx, int count) => tx.IsPostgres
        ? tx.List<long>("select nextval('call_ids') from generate_series(1, @count)", new { count })
        : NextIdsOfFile(tx, count);

    static async Task<List<long>> NextIdsOfFile(Tx tx, int count)
    {
        var next = await tx.One<long>("update counters set next = next + @count where name = 'calls' returning next", new { count });
        return [.. Enumerable.Range(0, count).Select(i => next - count + i)];
    }

    static object?[] RowOf(long callId, CallEvent happened) =>
    [
        callId,
        Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(happened.Identity)).AsSpan(0, 15)),
        happened.At.ToUnixTimeMilliseconds(),
        happened.Order,
        JsonSerializer.Serialize(happened, CallJson.Options),
    ];
}

#pragma warning disable IDE1006 // columns keep their names
/// <summary>A row of <c>call_events</c>.</summary>
sealed class EventRow
{
    public long at { get; init; }
    public long ordinal { get; init; }
    public string body { get; init; } = "";

    public CallEvent ToEvent(CallKey key) => ToEvent(key, at, (int)ordinal, body);

    public static CallEvent ToEvent(CallKey key, long at, int ordinal, string body) =>
        JsonSerializer.Deserialize<CallEvent>(body, CallJson.Options)! with
        {
            Call = key,
            At = DateTimeOffset.FromUnixTimeMilliseconds(at),
            Order = ordinal,
        };
}
