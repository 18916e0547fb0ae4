using CallCenter.Calls;
using CallCenter.Recovery;
using CallCenter.Simulation;
using CallCenter.Telephony;
using CallCenter.Telephony.Providers;

namespace CallCenter.Tests.Simulation;

public class TrafficTests
{
    static readonly DateOnly Last = new(2026, 6, 12);
    static readonly Settings Spain = new(new Dictionary<string, string> { ["country"] = "ES" });
    static readonly Lazy<List<ScriptedCall>> Quarter = new(() => [.. Days(seed: 1, 90)]);

    [Fact]
    public void The_same_seed_plays_the_same_calls_and_another_seed_others()
    {
        Assert.Equal(Told(Days(seed: 3, 4)), Told(Days(seed: 3, 4)));
        Assert.NotEqual(Told(Days(seed: 3, 4)), Told(Days(seed: 4, 4)));
        var noon = new DateTimeOffset(2026, 6, 12, 10, 0, 0, TimeSpan.Zero);
        Assert.Equal(Told(Live(noon).Take(200)), Told(Live(noon).Take(200)));
    }

    [Fact]
    public void Every_call_folds_to_what_the_script_meant_it_to_be()
    {
        foreach (var scripted in Quarter.Value)
        {
            var (call, meant) = (Fold(scripted), scripted.Intended);
            Assert.True(call.State == CallState.Ended, scripted.Id);
            Assert.Equal(
                (scripted.Id, meant.Scenario, meant.Direction, meant.Outcome, meant.MissedReason, meant.Operator, meant.Queue, meant.WaitSeconds, string.Join(',', meant.Transfers), meant.Holds, meant.Voicemail),
                (scripted.Id, meant.Scenario, call.Direction, call.Outcome!.Value, call.MissedReason, call.Operator, call.Queue, call.WaitSeconds!.Value, string.Join(',', call.Transfers.Select(transfer => transfer.Kind)), call.Holds.Count, call.Voicemail));
            Assert.Equal(scripted.Number, call.CustomerNumber);
            Assert.All(call.Attempts, attempt => Assert.NotNull(attempt.EndedAt));
        }
    }

    [Theory]
    [InlineData("answered"), InlineData("answered by the next"), InlineData("answered, all rung"), InlineData("answered, held"), InlineData("answered, passed on")]
    [InlineData("answered, passed on in vain"), InlineData("answered, handed over"), InlineData("answered, parked"), InlineData("abandoned in the menu")]
    [InlineData("abandoned at once"), InlineData("abandoned waiting"), InlineData("queue timed out"), InlineData("queue timed out, message left")]
    [InlineData("nobody logged in"), InlineData("asked to be called back"), InlineData("out of hours"), InlineData("out of hours, message left"), InlineData("failed")]
    [InlineData("direct answered"), InlineData("direct not answered"), InlineData("direct busy"), InlineData("outbound answered"), InlineData("outbound not answered")]
    [InlineData("outbound busy"), InlineData("outbound given up"), InlineData("outbound failed"), InlineData("internal answered"), InlineData("internal not answered")]
    public void A_quarter_of_a_year_has_calls_of_every_kind(string scenario) =>
        Assert.True(Quarter.Value.Count(call => call.Intended.Scenario == scenario) >= 3, scenario);

    [Fact]
    public void The_history_is_believable()
    {
        var calls = Quarter.Value.ConvertAll(Fold);
        var offered = calls.FindAll(call => call.Direction == Direction.Inbound);
        var missed = offered.FindAll(call => call.Missed);
        Assert.InRange(1 - (double)missed.Count / offered.Count, 0.80, 0.92);
        Assert.All(missed, call => Assert.NotNull(call.MissedReason));

        // Overflows, and customers in a second queue.
        Assert.InRange(offered.Count(call => call.Queues.Count > 1) / (double)offered.Count, 0.01, 0.15);
        Assert.InRange(offered.Count(call => call.CustomerNumber is null) / (double)offered.Count, 0.02, 0.06);
        Assert.InRange(offered.Where(call => call.AnsweredAt is not null).Average(call => call.WaitSeconds!.Value), 8, 45);
        Assert.InRange(calls.Where(call => call.AnsweredAt is not null && call.Direction == Direction.Inbound).Average(call => call.TalkSeconds!.Value), 90, 300);

        var weekdays = calls.GroupBy(call => DateOnly.FromDateTime(PartsSeller.Local(call.StartedAt)))
            .Where(day => PartsSeller.WorksOn(day.Key) && day.Key.DayOfWeek != DayOfWeek.Saturday).ToList();
        Assert.InRange(weekdays.Average(day => day.Count()), 300, 400);
        Assert.All(weekdays, day => Assert.InRange(day.Count(), 220, 500));
    }

    [Fact]
    public void Most_missed_callers_are_called_back_and_some_ring_again()
    {
        var calls = Quarter.Value.Select((scripted, i) => Fold(scripted) with { Id = i + 1 }).ToList();
        var byNumber = calls.Where(call => call.CustomerNumber is not null).ToLookup(call => call.CustomerNumber);
        var missed = calls.FindAll(RecoveryRules.IsRecoverable);
        var marks = missed.ConvertAll(call => RecoveryRules.Default.Judge(call, byNumber[call.CustomerNumber]));
        Assert.InRange(marks.Count(mark => mark.RecoveredBy is not null) / (double)marks.Count, 0.5, 0.92);
        Assert.InRange(marks.Count(mark => mark.SelfRecoveredBy is not null) / (double)marks.Count, 0.08, 0.4);
        Assert.Contains(marks, mark => mark == RecoveryMark.None);
    }

    [Fact]
    public void Nobody_speaks_in_two_calls_at_once()
    {
        var talks = Quarter.Value.ConvertAll(Fold).SelectMany(call => call.Attempts.Where(attempt => attempt.AnsweredAt is not null && attempt.Role == LegRole.Operator)).ToList();
        foreach (var person in talks.GroupBy(talk => talk.Operator))
        {
            var inOrder = person.OrderBy(talk => talk.AnsweredAt).ToList();
            for (var i = 1; i < inOrder.Count; i++) Assert.True(inOrder[i].AnsweredAt >= inOrder[i - 1].EndedAt, $"{person.Key} at {inOrder[i].AnsweredAt}");
        }
    }

    [Fact]
    public void Live_calls_come_at_any_hour_and_most_are_answered()
    {
        var night = new DateTimeOffset(2026, 6, 13, 23, 0, 0, TimeSpan.Zero);
        var calls = Live(night).TakeWhile(call => call.StartsAt < night.AddHours(10)).ToList();
        Assert.Equal(night, calls[0].StartsAt);
        Assert.True(calls.Zip(calls.Skip(1)).All(pair => pair.First.StartsAt <= pair.Second.StartsAt));
        Assert.True(calls.Zip(calls.Skip(1)).Max(pair => pair.Second.StartsAt - pair.First.StartsAt) < TimeSpan.FromMinutes(8));
        var offered = calls.FindAll(call => call.Intended.Direction == Direction.Inbound);
        Assert.InRange(offered.Count(call => call.Intended.MissedReason is null) / (double)offered.Count, 0.75, 0.95);
    }

    [Fact]
    public void Every_number_belongs_to_nobody_and_is_one_number_however_it_is_written()
    {
        var numbers = Quarter.Value.Where(call => call.Number is not null).Select(call => call.Number!).Distinct().ToList();
        Assert.True(numbers.Count > 1000);
        foreach (var number in numbers)
        {
            Assert.Matches(@"^\+(3478\d{7}|34(819|839|859|869)99\d{4}|351929\d{6}|33(19900|53649)\d{4}|3363998\d{4})$", number);
            for (var i = 0; i < 12; i++) Assert.Equal(number, Spain.Number(PartsSeller.Spell(number, new Random(i))).E164);
        }
    }

    [Theory]
    [InlineData("2026-04-03", true), InlineData("2026-04-02", false), InlineData("2027-03-26", true), InlineData("2025-04-18", true)]
    [InlineData("2026-12-08", true), InlineData("2026-01-06", true), InlineData("2026-06-12", false)]
    public void Holidays_are_those_of_the_whole_of_Spain(string day, bool isHoliday) =>
        Assert.Equal(isHoliday, PartsSeller.IsHoliday(DateOnly.Parse(day, System.Globalization.CultureInfo.InvariantCulture)));

    [Fact]
    public void The_shop_opens_at_half_past_eight_by_the_clock_on_the_wall_also_after_it_was_changed()
    {
        foreach (var (monday, utc) in new[] { (new DateOnly(2026, 3, 23), "07:30"), (new DateOnly(2026, 3, 30), "06:30"), (new DateOnly(2026, 10, 26), "07:30") })
        {
            var first = new Traffic(new PartsSeller(), 1, "t").Day(monday).First(call => call.Intended.Scenario.StartsWith("answered", StringComparison.Ordinal));
            var opens = DateTimeOffset.Parse($"{monday:yyyy-MM-dd}T{utc}:00Z", System.Globalization.CultureInfo.InvariantCulture);
            Assert.InRange(first.StartsAt, opens, opens.AddMinutes(40));
        }
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task Late_repeated_and_shuffled_deliveries_make_the_same_calls(On database)
    {
        var scripted = new Traffic(new PartsSeller(), 8, "t").Day(Last).Take(150).ToList();
        var inOrder = scripted.SelectMany(call => call.Messages).OrderBy(told => told.At).Select(told => (told.At!.Value, told)).ToList();
        var disorder = new Disorder(new Random(8));
        var asDelivered = scripted.SelectMany(disorder.Deliver).OrderBy(message => message.At).ToList();
        Assert.True(asDelivered.Count > inOrder.Count);
        var shuffled = asDelivered.Concat(inOrder).ToArray();
        new Random(9).Shuffle(shuffled);

        var expected = await Heard(database, inOrder);
        Assert.Equal(150, expected.Count);
        Assert.Equal(expected, await Heard(database, asDelivered));
        Assert.Equal(expected, await Heard(database, shuffled));
    }

    static async Task<List<string>> Heard(On database, IReadOnlyCollection<(DateTimeOffset At, SimulatedPhoneSystem.Message Told)> messages)
    {
        await using var house = await House.Open(database);
        var connection = await house.Switchboard.Add(SimulatedPhoneSystem.Id, "Demo", new Dictionary<string, string>(), ConnectionState.Active);
        foreach (var batch in messages.Chunk(100)) await house.Intake.Accept(Simulator.DeliveryOf(connection, batch));
        // Ids and versions count what came first; who recovered whom is told by the call's own key.
        var calls = await house.Calls();
        var keys = calls.ToDictionary(call => call.Id, call => call.ProviderCallId);
        string? Key(long? id) => id is { } known ? keys[known] : null;
        return [.. calls.OrderBy(call => call.ProviderCallId, StringComparer.Ordinal).Select(call =>
            System.Text.Json.JsonSerializer.Serialize(call with { Id = 0, Version = 0, Connection = "", Mark = RecoveryMark.None }, CallJson.Options)
            + $" {Key(call.Mark.RecoveredBy)} {Key(call.Mark.ReachedBy)} {Key(call.Mark.SelfRecoveredBy)}")];
    }

    static Call Fold(ScriptedCall scripted)
    {
        var provider = new SimulatedPhoneSystem();
        var events = scripted.Messages.SelectMany(told =>
        {
            var read = provider.Translate(new Arrival("demo", told.At!.Value, "POST", "", Arrival.NoHeaders, SimulatedPhoneSystem.Write(told)), Spain);
            Assert.Equal(Verdict.Understood, read.Verdict);
            return read.Events;
        });
        return Call.Of(new CallKey("demo", scripted.Id), events)!;
    }

    static IEnumerable<ScriptedCall> Days(int seed, int count)
    {
        var traffic = new Traffic(new PartsSeller(), seed, "t");
        return Enumerable.Range(0, count).SelectMany(i => traffic.Day(Last.AddDays(-i)));
    }

    static IEnumerable<ScriptedCall> Live(DateTimeOffset from) => new Traffic(new PartsSeller(), 5, "live").From(from, Simulator.LiveRate, alwaysOpen: true);

    static List<string> Told(IEnumerable<ScriptedCall> calls) => [.. calls.SelectMany(call => call.Messages).Select(told => told.ToString())];
}
