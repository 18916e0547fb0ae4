using System.Text.Json.Serialization;
using CallCenter.Audit;

namespace CallCenter.Importing;

/// <summary>How far an import is that is shown before it is done.</summary>
public enum ImportState
{
    /// <summary>The file is on its way.</summary>
    Receiving,

    /// <summary>Somebody has to say what its columns are.</summary>
    Mapping,

    /// <summary>Line by line it is read and put aside.</summary>
    Reading,

    /// <summary>Each thing in it is compared with those there are; nothing is written.</summary>
    Comparing,

    /// <summary>It is known what would change; somebody has to say whether it shall.</summary>
    Ready,

    /// <summary>Some things at a time are written.</summary>
    Applying,
    Applied,

    /// <summary>It was cancelled, or went wrong, while things were being written: those written stay, the others were not touched.</summary>
    Stopped,
    Discarded,

    /// <summary>The file could not be read; nothing of it was kept.</summary>
    Failed,
}

/// <summary>What a file makes of the things that it is about.</summary>
/// <param name="Same">Things of which all is so already.</param>
/// <param name="Refused">Lines that change nothing, because they cannot be read or contradict something, or others of the same thing do.</param>
public readonly record struct ImportCounts(long Added = 0, long Changed = 0, long Same = 0, long Refused = 0)
{
    [JsonIgnore]
    public long Taken => Added + Changed + Same;
}

/// <summary>A file of things that is brought in, one at a time. Each thing in it is written whole or not at all.</summary>
/// <param name="Bytes">Of the file, as far as it was received.</param>
/// <param name="Kind">What it is, for people: <c>XLSX</c>, or <c>CSV</c> and its encoding.</param>
/// <param name="Hash">Tells this file from others, once all of it is received.</param>
/// <param name="Done">Of <paramref name="Of"/>: bytes while reading, things while comparing and applying.</param>
/// <param name="Counts">What would become of them, and from applying on what did.</param>
/// <param name="AppliedBy">Whose wish it is that they are written.</param>
public abstract record PlannedImport<TSelf, TMapping>(
    long Id, ImportState State, string FileName, long Bytes, string Kind, string Hash, TMapping? Mapping, IReadOnlyList<IReadOnlyList<string>> Sample,
    long Done, long Of, ImportCounts Counts, Refusal? Fault, DateTimeOffset CreatedAt, string CreatedBy, Actor? AppliedBy, DateTimeOffset? EndedAt) : IImport
    where TSelf : PlannedImport<TSelf, TMapping>
    where TMapping : class
{
    /// <summary>It is not over, so no other can begin.</summary>
    public bool IsActive => State is not (ImportState.Applied or ImportState.Stopped or ImportState.Discarded or ImportState.Failed);

    /// <summary>The server is at it, or will be.</summary>
    public bool IsRunning => State is ImportState.Reading or ImportState.Comparing or ImportState.Applying;

    string IImport.At => $"{State}";

    public TSelf Start(TMapping mapping) =>
        State == ImportState.Mapping ? With(this with { State = ImportState.Reading, Mapping = Checked(mapping), Done = 0, Of = Bytes }) : throw ImportStore.Elsewhere($"{State}");

    public TSelf Apply(Actor by) => State == ImportState.Ready ? With(this with { State = ImportState.Applying, AppliedBy = by, Done = 0 }) : throw ImportStore.Elsewhere($"{State}");

    /// <summary>It is not wanted any more. What was written stays.</summary>
    /// <param name="fault">Why, when it is for no person's wish.</param>
    public TSelf End(DateTimeOffset now, Refusal? fault = null) => !IsActive ? throw ImportStore.Elsewhere($"{State}") : With(this with
    {
        State = State == ImportState.Applying ? ImportState.Stopped : fault is null ? ImportState.Discarded : ImportState.Failed,
        Fault = fault,
        EndedAt = now,
    });

    /// <exception cref="Refusal">With these columns nothing can be brought in.</exception>
    protected abstract TMapping Checked(TMapping mapping);

    static TSelf With(PlannedImport<TSelf, TMapping> changed) => (TSelf)changed;
}
