using CallCenter.Telephony.Wire;

namespace CallCenter.Tests.Telephony.Wire;

/// <summary>The vectors are those of Amazon's own test suite for Signature Version 4.</summary>
public class AwsSignatureTests
{
    const string KeyId = "AKIDEXAMPLE", Secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

    static readonly DateTimeOffset Then = new(2015, 8, 30, 12, 36, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("GET", "/", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31")] // get-vanilla
    [InlineData("POST", "/", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b")] // post-vanilla
    [InlineData("GET", "/?Param2=value2&Param1=value1", "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500")] // get-vanilla-query-order-key-case
    public void A_request_is_signed_as_Amazon_signs_it(string method, string path, string signature)
    {
        var signed = new CloudRequest(new HttpMethod(method), new Uri("https://example.amazonaws.com" + path)).Signed(KeyId, Secret, "us-east-1", "service", Then);

        Assert.Equal("20150830T123600Z", signed.Headers["X-Amz-Date"]);
        Assert.Equal($"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature={signature}", signed.Headers["Authorization"]);
    }

    [Fact]
    public void The_body_is_signed_too_and_the_secret_stands_nowhere()
    {
        var request = new CloudRequest(HttpMethod.Post, new Uri("https://example.amazonaws.com/")) { Body = "{}", ContentType = "application/json" };
        var (one, other) = (request.Signed(KeyId, Secret, "us-east-1", "service", Then), (request with { Body = "{ }" }).Signed(KeyId, Secret, "us-east-1", "service", Then));

        Assert.NotEqual(one.Headers["Authorization"], other.Headers["Authorization"]);
        Assert.DoesNotContain(Secret, string.Join('\n', one.Headers.Values) + one, StringComparison.Ordinal);
    }
}
