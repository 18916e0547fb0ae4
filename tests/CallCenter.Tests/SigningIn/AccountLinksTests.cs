using System.Net;
using System.Text.RegularExpressions;
using CallCenter.Mail;
using CallCenter.SigningIn;
using CallCenter.Teams;
using CallCenter.Tests.Commands;
using CallCenter.Tests.Mail;

namespace CallCenter.Tests.SigningIn;

public sealed partial class AccountLinksTests
{
    const string Password = "un caballo correcto";
    const string Email = "ana@example.com";

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task An_invited_person_chooses_name_and_password_once(On database)
    {
        await using var house = await WebHouse.Open(database, options => options with { PublicUrl = new Uri("https://calls.example.com") });
        var ana = await Add(house);
        var made = await house.Get<AccountLinks>().Invite(ana.Id, Authority.Console);
        Assert.False(made.IsMailed);
        Assert.StartsWith("https://calls.example.com/enlace/", made.Address.AbsoluteUri, StringComparison.Ordinal);
        Assert.DoesNotContain(made.Address.Segments[^1], await house.Db.Read(tx => tx.One<string>("select hash from account_links")), StringComparison.OrdinalIgnoreCase);
        using var visitor = new Visitor(house);

        var answer = await visitor.Send(made.Address.AbsolutePath, ("Name", "Ana Gómez"), ("Password", "contraseña123"));
        Assert.Contains("las que se prueban primero", await Text(answer));
        answer = await visitor.Send(made.Address.AbsolutePath, ("Name", "Ana Gómez"), ("Password", Password));
        Assert.Contains("Su contraseña está guardada", await Text(answer));

        Assert.Equal("Ana Gómez", house.Get<Personnel>().Now.People[ana.Id].Name);
        Assert.Contains("ya no sirve", WebUtility.HtmlDecode(await visitor.Page(made.Address.AbsolutePath)));
        Assert.Equal("/llamadas", new Uri(house.Address, (await visitor.SignIn(Email, Password)).Headers.Location!).AbsolutePath);
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task A_link_ends_when_it_is_taken_back_when_another_is_made_and_with_its_person(On database)
    {
        await using var house = await WebHouse.Open(database);
        var links = house.Get<AccountLinks>();
        var ana = await Add(house);
        await house.Get<Users>().Add(new NewPerson("eva@example.com", "Eva", [Role.Administrator]), null, Authority.Console);
        var first = await links.Invite(ana.Id, Authority.Console);
        var second = await links.Reset(ana.Id, Authority.Console);
        Assert.Null(await links.Find(TokenOf(first)));
        Assert.Equal(LinkKind.Reset, (await links.Find(TokenOf(second)))?.Kind);

        await links.Revoke(ana.Id, Authority.Console);
        Assert.Null(await links.Find(TokenOf(second)));
        Assert.Equal("link.ended", (await Assert.ThrowsAsync<Refusal>(() => links.Use(TokenOf(second), "Ana", Password))).Code);

        var third = await links.Reset(ana.Id, Authority.Console);
        await house.Get<Users>().Block(ana.Id, Authority.Console);
        Assert.Null(await links.Find(TokenOf(third)));
        Assert.Equal("link.may-not-sign-in", (await Assert.ThrowsAsync<Refusal>(() => links.Reset(ana.Id, Authority.Console))).Code);

        await house.Get<Users>().Unblock(ana.Id, Authority.Console);
        Assert.NotNull(await links.Find(TokenOf(third)));
        await house.Db.Write(tx => tx.Run("update account_links set expires_at = 1"));
        Assert.Null(await links.Find(TokenOf(third)));
    }

    [Fact]
    public async Task Only_who_manages_a_person_makes_links_for_him()
    {
        await using var house = await WebHouse.Open();
        var ana = await Add(house);
        var eva = await house.Get<Users>().Add(new NewPerson("eva@example.com", "Eva", [Role.Operator], [Ability.ManageUsers]), Password, Authority.Console);
        var byEva = Authority.Of(eva, house.Get<Personnel>().RightsOf(eva.Id));
        Assert.Equal("user.administrators-only", (await Assert.ThrowsAsync<Refusal>(() => house.Get<AccountLinks>().Reset(ana.Id, byEva))).Code);
    }

    [Fact]
    public async Task A_forgotten_password_is_answered_the_same_for_everybody_and_mailed_to_who_exists()
    {
        await using var server = new FakeSmtp();
        await using var house = await WebHouse.Open(with: options => options with
        {
            PublicUrl = new Uri("https://calls.example.com"),
            Mail = new MailOptions(server.Address, "Call Center <calls@example.com>"),
        });
        await Add(house);
        using var visitor = new Visitor(house);

        var unknown = await Text(await visitor.Send("/entrar/olvido", ("Email", "nadie@example.com")));
        var known = await Text(await visitor.Send("/entrar/olvido", ("Email", Email)));
        Assert.Equal(Shown().Match(unknown).Value, Shown().Match(known).Value);
        Assert.Contains("Si hay una cuenta con ese correo", known);

        var letter = await server.Next();
        Assert.Equal(Email, letter.To.Mailboxes.Single().Address);
        Assert.Equal("calls@example.com", letter.From.Mailboxes.Single().Address);
        var link = Link().Match(letter.TextBody!).Value;
        Assert.Contains("Su contraseña está guardada", await Text(await visitor.Send(new Uri(link).AbsolutePath, ("Password", Password))));
        Assert.NotNull(await house.Get<Users>().Check(Email, Password));

        // Who asks again and again sends no flood: the next letter is one that was asked for later.
        await visitor.Send("/entrar/olvido", ("Email", Email));
        var eva = await house.Get<Users>().Add(new NewPerson("eva@example.com", "Eva", [Role.Operator], Language: "en"), null, Authority.Console);
        Assert.True((await house.Get<AccountLinks>().Invite(eva.Id, Authority.Console)).IsMailed);
        letter = await server.Next();
        Assert.Equal("eva@example.com", letter.To.Mailboxes.Single().Address);
        Assert.Contains("7 days", letter.TextBody);
    }

    [Fact]
    public async Task A_mail_that_the_server_will_not_take_now_is_sent_again()
    {
        await using var server = new FakeSmtp { Refusals = 1 };
        await using var house = await WebHouse.Open(with: options => options with { Mail = new MailOptions(server.Address, "Call Center <calls@example.com>") });
        Assert.True((await house.Get<AccountLinks>().Reset((await Add(house)).Id, Authority.Console)).IsMailed);
        Assert.Equal(Email, (await server.Next()).To.Mailboxes.Single().Address);
        Assert.Equal(0, server.Refusals);
    }

    [Fact]
    public async Task Without_a_mail_server_the_page_says_whom_to_ask()
    {
        await using var house = await WebHouse.Open();
        await Add(house);
        using var visitor = new Visitor(house);
        var page = WebUtility.HtmlDecode(await visitor.Page("/entrar/olvido"));
        Assert.Contains("no envía correo", page);
        Assert.DoesNotContain("<form", page);
    }

    [Fact]
    public async Task The_command_line_makes_links_too()
    {
        await using var house = await WebHouse.Open();
        await Add(house);
        var (code, output, _) = await Cli.Run("user", "invite", Email, "--database", house.Db.File, "--public-url", "https://calls.example.com");
        Assert.Equal(0, code);
        var link = Link().Match(output).Value;
        Assert.Equal(LinkKind.Invitation, (await house.Get<AccountLinks>().Find(new Uri(link).Segments[^1]))?.Kind);

        var (unknown, _, error) = await Cli.Run("user", "reset-link", "nadie@example.com", "--database", house.Db.File);
        Assert.Equal((1, "callcenter: there is no such person"), (unknown, error.Trim()));
    }

    [Theory]
    [InlineData("http://mail.example.com", "calls@example.com", "mail.server")]
    [InlineData("mail.example.com", "calls@example.com", "mail.server")]
    [InlineData("smtp://mail.example.com", null, "mail.from")]
    public void A_mail_server_that_cannot_be_used_is_refused_at_the_start(string server, string? from, string code) =>
        Assert.Equal(code, Assert.Throws<Refusal>(() => MailOptions.Read(server, from)).Code);

    static Task<Person> Add(WebHouse house) => house.Get<Users>().Add(new NewPerson(Email, "ana", [Role.Administrator]), null, Authority.Console);

    static string TokenOf(MadeLink link) => link.Address.Segments[^1];

    static async Task<string> Text(HttpResponseMessage answer) => WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync());

    [GeneratedRegex("<main.*</main>", RegexOptions.Singleline)]
    private static partial Regex Shown();

    [GeneratedRegex(@"https://calls\.example\.com/enlace/\w+")]
    private static partial Regex Link();
}
