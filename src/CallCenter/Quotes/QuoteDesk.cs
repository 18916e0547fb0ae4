using CallCenter.Audit;
using CallCenter.Calls;
using CallCenter.Storage;
using CallCenter.Teams;

namespace CallCenter.Quotes;

/// <summary>
/// What people do with quotes. Each step is decided on the quote as it stands in its turn, so of two who do something at the
/// same instant the second does it to what the first left, or is told; and each is written to the audit log.
/// </summary>
sealed class QuoteDesk(Db db, QuoteBook book, Personnel personnel, AuditLog audit, TimeProvider clock)
{
    /// <summary>The one open draft of a call: begun by whoever asks first, and found by everybody who asks later and sees the call.</summary>
    /// <param name="person">Who is credited with it if it is begun now; null for a program.</param>
    /// <exception cref="Refusal">There is no such call, or it is not his to see.</exception>
    public Task<Quote> DraftFor(CallScope scope, long callId, string? person, Actor by, CancellationToken stop = default) => db.Write(async tx =>
    {
        // The turn of calls first: whose the call is does not change between the look and the draft.
        await tx.Run("update counters set next = next where name = 'version'");
        await QuoteBook.TakeTurn(tx);
        var call = await Visible(tx, scope, callId);
        if (await tx.Maybe<long?>("select id from quotes where draft_of = @Id", new { call.Id }) is { } begun) return await QuoteBook.Get(tx, begun);
        var now = clock.GetUtcNow();
        return await Begin(tx, new SaleHead(call.CustomerId), person, by, draft => draft with { DraftOf = call.Id, Credit = new CallCredit(call.Id, CallLink.Explicit, now, person) });
    }, stop);

    async Task<Quote> Begin(Tx tx, SaleHead head, string? person, Actor by, Func<Quote, Quote> with)
    {
        var (now, settings) = (clock.GetUtcNow(), await QuoteSettings.Read(tx));
        var draft = with(new Quote
        {
            Id = await QuoteBook.NextId(tx),
            Status = QuoteStatus.Draft,
            Head = head,
            ValidUntil = settings.Today(now).AddDays(settings.ValidDays),
            Author = person,
            Team = person is null ? null : personnel.Now.TeamsOf(person, now).FirstOrDefault(),
            CreatedAt = now,
        });
        await audit.Note(tx, by, "quote.begun", $"quote:{draft.Id}", new { call = draft.DraftOf, customer = draft.Head.Customer });
        return await book.Save(tx, null, draft, by);
    }

    /// <summary>The call, or the one that it turned out to be part of.</summary>
    static async Task<Call> Visible(Tx tx, CallScope scope, long id) =>
        (await tx.Maybe<CallRow>($"select {CallRow.Columns} from calls where id = (select coalesce(merged_into, id) from calls where id = @id) and version > 0", new { id }))?.ToCall() is { } call && scope.Allows(call)
            ? call : throw new Refusal(RefusalKind.NotFound, "call.unknown", id);
}
