using CallCenter.Calls;
using CallCenter.Live;
using CallCenter.Telephony;
using static CallCenter.Tests.Telephony.LineWatching;

namespace CallCenter.Tests.Telephony;

/// <summary>FreeSWITCH on a real socket of loopback, misbehaving. What is the same for every direct connection is tested with Asterisk.</summary>
public sealed class FreeSwitchLinesTests
{
    [Theory, InlineData("queue_overflow"), InlineData("transfer_attended"), InlineData("transfer_blind"), InlineData("queue_ring_all"), InlineData("outbound_mix"),
        InlineData("click_to_call"), InlineData("hold"), InlineData("menu_to_queue")]
    public async Task A_session_heard_live_makes_the_calls_that_its_recording_makes(string scenario)
    {
        await using var pbx = new FakeFreeSwitch { OddWrites = 7 };
        await using var house = await House.Open();
        var line = await Connect(house, pbx);

        await pbx.Play(FakeFreeSwitch.EventsOf(scenario), speed: 30);
        var truth = new Capture(scenario, Capture.FreeSwitch).Calls();
        await Until(house, line, calls => calls.Count == truth.Count && calls.All(call => call.State == CallState.Ended));

        Assert.Equal(Shapes(truth), Shapes(await house.Calls()));
    }

    [Fact]
    public async Task A_whole_morning_comes_out_the_same_at_full_speed()
    {
        await using var pbx = new FakeFreeSwitch();
        await using var house = await House.Open();
        var line = await Connect(house, pbx);

        await pbx.Play(FakeFreeSwitch.EventsOf("morning"));
        var truth = new Capture("morning", Capture.FreeSwitch).Calls();
        await Until(house, line, calls => calls.Count == truth.Count && calls.All(call => call.State == CallState.Ended));
        Assert.Equal(Shapes(truth), Shapes(await house.Calls()));
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task D29_Calls_that_ended_while_the_link_was_down_are_closed_and_those_that_last_go_on(On database)
    {
        await using var pbx = new FakeFreeSwitch();
        await using var house = await House.Open(database);
        var line = await Connect(house, pbx);
        var events = FakeFreeSwitch.EventsOf("queue_answered"); // the first and the third overlap with the second
        var truth = new Capture("queue_answered", Capture.FreeSwitch).Calls();
        var first = Bridged(events, 0);

        await pbx.Play(events.Take(first));
        await Until(house, line, calls => calls is [{ State: CallState.Answered }]);
        pbx.Close();
        await pbx.Drop(half: "Content-Length: 900\nContent-Type: text/event-plain\n\nEvent-Name: CHANNEL_HANG");
        await StatusOf(house, line, status => status is { State: LineState.Reconnecting, Why.Length: > 0, NextTry: not null });
        var second = Bridged(events, first);
        await pbx.Play(events.Take(second).Skip(first)); // the first ends unheard, the second is answered unheard
        pbx.Open();
        await StatusOf(house, line, status => status is { State: LineState.Online, IsSettled: true });
        await Until(house, line, calls => calls.Count == 2 && calls.Count(call => call.State == CallState.Answered) == 1);
        var unheard = (await house.Calls(new CallFilter(Alive: true))).Single();
        Assert.Equal((Direction.Inbound, truth[1].FromRaw, truth[1].ToRaw, "ventas", "101"), (unheard.Direction, unheard.FromRaw, unheard.ToRaw, unheard.Queue, unheard.Operator));
        await pbx.Play(events.Skip(second));
        await Until(house, line, calls => calls.Count == 3 && calls.All(call => call.State == CallState.Ended));

        var calls = (await house.Calls()).ToDictionary(call => call.ProviderCallId);
        var made = truth.Select(call => calls[call.ProviderCallId]).ToList(); // a list knows beginnings by the second only
        Assert.Equal([true, false, false], made.Select(call => call.Stale));
        Assert.All(made, call => Assert.Equal(CallOutcome.Completed, call.Outcome));
        var gap = Assert.Single(await house.Gaps.List(line.Id));
        Assert.True(gap is { Reason: GapReason.Link, Until: { } until } && until > gap.From && made[0].EndedAt >= gap.From.AddMilliseconds(-1) && made[0].EndedAt <= until, $"{gap}");
        // The half message is kept as what it is.
        Assert.Equal(1, await house.Db.Read(tx => tx.One<int>("select count(*) from arrivals where verdict = 'Unreadable'")));
    }

    [Fact]
    public async Task D40_A_link_that_dies_without_a_word_is_noticed_and_made_again()
    {
        await using var pbx = new FakeFreeSwitch();
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
    public async Task One_that_only_ends_its_own_half_of_the_link_has_ended_it()
    {
        await using var pbx = new FakeFreeSwitch();
        await using var house = await House.Open();
        var line = await Connect(house, pbx);
        await pbx.Say(Ring(1));
        await Until(house, line, calls => calls.Count == 1);

        pbx.HalfClose();
        await Eventually(() => Task.FromResult(pbx.Logins == 2));
        await StatusOf(house, line, status => status is { State: LineState.Online, IsSettled: true });
        await pbx.Say(HangUp(1));
        await Until(house, line, calls => calls is [{ State: CallState.Ended, Stale: false }]);
    }

    [Fact]
    public async Task A_farewell_is_said_and_the_line_comes_back_when_the_phone_system_does()
    {
        await using var pbx = new FakeFreeSwitch();
        await using var house = await House.Open();
        var line = await Connect(house, pbx);
        pbx.Close();
        await pbx.Flood("Content-Type: text/disconnect-notice\nContent-Length: 31\n\nThe system is being shut down.\n");

        var gone = await StatusOf(house, line, status => status is { State: LineState.Reconnecting, Attempt: 1 });
        Assert.Equal("The system is being shut down.", gone.Why);
        pbx.Open();
        await StatusOf(house, line, status => status is { State: LineState.Online, IsSettled: true, Why: null });
    }

    [Fact]
    public async Task A_wrong_password_is_said_and_not_tried_again_until_it_was_changed()
    {
        await using var pbx = new FakeFreeSwitch { Password = "another" };
        await using var house = await House.Open();
        var line = await Connect(house, pbx, settled: false);

        var refused = await StatusOf(house, line, status => status.State == LineState.Refused);
        Assert.Equal("it does not accept the password: -ERR invalid", refused.Why);
        Assert.True(refused.NextTry > refused.Since.AddMinutes(4));
        await Task.Delay(500);
        Assert.Equal(1, pbx.Refusals);

        await house.Switchboard.Change(line.Id, settings: new Dictionary<string, string> { ["password"] = "another" });
        await StatusOf(house, line, status => status is { State: LineState.Online, IsSettled: true });
        Assert.Equal(1, pbx.Refusals);
    }

    [Fact]
    public async Task An_address_that_the_access_list_lacks_is_told_from_a_wrong_password()
    {
        await using var pbx = new FakeFreeSwitch { AdmitsUs = false };
        await using var house = await House.Open();
        var line = await Connect(house, pbx, settled: false);
        var refused = await StatusOf(house, line, status => status.State == LineState.Refused);
        Assert.Contains("access list", refused.Why);
        Assert.Empty(pbx.Actions);
    }

    [Fact]
    public async Task A_user_of_the_directory_logs_in_by_name()
    {
        await using var pbx = new FakeFreeSwitch();
        await using var house = await House.Open();
        await Connect(house, pbx, settings: ("username", "100@example.com"));
        Assert.Contains(pbx.Actions, action => action.StartsWith("userauth 100@example.com:", StringComparison.Ordinal));
    }

    [Theory, InlineData("a\napi shutdown"), InlineData("a\r\n\r\napi shutdown"), InlineData("a\0b")]
    public async Task A_password_cannot_become_a_command(string password)
    {
        await using var pbx = new FakeFreeSwitch();
        await using var house = await House.Open();
        var line = await Connect(house, pbx, settled: false, settings: ("password", password));
        var refused = await StatusOf(house, line, status => status.State == LineState.Refused);
        Assert.Contains("cannot be sent", refused.Why);
        Assert.Empty(pbx.Actions);
    }

    [Fact]
    public async Task One_who_may_not_list_channels_is_said_to_lack_that()
    {
        await using var pbx = new FakeFreeSwitch { MayShow = false };
        await using var house = await House.Open();
        var line = await Connect(house, pbx, settled: false);
        await StatusOf(house, line, status => status is { State: LineState.Online, IsSettled: false, Warning: "-ERR permission denied" });
    }

    [Fact]
    public async Task Without_call_center_queues_it_works_all_the_same()
    {
        await using var pbx = new FakeFreeSwitch { HasQueues = false };
        await using var house = await House.Open();
        var line = await Connect(house, pbx);
        await pbx.Play(FakeFreeSwitch.EventsOf("outbound_mix"));
        await Until(house, line, calls => calls.Count == 10 && calls.All(call => call.State == CallState.Ended));
        Assert.DoesNotContain(pbx.Actions, action => action.Contains("members", StringComparison.Ordinal));
    }

    /// <summary>Only what the list of allowed questions holds is ever asked, and nothing that changes anything.</summary>
    [Fact]
    public async Task Nothing_but_questions_is_ever_sent()
    {
        await using var pbx = new FakeFreeSwitch();
        await using var house = await House.Open();
        var line = await Connect(house, pbx);
        await pbx.Play(FakeFreeSwitch.EventsOf("queue_overflow"));
        await pbx.Drop();
        await Eventually(() => Task.FromResult(pbx.Logins == 2));
        await StatusOf(house, line, status => status is { State: LineState.Online, IsSettled: true });

        string[] allowed = ["auth", "event plain", "nolog", "api version", "api global_getvar core_uuid", "api callcenter_config queue list", "api callcenter_config agent list", "api callcenter_config tier list", "api show channels as json"];
        Assert.All(pbx.Actions, action => Assert.Contains(allowed, start => action.StartsWith(start, StringComparison.Ordinal)));
        Assert.Contains("api callcenter_config queue list members ventas-desborde@lab", pbx.Actions);
    }

    [Fact]
    public async Task A_flood_of_100_000_events_loses_nothing_and_stays_within_its_bound()
    {
        await using var pbx = new FakeFreeSwitch();
        await using var house = await House.Open();
        var line = await Connect(house, pbx);
        var highest = 0;
        house.Lines.Changed += id => highest = Math.Max(highest, house.Lines.Find(id)?.Waiting ?? 0);

        // As after "event plain all": one call in many events that say nothing of calls.
        var noise = string.Concat(Enumerable.Range(0, 97).Select(i => FakeFreeSwitch.Event("CHANNEL_STATE", ("Unique-ID", $"x-{i}"), ("variable_a", new string('x', 200)))));
        for (var chunk = 0; chunk < 10; chunk++)
            await pbx.Flood(string.Concat(Enumerable.Range(0, 100).Select(i => noise + Ring(chunk * 100 + i) + Joined(chunk * 100 + i) + HangUp(chunk * 100 + i))));
        await Until(house, line, calls => calls.Count == CallLog.PageMax, within: 20);
        await Eventually(async () => (await house.Log.Count(CallScope.Machine, new CallFilter(Alive: false))).Number == 1000, within: 20);

        var status = await StatusOf(house, line, status => status.Messages >= 100_000); // told now and then
        Assert.Equal(0, status.Gaps);
        Assert.True(highest <= Quick.WaitingMax, $"{highest} waited");
    }

    [Fact]
    public async Task A_phone_system_that_crashed_knows_no_call_of_before()
    {
        await using var pbx = new FakeFreeSwitch();
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
        Assert.Equal(3, await house.Db.Read(tx => tx.One<int>("select count(*) from call_events where body like '%pbx_restarted%'")));
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task D26_Our_own_restart_in_mid_call_neither_leaves_calls_open_nor_counts_them_twice(On database)
    {
        await using var pbx = new FakeFreeSwitch();
        await using var house = await House.Open(database);
        var line = await Connect(house, pbx);
        var events = FakeFreeSwitch.EventsOf("burst");
        var some = events.Count / 3;
        await pbx.Play(events.Take(some));
        await Until(house, line, calls => calls.Count > 1 && calls.Any(call => call.State != CallState.Ended));

        await house.StopLines();
        await pbx.Play(events.Take(some + events.Count / 5).Skip(some));
        await house.RunLines(Quick);
        await StatusOf(house, line, status => status is { State: LineState.Online, IsSettled: true });
        await pbx.Play(events.Skip(some + events.Count / 5));
        await Until(house, line, calls => calls.All(call => call.State == CallState.Ended));

        var calls = await house.Calls();
        var truth = new Capture("burst", Capture.FreeSwitch).Calls();
        Assert.All(calls, call => Assert.Contains(call.ProviderCallId, truth.Select(real => real.ProviderCallId)));
        Assert.Equal(calls.Count, calls.Select(call => call.ProviderCallId).Distinct().Count());
        var gap = Assert.Single(await house.Gaps.List(line.Id));
        Assert.True(gap is { Reason: GapReason.NotListening, Until: not null }, $"{gap}");
    }

    // ---- What tests say ----

    static async Task<Connection> Connect(House house, FakeFreeSwitch pbx, bool settled = true, params (string, string)[] settings)
    {
        await house.RunLines(Quick);
        var line = await house.Switchboard.Add("freeswitch", "central", pbx.Settings(settings), ConnectionState.Active);
        if (settled) await StatusOf(house, line, status => status is { State: LineState.Online, IsSettled: true, Server: "FreeSWITCH Version 1.11.1-release~64bit ( 64bit)" });
        return line;
    }

    static int Bridged(List<(double At, string Raw)> events, int from) =>
        events.FindIndex(from + 1, happened => happened.Raw.Contains("Event-Name: CHANNEL_BRIDGE\n", StringComparison.Ordinal)) + 1;

    static string Ring(int i) => FakeFreeSwitch.Event("CHANNEL_CREATE", ("Unique-ID", Id(i)), ("Call-Direction", "inbound"), ("Channel-Name", $"sofia/troncal/54911{i:d8}@127.0.0.5"),
        ("Caller-Caller-ID-Number", $"54911{i:d8}"), ("Caller-Caller-ID-Name", "Ñandú"), ("Caller-Destination-Number", "541143210001"), ("Caller-Context", "desde-troncal"));

    static string Joined(int i) => FakeFreeSwitch.Event("CUSTOM", ("CC-Queue", "ventas@lab"), ("CC-Action", "member-queue-start"), ("CC-Member-Session-UUID", Id(i)), ("Unique-ID", Id(i)));

    static string HangUp(int i) => FakeFreeSwitch.Event("CHANNEL_HANGUP_COMPLETE", ("Unique-ID", Id(i)), ("Hangup-Cause", "NORMAL_CLEARING"), ("variable_sip_hangup_disposition", "recv_bye"));

    static string Id(int i) => $"00000000-0000-4000-8000-{i:d12}";
}
