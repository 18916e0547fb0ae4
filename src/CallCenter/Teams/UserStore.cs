using CallCenter.Storage;
using Microsoft.AspNetCore.Identity;

namespace CallCenter.Teams;

/// <summary>The rows, as Identity wants to see them. The address is the name people sign in with.</summary>
sealed partial class UserStore(Db db) : IUserPasswordStore<User>, IUserEmailStore<User>, IUserLockoutStore<User>, IUserSecurityStampStore<User>, IUserAuthenticatorKeyStore<User>
{
    public Task<IdentityResult> CreateAsync(User user, CancellationToken stop) => throw new NotSupportedException("People are added with what is known of them.");

    /// <summary>What Identity itself changes. Password and stamp are ours to write, so that a wrong guess meanwhile cannot bring back the old ones.</summary>
    public async Task<IdentityResult> UpdateAsync(User user, CancellationToken stop)
    {
        await db.Write(tx => tx.Run("update users set failed_count = @FailedCount, locked_until = @locked where id = @Id",
            new { user.Id, user.FailedCount, locked = user.LockedUntil?.ToUnixTimeMilliseconds() }), stop);
        return IdentityResult.Success;
    }

    public Task<IdentityResult> DeleteAsync(User user, CancellationToken stop) => throw new NotSupportedException("People are archived; their calls stay theirs.");

    public Task<User?> FindByIdAsync(string userId, CancellationToken stop) => FindBy("id", userId, stop);

    public Task<User?> FindByNameAsync(string normalizedUserName, CancellationToken stop) => FindBy("normalized_email", normalizedUserName, stop);

    public Task<User?> FindByEmailAsync(string normalizedEmail, CancellationToken stop) => FindBy("normalized_email", normalizedEmail, stop);

    public Task<string> GetUserIdAsync(User user, CancellationToken stop) => Task.FromResult(user.Id);

    public Task<string?> GetUserNameAsync(User user, CancellationToken stop) => Task.FromResult<string?>(user.Email);

    public Task<string?> GetNormalizedUserNameAsync(User user, CancellationToken stop) => Task.FromResult<string?>(user.NormalizedEmail);

    public Task<string?> GetEmailAsync(User user, CancellationToken stop) => Task.FromResult<string?>(user.Email);

    public Task<string?> GetNormalizedEmailAsync(User user, CancellationToken stop) => Task.FromResult<string?>(user.NormalizedEmail);

    public Task<bool> GetEmailConfirmedAsync(User user, CancellationToken stop) => Task.FromResult(true);

    public Task<string?> GetPasswordHashAsync(User user, CancellationToken stop) => Task.FromResult(user.PasswordHash);

    public Task<bool> HasPasswordAsync(User user, CancellationToken stop) => Task.FromResult(user.PasswordHash is not null);

    public Task<string?> GetSecurityStampAsync(User user, CancellationToken stop) => Task.FromResult<string?>(user.SecurityStamp);

    public Task<DateTimeOffset?> GetLockoutEndDateAsync(User user, CancellationToken stop) => Task.FromResult(user.LockedUntil);

    public Task<int> GetAccessFailedCountAsync(User user, CancellationToken stop) => Task.FromResult(user.FailedCount);

    public Task<bool> GetLockoutEnabledAsync(User user, CancellationToken stop) => Task.FromResult(true);

    public Task SetUserNameAsync(User user, string? userName, CancellationToken stop) => Set(() => user.Email = userName ?? "");

    public Task SetNormalizedUserNameAsync(User user, string? normalizedName, CancellationToken stop) => Set(() => user.NormalizedEmail = normalizedName ?? "");

    public Task SetEmailAsync(User user, string? email, CancellationToken stop) => Set(() => user.Email = email ?? "");

    public Task SetNormalizedEmailAsync(User user, string? normalizedEmail, CancellationToken stop) => Set(() => user.NormalizedEmail = normalizedEmail ?? "");

    public Task SetEmailConfirmedAsync(User user, bool confirmed, CancellationToken stop) => Task.CompletedTask;

    public Task SetPasswordHashAsync(User user, string? passwordHash, CancellationToken stop) => Set(() => user.PasswordHash = passwordHash);

    public Task SetSecurityStampAsync(User user, string stamp, CancellationToken stop) => Set(() => user.SecurityStamp = stamp);

    public Task SetLockoutEndDateAsync(User user, DateTimeOffset? lockoutEnd, CancellationToken stop) => Set(() => user.LockedUntil = lockoutEnd);

    public Task SetLockoutEnabledAsync(User user, bool enabled, CancellationToken stop) => Task.CompletedTask;

    public Task ResetAccessFailedCountAsync(User user, CancellationToken stop) => Set(() => user.FailedCount = 0);

    public async Task<int> IncrementAccessFailedCountAsync(User user, CancellationToken stop)
    {
        // Counted in the database: guesses sent side by side must not count as one.
        user.FailedCount = await db.Write(tx => tx.One<int>(
            "update users set failed_count = failed_count + 1 where id = @Id returning failed_count", new { user.Id }), stop);
        return user.FailedCount;
    }

    /// <summary>Kept protected; whoever checks a code puts the readable one into the user.</summary>
    public Task<string?> GetAuthenticatorKeyAsync(User user, CancellationToken stop) => Task.FromResult(user.AuthenticatorKey);

    public Task SetAuthenticatorKeyAsync(User user, string key, CancellationToken stop) => Set(() => user.AuthenticatorKey = key);

    public void Dispose()
    {
    }

    Task<User?> FindBy(string column, string value, CancellationToken stop) => db.Read(async tx =>
        (await tx.Maybe<UserRow>($"select {UserRow.Columns} from users where {column} = @value", new { value }))?.ToUser(), stop);

    static Task Set(Action change)
    {
        change();
        return Task.CompletedTask;
    }
}

#pragma warning disable IDE1006 // columns keep their names
/// <summary>What signs in, of a row of <c>users</c>.</summary>
sealed class UserRow
{
    public string id { get; init; } = "";
    public string email { get; init; } = "";
    public string normalized_email { get; init; } = "";
    public string? password_hash { get; init; }
    public string security_stamp { get; init; } = "";
    public int failed_count { get; init; }
    public long? locked_until { get; init; }
    public long? blocked_at { get; init; }
    public long? archived_at { get; init; }
    public long? authenticator_at { get; init; }

    public const string Columns = "id, email, normalized_email, password_hash, security_stamp, failed_count, locked_until, blocked_at, archived_at, authenticator_at";

    public User ToUser() => new()
    {
        Id = id,
        Email = email,
        NormalizedEmail = normalized_email,
        PasswordHash = password_hash,
        SecurityStamp = security_stamp,
        FailedCount = failed_count,
        LockedUntil = PersonRow.At(locked_until),
        MaySignIn = blocked_at is null && archived_at is null,
        HasAuthenticator = authenticator_at is not null,
    };
}
#pragma warning restore IDE1006
