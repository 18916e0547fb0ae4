using CallCenter.Calls;
using CallCenter.Figures;
using CallCenter.Live;
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

    /// <summary>As many at a time as there are processors; more would only keep them, and those who save calls, from getting done.</summary>
    readonly SharedReadings<Key, DashboardView> readings = new(SharedFor, clock, Environment.ProcessorCount);

    /// <summary>By whose calls are seen: what is at stake now is worked out case by case, and is the same whatever else a dashboard asks.</summary>
    readonly SharedReadings<string, long> stakes = new(SharedFor, clock);

    /// <summary>What makes two questions the same. Who sees everything sees the same as another who does.</summary>
    sealed record Key(string Scope, string Teams, FigureFilter Filter, bool Compares, bool ByCount);

    /// <param name="byCount">The foremost brands are those that most quotes name.</param>
    public Task<DashboardView> Read(CallScope scope, FigureFilter filter, bool compares, bool byCount, CancellationToken stop)
    {
        var seen = scope.IsEverything ? "" : $"{scope.Person} {string.Join(' ', scope.Teams)}";
        var key = new Key(seen, filter.Teams is { } teams ? string.Join(' ', teams) : "", filter with { Teams = null }, compares, byCount);
        // Who goes meanwhile takes the reading from nobody.
        return readings.Read(key, now =>
        {
            var authors = filter.Operator is { } name ? personnel.Now.HoldersOf(name) : null;
            var question = new QuoteQuestion(filter.Period.From, filter.Period.Until, filter.Teams, filter.Line, authors, byCount);
            return DashboardView.Read(desk, quotes, () => stakes.Read(seen, at => Stake(scope, at)), scope, filter, question, compares, now);
        }).WaitAsync(stop);
    }

    async Task<long> Stake(CallScope scope, DateTimeOffset now) => (await cases.Count(CaseScope.Of(scope), now, CancellationToken.None)).ValueCents;
}
