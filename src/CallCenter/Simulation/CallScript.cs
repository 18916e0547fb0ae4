using CallCenter.Calls;
using static CallCenter.Telephony.Providers.SimulatedPhoneSystem;

namespace CallCenter.Simulation;

/// <summary>
/// Draws the lives of calls: how long somebody waits, who is rung, who picks up, what becomes of it. Pure but for its
/// dice and the room's memory of who is busy: the same seed draws the same calls.
/// </summary>
sealed class CallScript(PartsSeller company, PhoneRoom room, Random chance)
{
    const int RungAtOnceMax = 6;

    static readonly TimeSpan QueueMax = TimeSpan.FromSeconds(100);
    static readonly TimeSpan ShortAbandon = TimeSpan.FromSeconds(5);

    /// <summary>A customer rings. Out of hours nobody is there to take it.</summary>
    public ScriptedCall Inbound(string id, DateTimeOffset at, Customer customer, string? number)
    {
        var pick = chance.Next(100);
        var line = company.Lines.First(line => (pick -= line.Share) < 0);
        var raw = number is null ? PartsSeller.Withheld(chance) : PartsSeller.Spell(number, chance);
        var telling = new Telling(id, customer, number, Direction.Inbound);
        telling.Say("call.started", at, new("") { From = raw, To = line.Number, Line = line.Number, Name = number is null ? null : customer.Name, Result = "inbound" });

        if (!room.IsOpen(at)) return OutOfHours(telling, at);
        if (Happens(0.012)) return telling.End("failed", at + Seconds(0.2, 2), EndCause.Failed, CallOutcome.Failed, MissedReason.FailedTechnical);
        if (line.Queue is null) return Direct(telling, at);

        var menu = Seconds(2, 9);
        return Happens(0.018)
            ? telling.End("abandoned in the menu", at + Seconds(0.8, 6), EndCause.Cancelled, CallOutcome.Cancelled, MissedReason.AbandonedInIvr)
            : Wait(telling, at + menu, company.Queue(line.Queue));
    }

    /// <summary>An operator rings a customer. Null when nobody is free to.</summary>
    public ScriptedCall? Outbound(string id, DateTimeOffset at, Customer customer, string number)
    {
        if (room.Anybody(at, chance) is not { } person) return null;
        var dialled = PartsSeller.Spell(number, chance).Replace(" ", "", StringComparison.Ordinal);
        var telling = new Telling(id, customer, number, Direction.Outbound) { Operator = person.Extension };
        telling.Say("call.started", at, new("")
        {
            From = person.Extension,
            To = dialled,
            Line = PartsSeller.MainNumber,
            Who = person.Extension,
            Name = customer.Name,
            Result = "outbound",
        });

        var t = at;
        if (Happens(0.3))
        {
            // Click-to-call: the operator's own telephone rings first, and its answer is not the call's.
            telling.Leg("leg.ringing", t += Seconds(0.1, 0.4), "own", person.Extension, role: LegRole.Caller);
            telling.Leg("leg.answered", t += Seconds(1, 4), "own", person.Extension, role: LegRole.Caller);
        }

        telling.Leg("leg.ringing", t += Seconds(0.6, 3), "out", dialled, role: LegRole.Outside);
        var fate = chance.NextDouble();
        if (fate < 0.66)
        {
            t += Seconds(4, 21);
            telling.Leg("leg.answered", t, "out", dialled, role: LegRole.Outside);
            telling.Wait = t - at;
            t += Talk();
            telling.Leg("leg.ended", t, "out", result: AttemptResult.Answered);
            Occupy(person, t);
            return telling.End("outbound answered", t, EndCause.Normal, CallOutcome.Completed, null);
        }

        var (scenario, rings, leg, cause, outcome) = fate switch
        {
            < 0.85 => ("outbound not answered", Seconds(24, 45), AttemptResult.NotAnswered, EndCause.NoAnswer, CallOutcome.NoAnswer),
            < 0.93 => ("outbound busy", Seconds(0.8, 3), AttemptResult.Busy, EndCause.Busy, CallOutcome.Busy),
            < 0.965 => ("outbound given up", Seconds(5, 22), AttemptResult.Cancelled, EndCause.Cancelled, CallOutcome.Cancelled),
            _ => ("outbound failed", Seconds(0.4, 2), AttemptResult.Failed, EndCause.Failed, CallOutcome.Failed),
        };
        t += rings;
        telling.Leg("leg.ended", t, "out", result: leg);
        telling.Wait = t - at;
        Occupy(person, t);
        return telling.End(scenario, t, cause, outcome, null);
    }

    /// <summary>One operator rings another. Null when there are not two free.</summary>
    public ScriptedCall? Internal(string id, DateTimeOffset at)
    {
        if (room.Anybody(at, chance) is not { } caller || room.Anybody(at, chance, caller.Extension) is not { } called) return null;
        var telling = new Telling(id, null, null, Direction.Internal);
        telling.Say("call.started", at, new("") { From = caller.Extension, To = called.Extension, Who = caller.Extension, Result = "internal" });
        var t = at + Seconds(0.1, 0.3);
        telling.Leg("leg.ringing", t, "in", called.Extension);
        if (Happens(0.2))
        {
            telling.Leg("leg.ended", t += Seconds(12, 25), "in", result: AttemptResult.NotAnswered);
            telling.Wait = t - at;
            Occupy(caller, t);
            return telling.End("internal not answered", t, EndCause.NoAnswer, CallOutcome.NoAnswer, null);
        }

        telling.Leg("leg.answered", t += Seconds(2, 9), "in", called.Extension);
        (telling.Wait, telling.Operator) = (t - at, called.Extension);
        telling.Leg("leg.ended", t += Seconds(12, 110), "in", result: AttemptResult.Answered);
        Occupy(caller, t);
        Occupy(called, t);
        return telling.End("internal answered", t, EndCause.Normal, CallOutcome.Completed, null);
    }

    /// <summary>A recorded voice says when the shop opens; some leave a message, most hang up.</summary>
    ScriptedCall OutOfHours(Telling telling, DateTimeOffset at)
    {
        if (!Happens(0.35)) return telling.End("out of hours", at + Seconds(4, 20), EndCause.NoAnswer, CallOutcome.NoAnswer, MissedReason.NoAgentLoggedIn);
        var t = at + Seconds(24, 70);
        telling.LeaveVoicemail(t);
        return telling.End("out of hours, message left", t, EndCause.NoAnswer, CallOutcome.NoAnswer, MissedReason.NoAgentLoggedIn);
    }

    /// <summary>To one person's own number, past the queues.</summary>
    ScriptedCall Direct(Telling telling, DateTimeOffset at)
    {
        var person = company.Operators[chance.Next(company.Operators.Count)];
        var t = at + Seconds(0.2, 0.8);
        telling.Leg("leg.ringing", t, "1", person.Extension);
        if (!room.IsFree(person, t))
        {
            telling.Leg("leg.ended", t += Seconds(0.1, 0.4), "1", result: AttemptResult.Busy);
            telling.Wait = t - at;
            return telling.End("direct busy", t, EndCause.Busy, CallOutcome.Busy, MissedReason.AllBusy);
        }

        if (Happens(person.Zeal))
        {
            t += Seconds(2, 14);
            telling.Wait = t - at;
            return Converse(telling, t, "1", person, "direct answered");
        }

        t += Seconds(18, 30);
        telling.Leg("leg.ended", t, "1", result: AttemptResult.NotAnswered);
        telling.Wait = t - at;
        Occupy(person, t);
        return telling.End("direct not answered", t, EndCause.NoAnswer, CallOutcome.NoAnswer, MissedReason.NotAnswered);
    }

    ScriptedCall Wait(Telling telling, DateTimeOffset joined, CallQueue queue)
    {
        var patience = Happens(0.015) ? Seconds(1, 4.8) : Seconds(6, 14) + Exponential(95);
        var (givesUp, timesOut) = (joined + patience, joined + QueueMax);
        var overflows = queue.OverflowsTo is not null && Happens(0.8) ? joined + Seconds(25, 35) : DateTimeOffset.MaxValue;
        var t = joined;
        telling.Join(t, queue.Name);

        if (!room.IsStaffed(queue.Name, t))
        {
            telling.Leave(t += Seconds(0.1, 0.3), queue.Name, QueueExit.Refused);
            telling.Wait = t - joined;
            return telling.End("nobody logged in", t, EndCause.NoAnswer, CallOutcome.NoAnswer, MissedReason.NoAgentLoggedIn);
        }

        if (Happens(0.008))
        {
            telling.Leave(t += Seconds(15, 30), queue.Name, QueueExit.CallbackRequested);
            telling.Wait = t - joined;
            return telling.End("asked to be called back", t, EndCause.Normal, CallOutcome.Cancelled, MissedReason.CallbackRequested);
        }

        for (var round = 1; ; round++)
        {
            var ring = RingFor(queue, t += Seconds(0.2, 0.9), round);
            var stop = new[] { givesUp, timesOut, overflows }.Min();
            if (ring.Answer is { } answer && answer.At < stop)
            {
                Tell(ring, telling, answer.At, AttemptResult.AnsweredElsewhere);
                telling.Wait = answer.At - joined;
                // The queue is left because somebody picked up, so both are told of one instant.
                telling.Leave(answer.At, queue.Name, QueueExit.Answered);
                return Converse(telling, answer.At, answer.Leg, answer.Person, ring.Rung.Count > 1 ? "answered, all rung" : round > 1 ? "answered by the next" : "answered");
            }

            var ends = ring.EndsAt < stop ? ring.EndsAt : stop;
            Tell(ring, telling, ends, stop == givesUp ? AttemptResult.Cancelled : AttemptResult.NotAnswered);
            t = ends;
            if (t < stop) continue;

            if (stop == givesUp)
            {
                telling.Leave(t, queue.Name, QueueExit.Abandoned);
                telling.Wait = t - joined;
                return t - joined < ShortAbandon
                    ? telling.End("abandoned at once", t, EndCause.Cancelled, CallOutcome.Cancelled, MissedReason.ShortAbandon)
                    : telling.End("abandoned waiting", t, EndCause.Cancelled, CallOutcome.Cancelled, MissedReason.AbandonedWaiting);
            }

            telling.Leave(t, queue.Name, QueueExit.TimedOut);
            if (stop == overflows)
            {
                queue = company.Queue(queue.OverflowsTo!);
                overflows = DateTimeOffset.MaxValue;
                telling.Join(t, queue.Name);
                continue;
            }

            if (Happens(0.45)) telling.LeaveVoicemail(t += Seconds(14, 50));
            telling.Wait = t - joined;
            return telling.End(telling.HasVoicemail ? "queue timed out, message left" : "queue timed out", t, EndCause.NoAnswer, CallOutcome.NoAnswer, MissedReason.QueueTimeout);
        }
    }

    /// <summary>The next to be rung and when, if ever, somebody would pick up. Nobody free is a while without ringing.</summary>
    Ring RingFor(CallQueue queue, DateTimeOffset t, int round)
    {
        var free = room.Free(queue.Name, t, chance);
        if (free.Count == 0) return new([], null, t + Seconds(3, 7));

        var rung = (queue.RingsAll ? free.OrderBy(_ => chance.Next()).Take(RungAtOnceMax) : [free[chance.Next(free.Count)]])
            .Select((person, i) => new Rung($"{round}.{person.Extension}", person, t + TimeSpan.FromMilliseconds(15 * i), null, AttemptResult.NotAnswered)).ToList();
        var winner = rung.OrderBy(_ => chance.Next()).FirstOrDefault(leg => Happens(leg.Person.Zeal));
        if (winner is not null) return new(rung, (winner.Leg, winner.Person, t + Seconds(1.5, 11)), t + Seconds(15, 20));
        if (rung.Count == 1 && Happens(0.12))
            return new([rung[0] with { Early = t + Seconds(2, 5), EarlyResult = AttemptResult.Declined }], null, t + Seconds(5, 6));
        if (rung.Count == 1 && Happens(0.05))
            return new([rung[0] with { Early = t + Seconds(0.1, 0.4), EarlyResult = AttemptResult.Failed }], null, t + Seconds(1, 2));
        return new(rung, null, t + Seconds(15, 20));
    }

    void Tell(Ring ring, Telling telling, DateTimeOffset ends, AttemptResult others)
    {
        foreach (var leg in ring.Rung.Where(leg => leg.At <= ends))
        {
            telling.Leg("leg.ringing", leg.At, leg.Leg, leg.Person.Extension);
            var isEarly = leg.Early <= ends;
            if (leg.Leg == ring.Answer?.Leg && others == AttemptResult.AnsweredElsewhere) continue;
            telling.Leg("leg.ended", isEarly ? leg.Early!.Value : ends, leg.Leg, result: isEarly ? leg.EarlyResult : others);
            Occupy(leg.Person, ends, afterwards: false);
        }
    }

    /// <summary>Somebody of the company picks up; what they do until the end.</summary>
    ScriptedCall Converse(Telling telling, DateTimeOffset at, string leg, Operator person, string scenario)
    {
        telling.Leg("leg.answered", at, leg, person.Extension);
        telling.Operator = person.Extension;
        var t = at + Talk();
        var fate = chance.NextDouble();
        if (fate < 0.13)
        {
            telling.Hold(t, leg);
            telling.Leg("leg.resumed", t += Seconds(8, 75), leg);
            t += Talk(0.5);
            scenario = $"{scenario}, held";
        }
        else if (fate < 0.18 && room.Anybody(t, chance, person.Extension) is { } next)
        {
            telling.Transfer(t, TransferKind.Blind, person.Extension, next.Extension);
            telling.Leg("leg.ended", t, leg, result: AttemptResult.TransferredOut);
            Occupy(person, t);
            (leg, person, t) = ("t", next, t + Seconds(0.1, 0.4));
            telling.Leg("leg.ringing", t, leg, person.Extension);
            if (Happens(0.12))
            {
                // Nobody takes it there and the caller hangs up; somebody spoke to him, so it is no missed call.
                telling.Leg("leg.ended", t += Seconds(12, 20), leg, result: AttemptResult.NotAnswered);
                Occupy(person, t, afterwards: false);
                return telling.End($"{scenario}, passed on in vain", t, EndCause.Normal, CallOutcome.Completed, null);
            }

            telling.Leg("leg.answered", t += Seconds(2, 10), leg, person.Extension);
            t += Talk();
            scenario = $"{scenario}, passed on";
        }
        else if (fate < 0.22 && room.Anybody(t, chance, person.Extension) is { } colleague)
        {
            telling.Hold(t, leg);
            telling.Leg("leg.ringing", t += Seconds(1, 3), "t", colleague.Extension);
            if (Happens(0.2))
            {
                telling.Leg("leg.ended", t += Seconds(10, 20), "t", result: AttemptResult.NotAnswered);
                telling.Leg("leg.resumed", t += Seconds(0.3, 1), leg);
                t += Talk(0.5);
                scenario = $"{scenario}, held";
            }
            else
            {
                telling.Leg("leg.answered", t += Seconds(2, 8), "t", colleague.Extension);
                t += Seconds(6, 30);
                telling.Transfer(t, TransferKind.Attended, person.Extension, colleague.Extension);
                telling.Leg("leg.ended", t, leg, result: AttemptResult.TransferredOut);
                Occupy(person, t);
                (leg, person) = ("t", colleague);
                t += Talk();
                scenario = $"{scenario}, handed over";
            }
        }
        else if (fate < 0.235 && room.Anybody(t, chance, person.Extension) is { } finder)
        {
            telling.Park(t, $"{701 + chance.Next(9)}");
            telling.Leg("leg.ended", t, leg, result: AttemptResult.Answered);
            Occupy(person, t);
            t += Seconds(12, 70);
            telling.Say("call.retrieved", t, new("") { Who = telling.ParkedAt });
            (leg, person) = ("p", finder);
            telling.Leg("leg.answered", t, leg, person.Extension);
            t += Talk();
            scenario = $"{scenario}, parked";
        }

        telling.Leg("leg.ended", t, leg, result: AttemptResult.Answered);
        Occupy(person, t);
        return telling.End(scenario, t, EndCause.Normal, CallOutcome.Completed, null);
    }

    /// <summary>After a call there is something to write down.</summary>
    void Occupy(Operator person, DateTimeOffset until, bool afterwards = true) => room.Occupy(person, afterwards ? until + Seconds(4, 35) : until);

    /// <summary>Most talks are short and a few go on for a quarter of an hour: log-normal, median a bit over two minutes.</summary>
    TimeSpan Talk(double share = 1)
    {
        var normal = Math.Sqrt(-2 * Math.Log(1 - chance.NextDouble())) * Math.Cos(2 * Math.PI * chance.NextDouble());
        return Rounded(share * Math.Clamp(128 * Math.Exp(0.75 * normal), 8, 1500));
    }

    TimeSpan Exponential(double mean) => Rounded(-mean * Math.Log(1 - chance.NextDouble()));

    TimeSpan Seconds(double least, double most) => Rounded(least + chance.NextDouble() * (most - least));

    bool Happens(double probability) => chance.NextDouble() < probability;

    static TimeSpan Rounded(double seconds) => TimeSpan.FromMilliseconds(Math.Round(seconds * 1000));

    sealed record Rung(string Leg, Operator Person, DateTimeOffset At, DateTimeOffset? Early, AttemptResult EarlyResult);

    sealed record Ring(IReadOnlyList<Rung> Rung, (string Leg, Operator Person, DateTimeOffset At)? Answer, DateTimeOffset EndsAt);

    /// <summary>Collects the messages of one call and what they are meant to come to.</summary>
    sealed class Telling(string id, Customer? customer, string? number, Direction direction)
    {
        readonly List<Message> messages = [];
        readonly List<TransferKind> transfers = [];
        string? queue;
        int holds;

        public string? Operator { get; set; }

        public TimeSpan? Wait { get; set; }

        public bool HasVoicemail { get; private set; }

        public string? ParkedAt { get; private set; }

        public void Say(string type, DateTimeOffset at, Message told) => messages.Add(told with { Type = type, Call = id, At = at });

        public void Join(DateTimeOffset at, string name) => Say("queue.joined", at, new("") { Queue = queue = name });

        public void Leave(DateTimeOffset at, string name, QueueExit why) => Say("queue.left", at, new("") { Queue = name, Result = Spell(why) });

        public void Leg(string type, DateTimeOffset at, string leg, string? who = null, LegRole? role = null, AttemptResult? result = null) =>
            Say(type, at, new("") { Leg = leg, Who = who, Role = role is { } given ? Spell(given) : null, Result = result is { } known ? Spell(known) : null });

        public void Hold(DateTimeOffset at, string leg)
        {
            holds++;
            Leg("leg.held", at, leg);
        }

        public void Transfer(DateTimeOffset at, TransferKind kind, string from, string to)
        {
            transfers.Add(kind);
            Say("call.transferred", at, new("") { From = from, To = to, Result = Spell(kind) });
        }

        public void Park(DateTimeOffset at, string place)
        {
            transfers.Add(TransferKind.Park);
            Say("call.parked", at, new("") { Who = ParkedAt = place });
        }

        public void LeaveVoicemail(DateTimeOffset at)
        {
            HasVoicemail = true;
            Say("call.voicemail", at, new(""));
        }

        public ScriptedCall End(string scenario, DateTimeOffset at, EndCause cause, CallOutcome outcome, MissedReason? reason)
        {
            Say("call.ended", at, new("") { Result = Spell(cause) });
            var started = messages[0].At!.Value;
            // Legs of a ring-all are told one after the other; the phone system tells them as they happen.
            var inOrder = messages.OrderBy(message => message.At).Select((message, i) => message with { Seq = i }).ToList();
            return new(id, inOrder, new Intention(scenario, direction, outcome, reason, Operator, queue, (Wait ?? at - started).TotalSeconds,
                transfers, holds, HasVoicemail), customer, number);
        }
    }
}
