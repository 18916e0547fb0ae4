using System.Text.Json;

namespace CallCenter.Calls;

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
    public long? recovery_ms { get; init; }
    public long? self_recovered_by { get; init; }
    public long version { get; init; }
    public string detail { get; init; } = "{}";

    public const string Columns =
        """
        id, connection, call_key, provider, direction, state, outcome, missed_reason, line, queue, operator, started_at, queued_at, ringing_at,
        answered_at, ended_at, stale, voicemail, recovered_by, recovered_at, recovery_ms, self_recovered_by, version, detail
        """;

    public static readonly string[] Parameters =
    [
        "id", "connection", "call_key", "provider", "direction", "state", "outcome", "missed", "missed_reason", "customer_number", "customer_key",
        "line", "queue", "operator", "started_at", "queued_at", "ringing_at", "answered_at", "ended_at", "last_event_at", "stale", "voicemail",
        "version", "detail",
    ];

    /// <summary>Recovery is not the fold's business, so its columns stay as they are.</summary>
    public static readonly string Upsert =
        $"""
        insert into calls ({string.Join(", ", Parameters)}) values ({string.Join(", ", Parameters.Select(name => "@" + name))})
        on conflict (id) do update set {string.Join(", ", Parameters.Skip(4).Select(name => $"{name} = excluded.{name}"))}
        """;

    public static object?[] Values(Call call, DateTimeOffset lastEvent) =>
    [
        call.Id, call.Connection, call.ProviderCallId, call.Provider, Name(call.Direction), Name(call.State),
        call.Outcome is { } outcome ? Name(outcome) : null, call.Missed ? 1 : 0, call.MissedReason is { } reason ? Name(reason) : null,
        call.CustomerNumber, call.CustomerSide?.MatchKey, call.Line, call.Queue, call.Operator, Ms(call.StartedAt), Ms(call.QueuedAt),
        Ms(call.RingingAt), Ms(call.AnsweredAt), Ms(call.EndedAt), Ms(lastEvent), call.Stale ? 1 : 0, call.Voicemail ? 1 : 0, call.Version,
        JsonSerializer.Serialize(
            new Detail(call.From, call.To, call.CallerName, call.Queues, call.Attempts.Select(StoredAttempt.Of).ToList(), call.Transfers, call.Holds, call.Recording, call.HangupCause),
            CallJson.Options),
    ];

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
            RecoveredBy = recovered_by,
            RecoveredAt = At(recovered_at),
            RecoverySeconds = recovery_ms / 1000.0,
            SelfRecoveredBy = self_recovered_by,
            Stale = stale != 0,
            Version = version,
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
        string Operator, DateTimeOffset? RangAt, DateTimeOffset? AnsweredAt, DateTimeOffset? EndedAt, AttemptResult Result, LegRole Role, string StoredLeg)
    {
        public static StoredAttempt Of(Attempt a) => new(a.Operator, a.RangAt, a.AnsweredAt, a.EndedAt, a.Result, a.Role, a.Leg);

        public Attempt ToAttempt() => new(Operator, RangAt, AnsweredAt, EndedAt, Result, Role, StoredLeg);
    }
}
