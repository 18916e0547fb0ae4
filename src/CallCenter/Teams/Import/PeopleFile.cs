using System.Globalization;
using System.Text;

namespace CallCenter.Teams.Import;

/// <summary>What a column of an imported file says. The names that are understood are in <see cref="PeopleFile"/>.</summary>
public enum ImportField
{
    Email,
    Name,
    Roles,
    Abilities,
    Teams,
    Extensions,
    Phones,
    Language,
    TimeZone,
    Team,
    TeamType,
    Manager,
    Members,
    Lines,
    Queues,
}

/// <summary>A line of the file: what stands in the columns that are understood, without the empty cells.</summary>
sealed record ImportLine(int Number, IReadOnlyDictionary<ImportField, string> Cells)
{
    public string? this[ImportField field] => Cells.GetValueOrDefault(field);

    /// <summary>The parts of a cell that holds several.</summary>
    public IReadOnlyList<string> List(ImportField field) =>
        Cells.TryGetValue(field, out var cell) ? cell.Split([';', ',', '|', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Distinct().ToList() : [];
}

/// <summary>
/// A list of people (it has a column with their email) or of teams (it has one with their name), as somebody keeps it in a
/// spreadsheet. The columns have names in Spanish or English, in any order; others are not used.
/// </summary>
/// <param name="Unused">Columns that say nothing to us.</param>
sealed record PeopleFile(bool IsOfPeople, IReadOnlyList<ImportLine> Lines, IReadOnlyList<string> Unused)
{
    static readonly Dictionary<string, ImportField> OfPeople = new()
    {
        ["email"] = ImportField.Email,
        ["correo"] = ImportField.Email,
        ["correoelectronico"] = ImportField.Email,
        ["mail"] = ImportField.Email,
        ["name"] = ImportField.Name,
        ["nombre"] = ImportField.Name,
        ["roles"] = ImportField.Roles,
        ["role"] = ImportField.Roles,
        ["rol"] = ImportField.Roles,
        ["abilities"] = ImportField.Abilities,
        ["permisos"] = ImportField.Abilities,
        ["teams"] = ImportField.Teams,
        ["team"] = ImportField.Teams,
        ["equipos"] = ImportField.Teams,
        ["equipo"] = ImportField.Teams,
        ["extensions"] = ImportField.Extensions,
        ["extension"] = ImportField.Extensions,
        ["extensiones"] = ImportField.Extensions,
        ["phones"] = ImportField.Phones,
        ["phone"] = ImportField.Phones,
        ["telefonos"] = ImportField.Phones,
        ["telefono"] = ImportField.Phones,
        ["language"] = ImportField.Language,
        ["idioma"] = ImportField.Language,
        ["timezone"] = ImportField.TimeZone,
        ["zonahoraria"] = ImportField.TimeZone,
        ["zona"] = ImportField.TimeZone,
    };

    static readonly Dictionary<string, ImportField> OfTeams = new()
    {
        ["team"] = ImportField.Team,
        ["equipo"] = ImportField.Team,
        ["name"] = ImportField.Team,
        ["nombre"] = ImportField.Team,
        ["type"] = ImportField.TeamType,
        ["tipo"] = ImportField.TeamType,
        ["manager"] = ImportField.Manager,
        ["gerente"] = ImportField.Manager,
        ["members"] = ImportField.Members,
        ["miembros"] = ImportField.Members,
        ["lines"] = ImportField.Lines,
        ["line"] = ImportField.Lines,
        ["lineas"] = ImportField.Lines,
        ["linea"] = ImportField.Lines,
        ["queues"] = ImportField.Queues,
        ["queue"] = ImportField.Queues,
        ["colas"] = ImportField.Queues,
        ["cola"] = ImportField.Queues,
    };

    /// <exception cref="Refusal">It is no such list.</exception>
    public static PeopleFile Read(byte[] file)
    {
        var table = CsvTable.Read(file);
        var names = table.Columns.Select(Plain).ToList();
        var isOfPeople = names.Exists(name => OfPeople.GetValueOrDefault(name, ImportField.Name) == ImportField.Email);
        var known = isOfPeople ? OfPeople : OfTeams;
        if (!isOfPeople && !names.Exists(name => OfTeams.GetValueOrDefault(name, ImportField.Name) == ImportField.Team)) throw new Refusal(RefusalKind.Invalid, "import.no-key");
        var fields = names.Select(name => known.TryGetValue(name, out var field) ? field : (ImportField?)null).ToList();
        if (fields.OfType<ImportField>().GroupBy(field => field).FirstOrDefault(group => group.Count() > 1) is { Key: var twice })
            throw new Refusal(RefusalKind.Invalid, "import.column-twice", table.Columns[fields.LastIndexOf(twice)]);
        return new PeopleFile(
            isOfPeople,
            [.. table.Rows.Select(row => new ImportLine(row.Line, Enumerable.Range(0, fields.Count)
                .Where(i => fields[i] is not null && row.Cells[i].Length > 0).ToDictionary(i => fields[i]!.Value, i => row.Cells[i])))],
            [.. table.Columns.Where((name, i) => fields[i] is null && name.Length > 0)]);
    }

    /// <summary>Without accents, capitals and what separates words.</summary>
    internal static string Plain(string name) => string.Concat(name.Normalize(NormalizationForm.FormD)
        .Where(sign => char.IsAsciiLetterOrDigit(sign) && CharUnicodeInfo.GetUnicodeCategory(sign) != UnicodeCategory.NonSpacingMark)).ToLowerInvariant();
}
