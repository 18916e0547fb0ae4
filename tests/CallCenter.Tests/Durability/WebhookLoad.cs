using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using CallCenter.Calls;
using CallCenter.Telephony.Providers;
using CallCenter.Tests.Commands;

namespace CallCenter.Tests.Durability;

/// <summary>A connection that webhooks can be sent to.</summary>
readonly record struct Target(string Path, string Secret)
{
    public static async Task<Target> AddTo(string database)
    {
        var (code, output, error) = await Cli.Run("connection", "add", "--provider", SimulatedPhoneSystem.Id, "--name", "Carga", "--json", "--database", database);
        Assert.True(code == 0, error);
        var added = JsonDocument.Parse(output).RootElement;
        return new(added.GetProperty("webhook_path").GetString()!, added.GetProperty("secrets").GetProperty("secret").GetString()!);
    }
}

/// <summary>
/// Many senders at once, each with one call after the other: it starts, rings, is answered and ends. Remembers every
/// request that was answered with a 2xx, as <c>call/message</c>.
/// </summary>
sealed class WebhookLoad(Uri server, Target target, string name) : IDisposable
{
    const int Senders = 16;

    static readonly TimeSpan PauseAfterRefusal = TimeSpan.FromMilliseconds(20);

    readonly HttpClient http = new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false }) { BaseAddress = server, Timeout = TimeSpan.FromSeconds(30) };
    readonly ConcurrentDictionary<string, byte> acknowledged = [];
    readonly ConcurrentQueue<string> surprises = [];
    int refused, broken;

    public ICollection<string> Acknowledged => acknowledged.Keys;

    public int Count => acknowledged.Count;

    /// <summary>Answered 503 with a time to try again.</summary>
    public int Refused => Volatile.Read(ref refused);

    /// <summary>Not answered at all: the server was gone.</summary>
    public int Broken => Volatile.Read(ref broken);

    /// <summary>Answers of any other kind.</summary>
    public IReadOnlyCollection<string> Surprises => surprises;

    public Task Run(CancellationToken stop) => Task.WhenAll(Enumerable.Range(0, Senders).Select(sender => Task.Run(async () =>
    {
        for (var i = 0; !stop.IsCancellationRequested; i++)
            foreach (var told in Call($"{name}-{sender}-{i}", sender))
                if (!stop.IsCancellationRequested && !await Send(told)) await Task.Delay(PauseAfterRefusal);
    }, CancellationToken.None)));

    public void Dispose() => http.Dispose();

    /// <summary>True when it was acknowledged.</summary>
    public async Task<bool> Send(SimulatedPhoneSystem.Message told)
    {
        var body = SimulatedPhoneSystem.Write(told);
        using var request = new HttpRequestMessage(HttpMethod.Post, target.Path) { Content = new ReadOnlyMemoryContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Add(SimulatedPhoneSystem.SignatureHeader, SimulatedPhoneSystem.Sign(target.Secret, body));
        try
        {
            using var answer = await http.SendAsync(request);
            if (answer.IsSuccessStatusCode)
            {
                acknowledged[KeyOf(told)] = 0;
                return true;
            }

            if (answer.StatusCode == HttpStatusCode.ServiceUnavailable && answer.Headers.RetryAfter?.Delta > TimeSpan.Zero) Interlocked.Increment(ref refused);
            else surprises.Enqueue($"{(int)answer.StatusCode} {answer.Headers.RetryAfter}");
        }
        catch (HttpRequestException)
        {
            Interlocked.Increment(ref broken);
        }

        return false;
    }

    public static string KeyOf(SimulatedPhoneSystem.Message told) => $"{told.Call}/{told.Seq}";

    static SimulatedPhoneSystem.Message[] Call(string id, int sender)
    {
        var at = TimeProvider.System.GetUtcNow();
        var (who, leg) = ($"{100 + sender}", "leg-1");
        return
        [
            new("call.started", id, at, 0, From: $"+3460000{sender:d4}", To: "+34910000001", Result: SimulatedPhoneSystem.Spell(Direction.Inbound)),
            new("leg.ringing", id, at.AddSeconds(1), 1, Leg: leg, Who: who),
            new("leg.answered", id, at.AddSeconds(2), 2, Leg: leg, Who: who),
            new("call.ended", id, at.AddSeconds(9), 3, Result: SimulatedPhoneSystem.Spell(EndCause.Normal)),
        ];
    }
}
