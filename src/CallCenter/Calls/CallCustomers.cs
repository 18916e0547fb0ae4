using CallCenter.Storage;

namespace CallCenter.Calls;

/// <summary>Saying whose calls are, after a person chose or a number became somebody's.</summary>
sealed partial class CallLog
{
    /// <summary>Given to a customer in one transaction.</summary>
    public const int RelinkMax = 200;

    /// <summary>The number of who is on the other side of a call, in a transaction of whoever says who that is; null when it is nobody's.</summary>
    /// <exception cref="Refusal">There is no such call, or it is not his to see.</exception>
    public async Task<PhoneNumber?> NumberOf(Tx tx, CallScope scope, long id) =>
        (await ToFix(tx, scope, id)).CustomerSide is { MatchKey: not null } number ? number : null;

    /// <summary>Other calls of a number that are nobody's, as far as that is cheap to know.</summary>
    /// <param name="key">As <see cref="PhoneNumber.MatchKey"/>.</param>
    public Task<CallCount> CountUnmatched(CallScope scope, string key, long except, CancellationToken stop = default) => db.Read(async tx =>
    {
        var rows = await tx.List<(string? Team, string? People)>(
            $"select team_id, people from calls where customer_key = @key and ended_at is not null and customer_id is null and customer_fixed = 0 and id <> @except limit {CountMax + 1}", new { key, except });
        return new CallCount(Math.Min(CountMax, rows.Count(row => scope.Allows(row.Team, CallPeople.Parse(row.People)))), rows.Count <= CountMax);
    }, stop);

    /// <summary>A person says with which customer a call is, null for none; no number changes it any more.</summary>
    /// <returns>The call as it was and as it is.</returns>
    /// <exception cref="Refusal">There is no such call, or it is not his to see.</exception>
    public async Task<(Call Before, Call After)> FixCustomer(Tx tx, CallScope scope, long id, long? customer)
    {
        var call = await ToFix(tx, scope, id);
        var after = (await SaveCustomers(tx, [(call, customer)], isFixed: true))[0];
        return (call, after);
    }

    /// <summary>In our turn, so that it stays as it is.</summary>
    static async Task<Call> ToFix(Tx tx, CallScope scope, long id)
    {
        await TakeTurn(tx);
        var row = await tx.Maybe<CallRow>($"select {CallRow.Columns} from calls where id = (select coalesce(merged_into, id) from calls where id = @id) and version > 0", new { id });
        return row?.ToCall() is { } call && scope.Allows(call) ? call : throw new Refusal(RefusalKind.NotFound, "call.unknown", id);
    }

    /// <summary>
    /// Looks anew whose the calls of a number are that are nobody's yet, in the order of their ids, and gives them to whom they belong; what a
    /// person said stays.
    /// </summary>
    /// <param name="key">As <see cref="PhoneNumber.MatchKey"/>.</param>
    /// <param name="after">The last one that was looked at; 0 to begin.</param>
    /// <returns>The last one looked at now; null when there are no more.</returns>
    public async Task<long?> FindCustomerAgain(Tx tx, string key, long after)
    {
        await TakeTurn(tx);
        var calls = await CallsToGive(tx, $"customer_key = @key and customer_id is null and customer_fixed = 0 and {(tx.IsPostgres ? "" : "+")}id > @after", new { key, after });
        var found = await callers.Find(tx, calls.ConvertAll(one => one.Call));
        await SaveCustomers(tx, [.. calls.Zip(found).Where(pair => pair.Second is not null).Select(pair => (pair.First.Call, pair.Second))], isFixed: false);
        return calls.Count < RelinkMax ? null : calls[^1].Call.Id;
    }

    /// <summary>All that was one customer's is another's, because they turned out to be the same.</summary>
    /// <returns>How many; ask again while it is <see cref="RelinkMax"/>.</returns>
    public async Task<int> Hand(Tx tx, long from, long to)
    {
        await TakeTurn(tx);
        var calls = await CallsToGive(tx, "customer_id = @from", new { from });
        foreach (var isFixed in (bool[])[true, false])
            await SaveCustomers(tx, [.. calls.Where(one => one.IsFixed == isFixed).Select(one => (one.Call, (long?)to))], isFixed);
        return calls.Count;
    }

    /// <summary>Calls in progress and history from an index each, together in the order of their ids.</summary>
    static async Task<List<(Call Call, bool IsFixed)>> CallsToGive(Tx tx, string which, object values)
    {
        var rows = new List<CallRow>();
        foreach (var part in (string[])["ended_at is null", "ended_at is not null"])
            rows.AddRange(await tx.List<CallRow>($"select {CallRow.Columns} from calls where {which} and {part} and version > 0 order by {(tx.IsPostgres ? "" : "+")}id limit {RelinkMax}", values));
        return [.. rows.OrderBy(row => row.id).Take(RelinkMax).Select(row => (row.ToCall(), row.customer_fixed != 0))];
    }

    async Task<IReadOnlyList<Call>> SaveCustomers(Tx tx, IReadOnlyList<(Call Before, long? Customer)> calls, bool isFixed)
    {
        if (calls.Count == 0) return [];
        var version = await NextVersions(tx, calls.Count);
        List<Call> told = [.. calls.Select((call, i) => call.Before with { CustomerId = call.Customer, Version = version + i })];
        await tx.RunMany(CallRow.UpdateCustomer, CallRow.CustomerParameters, told.ConvertAll(call => new object?[] { call.Id, call.Version, call.CustomerId, isFixed ? 1 : 0 }));
        foreach (var witness in witnesses) await witness.Record(tx, [.. calls.Zip(told).Select(pair => new CallChange(pair.First.Before, pair.Second))]);
        await Tell(tx, told, version, version + told.Count - 1);
        return told;
    }
}
