using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using CallCenter.Live;
using CallCenter.Storage;
using CallCenter.Telephony;
using CallCenter.Telephony.Providers;
using CallCenter.Telephony.Wire;
using CallCenter.Tests.Telephony;
using CallCenter.Web;
using Microsoft.Extensions.DependencyInjection;

namespace CallCenter.Bench;

/// <summary>A recorded morning of two hundred calls on a real Asterisk, played over and over as fast as it goes.</summary>
static partial class AmiBench
{
    const string Scenario = "load_200";
    const int Repeats = 8;
    const int ReadSize = 64 * 1024; // as the link reads

    static readonly TimeSpan Stall = TimeSpan.FromSeconds(2);
    static readonly TimeSpan PatienceMax = TimeSpan.FromMinutes(2);

    /// <summary>Framing and translation on one thread, without socket and database.</summary>
    public static Task InMemory(Run run)
    {
        var bytes = Encoding.UTF8.GetBytes(string.Concat(Messages(0, run.Quick ? 1 : Repeats)));
        Translate(bytes); // compiled by now
        var best = Enumerable.Range(0, 3).Select(_ => Translate(bytes)).MaxBy(round => round.Messages / round.Took.TotalSeconds);
        run.Add("framing and translation on one core", best.Messages / best.Took.TotalSeconds, "messages/s", least: 300_000);
        run.Add("of them kept", 100.0 * best.Kept / best.Messages, "%");
        run.Add("call events", best.Events, "");
        return Task.CompletedTask;
    }

    /// <summary>From a socket to the database, in the server as it is served.</summary>
    public static async Task ThroughDatabase(Run run)
    {
        using var folder = new TempFolder();
        await using var pbx = new FakePbx();
        await using var db = await Db.Open(Path.Combine(folder.Path, "calls.db"), stop: run.Stop);
        await using var app = Server.Build(new ServerOptions(db.File, ["http://127.0.0.1:0"], []), db);
        var switchboard = app.Services.GetRequiredService<Switchboard>();
        var connection = await switchboard.Add("asterisk", "bench", pbx.Settings(), ConnectionState.Active, run.Stop);
        var kept = 0;
        app.Services.GetRequiredService<Intake>().Kept += items => Interlocked.Add(ref kept, items.Count);
        await app.StartAsync(run.Stop);
        var board = app.Services.GetRequiredService<LineBoard>();
        await Until(() => board.Find(connection.Id)?.IsSettled == true);

        await Play(Messages(0, 2)); // compiled by now

        var messages = Messages(100, run.Quick ? 1 : Repeats).ToList();
        var start = Stopwatch.GetTimestamp();
        await Play(messages);
        run.Add("socket to committed", messages.Count / Stopwatch.GetElapsedTime(start).TotalSeconds, "messages/s", least: 15_000);

        // Asterisk cuts a client that lets it wait 100 ms.
        var stalled = db.Write(_ => Task.Delay(Stall, run.Stop), run.Stop);
        var slowest = await Play(Messages(200, 2));
        await stalled;
        run.Add("longest write of the phone system while storage stands still for 2 s", slowest.TotalMilliseconds, "ms", most: 100);
        run.Add("messages lost", board.Find(connection.Id)!.Gaps, "gaps", most: 1);
        await app.StopAsync(CancellationToken.None);

        // Returns when all of it is on disk; how long the longest write took.
        async Task<TimeSpan> Play(IEnumerable<string> some)
        {
            var chunks = some.Chunk(100).Select(chunk => string.Concat(chunk)).ToList();
            var expected = kept + Translate(Encoding.UTF8.GetBytes(string.Concat(chunks))).Kept;
            var longest = TimeSpan.Zero;
            foreach (var chunk in chunks)
            {
                var sending = Stopwatch.GetTimestamp();
                await pbx.Flood(chunk);
                if (Stopwatch.GetElapsedTime(sending) is var took && took > longest) longest = took;
            }

            await Until(() => Volatile.Read(ref kept) >= expected);
            return longest;
        }
    }

    /// <summary>Each repetition, by its number, is of other calls.</summary>
    static IEnumerable<string> Messages(int first, int repeats)
    {
        var blocks = FakePbx.BlocksOf(Scenario);
        for (var i = first; i < first + repeats; i++)
            foreach (var (_, raw) in blocks)
                yield return ChannelId().Replace(raw, found => (long.Parse(found.Groups[1].ValueSpan, CultureInfo.InvariantCulture) + i * 100_000).ToString(CultureInfo.InvariantCulture) + found.Groups[2].Value);
    }

    static (int Messages, int Kept, int Events, TimeSpan Took) Translate(byte[] bytes)
    {
        IStreamProvider provider = new Asterisk();
        var state = provider.Begin("pbx", new Settings(new Dictionary<string, string> { ["country"] = "AR", ["trunks"] = "troncal-sip, gw-celular" }));
        var framing = new AmiFraming();
        var at = new DateTimeOffset(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);
        var (messages, kept, events) = (0, 0, 0);
        var start = Stopwatch.GetTimestamp();
        for (var from = 0; from < bytes.Length;)
        {
            var buffer = new ReadOnlySequence<byte>(bytes, from, Math.Min(ReadSize, bytes.Length - from));
            var whole = buffer.Length;
            while (framing.TryRead(ref buffer, out var message))
            {
                messages++;
                if (!provider.Matters(message.FirstSpan)) continue;
                var translation = provider.Translate(state, new StreamItem(at.AddMilliseconds(messages), 1, StreamMark.Message, message.ToArray()));
                if (translation.Verdict != Verdict.Ignored) kept++;
                events += translation.Events.Count;
            }

            from += (int)(whole - buffer.Length);
        }

        return (messages, kept, events, Stopwatch.GetElapsedTime(start));
    }

    static async Task Until(Func<bool> holds)
    {
        for (var since = Stopwatch.GetTimestamp(); !holds(); await Task.Delay(5))
            if (Stopwatch.GetElapsedTime(since) > PatienceMax) throw new TimeoutException("The line did not get there.");
    }

    [GeneratedRegex(@"\b(\d{10})(\.\d+)\b")]
    private static partial Regex ChannelId();
}
