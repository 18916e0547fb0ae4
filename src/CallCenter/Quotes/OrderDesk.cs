using CallCenter.Audit;
using CallCenter.Calls;
using CallCenter.Recovery;
using CallCenter.Storage;
using CallCenter.Teams;

namespace CallCenter.Quotes;

/// <summary>What people do with orders.</summary>
sealed class OrderDesk(Db db, QuoteBook book, QuoteDesk quotes, SalesLedger ledger, CaseDesk cases, Personnel personnel, AuditLog audit, TimeProvider clock)
{
    /// <summary>Orders what a quote offers; a draft is told to the customer by it.</summary>
    /// <param name="quantities">By the line's id; null for all that is left.</param>
    /// <param name="person">Who is credited with it; null for a program.</param>
    /// <exception cref="Refusal">It is not to be had any more, or there is not so much left.</exception>
    public Task<Order> Place(long quote, IReadOnlyDictionary<string, decimal>? quantities, string? person, Actor by, CancellationToken stop = default) => db.Write(async tx =>
    {
        await QuoteBook.TakeBothTurns(tx);
        var found = await QuoteBook.Get(tx, quote);
        var told = found.Status == QuoteStatus.Draft ? await quotes.Present(tx, found) : found;
        quantities ??= told.Lines.Where(line => line.Remaining > 0).ToDictionary(line => line.Id, line => line.Remaining);
        var now = clock.GetUtcNow();
        var ordered = told.Order(quantities, now);
        await ledger.Save(tx, found, ordered, by);
        var order = await Add(tx, new Order
        {
            Quote = ordered.Id,
            Head = ordered.Head,
            Lines = [.. ordered.Lines.Where(line => quantities.ContainsKey(line.Id)).Select(line => new OrderLine(line, quantities[line.Id]))],
            Author = person,
            Credit = ordered.Credit,
        }, by);
        await audit.Note(tx, by, "quote.ordered", $"quote:{quote}", new { order = order.Number, ordered.Number });
        return order;
    }, stop);

    /// <summary>An order of what stands in no quote.</summary>
    public Task<Order> Place(SaleHead head, IReadOnlyList<OrderLine> lines, string? person, Actor by, CancellationToken stop = default) => db.Write(async tx =>
    {
        await QuoteBook.TakeBothTurns(tx);
        return await Add(tx, new Order { Head = head, Lines = lines, Author = person, Credit = await ledger.Infer(tx, head.Customer, person, clock.GetUtcNow()) }, by);
    }, stop);

    /// <summary>It went a step further, or was cancelled: then what stood in it can be ordered again from its quote.</summary>
    public Task<Order> Move(long id, OrderStatus to, Actor by, CancellationToken stop = default) => db.Write(async tx =>
    {
        await QuoteBook.TakeTurn(tx);
        var found = await QuoteBook.GetOrder(tx, id);
        var now = clock.GetUtcNow();
        var moved = found.Move(to, now);
        if (moved == found) return found;
        if (to == OrderStatus.Cancelled) await ledger.TakeBack(tx, found, now, by);
        await audit.Note(tx, by, "order.moved", $"order:{id}", new { found.Number, before = found.Status, after = to });
        return await book.Save(tx, moved, by, withLines: false);
    }, stop);

    /// <summary>Somebody says which call an order comes of that has no quote; with a quote it goes as that does.</summary>
    /// <param name="call">Null: of none.</param>
    /// <exception cref="Refusal">There is no such call, or it is not his to see.</exception>
    public Task<Order> Credit(CallScope scope, long id, long? call, string? person, Actor by, CancellationToken stop = default) => db.Write(async tx =>
    {
        await QuoteBook.TakeTurn(tx);
        var found = await QuoteBook.GetOrder(tx, id);
        if (found.Quote is not null) throw new Refusal(RefusalKind.Conflict, "order.of-quote", found.Number);
        var credit = await quotes.NewCredit(tx, scope, found.Credit, call, person);
        if (credit == found.Credit) return found;
        await audit.Note(tx, by, "order.credited", $"order:{id}", new { before = found.Credit?.Call, after = credit.Call });
        return await book.Save(tx, found with { Credit = credit }, by, withLines: false);
    }, stop);

    async Task<Order> Add(Tx tx, Order order, Actor by)
    {
        var now = clock.GetUtcNow();
        order.Checked();
        var placed = order with
        {
            Id = await QuoteBook.NextId(tx),
            Number = await QuoteBook.NextOrderNumber(tx, (await QuoteSettings.Read(tx)).Today(now).Year),
            Status = OrderStatus.Placed,
            Team = QuoteDesk.TeamOf(personnel, order.Author, now),
            CreatedAt = now,
        };
        await audit.Note(tx, by, "order.placed", $"order:{placed.Id}", new { placed.Number, quote = placed.Quote });
        await cases.End(tx, placed.Head.Customer, placed.Credit?.Call, CaseEnd.Ordered, placed.Author, by);
        return await book.Save(tx, placed, by, withLines: true);
    }
}
