using System.Text.Json;
using CallCenter.Telephony;

namespace CallCenter.Tests.Telephony;

/// <summary>The configuration that stands in a sample's <c>.expected.json</c>.</summary>
static class SampleSettings
{
    public static Settings Of(JsonElement expected) => new(expected.GetProperty("config").EnumerateObject().ToDictionary(
        setting => setting.Name == "our_numbers" ? "lines" : setting.Name,
        setting => setting.Value.ValueKind switch
        {
            JsonValueKind.Array => string.Join(",", setting.Value.EnumerateArray()),
            JsonValueKind.Object => string.Join(",", setting.Value.EnumerateObject().Select(name => $"{name.Name}={name.Value}")),
            _ => setting.Value.ToString(),
        }));
}
