using System.CommandLine;
using System.Text.Json;
using CallCenter.Calls;
using CallCenter.SigningIn;
using CallCenter.Teams;
using CallCenter.Teams.Import;

namespace CallCenter.Commands;

/// <summary><c>callcenter user import</c> and <c>team import</c>: a list of people or of teams from a spreadsheet.</summary>
static class PeopleImportCommand
{
    public static Command Make()
    {
        var path = new Argument<string>("file") { Description = "A CSV file. With a column 'email' it is a list of people (name, roles, abilities, teams, extensions, phones, language, time zone); with a column 'team', of teams (type, manager, members, lines, queues)" };
        var dryRun = new Option<bool>("--dry-run") { Description = "Say what would change, and change nothing" };
        var invite = new Option<bool>("--invite") { Description = "Make an invitation for everybody who is new; it is mailed where a mail server is set, and printed" };
        var (database, when, json) = (Commands.Database(), Commands.When(), Commands.AsJson());
        var command = new Command("import", "Brings people or teams in from a CSV file: all of it, or nothing when a line is wrong") { path, dryRun, invite, when, database, json };
        command.SetAction((parsed, stop) => Commands.Guard(parsed, async () =>
        {
            var (to, since) = (parsed.InvocationConfiguration.Output, parsed.GetValue(when));
            var file = PeopleFile.Read(await File.ReadAllBytesAsync(parsed.GetValue(path)!, stop));
            await using var stage = await Backstage.Open(parsed.GetValue(database), mayCreate: false, stop);
            var import = stage.Get<PeopleImport>();
            var plan = import.Plan(file, since, Authority.Console);
            var isDone = plan.CanBeDone && !parsed.GetValue(dryRun);
            var added = isDone ? await import.Apply(file, plan, since, Authority.Console, stop) : [];
            if (isDone) await stage.Get<Rejudging>().Run(stop);
            var invitations = new List<(string Email, MadeLink Link)>();
            if (parsed.GetValue(invite))
                foreach (var id in added) invitations.Add((stage.Get<Personnel>().Now.People[id].Email, await stage.Get<AccountLinks>().Invite(id, Authority.Console)));

            if (parsed.GetValue(json)) to.WriteLine(JsonSerializer.Serialize(Shown(plan, isDone, invitations), CallJson.Indented));
            else Print(to, plan, isDone, invitations);
            if (plan.Count(ImportVerdict.Wrong) is var wrong and > 0)
            {
                parsed.InvocationConfiguration.Error.WriteLine($"callcenter: {wrong} lines are wrong, so nothing was imported; mend them and import the file again");
                return 1;
            }

            return 0;
        }));
        return command;
    }

    static object Shown(ImportPlan plan, bool isDone, List<(string Email, MadeLink Link)> invitations) => new
    {
        Of = plan.IsOfPeople ? "people" : "teams",
        isDone,
        Added = plan.Count(ImportVerdict.Added),
        Changed = plan.Count(ImportVerdict.Changed),
        Same = plan.Count(ImportVerdict.Same),
        Wrong = plan.Count(ImportVerdict.Wrong),
        UnusedColumns = plan.Unused,
        Lines = plan.Lines.Select(line => new { Line = line.Number, line.Name, line.Verdict, line.Changes, Why = line.Why is { } why ? Sentences.Of(why) : null }),
        Invitations = invitations.Select(one => new { one.Email, Link = one.Link.Address, one.Link.IsMailed }),
    };

    static void Print(TextWriter to, ImportPlan plan, bool isDone, List<(string Email, MadeLink Link)> invitations)
    {
        Table.Print(to, ["line", plan.IsOfPeople ? "person" : "team", "verdict", "changes"], plan.Lines.Select(line => new[]
        {
            $"{line.Number}", line.Name, $"{line.Verdict}".ToLowerInvariant(),
            line.Why is { } why ? Sentences.Of(why) : string.Join("; ", line.Changes.Select(change => change.Before is { Length: > 0 } before ? $"{change.Field}: {before} -> {change.After}" : $"{change.Field}: {change.After}")),
        }));
        if (plan.Unused.Count > 0) to.WriteLine($"columns that are not used: {string.Join(", ", plan.Unused)}");
        to.WriteLine($"{plan.Count(ImportVerdict.Added)} new, {plan.Count(ImportVerdict.Changed)} changed, {plan.Count(ImportVerdict.Same)} as they were{(isDone ? "" : "; nothing was done")}");
        foreach (var (email, link) in invitations) to.WriteLine($"{email}  {link.Address}{(link.IsMailed ? "  (mailed)" : "")}");
    }
}
