using CallCenter.Calls;
using CallCenter.Telephony.Wire;

namespace CallCenter.Telephony.Providers;

/// <summary>The lists that Asterisk gives when asked what goes on, while they arrive. Ordinary messages come between their items.</summary>
sealed class AsteriskSnapshot
{
    readonly Dictionary<string, ListedChannel> channels = []; // by Uniqueid
    readonly Dictionary<string, int> waits = []; // seconds in the queue, by Uniqueid
    string? channelsFor, waitsFor;

    public void Add(string? actionId, ListedChannel channel)
    {
        if (actionId != channelsFor) channels.Clear();
        channelsFor = actionId;
        if (channels.Count < AsteriskState.LegsMax) channels[channel.Uniqueid] = channel;
    }

    public void AddWaiting(string? actionId, string uniqueid, int seconds)
    {
        if (actionId != waitsFor) waits.Clear();
        waitsFor = actionId;
        if (waits.Count < AsteriskState.LegsMax) waits[uniqueid] = Math.Clamp(seconds, 0, 86_400);
    }

    public IReadOnlyList<ListedChannel> TakeChannels(string? actionId)
    {
        IReadOnlyList<ListedChannel> taken = actionId == channelsFor ? [.. channels.Values] : [];
        channels.Clear();
        channelsFor = null;
        return taken;
    }

    public int? WaitOf(string uniqueid) => waits.TryGetValue(uniqueid, out var seconds) ? seconds : null;

    public void Clear()
    {
        channels.Clear();
        waits.Clear();
        (channelsFor, waitsFor) = (null, null);
    }
}

/// <param name="Application">What it does in the dial plan.</param>
/// <param name="Bridge">Whom it talks with, if anybody: the other channels of the same bridge.</param>
readonly record struct ListedChannel(
    string Uniqueid, string Linkedid, string Channel, string? Context, string? Exten, string? CallerId, string? CallerName,
    int State, string? Application, string? Data, TimeSpan Duration, string? Bridge)
{
    public bool IsUp => State == 6;

    /// <summary>The PBX called it; it did not call the PBX. Only who is called is ever down or ringing.</summary>
    public bool WasCalled => Application is "AppDial" or "AppDial2" or "AppQueue" || State is 0 or 5;

    /// <summary>The PBX called it to connect it with somebody afterwards.</summary>
    public bool WasPlaced => Application == "AppDial2";

    public string? Queue => Application == "Queue" ? Data?.Split(',')[0] : null;
}

/// <summary>
/// After a lost link nothing is repeated; a snapshot settles what happened meanwhile. What it adds is coarse: a channel's
/// age is whole seconds, and when somebody answered cannot be asked.
/// </summary>
sealed partial class Asterisk
{
    /// <summary>To be sent in this order after every login; the answers are ordinary messages to the translator.</summary>
    public static readonly IReadOnlyList<string> SnapshotActions =
    [
        "Action: QueueStatus\r\nActionID: snapshot-queues\r\n\r\n",
        "Action: CoreShowChannels\r\nActionID: snapshot-channels\r\n\r\n",
        "Action: Status\r\nActionID: snapshot-status\r\n\r\n",
    ];

    /// <summary>How far the start of Asterisk, known to whole seconds, may seem to move without a restart.</summary>
    static readonly TimeSpan BootReach = TimeSpan.FromSeconds(2);

    static Translation Connected(AsteriskState now)
    {
        now.IsUnsettled = true;
        now.Snapshot.Clear();
        return Translation.Ignored("the link is up; a snapshot is asked for");
    }

    static Translation Lost(AsteriskState now)
    {
        now.LostAt ??= now.Now;
        return Translation.Ignored("the link is lost; until a snapshot nothing is known");
    }

    /// <summary>Comes at every login, not only after a start.</summary>
    static Translation OnFullyBooted(AsteriskState now, AmiMessage message)
    {
        if (message.Number("Uptime"u8) is not (>= 0 and { } uptime)) return Noted;
        var booted = now.Now.AddSeconds(-uptime);
        var before = now.BootedAt;
        now.BootedAt = booted;
        if (before is null || booted - before <= BootReach || now.LostAt is { } lost && booted < lost - BootReach) return Noted;

        now.EndAllAsRestarted(now.LostAt ?? now.Now);
        return Noted;
    }

    static Translation OnShutdown(AsteriskState now, AmiMessage message)
    {
        now.EndAllAsRestarted(now.Now);
        return Noted;
    }

    static Translation OnQueueEntry(AsteriskState now, AmiMessage message)
    {
        if (message.Text("Uniqueid"u8) is not { } id) return WithoutId;
        now.Snapshot.AddWaiting(message.Text("ActionID"u8), id, message.Number("Wait"u8) ?? 0);
        return SnapshotItem;
    }

    static Translation OnCoreShowChannel(AsteriskState now, AmiMessage message)
    {
        if (message.Text("Uniqueid"u8) is not { } id) return WithoutId;
        now.Snapshot.Add(message.Text("ActionID"u8), new ListedChannel(id, message.Text("Linkedid"u8) ?? id, message.Text("Channel"u8) ?? "",
            message.Text("Context"u8), message.Text("Exten"u8), message.Text("CallerIDNum"u8), message.Text("CallerIDName"u8),
            message.Number("ChannelState"u8) ?? 0, message.Text("Application"u8), message.Text("ApplicationData"u8),
            DurationOf(message.Text("Duration"u8)), message.Text("BridgeId"u8)));
        return SnapshotItem;
    }

    /// <summary><c>hh:mm:ss</c>; hours may pass 24.</summary>
    static TimeSpan DurationOf(string? text)
    {
        var seconds = 0L;
        foreach (var part in (text ?? "").Split(':'))
            seconds = seconds * 60 + (int.TryParse(part, out var value) ? Math.Clamp(value, 0, 100_000) : 0);
        return TimeSpan.FromSeconds(Math.Min(seconds, 30 * 86_400));
    }

    static Translation OnCoreShowChannelsComplete(AsteriskState now, AmiMessage message)
    {
        var listed = now.Snapshot.TakeChannels(message.Text("ActionID"u8));
        var isWhole = message.Number("ListItems"u8) == listed.Count;
        var channels = new List<(Leg Leg, ListedChannel Is)>();
        foreach (var channel in listed)
            if (Recognise(now, channel) is { } leg)
                channels.Add((leg, channel));
        if (now.IsUnsettled)
        {
            ConnectHalves(channels);
            UniteBridged(now, channels);
            foreach (var call in channels.GroupBy(channel => channel.Leg.Call)) Catch(now, call.Key, [.. call]);
        }

        if (isWhole) now.MissTheRest([.. channels.Select(channel => channel.Leg)], ResultOfStopping);
        now.Settle(channels.Select(channel => channel.Leg));
        return Translation.Ignored("the snapshot holds nothing new");
    }

    /// <summary>A channel not known yet is taken from the list only after a gap; otherwise the message of its beginning is on the way.</summary>
    static Leg? Recognise(AsteriskState now, ListedChannel channel)
    {
        if (now.Find(channel.Uniqueid) is { } known)
        {
            known.IsOriginated |= channel.WasPlaced;
            if (known.Call.Key.Id != channel.Linkedid) now.Move(known, now.ConversationOf(channel.Linkedid));
            return known;
        }

        if (!now.IsUnsettled) return null;
        var leg = now.Add(channel.Uniqueid, channel.Linkedid, channel.Channel, channel.Context);
        leg.Since = now.Now - channel.Duration;
        leg.Exten = DialledDigits(channel.Exten);
        leg.CallerId = channel.CallerId;
        leg.CallerName = channel.CallerName;
        leg.IsUp = channel.IsUp;
        leg.IsOriginated = channel.WasPlaced;
        leg.IsListedOnly = true;
        return leg;
    }

    /// <summary>Who talks through a Local channel is in one bridge with half of it.</summary>
    static void ConnectHalves(List<(Leg Leg, ListedChannel Is)> channels)
    {
        foreach (var bridge in channels.Where(channel => channel.Is.Bridge is not null).GroupBy(channel => channel.Is.Bridge))
            foreach (var (half, _) in bridge.Where(channel => channel.Leg.Kind == LegKind.Local))
                half.Reached ??= bridge.Select(channel => channel.Leg).FirstOrDefault(leg => leg != half);
    }

    /// <summary>Who picked up for a colleague, or took a parked caller back, keeps the Linkedid of his call to the code for a while.</summary>
    static void UniteBridged(AsteriskState now, List<(Leg Leg, ListedChannel Is)> channels)
    {
        foreach (var bridge in channels.Where(channel => channel.Is.Bridge is not null && channel.Leg.IsTelephone).GroupBy(channel => channel.Is.Bridge))
        {
            var legs = bridge.Select(channel => channel.Leg).ToList();
            if (legs.TrueForAll(leg => leg.Call == legs[0].Call)) continue;
            var host = legs.Find(leg => leg.Call.IsTold) ?? legs.Find(leg => leg.Kind == LegKind.Trunk) ?? legs.MinBy(leg => leg.Since)!;
            foreach (var leg in legs.Where(leg => leg.Call != host.Call && !leg.Call.IsTold && leg.Call.Root == leg))
            {
                now.Move(leg, host.Call);
                leg.Ringing ??= SwitchState.Unasked(leg, host.Call);
            }
        }
    }

    /// <summary>Catches up with one call that lasts.</summary>
    static void Catch(AsteriskState now, Conversation call, List<(Leg Leg, ListedChannel Is)> channels)
    {
        if (call.IsOver) return;
        var telephones = channels.FindAll(channel => channel.Leg.IsTelephone);
        if (!call.IsTold && !TryIntroduce(now, call, telephones, isPlaced: channels.Exists(channel => channel.Is.WasPlaced))) return;

        foreach (var (leg, channel) in telephones)
        {
            if (leg.Ringing is null && channel.WasCalled)
            {
                var role = leg.Kind == LegKind.Trunk ? LegRole.Outside : leg == call.Placer ? LegRole.Caller : LegRole.Operator;
                leg.Ringing = new Ringing(call, role == LegRole.Outside ? call.Dialled ?? leg.CallerId ?? leg.Number : leg.Number, role);
                call.Open++;
                call.HasDialled = true;
            }

            else if (leg.Ringing is null && leg.Kind == LegKind.Extension && leg != call.Root && channel.Bridge is not null
                && telephones.Exists(other => other.Leg != leg && other.Is.Bridge == channel.Bridge && !other.Is.WasCalled))
            {
                leg.Ringing = SwitchState.Unasked(leg, call); // has taken the caller over: from parking, or with a code
            }

            if (leg.Ringing is not { } ringing || ringing.Call != call) continue;
            if (!ringing.IsTold && !ringing.IsAnswered && channel.WasCalled)
                now.EstimateRinging(leg, ringing);

            if (ringing.IsAnswered || !channel.IsUp) continue; // a telephone that was called is up only when somebody picked it up
            SwitchState.MarkAnswered(ringing);
            ringing.IsAnswerEstimated = true;
            now.EstimateAnswer(leg, ringing, now.Now, null);
        }

        var isServed = telephones.Exists(telephone => telephone.Is is { WasCalled: true, IsUp: true });
        foreach (var (leg, channel) in telephones)
        {
            CatchQueue(now, leg, channel, isServed);
            if (channel is { Queue: not null, Bridge: not null } && !call.IsAnswered) CatchMember(now, call, channels.Find(other => other.Is.Bridge == channel.Bridge && other.Leg != leg).Leg);
        }
    }

    /// <summary>The caller talks through a Local channel, and who picked up has passed him on already: its name tells who it was.</summary>
    static void CatchMember(AsteriskState now, Conversation call, Leg? member)
    {
        if (member is not { Kind: LegKind.Local, Ringing: null } || NumberOfInterface(member.Channel) is not { } who) return;
        call.Open++;
        member.Ringing = new Ringing(call, who, LegRole.Operator);
        SwitchState.MarkAnswered(member.Ringing);
        now.EstimateAnswer(member, member.Ringing, now.Now, null);
    }

    /// <summary>The call began before we listened. A code or a parking place that somebody listens to is none.</summary>
    /// <param name="isPlaced">The PBX itself called somebody first: click to call.</param>
    static bool TryIntroduce(AsteriskState now, Conversation call, List<(Leg Leg, ListedChannel Is)> telephones, bool isPlaced)
    {
        if (telephones.Count == 0) return false;
        call.StartedAt = telephones.Min(telephone => telephone.Leg.Since);
        var callers = telephones.FindAll(telephone => !telephone.Is.WasCalled);
        var trunk = telephones.Find(telephone => telephone.Leg.Kind == LegKind.Trunk && telephone.Is.WasCalled).Leg;
        var caller = callers.Find(telephone => telephone.Leg == call.Root).Leg ?? (callers.Count > 0 ? callers[0].Leg : null);
        var isAlone = telephones.Count == 1;

        if (caller is { Kind: LegKind.Trunk })
        {
            call.WantsNumber = caller.Exten is null;
            now.Begin(call, Direction.Inbound, now.Settings.Number(caller.CallerId), caller.Exten is { } did ? now.Settings.Number(did) : null,
                line: caller.Exten, callerName: caller.CallerName, coarse: true);
            return true;
        }

        var channel = telephones.Find(telephone => telephone.Leg == caller).Is;
        if (caller is not null && isAlone && channel.Queue is null) return false;
        if (caller is null)
        {
            // Only telephones that were called are left: click to call, or who called has passed the call on. A single one
            // is what remains of a call that has just ended.
            if (isAlone && !isPlaced) return false;
            call.Placer = caller = telephones.Find(telephone => telephone.Leg.Kind == LegKind.Extension).Leg;
            call.AwaitsTarget = trunk is null && isAlone;
        }

        var number = NumberIn(DialDataOf(telephones)) ?? (trunk is not null ? DialledDigits(trunk.CallerId) : null);
        var from = caller is null ? null : PhoneNumber.Internal(caller.Number);
        if (trunk is not null || call.AwaitsTarget)
        {
            call.Dialled = number;
            call.WantsNumber = number is null && !call.AwaitsTarget;
            now.Begin(call, Direction.Outbound, from, number is null ? null : now.Settings.Number(number), placedBy: caller?.Number, coarse: true);
        }
        else
        {
            var to = caller?.Exten ?? number ?? telephones.Find(telephone => telephone.Leg != caller).Leg?.Number;
            now.Begin(call, Direction.Internal, from, to is null ? null : PhoneNumber.Internal(to), placedBy: caller?.Number, coarse: true);
        }

        return true;
    }

    /// <summary>What the Dial application was given: <c>PJSIP/0052…@trunk,30,T</c>.</summary>
    static string? DialDataOf(List<(Leg Leg, ListedChannel Is)> telephones) =>
        telephones.Find(telephone => telephone.Is is { Application: "Dial", Data: not null }).Is.Data?.Split(',', '&')[0];

    /// <summary>Waiting and talking callers are both in the application Queue.</summary>
    static void CatchQueue(AsteriskState now, Leg leg, ListedChannel channel, bool isServed)
    {
        var call = leg.Call;
        var isWaiting = channel.Queue is not null && channel.Bridge is null && !isServed;
        if (leg.Queue is { } before && (!isWaiting || before != channel.Queue))
        {
            leg.Queue = null;
            var isAnswered = before == channel.Queue;
            now.EstimateLeave(call, isAnswered ? now.Now : now.LostAt ?? now.Now, before, isAnswered ? QueueExit.Answered : QueueExit.Unknown);
        }
        else if (channel.Queue is { } served && !isWaiting && !call.HasQueued)
        {
            now.EstimateJoin(call, leg.Since, served);
            now.EstimateLeave(call, now.Now, served, QueueExit.Answered);
        }

        if (!isWaiting || leg.Queue == channel.Queue) return;
        leg.Queue = channel.Queue;
        leg.HasAbandoned = false;
        call.LastExit = null;
        now.EstimateJoin(call, now.Snapshot.WaitOf(leg.Id) is { } seconds ? now.Now.AddSeconds(-seconds) : leg.Since, channel.Queue!);
    }

    /// <summary>Knows the number first dialled when the channel list does not.</summary>
    static Translation OnStatus(AsteriskState now, AmiMessage message)
    {
        if (now.Find(message.Bytes("Uniqueid"u8)) is not { Call: { WantsNumber: true, Root: { } root } call } leg || root != leg) return SnapshotItem;
        if (DialledDigits(message.Text("DNID"u8)) is not { } dialled) return SnapshotItem;
        call.WantsNumber = false;
        now.Tell(new CallStarted(call.Key, call.StartedAt, call.Direction, null, now.Settings.Number(dialled), call.Direction == Direction.Inbound ? dialled : null)
        {
            Coarse = true,
            ToldAs = "snapshot:number",
        });
        return SnapshotItem;
    }
}
