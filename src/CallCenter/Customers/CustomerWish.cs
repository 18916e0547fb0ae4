namespace CallCenter.Customers;

/// <param name="Number">In any usual spelling.</param>
/// <param name="Branch">Name of the branch; one that there is not yet comes along.</param>
/// <param name="Contact">Name of whose it is there; who is not known yet comes along.</param>
/// <param name="Since">Theirs from then on; null for always.</param>
/// <param name="Until">Theirs until then; null for ever.</param>
public sealed record WishedNumber(
    string Number, string? Extension = null, string? Label = null, string? Branch = null, string? Contact = null, DateTimeOffset? Since = null, DateTimeOffset? Until = null);

/// <param name="Branch">Name of the branch; one that there is not yet comes along.</param>
public sealed record WishedContact(string Name, string? Role = null, string? Email = null, string? Branch = null);

public sealed record WishedBranch(string Name, string? Address = null);

/// <summary>At least a plate, a VIN or a model.</summary>
public sealed record WishedVehicle(string? Plate = null, string? Vin = null, string? Make = null, string? Model = null, int? Year = null, string? Note = null);

/// <summary>
/// What another program, or a row of a file, says of a customer. What is not said stays as it is; an empty text takes away what was
/// there. Numbers, contacts, branches and vehicles are known again by their number, name, or VIN and plate.
/// </summary>
/// <param name="Owner">Id or email of the person who looks after it; an empty text for nobody.</param>
/// <param name="Archived">Kept for its history only, or not any more.</param>
public sealed record CustomerWish(
    string? Name = null,
    CustomerKind? Kind = null,
    string? TaxId = null,
    string? Email = null,
    string? Segment = null,
    string? Owner = null,
    bool? CreditStop = null,
    string? PriceTier = null,
    string? Note = null,
    bool? Archived = null,
    IReadOnlyList<WishedNumber>? Numbers = null,
    IReadOnlyList<WishedContact>? Contacts = null,
    IReadOnlyList<WishedBranch>? Branches = null,
    IReadOnlyList<WishedVehicle>? Vehicles = null,
    IReadOnlyList<ExternalId>? ExternalIds = null)
{
    /// <summary>The customer as it shall be.</summary>
    /// <param name="country">Where numbers without a country are at home.</param>
    /// <param name="replaces">A list that is given is the whole list; else what it does not name stays.</param>
    /// <param name="personOf">The id of a person by id or email.</param>
    /// <exception cref="Refusal">A number is none, or the owner is not known.</exception>
    public CustomerDetail Over(CustomerDetail found, string country, bool replaces, Func<string, string> personOf, DateTimeOffset now)
    {
        var customer = found.Customer;
        var after = found with
        {
            Customer = customer with
            {
                Name = Name ?? customer.Name,
                Kind = Kind ?? customer.Kind,
                TaxId = TaxId ?? customer.TaxId,
                Email = Email ?? customer.Email,
                Segment = Segment ?? customer.Segment,
                Owner = Owner is null ? customer.Owner : Owner.Trim().Length == 0 ? null : personOf(Owner.Trim()),
                CreditStop = CreditStop ?? customer.CreditStop,
                PriceTier = PriceTier ?? customer.PriceTier,
                Note = Note ?? customer.Note,
            },
        };
        var parts = new Parts(after, replaces);
        parts.Take(Branches, Contacts);
        parts.Take(Numbers, country);
        parts.Take(Vehicles);
        if (ExternalIds is not null) parts.Take(ExternalIds);
        return Archived switch
        {
            null => parts.Detail,
            true => parts.Detail.Archived(now),
            false => parts.Detail.Restored(),
        };
    }

    /// <summary>The lists of a customer while what is wished is brought into them.</summary>
    sealed class Parts(CustomerDetail detail, bool replaces)
    {
        long given;

        public CustomerDetail Detail { get; private set; } = detail;

        public void Take(IReadOnlyList<WishedBranch>? branches, IReadOnlyList<WishedContact>? contacts)
        {
            if (branches is not null)
                Detail = Detail with
                {
                    Branches = Together(Detail.Branches, branches, (known, wish) => Spelled.Name(known.Name) == Spelled.Name(wish.Name),
                        (known, wish) => known is null ? new(--given, wish.Name, wish.Address) : known with { Address = wish.Address ?? known.Address }),
                };
            if (contacts is null) return;
            var places = contacts.Select(wish => Branch(wish.Branch)).ToList();
            Detail = Detail with
            {
                Contacts = Together(Detail.Contacts, [.. contacts.Zip(places)], (known, wish) => Spelled.Name(known.Name) == Spelled.Name(wish.First.Name),
                    (known, wish) => known is null
                        ? new(--given, wish.First.Name, wish.First.Role, wish.First.Email, wish.Second)
                        : known with { Role = wish.First.Role ?? known.Role, Email = wish.First.Email ?? known.Email, Branch = wish.Second ?? known.Branch }),
            };
        }

        public void Take(IReadOnlyList<WishedNumber>? numbers, string country)
        {
            if (numbers is null) return;
            var wished = numbers.Select(wish => CustomerNumber.Of(PhoneNumber.Parse(wish.Number, country)) is var number
                ? number with { Extension = wish.Extension ?? number.Extension, Label = wish.Label, Branch = Branch(wish.Branch), Contact = Contact(wish.Contact), Since = wish.Since, Until = wish.Until } : number).ToList();
            Detail = Detail with
            {
                Numbers = Together(Detail.Numbers, wished, (known, wish) => known.Key == wish.Key && (known.Extension ?? "") == (wish.Extension ?? ""),
                    (known, wish) => known is null ? wish : known with
                    {
                        Label = wish.Label ?? known.Label,
                        Branch = wish.Branch ?? known.Branch,
                        Contact = wish.Contact ?? known.Contact,
                        Since = wish.Since ?? known.Since,
                        Until = wish.Until ?? known.Until,
                    }),
            };
        }

        public void Take(IReadOnlyList<WishedVehicle>? vehicles)
        {
            if (vehicles is null) return;
            Detail = Detail with
            {
                Vehicles = Together(Detail.Vehicles, vehicles, (known, wish) => CustomerDetail.IsSame(known, new(0, wish.Plate, Spelled.Code(wish.Vin)?.ToUpperInvariant(), wish.Make, wish.Model, wish.Year)), (known, wish) => known is null
                    ? new(0, wish.Plate, wish.Vin, wish.Make, wish.Model, wish.Year, wish.Note)
                    : known with { Plate = wish.Plate ?? known.Plate, Vin = wish.Vin ?? known.Vin, Make = wish.Make ?? known.Make, Model = wish.Model ?? known.Model, Year = wish.Year ?? known.Year, Note = wish.Note ?? known.Note }),
            };
        }

        public void Take(IReadOnlyList<ExternalId> ids) => Detail = Detail with { Ids = replaces ? [.. ids.Distinct()] : [.. Detail.Ids.Union(ids)] };

        IReadOnlyList<T> Together<T, TWish>(IReadOnlyList<T> known, IReadOnlyList<TWish> wished, Func<T, TWish, bool> isIt, Func<T?, TWish, T> with) where T : class
        {
            var kept = new List<T>(replaces ? [] : known);
            foreach (var wish in wished)
            {
                var at = kept.FindIndex(one => isIt(one, wish));
                if (at >= 0) kept[at] = with(kept[at], wish);
                else kept.Add(with(known.FirstOrDefault(one => isIt(one, wish)), wish));
            }

            return kept;
        }

        long? Branch(string? name)
        {
            if (string.IsNullOrWhiteSpace(name)) return null;
            if (Detail.Branches.FirstOrDefault(known => Spelled.Name(known.Name) == Spelled.Name(name)) is { } found) return found.Id;
            Detail = Detail with { Branches = [.. Detail.Branches, new(--given, name)] };
            return given;
        }

        long? Contact(string? name)
        {
            if (string.IsNullOrWhiteSpace(name)) return null;
            if (Detail.Contacts.FirstOrDefault(known => Spelled.Name(known.Name) == Spelled.Name(name)) is { } found) return found.Id;
            Detail = Detail with { Contacts = [.. Detail.Contacts, new(--given, name)] };
            return given;
        }
    }
}
