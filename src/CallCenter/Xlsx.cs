using System.Globalization;
using System.IO.Compression;
using System.Security;
using System.Text;
using System.Text.RegularExpressions;

namespace CallCenter;

/// <summary>
/// A spreadsheet (Office Open XML, ECMA-376) written as its rows come, so that its size costs no memory. What is text is
/// written as text, so nothing that a stranger typed can be a formula.
/// </summary>
sealed partial class Xlsx : IAsyncDisposable
{
    /// <summary>A sheet has no more; the rows after these go on in the next one.</summary>
    public const int RowsMax = 1_048_576;
    const int CellMax = 32_767;

    const string Declaration = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>""";
    const string Main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    const string Relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    const string Package = "http://schemas.openxmlformats.org/package/2006";
    const string Types = "application/vnd.openxmlformats-officedocument.spreadsheetml";
    const int TimeStyle = 1, DurationStyle = 2, HeadStyle = 3, PercentStyle = 4;

    static readonly DateTime Day0 = new(1899, 12, 30);

    readonly ZipArchive zip;
    readonly CancellationToken stop;
    readonly List<string> names = [];
    string name = "";
    IReadOnlyList<(string Title, int Width)> columns = [];
    StreamWriter? sheet;
    int rows, number;

    Xlsx(ZipArchive zip, CancellationToken stop) => (this.zip, this.stop) = (zip, stop);

    /// <param name="to">Takes writes without asynchrony too: the end of each part is written so.</param>
    public static async Task<Xlsx> Begin(Stream to, CancellationToken stop) =>
        new(await ZipArchive.CreateAsync(to, ZipArchiveMode.Create, leaveOpen: true, null, stop), stop);

    /// <param name="columns">With their width in signs.</param>
    public async Task Sheet(string name, IReadOnlyList<(string Title, int Width)> columns)
    {
        (this.name, this.columns, number) = (name, columns, 1);
        await Open(name);
    }

    /// <summary>A cell that shows 0.25 as 25.00%.</summary>
    public readonly record struct Percentage(double Share);

    /// <summary>Numbers, shares (<see cref="Percentage"/>), local times (<see cref="DateTime"/>) and durations (<see cref="TimeSpan"/>) can be reckoned with; all else is text.</summary>
    public async Task Row(IEnumerable<object?> cells)
    {
        if (rows == RowsMax) await Open($"{name} {++number}");
        await Write(cells, text: 0);
    }

    /// <summary>Writes what holds the sheets together; without it the file is none.</summary>
    public async Task Finish()
    {
        await Close();
        await Entry("xl/workbook.xml",
            $"""<workbook xmlns="{Main}" xmlns:r="{Relations}"><sheets>{Each((sheet, i) => $"""<sheet name="{sheet}" sheetId="{i}" r:id="r{i}"/>""")}</sheets></workbook>""");
        await Entry("xl/_rels/workbook.xml.rels",
            $"""
            <Relationships xmlns="{Package}/relationships">{Each((_, i) => $"""<Relationship Id="r{i}" Type="{Relations}/worksheet" Target="worksheets/sheet{i}.xml"/>""")}
            <Relationship Id="styles" Type="{Relations}/styles" Target="styles.xml"/></Relationships>
            """);
        await Entry("xl/styles.xml",
            $"""
            <styleSheet xmlns="{Main}"><numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\-mm\-dd\ hh:mm:ss"/><numFmt numFmtId="165" formatCode="[h]:mm:ss"/></numFmts>
            <fonts count="2"><font/><font><b/></font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>
            <borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>
            <cellXfs count="5"><xf/><xf numFmtId="164" applyNumberFormat="1"/><xf numFmtId="165" applyNumberFormat="1"/><xf fontId="1" applyFont="1"/><xf numFmtId="10" applyNumberFormat="1"/></cellXfs></styleSheet>
            """);
        await Entry("_rels/.rels",
            $"""<Relationships xmlns="{Package}/relationships"><Relationship Id="r1" Type="{Relations}/officeDocument" Target="xl/workbook.xml"/></Relationships>""");
        await Entry("[Content_Types].xml",
            $"""
            <Types xmlns="{Package}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
            <Override PartName="/xl/workbook.xml" ContentType="{Types}.sheet.main+xml"/><Override PartName="/xl/styles.xml" ContentType="{Types}.styles+xml"/>
            {Each((_, i) => $"""<Override PartName="/xl/worksheets/sheet{i}.xml" ContentType="{Types}.worksheet+xml"/>""")}</Types>
            """);
    }

    public async ValueTask DisposeAsync()
    {
        if (sheet is not null) await sheet.DisposeAsync();
        await zip.DisposeAsync();
    }

    async Task Open(string title)
    {
        await Close();
        names.Add(SecurityElement.Escape(title));
        sheet = await Writer($"xl/worksheets/sheet{names.Count}.xml");
        await sheet.WriteAsync(
            $"""
            <worksheet xmlns="{Main}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>
            <cols>{string.Concat(columns.Select((column, i) => $"""<col min="{i + 1}" max="{i + 1}" width="{column.Width}" customWidth="1"/>"""))}</cols><sheetData>
            """);
        rows = 0;
        await Write(columns.Select(column => (object?)column.Title), HeadStyle);
    }

    async Task Close()
    {
        if (sheet is null) return;
        await sheet.WriteAsync("</sheetData></worksheet>");
        await sheet.DisposeAsync();
        sheet = null;
    }

    Task Write(IEnumerable<object?> cells, int text)
    {
        rows++;
        var row = new StringBuilder("<row>");
        foreach (var cell in cells) Write(row, cell, text);
        return sheet!.WriteAsync(row.Append("</row>"), stop);
    }

    static void Write(StringBuilder row, object? cell, int text)
    {
        switch (cell)
        {
            case null: row.Append("<c/>"); break;
            case DateTime at: Number((at - Day0).TotalDays, TimeStyle); break;
            case TimeSpan time: Number(time.TotalDays, DurationStyle); break;
            case Percentage share: Number(share.Share, PercentStyle); break;
            case int or long or double or decimal: Number(cell, 0); break;
            default: row.Append(CultureInfo.InvariantCulture, $"""<c t="inlineStr" s="{text}"><is><t xml:space="preserve">{Text($"{cell}")}</t></is></c>"""); break;
        }

        void Number(object value, int style) => row.Append(CultureInfo.InvariantCulture, $"""<c s="{style}"><v>{value}</v></c>""");
    }

    /// <summary>Without the signs that XML refuses; what looks like an escape of the format stays what was typed.</summary>
    static string Text(string text)
    {
        if (text.Length > CellMax) text = text[..CellMax];
        return SecurityElement.Escape(Escape().Replace(VisibleText.Of(text), "_x005F$&"));
    }

    async Task Entry(string path, string xml)
    {
        await using var entry = await Writer(path);
        await entry.WriteAsync(xml);
    }

    async Task<StreamWriter> Writer(string path)
    {
        var writer = new StreamWriter(await zip.CreateEntry(path, CompressionLevel.Fastest).OpenAsync(stop), new UTF8Encoding(false), 64 * 1024);
        await writer.WriteAsync(Declaration);
        return writer;
    }

    string Each(Func<string, int, string> of) => string.Concat(names.Select((name, i) => of(name, i + 1)));

    [GeneratedRegex("_x[0-9A-Fa-f]{4}_")]
    private static partial Regex Escape();
}
