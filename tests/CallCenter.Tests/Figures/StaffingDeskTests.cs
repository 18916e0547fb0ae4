using CallCenter.Calls;
using CallCenter.Figures;
using CallCenter.Presence;
using CallCenter.Teams;
using static CallCenter.Tests.Recovery.TestCalls;

namespace CallCenter.Tests.Figures;

/// <summary>People that half hours needed, against those who were there.</summary>
public sealed class StaffingDeskTests
{
    static readonly TimeZoneInfo Madrid = TimeZoneInfo.FindSystemTimeZoneById("Europe/Madrid");

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task A_half_hour_says_how_many_it_took_how_many_were_there_and_what_was_missed(On database)
    {
        var clock = new StandingClock(Noon.AddHours(2));
        await using var house = await House.Open(database, clock);
        var people = new List<string>();
        for (var i = 0; i < 3; i++) people.Add((await house.Users.Add(new NewPerson($"u{i}@example.com", $"U{i}", [Role.Operator]), null, Authority.Console)).Id);
        var team = (await house.Teams.Add("Mostrador", TeamType.Sales, Authority.Console)).Id;
        await house.Teams.AddMember(team, people[0], DateTimeOffset.MinValue, Authority.Console);
        await house.Teams.GiveLine(team, "test", LineKind.Line, "910000000", DateTimeOffset.MinValue, fillsPast: false, Authority.Console);
        await house.Personnel.Load();

        // A hundred calls of three minutes within half an hour (product.md C.8), and one that was missed; noon is 14:00 in Madrid.
        await house.Hear([.. Enumerable.Range(0, 99).SelectMany(i => Told($"c-{i}", Noon.AddSeconds(i * 15), 180, outbound: false, answered: true, "612345678")), .. Missed("m", 100, "612345679")]);
        await house.Db.Write(async tx =>
        {
            foreach (var (user, from, until, state) in ((string, int, int?, string)[])
            [
                (people[0], -10, 30, "Available"), (people[1], 15, 45, "Available"), (people[1], 0, 15, "Paused"), (people[2], 90, null, "Available"),
            ])
                await tx.Run("insert into presence_log (user_id, since, until, state) values (@user, @from, @until, @state)",
                    new { user, from = Noon.AddMinutes(from).ToUnixTimeMilliseconds(), until = until is { } minute ? Noon.AddMinutes(minute).ToUnixTimeMilliseconds() : (long?)null, state });
        });

        var desk = new StaffingDesk(house.Figures, new PresenceHistory(house.Db, clock), house.Personnel, clock);
        var filter = new FigureFilter(new(Madrid, new(2026, 5, 4), new(2026, 5, 4)));
        var day = await desk.Read(CallScope.Machine, filter, StaffingTarget.Default);
        Assert.Equal(48, day.Count);
        StaffedHalfHour At(IReadOnlyList<StaffedHalfHour> slots, int hour, int minute = 0) => slots.Single(slot => slot.Time == new TimeOnly(hour, minute));
        Assert.Equal((100d, 14, 20, 1.5, 1L, true), At(day, 14) is var busy ? (busy.Offered!.Value, busy.Needed!.People, busy.Needed.Scheduled, busy.Present!.Value, busy.Missed, busy.IsShort) : default);
        Assert.Equal((0, 0.5, false), At(day, 14, 30) is var quiet ? (quiet.Needed!.People, quiet.Present!.Value, quiet.IsShort) : default);
        Assert.Equal(1, At(day, 15, 30).Present); // he is there until now
        Assert.Null(At(day, 16, 30).Offered); // it has not come yet
        Assert.Null(At(day, 16, 30).Present);

        // What if: half as many again, and everybody at once.
        Assert.True(At(await desk.Read(CallScope.Machine, filter, StaffingTarget.Default, more: 50), 14).Needed!.People > 14);
        Assert.True(At(await desk.Read(CallScope.Machine, filter, new StaffingTarget(0.95, 5)), 14).Needed!.People > 14);

        // Over more days an average one; of a team its members, and what it wants itself.
        var week = await desk.Read(CallScope.Machine, filter with { Period = new(Madrid, new(2026, 5, 3), new(2026, 5, 4)) }, StaffingTarget.Default);
        Assert.Equal((50d, 0.75), At(week, 14) is var mean ? (mean.Offered!.Value, mean.Present!.Value) : default);
        Assert.Equal(1, At(await desk.Read(CallScope.Machine, filter with { Teams = [team] }, StaffingTarget.Default), 14).Present);
        await house.Teams.Change(team, one => one with { Targets = one.Targets with { ServiceLevelPercent = 90, ServiceLevelSeconds = 10 } }, Authority.Console);
        Assert.Equal((0.9, 10), desk.TargetOf(filter with { Teams = [team] }) is var wanted ? (wanted.Share, wanted.Seconds) : default);
        Assert.Equal(StaffingTarget.Default, desk.TargetOf(filter));

        // Who is closed lacks nobody.
        await house.Teams.Change(team, one => one with { Hours = one.Hours with { Week = new Dictionary<DayOfWeek, IReadOnlyList<Shift>> { [DayOfWeek.Monday] = [new(new(8, 0), new(14, 0))] } } }, Authority.Console);
        Assert.False(At(await desk.Read(CallScope.Machine, filter with { Teams = [team] }, StaffingTarget.Default), 14).IsShort);
        await house.Teams.Change(team, one => one with { Hours = OpeningHours.Always }, Authority.Console);
        Assert.True(At(await desk.Read(CallScope.Machine, filter with { Teams = [team] }, StaffingTarget.Default), 14).IsShort);

        // Too long ago to look who was there.
        Assert.All(await desk.Read(CallScope.Machine, filter with { Period = new(Madrid, new(2026, 1, 1), new(2026, 5, 4)) }, StaffingTarget.Default), slot => Assert.Null(slot.Present));
    }
}
