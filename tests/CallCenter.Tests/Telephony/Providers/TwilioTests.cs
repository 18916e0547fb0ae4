using System.Text.Json;
using CallCenter.Calls;
using CallCenter.Telephony;

namespace CallCenter.Tests.Telephony.Providers;

public class TwilioTests
{
    static readonly CallCenter.Telephony.Providers.Twilio Provider = new();
    static readonly DateTimeOffset Noon = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);
    static readonly Settings Mexico = new(new Dictionary<string, string> { ["country"] = "MX", ["lines"] = "+528112345678", ["auth_token"] = "t" });

    const string Customer = "+525512345678";
    const string Line = "+528112345678";

    static DateTimeOffset At(double seconds) => Noon.AddSeconds(seconds);

    static Arrival Post(double received, string query, params (string Name, string Value)[] fields) => new(
        Sample.Connection, At(received), "POST", "https://cc.example.com/webhooks/c" + query,
        new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase) { ["Content-Type"] = "application/x-www-form-urlencoded" },
        System.Text.Encoding.UTF8.GetBytes(string.Join('&', fields.Select(field => $"{Uri.EscapeDataString(field.Name)}={Uri.EscapeDataString(field.Value)}"))));

    /// <summary>A request for TwiML of an inbound call: no time of its own.</summary>
    static Arrival Asks(double received, string status, string query = "", params (string, string)[] more) => Post(received, query,
        [("CallSid", "CAparent"), ("CallStatus", status), ("Direction", "inbound"), ("From", Customer), ("To", Line), .. more]);

    /// <summary>A status callback: the time of the event in whole seconds.</summary>
    static Arrival Tells(double at, string sid, string status, string direction, string from, string to, params (string, string)[] more) => Post(at + 0.3, "",
        [("CallSid", sid), ("CallStatus", status), ("Direction", direction), ("From", from), ("To", to), ("CallbackSource", "call-progress-events"),
            ("Timestamp", At(at).ToString("ddd, dd MMM yyyy HH:mm:ss '+0000'", System.Globalization.CultureInfo.InvariantCulture)), .. more]);

    static Arrival Child(double at, string sid, string status, string to = "client:lucia", params (string, string)[] more) =>
        Tells(at, sid, status, "outbound-dial", Customer, to, [("ParentCallSid", "CAparent"), .. more]);

    static Arrival ParentEnds(double at, int lasted = 0, string status = "completed") =>
        Tells(at, "CAparent", status, "inbound", Customer, Line, ("CallDuration", $"{lasted}"), ("SequenceNumber", "0"));

    static IReadOnlyList<Call> Calls(params IEnumerable<Arrival> arrivals)
    {
        var told = arrivals.Select(arrival => Provider.Translate(arrival, Mexico)).ToList();
        Assert.All(told, translation => Assert.Equal((Verdict.Understood, null), (translation.Verdict, translation.Reason)));
        var calls = Sample.Fold(told.SelectMany(translation => translation.Events));
        Assert.Equal(Sample.Json(calls), Sample.Json(Sample.Fold(told.SelectMany(translation => translation.Events).Reverse())));
        return calls;
    }

    static Call OneCall(params IEnumerable<Arrival> arrivals) => Assert.Single(Calls(arrivals));

    [Fact]
    public void D25_a_hang_up_that_overtakes_the_answer_ends_the_call()
    {
        Arrival[] news = [Asks(0, "ringing"), Child(5, "CAchild", "ringing"), ParentEnds(60, 60), Child(60, "CAchild", "completed", more: ("CallDuration", "52")), Child(8, "CAchild", "in-progress")];
        Assert.Equal(CallState.Ended, OneCall(news[..3]).State);

        var call = OneCall(news);
        Assert.Equal((CallState.Ended, CallOutcome.Completed, At(8), "lucia"), (call.State, call.Outcome, call.AnsweredAt, call.Operator));
    }

    [Fact]
    public void D27_any_order_of_arrival_makes_the_same_call()
    {
        Arrival[] news = [Asks(0, "ringing"), Child(5, "CA1", "initiated"), Child(5, "CA1", "ringing"), Child(20, "CA1", "no-answer"), Child(21, "CA2", "initiated", "client:jorge"),
            Child(27, "CA2", "in-progress", "client:jorge"), Child(90, "CA2", "completed", "client:jorge", ("CallDuration", "63")), ParentEnds(90, 90)];
        var told = Sample.Json([OneCall(news)]);
        CsCheck.Check.Sample(CsCheck.Gen.Shuffle(news), shuffled => Sample.Json(Calls(shuffled)) == told, iter: 300);
    }

    [Fact]
    public void D30_a_delivery_sent_again_later_adds_nothing()
    {
        Arrival[] news = [Asks(0, "ringing"), Asks(4, "in-progress", "", ("DialCallSid", "CAchild"), ("DialCallStatus", "no-answer")), Asks(5, "completed"), ParentEnds(5, 5)];
        var again = news.Select(arrival => arrival with { ReceivedAt = arrival.ReceivedAt.AddSeconds(7) });

        Assert.Equal(Sample.Json(Calls(news)), Sample.Json(Calls([.. again, .. news, .. again])));
    }

    [Fact]
    public void That_TwiML_picked_up_is_no_answer()
    {
        var call = OneCall(Asks(0, "ringing"), Tells(1, "CAparent", "in-progress", "inbound", Customer, Line), ParentEnds(30, 29));

        Assert.Equal((CallOutcome.Cancelled, true, null, MissedReason.AbandonedInIvr), (call.Outcome, call.Missed, call.AnsweredAt, call.MissedReason));
    }

    [Fact]
    public void Who_loses_a_race_of_telephones_was_tried_and_nothing_more()
    {
        var call = OneCall([Asks(0, "ringing"), .. Enumerable.Range(1, 9).SelectMany(i => (Arrival[])[Child(3, $"CA{i}", "ringing", $"client:p{i}"), Child(9, $"CA{i}", "canceled", $"client:p{i}")]),
            Child(3, "CAwins", "ringing"), Child(9, "CAwins", "in-progress"), Child(40, "CAwins", "completed", more: ("CallDuration", "31")), ParentEnds(40, 40)]);

        Assert.Equal((CallOutcome.Completed, "lucia", 31.0), (call.Outcome, call.Operator, call.TalkSeconds));
        Assert.Equal(9, call.Attempts.Count(attempt => attempt.Result == AttemptResult.AnsweredElsewhere));
    }

    [Fact]
    public void A_caller_who_gives_up_while_telephones_ring_cancelled()
    {
        var call = OneCall(Asks(0, "ringing"), Child(3, "CA1", "ringing"), Child(15, "CA1", "canceled"), ParentEnds(15, 15));

        Assert.Equal((CallOutcome.Cancelled, MissedReason.AbandonedWaiting), (call.Outcome, call.MissedReason));
        Assert.Equal(AttemptResult.Cancelled, Assert.Single(call.Attempts).Result);
    }

    [Theory]
    [InlineData("busy", "486", AttemptResult.Busy), InlineData("busy", "603", AttemptResult.Declined)]
    [InlineData("no-answer", "480", AttemptResult.NotAnswered), InlineData("failed", "404", AttemptResult.Failed)]
    public void A_telephone_that_does_not_answer_says_why(string status, string code, AttemptResult result) =>
        Assert.Equal(result, Assert.Single(OneCall(Asks(0, "ringing"), Child(3, "CA1", status, more: ("SipResponseCode", code))).Attempts).Result);

    [Fact]
    public void The_last_status_alone_tells_when_it_was_answered()
    {
        var call = OneCall(Child(60, "CA1", "completed", more: ("CallDuration", "40")), ParentEnds(60, 60));

        Assert.Equal((At(0), At(20), At(60), "lucia", Line), (call.StartedAt, call.AnsweredAt, call.EndedAt, call.Operator, call.Line));
    }

    [Fact]
    public void A_Dial_action_tells_what_no_child_leg_did()
    {
        var answered = OneCall(Asks(0, "ringing"), Asks(50, "in-progress", "?operator=ana", ("DialCallSid", "CA1"), ("DialCallStatus", "completed"), ("DialCallDuration", "45"), ("DialBridged", "true")));
        Assert.Equal((At(5), "ana"), (answered.AnsweredAt, answered.Operator));

        var nobody = OneCall(Asks(0, "ringing"), Asks(20, "in-progress", "", ("DialCallSid", "CA1"), ("DialCallStatus", "no-answer")), ParentEnds(21, 21));
        Assert.Equal((CallOutcome.NoAnswer, MissedReason.NotAnswered), (nobody.Outcome, nobody.MissedReason));

        var screened = OneCall(Asks(0, "ringing"), Asks(20, "in-progress", "", ("DialCallSid", "CA1"), ("DialCallStatus", "completed"), ("DialCallDuration", "4"), ("DialBridged", "false")), ParentEnds(21, 21));
        Assert.True(screened.Missed);
    }

    [Fact]
    public void A_Dial_action_gives_way_to_the_child_leg_itself()
    {
        var call = OneCall(Asks(0, "ringing"), Child(3, "CA1", "ringing"), Child(8, "CA1", "in-progress"), Child(50, "CA1", "completed", more: ("CallDuration", "42")),
            Asks(53.7, "in-progress", "", ("DialCallSid", "CA1"), ("DialCallStatus", "completed"), ("DialCallDuration", "42")));

        Assert.Equal(new Attempt("lucia", At(3), At(8), At(50), AttemptResult.Answered, LegRole.Operator, "CA1"), Assert.Single(call.Attempts));
    }

    [Fact]
    public void A_queue_without_TaskRouter_is_followed_by_its_addresses()
    {
        Arrival[] waits = [Asks(0, "ringing"),
            Asks(4, "in-progress", "?queue=Ventas", ("QueueSid", "QU1"), ("QueueTime", "0"), ("QueuePosition", "2")),
            Asks(34.2, "in-progress", "?queue=Ventas", ("QueueSid", "QU1"), ("QueueTime", "30"), ("QueuePosition", "1"))];
        var waiting = OneCall(waits);
        Assert.Equal((CallState.Queued, "Ventas", At(4)), (waiting.State, waiting.Queue, waiting.QueuedAt));

        var talked = OneCall([.. waits, Asks(40, "in-progress", "?queue=Ventas&operator=ana", ("QueueSid", "QU1"), ("QueueTime", "36"), ("DequeingCallSid", "CAagent")),
            Asks(100, "in-progress", "?queue=Ventas", ("QueueSid", "QU1"), ("QueueTime", "36"), ("QueueResult", "bridged")), ParentEnds(101, 101)]);
        Assert.Equal((CallOutcome.Completed, At(40), "ana", 36.0), (talked.Outcome, talked.AnsweredAt, talked.Operator, talked.WaitSeconds));
        Assert.Equal(QueueExit.Answered, Assert.Single(talked.Queues).Reason);

        var left = OneCall([.. waits, Asks(50, "completed", "?queue=Ventas", ("QueueSid", "QU1"), ("QueueTime", "46"), ("QueueResult", "hangup"))]);
        Assert.Equal((CallOutcome.Cancelled, QueueExit.Abandoned, MissedReason.AbandonedWaiting), (left.Outcome, Assert.Single(left.Queues).Reason, left.MissedReason));

        var full = OneCall(Asks(0, "ringing"), Asks(4, "in-progress", "?queue=Ventas", ("QueueResult", "queue-full"), ("QueueSid", "QU1")), ParentEnds(6, 6));
        Assert.Equal((CallOutcome.NoAnswer, QueueExit.Refused), (full.Outcome, Assert.Single(full.Queues).Reason));
    }

    [Fact]
    public void Whoever_was_bridged_from_a_queue_was_answered_even_if_nobody_says_by_whom()
    {
        var call = OneCall(Asks(0, "ringing"), Asks(100, "in-progress", "", ("QueueSid", "QU1"), ("QueueTime", "36"), ("QueueResult", "bridged")), ParentEnds(101, 101));

        Assert.Equal((CallOutcome.Completed, false), (call.Outcome, call.Missed));
    }

    [Fact]
    public void A_person_who_calls_from_his_own_telephone_calls_out()
    {
        var call = OneCall(
            Post(0, "", ("CallSid", "CAparent"), ("CallStatus", "ringing"), ("Direction", "inbound"), ("From", "client:ana"), ("To", "")),
            Tells(2, "CAchild", "ringing", "outbound-dial", Line, Customer, ("ParentCallSid", "CAparent")),
            Tells(8, "CAchild", "in-progress", "outbound-dial", Line, Customer, ("ParentCallSid", "CAparent")),
            Tells(30, "CAchild", "completed", "outbound-dial", Line, Customer, ("ParentCallSid", "CAparent"), ("CallDuration", "22")),
            Tells(30, "CAparent", "completed", "inbound", "client:ana", "", ("CallDuration", "29")));

        Assert.Equal((Direction.Outbound, "ana", Customer, Line), (call.Direction, call.Operator, call.CustomerNumber, call.Line));
        Assert.Equal((CallOutcome.Completed, At(8)), (call.Outcome, call.AnsweredAt));
    }

    [Fact]
    public void A_colleague_called_by_name_is_called_inside()
    {
        var call = OneCall(
            Post(0, "", ("CallSid", "CAparent"), ("CallStatus", "ringing"), ("Direction", "inbound"), ("From", "sip:101@pbx.example.com"), ("To", "sip:102@pbx.example.com")),
            Tells(3, "CAchild", "in-progress", "outbound-dial", "sip:101@pbx.example.com", "sip:102@pbx.example.com", ("ParentCallSid", "CAparent")));

        Assert.Equal((Direction.Internal, "101", "102", "102", null), (call.Direction, call.FromRaw, call.ToRaw, call.Operator, call.CustomerNumber));
    }

    [Fact]
    public void Click_to_call_rings_the_operator_first()
    {
        Arrival[] rung = [Tells(0, "CAparent", "initiated", "outbound-api", Line, "client:ana"), Tells(1, "CAparent", "ringing", "outbound-api", Line, "client:ana"), Tells(4, "CAparent", "in-progress", "outbound-api", Line, "client:ana")];
        var call = OneCall([.. rung,
            Tells(5, "CAchild", "ringing", "outbound-dial", Line, Customer, ("ParentCallSid", "CAparent")),
            Tells(9, "CAchild", "busy", "outbound-dial", Line, Customer, ("ParentCallSid", "CAparent"), ("SipResponseCode", "486")),
            Tells(10, "CAparent", "completed", "outbound-api", Line, "client:ana", ("CallDuration", "6"))]);

        Assert.Equal((Direction.Outbound, "ana", Customer, CallOutcome.Busy), (call.Direction, call.Operator, call.CustomerNumber, call.Outcome));
    }

    [Theory]
    [InlineData("busy", "486", CallOutcome.Busy), InlineData("busy", "603", CallOutcome.NoAnswer), InlineData("no-answer", "", CallOutcome.NoAnswer)]
    [InlineData("canceled", "", CallOutcome.Cancelled), InlineData("failed", "404", CallOutcome.Failed)]
    public void An_outbound_call_ends_as_Twilio_says(string status, string code, CallOutcome outcome) => Assert.Equal(outcome, OneCall(
        Tells(0, "CAparent", "initiated", "outbound-api", Line, Customer), Tells(9, "CAparent", status, "outbound-api", Line, Customer, ("SipResponseCode", code))).Outcome);

    [Fact]
    public void A_machine_is_nobody()
    {
        var call = OneCall(Tells(0, "CAparent", "ringing", "outbound-api", Line, Customer), Tells(9, "CAparent", "in-progress", "outbound-api", Line, Customer, ("AnsweredBy", "machine_end_beep")),
            Tells(20, "CAparent", "completed", "outbound-api", Line, Customer, ("AnsweredBy", "machine_end_beep"), ("CallDuration", "11")));

        Assert.Equal((CallOutcome.NoAnswer, null), (call.Outcome, call.AnsweredAt));
    }

    [Fact]
    public void A_call_passed_on_to_a_mobile_is_answered_by_it()
    {
        var call = OneCall(Asks(0, "ringing"), Tells(3, "CA1", "ringing", "outbound-dial", Line, "+525598765432", ("ParentCallSid", "CAparent")), Tells(9, "CA1", "in-progress", "outbound-dial", Line, "+525598765432", ("ParentCallSid", "CAparent")));

        Assert.Equal((Direction.Inbound, Customer, At(9), LegRole.Outside), (call.Direction, call.CustomerNumber, call.AnsweredAt, Assert.Single(call.Attempts).Role));
    }

    [Theory, InlineData("Anonymous"), InlineData("+266696687"), InlineData("+7378742883"), InlineData("+2562533"), InlineData("")]
    public void A_withheld_number_is_nobodys(string from)
    {
        var call = OneCall(Post(0, "", ("CallSid", "CAparent"), ("CallStatus", "ringing"), ("Direction", "inbound"), ("From", from), ("To", Line)));

        Assert.Equal((null, NumberKind.Withheld), (call.CustomerNumber, call.From!.Kind));
    }

    [Fact]
    public void A_recording_finds_its_call_and_a_message_is_voicemail()
    {
        var recorded = OneCall(Post(80, "", ("CallSid", "CAparent"), ("RecordingSid", "RE1"), ("RecordingStatus", "completed"), ("RecordingUrl", "https://api.twilio.com/RE1"), ("RecordingSource", "DialVerb")), Asks(0, "ringing"));
        Assert.Equal(("https://api.twilio.com/RE1", false), (recorded.Recording, recorded.Voicemail));

        var message = OneCall(Asks(0, "ringing"), Asks(30, "in-progress", "", ("RecordingUrl", "https://api.twilio.com/RE2"), ("RecordingSid", "RE2"), ("Digits", "#")), ParentEnds(31, 31));
        Assert.Equal(("https://api.twilio.com/RE2", true, true), (message.Recording, message.Voicemail, message.Missed));

        Assert.Empty(Calls(Post(80, "", ("CallSid", "CAchild"), ("RecordingSid", "RE1"), ("RecordingStatus", "completed"), ("RecordingUrl", "https://api.twilio.com/RE1"))));
    }

    [Fact]
    public void A_conference_holds_and_resumes()
    {
        Arrival Hold(double at, string what) => Post(at, "", ("CallSid", "CAparent"), ("ConferenceSid", "CF1"), ("StatusCallbackEvent", what), ("Timestamp", At(at).ToString("R", System.Globalization.CultureInfo.InvariantCulture)));
        var call = OneCall(Asks(0, "ringing"), Child(5, "CA1", "in-progress"), Hold(20, "participant-hold"), Hold(35, "participant-unhold"), Child(60, "CA1", "completed", more: ("CallDuration", "55")), ParentEnds(60, 60));

        Assert.Equal((15.0, new Hold(At(20), At(35))), (call.HoldSeconds, Assert.Single(call.Holds)));
    }

    const string Attributes = """{"call_sid":"CAparent","from":"+525512345678","to":"+528112345678","direction":"inbound"}""";

    static (string, string)[] Task(string type, double at, params (string, string)[] more) =>
        [("EventType", type), ("Sid", $"EV{type}{at}"), ("TimestampMs", $"{At(at).ToUnixTimeMilliseconds()}"), ("TaskSid", "WT1"), ("TaskAttributes", Attributes), ("TaskQueueName", "Soporte"), .. more];

    static (string, string)[] Reservation(string type, double at, string sid = "WR1", string worker = "Lucía", string contact = "client:lucia", params (string, string)[] more) =>
        Task(type, at, [("ReservationSid", sid), ("WorkerName", worker), ("WorkerAttributes", $$"""{"contact_uri":"{{contact}}"}"""), .. more]);

    [Fact]
    public void A_worker_is_one_attempt_with_his_telephone_and_bears_his_name()
    {
        var call = OneCall([Asks(0, "ringing"), .. new[] { Task("task.created", 4), Reservation("reservation.created", 6), Reservation("reservation.accepted", 11.4) }.Select(fields => Post(12, "", fields)),
            Child(6, "CA1", "ringing"), Child(11, "CA1", "in-progress")]);

        Assert.Equal(("Lucía", "Lucía"), (call.Operator, Assert.Single(call.Attempts).Operator));
    }

    [Theory]
    [InlineData("reservation.rejected", AttemptResult.Declined), InlineData("reservation.timeout", AttemptResult.NotAnswered), InlineData("reservation.canceled", AttemptResult.Cancelled)]
    [InlineData("reservation.rescinded", AttemptResult.AnsweredElsewhere), InlineData("reservation.failed", AttemptResult.Failed)]
    public void A_worker_who_does_not_take_it_leaves_the_caller_in_the_queue(string type, AttemptResult result)
    {
        var call = OneCall(new[] { Task("task.created", 4), Reservation("reservation.created", 6), Reservation(type, 20) }.Select(fields => Post(21, "", fields)));

        Assert.Equal((CallState.Queued, result, Direction.Inbound, Customer), (call.State, Assert.Single(call.Attempts).Result, call.Direction, call.CustomerNumber));
    }

    [Fact]
    public void A_second_worker_takes_over_and_the_first_queue_is_left()
    {
        var call = OneCall(new[]
        {
            Task("task.created", 4), [("TaskQueueName", "Ventas"), .. Task("task-queue.moved", 30)],
            Reservation("reservation.created", 32), Reservation("reservation.accepted", 35), Reservation("reservation.completed", 60),
            Task("task.transfer-completed", 61, ("TransferMode", "COLD"), ("TransferTo", "WK2"), ("WorkerName", "Lucía")),
            Reservation("reservation.created", 62, "WR2", "Jorge", "client:jorge"), Reservation("reservation.accepted", 65, "WR2", "Jorge", "client:jorge"),
        }.Select(fields => Post(70, "", fields)));

        Assert.Equal("Lucía", call.Operator);
        Assert.Equal(["Soporte", "Ventas"], call.Queues.Select(visit => visit.Queue));
        Assert.Equal(At(30), call.Queues[0].LeftAt);
        Assert.Equal(new Transfer(TransferKind.Blind, "Lucía", "WK2", At(61)), Assert.Single(call.Transfers));
        Assert.Equal(["Lucía", "Jorge"], call.Attempts.Select(attempt => attempt.Operator));
    }

    [Fact]
    public void A_workflow_that_runs_out_of_time_is_a_queue_timeout()
    {
        var call = OneCall([Asks(0, "ringing"), Post(4, "", Task("task.created", 4)), Post(64, "", Task("task.canceled", 64, ("TaskCanceledReason", "Workflow timeout"))), ParentEnds(70, 70)]);

        Assert.Equal((CallOutcome.NoAnswer, MissedReason.QueueTimeout), (call.Outcome, call.MissedReason));
    }

    static Arrival Stream(string body) => new(Sample.Connection, At(0), "POST", "https://cc.example.com/webhooks/c",
        new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase) { ["Content-Type"] = "application/json" }, System.Text.Encoding.UTF8.GetBytes(body));

    static string CloudEvent(string type, double at) => $$"""
        {"specversion":"1.0","type":"com.twilio.taskrouter.{{type}}","id":"EV{{at}}","time":"{{At(at):o}}","data":{"payload":{"eventtype":"reservation.created",
        "sid":"EV{{at}}","timestamp":"{{At(at):yyyy-MM-ddTHH:mm:ss.fffZ}}","task_sid":"WT1","task_attributes":{{JsonSerializer.Serialize(Attributes)}},"taskqueue_name":"Soporte",
        "reservation_sid":"WR1","worker_name":"Lucía","task_age":5 } } }
        """;

    [Fact]
    public void Event_Streams_say_the_same_in_batches()
    {
        var call = OneCall(Stream($"[{CloudEvent("task.created", 4)},{CloudEvent("reservation.created", 6)}]"), Stream($"[{CloudEvent("reservation.accepted", 11.25)}]"));

        Assert.Equal(("Soporte", "Lucía", At(11.25), At(4)), (call.Queue, call.Operator, call.AnsweredAt, call.QueuedAt));
    }

    [Fact]
    public void A_batch_keeps_what_can_be_read()
    {
        var told = Provider.Translate(Stream($"[{CloudEvent("task.created", 4)},{CloudEvent("task.exploded", 5)},{CloudEvent("worker.activity.update", 6)}]"), Mexico);

        Assert.Equal((Verdict.Unreadable, "1 of 3: EventType 'task.exploded'"), (told.Verdict, told.Reason));
        Assert.Equal("Soporte", Assert.Single(Sample.Fold(told.Events)).Queue);
    }

    [Fact]
    public void What_is_not_of_calls_is_ignored_and_says_why()
    {
        Translation Told(params (string, string)[] fields) => Provider.Translate(Post(0, "", fields), Mexico);

        Assert.Equal((Verdict.Ignored, "worker.activity.update is not about calls"), (Told(("EventType", "worker.activity.update")).Verdict, Told(("EventType", "worker.activity.update")).Reason));
        Assert.Equal("a task without a call", Told(("EventType", "task.created"), ("TaskAttributes", "{\"channel\":\"chat\"}")).Reason);
        Assert.Equal("recording: in-progress", Told(("CallSid", "CA1"), ("RecordingStatus", "in-progress")).Reason);
        Assert.Equal("a question whom to give a task to", Told(("TaskSid", "WT1"), ("ReservationSid", "WR1")).Reason);
    }

    [Fact]
    public void What_cannot_be_read_says_what_it_lacks()
    {
        string? Reason(params (string, string)[] fields)
        {
            var told = Provider.Translate(Post(0, "", fields), Mexico);
            Assert.Equal(Verdict.Unreadable, told.Verdict);
            return told.Reason;
        }

        Assert.Equal("CallSid is missing", Reason(("CallStatus", "ringing")));
        Assert.Equal("CallSid is not an id of Twilio's", Reason(("CallSid", "CA' or 1=1"), ("CallStatus", "ringing")));
        Assert.Equal("CallStatus is missing", Reason(("CallSid", "CA1")));
        Assert.Equal("CallStatus 'levitating'", Reason(("CallSid", "CA1"), ("CallStatus", "levitating")));
        Assert.Equal("Timestamp 'noon' is no time", Reason(("CallSid", "CA1"), ("CallStatus", "ringing"), ("Timestamp", "noon")));
        Assert.Equal("EventType 'task.exploded'", Reason(Task("task.exploded", 1)));
        Assert.Equal("TaskAttributes is not JSON", Reason(("EventType", "task.created"), ("TaskAttributes", "{")));
        Assert.Equal("ReservationSid is missing", Reason(Task("reservation.created", 1)));
    }

    [Fact]
    public void Requests_for_TwiML_are_answered_with_an_empty_document_and_news_with_nothing()
    {
        string? Type(Arrival arrival) => Provider.ReplyTo(arrival, Mexico) is { } reply ? $"{reply.Status} {reply.ContentType} {reply.Body}" : null;

        const string twiml = "200 text/xml <Response/>";
        Assert.Equal(twiml, Type(Asks(0, "ringing")));
        Assert.Equal(twiml, Type(Asks(0, "completed", "", ("DialCallStatus", "completed"), ("DialCallSid", "CA1"))));
        Assert.Equal(twiml, Type(Asks(0, "in-progress", "", ("QueueSid", "QU1"), ("QueueResult", "hangup"))));
        Assert.Equal(twiml, Type(Asks(0, "in-progress", "", ("QueueSid", "QU1"), ("QueuePosition", "1"))));
        Assert.Equal(twiml, Type(Post(0, "", ("CallSid", "CA1"), ("QueueSid", "QU1"), ("DequeingCallSid", "CA2"))));
        Assert.Equal(twiml, Type(new Arrival(Sample.Connection, At(0), "GET", "https://cc.example.com/webhooks/c?CallSid=CA1&CallStatus=ringing", Arrival.NoHeaders, default)));
        Assert.Null(Type(ParentEnds(9)));
        Assert.Null(Type(Child(9, "CA1", "ringing")));
        Assert.Null(Type(Post(0, "", ("CallSid", "CA1"), ("RecordingStatus", "completed"), ("RecordingSid", "RE1"))));
        Assert.Null(Type(Stream("[]")));
        Assert.Equal("204 application/json ", Type(Post(0, "", Task("task.created", 1))));
    }

    [Fact]
    public void A_request_by_GET_says_the_same()
    {
        var told = Provider.Translate(new Arrival(Sample.Connection, At(0), "GET", $"https://cc.example.com/webhooks/c?CallSid=CA1&CallStatus=ringing&Direction=inbound&From={Uri.EscapeDataString(Customer)}&To={Uri.EscapeDataString(Line)}", Arrival.NoHeaders, default), Mexico);

        Assert.Equal(Customer, Assert.Single(Sample.Fold(told.Events)).CustomerNumber);
    }

    [Fact]
    public void Settings_that_cannot_work_are_named() => Assert.Equal(
        ["auth_token is missing", "country 'XX' is unknown; write two letters, such as ES", "time_zone 'Mars/Olympus' is unknown; write one such as Europe/Madrid"],
        ((IProvider)Provider).Problems(new Settings(new Dictionary<string, string> { ["country"] = "XX", ["time_zone"] = "Mars/Olympus" })));

    [Fact]
    public void Whatever_the_bytes_nothing_but_a_verdict_comes_out() => Fuzz.Check(Provider, Mexico,
        [.. Sample.Names("twilio").SelectMany(name => new Sample("twilio", name).Arrivals), Stream($"[{CloudEvent("task.created", 4)},{CloudEvent("reservation.accepted", 6)}]"),
            Asks(4, "in-progress", "?queue=Ventas", ("QueueSid", "QU1"), ("QueueTime", "0"), ("QueueResult", "bridged")), Asks(50, "in-progress", "", ("DialCallSid", "CA1"), ("DialCallStatus", "completed"), ("DialCallDuration", "45"))]);
}
