using CallCenter.Calls;

namespace CallCenter.Figures;

/// <summary>Which calls the service level leaves out of what it divides by (product.md C.3).</summary>
public enum ServiceLevelFormula
{
    /// <summary>None: all that came.</summary>
    Strict,

    /// <summary>Those who hung up almost at once.</summary>
    WithoutShort,

    /// <summary>All who gave up within the threshold.</summary>
    WithoutGivenUp,

    /// <summary>All that were not answered, which hides them; for comparing with those who count so.</summary>
    AnsweredOnly,
}

/// <summary>By what answers are judged.</summary>
/// <param name="ServiceSeconds">Answered within so many seconds is well served.</param>
/// <param name="ShortSeconds">Who gives up earlier has called a short time only.</param>
public sealed record FigureRules(int ServiceSeconds = 20, ServiceLevelFormula Formula = ServiceLevelFormula.WithoutShort, int ShortSeconds = 5)
{
    public static readonly FigureRules Default = new();

    /// <exception cref="Refusal">One of the numbers makes no sense.</exception>
    public FigureRules Check() =>
        ServiceSeconds is < 1 or > 3600 ? throw new Refusal(RefusalKind.Invalid, "figures.seconds", "service_seconds", 1, 3600)
        : ShortSeconds is < 0 or > Tally.PatienceMax ? throw new Refusal(RefusalKind.Invalid, "figures.seconds", "short_seconds", 0, Tally.PatienceMax)
        : this;
}

/// <summary>How many calls there were and what became of them. Each call is in one of <see cref="Offered"/>, <see cref="Outbound"/>, <see cref="Internal"/> and <see cref="Unknown"/>.</summary>
/// <param name="Offered">Inbound calls: answered and missed.</param>
/// <param name="Answered">Of those, by a person.</param>
/// <param name="Open">Missed, and nobody has made it good.</param>
/// <param name="NoNumber">Missed, and there is no number to call back.</param>
/// <param name="Unknown">Nobody told which way they went.</param>
public sealed record Counts(
    long Calls, long Offered, long Answered, long Open, long Recovered, long SelfRecovered, long NoNumber, long Outbound, long OutboundAnswered, long Internal, long Unknown)
{
    public static readonly Counts None = new(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

    public long Missed => Open + Recovered + SelfRecovered + NoNumber;

    /// <summary>Missed, with a number that can be called back.</summary>
    public long Recoverable => Open + Recovered + SelfRecovered;

    /// <summary>Null when nobody called: that is not a hundred per cent.</summary>
    public double? AnswerRate => Rate.Of(Answered, Offered);

    public double? RecoveryRate => Rate.Of(Recovered, Recoverable);

    /// <summary>Share of those that neither we nor the caller made good.</summary>
    public double? GapRate => Rate.Of(Open, Recoverable);

    public static Counts operator +(Counts one, Counts other) => new(
        one.Calls + other.Calls, one.Offered + other.Offered, one.Answered + other.Answered, one.Open + other.Open, one.Recovered + other.Recovered, one.SelfRecovered + other.SelfRecovered,
        one.NoNumber + other.NoNumber, one.Outbound + other.Outbound, one.OutboundAnswered + other.OutboundAnswered, one.Internal + other.Internal, one.Unknown + other.Unknown);

    internal static Counts Of(IEnumerable<KeyValuePair<Facet, Tally>> tallies)
    {
        var counts = new long[11];
        foreach (var (facet, tally) in tallies)
        {
            counts[0] += tally.Calls;
            switch (facet.Direction)
            {
                case Direction.Inbound:
                    counts[1] += tally.Calls;
                    counts[facet.Standing is { } standing ? 3 + (int)standing : 2] += tally.Calls;
                    break;
                case Direction.Outbound:
                    counts[7] += tally.Calls;
                    counts[8] += tally.Answered;
                    break;
                case Direction.Internal: counts[9] += tally.Calls; break;
                case Direction.Unknown: counts[10] += tally.Calls; break;
                default: throw new InvalidOperationException($"No rule for {facet.Direction}.");
            }
        }

        return new(counts[0], counts[1], counts[2], counts[3], counts[4], counts[5], counts[6], counts[7], counts[8], counts[9], counts[10]);
    }
}

static class Rate
{
    public static double? Of(double part, double whole) => whole == 0 ? null : part / whole;
}

/// <summary>What service levels and abandonment are made of.</summary>
/// <param name="Missed">For whatever reason, callbacks asked for in the queue too.</param>
/// <param name="GivenUp">Of those, the callers who hung up themselves.</param>
/// <param name="AnsweredWithin">The threshold, in the rules.</param>
/// <param name="Short">Of those who hung up, the ones who waited almost no time.</param>
public sealed record ServiceLevel(FigureRules Rules, long Answered, long Missed, long GivenUp, long AnsweredWithin, long GivenUpWithin, long Short)
{
    public long Offered => Answered + Missed;

    /// <summary>By the formula of the rules.</summary>
    public double? Value => By(Rules.Formula);

    public double? Abandonment => Rate.Of(GivenUp, Offered);

    public double? AbandonmentWithoutShort => Rate.Of(GivenUp - Short, Offered - Short);

    public double? By(ServiceLevelFormula formula) => Rate.Of(AnsweredWithin, Base(formula));

    /// <summary>What a formula divides by.</summary>
    public long Base(ServiceLevelFormula formula) => formula switch
    {
        ServiceLevelFormula.Strict => Offered,
        ServiceLevelFormula.WithoutShort => Offered - Short,
        ServiceLevelFormula.WithoutGivenUp => Offered - GivenUpWithin,
        ServiceLevelFormula.AnsweredOnly => Answered,
        _ => throw new InvalidOperationException($"No rule for {formula}."),
    };
}

/// <summary>The figures of a dashboard's first row and what belongs to them. Times in seconds; null where there is nothing to divide by.</summary>
/// <remarks>Medians and nine-in-tens of waits are exact to the second begun, those of recoveries to the whole second.</remarks>
public sealed record KeyFigures
{
    KeyFigures(FigureRules rules, IReadOnlyCollection<KeyValuePair<Facet, Tally>> tallies)
    {
        var (all, inbound, outbound) = (new Tally(), new Tally(), new Tally());
        foreach (var (facet, tally) in tallies)
        {
            all.Add(tally);
            if (facet.Direction == Direction.Inbound) inbound.Add(tally);
            if (facet.Direction == Direction.Outbound) outbound.Add(tally);
        }

        Counts = Counts.Of(tallies);
        Reasons = inbound.Reasons.Sorted.ToDictionary(pair => (MissedReason)pair.Number, pair => pair.Times);
        Level = new(rules, Counts.Answered, Counts.Missed, inbound.GivenUp.Count, inbound.Waits.Within(rules.ServiceSeconds), inbound.GivenUp.Within(rules.ServiceSeconds),
            rules.ShortSeconds == 0 ? 0 : inbound.Patience.Within(rules.ShortSeconds - 1));
        (Waits, GivenUp, RecoveredAfter, ReachedAfter) = (inbound.Waits, inbound.GivenUp, inbound.RecoveredAfter, inbound.ReachedAfter);
        MeanWait = Seconds(inbound.WaitMs, Counts.Answered);
        MeanHandling = Seconds(inbound.TalkMs, Counts.Answered);
        MeanTalk = Seconds(inbound.TalkMs - inbound.HoldMs, Counts.Answered);
        MeanHandlingOutbound = Seconds(outbound.RingMs + outbound.TalkMs, Counts.OutboundAnswered);
        MeanTalkOutbound = Seconds(outbound.TalkMs - outbound.HoldMs, Counts.OutboundAnswered);
        (InVain, Cases, ClosedCases) = (all.InVain, all.Cases, all.ClosedCases);
        (Recoveries, MeanRecovery) = (all.Recoveries, Rate.Of(all.RecoverySeconds, all.Recoveries));
    }

    public Counts Counts { get; }

    public ServiceLevel Level { get; }

    /// <summary>Why calls were missed; together they are all that were.</summary>
    public IReadOnlyDictionary<MissedReason, long> Reasons { get; }

    /// <summary>Missed because the caller asked in the queue to be called back; among the missed, and not among those who gave up.</summary>
    public long CallbackRequests => Reasons.GetValueOrDefault(MissedReason.CallbackRequested);

    /// <summary>How long those waited who were answered.</summary>
    public Spread Waits { get; }

    /// <summary>How long those waited who gave up.</summary>
    public Spread GivenUp { get; }

    public double? MeanWait { get; }

    /// <summary>From the answer to the end of inbound calls, holds included; work after the call is not known.</summary>
    public double? MeanHandling { get; }

    /// <summary>The same without holds.</summary>
    public double? MeanTalk { get; }

    /// <summary>Of our calls that were answered, with the time that it rang.</summary>
    public double? MeanHandlingOutbound { get; }

    public double? MeanTalkOutbound { get; }

    /// <summary>How often a telephone of ours rang and was not picked up.</summary>
    public long InVain { get; }

    /// <summary>Missed calls, of whatever time, that these calls made good by calling back.</summary>
    public long Recoveries { get; }

    /// <summary>From the end of those to these.</summary>
    public double? MeanRecovery { get; }

    /// <summary>From the end of a missed call to the first call back.</summary>
    public Spread RecoveredAfter { get; }

    /// <summary>To the first call back that was answered.</summary>
    public Spread ReachedAfter { get; }

    public long Reached => ReachedAfter.Count;

    public double? ReachedRate => Rate.Of(Reached, Counts.Recoverable);

    /// <summary>Callers who were missed, by the time of the last miss; one who called several times counts once.</summary>
    public long Cases { get; }

    public long ClosedCases { get; }

    public double? ClosedCaseRate => Rate.Of(ClosedCases, Cases);

    /// <summary>Of the recovered, those within so many minutes.</summary>
    public double? RecoveredWithin(int minutes) => Rate.Of(RecoveredAfter.Within(minutes * 60), RecoveredAfter.Count);

    internal static KeyFigures Of(FigureRules rules, IReadOnlyCollection<KeyValuePair<Facet, Tally>> tallies) => new(rules, tallies);

    static double? Seconds(long ms, long calls) => calls == 0 ? null : ms / 1000.0 / calls;
}

/// <summary>The day so far.</summary>
/// <param name="HalfHour">The one that runs.</param>
/// <param name="Settled">Without that and the one before: what was missed then may still be made good.</param>
public sealed record TodayFigures(KeyFigures Day, KeyFigures HalfHour, KeyFigures Settled);
