using CallCenter.Calls;

namespace CallCenter.Figures;

/// <summary>Which calls figures are about: those that began in a period and have ended. All conditions hold together; null asks for nothing.</summary>
/// <param name="Teams">Ids of teams that they count for, <see cref="CallFilter.NoTeam"/> for none; null for whatever team.</param>
/// <param name="Operator">Extension or agent who answered or placed them, as the phone system names him.</param>
/// <param name="Connection">The phone system that told of them.</param>
/// <param name="Recovery">Only missed calls that stand so.</param>
public sealed record FigureFilter(
    FigurePeriod Period,
    IReadOnlyList<string>? Teams = null,
    string? Line = null,
    string? Queue = null,
    string? Operator = null,
    string? Connection = null,
    Direction? Direction = null,
    RecoveryStanding? Recovery = null)
{
    /// <summary>The same of what the period is compared with.</summary>
    public FigureFilter Previous(DateTimeOffset now) => this with { Period = Period.Previous(now) };

    public FigureFilter YearBefore(DateTimeOffset now) => this with { Period = Period.YearBefore(now) };

    /// <exception cref="Refusal">The period ends before it begins, or is too long.</exception>
    public FigureFilter Check() => Period.Days is >= 1 and <= FigurePeriod.DaysMax ? this
        : throw new Refusal(RefusalKind.Invalid, "figures.days", FigurePeriod.DaysMax);

    /// <summary>The rows behind it, one question for each team that is asked for: together they are all calls that were counted.</summary>
    public IReadOnlyList<CallFilter> Rows => Teams is null ? [RowsOf(null)] : [.. Teams.Select(RowsOf)];

    internal bool Matches(CountedCall call) => Matches(call.Direction, call.Standing)
        && (Teams is null || Teams.Contains(call.Team ?? CallFilter.NoTeam))
        && (Line is null || Line == call.Line) && (Queue is null || Queue == call.Queue) && (Connection is null || Connection == call.Connection);

    internal bool Matches(Direction direction, RecoveryStanding? standing) => (Direction is null || Direction == direction) && (Recovery is null || Recovery == standing);

    internal CallFilter RowsOf(string? team) => new(
        Period.From, Period.Until, Direction, Alive: false, Operator: Operator, Queue: Queue, Line: Line, Connection: Connection, Recovery: Recovery, Team: team);
}
