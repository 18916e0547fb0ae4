using CallCenter.Calls;

namespace CallCenter.Figures;

/// <summary>What the command line and the API can be asked for.</summary>
public enum ReportName
{
    Summary,
    Days,
    Hours,
    States,
    Operators,
    Teams,
    Lines,
    Queues,
    Missed,
}

/// <summary>What a report is compared with.</summary>
public enum Comparison
{
    /// <summary>As long a time immediately before.</summary>
    Previous,
    YearBefore,
}

/// <summary>An answer for programs: with the question, the zone its days are days of, and how current it is.</summary>
/// <param name="Until">Where the last day is cut.</param>
/// <param name="Uncounted">More than none only after an upgrade, while calls of the past are still being counted.</param>
/// <param name="Before">The same of the time that was asked to be compared with.</param>
public sealed record FigureReport<T>(
    ReportName Report, DateOnly From, DateOnly To, TimeOnly? Until, string Zone, IReadOnlyList<string>? Teams, string? Line, string? Queue, string? Operator, string? Connection,
    Direction? Direction, RecoveryStanding? Recovery, FigureRules Rules, DateTimeOffset? LastEventAt, long Uncounted, T Value, FigureReport<T>? Before)
{
    internal static FigureReport<T> Of<TAnswer>(ReportName name, Answer<TAnswer> answer, T value, FigureReport<T>? before) => new(
        name, answer.Filter.Period.First, answer.Filter.Period.Last, answer.Filter.Period.Cut, answer.Filter.Period.Zone.Id, answer.Filter.Teams, answer.Filter.Line, answer.Filter.Queue, answer.Filter.Operator,
        answer.Filter.Connection, answer.Filter.Direction, answer.Filter.Recovery, answer.Rules, answer.LastEventAt, answer.Uncounted, value, before);
}

/// <param name="Figures">Each with what it is made of.</param>
/// <param name="MissedReasons">Why calls were missed; together all that were.</param>
public sealed record SummaryReport(Counts Counts, IReadOnlyList<FigureLine> Figures, IReadOnlyDictionary<MissedReason, long> MissedReasons);

/// <summary>A figure with what it is made of.</summary>
/// <param name="Minutes">Of a share within some minutes.</param>
public sealed record FigureLine(Figure Figure, FigureUnit Unit, double? Value, FigurePartLine Top, FigurePartLine? Bottom, IReadOnlyList<FigurePartLine> LeftOut, int? Minutes)
{
    internal static FigureLine Of(Explanation one) => new(
        one.Figure, one.Unit, one.Value, FigurePartLine.Of(one.Top), one.Bottom is { } bottom ? FigurePartLine.Of(bottom) : null, [.. one.LeftOut.Select(FigurePartLine.Of)], one.Minutes);
}

/// <param name="Rows">Addresses of the API whose calls together are this many; none where no list shows it.</param>
public sealed record FigurePartLine(FigurePart Part, double Amount, IReadOnlyList<string> Rows)
{
    internal static FigurePartLine Of(FigureTerm term) => new(term.Part, term.Amount, [.. term.Rows.Select(rows => $"/api/calls{CallConditions.Query(rows, CallOrder.NewestFirst)}")]);
}

/// <param name="Weeks">Half hours of the week over the whole period.</param>
/// <param name="Day">Half hours of the one day that was asked for; null for a longer period.</param>
public sealed record HoursReport(IReadOnlyList<HalfHourFigures> Weeks, IReadOnlyList<SlotFigures>? Day);

/// <summary>Asks the desk for a report by its name.</summary>
sealed class FigureReports(FigureDesk desk, TimeProvider clock)
{
    /// <summary>Missed calls that a report lists.</summary>
    const int MissedMax = CallLog.PageMax;

    /// <summary>The <see cref="FigureReport{T}"/> of that name.</summary>
    public async Task<object> Of(ReportName name, CallScope scope, FigureFilter filter, FigureRules rules, Comparison? comparison, CancellationToken stop) => name switch
    {
        ReportName.Summary => await Summary(scope, filter, rules, comparison, stop),
        ReportName.Days => await Plain(name, filter, comparison, asked => desk.Days(scope, asked, rules, stop)),
        ReportName.Hours => await Hours(scope, filter, rules, comparison, stop),
        ReportName.States => await Plain(name, filter, comparison, asked => desk.States(scope, asked, rules, stop)),
        ReportName.Operators => await Plain(name, filter, comparison, asked => desk.Operators(scope, asked, rules, stop)),
        ReportName.Teams => await Plain(name, filter, comparison, asked => desk.Teams(scope, asked, rules, stop)),
        ReportName.Lines => await Plain(name, filter, comparison, asked => desk.Lines(scope, asked, rules, stop)),
        ReportName.Queues => await Plain(name, filter, comparison, asked => desk.Queues(scope, asked, rules, stop)),
        ReportName.Missed => await Made(name, filter, comparison, asked => desk.Summary(scope, asked, rules, stop), async (_, asked) => await desk.Missed(scope, asked, MissedMax, stop)),
        _ => throw new InvalidOperationException($"No report for {name}."),
    };

    public Task<FigureReport<SummaryReport>> Summary(CallScope scope, FigureFilter filter, FigureRules rules, Comparison? comparison, CancellationToken stop) => Made(ReportName.Summary, filter, comparison,
        asked => desk.Summary(scope, asked, rules, stop),
        (answer, _) => Task.FromResult(new SummaryReport(answer.Value.Counts, [.. Explanation.All(answer).Select(FigureLine.Of)], answer.Value.Reasons)));

    Task<FigureReport<HoursReport>> Hours(CallScope scope, FigureFilter filter, FigureRules rules, Comparison? comparison, CancellationToken stop) => Made(ReportName.Hours, filter, comparison,
        asked => desk.Hours(scope, asked, rules, stop),
        async (answer, asked) => new HoursReport(answer.Value, asked.Period.Days == 1 ? (await desk.HoursOfDay(scope, asked, rules, stop)).Value : null));

    Task<FigureReport<T>> Plain<T>(ReportName name, FigureFilter filter, Comparison? comparison, Func<FigureFilter, Task<Answer<T>>> ask) => Made(name, filter, comparison, ask, (answer, _) => Task.FromResult(answer.Value));

    async Task<FigureReport<T>> Made<TAnswer, T>(ReportName name, FigureFilter filter, Comparison? comparison, Func<FigureFilter, Task<Answer<TAnswer>>> ask, Func<Answer<TAnswer>, FigureFilter, Task<T>> make)
    {
        var answer = await ask(filter);
        FigureReport<T>? before = comparison is { } kind
            ? await Made(name, kind == Comparison.Previous ? filter.Previous(clock.GetUtcNow()) : filter.YearBefore(clock.GetUtcNow()), null, ask, make)
            : null;
        return FigureReport<T>.Of(name, answer, await make(answer, filter), before);
    }
}
