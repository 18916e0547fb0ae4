using System.Text.Json;
using CallCenter.Telephony;
using CallCenter.Telephony.Wire;

namespace CallCenter.Tests.Telephony;

/// <summary>
/// What the call log of a phone system says of the same calls that a sample's messages tell of: <c>{name}.log.jsonl</c>, an
/// answer a line with the address it was asked at and, where it is asked with a body, that, and where the next page is if a header says so; the stretch and the calls it makes stand in <c>.expected.json</c> under <c>log</c>.
/// </summary>
sealed class LogSample(string provider, string name)
{
    readonly JsonElement expected = Sample.ExpectedOf(provider, name).GetProperty("log");

    public string Name => name;

    public Sample Live { get; } = new(provider, name);

    public static IEnumerable<string> Names(string provider) => Directory.GetFiles(Capture.Folder(provider), "*.log.jsonl").Select(file => Path.GetFileName(file)![..^".log.jsonl".Length]).Order(StringComparer.Ordinal);

    public IHasCallLog Provider => (IHasCallLog)Catalogue.Find(provider);

    public LogWindow Window => new(expected.GetProperty("from").GetDateTimeOffset(), expected.GetProperty("until").GetDateTimeOffset());

    public IReadOnlyList<JsonElement> Calls => [.. expected.GetProperty("calls").EnumerateArray()];

    public IReadOnlyList<(string Path, string Asked, CloudAnswer Answer)> Pages => [.. File.ReadLines(Path.Combine(Capture.Folder(provider), $"{name}.log.jsonl"))
        .Select(line => JsonSerializer.Deserialize<JsonElement>(line)).Select(page => (page.GetProperty("path").GetString()!, page.TryGetProperty("asked", out var asked) ? asked.GetString()! : "", new CloudAnswer(200, page.GetProperty("body").GetRawText(), Next: page.TryGetProperty("next", out var next) ? next.GetString() : null)))];

    /// <summary>The records that make calls, and since when others go on, asked for page by page as a reader does.</summary>
    public (List<Arrival> Records, List<DateTimeOffset> GoingOn) Read()
    {
        var (records, goingOn, pages) = (new List<Arrival>(), new List<DateTimeOffset>(), new Queue<(string Path, string Asked, CloudAnswer Answer)>(Pages));
        var toAsk = new Stack<CloudRequest>(Provider.Ask(Window, Live.Settings).Reverse());
        while (toAsk.TryPop(out var asked))
        {
            var (path, question, answer) = pages.Dequeue();
            Assert.Equal((path, question), (asked.Address.PathAndQuery, asked.Body));
            var page = Provider.Read(asked, answer, Live.Settings);
            Assert.False(page.IsTooMuch);
            foreach (var record in page.Records)
                if (record.GoesOnSince is { } since) goingOn.Add(since);
                else records.Add(new Arrival(Sample.Connection, Window.Until, Arrival.Logged, asked.Address.PathAndQuery, Arrival.NoHeaders, record.Body));
            foreach (var more in page.More.Reverse()) toAsk.Push(more);
        }

        Assert.Empty(pages);
        return (records, goingOn);
    }

    public IReadOnlyList<Translation> Translate() => [.. Read().Records.Select(record => Provider.TranslateRecord(record, Live.Settings))];
}
