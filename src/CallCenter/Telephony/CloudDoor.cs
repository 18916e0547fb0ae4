using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using CallCenter.Telephony.Wire;

namespace CallCenter.Telephony;

/// <summary>Sends orders to phone systems in the cloud: to the public internet only, once, and with a limit on time and size.</summary>
sealed class CloudDoor : IDisposable
{
    const int AnswerMax = 64 * 1024;
    const int HeadersMaxKb = 16;

    readonly HttpClient http;

    public CloudDoor(TimeSpan? answeredWithin = null) => http = new HttpClient(new SocketsHttpHandler
    {
        AllowAutoRedirect = false, // it could lead inside
        UseProxy = false, // which would connect in our place, wherever to
        UseCookies = false,
        ActivityHeadersPropagator = null,
        MaxResponseHeadersLength = HeadersMaxKb,
        PooledConnectionLifetime = TimeSpan.FromMinutes(2),
        ConnectCallback = Connect,
    })
    {
        Timeout = answeredWithin ?? TimeSpan.FromSeconds(10),
        MaxResponseContentBufferSize = AnswerMax,
    };

    public async Task<OrderAnswer> Send(WebOrder order, CancellationToken stop)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, order.Address) { Content = new FormUrlEncodedContent(order.Fields) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{order.User}:{order.Password}")));
        try
        {
            using var answer = await http.SendAsync(request, stop);
            return order.Read((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(stop));
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return new OrderAnswer(OrderFate.Silent);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or InvalidOperationException)
        {
            return new OrderAnswer(OrderFate.LinkDown);
        }
    }

    public void Dispose() => http.Dispose();

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
