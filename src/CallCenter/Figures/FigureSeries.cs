using CallCenter.Calls;

namespace CallCenter.Figures;

/// <summary>What was asked, and how current the answer is.</summary>
/// <param name="LastEventAt">When the latest thing happened that we know of, in whichever call; null before the first.</param>
/// <param name="Uncounted">More than none only after an upgrade, while calls of the past are still being counted.</param>
public sealed record Answer<T>(T Value, FigureFilter Filter, FigureRules Rules, DateTimeOffset? LastEventAt, long Uncounted);

/// <summary>A day as people of the zone count it.</summary>
/// <param name="Hours">23 or 25 when the clocks change.</param>
public sealed record DayFigures(DateOnly Day, double Hours, Counts Counts, ServiceLevel Level, double? MeanWait);

/// <summary>A half hour of the week, over all weeks of the period.</summary>
/// <param name="Occurred">How often there was one so far; the doubled hour of autumn counts twice, the skipped one of spring not.</param>
/// <param name="MeanHandling">Seconds that an inbound call took who answered it; null when none was.</param>
public sealed record HalfHourFigures(DayOfWeek Weekday, TimeOnly Time, int Occurred, Counts Counts, double? MeanHandling)
{
    /// <summary>Calls in an average one; null when there was none yet.</summary>
    public double? MeanOffered => Rate.Of(Counts.Offered, Occurred);

    public double? MeanMissed => Rate.Of(Counts.Missed, Occurred);
}

/// <summary>A half hour of one day.</summary>
/// <param name="Start">With the zone's offset, which tells the two apart of an hour that the clocks show twice.</param>
/// <param name="IsDoubled">The clocks show this time twice on that day.</param>
/// <param name="MeanHandling">As in <see cref="HalfHourFigures"/>.</param>
public sealed record SlotFigures(DateTimeOffset Start, bool IsDoubled, Counts Counts, double? MeanHandling);

/// <summary>Calls that ended in one way.</summary>
/// <param name="Standing">Of missed ones how they stand.</param>
public sealed record StateFigures(Direction Direction, CallOutcome Outcome, RecoveryStanding? Standing, long Calls);

/// <summary>Calls of one team, line or queue.</summary>
/// <param name="Name">A team's id, or the name as the phone system has it; null for calls of none.</param>
/// <param name="Connection">Whose line or queue; empty for teams, and for calls of none.</param>
public sealed record GroupFigures(string? Name, string Connection, Counts Counts, ServiceLevel Level, double? MeanWait, double? MeanTalk, long Recoveries);

/// <summary>Calls that one operator answered or placed. What others picked up after it rang with him is only in <see cref="InVain"/>.</summary>
/// <param name="Operator">As the phone system names him; null for calls of nobody.</param>
/// <param name="InVain">How often his telephone rang and he did not pick it up.</param>
/// <param name="MeanTalk">Seconds of a call that was answered, whoever placed it, without holds.</param>
/// <param name="Recoveries">Missed calls that he made good by calling back.</param>
/// <param name="MeanRecovery">Seconds from the end of those to his call.</param>
public sealed record OperatorFigures(
    string? Operator, string Connection, Counts Counts, long InVain, double? MeanTalk, long Recoveries, double? MeanRecovery);

/// <summary>The operators, who answered most first.</summary>
/// <param name="Unassigned">Calls that nobody answered or placed.</param>
/// <param name="Others">Calls of colleagues that concern who looks and sees only his own; no names. Null for who sees all operators.</param>
public sealed record Ranking(IReadOnlyList<OperatorFigures> Operators, OperatorFigures Unassigned, OperatorFigures? Others);
