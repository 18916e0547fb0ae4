using CallCenter.Calls;
using CallCenter.Storage;

namespace CallCenter.Telephony;

/// <summary>Whether what was acknowledged became calls, and whether the kept counts say what is there.</summary>
sealed class ArrivalAudit(Db db, TimeProvider clock)
{
    const int BatchMax = 5000;

    public async Task<long> Verify(Action<Finding> found, IProgress<AuditProgress>? progress, CancellationToken stop)
    {
        // The current hour is still counting, and one before it may have been begun by a slow commit.
        var settled = ArrivalCount.HourOf(clock.GetUtcNow()) - 1;
        var counted = new Dictionary<(string Connection, long Hour), long>();
        var last = await db.Read(tx => tx.One<long>("select coalesce(max(id), 0) from arrivals"), stop);
        var (seen, after) = (0L, 0L);
        while (true)
        {
            var from = after;
            var batch = await db.Read(tx => tx.List<Row>(
                $"select id, connection, received_at, verdict, method from arrivals where id > @from order by id limit {BatchMax}", new { from }), stop);
            if (batch.Count == 0) break;
            after = batch[^1].id;
            seen += batch.Count;
            foreach (var row in batch.Where(row => row.verdict != nameof(Verdict.Rejected) && row.method != Arrival.Logged))
            {
                var key = (row.connection, ArrivalCount.HourOf(DateTimeOffset.FromUnixTimeMilliseconds(row.received_at)));
                counted[key] = counted.GetValueOrDefault(key) + 1;
            }

            await VerifyCalls(from, after, found, stop);
            progress?.Report(new("arrivals", after, Math.Max(last, after)));
        }

        foreach (var (connection, hour) in await Suspicious(counted, settled, stop)) await VerifyCount(connection, hour, found, stop);
        return seen;
    }

    /// <summary>An arrival that was understood speaks of a call, and that call is there.</summary>
    Task VerifyCalls(long after, long last, Action<Finding> found, CancellationToken stop) => db.Read(async tx =>
    {
        foreach (var row in await tx.List<Row>(
            """
            select id, connection, received_at, verdict, call_key from arrivals a where id > @after and id <= @last and verdict = 'Understood' and call_key is not null
            and not exists (select 1 from calls c where c.connection = a.connection and c.call_key = a.call_key) limit 100
            """, new { after, last }))
            found(new("arrival-without-call", $"arrival {row.id}", $"it was understood and speaks of {row.call_key}, which is not there"));
        return true;
    }, stop);

    /// <summary>Hours whose count is another one than the rows. Older ones than the oldest row left have lost theirs to the retention.</summary>
    async Task<List<(string, long)>> Suspicious(Dictionary<(string Connection, long Hour), long> counted, long settled, CancellationToken stop)
    {
        var oldest = counted.Keys.GroupBy(key => key.Connection).ToDictionary(group => group.Key, group => group.Min(key => key.Hour));
        var kept = (await db.Read(tx => tx.List<(string Connection, long Hour, long Arrived)>(
            "select connection, hour, sum(arrived) as arrived from arrival_counts where verdict <> 'Rejected' group by connection, hour"), stop))
            .ToDictionary(row => (row.Connection, row.Hour), row => row.Arrived);
        return [.. counted.Keys.Union(kept.Keys).Where(key => key.Hour < settled && oldest.TryGetValue(key.Connection, out var first) && key.Hour > first
            && counted.GetValueOrDefault(key) != kept.GetValueOrDefault(key))];
    }

    /// <summary>Once more in one picture: rows may have come or gone while all of them were read.</summary>
    Task VerifyCount(string connection, long hour, Action<Finding> found, CancellationToken stop) => db.Read(async tx =>
    {
        var values = new { connection, hour, from = ArrivalCount.StartOf(hour).ToUnixTimeMilliseconds(), until = ArrivalCount.StartOf(hour + 1).ToUnixTimeMilliseconds(), logged = Arrival.Logged };
        var rows = await tx.One<long>("select count(*) from arrivals where connection = @connection and received_at >= @from and received_at < @until and verdict <> 'Rejected' and method <> @logged", values);
        var count = await tx.One<long>("select coalesce(sum(arrived), 0) from arrival_counts where connection = @connection and hour = @hour and verdict <> 'Rejected'", values);
        if (rows != count)
            found(new("count-differs", $"{connection}, {ArrivalCount.StartOf(hour):yyyy-MM-dd HH}:00 UTC", $"{count} arrivals are counted and {rows} are there"));
        return true;
    }, stop);

#pragma warning disable IDE1006 // columns keep their names
    sealed class Row
    {
        public long id { get; init; }
        public string connection { get; init; } = "";
        public long received_at { get; init; }
        public string verdict { get; init; } = "";
        public string method { get; init; } = "";
        public string? call_key { get; init; }
    }
}
