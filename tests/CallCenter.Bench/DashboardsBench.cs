using System.Diagnostics;
using CallCenter.Calls;
using CallCenter.Dashboard;
using CallCenter.Figures;
using CallCenter.Quotes;
using CallCenter.Tests;

namespace CallCenter.Bench;

/// <summary>
/// Two hundred open dashboards while a hundred events a second come in: each reads again within a second of a call's end that it shows. What is
/// measured is their reading, without browsers: how far behind a call's end it is, what it takes of the processor, and what the intake feels of it.
/// </summary>
static class DashboardsBench
{
    const int Viewers = 200, Bosses = 20, Managers = 60;
    /// <summary>A hundred events a second, four to a call.</summary>
    const int CallsAtOnce = 5, EveryMs = 200;

    /// <summary>As the page gathers news.</summary>
    static readonly TimeSpan Together = TimeSpan.FromSeconds(1);

    static readonly TimeZoneInfo Madrid = TimeZoneInfo.FindSystemTimeZoneById("Europe/Madrid");

    public static async Task Measure(Run run)
    {
        foreach (var database in Enum.GetValues<On>())
        {
            await using var house = await House.Open(database, TimeProvider.System);
            await new YearsOfCalls(house).Fill(run.Count(200_000), LocalDay.Of(DateTimeOffset.UtcNow, Madrid).AddDays(-1), 90, Madrid, run.Stop);
            if (database == On.Postgres) await house.Db.Write(tx => tx.Run("analyze calls, call_people, totals_by_slot, totals_by_day, total_keys"));
            var alone = await Play(run, house, database, 0, 1);
            var watched = await Play(run, house, database, Viewers, 2);
            run.Add($"{database}: intake p99 with {Viewers} dashboards / with none", watched / alone, "", most: 2);
        }
    }

    /// <returns>Milliseconds within which nearly all batches of events were committed.</returns>
    static async Task<double> Play(Run run, House house, On database, int viewers, int turn)
    {
        var readings = new DashboardReadings(house.Figures, new QuoteCounter(house.Db), house.CaseList, house.Personnel, TimeProvider.System);
        var (period, today) = (new FigurePeriod(Madrid, LocalDay.Of(DateTimeOffset.UtcNow, Madrid).AddDays(-29), LocalDay.Of(DateTimeOffset.UtcNow, Madrid)), Stopwatch.StartNew());
        List<Viewer> all =
        [
            .. Enumerable.Range(0, viewers).Select(i => i < Bosses ? new Viewer(CallScope.All("boss"), _ => true)
                : i < Bosses + Managers ? new Viewer(CallScope.Of(null, [YearsOfCalls.Team(i % YearsOfCalls.Teams)]), who => who % YearsOfCalls.Teams == i % YearsOfCalls.Teams)
                : new Viewer(CallScope.Own($"p{i}"), who => who == i)),
        ];
        var (lags, commits, reads) = (new List<double>(), new List<double>(), 0);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(run.Stop);
        stop.CancelAfter(run.Seconds(60));
        var before = Process.GetCurrentProcess().TotalProcessorTime;
        var watching = all.Select(viewer => Watch(viewer)).ToList();
        try
        {
            for (var i = 0; ; i++)
            {
                var began = Stopwatch.GetTimestamp();
                await house.Hear(Calls(turn, i));
                commits.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
                foreach (var viewer in all) viewer.Hear(Operators(i));
                if (i % (1000 / EveryMs) == 0) await house.Totals.Count();
                var rest = TimeSpan.FromMilliseconds(EveryMs) - Stopwatch.GetElapsedTime(began);
                if (rest > TimeSpan.Zero) await Task.Delay(rest, stop.Token);
                stop.Token.ThrowIfCancellationRequested();
            }
        }
        catch (OperationCanceledException) when (!run.Stop.IsCancellationRequested)
        {
            // The time is over.
        }

        await Task.WhenAll(watching);
        var cores = (Process.GetCurrentProcess().TotalProcessorTime - before) / today.Elapsed;
        run.Add($"{database}: p99 of twenty events' commit, {viewers} dashboards", At(commits, 0.99), "ms");
        run.Add($"{database}: cores, {viewers} dashboards", cores, "", most: viewers > 0 ? 1 : null);
        if (viewers == 0) return At(commits, 0.99);
        run.Add($"{database}: from a call's end to the dashboard read, p95", At(lags, 0.95), "ms", most: 2000);
        run.Add($"{database}: dashboards read in a second", reads / today.Elapsed.TotalSeconds, "");
        return At(commits, 0.99);

        async Task Watch(Viewer viewer)
        {
            var filter = new FigureFilter(period);
            try
            {
                while (true)
                {
                    var oldest = await viewer.News(stop.Token);
                    await Task.Delay(Together, stop.Token);
                    viewer.Take();
                    await readings.Read(viewer.Scope, filter, compares: true, byCount: false, stop.Token);
                    lock (lags)
                    {
                        lags.Add(Stopwatch.GetElapsedTime(oldest).TotalMilliseconds);
                        reads++;
                    }
                }
            }
            catch (OperationCanceledException)
            {
                // The time is over.
            }
        }
    }

    static double At(List<double> values, double share) => values.Order().ElementAt((int)((values.Count - 1) * share));

    /// <summary>Who answers the calls of a batch.</summary>
    static IEnumerable<int> Operators(int batch) => Enumerable.Range(batch * CallsAtOnce, CallsAtOnce).Select(call => call % 300);

    /// <summary>Calls of four events each; what began in one batch ends in the same.</summary>
    static List<CallEvent> Calls(int turn, int batch)
    {
        var (told, at) = (new List<CallEvent>(), DateTimeOffset.UtcNow.AddSeconds(-30));
        foreach (var (who, i) in Operators(batch).Select((who, i) => (who, i)))
        {
            var key = new CallKey("pbx", $"live-{turn}-{batch}-{i}");
            told.AddRange(
            [
                new CallStarted(key, at, Direction.Inbound, PhoneNumber.Parse($"+346{20_000_000 + batch * 7 + i}", "ES"), PhoneNumber.Parse("+34910000100", "ES"), "+34910000100"),
                new AttemptStarted(key, at.AddSeconds(1), "l", $"o{who}"), new AttemptAnswered(key, at.AddSeconds(4), "l"), new CallEnded(key, at.AddSeconds(30), EndCause.Normal),
            ]);
        }

        return told;
    }

    /// <param name="scope">Whose calls are read.</param>
    /// <param name="concerns">Whether a call of that operator is among them.</param>
    sealed class Viewer(CallScope scope, Func<int, bool> concerns)
    {
        readonly SemaphoreSlim heard = new(0, 1);
        long since;

        public CallScope Scope => scope;

        public void Hear(IEnumerable<int> operators)
        {
            if (!operators.Any(concerns)) return;
            if (Interlocked.CompareExchange(ref since, Stopwatch.GetTimestamp(), 0) == 0) heard.Release();
        }

        /// <summary>When the oldest of what it has not read came.</summary>
        public async Task<long> News(CancellationToken stop)
        {
            await heard.WaitAsync(stop);
            return Interlocked.Read(ref since);
        }

        public void Take() => Interlocked.Exchange(ref since, 0);
    }
}
