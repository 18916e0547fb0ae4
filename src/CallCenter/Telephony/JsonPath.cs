using System.Globalization;
using System.Text.Json;

namespace CallCenter.Telephony;

/// <summary>
/// Where in a JSON message a value stands, as an administrator writes it: <c>data.call.id</c>, <c>items[0].id</c>,
/// <c>legs[-1].agent</c> for the last, <c>data['call.id']</c> for names with odd letters, <c>$.account</c> for the whole
/// body when a body holds several events, <c>header:X-Event</c>, <c>=inbound</c> for a fixed word, and several of these
/// with <c>|</c> between, of which the first that says something counts.
/// </summary>
sealed class JsonPath
{
    enum From { Event, Body, Header, Word }

    readonly record struct Step(string? Name, int Index);

    sealed record Source(From From, string Word, IReadOnlyList<Step> Steps);

    readonly IReadOnlyList<Source> sources;

    JsonPath(string text, IReadOnlyList<Source> sources) => (Text, this.sources) = (text, sources);

    public string Text { get; }

    /// <exception cref="FormatException">It is no path; the message says why, for who wrote it.</exception>
    public static JsonPath Parse(string text) => new(text, [.. Alternatives(text).Select(ParseSource)]);

    /// <summary>The first source that says something; empty when one is there and says nothing; null when none is there.</summary>
    /// <exception cref="UnreadableException">It leads to an object or a list.</exception>
    public string? TextIn(JsonElement happened, JsonElement body, Arrival arrival)
    {
        string? found = null;
        foreach (var source in sources)
        {
            var said = source.From switch
            {
                From.Word => source.Word,
                From.Header => arrival.Header(source.Word),
                From.Body => TextOf(Walk(body, source.Steps)),
                _ => TextOf(Walk(happened, source.Steps)),
            };
            if (said is { Length: > 0 }) return said;
            found ??= said;
        }

        return found;
    }

    /// <summary>What stands there, whatever it is; undefined when nothing does.</summary>
    public JsonElement In(JsonElement body) => Walk(body, sources[0].Steps);

    string? TextOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Undefined => null,
        JsonValueKind.Null => "",
        JsonValueKind.String => Decoded(value),
        JsonValueKind.Object or JsonValueKind.Array => throw new UnreadableException(value.ValueKind == JsonValueKind.Array ? $"'{Text}' leads to a list, not to a value" : $"'{Text}' leads to an object, not to a value"),
        _ => value.GetRawText(),
    };

    string Decoded(JsonElement value)
    {
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw new UnreadableException($"'{Text}' is not Unicode"); // half of a surrogate pair, written as an escape
        }
    }

    static JsonElement Walk(JsonElement value, IReadOnlyList<Step> steps)
    {
        foreach (var step in steps)
            if (step.Name is { } name)
            {
                if (value.ValueKind != JsonValueKind.Object || !TryFind(ref value, name)) return default;
            }
            else
            {
                if (value.ValueKind != JsonValueKind.Array) return default;
                var index = step.Index < 0 ? value.GetArrayLength() + step.Index : step.Index;
                if (index < 0 || index >= value.GetArrayLength()) return default;
                value = value[index];
            }

        return value;
    }

    static bool TryFind(ref JsonElement value, string name)
    {
        try
        {
            return value.TryGetProperty(name, out value);
        }
        catch (InvalidOperationException)
        {
            throw new UnreadableException("a name that is not Unicode");
        }
    }

    static IEnumerable<string> Alternatives(string text)
    {
        var (start, isQuoted) = (0, false);
        for (var i = 0; i < text.Length; i++)
            if (text[i] == '\'') isQuoted = !isQuoted;
            else if (text[i] == '|' && !isQuoted)
            {
                yield return text[start..i].Trim();
                start = i + 1;
            }

        yield return text[start..].Trim();
    }

    static Source ParseSource(string text)
    {
        if (text.Length == 0) throw new FormatException("a path is missing");
        if (text[0] == '=') return new(From.Word, text[1..].Trim(), []);
        if (text.StartsWith("header:", StringComparison.OrdinalIgnoreCase))
            return text["header:".Length..].Trim() is { Length: > 0 } header ? new(From.Header, header, []) : throw new FormatException("write the header's name after 'header:'");

        var isBody = text[0] == '$';
        return new(isBody ? From.Body : From.Event, "", ParseSteps(isBody ? text[1..] : text, text));
    }

    static List<Step> ParseSteps(string rest, string whole)
    {
        var steps = new List<Step>();
        var at = 0;
        while (at < rest.Length)
        {
            if (rest[at] == '[')
            {
                var close = at + 1 < rest.Length && rest[at + 1] == '\'' ? rest.IndexOf("']", at + 2, StringComparison.Ordinal) + 1 : rest.IndexOf(']', at);
                if (close <= 0) throw new FormatException($"'{whole}' opens a bracket and does not close it");
                var inside = rest[(at + 1)..close];
                if (inside.StartsWith('\'')) steps.Add(new(inside[1..^1], 0));
                else if (int.TryParse(inside, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var index)) steps.Add(new(null, index));
                else throw new FormatException($"'{whole}': write a number or a quoted name between brackets, as in items[0] or data['call.id']");
                at = close + 1;
            }
            else
            {
                if (rest[at] == '.') at++;
                var end = rest.AsSpan(at).IndexOfAny('.', '[') is >= 0 and var length ? at + length : rest.Length;
                var name = rest[at..end].Trim();
                if (name.Length == 0 || name.Contains(']')) throw new FormatException($"'{whole}' is no path; write one such as data.call.id");
                steps.Add(new(name, 0));
                at = end;
            }
        }

        return steps;
    }
}
