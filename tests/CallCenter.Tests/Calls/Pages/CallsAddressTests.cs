using System.Globalization;
using CallCenter.Calls;
using CallCenter.Calls.Pages;
using CsCheck;

namespace CallCenter.Tests.Calls.Pages;

public class CallsAddressTests
{
    static readonly TimeZoneInfo Madrid = TimeZoneInfo.FindSystemTimeZoneById("Europe/Madrid");
    static readonly DateTimeOffset Now = new(2026, 5, 6, 10, 30, 0, TimeSpan.Zero);

    static readonly Gen<string?> Text = Gen.OneOf<string?>(null, "ventas", "a&b=c", "ñandú 100 %", "+34 612 345 678", "<script>");

    [Fact]
    public void What_is_asked_is_read_from_the_address_as_it_was_written() =>
        Gen.Select(Gen.Select(Text, Text, Text, Text), Gen.Int[-1, 3], Gen.Int[-1, 11], Gen.Int[-1, 3], Gen.Int[0, 1], Gen.Int[0, 40]).Sample((texts, period, status, more, order, day) =>
        {
            var asked = new CallsAddress
            {
                Line = texts.Item1,
                Queue = texts.Item2,
                Operator = texts.Item3,
                Customer = texts.Item4,
                Period = period < 0 ? null : (CallPeriod)period,
                Status = status < 0 ? null : (CallStatus)status,
                Recovery = more < 0 ? null : (RecoveryStanding)more,
                Direction = more < 1 ? null : (Direction)more,
                Reason = more < 0 ? null : (MissedReason)(more * 3),
                WaitMax = day == 4 ? 20 : null,
                Order = (CallOrder)order,
                FirstDay = day == 0 ? null : new DateOnly(2026, 1, 1).AddDays(day),
                After = day == 1 ? new CallCursor(Now, 7) : null,
                Open = day == 2 ? 12 : null,
                Team = day == 3 ? CallFilter.NoTeam : texts.Item1,
            };
            Assert.Equal(asked, CallsAddress.Read("http://localhost" + asked));
        });

    [Theory]
    [InlineData("/llamadas?periodo=siempre&estado=%27&desde=ayer&hasta=9999-12-31&tras=x&llamada=-1&linea=")]
    [InlineData("/llamadas?otra=cosa&recuperacion=&sentido=arriba&antes=-")]
    public void What_cannot_be_read_asks_for_nothing(string address) => Assert.Equal(new CallsAddress(), CallsAddress.Read(address));

    [Theory]
    [InlineData("periodo=hoy", "2026-05-05T22:00Z", "2026-05-06T22:00Z")]
    [InlineData("periodo=ayer", "2026-05-04T22:00Z", "2026-05-05T22:00Z")]
    [InlineData("periodo=7-dias", "2026-04-29T22:00Z", "2026-05-06T22:00Z")]
    [InlineData("periodo=mes", "2026-04-30T22:00Z", "2026-05-06T22:00Z")]
    [InlineData("desde=2026-10-25&hasta=2026-10-25", "2026-10-24T22:00Z", "2026-10-25T23:00Z")]
    [InlineData("desde=2026-03-29&hasta=2026-03-29", "2026-03-28T23:00Z", "2026-03-29T22:00Z")]
    [InlineData("desde=2026-05-04&hasta=2026-05-01", "2026-04-30T22:00Z", "2026-05-04T22:00Z")]
    [InlineData("hasta=2026-05-01", null, "2026-05-01T22:00Z")]
    public void d47_A_period_is_whole_days_of_the_viewers_zone(string query, string? from, string? until)
    {
        var filter = CallsAddress.Read("/llamadas?" + query).Filter(Madrid, Now, new NoPhones());
        Assert.Equal((from is null ? null : DateTimeOffset.Parse(from, CultureInfo.InvariantCulture), until is null ? null : DateTimeOffset.Parse(until, CultureInfo.InvariantCulture)), (filter.From, filter.Until));
    }

    [Fact]
    public async Task d47_A_call_in_the_last_local_hour_of_the_longest_day_is_found()
    {
        await using var house = await House.Open();
        await house.Hear(CallLogTests.Answered("last", new DateTimeOffset(2026, 10, 25, 22, 59, 0, TimeSpan.Zero)));
        await house.Hear(CallLogTests.Answered("next", new DateTimeOffset(2026, 10, 25, 23, 0, 0, TimeSpan.Zero)));
        var filter = CallsAddress.Read("/llamadas?desde=2026-10-25&hasta=2026-10-25").Filter(Madrid, Now, new NoPhones());
        Assert.Equal("last", Assert.Single(await house.Calls(filter)).ProviderCallId);
    }

    [Fact]
    public async Task An_export_of_what_is_shown_asks_the_api_for_the_same()
    {
        await using var house = await WebHouse.Open();
        using var client = await house.ClientWithKey();
        await house.Hear(CallLogTests.Missed("missed", Now));
        await house.Hear(CallLogTests.Answered("answered", Now));
        var filter = new CallFilter(Now.AddHours(-1), Now.AddHours(1), Direction.Inbound, CallOutcome.Cancelled, CallState.Ended, Missed: true, Alive: false, Queue: "ventas", Line: "910000000",
            Customer: "+34 612 345 678", Connection: "test", Recovery: RecoveryStanding.SelfRecovered);
        foreach (var (asked, expected) in ((CallFilter, int)[])[(filter with { Recovery = null }, 1), (filter with { Recovery = RecoveryStanding.Recovered }, 0), (new CallFilter(), 2)])
        {
            var lines = (await client.GetStringAsync("/api/calls/export.csv" + CallConditions.Query(asked, CallOrder.OldestFirst))).TrimEnd().Split("\r\n");
            Assert.Equal(expected, lines.Length - 1);
        }
    }

    internal sealed class NoPhones : IPhoneSystems
    {
        public IReadOnlyList<(string Connection, string Name)> Names => [];

        public string HomeCountry(string? connection = null) => "ES";
    }
}
