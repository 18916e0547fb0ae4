using System.Text;
using CsvHelper;

namespace CallCenter;

/// <summary>
/// A small file of separated values as people make it: with a comma, semicolon or tab between, in UTF-8, UTF-16 with its mark,
/// or the Latin-1 that a Spanish Excel writes.
/// </summary>
/// <param name="Columns">The names of its first line.</param>
sealed record CsvTable(IReadOnlyList<string> Columns, IReadOnlyList<CsvTable.Row> Rows)
{
    /// <param name="Line">In the file, the first is 1.</param>
    public sealed record Row(int Line, IReadOnlyList<string> Cells);

    public const int BytesMax = 1024 * 1024;
    public const int RowsMax = 2000;

    /// <exception cref="Refusal">It is no such file, or too large.</exception>
    public static CsvTable Read(byte[] file)
    {
        if (file.Length > BytesMax) throw TooLarge;
        var text = TextOf(file);
        if (text.Contains('\0')) throw new Refusal(RefusalKind.Invalid, "csv.no-text");
        try
        {
            using var reader = CsvReader.FromText(text, new CsvReaderOptions { TrackLineNumbers = true, MalformedData = CsvMalformedDataHandling.Throw });
            reader.ReadHeader();
            var columns = reader.Headers.Select(name => name.Trim()).ToList();
            if (columns.Count == 0) throw new Refusal(RefusalKind.Invalid, "csv.empty");
            var rows = new List<Row>();
            while (reader.Read())
            {
                var cells = columns.Select((_, i) => i < reader.FieldCount ? reader.GetString(i).Trim() : "").ToList();
                if (cells.TrueForAll(cell => cell.Length == 0)) continue; // what a spreadsheet leaves behind its last row
                if (rows.Count == RowsMax) throw TooLarge;
                rows.Add(new Row((int)reader.LineNumber, cells));
            }

            return rows.Count > 0 ? new CsvTable(columns, rows) : throw new Refusal(RefusalKind.Invalid, "csv.empty");
        }
        catch (CsvFormatException e)
        {
            throw new Refusal(RefusalKind.Invalid, "csv.damaged", Math.Max(1, e.LineNumber));
        }
    }

    static Refusal TooLarge => new(RefusalKind.Invalid, "csv.too-large", RowsMax, BytesMax / 1024);

    static string TextOf(byte[] file)
    {
        try
        {
            using var reader = new StreamReader(new MemoryStream(file), new UTF8Encoding(false, throwOnInvalidBytes: true), detectEncodingFromByteOrderMarks: true);
            return reader.ReadToEnd();
        }
        catch (DecoderFallbackException)
        {
            return Encoding.Latin1.GetString(file);
        }
    }
}
