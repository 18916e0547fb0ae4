using CallCenter.Live;
using CallCenter.Presence;
using CallCenter.Teams;
using CallCenter.Telephony;
using CallCenter.Tests.Telephony;
using Microsoft.Extensions.Logging.Abstractions;
using static CallCenter.Tests.Telephony.LineWatching;

namespace CallCenter.Tests.Presence;

/// <summary>Pauses here and in the queues of a phone system, over a real socket of loopback.</summary>
public sealed class PhonePausesTests
{
    const string Eva = "PJSIP/101", Luis = "Local/102@from-queue/n";

    static readonly (string, string) Switched = (Control.Setting, Control.On);

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task Who_pauses_at_the_telephone_pauses_here_and_who_pauses_here_pauses_there_and_nothing_echoes(On database)
    {
        await using var pbx = new FakePbx { OddWrites = 3 };
        pbx.Members[("ventas", Eva)] = pbx.Members[("taller", Eva)] = pbx.Members[("ventas", Luis)] = (false, "");
        await using var room = await Room.Open(database, "asterisk", pbx, pbx.Settings(Switched));

        // In one of two queues is no pause; in both it is, with its reason.
        await pbx.Pause(Eva, true, "comida", "taller");
        await pbx.Say(pbx.Told("QueueMemberStatus", ("taller", Eva)));
        await pbx.Pause(Luis, true, "whatever");
        await room.Stands("luis", PresenceState.Paused, PauseReason.Other);
        Assert.Equal(PresenceState.Available, (await room.Find("eva")).State);
        await pbx.Pause(Eva, true, "comida", "ventas");
        await room.Stands("eva", PresenceState.Paused, PauseReason.Lunch);
        await pbx.Pause(Eva, false);
        await room.Stands("eva", PresenceState.Available);
        await pbx.Pause(Luis, false);
        await room.Stands("luis", PresenceState.Available);
        Assert.Empty(pbx.Orders);

        // Said here, it is told there, once; changing one's mind at once too.
        await room.Book.Pause(room.Id("eva"), PauseReason.Break);
        await Eventually(() => Task.FromResult(pbx.Members.Where(member => member.Key.Interface == Eva).All(member => member.Value == (true, "Break"))));
        await room.Book.Pause(room.Id("eva"), PauseReason.Training);
        await Eventually(() => Task.FromResult(pbx.Members[("ventas", Eva)] == (true, "Training")));
        await room.Book.Resume(room.Id("eva"));
        await Eventually(() => Task.FromResult(pbx.Members.Values.All(member => !member.IsPaused)));
        await Task.Delay(300);
        Assert.Equal([$"{Eva} true Break", $"{Eva} true Training", $"{Eva} false "], pbx.Orders.Select(order => $"{order["Interface"]} {order["Paused"]} {order.GetValueOrDefault("Reason")}"));
        Assert.Equal(PresenceState.Available, (await room.Find("eva")).State);
        Assert.Equal(PresenceState.Available, (await room.Find("luis")).State);
    }

    [Fact]
    public async Task Who_changes_his_mind_before_the_phone_system_has_answered_ends_as_he_said_last()
    {
        await using var pbx = new FakePbx();
        pbx.Members[("ventas", Eva)] = (false, "");
        await using var room = await Room.Open(On.Sqlite, "asterisk", pbx, pbx.Settings(Switched));
        for (var i = 0; i < 10; i++)
        {
            await room.Book.Pause(room.Id("eva"), PauseReason.Break);
            await Task.Delay(i * 3);
            await room.Book.Resume(room.Id("eva"));
        }

        await Task.Delay(500);
        Assert.Equal(PresenceState.Available, (await room.Find("eva")).State);
        Assert.Equal((false, ""), pbx.Members[("ventas", Eva)]);
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task After_a_lost_link_the_newest_word_wins(On database)
    {
        await using var pbx = new FakePbx();
        pbx.Members[("ventas", Eva)] = pbx.Members[("ventas", Luis)] = pbx.Members[("ventas", "PJSIP/103")] = (false, "");
        await using var room = await Room.Open(database, "asterisk", pbx, pbx.Settings(Switched));
        await pbx.Pause("PJSIP/103", true, "Training");
        await room.Stands("marta", PresenceState.Paused, PauseReason.Training);

        pbx.Close();
        await pbx.Drop();
        await StatusOf(room.House, room.Line, status => status.State != LineState.Online);
        pbx.Members[("ventas", Luis)] = (true, "Break"); // at his telephone, and nobody hears it
        await room.Book.Pause(room.Id("eva"), PauseReason.Lunch); // here, and nobody can be told
        pbx.Open();
        await room.Stands("luis", PresenceState.Paused, PauseReason.Break);
        await Eventually(() => Task.FromResult(pbx.Members[("ventas", Eva)] == (true, "Lunch")));
        await room.Stands("eva", PresenceState.Paused, PauseReason.Lunch);
        await room.Stands("marta", PresenceState.Paused, PauseReason.Training);
        Assert.Single(pbx.Orders);

        // Who is taken out of the queues meanwhile has no word any more, and stays as he is.
        pbx.Close();
        await pbx.Drop();
        await StatusOf(room.House, room.Line, status => status.State != LineState.Online);
        pbx.Members.TryRemove(("ventas", Luis), out _);
        pbx.Open();
        await StatusOf(room.House, room.Line, status => status is { State: LineState.Online, IsSettled: true });
        await room.Book.Resume(room.Id("luis"));
        await Task.Delay(200);
        Assert.Equal(PresenceState.Available, (await room.Find("luis")).State);
        Assert.Single(pbx.Orders);
    }

    [Fact]
    public async Task Without_leave_nothing_is_told_but_all_is_heard()
    {
        await using var pbx = new FakePbx();
        pbx.Members[("ventas", Eva)] = (false, "");
        await using var room = await Room.Open(On.Sqlite, "asterisk", pbx, pbx.Settings());
        await room.Book.Pause(room.Id("eva"), PauseReason.Break);
        await Task.Delay(200);
        Assert.Equal((false, ""), pbx.Members[("ventas", Eva)]);
        Assert.Equal(PresenceState.Paused, (await room.Find("eva")).State);
        await room.Book.Resume(room.Id("eva"));
        await pbx.Pause(Eva, true, "Lunch");
        await room.Stands("eva", PresenceState.Paused, PauseReason.Lunch);
        Assert.Empty(pbx.Orders);
    }

    [Fact]
    public async Task Who_is_away_stays_away_and_who_comes_to_a_paused_telephone_is_paused()
    {
        await using var pbx = new FakePbx();
        pbx.Members[("ventas", Eva)] = (true, "Break");
        await using var room = await Room.Open(On.Sqlite, "asterisk", pbx, pbx.Settings(Switched), isThere: false);
        await Task.Delay(200);
        Assert.Equal(PresenceState.Offline, (await room.Find("eva")).State);
        await room.Book.See(room.Id("eva"));
        await room.Stands("eva", PresenceState.Paused, PauseReason.Break);
        Assert.Empty(pbx.Orders);
        await room.Book.Resume(room.Id("eva"));
        await Eventually(() => Task.FromResult(!pbx.Members[("ventas", Eva)].IsPaused));
    }

    [Fact]
    public async Task An_account_that_may_not_pause_anybody_is_asked_once_and_the_pause_here_stands()
    {
        await using var pbx = new FakePbx { MayControl = false };
        pbx.Members[("ventas", Eva)] = (false, "");
        await using var room = await Room.Open(On.Sqlite, "asterisk", pbx, pbx.Settings(Switched));
        await room.Book.Pause(room.Id("eva"), PauseReason.Break);
        await Eventually(() => Task.FromResult(!pbx.Orders.IsEmpty));
        await pbx.Say(pbx.Told("QueueMemberStatus", ("ventas", Eva)));
        await Task.Delay(300);
        Assert.Single(pbx.Orders);
        Assert.Equal(PresenceState.Paused, (await room.Find("eva")).State);
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task FreeSWITCH_knows_breaks_without_reasons(On database)
    {
        await using var pbx = new FakeFreeSwitch();
        pbx.Agents["101@empresa.example"] = pbx.Agents["102@empresa.example"] = "Available";
        await using var room = await Room.Open(database, "freeswitch", pbx, pbx.Settings(Switched));
        await pbx.Stand("101@empresa.example", "On Break");
        await room.Stands("eva", PresenceState.Paused, PauseReason.Other);
        await room.Book.Pause(room.Id("eva"), PauseReason.Lunch); // a reason is nothing to be told there
        await pbx.Stand("101@empresa.example", "Available (On Demand)");
        await room.Stands("eva", PresenceState.Available);
        Assert.Empty(pbx.Orders);
        await room.Book.Pause(room.Id("luis"), PauseReason.Training);
        await Eventually(() => Task.FromResult(pbx.Agents["102@empresa.example"] == "On Break"));
        await room.Stands("luis", PresenceState.Paused, PauseReason.Training);

        pbx.Close();
        await pbx.Drop();
        await StatusOf(room.House, room.Line, status => status.State != LineState.Online);
        pbx.Agents["102@empresa.example"] = "Available";
        pbx.Open();
        await room.Stands("luis", PresenceState.Available);
        Assert.Equal(["callcenter_config agent set status 102@empresa.example 'On Break'"], pbx.Orders);
    }

    /// <summary>Three operators at their screens, with a telephone each, and the line to their phone system.</summary>
    sealed class Room : IAsyncDisposable
    {
        readonly Dictionary<string, string> ids = [];
        readonly CloudDoor cloud = new();
        PhonePauses? pauses;

        public required House House { get; init; }

        public required PresenceBook Book { get; init; }

        public required Connection Line { get; set; }

        public static async Task<Room> Open(On database, string provider, FakePhoneSystem pbx, Dictionary<string, string> settings, bool isThere = true)
        {
            var house = await House.Open(database);
            var lines = await house.RunLines(Quick);
            var book = new PresenceBook(house.Db, TimeProvider.System);
            var room = new Room { House = house, Book = book, Line = await house.Switchboard.Add(provider, "central", settings, ConnectionState.Paused) };
            foreach (var (name, extension) in ((string, string)[])[("eva", "101"), ("luis", "102"), ("marta", "103")])
            {
                var person = await house.Users.Add(new NewPerson($"{name}@example.com", name, [Role.Operator]), null, Authority.Console);
                await house.Teams.GiveExtension(person.Id, room.Line.Id, extension, DateTimeOffset.MinValue, Authority.Console);
                room.ids[name] = person.Id;
                if (isThere) await book.See(person.Id);
            }

            room.pauses = new PhonePauses(lines, new CallControl(house.Switchboard, lines, room.cloud, house.Tokens(room.cloud), new PublicAddress(null), house.Audit, TimeProvider.System), house.Personnel, book, TimeProvider.System, NullLogger<PhonePauses>.Instance);
            await room.pauses.StartAsync(default);
            room.Line = await house.Switchboard.Change(room.Line.Id, state: ConnectionState.Active);
            await StatusOf(house, room.Line, status => status is { State: LineState.Online, IsSettled: true } && pbx.Logins > 0);
            return room;
        }

        public string Id(string name) => ids[name];

        public Task<PersonPresence> Find(string name) => Book.Find(ids[name]);

        public Task Stands(string name, PresenceState state, PauseReason? reason = null)
        {
            PersonPresence? last = null;
            return Eventually(async () => (last = await Find(name)).State == state && last.Reason == reason, say: () => $"{name} {last}");
        }

        public async ValueTask DisposeAsync()
        {
            await pauses!.StopAsync(default);
            pauses.Dispose();
            await House.DisposeAsync();
            cloud.Dispose();
        }
    }
}
