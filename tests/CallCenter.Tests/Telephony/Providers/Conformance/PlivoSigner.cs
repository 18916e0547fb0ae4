using System.Security.Cryptography;
using System.Text;
using CallCenter.Telephony;

namespace CallCenter.Tests.Telephony.Providers.Conformance;

sealed class PlivoSigner : Signer
{
    const string Nonce = "31627761595286130198";

    public override string Provider => "plivo";

    public override string Key => "auth_token";

    public override Arrival Sign(Arrival arrival, int number)
    {
        arrival = With(arrival);
        var fields = arrival.Method == "GET" ? Form.OfQuery(arrival.Url).Sorted("=", "&") : Form.Of(arrival.Body.Span).Sorted("", "");
        var query = arrival.Method == "GET" ? "" : Form.OfQuery(arrival.Url).Sorted("=", "&");
        var signed = $"{arrival.Url.Split('?')[0]}?{query}{(query.Length > 0 && fields.Length > 0 ? "." : "")}{fields}.{Nonce}";
        return With(arrival, ("X-Plivo-Signature-V3-Nonce", Nonce),
            ("X-Plivo-Signature-V3", "AAAA, " + Convert.ToBase64String(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret(number)), Encoding.UTF8.GetBytes(signed)))));
    }

    // The published vectors of plivo-dotnet's own tests.
    const string Token = "Y2Q2ZDgxZmY5YWRiOTI5YmQ1Njg0MTAxZWIyOTc4";
    const string Url = "https://plivobin.non-prod.plivops.com/api/v1/validate_signature03.xml";

    static readonly string Fields = string.Join('&', new (string Name, string Value)[]
    {
        ("Direction", "outbound"), ("From", "19792014278"), ("ALegUUID", "3e82ae9d-2c78-4d85-b1a4-6eae7dbafb36"), ("RequestUUID", "3e82ae9d-2c78-4d85-b1a4-6eae7dbafb36"),
        ("ALegRequestUUID", "3e82ae9d-2c78-4d85-b1a4-6eae7dbafb36"), ("CallUUID", "3e82ae9d-2c78-4d85-b1a4-6eae7dbafb36"), ("SessionStart", "2020-04-08 11:34:33.238707"), ("BillRate", "0.002"),
        ("ParentAuthID", "MANWVLYTK4ZWU1YTY4QA"), ("To", "sip:PlivoSignature382029104058171078704104@phone-qa.voice.plivodev.com"),
        ("SIP-H-To", "<sip:PlivoSignature382029104058171078704104@52.9.11.55;transport=udp>;tag=1"), ("CallStatus", "in-progress"), ("Event", "StartApp"),
    }.Select(field => $"{field.Name}={Uri.EscapeDataString(field.Value)}"));

    static Arrival Given(string method, string query, string signature, string? fields = null)
    {
        fields ??= Fields;
        var asked = method == "GET" ? $"?{fields}{(query.Length > 0 ? "&" + query : "")}" : query.Length > 0 ? "?" + query : "";
        return Post(method == "GET" ? "" : fields, default, Url + (query.Length > 0 ? "/" : "") + asked, ("Content-Type", "application/x-www-form-urlencoded"),
            ("X-Plivo-Signature-V3-Nonce", Nonce), ("X-Plivo-Signature-V3", signature)) with
        { Method = method };
    }

    public override IEnumerable<Vector> Vectors =>
    [
        new("POST with a query", Given("POST", "a=b&c=d", "k7Pusd4OxCIjR5IfA9iedDNu/h/gbdYqdzG/MiYtd1c="), Token, true),
        new("POST without", Given("POST", "", "iAjE5QqI37mbkYe4w3jTMudqEzbDufdqi7sYwTu64e0="), Token, true),
        new("GET without", Given("GET", "", "i/MQsaQSAd6fiKhOh2qeeeLHZ9faldADSb3/7+Akfbc="), Token, true),
        new("GET with a query", Given("GET", "a=b&c=d", "UBq8jAtd32wR8EK9VgxbBn4n5rpI/l1H9iN4WfSEHFQ="), Token, true),
        new("one of several", Given("POST", "", "k7Pusd4OxCIjR5IfA9iedDNu/h/gbdYqdzG/MiYtd1c=,iAjE5QqI37mbkYe4w3jTMudqEzbDufdqi7sYwTu64e0="), Token, true),
        new("another field", Given("POST", "", "iAjE5QqI37mbkYe4w3jTMudqEzbDufdqi7sYwTu64e0=", Fields.Replace("in-progress", "completed")), Token, false),
        new("another token", Given("POST", "", "iAjE5QqI37mbkYe4w3jTMudqEzbDufdqi7sYwTu64e0="), Token + "x", false),
        new("no nonce", Given("POST", "", "iAjE5QqI37mbkYe4w3jTMudqEzbDufdqi7sYwTu64e0=") with { Headers = new Dictionary<string, string> { ["X-Plivo-Signature-V3"] = "iAjE5QqI37mbkYe4w3jTMudqEzbDufdqi7sYwTu64e0=" } }, Token, false),
    ];
}
