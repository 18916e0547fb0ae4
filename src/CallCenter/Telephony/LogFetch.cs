namespace CallCenter.Telephony;

public enum FetchReason
{
    /// <summary>Every hour, for what was lost on its way.</summary>
    Routine,

    /// <summary>The server comes up, or took nothing for a while.</summary>
    Gap,

    /// <summary>Somebody wants it.</summary>
    Person,
}

public enum FetchState
{
    Waiting,
    Running,
    Done,
    Failed,
}

/// <summary>What a call log was found to hold.</summary>
/// <param name="Pages">Answers read.</param>
/// <param name="Added">Calls that nobody knew.</param>
/// <param name="Mended">Calls that were known in part.</param>
/// <param name="Unchanged">Calls of which the log says nothing new.</param>
/// <param name="Unfinished">Records of calls that go on.</param>
/// <param name="Unreadable">Records that were not understood; they are kept among the arrivals.</param>
/// <param name="UnfinishedSince">When the first of those that go on began.</param>
public sealed record LogFindings(int Pages = 0, int Records = 0, int Added = 0, int Mended = 0, int Unchanged = 0, int Unfinished = 0, int Unreadable = 0, DateTimeOffset? UnfinishedSince = null)
{
    /// <summary>Calls that the log tells of and that are over.</summary>
    public int Calls => Added + Mended + Unchanged;
}

/// <summary>A phone system's call log, asked for a stretch of time.</summary>
/// <param name="AskedBy">Name of the person, where one did.</param>
/// <param name="NextAt">When it is its turn; null once it is over.</param>
/// <param name="Tries">How often it was begun.</param>
/// <param name="Fault">Why the last try came to nothing, with its own words in <paramref name="Said"/>.</param>
public sealed record LogFetch(
    long Id, string Connection, LogWindow Window, FetchReason Reason, string? AskedBy, DateTimeOffset AskedAt, DateTimeOffset? NextAt, DateTimeOffset? EndedAt,
    FetchState State, int Tries, LogFindings Findings, CloudFault? Fault, string? Said)
{
    public const int TriesMax = 5;

    static readonly TimeSpan RetryFirst = TimeSpan.FromMinutes(1), RetryMax = TimeSpan.FromHours(1);

    /// <summary>When a try that came to nothing is made again; null when that would help nobody.</summary>
    internal static DateTimeOffset? TriedAgainAt(int tries, CloudFaultException fault, DateTimeOffset now)
    {
        if (!fault.IsPassing || tries >= TriesMax) return null;
        var wait = fault.RetryAfter ?? RetryFirst * Math.Pow(4, tries - 1);
        return now + (wait < RetryMax ? wait : RetryMax);
    }
}
