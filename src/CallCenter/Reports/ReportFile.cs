using System.Globalization;
using System.Text;
using CallCenter.Calls;
using CallCenter.Web;
using Microsoft.Extensions.Localization;

namespace CallCenter.Reports;

/// <summary>
/// A report as a file, all rows and all columns, in the language of who reads now. It says of which calls and of when it is, and what
/// each column means: on a sheet of its own, and in lines that begin with # above the columns of a CSV.
/// </summary>
sealed class ReportFile(IStringLocalizer<Words> words, IPhoneSystems phones, ITeamNames teams)
{
    public const string WorkbookType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

    public static string NameOf(ReportTable table, string kind) => FormattableString.Invariant(
        $"{table.Report.Name}-{table.Question.Filter.Period.First:yyyyMMdd}-{table.Question.Filter.Period.Last:yyyyMMdd}.{kind}");

    public async Task WriteWorkbook(Stream to, ReportTable table, CancellationToken stop)
    {
        var columns = table.Report.Columns;
        await using var book = await Xlsx.Begin(to, stop);
        await book.Sheet(words["Informe"], [(words[table.Report.RowTitle], 30), .. columns.Select(column => (TitleOf(column, table), 16))]);
        foreach (var (name, row) in Rows(table)) await book.Row([name, .. columns.Select(column => Cell(column.Of(row), column.Kind))]);
        await book.Sheet(words["Sobre este archivo"], [(words["Qué"], 34), (words["Valor"], 110)]);
        foreach (var (what, value) in words.About(table, phones, teams)) await book.Row([what, value]);
        foreach (var column in columns) await book.Row([words.TitleOf(column), words.MeaningOf(column, table)]);
        await book.Finish();

        static object? Cell(object? value, CellKind kind) => value switch
        {
            Money money => money.Amount,
            double share when kind == CellKind.Share => new Xlsx.Percentage(share),
            double or int when kind == CellKind.Seconds => TimeSpan.FromSeconds(Convert.ToDouble(value, CultureInfo.InvariantCulture)),
            _ => value,
        };
    }

    public async Task WriteCsv(Stream to, ReportTable table, CancellationToken stop)
    {
        var columns = table.Report.Columns;
        await using var text = new StreamWriter(to, new UTF8Encoding(encoderShouldEmitUTF8Identifier: true), leaveOpen: true);
        foreach (var (what, value) in words.About(table, phones, teams).Concat(columns.Select(column => (words.TitleOf(column), words.MeaningOf(column, table)))))
            await text.WriteAsync(Csv.Line([$"# {what}", value]).AsMemory(), stop);
        await text.WriteAsync(Csv.Line([words[table.Report.RowTitle], .. columns.Select(column => TitleOf(column, table))]).AsMemory(), stop);
        foreach (var (name, row) in Rows(table)) await text.WriteAsync(Csv.Line([name, .. columns.Select(column => Cell(column.Of(row)))]).AsMemory(), stop);

        static string? Cell(object? value) => value switch
        {
            null => null,
            double number => number.ToString("0.####", CultureInfo.InvariantCulture),
            IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
            _ => value.ToString(),
        };
    }

    IEnumerable<(string Name, ReportRow Row)> Rows(ReportTable table) =>
        table.Rows.Select(row => (words.NameOf(table.Report, row, phones.HomeCountry(null)), row)).Append((words["Total"], table.Total));

    /// <summary>With its unit, because in a file a number stands alone.</summary>
    string TitleOf(ReportColumn column, ReportTable table) => column.Kind == CellKind.Money ? $"{words.TitleOf(column)} ({table.Currency})" : words.TitleOf(column);
}
