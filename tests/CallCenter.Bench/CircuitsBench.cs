using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using CallCenter.Calls;
using CallCenter.Teams;
using CallCenter.Telephony;
using CallCenter.Tests;
using CallCenter.Web;
using Microsoft.Extensions.DependencyInjection;
using static CallCenter.Telephony.Providers.SimulatedPhoneSystem;

namespace CallCenter.Bench;

/// <summary>
/// Two hundred open dashboards as their owners have them: whole circuits, with everything that stands around a dashboard, while a phone system tells
/// a hundred things a second. What the server takes for them, and how long it is from a missed call's end until its number is drawn.
/// </summary>
static class CircuitsBench
{
    const string Password = "un caballo correcto";

    /// <summary>Two hundred people, each with a dashboard open: of every fifty one sees all calls, four those of a team, the others their own.</summary>
    const int People = 200, Group = 50, ManagersOfGroup = 4, OperatorsOfGroup = Group - 1 - ManagersOfGroup;

    const int OpenedAtOnce = 4;

    /// <summary>From when the last page is open; what has become hot is compiled anew meanwhile.</summary>
    static readonly TimeSpan Settling = TimeSpan.FromSeconds(20);

    static readonly TimeSpan PatienceMax = TimeSpan.FromSeconds(6);

    static readonly int[] Steps = [0, 50, 200];

    static readonly TimeZoneInfo Madrid = TimeZoneInfo.FindSystemTimeZoneById("Europe/Madrid");

    /// <summary>All show the day of today; one person asks this and the next one that. Which day is the earliest in the last is said below.</summary>
    static readonly string[] Pages =
    [
        "/panel", "/panel?periodo=7-dias", "/panel?periodo=mes", "/panel?comparar=no", "/panel?periodo=7-dias&comparar=no", "/panel?periodo=mes&marcas=cantidad",
        "/panel?horas=personas", "/panel?solo=no-recuperadas", "/panel?periodo=7-dias&solo=no-recuperadas", "/panel?desde={0}&hasta={1}",
    ];

    public static async Task Measure(Run run, On database)
    {
        await using var house = await House.Open(database, TimeProvider.System);
        var today = LocalDay.Of(DateTimeOffset.UtcNow, Madrid);
        await new YearsOfCalls(house).Fill(run.Count(200_000), today.AddDays(-1), 90, Madrid, run.Stop);
        if (database == On.Postgres) await house.Db.Write(tx => tx.Run("analyze calls, call_people, totals_by_slot, totals_by_day, total_keys"));
        var (webhook, people) = await Staff(house, run.Stop);
        await using var server = await HostedServer.Start(database == On.Postgres ? house.Db.Postgres.ConnectionString : house.Db.File);
        var address = new Uri($"http://127.0.0.1:{server.Address.Port}/");
        var sessions = new List<BrowserSession>();
        var screens = new List<Screen>();
        using var phones = new PhoneSystem(address, webhook);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(run.Stop);
        var calling = phones.Run(stop.Token);
        try
        {
            foreach (var person in people) sessions.Add(await BrowserSession.SignIn(address, person.Email, Password, run.Stop));
            await Task.Delay(PhoneSystem.Lasts, run.Stop); // as many calls go on as will
            foreach (var count in Steps)
            {
                var opening = Stopwatch.StartNew();
                var more = Enumerable.Range(screens.Count, count - screens.Count).Select(i => new Screen(people[i], i)).ToList();
                screens.AddRange(more);
                await Parallel.ForEachAsync(more, new ParallelOptions { MaxDegreeOfParallelism = OpenedAtOnce, CancellationToken = run.Stop }, async (screen, abort) =>
                    await screen.Open(sessions[screen.Number], string.Format(CultureInfo.InvariantCulture, Pages[screen.Number / 2 % Pages.Length], Day(today.AddDays(-29)), Day(today)), abort));
                if (more.Count > 0)
                {
                    run.Add($"opened in a second, up to {count}", more.Count / opening.Elapsed.TotalSeconds, "pages");
                    run.Add($"opened in vain, up to {count}", more.Sum(screen => screen.Failures), "pages", most: 1);
                }

                await Task.Delay(Settling, run.Stop);
                await Watch(run, server, phones, screens, TimeSpan.FromSeconds(run.Quick ? 20 : 60));
            }

            await stop.CancelAsync();
            await calling;
        }
        finally
        {
            foreach (var screen in screens) await screen.DisposeAsync();
            foreach (var session in sessions) session.Dispose();
        }
    }

    static string Day(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    static async Task Watch(Run run, HostedServer server, PhoneSystem phones, List<Screen> screens, TimeSpan time)
    {
        var (count, isAll) = (screens.Count, screens.Count == Steps[^1]);
        phones.TakeLatencies();
        var (before, drawn, from) = (await server.Count(), Drawn(screens), Stopwatch.GetTimestamp());
        await Task.Delay(time, run.Stop);
        var (after, drawnThen, until) = (await server.Count(), Drawn(screens), Stopwatch.GetTimestamp());
        var (latencies, seconds) = (phones.TakeLatencies(), Stopwatch.GetElapsedTime(from, until).TotalSeconds);
        run.Add($"{count} dashboards: events sent", latencies.Count / seconds, "events/s");
        run.Add($"{count} dashboards: p99 of an event's webhook", At(latencies, 0.99), "ms");
        run.Add($"{count} dashboards: not answered 204", phones.Refused, "requests", most: 1);
        run.Add($"{count} dashboards: server's share of a core", (after.CpuSeconds - before.CpuSeconds) / seconds, "", most: isAll ? 1 : null);
        run.Add($"{count} dashboards: server's working set", after.WorkingSet / 1e6, "MB", most: isAll ? 1500 : null);
        run.Add($"{count} dashboards: its largest so far", after.WorkingSetPeak / 1e6, "MB");
        run.Add($"{count} dashboards: its managed heap", after.HeapBytes / 1e6, "MB");
        run.Add($"{count} dashboards: allocated in a second", (after.AllocatedBytes - before.AllocatedBytes) / 1e6 / seconds, "MB");
        run.Add($"{count} dashboards: paused by the collector", (after.PauseSeconds - before.PauseSeconds) / seconds * 100, "%");
        if (count == 0) return;

        await Task.Delay(PatienceMax, run.Stop);
        var (lags, never) = (new List<double>(), 0);
        foreach (var screen in screens.Where(screen => screen.Broken is null))
            foreach (var miss in phones.Missed.Values.Where(miss => miss.EndedAt > from && miss.EndedAt < until && screen.Owner.Sees(miss)))
                if (screen.DrawnAt(miss.Number) is { } at) lags.Add(Stopwatch.GetElapsedTime(miss.EndedAt, at).TotalMilliseconds);
                else never++;
        run.Add($"{count} dashboards: circuits that broke", screens.Count(screen => screen.Broken is not null), "", most: 1);
        foreach (var why in screens.Where(screen => screen.Broken is not null).CountBy(screen => screen.Broken!)) run.Told.WriteLine($"    {why.Value} broke: {why.Key}");
        run.Add($"{count} dashboards: from a missed call's end to its number drawn, p50", At(lags, 0.5), "ms");
        run.Add($"{count} dashboards: the same, p95", At(lags, 0.95), "ms", most: isAll ? 2000 : null);
        run.Add($"{count} dashboards: the same, p99", At(lags, 0.99), "ms");
        run.Add($"{count} dashboards: never drawn", never, $"of {lags.Count + never}", most: 1);
        run.Add($"{count} dashboards: drawn anew in a second", (drawnThen.Dashboards - drawn.Dashboards) / seconds, "dashboards");
        run.Add($"{count} dashboards: batches in a second", (drawnThen.Batches - drawn.Batches) / seconds, "");
        run.Add($"{count} dashboards: sent in batches in a second", (drawnThen.Bytes - drawn.Bytes) / 1e3 / seconds, "kB");
        run.Add($"{count} dashboards: sent for a dashboard", (drawnThen.DashboardBytes - drawn.DashboardBytes) / 1e3 / Math.Max(1, drawnThen.Dashboards - drawn.Dashboards), "kB");
    }

    static (long Batches, long Bytes, long Dashboards, long DashboardBytes) Drawn(List<Screen> screens) =>
        (screens.Sum(screen => screen.Batches), screens.Sum(screen => screen.Bytes), screens.Sum(screen => screen.Dashboards), screens.Sum(screen => screen.DashboardBytes));

    static double At(List<double> values, double share) => values.Count == 0 ? 0 : values.Order().ElementAt((int)((values.Count - 1) * share));

    /// <summary>People to whom the history belongs: those who see all of it, managers of a team, operators with their own.</summary>
    static async Task<(HostedWebhook Webhook, List<Owner> People)> Staff(House house, CancellationToken stop)
    {
        await using var app = Server.Build(new ServerOptions("", ["http://127.0.0.1:0"], []), house.Db);
        var (users, teams, personnel) = (app.Services.GetRequiredService<Users>(), app.Services.GetRequiredService<TeamBook>(), app.Services.GetRequiredService<Personnel>());
        await personnel.Load(stop);
        var connection = await app.Services.GetRequiredService<Switchboard>().Add(Dialect.Simulator.Provider, "bench", Dialect.Simulator.Settings, ConnectionState.Active, stop);
        List<Owner> people = [.. Enumerable.Range(0, People).Select(i => OwnerOf(i / Group, i % Group))];
        // The history names teams and people before there are any; those who are made now take its names.
        for (var i = 0; i < YearsOfCalls.Teams; i++)
        {
            var made = await teams.Add(YearsOfCalls.Team(i), TeamType.CallCenter, Authority.Console);
            await house.Db.Write(tx => tx.Run("update teams set id = @to where id = @from", new { from = made.Id, to = YearsOfCalls.Team(i) }), stop);
        }

        foreach (var person in people)
        {
            var made = await users.Add(new NewPerson(person.Email, person.Id, [person.Role]), Password, Authority.Console);
            await house.Db.Write(tx => tx.Run("update users set id = @to where id = @from", new { from = made.Id, to = person.Id }), stop);
        }

        await personnel.Load(stop);
        for (var i = 0; i < YearsOfCalls.Teams; i++) await teams.GiveLine(YearsOfCalls.Team(i), connection.Id, LineKind.Line, PhoneSystem.LineOf(i), DateTimeOffset.MinValue, fillsPast: false, Authority.Console);
        foreach (var person in people)
        {
            if (person.Team is { } team) await teams.AddMember(YearsOfCalls.Team(team), person.Id, DateTimeOffset.MinValue, Authority.Console);
            if (person.Operator is { } who) await teams.GiveExtension(person.Id, connection.Id, PhoneSystem.ExtensionOf(who), DateTimeOffset.MinValue, Authority.Console);
        }

        return (new HostedWebhook($"/webhooks/{connection.Id}", connection.Settings["secret"]), people);
    }

    /// <summary>Group after group, so that however many pages are open, as large a part of them is each kind's.</summary>
    static Owner OwnerOf(int group, int turn)
    {
        if (turn == 0) return new($"boss{group}", Role.Administrator, null, null);
        if (turn <= ManagersOfGroup && group * ManagersOfGroup + turn - 1 is var manager) return new($"manager{manager}", Role.Manager, manager % YearsOfCalls.Teams, null);
        var who = group * OperatorsOfGroup + turn - 1 - ManagersOfGroup;
        return new($"p{who}", Role.Operator, PhoneSystem.TeamOf(who), who);
    }

    /// <param name="Team">The one that a manager sees, or to which an operator belongs.</param>
    sealed record Owner(string Id, Role Role, int? Team, int? Operator)
    {
        public string Email => $"{Id}@example.com";

        public bool Sees(Miss miss) => Role switch
        {
            Role.Administrator => true,
            Role.Manager => Team == PhoneSystem.TeamOf(miss.Operator),
            Role.Operator => Operator == miss.Operator,
            _ => throw new InvalidOperationException($"Nobody here is {Role}."),
        };
    }

    /// <param name="Operator">At whose telephone it rang in vain.</param>
    /// <param name="EndedAt">When its end was sent; from this moment the clock runs.</param>
    sealed record Miss(string Number, int Operator, long EndedAt);

    /// <summary>One open dashboard, and when it drew what.</summary>
    sealed class Screen(Owner owner, int number) : IAsyncDisposable
    {
        /// <summary>Stands before the number of a customer wherever it can be called, and before no other number of this bench.</summary>
        static readonly byte[] MissedMark = Encoding.UTF8.GetBytes(PhoneSystem.MissedPrefix);

        const int FailuresMax = 5;

        readonly ConcurrentDictionary<string, long> drawnAt = [];
        BlazorClient? client;
        long batches, bytes, dashboards, dashboardBytes;

        public Owner Owner => owner;

        public int Number => number;

        public string? Broken => client?.Broken;

        public long Batches => Interlocked.Read(ref batches);

        public long Bytes => Interlocked.Read(ref bytes);

        public long Dashboards => Interlocked.Read(ref dashboards);

        public long DashboardBytes => Interlocked.Read(ref dashboardBytes);

        public long? DrawnAt(string missed) => drawnAt.TryGetValue(missed, out var at) ? at : null;

        /// <summary>How often it was loaded in vain, because the server was too busy to answer in time.</summary>
        public int Failures { get; private set; }

        /// <summary>As the page does that gets no link: it is loaded again.</summary>
        public async Task Open(BrowserSession session, string page, CancellationToken stop)
        {
            while (client is null)
                try
                {
                    client = await BlazorClient.Open(session, page, Hear, stop);
                }
                catch (Exception) when (!stop.IsCancellationRequested && Failures < FailuresMax)
                {
                    Failures++;
                    await Task.Delay(TimeSpan.FromSeconds(1), stop);
                }
        }

        public async ValueTask DisposeAsync()
        {
            if (client is not null) await client.DisposeAsync();
        }

        /// <summary>
        /// A batch carries its texts as they are. Only a dashboard that was read anew says the instant to which its data reach; so a number that the bar
        /// of calls draws while it rings is not taken for the dashboard's.
        /// </summary>
        void Hear(byte[] batch)
        {
            var now = Stopwatch.GetTimestamp();
            Interlocked.Increment(ref batches);
            Interlocked.Add(ref bytes, batch.Length);
            if (batch.AsSpan().IndexOf(Encoding.UTF8.GetBytes(DateTime.UtcNow.ToString("yyyy-MM-dd'T'HH:", CultureInfo.InvariantCulture))) < 0) return;
            Interlocked.Increment(ref dashboards);
            Interlocked.Add(ref dashboardBytes, batch.Length);
            var rest = batch.AsSpan();
            while (rest.IndexOf(MissedMark) is var at and >= 0 && rest.Length >= at + PhoneSystem.MissedLength)
            {
                drawnAt.TryAdd(Encoding.UTF8.GetString(rest.Slice(at, PhoneSystem.MissedLength)), now);
                rest = rest[(at + PhoneSystem.MissedLength)..];
            }
        }
    }

    /// <summary>Tells of twenty-five calls a second, four things of each: all are answered but one in each second, and that one has a number of its own.</summary>
    sealed class PhoneSystem : IDisposable
    {
        public const string MissedPrefix = "+34699";
        public const int MissedLength = 12;
        const int CallsPerSecond = 25, OperatorsOfAll = 300;

        /// <summary>How long a call rings and how long it lasts, in calls that begin meanwhile.</summary>
        const int Rings = 50, Ends = 200;

        public static readonly TimeSpan Lasts = TimeSpan.FromSeconds((double)Ends / CallsPerSecond);

        readonly HttpClient client;
        readonly string path, secret;
        readonly ConcurrentQueue<double> latencies = [];
        int refused;

        public PhoneSystem(Uri address, HostedWebhook webhook)
        {
            client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = address };
            (path, secret) = (webhook.Path, webhook.Secret);
        }

        public ConcurrentDictionary<int, Miss> Missed { get; } = [];

        /// <summary>Webhooks that were not answered 204, since the beginning.</summary>
        public int Refused => refused;

        public static int TeamOf(int who) => who % YearsOfCalls.Teams;

        public static string LineOf(int team) => $"+34910000{(100 + team * 2).ToString(CultureInfo.InvariantCulture)}";

        public static string ExtensionOf(int who) => $"o{who.ToString(CultureInfo.InvariantCulture)}";

        /// <summary>Milliseconds from when each was due to its answer.</summary>
        public List<double> TakeLatencies()
        {
            var taken = new List<double>();
            while (latencies.TryDequeue(out var one)) taken.Add(one);
            return taken;
        }

        /// <summary>Whatever the server does; what it answers late delays nothing but the next word about the same call.</summary>
        public async Task Run(CancellationToken stop)
        {
            var (began, sent, told) = (Stopwatch.GetTimestamp(), new List<Task>(), new Dictionary<int, Task>());
            try
            {
                for (var step = 0; ; step++)
                {
                    var due = began + (long)((double)step / (4 * CallsPerSecond) * Stopwatch.Frequency);
                    var rest = TimeSpan.FromSeconds((double)(due - Stopwatch.GetTimestamp()) / Stopwatch.Frequency);
                    if (rest > TimeSpan.Zero) await Task.Delay(rest, stop);
                    stop.ThrowIfCancellationRequested();
                    var turn = step % 4;
                    var call = step / 4 - turn switch { 0 => 0, 1 => 1, 2 => Rings, _ => Ends };
                    if (call < 0 || Next(call, turn) is not { } message) continue;
                    told.Remove(call, out var before);
                    var sending = Send(before ?? Task.CompletedTask, message, due, turn == 3 && IsMissed(call) ? call : null);
                    if (turn < 3) told[call] = sending;
                    sent.Add(sending);
                    sent.RemoveAll(one => one.IsCompletedSuccessfully);
                }
            }
            catch (OperationCanceledException)
            {
                // The time is over.
            }

            await Task.WhenAll(sent);
        }

        public void Dispose() => client.Dispose();

        static bool IsMissed(int call) => call % CallsPerSecond == CallsPerSecond - 1;

        /// <summary>Those that are missed ring at the people who look first.</summary>
        static int OperatorOf(int call) => IsMissed(call) ? call / CallsPerSecond % OperatorsOfGroup : call % OperatorsOfAll;

        static string NumberOf(int call) => IsMissed(call)
            ? $"{MissedPrefix}{(call / CallsPerSecond).ToString("000000", CultureInfo.InvariantCulture)}" : $"+346{(20_000_000 + call * 7).ToString(CultureInfo.InvariantCulture)}";

        static Message? Next(int call, int turn)
        {
            var (who, now) = (OperatorOf(call), DateTimeOffset.UtcNow);
            var about = new Message("", $"live-{call.ToString(CultureInfo.InvariantCulture)}", now, turn + 1);
            return turn switch
            {
                0 => about with { Type = "call.started", From = NumberOf(call), To = LineOf(TeamOf(who)), Line = LineOf(TeamOf(who)), Result = Spell(Direction.Inbound) },
                1 => about with { Type = "leg.ringing", Leg = "l", Who = ExtensionOf(who) },
                2 => IsMissed(call) ? null : about with { Type = "leg.answered", Leg = "l" },
                _ => about with { Type = "call.ended", Result = Spell(EndCause.Normal) },
            };
        }

        async Task Send(Task before, Message message, long due, int? missed)
        {
            await before;
            var body = Write(message);
            using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ReadOnlyMemoryContent(body) };
            request.Content.Headers.ContentType = new("application/json");
            request.Headers.Add(SignatureHeader, Sign(secret, body));
            if (missed is { } call) Missed[call] = new Miss(NumberOf(call), OperatorOf(call), Stopwatch.GetTimestamp());
            using var answer = await client.SendAsync(request);
            if (answer.StatusCode != System.Net.HttpStatusCode.NoContent) Interlocked.Increment(ref refused);
            latencies.Enqueue(Stopwatch.GetElapsedTime(due).TotalMilliseconds);
        }
    }
}
