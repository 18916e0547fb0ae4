using CallCenter.Calls;
using CallCenter.Storage;

namespace CallCenter.Recovery;

/// <summary>
/// The cases of the numbers that a batch of calls is about, while the batch is worked through. Read once, changed here, saved once; which
/// calls belong to a case is changed in the database at once, because there may be thousands.
/// </summary>
sealed class CaseFile(Tx tx, ICallCounter counter)
{
    const int IdsAtOnce = 16;

    static readonly string[] NumberParameters = ["key", "since"];

    readonly Dictionary<long, RecoveryCase> cases = [];
    readonly Dictionary<long, RecoveryCase> before = [];
    readonly Dictionary<long, Call> calls = [];
    long nextId, lastId;

    public IEnumerable<RecoveryCase> Changed => cases.Values.Where(one => !before.TryGetValue(one.Id, out var was) || was != one);

    /// <summary>Reads what stood open at a moment or was settled after it, for each number.</summary>
    public Task Load(IReadOnlyList<(string Key, long Since)> numbers) => tx.QueryMany(
        $"select {CaseRow.Columns} from cases where customer_key = @key and closer_at >= @since and by_hand = 0", NumberParameters,
        [.. numbers.Select(one => new object?[] { one.Key, one.Since })], (_, row) => Keep(CaseRow.Read(row)));

    /// <summary>Reads those that these calls settled.</summary>
    public Task LoadSettledBy(IReadOnlyList<long> closers) => tx.QueryMany(
        $"select {CaseRow.Columns} from cases where closed_call = @id", ["id"], [.. closers.Select(id => new object?[] { id })], (_, row) => Keep(CaseRow.Read(row)));

    public async Task<RecoveryCase> Get(long id)
    {
        if (!cases.ContainsKey(id)) await tx.QueryMany($"select {CaseRow.Columns} from cases where id = @id", ["id"], [[id]], (_, row) => Keep(CaseRow.Read(row)));
        return cases[id];
    }

    public List<RecoveryCase> Where(Func<RecoveryCase, bool> wanted) => [.. cases.Values.Where(wanted).OrderBy(one => one.Id)];

    /// <summary>The one for a number and line that is settled at this moment; null is open.</summary>
    public RecoveryCase? Find(CaseKey key, DateTimeOffset? closedAt) => cases.Values.FirstOrDefault(one => !one.ByHand && one.Key == key && one.ClosedAt == closedAt);

    public void Put(RecoveryCase one) => cases[one.Id] = one;

    public async Task<long> NextId()
    {
        if (nextId == lastId)
        {
            lastId = await tx.One<long>("update counters set next = next + @IdsAtOnce where name = 'cases' returning next", new { IdsAtOnce });
            nextId = lastId - IdsAtOnce;
        }

        return nextId++;
    }

    /// <summary>Calls that ended before a moment go from one case to another; both know afterwards what is theirs.</summary>
    public async Task Move(RecoveryCase from, RecoveryCase to, DateTimeOffset? before = null)
    {
        await tx.Run("update case_calls set case_id = @To where case_id = @From and ended_at < @Before",
            new { To = to.Id, From = from.Id, Before = before?.ToUnixTimeMilliseconds() ?? CaseRow.NoCloser });
        await Recount(from);
        await Recount(to);
    }

    /// <summary>What remains after calls were taken out or came in.</summary>
    public async Task Recount(RecoveryCase one)
    {
        var (misses, first, last) = await tx.One<(long, long?, long?)>(
            "select count(*), min(ended_at), max(ended_at) from case_calls where case_id = @Id", new { one.Id });
        if (misses == 0)
        {
            Put(one.Released() with { Misses = 0, EndReason = CaseEnd.NotMissed, ClosedAt = one.ClosedAt ?? one.LastMissedAt, ClosedBy = null, ClosedCall = null, ByHand = true });
            return;
        }

        var lastCall = await tx.One<long>("select call_id from case_calls where case_id = @Id order by ended_at desc, call_id desc limit 1", new { one.Id });
        Put(one with { Misses = misses, FirstMissedAt = At(first!.Value), LastMissedAt = At(last!.Value), LastCall = lastCall });
    }

    /// <summary>Calls that are in hand already, so that they need not be read.</summary>
    public void Know(IEnumerable<Call> known)
    {
        foreach (var call in known) calls[call.Id] = call;
    }

    /// <summary>The newest missed call of each case.</summary>
    public async Task<IReadOnlyDictionary<long, Call>> LastCalls(IReadOnlyList<RecoveryCase> of)
    {
        await tx.QueryMany($"select {CallRow.Columns} from calls where id = @id", ["id"],
            [.. of.Select(one => one.LastCall).Where(id => !calls.ContainsKey(id)).Distinct().Select(id => new object?[] { id })], (_, row) =>
            {
                var call = CallRow.Read(row).ToCall();
                calls[call.Id] = call;
            });
        return calls;
    }

    /// <summary>How often the customer was called since the first miss, until the call that settled it; also as people say.</summary>
    public async Task CountAttempts(IReadOnlyList<RecoveryCase> of) => await tx.QueryMany(
        """
        select cast(count(*) as bigint), max(at) from (
            select started_at as at from calls where dialled = 1 and customer_key = @key and started_at > @first and started_at <= @closer
            union all select at from case_attempts where case_id = @id and call_id is null) as tries
        """, ["key", "first", "closer", "id"],
        [.. of.Select(one => new object?[] { one.Key.Customer, one.FirstMissedAt.ToUnixTimeMilliseconds(), CaseRow.CloserOf(one), one.Id })],
        (i, row) => Put(cases[of[i].Id] with { Attempts = row.Long(0), LastAttemptAt = row.IsNull(1) ? null : At(row.Long(1)) }));

    public async Task<IReadOnlyList<RecoveryCase>> Save()
    {
        var changed = Changed.OrderBy(one => one.Id).ToList();
        if (changed.Count == 0) return [];
        var version = await tx.One<long>("update counters set next = next + @Count where name = 'case_version' returning next", new { changed.Count }) - changed.Count;
        changed = [.. changed.Select((one, i) => one with { Version = version + i })];
        await counter.Changing(tx, [.. changed.Select(one => one.LastCall), .. changed.Where(one => before.ContainsKey(one.Id)).Select(one => before[one.Id].LastCall)]);
        // One may take the place of another that is written after it; neither is in the other's way meanwhile.
        await tx.RunMany("update cases set closer_at = -id where id = @id", ["id"],
            [.. changed.Where(one => before.TryGetValue(one.Id, out var was) && (CaseRow.CloserOf(was), was.ByHand) != (CaseRow.CloserOf(one), one.ByHand)).Select(one => new object?[] { one.Id })]);
        await tx.Insert(CaseRow.Upsert, changed.ConvertAll(CaseRow.Values));
        return changed;
    }

    void Keep(RecoveryCase one)
    {
        if (before.TryAdd(one.Id, one)) cases[one.Id] = one;
    }

    static DateTimeOffset At(long ms) => DateTimeOffset.FromUnixTimeMilliseconds(ms);
}
