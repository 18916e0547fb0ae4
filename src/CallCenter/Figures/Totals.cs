using System.Runtime.InteropServices;
using CallCenter.Calls;
using CallCenter.Storage;

namespace CallCenter.Figures;

/// <summary>
/// Keeps sums over calls that ended. The transaction that changes a call only notes that it did, and how the call stood in
/// the totals if it was in them already; <see cref="Counting"/> adds many of them up together soon after. Whoever reads
/// takes what is noted along, so that every figure is that of the last commit.
/// </summary>
/// <remarks>
/// Added up in the call's own transaction, each call would rewrite a dozen wide rows, each commit anew; added up together,
/// most calls meet in the same rows.
/// </remarks>
sealed class Totals(Db db) : ICallCounter
{
    /// <summary>So few that whoever saves calls meanwhile waits a moment.</summary>
    public const int CountMax = 500;

    static readonly Insertion Note = new("calls_to_count", ["call_id", "was"], "on conflict (call_id) do update set changes = calls_to_count.changes + 1");
    static readonly string[] RowParameters = ["key_id", "at"];

    public static readonly (string Table, string At)[] Grains = [("totals_by_slot", "slot"), ("totals_by_day", "day")];

    static readonly (string Table, string At)[] Tables = [.. Grains, (TotalSpans.Table, TotalSpans.At)];

    public TotalKeys Keys { get; } = new();

    /// <summary>Heard after a commit that left something to count.</summary>
    public event Action? Noted;

    public async Task Ended(Tx tx, IReadOnlyCollection<long> calls)
    {
        if (calls.Count == 0) return;
        await tx.Insert(Note, [.. calls.Select(id => new object?[] { id, null })]);
        tx.Announce(() => Noted?.Invoke());
    }

    public async Task Changing(Tx tx, IReadOnlyCollection<long> calls)
    {
        if (calls.Count == 0) return;
        // What a call recovered is counted with it, and follows from the calls that name it.
        List<object?[]> ids = [.. calls.Distinct().Select(id => new object?[] { id })];
        var named = new List<object?[]>();
        await tx.QueryMany("select recovered_by from calls where id = @id and recovered_by is not null", ["id"], ids, (_, row) => named.Add([row.Long(0)]));
        ids.AddRange(named);

        var was = new Dictionary<long, string?>();
        await tx.QueryMany(
            $"""
            select {CountedCall.Columns}, (select changes from calls_to_count noted where noted.call_id = calls.id)
            from calls where id = @id and ended_at is not null and version > 0
            """,
            ["id"], ids, (_, row) => was[row.Long(0)] = row.IsNull(row.Columns - 1) ? CountedCall.Read(row).ToText() : null);
        if (was.Count == 0) return;
        await tx.Insert(Note, [.. was.Select(one => new object?[] { one.Key, one.Value })]);
        tx.Announce(() => Noted?.Invoke());
    }

    /// <summary>
    /// Adds up some of what is noted, the newest calls first. All that takes time is done before whoever saves calls has to wait; what has changed by
    /// then is left for the next time.
    /// </summary>
    /// <returns>How many calls that were.</returns>
    public async Task<int> Count(int limit = CountMax, CancellationToken stop = default)
    {
        while (true)
        {
            var sheet = await db.Read(tx => Prepare(tx, limit), stop);
            if (sheet.Noted.Count == 0) return 0;
            if (await db.Write(tx => Enter(tx, sheet), stop) is { } counted) return counted;
        }
    }

    /// <summary>What will be written, and all that it follows from.</summary>
    /// <param name="Moment">Of the totals: whoever writes to them makes another of it.</param>
    /// <param name="Ids">Of the keys that have a number already.</param>
    public sealed record Sheet(
        long Moment, Dictionary<long, NotedCall> Noted, IReadOnlyDictionary<TotalKey, long> Ids, IReadOnlyDictionary<long, long> Spans,
        Dictionary<(string Table, TotalKey Key, long At), TotalPlace> Sums);

    public async Task<Sheet> Prepare(Tx tx, int limit)
    {
        var moment = await tx.One<long>("select next from counters where name = 'totals'");
        var (noted, changes) = (await Waiting(tx, limit), new TotalChanges());
        foreach (var call in noted.Values) changes.Add(call, 1);
        var (ids, spans) = (await Keys.Known(tx, changes.Keys), await TotalSpans.Read(tx));
        List<TotalPlace> sums = [.. Places(changes, ids, spans)];
        foreach (var (table, at) in Tables)
        {
            List<TotalPlace> places = [.. sums.Where(place => place.Table == table && ids.ContainsKey(place.Key))];
            await tx.QueryMany($"select {string.Join(", ", Tally.Sums)}, spreads from {table} where key_id = @key_id and {at} = @at", RowParameters,
                places.ConvertAll(place => new object?[] { ids[place.Key], place.At }), (i, row) => places[i].Tally.Add(row, 0));
        }

        return new(moment, noted, ids, spans, sums.ToDictionary(
            place => (place.Table, place.Key, place.At), place => ids.TryGetValue(place.Key, out var id) ? place with { Row = place.Tally.ToRow(id, place.At) } : place));
    }

    /// <returns>How many calls were counted; null when somebody else has written to the totals meanwhile.</returns>
    public async Task<int?> Enter(Tx tx, Sheet sheet)
    {
        // So that none changes any more.
        await CallLog.TakeTurn(tx);
        var (isMine, undone) = (false, new TotalChanges());
        await tx.QueryAll(
            new("update counters set next = next + 1 where name = 'totals' and next = @moment returning next", ["moment"], [[sheet.Moment]], (_, _) => isMine = true),
            new("select call_id, changes from calls_to_count where call_id >= @first and call_id <= @last", ["first", "last"], [[sheet.Noted.Keys.Min(), sheet.Noted.Keys.Max()]],
                (_, row) =>
                {
                    var (id, changes) = (row.Long(0), row.Long(1));
                    if (!sheet.Noted.TryGetValue(id, out var call) || call.Changes == changes) return;
                    undone.Add(call, -1);
                    sheet.Noted.Remove(id);
                }));
        if (!isMine) return null;
        foreach (var undo in Places(undone, sheet.Ids, sheet.Spans))
        {
            ref var place = ref CollectionsMarshal.GetValueRefOrNullRef(sheet.Sums, (undo.Table, undo.Key, undo.At));
            place.Tally.Add(undo.Tally);
            place = place with { Row = null };
        }

        TotalPlace[] sums = [.. sheet.Sums.Values];
        await Put(tx, sums, Array.TrueForAll(sums, place => place.Row is not null) ? sheet.Ids : await Keys.Number(tx, [.. sums.Select(place => place.Key).Distinct()]));
        if (tx.IsPostgres) await tx.RunMany("delete from calls_to_count where call_id = any(@ids)", ["ids"], [[sheet.Noted.Keys.ToArray()]]);
        else await tx.RunMany("delete from calls_to_count where call_id = @id", ["id"], [.. sheet.Noted.Keys.Select(id => new object?[] { id })]);
        return sheet.Noted.Count;
    }

    static IEnumerable<TotalPlace> Places(TotalChanges changes, IReadOnlyDictionary<TotalKey, long> ids, IReadOnlyDictionary<long, long> spans) => Tables.SelectMany(grain =>
        (grain.Table == TotalSpans.Table ? changes.BySpan(ids, spans) : changes.In(grain.Table)).Select(row => new TotalPlace(grain.Table, row.Key.Key, row.Key.At, row.Value)));

    /// <summary>What is noted: each call as it is in the totals and as it is.</summary>
    public static async Task<Dictionary<long, NotedCall>> Waiting(Tx tx, int limit)
    {
        var noted = (await tx.List<(long Id, string? Was, long Changes)>($"select call_id, was, changes from calls_to_count order by call_id desc limit {limit}"))
            .ToDictionary(row => row.Id, row => new NotedCall(row.Was is null ? null : CountedCall.Parse(row.Was), Now: null, row.Changes));
        await tx.QueryMany($"select {CountedCall.Columns} from calls where id = @id and ended_at is not null and version > 0", ["id"], [.. noted.Keys.Select(id => new object?[] { id })],
            (_, row) => noted[row.Long(0)] = noted[row.Long(0)] with { Now = CountedCall.Read(row) });
        return noted;
    }

    /// <summary>Adds up some of a stretch of the past that is not yet; see <see cref="TotalSpans"/>.</summary>
    /// <returns>False when there is none.</returns>
    public async Task<bool> AddUpSpan(DateTimeOffset now, CancellationToken stop = default)
    {
        if (await db.Read(tx => TotalSpans.Next(tx, now), stop) is not { } span) return false;
        await db.Write(async tx =>
        {
            await CallLog.TakeTurn(tx);
            await TotalSpans.AddUp(tx, this, span);
        }, stop);
        return true;
    }

    /// <summary>Writes totals as they are to be.</summary>
    public async Task Put(Tx tx, IReadOnlyList<TotalPlace> sums)
    {
        await tx.RunMany("update counters set next = next + 1 where name = @name", ["name"], [["totals"]]);
        await Put(tx, sums, await Keys.Number(tx, [.. sums.Select(place => place.Key).Distinct()]));
    }

    static async Task Put(Tx tx, IReadOnlyList<TotalPlace> sums, IReadOnlyDictionary<TotalKey, long> ids)
    {
        foreach (var (table, at) in Tables)
        {
            var (full, empty) = (new List<object?[]>(), new List<object?[]>());
            foreach (var place in sums.Where(place => place.Table == table))
                if (place.Tally.IsEmpty) empty.Add([ids[place.Key], place.At]);
                else full.Add(place.Row ?? place.Tally.ToRow(ids[place.Key], place.At));
            await tx.Insert(Upserts[table], full);
            await tx.RunMany($"delete from {table} where key_id = @key_id and {at} = @at", RowParameters, empty);
        }
    }

    static readonly Dictionary<string, Insertion> Upserts = Tables.ToDictionary(grain => grain.Table, grain => new Insertion(grain.Table, ["key_id", grain.At, .. Tally.Sums, "spreads"],
        $"on conflict (key_id, {grain.At}) do update set {string.Join(", ", Tally.Sums.Append("spreads").Select(name => $"{name} = excluded.{name}"))}"));
}

/// <summary>A call that the totals do not know as it is.</summary>
/// <param name="Was">As it is in them; null when it is not.</param>
/// <param name="Now">Null when it is no call of its own any more.</param>
/// <param name="Changes">How often it has changed since it was noted.</param>
sealed record NotedCall(CountedCall? Was, CountedCall? Now, long Changes);

/// <summary>What some calls add to the totals, or take from them.</summary>
sealed class TotalChanges
{
    readonly Dictionary<(TotalKey Key, long At), Tally> bySlot = [], byDay = [];

    public IReadOnlyCollection<TotalKey> Keys => [.. byDay.Keys.Select(place => place.Key).Distinct()];

    public void Add(NotedCall call, int sign)
    {
        if (call.Was is { } was) Add(was, -sign);
        if (call.Now is { } now) Add(now, sign);
    }

    public void Add(CountedCall call, int sign)
    {
        foreach (var (key, add) in TotalKey.Of(call))
        {
            add(At(bySlot, key, call.Slot), sign);
            add(At(byDay, key, Slots.DayOf(call.Slot)), sign);
        }
    }

    /// <summary>Those of one of <see cref="Totals.Grains"/>.</summary>
    public Dictionary<(TotalKey Key, long At), Tally> In(string table) => table == "totals_by_slot" ? bySlot : byDay;

    /// <summary>Those of spans that are added up, or are so for keys of that number.</summary>
    /// <param name="ids">Of the keys that have a number already.</param>
    public Dictionary<(TotalKey Key, long At), Tally> BySpan(IReadOnlyDictionary<TotalKey, long> ids, IReadOnlyDictionary<long, long> spans)
    {
        var changes = new Dictionary<(TotalKey, long), Tally>();
        foreach (var ((key, day), tally) in byDay)
            if (spans.TryGetValue(TotalSpans.Of(day), out var upTo) && ids.GetValueOrDefault(key, long.MaxValue) <= upTo) At(changes, key, TotalSpans.Of(day)).Add(tally);
        return changes;
    }

    static Tally At(Dictionary<(TotalKey, long), Tally> grain, TotalKey key, long at) =>
        grain.TryGetValue((key, at), out var tally) ? tally : grain[(key, at)] = new();
}
