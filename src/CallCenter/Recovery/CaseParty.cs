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

    // Each asks for the next one, so that it is one step of the index however many calls there are.
    const string NumberOfCustomer = "select min(customer_key) from calls where missed = 1 and customer_id = @customer and customer_key > @after";
    const string CustomerOfNumber = "select min(customer_id) from calls where missed = 1 and customer_key = @number and customer_id > @after";

    /// <summary>Names who is to be called back for a missed call.</summary>
    public static string KeyOf(Call miss) => miss.CustomerId is { } customer ? KeyOf(customer) : miss.CustomerSide!.MatchKey!;

    public static string KeyOf(long customer) => string.Create(CultureInfo.InvariantCulture, $"{OfCustomer}{customer}");

    /// <summary>As the calls stand in this transaction.</summary>
    public static async Task<IReadOnlyDictionary<string, CaseParty>> Read(Tx tx, IEnumerable<string> keys)
    {
        var parties = keys.Distinct().ToDictionary(key => key, key => CustomerOf(key) is { } customer ? new CaseParty(customer, []) : new CaseParty(null, [key]));
        var customers = parties.Where(party => party.Value.Customer is not null).Select(party => (party.Key, Customer: party.Value.Customer!.Value, Numbers: new List<string>())).ToList();
        for (var left = customers; left.Count > 0;)
        {
            var asked = left;
            left = [];
            await tx.QueryMany(NumberOfCustomer, ["customer", "after"], [.. asked.Select(one => new object?[] { one.Customer, one.Numbers.LastOrDefault("") })], (i, row) =>
            {
                if (row.IsNull(0)) return;
                asked[i].Numbers.Add(row.Text(0));
                left.Add(asked[i]);
            });
        }

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
        var found = new List<(string Number, long Customer)>();
        for (var left = numbers.Distinct().Select(number => (Number: number, Customer: 0L)).ToList(); left.Count > 0;)
        {
            var asked = left;
            left = [];
            await tx.QueryMany(CustomerOfNumber, ["number", "after"], asked.ConvertAll(one => new object?[] { one.Number, one.Customer }), (i, row) =>
            {
                if (!row.IsNull(0)) left.Add((asked[i].Number, row.Long(0)));
            });
            found.AddRange(left);
        }

        return found.ToLookup(one => one.Number, one => one.Customer);
    }

    static long? CustomerOf(string key) => key.StartsWith(OfCustomer, StringComparison.Ordinal) ? long.Parse(key.AsSpan(OfCustomer.Length), CultureInfo.InvariantCulture) : null;
}
