using CallCenter.Calls;

namespace CallCenter.Figures;

/// <summary>What a single number says.</summary>
public enum Figure
{
    Calls,
    Outbound,
    Offered,
    Answered,
    AnswerRate,
    Missed,
    Open,
    SelfRecovered,
    RecoveryRate,
    ReachedRate,
    CallerRecoveryRate,
    GapRate,
    MedianRecovery,
    P90Recovery,
    MeanRecovery,
    RecoveredWithin5,
    RecoveredWithin15,
    RecoveredWithin30,
    RecoveredWithin60,
    ServiceLevel,
    Abandonment,
    AbandonmentWithoutShort,
    MeanWait,
    MedianWait,
    P90Wait,
    MeanHandling,
    MeanTalk,
    MeanHandlingOutbound,
    MeanTalkOutbound,
}

public enum FigureUnit
{
    Count,

    /// <summary>Of one; 0.25 is a quarter.</summary>
    Share,
    Seconds,
}

/// <summary>What figures are made of.</summary>
public enum FigurePart
{
    Calls,
    Outbound,
    OutboundAnswered,
    Offered,
    Answered,
    Missed,
    Open,
    Recovered,
    SelfRecovered,

    /// <summary>There is no number that could be called back.</summary>
    NoNumber,

    /// <summary>Missed, with a number that can be called back.</summary>
    Recoverable,
    Reached,

    /// <summary>Recovered within the time that the figure is about.</summary>
    RecoveredWithin,

    /// <summary>Answered within the threshold.</summary>
    AnsweredWithin,

    /// <summary>The caller hung up before anybody answered.</summary>
    GivenUp,
    GivenUpWithin,

    /// <summary>Of those who gave up, the ones who hardly waited.</summary>
    Short,

    /// <summary>Asked in the queue to be called back: missed, but not given up.</summary>
    CallbackRequests,

    /// <summary>What <see cref="Offered"/> is without what the formula leaves out.</summary>
    OfferedThatCounts,
    GivenUpThatCounts,

    /// <summary>Callers who were missed.</summary>
    Cases,
    ClosedCases,

    /// <summary>Summed up, in seconds.</summary>
    Waiting,
    Handling,
    Talking,
    HandlingOutbound,
    TalkingOutbound,
    Recovering,
}

/// <summary>One side of a fraction, or something that was left out.</summary>
/// <param name="Rows">Questions to the list of calls whose answers together are this many; empty where no list shows it.</param>
public sealed record FigureTerm(FigurePart Part, double Amount, IReadOnlyList<CallFilter> Rows);

/// <summary>How a figure came to be, as data: the words are the screen's (product.md B.3).</summary>
/// <param name="Value">Null where there is nothing to divide by.</param>
/// <param name="Top">What was counted or summed up; of a median what it is the median of.</param>
/// <param name="Bottom">What it was divided by; null where nothing was.</param>
/// <param name="LeftOut">What does not count here though one might think so.</param>
/// <param name="Minutes">Of a share within some minutes.</param>
public sealed record Explanation(
    Figure Figure, FigureUnit Unit, double? Value, FigureTerm Top, FigureTerm? Bottom, IReadOnlyList<FigureTerm> LeftOut, int? Minutes,
    FigureFilter Filter, FigureRules Rules, DateTimeOffset? LastEventAt, long Uncounted)
{
    public static Explanation Of(Figure figure, Answer<KeyFigures> answer) => new Explainer(answer).Explain(figure);

    public static IReadOnlyList<Explanation> All(Answer<KeyFigures> answer) => [.. Enum.GetValues<Figure>().Select(figure => Of(figure, answer))];

    sealed class Explainer(Answer<KeyFigures> answer)
    {
        readonly KeyFigures figures = answer.Value;

        public Explanation Explain(Figure figure)
        {
            var (counts, level) = (figures.Counts, figures.Level);
            return figure switch
            {
                Figure.Calls => Count(figure, Term(FigurePart.Calls, counts.Calls)),
                Figure.Outbound => Count(figure, Term(FigurePart.Outbound, counts.Outbound)),
                Figure.Offered => Count(figure, Term(FigurePart.Offered, counts.Offered)),
                Figure.Answered => Count(figure, Term(FigurePart.Answered, counts.Answered)),
                Figure.AnswerRate => Share(figure, Term(FigurePart.Answered, counts.Answered), Term(FigurePart.Offered, counts.Offered)),
                Figure.Missed => Count(figure, Term(FigurePart.Missed, counts.Missed)),
                Figure.Open => Count(figure, Term(FigurePart.Open, counts.Open), Term(FigurePart.NoNumber, counts.NoNumber)),
                Figure.SelfRecovered => Count(figure, Term(FigurePart.SelfRecovered, counts.SelfRecovered)),
                Figure.RecoveryRate => Share(figure, Term(FigurePart.Recovered, counts.Recovered), Term(FigurePart.Recoverable, counts.Recoverable), Term(FigurePart.NoNumber, counts.NoNumber)),
                Figure.ReachedRate => Share(figure, Term(FigurePart.Reached, figures.Reached), Term(FigurePart.Recoverable, counts.Recoverable), Term(FigurePart.NoNumber, counts.NoNumber)),
                Figure.CallerRecoveryRate => Share(figure, Term(FigurePart.ClosedCases, figures.ClosedCases), Term(FigurePart.Cases, figures.Cases), Term(FigurePart.NoNumber, counts.NoNumber)),
                Figure.GapRate => Share(figure, Term(FigurePart.Open, counts.Open), Term(FigurePart.Recoverable, counts.Recoverable), Term(FigurePart.NoNumber, counts.NoNumber)),
                Figure.MedianRecovery => Middle(figure, figures.RecoveredAfter.Median, Term(FigurePart.Recovered, counts.Recovered), Term(FigurePart.Open, counts.Open)),
                Figure.P90Recovery => Middle(figure, figures.RecoveredAfter.P90, Term(FigurePart.Recovered, counts.Recovered), Term(FigurePart.Open, counts.Open)),
                Figure.MeanRecovery => Mean(figure, FigurePart.Recovering, figures.RecoveredAfter.Mean, Term(FigurePart.Recovered, counts.Recovered), Term(FigurePart.Open, counts.Open)),
                Figure.RecoveredWithin5 => Within(figure, 5),
                Figure.RecoveredWithin15 => Within(figure, 15),
                Figure.RecoveredWithin30 => Within(figure, 30),
                Figure.RecoveredWithin60 => Within(figure, 60),
                Figure.ServiceLevel => Level(figure),
                Figure.Abandonment => Share(figure, Term(FigurePart.GivenUp, level.GivenUp), Term(FigurePart.Offered, level.Offered), Term(FigurePart.CallbackRequests, figures.CallbackRequests)),
                Figure.AbandonmentWithoutShort => Share(figure, Term(FigurePart.GivenUpThatCounts, level.GivenUp - level.Short), Term(FigurePart.OfferedThatCounts, level.Offered - level.Short),
                    Term(FigurePart.Short, level.Short), Term(FigurePart.CallbackRequests, figures.CallbackRequests)),
                Figure.MeanWait => Mean(figure, FigurePart.Waiting, figures.MeanWait, Term(FigurePart.Answered, counts.Answered), Term(FigurePart.Missed, counts.Missed)),
                Figure.MedianWait => Middle(figure, figures.Waits.Median, Term(FigurePart.Answered, counts.Answered), Term(FigurePart.Missed, counts.Missed)),
                Figure.P90Wait => Middle(figure, figures.Waits.P90, Term(FigurePart.Answered, counts.Answered), Term(FigurePart.Missed, counts.Missed)),
                Figure.MeanHandling => Mean(figure, FigurePart.Handling, figures.MeanHandling, Term(FigurePart.Answered, counts.Answered)),
                Figure.MeanTalk => Mean(figure, FigurePart.Talking, figures.MeanTalk, Term(FigurePart.Answered, counts.Answered)),
                Figure.MeanHandlingOutbound => Mean(figure, FigurePart.HandlingOutbound, figures.MeanHandlingOutbound, Term(FigurePart.OutboundAnswered, counts.OutboundAnswered)),
                Figure.MeanTalkOutbound => Mean(figure, FigurePart.TalkingOutbound, figures.MeanTalkOutbound, Term(FigurePart.OutboundAnswered, counts.OutboundAnswered)),
                _ => throw new InvalidOperationException($"No explanation for {figure}."),
            };
        }

        Explanation Level(Figure figure)
        {
            var level = figures.Level;
            FigureTerm[] leftOut = level.Rules.Formula switch
            {
                ServiceLevelFormula.Strict => [],
                ServiceLevelFormula.WithoutShort => [Term(FigurePart.Short, level.Short)],
                ServiceLevelFormula.WithoutGivenUp => [Term(FigurePart.GivenUpWithin, level.GivenUpWithin)],
                ServiceLevelFormula.AnsweredOnly => [Term(FigurePart.Missed, level.Missed)],
                _ => throw new InvalidOperationException($"No rule for {level.Rules.Formula}."),
            };
            var part = level.Rules.Formula switch
            {
                ServiceLevelFormula.Strict => FigurePart.Offered,
                ServiceLevelFormula.AnsweredOnly => FigurePart.Answered,
                _ => FigurePart.OfferedThatCounts,
            };
            return Share(figure, Term(FigurePart.AnsweredWithin, level.AnsweredWithin), Term(part, level.Base(level.Rules.Formula)), leftOut);
        }

        Explanation Within(Figure figure, int minutes) =>
            Share(figure, Term(FigurePart.RecoveredWithin, figures.RecoveredAfter.Within(minutes * 60)), Term(FigurePart.Recovered, figures.Counts.Recovered), Term(FigurePart.Open, figures.Counts.Open)) with { Minutes = minutes };

        Explanation Count(Figure figure, FigureTerm counted, params FigureTerm[] leftOut) => Say(figure, FigureUnit.Count, counted.Amount, counted, null, leftOut);

        Explanation Share(Figure figure, FigureTerm top, FigureTerm bottom, params FigureTerm[] leftOut) => Say(figure, FigureUnit.Share, Rate.Of(top.Amount, bottom.Amount), top, bottom, leftOut);

        Explanation Mean(Figure figure, FigurePart sum, double? mean, FigureTerm bottom, params FigureTerm[] leftOut) =>
            Say(figure, FigureUnit.Seconds, mean, new(sum, (mean ?? 0) * bottom.Amount, []), bottom, leftOut);

        Explanation Middle(Figure figure, double? value, FigureTerm of, params FigureTerm[] leftOut) => Say(figure, FigureUnit.Seconds, value, of, null, leftOut);

        Explanation Say(Figure figure, FigureUnit unit, double? value, FigureTerm top, FigureTerm? bottom, FigureTerm[] leftOut) =>
            new(figure, unit, value, top, bottom, leftOut, null, answer.Filter, answer.Rules, answer.LastEventAt, answer.Uncounted);

        FigureTerm Term(FigurePart part, double amount) => new(part, amount, part switch
        {
            FigurePart.Calls => Rows(rows => rows),
            FigurePart.Offered => Going(Direction.Inbound),
            FigurePart.Answered => Going(Direction.Inbound, CallOutcome.Completed),
            FigurePart.Outbound => Going(Direction.Outbound),
            FigurePart.OutboundAnswered => Going(Direction.Outbound, CallOutcome.Completed),
            FigurePart.Missed => Rows(rows => rows with { Missed = true }),
            FigurePart.Open => Standing(RecoveryStanding.Open),
            FigurePart.Recovered => Standing(RecoveryStanding.Recovered),
            FigurePart.SelfRecovered => Standing(RecoveryStanding.SelfRecovered),
            FigurePart.NoNumber => Standing(RecoveryStanding.NoNumber),
            FigurePart.AnsweredWithin => Going(Direction.Inbound, CallOutcome.Completed, within: true),
            FigurePart.GivenUp => GivenUp(within: false),
            FigurePart.GivenUpWithin => GivenUp(within: true),
            FigurePart.CallbackRequests => Reason(MissedReason.CallbackRequested),
            FigurePart.Recoverable => [.. Standing(RecoveryStanding.Open), .. Standing(RecoveryStanding.Recovered), .. Standing(RecoveryStanding.SelfRecovered)],
            _ => [],
        });

        IReadOnlyList<CallFilter> Going(Direction direction, CallOutcome? outcome = null, bool within = false) =>
            answer.Filter.Direction is { } asked && asked != direction ? [] : Rows(rows => rows with { Direction = direction, Outcome = outcome, WaitMax = within ? answer.Rules.ServiceSeconds : null });

        /// <summary>All reasons there are for a call that its caller ended, but for a callback.</summary>
        IReadOnlyList<CallFilter> GivenUp(bool within) =>
            [.. ((MissedReason[])[MissedReason.AbandonedWaiting, MissedReason.ShortAbandon, MissedReason.AbandonedInIvr]).SelectMany(reason => Reason(reason, within))];

        IReadOnlyList<CallFilter> Reason(MissedReason reason, bool within = false) => Rows(rows => rows with { Missed = true, Reason = reason, WaitMax = within ? answer.Rules.ServiceSeconds : null });

        IReadOnlyList<CallFilter> Standing(RecoveryStanding standing) =>
            answer.Filter.Recovery is { } asked && asked != standing ? [] : Rows(rows => rows with { Recovery = standing });

        IReadOnlyList<CallFilter> Rows(Func<CallFilter, CallFilter> narrower) => [.. answer.Filter.Rows.Select(narrower)];
    }
}
