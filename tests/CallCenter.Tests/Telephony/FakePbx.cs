using System.Collections.Concurrent;
using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace CallCenter.Tests.Telephony;

/// <summary>
/// A manager port on loopback that behaves as Asterisk's does, misbehaves on request, and plays recorded sessions. It has
/// a world of its own: what is played while nobody is connected happens all the same, and is told only by a snapshot.
/// </summary>
sealed class FakePbx : IAsyncDisposable
{
    public const string User = "callcenter", Secret = "s3cret:ñ";

    readonly CancellationTokenSource over = new();
    readonly ConcurrentDictionary<Session, byte> sessions = [];
    readonly Dictionary<string, Dictionary<string, string>> channels = [];
    readonly Dictionary<string, (string Queue, DateTimeOffset Since)> waiting = [];
    readonly Lock world = new();
    TcpListener? listener;
    int logins;

    public FakePbx(int port = 0) => Open(port);

    public int Port { get; private set; }

    /// <summary>Servers before 1.4, and those whose module is missing, know no challenge.</summary>
    public bool KnowsChallenge { get; init; } = true;

    /// <summary>What the account may ask for; without <c>reporting</c> a list of channels is refused.</summary>
    public bool MayReport { get; set; } = true;

    public string Password { get; set; } = Secret;

    /// <summary>Takes actions and says nothing at all any more.</summary>
    public bool IsSilent { get; set; }

    /// <summary>When set, writes are cut at odd places, by this seed.</summary>
    public int? OddWrites { get; init; }

    public int Logins => Volatile.Read(ref logins);

    /// <summary>Logins that were refused.</summary>
    public int Refusals { get; private set; }

    public ConcurrentQueue<string> Actions { get; } = [];

    public int Connected => sessions.Keys.Count(session => session.IsIn);

    public Dictionary<string, string> Settings(params (string Key, string Value)[] more)
    {
        var settings = new Dictionary<string, string>
        {
            ["host"] = "127.0.0.1",
            ["port"] = Port.ToString(CultureInfo.InvariantCulture),
            ["username"] = User,
            ["secret"] = Secret,
            ["country"] = "AR",
            ["trunks"] = "troncal-sip, gw-celular",
        };
        foreach (var (key, value) in more) settings[key] = value;
        return settings;
    }

    /// <summary>The blocks of a recorded session, without what was said to the recorder alone, and the second of each.</summary>
    public static List<(double At, string Raw)> BlocksOf(string scenario)
    {
        using var packed = new GZipStream(File.OpenRead(Path.Combine(Capture.Folder("asterisk"), scenario, "ami.jsonl.gz")), CompressionMode.Decompress);
        using var lines = new StreamReader(packed);
        var blocks = new List<(double, string)>();
        while (lines.ReadLine() is { } line)
        {
            var item = JsonDocument.Parse(line).RootElement;
            if (!item.TryGetProperty("raw", out var raw) || raw.GetString() is not { } block) continue;
            if (block.StartsWith("Asterisk", StringComparison.Ordinal) || block.StartsWith("Response", StringComparison.Ordinal)
                || block.Contains("\r\nActionID:", StringComparison.Ordinal) && !block.StartsWith("Event: OriginateResponse", StringComparison.Ordinal) || block.StartsWith("Event: FullyBooted", StringComparison.Ordinal)) continue;
            blocks.Add((item.GetProperty("t").GetDouble(), block));
        }

        return blocks;
    }

    /// <summary>Plays a recording so many times as fast as it was; 0 is as fast as it goes.</summary>
    public async Task Play(IEnumerable<(double At, string Raw)> blocks, double speed = 0)
    {
        var start = TimeProvider.System.GetTimestamp();
        double? first = null;
        foreach (var (at, raw) in blocks)
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
        Happen(raw);
        foreach (var session in sessions.Keys)
            if (session.IsIn && !IsSilent) await session.Send(raw);
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
        lock (world)
        {
            channels.Clear();
            waiting.Clear();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await over.CancelAsync();
        Close();
        foreach (var session in sessions.Keys) session.Dispose();
        over.Dispose();
    }

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
            await session.Send("Asterisk Call Manager/11.0.0\r\n");
            using var reader = new StreamReader(session.Stream, Encoding.UTF8, leaveOpen: true);
            var action = new Dictionary<string, string>();
            while (await reader.ReadLineAsync(over.Token) is { } line)
            {
                if (line.Length > 0)
                {
                    var colon = line.IndexOf(": ", StringComparison.Ordinal);
                    action[line[..colon]] = line[(colon + 2)..];
                    continue;
                }

                Actions.Enqueue(action["Action"]);
                if (!IsSilent && !await Answer(session, action)) break;
                action.Clear();
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

    /// <summary>False ends the session.</summary>
    async Task<bool> Answer(Session session, Dictionary<string, string> action)
    {
        var id = $"ActionID: {action["ActionID"]}\r\n";
        switch (action["Action"])
        {
            case "Challenge" when KnowsChallenge:
                session.Challenge = RandomNumberGenerator.GetInt32(100_000_000, 999_999_999).ToString(CultureInfo.InvariantCulture);
                await session.Send($"Response: Success\r\n{id}Challenge: {session.Challenge}\r\n\r\n");
                return true;
            case "Login":
                return await LogIn(session, action, id);
            case var _ when !session.IsIn:
                await session.Send($"Response: Error\r\n{id}Message: Permission denied\r\n\r\n");
                return true;
            case "Ping":
                await session.Send($"Response: Success\r\n{id}Ping: Pong\r\nTimestamp: 1795449027.518500\r\n\r\n");
                return true;
            case "CoreSettings":
                await session.Send($"Response: Success\r\n{id}AMIversion: 11.0.0\r\nAsteriskVersion: 22.10.1\r\nSystemName: \r\n\r\n");
                return true;
            case "CoreShowChannels" or "Status" when !MayReport:
                await session.Send($"Response: Error\r\n{id}Message: Permission denied\r\n\r\n");
                return true;
            case "QueueStatus" or "CoreShowChannels" or "Status":
                await session.Send(List(action["Action"], id));
                return true;
            default:
                await session.Send($"Response: Error\r\n{id}Message: Invalid/unknown command\r\n\r\n");
                return true;
        }
    }

    async Task<bool> LogIn(Session session, Dictionary<string, string> action, string id)
    {
        var proof = action.GetValueOrDefault("AuthType") == "MD5"
            ? session.Challenge is { } challenge && action["Key"] == Convert.ToHexStringLower(MD5.HashData(Encoding.UTF8.GetBytes(challenge + Password)))
            : action.GetValueOrDefault("Secret") == Password;
        if (action["Username"] != User || !proof)
        {
            Refusals++;
            await session.Send($"Response: Error\r\n{id}Message: Authentication failed\r\n\r\n");
            return false;
        }

        Interlocked.Increment(ref logins);
        // In one piece, so that events follow the answer in the same read.
        await session.Send($"Response: Success\r\n{id}Message: Authentication accepted\r\n\r\nEvent: FullyBooted\r\nPrivilege: system,all\r\nUptime: 3600\r\nLastReload: 3600\r\nStatus: Fully Booted\r\n\r\n",
            () => session.IsIn = true);
        return true;
    }

    // ---- The world ----

    void Happen(string raw)
    {
        var block = raw.Split("\r\n").Select(line => line.Split(": ", 2)).Where(pair => pair.Length == 2).GroupBy(pair => pair[0]).ToDictionary(pair => pair.Key, pair => pair.First()[1]);
        if (!block.TryGetValue("Event", out var name) || !block.TryGetValue("Uniqueid", out var id)) return;
        lock (world)
        {
            if (name == "Newchannel")
                channels[id] = new(block) { ["Since"] = TimeProvider.System.GetUtcNow().ToString("O"), ["Application"] = block["ChannelStateDesc"] == "Ring" ? "" : "AppDial", ["Data"] = "(Outgoing Line)" };
            if (!channels.TryGetValue(id, out var channel)) return;
            if (block.TryGetValue("Linkedid", out var linked)) channel["Linkedid"] = linked;
            if (block.TryGetValue("ChannelState", out var state)) channel["ChannelState"] = state;
            switch (name)
            {
                case "Newexten" when block["Application"] is not ("AppDial" or "NoOp" or ""):
                    (channel["Application"], channel["Data"]) = (block["Application"], block["AppData"]);
                    break;
                case "BridgeEnter": channel["Bridge"] = block["BridgeUniqueid"]; break;
                case "BridgeLeave": channel.Remove("Bridge"); break;
                case "QueueCallerJoin": waiting[id] = (block["Queue"], TimeProvider.System.GetUtcNow()); break;
                case "QueueCallerLeave": waiting.Remove(id); break;
                case "Hangup":
                    channels.Remove(id);
                    waiting.Remove(id);
                    break;
            }
        }
    }

    string List(string action, string id)
    {
        var text = new StringBuilder($"Response: Success\r\n{id}EventList: start\r\nMessage: will follow\r\n\r\n");
        lock (world)
        {
            if (action == "QueueStatus")
            {
                foreach (var (caller, (queue, since)) in waiting)
                    text.Append(CultureInfo.InvariantCulture, $"Event: QueueEntry\r\nQueue: {queue}\r\nPosition: 1\r\nUniqueid: {caller}\r\nWait: {Seconds(since)}\r\n{id}\r\n");
                return text.Append(CultureInfo.InvariantCulture, $"Event: QueueStatusComplete\r\n{id}EventList: Complete\r\nListItems: {waiting.Count}\r\n\r\n").ToString();
            }

            foreach (var (uniqueid, channel) in channels)
            {
                string Of(string key) => channel.GetValueOrDefault(key) ?? "";
                var since = DateTimeOffset.Parse(Of("Since"), CultureInfo.InvariantCulture);
                text.Append(CultureInfo.InvariantCulture, $"Event: {(action == "Status" ? "Status" : "CoreShowChannel")}\r\n{id}Channel: {Of("Channel")}\r\nChannelState: {Of("ChannelState")}\r\n")
                    .Append(CultureInfo.InvariantCulture, $"CallerIDNum: {Of("CallerIDNum")}\r\nCallerIDName: {Of("CallerIDName")}\r\nContext: {Of("Context")}\r\nExten: {Of("Exten")}\r\n")
                    .Append(CultureInfo.InvariantCulture, $"Uniqueid: {uniqueid}\r\nLinkedid: {Of("Linkedid")}\r\nApplication: {Of("Application")}\r\n")
                    .Append(action == "Status" ? $"Data: {Of("Data")}\r\nBridgeID: {Of("Bridge")}\r\n\r\n"
                        : $"ApplicationData: {Of("Data")}\r\nDuration: {TimeSpan.FromSeconds(Seconds(since)):hh\\:mm\\:ss}\r\nBridgeId: {Of("Bridge")}\r\n\r\n");
            }

            return text.Append(CultureInfo.InvariantCulture, $"Event: {(action == "Status" ? "StatusComplete" : "CoreShowChannelsComplete")}\r\n{id}EventList: Complete\r\nListItems: {channels.Count}\r\n\r\n").ToString();
        }
    }

    static int Seconds(DateTimeOffset since) => (int)(TimeProvider.System.GetUtcNow() - since).TotalSeconds;

    sealed class Session(Socket socket, int? seed) : IDisposable
    {
        readonly SemaphoreSlim writing = new(1, 1);
        readonly Random? odd = seed is { } given ? new Random(given) : null;

        public NetworkStream Stream { get; } = new(socket, ownsSocket: true);

        public bool IsIn { get; set; }

        public string? Challenge { get; set; }

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
