using CallCenter.Calls;
using CallCenter.Figures;
using CallCenter.Quotes;
using CallCenter.Recovery;
using CallCenter.Teams;

namespace CallCenter.Dashboard;

/// <summary>
/// Reads dashboards. When calls end, all dashboards that are open want to be read at once; those that ask the same, of the same calls,
/// get one reading.
/// </summary>
sealed class DashboardReadings(FigureDesk desk, QuoteCounter quotes, CaseList cases, Personnel personnel, TimeProvider clock)
{
    /// <summary>With the second for which a dashboard gathers news, nothing shown is two seconds old.</summary>
    public static readonly TimeSpan SharedFor = TimeSpan.FromMilliseconds(500);

    readonly Lock turn = new();
    readonly Dictionary<Key, (DateTimeOffset At, Task<DashboardView> Reading)> readings = [];

    /// <summary>By whose calls are seen: what is at stake now is worked out case by case, and is the same whatever else a dashboard asks.</summary>
    readonly Dictionary<string, (DateTimeOffset At, Task<long> Reading)> stakes = [];

    /// <summary>What makes two questions the same. Who sees everything sees the same as another who does.</summary>
    sealed record Key(string Scope, string Teams, FigureFilter Filter, bool Compares, bool ByCount);

    /// <param name="byCount">The foremost brands are those that most quotes name.</param>
    public async Task<DashboardView> Read(CallScope scope, FigureFilter filter, bool compares, bool byCount, CancellationToken stop)
    {
        var key = new Key(
            scope.IsEverything ? "" : $"{scope.Person} {string.Join(' ', scope.Teams)}", filter.Teams is { } teams ? string.Join(' ', teams) : "", filter with { Teams = null }, compares, byCount);
        // Who goes meanwhile takes the reading from nobody.
        return await Shared(readings, key, now => Begin(key, scope, filter, compares, byCount, now)).WaitAsync(stop);
    }

    Task<T> Shared<TKey, T>(Dictionary<TKey, (DateTimeOffset At, Task<T> Reading)> known, TKey key, Func<DateTimeOffset, Task<T>> begin) where TKey : notnull
    {
        lock (turn)
        {
            var now = clock.GetUtcNow();
            foreach (var old in known.Where(one => now - one.Value.At > SharedFor || one.Value.Reading.IsFaulted).Select(one => one.Key).ToList()) known.Remove(old);
            if (!known.TryGetValue(key, out var found)) known[key] = found = (now, begin(now));
            return found.Reading;
        }
    }

    async Task<DashboardView> Begin(Key key, CallScope scope, FigureFilter filter, bool compares, bool byCount, DateTimeOffset now)
    {
        await Task.Yield(); // not within the turn
        var authors = filter.Operator is { } name ? personnel.Now.HoldersOf(name) : null;
        var question = new QuoteQuestion(filter.Period.From, filter.Period.Until, filter.Teams, filter.Line, authors, byCount);
        return await DashboardView.Read(desk, quotes, () => Shared(stakes, key.Scope, at => Stake(scope, at)), scope, filter, question, compares, now);
    }

    async Task<long> Stake(CallScope scope, DateTimeOffset now)
    {
        await Task.Yield();
        return (await cases.Count(CaseScope.Of(scope), now, CancellationToken.None)).ValueCents;
    }
}
