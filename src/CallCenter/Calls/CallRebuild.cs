using CallCenter.Storage;

namespace CallCenter.Calls;

/// <summary>Making all calls anew, after the rules changed.</summary>
sealed partial class CallLog
{
    /// <summary>So few that whoever writes meanwhile waits a moment, not a second.</summary>
    const int RebuildMax = 200;

    /// <summary>Folds all calls again and judges their recovery again; what comes out different is saved and told like any change.</summary>
    /// <returns>How many calls there are, and how many changed.</returns>
    public async Task<(long Calls, long Changed)> Rebuild(IProgress<AuditProgress>? progress, CancellationToken stop)
    {
        var total = await db.Read(tx => tx.One<long>("select count(*) from calls"), stop);
        var (calls, changed, after) = (0L, 0L, 0L);
        while (true)
        {
            stop.ThrowIfCancellationRequested();
            var batch = await db.Write(tx => Rebuild(tx, after), stop);
            if (batch.Last == after) break;
            (calls, changed, after) = (calls + batch.Calls, changed + batch.Changed, batch.Last);
            progress?.Report(new("calls", calls, total));
        }

        for (var place = CallPerson.First; await db.Write(tx => RemoveStrays(tx, place), stop) is { } last; place = last) stop.ThrowIfCancellationRequested();
        return (calls, changed);
    }

    static async Task<CallPerson?> RemoveStrays(Tx tx, CallPerson after)
    {
        var (last, strays) = await CallPeople.Strays(tx, after);
        await CallPeople.Remove(tx, strays);
        return last;
    }

    async Task<(int Calls, int Changed, long Last)> Rebuild(Tx tx, long after)
    {
        await TakeTurn(tx);
        var batch = await StoredCall.Read(tx, after, RebuildMax);
        if (batch.Count == 0) return (0, 0, after);

        var whose = await belonging.Read(tx);
        var folded = batch.Select(stored => (Stored: stored, Call: stored.Fold(whose))).Where(pair => pair.Call is not null).ToList();
        var different = folded.Where(pair => pair.Stored.DifferencesFrom(pair.Call!).Count > 0).ToList();
        var saved = await Save(tx, different.ConvertAll(pair => new Folded(pair.Call!, pair.Stored.LastEvent, new Row(pair.Stored.Id, pair.Stored.Key, pair.Stored.Row.provider, Version: 0, pair.Stored.Row.Belonging))), []);

        var same = folded.Except(different).ToDictionary(pair => pair.Stored.Id, pair => pair.Stored.Row.ToCall());
        var marked = new Dictionary<long, Call>();
        foreach (var follower in followers)
            foreach (var judged in await follower.Follow(tx, [.. same.Values.Select(call => new CallChange(null, call))]))
                if (!same.TryGetValue(judged.Id, out var call) || call.Mark != judged.Mark) marked[judged.Id] = judged;
        await SaveMarks(tx, [.. marked.Values]);
        foreach (var witness in witnesses) await witness.Record(tx, [.. same.Values.Select(call => new CallChange(null, call))]);
        await CallPeople.Add(tx, same.Values);
        return (folded.Count, saved.Count + marked.Count, batch[^1].Id);
    }

    async Task SaveMarks(Tx tx, IReadOnlyList<Call> marked)
    {
        if (marked.Count == 0) return;
        var version = await NextVersions(tx, marked.Count);
        List<Call> told = [.. marked.Select((call, i) => call with { Version = version + i })];
        await WriteMarks(tx, told);
        await Tell(tx, told, version, version + told.Count - 1);
    }
}
