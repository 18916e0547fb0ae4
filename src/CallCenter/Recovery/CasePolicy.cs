using CallCenter.Calls;
using CallCenter.Teams;

namespace CallCenter.Recovery;

/// <summary>Whose a case is, and until when it wants to be done. Decided from its newest missed call and what the teams have set themselves.</summary>
sealed class CasePolicy(Personnel personnel)
{
    public bool MayWork(string person) => personnel.Now.People.TryGetValue(person, out var known) && known.MaySignIn;

    /// <summary>
    /// The ladder of product.md A.9, Q5. When several telephones rang at once, as they do in a group, nobody was the last:
    /// then it is whose the customer is, and else the team's.
    /// </summary>
    /// <param name="account">Who looks after the customer, if anybody does.</param>
    public (string? Owner, OwnerRule Rule) OwnerOf(Call call, string? account)
    {
        var roster = personnel.Now;
        var last = call.Attempts.Max(attempt => attempt.RangAt);
        var rung = call.Attempts.Where(attempt => attempt.RangAt is { } at && last - at < TimeSpan.FromSeconds(2))
            .Select(attempt => roster.UserOf(call.Connection, attempt.Operator, attempt.RangAt!.Value)).OfType<string>().Distinct().ToList();
        if (rung is [var one] && MayWork(one)) return (one, OwnerRule.LastRung);
        if (account is not null && MayWork(account)) return (account, OwnerRule.Account);
        if (call.Team is not { } id || !roster.Teams.TryGetValue(id, out var team)) return (null, OwnerRule.Nobody);
        return team.Manager is { } manager && !roster.Memberships.Any(member => member.Team == id && member.When.Until is null && MayWork(member.User))
            ? (manager, OwnerRule.Manager)
            : (null, OwnerRule.Team);
    }

    /// <summary>In the team's working time: from the first miss to the first try, from one try to the next, and anew when the customer calls again.</summary>
    public DateTimeOffset DueOf(RecoveryCase one, Call call, RecoverySettings settings)
    {
        if (one.PostponedUntil is { } until && !(one.LastAttemptAt > until)) return until;
        var team = call.Team is { } id ? personnel.Now.Teams.GetValueOrDefault(id) : null;
        var hours = team?.Hours ?? OpeningHours.Always;
        DateTimeOffset After(DateTimeOffset at, TimeSpan working) => hours.After(at, working) ?? at + working;

        var first = TimeSpan.FromMinutes(team?.Targets.CallBackMinutes ?? settings.CallBackMinutes);
        if (one.LastAttemptAt is not { } tried) return After(one.FirstMissedAt, first);
        var next = After(tried, settings.After(one.Attempts));
        return one.LastMissedAt > tried && After(one.LastMissedAt, first) is var anew && anew < next ? anew : next;
    }
}
