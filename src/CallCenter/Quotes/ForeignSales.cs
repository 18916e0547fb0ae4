using CallCenter.Audit;
using CallCenter.Customers;
using CallCenter.Recovery;
using CallCenter.Storage;
using CallCenter.Teams;

namespace CallCenter.Quotes;

/// <summary>
/// Quotes and orders that another system keeps, such as a company's ERP: put in by what it calls them, as often as it likes. The same
/// again changes nothing. How they stand is what that system says; here they count, are found with the customer, and are credited to calls like all others.
/// </summary>
sealed class ForeignSales(Db db, QuoteBook book, SalesLedger ledger, CaseDesk cases, Personnel personnel, AuditLog audit, TimeProvider clock)
{
    const int IdMax = 100;

    /// <exception cref="Refusal">Something in it cannot be, or somebody in it is not known.</exception>
    public Task<(Quote Quote, bool IsNew)> Put(ExternalId id, QuoteWish wish, Actor by, CancellationToken stop = default) => db.Write(async tx =>
    {
        await QuoteBook.TakeBothTurns(tx);
        var (before, after) = await Decide(tx, id, wish);
        return (await Save(tx, before, after, by), before is null);
    }, stop);

    /// <exception cref="Refusal">Something in it cannot be, or somebody in it is not known.</exception>
    public Task<(Order Order, bool IsNew)> Put(ExternalId id, OrderWish wish, Actor by, CancellationToken stop = default) => db.Write(async tx =>
    {
        await QuoteBook.TakeBothTurns(tx);
        var (before, after) = await Decide(tx, id, wish);
        return (await Save(tx, before, after, by), before is null);
    }, stop);

    /// <summary>What it would come to; nothing is written.</summary>
    /// <returns>Before is null for a new one.</returns>
    /// <exception cref="Refusal">Something in it cannot be, or somebody in it is not known.</exception>
    internal async Task<(Quote? Before, Quote After)> Decide(Tx tx, ExternalId id, QuoteWish wish)
    {
        var external = Checked(id);
        var before = await tx.Maybe<long?>("select id from quotes where system = @System and external_id = @Id", external) is { } known ? await QuoteBook.Get(tx, known) : null;
        var (now, settings, customer) = (clock.GetUtcNow(), await QuoteSettings.Read(tx), await CustomerOf(tx, wish));
        var found = before ?? New(external, wish, wish.CreatedAt ?? now, settings);
        return (before, found.With(new QuoteContent(wish.Over(found.Head, customer), wish.ValidUntil ?? found.ValidUntil, LinesOf(found, wish))).Stand(wish.Status ?? found.Status, wish.Reason ?? found.Reason, settings.Today(now), now));
    }

    /// <inheritdoc cref="Decide(Tx, ExternalId, QuoteWish)"/>
    internal async Task<(Order? Before, Order After)> Decide(Tx tx, ExternalId id, OrderWish wish)
    {
        var external = Checked(id);
        var before = await tx.Maybe<long?>("select id from orders where system = @System and external_id = @Id", external) is { } known ? await QuoteBook.GetOrder(tx, known) : null;
        var (now, customer) = (clock.GetUtcNow(), await CustomerOf(tx, wish));
        return (before, before is null ? await New(tx, external, wish, customer, now) : Changed(before, wish, customer, now));
    }

    /// <summary>In the turns in which it was decided.</summary>
    internal async Task<Quote> Save(Tx tx, Quote? before, Quote after, Actor by)
    {
        if (IsSame(before, after)) return before!;
        if (before is null) after = after with { Id = await QuoteBook.NextId(tx), Credit = await ledger.Infer(tx, after.Head.Customer, after.Author, after.CreatedAt) };
        var isTold = after.Status is not (QuoteStatus.Draft or QuoteStatus.Discarded);
        if (isTold && after.Number is null)
        {
            var told = before is null ? after.CreatedAt : clock.GetUtcNow();
            after = after with { Number = await QuoteBook.NextQuoteNumber(tx, (await QuoteSettings.Read(tx)).Today(told).Year), NumberedAt = told };
            await cases.End(tx, after.Head.Customer, after.Credit?.Call, CaseEnd.Quoted, after.Author, by, missedUntil: told);
        }

        await audit.Note(tx, by, before is null ? "quote.begun" : "quote.written", $"quote:{after.Id}", new { external = after.External, before = before?.Status, after = after.Status });
        return await ledger.Save(tx, before, after, by);
    }

    /// <inheritdoc cref="Save(Tx, Quote?, Quote, Actor)"/>
    internal Task<Order> Save(Tx tx, Order? before, Order after, Actor by) => before is null ? Add(tx, after, by) : Change(tx, before, after, by);

    internal static bool IsSame(Quote? before, Quote after) => before is not null && QuoteDesk.IsSame(before, after);

    internal static bool IsSame(Order? before, Order after) => before is not null && after with { Lines = before.Lines } == before && after.Lines.SequenceEqual(before.Lines);

    /// <summary>What is not said of how long it holds follows from when it was made, so that one of long ago is over.</summary>
    Quote New(ExternalId external, QuoteWish wish, DateTimeOffset created, QuoteSettings settings)
    {
        var author = wish.Author is null ? null : PersonOf(wish.Author);
        return new Quote
        {
            Head = new SaleHead(),
            IsCustomerChosen = true,
            ValidUntil = settings.Today(created).AddDays(settings.ValidDays),
            Status = QuoteStatus.Sent,
            Author = author,
            Team = author is null ? null : QuoteDesk.TeamOf(personnel, author, created),
            External = external,
            CreatedAt = created,
        };
    }

    async Task<Order> New(Tx tx, ExternalId external, OrderWish wish, long? customer, DateTimeOffset now)
    {
        var (created, author) = (wish.CreatedAt ?? now, wish.Author is null ? null : PersonOf(wish.Author));
        var order = new Order
        {
            Head = wish.Over(new SaleHead(), customer),
            Lines = [.. (wish.Lines ?? []).Select(line => line.Over(new OrderLine()))],
            Author = author,
            Team = QuoteDesk.TeamOf(personnel, author, created),
            External = external,
            CreatedAt = created,
        };
        if (await QuoteOf(tx, external.System, wish) is { } quote)
            order = order with { Quote = quote.Id, Credit = quote.Credit, Head = order.Head with { Customer = order.Head.Customer ?? quote.Head.Customer }, Lines = TakenFrom(quote, order.Lines) };
        return order.Checked().Stand(wish.Status ?? OrderStatus.Placed, now);
    }

    async Task<Order> Add(Tx tx, Order order, Actor by)
    {
        var taken = order.Lines.Where(line => line.From is not null).ToDictionary(line => line.From!, line => line.Quantity);
        if (taken.Count > 0 && await QuoteBook.Get(tx, order.Quote!.Value) is var quote) await ledger.Save(tx, quote, quote.Order(taken, clock.GetUtcNow()), by);
        if (order.Quote is null) order = order with { Credit = await ledger.Infer(tx, order.Head.Customer, order.Author, order.CreatedAt) };
        order = order with { Id = await QuoteBook.NextId(tx), Number = await QuoteBook.NextOrderNumber(tx, (await QuoteSettings.Read(tx)).Today(order.CreatedAt).Year) };
        await audit.Note(tx, by, "order.placed", $"order:{order.Id}", new { order.Number, quote = order.Quote, external = order.External });
        if (order.Status != OrderStatus.Cancelled) await cases.End(tx, order.Head.Customer, order.Credit?.Call, CaseEnd.Ordered, order.Author, by, missedUntil: order.CreatedAt);
        return await book.Save(tx, order, by, withLines: true);
    }

    static Order Changed(Order before, OrderWish wish, long? customer, DateTimeOffset now)
    {
        var lines = wish.Lines is { } wished ? [.. wished.Select((line, i) => line.Over(i < before.Lines.Count ? before.Lines[i] : new OrderLine()))] : before.Lines;
        if (before.Lines.Any(line => line.From is not null) && !lines.SequenceEqual(before.Lines)) throw new Refusal(RefusalKind.Conflict, "order.lines-of-quote", before.Number);
        return (before with { Head = wish.Over(before.Head, customer), Lines = lines }).Checked().Stand(wish.Status ?? before.Status, now);
    }

    async Task<Order> Change(Tx tx, Order before, Order after, Actor by)
    {
        if (IsSame(before, after)) return before;
        if (after.Status == OrderStatus.Cancelled && before.Status != OrderStatus.Cancelled) await ledger.TakeBack(tx, before, clock.GetUtcNow(), by);
        await audit.Note(tx, by, "order.moved", $"order:{before.Id}", new { before.Number, before = before.Status, after = after.Status });
        return await book.Save(tx, after, by, withLines: !after.Lines.SequenceEqual(before.Lines));
    }

    /// <summary>Lines of the same place stay the same line, so that what was ordered of them is known.</summary>
    static IReadOnlyList<QuoteLine> LinesOf(Quote found, QuoteWish wish)
    {
        if (wish.Lines is null) return found.Lines;
        List<QuoteLine> lines = [.. wish.Lines.Select((line, i) => line.Over(i < found.Lines.Count ? found.Lines[i] : new QuoteLine()))];
        var isTaken = found.Lines.Where((line, i) => line.Ordered > 0 && (i >= lines.Count || lines[i].Reference != line.Reference || lines[i].Brand != line.Brand || lines[i].Quantity < line.Ordered)).Any();
        return isTaken ? throw new Refusal(RefusalKind.Conflict, "quote.ordered", found.Name) : lines;
    }

    /// <summary>Each line takes from one of the quote with the same brand and reference, as far as there is enough left.</summary>
    static IReadOnlyList<OrderLine> TakenFrom(Quote quote, IReadOnlyList<OrderLine> lines)
    {
        if (!quote.IsToBeHad) return lines;
        var left = quote.Lines.Where(line => line.Remaining > 0).ToList();
        return [.. lines.Select(line =>
        {
            var from = left.Find(offered => Same(offered.Reference, line.Reference) && Same(offered.Brand, line.Brand) && offered.Remaining >= line.Quantity);
            if (from is null) return line;
            left.Remove(from);
            return line with { From = from.Id };
        })];

        static bool Same(string a, string b) => a.Equals(b, StringComparison.OrdinalIgnoreCase);
    }

    static async Task<Quote?> QuoteOf(Tx tx, string system, OrderWish wish)
    {
        if (wish.Quote is { } id) return await QuoteBook.Get(tx, id);
        if (wish.QuoteExternalId is not { } called) return null;
        return await tx.Maybe<long?>("select id from quotes where system = @system and external_id = @called", new { system, called }) is { } known
            ? await QuoteBook.Get(tx, known) : throw new Refusal(RefusalKind.NotFound, "quote.unknown", called);
    }

    /// <summary>Null when it is not said.</summary>
    static async Task<long?> CustomerOf(Tx tx, SaleWish wish)
    {
        if (wish.Customer is { } id)
            return await tx.Maybe<long?>("select coalesce(merged_into, id) from customers where id = @id", new { id }) ?? throw new Refusal(RefusalKind.NotFound, "customer.unknown", id);
        return wish.CustomerExternalId is { } external
            ? await tx.Maybe<long?>("select customer_id from customer_ids where system = @System and external_id = @Id", external) ?? throw new Refusal(RefusalKind.NotFound, "customer.unknown", $"{external.System}/{external.Id}")
            : null;
    }

    string PersonOf(string named) => personnel.Find(named)?.Id ?? throw new Refusal(RefusalKind.Invalid, "customer.no-such-person", named);

    static ExternalId Checked(ExternalId id)
    {
        var (system, external) = (id.System.Trim(), id.Id.Trim());
        if (system.Length == 0 || external.Length == 0) throw new Refusal(RefusalKind.Invalid, "customer.external-id");
        return Math.Max(system.Length, external.Length) <= IdMax ? new(system, external) : throw new Refusal(RefusalKind.Invalid, "customer.too-long", "external_id", IdMax);
    }
}
