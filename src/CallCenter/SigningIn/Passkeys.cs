using CallCenter.Audit;
using CallCenter.Storage;
using CallCenter.Teams;
using CallCenter.Telephony;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace CallCenter.SigningIn;

/// <summary>A device, or a key chain of devices, that signs a person in without a password.</summary>
public sealed record Passkey(string Id, string Name, DateTimeOffset CreatedAt, DateTimeOffset? UsedAt);

/// <summary>
/// Keeps passkeys. Questions and answers are checked by ASP.NET Core Identity (WebAuthn); the device itself asks for finger,
/// face or PIN, so that no second factor is asked for after it.
/// </summary>
/// <remarks>Browsers offer them only over HTTPS and on <c>localhost</c>, and only for the name the person sees in the address bar.</remarks>
sealed class Passkeys
{
    public const int NameMax = 60;
    public const int PerPersonMax = 20;

    const string Cookie = "callcenter-passkey";
    static readonly TimeSpan AnsweredWithin = TimeSpan.FromMinutes(5);

    readonly Db db;
    readonly Users users;
    readonly AuditLog audit;
    readonly TimeProvider clock;
    readonly PasskeyHandler<User> handler;
    readonly ITimeLimitedDataProtector questions;

    public Passkeys(Db db, Users users, AuditLog audit, PublicAddress address, IDataProtectionProvider protection, TimeProvider clock)
    {
        (this.db, this.users, this.audit, this.clock) = (db, users, audit, clock);
        questions = protection.CreateProtector("passkey-questions").ToTimeLimitedDataProtector();
        handler = new PasskeyHandler<User>(users.Identity, Options.Create(new IdentityPasskeyOptions
        {
            UserVerificationRequirement = "required",
            ResidentKeyRequirement = "required",
            ServerDomain = address.Configured?.Host,
        }));
    }

    public async Task<IReadOnlyList<Passkey>> Of(string user, CancellationToken stop = default) => (await db.Read(tx => tx.List<(string Id, string Name, long Created, long? Used)>(
        "select id, name, created_at, used_at from passkeys where user_id = @user order by created_at, id", new { user }), stop))
        .ConvertAll(row => new Passkey(row.Id, row.Name, DateTimeOffset.FromUnixTimeMilliseconds(row.Created), row.Used is { } ms ? DateTimeOffset.FromUnixTimeMilliseconds(ms) : null));

    /// <summary>What the browser is to ask a device that shall become a passkey.</summary>
    public async Task<string> AskForNew(HttpContext http, Person person)
    {
        var asked = await handler.MakeCreationOptionsAsync(new PasskeyUserEntity { Id = person.Id, Name = person.Email, DisplayName = person.Name }, http);
        Remember(http, asked.AttestationState);
        return asked.CreationOptionsJson;
    }

    /// <exception cref="Refusal">The answer is not the device's answer to our question, or there are too many.</exception>
    public async Task Add(HttpContext http, Person person, string name, string credential)
    {
        name = name.Trim();
        if (name.Length is 0 or > NameMax) throw new Refusal(RefusalKind.Invalid, "passkey.name", NameMax);
        if ((await Of(person.Id, http.RequestAborted)).Count >= PerPersonMax) throw new Refusal(RefusalKind.Conflict, "passkey.too-many", PerPersonMax);
        var result = await handler.PerformAttestationAsync(new PasskeyAttestationContext { HttpContext = http, CredentialJson = credential, AttestationState = Recall(http) });
        if (!result.Succeeded || result.UserEntity.Id != person.Id) throw new Refusal(RefusalKind.Invalid, "passkey.not-accepted");
        var user = await users.FindById(person.Id) ?? throw new Refusal(RefusalKind.NotFound, "user.unknown", person.Id);
        result.Passkey.Name = name;
        await users.Identity.AddOrUpdatePasskeyAsync(user, result.Passkey);
        await audit.Note(Actor.User(person.Id, person.Name), "user.passkey-added", $"user:{person.Id}", new { name }, http.RequestAborted);
    }

    /// <summary>What the browser is to ask whichever device the person chooses; says nothing about who has one.</summary>
    public async Task<string> AskWhoItIs(HttpContext http)
    {
        var asked = await handler.MakeRequestOptionsAsync(null, http);
        Remember(http, asked.AssertionState);
        return asked.RequestOptionsJson;
    }

    /// <summary>Who signs in with this answer; null for nobody's.</summary>
    public async Task<User?> Check(HttpContext http, string credential)
    {
        var result = await handler.PerformAssertionAsync(new PasskeyAssertionContext { HttpContext = http, CredentialJson = credential, AssertionState = Recall(http) });
        if (!result.Succeeded || !result.User.MaySignIn) return null;
        await users.Identity.AddOrUpdatePasskeyAsync(result.User, result.Passkey);
        await db.Write(tx => tx.Run("update passkeys set used_at = @now where id = @id",
            new { id = Convert.ToHexString(result.Passkey.CredentialId), now = clock.GetUtcNow().ToUnixTimeMilliseconds() }), http.RequestAborted);
        return result.User;
    }

    public Task Remove(Person person, string id) => db.Write(async tx =>
    {
        if (await tx.Run("delete from passkeys where id = @id and user_id = @user", new { id, user = person.Id }) == 1)
            await audit.Note(tx, Actor.User(person.Id, person.Name), "user.passkey-removed", $"user:{person.Id}");
    });

    // The question stays with the browser, unreadable and for a short time; any node can check the answer.
    void Remember(HttpContext http, string? question) => http.Response.Cookies.Append(Cookie, questions.Protect(question ?? "", AnsweredWithin),
        new CookieOptions { HttpOnly = true, SameSite = SameSiteMode.Strict, Secure = http.Request.IsHttps, MaxAge = AnsweredWithin, IsEssential = true });

    string? Recall(HttpContext http)
    {
        http.Response.Cookies.Delete(Cookie);
        try
        {
            return http.Request.Cookies[Cookie] is { } kept ? questions.Unprotect(kept) : null;
        }
        catch (System.Security.Cryptography.CryptographicException)
        {
            return null; // too late, or not ours
        }
    }
}
