using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using CallCenter.Calls;
using CallCenter.Telephony;
using CallCenter.Telephony.Providers;
using CallCenter.Tests.Commands;
using CallCenter.Web;

namespace CallCenter.Tests.Telephony;

/// <summary>What strangers and broken phone systems send to the address of webhooks.</summary>
public sealed class WebhookEndpointTests
{
    const string Good = """{"type":"call.started","call":"c-1","at":"2026-05-04T10:00:00Z","from":"+34600000001","to":"+34910000001","result":"inbound"}""";

    public static TheoryData<string> Providers => [.. Catalogue.All.Values.OfType<IWebhookProvider>().Select(provider => provider.Info.Id)];

    [Fact]
    public async Task An_address_of_no_webhook_is_404_whoever_asks()
    {
        await using var house = await WebHouse.Open();
        var known = await Simulated(house);
        var direct = await house.Switchboard.Add("asterisk", "Central", new Dictionary<string, string> { ["host"] = "127.0.0.1", ["port"] = "1", ["username"] = "u", ["secret"] = "s" }, ConnectionState.Paused);
        await house.Switchboard.Change(direct.Id, state: ConnectionState.Active);
        foreach (var id in (string[])["nobody", direct.Id, known.Id.ToUpperInvariant(), "..%2f" + known.Id, new string('x', 3000)])
            Assert.Equal((HttpStatusCode.NotFound, ""), await Post(house, id, Good, known.Settings["secret"]));

        await house.Switchboard.Change(known.Id, state: ConnectionState.Paused);
        Assert.Equal((HttpStatusCode.NotFound, ""), await Post(house, known.Id, Good, known.Settings["secret"]));
    }

    [Theory, MemberData(nameof(Providers))]
    public async Task What_does_not_prove_its_origin_is_401_without_a_word_why(string provider)
    {
        await using var house = await WebHouse.Open();
        var connection = await house.Switchboard.Add(provider, "Prueba", Required(provider), ConnectionState.Draft);
        var type = ((IWebhookProvider)Catalogue.Find(provider)).ContentTypes[0];
        string[] headers = ["X-Signature", "X-Twilio-Signature", SimulatedPhoneSystem.SignatureHeader, "webhook-signature", "Authorization"];
        foreach (var proof in (string?[])[null, "", "sha256=00", "v1,AAAA", "Bearer wrong", SimulatedPhoneSystem.Sign("wrong", Encoding.UTF8.GetBytes(Good)), new string('A', 4000)])
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, $"/webhooks/{connection.Id}") { Content = new StringContent(Good, MediaTypeHeaderValue.Parse(type)) };
            foreach (var header in headers) if (proof is not null) request.Headers.TryAddWithoutValidation(header, proof);
            using var answer = await house.Client.SendAsync(request);
            Assert.Equal((HttpStatusCode.Unauthorized, ""), (answer.StatusCode, await answer.Content.ReadAsStringAsync()));
            Assert.Empty(answer.Headers.WwwAuthenticate);
            Assert.DoesNotContain(answer.Headers, header => header.Key is not "Date");
        }

        Assert.Equal(0, await CountArrivals(house));
        Assert.Empty((await house.Log.List(CallScope.Machine, new CallFilter())).Calls);
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task A_body_over_the_limit_is_413_and_one_at_the_limit_is_read(bool isChunked)
    {
        await using var house = await WebHouse.Open();
        var connection = await Simulated(house);
        string Padded(int size) => Good + new string(' ', size - Good.Length);
        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, ""), await Post(house, connection.Id, Padded(WebhookEndpoint.BodyMax + 1), connection.Settings["secret"], isChunked: isChunked));
        Assert.Equal(0, await CountArrivals(house));
        Assert.Equal((HttpStatusCode.NoContent, ""), await Post(house, connection.Id, Padded(WebhookEndpoint.BodyMax), connection.Settings["secret"], isChunked: isChunked));
        Assert.Equal(1, await CountArrivals(house));
    }

    [Theory, MemberData(nameof(Providers))]
    public async Task A_content_type_that_the_phone_system_does_not_send_is_415(string provider)
    {
        await using var house = await WebHouse.Open();
        var connection = await house.Switchboard.Add(provider, "Prueba", Required(provider), ConnectionState.Draft);
        var sent = ((IWebhookProvider)Catalogue.Find(provider)).ContentTypes;
        foreach (var type in ((string?[])["text/html", "multipart/form-data; boundary=x", "application/octet-stream", "application/jsonp", null]).Except(sent))
        {
            using var content = new StringContent(Good);
            content.Headers.ContentType = type is null ? null : MediaTypeHeaderValue.Parse(type);
            using var answer = await house.Client.PostAsync($"/webhooks/{connection.Id}", content);
            Assert.Equal((type, HttpStatusCode.UnsupportedMediaType), (type, answer.StatusCode));
        }

        Assert.Equal(0, await CountArrivals(house));
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task What_proves_its_origin_and_cannot_be_read_is_kept_with_the_reason(On database)
    {
        await using var house = await WebHouse.Open(database);
        var connection = await Simulated(house);
        string[] bodies =
        [
            "", "{", "null", "[]", "\"text\"", "{\"type\":1}", "{\"type\":\"call.started\"}", Good.Replace("inbound", "sideways"), Good.Replace("2026-", "1026-"), Good.Replace("call.started", "call.teleported"),
            string.Concat(Enumerable.Repeat("{\"a\":", 5000)), "\0\0\0", "\ufeff\ufeff{}",
        ];
        foreach (var body in bodies) Assert.Equal((HttpStatusCode.NoContent, ""), await Post(house, connection.Id, body, connection.Settings["secret"]));
        Assert.Equal((HttpStatusCode.NoContent, ""), await Post(house, connection.Id, [0xff, 0xfe, 0x00, 0xc3, 0x28], connection.Settings["secret"]));

        var kept = await house.Get<ArrivalLog>().Recent(connection.Id, Verdict.Unreadable);
        Assert.Equal(bodies.Length + 1, kept.Count);
        Assert.All(kept, arrival => Assert.NotEmpty(arrival.Reason!));
        Assert.DoesNotContain(kept, arrival => arrival.Reason!.StartsWith("internal", StringComparison.Ordinal));
        Assert.Equal(bodies.Reverse(), kept.Skip(1).Select(arrival => arrival.Arrival.Text));
        Assert.Empty((await house.Log.List(CallScope.Machine, new CallFilter())).Calls);
    }

    /// <summary>Past the translation: whatever it makes of them, both databases take it.</summary>
    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task What_nobody_meant_is_kept_whatever_it_is(On database)
    {
        await using var house = await WebHouse.Open(database);
        var intake = house.Get<Intake>();
        var count = 0;
        foreach (var name in Catalogue.All.Values.OfType<IWebhookProvider>().Select(provider => provider.Info.Id).Where(id => Directory.Exists(Capture.Folder(id))))
        {
            var sample = new Sample(name, Sample.Names(name).First());
            foreach (var batch in Fuzz.Of([.. Sample.Names(name).SelectMany(other => new Sample(name, other).Arrivals)]).Take(1500).Chunk(50))
            {
                // An address arrives with its escapes.
                await Task.WhenAll(batch.Select(arrival => intake.Accept(new Delivery([(arrival with { Url = Uri.EscapeDataString(arrival.Url) }, Told(sample, arrival))]))));
                count += batch.Length;
            }
        }

        Assert.True(count > 0);
        Assert.Equal(count, await CountArrivals(house));
        Assert.Equal(0, await house.Db.Read(tx => tx.One<int>("select count(*) from arrivals where reason like 'internal%'")));
        var (code, output, error) = await Cli.Run("verify", "--database", house.Get<ServerOptions>().Database);
        Assert.True(code == 0, output + error);
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task A_full_queue_is_503_with_a_time_to_come_back_and_nothing_of_it_is_written(On database)
    {
        await using var house = await WebHouse.Open(database);
        var connection = await Simulated(house);
        var intake = house.Get<Intake>();
        var (let, isBlocked) = (new TaskCompletionSource(), new TaskCompletionSource());
        var blocking = house.Db.Write(async tx =>
        {
            if (tx.IsPostgres) await tx.Run("lock table arrivals in access exclusive mode");
            isBlocked.SetResult();
            await let.Task;
        });
        await isBlocked.Task;

        var accepted = new List<Task>();
        // It stays full once the intake has taken what it may and waits for the database.
        for (var full = 0; full < 10; full++, await Task.Delay(20))
            for (; intake.Accept(Small(connection.Id)) is { IsFaulted: false } waiting; full = 0) accepted.Add(waiting);
        Assert.InRange(accepted.Count, Intake.WaitingMax, Intake.WaitingMax + 1024); // those that were taken into the blocked transaction too
        using var request = Request(connection.Id, Encoding.UTF8.GetBytes(Good), connection.Settings["secret"]);
        using (var answer = await house.Client.SendAsync(request))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
            Assert.True(answer.Headers.RetryAfter?.Delta > TimeSpan.Zero);
        }

        let.SetResult();
        await blocking;
        await Task.WhenAll(accepted);
        Assert.Equal(accepted.Count, await CountArrivals(house));
        Assert.Empty((await house.Log.List(CallScope.Machine, new CallFilter())).Calls);
        Assert.Equal((HttpStatusCode.NoContent, ""), await Post(house, connection.Id, Good, connection.Settings["secret"]));
        Assert.Single((await house.Log.List(CallScope.Machine, new CallFilter())).Calls);
    }

    [Fact]
    public async Task Who_hangs_up_in_mid_body_leaves_nothing_behind()
    {
        await using var house = await WebHouse.Open();
        var connection = await Simulated(house);
        for (var i = 0; i < 20; i++)
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(IPAddress.Loopback, house.Address.Port);
            await socket.SendAsync(Encoding.ASCII.GetBytes($"POST /webhooks/{connection.Id} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{Good[..(i * 5)]}"));
        }

        Assert.Equal((HttpStatusCode.NoContent, ""), await Post(house, connection.Id, Good, connection.Settings["secret"]));
        Assert.Equal(1, await CountArrivals(house));
    }

    static Task<Connection> Simulated(WebHouse house) => house.Switchboard.Add(SimulatedPhoneSystem.Id, "Prueba", new Dictionary<string, string>(), ConnectionState.Active);

    static Dictionary<string, string> Required(string provider) => Catalogue.Find(provider).Info.Settings.Where(setting => setting.Required)
        .ToDictionary(setting => setting.Key, setting => setting.Secret ? "0123456789abcdef0123456789abcdef" : "x");

    /// <summary>Those that were not turned away at the door.</summary>
    static Task<int> CountArrivals(WebHouse house) => house.Db.Read(tx => tx.One<int>("select count(*) from arrivals where verdict <> 'Rejected'"));

    static Delivery Small(string connection) => new([(new Arrival(connection, TimeProvider.System.GetUtcNow(), "POST", "", Arrival.NoHeaders, "{}"u8.ToArray()), Translation.Ignored("nothing"))]);

    static Translation Told(Sample sample, Arrival arrival)
    {
        try
        {
            return sample.Provider.Translate(arrival, sample.Settings);
        }
        catch (UnreadableException e)
        {
            return Translation.Unreadable(e.Message);
        }
    }

    static Task<(HttpStatusCode, string)> Post(WebHouse house, string connection, string body, string secret, bool isChunked = false) =>
        Post(house, connection, Encoding.UTF8.GetBytes(body), secret, isChunked);

    static async Task<(HttpStatusCode, string)> Post(WebHouse house, string connection, byte[] body, string secret, bool isChunked = false)
    {
        using var request = Request(connection, body, secret);
        request.Headers.TransferEncodingChunked = isChunked;
        using var answer = await house.Client.SendAsync(request);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    static HttpRequestMessage Request(string connection, byte[] body, string secret)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, $"/webhooks/{connection}") { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Add(SimulatedPhoneSystem.SignatureHeader, SimulatedPhoneSystem.Sign(secret, body));
        return request;
    }
}
