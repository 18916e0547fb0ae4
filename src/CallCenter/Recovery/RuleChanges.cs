using System.Globalization;
using CallCenter.Audit;
using CallCenter.Calls;
using CallCenter.Storage;

namespace CallCenter.Recovery;

/// <summary>What a change of the rules makes of all missed calls that are known: before and after.</summary>
/// <param name="Misses">Missed calls with a number.</param>
/// <param name="ToReturn">Those that ask for a call back.</param>
/// <param name="Recovered">Those that count as recovered.</param>
/// <param name="OpenCases">What stands on the list.</param>
public sealed record RuleEffect(long Misses, (long Before, long After) ToReturn, (long Before, long After) Recovered, (long Before, long After) OpenCases);

/// <summary>
/// Changes what counts as recovered and what has to be returned. A dry run says first what that does to past calls; then it is
/// applied to all of them in the background, by one node, again from the beginning after a restart.
/// </summary>
sealed class RuleChanges(Db db, CallLog log, CaseBook book, ServerSettings settings, AuditLog audit, TimeProvider clock, ILogger<RuleChanges> logger) : BackgroundService
{
    /// <summary>The setting that says that calls are to be judged again; its value tells two wishes apart.</summary>
    public const string Asked = "recovery.judge-again";

    const int PageMax = 500;
    const int CasesMax = 100;

    static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(15);
    static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(5);

    readonly SemaphoreSlim wake = new(1);
    (long Done, long Total)? progress;

    /// <summary>How far this node has come; null when it is not at it.</summary>
    public (long Done, long Total)? Progress => progress;

    /// <summary>Heard now and then while it goes on, and when it is done.</summary>
    public event Action? Moved;

    public Task<RecoverySettings> Now(CancellationToken stop) => db.Read(RecoverySettings.Read, stop);

    /// <summary>Past calls are still being judged by the newest rules.</summary>
    public async Task<bool> IsPending(CancellationToken stop) => await settings.Find(Asked, stop) is not null;

    /// <summary>What would change, without changing anything.</summary>
    /// <exception cref="Refusal">The rules make no sense.</exception>
    public async Task<RuleEffect> Preview(RecoverySettings proposed, IProgress<(long Done, long Total)>? told, CancellationToken stop)
    {
        proposed.Check();
        var now = await Now(stop);
        var total = await db.Read(tx => tx.One<long>("select count(*) from calls where missed = 1"), stop);
        var effect = new RuleEffect(0, default, default, default);
        var open = (Before: new HashSet<CaseKey>(), After: new HashSet<CaseKey>());
        var (after, done) = (0L, 0L);
        while (true)
        {
            stop.ThrowIfCancellationRequested();
            var page = await db.Read(tx => PreviewPage(tx, after, now, proposed, open), stop);
            if (page.Read == 0) break;
            (after, done) = (page.Last, done + page.Read);
            effect = new(effect.Misses + page.Effect.Misses, Sum(effect.ToReturn, page.Effect.ToReturn), Sum(effect.Recovered, page.Effect.Recovered), default);
            told?.Report((done, total));
        }

        return effect with { OpenCases = (open.Before.Count, open.After.Count) };
    }

    /// <summary>From now on these hold; past calls follow in the background.</summary>
    /// <exception cref="Refusal">The rules make no sense.</exception>
    public async Task Apply(RecoverySettings proposed, Actor by, CancellationToken stop)
    {
        proposed.Check();
        await db.Write(async tx =>
        {
            // In the turn of those who save calls: whoever saves next judges by the new rules, whoever saved before is judged again.
            await CallLog.TakeTurn(tx);
            var before = await RecoverySettings.Read(tx);
            await settings.Set(tx, RecoverySettings.Name, proposed.ToText());
            await settings.Set(tx, Asked, clock.GetUtcNow().ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture));
            await audit.Note(tx, by, "settings.recovery", "", new { before, after = proposed });
        }, stop);
        Wake();
    }

    /// <summary>By the rules that hold, for all that is known.</summary>
    /// <returns>False when another node is at it already.</returns>
    public async Task<bool> RunAgain(CancellationToken stop)
    {
        await settings.Set(Asked, clock.GetUtcNow().ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture), stop);
        return await Run(stop);
    }

    /// <summary>Does what there is to do.</summary>
    /// <returns>False when another node is at it.</returns>
    public async Task<bool> Run(CancellationToken stop = default)
    {
        await using var held = await db.Hold("recovery-judge-again", stop);
        if (held is null) return false;
        try
        {
            while (await settings.Find(Asked, stop) is { } asked) await JudgeAll(asked, stop);
        }
        finally
        {
            progress = null;
            Moved?.Invoke();
        }

        return true;
    }

    async Task JudgeAll(string asked, CancellationToken stop)
    {
        var (misses, cases) = await db.Read(async tx => (await tx.One<long>("select count(*) from calls where missed = 1"), await tx.One<long>("select count(*) from cases")), stop);
        var (done, changed) = (0L, 0L);
        void Tell(long more)
        {
            done += more;
            progress = (done, misses + cases);
            Moved?.Invoke();
        }

        for (long? after = 0; after is { } place;)
        {
            (after, var read, var marked) = await log.JudgeAgain(place, stop);
            changed += marked;
            Tell(read);
        }

        for (var after = 0L; ;)
        {
            var ids = await db.Write(async tx =>
            {
                await CallLog.TakeTurn(tx);
                var page = await tx.List<long>($"select id from cases where id > @after and by_hand = 0 order by id limit {CasesMax}", new { after });
                await book.SettleAgain(tx, page);
                return page;
            }, stop);
            if (ids.Count == 0) break;
            after = ids[^1];
            Tell(ids.Count);
        }

        // Unless somebody asked for more meanwhile.
        await db.Write(tx => tx.Run("delete from settings where name = @name and value = @asked", new { name = Asked, asked }), stop);
        if (changed > 0) logger.LogInformation("{Count} missed calls stand otherwise after a change of the rules", changed);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                await wake.WaitAsync(LookEvery, stoppingToken);
                try
                {
                    if (await IsPending(stoppingToken)) await Run(stoppingToken);
                }
                catch (Exception e) when (e is not OperationCanceledException)
                {
                    logger.LogWarning("Missed calls could not be judged again, trying once more: {Reason}", e.Message);
                    await Task.Delay(RetryAfter, clock, stoppingToken);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The server stops.
        }
    }

    static async Task<(int Read, long Last, RuleEffect Effect)> PreviewPage(Tx tx, long after, RecoverySettings now, RecoverySettings proposed, (HashSet<CaseKey> Before, HashSet<CaseKey> After) open)
    {
        var read = await CallLog.MissedAfter(tx, after, PageMax);
        if (read.Count == 0) return (0, after, new(0, default, default, default));
        var misses = read.FindAll(RecoveryRules.IsRecoverable);
        var marks = await RecoveryLedger.Judge(tx, misses, proposed.Rules);
        // What a person closed stays closed; what he opened again is settled by later calls only.
        var (closed, since) = (new HashSet<int>(), misses.ConvertAll(miss => miss.EndedAt!.Value));
        await tx.QueryMany("select k.by_hand, k.reopened_at from case_calls m join cases k on k.id = m.case_id where m.call_id = @id", ["id"], [.. misses.Select(miss => new object?[] { miss.Id })], (i, row) =>
        {
            if (row.Long(0) != 0) closed.Add(i);
            if (!row.IsNull(1) && DateTimeOffset.FromUnixTimeMilliseconds(row.Long(1)) is var again && again > since[i]) since[i] = again;
        });
        var parties = await CaseParty.Read(tx, misses.Select(CaseParty.KeyOf));
        foreach (var (rules, keys) in ((RecoverySettings, HashSet<CaseKey>)[])[(now, open.Before), (proposed, open.After)])
        {
            var closers = await SettlingCalls.After(tx, [.. misses.Select((miss, i) => (parties[CaseParty.KeyOf(miss)], since[i]))], rules);
            for (var i = 0; i < misses.Count; i++)
                if (closers[i] is null && !closed.Contains(i) && rules.AsksFor(misses[i])) keys.Add(CaseBook.KeyOf(misses[i]));
        }

        return (read.Count, read[^1].Id, new(
            misses.Count, (misses.Count(now.AsksFor), misses.Count(proposed.AsksFor)), (misses.Count(miss => miss.RecoveredBy is not null), marks.Count(mark => mark.RecoveredBy is not null)), default));
    }

    static (long, long) Sum((long Before, long After) a, (long Before, long After) b) => (a.Before + b.Before, a.After + b.After);

    void Wake()
    {
        lock (wake)
            if (wake.CurrentCount == 0) wake.Release();
    }
}
