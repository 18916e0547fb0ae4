using System.Text.Json;
using CallCenter.Importing;

namespace CallCenter.Parts.Import;

#pragma warning disable IDE1006 // columns keep their names
/// <summary>An import as a row of <c>part_imports</c>, and back.</summary>
sealed class PartImportRow : ImportRow
{
    public const string Columns = "id, state, body, sample, hash, told_at, done, total, added, changed, same, repeated, refused, created_at, ended_at";

    public long told_at { get; init; }
    public long repeated { get; init; }

    public PartImport ToImport()
    {
        var kept = JsonSerializer.Deserialize<Body>(body, LineFault.Json)!;
        return new PartImport(
            id, Enum.Parse<PartImportState>(state), kept.FileName, kept.Bytes, kept.Kind, hash, DateTimeOffset.FromUnixTimeMilliseconds(told_at), kept.Mapping, JsonSerializer.Deserialize<List<List<string>>>(sample, LineFault.Json)!,
            done, total, new(added, changed, same, repeated, refused), kept.Fault is { } fault ? LineFault.Read(fault) : null, CreatedAt, kept.CreatedBy, EndedAt);
    }

    public static object Values(PartImport import) => new
    {
        import.Id,
        state = $"{import.State}",
        body = JsonSerializer.Serialize(new Body(import.FileName, import.Bytes, import.Kind, import.CreatedBy, import.Mapping, import.Fault is { } fault ? LineFault.Write(fault) : null), LineFault.Json),
        sample = JsonSerializer.Serialize(import.Sample, LineFault.Json),
        told = import.ToldAt.ToUnixTimeMilliseconds(),
        import.Hash,
        import.Done,
        total = import.Of,
        created = import.CreatedAt.ToUnixTimeMilliseconds(),
        ended = import.EndedAt?.ToUnixTimeMilliseconds(),
    };

    sealed record Body(string FileName, long Bytes, string Kind, string CreatedBy, PartMapping? Mapping, string? Fault);
}
#pragma warning restore IDE1006
