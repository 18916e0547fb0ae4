using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using NSec.Cryptography;

namespace CallCenter.Telephony;

/// <summary>
/// Proofs that a request comes from who it says. All compare in constant time, and an empty secret proves nothing, so a
/// connection that is not set up yet refuses everybody.
/// </summary>
static class Signature
{
    /// <summary>How far a signed time may be from ours, either way (Standard Webhooks recommends five minutes).</summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);

    public const string TwilioHeader = "X-Twilio-Signature", StandardHeader = "webhook-signature";

    const string StandardPrefix = "whsec_";
    const int SignaturesMax = 16;
    const int JwtParts = 3;

    /// <summary>Tries the secret and the one before it, which both hold while a secret is being exchanged.</summary>
    public static bool ByAnySecret(Settings settings, string key, Func<string, bool> proves) =>
        settings[key] is { Length: > 0 } current && proves(current)
        || settings[key + "_previous"] is { Length: > 0 } previous && proves(previous);

    /// <summary>HMAC-SHA256 of the body, in hex or base64, with or without <c>sha256=</c> before it.</summary>
    public static bool IsHmacSha256(string? given, string secret, ReadOnlySpan<byte> body) => IsHmacSha256(given, Encoding.UTF8.GetBytes(secret), body);

    public static bool IsHmacSha256(string? given, byte[] key, ReadOnlySpan<byte> body)
    {
        if (key.Length == 0 || given is null) return false;
        var text = given.Trim();
        if (text.StartsWith("sha256=", StringComparison.OrdinalIgnoreCase)) text = text[7..];

        Span<byte> expected = stackalloc byte[HMACSHA256.HashSizeInBytes], said = stackalloc byte[HMACSHA256.HashSizeInBytes];
        return TryRead(text, said) && HMACSHA256.HashData(key, body, expected) == said.Length
            && CryptographicOperations.FixedTimeEquals(expected, said);
    }

    /// <summary><c>Authorization: Bearer token</c> (RFC 6750).</summary>
    public static bool IsBearer(string? authorization, string token) => IsToken(BearerOf(authorization), token);

    public static string? BearerOf(string? authorization) => AfterScheme(authorization, "Bearer ");

    /// <summary><c>Authorization: Basic</c> (RFC 7617).</summary>
    public static bool IsBasic(string? authorization, string user, string password) =>
        password.Length > 0 && IsToken(AfterScheme(authorization, "Basic "), Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}")));

    static string? AfterScheme(string? authorization, string scheme) =>
        authorization?.StartsWith(scheme, StringComparison.OrdinalIgnoreCase) == true ? authorization[scheme.Length..].Trim() : null;

    /// <summary>Signed at a time near ours, in Unix seconds.</summary>
    public static bool IsNear(Arrival arrival, string? unixSeconds, TimeSpan? tolerance = null) =>
        long.TryParse(unixSeconds, NumberStyles.None, CultureInfo.InvariantCulture, out var signedAt)
        && Math.Abs((decimal)arrival.ReceivedAt.ToUnixTimeSeconds() - signedAt) <= (decimal)(tolerance ?? Tolerance).TotalSeconds;

    /// <summary>Ed25519 (RFC 8032), key and signature in base64.</summary>
    public static bool IsEd25519(string? given, string publicKey, ReadOnlySpan<byte> signed)
    {
        var algorithm = SignatureAlgorithm.Ed25519;
        Span<byte> said = stackalloc byte[algorithm.SignatureSize], key = stackalloc byte[algorithm.PublicKeySize];
        return given is not null && TryBase64(given.Trim(), said) && TryBase64(publicKey.Trim(), key)
            && PublicKey.TryImport(algorithm, key, KeyBlobFormat.RawPublicKey, out var known) && algorithm.Verify(known!, signed, said);
    }

    /// <summary>The claims of a token that was signed with this secret (JWT, RFC 7519); null for any other. HS256 is the only algorithm there is.</summary>
    public static byte[]? ReadJwt(string? token, string secret)
    {
        if (secret.Length == 0 || token?.Split('.', JwtParts + 1) is not { Length: JwtParts } parts || !IsHs256(parts[0])) return null;
        Span<byte> expected = stackalloc byte[HMACSHA256.HashSizeInBytes], said = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes($"{parts[0]}.{parts[1]}"), expected);
        return Base64Url.IsValid(parts[2], out var length) && length == said.Length && Base64Url.DecodeFromChars(parts[2], said) == length && CryptographicOperations.FixedTimeEquals(expected, said)
            ? ClaimsOf(token)
            : null;
    }

    /// <summary>What a token says, whoever signed it; null when it is none.</summary>
    public static byte[]? ClaimsOf(string token)
    {
        if (token.Split('.', JwtParts + 1) is not { Length: JwtParts } parts || !Base64Url.IsValid(parts[1])) return null;
        return Base64Url.DecodeFromChars(parts[1]);
    }

    static bool IsHs256(string header)
    {
        if (!Base64Url.IsValid(header)) return false;
        try
        {
            return JsonPart.Of(Base64Url.DecodeFromChars(header), "the token").Text("alg") == "HS256";
        }
        catch (UnreadableException)
        {
            return false;
        }
    }

    /// <summary>The token itself. Hashed before it is compared, so that not even its length shows.</summary>
    public static bool IsToken(string? given, string token)
    {
        if (token.Length == 0 || string.IsNullOrEmpty(given)) return false;
        Span<byte> expected = stackalloc byte[SHA256.HashSizeInBytes], said = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(token), expected);
        SHA256.HashData(Encoding.UTF8.GetBytes(given), said);
        return CryptographicOperations.FixedTimeEquals(expected, said);
    }

    /// <summary>
    /// Standard Webhooks (https://www.standardwebhooks.com): base64 HMAC-SHA256 of <c>id.timestamp.body</c>, one of
    /// several <c>v1,</c> signatures separated by spaces, and a time near ours.
    /// </summary>
    /// <param name="secret">Base64, usually after <c>whsec_</c>; what is not base64 is taken by its letters.</param>
    public static bool IsStandardWebhook(Arrival arrival, string secret)
    {
        if (secret.Length == 0
            || arrival.Header("webhook-id") is not { Length: > 0 } id
            || arrival.Header("webhook-timestamp") is not { Length: > 0 } timestamp
            || arrival.Header(StandardHeader) is not { } signatures
            || !IsNear(arrival, timestamp))
            return false;

        Span<byte> expected = stackalloc byte[HMACSHA256.HashSizeInBytes], said = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(StandardKey(secret), [.. Encoding.UTF8.GetBytes($"{id}.{timestamp}."), .. arrival.Body.Span], expected);
        foreach (var signature in signatures.Split(' ', SignaturesMax, StringSplitOptions.RemoveEmptyEntries))
            if (signature.StartsWith("v1,", StringComparison.Ordinal) && TryBase64(signature[3..], said)
                && CryptographicOperations.FixedTimeEquals(expected, said))
                return true;
        return false;
    }

    /// <summary>
    /// <c>X-Twilio-Signature</c>: base64 HMAC-SHA1 of the public address and, for forms, of every parameter by name. Other
    /// bodies are proved by the hash in the signed address (https://www.twilio.com/docs/usage/security).
    /// </summary>
    public static bool IsTwilio(Arrival arrival, string authToken)
    {
        if (authToken.Length == 0 || arrival.Header(TwilioHeader) is not { } given) return false;
        Span<byte> said = stackalloc byte[HMACSHA1.HashSizeInBytes];
        if (!TryBase64(given.Trim(), said)) return false;

        var url = arrival.Url.Split('#')[0]; // what follows tells Twilio how to call, and is not signed
        string signed;
        if (arrival.Method == "GET") signed = "";
        else if (arrival.Method != "POST") return false;
        else if (Form.IsForm(arrival)) signed = Form.Of(arrival.Body.Span).Signed();
        else if (Form.OfQuery(url)["bodySHA256"] is { Length: > 0 } hash && IsSha256(hash, arrival.Body.Span)) signed = "";
        else return false;

        var key = Encoding.UTF8.GetBytes(authToken);
        var found = false;
        foreach (var spelling in WithAndWithoutPort(url)) found |= IsHmacSha1(key, spelling + signed, said);
        return found;
    }

#pragma warning disable CA5350 // the scheme is Twilio's
    static bool IsHmacSha1(byte[] key, string text, ReadOnlySpan<byte> said) =>
        CryptographicOperations.FixedTimeEquals(HMACSHA1.HashData(key, Encoding.UTF8.GetBytes(text)), said);
#pragma warning restore CA5350

    /// <summary>SHA-256 of the body, in hexadecimal.</summary>
    public static bool IsSha256(string hex, ReadOnlySpan<byte> body)
    {
        Span<byte> expected = stackalloc byte[SHA256.HashSizeInBytes], said = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(body, expected);
        return TryHex(hex, said) && CryptographicOperations.FixedTimeEquals(expected, said);
    }

    /// <summary>Servers do not agree on whether the port belongs to the address.</summary>
    public static IEnumerable<string> WithAndWithoutPort(string url)
    {
        yield return url;
        var start = url.IndexOf("://", StringComparison.Ordinal) + 3;
        if (start < 3) yield break;
        var end = url.AsSpan(start).IndexOfAny('/', '?') is >= 0 and var length ? start + length : url.Length;
        var host = url.LastIndexOf('@', end - 1, end - start) + 1;
        if (host < start) host = start;
        var colon = url.LastIndexOf(':', end - 1, end - host);
        if (colon > url.LastIndexOf(']', end - 1, end - host)) yield return url[..colon] + url[end..];
        else yield return url[..end] + (url.StartsWith("http:", StringComparison.OrdinalIgnoreCase) ? ":80" : ":443") + url[end..];
    }

    static byte[] StandardKey(string secret)
    {
        var text = secret.StartsWith(StandardPrefix, StringComparison.Ordinal) ? secret[StandardPrefix.Length..] : secret;
        var key = new byte[text.Length];
        return Convert.TryFromBase64String(text, key, out var written) && written > 0 ? key[..written] : Encoding.UTF8.GetBytes(text);
    }

    static bool TryRead(string text, Span<byte> bytes) => text.Length == bytes.Length * 2 ? TryHex(text, bytes) : TryBase64(text, bytes);

    static bool TryHex(string text, Span<byte> bytes) =>
        text.Length == bytes.Length * 2 && Convert.FromHexString(text, bytes, out _, out _) == System.Buffers.OperationStatus.Done;

    static bool TryBase64(string text, Span<byte> bytes) => Convert.TryFromBase64String(text, bytes, out var written) && written == bytes.Length;
}
