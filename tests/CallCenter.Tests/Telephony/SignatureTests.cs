using System.Security.Cryptography;
using System.Text;
using CallCenter.Telephony;
using CsCheck;

namespace CallCenter.Tests.Telephony;

public class SignatureTests
{
    static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1614265330);

    static Arrival Request(string body, Dictionary<string, string> headers, string url = "https://cc.example.com/webhooks/x", string method = "POST", DateTimeOffset? at = null) =>
        new("x", at ?? Now, method, url, new Dictionary<string, string>(headers, StringComparer.OrdinalIgnoreCase), Encoding.UTF8.GetBytes(body));

    // The published vector of twilio-csharp's own tests.
    const string Token = "12345";
    const string Url = "https://mycompany.com/myapp.php?foo=1&bar=2";
    const string Body = "CallSid=CA1234567890ABCDE&From=%2B14158675309&Digits=1234&To=%2B18005551212&Caller=%2B14158675309";

    static Arrival Twilio(string signature, string url = Url, string body = Body, string contentType = "application/x-www-form-urlencoded", string method = "POST") =>
        Request(body, new() { ["X-Twilio-Signature"] = signature, ["Content-Type"] = contentType }, url, method);

    static string Sha1(string token, string text) => Convert.ToBase64String(HMACSHA1.HashData(Encoding.UTF8.GetBytes(token), Encoding.UTF8.GetBytes(text)));

    [Theory]
    [InlineData("RSOYDt4T1cUTdK1PDd93/VVr8B8=", Url)]
    [InlineData("kvajT1Ptam85bY51eRf/AJRuM3w=", Url)] // signed with :443
    [InlineData("kvajT1Ptam85bY51eRf/AJRuM3w=", "https://mycompany.com:443/myapp.php?foo=1&bar=2")]
    [InlineData("RSOYDt4T1cUTdK1PDd93/VVr8B8=", "https://mycompany.com:443/myapp.php?foo=1&bar=2")]
    [InlineData("RSOYDt4T1cUTdK1PDd93/VVr8B8=", "https://mycompany.com:1234/myapp.php?foo=1&bar=2")]
    [InlineData("RSOYDt4T1cUTdK1PDd93/VVr8B8=", Url + "#ct=5000&rc=2")]
    [InlineData("g9IN/x4Cft2g517EjYvEvM/W7LU=", "https://MyCompany.com/myapp.php?foo=1&bar=2")]
    public void Twilio_proves_forms_with_and_without_port(string signature, string url) => Assert.True(Signature.IsTwilio(Twilio(signature, url), Token));

    [Fact]
    public void Twilio_proves_decoded_values_and_empty_ones()
    {
        const string body = "CallSid=CAa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1&CallStatus=ringing&From=%2B5215512345678&To=%2B528112345678&CallerName=Pe%C3%B1a+%26+C%C3%ADa&ForwardedFrom=";
        Assert.True(Signature.IsTwilio(Twilio("sjb7UYuqEgGvZroBgNvHrJCEnDU=", "https://cc.example.com/hooks/twilio/voice", body), "f1e2d3c4b5a697887766554433221100"));
    }

    [Fact]
    public void Twilio_proves_other_bodies_by_the_hash_in_the_address()
    {
        const string body = "{\"property\": \"value\", \"boolean\": true}";
        const string url = Url + "&bodySHA256=0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620";
        const string signature = "a9nBmqA0ju/hNViExpshrM61xv4=";

        Assert.True(Signature.IsTwilio(Twilio(signature, url, body, "application/json"), Token));
        Assert.False(Signature.IsTwilio(Twilio(signature, url, body + " ", "application/json"), Token));
        Assert.False(Signature.IsTwilio(Twilio(Sha1(Token, Url), Url, body, "application/json"), Token)); // the body is proved by nothing
        Assert.False(Signature.IsTwilio(Twilio(signature, url.Replace("0a1f", "1a1f", StringComparison.Ordinal), body, "application/json"), Token));
    }

    [Fact]
    public void Twilio_proves_a_request_without_body_by_its_address() =>
        Assert.True(Signature.IsTwilio(Twilio(Sha1(Token, "https://cc.example.com/x?CallSid=CA1&CallStatus=ringing"), "https://cc.example.com/x?CallSid=CA1&CallStatus=ringing", "", method: "GET"), Token));

    [Fact]
    public void Twilio_signs_names_by_case_and_repeated_ones_once_each()
    {
        const string body = "b=2&B=1&a=z&a=y&a=z";
        Assert.True(Signature.IsTwilio(Twilio(Sha1(Token, Url + "B1ayazb2"), Url, body), Token));
    }

    [Theory]
    [InlineData("https://user:pass@mycompany.com/x", "https://user:pass@mycompany.com:443/x")]
    [InlineData("https://user:pass@mycompany.com:443/x", "https://user:pass@mycompany.com/x")]
    [InlineData("http://[::1]:8080/x", "http://[::1]/x")]
    [InlineData("http://[::1]/x", "http://[::1]:80/x")]
    [InlineData("http://mycompany.com?x=1", "http://mycompany.com:80?x=1")]
    [InlineData("https://mycompany.com/a@b:9/x", "https://mycompany.com:443/a@b:9/x")]
    public void Twilio_may_add_or_drop_the_port_of_any_address(string ours, string signed) => Assert.True(Signature.IsTwilio(Twilio(Sha1(Token, signed), ours, ""), Token));

    [Theory, InlineData(""), InlineData("https://"), InlineData("://"), InlineData("x"), InlineData("https://@"), InlineData("https://:"), InlineData("http://[")]
    public void Odd_addresses_prove_nothing_and_harm_nothing(string url) => Assert.False(Signature.IsTwilio(Twilio("RSOYDt4T1cUTdK1PDd93/VVr8B8=", url), Token));

    [Fact]
    public void One_changed_byte_anywhere_spoils_a_Twilio_signature()
    {
        for (var i = 0; i < Body.Length; i++)
            if (Body[i] is not ('%' or 'B' or '2' or '&')) // escapes have two spellings, and names and values are run together
                Assert.False(Signature.IsTwilio(Twilio("RSOYDt4T1cUTdK1PDd93/VVr8B8=", Url, Body[..i] + (char)(Body[i] ^ 1) + Body[(i + 1)..]), Token));
        Assert.False(Signature.IsTwilio(Twilio("RSOYDt4T1cUTdK1PDd93/VVr8B4=", Url), Token));
        Assert.False(Signature.IsTwilio(Twilio("RSOYDt4T1cUTdK1PDd93/VVr8B8=", Url), "12346"));
        Assert.False(Signature.IsTwilio(Twilio("RSOYDt4T1cUTdK1PDd93/VVr8B8=", Url), ""));
        Assert.False(Signature.IsTwilio(Twilio("", Url), Token));
        Assert.False(Signature.IsTwilio(Twilio("RSOYDt4T1cUTdK1PDd93/VVr8B8=", Url, method: "PUT"), Token));
    }

    // From the reference libraries of the Standard Webhooks project.
    const string StandardSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const string StandardBody = "{\"test\": 2432232314}";
    const string StandardSignature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    static Arrival Standard(string signature = StandardSignature, string body = StandardBody, string id = "msg_p5jXN8AQM9LWM0D4loKWxJek", string timestamp = "1614265330", double late = 0) =>
        Request(body, new() { ["webhook-id"] = id, ["webhook-timestamp"] = timestamp, ["webhook-signature"] = signature }, at: Now.AddSeconds(late));

    [Fact]
    public void A_Standard_Webhook_is_proved_by_any_of_its_signatures()
    {
        Assert.True(Signature.IsStandardWebhook(Standard(), StandardSecret));
        Assert.True(Signature.IsStandardWebhook(Standard(), StandardSecret["whsec_".Length..]));
        Assert.True(Signature.IsStandardWebhook(Standard($"v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc= v2,xx {StandardSignature}"), StandardSecret));
    }

    [Theory, InlineData(300, true), InlineData(-300, true), InlineData(301, false), InlineData(-301, false)]
    public void A_Standard_Webhook_is_proved_for_five_minutes(double late, bool proved) =>
        Assert.Equal(proved, Signature.IsStandardWebhook(Standard(late: late), StandardSecret));

    [Fact]
    public void A_Standard_Webhook_that_was_touched_is_refused()
    {
        Assert.False(Signature.IsStandardWebhook(Standard(body: StandardBody.Replace('4', '5')), StandardSecret));
        Assert.False(Signature.IsStandardWebhook(Standard(id: "msg_p5jXN8AQM9LWM0D4loKWxJel"), StandardSecret));
        Assert.False(Signature.IsStandardWebhook(Standard(timestamp: "1614265331"), StandardSecret));
        Assert.False(Signature.IsStandardWebhook(Standard(signature: StandardSignature.Replace("v1,", "v2,", StringComparison.Ordinal)), StandardSecret));
        Assert.False(Signature.IsStandardWebhook(Standard(signature: StandardSignature["v1,".Length..]), StandardSecret));
        Assert.False(Signature.IsStandardWebhook(Standard(), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSx"));
        Assert.False(Signature.IsStandardWebhook(Standard(), ""));
        foreach (var timestamp in (string[])["", "x", "-1", "+1614265330", "1614265330.0", "9223372036854775807", "99999999999999999999"])
            Assert.False(Signature.IsStandardWebhook(Standard(timestamp: timestamp), StandardSecret));
        foreach (var missing in (string[])["webhook-id", "webhook-timestamp", "webhook-signature"])
            Assert.False(Signature.IsStandardWebhook(Standard() with { Headers = Standard().Headers.Where(header => header.Key != missing).ToDictionary() }, StandardSecret));
    }

    [Fact]
    public void A_secret_that_is_not_base64_is_taken_by_its_letters()
    {
        var signature = Convert.ToBase64String(HMACSHA256.HashData("no es base64"u8, Encoding.UTF8.GetBytes($"m.1614265330.{StandardBody}")));
        Assert.True(Signature.IsStandardWebhook(Standard($"v1,{signature}", id: "m"), "no es base64"));
    }

    [Fact]
    public void A_body_is_proved_by_its_hash_in_hex_or_base64() => Gen.Select(Gen.Byte.Array, Gen.String[1, 40]).Sample((body, secret) =>
    {
        var hash = HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), body);
        foreach (var spelling in (string[])[Convert.ToHexString(hash), Convert.ToHexStringLower(hash), "sha256=" + Convert.ToHexStringLower(hash), Convert.ToBase64String(hash), "sha256=" + Convert.ToBase64String(hash)])
        {
            Assert.True(Signature.IsHmacSha256(spelling, secret, body));
            Assert.False(Signature.IsHmacSha256(spelling, secret + "x", body));
            Assert.False(Signature.IsHmacSha256(spelling, secret, [.. body, 0]));
            Assert.False(Signature.IsHmacSha256(spelling[..^1], secret, body));
        }

        hash[body.Length % hash.Length] ^= 1;
        Assert.False(Signature.IsHmacSha256(Convert.ToHexString(hash), secret, body));
    }, iter: 200);

    [Fact]
    public void An_empty_secret_proves_nothing()
    {
        Assert.False(Signature.IsHmacSha256(Convert.ToHexString(HMACSHA256.HashData([], "x"u8)), "", "x"u8));
        Assert.False(Signature.IsBearer("Bearer ", ""));
        Assert.False(Signature.IsToken("", ""));
        Assert.False(Signature.ByAnySecret(Settings.Empty, "secret", _ => true));
    }

    [Theory]
    [InlineData("Bearer s3cret", true), InlineData("bearer  s3cret ", true), InlineData("Bearer s3creT", false), InlineData("Bearer s3cretx", false)]
    [InlineData("s3cret", false), InlineData("Basic s3cret", false), InlineData("Bearer", false), InlineData("", false), InlineData(null, false)]
    public void A_bearer_token_is_proved_by_being_it(string? header, bool proved) => Assert.Equal(proved, Signature.IsBearer(header, "s3cret"));

    [Fact]
    public void While_a_secret_is_exchanged_both_hold()
    {
        bool Proves(Dictionary<string, string> settings, string token) => Signature.ByAnySecret(new Settings(settings), "key", secret => Signature.IsToken(token, secret));

        Assert.True(Proves(new() { ["key"] = "new", ["key_previous"] = "old" }, "new"));
        Assert.True(Proves(new() { ["key"] = "new", ["key_previous"] = "old" }, "old"));
        Assert.False(Proves(new() { ["key"] = "new", ["key_previous"] = "old" }, "older"));
        Assert.False(Proves(new() { ["key"] = "new", ["key_previous"] = "" }, ""));
    }
}
