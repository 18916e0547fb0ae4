using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using CallCenter.Audit;
using CallCenter.Calls;
using CallCenter.Teams;
using CallCenter.Teams.Routing;
using CallCenter.Telephony;

namespace CallCenter.Commands;

/// <summary><c>callcenter connection</c>: connects phone systems without a browser. A running server notices within seconds.</summary>
static class ConnectionCommand
{
    public static Command Make() => new("connection", "Connects phone systems")
    {
        Add(), List(), Rotate(), Backfill(), Doctor(), Queues(),
        ChangeState("pause", "Stops accepting what it sends", ConnectionState.Paused),
        ChangeState("activate", "Accepts what it sends", ConnectionState.Active),
        Remove(),
    };

    static Command Add()
    {
        var database = Commands.Database();
        var provider = new Option<string>("--provider") { Description = "Kind of phone system; see 'callcenter provider list'", Required = true };
        var name = new Option<string>("--name") { Description = "What people here call it", Required = true };
        var settings = Commands.Settings();
        var state = new Option<ConnectionState>("--state") { Description = "Draft, Active or Paused", DefaultValueFactory = _ => ConnectionState.Active };
        var json = Commands.AsJson();

        var command = new Command("add", "Adds a connection and prints the address and the secrets to give to the phone system") { provider, name, settings, state, database, json };
        command.SetAction((parsed, stop) => Commands.Guard(parsed, async () =>
        {
            await using var stage = await Backstage.Open(parsed.GetValue(database), mayCreate: true, stop);
            var added = await stage.Switchboard.Add(
                parsed.GetValue(provider)!, parsed.GetValue(name)!, parsed.GetValue(settings)!, parsed.GetValue(state), stop, Actor.Console);
            Tell(parsed, json, added);
            return 0;
        }));
        return command;
    }

    static Command List()
    {
        var database = Commands.Database();
        var json = Commands.AsJson();
        var command = new Command("list", "Lists the connections, without their secrets") { database, json };
        command.SetAction((parsed, stop) => Commands.Guard(parsed, async () =>
        {
            await using var stage = await Backstage.Open(parsed.GetValue(database), mayCreate: false, stop);
            var to = parsed.InvocationConfiguration.Output;
            var all = stage.Switchboard.All;
            if (parsed.GetValue(json))
                to.WriteLine(JsonSerializer.Serialize(all.Select(connection => new
                {
                    connection.Id,
                    connection.Name,
                    connection.Provider,
                    connection.State,
                    WebhookPath = WebhookPath(connection),
                    Settings = connection.Settings.Values.Where(pair => !IsSecret(connection, pair.Key)).ToDictionary(),
                    connection.CreatedAt,
                    connection.ChangedAt,
                }), CallJson.Indented));
            else
                Table.Print(to, ["id", "name", "provider", "state", "address"],
                    all.Select(connection => new[] { connection.Id, connection.Name, connection.Provider, connection.State.ToString(), WebhookPath(connection) }));
            return 0;
        }));
        return command;
    }

    static Command Rotate()
    {
        var database = Commands.Database();
        var id = Id();
        var key = new Option<string?>("--key") { Description = "Which secret; needed only where there are several" };
        var json = Commands.AsJson();
        var command = new Command("rotate", "Makes a new secret; the old one holds until the next rotation") { id, key, database, json };
        command.SetAction((parsed, stop) => Commands.Guard(parsed, async () =>
        {
            await using var stage = await Backstage.Open(parsed.GetValue(database), mayCreate: false, stop);
            var connection = stage.Switchboard.Find(parsed.GetValue(id)!) ?? throw new Refusal(RefusalKind.NotFound, "connection.unknown", parsed.GetValue(id)!);
            var which = parsed.GetValue(key) ?? SecretsOf(connection).Where(setting => !setting.ProvesUs).Select(setting => setting.Key).FirstOrDefault()
                ?? throw new Refusal(RefusalKind.Invalid, "connection.no-secret", connection.Id);
            Tell(parsed, json, await stage.Switchboard.Rotate(connection.Id, which, stop: stop, by: Actor.Console));
            return 0;
        }));
        return command;
    }

    static Command Queues()
    {
        var database = Commands.Database();
        var id = Id();
        var json = Commands.AsJson();
        var command = new Command("queues", "Says who would enter its teams' queues and who would leave them, and changes nothing") { id, database, json };
        command.SetAction((parsed, stop) => Commands.Guard(parsed, async () =>
        {
            await using var stage = await Backstage.Open(parsed.GetValue(database), mayCreate: false, stop);
            var connection = stage.ConnectionNamed(parsed.GetValue(id)!);
            var (roster, routing, now) = (stage.Get<Personnel>().Now, stage.Get<RoutingSwitch>(), stage.Get<TimeProvider>().GetUtcNow());
            var found = new List<(TeamLine Line, QueuePlan? Plan, IReadOnlyList<QueueRefusal> Refusals)>();
            foreach (var line in roster.Lines.Where(line => line.Connection == connection.Id && line.Kind == LineKind.Queue && line.When.Contains(now)))
                found.Add(await routing.PlanOf(line, roster, stop) is { } known ? (line, known.Plan, known.Refusals) : (line, null, []));
            string? NameOf(string? user) => user is null ? null : roster.People.GetValueOrDefault(user)?.Name ?? user;
            var to = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(json))
                to.WriteLine(JsonSerializer.Serialize(found.Select(one => new
                {
                    queue = one.Line.Name,
                    team = roster.Teams[one.Line.Team].Name,
                    is_kept = one.Line.IsRouted,
                    changes = one.Plan?.Changes.Select(change => new { change.Step, change.Member, change.Extension, person = NameOf(change.User) }),
                    one.Refusals,
                }), CallJson.Indented));
            else
                foreach (var (line, plan, refusals) in found)
                {
                    to.WriteLine($"{VisibleText.Line(line.Name)} of {VisibleText.Line(roster.Teams[line.Team].Name)}, {(line.IsRouted ? "kept in step" : "left as it is")}: {(plan is null ? "the phone system has not said who is in its queues" : plan.Orders.Any() ? "differs" : "agrees")}");
                    foreach (var change in plan?.Changes ?? []) to.WriteLine($"  {change.Step} {VisibleText.Line(change.Member)} {VisibleText.Line(NameOf(change.User) ?? "")}".TrimEnd());
                    foreach (var refusal in refusals) to.WriteLine($"  refused: {refusal.Step} {VisibleText.Line(refusal.Member)}: {VisibleText.Line(refusal.Said)}");
                }

            return 0;
        }));
        return command;
    }

    static Command Backfill()
    {
        var database = Commands.Database();
        var id = Id();
        var from = Commands.Instant("--from", "Calls that began from here on, ISO 8601 with an offset such as 2026-05-04T08:00:00Z");
        var to = Commands.Instant("--to", "Until here. Default: now");
        var dryRun = new Option<bool>("--dry-run") { Description = "Say what would change, and change nothing" };
        var json = Commands.AsJson();
        from.Required = true;
        var command = new Command("backfill", "Asks the phone system's call log which calls there were, and fills in what is missing") { id, from, to, dryRun, database, json };
        command.SetAction((parsed, stop) => Commands.Guard(parsed, async () =>
        {
            await using var stage = await Backstage.Open(parsed.GetValue(database), mayCreate: false, stop);
            var found = LogFetches.Askable(stage.Switchboard, stage.ConnectionNamed(parsed.GetValue(id)!).Id);
            var now = TimeProvider.System.GetUtcNow();
            var window = LogFetches.Sensible(new LogWindow(parsed.GetValue(from)!.Value, parsed.GetValue(to) ?? now), now);
            var intake = stage.Get<Intake>();
            await intake.StartAsync(CancellationToken.None);
            try
            {
                var report = await stage.Get<CallLogReader>().Read(found, window, parsed.GetValue(dryRun), null, stop);
                if (!parsed.GetValue(dryRun))
                    await stage.Get<AuditLog>().Note(Actor.Console, "calllog.asked", $"connection:{found.Id}", new { from = window.From, until = window.Until }, CancellationToken.None);
                Tell(parsed, json, report, parsed.GetValue(dryRun));
                return 0;
            }
            catch (CloudFaultException e)
            {
                throw new Refusal(RefusalKind.Unavailable, $"calllog.{e.Fault}", found.Name, e.Said);
            }
            finally
            {
                await intake.StopAsync(CancellationToken.None);
            }
        }));
        return command;
    }

    static void Tell(ParseResult parsed, Option<bool> json, LogFindings report, bool dryRun)
    {
        var to = parsed.InvocationConfiguration.Output;
        if (parsed.GetValue(json)) to.WriteLine(JsonSerializer.Serialize(report, CallJson.Indented));
        else to.WriteLine($"{report.Calls} calls: {report.Added} {(dryRun ? "would be added" : "added")}, {report.Mended} {(dryRun ? "would be mended" : "mended")}, {report.Unchanged} known as they are; "
            + $"{report.Unfinished} records of calls that go on, {report.Unreadable} that were not understood");
    }

    static Command Doctor()
    {
        var database = Commands.Database();
        var id = Id();
        var json = Commands.AsJson();
        var command = new Command("doctor", "Says what the phone system could tell of calls and does not, and where to switch it on there") { id, database, json };
        command.SetAction((parsed, stop) => Commands.Guard(parsed, async () =>
        {
            await using var stage = await Backstage.Open(parsed.GetValue(database), mayCreate: false, stop);
            var found = stage.ConnectionNamed(parsed.GetValue(id)!);
            var checkup = await stage.Get<ProviderDoctor>().Examine(found.Id, stop);
            var to = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(json))
                to.WriteLine(JsonSerializer.Serialize(new { Connection = found.Id, checkup.Calls, CallsNeeded = ProviderDoctor.CallsMin, Lacking = checkup.Lacking.Select(lacking => new { What = lacking, Remedy = RemedyOf(found, lacking) }) }, CallJson.Indented));
            else if (checkup.Calls < ProviderDoctor.CallsMin)
                to.WriteLine($"{found.Name}: {checkup.Calls} calls ended in the last {ProviderDoctor.Recent.TotalDays:0} days, too few to say anything; {ProviderDoctor.CallsMin} are needed");
            else if (checkup.Lacking.Count == 0)
                to.WriteLine($"{found.Name}: nothing that it could tell is missing in its last {checkup.Calls} calls");
            else
                foreach (var lacking in checkup.Lacking)
                    to.WriteLine($"{lacking}: none in the last {checkup.Calls} calls. {RemedyOf(found, lacking)}");
            return 0;
        }));
        return command;
    }

    static string RemedyOf(Connection connection, Telling lacking) =>
        ProviderWords.Remedy(connection.Provider, lacking, CultureInfo.GetCultureInfo("en"));

    static Command ChangeState(string verb, string what, ConnectionState state)
    {
        var database = Commands.Database();
        var id = Id();
        var command = new Command(verb, what) { id, database };
        command.SetAction((parsed, stop) => Commands.Guard(parsed, async () =>
        {
            await using var stage = await Backstage.Open(parsed.GetValue(database), mayCreate: false, stop);
            var changed = await stage.Switchboard.Change(parsed.GetValue(id)!, state: state, stop: stop, by: Actor.Console);
            parsed.InvocationConfiguration.Output.WriteLine($"{changed.Id} is {changed.State}");
            return 0;
        }));
        return command;
    }

    static Command Remove()
    {
        var database = Commands.Database();
        var id = Id();
        var command = new Command("remove", "Forgets a connection and its secrets; its calls stay") { id, database };
        command.SetAction((parsed, stop) => Commands.Guard(parsed, async () =>
        {
            await using var stage = await Backstage.Open(parsed.GetValue(database), mayCreate: false, stop);
            var found = stage.Switchboard.Find(parsed.GetValue(id)!) ?? throw new Refusal(RefusalKind.NotFound, "connection.unknown", parsed.GetValue(id)!);
            await stage.Switchboard.Remove(found.Id, stop, Actor.Console);
            parsed.InvocationConfiguration.Output.WriteLine($"{found.Id} is removed");
            return 0;
        }));
        return command;
    }

    static void Tell(ParseResult parsed, Option<bool> json, Connection connection)
    {
        var to = parsed.InvocationConfiguration.Output;
        var secrets = SecretsOf(connection).Where(setting => !setting.ProvesUs).Select(setting => KeyValuePair.Create(setting.Key, connection.Settings[setting.Key]))
            .Where(pair => pair.Value.Length > 0).ToDictionary();
        if (parsed.GetValue(json))
        {
            to.WriteLine(JsonSerializer.Serialize(new
            {
                connection.Id,
                connection.Name,
                connection.Provider,
                connection.State,
                WebhookPath = WebhookPath(connection),
                Secret = secrets.Values.FirstOrDefault(),
                Secrets = secrets,
            }, CallJson.Indented));
            return;
        }

        to.WriteLine($"{connection.Name} is {connection.State}: {connection.Id}");
        if (WebhookPath(connection) is { } path) to.WriteLine($"address  {path}");
        foreach (var (key, value) in secrets) to.WriteLine($"{key}  {value}");
        if (secrets.Count > 0) to.WriteLine("The secrets are shown this once.");
    }

    static Argument<string> Id() => new("id") { Description = "The connection's id; see 'callcenter connection list'" };

    static string? WebhookPath(Connection connection) =>
        Catalogue.All.GetValueOrDefault(connection.Provider) is IWebhookProvider ? $"/webhooks/{connection.Id}" : null;

    static IEnumerable<SettingInfo> SecretsOf(Connection connection) =>
        Catalogue.All.GetValueOrDefault(connection.Provider)?.Info.Settings.Where(setting => setting.Secret) ?? [];

    /// <summary>Of a provider that this program does not know (yet) nothing is shown, for any of it may be secret.</summary>
    static bool IsSecret(Connection connection, string key) => !Catalogue.All.ContainsKey(connection.Provider)
        || SecretsOf(connection).Any(setting => key == setting.Key || key == setting.Key + "_previous");
}
