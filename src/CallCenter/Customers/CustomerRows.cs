using CallCenter.Storage;

namespace CallCenter.Customers;

/// <summary>Customers and what belongs to them as rows of tables; many are read and written as cheaply as one.</summary>
static class CustomerRows
{
    public const string Columns = "id, kind, name, tax_id, email, segment, owner, credit_stop, price_tier, note, archived_at, merged_into, changed_at";

    static readonly string[] OfCustomer =
        ["id", "kind", "name", "name_key", "tax_id", "tax_key", "email", "segment", "owner", "credit_stop", "price_tier", "note", "created_at", "changed_at", "archived_at", "merged_into"];

    static readonly Insertion Customers = Upsert("customers", OfCustomer, besides: "created_at");
    static readonly Insertion Numbers = Upsert("customer_numbers", ["id", "customer_id", "branch_id", "contact_id", "number", "number_key", "extension", "label", "since", "until"]);
    static readonly Insertion Contacts = Upsert("customer_contacts", ["id", "customer_id", "branch_id", "name", "role", "email"]);
    static readonly Insertion Branches = Upsert("customer_branches", ["id", "customer_id", "name", "address"]);
    static readonly Insertion Vehicles = Upsert("customer_vehicles", ["id", "customer_id", "plate", "plate_key", "vin", "make", "model", "year", "note"]);
    static readonly Insertion Ids = new("customer_ids", ["system", "external_id", "customer_id"], "on conflict (system, external_id) do update set customer_id = excluded.customer_id");
    static readonly Insertion Words = new("customer_words", ["word", "customer_id"], "on conflict do nothing");

    static readonly string[] Id = ["id"];

    /// <summary>From a row that begins with <see cref="Columns"/>.</summary>
    public static Customer ReadCustomer(IRow row) => new(
        row.Long(0), Enum.Parse<CustomerKind>(row.Text(1)), row.Text(2), Text(row, 3), Text(row, 4), Text(row, 5), Text(row, 6), row.Long(7) != 0, Text(row, 8), Text(row, 9), At(row, 10), Number(row, 11), At(row, 12)!.Value);

    /// <summary>Customers in the order of their ids as given; those that there are not are left out.</summary>
    public static async Task<List<Customer>> ReadCustomers(Tx tx, IReadOnlyList<long> ids)
    {
        var found = new List<Customer>(ids.Count);
        await tx.QueryMany($"select {Columns} from customers where id = @id", Id, Rows(ids), (_, row) => found.Add(ReadCustomer(row)));
        return found;
    }

    /// <summary>By the ids that are asked for, also where that one was merged into another.</summary>
    public static async Task<Dictionary<long, CustomerDetail>> Read(Tx tx, IReadOnlyList<long> ids)
    {
        var heads = new Customer?[ids.Count];
        await tx.QueryMany($"select {Columns} from customers where id = (select coalesce(merged_into, id) from customers where id = @id)", Id, Rows(ids), (i, row) => heads[i] = ReadCustomer(row));
        var details = (await WithParts(tx, [.. heads.OfType<Customer>().DistinctBy(customer => customer.Id)])).ToDictionary(detail => detail.Customer.Id);
        return Enumerable.Range(0, ids.Count).Where(i => heads[i] is not null).DistinctBy(i => ids[i]).ToDictionary(i => ids[i], i => details[heads[i]!.Id]);
    }

    /// <summary>In the order of their ids as given; what was merged is told as what is left of it.</summary>
    public static async Task<List<CustomerDetail>> ReadThemselves(Tx tx, IReadOnlyList<long> ids) => await WithParts(tx, await ReadCustomers(tx, ids));

    static async Task<List<CustomerDetail>> WithParts(Tx tx, IReadOnlyList<Customer> customers)
    {
        var asked = Rows([.. customers.Select(customer => customer.Id)]);
        async Task<List<T>[]> Parts<T>(string sql, Func<IRow, T> read)
        {
            var parts = new List<T>[customers.Count];
            for (var i = 0; i < parts.Length; i++) parts[i] = [];
            await tx.QueryMany(sql, Id, asked, (i, row) => parts[i].Add(read(row)));
            return parts;
        }

        var numbers = await Parts("select id, number, extension, label, branch_id, contact_id, since, until from customer_numbers where customer_id = @id order by id",
            row => new CustomerNumber(row.Long(0), row.Text(1), Text(row, 2), Text(row, 3), Number(row, 4), Number(row, 5), At(row, 6), At(row, 7)));
        var contacts = await Parts("select id, name, role, email, branch_id from customer_contacts where customer_id = @id order by id",
            row => new CustomerContact(row.Long(0), row.Text(1), Text(row, 2), Text(row, 3), Number(row, 4)));
        var branches = await Parts("select id, name, address from customer_branches where customer_id = @id order by id",
            row => new CustomerBranch(row.Long(0), row.Text(1), Text(row, 2)));
        var vehicles = await Parts("select id, plate, vin, make, model, year, note from customer_vehicles where customer_id = @id order by id",
            row => new Vehicle(row.Long(0), Text(row, 1), Text(row, 2), Text(row, 3), Text(row, 4), (int?)Number(row, 5), Text(row, 6)));
        var external = await Parts("select system, external_id from customer_ids where customer_id = @id order by system, external_id",
            row => new ExternalId(row.Text(0), row.Text(1)));
        return [.. customers.Select((customer, i) => new CustomerDetail(customer, numbers[i], contacts[i], branches[i], vehicles[i], external[i]))];
    }

    /// <summary>Writes what is different; what is new gets its id.</summary>
    /// <param name="changes">As each was, null for a new one, and as it shall be; no customer twice.</param>
    public static async Task<IReadOnlyList<CustomerDetail>> Save(Tx tx, IReadOnlyList<(CustomerDetail? Before, CustomerDetail After)> changes, DateTimeOffset now)
    {
        // Later than any before, so that who reads from change to change misses none.
        var ms = Math.Max(now.ToUnixTimeMilliseconds(), await tx.One<long>("select coalesce(max(changed_at), 0) + 1 from customers"));
        var saved = await WithIds(tx, changes, DateTimeOffset.FromUnixTimeMilliseconds(ms));
        await tx.Insert(Customers, saved.ConvertAll(after => after.Customer is var one ? new object?[]
        {
            one.Id, $"{one.Kind}", one.Name, Spelled.Name(one.Name), one.TaxId, Spelled.TaxId(one.TaxId), one.Email, one.Segment, one.Owner, one.CreditStop ? 1 : 0, one.PriceTier, one.Note,
            ms, ms, one.ArchivedAt?.ToUnixTimeMilliseconds(), one.MergedInto,
        } : []));

        async Task Part<T>(string table, Insertion insertion, Func<CustomerDetail, IReadOnlyList<T>> of, Func<T, long> id, Func<long, T, object?[]> values)
        {
            var (gone, put) = (new List<object?[]>(), new List<object?[]>());
            for (var i = 0; i < changes.Count; i++)
            {
                var (was, now) = (changes[i].Before is { } before ? of(before) : [], of(saved[i]));
                put.AddRange(now.Except(was).Select(part => values(saved[i].Customer.Id, part)));
                gone.AddRange(was.Select(id).Except(now.Select(id)).Select(one => new object?[] { one }));
            }

            await tx.RunMany($"delete from {table} where id = @id", Id, gone);
            await tx.Insert(insertion, put);
        }

        await Part("customer_branches", Branches, one => one.Branches, branch => branch.Id, (customer, branch) => [branch.Id, customer, branch.Name, branch.Address]);
        await Part("customer_contacts", Contacts, one => one.Contacts, contact => contact.Id, (customer, contact) => [contact.Id, customer, contact.Branch, contact.Name, contact.Role, contact.Email]);
        await Part("customer_numbers", Numbers, one => one.Numbers, number => number.Id, (customer, number) =>
            [number.Id, customer, number.Branch, number.Contact, number.Number, number.Key, number.Extension, number.Label, number.Since?.ToUnixTimeMilliseconds(), number.Until?.ToUnixTimeMilliseconds()]);
        await Part("customer_vehicles", Vehicles, one => one.Vehicles, vehicle => vehicle.Id, (customer, vehicle) =>
            [vehicle.Id, customer, vehicle.Plate, Spelled.Code(vehicle.Plate), vehicle.Vin, vehicle.Make, vehicle.Model, vehicle.Year, vehicle.Note]);
        await Pairs("delete from customer_ids where system = @system and external_id = @external_id and customer_id = @customer_id", Ids, one => one.Ids, (customer, id) => [id.System, id.Id, customer]);
        await Pairs("delete from customer_words where word = @word and customer_id = @customer_id", Words, one => (IReadOnlyList<string>)[.. WordsOf(one)], (customer, word) => [word, customer]);
        return saved;

        async Task Pairs<T>(string delete, Insertion insertion, Func<CustomerDetail, IReadOnlyList<T>> of, Func<long, T, object?[]> values)
        {
            var (gone, put) = (new List<object?[]>(), new List<object?[]>());
            for (var i = 0; i < changes.Count; i++)
            {
                var (was, now, customer) = (changes[i].Before is { } before ? of(before) : [], of(saved[i]), saved[i].Customer.Id);
                gone.AddRange(was.Except(now).Select(one => values(customer, one)));
                put.AddRange(now.Except(was).Select(one => values(customer, one)));
            }

            await tx.RunMany(delete, insertion.Columns, gone);
            await tx.Insert(insertion, put);
        }
    }

    /// <summary>What a customer is searched by; what was merged is found as the other one.</summary>
    public static IEnumerable<string> WordsOf(CustomerDetail detail)
    {
        if (detail.Customer.MergedInto is not null) return [];
        IEnumerable<string> Words(string? text) => text is null ? [] : Spelled.Name(text).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return Words(detail.Customer.Name)
            .Concat(detail.Branches.SelectMany(branch => Words(branch.Name)))
            .Concat(detail.Contacts.SelectMany(contact => Words(contact.Name)))
            .Concat(detail.Numbers.SelectMany(number => (string[])[number.Number[1..], PhoneNumber.NationalOf(number.Number)]))
            .Concat(((string?[])
            [
                Spelled.TaxId(detail.Customer.TaxId), Spelled.Code(detail.Customer.Email), .. detail.Contacts.Select(contact => Spelled.Code(contact.Email)),
                .. detail.Vehicles.SelectMany(vehicle => (string?[])[Spelled.Code(vehicle.Plate), Spelled.Code(vehicle.Vin)]), .. detail.Ids.Select(id => Spelled.Code(id.Id)),
            ]).OfType<string>()).Distinct();
    }

    static async Task<List<CustomerDetail>> WithIds(Tx tx, IReadOnlyList<(CustomerDetail? Before, CustomerDetail After)> changes, DateTimeOffset now)
    {
        static int New<T>(IReadOnlyList<T> parts, Func<T, long> id) => parts.Count(part => id(part) <= 0);
        var customers = await Next(tx, "customers", changes.Count(change => change.After.Customer.Id <= 0));
        var parts = await Next(tx, "customer_parts", changes.Sum(change => change.After is var one
            ? New(one.Branches, part => part.Id) + New(one.Contacts, part => part.Id) + New(one.Numbers, part => part.Id) + New(one.Vehicles, part => part.Id) : 0));
        return [.. changes.Select(change =>
        {
            var (one, given) = (change.After, new Dictionary<long, long>());
            // Kind by kind in turn, so that whoever refers to a new one is numbered after it.
            long Part(long id) => id > 0 ? id : id == 0 ? parts++ : given.TryGetValue(id, out var known) ? known : given[id] = parts++;
            long? Of(long? id) => id is < 0 and { } some ? given.GetValueOrDefault(some) : id;
            var branches = one.Branches.Select(branch => branch with { Id = Part(branch.Id) }).ToList();
            var contacts = one.Contacts.Select(contact => contact with { Id = Part(contact.Id), Branch = Of(contact.Branch) }).ToList();
            return one with
            {
                Customer = one.Customer with { Id = one.Customer.Id > 0 ? one.Customer.Id : customers++, ChangedAt = now },
                Branches = branches,
                Contacts = contacts,
                Numbers = [.. one.Numbers.Select(number => number with { Id = number.Id > 0 ? number.Id : parts++, Branch = Of(number.Branch), Contact = Of(number.Contact) })],
                Vehicles = [.. one.Vehicles.Select(vehicle => vehicle with { Id = vehicle.Id > 0 ? vehicle.Id : parts++ })],
            };
        })];
    }

    static async Task<long> Next(Tx tx, string counter, int count) => count == 0 ? 0
        : await tx.One<long>("update counters set next = next + @count where name = @counter returning next", new { count, counter }) - count;

    static Insertion Upsert(string table, string[] columns, string besides = "") => new(table, columns,
        $"on conflict (id) do update set {string.Join(", ", columns.Skip(1).Where(name => name != besides).Select(name => $"{name} = excluded.{name}"))}");

    static IReadOnlyList<object?[]> Rows(IReadOnlyList<long> ids) => [.. ids.Select(id => new object?[] { id })];

    static string? Text(IRow row, int i) => row.IsNull(i) ? null : row.Text(i);

    static long? Number(IRow row, int i) => row.IsNull(i) ? null : row.Long(i);

    static DateTimeOffset? At(IRow row, int i) => row.IsNull(i) ? null : DateTimeOffset.FromUnixTimeMilliseconds(row.Long(i));
}
