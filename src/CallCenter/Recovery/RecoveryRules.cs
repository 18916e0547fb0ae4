using CallCenter.Calls;

namespace CallCenter.Recovery;

/// <summary>What counts as recovered (product.md A.9, Q1 and Q10).</summary>
/// <param name="RequireContact">Only a follow-up that was answered recovers; the source page asks just for the call.</param>
/// <param name="Cap">Later follow-ups than this after the miss do not count.</param>
public sealed record RecoveryRules(bool RequireContact, TimeSpan Cap)
{
    public static readonly RecoveryRules Default = new(RequireContact: false, Cap: TimeSpan.FromDays(30));

    /// <summary>An inbound call that ended without anybody answering, from a number that can be called.</summary>
    public static bool IsRecoverable(Call call) => call.Missed && call.EndedAt is not null && call.CustomerSide?.MatchKey is not null;

    /// <summary>An outbound call that went out to the customer.</summary>
    public static bool IsFollowUp(Call call) => call.Dialled && call.CustomerSide?.MatchKey is not null;

    /// <summary>The caller got through by himself.</summary>
    public static bool IsAnsweredInbound(Call call) => call.Direction == Direction.Inbound && call.AnsweredAt is not null;

    /// <summary>
    /// How a missed call was made good, judged from the calls of its number (product.md C.4). The order of
    /// <paramref name="calls"/> is of no account; calls of other numbers must not be among them.
    /// </summary>
    public RecoveryMark Judge(Call missed, IEnumerable<Call> calls)
    {
        if (!IsRecoverable(missed)) return RecoveryMark.None;
        var ended = missed.EndedAt!.Value;
        var later = calls.Where(call => call.StartedAt > ended && call.StartedAt - ended <= Cap).ToList();

        var first = First(later.Where(IsFollowUp));
        var reached = First(later.Where(call => IsFollowUp(call) && call.AnsweredAt is not null));
        var recovered = RequireContact ? reached : first;
        var again = First(later.Where(IsAnsweredInbound));
        if (again is not null && first is not null && IsBefore(first, again)) again = null;

        return new RecoveryMark(recovered?.Id, recovered?.StartedAt, reached?.Id, reached?.StartedAt, again?.Id, again?.StartedAt);
    }

    static Call? First(IEnumerable<Call> calls) => calls.Aggregate((Call?)null, (first, call) => first is null || IsBefore(call, first) ? call : first);

    /// <summary>By start; calls of one instant by the phone system's id, because ours depend on the order of arrival.</summary>
    public static bool IsBefore(Call a, Call b) => a.StartedAt != b.StartedAt
        ? a.StartedAt < b.StartedAt
        : string.CompareOrdinal($"{a.Connection}/{a.ProviderCallId}", $"{b.Connection}/{b.ProviderCallId}") < 0;
}
