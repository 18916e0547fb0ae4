using CallCenter.Audit;
using CallCenter.Customers;
using CallCenter.Storage;
using CallCenter.Teams;

namespace CallCenter.Simulation;

/// <summary>
/// The customers that the invented company knows: most of those who ring often, with vehicles and somebody who looks after them. A few
/// share a switchboard, and some who ring are unknown, as it is everywhere.
/// </summary>
sealed class CustomerBase(Db db, CustomerBook book, CustomerErrands errands, Personnel personnel, AuditLog audit)
{
    static readonly (string Make, string[] Models)[] Makes =
    [
        ("Seat", ["Ibiza", "León", "Ateca"]), ("Volkswagen", ["Golf", "Passat", "Caddy"]), ("Renault", ["Clio", "Mégane", "Kangoo"]), ("Peugeot", ["208", "308", "Partner"]),
        ("Ford", ["Focus", "Transit", "Kuga"]), ("Opel", ["Corsa", "Astra", "Vivaro"]), ("Citroën", ["C3", "C4", "Berlingo"]), ("Toyota", ["Yaris", "Corolla", "Hilux"]),
    ];

    static readonly string[] Labels = ["taller", "móvil", "recambios"];
    static readonly string[] People = ["Paco Membrillo", "Elena Tomillar", "Joaquín Sabinar", "Rosa Cardencha", "Tomás Espliego", "Begoña Retamar"];

    // Plates have no vowels.
    const string PlateLetters = "BCDFGHJKLMNPRSTVWXYZ";

    /// <summary>Once: who has customers already keeps his.</summary>
    public async Task Fill(PartsSeller company, CancellationToken stop)
    {
        await db.Write(async tx =>
        {
            await CustomerBook.TakeTurn(tx);
            if (await tx.One<long>("select count(*) from customers") > 0) return;
            var customers = Customers(company, [.. personnel.Now.People.Keys.Order(StringComparer.Ordinal)]).ToList();
            await book.Save(tx, customers.ConvertAll(customer => ((CustomerDetail?)null, customer)), withEarlierCalls: false);
            await audit.Note(tx, Actor.Server, "customers.imported", "", new { added = customers.Count });
            await errands.Add(tx, CustomerErrand.Numbers);
        }, stop);
        await errands.Run(stop);
    }

    internal static IEnumerable<CustomerDetail> Customers(PartsSeller company, IReadOnlyList<string> owners)
    {
        var chance = new Random(5261);
        var known = company.Customers.Where(customer => customer.Name is not null).ToList();
        for (var i = 0; i < known.Count; i++)
        {
            var (isCompany, name) = (known[i].Name!.Contains(' '), known[i].Name!);
            if (chance.Next(8) == 0) continue; // rings, and nobody wrote down who it is
            var head = new CallCenter.Customers.Customer(
                0, isCompany ? CustomerKind.Company : CustomerKind.Person, isCompany ? $"{name} S.L." : $"{name} {People[i % People.Length].Split(' ')[1]}", isCompany ? $"B8199{i:0000}" : null,
                isCompany ? $"taller{i}@example.com" : null, isCompany ? chance.Next(5) switch { 0 => "A", < 3 => "B", _ => "C" } : "Particular",
                owners.Count > 0 && chance.Next(3) == 0 ? owners[chance.Next(owners.Count)] : null, isCompany && chance.Next(24) == 0, isCompany ? $"T{1 + chance.Next(3)}" : null);
            yield return CustomerDetail.New(head) with
            {
                Contacts = isCompany ? [new CustomerContact(-1, People[i % People.Length], chance.Next(2) == 0 ? "jefe de taller" : "compras")] : [],
                Numbers =
                [
                    .. known[i].Numbers.Select((number, n) => new CustomerNumber(0, number, null, isCompany ? Labels[n % Labels.Length] : null, Contact: isCompany && n == 1 ? -1 : null)),
                    // Two workshops on one estate have the same switchboard.
                    .. isCompany && i % 40 == 1 ? [new CustomerNumber(0, known[i - 1].Numbers[0], null, "centralita del polígono")] : (CustomerNumber[])[],
                ],
                Vehicles = [.. Enumerable.Range(0, isCompany ? chance.Next(4) : 1).Select(_ => NewVehicle(chance))],
                Ids = [new ExternalId("dms", $"{43_000_000 + i}")],
            };
        }
    }

    static Vehicle NewVehicle(Random chance)
    {
        var (make, models) = Makes[chance.Next(Makes.Length)];
        var letters = string.Concat(Enumerable.Range(0, 3).Select(_ => PlateLetters[chance.Next(PlateLetters.Length)]));
        return new Vehicle(0, $"{chance.Next(10_000):0000} {letters}", $"XXXDEMO{chance.NextInt64(10_000_000_000):0000000000}", make, models[chance.Next(models.Length)], 2006 + chance.Next(18));
    }
}
