using CallCenter.Calls;
using CallCenter.Figures;

namespace CallCenter.Reports.Scheduled;

enum ReportFormat
{
    Xlsx,
    Csv,
}

/// <summary>Of which calls a report that goes out is.</summary>
/// <param name="Team">Id of a team, or <see cref="CallFilter.NoTeam"/>; null for whatever the reader sees.</param>
sealed record ReportConditions(string? Team = null, string? Line = null, string? Operator = null, bool OnlyNotRecovered = false)
{
    public FigureFilter Of(FigurePeriod period, CallScope scope) =>
        new(period, Team is { } team && !scope.IsOwnOnly ? [team] : null, Line, Operator: scope.IsOwnOnly ? null : Operator, Recovery: OnlyNotRecovered ? RecoveryStanding.Open : null);
}

/// <summary>A report that goes out by mail, and to whom. Each reader gets what he may see himself, in his language and by his clock.</summary>
/// <param name="Report">The name of a <see cref="Reports.Report"/>, or <see cref="Brief"/>.</param>
/// <param name="Readers">Ids of people.</param>
/// <param name="MadeBy">Id of who made it; it is his to change, and an administrator's.</param>
sealed record ReportSchedule(
    long Id, string Name, string Report, ReportConditions Conditions, Recurrence When, ReportFormat Format, IReadOnlyList<string> Readers, bool IsActive, string MadeBy, DateTimeOffset MadeAt)
{
    /// <summary>The morning brief: what is left of yesterday and where to begin.</summary>
    public const string Brief = "morning-brief";

    public const int NameMax = 100;
    public const int ReadersMax = 50;
}

/// <summary>A letter that was due.</summary>
/// <param name="First">First and last day of what it is about.</param>
/// <param name="SentAt">Null while it waits, or when it was given up.</param>
/// <param name="NextTry">Null when nothing will be tried any more.</param>
/// <param name="Fault">Why the last try failed: what a mail server said, or a refusal's code and arguments with tabs between.</param>
sealed record ReportSend(long Id, long Schedule, string Reader, DateTimeOffset DueAt, DateOnly First, DateOnly Last, int Tries, DateTimeOffset? NextTry, DateTimeOffset? SentAt, string? Fault)
{
    public static string FaultOf(Refusal refusal) => string.Join('\t', refusal.Arguments.Prepend(refusal.Code));
}
