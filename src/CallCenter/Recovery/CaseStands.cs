using CallCenter.Live;

namespace CallCenter.Recovery;

/// <summary>How the cases stand that somebody sees, for what is on every page: all pages of those who see the same cases get one reading.</summary>
sealed class CaseStands
{
    /// <summary>Nothing tells when a case becomes late.</summary>
    static readonly TimeSpan SharedFor = TimeSpan.FromMilliseconds(500);

    readonly CaseList list;
    readonly SharedReadings<string, CaseStanding> readings;

    public CaseStands(CaseList list, CaseBoard board, TimeProvider clock)
    {
        (this.list, readings) = (list, new(SharedFor, clock));
        // Whoever begins to look now was told of nothing before, so he must not get what was read before it.
        board.Changed += readings.Forget;
    }

    public Task<CaseStanding> Read(CaseScope scope, CancellationToken stop)
    {
        var seen = scope.Calls.IsEverything ? "" : $"{scope.Calls.Person}|{string.Join(' ', scope.Calls.Teams)}|{string.Join(' ', scope.Claimable)}";
        return readings.Read(seen, _ => list.Stand(scope, new CaseFilter())).WaitAsync(stop);
    }
}
