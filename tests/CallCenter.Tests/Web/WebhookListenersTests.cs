using System.Net;

namespace CallCenter.Tests.Web;

public class WebhookListenersTests
{
    [Fact]
    public async Task A_listener_for_webhooks_shows_no_screen_and_no_api()
    {
        var port = TestPostgres.FreePort();
        await using var house = await WebHouse.Open(with: options => options with { WebhookUrls = [$"http://127.0.0.1:{port}"] });
        using var stranger = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };

        foreach (var path in (string[])["/", "/healthz", "/api/calls", "/llamadas", "/_blazor/negotiate"])
            Assert.Equal(HttpStatusCode.NotFound, (await stranger.GetAsync(path)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await house.Client.GetAsync("/healthz")).StatusCode);

        var connection = await house.Switchboard.Add("twilio", "Prueba", new Dictionary<string, string> { ["auth_token"] = "0123456789abcdef" }, CallCenter.Telephony.ConnectionState.Active);
        using var unsigned = new FormUrlEncodedContent([]);
        Assert.Equal(HttpStatusCode.Unauthorized, (await stranger.PostAsync($"/webhooks/{connection.Id}", unsigned)).StatusCode);
    }
}
