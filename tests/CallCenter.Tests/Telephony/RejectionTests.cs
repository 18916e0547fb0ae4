using System.Net;
using System.Net.Http.Headers;
using CallCenter.Telephony;

namespace CallCenter.Tests.Telephony;

public class RejectionTests
{
    [Theory]
    [InlineData("{}", "application/json", null, HttpStatusCode.Unauthorized, RejectedArrivals.NoSignature)]
    [InlineData("{}", "application/json", "sha256=00", HttpStatusCode.Unauthorized, RejectedArrivals.WrongSignature)]
    [InlineData("a=b", "application/x-www-form-urlencoded", null, HttpStatusCode.UnsupportedMediaType, RejectedArrivals.ContentType)]
    [InlineData(null, "application/json", null, HttpStatusCode.RequestEntityTooLarge, RejectedArrivals.TooLarge)]
    public async Task What_is_refused_unread_is_shown_to_administrators_with_the_reason(string? body, string type, string? signature, HttpStatusCode answer, string why)
    {
        await using var house = await WebHouse.Open();
        var connection = await house.Switchboard.Add("webhook", "Getafe", new Dictionary<string, string>(), ConnectionState.Draft);

        using var request = new HttpRequestMessage(HttpMethod.Post, $"/webhooks/{connection.Id}") { Content = new StringContent(body ?? new string(' ', WebhookEndpoint.BodyMax + 1)) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(type);
        if (signature is not null) request.Headers.Add("X-Signature", signature);
        using var answered = await house.Client.SendAsync(request);
        Assert.Equal(answer, answered.StatusCode);
        Assert.Empty(await answered.Content.ReadAsStringAsync());

        ArrivalFigures figures;
        for (var tries = 0; (figures = await house.Get<ArrivalLog>().Figures(connection.Id)).RejectedAt is null && tries < 200; tries++) await Task.Delay(25);
        Assert.Equal((1L, why), (figures.Count(Verdict.Rejected), figures.RejectedWhy));
        Assert.Contains(Trouble.Rejecting, (await house.Get<ConnectionHealth>().Find(connection.Id))!.Troubles);
        Assert.Equal(0, (await house.Get<ArrivalLog>().Recent(connection.Id, Verdict.Rejected))[0].Arrival.Body.Length);
    }
}
