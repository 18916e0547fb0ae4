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

    /// <summary>What makes two questions the same. Who sees everything sees the same as another who does.</summary>
    sealed record Key(string Scope, string Teams, FigureFilter Filter, bool Compares, bool ByCount);

    /// <param name="byCount">The foremost brands are those that most quotes name.</param>
    public async Task<DashboardView> Read(CallScope scope, FigureFilter filter, bool compares, bool byCount, CancellationToken stop)
    {
        var key = new Key(
            scope.IsEverything ? "" : $"{scope.Person} {string.Join(' ', scope.Teams)}", filter.Teams is { } teams ? string.Join(' ', teams) : "", filter with { Teams = null }, compares, byCount);
        Task<DashboardView> reading;
        lock (turn)
        {
            var now = clock.GetUtcNow();
            foreach (var old in readings.Where(one => now - one.Value.At > SharedFor || one.Value.Reading.IsFaulted).Select(one => one.Key).ToList()) readings.Remove(old);
            if (!readings.TryGetValue(key, out var known)) readings[key] = known = (now, Begin(scope, filter, compares, byCount, now));
            reading = known.Reading;
        }

        // Who goes meanwhile takes the reading from nobody.
        return await reading.WaitAsync(stop);
    }

    async Task<DashboardView> Begin(CallScope scope, FigureFilter filter, bool compares, bool byCount, DateTimeOffset now)
    {
        await Task.Yield(); // not within the turn
        var authors = filter.Operator is { } name ? personnel.Now.HoldersOf(name) : null;
        var question = new QuoteQuestion(filter.Period.From, filter.Period.Until, filter.Teams, filter.Line, authors, byCount);
        return await DashboardView.Read(desk, quotes, cases, scope, filter, question, compares, now);
    }
}
