using System.Collections.Concurrent;
using CallCenter.Audit;
using CallCenter.Presence;
using CallCenter.Telephony;
using CallCenter.Telephony.Wire;

namespace CallCenter.Teams.Routing;

/// <summary>
/// Keeps who is in the queues of phone systems in step with who belongs to their teams, where that is switched on for a queue. On the node that keeps the
/// line, because it hears the phone system.
/// </summary>
/// <remarks>
/// Nothing is told before all of the queues was listed, so that after a lost link only what differs is. What was told is told once: not again before the
/// phone system has said that it is done, or <see cref="RetryAfter"/> after it refused.
/// </remarks>
sealed class QueueKeeper(DirectLines lines, CallControl control, Switchboard switchboard, Personnel personnel, QueueRolls rolls, PresenceBook presence, AuditLog audit, TimeProvider clock, ILogger<QueueKeeper> logger)
    : BackgroundService
{
    public static readonly TimeSpan RetryAfter = TimeSpan.FromMinutes(5);

    /// <summary>Memberships begin and end by date, and nobody says so.</summary>
    static readonly TimeSpan LookEvery = TimeSpan.FromMinutes(1);

    static readonly TimeSpan FaultRetryAfter = TimeSpan.FromSeconds(5);

    readonly ConcurrentDictionary<string, (QueueRoll Roll, DateTimeOffset At)> heard = [];

    /// <summary>What was written down last.</summary>
    readonly Dictionary<string, QueueRoll> kept = [];

    readonly ConcurrentDictionary<(string Connection, string Queue, QueueStep Step, string Member), (DateTimeOffset At, string? Refused)> told = [];
    readonly SemaphoreSlim wake = new(0, 1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        lines.RollSaid += Hear;
        personnel.Changed += Wake;
        switchboard.Changed += Wake;
        try
        {
            while (true)
            {
                try
                {
                    foreach (var connection in heard.Keys) await Settle(connection, stoppingToken);
                    await wake.WaitAsync(LookEvery, stoppingToken);
                }
                catch (Exception e) when (!stoppingToken.IsCancellationRequested)
                {
                    logger.LogWarning("Queues could not be brought in step with teams, trying again: {Reason}", e.Message);
                    await Task.Delay(FaultRetryAfter, clock, stoppingToken);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The server stops.
        }
        finally
        {
            lines.RollSaid -= Hear;
            personnel.Changed -= Wake;
            switchboard.Changed -= Wake;
        }
    }

    void Hear(string connection, QueueRoll roll)
    {
        heard[connection] = (roll, clock.GetUtcNow());
        // A new link may take what was refused before; and what is undone as soon as it was done is seen here alone.
        foreach (var key in told.Keys.Where(key => key.Connection == connection))
            if (!roll.IsWhole || roll.Seats.Any(seat => (seat.Queue, seat.Member) == (key.Queue, key.Member)) == (key.Step == QueueStep.Join)) told.TryRemove(key, out _);
        Wake();
    }

    void Wake()
    {
        try
        {
            wake.Release();
        }
        catch (SemaphoreFullException)
        {
            // Will be looked at already.
        }
    }

    async Task Settle(string connection, CancellationToken stop)
    {
        var (roll, at) = heard[connection];
        if (!roll.IsWhole || switchboard.Find(connection) is not { } found || Catalogue.All.GetValueOrDefault(found.Provider) is not ICanQueue provider) return;
        var (now, roster) = (clock.GetUtcNow(), personnel.Now);
        var before = RefusalsOf(connection);
        var plans = roster.Lines.Where(line => line.Connection == connection && line is { Kind: LineKind.Queue, IsRouted: true } && line.When.Contains(now))
            .Select(line => (Line: line, Plan: QueuePlan.Of(roster, line, roll, provider, found.Settings, now))).ToList();
        Forget(connection, plans.SelectMany(one => one.Plan.Orders.Select(change => (connection, one.Plan.Queue, change.Step, change.Member))).ToHashSet(), now);
        var isTold = false;
        foreach (var (line, plan) in plans)
            foreach (var change in plan.Orders)
                // What was told meanwhile is looked at first.
                if (ReferenceEquals(heard[connection].Roll, roll)) isTold |= await Tell(found, provider, line, plan.Queue, change, stop);

        // Not every phone system says by itself that it did.
        if (isTold) lines.Look(connection);
        var after = RefusalsOf(connection);
        if (ReferenceEquals(kept.GetValueOrDefault(connection), roll) && after.SequenceEqual(before)) return;
        await rolls.Keep(connection, new HeardRoll(at, roll.Seats, after), stop);
        kept[connection] = roll;
    }

    /// <summary>What is not wanted any more may be wanted once more; what was refused is tried again in a while.</summary>
    void Forget(string connection, HashSet<(string, string, QueueStep, string)> wanted, DateTimeOffset now)
    {
        foreach (var (key, (at, _)) in told.ToList())
            if (key.Connection == connection && (!wanted.Contains(key) || now - at >= RetryAfter)) told.TryRemove(key, out _);
    }

    /// <returns>It was done.</returns>
    async Task<bool> Tell(Connection connection, ICanQueue provider, TeamLine line, string queue, QueueChange change, CancellationToken stop)
    {
        var key = (connection.Id, queue, change.Step, change.Member);
        if (!told.TryAdd(key, (clock.GetUtcNow(), null))) return false;
        var name = change.User is { } user && personnel.Now.People.GetValueOrDefault(user) is { } person ? VisibleText.Line(person.Name, Team.NameMax) : change.Member;
        // Who is on a break comes in on a break, so that no call reaches him in between.
        var isPaused = change is { Step: QueueStep.Join, User: { } one } && (await presence.There(stop)).Any(there => there.User == one && there.State == PresenceState.Paused);
        OrderAnswer? answer;
        try
        {
            answer = await control.Tell(connection.Id, change.Step == QueueStep.Join
                ? provider.Join(queue, change.Member, change.Extension, name, isPaused, connection.Settings) : provider.Leave(queue, change.Member), stop);
        }
        catch (ArgumentException e)
        {
            answer = new OrderAnswer(OrderFate.Refused, e.Message); // a name that cannot be said on this link
        }

        if (answer is { Fate: OrderFate.Taken })
        {
            await audit.Note(Actor.Server, change.Step == QueueStep.Join ? "queue.member-added" : "queue.member-removed", $"team:{line.Team}", new { connection = connection.Id, queue, change.Member }, stop);
            return true;
        }

        // Nobody was there to refuse: when the link is back, all is listed anew.
        if (answer is null or { Fate: OrderFate.LinkDown or OrderFate.OtherNode }) told.TryRemove(key, out _);
        else told[key] = (clock.GetUtcNow(), answer.Said.Length > 0 ? answer.Said : $"{answer.Fate}");
        return false;
    }

    List<QueueRefusal> RefusalsOf(string connection) =>
        [.. told.Where(one => one.Key.Connection == connection && one.Value.Refused is not null).OrderBy(one => one.Key).Select(one => new QueueRefusal(one.Key.Queue, one.Key.Step, one.Key.Member, one.Value.Refused!))];
}
