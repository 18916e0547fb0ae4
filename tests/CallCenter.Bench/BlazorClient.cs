using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.Extensions.DependencyInjection;

namespace CallCenter.Bench;

/// <summary>Somebody's browser: who is signed in, as far as pages and their sockets are concerned.</summary>
sealed partial class BrowserSession : IDisposable
{
    readonly CookieContainer cookies = new();
    readonly HttpClient client;

    static int others;

    /// <summary>From an address of its own on this machine: nobody may guess passwords as fast as so many people sign in.</summary>
    BrowserSession(Uri address)
    {
        var other = Interlocked.Increment(ref others);
        var from = new IPEndPoint(new IPAddress([127, 1, (byte)(other >> 8), (byte)other]), 0);
        client = new HttpClient(new SocketsHttpHandler
        {
            UseProxy = false,
            CookieContainer = cookies,
            AllowAutoRedirect = false,
            ConnectCallback = async (to, stop) =>
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                socket.Bind(from);
                await socket.ConnectAsync(to.DnsEndPoint, stop);
                return new NetworkStream(socket, ownsSocket: true);
            },
        })
        { BaseAddress = address };
    }

    public Uri Address => client.BaseAddress!;

    public string Cookies => cookies.GetCookieHeader(Address);

    public static async Task<BrowserSession> SignIn(Uri address, string email, string password, CancellationToken stop)
    {
        const string page = "/entrar";
        var session = new BrowserSession(address);
        var token = WebUtility.HtmlDecode(Token().Match(await session.Get(page, stop)).Groups[1].Value);
        using var form = new FormUrlEncodedContent(new Dictionary<string, string> { ["__RequestVerificationToken"] = token, ["_handler"] = "sign-in", ["Form.Email"] = email, ["Form.Password"] = password });
        using var answer = await session.client.PostAsync(page, form, stop);
        return answer.StatusCode == HttpStatusCode.Redirect ? session : throw new InvalidOperationException($"{email} was not let in: {answer.StatusCode}");
    }

    public async Task<string> Get(string page, CancellationToken stop)
    {
        using var answer = await client.GetAsync(page, stop);
        return answer.StatusCode == HttpStatusCode.OK ? await answer.Content.ReadAsStringAsync(stop) : throw new InvalidOperationException($"{page} was answered {answer.StatusCode}");
    }

    public void Dispose() => client.Dispose();

    [GeneratedRegex("name=\"__RequestVerificationToken\" value=\"([^\"]+)\"")]
    private static partial Regex Token();
}

/// <summary>
/// A page that is open, without a browser: it says to the server what <c>blazor.web.js</c> of .NET 10 says, and confirms what is drawn without drawing
/// it. What the page's own scripts are asked is answered as by a browser in which sounds and notices are switched off.
/// </summary>
sealed partial class BlazorClient : IAsyncDisposable
{
    // As app.js has it.
    static readonly TimeSpan ServerTimeout = TimeSpan.FromSeconds(4.5), KeepAlive = TimeSpan.FromSeconds(2);

    readonly HubConnection hub;
    readonly TaskCompletionSource drawnFirst = new(TaskCreationOptions.RunContinuationsAsynchronously);

    BlazorClient(HubConnection hub) => this.hub = hub;

    /// <summary>Why the circuit is no more; null while it lasts.</summary>
    public string? Broken { get; private set; }

    /// <param name="drawn">Told of each batch as it arrives, with its bytes.</param>
    public static async Task<BlazorClient> Open(BrowserSession session, string page, Action<byte[]> drawn, CancellationToken stop)
    {
        var html = await session.Get(page, stop);
        var builder = new HubConnectionBuilder().WithUrl(new Uri(session.Address, "_blazor"), HttpTransportType.WebSockets, connection =>
        {
            connection.SkipNegotiation = true;
            connection.Headers["Cookie"] = session.Cookies;
            connection.WebSocketConfiguration = socket => socket.Proxy = null;
        }).WithServerTimeout(ServerTimeout).WithKeepAliveInterval(KeepAlive);
        builder.Services.AddSingleton<IHubProtocol>(new BlazorPack());
        var client = new BlazorClient(builder.Build());
        client.Listen(drawn);
        try
        {
            await client.Begin(session.Address, page, html, stop);
        }
        catch
        {
            await client.DisposeAsync();
            throw;
        }

        return client;
    }

    public async ValueTask DisposeAsync() => await hub.DisposeAsync();

    /// <summary>A page that the server drew already has no components at the start; they are added from the marks that it left in the page.</summary>
    async Task Begin(Uri address, string page, string html, CancellationToken stop)
    {
        var state = State().Match(html).Groups[1].Value;
        await hub.StartAsync(stop);
        if (await hub.InvokeAsync<string?>("StartCircuit", address.ToString(), new Uri(address, page).ToString(), "[]", state, stop) is null) throw new InvalidOperationException($"No circuit for {page}.");
        var operations = Mark().Matches(html).Select(found => JsonNode.Parse(found.Groups[1].Value)!).Where(mark => (string?)mark["type"] == "server").OrderBy(mark => (int)mark["sequence"]!)
            .Select((mark, i) => (JsonNode)new JsonObject { ["type"] = "add", ["ssrComponentId"] = i + 1, ["marker"] = mark });
        await hub.SendAsync("UpdateRootComponents", new JsonObject { ["batchId"] = 1, ["operations"] = new JsonArray([.. operations]) }.ToJsonString(), state, stop);
        await drawnFirst.Task.WaitAsync(stop);
    }

    void Listen(Action<byte[]> drawn)
    {
        hub.On<long, byte[]>("JS.RenderBatch", async (batch, bytes) =>
        {
            drawn(bytes);
            drawnFirst.TrySetResult();
            await hub.SendAsync("OnRenderCompleted", batch, null);
        });
        hub.On<long, string, string, int, long, int>("JS.BeginInvokeJS", async (handle, function, _, _, _, _) =>
        {
            if (handle == 0) return; // nobody waits
            var result = function == "callbar.mayTell" ? "false" : "null";
            await hub.SendAsync("EndInvokeJSFromDotNet", handle, true, $"[{handle},true,{result}]");
        });
        hub.On<string>("JS.Error", why => Break(why));
        hub.Closed += why =>
        {
            Break(why?.Message ?? "closed");
            return Task.CompletedTask;
        };
        // Said to every page; nothing has to be done.
        hub.On<int, string>("JS.AttachComponent", (_, _) => { });
        hub.On<long>("JS.EndUpdateRootComponents", _ => { });
    }

    void Break(string why)
    {
        Broken ??= why;
        drawnFirst.TrySetException(new InvalidOperationException(why));
    }

    [GeneratedRegex("<!--Blazor-Server-Component-State:([a-zA-Z0-9+/=]+)-->")]
    private static partial Regex State();

    [GeneratedRegex("<!--Blazor:({.*?})-->")]
    private static partial Regex Mark();

    /// <summary>Blazor's own name for the MessagePack protocol.</summary>
    sealed class BlazorPack : IHubProtocol
    {
        readonly MessagePackHubProtocol inner = new();

        public string Name => "blazorpack";

        public int Version => 1;

        public TransferFormat TransferFormat => inner.TransferFormat;

        public ReadOnlyMemory<byte> GetMessageBytes(HubMessage message) => inner.GetMessageBytes(message);

        public bool IsVersionSupported(int version) => version == Version;

        public bool TryParseMessage(ref ReadOnlySequence<byte> input, IInvocationBinder binder, out HubMessage message) => inner.TryParseMessage(ref input, binder, out message!);

        public void WriteMessage(HubMessage message, IBufferWriter<byte> output) => inner.WriteMessage(message, output);
    }
}
