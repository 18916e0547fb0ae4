using System.Text.Json;
using CallCenter.Audit;
using CallCenter.Live;
using CallCenter.Presence;
using CallCenter.Teams;
using CallCenter.Teams.Routing;
using CallCenter.Telephony;
using CallCenter.Tests.Commands;
using CallCenter.Tests.Telephony;
using Microsoft.Extensions.Logging.Abstractions;
using static CallCenter.Tests.Telephony.LineWatching;

namespace CallCenter.Tests.Teams.Routing;

/// <summary>Queues in step with teams, over a real socket of loopback: exactly what differs is told, once.</summary>
public sealed class QueueKeeperTests
{
    static readonly (string, string) Switched = (Control.Setting, Control.On);

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task Asterisk_is_told_who_joins_and_who_leaves_and_nothing_else(On database)
    {
        await using var pbx = new FakePbx { OddWrites = 3 };
        pbx.Members[("ventas", "PJSIP/101")] = pbx.Members[("ventas", "PJSIP/900")] = pbx.Members[("ventas", "PJSIP/103")] = (false, "");
        pbx.Members[("taller", "Local/102@from-queue/n")] = (false, "");
        pbx.Static.Add(("ventas", "PJSIP/103"));
        await using var room = await Room.Open(database, "asterisk", pbx, pbx.Settings(Switched));
        await room.Join("eva");
        await room.Join("luis");

        // Switched off, the plan is there to be seen and nothing is done.
        await room.Plans(["Join Local/102@from-queue/n luis", "Fixed PJSIP/103 marta", "Stranger PJSIP/900 "]);
        await Task.Delay(200);
        Assert.Empty(pbx.Orders);

        // As he is known from another queue; a telephone behind a Local channel has its own state.
        await room.Turn(true);
        await Eventually(() => Task.FromResult(pbx.Members.ContainsKey(("ventas", "Local/102@from-queue/n"))));
        await room.Plans(["Fixed PJSIP/103 marta", "Stranger PJSIP/900 "]);
        Assert.Equal(["QueueAdd ventas Local/102@from-queue/n luis PJSIP/102"], Told(pbx));

        // Out of the team and in again, at once.
        await room.Leave("eva");
        await Eventually(() => Task.FromResult(!pbx.Members.ContainsKey(("ventas", "PJSIP/101"))));
        await room.Join("eva");
        await Eventually(() => Task.FromResult(pbx.Members.ContainsKey(("ventas", "PJSIP/101"))));
        // Somebody takes her out at the telephone; the team says otherwise.
        await pbx.Leave("ventas", "PJSIP/101");
        await Eventually(() => Task.FromResult(pbx.Members.ContainsKey(("ventas", "PJSIP/101"))));
        await Task.Delay(200);
        Assert.Equal(
            ["QueueAdd ventas Local/102@from-queue/n luis PJSIP/102", "QueueRemove ventas PJSIP/101", "QueueAdd ventas PJSIP/101 eva", "QueueAdd ventas PJSIP/101 eva"], Told(pbx));
        Assert.Equal(4, (await room.House.Audit.List(new AuditFilter())).Count(entry => entry.Action.StartsWith("queue.member-", StringComparison.Ordinal)));

        // Off again, the queue stays as it stands.
        await room.Turn(false);
        await room.Leave("eva");
        await Task.Delay(200);
        Assert.Equal(4, pbx.Orders.Count);
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task After_a_lost_link_only_what_differs_is_told(On database)
    {
        await using var pbx = new FakePbx();
        pbx.Members[("ventas", "PJSIP/101")] = pbx.Members[("ventas", "PJSIP/102")] = (false, "");
        await using var room = await Room.Open(database, "asterisk", pbx, pbx.Settings(Switched));
        foreach (var name in (string[])["eva", "luis"]) await room.Join(name);
        await room.Turn(true);
        await room.Plans([]);

        pbx.Close();
        await pbx.Drop();
        await StatusOf(room.House, room.Line, status => status.State != LineState.Online);
        pbx.Members.TryRemove(("ventas", "PJSIP/101"), out _); // there, and nobody hears it
        await room.Leave("luis"); // here, and nobody can be told
        await room.Rest("marta");
        await room.Join("marta");
        await Task.Delay(100);
        Assert.Empty(pbx.Orders);
        pbx.Open();
        await Eventually(() => Task.FromResult(pbx.Members.Keys.Select(member => member.Interface).Order().SequenceEqual(["PJSIP/101", "PJSIP/103"])));
        await room.Plans([]);
        await Task.Delay(200);
        Assert.Equal(["QueueAdd ventas PJSIP/101 eva", "QueueAdd ventas PJSIP/103 marta true", "QueueRemove ventas PJSIP/102"], Told(pbx).Order());
    }

    [Fact]
    public async Task What_is_refused_is_shown_in_its_words_and_not_said_again()
    {
        await using var pbx = new FakePbx();
        pbx.Members[("taller", "PJSIP/101")] = (false, "");
        await using var room = await Room.Open(On.Sqlite, "asterisk", pbx, pbx.Settings(Switched));
        await room.Join("eva");
        await room.Turn(true);
        await Eventually(async () => (await room.Switch.PlanOf(room.Queue, room.House.Personnel.Now))?.Refusals.Count == 1);
        Assert.Equal("Unable to add interface to queue: No such queue", (await room.Switch.PlanOf(room.Queue, room.House.Personnel.Now))!.Value.Refusals[0].Said);
        await pbx.Pause("PJSIP/101", true, "Break", "taller");
        await room.Join("luis");
        await Eventually(() => Task.FromResult(pbx.Orders.Count == 2));
        await Task.Delay(200);
        Assert.Equal(["QueueAdd ventas PJSIP/101 eva", "QueueAdd ventas PJSIP/102 luis"], Told(pbx));
    }

    [Fact]
    public async Task The_plan_is_also_told_on_the_console()
    {
        await using var house = await House.Open();
        var (_, added, _) = await Cli.Run("connection", "add", "--provider", "asterisk", "--name", "Central", "--set", "host=127.0.0.1", "--set", "username=u", "--set", "secret=s", "--database", house.Db.File, "--json");
        var connection = JsonDocument.Parse(added).RootElement.GetProperty("id").GetString()!;
        var team = await house.Teams.Add("Ventas", TeamType.Sales, Authority.Console);
        await house.Teams.GiveLine(team.Id, connection, LineKind.Queue, "ventas", null, fillsPast: false, Authority.Console);
        var eva = await house.Users.Add(new NewPerson("eva@example.com", "Eva", [Role.Operator]), null, Authority.Console);
        await house.Teams.GiveExtension(eva.Id, connection, "101", null, Authority.Console);
        await house.Teams.AddMember(team.Id, eva.Id, null, Authority.Console);

        var (code, told, _) = await Cli.Run("connection", "queues", connection, "--database", house.Db.File);
        Assert.Equal((0, "ventas of Ventas, left as it is: the phone system has not said who is in its queues\n"), (code, told));
        await new QueueRolls(house.Db).Keep(connection, new HeardRoll(DateTimeOffset.UtcNow, [new("ventas", "PJSIP/900", "900")], [new("ventas", QueueStep.Join, "PJSIP/101", "No such queue")]));
        (_, told, _) = await Cli.Run("connection", "queues", connection, "--database", house.Db.File);
        Assert.Equal("ventas of Ventas, left as it is: differs\n  Join PJSIP/101 Eva\n  Stranger PJSIP/900\n  refused: Join PJSIP/101: No such queue\n", told);
        (_, var json, _) = await Cli.Run("connection", "queues", connection, "--database", house.Db.File, "--json");
        Assert.Equal("join", JsonDocument.Parse(json).RootElement[0].GetProperty("changes")[0].GetProperty("step").GetString());
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task FreeSWITCH_lets_agents_into_tiers_and_takes_them_out(On database)
    {
        await using var pbx = new FakeFreeSwitch();
        pbx.Know("ventas@default");
        pbx.Agents["101@empresa.example"] = pbx.Agents["900@empresa.example"] = "Available";
        pbx.Agents["102@empresa.example"] = "Logged Out";
        pbx.Tiers[("ventas@default", "102@empresa.example")] = pbx.Tiers[("ventas@default", "900@empresa.example")] = 0;
        await using var room = await Room.Open(database, "freeswitch", pbx, pbx.Settings(Switched));
        await room.Join("eva");
        await room.Join("marta");
        await room.Plans(["Join 101@empresa.example eva", "Leave 102@empresa.example luis", "Stranger 900@empresa.example ", "Unknown 103 marta"]);
        await room.Turn(true);
        await room.Plans(["Stranger 900@empresa.example ", "Unknown 103 marta"]);
        Assert.Equal(["callcenter_config tier add ventas@default 101@empresa.example 1 1", "callcenter_config tier del ventas@default 102@empresa.example"], pbx.Orders);

        pbx.Close();
        await pbx.Drop();
        await StatusOf(room.House, room.Line, status => status.State != LineState.Online);
        pbx.Tiers.Clear();
        pbx.Agents["103@empresa.example"] = "Available";
        pbx.Open();
        await room.Plans([]);
        await Task.Delay(200);
        Assert.Equal(["callcenter_config tier add ventas@default 101@empresa.example 1 1", "callcenter_config tier add ventas@default 103@empresa.example 1 1"], pbx.Orders.Skip(2).Order());
    }

    [Fact]
    public async Task Without_leave_to_control_it_cannot_be_switched_on()
    {
        await using var pbx = new FakePbx();
        pbx.Members[("ventas", "PJSIP/101")] = (false, "");
        await using var room = await Room.Open(On.Sqlite, "asterisk", pbx, pbx.Settings());
        Assert.Equal("control.off", (await Assert.ThrowsAsync<Refusal>(() => room.Turn(true))).Code);
        Assert.Equal("team.no-line", (await Assert.ThrowsAsync<Refusal>(() => room.Switch.TurnQueue(room.Line.Id, "otra", false, Authority.Console))).Code);
    }

    static List<string> Told(FakePbx pbx) =>
        [.. pbx.Orders.Select(order => string.Join(' ', ((string[])["Action", "Queue", "Interface", "MemberName", "Paused", "StateInterface"]).Select(key => order.GetValueOrDefault(key)).OfType<string>()))];

    /// <summary>A team with the queue <c>ventas</c>, three people with a telephone each who are not in it yet, and the line to their phone system.</summary>
    sealed class Room : IAsyncDisposable
    {
        readonly Dictionary<string, string> ids = [];
        readonly CloudDoor cloud = new();
        Team? team;
        QueueKeeper? keeper;

        public required House House { get; init; }

        public required Connection Line { get; set; }

        public required RoutingSwitch Switch { get; init; }

        public required PresenceBook Presence { get; init; }

        public TeamLine Queue => House.Personnel.Now.Lines.Single();

        public static async Task<Room> Open(On database, string provider, FakePhoneSystem pbx, Dictionary<string, string> settings)
        {
            var house = await House.Open(database);
            var lines = await house.RunLines(Quick);
            var rolls = new QueueRolls(house.Db);
            var room = new Room
            {
                House = house,
                Presence = new PresenceBook(house.Db, TimeProvider.System),
                Switch = new RoutingSwitch(house.Teams, house.Switchboard, rolls, TimeProvider.System),
                Line = await house.Switchboard.Add(provider, "central", settings, ConnectionState.Paused),
            };
            room.team = await house.Teams.Add("Ventas", TeamType.Sales, Authority.Console);
            await house.Teams.GiveLine(room.team.Id, room.Line.Id, LineKind.Queue, "ventas", null, fillsPast: false, Authority.Console);
            foreach (var (name, extension) in ((string, string)[])[("eva", "101"), ("luis", "102"), ("marta", "103")])
            {
                var person = await house.Users.Add(new NewPerson($"{name}@example.com", name, [Role.Operator]), null, Authority.Console);
                await house.Teams.GiveExtension(person.Id, room.Line.Id, extension, DateTimeOffset.MinValue, Authority.Console);
                room.ids[name] = person.Id;
            }

            room.keeper = new QueueKeeper(lines, new CallControl(house.Switchboard, lines, room.cloud, house.Tokens(room.cloud), new PublicAddress(null), house.Audit, TimeProvider.System), house.Switchboard, house.Personnel, rolls, room.Presence,
                house.Audit, TimeProvider.System, NullLogger<QueueKeeper>.Instance);
            await room.keeper.StartAsync(default);
            room.Line = await house.Switchboard.Change(room.Line.Id, state: ConnectionState.Active);
            await StatusOf(house, room.Line, status => status is { State: LineState.Online, IsSettled: true } && pbx.Logins > 0);
            return room;
        }

        public Task Join(string name) => House.Teams.AddMember(team!.Id, ids[name], null, Authority.Console);

        public async Task Rest(string name)
        {
            await Presence.See(ids[name]);
            await Presence.Pause(ids[name], PauseReason.Break);
        }

        public Task Leave(string name) => House.Teams.RemoveMember(team!.Id, ids[name], null, Authority.Console);

        public Task Turn(bool isOn) => Switch.TurnQueue(Line.Id, "ventas", isOn, Authority.Console);

        /// <summary>What differs, in the end.</summary>
        public Task Plans(string[] expected)
        {
            List<string>? last = null;
            return Eventually(async () => (last = (await Switch.PlanOf(Queue, House.Personnel.Now))?.Plan.Changes
                    .Select(change => $"{change.Step} {change.Member} {(change.User is { } user ? House.Personnel.Now.People[user].Name : "")}").Order(StringComparer.Ordinal).ToList())?.SequenceEqual(expected.Order(StringComparer.Ordinal)) == true,
                say: () => last is null ? "nothing" : string.Join(", ", last));
        }

        public async ValueTask DisposeAsync()
        {
            await keeper!.StopAsync(default);
            keeper.Dispose();
            await House.DisposeAsync();
            cloud.Dispose();
        }
    }
}
