using System.Text;
using System.Text.Json;
using CallCenter.Calls;

namespace CallCenter.Telephony;

/// <summary>What settings would make of example messages, while somebody types them.</summary>
sealed record Preview(IReadOnlyList<PreviewItem> Arrivals, IReadOnlyList<Call> Calls)
{
    /// <summary>Examples beyond this are not looked at.</summary>
    public const int ArrivalsMax = 200;

    /// <param name="pasted">JSON bodies one after the other, or forms one a line.</param>
    /// <param name="now">When the first is taken to have come; each other a second later than the one before.</param>
    public static Preview Of(IWebhookProvider provider, Settings settings, string pasted, DateTimeOffset now)
    {
        var items = Split(pasted).Take(ArrivalsMax).Select((body, i) => new PreviewItem(body, Translate(provider, settings, body, now.AddSeconds(i)))).ToList();
        var calls = CallLinks.Together([.. items.SelectMany(item => item.Translation.Events)])
            .Select(call => Call.Of(call.Key, call.Events)).OfType<Call>()
            .Select(call => call with { Provider = provider.Info.Id }).OrderBy(call => call.StartedAt).ThenBy(call => call.ProviderCallId, StringComparer.Ordinal);
        return new(items, [.. calls]);
    }

    static Translation Translate(IWebhookProvider provider, Settings settings, string body, DateTimeOffset at)
    {
        var type = IsJson(body) ? "application/json" : "application/x-www-form-urlencoded";
        var arrival = new Arrival("preview", at, "POST", "", new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase) { ["Content-Type"] = type }, Encoding.UTF8.GetBytes(body));
        try
        {
            return provider.Translate(arrival, settings);
        }
        catch (UnreadableException e)
        {
            return Translation.Unreadable(e.Message);
        }
    }

    static bool IsJson(string text) => text.TrimStart() is ['{' or '[', ..];

    static IEnumerable<string> Split(string pasted) =>
        IsJson(pasted) ? SplitJson(pasted) : pasted.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <summary>Whole values as they stand; where the text stops being JSON the rest is one body, so that its fault is shown.</summary>
    static List<string> SplitJson(string pasted)
    {
        var bytes = Encoding.UTF8.GetBytes(pasted);
        var reader = new Utf8JsonReader(bytes, new JsonReaderOptions { AllowMultipleValues = true, MaxDepth = 64 });
        var found = new List<string>();
        long start = 0;
        try
        {
            while (reader.Read())
            {
                start = reader.TokenStartIndex;
                reader.Skip();
                found.Add(Encoding.UTF8.GetString(bytes.AsSpan((int)start, (int)(reader.BytesConsumed - start))));
                start = reader.BytesConsumed;
            }
        }
        catch (JsonException)
        {
            found.Add(Encoding.UTF8.GetString(bytes.AsSpan((int)start)).Trim());
        }

        return found;
    }
}

/// <param name="Body">The example as it was pasted.</param>
sealed record PreviewItem(string Body, Translation Translation);
