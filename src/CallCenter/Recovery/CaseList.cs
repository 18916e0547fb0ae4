using CallCenter.Calls;
using CallCenter.Storage;
using Dapper;

namespace CallCenter.Recovery;

public enum CaseOrder
{
    /// <summary>Expected loss times urgency, the highest first.</summary>
    Priority,

    /// <summary>The earliest due first.</summary>
    Due,

    /// <summary>Who called last, first.</summary>
    Newest,
    Oldest,

    /// <summary>Who called most often, first.</summary>
    Misses,
}

/// <summary>Which cases somebody asks for. All conditions hold together; null asks for nothing. There is no horizon in time.</summary>
/// <param name="IsOpen">Null asks for both.</param>
/// <param name="ClosedFrom">Closed at or after.</param>
/// <param name="Owner">A person's id.</param>
/// <param name="IsClaimable">Nobody has it: whoever of the team may take it.</param>
/// <param name="Team">Id of the team, or <see cref="CallFilter.NoTeam"/>.</param>
/// <param name="Reason">Of its newest missed call.</param>
/// <param name="From">The customer called last at or after.</param>
/// <param name="CustomerKey">One of its missed calls came from this number.</param>
/// <param name="OnlyNotRecovered">One of its missed calls has no follow-up at all.</param>
public sealed record CaseFilter(
    bool? IsOpen = true, bool IsOverdue = false, string? Owner = null, bool IsClaimable = false, string? Team = null, string? Line = null, MissedReason? Reason = null,
    DateTimeOffset? From = null, DateTimeOffset? Until = null, bool OnlyNotRecovered = false, string? CustomerKey = null, DateTimeOffset? ClosedFrom = null, bool OnlyRecovered = false);

/// <summary>A case as it stands on the list.</summary>
/// <param name="Last">Its newest missed call.</param>
public sealed record CaseItem(RecoveryCase Case, Call Last, CaseValue Value);

/// <param name="ValueCents">Expected loss of all that is open.</param>
public sealed record CaseCounts(long Open, long ValueCents, long Overdue, long Mine, long Claimable, long RecoveredSince);

/// <summary>How those that are open stand.</summary>
/// <param name="OldestMiss">When the one was missed who has waited longest.</param>
public sealed record CaseStanding(long Open, DateTimeOffset? OldestMiss, long Overdue);

/// <summary>What a person said came of a try.</summary>
public sealed record CaseAttempt(long Id, DateTimeOffset At, string Person, long? Call, AttemptOutcome Result, string? Note);

/// <summary>A case with all that belongs to it.</summary>
/// <param name="Misses">Newest first, at most <see cref="CaseList.CallsMax"/>.</param>
/// <param name="IsCallingNow">The customer is calling in this moment: who is about to dial him had better wait.</param>
/// <param name="FollowUps">Calls to the customer since the first miss, and the one with which he got through; oldest first.</param>
public sealed record CaseDetail(CaseItem Item, IReadOnlyList<Call> Misses, IReadOnlyList<Call> FollowUps, IReadOnlyList<CaseAttempt> Results, bool IsCallingNow);

/// <param name="Hidden">Ids of those that changed and are not seen, any more or at all.</param>
/// <param name="Until">The newest version among them.</param>
public sealed record CaseChanges(IReadOnlyList<CaseItem> Cases, IReadOnlyList<long> Hidden, long Until, bool IsMore);

/// <summary>Reads cases; what may be seen is part of every question.</summary>
sealed class CaseList(Db db, ICustomerWorth worth, TimeProvider clock)
{
    public const int PageMax = 200;
    public const int CallsMax = 100;

    const string Joined = "from cases k join calls c on c.id = k.last_call where k.misses > 0";

    public Task<(IReadOnlyList<CaseItem> Cases, long Total)> List(CaseScope scope, CaseFilter filter, CaseOrder order, int limit, int offset = 0, CancellationToken stop = default) => db.Read(async tx =>
    {
        var settings = await RecoverySettings.Read(tx);
        var now = clock.GetUtcNow();
        var values = Values(settings, now);
        var where = $"{Joined} and {scope.Condition(values)} {Conditions(filter, now, values)}";
        var total = await tx.One<long>($"select count(*) {where}", values);
        var ids = await tx.List<long>($"select k.id {where} order by {Order(order, settings)} limit {Math.Clamp(limit, 1, PageMax)} offset {Math.Max(0, offset)}", values);
        return (await Items(tx, ids, settings, now), total);
    }, stop);

    /// <summary>What stands above the list.</summary>
    /// <param name="today">When the day of whoever looks began.</param>
    public Task<CaseCounts> Count(CaseScope scope, DateTimeOffset today, CancellationToken stop = default) => db.Read(async tx =>
    {
        var (now, settings) = (clock.GetUtcNow(), await RecoverySettings.Read(tx));
        var values = Values(settings, now);
        var condition = scope.Condition(values);
        values.Add("me", scope.Calls.Person ?? "");
        values.Add("today", today.ToUnixTimeMilliseconds());
        var (open, cents, overdue, mine, claimable) = await tx.One<(long, double?, long?, long?, long?)>(
            $"""
            select count(*), cast(sum({CaseValue.CentsInSql(worth, settings)}) as double precision), cast(sum(case when k.due_at < @now then 1 else 0 end) as bigint),
            cast(sum(case when k.owner = @me then 1 else 0 end) as bigint), cast(sum(case when k.owner is null then 1 else 0 end) as bigint)
            {Joined} and k.closed_at is null and {condition}
            """, values);
        var recovered = await tx.One<long>($"select count(*) {Joined} and k.closed_at >= @today and k.by_hand = 0 and {condition}", values);
        return new CaseCounts(open, (long)Math.Round(cents ?? 0), overdue ?? 0, mine ?? 0, claimable ?? 0, recovered);
    }, stop);

    /// <summary>All that are open, for who reads them for many people at once; null when they are more than so many.</summary>
    public Task<IReadOnlyList<OpenCase>?> Open(int most, CancellationToken stop = default) => db.Read(async tx =>
    {
        var people = new Dictionary<long, HashSet<string>>();
        var open = new List<OpenCase>();
        await tx.QueryMany($"select k.id, k.owner, k.reserved_by, c.team_id, k.first_missed_at, k.due_at {Joined} and k.closed_at is null limit @most", ["most"], [[most + 1L]], (_, row) =>
            open.Add(new(row.IsNull(1) ? null : row.Text(1), row.IsNull(2) ? null : row.Text(2), row.IsNull(3) ? null : row.Text(3), DateTimeOffset.FromUnixTimeMilliseconds(row.Long(4)),
                row.IsNull(5) ? null : DateTimeOffset.FromUnixTimeMilliseconds(row.Long(5)), people[row.Long(0)] = [])));
        if (open.Count > most) return null;
        await tx.QueryMany("select distinct k.id, mc.people from cases k join case_calls m on m.case_id = k.id join calls mc on mc.id = m.call_id where k.misses > 0 and k.closed_at is null and mc.people is not null",
            [], [[]], (_, row) => people[row.Long(0)].UnionWith(CallPeople.Parse(row.Text(1))));
        return (IReadOnlyList<OpenCase>?)open;
    }, stop);

    public Task<CaseStanding> Stand(CaseScope scope, CaseFilter filter, CancellationToken stop = default) => db.Read(async tx =>
    {
        var (values, now) = (new DynamicParameters(), clock.GetUtcNow());
        values.Add("now", now.ToUnixTimeMilliseconds());
        var (open, oldest, overdue) = await tx.One<(long, long?, long?)>(
            $"""
            select count(*), min(k.first_missed_at), cast(sum(case when k.due_at < @now then 1 else 0 end) as bigint)
            {Joined} and {scope.Condition(values)} {Conditions(filter with { IsOpen = true }, now, values)}
            """, values);
        return new CaseStanding(open, oldest is { } ms ? DateTimeOffset.FromUnixTimeMilliseconds(ms) : null, overdue ?? 0);
    }, stop);

    /// <summary>Null when there is none, or it is not his to see.</summary>
    public Task<CaseDetail?> Find(CaseScope scope, long id, CancellationToken stop = default) => db.Read(async tx =>
    {
        if (await Find(tx, scope, id) is not { } found) return null;
        var settings = await RecoverySettings.Read(tx);
        var item = (await Items(tx, [id], settings, clock.GetUtcNow()))[0];
        var misses = await Calls(tx, $"id in (select call_id from case_calls where case_id = @id order by ended_at desc, call_id desc limit {CallsMax}) order by started_at desc, id desc", new { id });
        var values = new DynamicParameters(new { first = found.FirstMissedAt.ToUnixTimeMilliseconds(), closer = CaseRow.CloserOf(found) });
        var withHim = (await CaseParty.Read(tx, found.Key.Customer)).Conditions(values);
        var after = ((string[])["dialled = 1", "direction = 'Inbound' and answered_at is not null"])
            .SelectMany(kind => withHim.Select(whose => $"select id from calls where {kind} and {whose} and started_at > @first and started_at <= @closer"));
        var followUps = await Calls(tx, $"id in ({string.Join(" union ", after)}) order by started_at, id limit {CallsMax}", values);
        var results = await tx.List<(long Id, long At, string Person, long? Call, string Result, string? Note)>(
            $"select id, at, user_id, call_id, result, note from case_attempts where case_id = @id order by at, id limit {CallsMax}", new { id });
        var calling = await tx.One<long>($"select count(*) from calls where ended_at is null and {(tx.IsPostgres ? "" : "+")}version > 0 and direction = 'Inbound' and ({string.Join(" or ", withHim)})", values);
        return new CaseDetail(item, misses, followUps,
            results.ConvertAll(row => new CaseAttempt(row.Id, DateTimeOffset.FromUnixTimeMilliseconds(row.At), row.Person, row.Call, Enum.Parse<AttemptOutcome>(row.Result), row.Note)), calling > 0);
    }, stop);

    /// <summary>In somebody else's transaction.</summary>
    public static async Task<RecoveryCase?> Find(Tx tx, CaseScope scope, long id)
    {
        var values = new DynamicParameters();
        values.Add("id", id);
        if (await tx.Maybe<long?>($"select k.id {Joined} and k.id = @id and {scope.Condition(values)}", values) is null) return null;
        return (await Read(tx, [id]))[0];
    }

    /// <summary>Cases that changed after a version, in the order in which they did: those he sees, and the ids of the others.</summary>
    public Task<CaseChanges> ChangedAfter(CaseScope scope, long version, int limit, CancellationToken stop) => db.Read(async tx =>
    {
        var values = new DynamicParameters();
        values.Add("version", version);
        var changed = await tx.List<(long Id, long Version, long IsSeen)>(
            $"""
            select k.id, k.version, cast(case when k.misses > 0 and {scope.Condition(values)} then 1 else 0 end as bigint)
            from cases k join calls c on c.id = k.last_call where k.version > @version order by k.version limit {limit}
            """, values);
        var items = await Items(tx, [.. changed.Where(one => one.IsSeen != 0).Select(one => one.Id)], await RecoverySettings.Read(tx), clock.GetUtcNow());
        return new CaseChanges(items, [.. changed.Where(one => one.IsSeen == 0).Select(one => one.Id)], changed.Count == 0 ? version : changed[^1].Version, changed.Count == limit);
    }, stop);

    /// <summary>The lines that open cases are about.</summary>
    public Task<List<string>> Lines(CaseScope scope, CancellationToken stop) => db.Read(tx =>
    {
        var values = new DynamicParameters();
        return tx.List<string>($"select distinct k.line {Joined} and k.closed_at is null and k.line <> '' and {scope.Condition(values)} order by k.line limit {PageMax}", values);
    }, stop);

    public Task<long> NewestVersion(CancellationToken stop) => db.Read(tx => tx.One<long>("select next - 1 from counters where name = 'case_version'"), stop);

    async Task<IReadOnlyList<CaseItem>> Items(Tx tx, IReadOnlyList<long> ids, RecoverySettings settings, DateTimeOffset now)
    {
        var cases = await Read(tx, ids);
        var (calls, worths) = (new Dictionary<long, Call>(), new Dictionary<long, (long Quotes, long? Mean, string? Segment)>());
        List<object?[]> last = [.. cases.Select(one => new object?[] { one.LastCall })];
        await tx.QueryMany($"select {CallRow.Columns} from calls where id = @id", ["id"], last, (_, row) =>
        {
            var call = CallRow.Read(row).ToCall();
            calls[call.Id] = call;
        });
        await tx.QueryMany($"select cast({worth.QuotesInSql} as bigint), cast({worth.MeanOrderInSql} as bigint), {worth.SegmentInSql} from calls c where c.id = @id", ["id"], last,
            (i, row) => worths[cases[i].Id] = (row.Long(0), row.IsNull(1) ? null : row.Long(1), row.IsNull(2) ? null : row.Text(2)));
        return [.. cases.Where(one => calls.ContainsKey(one.LastCall)).Select(one => new CaseItem(one, calls[one.LastCall], ValueOf(one, calls[one.LastCall], worths[one.Id], settings, now)))];
    }

    static CaseValue ValueOf(RecoveryCase one, Call last, (long Quotes, long? Mean, string? Segment) worth, RecoverySettings settings, DateTimeOffset now) => new(
        settings.PercentOf(worth.Segment) ?? settings.OrderPercent, worth.Mean ?? settings.OrderCents, worth.Quotes, now - one.LastMissedAt, TimeSpan.FromHours(settings.HalfLifeHours), one.Misses, one.Attempts,
        one.DueAt < now, last.EndedAt - (last.QueuedAt ?? last.StartedAt) >= CaseValue.LongWait, IsHis: (worth.Mean ?? settings.PercentOf(worth.Segment)) is not null);

    static async Task<List<RecoveryCase>> Read(Tx tx, IReadOnlyList<long> ids)
    {
        var found = new List<RecoveryCase>();
        await tx.QueryMany($"select {CaseRow.Columns} from cases where id = @id", ["id"], [.. ids.Select(id => new object?[] { id })], (_, row) => found.Add(CaseRow.Read(row)));
        return found;
    }

    static async Task<IReadOnlyList<Call>> Calls(Tx tx, string where, object values) =>
        (await tx.List<CallRow>($"select {CallRow.Columns} from calls where {where}", values)).ConvertAll(row => row.ToCall());

    /// <summary>What <see cref="CaseValue.CentsInSql"/> is computed with.</summary>
    public static DynamicParameters Values(RecoverySettings settings, DateTimeOffset now, params (string Name, object? Value)[] more)
    {
        var values = new DynamicParameters();
        foreach (var (name, value) in more) values.Add(name, value);
        values.Add("now", now.ToUnixTimeMilliseconds());
        values.Add("order", settings.OrderCents);
        values.Add("percent", settings.OrderPercent);
        foreach (var (i, (segment, percent)) in settings.BySegment.Index())
        {
            values.Add($"segment{i}", segment);
            values.Add($"percent{i}", percent);
        }

        values.Add("half", settings.HalfLifeHours * 3_600_000L);
        return values;
    }

    static string Conditions(CaseFilter filter, DateTimeOffset now, DynamicParameters values)
    {
        var where = new List<string>();
        void Add(string condition, string name, object? value)
        {
            if (value is null) return;
            where.Add(condition);
            values.Add(name, value);
        }

        if (filter.IsOpen is { } open) where.Add(open ? "k.closed_at is null" : "k.closed_at is not null");
        if (filter.IsOverdue) where.Add("k.closed_at is null and k.due_at < @now");
        if (filter.IsClaimable) where.Add("k.owner is null");
        if (filter.OnlyRecovered) where.Add("k.by_hand = 0");
        if (filter.OnlyNotRecovered)
            where.Add("exists (select 1 from case_calls m join calls mc on mc.id = m.call_id where m.case_id = k.id and mc.recovered_by is null and mc.self_recovered_by is null)");
        Add("k.owner = @owner", "owner", filter.Owner);
        if (filter.Team == CallFilter.NoTeam) where.Add("c.team_id is null");
        else Add("c.team_id = @team", "team", filter.Team);
        Add("k.line = @line", "line", filter.Line);
        Add("c.missed_reason = @reason", "reason", filter.Reason?.ToString());
        Add("k.last_missed_at >= @from", "from", filter.From?.ToUnixTimeMilliseconds());
        Add("k.last_missed_at < @until", "until", filter.Until?.ToUnixTimeMilliseconds());
        Add("k.id in (select m.case_id from calls mc join case_calls m on m.call_id = mc.id where mc.missed = 1 and mc.customer_key = @customer)", "customer", filter.CustomerKey);
        Add("k.closed_at >= @closed_from", "closed_from", filter.ClosedFrom?.ToUnixTimeMilliseconds());
        return string.Concat(where.Select(condition => $" and {condition}"));
    }

    string Order(CaseOrder order, RecoverySettings settings) => order switch
    {
        CaseOrder.Priority => $"{CaseValue.PriorityInSql(worth, settings)} desc, k.last_missed_at desc, k.id desc",
        CaseOrder.Due => "k.due_at, k.id",
        CaseOrder.Newest => "k.last_missed_at desc, k.id desc",
        CaseOrder.Oldest => "k.last_missed_at, k.id",
        CaseOrder.Misses => "k.misses desc, k.last_missed_at desc, k.id desc",
        _ => throw new InvalidOperationException($"No order for {order}."),
    };
}
