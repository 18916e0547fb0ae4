using System.Text.Json;
using CallCenter.Audit;
using CallCenter.Importing;

namespace CallCenter.Customers.Import;

#pragma warning disable IDE1006 // columns keep their names
/// <summary>An import as a row of <c>customer_imports</c>, and back.</summary>
sealed class CustomerImportRow : ImportRow
{
    public CustomerImport ToImport()
    {
        var kept = JsonSerializer.Deserialize<Body>(body, LineFault.Json)!;
        return new CustomerImport(
            id, Enum.Parse<ImportState>(state), kept.FileName, kept.Bytes, kept.Kind, hash, kept.Mapping, JsonSerializer.Deserialize<List<List<string>>>(sample, LineFault.Json)!,
            done, total, new(added, changed, same, refused), kept.Fault is { } fault ? LineFault.Read(fault) : null, CreatedAt, kept.CreatedBy, kept.AppliedBy, EndedAt);
    }

    public static object Values(CustomerImport import) => new
    {
        import.Id,
        state = $"{import.State}",
        body = JsonSerializer.Serialize(
            new Body(import.FileName, import.Bytes, import.Kind, import.CreatedBy, import.AppliedBy, import.Mapping, import.Fault is { } fault ? LineFault.Write(fault) : null), LineFault.Json),
        sample = JsonSerializer.Serialize(import.Sample, LineFault.Json),
        import.Hash,
        import.Done,
        total = import.Of,
        created = import.CreatedAt.ToUnixTimeMilliseconds(),
        ended = import.EndedAt?.ToUnixTimeMilliseconds(),
    };

    sealed record Body(string FileName, long Bytes, string Kind, string CreatedBy, Actor? AppliedBy, CustomerMapping? Mapping, string? Fault);
}
#pragma warning restore IDE1006
