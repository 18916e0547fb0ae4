using CallCenter.Audit;
using CallCenter.Importing;

namespace CallCenter.Customers.Import;

/// <summary>A file of customers.</summary>
public sealed record CustomerImport(
    long Id, ImportState State, string FileName, long Bytes, string Kind, string Hash, CustomerMapping? Mapping, IReadOnlyList<IReadOnlyList<string>> Sample,
    long Done, long Of, ImportCounts Counts, Refusal? Fault, DateTimeOffset CreatedAt, string CreatedBy, Actor? AppliedBy, DateTimeOffset? EndedAt)
    : PlannedImport<CustomerImport, CustomerMapping>(Id, State, FileName, Bytes, Kind, Hash, Mapping, Sample, Done, Of, Counts, Fault, CreatedAt, CreatedBy, AppliedBy, EndedAt)
{
    protected override CustomerMapping Checked(CustomerMapping mapping) => mapping.Checked();
}
