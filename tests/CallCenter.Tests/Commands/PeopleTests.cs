using System.Text.Json;
using CallCenter.Audit;
using CallCenter.Calls;
using CallCenter.Teams;
using CallCenter.Telephony;
using CallCenter.Tests.Calls;

namespace CallCenter.Tests.Commands;

/// <summary>People and teams without a browser, while a server runs on the same database.</summary>
public sealed class PeopleTests
{
    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task A_role_given_and_taken_by_the_command_line_holds_in_a_running_server_within_five_seconds(On database)
    {
        await using var house = await WebHouse.Open(database);
        var place = house.Get<CallCenter.Web.ServerOptions>().Database;
        var added = await Json("user", "add", "--email", "ana@example.com", "--name", "Ana", "--role", "operator", "--json", "--database", place);
        var id = added.GetProperty("id").GetString()!;
        await Until(() => house.Get<Personnel>().RightsOf(id).Calls.Equals(CallScope.Own(id)));

        await Json("user", "change", "ana@example.com", "--ability", "ver-todas-las-llamadas", "--json", "--database", place);
        await Until(() => house.Get<Personnel>().RightsOf(id).Calls.IsEverything);
        await Json("user", "block", "ana@example.com", "--json", "--database", place);
        await Until(() => house.Get<Personnel>().RightsOf(id).Equals(Rights.None));
        Assert.Equal("blocked", (await Json("user", "show", id, "--json", "--database", place)).GetProperty("state").GetString());
    }

    [Fact]
    public async Task A_team_with_members_and_queues_is_made_and_past_calls_are_judged_when_asked()
    {
        await using var house = await WebHouse.Open();
        var place = house.Get<CallCenter.Web.ServerOptions>().Database;
        var connection = await house.Switchboard.Add("asterisk", "Central", new Dictionary<string, string> { ["host"] = "127.0.0.1", ["username"] = "u", ["secret"] = "s" }, ConnectionState.Paused);
        var noon = new DateTimeOffset(2026, 5, 4, 12, 0, 0, TimeSpan.Zero);
        await house.Hear([.. CallLogTests.Answered("c-1", noon).Select(told => told with { Call = new CallKey(connection.Id, "c-1") })]);

        await Json("user", "add", "--email", "ana@example.com", "--role", "operator", "--json", "--database", place);
        var team = (await Json("team", "add", "Norte", "--json", "--database", place)).GetProperty("id").GetString();
        await Run("team", "member", "add", "Norte", "ana@example.com", "--at", "always", "--database", place);
        await Run("user", "extension", "give", "ana@example.com", "101", "--connection", "Central", "--at", "always", "--database", place);
        await Until(() => Team() == team);

        var shown = Assert.Single((await Json("team", "list", "--json", "--database", place)).EnumerateArray());
        Assert.Equal("ana@example.com", Assert.Single(shown.GetProperty("members").EnumerateArray()).GetProperty("email").GetString());
        await Run("user", "extension", "take", "101", "--connection", "Central", "--at", "always", "--database", place);
        await Until(() => Team() is null);
        await Run("team", "queue", "give", "Norte", "ventas", "--connection", "Central", "--fill-past", "--database", place);
        await Until(() => Team() == team);

        var (code, _, error) = await Cli.Run("team", "member", "add", "Sur", "ana@example.com", "--database", place);
        Assert.Equal((1, true), (code, error.Contains("there is no team 'Sur'")));
        Assert.Equal(2, (await Cli.Run("team", "member", "add", "Norte", "ana@example.com", "--at", "yesterday", "--database", place)).Code);

        string? Team() => house.Log.List(CallScope.Machine, new CallFilter()).Result.Calls.Single().Team;
    }

    [Fact]
    public async Task A_team_gets_its_hours_holidays_and_targets()
    {
        using var folder = new Cli.TempFolder();
        var place = folder.Database;
        await Run("team", "add", "Norte", "--database", place);
        await Json("team", "hours", "Norte", "--open", "friday-monday=closed", "--open", "monday-friday=9-14,16:00-19:30", "--time-zone", "America/Bogota", "--holiday", "2026-12-25=Navidad", "--json", "--database", place);
        var team = await Json("team", "hours", "Norte", "--open", "saturday=24h", "--holiday", "2026-12-25=Christmas", "--holiday", "2026-01-01", "--json", "--database", place);
        var hours = JsonSerializer.Deserialize<OpeningHours>(team.GetProperty("hours"), CallJson.Options)!;
        Assert.Equal("America/Bogota", hours.Zone);
        Assert.Equal(["", "09:00-14:00, 16:00-19:30", "09:00-14:00, 16:00-19:30", "24 h"],
            new[] { DayOfWeek.Sunday, DayOfWeek.Monday, DayOfWeek.Friday, DayOfWeek.Saturday }.Select(day => WrittenHours.Write(hours.Week[day])));
        Assert.Equal([new Holiday(new DateOnly(2026, 1, 1), ""), new Holiday(new DateOnly(2026, 12, 25), "Christmas")], hours.Holidays);
        Assert.Empty((await Json("team", "hours", "Norte", "--no-holidays", "--json", "--database", place)).GetProperty("hours").GetProperty("holidays").EnumerateArray());

        await Run("team", "targets", "Norte", "--answered-percent", "90", "--call-back-minutes", "30", "--database", place);
        var targets = (await Json("team", "targets", "Norte", "--answered-percent", "0", "--json", "--database", place)).GetProperty("targets");
        Assert.Equal((JsonValueKind.Null, 30), (targets.GetProperty("answered_percent").ValueKind, targets.GetProperty("call_back_minutes").GetInt32()));

        foreach (var words in (string[][])[["--open", "someday=9-14"], ["--open", "monday=9 to 14"], ["--open", "monday"], ["--holiday", "25/12/2026"]])
            Assert.Equal(2, (await Cli.Run(["team", "hours", "Norte", .. words, "--database", place])).Code);
        Assert.Equal(1, (await Cli.Run("team", "hours", "Norte", "--open", "monday=14-9", "--database", place)).Code);
        Assert.Equal(1, (await Cli.Run("team", "targets", "Norte", "--answered-percent", "101", "--database", place)).Code);
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task The_public_holidays_of_a_country_come_beside_those_a_team_has(On database)
    {
        await using var house = await WebHouse.Open(database);
        var place = house.Get<CallCenter.Web.ServerOptions>().Database;
        await Run("team", "add", "Norte", "--database", place);
        await Run("team", "hours", "Norte", "--holiday", "2027-12-25=Cerrado", "--holiday", "2027-07-09=Inventario", "--database", place);

        var team = await Json("team", "holidays", "Norte", "--country", "uy", "--year", "2027", "--json", "--database", place);
        var told = JsonSerializer.Deserialize<OpeningHours>(team.GetProperty("hours"), CallJson.Options)!;
        Assert.Equal(["01-01 Año Nuevo", "05-01 Día de los Trabajadores", "07-09 Inventario", "07-18 Jura de la Constitución", "08-25 Declaratoria de la Independencia", "12-25 Cerrado"],
            told.Holidays.Select(holiday => $"{holiday.Day:MM-dd} {holiday.Name}"));
        Assert.Contains("Norte is changed", await Run("team", "holidays", "Norte", "--country", "UY", "--year", "2027", "--database", place));
        await Until(() => house.Get<Personnel>().Now.Teams.Values.Any(seen => seen.Hours.Holidays.SequenceEqual(told.Holidays)));
        Assert.Equal(3, (await house.Get<AuditLog>().List(new AuditFilter(Action: "team.changed"))).Count);

        await Refused(1, "the holidays of 'XX' are not known; there are those of: AR, BR,", "--country", "XX", "--year", "2027");
        await Refused(1, "the holidays of 2023 are not known; there are those from 2024 to", "--country", "UY", "--year", "2023");
        await Refused(2, "--year", "--country", "UY");
        await Refused(2, "next", "--country", "UY", "--year", "next");
        await Run(["team", "hours", "Norte", .. Enumerable.Range(0, OpeningHours.HolidaysMax - 6).SelectMany(day => (string[])["--holiday", $"{new DateOnly(2028, 2, 1).AddDays(day):yyyy-MM-dd}"]), "--database", place]);
        await Refused(1, "there can be 200 holidays at most", "--country", "UY", "--year", "2029");

        async Task Refused(int expected, string why, params string[] words)
        {
            var (code, _, error) = await Cli.Run(["team", "holidays", "Norte", .. words, "--database", place]);
            Assert.Equal((expected, true), (code, error.Contains(why)));
        }
    }

    [Fact]
    public async Task A_list_of_people_is_tried_then_imported_and_the_new_ones_are_invited()
    {
        using var folder = new Cli.TempFolder();
        var (file, place) = (Path.Combine(folder.Path, "people.csv"), folder.Database);
        await File.WriteAllTextAsync(file, "email,name,roles\nana@example.com,Ana,manager\n");
        await Run("user", "add", "--email", "jefe@example.com", "--role", "administrator", "--database", place);

        var tried = await Json("user", "import", file, "--dry-run", "--json", "--database", place);
        Assert.Equal((1, false), (tried.GetProperty("added").GetInt32(), tried.GetProperty("is_done").GetBoolean()));
        Assert.Single((await Json("user", "list", "--json", "--database", place)).EnumerateArray());

        var done = await Json("user", "import", file, "--invite", "--json", "--database", place);
        Assert.True(done.GetProperty("is_done").GetBoolean());
        Assert.Contains("/enlace/", Assert.Single(done.GetProperty("invitations").EnumerateArray()).GetProperty("link").GetString());
        Assert.Equal("manager", (await Json("user", "show", "ana@example.com", "--json", "--database", place)).GetProperty("roles")[0].GetString());
        Assert.Contains("0 new, 0 changed, 1 as they were; nothing was done", await Run("user", "import", file, "--database", place));

        await File.WriteAllTextAsync(file, "team,members\nNorte,ana@example.com\nSur,nadie@example.com\n");
        var (code, output, error) = await Cli.Run("team", "import", file, "--database", place);
        Assert.Equal((1, true, true), (code, output.Contains("nobody signs in with 'nadie@example.com'"), error.Contains("1 lines are wrong")));
        Assert.Empty((await Json("team", "list", "--json", "--database", place)).EnumerateArray());
    }

    static async Task<JsonElement> Json(params string[] words) => JsonDocument.Parse(await Run(words)).RootElement;

    static async Task<string> Run(params string[] words)
    {
        var (code, output, error) = await Cli.Run(words);
        Assert.True(code == 0, error);
        return output;
    }

    static async Task Until(Func<bool> isSo)
    {
        for (var since = System.Diagnostics.Stopwatch.StartNew(); !isSo(); await Task.Delay(50)) Assert.True(since.Elapsed < TimeSpan.FromSeconds(15), "It was not noticed.");
    }
}
