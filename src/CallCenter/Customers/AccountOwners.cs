using CallCenter.Recovery;
using CallCenter.Storage;

namespace CallCenter.Customers;

/// <summary>Who looks after customers, for their missed calls; of one that was merged, who looks after the other.</summary>
sealed class AccountOwners : IAccountOwners
{
    public async Task<IReadOnlyDictionary<long, string>> Of(Tx tx, IReadOnlyCollection<long> customers)
    {
        var (ids, owners) = (customers.ToList(), new Dictionary<long, string>());
        await tx.QueryMany("select owner from customers where owner is not null and id = (select coalesce(merged_into, id) from customers where id = @id)", ["id"],
            [.. ids.Select(id => new object?[] { id })], (i, row) => owners[ids[i]] = row.Text(0));
        return owners;
    }
}
