using System.Net;
using System.Text;
using CallCenter.Telephony;

namespace CallCenter.Tests.Telephony.Providers.Conformance;

/// <summary>The exact answers that phone systems wait for: to questions, to challenges, and to who only tries the address.</summary>
public class AnswerTests
{
    static IWebhookProvider Find(string id) => (IWebhookProvider)Catalogue.Find(id);

    static Arrival Asks(string method = "POST", string body = "", string query = "", params (string Name, string Value)[] headers) => new(
        "c", DateTimeOffset.UnixEpoch, method, "https://cc.example.com/webhooks/c" + query,
        headers.ToDictionary(header => header.Name, header => header.Value, StringComparer.OrdinalIgnoreCase), Encoding.UTF8.GetBytes(body));

    static Settings With(string key, string value) => new(new Dictionary<string, string> { [key] = value });

    [Fact]
    public void Zooms_challenge_is_answered_with_what_only_the_secret_can_make()
    {
        var reply = Find("zoom-phone").ReplyTo(Asks(body: ZoomPhoneSigner.Challenge), With("secret_token", "4fv1RkqGQUq5sWbEz6hA5A"));

        Assert.Equal((200, "application/json"), (reply!.Status, reply.ContentType));
        Assert.Equal("""{"plainToken":"xys8n8PGS7mAU0m5-YJjRA","encryptedToken":"2fffc6a967dde4f68024025a5bd991c5ae1e5313b4e6365be4883e3e81d479b3"}""", reply.Body);
        Assert.Null(Find("zoom-phone").Greet(Asks(body: ZoomPhoneSigner.Challenge), With("secret_token", "x"))); // only who is proved is answered
    }

    [Fact]
    public void RingCentrals_token_comes_back_when_the_subscription_is_made_and_only_then()
    {
        var greeting = Find("ringcentral").Greet(Asks(headers: ("Validation-Token", "5f8e-1")), Settings.Empty);

        Assert.Equal((200, "5f8e-1", ""), (greeting!.Status, greeting.Headers["Validation-Token"], greeting.Body));
        Assert.Null(Find("ringcentral").Greet(Asks(body: "{}", headers: ("Validation-Token", "5f8e-1")), Settings.Empty));
        Assert.Null(Find("ringcentral").Greet(Asks(headers: ("Validation-Token", "a\r\nSet-Cookie: b")), Settings.Empty));
        Assert.Null(Find("ringcentral").Greet(Asks(headers: ("Validation-Token", new string('x', 201))), Settings.Empty));
    }

    [Theory, InlineData("?zd_echo=abc123", "abc123"), InlineData("?zd_echo=%3Cscript%3E", null), InlineData("?zd_echo=", null), InlineData("", null)]
    public void Zadarmas_echo_comes_back_unless_it_is_more_than_a_word(string query, string? body) => Assert.Equal(body, Find("zadarma").Greet(Asks("GET", query: query), Settings.Empty)?.Body);

    [Fact]
    public void Who_asks_what_to_do_with_a_call_is_told_that_nothing_of_ours_is_to_be_done()
    {
        Assert.Equal("[]", Find("vonage").ReplyTo(Asks(body: """{"from":"5215512345678","to":"528112345678","uuid":"u","conversation_uuid":"CON-1"}"""), Settings.Empty)?.Body);
        Assert.Null(Find("vonage").ReplyTo(Asks(body: """{"from":"5215512345678","to":"528112345678","uuid":"u","conversation_uuid":"CON-1","status":"ringing","timestamp":"2026-03-02T15:04:05Z"}"""), Settings.Empty));
        Assert.Equal("<Response/>", Find("plivo").ReplyTo(Asks(body: "CallUUID=a&CallStatus=ringing"), Settings.Empty)?.Body);
    }

    [Fact]
    public async Task An_address_that_is_only_tried_is_answered_before_anything_is_proved_and_nothing_is_kept()
    {
        await using var house = await WebHouse.Open();
        var added = await house.Switchboard.Add("ringcentral", "Central", new Dictionary<string, string>(), ConnectionState.Draft);

        using var tried = new HttpRequestMessage(HttpMethod.Post, $"/webhooks/{added.Id}");
        tried.Headers.Add("Validation-Token", "5f8e-1");
        using var greeted = await house.Client.SendAsync(tried);
        Assert.Equal((HttpStatusCode.OK, "5f8e-1"), (greeted.StatusCode, greeted.Headers.GetValues("Validation-Token").Single()));

        using var forged = new HttpRequestMessage(HttpMethod.Post, $"/webhooks/{added.Id}") { Content = new StringContent("{}", Encoding.UTF8, "application/json") };
        forged.Headers.Add("Validation-Token", "5f8e-1");
        using var refused = await house.Client.SendAsync(forged);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);

        await house.Switchboard.Change(added.Id, state: ConnectionState.Paused);
        using var again = new HttpRequestMessage(HttpMethod.Post, $"/webhooks/{added.Id}");
        again.Headers.Add("Validation-Token", "5f8e-1");
        using var gone = await house.Client.SendAsync(again);
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
        Assert.Equal(0, await house.Db.Read(tx => tx.One<long>("select count(*) from arrivals where verdict <> 'Rejected'")));
    }

    [Fact]
    public async Task A_token_that_stands_in_the_body_is_not_kept_with_it()
    {
        const string token = "b3c1f0e2a7d94c1e8f60a1b2c3d4e5f6";
        await using var house = await WebHouse.Open();
        var added = await house.Switchboard.Add("aircall", "Central", new Dictionary<string, string> { ["token"] = token }, ConnectionState.Active);
        var sent = new Sample("aircall", "02-inbound-missed").Arrivals[0].Text;
        Assert.Contains(token, sent);

        using var answer = await house.Client.PostAsync($"/webhooks/{added.Id}", new StringContent(sent, Encoding.UTF8, "application/json"));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var kept = Encoding.UTF8.GetString(await house.Db.Read(tx => tx.One<byte[]>("select body from arrivals")));
        Assert.Equal(sent.Replace(token, new string('*', token.Length)), kept);
    }
}
