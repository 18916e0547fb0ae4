using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using CallCenter.Audit;

namespace CallCenter.Customers.Import;

#pragma warning disable IDE1006 // columns keep their names
/// <summary>An import as a row of <c>customer_imports</c>, and back.</summary>
sealed class CustomerImportRow
{
    public const string Columns = "id, state, body, sample, hash, done, total, added, changed, same, refused, created_at, ended_at";

    public static readonly JsonSerializerOptions Json = new()
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter() },
    };

    public long id { get; init; }
    public string state { get; init; } = "";
    public string body { get; init; } = "";
    public string sample { get; init; } = "";
    public string hash { get; init; } = "";
    public long done { get; init; }
    public long total { get; init; }
    public long added { get; init; }
    public long changed { get; init; }
    public long same { get; init; }
    public long refused { get; init; }
    public long created_at { get; init; }
    public long? ended_at { get; init; }

    public CustomerImport ToImport()
    {
        var kept = JsonSerializer.Deserialize<Body>(body, Json)!;
        return new CustomerImport(
            id, Enum.Parse<CustomerImportState>(state), kept.FileName, kept.Bytes, kept.Kind, hash, kept.Mapping, JsonSerializer.Deserialize<List<List<string>>>(sample, Json)!,
            done, total, new(added, changed, same, refused), kept.Fault is { } fault ? Read(fault) : null, DateTimeOffset.FromUnixTimeMilliseconds(created_at), kept.CreatedBy,
            kept.AppliedBy, ended_at is { } ended ? DateTimeOffset.FromUnixTimeMilliseconds(ended) : null);
    }

    public static object Values(CustomerImport import) => new
    {
        import.Id,
        state = $"{import.State}",
        body = JsonSerializer.Serialize(
            new Body(import.FileName, import.Bytes, import.Kind, import.CreatedBy, import.AppliedBy, import.Mapping, import.Fault is { } fault ? Write(fault) : null), Json),
        sample = JsonSerializer.Serialize(import.Sample, Json),
        import.Hash,
        import.Done,
        total = import.Of,
        created = import.CreatedAt.ToUnixTimeMilliseconds(),
        ended = import.EndedAt?.ToUnixTimeMilliseconds(),
    };

    /// <summary>The code and what fills its sentence, so that everybody reads it in his own language.</summary>
    public static string Write(Refusal refusal) => JsonSerializer.Serialize(refusal.Arguments.Prepend(refusal.Code), Json);

    public static Refusal Read(string fault)
    {
        var parts = JsonSerializer.Deserialize<List<JsonElement>>(fault, Json)!;
        return new Refusal(RefusalKind.Invalid, parts[0].GetString()!, [.. parts.Skip(1).Select(part => part.ValueKind == JsonValueKind.Number ? part.GetDecimal() : (object)part.ToString())]);
    }

    sealed record Body(string FileName, long Bytes, string Kind, string CreatedBy, Actor? AppliedBy, CustomerMapping? Mapping, string? Fault);
}
#pragma warning restore IDE1006
