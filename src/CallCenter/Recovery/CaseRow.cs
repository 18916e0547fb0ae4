using CallCenter.Storage;

namespace CallCenter.Recovery;

/// <summary>A case as a row of <c>cases</c>, and back.</summary>
static class CaseRow
{
    /// <summary>Where the settling call would stand while there is none: after every other.</summary>
    public const long NoCloser = 9_007_199_254_740_991;

    public static readonly string[] Parameters =
    [
        "id", "customer_key", "connection", "line", "number", "caller_name", "closer_at", "by_hand", "end_reason", "closed_at", "closed_call", "closed_by", "reopened_at",
        "first_missed_at", "last_missed_at", "last_call", "misses", "attempts", "last_attempt_at", "owner", "owner_rule", "due_at", "postponed_until", "escalated_at",
        "reserved_by", "reserved_until", "reserved_call", "version",
    ];

    public static readonly string Columns = string.Join(", ", Parameters);

    /// <summary>The same of a table named <c>k</c>.</summary>
    public static readonly string ColumnsOfCase = string.Join(", ", Parameters.Select(name => $"k.{name}"));

    public static readonly Insertion Upsert = new("cases", Parameters, $"on conflict (id) do update set {string.Join(", ", Parameters.Skip(1).Select(name => $"{name} = excluded.{name}"))}");

    public static long CloserOf(RecoveryCase one) => one.ClosedAt?.ToUnixTimeMilliseconds() ?? NoCloser;

    public static object?[] Values(RecoveryCase one) =>
    [
        one.Id, one.Key.Customer, one.Key.Connection, one.Key.Line, one.Number, one.CallerName, CloserOf(one), one.ByHand ? 1 : 0, one.EndReason?.ToString(), Ms(one.ClosedAt),
        one.ClosedCall, one.ClosedBy, Ms(one.ReopenedAt), Ms(one.FirstMissedAt), Ms(one.LastMissedAt), one.LastCall, one.Misses, one.Attempts, Ms(one.LastAttemptAt), one.Owner,
        one.OwnerRule.ToString(), Ms(one.DueAt), Ms(one.PostponedUntil), Ms(one.EscalatedAt), one.ReservedBy, Ms(one.ReservedUntil), one.ReservedCall, one.Version,
    ];

    /// <summary>From a row that begins with <see cref="Columns"/>.</summary>
    public static RecoveryCase Read(IRow row)
    {
        string? Text(int i) => row.IsNull(i) ? null : row.Text(i);
        long? Number(int i) => row.IsNull(i) ? null : row.Long(i);
        DateTimeOffset? At(int i) => row.IsNull(i) ? null : DateTimeOffset.FromUnixTimeMilliseconds(row.Long(i));
        return new RecoveryCase
        {
            Id = row.Long(0),
            Key = new(row.Text(1), row.Text(2), row.Text(3)),
            Number = row.Text(4),
            CallerName = Text(5),
            ByHand = row.Long(7) != 0,
            EndReason = Text(8) is { } reason ? Enum.Parse<CaseEnd>(reason) : null,
            ClosedAt = At(9),
            ClosedCall = Number(10),
            ClosedBy = Text(11),
            ReopenedAt = At(12),
            FirstMissedAt = At(13)!.Value,
            LastMissedAt = At(14)!.Value,
            LastCall = row.Long(15),
            Misses = row.Long(16),
            Attempts = row.Long(17),
            LastAttemptAt = At(18),
            Owner = Text(19),
            OwnerRule = Enum.Parse<OwnerRule>(row.Text(20)),
            DueAt = At(21)!.Value,
            PostponedUntil = At(22),
            EscalatedAt = At(23),
            ReservedBy = Text(24),
            ReservedUntil = At(25),
            ReservedCall = Number(26),
            Version = row.Long(27),
        };
    }

    static long? Ms(DateTimeOffset? at) => at?.ToUnixTimeMilliseconds();
}
