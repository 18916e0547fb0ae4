using System.Text;
using CsvHelper;

namespace CallCenter;

/// <summary>A cell as it stands in the file.</summary>
/// <param name="IsNumber">A spreadsheet keeps it as a number, so its point is a decimal point and not a matter of language.</param>
readonly record struct TableCell(string Text, bool IsNumber = false);

/// <param name="Line">In the file, the first is 1; in a spreadsheet the number of the row.</param>
/// <param name="IsDamaged">Its quotation marks are out of order, so nobody knows where its cells, or itself, end.</param>
readonly record struct TableRow(int Line, IReadOnlyList<TableCell> Cells, bool IsDamaged = false);

/// <summary>
/// A large table as people make it, read row by row so that its size costs no memory: separated values (comma, semicolon, tab or
/// bar; UTF-8, UTF-16, or the Windows-1252 that a Spanish Excel writes), or the first sheet of an Office Open XML workbook.
/// </summary>
sealed class TableFile(string path, string kind, Encoding? encoding)
{
    /// <summary>More than a spreadsheet can hold.</summary>
    public const int RowsMax = 2_000_000;

    public const int ColumnsMax = 200;
    const int RecordMax = 64 * 1024;
    const int LookedAt = 4096; // bytes that tell one encoding from another
    const int Block = 64 * 1024;

    static readonly Encoding Windows1252 = CodePagesEncodingProvider.Instance.GetEncoding(1252)!;

    /// <summary>For people: <c>XLSX</c>, or <c>CSV</c> with its encoding.</summary>
    public string Kind => kind;

    /// <summary>Looks at all of it once, because a single accent at its end decides what it is written in.</summary>
    /// <exception cref="Refusal">It is no such file.</exception>
    public static TableFile Open(string path)
    {
        using var file = File.OpenRead(path);
        Span<byte> first = stackalloc byte[LookedAt];
        first = first[..file.ReadAtLeast(first, LookedAt, throwOnEndOfStream: false)];
        if (first.StartsWith("PK\x03\x04"u8)) return new(path, "XLSX", null);
        if (first.StartsWith((ReadOnlySpan<byte>)[0xD0, 0xCF, 0x11, 0xE0])) throw new Refusal(RefusalKind.Invalid, "table.old-excel");
        if (EncodingOf(first) is { } told) return new(path, $"CSV, {told.WebName.ToUpperInvariant()}", told);
        file.Position = 0;
        var found = IsUtf8(file) ? Encoding.UTF8 : Windows1252;
        return new(path, $"CSV, {found.WebName.ToUpperInvariant()}", found);
    }

    /// <param name="read">Is told how many bytes of the file were read, now and then.</param>
    /// <exception cref="Refusal">While reading: it is damaged, or larger than it may be.</exception>
    public IEnumerable<TableRow> Rows(Action<long>? read = null, CancellationToken stop = default)
    {
        var number = 0;
        foreach (var row in encoding is null ? XlsxReader.Rows(path, read, stop) : Separated(encoding, read))
        {
            stop.ThrowIfCancellationRequested();
            if (++number > RowsMax) throw new Refusal(RefusalKind.Invalid, "table.too-many-rows", RowsMax);
            if (row.IsDamaged || row.Cells.Any(cell => !string.IsNullOrWhiteSpace(cell.Text))) yield return row; // and not what a spreadsheet leaves behind its last one
        }
    }

    IEnumerable<TableRow> Separated(Encoding written, Action<long>? read)
    {
        var damaged = 0L;
        var isOpen = false;
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, Block, FileOptions.SequentialScan);
        using var reader = CsvReader.Create(file, new CsvReaderOptions
        {
            HasHeader = false,
            TrackLineNumbers = true,
            TrimWhitespace = true,
            Encoding = written,
            MaxRecordSize = RecordMax,
            MalformedData = CsvMalformedDataHandling.Recover,
            OnMalformedRecord = record =>
            {
                // Inches: a mark inside of a field that has none around it is a sign like others.
                if (record.Reason != CsvMalformedReason.StrayQuote) damaged = record.LineNumber;
                isOpen |= record.Reason == CsvMalformedReason.UnterminatedQuote;
            },
        }, leaveOpen: true);
        while (Next(reader))
        {
            if (isOpen) throw Damaged(damaged);
            if (reader.FieldCount > ColumnsMax) throw new Refusal(RefusalKind.Invalid, "table.too-many-columns", ColumnsMax);
            var cells = new TableCell[reader.FieldCount];
            for (var i = 0; i < cells.Length; i++) cells[i] = new(reader.GetString(i));
            yield return new((int)reader.LineNumber, cells, damaged == reader.LineNumber);
            read?.Invoke(file.Position);
        }
    }

    static bool Next(CsvReader reader)
    {
        try
        {
            return reader.Read();
        }
        catch (CsvFormatException e)
        {
            throw Damaged(Math.Max(e.LineNumber, reader.LineNumber));
        }
    }

    static Refusal Damaged(long line) => new(RefusalKind.Invalid, "csv.damaged", Math.Max(1, line));

    /// <summary>What its first bytes tell; null for an encoding of single bytes or UTF-8 without a mark.</summary>
    static Encoding? EncodingOf(ReadOnlySpan<byte> first)
    {
        if (first.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF])) return Encoding.UTF8;
        if (first.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE])) return Encoding.Unicode;
        if (first.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF])) return Encoding.BigEndianUnicode;

        // Latin letters in UTF-16 have an empty half.
        Span<int> empty = stackalloc int[2];
        for (var i = 0; i < first.Length; i++)
            if (first[i] == 0) empty[i & 1]++;
        var pairs = first.Length / 2;
        if (empty[0] + empty[1] == 0) return null;
        return empty[1] > pairs * 2 / 3 && empty[0] == 0 ? Encoding.Unicode : empty[0] > pairs * 2 / 3 && empty[1] == 0 ? Encoding.BigEndianUnicode : throw new Refusal(RefusalKind.Invalid, "csv.no-text");
    }

    static bool IsUtf8(Stream file)
    {
        var decoder = new UTF8Encoding(false, throwOnInvalidBytes: true).GetDecoder();
        var (block, signs, isUtf8) = (new byte[Block], new char[Block + 1], true);
        for (var length = -1; length != 0;)
        {
            length = file.Read(block);
            if (block.AsSpan(0, length).Contains((byte)0)) throw new Refusal(RefusalKind.Invalid, "csv.no-text");
            try
            {
                // Decoded and not only counted, so that a sign that begins in one block ends in the next.
                if (isUtf8) decoder.GetChars(block.AsSpan(0, length), signs, flush: length == 0);
            }
            catch (DecoderFallbackException)
            {
                isUtf8 = false;
            }
        }

        return isUtf8;
    }
}
