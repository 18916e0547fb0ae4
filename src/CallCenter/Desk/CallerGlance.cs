using CallCenter.Calls;
using CallCenter.Customers;
using CallCenter.Recovery;
using CallCenter.Storage;

namespace CallCenter.Desk;

/// <summary>What one sees at a glance of who is on the telephone: whose number it is, as far as it is known while it rings, and how often he has tried.</summary>
/// <param name="Customer">Null when nobody is known to have the number, or several are.</param>
/// <param name="Candidates">Those who have the number, when there are several and nobody chose yet.</param>
/// <param name="CallsToday">Calls from this number since midnight, this one among them; 0 for outbound calls and hidden numbers.</param>
/// <param name="MissedToday">Of those, the ones that nobody answered.</param>
/// <param name="Offered">Open quotes of the customer, the next to expire first; what they come to.</param>
/// <param name="OpenSince">When the oldest missed call came that nobody has returned; null when there is none.</param>
public sealed record CallerGlance(Customer? Customer, IReadOnlyList<Customer> Candidates, int CallsToday, int MissedToday, DateTimeOffset? OpenSince, OpenOffers Offered)
{
    public static readonly CallerGlance Unknown = new(null, [], 0, 0, null, OpenOffers.None);

    /// <summary>Whoever tries so often in a day is annoyed before anybody speaks (product.md B 20).</summary>
    public const int InsistentFrom = 3;

    const int CountedMax = 99;

    public bool IsInsistent => CallsToday >= InsistentFrom || MissedToday > 1;

    internal static async Task<CallerGlance> Read(Tx tx, Call call, DateTimeOffset midnight)
    {
        var customer = call.CustomerId is { } id ? (await CustomerRows.ReadCustomers(tx, [id])).FirstOrDefault() : null;
        var offered = customer is null ? OpenOffers.None : await OpenOffers.Read(tx, customer.Id);
        if (call.CustomerSide?.MatchKey is not { } key) return Unknown with { Customer = customer, Offered = offered };
        IReadOnlyList<Customer> candidates = customer is null ? [.. (await Detection.Candidates(tx, key, call.StartedAt)).Select(one => one.Customer)] : [];
        if (call.Direction != Direction.Inbound) return Unknown with { Customer = customer, Candidates = candidates, Offered = offered };
        // Numbers only: how often somebody called is no secret between colleagues, who answered him is.
        var before = await tx.List<long>(
            $"""
            select missed from calls where customer_key = @key and ended_at is not null and started_at >= @midnight and started_at < @Started
            and direction = 'Inbound' and id <> @Id limit {CountedMax}
            """,
            new { key, midnight = midnight.ToUnixTimeMilliseconds(), Started = call.StartedAt.ToUnixTimeMilliseconds(), call.Id });
        var open = await FirstOpen(tx, [key, .. (await CaseParty.CustomersOf(tx, [key]))[key].Concat(call.CustomerId is { } whose ? [whose] : []).Select(CaseParty.KeyOf)]);
        return new(customer, candidates, before.Count + 1, before.Count(missed => missed == 1), open, offered);
    }

    static async Task<DateTimeOffset?> FirstOpen(Tx tx, IReadOnlyList<string> parties)
    {
        long? first = null;
        await tx.QueryMany("select min(first_missed_at) from cases where customer_key = @party and closed_at is null", ["party"], [.. parties.Distinct().Select(party => new object?[] { party })],
            (_, row) => first = row.IsNull(0) || row.Long(0) > first ? first : row.Long(0));
        return first is { } ms ? DateTimeOffset.FromUnixTimeMilliseconds(ms) : null;
    }
}

/// <summary>What a customer has been offered and not answered yet, and what is on its way to him, in figures.</summary>
/// <param name="FirstExpires">The last day of the quote that expires first.</param>
public sealed record OpenOffers(int Quotes, Money Total, DateOnly? FirstExpires, int Orders)
{
    public static readonly OpenOffers None = new(0, Money.Zero, null, 0);

    internal static async Task<OpenOffers> Read(Tx tx, long customer)
    {
        var (quotes, cents, first) = await tx.One<(long Quotes, long Cents, long? First)>(
            "select count(*), cast(coalesce(sum(total_cents), 0) as bigint), min(valid_until) from quotes where customer_id = @customer and status in ('Sent', 'Accepted')", new { customer });
        var orders = await tx.One<long>("select count(*) from orders where customer_id = @customer and status in ('Placed', 'BackOrdered', 'Shipped')", new { customer });
        return new((int)quotes, new Money(cents), first is { } day ? new DateOnly((int)day / 10000, (int)day / 100 % 100, (int)day % 100) : null, (int)orders);
    }
}
