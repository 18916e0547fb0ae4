using System.IO.Compression;
using System.Text.Json;
using CallCenter.Calls;
using CallCenter.Telephony;
using CallCenter.Telephony.Providers;

namespace CallCenter.Tests.Telephony;

/// <summary>A session recorded on a real Asterisk, and what people lived meanwhile.</summary>
sealed class Capture(string scenario)
{
    public const string Connection = "pbx";

    static readonly Asterisk Provider = new();

    public static IEnumerable<string> Scenarios => Directory.GetDirectories(Folder("asterisk")).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal);

    readonly Lazy<JsonElement> truth = new(() =>
    {
        using var packed = new GZipStream(File.OpenRead(Path.Combine(Folder("asterisk"), scenario, "truth.json.gz")), CompressionMode.Decompress);
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

    bool IsInGap(JsonElement call) => Gap is var (from, to) && call.GetProperty("started_at").GetDouble() > from && call.GetProperty("ended_at").GetDouble() < to;

    public Settings Settings { get; init; } = new(new Dictionary<string, string> { ["country"] = "AR", ["trunks"] = "troncal-sip, gw-celular" });

    public IReadOnlyList<StreamItem> Items => [.. Recording.Find(Path.Combine(Folder("asterisk"), scenario)).Single().Stream()];

    public IReadOnlyList<CallEvent> Events() => Translate(Items).Events;

    public (IReadOnlyList<CallEvent> Events, IReadOnlyList<Translation> Translations, AsteriskState State) Translate(IEnumerable<StreamItem> items)
    {
        var state = Provider.Begin(Connection, Settings);
        var translations = items.Select(item => Provider.Translate(state, item)).ToList();
        return ([.. translations.SelectMany(translation => translation.Events)], translations, (AsteriskState)state);
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
