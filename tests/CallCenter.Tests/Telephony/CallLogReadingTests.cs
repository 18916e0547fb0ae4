using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using CallCenter.Audit;
using CallCenter.Calls;
using CallCenter.Telephony;
using Microsoft.Extensions.Logging.Abstractions;

namespace CallCenter.Tests.Telephony;

/// <summary>Asking a cloud's call log for what nobody heard, against clouds on loopback that behave as the real ones say they do.</summary>
public sealed class CallLogReadingTests
{
    static readonly LogSample Twilio = new("twilio", "01-inbound-queue-answered"), Aircall = new("aircall", "02-inbound-missed"), RingCentral = new("ringcentral", "01-inbound-queue-answered");

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task A_call_that_nobody_heard_appears_one_heard_in_part_is_completed_and_nothing_is_told_twice(On database)
    {
        await using var cloud = FakeCloud.With("twilio", "01-inbound-queue-answered");
        await using var house = await House.Open(database);
        using var door = new CloudDoor();
        var line = await house.Switchboard.Add("twilio", "nube", cloud.Settings(Twilio), ConnectionState.Active);
        var reader = house.LogReader(door);

        var trial = await reader.Read(line, Twilio.Window, dryRun: true, null, CancellationToken.None);
        Assert.Empty(await house.Calls());
        var findings = await reader.Read(line, Twilio.Window, dryRun: false, null, CancellationToken.None);

        Assert.Equal((3, 1, 0, 1), (findings.Pages, findings.Added, findings.Unchanged, findings.Unfinished));
        Assert.Equal(trial.Added, findings.Added);
        Assert.Equal(new DateTimeOffset(2026, 3, 2, 16, 59, 0, TimeSpan.Zero), findings.UnfinishedSince);
        var call = Assert.Single(await house.Calls());
        Assert.True(call is { Direction: Direction.Inbound, Outcome: CallOutcome.Completed, Queue: "Soporte", Operator: "lucia.fernandez", Stale: false }, JsonSerializer.Serialize(call, CallJson.Options));
        Assert.All(await new ArrivalLog(house.Db, house.Log, house.Switchboard, TimeProvider.System).Recent(line.Id), kept => Assert.True(kept is { Arrival.IsLogged: true, Verdict: Verdict.Understood }));

        // What its messages told arrives after all, then the log is asked again: the same call, untouched.
        await Hear(house, line, Twilio.Live);
        var whole = Sample.Json(await house.Calls());
        var (again, version) = (await reader.Read(line, Twilio.Window, dryRun: false, null, CancellationToken.None), await house.Log.NewestVersion());
        Assert.Equal((0, 0, 1), (again.Added, again.Mended, again.Unchanged));
        Assert.Equal((whole, version), (Sample.Json(await house.Calls()), await house.Log.NewestVersion()));

        // Another connection heard the beginning only.
        var half = await house.Switchboard.Add("twilio", "mitad", cloud.Settings(Twilio), ConnectionState.Active);
        await Hear(house, half, Twilio.Live, count: 6);
        Assert.Equal(CallState.Ringing, (await house.Calls()).Single(known => known.Connection == half.Id).State);
        var mended = await reader.Read(half, Twilio.Window, dryRun: false, null, CancellationToken.None);
        Assert.Equal((0, 1), (mended.Added, mended.Mended));
        Assert.Equal(CallOutcome.Completed, (await house.Calls()).Single(known => known.Connection == half.Id).Outcome);
        Assert.Equal(2, (await house.Calls()).Count);
    }

    public static TheoryData<string> Everybody => [.. Catalogue.All.Values.OfType<IHasCallLog>().Select(provider => provider.Info.Id).Order(StringComparer.Ordinal)];

    [Theory, MemberData(nameof(Everybody))]
    public async Task Whatever_phone_system_it_is_a_log_read_page_by_page_makes_calls_that_its_messages_and_the_log_itself_only_confirm(string provider)
    {
        var sample = LogSample.Names(provider).Select(name => new LogSample(provider, name)).First(sample => sample.Pages.Count > 1);
        await using var cloud = FakeCloud.With(provider, sample.Name);
        var (says, usual) = (cloud.Says, sample.Provider.Info.Settings.First(setting => setting.Key == CloudAddress.Setting).Default);
        cloud.Says = asked => asked.Path.EndsWith("token", StringComparison.Ordinal) ? """{"access_token":"token","expires_in":3600}"""
            : says(asked) is var answer && usual.Length > 0 ? answer with { Body = Here(answer.Body), Next = answer.Next is { } next ? Here(next) : null } : answer;
        string Here(string text) => text.Replace($"https://{usual}/", $"http://{cloud.Host}/", StringComparison.Ordinal);
        await using var house = await House.Open();
        using var door = new CloudDoor();
        using var ours = RSA.Create(2048);
        var credentials = sample.Provider.CallLog.MissingIn(sample.Live.Settings).Select(key => (key, key == "private_key" ? ours.ExportPkcs8PrivateKeyPem() : "made-up-0123456789"));
        var line = await house.Switchboard.Add(provider, "nube", cloud.Settings(sample, [.. credentials]), ConnectionState.Active);
        var reader = house.LogReader(door);

        var first = await reader.Read(line, sample.Window, dryRun: false, null, CancellationToken.None);
        Assert.Equal((sample.Calls.Count, 0, sample.Pages.Count), (first.Added, first.Unreadable, first.Pages));
        await Hear(house, line, sample.Live);
        var (whole, version) = (Sample.Json(await house.Calls()), await house.Log.NewestVersion());
        var again = await reader.Read(line, sample.Window, dryRun: false, null, CancellationToken.None);
        Assert.Equal((0, 0, whole, version), (again.Added, again.Mended, Sample.Json(await house.Calls()), await house.Log.NewestVersion()));
    }

    [Fact]
    public async Task What_is_asked_of_Amazon_is_signed_and_a_setting_that_cannot_be_used_is_named()
    {
        var sample = new LogSample("amazon-connect", "04-passed-on-recorded");
        await using var cloud = FakeCloud.With("amazon-connect", sample.Name);
        await using var house = await House.Open();
        using var door = new CloudDoor();
        var line = await house.Switchboard.Add("amazon-connect", "nube", cloud.Settings(sample, ("secret_access_key", "made-up-0123456789")), ConnectionState.Active);

        Assert.Equal(1, (await house.LogReader(door).Read(line, sample.Window, dryRun: false, null, CancellationToken.None)).Added);
        Assert.Equal(3, cloud.Heard.Count);
        Assert.All(cloud.Heard, asked => Assert.Matches("^AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/[0-9]{8}/us-east-1/connect/aws4_request, SignedHeaders=host;x-amz-date, Signature=[0-9a-f]{64}$", asked.Authorization));
        line = await house.Switchboard.Change(line.Id, settings: new Dictionary<string, string> { ["access_key_id"] = "not one/" });
        var refused = await Assert.ThrowsAsync<CloudFaultException>(() => house.LogReader(door).Read(line, sample.Window, dryRun: true, null, CancellationToken.None));
        Assert.Equal((CloudFault.Setting, "access_key_id"), (refused.Fault, refused.Said));
    }

    [Fact]
    public async Task A_log_that_holds_only_what_is_over_is_read_from_further_back()
    {
        await using var cloud = new FakeCloud(_ => "{}");
        var clock = new MovableClock();
        await using var house = await House.Open(On.Sqlite, clock);
        using var door = new CloudDoor();
        await house.Switchboard.Add("dialpad", "nube", cloud.Settings(new LogSample("dialpad", "02-inbound-missed")), ConnectionState.Active);
        var (watch, start) = (Watch(house, door), clock.GetUtcNow());
        await watch.Plan(start, CancellationToken.None);
        clock.Ahead = TimeSpan.FromHours(1);
        await watch.Plan(clock.GetUtcNow(), CancellationToken.None);
        Assert.True(await house.Fetches.Due(clock.GetUtcNow()) is [{ Window.From: var from }] && Near(from, start.AddHours(-4)));
    }

    [Fact]
    public async Task A_cloud_that_is_busy_is_waited_for_as_long_as_it_says_and_one_that_will_not_says_why()
    {
        var answers = new Queue<Answered>();
        await using var cloud = new FakeCloud(_ => answers.Count > 1 ? answers.Dequeue() : answers.Peek()); // a request may be sent twice, where a kept connection was just closed
        await using var house = await House.Open();
        using var door = new CloudDoor();
        var line = await house.Switchboard.Add("aircall", "nube", cloud.Settings(Aircall, ("api_id", "id"), ("api_token", "token-0123456789")), ConnectionState.Active);
        async Task<CloudFaultException?> Reading(params Answered[] says)
        {
            answers = new(says);
            try
            {
                await house.LogReader(door).Read(line, Aircall.Window, dryRun: true, null, CancellationToken.None);
                return null;
            }
            catch (CloudFaultException e)
            {
                return e;
            }
        }

        var began = TimeProvider.System.GetTimestamp();
        Assert.Null(await Reading(new Answered(429, "{}", "1"), new Answered(503, "<html>"), Aircall.Pages[0].Answer.Body));
        Assert.True(TimeProvider.System.GetElapsedTime(began) >= TimeSpan.FromSeconds(1), "it said one second");
        Assert.Equal("Basic " + Convert.ToBase64String("id:token-0123456789"u8), cloud.Heard.Last().Authorization);
        Assert.Equal((CloudFault.Limited, TimeSpan.FromHours(1)), await Reading(new Answered(429, """{"message":"slow down"}""", "3600")) is { } limited ? (limited.Fault, limited.RetryAfter) : default);
        Assert.Equal(CloudFault.Broken, (await Reading(new Answered(500, ""), new Answered(502, ""), new Answered(503, "")))?.Fault);
        Assert.Equal((CloudFault.Unauthorized, "Invalid API credentials"), await Reading(new Answered(401, """{"error":"Unauthorized","troubleshoot":"Invalid API credentials"}""")) is { } unknown ? (unknown.Fault, unknown.Said) : default);
        Assert.Equal(CloudFault.NotPermitted, (await Reading(new Answered(403, "")))?.Fault);
        Assert.Equal(CloudFault.Refused, (await Reading(new Answered(302, "")))?.Fault);
        Assert.Equal(CloudFault.Unreadable, (await Reading("<html>welcome</html>"))?.Fault);
        Assert.Equal(CloudFault.Unreadable, (await Reading(new string(' ', AnswerLimits.Page.BytesMax + 1)))?.Fault);
        // A page that names itself as the next one.
        Assert.Equal(CloudFault.Unreadable, (await Reading($$$"""{"calls":[],"meta":{"total":1,"next_page_link":"http://{{{cloud.Host}}}{{{Aircall.Pages[0].Path}}}"}}"""))?.Fault);
        Assert.Equal(CloudFault.Unreadable, (await Reading("""{"calls":[],"meta":{"total":1,"next_page_link":"https://evil.example.com/"}}"""))?.Fault);

        var inside = await house.Switchboard.Change(line.Id, settings: new Dictionary<string, string> { [CloudAddress.Setting] = "10.0.0.1" });
        Assert.Equal(CloudFault.Unreachable, (await Assert.ThrowsAsync<CloudFaultException>(() => house.LogReader(door).Read(inside, Aircall.Window, dryRun: true, null, CancellationToken.None))).Fault);
        var lacking = await house.Switchboard.Change(line.Id, settings: new Dictionary<string, string> { ["api_token"] = "" });
        var missing = await Assert.ThrowsAsync<CloudFaultException>(() => house.LogReader(door).Read(lacking, Aircall.Window, dryRun: true, null, CancellationToken.None));
        Assert.Equal((CloudFault.Setting, "api_token"), (missing.Fault, missing.Said));
    }

    [Fact]
    public async Task More_calls_than_a_cloud_tells_at_once_are_asked_for_in_shorter_stretches()
    {
        var calls = Enumerable.Range(0, 3).Select(i => Logged(id: 1000 + i, Aircall.Window.From.AddMinutes(10 + 30 * i))).ToList();
        await using var cloud = new FakeCloud(asked =>
        {
            var (from, to) = (long.Parse(asked.Query("from")!, CultureInfo.InvariantCulture), long.Parse(asked.Query("to")!, CultureInfo.InvariantCulture));
            var found = calls.FindAll(call => call["started_at"]!.GetValue<long>() is var at && at >= from && at < to);
            return $$$"""{"calls":[{{{string.Join(',', found.Select(call => call.ToJsonString()))}}}],"meta":{"total":{{{(found.Count > 1 ? 10_001 : found.Count)}}},"next_page_link":null}}""";
        });
        await using var house = await House.Open();
        using var door = new CloudDoor();
        var line = await house.Switchboard.Add("aircall", "nube", cloud.Settings(Aircall, ("api_id", "id"), ("api_token", "token-0123456789")), ConnectionState.Active);

        Assert.Equal(3, (await house.LogReader(door).Read(line, Aircall.Window, dryRun: false, null, CancellationToken.None)).Added);
        Assert.Equal(["1000", "1001", "1002"], (await house.Calls()).Select(call => call.ProviderCallId).Order());

        // So many in a moment that no stretch is short enough.
        calls = [.. Enumerable.Range(0, 2).Select(i => Logged(id: 2000 + i, Aircall.Window.From.AddMinutes(50)))];
        Assert.Equal(CloudFault.Unreadable, (await Assert.ThrowsAsync<CloudFaultException>(() => house.LogReader(door).Read(line, Aircall.Window, dryRun: false, null, CancellationToken.None))).Fault);
    }

    [Fact]
    public async Task A_record_that_is_not_understood_is_kept_once_and_translated_again_later()
    {
        var odd = Logged(id: 3000, Aircall.Window.From.AddMinutes(5));
        odd["answered_at"] = "yesterday";
        await using var cloud = new FakeCloud(_ => $$$"""{"calls":[{{{odd.ToJsonString()}}}],"meta":{"total":1}}""");
        await using var house = await House.Open();
        using var door = new CloudDoor();
        var line = await house.Switchboard.Add("aircall", "nube", cloud.Settings(Aircall, ("api_id", "id"), ("api_token", "token-0123456789")), ConnectionState.Active);
        for (var i = 0; i < 2; i++) Assert.Equal((0, 1), await house.LogReader(door).Read(line, Aircall.Window, dryRun: false, null, CancellationToken.None) is var found ? (found.Calls, found.Unreadable) : default);

        var arrivals = new ArrivalLog(house.Db, house.Log, house.Switchboard, TimeProvider.System);
        var kept = Assert.Single(await arrivals.Recent(line.Id));
        Assert.True(kept is { Verdict: Verdict.Unreadable, Arrival.IsLogged: true });
        Assert.Equal((1, 1), await arrivals.Retranslate(line.Id) is var again ? (again.Done, again.StillUnreadable) : default);
        // It says nothing of whether the phone system still sends, and the books agree.
        Assert.Null((await arrivals.Figures(line.Id)).LastAt);
        var wrong = new List<Finding>();
        await new ArrivalAudit(house.Db, TimeProvider.System).Verify(wrong.Add, null, CancellationToken.None);
        Assert.Empty(wrong);
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task A_token_is_got_once_for_all_who_ask_kept_protected_and_exchanged_before_it_ends(On database)
    {
        var (handedOut, withdrawn) = (0, "");
        await using var cloud = new FakeCloud(asked => asked.Path == "/restapi/oauth/token"
            ? $$"""{"access_token":"token-{{Interlocked.Increment(ref handedOut)}}","token_type":"bearer","expires_in":3600,"refresh_token":"r"}"""
            : asked.Authorization == $"Bearer token-{handedOut}" && asked.Authorization != withdrawn ? RingCentral.Pages.Single(page => page.Path == asked.PathAndQuery).Answer.Body
            : new Answered(401, """{"errorCode":"OAU-213","message":"Token not found"}"""));
        var clock = new MovableClock();
        await using var house = await House.Open(database, clock);
        using var door = new CloudDoor();
        var line = await house.Switchboard.Add("ringcentral", "nube", cloud.Settings(RingCentral), ConnectionState.Active);
        var (tokens, reader) = (house.Tokens(door), house.LogReader(door));

        Assert.Equal(Enumerable.Repeat("token-1", 8), await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => tokens.Of(line, CancellationToken.None))));
        var asking = cloud.Heard.Single();
        Assert.Equal(("Basic " + Convert.ToBase64String("rc-client:rc-secret-0123456789"u8), "urn:ietf:params:oauth:grant-type:jwt-bearer", "rc-jwt-0123456789"), (asking.Authorization, asking.Field("grant_type"), asking.Field("assertion")));
        Assert.DoesNotContain("token-1", await house.Db.Read(tx => tx.One<string>("select token from access_tokens")));

        // Another part of the program, or another node, takes the one that is kept.
        Assert.Equal(1, (await reader.Read(line, RingCentral.Window, dryRun: false, null, CancellationToken.None)).Added);
        Assert.Equal(1, handedOut);
        // Near its end another is got; one that is withdrawn before is exchanged once.
        clock.Ahead = TimeSpan.FromMinutes(56);
        Assert.Equal("token-2", await tokens.Of(line, CancellationToken.None));
        withdrawn = "Bearer token-2";
        Assert.Equal(0, (await house.LogReader(door).Read(line, RingCentral.Window, dryRun: false, null, CancellationToken.None)).Added);
        Assert.Equal(3, handedOut);
        // Other credentials, another token; those that do not hold are told with the cloud's words.
        line = await house.Switchboard.Change(line.Id, settings: new Dictionary<string, string> { ["jwt"] = "another" });
        Assert.Equal("token-4", await tokens.Of(line, CancellationToken.None));
        cloud.Says = _ => new Answered(400, """{"error":"invalid_grant","error_description":"JWT is revoked"}""");
        line = await house.Switchboard.Change(line.Id, settings: new Dictionary<string, string> { ["jwt"] = "revoked" });
        var refused = await Assert.ThrowsAsync<CloudFaultException>(() => tokens.Of(line, CancellationToken.None));
        Assert.Equal((CloudFault.Unauthorized, "JWT is revoked"), (refused.Fault, refused.Said));
    }

    [Fact]
    public async Task A_token_in_the_query_that_holds_no_more_is_exchanged_once_and_written_nowhere()
    {
        const string Secret = "never-shown";
        var (sample, handedOut, withdrawn) = (new LogSample("yeastar", "02-inbound-missed"), 0, 0);
        await using var cloud = new FakeCloud(asked => asked.Path.EndsWith("/get_token", StringComparison.Ordinal) ? $$"""{"errcode":0,"errmsg":"SUCCESS","access_token":"{{Secret}}-{{Interlocked.Increment(ref handedOut)}}"}"""
            : asked.Query("access_token") != $"{Secret}-{handedOut}" || handedOut <= withdrawn ? $$"""{"errcode":10004,"errmsg":"TOKEN {{asked.Query("access_token")}} EXPIRED"}"""
            : sample.Pages.Single(page => page.Path == asked.Untold).Answer.Body);
        await using var house = await House.Open();
        using var door = new CloudDoor();
        var line = await house.Switchboard.Add("yeastar", "nube", cloud.Settings(sample), ConnectionState.Active);
        var reader = house.LogReader(door);

        Assert.Equal(1, (await reader.Read(line, sample.Window, dryRun: false, null, CancellationToken.None)).Added);
        withdrawn = 1;
        Assert.Equal((0, 1), await reader.Read(line, sample.Window, dryRun: false, null, CancellationToken.None) is var found ? (found.Added, found.Unchanged) : default);
        Assert.Equal(2, handedOut);
        Assert.All(await new ArrivalLog(house.Db, house.Log, house.Switchboard, TimeProvider.System).Recent(line.Id), kept => Assert.DoesNotContain(Secret, kept.Arrival.Url, StringComparison.Ordinal));
        withdrawn = 9;
        var refused = await Assert.ThrowsAsync<CloudFaultException>(() => reader.Read(line, sample.Window, dryRun: false, null, CancellationToken.None));
        Assert.Equal(CloudFault.Unauthorized, refused.Fault);
        Assert.DoesNotContain(Secret, $"{refused} {refused.Said}", StringComparison.Ordinal);
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task Where_nobody_has_an_id_the_call_that_a_log_begins_a_moment_later_is_the_one_that_was_heard(On database)
    {
        var sample = new LogSample("3cx", "01-report-call");
        await using var cloud = FakeCloud.With("3cx", "01-report-call");
        var says = cloud.Says;
        cloud.Says = asked => asked.Path.EndsWith("/token", StringComparison.Ordinal) ? """{"access_token":"token","expires_in":3600}"""
            : says(asked) is var answer ? answer with { Body = answer.Body.Replace("09:04:05.412371", "09:04:06.912371", StringComparison.Ordinal) } : null!;
        await using var house = await House.Open(database);
        using var door = new CloudDoor();
        var line = await house.Switchboard.Add("3cx", "nube", cloud.Settings(sample), ConnectionState.Active);
        await Hear(house, line, sample.Live);
        var reader = house.LogReader(door);

        Assert.Equal((0, 1, 3), await reader.Read(line, sample.Window, dryRun: false, null, CancellationToken.None) is var first ? (first.Added, first.Mended, first.Unchanged) : default);
        var (calls, version) = (await house.Calls(), await house.Log.NewestVersion());
        Assert.Equal(4, calls.Count);
        Assert.Single(calls, call => call is { Direction: Direction.Inbound, Outcome: CallOutcome.Completed, Operator: "Lucía Fernández", Attempts.Count: 1 });
        Assert.Equal((0, 0, 4), await reader.Read(line, sample.Window, dryRun: false, null, CancellationToken.None) is var again ? (again.Added, again.Mended, again.Unchanged) : default);
        Assert.Equal(version, await house.Log.NewestVersion());
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task The_log_is_asked_every_hour_from_where_it_was_compared_last_and_from_what_went_on_then(On database)
    {
        await using var cloud = new FakeCloud(_ => """{"calls":[],"meta":{"total":0}}""");
        var clock = new MovableClock();
        await using var house = await House.Open(database, clock);
        using var door = new CloudDoor();
        var line = await house.Switchboard.Add("aircall", "nube", cloud.Settings(Aircall, ("api_id", "id"), ("api_token", "token-0123456789")), ConnectionState.Active);
        await house.Switchboard.Add("aircall", "sin datos", cloud.Settings(Aircall), ConnectionState.Active);
        var watch = Watch(house, door);
        async Task<LogFetch?> Next()
        {
            await watch.Plan(clock.GetUtcNow(), CancellationToken.None);
            return (await house.Fetches.Due(clock.GetUtcNow())).SingleOrDefault();
        }

        var start = clock.GetUtcNow();
        Assert.Null(await Next()); // from now on; what was before somebody has to want
        clock.Ahead = TimeSpan.FromMinutes(30);
        Assert.Null(await Next());
        clock.Ahead = TimeSpan.FromHours(1);
        var first = await Next();
        Assert.True(first is { Reason: FetchReason.Routine } && Near(first.Window.From, start.AddMinutes(-15)) && Near(first.Window.Until, start.AddHours(1)), $"{first}");

        // Its pages are read, and one call goes on.
        var going = Logged(id: 1, start.AddMinutes(-10));
        going["ended_at"] = null;
        cloud.Says = _ => $$$"""{"calls":[{{{going.ToJsonString()}}}],"meta":{"total":1}}""";
        await Run(watch, house, first);
        Assert.True((await house.Fetches.Last(line.Id)) is { State: FetchState.Done, Findings: { Unfinished: 1, Calls: 0 } });
        clock.Ahead = TimeSpan.FromHours(2);
        var second = await Next();
        Assert.True(Near(second!.Window.From, start.AddMinutes(-10)), $"{second}");

        // In vain: tried again in a while, later given up, and the next time asks for all since the last success.
        cloud.Says = _ => new Answered(503, "");
        for (var tries = 1; tries <= LogFetch.TriesMax; tries++)
        {
            await Run(watch, house, (await house.Fetches.Due(clock.GetUtcNow())).Single());
            if (tries < LogFetch.TriesMax) clock.Ahead += TimeSpan.FromHours(1);
        }

        Assert.True((await house.Fetches.Last(line.Id)) is { State: FetchState.Failed, Fault: CloudFault.Broken, NextAt: null });
        await house.Gaps.Add(line.Id, clock.GetUtcNow().AddMinutes(-5), clock.GetUtcNow().AddMinutes(-1), GapReason.NotListening);
        clock.Ahead += TimeSpan.FromHours(1);
        cloud.Says = _ => """{"calls":[],"meta":{"total":0}}""";
        var third = await Next();
        Assert.True(third is { Reason: FetchReason.Gap } && Near(third.Window.From, start.AddMinutes(45)), $"{third}");
        await Run(watch, house, third);
        Assert.NotNull(Assert.Single(await house.Gaps.List(line.Id)).FilledAt);

        // What is wrong with the credentials is not tried again until they are changed, and then at once.
        clock.Ahead += TimeSpan.FromHours(1);
        cloud.Says = _ => new Answered(401, "");
        await Run(watch, house, (await Next())!);
        Assert.True((await house.Fetches.Last(line.Id)) is { State: FetchState.Failed, Fault: CloudFault.Unauthorized, Tries: 1 });
        Assert.Null(await Next());
        await house.Switchboard.Change(line.Id, settings: new Dictionary<string, string> { ["api_token"] = "token-9876543210" });
        Assert.NotNull(await Next());

        // A server that was killed meanwhile does it again.
        await house.Fetches.Begin((await Next())!);
        Assert.Null((await house.Fetches.Due(clock.GetUtcNow())).SingleOrDefault());
        await house.Fetches.PutAllBack(CancellationToken.None);
        Assert.NotNull((await house.Fetches.Due(clock.GetUtcNow())).SingleOrDefault());

        // Somebody's wish goes first; too much of it has to wait, and some things nobody can want.
        await house.Fetches.Wish(line.Id, new LogWindow(start.AddDays(-3), start), Actor.Server);
        Assert.Equal(FetchReason.Person, (await house.Fetches.Due(clock.GetUtcNow())).First().Reason);
        Assert.Equal("calllog.window", await Refused(new LogWindow(start, start)));
        Assert.Equal("calllog.window-too-long", await Refused(new LogWindow(start.AddDays(-40), start)));
        for (var i = 0; i < 3; i++) await house.Fetches.Wish(line.Id, new LogWindow(start.AddDays(-3), start), Actor.Server);
        Assert.Equal("calllog.too-many", await Refused(new LogWindow(start.AddDays(-3), start)));

        async Task<string> Refused(LogWindow window) => (await Assert.ThrowsAsync<Refusal>(() => house.Fetches.Wish(line.Id, window, Actor.Server))).Code;
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task A_time_without_us_and_one_without_storage_are_gaps_of_those_who_send(On database)
    {
        var clock = new MovableClock();
        await using var house = await House.Open(database, clock);
        using var door = new CloudDoor();
        var line = await house.Switchboard.Add("aircall", "nube", new Dictionary<string, string> { ["token"] = "t-0123456789", ["api_id"] = "id", ["api_token"] = "token-0123456789" }, ConnectionState.Active);
        var direct = await house.Switchboard.Add("asterisk", "central", new Dictionary<string, string> { ["host"] = "127.0.0.1", ["username"] = "x", ["secret"] = "x" }, ConnectionState.Active);
        Downtime Downtime() => new(new CallCenter.Storage.ServerSettings(house.Db), house.Gaps, house.Fetches, house.Switchboard, clock, NullLogger<Downtime>.Instance);

        var stopped = clock.GetUtcNow();
        await Downtime().Look(CancellationToken.None);
        clock.Ahead = TimeSpan.FromSeconds(50);
        await Downtime().Look(CancellationToken.None); // back within the time for which they try again
        Assert.Empty(await house.Gaps.List(line.Id));
        clock.Ahead = TimeSpan.FromHours(3);
        var ours = Downtime();
        await ours.Look(CancellationToken.None);
        var gap = Assert.Single(await house.Gaps.List(line.Id));
        Assert.True(gap.Reason == GapReason.NotListening && Near(gap.From, stopped.AddSeconds(50)) && Near(gap.Until!.Value, stopped.AddHours(3)), $"{gap}");
        Assert.Empty(await house.Gaps.List(direct.Id)); // a direct line writes its own

        ours.Refused(line.Id);
        clock.Ahead += TimeSpan.FromMinutes(2);
        ours.Refused(line.Id);
        await Watch(house, door).Plan(clock.GetUtcNow(), CancellationToken.None); // compared until here
        await ours.Look(CancellationToken.None);
        Assert.True((await house.Gaps.List(line.Id))[0] is { Reason: GapReason.Overflow } refused && Near(refused.From, stopped.AddHours(3)));
        await ours.Look(CancellationToken.None);
        Assert.Equal(2, (await house.Gaps.List(line.Id)).Count);
        // And soon its log is asked for that time.
        await Watch(house, door).Plan(clock.GetUtcNow(), CancellationToken.None);
        Assert.Empty(await house.Fetches.Due(clock.GetUtcNow()));
        clock.Ahead += TimeSpan.FromMinutes(1);
        await Watch(house, door).Plan(clock.GetUtcNow(), CancellationToken.None);
        Assert.True((await house.Fetches.Due(clock.GetUtcNow())) is [{ Reason: FetchReason.Gap }]);
    }

    static CallLogWatch Watch(House house, CloudDoor door) => new(house.LogReader(door), house.Fetches, house.Switchboard, house.Db, house.Clock, NullLogger<CallLogWatch>.Instance);

    static async Task Run(CallLogWatch watch, House house, LogFetch fetch)
    {
        await house.Fetches.Begin(fetch);
        await watch.Run(fetch with { Tries = fetch.Tries + 1 }, CancellationToken.None);
    }

    /// <summary>What the messages of a sample told, through the intake.</summary>
    static async Task Hear(House house, Connection line, Sample live, int count = int.MaxValue)
    {
        foreach (var arrival in live.Arrivals.Take(count))
        {
            var ours = arrival with { Connection = line.Id };
            await house.Intake.Accept(new Delivery([(ours, live.Provider.Translate(ours, line.Settings))]));
        }
    }

    static JsonObject Logged(int id, DateTimeOffset at) => new()
    {
        ["id"] = id,
        ["direction"] = "inbound",
        ["status"] = "done",
        ["started_at"] = at.ToUnixTimeSeconds(),
        ["answered_at"] = null,
        ["ended_at"] = at.AddSeconds(20).ToUnixTimeSeconds(),
        ["raw_digits"] = "+52 55 1234 5678",
        ["missed_call_reason"] = "agents_did_not_answer",
    };

    static bool Near(DateTimeOffset a, DateTimeOffset b) => (a - b).Duration() < TimeSpan.FromSeconds(30);
}
