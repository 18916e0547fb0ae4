using System.Net;
using System.Text.RegularExpressions;
using CallCenter.SigningIn;
using CallCenter.Teams;
using CallCenter.Web;

namespace CallCenter.Tests.SigningIn;

/// <summary>Signing in as a browser does it, over HTTP.</summary>
public sealed partial class SignInTests
{
    const string Password = "un caballo correcto";
    const string Email = "ana@example.com";

    [Fact]
    public async Task A_password_alone_is_not_enough_for_who_has_an_authenticator()
    {
        await using var house = await WebHouse.Open();
        var ana = await house.Get<Users>().Add(new NewPerson(Email, "Ana", [Role.Administrator]), Password, Authority.Console);
        var key = await house.Get<SecondFactor>().Begin(ana.Id);
        await house.Get<SecondFactor>().Confirm(ana.Id, Totp.Code(key.Key, -1));
        using var visitor = new Visitor(house);

        var answer = await visitor.SignIn(Email, Password);
        Assert.Equal("/entrar/codigo?volver=%2Fllamadas", Place(answer));
        Assert.False(await visitor.IsSignedIn());

        answer = await visitor.Send("/entrar/codigo", ("Code", "AAAA-BBBB-CCCC-DDDD"));
        Assert.Contains("El código no es correcto", await Text(answer));
        Assert.False(await visitor.IsSignedIn());

        answer = await visitor.Send("/entrar/codigo", ("Code", Totp.Code(key.Key)));
        Assert.Equal("/llamadas", Place(answer));
        Assert.True(await visitor.IsSignedIn());
    }

    [Fact]
    public async Task The_page_for_the_code_is_for_nobody_who_did_not_give_the_password()
    {
        await using var house = await WebHouse.Open();
        var ana = await house.Get<Users>().Add(new NewPerson(Email, "Ana", [Role.Administrator]), Password, Authority.Console);
        using var stranger = new Visitor(house);
        Assert.Equal("/entrar?volver=%2Fllamadas", Place(await stranger.Get("/entrar/codigo")));

        await house.Get<SecondFactor>().Confirm(ana.Id, Totp.Code((await house.Get<SecondFactor>().Begin(ana.Id)).Key));
        using var visitor = new Visitor(house);
        await visitor.SignIn(Email, Password);
        await house.Get<Users>().ChangePassword(ana.Id, "otra frase bien larga", Authority.Console);
        Assert.Equal("/entrar?volver=%2Fllamadas", Place(await visitor.Get("/entrar/codigo")));
    }

    [Fact]
    public async Task Unknown_blocked_and_locked_are_answered_as_a_wrong_password_is()
    {
        await using var house = await WebHouse.Open();
        var users = house.Get<Users>();
        await users.Add(new NewPerson(Email, "Ana", [Role.Administrator]), Password, Authority.Console);
        var eva = await users.Add(new NewPerson("eva@example.com", "Eva", [Role.Operator]), Password, Authority.Console);
        await users.Block(eva.Id, Authority.Console);
        await users.Add(new NewPerson("leo@example.com", "Leo", [Role.Operator]), Password, Authority.Console);
        for (var i = 0; i < Users.FailuresMax; i++) await users.Check("leo@example.com", "no es esta");

        var answers = new List<string>();
        foreach (var (email, password) in new[] { (Email, "no es esta frase"), ("nadie@example.com", Password), ("eva@example.com", Password), ("leo@example.com", Password) })
        {
            using var visitor = new Visitor(house);
            var answer = await visitor.SignIn(email, password);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            answers.Add(Shown().Match(Tokens().Replace(await Text(answer), "")).Value);
        }

        Assert.Single(answers.Distinct());
        Assert.Contains("no son correctos", answers[0]);
    }

    [Fact]
    public async Task Cookies_are_out_of_reach_of_scripts_and_other_sites_and_go_over_TLS_only_once_there_is_TLS()
    {
        await using var house = await WebHouse.Open(with: options => options with { Proxies = ["127.0.0.1"] });
        await house.Get<Users>().Add(new NewPerson(Email, "Ana", [Role.Administrator]), Password, Authority.Console);
        foreach (var scheme in (string[])["http", "https"])
        {
            using var client = house.NewClient();
            client.DefaultRequestHeaders.Add("X-Forwarded-Proto", scheme);
            client.DefaultRequestHeaders.Add("X-Forwarded-For", "192.0.2.7");
            var page = await client.GetAsync("/entrar");
            var form = page.Headers.GetValues("Set-Cookie").Single(cookie => cookie.StartsWith("callcenter-form=", StringComparison.Ordinal));
            using var post = new HttpRequestMessage(HttpMethod.Post, "/entrar")
            {
                Headers = { { "Cookie", form.Split(';')[0] } },
                Content = new FormUrlEncodedContent(new Dictionary<string, string>
                {
                    ["__RequestVerificationToken"] = WebUtility.HtmlDecode(Token().Match(await page.Content.ReadAsStringAsync()).Groups[1].Value),
                    ["_handler"] = "sign-in",
                    ["Form.Email"] = Email,
                    ["Form.Password"] = Password,
                }),
            };
            var session = (await client.SendAsync(post)).Headers.GetValues("Set-Cookie").Last(cookie => cookie.StartsWith("callcenter=", StringComparison.Ordinal));
            foreach (var cookie in (string[])[form, session])
            {
                Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
                Assert.Matches("(?i)samesite=(lax|strict)", cookie);
                Assert.Equal(scheme == "https", cookie.Contains("secure", StringComparison.OrdinalIgnoreCase));
            }
        }
    }

    [Theory]
    [InlineData("/entrar", "sign-in")]
    [InlineData("/entrar/codigo", "code")]
    [InlineData("/salir", "sign-out")]
    [InlineData("/entrar/olvido", "forgotten")]
    [InlineData("/enlace/abc", "link")]
    [InlineData("/entrar", "passkey")]
    [InlineData("/entrar/llave", "")]
    public async Task A_form_that_another_site_sends_changes_nothing(string address, string handler)
    {
        await using var house = await WebHouse.Open();
        await house.Get<Users>().Add(new NewPerson(Email, "Ana", [Role.Administrator]), Password, Authority.Console);
        var answer = await house.Client.PostAsync(address, new FormUrlEncodedContent(new Dictionary<string, string> { ["_handler"] = handler, ["Form.Email"] = Email, ["Form.Password"] = Password }));
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Fact]
    public async Task An_office_that_opens_its_screens_behind_one_address_is_not_taken_for_somebody_who_guesses()
    {
        await using var house = await WebHouse.Open();
        await house.Get<Users>().Add(new NewPerson(Email, "Ana", [Role.Administrator]), Password, Authority.Console);
        using var visitor = new Visitor(house);
        await visitor.SignIn(Email, Password);
        for (var screens = 0; screens < 2 * Screens.GuessesMax; screens++)
        {
            using var answer = await visitor.Client.PostAsync("/_blazor/negotiate?negotiateVersion=1", null);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }

        var refused = 0;
        for (var guesses = 0; guesses < 3 * Screens.GuessesMax; guesses++)
        {
            using var answer = await house.Client.PostAsync("/entrar", null);
            if (answer.StatusCode == HttpStatusCode.TooManyRequests) refused++;
        }

        Assert.InRange(refused, Screens.GuessesMax, 2 * Screens.GuessesMax + 1); // the minute may turn meanwhile
    }

    [Fact]
    public async Task The_language_is_changed_by_a_form_of_ours_that_leads_back_to_where_it_was_sent_from()
    {
        await using var house = await WebHouse.Open();
        await house.Get<Users>().Add(new NewPerson(Email, "Ana", [Role.Administrator]), Password, Authority.Console);
        using var visitor = new Visitor(house);
        await visitor.SignIn(Email, Password);

        using var ofAnotherSite = await visitor.Client.PostAsync("/idioma", new FormUrlEncodedContent(new Dictionary<string, string> { ["_handler"] = "language", ["Language"] = "en" }));
        Assert.Equal(HttpStatusCode.BadRequest, ofAnotherSite.StatusCode);
        Assert.Contains("<html lang=\"es\"", await visitor.Page("/idioma"));

        using var changed = await visitor.Send("/idioma", ("Language", "en"), ("Wanted", "/llamadas?vista=perdidas"));
        Assert.EndsWith("/llamadas?vista=perdidas", $"{changed.Headers.Location}");
        Assert.Contains("<html lang=\"en\"", await visitor.Page("/idioma"));
        using var away = await visitor.Send("/idioma", ("Language", "es"), ("Wanted", "//example.com/"));
        Assert.EndsWith("/llamadas", $"{away.Headers.Location}");
        using var unknown = await visitor.Send("/idioma", ("Language", "xx"));
        Assert.Contains("<html lang=\"es\"", await visitor.Page("/idioma"));
    }

    [Fact]
    public async Task Pages_allow_scripts_of_our_own_files_only()
    {
        await using var house = await WebHouse.Open();
        await house.Get<Users>().Add(new NewPerson(Email, "Ana", [Role.Administrator]), Password, Authority.Console);
        using var visitor = new Visitor(house);
        await visitor.SignIn(Email, Password);
        foreach (var address in (string[])["/entrar", "/mi-cuenta", "/llamadas"])
        {
            using var answer = await visitor.Get(address);
            var policy = string.Join(' ', answer.Headers.GetValues("Content-Security-Policy"));
            Assert.Contains("default-src 'none'", policy);
            Assert.Contains("script-src 'self';", policy);
            Assert.DoesNotContain("unsafe-eval", policy);
        }
    }

    static string? Place(HttpResponseMessage answer) => answer.Headers.Location is { IsAbsoluteUri: true } address ? address.PathAndQuery : answer.Headers.Location?.ToString();

    static async Task<string> Text(HttpResponseMessage answer) => WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync());

    [GeneratedRegex("name=\"__RequestVerificationToken\" value=\"([^\"]+)\"")]
    private static partial Regex Token();

    [GeneratedRegex("value=\"[^\"]*\"|<!--.*?-->")]
    private static partial Regex Tokens();

    [GeneratedRegex("<main.*</main>", RegexOptions.Singleline)]
    private static partial Regex Shown();
}
