using System.Text.RegularExpressions;

namespace CallCenter;

/// <summary>Lines of separated values (RFC 4180) that are safe to open in a spreadsheet.</summary>
static partial class Csv
{
    public static string Line(IEnumerable<string?> cells) => string.Join(',', cells.Select(cell => Cell(cell, ','))) + "\r\n";

    /// <summary>Separated by tabs, as spreadsheets take it from the clipboard.</summary>
    public static string TabbedLine(IEnumerable<string?> cells) => string.Join('\t', cells.Select(cell => Cell(cell, '\t'))) + "\n";

    /// <summary>
    /// What a stranger typed as his name may be a formula; an apostrophe before it makes it text (OWASP, CSV injection).
    /// A telephone number in E.164 is no formula and stays as it is.
    /// </summary>
    static string Cell(string? cell, char separator)
    {
        if (string.IsNullOrEmpty(cell)) return "";
        // Before the look at the first sign: programs leave some of these out, and then another one is the first.
        cell = VisibleText.Of(cell.ReplaceLineEndings("\n"));
        if (cell[0] is '=' or '+' or '-' or '@' or '\t' or '\n' or '＝' or '＋' or '－' or '＠' && !Number().IsMatch(cell)) cell = "'" + cell;
        return cell.Contains(separator) || cell.AsSpan().IndexOfAny("\"\n") >= 0 ? $"\"{cell.Replace("\"", "\"\"")}\"" : cell;
    }

    [GeneratedRegex(@"^[+-]?\d+(\.\d+)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Number();
}
