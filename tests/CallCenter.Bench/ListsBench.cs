using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using CallCenter.Calls;
using CallCenter.Simulation;
using CallCenter.Storage;
using CallCenter.Telephony;
using CallCenter.Telephony.Providers;
using Dapper;
using Microsoft.Data.Sqlite;

namespace CallCenter.Bench;

/// <summary>The first page of calls, and of calls by any one condition, in a long history.</summary>
static class ListsBench
{
    const int Calls = 5_000_000;
    const int Shapes = 5_000;
    const int Alive = 40;
    const int Times = 40;

    static readonly DateTimeOffset Newest = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);
    static readonly TimeSpan Apart = TimeSpan.FromSeconds(19); // five million in three years

    public static async Task Measure(Run run)
    {
        using var folder = new TempFolder();
        var database = Path.Combine(folder.Path, "calls.db");
        await (await Db.Open(database, stop: run.Stop)).DisposeAsync();
        var start = Stopwatch.GetTimestamp();
        Fill(database, run.Count(Calls));
        run.Add("calls written", run.Count(Calls), "");
        run.Add("written in", Stopwatch.GetElapsedTime(start).TotalSeconds, "s");

        await using var server = await HostedServer.Start(database);
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri($"http://127.0.0.1:{server.Address.Port}") };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", server.Address.Key);

        var (slowest, name) = (0.0, "");
        foreach (var filter in Filters(database))
        {
            var took = new List<double>();
            for (var i = 0; i < Times; i++)
            {
                var asked = Stopwatch.GetTimestamp();
                await client.GetStringAsync($"/api/calls?{filter}", run.Stop);
                took.Add(Stopwatch.GetElapsedTime(asked).TotalMilliseconds);
            }

            var p95 = took.Order().ElementAt((int)(Times * 0.95));
            run.Told.WriteLine(string.Create(CultureInfo.InvariantCulture, $"    {filter,-40} p95 {p95,8:0.0} ms, first {took[0]:0.0} ms"));
            if (filter.Length == 0) run.Add("first page, p95", p95, "ms", most: 100);
            else if (p95 > slowest) (slowest, name) = (p95, filter);
        }

        run.Add($"slowest single condition ({name}), p95", slowest, "ms", most: 100);
    }

    /// <summary>Each condition with a usual value, a rare one and one that nothing has.</summary>
    static List<string> Filters(string database)
    {
        using var file = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = database, Mode = SqliteOpenMode.ReadOnly, Pooling = false }.ConnectionString);
        file.Open();
        var filters = new List<string>
        {
            "", "alive=true", "alive=false", "missed=true", "missed=false", "team=none",
            "from=2024-02-01T00:00:00Z", "until=2024-02-01T00:00:00Z",
        };
        filters.AddRange(((string[])["inbound", "outbound", "internal"]).Select(value => $"direction={value}"));
        filters.AddRange(((string[])["completed", "cancelled", "no_answer", "busy", "failed"]).Select(value => $"outcome={value}"));
        filters.AddRange(((string[])["queued", "ringing", "answered", "on_hold", "ended"]).Select(value => $"state={value}"));
        filters.AddRange(((string[])["open", "recovered", "self_recovered", "no_number"]).Select(value => $"recovery={value}"));
        foreach (var (name, column) in ((string, string)[])[("operator", "operator"), ("queue", "queue"), ("line", "line"), ("customer", "customer_key"), ("connection", "connection"), ("team", "team_id")])
        {
            var values = file.Query<string>($"select {column} from (select {column} from calls where {column} is not null and ended_at is not null limit 200000) group by {column} order by count(*)").ToList();
            filters.AddRange(((string[])[values[0], values[^1], name == "customer" ? "+34600000000" : "nobody"]).Distinct().Select(value => $"{name}={Uri.EscapeDataString(value)}"));
        }

        return filters;
    }

    /// <summary>
    /// Some thousand calls of the invented company, folded as any other, repeated through three years: other times, other
    /// numbers, some customers far more often than others. Straight into the table, its indexes afterwards.
    /// </summary>
    static void Fill(string database, int count)
    {
        using var file = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = database, Pooling = false }.ConnectionString);
        file.Open();
        file.Execute("pragma synchronous = off; pragma cache_size = -500000; pragma temp_store = memory");
        var indexes = file.Query<(string Name, string Sql)>("select name, sql from sqlite_master where type = 'index' and tbl_name = 'calls' and sql is not null").ToList();
        foreach (var (name, _) in indexes) file.Execute($"drop index {name}");

        using (var all = file.BeginTransaction())
        {
            file.Execute($"create temp table shapes as select 0 as n, {string.Join(", ", CallRow.Parameters)} from calls limit 0");
            var insert = $"insert into shapes values (@n, {string.Join(", ", CallRow.Parameters.Select(name => "@" + name))})";
            var shapes = ShapeRows();
            for (var i = 0; i < shapes.Count; i++)
            {
                var values = new DynamicParameters();
                values.Add("n", i);
                for (var column = 0; column < CallRow.Parameters.Length; column++) values.Add(CallRow.Parameters[column], shapes[i][column]);
                file.Execute(insert, values);
            }

            file.Execute("create unique index shapes_by_n on shapes (n)");
            file.Execute(
                $"""
                with recursive series (i) as (select 1 union all select i + 1 from series where i < {count}),
                spread as (select i, {Newest.ToUnixTimeMilliseconds()} - ({count} - i) * {(long)Apart.TotalMilliseconds} as start, (i * 7919 % 9973) * (i * 104729 % 9967) / 9967 as customer from series),
                made as (
                    select i, start, s.*, start - started_at as later, i > {count} - {Alive} as alive,
                        case when customer_key is null then null else substr(customer_key, 1, length(customer_key) - 4) || printf('%04d', customer) end as other
                    from spread join shapes s on n = i % {shapes.Count})
                insert into calls ({string.Join(", ", CallRow.Parameters)}, recovered_by, recovered_at)
                select i, connection, 'k' || i, provider, direction, iif(alive, 'Answered', state), iif(alive, null, outcome), iif(alive, 0, missed), iif(alive, null, missed_reason),
                    other, other, line, queue, operator, start, queued_at + later, ringing_at + later, answered_at + later, iif(alive, null, ended_at + later), last_event_at + later,
                    stale, voicemail, dialled, i, 'team-' || (i % 7), null, iif(other is null, detail, replace(detail, customer_key, other)),
                    iif(missed = 1 and not alive and i % 10 < 7, i + 1, null), iif(missed = 1 and not alive and i % 10 < 7, ended_at + later + 600000, null)
                from made
                """);
            file.Execute("update counters set next = @next where name in ('calls', 'version')", new { next = count + 1 });
            all.Commit();
        }

        foreach (var (_, sql) in indexes) file.Execute(sql);
        file.Execute("pragma wal_checkpoint(truncate)");
    }

    static List<object?[]> ShapeRows()
    {
        var provider = new SimulatedPhoneSystem();
        var settings = new Settings(new Dictionary<string, string> { ["country"] = "ES" });
        var company = new PartsSeller(200);
        var rows = new List<object?[]>();
        foreach (var script in new Traffic(company, 5260, "shape").From(Newest, _ => 40, alwaysOpen: true).Take(Shapes))
        {
            var events = script.Messages.SelectMany(told =>
                provider.Translate(new Arrival("simulator-bench", Newest, "POST", "", Arrival.NoHeaders, SimulatedPhoneSystem.Write(told)), settings).Events).ToList();
            if (events.Count > 0 && Call.Of(events[0].Call, events) is { EndedAt: not null } call)
                rows.Add(CallRow.Values(call with { Provider = "simulator" }, events.Max(happened => happened.At)));
        }

        return rows;
    }
}
