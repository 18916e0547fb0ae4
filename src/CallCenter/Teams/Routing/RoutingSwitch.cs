using CallCenter.Telephony;
using CallCenter.Telephony.Routing;

namespace CallCenter.Teams.Routing;

/// <summary>Switches routing on and off for a line, and keeping in step for a queue, where its phone system can be told.</summary>
sealed class RoutingSwitch(TeamBook book, Switchboard switchboard, QueueRolls rolls, TimeProvider clock)
{
    /// <summary>The kinds of phone systems that ask, by name.</summary>
    public static IEnumerable<string> Providers => Catalogue.All.Values.OfType<IRoutesCalls>().Select(provider => provider.Info.Name).Order(StringComparer.Ordinal);

    /// <summary>Its phone system asks what to do with calls.</summary>
    public bool CanRoute(string connection) => ProviderOf(connection) is IRoutesCalls;

    /// <exception cref="Refusal">The line is no team's, its phone system cannot be told, or it is not his to say.</exception>
    public Task Turn(string connection, string line, bool isOn, Authority by)
    {
        if (isOn)
        {
            var found = switchboard.Find(connection) ?? throw new Refusal(RefusalKind.NotFound, "connection.unknown", connection);
            if (ProviderOf(connection) is not IRoutesCalls provider) throw new Refusal(RefusalKind.Conflict, "team.routing-cannot", found.Name);
            if (provider.RoutingNeeds.FirstOrDefault(key => found.Settings[key].Length == 0) is { } missing) throw new Refusal(RefusalKind.Conflict, "team.routing-needs", found.Name, missing);
        }

        return book.RouteLine(connection, LineKind.Line, line, isOn, by);
    }

    /// <summary>Its phone system says who is in its queues, and can be told.</summary>
    public bool CanKeepQueues(string connection) => ProviderOf(connection) is ICanQueue;

    /// <summary>What would bring a queue in step with its team, and what of it was refused; null where its phone system has not said who is in its queues.</summary>
    public async Task<(QueuePlan Plan, IReadOnlyList<QueueRefusal> Refusals, DateTimeOffset HeardAt)?> PlanOf(TeamLine queue, Roster roster, CancellationToken stop = default)
    {
        if (switchboard.Find(queue.Connection) is not { } found || ProviderOf(queue.Connection) is not ICanQueue provider || await rolls.Find(queue.Connection, stop) is not { } heard) return null;
        var plan = QueuePlan.Of(roster, queue, heard.Roll, provider, found.Settings, clock.GetUtcNow());
        return (plan, [.. heard.Refusals.Where(refusal => refusal.Queue == plan.Queue)], heard.HeardAt);
    }

    /// <summary>Who is in a queue follows from now on who is of its team; or is left as it stands.</summary>
    /// <exception cref="Refusal">The queue is no team's, its phone system cannot be told, or it is not his to say.</exception>
    public Task TurnQueue(string connection, string queue, bool isOn, Authority by)
    {
        if (isOn)
        {
            var found = switchboard.Find(connection) ?? throw new Refusal(RefusalKind.NotFound, "connection.unknown", connection);
            if (ProviderOf(connection) is not ICanQueue) throw new Refusal(RefusalKind.Conflict, "team.queue-cannot", found.Name);
            if (!Control.IsOn(found.Settings)) throw new Refusal(RefusalKind.Conflict, "control.off", found.Name);
        }

        return book.RouteLine(connection, LineKind.Queue, queue, isOn, by);
    }

    IProvider? ProviderOf(string connection) => switchboard.Find(connection) is { } found ? Catalogue.All.GetValueOrDefault(found.Provider) : null;
}
