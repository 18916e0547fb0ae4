using System.Security.Claims;
using CallCenter.Audit;
using CallCenter.Storage;
using CallCenter.Teams;

namespace CallCenter.SigningIn;

/// <summary>
/// Finds out who somebody is whom the company's own sign-in has recognised: by its name that never changes, the first time by
/// a verified email. With a mapping of roles the claim decides what the person is at each sign-in, and somebody new is added.
/// </summary>
sealed class CompanyAccounts(Db db, Users users, Personnel personnel, AuditLog audit, TimeProvider clock)
{
    static readonly Authority Company = Authority.Console with { Actor = Actor.Server };

    /// <summary>Null when this is nobody who may sign in here.</summary>
    public async Task<User?> Find(ClaimsPrincipal claims, CompanyOptions options, CancellationToken stop = default)
    {
        if (claims.FindFirstValue("iss") is not { } issuer || claims.FindFirstValue("sub") is not { } subject) return null;
        var roles = claims.FindAll(options.RoleClaim).Select(claim => options.Roles.TryGetValue(claim.Value, out var role) ? role : (Role?)null).OfType<Role>().Distinct().ToList();
        if (options.Roles.Count > 0 && roles.Count == 0) return null;

        await personnel.Load(stop);
        var person = await Known(issuer, subject, stop) ?? await Introduce(issuer, subject, claims, roles, options);
        if (person is not { MaySignIn: true }) return null;
        if (options.Roles.Count > 0 && !person.Roles.SetEquals(roles)) await Change(person, roles);
        return await users.FindById(person.Id) is { MaySignIn: true } user ? user : null;
    }

    async Task<Person?> Known(string issuer, string subject, CancellationToken stop) =>
        await db.Read(tx => tx.Maybe<string>("select user_id from company_accounts where issuer = @issuer and subject = @subject", new { issuer, subject }), stop) is { } id
            ? personnel.Now.People.GetValueOrDefault(id) : null;

    /// <summary>The first time. Somebody else could have typed this address there, so an unverified one is nobody's.</summary>
    async Task<Person?> Introduce(string issuer, string subject, ClaimsPrincipal claims, List<Role> roles, CompanyOptions options)
    {
        if (claims.FindFirstValue("email") is not { Length: > 0 } email) return null;
        if (!options.TrustsEmail && !string.Equals(claims.FindFirstValue("email_verified"), "true", StringComparison.OrdinalIgnoreCase)) return null;
        var person = users.WithEmail(personnel.Now, email);
        if (person is null && options.Roles.Count == 0) return null;
        person ??= await users.Add(new NewPerson(email, claims.FindFirstValue("name") is { Length: > 0 and <= Person.NameMax } name ? name : email.Split('@')[0], roles), null, Company);
        await db.Write(async tx =>
        {
            await tx.Run("insert into company_accounts (issuer, subject, user_id, created_at) values (@issuer, @subject, @Id, @now) on conflict (issuer, subject) do nothing",
                new { issuer, subject, person.Id, now = clock.GetUtcNow().ToUnixTimeMilliseconds() });
            await audit.Note(tx, Company.Actor, "user.company-account-known", $"user:{person.Id}", new { issuer });
        });
        return person;
    }

    async Task Change(Person person, List<Role> roles)
    {
        try
        {
            await users.Change(person.Id, one => one with { Roles = [.. roles] }, Company);
        }
        catch (Refusal refusal) when (refusal.Code == "user.last-administrator")
        {
            // Nobody could make another one: whoever set up the server stays in, whatever the claims say.
        }
    }
}
