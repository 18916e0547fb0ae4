using CallCenter.Figures;
using CallCenter.Quotes;

namespace CallCenter.Reports;

sealed class ByLine : ByPlace
{
    public override string Name => "by-line";

    public override string Word => "linea";

    public override string RowTitle => "Línea";

    public override string NoneTitle => "Sin línea";

    public override Task<IReadOnlyList<ReportRow>> Read(ReportSources from, ReportQuestion question, CancellationToken stop) =>
        Read(from, question, Breakdown.Line, SalesCut.Line, (rows, name, connection) => rows with { Line = name, Connection = connection }, stop);
}
