using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using CallCenter.Audit;
using CallCenter.Calls;
using CallCenter.Telephony;
using CallCenter.Telephony.Wire;
using static CallCenter.Tests.Telephony.LineWatching;

namespace CallCenter.Tests.Telephony;

/// <summary>Clouds that place calls and end them, each asked as its maker says, all of loopback.</summary>
public sealed class CloudControlTests
{
    /// <summary>In what is secret of each, so that it is found wherever it should not be.</summary>
    const string Secret = "never-shown";

    const string Site = "https://calls.example.com/";

    static readonly RSA Key = RSA.Create(2048);

    /// <summary>Who calls, as the phone system knows him, and what has to be set for it.</summary>
    static readonly Dictionary<string, (string Operator, (string Key, string Value)[] Settings)> Clouds = new()
    {
        ["bandwidth"] = ("Ana Ruiz", [("password", "p"), ("account_id", "9900000"), ("api_user", "u"), ("api_password", Secret), ("application_id", "04e88489-df02"), ("lines", "+34910000000"), ("people", "sip:ana@example.com=Ana Ruiz")]),
        ["dialpad"] = ("Ana Ruiz", [("secret", "s"), ("api_key", Secret), ("people", "5011234567890123=Ana Ruiz")]),
        ["plivo"] = ("ana", [("auth_token", Secret), ("auth_id", "MA0123"), ("lines", "+34910000000, +34910000001")]),
        ["ringcentral"] = ("Ana Ruiz", [("validation_token", "t"), ("client_id", "id"), ("client_secret", "s"), ("jwt", "j"), ("devices", "802636634016=Ana Ruiz")]),
        ["signalwire"] = ("Ana Ruiz", [("signing_key", "k"), ("project_id", "p-1"), ("api_token", Secret), ("lines", "+34910000000"), ("people", "sip:ana@example.sip.signalwire.com=Ana Ruiz")]),
        ["telnyx"] = ("ana", [("public_key", "k"), ("api_key", Secret), ("connection_id", "1494404757140276705"), ("lines", "+34910000000")]),
        ["vonage"] = ("Ana Ruiz", [("signature_secret", "s"), ("application_id", "aaaaaaaa-bbbb-cccc-dddd-0123456789ab"), ("private_key", Key.ExportPkcs8PrivateKeyPem()), ("lines", "+34910000000"), ("people", "34611000111=Ana Ruiz")]),
        ["yeastar"] = ("Ana Ruiz", [("secret", "s"), ("client_id", "id"), ("client_secret", Secret), ("people", "1001=Ana Ruiz"), ("dial_prefix", "9")]),
        ["twilio"] = ("ana", [("auth_token", Secret), ("account_sid", "AC0123"), ("lines", "+34910000000")]),
    };

    public static TheoryData<string> Providers => [.. Clouds.Keys];

    [Fact]
    public async Task Dialpad_rings_the_operator_and_hangs_up_his_leg()
    {
        await using var desk = await Open("dialpad", """{"call_id":"6421977457180021"}""");

        Assert.Equal("6421977457180021", (await desk.Place()).Call);
        Assert.Equal(new Asked("POST", "/api/v2/call", $"Bearer {Secret}", """{"user_id":5011234567890123,"phone_number":"\u002B34600111222"}"""), desk.Asked);
        await desk.HangUp("6421977457180021");
        Assert.Equal(new Asked("PUT", "/api/v2/call/6421977457180021/actions/hangup", $"Bearer {Secret}", ""), desk.Asked);
    }

    [Fact]
    public async Task Bandwidth_rings_the_operator_and_asks_us_whom_to_dial()
    {
        await using var desk = await Open("bandwidth", """{"callId":"c-1","accountId":"9900000"}""");

        Assert.Equal("c-1", (await desk.Place()).Call);
        var address = $"{Site}webhooks/{desk.Line.Id}";
        Assert.Equal(new Asked("POST", "/api/v2/accounts/9900000/calls", Basic($"u:{Secret}"),
            $$"""{"from":"\u002B34910000000","to":"sip:ana@example.com","applicationId":"04e88489-df02","answerUrl":"{{address}}","disconnectUrl":"{{address}}","username":"callcenter","password":"p","callTimeout":30,"tag":"dial:\u002B34600111222"}"""), desk.Asked);
        await desk.HangUp("c-95ac8d6e-1");
        Assert.Equal(new Asked("POST", "/api/v2/accounts/9900000/calls/c-95ac8d6e-1", Basic($"u:{Secret}"), """{"state":"completed"}"""), desk.Asked);
        Assert.Equal("control.setting", await desk.WhyNotPlaced("luis"));
    }

    [Fact]
    public async Task RingCentral_rings_the_operators_device_and_hangs_up_a_session_or_a_party_of_it()
    {
        await using var desk = await Open("ringcentral", """{"session":{"id":"s-1","parties":[]}}""");

        Assert.Equal("s-1", (await desk.Place()).Call);
        Assert.Equal(new Asked("POST", "/restapi/v1.0/account/~/telephony/call-out", $"Bearer {Secret}-1", """{"from":{"deviceId":"802636634016"},"to":{"phoneNumber":"\u002B34600111222"}}"""), desk.Asked);
        await desk.HangUp("s-1");
        Assert.Equal(("DELETE", "/restapi/v1.0/account/~/telephony/sessions/s-1"), (desk.Asked.Method, desk.Asked.PathAndQuery));
        await desk.HangUp("s-1/p-1-2");
        Assert.Equal(new Asked("DELETE", "/restapi/v1.0/account/~/telephony/sessions/s-1/parties/p-1-2", $"Bearer {Secret}-1", ""), desk.Asked);
        Assert.Equal("control.setting", await desk.WhyNotPlaced("luis"));
    }

    [Fact]
    public async Task Plivo_rings_the_operator_and_asks_us_whom_to_dial()
    {
        await using var desk = await Open("plivo", """{"message":"call fired","request_uuid":"r-1"}""");

        await desk.Place();
        var address = $"{Site}webhooks/{desk.Line.Id}?dial=34600111222";
        Assert.Equal(new Asked("POST", "/v1/Account/MA0123/Call/", Basic($"MA0123:{Secret}"),
            $$"""{"from":"34910000000","to":"sip:ana@phone.plivo.com","answer_url":"{{address}}","answer_method":"POST","ring_url":"{{address}}","hangup_url":"{{address}}","ring_timeout":30}"""), desk.Asked);
        await desk.HangUp("3e82ae9d-2c78-4d85-b1a4-000000000001");
        Assert.Equal(new Asked("DELETE", "/v1/Account/MA0123/Call/3e82ae9d-2c78-4d85-b1a4-000000000001/", Basic($"MA0123:{Secret}"), ""), desk.Asked);
    }

    [Fact]
    public async Task SignalWire_rings_the_operator_and_asks_us_whom_to_dial()
    {
        await using var desk = await Open("signalwire", """{"sid":"0a1b2c3d-1"}""");

        Assert.Equal("0a1b2c3d-1", (await desk.Place()).Call);
        var (asked, news) = (desk.Asked, $"{Site}webhooks/{desk.Line.Id}");
        Assert.Equal(("POST", "/api/laml/2010-04-01/Accounts/p-1/Calls.json", Basic($"p-1:{Secret}")), (asked.Method, asked.PathAndQuery, asked.Authorization));
        Assert.Equal(("sip:ana@example.sip.signalwire.com", "+34910000000", "30", $"{news}?dial=%2B34600111222", "POST"), (asked.Field("To"), asked.Field("From"), asked.Field("Timeout"), asked.Field("Url"), asked.Field("Method")));
        Assert.Equal((news, "initiated,ringing,answered,completed"), (asked.Field("StatusCallback"), asked.Field("StatusCallbackEvent")));
        await desk.HangUp("0a1b2c3d-1");
        Assert.Equal(new Asked("POST", "/api/laml/2010-04-01/Accounts/p-1/Calls/0a1b2c3d-1.json", Basic($"p-1:{Secret}"), "Status=completed"), desk.Asked);
        // How telephones of people who are not listed are rung has to be said.
        Assert.Equal("control.setting", await desk.WhyNotPlaced("luis"));
        await desk.House.Switchboard.Change(desk.Line.Id, settings: new Dictionary<string, string> { ["dial_telephone"] = "sip:{extension}@example.sip.signalwire.com" });
        await desk.Place("luis");
        Assert.Equal("sip:luis@example.sip.signalwire.com", desk.Asked.Field("To"));
    }

    [Theory, InlineData("bandwidth"), InlineData("plivo"), InlineData("signalwire")]
    public async Task Who_has_to_ask_us_is_not_told_to_call_while_nobody_knows_our_address(string provider)
    {
        await using var desk = await Open(provider, site: null);
        Assert.Equal("control.no-address", await desk.WhyNotPlaced());
        Assert.Empty(desk.Cloud.Heard);
    }

    [Fact]
    public async Task Telnyx_rings_the_operator_and_brings_back_whom_to_dial()
    {
        await using var desk = await Open("telnyx", """{"data":{"call_control_id":"v3:a","call_leg_id":"a","call_session_id":"s-1"}}""");

        Assert.Equal("s-1", (await desk.Place()).Call);
        Assert.Equal(("POST", "/v2/calls", $"Bearer {Secret}"), (desk.Asked.Method, desk.Asked.PathAndQuery, desk.Asked.Authorization));
        var body = JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(desk.Asked.Body)!;
        Assert.Equal(["client_state", "connection_id", "from", "timeout_secs", "to", "webhook_url"], body.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(("1494404757140276705", "+34910000000", 30, "sip:ana@sip.telnyx.com", $"{Site}webhooks/{desk.Line.Id}"),
            (body["connection_id"].GetString(), body["from"].GetString(), body["timeout_secs"].GetInt32(), body["to"].GetString(), body["webhook_url"].GetString()));
        Assert.Equal("""{"Leg":"placed","Then":[["dial","\u002B34600111222"]]}""", Encoding.UTF8.GetString(body["client_state"].GetBytesFromBase64()));
        await desk.HangUp("v3:428c31b6-7af4-4bcb-b7f5-000000000081");
        Assert.Equal(new Asked("POST", "/v2/calls/v3%3A428c31b6-7af4-4bcb-b7f5-000000000081/actions/hangup", $"Bearer {Secret}", "{}"), desk.Asked);
    }

    [Fact]
    public async Task Vonage_rings_the_operator_and_connects_him_with_a_token_that_we_sign()
    {
        await using var desk = await Open("vonage", """{"uuid":"63f61863","conversation_uuid":"CON-1","status":"started"}""");

        Assert.Equal("CON-1", (await desk.Place()).Call);
        Assert.Equal(("POST", "/v1/calls"), (desk.Asked.Method, desk.Asked.PathAndQuery));
        Assert.Equal($$"""{"to":[{"type":"phone","number":"34611000111"}],"from":{"type":"phone","number":"34910000000"},"ringing_timer":30,"ncco":[{"action":"connect","from":"34910000000","endpoint":[{"type":"phone","number":"34600111222"}]}],"event_url":["{{Site}}webhooks/{{desk.Line.Id}}"]}""", desk.Asked.Body);
        Check(desk.Asked.Authorization!);
        await desk.HangUp("63f61863-4a51-4f6b-86e1-46edebcf9356");
        Assert.Equal(("PUT", "/v1/calls/63f61863-4a51-4f6b-86e1-46edebcf9356", """{"action":"hangup"}"""), (desk.Asked.Method, desk.Asked.PathAndQuery, desk.Asked.Body));
        Check(desk.Asked.Authorization!);
        Assert.Equal(2, desk.Cloud.Heard.Select(asked => asked.Authorization).Distinct().Count()); // each with a token of its own

        // A field of a form has one line.
        await desk.House.Switchboard.Change(desk.Line.Id, settings: new Dictionary<string, string> { ["private_key"] = Key.ExportPkcs8PrivateKeyPem().ReplaceLineEndings("") });
        await desk.Place();
        Check(desk.Asked.Authorization!);
        var heard = desk.Cloud.Heard.Count;
        await desk.House.Switchboard.Change(desk.Line.Id, settings: new Dictionary<string, string> { ["private_key"] = Secret });
        Assert.Equal("control.not-permitted", await desk.WhyNotPlaced());
        Assert.Equal(heard, desk.Cloud.Heard.Count);

        static void Check(string authorization)
        {
            var parts = authorization["Bearer ".Length..].Split('.');
            Assert.True(Key.VerifyData(Encoding.UTF8.GetBytes($"{parts[0]}.{parts[1]}"), Base64Url.DecodeFromChars(parts[2]), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
            Assert.Equal("""{"alg":"RS256","typ":"JWT"}""", Encoding.UTF8.GetString(Base64Url.DecodeFromChars(parts[0])));
            var claims = JsonSerializer.Deserialize<JsonElement>(Base64Url.DecodeFromChars(parts[1]));
            Assert.Equal("aaaaaaaa-bbbb-cccc-dddd-0123456789ab", claims.GetProperty("application_id").GetString());
            Assert.Equal(DateTimeOffset.UtcNow.ToUnixTimeSeconds(), claims.GetProperty("iat").GetInt64(), 60d);
            Assert.True(claims.GetProperty("jti").TryGetGuid(out _));
        }
    }

    [Fact]
    public async Task Yeastar_rings_the_extension_and_its_token_stays_between_the_two()
    {
        await using var desk = await Open("yeastar", """{"errcode":0,"errmsg":"SUCCESS","call_id":"1772463845.362"}""");

        Assert.Equal("1772463845.362", (await desk.Place()).Call);
        Assert.Equal(
            [
                new Asked("POST", "/openapi/v1.0/get_token", null, $$"""{"username":"id","password":"{{Secret}}"}"""),
                new Asked("POST", $"/openapi/v1.0/call/dial?access_token={Secret}-1", null, """{"caller":"1001","callee":"9600111222"}"""),
            ], desk.Cloud.Heard);
        await desk.HangUp("PJSIP/1002-c2");
        Assert.Equal(new Asked("POST", $"/openapi/v1.0/call/hangup?access_token={Secret}-1", null, """{"channel_id":"PJSIP/1002-c2"}"""), desk.Asked);

        desk.Says = """{"errcode":10009,"errmsg":"EXTENSION IS OFFLINE"}""";
        Assert.Equal("control.refused", await desk.WhyNotPlaced());
        Assert.Equal(4, desk.Cloud.Heard.Count);
        // One that was withdrawn is asked for anew, once; should it be quoted, nobody reads it.
        desk.Says = $$"""{"errcode":10004,"errmsg":"TOKEN {{Secret}}-2 EXPIRED"}""";
        Assert.Equal("control.not-permitted", await desk.WhyNotPlaced());
        Assert.Equal(["call/dial", "get_token", "call/dial"], desk.Cloud.Heard.Skip(4).Select(asked => asked.Path["/openapi/v1.0/".Length..]));
        Assert.Equal($"{Secret}-2", desk.Asked.Query("access_token"));
        Assert.All(await desk.House.Audit.List(new AuditFilter(Action: "call.")), entry => Assert.DoesNotContain(Secret, entry.Detail.GetRawText(), StringComparison.Ordinal));
        var order = (WebOrder)((ICanCall)Catalogue.Find("yeastar")).Place(new Dialling(DialString.Extension("1001"), DialString.Number("1")), desk.Line.Settings);
        Assert.DoesNotContain(Secret, $"{order} {order.Request.WithToken(Secret)}", StringComparison.Ordinal);

        desk.HandsOut = false;
        await desk.House.Switchboard.Change(desk.Line.Id, settings: new Dictionary<string, string> { ["client_id"] = "other" });
        Assert.Equal("control.not-permitted", await desk.WhyNotPlaced());
    }

    [Theory]
    [InlineData("bandwidth", "04-placed-from-here", "c-95ac8d6e-1a31c52e-b38f-4198-93c1-000000000041"), InlineData("bandwidth", "01-inbound-answered", "c-95ac8d6e-1a31c52e-b38f-4198-93c1-000000000002")]
    [InlineData("ringcentral", "01-inbound-queue-answered", "s-718107795d564867a6f635fd00000001/p-718107795d564867a6f635fd00000001-4")]
    [InlineData("dialpad", "03-outbound-answered", "6421977457180021"), InlineData("dialpad", "01-inbound-queue-answered", "6421977457180002")]
    [InlineData("plivo", "07-placed-from-here", "3e82ae9d-2c78-4d85-b1a4-000000000071"), InlineData("plivo", "01-inbound-answered", "3e82ae9d-2c78-4d85-b1a4-000000000002")]
    [InlineData("signalwire", "03-placed-from-here", "0a1b2c3d-0000-4000-8000-000000000071")]
    [InlineData("telnyx", "08-placed-from-here", "v3:428c31b6-7af4-4bcb-b7f5-000000000081"), InlineData("telnyx", "01-inbound-queue-answered", "v3:428c31b6-7af4-4bcb-b7f5-000000000002")]
    [InlineData("vonage", "07-placed-from-here", "63f61863-4a51-4f6b-86e1-000000000701"), InlineData("vonage", "01-inbound-queue-answered", "63f61863-4a51-4f6b-86e1-000000000101")]
    [InlineData("yeastar", "01-inbound-queue-answered", "PJSIP/1002-c2")]
    public async Task Who_is_on_a_call_hangs_up_his_own_end_of_it(string provider, string name, string leg)
    {
        await using var desk = await Open(provider);
        var sample = new Sample(provider, name);
        var ends = Enumerable.Range(1, sample.Arrivals.Count).Select(count => Assert.Single(Sample.Fold(sample.Translate(sample.Arrivals.Take(count)).SelectMany(told => told.Events))))
            .Select(call => desk.EndOf(call with { Connection = desk.Line.Id }, call.Operator)).ToList();
        Assert.Equal([leg], ends.OfType<string>().Distinct());
        Assert.Null(ends[^1]);
    }

    [Theory, MemberData(nameof(Providers))]
    public async Task What_each_answers_is_told_and_no_secret_with_it(string provider)
    {
        await using var desk = await Open(provider);
        foreach (var (status, body, code) in (IEnumerable<(int, string, string)>)
            [
                (401, """{"message":"no"}""", "control.not-permitted"), (403, """{"error":{"message":"no"}}""", "control.not-permitted"), (404, "", "control.refused"), (400, """{"message":"not a number"}""", "control.refused"),
                (302, "", "control.refused"), (429, "", "control.too-many"), (503, "<html>", "control.link-down"),
            ])
        {
            desk.Says = new Answered(status, body);
            Assert.Equal((status, code), (status, await desk.WhyNotPlaced()));
            if (desk.CanHangUp) Assert.Equal((status, code), (status, await desk.WhyNotHungUp()));
        }

        Assert.All(await desk.House.Audit.List(new AuditFilter(Action: "call.")), entry => Assert.DoesNotContain(Secret, entry.Detail.GetRawText(), StringComparison.Ordinal));
    }

    [Theory, MemberData(nameof(Providers))]
    public async Task One_that_does_not_answer_is_not_waited_for(string provider)
    {
        await using var desk = await Open(provider, within: TimeSpan.FromSeconds(1));
        desk.IsSilent = true;
        Assert.Equal("control.silent", await desk.WhyNotPlaced());
    }

    [Theory, MemberData(nameof(Providers))]
    public async Task Nothing_is_sent_of_what_is_no_telephone_no_number_and_no_leg_nor_when_control_is_off(string provider)
    {
        await using var desk = await Open(provider);
        foreach (var number in (string[])["600\r\nX: y", "600\",\"x\":\"", "600</Number>", "sip:a@b", "+", ""]) Assert.Equal("control.number", await desk.WhyNotPlaced(number: number));
        foreach (var telephone in (string[])["101\r\nX: y", "../../calls", "101\"}", "1 2", "<User>", ""]) Assert.StartsWith("control.", await desk.WhyNotPlaced(telephone));
        if (desk.CanHangUp)
            foreach (var leg in (string[])["../calls", "a b", "a\r\nb", "?x", ""]) Assert.Equal("control.leg", await desk.WhyNotHungUp(leg));
        await desk.House.Switchboard.Change(desk.Line.Id, settings: new Dictionary<string, string> { [Control.Setting] = Control.Off });
        Assert.Equal("control.off", await desk.WhyNotPlaced());
        Assert.Equal("control.off", await desk.WhyNotHungUp());
        Assert.Empty(desk.Cloud.Heard);
        Assert.Empty(await desk.House.Audit.List(new AuditFilter(Action: "call.")));
    }

    static string Basic(string credentials) => "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(credentials));

    static async Task<Desk> Open(string provider, string says = "{}", TimeSpan? within = null, string? site = Site)
    {
        var house = await House.Open();
        var desk = new Desk(provider, house, new CloudDoor(within), site is null ? null : new Uri(site)) { Says = new Answered(200, says) };
        var settings = Clouds[provider].Settings.Append((Control.Setting, Control.On)).Append((CloudAddress.Setting, desk.Cloud.Host)).ToDictionary(pair => pair.Item1, pair => pair.Item2);
        desk.Line = await house.Switchboard.Add(provider, provider, settings, ConnectionState.Active);
        return desk;
    }

    /// <summary>A connection to such a cloud, and somebody who calls over it.</summary>
    sealed class Desk : IAsyncDisposable
    {
        readonly string provider;
        readonly CloudDoor door;
        readonly CallControl control;
        readonly ManualResetEventSlim over = new();
        int handedOut;

        public Desk(string provider, House house, CloudDoor door, Uri? site)
        {
            (this.provider, House, this.door) = (provider, house, door);
            Cloud = new FakeCloud(asked =>
            {
                if (asked.Path.EndsWith("token", StringComparison.Ordinal)) return HandsOut ? $$"""{"errcode":0,"errmsg":"SUCCESS","access_token":"{{Secret}}-{{++handedOut}}"}""" : """{"errcode":40002,"errmsg":"WRONG USERNAME OR PASSWORD"}""";
                if (IsSilent) over.Wait();
                return Says;
            });
            control = new(house.Switchboard,
                new DirectLines(house.Db, house.Intake, house.Log, house.Switchboard, house.Gaps, house.Lines, Quick, TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger<DirectLines>.Instance),
                door, house.Tokens(door), new PublicAddress(site), house.Audit, TimeProvider.System);
        }

        public House House { get; }

        public FakeCloud Cloud { get; }

        public Connection Line { get; set; } = null!;

        public Answered Says { get; set; } = "{}";

        /// <summary>Tokens.</summary>
        public bool HandsOut { get; set; } = true;

        /// <summary>It hears, and answers nothing before the test is over.</summary>
        public bool IsSilent { get; set; }

        /// <summary>The last.</summary>
        public Asked Asked => Cloud.Heard.Last();

        public bool CanHangUp => Catalogue.Find(provider) is ICanHangUp;

        public Task<PlacedCall> Place(string? telephone = null, string number = "600111222") =>
            control.Place(new CallWish(Line.Id, telephone ?? Clouds[provider].Operator, number, $"{Guid.NewGuid()}"), Actor.Server);

        public Task HangUp(string leg = "leg-1") => control.HangUp(Line.Id, leg, Actor.Server);

        public string? EndOf(Call call, string? whose) => control.EndOf(call, name => name == whose);

        public Task<string?> WhyNotPlaced(string? telephone = null, string number = "600111222") => WhyNot(() => Place(telephone, number));

        public Task<string?> WhyNotHungUp(string leg = "leg-1") => WhyNot(() => HangUp(leg));

        public async ValueTask DisposeAsync()
        {
            over.Set();
            door.Dispose();
            await Cloud.DisposeAsync();
            await House.DisposeAsync();
        }

        static async Task<string?> WhyNot(Func<Task> wish)
        {
            try
            {
                await wish();
                return null;
            }
            catch (Refusal refusal)
            {
                Assert.DoesNotContain(Secret, Sentences.Of(refusal), StringComparison.Ordinal);
                return refusal.Code;
            }
        }
    }
}
