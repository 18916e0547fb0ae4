using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using CallCenter.Telephony.Wire;

namespace CallCenter.Tests.Telephony.Wire;

public sealed class AmiFramingTests
{
    const string Greeting = "Asterisk Call Manager/11.0.0\r\n";

    static readonly string[] Messages =
    [
        Greeting,
        "Response: Success\r\nActionID: 1\r\nMessage: Authentication accepted\r\n\r\n",
        "Event: Newchannel\r\nChannel: PJSIP/101-00000001\r\nCallerIDName: Pérez, José: Ñañez\r\nUniqueid: 1.1\r\n\r\n",
        "Event: FullyBooted\r\nUptime: 3\r\n\r\n",
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
    public async Task Half_a_message_waits_for_its_rest()
    {
        var pipe = new Pipe();
        var framing = new AmiFraming();
        await pipe.Writer.WriteAsync(Encoding.UTF8.GetBytes(Greeting + "Event: Hangup\r\nUniqueid: 1"));
        Assert.Equal([Greeting], await Take(pipe, framing));
        await pipe.Writer.WriteAsync("23\r\n\r"u8.ToArray());
        Assert.Empty(await Take(pipe, framing));
        await pipe.Writer.WriteAsync("\nEvent"u8.ToArray());
        Assert.Equal(["Event: Hangup\r\nUniqueid: 123\r\n\r\n"], await Take(pipe, framing));
    }

    [Fact]
    public void A_message_too_long_is_handed_out_cut_and_the_next_one_is_whole()
    {
        foreach (var extra in (ReadOnlySpan<int>)[1, 2, 3, 4, 5, 6, 1000, 3 * AmiFraming.MessageMax])
        {
            var tooLong = "Event: UserEvent\r\nText: ".PadRight(AmiFraming.MessageMax + extra - 4, 'x') + "\r\n\r\n";
            var read = Read(Encoding.UTF8.GetBytes(Greeting + tooLong + Messages[3]));
            Assert.Equal(3, read.Count);
            Assert.Equal(Messages[3], read[2]);
            Assert.Equal(AmiFraming.MessageMax, read[1].Length);
            Assert.False(new AmiMessage(Encoding.UTF8.GetBytes(read[1])).IsWhole);
            Assert.Equal(read, Read([.. Encoding.UTF8.GetBytes(Greeting + tooLong + Messages[3]).Chunk(1021)]));
        }
    }

    [Fact]
    public void The_longest_message_allowed_is_whole()
    {
        var longest = "Event: UserEvent\r\nText: ".PadRight(AmiFraming.MessageMax - 4, 'x') + "\r\n\r\n";
        Assert.Equal([longest, Messages[3]], Read(Encoding.UTF8.GetBytes(longest + Messages[3])));
    }

    [Fact]
    public void A_flood_without_an_end_keeps_no_bytes()
    {
        var framing = new AmiFraming();
        var buffer = new ReadOnlySequence<byte>(new byte[AmiFraming.MessageMax * 4]);
        Assert.True(framing.TryRead(ref buffer, out _));
        Assert.False(framing.TryRead(ref buffer, out _));
        Assert.True(buffer.Length < AmiMessage.Ending.Length);
    }

    [Fact]
    public void Something_that_does_not_greet_is_read_as_messages()
    {
        Assert.Equal(["HTTP/1.1 400 Bad Request\r\nServer: x\r\n\r\n", Messages[3]], Read(Encoding.UTF8.GetBytes("HTTP/1.1 400 Bad Request\r\nServer: x\r\n\r\n" + Messages[3])));
        Assert.Equal([Messages[3]], Read(Encoding.UTF8.GetBytes(Messages[3])));
    }

    [Fact]
    public void Values_are_split_at_the_first_colon_and_keys_may_repeat()
    {
        var message = new AmiMessage(Encoding.UTF8.GetBytes(
            "Event: Newchannel\r\nCallerIDName: José: Ñañez\r\nEmpty: \r\nNothing:\r\nCallerIDNum: <unknown>\r\nVariable: a=1\r\nVariable: b=2\r\nCause: 16\r\n\r\n"));
        Assert.Equal("José: Ñañez", message.Text("CallerIDName"u8));
        Assert.Null(message.Text("Empty"u8));
        Assert.Null(message.Text("Nothing"u8));
        Assert.Null(message.Text("CallerIDNum"u8));
        Assert.Null(message.Text("Missing"u8));
        Assert.Equal("a=1", message.Text("Variable"u8));
        Assert.Equal(["a=1", "b=2"], message.All.Where(pair => pair.Key == "Variable").Select(pair => pair.Value));
        Assert.Equal(16, message.Number("Cause"u8));
        Assert.Null(message.Number("Variable"u8));
        Assert.True(message.IsWhole);
        Assert.Null(message.Damage());
    }

    static List<string> Read(params byte[][] parts)
    {
        var framing = new AmiFraming();
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

    static async Task<List<string>> Take(Pipe pipe, AmiFraming framing)
    {
        var read = new List<string>();
        var result = await pipe.Reader.ReadAsync();
        var buffer = result.Buffer;
        while (framing.TryRead(ref buffer, out var message)) read.Add(Encoding.UTF8.GetString(message));
        pipe.Reader.AdvanceTo(buffer.Start, buffer.End);
        return read;
    }
}
