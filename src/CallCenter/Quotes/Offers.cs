using System.Security.Cryptography;
using System.Text;
using CallCenter.Audit;
using CallCenter.Calls;
using CallCenter.Customers;
using CallCenter.Mail;
using CallCenter.Recovery;
using CallCenter.Storage;
using CallCenter.Web;

namespace CallCenter.Quotes;

/// <summary>A link that was made just now; only its hash is kept.</summary>
public sealed record MadeOffer(Uri Address, DateTimeOffset ExpiresAt);

/// <summary>What is known of the links of a quote that still lead to it.</summary>
/// <param name="SeenAt">When the customer last looked at it by one of them.</param>
public sealed record OffersOut(long Count, DateTimeOffset? SeenAt);

/// <summary>A quote as its customer sees it by a link.</summary>
/// <param name="IsOver">Its last day is over.</param>
public sealed record OpenOffer(Quote Quote, string? Customer, QuoteSettings Settings, bool IsOver)
{
    /// <summary>The customer can say yes or no.</summary>
    public bool AsksForAnswer => Quote.Status == QuoteStatus.Sent && !IsOver;
}

/// <summary>
/// Keeps the secret links by which customers look at quotes and answer them, without a session. Whoever has the link has the quote, so
/// it cannot be guessed, ends by itself, and can be withdrawn.
/// </summary>
sealed class Offers(Db db, QuoteDesk desk, CaseDesk cases, AuditLog audit, Postman postman, ServerOptions options, TimeProvider clock)
{
    /// <summary>Who accepts or rejects by a link.</summary>
    public static readonly Actor Customer = new("customer", "");

    /// <summary>So long after its last day a quote can still be looked at.</summary>
    static readonly TimeSpan SeenAfter = TimeSpan.FromDays(30);

    /// <summary>Of one quote, at the same time.</summary>
    const int LinksMax = 50;

    const int TokenLength = 64;

    /// <summary>There is a mail server at all.</summary>
    public bool IsMailed => postman.Works;

    /// <exception cref="Refusal">The customer was not told of it yet, or there are too many already.</exception>
    public Task<MadeOffer> Make(long quote, Actor by, CancellationToken stop = default) => Make(quote, by, "quote.link-made", null, stop);

    /// <summary>Sends a new link; whom it goes to need not be called back.</summary>
    /// <param name="letter">The subject and text, given the quote and the address.</param>
    /// <exception cref="Refusal">It is no address, there is no mail server, or too much is waiting already.</exception>
    /// <param name="person">Who sends it.</param>
    public async Task<MadeOffer> Mail(long quote, string to, Func<Quote, MadeOffer, (string Subject, string Text)> letter, string? person, Actor by, CancellationToken stop = default)
    {
        var address = Given.Email(to) ?? throw new Refusal(RefusalKind.Invalid, "customer.email", to);
        if (!IsMailed) throw new Refusal(RefusalKind.Unavailable, "quote.no-mail");
        var made = await Make(quote, by, "quote.mailed", new { to = address }, stop);
        var told = await db.Read(tx => QuoteBook.Get(tx, quote), stop);
        var (subject, text) = letter(told, made);
        if (!postman.Post(new Letter(address, subject, text))) throw new Refusal(RefusalKind.Unavailable, "quote.no-mail");
        await db.Write(async tx =>
        {
            await CallLog.TakeTurn(tx);
            await cases.End(tx, told.Head.Customer, null, CaseEnd.Quoted, person, by);
        }, stop);
        return made;
    }

    /// <summary>All links of a quote lead nowhere any more.</summary>
    public Task Revoke(long quote, Actor by, CancellationToken stop = default) => db.Write(async tx =>
    {
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        if (await tx.Run("update quote_offers set revoked_at = @now where quote_id = @quote and revoked_at is null and expires_at > @now", new { quote, now }) > 0)
            await audit.Note(tx, by, "quote.links-revoked", $"quote:{quote}");
    }, stop);

    public Task<OffersOut> Of(long quote, CancellationToken stop = default) => db.Read(async tx =>
    {
        var (count, seen) = await tx.One<(long, long?)>("select count(*), max(seen_at) from quote_offers where quote_id = @quote and revoked_at is null and expires_at > @now",
            new { quote, now = clock.GetUtcNow().ToUnixTimeMilliseconds() });
        return new OffersOut(count, seen is { } ms ? DateTimeOffset.FromUnixTimeMilliseconds(ms) : null);
    }, stop);

    /// <summary>Null when the link is unknown, withdrawn or ended.</summary>
    public async Task<OpenOffer?> Find(string token, CancellationToken stop = default)
    {
        if (token.Length != TokenLength) return null;
        var now = clock.GetUtcNow();
        var found = await db.Read(async tx =>
        {
            if (await tx.Maybe<long?>("select quote_id from quote_offers where hash = @hash and revoked_at is null and expires_at > @now", new { hash = Hash(token), now = now.ToUnixTimeMilliseconds() }) is not { } id) return null;
            var (quote, settings) = (await QuoteBook.Get(tx, id), await QuoteSettings.Read(tx));
            var name = quote.Head.Customer is { } customer ? await tx.Maybe<string>("select name from customers where id = @customer", new { customer }) : null;
            return new OpenOffer(quote, name, settings, quote.ValidUntil < settings.Today(now));
        }, stop);
        if (found is not null) await db.Write(tx => tx.Run("update quote_offers set seen_at = @now where hash = @hash", new { hash = Hash(token), now = now.ToUnixTimeMilliseconds() }), stop);
        return found;
    }

    /// <summary>The customer says yes, or no and why.</summary>
    /// <param name="reason">Null for yes.</param>
    /// <param name="seen">The version of the quote that was before him.</param>
    /// <exception cref="Refusal">The link leads nowhere, the quote is another one by now, or it asks for no answer.</exception>
    public async Task Answer(string token, RejectReason? reason, long seen, CancellationToken stop = default)
    {
        var offer = await Find(token, stop) ?? throw new Refusal(RefusalKind.NotFound, "offer.ended");
        if (offer.Quote.Version != seen) throw new Refusal(RefusalKind.Conflict, "offer.changed");
        if (!offer.AsksForAnswer) throw new Refusal(RefusalKind.Conflict, "offer.no-answer");
        if (reason is { } why) await desk.Reject(offer.Quote.Id, why, Customer, stop, seen);
        else await desk.Accept(offer.Quote.Id, Customer, stop, seen);
    }

    async Task<MadeOffer> Make(long quote, Actor by, string action, object? detail, CancellationToken stop)
    {
        var token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(TokenLength / 2));
        return await db.Write(async tx =>
        {
            var found = await QuoteBook.Get(tx, quote);
            if (found.Number is null || found.Status is QuoteStatus.Draft or QuoteStatus.Discarded) throw new Refusal(RefusalKind.Conflict, "quote.not-told", found.Name);
            var now = clock.GetUtcNow();
            if (await tx.One<long>("select count(*) from quote_offers where quote_id = @quote and revoked_at is null and expires_at > @now", new { quote, now = now.ToUnixTimeMilliseconds() }) >= LinksMax)
                throw new Refusal(RefusalKind.Conflict, "offer.too-many", LinksMax);
            var settings = await QuoteSettings.Read(tx);
            var expires = LocalDay.StartOf((found.ValidUntil > settings.Today(now) ? found.ValidUntil : settings.Today(now)).AddDays(1), settings.TimeZone) + SeenAfter;
            await tx.Run("insert into quote_offers (hash, quote_id, made_by, made_at, expires_at) values (@hash, @quote, @by, @now, @expires)",
                new { hash = Hash(token), quote, by = by.Id, now = now.ToUnixTimeMilliseconds(), expires = expires.ToUnixTimeMilliseconds() });
            await audit.Note(tx, by, action, $"quote:{quote}", detail);
            return new MadeOffer(options.Absolute($"oferta/{token}"), expires);
        }, stop);
    }

    static string Hash(string token) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(token)));
}
