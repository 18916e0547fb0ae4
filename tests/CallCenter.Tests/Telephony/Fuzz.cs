using System.Globalization;
using System.Text;
using System.Text.Json;
using CallCenter.Calls;
using CallCenter.Telephony;

namespace CallCenter.Tests.Telephony;

/// <summary>Ten thousand bodies that nobody meant: noise, real ones with bytes changed, cut, doubled, and with what attackers write.</summary>
static class Fuzz
{
    const int Times = 10_000;

    static readonly string[] Nasty =
    [
        "\\ud800", "\\udc00x", "\\u0000", "%00", "%ff%fe", "%", "%zz", "\0", "'; drop table calls; --", "<script>alert(1)</script>", "{\"a\":", "[[[[[[[[", "null", "true", "-1", "1e999",
        "99999999999999999999", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.9999999+14:00", "\u202e", "\ud83d\ude00", "NaN", "+", "0", "\"\"", "{}", "[]", "&&==&=", "=",
    ];

    public static void Check(IWebhookProvider provider, Settings settings, IReadOnlyList<Arrival> real)
    {
        foreach (var (arrival, i) in Of(real).Take(Times).Select((arrival, i) => (arrival, i)))
            try
            {
                Try(provider, settings, arrival);
            }
            catch (Exception e)
            {
                Assert.Fail($"{e.GetType().Name} from body {i}: {Encoding.Latin1.GetString(arrival.Body.Span)}\n{e}");
            }
    }

    /// <summary>Spoilt arrivals without end; the same ones every time, so that a failure can be found again.</summary>
    public static IEnumerable<Arrival> Of(IReadOnlyList<Arrival> real)
    {
        var random = new Random(20260302);
        for (var i = 0; ; i++)
        {
            var arrival = real[random.Next(real.Count)];
            arrival = arrival with { Body = Spoil(arrival.Body.ToArray(), random) };
            if (i % 7 == 0) arrival = arrival with { Method = "GET", Url = "https://cc.example.com/x?" + Encoding.Latin1.GetString(arrival.Body.Span) };
            if (i % 11 == 0) arrival = arrival with { Headers = Arrival.NoHeaders };
            yield return arrival;
        }
    }

    static void Try(IWebhookProvider provider, Settings settings, Arrival arrival)
    {
        provider.IsAuthentic(arrival, settings);
        provider.Greet(arrival, settings);
        try
        {
            provider.ReplyTo(arrival, settings);
        }
        catch (UnreadableException)
        {
            // as the endpoint does
        }

        Translation told;
        try
        {
            told = provider.Translate(arrival, settings);
        }
        catch (UnreadableException e)
        {
            told = Translation.Unreadable(e.Message);
        }

        Assert.True(told.Verdict == Verdict.Understood || !string.IsNullOrEmpty(told.Reason) && told.Reason.Length < 400, "a verdict without a reason, or with a novel");
        Assert.True(told.Verdict != Verdict.Understood || told.Events.Count > 0, "understood, but nothing");
        foreach (var happened in told.Events) CheckStorable(JsonSerializer.Serialize(happened, CallJson.Options));
        foreach (var call in Sample.Fold(told.Events))
        {
            CheckStorable(JsonSerializer.Serialize(call, CallJson.Options));
            Assert.InRange(call.ProviderCallId.Length, 1, 200);
            Assert.InRange(call.StartedAt.Year, 1999, 2101);
        }
    }

    /// <summary>PostgreSQL takes no NUL in a text and nothing but Unicode.</summary>
    static void CheckStorable(string json)
    {
        Assert.DoesNotMatch(@"(?<!\\)(\\\\)*\\u0000", json);
        Encoding.GetEncoding("utf-8", EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback).GetBytes(json);
    }

    static byte[] Spoil(byte[] body, Random random)
    {
        if (random.Next(10) == 0)
        {
            var noise = new byte[random.Next(300)];
            random.NextBytes(noise);
            return noise;
        }

        var bytes = body.ToList();
        for (var times = random.Next(1, 5); times > 0 && bytes.Count > 0; times--)
        {
            var at = random.Next(bytes.Count);
            switch (random.Next(7))
            {
                case 0: bytes[at] = (byte)random.Next(256); break;
                case 1: bytes.RemoveRange(at, bytes.Count - at); break;
                case 2: bytes.RemoveRange(at, Math.Min(random.Next(1, 40), bytes.Count - at)); break;
                case 3: bytes.InsertRange(at, Encoding.UTF8.GetBytes(Nasty[random.Next(Nasty.Length)])); break;
                case 4: bytes.InsertRange(at, bytes.GetRange(at, Math.Min(random.Next(1, 60), bytes.Count - at))); break;
                case 5: ReplaceValue(bytes, random); break;
                default: ReplaceNumber(bytes, at, random); break;
            }
        }

        return [.. bytes];
    }

    /// <summary>A whole value, so that the rest stays readable and the odd one is really looked at.</summary>
    static void ReplaceValue(List<byte> bytes, Random random)
    {
        var text = Encoding.Latin1.GetString([.. bytes]);
        var marks = text.Select((letter, i) => (letter, i)).Where(mark => mark.letter is '=' or ':').Select(mark => mark.i + 1).ToList();
        if (marks.Count == 0) return;
        var start = marks[random.Next(marks.Count)];
        var end = text.IndexOfAny(['&', ',', '}'], start);
        if (end < 0) end = text.Length;
        var value = Nasty[random.Next(Nasty.Length)];
        bytes.RemoveRange(start, end - start);
        bytes.InsertRange(start, Encoding.UTF8.GetBytes(text.StartsWith('{') && random.Next(2) == 0 ? $"\"{value}\"" : value));
    }

    static void ReplaceNumber(List<byte> bytes, int at, Random random)
    {
        while (at < bytes.Count && bytes[at] is < (byte)'0' or > (byte)'9') at++;
        var end = at;
        while (end < bytes.Count && bytes[end] is >= (byte)'0' and <= (byte)'9') end++;
        if (end == at || at >= bytes.Count) return;
        bytes.RemoveRange(at, end - at);
        bytes.InsertRange(at, Encoding.UTF8.GetBytes(random.NextInt64(-10, long.MaxValue >> random.Next(64)).ToString(CultureInfo.InvariantCulture)));
    }
}
