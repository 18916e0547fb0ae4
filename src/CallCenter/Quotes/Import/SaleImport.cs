using CallCenter.Audit;
using CallCenter.Importing;

namespace CallCenter.Quotes.Import;

/// <summary>A file of quotes, or of orders, that another program keeps; the things in it are documents.</summary>
public sealed record SaleImport(
    long Id, bool OfOrders, ImportState State, string FileName, long Bytes, string Kind, string Hash, SaleMapping? Mapping, IReadOnlyList<IReadOnlyList<string>> Sample,
    long Done, long Of, ImportCounts Counts, Refusal? Fault, DateTimeOffset CreatedAt, string CreatedBy, Actor? AppliedBy, DateTimeOffset? EndedAt)
    : PlannedImport<SaleImport, SaleMapping>(Id, State, FileName, Bytes, Kind, Hash, Mapping, Sample, Done, Of, Counts, Fault, CreatedAt, CreatedBy, AppliedBy, EndedAt)
{
    protected override SaleMapping Checked(SaleMapping mapping) => mapping.Checked(OfOrders);
}
