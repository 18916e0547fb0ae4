using System.Text.Json;
using CallCenter.Importing;
using CallCenter.Storage;

namespace CallCenter.Customers.Import;

/// <summary>A line of the file as it is put aside.</summary>
/// <param name="Content">What stands in it, its cells parted by tabs.</param>
sealed record CustomerLine(long Line, CustomerWish Wish, string Content)
{
    public const string Columns = "line, body, content";

    /// <summary>What it is known by: ids of other systems (0), else the tax id (1), else its name and numbers (2).</summary>
    public int Rank => Ids.Count > 0 ? 0 : TaxKey is not null ? 1 : 2;

    public IReadOnlyList<ExternalId> Ids => Wish.ExternalIds ?? [];

    public string? TaxKey => Spelled.TaxId(Wish.TaxId);

    public string? NameKey => Wish.Name is { } name ? Spelled.Name(name) : null;

    /// <summary>As <see cref="PhoneNumber.MatchKey"/>.</summary>
    public IEnumerable<string> NumberKeys => (Wish.Numbers ?? []).Select(number => PhoneNumber.MatchKeyOf(number.Number)).Distinct();

    /// <summary>Its name with each of its numbers; alone where it has none.</summary>
    public IEnumerable<string> Names => NameKey is not { } name ? [] : NumberKeys.Select(number => $"{name}|{number}").DefaultIfEmpty($"{name}|");

    /// <summary>What a row of the file says, tidied up, when it makes sense by itself.</summary>
    /// <exception cref="Refusal">It does not.</exception>
    public static CustomerLine Of(TableRow row, CustomerMapping mapping, string country, Func<string, string> personOf)
    {
        var wish = mapping.Read(row, country, personOf);
        // Without a name it may still speak of somebody whom another line names.
        var one = wish.Over(CustomerDetail.New(new Customer(0, CustomerKind.Company, wish.Name ?? "-")), country, replaces: false, person => person, default).Checked().Customer;
        wish = wish with { Name = wish.Name is null ? null : one.Name, TaxId = one.TaxId, Email = one.Email, Segment = one.Segment, PriceTier = one.PriceTier, Note = one.Note };
        var line = new CustomerLine(row.Line, wish, LineFault.ContentOf(row));
        return line.Rank == 2 && wish.Name is null ? throw new Refusal(RefusalKind.Invalid, "customer-import.nobody") : line;
    }

    public static CustomerLine Read(IRow row) => new(row.Long(0), JsonSerializer.Deserialize<CustomerWish>(row.Text(1), LineFault.Json)!, row.Text(2));

    public object?[] Values => [Line, Rank, JsonSerializer.Serialize(Wish, LineFault.Json), Content];

    /// <summary>Both lines speak of one customer: what the one does not say the other does.</summary>
    /// <exception cref="Refusal">They contradict each other.</exception>
    public CustomerWish And(CustomerWish other, CustomerMapping mapping)
    {
        T? Same<T>(CustomerField field, T? mine, T? its) => its is null || Equals(mine, its) ? mine : mine is null ? its : throw new Refusal(RefusalKind.Invalid, "customer-import.contradicts", mapping.TitleOf(field), Line);
        return new(
            NameKey is { } key && other.Name is { } name && Spelled.Name(name) == key ? Wish.Name : Same(CustomerField.Name, Wish.Name, other.Name), Same(CustomerField.Kind, Wish.Kind, other.Kind),
            Spelled.TaxId(Wish.TaxId) == Spelled.TaxId(other.TaxId) ? Wish.TaxId : Same(CustomerField.TaxId, Wish.TaxId, other.TaxId),
            Same(CustomerField.Email, Wish.Email, other.Email), Same(CustomerField.Segment, Wish.Segment, other.Segment), Same(CustomerField.Owner, Wish.Owner, other.Owner),
            Same(CustomerField.CreditStop, Wish.CreditStop, other.CreditStop), Same(CustomerField.PriceTier, Wish.PriceTier, other.PriceTier), Same(CustomerField.Note, Wish.Note, other.Note),
            Numbers: [.. Wish.Numbers ?? [], .. other.Numbers ?? []],
            Contacts: [.. Wish.Contacts ?? [], .. other.Contacts ?? []],
            Branches: [.. Wish.Branches ?? [], .. other.Branches ?? []],
            Vehicles: [.. Wish.Vehicles ?? [], .. other.Vehicles ?? []],
            ExternalIds: [.. Ids.Union(other.ExternalIds ?? [])]);
    }
}
