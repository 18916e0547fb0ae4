using System.Text.Json.Serialization;
using CallCenter.Audit;
using CallCenter.Importing;

namespace CallCenter.Customers.Import;

public enum CustomerImportState
{
    /// <summary>The file is on its way.</summary>
    Receiving,

    /// <summary>Somebody has to say what its columns are.</summary>
    Mapping,

    /// <summary>Line by line it is read and put aside.</summary>
    Reading,

    /// <summary>Each customer in it is compared with those there are; nothing is written.</summary>
    Comparing,

    /// <summary>It is known what would change; somebody has to say whether it shall.</summary>
    Ready,

    /// <summary>Some customers at a time are written.</summary>
    Applying,
    Applied,

    /// <summary>It was cancelled, or went wrong, while customers were being written: those written stay, the others were not touched.</summary>
    Stopped,
    Discarded,

    /// <summary>The file could not be read; nothing of it was kept.</summary>
    Failed,
}

/// <summary>What a file makes of the customers.</summary>
/// <param name="Same">Customers of whom all is so already.</param>
/// <param name="Refused">Lines that change nothing, because they cannot be read or contradict something.</param>
public readonly record struct CustomerCounts(long Added = 0, long Changed = 0, long Same = 0, long Refused = 0)
{
    [JsonIgnore]
    public long Customers => Added + Changed + Same;

    public static CustomerCounts operator +(CustomerCounts a, CustomerCounts b) => new(a.Added + b.Added, a.Changed + b.Changed, a.Same + b.Same, a.Refused + b.Refused);
}

/// <summary>A file of customers that is brought in: one at a time. Each customer is written whole or not at all.</summary>
/// <param name="Bytes">Of the file, as far as it was received.</param>
/// <param name="Kind">What it is, for people: <c>XLSX</c>, or <c>CSV</c> and its encoding.</param>
/// <param name="Hash">Tells this file from others, once all of it is received.</param>
/// <param name="Done">Of <paramref name="Of"/>: bytes while reading, customers while comparing and applying.</param>
/// <param name="Counts">What would become of them, and from applying on what did.</param>
/// <param name="AppliedBy">Whose wish it is that they are written.</param>
public sealed record CustomerImport(
    long Id, CustomerImportState State, string FileName, long Bytes, string Kind, string Hash, CustomerMapping? Mapping, IReadOnlyList<IReadOnlyList<string>> Sample,
    long Done, long Of, CustomerCounts Counts, Refusal? Fault, DateTimeOffset CreatedAt, string CreatedBy, Actor? AppliedBy, DateTimeOffset? EndedAt) : IImport
{
    /// <summary>It is not over, so no other can begin.</summary>
    public bool IsActive => State is not (CustomerImportState.Applied or CustomerImportState.Stopped or CustomerImportState.Discarded or CustomerImportState.Failed);

    /// <summary>The server is at it, or will be.</summary>
    public bool IsRunning => State is CustomerImportState.Reading or CustomerImportState.Comparing or CustomerImportState.Applying;

    string IImport.At => $"{State}";

    public CustomerImport Start(CustomerMapping mapping) =>
        State == CustomerImportState.Mapping ? this with { State = CustomerImportState.Reading, Mapping = mapping.Checked(), Done = 0, Of = Bytes } : throw ImportStore.Elsewhere($"{State}");

    public CustomerImport Apply(Actor by) => State == CustomerImportState.Ready ? this with { State = CustomerImportState.Applying, AppliedBy = by, Done = 0 } : throw ImportStore.Elsewhere($"{State}");

    /// <summary>It is not wanted any more. What was written stays.</summary>
    /// <param name="fault">Why, when it is for no person's wish.</param>
    public CustomerImport End(DateTimeOffset now, Refusal? fault = null) => !IsActive ? throw ImportStore.Elsewhere($"{State}") : this with
    {
        State = State == CustomerImportState.Applying ? CustomerImportState.Stopped : fault is null ? CustomerImportState.Discarded : CustomerImportState.Failed,
        Fault = fault,
        EndedAt = now,
    };
}
