using System.Collections.Immutable;

namespace CallCenter.Calls;

/// <summary>
/// Which calls somebody may see. Every reading of calls asks for one, so that none can forget it; what is not allowed is not there.
/// </summary>
/// <remarks>
/// Two dimensions (product.md A.9, Q7): own calls or all calls, of own teams or of all teams. A person's own calls are those
/// that concern him, whatever their team. Nobody makes one up for a person or a program: <c>Rights</c> and <c>ApiKey</c> say which it is.
/// </remarks>
public sealed record CallScope
{
    /// <summary>No call at all.</summary>
    public static readonly CallScope None = new();

    /// <summary>For the server's own work: closing gaps, judging again, telling other nodes. Never for an answer to a person or a program.</summary>
    public static readonly CallScope Machine = All(null);

    CallScope()
    {
    }

    public bool IsEverything { get; private init; }

    /// <summary>The person whose own calls are seen.</summary>
    public string? Person { get; private init; }

    /// <summary>The teams all calls of which are seen.</summary>
    public ImmutableArray<string> Teams { get; private init; } = [];

    /// <summary>Nothing but own calls is seen, so there is nobody to compare with or choose among.</summary>
    public bool IsOwnOnly => !IsEverything && Teams.IsEmpty;

    public static CallScope Own(string person) => new() { Person = person };

    /// <summary>All calls, those without a team too.</summary>
    /// <param name="person">Who looks, if it is a person.</param>
    public static CallScope All(string? person) => new() { IsEverything = true, Person = person };

    /// <summary>All calls of these teams, and the own ones of the person, if any.</summary>
    public static CallScope Of(string? person, IEnumerable<string> teams) => new() { Person = person, Teams = [.. teams.Distinct().Order(StringComparer.Ordinal)] };

    public bool Allows(Call call) => Allows(call.Team, call.People);

    public bool Allows(string? team, IReadOnlyList<string> people) =>
        IsEverything || Person is { } person && people.Contains(person) || team is not null && Teams.Contains(team);

    /// <summary>The call concerns the person who looks.</summary>
    public bool IsOwn(Call call) => Person is { } person && call.People.Contains(person);

    public bool Equals(CallScope? other) => other is not null && IsEverything == other.IsEverything && Person == other.Person && Teams.SequenceEqual(other.Teams);

    public override int GetHashCode() => HashCode.Combine(IsEverything, Person, Teams.Length);
}
