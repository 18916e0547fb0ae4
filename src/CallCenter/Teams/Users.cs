using CallCenter.Audit;
using CallCenter.Storage;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace CallCenter.Teams;

/// <summary>Who changes something, and what he may do himself: nobody gives what he does not have.</summary>
public sealed record Authority(Actor Actor, Rights Rights)
{
    /// <summary>The command line.</summary>
    public static Authority Console { get; } = new(Actor.Console, Rights.Of("", [Role.Administrator], [], []));

    public static Authority Of(Person person, Rights rights) => new(Actor.User(person.Id, person.Name), rights);
}

/// <summary>What is written down of somebody who is to be added.</summary>
public sealed record NewPerson(
    string Email, string Name, IReadOnlyCollection<Role> Roles, IReadOnlyCollection<Ability>? Abilities = null, string Language = "es", string TimeZone = "Europe/Madrid", string Phones = "");

/// <summary>
/// Keeps people and what signs them in. Hashing, lockout, stamps and the rules for passwords are ASP.NET Core Identity's;
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

    // What an unknown address is checked against, so that it takes as long as a known one.
    static readonly User Nobody = new();
    static readonly Lazy<string> NobodysHash = new(() => new PasswordHasher<User>().HashPassword(Nobody, Guid.NewGuid().ToString()));

    readonly Db db;
    readonly Personnel personnel;
    readonly AuditLog audit;
    readonly TimeProvider clock;
    readonly UserManager<User> identity;
    bool someoneSeen;

    public Users(Db db, Personnel personnel, AuditLog audit, TimeProvider clock)
    {
        (this.db, this.personnel, this.audit, this.clock) = (db, personnel, audit, clock);
        var options = new IdentityOptions
        {
            // Length is what makes a password hard to guess (NIST SP 800-63B); rules about signs only annoy.
            Password = { RequiredLength = PasswordMin, RequireDigit = false, RequireLowercase = false, RequireUppercase = false, RequireNonAlphanumeric = false, RequiredUniqueChars = 4 },
            Lockout = { MaxFailedAccessAttempts = FailuresMax, DefaultLockoutTimeSpan = LockedFor, AllowedForNewUsers = true },
            User = { RequireUniqueEmail = true, AllowedUserNameCharacters = "" },
        };
        identity = new UserManager<User>(
            new UserStore(db), Options.Create(options), new PasswordHasher<User>(), [new UserValidator<User>()], [new PasswordValidator<User>()],
            new UpperInvariantLookupNormalizer(), new IdentityErrorDescriber(), null!, NullLogger<UserManager<User>>.Instance);
    }

    /// <summary>What hashes, counts and locks; for the other ways to sign in.</summary>
    internal UserManager<User> Identity => identity;

    /// <summary>Somebody may sign in; without anybody the first visit creates the administrator.</summary>
    public async Task<bool> AnyExists(CancellationToken stop = default) =>
        someoneSeen || (someoneSeen = await db.Read(tx => tx.One<long>("select count(*) from (select 1 from users limit 1) as seen"), stop) > 0);

    /// <summary>Adds somebody; without a password the person cannot sign in until one is set.</summary>
    /// <exception cref="Refusal">The address, the name or the password will not do, or they are not his to give.</exception>
    public Task<Person> Add(NewPerson wanted, string? password, Authority by) => Add(wanted, password, by, onlyFirst: false);

    /// <summary>Adds the first administrator; refused when somebody exists by then.</summary>
    public async Task<User> AddFirst(string email, string name, string password, string language, string timeZone)
    {
        var zone = TimeZoneInfo.TryFindSystemTimeZoneById(timeZone, out _) ? timeZone : "Europe/Madrid";
        var added = await Add(new NewPerson(email, name, [Role.Administrator], Language: language == "en" ? "en" : "es", TimeZone: zone), password, Authority.Console, onlyFirst: true);
        return (await FindById(added.Id))!;
    }

    /// <summary>Changes what is known of somebody and given to him.</summary>
    /// <exception cref="Refusal">It will not do, or is not his to change.</exception>
    public async Task<Person> Change(string id, Func<Person, Person> decide, Authority by)
    {
        await personnel.Change(Changing(id, decide, by));
        return personnel.Now.People[id];
    }

    /// <summary>The same as a step of a larger change.</summary>
    internal Step Changing(string id, Func<Person, Person> decide, Authority by) => async (tx, roster) =>
    {
        var before = roster.People.GetValueOrDefault(id) ?? throw new Refusal(RefusalKind.NotFound, "user.unknown", id);
        var after = Checked(decide(before) with { Id = before.Id, CreatedAt = before.CreatedAt, SeenAt = before.SeenAt });
        if (after == before) return null;
        Must(roster, before, after, by);
        var endsSignIns = before.MaySignIn && !after.MaySignIn;
        await tx.Run(
            $"""
            update users set email = @Email, normalized_email = @normalized, name = @Name, roles = @roles, abilities = @abilities, language = @Language,
            time_zone = @TimeZone, phones = @Phones, blocked_at = @blocked, archived_at = @archived{(endsSignIns ? ", security_stamp = @stamp" : "")} where id = @Id
            """, With(PersonRow.Values(after), ("normalized", identity.NormalizeEmail(after.Email)), ("stamp", NewStamp())));
        await audit.Note(tx, by.Actor, ActionOf(before, after), $"user:{id}", new { before = Told(before), after = Told(after) });
        return after.ArchivedAt is { } left && before.ArchivedAt is null ? await Leave(tx, id, left) : null;
    };

    /// <summary>The person cannot sign in any more, and every open screen of his ends within seconds.</summary>
    public Task<Person> Block(string id, Authority by) => Change(id, person => person with { BlockedAt = person.BlockedAt ?? clock.GetUtcNow() }, by);

    public Task<Person> Unblock(string id, Authority by) => Change(id, person => person with { BlockedAt = null }, by);

    /// <summary>The person has left: cannot sign in, belongs to no team, and the extensions are free. Past calls stay his.</summary>
    public Task<Person> Archive(string id, Authority by) => Change(id, person => person with { ArchivedAt = person.ArchivedAt ?? clock.GetUtcNow() }, by);

    /// <summary>The person is back; teams and extensions have to be given again.</summary>
    public Task<Person> Restore(string id, Authority by) => Change(id, person => person with { ArchivedAt = null }, by);

    public Task<User?> Find(string email) => identity.FindByEmailAsync(email.Trim());

    public Task<User?> FindById(string id) => identity.FindByIdAsync(id);

    /// <summary>
    /// Who this is, or null. Unknown address, wrong password, locked, blocked and archived account answer alike and take alike
    /// long, so that a stranger learns nothing about who works here.
    /// </summary>
    public async Task<User?> Check(string email, string password)
    {
        if (password.Length > PasswordMax || email.Length > EmailMax) return null;
        if (await Find(email) is not { PasswordHash: not null } user)
        {
            new PasswordHasher<User>().VerifyHashedPassword(Nobody, NobodysHash.Value, password);
            return null;
        }

        var isRight = await identity.CheckPasswordAsync(user, password);
        if (await identity.IsLockedOutAsync(user)) return null;
        // With an authenticator the count ends with its code only: who knows the password shall not guess at the code without end.
        if (!isRight) await identity.AccessFailedAsync(user);
        else if (!user.HasAuthenticator) await identity.ResetAccessFailedCountAsync(user);
        return isRight && user.MaySignIn ? user : null;
    }

    /// <summary>The person's own change: shows that he knows the password in use. All sign-ins end but the one it is done in.</summary>
    /// <param name="session">The secret id of that sign-in.</param>
    /// <exception cref="Refusal">The password in use is not this one, or the new one will not do.</exception>
    public async Task ChangeOwnPassword(string id, string session, string current, string password)
    {
        var user = await FindById(id) ?? throw new Refusal(RefusalKind.NotFound, "user.unknown", id);
        var isRight = user.PasswordHash is not null && current.Length <= PasswordMax && await identity.CheckPasswordAsync(user, current);
        if (await identity.IsLockedOutAsync(user)) throw new Refusal(RefusalKind.Forbidden, "user.locked");
        if (!isRight)
        {
            await identity.AccessFailedAsync(user);
            throw new Refusal(RefusalKind.Invalid, "user.wrong-password");
        }

        await SetPassword(user, password, personnel.Now.People[id].Name);
        await personnel.Change(async (tx, roster) =>
        {
            var stamp = NewStamp();
            await tx.Run("update users set password_hash = @PasswordHash, security_stamp = @stamp, failed_count = 0, locked_until = null where id = @Id", new { user.PasswordHash, stamp, user.Id });
            await Sessions.Keep(tx, session, user.Id, stamp);
            await audit.Note(tx, Actor.User(id, roster.People[id].Name), "user.password-changed", $"user:{id}");
            return null;
        });
    }

    /// <summary>Ends every sign-in of this person as well.</summary>
    /// <exception cref="Refusal">The password will not do, or it is not his to set.</exception>
    public async Task ChangePassword(string id, string password, Authority by)
    {
        var user = await FindById(id) ?? throw new Refusal(RefusalKind.NotFound, "user.unknown", id);
        await SetPassword(user, password, personnel.Now.People.GetValueOrDefault(id)?.Name ?? "");
        await ChangeSignIn(id, by, "user.password-changed", (tx, stamp) => tx.Run(
            "update users set password_hash = @PasswordHash, security_stamp = @stamp, failed_count = 0, locked_until = null where id = @Id", new { user.PasswordHash, stamp, user.Id }));
    }

    /// <summary>Every sign-in of this person ends within seconds, on all nodes.</summary>
    public Task EndSignIns(string id, Authority by) => ChangeSignIn(id, by, "user.signed-out",
        (tx, stamp) => tx.Run("update users set security_stamp = @stamp where id = @id", new { id, stamp }));

    /// <summary>The person's own choice, for himself.</summary>
    public Task ChangeLanguage(string id, string language) => personnel.Change(async (tx, _) =>
    {
        await tx.Run("update users set language = @language where id = @id", new { id, language = language == "en" ? "en" : "es" });
        return null;
    });

    /// <summary>The person's own choice, for himself.</summary>
    public Task ChangeTimeZone(string id, string timeZone)
    {
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(timeZone, out _)) throw new Refusal(RefusalKind.Invalid, "connection.unknown-zone", timeZone);
        return personnel.Change(async (tx, _) =>
        {
            await tx.Run("update users set time_zone = @timeZone where id = @id", new { id, timeZone });
            return null;
        });
    }

    /// <exception cref="Refusal">This person is not his to change.</exception>
    internal void MustManage(string id, Authority by)
    {
        var person = personnel.Now.People.GetValueOrDefault(id) ?? throw new Refusal(RefusalKind.NotFound, "user.unknown", id);
        MustBeHis(person, person, by);
    }

    async Task<Person> Add(NewPerson wanted, string? password, Authority by, bool onlyFirst)
    {
        var person = New(wanted);
        var user = UserOf(person);
        MustBeHis(null, person, by);
        await SetPassword(user, password, person.Name);
        await personnel.Change(async (tx, roster) =>
        {
            if (onlyFirst && roster.People.Count > 0) throw new Refusal(RefusalKind.Conflict, "user.not-first");
            return await Adding(person, user, by)(tx, roster);
        });
        someoneSeen = true;
        return personnel.Now.People[person.Id];
    }

    /// <summary>Somebody whom nobody knows yet.</summary>
    /// <exception cref="Refusal">Something of him will not do.</exception>
    internal Person New(NewPerson wanted) => Checked(new Person(
        Guid.CreateVersion7().ToString("n"), wanted.Email, wanted.Name, [.. wanted.Roles], [.. wanted.Abilities ?? []], wanted.Language, wanted.TimeZone, wanted.Phones,
        clock.GetUtcNow(), null, null, null));

    /// <summary>The addition, without a password, as a step of a larger change.</summary>
    internal Step Adding(Person person, Authority by) => Adding(person, UserOf(person), by);

    Step Adding(Person person, User user, Authority by) => async (tx, roster) =>
    {
        Must(roster, null, person, by);
        await Insert(tx, person, user);
        await audit.Note(tx, by.Actor, "user.added", $"user:{person.Id}", Told(person));
        return null;
    };

    User UserOf(Person person) => new() { Id = person.Id, Email = person.Email, NormalizedEmail = identity.NormalizeEmail(person.Email), SecurityStamp = NewStamp() };

    /// <exception cref="Refusal">The address is somebody else's, it is not his to change, or nobody would be left who may do everything.</exception>
    internal void Must(Roster roster, Person? before, Person after, Authority by)
    {
        MustBeHis(before, after, by);
        MustBeFree(roster, after);
        if (before is { IsActiveAdministrator: true } && !after.IsActiveAdministrator && roster.People.Values.Count(person => person.IsActiveAdministrator) == 1)
            throw new Refusal(RefusalKind.Conflict, "user.last-administrator", before.Name);
    }

    Task ChangeSignIn(string id, Authority by, string action, Func<Tx, string, Task> change) => personnel.Change(async (tx, roster) =>
    {
        var person = roster.People.GetValueOrDefault(id) ?? throw new Refusal(RefusalKind.NotFound, "user.unknown", id);
        if (by.Rights.User != id) MustBeHis(person, person, by);
        await change(tx, NewStamp());
        await audit.Note(tx, by.Actor, action, $"user:{id}");
        return null;
    });

    static async Task<DateTimeOffset?> Leave(Tx tx, string id, DateTimeOffset at)
    {
        var values = new { id, at = at.ToUnixTimeMilliseconds() };
        await tx.Run("update team_members set until = @at where user_id = @id and (until is null or until > @at)", values);
        await tx.Run("update extensions set until = @at where user_id = @id and (until is null or until > @at)", values);
        await tx.Run("update teams set manager_id = null where manager_id = @id", values);
        return at;
    }

    internal static Person Checked(Person person)
    {
        person = person with { Email = person.Email.Trim(), Name = person.Name.Trim(), Phones = person.Phones.Trim() };
        if (person.Email.Length is 0 or > EmailMax || !System.Net.Mail.MailAddress.TryCreate(person.Email, out var address) || address.Address != person.Email)
            throw new Refusal(RefusalKind.Invalid, "user.email");
        if (person.Name.Length is 0 or > Person.NameMax || person.Name.Contains('\0')) throw new Refusal(RefusalKind.Invalid, "user.name", Person.NameMax);
        if (person.Phones.Length > Person.PhonesMax) throw new Refusal(RefusalKind.Invalid, "user.phones", Person.PhonesMax);
        if (person.Language is not ("es" or "en")) throw new Refusal(RefusalKind.Invalid, "user.language", person.Language);
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(person.TimeZone, out _)) throw new Refusal(RefusalKind.Invalid, "connection.unknown-zone", person.TimeZone);
        return person;
    }

    /// <summary>Nobody gives what he does not have, nobody raises himself, and only administrators touch administrators.</summary>
    static void MustBeHis(Person? before, Person after, Authority by)
    {
        if (by.Rights.IsAdministrator) return;
        if (!by.Rights.Has(Ability.ManageUsers)) throw new Refusal(RefusalKind.Forbidden, "user.may-not");
        if (before?.Roles.Contains(Role.Administrator) == true || after.Roles.Contains(Role.Administrator)) throw new Refusal(RefusalKind.Forbidden, "user.administrators-only");
        var (had, has) = (before is null ? Rights.None : Given(before), Given(after));
        if (by.Rights.User == after.Id && !had.Equals(has)) throw new Refusal(RefusalKind.Forbidden, "user.not-own-rights");
        foreach (var ability in has.Abilities.Except(had.Abilities))
            if (!by.Rights.Has(ability)) throw new Refusal(RefusalKind.Forbidden, "user.not-yours-to-give", ability.Slug());

        static Rights Given(Person person) => Rights.Of(person.Id, person.Roles, person.Abilities, []);
    }

    void MustBeFree(Roster roster, Person person)
    {
        if (WithEmail(roster, person.Email) is { } other && other.Id != person.Id) throw new Refusal(RefusalKind.Conflict, "user.email-taken", person.Email);
    }

    /// <summary>Whose address it is, in any spelling.</summary>
    internal Person? WithEmail(Roster roster, string email)
    {
        var normalized = identity.NormalizeEmail(email.Trim());
        return roster.People.Values.FirstOrDefault(person => identity.NormalizeEmail(person.Email) == normalized);
    }

    async Task SetPassword(User user, string? password, string name)
    {
        if (password is null) return;
        if (password.Length > PasswordMax) throw new Refusal(RefusalKind.Invalid, "user.password-too-long", PasswordMax);
        foreach (var validator in identity.PasswordValidators) Require(await validator.ValidateAsync(identity, user, password));
        if (CommonPasswords.Holds(password, $"{user.Email} {name}")) throw new Refusal(RefusalKind.Invalid, "user.password-common");
        user.PasswordHash = identity.PasswordHasher.HashPassword(user, password);
    }

    static Task Insert(Tx tx, Person person, User user) => tx.Run(
        """
        insert into users (id, email, normalized_email, name, password_hash, security_stamp, roles, abilities, language, time_zone, phones, failed_count, created_at)
        values (@Id, @Email, @NormalizedEmail, @Name, @PasswordHash, @SecurityStamp, @roles, @abilities, @Language, @TimeZone, @Phones, 0, @created)
        """, With(PersonRow.Values(person), ("NormalizedEmail", user.NormalizedEmail), ("PasswordHash", user.PasswordHash), ("SecurityStamp", user.SecurityStamp)));

    static Dapper.DynamicParameters With(object values, params (string Name, object? Value)[] more)
    {
        var all = new Dapper.DynamicParameters(values);
        foreach (var (name, value) in more) all.Add(name, value);
        return all;
    }

    static string NewStamp() => Guid.NewGuid().ToString("n");

    static object Told(Person person) => new { person.Email, person.Name, person.Roles, abilities = person.Abilities.Select(ability => ability.Slug()), person.Language, person.TimeZone, person.Phones };

    static string ActionOf(Person before, Person after) =>
        before.ArchivedAt is null && after.ArchivedAt is not null ? "user.archived"
        : before.ArchivedAt is not null && after.ArchivedAt is null ? "user.restored"
        : before.BlockedAt is null && after.BlockedAt is not null ? "user.blocked"
        : before.BlockedAt is not null && after.BlockedAt is null ? "user.unblocked"
        : "user.changed";

    static void Require(IdentityResult result)
    {
        if (result.Succeeded) return;
        throw result.Errors.First().Code switch
        {
            nameof(IdentityErrorDescriber.PasswordTooShort) => new Refusal(RefusalKind.Invalid, "user.password-too-short", PasswordMin),
            nameof(IdentityErrorDescriber.PasswordRequiresUniqueChars) => new Refusal(RefusalKind.Invalid, "user.password-too-plain"),
            var other => new Refusal(RefusalKind.Conflict, "user.not-saved", other),
        };
    }
}
