using CallCenter.Teams;

namespace CallCenter.Tests.Teams;

public sealed class UsersTests
{
    const string Password = "un caballo correcto";

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task Somebody_added_may_sign_in_with_any_spelling_of_the_address(On database)
    {
        await using var house = await House.Open(database);
        var users = house.Users;
        Assert.False(await users.AnyExists());

        var added = await users.Add(new NewPerson("Ana@example.com", "Ana", [Role.Administrator]), Password, Authority.Console);

        Assert.True(await users.AnyExists());
        Assert.Equal(added.Id, (await users.Check(" ana@EXAMPLE.com", Password))?.Id);
        Assert.Null(await users.Check("ana@example.com", Password + "!"));
        Assert.Null(await users.Check("otra@example.com", Password));
        Assert.Equal("Ana", Assert.Single(house.Personnel.Now.People.Values).Name);
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task Five_wrong_passwords_lock_the_account_for_a_while(On database)
    {
        await using var house = await House.Open(database);
        var users = house.Users;
        await users.Add(new NewPerson("ana@example.com", "Ana", [Role.Administrator]), Password, Authority.Console);

        for (var i = 0; i < Users.FailuresMax; i++) Assert.Null(await users.Check("ana@example.com", "equivocada"));

        Assert.Null(await users.Check("ana@example.com", Password));
        await house.Db.Write(tx => tx.Run("update users set locked_until = 1"));
        Assert.NotNull(await users.Check("ana@example.com", Password));
    }

    [Theory]
    [InlineData("no-address", "Ana", Password, "user.email")]
    [InlineData("Ana <ana@example.com>", "Ana", Password, "user.email")]
    [InlineData("ana@example.com", " ", Password, "user.name")]
    [InlineData("ana@example.com", "Ana", "corta", "user.password-too-short")]
    [InlineData("ana@example.com", "Ana", "aaaaaaaaaaaaaaa", "user.password-too-plain")]
    public async Task What_cannot_be_a_user_is_refused_with_the_reason(string email, string name, string password, string code)
    {
        await using var house = await House.Open();
        var refusal = await Assert.ThrowsAsync<Refusal>(() => house.Users.Add(new NewPerson(email, name, [Role.Administrator]), password, Authority.Console));
        Assert.Equal(code, refusal.Code);
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task An_address_belongs_to_one_person_and_the_first_administrator_is_made_once(On database)
    {
        await using var house = await House.Open(database);
        var users = house.Users;
        await users.AddFirst("ana@example.com", "Ana", Password, "es", "America/Argentina/Buenos_Aires");

        Assert.Equal("user.email-taken", (await Assert.ThrowsAsync<Refusal>(() => users.Add(new NewPerson("ANA@example.com", "Ana", [Role.Administrator]), Password, Authority.Console))).Code);
        Assert.Equal("user.not-first", (await Assert.ThrowsAsync<Refusal>(() => users.AddFirst("eva@example.com", "Eva", Password, "es", "UTC"))).Code);
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task A_sign_in_ends_when_its_person_signs_out_or_changes_the_password(On database)
    {
        await using var house = await House.Open(database);
        var users = house.Users;
        var sessions = house.Sessions;
        var ana = await users.Add(new NewPerson("ana@example.com", "Ana", [Role.Administrator]), Password, Authority.Console);
        var signing = (await users.Find(ana.Email))!;
        var (first, second) = (await sessions.Begin(signing), await sessions.Begin(signing));
        Assert.Equal(ana.Id, await sessions.Find(first));
        Assert.Null(await sessions.Find("invented"));

        await sessions.End(first);
        Assert.Null(await sessions.Find(first));
        Assert.NotNull(await sessions.Find(second));

        await users.ChangePassword(ana.Id, "otra frase bien larga", Authority.Console);
        Assert.Null(await sessions.Find(second));
        Assert.NotNull(await users.Check("ana@example.com", "otra frase bien larga"));
        Assert.DoesNotContain(second, await house.Db.Read(tx => tx.One<string>("select hash from sessions")), StringComparison.OrdinalIgnoreCase);
    }
}
