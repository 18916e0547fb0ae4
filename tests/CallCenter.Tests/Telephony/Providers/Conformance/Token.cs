using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace CallCenter.Tests.Telephony.Providers.Conformance;

/// <summary>Makes tokens (JWT, HS256), and such as nobody should believe.</summary>
static class Token
{
    public static string Of(string claims, string secret, string algorithm = "HS256")
    {
        static string Encoded(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));

        var signed = $"{Encoded($$"""{"alg":"{{algorithm}}","typ":"JWT"}""")}.{Encoded(claims)}";
        return $"{signed}.{Base64Url.EncodeToString(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(signed)))}";
    }
}
