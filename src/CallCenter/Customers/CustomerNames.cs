using CallCenter.Calls;
using CallCenter.Storage;

namespace CallCenter.Customers;

/// <summary>The names of the customers of a page of calls, read at once; who was merged is called as whom he turned out to be.</summary>
sealed class CustomerNames(Db db) : ICustomerNames
{
    /// <summary>For more than these it is quicker to read the names of all.</summary>
    const int OneByOneMax = 1000;

    public async Task<IReadOnlyDictionary<long, string>> Of(IEnumerable<long?> customers, CancellationToken stop)
    {
        var ids = customers.OfType<long>().Distinct().ToList();
        var names = new Dictionary<long, string>(ids.Count);
        if (ids.Count > OneByOneMax)
        {
            var wanted = ids.ToHashSet();
            foreach (var (id, name) in await db.Read(tx => tx.List<(long Id, string Name)>("select c.id, coalesce(m.name, c.name) from customers c left join customers m on m.id = c.merged_into"), stop))
                if (wanted.Contains(id)) names[id] = name;
        }
        else if (ids.Count > 0)
            await db.Read(async tx =>
            {
                await tx.QueryMany("select name from customers where id = (select coalesce(merged_into, id) from customers where id = @id)", ["id"],
                    [.. ids.Select(id => new object?[] { id })], (i, row) => names[ids[i]] = row.Text(0));
                return true;
            }, stop);
        return names;
    }
}
