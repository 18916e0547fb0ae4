using CallCenter.Figures;
using CallCenter.Quotes;

namespace CallCenter.Reports;

/// <summary>By who answered or placed the calls: the person whose extension it is now, else the extension. Quotes by whose they are.</summary>
sealed class ByOperator : Report
{
    public override string Name => "by-operator";

    public override string Word => "operador";

    public override string RowTitle => "Operador";

    public override string NoneTitle => "Sin operador";

    /// <summary>A missed call is nobody's: what can be said of whom is which telephones rang in vain and what somebody made good.</summary>
    public override bool Has(ReportColumn column) => column.Group is ColumnGroup.Calls or ColumnGroup.Sales && column.Name != "AnswerRate" || column.Name is "Recoveries" or "MeanRecovery" or "MeanWait";

    public override bool IsMain(ReportColumn column) =>
        column.Group == ColumnGroup.Sales ? column.IsMain : column.Name is "Offered" or "Answered" or "Missed" or "Outbound" or "MeanTalk" or "InVain" or "Recoveries" or "MeanRecovery";

    /// <param name="User">Id of the person.</param>
    /// <param name="Name">As the phone system has it, where it is nobody's.</param>
    readonly record struct Who(string? User, string Connection, string? Name, bool IsOthers);

    static readonly Who Nobody = new(null, "", null, false), Others = new(null, "", null, true);

    public override async Task<IReadOnlyList<ReportRow>> Read(ReportSources from, ReportQuestion question, CancellationToken stop)
    {
        var (roster, scope) = (from.Personnel.Now, question.Scope);
        Who Of(string connection, string name) =>
            name.Length == 0 ? Nobody
            : roster.UserOf(connection, name, question.Now) is { } user ? Seen(user)
            : scope.IsOwnOnly ? Others : new(null, connection, name, false);
        // Who sees only his own calls learns nothing of how colleagues do.
        Who Seen(string user) => scope.IsOwnOnly && user != scope.Person ? Others : new(user, "", null, false);

        var calls = (await from.Figures.Apart(scope, question.Filter, question.Rules, Breakdown.Operator, Grain.Whole, facet => Of(facet.Connection, facet.Name), stop)).Value;
        var sales = (await from.SalesBy(SalesCut.Author, question, stop)).GroupBy(one => one.Key.Length == 0 ? Nobody : Seen(one.Key)).ToDictionary(group => group.Key, group => SaleFigures.Sum(group.Select(one => one.Value)));
        return
        [
            .. calls.Keys.Union(sales.Keys).Select(who => new ReportRow(
                who.User is { } user ? roster.People.GetValueOrDefault(user)?.Name ?? user : who.Name, calls.GetValueOrDefault(who), sales.GetValueOrDefault(who),
                question.Filter.Rows.Count == 1 && ExtensionOf(who) is var (connection, name) ? question.Filter.Rows[0] with { Operator = name, Connection = connection } : null)
            { IsOthers = who.IsOthers }),
        ];

        // A list shows the calls of one extension, not of several.
        (string Connection, string Name)? ExtensionOf(Who who) => who.Name is not null ? (who.Connection, who.Name)
            : roster.Extensions.Where(one => one.User == who.User).Select(one => (one.Connection, one.Name)).Distinct().ToList() is [var only] ? only : null;
    }
}
