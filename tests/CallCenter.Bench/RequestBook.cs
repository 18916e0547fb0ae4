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
    const int CallsOfSameCustomers = 2000;

    readonly List<Request> requests = [];
    readonly bool isEndless;
    int next;

    RequestBook(bool isEndless) => this.isEndless = isEndless;

    /// <param name="run">Two books of different runs are of different calls.</param>
    public static RequestBook Of(Dialect dialect, HostedWebhook webhook, int run, int count)
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

    static IEnumerable<Message> Messages(int run)
    {
        var from = new DateTimeOffset(2026, 3, 2, 9, 0, 0, TimeSpan.Zero).AddDays(run);
        var company = new PartsSeller((int)(CallsAMinute * PeoplePerCallAMinute));
        var due = new PriorityQueue<Message, DateTimeOffset>();
        var count = 0;
        foreach (var call in new Traffic(company, 5260 + run, string.Create(CultureInfo.InvariantCulture, $"b{run}")).From(from, _ => CallsAMinute, alwaysOpen: true))
        {
            while (due.TryPeek(out var told, out var at) && at <= call.StartsAt)
            {
                due.Dequeue();
                yield return told;
            }

            var customers = run * 10 + count++ / CallsOfSameCustomers;
            foreach (var message in call.Messages) due.Enqueue(OfOthers(message, customers), message.At!.Value);
        }
    }

    /// <summary>The company knows some hundred customers; at this rate it would hear from all of them every few minutes.</summary>
    static Message OfOthers(Message told, int customers)
    {
        string? Other(string? number) => number is ['+', _, .., _, _, _, _] && !number.StartsWith(PartsSeller.MainNumber[..^3], StringComparison.Ordinal)
            ? number[..^4] + ((int.Parse(number.AsSpan(number.Length - 4), CultureInfo.InvariantCulture) + customers * 37) % 10_000).ToString("0000", CultureInfo.InvariantCulture)
            : number;
        return told with { From = Other(told.From), To = Other(told.To), Who = Other(told.Who) };
    }
}
