using CallCenter.Storage;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace CallCenter.Teams;

/// <summary>
/// Keeps the people who may sign in. Hashing, lockout, stamps and the rules for passwords are ASP.NET Core Identity's;
/// only the rows are ours.
/// </summary>
sealed class Users
{
    public const int PasswordMin = 12;

    /// <summary>A longer one only costs time to hash.</summary>
    public const int PasswordMax = 200;
    public const int FailuresMax = 5;
    public static readonly TimeSpan LockedFor = TimeSpan.FromMinutes(5);

    const int EmailMax = 254;
    const string Columns = "id, email, normalized_email, name, password_hash, security_stamp, role, language, time_zone, failed_count, locked_until, created_at";

    // What an unknown address is checked against, so that it takes as long as a known one.
    static readonly User Nobody = new();
    static readonly Lazy<string> NobodysHash = new(() => new PasswordHasher<User>().HashPassword(Nobody, Guid.NewGuid().ToString()));

    readonly Db db;
    readonly TimeProvider clock;
    readonly UserManager<User> identity;
    bool someoneSeen;

    public Users(Db db, TimeProvider clock)
    {
        (this.db, this.clock) = (db, clock);
        var options = new IdentityOptions
        {
            // Length is what makes a password hard to guess (NIST SP 800-63B); rules about signs only annoy.
            Password = { RequiredLength = PasswordMin, RequireDigit = false, RequireLowercase = false, RequireUppercase = false, RequireNonAlphanumeric = false, RequiredUniqueChars = 4 },
            Lockout = { MaxFailedAccessAttempts = FailuresMax, DefaultLockoutTimeSpan = LockedFor, AllowedForNewUsers = true },
            User = { RequireUniqueEmail = true, AllowedUserNameCharacters = "" },
        };
        identity = new UserManager<User>(
            new Store(db), Options.Create(options), new PasswordHasher<User>(), [new UserValidator<User>()], [new PasswordValidator<User>()],
            new UpperInvariantLookupNormalizer(), new IdentityErrorDescriber(), null!, NullLogger<UserManager<User>>.Instance);
    }

    /// <summary>Somebody may sign in; without anybody the first visit creates the administrator.</summary>
    public async Task<bool> AnyExists(CancellationToken stop = default) =>
        someoneSeen || (someoneSeen = await db.Read(tx => tx.One<long>("select count(*) from (select 1 from users limit 1) as seen"), stop) > 0);

    /// <exception cref="Refusal">The address or the password will not do, or somebody has the address already.</exception>
    public Task<User> Add(string email, string name, Role role, string password, string language = "es", string timeZone = "Europe/Madrid") =>
        Add(email, name, role, password, language, timeZone, onlyFirst: false);

    /// <summary>Adds the first administrator; refused when somebody exists by then.</summary>
    public Task<User> AddFirst(string email, string name, string password, string language, string timeZone) =>
        Add(email, name, Role.Administrator, password, language, timeZone, onlyFirst: true);

    public Task<User?> Find(string email) => identity.FindByEmailAsync(email.Trim());

    public Task<User?> FindById(string id) => identity.FindByIdAsync(id);

    public Task<List<User>> All() => db.Read(async tx =>
        (await tx.List<UserRow>($"select {Columns} from users order by name, email")).ConvertAll(row => row.ToUser()));

    /// <summary>
    /// Who this is, or null. Unknown address, wrong password and locked account answer alike and take alike long, so that
    /// a stranger learns nothing about who works here.
    /// </summary>
    public async Task<User?> Check(string email, string password)
    {
        if (password.Length > PasswordMax || email.Length > EmailMax) return null;
        if (await Find(email) is not { } user)
        {
            new PasswordHasher<User>().VerifyHashedPassword(Nobody, NobodysHash.Value, password);
            return null;
        }

        var isRight = await identity.CheckPasswordAsync(user, password);
        if (await identity.IsLockedOutAsync(user)) return null;
        if (isRight) await identity.ResetAccessFailedCountAsync(user);
        else await identity.AccessFailedAsync(user);
        return isRight ? user : null;
    }

    /// <summary>Ends every sign-in of this person as well.</summary>
    public async Task ChangePassword(string id, string password)
    {
        var user = await FindById(id) ?? throw new Refusal(RefusalKind.NotFound, "user.unknown", id);
        foreach (var validator in identity.PasswordValidators) Require(await validator.ValidateAsync(identity, user, password), user.Email);
        user.PasswordHash = identity.PasswordHasher.HashPassword(user, password);
        Require(await identity.UpdateSecurityStampAsync(user), user.Email);
    }

    /// <summary>Every sign-in of this person ends within seconds, on all nodes.</summary>
    public async Task EndSignIns(string id) =>
        Require(await identity.UpdateSecurityStampAsync(await FindById(id) ?? throw new Refusal(RefusalKind.NotFound, "user.unknown", id)), id);

    public Task ChangeLanguage(string id, string language) =>
        db.Write(tx => tx.Run("update users set language = @language where id = @id", new { id, language }));

    async Task<User> Add(string email, string name, Role role, string password, string language, string timeZone, bool onlyFirst)
    {
        (email, name) = (email.Trim(), name.Trim());
        if (email.Length is 0 or > EmailMax || !System.Net.Mail.MailAddress.TryCreate(email, out var address) || address.Address != email)
            throw new Refusal(RefusalKind.Invalid, "user.email");
        if (name.Length is 0 or > User.NameMax) throw new Refusal(RefusalKind.Invalid, "user.name");
        if (password.Length > PasswordMax) throw new Refusal(RefusalKind.Invalid, "user.password-too-long", PasswordMax);
        var user = new User
        {
            Email = email,
            Name = name,
            Role = role,
            Language = language == "en" ? "en" : "es",
            TimeZone = TimeZoneInfo.TryFindSystemTimeZoneById(timeZone, out _) ? timeZone : "Europe/Madrid",
            CreatedAt = clock.GetUtcNow(),
        };
        if (onlyFirst && await AnyExists()) throw new Refusal(RefusalKind.Conflict, "user.not-first");
        Require(await identity.CreateAsync(user, password), email);
        someoneSeen = true;
        return user;
    }

    static void Require(IdentityResult result, string about)
    {
        if (result.Succeeded) return;
        throw result.Errors.First().Code switch
        {
            nameof(IdentityErrorDescriber.DuplicateEmail) or nameof(IdentityErrorDescriber.DuplicateUserName) => new Refusal(RefusalKind.Conflict, "user.email-taken", about),
            nameof(IdentityErrorDescriber.PasswordTooShort) => new Refusal(RefusalKind.Invalid, "user.password-too-short", PasswordMin),
            nameof(IdentityErrorDescriber.PasswordRequiresUniqueChars) => new Refusal(RefusalKind.Invalid, "user.password-too-plain"),
            nameof(IdentityErrorDescriber.InvalidEmail) or nameof(IdentityErrorDescriber.InvalidUserName) => new Refusal(RefusalKind.Invalid, "user.email"),
            var other => new Refusal(RefusalKind.Conflict, "user.not-saved", other),
        };
    }

#pragma warning disable IDE1006 // columns keep their names
    sealed class UserRow
    {
        public string id { get; init; } = "";
        public string email { get; init; } = "";
        public string normalized_email { get; init; } = "";
        public string name { get; init; } = "";
        public string? password_hash { get; init; }
        public string security_stamp { get; init; } = "";
        public string role { get; init; } = "";
        public string language { get; init; } = "";
        public string time_zone { get; init; } = "";
        public int failed_count { get; init; }
        public long? locked_until { get; init; }
        public long created_at { get; init; }

        public User ToUser() => new()
        {
            Id = id,
            Email = email,
            NormalizedEmail = normalized_email,
            Name = name,
            PasswordHash = password_hash,
            SecurityStamp = security_stamp,
            Role = Enum.Parse<Role>(role),
            Language = language,
            TimeZone = time_zone,
            FailedCount = failed_count,
            LockedUntil = locked_until is { } ms ? DateTimeOffset.FromUnixTimeMilliseconds(ms) : null,
            CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(created_at),
        };
    }
#pragma warning restore IDE1006

    /// <summary>The rows, as Identity wants to see them. The address is the name people sign in with.</summary>
    sealed class Store(Db db) : IUserPasswordStore<User>, IUserEmailStore<User>, IUserLockoutStore<User>, IUserSecurityStampStore<User>
    {
        public async Task<IdentityResult> CreateAsync(User user, CancellationToken stop)
        {
            await db.Write(tx => tx.Run(
                $"""
                insert into users ({Columns}) values (@Id, @Email, @NormalizedEmail, @Name, @PasswordHash, @SecurityStamp, @Role, @Language, @TimeZone,
                @FailedCount, @locked, @created)
                """, Values(user)), stop);
            return IdentityResult.Success;
        }

        public async Task<IdentityResult> UpdateAsync(User user, CancellationToken stop)
        {
            await db.Write(tx => tx.Run(
                """
                update users set email = @Email, normalized_email = @NormalizedEmail, name = @Name, password_hash = @PasswordHash,
                security_stamp = @SecurityStamp, role = @Role, failed_count = @FailedCount, locked_until = @locked where id = @Id
                """, Values(user)), stop);
            return IdentityResult.Success;
        }

        public async Task<IdentityResult> DeleteAsync(User user, CancellationToken stop)
        {
            await db.Write(async tx =>
            {
                await tx.Run("delete from sessions where user_id = @Id", new { user.Id });
                await tx.Run("delete from users where id = @Id", new { user.Id });
            }, stop);
            return IdentityResult.Success;
        }

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

        public void Dispose()
        {
        }

        Task<User?> FindBy(string column, string value, CancellationToken stop) => db.Read(async tx =>
            (await tx.Maybe<UserRow>($"select {Columns} from users where {column} = @value", new { value }))?.ToUser(), stop);

        static Task Set(Action change)
        {
            change();
            return Task.CompletedTask;
        }

        static object Values(User user) => new
        {
            user.Id,
            user.Email,
            user.NormalizedEmail,
            user.Name,
            user.PasswordHash,
            user.SecurityStamp,
            Role = $"{user.Role}",
            user.Language,
            user.TimeZone,
            user.FailedCount,
            locked = user.LockedUntil?.ToUnixTimeMilliseconds(),
            created = user.CreatedAt.ToUnixTimeMilliseconds(),
        };
    }
}
