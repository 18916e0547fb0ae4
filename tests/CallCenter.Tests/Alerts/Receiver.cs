using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text;
using CallCenter.Alerts;

namespace CallCenter.Tests.Alerts;

/// <summary>What somebody was told.</summary>
sealed record Heard(string Id, DateTimeOffset At, string[] Signatures, string Body)
{
    public bool IsSignedWith(string secret) => Signatures.Contains(StandardWebhook.Sign(secret, Id, At, Body));
}

/// <summary>Another company's program on loopback that takes webhooks, and answers as the test wants.</summary>
sealed class Receiver : IAsyncDisposable
{
    readonly HttpListener listener = new();
    readonly ConcurrentQueue<Heard> heard = [];
    readonly CancellationTokenSource stop = new();
    readonly Task running;

    public Receiver()
    {
        Address = $"http://127.0.0.1:{TestPostgres.FreePort()}/hook?token=s3cret-part";
        listener.Prefixes.Add(new Uri(Address).GetLeftPart(UriPartial.Authority) + "/");
        listener.Start();
        running = Run();
    }

    public string Address { get; }

    /// <summary>The answers to come, in their order; afterwards each is 204.</summary>
    public ConcurrentQueue<Func<HttpListenerResponse, Task>> Answers { get; } = [];

    public IReadOnlyList<Heard> Heard => [.. heard];

    public void Answer(int status, params (string Name, string Value)[] headers) => Answers.Enqueue(response =>
    {
        response.StatusCode = status;
        foreach (var (name, value) in headers) response.AddHeader(name, value);
        return Task.CompletedTask;
    });

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        listener.Close();
        await running;
        stop.Dispose();
    }

    async Task Run()
    {
        while (!stop.IsCancellationRequested)
            try
            {
                var context = await listener.GetContextAsync();
                _ = Serve(context);
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return; // the test is over
            }
    }

    async Task Serve(HttpListenerContext context)
    {
        try
        {
            using var reader = new StreamReader(context.Request.InputStream, Encoding.UTF8);
            var (headers, body) = (context.Request.Headers, await reader.ReadToEndAsync(stop.Token));
            heard.Enqueue(new Heard(headers["webhook-id"]!, DateTimeOffset.FromUnixTimeSeconds(long.Parse(headers["webhook-timestamp"]!, CultureInfo.InvariantCulture)),
                headers["webhook-signature"]!.Split(' '), body));
            context.Response.StatusCode = 204;
            if (Answers.TryDequeue(out var answer)) await answer(context.Response);
            context.Response.Close();
        }
        catch (Exception e) when (e is HttpListenerException or OperationCanceledException or ObjectDisposedException or IOException or InvalidOperationException)
        {
            // Who asked has gone.
        }
    }
}
