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
    public const int CountMax = 250;

    static readonly Insertion Note = new("calls_to_count", ["call_id", "was"], "on conflict (call_id) do nothing");
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

        var was = new Dictionary<long, string>();
        await tx.QueryMany(
            $"select {CountedCall.Columns} from calls where id = @id and ended_at is not null and version > 0 and not exists (select 1 from calls_to_count noted where noted.call_id = calls.id)",
            ["id"], ids, (_, row) => was[row.Long(0)] = CountedCall.Read(row).ToText());
        if (was.Count == 0) return;
        await tx.Insert(Note, [.. was.Select(one => new object?[] { one.Key, one.Value })]);
        tx.Announce(() => Noted?.Invoke());
    }

    /// <summary>Adds up some of what is noted, the newest calls first.</summary>
    /// <returns>How many calls that were.</returns>
    public Task<int> Count(int limit = CountMax, CancellationToken stop = default) => db.Write(async tx =>
    {
        // So that none changes between its reading and its counting.
        await CallLog.TakeTurn(tx);
        var noted = await Waiting(tx, limit);
        if (noted.Count == 0) return 0;
        var changes = new TotalChanges();
        foreach (var (was, now) in noted.Values)
        {
            if (was is not null) changes.Add(was, -1);
            if (now is not null) changes.Add(now, 1);
        }

        await Apply(tx, changes);
        await tx.RunMany("delete from calls_to_count where call_id = @id", ["id"], [.. noted.Keys.Select(id => new object?[] { id })]);
        return noted.Count;
    }, stop);

    /// <summary>What is noted: each call as it is in the totals and as it is.</summary>
    public static async Task<Dictionary<long, (CountedCall? Was, CountedCall? Now)>> Waiting(Tx tx, int limit)
    {
        var noted = (await tx.List<(long Id, string? Was)>($"select call_id, was from calls_to_count order by call_id desc limit {limit}"))
            .ToDictionary(row => row.Id, row => (Was: row.Was is null ? null : CountedCall.Parse(row.Was), Now: (CountedCall?)null));
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

    async Task Apply(Tx tx, TotalChanges changes)
    {
        var ids = await Keys.Number(tx, changes.Keys);
        var spans = await TotalSpans.Read(tx);
        var bySpan = changes.BySpan((key, span) => spans.TryGetValue(span, out var upTo) && ids[key] <= upTo);
        var sums = new List<TotalPlace>();
        foreach (var (grain, rows) in Tables.Zip(changes.Grains.Append(bySpan)))
        {
            List<TotalPlace> places = [.. rows.Select(row => new TotalPlace(grain.Table, row.Key.Key, row.Key.At, row.Value))];
            await tx.QueryMany($"select {string.Join(", ", Tally.Sums)}, spreads from {grain.Table} where key_id = @key_id and {grain.At} = @at", RowParameters,
                places.ConvertAll(place => new object?[] { ids[place.Key], place.At }), (i, row) => places[i].Tally.Add(row, 0));
            sums.AddRange(places);
        }

        await Put(tx, sums, ids);
    }

    /// <summary>Writes totals as they are to be.</summary>
    public async Task Put(Tx tx, IReadOnlyList<TotalPlace> sums) => await Put(tx, sums, await Keys.Number(tx, [.. sums.Select(place => place.Key).Distinct()]));

    static async Task Put(Tx tx, IReadOnlyList<TotalPlace> sums, Dictionary<TotalKey, long> ids)
    {
        foreach (var (table, at) in Tables)
        {
            var (full, empty) = (new List<object?[]>(), new List<object?[]>());
            foreach (var place in sums.Where(place => place.Table == table))
                if (place.Tally.IsEmpty) empty.Add([ids[place.Key], place.At]);
                else full.Add(place.Tally.ToRow(ids[place.Key], place.At));
            await tx.Insert(Upserts[table], full);
            await tx.RunMany($"delete from {table} where key_id = @key_id and {at} = @at", RowParameters, empty);
        }
    }

    static readonly Dictionary<string, Insertion> Upserts = Tables.ToDictionary(grain => grain.Table, grain => new Insertion(grain.Table, ["key_id", grain.At, .. Tally.Sums, "spreads"],
        $"on conflict (key_id, {grain.At}) do update set {string.Join(", ", Tally.Sums.Append("spreads").Select(name => $"{name} = excluded.{name}"))}"));
}

/// <summary>What some calls add to the totals, or take from them.</summary>
sealed class TotalChanges
{
    public Dictionary<(TotalKey Key, long At), Tally> BySlot { get; } = [];

    public Dictionary<(TotalKey Key, long At), Tally> ByDay { get; } = [];

    /// <summary>In the order of <see cref="Totals.Grains"/>.</summary>
    public IEnumerable<Dictionary<(TotalKey Key, long At), Tally>> Grains => [BySlot, ByDay];

    public Dictionary<(TotalKey Key, long At), Tally> BySpan(Func<TotalKey, long, bool> isWanted)
    {
        var changes = new Dictionary<(TotalKey, long), Tally>();
        foreach (var ((key, day), tally) in ByDay)
            if (TotalSpans.Of(day) is var span && isWanted(key, span)) At(changes, key, span).Add(tally);
        return changes;
    }

    public IReadOnlyCollection<TotalKey> Keys => [.. ByDay.Keys.Select(place => place.Key).Distinct()];

    public void Add(CountedCall call, int sign)
    {
        foreach (var (key, add) in TotalKey.Of(call))
        {
            add(At(BySlot, key, call.Slot), sign);
            add(At(ByDay, key, Slots.DayOf(call.Slot)), sign);
        }
    }

    static Tally At(Dictionary<(TotalKey, long), Tally> grain, TotalKey key, long at) =>
        grain.TryGetValue((key, at), out var tally) ? tally : grain[(key, at)] = new();
}
