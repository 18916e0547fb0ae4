using System.Text.Json;
using CallCenter.Calls;
using CallCenter.Storage;

namespace CallCenter.Figures;

/// <summary>What figures know of one call that ended.</summary>
/// <param name="Patience">Milliseconds until the caller gave up, counted from when he waited or it rang; null when he did not give up.</param>
/// <param name="InVain">Operators whose telephone rang and who did not pick it up, one for each time.</param>
/// <param name="Recoveries">Missed calls that this one made good by calling back.</param>
/// <param name="RecoverySeconds">From the end of those to this call, summed up.</param>
/// <param name="Case">It is the last missed call of a case, which is closed (true) or open.</param>
sealed record CountedCall(
    long Id, long StartedAt, Direction Direction, RecoveryStanding? Standing, CallOutcome Outcome, MissedReason? Reason,
    string Connection, string? Team, string? Line, string? Queue, string? Operator, IReadOnlyList<string> People,
    long Wait, long Ring, long Talk, long Hold, long? Patience, int? RecoveredAfter, int? ReachedAfter,
    IReadOnlyList<string> InVain, long Recoveries, long RecoverySeconds, bool? Case)
{
    /// <summary>Of <c>calls</c>, for <see cref="Read"/>.</summary>
    public const string Columns = $"{CallRow.Columns}, {MadeGood}, {OfCase}";

    const string MadeGood =
        """
        (select count(*) from calls made where made.recovered_by = calls.id),
        (select cast(coalesce(sum((made.recovered_at - made.ended_at) / 1000), 0) as bigint) from calls made where made.recovered_by = calls.id)
        """;

    const string OfCase = "(select cast(case when k.closed_at is null then 0 else 1 end as bigint) from cases k where k.last_call = calls.id and k.misses > 0)";

    static readonly int Own = CallRow.Columns.Count(letter => letter == ',') + 1;

    public bool IsAnswered => Outcome == CallOutcome.Completed;

    public bool IsMissed => Standing is not null;

    public long Slot => Slots.Of(StartedAt);

    public static CountedCall Read(IRow row) => Of(CallRow.Read(row).ToCall(), row.Long(Own), row.Long(Own + 1), row.IsNull(Own + 2) ? null : row.Long(Own + 2) != 0);

    public static CountedCall Of(Call call, long recoveries = 0, long recoverySeconds = 0, bool? isClosedCase = null) => new(
        call.Id, call.StartedAt.ToUnixTimeMilliseconds(), call.Direction, call.Standing, call.Outcome!.Value, call.MissedReason,
        call.Connection, call.Team, call.Line, call.Queue, call.Operator, call.People,
        Ms(call.WaitSeconds), Ms(call.RingSeconds), Ms(call.TalkSeconds), Ms(call.HoldSeconds),
        call is { Missed: true, Outcome: CallOutcome.Cancelled } && call.MissedReason != MissedReason.CallbackRequested
            ? (long)(call.EndedAt!.Value - (call.QueuedAt ?? call.RingingAt ?? call.StartedAt)).TotalMilliseconds : null,
        (int?)call.RecoverySeconds, (int?)call.ContactSeconds, [.. call.Attempts.Where(attempt => RangInVain(call, attempt)).Select(attempt => attempt.Operator)],
        recoveries, recoverySeconds, isClosedCase);

    public string ToText() => JsonSerializer.Serialize(this, CallJson.Options);

    public static CountedCall Parse(string text) => JsonSerializer.Deserialize<CountedCall>(text, CallJson.Options)!;

    /// <summary>Nobody is charged with a telephone that a colleague silenced, that was engaged, or that could not be rung.</summary>
    static bool RangInVain(Call call, Attempt attempt) => call.Direction != Direction.Outbound && attempt is
    {
        Role: LegRole.Operator, AnsweredAt: null, Operator.Length: > 0, Result: AttemptResult.NotAnswered or AttemptResult.Declined or AttemptResult.Cancelled,
    };

    static long Ms(double? seconds) => (long)Math.Round((seconds ?? 0) * 1000);
}
