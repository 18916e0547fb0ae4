using CallCenter.Storage;
using Dapper;

namespace CallCenter.Customers;

public enum CustomerOrder
{
    Name,

    /// <summary>Changed last, first.</summary>
    Changed,

    /// <summary>Come last, first.</summary>
    Newest,
}

/// <summary>Which customers somebody asks for. All conditions hold together; null asks for nothing.</summary>
/// <param name="Search">As <see cref="CustomerSearch"/> reads it; then the likeliest are first, whatever the order.</param>
/// <param name="Owner">A person's id, or <see cref="Nobody"/>.</param>
public sealed record CustomerFilter(
    string? Search = null, string? Segment = null, string? Owner = null, bool? CreditStop = null, bool IsArchived = false, CustomerKind? Kind = null, string Country = "ES")
{
    /// <summary>As <see cref="Owner"/>: nobody looks after it.</summary>
    public const string Nobody = "none";
}

/// <summary>A customer as it stands in lists.</summary>
/// <param name="Numbers">The first few.</param>
/// <param name="NumberCount">All of them.</param>
public sealed record CustomerItem(Customer Customer, IReadOnlyList<CustomerNumber> Numbers, long NumberCount, long VehicleCount);

/// <param name="IsExact">False: there are more than so many.</param>
public sealed record CustomerPage(IReadOnlyList<CustomerItem> Customers, long Total, bool IsExact);

/// <summary>Reads and finds customers.</summary>
sealed class CustomerList(Db db)
{
    public const int PageMax = 200;

    const int NumbersShown = 3;
    const int SegmentsMax = 100;

    public Task<CustomerPage> List(CustomerFilter filter, CustomerOrder order, int limit, int offset = 0, CancellationToken stop = default) => db.Read(async tx =>
    {
        limit = Math.Clamp(limit, 1, PageMax);
        var values = new DynamicParameters();
        var where = Where(filter, values);
        if (filter.Search is not null)
        {
            var found = await CustomerSearch.Find(tx, filter.Search, filter.Country, filter.IsArchived);
            var fitting = (await CustomerRows.ReadCustomers(tx, found)).FindAll(customer => Fits(filter, customer));
            return new CustomerPage(await Items(tx, [.. fitting.Skip(offset).Take(limit)]), fitting.Count, found.Count < CustomerSearch.FoundMax);
        }

        var total = await tx.One<long>($"select count(*) from customers where {where}", values);
        var ids = await tx.List<long>($"select id from customers where {where} order by {Order(order)} limit {limit} offset {Math.Max(0, offset)}", values);
        return new CustomerPage(await Items(tx, await CustomerRows.ReadCustomers(tx, ids)), total, true);
    }, stop);

    /// <summary>The likeliest few, while somebody types.</summary>
    public Task<IReadOnlyList<CustomerItem>> Suggest(string text, string country, int limit, CancellationToken stop = default) => db.Read(async tx =>
        await Items(tx, await CustomerRows.ReadCustomers(tx, [.. (await CustomerSearch.Find(tx, text, country)).Take(limit)])), stop);

    /// <summary>The words that the company uses for segments, and for price tiers.</summary>
    public Task<(IReadOnlyList<string> Segments, IReadOnlyList<string> Tiers)> Words(CancellationToken stop = default) => db.Read(async tx =>
    {
        async Task<IReadOnlyList<string>> Of(string column) =>
            await tx.List<string>($"select distinct {column} from customers where {column} is not null and merged_into is null order by {column} limit {SegmentsMax}");
        return (await Of("segment"), await Of("price_tier"));
    }, stop);

    /// <summary>Those that changed after a place, the one first whose last change is longest ago; archived and merged ones too.</summary>
    public static async Task<IEnumerable<CustomerDetail>> ChangedAfter(Tx tx, CustomerCursor after, int limit)
    {
        var ids = await tx.List<long>($"select id from customers where (changed_at, id) > (@at, @Id) order by changed_at, id limit {Math.Clamp(limit, 1, PageMax)}", new { at = after.ChangedAt.ToUnixTimeMilliseconds(), after.Id });
        return await CustomerRows.ReadThemselves(tx, ids);
    }

    /// <summary>A page of all that fit, by id, for who takes them all.</summary>
    public Task<IReadOnlyList<CustomerDetail>> After(CustomerFilter filter, long after, int limit, CancellationToken stop = default) => db.Read<IReadOnlyList<CustomerDetail>>(async tx =>
    {
        var values = new DynamicParameters();
        values.Add("after", after);
        var ids = filter.Search is null
            ? await tx.List<long>($"select id from customers where {Where(filter, values)} and id > @after order by id limit {Math.Clamp(limit, 1, PageMax)}", values)
            : [.. (await CustomerRows.ReadCustomers(tx, await CustomerSearch.Find(tx, filter.Search, filter.Country, filter.IsArchived)))
                .Where(customer => Fits(filter, customer) && customer.Id > after).Select(customer => customer.Id).Order().Take(limit)];
        return [.. (await CustomerRows.Read(tx, ids)).Values.OrderBy(detail => detail.Customer.Id)];
    }, stop);

    /// <summary>Only among those of the archive, or only among the others; who was merged is neither.</summary>
    static string Where(CustomerFilter filter, DynamicParameters values)
    {
        var where = new List<string> { filter.IsArchived ? "archived_at is not null and merged_into is null" : "archived_at is null" };
        void Add(string condition, string name, object? value)
        {
            if (value is null) return;
            where.Add(condition);
            values.Add(name, value);
        }

        Add("segment = @segment", "segment", filter.Segment);
        if (filter.Owner == CustomerFilter.Nobody) where.Add("owner is null");
        else Add("owner = @owner", "owner", filter.Owner);
        Add("kind = @kind", "kind", filter.Kind?.ToString());
        if (filter.CreditStop is { } stop) where.Add(stop ? "credit_stop <> 0" : "credit_stop = 0");
        return string.Join(" and ", where);
    }

    /// <summary>The same answer as the database gives.</summary>
    static bool Fits(CustomerFilter filter, Customer customer) =>
        (customer.ArchivedAt is not null) == filter.IsArchived
        && (filter.Segment is null || filter.Segment == customer.Segment)
        && (filter.Owner is null || filter.Owner == (customer.Owner ?? CustomerFilter.Nobody))
        && (filter.Kind is null || filter.Kind == customer.Kind)
        && (filter.CreditStop is null || filter.CreditStop == customer.CreditStop);

    static async Task<IReadOnlyList<CustomerItem>> Items(Tx tx, IReadOnlyList<Customer> customers)
    {
        List<object?[]> ids = [.. customers.Select(customer => new object?[] { customer.Id })];
        var numbers = customers.Select(_ => new List<CustomerNumber>()).ToList();
        var (counts, vehicles) = (new long[customers.Count], new long[customers.Count]);
        await tx.QueryMany($"select id, number, extension, label from customer_numbers where customer_id = @id and until is null order by id limit {NumbersShown}", ["id"], ids,
            (i, row) => numbers[i].Add(new CustomerNumber(row.Long(0), row.Text(1), row.IsNull(2) ? null : row.Text(2), row.IsNull(3) ? null : row.Text(3))));
        await tx.QueryMany("select count(*) from customer_numbers where customer_id = @id", ["id"], ids, (i, row) => counts[i] = row.Long(0));
        await tx.QueryMany("select count(*) from customer_vehicles where customer_id = @id", ["id"], ids, (i, row) => vehicles[i] = row.Long(0));
        return [.. customers.Select((customer, i) => new CustomerItem(customer, numbers[i], counts[i], vehicles[i]))];
    }

    static string Order(CustomerOrder order) => order switch
    {
        CustomerOrder.Name => "name_key, id",
        CustomerOrder.Changed => "changed_at desc, id desc",
        CustomerOrder.Newest => "id desc",
        _ => throw new InvalidOperationException($"No order for {order}."),
    };
}
