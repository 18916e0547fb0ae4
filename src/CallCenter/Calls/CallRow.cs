using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Serialization;
using CallCenter.Storage;

namespace CallCenter.Calls;

/// <summary>A statement that writes some columns of a call.</summary>
sealed class CallUpdate(int[] columns)
{
    public string Sql { get; } = $"update calls set {string.Join(", ", columns.Select(i => $"{CallRow.Parameters[i]} = @{CallRow.Parameters[i]}"))} where id = @id";

    public string[] Parameters { get; } = ["id", .. columns.Select(i => CallRow.Parameters[i])];

    /// <param name="row">All of a call's values, its id first.</param>
    public object?[] ValuesOf(object?[] row) => [row[0], .. columns.Select(i => row[i])];
}

#pragma warning disable IDE1006 // columns keep their names
/// <summary>A row of <c>calls</c>: what is searched by in columns, the rest as JSON.</summary>
sealed class CallRow
{
    public long id { get; init; }
    public string connection { get; init; } = "";
    public string call_key { get; init; } = "";
    public string provider { get; init; } = "";
    public string direction { get; init; } = "";
    public string state { get; init; } = "";
    public string? outcome { get; init; }
    public string? missed_reason { get; init; }
    public string? line { get; init; }
    public string? queue { get; init; }
    public string? @operator { get; init; }
    public long started_at { get; init; }
    public long? queued_at { get; init; }
    public long? ringing_at { get; init; }
    public long? answered_at { get; init; }
    public long? ended_at { get; init; }
    public long stale { get; init; }
    public long voicemail { get; init; }
    public long? recovered_by { get; init; }
    public long? recovered_at { get; init; }
    public long? reached_by { get; init; }
    public long? reached_at { get; init; }
    public long? self_recovered_by { get; init; }
    public long? self_recovered_at { get; init; }
    public long version { get; init; }
    public string? team_id { get; init; }
    public long team_fixed { get; init; }
    public string? people { get; init; }
    public string detail { get; init; } = "{}";
    public long? merged_into { get; init; }
    public long? customer_id { get; init; }
    public long customer_fixed { get; init; }
    public string? customer_key { get; init; }

    public PriorBelonging Belonging => new(team_id, team_fixed != 0, people, started_at, ended_at is not null, customer_id, customer_fixed != 0, customer_key);

    public const string Columns =
        """
        id, connection, call_key, provider, direction, state, outcome, missed_reason, line, queue, operator, started_at, queued_at, ringing_at,
        answered_at, ended_at, stale, voicemail, recovered_by, recovered_at, reached_by, reached_at, self_recovered_by,
        self_recovered_at, version, team_id, team_fixed, people, detail, merged_into, customer_id, customer_fixed, customer_key
        """;

    public static readonly string[] Parameters =
    [
        "id", "connection", "call_key", "provider", "direction", "state", "outcome", "missed", "missed_reason", "customer_number", "customer_key",
        "line", "queue", "operator", "started_at", "queued_at", "ringing_at", "answered_at", "ended_at", "last_event_at", "stale", "voicemail",
        "dialled", "version", "team_id", "people", "customer_id", "detail",
    ];

    /// <summary>Recovery is not the fold's business, so its columns stay as they are.</summary>
    public static readonly Insertion Upsert = new("calls", Parameters, $"on conflict (id) do update set {string.Join(", ", Parameters.Skip(KeyColumns).Select(name => $"{name} = excluded.{name}"))}");

    const int KeyColumns = 4; // they never change

    static readonly ConcurrentDictionary<ulong, CallUpdate> Updates = [];

    /// <summary>Writes what is different.</summary>
    public static CallUpdate Update(object?[] before, object?[] after)
    {
        var different = 0UL;
        for (var i = KeyColumns; i < after.Length; i++)
            if (!Equals(before[i], after[i])) different |= 1UL << i;
        return Updates.GetOrAdd(different, static columns => new([.. Enumerable.Range(0, Parameters.Length).Where(i => (columns >> i & 1) == 1)]));
    }

    public static object?[] Values(Call call, DateTimeOffset lastEvent) =>
    [
        call.Id, call.Connection, call.ProviderCallId, call.Provider, Name(call.Direction), Name(call.State),
        call.Outcome is { } outcome ? Name(outcome) : null, call.Missed ? 1 : 0, call.MissedReason is { } reason ? Name(reason) : null,
        call.CustomerNumber, call.CustomerSide?.MatchKey, call.Line, call.Queue, call.Operator, Ms(call.StartedAt), Ms(call.QueuedAt),
        Ms(call.RingingAt), Ms(call.AnsweredAt), Ms(call.EndedAt), Ms(lastEvent), call.Stale ? 1 : 0, call.Voicemail ? 1 : 0, call.Dialled ? 1 : 0, call.Version, call.Team,
        CallPeople.ToText(call.People), call.CustomerId,
        JsonSerializer.Serialize(
            new Detail(call.From, call.To, call.CallerName, call.Queues, call.Attempts.Select(StoredAttempt.Of).ToList(), call.Transfers, call.Holds, call.Recording, call.HangupCause),
            CallJson.Options),
    ];

    public static readonly string[] BelongingParameters = ["id", "version", "team_id", "team_fixed", "people"];

    public const string UpdateBelonging = "update calls set version = @version, team_id = @team_id, team_fixed = @team_fixed, people = @people where id = @id";

    public static object?[] BelongingValues(Call call, bool isFixed) => [call.Id, call.Version, call.Team, isFixed ? 1 : 0, CallPeople.ToText(call.People)];

    public const string UpdateCustomer = "update calls set version = @version, customer_id = @customer_id, customer_fixed = @customer_fixed where id = @id";

    public static readonly string[] CustomerParameters = ["id", "version", "customer_id", "customer_fixed"];

    public static readonly string[] MarkParameters =
        ["id", "version", "recovered_by", "recovered_at", "reached_by", "reached_at", "self_recovered_by", "self_recovered_at"];

    public static readonly string UpdateMark =
        $"update calls set {string.Join(", ", MarkParameters.Skip(1).Select(name => $"{name} = @{name}"))} where id = @id";

    public static object?[] MarkValues(Call call) =>
    [
        call.Id, call.Version, call.Mark.RecoveredBy, Ms(call.Mark.RecoveredAt), call.Mark.ReachedBy, Ms(call.Mark.ReachedAt),
        call.Mark.SelfRecoveredBy, Ms(call.Mark.SelfRecoveredAt),
    ];

    /// <summary>From a row of <see cref="Columns"/>.</summary>
    public static CallRow Read(IRow row)
    {
        long? Number(int i) => row.IsNull(i) ? null : row.Long(i);
        string? Text(int i) => row.IsNull(i) ? null : row.Text(i);
        return new CallRow
        {
            id = row.Long(0),
            connection = row.Text(1),
            call_key = row.Text(2),
            provider = row.Text(3),
            direction = row.Text(4),
            state = row.Text(5),
            outcome = Text(6),
            missed_reason = Text(7),
            line = Text(8),
            queue = Text(9),
            @operator = Text(10),
            started_at = row.Long(11),
            queued_at = Number(12),
            ringing_at = Number(13),
            answered_at = Number(14),
            ended_at = Number(15),
            stale = row.Long(16),
            voicemail = row.Long(17),
            recovered_by = Number(18),
            recovered_at = Number(19),
            reached_by = Number(20),
            reached_at = Number(21),
            self_recovered_by = Number(22),
            self_recovered_at = Number(23),
            version = row.Long(24),
            team_id = Text(25),
            team_fixed = row.Long(26),
            people = Text(27),
            detail = row.Text(28),
            merged_into = Number(29),
            customer_id = Number(30),
            customer_fixed = row.Long(31),
            customer_key = Text(32),
        };
    }

    public Call ToCall()
    {
        var rest = JsonSerializer.Deserialize<Detail>(detail, CallJson.Options)!;
        return new Call
        {
            Id = id,
            Connection = connection,
            Provider = provider,
            ProviderCallId = call_key,
            Direction = Enum.Parse<Direction>(direction),
            From = rest.From,
            To = rest.To,
            CallerName = rest.CallerName,
            Line = line,
            Queue = queue,
            Queues = rest.Queues ?? [],
            Operator = @operator,
            Attempts = rest.Attempts?.Select(attempt => attempt.ToAttempt()).ToList() ?? [],
            State = Enum.Parse<CallState>(state),
            Outcome = outcome is null ? null : Enum.Parse<CallOutcome>(outcome),
            MissedReason = missed_reason is null ? null : Enum.Parse<MissedReason>(missed_reason),
            StartedAt = At(started_at)!.Value,
            QueuedAt = At(queued_at),
            RingingAt = At(ringing_at),
            AnsweredAt = At(answered_at),
            EndedAt = At(ended_at),
            Transfers = rest.Transfers ?? [],
            Holds = rest.Holds ?? [],
            Voicemail = voicemail != 0,
            Recording = rest.Recording,
            HangupCause = rest.HangupCause,
            Mark = new RecoveryMark(recovered_by, At(recovered_at), reached_by, At(reached_at), self_recovered_by, At(self_recovered_at)),
            Stale = stale != 0,
            Version = version,
            Team = team_id,
            People = CallPeople.Parse(people),
            CustomerId = customer_id,
        };
    }

    static long? Ms(DateTimeOffset? at) => at?.ToUnixTimeMilliseconds();

    static DateTimeOffset? At(long? ms) => ms is { } value ? DateTimeOffset.FromUnixTimeMilliseconds(value) : null;

    static string Name<T>(T value) where T : struct, Enum => Enum.GetName(value)!;

    sealed record Detail(
        PhoneNumber? From, PhoneNumber? To, string? CallerName, IReadOnlyList<QueueVisit>? Queues, IReadOnlyList<StoredAttempt>? Attempts,
        IReadOnlyList<Transfer>? Transfers, IReadOnlyList<Hold>? Holds, string? Recording, string? HangupCause);

    /// <summary>An attempt with its leg, which the public JSON leaves out.</summary>
    sealed record StoredAttempt(
        string Operator, DateTimeOffset? RangAt, DateTimeOffset? AnsweredAt, DateTimeOffset? EndedAt, AttemptResult Result, LegRole Role, string StoredLeg,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? StoredHandle = null)
    {
        public static StoredAttempt Of(Attempt a) => new(a.Operator, a.RangAt, a.AnsweredAt, a.EndedAt, a.Result, a.Role, a.Leg, a.Handle);

        public Attempt ToAttempt() => new(Operator, RangAt, AnsweredAt, EndedAt, Result, Role, StoredLeg) { Handle = StoredHandle };
    }
}
