using CallCenter.Calls;
using CallCenter.Storage;

namespace CallCenter.Figures;

/// <summary>Adds all calls up again, a day of UTC at a time, and compares with the totals that are kept.</summary>
sealed class TotalsAudit(Db db, Totals totals)
{
    /// <summary>So many differences of a day are told; more say no more.</summary>
    const int FindingsMax = 20;

    /// <returns>How many totals there are; none while calls of the past are still being counted.</returns>
    public async Task<long> Verify(Action<Finding> found, IProgress<AuditProgress>? progress, CancellationToken stop)
    {
        var days = await Days(stop);
        var (rows, done) = (0L, 0);
        var wrong = new HashSet<long>();
        foreach (var day in days)
        {
            var (read, different) = await db.Read(tx => Compare(tx, day), stop);
            foreach (var one in different.Take(FindingsMax))
                found(new("totals-differ", $"{Slots.Date(day):yyyy-MM-dd}", $"{one.Key} {one.At}: not what the calls add up to; 'callcenter rebuild' mends it"));
            if (different.Count > 0) wrong.Add(TotalSpans.Of(day));
            rows += read;
            progress?.Report(new("totals", ++done, days.Count));
        }

        foreach (var span in await WrongSpans(wrong, stop))
            found(new("totals-differ", $"{Slots.Date(span * TotalSpans.Days):yyyy-MM-dd}", $"the {TotalSpans.Days} days from there: not what their totals add up to; 'callcenter rebuild' mends it"));
        return rows;
    }

    /// <summary>Puts right what differs; a server may be running meanwhile.</summary>
    /// <returns>How many totals were wrong.</returns>
    public async Task<long> Mend(IProgress<AuditProgress>? progress, CancellationToken stop)
    {
        var days = await Days(stop);
        var (mended, done) = (0L, 0);
        foreach (var day in days)
        {
            if ((await db.Read(tx => Compare(tx, day), stop)).Different.Count > 0)
                mended += await db.Write(async tx =>
                {
                    await CallLog.TakeTurn(tx);
                    var (_, different) = await Compare(tx, day);
                    await totals.Put(tx, different);
                    await TotalSpans.Forget(tx, [TotalSpans.Of(day)]);
                    return different.Count;
                }, stop);
            progress?.Report(new("totals", ++done, days.Count));
        }

        var wrong = await WrongSpans([], stop);
        await db.Write(tx => TotalSpans.Forget(tx, wrong), stop);
        return mended + wrong.Count;
    }

    /// <summary>Spans whose totals are not those of their days.</summary>
    /// <param name="besides">Those of which it is known that their days are wrong.</param>
    async Task<List<long>> WrongSpans(HashSet<long> besides, CancellationToken stop)
    {
        var wrong = new List<long>();
        foreach (var span in (await db.Read(TotalSpans.Read, stop)).Keys.Where(span => !besides.Contains(span)))
            if (await db.Read(tx => TotalSpans.Differs(tx, totals, span), stop)) wrong.Add(span);
        return wrong;
    }

    /// <summary>Days in which calls began, or of which totals are kept.</summary>
    Task<List<long>> Days(CancellationToken stop) => db.Read(async tx =>
    {
        // While so much is noted, the totals say nothing.
        if (await tx.One<long>($"select count(*) from (select 1 from calls_to_count limit {FigureReading.WaitingMax + 1}) as noted") > FigureReading.WaitingMax) return [];
        var days = new SortedSet<long>(await tx.List<long>("select distinct day from totals_by_day"));
        days.UnionWith((await tx.List<long>("select distinct slot from totals_by_slot")).Select(Slots.DayOf));
        for (var from = long.MinValue; await tx.One<long?>("select min(started_at) from calls where ended_at is not null and started_at >= @from", new { from }) is { } start;)
        {
            var day = Slots.DayOf(Slots.Of(start));
            days.Add(day);
            from = (day + 1) * Slots.PerDay * Slots.Ms;
        }

        return days.ToList();
    }, stop);

    /// <summary>What is kept of a day, and what differs from the calls: as it must be.</summary>
    async Task<(long Read, List<TotalPlace> Different)> Compare(Tx tx, long day)
    {
        var (first, last) = (day * Slots.PerDay, (day + 1) * Slots.PerDay);
        var waiting = await Totals.Waiting(tx, FigureReading.WaitingMax);
        var expected = new TotalChanges();
        await tx.QueryMany($"select {CountedCall.Columns} from calls where ended_at is not null and version > 0 and started_at >= @first and started_at < @last",
            ["first", "last"], [[first * Slots.Ms, last * Slots.Ms]], (_, row) =>
            {
                if (!waiting.ContainsKey(row.Long(0))) expected.Add(CountedCall.Read(row), 1);
            });
        foreach (var was in waiting.Values.Select(one => one.Was).OfType<CountedCall>().Where(was => was.Slot >= first && was.Slot < last)) expected.Add(was, 1);

        var keys = (await totals.Keys.Read(tx)).SelectMany(cut => cut).ToDictionary(one => one.Id, one => one.Key);
        var (read, different) = (0L, new List<TotalPlace>());
        foreach (var grain in Totals.Grains)
        {
            var rows = expected.In(grain.Table);
            var (from, until) = grain.At == "day" ? (day, day + 1) : (first, last);
            var kept = new HashSet<(TotalKey, long)>();
            await tx.QueryMany(
                $"select t.key_id, t.{grain.At}, {string.Join(", ", Tally.Sums)}, spreads from total_keys k cross join {grain.Table} t where t.key_id = k.id and t.{grain.At} >= @first and t.{grain.At} < @last",
                ["first", "last"], [[from, until]], (_, row) =>
                {
                    var place = (Key: keys[row.Long(0)], At: row.Long(1));
                    read++;
                    kept.Add(place);
                    if (rows.GetValueOrDefault(place) is not { } made) different.Add(new(grain.Table, place.Key, place.At, new()));
                    else if (!made.IsSameAs(row, 2)) different.Add(new(grain.Table, place.Key, place.At, made));
                });
            different.AddRange(rows.Where(pair => !kept.Contains(pair.Key)).Select(pair => new TotalPlace(grain.Table, pair.Key.Key, pair.Key.At, pair.Value)));
        }

        return (read, different);
    }
}

/// <summary>A total and where it is kept; an empty one is not kept at all.</summary>
/// <param name="Row">As it will be written, where that is made ready already.</param>
readonly record struct TotalPlace(string Table, TotalKey Key, long At, Tally Tally, object?[]? Row = null);
