using CallCenter.Calls;
using CallCenter.Storage;

namespace CallCenter.Customers;

public enum ErrandKind
{
    /// <summary>Calls of a number that are nobody's may be somebody's now.</summary>
    Number,

    /// <summary>Those of any number, after many customers came at once.</summary>
    Numbers,

    /// <summary>A customer's calls go to the one that it was merged into.</summary>
    Merged,
}

/// <summary>What is still to be done to calls after customers changed.</summary>
sealed record CustomerErrand(long Id, ErrandKind Kind, string? Key, long? From, long? To)
{
    public static readonly CustomerErrand Numbers = new(0, ErrandKind.Numbers, null, null, null);

    public static CustomerErrand Number(string key) => new(0, ErrandKind.Number, key, null, null);

    public static CustomerErrand Merged(long from, long to) => new(0, ErrandKind.Merged, null, from, to);
}

/// <summary>
/// Gives calls to customers who turn out to be theirs. It is written down with the change of the customer and done right after the commit, a
/// few calls a transaction, so that thousands of them keep nobody waiting; what a server leaves undone, the next one does.
/// </summary>
sealed class CustomerErrands(Db db, CallLog log, TimeProvider clock, ILogger<CustomerErrands> logger) : BackgroundService
{
    const int NumbersMax = 200;

    static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(30);

    /// <summary>Stands when the transaction does.</summary>
    public Task Add(Tx tx, CustomerErrand errand) => tx.Run(
        "insert into customer_errands (kind, number_key, from_id, to_id) values (@kind, @Key, @From, @To)", new { kind = $"{errand.Kind}", errand.Key, errand.From, errand.To });

    /// <summary>Does all there is to do. Two who are at it at once do nothing wrong: what the one has done, the other finds done.</summary>
    public async Task Run(CancellationToken stop = default)
    {
        while (await db.Read(tx => tx.Maybe<Row>("select id, kind, number_key, from_id, to_id from customer_errands order by id limit 1"), stop) is { } row)
        {
            var errand = row.ToErrand();
            await Do(errand, stop);
            await db.Write(tx => tx.Run("delete from customer_errands where id = @Id", new { errand.Id }), stop);
        }
    }

    Task Do(CustomerErrand errand, CancellationToken stop) => errand.Kind switch
    {
        ErrandKind.Number => FindAgain(errand.Key!, stop),
        ErrandKind.Numbers => FindAll(stop),
        ErrandKind.Merged => Hand(errand.From!.Value, errand.To!.Value, stop),
        _ => throw new InvalidOperationException($"No way to do {errand.Kind}."),
    };

    async Task FindAgain(string key, CancellationToken stop)
    {
        for (long? after = 0; after is { } place;) after = await db.Write(tx => log.FindCustomerAgain(tx, key, place), stop);
    }

    async Task FindAll(CancellationToken stop)
    {
        for (var after = ""; ;)
        {
            var keys = await db.Read(tx => tx.List<string>(
                $"""
                select distinct customer_key from calls where customer_id is null and customer_key > @after and version > 0
                and exists (select 1 from customer_numbers n where n.number_key = customer_key) order by customer_key limit {NumbersMax}
                """, new { after }), stop);
            if (keys.Count == 0) return;
            foreach (var key in keys) await FindAgain(key, stop);
            after = keys[^1];
        }
    }

    async Task Hand(long from, long to, CancellationToken stop)
    {
        while (await db.Write(tx => log.Hand(tx, from, to), stop) == CallLog.RelinkMax) stop.ThrowIfCancellationRequested();
    }

    /// <summary>What was left undone.</summary>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                try
                {
                    await Run(stoppingToken);
                }
                catch (Exception e) when (e is not OperationCanceledException)
                {
                    logger.LogWarning("Calls could not be given to their customers, trying again: {Reason}", e.Message);
                }

                await Task.Delay(LookEvery, clock, stoppingToken);
            }
        }
        catch (OperationCanceledException)
        {
            // The server stops.
        }
    }

#pragma warning disable IDE1006 // columns keep their names
    sealed class Row
    {
        public long id { get; init; }
        public string kind { get; init; } = "";
        public string? number_key { get; init; }
        public long? from_id { get; init; }
        public long? to_id { get; init; }

        public CustomerErrand ToErrand() => new(id, Enum.Parse<ErrandKind>(kind), number_key, from_id, to_id);
    }
#pragma warning restore IDE1006
}
