namespace CallCenter.Commands;

/// <summary>Rows that a person reads in a terminal.</summary>
static class Table
{
    const int CellMax = 60;

    public static void Print(TextWriter to, string[] head, IEnumerable<string?[]> rows)
    {
        List<string[]> lines = [head, .. rows.Select(row => row.Select(Plain).ToArray())];
        var widths = head.Select((_, i) => lines.Max(line => line[i].Length)).ToArray();
        foreach (var line in lines)
            to.WriteLine(string.Join("  ", line.Select((cell, i) => cell.PadRight(widths[i]))).TrimEnd());
    }

    /// <summary>Without control characters: what a stranger typed must not steer the terminal.</summary>
    static string Plain(string? cell)
    {
        var text = string.Concat((cell ?? "").Select(c => char.IsControl(c) ? ' ' : c));
        return text.Length <= CellMax ? text : text[..(CellMax - 1)] + "…";
    }
}
