using System.Text.RegularExpressions;

namespace CallCenter;

/// <summary>Lines of comma separated values (RFC 4180) that are safe to open in a spreadsheet.</summary>
static partial class Csv
{
    public static string Line(IEnumerable<string?> cells) => string.Join(',', cells.Select(Cell)) + "\r\n";

    /// <summary>
    /// What a stranger typed as his name may be a formula; an apostrophe before it makes it text (OWASP, CSV injection).
    /// A telephone number in E.164 is no formula and stays as it is.
    /// </summary>
    static string Cell(string? cell)
    {
        if (string.IsNullOrEmpty(cell)) return "";
        if (cell[0] is '=' or '+' or '-' or '@' or '\t' or '\r' or '\n' or '＝' or '＋' or '－' or '＠' && !Number().IsMatch(cell)) cell = "'" + cell;
        return cell.AsSpan().IndexOfAny(",\"\r\n") < 0 ? cell : $"\"{cell.Replace("\"", "\"\"")}\"";
    }

    [GeneratedRegex(@"^[+-]?\d+(\.\d+)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Number();
}
