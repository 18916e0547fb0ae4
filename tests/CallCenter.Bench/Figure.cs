using System.Globalization;

namespace CallCenter.Bench;

/// <summary>One measured value.</summary>
/// <param name="Least">What it has to reach; null when it is only told.</param>
/// <param name="Most">What it must stay below.</param>
/// <param name="Aim">What we would like it to reach.</param>
sealed record Figure(string Bench, string Name, double Value, string Unit, double? Least = null, double? Most = null, double? Aim = null)
{
    /// <summary>Null when there is no target.</summary>
    public bool? Met => Least is null && Most is null ? null : (Least is not { } least || Value >= least) && (Most is not { } most || Value < most);

    public string Target => Least is { } least ? $">= {Spell(least)}{(Aim is { } aim ? $" (aim {Spell(aim)})" : "")}" : Most is { } most ? $"< {Spell(most)}" : "";

    public string Verdict => Met switch { true => "ok", false => "MISSED", null => "" };

    public static string Spell(double value) => value.ToString(
        Math.Abs(value) >= 1000 ? "#,0" : Math.Abs(value) >= 100 ? "0" : Math.Abs(value) >= 10 ? "0.0" : Math.Abs(value) >= 1 ? "0.00" : "0.000", CultureInfo.InvariantCulture);
}

static class FigureTable
{
    public static void Print(IReadOnlyList<Figure> figures, TextWriter output)
    {
        var rows = figures.Select(figure => (string[])[figure.Bench, figure.Name, Figure.Spell(figure.Value), figure.Unit, figure.Target, figure.Verdict])
            .Prepend(["bench", "figure", "value", "unit", "target", ""]).ToList();
        var widths = Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(row => row[column].Length)).ToArray();
        foreach (var row in rows)
            output.WriteLine(string.Join("  ", row.Select((cell, column) => column == 2 ? cell.PadLeft(widths[column]) : cell.PadRight(widths[column]))).TrimEnd());
    }
}
