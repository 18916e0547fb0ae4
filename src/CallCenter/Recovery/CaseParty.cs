using System.Globalization;
using CallCenter.Calls;
using CallCenter.Storage;
using Dapper;

namespace CallCenter.Recovery;

/// <summary>Who is called back: a customer where a missed call is known to be his, and else a number. Follows from the calls alone.</summary>
/// <param name="Customer">Null of a number.</param>
/// <param name="Numbers">As <see cref="PhoneNumber.MatchKey"/>. Of a customer those that he called from in vain: a call with one of them is one with him, whosever it is said to be.</param>
sealed record CaseParty(long? Customer, IReadOnlyList<string> Numbers)
{
    /// <summary>No number begins like this.</summary>
    public const string OfCustomer = "c:";

    // One step of the index for each number or customer, however many calls there are.
    const string NumbersOfCustomer =
        """
        with recursive numbers (number) as (
            select min(customer_key) from calls where missed = 1 and customer_id = @customer
            union all select (select min(customer_key) from calls where missed = 1 and customer_id = @customer and customer_key > numbers.number) from numbers where numbers.number is not null)
        select number from numbers where number is not null
        """;

    const string CustomersOfNumber =
        """
        with recursive customers_of (customer) as (
            select min(customer_id) from calls where missed = 1 and customer_key = @number and customer_id is not null
            union all select (select min(customer_id) from calls where missed = 1 and customer_key = @number and customer_id > customers_of.customer) from customers_of where customers_of.customer is not null)
        select customer from customers_of where customer is not null
        """;

    /// <summary>Names who is to be called back for a missed call.</summary>
    public static string KeyOf(Call miss) => miss.CustomerId is { } customer ? KeyOf(customer) : miss.CustomerSide!.MatchKey!;

    public static string KeyOf(long customer) => string.Create(CultureInfo.InvariantCulture, $"{OfCustomer}{customer}");

    /// <summary>As the calls stand in this transaction.</summary>
    public static async Task<IReadOnlyDictionary<string, CaseParty>> Read(Tx tx, IEnumerable<string> keys)
    {
        var parties = keys.Distinct().ToDictionary(key => key, key => CustomerOf(key) is { } customer ? new CaseParty(customer, []) : new CaseParty(null, [key]));
        var customers = parties.Where(party => party.Value.Customer is not null).Select(party => (party.Key, Customer: party.Value.Customer!.Value, Numbers: new List<string>())).ToList();
        await tx.QueryMany(NumbersOfCustomer, ["customer"], [.. customers.Select(one => new object?[] { one.Customer })], (i, row) => customers[i].Numbers.Add(row.Text(0)));
        foreach (var (key, customer, numbers) in customers) parties[key] = new(customer, numbers);
        return parties;
    }

    public static async Task<CaseParty> Read(Tx tx, string key) => (await Read(tx, [key]))[key];

    /// <summary>What is true of calls with it: one of these, each with an index of its own.</summary>
    public IReadOnlyList<string> Conditions(DynamicParameters values)
    {
        var conditions = new List<string>();
        foreach (var (i, number) in Numbers.Index()) values.Add($"number{i}", number);
        if (Numbers.Count > 0) conditions.Add($"customer_key in ({string.Join(", ", Numbers.Select((_, i) => $"@number{i}"))})");
        if (Customer is null) return conditions;
        values.Add("customer", Customer);
        return [.. conditions, "customer_id = @customer and customer_key is not null"];
    }

    /// <summary>For each number the customers who called from it in vain.</summary>
    public static async Task<ILookup<string, long>> CustomersOf(Tx tx, IEnumerable<string> numbers)
    {
        var (asked, found) = (numbers.Distinct().ToList(), new List<(string Number, long Customer)>());
        await tx.QueryMany(CustomersOfNumber, ["number"], [.. asked.Select(number => new object?[] { number })], (i, row) => found.Add((asked[i], row.Long(0))));
        return found.ToLookup(one => one.Number, one => one.Customer);
    }

    static long? CustomerOf(string key) => key.StartsWith(OfCustomer, StringComparison.Ordinal) ? long.Parse(key.AsSpan(OfCustomer.Length), CultureInfo.InvariantCulture) : null;
}
