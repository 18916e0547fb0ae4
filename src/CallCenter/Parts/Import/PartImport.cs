using System.Text.Json.Serialization;
using CallCenter.Importing;

namespace CallCenter.Parts.Import;

public enum PartImportState
{
    /// <summary>The file is on its way.</summary>
    Receiving,

    /// <summary>Somebody has to say what its columns are.</summary>
    Mapping,

    /// <summary>Line by line it is read and put aside.</summary>
    Reading,

    /// <summary>Each line is compared with the catalogue, and what it changes is prepared.</summary>
    Comparing,

    /// <summary>All is prepared; somebody has to say whether it shall be.</summary>
    Ready,

    /// <summary>Everybody sees it.</summary>
    Applied,

    /// <summary>What was prepared is being taken back.</summary>
    Discarding,
    Discarded,

    /// <summary>The file could not be read; nothing of it was kept.</summary>
    Failed,
}

/// <summary>What lines of a file make of the catalogue.</summary>
/// <param name="Same">Nothing, because it is all so already.</param>
/// <param name="Repeated">Lines that say what another line said.</param>
/// <param name="Refused">Lines that change nothing, because they cannot be read or contradict each other.</param>
public readonly record struct PartCounts(long Added = 0, long Changed = 0, long Same = 0, long Repeated = 0, long Refused = 0)
{
    [JsonIgnore]
    public long Lines => Added + Changed + Same + Repeated + Refused;

    public static PartCounts operator +(PartCounts a, PartCounts b) =>
        new(a.Added + b.Added, a.Changed + b.Changed, a.Same + b.Same, a.Repeated + b.Repeated, a.Refused + b.Refused);
}

/// <summary>A file that is brought into the catalogue: one at a time, all of it in the same instant or nothing.</summary>
/// <param name="Bytes">Of the file, as far as it was received.</param>
/// <param name="Kind">What it is, for people: <c>XLSX</c>, or <c>CSV</c> and its encoding.</param>
/// <param name="Hash">Tells this file from others, once all of it is received.</param>
/// <param name="ToldAt">When this very file came for the first time: that old is the stock that it tells.</param>
/// <param name="Done">Of <paramref name="Of"/>: bytes while reading, parts while comparing and discarding.</param>
public sealed record PartImport(
    long Id, PartImportState State, string FileName, long Bytes, string Kind, string Hash, DateTimeOffset ToldAt, PartMapping? Mapping, IReadOnlyList<IReadOnlyList<string>> Sample,
    long Done, long Of, PartCounts Counts, Refusal? Fault, DateTimeOffset CreatedAt, string CreatedBy, DateTimeOffset? EndedAt) : IImport
{
    /// <summary>It is not over, so no other can begin.</summary>
    public bool IsActive => State is not (PartImportState.Applied or PartImportState.Discarded or PartImportState.Failed);

    /// <summary>The server is at it, or will be.</summary>
    public bool IsRunning => State is PartImportState.Reading or PartImportState.Comparing or PartImportState.Discarding;

    string IImport.At => $"{State}";

    public PartImport Start(PartMapping mapping) =>
        Mapping is not null && State == PartImportState.Mapping ? this with { State = PartImportState.Reading, Mapping = mapping.Checked(), Done = 0, Of = Bytes } : throw ImportStore.Elsewhere($"{State}");

    public PartImport Apply(DateTimeOffset now) => State == PartImportState.Ready ? this with { State = PartImportState.Applied, EndedAt = now } : throw ImportStore.Elsewhere($"{State}");

    /// <param name="fault">Why, when it is for no person's wish.</param>
    public PartImport Discard(Refusal? fault = null) => State == PartImportState.Discarding ? this
        : IsActive ? this with { State = PartImportState.Discarding, Fault = fault, Done = 0 } : throw ImportStore.Elsewhere($"{State}");
}
