using System.Text.Json;
using CallCenter.Storage;
using CallCenter.Teams;

namespace CallCenter.Wallboard;

/// <summary>From when on a number on the wall asks for attention, and from when on it is critical.</summary>
/// <param name="Waiting">So many callers waiting at once ask for attention.</param>
/// <param name="WaitSeconds">So long a wait does.</param>
/// <param name="ServicePercent">To be answered within <paramref name="ServiceSeconds"/>; what teams set themselves comes first.</param>
/// <param name="Free">Fewer free operators ask for attention.</param>
/// <param name="Overdue">So many missed calls that should have been returned already.</param>
/// <param name="RecoveredPercent">Of the day's missed calls, those of the last hour left out; what teams set themselves comes first.</param>
/// <param name="CriticalPoints">So many points below its target a percentage is critical.</param>
public sealed record WallboardSettings(
    int Waiting = 3, int WaitingCritical = 6, int WaitSeconds = 60, int WaitCriticalSeconds = 120, int ServicePercent = 80, int ServiceSeconds = 20,
    int Free = 1, int FreeCritical = 0, int Overdue = 1, int OverdueCritical = 5, int RecoveredPercent = 80, int CriticalPoints = 20)
{
    /// <summary>The name under which they stand in the server's settings.</summary>
    public const string Name = "wallboard";

    public static readonly WallboardSettings Default = new();

    /// <summary>With what all of these teams want to reach, where they want the same.</summary>
    internal WallboardSettings For(IReadOnlyCollection<TeamTargets> teams)
    {
        static int? Same(IEnumerable<int?> wanted) => wanted.Distinct().ToList() is [{ } one] ? one : null;
        var (percent, seconds) = (Same(teams.Select(team => team.ServiceLevelPercent)), Same(teams.Select(team => team.ServiceLevelSeconds)));
        return this with
        {
            ServicePercent = percent ?? ServicePercent,
            ServiceSeconds = seconds ?? ServiceSeconds,
            RecoveredPercent = Same(teams.Select(team => team.RecoveredPercent)) ?? RecoveredPercent,
        };
    }

    /// <exception cref="Refusal">One of the numbers makes no sense.</exception>
    public WallboardSettings Checked()
    {
        static void Within(long number, long least, long most)
        {
            if (number < least || number > most) throw new Refusal(RefusalKind.Invalid, "wallboard.number", number, least, most);
        }

        Within(Waiting, 1, 1000);
        Within(WaitingCritical, Waiting, 1000);
        Within(WaitSeconds, 1, 3600);
        Within(WaitCriticalSeconds, WaitSeconds, 3600);
        Within(ServicePercent, 1, 100);
        Within(ServiceSeconds, 1, 3600);
        Within(Free, 0, 1000);
        Within(FreeCritical, 0, Free);
        Within(Overdue, 1, 1000);
        Within(OverdueCritical, Overdue, 1000);
        Within(RecoveredPercent, 1, 100);
        Within(CriticalPoints, 1, 100);
        return this;
    }

    internal static async Task<WallboardSettings> Read(Tx tx) =>
        await tx.Maybe<string>("select value from settings where name = @Name", new { Name }) is { } text ? JsonSerializer.Deserialize<WallboardSettings>(text)! : Default;

    internal string ToText() => JsonSerializer.Serialize(this);
}
