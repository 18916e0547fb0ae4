using System.Collections.Concurrent;
using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace CallCenter.Tests.Telephony;

/// <summary>A manager port that behaves as Asterisk's does.</summary>
sealed class FakePbx(int port = 0) : FakePhoneSystem(port)
{
    public const string User = "callcenter", Secret = "s3cret:ñ";

    readonly Dictionary<string, Dictionary<string, string>> channels = [];
    readonly Dictionary<string, (string Queue, DateTimeOffset Since)> waiting = [];
    readonly Lock world = new();

    /// <summary>Servers before 1.4, and those whose module is missing, know no challenge.</summary>
    public bool KnowsChallenge { get; init; } = true;

    /// <summary>What the account may ask for; without <c>reporting</c> a list of channels is refused.</summary>
    public bool MayReport { get; set; } = true;

    /// <summary>The account has <c>originate</c> and <c>call</c> in its <c>write</c>.</summary>
    public bool MayControl { get; init; } = true;

    /// <summary>The telephone cannot be rung, for this reason.</summary>
    public int? FailsFor { get; init; }

    /// <summary>Takes orders and says nothing to them.</summary>
    public bool IgnoresOrders { get; init; }

    /// <summary>What it was told to do.</summary>
    public ConcurrentQueue<IReadOnlyDictionary<string, string>> Orders { get; } = [];

    /// <summary>Who takes calls of its queues, and who of them pauses there and why. What is changed here nobody is told; see <see cref="Pause"/>.</summary>
    public ConcurrentDictionary<(string Queue, string Interface), (bool IsPaused, string Reason)> Members { get; } = [];

    /// <summary>Those that stand in its configuration; they cannot be taken out.</summary>
    public HashSet<(string Queue, string Interface)> Static { get; } = [];

    /// <summary>It knows these queues besides those that have members.</summary>
    public HashSet<string> Queues { get; } = [];

    /// <summary>Somebody pauses or is back, in the queues given or in all of his, at his telephone or by order.</summary>
    public async Task Pause(string who, bool isPaused, string reason = "", params string[] queues)
    {
        foreach (var member in Members.Keys.Where(member => member.Interface == who && (queues.Length == 0 || queues.Contains(member.Queue))).OrderBy(member => member.Queue))
        {
            Members[member] = (isPaused, reason);
            await Say(Told("QueueMemberPause", member));
        }
    }

    /// <summary>Somebody logs out of a queue at his telephone.</summary>
    public Task Leave(string queue, string who)
    {
        var told = Told("QueueMemberRemoved", (queue, who));
        Members.TryRemove((queue, who), out _);
        return Say(told);
    }

    /// <summary>All that an event says of a member.</summary>
    public string Told(string name, (string Queue, string Interface) member)
    {
        var (isPaused, reason) = Members.GetValueOrDefault(member);
        return $"Event: {name}\r\nPrivilege: agent,all\r\nQueue: {member.Queue}\r\nMemberName: {member.Interface}\r\nInterface: {member.Interface}\r\nStateInterface: {member.Interface}\r\nMembership: {Membership(member)}\r\n"
            + $"Penalty: 0\r\nCallsTaken: 0\r\nLastCall: 0\r\nLastPause: 0\r\nInCall: 0\r\nStatus: 1\r\nPaused: {(isPaused ? 1 : 0)}\r\nPausedReason: {reason}\r\nRinginuse: 1\r\nWrapuptime: 0\r\n\r\n";
    }

    public string Password { get; set; } = Secret;

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

    protected override void ForgetWorld()
    {
        lock (world)
        {
            channels.Clear();
            waiting.Clear();
        }
    }

    protected override Task Greet(Session session) => session.Send("Asterisk Call Manager/11.0.0\r\n");

    protected override async Task<bool> Answer(Session session, IReadOnlyList<string> lines)
    {
        var action = lines.Select(line => line.Split(": ", 2)).ToDictionary(pair => pair[0], pair => pair[1]);
        Actions.Enqueue(action["Action"]);
        return IsSilent || await Answer(session, action);
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
            case "Originate" or "Hangup":
                Orders.Enqueue(action);
                if (!IgnoresOrders) await Obey(session, action, id);
                return true;
            case "QueuePause":
                Orders.Enqueue(action);
                if (IgnoresOrders) return true;
                if (!MayControl) await session.Send($"Response: Error\r\n{id}Message: Permission denied\r\n\r\n");
                else if (!Members.Keys.Any(member => member.Interface == action["Interface"])) await session.Send($"Response: Error\r\n{id}Message: Interface not found\r\n\r\n");
                else
                {
                    await session.Send($"Response: Success\r\n{id}Message: Interface {(action["Paused"] == "true" ? "paused" : "unpaused")} successfully\r\n\r\n");
                    await Pause(action["Interface"], action["Paused"] == "true", action.GetValueOrDefault("Reason") ?? "");
                }

                return true;
            case "QueueAdd" or "QueueRemove":
                Orders.Enqueue(action);
                if (!IgnoresOrders) await Seat(session, action, id);
                return true;
            case "QueueStatus" or "CoreShowChannels" or "Status":
                await session.Send(List(action["Action"], id));
                return true;
            default:
                await session.Send($"Response: Error\r\n{id}Message: Invalid/unknown command\r\n\r\n");
                return true;
        }
    }

    string Membership((string Queue, string Interface) member) => Static.Contains(member) ? "static" : "dynamic";

    async Task Seat(Session session, Dictionary<string, string> action, string id)
    {
        var (member, isIn) = ((Queue: action["Queue"], Interface: action["Interface"]), action["Action"] == "QueueAdd");
        var wrong = !MayControl ? "Permission denied"
            : !Queues.Contains(member.Queue) && !Members.Keys.Any(known => known.Queue == member.Queue) ? $"Unable to {(isIn ? "add interface to" : "remove interface from")} queue: No such queue"
            : isIn && Members.ContainsKey(member) ? "Unable to add interface: Already there"
            : !isIn && !Members.ContainsKey(member) ? "Unable to remove interface: Not there"
            : !isIn && Static.Contains(member) ? "Member not dynamic" : null;
        if (wrong is not null)
        {
            await session.Send($"Response: Error\r\n{id}Message: {wrong}\r\n\r\n");
            return;
        }

        await session.Send($"Response: Success\r\n{id}Message: {(isIn ? "Added interface to queue" : "Removed interface from queue")}\r\n\r\n");
        if (!isIn)
        {
            await Leave(member.Queue, member.Interface);
            return;
        }

        Members[member] = (false, "");
        await Say(Told("QueueMemberAdded", member));
    }

    async Task Obey(Session session, Dictionary<string, string> action, string id)
    {
        if (!MayControl) await session.Send($"Response: Error\r\n{id}Message: Permission denied\r\n\r\n");
        else if (action["Action"] == "Hangup")
            await session.Send(action["Channel"].Contains("gone", StringComparison.Ordinal) ? $"Response: Error\r\n{id}Message: No such channel\r\n\r\n" : $"Response: Success\r\n{id}Message: Channel Hungup\r\n\r\n");
        else
        {
            await session.Send($"Response: Success\r\n{id}Message: Originate successfully queued\r\n\r\n");
            if (FailsFor is { } reason)
                await session.Send($"Event: OriginateResponse\r\nPrivilege: call,all\r\n{id}Response: Failure\r\nChannel: {action["Channel"]}\r\nContext: {action["Context"]}\r\nExten: {action["Exten"]}\r\nReason: {reason}\r\nUniqueid: <unknown>\r\nCallerIDNum: 101\r\nCallerIDName: <unknown>\r\n\r\n");
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

        CountLogin();
        // In one piece, so that events follow the answer in the same read.
        await session.Send($"Response: Success\r\n{id}Message: Authentication accepted\r\n\r\nEvent: FullyBooted\r\nPrivilege: system,all\r\nUptime: 3600\r\nLastReload: 3600\r\nStatus: Fully Booted\r\n\r\n",
            () => session.IsIn = true);
        return true;
    }

    // ---- The world ----

    protected override string Happen(string raw)
    {
        var block = raw.Split("\r\n").Select(line => line.Split(": ", 2)).Where(pair => pair.Length == 2).GroupBy(pair => pair[0]).ToDictionary(pair => pair.Key, pair => pair.First()[1]);
        if (!block.TryGetValue("Event", out var name) || !block.TryGetValue("Uniqueid", out var id)) return raw;
        lock (world)
        {
            if (name == "Newchannel")
                channels[id] = new(block) { ["Since"] = TimeProvider.System.GetUtcNow().ToString("O"), ["Application"] = block["ChannelStateDesc"] == "Ring" ? "" : "AppDial", ["Data"] = "(Outgoing Line)" };
            if (!channels.TryGetValue(id, out var channel)) return raw;
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

        return raw;
    }

    string List(string action, string id)
    {
        var text = new StringBuilder($"Response: Success\r\n{id}EventList: start\r\nMessage: will follow\r\n\r\n");
        lock (world)
        {
            if (action == "QueueStatus")
            {
                foreach (var ((queue, who), (isPaused, reason)) in Members)
                    text.Append(CultureInfo.InvariantCulture, $"Event: QueueMember\r\nQueue: {queue}\r\nName: {who}\r\nLocation: {who}\r\nStateInterface: {who}\r\nMembership: {Membership((queue, who))}\r\nPaused: {(isPaused ? 1 : 0)}\r\nPausedReason: {reason}\r\n{id}\r\n");
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
}
