using System.Collections.Concurrent;
using System.Globalization;
using System.Threading.Channels;
using CallCenter.Calls;
using CallCenter.Storage;

namespace CallCenter.Live;

/// <summary>
/// Hears what others on this database change: other nodes on PostgreSQL (LISTEN), the command line in another process on
/// SQLite (looked at every second). Calls go to the <see cref="LiveFeed"/>; whoever keeps other things in memory reads
/// them anew.
/// </summary>
sealed class OtherNodes(Db db, CallLog log, LiveFeed feed, TimeProvider clock, ILogger<OtherNodes> logger) : BackgroundService
{
    static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    /// <summary>PostgreSQL tells at once; this only mends what a broken link may have swallowed unseen.</summary>
    static readonly TimeSpan LookEveryOnPostgres = TimeSpan.FromSeconds(15);

    /// <summary>The database speaks of our own commits a moment before we tell them; after it nothing is left to read.</summary>
    static readonly TimeSpan Settling = TimeSpan.FromMilliseconds(10);

    readonly Channel<bool> wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    readonly Dictionary<string, Func<CancellationToken, Task>> readers = [];
    readonly ConcurrentDictionary<string, byte> stale = [];
    Dictionary<string, long> counted = [];
    long told, stamp;
    int unsure = 1;

    /// <summary>What to do when something kept under a name changed; see <see cref="Tx.Notify"/>. Said before the start.</summary>
    public void On(string name, Func<CancellationToken, Task> read) => readers.Add(name, read);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        feed.Behind += Wake;
        var listening = db.IsPostgres ? Listen(stoppingToken) : Task.CompletedTask;
        try
        {
            while (!stoppingToken.IsCancellationRequested)
            {
                var looked = await Look(stoppingToken);
                using var waiting = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
                waiting.CancelAfter(db.IsPostgres && looked ? LookEveryOnPostgres : LookEvery);
                try
                {
                    await wake.Reader.ReadAsync(waiting.Token);
                }
                catch (OperationCanceledException) when (!stoppingToken.IsCancellationRequested)
                {
                    unsure = 1; // nobody woke us: see for ourselves
                }

                if (db.IsPostgres) await Task.Delay(Settling, clock, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The server stops.
        }
        finally
        {
            feed.Behind -= Wake;
            await listening;
        }
    }

    void Wake() => wake.Writer.TryWrite(true);

    /// <summary>False when the database could not be asked; the same is tried again.</summary>
    async Task<bool> Look(CancellationToken stop)
    {
        try
        {
            if (feed.Newest < 0) feed.Begin(await log.NewestVersion(stop));
            if (!db.IsPostgres)
            {
                var now = await db.Stamp(stop);
                if (now == stamp && !feed.IsBehind && stale.IsEmpty) return true;
                await CountNotices(stop);
                await CatchUp(stop);
                stamp = now;
            }
            else if (Interlocked.Exchange(ref unsure, 0) == 1 || Interlocked.Read(ref told) > feed.Newest || feed.IsBehind)
            {
                await CatchUp(stop);
            }

            foreach (var name in stale.Keys)
            {
                stale.TryRemove(name, out _);
                try
                {
                    await readers[name](stop);
                }
                catch
                {
                    stale[name] = 0;
                    throw;
                }
            }

            return true;
        }
        catch (Exception e) when (!stop.IsCancellationRequested)
        {
            unsure = 1;
            logger.LogWarning("What others changed could not be read, trying again: {Reason}", e.Message);
            return false;
        }
    }

    async Task CatchUp(CancellationToken stop)
    {
        while (true)
        {
            var newest = await log.NewestVersion(stop);
            if (newest <= feed.Newest) return;
            var page = await log.ChangedAfter(CallScope.Machine, feed.Newest, CallLog.PageMax, stop);
            // A page that is not full holds all there was, also where a version has gone because its call changed again.
            feed.Fill(page.Calls, page.IsMore ? page.Until : Math.Max(newest, page.Until));
        }
    }

    async Task CountNotices(CancellationToken stop)
    {
        var now = (await db.Read(tx => tx.List<(string Name, long Next)>("select name, next from counters where name like @prefix",
            new { prefix = Tx.ToldPrefix + "%" }), stop)).ToDictionary(row => row.Name[Tx.ToldPrefix.Length..], row => row.Next);
        foreach (var name in readers.Keys)
            if (now.GetValueOrDefault(name) != counted.GetValueOrDefault(name)) stale[name] = 0;
        counted = now;
    }

    async Task Listen(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await using var connection = await db.Postgres.OpenConnectionAsync(stop);
                connection.Notification += (_, notice) => Hear(notice.Channel, notice.Payload);
                await using var command = connection.CreateCommand();
                command.CommandText = string.Join("; ", readers.Keys.Append("calls").Select(name => $"listen {name}"));
                await command.ExecuteNonQueryAsync(stop);
                // What happened while nobody listened.
                foreach (var name in readers.Keys) stale[name] = 0;
                unsure = 1;
                Wake();

                command.CommandText = "select 1";
                while (true)
                    if (!await connection.WaitAsync(LookEveryOnPostgres, stop)) await command.ExecuteScalarAsync(stop);
            }
            catch (Exception e) when (!stop.IsCancellationRequested)
            {
                logger.LogWarning("The link that hears other nodes broke, opening another: {Reason}", e.Message);
                await Task.Delay(LookEvery, clock, CancellationToken.None);
            }
            catch (Exception)
            {
                return; // the server stops
            }
        }
    }

    void Hear(string name, string payload)
    {
        if (name == "calls")
        {
            if (!long.TryParse(payload, CultureInfo.InvariantCulture, out var version)) return;
            for (var known = Interlocked.Read(ref told); known < version; known = Interlocked.Read(ref told))
                if (Interlocked.CompareExchange(ref told, version, known) == known) break;
        }
        else
        {
            stale[name] = 0;
        }

        Wake();
    }
}
