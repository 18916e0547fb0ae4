using CallCenter.Calls;
using CallCenter.Live;
using CallCenter.Recovery;
using CallCenter.Telephony;

namespace CallCenter.Tests.Calls;

public class CallAuditTests
{
    static readonly DateTimeOffset Noon = new(2026, 5, 4, 12, 0, 0, TimeSpan.Zero);

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task A_database_that_the_program_wrote_is_in_order(On database)
    {
        await using var house = await Filled(database);
        Assert.Empty(await Verify(house));
    }

    [Theory]
    [InlineData("update calls set outcome = 'Busy' where call_key = 'answered-3'", "call-differs")]
    [InlineData("update calls set detail = '{}' where call_key = 'missed-3'", "call-differs")]
    [InlineData("update calls set last_event_at = last_event_at + 1 where call_key = 'answered-3'", "call-differs")]
    [InlineData("update calls set customer_key = null where call_key = 'missed-3'", "call-differs")]
    [InlineData("delete from call_events where body like '%\"ended\"%' and call_id = (select id from calls where call_key = 'missed-3')", "call-differs")]
    [InlineData("delete from call_events where call_id = (select id from calls where call_key = 'answered-3')", "call-without-events")]
    [InlineData("delete from calls where call_key = 'missed-3'", "events-without-call", "arrival-without-call")]
    [InlineData("delete from calls where id = (select max(id) from calls)", "events-without-call")]
    [InlineData("update calls set recovered_by = null, recovered_at = null, reached_by = null, reached_at = null where call_key = 'missed-3'", "recovery-differs")]
    [InlineData("update counters set next = 5 where name = 'version'", "version-ahead")]
    [InlineData("update arrival_counts set arrived = arrived + 1 where hour = (select max(hour) from arrival_counts)", "count-differs")]
    [InlineData("delete from arrivals where id = (select max(id) from arrivals)", "count-differs")]
    public async Task A_planted_fault_is_found(string fault, params string[] codes)
    {
        foreach (var database in Enum.GetValues<On>())
        {
            await using var house = await Filled(database);
            Assert.NotEqual(0, await house.Db.Write(tx => tx.Run(fault)));
            var found = await Verify(house);
            foreach (var code in codes) Assert.Contains(found, finding => finding.Code == code);
        }
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task A_rebuild_mends_calls_and_their_recovery_and_tells_who_watches(On database)
    {
        await using var house = await Filled(database);
        var before = await house.Calls();
        await house.Db.Write(async tx =>
        {
            await tx.Run("update calls set outcome = 'Busy' where call_key = 'answered-3'");
            await tx.Run("update calls set recovered_by = null, recovered_at = null where call_key = 'missed-3'");
        });
        Assert.NotEmpty(await Verify(house));
        using var watch = house.Feed.Follow(ISight.Machine);

        var (calls, changed) = await house.Log.Rebuild(null, CancellationToken.None);
        Assert.Equal(before.Count, calls);
        Assert.Equal(2, changed);
        Assert.Empty(await Verify(house));
        Assert.Equal(before.Select(call => Json(call with { Version = 0 })), (await house.Calls()).Select(call => Json(call with { Version = 0 })));

        var told = new List<Call>();
        while (watch.Changes.TryRead(out var heard)) told.AddRange(heard);
        Assert.Equal(["answered-3", "missed-3"], told.Select(call => call.ProviderCallId).Distinct().Order());
        Assert.Equal((calls, 0), await house.Log.Rebuild(null, CancellationToken.None));
    }

    static async Task<House> Filled(On database)
    {
        var house = await House.Open(database);
        for (var i = 0; i < 6; i++)
        {
            var at = Noon.AddHours(i);
            await Tell(house, CallLogTests.Answered($"answered-{i}", at));
            await Tell(house, CallLogTests.Missed($"missed-{i}", at.AddMinutes(10)));
            var key = new CallKey("test", $"back-{i}");
            await Tell(house,
            [
                new CallStarted(key, at.AddMinutes(20), Direction.Outbound, PhoneNumber.Internal("101"), PhoneNumber.Parse("+34 612 345 678", "ES"), null, "101"),
                new AttemptStarted(key, at.AddMinutes(20), "out", "+34612345678", LegRole.Outside),
                new AttemptAnswered(key, at.AddMinutes(20).AddSeconds(5), "out"),
                new CallEnded(key, at.AddMinutes(21), EndCause.Normal),
            ]);
        }

        // Nothing says yet that this one began.
        await house.Hear(new RecordingMade(new CallKey("test", "reserved"), Noon, "https://127.0.0.1/rec"));
        return house;
    }

    static Task Tell(House house, IReadOnlyList<CallEvent> events) => house.Intake.Accept(new Delivery(
        [(new Arrival("test", events[0].At, "POST", "", Arrival.NoHeaders, "{}"u8.ToArray()), Translation.Understood(events))]));

    static async Task<List<Finding>> Verify(House house)
    {
        var found = new List<Finding>();
        await new CallAudit(house.Db, [new RecoveryLedger()], house.Personnel).Verify(found.Add, null, CancellationToken.None);
        await new ArrivalAudit(house.Db, TimeProvider.System).Verify(found.Add, null, CancellationToken.None);
        return found;
    }

    static string Json(Call call) => System.Text.Json.JsonSerializer.Serialize(call, CallJson.Options);
}
