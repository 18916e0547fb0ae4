using System.Security.Cryptography;
using System.Text;
using CallCenter.Audit;
using CallCenter.Live;
using CallCenter.Telephony;
using CallCenter.Telephony.Wire;
using static CallCenter.Tests.Telephony.LineWatching;

namespace CallCenter.Tests.Telephony;

/// <summary>Calls placed and ended through a manager port, an event socket and a cloud, all of loopback.</summary>
public sealed class CallControlTests
{
    static readonly LineLimits Short = Quick with { OrderWithin = TimeSpan.FromMilliseconds(400), FailsWithin = TimeSpan.FromMilliseconds(400) };
    static readonly (string, string) Switched = (Control.Setting, Control.On);

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task Asterisk_rings_the_operator_and_dials_for_him(On database)
    {
        await using var pbx = new FakePbx { OddWrites = 3 };
        await using var house = await House.Open(database);
        var line = await Connect(house, "asterisk", pbx, pbx.Settings(Switched, ("country", "ES"), ("dial_prefix", "0")));
        using var cloud = new CloudDoor();
        var control = Of(house, cloud);

        var placed = await control.Place(new CallWish(line.Id, "101", "+34600111222", "u1"), Actor.User("u1", "Ana"));

        Assert.Equal(new PlacedCall(line.Id, "101", "+34600111222", null), placed);
        Assert.True(pbx.Orders.TryDequeue(out var order));
        Assert.True(Guid.TryParse(order["ActionID"], out _));
        Assert.Equal([("Action", "Originate"), ("Async", "true"), ("CallerID", "<101>"), ("Channel", "PJSIP/101"), ("Context", "from-internal"), ("Exten", "0600111222"), ("Priority", "1"), ("Timeout", "30000")],
            order.Where(field => field.Key != "ActionID").Select(field => (field.Key, field.Value)).Order());
        var noted = Assert.Single(await house.Audit.List(new AuditFilter(Action: "call.")));
        Assert.Equal(("call.placed", "user:u1", $"connection:{line.Id}", "+34600111222", "101"),
            (noted.Action, noted.Actor.Id, noted.Subject, noted.Detail.GetProperty("number").GetString(), noted.Detail.GetProperty("extension").GetString()));

        await control.HangUp(line.Id, "PJSIP/101-0000001a", Actor.User("u1", "Ana"));
        Assert.True(pbx.Orders.TryDequeue(out var end));
        Assert.Equal(("Hangup", "PJSIP/101-0000001a"), (end["Action"], end["Channel"]));
        Assert.Equal("control.refused", await Refused(() => control.HangUp(line.Id, "gone-1", Actor.Server)));
        // The line heard it all and is none the worse for it.
        Assert.True(house.Lines.Find(line.Id) is { State: LineState.Online, IsSettled: true, Warning: null });
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task FreeSWITCH_rings_the_operator_and_dials_for_him(On database)
    {
        await using var pbx = new FakeFreeSwitch();
        await using var house = await House.Open(database);
        var line = await Connect(house, "freeswitch", pbx, pbx.Settings(Switched, ("country", "ES"), ("dial_telephone", "user/{extension}@empresa.example"), ("dial_caller_id", "+34910000000")));
        using var cloud = new CloudDoor();
        var control = Of(house, cloud);

        await control.Place(new CallWish(line.Id, "101", "600111222", "u1"), Actor.Server);
        await house.Switchboard.Change(line.Id, settings: new Dictionary<string, string> { ["dial_gateway"] = "operador" });
        await StatusOf(house, line, status => status is { State: LineState.Online, IsSettled: true } && pbx.Logins == 2);
        await control.Place(new CallWish(line.Id, "102", "600111222", "u2"), Actor.Server);
        await control.HangUp(line.Id, "5b0f2a9e-0000-4000-8000-000000000001", Actor.Server);

        const string First = "originate {origination_caller_id_number=+34910000000,originate_timeout=30,ignore_early_media=true}user/";
        Assert.Equal(
            [$"{First}101@empresa.example 600111222 XML default", $"{First}102@empresa.example &bridge(sofia/gateway/operador/600111222)", "uuid_kill 5b0f2a9e-0000-4000-8000-000000000001 NORMAL_CLEARING"],
            pbx.Orders);
        Assert.Equal(["call.hung-up", "call.placed", "call.placed"], (await house.Audit.List(new AuditFilter(Action: "call."))).Select(entry => entry.Action));
    }

    [Fact]
    public async Task An_account_that_may_only_listen_is_told_which_right_it_lacks()
    {
        await using var asterisk = new FakePbx { MayControl = false };
        await using var freeSwitch = new FakeFreeSwitch { MayControl = false };
        await using var house = await House.Open();
        var one = await Connect(house, "asterisk", asterisk, asterisk.Settings(Switched));
        var other = await Connect(house, "freeswitch", freeSwitch, freeSwitch.Settings(Switched), isFirst: false);
        using var cloud = new CloudDoor();
        var control = Of(house, cloud);

        foreach (var line in (Connection[])[one, other])
        {
            var refusal = await Assert.ThrowsAsync<Refusal>(() => control.Place(new CallWish(line.Id, "101", "600111222", line.Id), Actor.Server));
            Assert.Equal("control.not-permitted", refusal.Code);
            Assert.Contains("'originate'", Sentences.Of(refusal));
        }

        Assert.Equal(2, (await house.Audit.List(new AuditFilter(Action: "call.not-placed"))).Count);
        Assert.Equal("not_permitted", (await house.Audit.List(new AuditFilter(Action: "call.not-placed")))[0].Detail.GetProperty("why").GetString());
    }

    [Fact]
    public async Task A_telephone_that_is_not_there_is_told_at_once()
    {
        await using var asterisk = new FakePbx { FailsFor = 0 };
        await using var freeSwitch = new FakeFreeSwitch { JobEnds = "-ERR USER_NOT_REGISTERED\n" };
        await using var house = await House.Open();
        var one = await Connect(house, "asterisk", asterisk, asterisk.Settings(Switched));
        var other = await Connect(house, "freeswitch", freeSwitch, freeSwitch.Settings(Switched), isFirst: false);
        using var cloud = new CloudDoor();
        var control = Of(house, cloud);

        async Task<string> Why(Connection line) => Sentences.Of(await Assert.ThrowsAsync<Refusal>(() => control.Place(new CallWish(line.Id, "101", "600111222", line.Id), Actor.Server)));
        Assert.Contains("with 101: not reachable", await Why(one));
        Assert.Contains("with 101: USER_NOT_REGISTERED", await Why(other));
    }

    [Fact]
    public async Task One_that_does_not_answer_is_not_waited_for_and_the_line_goes_on()
    {
        await using var asterisk = new FakePbx { IgnoresOrders = true };
        await using var freeSwitch = new FakeFreeSwitch { IgnoresOrders = true };
        await using var house = await House.Open();
        var one = await Connect(house, "asterisk", asterisk, asterisk.Settings(Switched));
        var other = await Connect(house, "freeswitch", freeSwitch, freeSwitch.Settings(Switched), isFirst: false);
        using var cloud = new CloudDoor();
        var control = Of(house, cloud);

        Assert.Equal("control.silent", await Refused(() => control.Place(new CallWish(one.Id, "101", "600111222", "u1"), Actor.Server)));
        // Replies there name nothing: that of the next ping is taken for the one that never came, and is no consent.
        Assert.Contains(await Refused(() => control.Place(new CallWish(other.Id, "101", "600111222", "u2"), Actor.Server)), (string[])["control.silent", "control.refused"]);
        Assert.Equal((1, 1), (asterisk.Logins, freeSwitch.Logins));
    }

    [Fact]
    public async Task More_orders_than_a_line_takes_at_once_are_turned_away()
    {
        await using var pbx = new FakePbx { IgnoresOrders = true };
        await using var house = await House.Open();
        var line = await Connect(house, "asterisk", pbx, pbx.Settings(Switched));
        using var cloud = new CloudDoor();
        var control = Of(house, cloud);
        var answers = await Task.WhenAll(Enumerable.Range(0, Short.OrdersMax + 4).Select(i => Refused(() => control.Place(new CallWish(line.Id, "101", "600111222", $"u{i}"), Actor.Server))));
        Assert.Contains("control.too-many", answers);
        Assert.True(pbx.Orders.Count <= Short.OrdersMax);
    }

    [Fact]
    public async Task A_line_that_is_down_says_so()
    {
        await using var pbx = new FakePbx { IgnoresOrders = true };
        await using var house = await House.Open();
        var line = await Connect(house, "asterisk", pbx, pbx.Settings(Switched));
        using var cloud = new CloudDoor();
        var control = Of(house, cloud);

        var waiting = Refused(() => control.Place(new CallWish(line.Id, "101", "600111222", "u1"), Actor.Server));
        await Eventually(() => Task.FromResult(!pbx.Orders.IsEmpty));
        pbx.Close();
        await pbx.Drop();
        Assert.Equal("control.link-down", await waiting);
        await StatusOf(house, line, status => status.State == LineState.Reconnecting);
        Assert.Equal("control.link-down", await Refused(() => control.Place(new CallWish(line.Id, "101", "600111222", "u2"), Actor.Server)));
    }

    [Fact]
    public async Task Nothing_is_dialled_unless_an_administrator_switched_it_on()
    {
        await using var pbx = new FakePbx();
        await using var house = await House.Open();
        var line = await Connect(house, "asterisk", pbx, pbx.Settings());
        var deaf = await house.Switchboard.Add("sinch", "nube", new Dictionary<string, string>(), ConnectionState.Draft);
        using var cloud = new CloudDoor();
        var control = Of(house, cloud);
        Task<string?> Place(string connection, string extension = "101", string to = "600111222") => Refused(() => control.Place(new CallWish(connection, extension, to, $"{Guid.NewGuid()}"), Actor.Server));

        Assert.Equal("control.off", await Place(line.Id));
        Assert.Equal("control.off", await Refused(() => control.HangUp(line.Id, "PJSIP/101-1", Actor.Server)));
        Assert.Equal("control.cannot", await Place(deaf.Id));
        Assert.Equal("connection.unknown", await Place("asterisk-0"));
        await house.Switchboard.Change(line.Id, state: ConnectionState.Paused, settings: new Dictionary<string, string> { [Control.Setting] = Control.On });
        Assert.Equal("control.not-active", await Place(line.Id));
        await house.Switchboard.Change(line.Id, state: ConnectionState.Active);
        Assert.Equal("control.number", await Place(line.Id, to: "600\r\nAction: Command"));
        Assert.Equal("control.extension", await Place(line.Id, "101@troncal"));
        Assert.Empty(pbx.Orders);
        Assert.Empty(await house.Audit.List(new AuditFilter(Action: "call.")));
    }

    [Fact]
    public async Task A_person_places_one_call_in_a_while()
    {
        await using var pbx = new FakePbx();
        var clock = new MovableClock();
        await using var house = await House.Open();
        var line = await Connect(house, "asterisk", pbx, pbx.Settings(Switched));
        using var cloud = new CloudDoor();
        var control = new CallControl(house.Switchboard, house.DirectLines!, cloud, house.Tokens(cloud), new PublicAddress(null), house.Audit, clock);
        Task<string?> Place(string person) => Refused(() => control.Place(new CallWish(line.Id, "101", "600111222", person), Actor.Server));

        Assert.Equal([null, "control.too-soon", null], [await Place("u1"), await Place("u1"), await Place("u2")]);
        clock.Ahead += CallControl.Pause;
        Assert.Null(await Place("u1"));
        Assert.Equal(3, pbx.Orders.Count);
    }

    [Fact]
    public async Task Of_somebodys_names_the_one_that_can_be_rung_is_chosen()
    {
        await using var house = await House.Open();
        var line = await house.Switchboard.Add("asterisk", "central", new Dictionary<string, string> { ["host"] = "127.0.0.1", ["username"] = "x", ["secret"] = "x", [Control.Setting] = Control.On }, ConnectionState.Active);
        using var cloud = new CloudDoor();
        var control = Of(house, cloud);
        Assert.Equal("101", control.Choose(line.Id, ["Ana Ruiz", "101"]));
        Assert.Equal("101", control.Choose(line.Id, ["ana", "101"]));
        Assert.Equal("control.no-extension", Assert.Throws<Refusal>(() => control.Choose(line.Id, ["Ana Ruiz"])).Code);
        Assert.Equal("control.which-extension", Assert.Throws<Refusal>(() => control.Choose(line.Id, ["101", "102"])).Code);
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task Twilio_rings_the_operator_and_dials_for_him(On database)
    {
        await using var twilio = FakeTwilio();
        await using var house = await House.Open(database);
        var line = await house.Switchboard.Add("twilio", "nube", SettingsOf(twilio, ("people", "+34611000111=Ana Ruiz")), ConnectionState.Active);
        using var cloud = new CloudDoor();
        var control = Of(house, cloud, new Uri("https://calls.example.com/"));

        var placed = await control.Place(new CallWish(line.Id, "Ana Ruiz", "600111222", "u1"), Actor.Server);
        await control.Place(new CallWish(line.Id, "luis", "600111222", "u2"), Actor.Server);
        await control.HangUp(line.Id, "CA123", Actor.Server);

        Assert.Equal("CA0001", placed.Call);
        var first = twilio.Heard.First();
        Assert.Equal(("/2010-04-01/Accounts/AC0123/Calls.json", "Basic " + Convert.ToBase64String("AC0123:token"u8)), (first.Path, first.Authorization));
        Assert.Equal(("+34611000111", "+34910000000"), (first.Field("To"), first.Field("From")));
        var news = $"https://calls.example.com/webhooks/{line.Id}";
        Assert.Equal($"<Response><Dial callerId=\"+34910000000\"><Number statusCallback=\"{news}\" statusCallbackEvent=\"initiated ringing answered completed\">+34600111222</Number></Dial></Response>", first.Field("Twiml"));
        Assert.Equal((news, "initiated,ringing,answered,completed"), (first.Field("StatusCallback"), first.Field("StatusCallbackEvent")));
        Assert.Equal(["client:luis", null], twilio.Heard.Skip(1).Select(heard => heard.Field("To")));
        Assert.Equal(("/2010-04-01/Accounts/AC0123/Calls/CA123.json", "completed"), (twilio.Heard.Last().Path, twilio.Heard.Last().Field("Status")));
    }

    [Fact]
    public async Task Each_cloud_is_asked_as_its_maker_says()
    {
        await using var cloud = new FakeCloud(asked => asked.Path == "/connect/token" ? """{"access_token":"fresh","expires_in":3600}""" : new Answered(asked.Method == "GET" ? 200 : 201, """{"status":"success","call_id":"8001"}"""));
        await using var house = await House.Open();
        using var door = new CloudDoor();
        var control = Of(house, door);
        async Task<Asked> Asked(string provider, string operatorName, params (string, string)[] settings)
        {
            var known = new Dictionary<string, string> { ["control"] = "on", ["api_host"] = cloud.Host };
            foreach (var (key, value) in settings) known[key] = value;
            var line = await house.Switchboard.Add(provider, provider, known, ConnectionState.Active);
            await control.Place(new CallWish(line.Id, operatorName, "600111222", provider), Actor.Server);
            Assert.Equal("control.cannot-hang-up", await Refused(() => control.HangUp(line.Id, "8001", Actor.Server)));
            return cloud.Heard.Last();
        }

        var aircall = await Asked("aircall", "Ana Ruiz", ("token", "t"), ("api_id", "id"), ("api_token", "key"), ("dial_number_id", "77"), ("people", "4411=Ana Ruiz"));
        Assert.Equal(new Asked("POST", "/v1/users/4411/calls", Basic("id:key"), """{"number_id":77,"to":"\u002B34600111222"}"""), aircall);

        // The vector of the provider's page is of another number; this one was worked out by hand from the same rule.
        var zadarma = await Asked("zadarma", "100", ("api_secret", "zadarma-test-secret"), ("api_key", "k"));
        Assert.Equal(("GET", "/v1/request/callback/?format=json&from=100&to=34600111222", $"k:{ByHand("/v1/request/callback/", "format=json&from=100&to=34600111222", "zadarma-test-secret")}"), (zadarma.Method, zadarma.PathAndQuery, zadarma.Authorization));
        Assert.Equal("ZTgxMzZmMjQ3Y2NkYzlmOGFlMmY3Y2RkNmJjNmY2ZGU5MmEyNjUzZQ==", ByHand("/v1/request/callback/", "format=json&from=100&to=5215512345678", "zadarma-test-secret"));

        var cloudTalk = await Asked("cloudtalk", "12345", ("secret", "s"), ("api_id", "id"), ("api_secret", "key"));
        Assert.Equal(new Asked("POST", "/api/calls/create.json", Basic("id:key"), """{"agent_id":12345,"callee_number":"\u002B34600111222"}"""), cloudTalk);

        var threeCx = await Asked("3cx", "101", ("key", "k"), ("client_id", "c"), ("client_secret", "s"));
        Assert.Equal(new Asked("POST", "/callcontrol/101/makecall", "Bearer fresh", """{"destination":"600111222"}"""), threeCx);
    }

    static string Basic(string credentials) => "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(credentials));

#pragma warning disable CA5350, CA5351 // the scheme is Zadarma's
    static string ByHand(string path, string query, string secret) => Convert.ToBase64String(Encoding.ASCII.GetBytes(Convert.ToHexStringLower(
        HMACSHA1.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(path + query + Convert.ToHexStringLower(MD5.HashData(Encoding.UTF8.GetBytes(query))))))));
#pragma warning restore CA5350, CA5351

    [Fact]
    public async Task A_token_that_was_withdrawn_is_asked_for_anew_and_what_a_cloud_refuses_with_a_good_status_is_refused()
    {
        var handedOut = 0;
        await using var cloud = new FakeCloud(asked => asked.Path switch
        {
            "/connect/token" => $$"""{"access_token":"token-{{++handedOut}}","expires_in":3600}""",
            _ => new Answered(asked.Authorization == "Bearer token-2" ? 202 : 401, "{}"),
        });
        await using var house = await House.Open();
        using var door = new CloudDoor();
        var control = Of(house, door);
        Task<Connection> Line(string provider, params (string Key, string Value)[] settings) => house.Switchboard.Add(provider, provider,
            settings.Append(("control", "on")).Append(("api_host", cloud.Host)).ToDictionary(pair => pair.Item1, pair => pair.Item2), ConnectionState.Active);

        var pbx = await Line("3cx", ("key", "k"), ("client_id", "c"), ("client_secret", "s"));
        Assert.Null(await Refused(() => control.Place(new CallWish(pbx.Id, "101", "600111222", "u1"), Actor.Server)));
        Assert.Equal(["/connect/token", "/callcontrol/101/makecall", "/connect/token", "/callcontrol/101/makecall"], cloud.Heard.Select(asked => asked.Path));

        cloud.Says = _ => new Answered(401, """{"error":"invalid_client"}""");
        var other = await Line("3cx", ("key", "k"), ("client_id", "wrong"), ("client_secret", "s"));
        Assert.Equal("control.not-permitted", await Refused(() => control.Place(new CallWish(other.Id, "101", "600111222", "u2"), Actor.Server)));

        cloud.Says = _ => """{"status":"error","message":"Insufficient balance"}""";
        var zadarma = await Line("zadarma", ("api_secret", "s"), ("api_key", "k"));
        Assert.Equal("control.refused", await Refused(() => control.Place(new CallWish(zadarma.Id, "100", "600111222", "u3"), Actor.Server)));
        var keyless = await Line("zadarma", ("api_secret", "s"));
        Assert.Equal("control.setting", await Refused(() => control.Place(new CallWish(keyless.Id, "100", "600111222", "u4"), Actor.Server)));
    }

    [Theory, InlineData(401, """{"code":20003,"message":"Authenticate"}""", "control.not-permitted"), InlineData(400, """{"code":21211,"message":"Invalid 'To' Phone Number"}""", "control.refused"),
        InlineData(302, "", "control.refused"), InlineData(503, "<html>", "control.link-down"), InlineData(201, "no json", null)]
    public async Task What_a_cloud_answers_is_told(int status, string body, string? code)
    {
        await using var twilio = FakeTwilio(status, body);
        await using var house = await House.Open();
        var line = await house.Switchboard.Add("twilio", "nube", SettingsOf(twilio), ConnectionState.Active);
        using var cloud = new CloudDoor();
        Assert.Equal(code, await Refused(() => Of(house, cloud).Place(new CallWish(line.Id, "luis", "600111222", "u1"), Actor.Server)));
        Assert.Single(twilio.Heard); // nothing is followed and nothing is tried twice
    }

    [Fact]
    public async Task A_cloud_is_waited_for_only_so_wordyand_says_only_so_much()
    {
        await using var slow = FakeTwilio(delay: TimeSpan.FromSeconds(3));
        await using var wordy = FakeTwilio(body: new string('x', 100_000));
        await using var house = await House.Open();
        using var cloud = new CloudDoor(TimeSpan.FromMilliseconds(500));
        var control = Of(house, cloud);
        async Task<string?> Place(Dictionary<string, string> settings)
        {
            var line = await house.Switchboard.Add("twilio", "nube", settings, ConnectionState.Active);
            return await Refused(() => control.Place(new CallWish(line.Id, "luis", "600111222", line.Id), Actor.Server));
        }

        Assert.Equal("control.silent", await Place(SettingsOf(slow)));
        Assert.Equal("control.link-down", await Place(SettingsOf(wordy)));
        // A name that leads inside, and addresses of the house, are not knocked at.
        foreach (var inside in (string[])[$"localhost:{slow.Port}", "10.0.0.1", "169.254.169.254", "[::ffff:10.0.0.1]"])
            Assert.Equal("control.link-down", await Place(SettingsOf(slow, ("api_host", inside))));
    }

    static CallControl Of(House house, CloudDoor cloud, Uri? site = null) => new(house.Switchboard,
        house.DirectLines ?? new DirectLines(house.Db, house.Intake, house.Log, house.Switchboard, house.Gaps, house.Lines, Short, TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger<DirectLines>.Instance),
        cloud, house.Tokens(cloud), new PublicAddress(site), house.Audit, TimeProvider.System);

    static async Task<Connection> Connect(House house, string provider, FakePhoneSystem pbx, Dictionary<string, string> settings, bool isFirst = true)
    {
        if (isFirst) await house.RunLines(Short);
        var line = await house.Switchboard.Add(provider, "central", settings, ConnectionState.Active);
        await StatusOf(house, line, status => status is { State: LineState.Online, IsSettled: true } && pbx.Logins > 0);
        return line;
    }

    /// <summary>The code of the refusal; null when it was granted.</summary>
    static async Task<string?> Refused(Func<Task> wish)
    {
        try
        {
            await wish();
            return null;
        }
        catch (Refusal refusal)
        {
            Assert.NotEmpty(Sentences.Of(refusal));
            return refusal.Code;
        }
    }

    static Dictionary<string, string> SettingsOf(FakeCloud twilio, params (string Key, string Value)[] more)
    {
        var settings = new Dictionary<string, string>
        {
            ["auth_token"] = "token",
            ["account_sid"] = "AC0123",
            ["api_host"] = twilio.Host,
            ["lines"] = "+34910000000",
            [Control.Setting] = Control.On,
        };
        foreach (var (key, value) in more) settings[key] = value;
        return settings;
    }

    static FakeCloud FakeTwilio(int status = 201, string body = """{"sid":"CA0001","status":"queued"}""", TimeSpan delay = default) => new(_ => new Answered(status, body)) { Delay = delay };
}
