using System.Text;
using CallCenter.Calls;
using CallCenter.Telephony;
using CallCenter.Telephony.Providers;

namespace CallCenter.Tests.Telephony.Providers;

/// <summary>What no recording shows: damage, other dial plans, restarts at bad moments, limits.</summary>
public sealed class AsteriskTests
{
    static readonly Asterisk Provider = new();
    static readonly DateTimeOffset Start = new(2026, 3, 2, 15, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("", "empty")]
    [InlineData("Event: Hangup\r\nUniqueid: 1.1", "cut off")]
    [InlineData("HTTP/1.1 400 Bad Request\r\n\r\n", "no line")]
    [InlineData("Server: nginx\r\n\r\n", "neither Event nor Response")]
    [InlineData("Event: Newchannel\r\nChannel: PJSIP/101-1\r\n\r\n", "no Uniqueid")]
    [InlineData("Event: QueueCallerJoin\r\nUniqueid: 1.1\r\n\r\n", "no Queue")]
    public void Damage_is_unreadable_with_its_reason(string text, string reason)
    {
        var state = Provider.Begin("pbx", Settings.Empty);
        Say(state, 0, "Newchannel", "Channel: PJSIP/trunk-1", "ChannelStateDesc: Ring", "Context: from-trunk", "Exten: 1", "Uniqueid: 1.1", "Linkedid: 1.1");
        var translation = Provider.Translate(state, Item(1, text));
        Assert.Equal(Verdict.Unreadable, translation.Verdict);
        Assert.Contains(reason, translation.Reason);
    }

    [Fact]
    public void Ten_thousand_random_and_mutated_messages_are_survived()
    {
        var random = new Random(20260302);
        var originals = Capture.Scenarios.Where(scenario => scenario is not "load_200" and not "morning")
            .SelectMany(scenario => new Capture(scenario).Items).Where(item => item.Mark == StreamMark.Message).Select(item => item.Message.ToArray()).ToList();
        var relevant = originals.Where(bytes => Asterisk.Matters(bytes)).ToList();
        var state = Provider.Begin("pbx", Settings.Empty);
        var verdicts = new Dictionary<Verdict, int>();
        var events = new List<CallEvent>();
        for (var i = 0; i < 10_000; i++)
        {
            var bytes = i % 10 == 0 ? RandomBytes(random) : Mutate(random, relevant[random.Next(4) == 0 ? random.Next(relevant.Count) : i % relevant.Count], relevant);
            var mark = random.Next(500) switch { 0 => StreamMark.Lost, 1 => StreamMark.Connected, _ => StreamMark.Message };
            var translation = Provider.Translate(state, new StreamItem(Start.AddMilliseconds(i), 1 + i / 1000, mark, bytes));
            verdicts[translation.Verdict] = verdicts.GetValueOrDefault(translation.Verdict) + 1;
            events.AddRange(translation.Events);
        }

        Assert.InRange(verdicts[Verdict.Unreadable], 500, 9_000);
        Assert.InRange(verdicts[Verdict.Understood], 400, 9_000); // many speak of the members of queues, which are no calls
        Assert.NotEmpty(Capture.Fold(events)); // nor does the fold throw
        Assert.All(events, happened => Assert.True(happened.At <= Start.AddSeconds(10) && happened.At > Start.AddDays(-31)));
    }

    [Fact]
    public void What_matters_is_decided_without_memory_and_agrees_with_the_translation()
    {
        var items = new Capture("morning").Items.Where(item => item.Mark == StreamMark.Message).ToList();
        var state = Provider.Begin("pbx", new Capture("morning").Settings);
        var others = items.Where(item => !Asterisk.Matters(item.Message.Span)).ToList();
        Assert.InRange(others.Count / (double)items.Count, 0.6, 0.9);
        foreach (var item in others) Assert.Equal(Verdict.Ignored, Provider.Translate(state, item).Verdict);

        var before = GC.GetAllocatedBytesForCurrentThread();
        foreach (var item in others) Provider.Translate(state, item);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < others.Count, "a message that does not matter allocates");
    }

    /// <summary>A thousand hours of calls, and the memory of a few.</summary>
    [Fact]
    public void Memory_is_bounded_by_what_lasts()
    {
        var state = (AsteriskState)Provider.Begin("pbx", Settings.Empty);
        for (var n = 0; n < 30_000; n++)
        {
            Say(state, n, "Newchannel", $"Channel: PJSIP/trunk-{n:x}", "ChannelStateDesc: Ring", "Context: from-trunk", "CallerIDNum: 600111222", "Exten: 900", $"Uniqueid: {n}.1", $"Linkedid: {n}.1");
            if (n % 2 == 0) Say(state, n + 0.5, "Hangup", $"Uniqueid: {n}.1", $"Linkedid: {n}.1", "Cause: 16");
        }

        Assert.InRange(state.Legs, 1, AsteriskState.LegsMax);
        Assert.True(state.Lasting.Count() <= AsteriskState.LegsMax);
        Assert.InRange(state.Conversations.Count(), 1, AsteriskState.LegsMax);
    }

    /// <summary>
    /// FreePBX as asterisk.md tells it: members are Local/201@from-queue/n, follow-me puts more Local channels in between,
    /// macro-dial works in extension s, and the caller's leg ends with cause 16 whatever happened.
    /// </summary>
    [Fact]
    public void A_FreePBX_queue_call_through_nested_Local_channels_is_one_attempt_of_the_telephone()
    {
        var pbx = new Talk(new() { ["country"] = "AR" });
        pbx.Say(0, "Newchannel", "Channel: PJSIP/VoipProvider-00000010", "ChannelStateDesc: Ring", "CallerIDNum: +541148323287", "CallerIDName: Taller Ruiz", "Context: from-pstn", "Exten: 541143210000", "Uniqueid: 9.1", "Linkedid: 9.1");
        pbx.Say(0.2, "QueueCallerJoin", "Queue: 500", "Uniqueid: 9.1", "Linkedid: 9.1");
        pbx.LocalPair(0.3, "Local/201@from-queue-00000001", "9.2", "9.3", "9.1");
        pbx.Dial(0.3, "9.1", "9.2", "Local/201@from-queue-00000001;1", "Local/201@from-queue/n");
        pbx.LocalPair(0.4, "Local/FMPR-201@from-internal-00000002", "9.4", "9.5", "9.1");
        pbx.Dial(0.4, "9.3", "9.4", "Local/FMPR-201@from-internal-00000002;1", "FMPR-201@from-internal");
        pbx.Say(0.5, "Newchannel", "Channel: PJSIP/201-00000011", "ChannelStateDesc: Down", "CallerIDNum: 201", "Context: from-internal", "Exten: s", "Uniqueid: 9.6", "Linkedid: 9.1");
        pbx.Dial(0.5, "9.5", "9.6", "PJSIP/201-00000011", "201/sip:201@127.0.0.1:5062");
        pbx.Say(0.6, "Newstate", "ChannelState: 5", "Uniqueid: 9.6");
        pbx.DialEnd(4, "9.5", "9.6", "ANSWER");
        pbx.DialEnd(4, "9.3", "9.4", "ANSWER");
        pbx.DialEnd(4, "9.1", "9.2", "ANSWER");
        pbx.Say(4.1, "QueueCallerLeave", "Queue: 500", "Uniqueid: 9.1");
        pbx.Say(4.2, "AgentConnect", "Queue: 500", "Uniqueid: 9.1", "DestUniqueid: 9.2", "Interface: Local/201@from-queue/n", "MemberName: Ana Gómez");
        foreach (var half in (string[])["9.2", "9.3", "9.4", "9.5"]) pbx.Hangup(4.3, half, 16);
        pbx.Say(30, "HangupRequest", "Uniqueid: 9.6", "Cause: 16");
        pbx.Hangup(30, "9.6", 16);
        pbx.Hangup(30.1, "9.1", 16);

        var call = Assert.Single(pbx.Calls);
        Assert.Equal((Direction.Inbound, CallOutcome.Completed, "201", "500"), (call.Direction, call.Outcome!.Value, call.Operator, call.Queue));
        Assert.Equal("541143210000", call.Line);
        Assert.Equal("Taller Ruiz", call.CallerName);
        var attempt = Assert.Single(call.Attempts);
        Assert.Equal(("201", At(0.6), At(4.2), At(30)), (attempt.Operator, attempt.RangAt!.Value, attempt.AnsweredAt!.Value, attempt.EndedAt!.Value));
        Assert.Equal(At(30.1), call.EndedAt);
    }

    [Fact]
    public void With_cause_16_for_everything_the_called_leg_says_what_happened()
    {
        foreach (var (status, cause, tech, outcome) in (ReadOnlySpan<(string, int, int, CallOutcome)>)
            [("BUSY", 17, 486, CallOutcome.Busy), ("NOANSWER", 0, 0, CallOutcome.NoAnswer), ("NOANSWER", 1, 404, CallOutcome.Failed),
             ("CONGESTION", 34, 503, CallOutcome.Failed), ("NOANSWER", 21, 403, CallOutcome.Failed), ("CHANUNAVAIL", 20, 0, CallOutcome.Failed)])
        {
            var pbx = new Talk(new() { ["country"] = "AR" });
            pbx.Say(0, "Newchannel", "Channel: PJSIP/101-00000001", "ChannelStateDesc: Ring", "CallerIDNum: 101", "Context: from-internal", "Exten: 91148323287", "Uniqueid: 9.1", "Linkedid: 9.1");
            pbx.Say(0.1, "Newchannel", "Channel: PJSIP/VoipProvider-00000002", "ChannelStateDesc: Down", "Context: from-pstn", "Exten: s", "Uniqueid: 9.2", "Linkedid: 9.1");
            pbx.Say(0.1, "DialBegin", "Channel: PJSIP/101-00000001", "CallerIDNum: 541143210000", "Context: macro-dialout-trunk", "Exten: s", "Uniqueid: 9.1", "Linkedid: 9.1",
                "DestChannel: PJSIP/VoipProvider-00000002", "DestUniqueid: 9.2", "DestLinkedid: 9.1", "DialString: 1148323287@VoipProvider");
            pbx.Say(2, "HangupRequest", "Uniqueid: 9.2", $"Cause: {cause}", $"TechCause: {tech}");
            pbx.DialEnd(2, "9.1", "9.2", status);
            pbx.Hangup(2, "9.2", cause);
            pbx.Say(6, "HangupRequest", "Uniqueid: 9.1", "Cause: 16"); // tired of the announcement
            pbx.Hangup(6, "9.1", 16);

            var call = Assert.Single(pbx.Calls);
            Assert.Equal((Direction.Outbound, outcome, "101"), (call.Direction, call.Outcome!.Value, call.Operator));
            Assert.Equal(("91148323287", "+541148323287", "541143210000"), (call.ToRaw, call.CustomerNumber, call.Line));
            Assert.Equal("1148323287", Assert.Single(call.Attempts).Operator);
            Assert.Null(call.RingingAt);
            Assert.False(call.Missed);
        }
    }

    [Fact]
    public void A_number_that_the_PBX_finds_no_way_to_call_is_a_failed_call_and_a_code_is_none()
    {
        var pbx = new Talk(new() { ["country"] = "AR" });
        pbx.Say(0, "Newchannel", "Channel: PJSIP/101-00000001", "ChannelStateDesc: Ring", "Context: from-internal", "Exten: 1148323287", "Uniqueid: 9.1", "Linkedid: 9.1");
        pbx.Hangup(1, "9.1", 34);
        pbx.Say(2, "Newchannel", "Channel: PJSIP/101-00000002", "ChannelStateDesc: Ring", "Context: from-internal", "Exten: *97", "Uniqueid: 9.2", "Linkedid: 9.2");
        pbx.Hangup(3, "9.2", 16);
        pbx.Say(4, "Newchannel", "Channel: PJSIP/101-00000003", "ChannelStateDesc: Ring", "Context: from-internal", "Exten: 701", "Uniqueid: 9.3", "Linkedid: 9.3");
        pbx.Say(4, "Newstate", "ChannelState: 6", "Uniqueid: 9.3");
        pbx.Hangup(5, "9.3", 16);

        var call = Assert.Single(pbx.Calls);
        Assert.Equal((Direction.Outbound, CallOutcome.Failed, "+541148323287"), (call.Direction, call.Outcome!.Value, call.CustomerNumber));
    }

    [Fact]
    public void The_agent_of_an_outbound_call_passes_the_customer_on_and_the_call_lasts()
    {
        var pbx = new Talk(new() { ["country"] = "AR" });
        pbx.Outbound("1148323287", answeredAt: 3);
        pbx.Say(10, "BlindTransfer", "Result: Success", "TransfererUniqueid: 9.1", "TransfereeUniqueid: 9.2", "IsExternal: Yes", "Extension: 104");
        pbx.Hangup(10, "9.1", 16);
        pbx.Say(10.1, "Newchannel", "Channel: PJSIP/104-00000003", "ChannelStateDesc: Down", "Context: from-internal", "Exten: s", "Uniqueid: 9.3", "Linkedid: 9.1");
        pbx.Dial(10.1, "9.2", "9.3", "PJSIP/104-00000003", "104");
        Assert.Equal(CallState.Answered, Assert.Single(pbx.Calls).State);
        pbx.DialEnd(12, "9.2", "9.3", "ANSWER");
        pbx.Hangup(40, "9.2", 16);
        pbx.Hangup(40.1, "9.3", 16);

        var call = Assert.Single(pbx.Calls);
        Assert.Equal((CallOutcome.Completed, At(40.1), "101"), (call.Outcome!.Value, call.EndedAt!.Value, call.Operator));
        Assert.Equal([(TransferKind.Blind, "101", "104")], call.Transfers.Select(transfer => (transfer.Kind, transfer.From!, transfer.To!)));
        Assert.Equal(["1148323287", "104"], call.Attempts.Select(attempt => attempt.Operator));
    }

    [Fact]
    public void A_crash_closes_all_calls_of_before_and_a_second_login_does_not()
    {
        var pbx = new Talk(new() { ["country"] = "AR" });
        pbx.Say(0, "FullyBooted", "Uptime: 5000");
        pbx.Outbound("1148323287", answeredAt: 3);
        pbx.Mark(10, 1, StreamMark.Lost);
        pbx.Mark(12, 2, StreamMark.Connected);
        pbx.Say(12, "FullyBooted", "Uptime: 5012");
        Assert.Equal(CallState.Answered, Assert.Single(pbx.Calls).State);

        pbx.Mark(20, 2, StreamMark.Lost);
        pbx.Mark(27, 3, StreamMark.Connected);
        pbx.Say(27, "FullyBooted", "Uptime: 2");
        var call = Assert.Single(pbx.Calls);
        Assert.Equal((CallState.Ended, CallOutcome.Completed, true), (call.State, call.Outcome!.Value, call.Stale));
        Assert.Equal(Start.AddSeconds(10), call.EndedAt); // nothing was heard of it since
        Assert.Empty(pbx.State.Lasting);
    }

    /// <summary>The hang-up came in the moment of the login, after the list had been made: it counts, and says when and why.</summary>
    [Fact]
    public void A_real_end_that_comes_after_the_snapshot_takes_the_place_of_the_presumed_one()
    {
        var pbx = new Talk(new() { ["country"] = "AR" });
        pbx.Outbound("1148323287", answeredAt: 3);
        pbx.Mark(10, 1, StreamMark.Lost);
        pbx.Mark(14, 2, StreamMark.Connected);
        pbx.Say(14, "CoreShowChannelsComplete", "ActionID: a", "EventList: Complete", "ListItems: 0");
        Assert.True(Assert.Single(pbx.Calls).Stale);
        pbx.Hangup(14.1, "9.1", 16);

        var call = Assert.Single(pbx.Calls);
        Assert.False(call.Stale);
        Assert.Equal(At(14.1), call.EndedAt);
    }

    [Fact]
    public void Without_a_gap_one_snapshot_that_misses_a_call_closes_nothing()
    {
        var pbx = new Talk(new() { ["country"] = "AR" });
        pbx.Outbound("1148323287", answeredAt: 3);
        pbx.Say(10, "CoreShowChannelsComplete", "ActionID: a", "EventList: Complete", "ListItems: 0");
        Assert.Equal(CallState.Answered, Assert.Single(pbx.Calls).State);
        pbx.Say(40, "CoreShowChannelsComplete", "ActionID: b", "EventList: Complete", "ListItems: 0");
        Assert.True(Assert.Single(pbx.Calls).Stale); // its end was lost
    }

    [Fact]
    public void A_snapshot_that_came_incomplete_closes_nothing()
    {
        var pbx = new Talk(new() { ["country"] = "AR" });
        pbx.Outbound("1148323287", answeredAt: 3);
        pbx.Mark(10, 1, StreamMark.Lost);
        pbx.Mark(14, 2, StreamMark.Connected);
        pbx.Say(14, "CoreShowChannelsComplete", "ActionID: a", "EventList: Complete", "ListItems: 2");
        Assert.Equal(CallState.Answered, Assert.Single(pbx.Calls).State);
    }

    [Fact]
    public void Extensions_are_told_by_their_pattern_and_its_group_is_the_number()
    {
        var pbx = new Talk(new() { ["country"] = "ES", ["extensions"] = @"^(?:99)?(\d{3})$" });
        pbx.Say(0, "Newchannel", "Channel: PJSIP/99201-00000001", "ChannelStateDesc: Ring", "Context: anything", "Exten: 202", "Uniqueid: 9.1", "Linkedid: 9.1");
        pbx.Say(0, "Newchannel", "Channel: PJSIP/202-00000002", "ChannelStateDesc: Down", "Context: anything", "Exten: s", "Uniqueid: 9.2", "Linkedid: 9.1");
        pbx.Dial(0, "9.1", "9.2", "PJSIP/202-00000002", "202");
        var call = Assert.Single(pbx.Calls);
        Assert.Equal((Direction.Internal, "201", "202"), (call.Direction, call.FromRaw, call.ToRaw));
    }

    /// <summary>What a stranger sends as his name stays a value.</summary>
    [Fact]
    public void A_callers_name_cannot_pass_for_another_line()
    {
        var pbx = new Talk(new() { ["country"] = "AR" });
        pbx.Say(0, "Newchannel", "Channel: PJSIP/VoipProvider-00000010", "ChannelStateDesc: Ring", "CallerIDNum: 1148323287", "CallerIDName: x Uniqueid: 6.6 '; drop table calls; --",
            "Context: from-pstn", "Exten: 541143210000", "Uniqueid: 9.1", "Linkedid: 9.1");
        Assert.Equal("9.1", Assert.Single(pbx.Calls).ProviderCallId);
    }

    static DateTimeOffset At(double seconds) => Start.AddMilliseconds(Math.Round(seconds * 1000));

    static StreamItem Item(double seconds, string text) => new(At(seconds), 1, StreamMark.Message, Encoding.UTF8.GetBytes(text));

    static Translation Say(object state, double seconds, string name, params string[] lines) =>
        Provider.Translate(state, Item(seconds, $"Event: {name}\r\n{string.Join("\r\n", lines)}\r\n\r\n"));

    static byte[] RandomBytes(Random random)
    {
        var bytes = new byte[random.Next(600)];
        random.NextBytes(bytes);
        return bytes;
    }

    static byte[] Mutate(Random random, byte[] original, List<byte[]> others)
    {
        var bytes = original.ToArray();
        switch (random.Next(12))
        {
            case 0: return bytes[..random.Next(bytes.Length)];
            case 1: for (var i = 0; i < 5; i++) bytes[random.Next(bytes.Length)] = (byte)random.Next(256); return bytes;
            case 2: return [.. bytes[..random.Next(bytes.Length)], .. others[random.Next(others.Count)]];
            case 3: return [.. Lines(bytes).OrderBy(_ => random.Next()).SelectMany(line => line), .. "\r\n"u8];
            case 4: return [.. Lines(bytes).Where(_ => random.Next(4) > 0).SelectMany(line => line), .. "\r\n"u8];
            case 5: return [.. Lines(bytes).SelectMany(line => random.Next(3) == 0 ? [.. line, .. line] : line), .. "\r\n"u8];
            case 6: return Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(bytes).Replace("Uniqueid: 1", "Uniqueid: " + new string('9', random.Next(400)), StringComparison.Ordinal));
            default: return bytes; // in a wrong order it is odd enough
        }
    }

    static IEnumerable<byte[]> Lines(byte[] block) => Encoding.UTF8.GetString(block).Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Select(line => Encoding.UTF8.GetBytes(line + "\r\n"));

    /// <summary>A session told by hand.</summary>
    sealed class Talk(Dictionary<string, string> settings)
    {
        readonly List<CallEvent> events = [];
        int link = 1;

        public AsteriskState State { get; } = (AsteriskState)Provider.Begin("pbx", new Settings(settings));

        public IReadOnlyList<Call> Calls => Capture.Fold(events);

        public void Say(double seconds, string name, params string[] lines) =>
            events.AddRange(Provider.Translate(State, Item(seconds, $"Event: {name}\r\n{string.Join("\r\n", lines)}\r\n\r\n") with { Link = link }).Events);

        public void Mark(double seconds, int on, StreamMark mark)
        {
            link = on;
            events.AddRange(Provider.Translate(State, new StreamItem(At(seconds), on, mark, default)).Events);
        }

        public void LocalPair(double seconds, string name, string first, string second, string linkedid)
        {
            Say(seconds, "Newchannel", $"Channel: {name};1", "ChannelStateDesc: Down", "Exten: 201", $"Uniqueid: {first}", $"Linkedid: {linkedid}");
            Say(seconds, "Newchannel", $"Channel: {name};2", "ChannelStateDesc: Ring", "Exten: 201", $"Uniqueid: {second}", $"Linkedid: {linkedid}");
        }

        public void Dial(double seconds, string from, string to, string channel, string dialled) =>
            Say(seconds, "DialBegin", $"Uniqueid: {from}", $"DestUniqueid: {to}", $"DestChannel: {channel}", $"DialString: {dialled}");

        public void DialEnd(double seconds, string from, string to, string status) =>
            Say(seconds, "DialEnd", $"Uniqueid: {from}", $"DestUniqueid: {to}", $"DialStatus: {status}");

        public void Hangup(double seconds, string leg, int cause) => Say(seconds, "Hangup", $"Uniqueid: {leg}", $"Cause: {cause}", "Cause-txt: Normal Clearing");

        public void Outbound(string number, double answeredAt)
        {
            Say(0, "Newchannel", "Channel: PJSIP/101-00000001", "ChannelStateDesc: Ring", "Context: from-internal", $"Exten: {number}", "Uniqueid: 9.1", "Linkedid: 9.1");
            Say(0.1, "Newchannel", "Channel: PJSIP/VoipProvider-00000002", "ChannelStateDesc: Down", "Context: from-pstn", "Exten: s", "Uniqueid: 9.2", "Linkedid: 9.1");
            Dial(0.1, "9.1", "9.2", "PJSIP/VoipProvider-00000002", number + "@VoipProvider");
            Say(0.5, "Newstate", "ChannelState: 5", "Uniqueid: 9.2");
            DialEnd(answeredAt, "9.1", "9.2", "ANSWER");
        }
    }
}
