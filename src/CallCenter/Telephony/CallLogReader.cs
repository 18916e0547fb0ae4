using System.Text.Json;
using CallCenter.Calls;
using CallCenter.Storage;
using CallCenter.Telephony.Wire;

namespace CallCenter.Telephony;

/// <summary>
/// Asks a phone system which calls there were and tells through the intake what nobody knew of them. What is known already,
/// and what gives way to what was heard, is not told again.
/// </summary>
/// <remarks>
/// A record is told when it makes a call another one than it was. So the same log may be read any number of times, and whoever
/// follows the calls hears of those only that changed.
/// </remarks>
sealed class CallLogReader(CloudApi api, Intake intake, CallLog log, Db db, CloudManners manners, TimeProvider clock)
{
    /// <summary>Whole seconds, and differences of truncated clocks.</summary>
    static readonly TimeSpan Slack = TimeSpan.FromSeconds(2);

    static readonly TimeSpan ShortestPiece = TimeSpan.FromMinutes(2);

    /// <summary>Answers to one piece of the time asked for; a log that goes on for longer goes round in circles.</summary>
    const int PagesMax = 5000;

    /// <summary>So many calls that begin within seconds are looked through for one.</summary>
    const int NearMax = 50;

    /// <param name="progress">Told after every answer.</param>
    /// <exception cref="CloudFaultException">It cannot be asked. What was found until then is kept.</exception>
    /// <exception cref="IntakeUnavailableException">The storage refuses.</exception>
    public async Task<LogFindings> Read(Connection connection, LogWindow window, bool dryRun, Func<LogFindings, Task>? progress, CancellationToken stop)
    {
        var reading = new Reading(connection, (IHasCallLog)Catalogue.Find(connection.Provider), dryRun);
        if (reading.Provider.CallLog.MissingIn(connection.Settings).FirstOrDefault() is { } missing) throw new CloudFaultException(CloudFault.Setting, missing);

        var pieces = new Stack<LogWindow>(window.Cut(reading.Provider.CallLog.StretchMax).Reverse());
        while (pieces.TryPop(out var piece))
        {
            if (await Read(reading, piece, progress, stop)) continue;
            if (piece.Length < ShortestPiece) throw new CloudFaultException(CloudFault.Unreadable, $"more calls in {piece.Length.TotalSeconds:0} s than it tells");
            foreach (var half in piece.Cut(piece.Length / 2 + TimeSpan.FromMilliseconds(1)).Reverse()) pieces.Push(half);
        }

        if (!dryRun) await db.Write(tx => Gaps.Fill(tx, connection.Id, window.From - Slack, window.Until + Slack, clock.GetUtcNow()), stop);
        return reading.Findings;
    }

    /// <summary>False when the piece is too long to be asked for at once.</summary>
    async Task<bool> Read(Reading reading, LogWindow piece, Func<LogFindings, Task>? progress, CancellationToken stop)
    {
        var (provider, settings) = (reading.Provider, reading.Connection.Settings);
        var toAsk = new Stack<CloudRequest>(Ask(provider, piece, settings).Reverse());
        var asked = new HashSet<string>();
        while (toAsk.TryPop(out var request))
        {
            stop.ThrowIfCancellationRequested();
            if (!asked.Add($"{request.Address} {request.Body}") || asked.Count > PagesMax) throw new CloudFaultException(CloudFault.Unreadable, "its pages have no end");
            var page = ReadPage(provider, request, await api.Ask(reading.Connection, request, provider.CallLog.Pause, stop), settings);
            if (page.IsTooMuch) return false;
            await Tell(reading, page.Records, request, stop);
            if (progress is not null) await progress(reading.Findings);
            foreach (var more in page.More.Reverse()) toAsk.Push(more);
        }

        return true;
    }

    static IReadOnlyList<CloudRequest> Ask(IHasCallLog provider, LogWindow window, Settings settings)
    {
        try
        {
            return provider.Ask(window, settings);
        }
        catch (Refusal refusal)
        {
            throw new CloudFaultException(CloudFault.Setting, $"{refusal.Arguments.FirstOrDefault()}");
        }
    }

    static LogPage ReadPage(IHasCallLog provider, CloudRequest request, CloudAnswer answer, Settings settings)
    {
        try
        {
            return provider.Read(request, answer, settings);
        }
        catch (UnreadableException e)
        {
            throw new CloudFaultException(CloudFault.Unreadable, e.Message);
        }
    }

    async Task Tell(Reading reading, IReadOnlyList<LogRecord> records, CloudRequest request, CancellationToken stop)
    {
        var (now, understood, unreadable) = (clock.GetUtcNow(), new List<(Arrival Arrival, Translation Translation)>(), new List<(Arrival Arrival, Translation Translation)>());
        foreach (var record in records)
        {
            if (record.GoesOnSince is { } since)
            {
                reading.Unfinished(since);
                continue;
            }

            var arrival = new Arrival(reading.Connection.Id, now, Arrival.Logged, request.Address.PathAndQuery, Arrival.NoHeaders, record.Body);
            var translation = record.Body.Length > WebhookEndpoint.BodyMax ? Translation.Unreadable("too large") : Translate(reading, arrival);
            if (translation.Events.Count > 0) understood.Add((arrival, translation));
            else if (translation.Verdict == Verdict.Unreadable) unreadable.Add((arrival, translation));
        }

        reading.Count(records.Count, unreadable.Count);
        var items = await NewsAmong(reading, understood, stop);
        foreach (var odd in unreadable)
            if (!await IsKept(odd.Arrival, stop)) items.Add(odd);
        if (!reading.IsDryRun && items.Count > 0) await Accept(items, stop);
    }

    static Translation Translate(Reading reading, Arrival arrival)
    {
        try
        {
            return reading.Provider.TranslateRecord(arrival, reading.Connection.Settings);
        }
        catch (UnreadableException e)
        {
            return Translation.Unreadable(e.Message);
        }
    }

    /// <summary>The records that make a call another one than it was; counts what each call is.</summary>
    async Task<List<(Arrival Arrival, Translation Translation)>> NewsAmong(Reading reading, List<(Arrival Arrival, Translation Translation)> understood, CancellationToken stop)
    {
        var near = reading.Provider.CallLog.SameWithin;
        if (near is { } reach) understood = await WithNames(understood, reach, stop);
        var calls = understood.GroupBy(item => item.Translation.Events[0].Call).ToList();
        var known = await log.StoredOf(CallScope.Machine, [.. calls.SelectMany(call => KeysOf(call.Key, call)).Distinct()], stop);
        var news = new List<(Arrival, Translation)>();
        foreach (var call in calls)
        {
            var before = KeysOf(call.Key, call).Select(key => known.GetValueOrDefault(key)).FirstOrDefault(events => events is not null) ?? [];
            var told = call.SelectMany(item => item.Translation.Events).Select(ToldEvent.Of).ToList();
            var (all, isNew) = StoredEvent.Add(before, told);
            var after = isNew.Count == 0 ? null : Json(call.Key, all);
            var isNews = isNew.Any(fact => fact.Event is CallLinked) || isNew.Count > 0 && (before.Count == 0 || Json(call.Key, before) != after);
            reading.Note(call.Key, before.Count == 0 ? after is null ? null : Fate.Added : isNews ? Fate.Mended : Fate.Unchanged);
            if (!isNews) continue;
            var identities = isNew.Select(fact => fact.Identity).ToHashSet();
            news.AddRange(call.Where(item => item.Translation.Events.Any(happened => identities.Contains(ToldEvent.Of(happened).Identity))));
        }

        return news;

        // Its own, and where it has no id that of the known one that it is.
        IEnumerable<CallKey> KeysOf(CallKey own, IEnumerable<(Arrival Arrival, Translation Translation)> records) =>
            near is null ? [own] : records.SelectMany(item => item.Translation.Events).OfType<CallLinked>().Select(link => link.Other).Prepend(own);
    }

    /// <summary>Of a call that nobody knows by its name, and that is known: that the two are one.</summary>
    async Task<List<(Arrival Arrival, Translation Translation)>> WithNames(List<(Arrival Arrival, Translation Translation)> understood, TimeSpan near, CancellationToken stop)
    {
        var mine = understood.Select(item => item.Translation.Events[0].Call).ToHashSet();
        var known = await log.StoredOf(CallScope.Machine, [.. mine], stop);
        var named = new List<(Arrival, Translation)>();
        foreach (var (arrival, told) in understood)
        {
            var key = told.Events[0].Call;
            var call = known.ContainsKey(key) ? null : Call.Of(key, told.Events);
            var others = call is null ? [] : (await log.List(CallScope.Machine,
                    new CallFilter(From: call.StartedAt - near, Until: call.StartedAt + near, Direction: call.Direction, Connection: key.Connection), NearMax, stop: stop)).Calls
                .Where(other => other.CustomerNumber == call.CustomerNumber && !mine.Contains(key with { Id = other.ProviderCallId })).ToList();
            named.Add((arrival, others is [var same] ? told with { Events = [.. told.Events, new CallLinked(key, call!.StartedAt, same.ProviderCallId) { ToldAs = $"near:{same.ProviderCallId}" }] } : told));
        }

        return named;
    }

    static string? Json(CallKey key, List<StoredEvent> facts) =>
        Call.Of(key, facts.Select(stored => stored.Event)) is { } call ? JsonSerializer.Serialize(call, CallJson.Options) : null;

    /// <summary>It was not understood before, and asks for nobody's attention twice.</summary>
    Task<bool> IsKept(Arrival odd, CancellationToken stop) => db.Read(async tx => await tx.One<long>(
        "select count(*) from (select 1 from arrivals where connection = @Connection and verdict = 'Unreadable' and method = @Method and body = @body limit 1) as found",
        new { odd.Connection, odd.Method, body = odd.Body.ToArray() }) > 0, stop);

    async Task Accept(List<(Arrival, Translation)> items, CancellationToken stop)
    {
        var wait = manners.RetryFirst;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await intake.Accept(new Delivery(items));
                return;
            }
            catch (IntakeUnavailableException) when (attempt < manners.TriesMax)
            {
                await Task.Delay(wait, clock, stop);
                wait *= 2;
            }
        }
    }

    enum Fate
    {
        Unchanged,
        Mended,
        Added,
    }

    /// <summary>One reading under way.</summary>
    sealed class Reading(Connection connection, IHasCallLog provider, bool dryRun)
    {
        readonly Dictionary<CallKey, Fate> fates = [];
        readonly int[] counts = new int[Enum.GetValues<Fate>().Length];
        int pages, records, unfinished, unreadable;
        DateTimeOffset? unfinishedSince;

        public Connection Connection => connection;

        public IHasCallLog Provider => provider;

        public bool IsDryRun => dryRun;

        public LogFindings Findings => new(pages, records, counts[(int)Fate.Added], counts[(int)Fate.Mended], counts[(int)Fate.Unchanged], unfinished, unreadable, unfinishedSince);

        public void Count(int more, int odd) => (pages, records, unreadable) = (pages + 1, records + more, unreadable + odd);

        public void Unfinished(DateTimeOffset since)
        {
            unfinished++;
            if (!(unfinishedSince <= since)) unfinishedSince = since;
        }

        /// <summary>A call stands in several records, maybe on several pages; the most that came of it counts.</summary>
        public void Note(CallKey call, Fate? fate)
        {
            if (fate is not { } so) return;
            if (fates.TryGetValue(call, out var before))
            {
                if (before >= so) return;
                counts[(int)before]--;
            }

            fates[call] = so;
            counts[(int)so]++;
        }
    }
}
