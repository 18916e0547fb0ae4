using CallCenter.Storage;

namespace CallCenter.Telephony;

public enum GapReason
{
    /// <summary>The link was down.</summary>
    Link,

    /// <summary>More came than could be kept: the storage refused, or the phone system was faster than we.</summary>
    Overflow,

    /// <summary>Our own server was not running, or the line was switched off.</summary>
    NotListening,

    /// <summary>The phone system had ended our subscription.</summary>
    Unsubscribed,

    /// <summary>The time before the line was first up. Not a fault, and not listed; records of it may be imported.</summary>
    BeforeFirst,
}

/// <summary>A stretch in which nothing was heard of a phone system, or some of it was lost.</summary>
/// <param name="Until">When a snapshot had settled what goes on; null while it lasts.</param>
/// <param name="Lost">Messages known to be lost; those of a link that was down cannot be counted.</param>
/// <param name="FilledAt">When the phone system's own records of that time were imported.</param>
public sealed record Gap(string Connection, DateTimeOffset From, DateTimeOffset? Until, GapReason Reason, long Lost, DateTimeOffset? FilledAt);

/// <summary>Keeps when we were deaf, so that nobody takes a quiet hour for an hour without calls.</summary>
sealed class Gaps(Db db)
{
    /// <summary>Newest first.</summary>
    public Task<List<Gap>> List(string connection, int limit = 100, CancellationToken stop = default) => db.Read(async tx =>
        (await tx.List<Row>(
            $"""
            select connection, began_at, ended_at, reason, lost, filled_at from gaps where connection = @connection and reason <> 'BeforeFirst'
            order by began_at desc, id desc limit {limit}
            """, new { connection })).ConvertAll(row => row.ToGap()), stop);

    /// <summary>Those of all phone systems that lie in a time and were not filled since; the oldest first.</summary>
    public Task<List<Gap>> Unfilled(DateTimeOffset from, DateTimeOffset until, int limit = 100, CancellationToken stop = default) => db.Read(async tx =>
        (await tx.List<Row>(
            $"""
            select connection, began_at, ended_at, reason, lost, filled_at from gaps
            where began_at < @until and (ended_at is null or ended_at > @from) and filled_at is null and reason <> 'BeforeFirst' order by began_at, id limit {limit}
            """, new { from = from.ToUnixTimeMilliseconds(), until = until.ToUnixTimeMilliseconds() })).ConvertAll(row => row.ToGap()), stop);

    /// <summary>Every stretch without us, the one before the first link among them; none for a connection that never was linked.</summary>
    public Task<List<Gap>> All(string connection, CancellationToken stop = default) => db.Read(async tx =>
        (await tx.List<Row>("select connection, began_at, ended_at, reason, lost, filled_at from gaps where connection = @connection", new { connection }))
        .ConvertAll(row => row.ToGap()), stop);

    /// <summary>Begins one, unless one is open already: deaf is deaf.</summary>
    public Task Begin(string connection, DateTimeOffset at, GapReason reason) => db.Write(tx => tx.Run(
        """
        insert into gaps (connection, began_at, reason, lost)
        select @connection, @at, @reason, 0 where not exists (select 1 from gaps where connection = @connection and ended_at is null)
        """, new { connection, at = at.ToUnixTimeMilliseconds(), reason = $"{reason}" }));

    public Task Count(string connection, long lost) => db.Write(tx => tx.Run(
        "update gaps set lost = lost + @lost where connection = @connection and ended_at is null", new { connection, lost }));

    public Task End(string connection, DateTimeOffset at) => db.Write(tx => tx.Run(
        "update gaps set ended_at = @at where connection = @connection and ended_at is null", new { connection, at = at.ToUnixTimeMilliseconds() }));

    /// <summary>The first time that a line is put up: nothing before was heard.</summary>
    public Task BeginFirst(string connection) => db.Write(tx => tx.Run(
        """
        insert into gaps (connection, began_at, reason, lost)
        select @connection, 0, 'BeforeFirst', 0 where not exists (select 1 from gaps where connection = @connection)
        """, new { connection }));

    /// <summary>
    /// Since when nothing was heard, for a server that comes up: from the gap that its orderly stop began, else from the
    /// last arrival. Null for a connection that never heard anything.
    /// </summary>
    public Task<DateTimeOffset?> DeafSince(string connection, CancellationToken stop = default) => db.Read<DateTimeOffset?>(async tx =>
        await tx.Maybe<long?>(
            """
            select coalesce(
                (select began_at from gaps where connection = @connection and ended_at is null and reason <> 'BeforeFirst' order by began_at limit 1),
                (select max(received_at) from arrivals where connection = @connection))
            """, new { connection }) is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null, stop);

    /// <summary>One that is over.</summary>
    public Task Add(string connection, DateTimeOffset from, DateTimeOffset until, GapReason reason) => db.Write(tx => tx.Run(
        "insert into gaps (connection, began_at, ended_at, reason, lost) values (@connection, @from, @until, @reason, 0)",
        new { connection, from = from.ToUnixTimeMilliseconds(), until = until.ToUnixTimeMilliseconds(), reason = $"{reason}" }));

    /// <summary>There was one after an instant, and nobody has filled it yet.</summary>
    public static async Task<bool> IsUnfilled(Tx tx, string connection, DateTimeOffset after) => await tx.One<long>(
        "select count(*) from gaps where connection = @connection and ended_at > @after and filled_at is null and reason <> 'BeforeFirst'", new { connection, after = after.ToUnixTimeMilliseconds() }) > 0;

    /// <summary>Marks the gaps that records from <paramref name="from"/> to <paramref name="until"/> cover as filled.</summary>
    public static Task<int> Fill(Tx tx, string connection, DateTimeOffset from, DateTimeOffset until, DateTimeOffset now) => tx.Run(
        """
        update gaps set filled_at = @now where connection = @connection and filled_at is null and ended_at is not null
        and began_at >= @from and ended_at <= @until
        """, new { connection, now = now.ToUnixTimeMilliseconds(), from = from.ToUnixTimeMilliseconds(), until = until.ToUnixTimeMilliseconds() });

#pragma warning disable IDE1006 // columns keep their names
    sealed class Row
    {
        public string connection { get; init; } = "";
        public long began_at { get; init; }
        public long? ended_at { get; init; }
        public string reason { get; init; } = "";
        public long lost { get; init; }
        public long? filled_at { get; init; }

        public Gap ToGap() => new(connection, DateTimeOffset.FromUnixTimeMilliseconds(began_at), At(ended_at), Enum.Parse<GapReason>(reason), lost, At(filled_at));

        static DateTimeOffset? At(long? ms) => ms is { } value ? DateTimeOffset.FromUnixTimeMilliseconds(value) : null;
    }
}
