using CallCenter.Storage;

namespace CallCenter.Calls;

/// <summary>Saying anew whose calls are, after somebody changed what is whose or corrected one by hand.</summary>
sealed partial class CallLog
{
    const int RejudgeMax = 200;

    /// <summary>A call that began this long before a change may still have been going on.</summary>
    static readonly TimeSpan CallMax = TimeSpan.FromHours(4);

    /// <summary>
    /// Asks the rules again for the calls since an instant, null for all of them. What comes out different is saved and told
    /// like any change; teams that were corrected by hand stay.
    /// </summary>
    /// <returns>How many calls were looked at, and how many changed.</returns>
    public async Task<(long Calls, long Changed)> Rejudge(DateTimeOffset? since, IProgress<AuditProgress>? progress, CancellationToken stop)
    {
        var from = since is { } at && at - DateTimeOffset.MinValue > CallMax ? (at - CallMax).ToUnixTimeMilliseconds() : 0;
        var (calls, changed) = (0L, 0L);
        foreach (var part in (string[])["ended_at is null and version > 0", "ended_at is not null"])
        {
            (long At, long Id) place = (from, -1);
            while (await db.Write(tx => Rejudge(tx, part, place.At, place.Id), stop) is { Calls: > 0 } page)
            {
                stop.ThrowIfCancellationRequested();
                (calls, changed, place) = (calls + page.Calls, changed + page.Changed, page.Last);
                progress?.Report(new("teams", calls, 0));
            }
        }

        return (calls, changed);
    }

    /// <summary>A person says which team a call counts for; no rule changes it any more.</summary>
    /// <returns>The call as it was and as it is.</returns>
    /// <exception cref="Refusal">There is no such call, or it is not his to see.</exception>
    public Task<(Call Before, Call After)> FixTeam(Tx tx, CallScope scope, long id, string? team) =>
        ChangeTeam(tx, scope, id, before => before with { Team = team, IsFixed = true });

    /// <summary>Takes a correction back: the rules decide again.</summary>
    /// <exception cref="Refusal">There is no such call, or it is not his to see.</exception>
    public Task<(Call Before, Call After)> FreeTeam(Tx tx, CallScope scope, long id) =>
        ChangeTeam(tx, scope, id, before => before with { IsFixed = false });

    async Task<(Call Before, Call After)> ChangeTeam(Tx tx, CallScope scope, long id, Func<PriorBelonging, PriorBelonging> decide)
    {
        await TakeTurn(tx);
        var row = await tx.Maybe<CallRow>($"select {CallRow.Columns} from calls where id = @id and version > 0", new { id });
        if (row?.ToCall() is not { } call || !scope.Allows(call)) throw new Refusal(RefusalKind.NotFound, "call.unknown", id);
        var version = await NextVersions(tx, 1);
        var whose = await belonging.Read(tx);
        var decided = decide(row.Belonging);
        var after = decided.Apply(call, whose(call)) with { Version = version };
        await SaveBelongings(tx, [(row.Belonging, after, decided.IsFixed)]);
        return (call, after);
    }

    async Task<(int Calls, int Changed, (long At, long Id) Last)> Rejudge(Tx tx, string part, long at, long id)
    {
        await TakeTurn(tx);
        var page = await tx.List<(long At, long Id)>(
            $"select started_at, id from calls where {part} and (started_at, id) > (@at, @id) order by started_at, id limit {RejudgeMax}", new { at, id });
        if (page.Count == 0) return (0, 0, default);

        var rows = new List<CallRow>();
        await tx.QueryMany($"select {CallRow.Columns} from calls where id = @id", ["id"], [.. page.Select(row => new object?[] { row.Id })], (_, row) => rows.Add(CallRow.Read(row)));
        // Never older than what asked for this; who changes them later asks again.
        var whose = await belonging.Read(tx);
        var different = new List<(PriorBelonging Before, Call After, bool IsFixed)>();
        foreach (var row in rows)
        {
            var (before, call) = (row.Belonging, row.ToCall());
            var after = before.Apply(call, whose(call));
            if (after.Team != call.Team || !after.People.SequenceEqual(call.People)) different.Add((before, after, before.IsFixed));
        }

        if (different.Count > 0)
        {
            var version = await NextVersions(tx, different.Count);
            await SaveBelongings(tx, [.. different.Select((item, i) => (item.Before, item.After with { Version = version + i }, item.IsFixed))]);
        }

        return (page.Count, different.Count, page[^1]);
    }

    /// <summary>Calls that have their new versions already, consecutive ones.</summary>
    async Task SaveBelongings(Tx tx, IReadOnlyList<(PriorBelonging Before, Call After, bool IsFixed)> changed)
    {
        await counter.Changing(tx, [.. changed.Where(item => item.Before.IsHistory).Select(item => item.After.Id)]);
        await tx.RunMany(CallRow.UpdateBelonging, CallRow.BelongingParameters, [.. changed.Select(item => CallRow.BelongingValues(item.After, item.IsFixed))]);
        await CallPeople.Keep(tx, changed.Select(item => ((PriorBelonging?)item.Before, item.After)));
        await Tell(tx, [.. changed.Select(item => item.After)], changed[0].After.Version, changed[^1].After.Version);
    }
}
