using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace CallCenter.Calls;

/// <summary>One spelling of a call for the API, the stream, exports and <c>replay</c>: snake case, ISO 8601 UTC with milliseconds.</summary>
static class CallJson
{
    public static readonly JsonSerializerOptions Options = Make(indented: false);

    public static readonly JsonSerializerOptions Indented = Make(indented: true);

    /// <summary>The same spelling for what the web framework serializes, or describes, itself.</summary>
    public static void Apply(JsonSerializerOptions options)
    {
        options.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower));
        options.Converters.Add(new Instant());
        options.Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
    }

    static JsonSerializerOptions Make(bool indented)
    {
        var options = new JsonSerializerOptions { WriteIndented = indented };
        Apply(options);
        return options;
    }

    sealed class Instant : JsonConverter<DateTimeOffset>
    {
        public override DateTimeOffset Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) =>
            reader.GetDateTimeOffset();

        public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
    }
}
