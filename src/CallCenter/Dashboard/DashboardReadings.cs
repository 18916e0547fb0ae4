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

    /// <summary>Of many open dashboards so many are read at a time as there are processors; more would only keep them, and those who save calls, from getting done.</summary>
    readonly SemaphoreSlim room = new(Environment.ProcessorCount);
    readonly Dictionary<Key, Reading<DashboardView>> readings = [];

    /// <summary>By whose calls are seen: what is at stake now is worked out case by case, and is the same whatever else a dashboard asks.</summary>
    readonly Dictionary<string, Reading<long>> stakes = [];

    sealed class Reading<T>
    {
        /// <summary>Later than ever while it waits for room: what it will see is as new as can be.</summary>
        public DateTimeOffset BegunAt { get; set; } = DateTimeOffset.MaxValue;

        public Task<T> Result { get; set; } = null!;
    }

    /// <summary>What makes two questions the same. Who sees everything sees the same as another who does.</summary>
    sealed record Key(string Scope, string Teams, FigureFilter Filter, bool Compares, bool ByCount);

    /// <param name="byCount">The foremost brands are those that most quotes name.</param>
    public async Task<DashboardView> Read(CallScope scope, FigureFilter filter, bool compares, bool byCount, CancellationToken stop)
    {
        var key = new Key(
            scope.IsEverything ? "" : $"{scope.Person} {string.Join(' ', scope.Teams)}", filter.Teams is { } teams ? string.Join(' ', teams) : "", filter with { Teams = null }, compares, byCount);
        // Who goes meanwhile takes the reading from nobody.
        return await Shared(readings, key, begins => Begin(key, scope, filter, compares, byCount, begins)).WaitAsync(stop);
    }

    /// <param name="begin">Is given what says that it begins now, and when that is.</param>
    Task<T> Shared<TKey, T>(Dictionary<TKey, Reading<T>> known, TKey key, Func<Func<DateTimeOffset>, Task<T>> begin) where TKey : notnull
    {
        lock (turn)
        {
            var now = clock.GetUtcNow();
            foreach (var old in known.Where(one => now - one.Value.BegunAt > SharedFor || one.Value.Result.IsFaulted).Select(one => one.Key).ToList()) known.Remove(old);
            if (known.TryGetValue(key, out var found)) return found.Result;
            var reading = known[key] = new Reading<T>();
            return reading.Result = begin(() =>
            {
                lock (turn) return reading.BegunAt = clock.GetUtcNow();
            });
        }
    }

    async Task<DashboardView> Begin(Key key, CallScope scope, FigureFilter filter, bool compares, bool byCount, Func<DateTimeOffset> begins)
    {
        await Task.Yield(); // not within the turn
        await room.WaitAsync();
        try
        {
            var now = begins();
            var authors = filter.Operator is { } name ? personnel.Now.HoldersOf(name) : null;
            var question = new QuoteQuestion(filter.Period.From, filter.Period.Until, filter.Teams, filter.Line, authors, byCount);
            return await DashboardView.Read(desk, quotes, () => Shared(stakes, key.Scope, at => Stake(scope, at)), scope, filter, question, compares, now);
        }
        finally
        {
            room.Release();
        }
    }

    async Task<long> Stake(CallScope scope, Func<DateTimeOffset> begins)
    {
        await Task.Yield();
        return (await cases.Count(CaseScope.Of(scope), begins(), CancellationToken.None)).ValueCents;
    }
}
