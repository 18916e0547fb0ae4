using CallCenter.Calls;
using CallCenter.Storage;
using CallCenter.Teams;

namespace CallCenter.Figures;

/// <summary>Answers questions about how many calls there were and what became of them. Whoever asks says which calls may be seen; nothing is ever changed here.</summary>
sealed class FigureDesk(Db db, Totals totals, Personnel personnel, CallLog log, TimeProvider clock)
{
    /// <summary>The one that all questions are about; null where each sees its own.</summary>
    FigureMoment? moment;

    /// <summary>Several questions about one moment; what each would read beside its own figures is read once.</summary>
    /// <param name="questions">Only of figures: whatever reads rows would wait for a reader of its own while it keeps one from others.</param>
    public Task<T> AtOnce<T>(Func<FigureDesk, Task<T>> questions, CancellationToken stop = default) =>
        db.Read(tx => questions(new FigureDesk(db, totals, personnel, log, clock) { moment = new FigureMoment(tx, totals.Keys) }), stop);

    public Task<Answer<KeyFigures>> Summary(CallScope scope, FigureFilter filter, FigureRules rules, CancellationToken stop = default) =>
        Ask(scope, filter, rules, async reading => KeyFigures.Of(rules, await reading.Read(Breakdown.None, Grain.Whole, withSpreads: true)), stop);

    /// <summary>Every day of the period, those without calls too.</summary>
    public Task<Answer<IReadOnlyList<DayFigures>>> Days(CallScope scope, FigureFilter filter, FigureRules rules, CancellationToken stop = default) =>
        Ask<IReadOnlyList<DayFigures>>(scope, filter, rules, async reading =>
        {
            var found = (await reading.Read(Breakdown.None, Grain.Day, withSpreads: true)).ToLookup(pair => pair.Key.Time);
            return [.. Enumerable.Range(0, filter.Period.Days).Select(i => filter.Period.First.AddDays(i)).Select(day =>
            {
                var figures = KeyFigures.Of(rules, [.. found[Slots.Day(day)]]);
                var hours = (LocalDay.StartOf(day.AddDays(1), filter.Period.Zone) - LocalDay.StartOf(day, filter.Period.Zone)).TotalHours;
                return new DayFigures(day, hours, figures.Counts, figures.Level, figures.MeanWait);
            })];
        }, stop);

    /// <summary>All half hours of the week, Monday's first.</summary>
    public Task<Answer<IReadOnlyList<HalfHourFigures>>> Hours(CallScope scope, FigureFilter filter, FigureRules rules, CancellationToken stop = default) =>
        Ask<IReadOnlyList<HalfHourFigures>>(scope, filter, rules, async reading =>
        {
            var found = (await reading.Read(Breakdown.None, Grain.HalfHourOfWeek, withSpreads: false)).ToLookup(pair => pair.Key.Time);
            var occurred = Occurred(filter.Period);
            return [.. Enumerable.Range(0, Slots.PerWeek).Select(i =>
            {
                var counts = Counts.Of(found[i]);
                return new HalfHourFigures((DayOfWeek)((i / Slots.PerDay + 1) % 7), new TimeOnly(i % Slots.PerDay / 2, i % 2 * 30), occurred[i], counts, MeanHandling(found[i], counts));
            })];
        }, stop);

    /// <summary>The half hours of one day, the first of the period: 46 or 50 of them when the clocks change.</summary>
    public Task<Answer<IReadOnlyList<SlotFigures>>> HoursOfDay(CallScope scope, FigureFilter filter, FigureRules rules, CancellationToken stop = default)
    {
        var period = filter.Period with { Last = filter.Period.First, Cut = filter.Period.First == filter.Period.Last ? filter.Period.Cut : null };
        return Ask<IReadOnlyList<SlotFigures>>(scope, filter with { Period = period }, rules, async reading =>
        {
            var found = (await reading.Read(Breakdown.None, Grain.Slot, withSpreads: false)).ToLookup(pair => pair.Key.Time);
            var (first, until) = (Slots.Of(period.From.ToUnixTimeMilliseconds()), Slots.From(period.Until));
            return [.. Enumerable.Range(0, (int)(until - first)).Select(i => first + i).Select(slot =>
            {
                var start = TimeZoneInfo.ConvertTime(Slots.StartOf(slot), period.Zone);
                var counts = Counts.Of(found[slot]);
                return new SlotFigures(start, period.Zone.IsAmbiguousTime(start.DateTime), counts, MeanHandling(found[slot], counts));
            })];
        }, stop);
    }

    /// <summary>Of the day that runs, what there is to act on; the period is that day.</summary>
    public async Task<TodayFigures> Today(CallScope scope, FigureFilter filter, FigureRules rules, CancellationToken stop = default) => (await Ask(scope, filter, rules, async reading =>
    {
        var (found, slot) = (await reading.Read(Breakdown.None, Grain.Slot, withSpreads: true), Slots.Of(clock.GetUtcNow().ToUnixTimeMilliseconds()));
        return new TodayFigures(KeyFigures.Of(rules, found), KeyFigures.Of(rules, [.. found.Where(pair => pair.Key.Time == slot)]), KeyFigures.Of(rules, [.. found.Where(pair => pair.Key.Time < slot - 1)]));
    }, stop)).Value;

    /// <summary>Only what there was; together all calls.</summary>
    public Task<Answer<IReadOnlyList<StateFigures>>> States(CallScope scope, FigureFilter filter, FigureRules rules, CancellationToken stop = default) =>
        Ask<IReadOnlyList<StateFigures>>(scope, filter, rules, async reading => [.. (await reading.Read(Breakdown.None, Grain.Whole, withSpreads: false))
            .SelectMany(pair => ByOutcome(pair.Value).Select(one => new StateFigures(pair.Key.Direction, one.Outcome, pair.Key.Standing, one.Calls)))
            .Where(state => state.Calls != 0).OrderBy(state => state.Direction).ThenBy(state => state.Outcome).ThenBy(state => state.Standing)], stop);

    public Task<Answer<Ranking>> Operators(CallScope scope, FigureFilter filter, FigureRules rules, CancellationToken stop = default) => Ask(scope, filter, rules, async reading =>
    {
        var found = (await reading.Read(Breakdown.Operator, Grain.Whole, withSpreads: false)).ToLookup(pair => (pair.Key.Connection, pair.Key.Name));
        // Who sees only his own calls learns nothing of how colleagues do.
        var own = scope.IsOwnOnly ? scope.Person : null;
        bool IsShown((string Connection, string Name) one) => own is null || personnel.Now.Extensions.Any(extension => extension.User == own && (extension.Connection, extension.Name) == one);
        var named = found.Where(group => group.Key.Name.Length > 0).ToLookup(group => IsShown(group.Key));
        return new Ranking(
            [.. named[true].Select(group => OperatorOf(group.Key.Name, group.Key.Connection, group))
                .OrderByDescending(one => one.Counts.Answered).ThenByDescending(one => one.Counts.Calls).ThenBy(one => one.Operator, StringComparer.Ordinal).ThenBy(one => one.Connection, StringComparer.Ordinal)],
            OperatorOf(null, "", found.Where(group => group.Key.Name.Length == 0).SelectMany(group => group)),
            own is null ? null : OperatorOf(null, "", named[false].SelectMany(group => group)));
    }, stop);

    /// <summary>Most calls first; calls of no team are among them.</summary>
    public Task<Answer<IReadOnlyList<GroupFigures>>> Teams(CallScope scope, FigureFilter filter, FigureRules rules, CancellationToken stop = default) => Groups(scope, filter, rules, Breakdown.Team, stop);

    public Task<Answer<IReadOnlyList<GroupFigures>>> Lines(CallScope scope, FigureFilter filter, FigureRules rules, CancellationToken stop = default) => Groups(scope, filter, rules, Breakdown.Line, stop);

    public Task<Answer<IReadOnlyList<GroupFigures>>> Queues(CallScope scope, FigureFilter filter, FigureRules rules, CancellationToken stop = default) => Groups(scope, filter, rules, Breakdown.Queue, stop);

    /// <summary>The newest missed calls, each with how it stands.</summary>
    public async Task<IReadOnlyList<Call>> Missed(CallScope scope, FigureFilter filter, int limit = 50, CancellationToken stop = default)
    {
        var found = new List<Call>();
        foreach (var rows in filter.Check().Rows) found.AddRange((await log.List(scope, rows with { Missed = true }, limit, stop: stop)).Calls);
        return [.. found.OrderByDescending(call => call.StartedAt).ThenByDescending(call => call.Id).Take(limit)];
    }

    /// <summary>All key figures of the parts that calls fall into. A call is in one part; who let a telephone ring in vain may be another part than who answered.</summary>
    /// <param name="part">Of what is told apart, to which part it belongs.</param>
    public Task<Answer<IReadOnlyDictionary<T, KeyFigures>>> Apart<T>(CallScope scope, FigureFilter filter, FigureRules rules, Breakdown by, Grain grain, Func<Facet, T> part, CancellationToken stop = default) where T : notnull =>
        Ask<IReadOnlyDictionary<T, KeyFigures>>(scope, filter, rules, async reading =>
            (await reading.Read(by, grain, withSpreads: true)).GroupBy(pair => part(pair.Key)).ToDictionary(group => group.Key, group => KeyFigures.Of(rules, [.. group])), stop);

    async Task<Answer<IReadOnlyList<GroupFigures>>> Groups(CallScope scope, FigureFilter filter, FigureRules rules, Breakdown by, CancellationToken stop)
    {
        var apart = await Apart(scope, filter, rules, by, Grain.Whole, facet => facet.GroupOf(by), stop);
        return new(
            [
                .. apart.Value.Where(one => one.Value.Counts.Calls != 0)
                    .Select(one => new GroupFigures(one.Key.Name, one.Key.Connection, one.Value.Counts, one.Value.Level, one.Value.MeanWait, one.Value.MeanTalk, one.Value.Recoveries))
                    .OrderByDescending(one => one.Counts.Calls).ThenBy(one => one.Name, StringComparer.Ordinal).ThenBy(one => one.Connection, StringComparer.Ordinal),
            ],
            apart.Filter, apart.Rules, apart.LastEventAt, apart.Uncounted);
    }

    Task<Answer<T>> Ask<T>(CallScope scope, FigureFilter filter, FigureRules rules, Func<FigureReading, Task<T>> answer, CancellationToken stop)
    {
        rules.Check();
        return moment is null ? db.Read(tx => Answer(new FigureMoment(tx, totals.Keys)), stop) : Answer(moment);

        async Task<Answer<T>> Answer(FigureMoment at)
        {
            var value = await answer(await FigureReading.Begin(at, scope, filter));
            var (uncounted, newest) = await at.State();
            return new Answer<T>(value, filter, rules, newest, uncounted);
        }
    }

    static double? MeanHandling(IEnumerable<KeyValuePair<Facet, Tally>> found, Counts counts) =>
        Rate.Of(found.Where(pair => pair.Key is { Direction: Direction.Inbound, Standing: null }).Sum(pair => pair.Value.TalkMs) / 1000.0, counts.Answered);

    static IEnumerable<(CallOutcome Outcome, long Calls)> ByOutcome(Tally tally) =>
    [
        (CallOutcome.Completed, tally.Answered), (CallOutcome.Cancelled, tally.Cancelled), (CallOutcome.NoAnswer, tally.NoAnswer), (CallOutcome.Busy, tally.Busy), (CallOutcome.Failed, tally.Failed),
    ];

    static OperatorFigures OperatorOf(string? name, string connection, IEnumerable<KeyValuePair<Facet, Tally>> tallies)
    {
        var (all, list) = (new Tally(), tallies.ToList());
        foreach (var (_, tally) in list) all.Add(tally);
        return new(name, connection, Counts.Of(list), all.InVain, Rate.Of((all.TalkMs - all.HoldMs) / 1000.0, all.Answered), all.Recoveries, Rate.Of(all.RecoverySeconds, all.Recoveries));
    }

    /// <summary>How often each half hour of the week began in a period so far.</summary>
    int[] Occurred(FigurePeriod period)
    {
        var occurred = new int[Slots.PerWeek];
        var until = period.Until < clock.GetUtcNow() ? period.Until : clock.GetUtcNow();
        for (var at = period.From; at < until; at = at.AddMinutes(30))
        {
            var local = TimeZoneInfo.ConvertTime(at, period.Zone).DateTime;
            occurred[((int)local.DayOfWeek + 6) % 7 * Slots.PerDay + (int)(local.TimeOfDay.TotalMinutes / 30)]++;
        }

        return occurred;
    }
}
