using System.Buffers;
using System.Text;
using CallCenter.Telephony.Routing;

namespace CallCenter.Telephony;

/// <summary>
/// Where phone systems send their webhooks: <c>/webhooks/{connection}</c>. Proof of origin first, then translation, then
/// the intake; a 2xx says that it is on disk, unless it only answered who wanted to know whether anybody is here.
/// </summary>
sealed class WebhookEndpoint(Switchboard switchboard, Intake intake, RejectedArrivals rejected, Downtime downtime, ICallRouter router, RoutingOrders orders, PublicAddress address, TimeProvider clock, ILogger<WebhookEndpoint> logger)
{
    public const int BodyMax = 256 * 1024;

    /// <summary>A shorter one may stand in any text by chance.</summary>
    const int SecretMin = 8;

    // What proves the origin and what helps to understand an arrival; never cookies or credentials.
    static readonly string[] HeadersKept = ["content-type", "user-agent", "x-", "webhook-", "i-twilio-idempotency-token"];
    static readonly string[] HeadersForgotten = ["authorization", "cookie", "x-forwarded", "x-api-key", "x-real-ip"];

    public async Task Handle(HttpContext http)
    {
        var connection = switchboard.Find((string)http.Request.RouteValues["connection"]!);
        if (connection is null || connection.State == ConnectionState.Paused
            || !Catalogue.All.TryGetValue(connection.Provider, out var kind) || kind is not IWebhookProvider provider)
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        if (http.Request.ContentLength > BodyMax || await ReadBody(http.Request) is not { } body)
        {
            rejected.Note(connection.Id, clock.GetUtcNow(), RejectedArrivals.TooLarge);
            http.Response.StatusCode = StatusCodes.Status413PayloadTooLarge;
            return;
        }

        var headers = http.Request.Headers;
        var received = new Arrival(connection.Id, clock.GetUtcNow(), http.Request.Method, address.Of(http.Request),
            new AllHeaders(headers), body);
        if (provider.Greet(received, connection.Settings) is { } greeting)
        {
            await Answer(http, greeting);
            return;
        }

        if (body.Length > 0 && !IsExpected(http.Request.ContentType, provider.ContentTypes))
        {
            rejected.Note(connection.Id, clock.GetUtcNow(), RejectedArrivals.ContentType);
            http.Response.StatusCode = StatusCodes.Status415UnsupportedMediaType;
            return;
        }

        if (!provider.IsAuthentic(received, connection.Settings))
        {
            var isMissing = provider.ProofHeader(connection.Settings) is { } proof && received.Header(proof) is not { Length: > 0 };
            rejected.Note(connection.Id, received.ReceivedAt, isMissing ? RejectedArrivals.NoSignature : RejectedArrivals.WrongSignature);
            http.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return;
        }

        Translation translation;
        try
        {
            translation = provider.Translate(received, connection.Settings);
        }
        catch (UnreadableException e)
        {
            translation = Translation.Unreadable(e.Message);
        }

        var decision = await Route(connection, provider, received);
        if (decision is { Events.Count: > 0 }) translation = translation with { Events = [.. translation.Events, .. decision.Events] };
        try
        {
            await intake.Accept(new Delivery([(received with { Headers = Kept(headers, connection.Settings["auth.header"]), Body = WithoutSecrets(body, provider, connection.Settings) }, translation)]));
        }
        catch (IntakeUnavailableException)
        {
            downtime.Refused(connection.Id);
            http.Response.Headers.RetryAfter = "2";
            http.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return;
        }

        if (decision is { Answer.Orders.Count: > 0 }) orders.Send(connection.Id, decision.Answer.Orders);
        await Answer(http, decision?.Answer.Reply ?? ReplyOf(provider, received, connection.Settings));
    }

    /// <summary>What the phone system shall do, if it asks and that is ours to say. Told only once what it sent is on disk.</summary>
    async Task<RoutingDecision?> Route(Connection connection, IWebhookProvider provider, Arrival received)
    {
        try
        {
            if (provider is not IRoutesCalls asking) return null;
            if (asking.Continue(received, connection.Settings) is { } next) return new(next, []);
            return asking.QuestionIn(received, connection.Settings) is { } question ? await router.Decide(connection, asking, question) : null;
        }
        catch (Exception e) when (e is UnreadableException or Refusal)
        {
            logger.LogWarning("A call of {Connection} could not be routed: {Reason}", connection.Id, e.Message);
            return null;
        }
        catch (Exception e)
        {
            logger.LogError(e, "A call of {Connection} could not be routed", connection.Id); // what arrived has to be kept all the same
            return null;
        }
    }

    static WebhookReply? ReplyOf(IWebhookProvider provider, Arrival received, Settings settings)
    {
        try
        {
            return provider.ReplyTo(received, settings);
        }
        catch (UnreadableException)
        {
            return null; // kept and shown as unreadable; to send it again would not help
        }
    }

    static async Task Answer(HttpContext http, WebhookReply? reply)
    {
        http.Response.StatusCode = reply?.Status ?? StatusCodes.Status204NoContent;
        if (reply is null) return;
        foreach (var (name, value) in reply.Headers) http.Response.Headers[name] = value;
        if (reply.ContentType.Length > 0) http.Response.ContentType = reply.ContentType;
        await http.Response.WriteAsync(reply.Body);
    }

    static async Task<ReadOnlyMemory<byte>?> ReadBody(HttpRequest request)
    {
        while (true)
        {
            var read = await request.BodyReader.ReadAsync(request.HttpContext.RequestAborted);
            if (read.Buffer.Length > BodyMax)
            {
                request.BodyReader.AdvanceTo(read.Buffer.End); // or the rest cannot be drained
                return null;
            }

            if (read.IsCompleted)
            {
                var body = read.Buffer.ToArray();
                request.BodyReader.AdvanceTo(read.Buffer.End);
                return body;
            }

            request.BodyReader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    static bool IsExpected(string? contentType, IReadOnlyList<string> expected)
    {
        if (contentType is null) return false;
        var semicolon = contentType.IndexOf(';');
        var media = (semicolon < 0 ? contentType : contentType[..semicolon]).Trim();
        return expected.Contains(media, StringComparer.OrdinalIgnoreCase);
    }

    /// <param name="proof">The header that an administrator chose for the proof of origin; it may be the secret itself.</param>
    static Dictionary<string, string> Kept(IHeaderDictionary headers, string proof) => headers
        .Where(header => HeadersKept.Any(start => header.Key.StartsWith(start, StringComparison.OrdinalIgnoreCase))
            && !HeadersForgotten.Any(start => header.Key.StartsWith(start, StringComparison.OrdinalIgnoreCase))
            && !header.Key.Equals(proof, StringComparison.OrdinalIgnoreCase))
        .ToDictionary(header => header.Key, header => header.Value.ToString());

    /// <summary>
    /// Some prove themselves with a token in the body. What is kept is shown to people and programs that must not know it,
    /// so asterisks stand in its place.
    /// </summary>
    static ReadOnlyMemory<byte> WithoutSecrets(ReadOnlyMemory<byte> body, IWebhookProvider provider, Settings settings)
    {
        foreach (var setting in provider.Info.Settings)
            if (setting.Secret)
                foreach (var secret in (string[])[settings[setting.Key], settings[setting.Key + "_previous"]])
                {
                    if (secret.Length < SecretMin) continue;
                    var letters = Encoding.UTF8.GetBytes(secret);
                    for (var at = body.Span.IndexOf(letters); at >= 0; at = body.Span.IndexOf(letters))
                        body = (byte[])[.. body.Span[..at], .. Enumerable.Repeat((byte)'*', letters.Length), .. body.Span[(at + letters.Length)..]];
                }

        return body;
    }

    /// <summary>The request's headers as they are, without a copy.</summary>
    sealed class AllHeaders(IHeaderDictionary headers) : IReadOnlyDictionary<string, string>
    {
        public string this[string key] => headers[key].ToString();

        public IEnumerable<string> Keys => headers.Keys;

        public IEnumerable<string> Values => headers.Values.Select(value => value.ToString());

        public int Count => headers.Count;

        public bool ContainsKey(string key) => headers.ContainsKey(key);

        public bool TryGetValue(string key, [System.Diagnostics.CodeAnalysis.MaybeNullWhen(false)] out string value)
        {
            var found = headers.TryGetValue(key, out var values);
            value = found ? values.ToString() : null;
            return found;
        }

        public IEnumerator<KeyValuePair<string, string>> GetEnumerator() =>
            headers.Select(header => KeyValuePair.Create(header.Key, header.Value.ToString())).GetEnumerator();

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
    }
}

/// <summary>
/// The address phone systems were given. Signatures cover it, so behind a reverse proxy it comes from configuration
/// (<c>--public-url</c>), or from forwarded headers of proxies that are configured as trusted.
/// </summary>
sealed class PublicAddress(Uri? configured)
{
    public Uri? Configured => configured;

    /// <summary>Where a connection's phone system sends to; null where nobody knows our address from outside.</summary>
    public Uri? WebhookOf(string connection) => configured is null ? null
        : new Uri(configured.GetLeftPart(UriPartial.Authority) + configured.AbsolutePath.TrimEnd('/') + $"/webhooks/{connection}");

    public string Of(HttpRequest request)
    {
        var path = $"{request.PathBase}{request.Path}{request.QueryString}";
        return configured is null ? $"{request.Scheme}://{request.Host}{path}" : configured.GetLeftPart(UriPartial.Authority) + configured.AbsolutePath.TrimEnd('/') + path;
    }
}
