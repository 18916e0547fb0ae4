using CallCenter.Calls;
using CallCenter.Storage;
using CallCenter.Teams;

namespace CallCenter.Recovery;

/// <summary>
/// Makes cases of missed calls, in the transaction that changes the calls. A missed call belongs to the case of its number
/// and line that the first settling call after it closes, or to the open one while there is none: so whichever order calls
/// become known in, the cases are the same. A case that a person closed keeps its calls.
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
        others.AddRange(misses.Where(change => !settings.AsksFor(change.After)));
        misses.RemoveAll(change => !settings.AsksFor(change.After));
        var file = new CaseFile(tx, counter);
        file.Know(misses.Select(change => change.After));
        await file.Load(Numbers(later, misses));
        await file.LoadSettledBy([.. later.Where(change => !change.IsNew).Select(change => change.After.Id)]);

        await Remove(tx, file, others.ConvertAll(change => change.After.Id));
        foreach (var one in file.Where(one => !one.ByHand && later.Exists(change => Concerns(change, one)))) await Settle(tx, file, await file.Get(one.Id), settings);
        await Assign(tx, file, misses, settings);

        var changed = file.Changed.ToList();
        var called = later.Where(change => change.After.Direction == Direction.Outbound || change.Before?.Direction == Direction.Outbound).ToList();
        await file.CountAttempts([.. file.Where(one => one.Misses > 0 && (changed.Contains(one) || called.Exists(change => Concerns(change, one))))]);
        foreach (var one in file.Where(one => one.IsOpen))
            file.Put(called.Where(change => change.After.CustomerSide?.MatchKey == one.Key.Customer).Aggregate(one, (now, change) => WhileCalling(now, change.After)));
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
        await file.Load([.. cases.GroupBy(one => one.Key.Customer).Select(group => (group.Key, group.Min(one => one.FirstMissedAt).ToUnixTimeMilliseconds()))]);
        foreach (var one in cases)
        {
            await file.Recount(await file.Get(one.Id));
            await Settle(tx, file, await file.Get(one.Id), settings);
        }

        await file.CountAttempts(file.Where(one => !one.ByHand && one.Misses > 0 && cases.Exists(asked => asked.Key == one.Key)));
        await Decide(tx, file, settings, file.Where(one => !one.ByHand && one.IsOpen));
        await Save(tx, file);
    }

    /// <param name="isTold">Also when no case is another than it was: its customer has a name now.</param>
    async Task Save(Tx tx, CaseFile file, bool isTold = false)
    {
        if ((await file.Save()).Count == 0 && !isTold) return;
        tx.Announce(board.Tell);
        await tx.Notify(CaseBoard.Told);
    }

    /// <summary>All that cases depend on in a call that may come after a miss; nothing for any other call.</summary>
    static (bool, bool, bool, DateTimeOffset, string?, string?) AsLater(Call call) => call.CustomerSide?.MatchKey is { } key
        && (call.Direction == Direction.Outbound || RecoveryRules.IsAnsweredInbound(call))
            ? (call.Dialled, call.AnsweredAt is not null, call.EndedAt is not null, call.StartedAt, key, call.Operator)
            : default;

    static (bool, CaseKey, DateTimeOffset?, long?) AsMiss(Call call) => RecoveryRules.IsRecoverable(call) ? (true, KeyOf(call), call.EndedAt, call.CustomerId) : default;

    internal static CaseKey KeyOf(Call call) => new(call.CustomerSide!.MatchKey!, call.Connection, call.Line ?? "");

    static List<(string Key, long Since)> Numbers(List<CallChange> later, List<CallChange> misses) =>
    [
        .. later.SelectMany(change => (Call?[])[change.Before, change.After]).OfType<Call>().Where(call => AsLater(call) != default).Select(call => (Key: call.CustomerSide!.MatchKey!, At: call.StartedAt))
            .Concat(misses.Select(change => (Key: change.After.CustomerSide!.MatchKey!, At: change.After.EndedAt!.Value)))
            .GroupBy(one => one.Key).Select(group => (group.Key, group.Min(one => one.At).ToUnixTimeMilliseconds())),
    ];

    static bool Concerns(CallChange change, RecoveryCase one) =>
        one.ClosedCall == change.After.Id
        || ((Call?[])[change.Before, change.After]).Any(call => call is not null && AsLater(call) != default && call.CustomerSide!.MatchKey == one.Key.Customer
            && call.StartedAt > one.FirstMissedAt && !(call.StartedAt > one.ClosedAt));

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

    /// <summary>Says anew which call settles a case, after calls of its number changed; splits it where one came between its missed calls.</summary>
    async Task Settle(Tx tx, CaseFile file, RecoveryCase one, RecoverySettings settings)
    {
        while (one.Misses > 0)
        {
            var since = one.ReopenedAt > one.FirstMissedAt ? one.ReopenedAt.Value : one.FirstMissedAt;
            var closer = (await SettlingCalls.After(tx, [(one.Key.Customer, since)], settings))[0];
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

    /// <summary>Where another case of the same number, line and settling call stands already, the two become one: the older.</summary>
    async Task Close(Tx tx, CaseFile file, RecoveryCase one, Call? closer)
    {
        var other = file.Where(found => !found.ByHand && found.Id != one.Id && found.Key == one.Key && found.ClosedAt == closer?.StartedAt).FirstOrDefault();
        var kept = ClosedBy(one, closer);
        file.Put(kept);
        if (other is null) return;
        var (stays, goes) = other.Id < kept.Id ? (ClosedBy(other, closer), kept) : (kept, other);
        if (stays.OwnerRule != OwnerRule.ByHand && goes.OwnerRule == OwnerRule.ByHand) stays = stays with { Owner = goes.Owner, OwnerRule = OwnerRule.ByHand };
        await tx.Run("update case_attempts set case_id = @To where case_id = @From", new { To = stays.Id, From = goes.Id });
        await file.Move(goes, stays);
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
        var moved = new List<Call>();
        foreach (var miss in misses.Select(change => change.After))
        {
            if (held.TryGetValue(miss.Id, out var place))
            {
                var one = await file.Get(place.Case);
                if (one.ByHand || one.Key == KeyOf(miss) && place.EndedAt == miss.EndedAt!.Value.ToUnixTimeMilliseconds()) continue;
                await Remove(tx, file, [miss.Id]);
            }

            moved.Add(miss);
        }

        var closers = await SettlingCalls.After(tx, moved.ConvertAll(miss => (miss.CustomerSide!.MatchKey!, miss.EndedAt!.Value)), settings);
        var rows = new List<object?[]>();
        for (var i = 0; i < moved.Count; i++)
        {
            // To the millisecond, as it is kept.
            var (miss, ended) = (moved[i], DateTimeOffset.FromUnixTimeMilliseconds(moved[i].EndedAt!.Value.ToUnixTimeMilliseconds()));
            var found = file.Find(KeyOf(miss), closers[i]?.StartedAt);
            var one = found ?? ClosedBy(New(await file.NextId(), KeyOf(miss), "", null, ended, miss.Id), closers[i]);
            rows.Add([miss.Id, one.Id, ended.ToUnixTimeMilliseconds()]);
            var isNewest = found is null || ended > one.LastMissedAt || ended == one.LastMissedAt && miss.Id > one.LastCall;
            one = one with { Misses = one.Misses + 1, FirstMissedAt = ended < one.FirstMissedAt ? ended : one.FirstMissedAt };
            file.Put(isNewest ? one with { LastMissedAt = ended, LastCall = miss.Id, PostponedUntil = null } : one);
        }

        await tx.RunMany("insert into case_calls (call_id, case_id, ended_at) values (@call_id, @case_id, @ended_at)", ["call_id", "case_id", "ended_at"], rows);
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

    /// <summary>While one of us calls the customer, everybody sees who; afterwards the case is free again.</summary>
    RecoveryCase WhileCalling(RecoveryCase one, Call call) =>
        call is { Direction: Direction.Outbound, EndedAt: null } && PersonIn(call) is { } person ? one.Calling(person, call.Id, call.StartedAt)
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
