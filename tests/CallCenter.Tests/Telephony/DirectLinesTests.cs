using CallCenter.Calls;
using CallCenter.Live;
using CallCenter.Telephony;
using CallCenter.Telephony.Wire;
using static CallCenter.Tests.Telephony.LineWatching;

namespace CallCenter.Tests.Telephony;

/// <summary>The direct connection, on a real socket of loopback, against a phone system that misbehaves.</summary>
public sealed class DirectLinesTests
{
    [Theory, InlineData("queue_overflow", On.Sqlite), InlineData("transfer_attended", On.Sqlite), InlineData("transfer_blind", On.Sqlite),
        InlineData("queue_ring_all", On.Postgres), InlineData("outbound_mix", On.Sqlite), InlineData("click_to_call", On.Sqlite), InlineData("parked", On.Sqlite)]
    public async Task A_session_heard_live_makes_the_calls_that_its_recording_makes(string scenario, On database)
    {
        await using var pbx = new FakePbx { OddWrites = 7 };
        await using var house = await House.Open(database);
        var line = await Connect(house, pbx);

        await pbx.Play(FakePbx.BlocksOf(scenario), speed: 30);
        var truth = new Capture(scenario).Calls();
        await Until(house, line, calls => calls.Count == truth.Count && calls.All(call => call.State == CallState.Ended));

        Assert.Equal(Shapes(truth), Shapes(await house.Calls()));
    }

    [Fact]
    public async Task The_session_of_200_calls_comes_out_the_same_at_full_speed()
    {
        await using var pbx = new FakePbx();
        await using var house = await House.Open();
        var line = await Connect(house, pbx);

        await pbx.Play(FakePbx.BlocksOf("load_200"));
        await Until(house, line, calls => calls.Count == 200 && calls.All(call => call.State == CallState.Ended));

        Assert.Equal(Shapes(new Capture("load_200").Calls()), Shapes(await house.Calls()));
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task D29_Calls_that_ended_while_the_link_was_down_are_closed_and_those_that_last_go_on(On database)
    {
        await using var pbx = new FakePbx();
        await using var house = await House.Open(database);
        var line = await Connect(house, pbx);
        var blocks = FakePbx.BlocksOf("queue_answered"); // three calls, one after the other
        var ends = Ends(blocks);
        var middle = Talking(blocks, 0);

        await pbx.Play(blocks.Take(middle));
        await Until(house, line, calls => calls is [{ State: CallState.Answered }]);
        pbx.Close();
        await pbx.Drop(half: "Event: Hangup\r\nChannel: PJSIP/tron");
        await StatusOf(house, line, status => status is { State: LineState.Reconnecting, Why.Length: > 0, NextTry: not null });
        var second = Talking(blocks, middle);
        await pbx.Play(blocks.Take(second).Skip(middle)); // the first ends unheard, the second is answered unheard
        pbx.Open();
        await StatusOf(house, line, status => status is { State: LineState.Online, IsSettled: true });
        await Until(house, line, calls => calls.Count == 2 && calls.Count(call => call.State == CallState.Answered) == 1);
        await pbx.Play(blocks.Skip(second));
        await Until(house, line, calls => calls.Count == 3 && calls.All(call => call.State == CallState.Ended));

        var made = (await house.Calls()).OrderBy(call => call.ProviderCallId, StringComparer.Ordinal).ToList();
        Assert.Equal([true, false, false], made.Select(call => call.Stale));
        Assert.All(made, call => Assert.Equal(CallOutcome.Completed, call.Outcome));
        Assert.Equal(ends, made.Select(call => call.ProviderCallId).ToHashSet());
        var gap = Assert.Single(await house.Gaps.List(line.Id));
        Assert.True(gap is { Reason: GapReason.Link, Until: { } until } && until > gap.From && made[0].EndedAt >= gap.From.AddMilliseconds(-1) && made[0].EndedAt <= until, $"{gap}");
        // The half message is kept as what it is.
        Assert.Equal(1, await house.Db.Read(tx => tx.One<int>("select count(*) from arrivals where verdict = 'Unreadable'")));
    }

    [Fact]
    public async Task D40_A_link_that_dies_without_a_word_is_noticed_and_made_again()
    {
        await using var pbx = new FakePbx();
        await using var house = await House.Open();
        var line = await Connect(house, pbx);

        pbx.IsSilent = true;
        var lost = await StatusOf(house, line, status => status.State == LineState.Reconnecting);
        Assert.Contains("not answer", lost.Why);
        pbx.IsSilent = false;
        await StatusOf(house, line, status => status is { State: LineState.Online, IsSettled: true });
        Assert.Equal(2, pbx.Logins);
    }

    [Fact]
    public async Task A_wrong_password_is_said_and_not_tried_again_until_it_was_changed()
    {
        await using var pbx = new FakePbx { Password = "another" };
        await using var house = await House.Open();
        var line = await Connect(house, pbx, settled: false);

        var refused = await StatusOf(house, line, status => status.State == LineState.Refused);
        Assert.Equal("Authentication failed", refused.Why);
        Assert.True(refused.NextTry > refused.Since.AddMinutes(4));
        await Task.Delay(500);
        Assert.Equal(1, pbx.Refusals);

        await house.Switchboard.Change(line.Id, settings: new Dictionary<string, string> { ["secret"] = "another" });
        await StatusOf(house, line, status => status is { State: LineState.Online, IsSettled: true });
        Assert.Equal(1, pbx.Refusals);
    }

    [Fact]
    public async Task Who_mended_the_password_over_there_does_not_wait_for_the_next_attempt()
    {
        await using var pbx = new FakePbx { Password = "another" };
        await using var house = await House.Open();
        var line = await Connect(house, pbx, settled: false);
        await StatusOf(house, line, status => status.State == LineState.Refused);

        pbx.Password = FakePbx.Secret;
        house.DirectLines!.TryNow(line.Id);
        await StatusOf(house, line, status => status is { State: LineState.Online, IsSettled: true });
    }

    [Fact]
    public async Task A_draft_that_lacks_its_address_is_not_called()
    {
        await using var house = await House.Open();
        await house.RunLines(Quick);
        var draft = await house.Switchboard.Add("asterisk", "Getafe", new Dictionary<string, string>(), ConnectionState.Draft);
        await Task.Delay(200);
        Assert.Null(house.Lines.Find(draft.Id));

        await using var pbx = new FakePbx();
        await house.Switchboard.Change(draft.Id, settings: pbx.Settings());
        await StatusOf(house, draft, status => status is { State: LineState.Online, IsSettled: true });
    }

    [Fact]
    public async Task A_phone_system_that_is_not_there_is_tried_again_less_and_less_often()
    {
        var pbx = new FakePbx();
        await using var house = await House.Open();
        pbx.Close();
        var line = await Connect(house, pbx, settled: false);
        var status = await StatusOf(house, line, status => status is { State: LineState.Reconnecting, Attempt: >= 3 });
        Assert.NotNull(status.Why);

        pbx.Open();
        await StatusOf(house, line, status => status is { State: LineState.Online, IsSettled: true, Attempt: 0, Why: null });
        await house.Switchboard.Change(line.Id, state: ConnectionState.Paused);
        await Eventually(() => Task.FromResult(pbx.Connected == 0 && house.Lines.Find(line.Id) is null));
        await pbx.DisposeAsync();
    }

    [Theory, InlineData("md5", false), InlineData("", true), InlineData("plain", true)]
    public async Task An_old_server_without_challenge_is_given_the_password_unless_that_is_forbidden(string auth, bool isLetIn)
    {
        await using var pbx = new FakePbx { KnowsChallenge = false };
        await using var house = await House.Open();
        var line = await Connect(house, pbx, settled: false, settings: ("auth", auth));
        await StatusOf(house, line, status => status.State == (isLetIn ? LineState.Online : LineState.Refused));
        Assert.Equal(isLetIn ? 1 : 0, pbx.Actions.Count(action => action == "Login"));
    }

    [Fact]
    public async Task An_account_that_may_not_list_channels_is_said_to_lack_that()
    {
        await using var pbx = new FakePbx { MayReport = false };
        await using var house = await House.Open();
        var line = await Connect(house, pbx, settled: false);
        await StatusOf(house, line, status => status is { State: LineState.Online, IsSettled: false, Warning: "Permission denied" });
    }

    [Fact]
    public async Task A_flood_of_100_000_messages_loses_nothing_and_stays_within_its_bound()
    {
        await using var pbx = new FakePbx();
        await using var house = await House.Open();
        var line = await Connect(house, pbx);
        var highest = 0;
        house.Lines.Changed += id => highest = Math.Max(highest, house.Lines.Find(id)?.Waiting ?? 0);

        // As real traffic is: one call in many messages that say nothing of calls.
        var noise = string.Concat(Enumerable.Range(0, 96).Select(i => $"Event: VarSet\r\nPrivilege: dialplan,all\r\nChannel: PJSIP/x-{i}\r\nVariable: A\r\nValue: {new string('x', 200)}\r\nUniqueid: 1.1\r\n\r\n"));
        for (var chunk = 0; chunk < 10; chunk++)
            await pbx.Flood(string.Concat(Enumerable.Range(0, 100).Select(i => noise + Call(chunk * 100 + i))));
        await Until(house, line, calls => calls.Count == CallLog.PageMax, within: 20);
        await Eventually(async () => (await house.Log.Count(CallScope.Machine, new CallFilter(Alive: false))).Number == 1000, within: 20);

        var status = await StatusOf(house, line, status => status.Messages >= 100_000); // told now and then
        Assert.Equal(0, status.Gaps);
        Assert.True(highest <= Quick.WaitingMax, $"{highest} waited");
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task A_full_queue_is_a_gap_with_both_ends_and_a_snapshot_settles_it(On database)
    {
        await using var pbx = new FakePbx();
        await using var house = await House.Open(database);
        var line = await Connect(house, pbx, limits: Quick with { WaitingMax = 1000 });
        await pbx.Say(Ring(1));
        await Until(house, line, calls => calls.Count == 1);

        var before = house.Lines.Find(line.Id)!.Messages;
        await using (await Blocked(house))
        {
            for (var i = 2; i <= 400; i++) await pbx.Say(Ring(i) + Noise(4));
            await pbx.Say(HangUp(1) + Noise(50)); // heard by nobody, because all of it came while the queue was full
            var full = await StatusOf(house, line, status => status is { Gaps: 1, IsLosing: true } && status.Messages >= before + 399 * 5 + 1 + 50);
            Assert.InRange(full.Waiting, 1, 1000);
        }

        await StatusOf(house, line, status => status is { IsSettled: true, IsLosing: false, Waiting: 0 });
        var calls = await house.Calls(new CallFilter(Alive: true));
        Assert.Equal(399, calls.Count); // the snapshot has what the queue had not
        Assert.True((await house.Calls(new CallFilter(Alive: false))).Single() is { Stale: true, ProviderCallId: "1700000000.1" });
        var gaps = await house.Gaps.List(line.Id); // one, or several when the rest came in bursts
        Assert.All(gaps, gap => Assert.True(gap is { Reason: GapReason.Overflow, Until: { } until } && until >= gap.From, $"{gap}"));
        Assert.InRange(gaps.Sum(gap => gap.Lost), 500, 2000);
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task An_outage_of_the_database_in_mid_stream_loses_nothing_and_keeps_the_order(On database)
    {
        await using var pbx = new FakePbx();
        await using var house = await House.Open(database);
        var line = await Connect(house, pbx);
        var blocks = FakePbx.BlocksOf("burst");

        await pbx.Play(blocks.Take(blocks.Count / 4));
        await using (await Blocked(house))
        {
            await pbx.Play(blocks.Take(blocks.Count * 3 / 4).Skip(blocks.Count / 4));
            await StatusOf(house, line, status => status.Waiting > 0);
            await Task.Delay(300);
            Assert.Equal(LineState.Online, house.Lines.Find(line.Id)!.State);
        }

        await pbx.Play(blocks.Skip(blocks.Count * 3 / 4));
        await Until(house, line, calls => calls.Count == 10 && calls.All(call => call.State == CallState.Ended));
        Assert.Equal(Shapes(new Capture("burst").Calls()), Shapes(await house.Calls()));
        Assert.Empty(await house.Gaps.List(line.Id));
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task D26_Our_own_restart_in_mid_call_neither_leaves_calls_open_nor_counts_them_twice(On database)
    {
        await using var pbx = new FakePbx();
        await using var house = await House.Open(database);
        var line = await Connect(house, pbx);
        var blocks = FakePbx.BlocksOf("burst");
        var half = blocks.Count / 2;
        await pbx.Play(blocks.Take(half));
        await StatusOf(house, line, status => status.Waiting == 0);
        await Task.Delay(100);
        var before = await house.Calls(new CallFilter(Alive: true));
        Assert.NotEmpty(before);

        await house.StopLines();
        await pbx.Play(blocks.Take(half + blocks.Count / 5).Skip(half));
        await house.RunLines(Quick);
        await StatusOf(house, line, status => status is { State: LineState.Online, IsSettled: true });
        await pbx.Play(blocks.Skip(half + blocks.Count / 5));
        await Until(house, line, calls => calls.All(call => call.State == CallState.Ended));

        var calls = await house.Calls();
        var truth = new Capture("burst").Calls();
        Assert.All(calls, call => Assert.Contains(call.ProviderCallId, truth.Select(real => real.ProviderCallId)));
        Assert.Equal(calls.Count, calls.Select(call => call.ProviderCallId).Distinct().Count());
        Assert.Contains(calls, call => !call.Stale && before.Any(known => known.Id == call.Id));
        var gap = Assert.Single(await house.Gaps.List(line.Id));
        Assert.True(gap is { Reason: GapReason.NotListening, Until: not null }, $"{gap}");
    }

    [Fact]
    public async Task A_phone_system_that_crashed_knows_no_call_of_before()
    {
        await using var pbx = new FakePbx();
        await using var house = await House.Open();
        var line = await Connect(house, pbx);
        for (var i = 1; i <= 3; i++) await pbx.Say(Ring(i));
        await Until(house, line, calls => calls.Count == 3);

        await pbx.Crash();
        await StatusOf(house, line, status => status.State == LineState.Reconnecting);
        pbx.Open();
        await pbx.Say(Ring(4));
        await Until(house, line, calls => calls.Count(call => call.State == CallState.Ended) == 3);
        Assert.All(await house.Calls(new CallFilter(Alive: false)), call => Assert.True(call.Stale));
    }

    [Fact]
    public async Task Two_phone_systems_with_the_same_ids_stay_two()
    {
        await using var pbx = new FakePbx();
        await using var other = new FakePbx();
        await using var house = await House.Open();
        var line = await Connect(house, pbx);
        var second = await house.Switchboard.Add("asterisk", "other", other.Settings(), ConnectionState.Draft);
        await StatusOf(house, second, status => status is { State: LineState.Online, IsSettled: true });

        var blocks = FakePbx.BlocksOf("hold");
        await Task.WhenAll(pbx.Play(blocks, speed: 30), other.Play(blocks, speed: 30));
        await Until(house, line, calls => calls.Count == 4 && calls.All(call => call.State == CallState.Ended));

        var truth = Shapes(new Capture("hold").Calls());
        Assert.Equal(truth, Shapes(await house.Calls(new CallFilter(Connection: line.Id))));
        Assert.Equal(truth, Shapes(await house.Calls(new CallFilter(Connection: second.Id))));
    }

    [Fact]
    public async Task Only_one_node_keeps_a_line_and_another_takes_over_when_it_goes()
    {
        await using var pbx = new FakePbx();
        await using var house = await House.Open(On.Postgres);
        var line = await Connect(house, pbx);
        await using var node = await House.Beside(house);
        await node.RunLines(Quick);
        await StatusOf(node, line, status => status.State == LineState.HeldByOtherNode);
        Assert.Equal(1, pbx.Logins);

        await house.StopLines();
        await StatusOf(node, line, status => status is { State: LineState.Online, IsSettled: true });
        Assert.Equal(2, pbx.Logins);
    }

    [Fact]
    public async Task D26_A_silent_call_is_closed_only_when_the_phone_system_that_is_up_does_not_know_it_any_more()
    {
        var clock = new MovableClock();
        await using var pbx = new FakePbx();
        await using var house = await House.Open(clock: clock);
        var line = await Connect(house, pbx);
        await pbx.Say(Ring(1));
        await Until(house, line, calls => calls.Count == 1);
        await house.Hear(new CallStarted(new CallKey(line.Id, "ghost"), clock.GetUtcNow(), Direction.Inbound, null, null));
        clock.Ahead = TimeSpan.FromHours(5);

        pbx.Close();
        await pbx.Drop();
        await StatusOf(house, line, status => status.State == LineState.Reconnecting);
        Assert.Equal(0, await house.CloseSilentCalls()); // silence proves nothing now

        pbx.Open();
        await StatusOf(house, line, status => status is { State: LineState.Online, IsSettled: true });
        await house.Hear(new CallStarted(new CallKey(line.Id, "second ghost"), clock.GetUtcNow().AddHours(-5), Direction.Inbound, null, null));
        Assert.Equal(1, await house.CloseSilentCalls());
        Assert.Equal("1700000000.1", Assert.Single(await house.Calls(new CallFilter(Alive: true))).ProviderCallId);
    }

    [Theory, InlineData("a\r\nAction: Originate"), InlineData("a\0b"), InlineData("a\nb")]
    public void An_action_refuses_what_could_become_a_line_of_its_own(string value) =>
        Assert.Throws<ArgumentException>(() => AmiAction.Spell("Login", "1", ("Username", value)));

    // ---- What tests say ----

    static async Task<Connection> Connect(House house, FakePbx pbx, bool settled = true, LineLimits? limits = null, params (string, string)[] settings)
    {
        await house.RunLines(limits ?? Quick);
        var line = await house.Switchboard.Add("asterisk", "central", pbx.Settings(settings), ConnectionState.Active);
        if (settled) await StatusOf(house, line, status => status is { State: LineState.Online, IsSettled: true, Server: "Asterisk 22.10.1" });
        return line;
    }

    /// <summary>After the next answer, when both sides are in their bridge.</summary>
    static int Talking(List<(double At, string Raw)> blocks, int from)
    {
        var connected = blocks.FindIndex(from, block => block.Raw.StartsWith("Event: AgentConnect", StringComparison.Ordinal));
        var entered = blocks.FindIndex(connected, block => block.Raw.StartsWith("Event: BridgeEnter", StringComparison.Ordinal));
        return blocks.FindIndex(entered + 1, block => block.Raw.StartsWith("Event: BridgeEnter", StringComparison.Ordinal)) + 1;
    }

    static HashSet<string> Ends(List<(double At, string Raw)> blocks) =>
        [.. blocks.Where(block => block.Raw.StartsWith("Event: QueueCallerJoin", StringComparison.Ordinal)).Select(block => block.Raw.Split("Uniqueid: ")[1].Split("\r\n")[0])];

    static string Ring(int i) =>
        $"Event: Newchannel\r\nPrivilege: call,all\r\nChannel: PJSIP/troncal-sip-{i:x8}\r\nChannelState: 4\r\nChannelStateDesc: Ring\r\nCallerIDNum: 54911{i:d8}\r\nCallerIDName: Ñandú\r\nContext: desde-troncal\r\nExten: 541143210001\r\nUniqueid: 1700000000.{i}\r\nLinkedid: 1700000000.{i}\r\n\r\n";

    /// <summary>Messages that must be read and say nothing new.</summary>
    static string Noise(int count) => string.Concat(Enumerable.Repeat("Event: Newstate\r\nPrivilege: call,all\r\nChannelState: 4\r\nUniqueid: 1700000000.0\r\n\r\n", count));

    static string HangUp(int i) =>
        $"Event: Hangup\r\nPrivilege: call,all\r\nChannel: PJSIP/troncal-sip-{i:x8}\r\nUniqueid: 1700000000.{i}\r\nLinkedid: 1700000000.{i}\r\nCause: 16\r\nCause-txt: Normal Clearing\r\n\r\n";

    static string Call(int i) => Ring(i)
        + $"Event: QueueCallerJoin\r\nPrivilege: agent,all\r\nUniqueid: 1700000000.{i}\r\nLinkedid: 1700000000.{i}\r\nQueue: ventas\r\n\r\n"
        + $"Event: QueueCallerLeave\r\nPrivilege: agent,all\r\nUniqueid: 1700000000.{i}\r\nLinkedid: 1700000000.{i}\r\nQueue: ventas\r\n\r\n" + HangUp(i);
}
