using System.Collections.Concurrent;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace CallCenter.Tests.Telephony;

/// <summary>An event socket that behaves as FreeSWITCH's does, with the queues of mod_callcenter.</summary>
sealed partial class FakeFreeSwitch(int port = 0) : FakePhoneSystem(port)
{
    const string Secret = "s3cret:ñ";

    readonly Dictionary<string, Dictionary<string, string>> channels = [];
    readonly Dictionary<string, Dictionary<string, string>> members = [];
    readonly HashSet<string> queues = [];
    readonly Lock world = new();
    string run = Guid.NewGuid().ToString();

    public string Password { get; set; } = Secret;

    /// <summary>Its access list has this address.</summary>
    public bool AdmitsUs { get; init; } = true;

    /// <summary>May ask which channels there are.</summary>
    public bool MayShow { get; init; } = true;

    /// <summary>mod_callcenter is loaded.</summary>
    public bool HasQueues { get; init; } = true;

    /// <summary>Its user may give commands.</summary>
    public bool MayControl { get; init; } = true;

    /// <summary>What it says when an order is done; null while the telephone still rings.</summary>
    public string? JobEnds { get; init; }

    /// <summary>Takes orders and says nothing to them.</summary>
    public bool IgnoresOrders { get; init; }

    /// <summary>What it was told to do.</summary>
    public ConcurrentQueue<string> Orders { get; } = [];

    /// <summary>How its agents stand. What is changed here nobody is told; see <see cref="Stand"/>.</summary>
    public ConcurrentDictionary<string, string> Agents { get; } = [];

    /// <summary>Which agent takes calls of which queue; nobody is told when it changes.</summary>
    public ConcurrentDictionary<(string Queue, string Agent), byte> Tiers { get; } = [];

    /// <summary>It knows a queue that nobody has called.</summary>
    public void Know(string queue)
    {
        lock (world) queues.Add(queue);
    }

    public Task Stand(string agent, string status)
    {
        Agents[agent] = status;
        return Say(Event("CUSTOM", ("CC-Agent", agent), ("CC-Action", "agent-status-change"), ("CC-Agent-Status", status)));
    }

    public Dictionary<string, string> Settings(params (string Key, string Value)[] more)
    {
        var settings = new Dictionary<string, string>
        {
            ["host"] = "127.0.0.1",
            ["port"] = Port.ToString(CultureInfo.InvariantCulture),
            ["password"] = Secret,
            ["country"] = "AR",
            ["trunks"] = "troncal-sip, gw-celular",
        };
        foreach (var (key, value) in more) settings[key] = value;
        return settings;
    }

    /// <summary>The events of a recorded session and the second of each.</summary>
    public static List<(double At, string Raw)> EventsOf(string scenario)
    {
        using var packed = new GZipStream(File.OpenRead(Path.Combine(Capture.Folder(Capture.FreeSwitch), scenario, "esl.jsonl.gz")), CompressionMode.Decompress);
        using var lines = new StreamReader(packed);
        var events = new List<(double, string)>();
        while (lines.ReadLine() is { } line)
        {
            var item = JsonDocument.Parse(line).RootElement;
            if (item.TryGetProperty("head", out var head) && head.GetString()!.Contains("text/event-plain", StringComparison.Ordinal))
                events.Add((item.GetProperty("t").GetDouble(), head.GetString() + item.GetProperty("body").GetString()));
        }

        return events;
    }

    /// <summary>An event with these values, encoded as they are on the wire.</summary>
    public static string Event(string name, params (string Name, string Value)[] values)
    {
        var body = new StringBuilder();
        if (name == "CUSTOM") body.Append("Event-Subclass: callcenter%3A%3Ainfo\n");
        body.Append(CultureInfo.InvariantCulture, $"Event-Name: {name}\nCore-UUID: 00000000-0000-0000-0000-000000000000\nEvent-Date-Timestamp: 0000000000000000\n");
        foreach (var (key, value) in values) body.Append(CultureInfo.InvariantCulture, $"{key}: {Uri.EscapeDataString(value)}\n");
        body.Append('\n');
        return Message("text/event-plain", body.ToString());
    }

    static string Message(string type, string body) => $"Content-Length: {Encoding.UTF8.GetByteCount(body)}\nContent-Type: {type}\n\n{body}";

    protected override void ForgetWorld()
    {
        lock (world)
        {
            channels.Clear();
            members.Clear();
            run = Guid.NewGuid().ToString();
        }
    }

    protected override Task Greet(Session session) => session.Send(AdmitsUs ? "Content-Type: auth/request\n\n" : Message("text/rude-rejection", "Access Denied, go away.\n"));

    protected override async Task<bool> Answer(Session session, IReadOnlyList<string> lines)
    {
        Actions.Enqueue(string.Join('\n', lines));
        if (!AdmitsUs) return false;
        if (IsSilent) return true;
        var (command, rest) = lines[0].Split(' ', 2) is [var first, var others] ? (first, others) : (lines[0], "");
        switch (command)
        {
            case "auth" or "userauth":
                session.Challenge = (command == "auth" ? rest : rest[(rest.IndexOf(':') + 1)..]) == Password ? "passed" : null;
                if (session.Challenge is null)
                {
                    Refusals++;
                    await session.Send("Content-Type: command/reply\nReply-Text: -ERR invalid\n\n" + Message("text/disconnect-notice", "Disconnected, goodbye.\nSee you at ClueCon! http://www.cluecon.com/\n"));
                    return false;
                }

                await session.Send("Content-Type: command/reply\nReply-Text: +OK accepted\n\n");
                return true;
            case var _ when session.Challenge is null:
                await session.Send("Content-Type: command/reply\nReply-Text: -ERR command not found\n\n");
                return true;
            case "event":
                foreach (var word in rest.Split(' ').Skip(1)) session.Wants.Add(word);
                CountLogin();
                await session.Send("Content-Type: command/reply\nReply-Text: +OK event listener enabled plain\n\n", () => session.IsIn = true);
                return true;
            case "api":
                await session.Send(Message("api/response", Asked(rest)));
                return true;
            case "bgapi" when MayControl:
                var job = lines[1]["Job-UUID: ".Length..];
                Orders.Enqueue(rest);
                if (IgnoresOrders) return true;
                await session.Send($"Content-Type: command/reply\nReply-Text: +OK Job-UUID: {job}\nJob-UUID: {job}\n\n");
                if (StatusOrder().Match(rest) is { Success: true } told)
                {
                    await session.Send(Message("text/event-plain", $"Event-Name: BACKGROUND_JOB\nJob-UUID: {job}\nJob-Command: callcenter_config\nContent-Length: 4\n\n+OK\n"));
                    await Stand(told.Groups[1].Value, told.Groups[2].Value);
                }
                else if (TierOrder().Match(rest) is { Success: true } tier)
                    await session.Send(Message("text/event-plain", $"Event-Name: BACKGROUND_JOB\nJob-UUID: {job}\nJob-Command: callcenter_config\nContent-Length: {Seat(tier, out var said)}\n\n{said}"));
                else if (JobEnds is { } end) await session.Send(Message("text/event-plain", $"Event-Name: BACKGROUND_JOB\nJob-UUID: {job}\nJob-Command: {rest.Split(' ')[0]}\nContent-Length: {end.Length}\n\n{end}"));
                return true;
            case "bgapi":
                await session.Send("Content-Type: command/reply\nReply-Text: -ERR permission denied\n\n");
                return true;
            default:
                await session.Send("Content-Type: command/reply\nReply-Text: -ERR command not found\n\n");
                return true;
        }
    }

    protected override bool Wants(Session session, string raw) =>
        session.Wants.Contains(Of(raw, "Event-Name")) && (Of(raw, "Event-Name") != "CUSTOM" || session.Wants.Contains(Of(raw, "Event-Subclass")));

    string Asked(string question)
    {
        lock (world)
        {
            switch (question)
            {
                case "version": return "FreeSWITCH Version 1.11.1-release~64bit ( 64bit)\n";
                case "global_getvar core_uuid": return run;
                case var _ when question.StartsWith("callcenter_config", StringComparison.Ordinal) && !HasQueues: return $"-ERR {question} Command not found!\n";
                case "callcenter_config queue list": return Table("name|strategy|moh_sound", queues.Select(queue => $"{queue}|longest-idle-agent|local_stream://moh"));
                case var _ when question.StartsWith("callcenter_config queue list members ", StringComparison.Ordinal):
                    const string Columns = "queue|instance_id|uuid|session_uuid|cid_number|cid_name|system_epoch|joined_epoch|rejoined_epoch|bridge_epoch|abandoned_epoch|base_score|skill_score|serving_agent|serving_system|state|score";
                    return Table(Columns, members.Values.Where(member => member["queue"] == question.Split(' ')[^1]).Select(member => string.Join('|', Columns.Split('|').Select(column => member.GetValueOrDefault(column) ?? "0"))));
                case "callcenter_config agent list": return Table("name|instance_id|uuid|type|contact|status|state|max_no_answer", Agents.Select(agent => $"{agent.Key}|single_box||callback|user/{agent.Key}|{agent.Value}|Waiting|3"));
                case "callcenter_config tier list": return Table("queue|agent|state|level|position", Tiers.Keys.OrderBy(tier => tier).Select(tier => $"{tier.Queue}|{tier.Agent}|Ready|1|1"));
                case "show channels as json":
                    return MayShow ? JsonSerializer.Serialize(new { row_count = channels.Count, rows = channels.Count == 0 ? null : channels.Values }) : "-ERR permission denied\n";
                default: return "-ERR command not found\n";
            }
        }
    }

    int Seat(Match order, out string said)
    {
        var tier = (order.Groups[2].Value, order.Groups[3].Value);
        lock (world)
            if (!queues.Contains(tier.Item1)) said = "-ERR Queue not found!\n";
            else if (!Agents.ContainsKey(tier.Item2)) said = "-ERR Agent not found!\n";
            else said = (order.Groups[1].Value == "add" ? Tiers.TryAdd(tier, 0) : Tiers.TryRemove(tier, out _)) ? "+OK\n" : "-ERR Tier already exist!\n";
        return said.Length;
    }

    public static readonly string NoChannels = Message("api/response", "{\"row_count\":0}\n");

    /// <summary>Takes note of an event when it was recorded; for tests without a socket.</summary>
    public void Retell(string raw) => Happen(raw, DateTimeOffset.UnixEpoch.AddMicroseconds(long.Parse(Of(raw, "Event-Date-Timestamp"), CultureInfo.InvariantCulture)));

    public void Reset() => ForgetWorld();

    /// <summary>What it answers when asked what goes on, in the order in which that is asked.</summary>
    public IReadOnlyList<string> Snapshot() =>
    [
        .. queues.Select(queue => $"callcenter_config queue list members {queue}").Prepend("callcenter_config queue list").Append("show channels as json")
            .Select(question => Message("api/response", Asked(question))),
    ];

    static string Table(string columns, IEnumerable<string> rows) => rows.ToList() is { Count: > 0 } some ? $"{columns}\n{string.Join('\n', some)}\n+OK\n" : "+OK\n";

    // ---- The world ----

    /// <summary>It happens now, in this run of the program, whenever it was recorded.</summary>
    protected override string Happen(string raw)
    {
        var now = TimeProvider.System.GetUtcNow();
        raw = Stamp().Replace(raw, $"Event-Date-Timestamp: {(now - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond:d16}");
        raw = Run().Replace(raw, $"Core-UUID: {run}");
        Happen(raw, now);
        return raw;
    }

    void Happen(string raw, DateTimeOffset now)
    {
        lock (world)
        {
            var (id, name) = (Of(raw, "Unique-ID"), Of(raw, "Event-Name"));
            if (name == "CUSTOM" && Of(raw, "CC-Member-Session-UUID") is { Length: > 0 } session) Queue(raw, session, now);
            if (name == "CHANNEL_CREATE")
                channels[id] = new()
                {
                    ["uuid"] = id,
                    ["direction"] = Of(raw, "Call-Direction"),
                    ["created_epoch"] = Epoch(now),
                    ["name"] = Of(raw, "Channel-Name"),
                    ["callstate"] = "DOWN",
                    ["cid_num"] = Of(raw, "Caller-Caller-ID-Number"),
                    ["cid_name"] = Of(raw, "Caller-Caller-ID-Name"),
                    ["dest"] = Of(raw, "Caller-Destination-Number"),
                    ["context"] = Of(raw, "Caller-Context"),
                    ["initial_cid_num"] = Of(raw, "Caller-Caller-ID-Number"),
                    ["initial_cid_name"] = Of(raw, "Caller-Caller-ID-Name"),
                    ["initial_dest"] = Of(raw, "Caller-Destination-Number"),
                    ["initial_context"] = Of(raw, "Caller-Context"),
                    ["presence_id"] = Of(raw, "Channel-Presence-ID"),
                    ["call_uuid"] = Of(raw, "Other-Leg-Unique-ID") is { Length: > 0 } other ? other : Of(raw, "Call-Direction") == "outbound" ? id : "",
                };
            if (!channels.TryGetValue(id, out var channel)) return;
            switch (name)
            {
                case "CHANNEL_PROGRESS": channel["callstate"] = "RINGING"; break;
                case "CHANNEL_ANSWER" or "CHANNEL_UNHOLD": channel["callstate"] = "ACTIVE"; break;
                case "CHANNEL_HOLD": channel["callstate"] = "HELD"; break;
                case "CHANNEL_EXECUTE": (channel["application"], channel["application_data"]) = (Of(raw, "Application"), Of(raw, "Application-Data")); break;
                case "CHANNEL_HANGUP_COMPLETE": channels.Remove(id); break;
            }
        }
    }

    void Queue(string raw, string session, DateTimeOffset now)
    {
        var queue = Of(raw, "CC-Queue");
        queues.Add(queue);
        switch (Of(raw, "CC-Action"))
        {
            case "member-queue-start":
                members[session] = new()
                {
                    ["queue"] = queue,
                    ["session_uuid"] = session,
                    ["cid_number"] = Of(raw, "CC-Member-CID-Number"),
                    ["joined_epoch"] = Epoch(now),
                    ["serving_agent"] = "",
                    ["state"] = "Waiting",
                };
                break;
            case "agent-offering" when members.TryGetValue(session, out var member): (member["state"], member["serving_agent"]) = ("Trying", Of(raw, "CC-Agent")); break;
            case "bridge-agent-start" when members.TryGetValue(session, out var member): (member["state"], member["serving_agent"], member["bridge_epoch"]) = ("Answered", Of(raw, "CC-Agent"), Epoch(now)); break;
            case "member-queue-end" when members.TryGetValue(session, out var member) && member["queue"] == queue: members.Remove(session); break;
        }
    }

    static string Epoch(DateTimeOffset now) => now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);

    static string Of(string raw, string name)
    {
        var start = raw.IndexOf($"\n{name}: ", StringComparison.Ordinal);
        if (start < 0) return "";
        start += name.Length + 3;
        return Uri.UnescapeDataString(raw[start..raw.IndexOf('\n', start)]);
    }

    [GeneratedRegex(@"Event-Date-Timestamp: \d{16}")]
    private static partial Regex Stamp();

    [GeneratedRegex("^callcenter_config agent set status (\\S+) '(.+)'$")]
    private static partial Regex StatusOrder();

    [GeneratedRegex(@"^callcenter_config tier (add|del) (\S+) (\S+)( 1 1)?$")]
    private static partial Regex TierOrder();

    [GeneratedRegex("Core-UUID: [0-9a-f-]{36}")]
    private static partial Regex Run();
}
