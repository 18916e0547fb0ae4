using System.Buffers;
using System.Text;
using CallCenter.Telephony.Wire;

namespace CallCenter.Tests.Telephony.Wire;

public sealed class EslFramingTests
{
    const string Event = "Event-Name: CHANNEL_CREATE\nUnique-ID: 1\nCaller-Caller-ID-Name: P%C3%A9rez,%20%22Juan%22%3A%0Ax\nvariable_x: Content-Length: 9\n\n";

    static readonly string[] Messages =
    [
        "Content-Type: auth/request\n\n",
        "Content-Type: command/reply\nReply-Text: +OK accepted\n\n",
        $"Content-Length: {Event.Length}\nContent-Type: text/event-plain\n\n{Event}",
        "Content-Type: api/response\nContent-Length: 7\n\nÑ\n\n{}\n",
        "Content-Type: api/response\nContent-Length: 0\n\n",
        $"Content-Length: {Event.Length}\nContent-Type: text/event-plain\n\n{Event}",
    ];

    static readonly byte[] Bytes = Encoding.UTF8.GetBytes(string.Concat(Messages));

    [Fact]
    public void However_the_bytes_are_cut_the_messages_are_the_same()
    {
        for (var cut = 0; cut <= Bytes.Length; cut++) Assert.Equal(Messages, Read(Bytes[..cut], Bytes[cut..]));
        Assert.Equal(Messages, Read([.. Bytes.Select(one => new[] { one })]));
        for (var first = 0; first < Bytes.Length; first += 7)
            for (var second = first; second < Bytes.Length; second += 5)
                Assert.Equal(Messages, Read(Bytes[..first], Bytes[first..second], Bytes[second..]));
    }

    [Fact]
    public void A_message_too_long_is_handed_out_cut_and_the_next_one_is_whole()
    {
        foreach (var (type, max) in (ReadOnlySpan<(string, int)>)[("text/event-plain", EslFraming.MessageMax), ("api/response", EslFraming.AnswerMax)])
            foreach (var extra in (ReadOnlySpan<int>)[1, 2, 1000, 3 * max])
            {
                var start = $"Content-Length: {max + extra:d8}\nContent-Type: {type}\n\nEvent-Name: X\n"; // the headers make it too long by themselves
                var tooLong = start.PadRight(start.IndexOf("\n\n", StringComparison.Ordinal) + 2 + max + extra, 'x');
                var read = Read(Encoding.UTF8.GetBytes(Messages[0] + tooLong + Messages[2]));
                Assert.Equal(3, read.Count);
                Assert.Equal(Messages[2], read[2]);
                Assert.Equal(max, read[1].Length);
                Assert.Contains("cut off", new EslMessage(Encoding.UTF8.GetBytes(read[1])).Damage());
            }
    }

    [Theory]
    [InlineData("HTTP/1.1 400 Bad Request\nServer: x\n\n")]
    [InlineData("Content-Length: -5\nContent-Type: text/event-plain\n\nEvent-Name: X\n\n")]
    [InlineData("Content-Length: 99999999999\nContent-Type: text/event-plain\n\nEvent-Name: X\n\n")]
    [InlineData("Content-Length: five\nContent-Type: text/event-plain\n\nEvent-Name: X\nContent-ish: 7\n\n")]
    public void Headers_that_make_no_sense_are_kept_and_reading_goes_on_at_the_next_ones(string damaged)
    {
        var bytes = Encoding.UTF8.GetBytes(Messages[0] + damaged + Messages[2] + Messages[3]);
        var read = Read(bytes);
        Assert.Equal([Messages[0], damaged[..(damaged.IndexOf("\n\n", StringComparison.Ordinal) + 2)], Messages[2], Messages[3]], read);
        Assert.NotNull(new EslMessage(Encoding.UTF8.GetBytes(read[1])).Damage());
        Assert.Equal(read, Read([.. bytes.Chunk(3)]));
    }

    [Fact]
    public void Headers_without_an_end_are_cut_and_keep_no_bytes()
    {
        var read = Read(Encoding.UTF8.GetBytes(new string('x', 3 * EslFraming.HeadMax) + "\n" + Messages[2]));
        Assert.Equal(2, read.Count);
        Assert.Equal(EslFraming.HeadMax, read[0].Length);
        Assert.Equal(Messages[2], read[1]);

        var framing = new EslFraming();
        var buffer = new ReadOnlySequence<byte>(new byte[EslFraming.HeadMax * 4]);
        Assert.True(framing.TryRead(ref buffer, out _));
        Assert.False(framing.TryRead(ref buffer, out _));
        Assert.True(buffer.Length < "\nContent-Length: ".Length);
    }

    [Fact]
    public void Values_are_decoded_and_a_name_is_found_only_at_the_start_of_a_line()
    {
        var message = Of(Messages[2]);
        Assert.Equal(EslKind.Event, message.Kind);
        Assert.Equal("CHANNEL_CREATE", Encoding.UTF8.GetString(message.Event));
        Assert.Equal("1", message.Text("Unique-ID"u8));
        Assert.Equal("Pérez, \"Juan\":x", message.Text("Caller-Caller-ID-Name"u8)); // without the line's end
        Assert.Null(message.Text("ID-Name"u8));
        Assert.Null(message.Text("Content-Length"u8));
        Assert.Null(message.Text("Missing"u8));
        Assert.Null(message.Damage());
        Assert.Equal("100%, %zz and %4", Of(Plain("Event-Name: X\nA: 100%25, %zz and %4\n\n")).Text("A"u8));
        Assert.Equal("CUSTOM", Encoding.UTF8.GetString(Of(Plain("Event-Subclass: a%3A%3Ab\nEvent-Name: CUSTOM\n\n")).Event));
        Assert.Equal("+OK 7\n", Encoding.UTF8.GetString(Of(Plain("Event-Name: BACKGROUND_JOB\nContent-Length: 6\n\n+OK 7\n")).Content));
    }

    [Fact]
    public void An_event_in_JSON_says_the_same_as_a_plain_one()
    {
        const string Json = """{"Event-Name":"BACKGROUND_JOB","Unique-ID":"1","Caller-Caller-ID-Name":"Pérez, 100%\nUnique-ID: 2","variable_h":["a:1","b|2"],"Content-Length":"4","_body":"+OK\n"}""";
        var json = Of($"Content-Length: {Encoding.UTF8.GetByteCount(Json)}\nContent-Type: text/event-json\n\n{Json}");
        Assert.Null(json.Damage());
        var plain = new EslMessage(json.AsPlain());
        Assert.Null(plain.Damage());
        Assert.Equal("BACKGROUND_JOB", Encoding.UTF8.GetString(plain.Event));
        Assert.Equal("1", plain.Text("Unique-ID"u8));
        Assert.Equal("Pérez, 100%Unique-ID: 2", plain.Text("Caller-Caller-ID-Name"u8));
        Assert.Equal("ARRAY::a:1|:b|2", plain.Text("variable_h"u8));
        Assert.Equal("+OK\n", Encoding.UTF8.GetString(plain.Content));

        foreach (var none in (string[])["", "[]", "{\"a\":", "{\"a\":\"\\ud800\"}", "{\"a\":1,}", "null"])
            Assert.Null(Of($"Content-Length: {none.Length}\nContent-Type: text/event-json\n\n{none}").AsPlain());
    }

    [Theory, InlineData("a\nb"), InlineData("a\rb"), InlineData("a\0b")]
    public void A_command_refuses_what_could_become_a_line_of_its_own(string value)
    {
        Assert.Throws<ArgumentException>(() => EslCommand.LogIn("", value));
        Assert.Throws<ArgumentException>(() => EslCommand.LogIn(value, "x"));
        Assert.Throws<ArgumentException>(() => EslCommand.Ask(EslQuestion.QueueMembers, value));
        Assert.Throws<ArgumentException>(() => EslCommand.Ask(EslQuestion.QueueMembers, "two words"));
        Assert.Throws<ArgumentException>(() => EslCommand.Listen([value], []));
    }

    static EslMessage Of(string text) => new(Encoding.UTF8.GetBytes(text));

    static string Plain(string body) => $"Content-Length: {Encoding.UTF8.GetByteCount(body)}\nContent-Type: text/event-plain\n\n{body}";

    static List<string> Read(params byte[][] parts)
    {
        var framing = new EslFraming();
        var read = new List<string>();
        byte[] kept = [];
        foreach (var part in parts)
        {
            var buffer = Segments.Of(kept, part);
            while (framing.TryRead(ref buffer, out var message)) read.Add(Encoding.UTF8.GetString(message));
            kept = buffer.ToArray();
        }

        Assert.Empty(kept);
        return read;
    }
}
