using CallCenter.Calls;
using CallCenter.Figures;
using CallCenter.Quotes;

namespace CallCenter.Reports;

sealed class ByTeam : Report
{
    public override string Name => "by-team";

    public override string Word => "equipo";

    public override string RowTitle => "Equipo";

    public override string NoneTitle => "Sin equipo";

    public override async Task<IReadOnlyList<ReportRow>> Read(ReportSources from, ReportQuestion question, CancellationToken stop)
    {
        var calls = (await from.Figures.Apart(question.Scope, question.Filter, question.Rules, Breakdown.Team, Grain.Whole, facet => facet.Team ?? "", stop)).Value;
        var sales = await from.SalesBy(SalesCut.Team, question, stop);
        return
        [
            .. calls.Keys.Union(sales.Keys).Select(team => new ReportRow(
                team.Length == 0 ? null : from.Personnel.NameOf(team), calls.GetValueOrDefault(team), sales.GetValueOrDefault(team), question.Filter.RowsOf(team.Length == 0 ? CallFilter.NoTeam : team))),
        ];
    }
}
