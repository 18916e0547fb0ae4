using CallCenter.Calls;
using CallCenter.Storage;
using CallCenter.Teams;

namespace CallCenter.Recovery;

/// <summary>
/// Makes cases of missed calls, in the transaction that changes the calls. A missed call belongs to the case of its customer, or
/// of its number while it is no customer's, and its line, that the first settling call after it closes, or to the open one while
/// there is none: so whichever order calls become known in, and whenever it is said whose they are, the cases are the same. A case that a
/// person closed keeps its calls.
/// </summary>
sealed class CaseBook(Personnel personnel, CasePolicy policy, IAccountOwners accounts, CaseBoard board, ICallCounter counter) : ICallWitness
{
    public async Task Record(Tx tx, IReadOnlyList<CallChange> changes)
    {
        var later = changes.Where(change => change.Before is { } was ? AsLater(was) != AsLater(change.After) : !change.IsNew || AsLater(change.After) != default).ToList();
        var misses = changes.Where(change => RecoveryRules.IsRecoverable(change.After) && (change.Before is null || AsMiss(change.Before) != AsMiss(change.After))).ToList();
        var others = changes.Where(change => !RecoveryRules.IsRecoverable(change.After) && (change.Before is { } was ? RecoveryRules.IsRecoverable(was) : !change.IsNew)).ToList();
        if (later.Count == 0 && misses.Count == 0 && others.Count == 0) return;

        var settings = await RecoverySettings.Read(tx);
        var renumbered = await Renumbered(tx, [.. misses, .. others]);
        others.AddRange(misses.Where(change => !settings.AsksFor(change.After)));
        misses.RemoveAll(change => !settings.AsksFor(change.After));
        var file = new CaseFile(tx, counter);
        file.Know(misses.Select(change => change.After));
        var heard = await Heard.Of(tx, later, renumbered);
        await file.Load([.. heard.SelectMany(one => one.Parties.Select(party => (party, one.Starts.Min()))), .. misses.Select(change => (CaseParty.KeyOf(change.After), change.After.EndedAt!.Value))]);
        await file.LoadSettledBy([.. later.Where(change => !change.IsNew).Select(change => change.After.Id)]);
        var met = await file.LoadMetBy(renumbered);
        bool IsConcerned(RecoveryCase one) => met.Contains(one.Id) || heard.Exists(call => call.Concerns(one));

        await Remove(tx, file, others.ConvertAll(change => change.After.Id));
        foreach (var one in file.Where(one => !one.ByHand && IsConcerned(one))) await Settle(tx, file, await file.Get(one.Id), settings);
        await Assign(tx, file, misses, settings);

        var changed = file.Changed.Select(one => one.Id).ToHashSet();
        await file.CountAttempts(file.Where(one => one.Misses > 0 && (changed.Contains(one.Id) || IsConcerned(one))));
        foreach (var one in file.Where(one => one.IsOpen)) file.Put(heard.Aggregate(one, WhileCalling));
        // Whose they are may be another's, now that it is known whose call it was.
        var known = misses.Where(change => change.Before is { } was && was.CustomerId != change.After.CustomerId).Select(change => change.After.Id).ToHashSet();
        await Decide(tx, file, settings, file.Where(one => one.IsOpen && known.Contains(one.LastCall)));
        await Save(tx, file, isTold: known.Count > 0);
    }

    /// <summary>After the settings changed: says anew which calls these cases are about, which one settles them, whose they are and until when.</summary>
    public async Task SettleAgain(Tx tx, IReadOnlyList<long> ids)
    {
        var settings = await RecoverySettings.Read(tx);
        var file = new CaseFile(tx, counter);
        var cases = new List<RecoveryCase>();
        foreach (var id in ids) cases.Add(await file.Get(id));
        cases.RemoveAll(one => one.ByHand);
        // All that a case may turn out to be one with.
        await file.Load(cases.Select(one => (one.Key.Customer, one.FirstMissedAt)));
        foreach (var one in cases)
        {
            await file.Recount(await file.Get(one.Id));
            await Settle(tx, file, await file.Get(one.Id), settings);
        }

        await file.CountAttempts(file.Where(one => !one.ByHand && one.Misses > 0 && cases.Exists(asked => asked.Key == one.Key)));
        await Decide(tx, file, settings, file.Where(one => !one.ByHand && one.IsOpen));
        await Save(tx, file);
    }

    /// <summary>Before a case that a person closed is opened again: it is whose its newest call is now, and calls that were said meanwhile to be another's go to cases of their own.</summary>
    public async Task<RecoveryCase> Regroup(Tx tx, RecoveryCase one)
    {
        var file = new CaseFile(tx, counter);
        one = one with { Key = KeyOf((await file.LastCalls([one]))[one.LastCall]) };
        var others = (await tx.List<CallRow>(
            $"""
            select {CallRow.Columns} from calls where id in (select call_id from case_calls where case_id = @Id)
            and not (connection = @Connection and coalesce(line, '') = @Line and coalesce('{CaseParty.OfCustomer}' || cast(customer_id as text), customer_key) = @Customer)
            """, new { one.Id, one.Key.Connection, one.Key.Line, one.Key.Customer })).ConvertAll(row => row.ToCall());
        if (others.Count == 0) return one;
        await tx.RunMany("delete from case_calls where call_id = @id", ["id"], others.ConvertAll(call => new object?[] { call.Id }));
        await Record(tx, others.ConvertAll(call => new CallChange(null, call)));
        await file.Recount(one);
        return await file.Get(one.Id);
    }

    /// <param name="isTold">Also when no case is another than it was: its customer has a name now.</param>
    async Task Save(Tx tx, CaseFile file, bool isTold = false)
    {
        if ((await file.Save()).Count == 0 && !isTold) return;
        tx.Announce(board.Tell);
        await tx.Notify(CaseBoard.Told);
    }

    /// <summary>All that cases depend on in a call that may come after a miss; nothing for any other call.</summary>
    static (bool, bool, bool, DateTimeOffset, string?, long?, string?) AsLater(Call call) => call.CustomerSide?.MatchKey is { } key
        && (call.Direction == Direction.Outbound || RecoveryRules.IsAnsweredInbound(call))
            ? (call.Dialled, call.AnsweredAt is not null, call.EndedAt is not null, call.StartedAt, key, call.CustomerId, call.Operator)
            : default;

    static (bool, CaseKey, string?, DateTimeOffset?) AsMiss(Call call) => RecoveryRules.IsRecoverable(call) ? (true, KeyOf(call), call.CustomerSide!.MatchKey, call.EndedAt) : default;

    internal static CaseKey KeyOf(Call call) => new(CaseParty.KeyOf(call), call.Connection, call.Line ?? "");

    /// <summary>Numbers from which customers called in vain for the first time, or did not after all: what else is known of those numbers counts for the customers now, or does not any more.</summary>
    static async Task<List<(long Customer, string Number)>> Renumbered(Tx tx, List<CallChange> changes)
    {
        var moved = new Dictionary<(long, string), HashSet<long>>();
        foreach (var change in changes)
        {
            var (was, now) = (NumberBefore(change), NumberOf(change.After));
            if (was == now && (change.Before is not null || change.Was is null)) continue;
            if (was is { } left) moved.TryAdd(left, []);
            if (now is not { } came) continue;
            moved.TryAdd(came, []);
            moved[came].Add(change.After.Id);
        }

        // Another missed call of the customer from that number says that nothing is new.
        var (numbers, standing) = (moved.Keys.ToList(), new HashSet<(long, string)>());
        await tx.QueryMany("select id from calls where missed = 1 and customer_id = @customer and customer_key = @number limit @limit", ["customer", "number", "limit"],
            numbers.ConvertAll(one => new object?[] { one.Item1, one.Item2, moved[one].Count + 1L }), (i, row) =>
            {
                if (!moved[numbers[i]].Contains(row.Long(0))) standing.Add(numbers[i]);
            });
        return numbers.FindAll(one => !standing.Contains(one));
    }

    static (long Customer, string Number)? NumberOf(Call call) => RecoveryRules.IsRecoverable(call) && call.CustomerId is { } customer ? (customer, call.CustomerSide!.MatchKey!) : null;

    /// <summary>As far as it is known: a call may have been another's without having been missed.</summary>
    static (long Customer, string Number)? NumberBefore(CallChange change) => change switch
    {
        { Before: { } was } => NumberOf(was),
        { IsNew: true } => null,
        { Was: { } was } => was is { Customer: { } customer, CustomerKey: { } number } ? (customer, number) : null,
        _ => NumberOf(change.After),
    };

    /// <summary>A call that may come after a miss, with all whose cases it may have to do with.</summary>
    /// <param name="Now">As it is.</param>
    /// <param name="Parties">As it was, and as it is.</param>
    sealed record Heard(CallChange Change, IReadOnlySet<string> Now, IReadOnlySet<string> Parties, IReadOnlyList<DateTimeOffset> Starts)
    {
        public static async Task<List<Heard>> Of(Tx tx, List<CallChange> later, List<(long Customer, string Number)> renumbered)
        {
            var asked = later.ConvertAll(change => (Change: change, Whose: Whose(change).ToList()));
            var customers = await CaseParty.CustomersOf(tx, asked.SelectMany(one => one.Whose).Select(whose => whose.Number));
            var also = renumbered.ToLookup(one => one.Number, one => one.Customer);
            IEnumerable<string> PartiesOf(string number, long? customer) =>
                [number, .. customers[number].Concat(also[number]).Concat(customer is { } known ? [known] : []).Select(CaseParty.KeyOf)];
            return asked.ConvertAll(one => new Heard(
                one.Change,
                one.Change.After is { CustomerSide.MatchKey: { } number } call ? PartiesOf(number, call.CustomerId).ToHashSet() : [],
                one.Whose.SelectMany(whose => PartiesOf(whose.Number, whose.Customer)).ToHashSet(), one.Whose.ConvertAll(whose => whose.At)));
        }

        public bool Concerns(RecoveryCase one) => one.ClosedCall == Change.After.Id
            || Parties.Contains(one.Key.Customer) && Starts.Any(at => at > one.FirstMissedAt && !(at > one.ClosedAt));

        static IEnumerable<(string Number, long? Customer, DateTimeOffset At)> Whose(CallChange change)
        {
            foreach (var call in (Call?[])[change.Before, change.After])
                if (call is not null && AsLater(call) != default) yield return (call.CustomerSide!.MatchKey!, call.CustomerId, call.StartedAt);
            // What else is not known of it any more: where it was counted, it may be no call to the customer now, or part of another.
            if (change is { Before: null, Was: { CustomerKey: { } number } was }) yield return (number, was.Customer, DateTimeOffset.FromUnixTimeMilliseconds(was.StartedAt));
        }
    }

    /// <summary>Calls that are no missed calls any more.</summary>
    static async Task Remove(Tx tx, CaseFile file, IReadOnlyList<long> calls)
    {
        var found = await Memberships(tx, calls);
        await tx.RunMany("delete from case_calls where call_id = @id", ["id"], [.. found.Keys.Select(id => new object?[] { id })]);
        foreach (var id in found.Values.Select(one => one.Case).Distinct()) await file.Recount(await file.Get(id));
    }

    static async Task<Dictionary<long, (long Case, long EndedAt)>> Memberships(Tx tx, IReadOnlyList<long> calls)
    {
        var found = new Dictionary<long, (long, long)>();
        await tx.QueryMany("select case_id, ended_at from case_calls where call_id = @id", ["id"], [.. calls.Select(id => new object?[] { id })],
            (i, row) => found[calls[i]] = (row.Long(0), row.Long(1)));
        return found;
    }

    /// <summary>Says anew which call settles a case, after calls with its customer changed; splits it where one came between its missed calls.</summary>
    async Task Settle(Tx tx, CaseFile file, RecoveryCase one, RecoverySettings settings)
    {
        while (one.Misses > 0)
        {
            var since = one.ReopenedAt > one.FirstMissedAt ? one.ReopenedAt.Value : one.FirstMissedAt;
            var party = (await file.Parties([one.Key.Customer]))[one.Key.Customer];
            var closer = (await SettlingCalls.After(tx, [(party, since)], settings))[0];
            if (closer is null || one.LastMissedAt < closer.StartedAt)
            {
                await Close(tx, file, one, closer);
                return;
            }

            var settled = file.Find(one.Key, closer.StartedAt) ?? New(await file.NextId(), one.Key, one.Number, one.CallerName, one.FirstMissedAt, one.LastCall);
            await file.Move(one, ClosedBy(settled, closer), closer.StartedAt);
            one = await file.Get(one.Id);
        }
    }

    /// <summary>Where another case of the same party, line and settling call stands already, the two become one.</summary>
    async Task Close(Tx tx, CaseFile file, RecoveryCase one, Call? closer)
    {
        var other = file.Where(found => !found.ByHand && found.Id != one.Id && found.Key == one.Key && found.ClosedAt == closer?.StartedAt).FirstOrDefault();
        var kept = ClosedBy(one, closer);
        file.Put(kept);
        if (other is not null) await Join(tx, file, kept, other);
    }

    /// <summary>The older stays, and what people did with either; what the calls say of it, the first one says.</summary>
    /// <returns>Which one stays.</returns>
    static async Task<long> Join(Tx tx, CaseFile file, RecoveryCase said, RecoveryCase other)
    {
        var (stays, goes) = other.Id < said.Id ? (other, said) : (said, other);
        var joined = stays.With(goes) with { Key = said.Key, EndReason = said.EndReason, ClosedAt = said.ClosedAt, ClosedCall = said.ClosedCall, ClosedBy = said.ClosedBy };
        await tx.Run("update case_attempts set case_id = @To where case_id = @From", new { To = joined.Id, From = goes.Id });
        await file.Move(goes, joined.IsOpen ? joined : joined.Released());
        return joined.Id;
    }

    RecoveryCase ClosedBy(RecoveryCase one, Call? closer) => closer is null
        ? one with { EndReason = null, ClosedAt = null, ClosedCall = null, ClosedBy = null }
        : one.Released() with
        {
            EndReason = closer.Direction == Direction.Inbound ? CaseEnd.SelfRecovered : closer.AnsweredAt is null ? CaseEnd.CalledBack : CaseEnd.Reached,
            ClosedAt = closer.StartedAt,
            ClosedCall = closer.Id,
            ClosedBy = PersonIn(closer),
        };

    string? PersonIn(Call call) => call.Operator is { } name ? personnel.Now.UserOf(call.Connection, name, call.AnsweredAt ?? call.StartedAt) : null;

    async Task Assign(Tx tx, CaseFile file, List<CallChange> misses, RecoverySettings settings)
    {
        var held = await Memberships(tx, [.. misses.Where(change => !change.IsNew).Select(change => change.After.Id)]);
        var (moved, left, again) = (new List<Call>(), new Dictionary<long, RecoveryCase>(), new Dictionary<long, DateTimeOffset>());
        foreach (var miss in misses.Select(change => change.After))
        {
            if (held.TryGetValue(miss.Id, out var place))
            {
                var one = await file.Get(place.Case);
                // It keeps its calls, but is found with whom it is about.
                if (one.ByHand && one.LastCall == miss.Id) file.Put(one with { Key = KeyOf(miss) });
                if (one.ByHand || one.Key == KeyOf(miss) && place.EndedAt == miss.EndedAt!.Value.ToUnixTimeMilliseconds()) continue;
                left.TryAdd(one.Id, one);
                // What was opened again stays so wherever its calls go.
                if (one.ReopenedAt > miss.EndedAt) again[miss.Id] = one.ReopenedAt.Value;
            }

            moved.Add(miss);
        }

        await Remove(tx, file, [.. moved.Select(miss => miss.Id).Where(held.ContainsKey)]);
        foreach (var id in left.Keys.ToList())
            if ((await file.Get(id)).Misses > 0) left.Remove(id);

        // The newest first: a case that all its calls leave goes with that one.
        moved = [.. moved.OrderByDescending(miss => miss.EndedAt).ThenByDescending(miss => miss.Id)];
        var parties = await file.Parties(moved.Select(CaseParty.KeyOf));
        var closers = await SettlingCalls.After(tx, moved.ConvertAll(miss => (parties[CaseParty.KeyOf(miss)], again.GetValueOrDefault(miss.Id, miss.EndedAt!.Value))), settings);
        var (rows, into) = (new List<object?[]>(), new Dictionary<long, long>());
        for (var i = 0; i < moved.Count; i++)
        {
            // To the millisecond, as it is kept.
            var (miss, ended) = (moved[i], DateTimeOffset.FromUnixTimeMilliseconds(moved[i].EndedAt!.Value.ToUnixTimeMilliseconds()));
            var empty = held.TryGetValue(miss.Id, out var place) && left.TryGetValue(place.Case, out var was) && !into.ContainsKey(was.Id) ? was : null;
            var found = file.Find(KeyOf(miss), closers[i]?.StartedAt);
            var one = found ?? ClosedBy(empty is null
                ? New(await file.NextId(), KeyOf(miss), "", null, ended, miss.Id)
                : empty with { Key = KeyOf(miss), Misses = 0, FirstMissedAt = ended, LastMissedAt = ended, LastCall = miss.Id }, closers[i]);
            if (empty is not null) into[empty.Id] = one.Id;
            if (again.TryGetValue(miss.Id, out var reopened) && !(one.ReopenedAt > reopened)) one = one with { ReopenedAt = reopened };
            rows.Add([miss.Id, one.Id, ended.ToUnixTimeMilliseconds()]);
            var isNewest = one.Misses == 0 || ended > one.LastMissedAt || ended == one.LastMissedAt && miss.Id > one.LastCall;
            one = one with { Misses = one.Misses + 1, FirstMissedAt = ended < one.FirstMissedAt ? ended : one.FirstMissedAt };
            file.Put(isNewest ? one with { LastMissedAt = ended, LastCall = miss.Id, PostponedUntil = one.Id == empty?.Id ? one.PostponedUntil : null } : one);
        }

        await tx.RunMany("insert into case_calls (call_id, case_id, ended_at) values (@call_id, @case_id, @ended_at)", ["call_id", "case_id", "ended_at"], rows);
        // The oldest of those that come to one case first, so that this one stays.
        var kept = new Dictionary<long, long>();
        foreach (var (gone, to) in into.Where(one => one.Key != one.Value).OrderBy(one => one.Key)) kept[to] = await Join(tx, file, await file.Get(kept.GetValueOrDefault(to, to)), left[gone]);
    }

    static RecoveryCase New(long id, CaseKey key, string number, string? name, DateTimeOffset missed, long call) => new()
    {
        Id = id,
        Key = key,
        Number = number,
        CallerName = name,
        FirstMissedAt = missed,
        LastMissedAt = missed,
        LastCall = call,
    };

    /// <summary>While one of us calls the customer, everybody sees who; afterwards, or when it turns out to be another's call, the case is free again.</summary>
    RecoveryCase WhileCalling(RecoveryCase one, Heard heard) =>
        heard.Change.After is var call && heard.Now.Contains(one.Key.Customer) && call is { Direction: Direction.Outbound, EndedAt: null } && PersonIn(call) is { } person ? one.Calling(person, call.Id, call.StartedAt)
        : one.ReservedCall == call.Id ? one.Released()
        : one;

    /// <summary>Whose the changed cases are, and until when; see <see cref="RecoverySettings"/>.</summary>
    async Task Decide(Tx tx, CaseFile file, RecoverySettings settings, IEnumerable<RecoveryCase> also)
    {
        var changed = file.Changed.Concat(also).Where(one => one.Misses > 0).DistinctBy(one => one.Id).ToList();
        var calls = await file.LastCalls(changed);
        var owners = await accounts.Of(tx, [.. changed.Select(one => calls.GetValueOrDefault(one.LastCall)?.CustomerId).OfType<long>().Distinct()]);
        foreach (var one in changed)
        {
            if (!calls.TryGetValue(one.LastCall, out var call)) continue;
            var (owner, rule) = one.OwnerRule == OwnerRule.ByHand && one.Owner is { } chosen && policy.MayWork(chosen) ? (chosen, OwnerRule.ByHand) : policy.OwnerOf(call, call.CustomerId is { } customer ? owners.GetValueOrDefault(customer) : null);
            var number = call.CustomerSide?.E164 ?? one.Number;
            file.Put(one with { Number = number, CallerName = call.CallerName, Owner = owner, OwnerRule = rule, DueAt = policy.DueOf(one, call, settings) });
        }
    }
}
