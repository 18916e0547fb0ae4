using System.Globalization;
using System.Text;
using CallCenter.Calls;
using CallCenter.Telephony;
using CallCenter.Telephony.Providers;
using CsCheck;

namespace CallCenter.Tests.Telephony.Providers;

public class JsonWebhookTests
{
    static readonly JsonWebhook Provider = new();
    static readonly DateTimeOffset Noon = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);

    static Settings With(params (string Key, string Value)[] more) => new(new Dictionary<string, string>
    {
        ["country"] = "ES",
        ["map.call_id"] = "id",
        ["map.event"] = "event",
        ["map.from"] = "from",
        ["map.to"] = "to",
        ["map.operator"] = "agent",
        ["map.direction"] = "way",
    }.Concat(more.Select(pair => KeyValuePair.Create(pair.Key, pair.Value))).GroupBy(pair => pair.Key).ToDictionary(group => group.Key, group => group.Last().Value));

    static Arrival Body(string body, double at = 0, params (string Name, string Value)[] headers) => new(Sample.Connection, Noon.AddSeconds(at), "POST", "https://cc.example.com/webhooks/c",
        headers.ToDictionary(header => header.Name, header => header.Value, StringComparer.OrdinalIgnoreCase), Encoding.UTF8.GetBytes(body));

    static Translation Told(string body, params (string, string)[] more) => Told(Body(body), more);

    static Translation Told(Arrival arrival, params (string, string)[] more)
    {
        try
        {
            return Provider.Translate(arrival, With(more));
        }
        catch (UnreadableException e)
        {
            return Translation.Unreadable(e.Message);
        }
    }

    static Call OneCall(IEnumerable<Arrival> arrivals, params (string, string)[] more)
    {
        var settings = With(more);
        var told = arrivals.Select(arrival => Provider.Translate(arrival, settings)).ToList();
        Assert.All(told, translation => Assert.Equal((Verdict.Understood, null), (translation.Verdict, translation.Reason)));
        return Assert.Single(Sample.Fold(told.SelectMany(translation => translation.Events)));
    }

    [Fact]
    public void D25_a_hang_up_that_overtakes_the_answer_ends_the_call()
    {
        var call = OneCall([Body("""{"id":"1","event":"started","way":"in","from":"600111222","to":"910112233"}"""), Body("""{"id":"1","event":"ended"}""", 30), Body("""{"id":"1","event":"answered","agent":"ana"}""", 31)]);

        Assert.Equal((CallState.Ended, CallOutcome.Completed, "ana", Noon.AddSeconds(30)), (call.State, call.Outcome, call.Operator, call.EndedAt));
    }

    [Fact]
    public void D27_any_order_of_messages_with_times_makes_the_same_call()
    {
        string Message(string what, int at, string rest = "") => $$"""{"id":"1","event":"{{what}}","at":{{Noon.ToUnixTimeSeconds() + at}}{{rest}}}""";
        Arrival[] news = [Body(Message("started", 0, ""","way":"in","from":"600111222","to":"910112233" """)), Body(Message("queued", 3, ""","queue":"Ventas" """)), Body(Message("ringing", 5, ""","agent":"ana" """)),
            Body(Message("attempt_ended", 20, ""","agent":"ana" """)), Body(Message("ringing", 21, ""","agent":"ana" """)), Body(Message("answered", 25, ""","agent":"ana" """)), Body(Message("on_hold", 30, ""","agent":"ana" """)),
            Body(Message("resumed", 40, ""","agent":"ana" """)), Body(Message("completed", 60))];
        (string, string)[] map = [("map.time", "at"), ("map.queue", "queue")];
        var told = Sample.Json([OneCall(news, map)]);

        Assert.Contains("\"hold_seconds\":10", told, StringComparison.Ordinal);
        Check.Sample(Gen.Shuffle(news), shuffled => Sample.Json([OneCall(shuffled, map)]) == told, iter: 300);
    }

    [Fact]
    public void D30_a_message_without_a_time_that_is_sent_again_is_the_same_event()
    {
        Arrival[] news = [Body("""{"id":"1","event":"started","way":"in","from":"600111222","to":"910112233"}"""), Body("""{"id":"1","event":"queued","queue":"Ventas"}""", 1), Body("""{"id":"1","event":"ringing","agent":"ana"}""", 2),
            Body("""{"id":"1","event":"answered","agent":"ana"}""", 9), Body("""{"id":"1","event":"on_hold","agent":"ana","n":1}""", 20), Body("""{"id":"1","event":"resumed","agent":"ana","n":2}""", 25),
            Body("""{"id":"1","event":"on_hold","agent":"ana","n":3}""", 30), Body("""{"id":"1","event":"resumed","agent":"ana","n":4}""", 35), Body("""{"id":"1","event":"ended"}""", 60)];
        (string, string)[] map = [("map.queue", "queue")];
        var once = OneCall(news, map);
        Assert.Equal((2, 10.0), (once.Holds.Count, once.HoldSeconds));

        // Stored or not, in any order, however late: each fact has one identity, and the earliest telling counts.
        var again = news.Concat(news.Select(arrival => arrival with { ReceivedAt = arrival.ReceivedAt.AddMinutes(5) })).ToArray();
        Check.Sample(Gen.Shuffle(again), shuffled => Sample.Json([OneCall(shuffled, map)]) == Sample.Json([once]), iter: 300);
    }

    [Fact]
    public void D30_the_senders_id_of_an_event_outlives_a_changed_time()
    {
        string Message(string id, string what, int at, string rest = "") => $$"""{"id":"1","event":"{{what}}","eid":"{{id}}","sent":{{Noon.ToUnixTimeSeconds() + at}}{{rest}}}""";
        Arrival[] news = [Body(Message("a", "started", 0, ""","way":"in" """)), Body(Message("b", "answered", 5, ""","agent":"ana" """)), Body(Message("c", "ended", 60)), Body(Message("c", "ended", 75)), Body(Message("b", "answered", 80, ""","agent":"ana" """))];

        Assert.Equal(55, OneCall(news, ("map.time", "sent"), ("map.event_id", "eid")).TalkSeconds);
    }

    [Theory]
    [InlineData("""{"event":"started"}""", "map.call_id: nothing at 'id'")]
    [InlineData("""{"id":"","event":"started"}""", "map.call_id: nothing at 'id'")]
    [InlineData("""{"id":"1"}""", "map.event: nothing at 'event'")]
    [InlineData("""{"id":"1","event":"Teleported"}""", "event 'Teleported' is not mapped: map it (value.event.Teleported=...) or set it to ignore")]
    [InlineData("""{"id":"1","event":"started","way":"sideways"}""", "direction 'sideways' is not mapped: map it (value.direction.sideways=...)")]
    [InlineData("""{"id":"1","event":"queued"}""", "'queued' needs map.queue")]
    [InlineData("""{"id":"1","event":"started","from":{"number":"600111222"}}""", "'from' leads to an object, not to a value")]
    [InlineData("""{"id":"1","event":"started","from":"\ud800"}""", "'from' is not Unicode")]
    [InlineData("""[{"id":"1","event":"started"},7]""", "1 of 2: an event that is no object")]
    [InlineData("""{"id":""", "not the JSON expected at $, line 1")]
    [InlineData("", "not the JSON expected at $, line 1")]
    [InlineData("null", "an event that is no object")]
    public void What_cannot_be_read_says_what_it_lacks(string body, string reason) =>
        Assert.Equal((Verdict.Unreadable, reason), (Told(body).Verdict, Told(body).Reason));

    [Fact]
    public void A_call_that_an_unreadable_message_speaks_of_is_named() => Assert.Equal("c-7", Told("""{"id":"c-7","event":"Teleported"}""").About);

    [Fact]
    public void A_batch_keeps_what_can_be_read()
    {
        var told = Told("""{"calls":[{"id":"1","event":"started","way":"in"},{"id":"2","event":"exploded"},{"id":"3","event":"started","way":"in"}]}""", ("map.items", "calls"));

        Assert.Equal((Verdict.Unreadable, "1 of 3: event 'exploded' is not mapped: map it (value.event.exploded=...) or set it to ignore"), (told.Verdict, told.Reason));
        Assert.Equal(["1", "3"], Sample.Fold(told.Events).Select(call => call.ProviderCallId));
        Assert.Equal("map.items: nothing at 'missing'", Told("{}", ("map.items", "missing")).Reason);
        Assert.Equal((Verdict.Ignored, "it is empty"), (Told("[]").Verdict, Told("[]").Reason));
    }

    [Fact]
    public void Words_are_found_in_any_case_and_the_star_stands_for_the_rest()
    {
        Assert.Equal(Verdict.Understood, Told("""{"id":"1","event":"CALL.HangUp"}""", ("value.event.call.hangup", "ended")).Verdict);
        Assert.Equal(Verdict.Understood, Told("""{"id":"1","event":"Answered"}""").Verdict);
        Assert.Equal((Verdict.Ignored, "event 'other'"), (Told("""{"id":"1","event":"other"}""", ("value.event.*", "ignore")).Verdict, Told("""{"id":"1","event":"other"}""", ("value.event.*", "ignore")).Reason));
    }

    [Theory]
    [InlineData("data.call.id"), InlineData("['data'].call.id"), InlineData("data['call']['id']"), InlineData("$.data.call.id"), InlineData("list[1].id"), InlineData("list[-1].id"), InlineData("nothing | list[9].id | data.call.id")]
    [InlineData("=x-1"), InlineData("header:X-Call"), InlineData("['odd.name|here']"), InlineData("number")]
    public void A_path_finds_its_value(string path)
    {
        var told = Told(Body("""{"event":"started","data":{"call":{"id":"x-1"}},"list":[{"id":"no"},{"id":"x-1"}],"odd.name|here":"x-1","number":11}""", 0, ("X-Call", "x-1")), ("map.call_id", path));

        Assert.Equal(path == "number" ? "11" : "x-1", told.About);
    }

    [Fact]
    public void In_a_batch_the_dollar_is_the_whole_body() => Assert.Equal("a-1", Sample.Fold(Told("""{"account":"a-1","calls":[{"event":"started"}]}""", ("map.items", "calls"), ("map.call_id", "$.account")).Events).Single().ProviderCallId);

    [Theory]
    [InlineData("2026-03-02T12:00:05Z", ""), InlineData("2026-03-02T13:00:05+01:00", "iso"), InlineData("2026-03-02 13:00:05", "auto"), InlineData("2026-03-02T13:00:05.000000000", ""), InlineData("2026-03-02T12:00:05.123456789Z", "", 123)]
    [InlineData("Mon, 02 Mar 2026 12:00:05 +0000", ""), InlineData("Mon, 02 Mar 2026 12:00:05 GMT", ""), InlineData("1772452805", ""), InlineData("1772452805000", ""), InlineData("1772452805000000", ""), InlineData("1772452805.25", "", 250)]
    [InlineData("1772452805", "unix"), InlineData("1772452805000", "unix_ms"), InlineData("02/03/2026 13:00:05", "dd/MM/yyyy HH:mm:ss"), InlineData("20260302130005", "yyyyMMddHHmmss"), InlineData("02/03/2026 12:00:05 +00:00", "dd/MM/yyyy HH:mm:ss zzz")]
    public void A_time_is_read_as_written(string written, string format, int ms = 0) => Assert.Equal(
        Noon.AddSeconds(5).AddMilliseconds(ms),
        Told($$"""{"id":"1","event":"ended","at":"{{written}}"}""", ("map.time", "at"), ("time.format", format), ("time_zone", "Europe/Madrid")).Events.OfType<CallEnded>().Single().At);

    [Theory]
    [InlineData("02/03/2026 13:00:05", ""), InlineData("yesterday", ""), InlineData("13:00", ""), InlineData("0", ""), InlineData("-5", ""), InlineData("99999999999999999999", ""), InlineData("1999-12-31T23:59:59Z", "")]
    [InlineData("2026-03-02T12:00:05Z", "unix"), InlineData("NaN", "unix"), InlineData("1e999", "unix"), InlineData("31/02/2026 00:00:00", "dd/MM/yyyy HH:mm:ss"), InlineData("2026-13-45T99:99:99Z", "iso")]
    public void A_time_that_does_not_fit_is_named(string written, string format)
    {
        var told = Told($$"""{"id":"1","event":"ended","at":"{{written}}"}""", ("map.time", "at"), ("time.format", format), ("time_zone", "Europe/Madrid"));

        Assert.Equal((Verdict.Unreadable, $"time '{written}' does not fit time.format {(format.Length == 0 ? "auto" : format)}"), (told.Verdict, told.Reason));
    }

    [Theory]
    [InlineData("2026-10-25T00:30:10Z", "2026-10-25T00:30:00Z")] // received in the first of the two hours: 02:30 is summer time
    [InlineData("2026-10-25T01:30:10Z", "2026-10-25T01:30:00Z")] // received in the second: winter time
    [InlineData("2026-10-25T01:10:00Z", "2026-10-25T00:30:00Z")] // forty minutes late: nothing is sent before it happened
    [InlineData("2026-10-25T09:00:00Z", "2026-10-25T01:30:00Z")]
    public void In_the_hour_that_comes_twice_the_receipt_decides(string received, string expected)
    {
        var arrival = Body("""{"id":"1","event":"ended","at":"2026-10-25 02:30:00"}""") with { ReceivedAt = DateTimeOffset.Parse(received, CultureInfo.InvariantCulture) };

        Assert.Equal(DateTimeOffset.Parse(expected, CultureInfo.InvariantCulture), Told(arrival, ("map.time", "at"), ("time_zone", "Europe/Madrid")).Events.OfType<CallEnded>().Single().At);
    }

    [Fact]
    public void In_the_hour_that_never_comes_clocks_are_read_as_not_yet_put_forward() => Assert.Equal(new DateTimeOffset(2026, 3, 29, 1, 30, 0, TimeSpan.Zero),
        Told("""{"id":"1","event":"ended","at":"2026-03-29 02:30:00"}""", ("map.time", "at"), ("time_zone", "Europe/Madrid")).Events.OfType<CallEnded>().Single().At);

    [Fact]
    public void Every_local_time_comes_back_as_the_instant_it_was_written_at() =>
        Check.Sample(Gen.Select(Gen.Long[0, 3600L * 24 * 366], Gen.OneOf("Europe/Madrid", "America/Argentina/Buenos_Aires", "America/Mexico_City", "America/Santiago", "Australia/Lord_Howe", "Asia/Kathmandu"), Gen.Int[0, 90]), (second, id, delay) =>
        {
            var zone = TimeZoneInfo.FindSystemTimeZoneById(id);
            var at = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).AddSeconds(second);
            var written = TimeZoneInfo.ConvertTime(at, zone).DateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
            var read = new WrittenTime("auto", zone).Read(written, at.AddSeconds(delay));
            // Sent within minutes, only a system that is half an hour late in the repeated hour could be misread.
            return read == at;
        }, iter: 20_000);

    [Fact]
    public void Our_own_number_shows_the_direction_where_nobody_tells_it()
    {
        Assert.Equal(Direction.Outbound, Sample.Fold(Told("""{"id":"1","event":"started","from":"910 11 22 33","to":"600111222"}""", ("lines", "+34910112233")).Events).Single().Direction);
        Assert.Equal(Direction.Inbound, Sample.Fold(Told("""{"id":"1","event":"started","from":"600111222","to":"+34 910 112 233"}""", ("lines", "+34910112233")).Events).Single().Direction);
    }

    [Fact]
    public void What_the_first_message_says_of_the_parties_stands()
    {
        var call = OneCall([Body("""{"id":"1","event":"answered","from":"600111222","to":"101","agent":"ana","way":"in"}"""), Body("""{"id":"1","event":"started","from":"600111222","to":"910112233","way":"in"}""", 5)]);

        Assert.Equal(("910112233", "ana"), (call.ToRaw, call.Operator));
    }

    [Fact]
    public void A_ringing_of_nobody_in_particular_becomes_that_of_who_answers()
    {
        var call = OneCall([Body("""{"id":"1","event":"ringing","way":"in"}"""), Body("""{"id":"1","event":"answered","agent":"ana"}""", 5), Body("""{"id":"1","event":"completed"}""", 9)]);

        Assert.Equal((Noon, "ana"), (call.RingingAt, Assert.Single(call.Attempts).Operator));
    }

    [Fact]
    public void An_outbound_call_is_answered_by_the_customer_even_when_only_the_first_message_tells_the_direction()
    {
        var call = OneCall([Body("""{"id":"1","event":"ringing","agent":"ana"}""", 1), Body("""{"id":"1","event":"answered","agent":"ana"}""", 8), Body("""{"id":"1","event":"started","agent":"ana","way":"out","from":"101","to":"600111222"}"""), Body("""{"id":"1","event":"completed"}""", 60)]);

        Assert.Equal((CallOutcome.Completed, "ana", "+34600111222", 52.0), (call.Outcome, call.Operator, call.CustomerNumber, call.TalkSeconds));
        Assert.Equal("600111222", Assert.Single(call.Attempts).Operator);
    }

    [Fact]
    public void That_a_system_says_completed_says_not_that_anybody_spoke()
    {
        Arrival[] news = [Body("""{"id":"1","event":"started","way":"in"}"""), Body("""{"id":"1","event":"completed","talk":"0"}""", 20)];
        Assert.True(OneCall(news, ("map.talk_seconds", "talk")).Missed);

        var spoke = OneCall([news[0], Body("""{"id":"1","event":"completed","talk":"12.5"}""", 20)], ("map.talk_seconds", "talk"));
        Assert.Equal((CallOutcome.Completed, 12.5, 7.5), (spoke.Outcome, spoke.TalkSeconds, spoke.WaitSeconds));
    }

    [Theory]
    [InlineData("hmac", "", "X-Signature"), InlineData("", "", "X-Signature"), InlineData("hmac", "X-Hub-Signature-256", "X-Hub-Signature-256")]
    public void A_body_proves_itself_by_its_hash(string auth, string setting, string header)
    {
        const string body = """{"id":"1"}""";
        Settings Secret(string secret, string previous = "") => With(("auth", auth), ("auth.header", setting), ("secret", secret), ("secret_previous", previous));
        var signed = Body(body, 0, (header, "sha256=" + Convert.ToHexStringLower(System.Security.Cryptography.HMACSHA256.HashData("s3cret"u8, Encoding.UTF8.GetBytes(body)))));

        Assert.True(Provider.IsAuthentic(signed, Secret("s3cret")));
        Assert.True(Provider.IsAuthentic(signed, Secret("new", previous: "s3cret")));
        Assert.False(Provider.IsAuthentic(signed, Secret("other")));
        Assert.False(Provider.IsAuthentic(signed, Secret("")));
        Assert.False(Provider.IsAuthentic(signed with { Body = Encoding.UTF8.GetBytes("""{"id":"2"}""") }, Secret("s3cret")));
        Assert.False(Provider.IsAuthentic(Body(body), Secret("s3cret")));
    }

    [Fact]
    public void A_token_proves_who_sends_it_in_either_header()
    {
        Settings Bearer(string header) => With(("auth", "bearer"), ("auth.header", header), ("secret", "s3cret"));

        Assert.True(Provider.IsAuthentic(Body("{}", 0, ("Authorization", "Bearer s3cret")), Bearer("")));
        Assert.True(Provider.IsAuthentic(Body("{}", 0, ("X-Token", "s3cret")), Bearer("X-Token")));
        Assert.False(Provider.IsAuthentic(Body("{}", 0, ("Authorization", "Bearer s3creT")), Bearer("")));
        Assert.False(Provider.IsAuthentic(Body("{}", 0, ("Authorization", "Bearer s3cret")), Bearer("X-Token")));
        Assert.False(Provider.IsAuthentic(Body("{}"), Bearer("")));
    }

    [Fact]
    public void Standard_Webhooks_prove_themselves_and_unknown_ways_prove_nothing()
    {
        var signed = Body("""{"test": 2432232314}""", 0, ("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"), ("webhook-timestamp", "1614265330"), ("webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="))
            with
        { ReceivedAt = DateTimeOffset.FromUnixTimeSeconds(1614265330) };

        Assert.True(Provider.IsAuthentic(signed, With(("auth", "standard"), ("secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))));
        Assert.False(Provider.IsAuthentic(signed with { ReceivedAt = signed.ReceivedAt.AddMinutes(6) }, With(("auth", "standard"), ("secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))));
        Assert.False(Provider.IsAuthentic(signed, With(("auth", "none"), ("secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))));
    }

    [Fact]
    public void Settings_that_cannot_work_are_named()
    {
        var problems = Provider.Problems(new Settings(new Dictionary<string, string>
        {
            ["secret"] = "s",
            ["secret_previous"] = "t",
            ["auth"] = "magic",
            ["auth.header"] = "X Token",
            ["time.format"] = "whenever",
            ["time_zone"] = "Mars/Olympus",
            ["country"] = "ZZ",
            ["map.call_id"] = "data..id",
            ["map.form"] = "x",
            ["map.to"] = "a[b]",
            ["map.from"] = "a[0",
            ["value.event.x"] = "exploded",
            ["value.mood.x"] = "good",
            ["colour"] = "blue",
            ["lines"] = "+34910112233",
        }));

        Assert.Equal(13, problems.Count);
        Assert.Contains("auth 'magic' is none; write hmac, bearer or standard", problems);
        Assert.Contains("auth.header 'X Token' is no name of a header", problems);
        Assert.Contains("time.format 'whenever' is none; write auto, iso, unix, unix_ms or a pattern such as dd/MM/yyyy HH:mm:ss", problems);
        Assert.Contains("map.event is missing; it says where in a message the event stands, as in data.call.id", problems);
        Assert.Contains("map.call_id: 'data..id' is no path; write one such as data.call.id", problems);
        Assert.Contains("map.from: 'a[0' opens a bracket and does not close it", problems);
        Assert.Contains("map.to: 'a[b]': write a number or a quoted name between brackets, as in items[0] or data['call.id']", problems);
        Assert.Contains(problems, problem => problem.StartsWith("map.form is no field; fields are call_id, event,", StringComparison.Ordinal));
        Assert.Contains(problems, problem => problem.StartsWith("value.event.x: 'exploded' is none of ours; write started,", StringComparison.Ordinal));
        Assert.Contains("value.mood.x is no table of words; tables are value.event.THEIRS, value.direction.THEIRS, value.reason.THEIRS, value.kind.THEIRS", problems);
        Assert.Contains("colour is no setting", problems);

        Assert.Empty(Provider.Problems(With(("secret", "s"))));
        foreach (var name in Sample.Names("webhook")) Assert.Empty(Provider.Problems(new Sample("webhook", name).Settings));
    }

    [Fact]
    public void Settings_that_cannot_work_make_unreadable_arrivals_and_no_exception()
    {
        Assert.Equal("map.call_id is not set", Provider.Translate(Body("{}"), Settings.Empty).Reason);
        Assert.Equal("map.from: 'a[0' opens a bracket and does not close it", Told("{}", ("map.from", "a[0")).Reason);
        Assert.Equal("time_zone 'Mars/Olympus' is unknown", Told("{}", ("time_zone", "Mars/Olympus")).Reason);
        Assert.StartsWith("time.format 'whenever' is none", Told("{}", ("time.format", "whenever")).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Example_messages_show_the_calls_they_would_make()
    {
        const string pasted = """
            {"id":"1","event":"started","way":"in","from":"600111222","to":"910112233"}
            {"id":"1","event":"answered","agent":"ana"} {"id":"1","event":"dancing"}
            [{"id":"1","event":"completed"}]
            {"id":"2",
            """;
        var preview = Preview.Of(Provider, With(), pasted, Noon);

        Assert.Equal([Verdict.Understood, Verdict.Understood, Verdict.Unreadable, Verdict.Understood, Verdict.Unreadable], preview.Arrivals.Select(item => item.Translation.Verdict));
        var call = Assert.Single(preview.Calls);
        Assert.Equal(("ana", CallOutcome.Completed, 2.0, "webhook"), (call.Operator, call.Outcome, call.TalkSeconds, call.Provider));
        Assert.Empty(Preview.Of(Provider, With(), "", Noon).Arrivals);
        Assert.Equal("CallStatus is missing", Assert.Single(Preview.Of(new CallCenter.Telephony.Providers.Twilio(), Settings.Empty, "CallSid=CA1\n", Noon).Arrivals).Translation.Reason);
    }

    [Fact]
    public void Whatever_the_bytes_nothing_but_a_verdict_comes_out()
    {
        foreach (var name in (string[])["01-queue-answered", "08-no-clock", "09-records"])
        {
            var sample = new Sample("webhook", name);
            Fuzz.Check(Provider, sample.Settings, sample.Arrivals);
        }
    }

    static readonly Gen<string> OddKey = Gen.Select(
        Gen.OneOf("map.", "value.", "value.event.", "", "auth", "time."),
        Gen.OneOf(Gen.OneOf("call_id", "event", "time", "items", "format", "zone", ".header"), Gen.String), (a, b) => a + b);

    static readonly Gen<string> OddValue = Gen.OneOf(Gen.String, Gen.OneOf("[", "['", "a.b", "=", "|", "header:", "$", "d", "%", "\\", "'"));

    [Fact]
    public void Whatever_the_settings_problems_are_sentences() => Check.Sample(Gen.Dictionary(OddKey, OddValue)[0, 8], values =>
    {
        var settings = new Settings(values);
        Assert.All(Provider.Problems(settings), problem => Assert.NotEmpty(problem));
        try
        {
            Provider.Translate(Body("""{"id":"1","event":"started"}"""), settings);
        }
        catch (UnreadableException)
        {
            // a reason is what is wanted
        }
    }, iter: 20_000);
}
