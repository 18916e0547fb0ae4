using System.Globalization;
using CallCenter.Live;
using CallCenter.Storage;

namespace CallCenter.Calls;

/// <summary>A call that was saved anew.</summary>
/// <param name="Before">As it was; null when that is not known.</param>
/// <param name="IsNew">Nobody had heard of it before, so nothing that is kept names it.</param>
/// <param name="Was">Whose it was, also where the rest of what it was is not known; null when that did not change.</param>
readonly record struct CallChange(Call? Before, Call After, bool IsNew = false, PriorBelonging? Was = null);

/// <summary>Acts on calls that changed, in the transaction that changes them. Slices that build on calls implement it.</summary>
interface ICallFollower
{
    /// <summary>Returns the calls whose <see cref="Call.Mark"/> is to be written, with the new one.</summary>
    /// <param name="changes">Among them those that are no calls of their own any more: <see cref="Call.MergedInto"/>.</param>
    Task<IReadOnlyList<Call>> Follow(Tx tx, IReadOnlyList<CallChange> changes);
}

/// <summary>Writes down what follows from calls that changed, in the transaction that changes them; the calls themselves stay as they are.</summary>
interface ICallWitness
{
    /// <param name="changes">As <see cref="ICallFollower.Follow"/> is given them. May hear of the same change again.</param>
    Task Record(Tx tx, IReadOnlyList<CallChange> changes);
}

/// <summary>Keeps count of calls that ended, in the transactions that change them. The slice that adds calls up implements it.</summary>
interface ICallCounter
{
    /// <summary>These calls ended, and had not before.</summary>
    Task Ended(Tx tx, IReadOnlyCollection<long> calls);

    /// <summary>Something of these calls, or of what is said of them, is about to change: here they stand as they did. Those that have not ended are of no account.</summary>
    Task Changing(Tx tx, IReadOnlyCollection<long> calls);
}

/// <summary>Keeps the events of calls and the calls they make, and tells the <see cref="LiveFeed"/> what changed.</summary>
sealed partial class CallLog(
    Db db, LiveFeed feed, IEnumerable<ICallFollower> followers, IEnumerable<ICallWitness> witnesses, IBelongingRules belonging, ICallers callers, ICallCounter counter)
{
    static readonly string[] KeyParameters = ["connection", "call_key"];

    readonly CallsAtHand atHand = new();

    /// <summary>As the other one, for who has not prepared them.</summary>
    public Task<IReadOnlyList<Call>> Append(Tx tx, IReadOnlyCollection<CallEvent> events, Func<string, string> providerOf) =>
        Append(tx, [.. events.Select(ToldEvent.Of)], providerOf);

    /// <summary>
    /// Adds facts and folds the calls they are about again, in the caller's transaction. Facts already known change nothing.
    /// Returns the calls that changed; they are announced after the commit.
    /// </summary>
    /// <param name="providerOf">The provider's id of a connection, kept with the call.</param>
    public async Task<IReadOnlyList<Call>> Append(Tx tx, IReadOnlyList<ToldEvent> events, Func<string, string> providerOf)
    {
        if (events.Count == 0) return [];
        await TakeTurn(tx);
        var byKey = events.GroupBy(happened => happened.Event.Call).ToDictionary(group => group.Key, group => group.ToList());
        var links = events.Select(happened => happened.Event).OfType<CallLinked>().ToList();
        foreach (var link in links) byKey.TryAdd(link.Other, []);
        var keys = byKey.Keys.ToList();
        var rows = await FindForChange(tx, keys, providerOf);
        var told = keys.Select((key, i) => new Told(key, rows[i], byKey[key])).ToList();
        var gone = new List<(Call Call, PriorBelonging? Was)>();
        if (links.Count > 0 || told.Exists(one => one.Key != one.Row.Key)) (told, gone) = await Join(tx, told);

        var known = await EventsOf(tx, told);
        var (eventRows, changed) = (new List<object?[]>(events.Count), new List<Folded>(told.Count));
        for (var i = 0; i < told.Count; i++)
        {
            var row = told[i].Row;
            var (all, isNew) = StoredEvent.Add(known[i], told[i].Events);
            if (isNew.Count == 0 && !row.IsJoined) continue;
            eventRows.AddRange(isNew.Select(happened => happened.RowOf(row.Id)));
            if (Call.Of(row.Key, all.Select(stored => stored.Event)) is { } call)
                changed.Add(new(call with { Id = row.Id, Provider = row.Provider }, all.Max(stored => stored.Event.At), row, all));
            else if (row.IsNew) // keeps its id for when the rest is told
                await Reserve(tx, [(row.Id, row.Key, row.Provider)]);
        }

        await tx.Insert(StoredEvent.Insertion, eventRows);
        return await Save(tx, changed, gone);
    }

    /// <summary>A call made anew of its events, not yet saved.</summary>
    readonly record struct Folded(Call Call, DateTimeOffset LastEvent, Row Before, IReadOnlyList<StoredEvent>? Events = null);

    /// <summary>
    /// To be taken before calls are read in order to change them. PostgreSQL would let several change calls at once, SQLite
    /// does not; from here to the commit it is the same on both, so nobody else can be creating, joining or folding a call
    /// of ours, and versions become visible in their order on every node.
    /// </summary>
    public static Task TakeTurn(Tx tx) => tx.TakeTurn("version");

    static async Task<Row[]> FindForChange(Tx tx, IReadOnlyList<CallKey> keys, Func<string, string> providerOf)
    {
        var found = new Row[keys.Count];
        await LookUp(tx, keys, found);

        var missing = Enumerable.Range(0, keys.Count).Where(i => found[i].Id == 0).ToList();
        if (missing.Count == 0) return found;
        var ids = await NextIds(tx, missing.Count);
        for (var i = 0; i < missing.Count; i++) found[missing[i]] = new(ids[i], keys[missing[i]], providerOf(keys[missing[i]].Connection), Version: 0, Belonging: null);
        return found;
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
            $"select id, provider, version, merged_into, {PriorBelonging.Columns} from calls where connection = @connection and call_key = @call_key",
            KeyParameters,
            [.. keys.Select(key => new object?[] { key.Connection, key.Id })],
            (i, row) =>
            {
                if (!row.IsNull(3)) merged.Add((i, row.Long(3)));
                else found[i] = new(row.Long(0), keys[i], row.Text(1), row.Long(2), PriorBelonging.Read(row, 4));
            });
        await FollowMerged(tx, found, merged);
    }

    /// <summary>What is known of each call. Of a new one nothing is; nobody else can have added any.</summary>
    async Task<IReadOnlyList<StoredEvent>[]> EventsOf(Tx tx, List<Told> told)
    {
        var events = new IReadOnlyList<StoredEvent>[told.Count];
        var toRead = new List<(int Index, List<StoredEvent> Events)>();
        for (var i = 0; i < told.Count; i++)
            if (Known(told[i].Row) is { } known) events[i] = known.Events;
            else
            {
                var read = new List<StoredEvent>();
                events[i] = read;
                if (!told[i].Row.IsNew) toRead.Add((i, read));
            }

        await tx.QueryMany(StoredEvent.OfCall, ["id"], [.. toRead.Select(one => new object?[] { told[one.Index].Row.Id })],
            (i, row) => toRead[i].Events.Add(StoredEvent.Read(told[toRead[i].Index].Row.Key, row)));
        return events;
    }

    /// <param name="gone">Calls that became part of one that changed.</param>
    async Task<IReadOnlyList<Call>> Save(Tx tx, List<Folded> changed, List<(Call Call, PriorBelonging? Was)> gone)
    {
        if (changed.Count == 0) return [];
        var first = await NextVersions(tx, gone.Count + changed.Count);
        gone = [.. gone.Select((one, i) => (one.Call with { Version = first + i }, one.Was))];
        await tx.RunMany("update calls set merged_version = @version where id = @id", ["id", "version"], gone.ConvertAll(one => new object?[] { one.Call.Id, one.Call.Version }));
        var version = first + gone.Count;
        var last = version + changed.Count - 1;
        // In our turn: whoever changes what is whose takes it too, so these are the newest rules.
        var whose = await belonging.Read(tx);
        var saved = changed.Select((item, i) => item with { Call = Belong(item, whose) with { Version = version + i } }).ToList();
        await FindCustomers(tx, saved);
        var rows = saved.ConvertAll(item => CallRow.Values(item.Call, item.LastEvent));
        await counter.Changing(tx, [.. saved.Where(item => WasHistory(item.Before)).Select(item => item.Call.Id)]);
        await Write(tx, saved, rows);
        await counter.Ended(tx, [.. saved.Where(item => item.Call.EndedAt is not null && !WasHistory(item.Before)).Select(item => item.Call.Id)]);
        await CallPeople.Keep(tx, saved.Select(item => (item.Before.Belonging, item.Call)));

        var calls = saved.ToDictionary(item => item.Call.Id, item => item.Call);
        List<CallChange> changes =
        [
            .. gone.Select(one => new CallChange(null, one.Call, Was: one.Was)),
            .. saved.Select(item => new CallChange(Known(item.Before)?.Call, item.Call, item.Before.IsNew, item.Before.Stood ?? item.Before.Belonging)),
        ];
        foreach (var follower in followers)
        {
            var marked = await follower.Follow(tx, changes);
            if (marked.Count == 0) continue;
            version = await NextVersions(tx, marked.Count);
            last = version + marked.Count - 1;
            foreach (var (call, i) in marked.Select((call, i) => (call, i))) calls[call.Id] = call with { Version = version + i };
            await WriteMarks(tx, [.. marked.Select(call => calls[call.Id])]);
        }

        foreach (var witness in witnesses) await witness.Record(tx, changes);
        tx.Announce(() => atHand.Keep(saved.Zip(rows).Where(pair => pair.First.Events is not null).Select(pair => new CallAtHand(pair.First.Call, pair.Second, pair.First.Events!))));
        IReadOnlyList<Call> told = [.. gone.Select(one => one.Call), .. calls.Values.OrderBy(call => call.Version)];
        await Tell(tx, told, first, last, OthersNow(saved, gone));
        return told;
    }

    /// <summary>Whose those calls were before that are others' now, so that only who saw them has to look again.</summary>
    static Dictionary<long, PriorBelonging> OthersNow(List<Folded> saved, List<(Call Call, PriorBelonging? Was)> gone)
    {
        var were = new Dictionary<long, PriorBelonging>();
        foreach (var (call, was) in gone)
            if (was is { } whose) were[call.Id] = whose;
        foreach (var (call, _, before, _) in saved)
            if ((before.Stood ?? before.Belonging) is { } was && (was.Team != call.Team || was.People != CallPeople.ToText(call.People))) were[call.Id] = was;
        return were;
    }

    static bool WasHistory(Row row) => row.Belonging is { IsHistory: true };

    /// <summary>Verdicts are counted with the call that they are about and with the one that recovered it.</summary>
    async Task WriteMarks(Tx tx, IReadOnlyList<Call> marked)
    {
        await counter.Changing(tx, [.. marked.Select(call => call.Id), .. marked.Select(call => call.RecoveredBy).OfType<long>()]);
        await tx.RunMany(CallRow.UpdateMark, CallRow.MarkParameters, [.. marked.Select(CallRow.MarkValues)]);
    }

    CallAtHand? Known(Row row) => row.IsNew || row.IsJoined ? null : atHand.Find(row.Id, row.Version);

    /// <summary>
    /// Of a call at hand only what is different, so that no index is touched that need not be. PostgreSQL sees that for
    /// itself, and prefers one statement for all rows.
    /// </summary>
    async Task Write(Tx tx, List<Folded> saved, List<object?[]> rows)
    {
        if (tx.IsPostgres)
        {
            await tx.Insert(CallRow.Upsert, rows);
            return;
        }

        for (var i = 0; i < saved.Count; i++)
            if (Known(saved[i].Before) is { } before)
            {
                var update = CallRow.Update(before.Row, rows[i]);
                await tx.RunMany(update.Sql, update.Parameters, [update.ValuesOf(rows[i])]);
            }
            else await tx.Insert(CallRow.Upsert, [rows[i]]);
    }

    static Call Belong(Folded item, Func<Call, Belonging> whose) => (item.Before.Belonging ?? default).Apply(item.Call, whose(item.Call));

    /// <summary>Once for each number that a call turns out to be with, so that a call costs one look and stays whose it was found to be.</summary>
    async Task FindCustomers(Tx tx, List<Folded> saved)
    {
        var unknown = Enumerable.Range(0, saved.Count).Where(i => saved[i].Call.CustomerSide?.MatchKey is not null && !(saved[i].Before.Belonging ?? default).HasCustomerOf(saved[i].Call)).ToList();
        if (unknown.Count == 0) return;
        var found = await callers.Find(tx, unknown.ConvertAll(i => saved[i].Call));
        foreach (var (i, customer) in unknown.Zip(found)) saved[i] = saved[i] with { Call = saved[i].Call with { CustomerId = customer } };
    }

    async Task Tell(Tx tx, IReadOnlyList<Call> told, long first, long last, IReadOnlyDictionary<long, PriorBelonging>? were = null)
    {
        tx.Announce(() => feed.Tell(told, first, last, were));
        if (tx.IsPostgres) await tx.Notify("calls", last.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>The first of so many consecutive numbers.</summary>
    static async Task<long> NextVersions(Tx tx, int count) =>
        await tx.Number("update counters set next = next + @count where name = 'version' returning next", ["count"], (long)count) - count;

    /// <summary>Ids for new calls. A sequence on PostgreSQL, so that nodes do not wait for each other's commits to begin.</summary>
    static async Task<List<long>> NextIds(Tx tx, int count)
    {
        var ids = new List<long>(count);
        if (tx.IsPostgres) await tx.QueryMany("select nextval('call_ids') from generate_series(1, @count)", ["count"], [[count]], (_, row) => ids.Add(row.Long(0)));
        else
        {
            var next = await tx.Number("update counters set next = next + @count where name = 'calls' returning next", ["count"], (long)count);
            for (var i = 0; i < count; i++) ids.Add(next - count + i);
        }

        return ids;
    }
}
