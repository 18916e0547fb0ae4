using System.Security.Cryptography;
using CallCenter.Audit;
using CallCenter.Storage;
using Microsoft.AspNetCore.DataProtection;

namespace CallCenter.Alerts;

/// <summary>Whether webhooks may lead into the house's own network; see <c>CALLCENTER_ALLOW_PRIVATE_WEBHOOKS</c>.</summary>
sealed record WebhookOptions(bool AllowPrivate = false);

/// <summary>Keeps the outgoing webhooks. Their secrets are protected where they rest and seen once, by who made them.</summary>
sealed class Webhooks(Db db, IDataProtectionProvider protection, WebhookOptions options, AuditLog audit, AlertNews news, TimeProvider clock)
{
    public const int NameMax = 100, UrlMax = 2000;

    /// <summary>Each alert is sent to each of them.</summary>
    public const int WebhooksMax = 20;

    /// <summary>So long the secret before a new one signs too, so that the receiver can be changed without losing anything.</summary>
    public static readonly TimeSpan PreviousSigns = TimeSpan.FromDays(1);

    const string Columns = "id, name, url, kinds, active, gone_at, created_at";
    readonly IDataProtector protector = protection.CreateProtector("outgoing-webhooks");

    public Task<List<OutgoingWebhook>> All(CancellationToken stop = default) => db.Read(All, stop);

    internal static async Task<List<OutgoingWebhook>> All(Tx tx) => (await tx.List<Row>($"select {Columns} from webhooks_out order by created_at, id")).ConvertAll(row => row.ToWebhook());

    /// <summary>The new one, and its secret: shown now and never again.</summary>
    /// <exception cref="Refusal">No name, or no address that may be sent to.</exception>
    public async Task<(OutgoingWebhook Webhook, string Secret)> Add(string name, string url, IReadOnlyCollection<string> kinds, Actor by, CancellationToken stop = default)
    {
        var added = new OutgoingWebhook($"wh_{RandomNumberGenerator.GetHexString(12, lowercase: true)}", Named(name), Checked(url), [.. kinds.Distinct()], true, null, clock.GetUtcNow());
        var secret = StandardWebhook.NewSecret();
        var values = Values(added, protector.Protect(secret)); // before the transaction: protecting may have to store a key first
        await db.Write(async tx =>
        {
            if (await tx.One<long>("select count(*) from webhooks_out") >= WebhooksMax) throw new Refusal(RefusalKind.Conflict, "webhook.too-many", WebhooksMax);
            await tx.Run("insert into webhooks_out (id, name, url, secret, kinds, active, created_at) values (@Id, @Name, @url, @secret, @kinds, @active, @at)", values);
            await audit.Note(tx, by, "webhook.added", $"webhook:{added.Id}", Told(added));
            await news.Tell(tx);
        }, stop);
        return (added, secret);
    }

    /// <summary>Changes what is given. What waits for a webhook that is switched off is given up, and can be sent again.</summary>
    /// <exception cref="Refusal">There is none, no name, or no address that may be sent to.</exception>
    public Task Change(string id, Actor by, string? name = null, string? url = null, IReadOnlyCollection<string>? kinds = null, bool? active = null, CancellationToken stop = default) => db.Write(async tx =>
    {
        var before = await Find(tx, id);
        var after = before with
        {
            Name = name is null ? before.Name : Named(name),
            Url = url is null ? before.Url : Checked(url),
            Kinds = kinds is null ? before.Kinds : [.. kinds.Distinct()],
            IsActive = active ?? before.IsActive,
            GoneAt = active == true ? null : before.GoneAt,
        };
        await tx.Run("update webhooks_out set name = @Name, url = @url, kinds = @kinds, active = @active, gone_at = @gone where id = @Id", Values(after, ""));
        if (!after.IsActive) await Deliveries.GiveUp(tx, id, DeliveryFault.SwitchedOff, clock.GetUtcNow());
        await audit.Note(tx, by, "webhook.changed", $"webhook:{id}", new { before = Told(before), after = Told(after), addressChanged = before.Url != after.Url });
        await news.Tell(tx);
    }, stop);

    /// <summary>A new secret, shown now and never again; the one before signs beside it for a while.</summary>
    public async Task<string> Rotate(string id, Actor by, CancellationToken stop = default)
    {
        var secret = StandardWebhook.NewSecret();
        var values = new { id, secret = protector.Protect(secret), until = (clock.GetUtcNow() + PreviousSigns).ToUnixTimeMilliseconds() };
        await db.Write(async tx =>
        {
            var rotated = await Find(tx, id);
            await tx.Run("update webhooks_out set previous_secret = secret, previous_until = @until, secret = @secret where id = @id", values);
            await audit.Note(tx, by, "webhook.secret-rotated", $"webhook:{id}", new { rotated.Name });
            await news.Tell(tx);
        }, stop);
        return secret;
    }

    /// <summary>Deletes it and what was or was to be sent to it.</summary>
    public Task Remove(string id, Actor by, CancellationToken stop = default) => db.Write(async tx =>
    {
        var removed = await Find(tx, id);
        await tx.Run("delete from webhooks_out where id = @id", new { id });
        await tx.Run("delete from deliveries where webhook_id = @id", new { id });
        await audit.Note(tx, by, "webhook.removed", $"webhook:{id}", new { removed.Name });
        await news.Tell(tx);
    }, stop);

    /// <summary>It answered that it is no more: nothing is sent to it until somebody switches it on again.</summary>
    internal async Task SwitchOffGone(Tx tx, string id)
    {
        var now = clock.GetUtcNow();
        if (await tx.Run("update webhooks_out set active = 0, gone_at = @now where id = @id and active = 1", new { id, now = now.ToUnixTimeMilliseconds() }) == 0) return;
        await Deliveries.GiveUp(tx, id, DeliveryFault.Gone, now);
        await audit.Note(tx, Actor.Server, "webhook.gone", $"webhook:{id}", new { (await Find(tx, id)).Name });
    }

    /// <summary>Where to send, and with which secrets it is signed now.</summary>
    /// <exception cref="CryptographicException">The secret was protected with a key that is gone.</exception>
    internal async Task<(Uri Url, IReadOnlyList<string> Secrets)?> Open(string id, CancellationToken stop)
    {
        if (await db.Read(tx => tx.Maybe<SecretRow>("select url, secret, previous_secret, previous_until from webhooks_out where id = @id and active = 1", new { id }), stop) is not { } row) return null;
        var isPrevious = row.previous_secret is not null && row.previous_until > clock.GetUtcNow().ToUnixTimeMilliseconds();
        return (new Uri(row.url), [protector.Unprotect(row.secret), .. isPrevious ? [protector.Unprotect(row.previous_secret!)] : Array.Empty<string>()]);
    }

    internal static async Task<OutgoingWebhook> Find(Tx tx, string id) =>
        (await tx.Maybe<Row>($"select {Columns} from webhooks_out where id = @id", new { id }))?.ToWebhook() ?? throw new Refusal(RefusalKind.NotFound, "webhook.unknown");

    static string Named(string name) => name.Trim() is { Length: > 0 and <= NameMax } named && !named.Contains('\0') ? named : throw new Refusal(RefusalKind.Invalid, "webhook.name", NameMax);

    /// <summary>A name may lead inside later, or already: that shows when it is sent to. What is written as an address is refused at once.</summary>
    Uri Checked(string text)
    {
        if (text.Length > UrlMax || !Uri.TryCreate(text.Trim(), UriKind.Absolute, out var url) || url.UserInfo.Length > 0 || url.Fragment.Length > 0
            || url.Scheme != Uri.UriSchemeHttps && !(options.AllowPrivate && url.Scheme == Uri.UriSchemeHttp))
            throw new Refusal(RefusalKind.Invalid, "webhook.url");
        if (!options.AllowPrivate && (url.IsLoopback || System.Net.IPAddress.TryParse(url.DnsSafeHost, out var address) && !OutsideOnly.Allows(address)))
            throw new Refusal(RefusalKind.Invalid, "webhook.inside");
        return url;
    }

    /// <summary>For the audit. Of the address only where it is: what follows is a secret with many receivers.</summary>
    static object Told(OutgoingWebhook webhook) => new { webhook.Name, host = webhook.Url.Authority, webhook.Kinds, webhook.IsActive };

    static object Values(OutgoingWebhook webhook, string secret) => new
    {
        webhook.Id,
        webhook.Name,
        url = webhook.Url.OriginalString,
        secret,
        kinds = string.Join(' ', webhook.Kinds),
        active = webhook.IsActive ? 1 : 0,
        gone = webhook.GoneAt?.ToUnixTimeMilliseconds(),
        at = webhook.CreatedAt.ToUnixTimeMilliseconds(),
    };

#pragma warning disable IDE1006 // columns keep their names
    sealed class Row
    {
        public string id { get; init; } = "";
        public string name { get; init; } = "";
        public string url { get; init; } = "";
        public string kinds { get; init; } = "";
        public long active { get; init; }
        public long? gone_at { get; init; }
        public long created_at { get; init; }

        public OutgoingWebhook ToWebhook() => new(id, name, new Uri(url), kinds.Split(' ', StringSplitOptions.RemoveEmptyEntries), active != 0,
            gone_at is { } ms ? DateTimeOffset.FromUnixTimeMilliseconds(ms) : null, DateTimeOffset.FromUnixTimeMilliseconds(created_at));
    }

    sealed class SecretRow
    {
        public string url { get; init; } = "";
        public string secret { get; init; } = "";
        public string? previous_secret { get; init; }
        public long? previous_until { get; init; }
    }
#pragma warning restore IDE1006
}
