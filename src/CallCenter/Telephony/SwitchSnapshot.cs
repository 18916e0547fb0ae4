using CallCenter.Calls;

namespace CallCenter.Telephony;

/// <summary>A channel as a phone system lists it when asked what goes on.</summary>
/// <param name="IsUp">Somebody picked it up, or it called the phone system and was answered.</param>
/// <param name="WasCalled">The phone system called it; it did not call the phone system.</param>
/// <param name="WasPlaced">The phone system called it to connect it with somebody afterwards.</param>
/// <param name="Dialled">The number that the phone system is having called for it.</param>
/// <param name="Queue">The queue in which it waits, or through which it talks.</param>
/// <param name="Bridge">Whom it talks with, if anybody: the other channels of the same bridge.</param>
readonly record struct ListedChannel(bool IsUp, bool WasCalled, bool WasPlaced, string? Dialled, string? Queue, string? Bridge)
{
    /// <summary>When it joined the queue, where that is listed.</summary>
    public DateTimeOffset? JoinedAt { get; init; }
}

/// <summary>
/// After a lost link nothing is repeated; a snapshot settles what happened meanwhile. What it adds is coarse: a channel's
/// age is whole seconds, and when somebody answered cannot be asked.
/// </summary>
abstract partial class SwitchState
{
    /// <summary>A channel this young may have been made while the list was.</summary>
    static readonly TimeSpan TooYoungToMiss = TimeSpan.FromSeconds(2);

    /// <summary>What was estimated when an answer came may be later than the event that tells of the restart; the end is not before it.</summary>
    public void EndAllAsRestarted(DateTimeOffset at)
    {
        if (at < lastEstimate) at = lastEstimate;
        foreach (var call in Lasting.ToList()) Tell(new CallLost(call, at, "pbx_restarted"));
        ForgetAll();
    }

    /// <summary>Catches up with the calls that last, after a gap.</summary>
    public void CatchUp(List<(Leg Leg, ListedChannel Is)> channels)
    {
        UniteBridged(channels);
        foreach (var call in channels.GroupBy(channel => channel.Leg.Call)) CatchUp(call.Key, [.. call]);
    }

    /// <summary>Who picked up for a colleague, or took a parked caller back, keeps the id of his call to the code for a while.</summary>
    void UniteBridged(List<(Leg Leg, ListedChannel Is)> channels)
    {
        foreach (var bridge in channels.Where(channel => channel.Is.Bridge is not null && channel.Leg.IsTelephone).GroupBy(channel => channel.Is.Bridge))
        {
            var legs = bridge.Select(channel => channel.Leg).ToList();
            if (legs.TrueForAll(leg => leg.Call == legs[0].Call)) continue;
            var host = legs.Find(leg => leg.Call.IsTold) ?? legs.Find(leg => leg.Kind == LegKind.Trunk) ?? legs.MinBy(leg => leg.Since)!;
            foreach (var leg in legs.Where(leg => leg.Call != host.Call && !leg.Call.IsTold && leg.Call.Root == leg))
            {
                Move(leg, host.Call);
                leg.Ringing ??= Unasked(leg, host.Call);
            }
        }
    }

    void CatchUp(Conversation call, List<(Leg Leg, ListedChannel Is)> channels)
    {
        if (call.IsOver) return;
        var telephones = channels.FindAll(channel => channel.Leg.IsTelephone);
        if (!call.IsTold && !TryIntroduce(call, telephones, isPlaced: channels.Exists(channel => channel.Is.WasPlaced)))
        {
            call.HasDialled |= telephones.Exists(telephone => telephone.Is.WasCalled); // it calls nobody, it was called
            return;
        }

        foreach (var (leg, channel) in telephones)
        {
            if (leg.Ringing is null && channel.WasCalled) EstimateCalled(leg);
            else if (leg.Ringing is null && leg.Kind == LegKind.Extension && leg != call.Root && channel.Bridge is not null
                && telephones.Exists(other => other.Leg != leg && other.Is.Bridge == channel.Bridge && !other.Is.WasCalled))
                leg.Ringing = Unasked(leg, call); // has taken the caller over: from parking, or with a code

            if (leg.Ringing is not { } ringing || ringing.Call != call) continue;
            if (!ringing.IsTold && !ringing.IsAnswered && channel.WasCalled) EstimateRinging(leg, ringing);
            if (ringing.IsAnswered || !channel.IsUp) continue; // a telephone that was called is up only when somebody picked it up
            MarkAnswered(ringing);
            ringing.IsAnswerEstimated = true;
            EstimateAnswer(leg, ringing, Now, null);
        }

        var isServed = telephones.Exists(telephone => telephone.Is is { WasCalled: true, IsUp: true });
        foreach (var (leg, channel) in telephones) CatchQueue(leg, channel, isServed);
    }

    /// <summary>The call began before we listened. A code or a parking place that somebody listens to is none.</summary>
    /// <param name="isPlaced">The phone system itself called somebody first: click to call.</param>
    bool TryIntroduce(Conversation call, List<(Leg Leg, ListedChannel Is)> telephones, bool isPlaced)
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
            Begin(call, Direction.Inbound, Settings.Number(caller.CallerId), caller.Exten is { } did ? Settings.Number(did) : null,
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

        var number = telephones.Find(telephone => telephone.Is.Dialled is not null).Is.Dialled ?? trunk?.CallerId;
        var from = caller is null ? null : PhoneNumber.Internal(caller.Number);
        if (trunk is not null || call.AwaitsTarget)
        {
            call.Dialled = number;
            call.WantsNumber = number is null && !call.AwaitsTarget;
            Begin(call, Direction.Outbound, from, number is null ? null : Settings.Number(number), placedBy: caller?.Number, coarse: true);
        }
        else
        {
            var to = caller?.Exten ?? number ?? telephones.Find(telephone => telephone.Leg != caller).Leg?.Number;
            Begin(call, Direction.Internal, from, to is null ? null : PhoneNumber.Internal(to), placedBy: caller?.Number, coarse: true);
        }

        return true;
    }

    /// <summary>A channel that was called before we listened, or while we did not.</summary>
    void EstimateCalled(Leg leg)
    {
        var call = leg.Call;
        var role = leg.Kind == LegKind.Trunk ? LegRole.Outside : leg == call.Placer ? LegRole.Caller : LegRole.Operator;
        leg.Ringing = new Ringing(call, role == LegRole.Outside ? call.Dialled ?? leg.CallerId ?? leg.Number : leg.Number, role);
        call.Open++;
        call.HasDialled = true;
    }

    void CatchQueue(Leg leg, ListedChannel channel, bool isServed)
    {
        var call = leg.Call;
        var isWaiting = channel.Queue is not null && channel.Bridge is null && !isServed;
        if (leg.Queue is { } before && (!isWaiting || before != channel.Queue))
        {
            leg.Queue = null;
            var isAnswered = before == channel.Queue;
            EstimateLeave(call, isAnswered ? Now : LostAt ?? Now, before, isAnswered ? QueueExit.Answered : QueueExit.Unknown);
        }
        else if (channel.Queue is { } served && !isWaiting && !call.HasQueued)
        {
            EstimateJoin(call, channel.JoinedAt ?? leg.Since, served);
            EstimateLeave(call, Now, served, QueueExit.Answered);
        }

        if (!isWaiting || leg.Queue == channel.Queue) return;
        leg.Queue = channel.Queue;
        leg.HasAbandoned = false;
        call.LastExit = null;
        EstimateJoin(call, channel.JoinedAt ?? leg.Since, channel.Queue!);
    }

    /// <summary>When somebody was last found to talk; by our clock, as lists of channels carry no time.</summary>
    DateTimeOffset lastEstimate;

    void EstimateRinging(Leg leg, Ringing ringing)
    {
        ringing.IsTold = true;
        Tell(new AttemptStarted(ringing.Call.Key, leg.Since, leg.Id, ringing.Who, ringing.Role) { Coarse = true, ToldAs = $"snapshot:rang:{leg.Id}" });
    }

    /// <summary>Told again with a better estimate, the earlier one counts.</summary>
    public void EstimateAnswer(Leg leg, Ringing ringing, DateTimeOffset at, string? queue)
    {
        if (at < leg.Since) at = leg.Since;
        if (at > lastEstimate) lastEstimate = at;
        Tell(new AttemptAnswered(ringing.Call.Key, at, leg.Id, ringing.Who, ringing.Role) { Coarse = true, ToldAs = $"snapshot:answered:{leg.Id}" });
        if (queue is not null) EstimateLeave(ringing.Call, at, queue, QueueExit.Answered);
    }

    public void EstimateJoin(Conversation call, DateTimeOffset at, string queue)
    {
        call.HasQueued = true;
        Tell(new QueueJoined(call.Key, at, queue) { Coarse = true, ToldAs = $"snapshot:joined:{queue}" });
    }

    public void EstimateLeave(Conversation call, DateTimeOffset at, string queue, QueueExit exit)
    {
        call.LastExit = exit;
        Tell(new QueueLeft(call.Key, at, queue, exit) { Coarse = true, ToldAs = $"snapshot:left:{queue}" });
    }

    /// <summary>
    /// Channels that exist no more. After a gap they ended unseen. Without one the message of their end is on its way, or
    /// was lost: two snapshots must miss them.
    /// </summary>
    /// <param name="resultOf">Why a telephone that stopped unseen is most likely to have stopped.</param>
    public void MissTheRest(HashSet<Leg> listed, Func<Leg, AttemptResult> resultOf)
    {
        var unseen = AllLegs.Where(leg => !leg.IsGone && !listed.Contains(leg)
            && (leg.Link != Link || Now - leg.Since > TooYoungToMiss)).ToList();
        foreach (var leg in unseen)
        {
            if (leg.Link == Link && !leg.IsDoubtful)
            {
                leg.IsDoubtful = true;
                continue;
            }

            var at = leg.Link != Link ? LostAt ?? Now : Now;
            Stops(leg, resultOf(leg), at);
            leg.IsPresumedGone = true;
            Go(leg);
            LoseIfEmpty(leg.Call, at);
            if (FindConversation(leg.Id) is { } own) LoseIfEmpty(own, at);
        }
    }

    /// <summary>No telephone is left in it, and nobody heard the last one go.</summary>
    public void LoseIfEmpty(Conversation call, DateTimeOffset at)
    {
        if (call is not { Alive: 0, IsTold: true, IsOver: false, IsLost: false }) return;
        call.IsLost = true;
        Tell(new CallLost(call.Key, at, "not_in_snapshot"));
    }

    /// <summary>The snapshot has been read: what is listed is of this link, and nothing is in doubt any more.</summary>
    public void Settle(IEnumerable<Leg> listed)
    {
        foreach (var leg in listed) (leg.Link, leg.IsDoubtful) = (Link, false);
        LostAt = null;
        IsUnsettled = false;
    }
}
