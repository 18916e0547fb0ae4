using CallCenter.Calls;

namespace CallCenter.Telephony;

/// <summary>A phone system that writes its calls down itself, so that what nobody heard can be filled in later.</summary>
interface IRecordKeeper : IProvider
{
    IRecords ReadRecords(string connection, Settings settings);
}

/// <summary>The files that a phone system wrote, being read. Pure: it is handed texts and hands out calls.</summary>
interface IRecords
{
    /// <summary>Takes one file, whichever of its kinds it is. What cannot be read is said with its line, never passed over.</summary>
    /// <returns>What kind of file it was, and how many lines it had.</returns>
    (string Kind, int Lines) Read(TextReader text, Action<int, string> bad, CancellationToken stop);

    /// <summary>Why what was read cannot be right as a whole (times in another zone, above all); null when nothing speaks against it.</summary>
    string? Objection { get; }

    IReadOnlyCollection<CallKey> Keys { get; }

    /// <summary>What is known of a call already; tells names from extensions.</summary>
    void Learn(CallKey call, IReadOnlyList<CallEvent> known);

    /// <summary>The calls, all files taken together, in the order in which they began.</summary>
    IEnumerable<RecordedCall> Calls();
}

/// <param name="IsOver">False when the files end before the call does.</param>
/// <param name="Events">All coarse: records know whole seconds. Legs are named with <see cref="OwnLeg"/>.</param>
/// <param name="Lines">What the phone system wrote of it, as it wrote it.</param>
/// <param name="Doubts">What the records do not tell, in words that are the same for every call.</param>
sealed record RecordedCall(
    CallKey Key, DateTimeOffset From, DateTimeOffset Until, bool IsOver, IReadOnlyList<CallEvent> Events, string Lines, IReadOnlyCollection<string> Doubts)
{
    /// <summary>Records do not name the legs that live events name.</summary>
    public const string OwnLeg = "record:";
}
