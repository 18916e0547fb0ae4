using System.Globalization;
using System.Text.Json;
using CallCenter.Calls;
using CallCenter.Telephony;
using CsCheck;

namespace CallCenter.Tests.Telephony;

/// <summary>What a phone system sent in one scenario and what we make of it: <c>samples/{provider}/{name}.requests.jsonl</c> and <c>.expected.json</c>.</summary>
sealed class Sample(string provider, string name)
{
    public const string Connection = "c";

    readonly JsonElement expected = ExpectedOf(provider, name);

    public static JsonElement ExpectedOf(string provider, string name) => JsonSerializer.Deserialize<JsonElement>(File.ReadAllText(Path.Combine(Capture.Folder(provider), $"{name}.expected.json")));

    public static IEnumerable<string> Names(string provider) => Directory.GetFiles(Capture.Folder(provider), "*.requests.jsonl")
        .Select(file => Path.GetFileName(file)![..^".requests.jsonl".Length]).Order(StringComparer.Ordinal);

    public IWebhookProvider Provider => (IWebhookProvider)Catalogue.Find(provider);

    /// <summary>The configuration of the sample; numbers of ours are our <c>lines</c>.</summary>
    public Settings Settings => SampleSettings.Of(expected);

    public IReadOnlyList<Arrival> Arrivals => [.. Recording.Find(Path.Combine(Capture.Folder(provider), $"{name}.requests.jsonl")).Single().Arrivals(Connection)];

    public IReadOnlyList<JsonElement> Calls => [.. expected.GetProperty("calls").EnumerateArray()];

    /// <summary>Verdicts by the arrival's number, where the sample says more than that all are understood.</summary>
    public IReadOnlyDictionary<int, string> Verdicts => expected.TryGetProperty("verdicts", out var verdicts)
        ? verdicts.EnumerateObject().ToDictionary(verdict => int.Parse(verdict.Name, CultureInfo.InvariantCulture), verdict => verdict.Value.GetString()!)
        : new Dictionary<int, string>();

    public IReadOnlyList<Call> Fold() => Fold(Translate().SelectMany(told => told.Events));

    public IReadOnlyList<Translation> Translate() => Translate(Arrivals);

    public IReadOnlyList<Translation> Translate(IEnumerable<Arrival> arrivals) => [.. arrivals.Select(arrival =>
    {
        try
        {
            return Provider.Translate(arrival, Settings);
        }
        catch (UnreadableException e)
        {
            return Translation.Unreadable(e.Message); // as the endpoint does
        }
    })];

    public static IReadOnlyList<Call> Fold(IEnumerable<CallEvent> events) => [.. CallLinks.Together([.. events])
        .Select(call => Call.Of(call.Key, call.Events)).OfType<Call>().OrderBy(call => call.ProviderCallId, StringComparer.Ordinal)];

    public static string Json(IEnumerable<Call> calls) => JsonSerializer.Serialize(calls, CallJson.Options);

    /// <summary>Every call as expected, however its news are shuffled and repeated.</summary>
    public void Check()
    {
        var translations = Translate();
        for (var i = 0; i < translations.Count; i++)
            if (Verdicts.TryGetValue(i, out var verdict)) Assert.Equal(verdict, $"{translations[i].Verdict}: {translations[i].Reason}");
            else Assert.True(translations[i].Verdict == Verdict.Understood, $"{i}: {translations[i].Verdict} {translations[i].Reason}");

        var events = translations.SelectMany(translation => translation.Events).ToArray();
        var calls = Fold(events);
        Compare(calls, Calls);

        var told = Json(calls);
        Gen.Shuffle(events.Concat(events).ToArray()).Sample(shuffled => Json(Fold(shuffled)) == told, iter: 100);
    }

    public static void Compare(IReadOnlyList<Call> calls, IReadOnlyList<JsonElement> truth)
    {
        Assert.Equal(truth.Select(call => call.GetProperty("provider_call_id").GetString()).Order(StringComparer.Ordinal), calls.Select(call => call.ProviderCallId));
        foreach (var (call, one) in calls.Zip(truth.OrderBy(call => call.GetProperty("provider_call_id").GetString(), StringComparer.Ordinal))) Compare(call, one);
    }

    static void Compare(Call call, JsonElement truth)
    {
        foreach (var (name, value) in truth.EnumerateObject().Select(property => (property.Name, property.Value)))
        {
            object? said = value.ValueKind switch
            {
                JsonValueKind.Null => null,
                JsonValueKind.Array => string.Join(", ", value.EnumerateArray()),
                JsonValueKind.True or JsonValueKind.False => value.GetBoolean(),
                JsonValueKind.Number => value.GetDouble(),
                _ => value.GetString(),
            };
            if (name is "provider_call_id" or "states" or "agent" or "missed_reason") continue; // the last is read with the outcome
            if (name is "started_at" or "answered_at" or "ended_at") Near(name, said is null ? null : value.GetDateTimeOffset().ToUnixTimeMilliseconds() / 1000.0, InstantOf(name, call)?.ToUnixTimeMilliseconds() / 1000.0);
            else if (name is "wait_s" or "talk_s" or "hold_s") Near(name, said as double?, SecondsOf(name, call));
            else if (name is "from" or "to" && said is string number && (name == "from" ? call.From : call.To)?.E164 == number) continue; // written in another way
            else Assert.Equal((name, name == "outcome" ? OutcomeIn(truth) : name == "agents" ? value.EnumerateArray().FirstOrDefault().ToString() is { Length: > 0 } first ? first : null : said), (name, ValueOf(name, call)));
        }
    }

    /// <summary>A phone system whose clock shows whole seconds is right within one. Some do not say how long an outbound call waited.</summary>
    static void Near(string name, double? expected, double? ours)
    {
        if (expected is null && name == "wait_s") return;
        Assert.True(expected.HasValue == ours.HasValue && (expected is null || Math.Abs(expected.Value - ours!.Value) <= 1), $"{name} should be {expected}, is {ours}");
    }

    static DateTimeOffset? InstantOf(string name, Call call) => name switch { "started_at" => call.StartedAt, "answered_at" => call.AnsweredAt, _ => call.EndedAt };

    static double? SecondsOf(string name, Call call) => name switch { "wait_s" => call.WaitSeconds, "talk_s" => call.TalkSeconds, _ => call.HoldSeconds };

    static object? ValueOf(string name, Call call) => name switch
    {
        "direction" => Word(call.Direction),
        "from" => call.FromRaw,
        "to" => call.ToRaw,
        "customer_number" => call.CustomerNumber,
        "line" => call.Line,
        "queue" => call.Queue,
        "caller_name" => call.CallerName,
        "voicemail" => call.Voicemail,
        "recording_url" => call.Recording,
        "state" => Word(call.State),
        "outcome" => call.Outcome is { } outcome ? Word(outcome) : null,
        "our_missed_reason" => call.MissedReason is { } reason ? Word(reason) : null,
        "agents" or "operator" => call.Operator,
        "attempts" => string.Join(", ", call.Attempts.Select(attempt => $"{attempt.Operator} {Word(attempt.Result)}")),
        "queues" => string.Join(", ", call.Queues.Select(visit => $"{visit.Queue} {(visit.Reason is { } exit ? Word(exit) : "")}".TrimEnd())),
        "transfers" => string.Join(", ", call.Transfers.Select(transfer => $"{Word(transfer.Kind)} {transfer.From} {transfer.To}".TrimEnd())),
        _ => throw new InvalidOperationException($"Nobody compares {name}."),
    };

    /// <summary>The words of <c>providers/README.md</c>, section 2, in ours.</summary>
    static string? OutcomeIn(JsonElement truth) => (truth.GetProperty("outcome").GetString(), truth.TryGetProperty("missed_reason", out var reason) ? reason.GetString() : null) switch
    {
        ("missed", "abandoned" or "cancelled") => "cancelled",
        ("missed", "no_answer" or "rejected" or "voicemail") => "no_answer",
        ("missed", var same) => same,
        var (outcome, _) => outcome,
    };

    static string Word<T>(T value) where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());
}
