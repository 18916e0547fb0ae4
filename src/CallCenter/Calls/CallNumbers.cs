using Dapper;

namespace CallCenter.Calls;

/// <summary>A number that called, or was called, and is nobody's.</summary>
/// <param name="Key">As <see cref="PhoneNumber.MatchKey"/>.</param>
/// <param name="Number">E.164, as one of its calls has it.</param>
public sealed record UnmatchedNumber(string Key, string Number, long Calls, DateTimeOffset LastCallAt);

/// <summary>Numbers that calls were with, for who says whose they are.</summary>
sealed partial class CallLog
{
    public const int UnmatchedMax = 1000;

    /// <summary>Numbers of calls that ended and are nobody's, since a moment; those of most calls first.</summary>
    public Task<IReadOnlyList<UnmatchedNumber>> Unmatched(CallScope scope, DateTimeOffset since, int limit, CancellationToken stop = default) => db.Read<IReadOnlyList<UnmatchedNumber>>(async tx =>
    {
        var (plus, found) = (tx.IsPostgres ? "" : "+", new Dictionary<string, (long Calls, long Last)>());
        limit = Math.Clamp(limit, 1, UnmatchedMax);
        foreach (var door in CallDoor.Of(scope, null, isNarrow: false, plus))
        {
            var values = new DynamicParameters(door.Values);
            values.Add("since", since.ToUnixTimeMilliseconds());
            // Where all is seen, the index of these numbers tells all; else each call behind the door is looked at.
            string[] where =
            [
                "customer_id is null", "customer_key is not null", "ended_at is not null", $"{(door.Lead is null ? plus : "")}{door.Time} >= @since",
                .. ((string?[])[door.Lead, door.Rest]).OfType<string>(),
            ];
            foreach (var (key, calls, last) in await tx.List<(string Key, long Calls, long Last)>(
                $"select customer_key, count(*), max({door.Time}) from {door.From} where {string.Join(" and ", where)} group by customer_key order by 2 desc, customer_key limit {limit}", values))
                found[key] = found.TryGetValue(key, out var known) ? (known.Calls + calls, Math.Max(known.Last, last)) : (calls, last);
        }

        var top = found.OrderByDescending(one => one.Value.Calls).ThenBy(one => one.Key, StringComparer.Ordinal).Take(limit).ToList();
        var numbers = top.ConvertAll(one => one.Key);
        await tx.QueryMany("select customer_number from calls where customer_key = @key and customer_id is null and ended_at is not null limit 1", ["key"], [.. top.Select(one => new object?[] { one.Key })], (i, row) => numbers[i] = row.Text(0));
        return [.. top.Zip(numbers).Select(pair => new UnmatchedNumber(pair.First.Key, pair.Second, pair.First.Value.Calls, DateTimeOffset.FromUnixTimeMilliseconds(pair.First.Value.Last)))];
    }, stop);
}
