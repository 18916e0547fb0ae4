using System.Text.Json;
using CallCenter.Alerts;
using CallCenter.Telephony;

namespace CallCenter.Tests.Telephony;

/// <summary>Whether clouds still send to us, looked after against clouds on loopback that forget, blacklist and refuse.</summary>
public sealed class SubscriptionTests
{
    static readonly Uri Site = new("https://calls.example.com/");

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task A_subscription_is_made_renewed_a_day_before_it_ends_and_made_anew_when_it_was_blacklisted(On database)
    {
        await using var cloud = new FakeRingCentral();
        var clock = new MovableClock();
        cloud.Clock = clock;
        await using var house = await House.Open(database, clock);
        using var door = new CloudDoor();
        var line = await house.Switchboard.Add("ringcentral", "nube", cloud.Settings, ConnectionState.Draft); // while it is set up, too
        var subscriptions = house.SubscriptionsAt(Site, door);

        await Look(subscriptions, house, line);
        var made = Assert.Single(cloud.Subscriptions);
        Assert.Equal(($"https://calls.example.com/webhooks/{line.Id}", "tok-0123456789", "/restapi/v1.0/account/~/telephony/sessions"), (made.Address, made.Token, made.Filter));
        Assert.True(await subscriptions.Find(line.Id) is { IsThere: true, FailingSince: null } first && Near(first.EndsAt!.Value, clock.GetUtcNow().AddDays(7)));
        Assert.Empty(await house.Gaps.List(line.Id)); // nobody had sent before

        // It holds: nothing is done, and nothing is asked until it is time to look again.
        clock.Ahead = TimeSpan.FromMinutes(1);
        var asked = cloud.Heard;
        await Look(subscriptions, house, line);
        Assert.Equal(asked, cloud.Heard);
        clock.Ahead = TimeSpan.FromDays(5);
        await Look(subscriptions, house, line);
        Assert.Equal(0, cloud.Renewed);
        clock.Ahead = TimeSpan.FromDays(6) + TimeSpan.FromMinutes(1);
        await Look(subscriptions, house, line);
        Assert.Equal(1, cloud.Renewed);
        Assert.True(Near((await subscriptions.Find(line.Id))!.EndsAt!.Value, clock.GetUtcNow().AddDays(7)));

        // We did not answer, and it was ended for good: another takes its place, and the time between is a gap.
        made.Status = "Blacklisted";
        clock.Ahead += TimeSpan.FromMinutes(16);
        await Look(subscriptions, house, line);
        Assert.True(Assert.Single(cloud.Subscriptions) is { Status: "Active" } another && another.Id != made.Id);
        var gap = Assert.Single(await house.Gaps.List(line.Id));
        Assert.True(gap.Reason == GapReason.Unsubscribed && Near(gap.From, clock.GetUtcNow().AddMinutes(-16)) && Near(gap.Until!.Value, clock.GetUtcNow()), $"{gap}");
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task What_cannot_be_looked_after_is_said_on_the_page_and_alarms_after_a_while(On database)
    {
        await using var cloud = new FakeRingCentral();
        var clock = new MovableClock();
        cloud.Clock = clock;
        await using var house = await House.Open(database, clock);
        using var door = new CloudDoor();
        var line = await house.Switchboard.Add("ringcentral", "nube", cloud.Settings, ConnectionState.Active);
        var subscriptions = house.SubscriptionsAt(Site, door);
        var source = new SubscriptionFailing(subscriptions, house.Switchboard);
        Task<IReadOnlyList<Alert>> Alerts() => house.Db.Read(tx => source.Look(tx, clock.GetUtcNow(), new Dictionary<string, AlertRule> { [SubscriptionFailing.Name] = AlertRule.Default(SubscriptionFailing.Kind) }));
        async Task<Health> Health() => CallCenter.Telephony.Health.Of(line, ArrivalFigures.None, null, clock.GetUtcNow(), null, await subscriptions.Find(line.Id));

        await Look(subscriptions, house, line);
        Assert.Empty(await Alerts());
        cloud.Refuses = (403, """{"errorCode":"CMN-401","message":"In order to call this API endpoint, application needs to have [SubscriptionWebhook] permission"}""");
        clock.Ahead = TimeSpan.FromMinutes(16);
        await Look(subscriptions, house, line);
        Assert.True(await subscriptions.Find(line.Id) is { IsThere: true, Fault: CloudFault.NotPermitted, Tries: 1 } failing && failing.Said!.Contains("[SubscriptionWebhook]"));
        Assert.True(await Health() is { Troubles: [Trouble.SubscriptionFailing], Dot: Dot.Attention });
        Assert.Empty(await Alerts()); // may pass
        for (var i = 0; i < 4; i++)
        {
            clock.Ahead += TimeSpan.FromMinutes(8);
            await Look(subscriptions, house, line);
        }

        var alert = Assert.Single(await Alerts());
        Assert.Equal(($"connection:{line.Id}", "nube", "NotPermitted"), (alert.Subject, alert.Detail["connection"], alert.Detail["fault"]));

        // Its time runs out meanwhile: then nothing comes any more.
        clock.Ahead = TimeSpan.FromDays(8);
        Assert.True(await Health() is { Troubles: [Trouble.Unsubscribed], Dot: Dot.Error });

        // Somebody mended it and wants to see it at once.
        cloud.Refuses = null;
        cloud.Subscriptions.Clear();
        await subscriptions.CheckNow(line.Id);
        await Look(subscriptions, house, line);
        Assert.Empty((await Health()).Troubles);
        Assert.Empty(await Alerts());
        Assert.Single(await house.Gaps.List(line.Id));
    }

    [Fact]
    public async Task A_webhook_that_Aircall_switched_off_is_switched_on_and_one_that_is_not_there_is_said()
    {
        var (active, isThere) = (true, true);
        var (line, host) = ("", "");
        await using var cloud = new FakeCloud(asked =>
        {
            if (asked.Authorization != "Basic " + Convert.ToBase64String("id:token-0123456789"u8)) return new Answered(401, "{}");
            if (asked is { Method: "PUT", Path: "/v1/webhooks/17ab-9c" } && asked.Body == """{"active":true}""") active = true;
            var ours = $$$"""{"webhook_id":"17ab-9c","url":"https://calls.example.com/webhooks/{{{line}}}","active":{{{(active ? "true" : "false")}}},"token":"t"}""";
            if (asked.Method == "PUT") return $$"""{"webhook":{{ours}}}""";
            return asked.Query("page") == "2" ? $$$"""{"webhooks":[{{{(isThere ? ours : "")}}}],"meta":{"next_page_link":null}}"""
                : $$$"""{"webhooks":[{"webhook_id":"x","url":"https://elsewhere.example.com/","active":false}],"meta":{"next_page_link":"http://{{{host}}}/v1/webhooks?per_page=50&page=2"}}""";
        });
        host = cloud.Host;
        var clock = new MovableClock();
        await using var house = await House.Open(On.Sqlite, clock);
        using var door = new CloudDoor();
        var added = await house.Switchboard.Add("aircall", "nube", new Dictionary<string, string> { ["token"] = "t-0123456789", ["api_id"] = "id", ["api_token"] = "token-0123456789", [CloudAddress.Setting] = cloud.Host }, ConnectionState.Active);
        line = added.Id;
        var subscriptions = house.SubscriptionsAt(Site, door);

        await Look(subscriptions, house, added);
        Assert.True(await subscriptions.Find(line) is { IsThere: true, EndsAt: null });
        active = false;
        clock.Ahead = TimeSpan.FromMinutes(16);
        await Look(subscriptions, house, added);
        Assert.True(active);
        Assert.Equal(GapReason.Unsubscribed, Assert.Single(await house.Gaps.List(line)).Reason);
        isThere = false;
        clock.Ahead = TimeSpan.FromMinutes(32);
        await Look(subscriptions, house, added);
        Assert.True(await subscriptions.Find(line) is { IsThere: false, Fault: null, FailingSince: not null } gone && gone.IsDead(clock.GetUtcNow()));

        // Without credentials, or an address of ours, nobody looks.
        Assert.False(CallCenter.Telephony.Subscriptions.CanBeLookedAfter(await house.Switchboard.Change(line, settings: new Dictionary<string, string> { ["api_id"] = "" })));
    }

    /// <summary>As the clock does: only if it is its turn.</summary>
    static async Task Look(Subscriptions subscriptions, House house, Connection line)
    {
        await subscriptions.Look(CancellationToken.None);
        await subscriptions.Settled();
        Assert.NotNull(house.Switchboard.Find(line.Id));
    }

    static bool Near(DateTimeOffset a, DateTimeOffset b) => (a - b).Duration() < TimeSpan.FromSeconds(30);

    /// <summary>RingCentral's subscriptions on loopback.</summary>
    sealed class FakeRingCentral : IAsyncDisposable
    {
        readonly FakeCloud cloud;
        int made;

        public FakeRingCentral() => cloud = new FakeCloud(Answer);

        public sealed class Subscription
        {
            public required string Id { get; init; }
            public required string Address { get; init; }
            public required string Token { get; init; }
            public required string Filter { get; init; }
            public string Status { get; set; } = "Active";
            public DateTimeOffset EndsAt { get; set; }
        }

        public List<Subscription> Subscriptions { get; } = [];

        public int Renewed { get; private set; }

        public (int Status, string Body)? Refuses { get; set; }

        public TimeProvider Clock { get; set; } = TimeProvider.System;

        public int Heard => cloud.Heard.Count;

        public Dictionary<string, string> Settings => new()
        {
            ["validation_token"] = "tok-0123456789",
            ["client_id"] = "c",
            ["client_secret"] = "s-0123456789",
            ["jwt"] = "j-0123456789",
            [CloudAddress.Setting] = cloud.Host,
        };

        public ValueTask DisposeAsync() => cloud.DisposeAsync();

        Answered Answer(Asked asked)
        {
            if (asked.Path == "/restapi/oauth/token") return """{"access_token":"token","expires_in":7200}""";
            if (Refuses is { } refuses) return new Answered(refuses.Status, refuses.Body);
            if (asked.Authorization != "Bearer token") return new Answered(401, "{}");
            var known = Subscriptions.Find(one => asked.Path.StartsWith($"/restapi/v1.0/subscription/{one.Id}", StringComparison.Ordinal));
            switch (asked.Method)
            {
                case "GET" when asked.Path == "/restapi/v1.0/subscription":
                    return $$"""{"records":[{"id":"x","status":"Active","deliveryMode":{"transportType":"WebHook","address":"https://elsewhere.example.com/"},"eventFilters":["/restapi/v1.0/account/1/telephony/sessions"]}{{string.Concat(Subscriptions.Select(one => "," + Json(one)))}}]}""";
                case "POST" when asked.Path.EndsWith("/renew", StringComparison.Ordinal) && known is { Status: "Active" }:
                    Renewed++;
                    known.EndsAt = Clock.GetUtcNow().AddDays(7);
                    return Json(known);
                case "DELETE" when known is not null:
                    Subscriptions.Remove(known);
                    return new Answered(204, "");
                case "POST" when asked.Path == "/restapi/v1.0/subscription":
                    var wish = JsonDocument.Parse(asked.Body).RootElement;
                    var mode = wish.GetProperty("deliveryMode");
                    Subscriptions.Add(new Subscription
                    {
                        Id = $"sub-{++made}",
                        Address = mode.GetProperty("address").GetString()!,
                        Token = mode.GetProperty("validationToken").GetString()!,
                        Filter = wish.GetProperty("eventFilters")[0].GetString()!,
                        EndsAt = Clock.GetUtcNow().AddSeconds(wish.GetProperty("expiresIn").GetInt32()),
                    });
                    return Json(Subscriptions[^1]);
                default:
                    return new Answered(404, """{"message":"Resource is not found"}""");
            }
        }

        static string Json(Subscription one) => JsonSerializer.Serialize(new
        {
            id = one.Id,
            status = one.Status,
            expirationTime = one.EndsAt.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", System.Globalization.CultureInfo.InvariantCulture),
            eventFilters = new[] { "/restapi/v1.0/account/1/telephony/sessions" },
            deliveryMode = new { transportType = "WebHook", encryption = false, address = one.Address },
        });
    }
}
