using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace CallCenter.Telephony.Wire;

/// <summary>Signs a request to Amazon Web Services (Signature Version 4): its method, address, body, and the time, with a key for the day, region and service.</summary>
/// <remarks>
/// Of the headers only the host and the time are signed. The path is encoded once more than in the address, as all services but S3 have it.
/// https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html
/// </remarks>
static class AwsSignature
{
    const string Algorithm = "AWS4-HMAC-SHA256", SignedHeaders = "host;x-amz-date", TimeHeader = "X-Amz-Date";

    public static CloudRequest Signed(this CloudRequest request, string keyId, string secret, string region, string service, DateTimeOffset now)
    {
        var time = now.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        var scope = $"{time[..8]}/{region}/{service}/aws4_request";
        var whole = string.Join('\n', request.Method.Method, PathOf(request.Address), QueryOf(request.Address), $"host:{request.Address.Authority}", $"x-amz-date:{time}", "", SignedHeaders, Hash(request.Body));
        var key = scope.Split('/').Aggregate(Encoding.UTF8.GetBytes($"AWS4{secret}"), Mac);
        var signature = Convert.ToHexStringLower(Mac(key, string.Join('\n', Algorithm, time, scope, Hash(whole))));
        return request.With(TimeHeader, time).With("Authorization", $"{Algorithm} Credential={keyId}/{scope}, SignedHeaders={SignedHeaders}, Signature={signature}");
    }

    static string PathOf(Uri address) => string.Join('/', address.AbsolutePath.Split('/').Select(Uri.EscapeDataString));

    /// <summary>In the order of the names, each with its value, if only an empty one.</summary>
    static string QueryOf(Uri address) => string.Join('&', address.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries)
        .Select(field => field.Contains('=', StringComparison.Ordinal) ? field : field + "=").Order(StringComparer.Ordinal));

    static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    static byte[] Mac(byte[] key, string text) => HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text));
}
