using CallCenter.Calls;
using CallCenter.Teams;

namespace CallCenter.Desk;

/// <summary>What somebody's day has been so far, from his own calls alone.</summary>
/// <param name="Answered">Inbound calls that he answered.</param>
/// <param name="MissedHere">Missed calls that rang at him.</param>
/// <param name="Placed">Calls that he placed.</param>
/// <param name="TalkSeconds">In calls that he answered or that were answered to him, his own part of each.</param>
sealed record OwnDay(int Answered, int MissedHere, int Placed, double TalkSeconds)
{
    /// <summary>More than anybody takes in a day.</summary>
    public const int CallsMax = 2000;

    public static OwnDay Of(IEnumerable<Call> calls, string person, Roster roster)
    {
        var day = new OwnDay(0, 0, 0, 0);
        foreach (var call in calls)
        {
            bool IsMine(string name, DateTimeOffset at) => roster.UserOf(call.Connection, name, at) == person;
            if (call.Direction == Direction.Outbound)
            {
                if (call.Operator is { } placed && IsMine(placed, call.StartedAt)) day = day with { Placed = day.Placed + 1, TalkSeconds = day.TalkSeconds + (call.TalkSeconds ?? 0) };
                continue;
            }

            if (call.Direction != Direction.Inbound) continue;
            var mine = call.Attempts.Where(attempt => attempt.Role == LegRole.Operator && IsMine(attempt.Operator, attempt.RangAt ?? attempt.AnsweredAt ?? call.StartedAt)).ToList();
            if (mine.Exists(attempt => attempt.AnsweredAt is not null))
                day = day with { Answered = day.Answered + 1, TalkSeconds = day.TalkSeconds + mine.Sum(attempt => attempt.AnsweredAt is { } from && (attempt.EndedAt ?? call.EndedAt) is { } to ? (to - from).TotalSeconds : 0) };
            else if (call.Missed && mine.Count > 0) day = day with { MissedHere = day.MissedHere + 1 };
        }

        return day;
    }

    public static async Task<OwnDay> Read(CallLog log, string person, Roster roster, DateTimeOffset midnight, CancellationToken stop)
    {
        var calls = new List<Call>();
        CallCursor? after = null;
        do
        {
            var page = await log.List(CallScope.Own(person), new CallFilter(From: midnight), CallLog.PageMax, after, stop: stop);
            calls.AddRange(page.Calls);
            after = page.Next;
        }
        while (after is not null && calls.Count < CallsMax);
        return Of(calls, person, roster);
    }
}
