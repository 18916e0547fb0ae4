using System.Globalization;
using System.Text;
using CallCenter.Calls;
using CallCenter.Telephony;
using CallCenter.Telephony.Wire;

namespace CallCenter.Tests.Telephony;

/// <summary>
/// The link goes down at any moment of a recorded session and comes back at any later one. What the PBX would answer to
/// the snapshot is made of the recording itself.
/// </summary>
public sealed class GapTests
{
    public static TheoryData<string> Scenarios => [.. Capture.Scenarios.Except(["link_drop", "pbx_restart", "load_200"])];

    [Theory, MemberData(nameof(Scenarios))]
    public void A_link_lost_at_any_moment_leaves_no_call_open_and_counts_none_twice(string scenario)
    {
        var capture = new Capture(scenario);
        var items = capture.Items.Where(item => item.Mark == StreamMark.Message).ToList();
        var random = new Random(scenario.Length * 7919);
        for (var round = 0; round < Math.Min(25, 25_000 / items.Count); round++)
        {
            var from = random.Next(items.Count);
            var to = from + random.Next(1, Math.Min(items.Count - from + 1, round % 2 == 0 ? 60 : 600));
            var heard = capture.Translate(WithGap(items, from, to));
            var calls = Capture.Fold(heard.Events);
            var problems = ProblemsOf(capture, calls, items[from].At, items[Math.Min(to, items.Count - 1)].At).Concat(heard.State.Lasting.Select(call => $"{call} lasts")).ToList();
            Assert.True(problems.Count == 0, $"{scenario} without messages {from} to {to}: {string.Join("; ", problems)}");
        }
    }

    static IEnumerable<string> ProblemsOf(Capture capture, IReadOnlyList<Call> calls, DateTimeOffset lost, DateTimeOffset back)
    {
        var margin = TimeSpan.FromSeconds(0.25);
        bool IsWithin(DateTimeOffset? at) => at > lost - margin && at < back + margin;
        var ours = calls.ToDictionary(call => call.ProviderCallId);
        foreach (var truth in capture.KnowableCalls)
        {
            var id = truth.GetProperty("pbx").Text("linkedid")!;
            var isUntouched = truth.Instant("ended_at") + margin < lost || truth.Instant("started_at") - margin > back;
            if (!ours.Remove(id, out var call))
            {
                // Whatever began and ended unheard cannot be known here; queue_log and CDR know it.
                if (truth.Instant("started_at") < lost - margin || truth.Instant("ended_at") > back + margin) yield return $"{truth.Text("id")} is missing";
                continue;
            }

            if (call.State != CallState.Ended) yield return $"{truth.Text("id")} is {call.State}";
            if (!truth.Text("direction")!.Equals(call.Direction.ToString(), StringComparison.OrdinalIgnoreCase)) yield return $"{truth.Text("id")} is {call.Direction}";
            if (call.Attempts.DistinctBy(attempt => attempt.Leg).Count() != call.Attempts.Count) yield return $"{truth.Text("id")} tells an attempt twice";
            if (call.Attempts.Any(attempt => attempt.EndedAt is null)) yield return $"{truth.Text("id")} rings for ever";
            if (call.Attempts.Any(attempt => attempt.EndedAt < attempt.RangAt || attempt.EndedAt < attempt.AnsweredAt)) yield return $"{truth.Text("id")} ends before it began";
            if (truth.Text("customer_e164") is { } customer && call.CustomerSide?.MatchKey is { } match && match != PhoneNumber.MatchKeyOf(customer)) yield return $"{truth.Text("id")} is of {match}";
            if (truth.Text("direction") == "inbound" && call.FromRaw != (truth.Text("caller") ?? "")) yield return $"{truth.Text("id")} is from {call.FromRaw}";
            if (isUntouched && truth.Text("agent") != call.Operator) yield return $"{truth.Text("id")} is of {call.Operator}";
            if (isUntouched && call.Stale) yield return $"{truth.Text("id")} is stale";
            if (truth.Instant("answered_at") < lost - margin && call.Outcome != CallOutcome.Completed) yield return $"{truth.Text("id")} is {call.Outcome}";
            if (truth.Instant("ended_at") > back + margin && !truth.TryGetProperty("accept_outcomes", out _) && truth.Text("outcome") == "completed" != (call.Outcome == CallOutcome.Completed)
                && !(IsWithin(truth.Instant("answered_at")) && truth.GetProperty("legs").EnumerateArray().All(leg => leg.Instant("ended_at") < back + margin || leg.Text("result") == "picked_up")))
                yield return $"{truth.Text("id")} is {call.Outcome} instead of {truth.Text("outcome")}";
        }

        foreach (var call in ours.Values) yield return $"{call.ProviderCallId} {call.Direction} {call.FromRaw} -> {call.ToRaw} is no call";
    }

    static IEnumerable<StreamItem> WithGap(List<StreamItem> items, int from, int to)
    {
        var pbx = new Channels();
        for (var i = 0; i < from; i++)
        {
            pbx.Hear(items[i]);
            yield return items[i];
        }

        var lost = items[from].At;
        yield return new StreamItem(lost, 1, StreamMark.Lost, default);
        for (var i = from; i < to; i++) pbx.Hear(items[i]);
        var back = items[to - 1].At;
        yield return new StreamItem(back, 2, StreamMark.Connected, default);
        foreach (var answer in pbx.Snapshot(back)) yield return new StreamItem(back, 2, StreamMark.Message, Encoding.UTF8.GetBytes(answer));
        for (var i = to; i < items.Count; i++) yield return items[i] with { Link = 2 };
    }

    /// <summary>What a PBX knows of its channels, as far as its own messages tell.</summary>
    sealed class Channels
    {
        static readonly string[] Copied = ["Channel", "Context", "Exten", "CallerIDNum", "CallerIDName", "ConnectedLineNum", "ChannelState", "Linkedid"];

        readonly Dictionary<string, (DateTimeOffset Since, Dictionary<string, string> Fields)> channels = [];
        readonly Dictionary<string, (string Queue, DateTimeOffset Since)> waiting = [];

        public void Hear(StreamItem item)
        {
            var message = new AmiMessage(item.Message.Span);
            var name = Encoding.UTF8.GetString(message.Event);
            if (name is "CoreShowChannel" or "Status" or "QueueEntry" || message.Text("Uniqueid"u8) is not { } id) return;
            if (name == "Hangup")
            {
                channels.Remove(id);
                waiting.Remove(id);
                return;
            }

            if (name == "Newchannel") channels[id] = (item.At, []);
            if (!channels.TryGetValue(id, out var channel)) return;
            foreach (var (key, value) in message.All)
            {
                if (Copied.Contains(key)) channel.Fields[key] = value;
                if (name == "Newexten" && key == "Application") channel.Fields["Application"] = value;
                if (name == "Newexten" && key == "AppData") channel.Fields["ApplicationData"] = value;
                if (name == "BridgeEnter" && key == "BridgeUniqueid") channel.Fields["BridgeId"] = value;
            }

            if (name == "BridgeLeave") channel.Fields.Remove("BridgeId");
            if (name == "QueueCallerJoin") waiting[id] = (message.Text("Queue"u8)!, item.At);
            if (name == "QueueCallerLeave") waiting.Remove(id);
        }

        public IEnumerable<string> Snapshot(DateTimeOffset at)
        {
            foreach (var (id, entry) in waiting)
                yield return $"Event: QueueEntry\r\nQueue: {entry.Queue}\r\nUniqueid: {id}\r\nWait: {(int)(at - entry.Since).TotalSeconds}\r\nActionID: q\r\n\r\n";
            foreach (var (id, channel) in channels)
                yield return $"Event: CoreShowChannel\r\nActionID: c\r\nUniqueid: {id}\r\nDuration: {(at - channel.Since).ToString("hh\\:mm\\:ss", CultureInfo.InvariantCulture)}\r\n"
                    + string.Concat(channel.Fields.Select(field => $"{field.Key}: {field.Value}\r\n")) + "\r\n";
            yield return $"Event: CoreShowChannelsComplete\r\nActionID: c\r\nEventList: Complete\r\nListItems: {channels.Count}\r\n\r\n";
        }
    }
}
