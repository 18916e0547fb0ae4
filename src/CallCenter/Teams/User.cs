namespace CallCenter.Teams;

public enum Role
{
    Administrator,
}

/// <summary>A person who signs in. Mutable, because ASP.NET Core Identity fills it in piece by piece.</summary>
public sealed class User
{
    public const int NameMax = 100;

    public string Id { get; set; } = Guid.CreateVersion7().ToString("n");

    public string Email { get; set; } = "";

    public string Name { get; set; } = "";

    public Role Role { get; set; }

    /// <summary>es or en.</summary>
    public string Language { get; set; } = "es";

    /// <summary>IANA name of the zone this person's times are shown in.</summary>
    public string TimeZone { get; set; } = "Europe/Madrid";

    internal string NormalizedEmail { get; set; } = "";

    internal string? PasswordHash { get; set; }

    /// <summary>Changes with the password and whenever every sign-in of this person shall end.</summary>
    internal string SecurityStamp { get; set; } = "";

    internal int FailedCount { get; set; }

    internal DateTimeOffset? LockedUntil { get; set; }

    internal DateTimeOffset CreatedAt { get; set; }
}
