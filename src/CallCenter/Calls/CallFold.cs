namespace CallCenter.Calls;

/// <summary>Makes a call of a set of events. Sorts them first, so the order in which they became known is of no account.</summary>
sealed class CallFold
{
    static readonly TimeSpan ShortAbandon = TimeSpan.FromSeconds(5);

    /// <summary>A coarse telling (whole seconds) of joining or leaving a queue this near an exact one is the same fact.</summary>
    static readonly TimeSpan CoarseReach = TimeSpan.FromSeconds(2);

    /// <summary>What belongs to a transfer by code or to parking is told within this time of it.</summary>
    static readonly TimeSpan CodeReach = TimeSpan.FromSeconds(1);

    readonly CallKey key;
    readonly List<CallEvent> events;
    readonly List<CallStarted> starts;

    Direction direction;
    PhoneNumber? from, to;
    string? line, placedBy, callerName, recording, rawCause;
    DateTimeOffset? queuedAt, ringingAt, answeredAt, endedAt, lostAt;
    EndCause cause;
    CallEnded? presumedEnd, coarseEnd;
    bool voicemail, parked, isLost;
    string? answeredBy, answeredQueue;
    readonly List<QueueVisit> queues = [];
    readonly List<Attempt> attempts = [];
    readonly Dictionary<string, int> attemptOf = [];
    readonly Dictionary<int, string> contactOf = [];
    readonly HashSet<int> paired = [];
    readonly List<Transfer> transfers = [];
    readonly List<(Hold Hold, string Leg)> holds = [];
    readonly HashSet<string> legsOver = [];

    public CallFold(CallKey key, IEnumerable<CallEvent> told)
    {
        this.key = key;
        var byIdentity = new Dictionary<string, CallEvent>();
        foreach (var happened in told)
            if (!byIdentity.TryGetValue(happened.Identity, out var known) || IsEarlier(happened, known))
                byIdentity[happened.Identity] = happened;
        events = [.. byIdentity.Values];
        events.Sort(CallEvent.Compare);
        starts = [.. events.OfType<CallStarted>().OrderBy(started => started.Coarse)];
        if (events.Exists(happened => happened.Coarse))
            events.RemoveAll(happened => happened.Coarse && events.Exists(other => !other.Coarse && IsSameFact(happened, other)));
    }

    /// <summary>Of two tellings with one identity the earlier counts; the store keeps the same one.</summary>
    public static bool IsEarlier(CallEvent happened, CallEvent known) =>
        (happened.At, happened.Order).CompareTo((known.At, known.Order)) < 0;

    public Call? Result()
    {
        // A recording's address may come long before, or without, anything that says that there was a call.
        if (events.TrueForAll(happened => happened is RecordingMade or VoicemailLeft or HoldStarted or HoldEnded or CallLinked or CallLost or CallEnded { Coarse: true })) return null;

        // Who talks to whom may be told last, but whose answer counts depends on it.
        direction = DirectionTold();
        foreach (var started in starts) Start(started);
        foreach (var happened in events) Apply(happened);

        if (endedAt is null && EndOfAnyKind() is { } known) (endedAt, cause, rawCause) = (known.At, known.Cause, known.RawCause);
        if (endedAt is not null && cause == EndCause.Unknown && coarseEnd is { } record) (cause, rawCause) = (record.Cause, rawCause ?? record.RawCause);
        if (endedAt is null && lostAt is not null) (endedAt, isLost) = (lostAt, true);
        if (endedAt is { } end) CloseWhatIsOpen(end);
        NameTheLosers();

        return new Call
        {
            Connection = key.Connection,
            ProviderCallId = key.Id,
            Direction = direction,
            From = from,
            To = to,
            Line = line,
            CallerName = callerName,
            Queue = answeredQueue ?? (queues.Count > 0 ? queues[^1].Queue : null),
            Queues = queues,
            Operator = OperatorOfCall() is { Length: > 0 } name ? name : null,
            Attempts = attempts,
            State = State(),
            Outcome = endedAt is null ? null : Outcome(),
            MissedReason = direction == Direction.Inbound && endedAt is not null && answeredAt is null ? Reason() : null,
            StartedAt = events[0].At,
            QueuedAt = queuedAt,
            RingingAt = ringingAt,
            AnsweredAt = answeredAt,
            EndedAt = endedAt,
            Transfers = transfers,
            Holds = [.. holds.Select(hold => hold.Hold)],
            Voicemail = voicemail,
            Recording = recording,
            HangupCause = rawCause,
            Stale = isLost,
        };
    }

    static bool IsSameFact(CallEvent coarse, CallEvent exact) => (coarse, exact) switch
    {
        (AttemptStarted a, AttemptStarted b) => a.Leg == b.Leg,
        (AttemptAnswered a, AttemptAnswered b) => a.Leg == b.Leg || a.Leg.Length == 0,
        (AttemptEnded a, AttemptEnded b) => a.Leg == b.Leg,
        (CallStarted, CallStarted) => true,
        (QueueJoined a, QueueJoined b) => a.Queue == b.Queue && (a.At - b.At).Duration() <= CoarseReach,
        (QueueLeft a, QueueLeft b) => a.Queue == b.Queue && (a.At - b.At).Duration() <= CoarseReach,
        (Transferred a, Transferred b) => (a.At - b.At).Duration() <= CoarseReach,
        (RecordingMade, RecordingMade) => true, // addresses of one recording are signed anew whenever they are told
        _ => false,
    };

    void Apply(CallEvent happened)
    {
        // Given up for lost, or for over, and then somebody does something in it: it was not.
        if (happened is QueueJoined or AttemptStarted or AttemptAnswered or HoldStarted or HoldEnded or Parked or Retrieved or Transferred) (lostAt, presumedEnd) = (null, null);
        switch (happened)
        {
            case CallStarted or CallLinked: break;
            case QueueJoined joined: Join(joined); break;
            case QueueLeft left: Leave(left); break;
            case AttemptStarted started: Ring(started); break;
            case AttemptAnswered answered: Answer(answered); break;
            case AttemptEnded ended: EndAttempt(ended); break;
            case HoldStarted held:
                if (answeredAt is not null && OpenHold(held.Leg) < 0) holds.Add((new Hold(held.At, null), held.Leg));
                break;
            case HoldEnded resumed: EndHold(OpenHold(resumed.Leg), resumed.At); break;
            case Transferred moved: Transfer(moved); break;
            case Parked put: Park(put); break;
            case Retrieved: parked = false; break;
            case VoicemailLeft: voicemail = true; break;
            case RecordingMade made: recording ??= made.Reference; break;
            case CallEnded { Presumed: true } ended: Presume(ended); break;
            case CallEnded ended when ended.Leg is not null && ended.Leg != CallersLeg: break;
            case CallEnded { Coarse: true } ended:
                coarseEnd = Later(coarseEnd, ended);
                break;
            case CallEnded ended:
                // Several ends (each party's) are one end: the first that gives a cause says why, the last says when.
                if (cause is EndCause.Unknown or EndCause.Normal) (cause, rawCause) = (ended.Cause, ended.RawCause ?? rawCause);
                endedAt = ended.At;
                break;
            case CallLost lost: lostAt ??= lost.At; break;
            default: throw new InvalidOperationException($"No rule for {happened.GetType().Name}.");
        }
    }

    /// <summary>The last that an exact telling says, else the last that anyone does.</summary>
    Direction DirectionTold()
    {
        bool Knows(CallStarted started) => started.Direction != Direction.Unknown;
        return (starts.FindLast(started => !started.Coarse && Knows(started)) ?? starts.FindLast(Knows))?.Direction ?? Direction.Unknown;
    }

    /// <summary>Who placed an outbound call, if only by having been rung first; otherwise who answered.</summary>
    string? OperatorOfCall() => direction == Direction.Outbound
        ? placedBy ?? attempts.Find(attempt => attempt.Role != LegRole.Outside)?.Operator
        : answeredBy;

    void Start(CallStarted started)
    {
        from ??= started.From;
        to ??= started.To;
        line ??= started.Line;
        placedBy ??= started.Operator;
        callerName ??= started.CallerName;
    }

    string? CallersLeg => starts.Find(started => started.Leg is not null)?.Leg;

    void Presume(CallEnded ended)
    {
        if (ended.Leg is not null) legsOver.Add(ended.Leg);
        if (attempts.Exists(attempt => attempt.EndedAt is null) || starts.Exists(started => started.Leg is { } leg && started.At <= ended.At && !legsOver.Contains(leg))) return;
        presumedEnd = Later(presumedEnd, ended);
    }

    /// <summary>Several ends are one: the first that gives a cause says why, the last says when.</summary>
    static CallEnded Later(CallEnded? known, CallEnded ended) =>
        known is { Cause: not (EndCause.Unknown or EndCause.Normal) } ? known with { At = ended.At } : ended with { RawCause = ended.RawCause ?? known?.RawCause };

    /// <summary>When no exact telling says it: what was presumed, unless a record knows that the call went on after that.</summary>
    CallEnded? EndOfAnyKind() => coarseEnd is { } coarse && !(presumedEnd?.At >= coarse.At - CoarseReach) ? coarse : presumedEnd;

    void Join(QueueJoined joined)
    {
        if (queues.Exists(visit => visit.Queue == joined.Queue && visit.LeftAt is null)) return;
        // A caller waits in one queue at a time, whether or not anybody told that he left the other.
        for (var i = 0; i < queues.Count; i++)
            if (queues[i].LeftAt is null) queues[i] = queues[i] with { LeftAt = joined.At, Reason = QueueExit.Unknown };
        queuedAt ??= joined.At;
        queues.Add(new QueueVisit(joined.Queue, joined.At, null, null));
    }

    void Leave(QueueLeft left)
    {
        var open = queues.FindLastIndex(visit => visit.Queue == left.Queue && visit.LeftAt is null);
        if (open >= 0) queues[open] = queues[open] with { LeftAt = left.At, Reason = left.Reason };
    }

    void Ring(AttemptStarted started)
    {
        var known = IndexOf(started.Leg);
        if (known >= 0 && attempts[known].EndedAt is null) return;
        ringingAt ??= started.At;
        var (name, role) = WhoseTelephone(started.Operator, started.Role);
        var index = known < 0 ? PairOf(name, started.Contact) : -1;
        if (index >= 0)
        {
            paired.Add(index);
            attempts[index] = attempts[index] with { RangAt = attempts[index].RangAt ?? started.At };
            if (started.Contact is not null || attempts[index].Operator.Length == 0) Rename(index, name, role);
        }
        else
        {
            index = Add(new Attempt(name, started.At, null, null, AttemptResult.Rang, role, started.Leg));
            if (started.Contact is not null) contactOf[index] = started.Contact;
        }

        attemptOf[started.Leg] = index;
    }

    void Answer(AttemptAnswered answered)
    {
        var index = IndexOf(answered.Leg);
        if (index < 0 && answered is { Leg: "", Operator: { Length: > 0 } told })
            attemptOf[""] = index = attempts.FindLastIndex(attempt => attempt.Operator == told && attempt.EndedAt is null); // who names no leg means his telephone that rings
        if (index < 0 && answered.IfRung) return;
        if (index < 0)
        {
            var (name, role) = WhoseTelephone(answered.Operator ?? answered.Leg, answered.Role);
            index = PairOf(name, null);
            if (index >= 0)
            {
                paired.Add(index);
                if (attempts[index].Operator.Length == 0) Rename(index, name, role);
            }
            else index = Add(new Attempt(name, null, null, null, AttemptResult.Rang, role, answered.Leg));
            attemptOf[answered.Leg] = index;
        }

        var attempt = attempts[index];
        if (attempt.AnsweredAt is not null) return;
        // A telephone that was told to have ended and answers after all (two clocks, one instant) did answer.
        attempts[index] = attempt = attempt with { AnsweredAt = answered.At, Result = AttemptResult.Answered, Handle = answered.Handle };
        if (!IsTheAnswer(attempt)) return;

        parked = false;
        if (answeredAt is not null) return;
        answeredAt = answered.At;
        answeredBy = attempt.Operator;
        answeredQueue = queues.Count > 0 ? queues[^1].Queue : null;
    }

    int IndexOf(string leg) => attemptOf.GetValueOrDefault(leg, -1);

    int Add(Attempt attempt)
    {
        attempts.Add(attempt);
        return attempts.Count - 1;
    }

    (string Name, LegRole Role) WhoseTelephone(string told, LegRole? role) => role is { } known ? (told, known)
        : direction == Direction.Outbound ? (to?.Raw ?? told, LegRole.Outside) : (told, LegRole.Operator);

    /// <summary>The attempt that is this one told by the other of distributor and telephone, or -1.</summary>
    int PairOf(string name, string? contact)
    {
        for (var i = 0; i < attempts.Count; i++)
        {
            if (attempts[i].EndedAt is not null || paired.Contains(i)) continue;
            if (contact is null && attempts[i].Operator.Length == 0) return i; // nobody said whose telephone it was: this one's
            var isOffer = contactOf.TryGetValue(i, out var offeredTo);
            if (contact is null ? isOffer && offeredTo == name : !isOffer && attempts[i].Operator == contact) return i;
        }

        return -1;
    }

    /// <summary>The distributor knows the person, the telephone only its own address.</summary>
    void Rename(int index, string name, LegRole role)
    {
        if (answeredBy == attempts[index].Operator) answeredBy = name;
        attempts[index] = attempts[index] with { Operator = name, Role = role };
    }

    bool IsTheAnswer(Attempt attempt) => direction switch
    {
        Direction.Outbound => attempt.Role == LegRole.Outside,
        _ => attempt.Role != LegRole.Caller,
    };

    void EndAttempt(AttemptEnded ended)
    {
        var index = IndexOf(ended.Leg);
        if (index < 0)
        {
            if (ended.Operator is not null)
                attemptOf[ended.Leg] = Add(new Attempt(ended.Operator, null, null, ended.At, ended.Result, ended.Role ?? LegRole.Operator, ended.Leg));
            return;
        }

        var attempt = attempts[index];
        if (attempt.EndedAt is not null) return;
        attempts[index] = attempt with
        {
            EndedAt = ended.At,
            Result = attempt.AnsweredAt is null ? ended.Result
                : ended.Result == AttemptResult.TransferredOut ? AttemptResult.TransferredOut : AttemptResult.Answered,
        };
    }

    void Transfer(Transferred moved)
    {
        for (var i = holds.Count - 1; i >= 0; i--)
        {
            var (hold, leg) = holds[i];
            var holder = IndexOf(leg) is >= 0 and var index ? attempts[index].Operator : placedBy; // who places a call has no attempt
            if (holder != moved.From) continue;
            // The phone system holds the caller while the agent keys in whom he wants: that is no hold of the agent's.
            if (moved.Kind is TransferKind.BlindCode or TransferKind.AttendedCode && (hold.To is null || moved.At - hold.To <= CodeReach)) holds.RemoveAt(i);
            else EndHold(i, moved.At); // the hold to ask a colleague ends with the transfer
        }

        transfers.Add(new Transfer(moved.Kind, moved.From, moved.To, moved.At));
    }

    /// <summary>Parking is often told twice: as a transfer to the parking number and as itself.</summary>
    void Park(Parked put)
    {
        parked = true;
        if (transfers.Count > 0 && transfers[^1] is { Kind: TransferKind.Blind or TransferKind.BlindCode } last && put.At - last.At <= CodeReach)
            transfers[^1] = last with { Kind = TransferKind.Park };
        else if (transfers.Count == 0 || transfers[^1].Kind != TransferKind.Park || transfers[^1].At != put.At)
            transfers.Add(new Transfer(TransferKind.Park, put.By ?? answeredBy, put.Slot, put.At));
    }

    int OpenHold(string leg) => holds.FindLastIndex(hold => hold.Leg == leg && hold.Hold.To is null);

    void EndHold(int index, DateTimeOffset at)
    {
        if (index >= 0 && holds[index].Hold.To is null) holds[index] = holds[index] with { Hold = holds[index].Hold with { To = at } };
    }

    void CloseWhatIsOpen(DateTimeOffset end)
    {
        // News of the answer that comes with the time of its receipt can be later than the end. It was not.
        if (answeredAt > end) answeredAt = end;
        for (var i = 0; i < queues.Count; i++)
            if (queues[i].LeftAt is null)
                queues[i] = queues[i] with { LeftAt = answeredAt >= queues[i].JoinedAt ? answeredAt : end, Reason = answeredAt is null ? QueueExit.Abandoned : QueueExit.Answered };
        for (var i = 0; i < holds.Count; i++) EndHold(i, end);
        for (var i = 0; i < attempts.Count; i++)
        {
            if (attempts[i].AnsweredAt > end) attempts[i] = attempts[i] with { AnsweredAt = end };
            var attempt = attempts[i];
            if (attempt.EndedAt is null)
                attempts[i] = attempt with
                {
                    EndedAt = end < attempt.RangAt ? attempt.RangAt : end,
                    Result = attempt.AnsweredAt is null ? AttemptResult.Cancelled : attempt.Result,
                };
        }
    }

    /// <summary>A telephone that stopped ringing when a colleague picked up is not one that the caller gave up on.</summary>
    void NameTheLosers()
    {
        if (direction == Direction.Outbound || answeredAt is null) return;
        for (var i = 0; i < attempts.Count; i++)
            if (attempts[i] is { AnsweredAt: null, Result: AttemptResult.Cancelled } loser && loser.RangAt <= answeredAt && loser.EndedAt >= answeredAt)
                attempts[i] = loser with { Result = AttemptResult.AnsweredElsewhere };
    }

    CallState State()
    {
        if (endedAt is not null) return CallState.Ended;
        if (answeredAt is not null) return parked || holds.Exists(hold => hold.Hold.To is null) ? CallState.OnHold : CallState.Answered;
        if (attempts.Exists(attempt => attempt.EndedAt is null && attempt.AnsweredAt is null)) return CallState.Ringing;
        return queues.Exists(visit => visit.LeftAt is null) || direction == Direction.Inbound && ringingAt is null
            ? CallState.Queued
            : CallState.Ringing;
    }

    CallOutcome Outcome()
    {
        if (answeredAt is not null) return CallOutcome.Completed;
        if (isLost) return CallOutcome.Failed;
        return cause switch
        {
            EndCause.Cancelled => CallOutcome.Cancelled,
            EndCause.NoAnswer or EndCause.Closed => CallOutcome.NoAnswer,
            EndCause.Busy => CallOutcome.Busy,
            EndCause.Failed => CallOutcome.Failed,
            EndCause.Unknown or EndCause.Normal => OutcomeOfWhatHappened(),
            _ => throw new InvalidOperationException($"No rule for {cause}."),
        };
    }

    /// <summary>The phone system does not say how it ended, so the queue and the telephones tell.</summary>
    CallOutcome OutcomeOfWhatHappened()
    {
        if (queues.Count > 0)
            return queues[^1].Reason is QueueExit.TimedOut or QueueExit.Refused ? CallOutcome.NoAnswer : CallOutcome.Cancelled;
        if (attempts.Count == 0) return direction == Direction.Inbound ? CallOutcome.Cancelled : CallOutcome.Failed;
        // That the operator's own telephone rang first says nothing about the other side.
        var rung = direction == Direction.Outbound && attempts.Exists(attempt => attempt.Role == LegRole.Outside)
            ? attempts.FindAll(attempt => attempt.Role == LegRole.Outside)
            : attempts;
        if (rung.TrueForAll(attempt => attempt.Result is AttemptResult.Busy or AttemptResult.Declined)) return CallOutcome.Busy;
        if (rung.TrueForAll(attempt => attempt.Result == AttemptResult.Failed)) return CallOutcome.Failed;
        return rung.Exists(attempt => attempt.Result == AttemptResult.Cancelled) ? CallOutcome.Cancelled : CallOutcome.NoAnswer;
    }

    MissedReason Reason()
    {
        if (queues.Count > 0 && queues[^1].Reason == QueueExit.CallbackRequested) return MissedReason.CallbackRequested;
        if (cause == EndCause.Closed) return MissedReason.OutOfHours;
        var reached = queuedAt is not null || ringingAt is not null;
        return Outcome() switch
        {
            CallOutcome.Failed => MissedReason.FailedTechnical,
            CallOutcome.Busy => MissedReason.AllBusy,
            CallOutcome.Cancelled when !reached => MissedReason.AbandonedInIvr,
            CallOutcome.Cancelled when endedAt - (queuedAt ?? ringingAt) < ShortAbandon => MissedReason.ShortAbandon,
            CallOutcome.Cancelled => MissedReason.AbandonedWaiting,
            CallOutcome.NoAnswer when queues.Count > 0 && queues[^1].Reason == QueueExit.TimedOut => MissedReason.QueueTimeout,
            CallOutcome.NoAnswer when queues.Count > 0 && queues[^1].Reason == QueueExit.Refused => MissedReason.NoAgentLoggedIn,
            CallOutcome.NoAnswer when ringingAt is not null => MissedReason.NotAnswered,
            CallOutcome.NoAnswer => MissedReason.NoAgentLoggedIn,
            var outcome => throw new InvalidOperationException($"No reason for {outcome}."),
        };
    }
}
