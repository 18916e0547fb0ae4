using System.Globalization;
using CallCenter.Quotes;

namespace CallCenter.Reports;

/// <summary>By whose calls they are. Sums only: there are too many customers to keep each one's spread of times.</summary>
sealed class ByCustomer : Report
{
    public override string Name => "by-customer";

    public override string Word => "cliente";

    public override string RowTitle => "Cliente";

    public override string NoneTitle => "Sin cliente";

    public override bool Has(ReportColumn column) => column.IsOfCustomers;

    public override async Task<IReadOnlyList<ReportRow>> Read(ReportSources from, ReportQuestion question, CancellationToken stop)
    {
        var calls = await from.Customers.Read(question.Scope, question.Filter, question.Rules, stop);
        var sales = (await from.SalesBy(SalesCut.Customer, question, stop)).ToDictionary(one => one.Key.Length == 0 ? 0L : long.Parse(one.Key, CultureInfo.InvariantCulture), one => one.Value);
        var customers = calls.Keys.Union(sales.Keys).ToList();
        var names = await from.CustomerNames.Of(customers.Where(id => id != 0).Select(id => (long?)id), stop);
        return
        [
            .. customers.Select(id => new ReportRow(
                id == 0 ? null : names.GetValueOrDefault(id) ?? $"{id}", calls.GetValueOrDefault(id), sales.GetValueOrDefault(id),
                id == 0 || question.Filter.Rows.Count != 1 ? null : question.Filter.Rows[0] with { CustomerId = id })),
        ];
    }
}
