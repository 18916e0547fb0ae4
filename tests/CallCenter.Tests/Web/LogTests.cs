using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;
using CallCenter.Audit;
using CallCenter.Calls;
using CallCenter.Live;
using CallCenter.Teams;
using CallCenter.Telephony;
using CallCenter.Telephony.Providers;
using CallCenter.Tests.Durability;
using CallCenter.Tests.Telephony;
using CallCenter.Web;
using Microsoft.Extensions.Logging;

namespace CallCenter.Tests.Web;

/// <summary>What the server logs at its usual level, while all goes well and while everything goes wrong, read by somebody who looks for secrets.</summary>
public sealed class LogTests
{
    const string Password = "un caballo correcto", WrongPassword = "una mula equivocada";

    [Theory, InlineData(On.Sqlite), InlineData(On.Postgres)]
    public async Task Logs_hold_no_secret_and_no_whole_number(On database)
    {
        var folder = Path.Combine(Path.GetTempPath(), $"callcenter-test-{Guid.NewGuid():n}");
        using var disk = new FragileDisk(folder);
        await using var house = await WebHouse.Open(database, options => database == On.Sqlite ? options with { Database = Path.Combine(folder, "calls.db") } : options);
        using var log = new Log();
        house.Get<ILoggerFactory>().AddProvider(log);

        // A phone system that we call: it lets us in, drops the link, and another that does not let us in.
        await using var pbx = new FakePbx();
        var line = await house.Switchboard.Add("asterisk", "central", pbx.Settings(), ConnectionState.Active);
        await Until(() => house.Get<LineBoard>().Find(line.Id) is { State: LineState.Online, IsSettled: true });
        await house.Switchboard.Add("asterisk", "otra", pbx.Settings(("secret", WrongPassword)), ConnectionState.Active);
        await log.Says("is down: Authentication failed");
        await pbx.Play(FakePbx.BlocksOf("recovered"));
        await Until(async () => (await house.Log.List(CallScope.Machine, new CallFilter(Alive: false))).Calls.Count == 10);
        await pbx.Drop("Event: Newchannel\r\nCallerIDNum: 5491155551234");
        await log.Says($"Line {line.Id} is down");

        // Webhooks: understood, unreadable, and of a stranger.
        var connection = await house.Switchboard.Add(SimulatedPhoneSystem.Id, "nube", new Dictionary<string, string>(), ConnectionState.Active);
        var secret = connection.Settings["secret"];
        const string told = """{"type":"call.started","call":"c-1","at":"2026-05-04T10:00:00Z","from":"+34600123456","to":"+34910654321","result":"inbound"}""";
        await Post(house, connection.Id, told, secret);
        await Post(house, connection.Id, told[..60], secret);
        await Post(house, connection.Id, told, WrongPassword);

        // People and programs.
        await house.Get<Users>().AddFirst("ana@example.com", "Ana", Password, "es", "Europe/Madrid");
        foreach (var password in (string[])[WrongPassword, Password]) await house.Get<Users>().Check("ana@example.com", password);
        var (_, key) = await house.Get<ApiKeys>().Add("Informes", [ApiScope.CallsRead], Actor.Console);
        foreach (var shown in (string[])[key, key[..^1]])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/api/calls?number=%2B34600123456");
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", shown);
            using var answer = await house.Client.SendAsync(request);
        }

        // An arrival that breaks the batch it is in, and a storage that refuses.
        var poison = new CallStarted(new CallKey(connection.Id, "c-2"), TimeProvider.System.GetUtcNow(), Direction.Inbound, PhoneNumber.Parse("+34600999888", "ES"), null);
        await house.Db.Write(tx => tx.Run(tx.IsPostgres
            ? "create function refuse() returns trigger language plpgsql as $$ begin raise exception 'not this'; end $$; create trigger refusing before insert on call_events for each row execute function refuse()"
            : "create trigger refusing before insert on call_events begin select raise(abort, 'not this'); end"));
        await house.Get<Intake>().Accept(new Delivery([(new Arrival(connection.Id, poison.At, "POST", "", Arrival.NoHeaders, Encoding.UTF8.GetBytes(told)), Translation.Understood([poison]))]));
        await log.Says("could not be kept as a call");
        await house.Db.Write(tx => tx.Run(tx.IsPostgres ? "drop trigger refusing on call_events" : "drop trigger refusing"));
        if (database == On.Sqlite)
        {
            disk.Fault = DiskFault.Full;
            await Post(house, connection.Id, told, secret);
            await log.Says("Storage refuses");
            disk.Fault = DiskFault.None;
        }

        var calls = (await house.Log.List(CallScope.Machine, new CallFilter(), CallLog.PageMax)).Calls;
        var numbers = calls.SelectMany(call => new[] { call.From?.Raw, call.From?.E164, call.To?.Raw, call.To?.E164, call.CustomerNumber })
            .OfType<string>().Append("34600999888").Select(number => number.TrimStart('+', '0')).Where(number => number.Length >= 7).ToHashSet();
        Assert.True(numbers.Count > 10);
        foreach (var text in log.Lines)
        {
            foreach (var hidden in (string[])[FakePbx.Secret, secret, SimulatedPhoneSystem.Sign(secret, Encoding.UTF8.GetBytes(told)), Password, WrongPassword, key, key[^20..]])
                Assert.DoesNotContain(hidden, text);
            foreach (var number in numbers) Assert.DoesNotContain(number, text);
        }
    }

    static async Task Post(WebHouse house, string connection, string body, string secret)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/webhooks/{connection}") { Content = new ByteArrayContent(bytes) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Add(SimulatedPhoneSystem.SignatureHeader, SimulatedPhoneSystem.Sign(secret, bytes));
        using var answer = await house.Client.SendAsync(request);
    }

    static Task Until(Func<bool> isIt) => Until(() => Task.FromResult(isIt()));

    static async Task Until(Func<Task<bool>> isIt)
    {
        var watch = Stopwatch.StartNew();
        while (!await isIt())
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), "it did not come to that");
            await Task.Delay(20);
        }
    }

    /// <summary>Everything that is logged, exceptions included.</summary>
    sealed class Log : ILoggerProvider, ILogger
    {
        readonly ConcurrentQueue<string> lines = [];

        public IReadOnlyCollection<string> Lines => lines;

        public Task Says(string what) => Until(() => lines.Any(line => line.Contains(what, StringComparison.Ordinal)));

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            lines.Enqueue($"{logLevel} {formatter(state, exception)} {exception}");

        public void Dispose()
        {
            // Nothing is held but lines.
        }
    }
}
