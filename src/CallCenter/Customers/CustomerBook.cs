using CallCenter.Audit;
using CallCenter.Storage;

namespace CallCenter.Customers;

/// <summary>Has something of customers, which goes along when one turns out to be another. Slices that build on customers implement it.</summary>
interface IMergeFollower
{
    /// <summary>In the transaction that merges: all that was the one's is the other's.</summary>
    Task Hand(Tx tx, long from, long to);
}

/// <summary>
/// Keeps the customers and all that belongs to them. They are changed one transaction at a time, like calls, so that no two can
/// take the same id of another system or each undo what the other did.
/// </summary>
sealed class CustomerBook(Db db, CustomerErrands errands, CustomerBoard board, IEnumerable<IMergeFollower> followers, AuditLog audit, TimeProvider clock)
{
    public Task<CustomerDetail?> Find(long id, CancellationToken stop = default) => db.Read(tx => CustomerDetail.Read(tx, id), stop);

    /// <summary>By what another system calls it.</summary>
    public Task<CustomerDetail?> Find(ExternalId id, CancellationToken stop = default) => db.Read(async tx => await Known(tx, id) is { } known ? await CustomerDetail.Read(tx, known) : null, stop);

    /// <summary>A new customer. Earlier calls of its numbers that are nobody's are given to it.</summary>
    /// <exception cref="Refusal">Something of it makes no sense, or another customer has its id of another system.</exception>
    public async Task<CustomerDetail> Add(CustomerDetail wanted, Actor by, CancellationToken stop = default)
    {
        var added = await db.Write(async tx => await Add(tx, wanted, by), stop);
        await errands.Run(stop);
        return added;
    }

    public Task<CustomerDetail> Add(Customer wanted, PhoneNumber? number, Actor by, CancellationToken stop = default) =>
        Add(number is null ? CustomerDetail.New(wanted) : CustomerDetail.New(wanted).With(CustomerNumber.Of(number)), by, stop);

    /// <summary>In somebody else's transaction; whoever commits it lets the errands run.</summary>
    public async Task<CustomerDetail> Add(Tx tx, CustomerDetail wanted, Actor by, bool withEarlierCalls = true)
    {
        await TakeTurn(tx);
        var added = (await Save(tx, [(null, wanted.Checked())], withEarlierCalls))[0];
        await Note(tx, null, wanted, added, by);
        return added;
    }

    /// <summary>Changes a customer as it stands; what was merged into another changes that one.</summary>
    /// <exception cref="Refusal">There is none, or what it would become makes no sense.</exception>
    public async Task<CustomerDetail> Change(long id, Func<CustomerDetail, CustomerDetail> decide, Actor by, CancellationToken stop = default)
    {
        var changed = await db.Write(async tx => await Change(tx, id, decide, by), stop);
        await errands.Run(stop);
        return changed;
    }

    /// <summary>Changes the customer that another system calls so, or adds it: the same wish twice comes to the same.</summary>
    /// <param name="decide">Given the customer as it stands, or an empty one.</param>
    public async Task<(CustomerDetail Put, bool IsNew)> Put(ExternalId id, Func<CustomerDetail, CustomerDetail> decide, Actor by, CancellationToken stop = default)
    {
        var put = await db.Write(async tx =>
        {
            await TakeTurn(tx);
            return await Known(tx, id) is { } known
                ? (await Change(tx, known, found => decide(found).With(id), by), false)
                : (await Add(tx, decide(CustomerDetail.New(new Customer(0, CustomerKind.Company, ""))).With(id), by), true);
        }, stop);
        await errands.Run(stop);
        return put;
    }

    /// <summary>Many at once in somebody else's transaction, none of them twice and each of them different from before; whoever brings them has earlier calls looked at.</summary>
    public async Task<IReadOnlyList<CustomerDetail>> Put(Tx tx, IReadOnlyList<(CustomerDetail? Before, CustomerDetail After)> wanted, Actor by)
    {
        await TakeTurn(tx);
        if (wanted.Count == 0) return [];
        var saved = await Save(tx, wanted, withEarlierCalls: false);
        foreach (var (change, put) in wanted.Zip(saved)) await Note(tx, change.Before, change.After, put, by);
        return saved;
    }

    static Task<long?> Known(Tx tx, ExternalId id) => tx.Maybe<long?>("select customer_id from customer_ids where system = @System and external_id = @Id", id);

    public async Task<CustomerDetail> Change(Tx tx, long id, Func<CustomerDetail, CustomerDetail> decide, Actor by, bool withEarlierCalls = true)
    {
        await TakeTurn(tx);
        var before = await CustomerDetail.Read(tx, id) ?? throw new Refusal(RefusalKind.NotFound, "customer.unknown", id);
        var after = decide(before).Checked();
        if (CustomerChange.Between(before, after).Count == 0) return before;
        var changed = (await Save(tx, [(before, after)], withEarlierCalls))[0];
        await Note(tx, before, after, changed, by);
        return changed;
    }

    public Task<CustomerDetail> Archive(long id, Actor by, CancellationToken stop = default) => Change(id, found => found.Archived(clock.GetUtcNow()), by, stop);

    public Task<CustomerDetail> Restore(long id, Actor by, CancellationToken stop = default) => Change(id, found => found.Restored(), by, stop);

    /// <summary>Two customers turn out to be one: all that <paramref name="from"/> has goes to <paramref name="to"/>, its calls too.</summary>
    /// <exception cref="Refusal">One of them is unknown, or they are the same already.</exception>
    public async Task<CustomerDetail> Merge(long from, long to, Actor by, CancellationToken stop = default)
    {
        var merged = await db.Write(async tx =>
        {
            await TakeTurn(tx);
            var gone = await CustomerDetail.Read(tx, from) ?? throw new Refusal(RefusalKind.NotFound, "customer.unknown", from);
            var kept = await CustomerDetail.Read(tx, to) ?? throw new Refusal(RefusalKind.NotFound, "customer.unknown", to);
            var (goes, stays) = (gone.Customer.Id, kept.Customer.Id);
            if (goes == stays) throw new Refusal(RefusalKind.Conflict, "customer.same", goes);
            var after = kept.Merged(gone).Checked();
            var rest = CustomerDetail.New(gone.Customer) with { Customer = gone.Customer with { ArchivedAt = gone.Customer.ArchivedAt ?? clock.GetUtcNow(), MergedInto = stays } };
            var saved = await Save(tx, [(gone, rest), (kept, after)], withEarlierCalls: true);
            await tx.Run("update customers set merged_into = @stays, changed_at = @at where merged_into = @goes", new { goes, stays, at = saved[1].Customer.ChangedAt.ToUnixTimeMilliseconds() });
            await tx.Run("update number_choices set customer_id = @stays where customer_id = @goes", new { goes, stays });
            await errands.Add(tx, CustomerErrand.Merged(goes, stays));
            foreach (var follower in followers) await follower.Hand(tx, goes, stays);
            await audit.Note(tx, by, "customer.merged", SubjectOf(stays), new { after.Customer.Name, from = goes, was = gone.Customer.Name });
            return saved[1];
        }, stop);
        await errands.Run(stop);
        return merged;
    }

    /// <summary>To be taken before customers are read in order to change them; before that of calls, where both are.</summary>
    internal static Task TakeTurn(Tx tx) => tx.TakeTurn("customers");

    /// <summary>Writes many at once; none of them twice.</summary>
    internal async Task<IReadOnlyList<CustomerDetail>> Save(Tx tx, IReadOnlyList<(CustomerDetail? Before, CustomerDetail After)> changes, bool withEarlierCalls)
    {
        await MustBeFree(tx, changes);
        var saved = await CustomerRows.Save(tx, changes, clock.GetUtcNow());
        if (withEarlierCalls)
            foreach (var key in changes.Zip(saved).SelectMany(pair => NewNumbers(pair.First.Before, pair.Second)).Distinct()) await errands.Add(tx, CustomerErrand.Number(key));
        tx.Announce(board.Tell);
        await tx.Notify(CustomerBoard.Told);
        return saved;
    }

    /// <summary>Numbers by which calls may be recognised that were not before.</summary>
    static IEnumerable<string> NewNumbers(CustomerDetail? before, CustomerDetail after)
    {
        if (after.Customer.ArchivedAt is not null) return [];
        var known = before is null || before.Customer.ArchivedAt is not null ? [] : before.Numbers;
        return after.Numbers.Except(known).Select(number => number.Key);
    }

    static async Task MustBeFree(Tx tx, IReadOnlyList<(CustomerDetail? Before, CustomerDetail After)> changes)
    {
        List<(ExternalId Id, long Customer)> wanted = [.. changes.SelectMany(change => change.After.Ids.Except(change.Before?.Ids ?? []).Select(id => (id, change.After.Customer.Id)))];
        // What another of the same change gives away is free.
        var given = changes.SelectMany(change => change.Before?.Ids.Except(change.After.Ids) ?? []).ToHashSet();
        await tx.QueryMany("select customer_id from customer_ids where system = @system and external_id = @external_id", ["system", "external_id"],
            [.. wanted.Select(one => new object?[] { one.Id.System, one.Id.Id })], (i, row) =>
            {
                if (row.Long(0) != wanted[i].Customer && !given.Contains(wanted[i].Id)) throw new Refusal(RefusalKind.Conflict, "customer.id-taken", wanted[i].Id.Id, wanted[i].Id.System, row.Long(0));
            });
    }

    Task Note(Tx tx, CustomerDetail? before, CustomerDetail after, CustomerDetail saved, Actor by) => before is null
        ? audit.Note(tx, by, "customer.added", SubjectOf(saved.Customer.Id), new { saved.Customer.Name })
        : audit.Note(tx, by, ActionOf(before, after), SubjectOf(saved.Customer.Id), new { saved.Customer.Name, changes = CustomerChange.Between(before, after) });

    static string ActionOf(CustomerDetail before, CustomerDetail after) => (before.Customer.ArchivedAt, after.Customer.ArchivedAt) switch
    {
        (null, not null) => "customer.archived",
        (not null, null) => "customer.restored",
        _ => "customer.changed",
    };

    static string SubjectOf(long id) => $"customer:{id}";
}
