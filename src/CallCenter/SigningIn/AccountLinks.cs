using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Threading.Channels;
using CallCenter.Audit;
using CallCenter.Mail;
using CallCenter.Storage;
using CallCenter.Teams;
using CallCenter.Web;
using Microsoft.Extensions.Localization;

namespace CallCenter.SigningIn;

public enum LinkKind
{
    Invitation,
    Reset,
}

/// <summary>A link that was made just now; only its hash is kept.</summary>
/// <param name="IsMailed">It went to the person by mail; otherwise somebody has to hand it over.</param>
public sealed record MadeLink(Uri Address, DateTimeOffset ExpiresAt, bool IsMailed);

/// <summary>Whom a link leads in, and for what.</summary>
public sealed record OpenLink(Person Person, LinkKind Kind);

/// <summary>
/// Keeps the links by which people set their password: invitations, resets an administrator makes, and those asked for on
/// the sign-in page. Each works once; a new one for the same person ends those before.
/// </summary>
sealed class AccountLinks(
    Db db, Users users, Personnel personnel, AuditLog audit, Postman postman, ServerOptions options, IStringLocalizerFactory words, TimeProvider clock, ILogger<AccountLinks> logger) : BackgroundService
{
    public static readonly TimeSpan InvitationLasts = TimeSpan.FromDays(7), ResetLasts = TimeSpan.FromDays(1);

    /// <summary>Between two mails to the same person that strangers can ask for.</summary>
    static readonly TimeSpan MailEvery = TimeSpan.FromMinutes(5);

    const int AskedMax = 100;

    readonly IStringLocalizer sentences = words.Create(typeof(Words));
    readonly Channel<string> asked = Channel.CreateBounded<string>(AskedMax);

    /// <summary>People can ask for a reset themselves.</summary>
    public bool IsMailed => postman.Works;

    /// <exception cref="Refusal">The person is not his to invite, or may not sign in.</exception>
    public Task<MadeLink> Invite(string id, Authority by) => Make(id, LinkKind.Invitation, by);

    /// <exception cref="Refusal">The person is not his to change, or may not sign in.</exception>
    public Task<MadeLink> Reset(string id, Authority by) => Make(id, LinkKind.Reset, by);

    /// <summary>What was sent to this person leads nowhere any more.</summary>
    /// <exception cref="Refusal">The person is not his to change.</exception>
    public async Task Revoke(string id, Authority by)
    {
        users.MustManage(id, by);
        await db.Write(async tx =>
        {
            if (await tx.Run("delete from account_links where user_id = @id and used_at is null", new { id }) > 0)
                await audit.Note(tx, by.Actor, "user.link-revoked", $"user:{id}");
        });
    }

    /// <summary>Until when a link of this person works that nobody has used yet; null when there is none.</summary>
    public Task<DateTimeOffset?> Pending(string id, CancellationToken stop = default) => db.Read(async tx =>
        await tx.Maybe<long?>("select expires_at from account_links where user_id = @id and used_at is null and expires_at > @now", new { id, now = clock.GetUtcNow().ToUnixTimeMilliseconds() }) is { } at
            ? DateTimeOffset.FromUnixTimeMilliseconds(at) : (DateTimeOffset?)null, stop);

    /// <summary>Somebody forgot the password of this address. Whether anybody has it is looked up later, so that nobody learns it from the answer or its time.</summary>
    public void Ask(string email)
    {
        if (IsMailed) asked.Writer.TryWrite(email);
    }

    /// <summary>Null when the link is unknown, used, ended, or its person may not sign in.</summary>
    public async Task<OpenLink?> Find(string token, CancellationToken stop = default)
    {
        var found = await db.Read(async tx => (await tx.List<(string User, string Kind)>(
            "select user_id, kind from account_links where hash = @hash and used_at is null and expires_at > @now",
            new { hash = Hash(token), now = clock.GetUtcNow().ToUnixTimeMilliseconds() })).Select(row => ((string User, string Kind)?)row).FirstOrDefault(), stop);
        return found is { } link && personnel.Now.People.GetValueOrDefault(link.User) is { MaySignIn: true } person ? new OpenLink(person, Enum.Parse<LinkKind>(link.Kind)) : null;
    }

    /// <summary>Sets what the person chose; the link is used up by it, and every sign-in from before ends.</summary>
    /// <exception cref="Refusal">The link leads nowhere, or the name or password will not do; then it can be tried again.</exception>
    public async Task Use(string token, string name, string password)
    {
        var link = await Find(token) ?? throw new Refusal(RefusalKind.NotFound, "link.ended");
        // In his own name, and with the right to do it that the link is.
        var self = new Authority(Actor.User(link.Person.Id, link.Person.Name), Authority.Console.Rights);
        if (await Mark(token, clock.GetUtcNow().ToUnixTimeMilliseconds(), "used_at is null") == 0) throw new Refusal(RefusalKind.NotFound, "link.ended");
        try
        {
            if (link.Kind == LinkKind.Invitation) await users.Change(link.Person.Id, person => person with { Name = name }, self);
            await users.ChangePassword(link.Person.Id, password, self);
        }
        catch (Refusal)
        {
            await Mark(token, null, "used_at is not null");
            throw;
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var email in asked.Reader.ReadAllAsync(stoppingToken))
            try
            {
                if (await users.Find(email) is not { MaySignIn: true } user || personnel.Now.People.GetValueOrDefault(user.Id) is not { } person) continue;
                var since = (clock.GetUtcNow() - MailEvery).ToUnixTimeMilliseconds();
                if (await db.Read(tx => tx.One<long>("select count(*) from account_links where user_id = @Id and created_at > @since", new { user.Id, since }), stoppingToken) > 0) continue;
                await Make(person, LinkKind.Reset, Actor.Server);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                logger.LogError(e, "A link to set a password could not be made");
            }
    }

    Task<MadeLink> Make(string id, LinkKind kind, Authority by)
    {
        users.MustManage(id, by);
        var person = personnel.Now.People[id];
        return person.MaySignIn ? Make(person, kind, by.Actor) : throw new Refusal(RefusalKind.Conflict, "link.may-not-sign-in", person.Name);
    }

    async Task<MadeLink> Make(Person person, LinkKind kind, Actor by)
    {
        var token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        var now = clock.GetUtcNow();
        var expires = now + (kind == LinkKind.Invitation ? InvitationLasts : ResetLasts);
        await db.Write(async tx =>
        {
            await tx.Run("delete from account_links where user_id = @Id and used_at is null", new { person.Id });
            await tx.Run("insert into account_links (hash, user_id, kind, created_at, expires_at) values (@hash, @Id, @kind, @now, @expires)",
                new { hash = Hash(token), person.Id, kind = $"{kind}", now = now.ToUnixTimeMilliseconds(), expires = expires.ToUnixTimeMilliseconds() });
            await audit.Note(tx, by, kind == LinkKind.Invitation ? "user.invited" : "user.reset-link-made", $"user:{person.Id}");
        });
        var address = options.Absolute($"enlace/{token}");
        return new MadeLink(address, expires, postman.Post(Write(person, kind, address)));
    }

    /// <summary>In the language of who reads it.</summary>
    Letter Write(Person person, LinkKind kind, Uri address)
    {
        var before = CultureInfo.CurrentUICulture;
        CultureInfo.CurrentUICulture = CultureInfo.GetCultureInfo(person.Language);
        try
        {
            return kind == LinkKind.Invitation
                ? new Letter(person.Email, sentences["Su acceso a WiseParts Call Center"], sentences["letter.invitation", person.Name, address, InvitationLasts.TotalDays])
                : new Letter(person.Email, sentences["Su contraseña de WiseParts Call Center"], sentences["letter.reset", person.Name, address, ResetLasts.TotalHours]);
        }
        finally
        {
            CultureInfo.CurrentUICulture = before;
        }
    }

    Task<int> Mark(string token, long? used, string when) => db.Write(tx => tx.Run($"update account_links set used_at = @used where hash = @hash and {when}", new { used, hash = Hash(token) }));

    static string Hash(string token) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(token)));
}
