using CallCenter.Audit;
using CallCenter.Calls;
using CallCenter.Teams;
using CallCenter.Wallboard;

namespace CallCenter.Tests.Wallboard;

public class KioskLinksTests
{
    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task A_link_shows_what_it_was_made_for_and_its_maker_still_sees_and_ends_when_it_is_revoked_or_over(On database)
    {
        var clock = new StandingClock(new DateTimeOffset(2026, 5, 4, 10, 0, 0, TimeSpan.Zero));
        await using var house = await House.Open(database, clock);
        var room = await BoardRoom.Of(house.Users, house.Teams);
        var links = new KioskLinks(house.Db, house.Personnel, house.Audit, clock);
        Authority As(string id) => Authority.Of(house.Personnel.Now.People[id], house.Personnel.RightsOf(id));
        async Task<CallScope?> Look(string token) => (await links.Look(token))?.Calls;

        // Nobody makes one for more than he sees.
        Task<string> Refused(string by, params string[] teams) => CodeOf(() => links.Make("Sala", teams, 30, As(by)));
        Assert.Equal("wallboard.no-right", await Refused(room.Eva, room.A.Id));
        Assert.Equal("wallboard.teams", await Refused(room.Boss, room.B.Id));
        Assert.Equal("wallboard.teams", await Refused(room.Boss, room.A.Id, room.B.Id));
        Assert.Equal("wallboard.teams", await Refused(room.Boss));
        Assert.Equal("wallboard.teams", await Refused(room.Boss, "guessed"));
        Assert.Equal("wallboard.name", await CodeOf(() => links.Make(" ", [room.A.Id], 30, As(room.Boss))));
        Assert.Equal("wallboard.days", await CodeOf(() => links.Make("Sala", [room.A.Id], KioskLinks.DaysMax + 1, As(room.Boss))));

        var (link, token) = await links.Make(" Sala A ", [room.A.Id], 30, As(room.Boss));
        Assert.Equal(("Sala A", room.Boss, null), (link.Name, link.MadeBy, link.SeenAt));
        Assert.Equal(CallScope.Of(null, [room.A.Id]), await Look(token));
        Assert.Equal(clock.Now, Assert.Single(await links.All(house.Personnel.RightsOf(room.Boss))).SeenAt);

        // Only the hash is kept, and nothing like the secret leads anywhere.
        Assert.Equal(0, await house.Db.Read(tx => tx.One<long>("select count(*) from wallboard_links where hash like @part or name like @part", new { part = $"%{token[^20..]}%" })));
        var hash = await house.Db.Read(tx => tx.One<string>("select hash from wallboard_links"));
        foreach (var wrong in (string[])["", "x", token[..^1], token[..^1] + (token[^1] == 'a' ? 'b' : 'a'), hash, hash.ToLowerInvariant()]) Assert.Null(await Look(wrong));

        // It ends with its maker's rights, and comes back with them.
        await house.Users.Block(room.Boss, Authority.Console);
        Assert.Null(await Look(token));
        await house.Users.Unblock(room.Boss, Authority.Console);
        Assert.NotNull(await Look(token));
        await house.Users.Change(room.Boss, person => person with { Roles = [Role.Operator] }, Authority.Console);
        Assert.Null(await Look(token));
        await house.Users.Change(room.Boss, person => person with { Roles = [Role.Manager] }, Authority.Console);
        await house.Teams.Change(room.B.Id, team => team with { Manager = room.Boss }, Authority.Console);
        await house.Teams.Change(room.A.Id, team => team with { Manager = null }, Authority.Console);
        Assert.Null(await Look(token)); // leads another team now
        await house.Teams.Change(room.A.Id, team => team with { Manager = room.Boss }, Authority.Console);
        Assert.Equal(CallScope.Of(null, [room.A.Id]), await Look(token)); // and never shows the other one

        // One of somebody else is not his to revoke.
        Assert.Equal("wallboard.unknown", await CodeOf(() => links.Revoke(link.Id, As(room.Luis))));
        await links.Revoke(link.Id, As(room.Boss));
        await links.Revoke(link.Id, As(room.Boss));
        Assert.Null(await Look(token));

        var (_, short_) = await links.Make("Sala B", [room.B.Id], 1, As(room.Boss));
        clock.Now += TimeSpan.FromDays(1) - TimeSpan.FromSeconds(1);
        Assert.NotNull(await Look(short_));
        clock.Now += TimeSpan.FromSeconds(1);
        Assert.Null(await Look(short_));

        Assert.Equal(["wallboard.link-made", "wallboard.link-revoked", "wallboard.link-made"], (await house.Audit.List(new AuditFilter(Action: "wallboard."))).Select(entry => entry.Action));
        Assert.DoesNotContain(await house.Audit.List(new AuditFilter(Action: "wallboard.")), entry => entry.Detail.GetRawText().Contains(token, StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_administrators_link_for_all_calls_shows_all_until_he_sees_less_and_managers_see_their_own_links_only()
    {
        await using var house = await House.Open();
        var room = await BoardRoom.Of(house.Users, house.Teams);
        var links = new KioskLinks(house.Db, house.Personnel, house.Audit, house.Clock);
        await house.Users.Change(room.Luis, person => person with { Roles = [Role.Administrator] }, Authority.Console);
        await house.Users.Add(new NewPerson("root@example.com", "root", [Role.Administrator]), null, Authority.Console);
        Authority As(string id) => Authority.Of(house.Personnel.Now.People[id], house.Personnel.RightsOf(id));
        var (all, token) = await links.Make("Todo", [], 30, As(room.Luis));
        await links.Make("Sala", [room.A.Id], 30, As(room.Boss));

        Assert.True((await links.Look(token))!.Calls.IsEverything);
        Assert.Equal(["Sala", "Todo"], (await links.All(house.Personnel.RightsOf(room.Luis))).Select(link => link.Name));
        Assert.Equal(["Sala"], (await links.All(house.Personnel.RightsOf(room.Boss))).Select(link => link.Name));
        await house.Users.Change(room.Luis, person => person with { Roles = [Role.Manager] }, Authority.Console);
        Assert.Null(await links.Look(token)); // a manager of one team: not all calls, and the link names none
        Assert.Equal(CallScope.None, KioskLinks.ScopeOf(all, house.Personnel.RightsOf(room.Luis)));
    }

    static async Task<string> CodeOf(Func<Task> wish) => (await Assert.ThrowsAsync<Refusal>(wish)).Code;
}
