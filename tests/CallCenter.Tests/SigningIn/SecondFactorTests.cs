using System.Globalization;
using System.Web;
using CallCenter.Audit;
using CallCenter.SigningIn;
using CallCenter.Teams;
using Microsoft.AspNetCore.DataProtection;

namespace CallCenter.Tests.SigningIn;

public sealed class SecondFactorTests
{
    const string Password = "un caballo correcto";
    const string Email = "ana@example.com";

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task An_app_is_asked_for_once_it_has_shown_that_it_knows_the_key(On database)
    {
        await using var house = await House.Open(database);
        var (factor, ana) = await Open(house);
        var key = await factor.Begin(ana.Id);
        Assert.Contains($"secret={key.Key.Replace(" ", "")}", key.Address.Query);
        Assert.Contains("WiseParts Call Center:ana@example.com", HttpUtility.UrlDecode(key.Address.AbsoluteUri));
        Assert.False((await house.Users.Find(Email))!.HasAuthenticator);
        Assert.Equal("authenticator.wrong-code", (await Assert.ThrowsAsync<Refusal>(() => factor.Confirm(ana.Id, Wrong(key)))).Code);

        var recovery = await factor.Confirm(ana.Id, Totp.Code(key.Key));

        Assert.True((await house.Users.Check(Email, Password))!.HasAuthenticator);
        Assert.Equal(SecondFactor.RecoveryCodes, recovery.Distinct().Count());
        Assert.Equal(SecondFactor.RecoveryCodes, await factor.RecoveryCodesLeft(ana.Id));
        var kept = await house.Db.Read(async tx => string.Join(' ', await tx.List<string>("select hash from recovery_codes")) + await tx.One<string>("select authenticator_key from users"));
        Assert.DoesNotContain(key.Key.Replace(" ", ""), kept);
        Assert.DoesNotContain(recovery, code => kept.Contains(code) || kept.Contains(code.Replace("-", "")));
        Assert.Equal("authenticator.exists", (await Assert.ThrowsAsync<Refusal>(() => factor.Begin(ana.Id))).Code);
        Assert.Equal("user.authenticator-added", (await house.Audit.List(new AuditFilter(), limit: 1))[0].Action);
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task A_code_is_right_once_and_so_is_a_recovery_code(On database)
    {
        await using var house = await House.Open(database);
        var (factor, ana) = await Open(house);
        var key = (await factor.Begin(ana.Id)).Key;
        var first = Totp.Code(key);
        var recovery = await factor.Confirm(ana.Id, first);

        Assert.False(await factor.Check(await Of(house), first));
        var next = Totp.Code(key, 1);
        Assert.True(await factor.Check(await Of(house), $" {next[..3]} {next[3..]}"));
        Assert.False(await factor.Check(await Of(house), next));

        Assert.True(await factor.Check(await Of(house), recovery[3].ToLowerInvariant()));
        Assert.False(await factor.Check(await Of(house), recovery[3]));
        Assert.Equal(SecondFactor.RecoveryCodes - 1, await factor.RecoveryCodesLeft(ana.Id));
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task Wrong_codes_lock_the_account_and_the_right_password_between_them_does_not_help(On database)
    {
        await using var house = await House.Open(database);
        var (factor, ana) = await Open(house);
        var key = await factor.Begin(ana.Id);
        var recovery = await factor.Confirm(ana.Id, Totp.Code(key.Key));
        for (var i = 0; i < Users.FailuresMax; i++)
        {
            Assert.NotNull(await house.Users.Check(Email, Password));
            Assert.False(await factor.Check(await Of(house), Wrong(key)));
        }

        Assert.Null(await house.Users.Check(Email, Password));
        Assert.False(await factor.Check(await Of(house), recovery[0]));
        Assert.Equal("user.locked", (await Assert.ThrowsAsync<Refusal>(() => factor.Disable(ana.Id, recovery[0]))).Code);
        Assert.Equal(SecondFactor.RecoveryCodes, await factor.RecoveryCodesLeft(ana.Id));
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task It_is_given_up_against_a_code_or_taken_away_by_who_manages_the_person(On database)
    {
        await using var house = await House.Open(database);
        var (factor, ana) = await Open(house);
        var recovery = await factor.Confirm(ana.Id, Totp.Code((await factor.Begin(ana.Id)).Key));

        Assert.Equal("authenticator.wrong-code", (await Assert.ThrowsAsync<Refusal>(() => factor.Disable(ana.Id, "AAAA-BBBB-CCCC-DDDD"))).Code);
        var renewed = await factor.RenewRecoveryCodes(ana.Id, recovery[0]);
        Assert.Empty(renewed.Intersect(recovery));
        await factor.Disable(ana.Id, renewed[0]);
        Assert.False((await Of(house)).HasAuthenticator);
        Assert.Null(await factor.RecoveryCodesLeft(ana.Id));

        await factor.Confirm(ana.Id, Totp.Code((await factor.Begin(ana.Id)).Key));
        var eva = await house.Users.Add(new NewPerson("eva@example.com", "Eva", [Role.Operator], [Ability.ManageUsers]), Password, Authority.Console);
        var byEva = Authority.Of(eva, house.Personnel.RightsOf(eva.Id));
        Assert.Equal("user.administrators-only", (await Assert.ThrowsAsync<Refusal>(() => factor.Remove(ana.Id, byEva))).Code);
        await factor.Remove(ana.Id, Authority.Console);
        Assert.False((await Of(house)).HasAuthenticator);
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task Changing_ones_own_password_takes_the_one_in_use_and_ends_the_other_sessions(On database)
    {
        await using var house = await House.Open(database);
        var (_, ana) = await Open(house);
        var signing = await Of(house);
        var (here, elsewhere) = (await house.Sessions.Begin(signing, "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0", "192.0.2.7"), await house.Sessions.Begin(signing));

        Assert.Equal("user.wrong-password", (await Assert.ThrowsAsync<Refusal>(() => house.Users.ChangeOwnPassword(ana.Id, here, "no es esta", "otra frase bien larga"))).Code);
        await house.Users.ChangeOwnPassword(ana.Id, here, Password, "otra frase bien larga");

        Assert.Null(await house.Sessions.Find(elsewhere));
        Assert.Equal(ana.Id, await house.Sessions.Find(here));
        Assert.NotNull(await house.Users.Check(Email, "otra frase bien larga"));
        var open = Assert.Single(await house.Sessions.Of(ana.Id, here));
        Assert.True(open is { IsCurrent: true, Address: "192.0.2.7" });
    }

    [Fact]
    public async Task Wrong_current_passwords_count_to_the_lockout()
    {
        await using var house = await House.Open();
        var (_, ana) = await Open(house);
        var here = await house.Sessions.Begin(await Of(house));
        for (var i = 0; i < Users.FailuresMax; i++) await Assert.ThrowsAsync<Refusal>(() => house.Users.ChangeOwnPassword(ana.Id, here, "no es esta", "otra frase bien larga"));
        Assert.Equal("user.locked", (await Assert.ThrowsAsync<Refusal>(() => house.Users.ChangeOwnPassword(ana.Id, here, Password, "otra frase bien larga"))).Code);
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task A_session_is_ended_by_its_own_person_only(On database)
    {
        await using var house = await House.Open(database);
        var (_, ana) = await Open(house);
        var here = await house.Sessions.Begin(await Of(house));
        var session = Assert.Single(await house.Sessions.Of(ana.Id, here));

        await house.Sessions.EndOne("somebody else", session.Id);
        Assert.NotNull(await house.Sessions.Find(here));
        await house.Sessions.EndOne(ana.Id, session.Id);
        Assert.Null(await house.Sessions.Find(here));
    }

    static async Task<(SecondFactor Factor, Person Ana)> Open(House house) => (
        new SecondFactor(house.Db, house.Users, house.Audit, new EphemeralDataProtectionProvider(), TimeProvider.System),
        await house.Users.Add(new NewPerson(Email, "Ana", [Role.Administrator]), Password, Authority.Console));

    static async Task<User> Of(House house) => (await house.Users.Find(Email))!;

    /// <summary>A code that is right neither now nor around now.</summary>
    static string Wrong(AuthenticatorKey key) => Enumerable.Range(0, 1000).Select(number => number.ToString("000000", CultureInfo.InvariantCulture))
        .First(code => Enumerable.Range(-5, 11).All(steps => Totp.Code(key.Key, steps) != code));
}
