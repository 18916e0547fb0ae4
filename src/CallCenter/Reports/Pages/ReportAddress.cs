using System.Text.Json;
using CallCenter.Calls.Pages;
using CallCenter.Figures;
using CallCenter.Figures.Pages;
using CallCenter.Web;
using Microsoft.AspNetCore.WebUtilities;

namespace CallCenter.Reports.Pages;

/// <summary>Which report somebody looks at, of which calls and in which order, as it stands in the address.</summary>
public sealed record ReportAddress : AskedFigures
{
    public const string Path = "/informes";

    static readonly Spelling<ColumnGroup> Groups = new("llamadas", "recuperacion", "servicio", "ventas");

    Report report = Reports.Report.All[0];

    internal Report Report
    {
        get => report;
        init => report = value;
    }

    /// <summary>Null for the few columns that matter most.</summary>
    internal ColumnGroup? Group { get; init; }

    /// <summary>The column that rows are sorted by; null for the report's own order.</summary>
    internal ReportColumn? SortedBy { get; init; }

    public bool Ascending { get; init; }

    protected override CallPeriod UsualPeriod => CallPeriod.SevenDays;

    public static ReportAddress Read(string address)
    {
        var query = Query(address);
        return Read(new ReportAddress
        {
            Report = Reports.Report.All.FirstOrDefault(one => one.Word == Text(query, "informe")) ?? Reports.Report.All[0],
            Group = Groups.Read(Text(query, "columnas")),
            SortedBy = ReportColumn.All.FirstOrDefault(column => ReportAnswer.NameOf(column) == Text(query, "orden")),
            Ascending = Text(query, "sentido") is "asc",
        }, query);
    }

    public override string ToString() => Written(Path,
    [
        ("informe", Report.Word),
        ("columnas", Group is { } group ? Groups.Of(group) : null),
        ("orden", SortedBy is { } column ? ReportAnswer.NameOf(column) : null),
        ("sentido", SortedBy is not null && Ascending ? "asc" : null),
    ]);

    /// <summary>Those that are shown; of a report that has none in the group, all.</summary>
    internal IReadOnlyList<ReportColumn> Columns => Report.Columns.Where(column => Group is { } group ? column.Group == group : Report.IsMain(column)).ToList() is { Count: > 0 } some ? some : Report.Columns;

    /// <summary>The same address, in the order of a column: the most first, and the other way when it is asked again.</summary>
    internal ReportAddress Sorted(ReportColumn column) => this with { SortedBy = column, Ascending = SortedBy == column && !Ascending };

    internal IReadOnlyList<ReportRow> Order(IReadOnlyList<ReportRow> rows)
    {
        if (SortedBy is not { } column || !Report.Has(column)) return rows;
        var known = rows.Where(row => Number(row) is not null);
        // What has no value is neither the most nor the least.
        return [.. (Ascending ? known.OrderBy(Number) : known.OrderByDescending(Number)), .. rows.Where(row => Number(row) is null)];

        decimal? Number(ReportRow row) => column.Of(row) switch
        {
            null => null,
            Money money => money.Amount,
            var value => Convert.ToDecimal(value, System.Globalization.CultureInfo.InvariantCulture),
        };
    }

    /// <summary>The file with all rows and columns.</summary>
    internal string Export(string kind, FigureFilter filter) => QueryHelpers.AddQueryString($"/api/reports/{Report.Name}/export.{kind}", Conditions(filter).Where(one => one.Value is not null));

    static IEnumerable<KeyValuePair<string, string?>> Conditions(FigureFilter filter) =>
    [
        new("from", Fields.Written(filter.Period.First)), new("to", Fields.Written(filter.Period.Last)), new("zone", filter.Period.Zone.Id), new("team", filter.Teams?[0]), new("line", filter.Line),
        new("operator", filter.Operator), new("recovery", filter.Recovery is { } standing ? JsonNamingPolicy.SnakeCaseLower.ConvertName($"{standing}") : null),
    ];
}
