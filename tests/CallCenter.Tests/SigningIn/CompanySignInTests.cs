using System.Net;
using CallCenter.SigningIn;
using CallCenter.Teams;

namespace CallCenter.Tests.SigningIn;

/// <summary>Signing in with the company's own account, against an OpenID provider that speaks the protocol.</summary>
public sealed class CompanySignInTests
{
    const string Email = "ana@example.com";

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task Somebody_new_comes_in_with_the_role_that_the_claim_means_and_loses_it_there(On database)
    {
        await using var issuer = await FakeIssuer.Start();
        await using var house = await Open(issuer, database, "cc-ops=operator", "cc-leads=manager");
        await house.Get<Users>().Add(new NewPerson("jefe@example.com", "Jefe", [Role.Administrator]), null, Authority.Console);
        Say(issuer, "s-1", ("roles", new[] { "staff", "cc-ops" }), ("name", "Ana Gómez"));

        using var visitor = new Visitor(house);
        Assert.Contains("Entrar con Empresa", await visitor.Page("/entrar"));
        Assert.Equal("/llamadas?estado=perdidas", await Enter(visitor, issuer, "/llamadas?estado=perdidas"));
        Assert.True(await visitor.IsSignedIn());
        var ana = Person(house);
        Assert.Equal(("Ana Gómez", Role.Operator), (ana.Name, Assert.Single(ana.Roles)));

        // Promoted there; and the address is another one by now, which is hers all the same.
        Say(issuer, "s-1", ("roles", new[] { "cc-leads" }), ("email", "ana.gomez@example.com"));
        Assert.Equal("/llamadas", await Enter(visitor, issuer));
        Assert.Equal(Role.Manager, Assert.Single(Person(house).Roles));
        Assert.Equal(2, house.Get<Personnel>().Now.People.Count);

        Say(issuer, "s-1", ("roles", new[] { "staff" }));
        using var later = new Visitor(house);
        Assert.Equal(CompanySignIn.Refused, await Enter(later, issuer));
        Assert.Contains("Con esa cuenta de la empresa no se puede entrar", await later.Page(CompanySignIn.Refused));

        Say(issuer, "s-1", ("roles", new[] { "cc-leads" }));
        await house.Get<Users>().Block(ana.Id, Authority.Console);
        Assert.Equal(CompanySignIn.Refused, await Enter(later, issuer));
        Assert.False(await later.IsSignedIn());
    }

    [Theory]
    [InlineData(false, false, false)]
    [InlineData(true, false, true)]
    [InlineData(false, true, true)]
    public async Task An_address_is_believed_once_it_is_verified(bool isVerified, bool isTrusted, bool isIn)
    {
        await using var issuer = await FakeIssuer.Start();
        await using var house = await WebHouse.Open(with: options => options with { Company = Company(issuer) with { TrustsEmail = isTrusted } });
        await house.Get<Users>().Add(new NewPerson(Email, "Ana", [Role.Manager]), null, Authority.Console);
        Say(issuer, "s-1", ("email_verified", isVerified));
        using var visitor = new Visitor(house);
        Assert.Equal(isIn ? "/llamadas" : CompanySignIn.Refused, await Enter(visitor, issuer));
        Assert.Equal(isIn, await visitor.IsSignedIn());
        Assert.Equal(Role.Manager, Assert.Single(Person(house).Roles)); // without a mapping roles are given here
    }

    [Fact]
    public async Task Without_a_mapping_nobody_unknown_comes_in()
    {
        await using var issuer = await FakeIssuer.Start();
        await using var house = await Open(issuer);
        await house.Get<Users>().Add(new NewPerson("jefe@example.com", "Jefe", [Role.Administrator]), null, Authority.Console);
        Say(issuer, "s-9", ("roles", new[] { "administrator" }));
        using var visitor = new Visitor(house);
        Assert.Equal(CompanySignIn.Refused, await Enter(visitor, issuer));
        Assert.Single(house.Get<Personnel>().Now.People);
    }

    [Fact]
    public async Task What_the_provider_says_and_cannot_be_written_down_lets_nobody_in()
    {
        await using var issuer = await FakeIssuer.Start();
        await using var house = await Open(issuer, On.Sqlite, "cc-ops=operator");
        await house.Get<Users>().Add(new NewPerson("jefe@example.com", "Jefe", [Role.Administrator]), null, Authority.Console);
        Say(issuer, "s-1", ("roles", new[] { "cc-ops" }), ("email", "no address"));
        using var visitor = new Visitor(house);
        Assert.Equal(CompanySignIn.Refused, await Enter(visitor, issuer));
        Assert.Single(house.Get<Personnel>().Now.People);
    }

    [Fact]
    public async Task The_last_administrator_stays_one_whatever_the_claim_says()
    {
        await using var issuer = await FakeIssuer.Start();
        await using var house = await Open(issuer, On.Sqlite, "cc-ops=operator");
        await house.Get<Users>().Add(new NewPerson(Email, "Ana", [Role.Administrator]), null, Authority.Console);
        Say(issuer, "s-1", ("roles", new[] { "cc-ops" }));
        using var visitor = new Visitor(house);
        Assert.Equal("/llamadas", await Enter(visitor, issuer));
        Assert.Equal(Role.Administrator, Assert.Single(Person(house).Roles));
    }

    [Fact]
    public async Task A_forged_token_a_foreign_state_and_a_silent_issuer_let_nobody_in()
    {
        await using var issuer = await FakeIssuer.Start();
        await using var house = await Open(issuer, On.Sqlite, "cc-ops=operator");
        await house.Get<Users>().Add(new NewPerson(Email, "Ana", [Role.Administrator]), null, Authority.Console);
        Say(issuer, "s-1", ("roles", new[] { "cc-ops" }));
        issuer.IsForged = true;
        using var visitor = new Visitor(house);
        Assert.Equal(CompanySignIn.Refused, await Enter(visitor, issuer));
        issuer.IsForged = false;

        // Begun in one browser, ended in another: the link that an attacker sends.
        using var attacker = new Visitor(house);
        var back = await Ask(attacker, issuer);
        Assert.Equal(CompanySignIn.Refused, (await visitor.Get(back.PathAndQuery)).Headers.Location?.ToString());
        Assert.False(await visitor.IsSignedIn());
        Assert.Equal(CompanySignIn.Refused, (await visitor.Get(CompanySignIn.Back)).Headers.Location?.ToString());

        await using var away = await WebHouse.Open(with: options => options with { Company = Company(issuer) with { Authority = new Uri("http://127.0.0.1:1/") } });
        await away.Get<Users>().Add(new NewPerson(Email, "Ana", [Role.Administrator]), null, Authority.Console);
        using var early = new Visitor(away);
        Assert.Equal(CompanySignIn.Refused, (await early.Get(CompanySignIn.Address)).Headers.Location?.ToString());
    }

    [Fact]
    public async Task It_leads_nowhere_else_and_is_not_there_when_it_is_not_set_up()
    {
        await using var issuer = await FakeIssuer.Start();
        await using var house = await Open(issuer);
        await house.Get<Users>().Add(new NewPerson(Email, "Ana", [Role.Administrator]), null, Authority.Console);
        Say(issuer, "s-1");
        using var visitor = new Visitor(house);
        Assert.Equal("/llamadas", await Enter(visitor, issuer, "https://example.org/"));

        await using var plain = await WebHouse.Open();
        await plain.Get<Users>().Add(new NewPerson(Email, "Ana", [Role.Administrator]), null, Authority.Console);
        Assert.Equal(HttpStatusCode.NotFound, (await plain.Client.GetAsync(CompanySignIn.Address)).StatusCode);
        Assert.DoesNotContain(CompanySignIn.Address, await plain.Client.GetStringAsync("/entrar"));
    }

    [Theory]
    [InlineData("https://id.example.com", "c", "ops=operator, leads=manager", null)]
    [InlineData("https://id.example.com", "c", "", null)]
    [InlineData("http://id.example.com", "c", "", "oidc.authority")]
    [InlineData("id.example.com", "c", "", "oidc.authority")]
    [InlineData("https://id.example.com", "", "", "oidc.client")]
    [InlineData("https://id.example.com", "c", "ops=boss", "oidc.roles")]
    [InlineData("https://id.example.com", "c", "operator", "oidc.roles")]
    public void What_is_configured_is_checked_at_the_start(string authority, string client, string roles, string? code)
    {
        string? Value(string name) => name switch { "AUTHORITY" => authority, "CLIENT_ID" => client, "ROLES" => roles, _ => null };
        if (code is null) Assert.Equal(roles.Length == 0 ? 0 : 2, CompanyOptions.Read(Value)!.Roles.Count);
        else Assert.Equal(code, Assert.Throws<Refusal>(() => CompanyOptions.Read(Value)).Code);
        Assert.Null(CompanyOptions.Read(_ => null));
    }

    static Task<WebHouse> Open(FakeIssuer issuer, On database = On.Sqlite, params string[] roles) =>
        WebHouse.Open(database, options => options with { Company = Company(issuer, roles) });

    static CompanyOptions Company(FakeIssuer issuer, params string[] roles) => CompanyOptions.Read(name => name switch
    {
        "AUTHORITY" => issuer.Address.AbsoluteUri,
        "CLIENT_ID" => FakeIssuer.Client,
        "CLIENT_SECRET" => FakeIssuer.Secret,
        "NAME" => "Empresa",
        "ROLES" => string.Join(',', roles),
        _ => null,
    })!;

    static void Say(FakeIssuer issuer, string subject, params (string Name, object Value)[] more)
    {
        issuer.Claims.Clear();
        (issuer.Claims["sub"], issuer.Claims["email"], issuer.Claims["email_verified"]) = (subject, Email, true);
        foreach (var (name, value) in more) issuer.Claims[name] = value;
    }

    /// <summary>Goes there and back as a browser does; returns where it ends.</summary>
    static async Task<string?> Enter(Visitor visitor, FakeIssuer issuer, string wanted = "") =>
        (await visitor.Get((await Ask(visitor, issuer, wanted)).PathAndQuery)).Headers.Location?.ToString();

    /// <returns>The address by which the issuer sends the browser back.</returns>
    static async Task<Uri> Ask(Visitor visitor, FakeIssuer issuer, string wanted = "")
    {
        var there = (await visitor.Get($"{CompanySignIn.Address}?volver={Uri.EscapeDataString(wanted)}")).Headers.Location!;
        Assert.Equal(issuer.Address.Authority, there.Authority);
        using var browser = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false });
        return (await browser.GetAsync(there)).Headers.Location!;
    }

    static Person Person(WebHouse house) => house.Get<Personnel>().Now.People.Values.Single(person => person.Email == Email);
}
