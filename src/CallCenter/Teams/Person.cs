using System.Collections.Immutable;

namespace CallCenter.Teams;

/// <summary>Somebody of the company: who it is and what is given to him. What signs him in is in <see cref="User"/>.</summary>
/// <param name="Abilities">Those given singly; what the person may do in effect is in <see cref="Rights"/>.</param>
/// <param name="Language">es or en.</param>
/// <param name="TimeZone">IANA name of the zone this person's times are shown in.</param>
/// <param name="Phones">The person's own numbers, as somebody wrote them down.</param>
/// <param name="BlockedAt">May not sign in until somebody takes it back.</param>
/// <param name="ArchivedAt">Has left. Stays in the history of calls.</param>
/// <param name="SeenAt">When the person was last here, to the hour.</param>
public sealed record Person(
    string Id, string Email, string Name, ImmutableSortedSet<Role> Roles, ImmutableSortedSet<Ability> Abilities, string Language, string TimeZone, string Phones,
    DateTimeOffset CreatedAt, DateTimeOffset? BlockedAt, DateTimeOffset? ArchivedAt, DateTimeOffset? SeenAt)
{
    public const int NameMax = 100;
    public const int PhonesMax = 200;

    public bool MaySignIn => BlockedAt is null && ArchivedAt is null;

    public bool IsActiveAdministrator => MaySignIn && Roles.Contains(Role.Administrator);

    public bool Equals(Person? other) => other is not null && Id == other.Id && Email == other.Email && Name == other.Name && Roles.SetEquals(other.Roles)
        && Abilities.SetEquals(other.Abilities) && Language == other.Language && TimeZone == other.TimeZone && Phones == other.Phones
        && CreatedAt == other.CreatedAt && BlockedAt == other.BlockedAt && ArchivedAt == other.ArchivedAt && SeenAt == other.SeenAt;

    public override int GetHashCode() => Id.GetHashCode(StringComparison.Ordinal);
}
