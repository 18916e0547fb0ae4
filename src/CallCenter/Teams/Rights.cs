using CallCenter.Calls;

namespace CallCenter.Teams;

/// <summary>
/// What somebody may do now, computed from roles, abilities and teams, here and nowhere else. Nobody keeps one for longer
/// than a reading or an action: <see cref="Personnel.RightsOf"/> tells the current one at no cost.
/// </summary>
public sealed record Rights
{
    /// <summary>Nothing at all: unknown, blocked or archived.</summary>
    public static readonly Rights None = new("", [], [], []);

    Rights(string user, IEnumerable<Role> roles, IEnumerable<Ability> abilities, IEnumerable<string> teams)
    {
        User = user;
        Roles = [.. roles.Distinct().Order()];
        Teams = [.. teams.Distinct().Order(StringComparer.Ordinal)];
        Abilities = IsAdministrator ? [.. Enum.GetValues<Ability>()]
            : [.. abilities.Concat(Roles.Contains(Role.Manager) ? OfManagers : []).Distinct().Order()];
        Calls = ScopeOfCalls();
    }

    // A manager exports what he sees (product.md E.3); a person who shall not is an operator with ver-todas-las-llamadas.
    static readonly Ability[] OfManagers = [Ability.ViewAllCalls, Ability.Export, Ability.ManageCustomers, Ability.ManageCatalogue];

    /// <summary>Whose they are; empty for nobody's.</summary>
    public string User { get; }

    public IReadOnlyList<Role> Roles { get; }

    /// <summary>Those given singly and those that the roles bring.</summary>
    public IReadOnlyList<Ability> Abilities { get; }

    /// <summary>Ids of the own teams: those the person leads or belongs to today.</summary>
    public IReadOnlyList<string> Teams { get; }

    /// <summary>Which calls the person sees, wherever calls are shown.</summary>
    public CallScope Calls { get; }

    public bool IsAdministrator => Roles.Contains(Role.Administrator);

    /// <summary>There is a call center for this person at all.</summary>
    public bool UsesCallCenter => Roles.Count > 0 || Has(Ability.ViewAllCalls);

    /// <summary>Looks up parts, their prices and what there is of them.</summary>
    public bool SeesParts => UsesCallCenter || Has(Ability.ManageCatalogue);

    /// <summary>Operators' figures beside each other and the names in rankings (product.md R36).</summary>
    public bool ComparesOperators => Has(Ability.ViewAllCalls);

    /// <summary>Imports and merges customers, takes them away as a file, and says which numbers are nobody's. Adding and changing single ones needs no more than the call center.</summary>
    public bool ManagesCustomers => UsesCallCenter && Has(Ability.ManageCustomers);

    /// <summary>Lets screens on walls show calls that he sees himself.</summary>
    public bool MakesWallboards => (IsAdministrator || Roles.Contains(Role.Manager)) && Has(Ability.ViewAllCalls);

    /// <summary>Has reports sent by mail, to himself and to others who may take figures away.</summary>
    public bool SchedulesReports => UsesCallCenter && Has(Ability.Export);

    /// <summary>What phone systems sent about a call, as it came.</summary>
    public bool ReadsArrivals => Roles.Contains(Role.Manager) || Has(Ability.ManageIntegrations);

    public static Rights Of(string user, IEnumerable<Role> roles, IEnumerable<Ability> abilities, IEnumerable<string> teams) => new(user, roles, abilities, teams);

    public bool Has(Ability ability) => Abilities.Contains(ability);

    /// <summary>
    /// Own or all calls x own or all teams (product.md A.9, Q7): a manager sees all calls of his teams; one without a team, and
    /// an operator given <see cref="Ability.ViewAllCalls"/>, those of all operators.
    /// </summary>
    CallScope ScopeOfCalls()
    {
        if (!UsesCallCenter) return CallScope.None;
        if (!Has(Ability.ViewAllCalls)) return CallScope.Own(User);
        return Roles.Contains(Role.Manager) && !Has(Ability.ViewAllTeams) && Teams.Count > 0 ? CallScope.Of(User, Teams) : CallScope.All(User);
    }

    public bool Equals(Rights? other) => other is not null && User == other.User
        && Roles.SequenceEqual(other.Roles) && Abilities.SequenceEqual(other.Abilities) && Teams.SequenceEqual(other.Teams);

    public override int GetHashCode() => HashCode.Combine(User, Roles.Count, Abilities.Count, Teams.Count);
}
