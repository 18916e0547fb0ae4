using System.Globalization;
using CallCenter.Importing;

namespace CallCenter.Customers.Import;

/// <summary>What a column of an imported file says of a customer.</summary>
public enum CustomerField
{
    /// <summary>Nothing that is kept.</summary>
    None,

    /// <summary>Several columns, such as name and surname, are joined.</summary>
    Name,

    /// <summary>A company or a person.</summary>
    Kind,
    TaxId,
    Email,
    Segment,
    PriceTier,

    /// <summary>Email, or the name if only one is called so, of the one of us who looks after it.</summary>
    Owner,
    CreditStop,
    Note,

    /// <summary>What one other system, which the column names, calls it.</summary>
    ExternalId,

    /// <summary>Ids of several systems, each with its system before a colon.</summary>
    ExternalIds,

    /// <summary>One number, or several with a semicolon, comma or bar between.</summary>
    Phone,
    PhoneLabel,
    Branch,
    BranchAddress,
    Contact,
    ContactRole,
    ContactEmail,
    Plate,
    Vin,
    Make,
    Model,
    Year,
}

/// <summary>How the columns of a file are to be read. Of columns that say the same, the first ones belong together, and the second ones: the second plate has the second model.</summary>
/// <param name="HeadLine">The line that names the columns, the customers begin below; zero where none does.</param>
public sealed record CustomerMapping(IReadOnlyList<ImportColumn<CustomerField>> Columns, int HeadLine)
{
    /// <summary>Where a column of ids does not say whose they are.</summary>
    public const string UsualSystem = "ERP";

    const int LinesAboveMax = 20;
    const int VinLength = 17;

    static readonly (CustomerField Field, string[] Names)[] Known =
    [
        (CustomerField.Name, ["nombre", "razonsocial", "cliente", "nombrecliente", "nombredelcliente", "nombrefiscal", "nombrecomercial", "nombrecompleto", "empresa", "denominacion", "titular", "name", "customer", "customername", "company", "companyname", "fullname"]),
        (CustomerField.Kind, ["quees", "tipopersona", "whatitis", "kind", "tipo", "tipocliente", "tipodecliente", "clase", "type", "customertype"]),
        (CustomerField.TaxId, ["nif", "cif", "cifnif", "nifcif", "dni", "dninif", "nifdni", "rfc", "cuit", "ruc", "rut", "identificacionfiscal", "taxid", "taxnumber", "vat", "vatid", "vatnumber"]),
        (CustomerField.Email, ["correo", "correoelectronico", "email", "mail", "emailcliente", "emailaddress"]),
        (CustomerField.Segment, ["segmento", "categoria", "grupo", "sector", "segment", "category", "group"]),
        (CustomerField.PriceTier, ["tarifa", "tarifacliente", "tarifaprecio", "listadeprecios", "pricetier", "tier", "pricelist", "pricegroup"]),
        (CustomerField.Owner, ["lolleva", "comercial", "emailcomercial", "correocomercial", "responsable", "agente", "vendedor", "gestor", "lookedafterby", "owner", "owneremail", "accountowner", "accountmanager", "salesperson"]),
        (CustomerField.CreditStop, ["creditoparado", "bloqueado", "bloqueo", "creditobloqueado", "bloqueocredito", "creditstop", "creditblocked", "creditblock", "blocked", "onstop"]),
        (CustomerField.Note, ["nota", "notas", "observaciones", "observacion", "comentario", "comentarios", "note", "notes", "remarks", "comment", "comments"]),
        (CustomerField.ExternalId, ["codigo", "cod", "codigocliente", "codcliente", "idcliente", "clienteid", "id", "numerocliente", "ncliente", "numcliente", "numerodecliente", "codigoexterno", "idexterno",
            "code", "customercode", "customerid", "customernumber", "accountnumber", "externalid"]),
        (CustomerField.ExternalIds, ["enotrosprogramas", "inothersystems"]),
        (CustomerField.PhoneLabel, ["etiqueta", "etiquetatelefono", "tipotelefono", "tipodetelefono", "label", "phonelabel", "phonetype"]),
        (CustomerField.Phone, ["telefono", "telefonos", "tel", "tlf", "telf", "tfno", "tfn", "fijo", "movil", "celular", "phone", "phones", "phonenumber", "telephone", "mobile", "landline", "numero", "number"]),
        (CustomerField.Branch, ["sucursal", "delegacion", "sede", "tienda", "branch", "site"]),
        (CustomerField.BranchAddress, ["direccion", "domicilio", "direccionsucursal", "direcciondelasucursal", "address", "branchaddress"]),
        (CustomerField.Contact, ["contacto", "personadecontacto", "personacontacto", "nombrecontacto", "nombredecontacto", "nombredelcontacto", "contact", "contactname", "contactperson"]),
        (CustomerField.ContactRole, ["cargo", "puesto", "cargocontacto", "role", "position", "jobtitle", "contactrole"]),
        (CustomerField.ContactEmail, ["emailcontacto", "correocontacto", "correodelcontacto", "contactemail"]),
        (CustomerField.Plate, ["matricula", "placa", "patente", "plate", "licenseplate", "registration"]),
        (CustomerField.Vin, ["bastidor", "vin", "chasis", "numerobastidor", "numerodebastidor", "chassis"]),
        (CustomerField.Make, ["marca", "marcavehiculo", "make", "brand"]),
        (CustomerField.Model, ["modelo", "modelovehiculo", "vehiculo", "model", "vehicle"]),
        (CustomerField.Year, ["ano", "anomodelo", "anovehiculo", "year", "modelyear"]),
    ];

    /// <summary>What some call what it is, others its segment: the values tell.</summary>
    static readonly string[] KindOrSegment = ["tipo", "tipocliente", "tipodecliente", "clase", "type", "customertype"];

    static readonly string[] Surnames = ["apellido", "apellidos", "primerapellido", "segundoapellido", "lastname", "surname", "firstname"];
    static readonly string[] BeforeSystem = ["id", "codigo", "cod", "code"], NoSystem = ["postal", "zip", "pais"], BeforeLabel = ["telefono", "tel", "tlf", "phone"], OwnLabel = ["movil", "celular", "fijo", "mobile", "landline"];
    static readonly string[] Companies = ["empresa", "company", "sociedad", "juridica", "personajuridica", "c"], People = ["persona", "person", "particular", "fisica", "personafisica", "autonomo", "individual", "private", "p"];
    static readonly string[] Yes = ["1", "si", "s", "yes", "y", "true", "verdadero", "x"], No = ["0", "no", "n", "false", "falso"];

    /// <summary>What there is once of a customer, or of a line of the file.</summary>
    static readonly HashSet<CustomerField> Once =
        [CustomerField.Kind, CustomerField.TaxId, CustomerField.Email, CustomerField.Segment, CustomerField.PriceTier, CustomerField.Owner, CustomerField.CreditStop, CustomerField.Note, CustomerField.ExternalIds];

    /// <summary>What the names of the columns and some lines below suggest.</summary>
    /// <exception cref="Refusal">There are no lines.</exception>
    internal static CustomerMapping Guess(IReadOnlyList<TableRow> first)
    {
        if (first.Count == 0) throw new Refusal(RefusalKind.Invalid, "csv.empty");
        return Guess(first, HeadOf(first).Cells.Any(cell => ColumnOf(cell.Text).Field != CustomerField.None));
    }

    /// <param name="isNamed">A line names the columns, known names or not; else all lines are customers.</param>
    internal static CustomerMapping Guess(IReadOnlyList<TableRow> first, bool isNamed) => isNamed ? Named(first, HeadOf(first))
        : new([.. Enumerable.Range(0, first.Max(row => row.Cells.Count)).Select(_ => new ImportColumn<CustomerField>("", CustomerField.None))], 0);

    /// <summary>Some lists have a title above; the head is the line in which most names are known.</summary>
    static TableRow HeadOf(IReadOnlyList<TableRow> first) => first.Take(LinesAboveMax).MaxBy(row => row.Cells.Count(cell => ColumnOf(cell.Text).Field != CustomerField.None));

    static CustomerMapping Named(IReadOnlyList<TableRow> first, TableRow head)
    {
        var columns = new List<ImportColumn<CustomerField>>();
        foreach (var (cell, at) in head.Cells.Select((cell, at) => (cell, at)))
        {
            var column = ColumnOf(cell.Text);
            IEnumerable<string> examples = first.Where(row => row.Line > head.Line && at < row.Cells.Count).Select(row => row.Cells[at].Text.Trim()).Where(text => text.Length > 0);
            if (KindOrSegment.Contains(Plain(cell.Text)) && examples.Any(text => KindOf(text) is null)) column = column with { Field = CustomerField.Segment };
            var isTaken = Once.Contains(column.Field) && columns.Any(other => other.Field == column.Field)
                || column.Field == CustomerField.Name && columns.Any(other => other.Field == CustomerField.Name) && !Surnames.Contains(Plain(cell.Text));
            columns.Add(isTaken ? new(column.Title, CustomerField.None) : column);
        }

        return new(columns, head.Line);
    }

    /// <summary>What the column of a field is called in the file, or which it is.</summary>
    internal string TitleOf(CustomerField field) => Columns.Select((column, i) => (column.Field, Title: column.Title.Length > 0 ? column.Title : (i + 1).ToString(CultureInfo.InvariantCulture))).First(column => column.Field == field).Title;

    /// <summary>The same columns as in another file: what was decided about them holds again.</summary>
    internal bool IsOfColumns(CustomerMapping other) => HeadLine > 0 && other.HeadLine > 0 && Columns.Select(column => column.Title).SequenceEqual(other.Columns.Select(column => column.Title));

    /// <exception cref="Refusal">It cannot be used: a column is missing or named twice.</exception>
    internal CustomerMapping Checked()
    {
        if (!Columns.Any(column => column.Field == CustomerField.Name)) throw new Refusal(RefusalKind.Invalid, "customer-import.no-name");
        var twice = Columns.Where(column => Once.Contains(column.Field)).GroupBy(column => column.Field).FirstOrDefault(group => group.Count() > 1);
        if (twice is not null) throw new Refusal(RefusalKind.Invalid, "import.column-twice", twice.Last().Title);
        return this with
        {
            Columns = [.. Columns.Select(column => column with
            {
                With = column.Field switch
                {
                    CustomerField.ExternalId => Given.Line("system", column.With, Customer.TextMax) ?? throw new Refusal(RefusalKind.Invalid, "customer-import.no-system", column.Title),
                    CustomerField.Phone => Given.Line("label", column.With, Customer.TextMax) ?? "",
                    _ => "",
                },
            })],
        };
    }

    /// <summary>What a line says, with numbers as they are dialled from everywhere and the owner by id.</summary>
    /// <param name="country">Where numbers without a country are at home.</param>
    /// <param name="personOf">The id of a person as the file calls him.</param>
    /// <exception cref="Refusal">It cannot be read; the code says why.</exception>
    internal CustomerWish Read(TableRow row, string country, Func<string, string> personOf)
    {
        if (row.IsDamaged) throw new Refusal(RefusalKind.Invalid, "import.quotes");
        if (row.Cells.Skip(Columns.Count).Any(cell => !string.IsNullOrWhiteSpace(cell.Text))) throw new Refusal(RefusalKind.Invalid, "import.cells", row.Cells.Count, Columns.Count);
        var cells = Columns.Zip(row.Cells).Select(pair => (Column: pair.First, Text: TextOf(pair.Second.Text))).ToLookup(cell => cell.Column.Field);
        List<string?> All(CustomerField field) => [.. cells[field].Select(cell => cell.Text.Length > 0 ? cell.Text : null)];
        string? One(CustomerField field) => All(field).FirstOrDefault();
        var (branches, contacts) = (Branches(All(CustomerField.Branch), All(CustomerField.BranchAddress)), Contacts(All(CustomerField.Contact), All(CustomerField.ContactRole), All(CustomerField.ContactEmail)));
        var (branch, contact) = (branches is [var place] ? place.Name : null, contacts is [var person] ? person.Name : null);
        return new CustomerWish(
            string.Join(' ', All(CustomerField.Name).OfType<string>()) is { Length: > 0 } name ? name : null,
            One(CustomerField.Kind) is { } kind ? KindOf(kind) ?? throw new Refusal(RefusalKind.Invalid, "customer-import.kind", kind) : null,
            One(CustomerField.TaxId), One(CustomerField.Email), One(CustomerField.Segment),
            One(CustomerField.Owner) is { } owner ? personOf(owner) : null,
            One(CustomerField.CreditStop) is { } stop ? YesOrNo(stop) : null,
            One(CustomerField.PriceTier), One(CustomerField.Note),
            Numbers: Numbers([.. cells[CustomerField.Phone]], All(CustomerField.PhoneLabel), country, branch, contact),
            Contacts: [.. contacts.Select(one => one with { Branch = branch })],
            Branches: branches,
            Vehicles: Vehicles(All),
            ExternalIds: [.. cells[CustomerField.ExternalId].Where(cell => cell.Text.Length > 0).Select(cell => new ExternalId(cell.Column.With, cell.Text)).Concat(IdsIn(One(CustomerField.ExternalIds))).Distinct()]);
    }

    /// <summary><c>externalId:SAP</c>, as the command line writes a field; null when it is none.</summary>
    internal static (CustomerField Field, string With)? ParseField(string text)
    {
        var (name, with) = text.Split(':', 2, StringSplitOptions.TrimEntries) is [var before, var after] ? (before, after) : (text.Trim(), "");
        return Enum.GetNames<CustomerField>().FirstOrDefault(field => field.Equals(name, StringComparison.OrdinalIgnoreCase)) is { } found && Enum.Parse<CustomerField>(found) is var field
            ? (field, field == CustomerField.ExternalId && with.Length == 0 ? UsualSystem : with) : null;
    }

    /// <summary>What a title says by itself.</summary>
    internal static ImportColumn<CustomerField> ColumnOf(string title)
    {
        var (shown, plain, words) = (title.Trim(), Plain(title), Spelled.Name(title).Split(' '));
        if (Surnames.Contains(plain)) return new(shown, CustomerField.Name);
        foreach (var (field, names) in Known)
            if (names.Contains(plain)) return new(shown, field, field == CustomerField.ExternalId ? UsualSystem : field == CustomerField.Phone && OwnLabel.Contains(plain) ? Plainly(shown) : "");
        // 'Teléfono taller', 'Código SAP': what stands behind is the label, or the system.
        if (shown.Split([' ', '_', '-', ':', '.'], 2, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) is not [_, { Length: <= Customer.TextMax } rest]) return new(shown, CustomerField.None);
        if (BeforeLabel.Contains(words[0])) return new(shown, CustomerField.Phone, Plainly(rest));
        if (OwnLabel.Contains(words[0])) return new(shown, CustomerField.Phone, Plainly(shown));
        return BeforeSystem.Contains(words[0]) && words.Length == 2 && !NoSystem.Contains(words[1]) ? new(shown, CustomerField.ExternalId, rest) : new(shown, CustomerField.None);
    }

    static string Plainly(string label) => label.TrimEnd([.. "0123456789 "]).ToLower(CultureInfo.CurrentCulture);

    /// <summary>Titles that are counted, <c>Teléfono 2</c>, say the same.</summary>
    static string Plain(string title) => (Spelled.Code(title) ?? "").TrimEnd([.. "0123456789"]).Replace("º", "", StringComparison.Ordinal);

    /// <summary>Without the apostrophe that keeps a spreadsheet from taking it for a formula.</summary>
    static string TextOf(string cell) => cell.Trim() is ['\'', '=' or '+' or '-' or '@', ..] kept ? kept.Trim()[1..] : cell.Trim();

    static CustomerKind? KindOf(string text) => Plain(text) is var plain && Companies.Contains(plain) ? CustomerKind.Company : People.Contains(plain) ? CustomerKind.Person : null;

    static bool YesOrNo(string text) => Spelled.Code(text) is var plain && Yes.Contains(plain) ? true : No.Contains(plain) ? false : throw new Refusal(RefusalKind.Invalid, "customer-import.yes-no", text);

    static List<WishedNumber> Numbers(List<(ImportColumn<CustomerField> Column, string Text)> cells, List<string?> labels, string country, string? branch, string? contact)
    {
        var numbers = new List<WishedNumber>();
        foreach (var (cell, i) in cells.Select((cell, i) => (cell, i)))
            foreach (var written in cell.Text.Replace(" / ", ";", StringComparison.Ordinal).Split([';', ',', '|', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            {
                var number = CustomerNumber.Of(PhoneNumber.Parse(written, country));
                numbers.Add(new(number.Number, number.Extension, labels.ElementAtOrDefault(i) ?? (cell.Column.With.Length > 0 ? cell.Column.With : null), branch, contact));
            }

        return numbers;
    }

    /// <summary>A place that has an address only is called by it.</summary>
    static List<WishedBranch> Branches(List<string?> names, List<string?> addresses) =>
        [.. Together(names, addresses).Where(one => one.Any(text => text is not null)).Select(one => new WishedBranch(one[0] ?? one[1]!, one[1]))];

    /// <summary>Somebody whose name is not told is called by what is.</summary>
    static List<WishedContact> Contacts(List<string?> names, List<string?> roles, List<string?> emails) =>
        [.. Together(names, roles, emails).Where(one => one.Any(text => text is not null)).Select(one => new WishedContact(one[0] ?? one[1] ?? one[2]!, one[1], one[2]))];

    static List<WishedVehicle> Vehicles(Func<CustomerField, List<string?>> all) =>
        [.. Together(all(CustomerField.Plate), all(CustomerField.Vin), all(CustomerField.Make), all(CustomerField.Model), all(CustomerField.Year))
            .Where(one => one.Any(text => text is not null))
            // In some lists the VIN stands where there is no plate.
            .Select(one => Spelled.Code(one[0])?.Length == VinLength && one[1] is null ? [null, one[0], .. one[2..]] : one)
            .Select(one => new WishedVehicle(one[0], one[1], one[2], one[3], one[4] is { } year ? YearOf(year) : null))];

    static int YearOf(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var year) ? year : throw new Refusal(RefusalKind.Invalid, "customer-import.year", text);

    static IEnumerable<ExternalId> IdsIn(string? text) => (text ?? "").Split([';', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
        .Select(one => one.Split(':', 2, StringSplitOptions.TrimEntries) is [{ Length: > 0 } system, { Length: > 0 } id] ? new ExternalId(system, id) : throw new Refusal(RefusalKind.Invalid, "customer.external-id"));

    static IEnumerable<string?[]> Together(params List<string?>[] columns) =>
        Enumerable.Range(0, columns.Max(column => column.Count)).Select(i => columns.Select(column => column.ElementAtOrDefault(i)).ToArray());
}
