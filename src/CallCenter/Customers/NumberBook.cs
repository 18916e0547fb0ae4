using CallCenter.Audit;
using CallCenter.Calls;
using CallCenter.Storage;

namespace CallCenter.Customers;

/// <summary>Why a number is never a customer's.</summary>
public enum IgnoreReason
{
    /// <summary>One of the company itself.</summary>
    OwnLine,
    Supplier,
    Unwanted,
    Other,
}

/// <param name="Number">E.164.</param>
public sealed record IgnoredNumber(string Key, string Number, IgnoreReason Reason, string? Note, string AddedBy, DateTimeOffset AddedAt);

/// <summary>A number that several customers have now: a person says each time which of them it is.</summary>
public sealed record SharedNumber(string Key, string Number, IReadOnlyList<Customer> Customers);

/// <summary>Keeps which numbers are never anybody's, and tells which are nobody's yet and which are several's.</summary>
sealed class NumberBook(Db db, CallLog log, CustomerBook book, CustomerErrands errands, CustomerBoard board, AuditLog audit, TimeProvider clock)
{
    public const int ShownMax = 100;

    /// <summary>Said of at once.</summary>
    public const int BulkMax = 200;

    const int IgnoredMax = 5000;

    /// <summary>Numbers of calls that are nobody's and are not ignored, those of most calls first, as far as who asks sees the calls.</summary>
    public async Task<IReadOnlyList<UnmatchedNumber>> Unmatched(CallScope scope, DateTimeOffset since, CancellationToken stop = default)
    {
        var ignored = (await Ignored(stop)).Select(one => one.Key).ToHashSet();
        return [.. (await log.Unmatched(scope, since, ShownMax + ignored.Count, stop)).Where(one => !ignored.Contains(one.Key)).Take(ShownMax)];
    }

    /// <summary>Those that most customers have, first.</summary>
    public Task<IReadOnlyList<SharedNumber>> Shared(CancellationToken stop = default) => db.Read<IReadOnlyList<SharedNumber>>(async tx =>
    {
        var (now, numbers) = (clock.GetUtcNow(), new List<SharedNumber>());
        foreach (var (key, number) in await tx.List<(string Key, string Number)>(
            $"""
            select number_key, min(number) from customer_numbers n join customers c on c.id = n.customer_id and c.archived_at is null
            where (n.since is null or n.since <= @now) and (n.until is null or n.until > @now)
            group by number_key having count(distinct customer_id) > 1 order by count(distinct customer_id) desc, number_key limit {ShownMax}
            """, new { now = now.ToUnixTimeMilliseconds() }))
            numbers.Add(new(key, number, [.. (await Detection.Candidates(tx, key, now)).Select(one => one.Customer)]));
        return numbers;
    }, stop);

    /// <summary>Newest first.</summary>
    public Task<IReadOnlyList<IgnoredNumber>> Ignored(CancellationToken stop = default) => db.Read<IReadOnlyList<IgnoredNumber>>(async tx =>
        (await tx.List<(string Key, string Number, string Reason, string? Note, string By, long At)>(
            $"select number_key, number, reason, note, added_by, added_at from ignored_numbers order by added_at desc, number_key limit {IgnoredMax}"))
            .ConvertAll(row => new IgnoredNumber(row.Key, row.Number, Enum.Parse<IgnoreReason>(row.Reason), row.Note, row.By, DateTimeOffset.FromUnixTimeMilliseconds(row.At))), stop);

    /// <summary>The company's own lines, as calls came in on them, that are not ignored yet.</summary>
    /// <param name="country">Where they are at home.</param>
    public async Task<IReadOnlyList<PhoneNumber>> OwnLines(CallScope scope, string country, CancellationToken stop = default)
    {
        var ignored = (await Ignored(stop)).Select(one => one.Key).ToHashSet();
        return [.. (await log.Choices(scope, stop)).Lines.Select(line => PhoneNumber.Parse(line, country)).Where(number => number.MatchKey is { } key && !ignored.Contains(key)).DistinctBy(number => number.MatchKey)];
    }

    /// <summary>From now on no call is anybody's by these numbers. What past calls are said to be stays.</summary>
    /// <exception cref="Refusal">One of them is none, or they are too many.</exception>
    public async Task Ignore(IReadOnlyList<PhoneNumber> numbers, IgnoreReason reason, string? note, Actor by, CancellationToken stop = default)
    {
        MustBeFew(numbers.Count);
        var said = Given.Line("note", note, Customer.NameMax);
        await Change(async tx =>
        {
            var at = clock.GetUtcNow().ToUnixTimeMilliseconds();
            foreach (var number in numbers)
            {
                var key = number.MatchKey ?? throw new Refusal(RefusalKind.Invalid, "customer.number", number.Raw);
                if (await tx.One<long>("select count(*) from ignored_numbers where number_key = @key", new { key }) == 0
                    && await tx.One<long>("select count(*) from ignored_numbers") >= IgnoredMax) throw new Refusal(RefusalKind.Conflict, "number.too-many-ignored", IgnoredMax);
                await tx.Run(
                    """
                    insert into ignored_numbers (number_key, number, reason, note, added_by, added_at) values (@key, @E164, @reason, @said, @Id, @at)
                    on conflict (number_key) do update set reason = excluded.reason, note = excluded.note
                    """, new { key, number.E164, reason = $"{reason}", said, by.Id, at });
                await audit.Note(tx, by, "number.ignored", $"number:{number.E164}", new { reason, note = said });
            }
        }, stop);
    }

    /// <summary>It may be somebody's again; calls of it that are nobody's are looked at anew.</summary>
    public async Task Heed(string key, Actor by, CancellationToken stop = default)
    {
        await Change(async tx =>
        {
            if (await tx.Maybe<string>("delete from ignored_numbers where number_key = @key returning number", new { key }) is not { } number) return;
            await errands.Add(tx, CustomerErrand.Number(key));
            await audit.Note(tx, by, "number.heeded", $"number:{number}");
        }, stop);
        await errands.Run(stop);
    }

    /// <summary>These numbers are a customer's, and so are their calls that are nobody's yet.</summary>
    /// <exception cref="Refusal">There is no such customer, or they are too many.</exception>
    public Task<CustomerDetail> Assign(IReadOnlyList<PhoneNumber> numbers, long customer, Actor by, CancellationToken stop = default)
    {
        MustBeFew(numbers.Count);
        return book.Change(customer, found => numbers.Aggregate(found, (all, number) => all.With(CustomerNumber.Of(number))), by, stop);
    }

    Task Change(Func<Tx, Task> work, CancellationToken stop) => db.Write(async tx =>
    {
        await CustomerBook.TakeTurn(tx);
        await work(tx);
        tx.Announce(board.Tell);
        await tx.Notify(CustomerBoard.Told);
    }, stop);

    static void MustBeFew(int count)
    {
        if (count > BulkMax) throw new Refusal(RefusalKind.Invalid, "number.too-many", BulkMax);
    }
}
