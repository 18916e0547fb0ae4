using System.Text;
using System.Text.Json;
using CallCenter.Calls;

namespace CallCenter.Telephony.Providers;

/// <summary>What FreeSWITCH answers when asked what goes on. Answers name no question, so each is known by its look.</summary>
sealed partial class FreeSwitch
{
    static Translation Connected(FreeSwitchState now)
    {
        now.IsUnsettled = true;
        now.Queuers.BeginAgain();
        now.Seats.BeginAgain();
        now.Members.Clear();
        return Translation.Ignored("the link is up; a snapshot is asked for");
    }

    static Translation Lost(FreeSwitchState now)
    {
        now.LostAt ??= now.Now;
        return Translation.Ignored("the link is lost; until a snapshot nothing is known");
    }

    /// <summary>A program that started anew knows no channel of before. A link cannot outlive the program, so only a new link can tell that.</summary>
    static void NoteRun(FreeSwitchState now, string? id)
    {
        if (id is null || now.Run is { } known && (known.Link == now.Link && known.Id != id)) return;
        if (now.Run is { } before && before.Id != id) now.EndAllAsRestarted(now.LostAt ?? now.Now);
        now.Run = (id, now.Link);
    }

    static Translation OnAnswerToUs(FreeSwitchState now, ReadOnlySpan<byte> body)
    {
        if (body.StartsWith("{"u8))
        {
            // Asked for last. Where the queues were listed, all was said of them by now; an empty list has no head to be known by.
            if (now.ListsSeats) now.Seats.EndList();
            now.ListsSeats = false;
            return OnChannels(now, body);
        }

        if (body.StartsWith("queue|agent|"u8)) return OnTiers(now, Encoding.UTF8.GetString(body));
        if (body.StartsWith("queue|"u8)) return OnMembers(now, Encoding.UTF8.GetString(body));
        if (body.StartsWith("name|"u8) && body[..Math.Max(0, body.IndexOf((byte)'\n'))].IndexOf("|contact|"u8) > 0) return OnAgents(now, Encoding.UTF8.GetString(body));
        if (body.StartsWith("name|"u8)) OnQueues(now, Encoding.UTF8.GetString(body));
        if (body.Length is 36 or 37 && Guid.TryParse(Encoding.ASCII.GetString(body).Trim(), out _)) NoteRun(now, Encoding.ASCII.GetString(body).Trim());
        return Translation.Ignored("an answer to what we asked");
    }

    // ---- Who is in the queues ----

    static Translation OnMembers(FreeSwitchState now, string table)
    {
        var lines = table.Split('\n');
        var columns = lines[0].Split('|');
        foreach (var line in lines.Skip(1))
        {
            var cells = line.Split('|');
            if (cells.Length != columns.Length || now.Members.Count >= SwitchState.LegsMax) continue;
            string? Cell(string name) => Array.IndexOf(columns, name) is >= 0 and var at && Arrival.Clean(cells[at]) is { Length: > 0 } text ? text : null;
            DateTimeOffset? Instant(string name) => long.TryParse(Cell(name), out var seconds) ? Epoch(now, seconds) : null;
            if (Cell("session_uuid") is not { } session || WithoutDomain(Cell("queue")) is not { } queue) continue; // he has gone
            now.Members[session] = new ListedMember(session, queue, WithoutDomain(Cell("serving_agent")), Cell("cid_number"), Instant("joined_epoch"), Instant("bridge_epoch"), Cell("state") ?? "");
        }

        if (!now.IsUnsettled)
            foreach (var member in now.Members.Values) Refine(now, member);
        return Translation.Ignored("part of a snapshot");
    }

    /// <summary>Who is in them follows.</summary>
    static void OnQueues(FreeSwitchState now, string table)
    {
        now.Members.Clear();
        now.ListsSeats = true;
        foreach (var line in table.Split('\n').Skip(1))
            if (line.Split('|') is [{ Length: > 0 } queue, _, ..]) now.Seats.Put(new(queue, ""), isListed: true);
    }

    static Translation OnTiers(FreeSwitchState now, string table)
    {
        foreach (var line in table.Split('\n').Skip(1))
            if (line.Split('|') is [{ Length: > 0 } queue, { Length: > 0 } agent, _, ..] && WithoutDomain(agent) is { } extension) now.Seats.Put(new(queue, agent, extension), isListed: true);
        return Presence;
    }

    /// <summary>What the list of channels cannot say of a caller: through which queue he talks, and since when.</summary>
    static void Refine(FreeSwitchState now, ListedMember member)
    {
        if (now.Find(member.Session) is not { Call: { IsTold: true, IsOver: false } call } caller) return;
        if (member.State != "Answered" || member.ServedAt is not { } servedAt) return;
        if (!call.HasQueued)
        {
            now.EstimateJoin(call, member.JoinedAt ?? caller.Since, member.Queue);
            now.EstimateLeave(call, servedAt, member.Queue, QueueExit.Answered);
        }

        if (caller.Peer is { Ringing: { IsAnswerEstimated: true } ringing } telephone && ringing.Call == call)
        {
            ringing.IsAnswerEstimated = false;
            now.EstimateAnswer(telephone, ringing, servedAt, null);
        }
    }

    /// <summary>Who may take calls of the queues. What changed while nobody listened holds since then.</summary>
    static Translation OnAgents(FreeSwitchState now, string table)
    {
        var lines = table.Split('\n');
        var columns = lines[0].Split('|');
        var (name, status) = (Array.IndexOf(columns, "name"), Array.IndexOf(columns, "status"));
        foreach (var cells in lines.Skip(1).Select(line => line.Split('|')).Where(cells => cells.Length == columns.Length))
        {
            if (cells[name].Length > 0 && WithoutDomain(cells[name]) is { } extension) now.Seats.Put(new("", cells[name], extension), isListed: true);
            OnAgentStatus(now, Arrival.Clean(cells[name]), status < 0 ? null : Arrival.Clean(cells[status]), isListed: true);
        }

        now.Queuers.EndList(now.LostAt ?? now.Now);
        return Presence;
    }

    // ---- The channels ----

    static Translation OnChannels(FreeSwitchState now, ReadOnlySpan<byte> body)
    {
        List<Row> rows;
        bool isWhole;
        try
        {
            using var list = JsonDocument.Parse(body.ToArray(), new JsonDocumentOptions { MaxDepth = 8 });
            if (!list.RootElement.TryGetProperty("row_count", out var count)) return Translation.Ignored("an answer to what we asked");
            rows = list.RootElement.TryGetProperty("rows", out var found) && found.ValueKind == JsonValueKind.Array
                ? [.. found.EnumerateArray().Take(SwitchState.LegsMax).Select(row => Row.Of(now, row)).OfType<Row>()]
                : [];
            isWhole = count.TryGetInt32(out var number) && number == rows.Count;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return Translation.Unreadable("a list of channels that is no JSON");
        }

        var listed = new List<(Leg Leg, Row Row)>();
        foreach (var row in rows.OrderBy(row => row.WasCalled)) // who calls before whom he has called
            if (Recognise(now, row, rows) is { } leg)
                listed.Add((leg, row));
        if (now.IsUnsettled)
        {
            foreach (var (leg, row) in listed)
                if (row.Peer is { } peer && now.Find(peer) is { } other) (leg.Peer, other.Peer) = (other, leg);
            Reunite(now, listed);
            now.CatchUp(listed.ConvertAll(channel => (channel.Leg, channel.Row.Listed(now))));
            foreach (var member in now.Members.Values) Refine(now, member);
        }

        if (isWhole) now.MissTheRest([.. listed.Select(channel => channel.Leg)], ResultOfStopping);
        now.Settle(listed.Select(channel => channel.Leg));
        return Translation.Ignored("the snapshot holds nothing new");
    }

    /// <summary>A channel not known yet is taken from the list only after a gap; otherwise the message of its beginning is on the way.</summary>
    static Leg? Recognise(FreeSwitchState now, Row row, List<Row> rows)
    {
        if (now.Find(row.Id) is { } known) return known;
        if (!now.IsUnsettled) return null;
        var caller = row.CallerOf(now, rows);
        var leg = now.Add(row.Id, caller is null ? row.Id : now.Find(caller)?.Call.Key.Id ?? caller, row.Traits);
        leg.Since = row.Since ?? now.Now;
        leg.Exten = row.Exten;
        leg.CallerId = row.CallerId;
        leg.CallerName = row.CallerName == row.CallerId ? null : row.CallerName;
        leg.IsUp = row.IsUp;
        leg.IsOriginated = row.WasCalled && caller is null && row.CallerId == leg.Number;
        leg.IsListedOnly = true;
        return leg;
    }

    /// <summary>Who was passed on during the gap talks with a leg of another call.</summary>
    static void Reunite(FreeSwitchState now, List<(Leg Leg, Row Row)> listed)
    {
        foreach (var (leg, _) in listed)
            if (leg.Peer is { IsGone: false } other && leg.Call != other.Call && leg.Call is { IsTold: true } call && other.Call.IsTold && call.StartedAt <= other.Call.StartedAt)
            {
                var emptied = other.Call;
                now.Move(other, call);
                if (emptied.Root is not { IsGone: false }) now.LoseIfEmpty(emptied, emptied.Root?.GoneAt ?? now.Now);
            }
    }

    /// <summary>A row of <c>show channels as json</c>.</summary>
    sealed record Row(string Id, bool WasCalled, ChannelTraits Traits, string? Exten, string? CallerId, string? CallerName, DateTimeOffset? Since,
        string State, string? Application, string? Data, string? Call)
    {
        public bool IsUp => State is "ACTIVE" or "HELD" or "UNHELD";

        /// <summary>Whom it talks with, where both were brought together by name; those that a call connected share its id.</summary>
        public string? Peer => Application == "uuid_bridge" ? Data : null;

        public static Row? Of(FreeSwitchState now, JsonElement row)
        {
            if (row.ValueKind != JsonValueKind.Object) return null;
            string? Text(string name) => row.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && Arrival.Clean(value.GetString()!) is { Length: > 0 } text ? text : null;
            if (Text("uuid") is not { } id) return null;
            var wasCalled = Text("direction") == "outbound";
            var name = Text("name") ?? "";
            return new Row(id, wasCalled, new ChannelTraits(name, wasCalled, Text("initial_context") ?? Text("context"), GatewayOf(name, wasCalled), Text("presence_id")),
                Text("initial_dest") ?? Text("dest"), Text("initial_cid_num") ?? Text("cid_num"), Text("initial_cid_name") ?? Text("cid_name"),
                long.TryParse(Text("created_epoch"), out var epoch) ? Epoch(now, epoch) : null, Text("callstate") ?? "", Text("application"), Text("application_data"), Text("call_uuid"));
        }

        /// <summary>The list names no gateway, but what is called through one has an address without a host.</summary>
        static string? GatewayOf(string name, bool wasCalled) =>
            wasCalled && name.StartsWith("sofia/", StringComparison.Ordinal) && !name.Contains('@') && name.Split('/') is [_, var profile, _] ? profile : null;

        /// <summary>
        /// The channel for which this one was called. A queue's telephone that still rings is not tied to its caller; who
        /// is served by it, or shows the number that it shows, is.
        /// </summary>
        public string? CallerOf(FreeSwitchState now, List<Row> rows)
        {
            if (!WasCalled) return null;
            if (Peer is not null) return Peer;
            if (Call is not null && Call != Id) return Call;
            var mine = Traits.User?.Split('@')[0] ?? Exten;
            var callers = rows.Where(row => !row.WasCalled && row.Since <= Since).ToList();
            return (callers.Find(row => now.Members.TryGetValue(row.Id, out var member) && member.Agent == mine)
                ?? callers.FindAll(row => row.CallerId == CallerId).MaxBy(row => (row.Application == "callcenter", row.Since)))?.Id;
        }

        public ListedChannel Listed(FreeSwitchState now)
        {
            var isMember = now.Members.TryGetValue(Id, out var member);
            return new ListedChannel(IsUp, WasCalled, WasPlaced: WasCalled && now.Find(Id) is { IsOriginated: true },
                Dialled: Application == "bridge" ? SwitchState.NumberIn(WithoutVariables(Data ?? "")) : null,
                Queue: Application == "callcenter" ? WithoutDomain(Data) : isMember ? member.Queue : null,
                Bridge: Peer is { } peer ? string.CompareOrdinal(Id, peer) < 0 ? Id : peer : null)
            {
                JoinedAt = isMember ? member.JoinedAt : null,
            };
        }
    }
}
