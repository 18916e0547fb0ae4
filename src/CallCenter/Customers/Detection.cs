using CallCenter.Calls;
using CallCenter.Storage;

namespace CallCenter.Customers;

/// <summary>
/// Whose number a call is with: the customer who had exactly that number, in whatever spelling, when the call began. Never by
/// its last digits (product.md C.9). Withheld numbers, extensions and own lines are nobody's.
/// </summary>
sealed class Detection : ICallers
{
    /// <summary>As many customers of one number are offered to choose from.</summary>
    public const int CandidatesMax = 20;

    static readonly string[] Parameters = ["key", "at"];

    public async Task<IReadOnlyList<long?>> Find(Tx tx, IReadOnlyList<Call> calls)
    {
        var found = new long?[calls.Count];
        var several = new HashSet<int>();
        await tx.QueryMany(
            """
            select distinct n.customer_id from customer_numbers n join customers c on c.id = n.customer_id and c.archived_at is null
            where n.number_key = @key and (n.since is null or n.since <= @at) and (n.until is null or n.until > @at) limit 2
            """,
            Parameters, [.. calls.Select(call => new object?[] { call.CustomerSide?.MatchKey, call.StartedAt.ToUnixTimeMilliseconds() })],
            (i, row) =>
            {
                if (found[i] is not null) several.Add(i);
                else found[i] = row.Long(0);
            });
        foreach (var i in several) found[i] = null;
        return found;
    }

    /// <summary>All customers who have a number at a moment, by name.</summary>
    public static async Task<IReadOnlyList<Customer>> Candidates(Tx tx, string key, DateTimeOffset at) =>
        [.. (await tx.List<CustomerRow>(
            $"""
            select {CustomerRow.Columns} from customers where archived_at is null and id in (
                select customer_id from customer_numbers where number_key = @key and (since is null or since <= @at) and (until is null or until > @at))
            order by name, id limit {CandidatesMax}
            """, new { key, at = at.ToUnixTimeMilliseconds() })).Select(row => row.ToCustomer())];
}
