namespace CallCenter.Teams;

public enum TeamType
{
    CallCenter,
    Sales,
    AfterSales,
    Administration,
    Other,
}

/// <summary>People who answer for calls together.</summary>
/// <param name="Manager">The id of the person who leads it; null when nobody does.</param>
/// <param name="ArchivedAt">It is no more; its calls stay its.</param>
public sealed record Team(
    string Id, string Name, TeamType Type, string? Manager, OpeningHours Hours, TeamTargets Targets, DateTimeOffset CreatedAt, DateTimeOffset? ArchivedAt)
{
    public const int NameMax = 100;

    /// <summary>What becomes of calls on those of its lines that we route; null is <see cref="RoutingRule.Default"/>.</summary>
    public RoutingRule? Routing { get; init; }
}

/// <summary>What a team wants to reach; null where it has set itself nothing.</summary>
/// <param name="AnsweredPercent">Of the calls that came.</param>
/// <param name="ServiceLevelPercent">Answered within <paramref name="ServiceLevelSeconds"/>.</param>
/// <param name="RecoveredPercent">Of the calls that were missed.</param>
/// <param name="CallBackMinutes">A missed call is returned within so many working minutes.</param>
public sealed record TeamTargets(
    int? AnsweredPercent = null, int? ServiceLevelPercent = null, int? ServiceLevelSeconds = null, int? RecoveredPercent = null, int? CallBackMinutes = null)
{
    public static readonly TeamTargets None = new();

    internal void Check()
    {
        foreach (var percent in (int?[])[AnsweredPercent, ServiceLevelPercent, RecoveredPercent])
            if (percent is < 1 or > 100) throw new Refusal(RefusalKind.Invalid, "team.percent", percent);
        if (ServiceLevelSeconds is < 1 or > 3600) throw new Refusal(RefusalKind.Invalid, "team.service-seconds", ServiceLevelSeconds);
        if (CallBackMinutes is < 1 or > 10_080) throw new Refusal(RefusalKind.Invalid, "team.call-back-minutes", CallBackMinutes);
    }
}

/// <summary>From when until when something holds; null is from the beginning, or still.</summary>
public readonly record struct Period(DateTimeOffset? Since, DateTimeOffset? Until)
{
    public bool Contains(DateTimeOffset at) => !(at < Since) && !(at >= Until);
}

/// <summary>Somebody belongs to a team.</summary>
public sealed record Membership(string Team, string User, Period When);

/// <summary>A telephone, agent or other name by which a phone system calls one of our people.</summary>
public sealed record Extension(string Connection, string Name, string User, Period When);

public enum LineKind
{
    /// <summary>One of the company's own numbers, as the phone system names it.</summary>
    Line,
    Queue,
}

/// <summary>A line or queue of a connection that belongs to a team.</summary>
/// <param name="FillsPast">Calls from before that no team claimed are the team's too.</param>
public sealed record TeamLine(string Connection, LineKind Kind, string Name, string Team, Period When, bool FillsPast)
{
    /// <summary>
    /// Of a line: what becomes of its calls is decided by the team's <see cref="RoutingRule"/>, not by the phone system. Of a queue: who is in it there follows
    /// from who is of the team.
    /// </summary>
    public bool IsRouted { get; init; }
}
