using CallCenter.Live;

namespace CallCenter.Recovery;

/// <summary>How the cases stand that somebody sees, for what is on every page: everybody's pages get one reading of those that are open.</summary>
sealed class CaseStands
{
    /// <summary>Nothing tells when a case becomes late.</summary>
    static readonly TimeSpan SharedFor = TimeSpan.FromMilliseconds(500);

    /// <summary>With more, each is asked for by those who see it.</summary>
    const int OpenMax = 5000;

    readonly CaseList list;
    readonly TimeProvider clock;
    readonly SharedReadings<string, IReadOnlyList<OpenCase>?> open;
    readonly SharedReadings<string, CaseStanding> stands;

    public CaseStands(CaseList list, CaseBoard board, TimeProvider clock)
    {
        (this.list, this.clock, open, stands) = (list, clock, new(SharedFor, clock), new(SharedFor, clock));
        // Whoever begins to look now was told of nothing before, so he must not get what was read before it.
        board.Changed += open.Forget;
        board.Changed += stands.Forget;
    }

    public async Task<CaseStanding> Read(CaseScope scope, CancellationToken stop)
    {
        if (await open.Read("", _ => list.Open(OpenMax)).WaitAsync(stop) is { } all)
        {
            var (seen, now) = (all.Where(scope.Sees).ToList(), clock.GetUtcNow());
            return new(seen.Count, seen.Min(one => (DateTimeOffset?)one.FirstMissedAt), seen.Count(one => one.DueAt < now));
        }

        var key = scope.Calls.IsEverything ? "" : $"{scope.Calls.Person}|{string.Join(' ', scope.Calls.Teams)}|{string.Join(' ', scope.Claimable)}";
        return await stands.Read(key, _ => list.Stand(scope, new CaseFilter())).WaitAsync(stop);
    }
}
