using CallCenter.Calls;
using CallCenter.Storage;

namespace CallCenter.Recovery;

/// <summary>
/// Says anew of every missed call in which case it must be, and of every case what its calls make of it, and compares. Only
/// reads, so a server may work on the same database meanwhile. What differs, <c>callcenter rebuild</c> mends.
/// </summary>
sealed class CaseAudit(Db db)
{
    const int PageMax = 500;

    /// <returns>How many cases there are.</returns>
    public async Task<long> Verify(Action<Finding> found, IProgress<AuditProgress>? progress, CancellationToken stop)
    {
        if (await db.Read(tx => tx.Maybe<string>("select value from settings where name = @Asked", new { RuleChanges.Asked }), stop) is not null)
            return 0; // they are being made anew, so what stands there now says nothing
        var total = await db.Read(tx => tx.One<long>("select count(*) from calls where missed = 1"), stop);
        for (var (after, done) = (0L, 0L); await db.Read(tx => Misses(tx, after, found), stop) is { Read: > 0 } page;)
        {
            (after, done) = (page.Last, done + page.Read);
            progress?.Report(new("cases", done, total));
        }

        return await db.Read(tx => Sums(tx, found), stop);
    }

    static async Task<(int Read, long Last)> Misses(Tx tx, long after, Action<Finding> found)
    {
        var settings = await RecoverySettings.Read(tx);
        var misses = await CallLog.MissedAfter(tx, after, PageMax);
        if (misses.Count == 0) return (0, after);
        var held = new RecoveryCase?[misses.Count];
        await tx.QueryMany($"select {CaseRow.ColumnsOfCase} from case_calls m join cases k on k.id = m.case_id where m.call_id = @id", ["id"], [.. misses.Select(miss => new object?[] { miss.Id })],
            (i, row) => held[i] = CaseRow.Read(row));
        var asked = Enumerable.Range(0, misses.Count).Where(i => settings.AsksFor(misses[i])).ToList();
        var parties = await CaseParty.Read(tx, asked.Select(i => CaseParty.KeyOf(misses[i])));
        var closers = await SettlingCalls.After(tx, asked.ConvertAll(i => (parties[CaseParty.KeyOf(misses[i])], held[i]?.ReopenedAt is { } again && again > misses[i].EndedAt ? again : misses[i].EndedAt!.Value)), settings);
        foreach (var (i, closer) in asked.Zip(closers))
            if (held[i] is not { } one) found(new("miss-without-case", $"call {misses[i].Id}", "nobody is asked to return it; 'callcenter rebuild' mends it"));
            else if (!one.ByHand && (one.Key != CaseBook.KeyOf(misses[i]) || one.ClosedAt != closer?.StartedAt)) found(new("case-differs", $"call {misses[i].Id}", $"case {one.Id} is not the one that the calls of its customer or number make; 'callcenter rebuild' mends it"));
        foreach (var i in Enumerable.Range(0, misses.Count).Except(asked).Where(i => held[i] is { ByHand: false }))
            found(new("case-differs", $"call {misses[i].Id}", $"nobody has to return it, but case {held[i]!.Id} asks for it; 'callcenter rebuild' mends it"));
        return (misses.Count, misses[^1].Id);
    }

    static async Task<long> Sums(Tx tx, Action<Finding> found)
    {
        foreach (var id in await tx.List<long>(
            """
            select k.id from cases k left join (select case_id, count(*) as misses, min(ended_at) as first, max(ended_at) as last from case_calls group by case_id) m on m.case_id = k.id
            where k.misses <> coalesce(m.misses, 0) or k.misses > 0 and (k.first_missed_at <> m.first or k.last_missed_at <> m.last) order by k.id limit 100
            """))
            found(new("case-differs", $"case {id}", "it is not what its calls add up to; 'callcenter rebuild' mends it"));
        foreach (var id in await tx.List<long>("select m.call_id from case_calls m left join calls c on c.id = m.call_id and c.missed = 1 where c.id is null order by m.call_id limit 100"))
            found(new("case-of-no-miss", $"call {id}", "a case asks to return it, but it was not missed; 'callcenter rebuild' mends it"));
        return await tx.One<long>("select count(*) from cases where misses > 0");
    }
}
