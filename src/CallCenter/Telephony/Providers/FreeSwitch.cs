using System.Text;
using CallCenter.Calls;
using CallCenter.Telephony.Wire;

namespace CallCenter.Telephony.Providers;

/// <summary>
/// FreeSWITCH over its event socket, with the queues of mod_callcenter, and what is built on it: FusionPBX. Unless
/// control is switched on nothing is ever changed there.
/// </summary>
/// <remarks>
/// <para>Messages speak of channels ("legs") by UUID and say when they were made. The UUID of the leg that began a call is
/// the call's id. What surprises:</para>
/// <para>Every caller's leg is <c>inbound</c>, also an employee's; what is a trunk tells by profile, context or gateway. A
/// queue "answers" its callers; bridge-agent-start is an agent's answer. member-queue-end comes when the talk is over. A
/// queue's telephone names its caller only in a variable until both talk, and shows the caller's number as its own. The leg
/// of who called ends with NORMAL_CLEARING when nobody picked up; why, the called leg tells. A transferred caller carries
/// the new destination in the very event that parts him from who transferred him. An attended transfer has no event: the
/// caller is bridged with a leg of another call. Variables come with most events, not with all.</para>
/// <para>https://developer.signalwire.com/freeswitch/FreeSWITCH-Explained/Introduction/Event-System/</para>
/// </remarks>
sealed partial class FreeSwitch : IStreamProvider, ICanHangUp, ICanQueue
{
    const string Telephones = $"user/{Control.ExtensionMark}", OutContext = "default";

    static readonly IReadOnlyList<string> Events =
    [
        "CHANNEL_CREATE", "CHANNEL_PROGRESS", "CHANNEL_PROGRESS_MEDIA", "CHANNEL_ANSWER", "CHANNEL_BRIDGE", "CHANNEL_UNBRIDGE", "CHANNEL_HOLD", "CHANNEL_UNHOLD",
        "CHANNEL_HANGUP_COMPLETE", "RECORD_STOP", "BACKGROUND_JOB", "API", "SHUTDOWN", "HEARTBEAT",
    ];

    static readonly IReadOnlyList<string> Subclasses = ["callcenter::info", "valet_parking::info"];

    public ProviderInfo Info { get; } = new("freeswitch", "FreeSWITCH / FusionPBX",
        new SettingInfo("host", Required: true),
        new SettingInfo("port", Default: "8021"),
        new SettingInfo("password", Secret: true, Required: true),
        new SettingInfo("username", Rare: true),
        new SettingInfo("tls", Default: "false", Rare: true),
        new SettingInfo("tls_name", Rare: true),
        new SettingInfo("tls_insecure", Default: "false", Rare: true),
        new SettingInfo("keep_ignored", Default: "false", Rare: true),
        new SettingInfo("stale_after", Rare: true),
        new SettingInfo("country"),
        new SettingInfo("trunks"),
        new SettingInfo("lines"),
        new SettingInfo("extensions"),
        Control.Switch,
        new SettingInfo("dial_telephone", Default: Telephones, Rare: true),
        new SettingInfo("dial_context", Default: OutContext, Rare: true),
        new SettingInfo("dial_gateway", Rare: true),
        Control.NumberForm,
        new SettingInfo("dial_prefix", Rare: true),
        new SettingInfo("dial_caller_id", Rare: true))
    {
        Proof = "we connect to it: password",
        Tells = Tells.Progress | Tells.Ringing | Tells.Queues | Tells.Operators | Tells.Holds | Tells.Transfers | Tells.Parking | Tells.Voicemail | Tells.Recordings,
    };

    public object Begin(string connection, Settings settings) => new FreeSwitchState(connection, settings);

    /// <summary>Carries a fact of a call or of a snapshot, or is damaged and kept with the reason. Decided by the first lines alone.</summary>
    public bool Matters(ReadOnlySpan<byte> message)
    {
        var block = new EslMessage(message);
        return block.Kind switch
        {
            EslKind.Event => block.IsJson || HandlerOf(block.Event) is not null || block.Damage() is not null,
            EslKind.PasswordWanted or EslKind.Reply or EslKind.Farewell or EslKind.Rejection => false,
            _ => true,
        };
    }

    public IReadOnlyCollection<CallKey>? Lasting(object state) => (FreeSwitchState)state is { IsUnsettled: false } settled ? [.. settled.Lasting] : null;

    public Task<ILink> Connect(Settings settings, LineLimits limits, TimeProvider clock, CancellationToken stop) =>
        EslLink.Connect(settings, Events, Subclasses, limits, clock, stop);

    public Translation Translate(object state, StreamItem item)
    {
        var now = (FreeSwitchState)state;
        if (item.Mark == StreamMark.Message) return Translate(now, item);
        now.Hear(item, null);
        return item.Mark == StreamMark.Connected ? Connected(now) : Lost(now);
    }

    /// <remarks>The number goes through the dial plan as if dialled by hand, or with a gateway straight out.</remarks>
    public Order Place(Dialling wish, Settings settings)
    {
        var telephone = DialString.Of(settings, "dial_telephone", Telephones).Replace(Control.ExtensionMark, wish.Telephone.Text, StringComparison.Ordinal);
        var first = $"{{origination_caller_id_number={DialString.Of(settings, "dial_caller_id", wish.Telephone.Text)},originate_timeout={Control.RingSeconds},ignore_early_media=true}}{telephone}";
        var number = Control.Dialled(wish.Number, settings);
        return settings["dial_gateway"].Length > 0
            ? new EslOrder(EslDeed.Originate, first, $"&bridge(sofia/gateway/{DialString.Of(settings, "dial_gateway", "")}/{number})")
            : new EslOrder(EslDeed.Originate, first, number, "XML", DialString.Of(settings, "dial_context", OutContext));
    }

    public Order Pause(string member, bool isPaused, string reason) => new EslOrder(isPaused ? EslDeed.SendOnBreak : EslDeed.CallBack, member);

    public Order HangUp(DialString leg, Settings settings) => new EslOrder(EslDeed.Kill, leg.Text, "NORMAL_CLEARING");

    /// <remarks>With the domain there, without it in calls.</remarks>
    public bool IsQueue(string own, string named) => WithoutDomain(own) == named || own == named;

    /// <remarks>An agent of mod_callcenter: who is none cannot be in a queue.</remarks>
    public string? MemberOf(string extension, string queue, QueueRoll roll, Settings settings) =>
        roll.Seats.FirstOrDefault(seat => seat.Queue.Length == 0 && seat.Extension == extension)?.Member;

    /// <remarks>In the first tier, so that all of a team are rung alike. Agents are on a break in all queues or in none.</remarks>
    public Order Join(string queue, string member, string extension, string name, bool isPaused, Settings settings) => new EslOrder(EslDeed.AddTier, queue, member, "1", "1");

    public Order Leave(string queue, string member) => new EslOrder(EslDeed.DropTier, queue, member);

    static Translation Translate(FreeSwitchState now, StreamItem item)
    {
        var message = new EslMessage(item.Message.Span);
        if (message is { Kind: EslKind.Event, IsJson: true })
        {
            if (message.Damage() is { } cut) return Translation.Unreadable(cut);
            if (message.AsPlain() is not { } plain) return Translation.Unreadable("an event whose JSON cannot be read");
            message = new EslMessage(plain);
        }

        now.Hear(item, message.Stamp);
        if (message.Damage() is { } damage) return Translation.Unreadable(damage);
        var verdict = message.Kind switch
        {
            EslKind.Event when HandlerOf(message.Event) is { } handler => Handle(now, message, handler),
            EslKind.Event => NoFact,
            EslKind.Answer => OnAnswerToUs(now, message.Body),
            _ => OfTheLink,
        };
        if (now.Queuers.Take() is { Count: > 0 } members) verdict = verdict with { Members = members };
        if (now.Seats.Take() is { } roll) verdict = verdict with { Roll = roll };
        if (now.TakeTold() is { Length: > 0 } told) return Translation.Understood(told) with { Members = verdict.Members, Roll = verdict.Roll };
        return now.About is { } call ? verdict with { About = call } : verdict;
    }

    static Translation Handle(FreeSwitchState now, EslMessage message, Handler handler)
    {
        NoteRun(now, message.Text("Core-UUID"u8));
        return handler(now, message);
    }

    delegate Translation Handler(FreeSwitchState now, EslMessage message);

    static readonly Translation OfTheLink = Translation.Ignored("of the link itself");
    static readonly Translation Presence = Translation.Ignored("who is in the queues and who pauses is kept with the people, not with calls");
    static readonly Translation NoFact = Translation.Ignored("says nothing of a call that other messages do not say better");
    static readonly Translation Noted = Translation.Ignored("noted; what follows makes it a fact");
    static readonly Translation HalfAChannel = Translation.Ignored("half of a loopback; the telephone behind it is told of itself");
    static readonly Translation Repeated = Translation.Ignored("told before");
    static readonly Translation NoCall = Translation.Ignored("not a call: nobody is called, as with codes and parking places");
    static readonly Translation Stranger = Translation.Ignored("of a channel that began before we listened; the snapshot settles it");
    static readonly Translation WithoutId = Translation.Unreadable("has no Unique-ID");

    static Handler? HandlerOf(ReadOnlySpan<byte> name)
    {
        if (name.StartsWith("CHANNEL_"u8))
        {
            name = name["CHANNEL_".Length..];
            return name.SequenceEqual("CREATE"u8) ? OnCreate
                : name.SequenceEqual("PROGRESS"u8) || name.SequenceEqual("PROGRESS_MEDIA"u8) ? OnProgress
                : name.SequenceEqual("ANSWER"u8) ? OnAnswer
                : name.SequenceEqual("BRIDGE"u8) ? OnBridge
                : name.SequenceEqual("UNBRIDGE"u8) ? OnUnbridge
                : name.SequenceEqual("HOLD"u8) ? OnHold
                : name.SequenceEqual("UNHOLD"u8) ? OnUnhold
                : name.SequenceEqual("HANGUP_COMPLETE"u8) ? OnHangup
                : null;
        }

        return name.SequenceEqual("CUSTOM"u8) ? OnCustom
            : name.SequenceEqual("RECORD_STOP"u8) ? OnRecordStop
            : name.SequenceEqual("BACKGROUND_JOB"u8) ? OnJob
            : name.SequenceEqual("API"u8) ? OnApi
            : name.SequenceEqual("SHUTDOWN"u8) ? OnShutdown
            : null;
    }

    // ---- A channel appears, rings, answers ----

    static Translation OnCreate(FreeSwitchState now, EslMessage message)
    {
        if (IdIn(message, "Unique-ID"u8) is not { } id) return WithoutId;
        var leg = now.Find(id);
        if (leg is { IsListedOnly: false }) return Repeated;

        var wasCalled = message.Has("Call-Direction"u8, "outbound"u8);
        var (parent, parentId) = wasCalled ? ParentOf(now, message) : (null, null);
        leg ??= now.Add(id, parent?.Call.Key.Id ?? parentId ?? id, TraitsOf(message, wasCalled));
        leg.IsListedOnly = false;
        leg.Since = now.Now;
        leg.Exten = message.Text("Caller-Destination-Number"u8);
        leg.CallerId = message.Text("Caller-Caller-ID-Number"u8);
        leg.CallerName = message.Text("Caller-Caller-ID-Name"u8);
        leg.DialledBy = parent;
        leg.IsOriginated = wasCalled && parentId is null;
        if (leg.Kind == LegKind.Local) Pair(now, leg, message);
        if (!leg.IsTelephone) return HalfAChannel;
        if (wasCalled) Called(now, leg);
        else if (leg.Call.Root == leg) Calls(now, leg);
        return Noted;
    }

    /// <summary>Somebody calls the phone system. Whom an employee calls, and whether that is a call, shows later.</summary>
    static void Calls(FreeSwitchState now, Leg leg)
    {
        var call = leg.Call;
        call.StartedAt = now.Now;
        call.IsTold = false; // a snapshot may have told it first, coarsely
        if (leg.Kind != LegKind.Trunk) return;
        now.Begin(call, Direction.Inbound, now.Settings.Number(leg.CallerId), leg.Exten is { } did ? now.Settings.Number(did) : null,
            line: leg.Exten, callerName: leg.CallerName == leg.CallerId ? null : leg.CallerName);
    }

    static void Called(FreeSwitchState now, Leg leg)
    {
        var call = leg.Call;
        if (call.Root == leg) call.StartedAt = now.Now;
        var isPlacer = leg.Kind == LegKind.Extension && (leg.IsOriginated || leg.DialledBy is { Kind: LegKind.Local, Twin.IsOriginated: true });
        var role = leg.Kind == LegKind.Trunk ? LegRole.Outside : isPlacer ? LegRole.Caller : LegRole.Operator;
        var who = role == LegRole.Outside ? leg.Exten ?? SwitchState.NumberIn(leg.Channel) ?? leg.Number : leg.Number;
        call.HasDialled = true;
        call.PickedUpBy = null;
        call.Open++;
        leg.Reroutes = 0;
        leg.Ringing = new Ringing(call, who, role);
        if (leg.DialledBy is { } by) TellWhereTo(now, by.Call, who);
        now.Introduce(leg, role, leg.CallerId);
    }

    /// <summary>The leg for which this one is called; its id alone when it was never heard of, neither when there is none.</summary>
    static (Leg? Leg, string? Id) ParentOf(FreeSwitchState now, EslMessage message)
    {
        string? first = null;
        foreach (var name in (ReadOnlySpan<string>)["Other-Leg-Unique-ID", "variable_originator", "variable_originating_leg_uuid", "variable_cc_member_session_uuid"])
        {
            if (IdIn(message, Encoding.ASCII.GetBytes(name)) is not { } id) continue;
            first ??= id;
            if (now.Find(id) is { } leg) return (leg, id);
        }

        return (null, first);
    }

    static ChannelTraits TraitsOf(EslMessage message, bool wasCalled) => new(
        message.Text("Channel-Name"u8) ?? "", wasCalled, message.Text("Caller-Context"u8), message.Text("variable_sip_gateway_name"u8),
        message.Text("Channel-Presence-ID"u8) ?? message.Text("variable_dialed_user"u8) ?? message.Text("variable_user_name"u8));

    /// <summary>A loopback comes as two channels: one is called, the other calls on.</summary>
    static void Pair(FreeSwitchState now, Leg leg, EslMessage message)
    {
        if (leg.Twin is not null || leg.Channel.Length < 3) return;
        var other = leg.Channel[..^1] + (leg.Channel[^1] == 'a' ? 'b' : 'a');
        var twin = now.Find(message.Bytes("variable_other_loopback_leg_uuid"u8)) ?? now.AllLegs.LastOrDefault(known => known is { Kind: LegKind.Local, Twin: null, IsGone: false } && known.Channel == other);
        if (twin is null) return;
        (leg.Twin, twin.Twin) = (twin, leg);
        var (called, calling) = leg.Channel[^1] == 'a' ? (leg, twin) : (twin, leg);
        now.Move(calling, called.Call);
    }

    static Translation OnProgress(FreeSwitchState now, EslMessage message)
    {
        if (now.Find(message.Bytes("Unique-ID"u8)) is not { } leg) return Stranger;
        // Early media is all the ringing that some networks tell.
        now.Rings(leg);
        return Noted;
    }

    static Translation OnAnswer(FreeSwitchState now, EslMessage message)
    {
        if (now.Find(message.Bytes("Unique-ID"u8)) is not { } leg) return Stranger;
        if (leg.DialledBy is { } caller) caller.Reached = leg;
        leg.IsUp = true;
        if (leg.Ringing is null) return Noted;
        leg.Ringing.IsPickedUp = true;
        leg.Call.PickedUpBy = leg;
        // A queue may still tell the agent something first, and another may be faster: bridge-agent-start decides. So it is
        // where somebody must press a key to take the call.
        if (leg.Dialler?.Queue is null && message.Bytes("variable_group_confirm_key"u8).IsEmpty) now.Answers(leg);
        return Noted;
    }

    // ---- Two talk, part, transfer ----

    static Translation OnBridge(FreeSwitchState now, EslMessage message)
    {
        var a = now.Find(message.Bytes("Bridge-A-Unique-ID"u8));
        var b = now.Find(message.Bytes("Bridge-B-Unique-ID"u8));
        if (a is null || b is null) return Stranger;
        if (a.Call != b.Call) Unite(now, a, b);
        (a.Peer, b.Peer) = (b, a);
        if (now.Find(message.Bytes("Unique-ID"u8)) is { } leg) leg.Reroutes = ReroutesIn(message).Count;
        foreach (var telephone in (ReadOnlySpan<Leg>)[a, b])
            if (telephone is { IsUp: true, Ringing.IsPickedUp: true }) now.Answers(telephone);
        return Noted;
    }

    /// <summary>Two calls become one: an attended transfer, or somebody takes a ringing or parked caller with a code.</summary>
    static void Unite(FreeSwitchState now, Leg a, Leg b)
    {
        if (a.Call.IsTold && b.Call.IsTold)
        {
            var (stays, comes) = b.Peer is { HasPassedOn: true } && a.Peer is not { HasPassedOn: true } ? (b, a)
                : a.Peer is { HasPassedOn: true } || a.Call.StartedAt <= b.Call.StartedAt ? (a, b) : (b, a);
            if (stays.Peer is { } by) SwitchState.PassedOn(by);
            now.Tell(new Transferred(stays.Call.Key, now.Now, TransferKind.Attended, stays.Peer is { } from ? SwitchState.NameOf(from) : null, SwitchState.NameOf(comes)));
            var emptied = comes.Call;
            now.Move(comes, stays.Call);
            if (emptied.Root is not { IsGone: false }) now.LoseIfEmpty(emptied, emptied.Root?.GoneAt ?? now.Now);
            return;
        }

        var (host, joins) = a.Call.IsTold ? (a, b) : (b, a);
        if (!host.Call.IsTold || !joins.IsTelephone) return;
        now.Move(joins, host.Call);
        host.Call.PickedUpBy = joins;
        joins.Ringing ??= SwitchState.Unasked(joins, host.Call);
        now.Answers(joins);
    }

    static Translation OnUnbridge(FreeSwitchState now, EslMessage message)
    {
        if (now.Find(message.Bytes("Unique-ID"u8)) is not { } leg) return Stranger;
        if (message.Has("variable_endpoint_disposition"u8, "ATTENDED_TRANSFER"u8)) PassOnWhoIsHeld(leg, now);

        var (count, target, at) = ReroutesIn(message);
        var isNew = leg.Reroutes is { } seen ? count > seen : (now.Now - at).Duration() < TimeSpan.FromSeconds(2);
        leg.Reroutes = count;
        if (!isNew || leg.Peer is not { } by) return NoFact;
        SwitchState.PassedOn(by);
        if (target is not null) TellTransfer(now, leg.Call, by, now.Now, target);
        return NoCall;
    }

    /// <summary>
    /// How often a leg was sent elsewhere, and the last time where to: <c>1795449272:uuid:bl_xfer:104/context/XML</c>, of
    /// several <c>ARRAY::…|:…</c>. What is done without leaving the place (<c>inline</c>: parking) has no destination.
    /// </summary>
    static (int Count, string? Target, DateTimeOffset At) ReroutesIn(EslMessage message)
    {
        var count = 0;
        string? target = null;
        var at = DateTimeOffset.MinValue;
        foreach (var entry in (message.Text("variable_transfer_history"u8, max: 8_000) ?? "").Replace("ARRAY::", "", StringComparison.Ordinal).Split("|:"))
        {
            var parts = entry.Split(':', 4);
            if (parts.Length < 4 || parts[2] != "bl_xfer") continue;
            count++;
            target = parts[3].EndsWith("/inline", StringComparison.Ordinal) ? null : parts[3].Split('/')[0];
            at = long.TryParse(parts[0], out var seconds) && seconds is > 0 and < 4_102_444_800 ? DateTimeOffset.FromUnixTimeSeconds(seconds) : DateTimeOffset.MinValue;
        }

        return (count, target, at);
    }

    static void TellTransfer(FreeSwitchState now, Conversation call, Leg by, DateTimeOffset at, string? to)
    {
        call.PassedOnBy = null;
        if (call.IsTold) now.Tell(new Transferred(call.Key, at, TransferKind.Blind, SwitchState.NameOf(by), to));
    }

    /// <summary>Who was called cannot be seen to be sent elsewhere; whom the phone system calls for him next tells where to.</summary>
    static void TellWhereTo(FreeSwitchState now, Conversation call, string? to)
    {
        if (call.PassedOnBy is { } by) TellTransfer(now, call, by, by.GoneAt ?? now.Now, to);
    }

    /// <summary>Who consulted a colleague now passes on whom he kept on hold meanwhile.</summary>
    static void PassOnWhoIsHeld(Leg consulting, FreeSwitchState now)
    {
        var held = now.AllLegs.FirstOrDefault(leg => leg is { IsHolding: true, IsGone: false } && leg.Call != consulting.Call && leg.Kind == consulting.Kind && leg.Number == consulting.Number);
        if (held is not null) SwitchState.PassedOn(held);
    }

    static Translation OnHold(FreeSwitchState now, EslMessage message)
    {
        if (now.Find(message.Bytes("Unique-ID"u8)) is not { } leg) return Stranger;
        if (leg.IsHolding) return Repeated;
        now.Holds(leg);
        return Noted;
    }

    /// <summary>An attended transfer is preceded by an unhold that may have had no hold.</summary>
    static Translation OnUnhold(FreeSwitchState now, EslMessage message)
    {
        if (now.Find(message.Bytes("Unique-ID"u8)) is not { } leg) return Stranger;
        if (!leg.IsHolding) return Repeated;
        now.Resumes(leg);
        return Noted;
    }

    static Translation OnRecordStop(FreeSwitchState now, EslMessage message)
    {
        if (now.Find(message.Bytes("Unique-ID"u8)) is not { } leg) return Stranger;
        if (leg.Call.IsTold && message.Text("Record-File-Path"u8, max: 500) is { } path) now.Tell(new RecordingMade(leg.Call.Key, now.Now, path));
        return NoCall;
    }

    // ---- Queues and parking ----

    const string OnBreak = "On Break";

    static Translation OnCustom(FreeSwitchState now, EslMessage message)
    {
        var subclass = message.Bytes("Event-Subclass"u8);
        return subclass.SequenceEqual("callcenter%3A%3Ainfo"u8) || subclass.SequenceEqual("callcenter::info"u8) ? OnQueue(now, message)
            : subclass.SequenceEqual("valet_parking%3A%3Ainfo"u8) || subclass.SequenceEqual("valet_parking::info"u8) ? OnParking(now, message)
            : NoFact;
    }

    static Translation OnQueue(FreeSwitchState now, EslMessage message)
    {
        var action = message.Bytes("CC-Action"u8);
        if (action.SequenceEqual("agent-status-change"u8)) return OnAgentStatus(now, message.Text("CC-Agent"u8), message.Text("CC-Agent-Status"u8), isListed: false);
        if (message.Bytes("CC-Member-Session-UUID"u8).IsEmpty) return Presence;
        if (now.Find(message.Bytes("CC-Member-Session-UUID"u8)) is not { } caller) return Stranger;
        if (WithoutDomain(message.Text("CC-Queue"u8)) is not { } queue) return Translation.Unreadable("has no CC-Queue");

        if (action.SequenceEqual("member-queue-start"u8) || action.SequenceEqual("member-queue-resume"u8))
        {
            if (caller.Queue == queue) return Repeated;
            TellWhereTo(now, caller.Call, message.Text("Caller-Destination-Number"u8));
            now.Joins(caller, queue);
            return NoCall;
        }

        if (action.SequenceEqual("bridge-agent-start"u8)) return OnAgentTakes(now, message, caller, queue);
        return action.SequenceEqual("member-queue-end"u8) ? OnQueueEnd(now, message, caller, queue) : NoFact;
    }

    /// <summary>Its agents know no reasons: they are there, on a break, or logged out and then in no queue.</summary>
    static Translation OnAgentStatus(FreeSwitchState now, string? agent, string? status, bool isListed)
    {
        if (agent is null || WithoutDomain(agent) is not { } extension) return Presence;
        if (status is OnBreak or "Available" or "Available (On Demand)") now.Queuers.Say(agent, extension, "", status == OnBreak, null, now.Now, isListed);
        else if (!isListed) now.Queuers.Leave(agent, "", now.Now);
        return Presence;
    }

    static Translation OnAgentTakes(FreeSwitchState now, EslMessage message, Leg caller, string queue)
    {
        if (caller.Queue == queue) now.Leaves(caller, QueueExit.Answered);
        var channel = now.Find(message.Bytes("CC-Agent-UUID"u8));
        if ((channel?.Telephone ?? channel) is not { } telephone) return Stranger;
        // An agent who stays on the line all day has a channel of his own, which comes to this call.
        if (telephone.Call != caller.Call && !telephone.Call.IsTold) now.Move(telephone, caller.Call);
        telephone.Ringing ??= SwitchState.Unasked(telephone, caller.Call);
        now.Answers(telephone);
        return Noted;
    }

    /// <summary>Of a caller who was served it comes when the talk is over and tells nothing but, after a gap, when it began.</summary>
    static Translation OnQueueEnd(FreeSwitchState now, EslMessage message, Leg caller, string queue)
    {
        if (message.Has("CC-Cause"u8, "Terminated"u8))
        {
            if (now.Find(message.Bytes("CC-Agent-UUID"u8)) is { Ringing: { IsAnswerEstimated: true } ringing } telephone && EpochIn(now, message, "CC-Agent-Answered-Time"u8) is { } answeredAt)
            {
                ringing.IsAnswerEstimated = false;
                now.EstimateAnswer(telephone, ringing, answeredAt, queue);
            }

            if (caller.Queue == queue) now.Leaves(caller, QueueExit.Answered);
            return Noted;
        }

        if (caller.Queue != queue) return Repeated;
        var reason = message.Bytes("CC-Cancel-Reason"u8);
        now.Leaves(caller, reason.SequenceEqual("TIMEOUT"u8) ? QueueExit.TimedOut
            : reason.SequenceEqual("NO_AGENT_TIMEOUT"u8) ? QueueExit.Refused
            : caller.Call.IsCutByStop || reason.SequenceEqual("EXIT_WITH_KEY"u8) ? QueueExit.Unknown
            : message.Has("Answer-State"u8, "hangup"u8) ? QueueExit.Abandoned
            : QueueExit.Unknown); // taken out of the queue: transferred by a supervisor, or picked up
        return Noted;
    }

    static DateTimeOffset? EpochIn(FreeSwitchState now, EslMessage message, ReadOnlySpan<byte> name) => Epoch(now, message.Number(name));

    static DateTimeOffset? Epoch(FreeSwitchState now, long? seconds) =>
        seconds is > 946_684_800 and < 4_102_444_800 and var known ? now.OurTime(DateTimeOffset.FromUnixTimeSeconds(known)) : null;

    static Translation OnParking(FreeSwitchState now, EslMessage message)
    {
        if (now.Find(message.Bytes("Unique-ID"u8)) is not { } leg) return Stranger;
        if (!leg.Call.IsTold) return NoCall;
        var slot = message.Text("Valet-Extension"u8);
        if (message.Has("Action"u8, "hold"u8))
        {
            if (leg.Slot is not null) return Repeated;
            leg.Slot = slot ?? "";
            now.Tell(new Parked(leg.Call.Key, now.Now, slot, leg.Peer is { } by ? SwitchState.NameOf(by) : null));
            return NoCall;
        }

        if (leg.Slot is null) return Repeated;
        if (message.Has("Action"u8, "bridge"u8))
        {
            leg.Slot = null;
            now.Tell(new Retrieved(leg.Call.Key, now.Now, slot));
            if (now.Find(message.Bytes("Bridge-To-UUID"u8)) is { IsTelephone: true } taker && taker.Call != leg.Call) Unite(now, leg, taker);
        }
        else if (message.Has("Action"u8, "exit"u8) && !message.Has("Answer-State"u8, "hangup"u8))
        {
            // Nobody took him back in time: he goes on in the dial plan.
            leg.Slot = null;
            now.Tell(new Retrieved(leg.Call.Key, now.Now, slot));
        }

        return NoCall;
    }

    // ---- Click to call ----

    static Translation OnJob(FreeSwitchState now, EslMessage message)
    {
        if (!message.Has("Job-Command"u8, "originate"u8)) return NoFact;
        var made = message.Content.StartsWith("+OK "u8) ? now.Find(Encoding.UTF8.GetString(message.Content[4..Math.Min(message.Content.Length, 4 + SwitchState.IdMax)]).Trim()) : null;
        return Placed(now, message.Text("Job-Command-Arg"u8, max: 4_000), made);
    }

    /// <summary>The same when somebody waits for the result. It is told when the command is done.</summary>
    static Translation OnApi(FreeSwitchState now, EslMessage message) =>
        message.Has("API-Command"u8, "originate"u8) ? Placed(now, message.Text("API-Command-Argument"u8, max: 4_000), null) : NoFact;

    /// <summary><c>{variables}user/101@domain 0054… XML context</c> or <c>… &amp;bridge(sofia/gateway/name/0054…)</c>.</summary>
    static Translation Placed(FreeSwitchState now, string? command, Leg? made)
    {
        var words = WithoutVariables(command ?? "").Split(' ', 3, StringSplitOptions.RemoveEmptyEntries);
        if (words.Length < 2) return NoCall;
        var target = words[1].Trim('\'', '"');
        if (target.StartsWith("&bridge(", StringComparison.Ordinal)) target = SwitchState.NumberIn(WithoutVariables(target["&bridge(".Length..]).TrimEnd(')')) ?? "";
        if (!target.Any(char.IsAsciiDigit) || target.StartsWith('&')) return NoCall;

        var telephone = SwitchState.NumberIn(words[0]);
        var call = made?.Call ?? now.Conversations.LastOrDefault(known => known is { AwaitsTarget: true, IsOver: false, Placer: { } placer } && placer.Number == telephone);
        return now.Aim(call, target) ? Noted : NoCall;
    }

    /// <summary>What stands in braces before a dial string.</summary>
    static string WithoutVariables(string text)
    {
        text = text.Trim();
        while (text.Length > 0 && "{[<".IndexOf(text[0]) is >= 0 and var kind && text.IndexOf("}]>"[kind]) is > 0 and var end) text = text[(end + 1)..].TrimStart();
        return text;
    }

    // ---- The end ----

    static Translation OnHangup(FreeSwitchState now, EslMessage message)
    {
        if (now.Find(message.Bytes("Unique-ID"u8)) is not { } leg) return Stranger;
        if (leg.IsGone && !leg.IsPresumedGone) return Repeated;
        leg.IsPresumedGone = false;
        var cause = message.Text("Hangup-Cause"u8) ?? "NORMAL_CLEARING";
        var call = leg.Call;
        NoteTransferBy(now, leg, message);
        if (cause == "SYSTEM_SHUTDOWN") CutByStop(call);
        if (!call.IsAnswered && !call.IsCutByStop && (leg == call.Root || leg == call.Placer) && leg.Ringing is not { IsAnswered: false })
            call.CallerGaveUp |= IsItsOwnWish(cause, message) && (leg.Queue is not null || call.Open > 0 || call.LastResult == AttemptResult.Cancelled || !call.HasDialled && !call.HasQueued);
        // Who called may be told to have hung up before whom he called, and then his own channel knows how that went.
        if (leg == call.Root && call is { IsAnswered: false, Open: > 0 } && message.Text("variable_originate_disposition"u8) is { } outcome and not ("SUCCESS" or "failure"))
            SwitchState.Note(call, ResultOf(leg, outcome));
        if (call.IsTold && HasLeftMessage(message)) now.Tell(new VoicemailLeft(call.Key, now.Now));

        now.Stops(leg, leg.HasPassedOn ? AttemptResult.TransferredOut : ResultOf(leg, cause));
        if (call is { PassedOnBy: { } by, Alive: 1 } && by != leg) TellTransfer(now, call, by, by.GoneAt ?? now.Now, null);
        now.HungUp(leg, cause, isNowhere: cause is "UNALLOCATED_NUMBER" or "NO_ROUTE_DESTINATION");
        return leg.Call.IsTold ? Noted : NoCall;
    }

    static void NoteTransferBy(FreeSwitchState now, Leg leg, EslMessage message)
    {
        var disposition = message.Bytes("variable_endpoint_disposition"u8);
        if (disposition.SequenceEqual("ATTENDED_TRANSFER"u8)) PassOnWhoIsHeld(leg, now);
        if (!disposition.SequenceEqual("BLIND_TRANSFER"u8) || leg.HasPassedOn) return;
        SwitchState.PassedOn(leg);
        leg.Call.PassedOnBy = leg;
    }

    static bool IsItsOwnWish(string cause, EslMessage message) => cause == "ORIGINATOR_CANCEL"
        || message.Has("variable_sip_hangup_disposition"u8, "recv_bye"u8) || message.Has("variable_sip_hangup_disposition"u8, "recv_cancel"u8);

    /// <summary>mod_voicemail and FusionPBX's own voicemail each leave a mark of their own.</summary>
    static bool HasLeftMessage(EslMessage message) => message.Number("variable_voicemail_message_seconds"u8) > 0
        || message.Text("variable_voicemail_message_len"u8) is { } length && length.AsSpan().IndexOfAnyInRange('1', '9') >= 0;

    static void CutByStop(Conversation call)
    {
        if (!call.CallerGaveUp) call.IsCutByStop = true;
    }

    static Translation OnShutdown(FreeSwitchState now, EslMessage message)
    {
        foreach (var call in now.Conversations)
            if (!call.IsOver) CutByStop(call);
        return Noted;
    }

    static AttemptResult ResultOf(Leg leg, string cause) => cause switch
    {
        "LOSE_RACE" or "PICKED_OFF" => AttemptResult.AnsweredElsewhere,
        "ORIGINATOR_CANCEL" => ResultOfStopping(leg),
        "USER_BUSY" => AttemptResult.Busy,
        "CALL_REJECTED" => leg.Kind == LegKind.Trunk ? AttemptResult.Failed : AttemptResult.Declined,
        "REDIRECTION_TO_NEW_DESTINATION" => AttemptResult.Forwarded,
        "NO_ANSWER" or "NO_USER_RESPONSE" or "ALLOTTED_TIMEOUT" or "PROGRESS_TIMEOUT" or "NORMAL_CLEARING" or "NORMAL_UNSPECIFIED" or "MANAGER_REQUEST" or "SYSTEM_SHUTDOWN"
            or "BLIND_TRANSFER" or "ATTENDED_TRANSFER" => AttemptResult.NotAnswered,
        _ => AttemptResult.Failed,
    };

    static AttemptResult ResultOfStopping(Leg leg) =>
        leg.Call.PickedUpBy is { } other && other != leg ? AttemptResult.AnsweredElsewhere : AttemptResult.Cancelled;

    // ---- Names ----

    static string? IdIn(EslMessage message, ReadOnlySpan<byte> name) =>
        message.Bytes(name) is { IsEmpty: false, Length: <= SwitchState.IdMax } ? message.Text(name) : null;

    /// <summary><c>ventas@example.com</c>: people say <c>ventas</c>.</summary>
    static string? WithoutDomain(string? name) => name is null ? null : name.IndexOf('@') is > 0 and var at ? name[..at] : name;
}
