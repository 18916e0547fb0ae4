using System.Globalization;
using System.Text.Json;
using CallCenter.Calls;
using CallCenter.Figures;

namespace CallCenter.Reports;

/// <summary>A report for programs.</summary>
/// <param name="Columns">Names and units of what each row has.</param>
/// <param name="Total">Of all calls of the question.</param>
public sealed record ReportAnswer(
    string Report, DateOnly From, DateOnly To, string Zone, IReadOnlyList<string>? Teams, string? Line, string? Queue, string? Operator, string? Connection, Direction? Direction, RecoveryStanding? Recovery,
    FigureRules Rules, DateTimeOffset? LastEventAt, long Uncounted, string Currency, IReadOnlyList<ReportAnswerColumn> Columns, IReadOnlyList<ReportAnswerRow> Rows, IReadOnlyDictionary<string, object?> Total)
{
    internal static ReportAnswer Of(ReportTable table)
    {
        var (filter, columns) = (table.Question.Filter, table.Report.Columns);
        IReadOnlyDictionary<string, object?> Values(ReportRow row) => columns.ToDictionary(NameOf, column => column.Of(row) is Money money ? money.Amount : column.Of(row));
        return new(
            table.Report.Name, filter.Period.First, filter.Period.Last, filter.Period.Zone.Id, filter.Teams, filter.Line, filter.Queue, filter.Operator, filter.Connection, filter.Direction, filter.Recovery,
            table.Question.Rules, table.LastEventAt, table.Uncounted, table.Currency, [.. columns.Select(column => new ReportAnswerColumn(NameOf(column), column.Kind.ToString().ToLowerInvariant()))],
            [.. table.Rows.Select(row => new ReportAnswerRow(Written(row.Key), row.IsOthers, Values(row)))], Values(table.Total));
    }

    static string? Written(object? key) => key switch
    {
        null => null,
        DateOnly day => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        TimeOnly time => time.ToString("HH:mm", CultureInfo.InvariantCulture),
        _ => $"{key}",
    };

    internal static string NameOf(ReportColumn column) => JsonNamingPolicy.SnakeCaseLower.ConvertName(column.Name);
}

/// <param name="Unit">count, share (0.25 is a quarter), seconds or money.</param>
public sealed record ReportAnswerColumn(string Name, string Unit);

/// <param name="Name">Null for what is of none.</param>
/// <param name="Others">Calls of colleagues, of whom whoever asks is told no more.</param>
public sealed record ReportAnswerRow(string? Name, bool Others, IReadOnlyDictionary<string, object?> Values);
