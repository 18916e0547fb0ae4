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

    const string Holds = "n.number_key = @key and (n.since is null or n.since <= @at) and (n.until is null or n.until > @at)";

    static readonly string[] Parameters = ["key", "at"];

    public async Task<IReadOnlyList<long?>> Find(Tx tx, IReadOnlyList<Call> calls)
    {
        var found = new long?[calls.Count];
        // Whoever has it alone has the least id and the greatest. A distinct list would cost SQLite a table of its own for every call.
        await tx.QueryMany(
            $"""
            select min(n.customer_id), max(n.customer_id) from customer_numbers n join customers c on c.id = n.customer_id and c.archived_at is null
            where {Holds}
            and not exists (select 1 from ignored_numbers i where i.number_key = @key)
            """,
            Parameters, [.. calls.Select(call => new object?[] { call.CustomerSide?.MatchKey, call.StartedAt.ToUnixTimeMilliseconds() })],
            (i, row) =>
            {
                if (!row.IsNull(0) && row.Long(0) == row.Long(1)) found[i] = row.Long(0);
            });
        // Who clicked a number at a customer has said whom he calls, also where several have it or nobody does.
        var nobodys = Enumerable.Range(0, calls.Count).Where(i => found[i] is null && calls[i].Direction == Direction.Outbound).ToList();
        var clicked = nobodys.Zip(await ClickedCalls.Of(tx, nobodys.ConvertAll(i => calls[i]))).Where(one => one.Second is { Customer: not null }).ToList();
        await tx.QueryMany("select coalesce(merged_into, id) from customers where id = @id", ["id"], clicked.ConvertAll(one => new object?[] { one.Second!.Value.Customer }), (i, row) => found[clicked[i].First] = row.Long(0));
        return found;
    }

    /// <summary>Those who have a number at a moment, by name, each with the first of its numbers that it is.</summary>
    public static async Task<IReadOnlyList<(Customer Customer, long Number)>> Candidates(Tx tx, string key, DateTimeOffset at)
    {
        var found = new List<(Customer, long)>();
        await tx.QueryMany(
            $"""
            select {CustomerRows.Columns}, (select min(n.id) from customer_numbers n where {Holds} and n.customer_id = customers.id) from customers
            where archived_at is null and id in (select n.customer_id from customer_numbers n where {Holds}) order by name_key, id limit {CandidatesMax}
            """, Parameters, [[key, at.ToUnixTimeMilliseconds()]], (_, row) => found.Add((CustomerRows.ReadCustomer(row), row.Long(13))));
        return found;
    }

    public static async Task<bool> IsIgnored(Tx tx, string key) => await tx.One<long>("select count(*) from ignored_numbers where number_key = @key", new { key }) > 0;
}
