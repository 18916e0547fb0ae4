using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using CallCenter.Audit;
using CallCenter.Calls;
using CallCenter.Teams;
using CallCenter.Web;

namespace CallCenter.Commands;

/// <summary><c>callcenter key</c>: lets programs read through the API. A running server notices within seconds.</summary>
static class KeyCommand
{
    public static Command Make() => new("key", "Lets programs use the API") { Add(), List(), Revoke() };

    static Command Add()
    {
        var database = Commands.Database();
        var name = new Option<string>("--name") { Description = "What the key is for", Required = true };
        var scopes = new Option<string[]>("--scope") { Description = $"What it allows; may be given several times: {string.Join(", ", ApiScope.All)}", Required = true, AllowMultipleArgumentsPerToken = true };
        var teams = new Option<string[]>("--team") { Description = "Only calls of this team, by name or id; may be given several times", DefaultValueFactory = _ => [] };
        var json = Commands.AsJson();
        var command = new Command("add", "Makes a key and prints it, this once") { name, scopes, teams, database, json };
        command.SetAction((parsed, stop) => Commands.Guard(parsed, async () =>
        {
            await using var stage = await Backstage.Open(parsed.GetValue(database), mayCreate: true, stop);
            var wanted = parsed.GetValue(scopes)!.SelectMany(scope => scope.Split([',', ' '], StringSplitOptions.RemoveEmptyEntries)).Distinct().ToList();
            var (key, secret) = await stage.Get<ApiKeys>().Add(parsed.GetValue(name)!, wanted, Actor.Console, [.. parsed.GetValue(teams)!.Select(team => TeamCommand.Find(stage, team).Id)], stop);
            var to = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(json)) to.WriteLine(JsonSerializer.Serialize(new { key.Id, key.Name, key.Scopes, key.Teams, Key = secret, key.CreatedAt }, CallJson.Indented));
            else to.WriteLine($"{secret}\nSend it as 'Authorization: Bearer ...'. It is shown this once.");
            return 0;
        }));
        return command;
    }

    static Command List()
    {
        var database = Commands.Database();
        var json = Commands.AsJson();
        var command = new Command("list", "Lists the keys, without what they open with") { database, json };
        command.SetAction((parsed, stop) => Commands.Guard(parsed, async () =>
        {
            await using var stage = await Backstage.Open(parsed.GetValue(database), mayCreate: false, stop);
            var all = await stage.Get<ApiKeys>().All(stop);
            var to = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(json)) to.WriteLine(JsonSerializer.Serialize(all, CallJson.Indented));
            else
                Table.Print(to, ["id", "name", "scopes", "teams", "created (UTC)", "last used", "revoked"], all.Select(key => new[]
                {
                    key.Id, key.Name, string.Join(' ', key.Scopes), TeamsOf(stage, key), Instant(key.CreatedAt), Instant(key.LastUsedAt), Instant(key.RevokedAt),
                }));
            return 0;
        }));
        return command;
    }

    static string TeamsOf(Backstage stage, ApiKey key) => key.Teams is null
        ? "all" : string.Join(", ", key.Teams.Select(stage.Get<Personnel>().NameOf));

    static Command Revoke()
    {
        var database = Commands.Database();
        var id = new Argument<string>("id") { Description = "The key's id; see 'callcenter key list'" };
        var command = new Command("revoke", "Makes a key open nothing any more") { id, database };
        command.SetAction((parsed, stop) => Commands.Guard(parsed, async () =>
        {
            await using var stage = await Backstage.Open(parsed.GetValue(database), mayCreate: false, stop);
            await stage.Get<ApiKeys>().Revoke(parsed.GetValue(id)!, Actor.Console, stop);
            parsed.InvocationConfiguration.Output.WriteLine($"{parsed.GetValue(id)} is revoked");
            return 0;
        }));
        return command;
    }

    static string? Instant(DateTimeOffset? at) => at?.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
}
