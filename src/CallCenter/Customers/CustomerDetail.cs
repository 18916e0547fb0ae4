using CallCenter.Storage;

namespace CallCenter.Customers;

/// <summary>A place of a customer.</summary>
public sealed record CustomerBranch(long Id, string Name, string? Address = null);

/// <summary>Somebody who works for a customer, or speaks for it.</summary>
/// <param name="Branch">Id of the branch, if it is at one.</param>
public sealed record CustomerContact(long Id, string Name, string? Role = null, string? Email = null, long? Branch = null);

/// <summary>A telephone number that is or was a customer's.</summary>
/// <param name="Number">E.164.</param>
/// <param name="Extension">Behind the number, if any.</param>
/// <param name="Label">What it is: workshop, mobile, home.</param>
/// <param name="Since">Theirs from then on; null for always.</param>
/// <param name="Until">Theirs until then; null for ever.</param>
public sealed record CustomerNumber(
    long Id, string Number, string? Extension = null, string? Label = null, long? Branch = null, long? Contact = null, DateTimeOffset? Since = null, DateTimeOffset? Until = null)
{
    /// <summary>As <see cref="PhoneNumber.MatchKey"/>.</summary>
    public string Key => PhoneNumber.MatchKeyOf(Number);

    /// <summary>It was theirs at a moment.</summary>
    public bool Holds(DateTimeOffset at) => !(at < Since) && !(at >= Until);

    /// <exception cref="Refusal">It is withheld, an extension, or no number at all.</exception>
    public static CustomerNumber Of(PhoneNumber number, string? label = null) => number.E164 is { } e164
        ? new(0, e164, number.Extension, label)
        : throw new Refusal(RefusalKind.Invalid, "customer.number", number.Raw);
}

/// <summary>A vehicle of a customer: at least a plate, a VIN or a model is known.</summary>
/// <param name="Vin">Vehicle identification number, capitals and digits.</param>
/// <param name="Year">Of its model.</param>
public sealed record Vehicle(long Id, string? Plate, string? Vin = null, string? Make = null, string? Model = null, int? Year = null, string? Note = null)
{
    /// <summary>As people say it: Volkswagen Golf 2019.</summary>
    public string Name => string.Join(' ', ((string?[])[Make, Model, Year?.ToString(System.Globalization.CultureInfo.InvariantCulture)]).OfType<string>());
}

/// <summary>What another system calls a customer.</summary>
public sealed record ExternalId(string System, string Id);

/// <summary>A customer with all that belongs to it.</summary>
/// <remarks>An id of zero or less is of something new, that gets its id when it is saved; others of the same change may refer to it by a negative one.</remarks>
public sealed record CustomerDetail(
    Customer Customer,
    IReadOnlyList<CustomerNumber> Numbers,
    IReadOnlyList<CustomerContact> Contacts,
    IReadOnlyList<CustomerBranch> Branches,
    IReadOnlyList<Vehicle> Vehicles,
    IReadOnlyList<ExternalId> Ids)
{
    public const int NumbersMax = 200;
    public const int ContactsMax = 200;
    public const int BranchesMax = 200;
    public const int IdsMax = 50;

    /// <summary>A fleet.</summary>
    public const int VehiclesMax = 2000;

    /// <summary>Old ones are shorter.</summary>
    const int VinMax = 17;

    const int YearMin = 1900, YearMax = 2100;

    public static CustomerDetail New(Customer customer) => new(customer with { Id = 0 }, [], [], [], [], []);

    /// <summary>Everything about one customer as of now; what was merged leads to whom it is. Null when there is none.</summary>
    internal static async Task<CustomerDetail?> Read(Tx tx, long id) => (await CustomerRows.Read(tx, [id])).GetValueOrDefault(id);

    /// <summary>With a number, unless it has it already.</summary>
    public CustomerDetail With(CustomerNumber number) =>
        Numbers.Any(known => known.Key == number.Key && known.Extension == number.Extension && known.Until is null) ? this : this with { Numbers = [.. Numbers, number] };

    public CustomerDetail With(Vehicle vehicle) => this with { Vehicles = [.. Vehicles, vehicle] };

    public CustomerDetail With(ExternalId id) => Ids.Contains(id) ? this : this with { Ids = [.. Ids, id] };

    /// <summary>Kept for its history only: no call is recognised by it, and no search finds it unless that is asked for.</summary>
    public CustomerDetail Archived(DateTimeOffset now) => this with { Customer = Customer with { ArchivedAt = Customer.ArchivedAt ?? now } };

    /// <exception cref="Refusal">It was merged into another one.</exception>
    public CustomerDetail Restored() => Customer.MergedInto is { } other
        ? throw new Refusal(RefusalKind.Conflict, "customer.merged", Customer.Id, other)
        : this with { Customer = Customer with { ArchivedAt = null } };

    /// <summary>
    /// One with all that both have, because they are the same. What both say differently is as this one says; a credit stop of either
    /// holds.
    /// </summary>
    public CustomerDetail Merged(CustomerDetail other)
    {
        var (mine, its) = (Customer, other.Customer);
        var merged = this with
        {
            Customer = mine with
            {
                TaxId = mine.TaxId ?? its.TaxId,
                Email = mine.Email ?? its.Email,
                Segment = mine.Segment ?? its.Segment,
                Owner = mine.Owner ?? its.Owner,
                CreditStop = mine.CreditStop || its.CreditStop,
                PriceTier = mine.PriceTier ?? its.PriceTier,
                Note = string.Join('\n', ((string?[])[mine.Note, its.Note]).OfType<string>().Distinct()) is { Length: > 0 } note ? note[..Math.Min(note.Length, Customer.NoteMax)] : null,
            },
            Branches = [.. Branches, .. other.Branches],
            Contacts = [.. Contacts, .. other.Contacts],
            Vehicles = [.. Vehicles, .. other.Vehicles.Where(vehicle => !Vehicles.Any(known => IsSame(known, vehicle)))],
            Ids = [.. Ids.Union(other.Ids)],
        };
        return other.Numbers.Aggregate(merged, (all, number) => all.With(number));
    }

    /// <summary>Tidied up, so that it can be kept.</summary>
    /// <exception cref="Refusal">Something of it makes no sense, or there is too much of it.</exception>
    public CustomerDetail Checked()
    {
        void AtMost(string what, int count, int max)
        {
            if (count > max) throw new Refusal(RefusalKind.Invalid, "customer.too-many", what, max);
        }

        AtMost("numbers", Numbers.Count, NumbersMax);
        AtMost("contacts", Contacts.Count, ContactsMax);
        AtMost("branches", Branches.Count, BranchesMax);
        AtMost("vehicles", Vehicles.Count, VehiclesMax);
        AtMost("ids", Ids.Count, IdsMax);
        long? Branch(long? id) => id is null || Branches.Any(branch => branch.Id == id) ? id : null;
        return this with
        {
            Customer = Customer.Checked(),
            Branches = [.. Branches.Select(branch => branch with
            {
                Name = Given.Line("branch", branch.Name, Customer.NameMax) ?? throw new Refusal(RefusalKind.Invalid, "customer.branch"),
                Address = Given.Line("address", branch.Address, Customer.NameMax),
            })],
            Contacts = [.. Contacts.Select(contact => contact with
            {
                Name = Given.Line("contact", contact.Name, Customer.NameMax) ?? throw new Refusal(RefusalKind.Invalid, "customer.contact"),
                Role = Given.Line("role", contact.Role, Customer.TextMax),
                Email = Given.Email(contact.Email),
                Branch = Branch(contact.Branch),
            })],
            Numbers = [.. Numbers.Select(number => number.Until <= number.Since ? throw new Refusal(RefusalKind.Invalid, "customer.period", number.Number) : number with
            {
                Label = Given.Line("label", number.Label, Customer.TextMax),
                Extension = Given.Line("extension", number.Extension, Customer.TextMax),
                Branch = Branch(number.Branch),
                Contact = number.Contact is { } id && Contacts.Any(contact => contact.Id == id) ? id : null,
            })],
            Vehicles = [.. Vehicles.Select(Checked)],
            Ids = [.. Ids.Select(id => new ExternalId(
                Given.Line("system", id.System, Customer.TextMax) ?? throw new Refusal(RefusalKind.Invalid, "customer.external-id"),
                Given.Line("id", id.Id, Customer.TextMax) ?? throw new Refusal(RefusalKind.Invalid, "customer.external-id"))).Distinct()],
        };
    }

    /// <summary>The same vehicle by its VIN, else by its plate; where neither of both has either, by what else is known.</summary>
    public static bool IsSame(Vehicle one, Vehicle other) =>
        one.Vin is { } vin && other.Vin is { } its ? vin == its
        : Spelled.Code(one.Plate) is { } plate ? plate == Spelled.Code(other.Plate)
        : (one.Vin, other.Vin, Spelled.Code(other.Plate)) is (null, null, null) && Spelled.Code(one.Name) == Spelled.Code(other.Name);

    static Vehicle Checked(Vehicle vehicle)
    {
        var tidy = vehicle with
        {
            Plate = Given.Line("plate", vehicle.Plate, Customer.TextMax)?.ToUpperInvariant(),
            Vin = Spelled.Code(Given.Line("vin", vehicle.Vin, Customer.TextMax))?.ToUpperInvariant(),
            Make = Given.Line("make", vehicle.Make, Customer.TextMax),
            Model = Given.Line("model", vehicle.Model, Customer.TextMax),
            Note = Given.Line("note", vehicle.Note, Customer.NameMax),
        };
        if (tidy.Vin is { Length: > VinMax } vin) throw new Refusal(RefusalKind.Invalid, "customer.vin", vin, VinMax);
        if (tidy.Year is < YearMin or > YearMax) throw new Refusal(RefusalKind.Invalid, "customer.year", tidy.Year, YearMin, YearMax);
        return tidy is { Plate: null, Vin: null, Model: null } ? throw new Refusal(RefusalKind.Invalid, "customer.vehicle") : tidy;
    }
}
