using CallCenter.Teams;
using CallCenter.Web;
using Microsoft.Extensions.Localization;

namespace CallCenter.Calls.Pages;

static class TeamChoices
{
    /// <summary>Those whose calls can be seen; there is nothing to choose among fewer than two.</summary>
    /// <param name="chosen">Can be seen and taken back, also when it is in the archive.</param>
    public static IReadOnlyList<(string Id, string Name)> TeamsIn(this Personnel personnel, CallScope scope, string? chosen, IStringLocalizer<Words> words)
    {
        List<(string Id, string Name)> seen = [.. personnel.Now.Teams.Values.Where(team => team.ArchivedAt is null && (scope.IsEverything || scope.Teams.Contains(team.Id)))
            .OrderBy(team => team.Name, StringComparer.CurrentCulture).Select(team => (team.Id, VisibleText.Line(team.Name, 60)))];
        if (scope.IsEverything && seen.Count > 0) seen.Add((CallFilter.NoTeam, words["sin equipo"]));
        if (seen.Count < 2) seen.Clear();
        if (chosen is not null && !seen.Exists(team => team.Id == chosen)) seen.Insert(0, (chosen, chosen == CallFilter.NoTeam ? words["sin equipo"] : VisibleText.Line(personnel.NameOf(chosen), 60)));
        return seen;
    }
}
