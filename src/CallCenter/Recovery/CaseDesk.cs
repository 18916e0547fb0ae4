using CallCenter.Audit;
using CallCenter.Calls;
using CallCenter.Storage;
using CallCenter.Teams;
using Dapper;

namespace CallCenter.Recovery;

/// <summary>
/// What people do with cases. Each step is decided on the case as it stands in its transaction, so of two who take the same
/// case at the same instant, on whatever nodes, one gets it and the other is told who; and each is written to the audit log.
/// </summary>
sealed class CaseDesk(Db db, Personnel personnel, CasePolicy policy, CaseBook book, AuditLog audit, CaseBoard board, TimeProvider clock, ICallCounter counter)
{
    public const int NoteMax = 2000;

    /// <summary>Changed at once by one wish.</summary>
    public const int BulkMax = 200;

    public static readonly TimeSpan PostponeMax = TimeSpan.FromDays(90);

    /// <summary>A try that the phone system saw so recently is the one that somebody speaks of.</summary>
    static readonly TimeSpan SameTry = TimeSpan.FromHours(1);

    public Task<RecoveryCase> Claim(CaseScope scope, long id, string person, Actor by, CancellationToken stop = default) =>
        Change(scope, id, by, "case.claimed", found => found.Claim(Known(person), clock.GetUtcNow()), new { person }, stop);

    /// <param name="person">Null gives it back to the team.</param>
    public Task<RecoveryCase> Assign(CaseScope scope, long id, string? person, Actor by, CancellationToken stop = default) =>
        Change(scope, id, by, "case.assigned", found => found.Assign(person is null ? null : Known(person)), new { person }, stop);

    /// <summary>Others see that he has it in hand.</summary>
    public Task<RecoveryCase> Reserve(CaseScope scope, long id, string person, Actor by, CancellationToken stop = default) =>
        Change(scope, id, by, null, found => found.Reserve(person, clock.GetUtcNow()), null, stop);

    public Task<RecoveryCase> Release(CaseScope scope, long id, string person, Actor by, CancellationToken stop = default) =>
        Change(scope, id, by, null, found => found.Release(person), null, stop);

    public Task<RecoveryCase> Postpone(CaseScope scope, long id, DateTimeOffset until, Actor by, CancellationToken stop = default) =>
        Change(scope, id, by, "case.postponed", found => found.Postpone(until, clock.GetUtcNow(), PostponeMax), new { until }, stop);

    public Task<RecoveryCase> Close(CaseScope scope, long id, CaseEnd reason, string? person, Actor by, string? note = null, CancellationToken stop = default) =>
        Change(scope, id, by, "case.closed", found => found.Close(reason, person, clock.GetUtcNow()), new { reason, note = Checked(note) }, stop);

    /// <exception cref="Refusal">Another case of the same customer or number, and line, is open already.</exception>
    public Task<RecoveryCase> Reopen(CaseScope scope, long id, Actor by, CancellationToken stop = default) => Change(scope, id, by, "case.reopened", async (tx, found) =>
    {
        if (found.IsOpen) return found;
        found = await book.Regroup(tx, found);
        var open = await tx.Maybe<long?>(
            $"select id from cases where customer_key = @Customer and closer_at = {CaseRow.NoCloser} and connection = @Connection and line = @Line and by_hand = 0", new { found.Key.Customer, found.Key.Connection, found.Key.Line });
        if (open is { } other) throw new Refusal(RefusalKind.Conflict, "case.open-already", other);
        var reopened = found.Reopen(clock.GetUtcNow());
        return reopened with { DueAt = await DueOf(tx, reopened with { FirstMissedAt = clock.GetUtcNow(), LastAttemptAt = null }) };
    }, found => new { was = found.EndReason, call = found.ClosedCall }, stop);

    /// <summary>
    /// What came of trying to reach the customer, also when it was by a telephone that nobody follows. Everything but an unanswered
    /// try ends the case.
    /// </summary>
    public Task<RecoveryCase> Attempt(CaseScope scope, long id, AttemptOutcome result, string person, Actor by, string? note = null, CancellationToken stop = default) =>
        Change(scope, id, by, null, async (tx, found) =>
        {
            // Who settled it by his call may still say what came of it.
            if (found.ClosedBy != person) found.MustBeOpen();
            var now = clock.GetUtcNow();
            await audit.Note(tx, by, "case.tried", $"case:{id}", new { result, note = Checked(note) });
            var call = await LastTry(tx, found, now - SameTry);
            await tx.Run("insert into case_attempts (case_id, at, user_id, call_id, result, note) values (@id, @at, @person, @call, @result, @note)",
                new { id, at = now.ToUnixTimeMilliseconds(), person, call, result = result.ToString(), note = Checked(note) });
            if (!found.IsOpen) return found;
            var tried = call is null ? found with { Attempts = found.Attempts + 1, LastAttemptAt = now } : found;
            tried = tried with { PostponedUntil = null };
            return result switch
            {
                AttemptOutcome.NoAnswer => tried with { DueAt = await DueOf(tx, tried) },
                AttemptOutcome.WrongNumber => tried.Close(CaseEnd.WrongNumber, person, now),
                _ => tried.Close(CaseEnd.Solved, person, now),
            };
        }, _ => null, stop);

    /// <summary>
    /// A customer was quoted to, or ordered: nobody has to call him back. In the transaction of whoever sells, who took the
    /// <see cref="CallLog.TakeTurn">turn</see> before he looked at anything.
    /// </summary>
    /// <param name="call">A missed call that led to the sale, whoever its customer is.</param>
    /// <param name="person">Who sold; null for nobody of ours.</param>
    /// <param name="missedUntil">What was missed later is left open; null for now.</param>
    internal async Task End(Tx tx, long? customer, long? call, CaseEnd reason, string? person, Actor by, DateTimeOffset? missedUntil = null)
    {
        var (now, served) = (clock.GetUtcNow(), new List<RecoveryCase>());
        await tx.QueryMany(
            $"""
            select {CaseRow.ColumnsOfCase} from cases k where k.closed_at is null and k.misses > 0 and k.last_missed_at <= @until and k.id in
            (select id from cases where customer_key = @party and closer_at = {CaseRow.NoCloser} union select case_id from case_calls where call_id = @call)
            order by k.id limit {BulkMax}
            """, ["party", "call", "until"], [[customer is { } whose ? CaseParty.KeyOf(whose) : null, call, (missedUntil ?? now).ToUnixTimeMilliseconds()]], (_, row) => served.Add(CaseRow.Read(row)));
        foreach (var one in served) await audit.Note(tx, by, "case.closed", $"case:{one.Id}", new { reason });
        await Save(tx, served.ConvertAll(one => one.End(reason, person, now)));
    }

    /// <summary>The same for many; each stands or falls by itself.</summary>
    /// <returns>How many were changed, and why the first of the others was not.</returns>
    public async Task<(int Changed, Refusal? Refused)> Each(IReadOnlyList<long> ids, Func<long, Task> change)
    {
        if (ids.Count > BulkMax) throw new Refusal(RefusalKind.Invalid, "case.too-many", BulkMax);
        var (changed, refused) = (0, (Refusal?)null);
        foreach (var id in ids)
            try
            {
                await change(id);
                changed++;
            }
            catch (Refusal refusal)
            {
                refused ??= refusal;
            }

        return (changed, refused);
    }

    /// <summary>Cases that are due and that nobody tried go to whoever leads the team.</summary>
    /// <returns>The cases that were told of now.</returns>
    internal Task<IReadOnlyList<RecoveryCase>> Escalate(int limit, CancellationToken stop) => db.Write(async tx =>
    {
        await CallLog.TakeTurn(tx);
        var now = clock.GetUtcNow();
        var late = new List<RecoveryCase>();
        await tx.QueryMany($"select {CaseRow.Columns} from cases where closed_at is null and due_at < @now and escalated_at is null order by due_at, id limit {limit}", ["now"], [[now.ToUnixTimeMilliseconds()]],
            (_, row) => late.Add(CaseRow.Read(row)));
        late = [.. late.Where(one => !one.IsReserved(now)).Select(one => one.Escalate(now))];
        foreach (var one in late) await audit.Note(tx, Actor.Server, "case.escalated", $"case:{one.Id}", new { due = one.DueAt });
        return await Save(tx, late);
    }, stop);

    /// <summary>What was opened and left lying is free again, for everybody who looks on.</summary>
    internal Task<IReadOnlyList<RecoveryCase>> LetGo(int limit, CancellationToken stop) => db.Write(async tx =>
    {
        await CallLog.TakeTurn(tx);
        var kept = new List<RecoveryCase>();
        await tx.QueryMany($"select {CaseRow.Columns} from cases where closed_at is null and reserved_until < @now order by id limit {limit}", ["now"], [[clock.GetUtcNow().ToUnixTimeMilliseconds()]],
            (_, row) => kept.Add(CaseRow.Read(row)));
        return await Save(tx, kept.ConvertAll(one => one.Released()));
    }, stop);

    async Task<DateTimeOffset> DueOf(Tx tx, RecoveryCase one)
    {
        var last = (await tx.One<CallRow>($"select {CallRow.Columns} from calls where id = @LastCall", new { one.LastCall })).ToCall();
        return policy.DueOf(one, last, await RecoverySettings.Read(tx));
    }

    static async Task<long?> LastTry(Tx tx, RecoveryCase one, DateTimeOffset since)
    {
        var values = new DynamicParameters(new { one.Id, since = Math.Max(since.ToUnixTimeMilliseconds(), one.FirstMissedAt.ToUnixTimeMilliseconds()) });
        var withHim = (await CaseParty.Read(tx, one.Key.Customer)).Conditions(values);
        return await tx.Maybe<long?>(
            $"""
            select id from calls where id in ({string.Join(" union ", withHim.Select(whose => $"select id from calls where dialled = 1 and {whose} and started_at > @since"))})
            and not exists (select 1 from case_attempts a where a.call_id = calls.id and a.case_id = @Id) order by started_at desc, id desc limit 1
            """, values);
    }

    string Known(string person) => policy.MayWork(person) ? person : throw new Refusal(RefusalKind.Invalid, "case.no-such-person", NameOf(person));

    static string? Checked(string? note) => string.IsNullOrWhiteSpace(note) ? null
        : note.Trim() is { Length: <= NoteMax } text ? text : throw new Refusal(RefusalKind.Invalid, "case.note", NoteMax);

    Task<RecoveryCase> Change(CaseScope scope, long id, Actor by, string? action, Func<RecoveryCase, RecoveryCase> decide, object? detail, CancellationToken stop) =>
        Change(scope, id, by, action, (_, found) => Task.FromResult(decide(found)), _ => detail, stop);

    Task<RecoveryCase> Change(CaseScope scope, long id, Actor by, string? action, Func<Tx, RecoveryCase, Task<RecoveryCase>> decide, Func<RecoveryCase, object?> detail, CancellationToken stop) =>
        db.Write(async tx =>
        {
            await CallLog.TakeTurn(tx);
            var found = await CaseList.Find(tx, scope, id) ?? throw new Refusal(RefusalKind.NotFound, "case.unknown", id);
            var changed = await Decided(() => decide(tx, found));
            if (changed == found) return found;
            if (action is not null) await audit.Note(tx, by, action, $"case:{id}", detail(found));
            return (await Save(tx, [changed]))[0];
        }, stop);

    /// <summary>A refusal because of somebody says his name.</summary>
    async Task<RecoveryCase> Decided(Func<Task<RecoveryCase>> decide)
    {
        try
        {
            return await decide();
        }
        catch (Refusal refusal) when (refusal.Code is "case.claimed-by-other" or "case.reserved-by-other")
        {
            throw new Refusal(refusal.Kind, refusal.Code, VisibleText.Line(NameOf($"{refusal.Arguments[0]}"), 60));
        }
    }

    string NameOf(string person) => personnel.Now.People.GetValueOrDefault(person)?.Name ?? person;

    async Task<IReadOnlyList<RecoveryCase>> Save(Tx tx, IReadOnlyList<RecoveryCase> changed)
    {
        if (changed.Count == 0) return changed;
        var version = await tx.One<long>("update counters set next = next + @Count where name = 'case_version' returning next", new { changed.Count }) - changed.Count;
        changed = [.. changed.Select((one, i) => one with { Version = version + i })];
        await counter.Changing(tx, [.. changed.Select(one => one.LastCall)]);
        await tx.Insert(CaseRow.Upsert, [.. changed.Select(CaseRow.Values)]);
        tx.Announce(board.Tell);
        await tx.Notify(CaseBoard.Told);
        return changed;
    }
}
