using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace CallCenter.Importing;

/// <summary>A line of a file that was not taken, and why.</summary>
/// <param name="Content">What stands in it, its cells parted by tabs.</param>
public sealed record LineFault(long Line, Refusal Why, string Content)
{
    internal static readonly JsonSerializerOptions Json = new()
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter() },
    };

    /// <summary>The code and what fills its sentence, so that everybody reads it in his own language.</summary>
    internal static string Write(Refusal refusal) => JsonSerializer.Serialize(refusal.Arguments.Prepend(refusal.Code), Json);

    internal static Refusal Read(string fault)
    {
        var parts = JsonSerializer.Deserialize<List<JsonElement>>(fault, Json)!;
        return new Refusal(RefusalKind.Invalid, parts[0].GetString()!, [.. parts.Skip(1).Select(part => part.ValueKind == JsonValueKind.Number ? part.GetDecimal() : (object)part.ToString())]);
    }
}
