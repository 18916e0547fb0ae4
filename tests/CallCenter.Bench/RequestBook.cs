using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using CallCenter.Simulation;
using static CallCenter.Telephony.Providers.SimulatedPhoneSystem;

namespace CallCenter.Bench;

/// <param name="Call">The phone system's id of the call it speaks of.</param>
sealed record Request(string Call, byte[] Bytes);

/// <summary>
/// Requests written and signed before the clock runs, in the order in which a phone system sends them: some hundred calls
/// go on at any moment.
/// </summary>
sealed class RequestBook
{
    const double CallsAMinute = 200;
    const double PeoplePerCallAMinute = 5;

    readonly List<Request> requests = [];
    readonly bool isEndless;
    int next;

    RequestBook(bool isEndless) => this.isEndless = isEndless;

    /// <param name="run">Goes before the ids of calls, so that two books are of different calls.</param>
    public static RequestBook Of(Dialect dialect, HostedWebhook webhook, string run, int count)
    {
        var book = new RequestBook(isEndless: false);
        var key = Encoding.UTF8.GetBytes(webhook.Secret);
        foreach (var told in Messages(run).Take(count))
        {
            var body = dialect.Write(told);
            var head = string.Create(CultureInfo.InvariantCulture,
                $"POST {webhook.Path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: PhoneSystem/2.4\r\nContent-Type: application/json\r\n{dialect.SignatureHeader}: sha256={Convert.ToHexStringLower(HMACSHA256.HashData(key, body))}\r\nContent-Length: {body.Length}\r\n\r\n");
            book.requests.Add(new Request(told.Call!, [.. Encoding.ASCII.GetBytes(head), .. body]));
        }

        return book;
    }

    /// <summary>The same requests to another address, over and over.</summary>
    public RequestBook At(string path)
    {
        var book = new RequestBook(isEndless: true);
        foreach (var (call, bytes) in requests)
            book.requests.Add(new Request(call, [.. Encoding.ASCII.GetBytes($"POST {path}"), .. bytes.AsSpan(Array.IndexOf(bytes, (byte)' ', "POST ".Length))]));
        return book;
    }

    /// <summary>Null when all were sent.</summary>
    public Request? Next()
    {
        if (next == requests.Count && isEndless) next = 0;
        return next < requests.Count ? requests[next++] : null;
    }

    static IEnumerable<Message> Messages(string run)
    {
        var from = new DateTimeOffset(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);
        var company = new PartsSeller((int)(CallsAMinute * PeoplePerCallAMinute));
        var due = new PriorityQueue<Message, DateTimeOffset>();
        foreach (var call in new Traffic(company, 5260, run).From(from, _ => CallsAMinute, alwaysOpen: true))
        {
            while (due.TryPeek(out var told, out var at) && at <= call.StartsAt)
            {
                due.Dequeue();
                yield return told;
            }

            foreach (var message in call.Messages) due.Enqueue(message, message.At!.Value);
        }
    }
}
