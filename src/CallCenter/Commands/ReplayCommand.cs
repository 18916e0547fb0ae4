using System.CommandLine;
using System.Text.Json;
using CallCenter.Calls;
using CallCenter.Telephony;

namespace CallCenter.Commands;

/// <summary>
/// <c>callcenter replay</c>: makes calls of recordings through the translation, the intake and the database that live
/// traffic uses. A call is the fold of the set of its events, so <c>--shuffle</c> and <c>--repeat</c> change nothing.
/// </summary>
static class ReplayCommand
{
    /// <summary>The connection that a replay speaks through; kept nowhere.</summary>
    public const string ConnectionId = "replay";

    const int PendingMax = 256;

    public static Command Make()
    {
        var paths = new Argument<string[]>("path") { Description = "Capture folders, or files such as ami.jsonl and *.requests.jsonl", Arity = ArgumentArity.OneOrMore };
        var provider = new Option<string>("--provider") { Description = "The phone system that was recorded; see 'callcenter provider list'", Required = true };
        var settings = Commands.Settings();
        var shuffle = new Option<int?>("--shuffle") { Description = "Tell the events in an order made of this seed" };
        var repeat = new Option<int>("--repeat") { Description = "Tell every event so many times", DefaultValueFactory = _ => 1 };
        repeat.Validators.Add(result =>
        {
            if (result.GetValue(repeat) is < 1 or > 1000) result.AddError("--repeat takes 1 to 1000");
        });
        var database = Commands.Database();
        database.Description = "Keep the calls in this database. Default: a temporary one, removed afterwards";
        var json = Commands.AsJson();

        var command = new Command("replay", "Makes calls of recordings of a phone system and prints them") { paths, provider, settings, shuffle, repeat, database, json };
        command.SetAction((parsed, stop) => Commands.Guard(parsed, async () =>
        {
            var replay = new Replay(Catalogue.Find(parsed.GetValue(provider)!), new Settings(parsed.GetValue(settings)!), parsed.GetValue(shuffle), parsed.GetValue(repeat));
            var recordings = Recording.Find(parsed.GetValue(paths)!);
            var kept = parsed.GetValue(database);
            await using var stage = kept is null ? await Backstage.OpenTemporary(stop) : await Backstage.Open(kept, mayCreate: true, stop);
            var calls = await replay.Run(stage, recordings, stop);
            if (kept is null) calls = Numbered(calls);

            var to = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(json)) to.WriteLine(JsonSerializer.Serialize(calls, CallJson.Indented));
            else Print(to, calls);
            parsed.InvocationConfiguration.Error.WriteLine($"{recordings.Count} recordings, {replay.Summary}, {calls.Count} calls");
            return 0;
        }));
        return command;
    }

    /// <summary>
    /// Ids and versions of a database that is thrown away say in which order events came; here they say in which order
    /// the calls began, so that they too are the same however the events were told.
    /// </summary>
    static List<Call> Numbered(List<Call> calls)
    {
        var place = calls.Select((call, i) => (call.Id, Place: (long)i + 1)).ToDictionary(pair => pair.Id, pair => pair.Place);
        long? PlaceOf(long? id) => id is { } known && place.TryGetValue(known, out var found) ? found : null;
        return calls.ConvertAll(call => call with
        {
            Id = place[call.Id],
            Version = place[call.Id],
            Mark = call.Mark with
            {
                RecoveredBy = PlaceOf(call.Mark.RecoveredBy),
                ReachedBy = PlaceOf(call.Mark.ReachedBy),
                SelfRecoveredBy = PlaceOf(call.Mark.SelfRecoveredBy),
            },
        });
    }

    static void Print(TextWriter to, List<Call> calls) => Table.Print(to,
        ["started (UTC)", "direction", "from", "to", "queue", "operator", "outcome", "wait s", "talk s", "id"],
        calls.Select(call => new[]
        {
            $"{call.StartedAt.UtcDateTime:yyyy-MM-dd HH:mm:ss}", Name(call.Direction), call.FromRaw, call.ToRaw, call.Queue, call.Operator,
            call.Outcome is { } outcome ? Name(outcome) : Name(call.State), Seconds(call.WaitSeconds), Seconds(call.TalkSeconds), call.ProviderCallId,
        }));

    static string Name<T>(T value) where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    static string? Seconds(double? seconds) => seconds?.ToString("0.0", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>One run over some recordings.</summary>
    sealed class Replay(IProvider provider, Settings settings, int? seed, int repeat)
    {
        readonly Dictionary<Verdict, int> verdicts = [];
        readonly HashSet<CallKey> spokenOf = [];

        public string Summary => $"{verdicts.Values.Sum()} messages ({string.Join(", ", verdicts.OrderBy(pair => pair.Key).Select(pair => $"{pair.Value} {Name(pair.Key)}"))})";

        public async Task<List<Call>> Run(Backstage stage, IReadOnlyList<Recording> recordings, CancellationToken stop)
        {
            var now = TimeProvider.System.GetUtcNow();
            stage.Switchboard.Lend(new Connection(ConnectionId, ConnectionId, provider.Info.Id, ConnectionState.Active, settings, now, now));
            var intake = stage.Get<Intake>();
            await intake.StartAsync(stop);

            var pending = new List<Task>(PendingMax);
            foreach (var heard in Told(recordings))
            {
                stop.ThrowIfCancellationRequested();
                pending.Add(intake.Accept(new Delivery([heard])));
                if (pending.Count < PendingMax) continue;
                await Task.WhenAll(pending);
                pending.Clear();
            }

            await Task.WhenAll(pending);
            await intake.StopAsync(CancellationToken.None);
            return await Made(stage.Get<CallLog>(), stop);
        }

        IEnumerable<(Arrival, Translation)> Told(IReadOnlyList<Recording> recordings)
        {
            var heard = recordings.SelectMany(Translated);
            if (seed is null && repeat == 1) return heard;

            var all = heard.ToList();
            if (seed is null) return Enumerable.Repeat(all, repeat).SelectMany(once => once);
            var events = all.SelectMany(item => item.Translation.Events.Select(happened => (item.Arrival, (Translation)happened))).ToList();
            var shuffled = Enumerable.Repeat(events, repeat).SelectMany(once => once).ToArray();
            new Random(seed.Value).Shuffle(shuffled);
            return shuffled;
        }

        IEnumerable<(Arrival Arrival, Translation Translation)> Translated(Recording recording)
        {
            var heard = (provider, recording.IsStream) switch
            {
                (IStreamProvider stream, true) => Stream(stream, recording),
                (IWebhookProvider webhook, false) => recording.Arrivals(ConnectionId).Select(arrival => (arrival, Read(webhook, arrival))),
                _ => throw new Refusal(RefusalKind.Invalid, "recording.other-kind", recording.Path, provider.Info.Id),
            };
            foreach (var (arrival, translation) in heard)
            {
                verdicts[translation.Verdict] = verdicts.GetValueOrDefault(translation.Verdict) + 1;
                foreach (var happened in translation.Events) spokenOf.Add(happened.Call);
                // As on a live link, what carries no fact of a call is counted, not kept.
                if (!recording.IsStream || translation.Verdict != Verdict.Ignored) yield return (arrival, translation);
            }
        }

        IEnumerable<(Arrival, Translation)> Stream(IStreamProvider stream, Recording recording)
        {
            var state = stream.Begin(ConnectionId, settings);
            foreach (var item in recording.Stream())
                yield return (new Arrival(ConnectionId, item.At, "", "", Arrival.NoHeaders, item.Message), stream.Translate(state, item));
        }

        Translation Read(IWebhookProvider webhook, Arrival arrival)
        {
            try
            {
                return webhook.Translate(arrival, settings);
            }
            catch (UnreadableException e)
            {
                return Translation.Unreadable(e.Message);
            }
        }

        async Task<List<Call>> Made(CallLog log, CancellationToken stop)
        {
            var made = new List<Call>();
            CallCursor? after = null;
            do
            {
                var page = await log.List(CallScope.Machine, new CallFilter(Connection: ConnectionId), CallLog.PageMax, after, stop: stop);
                made.AddRange(page.Calls.Where(call => spokenOf.Contains(new CallKey(call.Connection, call.ProviderCallId))));
                after = page.Next;
            }
            while (after is not null);
            return [.. made.OrderBy(call => call.StartedAt).ThenBy(call => call.ProviderCallId, StringComparer.Ordinal)];
        }
    }
}
