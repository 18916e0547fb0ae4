using System.Runtime.CompilerServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using CallCenter.Storage;
using Dapper;

namespace CallCenter.Audit;

/// <summary>One line of the audit log.</summary>
/// <param name="Action">What was done, such as <c>user.changed</c> or <c>calls.exported</c>.</param>
/// <param name="Subject">To what, such as <c>user:</c>, <c>team:</c> or <c>call:</c> and an id; empty when to nothing in particular.</param>
/// <param name="Detail">What belongs to it: the conditions of an export, what was before and what is after.</param>
public sealed record AuditEntry(long Id, DateTimeOffset At, Actor Actor, string Action, string Subject, JsonElement Detail);

/// <summary>Which lines somebody asks for. All conditions hold together; null asks for nothing.</summary>
/// <param name="Actor">As <see cref="Audit.Actor.Id"/>.</param>
/// <param name="Action">A whole action, or what it begins with up to a dot: <c>user.</c></param>
public sealed record AuditFilter(DateTimeOffset? From = null, DateTimeOffset? Until = null, string? Actor = null, string? Action = null, string? Subject = null);

/// <summary>
/// Keeps who changed, exported or looked at what. Lines are added in the transaction that they speak of and never changed:
/// the database itself refuses it.
/// </summary>
sealed class AuditLog(Db db, TimeProvider clock)
{
    public const int PageMax = 500;
    const int NameMax = 200;

    static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DictionaryKeyPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull,
        Converters = { new System.Text.Json.Serialization.JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Writes a line; it stands when the transaction does.</summary>
    public Task Note(Tx tx, Actor by, string action, string subject, object? detail = null) => tx.Run(
        "insert into audit (at, actor, actor_name, action, subject, detail) values (@at, @Id, @name, @action, @subject, @detail)", new
        {
            at = clock.GetUtcNow().ToUnixTimeMilliseconds(),
            by.Id,
            name = by.Name.Length > NameMax ? by.Name[..NameMax] : by.Name,
            action,
            subject,
            detail = JsonSerializer.Serialize(detail ?? new { }, Json),
        });

    public Task Note(Actor by, string action, string subject, object? detail = null, CancellationToken stop = default) =>
        db.Write(tx => Note(tx, by, action, subject, detail), stop);

    /// <summary>What is done over and over, such as looking: one line in so long a time says it.</summary>
    public async Task NoteOnce(Actor by, string action, string subject, TimeSpan within, object? detail = null, CancellationToken stop = default)
    {
        var since = (clock.GetUtcNow() - within).ToUnixTimeMilliseconds();
        // Asked beforehand too, because a look should not wait for the writer.
        Task<long> Known(Tx tx) => tx.One<long>("select count(*) from audit where subject = @subject and actor = @Id and action = @action and at > @since", new { subject, by.Id, action, since });
        if (await db.Read(Known, stop) > 0) return;
        await db.Write(async tx =>
        {
            if (await Known(tx) == 0) await Note(tx, by, action, subject, detail);
        }, stop);
    }

    /// <summary>All lines of a filter, newest first, page by page.</summary>
    public async IAsyncEnumerable<AuditEntry> All(AuditFilter filter, [EnumeratorCancellation] CancellationToken stop)
    {
        for (long? before = null; ;)
        {
            var page = await List(filter, PageMax, before, stop);
            foreach (var entry in page) yield return entry;
            if (page.Count < PageMax) yield break;
            before = page[^1].Id;
        }
    }

    /// <summary>Newest first.</summary>
    /// <param name="before">The id of the last line of the page before; null begins with the newest.</param>
    public Task<List<AuditEntry>> List(AuditFilter filter, int limit = 100, long? before = null, CancellationToken stop = default) => db.Read(async tx =>
    {
        var (where, values) = (new List<string> { "1 = 1" }, new DynamicParameters());
        void Add(string condition, string name, object? value)
        {
            if (value is null) return;
            where.Add(condition);
            values.Add(name, value);
        }

        Add("at >= @from", "from", filter.From?.ToUnixTimeMilliseconds());
        Add("at < @until", "until", filter.Until?.ToUnixTimeMilliseconds());
        Add("actor = @actor", "actor", filter.Actor);
        Add("subject = @subject", "subject", filter.Subject);
        if (filter.Action is { } action)
        {
            if (action.EndsWith('.')) Add("action >= @action and action < @beyond", "action", action);
            else Add("action = @action", "action", action);
            if (action.EndsWith('.')) values.Add("beyond", action[..^1] + "/"); // the sign after the dot
        }

        Add("id < @before", "before", before);
        return (await tx.List<Row>(
            $"select id, at, actor, actor_name, action, subject, detail from audit where {string.Join(" and ", where)} order by id desc limit {Math.Clamp(limit, 1, PageMax)}", values))
            .ConvertAll(row => row.ToEntry());
    }, stop);

#pragma warning disable IDE1006 // columns keep their names
    sealed class Row
    {
        public long id { get; init; }
        public long at { get; init; }
        public string actor { get; init; } = "";
        public string actor_name { get; init; } = "";
        public string action { get; init; } = "";
        public string subject { get; init; } = "";
        public string detail { get; init; } = "{}";

        public AuditEntry ToEntry() => new(
            id, DateTimeOffset.FromUnixTimeMilliseconds(at), new Actor(actor, actor_name), action, subject, JsonSerializer.Deserialize<JsonElement>(detail));
    }
#pragma warning restore IDE1006
}
