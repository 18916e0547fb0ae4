using CallCenter.Calls;
using CallCenter.Figures;
using CallCenter.Quotes;
using CallCenter.Recovery;
using CallCenter.Storage;
using CallCenter.Teams;

namespace CallCenter.Reports;

/// <summary>Reads reports: the same figures as everywhere, of the calls that whoever asks may see.</summary>
sealed class ReportDesk(Db db, FigureDesk figures, CustomerFigures customers, QuoteCounter quotes, Personnel personnel, ICustomerNames names, TimeProvider clock)
{
    readonly ReportSources sources = new(figures, customers, quotes, personnel, names);

    /// <param name="withSales">False for who may not know what is sold.</param>
    /// <exception cref="Refusal">The period is too long, or has more calls than are looked at.</exception>
    public async Task<ReportTable> Read(Report report, CallScope scope, FigureFilter filter, FigureRules rules, bool withSales = true, CancellationToken stop = default)
    {
        var question = new ReportQuestion(scope, filter, rules, withSales, clock.GetUtcNow());
        var rows = await report.Read(sources, question, stop);
        if (!report.IsInOrder)
            rows =
            [
                .. rows.Where(row => !row.IsEmpty).OrderBy(row => row.IsOthers).ThenBy(row => row.Key is null)
                    .ThenByDescending(row => row.Calls?.Counts.Calls).ThenByDescending(row => row.Sales?.Value).ThenBy(row => $"{row.Key}", StringComparer.CurrentCulture),
            ];
        var hasCalls = report.Columns.Any(column => column.Group != ColumnGroup.Sales);
        rows = [.. rows.Select(row => row with { Calls = hasCalls ? row.Calls ?? KeyFigures.Of(rules, []) : null, Sales = question.AsksForQuotes ? row.Sales ?? SaleFigures.None : null })];

        var summary = await figures.Summary(scope, filter, rules, stop);
        var sales = question.AsksForQuotes ? SaleFigures.Sum((await sources.SalesBy(SalesCut.Team, question, stop)).Values) : null;
        var currency = (await db.Read(RecoverySettings.Read, stop)).Currency;
        return new(report, question, rows, new ReportRow(null, hasCalls ? summary.Value : null, sales), summary.LastEventAt, summary.Uncounted, currency);
    }
}
