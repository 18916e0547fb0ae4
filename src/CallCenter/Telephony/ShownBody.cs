using System.Buffers;
using System.Net;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace CallCenter.Telephony;

/// <summary>
/// What came in as a person reads it: JSON indented, forms a field a line, everything else as it is, never longer than a
/// screen bears. What is named like a password is covered.
/// </summary>
public static partial class ShownBody
{
    public const string Covered = "••••••";

    public const int Max = 64 * 1024;

    static readonly JsonWriterOptions Indented = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }; // Razor encodes
    static readonly JsonDocumentOptions Deep = new() { MaxDepth = 64 };
    static readonly string[] SecretNames = ["password", "passwd", "secret", "token", "authorization", "apikey", "credential", "cookie"];

    /// <summary>A field of this name holds what lets somebody in.</summary>
    public static bool IsSecret(string name)
    {
        name = name.Replace("-", "", StringComparison.Ordinal).Replace("_", "", StringComparison.Ordinal);
        return Array.Exists(SecretNames, secret => name.Contains(secret, StringComparison.OrdinalIgnoreCase)) || name.Equals("pin", StringComparison.OrdinalIgnoreCase);
    }

    public static string Url(Arrival arrival)
    {
        var question = arrival.Url.IndexOf('?', StringComparison.Ordinal);
        return VisibleText.Of(question < 0 ? arrival.Url : arrival.Url[..(question + 1)] + string.Join('&', arrival.Url[(question + 1)..].Split('&').Select(pair =>
            pair.IndexOf('=', StringComparison.Ordinal) is > 0 and var equals && IsSecret(WebUtility.UrlDecode(pair[..equals])) ? $"{pair[..equals]}={Covered}" : pair)));
    }

    public static string Of(Arrival arrival)
    {
        var body = arrival.Body.Span;
        if (body.IsEmpty) return "";
        var cut = body.Length > Max;
        var text = cut ? null
            : LooksLikeJson(body) ? Json(arrival.Body)
            : arrival.Header("Content-Type")?.StartsWith("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase) == true ? Form(arrival.Text)
            : null;
        return text ?? Plain(cut ? body[..Max] : body) + (cut ? "\n…" : "");
    }

    static bool LooksLikeJson(ReadOnlySpan<byte> body) => body.TrimStart(" \t\r\n"u8) is [(byte)'{' or (byte)'[', ..];

    static string? Json(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body, Deep);
            var written = new ArrayBufferWriter<byte>(body.Length * 2);
            using (var writer = new Utf8JsonWriter(written, Indented)) Write(writer, document.RootElement);
            return VisibleText.Of(Encoding.UTF8.GetString(written.WrittenSpan));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException)
        {
            return null; // shown as it came
        }
    }

    static void Write(Utf8JsonWriter writer, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                writer.WriteStartObject();
                foreach (var property in value.EnumerateObject())
                {
                    writer.WritePropertyName(property.Name);
                    if (IsSecret(property.Name) && property.Value.ValueKind is JsonValueKind.String or JsonValueKind.Number) writer.WriteStringValue(Covered);
                    else Write(writer, property.Value);
                }

                writer.WriteEndObject();
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (var item in value.EnumerateArray()) Write(writer, item);
                writer.WriteEndArray();
                break;
            default:
                value.WriteTo(writer);
                break;
        }
    }

    static string Form(string text) => string.Join('\n', text.Split('&', StringSplitOptions.RemoveEmptyEntries).Select(pair =>
        pair.IndexOf('=') is >= 0 and var equals
            ? $"{VisibleText.Of(WebUtility.UrlDecode(pair[..equals]))} = {(IsSecret(WebUtility.UrlDecode(pair[..equals])) ? Covered : VisibleText.Of(WebUtility.UrlDecode(pair[(equals + 1)..])))}"
            : VisibleText.Of(WebUtility.UrlDecode(pair))));

    static string Plain(ReadOnlySpan<byte> body) => Field().Replace(VisibleText.Of(Encoding.UTF8.GetString(body).ReplaceLineEndings("\n")),
        field => IsSecret(field.Groups[1].Value) ? $"{field.Groups[1].Value}: {Covered}" : field.Value);

    [GeneratedRegex("^([A-Za-z0-9_-]{1,60}): ?.+$", RegexOptions.Multiline)]
    private static partial Regex Field();
}
