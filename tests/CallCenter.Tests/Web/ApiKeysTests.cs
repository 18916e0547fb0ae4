using System.Net;
using System.Net.Http.Headers;
using CallCenter.Audit;
using CallCenter.Web;
using Microsoft.Extensions.Logging.Abstractions;

namespace CallCenter.Tests.Web;

public class ApiKeysTests
{
    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task A_key_opens_until_it_is_revoked_and_is_kept_only_as_a_hash(On database)
    {
        await using var house = await House.Open(database);
        var keys = new ApiKeys(house.Db, house.Audit, TimeProvider.System, NullLogger<ApiKeys>.Instance);
        var (key, secret) = await keys.Add("tablero", [ApiScope.CallsRead], Actor.Console);

        Assert.Equal(key.Id, (await keys.Find(secret))?.Id);
        Assert.True(keys.Allows(key.Id, ApiScope.CallsRead));
        Assert.False(keys.Allows(key.Id, ApiScope.ArrivalsRead));
        Assert.Null(await keys.Find(secret[..^1] + (secret[^1] == 'a' ? 'b' : 'a')));
        Assert.Null(await keys.Find(""));
        Assert.Null(await keys.Find("cc_" + new string('x', 5000)));

        var kept = await house.Db.Read(tx => tx.One<string>("select id || name || hash || scopes from api_keys"));
        Assert.DoesNotContain(secret, kept);
        Assert.DoesNotContain(secret[^43..], kept);

        await keys.Revoke(key.Id, Actor.Console);
        Assert.Null(await keys.Find(secret));
        Assert.False(keys.Allows(key.Id, ApiScope.CallsRead));
        Assert.NotNull(Assert.Single(await keys.All()).RevokedAt);
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task Use_is_noted_at_most_once_a_minute(On database)
    {
        var clock = new Clock();
        await using var house = await House.Open(database, clock);
        var keys = new ApiKeys(house.Db, house.Audit, clock, NullLogger<ApiKeys>.Instance);
        var (_, secret) = await keys.Add("tablero", [ApiScope.CallsRead], Actor.Console);

        var first = clock.Now;
        await keys.Find(secret);
        Assert.Equal(first, await LastUse(keys, first));
        clock.Now += TimeSpan.FromSeconds(59);
        await keys.Find(secret);
        await Task.Delay(100);
        Assert.Equal(first, Assert.Single(await keys.All()).LastUsedAt);
        clock.Now += TimeSpan.FromSeconds(2);
        await keys.Find(secret);
        Assert.Equal(clock.Now, await LastUse(keys, clock.Now));
    }

    [Theory]
    [InlineData("", "calls:read", "key.name")]
    [InlineData("tablero", "calls:write", "key.unknown-scope")]
    public async Task A_key_needs_a_name_and_scopes_that_exist(string name, string scope, string code)
    {
        await using var house = await House.Open();
        var keys = new ApiKeys(house.Db, house.Audit, TimeProvider.System, NullLogger<ApiKeys>.Instance);
        Assert.Equal(code, (await Assert.ThrowsAsync<Refusal>(() => keys.Add(name, [scope], Actor.Console))).Code);
        Assert.Equal("key.unknown", (await Assert.ThrowsAsync<Refusal>(() => keys.Revoke("nobody", Actor.Console))).Code);
    }

    [Fact]
    public async Task A_request_needs_a_key_with_the_scope()
    {
        await using var house = await WebHouse.Open();
        async Task<HttpStatusCode> Ask(string? authorization)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/api/calls");
            if (authorization is not null) request.Headers.TryAddWithoutValidation("Authorization", authorization);
            using var answer = await house.Client.SendAsync(request);
            if (answer.StatusCode != HttpStatusCode.OK) Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
            return answer.StatusCode;
        }

        var keys = house.Get<ApiKeys>();
        var (_, right) = await keys.Add("right", [ApiScope.CallsRead], Actor.Console);
        var (_, wrong) = await keys.Add("wrong scope", [ApiScope.ArrivalsRead], Actor.Console);
        Assert.Equal(HttpStatusCode.Unauthorized, await Ask(null));
        Assert.Equal(HttpStatusCode.Unauthorized, await Ask("Bearer cc_nonsense"));
        Assert.Equal(HttpStatusCode.Unauthorized, await Ask("Basic " + right));
        Assert.Equal(HttpStatusCode.Forbidden, await Ask("Bearer " + wrong));
        Assert.Equal(HttpStatusCode.OK, await Ask("Bearer " + right));
        Assert.Equal(HttpStatusCode.OK, await Ask("bearer " + right));
    }

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task A_key_made_and_revoked_by_another_process_is_noticed_by_a_running_server(On database)
    {
        await using var house = await WebHouse.Open(database);
        Assert.Null(await house.Get<ApiKeys>().Find("cc_abcdefghij_" + new string('x', 43))); // it has read its keys
        var place = house.Get<ServerOptions>().Database;
        var (code, output, error) = await Commands.Cli.Run("key", "add", "--name", "script", "--scope", "calls:read", "--json", "--database", place);
        Assert.True(code == 0, error);
        var made = System.Text.Json.JsonDocument.Parse(output).RootElement;
        using var client = house.NewClient();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", made.GetProperty("key").GetString());
        await Until(client, HttpStatusCode.OK);
        await Commands.Cli.Run("key", "revoke", made.GetProperty("id").GetString()!, "--database", place);
        await Until(client, HttpStatusCode.Unauthorized);
    }

    static async Task Until(HttpClient client, HttpStatusCode wanted)
    {
        for (var since = System.Diagnostics.Stopwatch.StartNew(); ; await Task.Delay(50))
        {
            using var answer = await client.GetAsync("/api/calls");
            if (answer.StatusCode == wanted) return;
            Assert.True(since.Elapsed < TimeSpan.FromSeconds(5), $"Still {answer.StatusCode} after five seconds.");
        }
    }

    static async Task<DateTimeOffset?> LastUse(ApiKeys keys, DateTimeOffset expected)
    {
        for (var since = System.Diagnostics.Stopwatch.StartNew(); since.Elapsed < TimeSpan.FromSeconds(5); await Task.Delay(10))
            if ((await keys.All())[0].LastUsedAt == expected) break;
        return (await keys.All())[0].LastUsedAt;
    }

    sealed class Clock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new(2026, 5, 4, 12, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
