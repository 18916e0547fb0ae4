using System.Diagnostics;
using System.Text.Json;
using CallCenter.Telephony;
using CallCenter.Tests.Telephony;

namespace CallCenter.Bench;

/// <summary>What it costs to make events of one webhook, for each phone system over all its samples.</summary>
static class TranslateBench
{
    const double MicrosecondsMost = 30;
    const int Rounds = 9;

    public static Task Measure(Run run)
    {
        var all = Catalogue.All.Values.OfType<IWebhookProvider>().OrderBy(provider => provider.Info.Id, StringComparer.Ordinal).Select(provider => (Provider: provider, Sent: SentBy(provider))).ToList();
        // What they share is compiled to the end before the first is measured. In turns, so that what else the machine does
        // meanwhile falls on all of them; the round in the middle counts.
        var rounds = all.ConvertAll(_ => new List<double>());
        for (var round = -1; round < Rounds; round++)
            foreach (var (measured, (provider, sent)) in rounds.Zip(all))
            {
                var (times, took) = Repeat(provider, sent, run.Seconds(round < 0 ? 1 : 0.2), run.Stop);
                if (round >= 0) measured.Add(took.TotalMicroseconds / times);
            }

        foreach (var (measured, (provider, _)) in rounds.Zip(all))
            run.Add($"{provider.Info.Id}, one webhook", measured.Order().ElementAt(Rounds / 2), "µs", most: MicrosecondsMost);
        return Task.CompletedTask;
    }

    static List<(Arrival Arrival, Settings Settings)> SentBy(IWebhookProvider provider) =>
    [
        .. Recording.Find(Capture.Folder(provider.Info.Id)).SelectMany(recording =>
        {
            var settings = SampleSettings.Of(JsonSerializer.Deserialize<JsonElement>(File.ReadAllText(recording.Path.Replace(".requests.jsonl", ".expected.json", StringComparison.Ordinal))));
            return recording.Arrivals("c").Select(arrival => (Arrival: arrival, Settings: settings)).ToList();
        }).Where(one => IsReadable(provider, one.Arrival, one.Settings)),
    ];

    /// <summary>Exceptions are for what nobody sends; what they cost is another question.</summary>
    static bool IsReadable(IWebhookProvider provider, Arrival arrival, Settings settings)
    {
        try
        {
            return provider.Translate(arrival, settings).Verdict == Verdict.Understood;
        }
        catch (UnreadableException)
        {
            return false;
        }
    }

    static (long Times, TimeSpan Took) Repeat(IWebhookProvider provider, List<(Arrival Arrival, Settings Settings)> sent, TimeSpan length, CancellationToken stop)
    {
        var (times, began) = (0L, Stopwatch.GetTimestamp());
        while (Stopwatch.GetElapsedTime(began) < length)
        {
            stop.ThrowIfCancellationRequested();
            foreach (var (arrival, settings) in sent) provider.Translate(arrival, settings);
            times += sent.Count;
        }

        return (times, Stopwatch.GetElapsedTime(began));
    }
}
