using CallCenter.Calls;

namespace CallCenter.Simulation;

/// <summary>
/// The calls of the company, one after the other by their start: customers who ring and ring again, callbacks to those
/// who were missed, calls among colleagues. The same seed gives the same calls.
/// </summary>
/// <param name="run">Goes before the calls' ids, so that two runs against one server are not one.</param>
sealed class Traffic(PartsSeller company, int seed, string run)
{
    const double OutboundShare = 0.24, InternalShare = 0.09;
    const int CallbacksMax = 3;

    // A span is cut into steps of at most this, so that the rate is looked at often enough.
    static readonly TimeSpan RateStep = TimeSpan.FromMinutes(10);

    /// <summary>A whole day of the past, with callbacks for those who rang since the shop last closed. Each day stands for itself.</summary>
    public IEnumerable<ScriptedCall> Day(DateOnly day)
    {
        var nightCalls = Closed(day);
        if (!PartsSeller.WorksOn(day)) return nightCalls;

        var opened = DayHours(day).First(PartsSeller.IsOpen);
        var owed = nightCalls.Where(call => call.StartsAt < opened).ToList();
        for (var before = day.AddDays(-1); ; before = before.AddDays(-1))
        {
            owed.AddRange(Closed(before).Where(call => !PartsSeller.WorksOn(before) || PartsSeller.Local(call.StartsAt).Hour >= 12));
            if (PartsSeller.WorksOn(before)) break;
        }

        return nightCalls.Concat(Open(day, opened, owed));
    }

    /// <summary>Calls without end from <paramref name="from"/> on, whatever the hour.</summary>
    /// <param name="perMinute">Calls a minute at an instant.</param>
    /// <param name="alwaysOpen">Somebody is there at any hour.</param>
    public IEnumerable<ScriptedCall> From(DateTimeOffset from, Func<DateTimeOffset, double> perMinute, bool alwaysOpen)
    {
        var chance = new Random(Mix(0, 3));
        from = DateTimeOffset.FromUnixTimeMilliseconds(from.ToUnixTimeMilliseconds());
        // Somebody rings at once, so that nobody who tries it waits for chance.
        var first = company.KnownCustomer(chance);
        return Draw($"{run}-", chance, from, DateTimeOffset.MaxValue, perMinute, new PhoneRoom(company, alwaysOpen),
            [(from, new Due(first, first.Numbers[0], IsOurs: false, 0))]);
    }

    static IEnumerable<DateTimeOffset> DayHours(DateOnly day)
    {
        var (start, end) = (PartsSeller.Midnight(day), PartsSeller.Midnight(day.AddDays(1)));
        for (var at = start; at < end; at += TimeSpan.FromMinutes(30)) yield return at;
    }

    List<ScriptedCall> Closed(DateOnly day)
    {
        var chance = new Random(Mix(day.DayNumber, 1));
        var script = new CallScript(company, new PhoneRoom(company, alwaysOpen: false), chance);
        return [.. Arrivals(chance, PartsSeller.Midnight(day), PartsSeller.Midnight(day.AddDays(1)), at => PartsSeller.IsOpen(at) ? 0 : PartsSeller.InboundPerHour(at) / 60)
            .Where(at => !PartsSeller.IsOpen(at))
            .Select((at, i) => Ring(script, chance, $"{run}-{day:yyMMdd}-n{i}", at, company.AnyCustomer(chance)))];
    }

    IEnumerable<ScriptedCall> Open(DateOnly day, DateTimeOffset opened, List<ScriptedCall> missed)
    {
        var chance = new Random(Mix(day.DayNumber, 2));
        var owed = missed.Where(call => call.Number is not null && chance.NextDouble() < 0.75)
            .Select(call => (opened + Minutes(chance, 2, 75), new Due(call.Customer!, call.Number!, IsOurs: true, 1))).ToList();
        var closed = DayHours(day).Last(PartsSeller.IsOpen) + TimeSpan.FromMinutes(30);
        return Draw($"{run}-{day:yyMMdd}-", chance, opened, closed, at => PartsSeller.IsOpen(at) ? PartsSeller.InboundPerHour(at) / 60 * (1 + OutboundShare + InternalShare) : 0,
            new PhoneRoom(company, alwaysOpen: false), owed);
    }

    IEnumerable<ScriptedCall> Draw(string ids, Random chance, DateTimeOffset from, DateTimeOffset until, Func<DateTimeOffset, double> perMinute,
        PhoneRoom room, List<(DateTimeOffset At, Due Due)> owed)
    {
        var script = new CallScript(company, room, chance);
        var due = new PriorityQueue<Due, DateTimeOffset>(owed.Select(item => (item.Due, item.At)));
        var count = 0;
        foreach (var arrival in Arrivals(chance, from, until, perMinute))
        {
            while (due.TryPeek(out var next, out var at) && at <= arrival)
            {
                due.Dequeue();
                if (FollowUp(script, chance, $"{ids}{count++}", at, next) is not { } followUp) continue;
                Remember(followUp, next.Tries);
                yield return followUp;
            }

            var kind = chance.NextDouble() * (1 + OutboundShare + InternalShare);
            if (DrawOne(kind, $"{ids}{count++}", arrival) is not { } call) continue;
            Remember(call, 0);
            yield return call;
        }

        ScriptedCall? DrawOne(double kind, string id, DateTimeOffset at)
        {
            if (kind < InternalShare) return script.Internal(id, at);
            var customer = kind < InternalShare + OutboundShare ? company.KnownCustomer(chance) : company.AnyCustomer(chance);
            return kind < InternalShare + OutboundShare
                ? script.Outbound(id, at, customer, customer.Numbers[chance.Next(customer.Numbers.Count)])
                : Ring(script, chance, id, at, customer);
        }

        // Who was missed rings again or is rung, and who was not reached is tried once more.
        void Remember(ScriptedCall call, int tries)
        {
            if (call.Number is null || call.Customer is null || tries >= CallbacksMax) return;
            var intended = call.Intended;
            if (intended.MissedReason is not null && chance.NextDouble() < 0.2)
                due.Enqueue(new(call.Customer, call.Number, IsOurs: false, tries + 1), call.EndsAt + Minutes(chance, 0.5, 9));
            else if (intended.MissedReason is not null && chance.NextDouble() < 0.85)
                due.Enqueue(new(call.Customer, call.Number, IsOurs: true, tries + 1), call.EndsAt + Minutes(chance, 1, 6 * Math.Exp(2.2 * chance.NextDouble())));
            else if (tries > 0 && intended is { Direction: Direction.Outbound, Outcome: not CallOutcome.Completed } && chance.NextDouble() < 0.6)
                due.Enqueue(new(call.Customer, call.Number, IsOurs: true, tries + 1), call.EndsAt + Minutes(chance, 15, 60));
        }
    }

    static ScriptedCall? FollowUp(CallScript script, Random chance, string id, DateTimeOffset at, Due due) => due.IsOurs
        ? script.Outbound(id, at, due.Customer, due.Number)
        : script.Inbound(id, at, due.Customer, due.Number);

    static ScriptedCall Ring(CallScript script, Random chance, string id, DateTimeOffset at, Customer customer) =>
        script.Inbound(id, at, customer, chance.NextDouble() < 0.035 ? null : customer.Numbers[chance.Next(customer.Numbers.Count)]);

    /// <summary>A Poisson process whose rate changes: drawn step by step, each with the rate at its start.</summary>
    static IEnumerable<DateTimeOffset> Arrivals(Random chance, DateTimeOffset from, DateTimeOffset until, Func<DateTimeOffset, double> perMinute)
    {
        for (var at = from; at < until;)
        {
            var rate = perMinute(at);
            var wait = rate > 0 ? TimeSpan.FromMilliseconds(Math.Round(-Math.Log(1 - chance.NextDouble()) / rate * 60_000)) : RateStep;
            if (wait >= RateStep)
            {
                // Nobody within the step; what comes after has the rate of its own time.
                at += RateStep;
                continue;
            }

            at += wait;
            if (at < until) yield return at;
        }
    }

    static TimeSpan Minutes(Random chance, double least, double most) =>
        TimeSpan.FromMilliseconds(Math.Round((least + chance.NextDouble() * (most - least)) * 60_000));

    int Mix(int day, int stream) => unchecked((seed * 397 ^ day) * 7919 + stream);

    /// <param name="IsOurs">We ring; else the customer tries again.</param>
    sealed record Due(Customer Customer, string Number, bool IsOurs, int Tries);
}
