using System.Text.Json;
using CallCenter.Calls;
using CallCenter.Storage;

namespace CallCenter.Telephony;

/// <summary>An arrival as it is kept, with what we made of it.</summary>
/// <param name="CallId">The phone system's id of the call it speaks of.</param>
public sealed record KeptArrival(long Id, Arrival Arrival, Verdict Verdict, string? Reason, string? CallId)
{
    internal ArrivalCursor Cursor => new(Arrival.ReceivedAt, Id);
}

/// <summary>A place in the list of arrivals: what comes after this one, newest first.</summary>
readonly record struct ArrivalCursor(DateTimeOffset ReceivedAt, long Id);

/// <param name="Hours">Of the last 24 hours, oldest first, the current one last.</param>
/// <param name="LastAt">When the newest arrival came that was not rejected.</param>
/// <param name="RejectedAt">When the newest one was rejected, and <paramref name="RejectedWhy"/>.</param>
/// <param name="Unreadable">Waiting to be understood, counted up to <see cref="ArrivalLog.CountMax"/>.</param>
public sealed record ArrivalFigures(IReadOnlyList<ArrivalHour> Hours, DateTimeOffset? LastAt, DateTimeOffset? RejectedAt, int Unreadable, string? RejectedWhy = null)
{
    public static readonly ArrivalFigures None = new([], null, null, 0);

    public long Count(Verdict verdict) => Hours.Sum(hour => hour.Of(verdict));
}

public readonly record struct ArrivalHour(DateTimeOffset From, long Understood, long Ignored, long Unreadable, long Rejected)
{
    /// <summary>Without those of unknown origin.</summary>
    public long Accepted => Understood + Ignored + Unreadable;

    public long Of(Verdict verdict) => verdict switch
    {
        Verdict.Understood => Understood,
        Verdict.Ignored => Ignored,
        Verdict.Unreadable => Unreadable,
        Verdict.Rejected => Rejected,
        _ => throw new InvalidOperationException($"No count for {verdict}."),
    };
}

/// <summary>How far a second reading of unreadable arrivals has come.</summary>
/// <param name="Total">To be read again, counted up to <see cref="ArrivalLog.CountMax"/>.</param>
readonly record struct Retranslation(int Total, int Done, int Understood, int Ignored)
{
    public int StillUnreadable => Done - Understood - Ignored;
}

/// <summary>Reads what phone systems sent, and translates again what was not understood.</summary>
sealed class ArrivalLog(Db db, CallLog log, Switchboard switchboard, TimeProvider clock)
{
    public const int PageMax = 200;

    /// <summary>Counting stops here; screens show "más de 10 000".</summary>
    public const int CountMax = 10_000;

    /// <summary>A rare verdict is looked for this far back, so that no page reads millions of rows.</summary>
    public const int SearchMax = 50_000;

    const int HoursShown = 24;
    const int BatchMax = 100;
    const string Columns = "id, connection, received_at, method, url, headers, body, verdict, reason, call_key";
    const string InTrouble = "connection = @connection and verdict in ('Unreadable', 'Rejected') and verdict = @verdict";

    /// <summary>What was said about one call, in the order of arrival.</summary>
    public Task<List<KeptArrival>> ForCall(CallKey call, CancellationToken stop = default) => db.Read(async tx => (await tx.List<Row>(
        $"""
        select {Columns} from arrivals where connection = @Connection and call_key in
        (select @Id union select part.call_key from calls one join calls part on part.merged_into = one.id where one.connection = @Connection and one.call_key = @Id)
        order by id limit {PageMax}
        """, call)).ConvertAll(row => row.ToArrival()), stop);

    /// <summary>Newest first.</summary>
    public Task<List<KeptArrival>> Recent(string connection, Verdict? verdict = null, ArrivalCursor? before = null, int limit = 50, CancellationToken stop = default) =>
        db.Read(async tx =>
        {
            limit = Math.Clamp(limit, 1, PageMax);
            var values = new { connection, verdict = verdict?.ToString(), at = before?.ReceivedAt.ToUnixTimeMilliseconds(), id = before?.Id };
            var older = before is null ? "" : "and received_at <= @at and (received_at < @at or id < @id)";
            var chosen = verdict switch
            {
                null => $"select id from arrivals where connection = @connection {older} order by received_at desc, id desc limit {limit}",
                Verdict.Unreadable or Verdict.Rejected =>
                    $"select id from arrivals where {InTrouble} {(before is null ? "" : "and id < @id")} order by id desc limit {limit}",
                _ =>
                    $"""
                    select id from
                        (select id, received_at, verdict from arrivals where connection = @connection {older} order by received_at desc, id desc limit {SearchMax}) as newest
                    where verdict = @verdict order by received_at desc, id desc limit {limit}
                    """,
            };
            var order = verdict is Verdict.Unreadable or Verdict.Rejected ? "id desc" : "received_at desc, id desc";
            return (await tx.List<Row>($"select {Columns} from arrivals where id in ({chosen}) order by {order}", values)).ConvertAll(row => row.ToArrival());
        }, stop);

    public Task<ArrivalFigures> Figures(string connection, CancellationToken stop = default) => db.Read(async tx =>
    {
        var now = ArrivalCount.HourOf(clock.GetUtcNow());
        var counts = (await tx.List<CountRow>(
            "select hour, verdict, arrived, last_at from arrival_counts where connection = @connection and hour > @since",
            new { connection, since = now - HoursShown })).ToLookup(row => row.hour);
        var hours = Enumerable.Range(0, HoursShown).Select(i => HourOf(now - HoursShown + 1 + i, counts)).ToList();
        return new ArrivalFigures(hours,
            await LastAt(tx, connection, "verdict <> 'Rejected'"), await LastAt(tx, connection, "verdict = 'Rejected'"),
            await CountUnreadable(tx, connection),
            await tx.Maybe<string?>($"select reason from arrivals where {InTrouble} order by id desc limit 1", new { connection, verdict = nameof(Verdict.Rejected) }));
    }, stop);

    /// <summary>When the newest arrival came that was not rejected.</summary>
    public Task<DateTimeOffset?> LastAt(Tx tx, string connection) => LastAt(tx, connection, "verdict <> 'Rejected'");

    /// <summary>In how many of the hours that these instants are in something came that was not rejected.</summary>
    public async Task<int> HoursWithArrivals(Tx tx, string connection, IEnumerable<DateTimeOffset> instants)
    {
        var hours = string.Join(", ", instants.Select(ArrivalCount.HourOf)); // numbers of ours
        return hours.Length == 0 ? 0 : await tx.One<int>(
            $"select count(distinct hour) from arrival_counts where connection = @connection and hour in ({hours}) and verdict <> 'Rejected' and arrived > 0", new { connection });
    }

    /// <summary>
    /// Reads again what was unreadable, with the translator and the settings of now. What is understood becomes events
    /// in the transaction that changes its verdict, so repeating this, or stopping it half-way, changes nothing else.
    /// </summary>
    /// <exception cref="Refusal">There is no such connection, or its messages mean nothing one by one.</exception>
    public Task<Retranslation> Retranslate(string connection, IProgress<Retranslation>? progress = null, CancellationToken stop = default)
    {
        var found = switchboard.Find(connection) ?? throw new Refusal(RefusalKind.NotFound, "connection.unknown", connection);
        return Catalogue.Find(found.Provider) is IWebhookProvider provider
            ? Retranslate(connection, arrival => arrival.IsLogged && provider is IHasCallLog log ? log.TranslateRecord(arrival, found.Settings) : provider.Translate(arrival, found.Settings), progress, stop)
            : throw new Refusal(RefusalKind.Invalid, "arrivals.translated-as-a-stream", found.Name);
    }

    internal async Task<Retranslation> Retranslate(string connection, Func<Arrival, Translation> translate, IProgress<Retranslation>? progress, CancellationToken stop)
    {
        var so = new Retranslation(await db.Read(tx => CountUnreadable(tx, connection), stop), 0, 0, 0);
        progress?.Report(so);
        for (var after = 0L; ;)
        {
            stop.ThrowIfCancellationRequested();
            var batch = await db.Read(tx => tx.List<Row>(
                $"select {Columns} from arrivals where {InTrouble} and id > @after order by id limit {BatchMax}",
                new { connection, verdict = nameof(Verdict.Unreadable), after }), stop);
            if (batch.Count == 0) return so;
            after = batch[^1].id;

            var again = batch.ConvertAll(row => (Kept: row.ToArrival(), Translation: Translate(translate, row.ToArrival().Arrival)));
            var (understood, ignored) = await Save(connection, again, stop);
            so = so with { Done = so.Done + batch.Count, Understood = so.Understood + understood, Ignored = so.Ignored + ignored };
            progress?.Report(so with { Total = Math.Max(so.Total, so.Done) });
        }
    }

    async Task<(int Understood, int Ignored)> Save(string connection, List<(KeptArrival Kept, Translation Translation)> again, CancellationToken stop)
    {
        try
        {
            return await db.Write(tx => Save(tx, connection, again), stop);
        }
        catch (Exception e) when (!Db.IsOutage(e) && e is not OperationCanceledException)
        {
            if (again is [var only])
            {
                var why = $"internal: {e.GetType().Name}";
                await db.Write(tx => tx.Run("update arrivals set reason = @why where id = @id and verdict = 'Unreadable'", new { why, id = only.Kept.Id }), stop);
                return (0, 0);
            }

            var (understood, ignored) = (0, 0);
            foreach (var one in again) // one bad arrival must not sink the rest
            {
                var (more, less) = await Save(connection, [one], stop);
                (understood, ignored) = (understood + more, ignored + less);
            }

            return (understood, ignored);
        }
    }

    async Task<(int Understood, int Ignored)> Save(Tx tx, string connection, List<(KeptArrival Kept, Translation Translation)> again)
    {
        var changed = new List<(KeptArrival Kept, Translation Translation)>();
        foreach (var (kept, translation) in again)
        {
            if (translation.Verdict == Verdict.Unreadable && translation.Reason == kept.Reason) continue;
            var isMine = await tx.Run(
                "update arrivals set verdict = @verdict, reason = @reason, call_key = @about where id = @id and verdict = 'Unreadable'",
                new { id = kept.Id, verdict = translation.Verdict.ToString(), reason = translation.Reason, about = translation.About });
            if (isMine == 1 && translation.Verdict != Verdict.Unreadable) changed.Add((kept, translation));
        }

        await log.Append(tx, changed.SelectMany(item => item.Translation.Events).ToList(), switchboard.ProviderOf);
        var counted = changed.Where(item => !item.Kept.Arrival.IsLogged).ToList();
        await ArrivalCount.Add(tx, counted.Select(item => (connection, item.Kept.Arrival.ReceivedAt, Verdict.Unreadable)), by: -1);
        await ArrivalCount.Add(tx, counted.Select(item => (connection, item.Kept.Arrival.ReceivedAt, item.Translation.Verdict)));
        return (changed.Count(item => item.Translation.Verdict == Verdict.Understood), changed.Count(item => item.Translation.Verdict == Verdict.Ignored));
    }

    static Translation Translate(Func<Arrival, Translation> translate, Arrival arrival)
    {
        try
        {
            return translate(arrival);
        }
        catch (UnreadableException e)
        {
            return Translation.Unreadable(e.Message);
        }
    }

    static Task<int> CountUnreadable(Tx tx, string connection) => tx.One<int>(
        $"select count(*) from (select 1 from arrivals where {InTrouble} limit {CountMax}) as counted",
        new { connection, verdict = nameof(Verdict.Unreadable) });

    static async Task<DateTimeOffset?> LastAt(Tx tx, string connection, string condition) => await tx.Maybe<long?>(
        $"select last_at from arrival_counts where connection = @connection and {condition} and arrived > 0 order by hour desc, last_at desc limit 1",
        new { connection }) is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null;

    static ArrivalHour HourOf(long hour, ILookup<long, CountRow> counts)
    {
        long Of(Verdict verdict) => counts[hour].Where(row => row.verdict == verdict.ToString()).Sum(row => row.arrived);
        return new(ArrivalCount.StartOf(hour), Of(Verdict.Understood), Of(Verdict.Ignored), Of(Verdict.Unreadable), Of(Verdict.Rejected));
    }

#pragma warning disable IDE1006 // columns keep their names
    sealed class CountRow
    {
        public long hour { get; init; }
        public string verdict { get; init; } = "";
        public long arrived { get; init; }
        public long last_at { get; init; }
    }

    sealed class Row
    {
        public long id { get; init; }
        public string connection { get; init; } = "";
        public long received_at { get; init; }
        public string method { get; init; } = "";
        public string url { get; init; } = "";
        public string headers { get; init; } = "{}";
        public byte[] body { get; init; } = [];
        public string verdict { get; init; } = "";
        public string? reason { get; init; }
        public string? call_key { get; init; }

        public KeptArrival ToArrival() => new(
            id,
            new Arrival(connection, DateTimeOffset.FromUnixTimeMilliseconds(received_at), method, url, HeadersOf(headers), body),
            Enum.Parse<Verdict>(verdict), reason, call_key);

        static IReadOnlyDictionary<string, string> HeadersOf(string json) => json == "{}"
            ? Arrival.NoHeaders
            : new Dictionary<string, string>(JsonSerializer.Deserialize<Dictionary<string, string>>(json)!, StringComparer.OrdinalIgnoreCase);
    }
}
