namespace CallCenter.Calls;

/// <summary>How a missed call was made good. The slice that judges it is <c>Recovery</c>; a call only carries the verdict.</summary>
/// <param name="RecoveredBy">The first follow-up that counts; its start is <paramref name="RecoveredAt"/>.</param>
/// <param name="ReachedBy">The first follow-up that was answered.</param>
/// <param name="SelfRecoveredBy">The caller's own later call that was answered, unless a follow-up came first.</param>
public sealed record RecoveryMark(long? RecoveredBy, DateTimeOffset? RecoveredAt, long? ReachedBy, DateTimeOffset? ReachedAt,
    long? SelfRecoveredBy, DateTimeOffset? SelfRecoveredAt)
{
    public static readonly RecoveryMark None = new(null, null, null, null, null, null);
}
