using CallCenter.Calls;
using CallCenter.Storage;

namespace CallCenter.Customers;

/// <summary>Where somebody clicked on a number; of several at most one is said.</summary>
public readonly record struct ClickedAt(long? Customer = null, long? Quote = null, long? Order = null);

/// <summary>
/// Keeps at which customer, quote or order a number was clicked to call it. A call made with any telephone cannot carry that, so it is known again by
/// who clicked, the number and the time.
/// </summary>
sealed class ClickedCalls(Db db, TimeProvider clock)
{
    /// <summary>A call that begins so long after the click comes of it: one's own telephone rings first, or is picked up by hand.</summary>
    public static readonly TimeSpan Within = TimeSpan.FromMinutes(2);

    /// <summary>So far the clock of a phone system may be behind ours.</summary>
    public static readonly TimeSpan Early = TimeSpan.FromSeconds(10);

    const int ShownMax = 20;

    /// <param name="number">E.164.</param>
    public Task Note(string user, string number, ClickedAt where, CancellationToken stop = default) => where == default ? Task.CompletedTask : db.Write(tx => tx.Run(
        "insert into clicked_calls (number_key, at, user_id, customer_id, quote_id, order_id) values (@key, @at, @user, @Customer, @Quote, @Order) on conflict (number_key, at, user_id) do nothing",
        new { key = PhoneNumber.MatchKeyOf(number), at = clock.GetUtcNow().ToUnixTimeMilliseconds(), user, where.Customer, where.Quote, where.Order }), stop);

    /// <summary>Where the number of a call was clicked by somebody who is on it; null when it was dialled otherwise.</summary>
    public Task<ClickedAt?> Of(Call call, CancellationToken stop = default) => db.Read(async tx => (await Of(tx, [call]))[0], stop);

    /// <summary>The calls that came of clicks at a quote or an order, as far as he sees them, the newest first.</summary>
    public Task<List<Call>> From(CallScope scope, ClickedAt where, CancellationToken stop = default) => db.Read(async tx =>
    {
        var clicks = await tx.List<(string User, string Key, long At)>(
            $"select user_id, number_key, at from clicked_calls where {(where.Quote is null ? "order_id = @Order" : "quote_id = @Quote")} order by at desc limit {ShownMax}", new { where.Quote, where.Order });
        var calls = new Dictionary<long, Call>();
        foreach (var (user, key, at) in clicks)
            if ((await tx.List<CallRow>(
                    $"select {CallRow.Columns} from calls where customer_key = @key and dialled = 1 and started_at >= @from and started_at <= @until and version > 0 order by started_at, id limit {ShownMax}",
                    new { key, from = at - (long)Early.TotalMilliseconds, until = at + (long)Within.TotalMilliseconds }))
                .ConvertAll(row => row.ToCall()).Find(call => call.People.Contains(user) && scope.Allows(call)) is { } first)
                calls[first.Id] = first;
        return calls.Values.ToList();
    }, stop);

    /// <summary>As the other one, for each of these calls.</summary>
    internal static async Task<ClickedAt?[]> Of(Tx tx, IReadOnlyList<Call> calls)
    {
        var found = new ClickedAt?[calls.Count];
        var asked = Enumerable.Range(0, calls.Count).Where(i => calls[i].Direction == Direction.Outbound && calls[i].CustomerSide?.MatchKey is not null).ToList();
        await tx.QueryMany(
            $"select user_id, customer_id, quote_id, order_id from clicked_calls where number_key = @key and at >= @since and at <= @until order by at desc limit {ShownMax}", ["key", "since", "until"],
            asked.ConvertAll(i => new object?[]
            {
                calls[i].CustomerSide!.MatchKey, (calls[i].StartedAt - Within).ToUnixTimeMilliseconds(), (calls[i].StartedAt + Early).ToUnixTimeMilliseconds(),
            }),
            (i, row) =>
            {
                long? Id(int column) => row.IsNull(column) ? null : row.Long(column);
                if (calls[asked[i]].People.Contains(row.Text(0))) found[asked[i]] ??= new ClickedAt(Id(1), Id(2), Id(3));
            });
        return found;
    }
}
