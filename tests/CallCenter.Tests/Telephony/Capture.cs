using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using CallCenter.Calls;
using CallCenter.Telephony;

namespace CallCenter.Tests.Telephony;

/// <summary>A session recorded on a real phone system, and what people lived meanwhile.</summary>
sealed class Capture(string scenario, string system = Capture.Asterisk)
{
    public const string Connection = "pbx";

    public const string Asterisk = "asterisk", FreeSwitch = "freeswitch";

    readonly IStreamProvider provider = (IStreamProvider)Catalogue.Find(system);

    public static IEnumerable<string> Scenarios => ScenariosOf(Asterisk);

    public static IEnumerable<string> ScenariosOf(string system) =>
        Directory.GetDirectories(Folder(system)).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal);

    readonly Lazy<JsonElement> truth = new(() =>
    {
        using var packed = new GZipStream(File.OpenRead(Path.Combine(Folder(system), scenario, "truth.json.gz")), CompressionMode.Decompress);
        return JsonDocument.Parse(packed).RootElement;
    });

    public JsonElement Truth => truth.Value;

    public IEnumerable<JsonElement> TrueCalls => Truth.GetProperty("calls").EnumerateArray();

    /// <summary>What is ours to know: the PBX made a channel, and it was a call of people.</summary>
    public IEnumerable<JsonElement> KnowableCalls => TrueCalls.Where(call =>
        call.GetProperty("visible").GetBoolean() && call.GetProperty("direction").GetString() != "service" && !IsInGap(call));

    public (double From, double To)? Gap
    {
        get
        {
            double? from = null;
            foreach (var happened in Truth.GetProperty("agent_events").EnumerateArray())
                switch (happened.GetProperty("what").GetString())
                {
                    case "link_lost": from = happened.GetProperty("t").GetDouble(); break;
                    case "link_back": return (from!.Value, happened.GetProperty("t").GetDouble());
                }

            return null;
        }
    }

    /// <summary>
    /// How late the news came that somebody had joined a queue. People do not see queues, so the truth has these instants
    /// from the arrival of the messages; a phone system that says when it made them may have been held up.
    /// </summary>
    public TimeSpan DelayAt(DateTimeOffset joined) => delays.Value.Find(delay => (delay.At - joined).Duration() < TimeSpan.FromMilliseconds(50)).Late;

    readonly Lazy<List<(DateTimeOffset At, TimeSpan Late)>> delays = new(() => [.. ItemsOf(scenario, system)
        .Select(item => (item.At, Text: Encoding.UTF8.GetString(item.Message.Span)))
        .Where(item => item.Text.Contains("CC-Action: member-queue-start", StringComparison.Ordinal))
        .Select(item => (item.At, item.At - DateTimeOffset.UnixEpoch.AddMicroseconds(long.Parse(item.Text.Split("Event-Date-Timestamp: ")[1].Split('\n')[0], CultureInfo.InvariantCulture))))]);

    bool IsInGap(JsonElement call) => Gap is var (from, to) && call.GetProperty("started_at").GetDouble() > from && call.GetProperty("ended_at").GetDouble() < to;

    public Settings Settings { get; init; } = new(new Dictionary<string, string> { ["country"] = "AR", ["trunks"] = "troncal-sip, gw-celular" });

    public IReadOnlyList<StreamItem> Items => ItemsOf(scenario, system);

    static IReadOnlyList<StreamItem> ItemsOf(string scenario, string system) => [.. Recording.Find(Path.Combine(Folder(system), scenario)).Single().Stream()];

    public IReadOnlyList<CallEvent> Events() => Translate(Items).Events;

    public (IReadOnlyList<CallEvent> Events, IReadOnlyList<Translation> Translations, SwitchState State) Translate(IEnumerable<StreamItem> items)
    {
        var state = provider.Begin(Connection, Settings);
        var translations = items.Select(item => provider.Translate(state, item)).ToList();
        return ([.. translations.SelectMany(translation => translation.Events)], translations, (SwitchState)state);
    }

    public IReadOnlyList<Call> Calls() => Fold(Events());

    public static IReadOnlyList<Call> Fold(IEnumerable<CallEvent> events) =>
        [.. events.GroupBy(happened => happened.Call).Select(call => Call.Of(call.Key, call)).OfType<Call>()
            .OrderBy(call => call.StartedAt).ThenBy(call => call.ProviderCallId, StringComparer.Ordinal)];

    public static string Folder(string name)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (Directory.Exists(Path.Combine(folder.FullName, "samples")))
                return Path.Combine(folder.FullName, "samples", name);
        throw new DirectoryNotFoundException("samples");
    }
}
