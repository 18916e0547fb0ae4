using System.IO.Compression;
using System.Text.Json;
using CallCenter.Calls;
using CallCenter.Telephony;
using CallCenter.Telephony.Providers;

namespace CallCenter.Tests.Telephony;

/// <summary>What the phone system wrote down itself, on top of what we heard and without it.</summary>
public sealed class BackfillTests
{
    public static TheoryData<string> Scenarios => [.. Capture.Scenarios];

    [Theory, MemberData(nameof(Scenarios))]
    public async Task Records_of_what_was_heard_change_nothing(string scenario)
    {
        await using var house = await House.Open();
        var line = await Heard(house, scenario);
        var before = await house.Calls();

        var report = await Import(house, line, scenario);

        if (new Capture(scenario).Gap is null)
        {
            Assert.Equal((0, 0), (report.Added, report.Mended));
            Assert.Equal(Json(before), Json(await house.Calls()));
        }

        var again = await Import(house, line, scenario);
        Assert.Equal((0, 0), (again.Added, again.Mended));
    }

    [Theory, MemberData(nameof(Scenarios))]
    public async Task Records_alone_make_the_calls_that_people_lived_as_far_as_records_tell(string scenario)
    {
        await using var house = await House.Open();
        var line = await house.Switchboard.Add("asterisk", "pbx", Settings, ConnectionState.Paused);
        var report = await Import(house, line, scenario);

        Assert.Equal(NotTold.GetValueOrDefault(scenario) ?? [], Differences(scenario, await house.Calls()));
        Assert.Equal((0, 0, 0), (report.Mended, report.NotHeard, report.Unfinished));
        if (NotTold.ContainsKey(scenario) && scenario != "pbx_restart") Assert.NotEmpty(report.Doubts);
    }

    /// <summary>What the records of these sessions do not hold, so that nobody can know it from them.</summary>
    static readonly Dictionary<string, string[]> NotTold = new()
    {
        // The row of the call itself was written over by that of the h extension.
        ["agent_states"] = ["c005 to", "c005 outcome"],
        ["burst"] = ["c006 to", "c009 to", "c010 to"],
        ["morning"] = ["c012 to", "c013 to", "c027 to"],
        ["queue_abandoned"] = ["c004 to"],
        // The menu's choice, or where the call was sent, stands where the number dialled stood.
        ["menu_to_queue"] = ["c001 to", "c002 to", "c003 to", "c004 to", "c005 to"],
        ["transfer_blind"] = ["c002 to"],
        ["transfer_codes"] = ["c001 to"],
        // The channel of who asked for the call was up when the customer was dialled; a failed one names no customer.
        ["click_to_call"] = ["c001 answered", "c003 to", "c004 answered"],
        // queue_log says ABANDON of callers whom the stopping PBX threw out.
        ["pbx_restart"] = ["c002 outcome"],
    };

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task D29_A_call_that_lived_in_a_gap_appears_and_those_it_cut_are_mended(On database)
    {
        await using var house = await House.Open(database);
        var line = await Heard(house, "link_drop");
        Assert.Equal(4, (await house.Calls()).Count);
        Assert.Single(await house.Calls(), call => call.Stale);

        var trial = await Import(house, line, "link_drop", dryRun: true);
        Assert.Equal(4, (await house.Calls()).Count);
        var report = await Import(house, line, "link_drop");

        Assert.Equal((1, 4, 1), (report.Added, report.Mended, report.GapsFilled));
        Assert.Equal((report.Added, report.Mended), (trial.Added, trial.Mended));
        var calls = await house.Calls();
        Assert.Empty(Differences("link_drop", calls));
        Assert.DoesNotContain(calls, call => call.Stale);
        Assert.NotNull(Assert.Single(await house.Gaps.List(line.Id)).FilledAt);
        var whole = calls.Single(call => call.ProviderCallId == "1795449030.25");
        Assert.True(whole is { Outcome: CallOutcome.Cancelled, CustomerNumber: "+5492614482564" or "+542614482564", Missed: true, Attempts: [{ Operator: "110", Result: AttemptResult.Cancelled }] }, Json(whole));
        // What was heard keeps its milliseconds.
        Assert.NotEqual(0, calls.Single(call => call.ProviderCallId == "1795449027.15").StartedAt.Millisecond);
        // And nobody rang twice.
        Assert.All(calls, call => Assert.Equal(call.Attempts.Count, call.Attempts.Select(attempt => attempt.Operator).Distinct().Count()));
    }

    [Fact]
    public async Task Where_we_listened_and_heard_no_call_a_record_makes_none()
    {
        await using var house = await House.Open();
        var line = await Heard(house, "queue_answered");
        var report = await Import(house, line, "hold"); // another time, after the session: we listened on
        Assert.Equal((2, 2, 0), (report.Calls, report.NotHeard, report.Added));
    }

    [Fact]
    public async Task Queue_log_alone_tells_waiting_and_answering_with_the_names_it_knows()
    {
        await using var house = await House.Open();
        var line = await house.Switchboard.Add("asterisk", "pbx", Settings, ConnectionState.Paused);
        var report = await Import(house, line, "queue_overflow", only: "queue_log.gz");

        Assert.Equal((2, 0), (report.Added, report.BadLines));
        Assert.Contains("the number dialled (needs CDR)", report.Doubts.Keys);
        var call = (await house.Calls()).Single(call => call.ProviderCallId == "1795448052.137");
        Assert.True(call is { Direction: Direction.Inbound, Queue: "repuestos", Operator: "Diego Peña", Outcome: CallOutcome.Completed, WaitSeconds: 16, TalkSeconds: 4 }, Json(call));
        Assert.Equal(["ventas TimedOut", "repuestos Answered"], call.Queues.Select(visit => $"{visit.Queue} {visit.Reason}"));
        Assert.Equal(["Ana Gómez NotAnswered", "Bruno Díaz NotAnswered", "Diego Peña Answered"], call.Attempts.Select(attempt => $"{attempt.Operator} {attempt.Result}"));
    }

    [Fact]
    public async Task A_name_of_a_queue_is_the_extension_that_we_heard_answer_under_it()
    {
        await using var house = await House.Open();
        var line = await Heard(house, "link_drop");
        await Import(house, line, "link_drop", only: "queue_log.gz");
        Assert.Equal(["101", "105", "201"], (await house.Calls()).Select(call => call.Operator).OfType<string>().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Times_written_in_another_zone_are_noticed_before_anything_is_changed()
    {
        var records = new Asterisk().ReadRecords("pbx", new Settings(new Dictionary<string, string>(Settings) { ["time_zone"] = "America/Argentina/Buenos_Aires" }));
        using var text = Open("hold", "cdr.csv.gz");
        records.Read(text, (_, why) => Assert.Fail(why), CancellationToken.None);
        Assert.StartsWith("the times of the CDR are 3 h ahead", records.Objection);
    }

    [Fact]
    public void In_the_hour_that_comes_twice_the_channel_tells_which_of_both()
    {
        // 2026-10-25 02:30 in Madrid is 00:30 and again 01:30 UTC.
        foreach (var epoch in (long[])[1792888200, 1792891800])
        {
            var records = new Asterisk().ReadRecords("pbx", new Settings(new Dictionary<string, string>(Settings) { ["time_zone"] = "Europe/Madrid" }));
            records.Read(new StringReader($"\"\",\"612345678\",\"910000000\",\"desde-troncal\",\"\",\"PJSIP/troncal-sip-1\",\"PJSIP/101-2\",\"Dial\",\"PJSIP/101\",\"2026-10-25 02:30:00\",\"2026-10-25 02:30:05\",\"2026-10-25 02:31:00\",60,55,\"ANSWERED\",\"DOCUMENTATION\",\"{epoch}.1\",\"\",\"\",\"{epoch}.1\",1\n"),
                (_, why) => Assert.Fail(why), CancellationToken.None);
            Assert.Null(records.Objection);
            Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(epoch), Assert.Single(records.Calls()).From);
        }
    }

    [Fact]
    public void A_table_exported_with_a_header_is_read_by_its_names()
    {
        var records = new Asterisk().ReadRecords("pbx", new Settings(new Dictionary<string, string> { ["country"] = "ES" }));
        records.Read(new StringReader(
            """"
            calldate,clid,src,dst,dcontext,channel,dstchannel,lastapp,lastdata,duration,billsec,disposition,amaflags,accountcode,uniqueid,userfield,did,linkedid,sequence
            2026-11-23 15:50:27,"""Ana, S.L."" <612345678>",612345678,101,from-did-direct,PJSIP/proveedor-00000001,PJSIP/101-00000002,Dial,"PJSIP/101,20,tT",20,14,ANSWERED,3,,1795449027.1,,910000000,1795449027.1,1
            """"), (_, why) => Assert.Fail(why), CancellationToken.None);
        var only = Assert.Single(records.Calls());
        var call = Call.Of(only.Key, only.Events)!;
        Assert.True(call is { Direction: Direction.Inbound, CustomerNumber: "+34612345678", Line: "910000000", CallerName: "Ana, S.L.", Operator: "101", WaitSeconds: 6, TalkSeconds: 14 }, Json(call));
    }

    [Fact]
    public void What_cannot_be_read_is_said_with_its_line_and_takes_nothing_with_it()
    {
        var bad = new List<int>();
        var records = new Asterisk().ReadRecords("pbx", new Settings(Settings));
        using var text = Open("hold", "cdr.csv.gz");
        var rows = text.ReadToEnd().Split('\n');
        Assert.Equal("cdr", records.Read(new StringReader(string.Join('\n', ["\"a", rows[0], "1,2,3", .. rows[1..], "\"x\"y,z", rows[0][..60]])), (line, _) => bad.Add(line), CancellationToken.None).Kind);
        var count = rows.Count(row => row.Length > 0);
        Assert.Equal([1, 3, count + 4, count + 5], bad);
        bad.Clear();
        records.Read(new StringReader("1795449027|1795449027.15|ventas|NONE|ENTERQUEUE||0012125550112|1\nnonsense\n17954|x|y|z|CONNECT|1\n"), (line, _) => bad.Add(line), CancellationToken.None);
        Assert.Equal([2, 3], bad);
    }

    static readonly Dictionary<string, string> Settings = new()
    {
        ["host"] = "127.0.0.1",
        ["username"] = "u",
        ["secret"] = "s",
        ["country"] = "AR",
        ["trunks"] = "troncal-sip, gw-celular",
    };

    static List<string> Differences(string scenario, IReadOnlyList<Call> made)
    {
        var differences = new List<string>();
        var ours = made.ToDictionary(call => call.ProviderCallId);
        foreach (var truth in new Capture(scenario).TrueCalls.Where(call => call.GetProperty("visible").GetBoolean() && call.Text("direction") != "service"))
        {
            var id = truth.Text("id");
            if (!ours.Remove(truth.GetProperty("pbx").GetProperty("linkedid").GetString()!, out var call))
            {
                differences.Add($"{id} is missing");
                continue;
            }

            void Same(string what, object? expected, object? here)
            {
                if (!Equals(expected, here)) differences.Add($"{id} {what}");
            }

            Same("direction", truth.Text("direction"), JsonNamingPolicy.SnakeCaseLower.ConvertName($"{call.Direction}"));
            Same("from", truth.Text("caller") ?? "", call.FromRaw);
            var country = new Settings(Settings);
            Same("to", country.Number(truth.Text("callee")).MatchKey ?? truth.Text("callee"), call.To?.MatchKey ?? call.ToRaw);
            Same("queue", truth.Text("queue"), call.Queue);
            Same("operator", truth.Text("agent"), call.Operator);
            if (truth.Text("outcome") != JsonNamingPolicy.SnakeCaseLower.ConvertName($"{call.Outcome}")) Same("outcome", truth.Text("outcome"), call.Outcome);
            void Near(string what, string name, DateTimeOffset? here)
            {
                var real = truth.Instant(name);
                if (real is null != here is null || (real - here)?.Duration() > TimeSpan.FromSeconds(1.3)) Same(what, real, here);
            }

            Near("started", "started_at", call.StartedAt);
            Near("queued", "queued_at", call.QueuedAt);
            Near("answered", "answered_at", call.AnsweredAt);
            Near("ended", "ended_at", call.EndedAt);
        }

        differences.AddRange(ours.Values.Select(call => $"one more: {call.ProviderCallId} {call.Direction} {call.FromRaw} -> {call.ToRaw}"));
        return differences;
    }

    /// <summary>The recorded session as if it had been heard live: what was before and what fell into its gap was not.</summary>
    static async Task<Connection> Heard(House house, string scenario)
    {
        var line = await house.Switchboard.Add("asterisk", "pbx", Settings, ConnectionState.Paused);
        var capture = new Capture(scenario);
        var provider = new Asterisk();
        var state = provider.Begin(line.Id, line.Settings);
        await house.Hear([.. capture.Items.SelectMany(item => provider.Translate(state, item).Events)]);
        await house.Gaps.BeginFirst(line.Id);
        await house.Gaps.End(line.Id, capture.Items[0].At);
        if (capture.Gap is not var (from, to)) return line;
        await house.Gaps.Begin(line.Id, DateTimeOffset.UnixEpoch.AddSeconds(from), GapReason.Link);
        await house.Gaps.End(line.Id, DateTimeOffset.UnixEpoch.AddSeconds(to));
        return line;
    }

    static async Task<BackfillReport> Import(House house, Connection line, string scenario, bool dryRun = false, string? only = null)
    {
        var records = new Asterisk().ReadRecords(line.Id, line.Settings);
        var backfill = new Backfill(house.Intake, house.Log, house.Gaps, house.Db, TimeProvider.System);
        foreach (var name in (string[])["queue_log.gz", "cdr.csv.gz"])
        {
            if (only is not null && name != only || !File.Exists(Path.Combine(Capture.Folder("asterisk"), scenario, name))) continue;
            using var text = Open(scenario, name);
            backfill.Read(records, name, text, CancellationToken.None);
        }

        Assert.Null(records.Objection);
        await backfill.Fill(line, records, dryRun, null, CancellationToken.None);
        var report = backfill.Report(dryRun);
        Assert.Empty(report.Bad);
        return report;
    }

    static StreamReader Open(string scenario, string name) =>
        new(new GZipStream(File.OpenRead(Path.Combine(Capture.Folder("asterisk"), scenario, name)), CompressionMode.Decompress));

    static string Json(object value) => JsonSerializer.Serialize(value, CallJson.Indented);
}
