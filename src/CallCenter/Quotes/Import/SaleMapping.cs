using System.Globalization;
using CallCenter.Customers;
using CallCenter.Importing;

namespace CallCenter.Quotes.Import;

/// <summary>What a column of an imported file says of a quote or an order, or of a line of one.</summary>
public enum SaleField
{
    /// <summary>Nothing that is kept.</summary>
    None,

    /// <summary>What the other program calls the quote or order; lines with the same number belong together.</summary>
    Number,
    CreatedAt,
    Status,

    /// <summary>Why a quote was rejected.</summary>
    Reason,
    ValidUntil,

    /// <summary>What the other program calls the quote from which an order takes.</summary>
    Quote,

    /// <summary>What a program, which the column may name, calls the customer.</summary>
    Customer,

    /// <summary>The customer's tax id.</summary>
    TaxId,
    RequestedBy,
    Contact,
    Branch,
    Plate,
    Vin,

    /// <summary>The customer's own reference.</summary>
    RequestNumber,

    /// <summary>Email, or the name if only one is called so, of the one of us who is credited with it.</summary>
    Author,
    Note,
    Brand,
    Reference,
    Description,
    Quantity,

    /// <summary>Of one piece, without tax.</summary>
    Price,
    Discount,
    Tax,
    Availability,
}

/// <summary>Where and when a file is read: what a day, a number and a name in it mean.</summary>
/// <param name="PersonOf">The id of a person as the file calls him.</param>
sealed record SaleReading(TimeZoneInfo Zone, DateTimeOffset Now, Func<string, string> PersonOf);

/// <summary>How the columns of a file are to be read.</summary>
/// <param name="System">The program that keeps these quotes or orders.</param>
/// <param name="DecimalMark">Decides what <c>1.234</c> is; see <see cref="Numeral"/>.</param>
/// <param name="HeadLine">The line that names the columns; the documents begin below.</param>
public sealed record SaleMapping(IReadOnlyList<ImportColumn<SaleField>> Columns, string System, char DecimalMark, int HeadLine)
{
    /// <summary>Where nobody says which program it is.</summary>
    public const string UsualSystem = "ERP";

    public const int SystemMax = 100;

    const int LinesAboveMax = 20;

    /// <summary>What a line says of itself; the others speak of the whole document.</summary>
    static readonly HashSet<SaleField> OfLine = [SaleField.Brand, SaleField.Reference, SaleField.Description, SaleField.Quantity, SaleField.Price, SaleField.Discount, SaleField.Tax, SaleField.Availability];

    static readonly (SaleField Field, string[] Names)[] Known =
    [
        (SaleField.Number, ["numero", "num", "n", "no", "documento", "numerodocumento", "numerodedocumento", "ndocumento", "number", "document", "documentnumber", "externalid"]),
        (SaleField.CreatedAt, ["fecha", "fechadocumento", "fechadeldocumento", "fechapresupuesto", "fechapedido", "fechadecreacion", "date", "created", "createdat", "documentdate", "quotedate", "orderdate"]),
        (SaleField.Status, ["estado", "situacion", "status", "state"]),
        (SaleField.Reason, ["motivo", "motivorechazo", "motivoderechazo", "reason", "rejectreason"]),
        (SaleField.ValidUntil, ["validez", "validohasta", "validahasta", "caduca", "caducidad", "vencimiento", "validuntil", "validity", "expires", "expiry"]),
        (SaleField.Customer, ["cliente", "codigocliente", "codigodecliente", "codigodelcliente", "codcliente", "idcliente", "numerocliente", "numerodecliente", "ncliente", "customer", "customerid", "customernumber", "accountnumber"]),
        (SaleField.TaxId, ["nif", "cif", "dni", "nifcif", "cifnif", "vat", "vatnumber", "taxid"]),
        (SaleField.RequestedBy, ["nombrecliente", "nombredecliente", "nombredelcliente", "razonsocial", "nombre", "solicitante", "pedidopor", "customername", "name", "requestedby"]),
        (SaleField.Contact, ["contacto", "personadecontacto", "contact"]),
        (SaleField.Branch, ["sucursal", "delegacion", "tienda", "branch"]),
        (SaleField.Plate, ["matricula", "placa", "patente", "plate", "licenseplate", "registration"]),
        (SaleField.Vin, ["bastidor", "vin", "chasis", "numerobastidor", "numerodebastidor", "chassis"]),
        (SaleField.RequestNumber, ["sureferencia", "referenciacliente", "referenciadelcliente", "supedido", "yourreference", "customerreference", "ponumber", "po"]),
        (SaleField.Author, ["vendedor", "comercial", "autor", "agente", "seller", "salesperson", "author", "agent"]),
        (SaleField.Note, ["nota", "notas", "observaciones", "comentario", "comentarios", "note", "notes", "remarks", "comments"]),
        (SaleField.Brand, ["marca", "fabricante", "brand", "manufacturer"]),
        (SaleField.Reference, ["referencia", "ref", "articulo", "codigoarticulo", "codigodearticulo", "codarticulo", "sku", "reference", "partnumber", "part", "itemnumber", "item"]),
        (SaleField.Description, ["descripcion", "denominacion", "concepto", "detalle", "texto", "description", "designation"]),
        (SaleField.Quantity, ["cantidad", "cant", "unidades", "uds", "qty", "quantity", "units"]),
        (SaleField.Price, ["precio", "preciounitario", "precioneto", "pvp", "price", "unitprice"]),
        (SaleField.Discount, ["descuento", "dto", "dcto", "discount", "discountpercent"]),
        (SaleField.Tax, ["iva", "tipoiva", "tipodeiva", "impuesto", "tax", "vatrate", "taxpercent"]),
        (SaleField.Availability, ["disponibilidad", "entrega", "plazo", "plazodeentrega", "availability", "delivery", "leadtime"]),
    ];

    static readonly string[] QuoteNumbers = ["presupuesto", "numeropresupuesto", "numerodepresupuesto", "npresupuesto", "oferta", "numerooferta", "quote", "quotenumber", "quotation"];
    static readonly string[] OrderNumbers = ["pedido", "numeropedido", "numerodepedido", "npedido", "order", "ordernumber"];

    /// <summary>What programs call how a quote stands.</summary>
    static readonly (QuoteStatus Status, string[] Names)[] QuoteStatuses =
    [
        (QuoteStatus.Draft, ["borrador", "draft"]),
        (QuoteStatus.Sent, ["enviado", "emitido", "pendiente", "abierto", "en curso", "sent", "open", "pending"]),
        (QuoteStatus.Accepted, ["aceptado", "aprobado", "ganado", "accepted", "approved", "won"]),
        (QuoteStatus.Rejected, ["rechazado", "denegado", "perdido", "rejected", "declined", "lost"]),
        (QuoteStatus.Expired, ["caducado", "vencido", "expired"]),
        (QuoteStatus.Ordered, ["pedido", "en pedido", "pasado a pedido", "servido", "facturado", "ordered", "invoiced"]),
        (QuoteStatus.Discarded, ["descartado", "anulado", "cancelado", "discarded", "cancelled", "canceled"]),
    ];

    static readonly (OrderStatus Status, string[] Names)[] OrderStatuses =
    [
        (OrderStatus.Placed, ["recibido", "nuevo", "abierto", "pendiente", "confirmado", "en curso", "placed", "new", "open", "pending", "received", "confirmed"]),
        (OrderStatus.BackOrdered, ["pendiente de stock", "esperando stock", "sin stock", "backordered", "backorder"]),
        (OrderStatus.Shipped, ["enviado", "en reparto", "expedido", "shipped", "sent"]),
        (OrderStatus.Delivered, ["entregado", "servido", "facturado", "cerrado", "completado", "delivered", "invoiced", "closed", "completed"]),
        (OrderStatus.Cancelled, ["anulado", "cancelado", "cancelled", "canceled"]),
    ];

    static readonly (RejectReason Reason, string[] Names)[] Reasons =
    [
        (RejectReason.Price, ["precio", "caro", "price"]),
        (RejectReason.NoStock, ["sin stock", "no hay", "sin existencias"]),
        (RejectReason.LeadTime, ["plazo", "plazo de entrega", "tarda"]),
        (RejectReason.BoughtElsewhere, ["compró en otro sitio", "otro proveedor", "competencia", "competitor"]),
        (RejectReason.JustAsking, ["solo consultaba", "consulta"]),
    ];

    static readonly string[] Days = ["yyyy-MM-dd", "yyyy/MM/dd", "yyyyMMdd", "d/M/yyyy", "d-M-yyyy", "d.M.yyyy"];
    static readonly string[] Times = ["", " H:mm", " H:mm:ss", "'T'HH:mm", "'T'HH:mm:ss"];
    static readonly string[] Moments = [.. Days.SelectMany(day => Times.Select(time => day + time))];
    static readonly DateOnly Earliest = new(1990, 1, 1), Latest = new(2100, 1, 1);

    /// <summary>Those there are of quotes, or of orders.</summary>
    public static IEnumerable<SaleField> FieldsOf(bool ofOrders) => Enum.GetValues<SaleField>().Where(field => field switch
    {
        SaleField.Reason or SaleField.ValidUntil => !ofOrders,
        SaleField.Quote => ofOrders,
        _ => true,
    });

    /// <summary>What the names of the columns and some lines below suggest.</summary>
    /// <param name="usual">The decimal mark where the figures do not tell.</param>
    internal static SaleMapping Guess(IReadOnlyList<TableRow> first, bool ofOrders, char usual)
    {
        // Some lists have a title above; the head is the line in which most names are known.
        var head = first.Take(LinesAboveMax).MaxBy(row => row.Cells.Count(cell => FieldOf(cell.Text, ofOrders) != SaleField.None));
        var columns = new List<ImportColumn<SaleField>>();
        foreach (var cell in head.Cells)
        {
            var field = FieldOf(cell.Text, ofOrders);
            columns.Add(new(cell.Text.Trim(), columns.Any(column => column.Field == field) ? SaleField.None : field));
        }

        var figures = first.Where(row => row.Line > head.Line).SelectMany(row => row.Cells.Where((cell, i) =>
            !cell.IsNumber && i < columns.Count && columns[i].Field is SaleField.Quantity or SaleField.Price or SaleField.Discount or SaleField.Tax));
        return new(columns, UsualSystem, Numeral.MarkOf(figures.Select(cell => cell.Text)) ?? usual, head.Line);
    }

    /// <summary>The same columns as in another file: what was decided about them holds again.</summary>
    internal bool IsOfColumns(SaleMapping other) => Columns.Select(column => column.Title).SequenceEqual(other.Columns.Select(column => column.Title));

    /// <exception cref="Refusal">It cannot be used: a column is missing or named twice.</exception>
    internal SaleMapping Checked(bool ofOrders)
    {
        if (!Columns.Any(column => column.Field == SaleField.Number)) throw new Refusal(RefusalKind.Invalid, "sale-import.no-number");
        if (string.IsNullOrWhiteSpace(System) || System.Trim().Length > SystemMax) throw new Refusal(RefusalKind.Invalid, "sale-import.no-system", SystemMax);
        if (Columns.FirstOrDefault(column => !FieldsOf(ofOrders).Contains(column.Field)) is { } foreign) throw new Refusal(RefusalKind.Invalid, "sale-import.not-here", foreign.Title);
        var twice = Columns.Where(column => column.Field != SaleField.None).GroupBy(column => column.Field).FirstOrDefault(group => group.Count() > 1);
        if (twice is not null) throw new Refusal(RefusalKind.Invalid, "import.column-twice", twice.Last().Title);
        return this with { System = System.Trim(), Columns = [.. Columns.Select(column => column with { With = column.Field == SaleField.Customer ? column.With.Trim() : "" })] };
    }

    /// <summary>The program whose ids of customers stand in the file.</summary>
    internal string CustomerSystem => Columns.FirstOrDefault(column => column.Field == SaleField.Customer) is { With.Length: > 0 } column ? column.With : System;

    /// <summary>What the column of a field is called in the file.</summary>
    internal string TitleOf(SaleField field) => Columns.FirstOrDefault(column => column.Field == field)?.Title ?? $"{field}";

    /// <summary>The number of the document a row is of; null where none stands in it.</summary>
    internal string? DocumentOf(TableRow row)
    {
        for (var i = 0; i < Columns.Count; i++)
            if (Columns[i].Field == SaleField.Number) return i < row.Cells.Count ? Given.Line("number", TextOf(row.Cells[i].Text), SystemMax) : null;
        return null;
    }

    /// <summary>What a row says, tidied up: of its document, and of the line that it is, if it is one.</summary>
    /// <exception cref="Refusal">It cannot be read; the code says why.</exception>
    internal SaleSaid Read(TableRow row, bool ofOrders, SaleReading reading)
    {
        if (row.Cells.Skip(Columns.Count).Any(cell => !string.IsNullOrWhiteSpace(cell.Text))) throw new Refusal(RefusalKind.Invalid, "import.cells", row.Cells.Count, Columns.Count);
        var (head, line, isLine) = (new Dictionary<SaleField, string>(), new WishedLine(), false);
        foreach (var (column, cell) in Columns.Zip(row.Cells))
        {
            var text = TextOf(cell.Text);
            if (text.Length == 0 || column.Field is SaleField.None or SaleField.Number) continue;
            if (!OfLine.Contains(column.Field))
            {
                head[column.Field] = column.Field switch
                {
                    SaleField.CreatedAt => MomentOf(text, cell, column, reading).ToString("O", CultureInfo.InvariantCulture),
                    SaleField.ValidUntil => LocalDay.Of(MomentOf(text, cell, column, reading with { Now = DateTimeOffset.MaxValue }), reading.Zone).ToString("O", CultureInfo.InvariantCulture),
                    SaleField.Status when ofOrders => NamedOf(text, OrderStatuses, column),
                    SaleField.Status => NamedOf(text, QuoteStatuses, column),
                    SaleField.Reason => NamedOf(text, Reasons, column),
                    SaleField.Author => reading.PersonOf(text),
                    _ => text,
                };
                continue;
            }

            isLine = true;
            decimal Number() => Numeral.TryParse(text.TrimEnd('%', ' '), cell.IsNumber ? '.' : DecimalMark, out var number) ? number : throw new Refusal(RefusalKind.Invalid, "part-import.number", text, column.Title);
            line = column.Field switch
            {
                SaleField.Brand => line with { Brand = text },
                SaleField.Reference => line with { Reference = text },
                SaleField.Description => line with { Description = text },
                SaleField.Availability => line with { Availability = text },
                SaleField.Quantity => line with { Quantity = Number() },
                SaleField.Price => line with { UnitPrice = Money.TryParse(text, cell.IsNumber ? '.' : DecimalMark, out var price) ? price.Amount : throw new Refusal(RefusalKind.Invalid, "part-import.price", text, column.Title) },
                SaleField.Discount => line with { DiscountPercent = Number() },
                SaleField.Tax => line with { TaxPercent = Number() },
                _ => throw new InvalidOperationException($"No rule for {column.Field}."),
            };
        }

        // Where only a tax rate or a delivery time is repeated there is no part.
        isLine &= line.Brand.Length + line.Reference.Length + line.Description.Length > 0 || line.UnitPrice is not null;
        if (isLine) line.Over(new OrderLine()).Check();
        return new SaleSaid(head, isLine ? line : null);
    }

    /// <summary><c>customer:SAP</c>, as the command line writes a field; null when it is none.</summary>
    internal static (SaleField Field, string With)? ParseField(string text)
    {
        var (name, with) = text.Split(':', 2, StringSplitOptions.TrimEntries) is [var before, var after] ? (before, after) : (text.Trim(), "");
        return Enum.GetNames<SaleField>().FirstOrDefault(field => field.Equals(name, StringComparison.OrdinalIgnoreCase)) is { } found ? (Enum.Parse<SaleField>(found), with) : null;
    }

    /// <summary>What a title says by itself.</summary>
    static SaleField FieldOf(string title, bool ofOrders)
    {
        var plain = Plain(title);
        if (plain.Length == 0) return SaleField.None;
        if ((ofOrders ? OrderNumbers : QuoteNumbers).Contains(plain)) return SaleField.Number;
        if (ofOrders && QuoteNumbers.Contains(plain)) return SaleField.Quote;
        var field = Known.FirstOrDefault(known => known.Names.Contains(plain)).Field;
        return FieldsOf(ofOrders).Contains(field) ? field : SaleField.None;
    }

    static string Plain(string text) => (Spelled.Code(text) ?? "").Replace("º", "", StringComparison.Ordinal);

    /// <summary>Without the apostrophe that keeps a spreadsheet from taking it for a formula.</summary>
    static string TextOf(string cell) => cell.Trim() is ['\'', '=' or '+' or '-' or '@', ..] kept ? kept.Trim()[1..] : cell.Trim();

    /// <summary>The state or reason that is called so here, or in one of the usual words, also in the feminine.</summary>
    static string NamedOf<T>(string text, (T Value, string[] Names)[] known, ImportColumn<SaleField> column) where T : struct, Enum
    {
        var plain = Plain(text);
        var masculine = plain.EndsWith('a') ? plain[..^1] + "o" : plain;
        foreach (var (value, names) in known)
            if (Plain($"{value}") == plain || names.Select(Plain).Any(name => name == plain || name == masculine)) return $"{value}";
        throw new Refusal(RefusalKind.Invalid, "sale-import.word", text, column.Title, string.Join(", ", known.Select(one => one.Names[0])));
    }

    /// <summary>A day is its first instant where the company is; a spreadsheet counts days.</summary>
    static DateTimeOffset MomentOf(string text, TableCell cell, ImportColumn<SaleField> column, SaleReading reading)
    {
        DateTimeOffset? found = null;
        if (cell.IsNumber && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var days) && days is > 0 and < 100_000) found = In(DateTime.FromOADate(days));
        else if (DateTime.TryParseExact(text, Moments, CultureInfo.InvariantCulture, DateTimeStyles.None, out var local)) found = In(local);
        else if (text.Contains('T', StringComparison.Ordinal) && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var exact)) found = exact.ToUniversalTime();
        var isSense = found is { } at && at.Year >= Earliest.Year && at.Year < Latest.Year && at - TimeSpan.FromDays(1) <= reading.Now;
        return isSense ? found!.Value : throw new Refusal(RefusalKind.Invalid, "sale-import.date", text, column.Title);

        DateTimeOffset In(DateTime moment) => LocalDay.At(DateOnly.FromDateTime(moment), TimeOnly.FromDateTime(moment), reading.Zone);
    }
}
