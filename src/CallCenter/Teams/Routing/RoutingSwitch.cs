using CallCenter.Telephony;
using CallCenter.Telephony.Routing;

namespace CallCenter.Teams.Routing;

/// <summary>Switches routing on and off for a line, where its phone system can be told.</summary>
sealed class RoutingSwitch(TeamBook book, Switchboard switchboard)
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

        return book.RouteLine(connection, line, isOn, by);
    }

    IProvider? ProviderOf(string connection) => switchboard.Find(connection) is { } found ? Catalogue.All.GetValueOrDefault(found.Provider) : null;
}
