using System.CommandLine;
using System.Text.Json;
using CallCenter.Calls;
using CallCenter.Teams;

namespace CallCenter.Commands;

/// <summary><c>callcenter team</c>: teams, their members, lines and queues, without a browser. A running server notices within seconds.</summary>
static class TeamCommand
{
    public static Command Make() => new("team", "Teams, who belongs to them, and which lines and queues are theirs")
    {
        Add(), List(), Change(), TeamHoursCommand.Hours(), TeamHoursCommand.Holidays(), TeamHoursCommand.Targets(), Simple("archive", "A team is no more; its past calls stay its", (book, id) => book.Archive(id, Authority.Console)),
        Simple("restore", "An archived team is there again; members, lines and queues have to be given again", (book, id) => book.Restore(id, Authority.Console)),
        new Command("member", "Who belongs to a team") { Member("add", "A person belongs to a team from a moment on"), Member("remove", "A person belongs to a team no more from a moment on") },
        Lines(LineKind.Line), Lines(LineKind.Queue), PeopleImportCommand.Make(),
    };

    static Command Add()
    {
        var database = Commands.Database();
        var name = new Argument<string>("name");
        var (type, manager, json) = (Type(), Manager(), Commands.AsJson());
        var command = new Command("add", "Adds a team") { name, type, manager, database, json };
        command.SetAction((parsed, stop) => Commands.Guard(parsed, async () =>
        {
            await using var stage = await Backstage.Open(parsed.GetValue(database), mayCreate: true, stop);
            var leader = parsed.GetValue(manager) is { Length: > 0 } named ? UserCommand.Find(stage, named).Id : null;
            var added = await stage.Get<TeamBook>().Add(parsed.GetValue(name)!, parsed.GetValue(type) ?? TeamType.CallCenter, Authority.Console);
            if (leader is not null) added = await stage.Get<TeamBook>().Change(added.Id, team => team with { Manager = leader }, Authority.Console);
            return Tell(parsed, json, stage, added, $"{added.Name} is there");
        }));
        return command;
    }

    static Command List()
    {
        var database = Commands.Database();
        var all = new Option<bool>("--all") { Description = "Those in the archive too" };
        var json = Commands.AsJson();
        var command = new Command("list", "Lists teams") { all, database, json };
        command.SetAction((parsed, stop) => Commands.Guard(parsed, async () =>
        {
            await using var stage = await Backstage.Open(parsed.GetValue(database), mayCreate: false, stop);
            var roster = stage.Get<Personnel>().Now;
            var now = TimeProvider.System.GetUtcNow();
            var found = roster.Teams.Values.Where(team => parsed.GetValue(all) || team.ArchivedAt is null).OrderBy(team => team.Name, StringComparer.CurrentCulture).ToList();
            var to = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(json)) to.WriteLine(JsonSerializer.Serialize(found.Select(team => Shown(stage, team)), CallJson.Indented));
            else
                Table.Print(to, ["name", "type", "manager", "members", "lines and queues", "state"], found.Select(team => new[]
                {
                    team.Name, $"{team.Type}", team.Manager is { } leader ? roster.People[leader].Name : null,
                    $"{roster.Memberships.Count(membership => membership.Team == team.Id && membership.When.Contains(now))}",
                    string.Join(", ", roster.Lines.Where(line => line.Team == team.Id && line.When.Contains(now)).Select(line => line.Name)),
                    team.ArchivedAt is null ? "active" : "archived",
                }));
            return 0;
        }));
        return command;
    }

    static Command Change()
    {
        var database = Commands.Database();
        var (team, type, manager, json) = (Which(), Type(), Manager(), Commands.AsJson());
        var name = new Option<string?>("--name") { Description = "The team's name" };
        var noManager = new Option<bool>("--no-manager") { Description = "Nobody leads it" };
        var command = new Command("change", "Changes what is named") { team, name, type, manager, noManager, database, json };
        command.SetAction((parsed, stop) => Change(parsed, team, database, json, (stage, known) => known with
        {
            Name = parsed.GetValue(name) ?? known.Name,
            Type = parsed.GetValue(type) ?? known.Type,
            Manager = parsed.GetValue(noManager) ? null : parsed.GetValue(manager) is { Length: > 0 } named ? UserCommand.Find(stage, named).Id : known.Manager,
        }, stop));
        return command;
    }

    internal static Task<int> Change(ParseResult parsed, Argument<string> team, Option<string?> database, Option<bool> json, Func<Team, Team> decide, CancellationToken stop) =>
        Change(parsed, team, database, json, (_, known) => decide(known), stop);

    static Task<int> Change(ParseResult parsed, Argument<string> team, Option<string?> database, Option<bool> json, Func<Backstage, Team, Team> decide, CancellationToken stop) => Commands.Guard(parsed, async () =>
    {
        await using var stage = await Backstage.Open(parsed.GetValue(database), mayCreate: false, stop);
        var changed = await stage.Get<TeamBook>().Change(Find(stage, parsed.GetValue(team)!).Id, known => decide(stage, known), Authority.Console);
        return Tell(parsed, json, stage, changed, $"{changed.Name} is changed");
    });

    static Command Simple(string verb, string description, Func<TeamBook, string, Task> work)
    {
        var database = Commands.Database();
        var (team, json) = (Which(), Commands.AsJson());
        var command = new Command(verb, description) { team, database, json };
        command.SetAction((parsed, stop) => Commands.Guard(parsed, async () =>
        {
            await using var stage = await Backstage.Open(parsed.GetValue(database), mayCreate: false, stop);
            var id = Find(stage, parsed.GetValue(team)!).Id;
            await work(stage.Get<TeamBook>(), id);
            await stage.Get<Rejudging>().Run(stop);
            var changed = stage.Get<Personnel>().Now.Teams[id];
            return Tell(parsed, json, stage, changed, $"{changed.Name}: {(changed.ArchivedAt is null ? "active" : "archived")}");
        }));
        return command;
    }

    static Command Member(string verb, string description)
    {
        var database = Commands.Database();
        var (team, when, json) = (Which(), Commands.When(), Commands.AsJson());
        var user = new Argument<string>("user") { Description = "The person's email or id" };
        var command = new Command(verb, description) { team, user, when, database, json };
        command.SetAction((parsed, stop) => Commands.Guard(parsed, async () =>
        {
            await using var stage = await Backstage.Open(parsed.GetValue(database), mayCreate: false, stop);
            var (found, person) = (Find(stage, parsed.GetValue(team)!), UserCommand.Find(stage, parsed.GetValue(user)!));
            if (verb == "add") await stage.Get<TeamBook>().AddMember(found.Id, person.Id, parsed.GetValue(when), Authority.Console);
            else await stage.Get<TeamBook>().RemoveMember(found.Id, person.Id, parsed.GetValue(when), Authority.Console);
            var changed = await stage.Get<Rejudging>().Run(stop);
            return Tell(parsed, json, stage, found, $"{person.Name}, {found.Name}: done; {changed ?? 0} earlier calls count for others now");
        }));
        return command;
    }

    static Command Lines(LineKind kind)
    {
        var word = kind == LineKind.Line ? "line" : "queue";
        return new Command(word, kind == LineKind.Line ? "Which of the company's numbers are a team's" : "Which queues are a team's") { LineStep(kind, word, "give"), LineStep(kind, word, "take") };
    }

    static Command LineStep(LineKind kind, string word, string verb)
    {
        var database = Commands.Database();
        var (team, connection, when, json) = (Which(), Commands.ConnectionNamed(), Commands.When(), Commands.AsJson());
        var name = new Argument<string>(word) { Description = "As the phone system names it" };
        var past = new Option<bool>("--fill-past") { Description = "Earlier calls that no team claims become the team's too" };
        var command = new Command(verb, verb == "give" ? $"A {word} is a team's from a moment on" : $"A {word} is no team's from a moment on") { name, connection, when, database, json };
        if (verb == "give")
        {
            command.Arguments.Insert(0, team);
            command.Options.Add(past);
        }

        command.SetAction((parsed, stop) => Commands.Guard(parsed, async () =>
        {
            await using var stage = await Backstage.Open(parsed.GetValue(database), mayCreate: false, stop);
            var (book, place, what, at) = (stage.Get<TeamBook>(), stage.ConnectionNamed(parsed.GetValue(connection)!).Id, parsed.GetValue(name)!, parsed.GetValue(when));
            if (verb == "give") await book.GiveLine(Find(stage, parsed.GetValue(team)!).Id, place, kind, what, at, parsed.GetValue(past), Authority.Console);
            else await book.TakeLine(place, kind, what, at, Authority.Console);
            var changed = await stage.Get<Rejudging>().Run(stop) ?? 0;
            var to = parsed.InvocationConfiguration.Output;
            to.WriteLine(parsed.GetValue(json) ? JsonSerializer.Serialize(new { Connection = place, Name = what, changed }, CallJson.Indented) : $"{what}: done; {changed} earlier calls count for others now");
            return 0;
        }));
        return command;
    }

    internal static Team Find(Backstage stage, string named)
    {
        var teams = stage.Get<Personnel>().Now.Teams;
        return teams.GetValueOrDefault(named)
            ?? teams.Values.Where(team => string.Equals(team.Name, named, StringComparison.OrdinalIgnoreCase)).OrderBy(team => team.ArchivedAt is not null).FirstOrDefault()
            ?? throw new Refusal(RefusalKind.NotFound, "team.unknown", named);
    }

    internal static Argument<string> Which() => new("team") { Description = "The team's name or id" };

    static Option<TeamType?> Type() => new("--type") { Description = $"One of: {string.Join(", ", Enum.GetNames<TeamType>()).ToLowerInvariant()}" };

    static Option<string?> Manager() => new("--manager") { Description = "Email or id of who leads it" };

    static int Tell(ParseResult parsed, Option<bool> json, Backstage stage, Team team, string sentence)
    {
        parsed.InvocationConfiguration.Output.WriteLine(parsed.GetValue(json) ? JsonSerializer.Serialize(Shown(stage, stage.Get<Personnel>().Now.Teams[team.Id]), CallJson.Indented) : sentence);
        return 0;
    }

    static object Shown(Backstage stage, Team team)
    {
        var roster = stage.Get<Personnel>().Now;
        return new
        {
            team.Id,
            team.Name,
            team.Type,
            team.Manager,
            team.ArchivedAt,
            Members = roster.Memberships.Where(membership => membership.Team == team.Id)
                .Select(membership => new { membership.User, roster.People[membership.User].Email, membership.When.Since, membership.When.Until }),
            Lines = roster.Lines.Where(line => line.Team == team.Id).Select(line => new { line.Connection, line.Kind, line.Name, line.When.Since, line.When.Until, line.FillsPast }),
            team.Hours,
            team.Targets,
        };
    }
}
