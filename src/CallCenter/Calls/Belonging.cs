using CallCenter.Storage;

namespace CallCenter.Calls;

/// <summary>Whose a call is: the team it counts for and the people it concerns.</summary>
/// <param name="Team">Null when no team claims it.</param>
/// <param name="People">Ids of those who answered it, were rung by it or placed it; sorted.</param>
public sealed record Belonging(string? Team, IReadOnlyList<string> People)
{
    public static readonly Belonging Nobody = new(null, []);
}

/// <summary>Says whose calls are. The slice that knows people and teams implements it.</summary>
interface IBelongingRules
{
    /// <summary>The rules as they stand in this transaction. What they say depends on the call alone and on nothing that changes unnoticed.</summary>
    Task<Func<Call, Belonging>> Read(Tx tx);
}

/// <summary>What the log knew of a call's belonging before it is saved again.</summary>
/// <param name="IsFixed">A person corrected the team by hand; no rule changes it any more.</param>
/// <param name="People">As <see cref="CallPeople.ToText"/> writes them.</param>
/// <param name="Customer">Whose call it is, as decided when its number became known; null when nobody's.</param>
/// <param name="IsCustomerFixed">A person said whose it is.</param>
/// <param name="CustomerKey">The number that was decided on.</param>
readonly record struct PriorBelonging(
    string? Team, bool IsFixed, string? People, long StartedAt, bool IsHistory, long? Customer = null, bool IsCustomerFixed = false, string? CustomerKey = null)
{
    public const string Columns = "team_id, team_fixed, people, started_at, ended_at, customer_id, customer_fixed, customer_key";

    /// <summary>From a row whose <see cref="Columns"/> begin at a place.</summary>
    public static PriorBelonging Read(IRow row, int i) => new(
        row.IsNull(i) ? null : row.Text(i), row.Long(i + 1) != 0, row.IsNull(i + 2) ? null : row.Text(i + 2), row.Long(i + 3), !row.IsNull(i + 4),
        row.IsNull(i + 5) ? null : row.Long(i + 5), row.Long(i + 6) != 0, row.IsNull(i + 7) ? null : row.Text(i + 7));

    public bool IsSeenBy(CallScope scope) => scope.Allows(Team, CallPeople.Parse(People));

    /// <summary>The call with what the rules say, unless a person said otherwise.</summary>
    public Call Apply(Call call, Belonging said) =>
        call with { Team = IsFixed ? Team : said.Team, People = said.People, CustomerId = HasCustomerOf(call) ? Customer : null };

    /// <summary>Whose the call is was decided, and nothing that decided it changed.</summary>
    public bool HasCustomerOf(Call call) => IsCustomerFixed || CustomerKey is not null && CustomerKey == call.CustomerSide?.MatchKey;
}
