using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;

namespace CallCenter.Telephony.Wire;

/// <summary>Cuts the bytes of a link into messages and holds none itself.</summary>
interface IFraming
{
    /// <summary>
    /// Takes the next message off the front of <paramref name="buffer"/>. Returns false when more bytes are needed; the
    /// buffer then begins with the half message (for <c>PipeReader</c>: consumed is its start, examined its end).
    /// </summary>
    bool TryRead(ref ReadOnlySequence<byte> buffer, out ReadOnlySequence<byte> message);
}

/// <summary>
/// A link over a TCP or TLS socket, whatever is spoken on it: opened, let in, read, written to, and watched for silence.
/// </summary>
/// <remarks>
/// Settings: <c>host</c>, <c>port</c>, <c>tls</c>, <c>tls_name</c>, <c>tls_insecure</c> (accept any certificate). Who derives
/// knows the protocol: how to log in, what is an answer to our own requests, and what keeps the link alive.
/// </remarks>
abstract class SocketLink(OpenSocket wire, IFraming framing, LineLimits limits, TimeProvider clock) : ILink
{
    const int SaidMax = 200;
    static readonly StreamPipeReaderOptions Reading = new(bufferSize: 64 * 1024, minimumReadSize: 4 * 1024, leaveOpen: true);
    static readonly TimeSpan WriteWithin = TimeSpan.FromSeconds(10);

    readonly PipeReader reader = PipeReader.Create(wire.Stream, Reading);
    readonly SemaphoreSlim writing = new(1, 1);
    readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    long heardAt;
    int ordered;

    public string Server { get; protected set; } = "";

    public string? Warning { get; protected set; }

    /// <summary>Reads one message; null when it is not the one that is waited for.</summary>
    protected delegate T? Reader<T>(in ReadOnlySequence<byte> message) where T : class;

    protected abstract Task LogIn(Settings settings, CancellationToken stop);

    /// <summary>Asks for any answer at all.</summary>
    protected abstract Task Ping(CancellationToken stop);

    /// <summary>Looks at a message before others hear it: an answer to our own requests, a farewell.</summary>
    protected abstract void Note(in ReadOnlySequence<byte> message);

    public abstract Task AskSnapshot(CancellationToken stop);

    /// <exception cref="LinkDownException">It cannot be reached, or does not let us in.</exception>
    protected static async Task<ILink> Connect(Settings settings, int portPlain, int portTls, LineLimits limits, TimeProvider clock, Func<OpenSocket, SocketLink> make, CancellationToken stop)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveBufferSize = 1024 * 1024 };
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        Stream? stream = null;
        try
        {
            stream = await Open(socket, settings, portPlain, portTls, limits, clock, stop);
            var link = make(new OpenSocket(socket, stream));
            await Within(limits.LoginWithin, clock, LinkTrouble.Unreachable, "it does not answer as a phone system does there", token => link.LogIn(settings, token), stop);
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
        ended.TrySetResult();
        // The reader may be deep in the socket, which hears of no token; a closed one it does hear.
        if (first != reading) wire.Socket.Dispose();
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

    public async ValueTask DisposeAsync()
    {
        ended.TrySetResult();
        try
        {
            await reader.CompleteAsync();
            await wire.Stream.DisposeAsync();
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or SocketException)
        {
            // It was gone already.
        }

        wire.Socket.Dispose();
        writing.Dispose();
    }

    // ---- In ----

    static async Task<Stream> Open(Socket socket, Settings settings, int portPlain, int portTls, LineLimits limits, TimeProvider clock, CancellationToken stop)
    {
        var isTls = IsOn(settings["tls"]);
        var host = settings["host"];
        var port = settings["port"].Length == 0 ? isTls ? portTls : portPlain
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

    /// <summary>While logging in: the first message that <paramref name="read"/> takes; others are passed over.</summary>
    protected async Task<T> Next<T>(Reader<T> read, CancellationToken stop) where T : class
    {
        while (true)
        {
            var bytes = await reader.ReadAsync(stop);
            var buffer = bytes.Buffer;
            if (framing.TryRead(ref buffer, out var message))
            {
                var taken = read(message);
                reader.AdvanceTo(buffer.Start);
                if (taken is not null) return taken;
                continue;
            }

            reader.AdvanceTo(buffer.Start, buffer.End);
            if (bytes.IsCompleted) throw new LinkDownException(LinkTrouble.Closed, "it hung up before letting us in");
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
                Note(message);
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
            await Ping(stop);
            await Task.Delay(limits.AnswerWithin, clock, stop);
            if (Volatile.Read(ref heardAt) < pinged) throw new LinkDownException(LinkTrouble.Silent, "it does not answer any more");
            if (limits.PingEvery > limits.AnswerWithin) await Task.Delay(limits.PingEvery - limits.AnswerWithin, clock, stop);
        }
    }

    // ---- Out ----

    /// <param name="first">Done when nothing else can be written before this: what has to be in the order of the requests.</param>
    protected async Task Send(byte[] request, CancellationToken stop, Action? first = null)
    {
        await writing.WaitAsync(stop);
        try
        {
            first?.Invoke();
            await Within(WriteWithin, clock, LinkTrouble.Silent, "it takes nothing any more", token => wire.Stream.WriteAsync(request, token).AsTask(), stop);
        }
        finally
        {
            writing.Release();
        }
    }

    public async Task<OrderAnswer> Do(Order order, CancellationToken stop)
    {
        if (Interlocked.Increment(ref ordered) > limits.OrdersMax)
        {
            Interlocked.Decrement(ref ordered);
            return new OrderAnswer(OrderFate.TooMany);
        }

        var awaited = new Awaited();
        try
        {
            await Place(order, awaited);
            var taken = await AnswerOf(awaited.Taken.Task, limits.OrderWithin, stop);
            if (taken is null) return new OrderAnswer(OrderFate.Silent);
            return taken.Fate != OrderFate.Taken || !awaited.HasSequel ? taken : await AnswerOf(awaited.Sequel.Task, limits.FailsWithin, stop) ?? taken;
        }
        finally
        {
            Forget(awaited);
            Interlocked.Decrement(ref ordered);
        }
    }

    /// <summary>Writes it down as awaited and sends it.</summary>
    /// <remarks>Nobody who loses patience may stop the writing: half an order would be followed by something else.</remarks>
    protected abstract Task Place(Order order, Awaited awaited);

    protected abstract void Forget(Awaited awaited);

    /// <summary>Null when it does not come in time.</summary>
    async Task<OrderAnswer?> AnswerOf(Task<OrderAnswer> answer, TimeSpan within, CancellationToken stop)
    {
        try
        {
            await Task.WhenAny(answer, ended.Task).WaitAsync(within, clock, stop);
        }
        catch (TimeoutException)
        {
            return null;
        }

        return answer.IsCompleted ? await answer : throw new LinkDownException(LinkTrouble.Closed, "it hung up");
    }

    /// <summary>An order on its way: whether it was understood, and what came of it.</summary>
    protected sealed class Awaited
    {
        /// <summary>Names it on the wire. Nobody can guess it.</summary>
        public string Id { get; } = $"{Guid.NewGuid()}";

        public bool HasSequel { get; set; }

        public TaskCompletionSource<OrderAnswer> Taken { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource<OrderAnswer> Sequel { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
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

    /// <summary>What the other side says is shown and logged, so it is short and one line.</summary>
    protected static string? Said(string? text) => text is null ? null
        : string.Concat(text.Take(SaidMax).Select(letter => char.IsControl(letter) ? ' ' : letter));

    static bool IsOn(string value) => value is "true" or "1" or "yes" or "on";
}

/// <summary>An open connection: the stream is the socket's, or TLS over it.</summary>
readonly record struct OpenSocket(Socket Socket, Stream Stream);
