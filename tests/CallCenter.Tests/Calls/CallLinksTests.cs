using CallCenter.Calls;
using CsCheck;

namespace CallCenter.Tests.Calls;

/// <summary>A phone system that gives one call several keys, and says so when it pleases.</summary>
public class CallLinksTests
{
    static readonly DateTimeOffset Noon = new(2026, 5, 4, 12, 0, 0, TimeSpan.Zero);
    static readonly PhoneNumber Customer = PhoneNumber.Parse("+34612345678", "ES"), Line = PhoneNumber.Parse("+34910000000", "ES");

    static CallKey Key(string id) => new("test", id);

    static DateTimeOffset At(double seconds) => Noon.AddSeconds(seconds);

    /// <summary>Rings under one key, is moved while it rings, is answered under a second and passed on under a third.</summary>
    static List<CallEvent> Moved(string a = "m", string b = "z", string c = "b") =>
    [
        new CallStarted(Key(a), At(0), Direction.Inbound, Customer, Line, "+34910000000"),
        new AttemptStarted(Key(a), At(2), "l1", "101"),
        new AttemptEnded(Key(a), At(12), "l1", AttemptResult.NotAnswered),
        new CallLinked(Key(a), At(13), b),
        new AttemptStarted(Key(b), At(14), "l2", "102"),
        new AttemptAnswered(Key(b), At(20), "l2"),
        new CallLinked(Key(c), At(40), b),
        new Transferred(Key(b), At(40), TransferKind.Blind, "102", "103"),
        new AttemptEnded(Key(b), At(40), "l2", AttemptResult.TransferredOut),
        new AttemptStarted(Key(c), At(41), "l3", "103"),
        new AttemptAnswered(Key(c), At(45), "l3"),
        new AttemptEnded(Key(c), At(90), "l3", AttemptResult.Answered),
        new CallEnded(Key(c), At(90), EndCause.Normal),
    ];

    static string Json(IEnumerable<Call> calls) => System.Text.Json.JsonSerializer.Serialize(calls.Select(call => call with { Id = 0, Version = 0, Provider = "" }), CallJson.Indented);

    static Call Folded(IReadOnlyCollection<CallEvent> events) => Assert.Single(CallLinks.Together(events).Select(call => Call.Of(call.Key, call.Events)!));

    [Fact]
    public void Keys_that_links_join_make_one_call_named_by_the_least_of_them()
    {
        var call = Folded(Moved());

        Assert.Equal(("b", "102", At(20), At(90), CallOutcome.Completed), (call.ProviderCallId, call.Operator, call.AnsweredAt, call.EndedAt, call.Outcome));
        Assert.Equal(["101", "102", "103"], call.Attempts.Select(attempt => attempt.Operator));
        Gen.Shuffle(Moved().Concat(Moved()).ToArray()).Sample(shuffled => Json([Folded(shuffled)]) == Json([call]), iter: 200);
    }

    [Fact]
    public void A_link_alone_is_no_call() => Assert.All(CallLinks.Together([new CallLinked(Key("a"), Noon, "b")]), told => Assert.Null(Call.Of(told.Key, told.Events)));

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task The_log_makes_the_same_call_in_any_order_and_any_batches(On database)
    {
        List<CallEvent> other = CallLogTests.Answered("other", Noon);
        var told = Moved().Concat(other).Concat(Moved()).ToArray();
        var expected = Json(new[] { Folded(Moved()), Call.Of(Key("other"), other)! }.OrderBy(call => call.ProviderCallId));

        await Gen.Select(Gen.Shuffle(told), Gen.Int[1, 6]).SampleAsync(async (shuffled, size) =>
        {
            await using var house = await House.Open(database);
            foreach (var batch in shuffled.Chunk(size)) await house.Hear(batch);
            Assert.Equal(expected, Json((await house.Calls()).OrderBy(call => call.ProviderCallId)));
            Assert.Equal(2, (await house.Log.Count(CallScope.Machine, new CallFilter(Alive: false))).Number);
            var found = new List<string>();
            await new CallAudit(house.Db, [new CallCenter.Recovery.RecoveryLedger()], house.Personnel).Verify(finding => found.Add($"{finding}"), null, CancellationToken.None);
            Assert.Empty(found);
        }, iter: database == On.Sqlite ? 30 : 5, threads: 1);
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task A_link_told_after_both_were_over_leaves_one_call_and_tells_who_follows(On database)
    {
        await using var house = await House.Open(database);
        var events = Moved();
        await house.Hear([.. events.Where(happened => happened is not CallLinked && happened.Call.Id == "m"), new CallEnded(Key("m"), At(13), EndCause.Unknown)]);
        await house.Hear(events.FindAll(happened => happened is not CallLinked && happened.Call.Id is "z" or "b"));
        var before = await house.Calls();
        Assert.Equal(3, before.Count);
        var missed = before.Single(call => call.ProviderCallId == "m");
        Assert.True(missed.Missed);
        var newest = await house.Log.NewestVersion();

        var told = await house.Hear(events.FindAll(happened => happened is CallLinked));

        var call = Assert.Single(await house.Calls());
        Assert.Equal((missed.Id, "b", false, "102"), (call.Id, call.ProviderCallId, call.Missed, call.Operator));
        Assert.Equal([(2L, call.Id), (3L, call.Id)], told.Where(one => one.MergedInto is not null).Select(one => (one.Id, one.MergedInto!.Value)).Order());
        Assert.Equal(told.Select(one => (one.Id, one.Version, one.MergedInto)), (await house.Log.ChangedAfter(CallScope.Machine, newest)).Calls.Select(one => (one.Id, one.Version, one.MergedInto)));
        Assert.Equal([told[0].Id], (await house.Log.ChangedAfter(CallScope.Machine, newest, limit: 1)).Calls.Select(one => one.Id));

        foreach (var id in (long[])[1, 2, 3]) Assert.Equal(call.Id, (await house.Log.Find(CallScope.Machine, id))?.Id);
        Assert.Equal(call.Id, Assert.Single(await house.Log.Find(CallScope.Machine, [Key("z"), Key("m")])).Id);
        Assert.Equal(3, (await house.Log.EventsOf(CallScope.Machine, [Key("m"), Key("z"), Key("b")])).Count);

        await house.Hear(new RecordingMade(Key("z"), At(95), "https://example.com/r"));
        Assert.Equal("https://example.com/r", Assert.Single(await house.Calls()).Recording);
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task A_follow_up_that_turns_out_to_be_part_of_an_inbound_call_made_nothing_good(On database)
    {
        await using var house = await House.Open(database);
        await house.Hear(CallLogTests.Missed("miss", At(-600)));
        await house.Hear(new CallStarted(Key("x"), At(0), Direction.Outbound, Line, Customer), new CallEnded(Key("x"), At(5), EndCause.NoAnswer));
        Assert.NotNull((await house.Calls(new CallFilter(Missed: true))).Single().RecoveredBy);

        var other = PhoneNumber.Parse("+34699999999", "ES");
        await house.Hear(new CallStarted(Key("a"), At(-5), Direction.Inbound, other, Line), new CallStarted(Key("a"), At(1), Direction.Inbound, null, null), new CallLinked(Key("a"), At(0), "x"));

        var miss = (await house.Calls()).Single(call => call.ProviderCallId == "miss");
        Assert.Null(miss.RecoveredBy);
    }

    [Fact]
    public async Task Two_nodes_that_link_and_tell_at_once_lose_nothing()
    {
        await using var one = await House.Open(On.Postgres);
        await using var two = await House.Beside(one);
        for (var i = 0; i < 10; i++)
        {
            var events = Moved($"m{i}", $"z{i}", $"b{i}");
            await Task.WhenAll(events.Select((happened, n) => Insist(n % 2 == 0 ? one : two, happened)));
        }

        var calls = await one.Calls();
        Assert.Equal(10, calls.Count);
        Assert.All(calls, call => Assert.Equal(("102", 3, CallOutcome.Completed), (call.Operator, call.Attempts.Count, call.Outcome)));
    }

    /// <summary>As phone systems do that are told 503.</summary>
    static async Task Insist(House house, CallEvent happened)
    {
        for (var times = 0; ; times++)
        {
            try
            {
                await house.Hear(happened);
                return;
            }
            catch (Exception e) when (CallCenter.Storage.Db.IsOutage(e) && times < 50)
            {
                await Task.Delay(20 * Random.Shared.Next(1, 5));
            }
        }
    }
}
