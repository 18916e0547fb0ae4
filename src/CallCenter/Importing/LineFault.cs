using System.Globalization;
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

    /// <summary>As <see cref="Content"/>.</summary>
    internal static string ContentOf(TableRow row) => string.Join('\t', row.Cells.Select(cell => cell.Text.Replace('\t', ' ').Replace("\0", "", StringComparison.Ordinal)));

    /// <summary>The line that names the columns of a report of such lines: mended, it can be imported itself.</summary>
    internal static string Head(string line, string why, IEnumerable<string> columns) => Csv.Line([line, why, .. columns]);

    internal string ToCsv(string why) => Csv.Line([Line.ToString(CultureInfo.InvariantCulture), why, .. Content.Split('\t')]);

    /// <summary>The code and what fills its sentence, so that everybody reads it in his own language.</summary>
    internal static string Write(Refusal refusal) => JsonSerializer.Serialize(refusal.Arguments.Prepend(refusal.Code), Json);

    internal static Refusal Read(string fault)
    {
        var parts = JsonSerializer.Deserialize<List<JsonElement>>(fault, Json)!;
        return new Refusal(RefusalKind.Invalid, parts[0].GetString()!, [.. parts.Skip(1).Select(part => part.ValueKind == JsonValueKind.Number ? part.GetDecimal() : (object)part.ToString())]);
    }
}
