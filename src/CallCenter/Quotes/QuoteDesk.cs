using CallCenter.Audit;
using CallCenter.Calls;
using CallCenter.Recovery;
using CallCenter.Storage;
using CallCenter.Teams;

namespace CallCenter.Quotes;

/// <summary>
/// What people do with quotes. Each step is decided on the quote as it stands in its turn, so of two who do something at the
/// same instant the second does it to what the first left, or is told; and each is written to the audit log.
/// </summary>
sealed class QuoteDesk(Db db, SalesLedger ledger, CaseDesk cases, Personnel personnel, ServerSettings settings, AuditLog audit, TimeProvider clock)
{
    /// <summary>Drafts in which nobody wrote anything are thrown away after so long.</summary>
    static readonly TimeSpan EmptyLasts = TimeSpan.FromDays(1);

    /// <summary>The one open draft of a call: begun by whoever asks first, and found by everybody who asks later and sees the call.</summary>
    /// <param name="person">Who is credited with it if it is begun now; null for a program.</param>
    /// <exception cref="Refusal">There is no such call, or it is not his to see.</exception>
    public Task<Quote> DraftFor(CallScope scope, long callId, string? person, Actor by, CancellationToken stop = default) => db.Write(async tx =>
    {
        await QuoteBook.TakeBothTurns(tx); // whose the call is does not change between the look and the draft
        var call = await Visible(tx, scope, callId);
        if (await tx.Maybe<long?>("select id from quotes where draft_of = @Id", new { call.Id }) is { } begun) return await QuoteBook.Get(tx, begun);
        var now = clock.GetUtcNow();
        return await Begin(tx, new SaleHead(call.CustomerId), person, by, draft => draft with { DraftOf = call.Id, Credit = new CallCredit(call.Id, CallLink.Explicit, now, person) });
    }, stop);

    /// <summary>A draft that no call was the beginning of; the call that it may come of is inferred.</summary>
    public Task<Quote> Draft(SaleHead head, string? person, Actor by, CancellationToken stop = default) => db.Write(async tx =>
    {
        await QuoteBook.TakeTurn(tx);
        head.Check();
        var credit = await ledger.Infer(tx, head.Customer, person, clock.GetUtcNow());
        return await Begin(tx, head, person, by, draft => draft with { IsCustomerChosen = head.Customer is not null, Credit = credit });
    }, stop);

    /// <summary>A new draft that offers the same to the same customer.</summary>
    public Task<Quote> Duplicate(long id, string? person, Actor by, CancellationToken stop = default) => db.Write(async tx =>
    {
        await QuoteBook.TakeTurn(tx);
        var like = await QuoteBook.Get(tx, id);
        var credit = await ledger.Infer(tx, like.Head.Customer, person, clock.GetUtcNow());
        return await Begin(tx, like.Head, person, by, draft => draft with
        {
            IsCustomerChosen = like.Head.Customer is not null,
            Credit = credit,
            Lines = [.. like.Lines.Select(line => line with { Id = Guid.CreateVersion7().ToString("n"), IsRejected = false, Ordered = 0 })],
        });
    }, stop);

    /// <summary>Keeps what somebody wrote in a draft, together with what others wrote there meanwhile.</summary>
    /// <param name="seen">What he had before him when he began to write.</param>
    /// <param name="mine">What it is to be.</param>
    /// <exception cref="Refusal">Somebody else changed the same, it is no draft any more, or something in it cannot be.</exception>
    public Task<Quote> Save(long id, QuoteContent seen, QuoteContent mine, Actor by, CancellationToken stop = default) => Change(id, by, null, async (tx, found) =>
    {
        // Whom a person chooses goes before whom the call found meanwhile.
        var theirs = found.IsCustomerChosen ? found.Content : found.Content with { Head = found.Head with { Customer = seen.Head.Customer } };
        if (!found.IsCustomerChosen && mine.Head.Customer == seen.Head.Customer) mine = mine with { Head = mine.Head with { Customer = found.Head.Customer } };
        var merged = found.Edit(QuoteMerge.Of(seen, mine, theirs) ?? throw new Refusal(RefusalKind.Conflict, "quote.changed-by-other", NameOf(found.ChangedBy)));
        // Who goes on with somebody else's draft is seen; each key that he presses is not.
        if (found.ChangedBy != by.Id) await audit.Note(tx, by, "quote.written", $"quote:{id}");
        return merged.Head.Customer != found.Head.Customer && merged.Credit is null or { Link: CallLink.Inferred }
            ? merged with { Credit = await ledger.Infer(tx, merged.Head.Customer, merged.Author, merged.CreatedAt) } : merged;
    }, stop);

    /// <summary>The customer is told: it gets a number, and its lines stay as they are. Nobody has to call him back any more.</summary>
    /// <param name="person">Who told him; null for a program.</param>
    public Task<Quote> Present(long id, string? person, Actor by, CancellationToken stop = default) => db.Write(async tx =>
    {
        await QuoteBook.TakeBothTurns(tx);
        var found = await QuoteBook.Get(tx, id);
        var presented = await Present(tx, found);
        if (IsSame(found, presented)) return found;
        await audit.Note(tx, by, "quote.sent", $"quote:{id}", new { presented.Number });
        await cases.End(tx, presented.Head.Customer, presented.Credit?.Call, CaseEnd.Quoted, person, by);
        return await ledger.Save(tx, found, presented, by);
    }, stop);

    public Task<Quote> Reopen(long id, Actor by, CancellationToken stop = default) => Change(id, by, "quote.reopened", found => found.Reopen(), stop);

    /// <param name="seen">Only as long as it is this version.</param>
    public Task<Quote> Accept(long id, Actor by, CancellationToken stop = default, long? seen = null) =>
        Change(id, by, "quote.accepted", found => MustBe(found, seen).Accept(clock.GetUtcNow()), stop);

    /// <param name="seen">Only as long as it is this version.</param>
    public Task<Quote> Reject(long id, RejectReason reason, Actor by, CancellationToken stop = default, long? seen = null) =>
        Change(id, by, "quote.rejected", found => MustBe(found, seen).Reject(reason, clock.GetUtcNow()), stop, new { reason });

    public Task<Quote> Discard(long id, Actor by, CancellationToken stop = default) => Change(id, by, "quote.discarded", found => found.Discard(clock.GetUtcNow()), stop);

    /// <summary>Somebody says which call it comes of, instead of what was known or inferred.</summary>
    /// <param name="call">Null: of none.</param>
    /// <exception cref="Refusal">There is no such call, or it is not his to see.</exception>
    public Task<Quote> Credit(CallScope scope, long id, long? call, string? person, Actor by, CancellationToken stop = default) => Change(id, by, null, async (tx, found) =>
    {
        var credit = await NewCredit(tx, scope, found.Credit, call, person);
        if (credit == found.Credit) return found;
        await audit.Note(tx, by, "quote.credited", $"quote:{id}", new { before = found.Credit?.Call, after = credit.Call });
        return found with
        {
            Credit = credit,
            DraftOf = found.DraftOf == credit.Call ? credit.Call : null,
        };
    }, stop);

    /// <summary>Decides what new quotes are like.</summary>
    /// <exception cref="Refusal">One of the settings makes no sense.</exception>
    public Task Settle(QuoteSettings wanted, Actor by, CancellationToken stop = default) => db.Write(async tx =>
    {
        var (before, after) = (await QuoteSettings.Read(tx), wanted.Checked());
        if (before == after) return;
        await settings.Set(tx, QuoteSettings.Name, after.ToText());
        await audit.Note(tx, by, "settings.quotes", "", new { before, after });
    }, stop);

    /// <summary>What somebody says, unless it is said already.</summary>
    internal async Task<CallCredit> NewCredit(Tx tx, CallScope scope, CallCredit? known, long? call, string? person)
    {
        var credited = call is { } wanted ? (await Visible(tx, scope, wanted)).Id : (long?)null;
        return known is { Link: not CallLink.Inferred } && known.Call == credited ? known : new CallCredit(credited, credited is null ? CallLink.Refused : CallLink.Manual, clock.GetUtcNow(), person);
    }

    /// <summary>Quotes whose last day is over, and drafts in which nobody wrote anything.</summary>
    /// <returns>How many; ask again while it is the limit.</returns>
    internal Task<int> Expire(int limit, CancellationToken stop) => db.Write(async tx =>
    {
        await QuoteBook.TakeTurn(tx);
        var now = clock.GetUtcNow();
        var today = (await QuoteSettings.Read(tx)).Today(now);
        var ids = await tx.List<long>($"select id from quotes where status = 'Sent' and valid_until < @today order by valid_until, id limit {limit}", new { today = SaleRow.DayOf(today) });
        foreach (var quote in await QuoteBook.Find(tx, ids))
        {
            await audit.Note(tx, Actor.Server, "quote.expired", $"quote:{quote.Id}");
            await ledger.Save(tx, quote, quote.Expire(today, now), Actor.Server);
        }

        var empty = await tx.List<long>(
            $"""
            select id from quotes where status = 'Draft' and number is null and changed_at < @before
            and plate = '' and vin = '' and requested_by = '' and request_number = '' and contact = '' and branch = '' and note = ''
            and not exists (select 1 from quote_lines where quote_id = quotes.id) order by changed_at limit {limit}
            """, new { before = (now - EmptyLasts).ToUnixTimeMilliseconds() });
        foreach (var quote in await QuoteBook.Find(tx, empty)) await ledger.Save(tx, quote, quote.Discard(now), Actor.Server);
        return ids.Count;
    }, stop);

    /// <summary>In somebody else's transaction and turn.</summary>
    internal async Task<Quote> Present(Tx tx, Quote found)
    {
        var now = clock.GetUtcNow();
        var today = (await QuoteSettings.Read(tx)).Today(now);
        var presented = found.Present(now, today);
        return presented.Number is null ? presented with { Number = await QuoteBook.NextQuoteNumber(tx, today.Year) } : presented;
    }

    async Task<Quote> Begin(Tx tx, SaleHead head, string? person, Actor by, Func<Quote, Quote> with)
    {
        var (now, rules) = (clock.GetUtcNow(), await QuoteSettings.Read(tx));
        var draft = with(new Quote
        {
            Id = await QuoteBook.NextId(tx),
            Status = QuoteStatus.Draft,
            Head = head,
            ValidUntil = rules.Today(now).AddDays(rules.ValidDays),
            Author = person,
            Team = TeamOf(personnel, person, now),
            CreatedAt = now,
        });
        await audit.Note(tx, by, "quote.begun", $"quote:{draft.Id}", new { call = draft.DraftOf, customer = draft.Head.Customer });
        return await ledger.Save(tx, null, draft, by);
    }

    /// <summary>The team that somebody's sales count for at a moment.</summary>
    internal static string? TeamOf(Personnel personnel, string? person, DateTimeOffset now) => person is null ? null : personnel.Now.TeamsOf(person, now).FirstOrDefault();

    Task<Quote> Change(long id, Actor by, string action, Func<Quote, Quote> decide, CancellationToken stop, object? detail = null) =>
        Change(id, by, action, (_, found) => Task.FromResult(decide(found)), stop, detail);

    Task<Quote> Change(long id, Actor by, string? action, Func<Tx, Quote, Task<Quote>> decide, CancellationToken stop, object? detail = null) => db.Write(async tx =>
    {
        await QuoteBook.TakeTurn(tx);
        var found = await QuoteBook.Get(tx, id);
        var changed = await decide(tx, found);
        if (IsSame(found, changed)) return found;
        if (action is not null) await audit.Note(tx, by, action, $"quote:{id}", detail ?? new { changed.Number });
        return await ledger.Save(tx, found, changed, by);
    }, stop);

    static Quote MustBe(Quote found, long? version) => version is null || found.Version == version ? found : throw new Refusal(RefusalKind.Conflict, "offer.changed");

    /// <summary>Lists are the same when their lines are.</summary>
    internal static bool IsSame(Quote found, Quote changed) => found with { Lines = changed.Lines } == changed && found.Lines.SequenceEqual(changed.Lines);

    string NameOf(string actor) => actor.StartsWith("user:", StringComparison.Ordinal) && personnel.Now.People.GetValueOrDefault(actor[5..]) is { } person ? VisibleText.Line(person.Name, 60) : actor;

    /// <summary>The call, or the one that it turned out to be part of.</summary>
    static async Task<Call> Visible(Tx tx, CallScope scope, long id) =>
        (await tx.Maybe<CallRow>($"select {CallRow.Columns} from calls where id = (select coalesce(merged_into, id) from calls where id = @id) and version > 0", new { id }))?.ToCall() is { } call && scope.Allows(call)
            ? call : throw new Refusal(RefusalKind.NotFound, "call.unknown", id);
}
