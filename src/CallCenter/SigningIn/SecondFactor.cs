using System.Security.Cryptography;
using System.Text;
using CallCenter.Audit;
using CallCenter.Storage;
using CallCenter.Teams;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Identity;

namespace CallCenter.SigningIn;

/// <summary>A key that an authenticator app is to learn.</summary>
/// <param name="Key">As people type it, in groups of four.</param>
/// <param name="Address">As a QR code says it.</param>
public sealed record AuthenticatorKey(string Key, Uri Address);

/// <summary>
/// Keeps the authenticator apps of people and the recovery codes for when the phone is gone. Codes are checked by ASP.NET
/// Core Identity (RFC 6238, up to a minute of clock difference); each is right once, and wrong ones lock the account as wrong passwords do.
/// </summary>
sealed class SecondFactor(Db db, Users users, AuditLog audit, IDataProtectionProvider protection, TimeProvider clock)
{
    public const int RecoveryCodes = 10;

    /// <summary>Longer than any code or recovery code with its spaces.</summary>
    public const int CodeMax = 40;

    const string Product = "WiseParts Call Center";

    // Without letters and digits that look alike; sixteen of them cannot be guessed from their hash.
    const string Signs = "ABCDEFGHJKMNPQRSTUVWXYZ23456789";
    const int RecoveryCodeLength = 16;

    /// <summary>Longer than Identity accepts a code before and after its time.</summary>
    static readonly TimeSpan Remembered = TimeSpan.FromMinutes(10);

    readonly AuthenticatorTokenProvider<User> codes = new();
    readonly IDataProtector keys = protection.CreateProtector("authenticator-keys");

    /// <summary>How many recovery codes are left; null for who has no authenticator.</summary>
    public Task<int?> RecoveryCodesLeft(string id, CancellationToken stop = default) => db.Read(async tx =>
        await tx.Maybe<long?>("select authenticator_at from users where id = @id", new { id }) is null
            ? (int?)null
            : await tx.One<int>("select cast(count(*) as int) from recovery_codes where user_id = @id", new { id }), stop);

    /// <summary>A new key for this person's app. Nothing is asked for before <see cref="Confirm"/>.</summary>
    /// <exception cref="Refusal">There is an authenticator already.</exception>
    public async Task<AuthenticatorKey> Begin(string id)
    {
        var user = await Find(id);
        if (user.HasAuthenticator) throw new Refusal(RefusalKind.Conflict, "authenticator.exists");
        var key = users.Identity.GenerateNewAuthenticatorKey();
        await db.Write(tx => tx.Run("update users set authenticator_key = @key where id = @id and authenticator_at is null", new { id, key = keys.Protect(key) }));
        var label = Uri.EscapeDataString($"{Product}:{user.Email}");
        return new AuthenticatorKey(string.Join(' ', key.Chunk(4).Select(four => new string(four))),
            new Uri($"otpauth://totp/{label}?secret={key}&issuer={Uri.EscapeDataString(Product)}&digits=6"));
    }

    /// <summary>From now on the code is asked for.</summary>
    /// <returns>The recovery codes; only their hashes are kept, so this is the only time they are seen.</returns>
    /// <exception cref="Refusal">The code is not the app's.</exception>
    public async Task<IReadOnlyList<string>> Confirm(string id, string code)
    {
        var user = await Find(id);
        if (user.HasAuthenticator) throw new Refusal(RefusalKind.Conflict, "authenticator.exists");
        if (!await IsFreshCode(user, code)) throw new Refusal(RefusalKind.Invalid, "authenticator.wrong-code");
        return await db.Write(async tx =>
        {
            await tx.Run("update users set authenticator_at = @now where id = @id", new { id, now = clock.GetUtcNow().ToUnixTimeMilliseconds() });
            await audit.Note(tx, await Self(tx, id), "user.authenticator-added", $"user:{id}");
            return await NewRecoveryCodes(tx, id);
        });
    }

    /// <summary>The second step of signing in: a code of the app, or one of the recovery codes, which is then spent.</summary>
    public async Task<bool> Check(User user, string code)
    {
        if (await users.Identity.IsLockedOutAsync(user)) return false;
        var isRight = await IsFreshCode(user, code) || await SpendRecoveryCode(user, code);
        if (isRight) await users.Identity.ResetAccessFailedCountAsync(user);
        else await users.Identity.AccessFailedAsync(user);
        if (isRight) await users.Identity.UpdateAsync(user);
        return isRight && user.MaySignIn;
    }

    /// <summary>New recovery codes in the place of all old ones, against a code.</summary>
    /// <exception cref="Refusal">The code is not right.</exception>
    public async Task<IReadOnlyList<string>> RenewRecoveryCodes(string id, string code)
    {
        await MustBeRight(id, code);
        return await db.Write(async tx =>
        {
            await audit.Note(tx, await Self(tx, id), "user.recovery-codes-renewed", $"user:{id}");
            return await NewRecoveryCodes(tx, id);
        });
    }

    /// <summary>The person himself gives it up, against a code.</summary>
    /// <exception cref="Refusal">The code is not right.</exception>
    public async Task Disable(string id, string code)
    {
        await MustBeRight(id, code);
        await db.Write(async tx => await Forget(tx, id, await Self(tx, id)));
    }

    /// <summary>For somebody who has lost both the phone and the recovery codes.</summary>
    /// <exception cref="Refusal">This person is not his to change.</exception>
    public async Task Remove(string id, Authority by)
    {
        users.MustManage(id, by);
        await db.Write(tx => Forget(tx, id, by.Actor));
    }

    async Task MustBeRight(string id, string code)
    {
        var user = await Find(id);
        if (!user.HasAuthenticator) throw new Refusal(RefusalKind.Conflict, "authenticator.none");
        if (await users.Identity.IsLockedOutAsync(user)) throw new Refusal(RefusalKind.Forbidden, "user.locked");
        if (!await Check(user, code)) throw new Refusal(RefusalKind.Invalid, "authenticator.wrong-code");
    }

    async Task Forget(Tx tx, string id, Actor by)
    {
        await tx.Run("update users set authenticator_key = null, authenticator_at = null where id = @id", new { id });
        await tx.Run("delete from recovery_codes where user_id = @id", new { id });
        await audit.Note(tx, by, "user.authenticator-removed", $"user:{id}");
    }

    async Task<bool> IsFreshCode(User user, string code)
    {
        code = Typed(code);
        if (code.Length != 6 || await db.Read(tx => tx.Maybe<string>("select authenticator_key from users where id = @Id", new { user.Id })) is not { } kept) return false;
        user.AuthenticatorKey = keys.Unprotect(kept);
        if (!await codes.ValidateAsync("TwoFactor", code, users.Identity, user)) return false;

        var now = clock.GetUtcNow();
        return await db.Write(async tx =>
        {
            await tx.Run("delete from used_codes where used_at < @before", new { before = (now - Remembered).ToUnixTimeMilliseconds() });
            return await tx.Run("insert into used_codes (user_id, code, used_at) values (@Id, @code, @now) on conflict (user_id, code) do nothing",
                new { user.Id, code, now = now.ToUnixTimeMilliseconds() }) == 1;
        });
    }

    async Task<bool> SpendRecoveryCode(User user, string code) => Typed(code) is { Length: RecoveryCodeLength } typed
        && await db.Write(tx => tx.Run("delete from recovery_codes where user_id = @Id and hash = @hash", new { user.Id, hash = Hash(user.Id, typed) })) == 1;

    static async Task<IReadOnlyList<string>> NewRecoveryCodes(Tx tx, string id)
    {
        await tx.Run("delete from recovery_codes where user_id = @id", new { id });
        var made = new List<string>();
        for (var i = 0; i < RecoveryCodes; i++)
        {
            var code = RandomNumberGenerator.GetString(Signs, RecoveryCodeLength);
            await tx.Run("insert into recovery_codes (user_id, hash) values (@id, @hash)", new { id, hash = Hash(id, code) });
            made.Add(string.Join('-', code.Chunk(4).Select(four => new string(four))));
        }

        return made;
    }

    async Task<User> Find(string id) => await users.FindById(id) ?? throw new Refusal(RefusalKind.NotFound, "user.unknown", id);

    static async Task<Actor> Self(Tx tx, string id) => Actor.User(id, await tx.One<string>("select name from users where id = @id", new { id }));

    static string Typed(string code) => new([.. code.Take(CodeMax).Where(char.IsAsciiLetterOrDigit).Select(char.ToUpperInvariant)]);

    static string Hash(string id, string code) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes($"{id}:{code}")));
}
