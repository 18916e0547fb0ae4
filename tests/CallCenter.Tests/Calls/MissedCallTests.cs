using System.Globalization;
using System.Text;
using System.Text.Json;
using CallCenter.Calls;
using CallCenter.Recovery;
using CallCenter.Teams;
using CallCenter.Tests.Recovery;
using CallCenter.Tests.Telephony;
using CallCenter.Web;
using static CallCenter.Tests.Recovery.RecordedMisses;

namespace CallCenter.Tests.Calls;

/// <summary>
/// What people complain about in other products (product.md D.1): missed calls counted wrongly. Shown on the log and the
/// cases as they are kept, with recorded sessions where it is about what a phone system sends.
/// </summary>
public sealed class MissedCallTests
{
    static readonly DateTimeOffset Noon = new(2026, 5, 4, 12, 0, 0, TimeSpan.Zero);
    static readonly CaseScope AllCases = CaseScope.Of(CallScope.Machine);

    public static TheoryData<On, string> Everywhere => RecordedMisses.Everywhere;

    [Theory, MemberData(nameof(Everywhere))]
    public async Task d01_a_queue_call_that_an_agent_answered_is_no_missed_call(On database, string system)
    {
        string[] scenarios = ["queue_answered", "queue_no_answer_next_agent", "queue_ring_all", "queue_overflow", "menu_to_queue"];
        await using var house = await House.Open(database);
        await house.Hear(system, scenarios);
        var (lived, missed, inCases) = (Lived(system, scenarios), await house.Missed(), (await house.InCases()).ConvertAll(one => one.Call));

        var answered = (await house.Calls()).Where(call => lived[call.ProviderCallId].Agent is not null).ToList();
        Assert.Equal(lived.Values.Count(call => call.Agent is not null), answered.Count);
        Assert.True(answered.Count >= 12, $"{answered.Count}");
        Assert.All(answered, call =>
        {
            Assert.Equal((false, null, null), (call.Missed, call.MissedReason, call.Standing));
            Assert.Equal((CallOutcome.Completed, lived[call.ProviderCallId].Agent), (call.Outcome, call.Operator));
            Assert.DoesNotContain(call.Id, missed);
            Assert.DoesNotContain(call.Id, inCases);
        });
    }

    [Theory, MemberData(nameof(Everywhere))]
    public async Task d02_a_queue_member_who_did_not_pick_up_has_an_attempt_and_the_customer_one_missed_call_at_most(On database, string system)
    {
        string[] scenarios = ["queue_timeout", "queue_abandoned", "queue_no_answer_next_agent", "queue_ring_all"];
        await using var house = await House.Open(database);
        await house.Hear(system, scenarios);
        var (lived, calls) = (Lived(system, scenarios), await house.Calls());

        Assert.Equal(lived.Keys.Order(), calls.Select(call => call.ProviderCallId).Order());
        Assert.All(calls, call => Assert.Equal(lived[call.ProviderCallId].Rung, call.Attempts.Select(attempt => (attempt.Operator, attempt.AnsweredAt is not null)).Order()));
        Assert.Contains(calls, call => call.Missed && call.Attempts.Count > 1);
        Assert.Equal(lived.Where(call => call.Value.Agent is null).Select(call => call.Key).Order(), calls.Where(call => call.Missed).Select(call => call.ProviderCallId).Order());

        var missed = calls.Where(call => call.Missed).Select(call => call.Id).Order();
        Assert.Equal(missed, (await house.InCases()).Select(one => one.Call));
        Assert.All(await house.AllCases(), one => Assert.Equal(1, one.Misses));
    }

    [Theory, MemberData(nameof(Everywhere))]
    public async Task d03_an_answered_queue_call_is_there_once_and_is_missed_at_no_moment(On database, string system)
    {
        await using var house = await House.Open(database);
        var before = await house.CaseVersion();
        var lived = Lived(system, "queue_answered");

        foreach (var happened in new Capture("queue_answered", system).Events())
        {
            // What this returns is what streams, screens and other programs are told.
            Assert.DoesNotContain(await house.Hear(happened), call => call.Missed);
            Assert.Empty(await house.Missed());
        }

        Assert.Equal(lived.Keys.Order(), (await house.Calls()).Select(call => call.ProviderCallId).Order());
        Assert.Equal(before, await house.CaseVersion());
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task d03_in_whatever_order_it_is_told_up_to_its_answer_no_false_notice_remains(On database)
    {
        var clock = new StandingClock(Noon.AddHours(1));
        await using var house = await House.Open(database, clock);
        var before = await house.CaseVersion();
        for (var seed = 0; seed < 20; seed++)
        {
            var (together, oneByOne) = (Shuffled($"together-{seed}", seed), Shuffled($"one by one-{seed}", seed));
            Assert.DoesNotContain(await house.Hear(together), call => call.Missed);
            // Nobody can know of an answer that was not told yet, so here the end comes after it.
            var answer = oneByOne.Find(happened => happened is AttemptAnswered)!;
            foreach (var happened in oneByOne.Where(happened => happened is not (AttemptAnswered or CallEnded)).Append(answer).Append(oneByOne.Find(happened => happened is CallEnded)!))
                Assert.DoesNotContain(await house.Hear(happened), call => call.Missed);
        }

        Assert.Equal(40, (await house.Calls()).Count);
        Assert.Equal(before, await house.CaseVersion());

        // Of an answer that is told after the end there is nothing left of the miss but its correction.
        var late = Shuffled("late", 1);
        await house.Hear(late.Where(happened => happened is not AttemptAnswered).ToList());
        var told = await house.Hear(late.Find(happened => happened is AttemptAnswered)!);
        Assert.Equal((CallOutcome.Completed, false, null), (told[^1].Outcome!.Value, told[^1].Missed, told[^1].MissedReason));
        Assert.Equal(41, (await house.Calls()).Count);
        Assert.Empty(await house.Missed());
        Assert.Empty(await house.InCases());
        Assert.Equal(0, (await house.CaseList.List(AllCases, new CaseFilter(IsOpen: null), CaseOrder.Newest, CaseList.PageMax)).Total);
        clock.Now = Noon.AddDays(30);
        Assert.Empty(await house.CaseDesk.Escalate(10, default));
    }

    static List<CallEvent> Shuffled(string id, int seed)
    {
        var told = CallLogTests.Answered(id, Noon).ToArray();
        new Random(seed).Shuffle(told);
        // The hardest: the answer is the last that is told.
        return [.. told.Where(happened => happened is not AttemptAnswered), .. told.OfType<AttemptAnswered>()];
    }

    [Theory, MemberData(nameof(Everywhere))]
    public async Task d04_unanswered_calls_of_our_own_are_not_missed_and_make_no_case(On database, string system)
    {
        await using var house = await House.Open(database);
        await house.Hear(system, "outbound_mix", "outbound_rings_out", "click_to_call", "internal");

        var unanswered = (await house.Calls()).Where(call => call.Direction != Direction.Inbound && call.AnsweredAt is null).ToList();
        Assert.True(unanswered.Count >= 8, $"{unanswered.Count}");
        Assert.Contains(unanswered, call => call.Outcome == CallOutcome.NoAnswer);
        Assert.All(unanswered, call => Assert.Equal((CallState.Ended, false, null, null), (call.State, call.Missed, call.MissedReason, call.Standing)));
        Assert.Empty((await house.Missed()).Intersect(unanswered.Select(call => call.Id)));
        Assert.Empty((await house.InCases()).Select(one => one.Call).Intersect(unanswered.Select(call => call.Id)));
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task d04_the_telephones_of_a_ring_group_are_no_missed_calls(On database)
    {
        await using var house = await House.Open(database);
        var before = await house.CaseVersion();
        var call = new CallKey("test", "group");
        List<CallEvent> told = [Inbound(call, Noon)];
        for (var i = 1; i <= 4; i++) told.Add(new AttemptStarted(call, Noon.AddSeconds(1), $"leg-{i}", $"10{i}"));
        told.Add(new AttemptEnded(call, Noon.AddSeconds(5), "leg-1", AttemptResult.Declined));
        told.Add(new AttemptEnded(call, Noon.AddSeconds(6), "leg-2", AttemptResult.NotAnswered));
        told.Add(new AttemptAnswered(call, Noon.AddSeconds(9), "leg-3"));
        told.Add(new AttemptEnded(call, Noon.AddSeconds(9), "leg-4", AttemptResult.Cancelled));
        told.Add(new CallEnded(call, Noon.AddSeconds(90), EndCause.Normal));
        foreach (var happened in told) Assert.DoesNotContain(await house.Hear(happened), one => one.Missed);
        Assert.Equal(before, await house.CaseVersion());

        // Where the phone system tells a telephone of the group as a call of its own, and only later whose call that was.
        var leg = new CallKey("test", "leg of the group");
        await house.Hear(Inbound(leg, Noon.AddSeconds(1)), new AttemptStarted(leg, Noon.AddSeconds(1), "leg-5", "105"), new AttemptEnded(leg, Noon.AddSeconds(8), "leg-5", AttemptResult.NotAnswered),
            new CallEnded(leg, Noon.AddSeconds(8), EndCause.NoAnswer));
        await house.Hear(new CallLinked(leg, Noon.AddSeconds(8), call.Id));

        var only = Assert.Single(await house.Calls());
        Assert.Equal((CallOutcome.Completed, "103", 5), (only.Outcome!.Value, only.Operator, only.Attempts.Count));
        Assert.Equal([AttemptResult.Declined, AttemptResult.NotAnswered, AttemptResult.Answered, AttemptResult.AnsweredElsewhere, AttemptResult.NotAnswered],
            only.Attempts.OrderBy(attempt => attempt.Operator, StringComparer.Ordinal).Select(attempt => attempt.Result));
        Assert.Empty(await house.Missed());
        Assert.Empty(await house.InCases());
    }

    [Theory, MemberData(nameof(Everywhere))]
    public async Task d05_a_queue_or_menu_that_answers_serves_nobody(On database, string system)
    {
        string[] scenarios = ["queue_abandoned", "queue_timeout", "menu_to_queue", "long_wait"];
        await using var house = await House.Open(database);
        await house.Hear(system, scenarios);
        var lived = Lived(system, scenarios);

        // The phone system does say that the call was answered: by itself.
        var answers = system == Capture.Asterisk ? "ChannelStateDesc: Up" : "CHANNEL_ANSWER";
        Assert.Contains(new Capture("queue_abandoned", system).Items, item => Encoding.UTF8.GetString(item.Message.Span).Contains(answers, StringComparison.Ordinal));

        var unserved = (await house.Calls()).Where(call => lived[call.ProviderCallId].Agent is null).ToList();
        Assert.True(unserved.Count >= 9, $"{unserved.Count}");
        Assert.All(unserved, call => Assert.Equal((true, null, 0.0, null), (call.Missed, call.AnsweredAt, call.TalkSeconds!.Value, call.Operator)));
        Assert.Equal(unserved.Select(call => call.Id).Order(), (await house.Missed()).Order());
        Assert.Equal(unserved.Where(call => call.CustomerNumber is not null).Select(call => call.Id).Order(), (await house.InCases()).Select(one => one.Call));
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task d05_a_mailbox_that_answers_serves_nobody(On database)
    {
        await using var house = await House.Open(database);
        var call = new CallKey("test", "mailbox");
        await house.Hear(Inbound(call, Noon), new QueueJoined(call, Noon.AddSeconds(1), "ventas"), new AttemptStarted(call, Noon.AddSeconds(2), "leg", "101"),
            new AttemptEnded(call, Noon.AddSeconds(20), "leg", AttemptResult.NotAnswered), new QueueLeft(call, Noon.AddSeconds(20), "ventas", QueueExit.TimedOut),
            new VoicemailLeft(call, Noon.AddSeconds(50)), new CallEnded(call, Noon.AddSeconds(51), EndCause.Normal));

        var missed = Assert.Single(await house.Calls(new CallFilter(Missed: true)));
        Assert.Equal((true, MissedReason.QueueTimeout, 0.0), (missed.Voicemail, missed.MissedReason!.Value, missed.TalkSeconds!.Value));
        Assert.Equal(missed.Id, Assert.Single(await house.AllCases()).LastCall);
    }

    [Theory, MemberData(nameof(Everywhere))]
    public async Task d06_lists_counts_exports_streams_and_cases_agree_on_which_calls_were_missed(On database, string system)
    {
        await using var house = await WebHouse.Open(database);
        foreach (var scenario in Capture.ScenariosOf(system)) await house.Hear([.. new Capture(scenario, system).Events()]);
        await house.Hear(CallLogTests.Answered("lasts", Noon).Take(3).ToList());
        using var client = await house.ClientWithKey(ApiScope.CallsRead, ApiScope.CasesRead);

        var all = await All(client, "/api/calls?limit=500");
        var missed = all.Where(call => call.GetProperty("missed").GetBoolean()).Select(IdOf).ToHashSet();
        Assert.True(missed.Count is > 15 && missed.Count < all.Count / 2, $"{missed.Count} of {all.Count}");

        Assert.Equal(missed.Order(), (await All(client, "/api/calls?missed=true&limit=500")).Select(IdOf).Order());
        Assert.Equal(all.Select(IdOf).Except(missed).Order(), (await All(client, "/api/calls?missed=false&limit=500")).Select(IdOf).Order());
        Assert.Equal((missed.Count, all.Count - missed.Count), ((await house.Log.Count(CallScope.Machine, new CallFilter(Missed: true))).Number, (await house.Log.Count(CallScope.Machine, new CallFilter(Missed: false))).Number));

        var csv = (await client.GetStringAsync("/api/calls/export.csv?missed=true")).TrimEnd().Split("\r\n").Skip(1).Select(line => long.Parse(line.Split(',')[0], CultureInfo.InvariantCulture));
        Assert.Equal(missed.Order(), csv.Order());
        var lines = (await client.GetStringAsync("/api/calls/export.jsonl")).TrimEnd().Split('\n').Select(line => JsonDocument.Parse(line).RootElement);
        Assert.Equal(missed.Order(), lines.Where(call => call.GetProperty("missed").GetBoolean()).Select(IdOf).Order());

        Assert.Equal(missed.Order(), (await Streamed(house, client)).Values.Where(call => call.GetProperty("missed").GetBoolean()).Select(IdOf).Order());

        var due = new List<long>();
        foreach (var one in (await Get(client, "/api/cases?state=all&limit=200")).GetProperty("cases").EnumerateArray())
            due.AddRange((await Get(client, $"/api/cases/{IdOf(one)}")).GetProperty("misses").EnumerateArray().Select(IdOf));
        due.AddRange((await All(client, "/api/calls?recovery=no_number&limit=500")).Select(IdOf));
        Assert.Equal(missed.Order(), due.Order());

        Assert.Equal(missed.Order(), (await house.Db.Read(tx => tx.List<long>("select id from calls where missed = 1"))).Order());
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task d07_ten_agents_that_a_queue_rings_four_times_are_one_call_and_one_case(On database)
    {
        await using var house = await House.Open(database);
        foreach (var (call, minutes) in new[] { (new CallKey("test", "nobody"), 0), (new CallKey("test", "the seventh"), 60) })
        {
            var at = Noon.AddMinutes(minutes);
            await house.Hear(Inbound(call, at, minutes == 0 ? "612345601" : "612345602"), new QueueJoined(call, at.AddSeconds(1), "ventas"));
            for (var round = 0; round < 4; round++)
            {
                var rings = at.AddSeconds(2 + round * 20);
                var isAnswered = minutes > 0 && round == 3;
                List<CallEvent> told = [.. Enumerable.Range(1, 10).Select(agent => new AttemptStarted(call, rings, $"leg-{round}-{agent}", $"{200 + agent}"))];
                if (isAnswered) told.Add(new AttemptAnswered(call, rings.AddSeconds(8), $"leg-{round}-7"));
                told.AddRange(Enumerable.Range(1, 10).Where(agent => !isAnswered || agent != 7)
                    .Select(agent => new AttemptEnded(call, rings.AddSeconds(isAnswered ? 8 : 15), $"leg-{round}-{agent}", isAnswered ? AttemptResult.AnsweredElsewhere : AttemptResult.NotAnswered)));
                foreach (var some in told.Chunk(4)) await house.Hear(some);
                await house.Hear(told); // and all of it again
            }

            await house.Hear(new QueueLeft(call, at.AddSeconds(82), "ventas", minutes == 0 ? QueueExit.TimedOut : QueueExit.Answered), new CallEnded(call, at.AddSeconds(82), EndCause.Normal));
        }

        var calls = await house.Calls();
        Assert.Equal(["the seventh", "nobody"], calls.Select(call => call.ProviderCallId));
        Assert.All(calls, call => Assert.Equal(Enumerable.Range(1, 10).Select(agent => ($"{200 + agent}", 4)), call.Attempts.CountBy(attempt => attempt.Operator).Select(agent => (agent.Key, agent.Value)).Order()));
        Assert.Equal(("207", false), (calls[0].Operator, calls[0].Missed));
        Assert.Equal((MissedReason.QueueTimeout, true), (calls[1].MissedReason!.Value, calls[1].Missed));
        Assert.Equal(2, await house.Db.Read(tx => tx.One<long>("select count(*) from calls")));
        Assert.Equal(1, (await house.Log.Count(CallScope.Machine, new CallFilter(Missed: true))).Number);
        var one = Assert.Single(await house.AllCases());
        Assert.Equal((1, calls[1].Id, "+34612345601"), (one.Misses, one.LastCall, one.Number));
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task d07_a_recorded_call_that_rang_thirty_one_times_is_one_missed_call(On database)
    {
        await using var house = await House.Open(database);
        await house.Hear(Capture.Asterisk, "morning");
        Assert.Equal(new Capture("morning").KnowableCalls.Count(), (await house.Calls()).Count);
        var insistent = Assert.Single(await house.Calls(), call => call.Attempts.Count == 31);
        Assert.True(insistent.Missed);
        Assert.Single(await house.InCases(), one => one.Call == insistent.Id);
    }

    [Theory, MemberData(nameof(Everywhere))]
    public async Task d08_calls_that_agents_of_fixed_extensions_answered_are_not_abandoned(On database, string system)
    {
        string[] scenarios = ["queue_answered", "queue_no_answer_next_agent", "queue_ring_all", "queue_overflow"];
        var lived = Lived(system, scenarios);
        await using var house = await House.Open(database);
        var people = new Dictionary<string, string>();
        foreach (var extension in lived.Values.SelectMany(call => call.Rung).Select(rung => rung.Who).Distinct())
        {
            people[extension] = (await house.Users.Add(new NewPerson($"p{extension}@example.com", $"Persona {extension}", [Role.Operator]), null, Authority.Console)).Id;
            await house.Teams.GiveExtension(people[extension], Capture.Connection, extension, DateTimeOffset.MinValue, Authority.Console);
        }

        await house.Hear(system, scenarios);

        var calls = await house.Calls();
        Assert.Equal(lived.Count, calls.Count);
        Assert.All(calls, call =>
        {
            var agent = lived[call.ProviderCallId].Agent!;
            Assert.Equal((CallOutcome.Completed, agent, null), (call.Outcome!.Value, call.Operator, call.MissedReason));
            Assert.Equal(QueueExit.Answered, call.Queues[^1].Reason);
            Assert.DoesNotContain(call.Queues, visit => visit.Reason == QueueExit.Abandoned);
            Assert.Contains(people[agent], call.People);
        });
        Assert.Empty(await house.Calls(new CallFilter(Outcome: CallOutcome.Cancelled)));
        foreach (var (agent, count) in lived.Values.CountBy(call => call.Agent!))
        {
            var own = await house.Log.List(CallScope.Own(people[agent]), new CallFilter(Operator: agent, Outcome: CallOutcome.Completed));
            Assert.Equal(count, own.Calls.Count);
        }
    }

    [Theory, MemberData(nameof(Everywhere))]
    public async Task d09_who_hung_up_and_nobody_answered_are_different_outcomes_and_nothing_rings_after_its_end(On database, string system)
    {
        await using var house = await House.Open(database);
        string[] scenarios = ["queue_abandoned", "queue_timeout", "direct_inbound"];
        await house.Hear(system, scenarios);
        var lived = Lived(system, scenarios);

        async Task<IReadOnlyList<Call>> With(CallOutcome outcome) => await house.Calls(new CallFilter(Missed: true, Outcome: outcome));
        IEnumerable<string> Those(string outcome) => lived.Where(call => call.Value is { Agent: null } lives && lives.Outcome == outcome).Select(call => call.Key).Order();
        var (hungUp, unanswered) = (await With(CallOutcome.Cancelled), await With(CallOutcome.NoAnswer));
        Assert.NotEmpty(hungUp);
        Assert.NotEmpty(unanswered);
        Assert.Equal(Those("cancelled"), hungUp.Select(call => call.ProviderCallId).Order());
        Assert.Equal(Those("no_answer"), unanswered.Select(call => call.ProviderCallId).Order());
        Assert.All(hungUp, call => Assert.True(call.MissedReason is MissedReason.ShortAbandon or MissedReason.AbandonedWaiting or MissedReason.AbandonedInIvr, $"{call.MissedReason}"));
        Assert.All(unanswered, call => Assert.True(call.MissedReason is MissedReason.QueueTimeout or MissedReason.NotAnswered or MissedReason.NoAgentLoggedIn, $"{call.MissedReason}"));

        // Telephones of whose silence nobody told.
        var silent = new CallKey("test", "silent");
        await house.Hear(Inbound(silent, Noon), new AttemptStarted(silent, Noon.AddSeconds(1), "leg-1", "101"), new AttemptStarted(silent, Noon.AddSeconds(2), "leg-2", "102"),
            new CallEnded(silent, Noon.AddSeconds(20), EndCause.Cancelled));
        foreach (var scenario in Capture.ScenariosOf(system).Except(scenarios)) await house.Hear(system, scenario);
        foreach (var state in Enum.GetValues<CallState>().Where(state => state != CallState.Ended)) Assert.Empty(await house.Calls(new CallFilter(State: state)));
        Assert.Empty(await house.Calls(new CallFilter(Alive: true)));
        Assert.All(await house.Calls(), call =>
        {
            Assert.Equal((CallState.Ended, true, true), (call.State, call.Outcome is not null, call.EndedAt is not null));
            Assert.All(call.Attempts, attempt => Assert.True(attempt.EndedAt is not null && attempt.Result != AttemptResult.Rang, $"{call.ProviderCallId} {attempt}"));
        });
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task d10_all_clients_see_the_same_state_of_a_call_at_the_same_version(On database)
    {
        await using var house = await WebHouse.Open(database);
        await using var beside = database == On.Postgres ? await house.OpenBeside() : null;
        using var one = await house.ClientWithKey();
        using var other = await (beside ?? house).ClientWithKey();
        using var stream = await CallStreamApiTests.SseReader.Open(one, null);
        var seen = new Dictionary<(long Id, long Version), string>();
        var looks = 0;
        void See(string text)
        {
            var call = JsonDocument.Parse(text).RootElement;
            var key = (IdOf(call), call.GetProperty("version").GetInt64());
            looks++;
            if (!seen.TryAdd(key, text)) Assert.Equal(seen[key], text);
        }

        foreach (var happened in new Capture("queue_abandoned").Events().Concat(CallLogTests.Answered("answered", Noon)).ToList())
        {
            var told = await house.Hear(happened);
            foreach (var call in told) See(JsonSerializer.Serialize(call, CallJson.Options));
            foreach (var client in (HttpClient[])[one, other])
                foreach (var call in await All(client, "/api/calls")) See(call.GetRawText());
            foreach (var call in (await house.Log.ChangedAfter(CallScope.Machine, 0)).Calls) See(JsonSerializer.Serialize(call, CallJson.Options));
            foreach (var id in told.Select(call => call.Id)) Assert.StartsWith(JsonSerializer.Serialize(await house.Log.Find(CallScope.Machine, id), CallJson.Options)[..^1], await other.GetStringAsync($"/api/calls/{id}"));
        }

        // The one who listened all the time, and the one who comes only now.
        var newest = await house.Log.NewestVersion();
        for (long heard = 0; heard < newest;)
        {
            var (id, _, data) = (await stream.Read(TimeSpan.FromSeconds(10)))!.Value;
            See(data);
            heard = id;
        }

        var known = seen.Count;
        foreach (var call in (await Streamed(house, other)).Values) See(call.GetRawText());
        Assert.Equal(known, seen.Count);
        Assert.True(seen.Count > 20 && looks > 5 * seen.Count, $"{looks} looks at {seen.Count} states");
        var missed = seen.Values.Select(text => JsonDocument.Parse(text).RootElement).GroupBy(IdOf).Select(call => call.MaxBy(state => state.GetProperty("version").GetInt64()).GetProperty("missed").GetBoolean());
        Assert.Equal(4, missed.Count(isMissed => isMissed));
    }

    [Theory, MemberData(nameof(Everywhere))]
    public async Task d11_every_call_has_one_outcome_every_missed_call_one_reason_and_one_standing_and_they_sum(On database, string system)
    {
        await using var house = await House.Open(database);
        await house.HearAll(system);
        await house.Hear(CallLogTests.Answered("lasts", Noon).Take(3).ToList());
        var asked = new CallKey("test", "asked");
        await house.Hear(Inbound(asked, Noon), new QueueJoined(asked, Noon.AddSeconds(1), "ventas"), new QueueLeft(asked, Noon.AddSeconds(9), "ventas", QueueExit.CallbackRequested), new CallEnded(asked, Noon.AddSeconds(9), EndCause.Normal));

        async Task<int> Count(CallFilter filter)
        {
            var counted = await house.Log.Count(CallScope.Machine, filter);
            Assert.True(counted.IsExact);
            Assert.Equal(counted.Number, (await house.Calls(filter)).Count);
            return counted.Number;
        }

        async Task<List<int>> Counts<T>(Func<T, CallFilter> with) where T : struct, Enum
        {
            var counts = new List<int>();
            foreach (var value in Enum.GetValues<T>()) counts.Add(await Count(with(value)));
            return counts;
        }

        var (all, alive, missed) = (await Count(new()), await Count(new(Alive: true)), await Count(new(Missed: true)));
        Assert.Equal(1, alive);
        Assert.Equal(all, alive + (await Counts<CallOutcome>(outcome => new(Outcome: outcome))).Sum());

        // Offered is what came in and is over: each of these was answered or missed, and nothing else is missed.
        var offered = await Count(new(Direction: Direction.Inbound, Alive: false));
        Assert.Equal(offered, await Count(new(Direction: Direction.Inbound, Outcome: CallOutcome.Completed)) + missed);
        Assert.Equal(missed, (await Counts<CallOutcome>(outcome => new(Missed: true, Outcome: outcome))).Sum());
        Assert.Equal(0, await Count(new(Missed: true, Outcome: CallOutcome.Completed)));

        var standings = await Counts<RecoveryStanding>(standing => new(Recovery: standing));
        Assert.Equal(missed, standings.Sum());
        Assert.All(standings, standing => Assert.True(standing > 0, string.Join(", ", standings)));
        Assert.Equal(standings, await Counts<RecoveryStanding>(standing => new(Missed: true, Recovery: standing)));

        var reasons = await house.Db.Read(tx => tx.List<(string Reason, long Calls)>("select missed_reason, count(*) from calls where missed_reason is not null group by missed_reason"));
        Assert.Equal(missed, reasons.Sum(reason => reason.Calls));
        Assert.Equal(1, reasons.Single(reason => reason.Reason == nameof(MissedReason.CallbackRequested)).Calls);
        Assert.All(await house.Calls(), call => Assert.Equal((call.Missed, call.Missed), (call.MissedReason is not null, call.Standing is not null)));
    }

    static CallStarted Inbound(CallKey call, DateTimeOffset at, string from = "612345678") =>
        new(call, at, Direction.Inbound, PhoneNumber.Parse(from, "ES"), PhoneNumber.Parse("910000000", "ES"), "910000000");

    /// <summary>What somebody knows of each call who reads the stream from the beginning.</summary>
    static async Task<Dictionary<long, JsonElement>> Streamed(WebHouse house, HttpClient client)
    {
        using var stream = await CallStreamApiTests.SseReader.Open(client, 0);
        var (known, newest) = (new Dictionary<long, JsonElement>(), await house.Log.NewestVersion());
        for (long heard = 0; heard < newest;)
        {
            var (id, _, data) = (await stream.Read(TimeSpan.FromSeconds(10)))!.Value;
            heard = id;
            var call = JsonDocument.Parse(data).RootElement;
            if (call.TryGetProperty("merged_into", out _)) known.Remove(IdOf(call));
            else known[IdOf(call)] = call;
        }

        return known;
    }

    static async Task<List<JsonElement>> All(HttpClient client, string address)
    {
        var calls = new List<JsonElement>();
        for (string? next = null; ;)
        {
            var page = await Get(client, next is null ? address : $"{address}&cursor={next}");
            calls.AddRange(page.GetProperty("calls").EnumerateArray());
            next = page.GetProperty("next").GetString();
            if (next is null) return calls;
        }
    }

    static async Task<JsonElement> Get(HttpClient client, string address) => JsonDocument.Parse(await client.GetStringAsync(address)).RootElement;

    static long IdOf(JsonElement found) => found.GetProperty("id").GetInt64();
}
