using CallCenter.Audit;
using CallCenter.Calls;
using CallCenter.Customers;
using CallCenter.Storage;
using CallCenter.Teams;

namespace CallCenter.Quotes;

/// <summary>
/// Which call led to which quote and order (product.md C.5), kept in the transaction that changes the calls: a draft follows the
/// customer of its call, what one call turned out to be part of is credited to the whole, and what nobody linked is inferred.
/// </summary>
sealed class SalesLedger(Personnel personnel, QuoteBook book, TimeProvider clock) : ICallWitness, IMergeFollower
{
    /// <summary>What is made so long after a call, for the same customer by who talked to him, is taken to come of it.</summary>
    public static readonly TimeSpan Afterwards = TimeSpan.FromMinutes(15);

    /// <summary>No call lasts longer than this, so that nobody looks further back.</summary>
    static readonly TimeSpan CallMax = TimeSpan.FromHours(12);

    const int CallsMax = 50;

    public async Task Record(Tx tx, IReadOnlyList<CallChange> changes)
    {
        var quotes = new HashSet<long>();
        var orders = new HashSet<long>();
        var told = changes.Where(change => !change.IsNew && (change.Before is not { } was || Telling(was) != Telling(change.After) || change.After.MergedInto is not null)).ToList();
        List<object?[]> calls = [.. told.Select(change => new object?[] { change.After.Id })];

        var now = clock.GetUtcNow();
        List<object?[]> windows = [.. changes.Select(change => change.After).Where(call => call is { CustomerId: not null, AnsweredAt: not null, MergedInto: null })
            .Select(call => new object?[] { call.CustomerId, call.AnsweredAt!.Value.ToUnixTimeMilliseconds(), ((call.EndedAt ?? now) + Afterwards).ToUnixTimeMilliseconds() })];
        const string Inferable = "customer_id = @customer and created_at >= @since and created_at <= @until and (call_link is null or call_link = 'Inferred')";
        void AddQuote(int _, IRow row) => quotes.Add(row.Long(0));
        void AddOrder(int _, IRow row) => orders.Add(row.Long(0));
        await tx.QueryAll(
            new("select id from quotes where draft_of = @id", ["id"], calls, AddQuote),
            new("select id from quotes where call_id = @id", ["id"], calls, AddQuote),
            new("select id from orders where call_id = @id and quote_id is null", ["id"], calls, AddOrder),
            new($"select id from quotes where {Inferable}", ["customer", "since", "until"], windows, AddQuote),
            new($"select id from orders where {Inferable} and quote_id is null", ["customer", "since", "until"], windows, AddOrder));
        if (quotes.Count + orders.Count == 0) return;

        await QuoteBook.TakeTurn(tx);
        var after = new Dictionary<long, Call>();
        foreach (var change in changes) after[change.After.Id] = change.After;
        foreach (var quote in await QuoteBook.Find(tx, [.. quotes]))
        {
            var moved = quote.DraftOf is { } draftOf && after.TryGetValue(draftOf, out var call) ? await Follow(tx, quote, call) : quote;
            moved = moved with { Credit = await CreditOf(tx, moved.Credit, after, moved.Head.Customer, moved.Author, moved.CreatedAt) };
            if (moved != quote) await Save(tx, quote, moved, Actor.Server);
        }

        foreach (var order in await QuoteBook.FindOrders(tx, [.. orders]))
        {
            var credit = await CreditOf(tx, order.Credit, after, order.Head.Customer, order.Author, order.CreatedAt);
            if (credit != order.Credit) await book.Save(tx, order with { Credit = credit }, Actor.Server, withLines: false);
        }
    }

    /// <summary>Quotes and orders of a customer who turned out to be another.</summary>
    public async Task Hand(Tx tx, long from, long to)
    {
        await QuoteBook.TakeTurn(tx);
        foreach (var quote in await QuoteBook.Find(tx, await tx.List<long>("select id from quotes where customer_id = @from", new { from })))
            await Save(tx, quote, quote with { Head = quote.Head with { Customer = to } }, Actor.Server);
        foreach (var order in await QuoteBook.FindOrders(tx, await tx.List<long>("select id from orders where customer_id = @from", new { from })))
            await book.Save(tx, order with { Head = order.Head with { Customer = to } }, Actor.Server, withLines: false);
    }

    /// <summary>Saves a quote; orders that take from it are credited to the same call.</summary>
    public async Task<Quote> Save(Tx tx, Quote? before, Quote after, Actor by)
    {
        var saved = await book.Save(tx, before, after, by);
        if (before is null || before.Credit == after.Credit) return saved;
        foreach (var order in await QuoteBook.FindOrders(tx, await tx.List<long>("select id from orders where quote_id = @Id", new { after.Id })))
            await book.Save(tx, order with { Credit = after.Credit }, by, withLines: false);
        return saved;
    }

    /// <summary>An order is cancelled: what it took from its quote can be ordered again.</summary>
    public async Task TakeBack(Tx tx, Order order, DateTimeOffset now, Actor by)
    {
        var taken = order.Lines.Where(line => line.From is not null).ToDictionary(line => line.From!, line => line.Quantity);
        if (order.Quote is { } from && taken.Count > 0 && await QuoteBook.Find(tx, from) is { } quote) await Save(tx, quote, quote.TakeBack(taken, now), by);
    }

    /// <summary>The call that something new is inferred to come of: of several the one that was answered last.</summary>
    /// <returns>Null when there is none.</returns>
    public async Task<CallCredit?> Infer(Tx tx, long? customer, string? author, DateTimeOffset made)
    {
        if (customer is null || author is null) return null;
        var values = new { customer, since = (made - CallMax).ToUnixTimeMilliseconds(), made = made.ToUnixTimeMilliseconds(), ended = (made - Afterwards).ToUnixTimeMilliseconds() };
        var rows = new List<CallRow>();
        // Calls in progress and history, each from its own index.
        foreach (var part in (string[])["ended_at is null", "ended_at is not null and ended_at >= @ended"])
            rows.AddRange(await tx.List<CallRow>(
                $"""
                select {CallRow.Columns} from calls where customer_id = @customer and started_at >= @since and started_at <= @made and answered_at <= @made and {part} and version > 0
                order by started_at desc, id desc limit {CallsMax}
                """, values));
        return rows.ConvertAll(row => row.ToCall()).Where(call => WhoTalked(personnel.Now, call).Contains(author)).OrderByDescending(call => call.AnsweredAt).ThenByDescending(call => call.Id).FirstOrDefault() is { } found
            ? new CallCredit(found.Id, CallLink.Inferred, made, null) : null;
    }

    /// <summary>A call that turned out to be part of another takes its draft along, unless that one has its own.</summary>
    static async Task<Quote> Follow(Tx tx, Quote draft, Call call)
    {
        if (call.MergedInto is not { } into) return draft.Follow(call.CustomerId);
        var isTaken = await tx.One<long>("select count(*) from quotes where draft_of = @into", new { into }) > 0;
        var customer = await tx.Maybe<long?>("select customer_id from calls where id = @into", new { into });
        return draft.Follow(customer) with { DraftOf = isTaken ? null : into };
    }

    async Task<CallCredit?> CreditOf(Tx tx, CallCredit? credit, Dictionary<long, Call> changed, long? customer, string? author, DateTimeOffset made) => credit switch
    {
        { Link: CallLink.Explicit or CallLink.Manual, Call: { } id } => changed.GetValueOrDefault(id)?.MergedInto is { } into ? credit with { Call = into } : credit,
        { Link: CallLink.Refused } => credit,
        _ => await Infer(tx, customer, author, made),
    };

    /// <summary>All that quotes depend on in a call.</summary>
    static (long?, DateTimeOffset?, DateTimeOffset?, string?) Telling(Call call) => (call.CustomerId, call.AnsweredAt, call.EndedAt, call.Operator);

    /// <summary>Ids of our people who spoke with the customer, not of those whose telephones only rang.</summary>
    static IEnumerable<string> WhoTalked(Roster roster, Call call)
    {
        if (call.AnsweredAt is not { } answered) yield break;
        if (call.Operator is { } name && roster.UserOf(call.Connection, name, answered) is { } first) yield return first;
        foreach (var attempt in call.Attempts)
            if (attempt.AnsweredAt is { } at && (call.Direction != Direction.Outbound || attempt.Role != LegRole.Outside) && roster.UserOf(call.Connection, attempt.Operator, at) is { } person)
                yield return person;
    }
}
