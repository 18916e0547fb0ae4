using System.Data.Common;
using System.Net;
using CallCenter.Audit;
using CallCenter.Calls;
using CallCenter.Teams;
using CallCenter.Telephony;
using CallCenter.Tests.Calls;
using CallCenter.Tests.SigningIn;

namespace CallCenter.Tests.Web;

/// <summary>Who took calls away, who looked at whose, and who changed a phone system's connection stands in the audit log.</summary>
public sealed class AuditTests
{
    const string Password = "un caballo correcto", Boss = "jefa@example.com";

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task A_look_at_a_call_of_others_is_written_down_once_and_one_at_an_own_call_is_not(On database)
    {
        await using var house = await WebHouse.Open(database);
        var boss = await house.Get<Users>().Add(new NewPerson(Boss, "Jefa", [Role.Manager]), Password, Authority.Console);
        var eva = await house.Get<Users>().Add(new NewPerson("eva@example.com", "Eva", [Role.Operator]), Password, Authority.Console);
        await house.Get<TeamBook>().GiveExtension(eva.Id, "test", "101", DateTimeOffset.MinValue, Authority.Console);
        await house.Get<TeamBook>().GiveExtension(boss.Id, "test", "202", DateTimeOffset.MinValue, Authority.Console);
        var at = TimeProvider.System.GetUtcNow().AddMinutes(-5);
        await house.Hear(CallLogTests.Answered("of-eva", at));
        var call = Assert.Single((await house.Log.List(CallScope.Machine, new CallFilter())).Calls);
        using var seesAll = new Visitor(house);
        using var isHer = new Visitor(house);
        await seesAll.SignIn(Boss, Password);
        await isHer.SignIn("eva@example.com", Password);

        foreach (var visitor in (Visitor[])[seesAll, seesAll, isHer])
            Assert.Equal(HttpStatusCode.OK, (await visitor.Get($"/api/calls/{call.Id}")).StatusCode);

        var line = Assert.Single(await house.Get<AuditLog>().List(new AuditFilter(Action: "call.opened")));
        Assert.Equal(($"user:{boss.Id}", $"call:{call.Id}", eva.Id), (line.Actor.Id, line.Subject, line.Detail.GetProperty("of")[0].GetString()));
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task A_line_is_neither_changed_nor_replaced_nor_deleted_by_anybody(On database)
    {
        await using var house = await House.Open(database);
        var log = new AuditLog(house.Db, TimeProvider.System);
        await log.Note(Actor.Console, "team.added", "team:1");
        var before = Assert.Single(await log.List(new AuditFilter()));
        var replaced = database == On.Sqlite
            ? "insert or replace into audit (id, at, actor, actor_name, action, subject, detail) select id, at, 'nobody', '', action, subject, detail from audit"
            : "insert into audit (id, at, actor, actor_name, action, subject, detail) select id, at, 'nobody', '', action, subject, detail from audit on conflict (id) do update set actor = excluded.actor";
        foreach (var change in (string[])["update audit set actor = 'nobody'", "delete from audit", replaced])
            Assert.Contains("the audit log is not changed", (await Assert.ThrowsAnyAsync<DbException>(() => house.Db.Write(tx => tx.Run(change)))).Message);
        Assert.Equal(before.Actor, Assert.Single(await log.List(new AuditFilter())).Actor);
    }

    [Fact]
    public async Task An_export_is_written_down_with_what_was_asked()
    {
        await using var house = await WebHouse.Open();
        await house.Get<Users>().Add(new NewPerson(Boss, "Jefa", [Role.Manager]), Password, Authority.Console);
        using var visitor = new Visitor(house);
        await visitor.SignIn(Boss, Password);
        await visitor.Page("/api/calls/export.csv?missed=true");

        var line = Assert.Single(await house.Get<AuditLog>().List(new AuditFilter(Action: "calls.exported")));
        Assert.Equal(("Jefa", "csv", "?missed=true"), (line.Actor.Name, line.Detail.GetProperty("kind").GetString(), line.Detail.GetProperty("conditions").GetString()));
    }

    [Fact]
    public async Task A_connection_is_followed_through_its_changes_without_its_secrets()
    {
        await using var house = await WebHouse.Open();
        var board = house.Get<Switchboard>();
        var added = await board.Add("webhook", "Getafe", new Dictionary<string, string>(), ConnectionState.Draft, by: Actor.Console);
        await board.Rotate(added.Id, "secret", "another secret of the company", by: Actor.Console);
        await board.Remove(added.Id, by: Actor.Console);

        var lines = await house.Get<AuditLog>().List(new AuditFilter(Subject: $"connection:{added.Id}"));
        Assert.Equal(["connection.removed", "connection.changed", "connection.added"], lines.Select(line => line.Action));
        Assert.All(lines, line => Assert.Equal("console", line.Actor.Id));
        Assert.Contains("secret", lines[1].Detail.GetProperty("settings").EnumerateArray().Select(setting => setting.GetString()));
        Assert.DoesNotContain(lines, line => line.Detail.GetRawText().Contains("of the company") || line.Detail.GetRawText().Contains(added.Settings["secret"]));
    }

    [Fact]
    public async Task The_log_is_read_by_filters_and_taken_away_as_a_harmless_file()
    {
        await using var house = await WebHouse.Open();
        await house.Get<Users>().Add(new NewPerson(Boss, "=cmd|' /C calc'!A0", [Role.Administrator]), Password, Authority.Console);
        using var visitor = new Visitor(house);
        await visitor.SignIn(Boss, Password);
        Assert.Contains("Exporta llamadas", await Export("/api/calls/export.csv", "/configuracion/auditoria/exportar.csv?que=calls"));
        Assert.DoesNotContain("user.added", await visitor.Page("/configuracion/auditoria/exportar.csv?que=calls"));
        var all = await visitor.Page("/configuracion/auditoria/exportar.csv");
        Assert.Contains("user.added", all);
        Assert.Contains("audit.exported", all);
        Assert.DoesNotMatch(@"(^|,)""?=cmd", all);

        async Task<string> Export(string first, string then)
        {
            await visitor.Page(first);
            return await visitor.Page(then);
        }
    }
}
