using System.Text;

namespace CallCenter.Telephony.Wire;

/// <summary>A request to a phone system in the cloud.</summary>
sealed record CloudRequest(HttpMethod Method, Uri Address)
{
    static readonly IReadOnlyDictionary<string, string> None = new Dictionary<string, string>();

    public IReadOnlyDictionary<string, string> Headers { get; init; } = None;

    public string Body { get; init; } = "";

    /// <summary>Of the body.</summary>
    public string ContentType { get; init; } = "";

    /// <summary>A note of the provider's own, for when it reads the answer; not sent.</summary>
    public string Note { get; init; } = "";

    /// <summary>The connection's access token belongs to it, one that was <see cref="IHandsOutTokens">handed out</see> or that <see cref="IMakesTokens">we make</see>; whoever sends it adds that.</summary>
    public bool WantsToken { get; init; }

    /// <summary>The field of the query where that token goes; empty where it goes into a header, as nearly everywhere.</summary>
    public string TokenField { get; init; } = "";

    public static CloudRequest Get(Uri address) => new(HttpMethod.Get, address);

    public static CloudRequest Post(Uri address, IEnumerable<KeyValuePair<string, string>> fields) => new(HttpMethod.Post, address)
    {
        Body = string.Join('&', fields.Select(field => $"{Form.Encoded(field.Key)}={Form.Encoded(field.Value)}")),
        ContentType = "application/x-www-form-urlencoded",
    };

    public CloudRequest With(string header, string value) => this with { Headers = new Dictionary<string, string>(Headers) { [header] = value } };

    public CloudRequest WithBasic(string user, string password) => With("Authorization", "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}")));

    public CloudRequest WithBearer(string token) => With("Authorization", $"Bearer {token}");

    public CloudRequest WithToken(string token) => TokenField.Length == 0 ? WithBearer(token)
        : this with { Address = new Uri(Address, $"{Address.PathAndQuery}{(Address.Query.Length == 0 ? '?' : '&')}{TokenField}={Uri.EscapeDataString(token)}") };

    /// <summary>Neither headers nor query nor body: they hold what lets somebody in.</summary>
    public override string ToString() => $"{Method} {Address.GetLeftPart(UriPartial.Path)}";
}

/// <param name="RetryAfter">When it wants to be asked again, if it says so.</param>
/// <param name="Next">The address that its header <c>Link</c> gives for the next page (RFC 8288).</param>
sealed record CloudAnswer(int Status, string Body, TimeSpan? RetryAfter = null, string? Next = null)
{
    public bool IsGood => Status is >= 200 and < 300;
}
