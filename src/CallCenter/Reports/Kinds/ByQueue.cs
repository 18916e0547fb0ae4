using CallCenter.Figures;
using CallCenter.Quotes;

namespace CallCenter.Reports;

sealed class ByQueue : ByPlace
{
    public override string Name => "by-queue";

    public override string Word => "cola";

    public override string RowTitle => "Cola";

    public override string NoneTitle => "Sin cola";

    public override Task<IReadOnlyList<ReportRow>> Read(ReportSources from, ReportQuestion question, CancellationToken stop) =>
        Read(from, question, Breakdown.Queue, SalesCut.Queue, (rows, name, connection) => rows with { Queue = name, Connection = connection }, stop);
}
