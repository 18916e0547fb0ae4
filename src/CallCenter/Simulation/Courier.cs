using System.Net;
using System.Net.Http.Headers;
using CallCenter.Telephony.Providers;

namespace CallCenter.Simulation;

/// <summary>Brings messages to a server as signed requests, and tries again when it is told to, as phone systems do.</summary>
sealed class Courier(Uri address, string secret, TimeProvider clock) : IDisposable
{
    const int TriesMax = 6;

    // Our own certificate or a proxy between us and our own machine is nobody's concern.
    readonly HttpClient http = new(new SocketsHttpHandler
    {
        UseProxy = !address.IsLoopback,
        AllowAutoRedirect = false,
        MaxConnectionsPerServer = 64,
        SslOptions = { RemoteCertificateValidationCallback = address.IsLoopback ? (_, _, _, _) => true : null },
    })
    { Timeout = TimeSpan.FromSeconds(15) };

    long sent, repeated, failed;

    /// <summary>Accepted by the server; tried once more; given up.</summary>
    public (long Sent, long Repeated, long Failed) Done => (Interlocked.Read(ref sent), Interlocked.Read(ref repeated), Interlocked.Read(ref failed));

    /// <summary>True when the server took it; false when it was given up after several tries.</summary>
    /// <exception cref="Refusal">The server says that the address or the secret is wrong: trying again would not help.</exception>
    public async Task<bool> Bring(SimulatedPhoneSystem.Message told, CancellationToken stop)
    {
        var body = SimulatedPhoneSystem.Write(told);
        for (var attempt = 1; ; attempt++)
        {
            var wait = await Try(body, stop);
            if (wait is null)
            {
                Interlocked.Increment(ref sent);
                return true;
            }

            if (attempt == TriesMax)
            {
                Interlocked.Increment(ref failed);
                return false;
            }

            Interlocked.Increment(ref repeated);
            await Task.Delay(wait.Value * attempt, clock, stop);
        }
    }

    public void Dispose() => http.Dispose();

    /// <summary>Null when it was taken, else how long to wait before the next try.</summary>
    async Task<TimeSpan?> Try(ReadOnlyMemory<byte> body, CancellationToken stop)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = new ReadOnlyMemoryContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Add(SimulatedPhoneSystem.SignatureHeader, SimulatedPhoneSystem.Sign(secret, body));
        try
        {
            using var answer = await http.SendAsync(request, stop);
            if (answer.IsSuccessStatusCode) return null;
            if (answer.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.NotFound or HttpStatusCode.UnsupportedMediaType or HttpStatusCode.MethodNotAllowed || (int)answer.StatusCode is >= 300 and < 400)
                throw new Refusal(RefusalKind.Invalid, "simulate.refused", (int)answer.StatusCode);
            return answer.Headers.RetryAfter?.Delta ?? TimeSpan.FromSeconds(1);
        }
        catch (Exception e) when (e is HttpRequestException || e is TaskCanceledException && !stop.IsCancellationRequested)
        {
            return TimeSpan.FromMilliseconds(300);
        }
    }
}
