using System.Text.Json.Serialization;
using CallCenter.Audit;
using CallCenter.Importing;

namespace CallCenter.Quotes.Import;

public enum SaleImportState
{
    /// <summary>The file is on its way.</summary>
    Receiving,

    /// <summary>Somebody has to say what its columns are.</summary>
    Mapping,

    /// <summary>Line by line it is read and put aside.</summary>
    Reading,

    /// <summary>Each document in it is compared with those there are; nothing is written.</summary>
    Comparing,

    /// <summary>It is known what would change; somebody has to say whether it shall.</summary>
    Ready,

    /// <summary>Some documents at a time are written.</summary>
    Applying,
    Applied,

    /// <summary>It was cancelled, or went wrong, while documents were being written: those written stay, the others were not touched.</summary>
    Stopped,
    Discarded,

    /// <summary>The file could not be read; nothing of it was kept.</summary>
    Failed,
}

/// <summary>What a file makes of the quotes, or of the orders.</summary>
/// <param name="Same">Documents of which all is so already.</param>
/// <param name="Refused">Lines that change nothing, because they, or others of the same document, cannot be taken.</param>
public readonly record struct SaleCounts(long Added = 0, long Changed = 0, long Same = 0, long Refused = 0)
{
    [JsonIgnore]
    public long Documents => Added + Changed + Same;
}

/// <summary>A file of quotes, or of orders, that another program keeps and that is brought in: one at a time. Each document is written whole or not at all.</summary>
/// <param name="Bytes">Of the file, as far as it was received.</param>
/// <param name="Kind">What it is, for people: <c>XLSX</c>, or <c>CSV</c> and its encoding.</param>
/// <param name="Hash">Tells this file from others, once all of it is received.</param>
/// <param name="Done">Of <paramref name="Of"/>: bytes while reading, documents while comparing and applying.</param>
/// <param name="Counts">What would become of them, and from applying on what did.</param>
/// <param name="AppliedBy">Whose wish it is that they are written.</param>
public sealed record SaleImport(
    long Id, bool OfOrders, SaleImportState State, string FileName, long Bytes, string Kind, string Hash, SaleMapping? Mapping, IReadOnlyList<IReadOnlyList<string>> Sample,
    long Done, long Of, SaleCounts Counts, Refusal? Fault, DateTimeOffset CreatedAt, string CreatedBy, Actor? AppliedBy, DateTimeOffset? EndedAt) : IImport
{
    /// <summary>It is not over, so no other can begin.</summary>
    public bool IsActive => State is not (SaleImportState.Applied or SaleImportState.Stopped or SaleImportState.Discarded or SaleImportState.Failed);

    /// <summary>The server is at it, or will be.</summary>
    public bool IsRunning => State is SaleImportState.Reading or SaleImportState.Comparing or SaleImportState.Applying;

    string IImport.At => $"{State}";

    public SaleImport Start(SaleMapping mapping) =>
        State == SaleImportState.Mapping ? this with { State = SaleImportState.Reading, Mapping = mapping.Checked(OfOrders), Done = 0, Of = Bytes } : throw ImportStore.Elsewhere($"{State}");

    public SaleImport Apply(Actor by) => State == SaleImportState.Ready ? this with { State = SaleImportState.Applying, AppliedBy = by, Done = 0 } : throw ImportStore.Elsewhere($"{State}");

    /// <summary>It is not wanted any more. What was written stays.</summary>
    /// <param name="fault">Why, when it is for no person's wish.</param>
    public SaleImport End(DateTimeOffset now, Refusal? fault = null) => !IsActive ? throw ImportStore.Elsewhere($"{State}") : this with
    {
        State = State == SaleImportState.Applying ? SaleImportState.Stopped : fault is null ? SaleImportState.Discarded : SaleImportState.Failed,
        Fault = fault,
        EndedAt = now,
    };
}
