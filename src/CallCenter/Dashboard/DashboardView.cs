using CallCenter.Calls;
using CallCenter.Figures;
using CallCenter.Quotes;

namespace CallCenter.Dashboard;

/// <summary>All that one dashboard shows, read at one go.</summary>
/// <param name="Before">The same of the period before; null when nothing is compared.</param>
/// <param name="DaysBefore">Day by day the ones that <paramref name="Days"/> are compared with; the last may be missing.</param>
/// <param name="Slots">Half hours of the one day that is looked at; null for a longer period, of which there are <paramref name="Hours"/>.</param>
public sealed record DashboardView(
    DateTimeOffset ReadAt, FigureFilter Filter, Answer<KeyFigures> Now, KeyFigures? Before, IReadOnlyList<DayFigures> Days, IReadOnlyList<DayFigures>? DaysBefore,
    IReadOnlyList<SlotFigures>? Slots, IReadOnlyList<HalfHourFigures>? Hours, IReadOnlyList<StateFigures> States, Ranking Ranking, IReadOnlyList<Call> Missed, QuoteFigures Quotes)
{
    public const int MissedShown = 10;

    internal static async Task<DashboardView> Read(FigureDesk desk, QuoteCounter quotes, CallScope scope, FigureFilter filter, QuoteQuestion question, bool compares, DateTimeOffset now, CancellationToken stop = default)
    {
        var (rules, before, isDay) = (FigureRules.Default, compares ? filter.Previous(now) : null, filter.Period.Days == 1);
        return new(
            now, filter,
            await desk.Summary(scope, filter, rules, stop),
            before is null ? null : (await desk.Summary(scope, before, rules, stop)).Value,
            (await desk.Days(scope, filter, rules, stop)).Value,
            before is null ? null : (await desk.Days(scope, before, rules, stop)).Value,
            isDay ? (await desk.HoursOfDay(scope, filter, rules, stop)).Value : null,
            isDay ? null : (await desk.Hours(scope, filter, rules, stop)).Value,
            (await desk.States(scope, filter, rules, stop)).Value,
            (await desk.Operators(scope, filter, rules, stop)).Value,
            await desk.Missed(scope, filter, MissedShown, stop),
            await quotes.Count(scope, question, stop));
    }
}
