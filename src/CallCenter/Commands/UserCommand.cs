using System.CommandLine;
using System.Text.Json;
using CallCenter.Calls;
using CallCenter.Teams;

namespace CallCenter.Commands;

/// <summary><c>callcenter user</c>: lets people sign in, without a browser.</summary>
static class UserCommand
{
    public static Command Make() => new("user", "The people who may sign in") { Add(), List() };

    static Command Add()
    {
        var database = Commands.Database();
        var email = new Option<string>("--email") { Description = "What the person signs in with", Required = true };
        var role = new Option<Role>("--role") { Description = string.Join(", ", Enum.GetNames<Role>()).ToLowerInvariant(), Required = true };
        var name = new Option<string?>("--name") { Description = "The person's name. Default: what stands before the @" };
        var language = new Option<string>("--language") { Description = "es or en", DefaultValueFactory = _ => "es" };
        language.AcceptOnlyFromAmong("es", "en");
        var zone = new Option<string>("--time-zone") { Description = "IANA name of the zone times are shown in", DefaultValueFactory = _ => "Europe/Madrid" };
        var fromInput = new Option<bool>("--password-stdin") { Description = "Read the password from standard input, its first line", Required = true };
        var json = Commands.AsJson();
        var command = new Command("add", "Adds a person who may sign in") { email, role, name, language, zone, fromInput, database, json };
        command.SetAction((parsed, stop) => Commands.Guard(parsed, async () =>
        {
            if (!TimeZoneInfo.TryFindSystemTimeZoneById(parsed.GetValue(zone)!, out _)) throw new Refusal(RefusalKind.Invalid, "connection.unknown-zone", parsed.GetValue(zone)!);
            // A password among the arguments would be seen by everybody on the machine and stay in the shell's history.
            var password = await Console.In.ReadLineAsync(stop) ?? "";
            await using var stage = await Backstage.Open(parsed.GetValue(database), mayCreate: true, stop);
            var address = parsed.GetValue(email)!;
            var added = await new Users(stage.Db, TimeProvider.System).Add(address, parsed.GetValue(name) ?? address.Split('@')[0], parsed.GetValue(role), password, parsed.GetValue(language)!, parsed.GetValue(zone)!);
            var to = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(json)) to.WriteLine(JsonSerializer.Serialize(Shown(added), CallJson.Indented));
            else to.WriteLine($"{added.Email} may sign in as {added.Role}");
            return 0;
        }));
        return command;
    }

    static Command List()
    {
        var database = Commands.Database();
        var json = Commands.AsJson();
        var command = new Command("list", "Lists the people who may sign in") { database, json };
        command.SetAction((parsed, stop) => Commands.Guard(parsed, async () =>
        {
            await using var stage = await Backstage.Open(parsed.GetValue(database), mayCreate: false, stop);
            var all = await new Users(stage.Db, TimeProvider.System).All();
            var to = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(json)) to.WriteLine(JsonSerializer.Serialize(all.Select(Shown), CallJson.Indented));
            else Table.Print(to, ["email", "name", "role"], all.Select(user => new[] { user.Email, user.Name, user.Role.ToString() }));
            return 0;
        }));
        return command;
    }

    static object Shown(User user) => new { user.Id, user.Email, user.Name, user.Role, user.Language, user.TimeZone };
}
