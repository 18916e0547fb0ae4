using System.Collections.Concurrent;
using CallCenter.Storage;

namespace CallCenter.Telephony;

/// <summary>Whether a phone system still sends to us, as its API said when it was asked last.</summary>
/// <param name="IsThere">It holds, as far as is known.</param>
/// <param name="EndsAt">Null when it lasts until somebody ends it.</param>
/// <param name="CheckedAt">When the phone system last said so; null for never.</param>
/// <param name="FailingSince">Since when it cannot be looked after, or is not there.</param>
/// <param name="Fault">Why not, with the phone system's own words in <paramref name="Said"/>; null when it is only not there.</param>
public sealed record SubscriptionStanding(
    string Connection, bool IsThere, DateTimeOffset? EndsAt, DateTimeOffset? CheckedAt, DateTimeOffset? FailingSince, CloudFault? Fault, string? Said, int Tries)
{
    /// <summary>Nothing comes in any more, or soon will not.</summary>
    public bool IsDead(DateTimeOffset now) => FailingSince is not null && (!IsThere && CheckedAt is not null || EndsAt <= now);
}

/// <summary>
/// Looks after the subscriptions by which clouds send to us: whether they hold, that they are renewed a day before they end,
/// and that they are made anew when they were ended. On one node.
/// </summary>
/// <remarks>
/// A phone system that ended one because we did not answer does not begin again by itself, so they are looked at often. The time
/// since the last look counts as a gap then, and the call log is asked for it.
/// </remarks>
sealed class Subscriptions(CloudApi api, Switchboard switchboard, PublicAddress address, Gaps gaps, LogFetches fetches, Db db, TimeProvider clock, ILogger<Subscriptions> logger) : BackgroundService
{
    static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5), CheckEvery = TimeSpan.FromMinutes(15), Ahead = TimeSpan.FromDays(1), RetryFirst = TimeSpan.FromMinutes(1);

    /// <summary>Between two questions about one connection.</summary>
    static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>Of one look: more than that no subscription needs.</summary>
    const int StepsMax = 20;

    const string Columns = "connection, is_there, ends_at, checked_at, failing_since, fault, said, tries, next_at, settings_of";

    readonly ConcurrentDictionary<string, Task> running = [];

    /// <summary>Heard with the connection whose subscription was looked at, here; other nodes look by themselves.</summary>
    public event Action<string>? Changed;

    /// <summary>Null where there is none, and where nobody looked yet.</summary>
    public async Task<SubscriptionStanding?> Find(string connection, CancellationToken stop = default) =>
        (await db.Read(tx => tx.Maybe<Row>($"select {Columns} from subscriptions where connection = @connection", new { connection }), stop))?.ToStanding();

    /// <summary>Those that are not as they should be.</summary>
    public async Task<List<SubscriptionStanding>> Failing(Tx tx) => (await tx.List<Row>($"select {Columns} from subscriptions where failing_since is not null")).ConvertAll(row => row.ToStanding());

    /// <summary>For a person who has mended something and does not want to wait.</summary>
    public Task CheckNow(string connection, CancellationToken stop = default) =>
        db.Write(tx => tx.Run("update subscriptions set next_at = 0 where connection = @connection", new { connection }), stop);

    /// <summary>Looks at those whose turn it is.</summary>
    internal async Task Look(CancellationToken stop)
    {
        if (address.Configured is null) return; // nobody knows where to they should send
        var now = clock.GetUtcNow();
        var known = (await db.Read(tx => tx.List<Row>($"select {Columns} from subscriptions"), stop)).ToDictionary(row => row.connection);
        foreach (var connection in switchboard.All)
        {
            if (connection.State == ConnectionState.Paused || running.ContainsKey(connection.Id) || !CanBeLookedAfter(connection)) continue;
            var before = known.GetValueOrDefault(connection.Id);
            if (before is not null && before.next_at > now.ToUnixTimeMilliseconds() && before.settings_of == connection.ChangedAt.ToUnixTimeMilliseconds()) continue;
            running[connection.Id] = Task.Run(async () =>
            {
                try
                {
                    await Check(connection, before?.ToStanding(), stop);
                }
                catch (Exception e) when (Db.IsOutage(e) || e is OperationCanceledException)
                {
                    // Looked at again as soon as that is possible.
                }
                finally
                {
                    running.TryRemove(connection.Id, out _);
                }
            }, CancellationToken.None);
        }
    }

    /// <summary>Whatever is being looked at has been.</summary>
    internal Task Settled() => Task.WhenAll(running.Values);

    /// <summary>Asks, does what has to be done, and writes down how it stands.</summary>
    internal async Task Check(Connection connection, SubscriptionStanding? before, CancellationToken stop)
    {
        var now = clock.GetUtcNow();
        try
        {
            var found = await Settle(connection, (IHasSubscription)Catalogue.Find(connection.Provider), now, stop);
            await Keep(connection, new SubscriptionStanding(connection.Id, found.IsThere, found.EndsAt, now, found.IsThere ? null : before?.FailingSince ?? now, null, null, 0), now + CheckEvery, stop);
            if (found.WasDead && before is { IsThere: true, CheckedAt: { } last })
            {
                logger.LogWarning("{Connection} had stopped sending to us and was told to send again", connection.Id);
                await gaps.Add(connection.Id, last, now, GapReason.Unsubscribed);
                await fetches.Hurry(connection.Id, stop);
            }
        }
        catch (CloudFaultException e)
        {
            var tries = Math.Min((before?.Tries ?? 0) + 1, 10);
            var wait = RetryFirst * Math.Pow(2, tries - 1);
            await Keep(connection, new SubscriptionStanding(connection.Id, before?.IsThere ?? false, before?.EndsAt, before?.CheckedAt, before?.FailingSince ?? now, e.Fault, e.Said, tries),
                now + (wait < CheckEvery ? wait : CheckEvery), stop);
            if (tries == 1) logger.LogWarning("Nobody can see whether {Connection} still sends to us: {Fault}", connection.Id, e.Fault);
        }

        Changed?.Invoke(connection.Id);
    }

    public static bool CanBeLookedAfter(Connection connection) =>
        Catalogue.All.GetValueOrDefault(connection.Provider) is IHasSubscription provider && provider.SubscriptionNeeds.All(key => connection.Settings[key].Length > 0);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(LookEvery, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
                try
                {
                    await using var held = await db.Hold("subscriptions", stoppingToken);
                    if (held is not null) await Look(stoppingToken);
                }
                catch (Exception e) when (Db.IsOutage(e))
                {
                    logger.LogWarning("Nobody can look after subscriptions, trying again: {Reason}", e.Message);
                }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Asked to.
        }
        finally
        {
            await Settled();
        }
    }

    async Task<FoundSubscription> Settle(Connection connection, IHasSubscription provider, DateTimeOffset now, CancellationToken stop)
    {
        try
        {
            var wish = new SubscriptionWish(address.WebhookOf(connection.Id)!, now + Ahead);
            var asked = provider.Look(wish, connection.Settings);
            for (var steps = 0; steps < StepsMax; steps++)
            {
                var step = provider.Next(wish, asked, await api.Ask(connection, asked, Pause, stop), connection.Settings);
                if (step.Found is { } found) return found;
                asked = step.Ask!;
            }

            throw new CloudFaultException(CloudFault.Unreadable, "its pages have no end");
        }
        catch (Refusal refusal)
        {
            throw new CloudFaultException(CloudFault.Setting, $"{refusal.Arguments.FirstOrDefault()}");
        }
        catch (UnreadableException e)
        {
            throw new CloudFaultException(CloudFault.Unreadable, e.Message);
        }
    }

    Task Keep(Connection connection, SubscriptionStanding standing, DateTimeOffset nextAt, CancellationToken stop) => db.Write(tx => tx.Run(
        """
        insert into subscriptions (connection, is_there, ends_at, checked_at, failing_since, fault, said, tries, next_at, settings_of)
        values (@connection, @there, @ends, @seen, @failing, @fault, @said, @tries, @next, @settings)
        on conflict (connection) do update set is_there = excluded.is_there, ends_at = excluded.ends_at, checked_at = excluded.checked_at, failing_since = excluded.failing_since,
            fault = excluded.fault, said = excluded.said, tries = excluded.tries, next_at = excluded.next_at, settings_of = excluded.settings_of
        """,
        new
        {
            connection = connection.Id,
            there = standing.IsThere ? 1 : 0,
            ends = standing.EndsAt?.ToUnixTimeMilliseconds(),
            seen = standing.CheckedAt?.ToUnixTimeMilliseconds(),
            failing = standing.FailingSince?.ToUnixTimeMilliseconds(),
            fault = standing.Fault?.ToString(),
            said = standing.Said,
            tries = standing.Tries,
            next = nextAt.ToUnixTimeMilliseconds(),
            settings = connection.ChangedAt.ToUnixTimeMilliseconds(),
        }), stop);

#pragma warning disable IDE1006 // columns keep their names
    sealed class Row
    {
        public string connection { get; init; } = "";
        public long is_there { get; init; }
        public long? ends_at { get; init; }
        public long? checked_at { get; init; }
        public long? failing_since { get; init; }
        public string? fault { get; init; }
        public string? said { get; init; }
        public long tries { get; init; }
        public long next_at { get; init; }
        public long settings_of { get; init; }

        public SubscriptionStanding ToStanding() =>
            new(connection, is_there != 0, At(ends_at), At(checked_at), At(failing_since), fault is null ? null : Enum.Parse<CloudFault>(fault), said, (int)tries);

        static DateTimeOffset? At(long? ms) => ms is { } value ? DateTimeOffset.FromUnixTimeMilliseconds(value) : null;
    }
}
