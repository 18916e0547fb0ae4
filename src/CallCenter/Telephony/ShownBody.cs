using System.Buffers;
using System.Net;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace CallCenter.Telephony;

/// <summary>A body as a person reads it: JSON indented, forms a field a line, everything else as it is, never longer than a screen bears.</summary>
public static class ShownBody
{
    public const int Max = 64 * 1024;

    static readonly JsonWriterOptions Indented = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }; // Razor encodes
    static readonly JsonDocumentOptions Deep = new() { MaxDepth = 64 };

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
            using (var writer = new Utf8JsonWriter(written, Indented)) document.WriteTo(writer);
            return Encoding.UTF8.GetString(written.WrittenSpan);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException)
        {
            return null; // shown as it came
        }
    }

    static string Form(string text) => string.Join('\n', text.Split('&', StringSplitOptions.RemoveEmptyEntries).Select(pair =>
        pair.IndexOf('=') is >= 0 and var equals
            ? $"{VisibleText.Of(WebUtility.UrlDecode(pair[..equals]))} = {VisibleText.Of(WebUtility.UrlDecode(pair[(equals + 1)..]))}"
            : VisibleText.Of(WebUtility.UrlDecode(pair))));

    static string Plain(ReadOnlySpan<byte> body) => VisibleText.Of(Encoding.UTF8.GetString(body).ReplaceLineEndings("\n"));
}
