namespace CallCenter.Calls;

/// <summary>What the teams are called that calls count for.</summary>
interface ITeamNames
{
    /// <summary>The id itself where nobody knows the team.</summary>
    string NameOf(string team);
}
