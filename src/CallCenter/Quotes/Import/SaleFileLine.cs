using System.Globalization;
using System.Text.Json;
using CallCenter.Customers;
using CallCenter.Importing;
using CallCenter.Storage;

namespace CallCenter.Quotes.Import;

/// <summary>What a row of a file says.</summary>
/// <param name="Head">Of the whole document: states and reasons by name, instants and days in ISO 8601, people by id.</param>
/// <param name="Part">The line that the row is; null when it speaks of the document only.</param>
sealed record SaleSaid(IReadOnlyDictionary<SaleField, string> Head, WishedLine? Part)
{
    public static readonly SaleSaid Nothing = new(new Dictionary<SaleField, string>(), null);
}

/// <summary>A line of the file as it is put aside.</summary>
/// <param name="First">The first line that speaks of the same document.</param>
/// <param name="Fault">Why nothing can be made of it.</param>
/// <param name="Content">What stands in it, its cells parted by tabs.</param>
sealed record SaleFileLine(long Line, long First, string Document, SaleSaid Said, Refusal? Fault, string Content)
{
    public const string Columns = "line, first_line, document, body, fault, content";

    public static readonly Insertion Insertion = new("sale_import_lines", ["line", "first_line", "document", "body", "fault", "content"]);

    public object?[] Values => [Line, First, Document, JsonSerializer.Serialize(Said, LineFault.Json), Fault is null ? null : LineFault.Write(Fault), Content];

    public static SaleFileLine Read(IRow row) => new(
        row.Long(0), row.Long(1), row.Text(2), JsonSerializer.Deserialize<SaleSaid>(row.Text(3), LineFault.Json)!, row.IsNull(4) ? null : LineFault.Read(row.Text(4)), row.Text(5));

    /// <exception cref="Refusal">Nobody knows of which document it speaks.</exception>
    public static SaleFileLine Of(TableRow row, SaleMapping mapping, bool ofOrders, SaleReading reading, Func<string, long> firstOf)
    {
        if (row.IsDamaged) throw new Refusal(RefusalKind.Invalid, "import.quotes");
        var document = mapping.DocumentOf(row) ?? throw new Refusal(RefusalKind.Invalid, "sale-import.nameless");
        var (first, content) = (firstOf(document), LineFault.ContentOf(row));
        try
        {
            return new(row.Line, first, document, mapping.Read(row, ofOrders, reading), null, content);
        }
        catch (Refusal refusal)
        {
            // It is kept, because without it its document is not whole.
            return new(row.Line, first, document, SaleSaid.Nothing, refusal, content);
        }
    }

    /// <summary>What all lines of a document say together.</summary>
    /// <exception cref="LineRefusal">One cannot be read, or contradicts those before.</exception>
    public static SaleSaid Together(IReadOnlyList<SaleFileLine> lines, SaleMapping mapping)
    {
        var head = new Dictionary<SaleField, string>();
        foreach (var line in lines)
        {
            if (line.Fault is { } fault) throw new LineRefusal(line, fault);
            foreach (var (field, text) in line.Said.Head)
                if (!head.TryAdd(field, text) && head[field] != text)
                    throw new LineRefusal(line, new Refusal(RefusalKind.Invalid, "sale-import.contradicts", mapping.TitleOf(field), line.Document, line.First));
        }

        return new(head, null);
    }

    /// <summary>What a document shall be. Where no line has a part, its lines stay as they are.</summary>
    /// <param name="customer">Its id here, where it was found by the tax id.</param>
    public static TWish Over<TWish>(TWish wish, SaleSaid said, IReadOnlyList<SaleFileLine> lines, SaleMapping mapping, long? customer) where TWish : SaleWish
    {
        string? Said(SaleField field) => said.Head.GetValueOrDefault(field);
        List<WishedLine> parts = [.. lines.Select(line => line.Said.Part).OfType<WishedLine>()];
        return wish with
        {
            Customer = customer,
            CustomerExternalId = Said(SaleField.Customer) is { } id ? new ExternalId(mapping.CustomerSystem, id) : null,
            Contact = Said(SaleField.Contact),
            Branch = Said(SaleField.Branch),
            Plate = Said(SaleField.Plate),
            Vin = Said(SaleField.Vin),
            RequestedBy = Said(SaleField.RequestedBy),
            RequestNumber = Said(SaleField.RequestNumber),
            Note = Said(SaleField.Note),
            Author = Said(SaleField.Author),
            CreatedAt = Said(SaleField.CreatedAt) is { } at ? DateTimeOffset.Parse(at, CultureInfo.InvariantCulture) : null,
            Lines = parts.Count > 0 ? parts : null,
        };
    }

    public static T? Named<T>(SaleSaid said, SaleField field) where T : struct, Enum => said.Head.TryGetValue(field, out var name) ? Enum.Parse<T>(name) : null;
}

/// <summary>For one of its lines a document cannot be taken.</summary>
sealed class LineRefusal(SaleFileLine line, Refusal why) : Exception(why.Code)
{
    public SaleFileLine Line => line;

    public Refusal Why => why;
}
