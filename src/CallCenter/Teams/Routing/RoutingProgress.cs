using System.Globalization;

namespace CallCenter.Teams.Routing;

/// <summary>
/// How far a call has come. The phone system carries it and brings it back with each question, so that no node has to remember
/// any call. It is believed because the request that brings it proves its origin.
/// </summary>
/// <param name="Step">How many there were.</param>
/// <param name="Teams">Those that had the call, the last of which has it.</param>
/// <param name="Since">When that team got it.</param>
/// <param name="Tried">Whose telephones rang in this round, by id.</param>
sealed record RoutingProgress(int Step, IReadOnlyList<string> Teams, DateTimeOffset Since, IReadOnlyList<string> Tried)
{
    const int StepMax = 100_000, NamesMax = 40;

    public string Team => Teams[^1];

    public static RoutingProgress Begin(string team, DateTimeOffset at) => new(0, [team], at, []);

    public RoutingProgress To(string team, DateTimeOffset at) => this with { Teams = [.. Teams, team], Since = at, Tried = [] };

    public RoutingProgress AfterTrying(IEnumerable<string> people) => this with { Step = Step + 1, Tried = [.. Tried.Concat(people).TakeLast(NamesMax)] };

    /// <summary>The next round begins.</summary>
    public RoutingProgress AfterWaiting() => this with { Step = Step + 1, Tried = [] };

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Step}~{Since.ToUnixTimeMilliseconds()}~{string.Join('.', Teams)}~{string.Join('.', Tried)}");

    /// <returns>Null when it is nothing that we ever gave.</returns>
    public static RoutingProgress? Parse(string text)
    {
        if (text.Split('~') is not [var step, var since, var teams, var tried] || !int.TryParse(step, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number > StepMax
            || !long.TryParse(since, NumberStyles.None, CultureInfo.InvariantCulture, out var ms) || ms > DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()) return null;
        string[] Names(string names) => names.Split('.', NamesMax + 1, StringSplitOptions.RemoveEmptyEntries);
        return Names(teams) is { Length: > 0 and <= NamesMax } had ? new(number, had, DateTimeOffset.FromUnixTimeMilliseconds(ms), Names(tried)) : null;
    }
}
