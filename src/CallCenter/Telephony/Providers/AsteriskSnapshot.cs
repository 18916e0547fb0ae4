using CallCenter.Calls;
using CallCenter.Telephony.Wire;

namespace CallCenter.Telephony.Providers;

/// <summary>The lists that Asterisk gives when asked what goes on, while they arrive. Ordinary messages come between their items.</summary>
sealed class AsteriskSnapshot
{
    readonly Dictionary<string, AsteriskChannel> channels = []; // by Uniqueid
    readonly Dictionary<string, int> waits = []; // seconds in the queue, by Uniqueid
    string? channelsFor, waitsFor;

    public void Add(string? actionId, AsteriskChannel channel)
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

    public IReadOnlyList<AsteriskChannel> TakeChannels(string? actionId)
    {
        IReadOnlyList<AsteriskChannel> taken = actionId == channelsFor ? [.. channels.Values] : [];
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
readonly record struct AsteriskChannel(
    string Uniqueid, string Linkedid, string Channel, string? Context, string? Exten, string? CallerId, string? CallerName,
    int State, string? Application, string? Data, TimeSpan Duration, string? Bridge)
{
    /// <summary>Waiting and talking callers are both in the application Queue. Only who is called is ever down or ringing.</summary>
    public ListedChannel Listed => new(
        IsUp: State == 6,
        WasCalled: Application is "AppDial" or "AppDial2" or "AppQueue" || State is 0 or 5,
        WasPlaced: Application == "AppDial2",
        Dialled: Application == "Dial" ? SwitchState.NumberIn(Data?.Split(',', '&')[0]) : null, // PJSIP/0052…@trunk,30,T
        Queue: Application == "Queue" ? Data?.Split(',')[0] : null,
        Bridge);
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
        now.Queuers.BeginAgain();
        now.Seats.BeginAgain();
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
        now.Snapshot.Add(message.Text("ActionID"u8), new AsteriskChannel(id, message.Text("Linkedid"u8) ?? id, message.Text("Channel"u8) ?? "",
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
                channels.Add((leg, channel.Listed with { JoinedAt = now.Snapshot.WaitOf(leg.Id) is { } seconds ? now.Now.AddSeconds(-seconds) : null }));
        if (now.IsUnsettled)
        {
            ConnectHalves(channels);
            now.CatchUp(channels);
            CatchMembers(now, channels);
        }

        if (isWhole) now.MissTheRest([.. channels.Select(channel => channel.Leg)], ResultOfStopping);
        now.Settle(channels.Select(channel => channel.Leg));
        return Translation.Ignored("the snapshot holds nothing new");
    }

    /// <summary>A channel not known yet is taken from the list only after a gap; otherwise the message of its beginning is on the way.</summary>
    static Leg? Recognise(AsteriskState now, AsteriskChannel channel)
    {
        if (now.Find(channel.Uniqueid) is { } known)
        {
            known.IsOriginated |= channel.Listed.WasPlaced;
            if (known.Call.Key.Id != channel.Linkedid) now.Move(known, now.ConversationOf(channel.Linkedid));
            return known;
        }

        if (!now.IsUnsettled) return null;
        var leg = now.Add(channel.Uniqueid, channel.Linkedid, channel.Channel, channel.Context);
        leg.Since = now.Now - channel.Duration;
        leg.Exten = DialledDigits(channel.Exten);
        leg.CallerId = DialledDigits(channel.CallerId);
        leg.CallerName = channel.CallerName;
        leg.IsUp = channel.Listed.IsUp;
        leg.IsOriginated = channel.Listed.WasPlaced;
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

    /// <summary>The caller talks through a Local channel, and who picked up has passed him on already: its name tells who it was.</summary>
    static void CatchMembers(AsteriskState now, List<(Leg Leg, ListedChannel Is)> channels)
    {
        foreach (var (leg, channel) in channels)
        {
            if (channel is not { Queue: not null, Bridge: not null } || leg is not { IsTelephone: true, Call: { IsTold: true, IsOver: false, IsAnswered: false } call }) continue;
            var member = channels.Find(other => other.Leg.Call == call && other.Is.Bridge == channel.Bridge && other.Leg != leg).Leg;
            if (member is not { Kind: LegKind.Local, Ringing: null } || NumberOfInterface(member.Channel) is not { } who) continue;
            call.Open++;
            member.Ringing = new Ringing(call, who, LegRole.Operator);
            SwitchState.MarkAnswered(member.Ringing);
            now.EstimateAnswer(member, member.Ringing, now.Now, null);
        }
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
