using System.Collections.Concurrent;
using System.Threading.Channels;
using CallCenter.Live;
using CallCenter.Storage;

namespace CallCenter.Telephony;

/// <summary>What a connection's dot says.</summary>
public enum Dot
{
    Active,

    /// <summary>It works, and something wants to be looked at.</summary>
    Attention,

    /// <summary>Nothing comes in although it should.</summary>
    Error,
    Draft,
    Paused,
}

/// <summary>What is wrong with a connection, each with a sentence that names the way out.</summary>
public enum Trouble
{
    /// <summary>The newest arrival was rejected: the secrets at both ends differ.</summary>
    Rejecting,

    /// <summary>Some were rejected today, others were accepted after them.</summary>
    RejectedSome,

    /// <summary>Some are not understood.</summary>
    Unreadable,

    /// <summary>The direct line is down.</summary>
    LinkDown,

    /// <summary>The phone system does not accept the name or the password.</summary>
    LinkRefused,

    /// <summary>The direct line is up, and the phone system refuses something we need.</summary>
    LinkWarning,

    /// <summary>More comes than can be kept.</summary>
    LinkLosing,

    /// <summary>The kind of phone system is not known to this version of the program.</summary>
    UnknownProvider,

    /// <summary>The phone system's call log cannot be asked.</summary>
    LogFailing,

    /// <summary>Nobody can see whether the phone system still sends to us, or renew that it does.</summary>
    SubscriptionFailing,

    /// <summary>The phone system does not send to us any more.</summary>
    Unsubscribed,
}

/// <summary>How one connection is doing.</summary>
/// <param name="Link">Of a direct connection that is switched on.</param>
public sealed record Health(Connection Connection, ArrivalFigures Figures, LineStatus? Link, Dot Dot, IReadOnlyList<Trouble> Troubles, long EventsPerHour)
{
    /// <summary>When its call log was last asked, and what came of it; null where there is none, or nobody asked yet.</summary>
    public LogFetch? LastFetch { get; init; }

    /// <summary>Null where there is none, or nobody looked yet.</summary>
    public SubscriptionStanding? Subscription { get; init; }

    static readonly TimeSpan Recent = TimeSpan.FromHours(1);

    public static Health Of(Connection connection, ArrivalFigures figures, LineStatus? link, DateTimeOffset now, LogFetch? lastFetch = null, SubscriptionStanding? subscription = null)
    {
        var troubles = TroublesOf(connection, figures, link, now, lastFetch, subscription).ToList();
        var dot = connection.State switch
        {
            ConnectionState.Draft => Dot.Draft,
            ConnectionState.Paused => Dot.Paused,
            ConnectionState.Active when troubles.Any(IsGrave) => Dot.Error,
            ConnectionState.Active => troubles.Count > 0 ? Dot.Attention : Dot.Active,
            _ => throw new InvalidOperationException($"No dot for {connection.State}."),
        };
        return new(connection, figures, link, dot, troubles, PerHour(figures.Hours, now)) { LastFetch = lastFetch, Subscription = subscription };
    }

    /// <summary>When anything came in, if only to be ignored; a direct line hears more than it keeps.</summary>
    public DateTimeOffset? LastAt => Link?.LastMessageAt is { } heard && !(Figures.LastAt > heard) ? heard : Figures.LastAt;

    static bool IsGrave(Trouble trouble) => trouble is Trouble.Rejecting or Trouble.LinkDown or Trouble.LinkRefused or Trouble.UnknownProvider or Trouble.Unsubscribed;

    static IEnumerable<Trouble> TroublesOf(Connection connection, ArrivalFigures figures, LineStatus? link, DateTimeOffset now, LogFetch? lastFetch, SubscriptionStanding? subscription)
    {
        if (!Catalogue.All.ContainsKey(connection.Provider)) yield return Trouble.UnknownProvider;
        if (link?.State == LineState.Refused) yield return Trouble.LinkRefused;
        if (link?.State == LineState.Reconnecting) yield return Trouble.LinkDown;
        if (link?.Warning is not null) yield return Trouble.LinkWarning;
        if (link?.IsLosing == true) yield return Trouble.LinkLosing;
        if (figures.RejectedAt > now - Recent && !(figures.LastAt > figures.RejectedAt)) yield return Trouble.Rejecting;
        else if (figures.Count(Verdict.Rejected) > 0) yield return Trouble.RejectedSome;
        if (figures.Unreadable > 0) yield return Trouble.Unreadable;
        if (lastFetch?.State == FetchState.Failed) yield return Trouble.LogFailing;
        if (subscription?.IsDead(now) == true) yield return Trouble.Unsubscribed;
        else if (subscription?.FailingSince is not null) yield return Trouble.SubscriptionFailing;
    }

    /// <summary>Of the last sixty minutes, as far as counts by the clock's hours tell: the hour before counts by the part still in sight.</summary>
    static long PerHour(IReadOnlyList<ArrivalHour> hours, DateTimeOffset now)
    {
        if (hours.Count < 2) return hours.Count == 0 ? 0 : hours[0].Accepted;
        var passed = (now - hours[^1].From) / TimeSpan.FromHours(1);
        return hours[^1].Accepted + (long)Math.Round(hours[^2].Accepted * Math.Clamp(1 - passed, 0, 1));
    }
}

/// <summary>Knows how the connections are doing, and tells the screens when that changed, at most four times a second.</summary>
sealed class ConnectionHealth(Switchboard switchboard, ArrivalLog arrivals, Intake intake, RejectedArrivals rejected, LineBoard lines, LogFetches fetches, Subscriptions subscriptions, Db db, TimeProvider clock)
    : BackgroundService
{
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    // Figures of the last hour change when nothing comes in, too.
    static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(30);

    // What other nodes hear is in the database only.
    static readonly TimeSpan LookEveryOnPostgres = TimeSpan.FromSeconds(2);

    readonly ConcurrentDictionary<string, byte> changed = [];
    readonly Channel<bool> wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>
    /// Heard with the ids of the connections something came in for or that changed; one that was removed is not among them.
    /// Whoever hears must not take long.
    /// </summary>
    public event Action<IReadOnlySet<string>>? Changed;

    public async Task<Health?> Find(string connection, CancellationToken stop = default) =>
        switchboard.Find(connection) is { } found ? await Of(found, stop) : null;

    public async Task<IReadOnlyList<Health>> All(CancellationToken stop = default)
    {
        var all = new List<Health>();
        foreach (var connection in switchboard.All) all.Add(await Of(connection, stop));
        return all;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        intake.Kept += Heard;
        rejected.Kept += Mark;
        lines.Changed += Mark;
        fetches.Changed += Mark;
        subscriptions.Changed += Mark;
        switchboard.Changed += MarkAll;
        try
        {
            while (!stoppingToken.IsCancellationRequested)
            {
                await Next(stoppingToken);
                var ids = changed.Keys.ToHashSet();
                foreach (var id in ids) changed.TryRemove(id, out _);
                Changed?.Invoke(ids);
                await Task.Delay(Pause, clock, stoppingToken);
            }
        }
        finally
        {
            intake.Kept -= Heard;
            rejected.Kept -= Mark;
            lines.Changed -= Mark;
            fetches.Changed -= Mark;
            subscriptions.Changed -= Mark;
            switchboard.Changed -= MarkAll;
        }
    }

    async Task Next(CancellationToken stop)
    {
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(stop);
        waiting.CancelAfter(db.IsPostgres ? LookEveryOnPostgres : LookEvery);
        try
        {
            await wake.Reader.ReadAsync(waiting.Token);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            MarkAll();
        }
    }

    async Task<Health> Of(Connection connection, CancellationToken stop) => Health.Of(
        connection, await arrivals.Figures(connection.Id, stop), lines.Find(connection.Id), clock.GetUtcNow(),
        Catalogue.All.GetValueOrDefault(connection.Provider) is IHasCallLog ? await fetches.Last(connection.Id, stop) : null,
        Subscriptions.CanBeLookedAfter(connection) ? await subscriptions.Find(connection.Id, stop) : null);

    void Heard(IReadOnlyList<(Arrival Arrival, Translation Translation)> items)
    {
        var last = "";
        foreach (var (arrival, _) in items)
            if (arrival.Connection != last)
                Mark(last = arrival.Connection);
    }

    void MarkAll()
    {
        foreach (var connection in switchboard.All) Mark(connection.Id);
        wake.Writer.TryWrite(true);
    }

    void Mark(string connection)
    {
        changed[connection] = 0;
        wake.Writer.TryWrite(true);
    }
}
