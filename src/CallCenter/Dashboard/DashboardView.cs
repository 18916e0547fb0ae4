using CallCenter.Calls;
using CallCenter.Figures;
using CallCenter.Quotes;

namespace CallCenter.Dashboard;

/// <summary>All that one dashboard shows, read at one go.</summary>
/// <param name="Before">The same of the period before; null when nothing is compared.</param>
/// <param name="DaysBefore">Day by day the ones that <paramref name="Days"/> are compared with; the last may be missing.</param>
/// <param name="Trend">The last days, the period's last one at the end: key figures day by day, null for a day without calls.</param>
/// <param name="QuotesBefore">Those of the period before; null when nothing is compared.</param>
/// <param name="StakeCents">Expected loss of all missed calls that have to be returned now, whatever the period.</param>
/// <param name="Slots">Half hours of the one day that is looked at; null for a longer period, of which there are <paramref name="Hours"/>.</param>
public sealed record DashboardView(
    DateTimeOffset ReadAt, FigureFilter Filter, Answer<KeyFigures> Now, KeyFigures? Before, IReadOnlyList<DayFigures> Days, IReadOnlyList<DayFigures>? DaysBefore,
    IReadOnlyList<SlotFigures>? Slots, IReadOnlyList<HalfHourFigures>? Hours, IReadOnlyList<StateFigures> States, Ranking Ranking, IReadOnlyList<Call> Missed, QuoteFigures Quotes, IReadOnlyList<KeyFigures?> Trend, QuoteFigures? QuotesBefore, long StakeCents)
{
    public const int MissedShown = 10;
    public const int TrendDays = 14;

    internal static async Task<DashboardView> Read(FigureDesk desk, QuoteCounter quotes, Func<Task<long>> stake, CallScope scope, FigureFilter filter, QuoteQuestion question, bool compares, DateTimeOffset now, CancellationToken stop = default)
    {
        var (rules, before, isDay) = (FigureRules.Default, compares ? filter.Previous(now) : null, filter.Period.Days == 1);
        // About one moment, and at one go: two hundred of these may be open.
        var figures = await desk.AtOnce(async at => (
            Now: await at.Summary(scope, filter, rules, stop),
            Before: before is null ? null : (await at.Summary(scope, before, rules, stop)).Value,
            Days: (await at.Days(scope, filter, rules, stop)).Value,
            DaysBefore: before is null ? null : (await at.Days(scope, before, rules, stop)).Value,
            Slots: isDay ? (await at.HoursOfDay(scope, filter, rules, stop)).Value : null,
            Hours: isDay ? null : (await at.Hours(scope, filter, rules, stop)).Value,
            States: (await at.States(scope, filter, rules, stop)).Value,
            Ranking: (await at.Operators(scope, filter, rules, stop)).Value,
            Trend: await Trend(at)), stop);
        return new(
            now, filter, figures.Now, figures.Before, figures.Days, figures.DaysBefore, figures.Slots, figures.Hours, figures.States, figures.Ranking,
            await desk.Missed(scope, filter, MissedShown, stop),
            await quotes.Count(scope, question, stop),
            figures.Trend,
            before is null ? null : await quotes.Count(scope, question with { From = before.Period.From, Until = before.Period.Until }, stop),
            await stake());

        async Task<IReadOnlyList<KeyFigures?>> Trend(FigureDesk at)
        {
            var last = filter.Period.Last;
            var days = filter with { Period = filter.Period with { First = last.AddDays(1 - TrendDays) } };
            var found = (await at.Apart(scope, days, rules, Breakdown.None, Grain.Day, facet => facet.Time, stop)).Value;
            return [.. Enumerable.Range(0, TrendDays).Select(i => found.GetValueOrDefault(Figures.Slots.Day(last.AddDays(i + 1 - TrendDays))))];
        }
    }
}
