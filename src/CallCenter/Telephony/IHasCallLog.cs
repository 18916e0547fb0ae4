using System.Globalization;
using CallCenter.Telephony.Wire;

namespace CallCenter.Telephony;

/// <summary>
/// A phone system in the cloud that can be asked which calls there were, so that what nobody heard can be filled in. Pure, as
/// all that providers do: it says what has to be asked and what an answer means, <see cref="CallLogReader"/> asks.
/// </summary>
interface IHasCallLog : IProvider
{
    CallLogInfo CallLog { get; }

    /// <summary>What is asked first for the calls that began in a stretch; more may follow from the answers.</summary>
    /// <exception cref="Refusal">A setting cannot be used.</exception>
    IReadOnlyList<CloudRequest> Ask(LogWindow window, Settings settings);

    /// <summary>One answer, read.</summary>
    /// <exception cref="UnreadableException">It is not what was asked for.</exception>
    LogPage Read(CloudRequest asked, CloudAnswer answer, Settings settings);

    /// <summary>
    /// What one record says. Its facts are those that messages told, or are coarse and give way to them, so that it makes no
    /// difference which of the two came first. May throw <see cref="UnreadableException"/>; nothing else, whatever the bytes.
    /// </summary>
    Translation TranslateRecord(Arrival record, Settings settings);
}

/// <param name="Pause">Between two questions, by what the phone system allows.</param>
/// <param name="StretchMax">Of one question; longer ones are asked in pieces.</param>
/// <param name="Needs">The settings without which it cannot be asked.</param>
sealed record CallLogInfo(TimeSpan Pause, TimeSpan StretchMax, params string[] Needs)
{
    /// <summary>Settings that belong to it and are not needed.</summary>
    public IReadOnlyList<string> Also { get; init; } = [];

    /// <summary>
    /// So much is compared once more: logs are written with some delay. Longer where a call stands in the log only when it is
    /// over, under the time it began.
    /// </summary>
    public TimeSpan Overlap { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>
    /// Where neither messages nor the log have an id, and the second in which a call began is part of its name: one that nobody knows by that name is
    /// the one with the same number and direction that began so near. Null where there are ids.
    /// </summary>
    public TimeSpan? SameWithin { get; init; }

    public IEnumerable<string> MissingIn(Settings settings) => Needs.Where(key => settings[key].Length == 0);

    public bool CanBeAsked(Settings settings) => !MissingIn(settings).Any();
}

/// <summary>A stretch of time, the end not in it.</summary>
public readonly record struct LogWindow(DateTimeOffset From, DateTimeOffset Until)
{
    /// <summary>No zone is further from UTC.</summary>
    static readonly TimeSpan ZoneMax = TimeSpan.FromHours(14);

    public TimeSpan Length => Until - From;

    /// <summary>With room on both sides, to be asked for where nobody says in whose zone the phone system reads times.</summary>
    public LogWindow InAnyZone() => new(From - ZoneMax, Until + ZoneMax);

    /// <summary>To be kept in a request's note until its answer is there, because more was asked for than is wanted.</summary>
    public string Note => $"{From.ToUnixTimeMilliseconds()} {Until.ToUnixTimeMilliseconds()}";

    /// <summary>What is written in a request's note.</summary>
    internal static LogWindow Of(CloudRequest asked) => asked.Note.Split(' ') is [var from, var until]
        ? new(DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(from, CultureInfo.InvariantCulture)), DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(until, CultureInfo.InvariantCulture)))
        : throw new InvalidOperationException("It was asked without a note.");

    /// <summary>Something without a time is not known to be outside.</summary>
    public bool Holds(DateTimeOffset? at) => at is not { } moment || moment >= From && moment < Until;

    /// <summary>Pieces of at most that length, the oldest first.</summary>
    public IEnumerable<LogWindow> Cut(TimeSpan max)
    {
        for (var from = From; from < Until; from += max) yield return new(from, from + max < Until ? from + max : Until);
    }
}

/// <param name="Records">As it wrote them, one call or one leg each.</param>
/// <param name="More">What is to be asked besides, the next page above all.</param>
sealed record LogPage(IReadOnlyList<LogRecord> Records, params IReadOnlyList<CloudRequest> More)
{
    /// <summary>It holds more than it will tell at once: a shorter stretch has to be asked for.</summary>
    public static readonly LogPage TooMany = new([]) { IsTooMuch = true };

    public bool IsTooMuch { get; private init; }
}

/// <param name="GoesOnSince">When the call began that is not over: it is asked for again.</param>
readonly record struct LogRecord(ReadOnlyMemory<byte> Body, DateTimeOffset? GoesOnSince = null);
