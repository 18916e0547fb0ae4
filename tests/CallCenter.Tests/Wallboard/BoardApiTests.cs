using System.Net;
using System.Text.Json;
using CallCenter.Teams;
using CallCenter.Tests.SigningIn;
using CallCenter.Wallboard;

namespace CallCenter.Tests.Wallboard;

public class BoardApiTests
{
    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task A_link_without_a_session_tells_its_numbers_and_no_name_or_telephone_opens_nothing_else_and_is_over_when_revoked(On database)
    {
        await using var house = await WebHouse.Open(database);
        var room = await BoardRoom.Of(house.Get<Users>(), house.Get<TeamBook>());
        var (links, personnel) = (house.Get<KioskLinks>(), house.Get<Personnel>());
        var boss = Authority.Of(personnel.Now.People[room.Boss], personnel.RightsOf(room.Boss));
        var (link, token) = await links.Make("Sala A", [room.A.Id], 30, boss);
        await house.Hear(BoardRoom.Call(1, DateTimeOffset.UtcNow.AddSeconds(-20), "q-A", "201"));
        await house.Hear(BoardRoom.Call(2, DateTimeOffset.UtcNow.AddSeconds(-20), "q-B", "202"));

        using var screen = house.NewClient(cookies: true);
        using var page = await screen.GetAsync($"/pantalla/{token}");
        Assert.Equal((HttpStatusCode.OK, true), (page.StatusCode, page.Headers.CacheControl!.NoStore));
        Assert.DoesNotContain("data-measure", await page.Content.ReadAsStringAsync(), StringComparison.Ordinal); // numbers come with the stream, to who may see them

        using var stream = new LineReader(await screen.GetStreamAsync($"/pantalla/{token}/directo?colas=si"));
        var first = await stream.Next(told => ValueOf(told, "Waiting") == "1");
        foreach (var secret in (string[])["Talleres", "6123456", "910000", "eva", "luis", "boss", "q-B"]) Assert.DoesNotContain(secret, first.GetProperty("html").GetString()!, StringComparison.OrdinalIgnoreCase);
        Assert.Equal("Europe/Madrid", first.GetProperty("zone").GetString());
        await house.Hear(BoardRoom.Call(3, DateTimeOffset.UtcNow, "q-A", "201"));
        await stream.Next(told => ValueOf(told, "Waiting") == "2");

        foreach (var address in (string[])["/pantalla", "/pantalla/directo", "/panel", "/llamadas", "/api/calls", "/api/figures/summary", "/api/calls/stream", "/_blazor/negotiate"])
        {
            using var answer = await screen.GetAsync(address);
            Assert.Contains(answer.StatusCode, (HttpStatusCode[])[HttpStatusCode.Redirect, HttpStatusCode.Unauthorized, HttpStatusCode.MethodNotAllowed]);
        }

        await links.Revoke(link.Id, boss);
        var last = await stream.Next(told => told.TryGetProperty("isOver", out _));
        Assert.False(last.TryGetProperty("html", out _));
        Assert.Null(await stream.Line());
        Assert.Equal(HttpStatusCode.NotFound, (await screen.GetAsync($"/pantalla/{token}/directo")).StatusCode);

        // Who tries many is made to wait.
        var statuses = await Task.WhenAll(Enumerable.Range(0, 40).Select(async i => (await house.Client.GetAsync($"/pantalla/{i:x64}/directo")).StatusCode));
        Assert.Contains(HttpStatusCode.TooManyRequests, statuses);
    }

    [Fact]
    public async Task Who_is_signed_in_hears_what_he_may_see_until_his_rights_or_his_session_end()
    {
        await using var house = await WebHouse.Open();
        var (users, room) = (house.Get<Users>(), await BoardRoom.Of(house.Get<Users>(), house.Get<TeamBook>()));
        await users.ChangePassword(room.Boss, "un caballo correcto", Authority.Console);
        await house.Hear(BoardRoom.Call(1, DateTimeOffset.UtcNow.AddSeconds(-20), "q-A", "201"));
        await house.Hear(BoardRoom.Call(2, DateTimeOffset.UtcNow.AddSeconds(-20), "q-B", "202"));
        using var visitor = new Visitor(house);
        await visitor.SignIn("boss@example.com", "un caballo correcto");

        using var stream = new LineReader(await visitor.Client.GetStreamAsync("/pantalla/directo"));
        await stream.Next(told => ValueOf(told, "Waiting") == "1");
        await house.Get<TeamBook>().Change(room.B.Id, team => team with { Manager = room.Boss }, Authority.Console);
        await stream.Next(told => ValueOf(told, "Waiting") == "2");
        await users.EndSignIns(room.Boss, Authority.Console);
        await stream.Next(told => told.TryGetProperty("isOver", out _));
    }

    [Fact]
    public async Task While_the_database_is_away_a_screen_is_told_so_and_gets_no_zeros_and_afterwards_its_numbers_again()
    {
        using var postgres = TestPostgres.New();
        var database = await postgres.NewOwnDatabase();
        await using var house = await WebHouse.Open(with: options => options with { Database = database });
        var room = await BoardRoom.Of(house.Get<Users>(), house.Get<TeamBook>());
        var personnel = house.Get<Personnel>();
        var (_, token) = await house.Get<KioskLinks>().Make("Sala A", [room.A.Id], 30, Authority.Of(personnel.Now.People[room.Boss], personnel.RightsOf(room.Boss)));
        await house.Hear(BoardRoom.Call(1, DateTimeOffset.UtcNow.AddSeconds(-20), "q-A", "201"));
        using var screen = house.NewClient();
        using var stream = new LineReader(await screen.GetStreamAsync($"/pantalla/{token}/directo"));
        await stream.Next(told => ValueOf(told, "Waiting") == "1");

        postgres.Stop();
        var away = await stream.Next(told => told.TryGetProperty("isAway", out _));
        Assert.False(away.TryGetProperty("html", out _));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await screen.GetAsync($"/pantalla/{token}/directo")).StatusCode);
        postgres.Start();
        await stream.Next(told => ValueOf(told, "Waiting") == "1");
    }

    /// <summary>The number of a tile, as it is drawn.</summary>
    static string? ValueOf(JsonElement told, string measure)
    {
        if (!told.TryGetProperty("html", out var html)) return null;
        var tile = html.GetString()![html.GetString()!.IndexOf($"data-measure=\"{measure}\"", StringComparison.Ordinal)..];
        return System.Text.RegularExpressions.Regex.Match(tile, "class=\"wb-value[^>]*>([^<]*)").Groups[1].Value.Trim();
    }

    sealed class LineReader(Stream stream) : IDisposable
    {
        static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
        readonly StreamReader reader = new(stream);

        public Task<string?> Line() => reader.ReadLineAsync().WaitAsync(Patience);

        public async Task<JsonElement> Next(Func<JsonElement, bool> wanted)
        {
            for (var until = DateTimeOffset.UtcNow + Patience; DateTimeOffset.UtcNow < until;)
                if (JsonDocument.Parse(await Line() ?? throw new InvalidOperationException("The stream ended.")).RootElement is var told && wanted(told)) return told;
            throw new TimeoutException();
        }

        public void Dispose() => reader.Dispose();
    }
}
