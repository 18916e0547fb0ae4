using System.IO.Compression;
using System.Text;
using CallCenter.Telephony;

namespace CallCenter.Tests.Telephony;

public sealed class RecordingTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("recordings").FullName;

    [Fact]
    public void Folders_are_read_with_all_beneath_them_and_only_recordings_of_them()
    {
        Write("b/ami.jsonl", """{"t": 1795447973.728369, "conn": 1, "mark": "connected"}""", """{"t": 1795447973.999999, "conn": 1, "raw": "Event: X\r\n\r\n"}""", """{"t": 1795447974, "conn": 1, "mark": "closed"}""");
        Write("b/truth.json", "{}");
        Write("b/ami.sent.jsonl", "{}");
        Write("b/queue_log", "1|2");
        Write("a/deep/01.requests.jsonl", """{"received_at": "2026-03-02T15:04:05.250Z", "transport": "http", "method": "POST", "path": "/webhooks/x", "query": "a=1", "headers": {"Content-Type": "application/json"}, "body": "{\"ñ\":1}"}""");

        var found = Recording.Find(folder);
        Assert.Equal([false, true], found.Select(recording => recording.IsStream));

        var arrival = Assert.Single(found[0].Arrivals("c"));
        Assert.Equal(("c", "POST", "/webhooks/x?a=1", "{\"ñ\":1}"), (arrival.Connection, arrival.Method, arrival.Url, arrival.Text));
        Assert.Equal(new DateTimeOffset(2026, 3, 2, 15, 4, 5, 250, TimeSpan.Zero), arrival.ReceivedAt);
        Assert.Equal("application/json", arrival.Header("content-type"));

        var items = found[1].Stream().ToList();
        Assert.Equal([StreamMark.Connected, StreamMark.Message, StreamMark.Lost], items.Select(item => item.Mark));
        Assert.Equal(1795447973_999, items[1].At.ToUnixTimeMilliseconds());
        Assert.Equal("Event: X\r\n\r\n", Encoding.UTF8.GetString(items[1].Message.Span));
    }

    [Fact]
    public void A_packed_recording_reads_like_a_plain_one_and_of_two_the_plain_one_is_read()
    {
        Write("s/ami.jsonl", """{"t": 1, "conn": 2, "raw": "x"}""");
        using (var packed = new GZipStream(File.Create(Path.Combine(folder, "s/ami.jsonl.gz")), CompressionLevel.Fastest))
            packed.Write("{\"t\": 1, \"conn\": 2, \"raw\": \"x\"}"u8);
        Assert.EndsWith("ami.jsonl", Assert.Single(Recording.Find(folder)).Path, StringComparison.Ordinal);
        var item = Assert.Single(Assert.Single(Recording.Find(Path.Combine(folder, "s/ami.jsonl.gz"))).Stream());
        Assert.Equal(2, item.Link);
    }

    [Fact]
    public void A_file_that_a_person_names_may_be_called_anything()
    {
        Write("mine.txt", """{"t": 1, "conn": 1, "raw": "x"}""");
        Write("yours.txt", """{"received_at": 5, "body": ""}""");
        Assert.Equal([true, false], Recording.Find(Path.Combine(folder, "mine.txt"), Path.Combine(folder, "yours.txt")).Select(recording => recording.IsStream));
    }

    [Fact]
    public void What_is_no_recording_is_refused_with_its_place()
    {
        Assert.Equal("recording.none", Assert.Throws<Refusal>(() => Recording.Find(Path.Combine(folder, "nowhere"))).Code);
        Assert.Equal("recording.none", Assert.Throws<Refusal>(() => Recording.Find(folder)).Code);
        Write("other.jsonl", "{}");
        Assert.Equal("recording.none", Assert.Throws<Refusal>(() => Recording.Find(Path.Combine(folder, "other.jsonl"))).Code);
        Write("x/ami.jsonl", """{"t": 1, "conn": 1, "raw": "x"}""", """{"t": 1, "conn": 1, "ra""");
        var refusal = Assert.Throws<Refusal>(() => Recording.Find(Path.Combine(folder, "x")).Single().Stream().ToList());
        Assert.Equal(("recording.damaged", 2), (refusal.Code, refusal.Arguments[1]));
    }

    void Write(string name, params string[] lines)
    {
        var path = Path.Combine(folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllLines(path, lines);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
