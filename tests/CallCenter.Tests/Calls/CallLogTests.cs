using CallCenter.Calls;
using CallCenter.Tests.Recovery;
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
    public async Task How_current_all_is_does_not_go_back_while_history_is_filled_in_behind(On database)
    {
        await using var house = await House.Open(database);
        Assert.Null(await house.Log.NewestEventAt());
        var told = TestCalls.GotThrough("now", 0, "612345678");
        await house.Hear(told.SkipLast(1).ToList());
        var ringing = await house.Log.NewestEventAt();
        Assert.Equal(told[^2].At, ringing);
        foreach (var ended in (bool[])[false, true])
        {
            if (ended) await house.Hear(told);
            for (var i = 0; i < 30; i++) await house.Hear(TestCalls.GotThrough($"old-{ended}-{i}", -86_400 * (i + 1), "612345679"));
            Assert.Equal(ended ? told[^1].At : ringing, await house.Log.NewestEventAt());
        }
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

    [Fact]
    public async Task Nodes_that_hear_of_one_call_in_turns_make_the_call_that_one_would()
    {
        await using var one = await House.Open(On.Postgres);
        await using var other = await House.Beside(one);
        var told = Answered("shared", Noon);
        for (var i = 0; i < told.Count; i++) await (i % 3 == 1 ? other : one).Hear([told[i]]);

        var call = Assert.Single(await one.Calls());
        Assert.Equal(Json(Call.Of(told[0].Call, told)!), Json(call with { Id = 0, Version = 0, Provider = "" }));
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task What_was_rolled_back_is_not_remembered(On database)
    {
        await using var house = await House.Open(database);
        var told = Answered("going on", Noon);
        await house.Hear(told.Take(2).ToList());
        await Assert.ThrowsAsync<InvalidOperationException>(() => house.Db.Write(async tx =>
        {
            await house.Log.Append(tx, told.Skip(2).ToList(), _ => "test");
            throw new InvalidOperationException("planted");
        }));
        await house.Hear([told[2]]);

        var expected = Call.Of(told[0].Call, told.Take(3))!;
        Assert.Equal(Json(expected), Json(Assert.Single(await house.Calls()) with { Id = 0, Version = 0, Provider = "" }));
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task What_is_told_again_of_a_call_in_progress_changes_nothing(On database)
    {
        await using var house = await House.Open(database);
        var told = Answered("going on", Noon).Take(3).ToList();
        await house.Hear(told);
        var before = Assert.Single(await house.Calls());

        Assert.Empty(await house.Hear(told));
        Assert.Equal(before.Version, Assert.Single(await house.Calls()).Version);
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
        Assert.Equal(new CallCount(26, true), await house.Log.Count(CallScope.Machine, new CallFilter()));
        Assert.Equal(26, (await house.Calls(new CallFilter(Customer: "612 34 56 78"))).Count);

        var seen = new List<long>();
        CallCursor? cursor = null;
        do
        {
            var page = await house.Log.List(CallScope.Machine, new CallFilter(), 10, cursor);
            seen.AddRange(page.Calls.Select(call => call.Id));
            cursor = page.Next;
        }
        while (cursor is not null);
        Assert.Equal(26, seen.Count);
        Assert.Equal(26, seen.Distinct().Count());
    }

    static readonly Gen<CallFilter> AnyFilter =
        from direction in Gen.OneOf<Direction?>(null, null, Direction.Inbound, Direction.Outbound)
        from outcome in Gen.OneOf<CallOutcome?>(null, null, null, CallOutcome.Completed, CallOutcome.Cancelled)
        from state in Gen.OneOf<CallState?>(null, null, null, CallState.Ringing, CallState.Ended)
        from missed in Gen.OneOf<bool?>(null, null, true, false)
        from alive in Gen.OneOf<bool?>(null, null, true, false)
        from who in Gen.OneOf<string?>(null, null, "101", "999")
        from queue in Gen.OneOf<string?>(null, null, "ventas", "compras")
        from line in Gen.OneOf<string?>(null, null, null, "910000000")
        from customer in Gen.OneOf<string?>(null, null, null, "612 34 56 78", "+34 600 000 001", "hola")
        from connection in Gen.OneOf<string?>(null, null, null, "test", "other")
        from recovery in Gen.OneOf<RecoveryStanding?>(null, null, RecoveryStanding.Open, RecoveryStanding.Recovered, RecoveryStanding.SelfRecovered, RecoveryStanding.NoNumber)
        from begins in Gen.Int[-60, 400]
        from minutes in Gen.Int[0, 300]
        select new CallFilter(begins < 0 ? null : Noon.AddMinutes(begins), minutes == 0 ? null : Noon.AddMinutes(begins + minutes),
            direction, outcome, state, missed, alive, who, queue, line, customer, "ES", connection, recovery);

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task Any_filter_in_either_order_finds_what_it_says_counts_it_and_pages_through_it(On database)
    {
        await using var house = await House.Open(database);
        for (var i = 0; i < 60; i++) await house.Hear(Mixed(i));
        var all = (await house.Calls()).ToList();
        Assert.Equal(60, all.Count);
        foreach (var standing in Enum.GetValues<RecoveryStanding>()) Assert.Contains(all, call => call.Standing == standing);

        await Gen.Select(AnyFilter, Gen.OneOf(CallOrder.NewestFirst, CallOrder.OldestFirst), Gen.Int[1, 9]).SampleAsync(async (filter, order, limit) =>
        {
            var expected = all.Where(filter.Matches).OrderByDescending(call => call.StartedAt).ThenByDescending(call => call.Id).Select(call => call.Id).ToList();
            if (order == CallOrder.OldestFirst) expected.Reverse();
            var found = new List<long>();
            CallCursor? next = null;
            do
            {
                var page = await house.Log.List(CallScope.Machine, filter, limit, next, order);
                if (page.Calls.Count > 0) Assert.Equal(new CallCount(found.Count, true), await house.Log.CountBefore(CallScope.Machine, CallCursor.Of(page.Calls[0]), filter, order));
                found.AddRange(page.Calls.Select(call => call.Id));
                next = page.Next;
            }
            while (next is not null);
            Assert.Equal(expected, found);
            Assert.Equal(new CallCount(expected.Count, true), await house.Log.Count(CallScope.Machine, filter));
        }, iter: database == On.Sqlite ? 400 : 100, threads: 1);
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task A_count_goes_no_further_than_is_cheap_and_says_so(On database)
    {
        await using var house = await House.Open(database);
        await house.Hear(Answered("c", Noon));
        // The same call many times over, as rows only: counting looks at nothing else.
        await house.Db.Write(async tx =>
        {
            foreach (var column in (string[])["started_at", "id", "version"]) await tx.Run($"update calls set {column} = 1 where 1 = 1");
            var others = string.Join(", ", CallRow.Parameters.Except(["id", "call_key", "started_at", "version"]));
            for (var rows = 1; rows < 32_768; rows *= 2)
                await tx.Run($"insert into calls (id, call_key, started_at, version, {others}) select id + {rows}, call_key || 'x{rows}', started_at + {rows}, version + {rows}, {others} from calls");
        });

        Assert.Equal(new CallCount(CallLog.CountMax, false), await house.Log.Count(CallScope.Machine, new CallFilter()));
        Assert.Equal(new CallCount(CallLog.CountMax, false), await house.Log.Count(CallScope.Machine, new CallFilter(Operator: "101", Queue: "ventas")));
        Assert.Equal(new CallCount(0, false), await house.Log.Count(CallScope.Machine, new CallFilter(Operator: "101", Queue: "compras")));
        Assert.Equal(new CallCount(0, true), await house.Log.Count(CallScope.Machine, new CallFilter(Queue: "compras")));
        Assert.Equal(new CallCount(1, true), await house.Log.CountBefore(CallScope.Machine, new CallCursor(DateTimeOffset.FromUnixTimeMilliseconds(32_767), 32_767), new CallFilter()));
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task There_is_to_choose_what_calls_have_had(On database)
    {
        await using var house = await House.Open(database);
        Assert.Empty((await house.Log.Choices(CallScope.Machine)).Queues);
        for (var i = 0; i < 60; i++) await house.Hear(Mixed(i));

        var choices = await house.Log.Choices(CallScope.Machine);
        Assert.Equal(["910000000"], choices.Lines);
        Assert.Equal(["compras", "ventas"], choices.Queues);
        Assert.Equal(["101", "102"], choices.Operators);
    }

    [Fact]
    public async Task A_call_names_the_misses_that_it_made_good()
    {
        await using var house = await House.Open();
        await house.Hear(Missed("m-1", Noon));
        await house.Hear(Missed("m-2", Noon.AddMinutes(5)));
        var good = (await house.Hear(Answered("again", Noon.AddMinutes(20)))).Single(call => call.ProviderCallId == "again");

        Assert.Equal(["m-2", "m-1"], (await house.Log.MadeGoodBy(CallScope.Machine, good.Id)).Select(call => call.ProviderCallId));
        Assert.Equal(2, (await house.Calls(new CallFilter(Recovery: RecoveryStanding.SelfRecovered))).Count);
    }

    public static TheoryData<string, CallFilter, string> Plans() => new()
    {
        { "everything", new(), "calls_by_start" },
        { "period", new(From: Noon, Until: Noon.AddDays(1)), "calls_by_start (" },
        { "line", new(Line: "910000000"), "calls_by_line (line=?" },
        { "queue", new(Queue: "ventas"), "calls_by_queue (queue=?" },
        { "operator", new(Operator: "101"), "calls_by_operator (operator=?" },
        { "outcome", new(Outcome: CallOutcome.NoAnswer), "calls_by_outcome (outcome=?" },
        { "direction", new(Direction: Direction.Outbound), "calls_by_direction (direction=?" },
        { "missed", new(Missed: true), "calls_missed" },
        { "not missed", new(Missed: false), "calls_by_start" },
        { "open", new(Recovery: RecoveryStanding.Open), "calls_open" },
        { "recovered", new(Recovery: RecoveryStanding.Recovered), "calls_recovered" },
        { "self-recovered", new(Recovery: RecoveryStanding.SelfRecovered), "calls_self_recovered" },
        { "no number", new(Recovery: RecoveryStanding.NoNumber), "calls_without_number" },
        { "customer", new(Customer: "612345678"), "calls_by_customer (customer_key=?" },
        { "connection", new(Connection: "test"), "calls_by_connection (connection=?" },
        { "in progress", new(Alive: true), "calls_alive" },
        { "ringing", new(State: CallState.Ringing), "calls_alive" },
        // Of several conditions the rarest leads, and the period narrows it.
        { "customer and everything", new(Noon, Noon.AddDays(1), Direction.Inbound, CallOutcome.Cancelled, Missed: true, Operator: "101", Queue: "ventas", Line: "910000000", Customer: "612345678", Connection: "test", Recovery: RecoveryStanding.Open), "calls_by_customer (customer_key=? AND " },
        { "open in a queue", new(Queue: "ventas", Recovery: RecoveryStanding.Open), "calls_open" },
        { "failed inbound", new(Direction: Direction.Inbound, Outcome: CallOutcome.Failed), "calls_by_outcome (outcome=?" },
        { "completed of an operator", new(Operator: "101", Outcome: CallOutcome.Completed), "calls_by_operator (operator=?" },
        { "in progress of a connection", new(Alive: true, Connection: "test", Customer: "612345678"), "calls_alive" },
    };

    [Theory, MemberData(nameof(Plans))]
    public async Task d50_every_filter_reads_an_index_in_its_order_and_no_more(string name, CallFilter filter, string index)
    {
        await using var house = await House.Open();
        foreach (var order in Enum.GetValues<CallOrder>())
            foreach (var after in (CallCursor?[])[null, new CallCursor(Noon, 7)])
                foreach (var search in CallSearch.PartsOf(CallScope.Machine, filter, order, after, isPostgres: false))
                {
                    var isHistory = search.Page(1).Contains("ended_at is not null");
                    var plan = await Plan(house, search.Page(51), search.Values);
                    Assert.True(plan.Contains($"INDEX {(isHistory ? index : "calls_alive")}"), $"{name}: {plan}");
                    Assert.DoesNotContain("TEMP B-TREE", plan);
                    if (after is not null) Assert.Matches(@"\(started_at,id\)[<>]|started_at[<>]\?", plan);

                    plan = await Plan(house, search.Count(), search.Values);
                    Assert.DoesNotContain("TEMP B-TREE", plan);
                    Assert.Contains("INDEX", plan);
                }

        foreach (var column in (string[])["line", "queue", "operator"])
            Assert.DoesNotMatch(@"SCAN calls(?! USING COVERING INDEX)", await Plan(house, CallSearch.Choices(column), new()));
    }

    internal static Task<string> Plan(House house, string sql, Dapper.DynamicParameters values) => house.Db.Read(async tx =>
        string.Join('\n', (await tx.List<(long Id, long Parent, long Unused, string Detail)>("explain query plan " + sql, values)).Select(step => step.Detail)));

    /// <summary>Some of everything: directions, queues, operators, misses made good and not, hidden callers, calls in progress.</summary>
    static List<CallEvent> Mixed(int i)
    {
        var (at, key) = (Noon.AddMinutes(i * 5), new CallKey(i % 7 == 0 ? "other" : "test", $"c-{i}"));
        var outbound = i % 6 == 5;
        var number = PhoneNumber.Parse(i % 10 == 3 ? "anonymous" : $"+34 600 000 00{i % 5}", "ES");
        var ours = PhoneNumber.Parse("910000000", "ES");
        List<CallEvent> told =
        [
            new CallStarted(key, at, outbound ? Direction.Outbound : Direction.Inbound, outbound ? ours : number, outbound ? number : ours, "910000000", outbound ? "101" : null),
            new AttemptStarted(key, at.AddSeconds(2), "leg", outbound ? "" : i % 4 == 0 ? "102" : "101", outbound ? LegRole.Outside : LegRole.Operator),
        ];
        if (!outbound) told.Add(new QueueJoined(key, at.AddSeconds(1), i % 2 == 0 ? "ventas" : "compras"));
        if (i % 3 == 0 && i % 10 != 3) told.Add(new AttemptAnswered(key, at.AddSeconds(8), "leg"));
        if (i is not (57 or 58)) told.Add(new CallEnded(key, at.AddSeconds(40), EndCause.Unknown));
        return told;
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
