using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace CallCenter.Tests.Telephony;

/// <summary>
/// A port on loopback that behaves as a phone system's does, misbehaves on request, and plays recorded sessions. It has a
/// world of its own: what is played while nobody is connected happens all the same, and is told only by a snapshot.
/// </summary>
abstract class FakePhoneSystem : IAsyncDisposable
{
    readonly CancellationTokenSource over = new();
    readonly ConcurrentDictionary<Session, byte> sessions = [];
    TcpListener? listener;
    int logins;

    protected FakePhoneSystem(int port) => Open(port);

    public int Port { get; private set; }

    /// <summary>Takes commands and says nothing at all any more.</summary>
    public bool IsSilent { get; set; }

    /// <summary>When set, writes are cut at odd places, by this seed.</summary>
    public int? OddWrites { get; init; }

    public int Logins => Volatile.Read(ref logins);

    /// <summary>Logins that were refused.</summary>
    public int Refusals { get; protected set; }

    /// <summary>What was asked of it.</summary>
    public ConcurrentQueue<string> Actions { get; } = [];

    public int Connected => sessions.Keys.Count(session => session.IsIn);

    /// <summary>Plays a recording so many times as fast as it was; 0 is as fast as it goes.</summary>
    public async Task Play(IEnumerable<(double At, string Raw)> messages, double speed = 0)
    {
        var start = TimeProvider.System.GetTimestamp();
        double? first = null;
        foreach (var (at, raw) in messages)
        {
            first ??= at;
            if (speed > 0 && TimeSpan.FromSeconds((at - first.Value) / speed) - TimeProvider.System.GetElapsedTime(start) is { TotalMilliseconds: > 1 } early)
                await Task.Delay(early);
            await Say(raw);
        }
    }

    /// <summary>One event, to the world and to whoever is logged in.</summary>
    public async Task Say(string raw)
    {
        raw = Happen(raw);
        foreach (var session in sessions.Keys)
            if (session.IsIn && !IsSilent && Wants(session, raw)) await session.Send(raw);
    }

    /// <summary>Bytes as they are, of which the world takes no notice.</summary>
    public async Task Flood(string raw)
    {
        foreach (var session in sessions.Keys)
            if (session.IsIn) await session.Send(raw);
    }

    /// <summary>Ends every session; with <paramref name="half"/> after a beginning of something.</summary>
    public async Task Drop(string? half = null)
    {
        foreach (var session in sessions.Keys)
        {
            if (half is not null) await session.Send(half);
            session.Dispose();
        }
    }

    /// <summary>It says that it will say no more, and goes on reading.</summary>
    public void HalfClose()
    {
        foreach (var session in sessions.Keys) session.HalfClose();
    }

    /// <summary>No new session until <see cref="Open"/>; those that are stay.</summary>
    public void Close() => listener?.Dispose();

    public void Open(int port = 0)
    {
        listener = new TcpListener(IPAddress.Loopback, port == 0 ? Port : port);
        listener.Server.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        listener.Start();
        Port = ((IPEndPoint)listener.LocalEndpoint).Port;
        _ = Accept(listener);
    }

    /// <summary>All its calls are gone, and nobody was told.</summary>
    public async Task Crash()
    {
        Close();
        await Drop();
        ForgetWorld();
    }

    public async ValueTask DisposeAsync()
    {
        await over.CancelAsync();
        Close();
        foreach (var session in sessions.Keys) session.Dispose();
        over.Dispose();
    }

    /// <summary>What it means for the world; returns how it is said.</summary>
    protected abstract string Happen(string raw);

    protected virtual bool Wants(Session session, string raw) => true;

    protected abstract void ForgetWorld();

    protected abstract Task Greet(Session session);

    /// <summary>One command, its lines without the empty one that closes it. False ends the session.</summary>
    protected abstract Task<bool> Answer(Session session, IReadOnlyList<string> lines);

    protected void CountLogin() => Interlocked.Increment(ref logins);

    async Task Accept(TcpListener from)
    {
        try
        {
            while (true)
            {
                var session = new Session(await from.AcceptSocketAsync(over.Token), OddWrites);
                sessions[session] = 0;
                _ = Serve(session);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // Closed.
        }
    }

    async Task Serve(Session session)
    {
        try
        {
            await Greet(session);
            using var reader = new StreamReader(session.Stream, Encoding.UTF8, leaveOpen: true);
            var lines = new List<string>();
            while (await reader.ReadLineAsync(over.Token) is { } line)
            {
                if (line.Length > 0)
                {
                    lines.Add(line);
                    continue;
                }

                if (!await Answer(session, lines)) break;
                lines.Clear();
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException or SocketException)
        {
            // The client or the test ended it.
        }
        finally
        {
            sessions.TryRemove(session, out _);
            session.Dispose();
        }
    }

    protected static int Seconds(DateTimeOffset since) => (int)(TimeProvider.System.GetUtcNow() - since).TotalSeconds;

    protected sealed class Session(Socket socket, int? seed) : IDisposable
    {
        readonly SemaphoreSlim writing = new(1, 1);
        readonly Random? odd = seed is { } given ? new Random(given) : null;

        public NetworkStream Stream { get; } = new(socket, ownsSocket: true);

        public bool IsIn { get; set; }

        public string? Challenge { get; set; }

        /// <summary>What it asked to be told.</summary>
        public HashSet<string> Wants { get; } = [];

        public void HalfClose() => socket.Shutdown(SocketShutdown.Send);

        public async Task Send(string text, Action? then = null)
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            await writing.WaitAsync();
            try
            {
                if (odd is null) await Stream.WriteAsync(bytes);
                else
                {
                    socket.NoDelay = true;
                    for (var from = 0; from < bytes.Length;)
                    {
                        var length = Math.Min(odd.Next(1, 400), bytes.Length - from);
                        await Stream.WriteAsync(bytes.AsMemory(from, length));
                        from += length;
                    }
                }

                then?.Invoke();
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException)
            {
                // Gone; the world does not care.
            }
            finally
            {
                writing.Release();
            }
        }

        public void Dispose()
        {
            // At once and without a farewell, as when a machine dies.
            Stream.Dispose();
        }
    }
}
