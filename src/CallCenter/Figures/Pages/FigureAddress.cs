using CallCenter.Calls;
using CallCenter.Calls.Pages;

namespace CallCenter.Figures.Pages;

/// <summary>From a figure to the calls behind it, as an address of the list of calls.</summary>
static class FigureAddress
{
    /// <summary>Null where the list cannot say it: its days are those of who looks, and whole.</summary>
    /// <param name="rows">One of a <see cref="FigureTerm"/>'s, or of <see cref="FigureFilter.Rows"/>, of that period.</param>
    /// <param name="viewers">The zone of who looks.</param>
    public static CallsAddress? Of(CallFilter rows, FigurePeriod period, TimeZoneInfo viewers) => period.Cut is not null || !period.Zone.HasSameRules(viewers) ? null : new CallsAddress
    {
        FirstDay = period.First,
        LastDay = period.Last,
        Status = rows switch
        {
            { Missed: true } => CallStatus.Missed,
            { Outcome: CallOutcome.Completed } => CallStatus.Completed,
            { Outcome: CallOutcome.Cancelled } => CallStatus.Cancelled,
            { Outcome: CallOutcome.NoAnswer } => CallStatus.NoAnswer,
            { Outcome: CallOutcome.Busy } => CallStatus.Busy,
            { Outcome: CallOutcome.Failed } => CallStatus.Failed,
            _ => CallStatus.Ended,
        },
        Direction = rows.Direction,
        Recovery = rows.Recovery,
        Reason = rows.Reason,
        WaitMax = rows.WaitMax,
        Line = rows.Line,
        Queue = rows.Queue,
        Operator = rows.Operator,
        Connection = rows.Connection,
        Team = rows.Team,
    };
}
