using CallCenter.Calls;
using CallCenter.Figures;
using CallCenter.Quotes;

namespace CallCenter.Reports;

/// <summary>By something that a phone system names, so that two phone systems may each have one of the same name.</summary>
abstract class ByPlace : Report
{
    /// <param name="narrow">The calls of one of them; there is no list of those of none.</param>
    protected static async Task<IReadOnlyList<ReportRow>> Read(
        ReportSources from, ReportQuestion question, Breakdown by, SalesCut cut, Func<CallFilter, string, string, CallFilter> narrow, CancellationToken stop)
    {
        var calls = (await from.Figures.Apart(question.Scope, question.Filter, question.Rules, by, Grain.Whole, facet => facet.GroupOf(by), stop)).Value;
        var sales = await from.SalesBy(cut, question, stop);
        var places = calls.Keys.Union(sales.Keys.Select(key => key.Split('\n') is [var connection, var name] && name.Length > 0 ? ((string?)name, connection) : (null, "")));
        return
        [
            .. places.Select(place => new ReportRow(
                place.Item1, calls.GetValueOrDefault(place),
                place.Item1 is { } name ? sales.GetValueOrDefault($"{place.Item2}\n{name}") : SaleFigures.Sum(sales.Where(one => one.Key.EndsWith('\n') || one.Key.Length == 0).Select(one => one.Value)),
                place.Item1 is null || question.Filter.Rows.Count != 1 ? null : narrow(question.Filter.Rows[0], place.Item1, place.Item2))),
        ];
    }
}
