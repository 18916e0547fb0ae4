using System.Net;
using System.Text;
using System.Text.Json;

namespace CallCenter.Telephony;

/// <summary>
/// Fields of an <c>application/x-www-form-urlencoded</c> body or a query, in the order in which they came. Names are told
/// apart by case, as signatures over them do. Odd bytes make odd values, never an exception.
/// </summary>
/// <param name="loose">Names compare without case and underscores: one vocabulary written in two ways.</param>
sealed class Form(IReadOnlyList<(string Name, string Value)> fields, bool loose = false)
{
    const int FieldsMax = 1000;

    public static readonly Form Empty = new([]);

    /// <summary>The first value of that name; empty when there is none, as many senders write nothing for nothing.</summary>
    public string this[string name]
    {
        get
        {
            foreach (var field in fields)
                if (Is(field.Name, name)) return field.Value;
            return "";
        }
    }

    public bool Has(string name) => this[name].Length > 0;

    /// <summary>It was sent, if only with nothing in it.</summary>
    public bool Names(string name) => fields.Any(field => Is(field.Name, name));

    public static bool IsForm(Arrival arrival) =>
        arrival.Header("Content-Type")?.TrimStart().StartsWith("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase) == true;

    public static Form Of(ReadOnlySpan<byte> body) => Parse(Encoding.UTF8.GetString(body));

    public static Form OfQuery(string url) => url.IndexOf('?') is >= 0 and var mark ? Parse(url[(mark + 1)..]) : Empty;

    /// <summary>Every name followed by its value, names in ordinal order, values of one name once each: what Twilio signs.</summary>
    public string Signed()
    {
        var text = new StringBuilder();
        foreach (var (name, value) in fields.Distinct().OrderBy(field => field.Name, StringComparer.Ordinal).ThenBy(field => field.Value, StringComparer.Ordinal))
            text.Append(name).Append(value);
        return text.ToString();
    }

    /// <summary>The texts, numbers and truths of one JSON object.</summary>
    public static Form Of(JsonElement json)
    {
        var fields = new List<(string, string)>();
        foreach (var field in json.EnumerateObject())
            if (field.Value.ValueKind is JsonValueKind.String) fields.Add((field.Name, field.Value.GetString()!));
            else if (field.Value.ValueKind is not JsonValueKind.Null) fields.Add((field.Name, field.Value.GetRawText()));
        return new(fields, loose: true);
    }

    bool Is(string told, string name) => loose
        ? told.Replace("_", "", StringComparison.Ordinal).Equals(name, StringComparison.OrdinalIgnoreCase)
        : told == name;

    static Form Parse(string text)
    {
        var fields = new List<(string, string)>();
        foreach (var part in text.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            if (fields.Count == FieldsMax) break; // nobody sends so many; a signature over more of them will not hold
            var mark = part.IndexOf('=');
            fields.Add(mark < 0 ? (WebUtility.UrlDecode(part), "") : (WebUtility.UrlDecode(part[..mark]), WebUtility.UrlDecode(part[(mark + 1)..])));
        }

        return new(fields);
    }
}
