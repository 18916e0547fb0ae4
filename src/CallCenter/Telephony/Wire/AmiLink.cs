using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Text;

namespace CallCenter.Telephony.Wire;

/// <summary>
/// One session with the manager interface of an Asterisk: TCP or TLS, greeting, login, keepalive. Understands only the
/// answers to its own actions; every other message goes to who listens, as it is.
/// </summary>
/// <remarks>
/// Settings: <c>host</c>, <c>port</c> (5038; 5039 with TLS), <c>username</c>, <c>secret</c>, <c>tls</c>, <c>tls_insecure</c>
/// (accept any certificate), <c>auth</c> (<c>md5</c> or <c>plain</c>; not set: md5, and plain where the server knows no md5).
/// The classes of events are asked for with the login, which needs no right. Filtering single events would need the
/// <c>system</c> right, so that is left to <c>eventfilter</c> in manager.conf.
/// </remarks>
sealed class AmiLink : ILink
{
    /// <summary>Channels, dialling, bridges and transfers; queues; starts and stops; the digits of transfer codes.</summary>
    const string Classes = "call,agent,system,dtmf";

    const int PortPlain = 5038, PortTls = 5039, SaidMax = 200;
    static readonly StreamPipeReaderOptions Reading = new(bufferSize: 64 * 1024, minimumReadSize: 4 * 1024, leaveOpen: true);
    static readonly TimeSpan WriteWithin = TimeSpan.FromSeconds(10);

    readonly Socket socket;
    readonly Stream stream;
    readonly PipeReader reader;
    readonly LineLimits limits;
    readonly TimeProvider clock;
    readonly IReadOnlyList<string> snapshot;
    readonly AmiFraming framing = new();
    readonly SemaphoreSlim writing = new(1, 1);
    long heardAt;
    int asked;

    AmiLink(Socket socket, Stream stream, IReadOnlyList<string> snapshot, LineLimits limits, TimeProvider clock)
    {
        (this.socket, this.stream, this.snapshot, this.limits, this.clock) = (socket, stream, snapshot, limits, clock);
        reader = PipeReader.Create(stream, Reading);
    }

    public string Server { get; private set; } = "";

    public string? Warning { get; private set; }

    /// <param name="snapshot">The actions that ask what goes on, in their order.</param>
    /// <exception cref="LinkDownException">It cannot be reached, or does not let us in.</exception>
    public static async Task<ILink> Connect(Settings settings, IReadOnlyList<string> snapshot, LineLimits limits, TimeProvider clock, CancellationToken stop)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveBufferSize = 1024 * 1024 };
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        Stream? stream = null;
        try
        {
            stream = await Open(socket, settings, limits, clock, stop);
            var link = new AmiLink(socket, stream, snapshot, limits, clock);
            await Within(limits.LoginWithin, clock, LinkTrouble.Unreachable, "it does not answer as a manager port does", token => link.LogIn(settings, token), stop);
            return link;
        }
        catch (Exception e)
        {
            if (stream is not null) await stream.DisposeAsync();
            socket.Dispose();
            if (e is LinkDownException || e is OperationCanceledException && stop.IsCancellationRequested) throw;
            throw AsDown(e);
        }
    }

    public async Task Listen(Ear heard, CancellationToken stop)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stop);
        heardAt = clock.GetTimestamp();
        var reading = Read(heard, over.Token);
        var watching = Watch(over.Token);
        var first = await Task.WhenAny(reading, watching);
        await over.CancelAsync();
        // The reader may be deep in the socket, which hears of no token; a closed one it does hear.
        if (first != reading) socket.Dispose();
        try
        {
            await first;
        }
        catch (Exception e) when (e is not (LinkDownException or OperationCanceledException))
        {
            throw AsDown(e);
        }
        finally
        {
            await ((Task)Task.WhenAll(reading, watching)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public async Task AskSnapshot(CancellationToken stop)
    {
        foreach (var action in snapshot) await Send(Encoding.UTF8.GetBytes(action), stop);
        if (Server.Length == 0) await Ask("CoreSettings", "settings", stop);
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await reader.CompleteAsync();
            await stream.DisposeAsync();
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or SocketException)
        {
            // It was gone already.
        }

        socket.Dispose();
        writing.Dispose();
    }

    // ---- In ----

    static async Task<Stream> Open(Socket socket, Settings settings, LineLimits limits, TimeProvider clock, CancellationToken stop)
    {
        var isTls = IsOn(settings["tls"]);
        var host = settings["host"];
        var port = settings["port"].Length == 0 ? isTls ? PortTls : PortPlain
            : int.TryParse(settings["port"], NumberStyles.None, CultureInfo.InvariantCulture, out var given) && given is > 0 and < 65536 ? given
            : throw new LinkDownException(LinkTrouble.Unreachable, "the port is not a number from 1 to 65535");

        await Within(limits.ConnectWithin, clock, LinkTrouble.Unreachable, "no answer", token => socket.ConnectAsync(host, port, token).AsTask(), stop);
        var plain = new NetworkStream(socket, ownsSocket: false);
        if (!isTls) return plain;

        var secure = new SslStream(plain);
        try
        {
            await Within(limits.ConnectWithin, clock, LinkTrouble.Unreachable, "it does not answer as a TLS port does", token =>
                secure.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
                {
                    TargetHost = settings["tls_name"] is { Length: > 0 } name ? name : host,
#pragma warning disable CA5359 // what the administrator asked for by name
                    RemoteCertificateValidationCallback = IsOn(settings["tls_insecure"]) ? (_, _, _, _) => true : null,
#pragma warning restore CA5359
                }, token), stop);
            return secure;
        }
        catch (AuthenticationException e)
        {
            await secure.DisposeAsync();
            throw new LinkDownException(LinkTrouble.Untrusted, e.InnerException?.Message ?? e.Message, e);
        }
    }

    /// <remarks>
    /// With challenge and response the secret itself never crosses the wire. Servers that do not know it answer with an
    /// error; the secret is then sent plain, unless <c>auth=md5</c> forbids it.
    /// </remarks>
    async Task LogIn(Settings settings, CancellationToken stop)
    {
        if (!(await Next(null, stop)).IsGreeting) throw new LinkDownException(LinkTrouble.Unreachable, "it does not greet as a manager port does");

        var auth = settings["auth"];
        if (auth != "plain")
        {
            await Ask("Challenge", "challenge", stop, ("AuthType", "MD5"));
            var answer = await Next("challenge", stop);
            if (answer is { IsSuccess: true, Challenge.Length: > 0 })
            {
#pragma warning disable CA5351 // the protocol's choice, not ours
                var key = Convert.ToHexStringLower(MD5.HashData(Encoding.UTF8.GetBytes(answer.Challenge + settings["secret"])));
#pragma warning restore CA5351
                await Ask("Login", "login", stop, ("AuthType", "MD5"), ("Username", settings["username"]), ("Key", key), ("Events", Classes));
                await BeLetIn(stop);
                return;
            }

            if (auth == "md5") throw new LinkDownException(LinkTrouble.Refused, "it knows no challenge and response, and auth=md5 asks for it");
        }

        await Ask("Login", "login", stop, ("Username", settings["username"]), ("Secret", settings["secret"]), ("Events", Classes));
        await BeLetIn(stop);
    }

    async Task BeLetIn(CancellationToken stop)
    {
        var answer = await Next("login", stop);
        if (!answer.IsSuccess) throw new LinkDownException(LinkTrouble.Refused, answer.Message ?? "not let in");
    }

    /// <summary>The greeting, or the answer to one of our actions. Before the login there is nothing else.</summary>
    async Task<Answer> Next(string? id, CancellationToken stop)
    {
        while (true)
        {
            var read = await reader.ReadAsync(stop);
            var buffer = read.Buffer;
            if (framing.TryRead(ref buffer, out var message))
            {
                var answer = AnswerIn(message);
                reader.AdvanceTo(buffer.Start);
                if (id is null || answer.Id == id) return answer;
                continue;
            }

            reader.AdvanceTo(buffer.Start, buffer.End);
            if (read.IsCompleted) throw new LinkDownException(LinkTrouble.Closed, "it hung up before letting us in");
        }
    }

    // ---- Listening ----

    async Task Read(Ear heard, CancellationToken stop)
    {
        while (true)
        {
            var read = await reader.ReadAsync(stop);
            var buffer = read.Buffer;
            if (!buffer.IsEmpty) Volatile.Write(ref heardAt, clock.GetTimestamp());
            while (framing.TryRead(ref buffer, out var message))
            {
                if (IsAnswer(message)) Note(AnswerIn(message));
                heard(message);
            }

            if (read.IsCompleted && !buffer.IsEmpty) heard(buffer); // half a message, kept as what it is
            reader.AdvanceTo(buffer.Start, buffer.End);
            if (read.IsCompleted) throw new LinkDownException(LinkTrouble.Closed, "it hung up");
        }
    }

    /// <summary>A link can die without a word: a firewall forgets it, a machine loses its power.</summary>
    async Task Watch(CancellationToken stop)
    {
        while (true)
        {
            var pinged = clock.GetTimestamp();
            await Ask("Ping", "ping", stop);
            await Task.Delay(limits.AnswerWithin, clock, stop);
            if (Volatile.Read(ref heardAt) < pinged) throw new LinkDownException(LinkTrouble.Silent, "it does not answer any more");
            if (limits.PingEvery > limits.AnswerWithin) await Task.Delay(limits.PingEvery - limits.AnswerWithin, clock, stop);
        }
    }

    void Note(Answer answer)
    {
        if (answer.Version is { } version) Server = $"Asterisk {version}";
        // "Permission denied" to the list of channels: without it a lost link cannot be caught up with.
        if (!answer.IsSuccess && answer.Id is { } id && snapshot.Any(action => action.Contains($"ActionID: {id}\r\n", StringComparison.Ordinal)))
            Warning = answer.Message ?? "refused";
    }

    // ---- Out ----

    Task Ask(string action, string id, CancellationToken stop, params (string Key, string Value)[] fields) =>
        Send(AmiAction.Spell(action, id is "ping" or "settings" ? $"{id}-{++asked}" : id, fields), stop);

    async Task Send(byte[] action, CancellationToken stop)
    {
        await writing.WaitAsync(stop);
        try
        {
            await Within(WriteWithin, clock, LinkTrouble.Silent, "it takes nothing any more", token => stream.WriteAsync(action, token).AsTask(), stop);
        }
        finally
        {
            writing.Release();
        }
    }

    static async Task Within(TimeSpan time, TimeProvider clock, LinkTrouble trouble, string reason, Func<CancellationToken, Task> work, CancellationToken stop)
    {
        using var late = new CancellationTokenSource(time, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, late.Token);
        try
        {
            await work(either.Token);
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested && !stop.IsCancellationRequested)
        {
            throw new LinkDownException(trouble, $"{reason} within {time.TotalSeconds:0.#} s");
        }
    }

    static LinkDownException AsDown(Exception e) => e switch
    {
        SocketException { SocketErrorCode: SocketError.ConnectionReset or SocketError.OperationAborted or SocketError.Shutdown } => new(LinkTrouble.Closed, "it hung up", e),
        SocketException socket => new(LinkTrouble.Unreachable, socket.Message, e),
        IOException { InnerException: SocketException socket } => AsDown(socket),
        AuthenticationException => new(LinkTrouble.Untrusted, e.Message, e),
        IOException or ObjectDisposedException => new(LinkTrouble.Closed, "it hung up", e),
        ArgumentException => new(LinkTrouble.Refused, "host, name or password hold a character that cannot be sent", e),
        _ => new(LinkTrouble.Unreachable, e.GetType().Name, e),
    };

    static bool IsAnswer(in ReadOnlySequence<byte> message) => message.FirstSpan.StartsWith("Response"u8) || message.FirstSpan.Length < 8;

    static Answer AnswerIn(in ReadOnlySequence<byte> message)
    {
        var block = new AmiMessage(message.IsSingleSegment ? message.FirstSpan : message.ToArray());
        return new Answer(block.IsGreeting, block.Text("ActionID"u8), block.Has("Response"u8, "Success"u8), Said(block.Text("Message"u8)),
            block.Text("Challenge"u8), Said(block.Text("AsteriskVersion"u8)));
    }

    /// <summary>What the other side says is shown and logged, so it is short and one line.</summary>
    static string? Said(string? text) => text is null ? null
        : string.Concat(text.Take(SaidMax).Select(letter => char.IsControl(letter) ? ' ' : letter));

    static bool IsOn(string value) => value is "true" or "1" or "yes" or "on";

    readonly record struct Answer(bool IsGreeting, string? Id, bool IsSuccess, string? Message, string? Challenge, string? Version);
}
