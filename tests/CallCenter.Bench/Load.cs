using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace CallCenter.Bench;

/// <param name="Latencies">In milliseconds, sorted.</param>
/// <param name="Failed">Answers that were not 204.</param>
/// <param name="CpuMicroseconds">What this side of the wire spent on one request.</param>
sealed record LoadResult(int Failed, TimeSpan Took, double[] Latencies, double CpuMicroseconds)
{
    public double PerSecond => Latencies.Length / Took.TotalSeconds;

    public double Percentile(double share) => Latencies[Math.Min(Latencies.Length - 1, (int)(Latencies.Length * share))];
}

/// <summary>
/// Sends requests over connections that stay open, one at a time on each. One thread and blocking sockets, because what
/// this costs is taken from the server that shares the machine.
/// </summary>
sealed class Load : IDisposable
{
    const int NextDueWithinMicroseconds = 1000;

    readonly Stack<Connection> free = [];
    readonly List<Connection> waiting = [];
    readonly Dictionary<Socket, Connection> bySocket = [];

    public Load(int port, int connections)
    {
        for (var i = 0; i < connections; i++)
        {
            var connection = new Connection();
            connection.Socket.Connect(IPAddress.Loopback, port);
            bySocket[connection.Socket] = connection;
            free.Push(connection);
        }
    }

    /// <param name="perSecond">
    /// So many a second whatever the server does; one that has to wait for a free connection waits on the clock. Null is as
    /// fast as it goes: each connection sends the next when its last is answered.
    /// </param>
    /// <param name="sent">Told of each request just before it is sent.</param>
    public LoadResult Play(RequestBook book, TimeSpan time, double? perSecond = null, Action<Request>? sent = null)
    {
        var latencies = new List<double>(1_000_000);
        var ready = new List<Socket>(bySocket.Count);
        var (failed, count) = (0, 0L);
        var cpu = Environment.CpuUsage.TotalTime;
        var start = Stopwatch.GetTimestamp();
        var end = start + (long)(time.TotalSeconds * Stopwatch.Frequency);
        while (true)
        {
            var now = Stopwatch.GetTimestamp();
            var isOver = now >= end;
            while (!isOver && free.Count > 0)
            {
                var due = perSecond is { } rate ? start + (long)(count / rate * Stopwatch.Frequency) : now;
                if (due > now) break;
                if (book.Next() is not { } request)
                {
                    isOver = true;
                    break;
                }

                sent?.Invoke(request);
                var connection = free.Pop();
                connection.Send(request.Bytes, due, waiting);
                count++;
            }

            if (isOver && waiting.Count == 0) break;
            ready.Clear();
            foreach (var connection in waiting) ready.Add(connection.Socket);
            if (ready.Count == 0) Thread.Sleep(1);
            else Socket.Select(ready, null, null, perSecond is null ? -1 : NextDueWithinMicroseconds);

            now = Stopwatch.GetTimestamp();
            foreach (var socket in ready)
            {
                var connection = bySocket[socket];
                if (connection.Answer(waiting) is not { } status) continue;
                latencies.Add((now - connection.SentAt) * 1000.0 / Stopwatch.Frequency);
                if (status != 204) failed++;
                free.Push(connection);
            }
        }

        return new LoadResult(failed, Stopwatch.GetElapsedTime(start), [.. latencies.Order()], (Environment.CpuUsage.TotalTime - cpu).TotalMicroseconds / Math.Max(1, count));
    }

    public void Dispose()
    {
        foreach (var socket in bySocket.Keys) socket.Dispose();
    }

    sealed class Connection
    {
        readonly byte[] answer = new byte[4096];
        int length, place;

        public Socket Socket { get; } = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

        public long SentAt { get; private set; }

        public void Send(byte[] request, long at, List<Connection> waiting)
        {
            (SentAt, length, place) = (at, 0, waiting.Count);
            waiting.Add(this);
            Socket.Send(request);
        }

        /// <summary>The status, once the whole answer is here. Answers without a body only.</summary>
        public int? Answer(List<Connection> waiting)
        {
            var read = Socket.Receive(answer.AsSpan(length));
            if (read == 0) throw new IOException("The server closed the connection.");
            length += read;
            if (!answer.AsSpan(0, length).EndsWith("\r\n\r\n"u8)) return null;
            waiting[place] = waiting[^1];
            waiting[place].place = place;
            waiting.RemoveAt(waiting.Count - 1);
            return (answer[9] - '0') * 100 + (answer[10] - '0') * 10 + answer[11] - '0';
        }
    }
}
