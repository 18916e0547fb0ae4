using CallCenter.Storage;

namespace CallCenter.Telephony;

/// <summary>
/// Counts arrivals by connection, hour and verdict, in the transaction that keeps or re-reads them. What we asked for ourselves
/// is not counted: it says nothing of whether a phone system still sends.
/// </summary>
static class ArrivalCount
{
    const long HourMs = 3_600_000;

    static readonly Insertion Counts = new("arrival_counts", ["connection", "hour", "verdict", "arrived", "last_at"],
        """
        on conflict (connection, hour, verdict) do update set arrived = arrival_counts.arrived + excluded.arrived,
            last_at = case when excluded.last_at > arrival_counts.last_at then excluded.last_at else arrival_counts.last_at end
        """);

    public static long HourOf(DateTimeOffset at) => at.ToUnixTimeMilliseconds() / HourMs;

    public static DateTimeOffset StartOf(long hour) => DateTimeOffset.FromUnixTimeMilliseconds(hour * HourMs);

    /// <param name="by">What each counts; a re-reading takes away from one verdict what it adds to another.</param>
    public static Task Add(Tx tx, IEnumerable<(string Connection, DateTimeOffset At, Verdict Verdict)> arrived, int by = 1)
    {
        var counted = new SortedDictionary<(string Connection, long Hour, Verdict Verdict), (long Arrived, long LastAt)>(Order);
        foreach (var (connection, at, verdict) in arrived)
        {
            var key = (connection, HourOf(at), verdict);
            var before = counted.GetValueOrDefault(key);
            counted[key] = (before.Arrived + by, Math.Max(before.LastAt, at.ToUnixTimeMilliseconds()));
        }

        return tx.Insert(Counts, [.. counted.Select(pair => new object?[] { pair.Key.Connection, pair.Key.Hour, Enum.GetName(pair.Key.Verdict), pair.Value.Arrived, pair.Value.LastAt })]);
    }

    // One order for everybody, so that two nodes never wait for each other.
    static readonly Comparer<(string Connection, long Hour, Verdict Verdict)> Order = Comparer<(string Connection, long Hour, Verdict Verdict)>.Create((a, b) =>
        string.CompareOrdinal(a.Connection, b.Connection) is var byConnection and not 0 ? byConnection
        : a.Hour.CompareTo(b.Hour) is var byHour and not 0 ? byHour : a.Verdict.CompareTo(b.Verdict));
}
