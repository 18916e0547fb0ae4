using CallCenter.Calls;
using CallCenter.Storage;

namespace CallCenter.Recovery;

/// <summary>
/// Keeps the recovery verdict of missed calls right while calls become known in any order. Looks only at what a changed
/// call can have changed: its own verdict, the misses before it that it may make good, and those that named it.
/// </summary>
sealed class RecoveryLedger : ICallFollower
{
    const string Ours = "dialled = 1", AnsweredOurs = "dialled = 1 and answered_at is not null", Theirs = "direction = 'Inbound' and answered_at is not null";

    static readonly string[] FollowUpParameters = ["key", "started", "since", "id"];
    static readonly string[] ProbeParameters = ["key", "ended", "until"];

    public async Task<IReadOnlyList<Call>> Follow(Tx tx, IReadOnlyList<CallChange> changes)
    {
        // As they stand in this transaction: whoever changes them judges all calls again afterwards.
        var rules = (await RecoverySettings.Read(tx)).Rules;
        var misses = await Affected(tx, changes, rules.Cap);
        if (misses.Count == 0) return [];

        var later = await Later(tx, misses, rules.Cap);
        var marked = new List<Call>();
        for (var i = 0; i < misses.Count; i++)
        {
            var mark = rules.Judge(misses[i], later[i]);
            // A changed call was folded anew and has lost sight of its verdict, so it is given back even when it stands.
            var lostSight = mark != RecoveryMark.None && changes.Any(change => change.After.Id == misses[i].Id);
            if (mark != misses[i].Mark || lostSight) marked.Add(misses[i] with { Mark = mark });
        }

        return marked;
    }

    /// <summary>How these missed calls would stand by other rules.</summary>
    public static async Task<IReadOnlyList<RecoveryMark>> Judge(Tx tx, List<Call> misses, RecoveryRules rules)
    {
        var later = await Later(tx, misses, rules.Cap);
        return [.. misses.Select((miss, i) => rules.Judge(miss, later[i]))];
    }

    static async Task<List<Call>> Affected(Tx tx, IReadOnlyList<CallChange> changes, TimeSpan cap)
    {
        // Most of what happens in a call is no news to any other.
        var changed = changes.Where(change => change.Before is null || AsFollowUp(change.Before) != AsFollowUp(change.After)).ToList();
        var moved = changed.ConvertAll(change => change.After);
        var found = new Dictionary<long, Call>();
        void Add(int _, IRow row)
        {
            var call = CallRow.Read(row).ToCall();
            found[call.Id] = call;
        }

        await tx.QueryAll(
            // A call that ended unanswered, and one that had ended and turns out to be no missed call at all: answered, ours, or alive again.
            new($"select {CallRow.Columns} from calls where id = @id and (missed = 1 or recovered_by is not null or reached_by is not null or self_recovered_by is not null)",
                ["id"], [.. changes.Where(change => change.After.Missed || !change.IsNew && change.Before is null or { EndedAt: not null }).Select(change => new object?[] { change.After.Id })], Add),
            new(
                $"""
                select {CallRow.Columns} from calls where id in (
                    select id from calls where recovered_by = @id union select id from calls where reached_by = @id union select id from calls where self_recovered_by = @id)
                """,
                ["id"], [.. changed.Where(MayBeNamed).Select(change => new object?[] { change.After.Id })], Add),
            new(Before(AnsweredOurs), FollowUpParameters, Values(moved.Where(call => RecoveryRules.IsFollowUp(call) && call.AnsweredAt is not null), cap), Add),
            new(Before(Ours), FollowUpParameters, Values(moved.Where(call => RecoveryRules.IsFollowUp(call) && call.AnsweredAt is null), cap), Add),
            new(Before(Theirs), FollowUpParameters, Values(moved.Where(call => RecoveryRules.IsAnsweredInbound(call) && call.CustomerSide?.MatchKey is not null), cap), Add));

        return [.. found.Values];
    }

    /// <summary>
    /// The misses before a call that may make them good. Of calls of its kind there was none between: what the one before could make good it has, so a
    /// number that calls for years is as quick as a new one.
    /// </summary>
    static string Before(string kind) =>
        $"""
        select {CallRow.Columns} from calls where missed = 1 and customer_key = @key and ended_at < @started and ended_at >= @since and id <> @id
        and ended_at >= coalesce((select max(started_at) from calls where {kind} and customer_key = @key and started_at < @started and id <> @id), 0)
        """;

    /// <summary>Whether a verdict can name it: one that made no miss good so far is named by none.</summary>
    static bool MayBeNamed(CallChange change) => !change.IsNew && (change.Before is null || AsFollowUp(change.Before) != default);

    /// <summary>All that verdicts on other calls depend on; nothing for a call that can have made none good.</summary>
    static (bool, bool, bool, DateTimeOffset, string?) AsFollowUp(Call call) =>
        (RecoveryRules.IsFollowUp(call), RecoveryRules.IsAnsweredInbound(call)) is var (isOurs, isTheirs) && (isOurs || isTheirs)
            ? (isOurs, isTheirs, call.AnsweredAt is not null, call.StartedAt, call.CustomerSide?.MatchKey)
            : default;

    static IReadOnlyList<object?[]> Values(IEnumerable<Call> changed, TimeSpan cap) =>
    [
        .. changed.Select(call => new object?[]
        {
            call.CustomerSide!.MatchKey, call.StartedAt.ToUnixTimeMilliseconds(), (call.StartedAt - cap).ToUnixTimeMilliseconds(), call.Id,
        }),
    ];

    /// <summary>
    /// The calls after each miss that can decide it: the first follow-up, the first answered one, the caller's own. All that
    /// began in the same instant come along, because the two databases sort text differently and the rules settle it.
    /// </summary>
    static async Task<List<Call>[]> Later(Tx tx, List<Call> misses, TimeSpan cap)
    {
        var later = misses.ConvertAll(_ => new List<Call>()).ToArray();
        var values = misses.ConvertAll(miss => new object?[]
        {
            miss.CustomerSide?.MatchKey, miss.EndedAt?.ToUnixTimeMilliseconds(), (miss.EndedAt + cap)?.ToUnixTimeMilliseconds(),
        });
        await tx.QueryAll([.. ((string[])[Ours, AnsweredOurs, Theirs]).Select(kind => new Question(
            $"""
            select {CallRow.Columns} from calls where {kind} and customer_key = @key and started_at =
            (select min(started_at) from calls where {kind} and customer_key = @key and started_at > @ended and started_at <= @until)
            """, ProbeParameters, values, (i, row) => later[i].Add(CallRow.Read(row).ToCall())))]);
        return later;
    }
}
