using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using CallCenter.Telephony;

namespace CallCenter.Tests.Telephony.Providers.Conformance;

sealed class SinchSigner : Signer
{
    public override string Provider => "sinch";

    public override string Key => "application_secret";

    public override TimeSpan? Window => TimeSpan.FromMinutes(5);

    public override string Secret(int number) => Convert.ToBase64String(Encoding.UTF8.GetBytes($"secreto-{number}-01234"));

    public override Arrival Sign(Arrival arrival, int number)
    {
        var time = arrival.ReceivedAt.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        arrival = With(arrival, ("Content-Type", "application/json; charset=utf-8"), ("x-timestamp", time));
        var signed = $"{arrival.Method}\n{Convert.ToBase64String(MD5.HashData(arrival.Body.Span))}\napplication/json; charset=utf-8\nx-timestamp:{time}\n{new Uri(arrival.Url).AbsolutePath}";
        return With(arrival, ("Authorization", "application key:" + Convert.ToBase64String(HMACSHA256.HashData(Convert.FromBase64String(Secret(number)), Encoding.UTF8.GetBytes(signed)))));
    }

    // From the tests of Sinch's own library.
    const string ApplicationSecret = "BeIukql3pTKJ8RGL5zo0DA==";
    const string Body = """{"identity": {"type": "number", "endpoint": "+46700000000"}, "method": "sms"}""";

    static Arrival Given(string body, string signature, int late = 0) => Post(body, new DateTimeOffset(2014, 6, 4, 13, 41, 58, TimeSpan.Zero).AddSeconds(late), "https://cc.example.com/verification/v1/verifications",
        ("Content-Type", "application/json"), ("x-timestamp", "2014-06-04T13:41:58Z"), ("Authorization", "application 669E367E-6BBA-48AB-AF15-266871C28135:" + signature));

    public override IEnumerable<Vector> Vectors =>
    [
        new("published", Given(Body, "h6rXrFayOoggyHW4ymnLlfSDkZZPg6j98lHzvOXVjvw="), ApplicationSecret, true),
        new("published, without a body", Given("", "srx3SkKXw/ryFJLfwFFzZTigPxR/1+9Ae+eB3olDIjM="), ApplicationSecret, true),
        new("another body", Given(Body + " ", "h6rXrFayOoggyHW4ymnLlfSDkZZPg6j98lHzvOXVjvw="), ApplicationSecret, false),
        new("301 seconds later", Given(Body, "h6rXrFayOoggyHW4ymnLlfSDkZZPg6j98lHzvOXVjvw=", 301), ApplicationSecret, false),
        new("a secret that is no base64", Given(Body, "h6rXrFayOoggyHW4ymnLlfSDkZZPg6j98lHzvOXVjvw="), "!!", false),
    ];
}
