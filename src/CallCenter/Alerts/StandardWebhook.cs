using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;

namespace CallCenter.Alerts;

/// <summary>Signs what we send to other programs so that they can tell it is ours and new: Standard Webhooks, symmetric (https://www.standardwebhooks.com).</summary>
static class StandardWebhook
{
    const string Prefix = "whsec_";
    const int SecretBytes = 32;

    public static string NewSecret() => Prefix + Convert.ToBase64String(RandomNumberGenerator.GetBytes(SecretBytes));

    public static string Sign(string secret, string id, DateTimeOffset at, string body) => "v1," + Convert.ToBase64String(HMACSHA256.HashData(
        Convert.FromBase64String(secret[Prefix.Length..]), Encoding.UTF8.GetBytes($"{id}.{at.ToUnixTimeSeconds()}.{body}")));

    /// <param name="secrets">The receiver may know any one of them.</param>
    public static HttpRequestMessage Request(Uri url, IEnumerable<string> secrets, string id, DateTimeOffset at, string body)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Add("webhook-id", id);
        request.Headers.Add("webhook-timestamp", at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));
        request.Headers.Add("webhook-signature", string.Join(' ', secrets.Select(secret => Sign(secret, id, at, body))));
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("WiseParts-Call-Center", null));
        return request;
    }
}
