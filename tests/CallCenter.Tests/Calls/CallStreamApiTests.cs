using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json;
using CallCenter.Audit;
using CallCenter.Calls;
using CallCenter.Web;

namespace CallCenter.Tests.Calls;

public class CallStreamApiTests
{
    static readonly DateTimeOffset Noon = new(2026, 5, 4, 12, 0, 0, TimeSpan.Zero);

    [Theory, InlineData(On.Sqlite, 1), InlineData(On.Postgres, 2)]
    public async Task A_client_that_is_cut_at_random_places_loses_nothing_of_a_thousand_changes(On database, int seed)
    {
        await using var house = await WebHouse.Open(database);
        using var client = await house.ClientWithKey();
        var random = new Random(seed);
        var heard = new List<(long Id, JsonElement Call)>();

        var changing = Task.Run(async () =>
        {
            for (var i = 0; i < 250; i++)
                foreach (var part in CallLogTests.Answered($"c-{i}", Noon.AddMinutes(i)).Chunk(2)) await house.Hear(part);
        });

        long? last = 0;
        var cuts = 0;
        while (!changing.IsCompleted || last < await house.Log.NewestVersion())
        {
            // Sometimes in the middle of an event: what is not whole is not heard.
            using var stream = await SseReader.Open(client, last);
            stream.CutAfter = random.Next(1, 60_000);
            while (await stream.Read(TimeSpan.FromSeconds(2)) is { } found)
            {
                heard.Add((found.Id, JsonDocument.Parse(found.Data).RootElement));
                last = found.Id;
            }

            cuts++;
        }

        await changing;
        Assert.InRange(cuts, 5, 2000);
        Assert.Equal(heard.Select(found => found.Id).Order().Distinct(), heard.Select(found => found.Id));
        Assert.All(heard, found => Assert.Equal(found.Id, found.Call.GetProperty("version").GetInt64()));

        // Whoever keeps the last telling of each call has what the database has.
        var kept = heard.GroupBy(found => found.Call.GetProperty("id").GetInt64()).ToDictionary(call => call.Key, call => call.Last().Call.GetRawText());
        var stored = (await house.Log.List(CallScope.Machine, new CallFilter(), CallLog.PageMax)).Calls.ToDictionary(call => call.Id, call => JsonSerializer.Serialize(call, CallJson.Options));
        Assert.Equal(250, stored.Count);
        Assert.Equal(stored.OrderBy(pair => pair.Key), kept.OrderBy(pair => pair.Key));
    }

    [Fact]
    public async Task Without_an_id_it_starts_with_now_and_every_step_of_a_call_comes()
    {
        await using var house = await WebHouse.Open();
        using var client = await house.ClientWithKey();
        await house.Hear(CallLogTests.Answered("before", Noon));
        using var stream = await SseReader.Open(client, null);
        var heard = new List<string?>();
        foreach (var step in CallLogTests.Answered("now", Noon.AddMinutes(1)))
        {
            await house.Hear(step);
            var call = JsonDocument.Parse((await stream.Read(TimeSpan.FromSeconds(10)))!.Value.Data).RootElement;
            Assert.Equal("now", call.GetProperty("provider_call_id").GetString());
            heard.Add(call.GetProperty("state").GetString());
        }

        Assert.Equal("queued", heard[0]);
        Assert.Contains("ringing", heard);
        Assert.Contains("answered", heard);
        Assert.Equal("ended", heard[^1]);
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task A_reader_that_sleeps_is_served_from_the_log(On database)
    {
        await using var house = await WebHouse.Open(database);
        using var client = await house.ClientWithKey();
        const int Calls = 6000;
        var stream = await SseReader.Open(client, 0);
        for (var i = 0; i < Calls; i += 500)
            await house.Hear([.. Enumerable.Range(i, 500).SelectMany(n => CallLogTests.Missed($"c-{n}", Noon.AddSeconds(n)))]);

        var seen = new HashSet<string>();
        long last = 0;
        for (var since = Stopwatch.StartNew(); seen.Count < Calls; Assert.True(since.Elapsed < TimeSpan.FromMinutes(1)))
        {
            if (await stream.Read(TimeSpan.FromSeconds(5)) is { } found)
            {
                Assert.True(found.Id > last);
                last = found.Id;
                seen.Add(JsonDocument.Parse(found.Data).RootElement.GetProperty("provider_call_id").GetString()!);
                continue;
            }

            stream.Dispose(); // the server may end a stream that nobody reads; a client then comes back with its last id
            stream = await SseReader.Open(client, last);
        }

        stream.Dispose();
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task A_revoked_key_ends_its_streams_within_five_seconds(On database)
    {
        await using var house = await WebHouse.Open(database);
        var (key, secret) = await house.Get<ApiKeys>().Add("reader", [ApiScope.CallsRead], Actor.Console);
        using var client = house.NewClient();
        client.DefaultRequestHeaders.Authorization = new("Bearer", secret);
        using var other = await house.ClientWithKey();

        using var stream = await SseReader.Open(client, null);
        using var allowed = await SseReader.Open(other, null);
        var since = Stopwatch.StartNew();
        await Commands.Cli.Run("key", "revoke", key.Id, "--database", house.Get<ServerOptions>().Database);
        // That nothing is seen any more may be told just before.
        while (await stream.Read(TimeSpan.FromSeconds(10)) is { } last) Assert.Equal("reset", last.Event);
        Assert.True(stream.HasEnded);
        Assert.True(since.Elapsed < TimeSpan.FromSeconds(5), $"It took {since.Elapsed}.");

        await house.Hear(CallLogTests.Answered("c-1", Noon));
        Assert.NotNull(await allowed.Read(TimeSpan.FromSeconds(5)));
        using var again = new HttpRequestMessage(HttpMethod.Get, "/api/calls/stream");
        using var answer = await client.SendAsync(again, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    [Fact]
    public async Task An_id_of_another_database_is_told_so_and_the_stream_goes_on_from_now()
    {
        await using var house = await WebHouse.Open();
        using var client = await house.ClientWithKey();
        await house.Hear(CallLogTests.Answered("c-1", Noon));
        using var stream = await SseReader.Open(client, 987_654);
        var reset = (await stream.Read(TimeSpan.FromSeconds(5)))!.Value;
        Assert.Equal("reset", reset.Event);
        await house.Hear(CallLogTests.Answered("c-2", Noon));
        var next = (await stream.Read(TimeSpan.FromSeconds(5)))!.Value;
        Assert.Equal("call", next.Event);
        Assert.True(next.Id > reset.Id);
    }

    [Fact]
    public async Task A_server_that_stops_does_not_wait_for_its_streams()
    {
        var house = await WebHouse.Open();
        using var client = await house.ClientWithKey();
        using var stream = await SseReader.Open(client, null);
        var since = Stopwatch.StartNew();
        await house.DisposeAsync();
        Assert.True(since.Elapsed < TimeSpan.FromSeconds(4), $"It took {since.Elapsed}.");
    }

    /// <summary>Reads events as a browser would, and can be cut off after so many characters.</summary>
    internal sealed class SseReader : IDisposable
    {
        readonly HttpResponseMessage answer;
        readonly StreamReader text;
        Task<string?>? line;

        SseReader(HttpResponseMessage answer, Stream stream) => (this.answer, text) = (answer, new StreamReader(stream));

        public int CutAfter { get; set; } = int.MaxValue;

        public bool HasEnded { get; private set; }

        public static async Task<SseReader> Open(HttpClient client, long? lastId, string address = "/api/calls/stream")
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            if (lastId is { } id) request.Headers.Add("Last-Event-ID", id.ToString(CultureInfo.InvariantCulture));
            var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Equal("text/event-stream", answer.Content.Headers.ContentType!.MediaType);
            return new SseReader(answer, await answer.Content.ReadAsStreamAsync());
        }

        /// <summary>The next whole event; null when it was cut, ended, or silent for so long.</summary>
        public async Task<(long Id, string Event, string Data)?> Read(TimeSpan patience)
        {
            var (id, name, data) = (0L, "", "");
            while (true)
            {
                string? found;
                try
                {
                    line ??= text.ReadLineAsync();
                    found = await line.WaitAsync(patience);
                    line = null;
                }
                catch (TimeoutException)
                {
                    return null;
                }
                catch (Exception e) when (e is IOException or HttpRequestException)
                {
                    found = null;
                }

                HasEnded |= found is null;
                CutAfter -= found?.Length + 1 ?? 0;
                if (found is null || CutAfter < 0) return null;
                if (found.StartsWith("id: ", StringComparison.Ordinal)) id = long.Parse(found[4..], CultureInfo.InvariantCulture);
                else if (found.StartsWith("event: ", StringComparison.Ordinal)) name = found[7..];
                else if (found.StartsWith("data: ", StringComparison.Ordinal)) data = found[6..];
                else if (found.Length == 0 && name.Length > 0) return (id, name, data);
            }
        }

        public void Dispose()
        {
            answer.Dispose();
            text.Dispose();
        }
    }
}
