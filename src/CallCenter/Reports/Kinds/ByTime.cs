using System.Globalization;
using CallCenter.Figures;
using CallCenter.Quotes;

namespace CallCenter.Reports;

/// <summary>By stretches of local time, in their order.</summary>
abstract class ByTime : Report
{
    public override bool IsInOrder => true;

    /// <param name="part">Of a stretch of calls, to which row it belongs.</param>
    /// <param name="at">Of a local time at which a quote was begun, to which row it belongs.</param>
    protected static async Task<IReadOnlyList<ReportRow>> Read<T>(
        ReportSources from, ReportQuestion question, Grain grain, Func<long, T> part, Func<DateTime, T> at, IEnumerable<T> rows, CancellationToken stop) where T : notnull
    {
        var calls = (await from.Figures.Apart(question.Scope, question.Filter, question.Rules, Breakdown.None, grain, facet => part(facet.Time), stop)).Value;
        var sales = (await from.SalesBy(SalesCut.Quarter, question, stop))
            .GroupBy(one => at(TimeZoneInfo.ConvertTime(QuoteCounter.QuarterOf(long.Parse(one.Key, CultureInfo.InvariantCulture)), question.Filter.Period.Zone).DateTime))
            .ToDictionary(group => group.Key, group => SaleFigures.Sum(group.Select(one => one.Value)));
        return [.. rows.Select(row => new ReportRow(row, calls.GetValueOrDefault(row), sales.GetValueOrDefault(row)))];
    }
}
