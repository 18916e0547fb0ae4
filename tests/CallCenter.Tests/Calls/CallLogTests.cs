using CallCenter.Calls;
using CsCheck;

namespace CallCenter.Tests.Calls;

public class CallLogTests
{
    static readonly DateTimeOffset Noon = new(2026, 5, 4, 12, 0, 0, TimeSpan.Zero);

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task A_call_is_the_same_in_any_order_and_any_batches(On database)
    {
        await using var house = await House.Open(database);
        var told = Enumerable.Range(0, 8).Select(i => Answered($"c-{i}", Noon.AddMinutes(i))).ToList();
        foreach (var call in told) await house.Hear(call);
        var expected = (await house.Calls()).Select(call => call with { Id = 0, Version = 0 }).ToList();
        Assert.Equal(8, expected.Count);

        await Gen.Shuffle(told.SelectMany(call => call.Concat(call)).ToArray()).SampleAsync(async shuffled =>
        {
            await using var other = await House.Open(database);
            foreach (var batch in shuffled.Chunk(7)) await other.Hear(batch);
            var calls = (await other.Calls()).Select(call => call with { Id = 0, Version = 0 }).ToList();
            Assert.Equal(Json(expected), Json(calls));
        }, iter: database == On.Sqlite ? 10 : 3, threads: 1);
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task What_comes_before_the_call_is_known_waits_for_it(On database)
    {
        await using var house = await House.Open(database);
        var call = Answered("early", Noon);
        await house.Hear([new RecordingMade(call[0].Call, Noon.AddMinutes(9), "https://example.com/r1")]);
        Assert.Empty(await house.Calls());

        await house.Hear(call);
        Assert.Equal("https://example.com/r1", Assert.Single(await house.Calls()).Recording);
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task A_rolled_back_transaction_gives_no_id_away_twice(On database)
    {
        await using var house = await House.Open(database);
        await Assert.ThrowsAsync<InvalidOperationException>(() => house.Db.Write(async tx =>
        {
            await house.Log.Append(tx, Answered("lost", Noon), _ => "test");
            throw new InvalidOperationException("planted");
        }));
        await house.Hear(Answered("kept", Noon));
        await house.Hear(Answered("other", Noon));

        var calls = await house.Calls();
        Assert.Equal(["kept", "other"], calls.Select(call => call.ProviderCallId).Order());
        Assert.Equal(2, calls.Select(call => call.Id).Distinct().Count());
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task Every_filter_finds_its_calls_and_pages_do_not_overlap(On database)
    {
        await using var house = await House.Open(database);
        for (var i = 0; i < 25; i++)
            await house.Hear(i % 5 == 0 ? Missed($"m-{i}", Noon.AddMinutes(i)) : Answered($"a-{i}", Noon.AddMinutes(i)));
        await house.Hear(Answered("live", Noon.AddHours(2)).Take(3).ToList());

        Assert.Equal(5, (await house.Calls(new CallFilter(Missed: true))).Count);
        Assert.Equal(20, (await house.Calls(new CallFilter(Operator: "101", Alive: false))).Count);
        Assert.Equal("live", Assert.Single(await house.Calls(new CallFilter(Alive: true))).ProviderCallId);
        Assert.Equal(26, await house.Log.Count(new CallFilter()));
        Assert.Equal(26, (await house.Calls(new CallFilter(Customer: "612 34 56 78"))).Count);

        var seen = new List<long>();
        CallCursor? cursor = null;
        do
        {
            var page = await house.Log.List(new CallFilter(), 10, cursor);
            seen.AddRange(page.Calls.Select(call => call.Id));
            cursor = page.Next;
        }
        while (cursor is not null);
        Assert.Equal(26, seen.Count);
        Assert.Equal(26, seen.Distinct().Count());
    }

    internal static List<CallEvent> Answered(string id, DateTimeOffset at)
    {
        var key = new CallKey("test", id);
        return
        [
            new CallStarted(key, at, Direction.Inbound, PhoneNumber.Parse("+34 612 345 678", "ES"), PhoneNumber.Parse("910000000", "ES"), "910000000"),
            new QueueJoined(key, at.AddSeconds(1), "ventas"),
            new AttemptStarted(key, at.AddSeconds(2), "leg-1", "101"),
            new AttemptAnswered(key, at.AddSeconds(8), "leg-1"),
            new QueueLeft(key, at.AddSeconds(8), "ventas", QueueExit.Answered),
            new AttemptEnded(key, at.AddSeconds(68), "leg-1", AttemptResult.Answered),
            new CallEnded(key, at.AddSeconds(68), EndCause.Normal),
        ];
    }

    internal static List<CallEvent> Missed(string id, DateTimeOffset at) =>
    [
        .. Answered(id, at).Take(3),
        new CallEnded(new CallKey("test", id), at.AddSeconds(20), EndCause.Cancelled),
    ];

    static string Json(object value) => System.Text.Json.JsonSerializer.Serialize(value, CallJson.Indented);
}
