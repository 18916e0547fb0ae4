using System.CommandLine;
using System.Text.Json;
using CallCenter.Calls;
using CallCenter.SigningIn;
using CallCenter.Teams;

namespace CallCenter.Commands;

/// <summary><c>callcenter user</c>: lets people sign in, without a browser.</summary>
static class UserCommand
{
    public static Command Make() => new("user", "The people who may sign in") { Add(), List(), Invite(), ResetLink() };

    static Command Add()
    {
        var database = Commands.Database();
        var email = new Option<string>("--email") { Description = "What the person signs in with", Required = true };
        var role = new Option<Role[]>("--role") { Description = $"May be given several times: {string.Join(", ", Enum.GetNames<Role>()).ToLowerInvariant()}", Required = true, AllowMultipleArgumentsPerToken = true };
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
            var added = await stage.Get<Users>().Add(
                new NewPerson(address, parsed.GetValue(name) ?? address.Split('@')[0], parsed.GetValue(role)!, Language: parsed.GetValue(language)!, TimeZone: parsed.GetValue(zone)!), password, Authority.Console);
            var to = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(json)) to.WriteLine(JsonSerializer.Serialize(Shown(added), CallJson.Indented));
            else to.WriteLine($"{added.Email} may sign in as {string.Join(", ", added.Roles)}");
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
            var all = stage.Get<Personnel>().Now.People.Values.OrderBy(person => person.Name, StringComparer.CurrentCulture).ThenBy(person => person.Email).ToList();
            var to = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(json)) to.WriteLine(JsonSerializer.Serialize(all.Select(Shown), CallJson.Indented));
            else Table.Print(to, ["email", "name", "role"], all.Select(person => new[] { person.Email, person.Name, string.Join(", ", person.Roles) }));
            return 0;
        }));
        return command;
    }

    static Command Invite() => Link("invite", "Makes a link with which the person sets name and password; good for seven days and one use", (links, id) => links.Invite(id, Authority.Console));

    static Command ResetLink() => Link("reset-link", "Makes a link with which the person sets another password; good for a day and one use", (links, id) => links.Reset(id, Authority.Console));

    static Command Link(string word, string description, Func<AccountLinks, string, Task<MadeLink>> make)
    {
        var database = Commands.Database();
        var email = new Argument<string>("email") { Description = "What the person signs in with; 'callcenter user list' shows it" };
        var publicUrl = Commands.Url("--public-url", "The address people reach the server by; also CALLCENTER_PUBLIC_URL");
        var json = Commands.AsJson();
        var command = new Command(word, description) { email, publicUrl, database, json };
        command.SetAction((parsed, stop) => Commands.Guard(parsed, async () =>
        {
            await using var stage = await Backstage.Open(parsed.GetValue(database), mayCreate: false, stop);
            var user = await stage.Get<Users>().Find(parsed.GetValue(email)!) ?? throw new Refusal(RefusalKind.NotFound, "user.unknown", parsed.GetValue(email)!);
            var made = await make(stage.Get<AccountLinks>(), user.Id);
            var site = parsed.GetValue(publicUrl)?.ToString() ?? Environment.GetEnvironmentVariable("CALLCENTER_PUBLIC_URL");
            var address = string.IsNullOrEmpty(site) ? made.Address : new Uri(new Uri(site.TrimEnd('/') + "/"), made.Address.AbsolutePath.TrimStart('/'));
            var to = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(json)) to.WriteLine(JsonSerializer.Serialize(new { link = address, made.ExpiresAt }, CallJson.Indented));
            else to.WriteLine($"{address}");
            return 0;
        }));
        return command;
    }

    static object Shown(Person person) => new { person.Id, person.Email, person.Name, person.Roles, person.Language, person.TimeZone };
}
