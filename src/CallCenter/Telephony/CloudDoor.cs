using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using CallCenter.Telephony.Wire;

namespace CallCenter.Telephony;

/// <summary>How long an answer may take and how long it may be.</summary>
readonly record struct AnswerLimits(TimeSpan Within, int BytesMax)
{
    public static readonly AnswerLimits Order = new(TimeSpan.FromSeconds(10), 64 * 1024);

    /// <summary>A page of a call log.</summary>
    public static readonly AnswerLimits Page = new(TimeSpan.FromSeconds(60), 8 * 1024 * 1024);
}

/// <summary>Asks phone systems in the cloud: on the public internet only, once, and with a limit on time and size.</summary>
/// <param name="answeredWithin">Instead of what the limits say.</param>
sealed partial class CloudDoor(TimeSpan? answeredWithin = null) : IDisposable
{
    const int HeadersMaxKb = 16;

    readonly HttpClient http = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false, // it could lead inside
        UseProxy = false, // which would connect in our place, wherever to
        UseCookies = false,
        ActivityHeadersPropagator = null,
        AutomaticDecompression = DecompressionMethods.None, // a small answer must not become a big one
        MaxResponseHeadersLength = HeadersMaxKb,
        PooledConnectionLifetime = TimeSpan.FromMinutes(2),
        ConnectCallback = Connect,
    })
    {
        Timeout = Timeout.InfiniteTimeSpan, // each answer has its own
    };

    public async Task<OrderAnswer> Send(WebOrder order, CancellationToken stop)
    {
        try
        {
            var answer = await Ask(order.Request, AnswerLimits.Order, stop);
            return order.Read(answer.Status, answer.Body);
        }
        catch (CloudFaultException e)
        {
            return new OrderAnswer(e.Fault == CloudFault.Silent ? OrderFate.Silent : OrderFate.LinkDown);
        }
    }

    /// <exception cref="CloudFaultException">Nobody answered, or not in time, or without end. Whatever was answered is no fault here.</exception>
    public async Task<CloudAnswer> Ask(CloudRequest wish, AnswerLimits limits, CancellationToken stop)
    {
        using var request = new HttpRequestMessage(wish.Method, wish.Address);
        if (wish.ContentType.Length > 0) request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(wish.Body)) { Headers = { ContentType = new(wish.ContentType) } };
        foreach (var (name, value) in wish.Headers) request.Headers.TryAddWithoutValidation(name, value);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop);
        patience.CancelAfter(answeredWithin ?? limits.Within);
        try
        {
            using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience.Token);
            return new CloudAnswer((int)answer.StatusCode, await Read(answer, limits.BytesMax, patience.Token), RetryAfter(answer), Next(answer));
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            throw new CloudFaultException(CloudFault.Silent);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or InvalidOperationException)
        {
            throw new CloudFaultException(CloudFault.Unreachable, inner: e);
        }
    }

    public void Dispose() => http.Dispose();

    /// <summary>What came of an order, where the status says it as most do.</summary>
    /// <param name="callIn">The call's id in what was answered; an id that is not there does not undo what was done.</param>
    public static OrderAnswer FateOf(int status, string body, Func<JsonPart, string?>? callIn = null)
    {
        var said = SaidIn(body);
        return status switch
        {
            >= 200 and < 300 => new(OrderFate.Taken, Call: callIn is null ? null : CallIn(body, callIn)),
            401 or 403 => new(OrderFate.NotPermitted, said),
            429 => new(OrderFate.TooMany, said),
            >= 500 => new(OrderFate.LinkDown, said),
            _ => new(OrderFate.Refused, said.Length > 0 ? said : $"HTTP {status}"),
        };
    }

    static string? CallIn(string body, Func<JsonPart, string?> callIn)
    {
        try
        {
            return callIn(JsonPart.Of(Encoding.UTF8.GetBytes(body), "the answer"));
        }
        catch (UnreadableException)
        {
            return null;
        }
    }

    /// <summary>Its own words for why not, from the places where most write them; empty when there are none.</summary>
    public static string SaidIn(string body)
    {
        try
        {
            using var answer = JsonDocument.Parse(body);
            if (answer.RootElement.ValueKind != JsonValueKind.Object) return "";
            foreach (var name in (string[])["message", "error_description", "troubleshoot", "reason", "detail", "error"])
                if (answer.RootElement.TryGetProperty(name, out var said) && said.ValueKind == JsonValueKind.String && said.GetString() is { Length: > 0 } words) return Arrival.Clean(words);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The status says enough.
        }

        return "";
    }

    static async Task<string> Read(HttpResponseMessage answer, int bytesMax, CancellationToken stop)
    {
        await using var stream = await answer.Content.ReadAsStreamAsync(stop);
        using var body = new MemoryStream();
        var part = new byte[16 * 1024];
        for (int count; (count = await stream.ReadAsync(part, stop)) > 0;)
        {
            if (body.Length + count > bytesMax) throw new CloudFaultException(CloudFault.Unreadable, $"more than {bytesMax / 1024} KB");
            body.Write(part, 0, count);
        }

        return Encoding.UTF8.GetString(body.GetBuffer(), 0, (int)body.Length);
    }

    static string? Next(HttpResponseMessage answer) => !answer.Headers.TryGetValues("Link", out var links) ? null
        : links.SelectMany(link => Link().Matches(link)).FirstOrDefault(link => link.Groups[2].Value.Replace("\"", "", StringComparison.Ordinal).Contains("rel=next", StringComparison.OrdinalIgnoreCase))?.Groups[1].Value;

    /// <summary>An address, and what it is.</summary>
    [GeneratedRegex("<([^>]*)>([^<]*)")]
    private static partial Regex Link();

    static TimeSpan? RetryAfter(HttpResponseMessage answer) => answer.Headers.RetryAfter switch
    {
        { Delta: { } seconds } => seconds,
        { Date: { } at } when answer.Headers.Date is { } now => at > now ? at - now : TimeSpan.Zero, // by the clock of who answers
        _ => null,
    };

    /// <summary>This machine itself only where the address says so in figures: a name that somebody else keeps cannot lead here.</summary>
    static async ValueTask<Stream> Connect(SocketsHttpConnectionContext context, CancellationToken stop)
    {
        if (!IPAddress.TryParse(context.DnsEndPoint.Host, out var address) || !IPAddress.IsLoopback(address)) return await OutsideOnly.Connect(context, stop);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(address, context.DnsEndPoint.Port, stop);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
