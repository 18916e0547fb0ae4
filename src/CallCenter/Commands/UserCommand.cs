using System.CommandLine;
using System.Text.Json;
using CallCenter.Calls;
using CallCenter.SigningIn;
using CallCenter.Teams;

namespace CallCenter.Commands;

/// <summary><c>callcenter user</c>: people, what they may do and which extensions are theirs, without a browser. A running server notices within seconds.</summary>
static class UserCommand
{
    public static Command Make() => new("user", "People: who may sign in, what they may do, which extensions are theirs")
    {
        Add(), List(), Show(), Change(),
        Simple("block", "Ends every sign-in of a person and allows no other", (users, id) => users.Block(id, Authority.Console)),
        Simple("unblock", "Lets a blocked person sign in again", (users, id) => users.Unblock(id, Authority.Console)),
        Simple("archive", "A person has left: no sign-in, no team, no extension; past calls stay", (users, id) => users.Archive(id, Authority.Console)),
        Simple("restore", "An archived person is back; teams and extensions have to be given again", (users, id) => users.Restore(id, Authority.Console)),
        Password(), SignOut(), Extension(), Invite(), ResetLink(), PeopleImportCommand.Make(),
    };

    static Command Add()
    {
        var database = Commands.Database();
        var email = new Option<string>("--email") { Description = "What the person signs in with", Required = true };
        var name = new Option<string?>("--name") { Description = "The person's name. Default: what stands before the @" };
        var (roles, abilities, language, zone, phones) = (Roles(), AbilitiesGiven(), Language(), Zone(), Phones());
        roles.Required = true;
        var fromInput = new Option<bool>("--password-stdin") { Description = "Read the password from standard input, its first line; without it the person cannot sign in yet" };
        var json = Commands.AsJson();
        var command = new Command("add", "Adds a person") { email, roles, abilities, name, language, zone, phones, fromInput, database, json };
        command.SetAction((parsed, stop) => Commands.Guard(parsed, async () =>
        {
            // A password among the arguments would be seen by everybody on the machine and stay in the shell's history.
            var password = parsed.GetValue(fromInput) ? await Console.In.ReadLineAsync(stop) ?? "" : null;
            await using var stage = await Backstage.Open(parsed.GetValue(database), mayCreate: true, stop);
            var address = parsed.GetValue(email)!;
            var added = await stage.Get<Users>().Add(
                new NewPerson(address, parsed.GetValue(name) ?? address.Split('@')[0], parsed.GetValue(roles)!, parsed.GetValue(abilities),
                    parsed.GetValue(language) ?? "es", parsed.GetValue(zone) ?? "Europe/Madrid", parsed.GetValue(phones) ?? ""), password, Authority.Console);
            return Tell(parsed, json, stage, added, password is null
                ? $"{added.Email} is known as {string.Join(", ", added.Roles)}; 'callcenter user invite {added.Email}' makes the link to come in with"
                : $"{added.Email} may sign in as {string.Join(", ", added.Roles)}");
        }));
        return command;
    }

    static Command List()
    {
        var database = Commands.Database();
        var all = new Option<bool>("--all") { Description = "Those in the archive too" };
        var json = Commands.AsJson();
        var command = new Command("list", "Lists people") { all, database, json };
        command.SetAction((parsed, stop) => Commands.Guard(parsed, async () =>
        {
            await using var stage = await Backstage.Open(parsed.GetValue(database), mayCreate: false, stop);
            var found = stage.Get<Personnel>().Now.People.Values.Where(person => parsed.GetValue(all) || person.ArchivedAt is null)
                .OrderBy(person => person.Name, StringComparer.CurrentCulture).ThenBy(person => person.Email).ToList();
            var to = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(json)) to.WriteLine(JsonSerializer.Serialize(found.Select(person => Shown(stage, person)), CallJson.Indented));
            else
                Table.Print(to, ["email", "name", "roles", "abilities", "state"], found.Select(person => new[]
                {
                    person.Email, person.Name, string.Join(", ", person.Roles), string.Join(", ", person.Abilities.Select(ability => ability.Slug())), State(person),
                }));
            return 0;
        }));
        return command;
    }

    static Command Show()
    {
        var database = Commands.Database();
        var (user, json) = (Who(), Commands.AsJson());
        var command = new Command("show", "What a person is, may do and sees in effect") { user, database, json };
        command.SetAction((parsed, stop) => Commands.Guard(parsed, async () =>
        {
            await using var stage = await Backstage.Open(parsed.GetValue(database), mayCreate: false, stop);
            var person = Find(stage, parsed.GetValue(user)!);
            var (roster, rights) = (stage.Get<Personnel>().Now, stage.Get<Personnel>().RightsOf(person.Id));
            var sees = rights.Calls switch
            {
                { IsEverything: true } => "all calls",
                { Teams.IsEmpty: false } scope => $"the calls of {string.Join(", ", scope.Teams.Select(team => roster.Teams[team].Name))} and the own ones",
                { Person: not null } => "the own calls",
                _ => "no calls",
            };
            return Tell(parsed, json, stage, person,
                $"{person.Name} <{person.Email}>, {State(person)}\nroles: {string.Join(", ", person.Roles)}\nmay: {string.Join(", ", rights.Abilities.Select(ability => ability.Slug()))}\nsees: {sees}");
        }));
        return command;
    }

    static Command Change()
    {
        var database = Commands.Database();
        var (user, json) = (Who(), Commands.AsJson());
        var email = new Option<string?>("--email") { Description = "What the person signs in with" };
        var name = new Option<string?>("--name") { Description = "The person's name" };
        var (roles, abilities, language, zone, phones) = (Roles(), AbilitiesGiven(), Language(), Zone(), Phones());
        var noRoles = new Option<bool>("--no-roles") { Description = "Takes all roles away" };
        var noAbilities = new Option<bool>("--no-abilities") { Description = "Takes all abilities away that were given singly" };
        var command = new Command("change", "Changes what is named; roles and abilities replace those before") { user, email, name, roles, noRoles, abilities, noAbilities, language, zone, phones, database, json };
        command.SetAction((parsed, stop) => Commands.Guard(parsed, async () =>
        {
            await using var stage = await Backstage.Open(parsed.GetValue(database), mayCreate: false, stop);
            var changed = await stage.Get<Users>().Change(Find(stage, parsed.GetValue(user)!).Id, person => person with
            {
                Email = parsed.GetValue(email) ?? person.Email,
                Name = parsed.GetValue(name) ?? person.Name,
                Roles = parsed.GetValue(noRoles) ? [] : parsed.GetValue(roles) is { Length: > 0 } given ? [.. given] : person.Roles,
                Abilities = parsed.GetValue(noAbilities) ? [] : parsed.GetValue(abilities) is { Length: > 0 } single ? [.. single] : person.Abilities,
                Language = parsed.GetValue(language) ?? person.Language,
                TimeZone = parsed.GetValue(zone) ?? person.TimeZone,
                Phones = parsed.GetValue(phones) ?? person.Phones,
            }, Authority.Console);
            return Tell(parsed, json, stage, changed, $"{changed.Email} is changed");
        }));
        return command;
    }

    static Command Simple(string verb, string description, Func<Users, string, Task<Person>> work)
    {
        var database = Commands.Database();
        var (user, json) = (Who(), Commands.AsJson());
        var command = new Command(verb, description) { user, database, json };
        command.SetAction((parsed, stop) => Commands.Guard(parsed, async () =>
        {
            await using var stage = await Backstage.Open(parsed.GetValue(database), mayCreate: false, stop);
            var changed = await work(stage.Get<Users>(), Find(stage, parsed.GetValue(user)!).Id);
            await stage.Get<Rejudging>().Run(stop);
            return Tell(parsed, json, stage, changed, $"{changed.Email}: {State(changed)}");
        }));
        return command;
    }

    static Command Password()
    {
        var database = Commands.Database();
        var user = Who();
        var fromInput = new Option<bool>("--password-stdin") { Description = "Read the password from standard input, its first line", Required = true };
        var command = new Command("password", "Sets a person's password and ends every sign-in with the old one") { user, fromInput, database };
        command.SetAction((parsed, stop) => Commands.Guard(parsed, async () =>
        {
            var password = await Console.In.ReadLineAsync(stop) ?? "";
            await using var stage = await Backstage.Open(parsed.GetValue(database), mayCreate: false, stop);
            var person = Find(stage, parsed.GetValue(user)!);
            await stage.Get<Users>().ChangePassword(person.Id, password, Authority.Console);
            parsed.InvocationConfiguration.Output.WriteLine($"{person.Email} has a new password");
            return 0;
        }));
        return command;
    }

    static Command SignOut()
    {
        var database = Commands.Database();
        var user = Who();
        var command = new Command("sign-out", "Ends every sign-in of a person within seconds") { user, database };
        command.SetAction((parsed, stop) => Commands.Guard(parsed, async () =>
        {
            await using var stage = await Backstage.Open(parsed.GetValue(database), mayCreate: false, stop);
            var person = Find(stage, parsed.GetValue(user)!);
            await stage.Get<Users>().EndSignIns(person.Id, Authority.Console);
            parsed.InvocationConfiguration.Output.WriteLine($"{person.Email} is signed out everywhere");
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

    static Command Extension()
    {
        var give = ExtensionStep("give", "An extension or agent's name is a person's from a moment on", withUser: true);
        var take = ExtensionStep("take", "An extension or agent's name is nobody's from a moment on", withUser: false);
        return new Command("extension", "By which names phone systems call a person") { give, take };
    }

    static Command ExtensionStep(string verb, string description, bool withUser)
    {
        var database = Commands.Database();
        var user = Who();
        var (connection, name, when) = (Commands.ConnectionNamed(), new Argument<string>("extension") { Description = "As the phone system names it" }, Commands.When());
        var command = new Command(verb, description) { name, connection, when, database };
        if (withUser) command.Arguments.Insert(0, user);
        command.SetAction((parsed, stop) => Commands.Guard(parsed, async () =>
        {
            await using var stage = await Backstage.Open(parsed.GetValue(database), mayCreate: false, stop);
            var (place, what, at) = (stage.ConnectionNamed(parsed.GetValue(connection)!).Id, parsed.GetValue(name)!, parsed.GetValue(when));
            if (withUser) await stage.Get<TeamBook>().GiveExtension(Find(stage, parsed.GetValue(user)!).Id, place, what, at, Authority.Console);
            else await stage.Get<TeamBook>().TakeExtension(place, what, at, Authority.Console);
            var changed = await stage.Get<Rejudging>().Run(stop);
            parsed.InvocationConfiguration.Output.WriteLine($"{what}: done; {changed ?? 0} earlier calls concern others now");
            return 0;
        }));
        return command;
    }

    internal static Person Find(Backstage stage, string named)
    {
        var people = stage.Get<Personnel>().Now.People;
        return people.GetValueOrDefault(named) ?? people.Values.FirstOrDefault(person => string.Equals(person.Email, named, StringComparison.OrdinalIgnoreCase))
            ?? throw new Refusal(RefusalKind.NotFound, "user.unknown", named);
    }

    static Argument<string> Who() => new("user") { Description = "The person's email or id" };

    static Option<Role[]> Roles() => new("--role") { Description = $"May be given several times: {string.Join(", ", Enum.GetNames<Role>()).ToLowerInvariant()}", AllowMultipleArgumentsPerToken = true };

    static Option<Ability[]> AbilitiesGiven() => new("--ability")
    {
        Description = $"Given singly, besides what a role brings; may be given several times: {string.Join(", ", Enum.GetValues<Ability>().Select(ability => ability.Slug()))}",
        AllowMultipleArgumentsPerToken = true,
        CustomParser = result =>
        {
            var given = new List<Ability>();
            foreach (var token in result.Tokens)
                if (Abilities.TryParse(token.Value, out var ability)) given.Add(ability);
                else result.AddError($"there is no ability '{token.Value}'");
            return [.. given];
        },
    };

    static Option<string?> Language()
    {
        var language = new Option<string?>("--language") { Description = "es or en" };
        language.AcceptOnlyFromAmong("es", "en");
        return language;
    }

    static Option<string?> Zone() => new("--time-zone") { Description = "IANA name of the zone times are shown in, such as Europe/Madrid" };

    static Option<string?> Phones() => new("--phones") { Description = "The person's own numbers, as you like to write them" };

    static int Tell(ParseResult parsed, Option<bool> json, Backstage stage, Person person, string sentence)
    {
        var to = parsed.InvocationConfiguration.Output;
        to.WriteLine(parsed.GetValue(json) ? JsonSerializer.Serialize(Shown(stage, person), CallJson.Indented) : sentence);
        return 0;
    }

    static string State(Person person) => person.ArchivedAt is not null ? "archived" : person.BlockedAt is not null ? "blocked" : "active";

    static object Shown(Backstage stage, Person person)
    {
        var (roster, rights) = (stage.Get<Personnel>().Now, stage.Get<Personnel>().RightsOf(person.Id));
        return new
        {
            person.Id,
            person.Email,
            person.Name,
            Roles = person.Roles.ToList(),
            Abilities = person.Abilities.Select(ability => ability.Slug()),
            State = State(person),
            person.Language,
            person.TimeZone,
            person.Phones,
            Extensions = roster.Extensions.Where(extension => extension.User == person.Id).Select(extension => new { extension.Connection, extension.Name, extension.When.Since, extension.When.Until }),
            Teams = roster.Memberships.Where(membership => membership.User == person.Id).Select(membership => new { membership.Team, roster.Teams[membership.Team].Name, membership.When.Since, membership.When.Until }),
            Effective = new { Abilities = rights.Abilities.Select(ability => ability.Slug()), AllCalls = rights.Calls.IsEverything, TeamsSeen = rights.Calls.Teams, OwnCalls = rights.Calls.Person is not null },
            person.CreatedAt,
            person.SeenAt,
        };
    }
}
