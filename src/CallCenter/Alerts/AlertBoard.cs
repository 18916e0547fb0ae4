using System.Text.Json;
using CallCenter.Audit;
using CallCenter.Calls;
using CallCenter.Storage;
using CallCenter.Teams;

namespace CallCenter.Alerts;

/// <summary>Keeps alerts: raised once for each time something is the matter, seen by whom they concern until somebody takes note.</summary>
sealed class AlertBoard(Db db, AlertRules rules, Deliveries deliveries, AuditLog audit, AlertNews news, TimeProvider clock)
{
    public const int PageMax = 100;

    /// <summary>What goes on at the same time; more of it is not watched for its end.</summary>
    public const int GoingOnMax = 1000;

    const int UnseenMax = 200;

    const string Columns = "id, kind, subject, episode, team_id, at, detail, ended_at, acknowledged_at, acknowledged_by";
    static readonly TimeSpan ShownFor = TimeSpan.FromDays(1), KeptFor = TimeSpan.FromDays(90);
    const int PrunedMax = 500;

    /// <summary>Heard in this process after an alert was raised in it. Whoever hears must not take long.</summary>
    public event Action<Alert>? Raised;

    /// <summary>
    /// Keeps the alert and what is to be sent because of it; both stand when the transaction does. One that was raised
    /// already, or whose kind is switched off, changes nothing.
    /// </summary>
    /// <returns>Whether it is a new one.</returns>
    public async Task<bool> Raise(Tx tx, Alert alert)
    {
        var rule = (await rules.Read(tx))[alert.Kind];
        if (!rule.IsActive || await GoesOn(tx, alert)) return false;
        var now = clock.GetUtcNow();
        var id = await tx.Maybe<long?>(
            """
            insert into alerts (kind, subject, episode, team_id, at, detail, told_at) values (@Kind, @Subject, @episode, @Team, @at, @detail, @told)
            on conflict (kind, subject, episode) do nothing returning id
            """, new
            {
                alert.Kind,
                alert.Subject,
                episode = alert.Episode ?? $"{now.ToUnixTimeMilliseconds()}",
                alert.Team,
                at = alert.At.ToUnixTimeMilliseconds(),
                detail = JsonSerializer.Serialize(alert.Detail),
                told = rule.Recipients.Count == 0 ? now.ToUnixTimeMilliseconds() : (long?)null, // nobody is written to
            });
        if (id is null) return false;
        await deliveries.Queue(tx, id.Value, alert);
        tx.Announce(() => Raised?.Invoke(alert));
        await news.Tell(tx);
        return true;
    }

    /// <summary>Newest first, those that somebody with this scope may see and nobody took note of; those of long ago are left alone.</summary>
    public async Task<List<KeptAlert>> Unseen(CallScope scope, CancellationToken stop = default)
    {
        if (!scope.IsEverything && scope.Teams.IsEmpty) return []; // most people; asked by every screen
        var alerts = await db.Read(tx => tx.List<Row>($"select {Columns} from alerts where acknowledged_at is null and at > @since order by at desc, id desc limit {UnseenMax}",
            new { since = (clock.GetUtcNow() - ShownFor).ToUnixTimeMilliseconds() }), stop);
        return alerts.ConvertAll(row => row.ToAlert()).FindAll(alert => IsSeen(scope, alert.Team));
    }

    /// <summary>Newest first, all there are: for who looks after the rules.</summary>
    public Task<List<KeptAlert>> Recent(int limit, CancellationToken stop = default) => db.Read(async tx =>
        (await tx.List<Row>($"select {Columns} from alerts order by at desc, id desc limit {Math.Clamp(limit, 1, PageMax)}")).ConvertAll(row => row.ToAlert()), stop);

    /// <summary>Somebody takes note, for everybody. Doing so twice is fine.</summary>
    /// <exception cref="Refusal">There is no such alert for who asks.</exception>
    public Task Acknowledge(long id, Authority by, CancellationToken stop = default) => db.Write(async tx =>
    {
        if ((await tx.Maybe<Row>($"select {Columns} from alerts where id = @id", new { id }))?.ToAlert() is not { } alert || !IsSeen(by.Rights.Calls, alert.Team))
            throw new Refusal(RefusalKind.NotFound, "alert.unknown");
        var changed = await tx.Run("update alerts set acknowledged_at = @now, acknowledged_by = @name where id = @id and acknowledged_at is null",
            new { id, now = clock.GetUtcNow().ToUnixTimeMilliseconds(), name = by.Actor.Name });
        if (changed == 0) return;
        await audit.Note(tx, by.Actor, "alert.acknowledged", alert.Subject, new { alert.Id, alert.Kind, alert.At });
        await news.Tell(tx);
    }, stop);

    /// <summary>Whoever sees all calls of the team sees what is the matter with it.</summary>
    public static bool IsSeen(CallScope scope, string? team) => scope.IsEverything || team is not null && scope.Teams.Contains(team);

    /// <summary>What was raised and is not over.</summary>
    internal async Task<List<KeptAlert>> GoingOn(Tx tx) =>
        (await tx.List<Row>($"select {Columns} from alerts where ended_at is null order by id desc limit {GoingOnMax}")).ConvertAll(row => row.ToAlert());

    internal async Task End(Tx tx, IReadOnlyCollection<long> ids)
    {
        if (ids.Count == 0) return;
        await tx.RunMany("update alerts set ended_at = @now where id = @id", ["id", "now"], [.. ids.Select(id => new object?[] { id, clock.GetUtcNow().ToUnixTimeMilliseconds() })]);
        await news.Tell(tx);
    }

    /// <summary>Those that mail has not been written about, oldest first.</summary>
    internal Task<List<KeptAlert>> Untold(int limit, CancellationToken stop) => db.Read(async tx =>
        (await tx.List<Row>($"select {Columns} from alerts where told_at is null order by id limit {limit}")).ConvertAll(row => row.ToAlert()), stop);

    internal Task MarkTold(long id, CancellationToken stop) => db.Write(tx => tx.Run(
        "update alerts set told_at = @now where id = @id", new { id, now = clock.GetUtcNow().ToUnixTimeMilliseconds() }), stop);

    internal Task<int> Prune(CancellationToken stop) => db.Write(tx => tx.Run(
        $"delete from alerts where id in (select id from alerts where at < @before order by at limit {PrunedMax})",
        new { before = (clock.GetUtcNow() - KeptFor).ToUnixTimeMilliseconds() }), stop);

    /// <summary>The same time as one that is kept; if that seemed to be over, it was not.</summary>
    static async Task<bool> GoesOn(Tx tx, Alert alert) => alert.Episode is null
        ? await tx.One<long>("select count(*) from alerts where kind = @Kind and subject = @Subject and ended_at is null", alert) > 0
        : await tx.Run("update alerts set ended_at = null where kind = @Kind and subject = @Subject and episode = @Episode", alert) > 0;

#pragma warning disable IDE1006 // columns keep their names
    sealed class Row
    {
        public long id { get; init; }
        public string kind { get; init; } = "";
        public string subject { get; init; } = "";
        public string episode { get; init; } = "";
        public string? team_id { get; init; }
        public long at { get; init; }
        public string detail { get; init; } = "{}";
        public long? ended_at { get; init; }
        public long? acknowledged_at { get; init; }
        public string? acknowledged_by { get; init; }

        public KeptAlert ToAlert() => new(id, kind, subject, episode, team_id, At(at)!.Value, JsonSerializer.Deserialize<JsonElement>(detail), At(ended_at), At(acknowledged_at), acknowledged_by);

        static DateTimeOffset? At(long? ms) => ms is { } value ? DateTimeOffset.FromUnixTimeMilliseconds(value) : null;
    }
#pragma warning restore IDE1006
}
