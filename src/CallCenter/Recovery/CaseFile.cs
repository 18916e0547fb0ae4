using CallCenter.Calls;
using CallCenter.Storage;

namespace CallCenter.Recovery;

/// <summary>
/// The cases of whom a batch of calls is about, while the batch is worked through. Read once, changed here, saved once; which
/// calls belong to a case is changed in the database at once, because there may be thousands.
/// </summary>
sealed class CaseFile(Tx tx, ICallCounter counter)
{
    const int IdsAtOnce = 16;

    static readonly string[] PartyParameters = ["key", "since"];

    readonly Dictionary<long, RecoveryCase> cases = [];
    readonly Dictionary<long, RecoveryCase> before = [];
    readonly Dictionary<long, Call> calls = [];
    readonly Dictionary<string, CaseParty> parties = [];
    long nextId, lastId;

    public IEnumerable<RecoveryCase> Changed => cases.Values.Where(one => !before.TryGetValue(one.Id, out var was) || was != one);

    /// <summary>Reads what stood open at a moment or was settled after it, for each party.</summary>
    public Task Load(IEnumerable<(string Key, DateTimeOffset Since)> since) => tx.QueryMany(
        $"select {CaseRow.Columns} from cases where customer_key = @key and closer_at >= @since and by_hand = 0", PartyParameters,
        [.. since.GroupBy(one => one.Key).Select(group => new object?[] { group.Key, group.Min(one => one.Since).ToUnixTimeMilliseconds() })], (_, row) => Keep(CaseRow.Read(row)));

    /// <summary>Reads those of customers between whose misses and end a call came that counts for them only because of its number.</summary>
    /// <returns>Which they are.</returns>
    public async Task<IReadOnlySet<long>> LoadMetBy(IReadOnlyList<(long Customer, string Number)> numbers)
    {
        var found = new Dictionary<long, RecoveryCase>();
        const string Meets = "c.customer_key = @number and c.started_at > k.first_missed_at and c.started_at <= k.closer_at and (c.customer_id is null or c.customer_id <> @customer)";
        await tx.QueryMany(
            $"""
            select {CaseRow.ColumnsOfCase} from cases k where k.customer_key = @key and k.by_hand = 0 and (
                exists (select 1 from calls c where c.dialled = 1 and {Meets}) or exists (select 1 from calls c where c.direction = 'Inbound' and c.answered_at is not null and {Meets}))
            """, ["key", "customer", "number"], [.. numbers.Select(one => new object?[] { CaseParty.KeyOf(one.Customer), one.Customer, one.Number })], (_, row) =>
            {
                var one = CaseRow.Read(row);
                found[one.Id] = one;
                Keep(one);
            });
        // And all that one of them may turn out to be one with.
        await Load(found.Values.Select(one => (one.Key.Customer, one.FirstMissedAt)));
        return found.Keys.ToHashSet();
    }

    /// <summary>Who is called back, as the calls are now.</summary>
    public async Task<IReadOnlyDictionary<string, CaseParty>> Parties(IEnumerable<string> keys)
    {
        foreach (var (key, party) in await CaseParty.Read(tx, keys.Where(key => !parties.ContainsKey(key)))) parties[key] = party;
        return parties;
    }

    /// <summary>Reads those that these calls settled.</summary>
    public Task LoadSettledBy(IReadOnlyList<long> closers) => tx.QueryMany(
        $"select {CaseRow.Columns} from cases where closed_call = @id", ["id"], [.. closers.Select(id => new object?[] { id })], (_, row) => Keep(CaseRow.Read(row)));

    public async Task<RecoveryCase> Get(long id)
    {
        if (!cases.ContainsKey(id)) await tx.QueryMany($"select {CaseRow.Columns} from cases where id = @id", ["id"], [[id]], (_, row) => Keep(CaseRow.Read(row)));
        return cases[id];
    }

    public List<RecoveryCase> Where(Func<RecoveryCase, bool> wanted) => [.. cases.Values.Where(wanted).OrderBy(one => one.Id)];

    /// <summary>The one for a party and line that is settled at this moment; null is open.</summary>
    public RecoveryCase? Find(CaseKey key, DateTimeOffset? closedAt) => cases.Values.FirstOrDefault(one => !one.ByHand && one.Key == key && one.ClosedAt == closedAt);

    public void Put(RecoveryCase one) => cases[one.Id] = one;

    public async Task<long> NextId()
    {
        if (nextId == lastId)
        {
            lastId = await tx.Number("update counters set next = next + @count where name = 'cases' returning next", ["count"], (long)IdsAtOnce);
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
    public async Task CountAttempts(IReadOnlyList<RecoveryCase> of)
    {
        var known = await Parties(of.Select(one => one.Key.Customer));
        var tries = new (long Count, long? Last)[of.Count];
        Question Tries(string tried, string[] by, Func<RecoveryCase, CaseParty, IEnumerable<object?[]>> asked)
        {
            var rows = of.SelectMany((one, place) => asked(one, known[one.Key.Customer]).Select(values => (Place: place, Values: values))).ToList();
            return new($"select count(*), max(at) from ({tried}) as tries", by, rows.ConvertAll(row => row.Values), (i, row) =>
            {
                var (count, last) = tries[rows[i].Place];
                tries[rows[i].Place] = (count + row.Long(0), row.IsNull(1) || row.Long(1) < last ? last : row.Long(1));
            });
        }

        const string Since = "select started_at as at from calls where dialled = 1 and started_at > @first and started_at <= @closer";
        static object?[] Values(RecoveryCase one, params object?[] whose) => [.. whose, one.FirstMissedAt.ToUnixTimeMilliseconds(), CaseRow.CloserOf(one)];
        await tx.QueryAll(
            Tries($"{Since} and customer_key = @number", ["number", "first", "closer"], (one, party) => party.Customer is null ? party.Numbers.Select(number => Values(one, number)) : []),
            Tries($"{Since} and customer_id = @customer and customer_key is not null", ["customer", "first", "closer"], (one, party) => party.Customer is { } customer ? [Values(one, customer)] : []),
            Tries($"{Since} and customer_key = @number and (customer_id is null or customer_id <> @customer)", ["number", "customer", "first", "closer"],
                (one, party) => party.Customer is { } customer ? party.Numbers.Select(number => Values(one, number, customer)) : []),
            Tries("select at from case_attempts where case_id = @id and call_id is null", ["id"], (one, _) => [[one.Id]]));
        foreach (var (one, (count, last)) in of.Zip(tries)) Put(cases[one.Id] with { Attempts = count, LastAttemptAt = last is { } at ? At(at) : null });
    }

    public async Task<IReadOnlyList<RecoveryCase>> Save()
    {
        var changed = Changed.OrderBy(one => one.Id).ToList();
        if (changed.Count == 0) return [];
        var version = await tx.Number("update counters set next = next + @count where name = 'case_version' returning next", ["count"], (long)changed.Count) - changed.Count;
        changed = [.. changed.Select((one, i) => one with { Version = version + i })];
        await counter.Changing(tx, [.. changed.Select(one => one.LastCall), .. changed.Where(one => before.ContainsKey(one.Id)).Select(one => before[one.Id].LastCall)]);
        // One may take the place of another that is written after it; neither is in the other's way meanwhile.
        await tx.RunMany("update cases set closer_at = -id where id = @id", ["id"],
            [.. changed.Where(one => before.TryGetValue(one.Id, out var was) && (was.Key, CaseRow.CloserOf(was), was.ByHand) != (one.Key, CaseRow.CloserOf(one), one.ByHand)).Select(one => new object?[] { one.Id })]);
        await tx.Insert(CaseRow.Upsert, changed.ConvertAll(CaseRow.Values));
        return changed;
    }

    void Keep(RecoveryCase one)
    {
        if (before.TryAdd(one.Id, one)) cases[one.Id] = one;
    }

    static DateTimeOffset At(long ms) => DateTimeOffset.FromUnixTimeMilliseconds(ms);
}
