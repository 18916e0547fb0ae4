namespace CallCenter.Teams;

/// <summary>What somebody is in the call center. A person may be several of these.</summary>
public enum Role
{
    /// <summary>Takes and makes calls, and sees the own ones.</summary>
    Operator,

    /// <summary>Supervises teams: all that an operator does, and all calls of the own teams.</summary>
    Manager,

    /// <summary>May do everything.</summary>
    Administrator,
}

/// <summary>What can be given singly, besides what a role brings.</summary>
public enum Ability
{
    ViewAllCalls,
    ViewAllTeams,
    Export,
    ManageUsers,
    ManageIntegrations,
    ManageCustomers,
    ManageCatalogue,
}

/// <summary>The names that people, scripts and the API use for abilities.</summary>
public static class Abilities
{
    public static string Slug(this Ability ability) => ability switch
    {
        Ability.ViewAllCalls => "ver-todas-las-llamadas",
        Ability.ViewAllTeams => "ver-todos-los-equipos",
        Ability.Export => "exportar",
        Ability.ManageUsers => "gestionar-usuarios",
        Ability.ManageIntegrations => "gestionar-integraciones",
        Ability.ManageCustomers => "gestionar-clientes",
        Ability.ManageCatalogue => "gestionar-catalogo",
        _ => throw new InvalidOperationException($"No name for {ability}."),
    };

    public static bool TryParse(string slug, out Ability ability)
    {
        foreach (var known in Enum.GetValues<Ability>())
            if (known.Slug() == slug)
            {
                ability = known;
                return true;
            }

        ability = default;
        return false;
    }
}

/// <summary>What signs a person in. Mutable, because ASP.NET Core Identity fills it in piece by piece.</summary>
sealed class User
{
    public string Id { get; init; } = Guid.CreateVersion7().ToString("n");

    public string Email { get; set; } = "";

    public string NormalizedEmail { get; set; } = "";

    /// <summary>Null: cannot sign in with a password, because none was ever set.</summary>
    public string? PasswordHash { get; set; }

    /// <summary>Changes with the password and whenever every sign-in of this person shall end.</summary>
    public string SecurityStamp { get; set; } = "";

    public int FailedCount { get; set; }

    public DateTimeOffset? LockedUntil { get; set; }

    /// <summary>Is asked for a code of an authenticator app after the password.</summary>
    public bool HasAuthenticator { get; init; }

    /// <summary>What the app and we both know; only there while a code is checked.</summary>
    public string? AuthenticatorKey { get; set; }

    /// <summary>Neither blocked nor archived.</summary>
    public bool MaySignIn { get; init; } = true;
}
