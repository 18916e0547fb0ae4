using CallCenter.Calls;
using CallCenter.Telephony.Wire;

namespace CallCenter.Telephony.Providers;

/// <summary>
/// Asterisk over its manager interface (AMI), and what is built on it: FreePBX, Issabel, VitalPBX. Reading rights
/// (<c>read=call,agent,system,dtmf</c>) are enough.
/// </summary>
/// <remarks>
/// <para>Messages speak of channels and carry no time, so the moment of arrival is the clock. All channels of one
/// conversation share a Linkedid, the Uniqueid of the first; it is the call's id. What surprises:</para>
/// <para>A queue "answers" its callers; only AgentConnect, or without a queue DialEnd ANSWER of a telephone, is an answer.
/// QueueCallerAbandon also comes when the queue gives up; whether the caller did is told by HangupRequest on his leg.
/// DialEnd CANCEL is often sent twice. A Linkedid changes when a leg goes over to another call. Local channels double
/// everything and vanish in mid-call. A wrong number ends as NOANSWER, only the cause of the called leg says that it was
/// wrong. Calls to codes (log in, pause, pick up, parking place) are channels without anybody being dialled: no calls.</para>
/// <para>One who is in several queues pauses in each: a pause without <c>Queue</c> is told once for each of them. QueueMemberStatus repeats all of a
/// member whenever his telephone changes. What a member is called in orders is his interface, which may be a Local channel.</para>
/// <para>https://docs.asterisk.org/Asterisk_22_Documentation/API_Documentation/AMI_Events/</para>
/// </remarks>
sealed partial class Asterisk : IStreamProvider, ICanHangUp, ICanQueue
{
    const string Telephones = $"PJSIP/{Control.ExtensionMark}", OutContext = "from-internal";

    public ProviderInfo Info { get; } = new("asterisk", "Asterisk (AMI)",
        new SettingInfo("host", Required: true),
        new SettingInfo("port", Default: "5038"),
        new SettingInfo("username", Required: true),
        new SettingInfo("secret", Secret: true, Required: true),
        new SettingInfo("auth", Default: "auto", Rare: true) { Choices = ["auto", "md5", "plain"] },
        new SettingInfo("tls", Default: "false"),
        new SettingInfo("tls_name", Rare: true),
        new SettingInfo("tls_insecure", Default: "false", Rare: true),
        new SettingInfo("keep_ignored", Default: "false", Rare: true),
        new SettingInfo("stale_after", Rare: true),
        new SettingInfo("country"),
        new SettingInfo("time_zone"),
        new SettingInfo("trunks"),
        new SettingInfo("lines"),
        new SettingInfo("extensions"),
        Control.Switch,
        new SettingInfo("dial_telephone", Default: Telephones, Rare: true),
        new SettingInfo("dial_queue_member", Rare: true),
        new SettingInfo("dial_context", Default: OutContext, Rare: true),
        new SettingInfo("dial_priority", Default: "1", Rare: true),
        Control.NumberForm,
        new SettingInfo("dial_prefix", Rare: true),
        new SettingInfo("dial_caller_id", Rare: true))
    {
        Proof = "we connect to it: name and password",
        Tells = Tells.Progress | Tells.Ringing | Tells.Queues | Tells.Operators | Tells.Holds | Tells.Transfers | Tells.Parking,
    };

    public object Begin(string connection, Settings settings) => new AsteriskState(connection, settings);

    /// <summary>
    /// Carries a fact of a call or of a snapshot. The rest, four of five messages, need not even be queued by who reads
    /// the link. Decided by the first line alone.
    /// </summary>
    public static bool Matters(ReadOnlySpan<byte> message) => HandlerOf(AmiMessage.NameOfEvent(message)) is not null;

    /// <summary>What is damaged matters too: it is kept with the reason.</summary>
    bool IStreamProvider.Matters(ReadOnlySpan<byte> message) => Matters(message) || !new AmiMessage(message).LooksSound;

    public IReadOnlyCollection<CallKey>? Lasting(object state) => (AsteriskState)state is { IsUnsettled: false } settled ? [.. settled.Lasting] : null;

    public Task<ILink> Connect(Settings settings, LineLimits limits, TimeProvider clock, CancellationToken stop) =>
        AmiLink.Connect(settings, SnapshotActions, limits, clock, stop);

    public Translation Translate(object state, StreamItem item)
    {
        var now = (AsteriskState)state;
        now.Hear(item.At, item.Link);
        return item.Mark switch
        {
            StreamMark.Connected => Connected(now),
            StreamMark.Lost => Lost(now),
            _ => Translate(now, item.Message.Span),
        };
    }

    /// <remarks>
    /// The telephone first, and the dial plan's own way out for the number, so that what holds for a call dialled by hand holds
    /// for this one. Not through a Local channel: that would hide whose call it is. Asynchronous, because otherwise nothing else
    /// is answered on the link while it rings.
    /// </remarks>
    public Order Place(Dialling wish, Settings settings) => new AmiOrder("Originate", true,
        ("Channel", DialString.Of(settings, "dial_telephone", Telephones).Replace(Control.ExtensionMark, wish.Telephone.Text, StringComparison.Ordinal)),
        ("Context", DialString.Of(settings, "dial_context", OutContext)),
        ("Exten", Control.Dialled(wish.Number, settings)),
        ("Priority", DialString.Of(settings, "dial_priority", "1")),
        ("CallerID", $"<{DialString.Of(settings, "dial_caller_id", wish.Telephone.Text)}>"),
        ("Timeout", $"{Control.RingSeconds * 1000}"),
        ("Async", "true"));

    /// <remarks>A channel's Uniqueid serves as well as its name.</remarks>
    public Order HangUp(DialString leg, Settings settings) => new AmiOrder("Hangup", false, ("Channel", leg.Text), ("Cause", "16"));

    /// <remarks>In all queues that he is in. Needs <c>agent</c> in the account's <c>write</c>.</remarks>
    public Order Pause(string member, bool isPaused, string reason) => new AmiOrder("QueuePause", false,
        [("Interface", member), ("Paused", isPaused ? "true" : "false"), .. reason.Length > 0 ? [("Reason", reason)] : Array.Empty<(string, string)>()]);

    /// <remarks>As he is in the queue already, in another one, or as the settings say.</remarks>
    public string? MemberOf(string extension, string queue, QueueRoll roll, Settings settings) =>
        roll.Seats.Where(seat => seat.Extension == extension && seat.Member.Length > 0).OrderByDescending(seat => seat.Queue == queue).Select(seat => seat.Member).FirstOrDefault()
        ?? DialString.Of(settings, "dial_queue_member", DialString.Of(settings, "dial_telephone", Telephones)).Replace(Control.ExtensionMark, DialString.Extension(extension).Text, StringComparison.Ordinal);

    /// <remarks>
    /// Behind a Local channel the state is that of the telephone, else the queue would ring who is talking. Needs <c>agent</c> in the account's <c>write</c>, as
    /// does <see cref="Leave"/>.
    /// </remarks>
    public Order Join(string queue, string member, string extension, string name, bool isPaused, Settings settings) => new AmiOrder("QueueAdd", false,
        [("Queue", queue), ("Interface", member), ("MemberName", name), .. isPaused ? [("Paused", "true")] : Array.Empty<(string, string)>(), .. member.StartsWith("Local/", StringComparison.OrdinalIgnoreCase)
            ? [("StateInterface", DialString.Of(settings, "dial_telephone", Telephones).Replace(Control.ExtensionMark, DialString.Extension(extension).Text, StringComparison.Ordinal))]
            : Array.Empty<(string, string)>()]);

    public Order Leave(string queue, string member) => new AmiOrder("QueueRemove", false, ("Queue", queue), ("Interface", member));

    static Translation Translate(AsteriskState now, ReadOnlySpan<byte> bytes)
    {
        var message = new AmiMessage(bytes);
        if (HandlerOf(message.Event) is { } handler)
        {
            if (message.Damage() is { } damage) return Translation.Unreadable(damage);
            var verdict = handler(now, message);
            if (now.Queuers.Take() is { Count: > 0 } members) verdict = verdict with { Members = members };
            if (now.Seats.Take() is { } roll) verdict = verdict with { Roll = roll };
            if (now.TakeTold() is { Length: > 0 } told) return Translation.Understood(told) with { Members = verdict.Members, Roll = verdict.Roll };
            return now.About is { } call ? verdict with { About = call } : verdict;
        }

        if (message.IsGreeting) return Greeting;
        if (!message.IsWhole) return Translation.Unreadable(message.Damage() ?? "");
        if (!message.Event.IsEmpty) return NoFact;
        return message.Damage() is { } wrong ? Translation.Unreadable(wrong) : Answer;
    }

    delegate Translation Handler(AsteriskState now, AmiMessage message);

    static readonly Translation Greeting = Translation.Ignored("the server's greeting");
    static readonly Translation Answer = Translation.Ignored("an answer to what we asked");
    static readonly Translation Presence = Translation.Ignored("who is in the queues and who pauses is kept with the people, not with calls");
    static readonly Translation NoFact = Translation.Ignored("says nothing of a call that other messages do not say better");
    static readonly Translation Noted = Translation.Ignored("noted; what follows makes it a fact");
    static readonly Translation HalfAChannel = Translation.Ignored("half of a Local channel; the telephone behind it is told of itself");
    static readonly Translation Repeated = Translation.Ignored("told before");
    static readonly Translation NoCall = Translation.Ignored("not a call: nobody is called, as with codes and parking places");
    static readonly Translation Stranger = Translation.Ignored("of a channel that began before we listened; the snapshot settles it");
    static readonly Translation SnapshotItem = Translation.Ignored("part of a snapshot, read when the list is complete");
    static readonly Translation WithoutId = Translation.Unreadable("has no Uniqueid");

    /// <summary>By length first, so that a message that does not matter costs a comparison or two and no memory.</summary>
    static Handler? HandlerOf(ReadOnlySpan<byte> name)
    {
        switch (name.Length)
        {
            case 4:
                return name.SequenceEqual("Hold"u8) ? OnHold : null;
            case 6:
                if (name.SequenceEqual("Hangup"u8)) return OnHangup;
                if (name.SequenceEqual("Unhold"u8)) return OnUnhold;
                if (name.SequenceEqual("Pickup"u8)) return OnPickup;
                return name.SequenceEqual("Status"u8) ? OnStatus : null;
            case 7:
                if (name.SequenceEqual("DialEnd"u8)) return OnDialEnd;
                return name.SequenceEqual("DTMFEnd"u8) ? OnDtmfEnd : null;
            case 8:
                if (name.SequenceEqual("Newstate"u8)) return OnNewstate;
                return name.SequenceEqual("Shutdown"u8) ? OnShutdown : null;
            case 9:
                if (name.SequenceEqual("DialBegin"u8)) return OnDialBegin;
                return name.SequenceEqual("DialState"u8) ? OnDialState : null;
            case 10:
                if (name.SequenceEqual("Newchannel"u8)) return OnNewchannel;
                if (name.SequenceEqual("ParkedCall"u8)) return OnParkedCall;
                return name.SequenceEqual("QueueEntry"u8) ? OnQueueEntry : null;
            case 11:
                if (name.SequenceEqual("BridgeEnter"u8)) return OnBridgeEnter;
                if (name.SequenceEqual("QueueMember"u8)) return OnQueueMember;
                return name.SequenceEqual("FullyBooted"u8) ? OnFullyBooted : null;
            case 12:
                if (name.SequenceEqual("AgentConnect"u8)) return OnAgentConnect;
                return name.SequenceEqual("UnParkedCall"u8) ? OnUnParkedCall : null;
            case 13:
                if (name.SequenceEqual("HangupRequest"u8)) return OnHangupRequest;
                if (name.SequenceEqual("AgentComplete"u8)) return OnAgentComplete;
                return name.SequenceEqual("BlindTransfer"u8) ? OnBlindTransfer : null;
            case 15:
                if (name.SequenceEqual("QueueCallerJoin"u8)) return OnQueueCallerJoin;
                return name.SequenceEqual("CoreShowChannel"u8) ? OnCoreShowChannel : null;
            case 16:
                if (name.SequenceEqual("QueueCallerLeave"u8)) return OnQueueCallerLeave;
                if (name.SequenceEqual("QueueMemberPause"u8) || name.SequenceEqual("QueueMemberAdded"u8)) return OnQueueMember;
                return name.SequenceEqual("AttendedTransfer"u8) ? OnAttendedTransfer : null;
            case 17:
                if (name.SequenceEqual("SoftHangupRequest"u8)) return OnSoftHangupRequest;
                if (name.SequenceEqual("OriginateResponse"u8)) return OnOriginateResponse;
                if (name.SequenceEqual("QueueMemberStatus"u8)) return OnQueueMember;
                return name.SequenceEqual("ParkedCallTimeOut"u8) ? OnParkedCallTimeOut : null;
            case 18:
                if (name.SequenceEqual("QueueMemberRemoved"u8)) return OnQueueMemberRemoved;
                return name.SequenceEqual("QueueCallerAbandon"u8) ? OnQueueCallerAbandon : null;
            case 19:
                return name.SequenceEqual("QueueStatusComplete"u8) ? OnQueueStatusComplete : null;
            case 24:
                return name.SequenceEqual("CoreShowChannelsComplete"u8) ? OnCoreShowChannelsComplete : null;
            default:
                return null;
        }
    }

    // ---- A channel appears, is called, answers ----

    static Translation OnNewchannel(AsteriskState now, AmiMessage message)
    {
        if (message.Text("Uniqueid"u8) is not { } id) return WithoutId;
        var leg = now.Find(message.Bytes("Uniqueid"u8));
        if (leg is { IsListedOnly: false }) return Repeated;

        leg ??= now.Add(id, message.Text("Linkedid"u8) ?? id, message.Text("Channel"u8) ?? "", message.Text("Context"u8));
        leg.IsListedOnly = false;
        leg.Exten = DialledDigits(message.Text("Exten"u8));
        leg.CallerId = message.Text("CallerIDNum"u8);
        leg.CallerName = message.Text("CallerIDName"u8);
        var call = leg.Call;
        if (leg.Kind == LegKind.Local)
        {
            // An agent who keys a code has the caller held and a Local channel made towards whom he asked for.
            if (call.Holders > 0 && leg.Channel.EndsWith(";1", StringComparison.Ordinal)) call.AskedFor = leg.Exten;
            return HalfAChannel;
        }

        if (call.Root != leg || !message.Has("ChannelStateDesc"u8, "Ring"u8)) return Noted;
        call.StartedAt = leg.Since = now.Now;
        call.IsTold = false; // a snapshot may have told it first, coarsely
        if (leg.Kind != LegKind.Trunk) return Noted;

        now.Begin(call, Direction.Inbound, now.Settings.Number(leg.CallerId), leg.Exten is { } did ? now.Settings.Number(did) : null,
            line: leg.Exten, callerName: leg.CallerName);
        return Noted;
    }

    static Translation OnDialBegin(AsteriskState now, AmiMessage message)
    {
        var called = now.Find(message.Bytes("DestUniqueid"u8));
        if (called is null)
        {
            if (message.Text("DestUniqueid"u8) is not { } id) return WithoutId;
            called = now.Add(id, message.Text("DestLinkedid"u8) ?? id, message.Text("DestChannel"u8) ?? "", message.Text("DestContext"u8));
        }

        var caller = now.Find(message.Bytes("Uniqueid"u8));
        var call = called.Call;
        called.DialledBy = caller;
        called.IsOriginated = caller is null && message.Bytes("Uniqueid"u8).IsEmpty;
        call.HasDialled = true;
        if (!called.IsTelephone) return HalfAChannel;
        if (called.Ringing is not null) return Repeated;

        var dialled = SwitchState.NumberIn(message.Text("DialString"u8));
        var isPlacer = called.IsOriginated || caller is { Kind: LegKind.Local, Twin.IsOriginated: true };
        var role = called.Kind == LegKind.Trunk ? LegRole.Outside : isPlacer ? LegRole.Caller : LegRole.Operator;
        var who = role == LegRole.Outside ? dialled ?? called.Number : called.Number;
        called.Ringing = new Ringing(call, who, role);
        call.Open++;
        call.PickedUpBy = null;
        now.Introduce(called, role, message.Text("CallerIDNum"u8));
        return Noted;
    }

    static Translation OnNewstate(AsteriskState now, AmiMessage message)
    {
        if (now.Find(message.Bytes("Uniqueid"u8)) is not { } leg) return Stranger;
        if (!leg.IsTelephone) return HalfAChannel;
        if (message.Has("ChannelState"u8, "6"u8)) leg.IsUp = true;
        if (message.Has("ChannelState"u8, "5"u8)) now.Rings(leg);
        return Noted;
    }

    static Translation OnDialState(AsteriskState now, AmiMessage message)
    {
        if (now.Find(message.Bytes("DestUniqueid"u8)) is not { } leg) return Stranger;
        if (!leg.IsTelephone) return HalfAChannel;
        // Early media (183) is all the ringing that some networks tell.
        if (message.Has("DialStatus"u8, "RINGING"u8) || message.Has("DialStatus"u8, "PROGRESS"u8)) now.Rings(leg);
        return Repeated;
    }

    static Translation OnDialEnd(AsteriskState now, AmiMessage message)
    {
        if (now.Find(message.Bytes("DestUniqueid"u8)) is not { } leg) return Stranger;
        var caller = now.Find(message.Bytes("Uniqueid"u8));
        if (message.Has("DialStatus"u8, "ANSWER"u8))
        {
            if (caller is not null) caller.Reached = leg;
            if (!leg.IsTelephone) return HalfAChannel;
            leg.DialledBy ??= caller;
            leg.IsUp = true;
            leg.Call.PickedUpBy = leg;
            leg.Ringing ??= SwitchState.Unasked(leg, leg.Call);
            leg.Ringing.IsPickedUp = true;
            // A queue may still tell the agent something first, and another may be faster: AgentConnect decides.
            if (leg.Dialler?.Queue is null) now.Answers(leg);
            return Noted;
        }

        if (!leg.IsTelephone) return HalfAChannel;
        now.Stops(leg, ResultOf(leg, message));
        return Repeated;
    }

    /// <summary>
    /// Why a telephone stopped ringing. DialStatus calls a wrong number "no answer", so the cause of the called leg
    /// (Q.850) and its SIP answer are asked first.
    /// </summary>
    static AttemptResult ResultOf(Leg leg, AmiMessage message)
    {
        if (message.Text("Forward"u8) is not null) return AttemptResult.Forwarded;
        if (message.Has("DialStatus"u8, "CANCEL"u8) || message.Has("DialStatus"u8, "ABORT"u8)) return ResultOfStopping(leg);
        if (message.Has("DialStatus"u8, "BUSY"u8)) return AttemptResult.Busy;
        if (message.Has("DialStatus"u8, "CONGESTION"u8) || message.Has("DialStatus"u8, "CHANUNAVAIL"u8)) return AttemptResult.Failed;
        return ResultOfCause(leg);
    }

    static AttemptResult ResultOfStopping(Leg leg) =>
        leg.Cause == 26 || leg.Call.PickedUpBy is { } other && other != leg ? AttemptResult.AnsweredElsewhere
        : leg.Call.CallerGaveUp ? AttemptResult.Cancelled
        : AttemptResult.NotAnswered;

    static AttemptResult ResultOfCause(Leg leg) => (leg.Cause, leg.TechCause) switch
    {
        (_, 486 or 600) or (17, _) => AttemptResult.Busy,
        (_, 603) => AttemptResult.Declined,
        (21, _) => leg.Kind == LegKind.Trunk ? AttemptResult.Failed : AttemptResult.Declined,
        (26, _) => AttemptResult.AnsweredElsewhere,
        (1 or 2 or 3 or 22 or 27 or 28 or 29 or 34 or 38 or 41 or 42 or 44 or 50 or 57 or 58 or 65 or 66 or 79 or 88 or 102 or 111, _) => AttemptResult.Failed,
        _ => AttemptResult.NotAnswered,
    };

    // ---- Queues ----

    static Translation OnQueueCallerJoin(AsteriskState now, AmiMessage message)
    {
        if (now.Find(message.Bytes("Uniqueid"u8)) is not { } leg) return Stranger;
        if (message.Text("Queue"u8) is not { } queue) return Translation.Unreadable("has no Queue");
        now.Joins(leg, queue);
        return Noted;
    }

    static Translation OnQueueCallerAbandon(AsteriskState now, AmiMessage message)
    {
        if (now.Find(message.Bytes("Uniqueid"u8)) is not { } leg) return Stranger;
        leg.HasAbandoned = true;
        return Noted;
    }

    static Translation OnQueueCallerLeave(AsteriskState now, AmiMessage message)
    {
        if (now.Find(message.Bytes("Uniqueid"u8)) is not { } leg) return Stranger;
        if (leg.Queue is null) return Repeated;
        var call = leg.Call;
        // Abandon is told of callers who gave up, of those whose time ran out and of all when the PBX stops.
        now.Leaves(leg, !leg.HasAbandoned ? call.PickedUpBy is not null ? QueueExit.Answered : QueueExit.Unknown
            : leg.HasHungUp ? QueueExit.Abandoned
            : call.IsCutByStop ? QueueExit.Unknown
            : QueueExit.TimedOut);
        return Noted;
    }

    static Translation OnAgentConnect(AsteriskState now, AmiMessage message)
    {
        var member = now.Find(message.Bytes("DestUniqueid"u8));
        if (member is null) return Stranger;
        var telephone = member.Telephone ?? member;
        telephone.Ringing ??= SwitchState.Unasked(telephone, member.Call, NumberOfInterface(message.Text("Interface"u8)));
        now.Answers(telephone);
        return Repeated;
    }

    /// <summary>Only of use when the answer fell into a gap: the time talked, in whole seconds, tells when it was.</summary>
    static Translation OnAgentComplete(AsteriskState now, AmiMessage message)
    {
        var telephone = now.Find(message.Bytes("DestUniqueid"u8))?.Telephone;
        if (telephone?.Ringing is not { IsAnswerEstimated: true } ringing || message.Number("TalkTime"u8) is not { } talked) return Repeated;
        ringing.IsAnswerEstimated = false;
        now.EstimateAnswer(telephone, ringing, now.Now.AddSeconds(-Math.Clamp(talked, 0, 86_400)), message.Text("Queue"u8));
        return Repeated;
    }

    // ---- Hold, transfer, park, pick up ----

    static Translation OnHold(AsteriskState now, AmiMessage message)
    {
        if (now.Find(message.Bytes("Uniqueid"u8)) is not { } leg) return Stranger;
        leg.KeyedAt = null;
        if (leg.IsHolding) return Repeated;
        now.Holds(leg);
        return Noted;
    }

    /// <summary>A transfer by REFER is preceded by an Unhold that no Hold opened.</summary>
    static Translation OnUnhold(AsteriskState now, AmiMessage message)
    {
        if (now.Find(message.Bytes("Uniqueid"u8)) is not { } leg) return Stranger;
        if (!leg.IsHolding) return Repeated;
        now.Resumes(leg);
        return Noted;
    }

    static Translation OnDtmfEnd(AsteriskState now, AmiMessage message)
    {
        if (now.Find(message.Bytes("Uniqueid"u8)) is { IsHolding: true } leg) leg.KeyedAt ??= now.Now;
        return NoFact;
    }

    static Translation OnBlindTransfer(AsteriskState now, AmiMessage message)
    {
        if (now.Find(message.Bytes("TransfererUniqueid"u8)) is not { } leg) return Stranger;
        if (!message.Has("Result"u8, "Success"u8)) return Translation.Ignored("a transfer that did not succeed");
        var byCode = message.Has("IsExternal"u8, "No"u8);
        SwitchState.PassedOn(leg);
        if (leg.Call.IsTold)
            now.Tell(new Transferred(leg.Call.Key, byCode ? leg.KeyedAt ?? now.Now : now.Now, byCode ? TransferKind.BlindCode : TransferKind.Blind,
                SwitchState.NameOf(leg), message.Text("Extension"u8)));
        return NoCall;
    }

    /// <summary>Comes after the bridges have been changed. The consultation was a call of its own and ends with it.</summary>
    static Translation OnAttendedTransfer(AsteriskState now, AmiMessage message)
    {
        var first = now.Find(message.Bytes("OrigTransfererUniqueid"u8));
        var second = now.Find(message.Bytes("SecondTransfererUniqueid"u8));
        if (first is null) return Stranger;
        if (!message.Has("Result"u8, "Success"u8)) return Translation.Ignored("a transfer that did not succeed");

        var byCode = first == second;
        var call = first.Call;
        var target = now.Find(message.Bytes("TransferTargetUniqueid"u8));
        var to = target is null ? call.AskedFor : SwitchState.NameOf(target.Telephone ?? target);
        SwitchState.PassedOn(first);
        if (call.IsTold)
            now.Tell(new Transferred(call.Key, byCode ? first.KeyedAt ?? now.Now : now.Now, byCode ? TransferKind.AttendedCode : TransferKind.Attended,
                SwitchState.NameOf(first), to));
        if (target is not null) now.Move(target, call);
        return NoCall;
    }

    static Translation OnParkedCall(AsteriskState now, AmiMessage message)
    {
        if (now.Find(message.Bytes("ParkeeUniqueid"u8)) is not { } leg) return Stranger;
        if (leg.Call.IsTold)
            now.Tell(new Parked(leg.Call.Key, now.Now, message.Text("ParkingSpace"u8), NumberOfInterface(message.Text("ParkerDialString"u8))));
        return NoCall;
    }

    static Translation OnUnParkedCall(AsteriskState now, AmiMessage message)
    {
        if (now.Find(message.Bytes("ParkeeUniqueid"u8)) is not { } leg) return Stranger;
        if (!leg.Call.IsTold) return NoCall;
        now.Tell(new Retrieved(leg.Call.Key, now.Now, message.Text("ParkingSpace"u8)));
        if (now.Find(message.Bytes("RetrieverUniqueid"u8)) is not { IsTelephone: true } by) return NoCall;

        now.Move(by, leg.Call);
        by.Ringing ??= SwitchState.Unasked(by, leg.Call);
        now.Answers(by);
        return NoCall;
    }

    /// <summary>Nobody took it back in time: the PBX calls who parked it.</summary>
    static Translation OnParkedCallTimeOut(AsteriskState now, AmiMessage message)
    {
        if (now.Find(message.Bytes("ParkeeUniqueid"u8)) is not { Call.IsTold: true } leg) return Stranger;
        now.Tell(new Retrieved(leg.Call.Key, now.Now, message.Text("ParkingSpace"u8)));
        return NoCall;
    }

    /// <summary>A colleague takes a ringing call with a code. His own channel to the code is no call; it goes over to this one.</summary>
    static Translation OnPickup(AsteriskState now, AmiMessage message)
    {
        var target = now.Find(message.Bytes("TargetUniqueid"u8));
        var by = now.Find(message.Bytes("Uniqueid"u8));
        if (target is null || by is not { IsTelephone: true }) return Stranger;

        now.Move(by, target.Call);
        by.DialledBy = target.DialledBy;
        by.Ringing ??= SwitchState.Unasked(by, target.Call);
        target.Call.PickedUpBy = by;
        if (target.IsTelephone) now.Stops(target, AttemptResult.AnsweredElsewhere);
        return Noted;
    }

    static Translation OnOriginateResponse(AsteriskState now, AmiMessage message)
    {
        if (DialledDigits(message.Text("Exten"u8)) is not { } exten) return NoCall;
        return now.Aim(now.Find(message.Bytes("Uniqueid"u8))?.Call ?? PlacedFor(now, message.Text("Channel"u8)), exten) ? Noted : NoCall;
    }

    /// <summary>A failed Originate names no channel, only the telephone it was for.</summary>
    static Conversation? PlacedFor(AsteriskState now, string? telephone) => telephone is null ? null
        : now.Conversations.LastOrDefault(call => call is { AwaitsTarget: true, IsOver: false, Dialled: null, Placer: { } placer }
            && placer.Channel.StartsWith(telephone, StringComparison.Ordinal));

    // ---- The end ----

    static Translation OnHangupRequest(AsteriskState now, AmiMessage message)
    {
        if (now.Find(message.Bytes("Uniqueid"u8)) is not { } leg) return Stranger;
        NoteCause(leg, message);
        leg.HasHungUp = true;
        var call = leg.Call;
        // A telephone that refuses asks for its hang-up too, and so does a caller whom the PBX has played the busy tone.
        if (leg.Ringing is { IsAnswered: false } || call.IsAnswered || call.IsCutByStop || leg != call.Root && leg != call.Placer) return Noted;
        call.CallerGaveUp |= leg.Queue is not null || call.Open > 0 || !call.HasDialled && !call.HasQueued;
        return Noted;
    }

    /// <summary>Cause 4 (AST_SOFTHANGUP_SHUTDOWN) on every channel: the PBX is being stopped.</summary>
    static Translation OnSoftHangupRequest(AsteriskState now, AmiMessage message)
    {
        if (now.Find(message.Bytes("Uniqueid"u8)) is not { } leg) return Stranger;
        if (message.Has("Cause"u8, "4"u8) && !leg.Call.CallerGaveUp) leg.Call.IsCutByStop = true;
        return Noted;
    }

    static Translation OnHangup(AsteriskState now, AmiMessage message)
    {
        if (now.Find(message.Bytes("Uniqueid"u8)) is not { } leg) return Stranger;
        if (leg.IsGone && !leg.IsPresumedGone) return Repeated;
        leg.IsPresumedGone = false;
        NoteCause(leg, message);
        now.Stops(leg, leg.HasPassedOn ? AttemptResult.TransferredOut : leg.Call.CallerGaveUp || leg.Cause == 26 ? ResultOfStopping(leg) : ResultOfCause(leg));
        now.HungUp(leg, $"{message.Text("Cause"u8)} {message.Text("Cause-txt"u8)}".Trim());
        return leg.Call.IsTold ? Noted : NoCall;
    }

    static void NoteCause(Leg leg, AmiMessage message)
    {
        if (message.Number("Cause"u8) is { } cause and not 0) leg.Cause = cause;
        if (message.Number("TechCause"u8) is { } technical) leg.TechCause = technical;
    }

    // ---- Who takes calls of the queues ----

    /// <summary>Each of these says all of a member of one queue; in the list of a snapshot his interface is called Location.</summary>
    static Translation OnQueueMember(AsteriskState now, AmiMessage message)
    {
        var isListed = message.Has("Event"u8, "QueueMember"u8);
        if ((message.Text("Interface"u8) ?? message.Text("Location"u8)) is not { } member || message.Text("Queue"u8) is not { } queue) return Presence;
        now.Seats.Put(new(queue, member, NumberOfInterface(member) ?? "", message.Text("Membership"u8) is not (null or "dynamic")), isListed);
        if (NumberOfInterface(member) is not { } extension) return Presence;
        now.Queuers.Say(member, extension, queue, message.Has("Paused"u8, "1"u8), message.Text("PausedReason"u8), now.Now, isListed);
        return Presence;
    }

    static Translation OnQueueMemberRemoved(AsteriskState now, AmiMessage message)
    {
        if (message.Text("Interface"u8) is { } member && message.Text("Queue"u8) is { } queue)
        {
            now.Queuers.Leave(member, queue, now.Now);
            now.Seats.Leave(queue, member);
        }

        return Presence;
    }

    /// <summary>What changed while nobody listened holds since then.</summary>
    static Translation OnQueueStatusComplete(AsteriskState now, AmiMessage message)
    {
        now.Queuers.EndList(now.LostAt ?? now.Now);
        now.Seats.EndList();
        return Presence;
    }

    // ---- Legs go over to other calls; names and numbers ----

    static Translation OnBridgeEnter(AsteriskState now, AmiMessage message)
    {
        if (now.Find(message.Bytes("Uniqueid"u8)) is not { } leg) return Stranger;
        if (now.FindConversation(message.Bytes("Linkedid"u8)) is { } call && call != leg.Call) now.Move(leg, call);
        if (leg is { Ringing.IsPickedUp: true, DialledBy.Kind: not LegKind.Local }) now.Answers(leg); // whatever was not heard of a queue before
        return NoFact;
    }

    /// <summary>What somebody dialled; <c>s</c>, <c>h</c>, <c>i</c>, <c>t</c> are names of the dial plan.</summary>
    static string? DialledDigits(string? exten) => exten is null or "" or "s" or "h" or "i" or "t" or "o" or "a" ? null : exten;

    /// <summary><c>PJSIP/101</c>, <c>Local/201@from-queue/n</c>: the extension. MemberName beside it is for the eye only.</summary>
    static string? NumberOfInterface(string? name)
    {
        if (name is null) return null;
        var start = name.IndexOf('/') + 1;
        var end = name.AsSpan(start).IndexOfAny('@', '/');
        var number = end < 0 ? name[start..] : name.Substring(start, end);
        return number.Length == 0 ? null : number;
    }
}
