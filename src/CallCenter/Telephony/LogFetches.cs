using CallCenter.Audit;
using CallCenter.Storage;

namespace CallCenter.Telephony;

/// <summary>Keeps which call logs are to be asked for, which were, and what was found.</summary>
sealed class LogFetches(Db db, Switchboard switchboard, AuditLog audit, TimeProvider clock)
{
    /// <summary>What somebody asks for at once.</summary>
    public static readonly TimeSpan LongestWish = TimeSpan.FromDays(31);

    /// <summary>Of each connection; older ones are forgotten.</summary>
    public const int KeptMax = 50;

    /// <summary>After a time without news: phone systems try again what they could not deliver, and write down what is over.</summary>
    static readonly TimeSpan Settling = TimeSpan.FromSeconds(30);

    const int WaitingMax = 5;
    const string Columns = "id, connection, from_at, until_at, reason, asked_by, asked_at, next_at, ended_at, state, tries, pages, records, added, mended, unchanged, unfinished, unreadable, unfinished_since, fault, said";

    /// <summary>Heard with the connection whose fetches changed, here; other nodes look by themselves.</summary>
    public event Action<string>? Changed;

    /// <summary>Newest first.</summary>
    public Task<List<LogFetch>> Recent(string connection, int limit = 10, CancellationToken stop = default) => db.Read(async tx =>
        (await tx.List<Row>($"select {Columns} from log_fetches where connection = @connection order by id desc limit {Math.Clamp(limit, 1, KeptMax)}", new { connection })).ConvertAll(row => row.ToFetch()), stop);

    /// <summary>The newest that is over.</summary>
    public async Task<LogFetch?> Last(string connection, CancellationToken stop = default) => (await db.Read(tx => tx.Maybe<Row>(
        $"select {Columns} from log_fetches where id = (select max(id) from log_fetches where connection = @connection and ended_at is not null)", new { connection }), stop))?.ToFetch();

    /// <summary>Whose turn it is, the longest waiting first; what a person wants comes before what the clock wants.</summary>
    public Task<List<LogFetch>> Due(DateTimeOffset now, CancellationToken stop = default) => db.Read(async tx =>
        (await tx.List<Row>($"select {Columns} from log_fetches where next_at <= @now and state = 'Waiting' order by case reason when 'Person' then 0 else 1 end, id limit 100",
            new { now = now.ToUnixTimeMilliseconds() })).ConvertAll(row => row.ToFetch()), stop);

    /// <summary>A person wants a stretch to be asked for.</summary>
    /// <exception cref="Refusal">It cannot be.</exception>
    public async Task<LogFetch> Wish(string connection, LogWindow window, Actor by, CancellationToken stop = default)
    {
        var now = clock.GetUtcNow();
        var found = Askable(switchboard, connection);
        window = Sensible(window, now);
        var wish = await db.Write(async tx =>
        {
            if (await tx.One<int>("select count(*) from log_fetches where connection = @connection and next_at is not null", new { connection }) >= WaitingMax)
                throw new Refusal(RefusalKind.Conflict, "calllog.too-many", found.Name);
            await audit.Note(tx, by, "calllog.asked", $"connection:{connection}", new { from = window.From, until = window.Until });
            return await Add(tx, connection, window, FetchReason.Person, by.Name, now, now);
        }, stop);
        Changed?.Invoke(connection);
        return wish;
    }

    /// <exception cref="Refusal">There is no such connection, or it has no log, or its log cannot be asked yet.</exception>
    public static Connection Askable(Switchboard switchboard, string connection)
    {
        var found = switchboard.Find(connection) ?? throw new Refusal(RefusalKind.NotFound, "connection.unknown", connection);
        if (Catalogue.All.GetValueOrDefault(found.Provider) is not IHasCallLog provider) throw new Refusal(RefusalKind.Invalid, "calllog.none", found.Name);
        return provider.CallLog.MissingIn(found.Settings).FirstOrDefault() is { } missing ? throw new Refusal(RefusalKind.Conflict, "connection.setting-missing", missing) : found;
    }

    /// <exception cref="Refusal">It is no stretch, or one that nobody would wait for.</exception>
    public static LogWindow Sensible(LogWindow window, DateTimeOffset now)
    {
        if (window.Until > now) window = window with { Until = now };
        if (window.From >= window.Until) throw new Refusal(RefusalKind.Invalid, "calllog.window");
        return window.Length > LongestWish ? throw new Refusal(RefusalKind.Invalid, "calllog.window-too-long", LongestWish.TotalDays) : window;
    }

    /// <summary>Nothing came from a connection for a while, or from any: its log is asked soon, on whichever node looks after that.</summary>
    public Task Hurry(string? connection, CancellationToken stop = default) => db.Write(tx => tx.Run(
        $"update log_marks set next_at = @at where next_at > @at{(connection is null ? "" : " and connection = @connection")}",
        new { at = (clock.GetUtcNow() + Settling).ToUnixTimeMilliseconds(), connection }), stop);

    /// <summary>What the clock wants. One that waits already is made longer instead.</summary>
    public static async Task Plan(Tx tx, string connection, LogWindow window, FetchReason reason, DateTimeOffset now)
    {
        var values = new { connection, from = window.From.ToUnixTimeMilliseconds(), until = window.Until.ToUnixTimeMilliseconds(), now = now.ToUnixTimeMilliseconds(), reason = $"{reason}" };
        var extended = await tx.Run(
            """
            update log_fetches set from_at = case when from_at < @from then from_at else @from end, until_at = case when until_at > @until then until_at else @until end,
                next_at = @now, tries = 0, reason = @reason
            where connection = @connection and state = 'Waiting' and reason <> 'Person'
            """, values);
        if (extended == 0) await Add(tx, connection, window, reason, null, now, now);
    }

    public Task Begin(LogFetch fetch) => Change(fetch, "state = 'Running', tries = tries + 1", new { id = fetch.Id });

    public Task Progress(LogFetch fetch, LogFindings so) => Change(fetch, Found, Values(fetch, so));

    public Task End(LogFetch fetch, LogFindings findings) =>
        Change(fetch, $"{Found}, state = 'Done', next_at = null, ended_at = @now, fault = null, said = null", Values(fetch, findings));

    /// <param name="againAt">When it is tried again; null for never.</param>
    public Task Fail(LogFetch fetch, CloudFault fault, string said, DateTimeOffset? againAt)
    {
        var (now, next, state) = (clock.GetUtcNow().ToUnixTimeMilliseconds(), againAt?.ToUnixTimeMilliseconds(), againAt is null ? FetchState.Failed : FetchState.Waiting);
        return Change(fetch, "state = @state, next_at = @next, ended_at = @ended, fault = @fault, said = @said",
            new { id = fetch.Id, state = $"{state}", next, ended = againAt is null ? now : (long?)null, fault = $"{fault}", said });
    }

    /// <summary>Back in line, as if it had not been begun: the server stops, or the storage refuses.</summary>
    public Task PutBack(LogFetch fetch, DateTimeOffset at) => Change(fetch, "state = 'Waiting', next_at = @at, tries = tries - 1", new { id = fetch.Id, at = at.ToUnixTimeMilliseconds() });

    /// <summary>What a server was at when it was killed is done again.</summary>
    public Task PutAllBack(CancellationToken stop) => db.Write(tx => tx.Run("update log_fetches set state = 'Waiting' where state = 'Running'"), stop);

    const string Found = "pages = @pages, records = @records, added = @added, mended = @mended, unchanged = @unchanged, unfinished = @unfinished, unreadable = @unreadable, unfinished_since = @since";

    object Values(LogFetch fetch, LogFindings found) => new
    {
        id = fetch.Id,
        now = clock.GetUtcNow().ToUnixTimeMilliseconds(),
        pages = found.Pages,
        records = found.Records,
        added = found.Added,
        mended = found.Mended,
        unchanged = found.Unchanged,
        unfinished = found.Unfinished,
        unreadable = found.Unreadable,
        since = found.UnfinishedSince?.ToUnixTimeMilliseconds(),
    };

    async Task Change(LogFetch fetch, string what, object values)
    {
        await db.Write(tx => tx.Run($"update log_fetches set {what} where id = @id", values));
        Changed?.Invoke(fetch.Connection);
    }

    static async Task<LogFetch> Add(Tx tx, string connection, LogWindow window, FetchReason reason, string? by, DateTimeOffset now, DateTimeOffset next)
    {
        var id = await tx.One<long>(
            """
            insert into log_fetches (connection, from_at, until_at, reason, asked_by, asked_at, next_at, state, tries, pages, records, added, mended, unchanged, unfinished, unreadable)
            values (@connection, @from, @until, @reason, @by, @now, @next, 'Waiting', 0, 0, 0, 0, 0, 0, 0, 0) returning id
            """,
            new { connection, from = window.From.ToUnixTimeMilliseconds(), until = window.Until.ToUnixTimeMilliseconds(), reason = $"{reason}", by, now = now.ToUnixTimeMilliseconds(), next = next.ToUnixTimeMilliseconds() });
        await tx.Run(
            $"""
            delete from log_fetches where connection = @connection and next_at is null
            and id not in (select id from log_fetches where connection = @connection order by id desc limit {KeptMax})
            """, new { connection });
        return new LogFetch(id, connection, window, reason, by, now, next, null, FetchState.Waiting, 0, new LogFindings(), null, null);
    }

#pragma warning disable IDE1006 // columns keep their names
    sealed class Row
    {
        public long id { get; init; }
        public string connection { get; init; } = "";
        public long from_at { get; init; }
        public long until_at { get; init; }
        public string reason { get; init; } = "";
        public string? asked_by { get; init; }
        public long asked_at { get; init; }
        public long? next_at { get; init; }
        public long? ended_at { get; init; }
        public string state { get; init; } = "";
        public long tries { get; init; }
        public long pages { get; init; }
        public long records { get; init; }
        public long added { get; init; }
        public long mended { get; init; }
        public long unchanged { get; init; }
        public long unfinished { get; init; }
        public long unreadable { get; init; }
        public long? unfinished_since { get; init; }
        public string? fault { get; init; }
        public string? said { get; init; }

        public LogFetch ToFetch() => new(
            id, connection, new LogWindow(At(from_at), At(until_at)), Enum.Parse<FetchReason>(reason), asked_by, At(asked_at), next_at is { } next ? At(next) : null, ended_at is { } ended ? At(ended) : null,
            Enum.Parse<FetchState>(state), (int)tries,
            new LogFindings((int)pages, (int)records, (int)added, (int)mended, (int)unchanged, (int)unfinished, (int)unreadable, unfinished_since is { } since ? At(since) : null),
            fault is null ? null : Enum.Parse<CloudFault>(fault), said);

        static DateTimeOffset At(long ms) => DateTimeOffset.FromUnixTimeMilliseconds(ms);
    }
}
