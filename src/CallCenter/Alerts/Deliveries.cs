using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using CallCenter.Audit;
using CallCenter.Calls;
using CallCenter.Storage;

namespace CallCenter.Alerts;

/// <summary>Something whose time has come.</summary>
readonly record struct DueDelivery(string Id, string Webhook, string Body, int Attempts);

/// <summary>What came of a try. Neither status nor fault: it arrived.</summary>
/// <param name="RetryAfter">How long the receiver asks us to wait.</param>
readonly record struct DeliveryTry(int? Status, DeliveryFault? Fault, TimeSpan? RetryAfter = null);

/// <summary>Keeps what is to be sent to webhooks, until it arrived or was given up, and for a while after.</summary>
sealed class Deliveries(Db db, Webhooks webhooks, ITeamNames teams, AuditLog audit, AlertNews news, TimeProvider clock)
{
    public const int PageMax = 200;

    /// <summary>For one address; what comes on top is given up at once and can be sent again.</summary>
    public const int WaitingMax = 1000;

    /// <summary>Sent to one address in one go.</summary>
    public const int DueMax = 20;

    /// <summary>The type of what is sent for a trial.</summary>
    public const string TestKind = "webhook.test";

    const int PrunedMax = 500;
    const string Columns = "id, webhook_id, kind, attempts, created_at, next_at, delivered_at, dead_at, last_status, last_fault";
    static readonly TimeSpan DeliveredKept = TimeSpan.FromDays(7), DeadKept = TimeSpan.FromDays(30);

    /// <summary>How long after each failed try the next one follows; after the last it is given up.</summary>
    static readonly TimeSpan[] Waits =
    [
        TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(30), TimeSpan.FromHours(2), TimeSpan.FromHours(5),
        TimeSpan.FromHours(10), TimeSpan.FromHours(14), TimeSpan.FromHours(20), TimeSpan.FromHours(24),
    ];

    /// <summary>Of the wait, so that what failed together does not come back together.</summary>
    const double Jitter = 0.1;

    static readonly TimeSpan RetryAfterMax = TimeSpan.FromDays(1);

    static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DictionaryKeyPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>For each webhook that wants it; it stands when the transaction does.</summary>
    public async Task Queue(Tx tx, long id, Alert alert)
    {
        var body = JsonSerializer.Serialize(new
        {
            Type = alert.Kind,
            Timestamp = alert.At.UtcDateTime,
            Data = new { Id = $"{id}", alert.Subject, Team = alert.Team is { } team ? new { Id = team, Name = teams.NameOf(team) } : null, alert.Detail },
        }, Json);
        foreach (var webhook in (await Webhooks.All(tx)).Where(webhook => webhook.IsActive && webhook.Wants(alert.Kind))) await Queue(tx, webhook.Id, alert.Kind, body, id);
    }

    /// <summary>Something harmless, so that somebody sees whether it arrives.</summary>
    /// <exception cref="Refusal">There is no such webhook, or it is switched off.</exception>
    public Task Test(string webhook, Actor by, CancellationToken stop = default) => db.Write(async tx =>
    {
        var found = await Webhooks.Find(tx, webhook);
        if (!found.IsActive) throw new Refusal(RefusalKind.Conflict, "webhook.switched-off");
        await Queue(tx, webhook, TestKind, JsonSerializer.Serialize(new { Type = TestKind, Timestamp = clock.GetUtcNow().UtcDateTime, Data = new { } }, Json), null);
        await audit.Note(tx, by, "webhook.tested", $"webhook:{webhook}", new { found.Name });
        await news.Tell(tx);
    }, stop);

    /// <summary>What was given up is tried anew, with all its tries and the same id.</summary>
    /// <exception cref="Refusal">It was not given up, or its webhook is switched off.</exception>
    public Task SendAgain(string id, Actor by, CancellationToken stop = default) => db.Write(async tx =>
    {
        var webhook = await tx.Maybe<string>("select webhook_id from deliveries where id = @id and dead_at is not null", new { id }) ?? throw new Refusal(RefusalKind.NotFound, "delivery.not-dead");
        if (!(await Webhooks.Find(tx, webhook)).IsActive) throw new Refusal(RefusalKind.Conflict, "webhook.switched-off");
        await tx.Run("update deliveries set attempts = 0, next_at = @now, dead_at = null where id = @id", new { id, now = Now });
        await audit.Note(tx, by, "webhook.sent-again", $"webhook:{webhook}", new { delivery = id });
        await news.Tell(tx);
    }, stop);

    /// <summary>Newest first.</summary>
    /// <param name="dead">Only those that were given up.</param>
    public Task<List<KeptDelivery>> Recent(bool dead = false, int limit = 50, CancellationToken stop = default) => db.Read(async tx =>
        (await tx.List<Row>($"select {Columns} from deliveries {(dead ? "where dead_at is not null" : "")} order by created_at desc, id limit {Math.Clamp(limit, 1, PageMax)}"))
            .ConvertAll(row => row.ToDelivery()), stop);

    /// <summary>What is due, by webhook, oldest first, of each so many.</summary>
    internal Task<List<List<DueDelivery>>> Due(CancellationToken stop) => db.Read(async tx =>
    {
        var due = new List<List<DueDelivery>>();
        foreach (var webhook in await Webhooks.All(tx))
        {
            var some = (await tx.List<DueRow>(
                $"select id, webhook_id, body, attempts from deliveries where webhook_id = @Id and next_at <= @now order by next_at, created_at, id limit {DueMax}",
                new { webhook.Id, now = Now })).ConvertAll(row => new DueDelivery(row.id, row.webhook_id, row.body, (int)row.attempts));
            if (some.Count > 0) due.Add(some);
        }

        return due;
    }, stop);

    /// <summary>Writes down what came of a try. Whatever else became of it meanwhile stays.</summary>
    internal Task Record(DueDelivery tried, DeliveryTry came) => db.Write(async tx =>
    {
        var attempts = tried.Attempts + 1;
        var isOver = came.Fault is null || came.Fault == DeliveryFault.Gone || attempts > Waits.Length;
        var changed = await tx.Run(
            """
            update deliveries set attempts = @attempts, next_at = @next, delivered_at = @delivered, dead_at = @dead, last_status = @Status, last_fault = @fault
            where id = @Id and attempts = @before and next_at is not null
            """, new
            {
                tried.Id,
                before = tried.Attempts,
                attempts,
                next = isOver ? (long?)null : (clock.GetUtcNow() + WaitAfter(attempts, came.RetryAfter)).ToUnixTimeMilliseconds(),
                delivered = came.Fault is null ? Now : (long?)null,
                dead = isOver && came.Fault is not null ? Now : (long?)null,
                came.Status,
                fault = came.Fault?.ToString(),
            });
        if (changed == 0) return;
        if (came.Fault == DeliveryFault.Gone) await webhooks.SwitchOffGone(tx, tried.Webhook);
        await news.Tell(tx);
    });

    /// <summary>Whatever waits for this webhook waits no more.</summary>
    internal static Task GiveUp(Tx tx, string webhook, DeliveryFault why, DateTimeOffset now) => tx.Run(
        "update deliveries set next_at = null, dead_at = @now, last_fault = @why where webhook_id = @webhook and next_at is not null",
        new { webhook, why = $"{why}", now = now.ToUnixTimeMilliseconds() });

    /// <summary>Deletes what is kept for nobody any more, a chunk at a time.</summary>
    /// <returns>How many.</returns>
    internal Task<int> Prune(CancellationToken stop) => db.Write(async tx =>
        await tx.Run($"delete from deliveries where id in (select id from deliveries where delivered_at < @before order by delivered_at limit {PrunedMax})",
            new { before = (clock.GetUtcNow() - DeliveredKept).ToUnixTimeMilliseconds() })
        + await tx.Run($"delete from deliveries where id in (select id from deliveries where dead_at < @before order by dead_at limit {PrunedMax})",
            new { before = (clock.GetUtcNow() - DeadKept).ToUnixTimeMilliseconds() }), stop);

    internal static TimeSpan WaitAfter(int attempts, TimeSpan? asked)
    {
        var wait = Waits[attempts - 1] * (1 + Jitter * Random.Shared.NextDouble());
        return asked > wait ? asked < RetryAfterMax ? asked.Value : RetryAfterMax : wait;
    }

    async Task Queue(Tx tx, string webhook, string kind, string body, long? alert)
    {
        var isTooMany = await tx.One<long>("select count(*) from deliveries where webhook_id = @webhook and next_at is not null", new { webhook }) >= WaitingMax;
        await tx.Run(
            """
            insert into deliveries (id, webhook_id, alert_id, kind, body, attempts, created_at, next_at, dead_at, last_fault)
            values (@id, @webhook, @alert, @kind, @body, 0, @now, @next, @dead, @fault)
            """, new
            {
                id = $"msg_{RandomNumberGenerator.GetHexString(24, lowercase: true)}",
                webhook,
                alert,
                kind,
                body,
                now = Now,
                next = isTooMany ? (long?)null : Now,
                dead = isTooMany ? Now : (long?)null,
                fault = isTooMany ? $"{DeliveryFault.TooManyWaiting}" : null,
            });
    }

    long Now => clock.GetUtcNow().ToUnixTimeMilliseconds();

#pragma warning disable IDE1006 // columns keep their names
    sealed class DueRow
    {
        public string id { get; init; } = "";
        public string webhook_id { get; init; } = "";
        public string body { get; init; } = "";
        public long attempts { get; init; }
    }

    sealed class Row
    {
        public string id { get; init; } = "";
        public string webhook_id { get; init; } = "";
        public string kind { get; init; } = "";
        public long attempts { get; init; }
        public long created_at { get; init; }
        public long? next_at { get; init; }
        public long? delivered_at { get; init; }
        public long? dead_at { get; init; }
        public long? last_status { get; init; }
        public string? last_fault { get; init; }

        public KeptDelivery ToDelivery() => new(id, webhook_id, kind, (int)attempts, At(created_at)!.Value, At(next_at), At(delivered_at), At(dead_at), (int?)last_status,
            last_fault is null ? null : Enum.Parse<DeliveryFault>(last_fault));

        static DateTimeOffset? At(long? ms) => ms is { } value ? DateTimeOffset.FromUnixTimeMilliseconds(value) : null;
    }
#pragma warning restore IDE1006
}
