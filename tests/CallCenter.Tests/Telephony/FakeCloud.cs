using System.Collections.Concurrent;
using System.Net;
using System.Text;
using CallCenter.Telephony;

namespace CallCenter.Tests.Telephony;

/// <summary>What somebody asked a cloud.</summary>
sealed record Asked(string Method, string PathAndQuery, string? Authorization, string Body)
{
    /// <summary>Without the token, for those who want it in the query.</summary>
    public string Untold => PathAndQuery.Split("&access_token=", 2)[0];

    public string Path => PathAndQuery.Split('?')[0];

    public string? Query(string name) => System.Web.HttpUtility.ParseQueryString(PathAndQuery.Contains('?') ? PathAndQuery.Split('?', 2)[1] : "")[name];

    public string? Field(string name) => System.Web.HttpUtility.ParseQueryString(Body)[name];
}

/// <param name="RetryAfter">As the header has it: seconds, or an instant.</param>
/// <param name="Next">The address of the next page, where a header says so.</param>
sealed record Answered(int Status, string Body, string? RetryAfter = null, string? Next = null)
{
    public static implicit operator Answered(string body) => new(200, body);
}

/// <summary>The API of a phone system in the cloud, on loopback: says what the test wants, and remembers what it was asked.</summary>
sealed class FakeCloud : IAsyncDisposable
{
    readonly HttpListener listener = new();
    readonly Task running;

    public FakeCloud(Func<Asked, Answered> says)
    {
        Says = says;
        Port = TestPostgres.FreePort();
        listener.Prefixes.Add($"http://127.0.0.1:{Port}/");
        listener.Start();
        running = Run();
    }

    public Func<Asked, Answered> Says { get; set; }

    public int Port { get; }

    public string Host => $"127.0.0.1:{Port}";

    /// <summary>Before it answers.</summary>
    public TimeSpan Delay { get; init; }

    public ConcurrentQueue<Asked> Heard { get; } = [];

    /// <summary>A cloud that holds the call log of these samples; an address that it has no page for gets an empty answer.</summary>
    public static FakeCloud With(string provider, params string[] samples)
    {
        var pages = samples.SelectMany(name => new LogSample(provider, name).Pages).ToDictionary(page => (page.Path, page.Asked), page => new Answered(200, page.Answer.Body, Next: page.Answer.Next));
        return new FakeCloud(asked => pages.GetValueOrDefault((asked.Untold, asked.Body)) ?? new Answered(404, "{}"));
    }

    /// <summary>A sample's settings, and the address of this cloud.</summary>
    public Dictionary<string, string> Settings(LogSample sample, params (string Key, string Value)[] more)
    {
        var settings = new Dictionary<string, string>(sample.Live.Settings.Values) { [CloudAddress.Setting] = Host };
        foreach (var (key, value) in more) settings[key] = value;
        return settings;
    }

    public async ValueTask DisposeAsync()
    {
        listener.Close();
        await running;
    }

    async Task Run()
    {
        try
        {
            while (true)
            {
                var context = await listener.GetContextAsync();
                _ = Task.Run(() => Answer(context));
            }
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or InvalidOperationException)
        {
            // The test is over.
        }
    }

    async Task Answer(HttpListenerContext context)
    {
        try
        {
            using var reader = new StreamReader(context.Request.InputStream, Encoding.UTF8);
            var asked = new Asked(context.Request.HttpMethod, context.Request.RawUrl!, context.Request.Headers["Authorization"], await reader.ReadToEndAsync());
            Heard.Enqueue(asked);
            await Task.Delay(Delay);
            var answer = Says(asked);
            context.Response.StatusCode = answer.Status;
            if (answer.Status == 302) context.Response.AddHeader("Location", $"http://{Host}/elsewhere");
            if (answer.RetryAfter is { } retry) context.Response.AddHeader("Retry-After", retry);
            if (answer.Next is { } next) context.Response.AddHeader("Link", $"<{next.Split('?')[0]}?first=1>; rel=\"first\", <{next}>; rel=\"next\"");
            await context.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(answer.Body));
            context.Response.Close();
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or InvalidOperationException or IOException)
        {
            // Who asked has gone.
        }
    }
}
