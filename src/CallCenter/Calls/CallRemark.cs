using CallCenter.Storage;

namespace CallCenter.Calls;

/// <summary>Missed calls, for who judges them anew by other rules.</summary>
sealed partial class CallLog
{
    /// <summary>A page of all missed calls by id, in a transaction of whoever works on them.</summary>
    public static async Task<List<Call>> MissedAfter(Tx tx, long after, int limit) =>
        (await tx.List<CallRow>($"select {CallRow.Columns} from calls where missed = 1 and id > @after order by id limit {limit}", new { after })).ConvertAll(row => row.ToCall());

    /// <summary>Judges the recovery of a page of missed calls again; what comes out different is saved and told like any change.</summary>
    /// <returns>The last of the page, null when there are no more; how many it had, and how many changed.</returns>
    public Task<(long? Last, int Read, int Changed)> JudgeAgain(long after, CancellationToken stop) => db.Write(async tx =>
    {
        await TakeTurn(tx);
        var misses = await MissedAfter(tx, after, RebuildMax);
        if (misses.Count == 0) return ((long?)null, 0, 0);
        List<CallChange> changes = [.. misses.Select(call => new CallChange(null, call))];
        var known = misses.ToDictionary(call => call.Id);
        var marked = new Dictionary<long, Call>();
        foreach (var follower in followers)
            foreach (var judged in await follower.Follow(tx, changes))
                if (!known.TryGetValue(judged.Id, out var call) || call.Mark != judged.Mark) marked[judged.Id] = judged;
        await SaveMarks(tx, [.. marked.Values]);
        foreach (var witness in witnesses) await witness.Record(tx, changes);
        return (misses[^1].Id, misses.Count, marked.Count);
    }, stop);
}
