using CallCenter.Quotes;

namespace CallCenter.Reports;

/// <summary>By the brands of the lines of quotes. A quote of two brands is counted in both, so rows together can be more than the total.</summary>
sealed class ByBrand : Report
{
    public override string Name => "by-brand";

    public override string Word => "marca";

    public override string RowTitle => "Marca";

    public override string NoneTitle => "Sin marca";

    public override bool Has(ReportColumn column) => column.Group == ColumnGroup.Sales;

    public override async Task<IReadOnlyList<ReportRow>> Read(ReportSources from, ReportQuestion question, CancellationToken stop) =>
        [.. (await from.SalesBy(SalesCut.Brand, question, stop)).Select(one => new ReportRow(one.Key.Length == 0 ? null : one.Key, null, one.Value))];
}
