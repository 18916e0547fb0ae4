using CallCenter.Storage;
using Dapper;

namespace CallCenter.Quotes;

public enum SaleOrder
{
    Newest,
    Oldest,

    /// <summary>The dearest first.</summary>
    Total,

    /// <summary>Of quotes: whose last day comes first.</summary>
    Validity,
}

/// <summary>Which quotes or orders somebody asks for. All conditions hold together; null asks for nothing.</summary>
/// <param name="Statuses">Names of <see cref="QuoteStatus"/> or <see cref="OrderStatus"/>; null for all but discarded drafts.</param>
/// <param name="From">Begun at or after.</param>
/// <param name="Until">Begun before.</param>
/// <param name="Brand">One of its lines is of that brand.</param>
/// <param name="Author">A person's id.</param>
/// <param name="Text">In a number, a plate, a reference, the name of the customer or of who asked.</param>
/// <param name="Call">The call that it is credited to.</param>
/// <param name="ChangedAfter">A version: those that changed later, in the order in which they did.</param>
public sealed record SaleFilter(
    IReadOnlyList<string>? Statuses = null, DateTimeOffset? From = null, DateTimeOffset? Until = null, long? Customer = null, string? Brand = null, string? Author = null, string? Text = null,
    long? Call = null, long? Quote = null, string? System = null, string? ExternalId = null, long? ChangedAfter = null);

/// <summary>A quote or an order with what its customer is called.</summary>
public sealed record Named<T>(T Sale, string? Customer);

/// <summary>What a customer has been offered and what is on its way to him.</summary>
/// <param name="Open">Told and not expired, the next to expire first.</param>
/// <param name="Orders">Not delivered yet, the newest first.</param>
public sealed record CustomerSalesNow(IReadOnlyList<Quote> Open, IReadOnlyList<Order> Orders, DateOnly Today);

/// <summary>Reads quotes and orders. They are the house's: everybody who uses the call center sees all.</summary>
sealed class QuoteList(Db db, TimeProvider clock)
{
    public const int PageMax = 200;
    const int ChoicesMax = 200;

    public Task<(IReadOnlyList<Named<Quote>> Quotes, long Total)> Quotes(SaleFilter filter, SaleOrder order, int limit, int offset = 0, CancellationToken stop = default) => db.Read(async tx =>
    {
        var (ids, total) = await Ids(tx, "quotes", "quote_lines", "quote_id", filter, order, limit, offset);
        return (await WithNames(tx, await QuoteBook.Find(tx, ids), quote => quote.Head.Customer), total);
    }, stop);

    public Task<(IReadOnlyList<Named<Order>> Orders, long Total)> Orders(SaleFilter filter, SaleOrder order, int limit, int offset = 0, CancellationToken stop = default) => db.Read(async tx =>
    {
        var (ids, total) = await Ids(tx, "orders", "order_lines", "order_id", filter, order, limit, offset);
        return (await WithNames(tx, await QuoteBook.FindOrders(tx, ids), order => order.Head.Customer), total);
    }, stop);

    /// <summary>Null when there is none.</summary>
    public Task<Named<Quote>?> Find(long id, CancellationToken stop = default) => db.Read(async tx =>
        (await WithNames(tx, await QuoteBook.Find(tx, [id]), quote => quote.Head.Customer)).FirstOrDefault(), stop);

    public Task<Named<Order>?> FindOrder(long id, CancellationToken stop = default) => db.Read(async tx =>
        (await WithNames(tx, await QuoteBook.FindOrders(tx, [id]), order => order.Head.Customer)).FirstOrDefault(), stop);

    /// <summary>Ids of what has this number.</summary>
    public Task<(long? Quote, long? Order)> ByNumber(string number, CancellationToken stop = default) => db.Read(async tx =>
    {
        number = number.Trim().ToUpperInvariant();
        return (await tx.Maybe<long?>("select id from quotes where number = @number", new { number }), await tx.Maybe<long?>("select id from orders where number = @number", new { number }));
    }, stop);

    public Task<CustomerSalesNow> OfCustomer(long customer, CancellationToken stop = default) => db.Read(async tx =>
    {
        var open = await tx.List<long>($"select id from quotes where customer_id = @customer and status in ('Sent', 'Accepted') order by valid_until, id limit {PageMax}", new { customer });
        var orders = await tx.List<long>($"select id from orders where customer_id = @customer and status in ('Placed', 'BackOrdered', 'Shipped') order by created_at desc, id desc limit {PageMax}", new { customer });
        return new CustomerSalesNow(await QuoteBook.Find(tx, open), await QuoteBook.FindOrders(tx, orders), (await QuoteSettings.Read(tx)).Today(clock.GetUtcNow()));
    }, stop);

    /// <summary>What lists can be narrowed by: brands and authors of what there is.</summary>
    public Task<(List<string> Brands, List<string> Authors)> Choices(bool ofOrders, CancellationToken stop = default) => db.Read(async tx => (
        await tx.List<string>($"select distinct brand from {(ofOrders ? "order_lines" : "quote_lines")} where brand <> '' order by brand limit {ChoicesMax}"),
        await tx.List<string>($"select distinct author from {(ofOrders ? "orders" : "quotes")} where author is not null limit {ChoicesMax}")), stop);

    public Task<QuoteSettings> Settings(CancellationToken stop = default) => db.Read(QuoteSettings.Read, stop);

    static async Task<(IReadOnlyList<long> Ids, long Total)> Ids(Tx tx, string table, string lines, string key, SaleFilter filter, SaleOrder order, int limit, int offset)
    {
        var (where, values) = (new List<string> { "1 = 1" }, new DynamicParameters());
        void Add(string condition, string name, object? value)
        {
            if (value is null) return;
            where.Add(condition);
            values.Add(name, value);
        }

        if (filter.Statuses is { } statuses)
        {
            for (var i = 0; i < statuses.Count; i++) values.Add($"status{i}", statuses[i]);
            where.Add(statuses.Count == 0 ? "1 = 0" : $"status in ({string.Join(", ", statuses.Select((_, i) => $"@status{i}"))})");
        }
        else where.Add("status <> 'Discarded'");
        Add("created_at >= @from", "from", filter.From?.ToUnixTimeMilliseconds());
        Add("created_at < @until", "until", filter.Until?.ToUnixTimeMilliseconds());
        Add("customer_id = @customer", "customer", filter.Customer);
        Add("author = @author", "author", filter.Author);
        Add("call_id = @call", "call", filter.Call);
        if (table == "orders") Add("quote_id = @quote", "quote", filter.Quote);
        Add("system = @system", "system", filter.System);
        Add("external_id = @external", "external", filter.ExternalId);
        Add("version > @changed", "changed", filter.ChangedAfter);
        Add($"exists (select 1 from {lines} l where l.{key} = {table}.id and l.brand = @brand)", "brand", filter.Brand);
        Add($"""
            (lower(coalesce(number, '')) like @text escape '\' or lower(plate) like @text escape '\' or lower(vin) like @text escape '\' or lower(requested_by) like @text escape '\'
            or lower(request_number) like @text escape '\' or lower(coalesce(external_id, '')) like @text escape '\'
            or exists (select 1 from customers c where c.id = customer_id and lower(c.name) like @text escape '\')
            or exists (select 1 from {lines} l where l.{key} = {table}.id and lower(l.reference) like @text escape '\'))
            """, "text", filter.Text is { } text ? $"%{Escaped(text.ToLowerInvariant())}%" : null);
        var conditions = string.Join(" and ", where);
        var total = await tx.One<long>($"select count(*) from {table} where {conditions}", values);
        return (await tx.List<long>($"select id from {table} where {conditions} order by {(filter.ChangedAfter is null ? By(order) : "version")} limit {Math.Clamp(limit, 1, PageMax)} offset {Math.Max(0, offset)}", values), total);
    }

    static string By(SaleOrder order) => order switch
    {
        SaleOrder.Newest => "created_at desc, id desc",
        SaleOrder.Oldest => "created_at, id",
        SaleOrder.Total => "total_cents desc, id desc",
        SaleOrder.Validity => "valid_until, id",
        _ => throw new InvalidOperationException($"No order for {order}."),
    };

    static string Escaped(string text) => text.Replace(@"\", @"\\").Replace("%", @"\%").Replace("_", @"\_");

    static async Task<IReadOnlyList<Named<T>>> WithNames<T>(Tx tx, IReadOnlyList<T> sales, Func<T, long?> customerOf)
    {
        var names = new Dictionary<long, string>();
        await tx.QueryMany("select id, name from customers where id = @id", ["id"], [.. sales.Select(customerOf).OfType<long>().Distinct().Select(id => new object?[] { id })], (_, row) => names[row.Long(0)] = row.Text(1));
        return [.. sales.Select(sale => new Named<T>(sale, customerOf(sale) is { } id ? names.GetValueOrDefault(id) : null))];
    }
}
