using CallCenter.Calls;
using CallCenter.Storage;

namespace CallCenter.Telephony;

/// <summary>A line of a file that says nothing we understand.</summary>
public sealed record BadLine(string File, int Line, string Why);

public sealed record ReadFile(string File, string Kind, int Lines);

/// <summary>What an import found and did; with <see cref="DryRun"/> what it would do.</summary>
/// <param name="Calls">Calls that the files tell of.</param>
/// <param name="Added">Were not known.</param>
/// <param name="Mended">Were known in part: something of them fell into a gap.</param>
/// <param name="Unchanged">Were known as they are.</param>
/// <param name="NotHeard">Took place while we listened and were no calls then (a code, a channel of the phone system's own).</param>
/// <param name="Unfinished">Begin in the files and do not end in them; the next import has their end.</param>
/// <param name="GapsFilled">Gaps that the files cover from end to end.</param>
/// <param name="BadLines">How many; <see cref="Bad"/> holds the first of them.</param>
/// <param name="Doubts">What the files do not tell, and of how many of the calls added or mended.</param>
public sealed record BackfillReport(
    bool DryRun, IReadOnlyList<ReadFile> Files, int Calls, int Added, int Mended, int Unchanged, int NotHeard, int Unfinished, int GapsFilled,
    int BadLines, IReadOnlyList<BadLine> Bad, IReadOnlyDictionary<string, int> Doubts);

/// <summary>
/// Fills in what nobody heard from what the phone system wrote down itself. A call we know keeps every fact we heard;
/// only what fell into a gap is added, and what is told twice changes nothing.
/// </summary>
/// <remarks>
/// Records are coarser than what we hear and name telephones differently, so a call that was heard from end to end is left
/// alone, and where we listened and heard no call there is none: a phone system also writes down codes and channels of its
/// own. Whatever can be told is told through the intake, with the lines it was read from.
/// </remarks>
sealed class Backfill(Intake intake, CallLog log, Gaps gaps, Db db, TimeProvider clock)
{
    public const int BadLinesShown = 100;
    const int ChunkMax = 200;

    /// <summary>Whole seconds, and differences of truncated clocks.</summary>
    static readonly TimeSpan Slack = TimeSpan.FromSeconds(2);

    readonly List<ReadFile> files = [];
    readonly List<BadLine> bad = [];
    readonly SortedDictionary<string, int> doubts = new(StringComparer.Ordinal);
    int badLines, calls, added, mended, unchanged, notHeard, unfinished, gapsFilled;

    public void Read(IRecords records, string file, TextReader text, CancellationToken stop)
    {
        var (kind, lines) = records.Read(text, (line, why) =>
        {
            badLines++;
            if (bad.Count < BadLinesShown) bad.Add(new BadLine(file, line, why));
        }, stop);
        files.Add(new ReadFile(file, kind, lines));
    }

    public BackfillReport Report(bool dryRun) =>
        new(dryRun, files, calls, added, mended, unchanged, notHeard, unfinished, gapsFilled, badLines, bad, doubts);

    /// <param name="progress">Told after every commit: calls done, and of how many.</param>
    public async Task Fill(Connection connection, IRecords records, bool dryRun, Action<int, int>? progress, CancellationToken stop)
    {
        foreach (var some in records.Keys.Chunk(ChunkMax))
            foreach (var (key, known) in await log.EventsOf(CallScope.Machine, some, stop))
                records.Learn(key, known);

        var unheard = await Unheard(connection.Id, stop);
        var told = records.Calls().ToList();
        foreach (var some in told.Chunk(ChunkMax))
        {
            stop.ThrowIfCancellationRequested();
            var known = await log.EventsOf(CallScope.Machine, [.. some.Select(call => call.Key)], stop);
            var now = clock.GetUtcNow();
            var items = new List<(Arrival, Translation)>();
            foreach (var call in some)
                if (NewsOf(call, known.GetValueOrDefault(call.Key), unheard) is { Count: > 0 } news)
                    items.Add((new Arrival(connection.Id, now, "", "", Arrival.NoHeaders, System.Text.Encoding.UTF8.GetBytes(call.Lines)), Translation.Understood(news)));
            if (!dryRun && items.Count > 0) await intake.Accept(new Delivery(items));
            calls += some.Length;
            progress?.Invoke(calls, told.Count);
        }

        if (!dryRun && told.Count > 0)
            gapsFilled = await db.Write(tx => Gaps.Fill(tx, connection.Id, told.Min(call => call.From) - Slack, told.Max(call => call.Until) + Slack, clock.GetUtcNow()), stop);
    }

    /// <summary>The facts of a call that are to be told; counts what it is.</summary>
    List<CallEvent> NewsOf(RecordedCall call, List<CallEvent>? known, List<Stretch> unheard)
    {
        if (!call.IsOver)
        {
            unfinished++;
            return [];
        }

        List<CallEvent> news;
        if (known is null)
        {
            if (!unheard.Exists(stretch => stretch.Meets(call.From - Slack, call.Until + Slack)))
            {
                notHeard++;
                return [];
            }

            news = [.. call.Events];
        }
        else
        {
            var told = known.Select(happened => happened.Identity).ToHashSet();
            news = [.. (IsOurs(known) ? call.Events : FactsInGaps(call, known, unheard)).Where(happened => !told.Contains(happened.Identity))];
        }

        if (known is null) added++;
        else if (news.Count > 0) mended++;
        else unchanged++;
        if (news.Count > 0)
            foreach (var doubt in call.Doubts) doubts[doubt] = doubts.GetValueOrDefault(doubt) + 1;
        return news;
    }

    /// <summary>Only an earlier import told of it.</summary>
    static bool IsOurs(List<CallEvent> known) => known.TrueForAll(happened => happened.Coarse && LegOf(happened)?.StartsWith(RecordedCall.OwnLeg, StringComparison.Ordinal) != false)
        && known.Exists(happened => happened is CallEnded);

    /// <summary>What of a call that we heard in part happened while we did not; its telephones under the names we know them by.</summary>
    static IEnumerable<CallEvent> FactsInGaps(RecordedCall recorded, List<CallEvent> known, List<Stretch> unheard)
    {
        if (Call.Of(recorded.Key, known) is not { } call) return recorded.Events;
        List<Stretch> deaf = unheard.Count == 1 && unheard[0] == Stretch.Always ? [] : [.. unheard];
        if (call.Stale && known.OfType<CallLost>().Min(lost => lost.At) is var lostAt) deaf.Add(new Stretch(lostAt, DateTimeOffset.MaxValue));
        if (call.EndedAt is null) deaf.Add(new Stretch(known.Max(happened => happened.At), DateTimeOffset.MaxValue));
        // What we heard of its ends is exact.
        var from = known.Exists(happened => happened is CallStarted { Coarse: false }) ? call.StartedAt : recorded.From - Slack;
        var until = known.Exists(happened => happened is CallEnded { Coarse: false }) ? call.EndedAt!.Value : recorded.Until + Slack;
        deaf = deaf.FindAll(stretch => stretch.Meets(from, until));
        if (deaf.Count == 0) return [];

        var legs = new Dictionary<string, string?>();
        foreach (var leg in recorded.Events.GroupBy(LegOf).Where(leg => leg.Key is not null))
            legs[leg.Key!] = LegKnownAs(leg, call) ?? (leg.Any(happened => deaf.Exists(stretch => stretch.Holds(happened.At, Slack))) ? leg.Key : null);
        return recorded.Events
            .Where(happened => deaf.Exists(stretch => stretch.Holds(happened.At, Slack)))
            .Select(happened => Under(happened, legs)).OfType<CallEvent>();
    }

    /// <summary>The ringing of the same telephone at the same time.</summary>
    static string? LegKnownAs(IGrouping<string?, CallEvent> leg, Call call)
    {
        var who = leg.OfType<AttemptStarted>().First().Operator;
        var (from, until) = (leg.Min(happened => happened.At), leg.Max(happened => happened.At));
        return call.Attempts
            .Where(attempt => attempt.Operator == who && (attempt.RangAt ?? attempt.AnsweredAt ?? attempt.EndedAt) <= until + Slack && (attempt.EndedAt ?? DateTimeOffset.MaxValue) >= from - Slack)
            .MinBy(attempt => ((attempt.RangAt ?? attempt.AnsweredAt ?? attempt.EndedAt)!.Value - from).Duration())?.Leg;
    }

    static string? LegOf(CallEvent happened) => happened switch
    {
        AttemptStarted started => started.Leg,
        AttemptAnswered answered => answered.Leg,
        AttemptEnded ended => ended.Leg,
        _ => null,
    };

    static CallEvent? Under(CallEvent happened, Dictionary<string, string?> legs) => LegOf(happened) is not { } leg ? happened
        : legs[leg] is not { } name ? null
        : happened switch
        {
            AttemptStarted started => started with { Leg = name },
            AttemptAnswered answered => answered with { Leg = name },
            AttemptEnded ended => ended with { Leg = name },
            _ => happened,
        };

    /// <summary>When nobody listened. A connection that never was linked heard nothing.</summary>
    async Task<List<Stretch>> Unheard(string connection, CancellationToken stop)
    {
        var known = await gaps.All(connection, stop);
        return known.Count == 0 ? [Stretch.Always] : known.ConvertAll(gap => new Stretch(gap.From, gap.Until ?? DateTimeOffset.MaxValue));
    }

    readonly record struct Stretch(DateTimeOffset From, DateTimeOffset Until)
    {
        public static readonly Stretch Always = new(DateTimeOffset.MinValue, DateTimeOffset.MaxValue);

        public bool Meets(DateTimeOffset from, DateTimeOffset until) => From <= until && Until >= from;

        public bool Holds(DateTimeOffset at, TimeSpan slack) => at >= DateTimeOffset.MinValue + slack && at + slack >= From && at - slack <= Until;
    }
}
