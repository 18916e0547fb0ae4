using System.Net;
using System.Net.Http.Headers;
using System.Text;
using CallCenter.Telephony;
using CallCenter.Tests.Telephony.Providers.Conformance;

namespace CallCenter.Tests.Telephony;

/// <summary>A phone system in the cloud that sends to a server of ours, each request signed as it signs.</summary>
/// <param name="house">Opened with <see cref="Outside"/> as its public address.</param>
sealed class PhoneSystem(WebHouse house, string provider, string connection)
{
    public static readonly Uri Outside = new("https://cc.example.com/");

    readonly Signer signer = Signer.Of(provider);

    public string Connection => connection;

    public string Address => $"{Outside}webhooks/{connection}";

    public static Task<WebHouse> Reachable(On database) => WebHouse.Open(database, options => options with { PublicUrl = Outside });

    public static async Task<PhoneSystem> Connect(WebHouse house, string provider, params (string Key, string Value)[] settings)
    {
        var signer = Signer.Of(provider);
        var all = new Dictionary<string, string>(signer.Settings) { [signer.Key] = signer.Secret(1) };
        foreach (var (key, value) in settings) all[key] = value;
        return new(house, provider, (await house.Switchboard.Add(provider, $"Central de {provider}", all, ConnectionState.Active)).Id);
    }

    public Task<string> Post(string address, params (string Name, string Value)[] fields) =>
        Send("POST", address, "application/x-www-form-urlencoded", string.Join('&', fields.Select(field => $"{Form.Encoded(field.Name)}={Form.Encoded(field.Value)}")));

    public Task<string> PostJson(string address, string body) => Send("POST", address, "application/json", body);

    /// <returns>What it is answered.</returns>
    public async Task<string> Send(string method, string address, string type, string body)
    {
        var signed = signer.Sign(new Arrival(connection, DateTimeOffset.UtcNow, method, address, new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase) { ["Content-Type"] = type }, Encoding.UTF8.GetBytes(body)), 1);
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(signed.Url).PathAndQuery);
        if (method != "GET") request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) { Headers = { ContentType = MediaTypeHeaderValue.Parse(type) } };
        foreach (var (name, value) in signed.Headers)
            if (!name.Equals("Content-Type", StringComparison.OrdinalIgnoreCase)) request.Headers.TryAddWithoutValidation(name, value);
        using var answer = await house.Client.SendAsync(request);
        Assert.True(answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.NoContent, $"{answer.StatusCode} to {method} {address} {body}");
        return await answer.Content.ReadAsStringAsync();
    }
}
