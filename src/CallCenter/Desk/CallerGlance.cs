using CallCenter.Calls;
using CallCenter.Customers;
using CallCenter.Storage;

namespace CallCenter.Desk;

/// <summary>What one sees at a glance of who is on the telephone: whose number it is, as far as it is known while it rings, and how often he has tried.</summary>
/// <param name="Customer">Null when nobody is known to have the number, or several are.</param>
/// <param name="Candidates">Those who have the number, when there are several and nobody chose yet.</param>
/// <param name="CallsToday">Calls from this number since midnight, this one among them; 0 for outbound calls and hidden numbers.</param>
/// <param name="MissedToday">Of those, the ones that nobody answered.</param>
/// <param name="OpenSince">When the oldest missed call came that nobody has returned; null when there is none.</param>
public sealed record CallerGlance(Customer? Customer, IReadOnlyList<Customer> Candidates, int CallsToday, int MissedToday, DateTimeOffset? OpenSince)
{
    public static readonly CallerGlance Unknown = new(null, [], 0, 0, null);

    /// <summary>Whoever tries so often in a day is annoyed before anybody speaks (product.md B 20).</summary>
    public const int InsistentFrom = 3;

    const int CountedMax = 99;

    public bool IsInsistent => CallsToday >= InsistentFrom || MissedToday > 1;

    internal static async Task<CallerGlance> Read(Tx tx, Call call, DateTimeOffset midnight)
    {
        var customer = call.CustomerId is { } id ? (await CustomerRows.ReadCustomers(tx, [id])).FirstOrDefault() : null;
        if (call.CustomerSide?.MatchKey is not { } key) return Unknown with { Customer = customer };
        IReadOnlyList<Customer> candidates = customer is null ? [.. (await Detection.Candidates(tx, key, call.StartedAt)).Select(one => one.Customer)] : [];
        if (call.Direction != Direction.Inbound) return Unknown with { Customer = customer, Candidates = candidates };
        // Numbers only: how often somebody called is no secret between colleagues, who answered him is.
        var before = await tx.List<long>(
            $"""
            select missed from calls where customer_key = @key and ended_at is not null and started_at >= @midnight and started_at < @Started
            and direction = 'Inbound' and id <> @Id limit {CountedMax}
            """,
            new { key, midnight = midnight.ToUnixTimeMilliseconds(), Started = call.StartedAt.ToUnixTimeMilliseconds(), call.Id });
        var open = await tx.Maybe<long?>("select min(first_missed_at) from cases where customer_key = @key and closed_at is null", new { key });
        return new(customer, candidates, before.Count + 1, before.Count(missed => missed == 1), open is { } ms ? DateTimeOffset.FromUnixTimeMilliseconds(ms) : null);
    }
}
