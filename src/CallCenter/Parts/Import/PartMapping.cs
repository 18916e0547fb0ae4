namespace CallCenter.Parts.Import;

/// <summary>What a column of an imported file says of a part.</summary>
public enum PartField
{
    /// <summary>Nothing that is kept.</summary>
    None,
    Brand,
    Reference,
    Description,

    /// <summary>Other references for the same part, with a semicolon, comma or bar between; a brand stands before a colon.</summary>
    CrossReferences,
    Price,
    Stock,
    Tax,

    /// <summary>Whether it is sold.</summary>
    Active,
}

/// <param name="Tier">Whose price it is; empty for everybody's and for columns of other things.</param>
public sealed record PartColumn(string Title, PartField Field, string Tier = "");

/// <summary>How the columns of a file are to be read.</summary>
/// <param name="Brand">Of all parts in it, where no column says it.</param>
/// <param name="DecimalMark">Decides what <c>1.234</c> is; see <see cref="Numeral"/>.</param>
/// <param name="HeadLine">The line that names the columns; the parts begin below.</param>
public sealed record PartMapping(IReadOnlyList<PartColumn> Columns, string? Brand, char DecimalMark, int HeadLine)
{
    const int LinesAboveMax = 20;

    static readonly (PartField Field, string[] Names)[] Known =
    [
        (PartField.Brand, ["marca", "fabricante", "brand", "make", "maker", "manufacturer", "mfr"]),
        (PartField.Reference, ["referencia", "ref", "codigo", "codigoarticulo", "codarticulo", "articulo", "sku", "partnumber", "partno", "part", "reference", "code", "itemnumber", "item", "numeroarticulo", "mpn"]),
        (PartField.Description, ["descripcion", "denominacion", "concepto", "nombre", "detalle", "texto", "description", "name", "designation", "text"]),
        (PartField.CrossReferences, ["referenciascruzadas", "referenciacruzada", "cruces", "cruce", "equivalencias", "equivalencia", "equivalentes", "oem", "oe", "oen", "originales", "original", "referenciaoriginal",
            "crossreferences", "crossreference", "crossref", "cross", "crosses", "alternatives", "replaces", "sustituye"]),
        (PartField.Price, ["precio", "pvp", "tarifa", "importe", "precioventa", "preciounitario", "price", "listprice", "unitprice", "rrp"]),
        (PartField.Stock, ["stock", "existencias", "existencia", "cantidad", "disponible", "disponibilidad", "unidades", "qty", "quantity", "onhand", "available", "inventory"]),
        (PartField.Tax, ["iva", "impuesto", "tipoiva", "tax", "taxpercent", "vat", "vatrate"]),
        (PartField.Active, ["activo", "activa", "enventa", "active", "isactive"]),
    ];

    static readonly string[] BeforeTier = ["precio", "pvp", "tarifa", "price", "tier"];
    static readonly string[] Yes = ["1", "si", "s", "yes", "y", "true", "verdadero", "activo", "active", "x"];
    static readonly string[] No = ["0", "no", "n", "false", "falso", "inactivo", "inactive", "baja"];

    /// <summary>What the names of the columns and some lines below suggest.</summary>
    /// <param name="usual">The decimal mark where the figures do not tell.</param>
    /// <exception cref="Refusal">There are no lines.</exception>
    internal static PartMapping Guess(IReadOnlyList<TableRow> first, char usual)
    {
        if (first.Count == 0) throw new Refusal(RefusalKind.Invalid, "csv.empty");
        // Some lists have a title above; the head is the line in which most names are known.
        var head = first.Take(LinesAboveMax).MaxBy(row => row.Cells.Count(cell => FieldOf(cell.Text).Field != PartField.None));
        var columns = new List<PartColumn>();
        foreach (var cell in head.Cells)
        {
            var (field, tier) = FieldOf(cell.Text);
            var isTaken = field is not PartField.CrossReferences && columns.Any(column => column.Field == field && string.Equals(column.Tier, tier, StringComparison.OrdinalIgnoreCase));
            columns.Add(new(cell.Text.Trim(), isTaken ? PartField.None : field, isTaken ? "" : tier));
        }

        var figures = first.Where(row => row.Line > head.Line).SelectMany(row => row.Cells.Where((cell, i) => !cell.IsNumber && i < columns.Count && columns[i].Field is PartField.Price or PartField.Stock or PartField.Tax));
        return new(columns, null, Numeral.MarkOf(figures.Select(cell => cell.Text)) ?? usual, head.Line);
    }

    /// <summary>The same columns as in another file: what was decided about them holds again.</summary>
    internal bool IsOfColumns(PartMapping other) => Columns.Select(column => column.Title).SequenceEqual(other.Columns.Select(column => column.Title));

    /// <exception cref="Refusal">It cannot be used: a column is missing or named twice.</exception>
    internal PartMapping Checked()
    {
        var mapping = this with
        {
            Brand = string.IsNullOrWhiteSpace(Brand) ? null : Brand.Trim(),
            Columns = [.. Columns.Select(column => column with { Tier = column.Field == PartField.Price ? column.Tier.Trim() : "" })],
        };
        if (!mapping.Columns.Any(column => column.Field == PartField.Reference)) throw new Refusal(RefusalKind.Invalid, "part-import.no-reference");
        if (mapping.Brand is null && !mapping.Columns.Any(column => column.Field == PartField.Brand)) throw new Refusal(RefusalKind.Invalid, "part-import.no-brand");
        if (mapping.Brand is { } brand && (brand.Length > Part.BrandMax || PartKey.Of(brand).Length == 0)) throw new Refusal(RefusalKind.Invalid, "part.brand", Part.BrandMax);
        if (mapping.Columns.Any(column => column.Tier.Length > Part.TierMax) || mapping.Columns.Count(column => column.Field == PartField.Price) > Part.TiersMax)
            throw new Refusal(RefusalKind.Invalid, "part.tiers", Part.TiersMax, Part.TierMax);
        var twice = mapping.Columns.Where(column => column.Field is not PartField.None and not PartField.CrossReferences)
            .GroupBy(column => (column.Field, column.Tier.ToUpperInvariant())).FirstOrDefault(group => group.Count() > 1);
        return twice is null ? mapping : throw new Refusal(RefusalKind.Invalid, "import.column-twice", twice.Last().Title);
    }

    /// <summary>What a line says.</summary>
    /// <exception cref="Refusal">It cannot be read; the code says why.</exception>
    internal PartLine Read(TableRow row)
    {
        if (row.IsDamaged) throw new Refusal(RefusalKind.Invalid, "import.quotes");
        if (row.Cells.Count > Columns.Count && row.Cells.Skip(Columns.Count).Any(cell => !string.IsNullOrWhiteSpace(cell.Text)))
            throw new Refusal(RefusalKind.Invalid, "import.cells", row.Cells.Count, Columns.Count);
        var line = new PartLine { Brand = Brand ?? "" };
        for (var i = 0; i < Math.Min(row.Cells.Count, Columns.Count); i++)
        {
            var (cell, column) = (row.Cells[i], Columns[i]);
            var text = cell.Text.AsSpan().Trim().Length == cell.Text.Length ? cell.Text : cell.Text.Trim();
            if (text.Length == 0 || column.Field == PartField.None) continue;
            var mark = cell.IsNumber ? '.' : DecimalMark;
            switch (column.Field)
            {
                case PartField.Brand: line.Brand = text; break;
                case PartField.Reference: line.Reference = text; break;
                case PartField.Description: line.Description = text; break;
                case PartField.CrossReferences: (line.Crosses ??= []).AddRange(CrossesIn(text)); break;
                case PartField.Price:
                    (line.Prices ??= [])[column.Tier] = Money.TryParse(text, mark, out var price) ? price.Cents : throw new Refusal(RefusalKind.Invalid, "part-import.price", text, column.Title);
                    break;
                case PartField.Stock: line.Stock = NumberIn(text, mark, column); break;
                case PartField.Tax: line.Tax = NumberIn(text.TrimEnd('%', ' '), mark, column); break;
                case PartField.Active: line.Active = YesOrNo(text, column); break;
                default: throw new InvalidOperationException($"No rule for {column.Field}.");
            }
        }

        return line;
    }

    /// <summary><c>price:Taller</c>, as the command line writes a field; null when it is none.</summary>
    internal static (PartField Field, string Tier)? ParseField(string text)
    {
        var (name, tier) = text.Split(':', 2) is [var before, var after] ? (before, after.Trim()) : (text, "");
        return name.Trim().ToLowerInvariant() switch
        {
            "none" or "ignore" => (PartField.None, ""),
            "brand" => (PartField.Brand, ""),
            "reference" => (PartField.Reference, ""),
            "description" => (PartField.Description, ""),
            "crosses" => (PartField.CrossReferences, ""),
            "price" => (PartField.Price, tier),
            "stock" => (PartField.Stock, ""),
            "tax" => (PartField.Tax, ""),
            "active" => (PartField.Active, ""),
            _ => null,
        };
    }

    static (PartField Field, string Tier) FieldOf(string title)
    {
        var plain = Plain(title);
        foreach (var (field, names) in Known)
            if (names.Contains(plain)) return (field, "");
        // 'Tarifa taller', 'PVP_B': what stands behind is the tier's name.
        foreach (var before in BeforeTier)
            if (plain.StartsWith(before, StringComparison.Ordinal) && title.Trim().Split([' ', '_', '-', ':', '.'], 2, StringSplitOptions.TrimEntries) is [_, { Length: > 0 and <= Part.TierMax } tier])
                return (PartField.Price, tier);
        return (PartField.None, "");
    }

    /// <summary>A brand stands before a colon.</summary>
    internal static IEnumerable<CrossReference> CrossesIn(string text)
    {
        foreach (var part in text.Split([';', ',', '|', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            if (PartKey.Of(part).Length > 0)
                yield return part.Split(':', 2, StringSplitOptions.TrimEntries) is [{ Length: > 0 } brand, { Length: > 0 } reference] ? new(brand, reference) : new(null, part.Trim(':', ' '));
    }

    static decimal NumberIn(string text, char mark, PartColumn column) =>
        Numeral.TryParse(text, mark, out var number) ? number : throw new Refusal(RefusalKind.Invalid, "part-import.number", text, column.Title);

    static bool YesOrNo(string text, PartColumn column) => Plain(text) is var plain && Yes.Contains(plain) ? true
        : No.Contains(plain) ? false : throw new Refusal(RefusalKind.Invalid, "part-import.yes-no", text, column.Title);

    static string Plain(string name) => PartKey.Of(name).ToLowerInvariant();
}
