namespace CallCenter.Recovery;

/// <summary>How the cases stand that somebody sees, for what is on every page: all pages of those who see the same cases get one reading.</summary>
sealed class CaseStands
{
    /// <summary>Nothing tells when a case becomes late.</summary>
    static readonly TimeSpan SharedFor = TimeSpan.FromMilliseconds(500);

    readonly CaseList list;
    readonly TimeProvider clock;
    readonly Lock turn = new();
    readonly Dictionary<string, (DateTimeOffset At, Task<CaseStanding> Reading)> readings = [];

    public CaseStands(CaseList list, CaseBoard board, TimeProvider clock)
    {
        (this.list, this.clock) = (list, clock);
        // Whoever begins to look now was told of nothing before, so he must not get what was read before it.
        board.Changed += Forget;
    }

    public Task<CaseStanding> Read(CaseScope scope, CancellationToken stop)
    {
        var seen = scope.Calls.IsEverything ? "" : $"{scope.Calls.Person}|{string.Join(' ', scope.Calls.Teams)}|{string.Join(' ', scope.Claimable)}";
        lock (turn)
        {
            var now = clock.GetUtcNow();
            foreach (var old in readings.Where(one => now - one.Value.At > SharedFor || one.Value.Reading.IsFaulted).Select(one => one.Key).ToList()) readings.Remove(old);
            if (!readings.TryGetValue(seen, out var known)) readings[seen] = known = (now, Begin(scope));
            // Who goes meanwhile takes the reading from nobody.
            return known.Reading.WaitAsync(stop);
        }
    }

    async Task<CaseStanding> Begin(CaseScope scope)
    {
        await Task.Yield(); // not within the turn
        return await list.Stand(scope, new CaseFilter());
    }

    void Forget()
    {
        lock (turn) readings.Clear();
    }
}
