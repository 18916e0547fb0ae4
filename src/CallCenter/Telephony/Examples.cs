using System.Text.Json;

namespace CallCenter.Telephony;

/// <summary>A place in example messages and what stands there.</summary>
/// <param name="Path">As <see cref="JsonPath"/> reads it.</param>
/// <param name="Values">Different ones, the first few.</param>
public sealed record ExamplePath(string Path, IReadOnlyList<string> Values);

/// <summary>What can be pointed at in example messages that somebody pasted.</summary>
/// <param name="Lists">Places where a list of objects stands: where several events may come in one body.</param>
public sealed record Examples(IReadOnlyList<ExamplePath> Paths, IReadOnlyList<string> Lists)
{
    const int PathsMax = 300;
    const int DepthMax = 12;
    const int ValuesMax = 24;
    const int ValueLengthMax = 80;

    static readonly Arrival Nothing = new("", default, "", "", Arrival.NoHeaders, default);
    static readonly JsonDocumentOptions Options = new() { MaxDepth = 64 };

    /// <param name="items">Where the events stand in a body that holds several; empty when a body is one.</param>
    public static Examples Of(IEnumerable<string> bodies, string items)
    {
        var seen = new Dictionary<string, List<string>>();
        var lists = new List<string>();
        foreach (var body in bodies)
        {
            try
            {
                using var document = JsonDocument.Parse(body, Options);
                Look(document.RootElement, items.Trim(), seen, lists);
            }
            catch (JsonException)
            {
                // The preview says what is wrong with it.
            }
        }

        return new([.. seen.Select(pair => new ExamplePath(pair.Key, pair.Value))], lists);
    }

    /// <summary>Different values at a path in each event, the first few; none while the path is half written.</summary>
    public static IReadOnlyList<string> At(IEnumerable<string> bodies, string items, string path)
    {
        var values = new List<string>();
        try
        {
            var place = JsonPath.Parse(path);
            foreach (var body in bodies)
            {
                using var document = JsonDocument.Parse(body, Options);
                foreach (var happened in EventsIn(document.RootElement, items.Trim()))
                    if (place.TextIn(happened, document.RootElement, Nothing) is { Length: > 0 } value && values.Count < ValuesMax && !values.Contains(value))
                        values.Add(value);
            }
        }
        catch (Exception e) when (e is FormatException or UnreadableException or JsonException)
        {
            // Said beside the form.
        }

        return values;
    }

    static IEnumerable<JsonElement> EventsIn(JsonElement root, string items) =>
        (items.Length == 0 ? root : Find(root, items)) is { ValueKind: JsonValueKind.Array } list ? [.. list.EnumerateArray()] : new[] { root };

    static void Look(JsonElement root, string items, Dictionary<string, List<string>> seen, List<string> lists)
    {
        FindLists(root, "", lists, 0);
        foreach (var happened in EventsIn(root, items)) Walk(happened, "", seen, 0);
        if (items.Length > 0) Walk(root, "$", seen, 0);
    }

    static JsonElement Find(JsonElement root, string path)
    {
        try
        {
            return JsonPath.Parse(path).In(root);
        }
        catch (Exception e) when (e is FormatException or UnreadableException)
        {
            return default;
        }
    }

    static void Walk(JsonElement value, string path, Dictionary<string, List<string>> seen, int depth)
    {
        if (depth > DepthMax || seen.Count >= PathsMax) return;
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var property in value.EnumerateObject())
                    if (Step(path, property.Name) is { } next) Walk(property.Value, next, seen, depth + 1);
                break;
            case JsonValueKind.Array:
                if (value.GetArrayLength() > 0) Walk(value[0], path + "[0]", seen, depth + 1);
                break;
            case JsonValueKind.Null or JsonValueKind.Undefined:
                break;
            default:
                if (path.Length > 0) Note(path, value.ToString(), seen);
                break;
        }
    }

    static void Note(string path, string value, Dictionary<string, List<string>> seen)
    {
        if (!seen.TryGetValue(path, out var values)) seen[path] = values = [];
        var shown = value.Length > ValueLengthMax ? value[..ValueLengthMax] : value;
        if (values.Count < ValuesMax && !values.Contains(shown)) values.Add(shown);
    }

    static void FindLists(JsonElement value, string path, List<string> lists, int depth)
    {
        if (depth > DepthMax) return;
        if (value.ValueKind == JsonValueKind.Object)
            foreach (var property in value.EnumerateObject())
                if (Step(path, property.Name) is { } next) FindLists(property.Value, next, lists, depth + 1);
        if (value.ValueKind == JsonValueKind.Array && path.Length > 0 && value.GetArrayLength() > 0 && value[0].ValueKind == JsonValueKind.Object && !lists.Contains(path))
            lists.Add(path);
    }

    /// <summary>Null for a name that no path can say.</summary>
    static string? Step(string path, string name) =>
        name.Length > 0 && name.All(letter => char.IsLetterOrDigit(letter) || letter is '_' or '-') ? path.Length == 0 ? name : $"{path}.{name}"
        : name.Contains('\'') || name.Any(char.IsControl) ? null
        : $"{path}['{name}']";
}
