using CallCenter.Storage;

namespace CallCenter.Figures;

/// <summary>
/// Stretches of sixteen days of UTC whose totals are kept once more as one row. A stretch is added up when it lies back, some keys at a time,
/// so that whoever saves calls meanwhile waits a moment; what is counted in it afterwards goes into both. Until it is whole, readers take its days.
/// </summary>
static class TotalSpans
{
    public const int Days = 16;

    public const string Table = "totals_by_span", At = "span";

    /// <summary>Calls of the day before may still go on.</summary>
    static readonly TimeSpan LiesBack = TimeSpan.FromDays(1);

    /// <summary>Keys that are added up in one transaction.</summary>
    const int KeysMax = 500;

    static readonly string[] RangeParameters = ["key_id", "first", "last"];

    public static long Of(long day) => Math.DivRem(day, Days, out var rest) is var span && rest < 0 ? span - 1 : span;

    /// <summary>The spans that are being added up or are, each with the number of the last key for which it is.</summary>
    public static async Task<Dictionary<long, long>> Read(Tx tx) =>
        (await tx.List<(long Span, long UpTo)>("select span, upto from total_spans")).ToDictionary(row => row.Span, row => row.UpTo);

    public static bool IsWhole(long upTo) => upTo == long.MaxValue;

    /// <summary>Days, the last not among them, as what is to be read for them: whole spans, and the days that lie in none.</summary>
    public static IEnumerable<(string Table, string At, long First, long Until)> Cut(long first, long until, IReadOnlyDictionary<long, long> spans)
    {
        bool IsWithin(long day) => spans.TryGetValue(Of(day), out var upTo) && IsWhole(upTo) && Of(day) * Days >= first && (Of(day) + 1) * Days <= until;
        for (var day = first; day < until;)
        {
            var (from, isWithin) = (day, IsWithin(day));
            while (day < until && IsWithin(day) == isWithin) day++;
            if (isWithin) yield return (Table, At, Of(from), Of(day));
            else yield return ("totals_by_day", "day", from, day);
        }
    }

    /// <summary>The newest span that lies back, has calls and is not whole yet.</summary>
    public static async Task<long?> Next(Tx tx, DateTimeOffset now)
    {
        var known = await Read(tx);
        var last = Of(Slots.DayOf(Slots.Of((now - LiesBack).ToUnixTimeMilliseconds())));
        while (true)
        {
            while (known.TryGetValue(last - 1, out var upTo) && IsWhole(upTo)) last--;
            var before = StartOf(last);
            if (await tx.One<long?>("select max(started_at) from calls where ended_at is not null and started_at < @before", new { before }) is not { } newest) return null;
            var span = Of(Slots.DayOf(Slots.Of(newest)));
            if (!known.TryGetValue(span, out var done) || !IsWhole(done)) return span;
            last = span;
        }
    }

    /// <summary>The sums of some keys' days of a span, empty ones too.</summary>
    public static async Task<List<TotalPlace>> Sum(Tx tx, long span, IReadOnlyList<(long Id, TotalKey Key)> keys)
    {
        List<TotalPlace> sums = [.. keys.Select(one => new TotalPlace(Table, one.Key, span, new()))];
        await tx.QueryMany(
            $"select {string.Join(", ", Tally.Sums)}, spreads from totals_by_day where key_id = @key_id and day >= @first and day < @last", RangeParameters,
            [.. keys.Select(one => new object?[] { one.Id, span * Days, (span + 1) * Days })], (i, row) => sums[i].Tally.Add(row, 0));
        return sums;
    }

    /// <summary>Adds up the next keys of a span. In the turn of those who count.</summary>
    public static async Task AddUp(Tx tx, Totals totals, long span)
    {
        var known = await Read(tx);
        var upTo = known.GetValueOrDefault(span);
        if (IsWhole(upTo)) return;
        var keys = (await totals.Keys.Read(tx)).SelectMany(cut => cut).Where(one => one.Id > upTo).OrderBy(one => one.Id).Take(KeysMax).ToList();
        await totals.Put(tx, await Sum(tx, span, keys));
        await tx.Run("insert into total_spans (span, upto) values (@span, @upto) on conflict (span) do update set upto = excluded.upto",
            new { span, upto = keys.Count < KeysMax ? long.MaxValue : keys[^1].Id });
    }

    /// <summary>Whether what is kept of a span is something else than what its days add up to.</summary>
    public static async Task<bool> Differs(Tx tx, Totals totals, long span)
    {
        if (!(await Read(tx)).TryGetValue(span, out var upTo)) return false;
        List<(long Id, TotalKey Key)> keys = [.. (await totals.Keys.Read(tx)).SelectMany(cut => cut).Where(one => one.Id <= upTo)];
        var (differs, kept) = (false, new bool[keys.Count]);
        foreach (var (from, some) in keys.Chunk(KeysMax).Select((some, i) => (i * KeysMax, some)))
        {
            var sums = await Sum(tx, span, some);
            await tx.QueryMany($"select {string.Join(", ", Tally.Sums)}, spreads from {Table} where key_id = @key_id and {At} = @first", ["key_id", "first"],
                [.. some.Select(one => new object?[] { one.Id, span })], (i, row) =>
                {
                    kept[from + i] = true;
                    differs |= !sums[i].Tally.IsSameAs(row, 0);
                });
            differs |= sums.Where((sum, i) => !kept[from + i] && !sum.Tally.IsEmpty).Any();
        }

        return differs;
    }

    /// <summary>To be added up anew, because what it is the sum of was put right.</summary>
    public static Task Forget(Tx tx, IEnumerable<long> spans) => tx.RunMany("delete from total_spans where span = @span", ["span"], [.. spans.Distinct().Select(span => new object?[] { span })]);

    static long StartOf(long span) => span * Days * Slots.PerDay * Slots.Ms;
}
