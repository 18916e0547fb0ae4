using System.Text.Json;
using CallCenter.Calls;
using CallCenter.Storage;

namespace CallCenter.Figures;

/// <summary>By what a question wants its calls apart.</summary>
enum Breakdown
{
    None,
    Team,
    Line,
    Queue,
    Operator,
}

/// <summary>By what stretches of time.</summary>
enum Grain
{
    Whole,

    /// <summary>Local days, counted from 1970.</summary>
    Day,

    /// <summary>Half hours of the local week, from Monday's first on.</summary>
    HalfHourOfWeek,

    /// <summary>Half hours of UTC, counted from 1970.</summary>
    Slot,
}

/// <summary>One part of an answer. What was not asked for is empty; direction and standing are always told apart.</summary>
readonly record struct Facet(string? Team, string Connection, string Name, Direction Direction, RecoveryStanding? Standing, long Time)
{
    /// <summary>The team, line, queue or operator that it is of; no name for what is of none.</summary>
    public (string? Name, string Connection) GroupOf(Breakdown by) => by == Breakdown.Team ? (Team, "") : Name.Length == 0 ? (null, "") : (Name, Connection);
}

/// <summary>What every question about one moment needs, in the transaction that sees it: read when the first asks for it.</summary>
sealed class FigureMoment(Tx tx, TotalKeys totals)
{
    ILookup<Cut, (long Id, TotalKey Key)>? keys;
    Dictionary<long, long>? spans;
    Dictionary<long, NotedCall>? waiting;
    (long Uncounted, DateTimeOffset? NewestEventAt)? state;

    public Tx Tx => tx;

    public async Task<ILookup<Cut, (long Id, TotalKey Key)>> Keys() => keys ??= await totals.Read(tx);

    public async Task<IReadOnlyDictionary<long, long>> Spans() => spans ??= await TotalSpans.Read(tx);

    public async Task<Dictionary<long, NotedCall>> Waiting() => waiting ??= await Totals.Waiting(tx, FigureReading.WaitingMax);

    /// <summary>How many calls are not in any figure yet, more than none only while the past is counted; and when the latest thing happened.</summary>
    public async Task<(long Uncounted, DateTimeOffset? NewestEventAt)> State()
    {
        if (state is { } known) return known;
        var isBehind = await tx.One<long>($"select count(*) from (select 1 from calls_to_count limit {FigureReading.WaitingMax + 1}) as noted") > FigureReading.WaitingMax;
        state = (isBehind ? await tx.One<long>("select count(*) from calls_to_count") - FigureReading.WaitingMax : 0, await CallLog.NewestEventAt(tx));
        return state.Value;
    }
}

/// <summary>
/// One consistent look at the figures of a filter, in one transaction. What the totals can answer they do, together with the
/// calls that wait to be counted; what lies within a half hour, and what is asked by two names at once, is read from the calls.
/// </summary>
sealed class FigureReading
{
    /// <summary>Calls that wait to be counted and are read along; more are only while all of the past is counted, and are told as missing.</summary>
    public const int WaitingMax = 3000;

    /// <summary>Calls that a question reads where totals cannot answer it.</summary>
    public const int RowsMax = 200_000;

    readonly Tx tx;
    readonly CallScope scope;
    readonly FigureFilter filter;
    readonly ILookup<Cut, (long Id, TotalKey Key)> keys;
    readonly ZoneSlots? zone;
    readonly long from, until;
    readonly FigureMoment moment;

    FigureReading(FigureMoment moment, CallScope scope, FigureFilter filter, ILookup<Cut, (long, TotalKey)> keys)
    {
        (this.moment, tx, this.scope, this.filter, this.keys) = (moment, moment.Tx, scope, filter, keys);
        (from, until) = (Slots.From(filter.Period.From), Slots.Of(filter.Period.Until.ToUnixTimeMilliseconds()));
        // A day more on either side, because days of UTC are read that local ones lie in.
        zone = ZoneSlots.Of(filter.Period.Zone, from - 2 * Slots.PerDay, Math.Max(from, until) + 2 * Slots.PerDay);
    }

    public static async Task<FigureReading> Begin(FigureMoment moment, CallScope scope, FigureFilter filter) => new(moment, scope, filter.Check(), await moment.Keys());

    /// <param name="withSpreads">False where medians and reasons are not asked for, which is faster.</param>
    public async Task<Dictionary<Facet, Tally>> Read(Breakdown by, Grain grain, bool withSpreads)
    {
        var answer = new Dictionary<Facet, Tally>();
        foreach (var part in Parts(by))
            if (part.Cut is { } cut && zone is not null) await ReadTotals(part, cut, by, grain, withSpreads, answer);
            else if (!part.IsRest || await HasCalls(part)) await ReadRows(part, filter.Period.From, filter.Period.Until, by, grain, answer);
        return answer;
    }

    /// <summary>Calls that are counted together, because one cut of the totals holds them.</summary>
    /// <param name="Cut">Null where no cut answers the question.</param>
    /// <param name="Teams">Only those; null for whatever team.</param>
    /// <param name="NotTeams">None of those, which another part counts.</param>
    /// <param name="IsRest">Own calls besides those of the teams that are seen; mostly there are none.</param>
    sealed record Part(Cut? Cut, CallScope Scope, IReadOnlyList<string>? Teams, IReadOnlyList<string> NotTeams, string? Person, bool IsRest)
    {
        public bool Has(string? team) => (Teams is null || Teams.Contains(team ?? CallFilter.NoTeam)) && !(team is not null && NotTeams.Contains(team));
    }

    IEnumerable<Part> Parts(Breakdown by)
    {
        if (scope.IsEverything)
        {
            yield return new(CutOf(by, filter.Teams is not null), scope, filter.Teams, [], null, false);
            yield break;
        }

        IReadOnlyList<string> teams = filter.Teams is { } asked ? [.. scope.Teams.Intersect(asked)] : scope.Teams;
        if (teams.Count > 0) yield return new(CutOf(by, true), CallScope.Of(null, teams), teams, [], null, false);
        if (scope.Person is not { } person) yield break;
        var isPlain = filter is { Line: null, Queue: null, Operator: null, Connection: null } && by is Breakdown.None or Breakdown.Team;
        yield return new(isPlain ? Cut.Person : null, CallScope.Own(person), filter.Teams, scope.Teams, person, !scope.Teams.IsEmpty);
    }

    Cut? CutOf(Breakdown by, bool byTeam)
    {
        var cuts = new HashSet<Cut>();
        if (filter.Line is not null || by == Breakdown.Line) cuts.Add(Cut.Line);
        if (filter.Queue is not null || by == Breakdown.Queue) cuts.Add(Cut.Queue);
        if (filter.Operator is not null || by == Breakdown.Operator) cuts.Add(Cut.Operator);
        return cuts.Count > 1 ? null : cuts.Count == 1 ? cuts.First()
            : filter.Connection is not null ? Cut.Line // every call is in it, with its connection
            : byTeam || by == Breakdown.Team ? Cut.Team : Cut.All;
    }

    IEnumerable<(long Id, TotalKey Key)> KeysOf(Part part, Cut cut) => keys[cut].Where(one => filter.Matches(one.Key.Direction, one.Key.Standing)
        && (cut == Cut.All || part.Has(one.Key.Team)) && (cut != Cut.Person || one.Key.Name == part.Person)
        && (filter.Connection is null || cut == Cut.Person || filter.Connection == one.Key.Connection)
        && (cut switch { Cut.Line => filter.Line, Cut.Queue => filter.Queue, Cut.Operator => filter.Operator, _ => null }) is var name && (name is null || name == one.Key.Name));

    async Task ReadTotals(Part part, Cut cut, Breakdown by, Grain grain, bool withSpreads, Dictionary<Facet, Tally> answer)
    {
        var wanted = KeysOf(part, cut).ToList();
        Tally At(int key, long time) => TallyOf(answer, FacetOf(wanted[key].Key, by, time));
        if (from < until)
        {
            switch (grain)
            {
                case Grain.Whole: await Whole(wanted, withSpreads, key => At(key, 0)); break;
                case Grain.Day: await Days(wanted, withSpreads, At); break;
                case Grain.HalfHourOfWeek: await HalfHours(wanted, withSpreads, At); break;
                case Grain.Slot:
                    await Rows(wanted, "totals_by_slot", "slot", from, until, withSpreads, (key, slot, add, sign) => add(At(key, slot), sign));
                    break;
                default: throw new InvalidOperationException($"No rule for {grain}.");
            }

            foreach (var call in (await moment.Waiting()).Values)
            {
                if (call.Was is { } was) AddWaiting(was, -1);
                if (call.Now is { } now) AddWaiting(now, 1);
            }
        }

        // Half hours that the period cuts.
        var (first, last) = (filter.Period.From, filter.Period.Until);
        var (head, tail) = from < until ? (Slots.StartOf(from), Slots.StartOf(until)) : (last, last);
        if (first < head) await ReadRows(part, first, head, by, grain, answer);
        if (tail < last) await ReadRows(part, tail, last, by, grain, answer);

        void AddWaiting(CountedCall call, int sign)
        {
            if (call.Slot < from || call.Slot >= until || !part.Scope.Allows(call.Team, call.People) || !part.Has(call.Team) || !filter.Matches(call)) return;
            Add(call, sign, by, grain, answer);
        }
    }

    async Task Whole(IReadOnlyList<(long Id, TotalKey Key)> wanted, bool withSpreads, Func<int, Tally> at)
    {
        var (firstDay, lastDay) = (Slots.DayOf(from + Slots.PerDay - 1), Slots.DayOf(until));
        if (firstDay >= lastDay)
        {
            await Sum("totals_by_slot", "slot", from, until);
            return;
        }

        foreach (var (table, column, first, last) in TotalSpans.Cut(firstDay, lastDay, await moment.Spans())) await Sum(table, column, first, last);
        await Sum("totals_by_slot", "slot", from, firstDay * Slots.PerDay);
        await Sum("totals_by_slot", "slot", lastDay * Slots.PerDay, until);

        Task Sum(string table, string column, long first, long last) => withSpreads
            ? Rows(wanted, table, column, first, last, true, (key, _, add, sign) => add(at(key), sign))
            : Query(wanted, first, last, $"select key_id, {Summed} from {table} where {OfKeys} and {column} >= @first and {column} < @last group by key_id", (key, row) => at(key).Add(row, 1, 1, withSpreads: false));
    }

    /// <summary>
    /// Whole days of UTC, and the half hours that belong to the local day before or after the one of UTC that has the same date. So
    /// a year is read in some hundred rows and a few for each night.
    /// </summary>
    async Task Days(IReadOnlyList<(long Id, TotalKey Key)> wanted, bool withSpreads, Func<int, long, Tally> at)
    {
        var (firstDay, lastDay) = (zone!.LocalDay(from), zone.LocalDay(until - 1));
        // A day that is cut is read in half hours.
        var lastWhole = filter.Period.Cut is null ? lastDay : lastDay - 1;
        if (firstDay <= lastWhole)
        {
            await Rows(wanted, "totals_by_day", "day", firstDay, lastWhole + 1, withSpreads, (key, day, add, sign) => add(at(key, day), sign));
            await Rows(wanted, "totals_by_slot", zone.OfOtherDays((firstDay - 1) * Slots.PerDay, (lastWhole + 2) * Slots.PerDay), withSpreads, (key, slot, add, sign) =>
            {
                var (local, universal) = (zone.LocalDay(slot), Slots.DayOf(slot));
                if (firstDay <= universal && universal <= lastWhole) add(at(key, universal), -sign);
                if (firstDay <= local && local <= lastWhole) add(at(key, local), sign);
            });
        }

        if (lastWhole < lastDay)
        {
            var first = Math.Max(from, Slots.From(LocalDay.StartOf(Slots.Date(lastDay), filter.Period.Zone)));
            await Rows(wanted, "totals_by_slot", "slot", first, until, withSpreads, (key, _, add, sign) => add(at(key, lastDay), sign));
        }
    }

    async Task HalfHours(IReadOnlyList<(long Id, TotalKey Key)> wanted, bool withSpreads, Func<int, long, Tally> at)
    {
        foreach (var regime in zone!.Regimes)
        {
            var (first, last) = (Math.Max(regime.From, from), Math.Min(regime.Until, until));
            if (withSpreads) await Rows(wanted, "totals_by_slot", "slot", first, last, true, (key, slot, add, sign) => add(at(key, Slots.OfWeek(slot + regime.Offset)), sign));
            else await Query(
                wanted, first, last,
                $"select key_id, slot % {Slots.PerWeek}, {Summed} from totals_by_slot where {OfKeys} and slot >= @first and slot < @last group by key_id, slot % {Slots.PerWeek}",
                (key, row) => at(key, Slots.OfWeek(row.Long(1) + regime.Offset)).Add(row, 2, 1, withSpreads: false));
        }
    }

    /// <param name="read">Given the key's place among the wanted, the half hour or day, and how to add the row.</param>
    Task Rows(IReadOnlyList<(long Id, TotalKey Key)> wanted, string table, string column, long first, long last, bool withSpreads, Action<int, long, Action<Tally, int>, int> read) => Query(
        wanted, first, last, $"{Selected(table, column, withSpreads)} and {column} >= @first and {column} < @last",
        (key, row) => read(key, row.Long(1), (tally, sign) => tally.Add(row, 2, sign, withSpreads), 1));

    /// <summary>The same for half hours that do not lie side by side.</summary>
    async Task Rows(IReadOnlyList<(long Id, TotalKey Key)> wanted, string table, IReadOnlyList<long> slots, bool withSpreads, Action<int, long, Action<Tally, int>, int> read)
    {
        if (slots.Count == 0) return;
        await Query(
            wanted, $"{Selected(table, "slot", withSpreads)} and slot {(tx.IsPostgres ? "= any(@slots)" : "in (select value from json_each(@slots))")}",
            ["keys", "slots"], [tx.IsPostgres ? slots.ToArray() : JsonSerializer.Serialize(slots)],
            (key, row) => read(key, row.Long(1), (tally, sign) => tally.Add(row, 2, sign, withSpreads), 1));
    }

    string Selected(string table, string column, bool withSpreads) =>
        $"select key_id, {column}, {string.Join(", ", Tally.Sums)}{(withSpreads ? ", spreads" : "")} from {table} where {OfKeys}";

    /// <summary>Rows of these keys: for PostgreSQL one question about all of them, for SQLite, where a question costs nothing, one about each.</summary>
    /// <param name="read">Given the key's place among the wanted, and a row that begins with its number.</param>
    Task Query(IReadOnlyList<(long Id, TotalKey Key)> wanted, long first, long last, string sql, Action<int, IRow> read) =>
        first < last ? Query(wanted, sql, RangeParameters, [first, last], read) : Task.CompletedTask;

    /// <param name="parameters">The keys first.</param>
    /// <param name="values">Of the other parameters.</param>
    async Task Query(IReadOnlyList<(long Id, TotalKey Key)> wanted, string sql, string[] parameters, object[] values, Action<int, IRow> read)
    {
        if (wanted.Count == 0) return;
        if (!tx.IsPostgres)
        {
            await tx.QueryMany(sql, parameters, [.. wanted.Select(one => (object?[])[one.Id, .. values])], read);
            return;
        }

        var places = wanted.Select((one, i) => (one.Id, i)).ToDictionary(pair => pair.Id, pair => pair.i);
        await tx.QueryMany(sql, parameters, [[places.Keys.ToArray(), .. values]], (_, row) => read(places[row.Long(0)], row));
    }

    static readonly string[] RangeParameters = ["keys", "first", "last"];
    static readonly string Summed = string.Join(", ", Tally.Sums.Select(name => $"cast(sum({name}) as bigint)"));

    string OfKeys => tx.IsPostgres ? "key_id = any(@keys)" : "key_id = @keys";

    /// <summary>Whether there is anything at all in a part that is mostly empty, which the totals say at once.</summary>
    async Task<bool> HasCalls(Part part)
    {
        if (zone is null) return true;
        var found = new Dictionary<Facet, Tally>();
        await ReadTotals(part with { Cut = Cut.Person }, Cut.Person, Breakdown.None, Grain.Whole, withSpreads: false, found);
        return found.Values.Any(tally => tally.Calls != 0);
    }

    async Task ReadRows(Part part, DateTimeOffset first, DateTimeOffset last, Breakdown by, Grain grain, Dictionary<Facet, Tally> answer)
    {
        // Who let it ring is told from the calls of others.
        var name = part.Cut == Cut.Operator ? null : filter.Operator;
        foreach (var asked in part.Teams is null ? [null] : part.Teams.Cast<string?>())
            foreach (var search in CallSearch.PartsOf(part.Scope, filter.RowsOf(asked) with { From = first, Until = last, Operator = name }, CallOrder.OldestFirst, null, tx.IsPostgres))
            {
                var (names, read) = (search.Values.ParameterNames.ToArray(), 0);
                await tx.QueryMany(search.All(CountedCall.Columns, RowsMax + 1), names, [[.. names.Select(search.Values.Get<object?>)]], (_, row) =>
                {
                    var call = CountedCall.Read(row);
                    if (++read > RowsMax) return;
                    if (part.Has(call.Team)) Add(call, 1, by, grain, answer);
                });
                if (read > RowsMax) throw new Refusal(RefusalKind.Invalid, "figures.too-many", RowsMax);
            }
    }

    void Add(CountedCall call, int sign, Breakdown by, Grain grain, Dictionary<Facet, Tally> answer)
    {
        var time = TimeOf(call, grain);
        var ofOperator = by == Breakdown.Operator || filter.Operator is not null;
        var key = new TotalKey(Cut.All, call.Connection, by switch
        {
            Breakdown.Line => call.Line,
            Breakdown.Queue => call.Queue,
            Breakdown.Operator => call.Operator,
            _ => "",
        } ?? "", call.Team, call.Direction, call.Standing);
        if (filter.Operator is null || filter.Operator == call.Operator) TallyOf(answer, FacetOf(key, by, time)).Add(call, sign, countsInVain: !ofOperator);
        if (!ofOperator) return;
        foreach (var name in call.InVain.Where(name => filter.Operator is null || filter.Operator == name))
            TallyOf(answer, FacetOf(by == Breakdown.Operator ? key with { Name = name } : key, by, time)).AddInVain(sign);
    }

    long TimeOf(CountedCall call, Grain grain) => grain switch
    {
        Grain.Whole => 0,
        Grain.Day => Slots.Day(LocalDay.Of(DateTimeOffset.FromUnixTimeMilliseconds(call.StartedAt), filter.Period.Zone)),
        Grain.HalfHourOfWeek => OfWeek(TimeZoneInfo.ConvertTime(DateTimeOffset.FromUnixTimeMilliseconds(call.StartedAt), filter.Period.Zone).DateTime),
        Grain.Slot => call.Slot,
        _ => throw new InvalidOperationException($"No rule for {grain}."),
    };

    static int OfWeek(DateTime local) => ((int)local.DayOfWeek + 6) % 7 * Slots.PerDay + (int)(local.TimeOfDay.TotalMinutes / 30);

    static Facet FacetOf(TotalKey key, Breakdown by, long time) => new(
        by == Breakdown.Team ? key.Team : null, by is Breakdown.None or Breakdown.Team ? "" : key.Connection, by is Breakdown.None or Breakdown.Team ? "" : key.Name,
        key.Direction, key.Standing, time);

    static Tally TallyOf(Dictionary<Facet, Tally> answer, Facet facet) => answer.TryGetValue(facet, out var tally) ? tally : answer[facet] = new();
}
