using System.Globalization;
using System.Text.RegularExpressions;

namespace CallCenter;

/// <summary>A decimal number as people in several countries and programs write it.</summary>
static partial class Numeral
{
    const int LengthMax = 40;

    /// <summary>
    /// Takes points, commas, apostrophes and spaces between thousands, a decimal point or comma, a sign, and a currency sign or code. Of
    /// two kinds of mark the last is the decimal one; a mark that stands several times parts thousands; a lone mark is the decimal one
    /// unless exactly three digits follow and it is not <paramref name="decimalMark"/>.
    /// </summary>
    public static bool TryParse(string? text, char decimalMark, out decimal value)
    {
        value = 0;
        if (text is null || text.Length > LengthMax) return false;
        var bare = Ornament().Replace(text, "");
        if (!Shape().IsMatch(bare)) return false;

        var last = bare.LastIndexOfAny(['.', ',']);
        if (last >= 0)
        {
            var mark = bare[last];
            var other = mark == '.' ? ',' : '.';
            var isDecimal = bare.Contains(other) ? bare.IndexOf(mark) == last
                : bare.IndexOf(mark) == last && (mark == decimalMark || bare.Length - last - 1 != 3 || bare.TrimStart('-', '+').StartsWith($"0{mark}", StringComparison.Ordinal));
            var (whole, part) = isDecimal ? (bare[..last], bare[(last + 1)..]) : (bare, "");
            if (!Groups().IsMatch(whole)) return false;
            bare = $"{Marks().Replace(whole, "")}.{part}";
        }

        return decimal.TryParse(bare.TrimEnd('.'), NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out value);
    }

    /// <summary>The decimal mark of figures that are written alike: the one behind which others than three digits stand. Null where none tells.</summary>
    public static char? MarkOf(IEnumerable<string> figures)
    {
        foreach (var text in figures)
            if (text.AsSpan().Trim().TrimEnd('€').Trim() is var figure && figure.LastIndexOfAny('.', ',') is var at and >= 0 && (figure.Length - at - 1 != 3 || figure[..at].ContainsAny('.', ',')))
                return figure[at];
        return null;
    }

    [GeneratedRegex(@"^\s+|\s+$|(?<=\d)[\s'’](?=\d{3}(\D|$))|\s*(€|\$|£|[A-Z]{3})\s*$|^\s*(€|\$|£)\s*")]
    private static partial Regex Ornament();

    [GeneratedRegex(@"^[-+]?\d[\d.,]*$")]
    private static partial Regex Shape();

    /// <summary>Digits, or one to three and then groups of three behind one kind of mark.</summary>
    [GeneratedRegex(@"^[-+]?(\d*|\d{1,3}(\.\d{3})+|\d{1,3}(,\d{3})+)$")]
    private static partial Regex Groups();

    [GeneratedRegex("[.,]")]
    private static partial Regex Marks();
}
