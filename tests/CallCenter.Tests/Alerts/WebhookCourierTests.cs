using System.Net;
using System.Text.Json;
using CallCenter.Alerts;
using CallCenter.Audit;

namespace CallCenter.Tests.Alerts;

public sealed class WebhookCourierTests
{
    static readonly TimeSpan Day = TimeSpan.FromDays(1);

    [Fact]
    public void The_signature_is_that_of_the_specification() => Assert.Equal("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", StandardWebhook.Sign(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", DateTimeOffset.FromUnixTimeSeconds(1614265330), """{"test": 2432232314}"""));

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task An_alert_arrives_signed_at_each_webhook_that_wants_its_kind_and_at_no_other(On database)
    {
        await using var house = await House.Open(database);
        await using Receiver wants = new(), wantsAll = new(), wantsOther = new();
        using var room = AlertRoom.Of(house);
        var (_, secret) = await room.Add(wants, AlertRoom.Kind);
        await room.Add(wantsAll);
        await room.Add(wantsOther, CallersWaiting.Name);

        Assert.True(await room.Raise(AlertRoom.Smoke("team:x", team: "x")));
        Assert.Equal(2, await room.Courier.Run());
        Assert.Equal(0, await room.Courier.Run());

        var heard = Assert.Single(wants.Heard);
        Assert.Single(wantsAll.Heard);
        Assert.Empty(wantsOther.Heard);
        Assert.True(heard.IsSignedWith(secret));
        Assert.InRange(heard.At, DateTimeOffset.UtcNow.AddMinutes(-1), DateTimeOffset.UtcNow.AddSeconds(1));
        var body = JsonDocument.Parse(heard.Body).RootElement;
        Assert.Equal((AlertRoom.Kind, "2026-09-21T14:13:20Z"), (body.GetProperty("type").GetString(), body.GetProperty("timestamp").GetString()));
        Assert.Equal(("team:x", "x", "Almacén <2>"), (
            body.GetProperty("data").GetProperty("subject").GetString(), body.GetProperty("data").GetProperty("team").GetProperty("id").GetString(),
            body.GetProperty("data").GetProperty("detail").GetProperty("where").GetString()));
        Assert.All(await room.Deliveries.Recent(), delivery => Assert.True(delivery is { Attempts: 1, LastStatus: 204, LastFault: null, NextAt: null, DeliveredAt: not null }));
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task What_is_refused_comes_again_later_with_the_same_id_until_it_is_taken(On database)
    {
        var clock = new MovableClock();
        await using var house = await House.Open(database, clock);
        await using var receiver = new Receiver();
        using var room = AlertRoom.Of(house, clock);
        await room.Add(receiver);
        await room.Raise(AlertRoom.Smoke());
        receiver.Answer(500);
        receiver.Answer(503, ("Retry-After", "3600"));

        await room.Courier.Run();
        Assert.Equal(0, await room.Courier.Run());
        clock.Ahead += TimeSpan.FromSeconds(6);
        await room.Courier.Run();
        Assert.True(Assert.Single(await room.Deliveries.Recent()) is { Attempts: 2, LastStatus: 503, LastFault: DeliveryFault.Status, DeliveredAt: null, DeadAt: null });
        clock.Ahead += TimeSpan.FromMinutes(50); // five would do, if it had not asked for sixty
        Assert.Equal(0, await room.Courier.Run());
        clock.Ahead += TimeSpan.FromMinutes(11);
        await room.Courier.Run();

        Assert.True(Assert.Single(await room.Deliveries.Recent()) is { Attempts: 3, LastFault: null, DeliveredAt: not null });
        Assert.Equal(3, receiver.Heard.Count);
        Assert.Single(receiver.Heard.Select(heard => heard.Id).Distinct());
        Assert.Single(receiver.Heard.Select(heard => heard.Body).Distinct());
        Assert.Equal(3, receiver.Heard.Select(heard => heard.At).Distinct().Count());
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task After_ten_tries_it_is_given_up_kept_and_can_be_sent_again_as_the_same(On database)
    {
        var clock = new MovableClock();
        await using var house = await House.Open(database, clock);
        await using var receiver = new Receiver();
        using var room = AlertRoom.Of(house, clock);
        await room.Add(receiver);
        await room.Raise(AlertRoom.Smoke());
        for (var i = 0; i < 10; i++) receiver.Answer(500);

        while (await room.Courier.Run() > 0) clock.Ahead += TimeSpan.FromHours(27);
        var dead = Assert.Single(await room.Deliveries.Recent(dead: true));
        Assert.True(dead is { Attempts: 10, NextAt: null, LastStatus: 500 });
        Assert.Equal(10, receiver.Heard.Count);

        await room.Deliveries.SendAgain(dead.Id, Actor.Console);
        Assert.Equal("delivery.not-dead", (await Assert.ThrowsAsync<Refusal>(() => room.Deliveries.SendAgain(dead.Id, Actor.Console))).Code);
        await room.Courier.Run();
        Assert.True(Assert.Single(await room.Deliveries.Recent()) is { Attempts: 1, DeliveredAt: not null, DeadAt: null });
        Assert.Equal(receiver.Heard[0].Id, receiver.Heard[^1].Id);
        Assert.Equal(1, await Audited(house, "webhook.sent-again"));
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task An_address_that_says_it_is_gone_is_switched_off_and_told_nothing_more(On database)
    {
        await using var house = await House.Open(database);
        await using var receiver = new Receiver();
        using var room = AlertRoom.Of(house);
        var (webhook, _) = await room.Add(receiver);
        await room.Raise(AlertRoom.Smoke("a"));
        await room.Raise(AlertRoom.Smoke("b"));
        receiver.Answer(410);

        await room.Courier.Run();
        await room.Raise(AlertRoom.Smoke("c"));
        await room.Courier.Run();

        Assert.Single(receiver.Heard);
        Assert.True(Assert.Single(await room.Webhooks.All()) is { IsActive: false, GoneAt: not null });
        Assert.Equal(2, (await room.Deliveries.Recent(dead: true)).Count(delivery => delivery.LastFault == DeliveryFault.Gone));
        Assert.Equal(1, await Audited(house, "webhook.gone"));
        Assert.Equal("webhook.switched-off", (await Assert.ThrowsAsync<Refusal>(() => room.Deliveries.Test(webhook.Id, Actor.Console))).Code);

        await room.Webhooks.Change(webhook.Id, Actor.Console, active: true);
        foreach (var delivery in await room.Deliveries.Recent(dead: true)) await room.Deliveries.SendAgain(delivery.Id, Actor.Console);
        await room.Courier.Run();
        Assert.Equal(3, receiver.Heard.Count);
        Assert.Null(Assert.Single(await room.Webhooks.All()).GoneAt);
    }

    [Fact]
    public async Task A_redirect_is_not_followed()
    {
        await using var house = await House.Open();
        await using Receiver receiver = new(), elsewhere = new();
        using var room = AlertRoom.Of(house);
        await room.Add(receiver);
        await room.Raise(AlertRoom.Smoke());
        receiver.Answer(307, ("Location", elsewhere.Address));

        await room.Courier.Run();

        Assert.Empty(elsewhere.Heard);
        Assert.True(Assert.Single(await room.Deliveries.Recent()) is { LastStatus: 307, LastFault: DeliveryFault.Status, NextAt: not null });
    }

    [Fact]
    public async Task Who_does_not_answer_or_answers_without_end_holds_up_nobody_for_long()
    {
        await using var house = await House.Open();
        await using Receiver slow = new(), endless = new(), quick = new();
        using var room = AlertRoom.Of(house);
        foreach (var receiver in (Receiver[])[slow, endless, quick]) await room.Webhooks.Add(receiver.Address, receiver.Address, [], Actor.Console);
        await room.Raise(AlertRoom.Smoke("a"));
        await room.Raise(AlertRoom.Smoke("b"));
        var sent = 0L;
        slow.Answers.Enqueue(_ => Task.Delay(TimeSpan.FromSeconds(30)));
        endless.Answers.Enqueue(async response =>
        {
            for (var line = new byte[4096]; ; sent += line.Length) await response.OutputStream.WriteAsync(line);
        });

        var since = TimeProvider.System.GetTimestamp();
        await room.Courier.Run();

        Assert.True(TimeProvider.System.GetElapsedTime(since) < TimeSpan.FromSeconds(10));
        Assert.Equal((1, 2, 2), (slow.Heard.Count, endless.Heard.Count, quick.Heard.Count));
        Assert.Single(await room.Deliveries.Recent(), delivery => delivery.LastFault == DeliveryFault.Timeout);
        Assert.True(sent < 64 * 1024 * 1024, $"{sent} bytes were taken");
    }

    [Theory]
    [InlineData("127.0.0.1", false)]
    [InlineData("10.1.2.3", false)]
    [InlineData("172.16.0.1", false)]
    [InlineData("172.32.0.1", true)]
    [InlineData("192.168.1.1", false)]
    [InlineData("169.254.169.254", false)]
    [InlineData("100.64.0.1", false)]
    [InlineData("0.0.0.0", false)]
    [InlineData("224.0.0.1", false)]
    [InlineData("255.255.255.255", false)]
    [InlineData("8.8.8.8", true)]
    [InlineData("::", false)]
    [InlineData("::1", false)]
    [InlineData("fe80::1", false)]
    [InlineData("fd00::1", false)]
    [InlineData("ff02::1", false)]
    [InlineData("::ffff:10.0.0.1", false)]
    [InlineData("::ffff:8.8.8.8", false)]
    [InlineData("64:ff9b::a00:1", false)]
    [InlineData("2002:a00:1::", false)]
    [InlineData("2001:4860:4860::8888", true)]
    public void Only_the_public_internet_is_outside(string address, bool isOutside) => Assert.Equal(isOutside, OutsideOnly.Allows(IPAddress.Parse(address)));

    [Fact]
    public async Task Unless_it_is_allowed_nothing_is_sent_into_the_house()
    {
        await using var house = await House.Open();
        await using var receiver = new Receiver();
        using var strict = AlertRoom.Of(house, allowPrivate: false);
        foreach (var address in (string[])["https://10.0.0.1/x", "https://[::1]/x", "https://localhost/x", "https://2130706433/x", "https://0x7f.1/x"])
            Assert.Equal("webhook.inside", (await Assert.ThrowsAsync<Refusal>(() => strict.Webhooks.Add("ERP", address, [], Actor.Console))).Code);
        foreach (var address in (string[])["http://example.com/x", "ftp://example.com", "https://a:b@example.com/", "/x", "", "javascript:alert(1)"])
            Assert.Equal("webhook.url", (await Assert.ThrowsAsync<Refusal>(() => strict.Webhooks.Add("ERP", address, [], Actor.Console))).Code);

        // A name that leads inside shows when it is sent to.
        using var room = AlertRoom.Of(house, like: strict);
        await room.Webhooks.Add("ERP", receiver.Address.Replace("127.0.0.1", "localhost"), [], Actor.Console);
        await room.Raise(AlertRoom.Smoke());
        await strict.Courier.Run();

        Assert.Empty(receiver.Heard);
        Assert.True(Assert.Single(await room.Deliveries.Recent()) is { LastFault: DeliveryFault.InsideAddress, LastStatus: null, NextAt: not null });
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task Killed_between_the_answer_and_writing_it_down_it_sends_again_with_the_same_id(On database)
    {
        await using var house = await House.Open(database);
        await using var receiver = new Receiver();
        using var room = AlertRoom.Of(house);
        await room.Add(receiver);
        await room.Raise(AlertRoom.Smoke());
        await house.Db.Write(tx => tx.Run(tx.IsPostgres
            ? "create function refuse() returns trigger language plpgsql as $$ begin raise exception 'not this'; end $$; create trigger refusing before update on deliveries for each row execute function refuse()"
            : "create trigger refusing before update on deliveries begin select raise(abort, 'not this'); end"));
        await Assert.ThrowsAnyAsync<Exception>(() => room.Courier.Run());
        Assert.True(Assert.Single(await room.Deliveries.Recent()) is { Attempts: 0, DeliveredAt: null, NextAt: not null });

        await house.Db.Write(tx => tx.Run(tx.IsPostgres ? "drop trigger refusing on deliveries" : "drop trigger refusing"));
        await room.Courier.Run();

        Assert.Equal(2, receiver.Heard.Count);
        Assert.Single(receiver.Heard.Select(heard => heard.Id).Distinct());
        Assert.NotNull(Assert.Single(await room.Deliveries.Recent()).DeliveredAt);
    }

    [Fact]
    public async Task Two_nodes_send_everything_once()
    {
        await using var house = await House.Open(On.Postgres);
        await using var beside = await House.Beside(house);
        await using var receiver = new Receiver();
        using var here = AlertRoom.Of(house);
        using var there = AlertRoom.Of(beside, like: here);
        await here.Add(receiver);
        await here.Courier.StartAsync(CancellationToken.None);
        await there.Courier.StartAsync(CancellationToken.None);

        const int Alerts = 30;
        await Task.WhenAll(Enumerable.Range(0, Alerts).Select(i => (i % 2 == 0 ? here : there).Raise(AlertRoom.Smoke($"{i}"))));
        for (var tries = 0; (await here.Deliveries.Recent()).Exists(delivery => delivery.DeliveredAt is null); tries++)
        {
            Assert.True(tries < 200);
            await Task.Delay(100);
        }

        await here.Courier.StopAsync(CancellationToken.None);
        await there.Courier.StopAsync(CancellationToken.None);
        Assert.Equal(Alerts, receiver.Heard.Count);
        Assert.Equal(Alerts, receiver.Heard.Select(heard => heard.Id).Distinct().Count());
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task A_secret_is_seen_once_and_after_a_rotation_both_sign_for_a_day(On database)
    {
        var clock = new MovableClock();
        await using var house = await House.Open(database, clock);
        await using var receiver = new Receiver();
        using var room = AlertRoom.Of(house, clock);
        var (webhook, first) = await room.Add(receiver);
        var second = await room.Webhooks.Rotate(webhook.Id, Actor.Console);

        async Task<Heard> Hear()
        {
            await room.Deliveries.Test(webhook.Id, Actor.Console);
            await room.Courier.Run();
            return receiver.Heard[^1];
        }

        var both = await Hear();
        Assert.True(both.IsSignedWith(first) && both.IsSignedWith(second));
        Assert.Contains("webhook.test", both.Body);
        clock.Ahead += Day;
        var one = await Hear();
        Assert.True(!one.IsSignedWith(first) && one.IsSignedWith(second));

        var kept = await house.Db.Read(async tx => string.Join('\n', (await tx.List<string>("select secret || coalesce(previous_secret, '') from webhooks_out"))
            .Concat(await tx.List<string>("select detail from audit"))));
        foreach (var hidden in (string[])[first[6..], second[6..], "s3cret-part"]) Assert.DoesNotContain(hidden, kept);
        foreach (var action in (string[])["webhook.added", "webhook.secret-rotated"]) Assert.Equal(1, await Audited(house, action));
    }

    [Fact]
    public async Task What_cannot_be_signed_any_more_says_so_and_does_not_stop_the_others()
    {
        await using var house = await House.Open();
        await using Receiver receiver = new(), other = new();
        using var before = AlertRoom.Of(house);
        using var room = AlertRoom.Of(house); // with other keys
        await before.Add(receiver);
        await room.Add(other);
        await room.Raise(AlertRoom.Smoke());

        await room.Courier.Run();

        Assert.Empty(receiver.Heard);
        Assert.Single(other.Heard);
        Assert.Contains(await room.Deliveries.Recent(), delivery => delivery.LastFault == DeliveryFault.Unsigned);
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task Too_much_for_one_address_is_given_up_and_old_deliveries_go_in_time(On database)
    {
        var clock = new MovableClock();
        await using var house = await House.Open(database, clock);
        await using var receiver = new Receiver();
        using var room = AlertRoom.Of(house, clock);
        var (webhook, _) = await room.Add(receiver);
        await house.Db.Write(async tx =>
        {
            for (var i = 0; i <= Deliveries.WaitingMax; i++) await room.Board.Raise(tx, AlertRoom.Smoke($"{i}"));
        });
        Assert.Equal(DeliveryFault.TooManyWaiting, Assert.Single(await room.Deliveries.Recent(dead: true)).LastFault);

        await room.Webhooks.Change(webhook.Id, Actor.Console, active: false);
        Assert.Equal(0, await room.Courier.Run());
        clock.Ahead = TimeSpan.FromDays(29);
        Assert.Equal(0, await room.Deliveries.Prune(default));
        clock.Ahead = TimeSpan.FromDays(31);
        while (await room.Deliveries.Prune(default) > 0) continue;
        Assert.Empty(await room.Deliveries.Recent());
    }

    [Theory]
    [InlineData(1, 5, null)]
    [InlineData(9, 24 * 3600, null)]
    [InlineData(1, 5, 2)]
    [InlineData(1, 600, 600)]
    [InlineData(1, 24 * 3600, 7 * 24 * 3600)]
    public void A_receiver_may_ask_for_a_longer_wait_of_up_to_a_day(int attempts, int seconds, int? asked) =>
        Assert.InRange(Deliveries.WaitAfter(attempts, asked is { } wait ? TimeSpan.FromSeconds(wait) : null).TotalSeconds, seconds, seconds * 1.1);

    static Task<long> Audited(House house, string action) => house.Db.Read(tx => tx.One<long>("select count(*) from audit where action = @action", new { action }));
}
