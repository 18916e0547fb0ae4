using CallCenter.Audit;
using CallCenter.Calls;
using CallCenter.Storage;

namespace CallCenter.Quotes;

/// <summary>Keeps quotes and orders with their lines; whoever changes one does it in a turn of its own.</summary>
sealed class QuoteBook(QuoteBoard board, TimeProvider clock)
{
    const string QuoteNumbers = "P", OrderNumbers = "PD";

    /// <summary>From here to the commit nobody else changes quotes or orders, so what is read is what is changed.</summary>
    public static Task TakeTurn(Tx tx) => tx.TakeTurn("sale_version");

    /// <summary>The same, and calls and their cases stand still too: their turn comes first, because who saves calls takes both in this order.</summary>
    public static async Task TakeBothTurns(Tx tx)
    {
        await CallLog.TakeTurn(tx);
        await TakeTurn(tx);
    }

    public static async Task<Quote> Get(Tx tx, long id) => await Find(tx, id) ?? throw new Refusal(RefusalKind.NotFound, "quote.unknown", id);

    public static async Task<Quote?> Find(Tx tx, long id) => (await Find(tx, [id])).FirstOrDefault();

    /// <summary>Those there are, in the order asked for.</summary>
    public static async Task<IReadOnlyList<Quote>> Find(Tx tx, IReadOnlyList<long> ids)
    {
        var (found, lines) = (new List<Quote>(), ids.Distinct().ToDictionary(id => id, _ => new List<QuoteLine>()));
        await tx.QueryMany($"select {SaleRow.QuoteColumns} from quotes where id = @id", ["id"], Each(ids), (_, row) => found.Add(SaleRow.ReadQuote(row)));
        await tx.QueryMany($"select {SaleRow.QuoteLineColumns} from quote_lines where quote_id = @id order by place", ["id"], Each([.. lines.Keys]), (_, row) =>
        {
            var (quote, line) = SaleRow.ReadQuoteLine(row);
            lines[quote].Add(line);
        });
        return found.ConvertAll(quote => quote with { Lines = lines[quote.Id] });
    }

    public static async Task<Order> GetOrder(Tx tx, long id) => (await FindOrders(tx, [id])).FirstOrDefault() ?? throw new Refusal(RefusalKind.NotFound, "order.unknown", id);

    public static async Task<IReadOnlyList<Order>> FindOrders(Tx tx, IReadOnlyList<long> ids)
    {
        var (found, lines) = (new List<Order>(), ids.Distinct().ToDictionary(id => id, _ => new List<OrderLine>()));
        await tx.QueryMany($"select {SaleRow.OrderColumns} from orders where id = @id", ["id"], Each(ids), (_, row) => found.Add(SaleRow.ReadOrder(row)));
        await tx.QueryMany($"select {SaleRow.OrderLineColumns} from order_lines where order_id = @id order by place", ["id"], Each([.. lines.Keys]), (_, row) =>
        {
            var (order, line) = SaleRow.ReadOrderLine(row);
            lines[order].Add(line);
        });
        return found.ConvertAll(order => order with { Lines = lines[order.Id] });
    }

    public static Task<long> NextId(Tx tx) => Next(tx, "sales");

    /// <summary>The next number of the year; one that a transaction did not use after all is the next one's.</summary>
    public static Task<string> NextQuoteNumber(Tx tx, int year) => NextNumber(tx, QuoteNumbers, year);

    public static Task<string> NextOrderNumber(Tx tx, int year) => NextNumber(tx, OrderNumbers, year);

    /// <param name="before">As it was read in this turn; null for a new one.</param>
    public async Task<Quote> Save(Tx tx, Quote? before, Quote after, Actor by)
    {
        // What follows by a rule is nobody's writing: who wrote last stays who wrote last.
        after = after with { Version = await Next(tx, "sale_version"), ChangedAt = clock.GetUtcNow(), ChangedBy = by == Actor.Server && before is not null ? before.ChangedBy : by.Id };
        await tx.Insert(SaleRow.UpsertQuote, [SaleRow.Values(after)]);
        var were = (before?.Lines ?? []).Select((line, place) => (line, place)).ToDictionary(one => one.line.Id);
        var changed = after.Lines.Select((line, place) => (line, place)).Where(one => !were.TryGetValue(one.line.Id, out var was) || was != one);
        var gone = were.Keys.Except(after.Lines.Select(line => line.Id)).ToList();
        await tx.RunMany("delete from quote_lines where id = @id", ["id"], gone.ConvertAll(id => new object?[] { id }));
        await tx.Insert(SaleRow.UpsertQuoteLine, [.. changed.Select(one => SaleRow.Values(one.line, after.Id, one.place))]);
        await Tell(tx);
        return after;
    }

    /// <param name="withLines">Its lines are written too, in place of what lines it had; else they stay.</param>
    public async Task<Order> Save(Tx tx, Order order, Actor by, bool withLines)
    {
        order = order with { Version = await Next(tx, "sale_version"), ChangedAt = clock.GetUtcNow(), ChangedBy = by.Id };
        await tx.Insert(SaleRow.UpsertOrder, [SaleRow.Values(order)]);
        if (withLines)
        {
            await tx.Run("delete from order_lines where order_id = @Id", new { order.Id });
            await tx.Insert(SaleRow.InsertOrderLine, [.. order.Lines.Select((line, place) => SaleRow.Values(line, order.Id, place))]);
        }

        await Tell(tx);
        return order;
    }

    async Task Tell(Tx tx)
    {
        tx.Announce(board.Tell);
        await tx.Notify(QuoteBoard.Told);
    }

    static async Task<string> NextNumber(Tx tx, string kind, int year)
    {
        var next = await tx.One<long>(
            "insert into sale_numbers (kind, year, next) values (@kind, @year, 2) on conflict (kind, year) do update set next = sale_numbers.next + 1 returning next", new { kind, year });
        return $"{kind}-{year:0000}-{next - 1:000000}";
    }

    static async Task<long> Next(Tx tx, string counter) => await tx.One<long>("update counters set next = next + 1 where name = @counter returning next", new { counter }) - 1;

    static List<object?[]> Each(IReadOnlyList<long> ids) => [.. ids.Select(id => new object?[] { id })];
}
