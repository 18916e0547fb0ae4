using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Xml;

namespace CallCenter;

/// <summary>
/// Reads the first sheet of a workbook (Office Open XML, ECMA-376) as it is unpacked. A stranger's workbook can be a hundred
/// times larger than its file, or pretend to be: what is unpacked, how deep it nests and how long one thing in it is have limits.
/// </summary>
static class XlsxReader
{
    const long UnpackedMax = 3L * 1024 * 1024 * 1024;
    const long RatioMax = 250; // a sheet of one word repeated comes to a hundred
    const long RatioSince = 64 * 1024 * 1024;
    const int PartMax = 1024 * 1024; // of the parts that only name others
    const int CellMax = 32_767;
    const int StringsMax = 5_000_000;
    const int DirectoryMax = 4 * 1024 * 1024;
    const int NamesMax = 2000;
    const int DepthMax = 32;
    const int TokenMax = 1024 * 1024; // bytes between one tag and the next

    const string RelationsNamespace = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

    public static IEnumerable<TableRow> Rows(string path, Action<long>? read, CancellationToken stop)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 64 * 1024);
        using var zip = Open(file);
        var sheet = FirstSheet(zip);
        using var strings = zip.GetEntry("xl/sharedStrings.xml") is { } shared ? Strings(shared, stop) : new SharedStrings();
        using var bytes = Unpack(sheet, out var unpacked);
        using var xml = Reader(bytes);
        var rows = Guarded(RowsOf(xml, strings).GetEnumerator());
        while (rows.MoveNext())
        {
            stop.ThrowIfCancellationRequested();
            yield return rows.Current;
            read?.Invoke(sheet.Length == 0 ? 0 : (long)(file.Length * Math.Min(1.0, (double)unpacked.Count / sheet.Length)));
        }
    }

    static IEnumerable<TableRow> RowsOf(XmlReader xml, SharedStrings strings)
    {
        var line = 0;
        var cells = new List<TableCell>();
        while (Next(xml))
        {
            if (xml is not { NodeType: XmlNodeType.Element, LocalName: "row" }) continue;
            line = int.TryParse(xml.GetAttribute("r"), NumberStyles.None, CultureInfo.InvariantCulture, out var told) && told > line ? told : line + 1;
            cells.Clear();
            if (!xml.IsEmptyElement) ReadRow(xml, strings, cells);
            yield return new(line, [.. cells]);
        }
    }

    static void ReadRow(XmlReader xml, SharedStrings strings, List<TableCell> cells)
    {
        while (Next(xml) && !(xml.NodeType == XmlNodeType.EndElement && xml.LocalName == "row"))
        {
            if (xml is not { NodeType: XmlNodeType.Element, LocalName: "c" }) continue;
            var column = ColumnOf(xml.GetAttribute("r")) ?? cells.Count;
            if (column >= TableFile.ColumnsMax) throw new Refusal(RefusalKind.Invalid, "table.too-many-columns", TableFile.ColumnsMax);
            while (cells.Count <= column) cells.Add(new(""));
            cells[column] = xml.IsEmptyElement ? new("") : ReadCell(xml, xml.GetAttribute("t"), strings);
        }
    }

    static TableCell ReadCell(XmlReader xml, string? type, SharedStrings strings)
    {
        var text = new StringBuilder();
        while (Next(xml) && !(xml.NodeType == XmlNodeType.EndElement && xml.LocalName == "c"))
            if (xml is { NodeType: XmlNodeType.Element, LocalName: "v" or "t", IsEmptyElement: false }) ReadText(xml, text);
        var told = text.ToString().Trim();
        return type switch
        {
            "s" => new(int.TryParse(told, NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? strings[index] : ""),
            "b" or "e" or "str" or "inlineStr" or "d" => new(told),
            _ => new(Number(told), IsNumber: true),
        };
    }

    /// <summary>The text up to the end of its element, in pieces, so that its length is known before it is held.</summary>
    static void ReadText(XmlReader xml, StringBuilder text)
    {
        var piece = new char[1024];
        while (Next(xml) && xml.NodeType is XmlNodeType.Text or XmlNodeType.CDATA or XmlNodeType.Whitespace or XmlNodeType.SignificantWhitespace)
            while (xml.ReadValueChunk(piece, 0, piece.Length) is var length and > 0)
            {
                if (text.Length + length > CellMax) throw TooLarge();
                text.Append(piece, 0, length);
            }
    }

    /// <summary>As a spreadsheet shows it: fifteen digits, no power of ten, and no 12.350000000000001.</summary>
    static string Number(string told)
    {
        if (told.Length <= 15 && !told.AsSpan().ContainsAny("eE")) return told;
        return double.TryParse(told, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && Math.Abs(number) < 1e28 ? ((decimal)number).ToString(CultureInfo.InvariantCulture) : told;
    }

    static SharedStrings Strings(ZipArchiveEntry entry, CancellationToken stop)
    {
        var strings = new SharedStrings();
        try
        {
            using var bytes = Unpack(entry, out _);
            using var xml = Reader(bytes);
            var text = new StringBuilder();
            while (Next(xml))
            {
                if (xml is not { NodeType: XmlNodeType.Element, LocalName: "si" }) continue;
                stop.ThrowIfCancellationRequested();
                text.Clear();
                var isSpoken = false; // how Japanese is pronounced
                if (!xml.IsEmptyElement)
                    while (Next(xml) && !(xml.NodeType == XmlNodeType.EndElement && xml.LocalName == "si"))
                    {
                        if (xml.LocalName == "rPh") isSpoken = xml is { NodeType: XmlNodeType.Element, IsEmptyElement: false };
                        if (!isSpoken && xml is { NodeType: XmlNodeType.Element, LocalName: "t", IsEmptyElement: false }) ReadText(xml, text);
                    }

                strings.Add(text.ToString());
            }

            return strings;
        }
        catch (Exception e)
        {
            strings.Dispose();
            throw Known(e);
        }
    }

    static ZipArchiveEntry FirstSheet(ZipArchive zip)
    {
        try
        {
            var workbook = TargetOf(zip, "_rels/.rels", "", relation => relation.Type.EndsWith("/officeDocument", StringComparison.Ordinal));
            string? id = null;
            using (var xml = Small(zip, workbook))
                while (id is null && Next(xml))
                    if (xml is { NodeType: XmlNodeType.Element, LocalName: "sheet" }) id = xml.GetAttribute("id", RelationsNamespace) ?? xml.GetAttribute("id");
            var folder = workbook[..(workbook.LastIndexOf('/') + 1)];
            return zip.GetEntry(TargetOf(zip, $"{folder}_rels/{workbook[folder.Length..]}.rels", folder, relation => relation.Id == id)) ?? throw NoWorkbook();
        }
        catch (Exception e)
        {
            throw Known(e);
        }
    }

    static string TargetOf(ZipArchive zip, string relations, string folder, Func<(string Id, string Type), bool> isIt)
    {
        using var xml = Small(zip, relations);
        while (Next(xml))
            if (xml is { NodeType: XmlNodeType.Element, LocalName: "Relationship" } && isIt((xml.GetAttribute("Id") ?? "", xml.GetAttribute("Type") ?? "")) && xml.GetAttribute("Target") is { } target)
                return target.StartsWith('/') ? target[1..] : folder + target;
        throw NoWorkbook();
    }

    static XmlReader Small(ZipArchive zip, string path) =>
        zip.GetEntry(path) is { } entry && entry.Length <= PartMax ? Reader(Unpack(entry, out _)) : throw NoWorkbook();

    static XmlReader Reader(Stream bytes) => XmlReader.Create(bytes, new XmlReaderSettings
    {
        DtdProcessing = DtdProcessing.Prohibit,
        XmlResolver = null,
        IgnoreComments = true,
        IgnoreProcessingInstructions = true,
        NameTable = new FewNames(),
        CloseInput = true,
    });

    static bool Next(XmlReader xml) => xml.Read() && (xml.Depth <= DepthMax ? true : throw TooLarge());

    static Stream Unpack(ZipArchiveEntry entry, out Counted counted) => counted = new Counted(entry.Open(), entry.CompressedLength);

    /// <summary>What lies between the list of what is in the archive and its end is held in memory.</summary>
    static ZipArchive Open(FileStream file)
    {
        try
        {
            var end = new byte[Math.Min(file.Length, 22 + ushort.MaxValue)];
            file.Seek(-end.Length, SeekOrigin.End);
            file.ReadExactly(end);
            var at = end.AsSpan().LastIndexOf("PK\x05\x06"u8);
            if (at < 0 || at + 20 > end.Length || file.Length - end.Length + at - BitConverter.ToUInt32(end, at + 16) > DirectoryMax) throw NoWorkbook();
            file.Position = 0;
            return new ZipArchive(file, ZipArchiveMode.Read, leaveOpen: true);
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            throw NoWorkbook();
        }
    }

    static IEnumerator<TableRow> Guarded(IEnumerator<TableRow> rows)
    {
        using (rows)
            while (Moves(rows)) yield return rows.Current;

        static bool Moves(IEnumerator<TableRow> rows)
        {
            try
            {
                return rows.MoveNext();
            }
            catch (Exception e)
            {
                throw Known(e);
            }
        }
    }

    static int? ColumnOf(string? cell)
    {
        var column = 0;
        foreach (var sign in cell ?? "")
        {
            if (!char.IsAsciiLetterUpper(sign)) break;
            column = column * 26 + sign - 'A' + 1;
            if (column > TableFile.ColumnsMax) break;
        }

        return column > 0 ? column - 1 : null;
    }

    static Exception Known(Exception e) => e is XmlException or InvalidDataException or EndOfStreamException ? NoWorkbook() : e;

    static Refusal NoWorkbook() => new(RefusalKind.Invalid, "table.no-workbook");

    static Refusal TooLarge() => new(RefusalKind.Invalid, "table.bomb");

    /// <summary>Names of elements and attributes are kept for good, so a file of nothing but new names would fill the memory.</summary>
    sealed class FewNames : NameTable
    {
        int names;

        public override string Add(char[] key, int start, int len) => Get(key, start, len) ?? (++names <= NamesMax ? base.Add(key, start, len) : throw TooLarge());

        public override string Add(string key) => Get(key) ?? (++names <= NamesMax ? base.Add(key) : throw TooLarge());
    }

    /// <summary>Counts what comes out of the archive, and how long it goes on without a tag.</summary>
    sealed class Counted(Stream unpacked, long packed) : Stream
    {
        int since;

        public long Count { get; private set; }

        public override int Read(Span<byte> buffer)
        {
            var length = unpacked.Read(buffer);
            Count += length;
            if (Count > UnpackedMax || Count > RatioSince && Count / RatioMax > packed) throw TooLarge();
            var first = buffer[..length].IndexOf((byte)'<');
            since += first < 0 ? length : first;
            if (since > TokenMax) throw TooLarge();
            if (first >= 0) since = length - buffer[..length].LastIndexOf((byte)'<');
            return length;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        protected override void Dispose(bool disposing) => unpacked.Dispose();

        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }
        public override void Flush() { }
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }

    /// <summary>Texts that cells name by number: the first megabytes in memory, the others in a file of their own.</summary>
    sealed class SharedStrings : IDisposable
    {
        const int HeldMax = 16 * 1024 * 1024; // signs
        const int RecentMax = 4096;

        readonly List<string> held = [];
        readonly List<long> places = [];
        readonly (int Index, string Text)[] recent = new (int, string)[RecentMax];
        FileStream? file;
        int signs;

        public void Add(string text)
        {
            if (held.Count + places.Count >= StringsMax) throw TooLarge();
            if (file is null && signs + text.Length <= HeldMax)
            {
                held.Add(text);
                signs += text.Length;
                return;
            }

            file ??= new FileStream(Path.Combine(Path.GetTempPath(), $"callcenter-{Guid.NewGuid():n}"), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 256 * 1024, FileOptions.DeleteOnClose);
            places.Add(file.Position);
            file.Write(Encoding.UTF8.GetBytes(text));
        }

        public string this[int index]
        {
            get
            {
                if (index < held.Count) return held[index];
                var place = index - held.Count;
                if (place >= places.Count) return "";
                ref var known = ref recent[index % RecentMax];
                if (known.Index == index) return known.Text;
                file!.Flush();
                var bytes = new byte[(place + 1 < places.Count ? places[place + 1] : file.Length) - places[place]];
                RandomAccess.Read(file.SafeFileHandle, bytes, places[place]);
                known = (index, Encoding.UTF8.GetString(bytes));
                return known.Text;
            }
        }

        public void Dispose() => file?.Dispose();
    }
}
