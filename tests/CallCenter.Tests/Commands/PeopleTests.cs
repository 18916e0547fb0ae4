using System.Text.Json;
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
